/* Telling a decision. A sentence is a pattern with {names}; fill() walks it and asks for each name, so
 * that evidence, times and spans of time are all told by the same few lines, in any language. */
#include "domain/decision.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/rules.h"

#define RETRY_UNKNOWN_S 60 /* Retry-After when no end is known (design 4) */

static const char *const verdict_names[] = {
	[VERDICT_ALLOW] = "allow",
	[VERDICT_HOLD] = "hold",
	[VERDICT_REFUSE] = "refuse",
};

static const char *const mode_names[] = {
	[MODE_OBSERVE] = "observe",
	[MODE_ENFORCE] = "enforce",
};

/* --- settling --------------------------------------------------------------------------------- */

static time_ms latest_hold(const struct decision *d)
{
	time_ms latest = TIME_NONE;

	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *f = &d->findings[i];
		if (f->level != LEVEL_HOLD)
			continue;
		if (f->until == TIME_NONE)
			return TIME_NONE;
		if (f->until > latest)
			latest = f->until;
	}
	return latest;
}

static bool binds(const struct finding *f)
{
	return f->rule->binds || finding_is_of_restore(f);
}

void decision_settle(struct decision *d)
{
	d->leading = NULL;
	d->binding = false;
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *f = &d->findings[i];
		if (f->level < LEVEL_HOLD)
			continue;
		d->binding = d->binding || binds(f);
		if (!d->leading || d->leading->level < f->level)
			d->leading = f;
	}
	d->verdict = VERDICT_ALLOW;
	if (d->leading)
		d->verdict = d->leading->level == LEVEL_REFUSE ? VERDICT_REFUSE : VERDICT_HOLD;
	d->hold_until = d->verdict == VERDICT_HOLD ? latest_hold(d) : TIME_NONE;
}

void decision_lead_by_binding(struct decision *d)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *f = &d->findings[i];
		if (f->level >= LEVEL_HOLD && binds(f) && (!first || first->level < f->level))
			first = f;
	}
	if (first)
		d->leading = first;
}

void decision_copy(struct decision *to, const struct decision *from)
{
	*to = *from;
	if (from->leading)
		to->leading = &to->findings[from->leading - from->findings];
}

const char *verdict_name(enum verdict v)
{
	ASSERT((unsigned)v < ARRAY_LEN(verdict_names));
	return verdict_names[v];
}

const char *mode_name(enum mode m)
{
	ASSERT((unsigned)m < ARRAY_LEN(mode_names));
	return mode_names[m];
}

/* --- sentences -------------------------------------------------------------------------------- */

struct filling {
	struct buf *out;
	enum lang lang;
	void (*value)(const struct filling *f, struct str name);
	const struct json *evidence; /* for evidence_value() */
	struct str time;             /* for time_value(): "2026-11-22T10:00:00Z" */
	int64_t count;               /* for count_value() */
};

static void fill(const struct filling *f, const char *pattern)
{
	struct str rest = str_c(lang_text(f->lang, pattern));

	while (rest.p) {
		buf_add(f->out, str_cut(&rest, '{'));
		if (rest.p)
			f->value(f, str_cut(&rest, '}'));
	}
}

static void count_value(const struct filling *f, struct str name)
{
	(void)name;
	buf_addf(f->out, "%lld", (long long)f->count);
}

/* "30 days", "3 h 12 min", "45 s": the two largest units are enough. */
static void tell_span(const struct filling *f, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
		{ 86400, N_("1 day"), N_("{n} days") },
		{ 3600, N_("{n} h"), N_("{n} h") },
		{ 60, N_("{n} min"), N_("{n} min") },
		{ 1, N_("{n} s"), N_("{n} s") },
	};
	int told = 0;

	for (size_t i = 0; i < ARRAY_LEN(units) && told < 2; i++) {
		int64_t n = seconds / units[i].seconds;
		bool last = i + 1 == ARRAY_LEN(units) && told == 0;
		if (n == 0 && !last)
			continue;
		struct filling count = { f->out, f->lang, count_value, .count = n };
		buf_add_c(f->out, told++ ? " " : "");
		fill(&count, n == 1 ? units[i].one : units[i].many);
		seconds %= units[i].seconds;
	}
}

