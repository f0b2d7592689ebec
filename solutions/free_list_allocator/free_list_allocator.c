/*
 * Layout: the memory in words of 4 bytes, the payloads at multiples of 8. A block is told by where its
 * payload starts, in units of 8 bytes; 0 is no block.
 *
 *     0    4     8                                                             8 * end
 *     +----+-----+--------------------+-----+-------------------------+-------+
 *     |    | tag | payload of block 1 | tag | payload ...             | tag 0 |
 *     +----+-----+--------------------+-----+-------------------------+-------+
 *
 *     in use    | tag | payload ............................................. |
 *     free      | tag | next | previous | unused ...................... | size |
 *
 * tag = size << 2 | PREV_IN_USE | IN_USE, the size in units, tag included. The last word of a free block
 * (Knuth's boundary tag) leads back to its start; a block in use has none, for nobody looks: PREV_IN_USE
 * of the block after it says so. The tag at the end is that of a block in use without a size.
 *
 * Invariants, whenever the lock is free:
 *     tiling      sum of the sizes = end - 1, and each block starts where the one before it ends
 *     flags       PREV_IN_USE(b) = IN_USE(block before b); no two free blocks are neighbours
 *     bins        b is free <=> b is in the list of bin_of(size(b)), once; bit set <=> list not empty
 *     regions     first[r] = the least block b with b >> shift = r, the end counted; 0 if there is none
 *
 * Is there a block in use at an offset? What stands in front of it proves nothing: a payload may hold any
 * bytes, those of an old tag too. Only a walk along true tags does. It starts at the first block of the
 * offset's region. There are REGIONS of them, whatever the heap and however many its blocks, so that a
 * walk passes blocks / REGIONS / 2 on the average: less than one up to 32,000 blocks.
 *
 * Lock order: there is one lock. Static functions expect it held.
 */
#include "free_list_allocator.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	UNIT = 8,
	LEAST = 2,              /* units: tag, two links, size */
	IN_USE = 1,
	PREV_IN_USE = 2,
	EXACT_LOG = 9,
	EXACT = 1 << EXACT_LOG, /* below this many units each size has a bin of its own */
	STEP_LOG = 5,           /* above, each power of two has 1 << STEP_LOG of them */
	BINS = EXACT + ((30 - EXACT_LOG) << STEP_LOG),
	WORDS = (BINS + 63) / 64,
	REGIONS = 1 << 14,
	PATIENCE = 32,          /* blocks of a bin looked at before the best so far is taken */
};

struct heap {
	/* never changes */
	unsigned char *memory;
	uint32_t end;
	unsigned shift;
	pthread_mutex_t lock;
	/* guarded by lock, as is the memory outside of payloads */
	uint64_t some;          /* which words of `map` are not 0 */
	uint64_t map[WORDS];    /* which bins are not empty */
	uint32_t bins[BINS];    /* the first block of each list */
	uint32_t first[REGIONS];
};

/* -- words ---------------------------------------------------------------------------------------- */

static uint32_t load(const heap *h, size_t at)
{
	uint32_t word;

	memcpy(&word, h->memory + at, sizeof word);
	return word;
}

static void store(heap *h, size_t at, uint32_t word)
{
	memcpy(h->memory + at, &word, sizeof word);
}

static size_t tag_at(uint32_t b)
{
	return (size_t)b * UNIT - 4;
}

static size_t next_at(uint32_t b)
{
	return (size_t)b * UNIT;
}

static size_t previous_at(uint32_t b)
{
	return (size_t)b * UNIT + 4;
}

/* The last word of the block before b: its size, if it is free. */
static size_t footer_before(uint32_t b)
{
	return (size_t)b * UNIT - 8;
}

static uint32_t size_of(const heap *h, uint32_t b)
{
	return load(h, tag_at(b)) >> 2;
}

static bool is_in_use(const heap *h, uint32_t b)
{
	return load(h, tag_at(b)) & IN_USE;
}

static bool is_prev_in_use(const heap *h, uint32_t b)
{
	return load(h, tag_at(b)) & PREV_IN_USE;
}

static void set_tag(heap *h, uint32_t b, uint32_t size, uint32_t flags)
{
	store(h, tag_at(b), size << 2 | flags);
}

/* -- regions: where walks start ------------------------------------------------------------------- */

static void enter_region(heap *h, uint32_t b)
{
	uint32_t *first = &h->first[b >> h->shift];

	if (*first == 0 || b < *first)
		*first = b;
}

/* b is no block any more; the one after it is `after`. */
static void leave_region(heap *h, uint32_t b, uint32_t after)
{
	uint32_t *first = &h->first[b >> h->shift];

	if (*first == b)
		*first = after >> h->shift == b >> h->shift ? after : 0;
}

