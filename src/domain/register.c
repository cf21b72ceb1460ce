#include "domain/register.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/inbox.h"
#include "domain/register_review.h"
#include "domain/value.h"
#include "store/query.h"

#define DAY_LEN 10 /* "2026-12-31" */
#define PERSON_MAX 200

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while changing the register of integrations.");
}

static int read_entry(
    const struct register_act *act, struct str id, struct integration_entry *ret, struct err *err)
{
	int r = integration_get(act->c, id, act->arena, ret, err);

	if (r == 0)
		return err_field(
		    err, E_NOT_FOUND, "id", N_("There is no integration %.*s."), STR_ARG(id));
	return r < 0 ? r : 0;
}

/* `before` as it was read; now it is read again. */
static int note_change(const struct register_act *act, const char *operation,
    const struct integration_entry *before, struct str id, struct err *err)
{
	struct integration_entry after;
	int r = read_entry(act, id, &after, err);

	if (r == 0 && before && before->review_told > 0 && after.review_told == 0)
		r = register_tell(act, "integration.reviewed", &after, err);
	return r < 0 ? r : register_note(act, operation, before, &after, err);
}

/* --- what must hold --------------------------------------------------------------------------- */

static struct str given_or(struct str given, struct str on_record)
{
	return given.p ? given : on_record;
}

static int check_key(struct str verdict, struct str status, bool keyed, struct err *err)
{
	if (keyed && str_eq(verdict, STR("unofficial")) && str_eq(status, STR("active")))
		return err_field(err, E_CONFLICT, "verdict",
		    N_("What is unofficial cannot send: suspend or revoke the app first."));
	return 0;
}

static int needs(struct str value, const char *field, const char *why, struct err *err)
{
	return value.len ? 0
			 : err_field(err, E_INVALID, field,
			       N_("The value of \"%s\" is missing: %s."), field, why);
}

/* What makes it right that an entry stays. */
static int check_approval(const struct register_values *given, const struct register_values *record,
    struct str verdict, time_ms now, struct err *err)
{
	struct str by = given_or(given->v[REGISTER_APPROVED_BY], record->v[REGISTER_APPROVED_BY]);
	struct str until = given_or(
	    given->v[REGISTER_EXCEPTION_UNTIL], record->v[REGISTER_EXCEPTION_UNTIL]);
	struct str reason = given_or(given->v[REGISTER_REASON], record->v[REGISTER_REASON]);
	time_ms end = TIME_NONE;
	int r = needs(by, "approved_by", "an accepted entry names who approved it", err);

	if (r < 0 || str_eq(verdict, STR("official")))
		return r;
	r = needs(reason, "reason", "an exception has a reason", err);
	if (r == 0)
		r = needs(until, "exception_until", "an exception has an end", err);
	if (r == 0 && (time_parse_date(until, &end) < 0 || end + MS_PER_DAY <= now))
		r = err_field(
		    err, E_RANGE, "exception_until", N_("The exception would have ended already."));
	return r;
}

/* The day of now as text in the arena. */
static struct str today(const struct register_act *act)
{
	char text[TIME_TEXT_MAX];

	time_format(act->now, text);
	return arena_str(act->arena, str_sub(str_c(text), 0, DAY_LEN));
}

/* Checks the move and completes what is to be written. */
static int check_state(const struct register_act *act, const struct integration_entry *e,
    struct integration_values *v, struct err *err)
{
	static const struct register_values none = { 0 };
	enum register_state from = e ? e->state : REGISTER_OPEN, to = from;
	struct str verdict = given_or(v->verdict, e ? e->verdict : STR("official"));
	bool scanned = e && e->found.p;

	if (v->state.p && !register_state_parse(v->state, &to))
		return err_field(err, E_INVALID, "state",
		    N_("The state must be one of open, accepted, removing, removed and retired."));
	/* Who lets an app send again has it in the register again. */
	if (!v->state.p && from == REGISTER_RETIRED && !scanned && str_eq(v->status, STR("active")))
		to = REGISTER_OPEN;
	int r = register_check_move(from, to, scanned, err);
	if (r < 0 || to == from)
		return r;
	v->state = str_c(register_state_name(to));
	if (to != REGISTER_ACCEPTED)
		return 0;
	if (!v->details.v[REGISTER_APPROVED_ON].p)
		v->details.v[REGISTER_APPROVED_ON] = today(act);
	return check_approval(&v->details, e ? &e->details : &none, verdict, act->now, err);
}

