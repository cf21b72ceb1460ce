/* Two walks. Along the entries: row, hash, record, kept hashes, checkpoints; each entry whose record
 * lies in a table of its own is ticked off in a bitmap. Then along those tables: a row of theirs
 * whose entry has no tick stands on no ledger.
 *
 * A kept hash that differs does not say yet who is wrong; the next checkpoint does. Until then it is
 * remembered, and stands for whatever else is found behind it. */
#include "domain/ledger_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "domain/ledger_erasure.h"
#include "domain/ledger_point.h"
#include "domain/ledger_tree.h"
#include "domain/suppression.h"
#include "store/query.h"

#define SLICE 10000
#define TICKS_FIRST 4096
#define NAMES_FIRST 64
#define TILE_LEVELS 7 /* 256^7 entries are more than a sequence number counts to in our lives */

struct run {
	const struct ledger_check *in;
	struct store_conn *conn;
	struct ledger_tenant tenant;
	int64_t size; /* entries looked at: those that were there at the start */
	int64_t last; /* that are there in this slice */
	int64_t next; /* the entry that comes now */
	struct merkle tree;
	struct arena *arena;
	struct ledger_point point; /* the next one of the store; size 0 = none */
	const struct note_point **given;
	size_t given_at;
	struct buf content;
	uint8_t *ticks;   /* a bit for each entry that was walked over */
	uint8_t *empty;   /* a bit for each entry without content that no erasure has listed yet */
	size_t ticks_len; /* of both */
	int64_t tile_from, tile_until; /* the first kept hash that differs; 0 = none does */
	/* Kept hashes of each level at the beginning: they are kept in order, so of these none may be
	 * missing. Others may come while it is checked. */
	int64_t tiles[TILE_LEVELS + 1];
	struct listed *names; /* on the suppression list, as erasures say */
	size_t names_len, names_cap;
	int64_t erasure; /* the entry that is read */
	bool own_row;    /* of the list itself, which no erasure made */
	struct ledger_report report;
};

/* A name, and how often it was put on the list less how often it was taken off. */
struct listed {
	struct sha256 name;
	int64_t seq; /* the entry that said so */
	int count;
	bool found;
};

/* --- findings --------------------------------------------------------------------------------- */

/* All of these: 1 something is wrong, 0 nothing so far, <0 it cannot be said. */
static int find(struct run *r, enum ledger_fault fault, int64_t seq, int64_t until)
{
	struct ledger_finding *f = &r->report.finding;

	*f = (struct ledger_finding){ .fault = fault, .seq = seq, .until = until };
	return 1;
}

/* Behind a kept hash that differs, that is the first thing that is wrong. */
static int find_entry(struct run *r, enum ledger_fault fault, const struct ledger_leaf *leaf)
{
	if (r->tile_from)
		return find(r, LEDGER_UNSURE, r->tile_from, r->tile_until);
	(void)find(r, fault, leaf->seq, leaf->seq);
	ledger_record_name(leaf, r->report.finding.record);
	return 1;
}

static int find_missing(struct run *r)
{
	if (r->tile_from)
		return find(r, LEDGER_UNSURE, r->tile_from, r->tile_until);
	return find(r, LEDGER_MISSING, r->next, r->next);
}

/* --- ticks ------------------------------------------------------------------------------------ */

/* Grown with the walk: the largest number that an entry bears may be anybody's. */
static int make_room(struct run *r, int64_t seq, struct err *err)
{
	size_t len = r->ticks_len ? r->ticks_len * 2 : TICKS_FIRST;

	if ((size_t)(seq / 8) < r->ticks_len)
		return 0;
	uint8_t *more = mem_grow(r->ticks, len);
	if (more)
		r->ticks = more;
	uint8_t *empty = more ? mem_grow(r->empty, len) : NULL;
	if (!empty)
		return err_set(err, E_NOMEM, "Memory ran out while checking the ledger.");
	r->empty = empty;
	memset(r->ticks + r->ticks_len, 0, len - r->ticks_len);
	memset(r->empty + r->ticks_len, 0, len - r->ticks_len);
	r->ticks_len = len;
	return 0;
}

