/* A change's field says which arrays its value may hold and how one member is read: a row of
 * `parts`. A row without an array reads the value itself. What no row understands becomes
 * EVENT_OTHER. Facts are counted before they are read, so that the list is one allocation and a
 * post that is too large is refused before anything is done with it. */
#include "transport/webhook.h"

#include <string.h>

#include "base/check.h"
#include "base/crypto.h"

#define SIGNATURE_PREFIX "sha256="
#define SIGNATURE_LEN (sizeof(SIGNATURE_PREFIX) - 1 + 2 * SHA256_LEN)
#define SECONDS_MAX 253402300799LL /* the last second of the year 9999 */

/* --- signatures ------------------------------------------------------------------------------ */

bool webhook_signature_ok(struct str app_secret, struct str raw_body, struct str header)
{
	struct sha256 given, ours;
	struct str hex = str_sub(header, sizeof(SIGNATURE_PREFIX) - 1, header.len);

	if (!app_secret.len || header.len != SIGNATURE_LEN ||
	    !str_starts(header, STR(SIGNATURE_PREFIX)) || hex_decode(hex, given.b, sizeof(given.b)))
		return false;
	crypto_hmac_sha256(app_secret, raw_body, &ours);
	return str_eq_secret(
	    str_n((const char *)given.b, SHA256_LEN), str_n((const char *)ours.b, SHA256_LEN));
}

void webhook_sign(struct str secret, struct str raw_body, char out[72])
{
	struct sha256 mac;

	crypto_hmac_sha256(secret, raw_body, &mac);
	memcpy(out, SIGNATURE_PREFIX, sizeof(SIGNATURE_PREFIX) - 1);
	hex_encode(mac.b, SHA256_LEN, out + sizeof(SIGNATURE_PREFIX) - 1);
}

/* --- small readers --------------------------------------------------------------------------- */

static struct str text(const struct json *obj, const char *key)
{
	struct str s = json_str(json_get(obj, key));

	return s.p ? s : STR("");
}

static struct str text_or(const struct json *obj, const char *key, struct str other)
{
	struct str s = text(obj, key);

	return s.len ? s : other;
}

/* Seconds, as a number or as digits. */
static time_ms seconds(const struct json *obj, const char *key)
{
	const struct json *v = json_get(obj, key);
	struct str s = json_str(v);
	int64_t n;

	if (s.p ? str_to_i64(s, &n) != 0 : !json_int(v, &n))
		return TIME_NONE;
	return n < 0 || n > SECONDS_MAX ? TIME_NONE : n * MS_PER_S;
}

static time_ms seconds_or(const struct json *obj, const char *key, time_ms other)
{
	time_ms t = seconds(obj, key);

	return t == TIME_NONE ? other : t;
}

/* Ids are strings; a few samples write them as numbers. */
static int id_text(struct arena *a, const struct json *v, struct str *ret)
{
	int64_t n;

	*ret = json_str(v);
	if (!ret->p && json_int(v, &n))
		*ret = arena_printf(a, "%lld", (long long)n);
	else if (!ret->p)
		*ret = STR("");
	return ret->p ? 0 : -E_NOMEM;
}

static int64_t first_error(const struct json *item)
{
	int64_t code;

	return json_int(json_get(json_at(json_get(item, "errors"), 0), "code"), &code) ? code : 0;
}

/* --- who ------------------------------------------------------------------------------------- */

static bool is_contact(const struct json *contact, const struct event *e)
{
	return (e->wa_id.len && str_eq(text(contact, "wa_id"), e->wa_id)) ||
	    (e->user_id.len && str_eq(text(contact, "user_id"), e->user_id));
}

/* The contact of the event's person; the only one there is, when the item names nobody. */
static const struct json *contact_of(const struct event *e)
{
	const struct json *contacts = json_get(e->value, "contacts");
	const struct json *contact;
	struct json_iter it;

	if (!e->wa_id.len && !e->user_id.len)
		return json_len(contacts) == 1 ? json_at(contacts, 0) : NULL;
	json_iter_init(&it, contacts);
	while (json_iter_next(&it, NULL, &contact)) {
		if (is_contact(contact, e))
			return contact;
	}
	return NULL;
}

static void complete_person(struct event *e)
{
	const struct json *contact;

	if (e->wa_id.len && e->user_id.len && e->parent_user_id.len)
		return;
	contact = contact_of(e);
	if (!e->wa_id.len)
		e->wa_id = text(contact, "wa_id");
	if (!e->user_id.len)
		e->user_id = text(contact, "user_id");
	if (!e->parent_user_id.len)
		e->parent_user_id = text(contact, "parent_user_id");
}

