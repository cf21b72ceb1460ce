/* apps/gateway/api_import.h: what the parts of an import share: api_upload.c takes the file in,
 * api_import_pass.c looks it through, api_import_head.c reads what its columns are, api_import_rows.c its
 * cells, api_import.c does the rest; api_imports.c shows and undoes. An audience (api_audience.c) is taken
 * in by the same parts. */
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
	COLUMN_DETAILS, /* here begin those of consent_details.h */
	COLUMN_TEXT_VERSION = COLUMN_DETAILS,
	COLUMN_LANGUAGE,
	COLUMN_NOTICE_VERSION,
	COLUMN_NOTICE_URL,
	COLUMN_TERMS_VERSION,
	COLUMN_TERMS_URL,
	COLUMN_CHANNEL,
	COLUMN_HOW,
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

/* How a table is looked through before its first row is taken. */
struct import_pass {
	const char *field; /* that errors of the table are told as of */
	int (*head)(struct api_call *c, struct err *err); /* reads its header, before each pass */
	/* So many rows so far, or in all of it: may refuse. NULL = takes any. */
	int (*seen)(struct api_call *c, int64_t rows, bool all, struct err *err);
	void (*then)(struct api_call *c); /* the table is sound, and behind its header again */
	int64_t rows;                     /* told */
};

/* The state of a call that takes a table in, or the first member of it. */
struct import {
	struct import_pass pass;
	struct table *table;
	atomic_uint_fast64_t *slot;          /* among those under way; NULL = none yet */
	struct str names[IMPORT_FIELDS_MAX]; /* of the columns */
	size_t names_len;
	int place[COLUMNS]; /* in a record; -1 = not there */
	bool contacts;      /* an audience: only who is named counts, not what they agreed to */
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

/* On the loop, some rows a turn; a table that is not sound ends the call. m->table is open. */
void import_look_through(struct api_call *c);
/* The call's next turn. */
void import_go_on(struct api_call *c, void (*run)(struct loop_work *work));
/* Nobody waits for the answer any more, and the gateway shuts down. */
bool import_is_abandoned(const struct api_call *c);
/* `r`; what is told as of "file" is told as of the pass's field. */
int import_name_file(const struct import *m, int r, struct err *err);

/* The first record of a table that table_prepare() is done with. Errors are told as of "file". */
MUST_CHECK int import_read_head(struct api_call *c, struct import *m, struct err *err);
/* What is wrong with the table, as of "file". */
int import_fail_table(struct api_call *c, const struct err *why, struct err *err);

/* Reads the cells of a record; what it needs is copied into m->arena. A row that cannot be is
 * rejected, with its problem. */
void import_read_row(struct import *m, const struct str *cells, size_t n, uint64_t number,
    time_ms now, struct import_row *ret);
/* The same of an audience: only who is named. */
void import_read_contact(struct import *m, const struct str *cells, size_t n, uint64_t number,
    time_ms now, struct import_row *ret);
/* Nothing but blanks: spreadsheets write such rows behind the last one. */
bool import_row_is_blank(const struct str *cells, size_t n);
/* A time of day without a zone, "2026-11-22T10:30:00", as that zone's clocks show it; UTC when its
 * p is NULL. */
MUST_CHECK int import_parse_local(struct str text, struct str zone, time_ms *ret);

/* What tables of ours may be. */
extern const struct table_limits import_limits;

/* A place among the imports under way, with `id` in it; NULL when all are taken. Empty it with
 * atomic_store. (api_imports.c) */
atomic_uint_fast64_t *import_take_slot(struct gateway *g, uint64_t id);

/* The object; `told` = with the first problems. On the loop. (api_imports.c) */
MUST_CHECK int import_write(
    struct api_call *c, const struct consent_import *x, bool told, struct err *err);

#endif
