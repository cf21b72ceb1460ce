/* base/map.h: open-addressing hash map from bytes or 64-bit integers to pointers or integers.
 *
 * Keys of struct map are copied into the map; keys of struct imap are integers (0 allowed).
 * Values are borrowed pointers / plain integers: the map frees none. Not safe for threads.
 * Hashing is keyed with a random seed drawn at start, so that input cannot choose collisions. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The keyed hash itself (SipHash-1-3), for other tables of hostile bytes; it differs from process
 * to process. */
uint64_t map_hash(struct str key);

struct map;
MUST_CHECK struct map *map_new(void);
void map_free(struct map **pm);
void *map_get(const struct map *m, struct str key);                 /* NULL when absent */
MUST_CHECK int map_put(struct map *m, struct str key, void *value); /* 0 or -E_NOMEM; replaces */
void *map_take(struct map *m, struct str key);                      /* removed; NULL when absent */
size_t map_len(const struct map *m);
/* Walk in no order: *iter starts at 0; false at the end. No put or take meanwhile. */
bool map_each(const struct map *m, size_t *iter, struct str *ret_key, void **ret_value);

struct imap;
MUST_CHECK struct imap *imap_new(void);
void imap_free(struct imap **pm);
/* The key will be asked for in a moment: its place is fetched into the processor's cache meanwhile. */
void imap_expect(const struct imap *m, uint64_t key);
bool imap_get(const struct imap *m, uint64_t key, int64_t *ret_value);
MUST_CHECK int imap_put(struct imap *m, uint64_t key, int64_t value);
bool imap_take(struct imap *m, uint64_t key, int64_t *ret_value);
size_t imap_len(const struct imap *m);
bool imap_each(const struct imap *m, size_t *iter, uint64_t *ret_key, int64_t *ret_value);

#endif
