/* archive → manifest → key and checkpoint → entries → what the dossier tells of them → the draw. */
#include "domain/dossier_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/map.h"
#include "domain/facts.h"

#define PERSON_LINE 18 /* "per_", 13 characters and a line feed */

struct checking {
	struct arena *a;
	struct parcel_file *files;
	size_t len;
	struct note_verifier key;
	struct ledger_tenant tenant;
	struct note_point point; /* size 0 = none */
	const struct json *dossier, *proofs;
	struct imap *seen; /* entries; 1: with content */
	struct dossier_report report;
	struct err *err;
};

#define WRONG(k, ...) err_set((k)->err, E_INVALID, __VA_ARGS__)

static int no_memory(const struct checking *k)
{
	return err_set(k->err, E_NOMEM, "%s", _("Memory ran out."));
}

static int missing(const struct checking *k, const char *name)
{
	return WRONG(k, _("%s: is not in the archive."), name);
}

/* --- the manifest ----------------------------------------------------------------------------- */

static const char *const needed[] = { "README.txt", "dossier.en.html", "dossier.en.pdf",
	"dossier.it.html", "dossier.it.pdf", "texts/review.en.txt", "texts/review.it.txt",
	"texts/ticket.en.txt", "texts/ticket.it.txt", "dossier.json", "proofs.json", "ledger.pub",
	"tools/ledger_verify.py", "MANIFEST" };

static int read_key(struct checking *k, const struct note_verifier *given)
{
	const struct parcel_file *f = parcel_find(k->files, k->len, "ledger.pub");
	struct str name;

	if (!f || note_verifier_read(f->content, &k->key, NULL) < 0)
		return WRONG(k, "%s", _("ledger.pub: is no key of a ledger."));
	note_verifier_write(&k->key, k->report.key);
	if (given &&
	    (strcmp(given->name, k->key.name) != 0 ||
		memcmp(given->public.b, k->key.public.b, ED25519_PUBLIC_LEN) != 0))
		return WRONG(k, "%s", _("ledger.pub: is another key than the one that was given."));
	name = str_c(k->key.name);
	struct str prefix = str_cut(&name, '/');
	if (!str_eq_c(prefix, "varco-ledger") ||
	    hex_decode(name, k->tenant.b, LEDGER_TENANT_LEN) < 0)
		return WRONG(k, "%s", _("ledger.pub: is no key of a ledger."));
	return 0;
}

/* The second line: format, incident, time. */
static int read_title(struct checking *k, struct str line)
{
	struct str format = str_cut(&line, ' '), id = str_cut(&line, ' ');
	uint64_t number;

	if (!str_eq_c(format, DOSSIER_FORMAT) || id_parse(INCIDENT_PREFIX, id, &number) < 0 ||
	    time_parse(line, &k->report.made_at) < 0)
		return WRONG(k, "%s", _("MANIFEST: has not the form of one."));
	id_format(INCIDENT_PREFIX, number, k->report.incident);
	return 0;
}

static int check_line(struct checking *k, struct str line, const struct parcel_file *f)
{
	char hex[2 * SHA256_LEN + 1], want[2 * SHA256_LEN + PARCEL_NAME_MAX + 32];
	struct sha256 digest;

	crypto_sha256(f->content, &digest);
	hex_encode(digest.b, SHA256_LEN, hex);
	int n = snprintf(want, sizeof(want), "%s %zu %.*s", hex, f->content.len, STR_ARG(f->name));
	if (n < 0 || !str_eq(line, str_n(want, (size_t)n)))
		return WRONG(k, _("%.*s: is not what the manifest says."), STR_ARG(f->name));
	return 0;
}

/* Every file but the last, which is the manifest, has its line, in its place. */
static int check_manifest(struct checking *k)
{
	const struct parcel_file *last = &k->files[k->len - 1];
	struct note_point note;
	int r = 0;

	if (!str_eq_c(last->name, "MANIFEST"))
		return missing(k, "MANIFEST");
	if (note_open(last->content, &note, NULL) < 0 || !note_is_signed(&note, &k->key))
		return WRONG(k, "%s", _("MANIFEST: is not signed by the ledger's key."));
	struct str rest = note.body;
	(void)str_cut(&rest, '\n');
	r = read_title(k, str_cut(&rest, '\n'));
	for (size_t i = 0; r == 0 && i + 1 < k->len; i++)
		r = check_line(k, str_cut(&rest, '\n'), &k->files[i]);
	if (r == 0 && rest.len)
		r = WRONG(k, _("%.*s: is not in the archive."), STR_ARG(str_cut(&rest, '\n')));
	/* One signature, so that there is one form of it. */
	struct str signatures = note.signatures;
	(void)str_cut(&signatures, '\n');
	return r == 0 && signatures.len ? WRONG(k, "%s", _("MANIFEST: has not the form of one."))
					: r;
}

