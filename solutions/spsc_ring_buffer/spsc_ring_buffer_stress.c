/*
 * Drives both rings by their header alone: first one thread, then a producer and a consumer with every kind of
 * call. Items point to numbers that the producer writes just before it pushes, without any atomic: whoever
 * gets an item too early reads another number, and races.
 */
#include "spsc_ring_buffer.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECK(truth, ...) \
	do { \
		if (!(truth)) { \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
			fprintf(stderr, __VA_ARGS__); \
			fprintf(stderr, "\n"); \
			exit(1); \
		} \
	} while (0)

enum {
	ITEMS = 4000,
	ASLEEP = 800, /* items where each one may cost a sleep */
	BATCH = 16,
	LONG = 20,     /* seconds: nothing here takes so long unless something is lost */
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Lets the other side go on; exits if that has not helped for LONG. `since` is 0 at first. */
static void let_go_on(double *since, const char *whom)
{
	sched_yield();
	if (*since == 0)
		*since = seconds();
	CHECK(seconds() - *since < LONG, "the %s waits for ever", whom);
}

/* -- one thread ------------------------------------------------------------------------------------- */

static void test_capacity(size_t capacity)
{
	static int things[64];
	ring *r = ring_new(capacity);
	void *item = NULL;

	CHECK(r && ring_size(r) == 0 && !ring_try_pop(r, &item), "a new ring of %zu is not empty", capacity);
	for (size_t round = 0; round < 3 * capacity; round++) {
		for (size_t i = 0; i < capacity; i++)
			CHECK(ring_try_push(r, things + i) == RING_DONE, "%zu of %zu: no room", i, capacity);
		CHECK(ring_try_push(r, things) == RING_NOT_NOW, "%zu and one more fit", capacity);
		CHECK(ring_push(r, things, 0) == RING_NOT_NOW, "%zu and one more fit", capacity);
		CHECK(ring_size(r) == capacity, "%zu items, size %zu", capacity, ring_size(r));
		for (size_t i = 0; i < capacity; i++)
			CHECK(ring_try_pop(r, &item) && item == things + i, "item %zu is another", i);
		CHECK(ring_pop(r, &item, 0) == RING_NOT_NOW, "%zu pushed, and more popped", capacity);
		CHECK(ring_try_push(r, NULL) == RING_DONE && ring_try_pop(r, &item) && !item, "NULL is no item");
	}
	ring_close(r);
	CHECK(ring_try_push(r, things) == RING_CLOSED && ring_push(r, things, LONG) == RING_CLOSED, "closed");
	CHECK(ring_pop(r, &item, LONG) == RING_CLOSED && ring_push_many(r, &item, 1) == 0, "closed");
	ring_delete(r);
}

/* Every batch at every place of the ring. The arrays are as large as they must be. */
static void test_batches(size_t capacity)
{
	ring *r = ring_new(capacity);
	void **in = malloc((capacity + 1) * sizeof *in), **out = malloc(capacity * sizeof *out);
	char *next = (char *)in;

	for (size_t at = 0; at < capacity; at++) {
		for (size_t size = 0; size <= capacity + 1; size++) {
			size_t fits = size < capacity ? size : capacity;

			for (size_t i = 0; i < size; i++)
				in[i] = next + i;
			CHECK(ring_push_many(r, in, size) == fits, "of %zu into %zu not all fit", size, capacity);
			CHECK(ring_size(r) == fits, "%zu were pushed, size %zu", fits, ring_size(r));
			CHECK(ring_pop_many(r, out, capacity) == fits, "%zu were pushed, not popped", fits);
			for (size_t i = 0; i < fits; i++)
				CHECK(out[i] == next + i, "item %zu of %zu is another", i, size);
		}
		CHECK(ring_try_push(r, next) == RING_DONE && ring_try_pop(r, out), "one step on");
	}
	ring_delete(r);
	free(in);
	free(out);
}

static void test_slots(size_t capacity)
{
	static int things[64];
	slot_ring *r = slot_ring_new(capacity);
	void *item = NULL;

	for (size_t round = 0; round < 3 * capacity; round++) {
		for (size_t i = 0; i < capacity; i++)
			CHECK(slot_ring_try_push(r, things + i), "%zu of %zu: no room", i, capacity);
		CHECK(!slot_ring_try_push(r, things), "%zu and one more fit", capacity);
		for (size_t i = 0; i < capacity; i++)
			CHECK(slot_ring_try_pop(r, &item) && item == things + i, "item %zu is another", i);
		CHECK(!slot_ring_try_pop(r, &item), "%zu pushed, and more popped", capacity);
		CHECK(slot_ring_try_push(r, NULL) && slot_ring_try_pop(r, &item) && !item, "NULL is no item");
	}
	slot_ring_delete(r);
}

static void test_sizes(void)
{
	CHECK(!ring_new(0) && !slot_ring_new(0), "a ring for no item was made");
	for (size_t low = 0; low < 40; low++) {
		CHECK(!ring_new(SIZE_MAX - low) && !slot_ring_new(SIZE_MAX - low), "SIZE_MAX");
		CHECK(!ring_new(SIZE_MAX / sizeof(void *) + low), "more items than there are bytes");
		CHECK(!slot_ring_new(SIZE_MAX / 2 / sizeof(void *) + low), "more items than there are bytes");
	}
	ring_delete(NULL);
	slot_ring_delete(NULL);
}

static void test_timeouts(void)
{
	ring *r = ring_new(1);
	double start = seconds();
	void *item;

	CHECK(ring_pop(r, &item, 0.05) == RING_NOT_NOW, "nothing was popped");
	CHECK(ring_try_push(r, r) == RING_DONE && ring_push(r, r, 0.05) == RING_NOT_NOW, "it was full");
	CHECK(seconds() - start >= 0.099, "two timeouts of 0.05 s took %g s", seconds() - start);
	CHECK(seconds() - start < LONG, "two timeouts of 0.05 s took %g s", seconds() - start);
	ring_delete(r);
}

/* -- two threads -------------------------------------------------------------------------------------- */

/* A way to push all and one to pop all; either exits when it waits for ever. */
struct way {
	const char *name;
	size_t items;
	void (*push_all)(void *r, size_t *numbers, size_t count);
	void (*pop_all)(void *r, const size_t *numbers, size_t count);
};

static void expect(const size_t *numbers, size_t i, const void *item)
{
	CHECK(item == numbers + i, "item %zu came as number %td", i, (const size_t *)item - numbers);
	CHECK(*(const size_t *)item == i + 1, "item %zu came before what was written to it", i);
}

static void push_singly(void *r, size_t *numbers, size_t count)
{
	double since = 0;

	for (size_t i = 0; i < count; i++, since = 0) {
		numbers[i] = i + 1;
		while (ring_try_push(r, numbers + i) != RING_DONE)
			let_go_on(&since, "producer");
	}
}

static void pop_singly(void *r, const size_t *numbers, size_t count)
{
	double since = 0;
	void *item;

	for (size_t i = 0; i < count; i++, since = 0) {
		while (!ring_try_pop(r, &item))
			let_go_on(&since, "consumer");
		expect(numbers, i, item);
	}
}

static void push_batches(void *r, size_t *numbers, size_t count)
{
	double since = 0;
	void *batch[BATCH];

	for (size_t done = 0, pushed; done < count; done += pushed) {
		size_t size = count - done < BATCH ? count - done : BATCH;

		for (size_t i = 0; i < size; i++) {
			numbers[done + i] = done + i + 1;
			batch[i] = numbers + done + i;
		}
		pushed = ring_push_many(r, batch, size);
		if (pushed == 0)
			let_go_on(&since, "producer");
		else
			since = 0;
	}
}

static void pop_batches(void *r, const size_t *numbers, size_t count)
{
	double since = 0;
	void *batch[BATCH];

	for (size_t done = 0, popped; done < count; done += popped) {
		popped = ring_pop_many(r, batch, BATCH);
		for (size_t i = 0; i < popped; i++)
			expect(numbers, done + i, batch[i]);
		if (popped == 0)
			let_go_on(&since, "consumer");
		else
			since = 0;
	}
}

static void push_sleeping(void *r, size_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		numbers[i] = i + 1;
		CHECK(ring_push(r, numbers + i, i % 2 ? LONG : 2 * LONG) == RING_DONE, "a wakeup was lost");
	}
	ring_close(r);
}

