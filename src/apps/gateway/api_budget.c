/* "Why not more today?", in one answer: the figures, and whole sentences that say what they mean and
 * what to do to get more. */
#include "apps/gateway/api.h"

#include <stdarg.h>

#include "base/check.h"
#include "domain/account_state.h"
#include "domain/budget_view.h"
#include "domain/indicators.h"

#define LL(n) ((long long)(n))
#define DAYS_SHOWN 28
#define STEPS_SHOWN 60

/* Opened as an array by the caller. */
PRINTF_LIKE(2, 3) static void say(struct api_call *c, const char *msgid, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, 0);
	va_start(ap, msgid);
	buf_vaddf(&text, lang_text(c->lang, msgid), ap);
	va_end(ap);
	jw_str(&c->w, buf_str(&text));
	buf_done(&text);
}

/* --- why -------------------------------------------------------------------------------------- */

static void why_account(struct api_call *c, const struct dir_number *n)
{
	struct standing s;

	standing_of(n->waba, c->gate->lane->core->pack, clock_now(), &s);
	if (s.step != STANDING_FINE)
		jw_c(&c->w, lang_text(c->lang, standing_sentence(s.step)));
	if (!n->waba->payment_ok)
		say(c, N_("Meta refuses to send because of the payment."));
	if (!pack_words_has(&pack_limits(c->gate->lane->core->pack)->number.sendable, n->status))
		say(c, N_("Meta's word for the number is %.*s, so nothing of it leaves."),
		    STR_ARG(n->status));
	if (pack_words_has(&pack_limits(c->gate->lane->core->pack)->number.quality_bad, n->quality))
		say(c, N_("Meta rates its quality %.*s, so marketing waits."), STR_ARG(n->quality));
}

static void why_portfolio(struct api_call *c, const struct budget_view *v)
{
	if (!v->limited) {
		say(c, N_("The portfolio has no limit."));
		return;
	}
	say(c,
	    N_("The portfolio may begin to write to %lld people in 24 hours, over all of its numbers: %lld were reached and %lld more have a message under way."),
	    LL(v->limit), LL(v->used), LL(v->reserved));
	say(c,
	    N_("Marketing may use %lld of them; the last %lld are kept for authentication and utility."),
	    LL(v->marketing), LL(v->limit - v->marketing));
}

static const char *const phases[] = {
	[WARMUP_RAMP] = N_(
	    "The number is young: today is day %lld of its warm-up, and it may reach %lld people; it has reached %lld."),
	[WARMUP_AFTER_RED] = N_(
	    "Meta rated the number low a while ago: on day %lld since then it may reach %lld people; it has reached %lld."),
	[WARMUP_AFTER_RESTRICTION] = N_(
	    "The account was restricted a while ago: on day %lld since then the number may reach %lld people; it has reached %lld."),
	[WARMUP_AFTER_SILENCE] = N_(
	    "The number was silent for a month: on day %lld since then it may reach %lld people; it has reached %lld."),
	[WARMUP_OVERRIDE] = N_(
	    "A person has set the warm-up: on day %lld the number may reach %lld people; it has reached %lld."),
	[WARMUP_DONE] = N_("The number has warmed up: day %lld, %lld people, %lld reached."),
};

static void why_warmup(struct api_call *c, const struct budget_view *v)
{
	char until[TIME_TEXT_MAX];

	if (!v->day.active) {
		say(c, N_("The number is not warming up."));
		return;
	}
	if (v->day.frozen_until != TIME_NONE) {
		time_format(v->day.frozen_until, until);
		say(c, N_("Marketing of the number is frozen until %s."), until);
	}
	say(c, phases[v->phase], LL(v->day.day), LL(v->day.cap), LL(v->warm_used));
	say(c, N_("In any hour it may reach %lld people; in the last one it has reached %lld."),
	    LL(v->hour_limit), LL(v->warm_last_hour));
	if (v->minute_limit)
		say(c,
		    N_("In any minute it may reach %lld people; in the last one it has reached %lld."),
		    LL(v->minute_limit), LL(v->warm_last_minute));
	if (v->engaged_ppm == PPM)
		say(c,
		    N_("On these days only people may be written to who wrote or agreed a short time ago."));
	else if (v->engaged_ppm)
		say(c,
		    N_("On these days at least %lld %% of the people must have written or agreed a short time ago."),
		    LL(v->engaged_ppm * 100 / PPM));
}

/* A number that sends is compared with itself. */
static void why_history(struct api_call *c, const struct budget_view *v)
{
	if (v->most)
		say(c,
		    N_("On its busiest day of the last seven it sent %lld messages: today marketing may bring it to %lld; it has sent %lld."),
		    LL(v->highest), LL(v->most), LL(v->sent_24h));
}

