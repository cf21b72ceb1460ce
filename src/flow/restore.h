/* flow/restore.h: a copy of the store is put in the place of the store of a gateway that does not run.
 *
 *  (1) What is put there was checked as it lies there: every page and index, the schema, the whole ledger against the
 *      key that signs it, and whether the keys of the state directory open what is sealed in it.
 *  (2) From its first to its last step a note beside the store says that it is under way: a gateway does not start on
 *      it, and doing it once more ends it. So either the former store is there or the copy, whole and on the disk.
 *  (3) A store that was there is not removed: it is called "….before-20261123T051200Z" from then on.
 *  (4) What is put there bears the mark of a copy: the gateway meets it by domain/restored.h. */
#ifndef FLOW_RESTORE_H
#define FLOW_RESTORE_H

#include "domain/ledger.h"
#include "domain/ledger_finding.h"

struct restore_options {
	const char *file;      /* the copy */
	const char *state_dir; /* of the keys */
	const char *store;     /* the path of the store's file */
	int64_t room_floor;    /* bytes of the disk that stay free */
};

struct restore_report {
	time_ms copied_at; /* as its mark says; of its last entry when it has none */
	int64_t entries;   /* of the ledger in it */
	int64_t behind;    /* migrations that the gateway will run on it */
	bool there;        /* a store is in that place */
	bool readable;     /* and it can be compared with the copy */
	bool same;         /* the copy's ledger is the beginning of its own */
	int64_t newer;     /* entries that the copy does not have, */
	int64_t newer_of[LEAF_ERASED + 1]; /* of each type, */
	int64_t withdrawals;               /* and acts of consent among them that withdraw */
	time_ms last_at;                   /* of the last of them */
	char aside[64]; /* behind the store's name, where it will be; "" = nowhere */
};

struct restore;
/* The copy stands beside the place of the store, checked, and nobody opens the store until it is closed. -E_BUSY: a
 * gateway runs on it; -E_CRYPTO: it does not hold, or the keys are others; -E_STORE it is damaged; -E_UNSUPPORTED,
 * -E_CONFLICT as schema_compare(); -E_RANGE too little room; -E_NOT_FOUND: it, or a key. */
MUST_CHECK int restore_prepare(const struct restore_options *o, time_ms now, struct restore **ret,
    struct restore_report *ret_report, struct err *err);
MUST_CHECK int restore_put(struct restore *r, struct err *err);
/* What was prepared and not put is gone. */
void restore_close(struct restore **pr);

/* Was one begun at that store and not ended. */
bool restore_is_under_way(const char *store);

#endif
