/* Each text has its length in front, in four bytes with the first byte first; an absent one has a
 * length that none can have. Texts that are missing at the end are absent. */
#include "domain/consent_seal.h"

#include "base/check.h"
#include "domain/person_key.h"

#define ABSENT UINT32_MAX
#define LENGTH_LEN 4

enum { WORDS = 4 };

static void words_of(struct consent_entry *e, struct str *ret[WORDS])
{
	ret[0] = &e->source;
	ret[1] = &e->wording;
	ret[2] = &e->attributes;
	ret[3] = &e->details;
}

static void add_length(struct buf *out, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_char(out, (char)(unsigned char)(n >> shift));
}

int consent_seal(
    struct store_conn *c, const struct consent_entry *e, struct buf *out, struct err *err)
{
	struct consent_entry copy = *e;
	struct str *words[WORDS];
	struct buf plain;
	bool any = false;
	int r = 0;

	words_of(&copy, words);
	buf_init(&plain, 0);
	for (size_t i = 0; i < WORDS; i++) {
		any |= words[i]->p != NULL;
		add_length(&plain, words[i]->p ? (uint32_t)words[i]->len : ABSENT);
		buf_add(&plain, *words[i]);
	}
	if (plain.failed)
		r = err_set(err, E_NOMEM, "Memory ran out while sealing a consent.");
	else if (any)
		r = person_seal(c, e->recorded_for, e->leaf, buf_str(&plain), out, err);
	crypto_wipe(plain.p, plain.len);
	buf_done(&plain);
	return r;
}

static uint32_t take_length(struct str *rest)
{
	uint32_t n = 0;

	for (size_t i = 0; i < LENGTH_LEN; i++)
		n = n << 8 | (unsigned char)rest->p[i];
	*rest = str_sub(*rest, LENGTH_LEN, rest->len);
	return n;
}

/* 1, 0 when it is not what consent_seal wrote. */
static int read_words(struct str rest, struct arena *a, struct consent_entry *e, struct err *err)
{
	struct str *words[WORDS];

	words_of(e, words);
	for (size_t i = 0; i < WORDS && rest.len; i++) {
		uint32_t n = rest.len < LENGTH_LEN ? 0 : take_length(&rest);
		if (n == ABSENT)
			continue;
		if (n > rest.len)
			return 0;
		*words[i] = arena_str(a, str_sub(rest, 0, n));
		if (!words[i]->p)
			return err_set(err, E_NOMEM, "Memory ran out while opening a consent.");
		rest = str_sub(rest, n, rest.len);
	}
	return rest.len == 0;
}

int consent_unseal(struct store_conn *c, struct str sealed, struct arena *a,
    struct consent_entry *e, struct err *err)
{
	struct buf plain;

	if (!sealed.p)
		return 1;
	buf_init(&plain, 0);
	int r = person_unseal(c, e->recorded_for, e->leaf, sealed, &plain, err);
	if (r > 0)
		r = read_words(buf_str(&plain), a, e, err);
	crypto_wipe(plain.p, plain.len);
	buf_done(&plain);
	return r;
}
