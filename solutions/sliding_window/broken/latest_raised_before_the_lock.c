/*
 * Missing: the lock while the highest reading is raised.
 * Lesson: `if (now > latest) latest = now` is a look and a store. Between two threads the lower of two
 *     readings can win, and the clock has stepped back after all. It belongs under the lock like
 *     everything that is decided by it.
 * Killed by: thread sanitizer
 */
/*
 * The log is a ring of the times of the last `limit` requests that were allowed. The one that would be
 * overwritten next is the `limit`-th last, and it alone decides: if it does not count any more, fewer than
 * `limit` do. So nothing is ever searched or tidied up, and every call takes the same few steps.
 *
 *              oldest: decides, overwritten next
 *               v
 *     +----+----+----+----+----+
 *     | t4 | t5 | t1 | t2 | t3 |       made <= limit times, in the order of the ring from `next` on
 *     +----+----+----+----+----+       (where made < limit: in slots 0 to made - 1, and next = made)
 *
 *     Invariant: t1 <= t2 <= ... <= latest, and made = min(limit, requests ever allowed).
 *
 * The counter is two counts and the number of the window that they belong to:
 *
 *     | number - 1: previous | number: current     |
 *     +----------------------+-----------+---------+---> seconds
 *                            |<-elapsed->latest    number + 1 times window
 *
 *     Invariant: current, previous <= limit, and number = floor(latest / window).
 *
 * `latest` is the highest reading of the clock so far, and all that is decided is decided for it: a clock that
 * steps back, or a thread that is late with its reading, stands still until it is past it again.
 *
 * Times stay doubles, as the clock shows them; sums of them are compared with care (see `passed`).
 *
 * Lock order: one lock a limiter. The clock is foreign code, and is read before the lock is taken.
 */
#include "sliding_window.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* What both have. */
struct limiter {
	/* fixed when made */
	size_t limit;
	double window;
	sliding_clock clock;
	void *context;

	pthread_mutex_t lock;
	double latest; /* guarded by lock */
};

struct sliding_log {
	struct limiter base;
	/* guarded by base.lock */
	size_t next, made;
	double times[]; /* limit of them */
};

struct sliding_counter {
	struct limiter base;
	/* guarded by base.lock */
	double number; /* whole; a double, since the clock's reach is one's */
	size_t current, previous;
};

/* -- the base ---------------------------------------------------------------------------------------- */

