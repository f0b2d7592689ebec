/*
 * Drives transfers by their header alone: first one thread against paper, then several at once over few
 * accounts, in all directions, while totals are taken. Threads that stand still end the driver instead of
 * hanging it.
 */
#include "ordered_lock_transfer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECK(truth, ...) \
	do { \
		if (!(truth)) { \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
			fprintf(stderr, __VA_ARGS__); \
			fprintf(stderr, "\n"); \
			_Exit(1); \
		} \
	} while (0)

enum { ACCOUNTS = 4, OPENING = 100, THREADS = 4, ROUNDS = 12000, STANDSTILL = 10 /* seconds */ };

#define MILLISECOND INT64_C(1000000)

static atomic_int progress;

/* relaxed: must not bring an order between threads that the locks do not */
static void moved(void)
{
	atomic_fetch_add_explicit(&progress, 1, memory_order_relaxed);
}

static account *open_account(int64_t id, int64_t balance)
{
	account *a = account_new(id, balance, NULL, NULL);

	CHECK(a && account_id(a) == id && account_balance(a) == balance, "account %d is not as opened", (int)id);
	return a;
}

static void expect(account *a, int64_t balance)
{
	CHECK(account_balance(a) == balance, "account %d holds %lld, not %lld", (int)account_id(a),
	      (long long)account_balance(a), (long long)balance);
	CHECK(account_lock(a, 0), "the lock of account %d was left taken", (int)account_id(a));
	account_unlock(a);
}

/* -- one thread ------------------------------------------------------------------------------------- */

static void test_transfers(void)
{
	account *a = open_account(9, 10), *b = open_account(-3, 0);

	CHECK(account_transfer(a, b, 4) == TRANSFER_DONE, "covered, and not done");
	CHECK(account_transfer(b, b, 4) == TRANSFER_DONE, "to itself, and not done");
	CHECK(account_transfer(b, b, 5) == TRANSFER_INSUFFICIENT, "to itself, and not judged");
	CHECK(account_transfer(b, a, 5) == TRANSFER_INSUFFICIENT, "not covered, and done");
	CHECK(account_transfer(b, a, INT64_MAX) == TRANSFER_INSUFFICIENT, "not covered, and done");
	CHECK(account_transfer(b, a, 0) == TRANSFER_BAD_AMOUNT, "nothing was transferred");
	CHECK(account_try_transfer(a, b, INT64_MIN, 0) == TRANSFER_BAD_AMOUNT, "less than nothing");
	CHECK(account_try_transfer(a, b, 1, INT64_MAX) == TRANSFER_DONE, "free, and not done");
	CHECK(account_try_transfer(a, b, 1, 0) == TRANSFER_DONE, "free, and not done");
	expect(a, 4);
	expect(b, 6);
	CHECK(!account_new(1, -1, NULL, NULL), "opened with a debt");
	account_delete(a);
	account_delete(b);
	account_delete(NULL);
}

static void test_batches(void)
{
	account *a = open_account(3, 5), *b = open_account(1, 0), *c = open_account(2, 0);
	struct transfer passed_on[] = { { a, b, 5 }, { b, c, 5 } }, back[] = { { c, a, 5 }, { c, a, 1 } };
	struct transfer many[40], bad[] = { { c, a, 1 }, { a, c, 0 } };
	account *named[] = { a, b, a, c, c };
	int64_t sum = -1;

	for (int i = 0; i < 40; i++)
		many[i] = i % 2 ? (struct transfer){ a, c, 3 } : (struct transfer){ c, a, 3 };
	CHECK(account_transfer_all(passed_on, 2) == TRANSFER_DONE, "b passes on what it got");
	CHECK(account_transfer_all(back, 2) == TRANSFER_INSUFFICIENT, "the second is not covered");
	CHECK(account_transfer_all(bad, 2) == TRANSFER_BAD_AMOUNT, "the second is nothing");
	CHECK(account_transfer_all(many, 40) == TRANSFER_DONE, "there and back");
	CHECK(account_transfer_all(NULL, 0) == TRANSFER_DONE, "an empty batch failed");
	CHECK(account_total(named, 5, &sum) == TRANSFER_DONE && sum == 5, "the total is %lld", (long long)sum);
	CHECK(account_total(NULL, 0, &sum) == TRANSFER_DONE && sum == 0, "of nobody it is %lld", (long long)sum);
	expect(a, 0);
	expect(b, 0);
	expect(c, 5);
	for (int i = 0; i < 3; i++)
		account_delete(named[i == 2 ? 3 : i]);
}

