#include "domain/ledger_checked.h"

#include "base/check.h"
#include "store/query.h"

int ledger_checked_set(
    struct store_conn *c, const struct ledger_report *report, time_ms at, struct err *err)
{
	const struct ledger_finding *f = &report->finding;

	return store_do(c, err,
	    "INSERT INTO ledger_checked (id, at, entries, covered, checkpoints, fault, seq, until, record)"
	    " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET at = excluded.at,"
	    " entries = excluded.entries, covered = excluded.covered, checkpoints = excluded.checkpoints,"
	    " fault = excluded.fault, seq = excluded.seq, until = excluded.until, record = excluded.record",
	    "miiiiiit", at, report->entries, report->covered, report->checkpoints,
	    (int64_t)f->fault, f->seq, f->until, str_c(f->record));
}

int ledger_checked_get(struct store_conn *c, struct ledger_checked *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT at, entries, covered, checkpoints, fault, seq, until, record FROM ledger_checked WHERE id = 1",
	    "");

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		*ret = (struct ledger_checked){
			.at = store_col_time(s, 0),
			.entries = store_col_int(s, 1),
			.covered = store_col_int(s, 2),
			.checkpoints = store_col_int(s, 3),
			.finding = { .fault = store_col_is_up_to(s, 4, LEDGER_SUPPRESSION_OTHER)
				? (enum ledger_fault)store_col_int(s, 4)
				: LEDGER_DAMAGED,
			    .seq = store_col_int(s, 5),
			    .until = store_col_int(s, 6) },
		};
		if (str_to_c(
			store_col_text(s, 7), ret->finding.record, sizeof(ret->finding.record)) < 0)
			ret->finding.record[0] = '\0';
	}
	store_reset(s);
	return r;
}
