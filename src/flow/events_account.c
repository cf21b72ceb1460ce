/* What Meta says of accounts, templates and numbers, in force at once. Words that we do not know
 * are stored as they are: the rules then cannot tell, and block the widest class. */
#include "flow/events.h"

#include <string.h>

#include "base/check.h"
#include "domain/account.h"
#include "domain/template.h"

static int changed(struct event_work *w, int r)
{
	if (r >= 0)
		core_directory_changed(w->core);
	return r < 0 ? r : 0;
}

static const struct dir_waba *waba_of(const struct event_work *w)
{
	return directory_waba(w->directory, w->event->entry_id);
}

/* Seconds as a number or as text; TIME_NONE when it is neither. */
static time_ms seconds(const struct json *v)
{
	int64_t n;

	if (!json_int(v, &n) && str_to_i64(json_str(v), &n) < 0)
		return TIME_NONE;
	return n > 0 && n < INT64_MAX / MS_PER_S ? n * MS_PER_S : TIME_NONE;
}

/* --- account_update --------------------------------------------------------------------------- */

static int restrict_one(struct event_work *w, const struct json *info)
{
	struct str type = json_str(json_get(info, "restriction_type"));
	time_ms until = seconds(json_get(info, "expiration"));

	if (!type.p)
		type = STR("UNKNOWN");
	return changed(w, waba_restrict(w->c, w->event->entry_id, type, until, w->now, w->err));
}

/* Direct Send tells the end of a restriction by the same event as its beginning (platform facts
 * 5). */
static bool lifts(struct str violation)
{
	return str_ends(violation, STR("_UNBAN")) ||
	    str_ends(violation, STR("_RATE_LIMIT_RECOVERY"));
}

static int restriction(struct event_work *w)
{
	const struct json *list = json_get(w->event->value, "restriction_info"), *info;
	struct str violation = json_str(
	    json_path(w->event->value, "violation_info.violation_type"));
	struct json_iter it;
	int r = 0;

	if (!waba_of(w))
		return 0;
	if (lifts(violation))
		return changed(w,
		    waba_unrestrict(w->c, w->event->entry_id,
			STR("RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES"), w->err));
	json_iter_init(&it, list);
	while (r == 0 && json_iter_next(&it, NULL, &info))
		r = restrict_one(w, info);
	return r;
}

static const struct {
	const char *word, *state;
} ban_states[] = {
	{ "DISABLE", "disabled" },
	{ "SCHEDULE_FOR_DISABLE", "scheduled_for_disable" },
	{ "REINSTATE", "active" },
};

static int set_state(struct event_work *w, struct str state)
{
	if (!waba_of(w))
		return 0;
	return changed(w, waba_set_state(w->c, w->event->entry_id, state, w->now, w->err));
}

static int disabled_update(struct event_work *w)
{
	struct str word = json_str(json_path(w->event->value, "ban_info.waba_ban_state"));

	for (size_t i = 0; i < ARRAY_LEN(ban_states); i++) {
		if (str_eq_c(word, ban_states[i].word))
			return set_state(w, str_c(ban_states[i].state));
	}
	return word.len ? set_state(w, word) : 0;
}

static int deleted(struct event_work *w)
{
	return set_state(w, STR("disabled"));
}

/* The event names the number by its digits; NULL when it is none of this account's. */
static const struct dir_number *number_named(struct event_work *w, const char *key)
{
	struct str digits = json_str(json_get(w->event->value, key));
	struct str text = digits.len ? arena_printf(w->arena, "+%.*s", STR_ARG(digits)) : STR_NONE;
	struct phone phone;
	bool prefixed;

	if (!text.p || phone_parse(text, STR_NONE, &phone, &prefixed, NULL) < 0)
		return NULL;
	const struct dir_number *n = directory_number_by_phone(w->directory, phone);
	return event_may_touch(w, n) ? n : NULL;
}

static int number_status(struct event_work *w, const char *key, struct str status)
{
	const struct dir_number *n = number_named(w, key);
	struct number_values v = { .status = status };

	if (!n)
		return 0;
	v.id = n->id;
	return changed(w, number_set(w->c, &v, w->now, w->err));
}

static int offboarded(struct event_work *w)
{
	return number_status(w, "phone_number", STR("DISCONNECTED"));
}

static int reconnected(struct event_work *w)
{
	return number_status(w, "phone_number", STR("CONNECTED"));
}

static const struct {
	const char *word;
	int (*handle)(struct event_work *w);
} account_events[] = {
	{ "ACCOUNT_RESTRICTION", restriction },
	{ "DISABLED_UPDATE", disabled_update },
	{ "ACCOUNT_DELETED", deleted },
	{ "ACCOUNT_OFFBOARDED", offboarded },
	{ "ACCOUNT_RECONNECTED", reconnected },
	{ "PARTNER_REMOVED", offboarded },
};