static void test_the_most(void)
{
	account *rich = open_account(1, account_most()), *other = open_account(2, 5);
	account *both[] = { rich, other };
	int64_t sum = -1;

	CHECK(!account_new(3, INT64_MAX, NULL, NULL), "opened with more than the most");
	CHECK(account_transfer(other, rich, 5) == TRANSFER_TOO_MUCH, "more than the most");
	CHECK(account_transfer(rich, rich, account_most()) == TRANSFER_DONE, "to itself, and too much");
	CHECK(account_transfer(rich, rich, INT64_MAX) == TRANSFER_INSUFFICIENT, "covered by too little");
	CHECK(account_total(both, 2, &sum) == TRANSFER_TOO_MUCH && sum == -1, "a sum beyond the most");
	expect(rich, account_most());
	expect(other, 5);
	account_delete(rich);
	account_delete(other);
}

struct attempt {
	account *source, *target;
	int64_t timeout;
	enum outcome outcome;
};

static void *attempt(void *arg)
{
	struct attempt *a = arg;

	a->outcome = account_try_transfer(a->source, a->target, 1, a->timeout);
	return NULL;
}

/* One of the two is locked by somebody else: at the deadline the other one must be free again. */
static void test_deadline(bool first, int64_t timeout)
{
	account *low = open_account(1, 5), *high = open_account(2, 5), *held = first ? low : high;
	struct attempt try = { low, high, timeout, TRANSFER_DONE };
	pthread_t thread;

	CHECK(account_lock(held, -1), "a free lock was not to be had");
	CHECK(!pthread_create(&thread, NULL, attempt, &try), "no thread");
	pthread_join(thread, NULL);
	CHECK(try.outcome == TRANSFER_GAVE_UP, "a lock was held, and the outcome is %d", try.outcome);
	expect(first ? high : low, 5);
	CHECK(!account_lock(held, 0), "a lock was had twice");
	account_unlock(held);
	expect(held, 5);
	account_delete(low);
	account_delete(high);
}

/* -- locks of the caller's, which watch their order ------------------------------------------------- */

struct watched {
	pthread_mutex_t mutex;
	int64_t id;
	struct watched *below; /* the one that its holder took before */
};

static _Thread_local struct watched *top;

static bool acquire_watched(void *lock, int64_t timeout)
{
	struct watched *w = lock;

	CHECK(!top || top->id < w->id, "lock %d is asked for by a thread that holds %d: another may do the opposite",
	      (int)w->id, (int)top->id);
	/* nobody keeps one for long, so any timeout is long enough */
	if (timeout == 0 ? pthread_mutex_trylock(&w->mutex) : pthread_mutex_lock(&w->mutex))
		return false;
	w->below = top;
	top = w;
	return true;
}

static void release_watched(void *lock)
{
	struct watched *w = lock, **link = &top;

	while (*link != w)
		link = &(*link)->below;
	*link = w->below;
	pthread_mutex_unlock(&w->mutex);
}

static const struct lock_calls watched_calls = { acquire_watched, release_watched };

static account *open_watched(struct watched *w, int64_t id, int64_t balance)
{
	account *a = account_new(id, balance, &watched_calls, w);

	CHECK(a && !pthread_mutex_init(&w->mutex, NULL), "no account");
	w->id = id;
	return a;
}

