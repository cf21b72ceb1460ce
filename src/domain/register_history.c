/* The content of a change is what its leaf commits to, in the canonical form; it is kept twice: with
 * the ledger, where it ages with all that operators do, and with the entry, where it stays. */
#include "domain/register.h"

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "store/query.h"

#define DAY_LEN 10 /* "2026-12-31" */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while writing the history of the register.");
}

/* --- an entry as texts ------------------------------------------------------------------------ */

static const struct {
	const char *name, *label;
} own[REGISTER_OWN_TEXTS] = {
	{ "name", N_("Name") },
	{ "owner", N_("Owner") },
	{ "purpose", N_("Purpose") },
	{ "data", N_("Data used") },
	{ "numbers", N_("Numbers") },
	{ "categories", N_("Categories") },
	{ "review_by", N_("Review by") },
	{ "webhook", N_("Webhook") },
	{ "status", N_("Status") },
	{ "verdict", N_("Verdict") },
	{ "state", N_("State") },
};

const char *register_text_name(size_t i)
{
	return i < REGISTER_OWN_TEXTS ? own[i].name : register_fields[i - REGISTER_OWN_TEXTS].name;
}

const char *register_text_label(size_t i)
{
	return i < REGISTER_OWN_TEXTS ? own[i].label
				      : register_fields[i - REGISTER_OWN_TEXTS].label;
}

static struct str purposes_text(struct arena *a, unsigned purposes)
{
	struct str names[PURPOSE_ALL];
	size_t n = 0;

	for (enum purpose p = PURPOSE_MARKETING; p < PURPOSE_ALL; p++) {
		if (purposes & PURPOSE_BIT(p))
			names[n++] = str_c(purpose_name(p));
	}
	return register_join(a, names, n);
}

static struct str day_text(struct arena *a, time_ms at)
{
	char text[TIME_TEXT_MAX];

	if (at == TIME_NONE)
		return STR("");
	time_format(at, text);
	return arena_str(a, str_sub(str_c(text), 0, DAY_LEN));
}

int register_texts(
    const struct integration_entry *e, struct arena *a, struct str ret[REGISTER_TEXTS])
{
	const struct str values[REGISTER_OWN_TEXTS] = {
		e->name,
		e->owner,
		e->purpose,
		e->data,
		register_join(a, e->numbers, e->numbers_len),
		purposes_text(a, e->purposes),
		day_text(a, e->review_by),
		e->webhook_url,
		e->status,
		e->verdict,
		str_c(register_state_name(e->state)),
	};

	if (!values[4].p || !values[5].p || !values[6].p)
		return -E_NOMEM;
	for (size_t i = 0; i < REGISTER_TEXTS; i++) {
		struct str v = i < REGISTER_OWN_TEXTS ? values[i]
						      : e->details.v[i - REGISTER_OWN_TEXTS];
		ret[i] = v.len ? v : STR_NONE;
	}
	return 0;
}

/* --- a change --------------------------------------------------------------------------------- */

struct texts {
	struct str v[REGISTER_TEXTS];
};

static bool write_changes(struct json_writer *w, const struct texts *was, const struct texts *is)
{
	bool any = false;

	jw_key(w, "changes");
	jw_object(w);
	for (size_t i = 0; i < REGISTER_TEXTS; i++) {
		if (str_eq(was->v[i], is->v[i]))
			continue;
		any = true;
		jw_key(w, register_text_name(i));
		jw_array(w);
		jw_str(w, was->v[i]);
		jw_str(w, is->v[i]);
		jw_array_end(w);
	}
	jw_object_end(w);
	return any;
}

static bool write_content(const struct register_act *act, const char *operation, struct str id,
    const struct texts *was, const struct texts *is, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_int(&w, "at", act->now);
	jw_member_str(&w, "by", act->by);
	bool any = write_changes(&w, was, is);
	jw_member_str(&w, "id", id);
	jw_member_c(&w, "operation", operation);
	jw_object_end(&w);
	return any || !str_eq_c(str_c(operation), REGISTER_CHANGED);
}

static int keep(const struct register_act *act, struct str id, struct str content, struct err *err)
{
	int64_t seq = 0;
	int r = ledger_append(act->c, act->ledger, LEAF_OPERATOR, 0, content, act->now, &seq, err);

	if (r == 0)
		r = ledger_keep(act->c, seq, content, err);
	return r < 0
	    ? r
	    : store_do(act->c, err,
		  "INSERT INTO integration_change (leaf, integration, at, content) VALUES (?1, ?2, ?3, ?4)",
		  "itmt", seq, id, act->now, content);
}

static int keep_canonical(
    const struct register_act *act, struct str id, struct str text, struct err *err)
{
	const struct json *content;
	struct buf canonical;
	int r = json_read(act->arena, text, &content, err);

	if (r < 0)
		return r;
	buf_init(&canonical, 0);
	json_canonical(&canonical, content, NULL);
	r = canonical.failed ? no_memory(err) : keep(act, id, buf_str(&canonical), err);
	buf_done(&canonical);
	return r;
}

int register_note(const struct register_act *act, const char *operation,
    const struct integration_entry *before, const struct integration_entry *after, struct err *err)
{
	struct texts *was = ARENA_NEW(act->arena, struct texts);
	struct texts *is = ARENA_NEW(act->arena, struct texts);
	struct buf text;
	int r = 0;

	if (!was || !is || (before && register_texts(before, act->arena, was->v) < 0) ||
	    register_texts(after, act->arena, is->v) < 0)
		return no_memory(err);
	buf_init(&text, 0);
	bool any = write_content(act, operation, after->id, was, is, &text);
	if (text.failed)
		r = no_memory(err);
	else if (any)
		r = keep_canonical(act, after->id, buf_str(&text), err);
	buf_done(&text);
	return r;
}

/* --- reading ---------------------------------------------------------------------------------- */

int register_history(struct store_conn *c, struct str id, struct arena *a,
    struct register_change **ret, size_t *ret_len, struct err *err)
{
	struct register_change *list;
	struct store_stmt *s;
	int64_t count = 0;
	size_t n = 0;
	int r = store_ask_int(c, &count, err,
	    "SELECT count(*) FROM integration_change WHERE integration = ?1", "t", id);

	if (r < 0)
		return r;
	list = ARENA_ARRAY(a, struct register_change, (size_t)count);
	if (!list)
		return no_memory(err);
	r = store_ask(c, &s, err,
	    "SELECT leaf, at, content FROM integration_change WHERE integration = ?1 ORDER BY leaf",
	    "t", id);
	if (r < 0)
		return r;
	while (n < (size_t)count && (r = store_step(s, err)) > 0) {
		list[n].leaf = store_col_int(s, 0);
		list[n].at = store_col_time(s, 1);
		if (store_copy_text(s, 2, a, &list[n++].content) < 0) {
			r = no_memory(err);
			break;
		}
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}
