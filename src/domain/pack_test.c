/* The built-in pack says what the reference says, and a pack with anything wrong is refused by name. */
#include "domain/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"

extern const char pack_default_json[];
extern const size_t pack_default_json_len;

static struct pack *builtin(void)
{
	struct err err = { .code = 0 };
	struct pack *pack = NULL;

	if (pack_builtin(&pack, &err) < 0)
		fail_msg("%s", err.text);
	return pack;
}

static void test_levels(void **state)
{
	static const struct {
		enum rule_index rule;
		enum level level;
	} cases[] = {
		{ RULE_APP_UNKNOWN, LEVEL_REFUSE },
		{ RULE_APP_REVIEW_OVERDUE, LEVEL_WARN },
		{ RULE_ACCOUNT_PAUSED, LEVEL_HOLD },
		{ RULE_TEMPLATE_CATEGORY, LEVEL_REFUSE },
		{ RULE_CONTENT_PROHIBITED, LEVEL_REFUSE },
		{ RULE_LIMIT_FREQUENCY, LEVEL_REFUSE },
		{ RULE_LIMIT_COST, LEVEL_HOLD },
	};
	struct pack *pack = builtin();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (pack_level(pack, cases[i].rule) != cases[i].level)
			fail_msg("%s", rule_index_id(cases[i].rule));
	}
	pack_set_level(pack, RULE_LIMIT_COST, LEVEL_OFF);
	assert_int_equal(pack_level(pack, RULE_LIMIT_COST), LEVEL_OFF);
	pack_free(&pack);
	assert_null(pack);
	pack_free(&pack);
}

