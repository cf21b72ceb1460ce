/* What people do: they write, call, choose, change their number. The event first changes what the simulator knows
 * (window, preference), then it is posted; the answer comes when the receiver has taken it, unless "wait" is false. */
#include "apps/sim/sim_control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_events.h"

#define TYPE_DEFAULT "text"
#define PROFILE_DEFAULT "Ana Esempio"

struct inbound {
	struct sim_call *call;
	struct sim *sim;
	struct sim_number *number;
	struct sim_person *person;
	struct sim_pair *pair;
	char wamid[SIM_WAMID_MAX];
	struct str from; /* digits; p NULL when the phone stays hidden */
	char bsuid[SIM_BSUID_MAX];
	struct str name;
	time_ms at;
};

/* --- who ----------------------------------------------------------------------------------------- */

static bool find_sender(struct inbound *x, struct str from, struct str bsuid)
{
	struct sim *s = x->sim;
	char digits[SIM_PHONE_MAX];

	if (!from.len && !sim_bsuid_is_shaped(bsuid)) {
		sim_control_fail(x->call, 400, "from",
		    "from (a phone number) or bsuid (a user id) is required.");
		return false;
	}
	if (from.len && !sim_world_digits(from, x->number->waba->country, digits)) {
		sim_control_fail(x->call, 400, "from", "from is no phone number.");
		return false;
	}
	x->person = from.len
	    ? sim_world_person(s->world, str_c(digits))
	    : sim_world_person_by_bsuid(s->world, bsuid, str_c(x->number->waba->portfolio->id));
	x->pair = x->person ? sim_world_pair(s->world, x->number, x->person) : NULL;
	if (!x->pair) {
		sim_control_fail(x->call, 503, "from", "There is no room for more people.");
		return false;
	}
	if (from.len && bsuid.len && sim_world_set_bsuid(s->world, x->person, bsuid)) {
		sim_control_fail(x->call, 409, "bsuid", "Somebody else has this user id.");
		return false;
	}
	return true;
}

static bool begin(struct inbound *x)
{
	struct sim_call *c = x->call;
	struct str number = sim_control_id(c, "number"), from = sim_control_id(c, "from");
	bool known;

	if (!number.p)
		number = str_c(x->sim->default_number);
	known = sim_world_find_number(x->sim->world, number) != NULL;
	x->number = known || !x->sim->strict ? sim_world_number(x->sim->world, number, NULL) : NULL;
	if (!x->number) {
		sim_control_fail(c, 404, "number", "There is no such number.");
		return false;
	}
	if (!known)
		x->number->throughput = x->sim->default_throughput;
	x->at = sim_now(x->sim);
	if (!find_sender(x, from, sim_control_id(c, "bsuid")) ||
	    sim_control_time(c, "at", &x->at) < 0 ||
	    sim_control_bool(c, "hides_phone", &x->person->hides_phone) < 0)
		return false;
	if (x->person->phone[0] && !x->person->hides_phone)
		x->from = str_c(x->person->phone);
	sim_person_bsuid(x->person, str_c(x->number->waba->portfolio->id), x->bsuid);
	x->name = json_str(json_get(c->body, "name"));
	if (!x->name.p)
		x->name = STR(PROFILE_DEFAULT);
	sim_wamid_format(x->sim->seed, SIM_IN, ++x->sim->inbound, x->wamid);
	return true;
}

/* --- the objects of the types -------------------------------------------------------------------- */

static struct str member(const struct inbound *x, const char *key, struct str otherwise)
{
	struct str s = json_str(json_get(x->call->body, key));

	return s.p ? s : otherwise;
}

static void write_text(struct json_writer *w, const struct inbound *x, const char *type)
{
	jw_key(w, type);
	jw_object(w);
	jw_member_str(w, "body", member(x, "text", STR("")));
	jw_object_end(w);
}

static void write_button(struct json_writer *w, const struct inbound *x, const char *type)
{
	struct str text = member(x, "text", member(x, "button", STR("")));

	jw_key(w, type);
	jw_object(w);
	jw_member_str(w, "payload", member(x, "payload", text));
	jw_member_str(w, "text", text);
	jw_object_end(w);
}

