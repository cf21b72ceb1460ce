#include "apps/sim/sim_api.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define SETTINGS_MAX 16384
#define PIN_LEN 6
#define BLOCK_MAX 1000

/* --- registering --------------------------------------------------------------------------------- */

static bool is_digits(struct str s, size_t len)
{
	uint64_t n;

	return s.len == len && str_to_u64(s, &n) == 0;
}

/* The call's number, when it may register or deregister once more; NULL when it was answered. */
static struct sim_number *registering(struct sim_call *c)
{
	struct sim_number *n = sim_call_number(c, c->segs[0]);

	if (n && !sim_number_take_register(n, sim_now(c->sim))) {
		sim_call_fail(c, 133016, "More than %d calls in 72 hours.", FIG_REGISTER_CALLS);
		return NULL;
	}
	return n;
}

void sim_api_register(struct sim_call *c)
{
	struct sim_number *n = registering(c);
	struct str pin;

	if (!n || !sim_call_body(c))
		return;
	pin = json_str(json_get(c->body, "pin"));
	if (!str_eq_c(json_str(json_get(c->body, "messaging_product")), "whatsapp") ||
	    !is_digits(pin, PIN_LEN)) {
		sim_call_fail(c, 100, "messaging_product and a pin of 6 digits are required.");
		return;
	}
	if (n->pin[0] && !str_eq_c(pin, n->pin)) {
		sim_call_fail(c, 133005, "The pin is not the one that was set.");
		return;
	}
	sim_set_text(n->pin, sizeof(n->pin), pin);
	sim_set_text(n->status, sizeof(n->status), STR("CONNECTED"));
	sim_call_success(c);
}

void sim_api_deregister(struct sim_call *c)
{
	struct sim_number *n = registering(c);

	if (!n)
		return;
	sim_set_text(n->status, sizeof(n->status), STR("DISCONNECTED"));
	sim_call_success(c);
}

void sim_api_request_code(struct sim_call *c)
{
	struct str method;

	if (!sim_call_number(c, c->segs[0]) || !sim_call_body(c))
		return;
	method = json_str(json_get(c->body, "code_method"));
	if (!str_eq_c(method, "SMS") && !str_eq_c(method, "VOICE"))
		sim_call_fail(c, 100, "code_method must be SMS or VOICE.");
	else if (!json_str(json_get(c->body, "language")).len)
		sim_call_fail(c, 100, "language is required.");
	else
		sim_call_success(c);
}

void sim_api_verify_code(struct sim_call *c)
{
	if (!sim_call_number(c, c->segs[0]) || !sim_call_body(c))
		return;
	if (!is_digits(json_str(json_get(c->body, "code")), PIN_LEN))
		sim_call_fail(c, 100, "code must have 6 digits.");
	else
		sim_call_success(c);
}

void sim_api_number_set(struct sim_call *c, struct sim_number *n)
{
	struct str pin;
	const struct json *uri;

	if (!sim_call_body(c))
		return;
	pin = json_str(json_get(c->body, "pin"));
	uri = json_path(c->body, "webhook_configuration.override_callback_uri");
	if (pin.p && !is_digits(pin, PIN_LEN)) {
		sim_call_fail(c, 100, "pin must have 6 digits.");
		return;
	}
	if (json_str(uri).len >= sizeof(n->override_uri)) {
		sim_call_fail(c, 100, "webhook_configuration.override_callback_uri is too long.");
		return;
	}
	if (pin.p)
		sim_set_text(n->pin, sizeof(n->pin), pin);
	if (uri)
		sim_set_text(n->override_uri, sizeof(n->override_uri), json_str(uri));
	sim_call_success(c);
}

/* --- profile ------------------------------------------------------------------------------------- */

static const struct profile_row {
	const char *name;
	size_t offset, size, most;
} profile_rows[] = {
#define ROW(field, most) \
	{ #field, offsetof(struct sim_profile, field), sizeof(((struct sim_profile *)0)->field), \
		most }
	ROW(about, 139),
	ROW(address, 256),
	ROW(description, 512),
	ROW(email, 128),
	ROW(vertical, 31),
#undef ROW
};

