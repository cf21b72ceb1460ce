/* domain/directory_private.h: what is behind a directory. For directory.c and directory_load.c only. */
#ifndef DOMAIN_DIRECTORY_PRIVATE_H
#define DOMAIN_DIRECTORY_PRIVATE_H

#include <stdatomic.h>

#include "base/map.h"
#include "domain/directory.h"

/* Arrays are in id order; the maps point into the same rows. All but the maps lies in the arena. */
struct directory {
	atomic_uint refs;
	uint64_t generation;
	struct arena *arena;
	const struct dir_waba **wabas;
	size_t wabas_len;
	const struct dir_number **numbers;
	size_t numbers_len;
	const struct dir_template **templates;
	size_t templates_len;
	const struct dir_app **apps;
	size_t apps_len;
	struct map *portfolio_by_id, *waba_by_id, *number_by_id, *app_by_id;
	struct map *app_by_key_hash;
	struct map *template_by_name, *template_by_meta_id;
	struct map *pauses_by_campaign; /* → struct dir_campaign */
	bool resuming;
	struct imap *number_by_phone; /* → index in numbers */
};

struct dir_campaign {
	const struct facts_pause *paused;
	size_t paused_len;
};

/* "<waba>/<name>/<language>": none of the three has a slash on record, so that no other three give the same. STR_NONE
 * when they are longer than any on record. */
#define DIR_TEMPLATE_KEY_MAX 800
struct str dir_template_key(
    struct str waba, struct str name, struct str language, char out[DIR_TEMPLATE_KEY_MAX]);

#endif
