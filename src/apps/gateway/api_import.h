/* apps/gateway/api_import.h: what the two halves of an import share: api_import_rows.c reads
 * cells, api_import.c does the rest. */
#ifndef APPS_GATEWAY_API_IMPORT_H
#define APPS_GATEWAY_API_IMPORT_H

#include "apps/gateway/api.h"
#include "base/csv.h"
#include "domain/consent.h"
#include "domain/consent_import.h"

#define IMPORT_FIELDS_MAX 64
#define IMPORT_CHUNK_ROWS 200
#define IMPORT_PROBLEMS_MAX 1000 /* told; those beyond are counted */

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

struct import_problem {
	uint64_t row;
	const char *column; /* NULL = the row as a whole */
	const char *reason; /* a msgid, or an English sentence */
	struct str value;   /* masked */
};

struct import_row {
	uint64_t number; /* as a spreadsheet counts; the header is 1 */
	bool rejected;
	bool late; /* only recording it showed that: forgotten when the job runs again */
	struct import_problem problem;
	struct phone phone;
	struct str bsuid; /* p NULL = none */
	struct consent_entry entry;
};

struct import {
	struct str table;
	bool dry;
	struct csv *csv;
	struct str names[IMPORT_FIELDS_MAX]; /* of the columns */
	size_t names_len;
	int place[COLUMNS];            /* in a record; -1 = not there */
	struct str country, portfolio; /* api_country, api_portfolio */
	struct arena *arena;           /* of the chunk */
	struct import_row rows[IMPORT_CHUNK_ROWS];
	size_t rows_len;
	bool begun, last; /* something was recorded; the chunk is the last one */
	/* sums up to the chunk, and with it */
	struct consent_import record, record_after;
	struct import_problem problems[IMPORT_PROBLEMS_MAX];
	size_t problems_len, problems_after;
};

/* The column of ours with that name, in any case of letters; COLUMNS when it is none. */
enum import_column import_column_of(struct str name);
const char *import_column_name(enum import_column column);

/* Reads the cells of a record; what it needs is copied into m->arena. A row that cannot be is
 * rejected, with its problem. */
void import_read_row(
    struct import *m, const struct str *cells, size_t n, time_ms now, struct import_row *ret);
/* Nothing but blanks: spreadsheets write such rows behind the last one. */
bool import_row_is_blank(const struct str *cells, size_t n);

#endif
