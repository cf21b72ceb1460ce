/* The policy: what is in force, what was and what is proposed, and what that would have done. */
#include "apps/gateway/api_policy.h"

#include "base/check.h"
#include "domain/policy_effect.h"
#include "domain/rules.h"

#define EFFECT_MS (7 * MS_PER_DAY)
#define EFFECT_PATIENCE_NS (3LL * 1000000000)

static const struct pack *base_of(const struct api_call *c)
{
	return c->gate->lane->core->base;
}

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

int policy_call_of(struct api_call *c, struct policy_call **ret, struct err *err)
{
	struct policy_call *x = c->state;

	if (!x)
		c->state = x = ARENA_NEW(c->arena, struct policy_call);
	if (!x) {
		(void)no_memory(c, err);
		return -E_NOMEM;
	}
	*ret = x;
	return 0;
}

int policy_call_load(
    struct api_call *c, struct store_conn *conn, struct policy_call *x, struct err *err)
{
	size_t dropped;
	int r = policy_in_force(conn, base_of(c), c->arena, &x->from, &x->number, &dropped, err);

	x->to = x->from;
	return r < 0 ? r : 0;
}

/* --- showing: rules --------------------------------------------------------------------------- */

static void write_figure(struct api_call *c, const struct pack *pack, const struct pack_figure *f)
{
	struct json_writer *w = &c->w;
	char text[FIGURE_TEXT_MAX];
	bool fixed = f->safer == FIGURE_FIXED;

	jw_object(w);
	jw_member_c(w, "figure", f->name);
	jw_member_c(w, "label", lang_text(c->lang, f->label));
	jw_member_c(w, "unit", figure_kind_name(f->kind));
	figure_format(f, pack_figure_value(pack, f), text);
	jw_member_c(w, "value", text);
	figure_format(f, pack_figure_value(base_of(c), f), text);
	jw_member_c(w, "default", text);
	jw_member_c(w, "source", figure_source_name(f->source));
	jw_member_str(w, "date", pack_date(base_of(c)));
	figure_format(f, f->least, text);
	jw_member_c(w, "least", fixed ? NULL : text);
	figure_format(f, f->most, text);
	jw_member_c(w, "most", fixed ? NULL : text);
	jw_member_c(w, "safer", fixed ? NULL : f->safer == FIGURE_LESS ? "less" : "more");
	jw_object_end(w);
}

static void write_rule(struct api_call *c, const struct pack *pack, enum rule_index i)
{
	const struct rule *rule = &rules[i];
	struct json_writer *w = &c->w;
	size_t n;
	const struct pack_figure *figures = pack_figures(base_of(c), &n);

	jw_object(w);
	jw_member_c(w, "id", rule->id);
	jw_member_int(w, "number", rule->number);
	jw_member_c(w, "title", lang_text(c->lang, rule->title));
	jw_member_c(w, "level", level_name(pack_level(pack, i)));
	jw_member_c(w, "default_level", level_name(pack_level(base_of(c), i)));
	jw_member_bool(w, "binds", rule->binds);
	jw_member_c(w, "who", who_name(rule->who));
	jw_key(w, "figures");
	jw_array(w);
	for (size_t k = 0; k < n; k++) {
		if (figures[k].rule == i)
			write_figure(c, pack, &figures[k]);
	}
	jw_array_end(w);
	jw_member_c(w, "explain", lang_text(c->lang, rule->explain));
	jw_member_c(w, "remedy", lang_text(c->lang, rule->remedy));
	jw_object_end(w);
}

/* An exception has the id of the proposal that it came of. */
static int write_exception(
    struct api_call *c, struct store_conn *conn, const struct pack_exception *x, struct err *err)
{
	struct policy_proposal p = { .ended_at = TIME_NONE };
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];
	int r = policy_proposal_get(conn, x->id, c->arena, &p, err);

	if (r < 0)
		return r;
	id_format(EXCEPTION_PREFIX, x->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_c(w, "rule", rule_index_id(x->rule));
	jw_member_c(w, "scope", exception_scope_name(x->scope));
	jw_member_str(w, "scope_id", x->scope_id);
	jw_member_time(w, "until", x->until);
	jw_member_bool(w, "in_force", clock_now() < x->until);
	jw_member_str(w, "reason", p.reason);
	jw_member_str(w, "by", p.by);
	jw_member_str(w, "applied_by", p.ended_by);
	jw_object_end(w);
	return 0;
}

