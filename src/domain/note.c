/* Numbers and base 64 are taken in their one canonical form only, so that a checkpoint cannot be
 * written in two ways. */
#include "domain/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"

#define ALGORITHM 1 /* Ed25519, of signed notes */
#define KEY_HASH_LEN 4
#define DASH "\xe2\x80\x94 " /* an em dash and a blank */

/* --- keys ------------------------------------------------------------------------------------- */

static bool name_is_good(struct str name)
{
	if (name.len == 0 || name.len >= NOTE_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		unsigned char ch = (unsigned char)name.p[i];
		if (ch <= ' ' || ch == '+' || ch >= 0x7f)
			return false;
	}
	return true;
}

static void key_hash(const struct note_verifier *v, uint8_t ret[KEY_HASH_LEN])
{
	char text[NOTE_NAME_MAX + 2 + ED25519_PUBLIC_LEN];
	size_t len = strlen(v->name);
	struct sha256 hash;

	memcpy(text, v->name, len);
	text[len] = '\n';
	text[len + 1] = ALGORITHM;
	memcpy(text + len + 2, v->public.b, ED25519_PUBLIC_LEN);
	crypto_sha256(str_n(text, len + 2 + ED25519_PUBLIC_LEN), &hash);
	memcpy(ret, hash.b, KEY_HASH_LEN);
}

int note_signer_init(
    struct note_signer *ret, struct str name, const uint8_t seed[ED25519_SEED_LEN], struct err *err)
{
	if (!name_is_good(name))
		return err_set(err, E_INVALID, N_("The name of the ledger will not do for a key."));
	*ret = (struct note_signer){ .verifier = { .name = "" } };
	memcpy(ret->verifier.name, name.p, name.len);
	ed25519_keys(seed, &ret->secret, &ret->verifier.public);
	return 0;
}

void note_signer_wipe(struct note_signer *s)
{
	crypto_wipe(&s->secret, sizeof(s->secret));
}

void note_verifier_write(const struct note_verifier *v, char out[NOTE_KEY_TEXT_MAX])
{
	uint8_t hash[KEY_HASH_LEN], key[1 + ED25519_PUBLIC_LEN] = { ALGORITHM };
	char hex[2 * KEY_HASH_LEN + 1];
	char text[BASE64_LEN(sizeof(key)) + 1];

	key_hash(v, hash);
	hex_encode(hash, sizeof(hash), hex);
	memcpy(key + 1, v->public.b, ED25519_PUBLIC_LEN);
	base64_write(key, sizeof(key), text);
	(void)snprintf(out, NOTE_KEY_TEXT_MAX, "%s+%s+%s", v->name, hex, text);
}

static int bad_key(struct err *err)
{
	return err_set(err, E_INVALID,
	    N_("This is no verifier key: it has the form name+hash+key, on one line."));
}

int note_verifier_read(struct str text, struct note_verifier *ret, struct err *err)
{
	struct str rest = str_trim(text), name = str_cut(&rest, '+');
	uint8_t key[1 + ED25519_PUBLIC_LEN];
	struct note_verifier v = { .name = "" };
	char again[NOTE_KEY_TEXT_MAX];

	(void)str_cut(&rest, '+');
	if (!name_is_good(name) || base64_read(rest, key, sizeof(key)) < 0 || key[0] != ALGORITHM)
		return bad_key(err);
	memcpy(v.name, name.p, name.len);
	memcpy(v.public.b, key + 1, ED25519_PUBLIC_LEN);
	note_verifier_write(&v, again);
	if (!str_eq_c(str_trim(text), again))
		return bad_key(err);
	*ret = v;
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

void note_sign(const struct note_signer *s, struct str body, struct buf *out)
{
	uint8_t signature[KEY_HASH_LEN + ED25519_SIGNATURE_LEN];

	key_hash(&s->verifier, signature);
	ed25519_sign(&s->secret, body, signature + KEY_HASH_LEN);
	buf_add(out, body);
	buf_addf(out, "\n" DASH "%s ", s->verifier.name);
	base64_encode(str_n((const char *)signature, sizeof(signature)), out);
	buf_add_char(out, '\n');
}

void note_write(
    const struct note_signer *s, uint64_t size, const struct sha256 *root, struct buf *out)
{
	struct buf body;

	buf_init(&body, 0);
	buf_addf(&body, "%s\n%" PRIu64 "\n", s->verifier.name, size);
	base64_encode(str_n((const char *)root->b, SHA256_LEN), &body);
	buf_add_char(&body, '\n');
	if (body.failed)
		out->failed = true;
	else
		note_sign(s, buf_str(&body), out);
	buf_done(&body);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int bad_note(struct err *err)
{
	return err_set(err, E_INVALID, N_("This is no checkpoint of a ledger."));
}

/* The text and, behind the last blank line, the signatures. */
static bool split(struct str text, struct note_point *p)
{
	for (size_t i = text.len; i-- > 1;) {
		if (text.p[i] != '\n' || text.p[i - 1] != '\n')
			continue;
		p->body = str_n(text.p, i);
		p->signatures = str_sub(text, i + 1, text.len);
		return p->signatures.len > 0 && text.p[text.len - 1] == '\n';
	}
	return false;
}

static bool read_size(struct str text, uint64_t *ret)
{
	if (text.len == 0 || (text.len > 1 && text.p[0] == '0'))
		return false;
	return str_to_u64(text, ret) == 0 && *ret <= INT64_MAX;
}

int note_open(struct str text, struct note_point *ret, struct err *err)
{
	struct note_point p = { .size = 0 };

	if (!split(text, &p))
		return err_set(err, E_INVALID, N_("This is no signed text."));
	struct str rest = p.body;
	p.origin = str_cut(&rest, '\n');
	*ret = p;
	return 0;
}

int note_read(struct str text, struct note_point *ret, struct err *err)
{
	struct note_point p = { .size = 0 };

	if (text.len > NOTE_MAX || !split(text, &p))
		return bad_note(err);
	struct str rest = p.body;
	p.origin = str_cut(&rest, '\n');
	struct str size = str_cut(&rest, '\n'), root = str_cut(&rest, '\n');
	if (!rest.p || !name_is_good(p.origin) || !read_size(size, &p.size) ||
	    base64_read(root, p.root.b, SHA256_LEN) < 0)
		return bad_note(err);
	*ret = p;
	return 0;
}

/* Of a line without its line feed. */
static bool is_signature(struct str line, const struct note_point *p, const struct note_verifier *v)
{
	uint8_t signature[KEY_HASH_LEN + ED25519_SIGNATURE_LEN], hash[KEY_HASH_LEN];

	if (!str_starts(line, STR(DASH)))
		return false;
	line = str_sub(line, strlen(DASH), line.len);
	struct str name = str_cut(&line, ' ');
	if (!str_eq_c(name, v->name) || base64_read(line, signature, sizeof(signature)) < 0)
		return false;
	key_hash(v, hash);
	return memcmp(hash, signature, sizeof(hash)) == 0 &&
	    ed25519_is_signed(&v->public, p->body, signature + KEY_HASH_LEN);
}

bool note_is_signed(const struct note_point *p, const struct note_verifier *v)
{
	struct str rest = p->signatures;
	bool found = false;

	if (!str_eq_c(p->origin, v->name))
		return false;
	while (rest.len && !found)
		found = is_signature(str_cut(&rest, '\n'), p, v);
	return found;
}