static void test_locks_of_the_caller(void)
{
	struct watched w[2];
	account *a = open_watched(&w[0], 1, 5), *b = open_watched(&w[1], 2, 0);

	CHECK(account_transfer(a, b, 1) == TRANSFER_DONE, "not done with other locks");
	pthread_mutex_lock(&w[1].mutex);
	CHECK(account_try_transfer(b, a, 1, 0) == TRANSFER_GAVE_UP, "done without the lock");
	pthread_mutex_unlock(&w[1].mutex);
	expect(a, 4);
	expect(b, 1);
	account_delete(a);
	account_delete(b);
}

/* While a transfer is still waiting for its first lock, somebody else spends the money. */
static struct {
	account *from, *to;
} quicker;

static bool acquire_late(void *lock, int64_t timeout)
{
	account *from = quicker.from;

	quicker.from = NULL;
	CHECK(!from || account_transfer(from, quicker.to, 5) == TRANSFER_DONE, "the quicker one was not done");
	return acquire_watched(lock, timeout);
}

static void test_the_money_is_gone_when_the_lock_comes(void)
{
	static const struct lock_calls late = { acquire_late, release_watched };
	struct watched w = { .mutex = PTHREAD_MUTEX_INITIALIZER, .id = 1 };
	account *a = account_new(1, 5, &late, &w), *b = open_account(2, 0), *c = open_account(3, 0);

	CHECK(a, "no account");
	quicker.from = a;
	quicker.to = c;
	CHECK(account_transfer(a, b, 5) == TRANSFER_INSUFFICIENT, "judged by what was there before the lock");
	expect(a, 0);
	expect(b, 0);
	expect(c, 5);
	account_delete(a);
	account_delete(b);
	account_delete(c);
}

/* -- several threads -------------------------------------------------------------------------------- */

static account *accounts[ACCOUNTS];

static unsigned dice(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16;
}

static void expect_total(void)
{
	int64_t sum = -1;

	CHECK(account_total(accounts, ACCOUNTS, &sum) == TRANSFER_DONE, "no total");
	CHECK(sum == ACCOUNTS * OPENING, "%d accounts hold %lld", ACCOUNTS, (long long)sum);
}

static void step(unsigned *state)
{
	account *a = accounts[dice(state) % ACCOUNTS], *b = accounts[dice(state) % ACCOUNTS];
	account *c = accounts[dice(state) % ACCOUNTS];
	struct transfer batch[] = { { a, b, 7 }, { b, c, 7 }, { c, a, 1 } };
	int64_t amount = 1 + dice(state) % 60;
	enum outcome outcome = TRANSFER_DONE;

	switch (dice(state) % 8) {
	case 0:
		expect_total();
		break;
	case 1:
		outcome = account_transfer_all(batch, 3);
		break;
	case 2:
		outcome = account_try_transfer(a, b, amount, 60000 * MILLISECOND);
		break;
	case 3:
		outcome = account_try_transfer(a, b, amount, (int64_t)(dice(state) % 2) * 10000);
		outcome = outcome == TRANSFER_GAVE_UP ? TRANSFER_DONE : outcome;
		break;
	default:
		outcome = account_transfer(a, b, amount);
	}
	CHECK(outcome == TRANSFER_DONE || outcome == TRANSFER_INSUFFICIENT, "the outcome is %d", outcome);
	CHECK(account_balance(c) >= 0, "account %d holds %lld", (int)account_id(c), (long long)account_balance(c));
}

static void *steps(void *arg)
{
	unsigned state = *(unsigned *)arg;

	for (int i = 0; i < ROUNDS; i++) {
		step(&state);
		moved();
	}
	return NULL;
}