static bool is_in_force(const struct facts_pause *p, time_ms now)
{
	return p->until == TIME_NONE || p->until > now;
}

static void write_pauses(struct api_call *c, const struct facts_pause *paused, size_t len)
{
	time_ms now = clock_now();

	for (size_t i = 0; i < len; i++) {
		if (is_in_force(&paused[i], now))
			say(c, N_("%s is paused by %.*s."), purpose_name(paused[i].purpose),
			    STR_ARG(paused[i].by));
	}
}

/* Whether a pause holds all marketing; a part of a rate behind one does not. */
static bool holds_marketing(const struct facts_pause *paused, size_t len)
{
	time_ms now = clock_now();

	for (size_t i = 0; i < len; i++) {
		const struct facts_pause *p = &paused[i];
		bool covers = p->purpose == PURPOSE_ALL || p->purpose == PURPOSE_MARKETING;
		if (covers && !p->share_ppm && is_in_force(p, now))
			return true;
	}
	return false;
}

/* Whether something stops marketing of the number altogether. */
static bool is_stopped(const struct api_call *c, const struct dir_number *n)
{
	const struct pack *pack = c->gate->lane->core->pack;
	struct standing s;

	standing_of(n->waba, pack, clock_now(), &s);
	return !s.may_begin || !n->waba->payment_ok ||
	    !pack_words_has(&pack_limits(pack)->number.sendable, n->status) ||
	    pack_words_has(&pack_limits(pack)->number.quality_bad, n->quality) ||
	    holds_marketing(n->paused, n->paused_len);
}

/* --- what to do ------------------------------------------------------------------------------- */

static const struct {
	enum warmup_gate gate;
	const char *sentence;
} advice[] = {
	{ WARMUP_GATE_USE,
	    N_("Reach at least half of today's people: a day that is not used is not earned.") },
	{ WARMUP_GATE_QUALITY,
	    N_("Wait until Meta rates the number GREEN, and write to engaged people only.") },
	{ WARMUP_GATE_FAILURES, N_("Clean the list: too many of today's messages fail.") },
	{ WARMUP_GATE_OPT_OUTS,
	    N_("Write to people who asked for it: too many of today's people opt out.") },
	{ WARMUP_GATE_SPAM,
	    N_("Stop what people report: Meta refused messages as spam (131048) today.") },
	{ WARMUP_GATE_TEMPLATE, N_("Change or stop the template that Meta rates RED.") },
};

static void how_to_warm(struct api_call *c, const struct budget_view *v)
{
	if (!v->day.active)
		return;
	for (size_t i = 0; i < ARRAY_LEN(advice); i++) {
		if (v->gates & advice[i].gate)
			jw_c(&c->w, lang_text(c->lang, advice[i].sentence));
	}
	if (v->next_cap)
		say(c, N_("If this day is earned, the number may reach %lld people tomorrow."),
		    LL(v->next_cap));
	else
		say(c, N_("If this day is earned, the warm-up ends."));
}

static void how_to_grow(struct api_call *c, const struct budget_view *v)
{
	if (!v->limited || v->next_level == 0)
		return;
	if (v->next_level == INT64_MAX)
		say(c, N_("The next level of the portfolio is without a limit."));
	else
		say(c, N_("The next level of the portfolio is %lld people."), LL(v->next_level));
	say(c,
	    N_("Meta grants it when at least %lld people were reached in %lld days and quality is high; its numbers sent %lld messages in the last 7 days, which is only a proxy for people."),
	    LL(v->grow_people), LL(v->grow_days), LL(v->sent_7d));
	if (!v->quality_good)
		say(c,
		    N_("It will not grow now: Meta rates a number of the portfolio below GREEN."));
}

/* --- the answer ------------------------------------------------------------------------------- */

static void member_count(struct json_writer *w, const char *key, bool limited, int64_t n)
{
	jw_key(w, key);
	if (limited && n < INT64_MAX)
		jw_int(w, n);
	else
		jw_c(w, "unlimited");
}

static void write_portfolio(
    struct api_call *c, const struct dir_number *n, const struct budget_view *v)
{
	struct json_writer *w = &c->w;

	jw_key(w, "portfolio");
	jw_object(w);
	jw_member_str(w, "id", n->waba->portfolio->id);
	member_count(w, "limit", v->limited, v->limit);
	member_count(w, "marketing", v->limited, v->marketing);
	jw_member_int(w, "used", v->used);
	jw_member_int(w, "reserved", v->reserved);
	jw_member_int(w, "kept", v->limited ? v->limit - v->marketing : 0);
	jw_key(w, "next_level");
	if (!v->limited || v->next_level == 0)
		jw_null(w);
	else if (v->next_level == INT64_MAX)
		jw_c(w, "unlimited");
	else
		jw_int(w, v->next_level);
	jw_member_int(w, "sent_7d", v->sent_7d);
	jw_object_end(w);
}

