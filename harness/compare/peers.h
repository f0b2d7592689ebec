/* Queues from C++ libraries, for C; see peers.cpp. Each is for one producer and one consumer. */
#ifndef KATA_PEERS_H
#define KATA_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const bool boost_is_there;
bool boost_push(void *item);
bool boost_pop(void **item);
size_t boost_push_many(void *const *items, size_t count);
size_t boost_pop_many(void **items, size_t limit);

extern const bool moodycamel_is_there;
bool moodycamel_push(void *item);
bool moodycamel_pop(void **item);

#ifdef __cplusplus
}
#endif

#endif
