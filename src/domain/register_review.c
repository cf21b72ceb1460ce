#include "domain/register_review.h"

#include "base/check.h"
#include "base/json.h"
#include "domain/inbox.h"
#include "store/query.h"

#define AT_ONCE 50

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while looking at review dates.");
}

int register_tell(const struct register_act *act, const char *kind,
    const struct integration_entry *e, struct err *err)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_member_str(&w, "name", e->name);
	jw_member_str(&w, "owner", e->owner);
	jw_member_time(&w, "review_by", e->review_by);
	jw_object_end(&w);
	int r = text.failed ? no_memory(err)
			    : alarm_add(act->c, id_next(act->ids, act->now), str_c(kind), e->id,
				  buf_str(&text), act->now, err);
	buf_done(&text);
	return r;
}

/* --- ids -------------------------------------------------------------------------------------- */

struct ids {
	struct str list[AT_ONCE];
	size_t len;
};

/* The first column of all rows of a statement that has at most AT_ONCE. */
static int take_ids(int r, struct store_stmt *s, struct arena *a, struct ids *ret, struct err *err)
{
	ret->len = 0;
	if (r < 0)
		return r;
	while (ret->len < AT_ONCE && (r = store_step(s, err)) > 0) {
		if (store_copy_text(s, 0, a, &ret->list[ret->len++]) < 0) {
			r = no_memory(err);
			break;
		}
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

/* --- review dates ----------------------------------------------------------------------------- */

/* Reminder `stage` of all whose date lies before `before`. */
static int remind(const struct register_act *act, time_ms before, int64_t stage, const char *kind,
    struct err *err)
{
	struct store_stmt *s = NULL;
	struct ids ids;
	int r = store_ask(act->c, &s, err,
	    "SELECT id FROM integration WHERE review_by <= ?1 AND review_told < ?2 AND status <> 'revoked'"
	    " AND state NOT IN ('removed', 'retired') ORDER BY review_by LIMIT ?3",
	    "mii", before, stage, (int64_t)AT_ONCE);

	r = take_ids(r, s, act->arena, &ids, err);
	for (size_t i = 0; r == 0 && i < ids.len; i++) {
		struct integration_entry e;
		r = integration_get(act->c, ids.list[i], act->arena, &e, err);
		if (r > 0)
			r = register_tell(act, kind, &e, err);
		if (r == 0)
			r = store_do(act->c, err,
			    "UPDATE integration SET review_told = ?2 WHERE id = ?1", "ti",
			    ids.list[i], stage);
	}
	return r < 0 ? r : ids.len >= AT_ONCE;
}

/* The last one first: who is overdue is not reminded that it is due. */
static int remind_all(
    const struct register_act *act, const struct pack_register *p, struct err *err)
{
	int64_t stage = (int64_t)p->remind_len + 1;
	int r = remind(act, act->now - MS_PER_DAY, stage, "integration.review_overdue", err);

	for (size_t i = p->remind_len; r == 0 && i > 0; i--)
		r = remind(act, act->now + p->remind_days[i - 1] * MS_PER_DAY, (int64_t)i,
		    "integration.review_due", err);
	return r;
}

/* --- exceptions ------------------------------------------------------------------------------- */

static bool has_ended(const struct integration_entry *e, time_ms now)
{
	time_ms day;

	return time_parse_date(e->details.v[REGISTER_EXCEPTION_UNTIL], &day) == 0 &&
	    day + MS_PER_DAY <= now;
}

static int end_exception(
    const struct register_act *act, const struct integration_entry *e, struct err *err)
{
	struct integration_entry after = *e;
	int r = store_do(act->c, err,
	    "UPDATE integration SET state = 'open', updated_at = ?2 WHERE id = ?1", "tm", e->id,
	    act->now);

	after.state = REGISTER_OPEN;
	if (r == 0)
		r = register_tell(act, "integration.exception_ended", e, err);
	return r < 0 ? r : register_note(act, REGISTER_CHANGED, e, &after, err);
}

static int end_exceptions(const struct register_act *act, struct err *err)
{
	struct store_stmt *s = NULL;
	struct ids ids;
	int r = store_ask(act->c, &s, err,
	    "SELECT id FROM integration WHERE state = 'accepted' AND verdict <> 'official'"
	    " AND details LIKE '%\"exception_until\"%' ORDER BY updated_at LIMIT ?1",
	    "i", (int64_t)AT_ONCE);

	r = take_ids(r, s, act->arena, &ids, err);
	for (size_t i = 0; r == 0 && i < ids.len; i++) {
		struct integration_entry e;
		r = integration_get(act->c, ids.list[i], act->arena, &e, err);
		if (r > 0)
			r = has_ended(&e, act->now) ? end_exception(act, &e, err) : 0;
	}
	return r;
}

int register_remind(const struct register_act *act, const struct pack_register *p, struct err *err)
{
	int more = remind_all(act, p, err);
	int r = more < 0 ? more : end_exceptions(act, err);

	return r < 0 ? r : more;
}
