/* Reading a definition is strict, because people write it; reading an event is not, because everything may be
 * in it: what is not where it must be is no error but a reason. */
#include "domain/trigger.h"

#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/json_pointer.h"
#include "base/lang.h"
#include "domain/trigger_sense.h"
#include "domain/trigger_when.h"
#include "domain/value.h"

#define TO_MAX 8
#define VALUES_MAX 32
#define TEXT_MAX_CHARS 4096

static int invalid(const char *field, const char *msgid, struct err *err)
{
	return err_field(err, E_INVALID, field, "%s", msgid);
}

/* --- members ---------------------------------------------------------------------------------- */

static const char *const members[] = { "name", "app", "number", "proof", "items", "event_id", "to",
	"country", "when", "delay", "quiet_hours", "template", "text" };

static int check_members(const struct json *d, struct err *err)
{
	const struct json *value;
	struct json_iter it;
	struct str key;

	json_iter_init(&it, d);
	while (json_iter_next(&it, &key, &value)) {
		size_t i = 0;
		while (i < ARRAY_LEN(members) && !str_eq_c(key, members[i]))
			i++;
		if (i == ARRAY_LEN(members))
			return err_field(err, E_INVALID, "",
			    N_("A definition of a trigger has no member \"%.*s\"."),
			    (int)(key.len < 60 ? key.len : 60), key.p);
	}
	return 0;
}

/* A string, or nothing. */
static int read_str(const struct json *d, const char *member, struct str *ret, struct err *err)
{
	const struct json *v = json_get(d, member);

	*ret = json_str(v);
	return !v || ret->len ? 0
			      : invalid(member, N_("It must be a text with something in it."), err);
}

static int read_id(const struct json *d, const char *member, struct str *ret, struct err *err)
{
	int r = read_str(d, member, ret, err);

	return r == 0 && ret->p ? value_check_id(*ret, member, err) : r;
}

static int read_pointer(const struct json *d, const char *member, struct str *ret, struct err *err)
{
	const struct json *v = json_get(d, member);

	*ret = json_str(v);
	return v ? trigger_check_pointer(v, member, err) : 0;
}

static int read_names(const struct json *d, struct trigger *t, struct err *err)
{
	int r = read_id(d, "name", &t->name, err);

	if (r == 0)
		r = read_str(d, "app", &t->app, err);
	if (r == 0)
		r = read_id(d, "number", &t->number, err);
	if (r == 0)
		r = read_id(d, "proof", &t->proof, err);
	if (r == 0 && !t->proof.p)
		t->proof = STR(TRIGGER_BY_KEY);
	return r;
}

static int read_event_id(const struct json *d, struct trigger *t, struct err *err)
{
	int r = read_str(d, "event_id", &t->event_id, err);

	if (r == 0 && t->event_id.p)
		r = trigger_text_check(t->event_id, "event_id", err);
	if (r == 0 && t->event_id.p && !trigger_text_has_places(t->event_id))
		return invalid("event_id",
		    N_("It must have a place that differs from event to event, as in {/id}: else all"
		       " events after the first would be the same one again."),
		    err);
	return r;
}

/* --- to whom ---------------------------------------------------------------------------------- */

static int read_to(const struct json *d, struct trigger *t, struct err *err)
{
	size_t len = 1;
	int r = 0;

	t->to = json_get(d, "to");
	if (!t->to)
		return invalid("to", N_("Say where in the event the telephone number is."), err);
	if (json_type(t->to) != JSON_ARRAY)
		return trigger_check_pointer(t->to, "to", err);
	len = json_len(t->to);
	if (len == 0 || len > TO_MAX)
		return err_field(err, E_RANGE, "to", N_("There must be 1 to %d pointers."), TO_MAX);
	for (size_t i = 0; r == 0 && i < len; i++)
		r = trigger_check_pointer(json_at(t->to, i), "to", err);
	return r;
}

static int read_when(const struct json *d, struct trigger *t, struct err *err)
{
	t->when = json_get(d, "when");
	return trigger_when_check(t->when, err);
}

