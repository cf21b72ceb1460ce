/* Changing the policy: a proposal, and putting it in force. Each is one job on the writer, where sends are
 * judged: whoever sees the answer knows that from then on they are judged by it. */
#include "apps/gateway/api_policy.h"

#include "apps/gateway/same_name.h"
#include "base/check.h"
#include "domain/content.h"
#include "domain/rules.h"
#include "domain/value.h"

#define NAME_MAX_CHARS 200
#define REASON_MAX_CHARS 500
#define BY_DEFAULT "admin"
#define EXCEPTION_MS_MAX (90 * MS_PER_DAY)

static const struct pack *base_of(const struct api_call *c)
{
	return c->gate->lane->core->base;
}

static struct str actor(const struct api_call *c)
{
	return api_text(c, "by").p ? api_text(c, "by") : STR(BY_DEFAULT);
}

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static bool is_open(const struct policy_proposal *p)
{
	return p->state == PROPOSAL_OPEN;
}

/* --- proposing -------------------------------------------------------------------------------- */

static int check_words(struct api_call *c, struct policy_call *x, const char *kind, struct err *err)
{
	int r = value_check_text(actor(c), "by", NAME_MAX_CHARS, err);

	if (r == 0)
		r = value_check_text(api_text(c, "reason"), "reason", REASON_MAX_CHARS, err);
	x->proposal.kind = str_c(kind);
	x->proposal.by = actor(c);
	x->proposal.reason = api_text(c, "reason");
	return r;
}

static int keep_change(struct api_call *c, struct policy_call *x, struct buf *text, struct err *err)
{
	x->proposal.change = text->failed ? STR_NONE : arena_str(c->arena, buf_str(text));
	buf_done(text);
	return x->proposal.change.p ? 0 : no_memory(c, err);
}

/* name=value items into an object; what comes twice is refused. */
static int write_pairs(
    struct api_call *c, const char *field, const char *name, struct json_writer *w, struct err *err)
{
	const struct api_value *v = api_value(c, field);

	jw_key(w, name);
	jw_object(w);
	for (size_t i = 0; i < v->items_len; i++) {
		struct str value = v->items[i];
		struct str key = str_cut(&value, '=');
		if (!key.len || !value.p)
			return api_err(c, err, E_INVALID, field,
			    N_("\"%s\" takes items such as NAME=VALUE."), field);
		for (size_t k = 0; k < i; k++) {
			struct str other = v->items[k];
			if (str_eq(str_cut(&other, '='), key))
				return api_err(c, err, E_INVALID, field, N_("%.*s is set twice."),
				    STR_ARG(key));
		}
		jw_key_str(w, key);
		jw_str(w, value);
	}
	jw_object_end(w);
	return 0;
}

static int check_propose(struct api_call *c, struct err *err)
{
	struct policy_call *x = NULL;
	struct json_writer w;
	struct buf text;
	int r = policy_call_of(c, &x, err);

	if (r == 0)
		r = check_words(c, x, "set", err);
	if (r == 0 && !api_value(c, "level")->items_len && !api_value(c, "figure")->items_len)
		r = api_err(
		    c, err, E_INVALID, "level", N_("Say which levels or figures are to be set."));
	if (r < 0)
		return r;
	x->at_once = api_value(c, "at_once")->flag;
	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	r = write_pairs(c, "level", "levels", &w, err);
	if (r == 0)
		r = write_pairs(c, "figure", "figures", &w, err);
	jw_object_end(&w);
	if (r < 0)
		buf_done(&text);
	return r < 0 ? r : keep_change(c, x, &text, err);
}

static int check_back(struct api_call *c, struct err *err)
{
	struct policy_call *x = NULL;
	struct buf text;
	int r = policy_call_of(c, &x, err);

	if (r == 0)
		r = check_words(c, x, "roll_back", err);
	if (r == 0 && api_value(c, "to")->number < 0)
		r = api_err(
		    c, err, E_NOT_FOUND, "to", N_("There is no such version of the policy."));
	if (r < 0)
		return r;
	x->at_once = api_value(c, "at_once")->flag;
	buf_init(&text, 0);
	buf_addf(&text, "{\"roll_back\":%lld}", (long long)api_value(c, "to")->number);
	return keep_change(c, x, &text, err);
}

