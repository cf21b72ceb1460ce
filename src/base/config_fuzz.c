/* Whatever is read prints as a file that reads as the same; whatever is refused is refused in a
 * sentence. */
#include <string.h>

#include "base/check.h"
#include "base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct settings {
	const char *listen, *url;
	int64_t timeout_ms, level;
	bool strict;
};

#define OPTION(section, key, type, dflt, min, max, values, field) \
	{ section, key, type, dflt, min, max, values, offsetof(struct settings, field), "It." }

static const struct config_option options[] = {
	OPTION("server", "listen", CONFIG_STR, "127.0.0.1:8080", 0, 0, NULL, listen),
	OPTION("store", "url", CONFIG_STR, NULL, 0, 0, NULL, url),
	OPTION("upstream", "timeout_ms", CONFIG_INT, "5000", -5, 60000, NULL, timeout_ms),
	OPTION("log", "level", CONFIG_ENUM, "info", 0, 0, "debug|info|warn", level),
	OPTION("log", "strict", CONFIG_BOOL, "false", 0, 0, NULL, strict),
};

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_print(struct arena *a, const struct settings *s)
{
	struct settings again;
	struct buf b;
	struct err err;

	buf_init(&b, 0);
	config_print(options, ARRAY_LEN(options), s, &b);
	ASSERT(config_parse(options, ARRAY_LEN(options), "printed", buf_str(&b), a, &again, &err) ==
	    0);
	ASSERT(same_text(again.listen, s->listen) && same_text(again.url, s->url));
	ASSERT(again.timeout_ms == s->timeout_ms && again.level == s->level);
	ASSERT(again.strict == s->strict);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0, 0);
	struct str text = str_n((const char *)data, size);
	struct settings s;
	struct err err = { 0 };

	ASSERT(a);
	if (config_parse(options, ARRAY_LEN(options), "input", text, a, &s, &err) == 0)
		check_print(a, &s);
	else
		ASSERT(err.code && err.text[0] && err.text[strlen(err.text) - 1] == '.');
	arena_free(&a);
	return 0;
}
