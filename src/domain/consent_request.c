#include "domain/consent_request.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/lang.h"
#include "domain/journal.h"
#include "store/query.h"

#define PURGE_AT_ONCE 500

static const char *const names[] = {
	[REQUEST_PENDING] = "pending",
	[REQUEST_CONFIRMED] = "confirmed",
	[REQUEST_DECLINED] = "declined",
	[REQUEST_WITHDRAWN] = "withdrawn",
	[REQUEST_EXPIRED] = "expired",
	[REQUEST_REFUSED] = "refused",
};

const char *request_state_name(enum request_state s)
{
	return s >= REQUEST_PENDING && (size_t)s < ARRAY_LEN(names) ? names[s] : "";
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on requests.");
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Those whose question did not go out. */
static int drop_unasked(struct store_conn *c, const struct consent_request *r, struct err *err)
{
	return store_do(c, err,
	    "UPDATE consent_request SET state = 4, answered_at = ?4 WHERE person = ?1 AND state = 1"
	    " AND number = ?2 AND purpose = ?3 AND EXISTS (SELECT 1 FROM decision d"
	    " WHERE d.id = consent_request.decision AND d.state IN (?5, ?6, ?7, ?8))",
	    "itimiiii", (int64_t)r->person, r->number, (int64_t)r->purpose, r->at,
	    (int64_t)SEND_REFUSED, (int64_t)SEND_FAILED, (int64_t)SEND_CANCELLED,
	    (int64_t)SEND_EXPIRED);
}

int request_add(struct store_conn *c, const struct consent_request *r, struct err *err)
{
	int64_t open = 0;
	int rc = drop_unasked(c, r, err);

	if (rc < 0)
		return rc;
	rc = store_ask_int(c, &open, err,
	    "SELECT count(*) FROM consent_request WHERE person = ?1 AND state = 1 AND number = ?2"
	    " AND purpose = ?3 AND expires_at > ?4",
	    "itim", (int64_t)r->person, r->number, (int64_t)r->purpose, r->at);

	if (rc < 0)
		return rc;
	if (open)
		return err_set(
		    err, E_CONFLICT, N_("This person was asked already, and may still answer."));
	return store_do(c, err,
	    "INSERT INTO consent_request (id, person, number, purpose, state, at, expires_at, decision,"
	    " leaf, wording, source, details) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, 0, ?8, ?9, ?10)",
	    "iitimmittt", (int64_t)r->id, (int64_t)r->person, r->number, (int64_t)r->purpose, r->at,
	    r->expires_at, (int64_t)r->decision, r->wording, r->source, r->details);
}

int request_close(struct store_conn *c, uint64_t id, enum request_state to, int64_t leaf,
    time_ms now, struct err *err)
{
	ASSERT(to > REQUEST_PENDING && to < REQUEST_EXPIRED);
	return store_do(c, err,
	    "UPDATE consent_request SET state = ?2, leaf = ?3, answered_at = ?4"
	    " WHERE id = ?1 AND state = 1",
	    "iiim", (int64_t)id, (int64_t)to, leaf, now);
}

int request_close_all(struct store_conn *c, uint64_t person, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE consent_request SET state = 4, answered_at = ?2 WHERE person = ?1 AND state = 1",
	    "im", (int64_t)person, now);
}

int request_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int64_t left = 0;
	int r = store_do(c, err,
	    "DELETE FROM consent_request WHERE id IN (SELECT id FROM consent_request"
	    " WHERE id < ?1 AND expires_at < ?2 ORDER BY id LIMIT ?3)",
	    "imi", (int64_t)id_first_at(before), before, (int64_t)PURGE_AT_ONCE);

	if (r == 0)
		r = store_ask_int(c, &left, err,
		    "SELECT count(*) FROM (SELECT id FROM consent_request WHERE id < ?1"
		    " AND expires_at < ?2 LIMIT 1) x",
		    "im", (int64_t)id_first_at(before), before);
	return r < 0 ? r : left > 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

#define COLUMNS \
	"id, person, number, purpose, state, at, expires_at, answered_at, decision, leaf, wording," \
	" source, details"