static void read_sender(struct event *e)
{
	e->wa_id = text(e->item, "from");
	e->user_id = text(e->item, "from_user_id");
	e->parent_user_id = text(e->item, "from_parent_user_id");
}

/* --- one fact each --------------------------------------------------------------------------- */

/* The row's reader fills the event from e->item and e->value; false when it cannot make sense of
 * it. */
static bool read_system(struct event *e)
{
	const struct json *system = json_get(e->item, "system");

	e->word = text(system, "type");
	bool number = str_eq(e->word, STR("user_changed_number"));
	if (!number && !str_eq(e->word, STR("user_changed_user_id")))
		return true; /* a system message that changes nobody's id */
	e->kind = EVENT_USER_ID;
	e->previous_wa_id = e->wa_id;
	e->previous_user_id = e->user_id;
	e->wa_id = text_or(system, "wa_id", number ? text(system, "new_wa_id") : e->wa_id);
	e->user_id = text(system, "user_id");
	e->parent_user_id = text(system, "parent_user_id");
	return e->wa_id.len || e->user_id.len;
}

static void read_reply(struct event *e)
{
	const struct json *interactive = json_get(e->item, "interactive");
	const struct json *reply = json_get(interactive, "button_reply");

	if (!reply)
		reply = json_get(interactive, "list_reply");
	e->text = text(reply, "title");
	e->payload = text(reply, "id");
}

static bool read_message(struct event *e)
{
	e->kind = EVENT_MESSAGE;
	e->id = text(e->item, "id");
	e->type = text(e->item, "type");
	e->at = seconds(e->item, "timestamp");
	e->group = text(e->item, "group_id").len > 0;
	e->error_code = first_error(e->item);
	read_sender(e);
	/* A time that cannot be read must not lose an opt-out: whoever uses it takes the time of receipt. */
	if (!e->id.len || !e->type.len)
		return false;
	if (str_eq(e->type, STR("system")))
		return read_system(e);
	complete_person(e);
	if (str_eq(e->type, STR("text")))
		e->text = text(json_get(e->item, "text"), "body");
	else if (str_eq(e->type, STR("interactive")))
		read_reply(e);
	else if (str_eq(e->type, STR("button"))) {
		e->text = text(json_get(e->item, "button"), "text");
		e->payload = text(json_get(e->item, "button"), "payload");
	}
	return true;
}

bool webhook_read_message(struct event *e)
{
	return read_message(e) && e->kind == EVENT_MESSAGE;
}

/* Of a group's status the person is the participant, under either of two spellings. */
static void read_recipient(struct event *e)
{
	const struct json *s = e->item;

	e->group = str_eq(text(s, "recipient_type"), STR("group"));
	if (e->group) {
		e->wa_id = text_or(
		    s, "recipient_participant_id", text(s, "participant_recipient_id"));
		e->user_id = text(s, "recipient_participant_user_id");
		return;
	}
	e->wa_id = text(s, "recipient_id");
	e->user_id = text(s, "recipient_user_id");
	e->parent_user_id = text_or(
	    s, "recipient_parent_user_id", text(s, "parent_recipient_user_id"));
	complete_person(e);
}

static bool read_status(struct event *e)
{
	e->kind = EVENT_STATUS;
	e->id = text(e->item, "id");
	e->status = text(e->item, "status");
	e->at = seconds(e->item, "timestamp");
	e->callback = text(e->item, "biz_opaque_callback_data");
	e->error_code = first_error(e->item);
	read_recipient(e);
	return e->id.len && e->status.len && e->at != TIME_NONE;
}

/* Only calls by a person are calls here: what the business began opens nothing. A call that
 * ended counts from its start. */
static bool read_call(struct event *e)
{
	e->kind = EVENT_CALL;
	e->id = text(e->item, "id");
	e->type = text(e->item, "event");
	e->word = text(e->item, "direction");
	e->at = seconds_or(e->item, "start_time", seconds(e->item, "timestamp"));
	if (!str_eq(e->word, STR("USER_INITIATED")))
		return false;
	read_sender(e);
	complete_person(e);
	return e->id.len && e->type.len && e->at != TIME_NONE;
}

