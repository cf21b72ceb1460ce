#include "domain/pack_overlay.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/json.h"
#include "base/lang.h"
#include "domain/facts.h"
#include "domain/message.h"
#include "domain/pack_private.h"
#include "domain/rules.h"

static const char *const scopes[] = {
	[EXCEPTION_APP] = "app",
	[EXCEPTION_NUMBER] = "number",
	[EXCEPTION_TEMPLATE] = "template",
};

const char *exception_scope_name(enum exception_scope scope)
{
	return scopes[scope];
}

int exception_scope_parse(struct str word, enum exception_scope *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		if (str_eq_c(word, scopes[i])) {
			*ret = (enum exception_scope)i;
			return 0;
		}
	}
	return -E_INVALID;
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading the policy.");
}

/* --- setting ---------------------------------------------------------------------------------- */

static int find_rule(struct str id, const char *field, enum rule_index *ret, struct err *err)
{
	struct str near = rule_index_nearest(id);

	if (!rule_index_by_id(id, ret))
		return near.len
		    ? err_field(err, E_INVALID, field,
			  N_("There is no such rule; the nearest is %.*s."), STR_ARG(near))
		    : err_field(err, E_INVALID, field, N_("There is no such rule."));
	if (rules[*ret].binds)
		return err_field(err, E_INVALID, field,
		    N_("The rule %s binds always: nobody can change it."), rule_index_id(*ret));
	return 0;
}

static bool is_default(struct str text)
{
	return !text.p || str_eq(text, STR("default"));
}

int overlay_set_level(struct pack_overlay *o, struct str rule, struct str level, struct err *err)
{
	enum rule_index i;
	enum level to = LEVEL_OFF;
	int r = find_rule(rule, "level", &i, err);

	if (r < 0)
		return r;
	if (!is_default(level) && level_parse(level, &to) < 0)
		return err_field(err, E_INVALID, "level",
		    N_("A level is one of off, warn, hold, refuse and default."));
	o->level_set[i] = !is_default(level);
	o->levels[i] = to;
	return 0;
}

static int place_of(const struct pack *base, struct str name, size_t *ret, struct err *err)
{
	size_t n;
	const struct pack_figure *all = pack_figures(base, &n), *f = pack_figure(base, name);

	if (!f || f->safer == FIGURE_FIXED)
		return err_field(err, E_INVALID, "figure",
		    f ? N_("The figure %.*s is the platform's: nobody can change it.")
		      : N_("There is no figure %.*s to be set."),
		    STR_ARG(name));
	*ret = (size_t)(f - all);
	return 0;
}

int overlay_set_figure(const struct pack *base, struct pack_overlay *o, struct str name,
    struct str value, struct err *err)
{
	char least[FIGURE_TEXT_MAX], most[FIGURE_TEXT_MAX];
	size_t n, i = 0;
	const struct pack_figure *f = pack_figures(base, &n);
	int64_t to = 0;
	int r = place_of(base, name, &i, err);

	if (r < 0)
		return r;
	f += i;
	o->figure_set[i] = !is_default(value);
	if (is_default(value))
		return 0;
	figure_format(f, f->least, least);
	figure_format(f, f->most, most);
	if (figure_parse(f, value, &to) < 0)
		return err_field(
		    err, E_INVALID, "figure", N_("%s takes values such as %s."), f->name, least);
	if (to < f->least || to > f->most)
		return err_field(err, E_RANGE, "figure", N_("%s must be between %s and %s."),
		    f->name, least, most);
	o->figures[i] = to;
	return 0;
}

static bool same_place(const struct pack_exception *a, const struct pack_exception *b)
{
	return a->rule == b->rule && a->scope == b->scope && str_eq(a->scope_id, b->scope_id);
}

static const struct pack_exception *find_place(
    const struct pack_overlay *o, const struct pack_exception *x)
{
	for (size_t i = 0; i < o->exceptions_len; i++) {
		if (same_place(&o->exceptions[i], x))
			return &o->exceptions[i];
	}
	return NULL;
}

