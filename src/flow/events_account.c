/* What Meta says of accounts, templates and numbers, in force at once. Words that we do not know
 * are stored as they are: the rules then cannot tell, and block the widest class. */
#include "flow/events.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "domain/account.h"
#include "domain/account_state.h"
#include "domain/template.h"
#include "flow/told.h"
#include "store/query.h"

/* --- what every fact here goes through -------------------------------------------------------- */

/* 1 the newest of its field, 0 what is on record is newer. */
static int is_news(struct event_work *w, enum history_kind kind, struct str id, const char *field)
{
	return history_is_news(w->c, kind, id, str_c(field), event_time(w), w->err);
}

static struct str raw_words(struct event_work *w)
{
	struct buf text;

	buf_init(&text, 0);
	json_print(&text, w->event->value);
	struct str ret = text.failed ? STR_NONE : arena_str(w->arena, buf_str(&text));
	buf_done(&text);
	return ret;
}

static int changed(struct event_work *w, int r, enum history_kind kind, struct str id)
{
	const struct history_by by = {
		.source = HISTORY_WEBHOOK,
		.at = event_time(w),
		.words = r < 0 ? STR_NONE : raw_words(w),
	};

	return r < 0 ? r : told_change(w->core, w->c, kind, id, &by, w->err);
}

static int waba_changed(struct event_work *w, int r)
{
	return changed(w, r, HISTORY_WABA, w->event->entry_id);
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

/* "December 4, 2026", which is all that Meta writes of some days; TIME_NONE when it is not that. */
static time_ms day_of(struct str text)
{
	static const char *const months[] = { "January", "February", "March", "April", "May",
		"June", "July", "August", "September", "October", "November", "December" };
	struct str rest = text, month = str_cut(&rest, ' '), day = str_cut(&rest, ',');
	char iso[24];
	int64_t d, y;
	time_ms ret;

	if (str_to_i64(day, &d) < 0 || str_to_i64(str_trim(rest), &y) < 0 || d < 1 || d > 31 ||
	    y < 1970 || y > 9999)
		return TIME_NONE;
	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		if (!str_eq_nocase(month, str_c(months[i])))
			continue;
		(void)snprintf(
		    iso, sizeof(iso), "%04d-%02zu-%02dT00:00:00Z", (int)y, i + 1, (int)d);
		return time_parse(str_c(iso), &ret) == 0 ? ret : TIME_NONE;
	}
	return TIME_NONE;
}

/* --- account_update --------------------------------------------------------------------------- */

static int restrict_until(struct event_work *w, struct str type, time_ms until)
{
	struct str field = arena_printf(w->arena, "restriction:%.*s", STR_ARG(type));

	if (!field.p)
		return err_set(w->err, E_NOMEM, "Memory ran out while reading a restriction.");
	int r = is_news(w, HISTORY_WABA, w->event->entry_id, field.p);
	return r <= 0 ? r : waba_restrict(w->c, w->event->entry_id, type, until, w->now, w->err);
}

static int restrict_one(struct event_work *w, const struct json *info)
{
	struct str type = json_str(json_get(info, "restriction_type"));

	return restrict_until(
	    w, type.len ? type : STR("UNKNOWN"), seconds(json_get(info, "expiration")));
}

static int lift_direct_send(struct event_work *w)
{
	int r = is_news(
	    w, HISTORY_WABA, w->event->entry_id, "restriction:" RESTRICTION_DIRECT_SEND);

	if (r > 0)
		r = waba_unrestrict(w->c, w->event->entry_id, STR(RESTRICTION_DIRECT_SEND), w->err);
	return r;
}

static int warn(struct event_work *w)
{
	struct str violation = json_str(
	    json_path(w->event->value, "violation_info.violation_type"));
	int r = is_news(w, HISTORY_WABA, w->event->entry_id, "warning");

	if (r > 0)
		r = waba_warn(w->c, w->event->entry_id, violation.len ? violation : STR("UNKNOWN"),
		    event_time(w), w->err);
	return r;
}

static int violation(struct event_work *w)
{
	return waba_of(w) ? waba_changed(w, warn(w)) : 0;
}

/* Direct Send warns, and tells the end of a restriction, by the same event as its beginning (platform
 * facts 5). */
static const struct {
	const char *ending;
	int (*handle)(struct event_work *w);
} direct_send[] = {
	{ "_UNBAN", lift_direct_send },
	{ "_RATE_LIMIT_RECOVERY", lift_direct_send },
	{ "_ABUSE_WARN", warn },
	{ "_TEMPLATE_ABUSE", warn },
};

