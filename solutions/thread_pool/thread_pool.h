/*
 * A fixed-size thread pool: bounded queue, graceful shutdown, priorities, cancellation.
 *
 * Every function may be called from any thread, tasks included, unless it says otherwise. No lock of
 * the pool is held while a task, a `drop` or a hook runs.
 */
#ifndef THREAD_POOL_H
#define THREAD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pool pool;

/* The handle of one accepted task. Its owner releases it, before or after the pool is deleted. */
typedef struct future future;

enum pool_answer {
	POOL_ACCEPTED,
	POOL_CLOSED, /* shutdown has come, before the call or while it was blocked for room */
	POOL_NO_MEMORY
};

enum future_state {
	FUTURE_PENDING, /* waits for a worker */
	FUTURE_RUNNING,
	FUTURE_DONE,
	FUTURE_CANCELLED
};

/* What each worker calls in its own thread: before its first task, and after its last. */
struct pool_hooks {
	void (*enter)(void *arg);
	void (*leave)(void *arg);
	void *arg;
};

/*
 * A pool that has started `workers` threads. At most `max_pending` tasks wait, running ones not counted;
 * 0 means any number. `hooks` may be NULL, and is copied.
 * NULL, with no thread left, if workers is 0 or there is no memory or no thread to be had.
 */
pool *pool_new(size_t workers, size_t max_pending, const struct pool_hooks *hooks);

/*
 * Shuts the pool down, waits, and frees it; NULL is allowed. Not for tasks, and not while another call with
 * the pool or one of its futures is under way. The futures stay, and may be released later.
 */
void pool_delete(pool *p);

/*
 * Queues the call run(arg); blocks while there is no room. The smallest priority is taken first; equal ones
 * in the order submitted. Of an accepted task exactly one is called, once: `run` by a worker, or `drop` by
 * whoever finds that it was cancelled, a worker or a shutdown; `drop` may be NULL.
 * With POOL_ACCEPTED and a `handle` that is not NULL, *handle is the caller's to release. With any other
 * answer nothing is called, and *handle is as it was.
 */
enum pool_answer pool_submit(pool *p, void *(*run)(void *arg), void (*drop)(void *arg), void *arg,
			     int64_t priority, future **handle);

/*
 * Takes no more tasks; those accepted run to their end, or with `cancel_pending` those that no worker has
 * taken are cancelled. With `wait`, returns when every worker thread has ended, in each of several threads
 * that call it; without, at once. May be called again.
 * false, with nothing changed, if a worker of this pool asks to wait: it would wait for itself.
 */
bool pool_shutdown(pool *p, bool wait, bool cancel_pending);

/* The invariant of the queue that does not hold, NULL if all do. */
const char *pool_check(pool *p);

/* Where the task stands now. */
enum future_state future_state(const future *f);

/*
 * Blocks until the task is done or cancelled, or for `timeout` nanoseconds if that is not negative, and
 * returns where it stands. With FUTURE_DONE and a `result` that is not NULL, *result is what `run` returned.
 */
enum future_state future_wait(future *f, int64_t timeout, void **result);

/* Cancels a task that waits: it will not run, and who waits for it wakes. false if it is past that. */
bool future_cancel(future *f);

/* Gives the handle up; the task itself goes on. NULL is allowed. */
void future_release(future *f);

#endif