static int write_exceptions(
    struct api_call *c, struct store_conn *conn, const struct pack *pack, struct err *err)
{
	size_t n;
	const struct pack_exception *all = pack_exceptions(pack, &n);
	int r = 0;

	jw_key(&c->w, "exceptions");
	jw_array(&c->w);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = write_exception(c, conn, &all[i], err);
	jw_array_end(&c->w);
	return r;
}

static void write_digest(struct json_writer *w, const char *name, const struct sha256 *digest)
{
	char hex[2 * SHA256_LEN + 1];

	hex_encode(digest->b, SHA256_LEN, hex);
	jw_member_c(w, name, hex);
}

static int show(struct api_call *c, struct err *err)
{
	struct core *core = c->gate->lane->core;
	const struct pack *pack = core->pack;
	struct policy_version v = { .at = TIME_NONE };
	struct json_writer *w = &c->w;
	int r = policy_newest(c->gate->lane->reader, c->arena, &v, err);

	if (r < 0)
		return r;
	jw_object(w);
	jw_member_str(w, "name", pack_name(pack));
	jw_member_str(w, "version", pack_version(pack));
	jw_member_int(w, "number", v.number);
	jw_member_str(w, "base", pack_version(core->base));
	jw_member_str(w, "date", pack_date(core->base));
	write_digest(w, "digest", pack_digest(pack));
	jw_member_c(w, "mode", mode_name(core->options.mode));
	jw_member_time(w, "changed_at", v.number ? v.at : TIME_NONE);
	jw_member_str(w, "changed_by", v.applied_by);
	jw_member_str(w, "reason", v.reason);
	jw_key(w, "rules");
	jw_array(w);
	for (unsigned i = 0; i < RULES_COUNT; i++)
		write_rule(c, pack, (enum rule_index)i);
	jw_array_end(w);
	r = write_exceptions(c, c->gate->lane->reader, pack, err);
	jw_object_end(w);
	return r;
}

/* --- showing: differences --------------------------------------------------------------------- */

struct change {
	const char *what;
	enum rule_index rule;
	const struct pack_figure *figure;
	const struct pack_exception *exception;
	const char *from, *to; /* NULL = there was, or is, none */
	bool laxer;
};

static void write_change(struct api_call *c, const struct change *x)
{
	const struct pack_exception *e = x->exception;
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_c(w, "what", x->what);
	jw_member_c(w, "rule", rule_index_id(x->rule));
	jw_member_c(w, "title", lang_text(c->lang, rules[x->rule].title));
	jw_member_c(w, "figure", x->figure ? x->figure->name : NULL);
	jw_member_c(w, "label", x->figure ? lang_text(c->lang, x->figure->label) : NULL);
	jw_member_c(w, "unit", x->figure ? figure_kind_name(x->figure->kind) : NULL);
	jw_member_c(w, "scope", e ? exception_scope_name(e->scope) : NULL);
	jw_member_str(w, "scope_id", e ? e->scope_id : STR_NONE);
	jw_member_time(w, "until", e ? e->until : TIME_NONE);
	jw_member_c(w, "from", x->from);
	jw_member_c(w, "to", x->to);
	jw_member_bool(w, "laxer", x->laxer);
	jw_object_end(w);
}

static void write_level_changes(
    struct api_call *c, const struct pack_overlay *from, const struct pack_overlay *to)
{
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		enum rule_index rule = (enum rule_index)i;
		enum level was = overlay_level(base_of(c), from, rule),
			   is = overlay_level(base_of(c), to, rule);
		if (was != is)
			write_change(c,
			    &(struct change){ "level", rule, NULL, NULL, level_name(was),
				level_name(is), is < was });
	}
}

static void write_figure_changes(
    struct api_call *c, const struct pack_overlay *from, const struct pack_overlay *to)
{
	size_t n;
	const struct pack_figure *figures = pack_figures(base_of(c), &n);