/* Does a block start there? Looks at true tags alone. */
static bool is_block(const heap *h, size_t b)
{
	uint32_t at;

	if (b == 0 || b >= h->end)
		return false;
	at = h->first[b >> h->shift];
	while (at != 0 && at < b)
		at += size_of(h, at);
	return at == b;
}

static bool is_block_in_use(const heap *h, size_t ptr)
{
	return ptr % UNIT == 0 && is_block(h, ptr / UNIT) && is_in_use(h, (uint32_t)(ptr / UNIT));
}

/* -- bins: lists of free blocks by size ----------------------------------------------------------- */

static unsigned bin_of(uint32_t size)
{
	unsigned log;

	if (size < EXACT)
		return size;
	log = 31 - (unsigned)__builtin_clz(size);
	return EXACT + ((log - EXACT_LOG) << STEP_LOG) + ((size >> (log - STEP_LOG)) - (1u << STEP_LOG));
}

/* The first bin from `bin` on that is not empty, or BINS. */
static unsigned next_bin(const heap *h, unsigned bin)
{
	unsigned word = bin / 64;
	uint64_t bits = bin < BINS ? h->map[word] & ~(uint64_t)0 << bin % 64 : 0;

	if (bits == 0) {
		uint64_t words = h->some & ~(uint64_t)0 << (word + 1); /* WORDS < 64: no shift is too far */

		if (words == 0)
			return BINS;
		word = (unsigned)__builtin_ctzll(words);
		bits = h->map[word];
	}
	return word * 64 + (unsigned)__builtin_ctzll(bits);
}

static void link_free(heap *h, uint32_t b, uint32_t size)
{
	unsigned bin = bin_of(size);
	uint32_t next = h->bins[bin];

	store(h, next_at(b), next);
	store(h, previous_at(b), 0);
	if (next)
		store(h, previous_at(next), b);
	h->bins[bin] = b;
	h->map[bin / 64] |= (uint64_t)1 << bin % 64;
	h->some |= (uint64_t)1 << bin / 64;
}

static void unlink_free(heap *h, uint32_t b)
{
	uint32_t next = load(h, next_at(b)), previous = load(h, previous_at(b));
	unsigned bin;

	if (next)
		store(h, previous_at(next), previous);
	if (previous) {
		store(h, next_at(previous), next);
		return;
	}
	bin = bin_of(size_of(h, b));
	h->bins[bin] = next;
	if (next)
		return;
	h->map[bin / 64] &= ~((uint64_t)1 << bin % 64);
	if (h->map[bin / 64] == 0)
		h->some &= ~((uint64_t)1 << bin / 64);
}

/* The smallest of the first blocks of a bin that has at least `need` units, or 0. */
static uint32_t best_in(const heap *h, unsigned bin, uint32_t need, uint32_t patience)
{
	uint32_t best = 0, best_size = UINT32_MAX;

	for (uint32_t b = h->bins[bin]; b && patience && best_size != need; b = load(h, next_at(b)), patience--) {
		uint32_t size = size_of(h, b);

		if (size >= need && size < best_size) {
			best = b;
			best_size = size;
		}
	}
	return best;
}

/*
 * A smallest free block of at least `need` units, or 0 if there is none. Exact up to EXACT units, and where
 * bins are short; else the best of PATIENCE blocks. Only who would be refused otherwise looks at all of a bin.
 */
static uint32_t best_fit(const heap *h, uint32_t need)
{
	unsigned bin = next_bin(h, bin_of(need)), larger;
	uint32_t b;

	if (bin < EXACT)
		return h->bins[bin];
	if (bin == BINS)
		return 0;
	b = best_in(h, bin, need, PATIENCE);
	if (b)
		return b;
	larger = next_bin(h, bin + 1);
	return larger < BINS ? best_in(h, larger, need, PATIENCE) : best_in(h, bin, need, UINT32_MAX);
}

/* -- blocks --------------------------------------------------------------------------------------- */

/* Makes a free block of units whose neighbours are in use; the tag after it has PREV_IN_USE clear already. */
static void put_free(heap *h, uint32_t b, uint32_t size)
{
	set_tag(h, b, size, PREV_IN_USE);
	store(h, footer_before(b + size), size);
	link_free(h, b, size);
}

/* Makes a block in use of `need` of the `size` units from b on, which are in no list; the rest becomes free. */
static void carve(heap *h, uint32_t b, uint32_t size, uint32_t need)
{
	uint32_t prev = load(h, tag_at(b)) & PREV_IN_USE, after = b + size;

	if (size - need < LEAST) {
		set_tag(h, b, size, prev | IN_USE);
		store(h, tag_at(after), load(h, tag_at(after)) | PREV_IN_USE);
		return;
	}
	set_tag(h, b, need, prev | IN_USE);
	put_free(h, b + need, size - need);
	enter_region(h, b + need);
}

