/*
 * Missing: a timeout that reaches past the end of the clock counts as for ever.
 * Lesson: `now + timeout` overflows for a large timeout, which is undefined, and in practice gives a
 * deadline in the past: the wait that should last longest returns at once. Compare with a subtraction
 * that cannot overflow.
 * Killed by: undefined sanitizer
 */
/*
 * Layout: what waits is a sorted run, and a heap for the tasks that do not fit onto its end.
 *
 *	run:    head -> [0,#4] -> [0,#6] -> [3,#7] <- tail          a list, linked through the futures
 *	heap:   [-1,#8] [0,#5] [2,#9] ...                           children of i: 2i+1 and 2i+2
 *
 * A task goes to the end of the run if it is not more urgent than the last one there, so that tasks of
 * equal priority cost O(1); else into the heap. The next to be taken is the smaller of the two heads.
 *
 * Invariants (whenever the lock is free)
 *	waiting = length of run + length of heap <= max_pending, or max_pending = 0;
 *	run and heap are in order by (priority, number), and no two numbers are equal;
 *	closed never goes back to false, and nothing is added once it is true;
 *	something waits and a worker sleeps      =>  a wakeup is on its way to a worker;
 *	there is room and a submitter sleeps     =>  a wakeup is on its way to a submitter.
 *
 * The last two are what keeps the pool fast with more workers than cores: as long as one wakeup is on its
 * way no other is sent, and whoever arrives passes it on if there is still something to do. A burst of
 * tasks costs one system call, not one a task, and never wakes a herd.
 *
 * Lock order: a future's lock and the pool's are never held together, nor either while foreign code runs.
 */
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* pthread_cond_timedwait_relative_np */
#endif
#include "thread_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct future {
	/* written before it is queued */
	pool *pool;
	void *(*run)(void *arg);
	void (*drop)(void *arg);
	int64_t priority;
	/* the queue's, guarded by the pool's lock; `next` then belongs to whoever took it out */
	uint64_t number;
	future *next;
	/* the argument; from finish on the result, and never written again */
	void *value;
	atomic_uint state; /* an enum future_state, and the flags below */
};

#define STATE 3u
#define WAITED_FOR 4u /* somebody is in the pool's list of waiters, or was */
#define HELD 8u	      /* the owner's reference */
#define QUEUED 16u    /* the reference of the queue, then of the worker */

/* Somebody who waits for a future. Guarded by the pool's waiting_lock, and lives on its thread's stack. */
struct waiter {
	const future *awaited;
	struct waiter *next;
	pthread_cond_t wake;
};

/* Sleepers of one kind, and whether a wakeup is on its way to one of them. Guarded by the pool's lock. */
struct gate {
	pthread_cond_t wake;
	size_t asleep;
	bool coming;
};

struct entry {
	int64_t priority;
	uint64_t number;
	future *task;
};

struct pool {
	/* written by pool_new alone */
	size_t max_pending;
	size_t workers;
	struct pool_hooks hooks;
	pthread_t *threads;
	/* guarded by lock */
	pthread_mutex_t lock;
	struct gate work;
	struct gate room;
	future *head;
	future *tail;
	struct entry *heap;
	size_t heaped;
	size_t heap_size;
	size_t waiting;
	uint64_t accepted;
	bool closed;
	bool joining; /* somebody joins the threads */
	bool joined;
	pthread_cond_t ended;
	/* guarded by waiting_lock */
	pthread_mutex_t waiting_lock;
	struct waiter *waiters;
};

/* -- waiting with a deadline ------------------------------------------------------------------- */

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

static int64_t deadline_after(int64_t timeout)
{
	int64_t start = now();

	return timeout < 0 ? INT64_MAX : start + timeout;
}

