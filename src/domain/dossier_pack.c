/* Files are made one after the other in the order in which a person reads them; the manifest is made of
 * the others, and comes last. */
#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/dossier_check.h"

extern const char ledger_verify_py[];

struct str dossier_verifier(void)
{
	return str_c(ledger_verify_py);
}

struct packing {
	const struct dossier *d;
	struct arena *a;
	struct parcel_file files[PARCEL_FILES_MAX];
	size_t len;
	struct err *err;
};

static int no_memory(const struct packing *p)
{
	return err_set(p->err, E_NOMEM, N_("Memory ran out while making a dossier."));
}

static int add(struct packing *p, const char *name, struct str content)
{
	ASSERT(p->len < PARCEL_FILES_MAX);
	if (!content.p)
		return no_memory(p);
	p->files[p->len++] = (struct parcel_file){ str_c(name), content };
	return 0;
}

/* `b` is emptied for the next one. */
static int add_buf(struct packing *p, const char *name, struct buf *b)
{
	struct str content = b->failed ? STR_NONE : arena_str(p->a, buf_str(b));

	buf_reset(b);
	return add(p, name, content);
}

static const char readme[] = N_(
    "This is a dossier of Varco: what happened to an account or a number on the WhatsApp Business Platform,\n"
    "and what is on record about it.\n"
    "\n"
    "dossier.en.html, dossier.en.pdf   for people, in English\n"
    "dossier.it.html, dossier.it.pdf   for people, in Italian\n"
    "texts/review.*.txt                for the form of a request for review\n"
    "texts/ticket.*.txt                for a ticket at the provider\n"
    "dossier.json                      the same for programs\n"
    "proofs.json                       entries of the ledger with their paths to the signed root\n"
    "checkpoint.txt, ledger.pub        that root, and the key that signed it\n"
    "people.txt                        every person who was written to; only when it was asked for\n"
    "tools/ledger_verify.py            checks all this without Varco: python3 and openssl are enough\n"
    "MANIFEST                          the SHA-256 of each file, signed\n"
    "\n"
    "To check it:   varco dossier-verify FILE.zip --key ledger.pub\n"
    "Without Varco: python3 tools/ledger_verify.py dossier FILE.zip --key ledger.pub\n"
    "Take ledger.pub from where you trust it, not from here.\n");

static int add_readme(struct packing *p, struct buf *b)
{
	for (int lang = 0; lang < LANGS; lang++) {
		buf_add_c(b, lang_text((enum lang)lang, readme));
		buf_add_char(b, '\n');
	}
	return add_buf(p, "README.txt", b);
}

/* Names by language, so that they need not be put together. */
static const struct {
	const char *html, *pdf, *review, *ticket;
} names[] = {
	[LANG_EN] = { "dossier.en.html", "dossier.en.pdf", "texts/review.en.txt",
	    "texts/ticket.en.txt" },
	[LANG_IT] = { "dossier.it.html", "dossier.it.pdf", "texts/review.it.txt",
	    "texts/ticket.it.txt" },
};

static int add_text(struct packing *p, const char *name, struct str text, struct buf *b)
{
	b->failed |= !text.p;
	buf_add(b, text);
	buf_add_char(b, '\n');
	return add_buf(p, name, b);
}

static int add_language(struct packing *p, enum lang lang, struct buf *b)
{
	struct document *doc = dossier_document(p->d, lang, p->a);
	int r = doc ? document_html(doc, b, p->err) : no_memory(p);

	if (r == 0)
		r = add_buf(p, names[lang].html, b);
	if (r == 0)
		r = document_pdf(doc, b, p->err);
	if (r == 0)
		r = add_buf(p, names[lang].pdf, b);
	if (r == 0)
		r = add_text(p, names[lang].review, dossier_review_text(p->d, lang, p->a), b);
	return r < 0 ? r
		     : add_text(p, names[lang].ticket, dossier_ticket_text(p->d, lang, p->a), b);
}

static int add_ledger(struct packing *p, struct buf *b)
{
	dossier_write_json(p->d, b);
	int r = add_buf(p, "dossier.json", b);

	dossier_write_proofs(p->d, b);
	if (r == 0)
		r = add_buf(p, "proofs.json", b);
	if (r == 0 && p->d->point.size)
		r = add(p, "checkpoint.txt", p->d->point.note);
	if (r == 0)
		r = add_text(p, "ledger.pub", p->d->key, b);
	if (r == 0 && p->d->personal)
		r = add(p, "people.txt", p->d->list);
	return r < 0 ? r : add(p, "tools/ledger_verify.py", dossier_verifier());
}

static int add_manifest(struct packing *p, const struct note_signer *signer, struct buf *b)
{
	char hex[2 * SHA256_LEN + 1], id[ID_TEXT_MAX], at[TIME_TEXT_MAX];
	struct sha256 digest;
	struct buf body;

	id_format(INCIDENT_PREFIX, p->d->incident.id, id);
	time_format(p->d->made_at, at);
	buf_init(&body, 0);
	buf_addf(&body, "%s\n" DOSSIER_FORMAT " %s %s\n", signer->verifier.name, id, at);
	for (size_t i = 0; i < p->len; i++) {
		crypto_sha256(p->files[i].content, &digest);
		hex_encode(digest.b, SHA256_LEN, hex);
		buf_addf(&body, "%s %zu %.*s\n", hex, p->files[i].content.len,
		    STR_ARG(p->files[i].name));
	}
	b->failed |= body.failed;
	if (!b->failed)
		note_sign(signer, buf_str(&body), b);
	buf_done(&body);
	return add_buf(p, "MANIFEST", b);
}

static int add_all(struct packing *p, const struct note_signer *signer, struct buf *b)
{
	int r = add_readme(p, b);

	if (r == 0)
		r = add_language(p, LANG_EN, b);
	if (r == 0)
		r = add_language(p, LANG_IT, b);
	if (r == 0)
		r = add_ledger(p, b);
	return r < 0 ? r : add_manifest(p, signer, b);
}

int dossier_pack(const struct dossier *d, const struct note_signer *signer, struct arena *a,
    struct buf *out, struct err *err)
{
	struct packing *p = ARENA_NEW(a, struct packing);
	struct buf b;

	if (!p)
		return err_set(err, E_NOMEM, N_("Memory ran out while making a dossier."));
	p->d = d;
	p->a = a;
	p->err = err;
	buf_init(&b, 0);
	int r = add_all(p, signer, &b);
	buf_done(&b);
	return r < 0 ? r : parcel_write(p->files, p->len, d->made_at, out, err);
}
