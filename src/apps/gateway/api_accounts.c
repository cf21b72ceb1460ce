/* Accounts and numbers. Answers are written from the directory, which the commit has renewed
 * before anybody is answered. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/account.h"
#include "domain/account_state.h"
#include "domain/outbox.h"
#include "domain/overview.h"
#include "domain/warmup_round.h"
#include "flow/credential.h"
#include "flow/told.h"

static const struct directory *directory_of(struct api_call *c)
{
	return lane_directory(c->gate->lane);
}

static int unknown_account(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such account."));
}

static int unknown_number(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such number."));
}

static int answer_removed(struct api_call *c, struct err *err)
{
	(void)err;
	jw_object(&c->w);
	jw_member_str(&c->w, "id", api_text(c, "id"));
	jw_member_bool(&c->w, "removed", true);
	jw_object_end(&c->w);
	return 0;
}

/* --- accounts: changes ------------------------------------------------------------------------ */

static struct account_values account_values(const struct api_call *c, struct str waba)
{
	const struct api_value *limit = api_value(c, "limit");

	return (struct account_values){
		.waba = waba,
		.name = api_text(c, "name"),
		.country = api_text(c, "country"),
		.upstream = api_text(c, "upstream"),
		.limit_given = limit->given,
		.limited = limit->flag,
		.limit = limit->number,
		.token = api_text(c, "token_file"),
		.app_secret = api_text(c, "app_secret_file"),
		.verify_token = api_text(c, "verify_token_file"),
	};
}

static struct str provider_names(struct api_call *c)
{
	const struct pack *pack = c->gate->lane->core->pack;
	const struct pack_upstream *u;
	struct buf names;

	buf_init(&names, 0);
	for (size_t i = 0; (u = pack_upstream_at(pack, i)) != NULL; i++)
		buf_addf(&names, "%s%.*s", i ? ", " : "", STR_ARG(u->name));
	struct str ret = arena_str(c->arena, buf_str(&names));
	buf_done(&names);
	return ret;
}

static int check_upstream(struct api_call *c, struct err *err)
{
	struct str name = api_text(c, "upstream");

	if (!name.len || pack_upstream(c->gate->lane->core->pack, name))
		return 0;
	return api_err(c, err, E_INVALID, "upstream",
	    N_("The policy pack has no such provider; it has %.*s."), STR_ARG(provider_names(c)));
}

static int add_account(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct account_values v = account_values(c, api_text(c, "waba"));
	struct core *core = c->gate->lane->core;
	bool created;

	v.portfolio = api_text(c, "portfolio");
	int r = account_add(conn, &core->key, &v, clock_now(), &created, err);
	if (r == 0)
		r = told_by_operator(core, conn, HISTORY_WABA, v.waba, STR_NONE, err);
	if (r == 0)
		r = told_by_operator(core, conn, HISTORY_PORTFOLIO, v.portfolio, STR_NONE, err);
	return r;
}

static int limit_told(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct directory *d;
	int r = core_directory_now(c->gate->lane->core, conn, &d, err);
	const struct dir_waba *w = r < 0 ? NULL : directory_waba(d, api_text(c, "id"));

	if (!w)
		return r;
	struct str portfolio = arena_str(c->arena, w->portfolio->id);
	return told_by_operator(
	    c->gate->lane->core, conn, HISTORY_PORTFOLIO, portfolio, STR_NONE, err);
}

static int set_account(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct account_values v = account_values(c, api_text(c, "id"));
	struct core *core = c->gate->lane->core;

	v.state = api_text(c, "state");
	v.payment_given = api_value(c, "payment_ok")->given;
	v.payment_ok = api_value(c, "payment_ok")->flag;
	int r = account_set(conn, &core->key, &v, clock_now(), err);
	if (r == 0)
		r = told_by_operator(core, conn, HISTORY_WABA, v.waba, STR_NONE, err);
	if (r == 0 && v.token.len)
		r = credential_replaced(core, conn, v.waba, err);
	return r < 0 || !v.limit_given ? r : limit_told(c, conn, err);
}

