#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/torture.h"
#include "transport/webhook.h"

#define PAYLOADS "tests/payloads/" /* tests run at the root of the repository */
#define WABA "700100200300401"
#define PORTFOLIO "900300400500601"
#define NUMBER "810200300400501"
#define PHONE "5511900000011"
#define BSUID "BR.Q7tXk29LmVa4Zc"
#define NO_TIME (-1)

/* --- every file ------------------------------------------------------------------------------ */

/* What the files whose names begin so are read as; the longest beginning counts. NULL: any
 * value. */
static const struct row {
	const char *begins;
	size_t facts;
	enum event_kind kind; /* of all its facts; the rest is of the first */
	const char *entry, *number, *wa_id, *user_id, *word;
	int64_t at_s;
} rows[] = {
	{ "account_alerts.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "account_review_update.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "account_settings_update.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "account_update.account_deleted.", 1, EVENT_ACCOUNT, WABA, "", "", "", "ACCOUNT_DELETED",
	    1794000500 },
	{ "account_update.account_offboarded.", 1, EVENT_ACCOUNT, WABA, "", "", "",
	    "ACCOUNT_OFFBOARDED", 1794000500 },
	{ "account_update.account_reconnected.", 1, EVENT_ACCOUNT, WABA, "", "", "",
	    "ACCOUNT_RECONNECTED", 1794000500 },
	{ "account_update.account_restriction_", 1, EVENT_ACCOUNT, WABA, "", "", "",
	    "ACCOUNT_RESTRICTION", 1794000500 },
	{ "account_update.account_violation.", 1, EVENT_ACCOUNT, WABA, "", "", "",
	    "ACCOUNT_VIOLATION", 1794000500 },
	{ "account_update.ad_account_linked.", 1, EVENT_ACCOUNT, PORTFOLIO, "", "", "",
	    "AD_ACCOUNT_LINKED", 1794000500 },
	{ "account_update.auth_intl_", 1, EVENT_ACCOUNT, WABA, "", "", "",
	    "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE", 1794000500 },
	{ "account_update.business_primary_", 1, EVENT_ACCOUNT, WABA, "", "", "", NULL,
	    1794000500 },
	{ "account_update.direct_send_", 1, EVENT_ACCOUNT, WABA, "", "", "", "ACCOUNT_RESTRICTION",
	    1794000500 },
	{ "account_update.disabled_update_", 1, EVENT_ACCOUNT, WABA, "", "", "", "DISABLED_UPDATE",
	    1794000500 },
	{ "account_update.mm_lite_", 1, EVENT_ACCOUNT, PORTFOLIO, "", "", "",
	    "MM_LITE_TERMS_SIGNED", 1794000500 },
	{ "account_update.partner_", 1, EVENT_ACCOUNT, PORTFOLIO, "", "", "", NULL, 1794000500 },
	{ "account_update.verified_account.", 1, EVENT_ACCOUNT, WABA, "", "", "",
	    "VERIFIED_ACCOUNT", 1794000500 },
	{ "account_update.volume_based_", 1, EVENT_ACCOUNT, WABA, "", "", "", NULL, 1794000500 },
	{ "automatic_events.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "business_capability_update.legacy_", 1, EVENT_CAPABILITY, WABA, "", "", "", "2000",
	    1794000500 },
	{ "business_capability_update.number.", 1, EVENT_CAPABILITY, WABA, "", "", "", "2000",
	    1794000500 },
	{ "business_capability_update.tier.", 1, EVENT_CAPABILITY, WABA, "", "", "", "TIER_10K",
	    1794000500 },
	{ "business_status_update.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "business_username_update.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "calls.connect.", 1, EVENT_CALL, WABA, NUMBER, PHONE, "", "USER_INITIATED", 1794000500 },
	{ "calls.status_ringing.", 1, EVENT_OTHER, WABA, NUMBER, "", "", "", 1794000500 },
	{ "calls.terminate.", 1, EVENT_CALL, WABA, NUMBER, PHONE, "", "USER_INITIATED",
	    1794000500 },
	{ "consumer_profile.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "flows.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "group_", 1, EVENT_OTHER, WABA, NUMBER, "", "", "", NO_TIME },
	{ "history.", 1, EVENT_OTHER, WABA, NUMBER, "", "", "", NO_TIME },
	{ "message_echoes.", 1, EVENT_ECHO, WABA, NUMBER, "5511900000011", "", "", 1794000500 },
	{ "message_template_components_update.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "message_template_quality_update.green_to_yellow.", 1, EVENT_TEMPLATE_QUALITY, WABA, "",
	    "", "", "YELLOW", 1794000500 },
	{ "message_template_quality_update.red_to_green.", 1, EVENT_TEMPLATE_QUALITY, WABA, "", "",
	    "", "GREEN", 1794000500 },
	{ "message_template_quality_update.unknown_to_green.", 1, EVENT_TEMPLATE_QUALITY, WABA, "",
	    "", "", "GREEN", 1794000500 },
	{ "message_template_quality_update.yellow_to_red.", 1, EVENT_TEMPLATE_QUALITY, WABA, "", "",
	    "", "RED", 1794000500 },
	{ "message_template_status_update.", 1, EVENT_TEMPLATE_STATUS, WABA, "", "", "", NULL,
	    1794000500 },
	{ "message_template_status_update.approved", 1, EVENT_TEMPLATE_STATUS, WABA, "", "", "",
	    "APPROVED", 1794000500 },
	{ "message_template_status_update.paused_", 1, EVENT_TEMPLATE_STATUS, WABA, "", "", "",
	    "PAUSED", 1794000500 },
	{ "message_template_status_update.rejected_", 1, EVENT_TEMPLATE_STATUS, WABA, "", "", "",
	    "REJECTED", 1794000500 },
	{ "messages.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "", 1794000003 },
	{ "messages.audio", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "", 1794000003 },
	{ "messages.batch_two_entries.", 3, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000004 },
	{ "messages.button_opt_out.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000004 },
	{ "messages.errors_account_level.", 1, EVENT_OTHER, WABA, NUMBER, "", "", "", NO_TIME },
	{ "messages.interactive_nfm_reply_address.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID,
	    "", 1794000004 },
	{ "messages.reaction_removed.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000004 },
	{ "messages.sticker_animated.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000004 },
	{ "messages.system_user_changed_number.", 1, EVENT_USER_ID, WABA, NUMBER, "5511900000033",
	    "BR.N3wId5678Kp", "user_changed_number", 1794000070 },
	{ "messages.system_user_changed_user_id.", 1, EVENT_USER_ID, WABA, NUMBER, "",
	    "BR.N3wId5678Kp", "user_changed_user_id", 1794000071 },
	{ "messages.text", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "", 1794000004 },
	{ "messages.text_bsuid_only_no_phone.", 1, EVENT_MESSAGE, WABA, NUMBER, "", BSUID, "",
	    1794000050 },
	{ "messages.text_forwarded.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000003 },
	{ "messages.text_identity_hash.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000003 },
	{ "messages.text_with_context_reply.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000003 },
	{ "messages.unsupported_131060.", 1, EVENT_MESSAGE, WABA, NUMBER, PHONE, BSUID, "",
	    1794000004 },
	{ "messages.user_actions_link_click.", 1, EVENT_OTHER, WABA, NUMBER, "", "", "",
	    1794000500 },
	{ "messaging_handovers.", 1, EVENT_OTHER, WABA, "", "", "", "", NO_TIME },
	{ "partner_solutions.", 1, EVENT_OTHER, PORTFOLIO, "", "", "", "", 1794000500 },
	{ "payment_configuration_update.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "phone_number_name_update.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "phone_number_quality_update.flagged_", 1, EVENT_NUMBER_QUALITY, WABA, "", "", "",
	    "FLAGGED", 1794000500 },
	{ "phone_number_quality_update.onboarding.", 1, EVENT_NUMBER_QUALITY, WABA, "", "", "",
	    "ONBOARDING", 1794000500 },
	{ "phone_number_quality_update.throughput_", 1, EVENT_NUMBER_QUALITY, WABA, "", "", "",
	    "THROUGHPUT_UPGRADE", 1794000500 },
	{ "security.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "smb_", 1, EVENT_OTHER, WABA, NUMBER, "", "", "", NO_TIME },
	{ "smb_message_echoes.text.", 1, EVENT_ECHO, WABA, NUMBER, "5511900000011", "", "",
	    1794000500 },
	{ "smb_message_echoes.revoke.", 1, EVENT_OTHER, WABA, NUMBER, "", "", "", 1794000500 },
	{ "standby.", 1, EVENT_OTHER, WABA, NUMBER, "", "", "", NO_TIME },
	{ "statuses.", 1, EVENT_STATUS, WABA, NUMBER, PHONE, BSUID, "", 1794000100 },
	{ "statuses.delivered_bsuid_only.", 1, EVENT_STATUS, WABA, NUMBER, "", BSUID, "",
	    1794000103 },
	{ "statuses.delivered_group.", 1, EVENT_STATUS, WABA, NUMBER, PHONE, BSUID, "",
	    1794000101 },
	{ "statuses.read_group_aggregated.", 2, EVENT_STATUS, WABA, NUMBER, PHONE, "", "",
	    1794000102 },
	{ "template_category_update.", 1, EVENT_TEMPLATE_CATEGORY, WABA, "", "", "", "MARKETING",
	    1794000500 },
	{ "template_correct_category_detection.authentication.", 1, EVENT_TEMPLATE_CATEGORY, WABA,
	    "", "", "", "AUTHENTICATION", 1794000500 },
	{ "template_correct_category_detection.marketing.", 1, EVENT_TEMPLATE_CATEGORY, WABA, "",
	    "", "", "MARKETING", 1794000500 },
	{ "tracking_events.", 1, EVENT_OTHER, WABA, "", "", "", "", 1794000500 },
	{ "user_id_update.", 1, EVENT_USER_ID, WABA, NUMBER, "5511900000033", "BR.N3wId5678Kp", "",
	    1794000500 },
	{ "user_preferences.marketing_resume.", 1, EVENT_PREFERENCE, WABA, NUMBER, PHONE, BSUID,
	    "resume", 1794000500 },
	{ "user_preferences.marketing_stop.", 1, EVENT_PREFERENCE, WABA, NUMBER, PHONE, BSUID,
	    "stop", 1794000500 },
};

static const struct row *row_of(const char *file)
{
	const struct row *best = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].begins);
		if (strncmp(file, rows[i].begins, len) == 0 &&
		    (!best || len > strlen(best->begins)))
			best = &rows[i];
	}
	if (!best)
		fail_msg("no row for %s", file);
	return best;
}

static void read_file(const char *file, struct buf *out)
{
	char path[300];
	struct err err;

	buf_reset(out);
	snprintf(path, sizeof(path), PAYLOADS "%s", file);
	if (file_read(path, 1024 * 1024, out, &err))
		fail_msg("%s", err.text);
}

static void read_events(struct arena *a, struct str body, struct event_list *ret)
{
	const struct json *root;
	struct err err;

	if (webhook_read(a, body, ret, &root, &err))
		fail_msg("%s", err.text);
}

static void check_text(const char *file, const char *what, struct str got, const char *expected)
{
	if (expected && !str_eq_c(got, expected))
		fail_msg("%s: %s is \"%.*s\"", file, what, STR_ARG(got));
}

static void check_strings_are_there(const char *file, const struct event *e)
{
	const struct str all[] = { e->entry_id, e->field, e->number, e->wa_id, e->user_id,
		e->parent_user_id, e->previous_user_id, e->previous_wa_id, e->id, e->status,
		e->callback, e->type, e->text, e->payload, e->word };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!all[i].p)
			fail_msg("%s: string %zu is missing", file, i);
	}
	if (!e->value || !e->field.len || !e->entry_id.len)
		fail_msg("%s: no value, field or entry", file);
}

static void check_file(const char *file, const struct event_list *list)
{
	const struct row *r = row_of(file);

	if (list->len != r->facts)
		fail_msg("%s: %zu facts", file, list->len);
	for (size_t i = 0; i < list->len; i++) {
		check_strings_are_there(file, &list->items[i]);
		if (list->items[i].kind != r->kind)
			fail_msg("%s: fact %zu is of kind %d", file, i, (int)list->items[i].kind);
	}
	const struct event *e = &list->items[0];
	check_text(file, "entry", e->entry_id, r->entry);
	check_text(file, "number", e->number, r->number);
	check_text(file, "wa_id", e->wa_id, r->wa_id);
	check_text(file, "user_id", e->user_id, r->user_id);
	check_text(file, "word", e->word, r->word);
	if (e->at != (r->at_s == NO_TIME ? TIME_NONE : r->at_s * MS_PER_S))
		fail_msg("%s: at %lld", file, (long long)e->at);
}

static void test_every_file(void **state)
{
	DIR *dir = opendir(PAYLOADS);
	size_t files = 0;
	struct buf body;

	(void)state;
	assert_non_null(dir);
	buf_init(&body, 0);
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		struct arena *a = arena_new(0, 0);
		struct event_list list;
		if (d->d_name[0] != '_' && d->d_name[0] != '.') {
			read_file(d->d_name, &body);
			read_events(a, buf_str(&body), &list);
			check_file(d->d_name, &list);
			files++;
		}
		arena_free(&a);
	}
	closedir(dir);
	buf_done(&body);
	assert_true(files > 150);
}

/* --- some files in full ---------------------------------------------------------------------- */

static const struct {
	const char *file;
	size_t fact;
	const char *id, *status, *type, *text, *payload, *callback, *parent, *previous_user,
	    *previous_wa;
	int64_t code;
	bool group;
} details[] = {
	{ "messages.text_opt_out_keyword.json", 0, "wamid.VARCOINSTOP00000000==", "", "text",
	    "PARAR", "", "", "", "", "", 0, false },
	{ "messages.button_opt_out.json", 0, NULL, "", "button", "Parar ofertas", "SAIR_OFERTAS",
	    "", "", "", "", 0, false },
	{ "messages.interactive_button_reply.json", 0, NULL, "", "interactive", "Falar com gente",
	    "op-1", "", "", "", "", 0, false },
	{ "messages.interactive_list_reply.json", 0, NULL, "", "interactive", "Segunda via",
	    "row-2", "", "", "", "", 0, false },
	{ "messages.interactive_nfm_reply_flow.json", 0, NULL, "", "interactive", "", "", "", "",
	    "", "", 0, false },
	{ "messages.group_text.json", 0, NULL, "", "text", "ola grupo", "", "", "", "", "", 0,
	    true },
	{ "messages.edit.json", 0, NULL, "", "edit", "", "", "", "", "", "", 0, false },
	{ "messages.unsupported.json", 0, NULL, "", "unsupported", "", "", "", "", "", "", 131051,
	    false },
	{ "messages.text_bsuid_only_no_phone.json", 0, NULL, "", "text", NULL, "", "",
	    "BR.ENT.7hPq2Rw8Yd", "", "", 0, false },
	{ "messages.errors_account_level.json", 0, "", "", "", "", "", "", "", "", "", 130429,
	    false },
	{ "messages.batch_two_entries.json", 1, "wamid.VARCOINREA000000000==", "", "reaction", "",
	    "", "", "", "", "", 0, false },
	{ "messages.system_user_changed_number.json", 0, NULL, "", "system", "", "", "",
	    "BR.ENT.N3wPar01", "", PHONE, 0, false },
	{ "messages.system_user_changed_user_id.json", 0, NULL, "", "system", "", "", "", "", BSUID,
	    "", 0, false },
	{ "user_id_update.json", 0, "", "", "", "", "", "", "", BSUID, "", 0, false },
	{ "statuses.delivered.json", 0, "wamid.VARCOOUTMKT00000000==", "delivered", "", "", "",
	    "varco:job=42;tenant=7", "", "", "", 0, false },
	{ "statuses.failed_131050.json", 0, NULL, "failed", "", "", "", "", "", "", "", 131050,
	    false },
	{ "statuses.delivered_bsuid_only.json", 0, NULL, "delivered", "", "", "", "",
	    "BR.ENT.7hPq2Rw8Yd", "", "", 0, false },
	{ "statuses.read_group_aggregated.json", 1, NULL, "read", "", "", "", "", "", "", "", 0,
	    true },
	{ "calls.terminate.json", 0, "wacid.VARCO0001", "", "terminate", "", "", "", "", "", "", 0,
	    false },
};

static void test_details(void **state)
{
	struct buf body;

	(void)state;
	buf_init(&body, 0);
	for (size_t i = 0; i < ARRAY_LEN(details); i++) {
		struct arena *a = arena_new(0, 0);
		struct event_list list;
		read_file(details[i].file, &body);
		read_events(a, buf_str(&body), &list);
		assert_true(details[i].fact < list.len);
		const struct event *e = &list.items[details[i].fact];
		check_text(details[i].file, "id", e->id, details[i].id);
		check_text(details[i].file, "status", e->status, details[i].status);
		check_text(details[i].file, "type", e->type, details[i].type);
		check_text(details[i].file, "text", e->text, details[i].text);
		check_text(details[i].file, "payload", e->payload, details[i].payload);
		check_text(details[i].file, "callback", e->callback, details[i].callback);
		check_text(details[i].file, "parent", e->parent_user_id, details[i].parent);
		check_text(details[i].file, "previous user", e->previous_user_id,
		    details[i].previous_user);
		check_text(
		    details[i].file, "previous number", e->previous_wa_id, details[i].previous_wa);
		if (e->error_code != details[i].code || e->group != details[i].group)
			fail_msg("%s: code %lld, group %d", details[i].file,
			    (long long)e->error_code, e->group);
		arena_free(&a);
	}
	buf_done(&body);
}

/* --- bodies that bend the shape -------------------------------------------------------------- */

#define POST(changes) "{\"entry\":[{\"id\":\"1\",\"time\":5,\"changes\":[" changes "]}]}"
#define MESSAGES(members) POST("{\"field\":\"messages\",\"value\":{" members "}}")

static const struct {
	const char *name, *body;
	size_t facts;
	enum event_kind kind; /* of the first */
	int64_t at_s;
	const char *wa_id;
} shapes[] = {
	{ "no entries", "{\"entry\":[]}", 0, EVENT_OTHER, NO_TIME, "" },
	{ "no changes", "{\"entry\":[{\"id\":\"1\",\"changes\":[]}]}", 0, EVENT_OTHER, NO_TIME,
	    "" },
	{ "field inside the value",
	    POST("{\"value\":{\"field\":\"account_update\",\"event\":\"X\"}}"), 1, EVENT_ACCOUNT, 5,
	    "" },
	{ "value beside the field", POST("{\"field\":\"account_update\",\"event\":\"X\"}"), 1,
	    EVENT_ACCOUNT, 5, "" },
	{ "no field", POST("{\"value\":{\"a\":1}}"), 1, EVENT_OTHER, 5, "" },
	{ "null value", POST("{\"field\":\"messages\",\"value\":null}"), 1, EVENT_OTHER, 5, "" },
	{ "unknown field", POST("{\"field\":\"new_in_2027\",\"value\":{\"messages\":[{},{}]}}"), 1,
	    EVENT_OTHER, 5, "" },
	{ "event that is no word", POST("{\"field\":\"account_update\",\"value\":{\"event\":7}}"),
	    1, EVENT_OTHER, 5, "" },
	{ "times as numbers",
	    MESSAGES(
		"\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\",\"timestamp\":7}]"),
	    1, EVENT_MESSAGE, 7, "39" },
	{ "times as digits",
	    MESSAGES(
		"\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\",\"timestamp\":\"7\"}]"),
	    1, EVENT_MESSAGE, 7, "39" },
	{ "no time", MESSAGES("\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\"}]"), 1,
	    EVENT_MESSAGE, NO_TIME, "39" },
	{ "a time that is no number",
	    MESSAGES(
		"\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\",\"timestamp\":\"soon\"}]"),
	    1, EVENT_MESSAGE, NO_TIME, "39" },
	{ "a time before 1970",
	    MESSAGES(
		"\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\",\"timestamp\":-7}]"),
	    1, EVENT_MESSAGE, NO_TIME, "39" },
	{ "a time beyond all years",
	    MESSAGES(
		"\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\",\"timestamp\":999999999999999}]"),
	    1, EVENT_MESSAGE, NO_TIME, "39" },
	{ "no id", MESSAGES("\"messages\":[{\"type\":\"text\",\"from\":\"39\",\"timestamp\":7}]"),
	    1, EVENT_OTHER, 7, "39" },
	{ "messages that are no objects", MESSAGES("\"messages\":[1,\"a\",null,[]]"), 4,
	    EVENT_OTHER, 5, "" },
	{ "one message without an array",
	    MESSAGES(
		"\"messages\":{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\",\"timestamp\":7}"),
	    1, EVENT_MESSAGE, 7, "39" },
	{ "messages that are a word", MESSAGES("\"messages\":\"x\""), 1, EVENT_OTHER, 5, "" },
	{ "empty arrays", MESSAGES("\"messages\":[],\"statuses\":[]"), 1, EVENT_OTHER, 5, "" },
	{ "messages and statuses",
	    MESSAGES(
		"\"statuses\":[{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":8}],\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from\":\"39\",\"timestamp\":7}]"),
	    2, EVENT_MESSAGE, 7, "39" },
	{ "the sender's number from the contact",
	    MESSAGES(
		"\"contacts\":[{\"wa_id\":\"40\",\"user_id\":\"IT.b\"},{\"wa_id\":\"39\",\"user_id\":\"IT.a\"}],\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from_user_id\":\"IT.a\",\"timestamp\":7}]"),
	    1, EVENT_MESSAGE, 7, "39" },
	{ "not the contact of somebody else",
	    MESSAGES(
		"\"contacts\":[{\"wa_id\":\"40\",\"user_id\":\"IT.b\"}],\"messages\":[{\"id\":\"w\",\"type\":\"text\",\"from_user_id\":\"IT.a\",\"timestamp\":7}]"),
	    1, EVENT_MESSAGE, 7, "" },
	{ "a call by the business",
	    POST(
		"{\"field\":\"calls\",\"value\":{\"calls\":[{\"id\":\"c\",\"event\":\"connect\",\"direction\":\"BUSINESS_INITIATED\",\"to\":\"39\",\"timestamp\":7}]}}"),
	    1, EVENT_OTHER, 7, "" },
	{ "a preference about something else",
	    POST(
		"{\"field\":\"user_preferences\",\"value\":{\"user_preferences\":[{\"wa_id\":\"39\",\"category\":\"utility_messages\",\"value\":\"stop\",\"timestamp\":7}]}}"),
	    1, EVENT_OTHER, 7, "39" },
	{ "a preference of another kind",
	    POST(
		"{\"field\":\"user_preferences\",\"value\":{\"user_preferences\":[{\"wa_id\":\"39\",\"category\":\"marketing_messages\",\"value\":\"less\",\"timestamp\":7}]}}"),
	    1, EVENT_OTHER, 7, "39" },
	{ "a group's status in the older spelling",
	    MESSAGES(
		"\"statuses\":[{\"id\":\"w\",\"status\":\"read\",\"timestamp\":7,\"recipient_id\":\"g\",\"recipient_type\":\"group\",\"participant_recipient_id\":\"39\"}]"),
	    1, EVENT_STATUS, 7, "39" },
};