static bool read_preference(struct event *e)
{
	struct str category = text(e->item, "category");

	e->kind = EVENT_PREFERENCE;
	e->wa_id = text(e->item, "wa_id");
	e->user_id = text(e->item, "user_id");
	e->parent_user_id = text(e->item, "parent_user_id");
	e->word = text(e->item, "value");
	e->at = seconds_or(e->item, "timestamp", e->at);
	complete_person(e);
	if (category.len && !str_eq(category, STR("marketing_messages")))
		return false;
	return str_eq(e->word, STR("stop")) || str_eq(e->word, STR("resume"));
}

static bool read_user_id(struct event *e)
{
	const struct json *ids = json_get(e->item, "user_id");

	e->kind = EVENT_USER_ID;
	e->wa_id = text(e->item, "wa_id");
	e->previous_user_id = text(ids, "previous");
	e->user_id = text(ids, "current");
	e->parent_user_id = text(json_get(e->item, "parent_user_id"), "current");
	e->at = seconds_or(e->item, "timestamp", e->at);
	return e->user_id.len > 0;
}

/* A part of a known field that nobody acts on; what can be told of it is. */
static bool read_rest(struct event *e)
{
	e->id = text(e->item, "id");
	e->status = text(e->item, "status");
	e->at = seconds_or(e->item, "timestamp", e->at);
	return false;
}

static bool read_error(struct event *e)
{
	int64_t code;

	e->error_code = json_int(json_get(e->item, "code"), &code) ? code : 0;
	return false;
}

static bool read_word(struct event *e, enum event_kind kind, const char *key)
{
	e->kind = kind;
	e->word = text(e->value, key);
	return e->word.len > 0;
}

static bool read_account(struct event *e)
{
	return read_word(e, EVENT_ACCOUNT, "event");
}

static bool read_template_status(struct event *e)
{
	return read_word(e, EVENT_TEMPLATE_STATUS, "event");
}

static bool read_template_quality(struct event *e)
{
	return read_word(e, EVENT_TEMPLATE_QUALITY, "new_quality_score");
}

static bool read_template_category(struct event *e)
{
	return read_word(e, EVENT_TEMPLATE_CATEGORY, "correct_category") ||
	    read_word(e, EVENT_TEMPLATE_CATEGORY, "new_category");
}

static bool read_number_quality(struct event *e)
{
	return read_word(e, EVENT_NUMBER_QUALITY, "event");
}

static bool read_capability(struct event *e)
{
	/* The limit may be a number: make_event() has put the text of either into `word`. */
	e->kind = EVENT_CAPABILITY;
	return e->word.len > 0;
}

/* smb_message_echoes: from the WhatsApp Business app; message_echoes: by another program. What they
 * edit or take back is no message more. */
static bool read_echo(struct event *e)
{
	e->kind = EVENT_ECHO;
	e->id = text(e->item, "id");
	e->type = text(e->item, "type");
	e->at = seconds(e->item, "timestamp");
	if (!e->id.len || !e->type.len || str_eq(e->type, STR("edit")) ||
	    str_eq(e->type, STR("revoke")))
		return false;
	e->wa_id = text(e->item, "to");
	return true;
}

static const struct part {
	const char *field, *array; /* array NULL: the value itself */
	bool (*read)(struct event *e);
} parts[] = {
	{ "messages", "messages", read_message },
	{ "messages", "statuses", read_status },
	{ "messages", "errors", read_error },
	{ "messages", "user_actions", read_rest },
	{ "calls", "calls", read_call },
	{ "calls", "statuses", read_rest },
	{ "calls", "errors", read_error },
	{ "user_preferences", "user_preferences", read_preference },
	{ "user_id_update", "user_id_update", read_user_id },
	{ "smb_message_echoes", "message_echoes", read_echo },
	{ "message_echoes", "message_echoes", read_echo },
	{ "account_update", NULL, read_account },
	{ "message_template_status_update", NULL, read_template_status },
	{ "message_template_quality_update", NULL, read_template_quality },
	{ "template_category_update", NULL, read_template_category },
	{ "template_correct_category_detection", NULL, read_template_category },
	{ "business_capability_update", NULL, read_capability },
	{ "phone_number_quality_update", NULL, read_number_quality },
};

/* --- the envelope ---------------------------------------------------------------------------- */

struct reader {
	struct arena *arena;
	struct event_list list;
	size_t room, changes;
	struct buf scratch;
	/* of the change that is being read */
	struct str entry_id, field, number;
	time_ms entry_time;
	const struct json *value;
};