/* "button_reply" and "list_reply" arrive as interactive messages. */
static void write_reply(struct json_writer *w, const struct inbound *x, const char *type)
{
	jw_key(w, "interactive");
	jw_object(w);
	jw_member_c(w, "type", type);
	jw_key(w, type);
	jw_object(w);
	jw_member_str(w, "id", member(x, "payload", member(x, "id", STR("row-1"))));
	jw_member_str(w, "title", member(x, "text", STR("")));
	jw_object_end(w);
	jw_object_end(w);
}

static void write_reaction(struct json_writer *w, const struct inbound *x, const char *type)
{
	struct str emoji = member(x, "emoji", STR_NONE);

	jw_key(w, type);
	jw_object(w);
	jw_member_str(w, "message_id", member(x, "message_id", STR("")));
	if (emoji.len)
		jw_member_str(w, "emoji", emoji);
	jw_object_end(w);
}

static void write_location(struct json_writer *w, const struct inbound *x, const char *type)
{
	(void)x;
	jw_key(w, type);
	jw_object(w);
	jw_key(w, "latitude");
	jw_real(w, 45.4642);
	jw_key(w, "longitude");
	jw_real(w, 9.19);
	jw_object_end(w);
}

/* A small file comes into being, so that its id can be looked up and fetched. */
static void write_media(struct json_writer *w, const struct inbound *x, const char *type)
{
	struct sim *s = x->sim;
	struct str mime = member(x, "mime_type", STR("application/octet-stream"));
	struct str bytes = member(x, "content", STR("simulated file"));
	struct sim_file *f = sim_media_put(
	    s->media, STR_NONE, x->number->waba, mime, bytes, sim_now(s) + FIG_RECEIVED_LIFE_MS);
	struct str caption = member(x, "text", STR_NONE);
	struct buf digest;

	jw_key(w, type);
	jw_object(w);
	if (f) {
		buf_init(&digest, 0);
		base64_encode(str_n((const char *)f->digest.b, SHA256_LEN), &digest);
		jw_member_c(w, "mime_type", f->type);
		jw_member_str(w, "sha256", buf_str(&digest));
		jw_member_c(w, "id", f->id);
		buf_done(&digest);
	}
	if (caption.p)
		jw_member_str(w, "caption", caption);
	if (strcmp(type, "document") == 0)
		jw_member_str(w, "filename", member(x, "filename", STR("file.bin")));
	jw_object_end(w);
}

static const struct message_row {
	const char *asked; /* "type" of the call */
	const char *type;  /* "type" of the message */
	void (*write)(struct json_writer *w, const struct inbound *x, const char *type);
} message_rows[] = {
	{ "text", "text", write_text },
	{ "button", "button", write_button },
	{ "button_reply", "interactive", write_reply },
	{ "list_reply", "interactive", write_reply },
	{ "reaction", "reaction", write_reaction },
	{ "location", "location", write_location },
	{ "image", "image", write_media },
	{ "video", "video", write_media },
	{ "audio", "audio", write_media },
	{ "document", "document", write_media },
	{ "sticker", "sticker", write_media },
};

static void write_from(struct json_writer *w, const struct inbound *x)
{
	if (x->from.p)
		jw_member_str(w, "from", x->from);
	jw_member_c(w, "from_user_id", x->bsuid);
}

static void write_context(struct json_writer *w, const struct inbound *x)
{
	struct str id = member(x, "context", STR_NONE);

	if (!id.p)
		return;
	jw_key(w, "context");
	jw_object(w);
	jw_member_c(w, "from", x->number->display_digits);
	jw_member_str(w, "id", id);
	jw_object_end(w);
}

static void write_referral(struct json_writer *w)
{
	jw_key(w, "referral");
	jw_object(w);
	jw_member_c(w, "source_url", "https://fb.example.invalid/ad/1");
	jw_member_c(w, "source_id", "120330440550");
	jw_member_c(w, "source_type", "ad");
	jw_member_c(w, "headline", "Simulated ad");
	jw_member_c(w, "ctwa_clid", "CLID0001");
	jw_object_end(w);
}

