/* Facts from JSON, by tables: one row a member, one table an object. Everything may be missing, and
 * null is the same as missing; what no table names is an error, so that a slip of the pen in a policy
 * case cannot pass as "nothing known". */
#include "domain/facts.h"
#include "domain/pack.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/release.h"

#define SHARE_MAX 1.0
#define MONEY_MAX 1e15

struct reader {
	struct arena *a;
	char path[sizeof(((struct err *)NULL)->field)];
	struct err *err;
};

struct fact {
	const char *name;
	int (*read)(struct reader *r, const struct json *v, const struct fact *f, char *base);
	size_t at;       /* of the value in the struct that `base` points to */
	size_t at_len;   /* of its count, for lists */
	size_t at_given; /* of the bool that says it was given, for read_bool_given */
};

#define IN(type, member) .at = offsetof(struct type, member)
#define LIST(type, member) IN(type, member), .at_len = offsetof(struct type, member##_len)

static int bad(struct reader *r, const char *wanted)
{
	return err_field(r->err, E_INVALID, r->path, "%s must be %s.", r->path, wanted);
}

static int out_of_memory(struct reader *r)
{
	return err_set(r->err, E_NOMEM, "Memory ran out.");
}

static size_t path_add(struct reader *r, const char *sep, struct str name)
{
	size_t was = strlen(r->path);

	snprintf(r->path + was, sizeof(r->path) - was, "%s%.*s", sep, STR_ARG(name));
	return was;
}

static size_t path_add_item(struct reader *r, size_t i)
{
	size_t was = strlen(r->path);

	snprintf(r->path + was, sizeof(r->path) - was, "[%zu]", i);
	return was;
}

/* --- objects and lists ------------------------------------------------------------------------ */

static int read_member(struct reader *r, const struct fact *table, size_t n, struct str key,
    const struct json *v, char *base)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_eq_c(key, table[i].name))
			continue;
		return json_is_null(v) ? 0 : table[i].read(r, v, &table[i], base);
	}
	return err_field(r->err, E_INVALID, r->path, "%s is not a fact that Varco knows.", r->path);
}

static int read_object(
    struct reader *r, const struct json *v, const struct fact *table, size_t n, char *base)
{
	struct json_iter it;
	struct str key;
	const struct json *member;

	if (json_type(v) != JSON_OBJECT)
		return bad(r, "an object");
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		size_t was = path_add(r, ".", key);
		int rc = read_member(r, table, n, key, member, base);
		if (rc < 0)
			return rc;
		r->path[was] = '\0';
	}
	return 0;
}

/* A list into an array of `size` bytes an item, each made by item_of(); the array and its length go
 * where `f` says. */
static int read_list(struct reader *r, const struct json *v, const struct fact *f, char *base,
    size_t size, int (*item_of)(struct reader *r, const struct json *v, char *item))
{
	if (json_type(v) != JSON_ARRAY)
		return bad(r, "a list");
	char *items = arena_array(r->a, size, json_len(v) + 1);
	if (!items)
		return out_of_memory(r);
	size_t len = 0;
	struct json_iter it;
	const struct json *item;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		size_t was = path_add_item(r, len);
		int rc = item_of(r, item, items + len * size);
		if (rc < 0)
			return rc;
		r->path[was] = '\0';
		len++;
	}
	memcpy(base + f->at, &items, sizeof(items));
	memcpy(base + f->at_len, &len, sizeof(len));
	return 0;
}

/* --- values ----------------------------------------------------------------------------------- */

static int read_ignored(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	(void)f;
	(void)base;
	return json_type(v) == JSON_STRING ? 0 : bad(r, "a text");
}

static int read_str(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct str s = json_str(v);

	if (!s.p)
		return bad(r, "a text");
	memcpy(base + f->at, &s, sizeof(s));
	return 0;
}