static void tick(struct run *r, int64_t seq)
{
	r->ticks[seq / 8] = (uint8_t)(r->ticks[seq / 8] | 1u << seq % 8);
}

static bool take_bit(uint8_t *bits, int64_t seq)
{
	uint8_t bit = (uint8_t)(1u << seq % 8);
	bool had = bits[seq / 8] & bit;

	bits[seq / 8] = (uint8_t)(bits[seq / 8] & ~bit);
	return had;
}

/* Each tick is taken once: a second row for the same entry finds none. */
static bool take_tick(struct run *r, int64_t seq)
{
	return take_bit(r->ticks, seq);
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static int next_point(struct run *r, struct err *err)
{
	int64_t size = r->point.size;

	arena_reset(r->arena);
	r->point = (struct ledger_point){ .size = 0 };
	int rc = ledger_point_after(r->conn, size, r->arena, &r->point, err);
	return rc < 0 ? rc : 0;
}

/* Since the last root that held; where one of this size held, another history was signed as well,
 * and nobody knows from where on. */
static int find_changed(struct run *r)
{
	int64_t size = (int64_t)r->tree.size;

	if (r->report.covered == size)
		return find(r, LEDGER_CHANGED, 1, size);
	return find(r, LEDGER_CHANGED, r->report.covered + 1, size);
}

/* The tree as it is now against a root that was signed. */
static int check_root(struct run *r, const struct sha256 *signed_root)
{
	struct sha256 root;

	merkle_root(&r->tree, &root);
	if (memcmp(root.b, signed_root->b, SHA256_LEN) != 0) {
		if (r->tile_from)
			return find(r, LEDGER_CHANGED, r->tile_from, r->tile_until);
		return find_changed(r);
	}
	if (r->tile_from)
		return find(r, LEDGER_TILE, r->tile_from, r->tile_until);
	r->report.covered = (int64_t)r->tree.size;
	return 0;
}

static int check_note(struct run *r, const struct note_point *note)
{
	if (!note_is_signed(note, r->in->verifier))
		return find(r, LEDGER_SIGNATURE, (int64_t)note->size, (int64_t)note->size);
	return check_root(r, &note->root);
}

static int check_point(struct run *r)
{
	struct note_point note;

	if (note_read(r->point.note, &note, NULL) < 0 || note.size != (uint64_t)r->point.size)
		return find(r, LEDGER_NOTE, r->point.size, r->point.size);
	r->report.checkpoints++;
	return check_note(r, &note);
}

/* All that speak of as many entries as the tree has now. */
static int check_points(struct run *r, struct err *err)
{
	int rc = 0;

	while (rc == 0 && r->point.size && (uint64_t)r->point.size == r->tree.size) {
		rc = check_point(r);
		if (rc == 0)
			rc = next_point(r, err);
	}
	for (; rc == 0 && r->given_at < r->in->given_len; r->given_at++) {
		if (r->given[r->given_at]->size != r->tree.size)
			break;
		r->report.given++;
		rc = check_note(r, r->given[r->given_at]);
	}
	return rc;
}

/* --- kept hashes ------------------------------------------------------------------------------ */

/* One that a leaf has completed; `last` is that leaf's number. */
static int check_tile(
    struct run *r, unsigned level, int64_t last, const struct sha256 *hash, struct err *err)
{
	int64_t span = INT64_C(1) << level * LEDGER_TILE_BITS;
	struct store_stmt *s;
	int rc = store_ask(r->conn, &s, err,
	    "SELECT hash FROM ledger_tile WHERE level = ?1 AND place = ?2", "ii", (int64_t)level,
	    last / span - 1);

	if (rc < 0)
		return rc;
	rc = store_step(s, err);
	struct str kept = rc > 0 ? store_col_blob(s, 0) : STR_NONE;
	bool same = kept.len == SHA256_LEN && memcmp(kept.p, hash->b, SHA256_LEN) == 0;
	store_reset(s);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return last / span > r->tiles[level] ? 0
						     : find(r, LEDGER_TILE, last - span + 1, last);
	r->report.tiles++;
	if (!same && !r->tile_from) {
		r->tile_from = last - span + 1;
		r->tile_until = last;
	}
	return 0;
}

static int check_tiles(struct run *r, unsigned top, const struct sha256 *completed, struct err *err)
{
	int rc = 0;

	for (unsigned level = 1; rc == 0 && level <= TILE_LEVELS; level++) {
		if (level * LEDGER_TILE_BITS > top)
			break;
		rc = check_tile(
		    r, level, (int64_t)r->tree.size, &completed[level * LEDGER_TILE_BITS], err);
	}
	return rc;
}

static int stray_tile(struct run *r, int64_t level, int64_t end, struct err *err)
{
	int64_t place;
	int rc = store_ask_int(r->conn, &place, err,
	    "SELECT place FROM ledger_tile WHERE level = ?1 AND (place < 0 OR place >= ?2) LIMIT 1",
	    "ii", level, end);

	return rc > 0 ? find(r, LEDGER_TILE_STRAY, r->size, r->size) : rc;
}

static int check_stray_tiles(struct run *r, struct err *err)
{
	int64_t level;
	int rc = store_ask_int(r->conn, &level, err,
	    "SELECT level FROM ledger_tile WHERE level < 1 OR level > ?1 LIMIT 1", "i",
	    (int64_t)TILE_LEVELS);

	if (rc > 0)
		return find(r, LEDGER_TILE_STRAY, r->size, r->size);
	for (level = 1; rc == 0 && level <= TILE_LEVELS; level++)
		rc = stray_tile(r, level, r->last >> level * LEDGER_TILE_BITS, err);
	return rc;
}

/* --- along the entries ------------------------------------------------------------------------ */

/* Without its salt it says nothing; an erasure behind it must say why. The row of a decision stays,
 * without what told of a person. */
static int check_empty(struct run *r, const struct ledger_leaf *leaf, struct err *err)
{
	int64_t id;
	int rc = make_room(r, leaf->seq, err);

	if (rc < 0)
		return rc;
	r->empty[leaf->seq / 8] = (uint8_t)(r->empty[leaf->seq / 8] | 1u << leaf->seq % 8);
	if (leaf->ref == 0)
		return 0;
	rc = store_ask_int(r->conn, &id, err,
	    "SELECT id FROM decision WHERE id = ?1 AND leaf = ?2 AND person IS NULL", "ii",
	    leaf->ref, leaf->seq);
	if (rc < 0)
		return rc;
	if (rc == 0 || leaf->type != LEAF_DECISION)
		return find_entry(r, LEDGER_RECORD_GONE, leaf);
	tick(r, leaf->seq);
	return 0;
}

static int name_listed(void *arg, const struct sha256 *name, bool returned)
{
	struct run *r = arg;

	if (r->names_len == r->names_cap) {
		size_t cap = r->names_cap ? r->names_cap * 2 : NAMES_FIRST;
		struct listed *more = mem_grow(r->names, cap * sizeof(*more));
		if (!more)
			return -E_NOMEM;
		r->names = more;
		r->names_cap = cap;
	}
	r->names[r->names_len++] = (struct listed){
		.name = *name,
		.seq = r->erasure,
		.count = returned ? -1 : 1,
	};
	return 0;
}

static int listed(void *arg, int64_t first, int64_t last)
{
	struct run *r = arg;

	for (int64_t seq = first; seq <= last; seq++) {
		if (!take_bit(r->empty, seq))
			return find(r, LEDGER_NOT_ERASED, seq, seq);
		r->report.erased++;
	}
	return 0;
}

/* What it lists lies before it, and was walked over. */
static int check_erasure(struct run *r, const struct ledger_leaf *leaf, struct err *err)
{
	int rc = ledger_erasure_read(buf_str(&r->content), leaf->seq, listed, r);

	r->erasure = leaf->seq;
	if (rc == 0)
		rc = ledger_erasure_names(buf_str(&r->content), name_listed, r);
	if (rc == -E_NOMEM)
		return err_set(err, E_NOMEM, "Memory ran out while checking the ledger.");
	return rc < 0 ? find_entry(r, LEDGER_RECORD_OTHER, leaf) : rc;
}

static int check_record(struct run *r, const struct ledger_leaf *leaf, struct err *err)
{
	if (leaf->salt.p && leaf->salt.len == 0 && leaf->type != LEAF_ERASED)
		return check_empty(r, leaf, err);
	int rc = ledger_content(r->conn, leaf, &r->content, err);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return find_entry(r, LEDGER_RECORD_GONE, leaf);
	if (!ledger_leaf_commits(leaf, buf_str(&r->content)))
		return find_entry(r, LEDGER_RECORD_OTHER, leaf);
	if (make_room(r, leaf->seq, err) < 0)
		return -E_NOMEM;
	if (rc == LEDGER_FROM_RECORD)
		tick(r, leaf->seq);
	return leaf->type == LEAF_ERASED ? check_erasure(r, leaf, err) : 0;
}

static int check_entry(struct run *r, const struct ledger_leaf *leaf, struct err *err)
{
	struct sha256 hash, completed[MERKLE_LEVELS];

	if (leaf->seq < r->next)
		return find(r, LEDGER_STRAY, leaf->seq, leaf->seq);
	if (leaf->seq > r->next)
		return find_missing(r);
	if (ledger_leaf_hash(&r->tenant, leaf, &hash, NULL) < 0)
		return find_entry(r, LEDGER_DAMAGED, leaf);
	int rc = check_record(r, leaf, err);
	if (rc != 0)
		return rc;
	unsigned top = merkle_append_told(&r->tree, &hash, completed);
	r->next++;
	r->report.entries++;
	if (top >= LEDGER_TILE_BITS)
		rc = check_tiles(r, top, completed, err);
	return rc != 0 ? rc : check_points(r, err);
}

static int walk_slice(struct run *r, struct err *err)
{
	int64_t end = r->next + SLICE <= r->size ? r->next + SLICE : r->size + 1;
	int64_t from = r->next == 1 ? INT64_MIN : r->next;
	struct ledger_leaf leaf;
	struct store_stmt *s;
	int rc = ledger_walk(r->conn, from, end, &s, err);

	if (rc < 0)
		return rc;
	while ((rc = ledger_next(s, &leaf, err)) > 0) {
		rc = check_entry(r, &leaf, err);
		if (rc != 0)
			break;
	}
	store_reset(s);
	return rc == 0 && r->next < end ? find_missing(r) : rc;
}

/* --- along the records ------------------------------------------------------------------------ */

struct place {
	int64_t first, second;
};

/* Rows behind a place, in the order of their keys: two numbers of the key, the entry, what was
 * kept. */
struct table {
	enum leaf_type type;
	int (*ask)(
	    struct store_conn *c, const struct place *p, struct store_stmt **ret, struct err *err);
	int (*check)(
	    struct run *r, const struct ledger_leaf *leaf, struct str kept, struct err *err);
};

static int ask_consents(
    struct store_conn *c, const struct place *p, struct store_stmt **ret, struct err *err)
{
	return store_ask(c, ret, err,
	    "SELECT person, seq, leaf, NULL FROM consent WHERE (person, seq) > (?1, ?2)"
	    " ORDER BY person, seq LIMIT ?3",
	    "iii", p->first, p->second, (int64_t)SLICE);
}

static int ask_consent_records(
    struct store_conn *c, const struct place *p, struct store_stmt **ret, struct err *err)
{
	return store_ask(c, ret, err,
	    "SELECT leaf, 0, leaf, NULL FROM consent_record WHERE leaf > ?1 ORDER BY leaf LIMIT ?2",
	    "ii", p->first, (int64_t)SLICE);
}

static int ask_decisions(
    struct store_conn *c, const struct place *p, struct store_stmt **ret, struct err *err)
{
	return store_ask(c, ret, err,
	    "SELECT id, 0, leaf, NULL FROM decision WHERE id > ?1 ORDER BY id LIMIT ?2", "ii",
	    p->first, (int64_t)SLICE);
}

static int ask_points(
    struct store_conn *c, const struct place *p, struct store_stmt **ret, struct err *err)
{
	return store_ask(c, ret, err,
	    "SELECT size, 0, leaf, NULL FROM ledger_checkpoint WHERE size > ?1 ORDER BY size LIMIT ?2",
	    "ii", p->first, (int64_t)SLICE);
}

static int ask_notes(
    struct store_conn *c, const struct place *p, struct store_stmt **ret, struct err *err)
{
	return store_ask(c, ret, err,
	    "SELECT leaf, 0, leaf, content FROM ledger_note WHERE leaf > ?1 ORDER BY leaf LIMIT ?2",
	    "ii", p->first, (int64_t)SLICE);
}

static int check_row(
    struct run *r, const struct ledger_leaf *leaf, struct str kept, struct err *err)
{
	(void)kept;
	(void)err;
	return take_tick(r, leaf->seq) ? 0 : find_entry(r, LEDGER_UNLISTED, leaf);
}

/* The half of a consent act that has no tick of its own: there is one for each entry, and what it
 * says was looked at with the other half. */
static int check_half(
    struct run *r, const struct ledger_leaf *row, struct str kept, struct err *err)
{
	int64_t type = 0;
	int rc = store_ask_int(
	    r->conn, &type, err, "SELECT type FROM ledger_leaf WHERE seq = ?1", "i", row->seq);

	(void)kept;
	if (rc < 0)
		return rc;
	return type == LEAF_CONSENT ? 0 : find_entry(r, LEDGER_UNLISTED, row);
}

static int check_kept(
    struct run *r, const struct ledger_leaf *row, struct str kept, struct err *err)
{
	struct ledger_leaf leaf;

	arena_reset(r->arena);
	int rc = ledger_get(r->conn, row->seq, r->arena, &leaf, err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return find_entry(r, LEDGER_UNLISTED, row);
	return ledger_leaf_commits(&leaf, kept) ? 0 : find_entry(r, LEDGER_KEPT_OTHER, &leaf);
}

static const struct table tables_of_records[] = {
	{ LEAF_CHECKPOINT, ask_points, check_row },
	{ LEAF_CONSENT, ask_consents, check_row },
	{ LEAF_OPERATOR, ask_consent_records, check_half },
	{ LEAF_DECISION, ask_decisions, check_row },
	{ LEAF_OPERATOR, ask_notes, check_kept },
};

static int check_listed(struct run *r, const struct table *t, struct store_stmt *s, struct err *err)
{
	struct ledger_leaf leaf = {
		.type = t->type,
		.ref = store_col_int(s, 0),
		.seq = store_col_int(s, 2),
	};

	if (leaf.seq > r->size && leaf.seq <= r->last)
		return 0; /* it came meanwhile */
	if (leaf.seq < 1 || leaf.seq > r->size)
		return find_entry(r, LEDGER_UNLISTED, &leaf);
	return t->check(r, &leaf, store_col_text(s, 3), err);
}

/* The next slice of a table: *ret_rows tells how many rows it had. */
static int list_slice(
    struct run *r, const struct table *t, struct place *p, int *ret_rows, struct err *err)
{
	struct store_stmt *s;
	int rc = t->ask(r->conn, p, &s, err), rows = 0;

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0) {
		*p = (struct place){ store_col_int(s, 0), store_col_int(s, 1) };
		rows++;
		rc = check_listed(r, t, s, err);
		if (rc != 0)
			break;
	}
	store_reset(s);
	*ret_rows = rows;
	return rc;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int begin(struct run *r, struct err *err)
{
	int rc = r->in->in_transaction ? 0 : store_begin(r->conn, err);

	return rc < 0 ? rc : ledger_last(r->conn, &r->last, err);
}

static void end(struct run *r)
{
	if (!r->in->in_transaction)
		store_rollback(r->conn); /* nothing was written */
}

/* --- erasures that came meanwhile ------------------------------------------------------------- */

static int unlist(void *arg, int64_t first, int64_t last)
{
	struct run *r = arg;

	for (int64_t seq = first; seq <= last && seq <= r->size; seq++)
		r->report.erased += take_bit(r->empty, seq);
	return 0;
}

static int late_erasures(struct run *r, struct err *err)
{
	struct ledger_leaf leaf;
	struct store_stmt *s;
	int rc = ledger_walk(r->conn, r->size + 1, INT64_MAX, &s, err);

	if (rc < 0)
		return rc;
	while ((rc = ledger_next(s, &leaf, err)) > 0) {
		if (leaf.type != LEAF_ERASED)
			continue;
		rc = ledger_content(r->conn, &leaf, &r->content, err);
		if (rc > 0 && ledger_leaf_commits(&leaf, buf_str(&r->content))) {
			r->erasure = leaf.seq;
			rc = ledger_erasure_read(buf_str(&r->content), leaf.seq, unlist, r);
			if (rc == 0)
				rc = ledger_erasure_names(buf_str(&r->content), name_listed, r);
		}
		if (rc < 0)
			break;
	}
	store_reset(s);
	return rc == -E_INVALID ? 0 : rc;
}

/* --- the suppression list --------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int d = memcmp(x->name.b, y->name.b, SHA256_LEN);

	return d ? d : (x->seq > y->seq) - (x->seq < y->seq);
}

/* One for each name that is on the list still. */
static void sum_names(struct run *r)
{
	size_t n = 0;

	if (r->names_len)
		qsort(r->names, r->names_len, sizeof(*r->names), by_name);
	for (size_t i = 0; i < r->names_len; i++) {
		struct listed *x = &r->names[i];
		if (n && memcmp(r->names[n - 1].name.b, x->name.b, SHA256_LEN) == 0)
			r->names[n - 1].count += x->count;
		else
			r->names[n++] = *x;
	}
	r->names_len = n;
}

static int name_found(void *arg, const struct sha256 *name)
{
	struct run *r = arg;
	struct listed *x = NULL;

	for (size_t from = 0, to = r->names_len; !x && from < to;) {
		size_t middle = from + (to - from) / 2;
		int d = memcmp(name->b, r->names[middle].name.b, SHA256_LEN);
		if (d == 0)
			x = &r->names[middle];
		else if (d < 0)
			to = middle;
		else
			from = middle + 1;
	}
	if (x && x->count > 0) {
		x->found = true;
		return 0;
	}
	if (r->own_row)
		return find(r, LEDGER_SUPPRESSION_OTHER, r->size, r->size);
	r->own_row = true;
	return 0;
}

/* What erasures put there, less what was taken off; and one row that was there before. */
static int check_suppression(struct run *r, struct err *err)
{
	const struct listed *gone = NULL;

	sum_names(r);
	int rc = suppression_names(r->conn, name_found, r, err);
	for (size_t i = 0; rc == 0 && i < r->names_len; i++) {
		const struct listed *x = &r->names[i];
		if (x->count > 0 && !x->found && (!gone || x->seq < gone->seq))
			gone = x;
	}
	return gone ? find(r, LEDGER_SUPPRESSION_GONE, gone->seq, gone->seq) : rc;
}

/* Every entry without content must have been listed by now. */
static int check_forgotten(struct run *r, struct err *err)
{
	end(r);
	int rc = begin(r, err);
	if (rc == 0)
		rc = late_erasures(r, err);
	for (size_t i = 0; rc == 0 && i < r->ticks_len; i++) {
		for (int bit = 0; rc == 0 && r->empty[i] && bit < 8; bit++) {
			int64_t seq = (int64_t)i * 8 + bit;
			if (r->empty[i] >> bit & 1)
				rc = find(r, LEDGER_FORGOTTEN, seq, seq);
		}
	}
	return rc != 0 ? rc : check_suppression(r, err);
}

static int may_go_on(const struct run *r, struct err *err)
{
	return r->in->go_on ? r->in->go_on(r->in->arg, err) : 0;
}

static void tell(const struct run *r)
{
	if (r->in->on_progress)
		r->in->on_progress(r->in->arg, r->report.entries, r->size);
}

/* What the ends of the ledger and of the list of checkpoints say of one another. */
static int check_end(struct run *r, struct err *err)
{
	if (r->given_at < r->in->given_len)
		return find(r, LEDGER_CUT, r->size, (int64_t)r->given[r->given_at]->size);
	if (r->point.size > r->last)
		return find(r, LEDGER_CUT, r->size, r->point.size);
	if (r->tile_from)
		return find(r, LEDGER_UNSURE, r->tile_from, r->tile_until);
	merkle_root(&r->tree, &r->report.root);
	return check_stray_tiles(r, err);
}

static int walk(struct run *r, struct err *err)
{
	int rc = check_points(r, err); /* of no entries at all */

	while (rc == 0 && r->next <= r->size) {
		end(r);
		rc = may_go_on(r, err);
		if (rc == 0)
			rc = begin(r, err);
		if (rc == 0)
			rc = walk_slice(r, err);
		tell(r);
	}
	return rc != 0 ? rc : check_end(r, err);
}

static int list(struct run *r, const struct table *t, struct err *err)
{
	struct place p = { INT64_MIN, INT64_MIN };
	int rows, rc;

	do {
		end(r);
		rc = may_go_on(r, err);
		if (rc == 0)
			rc = begin(r, err);
		if (rc == 0)
			rc = list_slice(r, t, &p, &rows, err);
	} while (rc == 0 && rows == SLICE);
	return rc;
}

static int by_size(const void *a, const void *b)
{
	const struct note_point *const *x = a, *const *y = b;

	return ((*x)->size > (*y)->size) - ((*x)->size < (*y)->size);
}

static int count_tiles(struct run *r, struct err *err)
{
	int rc = 0;

	for (size_t level = 0; rc >= 0 && level < ARRAY_LEN(r->tiles); level++) {
		rc = store_ask_int(r->conn, &r->tiles[level], err,
		    "SELECT coalesce(max(place) + 1, 0) FROM ledger_tile WHERE level = ?1", "i",
		    (int64_t)level);
	}
	return rc < 0 ? rc : 0;
}

static int prepare(struct run *r, struct err *err)
{
	size_t n = r->in->given_len;

	r->conn = r->in->conn;
	r->next = 1;
	merkle_init(&r->tree);
	buf_init(&r->content, 0);
	r->arena = arena_new(0, 0);
	r->given = mem_alloc((n ? n : 1) * sizeof(*r->given));
	int rc = begin(r, err);
	if (rc == 0)
		rc = ledger_tenant(r->conn, &r->tenant, err);
	if (rc == 0)
		rc = count_tiles(r, err);
	r->size = r->last > 0 ? r->last : 0;
	if (rc == 0 && (!r->arena || !r->given))
		rc = err_set(err, E_NOMEM, "Memory ran out while checking the ledger.");
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		r->given[i] = &r->in->given[i];
	qsort(r->given, n, sizeof(*r->given), by_size);
	return next_point(r, err);
}

static int check_all(struct run *r, struct err *err)
{
	int rc = prepare(r, err);

	if (rc == 0)
		rc = walk(r, err);
	if (rc == 0)
		rc = check_forgotten(r, err);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(tables_of_records); i++)
		rc = list(r, &tables_of_records[i], err);
	end(r);
	return rc;
}

int ledger_check(const struct ledger_check *in, struct ledger_report *ret, struct err *err)
{
	struct run *r = mem_alloc(sizeof(*r));

	if (!r)
		return err_set(err, E_NOMEM, "Memory ran out while checking the ledger.");
	r->in = in;
	int rc = check_all(r, err);
	if (rc >= 0)
		*ret = r->report;
	buf_done(&r->content);
	arena_free(&r->arena);
	mem_free(r->ticks);
	mem_free(r->empty);
	mem_free(r->given);
	mem_free(r->names);
	mem_free(r);
	return rc < 0 ? rc : 0;
}
