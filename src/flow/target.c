#include "flow/target.h"

#include <string.h>

#include "base/check.h"
#include "transport/address.h"

/* `host` may have a port. By its spelling alone: a name that only begins like an address is
 * somebody's domain. */
static bool host_is_loopback(struct str host)
{
	const char *end = host.len && host.p[0] == '[' ? memchr(host.p, ']', host.len) : NULL;

	if (end)
		return address_host_is_loopback(str_n(host.p, (size_t)(end - host.p) + 1)) &&
		    (end + 1 == host.p + host.len || end[1] == ':');
	return address_host_is_loopback(str_cut(&host, ':'));
}

/* The authority of an URL behind `scheme`; p NULL when the scheme is another or there is a user
 * part. */
static struct str authority(struct str url, struct str scheme)
{
	if (!str_starts(url, scheme))
		return STR_NONE;
	struct str rest = str_sub(url, scheme.len, url.len);
	struct str host = str_cut(&rest, '/');
	return memchr(host.p, '@', host.len) ? STR_NONE : host;
}

bool target_is_loopback(struct str url)
{
	struct str host = authority(url, STR("http://"));

	if (!host.p)
		host = authority(url, STR("https://"));
	return host.p && host_is_loopback(host);
}

bool target_is_allowed(const struct pack *pack, struct str url)
{
	struct str host = authority(url, STR("https://"));

	if (target_is_loopback(url))
		return true;
	return host.p && pack_host_is_official(pack, str_cut(&host, ':'));
}

bool target_may_be_public(struct str url)
{
	struct str host = authority(url, STR("https://"));

	if (!host.p)
		return false;
	host = str_cut(&host, '?');
	host = str_cut(&host, '#');
	const char *end = host.len && host.p[0] == '[' ? memchr(host.p, ']', host.len) : NULL;
	return address_host_may_be_public(
	    end ? str_n(host.p, (size_t)(end - host.p) + 1) : str_cut(&host, ':'));
}

static struct str auth_value(struct arena *a, struct str scheme, struct str token)
{
	const struct str parts[] = { scheme, STR(" "), token };

	return scheme.len ? arena_join(a, parts, ARRAY_LEN(parts)) : token;
}

static bool provider_target(const struct core *core, const struct dir_waba *waba, struct arena *a,
    struct str version, struct str id, struct str rest, struct target *ret)
{
	const struct pack_upstream *u = pack_upstream(core->pack, waba->upstream);

	if (!u)
		return false;
	const char *scheme = host_is_loopback(u->host) ? "http" : "https";
	if (u->path == PACK_PATH_FLAT)
		ret->url = arena_printf(a, "%s://%.*s%.*s%.*s", scheme, STR_ARG(u->host),
		    STR_ARG(u->prefix), STR_ARG(rest));
	else
		ret->url = arena_printf(a, "%s://%.*s%.*s/%.*s/%.*s%.*s", scheme, STR_ARG(u->host),
		    STR_ARG(u->prefix), STR_ARG(version), STR_ARG(id), STR_ARG(rest));
	ret->auth = (struct http_header){ u->auth_header,
		auth_value(a, u->auth_scheme, waba->token) };
	return ret->url.p && ret->auth.value.p;
}

bool target_for(const struct core *core, const struct dir_waba *waba, struct arena *a,
    struct str version, struct str id, struct str rest, struct target *ret)
{
	if (waba->token.len == 0)
		return false;
	if (waba->upstream.len)
		return provider_target(core, waba, a, version, id, rest, ret);
	const struct str url[] = { str_c(core->options.base_url), STR("/"), version, STR("/"), id,
		rest };
	ret->url = arena_join(a, url, ARRAY_LEN(url));
	ret->auth = (struct http_header){ STR("Authorization"),
		auth_value(a, STR("Bearer"), waba->token) };
	return ret->url.p && ret->auth.value.p;
}
