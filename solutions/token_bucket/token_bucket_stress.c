/*
 * Drives the bucket by its header alone. Where its clock is ours, all amounts and times are multiples of
 * 1/8192 and the sums must come out exactly, to the last fraction of a token, whatever the threads did.
 *
 * What our clock does is relaxed: an order that the driver puts in would hide one that the bucket owes.
 */
#include "token_bucket.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECK(truth, ...) \
	do { \
		if (!(truth)) { \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
			fprintf(stderr, __VA_ARGS__); \
			fprintf(stderr, "\n"); \
			exit(1); \
		} \
	} while (0)
#define SOUND(b) \
	do { \
		const char *found = token_bucket_check(b); \
		CHECK(!found, "%s", found); \
	} while (0)

enum { THREADS = 4, ROUNDS = 40000, TAKES = 100000, WAITERS = 6, HANDOVERS = 8, STORMS = 150 };
enum { PART = 8192 }; /* of a token, and of a second */

static const double PATIENCE = 10; /* seconds: what should take milliseconds and takes that long is lost */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A clock that the test sets, in parts of a second; every eighth reading may be one that steps back. */
struct hand {
	_Atomic int64_t now;
	_Atomic unsigned readings;
	bool unsteady;
};

static double shown(void *context)
{
	struct hand *hand = context;
	int64_t back = 0;

	if (hand->unsteady && atomic_fetch_add_explicit(&hand->readings, 1, memory_order_relaxed) % 8 == 0)
		back = 40;
	return (double)(atomic_load_explicit(&hand->now, memory_order_relaxed) - back) / PART;
}

/* -- many tries: nothing is granted twice, nothing is lost ------------------------------------------- */

struct trier {
	pthread_t thread;
	token_bucket *bucket;
	struct hand *hand;
	uint32_t seed;
	int64_t granted; /* in parts of a token */
};

static void *try_often(void *argument)
{
	struct trier *me = argument;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t asked = 1 + dice(&me->seed) % 8;

		if (dice(&me->seed) % 4 == 0)
			atomic_fetch_add_explicit(&me->hand->now, dice(&me->seed) % 8, memory_order_relaxed);
		if (token_bucket_try_acquire(me->bucket, (double)asked / PART))
			me->granted += asked;
		if (dice(&me->seed) % 16 == 0)
			CHECK(token_bucket_available(me->bucket) >= 0, "less than nothing is there");
	}
	return NULL;
}

/* What has been granted and what is left is what came; at most that, where the capacity cut some off. */
static void many_try(double capacity, bool all_fits)
{
	struct hand hand = {.now = 1 << 20, .unsteady = true};
	token_bucket *b = token_bucket_new(4, capacity, shown, &hand);
	struct trier triers[THREADS];
	double taken = all_fits ? capacity : 0, left = 0, came;

	CHECK(b, "no bucket");
	CHECK(!all_fits || token_bucket_try_acquire(b, capacity), "a new bucket is not full");
	for (int i = 0; i < THREADS; i++) {
		triers[i] = (struct trier){.bucket = b, .hand = &hand, .seed = 77 + (uint32_t)i};
		CHECK(!pthread_create(&triers[i].thread, NULL, try_often, &triers[i]), "no thread");
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(triers[i].thread, NULL);
		taken += (double)triers[i].granted / PART;
	}
	for (int i = 0; i < 8; i++) /* one of these readings is not back */
		left = token_bucket_available(b);
	came = capacity + 4 * (double)(atomic_load(&hand.now) - (1 << 20)) / PART;
	CHECK(taken + left <= came, "%.10g were granted, %.10g are left, but %.10g came", taken, left, came);
	CHECK(!all_fits || taken + left == came, "of %.10g %.10g are lost", came, came - taken - left);
	SOUND(b);
	token_bucket_delete(b);
}

static void *take_often(void *argument)
{
	struct trier *me = argument;

	for (int i = 0; i < TAKES; i++)
		me->granted += token_bucket_try_acquire(me->bucket, 1.0 / PART);
	return NULL;
}

/* There is enough for all, and no time goes by: each is granted, and each is missing afterwards. */
static void many_take(void)
{
	struct hand hand = {.now = 0};
	token_bucket *b = token_bucket_new(4, 1 << 24, shown, &hand);
	struct trier triers[THREADS];
	double left;

	CHECK(b, "no bucket");
	for (int i = 0; i < THREADS; i++) {
		triers[i] = (struct trier){.bucket = b};
		CHECK(!pthread_create(&triers[i].thread, NULL, take_often, &triers[i]), "no thread");
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(triers[i].thread, NULL);
		CHECK(triers[i].granted == TAKES, "refused %d times what was there", TAKES - (int)triers[i].granted);
	}
	left = (1 << 24) - (double)THREADS * TAKES / PART;
	CHECK(token_bucket_available(b) == left, "%.10g are left, not %.10g", token_bucket_available(b), left);
	token_bucket_delete(b);
}

