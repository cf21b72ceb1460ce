#include "domain/alert.h"

#include "base/check.h"
#include "base/json.h"
#include "store/query.h"

static const char *const severity_names[] = {
	[ALERT_CLEAR] = "clear",
	[ALERT_WARN] = "warn",
	[ALERT_ACT] = "act",
};

const char *alert_severity_name(enum alert_severity s)
{
	return severity_names[s];
}

static const struct kind {
	const char *kind;
	enum alert_severity severity;
	const char *what, *done, *todo;
} kinds[] = {
	{ "breaker.pause", ALERT_ACT,
	    N_("Too much came back on what was sent: opt-outs, failures or caps are above the limit of the policy."),
	    N_("Marketing of this number, template or app is paused. Replies, utility and authentication go on."),
	    N_("Find the list, the template or the app that it comes from; then end the pause with varco pause resume.") },
	{ "breaker.warn", ALERT_WARN,
	    N_("More comes back on what is sent than is healthy: opt-outs, failures or caps are nearing the limit of the policy."),
	    N_("Nothing was stopped yet."),
	    N_("Look at the newest list and template before more is sent.") },
	{ "breaker.clear", ALERT_CLEAR,
	    N_("What comes back is below the limits of the policy again."),
	    N_("A pause stays until its time or until somebody ends it."), NULL },
	{ "opt_out.burst", ALERT_ACT,
	    N_("One error code made very many people opt out within an hour."),
	    N_("Later ones are held, and these people get no marketing meanwhile."),
	    N_("See with varco stop list --state held whether that can be true; then varco stop confirm or release.") },
	{ "bypass.detected", ALERT_ACT,
	    N_("A message was sent from this number that did not pass through Varco."),
	    N_("It is on record; Varco cannot stop what does not pass through it."),
	    N_("Find the program that has this number's token, and take it away: change the token at Meta.") },
	{ "ledger.checkpoint_untold", ALERT_WARN,
	    N_("A checkpoint of the ledger could not be told to its second place."),
	    N_("It is tried again every few minutes."),
	    N_("See that the file or address of the [ledger] section can be reached.") },
	{ "forward.given_up", ALERT_ACT,
	    N_("Events for an app could not be delivered for days, and were given up."),
	    N_("They were counted, and their app no longer waits for them."),
	    N_("See that the app's webhook answers, and read what it missed from the decisions.") },
	{ "outbox.unreadable", ALERT_ACT, N_("A send that waited cannot be read any more."),
	    N_("It ended as failed and was put into quarantine; nothing was sent."),
	    N_("Check the disk and the key file; send it again from the app.") },
	{ "webhook.quarantined", ALERT_ACT,
	    N_("Something that Meta told could not be applied and was set aside."),
	    N_("Its raw form is kept in quarantine."),
	    N_("Tell the makers of Varco what the log says of it.") },
};

/* A kind of a later version is told all the same. */
static const struct kind other = { "", ALERT_WARN,
	N_("Something happened that should be looked at."), N_("It is on record."),
	N_("Read it with varco alarm list.") };

static const struct kind *kind_of(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_eq_c(word, kinds[i].kind))
			return &kinds[i];
	}
	return &other;
}

/* --- what waits ----------------------------------------------------------------------------------- */

static struct alert *find(struct alert *alerts, size_t len, struct str kind, struct str scope)
{
	for (size_t i = 0; i < len; i++) {
		if (str_eq(alerts[i].kind, kind) && str_eq(alerts[i].scope, scope))
			return &alerts[i];
	}
	return NULL;
}

