/* base/qr.h: a text as a QR code, drawn as SVG; a skin over libqrencode. */
#ifndef BASE_QR_H
#define BASE_QR_H

#include "base/str.h"

#define QR_TEXT_MAX 2000 /* bytes; at medium error correction a code holds somewhat more */

/* A whole SVG document, black on white with the quiet zone around it, appended to `out`. 0;
 * -E_TOO_LARGE, -E_INVALID for an empty text or one with a zero byte, or -E_NOMEM. */
MUST_CHECK int qr_svg(struct str text, struct buf *out);

#endif
