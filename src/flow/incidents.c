/* One row for each word of Meta's that is an incident, or the end of one. */
#include "flow/incidents.h"

#include "base/check.h"
#include "domain/account_state.h"

struct incident_desk incidents_desk(struct core *core, struct store_conn *c)
{
	return (struct incident_desk){ c, &core->ledger, &core->ids, core->pack, clock_now() };
}

/* The change's value as it came. */
static struct str words_of(const struct event_work *w)
{
	struct buf text;

	buf_init(&text, 0);
	json_print(&text, w->event->value);
	struct str ret = text.failed ? STR_NONE : arena_str(w->arena, buf_str(&text));
	buf_done(&text);
	return ret;
}

/* What is told of, and what of it. */
struct told {
	const char *kind, *scope;
	struct str scope_id, label;
};

static int happen(struct event_work *w, const struct told *t)
{
	struct incident_desk d = incidents_desk(w->core, w->c);
	const struct incident_event e = {
		.kind = str_c(t->kind),
		.label = t->label,
		.scope = str_c(t->scope),
		.scope_id = t->scope_id,
		.waba = w->event->entry_id,
		.origin = STR("meta"),
		.at = event_time(w),
		.words = words_of(w),
	};
	uint64_t id;

	if (!e.words.p)
		return err_set(w->err, E_NOMEM, "Memory ran out while opening an incident.");
	int r = incident_happen(&d, &e, &id, w->err);
	return r < 0 ? r : 0;
}

static int relieve(struct event_work *w, const char *group, const char *kind)
{
	struct incident_desk d = incidents_desk(w->core, w->c);
	const struct incident_relief x = {
		.group = group,
		.scope = STR("waba"),
		.scope_id = w->event->entry_id,
		.kind = str_c(kind),
		.outcome = INCIDENT_REVERSED,
		.words = words_of(w),
		.at = event_time(w),
	};
	int r = incident_relieve(&d, &x, w->err);

	return r < 0 ? r : 0;
}

/* --- account_update --------------------------------------------------------------------------- */

static struct str violation_of(const struct event_work *w)
{
	struct str type = json_str(json_path(w->event->value, "violation_info.violation_type"));

	return type.p ? type : STR("");
}

/* Direct Send tells its end by the same event (platform facts 5). */
static int direct_send(struct event_work *w, struct str violation)
{
	if (str_ends(violation, STR("_UNBAN")) || str_ends(violation, STR("_RATE_LIMIT_RECOVERY")))
		return relieve(w, "direct_send", "lifted");
	return happen(w, &(struct told){ "direct_send", "waba", w->event->entry_id, STR("") });
}

static int account(struct event_work *w, const char *kind)
{
	struct str violation = violation_of(w);

	if (!directory_waba(w->directory, w->event->entry_id))
		return 0;
	if (str_starts(violation, STR("DIRECT_SEND_")))
		return direct_send(w, violation);
	return happen(w, &(struct told){ kind, "waba", w->event->entry_id, violation });
}

static int restricted(struct event_work *w)
{
	return account(w, "restricted");
}

static int violation(struct event_work *w)
{
	return account(w, "violation");
}

static int disabled(struct event_work *w)
{
	return account(w, "disabled");
}

static int disabled_update(struct event_work *w)
{
	struct str state = json_str(json_path(w->event->value, "ban_info.waba_ban_state"));

	if (str_eq_c(state, "REINSTATE"))
		return relieve(w, "policy", "reinstated");
	return account(
	    w, str_eq_c(state, "SCHEDULE_FOR_DISABLE") ? "disable_scheduled" : "disabled");
}

static const struct {
	const char *word;
	int (*handle)(struct event_work *w);
} account_words[] = {
	{ "ACCOUNT_RESTRICTION", restricted },
	{ "ACCOUNT_VIOLATION", violation },
	{ "DISABLED_UPDATE", disabled_update },
	{ "ACCOUNT_DELETED", disabled },
};

static int account_update(struct event_work *w)
{
	for (size_t i = 0; i < ARRAY_LEN(account_words); i++) {
		if (str_eq_c(w->event->word, account_words[i].word))
			return account_words[i].handle(w);
	}
	return 0;
}

/* --- templates -------------------------------------------------------------------------------- */

static int template_status(struct event_work *w)
{
	const struct json *v = w->event->value;
	struct str name = json_str(json_get(v, "message_template_name"));
	struct str language = json_str(json_get(v, "message_template_language"));

	bool disabled = str_eq_nocase(w->event->word, STR("DISABLED"));
	bool stopped = disabled || str_eq_nocase(w->event->word, STR("PAUSED"));

	if (!stopped || !name.p || !language.p ||
	    !directory_template(w->directory, w->event->entry_id, name, language))
		return 0;
	struct str id = arena_printf(w->arena, "%.*s/%.*s/%.*s", STR_ARG(w->event->entry_id),
	    STR_ARG(name), STR_ARG(language));
	if (!id.p)
		return err_set(w->err, E_NOMEM, "Memory ran out while opening an incident.");
	return happen(w,
	    &(struct told){
		disabled ? "template_disabled" : "template_paused", "template", id, STR("") });
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* It names the number by its digits, and what is on record of it now tells all. */
static int number_quality(struct event_work *w)
{
	struct incident_desk d = incidents_desk(w->core, w->c);

	return incidents_watch(&d, w->err);
}

/* --- the rest --------------------------------------------------------------------------------- */

/* What Meta's review of the account came to. */
static int review(struct event_work *w)
{
	struct str word = json_str(json_get(w->event->value, "decision"));

	if (!str_eq_nocase(word, STR("REJECTED")) ||
	    !directory_waba(w->directory, w->event->entry_id))
		return 0;
	return happen(
	    w, &(struct told){ "restricted", "waba", w->event->entry_id, STR(RESTRICTION_REVIEW) });
}

/* Groups have no place here of their own: what became of one is told of its account. */
static int group(struct event_work *w)
{
	const struct json *one = json_at(json_get(w->event->value, "groups"), 0);
	struct str type = json_str(json_get(one, "type"));

	if (!directory_waba(w->directory, w->event->entry_id))
		return 0;
	if (str_eq(type, STR("group_suspend_cleared")))
		return relieve(w, "group", "lifted");
	if (!str_eq(type, STR("group_suspend")))
		return 0;
	return happen(w, &(struct told){ "group_suspended", "waba", w->event->entry_id, STR("") });
}

static const struct {
	const char *field;
	int (*handle)(struct event_work *w);
} fields[] = {
	{ "account_review_update", review },
	{ "group_status_update", group },
};

static int other(struct event_work *w)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (str_eq_c(w->event->field, fields[i].field))
			return fields[i].handle(w);
	}
	return 0;
}

int incidents_event(struct event_work *w)
{
	switch (w->event->kind) {
	case EVENT_ACCOUNT:
		return account_update(w);
	case EVENT_TEMPLATE_STATUS:
		return template_status(w);
	case EVENT_NUMBER_QUALITY:
		return number_quality(w);
	case EVENT_OTHER:
		return other(w);
	default:
		return 0;
	}
}
