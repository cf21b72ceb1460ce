/* A ledger of many entries and one checkpoint that somebody else keeps: whatever single thing is done to its rows, it is
 * noticed. VARCO_LEDGER_MUTATIONS says how many things are done (two hundred unless told otherwise), VARCO_LEDGER_ENTRIES
 * to how many entries, VARCO_LEDGER_SEED which; the same figures always give the same mutations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/ledger_check.h"
#include "domain/ledger_fixture.h"

#define MUTATIONS 200
#define ENTRIES 10000
#define EVERY 2500
#define TELL_EVERY 1000

enum kind { NUMBER, BYTES, WORDS };

/* Rows that may be met: the keys, by a statement. */
enum table { LEAVES, DECISIONS, CONSENTS, HALVES, NOTES, POINTS, TILES, TENANT, TABLES };

static const char *const keys_sql[TABLES] = {
	/* the last checkpoint's own entry is not under it */
	[LEAVES] =
	    "SELECT seq FROM ledger_leaf WHERE seq <= (SELECT max(size) FROM ledger_checkpoint)",
	[DECISIONS] = "SELECT id FROM decision WHERE person IS NOT NULL",
	[CONSENTS] = "SELECT person FROM consent",
	[HALVES] = "SELECT leaf FROM consent_record",
	[NOTES] = "SELECT leaf FROM ledger_note",
	[POINTS] = "SELECT size FROM ledger_checkpoint",
	/* the last one may always go: it is made anew */
	[TILES] =
	    "SELECT place FROM ledger_tile WHERE place <> (SELECT max(place) FROM ledger_tile)",
	[TENANT] = "SELECT one FROM installation",
};