/* Makes a block free, as one with its free neighbours. Its own IN_USE does not matter. */
static void release(heap *h, uint32_t b)
{
	uint32_t size = size_of(h, b), after = b + size;

	if (is_in_use(h, after)) {
		store(h, tag_at(after), load(h, tag_at(after)) & ~(uint32_t)PREV_IN_USE);
	} else {
		uint32_t more = size_of(h, after);

		unlink_free(h, after);
		leave_region(h, after, after + more);
		size += more;
	}
	if (!is_prev_in_use(h, b)) {
		uint32_t less = load(h, footer_before(b));

		leave_region(h, b, b + size);
		b -= less;
		size += less;
		unlink_free(h, b);
	}
	put_free(h, b, size);
}

static uint32_t allocate(heap *h, uint32_t need)
{
	uint32_t b = best_fit(h, need);

	if (b) {
		unlink_free(h, b);
		carve(h, b, size_of(h, b), need);
	}
	return b;
}

/* Gives back what a block in use has beyond `need`, if that can stand alone. */
static void shrink(heap *h, uint32_t b, uint32_t need)
{
	uint32_t size = size_of(h, b), rest = b + need;

	if (size - need < LEAST)
		return;
	set_tag(h, b, need, load(h, tag_at(b)) & (PREV_IN_USE | IN_USE));
	set_tag(h, rest, size - need, PREV_IN_USE);
	enter_region(h, rest);
	release(h, rest);
}

/* Takes the free block after b in; false, with nothing changed, if there is none or it is too small. */
static bool grow(heap *h, uint32_t b, uint32_t need)
{
	uint32_t size = size_of(h, b), after = b + size, more = size_of(h, after);

	if (is_in_use(h, after) || size + more < need)
		return false;
	unlink_free(h, after);
	leave_region(h, after, after + more);
	carve(h, b, size + more, need);
	return true;
}

/* Copies a payload to a larger block and frees the old one; 0, with nothing changed, if none fits. */
static uint32_t move(heap *h, uint32_t b, uint32_t need)
{
	uint32_t to = allocate(h, need);

	if (to) {
		memcpy(h->memory + next_at(to), h->memory + next_at(b), (size_t)size_of(h, b) * UNIT - 4);
		release(h, b);
	}
	return to;
}

/* The units that a request needs; UINT32_MAX, which nothing has, if it is too large. */
static uint32_t units(const heap *h, size_t size)
{
	size_t need;

	if (size >= (size_t)h->end * UNIT) /* so that no sum here wraps round */
		return UINT32_MAX;
	need = (size + 4 + UNIT - 1) / UNIT;
	return need < LEAST ? LEAST : (uint32_t)need;
}

/* -- the heap ------------------------------------------------------------------------------------- */

size_t heap_least(void)
{
	return 32;
}

size_t heap_most(void)
{
	return ((uint64_t)1 << 33) - 1 < SIZE_MAX ? (size_t)(((uint64_t)1 << 33) - 1) : SIZE_MAX;
}

heap *heap_new(void *memory, size_t size)
{
	heap *h = size >= heap_least() && size <= heap_most() ? calloc(1, sizeof *h) : NULL;

	if (!h)
		return NULL;
	h->memory = memory;
	h->end = (uint32_t)(size / UNIT);
	while (h->end >> h->shift >= REGIONS)
		h->shift++;
	if (pthread_mutex_init(&h->lock, NULL)) {
		free(h);
		return NULL;
	}
	set_tag(h, h->end, 0, IN_USE);
	put_free(h, 1, h->end - 1);
	enter_region(h, 1);
	enter_region(h, h->end);
	return h;
}

void heap_delete(heap *h)
{
	if (!h)
		return;
	pthread_mutex_destroy(&h->lock);
	free(h);
}

size_t heap_malloc(heap *h, size_t size)
{
	uint32_t need = units(h, size), b = 0;

	if (size == 0 || need >= h->end)
		return 0;
	pthread_mutex_lock(&h->lock);
	b = allocate(h, need);
	pthread_mutex_unlock(&h->lock);
	return next_at(b);
}

bool heap_free(heap *h, size_t ptr)
{
	bool good;

	pthread_mutex_lock(&h->lock);
	good = is_block_in_use(h, ptr);
	if (good)
		release(h, (uint32_t)(ptr / UNIT));
	pthread_mutex_unlock(&h->lock);
	return good;
}

static enum heap_outcome resize(heap *h, size_t ptr, uint32_t need, size_t *now)
{
	uint32_t b = (uint32_t)(ptr / UNIT);

	if (!is_block_in_use(h, ptr))
		return HEAP_BAD_POINTER;
	if (need >= h->end)
		return HEAP_NO_ROOM;
	if (size_of(h, b) >= need)
		shrink(h, b, need);
	else if (!grow(h, b, need))
		b = move(h, b, need);
	if (!b)
		return HEAP_NO_ROOM;
	*now = next_at(b);
	return HEAP_DONE;
}

