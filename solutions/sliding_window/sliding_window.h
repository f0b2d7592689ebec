/*
 * Two rate limiters over a sliding window: an exact log of the requests that count, and a counter that
 * estimates in constant memory.
 *
 * Any function but _new and _delete may be called by any number of threads at once. Times are seconds.
 */
#ifndef SLIDING_WINDOW_H
#define SLIDING_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The time in seconds, from any origin. It may step back; NaN says that it cannot be told. Called by
 * many threads at once, and never while a limiter holds its lock.
 */
typedef double (*sliding_clock)(void *context);

/* At most `limit` requests in any window (t - window, t]. */
typedef struct sliding_log sliding_log;

/*
 * A new log, which keeps room for `limit` times. It reads the time by `clock(context)`, which stay the
 * caller's and must outlive it, or from CLOCK_MONOTONIC if `clock` is NULL. NULL if there is no memory, if
 * limit is 0, if window is not positive, or if the clock cannot be read.
 */
sliding_log *sliding_log_new(size_t limit, double window, sliding_clock clock, void *context);

/* Frees the log, which nobody may be using any more; NULL is allowed. */
void sliding_log_delete(sliding_log *log);

/* Is a request allowed now? Then it counts. false, with nothing changed, also if the clock cannot be read. */
bool sliding_log_allow(sliding_log *log);

/* Seconds until allow would succeed if nobody else called, 0 if it would now; NaN without a clock. */
double sliding_log_retry_after(sliding_log *log);

/* NULL if all is as it should be, or what is not: for tests. */
const char *sliding_log_check(sliding_log *log);

/*
 * Windows start at multiples of `window` on the clock. A request is allowed if it and the estimate
 * current + previous * (1 - elapsed / window) are at most `limit`.
 */
typedef struct sliding_counter sliding_counter;

/* As for the log. */
sliding_counter *sliding_counter_new(size_t limit, double window, sliding_clock clock, void *context);
void sliding_counter_delete(sliding_counter *counter);
bool sliding_counter_allow(sliding_counter *counter);
double sliding_counter_retry_after(sliding_counter *counter);
const char *sliding_counter_check(sliding_counter *counter);

#endif