int event_account(struct event_work *w)
{
	for (size_t i = 0; i < ARRAY_LEN(account_events); i++) {
		if (str_eq_c(w->event->word, account_events[i].word))
			return account_events[i].handle(w);
	}
	return 0;
}

/* --- templates -------------------------------------------------------------------------------- */

static struct template_news news_of(struct event_work *w)
{
	const struct json *v = w->event->value, *id = json_get(v, "message_template_id");
	int64_t number;
	struct template_news n = {
		.waba = w->event->entry_id,
		.name = json_str(json_get(v, "message_template_name")),
		.language = json_str(json_get(v, "message_template_language")),
		.meta_id = json_str(id),
		.category_change_at = TIME_NONE,
		.paused_until = TIME_NONE,
	};

	if (json_int(id, &number))
		n.meta_id = arena_printf(w->arena, "%lld", (long long)number);
	return n;
}

static int tell(struct event_work *w, const struct template_news *n)
{
	int r = template_apply(w->c, n, w->now, w->err);

	return r > 0 ? changed(w, r) : r;
}

/* A pause for quality ends by itself; one by pacing does not (platform facts 6.4). */
static time_ms pause_end(struct event_work *w)
{
	struct str title = json_str(json_path(w->event->value, "other_info.title"));
	const struct pack_template *figures = pack_template(w->core->pack);

	if (str_eq_nocase(title, STR("FIRST_PAUSE")))
		return event_time(w) + figures->first_pause_ms;
	if (str_eq_nocase(title, STR("SECOND_PAUSE")))
		return event_time(w) + figures->second_pause_ms;
	return TIME_NONE;
}

int event_template_status(struct event_work *w)
{
	struct template_news n = news_of(w);

	n.status = w->event->word;
	if (str_eq_nocase(n.status, STR("PAUSED"))) {
		n.paused_until = pause_end(w);
		n.pause_end_unknown = n.paused_until == TIME_NONE;
	}
	return tell(w, &n);
}

static enum purpose category(const struct json *v, const char *key)
{
	enum purpose p;

	return purpose_parse(json_str(json_get(v, key)), &p) == 0 ? p : PURPOSE_NONE;
}

/* "impending": correct_category is what it becomes at category_update_timestamp, and new_category
 * what it is now; "completed": new_category is what it has become. A detection tells the right
 * category without a date. */
int event_template_category(struct event_work *w)
{
	const struct json *v = w->event->value;
	struct template_news n = news_of(w);

	n.correct_category = category(v, "correct_category");
	if (n.correct_category == PURPOSE_NONE) {
		n.category = category(v, "new_category");
		n.correct_category = n.category;
	} else {
		n.category_change_at = seconds(json_get(v, "category_update_timestamp"));
	}
	return tell(w, &n);
}

int event_template_quality(struct event_work *w)
{
	struct template_news n = news_of(w);

	n.quality = json_str(json_get(w->event->value, "new_quality_score"));
	return tell(w, &n);
}

/* --- limits and numbers ----------------------------------------------------------------------- */

int event_capability(struct event_work *w)
{
	const struct json *v = json_get(w->event->value, "max_daily_conversations_per_business");
	const struct dir_waba *waba = waba_of(w);
	int64_t limit;

	if (!waba)
		return 0;
	if (!json_int(v, &limit) && !pack_portfolio_level(w->core->pack, json_str(v), &limit))
		return 0;
	/* A figure below nought means no limit; nought does not. */
	bool limited = limit >= 0 && limit < INT64_MAX;
	return changed(
	    w, portfolio_set_limit(w->c, waba->portfolio->id, limited, limit, w->now, w->err));
}

static int throughput(struct event_work *w)
{
	const struct dir_number *n = number_named(w, "display_phone_number");
	struct number_values v = {
		.throughput_given = true,
		.throughput = pack_limits(w->core->pack)->number.throughput_max,
	};

	if (!n)
		return 0;
	v.id = n->id;
	return changed(w, number_set(w->c, &v, w->now, w->err));
}

int event_number_quality(struct event_work *w)
{
	struct str word = json_str(json_get(w->event->value, "event"));

	if (str_eq_nocase(word, STR("THROUGHPUT_UPGRADE")))
		return throughput(w);
	if (str_eq_nocase(word, STR("FLAGGED")))
		return number_status(w, "display_phone_number", STR("FLAGGED"));
	if (str_eq_nocase(word, STR("UNFLAGGED")))
		return number_status(w, "display_phone_number", STR("CONNECTED"));
	return 0;
}