static int take(struct store_stmt *s, struct arena *a, struct alert *alerts, size_t *len)
{
	struct str kind, scope;
	time_ms at = store_col_time(s, 1);

	if (store_copy_text(s, 2, a, &kind) < 0 || store_copy_text(s, 3, a, &scope) < 0)
		return -E_NOMEM;
	struct alert *x = find(alerts, *len, kind, scope);
	if (!x) {
		const struct kind *k = kind_of(kind);
		x = &alerts[(*len)++];
		*x = (struct alert){
			.kind = kind,
			.scope = scope,
			.severity = k->severity,
			.first_at = at,
			.what = k->what,
			.done = k->done,
			.todo = k->todo,
		};
	}
	x->count++;
	x->last_at = at;
	return store_copy_text(s, 4, a, &x->detail);
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading alarms.");
}

static int read_after(struct store_conn *c, int64_t told, struct arena *a, struct alert *alerts,
    size_t *ret_len, uint64_t *ret_newest, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT id, at, kind, scope, detail FROM alarm WHERE id > ?1 ORDER BY id LIMIT ?2",
	    "ii", told, (int64_t)ALERTS_MAX);

	*ret_len = 0;
	*ret_newest = (uint64_t)told;
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		*ret_newest = (uint64_t)store_col_int(s, 0);
		if (take(s, a, alerts, ret_len) < 0) {
			store_reset(s);
			return no_memory(err);
		}
	}
	return r;
}

int alerts_waiting(struct store_conn *c, struct arena *a, struct alert **ret, size_t *ret_len,
    uint64_t *ret_newest, struct err *err)
{
	struct alert *alerts = ARENA_ARRAY(a, struct alert, ALERTS_MAX);
	int64_t told;

	if (!alerts)
		return no_memory(err);
	*ret = alerts;
	int r = store_ask_int(c, &told, err, "SELECT alarm FROM alert_told WHERE one = 1", "");
	if (r > 0)
		return read_after(c, told, a, alerts, ret_len, ret_newest, err);
	if (r == 0)
		r = store_ask_int(c, &told, err, "SELECT coalesce(max(id), 0) FROM alarm", "");
	if (r < 0)
		return r;
	*ret_len = 0;
	*ret_newest = (uint64_t)told;
	return 1;
}

int alerts_told(struct store_conn *c, uint64_t newest, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO alert_told (one, alarm, at) VALUES (1, ?1, ?2)"
	    " ON CONFLICT (one) DO UPDATE SET alarm = excluded.alarm, at = excluded.at",
	    "im", (int64_t)newest, now);
}

/* --- in words ------------------------------------------------------------------------------------- */

static void write_text(struct json_writer *w, const char *key, enum lang lang, const char *msgid)
{
	jw_member_c(w, key, msgid ? lang_text(lang, msgid) : NULL);
}

static void write_alert(
    struct json_writer *w, const struct alert *x, enum lang lang, struct arena *a)
{
	const struct json *detail;

	jw_object(w);
	jw_member_str(w, "kind", x->kind);
	jw_member_str(w, "scope", x->scope);
	jw_member_c(w, "severity", alert_severity_name(x->severity));
	jw_member_int(w, "count", x->count);
	jw_member_time(w, "first_at", x->first_at);
	jw_member_time(w, "last_at", x->last_at);
	write_text(w, "what", lang, x->what);
	write_text(w, "done", lang, x->done);
	write_text(w, "todo", lang, x->todo);
	jw_key(w, "detail");
	if (json_read(a, x->detail, &detail, NULL) == 0)
		jw_value(w, detail);
	else
		jw_str(w, x->detail);
	jw_object_end(w);
}

int alerts_write(const struct alert *alerts, size_t len, enum lang lang, time_ms now,
    struct arena *a, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "type", "varco.alert");
	jw_member_time(&w, "timestamp", now);
	jw_key(&w, "data");
	jw_object(&w);
	jw_key(&w, "alerts");
	jw_array(&w);
	for (size_t i = 0; i < len; i++)
		write_alert(&w, &alerts[i], lang, a);
	jw_array_end(&w);
	jw_object_end(&w);
	jw_object_end(&w);
	return out->failed ? -E_NOMEM : 0;
}