	for (size_t i = 0; i < n; i++) {
		char before[FIGURE_TEXT_MAX], after[FIGURE_TEXT_MAX];
		int64_t was = overlay_figure(base_of(c), from, i),
			is = overlay_figure(base_of(c), to, i);
		if (was == is)
			continue;
		figure_format(&figures[i], was, before);
		figure_format(&figures[i], is, after);
		write_change(c,
		    &(struct change){ "figure", figures[i].rule, &figures[i], NULL, before, after,
			figure_is_laxer(&figures[i], was, is) });
	}
}

static bool has_exception(const struct pack_overlay *o, const struct pack_exception *x)
{
	for (size_t i = 0; i < o->exceptions_len; i++) {
		if (o->exceptions[i].id == x->id)
			return true;
	}
	return false;
}

/* "app app_… until …", as people would say which. */
static const char *tell_exception(struct api_call *c, const struct pack_exception *x)
{
	char until[TIME_TEXT_MAX];

	time_format(x->until, until);
	struct str text = arena_printf(
	    c->arena, "%s %.*s, %s", exception_scope_name(x->scope), STR_ARG(x->scope_id), until);
	return text.p ? text.p : "";
}

static void write_exceptions_of_one(
    struct api_call *c, const struct pack_overlay *in, const struct pack_overlay *other, bool began)
{
	for (size_t i = 0; i < in->exceptions_len; i++) {
		const struct pack_exception *x = &in->exceptions[i];
		const char *text = tell_exception(c, x);
		if (!has_exception(other, x))
			write_change(c,
			    &(struct change){ "exception", x->rule, NULL, x, began ? NULL : text,
				began ? text : NULL, began });
	}
}

static void write_changes(
    struct api_call *c, const struct pack_overlay *from, const struct pack_overlay *to)
{
	jw_key(&c->w, "differences");
	jw_array(&c->w);
	write_level_changes(c, from, to);
	write_figure_changes(c, from, to);
	write_exceptions_of_one(c, to, from, true);
	write_exceptions_of_one(c, from, to, false);
	jw_array_end(&c->w);
}

static int load_version(struct api_call *c, struct store_conn *conn, int64_t number,
    const char *field, struct pack_overlay *ret, struct err *err)
{
	struct policy_version v = { 0 };
	size_t dropped;
	int r = number ? policy_version_get(conn, number, c->arena, &v, err) : 1;

	*ret = (struct pack_overlay){ .exceptions_len = 0 };
	if (r == 0)
		return api_err(
		    c, err, E_NOT_FOUND, field, N_("There is no such version of the policy."));
	if (r < 0 || number == 0)
		return r < 0 ? r : 0;
	return overlay_read(base_of(c), v.overlay, c->arena, ret, &dropped, err);
}

static int diff(struct api_call *c, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	const struct api_value *from = api_value(c, "from"), *to = api_value(c, "to");
	struct policy_version newest = { 0 };
	struct policy_call *x = NULL;
	int r = policy_call_of(c, &x, err);

	if (r == 0)
		r = policy_newest(conn, c->arena, &newest, err);
	if (r < 0)
		return r;
	int64_t last = to->given ? to->number : newest.number;
	int64_t first = from->given ? from->number : last > 0 ? last - 1 : 0;
	r = load_version(c, conn, last, "to", &x->to, err);
	if (r == 0)
		r = load_version(c, conn, first, "from", &x->from, err);
	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_int(&c->w, "from", first);
	jw_member_int(&c->w, "to", last);
	write_changes(c, &x->from, &x->to);
	jw_object_end(&c->w);
	return 0;
}

/* --- showing: versions and proposals ---------------------------------------------------------- */

static void write_version(struct api_call *c, const struct policy_version *v)
{
	struct json_writer *w = &c->w;
	struct str name = arena_printf(
	    c->arena, "%.*s+%lld", STR_ARG(v->base), (long long)v->number);

	jw_object(w);
	jw_member_int(w, "number", v->number);
	jw_member_str(w, "version", name);
	jw_member_time(w, "at", v->at);
	jw_member_str(w, "kind", v->kind);
	jw_member_str(w, "by", v->by);
	jw_member_str(w, "applied_by", v->applied_by);
	jw_member_str(w, "reason", v->reason);
	write_digest(w, "before", &v->before);
	write_digest(w, "after", &v->after);
	jw_member_int(w, "entry", v->leaf);
	jw_object_end(w);
}