static int take(struct store_stmt *s, time_ms now, struct arena *a, struct consent_request *ret,
    struct err *err)
{
	*ret = (struct consent_request){
		.id = (uint64_t)store_col_int(s, 0),
		.person = (uint64_t)store_col_int(s, 1),
		.purpose = (enum purpose)store_col_int(s, 3),
		.state = (enum request_state)store_col_int(s, 4),
		.at = store_col_int(s, 5),
		.expires_at = store_col_int(s, 6),
		.answered_at = store_col_time(s, 7),
		.decision = (uint64_t)store_col_int(s, 8),
		.leaf = store_col_int(s, 9),
	};
	if (ret->state == REQUEST_PENDING && ret->expires_at <= now)
		ret->state = REQUEST_EXPIRED;
	if (store_copy_text(s, 2, a, &ret->number) < 0 ||
	    store_copy_text(s, 10, a, &ret->wording) < 0 ||
	    store_copy_text(s, 11, a, &ret->source) < 0 ||
	    store_copy_text(s, 12, a, &ret->details) < 0)
		return no_memory(err);
	return 1;
}

int request_get(struct store_conn *c, uint64_t id, time_ms now, struct arena *a,
    struct consent_request *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT " COLUMNS " FROM consent_request WHERE id = ?1", "i", (int64_t)id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		r = take(s, now, a, ret, err);
	store_reset(s);
	return r;
}

int request_only(struct store_conn *c, uint64_t person, struct str number, time_ms now,
    struct arena *a, struct consent_request *ret, struct err *err)
{
	struct consent_request found;
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT " COLUMNS
	    " FROM consent_request WHERE person = ?1 AND state = 1 AND number = ?2"
	    " AND expires_at > ?3 ORDER BY id LIMIT 2",
	    "itm", (int64_t)person, number, now);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && (r = take(s, now, a, &found, err)) > 0)
		n++;
	store_reset(s);
	if (r < 0 || n != 1)
		return r < 0 ? r : 0;
	*ret = found;
	return 1;
}

int request_list(struct store_conn *c, const struct request_filter *f, time_ms now, struct arena *a,
    struct consent_request **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct consent_request *items = ARENA_ARRAY(a, struct consent_request, f->limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = items ? store_ask(c, &s, err,
			    "SELECT " COLUMNS " FROM consent_request WHERE id < ?1 AND (?2 = 0"
			    " OR (?2 = 5 AND state = 1 AND expires_at <= ?3)"
			    " OR (state = ?2 AND (state <> 1 OR expires_at > ?3)))"
			    " ORDER BY id DESC LIMIT ?4",
			    "iimi", f->before ? (int64_t)f->before : INT64_MAX, (int64_t)f->state,
			    now, (int64_t)f->limit + 1)
		      : no_memory(err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && (r = take(s, now, a, &items[n], err)) > 0)
		n++;
	store_reset(s);
	if (r < 0)
		return r;
	*ret_more = n > f->limit;
	*ret_len = *ret_more ? f->limit : n;
	*ret = items;
	return 0;
}

/* --- buttons ---------------------------------------------------------------------------------- */

#define PREFIX "varco:"

void request_payload(uint64_t id, bool yes, char out[REQUEST_PAYLOAD_MAX])
{
	char text[ID_TEXT_MAX];

	id_format("req", id, text);
	(void)snprintf(out, REQUEST_PAYLOAD_MAX, PREFIX "%s:%s", text, yes ? "yes" : "no");
}

bool request_payload_read(struct str payload, uint64_t *ret_id, bool *ret_yes)
{
	if (!str_starts(payload, STR(PREFIX)))
		return false;
	struct str rest = str_sub(payload, sizeof(PREFIX) - 1, payload.len);
	struct str id = str_cut(&rest, ':');
	bool yes = str_eq(rest, STR("yes"));

	if ((!yes && !str_eq(rest, STR("no"))) || id_parse("req", id, ret_id) < 0)
		return false;
	*ret_yes = yes;
	return true;
}
