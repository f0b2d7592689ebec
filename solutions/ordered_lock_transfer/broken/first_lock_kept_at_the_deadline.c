/*
 * Missing: giving up releases the locks that were already taken.
 * Lesson: A function that fails halfway must undo its half: the first account stays locked for good,
 * and everybody who comes after waits. In C nothing does it for you; write the way out beside each
 * acquisition.
 * Killed by: stress driver
 */
/*
 * Layout: what a transfer touches of an account is one cache line of its own, so that transfers between
 * other accounts do not slow it down; what only those need who have to wait comes behind.
 *
 *	+-- 64 bytes ----------------------------------+-- more lines -----------------+
 *	| id | calls, lock | balance | planned | state | guard (mutex) | freed (cond)  |
 *	+----------------------------------------------+-------------------------------+
 *
 * Invariants
 *	0 <= balance <= account_most(), at every moment;
 *	sum of all balances = sum of all opening balances, whenever nobody holds a lock;
 *	a balance is written only by who holds the account's lock;
 *	who holds the locks of several accounts sees each call wholly or not at all: the locks of all that
 *	a call touches are taken before it reads the first balance, and released after the last is written.
 *
 * Lock order: by id, the smallest first, each account once. Who waits for the lock of account n holds only
 * locks of smaller ids, so a circle of waiting would need an id smaller than itself. Not by address: C gives
 * no order to pointers into different objects.
 * `guard` comes last of all, and is held while the state of the lock is looked at alone.
 */
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* pthread_cond_timedwait_relative_np */
#endif
#include "ordered_lock_transfer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { LINE = 64, LOOKS = 100 };

enum lock_state {
	FREE,
	TAKEN,
	CONTENDED /* taken, and somebody may be asleep until it is released */
};

struct account {
	/* written by account_new alone */
	_Alignas(LINE) int64_t id;
	struct lock_calls calls; /* NULL: the account's own lock */
	void *lock;
	/* guarded by the lock; balance may be read without */
	_Atomic int64_t balance;
	int64_t planned; /* what a call that is under way is going to write to balance */
	/* the lock, if it is the account's own */
	atomic_int state;
	pthread_mutex_t guard;
	pthread_cond_t freed;
};

/* -- the account's own lock ---------------------------------------------------------------------- */

static bool cond_init(pthread_cond_t *cond)
{
#ifdef __APPLE__
	return pthread_cond_init(cond, NULL) == 0;
#else
	pthread_condattr_t monotonic;
	bool done;

	if (pthread_condattr_init(&monotonic))
		return false;
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	done = pthread_cond_init(cond, &monotonic) == 0;
	pthread_condattr_destroy(&monotonic);
	return done;
#endif
}

/* Nanoseconds on a clock that nobody sets. */
static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* INT64_MAX stands for never. */
static int64_t deadline_after(int64_t timeout)
{
	int64_t start = timeout < 0 ? 0 : now();

	return timeout < 0 || timeout > INT64_MAX - start ? INT64_MAX : start + timeout;
}

/* The other way round: what is left, never negative, or -1 for no limit. */
static int64_t timeout_until(int64_t deadline)
{
	int64_t left = deadline == INT64_MAX ? -1 : deadline - now();

	return deadline != INT64_MAX && left < 0 ? 0 : left;
}