#define COLUMN(table, name, key, column, kind) \
	{ table, kind, #name "." #column, "SELECT " #column " FROM " #name " WHERE " #key " = ?1", \
		"UPDATE " #name " SET " #column " = ?2 WHERE " #key " = ?1" }

/* All that an entry or its record says. */
static const struct {
	enum table table;
	enum kind kind;
	const char *name, *read, *write;
} columns[] = {
	COLUMN(LEAVES, ledger_leaf, seq, seq, NUMBER),
	COLUMN(LEAVES, ledger_leaf, seq, type, NUMBER),
	COLUMN(LEAVES, ledger_leaf, seq, at, NUMBER),
	COLUMN(LEAVES, ledger_leaf, seq, ref, NUMBER),
	COLUMN(LEAVES, ledger_leaf, seq, policy, WORDS),
	COLUMN(LEAVES, ledger_leaf, seq, salt, BYTES),
	COLUMN(LEAVES, ledger_leaf, seq, commitment, BYTES),
	COLUMN(DECISIONS, decision, id, id, NUMBER),
	COLUMN(DECISIONS, decision, id, leaf, NUMBER),
	COLUMN(DECISIONS, decision, id, app, WORDS),
	COLUMN(DECISIONS, decision, id, number, WORDS),
	COLUMN(DECISIONS, decision, id, person, NUMBER),
	COLUMN(DECISIONS, decision, id, purpose, NUMBER),
	COLUMN(DECISIONS, decision, id, verdict, NUMBER),
	COLUMN(DECISIONS, decision, id, mode, NUMBER),
	COLUMN(DECISIONS, decision, id, digest, BYTES),
	COLUMN(DECISIONS, decision, id, rules, WORDS),
	COLUMN(DECISIONS, decision, id, policy, WORDS),
	COLUMN(CONSENTS, consent, person, leaf, NUMBER),
	COLUMN(HALVES, consent_record, leaf, leaf, NUMBER),
	COLUMN(CONSENTS, consent, person, purpose, NUMBER),
	COLUMN(CONSENTS, consent, person, act, NUMBER),
	COLUMN(CONSENTS, consent, person, at, NUMBER),
	COLUMN(HALVES, consent_record, leaf, recorded_at, NUMBER),
	COLUMN(HALVES, consent_record, leaf, recorded_for, NUMBER),
	COLUMN(CONSENTS, consent, person, evidence, NUMBER),
	COLUMN(HALVES, consent_record, leaf, sealed, BYTES),
	COLUMN(HALVES, consent_record, leaf, import_id, NUMBER),
	COLUMN(NOTES, ledger_note, leaf, leaf, NUMBER),
	COLUMN(NOTES, ledger_note, leaf, content, WORDS),
	COLUMN(POINTS, ledger_checkpoint, size, size, NUMBER),
	COLUMN(POINTS, ledger_checkpoint, size, at, NUMBER),
	COLUMN(POINTS, ledger_checkpoint, size, leaf, NUMBER),
	COLUMN(POINTS, ledger_checkpoint, size, note, WORDS),
	COLUMN(TILES, ledger_tile, place, level, NUMBER),
	COLUMN(TILES, ledger_tile, place, hash, BYTES),
	COLUMN(TENANT, installation, one, tenant, BYTES),
};

struct world {
	struct fixture *f;
	struct note_signer signer;
	struct buf held; /* the checkpoint that somebody else keeps */
	struct note_point given;
	int64_t *keys[TABLES];
	size_t keys_len[TABLES];
	uint64_t random;
	int64_t size;
	char told[160]; /* what was done */
};

/* splitmix64 */
static uint64_t roll(struct world *w, uint64_t n)
{
	uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % n;
}

static int64_t key_of(struct world *w, enum table t)
{
	return w->keys[t][roll(w, w->keys_len[t])];
}

/* --- flip ------------------------------------------------------------------------------------- */

/* False when there is nothing to turn over, or the new key is another row's. */
static bool flip_number(struct world *w, size_t column, int64_t key)
{
	struct fixture *f = w->f;
	unsigned bit = (unsigned)roll(w, 64);
	int64_t n;
	struct err err = { 0 };

	if (store_ask_int(f->conn, &n, &err, columns[column].read, "i", key) <= 0)
		return false;
	n = (int64_t)((uint64_t)n ^ UINT64_C(1) << bit);
	(void)snprintf(w->told, sizeof(w->told), "bit %u of %s of %lld", bit, columns[column].name,
	    (long long)key);
	return store_do(f->conn, &err, columns[column].write, "ii", key, n) == 0 &&
	    store_changes(f->conn) > 0;
}

static bool flip_bytes(struct world *w, size_t column, int64_t key)
{
	struct fixture *f = w->f;
	struct store_stmt *s;
	struct buf value;
	bool text = columns[column].kind == WORDS;

	buf_init(&value, 0);
	OK(store_ask(f->conn, &s, &f->err, columns[column].read, "i", key));
	assert_int_equal(store_step(s, &f->err), 1);
	buf_add(&value, text ? store_col_text(s, 0) : store_col_blob(s, 0));
	store_reset(s);
	if (value.len) {
		size_t at = roll(w, value.len);
		unsigned bit = (unsigned)roll(w, 8);
		value.p[at] = (char)(value.p[at] ^ (1 << bit));
		(void)snprintf(w->told, sizeof(w->told), "bit %u of byte %zu of %s of %lld", bit,
		    at, columns[column].name, (long long)key);
		OK(store_do(f->conn, &f->err, columns[column].write, text ? "it" : "ib", key,
		    buf_str(&value)));
	}
	bool done = value.len > 0;
	buf_done(&value);
	return done;
}

static bool flip(struct world *w)
{
	size_t column = roll(w, ARRAY_LEN(columns));
	int64_t key = key_of(w, columns[column].table);

	return columns[column].kind == NUMBER ? flip_number(w, column, key)
					      : flip_bytes(w, column, key);
}

/* --- delete, insert --------------------------------------------------------------------------- */

static bool delete_row(struct world *w)
{
	static const char *const sql[TABLES] = {
		[LEAVES] = "DELETE FROM ledger_leaf WHERE seq = ?1",
		[DECISIONS] = "DELETE FROM decision WHERE id = ?1",
		[CONSENTS] = "DELETE FROM consent WHERE person = ?1",
		[HALVES] = "DELETE FROM consent_record WHERE leaf = ?1",
		[NOTES] = "DELETE FROM ledger_note WHERE leaf = ?1",
		[POINTS] = "DELETE FROM ledger_checkpoint WHERE size = ?1",
		[TILES] = "DELETE FROM ledger_tile WHERE place = ?1",
	};
	struct fixture *f = w->f;
	enum table t = (enum table)roll(w, TENANT);
	int64_t key = key_of(w, t);

	(void)snprintf(w->told, sizeof(w->told), "%s of %lld", sql[t], (long long)key);
	OK(store_do(f->conn, &f->err, sql[t], "i", key));
	return store_changes(f->conn) > 0;
}

/* As if it had never been: the entries behind it move up, with what names them. */
static bool close_up(struct world *w)
{
	static const char *const sql[] = {
		"DELETE FROM decision WHERE leaf = ?1",
		"DELETE FROM consent WHERE leaf = ?1",
		"DELETE FROM consent_record WHERE leaf = ?1",
		"DELETE FROM ledger_note WHERE leaf = ?1",
		"DELETE FROM ledger_leaf WHERE seq = ?1",
		"UPDATE ledger_leaf SET seq = -seq WHERE seq > ?1",
		"UPDATE ledger_leaf SET seq = -seq - 1 WHERE seq < ?1 - ?1",
		"UPDATE decision SET leaf = leaf - 1 WHERE leaf > ?1",
		"UPDATE consent SET leaf = leaf - 1 WHERE leaf > ?1",
		"UPDATE consent_record SET leaf = -leaf WHERE leaf > ?1",
		"UPDATE consent_record SET leaf = -leaf - 1 WHERE leaf < ?1 - ?1",
		"UPDATE ledger_note SET leaf = -leaf WHERE leaf > ?1",
		"UPDATE ledger_note SET leaf = -leaf - 1 WHERE leaf < ?1 - ?1",
		"UPDATE ledger_checkpoint SET leaf = leaf - 1 WHERE leaf > ?1",
		"DELETE FROM ledger_tile WHERE place >= (?1 - 1) / 256",
	};
	struct fixture *f = w->f;
	int64_t seq = key_of(w, LEAVES);

	(void)snprintf(w->told, sizeof(w->told), "entry %lld closed up", (long long)seq);
	for (size_t i = 0; i < ARRAY_LEN(sql); i++)
		OK(store_do(f->conn, &f->err, sql[i], "i", seq));
	return true;
}

/* The salt goes; of a decision the row stays, and the way to it. */
static const char forget_leaf[] =
    "UPDATE ledger_leaf SET salt = zeroblob(0), ref = CASE type WHEN 2 THEN ref ELSE 0 END"
    " WHERE seq = ?1 AND length(salt) > 0";

/* As an erasure does it, but for the entry that says so; false when it was forgotten before. */
static bool forget(struct world *w)
{
	static const char *const sql[] = {
		"DELETE FROM consent_record WHERE leaf = ?1",
		"DELETE FROM consent WHERE leaf = ?1",
		"DELETE FROM ledger_note WHERE leaf = ?1",
		"UPDATE decision SET person = NULL, digest = NULL, rules = NULL WHERE leaf = ?1",
		forget_leaf,
	};
	struct fixture *f = w->f;
	int64_t seq = key_of(w, LEAVES);

	(void)snprintf(w->told, sizeof(w->told), "entry %lld forgotten", (long long)seq);
	for (size_t i = 0; i < ARRAY_LEN(sql); i++)
		OK(store_do(f->conn, &f->err, sql[i], "i", seq));
	return store_changes(f->conn) > 0;
}

static bool insert_row(struct world *w)
{
	static const struct {
		enum table table;
		const char *sql;
	} inserts[] = {
		{ LEAVES,
		    "INSERT INTO ledger_leaf SELECT (SELECT max(seq) + 1 FROM ledger_leaf), type,"
		    " at, ref, policy, salt, commitment FROM ledger_leaf WHERE seq = ?1" },
		{ LEAVES,
		    "INSERT INTO ledger_leaf SELECT -seq, type, at, ref, policy, salt, commitment"
		    " FROM ledger_leaf WHERE seq = ?1" },
		{ DECISIONS,
		    "INSERT INTO decision (id, at, app, number, purpose, kind, verdict, mode,"
		    " state, counted, attempts, digest, policy, updated_at, leaf)"
		    " SELECT id + 1, at, app, number, purpose, kind, verdict, mode, state,"
		    " counted, attempts, digest, policy, updated_at, leaf FROM decision"
		    " WHERE id = ?1 ON CONFLICT (id) DO NOTHING" },
		{ CONSENTS,
		    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf) SELECT person, seq + 1, purpose, 2, at, evidence, leaf"
		    " FROM consent WHERE person = ?1" },
		{ HALVES,
		    "INSERT INTO consent_record SELECT -leaf, recorded_at, recorded_for, sealed,"
		    " import_id FROM consent_record WHERE leaf = ?1" },
		{ NOTES,
		    "INSERT INTO ledger_note SELECT -leaf, content FROM ledger_note WHERE leaf = ?1" },
		{ POINTS,
		    "INSERT INTO ledger_checkpoint SELECT size + 1, at, note, leaf FROM"
		    " ledger_checkpoint WHERE size = ?1" },
		{ TILES,
		    "INSERT INTO ledger_tile SELECT level, place + 1000, hash FROM ledger_tile"
		    " WHERE place = ?1" },
	};
	struct fixture *f = w->f;
	size_t i = roll(w, ARRAY_LEN(inserts));
	int64_t key = key_of(w, inserts[i].table);

	(void)snprintf(
	    w->told, sizeof(w->told), "%.100s with %lld", inserts[i].sql, (long long)key);
	OK(store_do(f->conn, &f->err, inserts[i].sql, "i", key));
	return store_changes(f->conn) > 0;
}

