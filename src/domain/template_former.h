/* domain/template_former.h: texts that templates had, so that people see what became other.
 *
 * Kept as they were stored, TEMPLATE_FORMER_MAX of each template, those that ended last; they go with their
 * template. Known by the digest that the history (history.h) names too. */
#ifndef DOMAIN_TEMPLATE_FORMER_H
#define DOMAIN_TEMPLATE_FORMER_H

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/store.h"

#define TEMPLATE_FORMER_MAX 10

struct template_key {
	struct str waba, name, language;
};

struct template_former {
	struct str content;    /* the digest */
	struct str components; /* JSON, an array */
	time_ms until;         /* when another took its place; TIME_NONE = it is the one of now */
};

/* Before the template is written with `content`: keeps what it has, when that is another. */
MUST_CHECK int template_former_keep(struct store_conn *c, const struct template_key *k,
    struct str content, time_ms now, struct err *err);
/* Forgets what templates of the account had that are gone. */
MUST_CHECK int template_former_tidy(struct store_conn *c, struct str waba, struct err *err);

/* The one of now, if it has a text, then the others, the newest first. */
MUST_CHECK int template_former_list(struct store_conn *c, const struct template_key *k,
    struct arena *a, struct template_former **ret, size_t *ret_len, struct err *err);

#endif