int overlay_except(struct pack_overlay *o, const struct pack_exception *x, struct err *err)
{
	const struct pack_exception *was = find_place(o, x);

	if (rules[x->rule].binds)
		return err_field(err, E_INVALID, "rule",
		    N_("The rule %s binds always: nobody can change it."), rule_index_id(x->rule));
	if (!was && o->exceptions_len == EXCEPTIONS_MAX)
		return err_field(
		    err, E_TOO_LARGE, "rule", N_("There are too many exceptions: end one first."));
	size_t i = was ? (size_t)(was - o->exceptions) : o->exceptions_len++;
	o->exceptions[i] = *x;
	return 0;
}

static void take_out(struct pack_overlay *o, size_t i)
{
	o->exceptions_len--;
	memmove(&o->exceptions[i], &o->exceptions[i + 1],
	    (o->exceptions_len - i) * sizeof(o->exceptions[0]));
}

int overlay_end(struct pack_overlay *o, uint64_t id, struct err *err)
{
	for (size_t i = 0; i < o->exceptions_len; i++) {
		if (o->exceptions[i].id == id) {
			take_out(o, i);
			return 0;
		}
	}
	return err_field(err, E_NOT_FOUND, "id", N_("There is no such exception in force."));
}

void overlay_forget(struct pack_overlay *o, time_ms now)
{
	for (size_t i = o->exceptions_len; i > 0; i--) {
		if (o->exceptions[i - 1].until <= now)
			take_out(o, i - 1);
	}
}

/* --- as text ---------------------------------------------------------------------------------- */

static size_t read_levels(const struct json *v, struct pack_overlay *o)
{
	const struct json *level;
	struct json_iter it;
	struct str rule;
	size_t dropped = 0;

	json_iter_init(&it, v);
	while (json_iter_next(&it, &rule, &level)) {
		struct err ignored = { 0 };
		if (!json_str(level).p || overlay_set_level(o, rule, json_str(level), &ignored) < 0)
			dropped++;
	}
	return dropped;
}

static size_t read_set_figures(
    const struct pack *base, const struct json *v, struct pack_overlay *o)
{
	const struct json *value;
	struct json_iter it;
	struct str name;
	size_t dropped = 0, place;

	json_iter_init(&it, v);
	while (json_iter_next(&it, &name, &value)) {
		struct err ignored = { 0 };
		if (json_str(value).p &&
		    overlay_set_figure(base, o, name, json_str(value), &ignored) == 0)
			continue;
		dropped++;
		if (place_of(base, name, &place, &ignored) == 0)
			o->figure_set[place] = false;
	}
	return dropped;
}

static bool read_exception(const struct json *v, struct pack_exception *ret)
{
	return id_parse(EXCEPTION_PREFIX, json_str(json_get(v, "id")), &ret->id) == 0 &&
	    rule_index_by_id(json_str(json_get(v, "rule")), &ret->rule) &&
	    exception_scope_parse(json_str(json_get(v, "scope")), &ret->scope) == 0 &&
	    json_int(json_get(v, "until"), &ret->until);
}

static int read_exceptions(
    const struct json *v, struct arena *a, struct pack_overlay *o, size_t *dropped, struct err *err)
{
	const struct json *item;
	struct json_iter it;

	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		struct pack_exception x = { 0 };
		struct err ignored = { 0 };
		struct str id = json_str(json_get(item, "scope_id"));
		bool good = id.p && read_exception(item, &x);
		x.scope_id = good ? arena_str(a, id) : STR_NONE;
		if (good && !x.scope_id.p)
			return no_memory(err);
		if (!good || overlay_except(o, &x, &ignored) < 0)
			(*dropped)++;
	}
	return 0;
}

int overlay_read(const struct pack *base, struct str text, struct arena *a,
    struct pack_overlay *ret, size_t *ret_dropped, struct err *err)
{
	const struct json *v = NULL;
	int r = json_read(a, text, &v, err);