/* Whether the account counts as locked only because of an answer that did not say what is forbidden;
 * 1, 0. */
static int was_concluded(struct event_work *w)
{
	struct history_entry last;
	int64_t code;
	int r = history_last(
	    w->c, HISTORY_WABA, w->event->entry_id, STR("state"), w->arena, &last, w->err);

	if (r <= 0)
		return r;
	if (!str_eq_c(last.after, "locked") || last.source != HISTORY_ANSWER ||
	    str_to_i64(last.words, &code) < 0)
		return 0;
	const struct pack_code *row = pack_code(w->core->pack, code);
	return row && row->effect == PACK_EFFECT_BLOCK;
}

/* Meta's own word of what it has restricted, and until when, takes the place of our conclusion. */
static int explain_block(struct event_work *w)
{
	int r = was_concluded(w);

	return r <= 0 ? r : waba_set_state(w->c, w->event->entry_id, STR("active"), w->now, w->err);
}

/* Without a word of what it covers it covers everything. */
static int restrict_all(struct event_work *w)
{
	const struct json *list = json_get(w->event->value, "restriction_info"), *info;
	struct json_iter it;
	int r = 0;

	if (json_len(list) == 0)
		return restrict_until(w, STR("UNKNOWN"), TIME_NONE);
	json_iter_init(&it, list);
	while (r >= 0 && json_iter_next(&it, NULL, &info))
		r = restrict_one(w, info);
	return r < 0 ? r : explain_block(w);
}

static int restriction(struct event_work *w)
{
	struct str violation = json_str(
	    json_path(w->event->value, "violation_info.violation_type"));

	if (!waba_of(w))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(direct_send); i++) {
		if (str_ends(violation, str_c(direct_send[i].ending)))
			return waba_changed(w, direct_send[i].handle(w));
	}
	return waba_changed(w, restrict_all(w));
}

#define BAN_UNKNOWN "UNKNOWN"

/* The widest first. */
static const struct {
	const char *word, *state;
} ban_states[] = {
	{ "DISABLE", "disabled" },
	{ "SCHEDULE_FOR_DISABLE", "scheduled_for_disable" },
	{ "REINSTATE", "active" },
};

static int set_state(struct event_work *w, struct str state)
{
	time_ms disable_at = str_eq_c(state, "scheduled_for_disable")
	    ? day_of(json_str(json_path(w->event->value, "ban_info.waba_ban_date")))
	    : TIME_NONE;

	if (!waba_of(w))
		return 0;
	int r = is_news(w, HISTORY_WABA, w->event->entry_id, "state");
	if (r <= 0)
		return r;
	r = waba_set_state(w->c, w->event->entry_id, state, w->now, w->err);
	if (r == 0)
		r = waba_set_disable_at(w->c, w->event->entry_id, disable_at, w->now, w->err);
	return waba_changed(w, r);
}

/* 0 is the widest. A word that is not in the table stops more than an announcement or the end of a
 * ban. */
static size_t ban_width(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(ban_states); i++) {
		if (str_eq_c(word, ban_states[i].word))
			return 2 * i;
	}
	return 1;
}

/* A word, or an array of them, of which the widest counts. What is neither is a word that nobody
 * knows. */
static struct str ban_word(const struct json *v)
{
	struct str word = json_str(v), widest = STR_NONE;
	const struct json *item;
	struct json_iter it;

	if (json_type(v) != JSON_ARRAY)
		return word.len ? word : STR(BAN_UNKNOWN);
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		word = json_str(item).len ? json_str(item) : STR(BAN_UNKNOWN);
		if (!widest.p || ban_width(word) < ban_width(widest))
			widest = word;
	}
	return widest.p ? widest : STR(BAN_UNKNOWN);
}

