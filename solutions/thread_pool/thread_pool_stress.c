/*
 * Drives the pool by its header alone, a fixed number of rounds: order and priorities with one worker, then
 * submitters, workers, owners who cancel and shutdowns against each other. What a task writes is plain memory,
 * so that a missing order shows as a data race. A pool that stands still ends the driver instead of hanging it.
 */
#include "thread_pool.h"

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

enum { ORDERED = 400, SUBMITTERS = 3, TASKS = 1000, ROUNDS = 200, MEETINGS = 1500, CREW = 4 };
enum { STANDSTILL = 10 /* seconds */ };

static atomic_int progress;

/* relaxed: must not bring an order between threads that the pool does not */
static void moved(void)
{
	atomic_fetch_add_explicit(&progress, 1, memory_order_relaxed);
}

struct job {
	int runs;
	int drops;
};

static void *run(void *arg)
{
	((struct job *)arg)->runs++;
	moved();
	return arg;
}

static void drop(void *arg)
{
	((struct job *)arg)->drops++;
	moved();
}

static pool *new_pool(size_t workers, size_t max_pending)
{
	pool *p = pool_new(workers, max_pending, NULL);

	CHECK(p, "no pool of %zu workers", workers);
	return p;
}

static void expect_sound(pool *p)
{
	const char *broken = pool_check(p);

	CHECK(!broken, "%s", broken);
}

static future *submit(pool *p, struct job *job, int64_t priority)
{
	future *f = NULL;

	CHECK(pool_submit(p, run, drop, job, priority, &f) == POOL_ACCEPTED && f, "not accepted");
	return f;
}

/* Waits for the task, and lets go of it. */
static void expect_done(future *f, struct job *job)
{
	void *result = NULL;

	CHECK(future_wait(f, -1, &result) == FUTURE_DONE, "the task is not done");
	CHECK(result == job && job->runs == 1 && job->drops == 0, "it ran %d times", job->runs);
	future_release(f);
}

/* -- a task that waits ------------------------------------------------------------------------------ */

struct door {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int inside;
	bool open;
};

#define A_DOOR { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false }

static void *pass(void *arg)
{
	struct door *door = arg;

	pthread_mutex_lock(&door->lock);
	door->inside++;
	pthread_cond_broadcast(&door->changed);
	while (!door->open)
		pthread_cond_wait(&door->changed, &door->lock);
	pthread_mutex_unlock(&door->lock);
	return NULL;
}

static void open_door(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	door->open = true;
	pthread_cond_broadcast(&door->changed);
	pthread_mutex_unlock(&door->lock);
}

/* Keeps one worker busy until the door is opened. */
static void hold(pool *p, struct door *door)
{
	CHECK(pool_submit(p, pass, NULL, door, INT64_MIN, NULL) == POOL_ACCEPTED, "not accepted");
	pthread_mutex_lock(&door->lock);
	while (door->inside == 0)
		pthread_cond_wait(&door->changed, &door->lock);
	pthread_mutex_unlock(&door->lock);
}

/* -- one worker ------------------------------------------------------------------------------------- */

static int ran[ORDERED], ran_count;

static void *note(void *arg)
{
	ran[ran_count++] = *(int *)arg;
	return NULL;
}

/* Priorities up and down: into the sorted run and into the heap, past its first size. */
static void test_order(int spread)
{
	struct door door = A_DOOR;
	pool *p = new_pool(1, 0);
	int priority[ORDERED], number[ORDERED];

	hold(p, &door);
	for (int i = 0; i < ORDERED; i++) {
		number[i] = i;
		priority[i] = i * 7919 % spread;
		CHECK(pool_submit(p, note, NULL, &number[i], priority[i], NULL) == POOL_ACCEPTED, "no");
		expect_sound(p);
	}
	ran_count = 0;
	open_door(&door);
	pool_delete(p);
	CHECK(ran_count == ORDERED, "%d tasks ran, not %d", ran_count, ORDERED);
	for (int i = 1; i < ORDERED; i++) {
		int a = ran[i - 1], b = ran[i];

		CHECK(priority[a] < priority[b] || (priority[a] == priority[b] && a < b),
		      "task %d, priority %d, ran before %d, priority %d", a, priority[a], b, priority[b]);
	}
}

