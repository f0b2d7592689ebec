/*
 * Missing: the atomic in the flag that says that a side sleeps.
 * Lesson: One thread writes it under its lock, the other one reads it without: a data race, hence
 *     undefined, and the compiler may read it once for many publications. What is looked at without the
 *     lock has to be atomic, be it one bit.
 * Killed by: thread sanitizer
 */
/*
 * Layout: what one side writes is on cache lines that the other side does not write, and what is private to
 * a side is on lines that the other side does not even read.
 *
 *     constant   | slots | capacity | closed |              closed is written once
 *     producer   | tail | at | head seen |                  private
 *                | tail |                                   published, read by the consumer when it runs out
 *     consumer   | head | at | tail seen |                  private
 *                | head |                                   published, read by the producer when it runs full
 *     beds       | sleeps | lock | changed |                one for each side, in use only to sleep
 *
 *             head                     tail
 *              v                        v
 *         | . | a | b | c | d | e | f | . | . |
 *           0   1   2   3   4   5   6   7   8               `at` is where the next item goes, or comes from
 *
 * Invariants: 0 <= tail - head <= capacity, as differences of counters that may wrap round; the slots of items
 * head .. tail - 1 are the consumer's, the others the producer's; at = its counter modulo capacity.
 *     head seen <= head, tail seen <= tail: a stale copy shows less room, or fewer items, than there is.
 *
 * Publication: storing an index with release, after the slots are written or read, pairs with the other side's
 * load with acquire, and hands over all slots up to it.
 *
 * Why no wakeup is lost: whoever is to sleep announces it (A), then looks once more (B). Whoever publishes
 * (C) looks for sleepers afterwards (D). If each side's two steps stay in order, then D sees A or B sees C.
 * If D sees A, the knock needs the lock that the sleeper holds from A until it waits: it comes in time.
 *     What keeps A before B, and C before D, is a full fence on each side. But C and D are on the way of
 * every item, and there a fence would cost more than all else. So the sleeper pays for both, where the kernel
 * can do that: membarrier, between A and B, makes every running thread of the process pass a full fence. A
 * thread whose D comes after that fence sees A. One whose D came before it had its C before it too, and B sees
 * that. Where there is no membarrier, all four are sequentially consistent, and C costs what a fence does.
 *
 * Lock order: each bed has a lock; nobody holds both.
 */
#define _DEFAULT_SOURCE  /* for syscall */
#define _DARWIN_C_SOURCE /* for pthread_cond_timedwait_relative_np */
#include "spsc_ring_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum { LINE = 128 }; /* bytes: lines of 64 come in pairs */

