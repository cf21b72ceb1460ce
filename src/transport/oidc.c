/* Documents are read whole and strictly (base/json.h: bounded, no member twice); what is not needed is not looked at. */
#include "transport/oidc.h"

#include "base/check.h"
#include "base/jose.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out during a sign-in.");
}

/* --- addresses -------------------------------------------------------------------------------- */

bool oidc_is_url(struct str url)
{
	for (size_t i = 0; i < url.len; i++) {
		if (url.p[i] <= ' ' || url.p[i] >= 0x7f || strchr("#\"<>\\^`{|}", url.p[i]))
			return false;
	}
	return url.len > 0 && url.len <= OIDC_URL_MAX;
}

/* As HTML forms and queries have it (RFC 6749, appendix B). */
static void add_escaped(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char b = (unsigned char)value.p[i];
		bool plain = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
		    (b >= '0' && b <= '9') || b == '-' || b == '.' || b == '_';
		if (plain)
			buf_add_char(out, (char)b);
		else
			buf_addf(out, "%%%02X", b);
	}
}

static void add_member(struct buf *out, const char *name, struct str value)
{
	buf_addf(out, "%s=", name);
	add_escaped(out, value);
}

struct str oidc_document_url(struct arena *a, struct str issuer)
{
	if (str_ends(issuer, STR("/")))
		issuer.len--;
	return arena_printf(a, "%.*s/.well-known/openid-configuration", STR_ARG(issuer));
}

/* --- the provider ----------------------------------------------------------------------------- */

static bool lists(const struct json *list, const char *word)
{
	for (size_t i = 0; json_type(list) == JSON_ARRAY && i < json_len(list); i++) {
		if (str_eq_c(json_str(json_at(list, i)), word))
			return true;
	}
	return false;
}

static int read_url(
    const struct json *doc, const char *member, struct arena *a, struct str *ret, struct err *err)
{
	struct str url = json_str(json_get(doc, member));

	if (!oidc_is_url(url))
		return err_field(
		    err, E_INVALID, member, "The provider's document has no %s.", member);
	*ret = arena_str(a, url);
	return ret->p ? 0 : no_memory(err);
}

/* Without that member a provider may know it all the same. */
static bool knows_pkce(const struct json *doc)
{
	const struct json *methods = json_get(doc, "code_challenge_methods_supported");

	return !methods || lists(methods, "S256");
}

static int read_object(struct str text, struct arena *a, const struct json **ret, struct err *err)
{
	int r = text.len > OIDC_DOCUMENT_MAX ? -E_TOO_LARGE : json_read(a, text, ret, NULL);

	if (r == -E_NOMEM)
		return no_memory(err);
	if (r < 0 || json_type(*ret) != JSON_OBJECT)
		return err_set(
		    err, E_INVALID, "The provider's answer is no JSON object, or too large.");
	return 0;
}

int oidc_read_provider(struct str document, struct str issuer, struct arena *a,
    struct oidc_provider *ret, struct err *err)
{
	struct oidc_provider p = { .issuer = issuer };
	const struct json *doc = NULL;
	int r = read_object(document, a, &doc, err);

	if (r < 0)
		return r;
	if (!str_eq(json_str(json_get(doc, "issuer")), issuer))
		return err_field(
		    err, E_DENIED, "issuer", "The provider's document is of another issuer.");
	if (!knows_pkce(doc))
		return err_set(err, E_UNSUPPORTED, "The provider does not know PKCE with S256.");
	const struct json *ways = json_get(doc, "token_endpoint_auth_methods_supported");
	p.secret_in_header = !ways || lists(ways, "client_secret_basic");
	(void)json_bool(
	    json_get(doc, "authorization_response_iss_parameter_supported"), &p.names_itself);
	r = read_url(doc, "authorization_endpoint", a, &p.authorize_url, err);
	if (r == 0)
		r = read_url(doc, "token_endpoint", a, &p.token_url, err);
	if (r == 0)
		r = read_url(doc, "jwks_uri", a, &p.keys_url, err);
	if (r == 0)
		*ret = p;
	return r;
}

/* --- asking ----------------------------------------------------------------------------------- */

static void add_challenge(struct buf *out, struct str verifier)
{
	struct sha256 digest;

	crypto_sha256(verifier, &digest);
	buf_add_c(out, "&code_challenge_method=S256&code_challenge=");
	base64url_encode(str_n((const char *)digest.b, SHA256_LEN), out);
}

void oidc_write_authorize_url(const struct oidc_provider *p, const struct oidc_client_id *c,
    const struct oidc_asking *asking, struct buf *out)
{
	bool has_query = memchr(p->authorize_url.p, '?', p->authorize_url.len) != NULL;

	buf_add(out, p->authorize_url);
	buf_add_c(out, has_query ? "&response_type=code&" : "?response_type=code&");
	add_member(out, "client_id", c->id);
	add_member(out, "&redirect_uri", c->redirect_url);
	add_member(out, "&scope", asking->scopes);
	add_member(out, "&state", asking->state);
	add_member(out, "&nonce", asking->nonce);
	add_challenge(out, asking->verifier);
}

void oidc_write_exchange(const struct oidc_provider *p, const struct oidc_client_id *c,
    struct str code, struct str verifier, struct buf *out)
{
	bool in_header = c->secret.p && p->secret_in_header;

	buf_add_c(out, "grant_type=authorization_code&");
	add_member(out, "code", code);
	add_member(out, "&redirect_uri", c->redirect_url);
	add_member(out, "&code_verifier", verifier);
	if (!in_header)
		add_member(out, "&client_id", c->id);
	if (c->secret.p && !in_header)
		add_member(out, "&client_secret", c->secret);
}

