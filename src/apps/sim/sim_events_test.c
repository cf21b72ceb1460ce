#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_events.h"

#define NOON INT64_C(1795348800000)
#define OCTOBER FIG_SERVICE_BILLED_FROM

static const struct json *write_status(struct arena *a, const struct sim_status_event *e)
{
	struct json_writer w;
	struct buf out;
	const struct json *o = NULL;

	buf_init(&out, 0);
	jw_init(&w, &out);
	sim_event_status(&w, e);
	assert_int_equal(json_read(a, buf_str(&out), &o, NULL), 0);
	buf_done(&out);
	return o;
}

/* How a message is charged: by category, window, entry point and date. */
static const struct {
	const char *name;
	enum sim_category category;
	bool in_window, entry;
	time_ms accepted_at;
	bool billable;
	const char *type, *told;
} prices[] = {
	{ "service before October", SIM_SERVICE, true, false, OCTOBER - 1, false,
	    "free_customer_service", "service" },
	{ "service since October", SIM_SERVICE, true, false, OCTOBER, true, "regular", "service" },
	{ "utility in the window before", SIM_UTILITY, true, false, OCTOBER - 1, false,
	    "free_customer_service", "utility" },
	{ "utility outside before", SIM_UTILITY, false, false, OCTOBER - 1, true, "regular",
	    "utility" },
	{ "utility in the window since", SIM_UTILITY, true, false, OCTOBER, true, "regular",
	    "utility" },
	{ "marketing in the window", SIM_MARKETING, true, false, OCTOBER - 1, true, "regular",
	    "marketing" },
	{ "authentication", SIM_AUTHENTICATION, false, false, NOON, true, "regular",
	    "authentication" },
	{ "lite", SIM_MARKETING_LITE, false, false, NOON, true, "regular", "marketing_lite" },
	{ "entry point", SIM_MARKETING, true, true, NOON, false, "free_entry_point",
	    "referral_conversion" },
};

static void test_prices(void **state)
{
	struct sim_world *world = sim_world_new();
	struct sim_number *n = sim_world_number(world, STR("100200300"), NULL);
	struct sim_person *who = sim_world_person(world, STR("393331234567"));
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(prices); i++) {
		struct sim_message m = { .n = 1,
			.number = n,
			.category = prices[i].category,
			.in_window = prices[i].in_window,
			.accepted_at = prices[i].accepted_at,
			.entry_until = prices[i].entry ? NOON : TIME_NONE };
		struct sim_status_event e = { .number = n,
			.person = who,
			.message = &m,
			.wamid = STR("wamid.X"),
			.status = SIM_DELIVERED,
			.at = NOON };
		const struct json *status = json_at(json_get(write_status(a, &e), "statuses"), 0);
		bool billable = !prices[i].billable;
		assert_true(json_bool(json_path(status, "pricing.billable"), &billable));
		if (billable != prices[i].billable ||
		    !str_eq_c(json_str(json_path(status, "pricing.type")), prices[i].type) ||
		    !str_eq_c(json_str(json_path(status, "pricing.category")), prices[i].told))
			fail_msg("%s", prices[i].name);
		assert_int_equal(json_get(status, "conversation") != NULL, prices[i].entry);
	}
	arena_free(&a);
	sim_world_free(&world);
}

/* As in the collection of payloads: members and their order. */
static void test_shape(void **state)
{
	struct sim_world *world = sim_world_new();
	struct sim_number *n = sim_world_number(world, STR("810200300400501"), NULL);
	struct sim_person *who = sim_world_person(world, STR("5511900000011"));
	struct sim_message m = { .n = 1,
		.number = n,
		.category = SIM_MARKETING,
		.accepted_at = NOON,
		.entry_until = TIME_NONE,
		.callback_data = (char[]){ "varco:job=42" } };
	struct sim_status_event e = { .number = n,
		.person = who,
		.message = &m,
		.wamid = STR("wamid.X"),
		.status = SIM_DELIVERED,
		.at = NOON };
	struct json_writer w;
	struct buf out;

	(void)state;
	sim_number_set_display(n, STR("+1 555-000-0101"));
	assert_int_equal(sim_world_set_bsuid(world, who, STR("BR.Q7tXk29LmVa4Zc")), 0);
	buf_init(&out, 0);
	jw_init(&w, &out);
	sim_event_status(&w, &e);
	assert_true(str_eq_c(buf_str(&out),
	    "{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"15550000101\","
	    "\"phone_number_id\":\"810200300400501\"},\"contacts\":[{\"wa_id\":\"5511900000011\","
	    "\"user_id\":\"BR.Q7tXk29LmVa4Zc\"}],\"statuses\":[{\"id\":\"wamid.X\",\"status\":\"delivered\","
	    "\"timestamp\":\"1795348800\",\"recipient_id\":\"5511900000011\","
	    "\"recipient_user_id\":\"BR.Q7tXk29LmVa4Zc\",\"pricing\":{\"billable\":true,\"pricing_model\":\"PMP\","
	    "\"type\":\"regular\",\"category\":\"marketing\"},\"biz_opaque_callback_data\":\"varco:job=42\"}]}"));
	buf_done(&out);
	sim_world_free(&world);
}