static void test_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		struct arena *a = arena_new(0, 0);
		struct event_list list;
		read_events(a, str_c(shapes[i].body), &list);
		if (list.len != shapes[i].facts)
			fail_msg("%s: %zu facts", shapes[i].name, list.len);
		time_ms at = shapes[i].at_s == NO_TIME ? TIME_NONE : shapes[i].at_s * MS_PER_S;
		if (list.len &&
		    (list.items[0].kind != shapes[i].kind || list.items[0].at != at ||
			!str_eq_c(list.items[0].wa_id, shapes[i].wa_id)))
			fail_msg("%s: kind %d, at %lld, wa_id %.*s", shapes[i].name,
			    (int)list.items[0].kind, (long long)list.items[0].at,
			    STR_ARG(list.items[0].wa_id));
		arena_free(&a);
	}
}

static void test_numbers_as_ids(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct event_list list;

	(void)state;
	read_events(a,
	    STR("{\"entry\":[{\"id\":17,\"changes\":[{\"field\":\"messages\",\"value\":{\"metadata\":"
		"{\"phone_number_id\":23}}}]}]}"),
	    &list);
	assert_true(str_eq(list.items[0].entry_id, STR("17")));
	assert_true(str_eq(list.items[0].number, STR("23")));
	arena_free(&a);
}

