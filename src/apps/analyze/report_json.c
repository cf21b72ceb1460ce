#include "apps/analyze/report.h"

#include "apps/analyze/event.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"

#define TOP 50 /* names of each kind beside a finding */

static void write_known(const struct analysis *a, struct json_writer *w)
{
	jw_key(w, "knows");
	jw_object(w);
	jw_member_bool(w, "consents", a->knows_consents);
	jw_member_bool(w, "inbound", a->knows_inbound);
	jw_member_bool(w, "templates", a->knows_templates);
	for (size_t i = 0; i < ROLES; i++)
		jw_member_bool(w, traffic_role_name((enum traffic_role)i), a->has[i]);
	jw_object_end(w);
}

static void write_unread(const struct analysis *a, enum lang lang, struct json_writer *w)
{
	jw_key(w, "unread");
	jw_object(w);
	jw_member_int(w, "rows", a->unread_rows);
	jw_key(w, "examples");
	jw_array(w);
	for (size_t i = 0; i < a->unread_len; i++) {
		jw_object(w);
		jw_member_c(w, "file", a->unread[i].file);
		jw_member_int(w, "row", (int64_t)a->unread[i].row);
		jw_member_c(w, "column", a->unread[i].column);
		jw_member_c(w, "reason", lang_text(lang, a->unread[i].why));
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void write_head(
    const struct analysis *a, const char *file, enum lang lang, struct json_writer *w)
{
	jw_member_c(w, "tool", "varco analyze");
	jw_member_c(w, "version", VARCO_VERSION);
	jw_member_str(w, "policy", pack_version(a->pack));
	jw_member_c(w, "file", file);
	jw_member_bool(w, "sums", a->is_sums);
	jw_member_int(w, "rows", a->rows);
	jw_member_time(w, "from", a->first_at);
	jw_member_time(w, "to", a->last_at);
	jw_member_int(w, "sends", a->sends);
	jw_member_int(w, "repeated", a->repeated);
	jw_member_int(w, "people", a->people);
	jw_member_int(w, "inbound", a->inbound);
	jw_member_int(w, "consents", a->consents);
	jw_member_int(w, "category_assumed", a->assumed_marketing);
	write_known(a, w);
	write_unread(a, lang, w);
	jw_key(w, "gaps");
	jw_array(w);
	for (size_t i = 0; analysis_gap(a, i); i++)
		jw_c(w, lang_text(lang, analysis_gap(a, i)));
	jw_array_end(w);
}

/* --- findings --------------------------------------------------------------------------------- */

static void write_by(const struct analysis *a, const struct found *f, struct json_writer *w)
{
	uint32_t top[TOP];

	jw_key(w, "by");
	jw_object(w);
	for (size_t i = 0; i < BYS; i++) {
		size_t n = analysis_top(&f->by[i], top, TOP);
		jw_key(w, analyze_by_name((enum analyze_by)i));
		jw_array(w);
		for (size_t k = 0; k < n; k++) {
			jw_object(w);
			jw_member_str(w, "name", analysis_name(a, (enum analyze_by)i, top[k]));
			jw_member_int(w, "sends", f->by[i].items[top[k]].sends);
			jw_member_int(w, "people", f->by[i].items[top[k]].people);
			jw_object_end(w);
		}
		jw_array_end(w);
	}
	jw_object_end(w);
}

static void write_examples(const struct analysis *a, const struct found *f, struct json_writer *w)
{
	jw_key(w, "examples");
	jw_array(w);
	for (size_t i = 0; i < f->examples_len; i++) {
		const struct analyze_example *x = &f->examples[i];
		jw_object(w);
		jw_member_int(w, "row", (int64_t)x->row);
		jw_member_time(w, "at", x->at);
		jw_member_c(w, "person", x->phone[0] ? x->phone : NULL);
		jw_member_str(w, "template", pool_name(a->templates, x->template));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_finding(
    const struct analysis *a, enum rule_index i, enum lang lang, struct json_writer *w)
{
	const struct found *f = &a->found[i];
	const struct rule *rule = &rules[i];

	jw_object(w);
	jw_member_c(w, "rule", rule->id);
	jw_member_int(w, "number", rule->number);
	jw_member_c(w, "title", lang_text(lang, rule->title));
	jw_member_c(w, "remedy", lang_text(lang, rule->remedy));
	jw_member_c(w, "who", who_name(rule->who));
	jw_member_int(w, "sends", f->all.sends);
	jw_member_int(w, "people", f->all.people);
	jw_member_time(w, "first_at", f->first_at);
	jw_member_time(w, "last_at", f->last_at);
	jw_key(w, "levels");
	jw_object(w);
	for (enum level l = LEVEL_WARN; l <= LEVEL_REFUSE; l++)
		jw_member_int(w, level_name(l), f->levels[l]);
	jw_object_end(w);
	write_by(a, f, w);
	write_examples(a, f, w);
	jw_object_end(w);
}

static void write_counts(const struct day_stat *d, struct json_writer *w)
{
	jw_member_int(w, "left", d->left);
	jw_member_int(w, "waited", d->waited);
	jw_member_int(w, "refused", d->refused);
}

/* What would have become of the messages. */
static void write_verdicts(const struct analysis *a, struct json_writer *w)
{
	jw_key(w, "with_varco");
	jw_object(w);
	write_counts(&a->all_days, w);
	jw_key(w, "days");
	jw_array(w);
	for (size_t i = 0; i < a->days.len; i++) {
		jw_object(w);
		jw_member_time(w, "day", a->days.items[i].day);
		write_counts(&a->days.items[i], w);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void write_findings(const struct analysis *a, enum lang lang, struct json_writer *w)
{
	enum rule_index order[RULES_COUNT];
	size_t n = analysis_order(a, order);

	jw_key(w, "findings");
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		write_finding(a, order[i], lang, w);
	jw_array_end(w);
}

/* --- people without opt-in -------------------------------------------------------------------- */

static void write_person(
    const struct analysis *a, const struct missing_person *m, struct json_writer *w)
{
	bool by_bsuid = m->person & PERSON_NAMED;
	char phone[PHONE_TEXT_MAX];

	phone_format((struct phone){ by_bsuid ? 0 : m->person }, phone);
	jw_object(w);
	jw_member_c(w, "phone", by_bsuid ? NULL : phone);
	jw_member_str(w, "bsuid", by_bsuid ? pool_name(a->bsuids, (uint32_t)m->person) : STR_NONE);
	jw_member_int(w, "sends", m->sends);
	jw_member_time(w, "last_at", m->last_at);
	jw_member_str(w, "app", pool_name(a->apps, m->app));
	jw_member_str(w, "list", pool_name(a->lists, m->list));
	jw_member_str(w, "template", pool_name(a->templates, m->template));
	jw_object_end(w);
}

/* Null when it cannot be told. */
static void write_missing(const struct analysis *a, bool people, struct json_writer *w)
{
	const struct found *f = &a->found[RULE_CONSENT_MISSING];

	jw_key(w, "without_opt_in");
	if (!a->knows_consents) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_int(w, "people", f->all.people);
	jw_member_int(w, "sends", f->all.sends);
	write_by(a, f, w);
	jw_key(w, "list");
	jw_array(w);
	for (size_t i = 0; people && i < a->missing_len; i++)
		write_person(a, &a->missing[i], w);
	jw_array_end(w);
	jw_object_end(w);
}

/* --- templates -------------------------------------------------------------------------------- */

static void write_codes(const struct template_stat *t, struct json_writer *w)
{
	jw_key(w, "errors");
	jw_array(w);
	for (size_t i = 0; i < t->codes_len; i++) {
		jw_object(w);
		jw_member_int(w, "code", t->codes[i].code);
		jw_member_int(w, "times", t->codes[i].times);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_buttons(const struct analysis *a, uint32_t template, struct json_writer *w)
{
	jw_key(w, "buttons");
	jw_array(w);
	for (size_t i = 0; i < a->buttons_tapped.len; i++) {
		const struct pair_stat *b = &a->buttons_tapped.items[i];
		if (b->template != template)
			continue;
		jw_object(w);
		jw_member_str(w, "button", pool_name(a->buttons, b->what));
		jw_member_int(w, "taps", b->times);
		jw_member_int(w, "opt_outs", b->opt_outs);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_template(const struct analysis *a, uint32_t i, struct json_writer *w)
{
	const struct template_stat *t = &a->template_stats[i];

	jw_object(w);
	jw_member_str(w, "template", pool_name(a->templates, i));
	jw_member_c(w, "category", purpose_name(t->purpose));
	jw_member_int(w, "sends", t->sends);
	jw_member_int(w, "people", t->people);
	jw_member_int(w, "with_status", t->told);
	jw_member_int(w, "delivered", t->delivered);
	jw_member_int(w, "read", t->read);
	jw_member_int(w, "failed", t->failed);
	jw_member_int(w, "replies", t->replies);
	jw_member_int(w, "opt_outs", t->opt_outs);
	jw_member_int(w, "taps", t->taps);
	write_codes(t, w);
	write_buttons(a, i, w);
	jw_object_end(w);
}

static void write_templates(const struct analysis *a, struct json_writer *w)
{
	jw_key(w, "templates");
	jw_array(w);
	for (size_t i = 0; i < a->template_stats_len; i++) {
		if (a->template_stats[i].sends)
			write_template(a, (uint32_t)i, w);
	}
	jw_array_end(w);
}

/* --- numbers and segments --------------------------------------------------------------------- */

static void write_or_null(struct json_writer *w, const char *key, int64_t n)
{
	jw_key(w, key);
	if (n < 0)
		jw_null(w);
	else
		jw_int(w, n);
}

static void write_day(const struct analysis *a, const struct volume_day *d, struct json_writer *w)
{
	jw_object(w);
	jw_member_time(w, "day", d->day);
	jw_member_int(w, "messages", d->messages);
	jw_member_int(w, "people_24h", d->people);
	write_or_null(w, "highest_before", d->former);
	write_or_null(w, "warmup_cap", d->cap);
	jw_member_bool(w, "spike", volume_day_is_spike(d, &pack_limits(a->pack)->spike));
	jw_member_bool(w, "over_cap", d->cap >= 0 && d->people > d->cap);
	jw_object_end(w);
}

static void write_peak(struct json_writer *w, const char *key, int64_t messages, time_ms at)
{
	jw_key(w, key);
	if (!messages) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_int(w, "messages", messages);
	jw_member_time(w, "at", at);
	jw_object_end(w);
}

/* What the numbers' days broke, with what to do. */
static void write_rules(
    const struct analysis *a, const struct volume_number *n, enum lang lang, struct json_writer *w)
{
	struct volume_rule found[VOLUME_RULES];
	size_t len = volume_rules(n, a->pack, found);

	jw_key(w, "rules");
	jw_array(w);
	for (size_t i = 0; i < len; i++) {
		const struct rule *rule = &rules[found[i].rule];
		jw_object(w);
		jw_member_c(w, "rule", rule->id);
		jw_member_int(w, "number", rule->number);
		jw_member_c(w, "title", lang_text(lang, rule->title));
		jw_member_c(w, "remedy", lang_text(lang, rule->remedy));
		jw_member_c(w, "who", who_name(rule->who));
		jw_member_c(w, "level", level_name(found[i].level));
		jw_member_int(w, "days", found[i].days);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_number(
    const struct analysis *a, const struct volume_number *n, enum lang lang, struct json_writer *w)
{
	jw_object(w);
	jw_member_str(w, "number", pool_name(a->numbers, n->number));
	jw_member_int(w, "messages", n->messages);
	jw_member_time(w, "first_hour", n->first);
	jw_member_time(w, "last_hour", n->last);
	jw_member_bool(w, "young", n->young);
	jw_member_int(w, "people_24h", n->people);
	write_peak(w, "peak_hour", n->peak_hour, n->peak_hour_at);
	write_peak(w, "peak_minute", n->peak_minute, n->peak_minute_at);
	jw_member_int(w, "days_over_cap", n->over_cap);
	jw_member_int(w, "spikes", n->spikes);
	write_rules(a, n, lang, w);
	jw_key(w, "days");
	jw_array(w);
	for (size_t i = 0; i < n->days_len; i++)
		write_day(a, &n->days[i], w);
	jw_array_end(w);
	jw_object_end(w);
}

static void write_volume(const struct analysis *a, enum lang lang, struct json_writer *w)
{
	jw_key(w, "portfolio");
	jw_object(w);
	jw_member_int(w, "people_24h", a->report.people);
	jw_member_time(w, "at", a->report.people ? a->report.people_at : TIME_NONE);
	jw_object_end(w);
	jw_key(w, "numbers");
	jw_array(w);
	for (size_t i = 0; i < a->report.numbers_len; i++)
		write_number(a, &a->report.numbers[i], lang, w);
	jw_array_end(w);
}

/* Null when nothing tells what people wrote. */
static void write_segments(const struct analysis *a, struct json_writer *w)
{
	jw_key(w, "segments");
	if (!a->knows_inbound) {
		jw_null(w);
		return;
	}
	jw_array(w);
	for (size_t i = 0; i < SEGMENTS; i++) {
		jw_object(w);
		jw_member_c(w, "last_engaged_days", segment_name((enum segment)i));
		jw_member_int(w, "people", a->segments[i].people);
		jw_member_int(w, "marketing", a->segments[i].marketing);
		jw_member_int(w, "read", a->segments[i].read);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void analysis_json(
    const struct analysis *a, const char *file, enum lang lang, bool people, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	write_head(a, file, lang, &w);
	write_verdicts(a, &w);
	write_findings(a, lang, &w);
	write_missing(a, people, &w);
	write_templates(a, &w);
	write_volume(a, lang, &w);
	write_segments(a, &w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}
