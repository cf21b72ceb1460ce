/* Any bytes as any file, through the whole engine: archives, codings, parsers, comments, rules, allowances.
 *
 * The first byte picks a name. No finding may lie outside the text or carry control characters. */
#include <stdint.h>

#include "apps/scan/ignore.h"
#include "apps/scan/reader.h"
#include "base/check.h"
#include "base/crypto.h"

static const char *const names[] = { "a.js", "a.py", "a.html", "a.php", "a.yml", "a.json", "a.txt",
	"package.json", "Dockerfile", "a.sh", "a.xaml", "a.zip", "a.tgz", "a", "tests/a.js",
	"node_modules/a/.wwebjs_auth/x", "requirements.txt", "a.csv", "Preferences", "a.ahk" };

static struct catalogue *catalogue;
static struct matcher *matcher;

static void check_notes(const struct scan_notes *n)
{
	for (size_t i = 0; i < n->findings_len; i++) {
		const struct scan_finding *f = &n->findings[i];
		ASSERT(f->confidence >= 1 && f->confidence <= 100);
		ASSERT((f->line == 0) == (f->column == 0));
		for (size_t k = 0; k < f->match.len; k++)
			ASSERT((unsigned char)f->match.p[k] >= 0x20 && f->match.p[k] != 0x7f);
	}
}

static void scan_bytes(const char *name, struct str text)
{
	struct judge_options o = { .notes = true };
	struct judge *judge = judge_new(catalogue, matcher, &o, 32u << 20);
	struct arena *samples = arena_new(0, 1 << 20);
	struct scan_coverage coverage = { .files = 0 };
	struct reader r = { .judge = NULL };

	if (judge && samples && reader_init(&r, judge, &coverage, samples) == 0) {
		judge_path(judge, 0, str_c(name));
		if (archive_read(&r, -1, text, 0, str_c(name), 0) == 0)
			reader_take(&r, 0, str_c(name), text);
		check_notes(judge_notes(judge));
	}
	reader_done(&r);
	arena_free(&samples);
	judge_free(&judge);
}

static void ask_rules(struct str text, const char *name)
{
	struct ignore *ig = ignore_new(NULL, STR(""), text, text, 0);
	struct str reason;

	if (!ig)
		return;
	(void)ignore_asks(ig, str_c(name), false);
	(void)ignore_allows(ig, str_c(name), STR("npm.baileys"), &reason);
	ignore_unref(&ig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err;

	if (!matcher) {
		ASSERT(crypto_init(&err) == 0 && catalogue_open(NULL, 0, &catalogue, &err) == 0);
		ASSERT(matcher_open(catalogue, NULL, &matcher, &err) == 0);
	}
	if (size < 2)
		return 0;
	const char *name = names[data[0] % ARRAY_LEN(names)];
	struct str text = str_n((const char *)data + 1, size - 1);
	scan_bytes(name, text);
	ask_rules(text, name);
	return 0;
}
