/*
 * Queues that one would take instead of the ring, where their headers are installed: Debian's packages
 * libboost-dev and libreaderwriterqueue-dev. Room for 1,024, as the rings that they are compared with have.
 */
#include "peers.h"

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>

const bool boost_is_there = true;
static boost::lockfree::spsc_queue<void *, boost::lockfree::capacity<1024>> boosted;

bool boost_push(void *item) { return boosted.push(item); }
bool boost_pop(void **item) { return boosted.pop(*item); }
size_t boost_push_many(void *const *items, size_t count) { return boosted.push(items, count); }
size_t boost_pop_many(void **items, size_t limit) { return boosted.pop(items, limit); }
#else
const bool boost_is_there = false;
bool boost_push(void *) { return false; }
bool boost_pop(void **) { return false; }
size_t boost_push_many(void *const *, size_t) { return 0; }
size_t boost_pop_many(void **, size_t) { return 0; }
#endif

#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>

const bool moodycamel_is_there = true;
static moodycamel::ReaderWriterQueue<void *> camel(1024);

bool moodycamel_push(void *item) { return camel.try_enqueue(item); }
bool moodycamel_pop(void **item) { return camel.try_dequeue(*item); }
#else
const bool moodycamel_is_there = false;
bool moodycamel_push(void *) { return false; }
bool moodycamel_pop(void **) { return false; }
#endif
