/* The shape of the file: readers of the members whose shape is their own, then one table an object.
 * The plain kinds of values are pack_value.c's. */
#include "domain/pack.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "domain/pack_campaign.h"
#include "domain/pack_content.h"
#include "domain/pack_figures.h"
#include "domain/pack_incidents.h"
#include "domain/pack_lint.h"
#include "domain/pack_private.h"
#include "domain/pack_value.h"
#include "domain/pack_notices.h"
#include "domain/pack_words.h"

/* --- members with a shape of their own -------------------------------------------------------- */

static int read_rules(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct json_iter it;
	struct str key;
	const struct json *member;
	bool seen[RULES_COUNT] = { false };

	(void)f;
	(void)base;
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		enum rule_index i;
		size_t was = path_enter(r, key);
		if (!rule_index_by_id(key, &i))
			return err_field(r->err, E_INVALID, r->path,
			    "The policy pack names an unknown rule, %s.", r->path);
		if (level_parse(json_str(member), &r->pack->levels[i]) < 0)
			return bad(r, "off, warn, hold or refuse");
		seen[i] = true;
		path_leave(r, was);
	}
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		if (!seen[i])
			return err_field(r->err, E_INVALID, r->path,
			    "The policy pack gives no level for the rule %s.",
			    rule_index_id((enum rule_index)i));
	}
	return 0;
}

/* {"TIER_250": 250, …, "TIER_UNLIMITED": null} */
static int read_levels(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_portfolio *p = (struct pack_portfolio *)(void *)base;
	struct str *names = ARENA_ARRAY(r->a, struct str, PACK_LIST_MAX);
	struct json_iter it;
	struct str key;
	const struct json *member;

	(void)f;
	if (!names)
		return out_of_memory(r);
	if (json_type(v) != JSON_OBJECT || json_len(v) > PACK_LIST_MAX)
		return bad(r, "an object with at most 16 levels");
	p->level_names = (struct pack_words){ names, 0 };
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		size_t i = p->level_names.len++;
		names[i] = key;
		p->levels[i] = INT64_MAX;
		int rc = json_is_null(member) ? 0 : count_of(r, member, &p->levels[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const struct field frequency_fields[] = {
	{ "window_s", read_seconds, .at = offsetof(struct pack_frequency, window_ms) },
	{ "max", read_count, .at = offsetof(struct pack_frequency, max) },
};

static int read_frequency(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_limits *l = (struct pack_limits *)(void *)base;
	int rc = read_items(r, v, f, (char *)l->frequency_marketing, sizeof(struct pack_frequency),
	    &l->frequency_marketing_len);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < l->frequency_marketing_len; i++) {
		if (l->frequency_marketing[i].max == 0)
			return bad(r, "a list of windows with a max above 0");
	}
	return 0;
}

/* {"marketing": "form", …}: what is not named asks for nothing. */
static int read_evidence(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	enum evidence *evidence = ((struct pack_consent *)(void *)base)->evidence;
	struct json_iter it;
	struct str key;
	const struct json *member;

	(void)f;
	if (json_type(v) != JSON_OBJECT)
		return bad(r, "an object");
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		enum purpose p;
		size_t was = path_enter(r, key);
		if (purpose_parse(key, &p) < 0 || p == PURPOSE_ALL)
			return bad(r, "named for a purpose");
		if (evidence_parse(json_str(member), &evidence[p]) < 0)
			return bad(r, "a kind of evidence");
		path_leave(r, was);
	}
	return 0;
}

/* The order is that of the enum: the program's data speak it, so a file cannot change it. */
static int read_evidence_order(
    struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_words words;
	int rc = words_of(r, v, &words);

	(void)f;
	(void)base;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < words.len; i++) {
		if (!str_eq_c(words.items[i], evidence_name((enum evidence)i)))
			return bad(r,
			    "none, imported, form, inbound_message, double_opt_in, "
			    "signed, in this order");
	}
	return words.len == EVIDENCE_SIGNED + 1 ? 0 : bad(r, "the whole order");
}

static const struct field signal_fields[] = {
	{ "signal", read_str, .at = offsetof(struct pack_signal, signal) },
	{ "of", read_str, .at = offsetof(struct pack_signal, of) },
	{ "warn", read_ratio_or_null, .at = offsetof(struct pack_signal, warn_ppm) },
	{ "pause", read_ratio_or_null, .at = offsetof(struct pack_signal, pause_ppm) },
	{ "pause_s", read_seconds_or_null, .at = offsetof(struct pack_signal, pause_ms) },
};

static int read_signals(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_breaker *b = (struct pack_breaker *)(void *)base;

	return read_items(r, v, f, (char *)b->signals, sizeof(struct pack_signal), &b->signals_len);
}

/* --- restrictions, codes, upstreams, areas ---------------------------------------------------- */