static int check_needed(struct checking *k)
{
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		if (!parcel_find(k->files, k->len, needed[i]))
			return missing(k, needed[i]);
	}
	return 0;
}

/* --- the frame -------------------------------------------------------------------------------- */

static int read_object(struct checking *k, const char *name, const struct json **ret)
{
	const struct parcel_file *f = parcel_find(k->files, k->len, name);
	char tenant[2 * LEDGER_TENANT_LEN + 1];
	int r = json_read(k->a, f->content, ret, NULL);

	if (r == -E_NOMEM)
		return no_memory(k);
	hex_encode(k->tenant.b, LEDGER_TENANT_LEN, tenant);
	if (r < 0 || !str_eq_c(json_str(json_get(*ret, "format")), DOSSIER_FORMAT))
		return WRONG(k, _("%s: has not the form of one."), name);
	if (!str_eq_c(json_str(json_get(*ret, "tenant")), tenant) ||
	    !str_eq_c(json_str(json_get(*ret, "key")), k->report.key))
		return WRONG(k, _("%s: is of another ledger."), name);
	return 0;
}

static int check_point(struct checking *k)
{
	const struct parcel_file *f = parcel_find(k->files, k->len, "checkpoint.txt");
	struct str told = json_str(json_get(k->proofs, "checkpoint"));
	struct str again = json_str(json_get(k->dossier, "checkpoint"));

	if (!f && !told.p && !again.p)
		return 0;
	if (!f || note_read(f->content, &k->point, NULL) < 0 || !note_is_signed(&k->point, &k->key))
		return WRONG(k, "%s", _("checkpoint.txt: is not signed by the ledger's key."));
	if (!str_eq(told, f->content))
		return WRONG(k, "%s", _("proofs.json: is under another checkpoint."));
	if (!str_eq(again, f->content))
		return WRONG(k, "%s", _("dossier.json: is under another checkpoint."));
	k->report.checkpoint = k->point.size;
	return 0;
}

/* --- entries ---------------------------------------------------------------------------------- */

static bool read_hex(const struct json *v, void *out, size_t len)
{
	return json_str(v).p && hex_decode(json_str(v), out, len) == 0;
}