void oidc_write_authorization(
    const struct oidc_provider *p, const struct oidc_client_id *c, struct buf *out)
{
	struct buf pair;

	if (!c->secret.p || !p->secret_in_header)
		return;
	buf_init(&pair, 0);
	add_escaped(&pair, c->id);
	buf_add_char(&pair, ':');
	add_escaped(&pair, c->secret);
	buf_add_c(out, "Basic ");
	base64_encode(buf_str(&pair), out);
	out->failed = out->failed || pair.failed;
	crypto_wipe(pair.p, pair.len);
	buf_done(&pair);
}

int oidc_read_exchanged(struct str answer, struct arena *a, struct str *ret_token, struct err *err)
{
	const struct json *doc = NULL;
	int r = read_object(answer, a, &doc, err);
	struct str token = json_str(json_get(doc, "id_token"));

	if (r < 0)
		return r;
	if (!token.len)
		return err_field(err, E_INVALID, "id_token", "The provider gave no ID token.");
	*ret_token = token;
	return 0;
}

/* --- the token -------------------------------------------------------------------------------- */

static int refuse(struct err *err, const char *claim)
{
	return err_field(
	    err, E_DENIED, claim, "The claim \"%s\" of the token does not fit.", claim);
}

/* For us, and when it is for others too, made for us ("azp"). */
static int check_audience(const struct json *claims, struct str client_id, struct err *err)
{
	const struct json *aud = json_get(claims, "aud"), *azp = json_get(claims, "azp");
	bool alone = json_type(aud) == JSON_STRING || json_len(aud) == 1;
	bool ours = str_eq(json_str(aud), client_id);

	for (size_t i = 0; !ours && json_type(aud) == JSON_ARRAY && i < json_len(aud); i++)
		ours = str_eq(json_str(json_at(aud, i)), client_id);
	if (!ours || !client_id.len)
		return refuse(err, "aud");
	if (azp ? !str_eq(json_str(azp), client_id) : !alone)
		return refuse(err, "azp");
	return 0;
}

/* Seconds since 1970, which may have a fraction. */
static bool has_time(const struct json *claims, const char *name, double *ret)
{
	return json_real(json_get(claims, name), ret);
}

static int check_times(const struct json *claims, int64_t now_s, struct err *err)
{
	double now = (double)now_s, exp, iat, nbf = now;

	if (!has_time(claims, "exp", &exp) || exp <= now - OIDC_LEEWAY_S)
		return refuse(err, "exp");
	if (!has_time(claims, "iat", &iat) || iat > now + OIDC_LEEWAY_S ||
	    iat < now - OIDC_TOKEN_AGE_S || iat > exp)
		return refuse(err, "iat");
	if (json_get(claims, "nbf") &&
	    (!has_time(claims, "nbf", &nbf) || nbf > now + OIDC_LEEWAY_S))
		return refuse(err, "nbf");
	return 0;
}

static int check_claims(
    const struct json *claims, const struct oidc_expected *expected, struct err *err)
{
	struct str nonce = json_str(json_get(claims, "nonce"));
	int r = 0;

	if (!str_eq(json_str(json_get(claims, "iss")), expected->issuer))
		return refuse(err, "iss");
	r = check_audience(claims, expected->client_id, err);
	if (r == 0)
		r = check_times(claims, expected->now_s, err);
	if (r == 0 && (!nonce.len || !str_eq_secret(nonce, expected->nonce)))
		r = refuse(err, "nonce");
	return r;
}

void oidc_fold_value(const char *claim, char *value)
{
	for (char *p = value; strcmp(claim, "email") == 0 && *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
}

/* Some providers write the truth as a string. */
static bool is_true(const struct json *v)
{
	bool yes = false;

	return (json_bool(v, &yes) && yes) || str_eq_c(json_str(v), "true");
}

static int read_identity(const struct json *claims, const struct oidc_expected *expected,
    struct oidc_identity *ret, struct err *err)
{
	struct str sub = json_str(json_get(claims, "sub"));
	struct str value = json_str(json_get(claims, expected->claim));
	struct oidc_identity found = { .verified = true };
	struct buf whole;

	if (!sub.len || sub.len > OIDC_VALUE_MAX)
		return refuse(err, "sub");
	if (!value.len || str_to_c(value, found.value, sizeof(found.value)) < 0)
		return refuse(err, expected->claim);
	if (strcmp(expected->claim, "email") == 0)
		found.verified = is_true(json_get(claims, "email_verified"));
	oidc_fold_value(expected->claim, found.value);
	buf_init(&whole, 0);
	buf_add(&whole, expected->issuer);
	buf_add_char(&whole, '\n');
	buf_add(&whole, sub);
	bool failed = whole.failed;
	if (!failed)
		crypto_sha256(buf_str(&whole), &found.subject);
	buf_done(&whole);
	if (failed)
		return no_memory(err);
	*ret = found;
	return 0;
}

int oidc_check_token(struct str token, struct str keys, const struct oidc_expected *expected,
    struct arena *a, struct oidc_identity *ret, struct err *err)
{
	const struct json *set = NULL, *claims = NULL;
	int r = read_object(keys, a, &set, err);

	if (r == 0)
		r = jose_verify(token, set, a, &claims, err);
	if (r == 0)
		r = check_claims(claims, expected, err);
	return r < 0 ? r : read_identity(claims, expected, ret, err);
}