static const struct {
	const char *name, *body;
} refused[] = {
	{ "nothing", "" },
	{ "no JSON", "entry=1" },
	{ "half of it", "{\"entry\":[{\"id\":\"1\",\"changes\":[" },
	{ "bytes behind", "{\"entry\":[]} x" },
	{ "an array", "[{\"entry\":[]}]" },
	{ "no entry", "{\"object\":\"whatsapp_business_account\"}" },
	{ "an entry that is no array", "{\"entry\":{}}" },
	{ "an entry that is no object", "{\"entry\":[1]}" },
	{ "changes that are no array", "{\"entry\":[{\"id\":\"1\",\"changes\":{}}]}" },
	{ "no changes at all", "{\"entry\":[{\"id\":\"1\"}]}" },
	{ "a change that is no object", "{\"entry\":[{\"id\":\"1\",\"changes\":[\"messages\"]}]}" },
	{ "the same key twice", "{\"entry\":[],\"entry\":[]}" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct arena *a = arena_new(0, 0);
		struct event_list list;
		const struct json *root;
		struct err err = { 0 };
		if (webhook_read(a, str_c(refused[i].body), &list, &root, &err) != -E_INVALID ||
		    !err.text[0])
			fail_msg("%s", refused[i].name);
		arena_free(&a);
	}
}

