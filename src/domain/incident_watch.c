/* What is on record and has no incident gets one, whichever way it came to be on record: a webhook,
 * an error code, polling, or an operator. What is over is told to its incident. */
#include "domain/incident.h"

#include <string.h>

#include "base/check.h"
#include "domain/account_state.h"
#include "domain/inbox.h"
#include "store/query.h"

#define WATCH_MAX 200 /* objects of a sort that one call looks at */

struct seen_object {
	struct str id, waba, word;
	time_ms at; /* or the id of an incident */
};

struct watch {
	struct incident_desk *d;
	struct arena *a;
	struct seen_object items[WATCH_MAX];
	size_t len;
};

/* Rows of id, waba, word, and a time or an incident. */
static int collect(struct watch *w, struct store_stmt *s, int r, struct err *err)
{
	w->len = 0;
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		struct seen_object *o = &w->items[w->len];
		if (w->len == WATCH_MAX)
			continue;
		o->at = store_col_time(s, 3);
		if (store_copy_text(s, 0, w->a, &o->id) < 0 ||
		    store_copy_text(s, 1, w->a, &o->waba) < 0 ||
		    store_copy_text(s, 2, w->a, &o->word) < 0) {
			store_reset(s);
			return err_set(err, E_NOMEM, "Memory ran out while looking for incidents.");
		}
		w->len++;
	}
	return r;
}

static int open_all(
    struct watch *w, const char *scope, const char *kind, const char *origin, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->len; i++) {
		const struct incident_event e = {
			.kind = str_c(kind),
			.label = str_eq_c(str_c(kind), "own_pause") ? w->items[i].word : STR(""),
			.scope = str_c(scope),
			.scope_id = w->items[i].id,
			.waba = w->items[i].waba,
			.origin = str_c(origin),
			.at = w->items[i].at,
			.quiet = true,
		};
		uint64_t id;
		r = incident_happen(w->d, &e, &id, err);
	}
	return r < 0 ? r : 0;
}

/* What has its incident, of this kind or a worse one of its group, is not looked at again: whatever
 * WATCH_MAX cuts off is next. */
#define NOT_KNOWN(scope, object, kinds) \
	" AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.scope = " scope \
	" AND i.scope_id = " object " AND i.over_at IS NULL AND i.kind IN (" kinds "))"

#define ACCOUNTS(kinds) \
	"SELECT w.id, w.id, w.state, w.updated_at FROM waba w WHERE w.state = ?1" NOT_KNOWN( \
	    "'waba'", "w.id", kinds)

/* The states of an account, of waba.state, that are an incident. */
static const struct {
	const char *state, *kind, *sql;
} account_states[] = {
	{ "locked", "locked", ACCOUNTS("'locked', 'disable_scheduled', 'disabled'") },
	{ "scheduled_for_disable", "disable_scheduled",
	    ACCOUNTS("'disable_scheduled', 'disabled'") },
	{ "disabled", "disabled", ACCOUNTS("'disabled'") },
	{ "banned", "disabled", ACCOUNTS("'disabled'") },
};

static int watch_accounts(struct watch *w, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(account_states); i++) {
		struct store_stmt *s = NULL;
		r = store_ask(
		    w->d->c, &s, err, account_states[i].sql, "t", str_c(account_states[i].state));
		r = collect(w, s, r, err);
		if (r == 0)
			r = open_all(w, "waba", account_states[i].kind, "meta", err);
	}
	return r;
}

static int watch_numbers(struct watch *w, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(w->d->c, &s, err,
	    "SELECT n.id, n.waba, n.quality, n.updated_at FROM number n"
	    " WHERE (n.quality = 'RED' OR n.status = 'FLAGGED')" NOT_KNOWN(
		"'number'", "n.id", "'number_quality', 'number_blocked'"),
	    "");

	r = collect(w, s, r, err);
	if (r == 0)
		r = open_all(w, "number", "number_quality", "meta", err);
	if (r < 0)
		return r;
	r = store_ask(w->d->c, &s, err,
	    "SELECT n.id, n.waba, n.status, n.updated_at FROM number n"
	    " WHERE n.status IN ('RESTRICTED', 'BANNED', 'RATE_LIMITED')" NOT_KNOWN(
		"'number'", "n.id", "'number_blocked'"),
	    "");
	r = collect(w, s, r, err);
	return r < 0 ? r : open_all(w, "number", "number_blocked", "meta", err);
}

