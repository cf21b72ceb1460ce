#include "domain/value.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"

/* "<kind>:<id>:<what>" */
#define CONTEXT_MAX (VALUE_ID_MAX + 64)
#define PORT_MAX 65535

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_made_of(struct str v, const char *others)
{
	for (size_t i = 0; i < v.len; i++) {
		if (!is_alphanumeric(v.p[i]) && (!v.p[i] || !strchr(others, v.p[i])))
			return false;
	}
	return true;
}

int value_check_id(struct str v, const char *field, struct err *err)
{
	if (v.len == 0)
		return err_field(
		    err, E_INVALID, field, N_("The value of \"%s\" is missing."), field);
	if (v.len > VALUE_ID_MAX)
		return err_field(err, E_TOO_LARGE, field,
		    N_("The value of \"%s\" is longer than %d characters."), field, VALUE_ID_MAX);
	if (!is_made_of(v, "_.-"))
		return err_field(err, E_INVALID, field,
		    N_("The value of \"%s\" may hold only letters, digits, '_', '.' and '-'."),
		    field);
	return 0;
}

static bool has_control(struct str v)
{
	for (size_t i = 0; i < v.len; i++) {
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return true;
	}
	return false;
}

int value_check_text(struct str v, const char *field, size_t max, struct err *err)
{
	if (str_trim(v).len == 0)
		return err_field(
		    err, E_INVALID, field, N_("The value of \"%s\" is missing."), field);
	if (!text_is_utf8(v))
		return err_field(
		    err, E_INVALID, field, N_("The value of \"%s\" is not valid UTF-8."), field);
	if (text_has_control(v))
		return err_field(err, E_INVALID, field,
		    N_("The value of \"%s\" holds a control character."), field);
	if (text_code_points(v) > max)
		return err_field(err, E_TOO_LARGE, field,
		    N_("The value of \"%s\" is longer than %zu characters."), field, max);
	return 0;
}

int value_trim_secret(struct str *v, const char *field, struct err *err)
{
	if (!v->p)
		return 0;
	struct str secret = str_trim(*v);
	if (secret.len == 0)
		return err_field(err, E_INVALID, field, N_("The secret \"%s\" is empty."), field);
	if (secret.len > VALUE_SECRET_MAX)
		return err_field(err, E_TOO_LARGE, field,
		    N_("The secret \"%s\" is longer than %d bytes."), field, VALUE_SECRET_MAX);
	if (has_control(secret))
		return err_field(err, E_INVALID, field,
		    N_("The secret \"%s\" holds a control character."), field);
	*v = secret;
	return 0;
}

/* --- addresses -------------------------------------------------------------------------------- */

/* Cuts the host off the front of *rest: up to a port, a path, or the end; with the brackets of an IPv6 one. */
static struct str cut_host(struct str *rest)
{
	size_t n = 0;

	if (str_starts(*rest, STR("["))) {
		const char *close = memchr(rest->p, ']', rest->len);
		n = close ? (size_t)(close - rest->p) + 1 : 0;
	} else {
		while (n < rest->len && !strchr(":/?#", rest->p[n]))
			n++;
	}
	struct str host = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n, rest->len);
	return host;
}

static bool is_host(struct str host)
{
	if (str_starts(host, STR("[")))
		return host.len > 3 && is_made_of(str_sub(host, 1, host.len - 2), ":.");
	return host.len > 0 && host.len <= 253 && is_made_of(host, ".-") && host.p[0] != '.' &&
	    host.p[0] != '-';
}

static bool is_loopback(struct str host)
{
	bool numeric = true;

	for (size_t i = 0; i < host.len; i++)
		numeric = numeric && ((host.p[i] >= '0' && host.p[i] <= '9') || host.p[i] == '.');
	return str_eq_nocase(host, STR("localhost")) || str_eq(host, STR("[::1]")) ||
	    (numeric && str_starts(host, STR("127.")));
}

/* Cuts ":8443" off the front; true when there is none, too. */
static bool cut_port(struct str *rest)
{
	uint64_t port;
	size_t n = 1;

	if (!str_starts(*rest, STR(":")))
		return true;
	while (n < rest->len && rest->p[n] != '/' && rest->p[n] != '?')
		n++;
	struct str digits = str_sub(*rest, 1, n - 1);
	*rest = str_sub(*rest, n, rest->len);
	return str_to_u64(digits, &port) == 0 && port > 0 && port <= PORT_MAX;
}