static int read_many(size_t n, const char *before, const char *each, const char *behind)
{
	struct arena *a = arena_new(0, 0);
	struct event_list list;
	const struct json *root;
	struct buf body;

	buf_init(&body, 0);
	buf_add_c(&body, before);
	for (size_t i = 0; i < n; i++) {
		buf_add_c(&body, i ? "," : "");
		buf_add_c(&body, each);
	}
	buf_add_c(&body, behind);
	int rc = webhook_read(a, buf_str(&body), &list, &root, NULL);
	if (!rc)
		assert_int_equal(list.len, n);
	buf_done(&body);
	arena_free(&a);
	return rc;
}

static void test_too_many(void **state)
{
	static const char change[] = "{\"field\":\"flows\",\"value\":{}}";
	static const char entry[] =
	    "{\"id\":\"1\",\"changes\":[{\"field\":\"flows\",\"value\":{}}]}";
	static const char status[] = "{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1}";
	static const char before[] =
	    "{\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":{\"statuses\":[";

	(void)state;
	assert_int_equal(read_many(WEBHOOK_CHANGES_MAX, "{\"entry\":[{\"id\":\"1\",\"changes\":[",
			     change, "]}]}"),
	    0);
	assert_int_equal(read_many(WEBHOOK_CHANGES_MAX + 1,
			     "{\"entry\":[{\"id\":\"1\",\"changes\":[", change, "]}]}"),
	    -E_TOO_LARGE);
	assert_int_equal(read_many(WEBHOOK_CHANGES_MAX, "{\"entry\":[", entry, "]}"), 0);
	assert_int_equal(
	    read_many(WEBHOOK_CHANGES_MAX + 1, "{\"entry\":[", entry, "]}"), -E_TOO_LARGE);
	assert_int_equal(read_many(WEBHOOK_FACTS_MAX, before, status, "]}}]}]}"), 0);
	assert_int_equal(read_many(WEBHOOK_FACTS_MAX + 1, before, status, "]}}]}]}"), -E_TOO_LARGE);
}

/* --- keys ------------------------------------------------------------------------------------ */

#define ONE_STATUS(rest) MESSAGES("\"statuses\":[{" rest "}]")
#define ONE_MESSAGE(rest) MESSAGES("\"messages\":[{\"type\":\"text\"," rest "}]")

static const struct {
	const char *name, *a, *b;
	bool same;
} keys[] = {
	{ "the same status", ONE_STATUS("\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1"),
	    ONE_STATUS("\"timestamp\":\"1\",\"status\":\"sent\",\"id\":\"w\""), true },
	{ "another status", ONE_STATUS("\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1"),
	    ONE_STATUS("\"id\":\"w\",\"status\":\"read\",\"timestamp\":1"), false },
	{ "another time", ONE_STATUS("\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1"),
	    ONE_STATUS("\"id\":\"w\",\"status\":\"sent\",\"timestamp\":2"), false },
	{ "another message's", ONE_STATUS("\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1"),
	    ONE_STATUS("\"id\":\"x\",\"status\":\"sent\",\"timestamp\":1"), false },
	{ "bytes moved between parts",
	    ONE_STATUS("\"id\":\"ws\",\"status\":\"ent\",\"timestamp\":1"),
	    ONE_STATUS("\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1"), false },
	{ "another participant",
	    ONE_STATUS(
		"\"id\":\"w\",\"status\":\"read\",\"timestamp\":1,\"recipient_type\":\"group\",\"recipient_participant_id\":\"39\""),
	    ONE_STATUS(
		"\"id\":\"w\",\"status\":\"read\",\"timestamp\":1,\"recipient_type\":\"group\",\"recipient_participant_id\":\"40\""),
	    false },
	{ "a status and a message", ONE_STATUS("\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1"),
	    ONE_MESSAGE("\"id\":\"w\",\"timestamp\":1"), false },
	{ "the same message", ONE_MESSAGE("\"id\":\"w\",\"timestamp\":1"),
	    ONE_MESSAGE("\"id\":\"w\",\"timestamp\":2,\"from\":\"39\""), true },
	{ "another message", ONE_MESSAGE("\"id\":\"w\",\"timestamp\":1"),
	    ONE_MESSAGE("\"id\":\"x\",\"timestamp\":1"), false },
	{ "the same value", POST("{\"field\":\"flows\",\"value\":{\"a\":1,\"b\":2}}"),
	    POST("{\"value\":{\"b\":2,\"a\":1},\"field\":\"flows\"}"), true },
	{ "another value", POST("{\"field\":\"flows\",\"value\":{\"a\":1}}"),
	    POST("{\"field\":\"flows\",\"value\":{\"a\":2}}"), false },
	{ "another field", POST("{\"field\":\"flows\",\"value\":{\"a\":1}}"),
	    POST("{\"field\":\"security\",\"value\":{\"a\":1}}"), false },
	{ "another time of the entry", POST("{\"field\":\"flows\",\"value\":{}}"),
	    "{\"entry\":[{\"id\":\"1\",\"time\":6,\"changes\":[{\"field\":\"flows\",\"value\":{}}]}]}",
	    false },
	{ "another entry", POST("{\"field\":\"flows\",\"value\":{}}"),
	    "{\"entry\":[{\"id\":\"2\",\"time\":5,\"changes\":[{\"field\":\"flows\",\"value\":{}}]}]}",
	    false },
	{ "a very long id",
	    ONE_MESSAGE(
		"\"id\":\"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww1\",\"timestamp\":1"),
	    ONE_MESSAGE(
		"\"id\":\"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww2\",\"timestamp\":1"),
	    false },
};

static void key_of(const char *body, uint8_t out[32])
{
	struct arena *a = arena_new(0, 0);
	struct event_list list;

	read_events(a, str_c(body), &list);
	assert_int_equal(list.len, 1);
	event_key(&list.items[0], out);
	arena_free(&a);
}

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		uint8_t a[32], b[32];
		key_of(keys[i].a, a);
		key_of(keys[i].b, b);
		if ((memcmp(a, b, sizeof(a)) == 0) != keys[i].same)
			fail_msg("%s", keys[i].name);
	}
}