static int check_reason(struct api_call *c, struct err *err)
{
	if (str_trim(api_text(c, "reason")).len > 0)
		return 0;
	return api_err(c, err, E_INVALID, "reason",
	    N_("\"reason\" is empty: whoever comes later wants to know why."));
}

static int check_lift(struct api_call *c, struct err *err)
{
	struct str country = api_text(c, "country");
	bool lock = api_value(c, "lock")->flag;

	if (!api_value(c, "restriction")->given && !country.p && !lock)
		return api_err(c, err, E_INVALID, "restriction",
		    N_("Say what is to end: a restriction, a country or the lock."));
	if (country.p && !phone_is_country(country))
		return api_err(c, err, E_INVALID, "country",
		    N_("\"country\" must be the two capital letters of a country, as in IT."));
	return check_reason(c, err);
}

/* `r` of one of the lifts; all or none of what is named ends. */
static int must_end(struct api_call *c, int r, const char *field, struct err *err)
{
	if (r != 0)
		return r < 0 ? r : 0;
	return api_err(c, err, E_NOT_FOUND, field, N_("Nothing of that is in force."));
}

static int lift_named(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct str waba = api_text(c, "id"), type = api_text(c, "restriction");
	const struct pack *pack = c->gate->lane->core->pack;
	struct str country = api_text(c, "country");
	int r = 0;

	if (type.p)
		r = must_end(c, waba_lift_restriction(conn, pack, waba, type, clock_now(), err),
		    "restriction", err);
	if (r == 0 && country.p)
		r = must_end(
		    c, waba_lift_country(conn, waba, country, clock_now(), err), "country", err);
	if (r == 0 && api_value(c, "lock")->flag)
		r = must_end(c, waba_lift_lock(conn, waba, clock_now(), err), "lock", err);
	return r;
}

static int lift_account(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	const struct directory *d;
	int r = core_directory_now(core, conn, &d, err);

	if (r < 0)
		return r;
	if (!directory_waba(d, api_text(c, "id")))
		return unknown_account(c, err);
	r = lift_named(c, conn, err);
	if (r == 0)
		r = told_by_operator(
		    core, conn, HISTORY_WABA, api_text(c, "id"), api_text(c, "reason"), err);
	return r < 0 ? r : outbox_wake(conn, clock_now(), err);
}

static int remove_account(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = account_remove(conn, api_text(c, "id"), err);

	return r < 0 ? r
		     : told_by_operator(c->gate->lane->core, conn, HISTORY_WABA, api_text(c, "id"),
			   STR_NONE, err);
}

/* --- accounts: answers ------------------------------------------------------------------------ */

static void write_count(struct json_writer *w, const char *key, bool limited, int64_t limit)
{
	jw_key(w, key);
	if (limited)
		jw_int(w, limit);
	else
		jw_c(w, "unlimited");
}

/* What binds, and the two that it is the lower one of; null = nobody said anything. */
static void write_limit(struct json_writer *w, const struct dir_portfolio *p)
{
	write_count(w, "limit", p->limited, p->limit);
	if (p->told)
		write_count(w, "limit_meta", p->told_limit >= 0, p->told_limit);
	else
		jw_member_str(w, "limit_meta", STR_NONE);
	if (p->own_limit >= 0)
		jw_member_int(w, "limit_operator", p->own_limit);
	else
		jw_member_str(w, "limit_operator", STR_NONE);
}

