#include "base/document_chart.h"

#include "base/check.h"

#define BARS_SHARE 0.8 /* of the room of a point; the rest keeps points apart */

static int64_t value_of(struct str cell)
{
	int64_t n;

	return str_to_i64(cell, &n) == 0 && n > 0 ? n : 0;
}

static int64_t largest(const struct document_block *b)
{
	int64_t most = 0;

	for (const struct document_row *r = b->rows; r; r = r->next) {
		for (size_t i = 1; i < b->columns_len; i++) {
			int64_t n = value_of(r->cells[i]);
			most = n > most ? n : most;
		}
	}
	return most;
}

/* 2, 4, 10, 20, 40, 100 … so that the half is whole too. */
static int64_t round_up(int64_t n)
{
	int64_t step = 1;

	while (n > 10 * step && step < INT64_MAX / 100)
		step *= 10;
	if (n <= 2 * step)
		return 2 * step;
	return n <= 4 * step ? 4 * step : 10 * step;
}

void chart_init(
    struct chart *c, const struct document_block *b, double x, double y, double w, double h)
{
	*c = (struct chart){
		.block = b, .series = b->columns_len - 1, .x = x, .y = y, .w = w, .h = h
	};
	for (const struct document_row *r = b->rows; r; r = r->next)
		c->points++;
	c->top = round_up(largest(b));
}

static double room_of(const struct chart *c)
{
	return c->w / (double)(c->points ? c->points : 1);
}

double chart_middle(const struct chart *c, size_t point)
{
	return c->x + room_of(c) * ((double)point + 0.5);
}

struct chart_bar chart_bar(
    const struct chart *c, const struct document_row *r, size_t point, size_t series)
{
	double w = room_of(c) * BARS_SHARE / (double)c->series;
	double h = c->h * (double)value_of(r->cells[series + 1]) / (double)c->top;
	double first = chart_middle(c, point) - room_of(c) * BARS_SHARE / 2;

	return (struct chart_bar){ first + w * (double)series, c->y + c->h - h, w, h };
}

bool chart_is_labelled(const struct chart *c, size_t point)
{
	size_t every = (c->points + CHART_LABELS - 1) / CHART_LABELS;

	return point % (every ? every : 1) == 0;
}
