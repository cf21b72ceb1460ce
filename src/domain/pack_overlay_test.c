#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/torture.h"
#include "domain/fixture.h"
#include "domain/message.h"
#include "domain/pack_overlay.h"
#include "domain/policy.h"

static struct pack *base;
static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena && pack_builtin(&base, NULL) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	pack_free(&base);
	return 0;
}

static const struct pack_overlay *empty(void)
{
	static const struct pack_overlay none;

	return &none;
}

static struct pack_overlay *fresh(void)
{
	struct pack_overlay *o = ARENA_NEW(arena, struct pack_overlay);

	assert_non_null(o);
	return o;
}

static void set_level(struct pack_overlay *o, const char *rule, const char *level)
{
	struct err err = { 0 };

	if (overlay_set_level(o, str_c(rule), str_c(level), &err) < 0)
		fail_msg("%s", err.text);
}

static void set_figure(struct pack_overlay *o, const char *name, const char *value)
{
	struct err err = { 0 };

	if (overlay_set_figure(base, o, str_c(name), str_c(value), &err) < 0)
		fail_msg("%s", err.text);
}

static struct pack_exception exception(uint64_t id, const char *rule, time_ms until)
{
	struct pack_exception x = {
		.id = id, .scope = EXCEPTION_NUMBER, .scope_id = STR("100200300"), .until = until
	};

	assert_true(rule_index_by_id(str_c(rule), &x.rule));
	return x;
}

/* --- figures ---------------------------------------------------------------------------------- */

static void test_every_figure_is_told_and_set_again(void **state)
{
	size_t n;
	const struct pack_figure *f = pack_figures(base, &n);

	(void)state;
	assert_true(n > 20);
	for (size_t i = 0; i < n; i++) {
		char text[FIGURE_TEXT_MAX], again[FIGURE_TEXT_MAX];
		int64_t value = pack_figure_value(base, &f[i]), read = -1;
		figure_format(&f[i], value, text);
		if (figure_parse(&f[i], str_c(text), &read) < 0 || read != value)
			fail_msg("%s: %s", f[i].name, text);
		figure_format(&f[i], read, again);
		assert_string_equal(text, again);
		if (f[i].safer == FIGURE_FIXED)
			continue;
		assert_true(f[i].least <= value && value <= f[i].most && f[i].rule < RULES_COUNT);
		assert_ptr_equal(pack_figure(base, str_c(f[i].name)), &f[i]);
	}
	assert_null(pack_figure(base, STR("quiet_hours")));
}

