/*
 * Drives both limiters by their header alone: one thread against models that work in whole parts of a second,
 * then several threads at one moment, where exactly `limit` calls must be allowed.
 *
 * All atomics here are relaxed: an order that the driver puts in would hide one that the limiter owes.
 */
#include "sliding_window.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(truth, ...) \
	do { \
		if (!(truth)) { \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
			fprintf(stderr, __VA_ARGS__); \
			fprintf(stderr, "\n"); \
			exit(1); \
		} \
	} while (0)

enum { THREADS = 4, MOMENTS = 400, CALLS = 20000, MOST = 7, PART = 64 };

static uint32_t dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A clock that the test sets, in parts of a second. */
static double shown(void *context)
{
	return (double)atomic_load_explicit((_Atomic int64_t *)context, memory_order_relaxed) / PART;
}

static double shown_finely(void *context)
{
	return *(double *)context;
}

/* Either limiter, by one name. */
struct limiter {
	sliding_log *log;
	sliding_counter *counter;
};

static struct limiter made(bool log, size_t limit, double window, sliding_clock clock, void *context)
{
	struct limiter l = {
		.log = log ? sliding_log_new(limit, window, clock, context) : NULL,
		.counter = log ? NULL : sliding_counter_new(limit, window, clock, context),
	};

	CHECK(l.log || l.counter, "no limiter");
	return l;
}

static bool allow(struct limiter l)
{
	return l.log ? sliding_log_allow(l.log) : sliding_counter_allow(l.counter);
}

static double retry_after(struct limiter l)
{
	return l.log ? sliding_log_retry_after(l.log) : sliding_counter_retry_after(l.counter);
}

static void done(struct limiter l)
{
	const char *found = l.log ? sliding_log_check(l.log) : sliding_counter_check(l.counter);

	CHECK(!found, "%s", found);
	sliding_log_delete(l.log);
	sliding_counter_delete(l.counter);
}

/* -- one thread, and what the contract says ---------------------------------------------------------- */

struct model {
	bool log;
	int64_t limit, window, latest; /* in parts of a second */
	int64_t allowed[CALLS];	       /* when, in order */
	int calls;
};

static int64_t window_of(const struct model *m, int64_t time)
{
	return time / m->window - (time % m->window < 0);
}

/* Requests that count, in parts of a request: a window's length of them to one. */
static int64_t load(const struct model *m, int64_t now)
{
	int64_t elapsed = now - window_of(m, now) * m->window, sum = 0;

	for (int i = m->calls - 1; i >= 0 && m->allowed[i] > now - 2 * m->window; i--) {
		int64_t ago = window_of(m, now) - window_of(m, m->allowed[i]);

		if (m->log)
			sum += m->allowed[i] > now - m->window ? m->window : 0;
		else
			sum += ago == 0 ? m->window : ago == 1 ? m->window - elapsed : 0;
	}
	return sum;
}

static bool fits(const struct model *m, int64_t now)
{
	return load(m, now) + m->window <= m->limit * m->window;
}

/* Is `after` the moment, to a part of a second, from which on one is allowed? */
static bool is_when(const struct model *m, double after)
{
	double exactly = after * PART - 1e-6;
	int64_t parts = (int64_t)exactly;

	parts += (double)parts < exactly;
	if (fits(m, m->latest))
		return after == 0;
	return after > 0 && fits(m, m->latest + parts) && !fits(m, m->latest + parts - 1);
}

static void agrees_with_the_model(struct model *m, uint32_t seed, int64_t start)
{
	_Atomic int64_t now = start;
	struct limiter l = made(m->log, (size_t)m->limit, (double)m->window / PART, shown, (void *)&now);

	m->latest = start;
	m->calls = 0;
	for (int i = 0; i < CALLS; i++) {
		int64_t step = (int64_t)(dice(&seed) % (uint32_t)m->window) - m->window / 4;
		bool expected;

		if (dice(&seed) % 2)
			atomic_fetch_add(&now, step);
		if (dice(&seed) % 256 == 0)
			atomic_fetch_add(&now, dice(&seed) % 4 * m->window);
		if (atomic_load(&now) > m->latest)
			m->latest = atomic_load(&now);
		CHECK(is_when(m, retry_after(l)), "call %d: retry after %g", i, retry_after(l));
		expected = fits(m, m->latest);
		CHECK(allow(l) == expected, "call %d: allow returned %d", i, !expected);
		if (expected)
			m->allowed[m->calls++] = m->latest;
	}
	CHECK(m->calls > CALLS / 100, "the model hardly allowed anything");
	done(l);
}

