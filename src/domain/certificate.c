#include "domain/certificate.h"

#include <string.h>

#include "base/check.h"
#include "domain/ledger_content.h"
#include "domain/ledger_proofs.h"

static const enum purpose purposes[CERTIFICATE_PURPOSES] = {
	PURPOSE_MARKETING,
	PURPOSE_UTILITY,
	PURPOSE_AUTHENTICATION,
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, N_("Memory ran out while writing a certificate."));
}

/* --- entries ---------------------------------------------------------------------------------- */

/* What reads and proves the entries. */
struct opening {
	struct store_conn *conn;
	struct arena *arena;
	struct ledger_proofs *proofs;
	bool wanted;     /* the proofs */
	int64_t covered; /* entries under the checkpoint */
	struct buf content;
	struct err *err;
};

static int open_content(struct opening *o, struct certificate_entry *e)
{
	int r = ledger_content(o->conn, &e->leaf, &o->content, o->err);

	if (r > 0 && e->leaf.salt.len) {
		e->content = arena_str(o->arena, buf_str(&o->content));
		if (!e->content.p)
			return no_memory(o->err);
	}
	return r < 0 ? r : 0;
}

static int open_entry(struct opening *o, int64_t seq, struct certificate_entry *e)
{
	int r = ledger_get(o->conn, seq, o->arena, &e->leaf, o->err);

	if (r == 0)
		return err_set(
		    o->err, E_STORE, N_("Entry %lld of the ledger is missing."), (long long)seq);
	if (r > 0)
		r = open_content(o, e);
	e->covered = r == 0 && seq <= o->covered;
	e->proved = e->covered && o->wanted;
	return e->proved ? ledger_prove(o->proofs, seq, &e->path, o->err) : r;
}

static int open_acts(struct opening *o, struct certificate *c)
{
	struct consent_entry *list = NULL;
	size_t len = 0;
	int r = consent_list_full(o->conn, c->person.id, o->arena, &list, &len, o->err);

	if (r < 0)
		return r;
	c->acts = ARENA_ARRAY(o->arena, struct certificate_act, len ? len : 1);
	if (!c->acts)
		return no_memory(o->err);
	for (size_t i = 0; r == 0 && i < len; i++) {
		c->acts[i].act = list[i];
		r = open_entry(o, list[i].leaf, &c->acts[i].entry);
	}
	c->acts_len = len;
	return r;
}

static int open_messages(struct opening *o, struct certificate *c)
{
	struct journal_candidates of;
	struct journal_entry *list = NULL;
	size_t len = 0;
	int r = journal_candidates(o->conn, c->person.id, o->arena, &of, o->err);

	if (r == 0)
		r = journal_of_person(
		    o->conn, &of, CERTIFICATE_MESSAGES_MAX, o->arena, &list, &len, o->err);
	if (r < 0)
		return r;
	c->messages_all = len < CERTIFICATE_MESSAGES_MAX ? (int64_t)len : (int64_t)of.len;
	c->messages = ARENA_ARRAY(o->arena, struct certificate_message, len ? len : 1);
	if (!c->messages)
		return no_memory(o->err);
	for (size_t i = 0; r == 0 && i < len; i++) {
		c->messages[i].send = list[i];
		r = open_entry(o, list[i].leaf, &c->messages[i].entry);
	}
	c->messages_len = len;
	return r;
}

/* --- what held when --------------------------------------------------------------------------- */

/* The acts as policy reads them, in the same order. NULL when memory ran out. */
static struct facts_consent *acts_as_facts(const struct certificate *c, struct arena *a)
{
	struct facts_consent *facts = ARENA_ARRAY(
	    a, struct facts_consent, c->acts_len ? c->acts_len : 1);

	for (size_t i = 0; facts && i < c->acts_len; i++)
		facts[i] = consent_fact(&c->acts[i].act);
	return facts;
}

/* The act in force at `at`, of those that were on record at `known`. */
static const struct certificate_act *in_force(const struct certificate *c,
    const struct facts_consent *facts, enum purpose purpose, time_ms at, time_ms known)
{
	const struct facts_consent *newest = NULL;

	for (size_t i = 0; i < c->acts_len; i++) {
		const struct facts_consent *one = facts_consent_newest(&facts[i], 1, purpose, at);
		if (one && c->acts[i].act.recorded_at <= known &&
		    facts_consent_is_newer(one, newest))
			newest = one;
	}
	return newest ? &c->acts[newest - facts] : NULL;
}