static int read_bool(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	bool b;

	if (!json_bool(v, &b))
		return bad(r, "true or false");
	memcpy(base + f->at, &b, sizeof(b));
	return 0;
}

static int read_bool_given(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	bool given = true;

	memcpy(base + f->at_given, &given, sizeof(given));
	return read_bool(r, v, f, base);
}

static int read_count(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	int64_t n;

	if (!json_int(v, &n) || n < 0 || n > FACTS_COUNT_MAX)
		return bad(r, "a whole number that is not negative and not too large");
	memcpy(base + f->at, &n, sizeof(n));
	return 0;
}

static int read_real(struct reader *r, const struct json *v, const struct fact *f, char *base,
    double min, double max)
{
	double d;

	if (!json_real(v, &d) || !(d >= min && d <= max))
		return bad(r, max > SHARE_MAX ? "an amount of money" : "a share from 0 to 1");
	memcpy(base + f->at, &d, sizeof(d));
	return 0;
}

static int read_share(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_real(r, v, f, base, 0, SHARE_MAX);
}

static int time_of(struct reader *r, const struct json *v, char *item)
{
	time_ms t;

	if (time_parse(json_str(v), &t) < 0)
		return bad(r, "an RFC 3339 time such as \"2026-11-22T10:00:00Z\"");
	memcpy(item, &t, sizeof(t));
	return 0;
}

static int read_time(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return time_of(r, v, base + f->at);
}

static int read_date(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	time_ms t;

	if (time_parse_date(json_str(v), &t) < 0)
		return bad(r, "a date such as \"2027-06-30\"");
	memcpy(base + f->at, &t, sizeof(t));
	return 0;
}

static int read_times(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_list(r, v, f, base, sizeof(time_ms), time_of);
}

static int str_of(struct reader *r, const struct json *v, char *item)
{
	struct str s = json_str(v);

	if (!s.p)
		return bad(r, "a text");
	memcpy(item, &s, sizeof(s));
	return 0;
}

static int read_strs(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_list(r, v, f, base, sizeof(struct str), str_of);
}

static int read_purpose(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	enum purpose p;

	if (purpose_parse(json_str(v), &p) < 0)
		return bad(r, "marketing, utility, authentication, service or all");
	memcpy(base + f->at, &p, sizeof(p));
	return 0;
}

/* A template's category: a word that we do not know cannot be told (502), which is no error here. */
static int read_category(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct str word = json_str(v);
	enum purpose p;

	if (!word.p)
		return bad(r, "a text");
	if (purpose_parse(word, &p) < 0 || p == PURPOSE_ALL || p == PURPOSE_SERVICE)
		p = PURPOSE_NONE;
	memcpy(base + f->at, &p, sizeof(p));
	return 0;
}

/* Facts may speak of a person whose number is no number: there is none, then. */
static int read_phone(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct phone phone;
	struct str text = json_str(v);

	if (!text.p)
		return bad(r, "a text");
	if (phone_parse(text, STR_NONE, &phone, NULL, NULL) == 0)
		memcpy(base + f->at, &phone, sizeof(phone));
	return 0;
}

/* --- the app ---------------------------------------------------------------------------------- */

static int read_app_status(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct str word = json_str(v);
	enum app_status status = app_status_of(word);

	if (!word.p)
		return bad(r, "a text");
	memcpy(base + f->at, &status, sizeof(status));
	return 0;
}

static int read_app_numbers(
    struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	((struct facts_app *)(void *)base)->any_number = false;
	return read_strs(r, v, f, base);
}

static int read_app_categories(
    struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct facts_app *app = (struct facts_app *)(void *)base;
	struct json_iter it;
	const struct json *item;
	size_t i = 0;

	if (json_type(v) != JSON_ARRAY)
		return bad(r, "a list of purposes");
	app->any_purpose = false;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		size_t was = path_add_item(r, i++);
		enum purpose p = PURPOSE_NONE;
		int rc = read_purpose(r, item, &(struct fact){ .at = 0 }, (char *)&p);
		if (rc < 0)
			return rc;
		app->purposes |= PURPOSE_BIT(p);
		app->any_purpose = app->any_purpose || p == PURPOSE_ALL;
		r->path[was] = '\0';
	}
	(void)f;
	return 0;
}

