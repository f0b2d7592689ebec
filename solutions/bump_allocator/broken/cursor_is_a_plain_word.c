/*
 * Missing: the atomic type of the cursor.
 * Lesson: Look, add and store by two threads at once: both get the same block. That x86 reads and writes a
 *     word in one piece does not make three steps one, and to the compiler a plain word belongs to one
 *     thread.
 * Killed by: thread sanitizer
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

#include <stdlib.h>

struct arena {
	size_t capacity;
	size_t used;
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
		a->used = 0;
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
	size_t used = a->used;

	if (size == 0 || !is_power_of_two(align) || !place(a, used, size, align, start))
		return false;
	a->used = *start + size;
	return true;
}

bool arena_alloc_shared(arena *a, size_t size, size_t align, size_t *start)
{
	/*
	 * relaxed: a block's bytes belong to whoever moved the cursor over them, and the order of changes
	 * to one atomic is all that this needs. What a thread writes into its block it publishes itself.
	 */
	size_t used = a->used;

	if (size == 0 || !is_power_of_two(align))
		return false;
	if (!place(a, used, size, align, start))
		return false;
	a->used = *start + size;
	return true;
}

void arena_reset(arena *a)
{
	a->used = 0;
}

size_t arena_used(const arena *a)
{
	return a->used;
}

bool arena_rewind(arena *a, size_t mark)
{
	size_t used = a->used;

	if (mark > used)
		return false;
	a->used = mark;
	return true;
}
