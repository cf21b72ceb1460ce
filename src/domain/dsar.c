#include "domain/dsar.h"

#include <string.h>

#include "base/check.h"
#include "domain/attachment.h"
#include "domain/consent.h"
#include "domain/consent_evidence.h"
#include "domain/journal.h"
#include "domain/keyring.h"
#include "domain/ledger_content.h"
#include "domain/recipient.h"
#include "store/query.h"

#define FORMAT "varco-dsar/1"
#define AT_ONCE 200
#define MASK "per_•••"
#define ID_LEN 17 /* of "per_" and what is behind it */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading what is kept of a person.");
}

/* --- others ----------------------------------------------------------------------------------- */

static bool is_own(const struct erasure_plan *p, struct str id)
{
	uint64_t person;

	if (id_parse("per", id, &person) < 0)
		return true; /* no id, so nobody's */
	for (size_t i = 0; i < p->people.len; i++) {
		if ((uint64_t)p->people.items[i] == person)
			return true;
	}
	return false;
}

/* The text with the ids of others masked. */
static void add_masked(const struct erasure_plan *p, struct str text, struct buf *out)
{
	size_t done = 0;

	for (size_t i = 0; i + ID_LEN <= text.len; i++) {
		if (memcmp(text.p + i, "per_", 4) != 0 || is_own(p, str_n(text.p + i, ID_LEN)))
			continue;
		buf_add(out, str_sub(text, done, i - done));
		buf_add_c(out, MASK);
		done = i + ID_LEN;
		i = done - 1;
	}
	buf_add(out, str_sub(text, done, text.len));
}

static void member_masked(struct dsar *d, const char *name, struct str text)
{
	struct buf masked;

	buf_init(&masked, 0);
	if (text.p)
		add_masked(d->plan, text, &masked);
	jw_member_str(d->w, name, !text.p ? STR_NONE : masked.len ? buf_str(&masked) : STR(""));
	buf_done(&masked);
}

static void member_json(struct dsar *d, const char *name, struct str text)
{
	struct buf masked;

	buf_init(&masked, 0);
	add_masked(d->plan, text, &masked);
	jw_key(d->w, name);
	if (masked.len)
		jw_raw(d->w, buf_str(&masked));
	else
		jw_null(d->w);
	buf_done(&masked);
}

/* --- the ledger ------------------------------------------------------------------------------- */

static int write_opening(
    struct store_conn *c, struct dsar *d, const struct ledger_leaf *leaf, struct err *err)
{
	char salt[2 * LEDGER_SALT_LEN + 1];
	struct buf content;

	buf_init(&content, 0);
	int r = ledger_content(c, leaf, &content, err);
	if (r > 0 && leaf->salt.len == LEDGER_SALT_LEN) {
		hex_encode(leaf->salt.p, leaf->salt.len, salt);
		jw_member_c(d->w, "salt", salt);
		jw_member_str(d->w, "content", buf_str(&content));
	}
	buf_done(&content);
	return r < 0 ? r : 0;
}

static int write_ledger(struct store_conn *c, struct dsar *d, int64_t seq, struct err *err)
{
	struct ledger_leaf leaf;
	int r = ledger_get(c, seq, d->arena, &leaf, err);

	if (r < 0)
		return r;
	jw_key(d->w, "ledger");
	jw_object(d->w);
	jw_member_int(d->w, "entry", seq);
	if (r > 0)
		r = write_opening(c, d, &leaf, err);
	jw_object_end(d->w);
	return r;
}

/* --- the person ------------------------------------------------------------------------------- */

static int write_person(struct store_conn *c, struct dsar *d, struct err *err)
{
	char phone[PHONE_TEXT_MAX], id[ID_TEXT_MAX];
	struct recipient found;
	int r = recipient_by_id(c, d->plan->person, STR(""), d->arena, &found, err);

	if (r == 0)
		return err_set(err, E_NOT_FOUND, N_("This person is not on record any more."));
	if (r < 0)
		return r;
	const struct person p = found.person;
	id_format("per", p.id, id);
	phone_format(p.phone, phone);
	jw_member_c(d->w, "person", id);
	jw_member_c(d->w, "phone", p.phone.number ? phone : NULL);
	jw_member_str(d->w, "timezone", p.timezone);
	jw_member_time(d->w, "known_since", id_time(p.id));
	jw_member_bool(d->w, "suppressed", p.flags & PERSON_SUPPRESSED);
	jw_member_bool(d->w, "meta_stop", p.flags & PERSON_META_STOP);
	return 0;
}

