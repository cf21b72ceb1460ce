/* Any bytes as a definition, and as one to edit: what is said of it is the same twice, its counts are those of its
 * problems, its sentences are whole in both languages, and every problem has a place in the text. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/json_place.h"
#include "domain/template_review.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pack *pack;

static void review(struct arena *a, const struct json *definition,
    const struct template_setting *setting, struct template_tally *tally, struct buf *out)
{
	struct json_writer w;
	struct err err = { .code = 0 };

	buf_reset(out);
	jw_init(&w, out);
	ASSERT(template_review(a, pack, definition, setting, &w, tally, &err) == 0);
}

static void check_places(struct str text, const struct json *problems)
{
	struct json_iter it;
	const struct json *one;
	size_t lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n';
	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &one)) {
		struct json_place p = json_place_find(text, json_str(json_get(one, "field")));

		ASSERT(p.line >= 1 && p.line <= lines && p.column >= 1 && p.column <= text.len + 1);
	}
}

static void check_told(struct arena *a, const struct json *told)
{
	struct json_writer w;
	struct buf out;
	const struct json *again = NULL;

	buf_init(&out, 0);
	for (int lang = 0; lang < LANGS; lang++) {
		buf_reset(&out);
		jw_init(&w, &out);
		template_review_tell(a, told, (enum lang)lang, &w);
		ASSERT(json_read(a, buf_str(&out), &again, NULL) == 0);
		ASSERT(
		    json_len(json_get(again, "problems")) == json_len(json_get(told, "problems")));
	}
	buf_done(&out);
}

static void check(struct arena *a, struct str text, const struct json *definition, bool edit)
{
	const struct template_other others[] = {
		{ STR("order_shipped"), STR("it"), json_get(definition, "components"), true },
		{ STR("another"), json_str(json_get(definition, "language")),
		    json_get(definition, "components"), false },
	};
	const struct template_setting setting = { .sender = STR("Bottega Esempio"),
		.edit = edit,
		.category = edit ? STR("utility") : STR_NONE,
		.status = edit ? STR("APPROVED") : STR_NONE,
		.others = others,
		.others_len = ARRAY_LEN(others) };
	struct template_tally tally, second;
	struct buf one, two;
	const struct json *told = NULL;

	buf_init(&one, 0);
	buf_init(&two, 0);
	review(a, definition, &setting, &tally, &one);
	review(a, definition, &setting, &second, &two);
	ASSERT(str_eq(buf_str(&one), buf_str(&two)));
	ASSERT(json_read(a, buf_str(&one), &told, NULL) == 0);
	int sum = 0;
	for (size_t i = 0; i < LINT_LEVELS; i++)
		sum += tally.counts[i];
	ASSERT((size_t)sum == json_len(json_get(told, "problems")));
	ASSERT(tally.forbidden <= tally.counts[LINT_ERROR]);
	check_places(text, json_get(told, "problems"));
	check_told(a, told);
	buf_done(&one);
	buf_done(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_n((const char *)data, size);
	struct arena *a = arena_new(0, 0);
	const struct json *definition = NULL;

	ASSERT(a);
	if (!pack)
		ASSERT(crypto_init(NULL) == 0 && pack_builtin(&pack, NULL) == 0);
	if (json_read(a, text, &definition, NULL) == 0) {
		check(a, text, definition, false);
		check(a, text, definition, true);
	}
	arena_free(&a);
	return 0;
}
