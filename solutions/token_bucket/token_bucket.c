/*
 * GCRA (virtual scheduling, ITU-T I.371) in integers. What is stored is not the level but the moment
 * `full_at` at which the bucket will be full if nothing more is taken, the "theoretical arrival time".
 * Taking tokens moves it on by their price; the level falls out of it:
 *
 *          full_at - full           now              full_at
 *     -----------+-------------------+------------------+---------> ticks
 *                |<---- level ------>|<--- missing ---->|
 *                |<--------------- full --------------->|
 *
 *     word:  | full_at : 63 bits | somebody waits : 1 bit |
 *
 * Invariant: level = full - max(0, full_at - now), 0 <= level <= full, and `now` never goes back.
 *
 * Units. The clock is kept in units of 2^-32 s since the bucket's creation. The bucket's own time runs at
 * `rate`: 2^scale ticks are a token, so a tick is between 0.46 and 0.94 ns, and the price of any amount
 * that is exact in binary is exact, whatever the rate. Plain nanoseconds would cut 1/1024 s, and a token
 * at 3 a second, off. All rounding is against the caller: time, and the rate beyond its 32nd bit, go down,
 * prices go up. `now` is worked out from the whole time each time, so that no error adds up over polls.
 *
 * Ranges. elapsed < 2^63 units (68 years, then it stands still) and rate < 2^32, so now < 2^62; scale is
 * chosen such that full <= 2^61, and a price is at most full; so full_at < 2^62 + 2^61 < 2^63.
 *
 * Two words change without a lock: `latest`, which only grows, and `word`. One compare-and-swap of `word`
 * is a whole grant. All accesses to both are sequentially consistent: the argument needs one order of the
 * changes of both. It is: a call first brings `latest` up to its reading (so a late or stepped-back reading
 * changes nothing), and no call returns before full_at >= the `now` that it brought about or the level is
 * known to be below full. So while a swap succeeds that was worked out with an older `latest`, either full_at
 * is past the newer one, and the sum is the same, or whoever brought the newer one is still under way,
 * and the grant counts as made before it.
 *
 * Lock order: there is one lock, `lock`, for the line of waiters. The clock is not read under it.
 */
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* pthread_cond_timedwait_relative_np */
#endif
#include "token_bucket.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define SECOND 4294967296.0 /* units: 2^32 */
#define LAST UINT64_C(0x7fffffffffffffff) /* the unit at which time stands still */
#define WAITED UINT64_C(1)
#define NEVER UINT64_MAX
#define LONGEST_SLEEP 1073741824.0 /* seconds; then one looks again */
#define CACHE_LINE 64

/* One who waits: lives on its thread's stack, in the line, until it leaves. */
struct waiter {
	struct waiter *ahead, *behind; /* guarded by lock */
	pthread_cond_t turn;
};

struct token_bucket {
	/* fixed when made */
	double capacity;
	uint64_t rate; /* of 32 bits: ticks in 2^33 units of time, or in 2^(33+coarse) */
	unsigned coarse;
	int scale;     /* 2^scale ticks are a token */
	uint64_t full; /* the capacity in ticks */
	double ticks_per_second;
	token_bucket_clock clock;
	void *context;
	double origin;	  /* the clock's first reading */
	uint64_t started; /* the system clock's, in units */

	/* anybody's, without a lock */
	_Alignas(CACHE_LINE) _Atomic uint64_t latest; /* highest reading so far, in units */
	_Atomic uint64_t word;

	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	/* guarded by lock */
	struct waiter *first, *last;
	size_t waiting;
};

/* -- units ------------------------------------------------------------------------------------------- */

/* Seconds in units, cut off: within what the clock can count. */
static uint64_t units(double seconds)
{
	if (!(seconds > 0))
		return 0;
	return seconds * SECOND < 0x1p63 ? (uint64_t)(seconds * SECOND) : LAST;
}

/* Positive, below 2^63; rounded up. A double beyond 2^53 is whole, so the comparison is exact. */
static uint64_t rounded_up(double x)
{
	uint64_t whole = (uint64_t)x;

	return whole + ((double)whole < x);
}

