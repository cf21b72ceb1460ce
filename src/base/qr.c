/* One path, a rectangle for each run of dark modules in a row: a module is one unit. */
#include "base/qr.h"

#include <errno.h>
#include <qrencode.h>

#define QUIET 4 /* modules around the code, as the standard wants */
#define SCALE 8 /* pixels a module, where nobody says how large */

static bool is_dark(const QRcode *code, int x, int y)
{
	return code->data[y * code->width + x] & 1;
}

static void draw_row(const QRcode *code, int y, struct buf *out)
{
	for (int x = 0; x < code->width; x++) {
		int from = x;
		while (x < code->width && is_dark(code, x, y))
			x++;
		if (x > from)
			buf_addf(
			    out, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
	}
}

static void draw(const QRcode *code, struct buf *out)
{
	int size = code->width + 2 * QUIET;

	buf_addf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
	    " shape-rendering=\"crispEdges\"><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path d=\"",
	    size * SCALE, size * SCALE, size, size, size, size);
	for (int y = 0; y < code->width; y++)
		draw_row(code, y, out);
	buf_add_c(out, "\" fill=\"#000\"/></svg>\n");
}

int qr_svg(struct str text, struct buf *out)
{
	char zero_ended[QR_TEXT_MAX + 1];

	if (text.len > QR_TEXT_MAX)
		return -E_TOO_LARGE;
	if (text.len == 0 || str_to_c(text, zero_ended, sizeof(zero_ended)) < 0)
		return -E_INVALID;
	QRcode *code = QRcode_encodeString8bit(zero_ended, 0, QR_ECLEVEL_M);
	if (!code)
		return errno == ERANGE ? -E_TOO_LARGE : -E_NOMEM;
	draw(code, out);
	QRcode_free(code);
	return out->failed ? -E_NOMEM : 0;
}