/* -- to the last bit, and to the ends ---------------------------------------------------------------- */

static void a_moment_too_early_is_too_early(void)
{
	double now = 0x1p-60;
	struct limiter l = made(true, 1, 1, shown_finely, &now);

	CHECK(allow(l), "a new log allows nothing");
	now = 1; /* 1 - 2^-60 later, which no double says */
	CHECK(!allow(l), "allowed 2^-60 s too early");
	CHECK(retry_after(l) == 0x1p-60, "2^-60 s are missing, not %g", retry_after(l));
	now = 1 + 0x1p-52;
	CHECK(allow(l), "refused more than a window later");
	done(l);
}

static void an_infinite_window_never_ends(bool log)
{
	double now = -1e300;
	struct limiter l = made(log, 2, INFINITY, shown_finely, &now);

	CHECK(allow(l) && allow(l), "a new limiter does not allow its limit");
	now = 1e300;
	CHECK(!allow(l) && retry_after(l) == INFINITY, "an infinite window has ended");
	done(l);
}

static void refuses_what_is_bad(void)
{
	double now = NAN, bad[] = {0, -1, NAN};

	for (int i = 0; i < 3; i++) {
		CHECK(!sliding_log_new(1, bad[i], NULL, NULL), "a log over %g s", bad[i]);
		CHECK(!sliding_counter_new(1, bad[i], NULL, NULL), "a counter over %g s", bad[i]);
	}
	CHECK(!sliding_log_new(0, 1, NULL, NULL) && !sliding_counter_new(0, 1, NULL, NULL), "a limit of 0");
	CHECK(!sliding_log_new(SIZE_MAX / sizeof(double) + 2, 1, NULL, NULL), "room for more than there is");
	CHECK(!sliding_log_new(1, 1, shown_finely, &now), "a clock that shows nothing");
	CHECK(!sliding_counter_new(1, 1, shown_finely, &now), "a clock that shows nothing");
	sliding_log_delete(NULL);
	sliding_counter_delete(NULL);
}

/* -- threads ----------------------------------------------------------------------------------------- */

struct gang {
	struct limiter limiter;
	size_t limit;
	double longest; /* that one may be told to wait */
	_Atomic int64_t now;
	_Atomic size_t arrived, allowed;
};

/* All have come so far: nobody is ahead by a moment. */
static void meet(struct gang *g, size_t all)
{
	atomic_fetch_add_explicit(&g->arrived, 1, memory_order_relaxed);
	while (atomic_load_explicit(&g->arrived, memory_order_relaxed) < all)
		sched_yield();
}

static void *ask(void *argument)
{
	struct gang *g = argument;

	for (size_t moment = 1; moment <= MOMENTS; moment++) {
		meet(g, (2 * moment - 1) * THREADS);
		for (size_t i = 0; i < g->limit; i++) {
			double after = retry_after(g->limiter);
			size_t allowed = allow(g->limiter);

			CHECK(after >= 0 && after <= g->longest, "retry after %g", after);
			atomic_fetch_add_explicit(&g->allowed, allowed, memory_order_relaxed);
		}
		meet(g, 2 * moment * THREADS);
		/* all write the same */
		atomic_store_explicit(&g->now, (int64_t)moment * 2 * PART, memory_order_relaxed);
	}
	return NULL;
}

static void limit_at_a_time(bool log)
{
	struct gang g = {.limit = MOST};
	pthread_t threads[THREADS];

	g.limiter = made(log, g.limit, 1, shown, (void *)&g.now);
	g.longest = 2;
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, ask, &g), "no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(atomic_load(&g.allowed) == MOMENTS * g.limit, "%zu were allowed, not %zu",
	      atomic_load(&g.allowed), MOMENTS * g.limit);
	done(g.limiter);
}

int main(void)
{
	static struct model m;

	refuses_what_is_bad();
	a_moment_too_early_is_too_early();
	for (int log = 0; log < 2; log++) {
		an_infinite_window_never_ends(log);
		for (int limit = 1; limit <= MOST; limit += 2) {
			m.log = log;
			m.limit = limit;
			m.window = PART;
			agrees_with_the_model(&m, 5 + (uint32_t)limit, -100 * PART);
		}
		limit_at_a_time(log);
	}
	return 0;
}
