#include "flow/told.h"

#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "domain/account.h"
#include "domain/inbox.h"
#include "domain/trip.h"
#include "flow/incidents.h"

#define SCOPE_TEXT_MAX (HISTORY_ID_MAX + 16)
#define CHANGES_MAX 32 /* of one object at once that are told one by one */

/* Which change is told as what. The first row that fits counts; "*" is any value, "" none. */
static const struct row {
	enum history_kind kind;
	const char *field; /* or its beginning, up to the colon */
	const char *after;
	const char *alarm;
} rows[] = {
	{ HISTORY_WABA, "state", "active", "account.reinstated" },
	{ HISTORY_WABA, "state", "locked", "account.locked" },
	{ HISTORY_WABA, "state", "disabled", "account.disabled" },
	{ HISTORY_WABA, "state", "banned", "account.disabled" },
	{ HISTORY_WABA, "state", "scheduled_for_disable", "account.disable_announced" },
	{ HISTORY_WABA, "state", "*", "account.unknown" },
	{ HISTORY_WABA, "restriction", "", "account.restriction_ended" },
	{ HISTORY_WABA, "restriction", "*", "account.restricted" },
	{ HISTORY_WABA, "warning", "*", "account.warned" },
	{ HISTORY_WABA, "payment", "blocked", "account.payment" },
	{ HISTORY_WABA, "payment", "ok", "account.payment_fine" },
	{ HISTORY_NUMBER, "status", "CONNECTED", "number.status_fine" },
	{ HISTORY_NUMBER, "status", "*", "number.status" },
	{ HISTORY_NUMBER, "quality", "GREEN", "number.quality_fine" },
	{ HISTORY_NUMBER, "quality", "UNKNOWN", NULL },
	{ HISTORY_NUMBER, "quality", "YELLOW", "number.quality_yellow" },
	{ HISTORY_NUMBER, "quality", "*", "number.quality_red" },
	{ HISTORY_NUMBER, "name_status", "REJECTED", "number.name" },
	{ HISTORY_NUMBER, "name_status", "DECLINED", "number.name" },
	{ HISTORY_NUMBER, "health", "BLOCKED", "number.health" },
	{ HISTORY_TEMPLATE, "status", "PAUSED", "template.stopped" },
	{ HISTORY_TEMPLATE, "status", "DISABLED", "template.stopped" },
	{ HISTORY_TEMPLATE, "status", "REJECTED", "template.stopped" },
	{ HISTORY_TEMPLATE, "status", "FLAGGED", "template.stopped" },
	{ HISTORY_TEMPLATE, "status", "REINSTATED", "template.fine" },
	{ HISTORY_TEMPLATE, "quality", "RED", "template.quality_red" },
	{ HISTORY_TEMPLATE, "quality", "YELLOW", "template.quality_yellow" },
	{ HISTORY_TEMPLATE, "correct_category", "*", "template.category" },
	{ HISTORY_PORTFOLIO, "limit", "*", "portfolio.limit" },
};

/* What is over has its all clear, if people were told of it before. */
static const struct {
	enum history_kind kind;
	const char *field, *before, *after, *alarm;
} recoveries[] = {
	{ HISTORY_NUMBER, "name_status", "REJECTED", "APPROVED", "number.name_fine" },
	{ HISTORY_NUMBER, "name_status", "DECLINED", "APPROVED", "number.name_fine" },
	{ HISTORY_NUMBER, "health", "BLOCKED", "AVAILABLE", "number.health_fine" },
	{ HISTORY_TEMPLATE, "status", "PAUSED", "APPROVED", "template.fine" },
	{ HISTORY_TEMPLATE, "status", "DISABLED", "APPROVED", "template.fine" },
	{ HISTORY_TEMPLATE, "status", "REJECTED", "APPROVED", "template.fine" },
	{ HISTORY_TEMPLATE, "status", "FLAGGED", "APPROVED", "template.fine" },
	{ HISTORY_TEMPLATE, "quality", "RED", "GREEN", "template.quality_fine" },
	{ HISTORY_TEMPLATE, "quality", "YELLOW", "GREEN", "template.quality_fine" },
};

static bool is_field(struct str field, const char *name)
{
	struct str rest = field;

	return str_eq_c(str_cut(&rest, ':'), name);
}

static bool fits(const struct row *r, const struct history_entry *e)
{
	bool gone = !e->after.p;

	if (r->kind != e->kind || !is_field(e->field, r->field))
		return false;
	if (*r->after == '*')
		return !gone;
	return gone ? *r->after == '\0' : str_eq_nocase(e->after, str_c(r->after));
}

/* What a new object begins with is no news; what it got later, such as a restriction, is. */
static bool is_beginning(const struct history_entry *e)
{
	static const char *const always[] = { "restriction", "warning", "correct_category",
		"name_status", "health" };

	if (e->before.p)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(always); i++) {
		if (is_field(e->field, always[i]))
			return false;
	}
	return true;
}

int told_alarm(struct core *core, struct store_conn *c, const char *kind, const char *scope,
    struct str id, struct str word, struct str before, struct err *err)
{
	char text[SCOPE_TEXT_MAX];
	time_ms now = clock_now();
	struct json_writer w;
	struct buf detail;

	(void)snprintf(text, sizeof(text), "%s:%.*s", scope, STR_ARG(id));
	buf_init(&detail, 0);
	jw_init(&w, &detail);
	jw_object(&w);
	if (word.p)
		jw_member_str(&w, "word", word);
	if (before.p)
		jw_member_str(&w, "before", before);
	jw_object_end(&w);
	int r = detail.failed ? err_set(err, E_NOMEM, "Memory ran out while writing an alarm.")
			      : alarm_add(c, id_next(&core->ids, now), str_c(kind), str_c(text),
				    buf_str(&detail), now, err);
	buf_done(&detail);
	return r;
}