static void test_threads(bool watch)
{
	pthread_t thread[THREADS];
	unsigned seed[THREADS];
	struct watched w[ACCOUNTS];

	for (int i = 0; i < ACCOUNTS; i++) {
		int64_t id = i * 7 % ACCOUNTS;

		accounts[i] = watch ? open_watched(&w[i], id, OPENING) : open_account(id, OPENING);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		seed[i] = i + 1;
		CHECK(!pthread_create(&thread[i], NULL, steps, &seed[i]), "no thread");
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	expect_total();
	for (int i = 0; i < ACCOUNTS; i++) {
		expect(accounts[i], account_balance(accounts[i]));
		account_delete(accounts[i]);
	}
}

/* Nobody waits for a circle: everyone needs the lock that his neighbour has. */
static void *round_table(void *arg)
{
	size_t seat = *(unsigned *)arg;

	for (int i = 0; i < ROUNDS; i++) {
		account *mine = accounts[seat], *next = accounts[(seat + 1) % ACCOUNTS];

		CHECK(account_try_transfer(mine, next, 1, 60000 * MILLISECOND) != TRANSFER_GAVE_UP, "gave up");
		CHECK(account_transfer(next, mine, 1) != TRANSFER_GAVE_UP, "gave up");
		moved();
	}
	return NULL;
}

static void test_circle(void)
{
	pthread_t thread[ACCOUNTS];
	unsigned seat[ACCOUNTS];

	for (int i = 0; i < ACCOUNTS; i++)
		accounts[i] = open_account(i, OPENING);
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		seat[i] = i;
		CHECK(!pthread_create(&thread[i], NULL, round_table, &seat[i]), "no thread");
	}
	for (int i = 0; i < ACCOUNTS; i++)
		pthread_join(thread[i], NULL);
	expect_total();
	for (int i = 0; i < ACCOUNTS; i++)
		account_delete(accounts[i]);
}

/* Several sleep for one lock: each release must wake one, whoever else comes and goes. */
static void *lock_and_unlock(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(account_lock(arg, i % 4 ? -1 : 60000 * MILLISECOND), "a lock that came free was not had");
		account_unlock(arg);
		if (i % 16 == 0 && account_lock(arg, 1000))
			account_unlock(arg);
		moved();
	}
	return NULL;
}

static void test_one_lock(void)
{
	account *a = open_account(1, 0);
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&thread[i], NULL, lock_and_unlock, a), "no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	expect(a, 0);
	account_delete(a);
}

static void *lock_once(void *arg)
{
	CHECK(account_lock(arg, -1), "a lock that came free was not had");
	account_unlock(arg);
	moved();
	return NULL;
}

/* The lock is held for long enough that most are asleep when it comes free. */
static void test_sleepers(void)
{
	struct timespec while_they_fall_asleep = { .tv_nsec = 2 * MILLISECOND };
	account *a = open_account(1, 0);
	pthread_t thread[THREADS];

	CHECK(account_lock(a, 0), "a free lock was not to be had");
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&thread[i], NULL, lock_once, a), "no thread");
	nanosleep(&while_they_fall_asleep, NULL);
	account_unlock(a);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	expect(a, 0);
	account_delete(a);
}

static void *all(void *arg)
{
	test_transfers();
	test_batches();
	test_the_most();
	for (int i = 0; i < 4; i++)
		test_deadline(i % 2, i / 2 * 5 * MILLISECOND);
	test_locks_of_the_caller();
	test_the_money_is_gone_when_the_lock_comes();
	test_threads(true);
	test_threads(false);
	test_circle();
	test_one_lock();
	for (int i = 0; i < 50; i++)
		test_sleepers();
	atomic_store((atomic_bool *)arg, true);
	return NULL;
}

int main(void)
{
	atomic_bool over = false;
	struct timespec tick = { .tv_nsec = 10000000 };
	pthread_t driver;
	int seen = -1, still = 0;

	CHECK(!pthread_create(&driver, NULL, all, &over), "no thread");
	while (!atomic_load(&over) && still < STANDSTILL * 100) {
		still = atomic_load(&progress) == seen ? still + 1 : 0;
		seen = atomic_load(&progress);
		nanosleep(&tick, NULL);
	}
	CHECK(atomic_load(&over), "nothing has moved for %d seconds: all wait for each other", STANDSTILL);
	pthread_join(driver, NULL);
	return 0;
}
