/* A row whose person is null was erased (erasure.h): Meta's id, which tells the number, does not come
 * back to it.
 *
 * The hot path is two statements a send: one insert and one update by key, and no index. The ledger's
 * leaf commits to the decision as it was taken: everything that never changes afterwards. */
#include "domain/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/lang.h"
#include "domain/journal_former.h"
#include "domain/journal_messages.h"
#include "domain/journal_people.h"
#include "domain/person.h"
#include "domain/rules.h"
#include "store/query.h"

#define EXPIRE_AT_ONCE 500
#define LEAF_ROOM 500 /* what most leaves commit to is shorter */

static const struct {
	enum send_state state;
	const char *name;
} states[] = {
	{ SEND_HELD, "held" },
	{ SEND_READY, "ready" },
	{ SEND_SENDING, "sending" },
	{ SEND_UNKNOWN, "unknown" },
	{ SEND_REFUSED, "refused" },
	{ SEND_ACCEPTED, "accepted" },
	{ SEND_SENT, "sent" },
	{ SEND_DELIVERED, "delivered" },
	{ SEND_READ, "read" },
	{ SEND_FAILED, "failed" },
	{ SEND_UNRESOLVED, "unresolved" },
	{ SEND_CANCELLED, "cancelled" },
	{ SEND_EXPIRED, "expired" },
};

#define BIT(s) (1u << (s))
#define SETTLED \
	(BIT(SEND_ACCEPTED) | BIT(SEND_SENT) | BIT(SEND_DELIVERED) | BIT(SEND_READ) | \
	    BIT(SEND_FAILED))

/* From each state, where it may go. `unknown` may be told by any status; an `accepted` send may be
 * told "failed", and a failed one "delivered" when Meta says so later. */
static const struct {
	enum send_state from;
	unsigned to;
} moves[] = {
	{ SEND_HELD,
	    BIT(SEND_READY) | BIT(SEND_SENDING) | BIT(SEND_REFUSED) | BIT(SEND_EXPIRED) |
		BIT(SEND_CANCELLED) },
	{ SEND_READY,
	    BIT(SEND_SENDING) | BIT(SEND_HELD) | BIT(SEND_REFUSED) | BIT(SEND_EXPIRED) |
		BIT(SEND_CANCELLED) },
	{ SEND_SENDING, SETTLED | BIT(SEND_UNKNOWN) | BIT(SEND_READY) | BIT(SEND_HELD) },
	{ SEND_UNKNOWN, SETTLED | BIT(SEND_UNRESOLVED) },
	{ SEND_UNRESOLVED, SETTLED },
	{ SEND_ACCEPTED, BIT(SEND_SENT) | BIT(SEND_DELIVERED) | BIT(SEND_READ) | BIT(SEND_FAILED) },
	{ SEND_SENT, BIT(SEND_DELIVERED) | BIT(SEND_READ) | BIT(SEND_FAILED) },
	{ SEND_DELIVERED, BIT(SEND_READ) },
	{ SEND_FAILED, BIT(SEND_DELIVERED) | BIT(SEND_READ) },
};

enum send_state send_state_stored(int64_t stored)
{
	return stored == SEND_STORED_AT_ONCE ? SEND_SENDING : (enum send_state)stored;
}

const char *send_state_name(enum send_state s)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		if (states[i].state == s)
			return states[i].name;
	}
	return "?";
}

int send_state_parse(struct str text, enum send_state *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		if (str_eq_c(text, states[i].name)) {
			*ret = states[i].state;
			return 0;
		}
	}
	return -E_INVALID;
}

bool send_may_move(enum send_state from, enum send_state to)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		if (moves[i].from == from)
			return moves[i].to & BIT(to);
	}
	return false;
}

/* --- adding ----------------------------------------------------------------------------------- */