void sim_api_profile_get(struct sim_call *c)
{
	static const struct sim_profile empty;
	struct sim_number *n = sim_call_number(c, c->segs[0]);
	const struct sim_profile *profile;

	if (!n)
		return;
	profile = n->profile ? n->profile : &empty;
	jw_object(&c->w);
	jw_key(&c->w, "data");
	jw_array(&c->w);
	jw_object(&c->w);
	jw_member_c(&c->w, "messaging_product", "whatsapp");
	for (size_t i = 0; i < ARRAY_LEN(profile_rows); i++)
		jw_member_c(
		    &c->w, profile_rows[i].name, (const char *)profile + profile_rows[i].offset);
	jw_key(&c->w, "websites");
	jw_array(&c->w);
	for (size_t i = 0; i < ARRAY_LEN(profile->websites); i++) {
		if (profile->websites[i][0])
			jw_c(&c->w, profile->websites[i]);
	}
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

static bool check_profile(const struct json *body, struct sim_problem *p)
{
	const struct json *websites = json_get(body, "websites");

	for (size_t i = 0; i < ARRAY_LEN(profile_rows); i++) {
		const struct json *v = json_get(body, profile_rows[i].name);
		if (v &&
		    (json_type(v) != JSON_STRING ||
			text_code_points(json_str(v)) > profile_rows[i].most))
			return sim_problem(p, 100, "%s must be a string of at most %zu characters.",
			    profile_rows[i].name, profile_rows[i].most);
	}
	if (websites && (json_type(websites) != JSON_ARRAY || json_len(websites) > 2))
		return sim_problem(p, 100, "websites must be an array of at most 2.");
	for (size_t i = 0; i < json_len(websites); i++) {
		if (json_str(json_at(websites, i)).len > 256)
			return sim_problem(p, 100, "websites must have at most 256 characters.");
	}
	return true;
}

static void write_profile(struct sim_profile *profile, const struct json *body)
{
	const struct json *websites = json_get(body, "websites");

	for (size_t i = 0; i < ARRAY_LEN(profile_rows); i++) {
		const struct json *v = json_get(body, profile_rows[i].name);
		if (v)
			sim_set_text((char *)profile + profile_rows[i].offset, profile_rows[i].size,
			    json_str(v));
	}
	for (size_t i = 0; websites && i < ARRAY_LEN(profile->websites); i++)
		sim_set_text(profile->websites[i], sizeof(profile->websites[i]),
		    json_str(json_at(websites, i)));
}

void sim_api_profile_set(struct sim_call *c)
{
	struct sim_number *n = sim_call_number(c, c->segs[0]);
	struct sim_problem p;

	if (!n || !sim_call_body(c))
		return;
	if (!check_profile(c->body, &p)) {
		sim_call_problem(c, &p);
		return;
	}
	if (!n->profile && !(n->profile = mem_alloc(sizeof(*n->profile)))) {
		sim_call_fail(c, 131000, "Memory ran out.");
		return;
	}
	write_profile(n->profile, c->body);
	sim_call_success(c);
}

/* --- settings ------------------------------------------------------------------------------------ */

void sim_api_settings_get(struct sim_call *c)
{
	struct sim_number *n = sim_call_number(c, c->segs[0]);

	if (!n)
		return;
	jw_raw(&c->w,
	    n->settings ? str_c(n->settings) : STR("{\"calling\":{\"status\":\"DISABLED\"}}"));
	sim_call_ok(c);
}

/* Kept as posted and given back so. */
void sim_api_settings_set(struct sim_call *c)
{
	struct sim_number *n = sim_call_number(c, c->segs[0]);
	struct buf text;

	if (!n || !sim_call_body(c))
		return;
	buf_init(&text, SETTINGS_MAX);
	json_print(&text, c->body);
	if (text.failed) {
		buf_done(&text);
		sim_call_fail(c, 100, "The settings are too large.");
		return;
	}
	mem_free(n->settings);
	n->settings = text.p;
	sim_call_success(c);
}

/* --- block list ---------------------------------------------------------------------------------- */

static bool wrote_lately(
    struct sim_call *c, const struct sim_number *n, const struct sim_person *who)
{
	const struct sim_pair *pair = sim_world_pair(c->sim->world, n, who);

	return pair && pair->last_inbound != TIME_NONE &&
	    sim_now(c->sim) - pair->last_inbound < FIG_BLOCK_SPAN_MS;
}

/* Blocks or unblocks one; false when it cannot be. */
static bool change_block(struct sim_call *c, struct sim_number *n, struct str user, bool block,
    char wa_id[SIM_PHONE_MAX])
{
	struct sim_person *who;

	wa_id[0] = '\0';
	if (!sim_world_digits(user, n->waba->country, wa_id) ||
	    !(who = sim_world_person(c->sim->world, str_c(wa_id))))
		return false;
	if (!block) {
		(void)map_take(n->blocked, str_c(wa_id));
		return true;
	}
	return wrote_lately(c, n, who) && map_put(n->blocked, str_c(wa_id), who) == 0;
}

static void write_user(struct json_writer *w, struct str input, const char *wa_id, bool failed)
{
	jw_object(w);
	jw_member_str(w, "input", input);
	if (wa_id[0])
		jw_member_c(w, "wa_id", wa_id);
	if (failed) {
		jw_key(w, "errors");
		jw_array(w);
		jw_object(w);
		jw_member_int(w, "code", 131047);
		jw_member_c(w, "message", "Re-engagement required");
		jw_object_end(w);
		jw_array_end(w);
	}
	jw_object_end(w);
}

/* Two lists of the answer; those that failed are collected in a second buffer meanwhile. */
static bool write_users(
    struct sim_call *c, struct sim_number *n, const struct json *users, bool block)
{
	struct buf failed;
	struct json_writer bad;
	char wa_id[SIM_PHONE_MAX];
	bool all = true;

	buf_init(&failed, 0);
	jw_init(&bad, &failed);
	jw_array(&bad);
	jw_key(&c->w, block ? "added_users" : "removed_users");
	jw_array(&c->w);
	for (size_t i = 0; i < json_len(users); i++) {
		struct str user = json_str(json_get(json_at(users, i), "user"));
		bool ok = change_block(c, n, user, block, wa_id);
		write_user(ok ? &c->w : &bad, user, wa_id, !ok);
		all = all && ok;
	}
	jw_array_end(&c->w);
	jw_array_end(&bad);
	if (!all) {
		jw_key(&c->w, "failed_users");
		jw_raw(&c->w, buf_str(&failed));
	}
	buf_done(&failed);
	return all;
}

static void change_blocks(struct sim_call *c, bool block)
{
	struct sim_number *n = sim_call_number(c, c->segs[0]);
	const struct json *users;
	struct sim_problem p;

	if (!n || !sim_call_body(c))
		return;
	users = json_get(c->body, "block_users");
	if (json_type(users) != JSON_ARRAY || json_len(users) == 0 || json_len(users) > BLOCK_MAX) {
		sim_call_fail(c, 100, "block_users must be an array of 1 to %d.", BLOCK_MAX);
		return;
	}
	if (!n->blocked && !(n->blocked = map_new())) {
		sim_call_fail(c, 131000, "Memory ran out.");
		return;
	}
	jw_object(&c->w);
	jw_member_c(&c->w, "messaging_product", "whatsapp");
	jw_key(&c->w, "block_users");
	jw_object(&c->w);
	bool all = write_users(c, n, users, block);
	jw_object_end(&c->w);
	if (!all) {
		(void)sim_problem(&p, 139100, "Some users could not be blocked or unblocked.");
		sim_call_error(c, &p);
	}
	jw_object_end(&c->w);
	sim_call_answer(c, all ? 200 : 400);
}

void sim_api_block(struct sim_call *c)
{
	change_blocks(c, true);
}

void sim_api_unblock(struct sim_call *c)
{
	change_blocks(c, false);
}

void sim_api_blocked(struct sim_call *c)
{
	struct sim_number *n = sim_call_number(c, c->segs[0]);
	size_t iter = 0;
	struct str wa_id;
	void *who;

	if (!n)
		return;
	jw_object(&c->w);
	jw_key(&c->w, "data");
	jw_array(&c->w);
	while (n->blocked && map_each(n->blocked, &iter, &wa_id, &who)) {
		jw_object(&c->w);
		jw_member_c(&c->w, "messaging_product", "whatsapp");
		jw_member_str(&c->w, "wa_id", wa_id);
		jw_object_end(&c->w);
	}
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

/* --- history ------------------------------------------------------------------------------------- */

static void write_event(struct json_writer *w, const struct sim_message *m, enum sim_status status)
{
	static const char *const names[SIM_STATUSES] = {
		[SIM_NO_STATUS] = "ACCEPTED",
		[SIM_SENT] = "SENT",
		[SIM_DELIVERED] = "DELIVERED",
		[SIM_READ] = "READ",
		[SIM_PLAYED] = "READ",
		[SIM_FAILED] = "ERROR",
	};
	time_ms at = status == SIM_NO_STATUS ? m->accepted_at : m->reached[status];
	char id[40];

	if (at == TIME_NONE)
		return;
	(void)snprintf(id, sizeof(id), "%" PRIu64 "%02d", m->n, (int)status);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_c(w, "delivery_status", names[status]);
	jw_member_c(w, "webhook_update_state", "DELIVERED");
	jw_member_int(w, "timestamp", at / MS_PER_S);
	jw_object_end(w);
}

/* The events of one message, inside its row: the edge of their own is not served. */
void sim_api_history(struct sim_call *c)
{
	struct sim_number *n = sim_call_number(c, c->segs[0]);
	struct str wamid = http_query_get(c->req, "message_id");
	const struct sim_message *m = NULL;
	uint64_t counter;

	if (!n)
		return;
	if (wamid.p && sim_wamid_parse(c->sim->seed, SIM_OUT, wamid, &counter))
		m = sim_messages_get(c->sim->messages, counter);
	jw_object(&c->w);
	jw_key(&c->w, "data");
	jw_array(&c->w);
	if (m && m->number == n) {
		jw_object(&c->w);
		jw_key(&c->w, "id");
		jw_str(&c->w, arena_printf(c->req->arena, "%llu", (unsigned long long)m->n));
		jw_member_str(&c->w, "message_id", wamid);
		jw_key(&c->w, "events");
		jw_object(&c->w);
		jw_key(&c->w, "data");
		jw_array(&c->w);
		for (int status = SIM_NO_STATUS; status < SIM_STATUSES; status++)
			write_event(&c->w, m, (enum sim_status)status);
		jw_array_end(&c->w);
		jw_object_end(&c->w);
		jw_object_end(&c->w);
	}
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	sim_call_ok(c);
}
