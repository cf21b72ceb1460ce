/* domain/dsar.h: everything that is kept of one person, as one JSON object: what they have a right to
 * see (art. 15 GDPR), and what is sealed for the defence of claims before they are forgotten.
 *
 * {"format":"varco-dsar/1","at","person","phone","bsuids","timezone","known_since","suppressed",
 * "meta_stop","history","contacts","marketing","delivered","marks","calls","requests","stops",
 * "consents","decisions"}. Acts and decisions have a member "ledger": the number of their entry and what opens
 * it, so that the person can hold it against a checkpoint. Ids of other people are masked. */
#ifndef DOMAIN_DSAR_H
#define DOMAIN_DSAR_H

#include "base/document.h"
#include "base/json.h"
#include "base/lang.h"
#include "domain/erasure.h"

struct dsar {
	const struct erasure_plan *plan;
	struct json_writer *w;
	enum lang lang;
	struct arena *arena; /* scratch; emptied by both */
	const char *
	    state_dir; /* files that were attached go in as base 64; NULL = only their digests do */
	size_t next;   /* of the plan's decisions */
};

/* All but the decisions, of the person as they are; -E_NOT_FOUND when there is nobody any more. */
MUST_CHECK int dsar_begin(struct store_conn *c, struct dsar *d, time_ms now, struct err *err);
/* Some decisions: 1 there are more; 0 the object is complete. */
MUST_CHECK int dsar_next(struct store_conn *c, struct dsar *d, struct err *err);

/* The complete object as a document for people, made at `at`; it borrows nothing of `object`.
 * (dsar_document.c) */
MUST_CHECK int dsar_document(struct str object, enum lang lang, time_ms at, struct arena *a,
    struct document **ret, struct err *err);

#endif
