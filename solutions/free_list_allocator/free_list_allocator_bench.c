/*
 * How fast the heap is: beside the malloc that this program is linked with, or one that is put in its place
 * by LD_PRELOAD.
 *
 * 10,000 blocks are in use; an operation frees one of them and allocates another of 16 to 4096 bytes. Each
 * block is written to at its start, as whoever asks for memory does. Both see the same sizes in the same order.
 */
#include "free_list_allocator.h"
#include "windows.h"

enum { LIVE = 10000, SMALLEST = 16, LARGEST = 4096 };

static const size_t HEAP = (size_t)2 * LIVE * LARGEST; /* some four times what is in use */

struct ours {
	heap *heap;
	char *memory;
	size_t block[LIVE];
	uint32_t dice;
};

struct theirs {
	void *block[LIVE];
	uint32_t dice;
};

static size_t drawn(uint32_t *dice)
{
	return SMALLEST + windows_dice(dice) % (LARGEST - SMALLEST + 1);
}

static void take(struct ours *s, size_t place)
{
	s->block[place] = heap_malloc(s->heap, drawn(&s->dice));
	if (!s->block[place])
		abort();
	*(size_t *)(void *)(s->memory + s->block[place]) = place;
}

static void with_heap(void *state, size_t count)
{
	struct ours *s = state;

	while (count--) {
		size_t place = windows_dice(&s->dice) % LIVE;

		heap_free(s->heap, s->block[place]);
		take(s, place);
	}
}

static void take_theirs(struct theirs *s, size_t place)
{
	s->block[place] = malloc(drawn(&s->dice));
	if (!s->block[place])
		abort();
	*(size_t *)s->block[place] = place;
}

static void with_malloc(void *state, size_t count)
{
	struct theirs *s = state;

	while (count--) {
		size_t place = windows_dice(&s->dice) % LIVE;

		free(s->block[place]);
		take_theirs(s, place);
	}
}

int main(int argc, char **argv)
{
	static struct ours ours = { .dice = 4 };
	static struct theirs theirs = { .dice = 4 };
	const char *named = getenv("KATA_MALLOC");
	struct contender all[] = {
		{ "heap_malloc", with_heap, &ours, 0 },
		{ named ? named : "malloc", with_malloc, &theirs, 0 },
	};

	windows_arguments(argc, argv);
	ours.memory = malloc(HEAP);
	ours.heap = ours.memory ? heap_new(ours.memory, HEAP) : NULL;
	if (!ours.heap)
		return 1;
	for (size_t i = 0; i < LIVE; i++) {
		take(&ours, i);
		take_theirs(&theirs, i);
	}
	race("In C: free and malloc again, 16 to 4,096 bytes, 10,000 blocks in use", "a free and a malloc",
	     all, sizeof all / sizeof *all);
	heap_delete(ours.heap);
	free(ours.memory);
	return 0;
}