/* The bucket's own time: floor(elapsed * rate / 2^(33 + coarse)), by halves, none of which overflows. */
static uint64_t ticks(const token_bucket *b, uint64_t elapsed)
{
	uint64_t high = (elapsed >> 32) * b->rate;
	uint64_t low = (elapsed & UINT32_MAX) * b->rate;

	return b->coarse < 63 ? (high + (low >> 32)) >> (1 + b->coarse) : 0;
}

/* At least 1: nothing is free, however little it is. */
static uint64_t price_of(const token_bucket *b, double tokens)
{
	uint64_t price = rounded_up(ldexp(tokens, b->scale));

	return price ? price : 1;
}

/* Cut off to what a double says exactly, so that what is shown can be had. */
static double tokens_in(const token_bucket *b, uint64_t level)
{
	unsigned cut = 0;
	double tokens;

	while (level >> cut >> 53)
		cut++;
	tokens = ldexp((double)(level >> cut), (int)cut - b->scale);
	return tokens < b->capacity ? tokens : b->capacity;
}

/* -- the word ---------------------------------------------------------------------------------------- */

static uint64_t full_at(uint64_t word)
{
	return word >> 1;
}

static uint64_t with_full_at(uint64_t word, uint64_t moment)
{
	return moment << 1 | (word & WAITED);
}

/* 0 also where `now` is older than the word and knows nothing yet of what was taken: not below 0. */
static uint64_t level_at(const token_bucket *b, uint64_t word, uint64_t now)
{
	uint64_t missing = full_at(word) > now ? full_at(word) - now : 0;

	return missing < b->full ? b->full - missing : 0;
}

static uint64_t charged(uint64_t word, uint64_t now, uint64_t price)
{
	return with_full_at(word, (full_at(word) > now ? full_at(word) : now) + price);
}

/* Makes a bucket that is full at `now` say so in its word; returns the word. */
static uint64_t settle(token_bucket *b, uint64_t now)
{
	uint64_t word = atomic_load(&b->word); /* seq_cst: see the top, as for all that follow */

	while (full_at(word) < now) {
		uint64_t settled = with_full_at(word, now);

		if (atomic_compare_exchange_weak(&b->word, &word, settled))
			return settled;
	}
	return word;
}

/* -- the clock --------------------------------------------------------------------------------------- */

static uint64_t system_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec << 32) + ((uint64_t)t.tv_nsec << 32) / 1000000000;
}

/* What the clock shows, in units since the bucket was made; `latest` is no less then. false for NaN. */
static bool read_clock(token_bucket *b, uint64_t *elapsed)
{
	uint64_t latest = atomic_load(&b->latest);

	if (b->clock) {
		double since = b->clock(b->context) - b->origin;

		if (isnan(since))
			return false;
		*elapsed = units(since);
	} else {
		*elapsed = system_time() - b->started;
	}
	while (latest < *elapsed && !atomic_compare_exchange_weak(&b->latest, &latest, *elapsed))
		;
	return true;
}

/* -- taking ------------------------------------------------------------------------------------------ */

static bool can_be_granted(const token_bucket *b, double tokens)
{
	return tokens > 0 && tokens <= b->capacity; /* so written, NaN cannot */
}

/* May this caller take tokens now? Somebody in line (who holds the lock) as the first, others if none is. */
static bool has_turn(const token_bucket *b, uint64_t word, const struct waiter *me)
{
	return me ? b->first == me : !(word & WAITED);
}

/*
 * A grant is the swap. A refusal holds for the moment at which `latest` was looked at last: it had not
 * changed since before `word` was read, and whatever was taken meanwhile only made the level lower.
 */
static bool take(token_bucket *b, uint64_t price, const struct waiter *me)
{
	for (;;) {
		uint64_t latest = atomic_load(&b->latest);
		uint64_t now = ticks(b, latest);
		uint64_t word = atomic_load(&b->word);

		if (!has_turn(b, word, me)) {
			settle(b, now);
			return false;
		}
		if (price <= level_at(b, word, now)) {
			if (atomic_compare_exchange_strong(&b->word, &word, charged(word, now, price)))
				return true;
		} else if (atomic_load(&b->latest) == latest) {
			return false;
		}
	}
}

