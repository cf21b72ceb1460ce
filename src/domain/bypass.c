#include "domain/bypass.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "domain/inbox.h"
#include "store/query.h"

#define TYPE_MAX 40   /* bytes of a stranger's word */
#define TYPES_MAX 200 /* of all that came in an hour */
#define PURGE_AT_ONCE 500

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while noting what passed Varco by.");
}

/* Stored: the same in every process, unlike map_hash. */
static int64_t message_hash(struct str message)
{
	struct sha256 digest;
	int64_t hash;

	crypto_sha256(message, &digest);
	memcpy(&hash, digest.b, sizeof(hash));
	return hash;
}

/* 1 it is new, 0 something was told of it before. */
static int meet(const struct register_act *act, const struct bypass *b, struct err *err)
{
	int r = store_do(act->c, err,
	    "INSERT INTO bypass_message (hash, at, coexistence) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (hash) DO NOTHING",
	    "imi", message_hash(b->message), act->now, (int64_t)b->coexistence);

	return r < 0 ? r : store_changes(act->c) > 0;
}

int bypass_is_known(struct store_conn *c, struct str message, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err, "SELECT 1 FROM bypass_message WHERE hash = ?1", "i",
	    message_hash(message));
}

/* --- hours ------------------------------------------------------------------------------------ */

static struct str safe_type(const struct register_act *act, const struct bypass *b)
{
	char out[TYPE_MAX];
	size_t n = 0;

	for (; n < b->type.len && n < sizeof(out); n++) {
		char c = b->type.p[n];
		bool word = (c >= 'a' && c <= 'z') || c == '_' || c == ' ';
		out[n] = word ? c : '?';
	}
	return arena_str(act->arena, str_n(out, n));
}

static bool has_type(struct str types, struct str type)
{
	while (types.len) {
		if (str_eq(str_trim(str_cut(&types, ',')), type))
			return true;
	}
	return false;
}

/* The row as it is: 1, 0 there is none. */
static int read_hour(const struct register_act *act, const struct bypass *b, int64_t hour,
    struct str *ret_types, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(act->c, &s, err,
	    "SELECT types FROM bypass_hour WHERE number = ?1 AND hour = ?2 AND coexistence = ?3",
	    "tii", b->number, hour, (int64_t)b->coexistence);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && store_copy_text(s, 0, act->arena, ret_types) < 0)
		r = no_memory(err);
	store_reset(s);
	return r;
}

static struct str add_type(const struct register_act *act, struct str types, struct str type)
{
	if (has_type(types, type) || types.len + type.len > TYPES_MAX)
		return types;
	return types.len ? arena_printf(act->arena, "%.*s, %.*s", STR_ARG(types), STR_ARG(type))
			 : type;
}

/* 1 it is the first of its hour. */
static int count(
    const struct register_act *act, const struct bypass *b, struct str type, struct err *err)
{
	int64_t hour = b->at / MS_PER_HOUR;
	struct str types = STR("");
	int r = read_hour(act, b, hour, &types, err);
	bool first = r == 0;

	if (r < 0)
		return r;
	types = add_type(act, types, type);
	if (!types.p)
		return no_memory(err);
	r = store_do(act->c, err,
	    "INSERT INTO bypass_hour (number, hour, coexistence, n, first_at, last_at, types)"
	    " VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5) ON CONFLICT (number, hour, coexistence) DO UPDATE SET"
	    " n = bypass_hour.n + 1, last_at = excluded.last_at, types = excluded.types",
	    "tiimt", b->number, hour, (int64_t)b->coexistence, b->at, types);
	return r < 0 ? r : first;
}

/* --- the register ----------------------------------------------------------------------------- */

/* One entry a number and kind of sender. */
static struct str sender_key(const struct register_act *act, const struct bypass *b)
{
	return arena_printf(
	    act->arena, "%s\n%.*s", b->coexistence ? "coexistence" : "unknown", STR_ARG(b->number));
}

static int enter(
    const struct register_act *act, const struct bypass *b, struct str key, struct err *err)
{
	const char *what = b->coexistence ? "WhatsApp Business app on number %.*s"
					  : "unknown sender on number %.*s";
	struct str name = arena_printf(act->arena, what, STR_ARG(b->number));
	struct str numbers = arena_printf(act->arena, "[\"%.*s\"]", STR_ARG(b->number));
	struct integration_entry after;
	char id[ID_TEXT_MAX];

	if (!name.p || !numbers.p)
		return no_memory(err);
	id_format("int", id_next(act->ids, act->now), id);
	int r = store_do(act->c, err,
	    "INSERT INTO integration (id, name, numbers, categories, status, created_at, updated_at, first_seen_at,"
	    " last_seen_at, origin, verdict, state, details, found_key, review_told)"
	    " VALUES (?1, ?2, ?3, '', 'active', ?4, ?4, ?5, ?5, 'traffic', ?6, 'open', '{}', ?7, 0)"
	    " ON CONFLICT DO NOTHING",
	    "tttmmtt", str_c(id), name, numbers, act->now, b->at,
	    b->coexistence ? STR("official") : STR("review"), key);
	if (r < 0)
		return r;
	r = integration_get(act->c, str_c(id), act->arena, &after, err);
	return r <= 0 ? r : register_note(act, REGISTER_FOUND, NULL, &after, err);
}

