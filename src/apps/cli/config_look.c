#include "apps/cli/config_look.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/lang.h"
#include "domain/pack.h"
#include "flow/target.h"

#define FILE_MAX ((size_t)4 << 20)

/* --- values ----------------------------------------------------------------------------------- */

/* As transport/http_server.h takes it: IPv4:PORT or [IPv6]:PORT. */
static bool is_address(const char *listen)
{
	const char *colon = strrchr(listen, ':');
	struct str host = str_n(listen, colon ? (size_t)(colon - listen) : 0);
	unsigned char bytes[16];
	char text[64];
	uint64_t port;

	if (!colon || str_to_u64(str_c(colon + 1), &port) < 0 || port > 65535)
		return false;
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		return str_to_c(str_sub(host, 1, host.len - 2), text, sizeof(text)) == 0 &&
		    inet_pton(AF_INET6, text, bytes) == 1;
	return str_to_c(host, text, sizeof(text)) == 0 && inet_pton(AF_INET, text, bytes) == 1;
}

static int look_listen(const struct gateway_config *c, struct err *err)
{
	if (is_address(c->listen))
		return 0;
	return err_field(err, E_INVALID, "server.listen", "%s",
	    _("server.listen must be an address with a port, such as 127.0.0.1:8080 or [::1]:0."));
}

static int look_public_url(const struct gateway_config *c, struct err *err)
{
	struct str url = str_c(c->public_url);

	if (!url.p ||
	    ((str_starts(url, STR("http://")) || str_starts(url, STR("https://"))) &&
		!str_ends(url, STR("/")) && url.len < 256))
		return 0;
	return err_field(err, E_INVALID, "server.public_url", "%s",
	    _("server.public_url must begin with http:// or https:// and not end in a slash."));
}

static int look_tls(const struct gateway_config *c, struct err *err)
{
	struct tls_server *tls = NULL;

	if (!c->tls_cert || !c->tls_key)
		return 0;
	int r = tls_server_new(c->tls_cert, c->tls_key, &tls, err);
	tls_server_free(&tls);
	if (r < 0 && err)
		(void)snprintf(err->field, sizeof(err->field), "%s", "server.tls_cert");
	return r;
}

static int look_clock(const struct gateway_config *c, struct err *err)
{
	if (!c->clock || target_is_loopback(str_c(c->base_url)))
		return 0;
	return err_field(err, E_DENIED, "server.clock", "%s",
	    _("server.clock = upstream follows a simulator, which must be on loopback."));
}

static int look_store(const struct gateway_config *c, struct err *err)
{
	struct str url = str_c(c->store_url);

	if (!url.p || (str_starts(url, STR("sqlite:")) && url.len > 7))
		return 0;
	return err_field(err, E_UNSUPPORTED, "store.url", "%s",
	    _("store.url must be \"sqlite:\" and the path of a file."));
}

int config_pack(const struct gateway_config *c, struct pack **ret, struct err *err)
{
	struct buf text;

	if (!c->pack)
		return pack_builtin(ret, err);
	buf_init(&text, FILE_MAX);
	int r = file_read(c->pack, FILE_MAX, &text, err);
	if (r == 0)
		r = pack_read(buf_str(&text), ret, err);
	buf_done(&text);
	return r;
}

static int look_pack(const struct gateway_config *c, struct err *err)
{
	struct pack *pack = NULL;
	struct err why = { .code = 0 };
	int r = config_pack(c, &pack, &why);

	if (r == 0 && !target_is_allowed(pack, str_c(c->base_url)))
		r = err_field(err, E_DENIED, "upstream.base_url", "%s",
		    _("upstream.base_url must be https to Meta or a certified provider of the policy pack, or "
		      "a loopback address."));
	else if (r < 0)
		r = err_field(err, (enum err_code) - r, "policy.pack",
		    _("The policy pack \"%s\" cannot be used: %s"), c->pack ? c->pack : "",
		    why.text);
	pack_free(&pack);
	return r;
}

static int look_ca(const struct gateway_config *c, struct err *err)
{
	struct buf text;
	struct err why = { .code = 0 };

	if (!c->ca_file)
		return 0;
	buf_init(&text, 0);
	int r = file_read(c->ca_file, FILE_MAX, &text, &why);
	if (r == 0 && !memmem(text.p ? text.p : "", text.len, "-----BEGIN ", 11))
		r = err_set(&why, E_INVALID, _("There is no certificate in \"%s\"."), c->ca_file);
	buf_done(&text);
	if (r < 0)
		r = err_field(err, (enum err_code) - r, "upstream.ca_file", "%s", why.text);
	return r;
}

static int (*const looks[])(const struct gateway_config *c, struct err *err) = {
	look_listen,
	look_public_url,
	look_tls,
	look_clock,
	look_store,
	look_pack,
	look_ca,
};

int config_look(const struct gateway_config *c, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(looks); i++)
		r = looks[i](c, err);
	return r;
}

/* --- where a value comes from ----------------------------------------------------------------- */

void config_env_name(const struct config_option *o, char out[CONFIG_ENV_MAX])
{
	(void)snprintf(out, CONFIG_ENV_MAX, "VARCO_%s_%s", o->section, o->key);
	for (char *c = out; *c; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
}

const struct config_option *config_option_find(const char *name)
{
	struct str key = str_c(name), section = str_cut(&key, '.');

	for (size_t i = 0; i < gateway_options_len; i++) {
		const struct config_option *o = &gateway_options[i];
		if (str_eq_c(section, o->section) && str_eq_c(key, o->key))
			return o;
	}
	return NULL;
}

/* The line of a text that has already been read as a configuration. */
static bool find_line(
    struct str text, const struct config_option *o, int *ret_line, int *ret_column)
{
	struct str section = STR("");

	for (int n = 1; text.p; n++) {
		struct str whole = str_cut(&text, '\n'), line = str_trim(whole), name = line;
		if (line.len && line.p[0] == '[') {
			name = str_sub(line, 1, line.len);
			section = str_cut(&name, ']');
			continue;
		}
		name = str_trim(str_sub(line, 0, strcspn(line.p ? line.p : "", "=:\n")));
		if (!str_eq_c(section, o->section) || !str_eq_c(name, o->key))
			continue;
		*ret_line = n;
		*ret_column = (int)(line.p - whole.p) + 1;
		return true;
	}
	return false;
}

enum config_origin config_origin(
    const char *path, const struct config_option *o, int *ret_line, int *ret_column)
{
	char name[CONFIG_ENV_MAX];
	struct buf text;
	bool found = false;

	config_env_name(o, name);
	if (getenv(name))
		return CONFIG_ENVIRONMENT;
	buf_init(&text, 0);
	if (path && file_read(path, FILE_MAX, &text, NULL) == 0 && text.len)
		found = find_line(buf_str(&text), o, ret_line, ret_column);
	buf_done(&text);
	return found ? CONFIG_FILE : CONFIG_DEFAULT;
}