/* Sleeps until it is woken, for whatever reason; false once the deadline has passed. */
static bool sleep_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline)
{
	int64_t left = deadline == INT64_MAX ? 1 : deadline - now();
	struct timespec t;

	if (left <= 0)
		return false;
	if (deadline == INT64_MAX) {
		pthread_cond_wait(cond, lock);
		return true;
	}
#ifdef __APPLE__
	t = (struct timespec){ .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
	pthread_cond_timedwait_relative_np(cond, lock, &t);
#else
	t = (struct timespec){ .tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000 };
	pthread_cond_timedwait(cond, lock, &t);
#endif
	return true;
}

/* -- futures ----------------------------------------------------------------------------------- */

static bool is_final(unsigned state)
{
	return (state & STATE) == FUTURE_DONE || (state & STATE) == FUTURE_CANCELLED;
}

static future *future_new(pool *p, bool held)
{
	future *f = malloc(sizeof *f);

	if (f) {
		f->pool = p;
		atomic_init(&f->state, FUTURE_PENDING | QUEUED | (held ? HELD : 0));
	}
	return f;
}

/* Frees the future if the reference that `before` has lost was the last. */
static void free_if_last(future *f, unsigned before, unsigned reference)
{
	if ((before & (HELD | QUEUED)) == reference)
		free(f);
}

static void give_up(future *f, unsigned reference)
{
	/* release: all that was done through this reference; acquire: pairs with the release of the other one */
	free_if_last(f, atomic_fetch_and_explicit(&f->state, ~reference, memory_order_acq_rel), reference);
}

void future_release(future *f)
{
	if (f)
		give_up(f, HELD);
}

/* Wakes who waits for the future. It may be gone: only its address is looked at. */
static void tell(pool *p, const future *f)
{
	/*
	 * A waiter sets WAITED_FOR under this lock, sees that the state is not final, and keeps the lock until
	 * it sleeps. So whoever makes the state final and finds the flag comes here after it fell asleep.
	 */
	pthread_mutex_lock(&p->waiting_lock);
	for (struct waiter *w = p->waiters; w; w = w->next)
		if (w->awaited == f)
			pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&p->waiting_lock);
}

/* The one step that decides between running and cancelling a task. *before is the state that it had. */
static bool claim(future *f, enum future_state next, unsigned *before)
{
	/* relaxed: the state alone is decided on; what belongs to the task came with the pool's lock */
	*before = atomic_load_explicit(&f->state, memory_order_relaxed);
	do {
		if ((*before & STATE) != FUTURE_PENDING)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&f->state, before, (*before & ~STATE) | next,
							memory_order_relaxed, memory_order_relaxed));
	return true;
}

/* From running to done, with the worker's reference given up in the same step. */
static void finish(pool *p, future *f, void *result)
{
	unsigned step = FUTURE_DONE - FUTURE_RUNNING - QUEUED, before;

	f->value = result;
	/*
	 * release: the result comes before the state; pairs with the acquire in future_state. acquire: pairs with
	 * the release in give_up, if the owner has let go before and the future is freed here.
	 */
	before = atomic_fetch_add_explicit(&f->state, step, memory_order_acq_rel);
	free_if_last(f, before, QUEUED);
	if (before & WAITED_FOR)
		tell(p, f);
}

enum future_state future_state(const future *f)
{
	/* acquire: pairs with the release in finish, so that who sees FUTURE_DONE sees what the task did */
	return (enum future_state)(atomic_load_explicit(&f->state, memory_order_acquire) & STATE);
}

static void sleep_until_final(future *f, struct waiter *w, int64_t deadline)
{
	struct waiter **link = &f->pool->waiters;

	pthread_mutex_lock(&f->pool->waiting_lock);
	w->next = *link;
	*link = w;
	/* relaxed: future_wait looks at the state again */
	while (!is_final(atomic_fetch_or_explicit(&f->state, WAITED_FOR, memory_order_relaxed)) &&
	       sleep_until(&w->wake, &f->pool->waiting_lock, deadline))
		;
	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	pthread_mutex_unlock(&f->pool->waiting_lock);
}

enum future_state future_wait(future *f, int64_t timeout, void **result)
{
	struct waiter w = { .awaited = f };
	enum future_state state = future_state(f);

	if (!is_final(state) && timeout != 0 && cond_init(&w.wake)) {
		sleep_until_final(f, &w, deadline_after(timeout));
		pthread_cond_destroy(&w.wake);
		state = future_state(f);
	}
	if (state == FUTURE_DONE && result)
		*result = f->value;
	return state;
}

bool future_cancel(future *f)
{
	unsigned before;

	if (!claim(f, FUTURE_CANCELLED, &before))
		return false;
	if (before & WAITED_FOR)
		tell(f->pool, f);
	return true;
}

/* -- the queue; the pool's lock must be held --------------------------------------------------- */

static bool goes_before(const struct entry *a, const struct entry *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->number < b->number;
}

static struct entry entry_of(future *f)
{
	return (struct entry){ .priority = f->priority, .number = f->number, .task = f };
}

static bool heap_has_place(pool *p)
{
	size_t size = p->heap_size ? 2 * p->heap_size : 64;
	struct entry *grown;

	if (p->heaped < p->heap_size)
		return true;
	grown = size > SIZE_MAX / sizeof *grown ? NULL : realloc(p->heap, size * sizeof *grown);
	if (!grown)
		return false;
	p->heap = grown;
	p->heap_size = size;
	return true;
}

