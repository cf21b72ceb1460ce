/* domain/template.h: templates as stored: definitions in Graph's shape, and what Meta says of them.
 * Inside the caller's transaction; afterwards the caller loads a new directory.
 *
 * A template is known by its WABA, name and language; Meta's id of it is learned when it is
 * told. */
#ifndef DOMAIN_TEMPLATE_H
#define DOMAIN_TEMPLATE_H

#include "base/json.h"
#include "domain/facts.h"
#include "store/store.h"

/* One definition object: name, language, category, and as far as it has them components, status
 * (else APPROVED), quality_score, id, correct_category, parameter_format; other members are not
 * looked at.
 *
 * Not there yet: 0 and *ret_created. There, without `replace`: 0 when components and category are
 * the same, else -E_CONFLICT; what was absent is filled in, and status and quality stay what Meta
 * last said, so that adding a file again never wakes a paused template. With `replace` (sync, set):
 * everything that the definition has is taken over. -E_INVALID or -E_TOO_LARGE name the field; an
 * unknown WABA is -E_INVALID too. */
/* A template that comes to be sendable after it was not begins its release (release.h). */
MUST_CHECK int template_put(struct store_conn *c, struct str waba, const struct json *definition,
    bool replace, time_ms now, bool *ret_created, struct err *err);
/* 1 there is such a row, 0 there is none. */
MUST_CHECK int template_is_known(
    struct store_conn *c, struct str waba, struct str name, struct str language, struct err *err);
/* language p NULL: every language of that name. -E_NOT_FOUND when there was none. */
MUST_CHECK int template_remove(
    struct store_conn *c, struct str waba, struct str name, struct str language, struct err *err);

/* By Meta's id. 0 also when there is none. */
MUST_CHECK int template_remove_by_meta_id(
    struct store_conn *c, struct str waba, struct str meta_id, struct err *err);
/* From a webhook or an answer; p NULL, PURPOSE_NONE or TIME_NONE = unchanged. */
struct template_news {
	struct str waba, meta_id, name, language;
	struct str status, quality;
	struct str reason; /* for the status; told with one, it replaces the one before */
	enum purpose category, correct_category;
	time_ms category_change_at, paused_until;
	bool pause_end_unknown; /* forgets an end that has come, never one that is still ahead */
	/* Each field stands for itself: nothing follows from one for another, so that facts may
	 * come in any order. An end that is unknown then forgets every end. */
	bool from_event;
	bool category_settled; /* no change is announced any more */
	/* What the status was before one that is on record already: it was told late. p NULL = nothing. */
	struct str former_status;
};
/* Looked for by meta_id, else by name and language. A status other than PAUSED ends a pause; a
 * category that came true is announced no longer. 1 it is known; 0 it is not, and nothing is
 * stored: its definition is unknown; <0 error. */
/* "waba/name/language" of the one it is about, as on record: 1; 0 there is none. */
MUST_CHECK int template_find(struct store_conn *c, const struct template_news *n, struct arena *a,
    struct str *ret, struct err *err);
MUST_CHECK int template_apply(
    struct store_conn *c, const struct template_news *n, time_ms now, struct err *err);

#endif
