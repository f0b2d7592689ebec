/*
 * How fast the arena is: beside the arithmetic that it cannot do without.
 *
 * All are called through pointers that the compiler cannot see through, as from another file, so that a
 * call costs each of them the same.
 */
#include "bump_allocator.h"
#include "windows.h"

enum { CAPACITY = 1 << 20, SIZE = 24, ALIGN = 8 };

static bool bare(void *state, size_t size, size_t align, size_t *start)
{
	size_t *used = state;
	size_t from = (*used + align - 1) & ~(align - 1);

	if (from + size > CAPACITY)
		return false;
	*start = from;
	*used = from + size;
	return true;
}

static bool (*volatile bare_function)(void *, size_t, size_t, size_t *) = bare;
static bool (*volatile alone_function)(arena *, size_t, size_t, size_t *) = arena_alloc;
static bool (*volatile shared_function)(arena *, size_t, size_t, size_t *) = arena_alloc_shared;

static void with_bare(void *state, size_t count)
{
	bool (*alloc)(void *, size_t, size_t, size_t *) = bare_function;
	size_t start;

	while (count--)
		if (!alloc(state, SIZE, ALIGN, &start))
			*(size_t *)state = 0;
}

static void with_arena(arena *a, bool (*alloc)(arena *, size_t, size_t, size_t *), size_t count)
{
	size_t start;

	while (count--)
		if (!alloc(a, SIZE, ALIGN, &start))
			arena_reset(a);
}

static void with_alone(void *state, size_t count)
{
	with_arena(state, alone_function, count);
}

static void with_shared(void *state, size_t count)
{
	with_arena(state, shared_function, count);
}

int main(int argc, char **argv)
{
	size_t used = 0;
	arena *a = arena_new(CAPACITY);
	struct contender all[] = {
		{ "arena_alloc", with_alone, a, 0 },
		{ "arena_alloc_shared", with_shared, a, 0 },
		{ "the bare arithmetic", with_bare, &used, 0 },
	};

	if (!a)
		return 1;
	windows_arguments(argc, argv);
	race("In C: alloc of 24 bytes until 1 MiB is full, then reset", "an alloc", all, sizeof all / sizeof *all);
	arena_delete(a);
	return 0;
}