static int read_cost_left(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	((struct facts_app *)(void *)base)->has_budget = true;
	return read_real(r, v, f, base, -MONEY_MAX, MONEY_MAX);
}

static const struct fact app_facts[] = {
	{ "id", read_str, IN(facts_app, id) },
	{ "name", read_ignored, .at = 0 },
	{ "status", read_app_status, IN(facts_app, status) },
	{ "numbers", read_app_numbers, LIST(facts_app, numbers) },
	{ "categories", read_app_categories, .at = 0 },
	{ "review_by", read_date, IN(facts_app, review_by) },
	{ "same_digest_1h", read_count, IN(facts_app, same_digest_1h) },
	{ "cost_left", read_cost_left, IN(facts_app, cost_left) },
};

static int read_app(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct facts_app *app = (struct facts_app *)(void *)(base + f->at);

	app->given = true;
	return read_object(r, v, app_facts, ARRAY_LEN(app_facts), (char *)app);
}

/* --- portfolio and account -------------------------------------------------------------------- */

static int read_limit(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	((struct facts_portfolio *)(void *)base)->limited = true;
	return read_count(r, v, f, base);
}

static const struct fact portfolio_facts[] = {
	{ "id", read_ignored, .at = 0 },
	{ "limit", read_limit, IN(facts_portfolio, limit) },
	{ "unique_24h", read_count, IN(facts_portfolio, unique_24h) },
};

static int read_portfolio(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_object(r, v, portfolio_facts, ARRAY_LEN(portfolio_facts), base + f->at);
}

static const struct fact restriction_facts[] = {
	{ "type", read_str, IN(facts_restriction, type) },
	{ "until", read_time, IN(facts_restriction, until) },
};

static int restriction_of(struct reader *r, const struct json *v, char *item)
{
	((struct facts_restriction *)(void *)item)->until = TIME_NONE;
	return read_object(r, v, restriction_facts, ARRAY_LEN(restriction_facts), item);
}

static int read_restrictions(
    struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_list(r, v, f, base, sizeof(struct facts_restriction), restriction_of);
}

/* A rate behind a pause, in millionths here: what is less than one of them is one, for nought is a
 * pause. */
static int read_rate(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	double share;

	(void)f;
	if (!json_real(v, &share) || !(share > 0 && share <= 1))
		return bad(r, "a share above 0 and up to 1");
	int64_t ppm = (int64_t)(share * (double)PPM + 0.5);
	((struct facts_pause *)(void *)base)->share_ppm = ppm ? ppm : 1;
	return 0;
}

static const struct fact pause_facts[] = {
	{ "purpose", read_purpose, IN(facts_pause, purpose) },
	{ "until", read_time, IN(facts_pause, until) },
	{ "by", read_str, IN(facts_pause, by) },
	{ "share", read_rate, .at = 0 },
	{ "a_day", read_count, IN(facts_pause, a_day) },
	{ "reason", read_ignored, .at = 0 },
};

static int pause_of(struct reader *r, const struct json *v, char *item)
{
	struct facts_pause *pause = (struct facts_pause *)(void *)item;

	*pause = (struct facts_pause){ .purpose = PURPOSE_ALL, .until = TIME_NONE };
	return read_object(r, v, pause_facts, ARRAY_LEN(pause_facts), item);
}

static int read_pauses(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_list(r, v, f, base, sizeof(struct facts_pause), pause_of);
}

static int read_waba_state(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct str word = json_str(v);
	enum waba_state state = waba_state_of(word);

	if (!word.p)
		return bad(r, "a text");
	memcpy(base + f->at, &state, sizeof(state));
	return 0;
}