bool token_bucket_try_acquire(token_bucket *b, double tokens)
{
	uint64_t elapsed;

	return can_be_granted(b, tokens) && read_clock(b, &elapsed) && take(b, price_of(b, tokens), NULL);
}

double token_bucket_available(token_bucket *b)
{
	uint64_t elapsed, latest, now, word;

	if (!read_clock(b, &elapsed))
		return NAN;
	do {
		latest = atomic_load(&b->latest);
		now = ticks(b, latest);
		word = settle(b, now);
	} while (atomic_load(&b->latest) != latest);
	return tokens_in(b, level_at(b, word, now));
}

/* -- the line: all of these need b->lock ------------------------------------------------------------- */

static void condition_init(pthread_cond_t *condition)
{
#ifdef __APPLE__
	pthread_cond_init(condition, NULL);
#else
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
#endif
}

/* Waits for the turn, so long at most; rounded up, so that one does not wake to find it a little early. */
static void sleep_in_line(token_bucket *b, struct waiter *me, double seconds)
{
	uint64_t length = rounded_up((seconds < LONGEST_SLEEP ? seconds : LONGEST_SLEEP) * 1e9);
	struct timespec until = {.tv_sec = (time_t)(length / 1000000000), .tv_nsec = (long)(length % 1000000000)};

#ifdef __APPLE__
	pthread_cond_timedwait_relative_np(&me->turn, &b->lock, &until);
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until.tv_sec += now.tv_sec + (until.tv_nsec + now.tv_nsec) / 1000000000;
	until.tv_nsec = (until.tv_nsec + now.tv_nsec) % 1000000000;
	pthread_cond_timedwait(&me->turn, &b->lock, &until);
#endif
}

/*
 * Seconds until the first in line has its tokens, from the reading `elapsed` on. Nobody else can take any
 * meanwhile, so the moment is known and one sleep is enough. (One who took them just before the line was
 * marked may have moved it: then there is a second sleep.)
 */
static double until_due(token_bucket *b, uint64_t price, uint64_t elapsed)
{
	uint64_t latest = atomic_load(&b->latest);
	uint64_t level = level_at(b, atomic_load(&b->word), ticks(b, latest));
	double missing = price > level ? (double)(price - level) / b->ticks_per_second : 0;

	return (double)(latest - elapsed) / SECOND + missing;
}

static void
wait_for_turn(token_bucket *b, struct waiter *me, uint64_t price, uint64_t elapsed, uint64_t deadline)
{
	double due = b->first == me ? until_due(b, price, elapsed) : INFINITY;
	double left = deadline == NEVER ? INFINITY : (double)(deadline - elapsed) / SECOND;
	double seconds = due < left ? due : left;

	if (isinf(seconds) && b->first != me) /* the first is always due, be it in a million years */
		pthread_cond_wait(&me->turn, &b->lock);
	else
		sleep_in_line(b, me, seconds);
}

static bool
wait_in_line(token_bucket *b, struct waiter *me, uint64_t price, uint64_t elapsed, uint64_t deadline)
{
	while (!take(b, price, me)) {
		bool readable;

		if (elapsed >= deadline)
			return false;
		wait_for_turn(b, me, price, elapsed, deadline);
		/* A turn that comes while the lock is away is not lost: it is looked at anew, not waited for. */
		pthread_mutex_unlock(&b->lock);
		readable = read_clock(b, &elapsed);
		pthread_mutex_lock(&b->lock);
		if (!readable)
			return false;
	}
	return true;
}

static void join(token_bucket *b, struct waiter *me)
{
	condition_init(&me->turn);
	me->ahead = b->last;
	me->behind = NULL;
	*(b->last ? &b->last->behind : &b->first) = me;
	b->last = me;
	b->waiting++;
	atomic_fetch_or(&b->word, WAITED); /* from here on no swap that a try has prepared succeeds */
}