static void test_figures(void **state)
{
	struct pack *pack = builtin();
	const struct pack_limits *l = pack_limits(pack);
	const struct {
		const char *name;
		int64_t got, wanted;
	} cases[] = {
		{ "window.length", l->window.length_ms, MS_PER_DAY },
		{ "window.margin", l->window.margin_ms, 120 * MS_PER_S },
		{ "window.future", l->window.future_ms, 300 * MS_PER_S },
		{ "clock.warn", l->clock.warn_ms, 5 * MS_PER_S },
		{ "clock.alarm", l->clock.alarm_ms, 60 * MS_PER_S },
		{ "clock.suspect", l->clock.suspect_ms, 300 * MS_PER_S },
		{ "pair.interval", l->pair.interval_ms, 6 * MS_PER_S },
		{ "pair.burst", l->pair.burst, 45 },
		{ "number.throughput", l->number.throughput, 80 },
		{ "portfolio.share", l->portfolio.marketing_share_ppm, 800000 },
		{ "portfolio.alerts", (int64_t)l->portfolio.alert_len, 2 },
		{ "portfolio.second alert", l->portfolio.alert_ppm[1], 950000 },
		{ "cooldown", l->cooldown_marketing_131049_ms, MS_PER_DAY },
		{ "frequency", (int64_t)l->frequency_marketing_len, 3 },
		{ "frequency.month", l->frequency_marketing[2].window_ms, 30 * MS_PER_DAY },
		{ "frequency.month max", l->frequency_marketing[2].max, 6 },
		{ "quiet.from", l->quiet_hours.from_s, 21 * 3600 },
		{ "quiet.to", l->quiet_hours.to_s, 8 * 3600 },
		{ "duplicate", l->duplicate_window_ms, 120 * MS_PER_S },
		{ "undeliverable", l->undeliverable.failures, 2 },
		{ "undeliverable.code", l->undeliverable.codes[0], 131026 },
		{ "consent.warn", l->consent.unused_warn_ms, 365 * MS_PER_DAY },
		{ "consent.exempt", l->consent.exempt, PURPOSE_BIT(PURPOSE_AUTHENTICATION) },
		{ "consent.marketing", l->consent.evidence[PURPOSE_MARKETING], EVIDENCE_FORM },
		{ "consent.utility", l->consent.evidence[PURPOSE_UTILITY], EVIDENCE_IMPORTED },
		{ "keep.webhooks", l->keep.webhooks_ms, 8 * MS_PER_DAY },
		{ "keep.media", l->keep.media_ms, 30 * MS_PER_DAY },
		{ "keep.marketing", l->keep.marketing_sent_ms, 31 * MS_PER_DAY },
		{ "keep.marks", l->keep.person_marks_ms, 90 * MS_PER_DAY },
		{ "keep.alarms", l->keep.alarms_ms, 365 * MS_PER_DAY },
		{ "keep.contacts", l->keep.contacts_made_ms, 730 * MS_PER_DAY },
		{ "keep.quarantine", l->keep.quarantine_ms, 90 * MS_PER_DAY },
		{ "keep.signals", l->keep.signals_ms, 30 * MS_PER_DAY },
		{ "keep.decisions", l->keep.decisions_ms, 730 * MS_PER_DAY },
		{ "keep.audit", l->keep.audit_ms, 730 * MS_PER_DAY },
		{ "keep.restricted", l->keep.restricted_ms, 1826 * MS_PER_DAY },
		{ "keep.uses", l->keep.uses_ms, 400 * MS_PER_DAY },
		{ "autoreply.per_hour", l->autoreply.per_hour, 4 },
		{ "triggers.useless_after", l->triggers.useless_after, 20 },
		{ "triggers.unmet_after", l->triggers.unmet_after, 1000 },
		{ "autoreply.per_day", l->autoreply.per_day, 10 },
		{ "autoreply.repeated_texts", l->autoreply.repeated_texts, 3 },
		{ "autoreply.silence", l->autoreply.silence_ms, MS_PER_DAY },
		{ "keep.trigger_events", l->keep.trigger_events_ms, 730 * MS_PER_DAY },
		{ "register.remind_days", l->registers.remind_days[0], 30 },
		{ "register.unseen", l->registers.unseen_ms, 90 * MS_PER_DAY },
		{ "spike.hold", l->spike.hold_ppm, PPM },
		{ "spike.floor", l->spike.min_messages, 100 },
		{ "warmup.hour", pack_warmup(pack)->hourly_share_ppm, 150000 },
		{ "warmup.grant", pack_warmup(pack)->engaged_grant_ms, 30 * MS_PER_DAY },
		{ "breaker.signals", (int64_t)pack_breaker(pack)->signals_len, 7 },
		{ "breaker.no end", pack_breaker(pack)->signals[0].pause_ms, 0 },
		{ "breaker.steps", (int64_t)pack_breaker(pack)->resume_len, 4 },
		{ "message.text", pack_message(pack)->text_body_max, 4096 },
		{ "template.ttl", pack_template(pack)->ttl_max_s[PURPOSE_AUTHENTICATION], 900 },
		{ "direct.ctas", pack_direct_send(pack)->ctas_max, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].got != cases[i].wanted)
			fail_msg("%s: %lld", cases[i].name, (long long)cases[i].got);
	}
	assert_true(str_eq_c(pack_version(pack), "2026.11.22"));
	assert_true(str_eq_c(pack_name(pack), "varco-default"));
	pack_free(&pack);
}

