/*
 * How fast transfers are: with a lock an account, taken by id, and with one mutex for all of them. Four
 * threads, 16 accounts; threads are started once a window.
 */
#include "ordered_lock_transfer.h"
#include "windows.h"

#include <pthread.h>

enum { THREADS = 4, ACCOUNTS = 16 };

static const int64_t OPENING = (int64_t)1 << 40;

static account *ordered[ACCOUNTS];
static int64_t plain[ACCOUNTS];
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

struct share {
	size_t count;
	uint32_t dice;
};

static void drawn(uint32_t *dice, size_t *source, size_t *target)
{
	uint32_t number = windows_dice(dice);

	*source = number % ACCOUNTS;
	*target = (*source + 1 + (number >> 8) % (ACCOUNTS - 1)) % ACCOUNTS;
}

static void *by_order(void *arg)
{
	struct share *s = arg;
	size_t source, target;

	for (size_t i = 0; i < s->count; i++) {
		drawn(&s->dice, &source, &target);
		if (account_transfer(ordered[source], ordered[target], 1) != TRANSFER_DONE)
			abort();
	}
	return NULL;
}

static void *by_one_mutex(void *arg)
{
	struct share *s = arg;
	size_t source, target;

	for (size_t i = 0; i < s->count; i++) {
		drawn(&s->dice, &source, &target);
		pthread_mutex_lock(&one);
		if (plain[source] < 1)
			abort();
		plain[source]--;
		plain[target]++;
		pthread_mutex_unlock(&one);
	}
	return NULL;
}

static void in_threads(void *(*body)(void *), size_t threads, size_t count)
{
	pthread_t thread[THREADS];
	struct share share[THREADS];

	for (size_t i = 0; i < threads; i++)
		share[i] = (struct share){ count / threads + 1, (uint32_t)(i + 1) * 2654435761u };
	if (threads == 1) {
		body(&share[0]);
		return;
	}
	for (size_t i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, body, &share[i]))
			abort();
	for (size_t i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

static void with_order(void *threads, size_t count)
{
	in_threads(by_order, *(size_t *)threads, count);
}

static void with_one(void *threads, size_t count)
{
	in_threads(by_one_mutex, *(size_t *)threads, count);
}

int main(int argc, char **argv)
{
	size_t alone = 1, four = THREADS;
	struct contender crowd[] = {
		{ "locks by order", with_order, &four, 0 },
		{ "one mutex for all", with_one, &four, 0 },
	};
	struct contender single[] = {
		{ "locks by order", with_order, &alone, 0 },
		{ "one mutex for all", with_one, &alone, 0 },
	};

	windows_arguments(argc, argv);
	for (size_t i = 0; i < ACCOUNTS; i++) {
		ordered[i] = account_new((int64_t)i, OPENING, NULL, NULL);
		if (!ordered[i])
			return 1;
		plain[i] = OPENING;
	}
	race("In C: transfers between 16 accounts, one thread", "a transfer", single, 2);
	race_of_threads("In C: transfers between 16 accounts, 4 threads", "a transfer", crowd, 2);
	for (size_t i = 0; i < ACCOUNTS; i++)
		account_delete(ordered[i]);
	return 0;
}