static const struct fact waba_facts[] = {
	{ "id", read_str, IN(facts_waba, id) },
	{ "name", read_str, IN(facts_waba, name) },
	{ "country", read_str, IN(facts_waba, country) },
	{ "state", read_waba_state, IN(facts_waba, state) },
	{ "restrictions", read_restrictions, LIST(facts_waba, restrictions) },
	{ "blocked_countries", read_strs, LIST(facts_waba, blocked_countries) },
	{ "payment_ok", read_bool, IN(facts_waba, payment_ok) },
	{ "paused", read_pauses, LIST(facts_waba, paused) },
};

static int read_waba(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_object(r, v, waba_facts, ARRAY_LEN(waba_facts), base + f->at);
}

/* --- the number ------------------------------------------------------------------------------- */

static const struct fact warmup_facts[] = {
	{ "cap", read_count, IN(facts_warmup, cap) },
	{ "used", read_count, IN(facts_warmup, used) },
	{ "used_last_hour", read_count, IN(facts_warmup, used_last_hour) },
	{ "used_last_minute", read_count, IN(facts_warmup, used_last_minute) },
	{ "day", read_count, IN(facts_warmup, day) },
	{ "engaged_share", read_share, IN(facts_warmup, engaged_share) },
	{ "frozen_until", read_time, IN(facts_warmup, frozen_until) },
};

static int read_warmup(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct facts_warmup *w = (struct facts_warmup *)(void *)(base + f->at);

	w->active = true;
	return read_object(r, v, warmup_facts, ARRAY_LEN(warmup_facts), (char *)w);
}

static int read_display(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	int rc = read_str(r, v, f, base);

	if (rc < 0)
		return rc;
	return read_phone(r, v, &(struct fact){ IN(facts_number, phone) }, base);
}

static const struct fact number_facts[] = {
	{ "id", read_str, IN(facts_number, id) },
	{ "display", read_display, IN(facts_number, display) },
	{ "verified_name", read_str, IN(facts_number, verified_name) },
	{ "status", read_str, IN(facts_number, status) },
	{ "quality", read_str, IN(facts_number, quality) },
	{ "throughput", read_count, IN(facts_number, throughput) },
	{ "sent_last_second", read_count, IN(facts_number, sent_last_second) },
	{ "sent_24h", read_count, IN(facts_number, sent_24h) },
	{ "max_24h_last_7d", read_count, IN(facts_number, max_24h_last_7d) },
	{ "warmup", read_warmup, IN(facts_number, warmup) },
};

static int read_number(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct facts_number *n = (struct facts_number *)(void *)(base + f->at);

	n->given = true;
	return read_object(r, v, number_facts, ARRAY_LEN(number_facts), (char *)n);
}

/* --- the template ----------------------------------------------------------------------------- */

static int read_components(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	if (json_type(v) != JSON_ARRAY)
		return bad(r, "a list");
	memcpy(base + f->at, &v, sizeof(v));
	return 0;
}

static int read_paused_until(
    struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	((struct facts_template *)(void *)base)->paused_until_given = true;
	return read_time(r, v, f, base);
}

static int read_step(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	enum release_step step;

	if (release_step_parse(json_str(v), &step) < 0)
		return bad(r, "first, part or rest");
	memcpy(base + f->at, &step, sizeof(step));
	return 0;
}

static const struct fact release_facts[] = {
	{ "step", read_step, IN(facts_release, step) },
	{ "taken", read_count, IN(facts_release, taken) },
	{ "audience", read_count, IN(facts_release, audience) },
	{ "filled_at", read_time, IN(facts_release, filled_at) },
};

static int read_release(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct facts_release *x = (struct facts_release *)(void *)(base + f->at);

	*x = (struct facts_release){
		.given = true, .step = RELEASE_FIRST, .audience = -1, .filled_at = TIME_NONE
	};
	return read_object(r, v, release_facts, ARRAY_LEN(release_facts), (char *)x);
}