/* -- the line ---------------------------------------------------------------------------------------- */

struct caller {
	pthread_t thread;
	token_bucket *bucket;
	double tokens, timeout;
	bool granted;
	_Atomic bool done;
};

static void *call(void *argument)
{
	struct caller *me = argument;

	me->granted = token_bucket_acquire(me->bucket, me->tokens, me->timeout);
	atomic_store(&me->done, true);
	return NULL;
}

static void start(struct caller *c, token_bucket *b, double tokens, double timeout)
{
	c->bucket = b;
	c->tokens = tokens;
	c->timeout = timeout;
	atomic_init(&c->done, false);
	CHECK(!pthread_create(&c->thread, NULL, call, c), "no thread");
}

static void until_in_line(token_bucket *b, size_t many)
{
	double end = seconds() + PATIENCE;

	while (token_bucket_waiting(b) != many) {
		CHECK(seconds() < end, "%zu wait, not %zu", token_bucket_waiting(b), many);
		sched_yield();
	}
	SOUND(b);
}

static void until_done(struct caller *c)
{
	double end = seconds() + PATIENCE;

	while (!atomic_load(&c->done)) {
		CHECK(seconds() < end, "one whose tokens are there still waits");
		sched_yield();
	}
	pthread_join(c->thread, NULL);
}

/* Our clock gives one token after the other; each goes to the one who came first of those who wait. */
static void in_order_of_arrival(void)
{
	struct hand hand = {.now = 5 * PART};
	token_bucket *b = token_bucket_new(PART, 8, shown, &hand);
	struct caller callers[WAITERS];

	CHECK(b && token_bucket_try_acquire(b, 8), "a new bucket is not full");
	for (int i = 0; i < WAITERS; i++) {
		start(&callers[i], b, i ? 1 : 2, 2 * PATIENCE);
		until_in_line(b, (size_t)i + 1);
	}
	atomic_fetch_add(&hand.now, 1);
	CHECK(token_bucket_available(b) == 1, "one token came, %g are there", token_bucket_available(b));
	CHECK(!token_bucket_try_acquire(b, 1), "a try overtook those who wait");
	CHECK(!token_bucket_acquire(b, 1, 0), "a call with a timeout of 0 overtook those who wait");
	for (int i = 0; i < WAITERS; i++) {
		atomic_fetch_add(&hand.now, 1);
		until_done(&callers[i]);
		CHECK(callers[i].granted, "number %d was not granted what was there", i);
		for (int later = i + 1; later < WAITERS; later++)
			CHECK(!atomic_load(&callers[later].done), "number %d came before %d", later, i);
		SOUND(b);
	}
	CHECK(token_bucket_available(b) == 0, "%g tokens were not taken", token_bucket_available(b));
	token_bucket_delete(b);
}

/* The first is served, or gives up; then there is enough for the second, who must hear of it soon. */
static void hands_over(bool served)
{
	struct hand hand = {.now = 0};
	token_bucket *b = token_bucket_new(64, 4, shown, &hand);
	struct caller first, second;
	double began;

	CHECK(b && token_bucket_try_acquire(b, 4), "a new bucket is not full");
	start(&first, b, served ? 1 : 4, served ? 2 * PATIENCE : 1.0 / 32);
	until_in_line(b, 1);
	start(&second, b, 1, 2 * PATIENCE);
	until_in_line(b, 2);
	began = seconds();
	atomic_fetch_add(&hand.now, PART / 32); /* it is time: and 2 tokens came */
	until_done(&first);
	until_done(&second);
	CHECK(first.granted == served, "the first was told %d", first.granted);
	CHECK(second.granted, "the second was told that there is nothing");
	CHECK(seconds() - began < PATIENCE / 2, "the second was not told that it is its turn");
	CHECK(token_bucket_available(b) == !served, "%g tokens are left", token_bucket_available(b));
	SOUND(b);
	token_bucket_delete(b);
}

/* -- any line of callers, by our clock: each is told what the contract says -------------------------- */

enum { STEPS = 300, CALLERS = 90, CAPACITY = 6 };

/* Tokens come at even times, timeouts end at odd ones and no two together: nothing is left to chance. */
struct line {
	token_bucket *bucket;
	struct hand hand;
	struct caller callers[CALLERS];
	int64_t deadlines[CALLERS]; /* INT64_MAX: none */
	int halves;		    /* of a token, that are there */
	int waiting[CALLERS], many; /* who waits, in order */
	int called;
};