static void write_restrictions(struct json_writer *w, const struct dir_waba *a)
{
	jw_key(w, "restrictions");
	jw_array(w);
	for (size_t i = 0; i < a->restrictions_len; i++) {
		jw_object(w);
		jw_member_str(w, "type", a->restrictions[i].type);
		jw_member_time(w, "until", a->restrictions[i].until);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_countries(struct json_writer *w, const struct dir_waba *a)
{
	jw_key(w, "blocked_countries");
	jw_array(w);
	for (size_t i = 0; i < a->blocked_countries_len; i++)
		jw_str(w, a->blocked_countries[i]);
	jw_array_end(w);
}

static void write_numbers(
    struct json_writer *w, const struct directory *d, const struct dir_waba *a)
{
	size_t n;
	const struct dir_number *const *numbers = directory_numbers(d, &n);

	jw_key(w, "numbers");
	jw_array(w);
	for (size_t i = 0; i < n; i++) {
		if (numbers[i]->waba == a)
			jw_str(w, numbers[i]->id);
	}
	jw_array_end(w);
}

static void write_word(struct json_writer *w, const char *key, struct str word)
{
	jw_member_str(w, key, word.len ? word : STR_NONE);
}

static void write_standing(struct api_call *c, const struct dir_waba *a)
{
	struct json_writer *w = &c->w;
	struct standing s;

	standing_of(a, c->gate->lane->core->pack, clock_now(), &s);
	jw_key(w, "standing");
	jw_object(w);
	jw_member_c(w, "step", standing_name(s.step));
	jw_member_c(w, "sentence", lang_text(c->lang, standing_sentence(s.step)));
	jw_member_str(w, "word", s.word);
	jw_member_time(w, "until", s.until);
	jw_member_bool(w, "may_begin", s.may_begin);
	jw_member_bool(w, "may_reply", s.may_reply);
	jw_object_end(w);
	write_word(w, "warning", a->warning);
	jw_member_time(w, "warned_at", a->warned_at);
	write_word(w, "review", a->review);
	jw_member_time(w, "disable_at", a->disable_at);
	write_word(w, "health", a->health);
	jw_member_time(w, "health_at", a->health_at);
	jw_member_time(w, "templates_at", a->templates_at);
}

/* Of secrets only whether there is one. Left open for the caller. */
static void write_account(struct api_call *c, const struct directory *d, const struct dir_waba *a)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_str(w, "waba", a->id);
	jw_member_str(w, "portfolio", a->portfolio->id);
	jw_member_str(w, "name", a->name);
	write_word(w, "country", a->country);
	write_limit(w, a->portfolio);
	write_word(w, "upstream", a->upstream);
	jw_member_str(w, "state", a->state_word);
	jw_member_bool(w, "payment_ok", a->payment_ok);
	jw_member_bool(w, "token", a->token.len > 0);
	jw_member_bool(w, "app_secret", a->app_secret.len > 0);
	jw_member_bool(w, "verify_token", a->verify_token.len > 0);
	write_restrictions(w, a);
	write_countries(w, a);
	write_numbers(w, d, a);
	write_standing(c, a);
}

static int answer_account(struct api_call *c, struct str id, struct err *err)
{
	const struct directory *d = directory_of(c);
	const struct dir_waba *a = directory_waba(d, id);

	if (!a)
		return unknown_account(c, err);
	write_account(c, d, a);
	jw_key(&c->w, "paused");
	jw_array(&c->w);
	int r = api_pauses_write(c, "waba", id, err);
	jw_array_end(&c->w);
	if (r == 0)
		r = api_changes_write(c, HISTORY_WABA, id, err);
	jw_object_end(&c->w);
	return r;
}

static int show_added_account(struct api_call *c, struct err *err)
{
	return answer_account(c, api_text(c, "waba"), err);
}

static int show_account(struct api_call *c, struct err *err)
{
	return answer_account(c, api_text(c, "id"), err);
}

static int list_accounts(struct api_call *c, struct err *err)
{
	const struct directory *d = directory_of(c);
	struct api_page page;
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(d, &n);
	int r = api_page_open(c, &page, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (!api_may_waba(c, wabas[i]->id) || !api_page_takes(&page, wabas[i]->id))
			continue;
		write_account(c, d, wabas[i]);
		jw_object_end(&c->w);
	}
	api_page_close(c, &page);
	return 0;
}

/* --- numbers: changes ------------------------------------------------------------------------- */

static struct number_values number_values(const struct api_call *c)
{
	const struct api_value *established = api_value(c, "established");
	const struct api_value *throughput = api_value(c, "throughput");

	return (struct number_values){
		.id = api_text(c, "id"),
		.display = api_text(c, "display"),
		.established_given = established->given,
		.established = established->flag,
		.throughput_given = throughput->given,
		.throughput = throughput->number,
	};
}

static int number_told(struct api_call *c, struct store_conn *conn, struct err *err)
{
	return told_by_operator(
	    c->gate->lane->core, conn, HISTORY_NUMBER, api_text(c, "id"), STR_NONE, err);
}

static int add_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct number_values v = number_values(c);
	bool created;

	v.waba = api_text(c, "waba");
	int r = number_add(conn, &v, clock_now(), &created, err);
	return r < 0 ? r : number_told(c, conn, err);
}