static int read_covers(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	static const struct {
		const char *word;
		unsigned bit;
	} known[] = {
		{ "business_initiated", PACK_COVERS_BUSINESS_INITIATED },
		{ "replies", PACK_COVERS_REPLIES },
		{ "utility_templates", PACK_COVERS_UTILITY_TEMPLATES },
		{ "direct_send", PACK_COVERS_DIRECT_SEND },
		{ "all", PACK_COVERS_ALL },
	};
	struct pack_words words;
	unsigned bits = 0;
	int rc = words_of(r, v, &words);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < words.len; i++) {
		size_t k = 0;
		while (k < ARRAY_LEN(known) && !str_eq_c(words.items[i], known[k].word))
			k++;
		if (k == ARRAY_LEN(known))
			return bad(r,
			    "a list of business_initiated, replies, utility_templates, "
			    "direct_send and all");
		bits |= known[k].bit;
	}
	memcpy(base + f->at, &bits, sizeof(bits));
	return 0;
}

static const struct field restriction_fields[] = {
	{ "type", read_str, .at = offsetof(struct pack_restriction_type, type) },
	{ "covers", read_covers, .at = offsetof(struct pack_restriction_type, covers) },
};

/* A list of objects whose structs are allocated here: *ret_items and *ret_len. */
static int read_table(struct reader *r, const struct json *v, const struct field *fields, size_t n,
    size_t size, void **ret_items, size_t *ret_len)
{
	const struct field f = { .sub = fields, .sub_len = n, .max_len = 1000 };
	char *items = arena_array(r->a, size, json_len(v) + 1);

	if (!items)
		return out_of_memory(r);
	*ret_items = items;
	return read_items(r, v, &f, items, size, ret_len);
}

static int read_restrictions(
    struct reader *r, const struct json *v, const struct field *f, char *base)
{
	void *items = NULL;
	int rc = read_table(r, v, restriction_fields, ARRAY_LEN(restriction_fields),
	    sizeof(struct pack_restriction_type), &items, &r->pack->restrictions_len);

	(void)f;
	(void)base;
	if (rc == 0)
		r->pack->restrictions = items;
	return rc;
}

static int read_class(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct str word = json_str(v);
	enum pack_class class = PACK_CLASS_REJECTED;

	if (str_eq_c(word, "unknown"))
		class = PACK_CLASS_UNKNOWN;
	else if (!str_eq_c(word, "rejected"))
		return bad(r, "rejected or unknown");
	memcpy(base + f->at, &class, sizeof(class));
	return 0;
}

static int read_effect(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	for (unsigned i = 0; i < PACK_EFFECTS_COUNT; i++) {
		enum pack_effect effect = (enum pack_effect)i;
		if (str_eq_c(json_str(v), pack_effect_name(effect))) {
			memcpy(base + f->at, &effect, sizeof(effect));
			return 0;
		}
	}
	return bad(r, "an effect that this version knows");
}

static const struct field code_fields[] = {
	{ "code", read_count, .at = offsetof(struct pack_code, code) },
	{ "class", read_class, .at = offsetof(struct pack_code, class) },
	{ "effect", read_effect, .at = offsetof(struct pack_code, effect) },
};

static int read_codes(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	void *items = NULL;
	int rc = read_table(r, v, code_fields, ARRAY_LEN(code_fields), sizeof(struct pack_code),
	    &items, &r->pack->codes_len);

	(void)f;
	(void)base;
	if (rc < 0)
		return rc;
	ASSERT(items);
	r->pack->codes = items;
	for (size_t i = 1; i < r->pack->codes_len; i++) {
		if (r->pack->codes[i].code <= r->pack->codes[i - 1].code)
			return bad(r, "in the order of its codes, each once");
	}
	return 0;
}

static int read_path(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct str word = json_str(v);
	enum pack_path path = PACK_PATH_GRAPH;

	if (str_eq_c(word, "flat"))
		path = PACK_PATH_FLAT;
	else if (!str_eq_c(word, "graph"))
		return bad(r, "graph or flat");
	memcpy(base + f->at, &path, sizeof(path));
	return 0;
}

static const struct field upstream_fields[] = {
	{ "name", read_str, .at = offsetof(struct pack_upstream, name) },
	{ "host", read_str, .at = offsetof(struct pack_upstream, host) },
	{ "prefix", read_str, .at = offsetof(struct pack_upstream, prefix) },
	{ "path", read_path, .at = offsetof(struct pack_upstream, path) },
	{ "auth_header", read_str, .at = offsetof(struct pack_upstream, auth_header) },
	{ "auth_scheme", read_str, .at = offsetof(struct pack_upstream, auth_scheme) },
	{ "date", read_str, .at = offsetof(struct pack_upstream, date) },
};

static int read_upstreams(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	void *items = NULL;
	int rc = read_table(r, v, upstream_fields, ARRAY_LEN(upstream_fields),
	    sizeof(struct pack_upstream), &items, &r->pack->upstreams_len);

	(void)f;
	(void)base;
	if (rc == 0)
		r->pack->upstreams = items;
	return rc;
}

