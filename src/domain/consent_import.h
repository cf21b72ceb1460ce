/* domain/consent_import.h: the record of a table of consents that was taken in: which one, when,
 * and what became of its rows. The acts themselves carry its id (consent.h). Inside the caller's
 * transaction. */
#ifndef DOMAIN_CONSENT_IMPORT_H
#define DOMAIN_CONSENT_IMPORT_H

#include "base/clock.h"
#include "base/crypto.h"
#include "store/store.h"

struct consent_import {
	uint64_t id;
	time_ms at;
	struct str name;      /* p NULL = none */
	struct sha256 digest; /* of the table's bytes */
	int64_t rows, accepted, rejected;
	struct str report; /* a JSON array of problems */
};

/* A large table takes several transactions: until the last one, its counts are 0 and its report
 * is empty. */
MUST_CHECK int consent_import_begin(
    struct store_conn *c, const struct consent_import *x, struct err *err);
MUST_CHECK int consent_import_finish(
    struct store_conn *c, const struct consent_import *x, struct err *err);

#endif