static int disabled_update(struct event_work *w)
{
	struct str word = ban_word(json_path(w->event->value, "ban_info.waba_ban_state"));
	size_t width = ban_width(word);

	return set_state(w, width % 2 ? word : str_c(ban_states[width / 2].state));
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

/* 1 it is now, 0 it is not; the directory is as old as the post. */
static int has_status(struct event_work *w, const struct dir_number *n, const char *word)
{
	int64_t one;

	return store_ask_int(w->c, &one, w->err,
	    "SELECT 1 FROM number WHERE id = ?1 AND upper(status) = ?2", "tt", n->id, str_c(word));
}

/* None of these events ends a ban: the status that is asked for does, or a person. */
static int number_status(struct event_work *w, const char *key, struct str status)
{
	const struct dir_number *n = number_named(w, key);
	struct number_values v = { .status = status };
	int r = n ? has_status(w, n, "BANNED") : 0;

	if (!n || r != 0)
		return r < 0 ? r : 0;
	r = is_news(w, HISTORY_NUMBER, n->id, "status");
	v.id = n->id;
	if (r > 0)
		r = number_set(w->c, &v, w->now, w->err);
	return changed(w, r, HISTORY_NUMBER, n->id);
}

static int offboarded(struct event_work *w)
{
	return number_status(w, "phone_number", STR("DISCONNECTED"));
}

static int reconnected(struct event_work *w)
{
	return number_status(w, "phone_number", STR("CONNECTED"));
}

/* Without a number it is the whole account that the provider may no longer use: its token will
 * fail, and a person must hear of it before. */
static int partner_removed(struct event_work *w)
{
	struct str waba = json_str(json_path(w->event->value, "waba_info.waba_id"));

	if (json_str(json_get(w->event->value, "phone_number")).len)
		return offboarded(w);
	if (!directory_waba(w->directory, waba))
		return 0;
	return told_alarm(w->core, w->c, "account.partner_removed", "waba", waba, w->event->word,
	    STR_NONE, w->err);
}

static const struct {
	const char *word;
	int (*handle)(struct event_work *w);
} account_events[] = {
	{ "ACCOUNT_VIOLATION", violation },
	{ "ACCOUNT_RESTRICTION", restriction },
	{ "DISABLED_UPDATE", disabled_update },
	{ "ACCOUNT_DELETED", deleted },
	{ "ACCOUNT_OFFBOARDED", offboarded },
	{ "ACCOUNT_RECONNECTED", reconnected },
	{ "PARTNER_REMOVED", partner_removed },
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

/* What the fact tells of fields about which something newer was told is left out. */
static int drop_old_status(struct event_work *w, struct str id, struct template_news *n)
{
	int r = n->status.p ? is_news(w, HISTORY_TEMPLATE, id, "status") : 1;

	if (r == 0) {
		n->former_status = n->status;
		n->status = STR_NONE;
		n->paused_until = TIME_NONE;
		n->pause_end_unknown = false;
	}
	return r;
}

static int drop_old_category(struct event_work *w, struct str id, struct template_news *n)
{
	int r = n->category == PURPOSE_NONE ? 1 : is_news(w, HISTORY_TEMPLATE, id, "category");

	if (r == 0)
		n->category = PURPOSE_NONE;
	if (r >= 0)
		r = n->correct_category == PURPOSE_NONE
		    ? 1
		    : is_news(w, HISTORY_TEMPLATE, id, "correct_category");
	if (r == 0)
		n->correct_category = PURPOSE_NONE;
	bool dated = n->category_settled || n->category_change_at != TIME_NONE;
	if (r >= 0)
		r = dated ? is_news(w, HISTORY_TEMPLATE, id, "category_change_at") : 1;
	if (r == 0) {
		n->category_settled = false;
		n->category_change_at = TIME_NONE;
	}
	return r;
}

static int drop_old_quality(struct event_work *w, struct str id, struct template_news *n)
{
	int r = n->quality.p ? is_news(w, HISTORY_TEMPLATE, id, "quality") : 1;

	if (r == 0)
		n->quality = STR_NONE;
	return r;
}

static int drop_old_id(struct event_work *w, struct str id, struct template_news *n)
{
	int r = n->meta_id.len ? is_news(w, HISTORY_TEMPLATE, id, "id") : 1;

	if (r == 0)
		n->meta_id = STR_NONE;
	return r;
}

static int tell(struct event_work *w, struct template_news *n)
{
	struct str id;
	int r = template_find(w->c, n, w->arena, &id, w->err);

	if (r <= 0)
		return r;
	n->from_event = true;
	r = drop_old_status(w, id, n);
	if (r >= 0)
		r = drop_old_category(w, id, n);
	if (r >= 0)
		r = drop_old_quality(w, id, n);
	/* its name and language tell which it is when the id is an old one */
	if (r >= 0)
		r = drop_old_id(w, id, n);
	if (r >= 0)
		r = template_apply(w->c, n, w->now, w->err);
	return r <= 0 ? r : changed(w, r, HISTORY_TEMPLATE, id);
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

/* The longer of the two that Meta may give; NONE is none. */
static struct str reason_of(const struct json *v)
{
	struct str words = json_str(json_path(v, "rejection_info.reason"));
	struct str word = json_str(json_get(v, "reason"));

	if (words.len)
		return words;
	if (word.len && !str_eq_nocase(word, STR("NONE")))
		return word;
	return json_str(json_path(v, "other_info.title"));
}

int event_template_status(struct event_work *w)
{
	struct template_news n = news_of(w);

	n.status = w->event->word;
	n.reason = reason_of(w->event->value);
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
		n.category_settled = true;
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

static int limit_told(struct event_work *w, const struct json *v)
{
	const struct dir_waba *waba = waba_of(w);
	int64_t limit;

	if (!waba)
		return 0;
	if (!json_int(v, &limit) && !pack_portfolio_level(w->core->pack, json_str(v), &limit))
		return 0;
	/* A figure below nought means no limit; nought does not. */
	bool limited = limit >= 0 && limit < INT64_MAX;
	int r = is_news(w, HISTORY_PORTFOLIO, waba->portfolio->id, "limit");
	if (r > 0)
		r = portfolio_set_limit(w->c, waba->portfolio->id, limited, limit, w->now, w->err);
	return changed(w, r, HISTORY_PORTFOLIO, waba->portfolio->id);
}

int event_capability(struct event_work *w)
{
	return limit_told(w, json_get(w->event->value, "max_daily_conversations_per_business"));
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
	int r = is_news(w, HISTORY_NUMBER, n->id, "throughput");
	v.id = n->id;
	if (r > 0)
		r = number_set(w->c, &v, w->now, w->err);
	return changed(w, r, HISTORY_NUMBER, n->id);
}

/* Its name is reviewed; an approved one is what people see from then on. */
int event_number_name(struct event_work *w)
{
	const struct dir_number *n = number_named(w, "display_phone_number");
	struct str word = json_str(json_get(w->event->value, "decision"));
	struct number_values v = { .verified_name = json_str(
				       json_get(w->event->value, "requested_verified_name")) };

	if (!n || !word.len)
		return 0;
	int r = is_news(w, HISTORY_NUMBER, n->id, "name_status");
	if (r > 0)
		r = number_set_name_status(w->c, n->id, word, w->now, w->err);
	v.id = n->id;
	/* One that was approved stays when another is refused later: it is news of its own. */
	bool approved = str_eq_nocase(word, STR("APPROVED")) && v.verified_name.len;
	if (r >= 0 && approved)
		r = is_news(w, HISTORY_NUMBER, n->id, "verified_name");
	if (r > 0 && approved)
		r = number_set(w->c, &v, w->now, w->err);
	return changed(w, r, HISTORY_NUMBER, n->id);
}

int event_account_review(struct event_work *w)
{
	struct str word = json_str(json_get(w->event->value, "decision"));

	if (!waba_of(w) || !word.len)
		return 0;
	int r = is_news(w, HISTORY_WABA, w->event->entry_id, "review");
	if (r > 0)
		r = waba_set_review(w->c, w->event->entry_id, word, w->now, w->err);
	return waba_changed(w, r);
}

/* A flag that is lifted says nothing of a number that is offline for another reason. Flags are told
 * of by a field of their own, so that one lifted before it was heard of is not raised. */
static int flag(struct event_work *w, bool raised)
{
	static const char key[] = "display_phone_number";
	const struct dir_number *n = number_named(w, key);
	int r = n ? is_news(w, HISTORY_NUMBER, n->id, "flag") : 0;

	if (r > 0 && !raised)
		r = has_status(w, n, "FLAGGED");
	return r <= 0 ? r : number_status(w, key, raised ? STR("FLAGGED") : STR("CONNECTED"));
}

int event_number_quality(struct event_work *w)
{
	struct str word = json_str(json_get(w->event->value, "event"));
	int r = limit_told(w, json_get(w->event->value, "max_daily_conversations_per_business"));

	if (r < 0)
		return r;
	if (str_eq_nocase(word, STR("THROUGHPUT_UPGRADE")))
		return throughput(w);
	if (str_eq_nocase(word, STR("FLAGGED")))
		return flag(w, true);
	if (str_eq_nocase(word, STR("UNFLAGGED")))
		return flag(w, false);
	return 0;
}
