#include "domain/policy_log.h"

#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/json.h"
#include "base/lang.h"
#include "store/query.h"

static const char *const states[] = {
	[PROPOSAL_OPEN] = "open",
	[PROPOSAL_APPLIED] = "applied",
	[PROPOSAL_DROPPED] = "dropped",
};

const char *proposal_state_name(enum proposal_state s)
{
	return s >= PROPOSAL_OPEN && s <= PROPOSAL_DROPPED ? states[s] : "?";
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading the policy.");
}

/* --- versions --------------------------------------------------------------------------------- */

#define VERSION_COLUMNS \
	"SELECT number, at, kind, made_by, applied_by, reason, base, overlay, before, after, leaf" \
	" FROM policy_version "

static void read_digest(struct store_stmt *s, int i, struct sha256 *ret)
{
	struct str bytes = store_col_blob(s, i);

	if (bytes.len == SHA256_LEN)
		memcpy(ret->b, bytes.p, SHA256_LEN);
}

static int read_version(
    struct store_stmt *s, struct arena *a, struct policy_version *ret, struct err *err)
{
	struct str *const texts[] = { &ret->kind, &ret->by, &ret->applied_by, &ret->reason,
		&ret->base, &ret->overlay };

	*ret = (struct policy_version){
		.number = store_col_int(s, 0),
		.at = store_col_int(s, 1),
		.leaf = store_col_int(s, 10),
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, 2 + (int)i, a, texts[i]) < 0)
			return no_memory(err);
	}
	read_digest(s, 8, &ret->before);
	read_digest(s, 9, &ret->after);
	return 1;
}

static int read_one_version(
    struct store_stmt *s, int r, struct arena *a, struct policy_version *ret, struct err *err)
{
	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	r = read_version(s, a, ret, err);
	store_reset(s);
	return r;
}

int policy_newest(
    struct store_conn *c, struct arena *a, struct policy_version *ret, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(c, &s, err, VERSION_COLUMNS "ORDER BY number DESC LIMIT 1", "");

	return read_one_version(s, r, a, ret, err);
}

int policy_version_get(struct store_conn *c, int64_t number, struct arena *a,
    struct policy_version *ret, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(c, &s, err, VERSION_COLUMNS "WHERE number = ?1", "i", number);

	return read_one_version(s, r, a, ret, err);
}

int policy_version_list(struct store_conn *c, int64_t before, size_t limit, struct arena *a,
    struct policy_version **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct policy_version *list = ARENA_ARRAY(a, struct policy_version, limit + 1);
	struct store_stmt *s = NULL;
	size_t n = 0;
	int r = list
	    ? store_ask(c, &s, err,
		  VERSION_COLUMNS "WHERE ?1 = 0 OR number < ?1 ORDER BY number DESC LIMIT ?2", "ii",
		  before, (int64_t)limit + 1)
	    : no_memory(err);

	if (r < 0)
		return r;
	while (n <= limit && (r = store_step(s, err)) > 0) {
		r = read_version(s, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_more = n > limit;
	*ret_len = n > limit ? limit : n;
	return 0;
}

/* --- proposals -------------------------------------------------------------------------------- */

int policy_propose(struct store_conn *c, const struct policy_proposal *p, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO policy_proposal (id, at, kind, made_by, reason, change, state)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    "imtttti", (int64_t)p->id, p->at, p->kind, p->by, p->reason, p->change,
	    (int64_t)PROPOSAL_OPEN);
}

#define PROPOSAL_COLUMNS \
	"SELECT id, at, kind, made_by, reason, change, ended_by, state, ended_at, version" \
	" FROM policy_proposal "

static int read_proposal(
    struct store_stmt *s, struct arena *a, struct policy_proposal *ret, struct err *err)
{
	struct str *const texts[] = { &ret->kind, &ret->by, &ret->reason, &ret->change,
		&ret->ended_by };

	*ret = (struct policy_proposal){
		.id = (uint64_t)store_col_int(s, 0),
		.at = store_col_int(s, 1),
		.state = store_col_is_up_to(s, 7, PROPOSAL_DROPPED)
		    ? (enum proposal_state)store_col_int(s, 7)
		    : PROPOSAL_DROPPED,
		.ended_at = store_col_time(s, 8),
		.version = store_col_int(s, 9),
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, 2 + (int)i, a, texts[i]) < 0)
			return no_memory(err);
	}
	return 1;
}