/* --- swap ------------------------------------------------------------------------------------- */

/* Two entries change places, and everything that names them goes with them: each still commits to
 * its record. */
static bool swap(struct world *w)
{
	static const char *const sql[] = {
		"UPDATE ledger_leaf SET seq = CASE seq WHEN ?1 THEN -1 ELSE -2 END WHERE seq IN (?1, ?2)",
		"UPDATE ledger_leaf SET seq = CASE seq WHEN -1 THEN ?2 ELSE ?1 END WHERE seq < 0",
		"UPDATE decision SET leaf = CASE leaf WHEN ?1 THEN ?2 ELSE ?1 END WHERE leaf IN (?1, ?2)",
		"UPDATE consent SET leaf = CASE leaf WHEN ?1 THEN ?2 ELSE ?1 END WHERE leaf IN (?1, ?2)",
		"UPDATE consent_record SET leaf = CASE leaf WHEN ?1 THEN -1 ELSE -2 END WHERE leaf IN (?1, ?2)",
		"UPDATE consent_record SET leaf = CASE leaf WHEN -1 THEN ?2 ELSE ?1 END WHERE leaf < 0",
		"UPDATE ledger_note SET leaf = CASE leaf WHEN ?1 THEN -1 ELSE -2 END WHERE leaf IN (?1, ?2)",
		"UPDATE ledger_note SET leaf = CASE leaf WHEN -1 THEN ?2 ELSE ?1 END WHERE leaf < 0",
	};
	struct fixture *f = w->f;
	int64_t one = key_of(w, LEAVES), other = key_of(w, LEAVES);

	(void)snprintf(w->told, sizeof(w->told), "entries %lld and %lld exchanged", (long long)one,
	    (long long)other);
	for (size_t i = 0; i < ARRAY_LEN(sql) && one != other; i++)
		OK(store_do(f->conn, &f->err, sql[i], "ii", one, other));
	return one != other;
}