/* --- signatures ------------------------------------------------------------------------------ */

static void test_signature_of_the_example(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct json *example;
	struct buf text;
	char ours[72];

	(void)state;
	buf_init(&text, 0);
	read_file("_signature_example.json", &text);
	assert_int_equal(json_read(a, buf_str(&text), &example, NULL), 0);
	struct str secret = json_str(json_get(example, "app_secret"));
	struct str body = json_str(json_get(example, "raw_body"));
	struct str header = json_str(json_get(json_get(example, "header"), "X-Hub-Signature-256"));
	assert_true(webhook_signature_ok(secret, body, header));
	webhook_sign(secret, body, ours);
	assert_true(str_eq_c(header, ours));
	assert_false(webhook_signature_ok(STR("another secret"), body, header));
	assert_false(webhook_signature_ok(STR(""), body, header));
	assert_false(webhook_signature_ok(secret, str_sub(body, 0, body.len - 1), header));
	/* Every bit of it counts. */
	for (size_t i = 0; i < header.len; i++) {
		char other[72];
		memcpy(other, header.p, header.len);
		other[i] = other[i] == '0' ? '1' : '0';
		if (webhook_signature_ok(secret, body, str_n(other, header.len)))
			fail_msg("character %zu of the signature does not matter", i);
	}
	buf_done(&text);
	arena_free(&a);
}