static void ends(struct line *line, int place, bool granted)
{
	struct caller *c = &line->callers[line->waiting[place]];

	for (int i = place; i + 1 < line->many; i++)
		line->waiting[i] = line->waiting[i + 1];
	line->many--;
	until_done(c);
	CHECK(c->granted == granted, "one in line was told %d, not %d", c->granted, granted);
}

/* Whoever is the first and has its tokens goes, and so does whose time is over. */
static void moves_up(struct line *line)
{
	int64_t now = atomic_load(&line->hand.now);

	for (int place = 0; place < line->many; place++) {
		int tokens = (int)line->callers[line->waiting[place]].tokens;

		if (place == 0 && 2 * tokens <= line->halves) {
			line->halves -= 2 * tokens;
			ends(line, 0, true);
			place = -1; /* anew */
		} else if (line->deadlines[line->waiting[place]] <= now) {
			ends(line, place, false);
			place = -1;
		}
	}
}

static int64_t a_free_deadline(const struct line *line, int64_t from)
{
	int64_t deadline = from | 1;

	for (int i = 0; i < line->called; i++)
		if (line->deadlines[i] == deadline)
			return a_free_deadline(line, deadline + 2);
	return deadline;
}

/* One more caller, who waits or is served at once. */
static void comes(struct line *line, uint32_t *seed)
{
	int64_t now = atomic_load(&line->hand.now), deadline = INT64_MAX;
	struct caller *c = &line->callers[line->called];

	if (dice(seed) % 3)
		deadline = a_free_deadline(line, now + 1 + dice(seed) % 12);
	line->deadlines[line->called] = deadline;
	start(c, line->bucket, 1 + dice(seed) % CAPACITY,
	      deadline == INT64_MAX ? INFINITY : (double)(deadline - now) / PART);
	line->waiting[line->many++] = line->called++;
	moves_up(line);
	until_in_line(line->bucket, (size_t)line->many);
}

static void a_line_as_the_contract_says(uint32_t seed)
{
	static struct line line;
	int tokens;

	line = (struct line){.hand = {.now = 1 << 10}, .halves = 2 * CAPACITY};
	line.bucket = token_bucket_new(PART / 2.0, CAPACITY, shown, &line.hand);
	CHECK(line.bucket, "no bucket");
	for (int step = 0; step < STEPS || line.many; step++) {
		if (dice(&seed) % 3 == 0 && line.called < CALLERS && step < STEPS)
			comes(&line, &seed);
		tokens = 1 + (int)(dice(&seed) % CAPACITY);
		if (dice(&seed) % 4 == 0) {
			bool expected = !line.many && 2 * tokens <= line.halves;

			CHECK(token_bucket_try_acquire(line.bucket, tokens) == expected, "a try for %d", tokens);
			line.halves -= expected ? 2 * tokens : 0;
		}
		CHECK(token_bucket_available(line.bucket) == line.halves / 2.0, "not %d/2 there", line.halves);
		atomic_fetch_add(&line.hand.now, 1);
		line.halves += line.halves < 2 * CAPACITY;
		moves_up(&line);
		until_in_line(line.bucket, (size_t)line.many);
	}
	token_bucket_delete(line.bucket);
}

/* -- a storm: all at once, by the system's clock ----------------------------------------------------- */

static void *storm(void *argument)
{
	struct trier *me = argument;

	for (int i = 0; i < STORMS; i++) {
		int64_t asked = 1 + dice(&me->seed) % (4 * PART);
		double timeout = dice(&me->seed) % 4 ? (double)(dice(&me->seed) % 1000) / 1e6 : PATIENCE;

		if (token_bucket_acquire(me->bucket, (double)asked / PART, timeout))
			me->granted += asked;
		else
			CHECK(timeout < PATIENCE, "one waited for %g s in vain", PATIENCE);
		if (token_bucket_try_acquire(me->bucket, 1))
			me->granted += PART;
	}
	return NULL;
}

static void a_storm(void)
{
	double rate = 16384, began = seconds(), came, taken = 0;
	token_bucket *b = token_bucket_new(rate, 8, NULL, NULL);
	struct trier triers[THREADS];

	CHECK(b, "no bucket");
	for (int i = 0; i < THREADS; i++) {
		triers[i] = (struct trier){.bucket = b, .seed = 99 + (uint32_t)i};
		CHECK(!pthread_create(&triers[i].thread, NULL, storm, &triers[i]), "no thread");
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(triers[i].thread, NULL);
		taken += (double)triers[i].granted / PART;
	}
	came = 8 + rate * (seconds() - began);
	CHECK(taken <= came, "%g tokens were granted, but only %g came", taken, came);
	CHECK(token_bucket_acquire(b, 8, PATIENCE), "after the storm nothing comes any more");
	CHECK(token_bucket_waiting(b) == 0, "all have left, but somebody waits");
	SOUND(b);
	token_bucket_delete(b);
}