/* Some of Meta's samples have `field` inside the value, or the value's members beside it. */
static void find_change(struct reader *r, const struct json *change)
{
	r->value = json_get(change, "value");
	r->field = text(change, "field");
	if (!r->field.len)
		r->field = text(r->value, "field");
	if (!r->value)
		r->value = change;
	/* One of Meta's samples has it under another field's name. */
	if (json_get(r->value, "new_quality_score") && json_get(r->value, "message_template_name"))
		r->field = STR("message_template_quality_update");
}

static bool is_row(const struct reader *r, const struct part *p)
{
	return str_eq_c(r->field, p->field);
}

/* How many facts an array of the value holds; an object in its place counts as one. */
static size_t items_in(const struct json *v)
{
	return json_type(v) == JSON_OBJECT ? 1 : json_type(v) == JSON_ARRAY ? json_len(v) : 0;
}

static size_t count_change(struct reader *r, const struct json *change)
{
	size_t n = 0;

	find_change(r, change);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (is_row(r, &parts[i]) && parts[i].array)
			n += items_in(json_get(r->value, parts[i].array));
	}
	return n ? n : 1;
}

static int too_large(struct err *err)
{
	return err_set(err, E_TOO_LARGE, "The post holds more than %d changes or %d facts.",
	    WEBHOOK_CHANGES_MAX, WEBHOOK_FACTS_MAX);
}

static int count_entry(struct reader *r, const struct json *entry, struct err *err)
{
	const struct json *changes = json_get(entry, "changes"), *change;
	struct json_iter it;

	if (json_type(entry) != JSON_OBJECT || json_type(changes) != JSON_ARRAY)
		return err_field(err, E_INVALID, "entry", "An entry has no array of changes.");
	r->changes += json_len(changes);
	if (r->changes > WEBHOOK_CHANGES_MAX)
		return too_large(err);
	json_iter_init(&it, changes);
	while (json_iter_next(&it, NULL, &change)) {
		if (json_type(change) != JSON_OBJECT)
			return err_field(
			    err, E_INVALID, "entry.changes", "A change is not an object.");
		r->room += count_change(r, change);
	}
	return r->room > WEBHOOK_FACTS_MAX ? too_large(err) : 0;
}

static struct event *event_add(struct reader *r, const struct json *item)
{
	const struct str none = STR("");
	struct event *e = &r->list.items[r->list.len++];

	ASSERT(r->list.len <= r->room);
	*e = (struct event){ .kind = EVENT_OTHER,
		.entry_id = r->entry_id,
		.field = r->field,
		.number = r->number,
		.at = r->entry_time,
		.value = r->value,
		.item = item };
	e->wa_id = e->user_id = e->parent_user_id = e->previous_user_id = e->previous_wa_id = none;
	e->id = e->status = e->callback = e->type = e->text = e->payload = e->word = none;
	return e;
}

static int digest(struct reader *r, struct event *e)
{
	struct sha256 d;

	if (e->kind == EVENT_MESSAGE || e->kind == EVENT_STATUS)
		return 0;
	buf_reset(&r->scratch);
	json_canonical(&r->scratch, e->item ? e->item : e->value, NULL);
	if (r->scratch.failed)
		return -E_NOMEM;
	crypto_sha256(buf_str(&r->scratch), &d);
	memcpy(e->digest, d.b, sizeof(e->digest));
	return 0;
}

static int capability_word(struct reader *r, struct event *e)
{
	const struct json *limit = json_get(r->value, "max_daily_conversations_per_business");

	if (!limit)
		limit = json_get(r->value, "max_daily_conversation_per_phone");
	return id_text(r->arena, limit, &e->word);
}

static int make_event(struct reader *r, const struct part *p, const struct json *item)
{
	struct event *e = event_add(r, item);

	if (p && p->read == read_capability && capability_word(r, e))
		return -E_NOMEM;
	if (p && (!p->array || json_type(item) == JSON_OBJECT) && !p->read(e))
		e->kind = EVENT_OTHER;
	return digest(r, e);
}

static int read_array(struct reader *r, const struct part *p, const struct json *array)
{
	const struct json *item;
	struct json_iter it;
	int rc = 0;

	if (json_type(array) == JSON_OBJECT)
		return make_event(r, p, array);
	json_iter_init(&it, array);
	while (!rc && json_type(array) == JSON_ARRAY && json_iter_next(&it, NULL, &item))
		rc = make_event(r, p, item);
	return rc;
}

