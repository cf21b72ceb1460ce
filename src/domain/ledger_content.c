#include "domain/ledger_content.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "domain/consent.h"
#include "domain/journal.h"
#include "store/query.h"

/* The one text column of the row that `s` finds. */
static int take_text(struct store_stmt *s, struct buf *out, struct err *err)
{
	int r = store_step(s, err);

	if (r > 0)
		buf_add(out, store_col_text(s, 0));
	store_reset(s);
	if (r > 0 && out->failed)
		return err_set(err, E_NOMEM, "Memory ran out while reading the ledger.");
	return r;
}

static int kept(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT content FROM ledger_note WHERE leaf = ?1", "i", leaf->seq);

	if (r == 0)
		r = take_text(s, out, err);
	return r > 0 ? LEDGER_FROM_NOTE : r;
}

static int checkpoint(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT note FROM ledger_checkpoint WHERE size = ?1 AND leaf = ?2 AND at = ?3", "iim",
	    leaf->ref, leaf->seq, leaf->at);

	return r < 0 ? r : take_text(s, out, err);
}

/* `ref` is not hashed: it must be what the content says. */
static bool names_decision(struct str content, int64_t ref)
{
	char id[ID_TEXT_MAX], member[ID_TEXT_MAX + 16];

	if (ref <= 0)
		return false;
	id_format("dec", (uint64_t)ref, id);
	int n = snprintf(member, sizeof(member), "\"decision\":\"%s\"", id);
	return memmem(content.p, content.len, member, (size_t)n) != NULL;
}

static int decision(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err)
{
	int r = journal_leaf_content(c, leaf, out, err);

	if (r == 0)
		r = kept(c, leaf, out, err);
	if (r == LEDGER_FROM_NOTE && !names_decision(buf_str(out), leaf->ref))
		r = 0;
	return r;
}

/* Acts that say when they were done say so first: a time that was changed beside them is found here, with the
 * entry's own number. */
static bool says_time(struct str content, time_ms at)
{
	static const char begin[] = "{\"at\":";
	char member[40];
	int n = snprintf(member, sizeof(member), "%s%" PRId64 ",", begin, at);

	return !str_starts(content, str_c(begin)) || str_starts(content, str_n(member, (size_t)n));
}

static int act(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err)
{
	int r = leaf->ref ? 0 : kept(c, leaf, out, err);

	return r > 0 && !says_time(buf_str(out), leaf->at) ? 0 : r;
}

static int (*const sources[])(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err) = {
	[LEAF_CONSENT] = consent_leaf_content,
	[LEAF_DECISION] = decision,
	[LEAF_OPERATOR] = act,
	[LEAF_INCIDENT] = act,
	[LEAF_CHECKPOINT] = checkpoint,
	[LEAF_ERASED] = act,
};

int ledger_content(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err)
{
	buf_reset(out);
	if (!leaf_type_name(leaf->type))
		return 0;
	return sources[leaf->type](c, leaf, out, err);
}

void ledger_record_name(const struct ledger_leaf *leaf, char out[LEDGER_RECORD_MAX])
{
	char id[ID_TEXT_MAX];

	out[0] = '\0';
	if (leaf->type == LEAF_CHECKPOINT)
		(void)snprintf(out, LEDGER_RECORD_MAX, "checkpoint %" PRId64, leaf->ref);
	if ((leaf->type != LEAF_CONSENT && leaf->type != LEAF_DECISION) || leaf->ref <= 0)
		return;
	id_format(leaf->type == LEAF_DECISION ? "dec" : "per", (uint64_t)leaf->ref, id);
	(void)snprintf(out, LEDGER_RECORD_MAX, "%s", id);
}