static void pop_sleeping(void *r, const size_t *numbers, size_t count)
{
	void *item;

	for (size_t i = 0; i < count; i++) {
		CHECK(ring_pop(r, &item, LONG) == RING_DONE, "a wakeup was lost");
		expect(numbers, i, item);
	}
	CHECK(ring_pop(r, &item, LONG) == RING_CLOSED, "closed and drained, and more came");
}

static void push_slots(void *r, size_t *numbers, size_t count)
{
	double since = 0;

	for (size_t i = 0; i < count; i++, since = 0) {
		numbers[i] = i + 1;
		while (!slot_ring_try_push(r, numbers + i))
			let_go_on(&since, "producer");
	}
}

static void pop_slots(void *r, const size_t *numbers, size_t count)
{
	double since = 0;
	void *item;

	for (size_t i = 0; i < count; i++, since = 0) {
		while (!slot_ring_try_pop(r, &item))
			let_go_on(&since, "consumer");
		expect(numbers, i, item);
	}
}

static const struct way ways[] = {
	{ "singly", ITEMS, push_singly, pop_singly },
	{ "in batches", ITEMS, push_batches, pop_batches },
	{ "singly, popped in batches", ITEMS, push_singly, pop_batches },
	{ "asleep", ASLEEP, push_sleeping, pop_sleeping },
	{ "in slots", ITEMS, push_slots, pop_slots },
};