static int read_area_list(struct reader *r, const struct json *v)
{
	struct json_iter it;
	const struct json *item;

	if (json_type(v) != JSON_ARRAY)
		return bad(r, "a list of area codes");
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		int64_t area;
		if (!json_int(item, &area) || area < 200 || area >= PACK_AREAS)
			return bad(r, "a list of area codes from 200 to 999");
		r->pack->us_area[area] = true;
	}
	return 0;
}

static int read_areas(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct json_iter it;
	struct str key;
	const struct json *member;

	(void)f;
	(void)base;
	if (json_type(v) != JSON_OBJECT)
		return bad(r, "an object");
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		size_t was = path_enter(r, key);
		int rc = read_area_list(r, member);
		if (rc < 0)
			return rc;
		path_leave(r, was);
	}
	return 0;
}

/* --- tables ----------------------------------------------------------------------------------- */

#define IN(type, member) .at = offsetof(struct type, member)
#define LIST(type, member, len) \
	IN(type, member), .at_len = offsetof(struct type, len), \
	    .max_len = sizeof(((struct type *)NULL)->member) / \
	    sizeof(((struct type *)NULL)->member[0])
#define SUB(table) .sub = (table), .sub_len = ARRAY_LEN(table)

static const struct field pack_fields[] = {
	{ "name", read_str, IN(pack, name) },
	{ "version", read_str, IN(pack, version) },
	{ "date", read_str, IN(pack, date) },
};

static const struct field window_fields[] = {
	{ "length_s", read_seconds, IN(pack_window, length_ms) },
	{ "margin_s", read_seconds, IN(pack_window, margin_ms) },
	{ "future_s", read_seconds, IN(pack_window, future_ms) },
};

static const struct field clock_fields[] = {
	{ "warn_s", read_seconds, IN(pack_clock, warn_ms) },
	{ "alarm_s", read_seconds, IN(pack_clock, alarm_ms) },
	{ "suspect_s", read_seconds, IN(pack_clock, suspect_ms) },
};

static const struct field pair_fields[] = {
	{ "interval_s", read_seconds, IN(pack_pair, interval_ms) },
	{ "burst", read_count, IN(pack_pair, burst) },
};

static const struct field number_fields[] = {
	{ "throughput", read_count, IN(pack_number, throughput) },
	{ "throughput_coexistence", read_count, IN(pack_number, throughput_coexistence) },
	{ "throughput_max", read_count, IN(pack_number, throughput_max) },
	{ "sendable", read_words, IN(pack_number, sendable) },
	{ "quality_bad", read_words, IN(pack_number, quality_bad) },
};

static const struct field portfolio_fields[] = {
	{ "window_s", read_seconds, IN(pack_portfolio, window_ms) },
	{ "levels", read_levels, .at = 0 },
	{ "marketing_share", read_ratio, IN(pack_portfolio, marketing_share_ppm) },
	{ "alert_shares", read_ratios, LIST(pack_portfolio, alert_ppm, alert_len) },
	{ "first_limit", read_count, IN(pack_portfolio, first_limit) },
	{ "first_people", read_count, IN(pack_portfolio, first_people) },
	{ "first_days", read_count, IN(pack_portfolio, first_days) },
	{ "growth_share", read_ratio, IN(pack_portfolio, growth_ppm) },
	{ "growth_days", read_count, IN(pack_portfolio, growth_days) },
};

static const struct field cooldown_fields[] = {
	{ "marketing_131049_s", read_seconds, IN(pack_limits, cooldown_marketing_131049_ms) },
};

static const struct field frequencies_fields[] = {
	{ "marketing", read_frequency, .max_len = PACK_LIST_MAX, SUB(frequency_fields) },
};

static const struct field quiet_fields[] = {
	{ "from", read_clock, IN(pack_quiet_hours, from_s) },
	{ "to", read_clock, IN(pack_quiet_hours, to_s) },
	{ "sundays", read_bool, IN(pack_quiet_hours, sundays) },
};

static const struct field duplicate_fields[] = {
	{ "window_s", read_seconds, IN(pack_limits, duplicate_window_ms) },
};

static const struct field undeliverable_fields[] = {
	{ "failures", read_count, IN(pack_undeliverable, failures) },
	{ "window_s", read_seconds, IN(pack_undeliverable, window_ms) },
	{ "codes", read_counts, LIST(pack_undeliverable, codes, codes_len) },
};

static const struct field consent_fields[] = {
	{ "unused_warn_days", read_days, IN(pack_consent, unused_warn_ms) },
	{ "unused_refuse_days", read_days, IN(pack_consent, unused_refuse_ms) },
	{ "exempt", read_purposes, IN(pack_consent, exempt) },
	{ "evidence_order", read_evidence_order, .at = 0 },
	{ "evidence", read_evidence, .at = 0 },
};

static const struct field idempotency_fields[] = {
	{ "keep_s", read_seconds, IN(pack_limits, idempotency_keep_ms) },
};

static const struct field unknown_fields[] = {
	{ "to_unresolved_s", read_seconds, IN(pack_unknown, to_unresolved_ms) },
	{ "late_settle_s", read_seconds, IN(pack_unknown, late_settle_ms) },
};