/* What may stand behind host and port: printable ASCII without blanks; a fragment is never sent. */
static bool is_path(struct str rest)
{
	if (rest.len && rest.p[0] != '/' && rest.p[0] != '?')
		return false;
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.p[i] <= ' ' || rest.p[i] >= 0x7f || strchr("#\\\"<>", rest.p[i]))
			return false;
	}
	return true;
}

int value_check_url(struct str v, const char *field, struct err *err)
{
	bool tls = str_starts(v, STR("https://"));
	struct str rest = str_sub(v, tls ? 8 : 7, v.len);

	if (v.len > VALUE_URL_MAX)
		return err_field(err, E_TOO_LARGE, field,
		    N_("The address \"%s\" is longer than %d bytes."), field, VALUE_URL_MAX);
	if (!tls && !str_starts(v, STR("http://")))
		return err_field(err, E_INVALID, field,
		    N_("The address \"%s\" must begin with https://."), field);
	struct str host = cut_host(&rest);
	if (!is_host(host) || !cut_port(&rest) || !is_path(rest))
		return err_field(
		    err, E_INVALID, field, N_("The address \"%s\" is not well formed."), field);
	if (!tls && !is_loopback(host))
		return err_field(err, E_INVALID, field,
		    N_("The address \"%s\" must begin with https://; plain http is only for this machine itself."),
		    field);
	return 0;
}

int value_check_same(struct str given, struct str on_record, const char *field, struct err *err)
{
	if (!given.p || on_record.len == 0 || str_eq(given, on_record))
		return 0;
	return err_field(
	    err, E_CONFLICT, field, N_("It is on record already with another \"%s\"."), field);
}

/* --- secrets ---------------------------------------------------------------------------------- */

static struct str context_of(const struct secret_place *place, char out[CONTEXT_MAX])
{
	int n = snprintf(
	    out, CONTEXT_MAX, "%s:%.*s:%s", place->kind, STR_ARG(place->id), place->what);

	ASSERT(n > 0 && n < CONTEXT_MAX);
	return str_n(out, (size_t)n);
}

int secret_seal(const struct seal_key *key, const struct secret_place *place, struct str plain,
    struct buf *out, struct err *err)
{
	char context[CONTEXT_MAX];

	if (!plain.p)
		return 0;
	if (seal(key, context_of(place, context), plain, out) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while sealing a secret.");
	return 0;
}

struct str secret_sealed(const struct buf *out)
{
	return out->len ? buf_str(out) : STR_NONE;
}

static void wipe(struct buf *clear)
{
	if (clear->p)
		crypto_wipe(clear->p, clear->cap);
	buf_done(clear);
}

int secret_open(const struct seal_key *key, const struct secret_place *place, struct str sealed,
    struct arena *a, struct str *ret, struct err *err)
{
	char context[CONTEXT_MAX];
	struct buf clear;

	if (!sealed.p) {
		*ret = STR_NONE;
		return 0;
	}
	buf_init(&clear, 0);
	int r = unseal(key, context_of(place, context), sealed, &clear, err);
	struct str copy = r == 0 ? arena_str(a, buf_str(&clear)) : STR_NONE;
	wipe(&clear);
	if (r < 0)
		return r;
	if (!copy.p)
		return err_set(err, E_NOMEM, "Memory ran out while opening a secret.");
	*ret = copy;
	return 0;
}

int secret_check_same(const struct seal_key *key, const struct secret_place *place,
    struct str given, struct str sealed, const char *field, struct err *err)
{
	char context[CONTEXT_MAX];
	struct buf clear;

	if (!given.p || !sealed.p)
		return 0;
	buf_init(&clear, 0);
	int r = unseal(key, context_of(place, context), sealed, &clear, err);
	if (r == 0 && !str_eq_secret(buf_str(&clear), given))
		r = err_field(err, E_CONFLICT, field,
		    N_("It is on record already with another \"%s\"."), field);
	wipe(&clear);
	return r;
}