/* Of a template, the id is waba/name/language (signal.h). */
#define TEMPLATES(status, kinds) \
	"SELECT t.waba || '/' || t.name || '/' || t.language, t.waba, t.status, t.updated_at" \
	" FROM template t WHERE t.status = '" status \
	"'" NOT_KNOWN("'template'", "t.waba || '/' || t.name || '/' || t.language", kinds)

/* Of restrictions those that stop messages; Direct Send has a ladder of its own. */
#define RESTRICTIONS(which, kinds) \
	"SELECT r.waba, r.waba, '', min(r.at) FROM waba_restriction r" \
	" WHERE (r.until_at IS NULL OR r.until_at > ?1)" which NOT_KNOWN( \
	    "'waba'", "r.waba", kinds) " GROUP BY r.waba"

#define DIRECT_SEND "'" RESTRICTION_DIRECT_SEND "'"

/* What is found by one statement alone. */
static const struct {
	const char *scope, *kind, *sql;
} plain[] = {
	{ "template", "template_disabled", TEMPLATES("DISABLED", "'template_disabled'") },
	{ "template", "template_paused",
	    TEMPLATES("PAUSED", "'template_paused', 'template_disabled'") },
	{ "waba", "restricted",
	    RESTRICTIONS(" AND r.type <> " DIRECT_SEND " AND r.type NOT LIKE '%CALL%'"
			 " AND r.type <> 'RESTRICTED_ADD_PHONE_NUMBER_ACTION'",
		"'restricted', 'locked', 'disable_scheduled', 'disabled'") },
	{ "waba", "direct_send", RESTRICTIONS(" AND r.type = " DIRECT_SEND, "'direct_send'") },
	{ "waba", "country_blocked",
	    "SELECT b.waba, b.waba, '', min(b.at) FROM waba_blocked_country b WHERE b.at <= ?1" NOT_KNOWN(
		"'waba'", "b.waba", "'country_blocked'") " GROUP BY b.waba" },
	{ "waba", "token_refused",
	    "SELECT p.scope_id, p.scope_id, '', p.at FROM pause p WHERE p.scope = 'waba'"
	    " AND p.made_by = 'meta' AND p.reason IN ('token', 'token_rights')" NOT_KNOWN(
		"'waba'", "p.scope_id", "'token_refused'") },
};

static int watch_plain(struct watch *w, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(plain); i++) {
		struct store_stmt *s = NULL;
		r = store_ask(w->d->c, &s, err, plain[i].sql, strstr(plain[i].sql, "?1") ? "m" : "",
		    w->d->now);
		r = collect(w, s, r, err);
		if (r == 0)
			r = open_all(w, plain[i].scope, plain[i].kind, "meta", err);
	}
	return r;
}

static int watch_pauses(struct watch *w, const char *scope, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(w->d->c, &s, err,
	    "SELECT p.scope_id, coalesce(n.waba, ''), p.reason, p.at FROM pause p"
	    " LEFT JOIN number n ON n.id = p.scope_id AND p.scope = 'number'"
	    " WHERE p.scope = ?1 AND p.made_by = 'breaker' AND (p.until_at IS NULL OR p.until_at > ?2)"
	    " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.scope = p.scope AND i.scope_id = p.scope_id"
	    " AND i.over_at IS NULL AND i.kind = 'own_pause'"
	    " AND (i.label = '' OR p.reason = '' OR i.label = p.reason))",
	    "tm", str_c(scope), w->d->now);

	r = collect(w, s, r, err);
	for (size_t i = 0; r == 0 && i < w->len; i++) {
		struct str rest = w->items[i].id;
		if (strcmp(scope, "template") == 0)
			w->items[i].waba = str_cut(&rest, '/');
	}
	return r < 0 ? r : open_all(w, scope, "own_pause", "varco", err);
}

