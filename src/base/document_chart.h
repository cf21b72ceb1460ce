/* base/document_chart.h: the shape of a chart of a document, for those who draw it: bars side by side in
 * a box, in the box's own measure. Only document_html.c and document_pdf.c include this. */
#ifndef BASE_DOCUMENT_CHART_H
#define BASE_DOCUMENT_CHART_H

#include <stdint.h>

#include "base/document.h"

#define CHART_SERIES_MAX 3
#define CHART_LABELS 10 /* at most, under the bars */

struct chart {
	const struct document_block *block;
	size_t points, series;
	int64_t top;       /* what the axis ends with: round, above 0, no less than any value */
	double x, y, w, h; /* of the box that the bars stand in */
};

/* A bar, in the measure of the box. */
struct chart_bar {
	double x, y, w, h;
};

void chart_init(
    struct chart *c, const struct document_block *b, double x, double y, double w, double h);
struct chart_bar chart_bar(
    const struct chart *c, const struct document_row *r, size_t point, size_t series);
/* The middle of a point. */
double chart_middle(const struct chart *c, size_t point);
/* Is the point one whose label is shown. */
bool chart_is_labelled(const struct chart *c, size_t point);

#endif
