/* Accounts and numbers. Answers are written from the directory, which the commit has renewed
 * before anybody is answered. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/account.h"
#include "domain/outbox.h"
#include "domain/overview.h"
#include "domain/warmup.h"

#define OPERATOR "operator"

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
		core_directory_changed(core);
	return r;
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
		core_directory_changed(core);
	return r;
}

static int remove_account(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = account_remove(conn, api_text(c, "id"), err);

	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* --- accounts: answers ------------------------------------------------------------------------ */

static void write_limit(struct json_writer *w, const struct dir_portfolio *p)
{
	jw_key(w, "limit");
	if (p->limited)
		jw_int(w, p->limit);
	else
		jw_c(w, "unlimited");
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

/* Of secrets only whether there is one. */
static void write_account(
    struct json_writer *w, const struct directory *d, const struct dir_waba *a)
{
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
	jw_object_end(w);
}

static int answer_account(struct api_call *c, struct str id, struct err *err)
{
	const struct directory *d = directory_of(c);
	const struct dir_waba *a = directory_waba(d, id);

	if (!a)
		return unknown_account(c, err);
	write_account(&c->w, d, a);
	return 0;
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
		if (api_page_takes(&page, wabas[i]->id))
			write_account(&c->w, d, wabas[i]);
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

static int add_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct number_values v = number_values(c);
	bool created;

	v.waba = api_text(c, "waba");
	int r = number_add(conn, &v, clock_now(), &created, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int set_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct number_values v = number_values(c);

	v.verified_name = api_text(c, "verified_name");
	v.status = api_text(c, "status");
	v.quality = api_text(c, "quality");
	int r = number_set(conn, &v, clock_now(), err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int remove_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = number_remove(conn, api_text(c, "id"), err);

	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* --- pauses ----------------------------------------------------------------------------------- */

static int check_purpose(struct api_call *c, struct err *err)
{
	enum purpose p;

	if (!api_value(c, "purpose")->given || purpose_parse(api_text(c, "purpose"), &p) == 0)
		return 0;
	return api_err(c, err, E_INVALID, "purpose",
	    N_("\"purpose\" must be one of marketing, utility, authentication, service and all."));
}

static int check_pause(struct api_call *c, struct err *err)
{
	if (api_value(c, "for")->given && api_value(c, "until")->given)
		return api_err(
		    c, err, E_INVALID, "until", N_("Say either how long or until when, not both."));
	return check_purpose(c, err);
}

static enum purpose purpose_of(const struct api_call *c)
{
	enum purpose p = PURPOSE_ALL;

	/* check_purpose() was there before; absent is every one. */
	if (purpose_parse(api_text(c, "purpose"), &p) < 0)
		p = PURPOSE_ALL;
	return p;
}

static time_ms pause_end(const struct api_call *c, time_ms now)
{
	if (api_value(c, "for")->given)
		return now + api_value(c, "for")->number;
	return api_value(c, "until")->given ? api_value(c, "until")->at : TIME_NONE;
}

static int pause_number(struct api_call *c, struct store_conn *conn, struct err *err)
{
	time_ms now = clock_now();
	int r = pause_set(conn, STR("number"), api_text(c, "id"), purpose_of(c), pause_end(c, now),
	    STR(OPERATOR), api_text(c, "reason"), now, err);

	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
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
		r = pause_clear(conn, STR("number"), api_text(c, "id"), purpose_of(c), err);
	if (r == 0)
		r = outbox_wake(conn, clock_now(), err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* --- numbers: answers ------------------------------------------------------------------------- */

static void write_warmup(struct api_call *c, const struct dir_number *n)
{
	const struct dir_portfolio *p = n->waba->portfolio;
	struct json_writer *w = &c->w;
	struct warmup_day day;

	warmup_day(c->gate->lane->core->pack, n->established, n->warm_from,
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

static int write_pauses(struct api_call *c, const char *scope, struct str id, struct err *err)
{
	struct overview_pause *pauses;
	struct json_writer *w = &c->w;
	size_t len;
	int r = overview_pauses(
	    c->gate->lane->reader, str_c(scope), id, c->arena, &pauses, &len, err);

	for (size_t i = 0; r == 0 && i < len; i++) {
		jw_object(w);
		jw_member_c(w, "scope", scope);
		jw_member_str(w, "id", id);
		jw_member_c(w, "purpose", purpose_name(pauses[i].purpose));
		jw_member_time(w, "until", pauses[i].until);
		jw_member_str(w, "by", pauses[i].by);
		jw_member_str(w, "reason", pauses[i].reason);
		jw_member_time(w, "at", pauses[i].at);
		jw_object_end(w);
	}
	return r;
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
	int r = write_pauses(c, "number", n->id, err);
	if (r == 0)
		r = write_pauses(c, "waba", n->waba->id, err);
	jw_array_end(w);
	jw_member_time(w, "created_at", n->created_at);
	jw_object_end(w);
	return r;
}

static int show_number(struct api_call *c, struct err *err)
{
	const struct dir_number *n = directory_number(directory_of(c), api_text(c, "id"));

	return n ? write_number(c, n, err) : unknown_number(c, err);
}

static int list_numbers(struct api_call *c, struct err *err)
{
	struct str waba = api_text(c, "waba");
	struct api_page page;
	size_t n;
	const struct dir_number *const *numbers = directory_numbers(directory_of(c), &n);
	int r = api_page_open(c, &page, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		bool wanted = !waba.p || str_eq(waba, numbers[i]->waba->id);
		if (wanted && api_page_takes(&page, numbers[i]->id))
			r = write_number(c, numbers[i], err);
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
	{ "removeAccount", NULL, remove_account, answer_removed, NULL },
	{ "addNumber", NULL, add_number, show_number, NULL },
	{ "listNumbers", NULL, NULL, list_numbers, NULL },
	{ "showNumber", NULL, NULL, show_number, NULL },
	{ "setNumber", NULL, set_number, show_number, NULL },
	{ "removeNumber", NULL, remove_number, answer_removed, NULL },
	{ "pauseNumber", check_pause, pause_number, show_number, NULL },
	{ "resumeNumber", check_purpose, resume_number, show_number, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