/* Sleeps until it is woken, for whatever reason; false, without sleeping, if the deadline has passed. */
static bool sleep_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline)
{
	int64_t left = timeout_until(deadline);
	struct timespec t;

	if (left < 0)
		pthread_cond_wait(cond, lock);
	if (left <= 0)
		return left < 0;
#ifdef __APPLE__
	t = (struct timespec){ .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
	pthread_cond_timedwait_relative_np(cond, lock, &t);
#else
	t = (struct timespec){ .tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000 };
	pthread_cond_timedwait(cond, lock, &t);
#endif
	return true;
}

/*
 * Why no wakeup is lost: whoever goes to sleep has left CONTENDED in the state, under the guard, and finds
 * it taken. Who releases it then sees CONTENDED, and its signal waits for the guard, which is free only when
 * the other one sleeps. One signal is enough: the woken one leaves CONTENDED again, on behalf of those who
 * may still be asleep, also if somebody else was quicker. And nobody gives up without one more try, so that no
 * signal is taken along by one who leaves.
 */
static bool wait_for(account *a, int64_t deadline)
{
	bool got;

	pthread_mutex_lock(&a->guard);
	/* acquire: pairs with the release in own_release */
	while (!(got = atomic_exchange_explicit(&a->state, CONTENDED, memory_order_acquire) == FREE) &&
	       sleep_until(&a->freed, &a->guard, deadline))
		;
	pthread_mutex_unlock(&a->guard);
	return got;
}

static bool take_if_free(account *a)
{
	int expected = FREE;

	/* acquire: pairs with the release in own_release; relaxed on failure: nothing is read then */
	return atomic_compare_exchange_strong_explicit(&a->state, &expected, TAKEN, memory_order_acquire,
						       memory_order_relaxed);
}

/*
 * A lock is held for some 50 ns, and falling asleep costs a hundred times as much: so a few more looks first,
 * for the case that its holder is running.
 */
static bool taken_soon(account *a)
{
	for (int i = 0; i < LOOKS; i++)
		/* relaxed: take_if_free decides */
		if (atomic_load_explicit(&a->state, memory_order_relaxed) == FREE && take_if_free(a))
			return true;
	return false;
}

static bool own_acquire(account *a, int64_t timeout)
{
	if (take_if_free(a))
		return true;
	return timeout != 0 && (taken_soon(a) || wait_for(a, deadline_after(timeout)));
}

static void own_release(account *a)
{
	/* release: pairs with the acquires in take_if_free and wait_for, so that the next holder sees our writes */
	if (atomic_exchange_explicit(&a->state, FREE, memory_order_release) != CONTENDED)
		return;
	pthread_mutex_lock(&a->guard);
	pthread_cond_signal(&a->freed);
	pthread_mutex_unlock(&a->guard);
}

/* -- accounts ------------------------------------------------------------------------------------ */

int64_t account_most(void)
{
	return INT64_MAX - 1;
}

static bool init_lock(account *a)
{
	atomic_init(&a->state, FREE);
	if (pthread_mutex_init(&a->guard, NULL))
		return false;
	if (cond_init(&a->freed))
		return true;
	pthread_mutex_destroy(&a->guard);
	return false;
}

account *account_new(int64_t id, int64_t balance, const struct lock_calls *calls, void *lock)
{
	bool good = balance >= 0 && balance <= account_most();
	account *a = good ? aligned_alloc(LINE, sizeof *a) : NULL;

	if (!a)
		return NULL;
	if (!init_lock(a)) {
		free(a);
		return NULL;
	}
	a->id = id;
	a->calls = calls ? *calls : (struct lock_calls){ NULL, NULL };
	a->lock = lock;
	atomic_init(&a->balance, balance);
	return a;
}

void account_delete(account *a)
{
	if (!a)
		return;
	pthread_cond_destroy(&a->freed);
	pthread_mutex_destroy(&a->guard);
	free(a);
}

int64_t account_id(const account *a)
{
	return a->id;
}

int64_t account_balance(const account *a)
{
	/* relaxed: the lock orders; whoever reads without it gets a balance that stood here, never half of one */
	return atomic_load_explicit(&a->balance, memory_order_relaxed);
}

static void set_balance(account *a, int64_t balance)
{
	atomic_store_explicit(&a->balance, balance, memory_order_relaxed);
}

bool account_lock(account *a, int64_t timeout)
{
	return a->calls.acquire ? a->calls.acquire(a->lock, timeout) : own_acquire(a, timeout);
}

void account_unlock(account *a)
{
	if (a->calls.release)
		a->calls.release(a->lock);
	else
		own_release(a);
}

/* -- several accounts ---------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	int64_t x = (*(account *const *)a)->id, y = (*(account *const *)b)->id;

	return (x > y) - (x < y);
}

/* Puts the accounts into the lock order, each once; returns how many there are then. */
static size_t in_order(account **accounts, size_t count)
{
	size_t distinct = 0;

	qsort(accounts, count, sizeof *accounts, by_id);
	for (size_t i = 0; i < count; i++)
		if (distinct == 0 || accounts[i]->id != accounts[distinct - 1]->id)
			accounts[distinct++] = accounts[i];
	return distinct;
}

/* As in_order, of two. */
static size_t pair_in_order(account *pair[2], account *source, account *target)
{
	bool up = source->id < target->id;

	pair[0] = up ? source : target;
	pair[1] = up ? target : source;
	return source->id == target->id ? 1 : 2;
}

/* In reverse order; any order is right, since releasing never waits. */
static void unlock_all(account **accounts, size_t count)
{
	while (count > 0)
		account_unlock(accounts[--count]);
}

/* All the locks, in the order given, by one deadline; false, with none held, if that has passed. */
static bool lock_all(account **accounts, size_t count, int64_t deadline)
{
	for (size_t i = 0; i < count; i++)
		if (!account_lock(accounts[i], timeout_until(deadline)))
			return false;
	return true;
}

/* The locks must be held. Works out what the accounts will hold, and judges it: nothing has to be undone. */
static enum outcome plan(account **accounts, size_t count, const struct transfer *transfers, size_t steps)
{
	for (size_t i = 0; i < count; i++)
		accounts[i]->planned = account_balance(accounts[i]);
	for (size_t i = 0; i < steps; i++) {
		const struct transfer *t = &transfers[i];

		if (t->source->planned < t->amount)
			return TRANSFER_INSUFFICIENT;
		t->source->planned -= t->amount;
		if (t->target->planned > account_most() - t->amount)
			return TRANSFER_TOO_MUCH;
		t->target->planned += t->amount;
	}
	return TRANSFER_DONE;
}

static enum outcome carry_out(account **accounts, size_t count, const struct transfer *transfers, size_t steps,
			      int64_t deadline)
{
	enum outcome outcome;

	if (!lock_all(accounts, count, deadline))
		return TRANSFER_GAVE_UP;
	outcome = plan(accounts, count, transfers, steps);
	for (size_t i = 0; outcome == TRANSFER_DONE && i < count; i++)
		set_balance(accounts[i], accounts[i]->planned);
	unlock_all(accounts, count);
	return outcome;
}

static enum outcome transfer_until(account *source, account *target, int64_t amount, int64_t deadline)
{
	struct transfer one = { source, target, amount };
	account *pair[2];
	size_t count = pair_in_order(pair, source, target);

	return amount < 1 ? TRANSFER_BAD_AMOUNT : carry_out(pair, count, &one, 1, deadline);
}

enum outcome account_transfer(account *source, account *target, int64_t amount)
{
	return transfer_until(source, target, amount, INT64_MAX);
}

enum outcome account_try_transfer(account *source, account *target, int64_t amount, int64_t timeout)
{
	return transfer_until(source, target, amount, deadline_after(timeout));
}

enum outcome account_transfer_all(const struct transfer *transfers, size_t count)
{
	account **accounts;
	enum outcome outcome;

	for (size_t i = 0; i < count; i++)
		if (transfers[i].amount < 1)
			return TRANSFER_BAD_AMOUNT;
	if (count == 0)
		return TRANSFER_DONE;
	accounts = calloc(count, 2 * sizeof *accounts);
	if (!accounts)
		return TRANSFER_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		accounts[2 * i] = transfers[i].source;
		accounts[2 * i + 1] = transfers[i].target;
	}
	outcome = carry_out(accounts, in_order(accounts, 2 * count), transfers, count, INT64_MAX);
	free(accounts);
	return outcome;
}

/* The locks must be held. */
static enum outcome add_up(account **accounts, size_t count, int64_t *sum)
{
	int64_t so_far = 0;

	for (size_t i = 0; i < count; i++) {
		if (account_balance(accounts[i]) > account_most() - so_far)
			return TRANSFER_TOO_MUCH;
		so_far += account_balance(accounts[i]);
	}
	*sum = so_far;
	return TRANSFER_DONE;
}

enum outcome account_total(account *const *accounts, size_t count, int64_t *sum)
{
	account **distinct = calloc(count ? count : 1, sizeof *distinct);
	enum outcome outcome = TRANSFER_GAVE_UP;
	size_t left;

	if (!distinct)
		return TRANSFER_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		distinct[i] = accounts[i];
	left = in_order(distinct, count);
	if (lock_all(distinct, left, INT64_MAX)) {
		outcome = add_up(distinct, left, sum);
		unlock_all(distinct, left);
	}
	free(distinct);
	return outcome;
}