/* --- time ------------------------------------------------------------------------------------- */

static const struct {
	char unit;
	int64_t ms;
} units[] = { { 's', MS_PER_S }, { 'm', MS_PER_MIN }, { 'h', MS_PER_HOUR }, { 'd', MS_PER_DAY } };

/* "30s", "15m", "24h", "7d". */
static bool parse_duration(struct str text, int64_t *ret)
{
	uint64_t n;

	if (text.len < 2 || str_to_u64(str_sub(text, 0, text.len - 1), &n) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (units[i].unit != text.p[text.len - 1])
			continue;
		*ret = (int64_t)n * units[i].ms;
		return n <= (uint64_t)(TRIGGER_DELAY_MAX / units[i].ms);
	}
	return false;
}

static int read_delay(const struct json *d, struct trigger *t, struct err *err)
{
	const struct json *v = json_get(d, "delay");

	if (!v || parse_duration(json_str(v), &t->delay_ms))
		return 0;
	return invalid(
	    "delay", N_("It must be a time as in 30s, 15m, 24h or 7d, at most 30 days."), err);
}

/* "21:00" */
static bool parse_hour(struct str text, int *ret)
{
	struct str minute = text;
	struct str hour = str_cut(&minute, ':');
	uint64_t h, m;

	if (text.len != 5 || hour.len != 2 || str_to_u64(hour, &h) < 0 ||
	    str_to_u64(minute, &m) < 0)
		return false;
	*ret = (int)(h * 3600 + m * 60);
	return h < 24 && m < 60;
}

static int read_quiet(const struct json *d, struct trigger *t, struct err *err)
{
	const struct json *v = json_get(d, "quiet_hours");

	if (!v || json_bool(v, &t->quiet))
		return 0;
	t->quiet = t->own_hours = true;
	if (json_type(v) == JSON_OBJECT && json_len(v) == 2 &&
	    parse_hour(json_str(json_get(v, "from")), &t->quiet_from_s) &&
	    parse_hour(json_str(json_get(v, "to")), &t->quiet_to_s) &&
	    t->quiet_from_s != t->quiet_to_s)
		return 0;
	return invalid("quiet_hours",
	    N_("It must be true, for the hours of the policy pack, or two different hours as in"
	       " {\"from\":\"20:00\",\"to\":\"09:00\"}."),
	    err);
}

/* --- what is said ----------------------------------------------------------------------------- */

/* All texts of a value, however deep. */
static int check_texts(const struct json *v, const char *field, struct err *err)
{
	const struct json *inner;
	struct json_iter it;
	int r = 0;

	if (json_type(v) == JSON_STRING)
		return trigger_text_check(json_str(v), field, err);
	json_iter_init(&it, v);
	while (r == 0 && json_iter_next(&it, NULL, &inner))
		r = check_texts(inner, field, err);
	return r;
}

static int check_values(const struct json *values, struct err *err)
{
	if (json_type(values) != JSON_ARRAY || json_len(values) > VALUES_MAX)
		return err_field(err, E_RANGE, "template.values",
		    N_("They must be an array of at most %d texts."), VALUES_MAX);
	for (size_t i = 0; i < json_len(values); i++) {
		if (json_type(json_at(values, i)) != JSON_STRING)
			return invalid("template.values", N_("Each of them must be a text."), err);
	}
	return 0;
}

static int read_template(const struct json *d, struct trigger *t, struct err *err)
{
	const struct json *v = json_get(d, "template"), *values = json_get(v, "values"),
			  *components = json_get(v, "components");

	t->tpl = v;
	if (!v)
		return 0;
	if (!json_str(json_get(v, "name")).len || !json_str(json_get(v, "language")).len)
		return invalid(
		    "template", N_("A template has a \"name\" and a \"language\"."), err);
	if (json_len(v) != (size_t)2 + (values || components) || (values && components))
		return invalid("template",
		    N_("Besides its name and language a template has \"values\", or \"components\" in"
		       " Graph's shape."),
		    err);
	if (components && json_type(components) != JSON_ARRAY)
		return invalid(
		    "template.components", N_("It must be an array, as Graph takes it."), err);
	int r = values ? check_values(values, err) : 0;
	return r < 0 ? r : check_texts(v, "template", err);
}