static void test_share(void **state)
{
	static const struct {
		int64_t n, ppm, floor;
	} cases[] = {
		{ 2000, 800000, 1600 },
		{ 240, 150000, 36 },
		{ 45, 150000, 6 },
		{ 0, 800000, 0 },
		{ 1, 999999, 0 },
		{ 1000000000000, 950000, 950000000000 },
		{ INT64_MAX, 150000, 1383505805528216371 },
		{ INT64_MAX, 2000000, INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(pack_share(cases[i].n, cases[i].ppm), cases[i].floor);
}

static void test_warmup_caps(void **state)
{
	static const struct {
		int64_t day, cap;
	} cases[] = {
		{ -3, 20 },
		{ 0, 20 },
		{ 1, 20 },
		{ 2, 30 },
		{ 14, 1400 },
		{ 15, 1890 },
		{ 16, 2551 },
		{ 30, 170259 },
		{ 31, INT64_MAX },
		{ INT64_MAX, INT64_MAX },
	};
	struct pack *pack = builtin();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (pack_warmup_cap(pack, cases[i].day) != cases[i].cap)
			fail_msg("day %lld: %lld", (long long)cases[i].day,
			    (long long)pack_warmup_cap(pack, cases[i].day));
	}
	pack_free(&pack);
}

static void test_opt_words(void **state)
{
	enum { M = PURPOSE_BIT(PURPOSE_MARKETING), U = PURPOSE_BIT(PURPOSE_UTILITY) };
	static const struct {
		const char *text;
		unsigned withdraws, grants;
	} cases[] = {
		{ "STOP", M | U, 0 },
		{ "Basta!", M | U, 0 },
		{ "non scrivermi piu", M | U, 0 },
		{ "Non voglio più messaggi 😡", M | U, 0 },
		{ "stop promozioni", M, 0 },
		{ "Désabonner", M | U, 0 },
		{ "plus d’offres", M, 0 },
		{ "Iscrivimi", 0, M | U },
		{ "START", 0, M | U },
		{ "non fermarti", 0, 0 },
		{ "no grazie", M | U, 0 },
		{ "STOP per favore", M | U, 0 },
		{ "Per favore, stop promozioni. Grazie!", M, 0 },
		{ "Non voglio più messaggi, grazie", M | U, 0 },
		{ "Please stop", M | U, 0 },
		{ "Stopp bitte!", M | U, 0 },
		{ "arrêt s’il vous plaît", M | U, 0 },
		{ "grazie", 0, 0 },
		{ "grazie grazie", 0, 0 },
		{ "iscrivimi per favore", 0, 0 },
		{ "stop per favore domani", 0, 0 },
		{ "stop it please now", 0, 0 },
		{ "", 0, 0 },
	};
	struct pack *pack = builtin();
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pack_opt opt = { .withdraws = 0 };
		int found = pack_opt_message(pack, a, str_c(cases[i].text), &opt);
		if (found != ((cases[i].withdraws | cases[i].grants) != 0) ||
		    opt.withdraws != cases[i].withdraws || opt.grants != cases[i].grants)
			fail_msg("%s", cases[i].text);
	}
	arena_free(&a);
	pack_free(&pack);
}

static void test_what_begins_like_an_opt_out(void **state)
{
	static const struct {
		const char *text;
		int begins;
	} cases[] = {
		{ "STOP", 1 },
		{ "Stop! Ne ho abbastanza dei vostri messaggi.", 1 },
		{ "Per favore stop con questi messaggi", 1 },
		{ "No grazie, non mi interessa più nulla", 1 },
		{ "plus de messages s'il vous plaît, ou j'appelle", 1 },
		{ "stoppino per candele?", 0 },
		{ "non fermarti", 0 },
		{ "no", 0 },
		{ "buongiorno, come faccio a dire stop?", 0 },
		{ "iscrivimi", 0 },
		{ "grazie", 0 },
		{ "", 0 },
	};
	struct pack *pack = builtin();
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (pack_opt_out_begins(pack, a, str_c(cases[i].text)) != cases[i].begins)
			fail_msg("%s", cases[i].text);
	}
	arena_free(&a);
	pack_free(&pack);
}

static void test_replies(void **state)
{
	static const struct {
		const char *text;
		enum pack_reply reply;
	} cases[] = {
		{ "Sì!", PACK_REPLY_YES },
		{ "si", PACK_REPLY_YES },
		{ "Sì, confermo", PACK_REPLY_YES },
		{ "Yes, I agree", PACK_REPLY_YES },
		{ "J’accepte", PACK_REPLY_YES },
		{ "Não", PACK_REPLY_NO },
		{ "No", PACK_REPLY_NO },
		{ "Nein, danke", PACK_REPLY_NO },
		{ "sì, ma domani", PACK_REPLY_NONE },
		{ "stop", PACK_REPLY_NONE },
	};
	struct pack *pack = builtin();
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pack_opt opt = { .reply = PACK_REPLY_NONE };
		assert_true(pack_opt_message(pack, a, str_c(cases[i].text), &opt) >= 0);
		if (opt.reply != cases[i].reply)
			fail_msg("%s: %d", cases[i].text, (int)opt.reply);
	}
	arena_free(&a);
	pack_free(&pack);
}