/* The staircase of the pack, up to what the portfolio allows: what each day brings when all are earned. */
static void write_plan(struct json_writer *w, const struct pack *pack, const struct budget_view *v)
{
	int64_t most = v->limited ? v->limit : INT64_MAX, cap = 0;

	jw_key(w, "plan");
	jw_array(w);
	for (int64_t day = 1; day <= STEPS_SHOWN && cap < most; day++) {
		cap = pack_warmup_cap(pack, day);
		if (cap == INT64_MAX)
			break;
		jw_object(w);
		jw_member_int(w, "day", day);
		jw_member_int(w, "cap", cap < most ? cap : most);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static int write_days(
    struct api_call *c, struct store_conn *conn, const struct dir_number *n, struct err *err)
{
	struct json_writer *w = &c->w;
	struct indicator_day *days = NULL;
	int r = indicators_days(conn, n->id, DAYS_SHOWN, clock_now(), c->arena, &days, err);

	jw_key(w, "days");
	jw_array(w);
	for (size_t i = 0; r == 0 && i < DAYS_SHOWN; i++) {
		const int64_t *what = days[i].counts.n;
		jw_object(w);
		jw_member_time(w, "at", days[i].at);
		jw_member_int(w, "sent", what[SIGNAL_SENT]);
		jw_member_int(w, "marketing", what[SIGNAL_MARKETING_SENT]);
		jw_member_int(w, "delivered", what[SIGNAL_DELIVERED]);
		jw_member_int(w, "failed", what[SIGNAL_FAILED]);
		jw_member_int(w, "opt_outs", what[SIGNAL_OPT_OUT]);
		jw_object_end(w);
	}
	jw_array_end(w);
	return r;
}

static void write_warmup(
    struct json_writer *w, const struct pack *pack, const struct budget_view *v)
{
	jw_key(w, "warmup");
	if (!v->day.active) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_c(w, "phase", warmup_phase_name(v->phase));
	jw_member_int(w, "day", v->day.day);
	jw_member_int(w, "cap", v->day.cap);
	jw_member_int(w, "used", v->warm_used);
	jw_member_int(w, "used_last_hour", v->warm_last_hour);
	jw_member_int(w, "hour_limit", v->hour_limit);
	jw_member_int(w, "used_last_minute", v->warm_last_minute);
	jw_member_int(w, "minute_limit", v->minute_limit);
	jw_member_int(w, "engaged_percent", v->engaged_ppm * 100 / PPM);
	jw_member_int(w, "next_cap", v->next_cap);
	jw_member_time(w, "frozen_until", v->day.frozen_until);
	write_plan(w, pack, v);
	jw_object_end(w);
}

static void write_history(struct json_writer *w, const struct budget_view *v)
{
	jw_key(w, "history");
	jw_object(w);
	jw_member_int(w, "sent_24h", v->sent_24h);
	jw_member_int(w, "highest", v->highest);
	jw_key(w, "most_today");
	if (v->most)
		jw_int(w, v->most);
	else
		jw_null(w);
	jw_object_end(w);
}

static int write_budget(struct api_call *c, struct store_conn *conn, const struct directory *d,
    const struct dir_number *n, struct err *err)
{
	struct budget_view v = { 0 };
	int r = budget_view_read(conn, c->gate->lane->core->pack, d, n, clock_now(), &v, err);

	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_str(&c->w, "number", n->id);
	member_count(&c->w, "left", true, is_stopped(c, n) ? 0 : v.left);
	write_portfolio(c, n, &v);
	write_warmup(&c->w, c->gate->lane->core->pack, &v);
	write_history(&c->w, &v);
	r = write_days(c, conn, n, err);
	jw_key(&c->w, "why");
	jw_array(&c->w);
	why_account(c, n);
	write_pauses(c, n->paused, n->paused_len);
	why_portfolio(c, &v);
	why_warmup(c, &v);
	why_history(c, &v);
	jw_array_end(&c->w);
	jw_key(&c->w, "to_get_more");
	jw_array(&c->w);
	how_to_warm(c, &v);
	how_to_grow(c, &v);
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	return r;
}

static int show_budget(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct directory *d = core_directory(c->gate->lane->core);
	const struct dir_number *n = directory_number(d, api_text(c, "id"));
	int r = n ? write_budget(c, conn, d, n, err)
		  : api_err(c, err, E_NOT_FOUND, "id", N_("There is no such number."));

	directory_unref(&d);
	return r;
}

/* Away from the loop: all people of the day are counted. */
static void start_budget(struct api_call *c)
{
	api_work(c, show_budget);
}

const struct api_handler api_budget_handlers[] = {
	{ "showBudget", NULL, NULL, NULL, start_budget },
	{ NULL, NULL, NULL, NULL, NULL },
};