static const char *const bad_signatures[] = { "",
	"sha256=", "sha1=", "6dc28ef8f867a4dc2a0573952faad97e548b79550f502f36bcdc777c092a39bb",
	"sha256=6dc28ef8f867a4dc2a0573952faad97e548b79550f502f36bcdc777c092a39b",
	"sha256=6dc28ef8f867a4dc2a0573952faad97e548b79550f502f36bcdc777c092a39bbb",
	"sha256=6dc28ef8f867a4dc2a0573952faad97e548b79550f502f36bcdc777c092a39bg",
	"SHA256=6dc28ef8f867a4dc2a0573952faad97e548b79550f502f36bcdc777c092a39bb",
	" sha256=6dc28ef8f867a4dc2a0573952faad97e548b79550f502f36bcdc777c092a39b" };

static void test_bad_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_signatures); i++) {
		if (webhook_signature_ok(STR("s"), STR("{}"), str_c(bad_signatures[i])))
			fail_msg("%s", bad_signatures[i]);
	}
	assert_false(webhook_signature_ok(STR("s"), STR("{}"), STR_NONE));
}

/* --- memory ---------------------------------------------------------------------------------- */

static int read_once(void *arg)
{
	static const char body[] =
	    "{\"entry\":[{\"id\":7,\"changes\":[{\"field\":\"messages\",\"value\":{"
	    "\"metadata\":{\"phone_number_id\":9},\"errors\":[{\"code\":1}]}},"
	    "{\"field\":\"business_capability_update\",\"value\":{"
	    "\"max_daily_conversations_per_business\":250}}]}]}";
	struct arena *a = arena_new(16, 0);
	struct event_list list;
	const struct json *root;

	(void)arg;
	if (!a)
		return -E_NOMEM;
	int rc = webhook_read(a, str_c(body), &list, &root, NULL);
	arena_free(&a);
	return rc;
}

static void test_no_memory(void **state)
{
	(void)state;
	torture("a post", read_once, NULL);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_file),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_numbers_as_ids),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_signature_of_the_example),
		cmocka_unit_test(test_bad_signatures),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