static int read_text(const struct json *d, struct trigger *t, struct err *err)
{
	int r = read_str(d, "text", &t->text, err);

	if (r == 0 && !t->text.p && !t->tpl)
		return invalid(
		    "template", N_("Say what to send: a \"template\", a \"text\", or both."), err);
	if (r == 0 && t->text.len > (size_t)4 * TEXT_MAX_CHARS)
		return err_field(err, E_TOO_LARGE, "text", N_("It may have at most %d characters."),
		    TEXT_MAX_CHARS);
	return r == 0 && t->text.p ? trigger_text_check(t->text, "text", err) : r;
}

int trigger_read(const struct json *definition, struct trigger *ret, struct err *err)
{
	static int (*const parts[])(const struct json *, struct trigger *, struct err *) = {
		read_names,
		read_event_id,
		read_to,
		read_when,
		read_delay,
		read_quiet,
		read_template,
		read_text,
	};
	struct trigger t = { .delay_ms = 0 };
	int r = 0;

	if (json_type(definition) != JSON_OBJECT)
		return invalid("", N_("A definition of a trigger must be a JSON object."), err);
	r = check_members(definition, err);
	if (r == 0)
		r = read_pointer(definition, "items", &t.items, err);
	if (r == 0)
		r = read_pointer(definition, "country", &t.country, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(parts); i++)
		r = parts[i](definition, &t, err);
	if (r == 0)
		r = trigger_sense_check(&t, err);
	if (r == 0)
		*ret = t;
	return r;
}

/* --- events of a post ------------------------------------------------------------------------- */

bool trigger_has_items(const struct trigger *t, const struct json *post)
{
	return !t->items.p || json_type(json_pointer(post, t->items)) == JSON_ARRAY;
}

size_t trigger_count(const struct trigger *t, const struct json *post)
{
	if (!t->items.p)
		return 1;
	return trigger_has_items(t, post) ? json_len(json_pointer(post, t->items)) : 0;
}

const struct json *trigger_item(const struct trigger *t, const struct json *post, size_t at)
{
	if (at >= trigger_count(t, post))
		return NULL;
	return t->items.p ? json_at(json_pointer(post, t->items), at) : post;
}

/* --- is it meant ----------------------------------------------------------------------------- */

static bool is_meant(const struct trigger *t, const struct json *event, struct err *why)
{
	char place[64];
	struct str at;

	if (trigger_when_holds(t->when, event, &at))
		return true;
	if (str_to_c(at, place, sizeof(place)) < 0)
		place[0] = '\0';
	(void)err_field(
	    why, E_DENIED, place, "%s", N_("A condition of the trigger does not hold."));
	return false;
}

/* --- who -------------------------------------------------------------------------------------- */

static int missing(struct str place, struct err *why)
{
	char field[sizeof(why->field)];

	if (str_to_c(place, field, sizeof(field)) < 0)
		field[0] = '\0';
	(void)err_field(why, E_NOT_FOUND, field, "%s",
	    N_("The event has nothing at a place that the message needs."));
	return 0;
}

/* 1 and the first value there is; 0; -E_NOMEM. */
static int first_value(
    struct arena *a, const struct json *event, const struct json *pointers, struct str *ret)
{
	bool one = json_type(pointers) == JSON_STRING;
	int r = 0;

	*ret = STR_NONE;
	for (size_t i = 0; r == 0 && !ret->p && i < (one ? 1 : json_len(pointers)); i++)
		r = trigger_value(a, event, json_str(one ? pointers : json_at(pointers, i)), ret);
	return r < 0 ? r : ret->p != NULL;
}

/* The country that the event names, when it is one; else the account's. */
static int country_of(struct arena *a, const struct trigger *t, const struct json *event,
    struct str own, struct str *ret)
{
	struct str named = STR_NONE;
	int r = t->country.p ? trigger_value(a, event, t->country, &named) : 0;