static void refuses_what_is_bad(void)
{
	token_bucket *b = token_bucket_new(1, 4, NULL, NULL);
	double bad[] = {0, -1, 4.5, NAN, INFINITY};

	CHECK(b, "no bucket");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(!token_bucket_try_acquire(b, bad[i]), "%g tokens were granted", bad[i]);
		CHECK(!token_bucket_acquire(b, bad[i], 1), "%g tokens were granted", bad[i]);
		CHECK(bad[i] == 4.5 || !token_bucket_new(bad[i], 1, NULL, NULL), "a rate of %g", bad[i]);
		CHECK(bad[i] == 4.5 || !token_bucket_new(1, bad[i], NULL, NULL), "a capacity of %g", bad[i]);
	}
	CHECK(!token_bucket_acquire(b, 1, -1) && !token_bucket_acquire(b, 1, NAN), "a bad timeout is none");
	CHECK(token_bucket_available(b) == 4, "a refused call has taken something");
	token_bucket_delete(b);
	token_bucket_delete(NULL);
}

/* A tenth is not exact in binary, nor is a third: what is rounded must not add up to a token. */
static void rounds_against_the_caller(void)
{
	struct hand hand = {.now = 0};
	token_bucket *b = token_bucket_new(3, 1, shown, &hand);
	double sum, came;
	int granted = 0;

	CHECK(b, "no bucket");
	for (int poll = 0; poll < 1 << 16; poll++) {
		granted += token_bucket_try_acquire(b, 0.1);
		atomic_fetch_add(&hand.now, 16);
	}
	came = 1 + 3.0 * (double)atomic_load(&hand.now) / PART;
	sum = granted * 0.1 + token_bucket_available(b);
	CHECK(sum <= came, "%.15g tokens came, but %.15g were granted or are left", came, sum);
	CHECK(sum >= came * (1 - 1e-6), "%.15g tokens came, but only %.15g are accounted for", came, sum);
	token_bucket_delete(b);
}

/* A clock in whose reading a whole other call happens, at a later time. */
struct late {
	token_bucket *bucket;
	double now, other; /* what is shown, and taken meanwhile */
};

static double read_late(void *context)
{
	struct late *late = context;
	double shown = late->now, other = late->other;

	late->other = 0;
	if (other > 0) {
		late->now = 16;
		CHECK(token_bucket_try_acquire(late->bucket, other), "%g were there at 16", other);
	}
	return shown;
}

/* One who has read 8 and is overtaken by one who reads 16: the time in between is credited once. */
static void a_late_reading_does_no_harm(void)
{
	struct late late = {.now = 0};

	late.bucket = token_bucket_new(1, 64, read_late, &late);
	CHECK(late.bucket && token_bucket_try_acquire(late.bucket, 64), "a new bucket is not full");
	late.now = 8;
	late.other = 15;
	CHECK(token_bucket_try_acquire(late.bucket, 1), "refused the last of 16 tokens");
	CHECK(token_bucket_available(late.bucket) == 0, "16 tokens came, and were taken");
	late.now = 20;
	CHECK(token_bucket_available(late.bucket) == 4, "4 came, not %g", token_bucket_available(late.bucket));
	token_bucket_delete(late.bucket);
}

static void takes_what_doubles_can_say(void)
{
	double extremes[] = {5e-324, 1e-300, 1e-9, 1.1, 1e9, 1e300, 1.7e308};
	enum { MANY = sizeof extremes / sizeof *extremes };

	for (int i = 0; i < MANY * MANY; i++) {
		double rate = extremes[i / MANY], capacity = extremes[i % MANY], left;
		struct hand hand = {.now = 0};
		token_bucket *b = token_bucket_new(rate, capacity, shown, &hand);

		CHECK(b && token_bucket_available(b) == capacity, "%g at %g a second: not full", capacity, rate);
		CHECK(token_bucket_try_acquire(b, capacity), "%g at %g a second: not had", capacity, rate);
		CHECK(token_bucket_available(b) == 0, "%g at %g a second: left over", capacity, rate);
		atomic_store(&hand.now, INT64_C(1) << 60);
		left = token_bucket_available(b);
		CHECK(left == 0 || token_bucket_try_acquire(b, left), "%g cannot be had", left);
		token_bucket_delete(b);
	}
}

int main(void)
{
	refuses_what_is_bad();
	rounds_against_the_caller();
	a_late_reading_does_no_harm();
	takes_what_doubles_can_say();
	many_take();
	many_try(1 << 24, true);
	many_try(0.5, false);
	in_order_of_arrival();
	for (int i = 0; i < HANDOVERS; i++)
		hands_over(i % 2);
	for (uint32_t seed = 1; seed <= 2; seed++)
		a_line_as_the_contract_says(seed);
	a_storm();
	return 0;
}