static void test_handles(void)
{
	struct door door = A_DOOR;
	pool *p = new_pool(1, 0);
	struct job job[4] = { { 0, 0 } };
	future *f[4];

	hold(p, &door);
	for (int i = 0; i < 4; i++)
		f[i] = submit(p, &job[i], 0);
	CHECK(future_wait(f[0], 1000, NULL) == FUTURE_PENDING, "the worker is busy, and a task ran");
	CHECK(future_cancel(f[1]) && !future_cancel(f[1]), "cancelled never, or twice");
	CHECK(future_wait(f[1], -1, NULL) == FUTURE_CANCELLED, "not cancelled");
	future_release(f[2]); /* long before its task runs */
	open_door(&door);
	CHECK(future_wait(f[3], INT64_MAX, NULL) == FUTURE_DONE, "not done");
	expect_done(f[0], &job[0]);
	CHECK(!future_cancel(f[3]), "cancelled when it was done");
	pool_delete(p);
	CHECK(job[1].runs == 0 && job[1].drops == 1, "cancelled, but it ran");
	CHECK(job[2].runs == 1 && future_state(f[3]) == FUTURE_DONE, "released, and it did not run");
	future_release(f[1]); /* after the pool is gone */
	future_release(f[3]);
}

static void *open_soon(void *arg)
{
	struct timespec while_somebody_begins_to_wait = { .tv_nsec = 1000000 };

	nanosleep(&while_somebody_begins_to_wait, NULL);
	open_door(arg);
	moved();
	return NULL;
}

/* The longest timeout there is must not end at once. */
static void test_a_wait_without_end(void)
{
	struct door door = A_DOOR;
	struct job job = { 0, 0 };
	pool *p = new_pool(1, 0);
	pthread_t opener;

	hold(p, &door);
	future *f = submit(p, &job, 0);
	CHECK(!pthread_create(&opener, NULL, open_soon, &door), "no thread");
	CHECK(future_wait(f, INT64_MAX, NULL) == FUTURE_DONE, "not done");
	pthread_join(opener, NULL);
	expect_done(f, &job);
	pool_delete(p);
}

static void *shut_own(void *arg)
{
	CHECK(!pool_shutdown(arg, true, false), "a worker waited for itself");
	CHECK(pool_shutdown(arg, false, true), "a task could not shut its pool down");
	CHECK(pool_submit(arg, run, drop, NULL, 0, NULL) == POOL_CLOSED, "accepted after shutdown");
	return NULL;
}

static void test_shutdown_by_a_task(void)
{
	struct door door = A_DOOR;
	struct job job = { 0, 0 };
	pool *p = new_pool(1, 0);

	hold(p, &door);
	CHECK(pool_submit(p, shut_own, NULL, p, 0, NULL) == POOL_ACCEPTED, "not accepted");
	future *behind = submit(p, &job, 0);
	open_door(&door);
	CHECK(future_wait(behind, -1, NULL) == FUTURE_CANCELLED, "not cancelled");
	pool_delete(p);
	CHECK(job.runs == 0 && job.drops == 1, "cancelled, but it ran %d times", job.runs);
	future_release(behind);
}

/* -- several threads -------------------------------------------------------------------------------- */

static void *submit_many(void *arg)
{
	struct job job[TASKS] = { { 0, 0 } };
	future *f[TASKS];

	for (int i = 0; i < TASKS; i++)
		f[i] = submit(arg, &job[i], i % 3);
	for (int i = 0; i < TASKS; i++)
		expect_done(f[i], &job[i]);
	return NULL;
}

static void test_submitters(size_t workers, size_t max_pending)
{
	pool *p = new_pool(workers, max_pending);
	pthread_t thread[SUBMITTERS];

	for (int i = 0; i < SUBMITTERS; i++)
		CHECK(!pthread_create(&thread[i], NULL, submit_many, p), "no thread");
	for (int i = 0; i < 20; i++)
		expect_sound(p);
	for (int i = 0; i < SUBMITTERS; i++)
		pthread_join(thread[i], NULL);
	pool_delete(p);
}

/* Tasks that end only together: every worker must have been woken. */
static void *meet(void *arg)
{
	struct door *door = arg;

	pthread_mutex_lock(&door->lock);
	door->open = ++door->inside == CREW;
	pthread_cond_broadcast(&door->changed);
	while (!door->open)
		pthread_cond_wait(&door->changed, &door->lock);
	pthread_mutex_unlock(&door->lock);
	moved();
	return NULL;
}

