/* The ledger: its newest entries, all of them for whoever checks it elsewhere, proofs, checkpoints on
 * demand. docs/ledger.md has the forms. */
#include "apps/gateway/api.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/journal.h"
#include "domain/ledger_content.h"
#include "domain/ledger_point.h"
#include "domain/ledger_tree.h"

#define HEX_MAX (2 * SHA256_LEN + 1)
#define SEQ_TEXT_MAX 24

/* --- entries ---------------------------------------------------------------------------------- */

static void member_hex(struct json_writer *w, const char *name, struct str bytes)
{
	char hex[HEX_MAX];

	if (bytes.len == 0 || bytes.len > SHA256_LEN) {
		jw_member_str(w, name, STR_NONE);
		return;
	}
	hex_encode(bytes.p, bytes.len, hex);
	jw_member_c(w, name, hex);
}

/* What is hashed of it, and what it stands for. */
static void write_entry(struct json_writer *w, const struct ledger_leaf *leaf)
{
	char record[LEDGER_RECORD_MAX];

	ledger_record_name(leaf, record);
	jw_member_int(w, "seq", leaf->seq);
	jw_member_time(w, "at", leaf->at);
	jw_member_int(w, "time", leaf->at);
	jw_member_c(w, "type", leaf_type_name(leaf->type));
	/* Of what was forgotten nothing shows that it was this one. */
	jw_member_c(w, "record", record[0] && leaf->salt.len ? record : NULL);
	jw_member_str(w, "policy", leaf->policy);
	member_hex(w, "commitment", leaf->commitment);
}

/* And what lets it be checked. */
static int write_opening(struct api_call *c, const struct ledger_leaf *leaf, struct err *err)
{
	struct buf content;

	buf_init(&content, 0);
	int r = ledger_content(c->gate->lane->reader, leaf, &content, err);
	if (r >= 0) {
		member_hex(&c->w, "salt", leaf->salt);
		jw_member_str(&c->w, "content", r > 0 ? buf_str(&content) : STR_NONE);
	}
	buf_done(&content);
	return r < 0 ? r : 0;
}

static int write_page(struct api_call *c, int64_t from, int64_t to, bool full, struct err *err)
{
	struct arena *a = c->arena;
	int r = 1;

	for (int64_t seq = from; r > 0 && seq < to; seq++) {
		struct ledger_leaf leaf;
		r = ledger_get(c->gate->lane->reader, seq, a, &leaf, err);
		if (r <= 0)
			break;
		jw_object(&c->w);
		write_entry(&c->w, &leaf);
		if (full && write_opening(c, &leaf, err) < 0)
			r = -err->code;
		jw_object_end(&c->w);
	}
	return r < 0 ? r : 0;
}

