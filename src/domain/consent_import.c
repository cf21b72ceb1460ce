#include "domain/consent_import.h"

#include "store/query.h"

int consent_import_begin(struct store_conn *c, const struct consent_import *x, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO consent_import (id, at, name, digest, row_count, accepted, rejected,"
	    " report)"
	    " VALUES (?1, ?2, ?3, ?4, 0, 0, 0, '[]')",
	    "imtb", (int64_t)x->id, x->at, x->name, str_n((const char *)x->digest.b, SHA256_LEN));
}

int consent_import_finish(struct store_conn *c, const struct consent_import *x, struct err *err)
{
	return store_do(c, err,
	    "UPDATE consent_import SET row_count = ?2, accepted = ?3, rejected = ?4, report = ?5"
	    " WHERE id = ?1",
	    "iiiit", (int64_t)x->id, x->rows, x->accepted, x->rejected, x->report);
}