/* --- truncate, roll back ---------------------------------------------------------------------- */

static void cut(struct world *w, int64_t size)
{
	static const char *const sql[] = {
		"DELETE FROM ledger_leaf WHERE seq > ?1",
		"DELETE FROM decision WHERE leaf > ?1",
		"DELETE FROM consent WHERE leaf > ?1",
		"DELETE FROM consent_record WHERE leaf > ?1",
		"DELETE FROM ledger_note WHERE leaf > ?1",
		"DELETE FROM ledger_checkpoint WHERE leaf > ?1",
		"DELETE FROM ledger_tile WHERE place >= ?1 / 256",
	};
	struct fixture *f = w->f;

	for (size_t i = 0; i < ARRAY_LEN(sql); i++)
		OK(store_do(f->conn, &f->err, sql[i], "i", size));
}

static bool truncate_all(struct world *w)
{
	int64_t size = (int64_t)roll(w, (uint64_t)w->size - 1);

	(void)snprintf(w->told, sizeof(w->told), "cut off behind %lld", (long long)size);
	cut(w, size);
	return true;
}

/* As it was, and then other things happened, until it was as long again. */
static bool roll_back(struct world *w)
{
	struct fixture *f = w->f;
	int64_t size = w->size - 1 - (int64_t)roll(w, 40), from = w->size + 100000;

	(void)snprintf(w->told, sizeof(w->told), "rolled back to %lld", (long long)size);
	cut(w, size);
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	while (f->ledger.next_seq <= w->size)
		ledger_fixture_operator(f, from++);
	return true;
}