static const struct fact template_facts[] = {
	{ "id", read_ignored, .at = 0 },
	{ "name", read_str, IN(facts_template, name) },
	{ "language", read_str, IN(facts_template, language) },
	{ "category", read_category, IN(facts_template, category) },
	{ "correct_category", read_category, IN(facts_template, correct_category) },
	{ "category_change_at", read_time, IN(facts_template, category_change_at) },
	{ "status", read_str, IN(facts_template, status) },
	{ "quality", read_str, IN(facts_template, quality) },
	{ "paused_until", read_paused_until, IN(facts_template, paused_until) },
	{ "components", read_components, IN(facts_template, components) },
	{ "release", read_release, IN(facts_template, release) },
};

static int read_template(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	struct facts_template *t = (struct facts_template *)(void *)(base + f->at);

	t->known = true;
	return read_object(r, v, template_facts, ARRAY_LEN(template_facts), (char *)t);
}

/* --- the person ------------------------------------------------------------------------------- */

static int read_act(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	enum consent_act act;

	if (consent_act_parse(json_str(v), &act) < 0)
		return bad(r, "grant or withdraw");
	memcpy(base + f->at, &act, sizeof(act));
	return 0;
}

static int read_evidence(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	enum evidence e;

	if (evidence_parse(json_str(v), &e) < 0)
		return bad(r, "none, imported, form, inbound_message, double_opt_in or signed");
	memcpy(base + f->at, &e, sizeof(e));
	return 0;
}

static const struct fact consent_facts[] = {
	{ "purpose", read_purpose, IN(facts_consent, purpose) },
	{ "act", read_act, IN(facts_consent, act) },
	{ "at", read_time, IN(facts_consent, at) },
	{ "evidence", read_evidence, IN(facts_consent, evidence) },
	{ "source", read_ignored, .at = 0 },
	{ "text", read_ignored, .at = 0 },
};

/* An act without its purpose, kind or time is no act. */
static int consent_of(struct reader *r, const struct json *v, char *item)
{
	struct facts_consent *c = (struct facts_consent *)(void *)item;

	*c = (struct facts_consent){ .at = TIME_NONE };
	int rc = read_object(r, v, consent_facts, ARRAY_LEN(consent_facts), item);
	if (rc < 0)
		return rc;
	if (c->purpose == PURPOSE_NONE || c->act == 0 || c->at == TIME_NONE)
		return bad(r, "an act with purpose, act and at");
	return 0;
}

static int read_consents(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_list(r, v, f, base, sizeof(struct facts_consent), consent_of);
}

static int read_digest_hex(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	if (hex_decode(json_str(v), base + f->at, SHA256_LEN) < 0)
		return bad(r, "a SHA-256 digest in 64 hexadecimal digits");
	return 0;
}

static const struct fact digest_facts[] = {
	{ "digest", read_digest_hex, IN(facts_digest, digest) },
	{ "at", read_time, IN(facts_digest, at) },
	{ "app", read_str, IN(facts_digest, app) },
	{ "number", read_str, IN(facts_digest, number) },
};

static int digest_of(struct reader *r, const struct json *v, char *item)
{
	struct facts_digest *d = (struct facts_digest *)(void *)item;

	d->at = TIME_NONE;
	int rc = read_object(r, v, digest_facts, ARRAY_LEN(digest_facts), item);
	if (rc == 0 && d->at == TIME_NONE)
		return bad(r, "a digest with its time, at");
	return rc;
}

static int read_digests(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_list(r, v, f, base, sizeof(struct facts_digest), digest_of);
}

static int time_compare(const void *a, const void *b)
{
	time_ms x = *(const time_ms *)a, y = *(const time_ms *)b;

	return (x > y) - (x < y);
}

