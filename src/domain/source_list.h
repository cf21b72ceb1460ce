/* domain/source_list.h: the lists that the rows of audiences name as where they come from: how old
 * their consents are, and what came back on what was sent to them. One that does harm is suspended:
 * its people are left out of every campaign until it is given back. From the moment it is suspended
 * nobody of it is sent to (source_list_is_suspended); their rows say so a slice at a time, since there
 * may be a million of them. Inside the caller's transaction. */
#ifndef DOMAIN_SOURCE_LIST_H
#define DOMAIN_SOURCE_LIST_H

#include "domain/campaign_people.h"
#include "domain/pack.h"

struct source_list {
	struct str name;
	time_ms suspended_at; /* TIME_NONE = it is not */
	struct str by, reason;
	int64_t people; /* rows of audiences */
	int64_t sent, delivered, read, failed, opt_outs, clicks;
	time_ms
	    used_at; /* when somebody of it was last put on record as a send, also if that was called back */
	time_ms oldest, newest; /* grants of its people; TIME_NONE = there is none */
};

/* In one transaction, or figures are of different moments. All of them in the order of their names, at most `limit` behind `after` (p NULL = from the first). */
MUST_CHECK int source_lists(struct store_conn *c, struct str after, size_t limit, struct arena *a,
    struct source_list **ret, size_t *ret_len, bool *ret_more, struct err *err);
/* Why it would be better suspended: "failures", "opt_outs" or "old"; NULL when nothing proves it. */
const char *source_list_advice(const struct source_list *s, const struct pack *pack, time_ms now);
/* From now on, with the first slice of its rows. *ret_people: of all campaigns that have not ended, who
 * wait no more. -E_NOT_FOUND (field "source") when no audience ever named it. */
MUST_CHECK int source_list_suspend(struct store_conn *c, struct str name, struct str by,
    struct str reason, time_ms now, int64_t *ret_people, struct err *err);
/* They wait again. -E_NOT_FOUND when it is not suspended. */
MUST_CHECK int source_list_resume(
    struct store_conn *c, struct str name, int64_t *ret_people, struct err *err);
/* The next slice of any list's rows: 1 there may be more. */
MUST_CHECK int source_list_sweep(struct store_conn *c, struct arena *a, struct err *err);
/* Whether people of a list wait again whose rows do not say so yet: 1 or 0. No campaign is done before. */
MUST_CHECK int source_list_comes_back(struct store_conn *c, struct err *err);
/* 1 or 0. */
MUST_CHECK int source_list_is_suspended(struct store_conn *c, struct str name, struct err *err);
/* The same of the list from which whoever gets that send of a campaign comes; 0 for any other send. */
MUST_CHECK int source_list_stops_send(struct store_conn *c, uint64_t decision, struct err *err);

#endif