static int check_end(struct api_call *c, struct err *err)
{
	struct policy_call *x = NULL;
	struct str id = api_text(c, "id");
	struct buf text;
	uint64_t number;
	int r = policy_call_of(c, &x, err);

	if (r == 0 && id_parse(EXCEPTION_PREFIX, id, &number) < 0)
		r = api_err(c, err, E_NOT_FOUND, "id", N_("There is no such exception in force."));
	if (r == 0)
		r = check_words(c, x, "end", err);
	if (r < 0)
		return r;
	x->at_once = true;
	buf_init(&text, 0);
	buf_addf(&text, "{\"end\":\"%.*s\"}", STR_ARG(id));
	return keep_change(c, x, &text, err);
}

/* Exactly one place, which must be there. */
static int read_place(
    struct api_call *c, enum exception_scope *ret, struct str *ret_id, struct err *err)
{
	const struct directory *d = lane_directory(c->gate->lane);
	struct str app = api_text(c, "app"), number = api_text(c, "number"),
		   name = api_text(c, "template");

	if ((app.p != NULL) + (number.p != NULL) + (name.p != NULL) != 1)
		return api_err(c, err, E_INVALID, "rule",
		    N_("An exception is for one app, one number or one template."));
	*ret = app.p ? EXCEPTION_APP : number.p ? EXCEPTION_NUMBER : EXCEPTION_TEMPLATE;
	*ret_id = app.p ? app : number.p ? number : name;
	if (number.p && !directory_number(d, number))
		return api_err(c, err, E_NOT_FOUND, "number", N_("There is no such number."));
	if (name.p)
		return value_check_id(name, "template", err);
	if (!app.p)
		return 0;
	const struct dir_app *found = directory_app(d, app);
	size_t n;
	const struct dir_app *const *apps = directory_apps(d, &n);
	for (size_t i = 0; !found && i < n; i++)
		found = str_eq(apps[i]->name, app) ? apps[i] : NULL;
	if (!found)
		return api_err(c, err, E_NOT_FOUND, "app", N_("There is no such integration."));
	*ret_id = arena_str(c->arena, found->id);
	return ret_id->p ? 0 : no_memory(c, err);
}

static int read_until(struct api_call *c, time_ms *ret, struct err *err)
{
	const struct api_value *until = api_value(c, "until"), *length = api_value(c, "for");
	time_ms now = clock_now();

	if (until->given == length->given)
		return api_err(c, err, E_INVALID, "until",
		    N_("Say when the exception ends: \"until\" or \"for\"."));
	*ret = until->given ? until->at : now + length->number;
	if (*ret <= now || *ret > now + EXCEPTION_MS_MAX)
		return api_err(c, err, E_RANGE, until->given ? "until" : "for",
		    N_("An exception ends in the future, at most 90 days from now."));
	return 0;
}

static int read_rule(struct api_call *c, enum rule_index *ret, struct err *err)
{
	if (!rule_index_by_id(api_text(c, "rule"), ret))
		return api_err(c, err, E_INVALID, "rule", N_("There is no such rule."));
	if (rules[*ret].binds)
		return api_err(c, err, E_INVALID, "rule",
		    N_("The rule %s binds always: nobody can change it."), rules[*ret].id);
	return 0;
}

static int check_except(struct api_call *c, struct err *err)
{
	struct policy_call *x = NULL;
	enum exception_scope scope = EXCEPTION_APP;
	enum rule_index rule = 0;
	struct str place = STR_NONE;
	struct json_writer w;
	struct buf text;
	time_ms until = 0;
	int r = policy_call_of(c, &x, err);

	if (r == 0)
		r = check_words(c, x, "except", err);
	if (r == 0)
		r = read_rule(c, &rule, err);
	if (r == 0)
		r = read_place(c, &scope, &place, err);
	if (r == 0)
		r = read_until(c, &until, err);
	if (r < 0)
		return r;
	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_key(&w, "except");
	jw_object(&w);
	jw_member_c(&w, "rule", rules[rule].id);
	jw_member_c(&w, "scope", exception_scope_name(scope));
	jw_member_str(&w, "scope_id", place);
	jw_member_int(&w, "until", until);
	jw_object_end(&w);
	jw_object_end(&w);
	return keep_change(c, x, &text, err);
}