static const struct field held_fields[] = {
	{ "retry_s", read_seconds, IN(pack_held, retry_ms) },
	{ "expire_s", read_seconds, IN(pack_held, expire_ms) },
};

static const struct field forward_fields[] = {
	{ "first_s", read_seconds, IN(pack_forward, first_ms) },
	{ "factor", read_count, IN(pack_forward, factor) },
	{ "max_gap_s", read_seconds, IN(pack_forward, max_gap_ms) },
	{ "jitter", read_ratio, IN(pack_forward, jitter_ppm) },
	{ "timeout_s", read_seconds, IN(pack_forward, timeout_ms) },
	{ "total_s", read_seconds, IN(pack_forward, total_ms) },
};

static const struct field keep_fields[] = {
	{ "webhooks_days", read_days, IN(pack_keep, webhooks_ms) },
	{ "media_days", read_days, IN(pack_keep, media_ms) },
	{ "marketing_sent_days", read_days, IN(pack_keep, marketing_sent_ms) },
	{ "person_marks_days", read_days, IN(pack_keep, person_marks_ms) },
	{ "alarms_days", read_days, IN(pack_keep, alarms_ms) },
	{ "contacts_made_days", read_days, IN(pack_keep, contacts_made_ms) },
	{ "requests_days", read_days, IN(pack_keep, requests_ms) },
	{ "quarantine_days", read_days, IN(pack_keep, quarantine_ms) },
	{ "signals_days", read_days, IN(pack_keep, signals_ms) },
	{ "decisions_days", read_days, IN(pack_keep, decisions_ms) },
	{ "audit_days", read_days, IN(pack_keep, audit_ms) },
	{ "restricted_days", read_days, IN(pack_keep, restricted_ms) },
	{ "uses_days", read_days, IN(pack_keep, uses_ms) },
	{ "trigger_events_days", read_days, IN(pack_keep, trigger_events_ms) },
};

static const struct field triggers_fields[] = {
	{ "useless_after", read_count, IN(pack_triggers, useless_after) },
	{ "unmet_after", read_count, IN(pack_triggers, unmet_after) },
};

static const struct field autoreply_fields[] = {
	{ "per_hour", read_count, IN(pack_autoreply, per_hour) },
	{ "per_day", read_count, IN(pack_autoreply, per_day) },
	{ "repeated_texts", read_count, IN(pack_autoreply, repeated_texts) },
	{ "repeated_window_s", read_seconds, IN(pack_autoreply, repeated_window_ms) },
	{ "silence_s", read_seconds, IN(pack_autoreply, silence_ms) },
	{ "welcome_after_s", read_seconds, IN(pack_autoreply, welcome_after_ms) },
	{ "out_of_hours_again_s", read_seconds, IN(pack_autoreply, out_of_hours_again_ms) },
	{ "keyword_again_s", read_seconds, IN(pack_autoreply, keyword_again_ms) },
	{ "late_s", read_seconds, IN(pack_autoreply, late_ms) },
};

static const struct field register_fields[] = {
	{ "remind_days", read_counts, LIST(pack_register, remind_days, remind_len) },
	{ "unseen_days", read_days, IN(pack_register, unseen_ms) },
};

static const struct field warmup_fields[] = {
	{ "holds", read_purposes, IN(pack_warmup, holds) },
	{ "caps", read_counts, LIST(pack_warmup, caps, caps_len) },
	{ "growth", read_growth, IN(pack_warmup, growth_ppm) },
	{ "max_days", read_count, IN(pack_warmup, max_days) },
	{ "hourly_share", read_ratio, IN(pack_warmup, hourly_share_ppm) },
	{ "hourly_min", read_count, IN(pack_warmup, hourly_min) },
	{ "per_minute_days", read_count, IN(pack_warmup, per_minute_days) },
	{ "per_minute", read_count, IN(pack_warmup, per_minute) },
	{ "engaged_only_days", read_count, IN(pack_warmup, engaged_only_days) },
	{ "engaged_share_days", read_count, IN(pack_warmup, engaged_share_days) },
	{ "engaged_share", read_ratio, IN(pack_warmup, engaged_share_ppm) },
	{ "engaged_inbound_days", read_days, IN(pack_warmup, engaged_inbound_ms) },
	{ "engaged_grant_days", read_days, IN(pack_warmup, engaged_grant_ms) },
	{ "earn_used_share", read_ratio, IN(pack_warmup, earn_used_share_ppm) },
	{ "earn_failures", read_ratio, IN(pack_warmup, earn_failures_ppm) },
	{ "earn_opt_outs", read_ratio, IN(pack_warmup, earn_opt_outs_ppm) },
	{ "held_before_step_back", read_count, IN(pack_warmup, held_before_step_back) },
	{ "red_frozen_days", read_days, IN(pack_warmup, red_frozen_ms) },
	{ "red_cap_share", read_ratio, IN(pack_warmup, red_cap_share_ppm) },
	{ "red_growth", read_growth, IN(pack_warmup, red_growth_ppm) },
	{ "restricted_frozen_days", read_days, IN(pack_warmup, restricted_frozen_ms) },
	{ "restricted_cap", read_count, IN(pack_warmup, restricted_cap) },
	{ "restricted_cap_max", read_count, IN(pack_warmup, restricted_cap_max) },
	{ "restricted_days", read_days, IN(pack_warmup, restricted_ms) },
	{ "silent_days", read_days, IN(pack_warmup, silent_ms) },
	{ "silent_cap_share", read_ratio, IN(pack_warmup, silent_cap_share_ppm) },
	{ "template_first", read_count, IN(pack_warmup, template_first) },
	{ "template_wait_s", read_seconds, IN(pack_warmup, template_wait_ms) },
	{ "template_share", read_ratio, IN(pack_warmup, template_share_ppm) },
	{ "template_part_wait_s", read_seconds, IN(pack_warmup, template_part_wait_ms) },
};