struct bed {
	alignas(LINE) bool sleeps; /* written by who sleeps here, read by the other side */
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

struct ring {
	/* constant, but for `closed`, which the producer sets once */
	alignas(LINE) void **slots;
	size_t capacity;
	bool kernel_fences;
	_Atomic bool closed;
	struct {
		alignas(LINE) size_t tail;
		size_t at;
		size_t head_seen;
	} producer; /* private */
	alignas(LINE) _Atomic size_t tail; /* written by the producer */
	struct {
		alignas(LINE) size_t head;
		size_t at;
		size_t tail_seen;
	} consumer; /* private */
	alignas(LINE) _Atomic size_t head; /* written by the consumer */
	struct bed producers_bed, consumers_bed;
};

/* -- fences ----------------------------------------------------------------------------------------- */

enum { PRIVATE_EXPEDITED = 1 << 3, REGISTER_PRIVATE_EXPEDITED = 1 << 4 }; /* of membarrier(2) */

static bool membarrier_done(int command)
{
#ifdef SYS_membarrier
	return syscall(SYS_membarrier, command, 0, 0) == 0;
#else
	(void)command;
	return false;
#endif
}

/* C of the argument above; what comes next in the program is D. */
static void publish(const ring *r, _Atomic size_t *index, size_t value)
{
	if (r->kernel_fences) {
		/* release: pairs with the acquire in look() */
		atomic_store_explicit(index, value, memory_order_release);
		/* no instruction: keeps the compiler from moving D up */
		atomic_signal_fence(memory_order_seq_cst);
	} else {
		/* seq_cst: as release, and before D in the order of all such; pairs with announce() */
		atomic_store_explicit(index, value, memory_order_seq_cst);
	}
}

/*
 * The other side's index; also B of the argument.
 * seq_cst: as acquire, which pairs with publish(), and after A in the order of all such. A load costs no more.
 */
static size_t look(const _Atomic size_t *index)
{
	return atomic_load_explicit(index, memory_order_seq_cst);
}

/* A of the argument above; what comes next is B. */
static void announce(const ring *r, struct bed *bed)
{
	bed->sleeps = true;
	if (r->kernel_fences && !membarrier_done(PRIVATE_EXPEDITED))
		abort(); /* it was registered, and has no other way to fail */
}

/* D of the argument above. To be called after each publication; one load if nobody sleeps. */
static void knock(struct bed *bed)
{
	if (!bed->sleeps)
		return;
	pthread_mutex_lock(&bed->lock);
	pthread_cond_signal(&bed->changed);
	pthread_mutex_unlock(&bed->lock);
}

/* -- beds --------------------------------------------------------------------------------------------- */

static bool bed_init(struct bed *bed)
{
	pthread_condattr_t attributes;
	bool made = false;

	bed->sleeps = false;
	if (pthread_condattr_init(&attributes))
		return false;
#ifndef __APPLE__
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
	if (!pthread_mutex_init(&bed->lock, NULL)) {
		made = !pthread_cond_init(&bed->changed, &attributes);
		if (!made)
			pthread_mutex_destroy(&bed->lock);
	}
	pthread_condattr_destroy(&attributes);
	return made;
}

static void bed_destroy(struct bed *bed)
{
	pthread_cond_destroy(&bed->changed);
	pthread_mutex_destroy(&bed->lock);
}

static double monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct timespec timespec_of(double seconds)
{
	struct timespec time = { .tv_sec = (time_t)seconds };

	time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
	return time;
}

/* Waits for a knock; false if the deadline, in monotonic seconds, came first. Spurious ones are knocks. */
static bool wait_for_a_knock(struct bed *bed, double deadline)
{
	struct timespec until;

	if (deadline < 0)
		return pthread_cond_wait(&bed->changed, &bed->lock) == 0;
#ifdef __APPLE__
	deadline -= monotonic_seconds();
	if (deadline <= 0)
		return false;
	until = timespec_of(deadline);
	return pthread_cond_timedwait_relative_np(&bed->changed, &bed->lock, &until) != ETIMEDOUT;
#else
	until = timespec_of(deadline);
	return pthread_cond_timedwait(&bed->changed, &bed->lock, &until) != ETIMEDOUT;
#endif
}

/* Sleeps until ready(r), up to `seconds`, without limit if negative; whether it is ready. */
static bool sleep_until(ring *r, struct bed *bed, bool (*ready)(const ring *), double seconds)
{
	bool limited = seconds >= 0 && seconds < 1e9; /* thirty years are no limit */
	double deadline = limited ? monotonic_seconds() + seconds : -1;
	bool is_ready;

	if (seconds == 0)
		return ready(r);
	pthread_mutex_lock(&bed->lock);
	announce(r, bed);
	while (!(is_ready = ready(r)))
		if (!wait_for_a_knock(bed, deadline)) {
			is_ready = ready(r);
			break;
		}
	bed->sleeps = false;
	pthread_mutex_unlock(&bed->lock);
	return is_ready;
}

/* -- a ring that publishes indices -------------------------------------------------------------------- */

static void *lines(size_t size)
{
	return size <= SIZE_MAX - LINE ? aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE) : NULL;
}

/* `count` things of `size` bytes on lines of their own, or NULL. */
static void *array(size_t count, size_t size)
{
	return count && count <= SIZE_MAX / 2 / size ? lines(count * size) : NULL;
}