/* In which language somebody is answered. */
static void test_languages(void **state)
{
	static const struct {
		const char *country, *word, *lang;
	} cases[] = {
		{ "IT", "stop", "it" },
		{ "FR", "stop", "fr" },
		{ "GB", "stop", "en" },
		{ "DE", "stop", "it" }, /* the first that has the word */
		{ "IT", "unsubscribe", "en" },
		{ "DE", NULL, "de" },
		{ "JP", NULL, "en" },
		{ "BR", "parar", "pt" },
		{ "AR", "parar", "es" },
	};
	struct pack *pack = builtin();
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pack_opt opt = { .langs_len = 0 };
		if (cases[i].word)
			assert_int_equal(pack_opt_message(pack, a, str_c(cases[i].word), &opt), 1);
		const struct pack_language *l = pack_language_for(
		    pack, str_c(cases[i].country), &opt);
		if (!str_eq_c(l->lang, cases[i].lang))
			fail_msg("%s in %s: %.*s", cases[i].word ? cases[i].word : "nothing",
			    cases[i].country, STR_ARG(l->lang));
	}
	assert_null(pack_language(pack, STR("xx")));
	assert_int_equal(pack_request_valid_ms(pack), 7LL * 86400000);
	assert_int_equal(pack_opt_out_confirm_again_ms(pack), 86400000);
	arena_free(&a);
	pack_free(&pack);
}

static void test_tables(void **state)
{
	struct pack *pack = builtin();
	int64_t limit;

	(void)state;
	assert_int_equal(pack_restriction(pack, STR("RESTRICTED_BIZ_INITIATED_MESSAGING")),
	    PACK_COVERS_BUSINESS_INITIATED);
	assert_int_equal(pack_restriction(pack, STR("RESTRICTED_ADD_PHONE_NUMBER_ACTION")), 0);
	assert_int_equal(pack_restriction(pack, STR("RESTRICTED_NEWS")), PACK_COVERS_ALL);
	assert_int_equal(pack_template_status(pack, STR("APPROVED")), PACK_STATUS_SENDABLE);
	assert_int_equal(pack_template_status(pack, STR("PAUSED")), PACK_STATUS_PAUSED);
	assert_int_equal(pack_template_status(pack, STR("ARCHIVED")), PACK_STATUS_NOT_SENDABLE);
	assert_int_equal(pack_template_status(pack, STR("NEWS")), PACK_STATUS_UNKNOWN);
	assert_true(pack_is_us_area(pack, 212));
	assert_true(pack_is_us_area(pack, 787));
	assert_false(pack_is_us_area(pack, 416));
	assert_false(pack_is_us_area(pack, 800));
	assert_false(pack_is_us_area(pack, 1212));
	assert_true(pack_portfolio_level(pack, STR("TIER_2K"), &limit));
	assert_int_equal(limit, 2000);
	assert_true(pack_portfolio_level(pack, STR("TIER_UNLIMITED"), &limit));
	assert_int_equal(limit, INT64_MAX);
	assert_false(pack_portfolio_level(pack, STR("TIER_3K"), &limit));
	pack_free(&pack);
}

static void test_codes(void **state)
{
	struct pack *pack = builtin();

	(void)state;
	assert_int_equal(pack_code(pack, 131047)->effect, PACK_EFFECT_WINDOW_CLOSED);
	assert_int_equal(pack_code(pack, 0)->effect, PACK_EFFECT_TOKEN);
	assert_int_equal(pack_code(pack, 139200)->effect, PACK_EFFECT_DIRECT_SEND_WAIT);
	assert_null(pack_code(pack, -1));
	assert_null(pack_code(pack, 999999));
	assert_int_equal(pack_answer_class(pack, 131000, 400), PACK_CLASS_UNKNOWN);
	assert_int_equal(pack_answer_class(pack, 999999, 400), PACK_CLASS_REJECTED);
	assert_int_equal(pack_answer_class(pack, 999999, 502), PACK_CLASS_UNKNOWN);
	assert_string_equal(pack_effect_name(PACK_EFFECT_SLOW_PAIR), "slow_pair");
	pack_free(&pack);
}

static void test_upstreams(void **state)
{
	struct pack *pack = builtin();

	(void)state;
	assert_true(pack_host_is_official(pack, STR("Graph.Facebook.com")));
	assert_false(pack_host_is_official(pack, STR("graph.facebook.com.example")));
	assert_int_equal(pack_upstream(pack, STR("360dialog"))->path, PACK_PATH_FLAT);
	assert_null(pack_upstream(pack, STR("nobody")));
	assert_non_null(pack_upstream_at(pack, 0));
	assert_null(pack_upstream_at(pack, 99));
	pack_free(&pack);
}

