#include "domain/certificate_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "base/map.h"
#include "domain/certificate.h"

#define WHERE_MAX 40

/* An act as it was opened. */
struct act {
	int64_t seq;
	struct facts_consent fact;
	time_ms recorded_at;
};

struct checking {
	struct arena *a;
	const struct json *all;
	const struct note_verifier *key;
	struct ledger_tenant tenant;
	struct note_point point; /* size 0 = none */
	struct imap *seen;       /* entries */
	struct act *acts;
	size_t acts_len;
	size_t standing; /* purposes that were said of */
	bool forgotten;  /* not every act could be opened */
	struct certificate_report report;
	struct err *err;
};

/* One entry under way. */
struct entry {
	char where[WHERE_MAX];
	struct ledger_leaf leaf;
	uint8_t salt[LEDGER_SALT_LEN];
	struct sha256 commitment;
	struct str text;            /* the content; p NULL = forgotten */
	const struct json *content; /* of an object */
};

#define WRONG(k, ...) err_set((k)->err, E_INVALID, __VA_ARGS__)

static int no_memory(const struct checking *k)
{
	return err_set(k->err, E_NOMEM, "%s", _("Memory ran out."));
}

/* --- values ----------------------------------------------------------------------------------- */

static bool read_hex(const struct json *v, void *out, size_t len)
{
	struct str text = json_str(v);

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] >= 'A' && text.p[i] <= 'F')
			return false;
	}
	return text.p && hex_decode(text, out, len) == 0;
}

static int64_t type_of(struct str name)
{
	for (int64_t type = LEAF_CONSENT; type <= LEAF_CHECKPOINT; type++) {
		if (str_eq_c(name, leaf_type_name(type)))
			return type;
	}
	return 0;
}

static bool is_time(const struct json *v, time_ms t)
{
	time_ms told;

	return json_str(v).p && time_parse(json_str(v), &told) == 0 && told == t;
}

/* --- entries ---------------------------------------------------------------------------------- */

static bool read_leaf(const struct json *v, struct entry *e)
{
	struct ledger_leaf *leaf = &e->leaf;

	if (!json_int(json_get(v, "seq"), &leaf->seq) || leaf->seq < 1 ||
	    !json_int(json_get(v, "time"), &leaf->at) || !is_time(json_get(v, "at"), leaf->at) ||
	    !read_hex(json_get(v, "commitment"), e->commitment.b, SHA256_LEN))
		return false;
	leaf->type = type_of(json_str(json_get(v, "type")));
	leaf->policy = json_str(json_get(v, "policy"));
	leaf->commitment = str_n((const char *)e->commitment.b, SHA256_LEN);
	return leaf->type && leaf->policy.p;
}

/* What it stands for, unless that was forgotten. */
static int open_content(struct checking *k, const struct json *v, struct entry *e)
{
	const struct json *salt = json_get(v, "salt");
	struct err why;

	e->text = json_str(json_get(v, "content"));
	if (json_is_null(salt) && json_is_null(json_get(v, "content")))
		return 0;
	if (!e->text.p || !read_hex(salt, e->salt, sizeof(e->salt)))
		return WRONG(k, _("%s is half forgotten."), e->where);
	e->leaf.salt = str_n((const char *)e->salt, sizeof(e->salt));
	if (!ledger_leaf_commits(&e->leaf, e->text))
		return WRONG(k, _("%s was changed, or what it stands for."), e->where);
	int r = json_read(k->a, e->text, &e->content, &why);
	if (r == -E_NOMEM)
		return no_memory(k);
	if (r < 0 || json_type(e->content) != JSON_OBJECT)
		return WRONG(k, _("%s commits to something else than a record."), e->where);
	return 0;
}

static bool read_path(const struct json *v, struct merkle_path *ret)
{
	ret->len = json_len(v);
	if (json_type(v) != JSON_ARRAY || ret->len > MERKLE_PATH_MAX)
		return false;
	for (size_t i = 0; i < ret->len; i++) {
		if (!read_hex(json_at(v, i), ret->hashes[i].b, SHA256_LEN))
			return false;
	}
	return true;
}

static int check_path(struct checking *k, const struct json *v, struct entry *e)
{
	bool covered = (uint64_t)e->leaf.seq <= k->point.size;
	struct merkle_path path;
	struct sha256 hash;

	if (ledger_leaf_hash(&k->tenant, &e->leaf, &hash, NULL) < 0)
		return WRONG(k, _("%s has not the form of an entry."), e->where);
	if (!covered)
		return json_is_null(v)
		    ? 0
		    : WRONG(k, _("%s has a path, and no checkpoint covers it."), e->where);
	if (!read_path(v, &path) ||
	    !merkle_check_inclusion(
		&hash, (uint64_t)e->leaf.seq - 1, k->point.size, &path, &k->point.root))
		return WRONG(k, _("%s is not in the ledger that the checkpoint signed."), e->where);
	k->report.covered++;
	return 0;
}