static void write_message(
    struct json_writer *w, const struct inbound *x, const struct message_row *row, bool referral)
{
	jw_object(w);
	sim_event_head(w, x->number);
	sim_event_contacts(w, x->number, x->person, x->name);
	jw_key(w, "messages");
	jw_array(w);
	jw_object(w);
	write_from(w, x);
	jw_member_c(w, "id", x->wamid);
	sim_event_seconds(w, "timestamp", x->at);
	write_context(w, x);
	jw_member_c(w, "type", row->type);
	row->write(w, x, row->asked);
	if (referral)
		write_referral(w);
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
}

/* --- sorts of events: each changes the world and writes its value. The field, or NULL = answered ---- */

static const char *do_message(
    struct inbound *x, struct json_writer *w, const struct message_row *row)
{
	bool referral = false;

	if (sim_control_bool(x->call, "referral", &referral) < 0)
		return NULL;
	if (x->pair->last_inbound == TIME_NONE || x->at > x->pair->last_inbound)
		x->pair->last_inbound = x->at;
	if (referral)
		x->pair->entry_at = x->at;
	write_message(w, x, row, referral);
	return "messages";
}

static const char *do_call(struct inbound *x, struct json_writer *w)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "wacid.SIM%08" PRIu64, x->sim->inbound);
	if (x->pair->last_call == TIME_NONE || x->at > x->pair->last_call)
		x->pair->last_call = x->at;
	jw_object(w);
	sim_event_head(w, x->number);
	sim_event_contacts(w, x->number, x->person, x->name);
	jw_key(w, "calls");
	jw_array(w);
	jw_object(w);
	jw_member_c(w, "id", id);
	write_from(w, x);
	jw_member_c(w, "to", x->number->display_digits);
	jw_member_c(w, "event", "connect");
	sim_event_seconds(w, "timestamp", x->at);
	jw_member_c(w, "direction", "USER_INITIATED");
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
	return "calls";
}

static const char *do_preference(struct inbound *x, struct json_writer *w)
{
	struct str value = member(x, "preference", STR_NONE);

	if (!str_eq_c(value, "stop") && !str_eq_c(value, "resume")) {
		sim_control_fail(x->call, 400, "preference", "preference is stop or resume.");
		return NULL;
	}
	x->pair->stopped = str_eq_c(value, "stop");
	jw_object(w);
	sim_event_head(w, x->number);
	sim_event_contacts(w, x->number, x->person, x->name);
	jw_key(w, "user_preferences");
	jw_array(w);
	jw_object(w);
	if (x->from.p)
		jw_member_str(w, "wa_id", x->from);
	jw_member_c(w, "user_id", x->bsuid);
	jw_member_c(w, "detail", "Marketing preference changed");
	jw_member_c(w, "category", "marketing_messages");
	jw_member_str(w, "value", value);
	jw_member_int(w, "timestamp", x->at / MS_PER_S);
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
	return "user_preferences";
}

/* The same phone under a new user id. */
static const char *do_id_change(struct inbound *x, struct json_writer *w)
{
	struct str portfolio = str_c(x->number->waba->portfolio->id);
	char before[SIM_BSUID_MAX], now[SIM_BSUID_MAX];

	memcpy(before, x->bsuid, sizeof(before));
	x->person->bsuid[0] = '\0';
	if (!x->person->phone[0] || x->person->generation >= 31) {
		sim_control_fail(
		    x->call, 400, "from", "An id change needs a phone, and at most 31 changes.");
		return NULL;
	}
	x->person->generation++;
	sim_person_bsuid(x->person, portfolio, now);
	jw_object(w);
	sim_event_head(w, x->number);
	jw_key(w, "user_id_update");
	jw_array(w);
	jw_object(w);
	if (x->from.p)
		jw_member_str(w, "wa_id", x->from);
	jw_member_c(w, "detail", "User id changed");
	jw_key(w, "user_id");
	jw_object(w);
	jw_member_c(w, "previous", before);
	jw_member_c(w, "current", now);
	jw_object_end(w);
	sim_event_seconds(w, "timestamp", x->at);
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
	return "user_id_update";
}