/* Canonical content of the leaf: fixed order, no optional white space. */
/* `recorded_at`: when it was judged first; e->at is when it was judged as it stands. */
static struct str leaf_content(const struct journal_entry *e, time_ms recorded_at, struct buf *out)
{
	struct json_writer w;
	char id[ID_TEXT_MAX], digest[2 * SHA256_LEN + 1];

	id_format("dec", e->id, id);
	hex_encode(e->digest.b, SHA256_LEN, digest);
	jw_init(&w, out);
	jw_object(&w);
	jw_member_str(&w, "app", e->app);
	jw_member_int(&w, "at", e->at);
	jw_member_c(&w, "decision", id);
	jw_member_c(&w, "digest", digest);
	jw_member_c(&w, "kind", message_kind_name(e->kind));
	jw_member_c(&w, "mode", mode_name(e->mode));
	jw_member_str(&w, "number", e->number);
	jw_member_int(&w, "person", (int64_t)e->person);
	jw_member_c(&w, "purpose", purpose_name(e->purpose));
	jw_member_int(&w, "recorded_at", recorded_at);
	jw_key(&w, "rules");
	if (e->rules.p)
		jw_raw(&w, e->rules);
	else
		jw_null(&w);
	jw_member_str(&w, "template", e->template_name);
	jw_member_c(&w, "verdict", verdict_name(e->verdict));
	jw_member_str(&w, "waba", e->waba);
	jw_object_end(&w);
	return buf_str(out);
}

static int add_leaf(struct store_conn *c, struct ledger *l, const struct journal_entry *e,
    time_ms recorded_at, struct err *err)
{
	struct buf content;
	int r;

	buf_init(&content, 0);
	(void)buf_make_room(&content, LEAF_ROOM);
	struct str text = leaf_content(e, recorded_at, &content);
	if (content.failed)
		r = err_set(err, E_NOMEM, "Memory ran out while writing a decision.");
	else
		r = ledger_append(c, l, LEAF_DECISION, e->id, text, e->at, NULL, err);
	buf_done(&content);
	return r;
}

/* What a message id takes in a row, and a little more (see tables.c). */
static const char room[72];

int journal_add(
    struct store_conn *c, struct ledger *l, const struct journal_entry *e, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "INSERT INTO decision (id, at, app, number, waba, person, purpose, kind, template, verdict, mode,"
	    " state, counted, attempts, digest, rules, callback, policy, hold_until, updated_at, room, leaf, campaign)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?2, ?20, ?21, ?22)",
	    "imtttiiitiiiiibtttmbit", (int64_t)e->id, e->at, e->app, e->number, e->waba,
	    (int64_t)e->person, (int64_t)e->purpose, (int64_t)e->kind, e->template_name,
	    (int64_t)e->verdict, (int64_t)e->mode,
	    e->state == SEND_SENDING ? SEND_STORED_AT_ONCE : (int64_t)e->state, (int64_t)e->counted,
	    e->attempts, str_n((const char *)e->digest.b, SHA256_LEN), e->rules, e->callback,
	    e->policy, e->hold_until,
	    e->state < SEND_REFUSED ? str_n(room, sizeof(room)) : STR_NONE, l->next_seq,
	    e->campaign);

	if (r < 0)
		return r;
	r = store_run(s, err);
	return r < 0 ? r : add_leaf(c, l, e, e->at, err);
}

/* --- reading ---------------------------------------------------------------------------------- */

#define COLUMNS \
	"SELECT id, at, updated_at, hold_until, app, number, waba, template," \
	" coalesce((SELECT m.person FROM person_merged m WHERE m.gone = decision.person), person)," \
	" purpose, kind," \
	" verdict, mode, state, counted, attempts, error_code, digest, rules, callback, wamid, policy, leaf, campaign" \
	" FROM decision "

static void take_digest(struct store_stmt *s, int column, struct journal_entry *e)
{
	struct str digest = store_col_blob(s, column);

	if (digest.len == SHA256_LEN)
		memcpy(e->digest.b, digest.p, SHA256_LEN);
}

