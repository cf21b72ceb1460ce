#include "domain/journal_former.h"

#include <string.h>

#include "base/check.h"
#include "domain/rules.h"
#include "store/query.h"

#define DUPLICATE 709

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading former judgements.");
}

/* --- noting ----------------------------------------------------------------------------------- */

/* {"verdict","rules","warnings"}, the ids only: what makes two judgements alike. */
static int judged_text(
    struct arena *a, enum verdict verdict, struct str stored, struct str *ret, struct err *err)
{
	struct decision d = { .verdict = verdict };
	struct json_writer w;
	struct buf text;
	int r = stored.p ? decision_read_stored(a, stored, &d, err) : 0;

	if (r < 0)
		return r;
	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_member_c(&w, "verdict", verdict_name(verdict));
	jw_key(&w, "rules");
	decision_write_ids(&d, false, &w);
	jw_key(&w, "warnings");
	decision_write_ids(&d, true, &w);
	jw_object_end(&w);
	*ret = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	return ret->p ? 0 : no_memory(err);
}

/* 1 found. */
static int read_standing(struct store_conn *c, uint64_t decision, struct arena *a,
    enum verdict *ret_verdict, struct str *ret_stored, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT verdict, rules FROM decision WHERE id = ?1", "i",
	    (int64_t)decision);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		*ret_verdict = (enum verdict)store_col_int(s, 0);
		if (store_copy_text(s, 1, a, ret_stored) < 0)
			r = no_memory(err);
	}
	store_reset(s);
	return r;
}

/* Judgements that say the same as the one before them have no row of their own. */
static int add_row(
    struct store_conn *c, uint64_t decision, int64_t leaf, struct str judged, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO decision_former (decision, leaf, judged)"
	    " SELECT ?1, ?2, ?3 WHERE coalesce((SELECT judged FROM decision_former"
	    " WHERE decision = ?1 ORDER BY leaf DESC LIMIT 1), '') <> ?3",
	    "iit", (int64_t)decision, leaf, judged);
}

int former_note(struct store_conn *c, uint64_t decision, int64_t leaf, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct str stored = STR_NONE, judged = STR_NONE;
	enum verdict verdict = VERDICT_ALLOW;
	int r = a ? read_standing(c, decision, a, &verdict, &stored, err) : no_memory(err);

	/* What Varco itself asks is queued before it is judged. */
	if (r > 0 && verdict == VERDICT_HOLD && !stored.p)
		r = 0;
	if (r > 0)
		r = judged_text(a, verdict, stored, &judged, err);
	/* What an older version stored and this one cannot read must not keep a send waiting. */
	if (r == -E_INVALID)
		r = 0;
	if (r == 0 && judged.p)
		r = add_row(c, decision, leaf, judged, err);
	arena_free(&a);
	return r;
}

/* --- repetitions ------------------------------------------------------------------------------ */

int former_repeats(struct arena *a, const struct journal_entry *e, time_ms *ret, struct err *err)
{
	struct decision d = { .verdict = e->verdict };
	int r = e->rules.p ? decision_read_stored(a, e->rules, &d, err) : 0;

	/* As of former_note(). */
	if (r < 0)
		return r == -E_INVALID ? 0 : r;
	for (size_t i = 0; i < d.findings_len; i++) {
		const struct finding *x = &d.findings[i];
		const struct json *evidence;
		if (x->rule->number != DUPLICATE || x->level != LEVEL_HOLD ||
		    json_read(a, x->evidence, &evidence, NULL) < 0 ||
		    time_parse(json_str(json_get(evidence, "sent_at")), ret) < 0)
			continue;
		return 1;
	}
	return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Ids are quoted, and have a dot, which the names of members have not. */
static bool names(struct str judged, struct str rule)
{
	for (size_t i = 0; judged.p && i + rule.len + 2 <= judged.len; i++) {
		if (judged.p[i] == '"' && memcmp(judged.p + i + 1, rule.p, rule.len) == 0 &&
		    judged.p[i + rule.len + 1] == '"')
			return true;
	}
	return false;
}

int former_has_rule(struct store_conn *c, uint64_t decision, struct str rule, struct err *err)
{
	struct store_stmt *s;
	bool found = false;
	int r = store_ask(c, &s, err,
	    "SELECT judged FROM decision_former WHERE decision = ?1 ORDER BY leaf", "i",
	    (int64_t)decision);

	if (r < 0)
		return r;
	while (!found && (r = store_step(s, err)) > 0)
		found = names(store_col_text(s, 0), rule);
	store_reset(s);
	return r < 0 ? r : found;
}

struct row {
	struct str judged, content, policy;
	time_ms at;
};

static int read_rows(struct store_conn *c, uint64_t decision, struct arena *a, struct row *ret,
    size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT f.judged, n.content, l.policy, l.at FROM decision_former f"
	    " JOIN ledger_leaf l ON l.seq = f.leaf LEFT JOIN ledger_note n ON n.leaf = f.leaf"
	    " WHERE f.decision = ?1 ORDER BY f.leaf LIMIT ?2",
	    "ii", (int64_t)decision, (int64_t)FORMER_MAX);

	if (r < 0)
		return r;
	while (n < FORMER_MAX && (r = store_step(s, err)) > 0) {
		struct row *x = &ret[n++];
		x->at = store_col_time(s, 3);
		if (store_copy_text(s, 0, a, &x->judged) < 0 ||
		    store_copy_text(s, 1, a, &x->content) < 0 ||
		    store_copy_text(s, 2, a, &x->policy) < 0) {
			r = no_memory(err);
			break;
		}
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

/* The reasons, as far as they are kept. */
static int read_findings(struct arena *a, struct str content, struct decision *ret, struct err *err)
{
	const struct json *v;
	struct buf text;
	int r = content.p ? json_read(a, content, &v, err) : 0;

	if (!content.p || r < 0 || json_len(json_get(v, "rules")) == 0)
		return r;
	buf_init(&text, 0);
	json_print(&text, json_get(v, "rules"));
	struct str stored = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	return stored.p ? decision_read_stored(a, stored, ret, err) : no_memory(err);
}

static int write_row(
    struct arena *a, const struct row *x, enum lang lang, struct json_writer *w, struct err *err)
{
	static const char *const members[] = { "verdict", "rules", "warnings" };
	struct decision d = { 0 };
	const struct json *judged;
	int r = json_read(a, x->judged, &judged, err);

	if (r == 0)
		r = read_findings(a, x->content, &d, err);
	if (r < 0)
		return r;
	jw_object(w);
	jw_member_time(w, "at", x->at);
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		jw_key(w, members[i]);
		jw_value(w, json_get(judged, members[i]));
	}
	jw_key(w, "details");
	decision_write_rules(a, &d, lang, LEVEL_WARN, w);
	jw_member_str(w, "policy", x->policy);
	jw_object_end(w);
	return 0;
}

int former_write(struct store_conn *c, struct arena *a, uint64_t decision, enum lang lang,
    struct json_writer *w, struct err *err)
{
	struct row *rows = ARENA_ARRAY(a, struct row, FORMER_MAX);
	size_t n = 0;
	int r = rows ? read_rows(c, decision, a, rows, &n, err) : no_memory(err);

	jw_array(w);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = write_row(a, &rows[i], lang, w, err);
	jw_array_end(w);
	return r;
}
