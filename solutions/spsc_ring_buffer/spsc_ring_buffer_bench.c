/*
 * How fast items go from one thread to another: through both rings, and through Lamport's, which has neither
 * padding nor copies of the other side's index. Two threads, started once a window.
 *
 * Every round also has a window of the floor: one cache line that two threads write to in turns. What
 * it costs depends on which cores the machine has given us, and no ring that hands over each item by
 * itself is below it when it runs nearly empty; so figures of two runs compare only where their floors do.
 */
#include "spsc_ring_buffer.h"
#include "windows.h"
#ifdef WITH_PEERS
#include "peers.h"
#endif

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { CAPACITY = 1024, BATCH = 256, PATIENCE = 1000 };

static ring *rings;
static slot_ring *slots;
static int item;

static struct {
	_Atomic size_t head; /* written by the consumer; release, for the acquire of lamport_push */
	_Atomic size_t tail; /* written by the producer; release, for the acquire of lamport_pop */
	void *slot[CAPACITY];
} lamport;

static _Alignas(128) _Atomic size_t ball;

/* The other thread may need this core, if there are not two to be had. */
static void wait_a_little(size_t *tries)
{
	if (++*tries % PATIENCE == 0)
		sched_yield();
}

static bool lamport_push(void *value)
{
	size_t tail = atomic_load_explicit(&lamport.tail, memory_order_relaxed); /* our own */

	if (tail - atomic_load_explicit(&lamport.head, memory_order_acquire) == CAPACITY)
		return false;
	lamport.slot[tail % CAPACITY] = value;
	atomic_store_explicit(&lamport.tail, tail + 1, memory_order_release);
	return true;
}

static bool lamport_pop(void **value)
{
	size_t head = atomic_load_explicit(&lamport.head, memory_order_relaxed); /* our own */

	if (head == atomic_load_explicit(&lamport.tail, memory_order_acquire))
		return false;
	*value = lamport.slot[head % CAPACITY];
	atomic_store_explicit(&lamport.head, head + 1, memory_order_release);
	return true;
}

/* Runs `feed(&count)` in another thread and `take(count)` in this one. */
static void both(void *(*feed)(void *), void (*take)(size_t), size_t count)
{
	pthread_t producer;

	if (pthread_create(&producer, NULL, feed, &count))
		abort();
	take(count);
	pthread_join(producer, NULL);
}

#define SINGLE(name, PUSH, POP) \
	static void *feed_##name(void *arg) \
	{ \
		size_t tries = 0; \
		for (size_t left = *(size_t *)arg; left; left--) \
			while (!(PUSH)) \
				wait_a_little(&tries); \
		return NULL; \
	} \
	static void take_##name(size_t count) \
	{ \
		size_t tries = 0; \
		void *popped; \
		for (; count; count--) \
			while (!(POP)) \
				wait_a_little(&tries); \
	} \
	static void with_##name(void *state, size_t count) \
	{ \
		(void)state; \
		both(feed_##name, take_##name, count); \
	}

SINGLE(ring, ring_try_push(rings, &item) == RING_DONE, ring_try_pop(rings, &popped))
SINGLE(slots, slot_ring_try_push(slots, &item), slot_ring_try_pop(slots, &popped))
SINGLE(lamport, lamport_push(&item), lamport_pop(&popped))

static size_t push_many(void *const *items, size_t count)
{
	return ring_push_many(rings, items, count);
}

static size_t pop_many(void **items, size_t limit)
{
	return ring_pop_many(rings, items, limit);
}

#define BATCHES(name, PUSH, POP) \
	static void *feed_##name(void *arg) \
	{ \
		void *items[BATCH]; \
		size_t tries = 0; \
		for (size_t i = 0; i < BATCH; i++) \
			items[i] = &item; \
		for (size_t left = *(size_t *)arg; left;) { \
			size_t pushed = PUSH(items, left < BATCH ? left : BATCH); \
			if (!pushed) \
				wait_a_little(&tries); \
			left -= pushed; \
		} \
		return NULL; \
	} \
	static void take_##name(size_t count) \
	{ \
		void *items[BATCH]; \
		size_t tries = 0; \
		while (count) { \
			size_t popped = POP(items, count < BATCH ? count : BATCH); \
			if (!popped) \
				wait_a_little(&tries); \
			count -= popped; \
		} \
	} \
	static void with_##name(void *state, size_t count) \
	{ \
		(void)state; \
		both(feed_##name, take_##name, count); \
	}

BATCHES(batches, push_many, pop_many)

#ifdef WITH_PEERS
SINGLE(boost, boost_push(&item), boost_pop(&popped))
SINGLE(moodycamel, moodycamel_push(&item), moodycamel_pop(&popped))
BATCHES(boost_batches, boost_push_many, boost_pop_many)
#endif

/* One side waits for even numbers, the other for odd ones; each adds one. */
static void volley(size_t count, size_t side)
{
	size_t tries = 0;

	for (size_t turn = side; turn < 2 * count; turn += 2) {
		while (atomic_load_explicit(&ball, memory_order_acquire) != turn)
			wait_a_little(&tries);
		atomic_store_explicit(&ball, turn + 1, memory_order_release);
	}
}

static void *feed_floor(void *arg)
{
	volley(*(size_t *)arg, 1);
	return NULL;
}

static void take_floor(size_t count)
{
	volley(count, 0);
}

static void with_floor(void *state, size_t count)
{
	(void)state;
	atomic_store_explicit(&ball, 0, memory_order_relaxed); /* creating the thread publishes it */
	both(feed_floor, take_floor, count);
}

int main(int argc, char **argv)
{
	struct contender singles[6] = {
		{ "ring", with_ring, NULL, 0 },
		{ "slot_ring", with_slots, NULL, 0 },
		{ "Lamport's ring", with_lamport, NULL, 0 },
		{ "floor, there and back", with_floor, NULL, 0 },
	};
	struct contender batches[4] = {
		{ "ring, batches of 256", with_batches, NULL, 0 },
		{ "ring, single items", with_ring, NULL, 0 },
		{ "floor, there and back", with_floor, NULL, 0 },
	};
	size_t single = 4, batch = 3;

	windows_arguments(argc, argv);
	rings = ring_new(CAPACITY);
	slots = slot_ring_new(CAPACITY);
	if (!rings || !slots)
		return 1;
#ifdef WITH_PEERS
	if (boost_is_there) {
		singles[single++] = (struct contender){ "boost's spsc_queue", with_boost, NULL, 0 };
		batches[batch++] = (struct contender){ "boost, batches of 256", with_boost_batches, NULL, 0 };
	}
	if (moodycamel_is_there)
		singles[single++] = (struct contender){ "moodycamel's queue", with_moodycamel, NULL, 0 };
#endif
	race_of_threads("In C: single items from thread to thread, room for 1,024", "an item", singles, single);
	race_of_threads("In C: batches from thread to thread", "an item", batches, batch);
	ring_delete(rings);
	slot_ring_delete(slots);
	return 0;
}