struct run {
	const struct way *way;
	void *ring;
	size_t *numbers;
};

static void *produce(void *argument)
{
	struct run *run = argument;

	run->way->push_all(run->ring, run->numbers, run->way->items);
	return NULL;
}

static void test_threads(const struct way *way, size_t capacity)
{
	bool slots = way->push_all == push_slots;
	void *ring = slots ? (void *)slot_ring_new(capacity) : (void *)ring_new(capacity);
	struct run run = { way, ring, malloc(way->items * sizeof *run.numbers) };
	pthread_t producer;

	CHECK(run.ring && run.numbers, "no memory");
	CHECK(!pthread_create(&producer, NULL, produce, &run), "no thread");
	way->pop_all(run.ring, run.numbers, way->items);
	pthread_join(producer, NULL);
	free(run.numbers);
	if (slots)
		slot_ring_delete(ring);
	else
		ring_delete(ring);
}

/* A consumer that sleeps when the end comes is told so, and not by its timeout. */
static void *close_late(void *r)
{
	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	ring_close(r);
	return NULL;
}

static void test_close_wakes(void)
{
	ring *r = ring_new(3);
	double start = seconds();
	pthread_t closer;
	void *item;

	CHECK(!pthread_create(&closer, NULL, close_late, r), "no thread");
	CHECK(ring_pop(r, &item, 5) == RING_CLOSED, "closed and empty, and something came");
	CHECK(seconds() - start < 4.5, "the end came after 0.05 s, and was told after %g s", seconds() - start);
	pthread_join(closer, NULL);
	ring_delete(r);
}

int main(void)
{
	static const size_t capacities[] = { 1, 2, 3, 7, 64 };

	test_sizes();
	test_timeouts();
	for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
		test_capacity(capacities[i]);
		test_batches(capacities[i]);
		test_slots(capacities[i]);
	}
	test_close_wakes();
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
		for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++)
			test_threads(&ways[w], capacities[i]);
	return 0;
}