static int read_place(struct api_call *c, int64_t otherwise, int64_t *ret, struct err *err)
{
	struct str cursor = api_text(c, "cursor");

	*ret = otherwise;
	if (!cursor.p || (str_to_i64(cursor, ret) == 0 && *ret > 0))
		return 0;
	return api_err(
	    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
}

static void close_page(struct api_call *c, int64_t next)
{
	char text[SEQ_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%lld", (long long)next);
	api_list_close(c, next > 0 ? str_c(text) : STR_NONE);
}

static void write_key(struct api_call *c)
{
	char key[NOTE_KEY_TEXT_MAX];

	note_verifier_write(&c->gate->lane->core->signer.verifier, key);
	jw_member_c(&c->w, "key", key);
}

/* The newest ones, in their order; the next page has those before. */
static int tail(struct api_call *c, struct err *err)
{
	int64_t last = 0, end = 0;
	size_t limit;
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = ledger_last(c->gate->lane->reader, &last, err);
	if (r == 0)
		r = read_place(c, last + 1, &end, err);
	if (r < 0)
		return r;
	if (end > last + 1)
		end = last + 1;
	int64_t from = end > (int64_t)limit ? end - (int64_t)limit : 1;
	api_list_open(c);
	r = write_page(c, from, end, false, err);
	close_page(c, from > 1 ? from : 0);
	return r;
}

static int export(struct api_call *c, struct err *err)
{
	int64_t last = 0, from = 0;
	size_t limit;
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = ledger_last(c->gate->lane->reader, &last, err);
	if (r == 0)
		r = read_place(c, 1, &from, err);
	if (r < 0)
		return r;
	int64_t end = from + (int64_t)limit <= last ? from + (int64_t)limit : last + 1;
	char next[SEQ_TEXT_MAX];
	(void)snprintf(next, sizeof(next), "%lld", (long long)end);
	jw_object(&c->w);
	write_key(c);
	jw_key(&c->w, "items");
	jw_array(&c->w);
	r = write_page(c, from, end, true, err);
	jw_array_end(&c->w);
	jw_member_c(&c->w, "next", end <= last ? next : NULL);
	jw_object_end(&c->w);
	return r;
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static int make_point(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct ledger_point *point = ARENA_NEW(c->arena, struct ledger_point);

	if (!point)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	int r = ledger_point_make(conn, &core->ledger, &core->signer, clock_now(), err);
	if (r == -E_BUSY)
		return api_err(c, err, E_BUSY, "",
		    N_("The ledger is still being summed up; try again later."));
	if (r >= 0)
		r = ledger_point_last(conn, c->arena, point, err);
	c->state = point;
	return r < 0 ? r : 0;
}

static int show_point(struct api_call *c, struct err *err)
{
	const struct ledger_point *point = c->state;
	struct json_writer *w = &c->w;

	(void)err;
	jw_object(w);
	jw_member_int(w, "size", point->size);
	jw_member_time(w, "at", point->size ? point->at : TIME_NONE);
	jw_member_int(w, "seq", point->leaf);
	jw_member_str(w, "checkpoint", point->note);
	write_key(c);
	jw_object_end(w);
	return 0;
}

/* --- proofs ----------------------------------------------------------------------------------- */

struct proof {
	struct ledger_tree tree;
	struct ledger_leaf leaf;
	struct ledger_point point;
	struct merkle_path path;
};

static int find_seq(struct api_call *c, int64_t *ret, struct err *err)
{
	struct str word = api_text(c, "entry");
	uint64_t id;
	int r = 0;

	if (id_parse("dec", word, &id) == 0)
		r = journal_leaf(c->gate->lane->reader, id, ret, err);
	else if (str_to_i64(word, ret) == 0)
		r = 1;
	else
		return api_err(c, err, E_INVALID, "entry",
		    N_("\"entry\" must be the number of an entry or the id of a decision."));
	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "entry", N_("There is no such decision."));
	return r < 0 ? r : 0;
}

static int load_proof(struct api_call *c, struct proof *p, struct err *err)
{
	struct store_conn *reader = c->gate->lane->reader;
	int64_t seq;
	int r = find_seq(c, &seq, err);

	if (r < 0)
		return r;
	r = ledger_get(reader, seq, c->arena, &p->leaf, err);
	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "entry", N_("There is no such entry."));
	if (r > 0)
		r = ledger_point_last(reader, c->arena, &p->point, err);
	if (r >= 0 && p->point.size < seq)
		return api_err(c, err, E_NOT_FOUND, "entry",
		    N_("No checkpoint covers this entry yet; ask for one with \"varco ledger checkpoint\"."));
	if (r >= 0)
		r = ledger_tree_open(reader, &p->tree, err);
	if (r < 0)
		return r;
	struct merkle_source source = ledger_tree_source(&p->tree);
	return merkle_inclusion(&source, (uint64_t)seq - 1, (uint64_t)p->point.size, &p->path, err);
}

static void write_path(struct json_writer *w, const char *name, const struct merkle_path *path)
{
	char hex[HEX_MAX];

	jw_key(w, name);
	jw_array(w);
	for (size_t i = 0; i < path->len; i++) {
		hex_encode(path->hashes[i].b, SHA256_LEN, hex);
		jw_c(w, hex);
	}
	jw_array_end(w);
}

/* That the ledger began with `since` entries of an older checkpoint. */
static int write_history(struct api_call *c, struct proof *p, struct err *err)
{
	const struct api_value *since = api_value(c, "since");
	struct merkle_source source = ledger_tree_source(&p->tree);

	if (!since->given)
		return 0;
	if (since->number < 0 || since->number > p->point.size)
		return api_err(c, err, E_RANGE, "since",
		    N_("\"since\" must be the size of an older checkpoint."));
	int r = merkle_consistency(
	    &source, (uint64_t)since->number, (uint64_t)p->point.size, &p->path, err);
	if (r < 0)
		return r;
	jw_member_int(&c->w, "since", since->number);
	write_path(&c->w, "history", &p->path);
	return 0;
}

static int show_proof(struct api_call *c, struct err *err)
{
	struct proof *p = ARENA_NEW(c->arena, struct proof);
	struct json_writer *w = &c->w;

	if (!p)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	int r = load_proof(c, p, err);
	if (r < 0)
		return r;
	jw_object(w);
	member_hex(w, "tenant", str_n((const char *)p->tree.tenant.b, LEDGER_TENANT_LEN));
	write_entry(w, &p->leaf);
	r = write_opening(c, &p->leaf, err);
	write_path(w, "path", &p->path);
	jw_member_str(w, "checkpoint", p->point.note);
	write_key(c);
	if (r == 0)
		r = write_history(c, p, err);
	jw_object_end(w);
	return r;
}

const struct api_handler api_ledger_handlers[] = {
	{ "tailLedger", NULL, NULL, tail, NULL },
	{ "exportLedger", NULL, NULL, export, NULL },
	{ "makeCheckpoint", NULL, make_point, show_point, NULL },
	{ "proveEntry", NULL, NULL, show_proof, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