int policy_proposal_get(struct store_conn *c, uint64_t id, struct arena *a,
    struct policy_proposal *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, PROPOSAL_COLUMNS "WHERE id = ?1", "i", (int64_t)id);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	r = read_proposal(s, a, ret, err);
	store_reset(s);
	return r;
}

int policy_proposal_list(struct store_conn *c, uint64_t before, size_t limit, struct arena *a,
    struct policy_proposal **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct policy_proposal *list = ARENA_ARRAY(a, struct policy_proposal, limit + 1);
	struct store_stmt *s = NULL;
	size_t n = 0;
	int r = list ? store_ask(c, &s, err,
			   PROPOSAL_COLUMNS "WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2",
			   "ii", (int64_t)before, (int64_t)limit + 1)
		     : no_memory(err);

	if (r < 0)
		return r;
	while (n <= limit && (r = store_step(s, err)) > 0) {
		r = read_proposal(s, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_more = n > limit;
	*ret_len = n > limit ? limit : n;
	return 0;
}

int policy_proposal_end(struct store_conn *c, uint64_t id, enum proposal_state to, struct str by,
    time_ms now, int64_t version, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE policy_proposal SET state = ?2, ended_by = ?3, ended_at = ?4, version = ?5"
	    " WHERE id = ?1 AND state = ?6",
	    "iitmii", (int64_t)id, (int64_t)to, by, now, version, (int64_t)PROPOSAL_OPEN);

	if (r == 0 && store_changes(c) == 0)
		r = err_field(err, E_CONFLICT, "id", N_("This proposal is not open any more."));
	return r;
}

/* --- what is in force ------------------------------------------------------------------------- */

int policy_in_force(struct store_conn *c, const struct pack *base, struct arena *a,
    struct pack_overlay *ret, int64_t *ret_number, size_t *ret_dropped, struct err *err)
{
	struct policy_version v = { 0 };
	int r = policy_newest(c, a, &v, err);

	*ret = (struct pack_overlay){ .exceptions_len = 0 };
	*ret_number = 0;
	*ret_dropped = 0;
	if (r <= 0)
		return r;
	*ret_number = v.number;
	return overlay_read(base, v.overlay, a, ret, ret_dropped, err);
}

static int change_levels(const struct json *levels, struct pack_overlay *o, struct err *err)
{
	const struct json *level;
	struct json_iter it;
	struct str rule;
	int r = 0;

	json_iter_init(&it, levels);
	while (r == 0 && json_iter_next(&it, &rule, &level))
		r = overlay_set_level(o, rule, json_str(level), err);
	return r;
}

static int change_figures(
    const struct pack *base, const struct json *figures, struct pack_overlay *o, struct err *err)
{
	const struct json *value;
	struct json_iter it;
	struct str name;
	int r = 0;

	json_iter_init(&it, figures);
	while (r == 0 && json_iter_next(&it, &name, &value))
		r = overlay_set_figure(base, o, name, json_str(value), err);
	return r;
}

static int change_exception(
    const struct json *v, uint64_t id, time_ms now, struct pack_overlay *o, struct err *err)
{
	struct pack_exception x = { .id = id, .scope_id = json_str(json_get(v, "scope_id")) };

	if (!rule_index_by_id(json_str(json_get(v, "rule")), &x.rule) || !x.scope_id.p ||
	    exception_scope_parse(json_str(json_get(v, "scope")), &x.scope) < 0 ||
	    !json_int(json_get(v, "until"), &x.until))
		return err_set(err, E_INVALID, N_("This proposal cannot be read."));
	if (x.until <= now)
		return err_field(err, E_INVALID, "until", N_("The end of this exception is past."));
	return overlay_except(o, &x, err);
}

/* Exceptions were each allowed for themselves: going back brings none back and ends none. */
static int roll_back(struct store_conn *c, const struct pack *base, int64_t number, struct arena *a,
    struct pack_overlay *o, struct err *err)
{
	struct pack_overlay *then = ARENA_NEW(a, struct pack_overlay);
	struct policy_version v = { 0 };
	size_t dropped = 0;
	int r = !then     ? no_memory(err)
	    : number == 0 ? 0
			  : policy_version_get(c, number, a, &v, err);

	if (r < 0)
		return r;
	if (r == 0 && number != 0)
		return err_field(
		    err, E_NOT_FOUND, "to", N_("There is no such version of the policy."));
	r = number ? overlay_read(base, v.overlay, a, then, &dropped, err) : 0;
	if (r < 0)
		return r;
	memcpy(then->exceptions, o->exceptions, sizeof(o->exceptions));
	then->exceptions_len = o->exceptions_len;
	*o = *then;
	return 0;
}

int policy_change(struct store_conn *c, const struct pack *base, const struct policy_proposal *p,
    time_ms now, struct arena *a, struct pack_overlay *o, struct err *err)
{
	const struct json *v = NULL;
	int64_t number = 0;
	uint64_t id = 0;
	int r = json_read(a, p->change, &v, err);

	if (r < 0)
		return r;
	overlay_forget(o, now);
	if (json_get(v, "except"))
		return change_exception(json_get(v, "except"), p->id, now, o, err);
	if (id_parse(EXCEPTION_PREFIX, json_str(json_get(v, "end")), &id) == 0)
		return overlay_end(o, id, err);
	if (json_int(json_get(v, "roll_back"), &number))
		return roll_back(c, base, number, a, o, err);
	r = change_levels(json_get(v, "levels"), o, err);
	return r < 0 ? r : change_figures(base, json_get(v, "figures"), o, err);
}

/* --- a new version ---------------------------------------------------------------------------- */

static void write_hex(struct json_writer *w, const char *name, const struct sha256 *digest)
{
	char hex[2 * SHA256_LEN + 1];

	hex_encode(digest->b, SHA256_LEN, hex);
	jw_member_c(w, name, hex);
}

/* Members in canonical order; numbers are whole. */
static void write_leaf(const struct policy_step *x, const struct policy_version *v, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	write_hex(&w, "after", &v->after);
	jw_member_int(&w, "at", v->at);
	jw_member_str(&w, "base", v->base);
	write_hex(&w, "before", &v->before);
	jw_member_str(&w, "by", v->applied_by);
	jw_member_str(&w, "kind", v->kind);
	jw_member_c(&w, "operation", "policyVersion");
	jw_key(&w, "overlay");
	jw_raw(&w, v->overlay);
	jw_member_str(&w, "proposed_by", x->proposal->by);
	jw_member_str(&w, "reason", v->reason);
	jw_member_int(&w, "version", v->number);
	jw_object_end(&w);
}

static int add_leaf(struct store_conn *c, struct ledger *l, const struct policy_step *x,
    struct policy_version *v, struct err *err)
{
	struct buf text;
	int r;

	buf_init(&text, 0);
	write_leaf(x, v, &text);
	r = text.failed
	    ? no_memory(err)
	    : ledger_append(c, l, LEAF_OPERATOR, 0, buf_str(&text), v->at, &v->leaf, err);
	if (r == 0)
		r = ledger_keep(c, v->leaf, buf_str(&text), err);
	buf_done(&text);
	return r;
}

static int add_row(struct store_conn *c, const struct policy_version *v, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO policy_version (number, at, kind, made_by, applied_by, reason, base, overlay,"
	    " before, after, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    "imttttttbbi", v->number, v->at, v->kind, v->by, v->applied_by, v->reason, v->base,
	    v->overlay, str_n((const char *)v->before.b, SHA256_LEN),
	    str_n((const char *)v->after.b, SHA256_LEN), v->leaf);
}

static int keep_overlay(
    const struct policy_step *x, struct arena *a, struct policy_version *v, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	overlay_write(x->base, x->to, &text);
	v->overlay = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	return v->overlay.p ? 0 : no_memory(err);
}

int policy_version_add(struct store_conn *c, struct ledger *l, const struct policy_step *x,
    struct arena *a, struct pack **ret, int64_t *ret_number, struct err *err)
{
	struct policy_version v = {
		.at = x->at,
		.kind = x->proposal->kind,
		.by = x->proposal->by,
		.applied_by = x->by,
		.reason = x->proposal->reason,
		.base = pack_version(x->base),
		.before = *pack_digest(x->from),
	};
	struct pack *pack = NULL;
	int r = store_ask_int(c, &v.number, err, "SELECT max(number) FROM policy_version", "");

	if (r < 0)
		return r;
	v.number++;
	r = overlay_apply(x->base, x->to, v.number, &pack, err);
	if (r < 0)
		return r;
	v.after = *pack_digest(pack);
	r = keep_overlay(x, a, &v, err);
	if (r == 0)
		r = add_leaf(c, l, x, &v, err);
	if (r == 0)
		r = add_row(c, &v, err);
	if (r < 0) {
		pack_free(&pack);
		return r;
	}
	*ret = pack;
	*ret_number = v.number;
	return 0;
}