static int read_texts(struct store_stmt *s, struct arena *a, struct journal_entry *e)
{
	struct {
		int column;
		struct str *to;
	} texts[] = {
		{ 4, &e->app },
		{ 5, &e->number },
		{ 6, &e->waba },
		{ 7, &e->template_name },
		{ 18, &e->rules },
		{ 19, &e->callback },
		{ 20, &e->wamid },
		{ 21, &e->policy },
		{ 23, &e->campaign },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, texts[i].column, a, texts[i].to) < 0)
			return -E_NOMEM;
	}
	return 0;
}

static int read_row(struct store_stmt *s, struct arena *a, struct journal_entry *e, struct err *err)
{
	*e = (struct journal_entry){
		.id = (uint64_t)store_col_int(s, 0),
		.at = store_col_time(s, 1),
		.updated_at = store_col_time(s, 2),
		.hold_until = store_col_time(s, 3),
		.person = (uint64_t)store_col_int(s, 8),
		.purpose = (enum purpose)store_col_int(s, 9),
		.kind = (enum message_kind)store_col_int(s, 10),
		.verdict = (enum verdict)store_col_int(s, 11),
		.mode = (enum mode)store_col_int(s, 12),
		.state = send_state_stored(store_col_int(s, 13)),
		.counted = (unsigned)store_col_int(s, 14),
		.attempts = store_col_int(s, 15),
		.error_code = store_col_int(s, 16),
		.leaf = store_col_int(s, 22),
	};
	take_digest(s, 17, e);
	if (read_texts(s, a, e) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while reading a decision.");
	return 0;
}

int journal_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct journal_entry *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, COLUMNS "WHERE id = ?1", "i", (int64_t)id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && read_row(s, a, ret, err) < 0)
		r = -E_NOMEM;
	store_reset(s);
	return r;
}

/* --- moving ----------------------------------------------------------------------------------- */

int journal_move(struct store_conn *c, struct journal_entry *e, enum send_state to,
    struct str wamid, int64_t error_code, time_ms now, struct err *err)
{
	if (!send_may_move(e->state, to))
		return err_set(err, E_CONFLICT, N_("A send that is %s cannot become %s."),
		    send_state_name(e->state), send_state_name(to));
	bool is_new = wamid.p && !str_eq(wamid, e->wamid);
	if (wamid.p)
		e->wamid = wamid;
	int64_t attempts = e->attempts + (to == SEND_SENDING);
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "UPDATE decision SET state = ?2, wamid = CASE WHEN person IS NULL THEN NULL ELSE ?3 END,"
	    " error_code = ?4, attempts = ?5, updated_at = ?6, counted = ?7 WHERE id = ?1",
	    "iitiimi", (int64_t)e->id, (int64_t)to, e->wamid, error_code, attempts, now,
	    (int64_t)e->counted);
	if (r < 0)
		return r;
	r = store_run(s, err);
	if (r == 0 && is_new)
		r = journal_messages_changed(c, e->id, err);
	if (r < 0)
		return r;
	e->state = to;
	e->attempts = attempts;
	e->error_code = error_code;
	e->updated_at = now;
	return 0;
}

int journal_settle_sending(struct store_conn *c, uint64_t id, enum send_state to, struct str wamid,
    int64_t error_code, time_ms now, struct err *err)
{
	ASSERT(send_may_move(SEND_SENDING, to));
	struct store_stmt *s;
	int r;

	if (wamid.p)
		r = store_ask(c, &s, err,
		    "UPDATE decision SET state = ?2, wamid = CASE WHEN person IS NULL THEN NULL ELSE ?3 END,"
		    " error_code = ?4, updated_at = ?5, room = NULL WHERE id = ?1 AND state IN (3, 9)",
		    "iitim", (int64_t)id, (int64_t)to, wamid, error_code, now);
	else
		r = store_ask(c, &s, err,
		    "UPDATE decision SET state = ?2, error_code = ?3, updated_at = ?4"
		    " WHERE id = ?1 AND state IN (3, 9)",
		    "iiim", (int64_t)id, (int64_t)to, error_code, now);
	if (r == 0)
		r = store_run(s, err);
	return r < 0 ? r : store_changes(c) > 0;
}