static void test_figures_as_text(void **state)
{
	static const struct {
		const char *figure, *text;
		int64_t value; /* -1: refused */
	} cases[] = {
		{ "quiet_hours.from", "20:30", 73800 },
		{ "quiet_hours.from", "8:30", -1 },
		{ "quiet_hours.from", "24:00", -1 },
		{ "quiet_hours.sundays", "true", 1 },
		{ "quiet_hours.sundays", "yes", -1 },
		{ "portfolio.marketing_share", "0.8", 800000 },
		{ "portfolio.marketing_share", "1", 1000000 },
		{ "portfolio.marketing_share", "0.", -1 },
		{ "portfolio.marketing_share", "0.1234567", -1 },
		{ "portfolio.marketing_share", ".5", -1 },
		{ "portfolio.marketing_share", "-1", -1 },
		{ "window.margin_s", "60", 60000 },
		{ "window.margin_s", "60s", -1 },
		{ "window.margin_s", "", -1 },
		{ "consent.unused_warn_days", "10", 10 * MS_PER_DAY },
		{ "consent.evidence.marketing", "signed", EVIDENCE_SIGNED },
		{ "consent.evidence.marketing", "word of mouth", -1 },
		{ "frequency.marketing[0].max", "2", 2 },
		{ "frequency.marketing[0].max", "99999999999", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct pack_figure *f = pack_figure(base, str_c(cases[i].figure));
		int64_t value = -1;
		assert_non_null(f);
		int r = figure_parse(f, str_c(cases[i].text), &value);
		if (value != cases[i].value || (r < 0) != (cases[i].value < 0))
			fail_msg(
			    "%s \"%s\": %lld", cases[i].figure, cases[i].text, (long long)value);
	}
}

/* --- setting ---------------------------------------------------------------------------------- */

static void test_what_cannot_be_set(void **state)
{
	static const struct {
		const char *name, *value;
		bool figure;
		enum err_code code;
	} cases[] = {
		{ "app.scope", "off", false, E_INVALID },
		{ "consent.withdrawn", "refuse", false, E_INVALID },
		{ "content.lnk", "off", false, E_INVALID },
		{ "nothing", "off", false, E_INVALID },
		{ "content.link", "forbid", false, E_INVALID },
		{ "pair.burst", "10", true, E_INVALID },
		{ "pair.burst", "default", true, E_INVALID },
		{ "pair.bust", "10", true, E_INVALID },
		{ "quiet_hours.from", "night", true, E_INVALID },
		{ "quiet_hours.from", "17:59", true, E_RANGE },
		{ "frequency.marketing[0].max", "0", true, E_RANGE },
		{ "frequency.marketing[0].max", "6", true, E_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pack_overlay *o = fresh();
		struct err err = { 0 };
		int r = cases[i].figure
		    ? overlay_set_figure(base, o, str_c(cases[i].name), str_c(cases[i].value), &err)
		    : overlay_set_level(o, str_c(cases[i].name), str_c(cases[i].value), &err);
		if (r != -(int)cases[i].code ||
		    strcmp(err.field, cases[i].figure ? "figure" : "level") != 0)
			fail_msg("%s=%s: %s", cases[i].name, cases[i].value, err.text);
	}
}

static void test_what_protects_less(void **state)
{
	static const struct {
		const char *name, *value;
		bool laxer;
	} cases[] = {
		{ "content.link", "refuse", false },
		{ "content.link", "off", true },
		{ "limit.spike", "warn", true },
		{ "limit.spike", "refuse", false },
		{ "limit.spike", "default", false },
		{ "quiet_hours.from", "20:00", false },
		{ "quiet_hours.from", "22:00", true },
		{ "quiet_hours.to", "09:00", false },
		{ "quiet_hours.to", "07:00", true },
		{ "quiet_hours.sundays", "true", false },
		{ "consent.evidence.marketing", "imported", true },
		{ "consent.evidence.marketing", "signed", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pack_overlay *o = fresh();
		if (pack_figure(base, str_c(cases[i].name)))
			set_figure(o, cases[i].name, cases[i].value);
		else
			set_level(o, cases[i].name, cases[i].value);
		if (overlay_is_laxer(base, empty(), o) != cases[i].laxer)
			fail_msg("%s=%s", cases[i].name, cases[i].value);
		bool changes = strcmp(cases[i].value, "default") != 0;
		assert_int_equal(overlay_is_same(base, empty(), o), !changes);
		/* The way back is the other way. */
		assert_int_equal(overlay_is_laxer(base, o, empty()), changes && !cases[i].laxer);
	}
}

static void test_exceptions(void **state)
{
	struct pack_overlay *o = fresh(), *then = fresh();
	struct pack_exception x = exception(7, "limit.frequency", NOW + DAY);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(overlay_except(o, &x, &err), 0);
	assert_true(overlay_is_laxer(base, empty(), o));
	assert_false(overlay_is_laxer(base, o, empty()));
	*then = *o;
	x.id = 8;
	x.until += DAY; /* the same place: it is replaced */
	assert_int_equal(overlay_except(o, &x, &err), 0);
	assert_int_equal(o->exceptions_len, 1);
	assert_true(overlay_is_laxer(base, then, o) && !overlay_is_same(base, then, o));
	assert_false(overlay_is_laxer(base, o, then));
	overlay_forget(o, NOW + DAY);
	assert_int_equal(o->exceptions_len, 1);
	overlay_forget(o, NOW + 2 * DAY);
	assert_int_equal(o->exceptions_len, 0);
	assert_int_equal(overlay_end(then, 9, &err), -E_NOT_FOUND);
	assert_int_equal(overlay_end(then, 7, &err), 0);
	x = exception(1, "app.scope", NOW + DAY);
	assert_int_equal(overlay_except(o, &x, &err), -E_INVALID);
	for (uint64_t i = 0; i <= EXCEPTIONS_MAX; i++) {
		x = exception(i + 1, "limit.pair", NOW + DAY);
		x.scope_id = arena_printf(arena, "%d", (int)i);
		int r = overlay_except(o, &x, &err);
		assert_int_equal(r, i == EXCEPTIONS_MAX ? -E_TOO_LARGE : 0);
	}
}

/* --- as text ---------------------------------------------------------------------------------- */

static void check_text(const char *text, const char *again, size_t dropped)
{
	struct pack_overlay *o = fresh();
	struct err err = { 0 };
	struct buf out;
	size_t left_out = 99;

	buf_init(&out, 0);
	if (overlay_read(base, str_c(text), arena, o, &left_out, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	overlay_write(base, o, &out);
	if (!str_eq_c(buf_str(&out), again) || left_out != dropped)
		fail_msg("%s: %.*s (%zu)", text, STR_ARG(buf_str(&out)), left_out);
	buf_done(&out);
}

#define NOTHING "{\"exceptions\":[],\"figures\":{},\"levels\":{}}"
#define EVERYTHING \
	"{\"exceptions\":[{\"id\":\"exc_0000000000007\",\"rule\":\"limit.pair\",\"scope\":\"app\"," \
	"\"scope_id\":\"app_1\",\"until\":1795428000000}]," \
	"\"figures\":{\"quiet_hours.from\":\"20:00\"},\"levels\":{\"content.link\":\"refuse\"}}"

static void test_as_text_and_back(void **state)
{
	static const struct {
		const char *text, *again;
		size_t dropped;
	} cases[] = {
		{ "{}", NOTHING, 0 },
		{ NOTHING, NOTHING, 0 },
		{ EVERYTHING, EVERYTHING, 0 },
		{ "{\"levels\":{\"app.scope\":\"off\",\"gone.rule\":\"off\",\"content.link\":3}}",
		    NOTHING, 3 },
		{ "{\"figures\":{\"pair.burst\":\"3\",\"quiet_hours.from\":\"03:00\",\"gone\":\"1\"}}",
		    NOTHING, 3 },
		{ "{\"exceptions\":[{},{\"id\":\"exc_0000000000007\",\"rule\":\"app.scope\","
		  "\"scope\":\"app\",\"scope_id\":\"x\",\"until\":1}]}",
		    NOTHING, 2 },
	};
	struct pack_overlay *o = fresh();
	struct err err = { 0 };
	size_t dropped;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_text(cases[i].text, cases[i].again, cases[i].dropped);
	assert_int_equal(overlay_read(base, STR("[]"), arena, o, &dropped, &err), -E_INVALID);
	assert_int_equal(overlay_read(base, STR("{"), arena, o, &dropped, &err), -E_INVALID);
}

/* --- the pack that comes of it ------------------------------------------------------------------ */

static void test_the_pack_with_it(void **state)
{
	struct pack_overlay *o = fresh();
	struct pack *pack = NULL, *plain = NULL;
	struct err err = { 0 };

	(void)state;
	set_level(o, "content.link", "refuse");
	set_figure(o, "quiet_hours.from", "20:00");
	set_figure(o, "consent.evidence.utility", "form");
	assert_int_equal(overlay_apply(base, o, 3, &pack, &err), 0);
	assert_int_equal(overlay_apply(base, empty(), 0, &plain, &err), 0);
	assert_int_equal(pack_level(pack, RULE_CONTENT_LINK), LEVEL_REFUSE);
	assert_int_equal(pack_level(base, RULE_CONTENT_LINK), LEVEL_WARN);
	assert_int_equal(pack_limits(pack)->quiet_hours.from_s, 20 * 3600);
	assert_int_equal(pack_limits(base)->quiet_hours.from_s, 21 * 3600);
	assert_int_equal(pack_limits(pack)->consent.evidence[PURPOSE_UTILITY], EVIDENCE_FORM);
	assert_ptr_equal(pack_content(pack), pack_content(base));
	assert_true(str_eq(pack_version(plain), pack_version(base)));
	assert_true(str_starts(pack_version(pack), pack_version(base)));
	assert_true(str_ends(pack_version(pack), STR("+3")));
	assert_true(memcmp(pack_digest(pack)->b, pack_digest(plain)->b, SHA256_LEN) != 0);
	pack_free(&pack);
	pack_free(&plain);
}

static void test_figures_that_do_not_fit_together(void **state)
{
	struct pack_overlay *o = fresh();
	struct pack *pack = NULL;
	struct err err = { 0 };

	(void)state;
	set_figure(o, "consent.unused_warn_days", "400");
	set_figure(o, "consent.unused_refuse_days", "100");
	assert_int_equal(overlay_apply(base, o, 1, &pack, &err), -E_RANGE);
	assert_string_equal(err.field, "consent.unused_warn_days");
	assert_null(pack);
}

static int apply_everything(void *arg)
{
	struct pack *pack = NULL;
	struct err err = { 0 };
	int r = overlay_apply(base, arg, 1, &pack, &err);

	pack_free(&pack);
	return r;
}

static void test_without_memory(void **state)
{
	struct pack_overlay *o = fresh();
	struct err err = { 0 };
	size_t dropped;

	(void)state;
	assert_int_equal(overlay_read(base, STR(EVERYTHING), arena, o, &dropped, &err), 0);
	torture("overlay_apply", apply_everything, o);
}

/* --- exceptions at work ----------------------------------------------------------------------- */

/* A text to somebody who never wrote: only the window is closed. */
static void decide(const struct pack *pack, time_ms now, const char *number, struct decision *ret)
{
	struct facts facts;
	struct message send = { .kind = MESSAGE_FREE_FORM, .type = STR("text") };

	facts_init(&facts);
	facts.app.id = STR("app_1");
	facts.number.id = str_c(number);
	send.phone.number = 393331234510;
	assert_int_equal(policy_decide(&facts, &send, pack, now, arena, ret), 0);
}

static const struct finding *finding_of(const struct decision *d, enum rule_index rule)
{
	for (size_t i = 0; i < d->findings_len; i++) {
		if (d->findings[i].rule == &rules[rule])
			return &d->findings[i];
	}
	fail_msg("%s passed", rules[rule].id);
	return NULL;
}

static void test_under_an_exception_the_rule_warns(void **state)
{
	static const struct {
		time_ms at;
		const char *number;
		enum level level;
	} cases[] = {
		{ NOW, "100200300", LEVEL_WARN },
		{ NOW, "100200301", LEVEL_REFUSE },
		{ NOW + DAY - 1, "100200300", LEVEL_WARN },
		{ NOW + DAY, "100200300", LEVEL_REFUSE },
	};
	struct pack_overlay *o = fresh();
	struct pack_exception x = exception(7, "window.closed", NOW + DAY);
	struct decision *d = ARENA_NEW(arena, struct decision);
	struct pack *pack = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(overlay_except(o, &x, &err), 0);
	assert_int_equal(overlay_apply(base, o, 1, &pack, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		decide(pack, cases[i].at, cases[i].number, d);
		const struct finding *f = finding_of(d, RULE_WINDOW_CLOSED);
		bool named = strstr(arena_c(arena, f->evidence), "exc_0000000000007") != NULL;
		if (f->level != cases[i].level || named != (cases[i].level == LEVEL_WARN))
			fail_msg(
			    "case %zu: %s, %.*s", i, level_name(f->level), STR_ARG(f->evidence));
	}
	pack_free(&pack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_figure_is_told_and_set_again),
		cmocka_unit_test(test_figures_as_text),
		cmocka_unit_test(test_what_cannot_be_set),
		cmocka_unit_test(test_what_protects_less),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_as_text_and_back),
		cmocka_unit_test(test_the_pack_with_it),
		cmocka_unit_test(test_figures_that_do_not_fit_together),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_under_an_exception_the_rule_warns),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