static const struct field polling_fields[] = {
	{ "first_s", read_seconds, IN(pack_polling, first_ms) },
	{ "sending_s", read_seconds, IN(pack_polling, sending_ms) },
	{ "idle_s", read_seconds, IN(pack_polling, idle_ms) },
	{ "sending_within_s", read_seconds, IN(pack_polling, sending_within_ms) },
	{ "templates_s", read_seconds, IN(pack_polling, templates_ms) },
	{ "failed_min_s", read_seconds, IN(pack_polling, failed_min_ms) },
	{ "failed_max_s", read_seconds, IN(pack_polling, failed_max_ms) },
	{ "quota_slow", read_ratio, IN(pack_polling, quota_slow_ppm) },
	{ "quota_stop", read_ratio, IN(pack_polling, quota_stop_ppm) },
	{ "quota_rest_s", read_seconds, IN(pack_polling, quota_rest_ms) },
	{ "calls_per_hour", read_count, IN(pack_polling, calls_per_hour) },
	{ "pages_share", read_ratio, IN(pack_polling, pages_share_ppm) },
	{ "warning_days", read_days, IN(pack_polling, warning_ms) },
};

static const struct field spike_fields[] = {
	{ "warn_ratio", read_ratio, IN(pack_spike, warn_ppm) },
	{ "hold_ratio", read_ratio, IN(pack_spike, hold_ppm) },
	{ "min_messages", read_count, IN(pack_spike, min_messages) },
	{ "history_days", read_count, IN(pack_spike, history_days) },
};

static const struct field read_rate_fields[] = {
	{ "after_s", read_seconds, IN(pack_read_rate, after_ms) },
	{ "warn_below", read_ratio, IN(pack_read_rate, warn_below_ppm) },
	{ "warn_drop", read_ratio, IN(pack_read_rate, warn_drop_ppm) },
	{ "pause_below", read_ratio, IN(pack_read_rate, pause_below_ppm) },
	{ "pause_drop", read_ratio, IN(pack_read_rate, pause_drop_ppm) },
	{ "pause_min_delivered", read_count, IN(pack_read_rate, pause_min_delivered) },
};

static const struct field resume_fields[] = {
	{ "steps", read_ratios, LIST(pack_breaker, resume_ppm, resume_len) },
	{ "step_s", read_seconds, IN(pack_breaker, resume_step_ms) },
};

static const struct field breaker_fields[] = {
	{ "window_s", read_seconds, IN(pack_breaker, window_ms) },
	{ "min_delivered", read_count, IN(pack_breaker, min_delivered) },
	{ "confidence", read_confidence, IN(pack_breaker, confidence_ppm) },
	{ "signals", read_signals, .max_len = PACK_LIST_MAX, SUB(signal_fields) },
	{ "spam_131048_pause_s", read_seconds, IN(pack_breaker, spam_131048_pause_ms) },
	{ "number_131057_wait_s", read_seconds, IN(pack_breaker, number_131057_wait_ms) },
	{ "utility_131064_wait_s", read_seconds, IN(pack_breaker, utility_131064_wait_ms) },
	{ "slow_130429_s", read_seconds, IN(pack_breaker, slow_130429_ms) },
	{ "read_rate", read_object, IN(pack_breaker, read_rate), SUB(read_rate_fields) },
	{ "only_sent_after_s", read_seconds, IN(pack_breaker, only_sent_after_ms) },
	{ "unanswered_after_s", read_seconds, IN(pack_breaker, unanswered_after_ms) },
	{ "webhook_silence_warn_s", read_seconds, IN(pack_breaker, webhook_silence_warn_ms) },
	{ "webhook_silence_pause_s", read_seconds, IN(pack_breaker, webhook_silence_pause_ms) },
	{ "auto_opt_outs_per_code_per_hour", read_count,
	    IN(pack_breaker, auto_opt_outs_per_code_per_hour) },
	{ "resume", read_object, SUB(resume_fields) },
};