/* Columns as journal_leaf_content asks for them, of a row that anybody may have written. */
static bool words_are_known(struct store_stmt *s)
{
	return store_col_blob(s, 2).len == SHA256_LEN && store_col_is_up_to(s, 4, PURPOSE_ALL) &&
	    store_col_is_up_to(s, 5, VERDICT_REFUSE) && store_col_is_up_to(s, 6, MODE_ENFORCE) &&
	    store_col_is_up_to(s, 8, MESSAGE_UNREADABLE);
}

int journal_leaf_content(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT app, number, digest, person, purpose, verdict, mode, rules, kind, waba, template, at"
	    " FROM decision"
	    " WHERE id = ?1 AND leaf = ?2 AND policy = ?3",
	    "iit", leaf->ref, leaf->seq, leaf->policy);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && !words_are_known(s)) {
		r = 0;
	} else if (r > 0) {
		struct journal_entry e = {
			.id = (uint64_t)leaf->ref,
			.at = leaf->at,
			.app = store_col_text(s, 0),
			.number = store_col_text(s, 1),
			.person = (uint64_t)store_col_int(s, 3),
			.purpose = (enum purpose)store_col_int(s, 4),
			.verdict = (enum verdict)store_col_int(s, 5),
			.mode = (enum mode)store_col_int(s, 6),
			.rules = store_col_text(s, 7),
			.kind = (enum message_kind)store_col_int(s, 8),
			.waba = store_col_text(s, 9),
			.template_name = store_col_text(s, 10),
		};
		take_digest(s, 2, &e);
		(void)leaf_content(&e, store_col_time(s, 11), out);
	}
	store_reset(s);
	if (r > 0 && out->failed)
		r = err_set(err, E_NOMEM, "Memory ran out while reading a decision.");
	return r;
}

/* The entry of the decision as it stands, found by its id; 1, or 0 when there is none. */
static int find_leaf(struct store_conn *c, uint64_t id, char policy[LEDGER_POLICY_MAX],
    struct ledger_leaf *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT l.seq, l.at, l.policy FROM decision d JOIN ledger_leaf l ON l.seq = d.leaf"
	    " WHERE d.id = ?1",
	    "i", (int64_t)id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && str_to_c(store_col_text(s, 2), policy, LEDGER_POLICY_MAX) < 0)
		r = 0;
	if (r > 0)
		*ret = (struct ledger_leaf){
			.seq = store_col_int(s, 0),
			.type = LEAF_DECISION,
			.ref = (int64_t)id,
			.at = store_col_int(s, 1),
			.policy = str_c(policy),
		};
	store_reset(s);
	return r;
}

int journal_leaf(struct store_conn *c, uint64_t id, int64_t *ret, struct err *err)
{
	return store_ask_int(
	    c, ret, err, "SELECT leaf FROM decision WHERE id = ?1", "i", (int64_t)id);
}

/* Rows of candidates from the newest on, filled from the end of the list. */
static int read_person(struct store_conn *c, const struct journal_candidates *of, struct arena *a,
    struct journal_entry *list, size_t most, size_t *ret_len, struct err *err)
{
	size_t n = 0;

	for (size_t i = of->len; i > 0 && n < most; i--) {
		struct journal_entry *e = &list[most - 1 - n];
		int r = journal_get(c, of->ids[i - 1], a, e, err);
		if (r < 0)
			return r;
		if (r > 0 && e->person == of->person)
			n++;
	}
	*ret_len = n;
	return 0;
}

