#include "transport/signature.h"

#include "base/check.h"
#include "base/crypto.h"

/* HubSpot's own figure: "Reject the request if the timestamp is older than 5 minutes." A clock that is ahead
 * of ours by so much is taken for one that differs. */
#define STAMP_MOST_MS (5 * MS_PER_MIN)
#define PARTS_MAX 6

enum part { PART_END, PART_SECRET, PART_METHOD, PART_URL, PART_BODY, PART_STAMP };

struct signature_way {
	const char *name, *header, *stamp;
	bool keyed;  /* an HMAC; else a hash over what has the secret in it */
	bool base64; /* else hex */
	const char *prefix;
	enum part parts[PARTS_MAX]; /* what is signed */
};

static const struct signature_way ways[] = {
	{ "shopify", "x-shopify-hmac-sha256", NULL, true, true, "", { PART_BODY } },
	{ "woocommerce", "x-wc-webhook-signature", NULL, true, true, "", { PART_BODY } },
	{ "hubspot", "x-hubspot-signature-v3", "x-hubspot-request-timestamp", true, true, "",
	    { PART_METHOD, PART_URL, PART_BODY, PART_STAMP } },
	{ "hubspot_v2", "x-hubspot-signature", NULL, false, false, "",
	    { PART_SECRET, PART_METHOD, PART_URL, PART_BODY } },
	{ "hubspot_v1", "x-hubspot-signature", NULL, false, false, "", { PART_SECRET, PART_BODY } },
	{ "hub", "x-hub-signature-256", NULL, true, false, "sha256=", { PART_BODY } },
};

const struct signature_way *signature_way(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (str_eq_c(name, ways[i].name))
			return &ways[i];
	}
	return NULL;
}

const char *signature_name(size_t n)
{
	return n < ARRAY_LEN(ways) ? ways[n].name : NULL;
}

const char *signature_header(const struct signature_way *way)
{
	return way->header;
}

const char *signature_stamp_header(const struct signature_way *way)
{
	return way->stamp;
}

static bool stamp_is_good(const struct signature_way *way, struct str stamp, time_ms now)
{
	int64_t at;

	if (!way->stamp)
		return true;
	if (!stamp.p || str_to_i64(stamp, &at) < 0)
		return false;
	return at >= now - STAMP_MOST_MS && at <= now + STAMP_MOST_MS;
}

static struct str part_of(enum part part, struct str secret, const struct signed_post *post)
{
	switch (part) {
	case PART_SECRET:
		return secret;
	case PART_METHOD:
		return post->method;
	case PART_URL:
		return post->url;
	case PART_BODY:
		return post->body;
	case PART_STAMP:
		return post->stamp;
	case PART_END:
		break;
	}
	return STR("");
}

/* All that is signed, one behind the other; false when memory ran out. */
static bool gather(const struct signature_way *way, struct str secret,
    const struct signed_post *post, struct buf *out)
{
	for (size_t i = 0; i < PARTS_MAX && way->parts[i] != PART_END; i++)
		buf_add(out, part_of(way->parts[i], secret, post));
	return !out->failed;
}

static void write_signature(
    const struct signature_way *way, const struct sha256 *mac, char out[2 * SHA256_LEN + 1])
{
	if (way->base64)
		base64_write(mac->b, SHA256_LEN, out);
	else
		hex_encode(mac->b, SHA256_LEN, out);
}

/* Digits above 9 may be capitals. */
static struct str lower(struct str hex, char out[2 * SHA256_LEN])
{
	size_t n = hex.len <= (size_t)2 * SHA256_LEN ? hex.len : 0;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)(hex.p[i] >= 'A' && hex.p[i] <= 'F' ? hex.p[i] + 32 : hex.p[i]);
	return str_n(out, n);
}

bool signature_ok(
    const struct signature_way *way, struct str secret, const struct signed_post *post, time_ms now)
{
	char wanted[2 * SHA256_LEN + 1], digits[2 * SHA256_LEN];
	struct str given = post->signature.p ? str_trim(post->signature) : STR("");
	struct str prefix = str_c(way->prefix);
	struct sha256 mac;
	struct buf all;

	if (secret.len == 0 || !stamp_is_good(way, post->stamp, now) || !str_starts(given, prefix))
		return false;
	given = str_sub(given, prefix.len, given.len);
	buf_init(&all, 0);
	bool whole = gather(way, secret, post, &all);
	if (way->keyed)
		crypto_hmac_sha256(secret, buf_str(&all), &mac);
	else
		crypto_sha256(buf_str(&all), &mac);
	if (all.p)
		crypto_wipe(all.p, all.len);
	buf_done(&all);
	write_signature(way, &mac, wanted);
	return whole && str_eq_secret(str_c(wanted), way->base64 ? given : lower(given, digits));
}