static void write_act(struct dsar *d, const struct consent_entry *e)
{
	char import[ID_TEXT_MAX];

	id_format("imp", e->import_id, import);
	jw_member_c(d->w, "purpose", purpose_name(e->purpose));
	jw_member_c(d->w, "act", consent_act_name(e->act));
	jw_member_time(d->w, "at", e->at);
	jw_member_c(d->w, "evidence", evidence_name(e->evidence));
	member_masked(d, "source", e->source);
	jw_member_str(d->w, "text", e->wording);
	member_json(d, "attributes", e->attributes);
	member_json(d, "details", e->details);
	jw_member_time(d->w, "recorded_at", e->recorded_at);
	jw_member_c(d->w, "import", e->import_id ? import : NULL);
}

static int write_post(struct store_conn *c, struct dsar *d, int64_t leaf, struct err *err)
{
	const struct keyring *keys;
	struct str body = STR_NONE;
	bool whole;
	int r = keyring_of(c, &keys, err);

	if (r == 0)
		r = consent_post_get(c, &keys->people, leaf, d->arena, &body, &whole, err);
	jw_member_str(d->w, "webhook", r > 0 ? body : STR_NONE);
	return r < 0 ? r : 0;
}

static int write_file(
    struct store_conn *c, struct dsar *d, const struct sha256 *digest, struct err *err)
{
	const struct keyring *keys;
	char hex[2 * SHA256_LEN + 1];
	struct buf content, text;
	const char *type = NULL;
	int r = keyring_of(c, &keys, err);

	buf_init(&content, 0);
	buf_init(&text, 0);
	if (r == 0 && d->state_dir)
		r = attachment_read(c, d->state_dir, &keys->people, digest, &content, &type, err);
	if (r > 0)
		base64_encode(buf_str(&content), &text);
	if (r > 0 && text.failed)
		r = no_memory(err);
	hex_encode(digest->b, SHA256_LEN, hex);
	jw_object(d->w);
	jw_member_c(d->w, "digest", hex);
	if (r > 0) {
		jw_member_c(d->w, "type", type);
		jw_member_str(d->w, "content", buf_str(&text));
	}
	jw_object_end(d->w);
	buf_done(&content);
	buf_done(&text);
	return r < 0 ? r : 0;
}

static int write_files(struct store_conn *c, struct dsar *d, int64_t leaf, struct err *err)
{
	struct sha256 digest;
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT digest FROM consent_attachment WHERE leaf = ?1 ORDER BY file", "i", leaf);

	if (r < 0)
		return r;
	jw_key(d->w, "attachments");
	jw_array(d->w);
	while ((r = store_step(s, err)) > 0) {
		struct str bytes = store_col_blob(s, 0);
		if (bytes.len != SHA256_LEN)
			continue;
		memcpy(digest.b, bytes.p, SHA256_LEN);
		r = write_file(c, d, &digest, err);
		if (r < 0)
			break;
	}
	store_reset(s);
	jw_array_end(d->w);
	return r;
}

static int write_consents(struct store_conn *c, struct dsar *d, struct err *err)
{
	struct consent_entry *acts;
	size_t len = 0;
	int r = consent_list_full(c, d->plan->person, d->arena, &acts, &len, err);

	jw_key(d->w, "consents");
	jw_array(d->w);
	for (size_t i = 0; r == 0 && i < len; i++) {
		jw_object(d->w);
		write_act(d, &acts[i]);
		r = write_post(c, d, acts[i].leaf, err);
		if (r == 0)
			r = write_files(c, d, acts[i].leaf, err);
		if (r == 0)
			r = write_ledger(c, d, acts[i].leaf, err);
		jw_object_end(d->w);
	}
	jw_array_end(d->w);
	return r;
}

/* --- plain rows ------------------------------------------------------------------------------- */

/* A letter for each column: t text, m a time, p a purpose, k a kind of mark, j JSON. */
struct list {
	const char *name, *sql, *types;
	const char *members[5];
};