	*ret = own;
	if (r == 0 && named.len == 2) {
		char upper[2] = { named.p[0], named.p[1] };
		for (size_t i = 0; i < 2; i++)
			upper[i] = (char)(upper[i] >= 'a' && upper[i] <= 'z' ? upper[i] - 32
									     : upper[i]);
		named = arena_str(a, str_n(upper, 2));
		if (named.p && phone_is_country(named))
			*ret = named;
	}
	return r;
}

static int find_person(struct arena *a, const struct trigger *t, const struct json *event,
    struct str country, struct trigger_mapped *m, struct err *why)
{
	struct str to, from;
	int r = first_value(a, event, t->to, &to);

	if (r == 0)
		return missing(
		    json_str(json_type(t->to) == JSON_ARRAY ? json_at(t->to, 0) : t->to), why);
	if (r > 0)
		r = country_of(a, t, event, country, &from);
	if (r < 0)
		return r;
	if (bsuid_is_valid(to)) {
		m->bsuid = to;
		return 1;
	}
	if (phone_parse(to, from, &m->phone, NULL, NULL) == 0)
		return 1;
	(void)err_field(why, E_INVALID, "to", "%s",
	    N_("What the event has as a telephone number is none that can be dialled."));
	return 0;
}

/* --- bodies ----------------------------------------------------------------------------------- */

/* Writing a body; it stops at the first place that nothing fills. */
struct writing {
	struct arena *a;
	const struct trigger_input *in;
	struct json_writer *w;
	struct str missing; /* p NULL = nothing is */
	bool no_memory;
	bool one_line; /* what a template takes: no breaks, and blanks only one at a time */
};

static struct str in_one_line(struct arena *a, struct str s)
{
	char *to = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; to && i < s.len; i++) {
		bool blank = (unsigned char)s.p[i] <= ' ';
		if (!blank)
			to[n++] = s.p[i];
		else if (n && to[n - 1] != ' ')
			to[n++] = ' ';
	}
	return to ? str_trim(str_n(to, n)) : STR_NONE;
}

static void write_filled(struct writing *x, struct str text)
{
	struct str filled = STR_NONE;
	int r = x->missing.p ? 0 : trigger_text_fill(x->a, text, x->in, &filled, &x->missing);

	if (r > 0 && x->one_line)
		filled = in_one_line(x->a, filled);
	x->no_memory |= r < 0 || (r > 0 && !filled.p);
	jw_str(x->w, filled.p ? filled : STR(""));
}

/* A value of the definition with its texts filled. */
static void write_value(struct writing *x, const struct json *v)
{
	bool object = json_type(v) == JSON_OBJECT;
	const struct json *inner;
	struct json_iter it;
	struct str key;

	if (json_type(v) == JSON_STRING) {
		write_filled(x, json_str(v));
		return;
	}
	if (!object && json_type(v) != JSON_ARRAY) {
		jw_value(x->w, v);
		return;
	}
	if (object)
		jw_object(x->w);
	else
		jw_array(x->w);
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &inner)) {
		if (object)
			jw_key_str(x->w, key);
		write_value(x, inner);
	}
	if (object)
		jw_object_end(x->w);
	else
		jw_array_end(x->w);
}

static void write_parameters(struct writing *x, const struct json *values)
{
	jw_object(x->w);
	jw_member_c(x->w, "type", "body");
	jw_key(x->w, "parameters");
	jw_array(x->w);
	for (size_t i = 0; i < json_len(values); i++) {
		jw_object(x->w);
		jw_member_c(x->w, "type", "text");
		jw_key(x->w, "text");
		write_filled(x, json_str(json_at(values, i)));
		jw_object_end(x->w);
	}
	jw_array_end(x->w);
	jw_object_end(x->w);
}

