/* apps/gateway/api_import.h: what the parts of an import share: api_upload.c takes the file in,
 * api_import_head.c reads what its columns are, api_import_rows.c its cells, api_import.c does the
 * rest; api_imports.c shows and undoes. */
#ifndef APPS_GATEWAY_API_IMPORT_H
#define APPS_GATEWAY_API_IMPORT_H

#include "apps/gateway/api.h"
#include "base/table.h"
#include "domain/consent_import.h"

#define IMPORT_FIELDS_MAX 64
#define IMPORT_RECORD_MAX ((size_t)64 * 1024)
#define IMPORT_READ_ROWS 500            /* before others have their turn */
#define IMPORT_CHUNK_ROWS 500           /* recorded in one transaction */
#define IMPORT_WINDOW_ROWS 50000        /* in memory, at most, */
#define IMPORT_WINDOW_BYTES (12u << 20) /* with texts of so many bytes, or a little more */
#define IMPORT_KEEP_KIB (32 << 10)      /* of the store, while rows pass through it */
#define IMPORT_TOLD_MAX 1000            /* problems in an answer; the report has all of them */
#define IMPORT_BEGINS 1                 /* in its slot, before it has an id */

enum import_column {
	COLUMN_PHONE,
	COLUMN_BSUID,
	COLUMN_PURPOSE,
	COLUMN_ACT,
	COLUMN_AT,
	COLUMN_EVIDENCE,
	COLUMN_TEXT,
	COLUMN_SOURCE,
	COLUMNS, /* the row as a whole, or a column that is none of ours */
};

struct import_row {
	uint64_t number; /* as a spreadsheet counts; the header is 1 */
	bool rejected, known;
	bool late; /* only recording it showed that: forgotten when the job runs again */
	struct import_problem *problem; /* of one that is rejected */
	struct phone phone;
	struct str bsuid; /* p NULL = none */
	struct consent_entry entry;
};

struct import {
	struct table *table;
	atomic_uint_fast64_t *slot;          /* among those under way; NULL = none yet */
	struct str names[IMPORT_FIELDS_MAX]; /* of the columns */
	size_t names_len;
	int place[COLUMNS]; /* in a record; -1 = not there */
	/* api_country, the zone of times that name none, api_portfolio; p NULL = none */
	struct str country, zone, portfolio;
	struct import_row *rows;       /* the window, by telephone number once it is full */
	size_t rows_len, at, len;      /* of them the chunk: from `at`, so many */
	struct arena *arena, *scratch; /* of the window; of the chunk */
	bool begun, ended;             /* its record is there; the table was read to its end */
	bool last;                     /* the chunk is the last one */
	bool failed;                   /* memory ran out while a row was read */
	struct err why;                /* it broke off */
	/* up to the chunk, and with it */
	struct consent_import record, record_after;
};

/* The column of ours with that name, in any case of letters; COLUMNS when it is none. */
enum import_column import_column_of(struct str name);
const char *import_column_name(enum import_column column);

/* The first record of a table that table_prepare() is done with. Errors are told as of "file". */
MUST_CHECK int import_read_head(struct api_call *c, struct import *m, struct err *err);
/* What is wrong with the table, as of "file". */
int import_fail_table(struct api_call *c, const struct err *why, struct err *err);

/* Reads the cells of a record; what it needs is copied into m->arena. A row that cannot be is
 * rejected, with its problem. */
void import_read_row(struct import *m, const struct str *cells, size_t n, uint64_t number,
    time_ms now, struct import_row *ret);
/* Nothing but blanks: spreadsheets write such rows behind the last one. */
bool import_row_is_blank(const struct str *cells, size_t n);
/* A time of day without a zone, "2026-11-22T10:30:00", as that zone's clocks show it; UTC when its
 * p is NULL. */
MUST_CHECK int import_parse_local(struct str text, struct str zone, time_ms *ret);

/* A place among the imports under way, with `id` in it; NULL when all are taken. Empty it with
 * atomic_store. (api_imports.c) */
atomic_uint_fast64_t *import_take_slot(struct gateway *g, uint64_t id);

/* The object; `told` = with the first problems. On the loop. (api_imports.c) */
MUST_CHECK int import_write(
    struct api_call *c, const struct consent_import *x, bool told, struct err *err);

#endif
