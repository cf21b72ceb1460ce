/* What is held, wherever it is: by an operator or by the circuit breaker, of a number, an account, a
 * template, an app or a campaign; and what begins again by steps behind a pause of the breaker's. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/account.h"
#include "domain/outbox.h"
#include "domain/overview.h"
#include "domain/resume.h"
#include "domain/trip.h"

#define OPERATOR "operator"
#define RATES_MAX 200

/* --- values ----------------------------------------------------------------------------------- */

static int check_purpose(struct api_call *c, struct err *err)
{
	enum purpose p;

	if (!api_value(c, "purpose")->given || purpose_parse(api_text(c, "purpose"), &p) == 0)
		return 0;
	return api_err(c, err, E_INVALID, "purpose",
	    N_("\"purpose\" must be one of marketing, utility, authentication, service and all."));
}

static int check_scope(struct api_call *c, struct err *err)
{
	static const char *const scopes[] = { "number", "waba", "template", "app", "campaign" };

	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		if (str_eq_c(api_text(c, "scope"), scopes[i]))
			return 0;
	}
	return api_err(c, err, E_INVALID, "scope",
	    N_("\"scope\" must be one of number, waba, template, app and campaign."));
}

int api_pause_check(struct api_call *c, struct err *err)
{
	if (api_value(c, "for")->given && api_value(c, "until")->given)
		return api_err(
		    c, err, E_INVALID, "until", N_("Say either how long or until when, not both."));
	if (str_trim(api_text(c, "reason")).len == 0)
		return api_err(c, err, E_INVALID, "reason",
		    N_("\"reason\" is empty: whoever comes later wants to know why."));
	return check_purpose(c, err);
}

int api_resume_check(struct api_call *c, struct err *err)
{
	if (api_value(c, "full")->flag && str_trim(api_text(c, "reason")).len == 0)
		return api_err(c, err, E_INVALID, "reason",
		    N_("Whoever leaves out the steps says why: \"reason\" is empty."));
	return check_purpose(c, err);
}

static int check_add(struct api_call *c, struct err *err)
{
	int r = check_scope(c, err);

	return r < 0 ? r : api_pause_check(c, err);
}

static int check_resume(struct api_call *c, struct err *err)
{
	int r = check_scope(c, err);

	return r < 0 ? r : api_resume_check(c, err);
}

/* Absent is every one; check_purpose() was there before. */
static enum purpose purpose_of(const struct api_call *c)
{
	enum purpose p = PURPOSE_ALL;

	return purpose_parse(api_text(c, "purpose"), &p) < 0 ? PURPOSE_ALL : p;
}

static time_ms end_of(const struct api_call *c, time_ms now)
{
	if (api_value(c, "for")->given)
		return now + api_value(c, "for")->number;
	return api_value(c, "until")->given ? api_value(c, "until")->at : TIME_NONE;
}

/* The circuit breaker's name, Meta's and that of a store brought back are their own: what they made ends otherwise. */
static struct str owner_of(const struct api_call *c)
{
	struct str by = api_text(c, "by");

	bool reserved = str_eq_nocase(by, STR(TRIP_BY)) || str_eq_nocase(by, STR(PAUSE_BY_META)) ||
	    str_eq_nocase(by, STR(PAUSE_BY_RESTORE));

	return by.len && !reserved ? by : STR(OPERATOR);
}

/* --- changes ---------------------------------------------------------------------------------- */

