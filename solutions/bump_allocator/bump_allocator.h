/*
 * A bump allocator: one cursor that only moves forward, and is put back for many blocks at once.
 *
 * Blocks are told by their offset in the memory that the caller provided. Nothing here calls malloc
 * but arena_new, and nothing blocks. arena_alloc_shared, _used, _reset and _rewind may be called by any
 * number of threads at once; whose blocks a reset or a rewind takes back is for the callers to agree on.
 */
#ifndef BUMP_ALLOCATOR_H
#define BUMP_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct arena arena;

/*
 * An arena over `capacity` bytes that the caller owns and keeps until arena_delete; NULL if there is no
 * memory for the arena itself, or capacity is 0.
 */
arena *arena_new(size_t capacity);

/* Frees the arena; NULL is allowed. */
void arena_delete(arena *a);

/*
 * Takes `size` bytes at the lowest multiple of `align` from the cursor on, and stores where they start.
 * false, with nothing changed, if they do not fit, size is 0 or align is no power of two.
 * For one thread at a time.
 */
bool arena_alloc(arena *a, size_t size, size_t align, size_t *start);

/* As arena_alloc, for any number of threads at once: lock-free, and false only if it truly does not fit. */
bool arena_alloc_shared(arena *a, size_t size, size_t align, size_t *start);

/* Makes the whole capacity available again. */
void arena_reset(arena *a);

/* The cursor: bytes consumed from the start, padding included. Also what arena_rewind takes. */
size_t arena_used(const arena *a);

/* Frees all that was allocated since the cursor stood at `mark`; false if it stands before it. */
bool arena_rewind(arena *a, size_t mark);

#endif