static void heap_push(pool *p, struct entry e)
{
	size_t i = p->heaped++;

	while (i > 0 && goes_before(&e, &p->heap[(i - 1) / 2])) {
		p->heap[i] = p->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	p->heap[i] = e;
}

static future *heap_pop(pool *p)
{
	future *first = p->heap[0].task;
	struct entry last = p->heap[--p->heaped];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < p->heaped) {
		if (child + 1 < p->heaped && goes_before(&p->heap[child + 1], &p->heap[child]))
			child++;
		if (!goes_before(&p->heap[child], &last))
			break;
		p->heap[i] = p->heap[child];
		i = child;
	}
	p->heap[i] = last;
	return first;
}

static future *run_pop(pool *p)
{
	future *first = p->head;

	p->head = first->next;
	if (!p->head)
		p->tail = NULL;
	return first;
}

/* false, with nothing changed, if there is no memory. */
static bool queue_push(pool *p, future *f)
{
	bool fits_the_run = !p->tail || p->tail->priority <= f->priority;

	if (!fits_the_run && !heap_has_place(p))
		return false;
	f->number = p->accepted++;
	f->next = NULL;
	p->waiting++;
	if (!fits_the_run)
		heap_push(p, entry_of(f));
	else if (p->tail)
		p->tail = p->tail->next = f;
	else
		p->tail = p->head = f;
	return true;
}

/* The most urgent task, or NULL. */
static future *queue_pop(pool *p)
{
	struct entry first;

	if (p->waiting == 0)
		return NULL;
	p->waiting--;
	if (!p->head)
		return heap_pop(p);
	first = entry_of(p->head);
	return p->heaped && goes_before(&p->heap[0], &first) ? heap_pop(p) : run_pop(p);
}

/* All that waits, as a list. */
static future *queue_take_all(pool *p)
{
	future *all = p->head;

	for (size_t i = 0; i < p->heaped; i++) {
		p->heap[i].task->next = all;
		all = p->heap[i].task;
	}
	p->head = p->tail = NULL;
	p->heaped = p->waiting = 0;
	return all;
}

static bool has_room(const pool *p)
{
	return p->max_pending == 0 || p->waiting < p->max_pending;
}

static const char *queue_check(const pool *p)
{
	size_t length = 0;

	for (const future *f = p->head; f; f = f->next, length++) {
		struct entry a = entry_of((future *)f), b = f->next ? entry_of(f->next) : a;

		if (f->next ? !goes_before(&a, &b) : f != p->tail)
			return f->next ? "the run is out of order" : "the run does not end at its tail";
	}
	for (size_t i = 1; i < p->heaped; i++)
		if (!goes_before(&p->heap[(i - 1) / 2], &p->heap[i]))
			return "a child in the heap goes before its parent";
	if (length + p->heaped != p->waiting)
		return "more or fewer tasks wait than are counted";
	return p->max_pending && p->waiting > p->max_pending ? "more tasks wait than may" : NULL;
}

const char *pool_check(pool *p)
{
	const char *broken;

	pthread_mutex_lock(&p->lock);
	broken = queue_check(p);
	pthread_mutex_unlock(&p->lock);
	return broken;
}

/* -- gates; the pool's lock must be held ------------------------------------------------------- */

static void gate_sleep(struct gate *g, pthread_mutex_t *lock)
{
	g->asleep++;
	pthread_cond_wait(&g->wake, lock);
	g->asleep--;
	/*
	 * Whoever wakes, be it by chance, is the wakeup that was on its way: it looks at the queue now, in the
	 * same critical section, and sends the next if there is more to do or sleeps on if there is nothing.
	 */
	g->coming = false;
}

/* Whether the caller must signal once it has released the lock: somebody sleeps, and none is on its way. */
static bool gate_calls(struct gate *g)
{
	if (g->asleep == 0 || g->coming)
		return false;
	g->coming = true;
	return true;
}

/* Signalled without the lock, or the woken one would only wake to wait for it. */
static void signal_if(struct gate *g, bool called)
{
	if (called)
		pthread_cond_signal(&g->wake);
}

/* -- workers ----------------------------------------------------------------------------------- */

/* The most urgent task, when there is one; NULL when there never will be one again. */
static future *take(pool *p)
{
	bool more, room;
	future *f;

	pthread_mutex_lock(&p->lock);
	while (!(f = queue_pop(p)) && !p->closed)
		gate_sleep(&p->work, &p->lock);
	more = p->waiting > 0 && gate_calls(&p->work);
	room = f && gate_calls(&p->room);
	pthread_mutex_unlock(&p->lock);
	signal_if(&p->work, more);
	signal_if(&p->room, room);
	return f;
}

static void drop(future *f)
{
	if (f->drop)
		f->drop(f->value);
	give_up(f, QUEUED);
}

static void execute(pool *p, future *f)
{
	unsigned before;

	if (claim(f, FUTURE_RUNNING, &before))
		finish(p, f, f->run(f->value));
	else
		drop(f);
}