int journal_candidates(struct store_conn *c, uint64_t person, struct arena *a,
    struct journal_candidates *ret, struct err *err)
{
	struct journal_candidates of = { .person = person };
	const uint64_t *former;
	size_t len;
	int r = person_former(c, person, a, &former, &len, err);

	if (r < 0)
		return r;
	uint64_t *people = ARENA_ARRAY(a, uint64_t, len + 1);
	if (!people)
		return err_set(err, E_NOMEM, "Memory ran out while listing decisions.");
	people[0] = person;
	for (size_t i = 0; i < len; i++)
		people[i + 1] = former[i];
	r = journal_people_find(c, people, len + 1, a, &of.ids, &of.len, err);
	if (r == 0)
		*ret = of;
	return r;
}

int journal_of_person(struct store_conn *c, const struct journal_candidates *of, size_t limit,
    struct arena *a, struct journal_entry **ret, size_t *ret_len, struct err *err)
{
	size_t most = of->len < limit ? of->len : limit, n = 0;
	struct journal_entry *list = ARENA_ARRAY(a, struct journal_entry, most ? most : 1);

	if (!list)
		return err_set(err, E_NOMEM, "Memory ran out while listing decisions.");
	int r = read_person(c, of, a, list, most, &n, err);
	if (r < 0)
		return r;
	*ret = list + (most - n);
	*ret_len = n;
	return 0;
}

/* What the row says now, and will not any more. */
static int keep_former(struct store_conn *c, uint64_t id, struct err *err)
{
	char policy[LEDGER_POLICY_MAX];
	struct ledger_leaf leaf;
	struct buf content;
	int r = find_leaf(c, id, policy, &leaf, err);

	if (r <= 0)
		return r;
	buf_init(&content, 0);
	r = journal_leaf_content(c, &leaf, &content, err);
	if (r > 0)
		r = ledger_keep(c, leaf.seq, buf_str(&content), err);
	if (r == 0 && content.len)
		r = former_note(c, id, leaf.seq, err);
	buf_done(&content);
	return r;
}

/* A number may have changed hands since, or who was forgotten come back. */
static int note_person(struct store_conn *c, const struct journal_entry *e, struct err *err)
{
	int64_t person = 0;
	int r = store_ask_int(c, &person, err,
	    "SELECT coalesce(person, 0) FROM decision WHERE id = ?1", "i", (int64_t)e->id);

	if (r <= 0 || (uint64_t)person == e->person)
		return r < 0 ? r : 0;
	return journal_people_changed(c, e->id, e->person, err);
}

int journal_judge_again(
    struct store_conn *c, struct ledger *l, const struct journal_entry *e, struct err *err)
{
	struct journal_entry now = *e;
	struct store_stmt *s;
	int r = keep_former(c, e->id, err);

	if (r == 0)
		r = note_person(c, e, err);
	if (r < 0)
		return r;
	r = store_ask(c, &s, err,
	    "UPDATE decision SET person = ?2, purpose = ?3, verdict = ?4, mode = ?5, counted = ?6, rules = ?7,"
	    " policy = ?8, hold_until = ?9, updated_at = ?10, leaf = ?11 WHERE id = ?1"
	    " RETURNING app, number, digest, kind, waba, template, at",
	    "iiiiiittmmi", (int64_t)e->id, (int64_t)e->person, (int64_t)e->purpose,
	    (int64_t)e->verdict, (int64_t)e->mode, (int64_t)e->counted, e->rules, e->policy,
	    e->hold_until, e->at, l->next_seq);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) { /* what stays as it was asked for, the app that may be gone since */
		now.app = store_col_text(s, 0);
		now.number = store_col_text(s, 1);
		take_digest(s, 2, &now);
		now.kind = (enum message_kind)store_col_int(s, 3);
		now.waba = store_col_text(s, 4);
		now.template_name = store_col_text(s, 5);
		r = add_leaf(c, l, &now, store_col_time(s, 6), err);
	}
	store_reset(s);
	return r;
}

