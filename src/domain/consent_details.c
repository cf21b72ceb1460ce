/* One table of texts for checking, writing and reading; only attachments and proof have a shape of
 * their own. */
#include "domain/consent_details.h"

#include <stddef.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/value.h"

#define WORDS_MAX 200
#define VERSION_MAX 100
#define LANGUAGE_MAX 35 /* as BCP 47 allows for */

enum kind { WORDS, VERSION, ADDRESS, LANGUAGE };

/* In the order of the alphabet, "attachments" before all of them and "proof" at `proof_place`. */
static const struct {
	const char *name;
	size_t offset;
	enum kind kind;
} texts[] = {
#define TEXT(member, kind) { #member, offsetof(struct consent_details, member), kind }
	TEXT(channel, WORDS),
	TEXT(how, WORDS),
	TEXT(language, LANGUAGE),
	TEXT(notice_url, ADDRESS),
	TEXT(notice_version, VERSION),
	TEXT(terms_url, ADDRESS),
	TEXT(terms_version, VERSION),
	TEXT(text_version, VERSION),
#undef TEXT
};
#define PROOF_PLACE 5

static const struct {
	const char *name;
	size_t offset;
} proofs[] = {
#define PROOF(member) { #member, offsetof(struct consent_proof, member) }
	PROOF(asked),
	PROOF(link),
	PROOF(message),
	PROOF(number),
	PROOF(post),
	PROOF(reply),
	PROOF(request),
	PROOF(signature),
#undef PROOF
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on consents.");
}

static struct str *text_of(struct consent_details *d, size_t i)
{
	return (struct str *)(void *)((char *)d + texts[i].offset);
}

static struct str text_in(const struct consent_details *d, size_t i)
{
	return *(const struct str *)(const void *)((const char *)d + texts[i].offset);
}

static struct str proof_in(const struct consent_proof *p, size_t i)
{
	return *(const struct str *)(const void *)((const char *)p + proofs[i].offset);
}

static struct str *proof_of(struct consent_proof *p, size_t i)
{
	return (struct str *)(void *)((char *)p + proofs[i].offset);
}

/* --- checks ----------------------------------------------------------------------------------- */

/* Letters, and behind them parts of letters and digits: "it", "pt_BR", "zh-Hant-TW". */
static bool is_language(struct str v)
{
	size_t part = 0;

	for (size_t i = 0; i < v.len; i++) {
		char c = v.p[i], lower = (char)(c | 0x20);
		bool letter = lower >= 'a' && lower <= 'z', digit = c >= '0' && c <= '9';
		bool end = (c == '-' || c == '_') && part >= 2;
		if (!letter && !end && !(digit && part < i))
			return false;
		part = end ? 0 : part + 1;
	}
	return part >= 2 && v.len <= LANGUAGE_MAX;
}

static int check_one(struct str v, size_t i, struct err *err)
{
	if (texts[i].kind == LANGUAGE)
		return is_language(v)
		    ? 0
		    : err_field(err, E_INVALID, texts[i].name,
			  N_("\"language\" must be a language as it or en-GB is."));
	if (texts[i].kind == ADDRESS)
		return value_check_url(v, texts[i].name, err);
	return value_check_text(
	    v, texts[i].name, texts[i].kind == VERSION ? VERSION_MAX : WORDS_MAX, err);
}

int consent_details_check(const struct consent_details *d, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(texts); i++) {
		if (text_in(d, i).p)
			r = check_one(text_in(d, i), i, err);
	}
	if (r == 0 && d->attachments_len > CONSENT_ATTACHMENTS_MAX)
		r = err_field(err, E_TOO_LARGE, "attachments",
		    N_("An act of consent takes at most %d attachments."), CONSENT_ATTACHMENTS_MAX);
	return r;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool has_proof(const struct consent_details *d)
{
	for (size_t i = 0; i < ARRAY_LEN(proofs); i++) {
		if (proof_in(&d->proof, i).p)
			return true;
	}
	return false;
}