/* An override of the warm-up bears a name and a reason, and both are in the ledger's entry. */
static int check_override(struct api_call *c, struct err *err)
{
	bool cap = api_value(c, "warmup_cap")->given, by = api_text(c, "by").len > 0;
	bool reason = api_text(c, "reason").len > 0;

	if (cap && (!by || !reason))
		return api_err(c, err, E_INVALID, by ? "reason" : "by",
		    N_("Whoever sets the warm-up says who they are and why."));
	if (!cap && (by || reason))
		return api_err(c, err, E_INVALID, "warmup_cap",
		    N_("A name and a reason go with the cap of the warm-up."));
	return 0;
}

/* What a person says of it is one of Meta's words; what Meta says is taken as it is. */
static int check_number(struct api_call *c, struct err *err)
{
	static const char *const words[] = { "GREEN", "YELLOW", "RED", "UNKNOWN", "FLAGGED" };
	struct str quality = api_text(c, "quality");

	for (size_t i = 0; quality.p && i < ARRAY_LEN(words); i++) {
		if (str_eq_nocase(quality, str_c(words[i])))
			return check_override(c, err);
	}
	if (!quality.p)
		return check_override(c, err);
	return api_err(c, err, E_INVALID, "quality",
	    N_("\"quality\" must be one of GREEN, YELLOW, RED, FLAGGED and UNKNOWN."));
}

static int set_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct number_values v = number_values(c);

	v.verified_name = api_text(c, "verified_name");
	v.status = api_text(c, "status");
	v.quality = api_text(c, "quality");
	int r = number_set(conn, &v, clock_now(), err);
	if (r == 0 && api_value(c, "warmup_cap")->given)
		r = warmup_set_cap(
		    conn, v.id, api_value(c, "warmup_cap")->number, clock_now(), err);
	if (r < 0)
		return r;
	return told_by_operator(
	    c->gate->lane->core, conn, HISTORY_NUMBER, v.id, api_text(c, "reason"), err);
}

static int remove_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = number_remove(conn, api_text(c, "id"), err);

	return r < 0 ? r : number_told(c, conn, err);
}

/* --- pauses ----------------------------------------------------------------------------------- */

static int pause_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	return api_pause_set(c, conn, STR("number"), err);
}

/* There is a number of that id, as of this transaction. */
static int must_be_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct directory *d;
	int r = core_directory_now(c->gate->lane->core, conn, &d, err);

	if (r < 0)
		return r;
	return directory_number(d, api_text(c, "id")) ? 0 : unknown_number(c, err);
}

static int resume_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = must_be_number(c, conn, err);

	if (r == 0)
		r = api_pause_end(c, conn, STR("number"), err);
	return r < 0 ? r : 0;
}

/* --- numbers: answers ------------------------------------------------------------------------- */