static int list_versions(struct api_call *c, struct err *err)
{
	struct policy_version *items = NULL;
	struct str cursor = api_text(c, "cursor");
	uint64_t before = 0;
	size_t limit = 0, n = 0;
	bool more = false;
	struct str next = STR_NONE;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && (str_to_u64(cursor, &before) < 0 || before > INT64_MAX))
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = policy_version_list(c->gate->lane->reader, (int64_t)before, limit, c->arena,
		    &items, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		write_version(c, &items[i]);
	if (more)
		next = arena_printf(c->arena, "%lld", (long long)items[n - 1].number);
	api_list_close(c, next);
	return 0;
}

static bool is_open(const struct policy_proposal *p)
{
	return p->state == PROPOSAL_OPEN;
}

/* What it changes, or did: of one that was dropped nobody can tell. *ret_good: it still can. */
static int load_change(struct api_call *c, struct store_conn *conn, struct policy_call *x,
    const struct policy_proposal *p, bool *ret_good, struct err *err)
{
	struct err why = { 0 };
	int r = policy_call_load(c, conn, x, err);

	*ret_good = false;
	if (r < 0)
		return r;
	if (p->state == PROPOSAL_APPLIED) {
		r = load_version(c, conn, p->version - 1, "id", &x->from, err);
		return r < 0 ? r : load_version(c, conn, p->version, "id", &x->to, err);
	}
	if (!is_open(p))
		return 0;
	r = policy_change(conn, base_of(c), p, clock_now(), c->arena, &x->to, &why);
	*ret_good = r == 0;
	if (r < 0)
		x->to = x->from;
	return r == -E_NOMEM ? no_memory(c, err) : 0;
}

static int write_proposal(struct api_call *c, const struct policy_proposal *p, struct err *err)
{
	struct policy_call *x = ARENA_NEW(c->arena, struct policy_call);
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];
	bool good = false;
	int r = x ? load_change(c, c->gate->lane->reader, x, p, &good, err) : no_memory(c, err);

	if (r < 0)
		return r;
	id_format(POLICY_PROPOSAL_PREFIX, p->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_c(w, "state", proposal_state_name(p->state));
	jw_member_c(w, "kind", p->kind.p);
	jw_member_time(w, "at", p->at);
	jw_member_str(w, "by", p->by);
	jw_member_str(w, "reason", p->reason);
	jw_member_time(w, "ended_at", p->ended_at);
	jw_member_str(w, "ended_by", p->ended_by);
	jw_key(w, "version");
	if (p->version)
		jw_int(w, p->version);
	else
		jw_null(w);
	jw_member_bool(w, "possible", good);
	jw_member_bool(w, "second", overlay_is_laxer(base_of(c), &x->from, &x->to));
	write_changes(c, &x->from, &x->to);
	jw_object_end(w);
	return 0;
}