static const struct list lists[] = {
	{ "bsuids",
	    "SELECT bsuid, portfolio, at FROM person_bsuid WHERE person = ?1 ORDER BY at, bsuid",
	    "ttm", { "bsuid", "portfolio", "at" } },
	{ "history",
	    "SELECT at, what, detail FROM person_history WHERE person = ?1 ORDER BY at, seq", "mtj",
	    { "at", "what", "detail" } },
	{ "contacts",
	    "SELECT number, last_inbound_at, last_call_at FROM contact WHERE person = ?1"
	    " ORDER BY number",
	    "tmm", { "number", "last_inbound_at", "last_call_at" } },
	{ "marketing", "SELECT at FROM marketing_sent WHERE person = ?1 ORDER BY at", "m",
	    { "at" } },
	{ "delivered", "SELECT purpose, at FROM delivered WHERE person = ?1 ORDER BY purpose", "pm",
	    { "purpose", "at" } },
	{ "marks",
	    "SELECT kind, scope, at, until_at FROM person_mark WHERE person = ?1 ORDER BY at, kind",
	    "ktmm", { "kind", "scope", "at", "until" } },
	{ "requests",
	    "SELECT at, number, purpose, wording, answered_at FROM consent_request WHERE person = ?1"
	    " ORDER BY id",
	    "mtptm", { "at", "number", "purpose", "text", "answered_at" } },
	{ "stops", "SELECT at, ended_at FROM stop_by_code WHERE person = ?1 ORDER BY id", "mm",
	    { "at", "ended_at" } },
	{ "calls",
	    "SELECT at, app, number, edge, action FROM contact_made WHERE person = ?1 ORDER BY id",
	    "mtttt", { "at", "app", "number", "edge", "action" } },
};

static void write_column(struct dsar *d, struct store_stmt *s, const struct list *l, int i)
{
	const char *name = l->members[i];

	switch (l->types[i]) {
	case 'm':
		jw_member_time(d->w, name, store_col_time(s, i));
		break;
	case 'p':
		jw_member_c(d->w, name, purpose_name((enum purpose)store_col_int(s, i)));
		break;
	case 'k':
		jw_member_c(
		    d->w, name, store_col_int(s, i) == MARK_COOLDOWN ? "cooldown" : "hard_failure");
		break;
	case 'j':
		member_json(d, name, store_col_text(s, i));
		break;
	default:
		jw_member_str(d->w, name, store_col_text(s, i));
		break;
	}
}

static int write_rows(
    struct store_conn *c, struct dsar *d, const struct list *l, int64_t person, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, l->sql, "i", person);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		jw_object(d->w);
		for (int i = 0; l->types[i]; i++)
			write_column(d, s, l, i);
		jw_object_end(d->w);
	}
	store_reset(s);
	return r;
}

/* Also those that still bear an id which is gone. */
static int write_list(struct store_conn *c, struct dsar *d, const struct list *l, struct err *err)
{
	int r = 0;

	jw_key(d->w, l->name);
	jw_array(d->w);
	for (size_t i = 0; r == 0 && i < d->plan->people.len; i++)
		r = write_rows(c, d, l, d->plan->people.items[i], err);
	jw_array_end(d->w);
	return r;
}

int dsar_begin(struct store_conn *c, struct dsar *d, time_ms now, struct err *err)
{
	arena_reset(d->arena);
	jw_object(d->w);
	jw_member_c(d->w, "format", FORMAT);
	jw_member_time(d->w, "at", now);
	int r = write_person(c, d, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(lists); i++)
		r = write_list(c, d, &lists[i], err);
	if (r == 0)
		r = write_consents(c, d, err);
	jw_key(d->w, "decisions");
	jw_array(d->w);
	return r;
}

/* --- decisions -------------------------------------------------------------------------------- */

static int write_decision(struct store_conn *c, struct dsar *d, uint64_t id, struct err *err)
{
	struct journal_entry e;
	int64_t leaf = 0;
	int r = journal_get(c, id, d->arena, &e, err);

	if (r > 0)
		r = journal_leaf(c, id, &leaf, err);
	if (r <= 0)
		return r;
	jw_object(d->w);
	jw_key(d->w, "decision");
	r = journal_write(c, d->arena, &e, d->lang, d->w, err);
	if (r == 0)
		r = write_ledger(c, d, leaf, err);
	jw_object_end(d->w);
	return r;
}

int dsar_next(struct store_conn *c, struct dsar *d, struct err *err)
{
	const struct ledger_set *all = &d->plan->decisions;
	size_t end = d->next + AT_ONCE < all->len ? d->next + AT_ONCE : all->len;
	int r = 0;

	for (; r == 0 && d->next < end; d->next++) {
		arena_reset(d->arena);
		r = write_decision(c, d, (uint64_t)all->items[d->next], err);
	}
	if (r < 0)
		return r == -E_NOMEM ? no_memory(err) : r;
	if (d->next < all->len)
		return 1;
	jw_array_end(d->w);
	jw_object_end(d->w);
	return 0;
}