int journal_set_counted(struct store_conn *c, uint64_t id, unsigned counted, struct err *err)
{
	return store_do(c, err, "UPDATE decision SET counted = ?2 WHERE id = ?1", "ii", (int64_t)id,
	    (int64_t)counted);
}

/* --- what is open ----------------------------------------------------------------------------- */

_Static_assert(SEND_SENDING == 3 && SEND_UNKNOWN == 4 && SEND_STORED_AT_ONCE == 9,
    "the figures in the statements of this file");

#define NOT_NOTED \
	"id > coalesce((SELECT last FROM people_segment ORDER BY segment DESC LIMIT 1), 0)"
#define AT_ONCE NOT_NOTED " AND state = 9"

int journal_count_open(struct store_conn *c, enum send_state state, int64_t *ret, struct err *err)
{
	int64_t indexed = 0, others = 0;
	int r = store_ask_int(c, &indexed, err,
	    "SELECT count(*) FROM decision WHERE state = ?1 AND state < 9", "i", (int64_t)state);

	if (r >= 0 && state == SEND_SENDING)
		r = store_ask_int(
		    c, &others, err, "SELECT count(*) FROM decision WHERE " AT_ONCE, "");
	if (r < 0)
		return r;
	*ret = indexed + others;
	return 0;
}

int journal_newest(struct store_conn *c, uint64_t *ret, struct err *err)
{
	int64_t id = 0;
	int r = store_ask_int(c, &id, err, "SELECT coalesce(max(id), 0) FROM decision", "");

	if (r < 0)
		return r;
	*ret = (uint64_t)id;
	return 0;
}

int journal_recover(struct store_conn *c, time_ms now, int64_t *ret_count, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE decision SET state = 4, updated_at = ?1 WHERE state = 3 AND state < 9", "m",
	    now);
	int64_t indexed = r < 0 ? 0 : store_changes(c);

	if (r == 0)
		r = store_do(c, err,
		    "UPDATE decision SET state = 4, updated_at = ?1 WHERE " AT_ONCE, "m", now);
	if (r < 0)
		return r;
	*ret_count = indexed + store_changes(c);
	return 0;
}

int journal_expire_unknown(
    struct store_conn *c, time_ms before, time_ms now, int64_t *ret_count, struct err *err)
{
	_Static_assert(SEND_UNRESOLVED == 16, "the figure in the statement here");
	int r = store_do(c, err,
	    "UPDATE decision SET state = 16, updated_at = ?2 WHERE id IN"
	    " (SELECT id FROM decision WHERE state = 4 AND state < 9 AND updated_at < ?1 ORDER BY id LIMIT ?3)",
	    "mmi", before, now, (int64_t)EXPIRE_AT_ONCE);

	if (r < 0)
		return r;
	*ret_count = store_changes(c);
	return 0;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void write_person(const struct journal_entry *e, struct json_writer *w)
{
	char text[ID_TEXT_MAX];

	if (!e->person) {
		jw_member_str(w, "person", STR_NONE);
		return;
	}
	id_format("per", e->person, text);
	jw_member_c(w, "person", text);
}

int journal_write_findings(struct arena *a, const struct journal_entry *e, enum lang lang,
    struct json_writer *w, struct err *err)
{
	struct decision d = { .verdict = e->verdict };
	int r = e->rules.p ? decision_read_stored(a, e->rules, &d, err) : 0;

	if (r < 0)
		return r;
	jw_key(w, "rules");
	decision_write_ids(&d, false, w);
	jw_key(w, "warnings");
	decision_write_ids(&d, true, w);
	jw_key(w, "details");
	decision_write_rules(a, &d, lang, LEVEL_WARN, w);
	return 0;
}

static int write_members(struct store_conn *c, struct arena *a, const struct journal_entry *e,
    enum lang lang, struct json_writer *w, struct err *err)
{
	char id[ID_TEXT_MAX];

