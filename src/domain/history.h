/* domain/history.h: what became of portfolios, accounts, numbers and templates: each change of their
 * state with what it was before, when, who told it and in which words.
 *
 * Whoever changed the rows of an object calls history_note() behind it, in the same transaction: what
 * is on record now is compared with what was noted last, field by field, and each difference is one
 * entry. What somebody forgot to note is noted with the next change, never lost. Rows are added and
 * never changed.
 *
 * Facts may come late and in any order: history_is_news() tells whether one is newer than all that was
 * told of that field, so that the state does not depend on the order in which Meta delivers. */
#ifndef DOMAIN_HISTORY_H
#define DOMAIN_HISTORY_H

#include "base/clock.h"
#include "store/store.h"

/* Stored; never renumber. */
enum history_kind {
	HISTORY_PORTFOLIO = 1,
	HISTORY_WABA,
	HISTORY_NUMBER,
	HISTORY_TEMPLATE, /* id: waba/name/language */
};
const char *history_kind_name(enum history_kind k); /* "portfolio", "waba", "number", "template" */

/* Stored; never renumber. */
enum history_source {
	HISTORY_WEBHOOK = 1,
	HISTORY_POLL,
	HISTORY_OPERATOR,
	HISTORY_CLOCK,  /* an end that was known came */
	HISTORY_HEALTH, /* Meta's health status, asked for */
	HISTORY_ANSWER, /* an error code of a send */
	HISTORY_WARMUP,
	HISTORY_NOTICE, /* an e-mail that tells of it: reported, not proven */
};
const char *history_source_name(enum history_source s);

struct history_by {
	enum history_source source;
	time_ms at;       /* when it happened, as far as it is known */
	struct str words; /* Meta's own, or a person's reason; p NULL = none */
};

#define HISTORY_ID_MAX 700
#define HISTORY_WORDS_MAX 4000 /* bytes; what is longer is cut */

/* Adds an entry for each field of the object that is not as it was noted last; *ret_changes of them.
 * An object that is gone has no fields. */
MUST_CHECK int history_note(struct store_conn *c, enum history_kind kind, struct str id,
    const struct history_by *by, int *ret_changes, struct err *err);

/* 1: no fact about that field is younger than `at`, and from now on this one is the newest; 0: the
 * field is to stay as it is. Of two facts of the same time the one that comes later counts. */
MUST_CHECK int history_is_news(struct store_conn *c, enum history_kind kind, struct str id,
    struct str field, time_ms at, struct err *err);

/* 1: a fact about that field younger than `at` was told; 0: none was. Nothing is noted. */
MUST_CHECK int history_was_told_since(struct store_conn *c, enum history_kind kind, struct str id,
    struct str field, time_ms at, struct err *err);

struct history_entry {
	int64_t id;
	time_ms at;
	enum history_kind kind;
	struct str object, field, before, after; /* p NULL = it had no value */
	enum history_source source;
	struct str words; /* p NULL = none */
};
struct history_ask {
	enum history_kind kind; /* 0 = all */
	struct str object;      /* p NULL = all of the kind */
	time_ms since, until;   /* since ≤ at < until; TIME_NONE = without that bound */
	int64_t below;          /* ids below; 0 = any */
	size_t limit;
};
/* Newest first, in the order in which they were noted; at most `limit`, and then *ret_more. Strings
 * lie in the arena. */
MUST_CHECK int history_read(struct store_conn *c, const struct history_ask *ask, struct arena *a,
    struct history_entry **ret, size_t *ret_len, bool *ret_more, struct err *err);

/* 1: what was noted last of that field; 0: nothing was. */
MUST_CHECK int history_last(struct store_conn *c, enum history_kind kind, struct str id,
    struct str field, struct arena *a, struct history_entry *ret, struct err *err);

/* "waba:900800700" and the like, as alarms name what they are about; -E_INVALID (object). */
MUST_CHECK int history_object_parse(
    struct str text, enum history_kind *ret_kind, struct str *ret_id, struct err *err);

#endif
