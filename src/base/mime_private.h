/* base/mime_private.h: what the files of mime.h share: how bytes become text. Only mime*.c may include
 * this.
 *
 * Each appends to `out` and returns whether all was well formed. */
#ifndef BASE_MIME_PRIVATE_H
#define BASE_MIME_PRIVATE_H

#include "base/mime.h"

bool mime_decode_base64(struct str s, struct buf *out);
/* `header`: as in encoded words, where "_" is a blank. */
bool mime_decode_quoted(struct str s, bool header, struct buf *out);
/* From a charset by its name to UTF-8; one that is unknown is taken for windows-1252 unless it is
 * UTF-8. */
bool mime_decode_charset(struct str charset, struct str s, struct buf *out);
/* Encoded words of a header's value. */
bool mime_decode_words(struct str s, struct buf *out);
/* What a reader would see of HTML, with the addresses of its links. */
int mime_html_text(struct str html, struct arena *a, struct mime_mail *mail, struct buf *out);

#endif
