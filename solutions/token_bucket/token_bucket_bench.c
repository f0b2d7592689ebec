/*
 * How fast try_acquire is: beside a bucket of doubles under a mutex, and the reading of the clock that neither
 * can do without. Every token is there; threads are started once a window.
 */
#include "token_bucket.h"
#include "windows.h"

#include <pthread.h>

enum { THREADS = 8 };

static const double PLENTY = 1e9;

static token_bucket *lock_free;

static struct {
	pthread_mutex_t lock;
	double level;
	double latest;
} locked = { .lock = PTHREAD_MUTEX_INITIALIZER };

static double seconds(void)
{
	return (double)windows_now() / 1e9;
}

static void take_locked(size_t count)
{
	while (count--) {
		pthread_mutex_lock(&locked.lock);
		double now = seconds();
		if (now > locked.latest) {
			locked.level += (now - locked.latest) * PLENTY;
			locked.level = locked.level < PLENTY ? locked.level : PLENTY;
			locked.latest = now;
		}
		if (locked.level >= 1)
			locked.level -= 1;
		pthread_mutex_unlock(&locked.lock);
	}
}

static void take(size_t count)
{
	while (count--)
		token_bucket_try_acquire(lock_free, 1);
}

static void read_clock(size_t count)
{
	double before = 0;

	while (count--) {
		double now = seconds();

		if (now < before) /* never; but so the reading is needed */
			abort();
		before = now;
	}
}

struct share {
	void (*body)(size_t);
	size_t count;
};

static void *run(void *arg)
{
	struct share *s = arg;

	s->body(s->count);
	return NULL;
}

static void in_threads(void (*body)(size_t), size_t count)
{
	pthread_t thread[THREADS];
	struct share share = { body, count / THREADS + 1 };

	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, run, &share))
			abort();
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

struct way {
	void (*body)(size_t);
};

static void alone(void *state, size_t count)
{
	((struct way *)state)->body(count);
}

static void together(void *state, size_t count)
{
	in_threads(((struct way *)state)->body, count);
}

int main(int argc, char **argv)
{
	struct way ours = { take }, theirs = { take_locked }, clock = { read_clock };
	struct contender single[] = {
		{ "try_acquire", alone, &ours, 0 },
		{ "a mutex and doubles", alone, &theirs, 0 },
		{ "the clock alone", alone, &clock, 0 },
	};
	struct contender crowd[] = {
		{ "try_acquire", together, &ours, 0 },
		{ "a mutex and doubles", together, &theirs, 0 },
		{ "the clock alone", together, &clock, 0 },
	};

	windows_arguments(argc, argv);
	lock_free = token_bucket_new(PLENTY, PLENTY, NULL, NULL);
	if (!lock_free)
		return 1;
	race("In C: try_acquire of one token that is there, one thread", "a try_acquire", single, 3);
	race_of_threads("In C: the same by 8 threads", "a try_acquire", crowd, 3);
	token_bucket_delete(lock_free);
	return 0;
}