static int64_t type_of(struct str name)
{
	for (int64_t type = LEAF_CONSENT; type <= LEAF_ERASED; type++) {
		if (leaf_type_name(type) && str_eq_c(name, leaf_type_name(type)))
			return type;
	}
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

/* One entry under way. */
struct entry {
	struct ledger_leaf leaf;
	uint8_t salt[LEDGER_SALT_LEN];
	struct sha256 commitment;
};

static bool read_leaf(const struct json *v, struct entry *e)
{
	struct ledger_leaf *leaf = &e->leaf;
	time_ms at;

	if (!json_int(json_get(v, "seq"), &leaf->seq) || leaf->seq < 1 ||
	    !json_int(json_get(v, "time"), &leaf->at) ||
	    time_parse(json_str(json_get(v, "at")), &at) < 0 || at != leaf->at ||
	    !read_hex(json_get(v, "commitment"), e->commitment.b, SHA256_LEN))
		return false;
	leaf->type = type_of(json_str(json_get(v, "type")));
	leaf->policy = json_str(json_get(v, "policy"));
	leaf->commitment = str_n((const char *)e->commitment.b, SHA256_LEN);
	return leaf->type && leaf->policy.p;
}

static int check_content(struct checking *k, const struct json *v, struct entry *e)
{
	const struct json *salt = json_get(v, "salt");
	struct str content = json_str(json_get(v, "content"));

	if (json_is_null(salt) && json_is_null(json_get(v, "content")))
		return 0;
	if (!content.p || !read_hex(salt, e->salt, sizeof(e->salt)))
		return WRONG(
		    k, _("proofs.json: entry %lld is half forgotten."), (long long)e->leaf.seq);
	e->leaf.salt = str_n((const char *)e->salt, sizeof(e->salt));
	if (!ledger_leaf_commits(&e->leaf, content))
		return WRONG(k, _("proofs.json: entry %lld was changed, or what it stands for."),
		    (long long)e->leaf.seq);
	return 0;
}

static int check_entry(struct checking *k, const struct json *v)
{
	struct entry e = { .leaf = { .seq = 0 } };
	struct merkle_path path = { .len = 0 };
	struct sha256 hash;

	if (!read_leaf(v, &e) || ledger_leaf_hash(&k->tenant, &e.leaf, &hash, NULL) < 0)
		return WRONG(
		    k, _("proofs.json: entry %zu has not the form of one."), k->report.entries + 1);
	int64_t known = 0;
	if (imap_get(k->seen, (uint64_t)e.leaf.seq, &known))
		return WRONG(
		    k, _("proofs.json: entry %lld stands there twice."), (long long)e.leaf.seq);
	if (imap_put(k->seen, (uint64_t)e.leaf.seq, (int64_t)(uintptr_t)v) < 0)
		return no_memory(k);
	k->report.entries++;
	int r = check_content(k, v, &e);
	bool covered = (uint64_t)e.leaf.seq <= k->point.size;
	if (r < 0 || (!covered && json_is_null(json_get(v, "path"))))
		return r;
	if (!covered || !read_path(json_get(v, "path"), &path) ||
	    !merkle_check_inclusion(
		&hash, (uint64_t)e.leaf.seq - 1, k->point.size, &path, &k->point.root))
		return WRONG(k,
		    _("proofs.json: entry %lld is not in the ledger that the checkpoint signed."),
		    (long long)e.leaf.seq);
	k->report.covered++;
	return 0;
}

static int check_entries(struct checking *k)
{
	const struct json *list = json_get(k->proofs, "entries"), *v;
	struct json_iter it;
	int r = 0;

	if (json_type(list) != JSON_ARRAY)
		return WRONG(k, _("%s: has not the form of one."), "proofs.json");
	json_iter_init(&it, list);
	while (r == 0 && json_iter_next(&it, NULL, &v))
		r = check_entry(k, v);
	return r;
}

/* --- what is told of them --------------------------------------------------------------------- */

/* The entry that an item names: NULL when it names none, or one that is not there (*ret_bad). */
static const struct json *entry_of(const struct checking *k, const struct json *item, bool *ret_bad)
{
	int64_t seq = 0, at = 0;

	*ret_bad = false;
	if (json_is_null(json_get(item, "entry")))
		return NULL;
	*ret_bad = !json_int(json_get(item, "entry"), &seq) || seq < 1 ||
	    !imap_get(k->seen, (uint64_t)seq, &at);
	return *ret_bad ? NULL : (const struct json *)(uintptr_t)at;
}

static int told_otherwise(const struct checking *k, const struct json *item)
{
	int64_t seq = 0;

	if (!json_int(json_get(item, "entry"), &seq))
		seq = 0;
	return WRONG(k, _("dossier.json: what is told of entry %lld is not what the entry says."),
	    (long long)seq);
}

/* Of an incident's step and of an operator's act: what, who and when. */
static int check_event(struct checking *k, const struct json *item)
{
	static const struct {
		const char *source, *type, *what;
	} rows[] = {
		{ "incident", "incident", "step" },
		{ "operator", "operator", "operation" },
	};
	struct str source = json_str(json_get(item, "source"));
	const struct json *content = NULL;
	bool bad;
	const struct json *e = entry_of(k, item, &bad);

	if (bad)
		return told_otherwise(k, item);
	for (size_t i = 0; e && i < ARRAY_LEN(rows); i++) {
		if (!str_eq_c(source, rows[i].source))
			continue;
		if (json_read(k->a, json_str(json_get(e, "content")), &content, NULL) < 0 ||
		    !str_eq_c(json_str(json_get(e, "type")), rows[i].type) ||
		    !str_eq(json_str(json_get(content, rows[i].what)),
			json_str(json_get(item, "what"))) ||
		    !json_equal(json_get(e, "at"), json_get(item, "at")))
			return told_otherwise(k, item);
	}
	return 0;
}

static int check_sampled(struct checking *k, const struct json *item)
{
	const struct json *content = NULL;
	struct str text;
	time_ms at = 0;
	int64_t said = 0;
	bool bad;
	const struct json *e = entry_of(k, item, &bad);

	k->report.sample++;
	if (bad || (e && !str_eq_c(json_str(json_get(e, "type")), "consent")))
		return told_otherwise(k, item);
	if (!e) /* nothing is on record of them, and nothing may be told */
		return json_is_null(json_get(item, "act")) ? 0 : told_otherwise(k, item);
	text = json_str(json_get(e, "content"));
	if (!text.p)
		return 0;
	if (json_read(k->a, text, &content, NULL) < 0 ||
	    !str_eq(json_str(json_get(content, "act")), json_str(json_get(item, "act"))) ||
	    !json_int(json_get(content, "at"), &said) ||
	    time_parse(json_str(json_get(item, "at")), &at) < 0 || at != said ||
	    !str_eq(
		json_str(json_get(content, "evidence")), json_str(json_get(item, "evidence"))) ||
	    !str_eq(json_str(json_get(content, "wording")), json_str(json_get(item, "wording"))))
		return told_otherwise(k, item);
	return 0;
}

static int check_each(
    struct checking *k, const char *name, int (*check)(struct checking *k, const struct json *item))
{
	const struct json *list = json_get(k->dossier, name), *item;
	struct json_iter it;
	int r = 0;

	if (json_type(list) != JSON_ARRAY)
		return WRONG(k, _("%s: has not the form of one."), "dossier.json");
	json_iter_init(&it, list);
	while (r == 0 && json_iter_next(&it, NULL, &item))
		r = check(k, item);
	return r;
}

static int check_frame(struct checking *k)
{
	const struct json *incident = json_get(k->dossier, "incident");
	time_ms at = 0;

	if (!str_eq_c(json_str(json_get(incident, "id")), k->report.incident) ||
	    time_parse(json_str(json_get(k->dossier, "made_at")), &at) < 0 ||
	    at != k->report.made_at)
		return WRONG(
		    k, "%s", _("dossier.json: is another one than the manifest speaks of."));
	return 0;
}

/* --- the draw --------------------------------------------------------------------------------- */

struct lot {
	struct sha256 hash;
	struct str person;
};

static int by_hash(const void *pa, const void *pb)
{
	const struct lot *a = pa, *b = pb;

	return memcmp(a->hash.b, b->hash.b, SHA256_LEN);
}

static int by_name(const void *pa, const void *pb)
{
	const struct lot *a = pa, *b = pb;

	return str_cmp(a->person, b->person);
}

static int compare_draw(struct checking *k, struct lot *lots, size_t n)
{
	const struct json *sample = json_get(k->dossier, "sample");
	size_t drawn = json_len(sample);

	qsort(lots, n, sizeof(*lots), by_hash);
	if (drawn > n)
		return WRONG(
		    k, "%s", _("dossier.json: the sample is not the one that the seed draws."));
	qsort(lots, drawn, sizeof(*lots), by_name);
	for (size_t i = 0; i < drawn; i++) {
		if (!str_eq(lots[i].person, json_str(json_get(json_at(sample, i), "person"))))
			return WRONG(k, "%s",
			    _("dossier.json: the sample is not the one that the seed draws."));
	}
	return 0;
}

static int check_list(struct checking *k)
{
	const struct parcel_file *f = parcel_find(k->files, k->len, "people.txt");
	const struct json *population = json_get(k->dossier, "population");
	struct str seed = json_str(json_get(population, "seed")), rest = f ? f->content : STR_NONE;
	struct sha256 digest, told;
	size_t n = 0;

	if (!f)
		return 0;
	crypto_sha256(f->content, &digest);
	if (!read_hex(json_get(population, "sha256"), told.b, SHA256_LEN) ||
	    memcmp(digest.b, told.b, SHA256_LEN) != 0)
		return WRONG(k, "%s", _("people.txt: is not the list that the dossier tells of."));
	struct lot *lots = ARENA_ARRAY(k->a, struct lot, rest.len / PERSON_LINE + 1);
	if (!lots)
		return no_memory(k);
	while (rest.len && n < f->content.len / PERSON_LINE) {
		char line[128];
		struct str person = str_cut(&rest, '\n');
		int len = snprintf(
		    line, sizeof(line), "%.*s\n%.*s\n", STR_ARG(seed), STR_ARG(person));
		lots[n].person = person;
		crypto_sha256(str_n(line, len > 0 ? (size_t)len : 0), &lots[n++].hash);
	}
	return compare_draw(k, lots, n);
}

/* --- all -------------------------------------------------------------------------------------- */

static int check_all(struct checking *k, const struct note_verifier *key)
{
	int r = read_key(k, key);

	if (r == 0)
		r = check_manifest(k);
	if (r == 0)
		r = check_needed(k);
	if (r == 0)
		r = read_object(k, "proofs.json", &k->proofs);
	if (r == 0)
		r = read_object(k, "dossier.json", &k->dossier);
	if (r == 0)
		r = check_point(k);
	if (r == 0)
		r = check_entries(k);
	if (r == 0)
		r = check_frame(k);
	if (r == 0)
		r = check_each(k, "timeline", check_event);
	if (r == 0)
		r = check_each(k, "sample", check_sampled);
	return r < 0 ? r : check_list(k);
}

int dossier_check(struct str bytes, const struct note_verifier *key, struct arena *a,
    struct dossier_report *ret, struct err *err)
{
	struct checking k = { .a = a, .seen = imap_new(), .err = err };
	int r = k.seen ? parcel_read(bytes, a, &k.files, &k.len, err) : no_memory(&k);

	if (r == 0) {
		k.report.files = k.len;
		r = check_all(&k, key);
	}
	imap_free(&k.seen);
	if (r == 0)
		*ret = k.report;
	return r;
}