static bool is_empty(const struct consent_details *d)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (text_in(d, i).p)
			return false;
	}
	return d->attachments_len == 0 && !has_proof(d);
}

static void write_attachments(const struct consent_details *d, struct json_writer *w)
{
	char hex[2 * SHA256_LEN + 1];

	jw_key(w, "attachments");
	jw_array(w);
	for (size_t i = 0; i < d->attachments_len; i++) {
		const struct consent_attachment *x = &d->attachments[i];
		hex_encode(x->digest.b, SHA256_LEN, hex);
		jw_object(w);
		jw_member_int(w, "bytes", x->bytes);
		jw_member_c(w, "sha256", hex);
		jw_member_str(w, "type", x->type);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_proof(const struct consent_details *d, struct json_writer *w)
{
	jw_key(w, "proof");
	jw_object(w);
	for (size_t i = 0; i < ARRAY_LEN(proofs); i++) {
		if (proof_in(&d->proof, i).p)
			jw_member_str(w, proofs[i].name, proof_in(&d->proof, i));
	}
	jw_object_end(w);
}

static void write_all(const struct consent_details *d, struct json_writer *w)
{
	jw_object(w);
	if (d->attachments_len)
		write_attachments(d, w);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (i == PROOF_PLACE && has_proof(d))
			write_proof(d, w);
		if (text_in(d, i).p)
			jw_member_str(w, texts[i].name, text_in(d, i));
	}
	jw_object_end(w);
}

int consent_details_write(
    const struct consent_details *d, struct arena *a, struct str *ret, struct err *err)
{
	struct json_writer w;
	struct str text = STR_NONE;
	struct buf out;

	if (is_empty(d)) {
		*ret = STR_NONE;
		return 0;
	}
	buf_init(&out, 0);
	jw_init(&w, &out);
	write_all(d, &w);
	if (!out.failed)
		text = arena_str(a, buf_str(&out));
	buf_done(&out);
	if (!text.p)
		return no_memory(err);
	*ret = text;
	return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_attachments(
    const struct json *list, struct arena *a, struct consent_details *ret, struct err *err)
{
	size_t n = json_len(list);
	struct consent_attachment *items = ARENA_ARRAY(a, struct consent_attachment, n + 1);

	if (!items)
		return no_memory(err);
	for (size_t i = 0; i < n && i < CONSENT_ATTACHMENTS_MAX; i++) {
		const struct json *x = json_at(list, i);
		if (hex_decode(json_str(json_get(x, "sha256")), items[i].digest.b, SHA256_LEN) <
			0 ||
		    !json_int(json_get(x, "bytes"), &items[i].bytes))
			break;
		items[i].type = json_str(json_get(x, "type"));
		ret->attachments_len++;
	}
	ret->attachments = items;
	return 0;
}

int consent_details_read(
    struct str details, struct arena *a, struct consent_details *ret, struct err *err)
{
	struct consent_details d = { 0 };
	const struct json *root;
	int r = details.p ? json_read(a, details, &root, err) : 0;

	if (details.p && r == 0) {
		for (size_t i = 0; i < ARRAY_LEN(texts); i++)
			*text_of(&d, i) = json_str(json_get(root, texts[i].name));
		for (size_t i = 0; i < ARRAY_LEN(proofs); i++)
			*proof_of(&d.proof, i) = json_str(
			    json_get(json_get(root, "proof"), proofs[i].name));
		r = read_attachments(json_get(root, "attachments"), a, &d, err);
	}
	if (r == 0)
		*ret = d;
	return r;
}

int consent_details_show(
    struct str details, struct arena *a, struct json_writer *w, struct err *err)
{
	struct consent_details d;
	int r = consent_details_read(details, a, &d, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		jw_member_str(w, texts[i].name, text_in(&d, i));
	write_attachments(&d, w);
	if (has_proof(&d)) {
		write_proof(&d, w);
	} else {
		jw_key(w, "proof");
		jw_null(w);
	}
	return 0;
}