int api_pause_set(struct api_call *c, struct store_conn *conn, struct str scope, struct err *err)
{
	time_ms now = clock_now();
	int r = pause_set(conn, scope, api_text(c, "id"), purpose_of(c), end_of(c, now),
	    owner_of(c), api_text(c, "reason"), now, err);

	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* What follows a pause of the breaker's begins, or is left out: then 1. */
static int begin_steps(
    struct api_call *c, struct store_conn *conn, struct str scope, struct err *err)
{
	const struct pack_breaker *b = pack_breaker(c->gate->lane->core->pack);
	enum signal_scope place;

	if (signal_scope_parse(scope, &place) < 0)
		return 0;
	if (api_value(c, "full")->flag)
		return resume_end(conn, place, api_text(c, "id"), err);
	return resume_begin(conn, b, place, api_text(c, "id"), clock_now(), err);
}

int api_pause_end(struct api_call *c, struct store_conn *conn, struct str scope, struct err *err)
{
	int r = pause_clear(conn, scope, api_text(c, "id"), purpose_of(c), err);
	bool found = r == 0 && store_changes(conn) > 0;

	if (r == 0)
		r = begin_steps(c, conn, scope, err);
	if (r < 0)
		return r;
	found = found || r > 0;
	r = outbox_wake(conn, clock_now(), err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r < 0 ? r : found;
}

static int add(struct api_call *c, struct store_conn *conn, struct err *err)
{
	return api_pause_set(c, conn, api_text(c, "scope"), err);
}

static int resume(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = api_pause_end(c, conn, api_text(c, "scope"), err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("Nothing of that is paused."));
	return r < 0 ? r : 0;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void write_effect(struct api_call *c)
{
	bool binding = c->gate->lane->core->options.mode == MODE_ENFORCE;

	jw_member_bool(&c->w, "binding", binding);
	jw_member_c(&c->w, "note",
	    binding
		? NULL
		: lang_text(c->lang,
		      N_("The gateway observes: what this pause would hold goes out all the same, and is only marked.")));
}

static void write_pause(struct api_call *c, const struct overview_pause *p)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_str(w, "scope", p->scope);
	jw_member_str(w, "id", p->id);
	jw_member_c(w, "purpose", purpose_name(p->purpose));
	jw_member_int(w, "percent", 0);
	jw_member_time(w, "until", p->until);
	jw_member_str(w, "by", p->by);
	jw_member_str(w, "reason", p->reason);
	jw_member_time(w, "at", p->at);
	write_effect(c);
	jw_object_end(w);
}

/* A rate behind a pause: it holds what is above it, until the next step. */
static void write_rate(struct api_call *c, const struct resume *r)
{
	const struct pack_breaker *b = pack_breaker(c->gate->lane->core->pack);
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_c(w, "scope", signal_scope_name(r->scope));
	jw_member_str(w, "id", r->id);
	jw_member_c(w, "purpose", purpose_name(PURPOSE_MARKETING));
	jw_member_int(w, "percent", resume_share(b, r) / (PPM / 100));
	jw_member_time(w, "until", r->since + b->resume_step_ms);
	jw_member_c(w, "by", TRIP_BY);
	jw_member_c(w, "reason",
	    lang_text(c->lang,
		N_("After a pause it begins again by steps, the next when nothing warns until then.")));
	jw_member_time(w, "at", r->since);
	write_effect(c);
	jw_object_end(w);
}

/* p NULL = of every place. */
static int write_rates(struct api_call *c, const char *scope, struct str id, struct err *err)
{
	struct resume *rates;
	size_t len = 0;
	int r = resume_list(c->gate->lane->reader, RATES_MAX, c->arena, &rates, &len, err);

	for (size_t i = 0; r == 0 && i < len; i++) {
		bool asked = !id.p ||
		    (str_eq(rates[i].id, id) &&
			str_eq_c(str_c(scope), signal_scope_name(rates[i].scope)));
		if (asked &&
		    api_may_place(c, str_c(signal_scope_name(rates[i].scope)), rates[i].id))
			write_rate(c, &rates[i]);
	}
	return r;
}

int api_pauses_write(struct api_call *c, const char *scope, struct str id, struct err *err)
{
	struct overview_pause *pauses;
	size_t len = 0;
	int r = overview_pauses(
	    c->gate->lane->reader, str_c(scope), id, c->arena, &pauses, &len, err);

	for (size_t i = 0; r == 0 && i < len; i++)
		write_pause(c, &pauses[i]);
	return r < 0 ? r : write_rates(c, scope, id, err);
}

/* The newest; there are never so many that somebody would want to turn pages. */
static int list_pauses(struct api_call *c, struct err *err)
{
	struct overview_pause *items;
	size_t limit, len = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = overview_all_pauses(
		    c->gate->lane->reader, limit, c->arena, &items, &len, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < len; i++) {
		if (api_may_place(c, items[i].scope, items[i].id))
			write_pause(c, &items[i]);
	}
	r = write_rates(c, NULL, STR_NONE, err);
	api_list_close(c, STR_NONE);
	return r;
}

const struct api_handler api_pause_handlers[] = {
	{ "listPauses", NULL, NULL, list_pauses, NULL },
	{ "addPause", check_add, add, list_pauses, NULL },
	{ "resumePause", check_resume, resume, list_pauses, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