static int list_proposals(struct api_call *c, struct err *err)
{
	struct policy_proposal *items = NULL;
	struct str cursor = api_text(c, "cursor");
	char next[ID_TEXT_MAX] = "";
	uint64_t before = 0;
	size_t limit = 0, n = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse(POLICY_PROPOSAL_PREFIX, cursor, &before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = policy_proposal_list(
		    c->gate->lane->reader, before, limit, c->arena, &items, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = write_proposal(c, &items[i], err);
	if (more)
		id_format(POLICY_PROPOSAL_PREFIX, items[n - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return r;
}

int policy_call_find(
    struct api_call *c, struct store_conn *conn, struct policy_proposal *ret, struct err *err)
{
	struct str id = c->id[0] ? str_c(c->id) : api_text(c, "id");
	uint64_t number;
	int r = id_parse(POLICY_PROPOSAL_PREFIX, id, &number) < 0
	    ? 0
	    : policy_proposal_get(conn, number, c->arena, ret, err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such proposal."));
	return r < 0 ? r : 0;
}

int policy_call_closed(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_CONFLICT, "id", N_("This proposal is not open any more."));
}

int policy_call_show(struct api_call *c, struct err *err)
{
	struct policy_proposal p = { 0 };
	int r = policy_call_find(c, c->gate->lane->reader, &p, err);

	return r < 0 ? r : write_proposal(c, &p, err);
}

/* --- effect ----------------------------------------------------------------------------------- */

static void write_moves(struct json_writer *w, const struct policy_effect *e)
{
	jw_key(w, "moves");
	jw_array(w);
	for (int from = VERDICT_ALLOW; from <= VERDICT_REFUSE; from++) {
		for (int to = VERDICT_ALLOW; to <= VERDICT_REFUSE; to++) {
			if (e->moved[from][to] == 0)
				continue;
			jw_object(w);
			jw_member_c(w, "from", verdict_name((enum verdict)from));
			jw_member_c(w, "to", verdict_name((enum verdict)to));
			jw_member_int(w, "decisions", e->moved[from][to]);
			jw_object_end(w);
		}
	}
	jw_array_end(w);
}

static void write_rule_effects(struct api_call *c, const struct policy_effect *e)
{
	struct json_writer *w = &c->w;

	jw_key(w, "rules");
	jw_array(w);
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		if (!e->rules[i].fails && !e->rules[i].passes && !e->rules[i].cannot_tell)
			continue;
		jw_object(w);
		jw_member_c(w, "rule", rules[i].id);
		jw_member_c(w, "title", lang_text(c->lang, rules[i].title));
		jw_member_int(w, "stops_more", e->rules[i].fails);
		jw_member_int(w, "stops_no_more", e->rules[i].passes);
		jw_member_int(w, "cannot_tell", e->rules[i].cannot_tell);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_effect(
    struct api_call *c, const struct policy_proposal *p, const struct policy_effect *e)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	id_format(POLICY_PROPOSAL_PREFIX, p->id, id);
	jw_object(w);
	jw_member_c(w, "proposal", id);
	jw_member_time(w, "since", e->since);
	jw_member_time(w, "until", e->until);
	jw_member_int(w, "decisions", e->decisions);
	jw_member_bool(w, "complete", e->complete);
	jw_member_time(w, "oldest", e->reached);
	jw_member_int(w, "same", e->same);
	jw_member_int(w, "cannot_tell", e->cannot_tell);
	write_moves(w, e);
	write_rule_effects(c, e);
	jw_key(w, "examples");
	jw_array(w);
	for (size_t i = 0; i < e->examples_len; i++) {
		id_format("dec", e->examples[i], id);
		jw_c(w, id);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static int compare(struct api_call *c, struct store_conn *conn, const struct policy_proposal *p,
    struct policy_call *x, struct err *err)
{
	struct policy_effect *e = ARENA_NEW(c->arena, struct policy_effect);
	struct pack *from = NULL, *to = NULL;
	time_ms now = clock_now();
	int r = e ? overlay_apply(base_of(c), &x->from, x->number, &from, err) : no_memory(c, err);

	if (r == 0)
		r = overlay_apply(base_of(c), &x->to, x->number + 1, &to, err);
	if (r == 0)
		r = policy_effect(conn, from, to, now - EFFECT_MS, now,
		    clock_mono() + EFFECT_PATIENCE_NS, e, err);
	if (r == 0)
		write_effect(c, p, e);
	pack_free(&from);
	pack_free(&to);
	return r;
}

static int effect_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct policy_call *x = NULL;
	struct policy_proposal p = { 0 };
	int r = policy_call_of(c, &x, err);

	if (r == 0)
		r = policy_call_find(c, conn, &p, err);
	if (r == 0 && !is_open(&p))
		r = policy_call_closed(c, err);
	if (r == 0)
		r = policy_call_load(c, conn, x, err);
	if (r == 0)
		r = policy_change(conn, base_of(c), &p, clock_now(), c->arena, &x->to, err);
	return r < 0 ? r : compare(c, conn, &p, x, err);
}

static void show_effect(struct api_call *c)
{
	api_work(c, effect_on_pool);
}

const struct api_handler api_policy_handlers[] = {
	{ "showPolicy", NULL, NULL, show, NULL },
	{ "listPolicyVersions", NULL, NULL, list_versions, NULL },
	{ "diffPolicy", NULL, NULL, diff, NULL },
	{ "listProposals", NULL, NULL, list_proposals, NULL },
	{ "showProposal", NULL, NULL, policy_call_show, NULL },
	{ "showEffect", NULL, NULL, NULL, show_effect },
	{ NULL, NULL, NULL, NULL, NULL },
};