static const struct field opt_out_fields[] = {
	{ "max_words", read_count, IN(pack, out_max_words) },
	{ "words", read_opt_out, .at = 0 },
	{ "polite", read_polite, IN(pack, polite) },
	{ "doubts", read_doubts, .at = 0 },
	{ "meta_stop", read_purposes, IN(pack, meta_stop) },
	{ "confirm_again_s", read_seconds, IN(pack, confirm_again_ms) },
};

static const struct field opt_in_fields[] = {
	{ "max_words", read_count, IN(pack, in_max_words) },
	{ "evidence", read_evidence_word, IN(pack, opt_in_evidence) },
	{ "words", read_opt_in, .at = 0 },
};

static const struct field replies_fields[] = {
	{ "request_valid_s", read_seconds, IN(pack, request_valid_ms) },
	{ "languages", read_languages, .max_len = PACK_LIST_MAX },
};

static const struct field restrictions_fields[] = {
	{ "unknown", read_covers, IN(pack, unknown_restriction) },
	{ "types", read_restrictions, .at = 0 },
};

#define TTL_FIELDS(name, purpose) \
	static const struct field name[] = { \
		{ "min", read_count, IN(pack_template, ttl_min_s[purpose]) }, \
		{ "max", read_count, IN(pack_template, ttl_max_s[purpose]) }, \
	}
TTL_FIELDS(ttl_authentication_fields, PURPOSE_AUTHENTICATION);
TTL_FIELDS(ttl_utility_fields, PURPOSE_UTILITY);
TTL_FIELDS(ttl_marketing_fields, PURPOSE_MARKETING);

static const struct field ttl_fields[] = {
	{ "authentication", read_object, SUB(ttl_authentication_fields) },
	{ "utility", read_object, SUB(ttl_utility_fields) },
	{ "marketing", read_object, SUB(ttl_marketing_fields) },
};

static const struct field template_fields[] = {
	{ "sendable", read_words, IN(pack, template_sendable) },
	{ "not_sendable", read_words, IN(pack, template_not_sendable) },
	{ "paused", read_words, IN(pack, template_paused) },
	{ "name_max", read_count, IN(pack, tpl.name_max) },
	{ "header_text_max", read_count, IN(pack, tpl.header_text_max) },
	{ "body_max", read_count, IN(pack, tpl.body_max) },
	{ "footer_max", read_count, IN(pack, tpl.footer_max) },
	{ "buttons_max", read_count, IN(pack, tpl.buttons_max) },
	{ "quick_reply_max", read_count, IN(pack, tpl.quick_reply_max) },
	{ "url_buttons_max", read_count, IN(pack, tpl.url_buttons_max) },
	{ "phone_buttons_max", read_count, IN(pack, tpl.phone_buttons_max) },
	{ "copy_code_buttons_max", read_count, IN(pack, tpl.copy_code_buttons_max) },
	{ "button_text_max", read_count, IN(pack, tpl.button_text_max) },
	{ "url_max", read_count, IN(pack, tpl.url_max) },
	{ "phone_max", read_count, IN(pack, tpl.phone_max) },
	{ "copy_code_max", read_count, IN(pack, tpl.copy_code_max) },
	{ "auth_code_max", read_count, IN(pack, tpl.auth_code_max) },
	{ "auth_expiry_min_minutes", read_count, IN(pack, tpl.auth_expiry_min_minutes) },
	{ "auth_expiry_max_minutes", read_count, IN(pack, tpl.auth_expiry_max_minutes) },
	{ "header_variables_max", read_count, IN(pack, tpl.header_variables_max) },
	{ "parameter_blanks_max", read_count, IN(pack, tpl.parameter_blanks_max) },
	{ "card_body_max", read_count, IN(pack, tpl.card_body_max) },
	{ "cards_min", read_count, IN(pack, tpl.cards_min) },
	{ "cards_max", read_count, IN(pack, tpl.cards_max) },
	{ "words_per_variable", read_count, IN(pack, tpl.words_per_variable) },
	{ "unverified_max", read_count, IN(pack, tpl.unverified_max) },
	{ "verified_max", read_count, IN(pack, tpl.verified_max) },
	{ "first_pause_s", read_seconds, IN(pack, tpl.first_pause_ms) },
	{ "second_pause_s", read_seconds, IN(pack, tpl.second_pause_ms) },
	{ "ttl_s", read_object, IN(pack, tpl), SUB(ttl_fields) },
};

