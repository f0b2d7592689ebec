/*
 * Two rings for one producer thread and one consumer thread: first in, first out, bounded, wait-free.
 *
 * `ring` publishes an index: items lie packed, batches cost one publication, and either side can sleep.
 * `slot_ring` publishes within the slot, so that an item comes over with one cache line instead of two: for
 * latency, when the ring is nearly empty. Items are pointers that nobody looks behind; NULL is one too.
 * A ring never owns what they point to, and whatever was written there before the push can be read after
 * the pop.
 *
 * "Producer" and "consumer" below say which of the two threads may call. What is neither is for any thread.
 */
#ifndef SPSC_RING_BUFFER_H
#define SPSC_RING_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ring ring;
typedef struct slot_ring slot_ring;

enum ring_outcome {
	RING_DONE,
	RING_NOT_NOW, /* no room, or no item, and for the calls that wait: none within the timeout */
	RING_CLOSED,  /* for pushes: after ring_close; for ring_pop: closed and drained */
};

/* An empty ring for exactly `capacity` items; NULL if that is 0 or there is not so much memory. */
ring *ring_new(size_t capacity);

/* Ends the ring; NULL is allowed. Nobody may be inside any other function. Items that are left are dropped. */
void ring_delete(ring *r);

/* Producer: stores the item. Takes no lock unless the consumer sleeps in ring_pop. */
enum ring_outcome ring_try_push(ring *r, void *item);

/* Consumer: moves the oldest item to `*item`; false, with nothing changed, if there is none. */
bool ring_try_pop(ring *r, void **item);

/* Producer: stores as many of `count` items as fit, in order, at once; returns how many. 0 after ring_close. */
size_t ring_push_many(ring *r, void *const *items, size_t count);

/* Consumer: moves up to `limit` of the oldest items to `items`, at once; returns how many. */
size_t ring_pop_many(ring *r, void **items, size_t limit);

/* Producer: as ring_try_push, but sleeps up to `seconds` for room; without a limit if that is negative. */
enum ring_outcome ring_push(ring *r, void *item, double seconds);

/* Consumer: as ring_try_pop, but sleeps up to `seconds` for an item; without a limit if that is negative. */
enum ring_outcome ring_pop(ring *r, void **item, double seconds);

/* Producer: nothing more will come. Wakes the consumer. Once more does no harm. */
void ring_close(ring *r);

/* Producer: has ring_close been called? */
bool ring_is_closed(const ring *r);

/* How many items there were at some time during the call: between 0 and the capacity. */
size_t ring_size(const ring *r);

/* As their namesakes above. */
slot_ring *slot_ring_new(size_t capacity);
void slot_ring_delete(slot_ring *r);
bool slot_ring_try_push(slot_ring *r, void *item);
bool slot_ring_try_pop(slot_ring *r, void **item);

#endif
