#include "domain/template_signs.h"

#include <string.h>

#define NAME_MIN 4 /* a blank, two letters, a blank */

bool template_has_sign(
    const struct pack *pack, const struct content_reading *reading, const char *class)
{
	const struct content *c = pack_content(pack);
	const struct content_class *sign = content_class_of(c, class);
	struct content_score score = { .score = 0 };

	if (sign)
		content_score(c, sign, reading, &score);
	return sign && score.score >= sign->hold;
}

int template_reply_opts_out(const struct pack *pack, struct arena *a, struct str text)
{
	struct pack_opt opt = { .withdraws = 0 };
	int rc = pack_opt_message(pack, a, text, &opt);

	return rc < 0 ? rc : rc > 0 && opt.withdraws;
}

/* " bottega esempio srl " → " bottega esempio "; the blank at the end stays. */
static void cut_word(struct buf *folded, struct str word)
{
	struct str text = buf_str(folded);

	if (text.len < word.len + NAME_MIN || text.p[text.len - word.len - 2] != ' ' ||
	    !str_eq(str_sub(text, text.len - word.len - 1, word.len), word))
		return;
	folded->len -= word.len + 1;
	folded->p[folded->len] = '\0';
}

int template_names(const struct pack *pack, struct content_reading *reading, struct str name)
{
	const struct pack_words *forms = &pack_lint(pack)->legal_forms;
	struct buf folded;

	buf_init(&folded, 0);
	fold_words(content_signs(pack_content(pack)), name, NULL, &reading->raw, &folded);
	cut_word(&folded, STR("."));
	for (size_t i = 0; i < forms->len; i++)
		cut_word(&folded, forms->items[i]);
	bool failed = folded.failed;
	bool found = !failed && folded.len >= NAME_MIN && reading->folded.len > 0 &&
	    strstr(reading->folded.p, folded.p) != NULL;
	buf_done(&folded);
	return failed ? -E_NOMEM : found;
}