/* Served or not: whoever is the first now does not know it yet, and has to work out when it is due. */
static void leave(token_bucket *b, struct waiter *me)
{
	bool was_first = b->first == me;

	*(me->ahead ? &me->ahead->behind : &b->first) = me->behind;
	*(me->behind ? &me->behind->ahead : &b->last) = me->ahead;
	b->waiting--;
	if (!b->first)
		atomic_fetch_and(&b->word, ~WAITED);
	else if (was_first)
		pthread_cond_signal(&b->first->turn);
	pthread_cond_destroy(&me->turn);
}

bool token_bucket_acquire(token_bucket *b, double tokens, double timeout)
{
	struct waiter me;
	uint64_t elapsed, price;
	bool served;

	if (!can_be_granted(b, tokens) || !(timeout >= 0) || !read_clock(b, &elapsed))
		return false;
	price = price_of(b, tokens);
	if (take(b, price, NULL))
		return true;
	if (timeout == 0)
		return false;
	pthread_mutex_lock(&b->lock);
	join(b, &me);
	served = wait_in_line(b, &me, price, elapsed,
			      units(timeout) == LAST ? NEVER : elapsed + rounded_up(timeout * SECOND));
	leave(b, &me);
	pthread_mutex_unlock(&b->lock);
	return served;
}

size_t token_bucket_waiting(token_bucket *b)
{
	size_t waiting;

	pthread_mutex_lock(&b->lock);
	waiting = b->waiting;
	pthread_mutex_unlock(&b->lock);
	return waiting;
}

static const char *fault(const token_bucket *b)
{
	uint64_t word = atomic_load(&b->word), now = ticks(b, atomic_load(&b->latest));
	const struct waiter *ahead = NULL, *w;
	size_t waiting = 0;

	for (w = b->first; w; ahead = w, w = w->behind, waiting++)
		if (w->ahead != ahead)
			return "one in line does not know who is ahead";
	if (b->last != ahead)
		return "the line's end is not its last";
	if (b->waiting != waiting)
		return "the line is not as long as it says";
	if (!(word & WAITED) != !b->first)
		return "the word does not say whether somebody waits";
	if (full_at(word) > now && full_at(word) - now > b->full)
		return "less than nothing is left";
	return NULL;
}

const char *token_bucket_check(token_bucket *b)
{
	const char *found;

	pthread_mutex_lock(&b->lock);
	found = fault(b);
	pthread_mutex_unlock(&b->lock);
	return found;
}

/* -- making ------------------------------------------------------------------------------------------ */

/*
 * rate = mantissa * 2^exponent, the mantissa below 1 and of 32 bits. With a scale of 31 - exponent a second
 * has mantissa * 2^31 ticks. A capacity that would then be beyond 2^61 ticks makes them coarser.
 */
static void choose_units(token_bucket *b, double rate, double capacity)
{
	int exponent, bits, finest;
	double mantissa = frexp(rate, &exponent);

	(void)frexp(capacity, &bits); /* capacity < 2^bits */
	finest = 31 - exponent;
	b->scale = finest < 61 - bits ? finest : 61 - bits;
	b->coarse = (unsigned)(finest - b->scale);
	b->rate = (uint64_t)ldexp(mantissa, 32);
	b->ticks_per_second = ldexp((double)b->rate, exponent + b->scale - 32);
	b->capacity = capacity;
	b->full = price_of(b, capacity);
}

token_bucket *token_bucket_new(double rate, double capacity, token_bucket_clock clock, void *context)
{
	double origin = clock ? clock(context) : 0;
	token_bucket *b;

	if (!(rate > 0 && isfinite(rate) && capacity > 0 && isfinite(capacity) && isfinite(origin)))
		return NULL;
	b = aligned_alloc(CACHE_LINE, sizeof *b);
	if (!b)
		return NULL;
	choose_units(b, rate, capacity);
	b->clock = clock;
	b->context = context;
	b->origin = origin;
	b->started = system_time();
	atomic_init(&b->latest, 0);
	atomic_init(&b->word, 0); /* full at 0, which is now */
	b->first = b->last = NULL;
	b->waiting = 0;
	if (pthread_mutex_init(&b->lock, NULL) == 0)
		return b;
	free(b);
	return NULL;
}

void token_bucket_delete(token_bucket *b)
{
	if (b)
		pthread_mutex_destroy(&b->lock);
	free(b);
}