static void *work(void *arg)
{
	pool *p = arg;
	future *f;

	if (p->hooks.enter)
		p->hooks.enter(p->hooks.arg);
	while ((f = take(p)))
		execute(p, f);
	if (p->hooks.leave)
		p->hooks.leave(p->hooks.arg);
	return NULL;
}

/* -- the pool ---------------------------------------------------------------------------------- */

enum pool_answer pool_submit(pool *p, void *(*run)(void *arg), void (*drop)(void *arg), void *arg,
			     int64_t priority, future **handle)
{
	future *f = future_new(p, handle != NULL);
	bool accepted, work, room;

	if (!f)
		return POOL_NO_MEMORY;
	f->run = run;
	f->drop = drop;
	f->value = arg;
	f->priority = priority;
	pthread_mutex_lock(&p->lock);
	while (!p->closed && !has_room(p))
		gate_sleep(&p->room, &p->lock);
	accepted = !p->closed && queue_push(p, f);
	work = accepted && gate_calls(&p->work);
	room = has_room(p) && gate_calls(&p->room);
	enum pool_answer answer = accepted ? POOL_ACCEPTED : p->closed ? POOL_CLOSED : POOL_NO_MEMORY;
	pthread_mutex_unlock(&p->lock);
	signal_if(&p->work, work);
	signal_if(&p->room, room);
	if (!accepted)
		free(f);
	else if (handle)
		*handle = f;
	return answer;
}

static bool is_worker(const pool *p, pthread_t thread)
{
	for (size_t i = 0; i < p->workers; i++)
		if (pthread_equal(p->threads[i], thread))
			return true;
	return false;
}

/* A thread may be joined once: the first to come does it, the others wait until it is done. */
static void join(pool *p)
{
	bool mine;

	pthread_mutex_lock(&p->lock);
	mine = !p->joining;
	p->joining = true;
	while (!mine && !p->joined)
		pthread_cond_wait(&p->ended, &p->lock);
	pthread_mutex_unlock(&p->lock);
	if (!mine)
		return;
	for (size_t i = 0; i < p->workers; i++)
		pthread_join(p->threads[i], NULL);
	pthread_mutex_lock(&p->lock);
	p->joined = true;
	pthread_cond_broadcast(&p->ended);
	pthread_mutex_unlock(&p->lock);
}

bool pool_shutdown(pool *p, bool wait, bool cancel_pending)
{
	future *dropped = NULL, *next;

	if (wait && is_worker(p, pthread_self()))
		return false;
	pthread_mutex_lock(&p->lock);
	p->closed = true;
	if (cancel_pending)
		dropped = queue_take_all(p);
	pthread_cond_broadcast(&p->work.wake);
	pthread_cond_broadcast(&p->room.wake);
	pthread_mutex_unlock(&p->lock);
	for (; dropped; dropped = next) {
		next = dropped->next;
		future_cancel(dropped); /* false if its owner was quicker, which comes to the same */
		drop(dropped);
	}
	if (wait)
		join(p);
	return true;
}

static bool init(pool *p)
{
	pthread_cond_t *conds[] = { &p->work.wake, &p->room.wake, &p->ended };
	size_t made = 0;

	while (made < 3 && cond_init(conds[made]))
		made++;
	if (made == 3 && pthread_mutex_init(&p->lock, NULL) == 0) {
		if (pthread_mutex_init(&p->waiting_lock, NULL) == 0)
			return true;
		pthread_mutex_destroy(&p->lock);
	}
	while (made > 0)
		pthread_cond_destroy(conds[--made]);
	return false;
}

void pool_delete(pool *p)
{
	if (!p)
		return;
	pool_shutdown(p, true, false);
	pthread_cond_destroy(&p->ended);
	pthread_cond_destroy(&p->room.wake);
	pthread_cond_destroy(&p->work.wake);
	pthread_mutex_destroy(&p->waiting_lock);
	pthread_mutex_destroy(&p->lock);
	free(p->heap);
	free(p->threads);
	free(p);
}

pool *pool_new(size_t workers, size_t max_pending, const struct pool_hooks *hooks)
{
	pool *p = workers ? calloc(1, sizeof *p) : NULL;

	if (!p)
		return NULL;
	p->threads = calloc(workers, sizeof *p->threads);
	if (!p->threads || !init(p)) {
		free(p->threads);
		free(p);
		return NULL;
	}
	p->max_pending = max_pending;
	if (hooks)
		p->hooks = *hooks;
	while (p->workers < workers && pthread_create(&p->threads[p->workers], NULL, work, p) == 0)
		p->workers++;
	if (p->workers < workers) {
		pool_delete(p); /* ends those that have started */
		return NULL;
	}
	return p;
}