static void test_failure_and_hidden_phone(void **state)
{
	struct sim_world *world = sim_world_new();
	struct sim_number *n = sim_world_number(world, STR("1"), NULL);
	struct sim_person *who = sim_world_person(world, STR("5511900000011"));
	struct sim_status_event e = { .number = n,
		.person = who,
		.wamid = STR("wamid.X"),
		.status = SIM_FAILED,
		.at = NOON,
		.code = 131026 };
	struct arena *a = arena_new(0, 0);
	int64_t code = 0;

	(void)state;
	who->hides_phone = true;
	const struct json *value = write_status(a, &e),
			  *status = json_at(json_get(value, "statuses"), 0);
	assert_null(json_get(value, "contacts"));
	assert_null(json_get(status, "pricing"));
	assert_null(json_get(status, "recipient_id"));
	assert_true(json_str(json_get(status, "recipient_user_id")).len > 3);
	assert_true(json_int(json_get(json_at(json_get(status, "errors"), 0), "code"), &code));
	assert_int_equal(code, 131026);
	arena_free(&a);
	sim_world_free(&world);
}

static void test_group(void **state)
{
	struct sim_world *world = sim_world_new();
	struct sim_number *n = sim_world_number(world, STR("1"), NULL);
	struct sim_message m = { .n = 1,
		.number = n,
		.accepted_at = NOON,
		.entry_until = TIME_NONE,
		.group = (char[]){ "GRP001" } };
	struct sim_status_event e = {
		.number = n, .message = &m, .wamid = STR("wamid.X"), .status = SIM_SENT, .at = NOON
	};
	struct arena *a = arena_new(0, 0);

	(void)state;
	const struct json *status = json_at(json_get(write_status(a, &e), "statuses"), 0);
	assert_true(str_eq_c(json_str(json_get(status, "recipient_id")), "GRP001"));
	assert_true(str_eq_c(json_str(json_get(status, "recipient_type")), "group"));
	assert_true(str_eq_c(json_str(json_path(status, "pricing.category")), "group_service"));
	arena_free(&a);
	sim_world_free(&world);
}

static void test_templates(void **state)
{
	struct sim_template t = { .id = "441100220018",
		.name = "order",
		.language = "it",
		.category = "UTILITY",
		.correct_category = "MARKETING",
		.quality = "RED",
		.rejected_reason = "NONE" };
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_array(&w);
	sim_event_template_status(&w, &t, "PAUSED", "FIRST_PAUSE");
	sim_event_template_quality(&w, &t, "YELLOW");
	sim_event_template_category(&w, &t, NULL, NOON);
	sim_event_template_category(&w, &t, "MARKETING", 0);
	sim_event_template_detection(&w, &t);
	jw_array_end(&w);
#define WHO \
	"\"message_template_id\":441100220018,\"message_template_name\":\"order\",\"message_template_language\":\"it\","
	assert_true(str_eq_c(buf_str(&out),
	    "[{\"event\":\"PAUSED\"," WHO
	    "\"reason\":\"NONE\",\"message_template_category\":\"UTILITY\","
	    "\"other_info\":{\"title\":\"FIRST_PAUSE\",\"description\":\"Simulated.\"}},"
	    "{\"previous_quality_score\":\"YELLOW\",\"new_quality_score\":\"RED\",\"message_template_id\":441100220018,"
	    "\"message_template_name\":\"order\",\"message_template_language\":\"it\"},"
	    "{" WHO
	    "\"correct_category\":\"MARKETING\",\"new_category\":\"UTILITY\",\"category_update_timestamp\":1795348800},"
	    "{" WHO "\"previous_category\":\"MARKETING\",\"new_category\":\"UTILITY\"},"
	    "{" WHO "\"category\":\"UTILITY\",\"correct_category\":\"MARKETING\"}]"));
#undef WHO
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prices),
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_failure_and_hidden_phone),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