enum heap_outcome heap_realloc(heap *h, size_t ptr, size_t size, size_t *now)
{
	enum heap_outcome outcome;

	pthread_mutex_lock(&h->lock);
	outcome = resize(h, ptr, units(h, size ? size : 1), now);
	pthread_mutex_unlock(&h->lock);
	return outcome;
}

/* -- the checker ---------------------------------------------------------------------------------- */

/* Walks the blocks by their tags, and counts the free ones. */
static enum heap_failure check_blocks(const heap *h, uint32_t *free_blocks)
{
	uint32_t b = 1, size, prev = PREV_IN_USE;

	for (; b != h->end; b += size, prev = is_in_use(h, b - size) ? PREV_IN_USE : 0) {
		size = size_of(h, b);
		if (size < LEAST || size > h->end - b)
			return HEAP_BLOCKS_DO_NOT_TILE;
		if ((load(h, tag_at(b)) & PREV_IN_USE) != prev)
			return HEAP_WRONG_PREV_IN_USE;
		if (is_in_use(h, b))
			continue;
		if (!prev)
			return HEAP_FREE_NEIGHBOURS;
		if (load(h, footer_before(b + size)) != size)
			return HEAP_FOOTER_IS_NOT_SIZE;
		++*free_blocks;
	}
	if (load(h, tag_at(h->end)) != (prev | IN_USE))
		return size_of(h, b) ? HEAP_BLOCKS_DO_NOT_TILE : HEAP_WRONG_PREV_IN_USE;
	return HEAP_SOUND;
}

/* Each region's first block, along the blocks: expects that they tile. */
static enum heap_failure check_regions(const heap *h)
{
	uint32_t b = 1;

	for (uint32_t region = 0; region <= h->end >> h->shift; region++) {
		bool some = b >> h->shift == region;

		if (h->first[region] != (some ? b : 0))
			return HEAP_WRONG_REGION;
		while (b != h->end && b >> h->shift == region)
			b += size_of(h, b);
	}
	return HEAP_SOUND;
}

/* One list: its links, its sizes, and no more blocks than there are left. Expects that regions are right. */
static enum heap_failure check_list(const heap *h, unsigned bin, uint32_t *left)
{
	uint32_t previous = 0;

	for (uint32_t b = h->bins[bin]; b; previous = b, b = load(h, next_at(b))) {
		if (!is_block(h, b) || is_in_use(h, b) || load(h, previous_at(b)) != previous || *left == 0)
			return HEAP_LIST_BROKEN;
		if (bin_of(size_of(h, b)) != bin)
			return HEAP_WRONG_BIN;
		--*left;
	}
	return HEAP_SOUND;
}

static enum heap_failure check_bins(const heap *h, uint32_t free_blocks)
{
	for (unsigned bin = 0; bin < BINS; bin++) {
		enum heap_failure failure = check_list(h, bin, &free_blocks);

		if (failure)
			return failure;
		if ((h->map[bin / 64] >> bin % 64 & 1) != (h->bins[bin] != 0))
			return HEAP_WRONG_MAP;
	}
	for (unsigned word = 0; word < WORDS; word++)
		if ((h->some >> word & 1) != (h->map[word] != 0))
			return HEAP_WRONG_MAP;
	return free_blocks ? HEAP_BLOCK_NOT_LISTED : HEAP_SOUND;
}

enum heap_failure heap_check(heap *h)
{
	uint32_t free_blocks = 0;
	enum heap_failure failure;

	pthread_mutex_lock(&h->lock);
	failure = check_blocks(h, &free_blocks);
	if (!failure)
		failure = check_regions(h);
	if (!failure)
		failure = check_bins(h, free_blocks);
	pthread_mutex_unlock(&h->lock);
	return failure;
}

const char *heap_failure_name(enum heap_failure failure)
{
	switch (failure) {
	case HEAP_SOUND: return "sound";
	case HEAP_BLOCKS_DO_NOT_TILE: return "blocks do not tile the heap";
	case HEAP_WRONG_PREV_IN_USE: return "a block is wrong about the one before it";
	case HEAP_FREE_NEIGHBOURS: return "two free blocks are neighbours";
	case HEAP_FOOTER_IS_NOT_SIZE: return "the last word of a free block is not its size";
	case HEAP_LIST_BROKEN: return "a list of free blocks is broken";
	case HEAP_WRONG_BIN: return "a free block is in the list for other sizes";
	case HEAP_BLOCK_NOT_LISTED: return "a free block is in no list";
	case HEAP_WRONG_MAP: return "the map of bins is wrong";
	case HEAP_WRONG_REGION: return "the table of regions is wrong";
	}
	return "no failure of this heap";
}