static void write_warmup(struct api_call *c, const struct dir_number *n)
{
	const struct dir_portfolio *p = n->waba->portfolio;
	struct json_writer *w = &c->w;
	struct warmup_day day;

	warmup_day(c->gate->lane->core->pack, n->established, &n->warmup,
	    p->limited ? p->limit : -1, clock_now(), &day);
	jw_key(w, "warmup");
	if (!day.active) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_time(w, "from", n->warm_from);
	jw_member_int(w, "day", day.day);
	jw_member_int(w, "cap", day.cap);
	jw_member_time(w, "frozen_until", n->warm_frozen_until);
	jw_object_end(w);
}

static int write_number(struct api_call *c, const struct dir_number *n, struct err *err)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_str(w, "id", n->id);
	jw_member_str(w, "waba", n->waba->id);
	jw_member_str(w, "display", n->display);
	write_word(w, "verified_name", n->verified_name);
	jw_member_str(w, "status", n->status);
	jw_member_str(w, "quality", n->quality);
	jw_member_int(w, "throughput",
	    n->throughput ? n->throughput
			  : pack_limits(c->gate->lane->core->pack)->number.throughput);
	jw_member_bool(w, "established", n->established);
	write_warmup(c, n);
	jw_key(w, "paused");
	jw_array(w);
	int r = api_pauses_write(c, "number", n->id, err);
	if (r == 0)
		r = api_pauses_write(c, "waba", n->waba->id, err);
	jw_array_end(w);
	if (r == 0)
		r = api_signals_write(c, SIGNAL_OF_NUMBER, n->id, err);
	write_word(w, "name_status", n->name_status);
	write_word(w, "health", n->health);
	jw_member_time(w, "health_at", n->health_at);
	jw_member_time(w, "created_at", n->created_at);
	return r;
}

static int show_number(struct api_call *c, struct err *err)
{
	const struct dir_number *n = directory_number(directory_of(c), api_text(c, "id"));

	if (!n)
		return unknown_number(c, err);
	int r = write_number(c, n, err);
	if (r == 0)
		r = api_changes_write(c, HISTORY_NUMBER, n->id, err);
	jw_object_end(&c->w);
	return r;
}

static int write_listed_number(struct api_call *c, const struct dir_number *n, struct err *err)
{
	int r = write_number(c, n, err);

	jw_object_end(&c->w);
	return r;
}

static int list_numbers(struct api_call *c, struct err *err)
{
	struct str waba = api_text(c, "waba");
	struct api_page page;
	size_t n;
	const struct dir_number *const *numbers = directory_numbers(directory_of(c), &n);
	int r = api_page_open(c, &page, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		bool wanted = (!waba.p || str_eq(waba, numbers[i]->waba->id)) &&
		    api_may_number(c, numbers[i]->id);
		if (wanted && api_page_takes(&page, numbers[i]->id))
			r = write_listed_number(c, numbers[i], err);
	}
	if (r == 0)
		api_page_close(c, &page);
	return r;
}

const struct api_handler api_account_handlers[] = {
	{ "addAccount", check_upstream, add_account, show_added_account, NULL },
	{ "listAccounts", NULL, NULL, list_accounts, NULL },
	{ "showAccount", NULL, NULL, show_account, NULL },
	{ "setAccount", check_upstream, set_account, show_account, NULL },
	{ "liftAccount", check_lift, lift_account, show_account, NULL },
	{ "removeAccount", NULL, remove_account, answer_removed, NULL },
	{ "addNumber", NULL, add_number, show_number, NULL },
	{ "listNumbers", NULL, NULL, list_numbers, NULL },
	{ "showNumber", NULL, NULL, show_number, NULL },
	{ "setNumber", check_number, set_number, show_number, NULL },
	{ "removeNumber", NULL, remove_number, answer_removed, NULL },
	{ "pauseNumber", api_pause_check, pause_number, show_number, NULL },
	{ "resumeNumber", api_resume_check, resume_number, show_number, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
