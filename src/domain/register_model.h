/* domain/register_model.h: the register as a whole, for those who ask for it: one reading, written as
 * JSON, as CSV, and as a document for people ("Documentation of the integrations").
 *
 * What is said of an entry stands beside what is seen of it, and beside what is missing. A statement
 * that nothing was found is worth what was covered: the scans stand in the same document. The entries
 * of the ledger behind each change are named, and the checkpoint that signs them. */
#ifndef DOMAIN_REGISTER_MODEL_H
#define DOMAIN_REGISTER_MODEL_H

#include "base/document.h"
#include "domain/bypass.h"
#include "domain/ledger_point.h"
#include "domain/register_scan.h"
#include "domain/register_use.h"

#define REGISTER_FORMAT "varco-register/1"
#define REGISTER_USE_DAYS 30
#define REGISTER_SCANS_TOLD 100
#define REGISTER_HOURS_TOLD 200

struct register_row {
	struct integration_entry entry;
	struct use *uses; /* of the last REGISTER_USE_DAYS */
	size_t uses_len;
	struct register_change *history;
	size_t history_len;
};

struct register_model {
	time_ms at;
	int64_t unseen_ms;         /* pack_register's */
	struct register_row *rows; /* by name */
	size_t rows_len;
	struct scan_record *scans; /* newest first */
	size_t scans_len;
	struct bypass_hour *hours;
	size_t hours_len;
	struct ledger_tenant tenant;
	struct ledger_point point; /* size 0 = there is no checkpoint */
	struct str key;            /* of the ledger, as a line */
};

struct register_ask {
	time_ms now;
	int64_t unseen_ms;
	struct str key;
};
/* Everything in the arena; in the caller's transaction, so that all is of one moment. */
MUST_CHECK int register_model_read(struct store_conn *c, const struct register_ask *ask,
    struct arena *a, struct register_model *ret, struct err *err);

/* --- one entry -------------------------------------------------------------------------------- */

/* What is missing of an entry or past, as words of the API: "owner", "review_overdue" … */
#define REGISTER_GAPS_MAX 10
size_t register_gaps(const struct integration_entry *e, time_ms now, int64_t unseen_ms,
    const char *ret[REGISTER_GAPS_MAX]);
/* The sentence of a gap; msgid. */
const char *register_gap_text(const char *gap);

/* As an object; without `uses` when there are none to tell. */
void register_entry_write(
    struct json_writer *w, const struct integration_entry *e, const struct use *uses, size_t len);
/* The same with "gaps", as of `now`. */
void register_entry_write_judged(struct json_writer *w, const struct integration_entry *e,
    const struct use *uses, size_t len, time_ms now, int64_t unseen_ms);
void register_hour_write(struct json_writer *w, const struct bypass_hour *h);
void register_change_write(struct json_writer *w, const struct register_change *x, struct arena *a);

/* --- the whole -------------------------------------------------------------------------------- */

void register_model_json(const struct register_model *m, struct arena *a, struct buf *out);
/* A row an entry, a column a field; spreadsheets show it and calculate nothing (base/csv_write.h). */
MUST_CHECK int register_model_csv(const struct register_model *m, struct arena *a, struct buf *out);
/* NULL when memory ran out. (register_document.c) */
MUST_CHECK struct document *register_document(
    const struct register_model *m, enum lang lang, struct arena *a);

#endif
