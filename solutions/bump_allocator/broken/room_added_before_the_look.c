/*
 * Missing: the look before the cursor is moved: it is moved by one fetch_add, and then compared.
 * Lesson: fetch_add never fails, and so it moves the cursor for requests that do not fit as well: what
 *     they did not get is lost to all. It is right only for a cursor that may run past the end for good.
 * Killed by: stress driver
 */
/*
 * Layout: the arena is the cursor and its end; the memory is the caller's.
 *
 *      0            used                     capacity
 *      +-------------+--------------------------+
 *      | handed out  |  free                    |
 *      +-------------+--------------------------+
 *
 * Invariant: used <= capacity, and every block handed out and not taken back lies in [0, used).
 *
 * Lock-free: the cursor is the whole state, so one compare-and-swap of it is a whole allocation. A
 * cursor that was moved on and back again meanwhile (ABA) does no harm: what counts is where it
 * stands, not how it came there.
 */
#include "bump_allocator.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

struct arena {
	size_t capacity;
	_Atomic size_t used;
};

static bool is_power_of_two(size_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* Where a block would start with the cursor at `used`; false if it would not end within the arena. */
static bool place(const arena *a, size_t used, size_t size, size_t align, size_t *start)
{
	size_t padding = -used & (align - 1);

	/* Subtractions, each of the smaller from the larger: no sum here can wrap round. */
	if (padding > a->capacity - used || size > a->capacity - used - padding)
		return false;
	*start = used + padding;
	return true;
}

arena *arena_new(size_t capacity)
{
	arena *a = capacity ? malloc(sizeof *a) : NULL;

	if (a) {
		a->capacity = capacity;
		atomic_init(&a->used, 0);
	}
	return a;
}

void arena_delete(arena *a)
{
	free(a);
}

bool arena_alloc(arena *a, size_t size, size_t align, size_t *start)
{
	/* relaxed: there is one thread */
	size_t used = atomic_load_explicit(&a->used, memory_order_relaxed);

	if (size == 0 || !is_power_of_two(align) || !place(a, used, size, align, start))
		return false;
	atomic_store_explicit(&a->used, *start + size, memory_order_relaxed);
	return true;
}

bool arena_alloc_shared(arena *a, size_t size, size_t align, size_t *start)
{
	/*
	 * relaxed: a block's bytes belong to whoever moved the cursor over them, and the order of changes
	 * to one atomic is all that this needs. What a thread writes into its block it publishes itself.
	 */
	size_t used = atomic_load_explicit(&a->used, memory_order_relaxed);

	if (size == 0 || !is_power_of_two(align))
		return false;
	if (size > SIZE_MAX / 4 || used > a->capacity)
		return false;
	used = atomic_fetch_add_explicit(&a->used, size + (-used & (align - 1)), memory_order_relaxed);
	return used <= a->capacity && place(a, used, size, align, start);
}

void arena_reset(arena *a)
{
	atomic_store_explicit(&a->used, 0, memory_order_relaxed);
}

size_t arena_used(const arena *a)
{
	return atomic_load_explicit(&a->used, memory_order_relaxed);
}

bool arena_rewind(arena *a, size_t mark)
{
	size_t used = atomic_load_explicit(&a->used, memory_order_relaxed);

	do {
		if (mark > used)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&a->used, &used, mark, memory_order_relaxed,
							memory_order_relaxed));
	return true;
}