/* A restriction is told by its word, not by its end. */
static struct str word_of(const struct history_entry *e)
{
	struct str rest = e->field;

	(void)str_cut(&rest, ':');
	return rest.len ? rest : e->after;
}

static const char *recovery_of(const struct history_entry *e)
{
	for (size_t i = 0; i < ARRAY_LEN(recoveries); i++) {
		if (recoveries[i].kind == e->kind && is_field(e->field, recoveries[i].field) &&
		    str_eq_nocase(e->before, str_c(recoveries[i].before)) &&
		    str_eq_nocase(e->after, str_c(recoveries[i].after)))
			return recoveries[i].alarm;
	}
	return NULL;
}

static int tell(
    struct core *core, struct store_conn *c, const struct history_entry *e, struct err *err)
{
	const char *over = recovery_of(e);

	if (over)
		return told_alarm(
		    core, c, over, history_kind_name(e->kind), e->object, e->after, e->before, err);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!fits(&rows[i], e))
			continue;
		return rows[i].alarm && !is_beginning(e)
		    ? told_alarm(core, c, rows[i].alarm, history_kind_name(e->kind), e->object,
			  word_of(e), e->before, err)
		    : 0;
	}
	return 0;
}

#define PAUSED_FOR_QUALITY "quality"

/* A limit as the history writes it; INT64_MAX is none, and -1 what is no limit at all. */
static int64_t limit_of(struct str text)
{
	int64_t n;

	if (str_eq_c(text, "unlimited"))
		return INT64_MAX;
	return str_to_i64(text, &n) == 0 ? n : -1;
}

/* A portfolio that may write to fewer people than before is an incident until it may again. */
static int mind_limit(
    struct core *core, struct store_conn *c, const struct history_entry *e, struct err *err)
{
	struct incident_desk d = incidents_desk(core, c);
	int64_t before = limit_of(e->before), after = limit_of(e->after);
	uint64_t id;

	if (e->kind != HISTORY_PORTFOLIO || !str_eq_c(e->field, "limit") || before < 0 || after < 0)
		return 0;
	const struct incident_event fell = {
		.kind = STR("limit_lowered"),
		.label = STR(""),
		.scope = STR("portfolio"),
		.scope_id = e->object,
		.waba = STR(""),
		.origin = STR("meta"),
		.at = e->at,
	};
	const struct incident_relief rose = {
		.group = "limit",
		.scope = STR("portfolio"),
		.scope_id = e->object,
		.kind = STR("relieved"),
		.outcome = INCIDENT_ENDED,
		.at = e->at,
	};
	int r = after < before ? incident_happen(&d, &fell, &id, err)
			       : incident_relieve(&d, &rose, err);
	return r < 0 ? r : 0;
}

/* Marketing with a template that Meta rates RED is paused before Meta does it, and goes on when the
 * rating is another; a pause that somebody made for another reason stays. */
static int mind_quality(
    struct core *core, struct store_conn *c, const struct history_entry *e, struct err *err)
{
	int r = 0;

	if (e->kind != HISTORY_TEMPLATE || !str_eq_c(e->field, "quality"))
		return 0;
	if (str_eq_nocase(e->after, STR("RED")))
		r = trip_pause(c, SIGNAL_OF_TEMPLATE, e->object, TIME_NONE, STR(PAUSED_FOR_QUALITY),
		    clock_now(), err);
	else
		r = pause_clear_of(
		    c, STR("template"), e->object, STR(TRIP_BY), STR(PAUSED_FOR_QUALITY), err);
	atomic_fetch_add(&core->stops, 1);
	core_directory_changed(core);
	return r == -E_NOT_FOUND ? 0 : r;
}

static int tell_all(struct core *core, struct store_conn *c, enum history_kind kind, struct str id,
    int changes, bool told, struct err *err)
{
	const struct history_ask ask = {
		.kind = kind,
		.object = id,
		.since = TIME_NONE,
		.until = TIME_NONE,
		.limit = changes < CHANGES_MAX ? (size_t)changes : CHANGES_MAX,
	};
	struct arena *a = arena_new(0, 0);
	struct history_entry *items = NULL;
	size_t n = 0;
	bool more;
	int r = a ? history_read(c, &ask, a, &items, &n, &more, err)
		  : err_set(err, E_NOMEM, "Memory ran out while writing an alarm.");

	while (r == 0 && n > 0) {
		n--;
		r = mind_quality(core, c, &items[n], err);
		if (r == 0 && told)
			r = mind_limit(core, c, &items[n], err);
		if (r == 0 && told)
			r = tell(core, c, &items[n], err);
	}
	arena_free(&a);
	return r;
}

int told_change(struct core *core, struct store_conn *c, enum history_kind kind, struct str id,
    const struct history_by *by, struct err *err)
{
	int changes = 0, r = history_note(c, kind, id, by, &changes, err);

	if (r < 0)
		return r;
	/* What an error code tells is among the fields that are noted, and comes with every send that
	 * fails; others may have changed what is not. */
	if (changes || by->source != HISTORY_ANSWER)
		core_directory_changed(core);
	/* What an operator does is no news to people. */
	bool told = by->source != HISTORY_OPERATOR;
	return changes ? tell_all(core, c, kind, id, changes, told, err) : 0;
}

int told_by_operator(struct core *core, struct store_conn *c, enum history_kind kind, struct str id,
    struct str reason, struct err *err)
{
	const struct history_by by = {
		.source = HISTORY_OPERATOR,
		.at = clock_now(),
		.words = reason,
	};

	return told_change(core, c, kind, id, &by, err);
}