static int find_standing(struct certificate *c, struct arena *a, struct err *err)
{
	const struct facts_consent *facts = acts_as_facts(c, a);

	if (!facts)
		return no_memory(err);
	for (size_t i = 0; i < CERTIFICATE_PURPOSES; i++) {
		c->standing[i].purpose = purposes[i];
		c->standing[i].act = in_force(c, facts, purposes[i], c->issued_at, c->issued_at);
	}
	for (size_t i = 0; i < c->messages_len; i++) {
		const struct journal_entry *send = &c->messages[i].send;
		const struct certificate_act *act = in_force(
		    c, facts, send->purpose, send->at, send->at);
		c->messages[i].consent = act ? act->act.leaf : 0;
	}
	return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_person(struct opening *o, const struct certificate_ask *ask, struct certificate *c)
{
	int r = person_find(o->conn, ask->phone, ask->bsuid, o->arena, &c->person, o->err);

	if (r <= 0)
		return r;
	r = person_bsuid(o->conn, c->person.id, STR_NONE, o->arena, &c->bsuid, o->err);
	if (r == 0)
		r = person_former(
		    o->conn, c->person.id, o->arena, &c->former, &c->former_len, o->err);
	if (r == 0)
		r = person_changes(
		    o->conn, c->person.id, o->arena, &c->changes, &c->changes_len, o->err);
	return r < 0 ? r : 1;
}

static int read_ledger(struct opening *o, struct certificate *c)
{
	int r = ledger_point_last(o->conn, o->arena, &c->point, o->err);

	if (r < 0)
		return r;
	o->covered = r > 0 ? c->point.size : 0;
	r = ledger_proofs_open(o->conn, o->covered, &o->proofs, o->err);
	if (r == 0)
		c->tenant = *ledger_proofs_tenant(o->proofs);
	if (r == 0)
		r = open_acts(o, c);
	return r < 0 ? r : open_messages(o, c);
}

int certificate_read(struct store_conn *conn, const struct certificate_ask *ask, struct arena *a,
    struct certificate *ret, struct err *err)
{
	struct opening o = { .conn = conn, .arena = a, .wanted = ask->proofs, .err = err };
	struct certificate c = {
		.issued_at = ask->now,
		.masked = !ask->unmasked,
		.key = ask->key,
	};

	buf_init(&o.content, 0);
	int r = read_person(&o, ask, &c);
	if (r > 0) {
		r = read_ledger(&o, &c);
		if (r == 0)
			r = find_standing(&c, a, err);
		if (r == 0)
			r = 1;
	}
	ledger_proofs_close(&o.proofs);
	buf_done(&o.content);
	if (r > 0)
		*ret = c;
	return r;
}

void certificate_phone(const struct certificate *c, char out[CERTIFICATE_PHONE_MAX])
{
	if (c->masked)
		phone_format_masked(c->person.phone, out);
	else
		phone_format(c->person.phone, out);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void member_id(struct json_writer *w, const char *name, const char *prefix, uint64_t id)
{
	char text[ID_TEXT_MAX];

	id_format(prefix, id, text);
	jw_member_c(w, name, text);
}

static void member_hex(struct json_writer *w, const char *name, struct str bytes)
{
	char hex[2 * SHA256_LEN + 1];

	if (bytes.len == 0 || bytes.len > SHA256_LEN) {
		jw_member_str(w, name, STR_NONE);
		return;
	}
	hex_encode(bytes.p, bytes.len, hex);
	jw_member_c(w, name, hex);
}

static void write_path(const struct certificate_entry *e, struct json_writer *w)
{
	char hex[2 * SHA256_LEN + 1];

	jw_key(w, "path");
	if (!e->proved) {
		jw_null(w);
		return;
	}
	jw_array(w);
	for (size_t i = 0; i < e->path.len; i++) {
		hex_encode(e->path.hashes[i].b, SHA256_LEN, hex);
		jw_c(w, hex);
	}
	jw_array_end(w);
}

/* The members of an entry in an export (docs/ledger.md), and its path. */
static void write_entry(const struct certificate_entry *e, struct json_writer *w)
{
	char record[LEDGER_RECORD_MAX];

	ledger_record_name(&e->leaf, record);
	jw_member_int(w, "seq", e->leaf.seq);
	jw_member_time(w, "at", e->leaf.at);
	jw_member_int(w, "time", e->leaf.at);
	jw_member_c(w, "type", leaf_type_name(e->leaf.type));
	jw_member_c(w, "record", record[0] ? record : NULL);
	jw_member_str(w, "policy", e->leaf.policy);
	member_hex(w, "commitment", e->leaf.commitment);
	member_hex(w, "salt", e->content.p ? e->leaf.salt : STR_NONE);
	jw_member_str(w, "content", e->content);
	write_path(e, w);
}

static void write_message(const struct certificate_message *m, struct json_writer *w)
{
	jw_object(w);
	write_entry(&m->entry, w);
	jw_key(w, "consent");
	if (m->consent)
		jw_int(w, m->consent);
	else
		jw_null(w);
	jw_member_c(w, "kind", message_kind_name(m->send.kind));
	jw_member_str(w, "template", m->send.template_name);
	jw_member_c(w, "state", send_state_name(m->send.state));
	jw_member_time(w, "state_at", m->send.updated_at);
	jw_key(w, "error_code");
	if (m->send.error_code)
		jw_int(w, m->send.error_code);
	else
		jw_null(w);
	jw_object_end(w);
}

static void write_standing(const struct certificate_standing *s, struct json_writer *w)
{
	jw_object(w);
	jw_member_c(w, "purpose", purpose_name(s->purpose));
	jw_member_c(w, "act", s->act ? consent_act_name(s->act->act.act) : NULL);
	jw_member_time(w, "at", s->act ? s->act->act.at : TIME_NONE);
	jw_key(w, "entry");
	if (s->act)
		jw_int(w, s->act->act.leaf);
	else
		jw_null(w);
	jw_object_end(w);
}

static void write_person(const struct certificate *c, struct json_writer *w)
{
	char phone[CERTIFICATE_PHONE_MAX], id[ID_TEXT_MAX];

	certificate_phone(c, phone);
	jw_key(w, "person");
	jw_object(w);
	member_id(w, "id", "per", c->person.id);
	jw_key(w, "former");
	jw_array(w);
	for (size_t i = 0; i < c->former_len; i++) {
		id_format("per", c->former[i], id);
		jw_c(w, id);
	}
	jw_array_end(w);
	jw_member_c(w, "phone", phone[0] ? phone : NULL);
	jw_member_bool(w, "masked", c->masked);
	jw_member_str(w, "bsuid", c->bsuid);
	jw_member_bool(w, "suppressed", c->person.flags & PERSON_SUPPRESSED);
	jw_member_bool(w, "meta_stop", c->person.flags & PERSON_META_STOP);
	jw_object_end(w);
}

static void write_records(const struct certificate *c, struct json_writer *w)
{
	jw_key(w, "consents");
	jw_array(w);
	for (size_t i = 0; i < CERTIFICATE_PURPOSES; i++)
		write_standing(&c->standing[i], w);
	jw_array_end(w);
	jw_key(w, "acts");
	jw_array(w);
	for (size_t i = 0; i < c->acts_len; i++) {
		jw_object(w);
		write_entry(&c->acts[i].entry, w);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_key(w, "messages");
	jw_array(w);
	for (size_t i = 0; i < c->messages_len; i++)
		write_message(&c->messages[i], w);
	jw_array_end(w);
	jw_member_int(w, "messages_all", c->messages_all);
}

void certificate_write_json(const struct certificate *c, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "format", CERTIFICATE_FORMAT);
	jw_member_time(&w, "issued_at", c->issued_at);
	write_person(c, &w);
	write_records(c, &w);
	member_hex(&w, "tenant", str_n((const char *)c->tenant.b, LEDGER_TENANT_LEN));
	jw_member_str(&w, "checkpoint", c->point.size ? c->point.note : STR_NONE);
	jw_member_str(&w, "key", c->key);
	jw_object_end(&w);
}