	if (r < 0)
		return r;
	if (json_type(v) != JSON_OBJECT)
		return err_set(err, E_INVALID, "What was set over the policy pack cannot be read.");
	*ret = (struct pack_overlay){ .exceptions_len = 0 };
	*ret_dropped = read_levels(json_get(v, "levels"), ret);
	*ret_dropped += read_set_figures(base, json_get(v, "figures"), ret);
	return read_exceptions(json_get(v, "exceptions"), a, ret, ret_dropped, err);
}

static void write_exceptions(const struct pack_overlay *o, struct json_writer *w)
{
	char id[ID_TEXT_MAX];

	jw_key(w, "exceptions");
	jw_array(w);
	for (size_t i = 0; i < o->exceptions_len; i++) {
		const struct pack_exception *x = &o->exceptions[i];
		id_format(EXCEPTION_PREFIX, x->id, id);
		jw_object(w);
		jw_member_c(w, "id", id);
		jw_member_c(w, "rule", rule_index_id(x->rule));
		jw_member_c(w, "scope", exception_scope_name(x->scope));
		jw_member_str(w, "scope_id", x->scope_id);
		jw_member_int(w, "until", x->until);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void overlay_write(const struct pack *base, const struct pack_overlay *o, struct buf *out)
{
	struct json_writer w;
	size_t n;
	const struct pack_figure *figures = pack_figures(base, &n);

	jw_init(&w, out);
	jw_object(&w);
	write_exceptions(o, &w);
	jw_key(&w, "figures");
	jw_object(&w);
	for (size_t i = 0; i < n; i++) {
		char text[FIGURE_TEXT_MAX];
		if (!o->figure_set[i])
			continue;
		figure_format(&figures[i], o->figures[i], text);
		jw_member_c(&w, figures[i].name, text);
	}
	jw_object_end(&w);
	jw_key(&w, "levels");
	jw_object(&w);
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		if (o->level_set[i])
			jw_member_c(
			    &w, rule_index_id((enum rule_index)i), level_name(o->levels[i]));
	}
	jw_object_end(&w);
	jw_object_end(&w);
}

/* --- comparing -------------------------------------------------------------------------------- */

enum level overlay_level(const struct pack *base, const struct pack_overlay *o, enum rule_index r)
{
	return o->level_set[r] ? o->levels[r] : pack_level(base, r);
}

int64_t overlay_figure(const struct pack *base, const struct pack_overlay *o, size_t figure)
{
	return o->figure_set[figure] ? o->figures[figure]
				     : pack_figure_value(base, &base->figures[figure]);
}

static bool has_laxer_exception(const struct pack_overlay *from, const struct pack_overlay *to)
{
	for (size_t i = 0; i < to->exceptions_len; i++) {
		const struct pack_exception *was = find_place(from, &to->exceptions[i]);
		if (!was || was->until < to->exceptions[i].until)
			return true;
	}
	return false;
}

bool overlay_is_laxer(
    const struct pack *base, const struct pack_overlay *from, const struct pack_overlay *to)
{
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		enum rule_index rule = (enum rule_index)i;
		if (overlay_level(base, to, rule) < overlay_level(base, from, rule))
			return true;
	}
	for (size_t i = 0; i < base->figures_len; i++) {
		if (base->figures[i].safer != FIGURE_FIXED &&
		    figure_is_laxer(&base->figures[i], overlay_figure(base, from, i),
			overlay_figure(base, to, i)))
			return true;
	}
	return has_laxer_exception(from, to);
}

static bool has_exceptions_of(const struct pack_overlay *a, const struct pack_overlay *b)
{
	for (size_t i = 0; i < a->exceptions_len; i++) {
		const struct pack_exception *x = find_place(b, &a->exceptions[i]);
		if (!x || x->until != a->exceptions[i].until)
			return false;
	}
	return a->exceptions_len == b->exceptions_len;
}