/* --- the loop --------------------------------------------------------------------------------- */

static bool (*const kinds[])(struct world *w) = {
	flip,
	flip,
	flip,
	flip,
	delete_row,
	close_up,
	forget,
	insert_row,
	swap,
	truncate_all,
	roll_back,
};

static bool is_noticed(struct world *w)
{
	const struct ledger_check in = {
		.conn = w->f->conn,
		.verifier = &w->signer.verifier,
		.given = &w->given,
		.given_len = 1,
		.in_transaction = true,
	};
	struct ledger_report report;
	struct err err = { 0 };

	int r = ledger_check(&in, &report, &err);
	if (r < 0)
		fail_msg("%s: %s", w->told, err.text);
	return report.finding.fault != LEDGER_SOUND;
}

static int64_t figure(const char *name, int64_t otherwise)
{
	const char *text = getenv(name);
	int64_t n = otherwise;

	if (text)
		assert_int_equal(str_to_i64(str_c(text), &n), 0);
	return n;
}

static void load_keys(struct world *w, enum table t)
{
	struct fixture *f = w->f;
	struct store_stmt *s;
	size_t room = 64;
	int r;

	w->keys[t] = mem_alloc(room * sizeof(int64_t));
	assert_non_null(w->keys[t]);
	OK(store_ask(f->conn, &s, &f->err, keys_sql[t], ""));
	while ((r = store_step(s, &f->err)) > 0) {
		if (w->keys_len[t] == room) {
			room *= 2;
			w->keys[t] = mem_grow(w->keys[t], room * sizeof(int64_t));
			assert_non_null(w->keys[t]);
		}
		w->keys[t][w->keys_len[t]++] = store_col_int(s, 0);
	}
	OK(r);
	assert_true(w->keys_len[t] > 0);
}

static void make_world(struct world *w, struct fixture *f)
{
	struct ledger_point last;

	*w = (struct world){ .f = f, .random = (uint64_t)figure("VARCO_LEDGER_SEED", 20261122) };
	ledger_fixture_signer(f, &w->signer);
	ledger_fixture_fill(f, &w->signer, figure("VARCO_LEDGER_ENTRIES", ENTRIES), EVERY);
	assert_int_equal(ledger_point_last(f->conn, f->arena, &last, &f->err), 1);
	buf_init(&w->held, 0);
	buf_add(&w->held, last.note);
	OK(note_read(buf_str(&w->held), &w->given, &f->err));
	w->size = last.size;
	for (int t = 0; t < TABLES; t++)
		load_keys(w, (enum table)t);
}

static void forget_world(struct world *w)
{
	for (int t = 0; t < TABLES; t++)
		mem_free(w->keys[t]);
	buf_done(&w->held);
}

/* Entry by entry, an hour's work is one checkpoint's; what came behind the last one is its own entry
 * only, which is not under it. */
static void test_everything_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct world w;
	int64_t left = figure("VARCO_LEDGER_MUTATIONS", MUTATIONS), done = 0;

	make_world(&w, f);
	assert_false(is_noticed(&w));
	OK(store_commit(f->conn, &f->err));
	while (left > 0) {
		OK(store_begin(f->conn, &f->err));
		size_t kind = roll(&w, ARRAY_LEN(kinds));
		if (kinds[kind](&w)) {
			if (!is_noticed(&w))
				fail_msg("not noticed: %s", w.told);
			left--;
			if (++done % TELL_EVERY == 0)
				print_message("%lld noticed\n", (long long)done);
		}
		store_rollback(f->conn);
	}
	OK(store_begin(f->conn, &f->err));
	assert_false(is_noticed(&w));
	print_message(
	    "%lld mutations of %lld entries were noticed\n", (long long)done, (long long)w.size);
	forget_world(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_everything_is_noticed),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
