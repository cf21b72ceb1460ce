/* Any bytes as a text: what the folding makes of it is plain words, traced or not; each word came from somewhere in the
 * text; every link lies within the text; no class has points without a word that gave them, and the words that decided can
 * be shown. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "domain/content_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pack *pack;

static void are_plain(struct str folded)
{
	static const char others[] = " .{}#";

	for (size_t i = 0; i < folded.len; i++) {
		char c = folded.p[i];

		ASSERT((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    memchr(others, c, sizeof(others) - 1));
	}
}

static void are_within(const struct content_text *t)
{
	const char *end = t->whole.p ? t->whole.p + t->whole.len : NULL;

	for (size_t i = 0; i < t->links_len; i++) {
		const struct str url = t->links[i].url;

		ASSERT(url.len > 0 && url.p >= t->whole.p && url.p + url.len <= end);
	}
}

static void is_traced(const struct content *c, struct str text, const struct content_reading *r)
{
	struct fold_notes notes = r->notes;
	struct buf raw, folded, origins;

	buf_init(&raw, 0);
	buf_init(&folded, 0);
	buf_init(&origins, 0);
	fold_trace(content_signs(c), text, &notes, &raw, &folded, &origins);
	ASSERT(str_eq(buf_str(&folded), buf_str(&r->folded)));
	ASSERT(notes.marks_len == r->notes.marks_len);
	const struct fold_origin *o = (const void *)origins.p;
	for (size_t i = 0; i < origins.len / sizeof(*o); i++) {
		ASSERT(o[i].from < o[i].to && o[i].to <= text.len && o[i].out < folded.len);
		ASSERT(i == 0 || o[i - 1].out < o[i].out);
	}
	buf_done(&raw);
	buf_done(&folded);
	buf_done(&origins);
}

static void can_be_shown(const struct content *c, struct str text, const struct content_reading *r,
    const struct content_score *score)
{
	struct buf shown;

	buf_init(&shown, 0);
	content_show(c, text, r, score, &shown);
	ASSERT(!shown.failed && shown.len < 1024);
	buf_done(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct content_text text;
	struct content_reading r;
	const struct content_class *class;

	if (!pack)
		ASSERT(crypto_init(NULL) == 0 && pack_builtin(&pack, NULL) == 0);
	const struct content *c = pack_content(pack);
	content_text_init(&text);
	content_reading_init(&r);
	ASSERT(content_of_text(c, str_n((const char *)data, size), &text) == 0);
	are_within(&text);
	ASSERT(content_read(c, buf_str(&text.text), &r, NULL) == 0);
	are_plain(buf_str(&r.folded));
	is_traced(c, buf_str(&text.text), &r);
	for (size_t i = 0; (class = content_class_at(c, i)); i++) {
		struct content_score score;

		content_score(c, class, &r, &score);
		ASSERT(score.score == 0 || score.words_len > 0);
		if (score.score >= class->hold)
			can_be_shown(c, buf_str(&text.text), &r, &score);
	}
	content_reading_done(&r);
	content_text_done(&text);
	return 0;
}