/* --- deeds ------------------------------------------------------------------------------------ */

static int find_by_name(const struct register_act *act, struct str name, bool *ret_known,
    struct integration_entry *ret, struct err *err)
{
	int r = name.p ? integration_find(act->c, name, act->arena, ret, err) : 0;

	*ret_known = r > 0 && str_eq(ret->name, name);
	return r < 0 ? r : 0;
}

int register_add(const struct register_act *act, const struct integration_values *v,
    char ret_id[ID_TEXT_MAX], char out_key[APP_KEY_MAX], struct err *err)
{
	struct integration_values given = *v;
	struct integration_entry before;
	bool known = false;
	int r = find_by_name(act, v->name, &known, &before, err);

	/* Again with the same values, it stands as it stands. */
	if (r == 0 && known && v->state.p && str_eq_c(v->state, register_state_name(before.state)))
		given.state = STR_NONE;
	if (r == 0)
		r = check_state(act, known ? &before : NULL, &given, err);
	if (r == 0)
		r = check_key(v->verdict, STR("active"), known ? before.keyed : !v->keyless, err);
	if (r == 0)
		r = integration_add(
		    act->c, act->key, &given, act->ids, act->now, ret_id, out_key, err);
	return r < 0 ? r
		     : note_change(act, known ? REGISTER_CHANGED : REGISTER_ENTERED,
			   known ? &before : NULL, str_c(ret_id), err);
}

int register_set(const struct register_act *act, struct str id, const struct integration_values *v,
    struct err *err)
{
	struct integration_values given = *v;
	struct integration_entry before;
	int r = read_entry(act, id, &before, err);

	if (r == 0)
		r = check_state(act, &before, &given, err);
	if (r == 0)
		r = check_key(given_or(v->verdict, before.verdict),
		    given_or(v->status, before.status), before.keyed, err);
	if (r == 0)
		r = integration_set(act->c, act->key, id, &given, act->now, err);
	return r < 0 ? r : note_change(act, REGISTER_CHANGED, &before, id, err);
}

int register_rotate(
    const struct register_act *act, struct str id, char out_key[APP_KEY_MAX], struct err *err)
{
	struct integration_entry before;
	int r = read_entry(act, id, &before, err);

	if (r == 0 && !before.keyed)
		r = err_field(err, E_INVALID, "id",
		    N_("The entry has no key: it is there to be documented."));
	if (r == 0)
		r = integration_rotate(act->c, id, act->now, out_key, err);
	return r < 0 ? r : register_note(act, REGISTER_ROTATED, &before, &before, err);
}

int register_revoke(const struct register_act *act, struct str id, struct err *err)
{
	struct integration_values v = { .status = STR("revoked") };
	struct integration_entry before;
	int r = read_entry(act, id, &before, err);

	if (r < 0)
		return r;
	if (register_may_move(before.state, REGISTER_RETIRED, MOVED_BY_PERSON, before.found.p))
		v.state = STR("retired");
	r = integration_set(act->c, act->key, id, &v, act->now, err);
	return r < 0 ? r : note_change(act, REGISTER_CHANGED, &before, id, err);
}

int register_review(const struct register_act *act, struct str id,
    const struct register_review *review, struct err *err)
{
	struct integration_values v = { .review_by = review->until, .review_given = true };
	int r = value_check_text(review->by, "by", PERSON_MAX, err);

	if (r == 0 && review->until <= act->now)
		r = err_field(err, E_RANGE, "until", N_("The next review must lie ahead."));
	v.details.v[REGISTER_REVIEWED_BY] = review->by;
	v.details.v[REGISTER_REVIEWED_ON] = today(act);
	v.details.v[REGISTER_REVIEW_OUTCOME] = review->outcome;
	if (r == 0 && !v.details.v[REGISTER_REVIEWED_ON].p)
		r = no_memory(err);
	return r < 0 ? r : register_set(act, id, &v, err);
}
