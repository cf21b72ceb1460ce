/* apps/analyze/words.h: how exports of past messages name their columns and values: packs/traffic.json,
 * built in.
 *
 * Words are compared without letter case, accents, blanks and signs. Immutable once read. */
#ifndef APPS_ANALYZE_WORDS_H
#define APPS_ANALYZE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* What a column may be. X(role, name): the name is the member of the file, and the word of --map. */
#define TRAFFIC_ROLES(X) \
	X(TIME, "time") \
	X(FROM, "from") \
	X(TO, "to") \
	X(BSUID, "bsuid") \
	X(TYPE, "type") \
	X(TEMPLATE, "template") \
	X(LANGUAGE, "language") \
	X(CATEGORY, "category") \
	X(STATUS, "status") \
	X(ERROR, "error") \
	X(APP, "app") \
	X(LIST, "list") \
	X(TEXT, "text") \
	X(DIRECTION, "direction") \
	X(BUTTON, "button") \
	X(ID, "id") \
	/* How many, of tables that name nobody. */ \
	X(SENT, "sent") \
	X(DELIVERED, "delivered") \
	X(READ, "read") \
	X(CLICKED, "clicked")

enum traffic_role {
#define X(role, name) ROLE_##role,
	TRAFFIC_ROLES(X)
#undef X
	    ROLES
};

const char *traffic_role_name(enum traffic_role role);
/* ROLES when there is none of that name. */
enum traffic_role traffic_role_of(struct str name);

enum traffic_status {
	STATUS_UNKNOWN, /* none, or an unheard-of word */
	STATUS_FAILED,
	STATUS_ACCEPTED,
	STATUS_SENT,
	STATUS_DELIVERED,
	STATUS_READ,
	STATUSES
};
const char *traffic_status_name(enum traffic_status s); /* "" for STATUS_UNKNOWN */

/* TYPE_UNKNOWN: the table has no column that tells it. */
enum traffic_type { TYPE_FREE_FORM, TYPE_TEMPLATE, TYPE_BUTTON, TYPE_UNKNOWN };

struct words;

/* 0; -E_INVALID or -E_NOMEM when the file that is built in is broken. */
MUST_CHECK int words_new(struct words **ret, struct err *err);
void words_free(struct words **pw);

/* The role of a column by its name, and how well it fits (0 = best); ROLES when it has none. */
enum traffic_role words_role(const struct words *w, struct str column, unsigned *ret_rank);
enum traffic_status words_status(const struct words *w, struct str word);
/* True and *ret_in for a word that is one. */
bool words_direction(const struct words *w, struct str word, bool *ret_in);
enum traffic_type words_type(const struct words *w, struct str word);
/* Without "whatsapp:" and the like in front. */
struct str words_strip(const struct words *w, struct str number);
/* Meta's code for a provider's own; the same code when it is none of those. */
int64_t words_code(const struct words *w, int64_t code);

int64_t words_attribution_ms(const struct words *w);
size_t words_examples(const struct words *w);
size_t words_people_shown(const struct words *w);

#endif
