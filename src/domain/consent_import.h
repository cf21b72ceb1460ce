/* domain/consent_import.h: a table of consents that was taken in, as one thing: which one, by whom,
 * when, what became of its rows, and whether it was undone. The acts themselves carry its id
 * (consent.h).
 *
 *  (1) An import never overrules a withdrawal that is as new or newer, nor an older one with a grant
 *      of which it is itself the only evidence; each attempt is kept.
 *      A grant of everything is kept away as a whole by an older withdrawal of one purpose.
 *  (2) Undoing it takes nothing out (consent_undo.h).
 *  (3) Withdrawals that answer an act stand for nobody's wish: an import may overrule them.
 *
 * Inside the caller's transaction. Strings lie in the arena. */
#ifndef DOMAIN_CONSENT_IMPORT_H
#define DOMAIN_CONSENT_IMPORT_H

#include "domain/consent.h"

/* Stored; never renumber. */
enum import_state {
	IMPORT_RUNNING = 1,
	IMPORT_DONE = 2,
	IMPORT_TRIED = 3,   /* a dry run: nothing was recorded */
	IMPORT_STOPPED = 4, /* broke off; what was recorded by then counts */
	IMPORT_UNDOING = 5,
	IMPORT_UNDONE = 6,
};
const char *import_state_name(enum import_state state); /* "running" …; "" for none of them */

struct consent_import {
	uint64_t id;
	time_ms at, ended_at; /* ended_at TIME_NONE = not yet */
	struct str by;
	struct str name;      /* p NULL = none */
	struct str form;      /* "csv" or "xlsx" */
	struct sha256 digest; /* of the file */
	int64_t bytes;
	bool dry;
	enum import_state state;
	int64_t total; /* rows of the table, as counted before the first was read */
	/* rows = accepted + rejected; known and blocked are among them */
	int64_t rows, accepted, known, rejected, blocked;
	/* of an undo: acts that were answered, and those that need no answer or may have none */
	time_ms undone_at; /* TIME_NONE = never */
	int64_t undone, kept;
	int64_t undo_leaf; /* how far it came */
};

/* -E_STORE; x->state and the counts are as given. */
MUST_CHECK int consent_import_begin(
    struct store_conn *c, const struct consent_import *x, struct err *err);
/* State, end and counts. */
MUST_CHECK int consent_import_update(
    struct store_conn *c, const struct consent_import *x, struct err *err);
/* 1, or 0 when there is none. */
MUST_CHECK int consent_import_get(struct store_conn *c, uint64_t id, struct arena *a,
    struct consent_import *ret, struct err *err);
/* Newest first, ids below `before` (0 = any). At most `limit`, and then *ret_more. */
MUST_CHECK int consent_import_list(struct store_conn *c, uint64_t before, size_t limit,
    struct arena *a, struct consent_import **ret, size_t *ret_len, bool *ret_more, struct err *err);

/* --- what was not taken ----------------------------------------------------------------------- */

struct import_problem {
	uint64_t row;          /* as a spreadsheet counts */
	bool blocked;          /* it would have overruled a withdrawal */
	struct str column;     /* p NULL = the row as a whole */
	struct str value;      /* masked */
	struct str reason;     /* msgids, or English sentences */
	struct str fix;        /* what to do */
	struct str suggestion; /* the value that may have been meant; p NULL = none */
};
MUST_CHECK int consent_import_note(
    struct store_conn *c, uint64_t import, const struct import_problem *p, struct err *err);
/* In the order of the rows, those behind row `after`. */
MUST_CHECK int consent_import_problems(struct store_conn *c, uint64_t import, uint64_t after,
    size_t limit, struct arena *a, struct import_problem **ret, size_t *ret_len, bool *ret_more,
    struct err *err);

/* --- acts ------------------------------------------------------------------------------------- */

enum import_fate {
	IMPORT_RECORDED,
	IMPORT_KNOWN,    /* on record already */
	IMPORT_BLOCKED,  /* by a withdrawal that is as new or newer */
	IMPORT_UNPROVEN, /* by an older one, for want of evidence */
};

/* What would become of one act of an import, by what is on record: a person that was merged into
 * another is that one. */
MUST_CHECK int consent_import_judge(
    struct store_conn *c, const struct consent_entry *e, enum import_fate *ret, struct err *err);
/* And it does become that. Errors as consent_append(). */
MUST_CHECK int consent_import_act(struct store_conn *c, struct ledger *ledger,
    const struct consent_entry *e, time_ms now, enum import_fate *ret, struct err *err);

#endif