static const struct field message_fields[] = {
	{ "types", read_words, IN(pack_message, types) },
	{ "biz_opaque_callback_data_max", read_count,
	    IN(pack_message, biz_opaque_callback_data_max) },
	{ "text_body_max", read_count, IN(pack_message, text_body_max) },
	{ "caption_max", read_count, IN(pack_message, caption_max) },
	{ "contacts_max", read_count, IN(pack_message, contacts_max) },
	{ "interactive_body_max", read_count, IN(pack_message, interactive_body_max) },
	{ "interactive_header_max", read_count, IN(pack_message, interactive_header_max) },
	{ "interactive_footer_max", read_count, IN(pack_message, interactive_footer_max) },
	{ "buttons_min", read_count, IN(pack_message, buttons_min) },
	{ "buttons_max", read_count, IN(pack_message, buttons_max) },
	{ "button_id_max", read_count, IN(pack_message, button_id_max) },
	{ "button_title_max", read_count, IN(pack_message, button_title_max) },
	{ "list_body_max", read_count, IN(pack_message, list_body_max) },
	{ "list_button_max", read_count, IN(pack_message, list_button_max) },
	{ "list_sections_min", read_count, IN(pack_message, list_sections_min) },
	{ "list_sections_max", read_count, IN(pack_message, list_sections_max) },
	{ "list_rows_max", read_count, IN(pack_message, list_rows_max) },
	{ "list_section_title_max", read_count, IN(pack_message, list_section_title_max) },
	{ "list_row_id_max", read_count, IN(pack_message, list_row_id_max) },
	{ "list_row_title_max", read_count, IN(pack_message, list_row_title_max) },
	{ "list_row_description_max", read_count, IN(pack_message, list_row_description_max) },
	{ "cta_display_text_max", read_count, IN(pack_message, cta_display_text_max) },
	{ "flow_cta_max", read_count, IN(pack_message, flow_cta_max) },
	{ "products_max", read_count, IN(pack_message, products_max) },
	{ "product_sections_max", read_count, IN(pack_message, product_sections_max) },
	{ "cards_min", read_count, IN(pack_message, cards_min) },
	{ "cards_max", read_count, IN(pack_message, cards_max) },
	{ "card_body_max", read_count, IN(pack_message, card_body_max) },
	{ "card_line_breaks_max", read_count, IN(pack_message, card_line_breaks_max) },
	{ "card_button_max", read_count, IN(pack_message, card_button_max) },
	{ "address_countries", read_words, IN(pack_message, address_countries) },
};

static const struct field direct_send_fields[] = {
	{ "categories", read_purposes, IN(pack_direct_send, categories) },
	{ "types", read_words, IN(pack_direct_send, types) },
	{ "interactive_types", read_words, IN(pack_direct_send, interactive_types) },
	{ "header_types", read_words, IN(pack_direct_send, header_types) },
	{ "body_max", read_count, IN(pack_direct_send, body_max) },
	{ "header_max", read_count, IN(pack_direct_send, header_max) },
	{ "footer_max", read_count, IN(pack_direct_send, footer_max) },
	{ "button_max", read_count, IN(pack_direct_send, button_max) },
	{ "buttons_max", read_count, IN(pack_direct_send, buttons_max) },
	{ "ctas_max", read_count, IN(pack_direct_send, ctas_max) },
	{ "ttl_min_s", read_count, IN(pack_direct_send, ttl_min_s) },
	{ "ttl_max_s", read_count, IN(pack_direct_send, ttl_max_s) },
};

static const struct field unlisted_fields[] = {
	{ "4xx", read_class, IN(pack_answer_classes, on_4xx) },
	{ "5xx", read_class, IN(pack_answer_classes, on_5xx) },
};

static const struct field codes_fields[] = {
	{ "unlisted", read_object, IN(pack, unlisted), SUB(unlisted_fields) },
	{ "table", read_codes, .at = 0 },
};

#define SECTION(name, member, table) { name, read_object, IN(pack, member), SUB(table) }
#define SECTION_WHOLE(name, table) { name, read_object, SUB(table) }

static const struct field file_fields[] = {
	SECTION_WHOLE("pack", pack_fields),
	{ "rules", read_rules, .at = 0 },
	SECTION("window", limits.window, window_fields),
	SECTION("clock", limits.clock, clock_fields),
	SECTION("pair", limits.pair, pair_fields),
	SECTION("number", limits.number, number_fields),
	SECTION("portfolio", limits.portfolio, portfolio_fields),
	SECTION("cooldown", limits, cooldown_fields),
	SECTION("frequency", limits, frequencies_fields),
	SECTION("quiet_hours", limits.quiet_hours, quiet_fields),
	SECTION("duplicate", limits, duplicate_fields),
	SECTION("undeliverable", limits.undeliverable, undeliverable_fields),
	SECTION("consent", limits.consent, consent_fields),
	SECTION("idempotency", limits, idempotency_fields),
	SECTION("unknown", limits.unknown, unknown_fields),
	SECTION("held", limits.held, held_fields),
	SECTION("forward", limits.forward, forward_fields),
	SECTION("keep", limits.keep, keep_fields),
	SECTION("register", limits.registers, register_fields),
	SECTION("warmup", warmup, warmup_fields),
	SECTION("polling", polling, polling_fields),
	SECTION("spike", limits.spike, spike_fields),
	SECTION("autoreply", limits.autoreply, autoreply_fields),
	SECTION("triggers", limits.triggers, triggers_fields),
	SECTION("breaker", breaker, breaker_fields),
	{ "incidents", read_incidents, .at = 0 },
	{ "campaign", read_campaign, .at = 0 },
	SECTION_WHOLE("opt_out", opt_out_fields),
	SECTION_WHOLE("opt_in", opt_in_fields),
	SECTION_WHOLE("replies", replies_fields),
	SECTION_WHOLE("restrictions", restrictions_fields),
	SECTION_WHOLE("template", template_fields),
	{ "lint", read_lint, .at = 0 },
	SECTION("message", message, message_fields),
	SECTION("direct_send", direct_send, direct_send_fields),
	SECTION_WHOLE("codes", codes_fields),
	{ "upstreams", read_upstreams, .at = 0 },
	{ "us_area_codes", read_areas, .at = 0 },
	{ "notices", read_notices, .at = 0 },
	{ "complaints", read_complaints, .at = 0 },
	{ "content", read_content, .at = 0 },
	{ "figures", read_figures, .at = 0 },
};

