/*
 * Drives the heap by its header alone: first one thread against what it knows, then several at once, each of
 * which finds its own bytes in its own payloads. The heap is sound whenever anybody asks.
 */
#include "free_list_allocator.h"

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

enum { THREADS = 4, ROUNDS = 8000, BLOCKS = 40, HEAP = 48000 };

static uint32_t dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Small sizes oftener than large ones. */
static size_t a_size(uint32_t *state)
{
	size_t most = (size_t)8 << dice(state) % 8;

	return 1 + dice(state) % most;
}

static void expect_sound(heap *h)
{
	enum heap_failure failure = heap_check(h);

	CHECK(failure == HEAP_SOUND, "%s", heap_failure_name(failure));
}

static size_t largest(heap *h, size_t size)
{
	size_t ptr = 0;

	while (size && !(ptr = heap_malloc(h, size)))
		size--;
	CHECK(size && heap_free(h, ptr), "a new heap has no room at all");
	return size;
}

/* -- one thread ------------------------------------------------------------------------------------- */

/* All offsets in and around the heap: those that malloc did not return are refused. */
static void test_bad_pointers(void)
{
	unsigned char *memory = malloc(1001);
	heap *h = heap_new(memory, 1001);
	size_t a = heap_malloc(h, 40), b = heap_malloc(h, 300), c = heap_malloc(h, 40), now;

	CHECK(a && b && c && heap_free(h, a), "three small blocks do not fit");
	memmove(memory + b, memory, 300); /* tags, true ones and those of the dead block */
	for (size_t ptr = 0; ptr < 1100; ptr++) {
		bool good = ptr == b || ptr == c;

		CHECK(good || !heap_free(h, ptr), "%zu was freed, and is no block", ptr);
		CHECK(good || heap_realloc(h, ptr, 8, &now) == HEAP_BAD_POINTER, "%zu is no block", ptr);
	}
	CHECK(!heap_free(h, SIZE_MAX) && !heap_free(h, SIZE_MAX - 7), "far away was freed");
	expect_sound(h);
	CHECK(heap_free(h, b) && heap_free(h, c) && !heap_free(h, c), "free or a second free went wrong");
	expect_sound(h);
	heap_delete(h);
	free(memory);
}

/* Whoever fills his payload to the last byte harms nobody. */
static void test_full_payloads(void)
{
	unsigned char *memory = malloc(5000);
	heap *h = heap_new(memory, 5000);
	size_t ptrs[66];

	for (size_t size = 1; size <= 65; size++) {
		ptrs[size] = heap_malloc(h, size);
		CHECK(ptrs[size], "5000 bytes have no room for small blocks");
		memset(memory + ptrs[size], (int)size, size);
		expect_sound(h);
	}
	for (size_t size = 1; size <= 65; size++) {
		for (size_t i = 0; i < size; i++)
			CHECK(memory[ptrs[size] + i] == size, "byte %zu of %zu is gone", i, size);
		CHECK(heap_free(h, ptrs[size]), "free refused a block");
		expect_sound(h);
	}
	heap_delete(h);
	free(memory);
}

/* Sizes near and beyond what size_t can say. */
static void test_sizes(void)
{
	unsigned char *memory = malloc(4096);
	heap *h = heap_new(memory, 4096);
	size_t most = largest(h, 4096), ptr = heap_malloc(h, 8), now = 1;

	CHECK(most >= 4096 - 16, "of 4096 bytes one block may have only %zu", most);
	for (unsigned low = 0; low < 64; low++) {
		CHECK(!heap_malloc(h, SIZE_MAX - low), "SIZE_MAX - %u fits", low);
		CHECK(!heap_malloc(h, ((size_t)1 << 35) + low), "more than 32 GiB fit");
		CHECK(heap_realloc(h, ptr, SIZE_MAX - low, &now) == HEAP_NO_ROOM, "SIZE_MAX - %u fits", low);
	}
	CHECK(!heap_malloc(h, 0) && now == 1, "a refusal changed something");
	CHECK(!heap_new(memory, heap_least() - 1), "a heap that is too small was made");
	expect_sound(h);
	heap_delete(h);
	free(memory);
}

/* In place both ways, then all is one again. */
static void test_realloc_in_place(void)
{
	unsigned char *memory = malloc(4096);
	heap *h = heap_new(memory, 4096);
	size_t most = largest(h, 4096), a = heap_malloc(h, 100), b = heap_malloc(h, 900), now;
	size_t c = heap_malloc(h, 100);

	CHECK(heap_free(h, b), "free refused a block");
	memset(memory + a, 7, 100);
	CHECK(heap_realloc(h, a, 800, &now) == HEAP_DONE && now == a, "did not grow in place");
	CHECK(memory[a] == 7 && memory[a + 99] == 7, "the first bytes are gone");
	CHECK(heap_realloc(h, a, 50, &now) == HEAP_DONE && now == a, "did not shrink in place");
	expect_sound(h);
	CHECK((b = heap_malloc(h, 850)) && b < c, "what was given back cannot be had");
	CHECK(heap_realloc(h, a, 2000, &now) == HEAP_DONE && now != a, "did not move");
	CHECK(memory[now] == 7 && memory[now + 49] == 7, "the first bytes are gone");
	CHECK(!heap_free(h, a) && heap_free(h, now) && heap_free(h, b) && heap_free(h, c), "free is wrong");
	expect_sound(h);
	CHECK(heap_malloc(h, most), "all is freed, and %zu bytes do not fit again", most);
	heap_delete(h);
	free(memory);
}