/* Another phone, which is another person: windows do not move along. */
static const char *do_number_change(struct inbound *x, struct json_writer *w)
{
	struct str to = sim_control_id(x->call, "phone");
	char digits[SIM_PHONE_MAX], bsuid[SIM_BSUID_MAX], text[96];
	struct sim_person *now = NULL;

	if (to.p && sim_world_digits(to, x->number->waba->country, digits))
		now = sim_world_person(x->sim->world, str_c(digits));
	if (!now) {
		sim_control_fail(x->call, 400, "phone", "A number change needs the new phone.");
		return NULL;
	}
	sim_person_bsuid(now, str_c(x->number->waba->portfolio->id), bsuid);
	(void)snprintf(text, sizeof(text), "%s changed to %s", x->person->phone, digits);
	jw_object(w);
	sim_event_head(w, x->number);
	jw_key(w, "messages");
	jw_array(w);
	jw_object(w);
	write_from(w, x);
	jw_member_c(w, "id", x->wamid);
	sim_event_seconds(w, "timestamp", x->at);
	jw_member_c(w, "type", "system");
	jw_key(w, "system");
	jw_object(w);
	jw_member_c(w, "body", text);
	jw_member_c(w, "wa_id", digits);
	jw_member_c(w, "user_id", bsuid);
	jw_member_c(w, "type", "user_changed_number");
	jw_object_end(w);
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
	return "messages";
}

static const struct sort_row {
	const char *type;
	const char *(*make)(struct inbound *x, struct json_writer *w);
} sort_rows[] = {
	{ "call", do_call },
	{ "preference", do_preference },
	{ "id_change", do_id_change },
	{ "number_change", do_number_change },
};

/* The type is said by "type", or by a member that only one of them has. */
static struct str type_of(const struct inbound *x)
{
	static const char *const telling[] = { "preference", "button", "call", "id_change",
		"number_change" };

	for (size_t i = 0; i < ARRAY_LEN(telling); i++) {
		if (json_get(x->call->body, telling[i]))
			return str_c(telling[i]);
	}
	return member(x, "type", STR(TYPE_DEFAULT));
}

static const char *make_event(struct inbound *x, struct json_writer *w)
{
	struct str type = type_of(x);

	for (size_t i = 0; i < ARRAY_LEN(sort_rows); i++) {
		if (str_eq_c(type, sort_rows[i].type))
			return sort_rows[i].make(x, w);
	}
	for (size_t i = 0; i < ARRAY_LEN(message_rows); i++) {
		if (str_eq_c(type, message_rows[i].asked))
			return do_message(x, w, &message_rows[i]);
	}
	sim_control_fail(x->call, 400, "type", "There is no inbound event of this type.");
	return NULL;
}

/* --- the call ------------------------------------------------------------------------------------ */

static unsigned spoil_of(enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_FAULT_DUPLICATE_WEBHOOK:
		return SIM_TWICE;
	case SIM_FAULT_DROP_WEBHOOK:
		return SIM_SILENT;
	case SIM_FAULT_BAD_SIGNATURE:
		return SIM_UNSIGNED;
	default:
		return 0;
	}
}

static void write_answer(struct inbound *x, bool posted)
{
	struct json_writer *w = &x->call->w;

	jw_object(w);
	jw_member_c(w, "id", x->wamid);
	jw_member_c(w, "number", x->number->id);
	jw_key(w, "from");
	jw_c(w, x->person->phone[0] ? x->person->phone : NULL);
	jw_member_c(w, "user_id", x->bsuid);
	jw_member_bool(w, "posted", posted);
	jw_object_end(w);
}

void sim_control_inbound(struct sim_call *c)
{
	struct inbound x = { .call = c, .sim = c->sim };
	struct json_writer w;
	bool wait = true;
	const char *field;

	if (sim_control_bool(c, "wait", &wait) < 0 || !begin(&x))
		return;
	sim_event_begin(x.sim, &w);
	field = make_event(&x, &w);
	if (!field)
		return;
	x.sim->counts.inbound++;
	uint64_t ticket = ++x.sim->tickets;
	bool posted = sim_post_number(
	    x.sim, x.number, field, sim_event_text(x.sim), spoil_of(c->fault.kind), ticket);
	c->fault.kind = SIM_FAULT_NONE;
	write_answer(&x, posted);
	if (posted && wait)
		sim_call_ok_after(c, ticket);
	else
		sim_control_ok(c);
}