static int read_change(struct reader *r, const struct json *change)
{
	size_t before = r->list.len;
	int rc;

	find_change(r, change);
	rc = id_text(r->arena, json_path(r->value, "metadata.phone_number_id"), &r->number);
	for (size_t i = 0; !rc && i < ARRAY_LEN(parts); i++) {
		if (!is_row(r, &parts[i]))
			continue;
		rc = parts[i].array ? read_array(r, &parts[i], json_get(r->value, parts[i].array))
				    : make_event(r, &parts[i], NULL);
	}
	return rc || r->list.len > before ? rc : make_event(r, NULL, NULL);
}

static int read_entry(struct reader *r, const struct json *entry)
{
	const struct json *change;
	struct json_iter it;
	int rc = id_text(r->arena, json_get(entry, "id"), &r->entry_id);

	r->entry_time = seconds(entry, "time");
	json_iter_init(&it, json_get(entry, "changes"));
	while (!rc && json_iter_next(&it, NULL, &change))
		rc = read_change(r, change);
	return rc;
}

static int count_all(struct reader *r, const struct json *entries, struct err *err)
{
	const struct json *entry;
	struct json_iter it;
	int rc = 0;

	json_iter_init(&it, entries);
	while (!rc && json_iter_next(&it, NULL, &entry))
		rc = count_entry(r, entry, err);
	return rc;
}

static int read_all(struct reader *r, const struct json *entries, struct err *err)
{
	const struct json *entry;
	struct json_iter it;
	int rc = 0;

	r->list.items = ARENA_ARRAY(r->arena, struct event, r->room);
	if (!r->list.items)
		rc = -E_NOMEM;
	json_iter_init(&it, entries);
	while (!rc && json_iter_next(&it, NULL, &entry))
		rc = read_entry(r, entry);
	return rc ? err_set(err, E_NOMEM, "There is no memory for the events of this post.") : 0;
}

int webhook_read(struct arena *a, struct str raw_body, struct event_list *ret,
    const struct json **ret_root, struct err *err)
{
	struct reader r = { .arena = a };
	const struct json *root;
	int rc = json_read(a, raw_body, &root, err);

	if (rc)
		return rc;
	const struct json *entries = json_get(root, "entry");
	if (json_type(entries) != JSON_ARRAY)
		return err_field(err, E_INVALID, "entry", "The post has no array `entry`.");
	rc = count_all(&r, entries, err);
	if (!rc)
		rc = read_all(&r, entries, err);
	buf_done(&r.scratch);
	if (rc)
		return rc;
	*ret = r.list;
	*ret_root = root;
	return 0;
}

/* --- keys ------------------------------------------------------------------------------------ */

#define KEY_PART_MAX 128

struct key_text {
	size_t len;
	char bytes[5 * (KEY_PART_MAX + 1)];
};

/* One length byte, then the bytes; a long part goes in as its hash, with a length that no short
 * one has. */
static void key_part(struct key_text *k, struct str part)
{
	struct sha256 hash;
	unsigned mark = (unsigned)part.len;

	if (part.len > KEY_PART_MAX) {
		crypto_sha256(part, &hash);
		part = str_n((const char *)hash.b, SHA256_LEN);
		mark = KEY_PART_MAX + 1;
	}
	ASSERT(k->len + 1 + part.len <= sizeof(k->bytes));
	k->bytes[k->len++] = (char)mark;
	if (part.len)
		memcpy(k->bytes + k->len, part.p, part.len);
	k->len += part.len;
}

void event_key(const struct event *e, uint8_t out[32])
{
	const struct str time = str_n((const char *)&e->at, sizeof(e->at));
	const struct str digest_bytes = str_n((const char *)e->digest, sizeof(e->digest));
	const struct str who = e->wa_id.len ? e->wa_id : e->user_id;
	const struct str message[] = { STR("message"), e->id };
	const struct str status[] = { STR("status"), e->id, e->status, time,
		e->group ? who : STR("") };
	const struct str other[] = { STR("other"), e->entry_id, e->field, time, digest_bytes };
	struct key_text k = { 0 };
	struct sha256 hash;

	const struct str *from = other;
	size_t n = ARRAY_LEN(other);
	if (e->kind == EVENT_MESSAGE) {
		from = message;
		n = ARRAY_LEN(message);
	} else if (e->kind == EVENT_STATUS) {
		from = status;
		n = ARRAY_LEN(status);
	}
	for (size_t i = 0; i < n; i++)
		key_part(&k, from[i]);
	crypto_sha256(str_n(k.bytes, k.len), &hash);
	memcpy(out, hash.b, sizeof(hash.b));
}