/* --- putting in force ------------------------------------------------------------------------- */

static int put_in_force(struct api_call *c, struct store_conn *conn, struct policy_call *x,
    const struct policy_proposal *p, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct policy_step step = {
		.base = core->base,
		.from = core_policy_now(core),
		.to = &x->to,
		.proposal = p,
		.by = actor(c),
		.at = clock_now(),
	};
	struct pack *pack = NULL;
	int64_t number = 0;
	int r = policy_version_add(conn, &core->ledger, &step, c->arena, &pack, &number, err);

	if (r == 0)
		r = policy_proposal_end(
		    conn, p->id, PROPOSAL_APPLIED, step.by, step.at, number, err);
	if (r == 0)
		r = core_set_policy(core, pack, err);
	if (r < 0)
		pack_free(&pack);
	return r;
}

static int change_of(struct api_call *c, struct store_conn *conn, struct policy_call *x,
    const struct policy_proposal *p, struct err *err)
{
	int r = policy_call_load(c, conn, x, err);

	if (r == 0)
		r = policy_change(conn, base_of(c), p, clock_now(), c->arena, &x->to, err);
	if (r == 0 && overlay_is_same(base_of(c), &x->from, &x->to))
		r = api_err(
		    c, err, E_CONFLICT, "", N_("This changes nothing of the policy in force."));
	return r;
}

static int propose(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct policy_call *x = c->state;
	struct policy_proposal *p = &x->proposal;

	p->at = clock_now();
	p->id = id_next(&core->ids, p->at);
	id_format(POLICY_PROPOSAL_PREFIX, p->id, c->id);
	int r = change_of(c, conn, x, p, err);
	if (r == 0)
		r = policy_propose(conn, p, err);
	if (r < 0 || !x->at_once || overlay_is_laxer(base_of(c), &x->from, &x->to))
		return r;
	return put_in_force(c, conn, x, p, err);
}

static int check_by(struct api_call *c, struct err *err)
{
	struct policy_call *x = NULL;
	int r = policy_call_of(c, &x, err);

	return r < 0 ? r : value_check_text(actor(c), "by", NAME_MAX_CHARS, err);
}

static int find_open(
    struct api_call *c, struct store_conn *conn, struct policy_proposal *ret, struct err *err)
{
	int r = policy_call_find(c, conn, ret, err);

	if (r == 0 && !is_open(ret))
		r = policy_call_closed(c, err);
	if (r == 0)
		id_format(POLICY_PROPOSAL_PREFIX, ret->id, c->id);
	return r;
}

static bool is_proposer(const struct api_call *c, const struct policy_proposal *p)
{
	return same_name(content_signs(pack_content(base_of(c))), p->by, actor(c));
}

static int apply(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct policy_call *x = c->state;
	struct policy_proposal p = { 0 };
	int r = find_open(c, conn, &p, err);

	if (r == 0)
		r = change_of(c, conn, x, &p, err);
	if (r == 0 && overlay_is_laxer(base_of(c), &x->from, &x->to) && is_proposer(c, &p))
		r = api_err(c, err, E_DENIED, "by",
		    N_("This protects less than before: somebody else than %.*s must put it in force."),
		    STR_ARG(p.by));
	return r < 0 ? r : put_in_force(c, conn, x, &p, err);
}

static int drop(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct policy_proposal p = { 0 };
	int r = find_open(c, conn, &p, err);

	return r < 0
	    ? r
	    : policy_proposal_end(conn, p.id, PROPOSAL_DROPPED, actor(c), clock_now(), 0, err);
}

const struct api_handler api_policy_change_handlers[] = {
	{ "proposePolicy", check_propose, propose, policy_call_show, NULL },
	{ "applyProposal", check_by, apply, policy_call_show, NULL },
	{ "dropProposal", check_by, drop, policy_call_show, NULL },
	{ "rollBackPolicy", check_back, propose, policy_call_show, NULL },
	{ "addException", check_except, propose, policy_call_show, NULL },
	{ "endException", check_end, propose, policy_call_show, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