	id_format("dec", e->id, id);
	jw_member_c(w, "decision", id);
	jw_member_time(w, "at", e->at);
	jw_member_str(w, "app", e->app);
	jw_member_str(w, "number", e->number);
	write_person(e, w);
	jw_member_c(w, "purpose", e->purpose == PURPOSE_NONE ? NULL : purpose_name(e->purpose));
	jw_member_c(w, "kind", message_kind_name(e->kind));
	jw_member_str(w, "template", e->template_name);
	jw_member_str(w, "campaign", e->campaign);
	jw_member_c(w, "verdict", verdict_name(e->verdict));
	jw_member_c(w, "mode", mode_name(e->mode));
	int r = journal_write_findings(a, e, lang, w, err);
	if (r == 0) {
		jw_key(w, "former");
		r = former_write(c, a, e->id, lang, w, err);
	}
	jw_member_c(w, "state", send_state_name(e->state));
	jw_member_str(w, "wamid", e->wamid);
	jw_member_int(w, "attempts", e->attempts);
	jw_key(w, "error_code");
	if (e->error_code)
		jw_int(w, e->error_code);
	else
		jw_null(w);
	jw_member_time(w, "hold_until", e->hold_until);
	jw_member_time(w, "updated_at", e->updated_at);
	jw_member_str(w, "policy", e->policy);
	return r;
}

int journal_write(struct store_conn *c, struct arena *a, const struct journal_entry *e,
    enum lang lang, struct json_writer *w, struct err *err)
{
	jw_object(w);
	int r = write_members(c, a, e, lang, w, err);
	jw_object_end(w);
	return r;
}

int journal_write_ladder(struct store_conn *c, struct arena *a, const struct journal_entry *e,
    enum lang lang, struct json_writer *w, struct err *err)
{
	struct decision d = { .verdict = e->verdict };
	int r = e->rules.p ? decision_read_stored(a, e->rules, &d, err) : 0;

	if (r < 0)
		return r;
	jw_object(w);
	r = write_members(c, a, e, lang, w, err);
	jw_key(w, "ladder");
	decision_write_ladder(&d, NULL, lang, w);
	jw_object_end(w);
	return r;
}

/* --- the token towards Meta ------------------------------------------------------------------- */

#define TOKEN_MAC_LEN 8

static void token_mac(const struct seal_key *key, struct str head, char out[2 * TOKEN_MAC_LEN + 1])
{
	struct sha256 mac;

	crypto_hmac_sha256(str_n((const char *)key->b, sizeof(key->b)), head, &mac);
	hex_encode(mac.b, TOKEN_MAC_LEN, out);
}

void journal_token(const struct seal_key *key, uint64_t id, char out[TOKEN_MAX])
{
	static const char version[] = "v1.";
	char mac[2 * TOKEN_MAC_LEN + 1];

	_Static_assert(sizeof(version) + ID_TEXT_MAX + sizeof(mac) < TOKEN_MAX, "there is room");
	memcpy(out, version, sizeof(version));
	id_format("dec", id, out + strlen(version));
	size_t len = strlen(out);
	token_mac(key, str_n(out, len), mac);
	out[len] = '.';
	memcpy(out + len + 1, mac, sizeof(mac));
}

bool journal_token_read(const struct seal_key *key, struct str token, uint64_t *ret_id)
{
	char mac[2 * TOKEN_MAC_LEN + 1];
	struct str rest = token, version = str_cut(&rest, '.'), id = str_cut(&rest, '.');
	uint64_t found;

	if (!str_eq_c(version, "v1") || !id.p || !rest.p || id_parse("dec", id, &found) < 0)
		return false;
	token_mac(key, str_n(token.p, version.len + 1 + id.len), mac);
	if (!str_eq_secret(rest, str_c(mac)))
		return false;
	*ret_id = found;
	return true;
}
