#include "domain/ledger_point.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/ledger_tree.h"
#include "store/query.h"

/* Hashes of 256 entries that may be computed for one checkpoint: some ten milliseconds. */
#define BEHIND_MAX 64

void ledger_origin(const struct ledger_tenant *tenant, char out[LEDGER_ORIGIN_MAX])
{
	char hex[2 * LEDGER_TENANT_LEN + 1];

	hex_encode(tenant->b, sizeof(tenant->b), hex);
	(void)snprintf(out, LEDGER_ORIGIN_MAX, "varco-ledger/%s", hex);
}

/* --- making ----------------------------------------------------------------------------------- */

/* 1 and the tree when there is something to sign. */
static int is_due(struct store_conn *c, struct ledger_tree *tree, struct err *err)
{
	int64_t newest = 0, behind = 0;
	int r = ledger_tree_open(c, tree, err);

	if (r == 0)
		r = store_ask_int(c, &newest, err, "SELECT max(leaf) FROM ledger_checkpoint", "");
	if (r < 0)
		return r;
	if (tree->size == (r > 0 ? (uint64_t)newest : 0))
		return 0;
	r = ledger_tiles_behind(c, &behind, err);
	if (r == 0 && behind > BEHIND_MAX)
		r = err_set(err, E_BUSY, "The ledger is still being summed up; try again later.");
	return r < 0 ? r : 1;
}

static int record(struct store_conn *c, struct ledger *l, int64_t size, struct str note,
    time_ms now, struct err *err)
{
	int64_t seq;
	int r = ledger_append(c, l, LEAF_CHECKPOINT, (uint64_t)size, note, now, &seq, err);

	if (r < 0)
		return r;
	return store_do(c, err,
	    "INSERT INTO ledger_checkpoint (size, at, note, leaf) VALUES (?1, ?2, ?3, ?4)", "imti",
	    size, now, note, seq);
}

int ledger_point_make(struct store_conn *c, struct ledger *l, const struct note_signer *signer,
    time_ms now, struct err *err)
{
	struct ledger_tree tree;
	struct sha256 root;
	struct buf note;
	int r = is_due(c, &tree, err);

	if (r <= 0)
		return r;
	struct merkle_source source = ledger_tree_source(&tree);
	r = merkle_root_of(&source, tree.size, &root, err);
	if (r < 0)
		return r;
	buf_init(&note, 0);
	note_write(signer, tree.size, &root, &note);
	r = note.failed ? err_set(err, E_NOMEM, "Memory ran out while signing a checkpoint.")
			: record(c, l, (int64_t)tree.size, buf_str(&note), now, err);
	buf_done(&note);
	return r < 0 ? r : 1;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int take(struct store_stmt *s, struct arena *a, struct ledger_point *ret, struct err *err)
{
	int r = store_step(s, err);

	if (r > 0) {
		struct ledger_point p = {
			.size = store_col_int(s, 0),
			.at = store_col_time(s, 1),
			.leaf = store_col_int(s, 3),
		};
		if (store_copy_text(s, 2, a, &p.note) < 0)
			r = err_set(err, E_NOMEM, "Memory ran out while reading a checkpoint.");
		else
			*ret = p;
	}
	store_reset(s);
	return r;
}

int ledger_point_last(
    struct store_conn *c, struct arena *a, struct ledger_point *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT size, at, note, leaf FROM ledger_checkpoint ORDER BY size DESC LIMIT 1", "");

	return r < 0 ? r : take(s, a, ret, err);
}

int ledger_point_after(
    struct store_conn *c, int64_t size, struct arena *a, struct ledger_point *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT size, at, note, leaf FROM ledger_checkpoint WHERE size > ?1 ORDER BY size LIMIT 1",
	    "i", size);

	return r < 0 ? r : take(s, a, ret, err);
}
