/*
 * malloc, free and realloc on memory that the caller provides: boundary tags, segregated best fit, immediate
 * coalescing.
 *
 * Payloads are told by their offset in that memory: multiples of 8, and never 0. A block costs 4 bytes more
 * than its payload, rounded up to 8, and at least 16; the heap itself costs 8 bytes. Every function but
 * heap_new and heap_delete may be called by any number of threads at once; a call waits for others only while
 * they are inside.
 */
#ifndef FREE_LIST_ALLOCATOR_H
#define FREE_LIST_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct heap heap;

/* What heap_realloc has to say. */
enum heap_outcome {
	HEAP_DONE,
	HEAP_NO_ROOM,
	HEAP_BAD_POINTER, /* no block in use starts there */
};

/* What heap_check finds. */
enum heap_failure {
	HEAP_SOUND,
	HEAP_BLOCKS_DO_NOT_TILE,    /* a size is impossible, or the last block does not end at the end */
	HEAP_WRONG_PREV_IN_USE,     /* a block is wrong about the one before it */
	HEAP_FREE_NEIGHBOURS,       /* two free blocks side by side were not made one */
	HEAP_FOOTER_IS_NOT_SIZE,    /* the last word of a free block is not its size */
	HEAP_LIST_BROKEN,           /* a link leads to no free block, or not back */
	HEAP_WRONG_BIN,             /* a block is in a list for other sizes */
	HEAP_BLOCK_NOT_LISTED,      /* a free block is in no list */
	HEAP_WRONG_MAP,             /* a list is not empty and its bit is clear, or the reverse */
	HEAP_WRONG_REGION,          /* the table of regions names another block than a region's first */
};

/* The least and the most bytes that a heap can have: 32, and 8 GiB. */
size_t heap_least(void);
size_t heap_most(void);

/*
 * A heap in `size` bytes at `memory`, which the caller owns, keeps until heap_delete, and writes to only inside
 * of payloads. NULL if the size is out of bounds or there is no memory for the heap's own few fields.
 */
heap *heap_new(void *memory, size_t size);

/* Ends the heap, not the memory; NULL is allowed. Nobody may be inside any other function. */
void heap_delete(heap *h);

/* Where a payload of `size` bytes starts; 0, with nothing changed, if none fits or size is 0. */
size_t heap_malloc(heap *h, size_t size);

/* Takes a payload back; false, with nothing changed, if no block in use starts at `ptr`. */
bool heap_free(heap *h, size_t ptr);

/*
 * Gives the payload at `ptr` another size, at least 1, and stores where it starts now. The first bytes, as many
 * as the smaller size has, stay. In place where that is possible. On any outcome but HEAP_DONE nothing changes.
 */
enum heap_outcome heap_realloc(heap *h, size_t ptr, size_t size, size_t *now);

/* Walks the whole heap: the first of its invariants that does not hold, or HEAP_SOUND. */
enum heap_failure heap_check(heap *h);

/* What a heap_failure is called; never NULL, and not to be freed. */
const char *heap_failure_name(enum heap_failure failure);

#endif