ring *ring_new(size_t capacity)
{
	ring *r = lines(sizeof *r);

	if (!r)
		return NULL;
	memset(r, 0, sizeof *r);
	r->capacity = capacity;
	r->slots = array(capacity, sizeof *r->slots);
	r->kernel_fences = membarrier_done(REGISTER_PRIVATE_EXPEDITED);
	if (r->slots && bed_init(&r->producers_bed)) {
		if (bed_init(&r->consumers_bed))
			return r;
		bed_destroy(&r->producers_bed);
	}
	free(r->slots);
	free(r);
	return NULL;
}

void ring_delete(ring *r)
{
	if (!r)
		return;
	bed_destroy(&r->producers_bed);
	bed_destroy(&r->consumers_bed);
	free(r->slots);
	free(r);
}

/* Producer: how many items fit, at least `wanted` if so many do. Looks at the head only if it must. */
static size_t room(ring *r, size_t wanted)
{
	if (r->capacity - (r->producer.tail - r->producer.head_seen) < wanted)
		r->producer.head_seen = look(&r->head);
	return r->capacity - (r->producer.tail - r->producer.head_seen);
}

/* Consumer: how many items there are, at least `wanted` if there are so many. */
static size_t stock(ring *r, size_t wanted)
{
	if (r->consumer.tail_seen - r->consumer.head < wanted)
		r->consumer.tail_seen = look(&r->tail);
	return r->consumer.tail_seen - r->consumer.head;
}

/* Hands `count` filled slots over. */
static void pushed(ring *r, size_t at, size_t count)
{
	r->producer.at = at == r->capacity ? 0 : at;
	r->producer.tail += count;
	publish(r, &r->tail, r->producer.tail);
	knock(&r->consumers_bed);
}

/* Gives `count` slots back, whose items are out. */
static void popped(ring *r, size_t at, size_t count)
{
	r->consumer.at = at == r->capacity ? 0 : at;
	r->consumer.head += count;
	publish(r, &r->head, r->consumer.head);
	knock(&r->producers_bed);
}

enum ring_outcome ring_try_push(ring *r, void *item)
{
	size_t at = r->producer.at;

	if (ring_is_closed(r))
		return RING_CLOSED;
	if (room(r, 1) == 0)
		return RING_NOT_NOW;
	r->slots[at] = item;
	pushed(r, at + 1, 1);
	return RING_DONE;
}

bool ring_try_pop(ring *r, void **item)
{
	size_t at = r->consumer.at;

	if (stock(r, 1) == 0)
		return false;
	*item = r->slots[at];
	popped(r, at + 1, 1);
	return true;
}

size_t ring_push_many(ring *r, void *const *items, size_t count)
{
	size_t at = r->producer.at, first = r->capacity - at, fits = room(r, count);

	if (count > fits)
		count = fits;
	if (count == 0 || ring_is_closed(r))
		return 0;
	if (count <= first) {
		memcpy(r->slots + at, items, count * sizeof *items);
		pushed(r, at + count, count);
	} else {
		memcpy(r->slots + at, items, first * sizeof *items);
		memcpy(r->slots, items + first, (count - first) * sizeof *items);
		pushed(r, count - first, count);
	}
	return count;
}

size_t ring_pop_many(ring *r, void **items, size_t limit)
{
	size_t at = r->consumer.at, first = r->capacity - at, count = stock(r, limit);

	if (count > limit)
		count = limit;
	if (count == 0)
		return 0;
	if (count <= first) {
		memcpy(items, r->slots + at, count * sizeof *items);
		popped(r, at + count, count);
	} else {
		memcpy(items, r->slots + at, first * sizeof *items);
		memcpy(items + first, r->slots, (count - first) * sizeof *items);
		popped(r, count - first, count);
	}
	return count;
}

static bool has_room(const ring *r)
{
	return r->producer.tail - look(&r->head) < r->capacity;
}

static bool has_items_or_ends(const ring *r)
{
	/* acquire: pairs with ring_close; who sees the end sees every item before it */
	return look(&r->tail) != r->consumer.head || atomic_load_explicit(&r->closed, memory_order_seq_cst);
}