bool overlay_is_same(
    const struct pack *base, const struct pack_overlay *a, const struct pack_overlay *b)
{
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		enum rule_index rule = (enum rule_index)i;
		if (overlay_level(base, a, rule) != overlay_level(base, b, rule))
			return false;
	}
	for (size_t i = 0; i < base->figures_len; i++) {
		if (overlay_figure(base, a, i) != overlay_figure(base, b, i))
			return false;
	}
	return has_exceptions_of(a, b);
}

/* --- the pack that comes of it ------------------------------------------------------------------ */

static int put_exceptions(struct pack *pack, const struct pack_overlay *o, struct err *err)
{
	struct pack_exception *all = ARENA_ARRAY(
	    pack->arena, struct pack_exception, o->exceptions_len + 1);

	if (!all)
		return no_memory(err);
	for (size_t i = 0; i < o->exceptions_len; i++) {
		all[i] = o->exceptions[i];
		all[i].scope_id = arena_str(pack->arena, all[i].scope_id);
		if (!all[i].scope_id.p)
			return no_memory(err);
	}
	pack->exceptions = all;
	pack->exceptions_len = o->exceptions_len;
	return 0;
}

static int put_name(
    struct pack *pack, const struct pack_overlay *o, int64_t number, struct err *err)
{
	const struct pack *base = pack->made_from;
	struct sha256 of_overlay;
	struct buf text;

	buf_init(&text, 0);
	overlay_write(base, o, &text);
	crypto_sha256(buf_str(&text), &of_overlay);
	bool failed = text.failed;
	buf_done(&text);
	if (number)
		pack->version = arena_printf(
		    pack->arena, "%.*s+%" PRId64, STR_ARG(base->version), number);
	if (failed || !pack->version.p)
		return no_memory(err);
	crypto_sha256_of_two(str_n((const char *)base->digest.b, SHA256_LEN),
	    str_n((const char *)of_overlay.b, SHA256_LEN), &pack->digest);
	return 0;
}

static int fill(struct pack *pack, const struct pack_overlay *o, int64_t number, struct err *err)
{
	const struct pack *base = pack->made_from;

	for (unsigned i = 0; i < RULES_COUNT; i++)
		pack->levels[i] = overlay_level(base, o, (enum rule_index)i);
	for (size_t i = 0; i < base->figures_len; i++) {
		if (o->figure_set[i])
			pack_figure_put(pack, &base->figures[i], o->figures[i]);
	}
	int r = put_exceptions(pack, o, err);
	if (r == 0)
		r = put_name(pack, o, number, err);
	return r < 0 ? r : pack_check(pack, err);
}

int overlay_apply(const struct pack *base, const struct pack_overlay *o, int64_t number,
    struct pack **ret, struct err *err)
{
	struct arena *arena = arena_new(0, 0);
	struct pack *pack = arena ? ARENA_NEW(arena, struct pack) : NULL;

	if (!pack) {
		arena_free(&arena);
		return no_memory(err);
	}
	*pack = *base;
	pack->arena = arena;
	pack->made_from = base;
	int r = fill(pack, o, number, err);
	if (r < 0)
		pack_free(&pack);
	else
		*ret = pack;
	return r;
}

static bool covers(
    const struct pack_exception *x, const struct facts *facts, const struct message *send)
{
	switch (x->scope) {
	case EXCEPTION_APP:
		return str_eq(x->scope_id, facts->app.id);
	case EXCEPTION_NUMBER:
		return str_eq(x->scope_id, facts->number.id);
	default:
		return send->kind == MESSAGE_TEMPLATE && str_eq(x->scope_id, send->template_name);
	}
}

const struct pack_exception *pack_exception_of(const struct pack *pack, enum rule_index rule,
    const struct facts *facts, const struct message *send, time_ms now)
{
	for (size_t i = 0; i < pack->exceptions_len; i++) {
		const struct pack_exception *x = &pack->exceptions[i];
		if (x->rule == rule && now < x->until && covers(x, facts, send))
			return x;
	}
	return NULL;
}

const struct pack_exception *pack_exceptions(const struct pack *pack, size_t *ret_len)
{
	*ret_len = pack->exceptions_len;
	return pack->exceptions;
}