static int take_entry(struct checking *k, const struct json *v, struct entry *e)
{
	int64_t before;

	(void)snprintf(e->where, sizeof(e->where), _("Entry %zu"), imap_len(k->seen) + 1);
	if (!read_leaf(v, e))
		return WRONG(k, _("%s has not the form of an entry."), e->where);
	(void)snprintf(
	    e->where, sizeof(e->where), _("Entry %lld of the ledger"), (long long)e->leaf.seq);
	if (imap_get(k->seen, (uint64_t)e->leaf.seq, &before))
		return WRONG(k, _("%s stands twice in the certificate."), e->where);
	if (imap_put(k->seen, (uint64_t)e->leaf.seq, 0) < 0)
		return no_memory(k);
	int r = open_content(k, v, e);
	return r < 0 ? r : check_path(k, json_get(v, "path"), e);
}

/* --- whose ------------------------------------------------------------------------------------ */

static bool is_theirs(const struct checking *k, struct str id)
{
	const struct json *person = json_get(k->all, "person"), *one;
	struct json_iter it;

	if (!id.p || str_eq(id, json_str(json_get(person, "id"))))
		return id.p;
	json_iter_init(&it, json_get(person, "former"));
	while (json_iter_next(&it, NULL, &one)) {
		if (str_eq(id, json_str(one)))
			return true;
	}
	return false;
}

static bool is_their_number(const struct checking *k, const struct json *number)
{
	char id[ID_TEXT_MAX];
	int64_t n;

	if (!json_int(number, &n) || n <= 0)
		return false;
	id_format("per", (uint64_t)n, id);
	return is_theirs(k, str_c(id));
}

/* --- acts and messages ------------------------------------------------------------------------ */

static bool read_act(const struct entry *e, struct act *ret)
{
	const struct json *c = e->content;

	ret->seq = e->leaf.seq;
	return purpose_parse(json_str(json_get(c, "purpose")), &ret->fact.purpose) == 0 &&
	    consent_act_parse(json_str(json_get(c, "act")), &ret->fact.act) == 0 &&
	    json_int(json_get(c, "at"), &ret->fact.at) &&
	    json_int(json_get(c, "recorded_at"), &ret->recorded_at);
}

static int check_act(struct checking *k, const struct json *v)
{
	struct entry e = { .text = STR_NONE };
	int r = take_entry(k, v, &e);

	if (r < 0)
		return r;
	if (e.leaf.type != LEAF_CONSENT || !is_theirs(k, json_str(json_get(v, "record"))))
		return WRONG(k, _("%s is no act of this person."), e.where);
	k->report.acts++;
	if (!e.content) {
		k->forgotten = true;
		return 0;
	}
	if (!str_eq(json_str(json_get(e.content, "person")), json_str(json_get(v, "record"))) ||
	    !read_act(&e, &k->acts[k->acts_len]))
		return WRONG(k, _("%s stands for another record."), e.where);
	k->acts_len++;
	return 0;
}

/* The newest of the acts that were on record at `known`; NULL when there is none. */
static const struct act *newest(
    const struct checking *k, enum purpose purpose, time_ms at, time_ms known)
{
	const struct act *found = NULL;

	for (size_t i = 0; i < k->acts_len; i++) {
		const struct act *one = &k->acts[i];
		if (one->recorded_at <= known && facts_consent_newest(&one->fact, 1, purpose, at) &&
		    facts_consent_is_newer(&one->fact, found ? &found->fact : NULL))
			found = one;
	}
	return found;
}

/* Is that the entry of the newest act, or of one that is as new and says the same? */
static bool names(const struct checking *k, const struct json *entry, const struct act *act)
{
	int64_t seq;

	if (!act)
		return json_is_null(entry);
	if (!json_int(entry, &seq))
		return false;
	for (size_t i = 0; i < k->acts_len; i++) {
		const struct facts_consent *one = &k->acts[i].fact;
		if (k->acts[i].seq == seq)
			return one->at == act->fact.at && one->act == act->fact.act;
	}
	return false;
}

static int check_consent(struct checking *k, const struct json *v, const struct entry *e)
{
	enum purpose purpose = PURPOSE_NONE;
	struct str word = json_str(json_get(e->content, "purpose"));
	time_ms at;

	if ((word.len && purpose_parse(word, &purpose) < 0) ||
	    !json_int(json_get(e->content, "at"), &at))
		return WRONG(k, _("%s stands for another record."), e->where);
	if (k->forgotten || names(k, json_get(v, "consent"), newest(k, purpose, at, at)))
		return 0;
	return WRONG(k, _("%s names another act than the newest one then."), e->where);
}