/* The built-in text with one piece replaced. */
static char *altered(const char *what, const char *by)
{
	const char *at = strstr(pack_default_json, what);

	if (!at)
		fail_msg("the pack does not have %s", what);
	size_t head = (size_t)(at - pack_default_json), tail = strlen(at + strlen(what));
	char *text = mem_alloc(head + strlen(by) + tail + 1);
	assert_non_null(text);
	memcpy(text, pack_default_json, head);
	memcpy(text + head, by, strlen(by));
	memcpy(text + head + strlen(by), at + strlen(what), tail);
	return text;
}

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *what, *by, *field;
	} cases[] = {
		{ "\"margin_s\": 120", "\"margin_s\": -1", "window.margin_s" },
		{ "\"margin_s\": 120", "\"margin_s\": \"120\"", "window.margin_s" },
		{ "\"margin_s\": 120", "\"margin_s\": 86400", "window.margin_s" },
		{ "\"margin_s\": 120,", "", "window.margin_s" },
		{ "\"margin_s\": 120", "\"margin_s\": 120, \"more\": 1", "window.more" },
		{ "\"app.unknown\": \"refuse\"", "\"app.unknown\": \"no\"", "rules.app.unknown" },
		{ "\"app.unknown\"", "\"app.unheard\"", "rules.app.unheard" },
		{ "\"app.unknown\": \"refuse\",", "", "rules" },
		{ "\"from\": \"21:00\"", "\"from\": \"24:00\"", "quiet_hours.from" },
		{ "\"burst\": 45", "\"burst\": 0", "pair" },
		{ "\"confidence\": 0.95", "\"confidence\": 5", "breaker.confidence" },
		{ "\"confidence\": 0.95", "\"confidence\": 1", "breaker.confidence" },
		{ "\"confidence\": 0.95", "\"confidence\": 0.1", "breaker.confidence" },
		{ "\"growth\": 1.35", "\"growth\": 1.0", "warmup.growth" },
		{ "\"effect\": \"token\"", "\"effect\": \"boom\"", "codes.table[0].effect" },
		{ "{\"code\": 2,", "{\"code\": 1,", "codes.table" },
		{ "[907]", "[1907]", "us_area_codes.AK" },
		{ "\"exempt\": [\"authentication\"]", "\"exempt\": [\"all\"]", "consent.exempt" },
		{ "\"lang\": \"it\", ", "", "opt_out.words[0].lang" },
		{ "[\"business_initiated\"]", "[\"business\"]", "restrictions.types[0].covers" },
		{ "\"window_s\": 86400, \"max\": 1", "\"window_s\": 86400, \"max\": 0",
		    "frequency.marketing" },
		{ "\"alarm_s\": 60", "\"alarm_s\": 4", "clock" },
		{ "\"remind_days\": [30, 7]", "\"remind_days\": [7, 7]", "register.remind_days" },
		{ "\"marketing_sent_days\": 31", "\"marketing_sent_days\": 29",
		    "keep.marketing_sent_days" },
		{ "\"person_marks_days\": 90", "\"person_marks_days\": 29",
		    "keep.person_marks_days" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = 0 };
		struct pack *pack = NULL;
		char *text = altered(cases[i].what, cases[i].by);
		int rc = pack_read(str_c(text), &pack, &err);
		if (rc == 0 || pack || strcmp(err.field, cases[i].field) != 0 || !err.text[0])
			fail_msg("%s -> %s: %d, field %s, %s", cases[i].what, cases[i].by, rc,
			    err.field, err.text);
		mem_free(text);
	}
}

static void test_memory_runs_out(void **state)
{
	int rc = -E_NOMEM;

	(void)state;
	for (long n = 0; rc != 0; n++) {
		struct pack *pack = NULL;
		struct err err = { .code = 0 };
		check_fail_alloc_after(n, false);
		rc = pack_builtin(&pack, &err);
		check_fail_alloc_after(-1, false);
		if (rc != 0) {
			assert_int_equal(rc, -E_NOMEM);
			assert_null(pack);
		}
		pack_free(&pack);
	}
}

int main(void)
{
	struct err err;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_warmup_caps),
		cmocka_unit_test(test_opt_words),
		cmocka_unit_test(test_what_begins_like_an_opt_out),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_languages),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_upstreams),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_memory_runs_out),
	};

	if (crypto_init(&err) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
