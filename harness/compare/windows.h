/*
 * What windows.py does, for C: interleaved rounds of short windows, a line of JSON a window.
 *
 * Usage of a driver: PROGRAM ROUNDS WINDOW, the window in nanoseconds. The first contender of a race is the
 * one that the others are held against. With a third argument, OPERATIONS, nothing is timed: each contender does
 * so many once, in windows_counted(), for instructions.py. Included by solutions/NAME/NAME_bench.c alone, once a
 * program.
 */
#ifndef KATA_WINDOWS_H
#define KATA_WINDOWS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct contender {
	const char *name;
	void (*work)(void *state, size_t count); /* does so many operations */
	void *state;
	size_t count; /* operations in a window; found by race() */
};

static size_t windows_rounds = 30;
static uint64_t windows_length = 20000000;
static size_t windows_operations; /* to be counted; 0: time them */
static volatile unsigned windows_ended;

static inline void windows_arguments(int argc, char **argv)
{
	if (argc > 1)
		windows_rounds = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		windows_length = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		windows_operations = strtoul(argv[3], NULL, 10);
}

static inline uint64_t windows_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t windows_timed(const struct contender *c, size_t count)
{
	uint64_t start = windows_now();

	c->work(c->state, count);
	return windows_now() - start;
}

static inline uint64_t windows_quickest(const struct contender *c, size_t count)
{
	uint64_t best = windows_timed(c, count);

	for (int more = 0; more < 2; more++) {
		uint64_t took = windows_timed(c, count);

		best = took < best ? took : best;
	}
	return best;
}

/*
 * How many operations fill a window; warms the contender up, too. A try counts for as long as the quickest of
 * three: one that the machine interrupts is no longer.
 */
static inline size_t windows_calibrated(const struct contender *c)
{
	size_t count = 1;
	uint64_t took = windows_quickest(c, count);

	while (took < windows_length / 2) {
		count *= took < windows_length / 8 ? 4 : 2;
		took = windows_quickest(c, count);
	}
	count = (size_t)((double)count * (double)windows_length / (double)took);
	return count ? count : 1;
}

/*
 * callgrind knows it by its name. So it has to be a function, of which compilers make no copy under another
 * name, as they do of static ones; and no jump may be its end.
 */
void windows_counted(const struct contender *c);

__attribute__((noinline)) void windows_counted(const struct contender *c)
{
	c->work(c->state, windows_operations);
	windows_ended++;
}

static inline void windows_count(const char *title, const struct contender *all, size_t number)
{
	for (size_t i = 0; i < number; i++) {
		windows_counted(&all[i]);
		printf("{\"race\": \"%s\", \"contender\": \"%s\"}\n", title, all[i].name);
	}
	fflush(stdout);
}

static inline void race(const char *title, const char *operation, struct contender *all, size_t number)
{
	if (windows_operations) {
		windows_count(title, all, number);
		return;
	}
	for (size_t i = 0; i < number; i++)
		all[i].count = windows_calibrated(&all[i]);
	for (size_t round = 0; round < windows_rounds; round++) {
		for (size_t i = 0; i < number; i++) {
			struct contender *c = &all[(round + i) % number];
			double took = (double)windows_timed(c, c->count) / (double)c->count;

			printf("{\"race\": \"%s\", \"operation\": \"%s\", \"contender\": \"%s\", \"baseline\": \"%s\", "
			       "\"ns\": %.4f}\n", title, operation, c->name, all[0].name, took);
		}
	}
	fflush(stdout);
}

/* A race in which threads wait for each other. It is timed, and not counted. */
static inline void
race_of_threads(const char *title, const char *operation, struct contender *all, size_t number)
{
	if (!windows_operations)
		race(title, operation, all, number);
}

/* A number that is cheap to draw; the state must not be 0. */
static inline uint32_t windows_dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
