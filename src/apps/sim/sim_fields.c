#include "apps/sim/sim_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_random.h"

/* --- lists --------------------------------------------------------------------------------------- */

/* Where the first item of the list ends: at a comma outside braces and parentheses. */
static size_t item_end(struct str list)
{
	size_t depth = 0, i = 0;

	for (; i < list.len && (list.p[i] != ',' || depth > 0); i++) {
		if (list.p[i] == '{' || list.p[i] == '(')
			depth++;
		else if ((list.p[i] == '}' || list.p[i] == ')') && depth > 0)
			depth--;
	}
	return i;
}

bool sim_fields_next(struct str *rest, struct str *ret)
{
	if (!rest->p || rest->len == 0)
		return false;
	size_t end = item_end(*rest);
	struct str name = str_sub(*rest, 0, end);
	*rest = end < rest->len ? str_sub(*rest, end + 1, rest->len) : STR_NONE;
	for (const char *stop = "{(."; *stop; stop++) {
		struct str behind = name;
		name = str_cut(&behind, *stop);
	}
	*ret = str_trim(name);
	return true;
}

bool sim_fields_has(struct str fields, const char *name)
{
	struct str field;

	while (sim_fields_next(&fields, &field)) {
		if (str_eq_c(field, name))
			return true;
	}
	return false;
}

void sim_fields_print(struct json_writer *w, const struct sim_field *table, size_t n,
    struct str fields, const void *node, const char *id)
{
	jw_object(w);
	for (size_t i = 0; i < n; i++) {
		if (fields.p ? !sim_fields_has(fields, table[i].name) : !table[i].is_default)
			continue;
		jw_key(w, table[i].name);
		table[i].print(w, node);
	}
	jw_member_c(w, "id", id);
	jw_object_end(w);
}

/* --- health -------------------------------------------------------------------------------------- */

static int badness(const char *can_send)
{
	return strcmp(can_send, "BLOCKED") == 0 ? 2 : strcmp(can_send, "LIMITED") == 0;
}

static void print_entity(
    struct json_writer *w, const char *type, const char *id, const struct sim_health *health)
{
	jw_object(w);
	jw_member_c(w, "entity_type", type);
	jw_member_c(w, "id", id);
	jw_member_c(w, "can_send_message", health->can_send);
	if (health->code) {
		jw_key(w, "errors");
		jw_array(w);
		jw_object(w);
		jw_member_int(w, "error_code", health->code);
		jw_member_c(w, "error_description", "Simulated.");
		jw_member_c(w, "possible_solution", "Simulated.");
		jw_object_end(w);
		jw_array_end(w);
	}
	jw_object_end(w);
}

void sim_health_print(struct json_writer *w, const char *type, const char *id,
    const struct sim_health *health, const struct sim_waba *waba)
{
	static const struct sim_health fine = { "AVAILABLE", 0 };
	bool is_waba = strcmp(type, "WABA") == 0;
	const struct sim_health *worst = health;

	if (badness(waba->health.can_send) > badness(worst->can_send))
		worst = &waba->health;
	jw_object(w);
	jw_member_c(w, "can_send_message", worst->can_send);
	jw_key(w, "entities");
	jw_array(w);
	print_entity(w, type, id, health);
	if (!is_waba)
		print_entity(w, "WABA", waba->id, &waba->health);
	print_entity(w, "BUSINESS", waba->portfolio->id, &fine);
	jw_array_end(w);
	jw_object_end(w);
}

/* --- values -------------------------------------------------------------------------------------- */

static const char *tier_of(int64_t limit)
{
	static const struct {
		int64_t limit;
		const char *tier;
	} tiers[] = { { 250, "TIER_250" }, { 2000, "TIER_2K" }, { 10000, "TIER_10K" },
		{ 100000, "TIER_100K" } };

	for (size_t i = 0; limit > 0 && i < ARRAY_LEN(tiers); i++) {
		if (limit <= tiers[i].limit)
			return tiers[i].tier;
	}
	return "TIER_UNLIMITED";
}

#define NUMBER(p) ((const struct sim_number *)(p))
#define WABA(p) ((const struct sim_waba *)(p))
#define PORTFOLIO(p) ((const struct sim_portfolio *)(p))

/* One line a field: its name in C and the call that writes it. */
#define WRITER(name, call) \
	static void name(struct json_writer *w, const void *p) \
	{ \
		(void)p; \
		call; \
	}