static void time_value(const struct filling *f, struct str name)
{
	static const struct {
		const char *name;
		size_t from, len;
	} parts[] = {
		{ "year", 0, 4 },
		{ "month", 5, 2 },
		{ "day", 8, 2 },
		{ "hour", 11, 2 },
		{ "minute", 14, 2 },
		{ "second", 17, 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (str_eq_c(name, parts[i].name))
			buf_add(f->out, str_sub(f->time, parts[i].from, parts[i].len));
	}
}

static void tell_time(const struct filling *f, time_ms t)
{
	char text[TIME_TEXT_MAX];

	time_format(t, text);
	struct filling parts = { f->out, f->lang, time_value, .time = str_c(text) };
	if (t / MS_PER_S % 60 == 0)
		fill(&parts, N_("{year}-{month}-{day} {hour}:{minute} UTC"));
	else
		fill(&parts, N_("{year}-{month}-{day} {hour}:{minute}:{second} UTC"));
}

/* The sentence of whoever found the problem: a msgid too, where its author marked it. */
static void tell_problem(const struct filling *f, struct str text)
{
	char msgid[sizeof(((struct err *)NULL)->text)];

	if (str_to_c(text, msgid, sizeof(msgid)) == 0)
		buf_add_c(f->out, lang_text(f->lang, msgid));
}

/* Times and dates are told in the way of the language; every other text as it is. */
static void tell_text(const struct filling *f, struct str text)
{
	struct filling date = { f->out, f->lang, time_value, .time = text };
	time_ms t;

	if (time_parse(text, &t) == 0)
		tell_time(f, t);
	else if (time_parse_date(text, &t) == 0)
		fill(&date, N_("{year}-{month}-{day}"));
	else
		buf_add(f->out, text);
}

static void evidence_value(const struct filling *f, struct str name)
{
	char key[64];
	const struct json *v = str_to_c(name, key, sizeof(key)) == 0 ? json_get(f->evidence, key)
								     : NULL;
	int64_t n;

	if (str_eq_c(name, "problem"))
		tell_problem(f, json_str(v));
	else if (json_type(v) == JSON_STRING)
		tell_text(f, json_str(v));
	else if (json_int(v, &n) && str_ends(name, STR("_s")))
		tell_span(f, n);
	else if (v && !json_is_null(v))
		json_print(f->out, v);
	else
		buf_add_c(f->out, "?");
}

static void tell_because(struct arena *a, const struct finding *f, enum lang lang, struct buf *out)
{
	struct filling filling = { out, lang, evidence_value, .evidence = NULL };

	if (json_read(a, f->evidence, &filling.evidence, NULL) == -E_NOMEM)
		out->failed = true;
	fill(&filling, f->because);
}

struct str finding_because(struct arena *a, const struct finding *f, enum lang lang)
{
	struct buf out;

	buf_init(&out, 0);
	tell_because(a, f, lang, &out);
	struct str text = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return text;
}

const char *finding_remedy(const struct finding *f)
{
	for (const struct rule_case *x = f->rule->cases; x && x->because; x++) {
		if (strcmp(x->because, f->because) == 0)
			return x->remedy;
	}
	return f->rule->remedy;
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static void write_finding(
    struct arena *a, const struct finding *f, enum lang lang, struct json_writer *w)
{
	struct str because = finding_because(a, f, lang);

	if (!because.p)
		w->out->failed = true;
	jw_object(w);
	jw_member_c(w, "id", f->rule->id);
	jw_member_c(w, "level", level_name(f->level));
	jw_member_str(w, "because", because);
	jw_key(w, "evidence");
	jw_raw(w, f->evidence);
	jw_member_c(w, "remedy", lang_text(lang, finding_remedy(f)));
	jw_member_c(w, "who", who_name(f->rule->who));
	jw_object_end(w);
}

void decision_write_rules(struct arena *a, const struct decision *d, enum lang lang,
    enum level from, struct json_writer *w)
{
	jw_array(w);
	for (size_t i = 0; i < d->findings_len; i++) {
		if (d->findings[i].level >= from)
			write_finding(a, &d->findings[i], lang, w);
	}
	jw_array_end(w);
}

static const char *ladder_verdict(
    const struct decision *d, const struct pack *pack, enum rule_index rule)
{
	for (size_t i = 0; i < d->findings_len; i++) {
		if (d->findings[i].rule == &rules[rule])
			return level_name(d->findings[i].level);
	}
	if (d->findings_len == 1 && d->findings[0].rule == &rules[RULE_APP_UNKNOWN])
		return "skipped";
	return pack && pack_level(pack, rule) == LEVEL_OFF ? "off" : "passed";
}

void decision_write_ladder(
    const struct decision *d, const struct pack *pack, enum lang lang, struct json_writer *w)
{
	jw_array(w);
	for (size_t i = 0; i < rules_len; i++) {
		jw_object(w);
		jw_member_c(w, "id", rules[i].id);
		jw_member_int(w, "number", rules[i].number);
		jw_member_c(w, "about", lang_text(lang, rules[i].title));
		jw_member_c(w, "verdict", ladder_verdict(d, pack, (enum rule_index)i));
		jw_object_end(w);
	}
	jw_array_end(w);
}

void decision_write_ids(const struct decision *d, bool warnings, struct json_writer *w)
{
	jw_array(w);
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *f = &d->findings[i];
		if ((f->level == LEVEL_WARN) == warnings)
			jw_c(w, f->rule->id);
	}
	jw_array_end(w);
}

void decision_write_case(struct arena *a, const struct decision *d, struct str name, enum lang lang,
    struct json_writer *w)
{
	bool told = d->purpose != PURPOSE_NONE;

	jw_object(w);
	jw_member_str(w, "name", name);
	jw_member_c(w, "verdict", verdict_name(d->verdict));
	jw_member_c(w, "purpose", told ? purpose_name(d->purpose) : NULL);
	jw_key(w, "rules");
	decision_write_ids(d, false, w);
	jw_key(w, "warnings");
	decision_write_ids(d, true, w);
	jw_member_time(w, "hold_until", d->hold_until);
	jw_key(w, "details");
	decision_write_rules(a, d, lang, LEVEL_WARN, w);
	jw_object_end(w);
}

/* --- for the store ---------------------------------------------------------------------------- */

void decision_write_stored(const struct decision *d, struct json_writer *w)
{
	jw_array(w);
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *f = &d->findings[i];
		jw_object(w);
		jw_member_c(w, "id", f->rule->id);
		jw_member_c(w, "level", level_name(f->level));
		jw_member_bool(w, "unsure", f->unsure);
		jw_member_time(w, "until", f->until);
		jw_member_c(w, "because", f->because);
		jw_key(w, "evidence");
		jw_raw(w, f->evidence);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static int bad_member(struct err *err, const char *name)
{
	return err_field(err, E_INVALID, name, "A stored decision has no valid %s.", name);
}

static int read_until(const struct json *v, time_ms *ret)
{
	*ret = TIME_NONE;
	return json_is_null(v) ? 0 : time_parse(json_str(v), ret);
}

/* The object as text again, in the arena. */
static int read_evidence(struct arena *a, const struct json *v, struct str *ret)
{
	struct buf text;

	buf_init(&text, 0);
	json_print(&text, v);
	*ret = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	return ret->p ? 0 : -E_NOMEM;
}

static int read_finding(struct arena *a, const struct json *v, struct finding *ret, struct err *err)
{
	const struct json *evidence = json_get(v, "evidence");
	struct str because = json_str(json_get(v, "because"));

	ret->rule = rule_by_id(json_str(json_get(v, "id")));
	if (!ret->rule)
		return bad_member(err, "id");
	if (level_parse(json_str(json_get(v, "level")), &ret->level) < 0 || ret->level == LEVEL_OFF)
		return bad_member(err, "level");
	if (!json_bool(json_get(v, "unsure"), &ret->unsure))
		return bad_member(err, "unsure");
	if (read_until(json_get(v, "until"), &ret->until) < 0)
		return bad_member(err, "until");
	if (!because.p)
		return bad_member(err, "because");
	if (json_type(evidence) != JSON_OBJECT)
		return bad_member(err, "evidence");
	ret->because = arena_c(a, because);
	if (!ret->because || read_evidence(a, evidence, &ret->evidence) < 0)
		return err_set(err, E_NOMEM, "Memory ran out.");
	return 0;
}

int decision_read_stored(struct arena *a, struct str text, struct decision *ret, struct err *err)
{
	struct decision d = { .purpose = PURPOSE_NONE };
	const struct json *list, *item;
	struct json_iter it;
	int rc = json_read(a, text, &list, err);

	if (rc < 0)
		return rc;
	if (json_type(list) != JSON_ARRAY || json_len(list) > RULES_MAX)
		return err_set(err, E_INVALID, "A stored decision is a list of findings.");
	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &item)) {
		rc = read_finding(a, item, &d.findings[d.findings_len], err);
		if (rc < 0)
			return rc;
		d.findings_len++;
	}
	decision_settle(&d);
	decision_copy(ret, &d);
	return 0;
}

/* --- as an answer ----------------------------------------------------------------------------- */

int decision_status(const struct decision *d)
{
	ASSERT(d->leading);
	return d->leading->level == LEVEL_HOLD ? 429 : d->leading->rule->status;
}

int decision_graph_code(const struct decision *d)
{
	ASSERT(d->leading);
	return rule_code(d->leading->rule);
}

int64_t decision_retry_after_s(const struct decision *d, time_ms now)
{
	ASSERT(d->leading);
	time_ms until = d->verdict == VERDICT_HOLD ? d->hold_until : d->leading->until;
	if (until == TIME_NONE)
		return RETRY_UNKNOWN_S;
	int64_t seconds = (until - now + MS_PER_S - 1) / MS_PER_S;
	return seconds > 0 ? seconds : 1;
}