/* --- the whole file --------------------------------------------------------------------------- */

/* What a rule still looks at must not be dropped. */
static int check_keep(struct reader *r)
{
	const struct pack_limits *l = &r->pack->limits;

	for (size_t i = 0; i < l->frequency_marketing_len; i++) {
		if (l->keep.marketing_sent_ms < l->frequency_marketing[i].window_ms)
			return err_field(r->err, E_RANGE, "keep.marketing_sent_days",
			    "In the policy pack, keep.marketing_sent_days must not be below a window "
			    "of frequency.marketing.");
	}
	if (l->keep.person_marks_ms < l->undeliverable.window_ms)
		return err_field(r->err, E_RANGE, "keep.person_marks_days",
		    "In the policy pack, keep.person_marks_days must not be below "
		    "undeliverable.window_s.");
	return 0;
}

/* Reminders come in this order, each once. */
static int check_register(struct reader *r)
{
	const struct pack_register *p = &r->pack->limits.registers;

	for (size_t i = 1; i < p->remind_len; i++) {
		if (p->remind_days[i] >= p->remind_days[i - 1])
			return err_field(r->err, E_RANGE, "register.remind_days",
			    "In the policy pack, register.remind_days must fall from one to the next.");
	}
	return 0;
}

/* What the rules divide by or rely on. */
int pack_check(struct pack *pack, struct err *err)
{
	const struct pack_limits *l = &pack->limits;
	struct reader r = { .a = pack->arena, .pack = pack, .err = err };

	if (l->pair.interval_ms == 0 || l->pair.burst == 0)
		return err_field(err, E_RANGE, "pair",
		    "In the policy pack, pair.interval_s and pair.burst must be above 0.");
	if (l->window.margin_ms >= l->window.length_ms)
		return err_field(err, E_RANGE, "window.margin_s",
		    "In the policy pack, window.margin_s must be less than window.length_s.");
	if (l->clock.warn_ms > l->clock.alarm_ms || l->clock.alarm_ms > l->clock.suspect_ms)
		return err_field(err, E_RANGE, "clock",
		    "In the policy pack, clock.warn_s, clock.alarm_s and clock.suspect_s must rise.");
	if (l->number.throughput == 0)
		return err_field(err, E_RANGE, "number.throughput",
		    "In the policy pack, number.throughput must be above 0.");
	if (l->consent.unused_warn_ms > l->consent.unused_refuse_ms)
		return err_field(err, E_RANGE, "consent.unused_warn_days",
		    "In the policy pack, consent.unused_warn_days must not be above "
		    "consent.unused_refuse_days.");
	int rc = check_keep(&r);
	return rc < 0 ? rc : check_register(&r);
}

static int pack_fill(struct pack *pack, struct str text, struct err *err)
{
	struct reader r = { .a = pack->arena, .pack = pack, .err = err };
	const struct json *doc;
	int rc = json_read_commented(pack->arena, text, &doc, err);

	if (rc < 0)
		return rc;
	crypto_sha256(text, &pack->digest);
	rc = read_fields(&r, doc, file_fields, ARRAY_LEN(file_fields), (char *)pack);
	if (rc == 0)
		rc = pack_check(pack, err);
	return rc < 0 ? rc : pack_sort_said(&r);
}

int pack_read(struct str text, struct pack **ret, struct err *err)
{
	struct arena *arena = arena_new(0, 0);
	struct pack *pack = arena ? ARENA_NEW(arena, struct pack) : NULL;

	if (!pack) {
		arena_free(&arena);
		return err_set(err, E_NOMEM, "Memory ran out.");
	}
	pack->arena = arena;
	pack->words = map_new();
	int rc = pack->words ? pack_fill(pack, text, err)
			     : err_set(err, E_NOMEM, "Memory ran out.");
	if (rc < 0)
		pack_free(&pack);
	else
		*ret = pack;
	return rc;
}

int pack_builtin(struct pack **ret, struct err *err)
{
	extern const char pack_default_json[];
	extern const size_t pack_default_json_len;

	return pack_read(str_n(pack_default_json, pack_default_json_len), ret, err);
}