/* Blocks of more than a bin each, in a heap with more units than regions: the slow ways too. */
static void test_large_blocks(void)
{
	enum { SIZE = 4 << 20, MANY = 90 };
	unsigned char *memory = malloc(SIZE);
	heap *h = heap_new(memory, SIZE);
	size_t most = largest(h, SIZE), ptrs[MANY], walls[MANY];

	for (size_t i = 0; i < MANY; i++) {
		ptrs[i] = heap_malloc(h, 20000 + 8 * i);
		walls[i] = heap_malloc(h, 8);
		CHECK(ptrs[i] && walls[i], "4 MiB have no room for 90 blocks");
	}
	while (heap_malloc(h, 20000))
		;
	for (size_t i = MANY; i-- > 0;)
		CHECK(heap_free(h, ptrs[i]), "free refused a block");
	expect_sound(h);
	CHECK(heap_malloc(h, 20000 + 8 * (MANY - 1)) == ptrs[MANY - 1], "the only one that fits was missed");
	for (size_t i = 0; i < MANY; i++)
		CHECK(heap_free(h, walls[i]), "free refused a block");
	expect_sound(h);
	CHECK(!heap_malloc(h, most) && heap_malloc(h, 1500000), "neighbours are not one");
	heap_delete(h);
	free(memory);
}

/* -- several ------------------------------------------------------------------------------------------ */

struct worker {
	heap *h;
	unsigned char *memory;
	unsigned char mark;
	uint32_t state;
	size_t ptrs[BLOCKS], sizes[BLOCKS];
};

static void expect_mine(const struct worker *w, size_t ptr, size_t size)
{
	for (size_t i = 0; i < size; i++)
		CHECK(w->memory[ptr + i] == w->mark, "byte %zu of %zu at %zu is another's", i, size, ptr);
}

static void take(struct worker *w, unsigned i, size_t size)
{
	w->ptrs[i] = heap_malloc(w->h, size);
	w->sizes[i] = size;
	CHECK(w->ptrs[i] % 8 == 0, "%zu is no multiple of 8", w->ptrs[i]);
	CHECK(!w->ptrs[i] || w->ptrs[i] + size <= HEAP, "%zu bytes at %zu", size, w->ptrs[i]);
	if (w->ptrs[i])
		memset(w->memory + w->ptrs[i], w->mark, size);
}

static void resize(struct worker *w, unsigned i, size_t size)
{
	enum heap_outcome outcome = heap_realloc(w->h, w->ptrs[i], size, &w->ptrs[i]);

	CHECK(outcome != HEAP_BAD_POINTER, "realloc refused a block in use");
	if (outcome == HEAP_NO_ROOM)
		return;
	expect_mine(w, w->ptrs[i], size < w->sizes[i] ? size : w->sizes[i]);
	w->sizes[i] = size;
	memset(w->memory + w->ptrs[i], w->mark, size);
}

static void drop(struct worker *w, unsigned i)
{
	expect_mine(w, w->ptrs[i], w->sizes[i]);
	CHECK(!heap_free(w->h, w->ptrs[i] + 8), "free took the inside of a block");
	CHECK(heap_free(w->h, w->ptrs[i]), "free refused a block in use");
	w->ptrs[i] = 0;
}

static void *work(void *argument)
{
	struct worker *w = argument;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned i = dice(&w->state) % BLOCKS;

		if (!w->ptrs[i])
			take(w, i, 12 + a_size(&w->state));
		else if (dice(&w->state) % 3 == 0)
			resize(w, i, 12 + a_size(&w->state));
		else
			drop(w, i);
		if (round % 256 == 0)
			expect_sound(w->h);
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		if (w->ptrs[i])
			drop(w, i);
	return NULL;
}

static void test_threads(void)
{
	unsigned char *memory = malloc(HEAP);
	heap *h = heap_new(memory, HEAP);
	size_t most = largest(h, HEAP);
	pthread_t threads[THREADS];
	static struct worker workers[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .h = h, .memory = memory, .mark = 17 + i, .state = 1 + i };
		CHECK(!pthread_create(&threads[i], NULL, work, &workers[i]), "no thread");
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	expect_sound(h);
	CHECK(heap_malloc(h, most), "all is freed, and %zu bytes do not fit again", most);
	heap_delete(h);
	free(memory);
}

int main(void)
{
	test_full_payloads();
	test_bad_pointers();
	test_sizes();
	test_realloc_in_place();
	test_large_blocks();
	test_threads();
	return 0;
}