static void write_template(struct writing *x, const struct trigger *t)
{
	const struct json *components = json_get(t->tpl, "components");
	const struct json *values = json_get(t->tpl, "values");

	x->one_line = true;
	jw_object(x->w);
	jw_key(x->w, "name");
	write_filled(x, json_str(json_get(t->tpl, "name")));
	jw_key(x->w, "language");
	jw_object(x->w);
	jw_key(x->w, "code");
	write_filled(x, json_str(json_get(t->tpl, "language")));
	jw_object_end(x->w);
	jw_key(x->w, "components");
	if (components) {
		write_value(x, components);
	} else {
		jw_array(x->w);
		if (json_len(values))
			write_parameters(x, values);
		jw_array_end(x->w);
	}
	jw_object_end(x->w);
}

static void write_text(struct writing *x, const struct trigger *t)
{
	jw_object(x->w);
	jw_key(x->w, "body");
	write_filled(x, t->text);
	jw_object_end(x->w);
}

static void write_head(struct json_writer *w, const struct trigger_mapped *m, const char *type)
{
	char to[PHONE_TEXT_MAX];

	phone_format(m->phone, to);
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_member_c(w, "recipient_type", "individual");
	if (m->phone.number)
		jw_member_c(w, "to", to);
	else
		jw_member_str(w, "recipient", m->bsuid);
	jw_member_c(w, "type", type);
}

/* 1 and the body, 0 something is missing, -E_NOMEM. */
static int write_body(struct arena *a, const struct trigger *t, const struct trigger_input *in,
    const struct trigger_mapped *m, bool as_text, struct str *ret, struct err *why)
{
	struct json_writer w;
	struct buf out;
	struct writing x = { .a = a, .in = in, .w = &w, .missing = STR_NONE };

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	write_head(&w, m, as_text ? "text" : "template");
	jw_key(&w, as_text ? "text" : "template");
	if (as_text)
		write_text(&x, t);
	else
		write_template(&x, t);
	jw_object_end(&w);
	*ret = out.failed || x.no_memory ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	if (!ret->p)
		return -E_NOMEM;
	return x.missing.p ? missing(x.missing, why) : 1;
}

/* --- the id of an event ----------------------------------------------------------------------- */

static int digest_of(struct arena *a, const struct json *event, struct str *ret)
{
	char hex[2 * SHA256_LEN + 1];
	struct sha256 digest;
	struct buf text;

	buf_init(&text, 0);
	/* As it came: the canonical form would round ids that are longer than a double's. */
	json_print(&text, event);
	bool failed = text.failed;
	crypto_sha256(buf_str(&text), &digest);
	buf_done(&text);
	hex_encode(digest.b, SHA256_LEN, hex);
	*ret = failed ? STR_NONE : arena_str(a, str_c(hex));
	return ret->p ? 1 : -E_NOMEM;
}

static int identify(struct arena *a, const struct trigger *t, const struct trigger_input *in,
    struct str *ret, struct err *why)
{
	struct str place = STR_NONE;

	if (!t->event_id.p)
		return digest_of(a, in->event, ret);
	int r = trigger_text_fill(a, t->event_id, in, ret, &place);
	return r == 0 ? missing(place, why) : r;
}

int trigger_sample(struct arena *a, const struct trigger *t, struct str *ret)
{
	const struct trigger_mapped nobody = { .bsuid = STR("IT.1") };
	int r = write_body(a, t, NULL, &nobody, false, ret, NULL);

	return r < 0 ? r : 0;
}

int trigger_map(struct arena *a, const struct trigger *t, const struct trigger_input *in,
    struct str country, struct trigger_mapped *ret, struct err *why)
{
	struct trigger_mapped m = { .bsuid = STR_NONE };
	int r = is_meant(t, in->event, why);

	if (r > 0)
		r = identify(a, t, in, &m.event_id, why);
	if (r > 0)
		r = find_person(a, t, in->event, country, &m, why);
	if (r > 0 && t->tpl)
		r = write_body(a, t, in, &m, false, &m.template_body, why);
	if (r > 0 && t->text.p)
		r = write_body(a, t, in, &m, true, &m.text_body, why);
	if (r > 0)
		*ret = m;
	return r;
}
