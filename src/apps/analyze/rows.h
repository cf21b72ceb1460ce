/* apps/analyze/rows.h: rows of tables into events.
 *
 * Private to the analysis. One struct rows belongs to one thread: it reads a piece of a table after the
 * other, and what came of a piece is given to the analysis in the order of pieces, by one thread at a
 * time. Names have numbers of their own until then, so that those of the analysis do not depend on who
 * read what. A row that cannot be used is counted, and the first of them are kept with row, column and
 * reason; none ends the run. */
#ifndef APPS_ANALYZE_ROWS_H
#define APPS_ANALYZE_ROWS_H

#include "apps/analyze/analyze.h"
#include "apps/analyze/columns.h"
#include "apps/analyze/defs.h"
#include "apps/analyze/memo.h"
#include "apps/analyze/sorter.h"
#include "apps/analyze/when.h"

enum rows_kind { ROWS_TRAFFIC, ROWS_INBOUND, ROWS_CONSENTS, ROWS_KINDS };
/* "traffic": as options and reports name it. */
const char *rows_kind_name(enum rows_kind k);

/* Of a table of consents, whose columns are those of `varco consent import`. */
enum rows_consent { C_PHONE, C_BSUID, C_PURPOSE, C_ACT, C_AT, C_EVIDENCE, CONSENT_COLUMNS };

/* A table, for all who read it; nobody changes it meanwhile. */
struct rows_table {
	const struct analyze_options *options;
	const struct words *words;
	const struct pack *pack;
	const struct defs *defs; /* NULL = none */
	enum rows_kind kind;
	bool is_sums;           /* traffic that names nobody (sums.h) */
	struct columns columns; /* of consents: the places stand where the roles' do */
};

/* The first record. -E_INVALID naming the column that is missing ("time"), or what is wrong with --map. */
MUST_CHECK int rows_read_head(
    struct rows_table *t, const struct str *names, size_t n, struct err *err);

/* Columns that name the same things again and again. */
enum rows_pool { POOL_APPS, POOL_LISTS, POOL_TEMPLATES, POOL_NUMBERS, POOL_BUTTONS, ROWS_POOLS };

struct rows_names {
	struct pool *own;
	uint32_t *shared; /* by own number; 0 = not asked yet */
	uint32_t shared_cap;
};

/* The last: numbers of the business come in rows. */
struct number_seen {
	char text[24];
	size_t len; /* 0 = none */
	uint32_t id;
};

struct rows {
	const struct rows_table *table;
	struct when when;
	struct arena *scratch; /* of one row */
	struct arena *kept;    /* of the piece */
	struct rows_names names[ROWS_POOLS];
	struct number_seen number_seen;
	struct memo statuses, types, directions, purposes;
	/* What came of the piece. */
	struct event *events;
	size_t events_len, events_cap;
	struct sum *sums;
	size_t sums_len, sums_cap;
	struct str *bsuids; /* people of events stand for their places in it */
	size_t bsuids_len, bsuids_cap;
	int64_t rows, unread_rows, inbound, consents, unknown_words;
	struct unread unread[EXAMPLES_MAX];
	size_t unread_len;
};

/* NULL when memory ran out. The zone has been tried before. */
MUST_CHECK struct rows *rows_new(const struct analyze_options *o);
void rows_free(struct rows **pr);

/* A new piece of that table. -E_NOMEM. */
MUST_CHECK int rows_begin(struct rows *r, const struct rows_table *table, struct err *err);
/* One record; nothing of it is needed afterwards. -E_NOMEM only. */
MUST_CHECK int rows_take(
    struct rows *r, uint64_t row, const struct str *fields, size_t n, struct err *err);
/* All of the piece to the analysis and the sorter. -E_NOMEM, or the sorter's. */
MUST_CHECK int rows_give(
    struct rows *r, struct analysis *a, struct sorter *sorter, struct err *err);

#endif