/* Once an hour is near enough; who was retired is open again. */
static int see(
    const struct register_act *act, const struct bypass *b, struct str id, struct err *err)
{
	struct integration_entry before, after;
	int r = integration_get(act->c, id, act->arena, &before, err);

	if (r > 0)
		r = store_do(act->c, err,
		    "UPDATE integration SET last_seen_at = ?2, state = CASE WHEN state = 'retired' THEN 'open'"
		    " ELSE state END WHERE id = ?1 AND (last_seen_at IS NULL OR last_seen_at < ?2)",
		    "tm", id, b->at);
	if (r == 0)
		r = integration_get(act->c, id, act->arena, &after, err);
	return r <= 0 ? r : register_note(act, REGISTER_CHANGED, &before, &after, err);
}

static int note_sender(const struct register_act *act, const struct bypass *b, struct err *err)
{
	struct str key = sender_key(act, b), id = STR_NONE;
	struct store_stmt *s;

	if (!key.p)
		return no_memory(err);
	int r = store_ask(
	    act->c, &s, err, "SELECT id FROM integration WHERE found_key = ?1", "t", key);
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && store_copy_text(s, 0, act->arena, &id) < 0)
		r = no_memory(err);
	store_reset(s);
	if (r < 0)
		return r;
	return r > 0 ? see(act, b, id, err) : enter(act, b, key, err);
}

/* --- the alarm -------------------------------------------------------------------------------- */

static int raise(
    const struct register_act *act, const struct bypass *b, struct str type, struct err *err)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_member_str(&w, "number", b->number);
	jw_member_time(&w, "at", b->at);
	jw_member_str(&w, "type", type);
	jw_member_time(&w, "hour", b->at - b->at % MS_PER_HOUR);
	jw_object_end(&w);
	int r = text.failed ? no_memory(err)
			    : alarm_add(act->c, id_next(act->ids, act->now), STR("bypass.detected"),
				  b->number, buf_str(&text), act->now, err);
	buf_done(&text);
	return r < 0 ? r : 1;
}

int bypass_note(const struct register_act *act, const struct bypass *b, struct err *err)
{
	struct str type = safe_type(act, b);
	int r = type.p ? meet(act, b, err) : no_memory(err);

	if (r > 0)
		r = count(act, b, type, err);
	if (r <= 0)
		return r;
	r = note_sender(act, b, err);
	return r < 0 || b->coexistence ? (r < 0 ? r : 0) : raise(act, b, type, err);
}

/* --- reading ---------------------------------------------------------------------------------- */

int bypass_hours(struct store_conn *c, size_t limit, struct arena *a, struct bypass_hour **ret,
    size_t *ret_len, struct err *err)
{
	struct bypass_hour *list = ARENA_ARRAY(a, struct bypass_hour, limit);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT number, types, coexistence, n, hour, first_at, last_at FROM bypass_hour"
	    " ORDER BY hour DESC, number, coexistence LIMIT ?1",
	    "i", (int64_t)limit);
	if (r < 0)
		return r;
	while (n < limit && (r = store_step(s, err)) > 0) {
		list[n].coexistence = store_col_int(s, 2) != 0;
		list[n].n = store_col_int(s, 3);
		list[n].hour = store_col_int(s, 4) * MS_PER_HOUR;
		list[n].first_at = store_col_time(s, 5);
		list[n].last_at = store_col_time(s, 6);
		if (store_copy_text(s, 0, a, &list[n].number) < 0 ||
		    store_copy_text(s, 1, a, &list[n].types) < 0) {
			r = no_memory(err);
			break;
		}
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int bypass_purge(
    struct store_conn *c, time_ms messages_before, time_ms hours_before, struct err *err)
{
	int more = store_purge(c,
	    "DELETE FROM bypass_message WHERE hash IN (SELECT hash FROM bypass_message WHERE at < ?1 LIMIT ?2)",
	    messages_before, PURGE_AT_ONCE, err);
	int r = more < 0
	    ? more
	    : store_purge(c,
		  "DELETE FROM bypass_hour WHERE (number, hour, coexistence) IN (SELECT number, hour, coexistence"
		  " FROM bypass_hour WHERE hour < ?1 LIMIT ?2)",
		  hours_before / MS_PER_HOUR, PURGE_AT_ONCE, err);

	return r < 0 ? r : r || more;
}