#define OWN_PAUSE_ENDED(scope) \
	"SELECT i.scope_id, i.waba, '', i.id FROM incident i WHERE i.scope = '" scope \
	"' AND i.over_at IS NULL AND i.kind = 'own_pause' AND NOT EXISTS (SELECT 1 FROM pause p" \
	" WHERE p.scope = i.scope AND p.scope_id = i.scope_id AND p.made_by = 'breaker'" \
	" AND (p.until_at IS NULL OR p.until_at > ?1))"

/* What is over: which statement finds the incidents whose objects are in order again. What somebody
 * opened by hand is theirs to end: they know what is not on record. */
static const struct {
	const char *group, *scope, *kind;
	enum incident_outcome outcome;
	const char *sql;
} reliefs[] = {
	{ "policy", "waba", "expired", INCIDENT_ENDED,
	    "SELECT w.id, w.id, '', i.id FROM waba w JOIN incident i ON i.scope = 'waba' AND i.scope_id = w.id"
	    " AND i.over_at IS NULL AND i.origin <> 'operator' AND i.kind = 'restricted' WHERE w.state = 'active'"
	    " AND (EXISTS (SELECT 1 FROM waba_restriction r WHERE r.waba = w.id)"
	    " OR EXISTS (SELECT 1 FROM object_change c WHERE c.kind = 2 AND c.object = w.id"
	    " AND c.field LIKE 'restriction:%' AND c.new_value IS NULL AND c.at >= i.happened_at))"
	    " AND NOT EXISTS (SELECT 1 FROM waba_restriction r WHERE r.waba = w.id"
	    " AND (r.until_at IS NULL OR r.until_at > ?1))" },
	{ "policy", "waba", "relieved", INCIDENT_ENDED,
	    "SELECT w.id, w.id, '', i.id FROM waba w JOIN incident i ON i.scope = 'waba' AND i.scope_id = w.id"
	    " AND i.over_at IS NULL AND i.origin <> 'operator' AND i.kind IN ('locked', 'disable_scheduled', 'disabled')"
	    " WHERE w.state = 'active'" },
	{ "number", "number", "relieved", INCIDENT_ENDED,
	    "SELECT n.id, n.waba, '', i.id FROM number n JOIN incident i ON i.scope = 'number' AND i.scope_id = n.id"
	    " AND i.over_at IS NULL AND i.origin <> 'operator' AND i.kind IN ('number_quality', 'number_blocked')"
	    " WHERE n.quality <> 'RED' AND n.status = 'CONNECTED'" },
	{ "template", "template", "relieved", INCIDENT_ENDED,
	    "SELECT i.scope_id, i.waba, '', i.id FROM template t JOIN incident i ON i.scope = 'template'"
	    " AND i.scope_id = t.waba || '/' || t.name || '/' || t.language AND i.over_at IS NULL"
	    " AND i.origin <> 'operator' AND (i.kind = 'template_disabled' OR i.kind = 'template_paused')"
	    " WHERE t.status NOT IN ('DISABLED', 'PAUSED')" },
	{ "direct_send", "waba", "expired", INCIDENT_ENDED,
	    "SELECT i.scope_id, i.waba, '', i.id FROM incident i WHERE i.scope = 'waba'"
	    " AND i.over_at IS NULL AND i.origin <> 'operator' AND i.kind = 'direct_send'"
	    " AND (EXISTS (SELECT 1 FROM waba_restriction r WHERE r.waba = i.scope_id AND r.type = " DIRECT_SEND
	    " AND r.until_at > i.happened_at AND r.until_at <= ?1)"
	    " OR EXISTS (SELECT 1 FROM object_change c WHERE c.kind = 2 AND c.object = i.scope_id"
	    " AND c.field = 'restriction:" RESTRICTION_DIRECT_SEND "' AND c.new_value IS NULL"
	    " AND c.at >= i.happened_at))"
	    " AND NOT EXISTS (SELECT 1 FROM waba_restriction r WHERE r.waba = i.scope_id"
	    " AND r.type = " DIRECT_SEND " AND (r.until_at IS NULL OR r.until_at > ?1))" },
	{ "country", "waba", "relieved", INCIDENT_ENDED,
	    "SELECT i.scope_id, i.waba, '', i.id FROM incident i WHERE i.scope = 'waba'"
	    " AND i.over_at IS NULL AND i.kind = 'country_blocked'"
	    " AND NOT EXISTS (SELECT 1 FROM waba_blocked_country b WHERE b.waba = i.scope_id)" },
	{ "token", "waba", "relieved", INCIDENT_ENDED,
	    "SELECT i.scope_id, i.waba, '', i.id FROM incident i WHERE i.scope = 'waba'"
	    " AND i.over_at IS NULL AND i.kind = 'token_refused' AND NOT EXISTS (SELECT 1 FROM pause p"
	    " WHERE p.scope = 'waba' AND p.scope_id = i.scope_id AND p.made_by = 'meta'"
	    " AND p.reason IN ('token', 'token_rights'))" },
	{ "own", "template", "relieved", INCIDENT_ENDED, OWN_PAUSE_ENDED("template") },
	{ "own", "app", "relieved", INCIDENT_ENDED, OWN_PAUSE_ENDED("app") },
	{ "own", "campaign", "relieved", INCIDENT_ENDED, OWN_PAUSE_ENDED("campaign") },
	{ "own", "number", "relieved", INCIDENT_ENDED, OWN_PAUSE_ENDED("number") },
};

