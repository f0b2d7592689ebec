/*
 * Drives the arena by its header alone: several threads that fill it and find their own bytes in their own
 * blocks, then the ends of what size_t can say, then one thread against a cursor of its own.
 */
#include "bump_allocator.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(truth, ...) \
	do { \
		if (!(truth)) { \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
			fprintf(stderr, __VA_ARGS__); \
			fprintf(stderr, "\n"); \
			exit(1); \
		} \
	} while (0)

enum { THREADS = 4, CALLS = 200000, FILLINGS = 20, CAPACITY = 100000, LARGEST = 40 };

static uint32_t dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

typedef bool (*alloc_function)(arena *, size_t, size_t, size_t *);

/* Any calls, each as a cursor and a remainder say; the blocks are written to, so that a sanitizer sees them. */
static void agrees_with_a_cursor(alloc_function alloc, uint32_t seed)
{
	size_t capacity = 4000, used = 0, mark = 0;
	unsigned char *memory = malloc(capacity);
	arena *a = arena_new(capacity);

	CHECK(memory && a, "no memory");
	for (int i = 0; i < CALLS; i++) {
		size_t size = 1 + dice(&seed) % LARGEST, align = (size_t)1 << dice(&seed) % 7;
		size_t expected = (used + align - 1) / align * align, start = 0;
		bool fits = expected + size <= capacity;

		CHECK(alloc(a, size, align, &start) == fits, "with %zu used, %zu at %zu: %d", used, size, align, !fits);
		CHECK(!fits || start == expected, "a block at %zu, not at %zu", start, expected);
		if (fits) {
			memset(memory + start, i, size);
			used = start + size;
		}
		if (dice(&seed) % 16 == 0)
			mark = used;
		if (dice(&seed) % 64 == 0) {
			CHECK(arena_rewind(a, mark), "no way back from %zu to %zu", used, mark);
			used = mark;
		}
		CHECK(!arena_rewind(a, used + 1), "rewound forward");
		if (dice(&seed) % 512 == 0) {
			arena_reset(a);
			used = mark = 0;
		}
		CHECK(arena_used(a) == used, "%zu are used, not %zu", arena_used(a), used);
	}
	arena_delete(a);
	free(memory);
}

static void refuses_what_cannot_be(alloc_function alloc)
{
	arena *a = arena_new(64);
	size_t start, huge[] = {SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 8, SIZE_MAX - 7, SIZE_MAX, 65};

	CHECK(a, "no memory");
	for (int filled = 0; filled < 2; filled++) {
		for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
			CHECK(!alloc(a, huge[i], 1, &start), "%zu bytes fitted", huge[i]);
			CHECK(!alloc(a, huge[i], 8, &start), "%zu bytes fitted", huge[i]);
		}
		for (size_t align = 3; align < 64; align += 2)
			CHECK(!alloc(a, 1, align, &start), "aligned to %zu", align);
		CHECK(!alloc(a, 1, 0, &start) && !alloc(a, 0, 1, &start), "aligned to 0, or a block of 0");
		CHECK(arena_used(a) == (size_t)filled * 8, "a refused request has taken something");
		CHECK(alloc(a, 8, SIZE_MAX / 2 + 1, &start) == !filled, "the largest alignment");
	}
	CHECK(alloc(a, 56, 8, &start) && start == 8, "what is left to the last byte does not fit");
	CHECK(!alloc(a, 1, 1, &start), "there is more than there is");
	arena_delete(a);
	arena_delete(NULL);
	CHECK(!arena_new(0), "an arena of nothing");
}

/* -- threads ----------------------------------------------------------------------------------------- */

struct filler {
	pthread_t thread;
	arena *arena;
	unsigned char *memory;
	uint32_t seed;
	unsigned char mine;
	size_t taken;
};

/* Until not even one byte is left; each block is filled, and looked at again when all is over. */
static void *fill(void *argument)
{
	struct filler *me = argument;
	size_t size, start;

	do {
		size = 1 + dice(&me->seed) % LARGEST;
		if (!arena_alloc_shared(me->arena, size, 1, &start)) {
			size = 1;
			if (!arena_alloc_shared(me->arena, size, 1, &start))
				return NULL;
		}
		memset(me->memory + start, me->mine, size);
		me->taken += size;
	} while (true);
}

static void no_byte_goes_to_two_or_to_nobody(uint32_t seed)
{
	arena *a = arena_new(CAPACITY);
	unsigned char *memory = calloc(CAPACITY, 1);
	struct filler fillers[THREADS];
	size_t found[THREADS] = {0};

	CHECK(memory && a, "no memory");
	for (unsigned i = 0; i < THREADS; i++) {
		fillers[i] = (struct filler){.arena = a, .memory = memory, .seed = seed + i};
		fillers[i].mine = (unsigned char)(i + 1);
		CHECK(!pthread_create(&fillers[i].thread, NULL, fill, &fillers[i]), "no thread");
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(fillers[i].thread, NULL);
	for (size_t i = 0; i < CAPACITY; i++) {
		CHECK(memory[i], "byte %zu went to nobody", i);
		found[memory[i] - 1]++;
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(found[i] == fillers[i].taken, "of %zu bytes %zu are kept", fillers[i].taken, found[i]);
	CHECK(arena_used(a) == CAPACITY, "%zu are used, not all", arena_used(a));
	arena_delete(a);
	free(memory);
}

int main(void)
{
	for (uint32_t i = 1; i <= FILLINGS; i++)
		no_byte_goes_to_two_or_to_nobody(i * 10);
	refuses_what_cannot_be(arena_alloc);
	refuses_what_cannot_be(arena_alloc_shared);
	agrees_with_a_cursor(arena_alloc, 1);
	agrees_with_a_cursor(arena_alloc_shared, 2);
	return 0;
}