enum ring_outcome ring_push(ring *r, void *item, double seconds)
{
	enum ring_outcome outcome = ring_try_push(r, item);

	if (outcome != RING_NOT_NOW || !sleep_until(r, &r->producers_bed, has_room, seconds))
		return outcome;
	return ring_try_push(r, item); /* the producer alone takes room: it is still there */
}

enum ring_outcome ring_pop(ring *r, void **item, double seconds)
{
	if (ring_try_pop(r, item))
		return RING_DONE;
	if (!sleep_until(r, &r->consumers_bed, has_items_or_ends, seconds))
		return RING_NOT_NOW;
	/* If it was the end that was seen, then the ring is looked at after it: what is empty now stays so. */
	return ring_try_pop(r, item) ? RING_DONE : RING_CLOSED;
}

void ring_close(ring *r)
{
	/* seq_cst: as release, for has_items_or_ends(); and C of the argument, once, at the price of a fence */
	atomic_store_explicit(&r->closed, true, memory_order_seq_cst);
	knock(&r->consumers_bed);
}

bool ring_is_closed(const ring *r)
{
	/* relaxed: the producer reads what the producer wrote */
	return atomic_load_explicit(&r->closed, memory_order_relaxed);
}

size_t ring_size(const ring *r)
{
	/* The head first: the tail that is read later cannot be behind it. In between both may have moved on. */
	size_t head = look(&r->head), size = look(&r->tail) - head;

	return size < r->capacity ? size : r->capacity;
}

/* -- a ring that publishes in the slots ----------------------------------------------------------------- */

/*
 * Invariant: slot n % capacity holds item n if its turn is n + 1; else item n is yet to come. The consumer
 * writes no slot. A line of slots goes over with each item while the consumer waits for it, else once, full.
 */
struct slot {
	void *item;
	_Atomic size_t turn; /* written by the producer */
};

struct slot_ring {
	alignas(LINE) struct slot *slots;
	size_t capacity;
	struct {
		alignas(LINE) size_t tail;
		size_t at;
		size_t head_seen;
	} producer; /* private */
	struct {
		alignas(LINE) size_t head;
		size_t at;
	} consumer; /* private */
	alignas(LINE) _Atomic size_t head; /* written by the consumer, read by the producer when it runs full */
};

slot_ring *slot_ring_new(size_t capacity)
{
	slot_ring *r = lines(sizeof *r);

	if (!r)
		return NULL;
	memset(r, 0, sizeof *r);
	r->capacity = capacity;
	r->slots = array(capacity, sizeof *r->slots);
	if (!r->slots) {
		free(r);
		return NULL;
	}
	memset(r->slots, 0, capacity * sizeof *r->slots);
	return r;
}

void slot_ring_delete(slot_ring *r)
{
	if (!r)
		return;
	free(r->slots);
	free(r);
}

bool slot_ring_try_push(slot_ring *r, void *item)
{
	struct slot *slot = &r->slots[r->producer.at];

	if (r->producer.tail - r->producer.head_seen == r->capacity) {
		/* acquire: pairs with the release in slot_ring_try_pop; the slot has been read */
		r->producer.head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (r->producer.tail - r->producer.head_seen == r->capacity)
			return false;
	}
	slot->item = item;
	/* release: pairs with the acquire in slot_ring_try_pop; the item is in place */
	atomic_store_explicit(&slot->turn, ++r->producer.tail, memory_order_release);
	if (++r->producer.at == r->capacity)
		r->producer.at = 0;
	return true;
}

bool slot_ring_try_pop(slot_ring *r, void **item)
{
	struct slot *slot = &r->slots[r->consumer.at];

	/* acquire: pairs with the release in slot_ring_try_push */
	if (atomic_load_explicit(&slot->turn, memory_order_acquire) != r->consumer.head + 1)
		return false;
	*item = slot->item;
	/* release: pairs with the acquire in slot_ring_try_push; the item is out */
	atomic_store_explicit(&r->head, ++r->consumer.head, memory_order_release);
	if (++r->consumer.at == r->capacity)
		r->consumer.at = 0;
	return true;
}
