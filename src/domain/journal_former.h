/* domain/journal_former.h: how a send that waited was judged before it was judged again.
 *
 * The row of a decision tells the newest judgement only; what each former one said is kept for its leaf
 * (ledger_keep), and found here by the decision. A run of judgements alike is one row, that of its
 * first. Rows name rules, never people: after an erasure they stay, without the reasons. */
#ifndef DOMAIN_JOURNAL_FORMER_H
#define DOMAIN_JOURNAL_FORMER_H

#include "base/lang.h"
#include "domain/journal.h"

/* 1: the judgement of the row as it stands holds it as the repetition (709) of a send of *ret; 0: it
 * does not. */
MUST_CHECK int former_repeats(
    struct arena *a, const struct journal_entry *e, time_ms *ret, struct err *err);
/* Of the row as it stands, whose leaf is `leaf`. Inside the caller's transaction. */
MUST_CHECK int former_note(struct store_conn *c, uint64_t decision, int64_t leaf, struct err *err);
/* 1: a former judgement named the rule. */
MUST_CHECK int former_has_rule(
    struct store_conn *c, uint64_t decision, struct str rule, struct err *err);
/* The array [{"at","verdict","rules","warnings","details","policy"}…], the oldest first, at most the
 * first FORMER_MAX. */
#define FORMER_MAX 100
MUST_CHECK int former_write(struct store_conn *c, struct arena *a, uint64_t decision,
    enum lang lang, struct json_writer *w, struct err *err);

#endif
