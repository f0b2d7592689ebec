/*
 * A token bucket: holds up to `capacity` tokens, gains `rate` tokens a second, and starts full.
 *
 * Any function but token_bucket_new and token_bucket_delete may be called by any number of threads at
 * once. All but token_bucket_acquire, _waiting and _check are lock-free. A call that fails has taken
 * nothing. Time is kept for 68 years from the bucket's creation on; after that it stands still.
 */
#ifndef TOKEN_BUCKET_H
#define TOKEN_BUCKET_H

#include <stdbool.h>
#include <stddef.h>

typedef struct token_bucket token_bucket;

/*
 * The time in seconds, from any origin. It may step back; NaN says that it cannot be told. Called by
 * many threads at once, and never while the bucket holds a lock.
 */
typedef double (*token_bucket_clock)(void *context);

/*
 * A new bucket. It reads the time by `clock(context)`, which stay the caller's and must outlive it, or
 * from CLOCK_MONOTONIC if `clock` is NULL. NULL if there is no memory, if rate or capacity is not
 * positive or not finite, or if the clock cannot be read.
 */
token_bucket *token_bucket_new(double rate, double capacity, token_bucket_clock clock, void *context);

/* Frees the bucket, which nobody may be using any more; NULL is allowed. */
void token_bucket_delete(token_bucket *b);

/*
 * Takes `tokens` if they are there and nobody waits for tokens; never blocks. false, with nothing taken,
 * if not, if tokens is not in (0, capacity], or if the clock cannot be read.
 */
bool token_bucket_try_acquire(token_bucket *b, double tokens);

/* The tokens that are there now; NaN if the clock cannot be read. */
double token_bucket_available(token_bucket *b);

/*
 * Takes `tokens`, and waits for them in order of arrival. false, with nothing taken, if `timeout` seconds
 * by the clock were not enough, if tokens is not in (0, capacity], if timeout is negative or NaN, or if
 * the clock cannot be read. A timeout of 0 is one try; INFINITY is none.
 */
bool token_bucket_acquire(token_bucket *b, double tokens, double timeout);

/* How many callers wait in line now. */
size_t token_bucket_waiting(token_bucket *b);

/* NULL if all is as it should be, or what is not: for tests. */
const char *token_bucket_check(token_bucket *b);

#endif