WRITER(number_name, jw_c(w, NUMBER(p)->verified_name))
WRITER(number_display, jw_c(w, NUMBER(p)->display))
WRITER(number_quality, jw_c(w, NUMBER(p)->quality))
WRITER(number_status, jw_c(w, NUMBER(p)->status))
WRITER(number_name_status, jw_c(w, NUMBER(p)->name_status))
WRITER(number_limit, jw_c(w, tier_of(NUMBER(p)->waba->portfolio->limit)))
WRITER(number_pin, jw_bool(w, NUMBER(p)->pin[0] != '\0'))
WRITER(cloud_api, jw_c(w, "CLOUD_API"))
WRITER(verified, jw_c(w, "VERIFIED"))
WRITER(live, jw_c(w, "LIVE"))
WRITER(no, jw_bool(w, false))
WRITER(number_health,
    sim_health_print(w, "PHONE_NUMBER", NUMBER(p)->id, &NUMBER(p)->health, NUMBER(p)->waba))
WRITER(waba_name, jw_c(w, WABA(p)->name))
WRITER(waba_currency, jw_c(w, WABA(p)->currency))
WRITER(waba_country, jw_c(w, WABA(p)->country))
WRITER(waba_review, jw_c(w, WABA(p)->review))
WRITER(waba_limit, jw_c(w, tier_of(WABA(p)->portfolio->limit)))
WRITER(waba_health, sim_health_print(w, "WABA", WABA(p)->id, &WABA(p)->health, WABA(p)))
WRITER(zone, jw_c(w, "1"))
WRITER(lower_verified, jw_c(w, "verified"))
WRITER(self, jw_c(w, "SELF"))
WRITER(portfolio_name, jw_c(w, PORTFOLIO(p)->name))
WRITER(portfolio_limit, jw_c(w, tier_of(PORTFOLIO(p)->limit)))

static void number_throughput(struct json_writer *w, const void *p)
{
	jw_object(w);
	jw_member_c(w, "level", NUMBER(p)->throughput > FIG_THROUGHPUT ? "HIGH" : "STANDARD");
	jw_object_end(w);
}

static void number_webhook(struct json_writer *w, const void *p)
{
	const struct sim_number *n = p;

	jw_object(w);
	if (n->waba->webhook[0])
		jw_member_c(w, "application", n->waba->webhook);
	if (n->waba->override_uri[0])
		jw_member_c(w, "whatsapp_business_account", n->waba->override_uri);
	if (n->override_uri[0])
		jw_member_c(w, "phone_number", n->override_uri);
	jw_object_end(w);
}

static void waba_namespace(struct json_writer *w, const void *p)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "ns_%016" PRIx64, sim_hash(str_c(WABA(p)->id)));
	jw_c(w, text);
}

static const struct sim_field number_fields[] = {
	{ "verified_name", true, number_name },
	{ "code_verification_status", true, verified },
	{ "display_phone_number", true, number_display },
	{ "quality_rating", true, number_quality },
	{ "platform_type", true, cloud_api },
	{ "throughput", true, number_throughput },
	{ "status", false, number_status },
	{ "name_status", false, number_name_status },
	{ "whatsapp_business_manager_messaging_limit", false, number_limit },
	{ "messaging_limit_tier", false, number_limit },
	{ "account_mode", false, live },
	{ "is_official_business_account", false, no },
	{ "is_on_biz_app", false, no },
	{ "is_pin_enabled", false, number_pin },
	{ "webhook_configuration", false, number_webhook },
	{ "health_status", false, number_health },
};

static const struct sim_field waba_fields[] = {
	{ "name", true, waba_name },
	{ "timezone_id", true, zone },
	{ "message_template_namespace", true, waba_namespace },
	{ "currency", true, waba_currency },
	{ "country", false, waba_country },
	{ "account_review_status", false, waba_review },
	{ "business_verification_status", false, lower_verified },
	{ "ownership_type", false, self },
	{ "whatsapp_business_manager_messaging_limit", false, waba_limit },
	{ "health_status", false, waba_health },
};

static const struct sim_field portfolio_fields[] = {
	{ "name", true, portfolio_name },
	{ "verification_status", false, lower_verified },
	{ "whatsapp_business_manager_messaging_limit", false, portfolio_limit },
};

void sim_number_print(struct json_writer *w, const struct sim_number *n, struct str fields)
{
	sim_fields_print(w, number_fields, ARRAY_LEN(number_fields), fields, n, n->id);
}

void sim_waba_print(struct json_writer *w, const struct sim_waba *a, struct str fields)
{
	sim_fields_print(w, waba_fields, ARRAY_LEN(waba_fields), fields, a, a->id);
}

void sim_portfolio_print(struct json_writer *w, const struct sim_portfolio *p, struct str fields)
{
	sim_fields_print(w, portfolio_fields, ARRAY_LEN(portfolio_fields), fields, p, p->id);
}

static bool is_in(const struct sim_field *table, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_c(name, table[i].name))
			return true;
	}
	return false;
}

int sim_fields_lean_number(struct str fields)
{
	struct str name;
	int lean = 0;

	while (sim_fields_next(&fields, &name)) {
		lean += is_in(number_fields, ARRAY_LEN(number_fields), name);
		lean -= is_in(waba_fields, ARRAY_LEN(waba_fields), name);
	}
	return lean;
}