static int watch_reliefs(struct watch *w, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(reliefs); i++) {
		struct store_stmt *s = NULL;
		r = store_ask(w->d->c, &s, err, reliefs[i].sql,
		    strstr(reliefs[i].sql, "?1") ? "m" : "", w->d->now);
		r = collect(w, s, r, err);
		for (size_t k = 0; r >= 0 && k < w->len; k++) {
			const struct incident_relief x = {
				.id = (uint64_t)w->items[k].at,
				.group = reliefs[i].group,
				.scope = str_c(reliefs[i].scope),
				.scope_id = w->items[k].id,
				.kind = str_c(reliefs[i].kind),
				.outcome = reliefs[i].outcome,
				.at = w->d->now,
			};
			r = incident_relieve(w->d, &x, err);
		}
	}
	return r < 0 ? r : 0;
}

/* Before the time for asking for a review runs out, once. */
static int watch_deadlines(struct watch *w, struct err *err)
{
	struct store_stmt *s = NULL;
	time_ms from = w->d->now + pack_incidents(w->d->pack)->last_call_ms;
	int r = store_ask(w->d->c, &s, err,
	    "SELECT scope || ':' || scope_id, '', '{\"deadline\":true}', id FROM incident"
	    " WHERE state IN (1, 2) AND called_at IS NULL AND deadline_at <= ?1",
	    "m", from);

	r = collect(w, s, r, err);
	for (size_t i = 0; r == 0 && i < w->len; i++) {
		r = alarm_add(w->d->c, id_next(w->d->ids, w->d->now), STR("incident.deadline"),
		    w->items[i].id, w->items[i].word, w->d->now, err);
		if (r == 0)
			r = store_do(w->d->c, err,
			    "UPDATE incident SET called_at = ?2 WHERE id = ?1", "im",
			    w->items[i].at, w->d->now);
	}
	return r;
}

static int watch_all(struct watch *w, struct err *err)
{
	static const char *const paused[] = { "number", "template", "app", "campaign" };
	int r = watch_accounts(w, err);

	if (r == 0)
		r = watch_numbers(w, err);
	if (r == 0)
		r = watch_plain(w, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(paused); i++)
		r = watch_pauses(w, paused[i], err);
	if (r == 0)
		r = watch_reliefs(w, err);
	return r < 0 ? r : watch_deadlines(w, err);
}

int incidents_watch(struct incident_desk *d, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct watch *w = a ? ARENA_NEW(a, struct watch) : NULL;

	if (!w) {
		arena_free(&a);
		return err_set(err, E_NOMEM, "Memory ran out while looking for incidents.");
	}
	w->d = d;
	w->a = a;
	int r = watch_all(w, err);
	arena_free(&a);
	return r;
}