static double clock_shows(const struct limiter *l)
{
	struct timespec t;

	if (l->clock)
		return l->clock(l->context);
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool limiter_init(struct limiter *l, size_t limit, double window, sliding_clock clock, void *context)
{
	l->limit = limit;
	l->window = window;
	l->clock = clock;
	l->context = context;
	l->latest = clock_shows(l);
	return !isnan(l->latest) && pthread_mutex_init(&l->lock, NULL) == 0;
}

/* Takes the lock, at the time that it is; false, without the lock, if the clock cannot be read. */
static bool enter(struct limiter *l)
{
	double now = clock_shows(l);

	if (isnan(now))
		return false;
	if (now > l->latest)
		l->latest = now;
	pthread_mutex_lock(&l->lock);
	return true;
}

static void quit(struct limiter *l)
{
	pthread_mutex_unlock(&l->lock);
}

/* -- the log ----------------------------------------------------------------------------------------- */

/*
 * What rounding left of b in a - b: exact (Knuth's TwoSum). Rounding is monotonic, so a - b == window may be
 * a little more or less than window in truth, and only then the rest decides.
 */
static double rest_of_difference(double a, double b)
{
	double difference = a - b, minus_b = difference - a;

	return (a - (difference - minus_b)) + (-b - minus_b);
}

/* Are they a whole window apart? Exactly, to the last bit: a request a moment too early is too early. */
static bool passed(double now, double past, double window)
{
	double apart = now - past;

	return apart > window || (apart == window && !(rest_of_difference(now, past) < 0));
}

/* needs the lock */
static bool log_has_room(const sliding_log *log)
{
	const struct limiter *l = &log->base;

	return log->made < l->limit || passed(l->latest, log->times[log->next], l->window);
}

sliding_log *sliding_log_new(size_t limit, double window, sliding_clock clock, void *context)
{
	bool fits = limit > 0 && limit <= (SIZE_MAX - sizeof(sliding_log)) / sizeof(double);
	sliding_log *log = fits && window > 0 ? malloc(sizeof *log + limit * sizeof(double)) : NULL;

	if (!log)
		return NULL;
	log->next = log->made = 0;
	if (limiter_init(&log->base, limit, window, clock, context))
		return log;
	free(log);
	return NULL;
}

void sliding_log_delete(sliding_log *log)
{
	if (log)
		pthread_mutex_destroy(&log->base.lock);
	free(log);
}

bool sliding_log_allow(sliding_log *log)
{
	bool allowed;

	if (!enter(&log->base))
		return false;
	allowed = log_has_room(log);
	if (allowed) {
		log->times[log->next] = log->base.latest;
		log->next = log->next + 1 < log->base.limit ? log->next + 1 : 0;
		log->made += log->made < log->base.limit;
	}
	quit(&log->base);
	return allowed;
}

double sliding_log_retry_after(sliding_log *log)
{
	double seconds = 0;

	if (!enter(&log->base))
		return NAN;
	if (!log_has_room(log)) {
		double now = log->base.latest, past = log->times[log->next];

		seconds = (log->base.window - (now - past)) - rest_of_difference(now, past);
	}
	quit(&log->base);
	return seconds;
}

static const char *log_fault(const sliding_log *log)
{
	const struct limiter *l = &log->base;
	double last = -INFINITY;
	size_t oldest = log->made < l->limit ? 0 : log->next;

	if (log->made > l->limit || log->next >= l->limit)
		return "the ring is left";
	if (log->made < l->limit && log->next != log->made)
		return "there are not as many times as it says";
	for (size_t i = 0; i < log->made; i++) {
		double time = log->times[(oldest + i) % l->limit];

		if (!(last <= time && time <= l->latest))
			return "the times are not in order";
		last = time;
	}
	return NULL;
}

const char *sliding_log_check(sliding_log *log)
{
	const char *found;

	pthread_mutex_lock(&log->base.lock);
	found = log_fault(log);
	pthread_mutex_unlock(&log->base.lock);
	return found;
}

/* -- the counter ------------------------------------------------------------------------------------- */

/* The C library's is in libm, which is not linked everywhere. From 2^52 on all doubles are whole. */
static double rounded_down(double x)
{
	double whole;

	if (!(x > -0x1p52 && x < 0x1p52))
		return x;
	whole = (double)(int64_t)x;
	return whole > x ? whole - 1 : whole;
}

/* Enters the window that it is time for; how far into it are we? Needs the lock. */
static double counter_elapsed(sliding_counter *counter)
{
	const struct limiter *l = &counter->base;
	double number = rounded_down(l->latest / l->window);
	double elapsed = l->latest - number * l->window;

	if (number != counter->number) {
		counter->previous = number == counter->number + 1 ? counter->current : 0;
		counter->current = 0;
		counter->number = number;
	}
	/* Rounding may have put it just outside; written so that an infinite window's NaN is 0. */
	return elapsed > 0 ? (elapsed < l->window ? elapsed : l->window) : 0;
}

static bool counter_fits(const sliding_counter *counter, double elapsed)
{
	double share = 1 - elapsed / counter->base.window;
	double estimate = (double)counter->current + (double)counter->previous * share;

	return estimate + 1 <= (double)counter->base.limit;
}

/* How far into the next window does a window's count weigh no more than `room`? */
static double fading(double count, double room, double window)
{
	return count > room ? window * (1 - room / count) : 0;
}

/*
 * For one who does not fit. Within a window the estimate falls in a straight line, to `current` at its end.
 * If that leaves room, it is this line that gets there. If not, this window has to end first, and then its
 * own requests have to fade. What rounding would make none is still a moment: it does not fit now.
 */
static double counter_wait(const sliding_counter *counter, double elapsed)
{
	double window = counter->base.window, room = (double)counter->base.limit - 1;
	double current = (double)counter->current, seconds;

	if (counter->current < counter->base.limit)
		seconds = fading((double)counter->previous, room - current, window) - elapsed;
	else
		seconds = window - elapsed + fading(current, room, window);
	return seconds > 0 ? seconds : window * DBL_EPSILON;
}

sliding_counter *sliding_counter_new(size_t limit, double window, sliding_clock clock, void *context)
{
	sliding_counter *counter = limit > 0 && window > 0 ? malloc(sizeof *counter) : NULL;

	if (!counter)
		return NULL;
	if (limiter_init(&counter->base, limit, window, clock, context)) {
		counter->number = rounded_down(counter->base.latest / window);
		counter->current = counter->previous = 0;
		return counter;
	}
	free(counter);
	return NULL;
}

void sliding_counter_delete(sliding_counter *counter)
{
	if (counter)
		pthread_mutex_destroy(&counter->base.lock);
	free(counter);
}

bool sliding_counter_allow(sliding_counter *counter)
{
	bool allowed;

	if (!enter(&counter->base))
		return false;
	allowed = counter_fits(counter, counter_elapsed(counter));
	counter->current += allowed;
	quit(&counter->base);
	return allowed;
}

double sliding_counter_retry_after(sliding_counter *counter)
{
	double elapsed, seconds;

	if (!enter(&counter->base))
		return NAN;
	elapsed = counter_elapsed(counter);
	seconds = counter_fits(counter, elapsed) ? 0 : counter_wait(counter, elapsed);
	quit(&counter->base);
	return seconds;
}

const char *sliding_counter_check(sliding_counter *counter)
{
	const char *found = NULL;

	pthread_mutex_lock(&counter->base.lock);
	if (counter->current > counter->base.limit || counter->previous > counter->base.limit)
		found = "more were allowed in one window than the limit";
	pthread_mutex_unlock(&counter->base.lock);
	return found;
}
