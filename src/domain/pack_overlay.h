/* domain/pack_overlay.h: what a company has set over its policy pack: levels of rules, figures within the
 * bounds that the pack gives them, and exceptions with an end; and the pack that comes of both.
 *
 * Rules that bind always (design 3) are out of reach, for levels and exceptions alike. As text an overlay
 * is {"exceptions":[{"id","rule","scope","scope_id","until"}…],"figures":{name:text},"levels":{id:level}},
 * canonical, so that its digest can be compared. Nothing here knows a store or a clock. */
#ifndef DOMAIN_PACK_OVERLAY_H
#define DOMAIN_PACK_OVERLAY_H

#include "base/clock.h"
#include "domain/pack.h"
#include "domain/pack_figures.h"

struct facts;
struct message;

enum exception_scope {
	EXCEPTION_APP,
	EXCEPTION_NUMBER,
	EXCEPTION_TEMPLATE, /* by its name, in every language and account */
};
const char *exception_scope_name(enum exception_scope scope); /* "app" */
MUST_CHECK int exception_scope_parse(struct str word, enum exception_scope *ret);

/* Where the rule fails, it warns at most. */
struct pack_exception {
	uint64_t id;
	enum rule_index rule;
	enum exception_scope scope;
	struct str scope_id;
	time_ms until;
};
#define EXCEPTIONS_MAX 100
#define EXCEPTION_PREFIX "exc"

/* What is not set is as in the pack. Its strings lie in the arena that it was read into. */
struct pack_overlay {
	bool level_set[RULES_COUNT];
	enum level levels[RULES_COUNT];
	bool figure_set[PACK_FIGURES_MAX]; /* beside pack_figures() */
	int64_t figures[PACK_FIGURES_MAX];
	struct pack_exception exceptions[EXCEPTIONS_MAX];
	size_t exceptions_len;
};

/* 0; -E_INVALID for text that is no overlay; -E_NOMEM. What the pack does not let be set (any more) is
 * left out and counted in *ret_dropped: a new pack must not keep the gateway from starting. */
MUST_CHECK int overlay_read(const struct pack *base, struct str text, struct arena *a,
    struct pack_overlay *ret, size_t *ret_dropped, struct err *err);
void overlay_write(const struct pack *base, const struct pack_overlay *o, struct buf *out);

/* One rule's level; p NULL or "default" takes it back. -E_INVALID naming the field "level". */
MUST_CHECK int overlay_set_level(
    struct pack_overlay *o, struct str rule, struct str level, struct err *err);
/* One figure; "default" takes it back. -E_INVALID, -E_RANGE naming the field "figure". */
MUST_CHECK int overlay_set_figure(const struct pack *base, struct pack_overlay *o, struct str name,
    struct str value, struct err *err);
/* -E_INVALID (field "rule"), -E_TOO_LARGE; one for the same rule and place is replaced. */
MUST_CHECK int overlay_except(
    struct pack_overlay *o, const struct pack_exception *x, struct err *err);
/* -E_NOT_FOUND (field "id"). */
MUST_CHECK int overlay_end(struct pack_overlay *o, uint64_t id, struct err *err);
/* Those that are over. */
void overlay_forget(struct pack_overlay *o, time_ms now);

/* What is in force: the overlay's, else the pack's. */
enum level overlay_level(const struct pack *base, const struct pack_overlay *o, enum rule_index r);
int64_t overlay_figure(const struct pack *base, const struct pack_overlay *o, size_t figure);
/* Does `to` protect less than `from` in anything: a lower level, a laxer figure, an exception that was
 * not there or lasts longer. */
bool overlay_is_laxer(
    const struct pack *base, const struct pack_overlay *from, const struct pack_overlay *to);
bool overlay_is_same(
    const struct pack *base, const struct pack_overlay *a, const struct pack_overlay *b);

/* The pack with the overlay. It borrows from `base`, which must live longer. Its version is the base's
 * with "+<number>" behind it, 0 = the base's own; its digest is that of the base's and the overlay's.
 * -E_RANGE when figures do not fit together (naming one); -E_NOMEM. */
MUST_CHECK int overlay_apply(const struct pack *base, const struct pack_overlay *o, int64_t number,
    struct pack **ret, struct err *err);

/* The exception of a pack that covers the send at `now`; NULL = none. */
const struct pack_exception *pack_exception_of(const struct pack *pack, enum rule_index rule,
    const struct facts *facts, const struct message *send, time_ms now);
const struct pack_exception *pack_exceptions(const struct pack *pack, size_t *ret_len);

#endif