static int check_message(struct checking *k, const struct json *v)
{
	struct entry e = { .text = STR_NONE };
	int r = take_entry(k, v, &e);

	if (r < 0)
		return r;
	if (e.leaf.type != LEAF_DECISION)
		return WRONG(k, _("%s is no message to this person."), e.where);
	k->report.messages++;
	if (!e.content)
		return 0;
	if (!is_their_number(k, json_get(e.content, "person")))
		return WRONG(k, _("%s is no message to this person."), e.where);
	if (!str_eq(json_str(json_get(e.content, "decision")), json_str(json_get(v, "record"))))
		return WRONG(k, _("%s stands for another record."), e.where);
	return check_consent(k, v, &e);
}

static int check_each(
    struct checking *k, const char *name, int (*check)(struct checking *k, const struct json *v))
{
	const struct json *list = json_get(k->all, name), *v;
	struct json_iter it;
	int r = 0;

	if (json_type(list) != JSON_ARRAY)
		return WRONG(k, _("The certificate has no list \"%s\"."), name);
	json_iter_init(&it, list);
	while (r == 0 && json_iter_next(&it, NULL, &v))
		r = check(k, v);
	return r;
}

/* --- what holds ------------------------------------------------------------------------------- */

static const enum purpose standing[CERTIFICATE_PURPOSES] = {
	PURPOSE_MARKETING,
	PURPOSE_UTILITY,
	PURPOSE_AUTHENTICATION,
};

static int check_standing(struct checking *k, const struct json *v)
{
	struct str word = json_str(json_get(v, "purpose"));
	time_ms issued;

	if (k->standing >= CERTIFICATE_PURPOSES ||
	    !str_eq_c(word, purpose_name(standing[k->standing])) ||
	    time_parse(json_str(json_get(k->all, "issued_at")), &issued) < 0)
		return WRONG(k, "%s", _("What is said of a purpose has not the form of that."));
	enum purpose purpose = standing[k->standing++];
	if (k->forgotten)
		return 0;
	const struct act *act = newest(k, purpose, issued, issued);
	bool same = act ? str_eq_c(json_str(json_get(v, "act")), consent_act_name(act->fact.act)) &&
		is_time(json_get(v, "at"), act->fact.at)
			: json_is_null(json_get(v, "act")) && json_is_null(json_get(v, "at"));
	if (same && names(k, json_get(v, "entry"), act))
		return 0;
	return WRONG(k, _("What is said of %.*s is not the newest act."), STR_ARG(word));
}

/* --- the certificate -------------------------------------------------------------------------- */

static int read_point(struct checking *k)
{
	const struct json *note = json_get(k->all, "checkpoint");

	if (json_is_null(note))
		return 0;
	if (!json_str(note).p || note_read(json_str(note), &k->point, NULL) < 0)
		return WRONG(k, "%s", _("The checkpoint has not the form of one."));
	if (!note_is_signed(&k->point, k->key))
		return WRONG(k, "%s", _("The checkpoint is not signed by the ledger's key."));
	k->report.checkpoint = k->point.size;
	return 0;
}

static int read_frame(struct checking *k, struct str text)
{
	char key[NOTE_KEY_TEXT_MAX], origin[LEDGER_ORIGIN_MAX];
	struct err why;
	int r = json_read(k->a, text, &k->all, &why);

	if (r == -E_NOMEM)
		return no_memory(k);
	if (r < 0 || !str_eq_c(json_str(json_get(k->all, "format")), CERTIFICATE_FORMAT))
		return WRONG(k, _("This is no certificate of the form %s."), CERTIFICATE_FORMAT);
	note_verifier_write(k->key, key);
	if (!read_hex(json_get(k->all, "tenant"), k->tenant.b, LEDGER_TENANT_LEN) ||
	    !str_eq(str_trim(json_str(json_get(k->all, "key"))), str_trim(str_c(key))))
		return WRONG(k, "%s", _("The certificate is of another ledger."));
	ledger_origin(&k->tenant, origin);
	if (strcmp(origin, k->key->name) != 0)
		return WRONG(k, "%s", _("The certificate is of another ledger."));
	return read_point(k);
}

static int check_all(struct checking *k, struct str text)
{
	int r = read_frame(k, text);

	if (r < 0)
		return r;
	k->acts = ARENA_ARRAY(k->a, struct act, json_len(json_get(k->all, "acts")) + 1);
	if (!k->acts)
		return no_memory(k);
	r = check_each(k, "acts", check_act);
	if (r == 0)
		r = check_each(k, "messages", check_message);
	if (r == 0)
		r = check_each(k, "consents", check_standing);
	if (r == 0 && k->standing < CERTIFICATE_PURPOSES)
		r = WRONG(k, "%s", _("What is said of a purpose has not the form of that."));
	return r;
}

int certificate_check(struct str text, const struct note_verifier *key, struct arena *a,
    struct certificate_report *ret, struct err *err)
{
	struct checking k = { .a = a, .key = key, .seen = imap_new(), .err = err };
	int r = k.seen ? check_all(&k, text) : no_memory(&k);

	imap_free(&k.seen);
	if (r == 0)
		*ret = k.report;
	return r;
}
