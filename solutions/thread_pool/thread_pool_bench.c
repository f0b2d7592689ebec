/*
 * How many tasks a second the pool takes: one thread submits tasks that do nothing, and waits until the last
 * of them has run. With as many workers as cores, or so, and with more.
 */
#include "thread_pool.h"
#include "windows.h"

#include <semaphore.h>
#include <stdatomic.h>

enum { ROOM = 1024 };

struct crew {
	pool *pool;
	sem_t over;
	_Atomic size_t left;
};

static void *task(void *arg)
{
	struct crew *crew = arg;

	/* relaxed: the semaphore is what tells the submitter, and nothing else is handed over */
	if (atomic_fetch_sub_explicit(&crew->left, 1, memory_order_relaxed) == 1)
		sem_post(&crew->over);
	return NULL;
}

static void submit(void *state, size_t count)
{
	struct crew *crew = state;

	atomic_store_explicit(&crew->left, count, memory_order_relaxed);
	for (size_t i = 0; i < count; i++)
		if (pool_submit(crew->pool, task, NULL, crew, 0, NULL) != POOL_ACCEPTED)
			abort();
	while (sem_wait(&crew->over))
		;
}

static void open_crew(struct crew *crew, size_t workers)
{
	crew->pool = pool_new(workers, ROOM, NULL);
	if (!crew->pool || sem_init(&crew->over, 0, 0))
		abort();
}

int main(int argc, char **argv)
{
	static struct crew two, eight;
	struct contender all[] = {
		{ "2 workers", submit, &two, 0 },
		{ "8 workers", submit, &eight, 0 },
	};

	windows_arguments(argc, argv);
	open_crew(&two, 2);
	open_crew(&eight, 8);
	race_of_threads("In C: tasks that do nothing, room for 1,024", "a task", all, sizeof all / sizeof *all);
	pool_delete(two.pool);
	pool_delete(eight.pool);
	return 0;
}
