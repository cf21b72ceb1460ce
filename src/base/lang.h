/* base/lang.h: sentences for people in their language.
 *
 * Message ids are the English sentences, marked _("…") or N_("…") for xgettext; catalogues in po/
 * are compiled into tables at build time, so one process speaks every language at once and needs
 * no system locale. */
#ifndef BASE_LANG_H
#define BASE_LANG_H

#include "base/str.h"

enum lang { LANG_EN, LANG_IT, LANGS };

#define N_(msgid) msgid

/* The sentence in that language, or the id itself; never NULL; static storage. */
const char *lang_text(enum lang lang, const char *msgid);
/* The same of a sentence that was made from an id by filling in its figures ("longer than %d characters"): they are
 * read off the sentence, and put into the translation. Returns `text` itself when nothing fits, else `out`, cut
 * to its size. For what is told to somebody, not for what is often done: it may look at every id. */
const char *lang_sentence(enum lang lang, const char *text, char *out, size_t size);
/* The language this process speaks to its own user (CLI): set once from LC_ALL, LC_MESSAGES,
 * LANG. */
void lang_setup_process(void);
enum lang lang_process(void);
#define _(msgid) lang_text(lang_process(), msgid)

const char *lang_code(enum lang lang);     /* "en", "it" */
enum lang lang_from_code(struct str code); /* "it", "it-IT", "it_IT.UTF-8"; else LANG_EN */
/* The best of ours for an Accept-Language header (q values honoured); LANG_EN when none fits. */
enum lang lang_from_accept(struct str header);

#endif