/* In any order in the file, by rising time in the facts. */
static int read_pair_sent(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	int rc = read_times(r, v, f, base);

	if (rc < 0)
		return rc;
	time_ms *times;
	size_t len;
	memcpy(&times, base + f->at, sizeof(times));
	memcpy(&len, base + f->at_len, sizeof(len));
	qsort(times, len, sizeof(*times), time_compare);
	return 0;
}

#define DELIVERED(name, purpose) { name, read_time, .at = sizeof(time_ms) * (purpose) }
static const struct fact delivered_facts[] = {
	DELIVERED("marketing", PURPOSE_MARKETING),
	DELIVERED("utility", PURPOSE_UTILITY),
	DELIVERED("authentication", PURPOSE_AUTHENTICATION),
	DELIVERED("service", PURPOSE_SERVICE),
};

static int read_delivered(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_object(r, v, delivered_facts, ARRAY_LEN(delivered_facts), base + f->at);
}

static const struct fact person_facts[] = {
	{ "id", read_ignored, .at = 0 },
	{ "phone", read_phone, IN(facts_person, phone) },
	{ "bsuid", read_str, IN(facts_person, bsuid) },
	{ "timezone", read_str, IN(facts_person, timezone) },
	{ "last_inbound_at", read_time, IN(facts_person, last_inbound_at) },
	{ "last_call_at", read_time, IN(facts_person, last_call_at) },
	{ "consents", read_consents, LIST(facts_person, consents) },
	{ "meta_stop", read_bool, IN(facts_person, meta_stop) },
	{ "stop_doubt", read_bool, IN(facts_person, stop_doubt) },
	{ "suppressed", read_bool, IN(facts_person, suppressed) },
	{ "hard_failures", read_count, IN(facts_person, hard_failures) },
	{ "marketing_sent", read_times, LIST(facts_person, marketing_sent) },
	{ "cooldown_until", read_time, IN(facts_person, cooldown_until) },
	{ "pair_sent", read_pair_sent, LIST(facts_person, pair_sent) },
	{ "pair_clear_at", read_time, IN(facts_person, pair_clear_at) },
	{ "pair_spent", read_bool, IN(facts_person, pair_spent) },
	{ "pair_told", read_bool, IN(facts_person, pair_told) },
	{ "recent_digests", read_digests, LIST(facts_person, recent_digests) },
	{ "counted_24h", read_bool, IN(facts_person, counted_24h) },
	{ "engaged", read_bool_given, IN(facts_person, engaged),
	    .at_given = offsetof(struct facts_person, engaged_given) },
	{ "last_delivered", read_delivered, IN(facts_person, last_delivered) },
};

static int read_person(struct reader *r, const struct json *v, const struct fact *f, char *base)
{
	return read_object(r, v, person_facts, ARRAY_LEN(person_facts), base + f->at);
}

/* --- all of it -------------------------------------------------------------------------------- */

static const struct fact facts[] = {
	{ "app", read_app, IN(facts, app) },
	{ "portfolio", read_portfolio, IN(facts, portfolio) },
	{ "waba", read_waba, IN(facts, waba) },
	{ "number", read_number, IN(facts, number) },
	{ "template", read_template, IN(facts, tpl) },
	{ "person", read_person, IN(facts, person) },
};

int facts_change(struct arena *a, const struct json *obj, struct facts *f, struct err *err)
{
	struct reader r = { .a = a, .path = "facts", .err = err };
	struct facts changed = *f;

	if (obj && !json_is_null(obj)) {
		int rc = read_object(&r, obj, facts, ARRAY_LEN(facts), (char *)&changed);
		if (rc < 0)
			return rc;
	}
	*f = changed;
	return 0;
}

int facts_read(struct arena *a, const struct json *obj, struct facts *ret, struct err *err)
{
	struct facts f;

	facts_init(&f);
	int rc = facts_change(a, obj, &f, err);
	if (rc == 0)
		*ret = f;
	return rc;
}