static void test_as_many_run_as_there_are_workers(void)
{
	pool *p = new_pool(CREW, 0);

	for (int i = 0; i < MEETINGS; i++) {
		struct door door = A_DOOR;
		future *f[CREW];

		for (int k = 0; k < CREW; k++)
			CHECK(pool_submit(p, meet, NULL, &door, 0, &f[k]) == POOL_ACCEPTED, "not accepted");
		for (int k = 0; k < CREW; k++) {
			CHECK(future_wait(f[k], -1, NULL) == FUTURE_DONE, "not done");
			future_release(f[k]);
		}
	}
	pool_delete(p);
}

/* A submitter in a race with a shutdown, and with its own cancel. */
struct racer {
	pool *pool;
	bool cancels;
	struct job job[4];
	enum pool_answer answer[4];
	bool cancelled[4];
};

static void *race(void *arg)
{
	struct racer *r = arg;
	future *f;

	for (int i = 0; i < 4; i++) {
		r->answer[i] = pool_submit(r->pool, run, drop, &r->job[i], -i, &f);
		if (r->answer[i] != POOL_ACCEPTED)
			continue;
		r->cancelled[i] = r->cancels && future_cancel(f);
		enum future_state end = future_wait(f, -1, NULL);
		CHECK(end == FUTURE_DONE || end == FUTURE_CANCELLED, "the future did not complete");
		CHECK(!r->cancelled[i] || end == FUTURE_CANCELLED, "cancelled, and done all the same");
		future_release(f);
	}
	moved();
	return NULL;
}

static void *shut(void *arg)
{
	CHECK(pool_shutdown(arg, true, false), "shutdown refused to wait");
	return NULL;
}

static void expect_run_or_dropped(const struct racer *r)
{
	for (int i = 0; i < 4; i++) {
		int ends = r->job[i].runs + r->job[i].drops;

		CHECK(r->answer[i] != POOL_NO_MEMORY, "no memory");
		CHECK(ends == (r->answer[i] == POOL_ACCEPTED), "a task came to %d ends", ends);
		CHECK(!r->cancelled[i] || r->job[i].drops, "cancelled, and run all the same");
	}
}

static void test_shutdown_races(bool cancel_pending, bool cancels)
{
	pool *p = new_pool(2, 1);
	struct racer racer[3] = { { .pool = p, .cancels = cancels }, { .pool = p }, { .pool = p } };
	pthread_t thread[4];

	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&thread[i], NULL, race, &racer[i]), "no thread");
	CHECK(!pthread_create(&thread[3], NULL, shut, p), "no thread");
	CHECK(pool_shutdown(p, true, cancel_pending), "shutdown refused to wait");
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	pool_delete(p);
	for (int i = 0; i < 3; i++)
		expect_run_or_dropped(&racer[i]);
}

/* -- hooks ------------------------------------------------------------------------------------------ */

static atomic_int entered, left;

static void enter(void *arg)
{
	(void)arg;
	atomic_fetch_add(&entered, 1);
}

static void leave(void *arg)
{
	(void)arg;
	atomic_fetch_add(&left, 1);
}

static void test_no_worker_outlives_shutdown(void)
{
	struct pool_hooks hooks = { enter, leave, NULL };
	pool *p = pool_new(3, 0, &hooks);

	CHECK(p && pool_shutdown(p, true, false) && pool_shutdown(p, true, true), "shutdown failed");
	CHECK(entered == left && left % 3 == 0, "%d workers came and %d went", entered, left);
	pool_delete(p);
	CHECK(!pool_new(0, 0, NULL), "a pool of no workers");
}

static void *all(void *arg)
{
	test_order(2);
	test_order(7);
	test_order(ORDERED);
	test_handles();
	for (int i = 0; i < 30; i++)
		test_a_wait_without_end();
	test_shutdown_by_a_task();
	test_submitters(1, 1);
	test_submitters(2, 8);
	test_submitters(8, 0);
	test_as_many_run_as_there_are_workers();
	for (int i = 0; i < ROUNDS; i++) {
		test_shutdown_races(i % 2, i % 4 < 2);
		test_no_worker_outlives_shutdown();
		moved();
	}
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
		still = progress == seen ? still + 1 : 0;
		seen = progress;
		nanosleep(&tick, NULL);
	}
	CHECK(atomic_load(&over), "nothing has moved for %d seconds: a wakeup was lost", STANDSTILL);
	pthread_join(driver, NULL);
	return 0;
}
