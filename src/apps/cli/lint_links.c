#include "apps/cli/lint_links.h"

#include <curl/curl.h>
#include <string.h>

#include "base/lang.h"

#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_MS 10000L
#define REDIRECTS_MAX 5L
#define LINKS_MAX 64 /* of one definition: ten cards with two each, and some */
#define DEPTH_MAX 2
#define STATUS_NOT_FOUND 404
#define STATUS_GONE 410

struct opening {
	struct arena *arena;
	struct template_link *dead;
	size_t opened, dead_len;
	bool no_memory;
};

/* The first bytes are enough: the status came before them. */
static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	(void)bytes;
	(void)size;
	(void)n;
	(void)arg;
	return 0;
}

/* 0 when nobody answered. */
static long open_one(const char *url)
{
	CURL *curl = curl_easy_init();
	long status = 0;

	if (!curl)
		return 0;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "varco/" VARCO_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	CURLcode code = curl_easy_perform(curl);
	if (code == CURLE_OK || code == CURLE_WRITE_ERROR || code == CURLE_TOO_MANY_REDIRECTS)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	return status;
}

/* The address as a person would open it; p NULL when its variable has no example. */
static struct str address_of(struct opening *o, const struct json *button)
{
	struct str url = json_str(json_get(button, "url"));
	const struct json *example = json_get(button, "example");
	struct str value = json_str(
	    json_type(example) == JSON_ARRAY ? json_at(example, 0) : example);
	const char *open = url.len ? memmem(url.p, url.len, "{{", 2) : NULL;

	if (!open || str_starts(value, STR("http")))
		return open ? value : url;
	if (value.len == 0)
		return STR_NONE;
	struct str full = arena_printf(
	    o->arena, "%.*s%.*s", (int)(open - url.p), url.p, STR_ARG(value));
	o->no_memory = o->no_memory || !full.p;
	return full;
}

/* Only pages are opened: of "javascript:" or "tel:" the lint itself says what it is. */
static bool is_page(struct str address)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct str scheme = str_c(schemes[i]);
		if (address.len > scheme.len &&
		    str_eq_nocase(str_sub(address, 0, scheme.len), scheme))
			return true;
	}
	return false;
}

static void open_button(struct opening *o, const struct json *button)
{
	struct str address = address_of(o, button);
	const char *url = is_page(address) ? arena_c(o->arena, address) : NULL;

	if (!url || o->opened == LINKS_MAX)
		return;
	o->opened++;
	long status = open_one(url);
	if (status != 0 && status != STATUS_NOT_FOUND && status != STATUS_GONE)
		return;
	o->dead[o->dead_len++] = (struct template_link){
		.url = json_str(json_get(button, "url")),
		.status = (int)status,
	};
}

static void open_components(struct opening *o, const struct json *components, int depth)
{
	struct json_iter it, inner;
	const struct json *one, *part;

	json_iter_init(&it, components);
	while (depth < DEPTH_MAX && json_iter_next(&it, NULL, &one)) {
		json_iter_init(&inner, json_get(one, "buttons"));
		while (json_iter_next(&inner, NULL, &part))
			open_button(o, part);
		json_iter_init(&inner, json_get(one, "cards"));
		while (json_iter_next(&inner, NULL, &part))
			open_components(o, json_get(part, "components"), depth + 1);
	}
}

int lint_links_open(struct arena *a, const struct json *definition,
    const struct template_link **ret, size_t *ret_len, struct err *err)
{
	struct opening o = { .arena = a, .dead = ARENA_ARRAY(a, struct template_link, LINKS_MAX) };

	if (!o.dead)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	open_components(&o, json_get(definition, "components"), 0);
	if (o.no_memory)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	*ret = o.dead;
	*ret_len = o.dead_len;
	return 0;
}
