/* A WABA's row is written by one INSERT and one UPDATE that both take absent values as "leave it":
 * `add` of what is there already checks for conflicts and then fills in what was absent, `set`
 * overwrites. Numbers and pauses: account_number.c. */
#include "domain/account.h"
#include "domain/template_former.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/value.h"
#include "store/query.h"

#define NAME_MAX_CHARS 200
#define WORD_MAX 200 /* Meta's words, those not yet invented too */
#define LIMIT_MAX 1000000000000LL

/* --- checks ----------------------------------------------------------------------------------- */

static int check_optional_id(struct str v, const char *field, struct err *err)
{
	return v.p ? value_check_id(v, field, err) : 0;
}

static int check_country(struct str country, const char *field, struct err *err)
{
	if (!country.p || phone_is_country(country))
		return 0;
	return err_field(err, E_INVALID, field,
	    N_("The value of \"%s\" must be the two capital letters of a country, as in IT."),
	    field);
}

static int check_limit(bool limited, int64_t limit, struct err *err)
{
	if (!limited || (limit >= 1 && limit <= LIMIT_MAX))
		return 0;
	return err_field(
	    err, E_RANGE, "limit", N_("The limit must be \"unlimited\" or at least 1."));
}

static int check_state(struct str state, struct err *err)
{
	if (!state.p || waba_state_of(state) != WABA_STATE_UNKNOWN)
		return 0;
	return err_field(err, E_INVALID, "state",
	    N_("The state must be one of active, locked, disabled, banned and scheduled_for_disable."));
}

/* And secrets lose the blanks around them. */
static int check_values(struct account_values *v, struct err *err)
{
	int r = value_check_id(v->waba, "waba", err);

	if (r == 0)
		r = check_optional_id(v->portfolio, "portfolio", err);
	if (r == 0 && v->name.p)
		r = value_check_text(v->name, "name", NAME_MAX_CHARS, err);
	if (r == 0)
		r = check_country(v->country, "country", err);
	if (r == 0 && v->upstream.len)
		r = value_check_id(v->upstream, "upstream", err);
	if (r == 0 && v->limit_given)
		r = check_limit(v->limited, v->limit, err);
	if (r == 0)
		r = check_state(v->state, err);
	if (r == 0)
		r = value_trim_secret(&v->token, "token", err);
	if (r == 0)
		r = value_trim_secret(&v->app_secret, "app_secret", err);
	if (r == 0)
		r = value_trim_secret(&v->verify_token, "verify_token", err);
	return r;
}

static int missing(const char *field, struct err *err)
{
	return err_field(err, E_INVALID, field, N_("The value of \"%s\" is missing."), field);
}

static int check_for_add(struct account_values *v, struct err *err)
{
	int r = check_values(v, err);

	if (r < 0)
		return r;
	if (!v->portfolio.p)
		return missing("portfolio", err);
	if (!v->name.p)
		return missing("name", err);
	if (v->state.p || v->payment_given)
		return err_field(err, E_INVALID, v->state.p ? "state" : "payment",
		    N_("An account begins active; its state and payment are set afterwards."));
	return 0;
}

/* --- portfolios ------------------------------------------------------------------------------- */

/* What binds is the lower one of what Meta told (told_limit: null = nothing yet, -1 = no limit) and of what an operator set
 * (own_limit: null = nothing). */
static int write_told(
    struct store_conn *c, struct str portfolio, int64_t limit, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE portfolio SET told_limit = ?2, updated_at = ?3, people_limit ="
	    " CASE WHEN ?2 < 0 OR own_limit < ?2 THEN own_limit ELSE ?2 END WHERE id = ?1",
	    "tim", portfolio, limit, now);
}

static int write_own(
    struct store_conn *c, struct str portfolio, int64_t limit, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE portfolio SET own_limit = CASE WHEN ?2 < 0 THEN NULL ELSE ?2 END, updated_at = ?3,"
	    " people_limit = CASE WHEN ?2 >= 0 AND (told_limit IS NULL OR told_limit < 0 OR ?2 < told_limit)"
	    " THEN ?2 WHEN told_limit < 0 THEN NULL ELSE told_limit END WHERE id = ?1",
	    "tim", portfolio, limit, now);
}

/* As it was given first: nobody's word yet. */
static int write_first(
    struct store_conn *c, struct str portfolio, int64_t limit, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE portfolio SET people_limit = CASE WHEN ?2 < 0 THEN NULL ELSE ?2 END,"
	    " updated_at = ?3 WHERE id = ?1",
	    "tim", portfolio, limit, now);
}

/* 1 and the limit on record (-1 = none); 0 there is no such portfolio. */
static int read_limit(struct store_conn *c, struct str portfolio, int64_t *ret, struct err *err)
{
	return store_ask_int(c, ret, err,
	    "SELECT coalesce(people_limit, -1) FROM portfolio WHERE id = ?1", "t", portfolio);
}

static int make_portfolio(
    struct store_conn *c, const struct account_values *v, time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "INSERT INTO portfolio (id, people_limit, counting, updated_at) VALUES (?1, NULL, 0, ?2)",
	    "tm", v->portfolio, now);

	if (r == 0 && v->limit_given)
		r = write_first(c, v->portfolio, v->limited ? v->limit : -1, now, err);
	return r;
}

static int meet_portfolio(
    struct store_conn *c, const struct account_values *v, time_ms now, struct err *err)
{
	int64_t limit, given = v->limited ? v->limit : -1;
	int r = read_limit(c, v->portfolio, &limit, err);

	if (r == 0)
		return make_portfolio(c, v, now, err);
	if (r < 0 || !v->limit_given || limit == given)
		return r < 0 ? r : 0;
	return err_field(
	    err, E_CONFLICT, "limit", N_("The portfolio is on record already with another limit."));
}

/* --- WABAs ------------------------------------------------------------------------------------ */

struct sealed {
	struct buf token, app_secret, verify_token;
};

static void sealed_init(struct sealed *x)
{
	buf_init(&x->token, 0);
	buf_init(&x->app_secret, 0);
	buf_init(&x->verify_token, 0);
}

static void sealed_done(struct sealed *x)
{
	buf_done(&x->token);
	buf_done(&x->app_secret);
	buf_done(&x->verify_token);
}

static int seal_one(const struct seal_key *key, struct str waba, const char *what, struct str plain,
    struct buf *out, struct err *err)
{
	struct secret_place place = { "waba", waba, what };

	return secret_seal(key, &place, plain, out, err);
}

static int seal_all(
    const struct seal_key *key, const struct account_values *v, struct sealed *ret, struct err *err)
{
	int r = seal_one(key, v->waba, "token", v->token, &ret->token, err);

	if (r == 0)
		r = seal_one(key, v->waba, "app_secret", v->app_secret, &ret->app_secret, err);
	if (r == 0)
		r = seal_one(
		    key, v->waba, "verify_token", v->verify_token, &ret->verify_token, err);
	return r;
}

static int insert_waba(struct store_conn *c, const struct account_values *v, const struct sealed *x,
    time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO waba (id, portfolio, name, country, upstream, state, payment_ok, token, app_secret,"
	    " verify_token, created_at, updated_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, 'active', 1, ?6, ?7, ?8, ?9, ?9)",
	    "tttttbbbm", v->waba, v->portfolio, v->name, v->country.p ? v->country : STR(""),
	    v->upstream, secret_sealed(&x->token), secret_sealed(&x->app_secret),
	    secret_sealed(&x->verify_token), now);
}

static int update_waba(struct store_conn *c, const struct account_values *v, const struct sealed *x,
    time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE waba SET name = coalesce(?2, name), country = coalesce(?3, country),"
	    " upstream = coalesce(?4, upstream), token = coalesce(?5, token),"
	    " app_secret = coalesce(?6, app_secret), verify_token = coalesce(?7, verify_token),"
	    " updated_at = ?8 WHERE id = ?1",
	    "ttttbbbm", v->waba, v->name, v->country, v->upstream, secret_sealed(&x->token),
	    secret_sealed(&x->app_secret), secret_sealed(&x->verify_token), now);
}

/* Writes what is given: a new row, or what a row lacks or gets. */
static int write_waba(struct store_conn *c, const struct seal_key *key,
    const struct account_values *v, bool fresh, time_ms now, struct err *err)
{
	struct sealed x;

	sealed_init(&x);
	int r = seal_all(key, v, &x, err);
	if (r == 0)
		r = fresh ? insert_waba(c, v, &x, now, err) : update_waba(c, v, &x, now, err);
	sealed_done(&x);
	return r;
}

static int compare_texts(struct store_stmt *s, const struct account_values *v, struct err *err)
{
	const struct {
		int column;
		struct str given;
		const char *field;
	} texts[] = {
		{ 0, v->portfolio, "portfolio" },
		{ 1, v->name, "name" },
		{ 2, v->country, "country" },
		{ 3, v->upstream, "upstream" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(texts); i++)
		r = value_check_same(
		    texts[i].given, store_col_text(s, texts[i].column), texts[i].field, err);
	return r;
}

static int compare_secrets(struct store_stmt *s, const struct seal_key *key,
    const struct account_values *v, struct err *err)
{
	const struct {
		int column;
		struct str given;
		const char *what;
	} secrets[] = {
		{ 4, v->token, "token" },
		{ 5, v->app_secret, "app_secret" },
		{ 6, v->verify_token, "verify_token" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(secrets); i++) {
		struct secret_place place = { "waba", v->waba, secrets[i].what };
		r = secret_check_same(key, &place, secrets[i].given,
		    store_col_blob(s, secrets[i].column), secrets[i].what, err);
	}
	return r;
}

/* 1 it is on record and agrees with what is given; 0 it is not there. */
static int meet_waba(struct store_conn *c, const struct seal_key *key,
    const struct account_values *v, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT portfolio, name, country, upstream, token, app_secret, verify_token FROM waba"
	    " WHERE id = ?1",
	    "t", v->waba);

	if (r < 0)
		return r;
	r = store_step(s, err);
	int differs = r > 0 ? compare_texts(s, v, err) : 0;
	if (r > 0 && differs == 0)
		differs = compare_secrets(s, key, v, err);
	store_reset(s);
	return differs < 0 ? differs : r;
}

int account_add(struct store_conn *c, const struct seal_key *key, const struct account_values *v,
    time_ms now, bool *ret_created, struct err *err)
{
	struct account_values given = *v;
	int r = check_for_add(&given, err);

	if (r < 0)
		return r;
	int there = meet_waba(c, key, &given, err);
	if (there < 0)
		return there;
	r = meet_portfolio(c, &given, now, err);
	if (r == 0)
		r = write_waba(c, key, &given, !there, now, err);
	if (r == 0)
		*ret_created = !there;
	return r;
}

static int unknown_waba(struct str waba, struct err *err)
{
	return err_field(err, E_NOT_FOUND, "waba", N_("There is no account %.*s."), STR_ARG(waba));
}

/* Where it belongs; a WABA does not move, for the people that its portfolio counts would not move
 * with it. */
static int check_portfolio(struct store_conn *c, const struct account_values *v, struct arena *a,
    struct str *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT portfolio FROM waba WHERE id = ?1", "t", v->waba);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		r = store_copy_text(s, 0, a, ret) < 0 ? err_set(err, E_NOMEM, "Memory ran out.")
						      : 1;
	store_reset(s);
	if (r == 0)
		return unknown_waba(v->waba, err);
	return r < 0 ? r : value_check_same(v->portfolio, *ret, "portfolio", err);
}

/* What is told of a WABA in other ways too. */
static int set_others(struct store_conn *c, const struct account_values *v, struct str portfolio,
    time_ms now, struct err *err)
{
	int r = 0;

	if (v->state.p)
		r = waba_set_state(c, v->waba, v->state, now, err);
	if (r == 0 && v->payment_given)
		r = waba_set_payment(c, v->waba, v->payment_ok, now, err);
	if (r == 0 && v->limit_given)
		r = write_own(c, portfolio, v->limited ? v->limit : -1, now, err);
	return r;
}

int account_set(struct store_conn *c, const struct seal_key *key, const struct account_values *v,
    time_ms now, struct err *err)
{
	struct account_values given = *v;
	struct arena *a = arena_new(0, 0);
	struct str portfolio;
	int r = a ? check_values(&given, err) : err_set(err, E_NOMEM, "Memory ran out.");

	if (r == 0)
		r = check_portfolio(c, &given, a, &portfolio, err);
	if (r == 0)
		r = write_waba(c, key, &given, false, now, err);
	if (r == 0)
		r = set_others(c, &given, portfolio, now, err);
	arena_free(&a);
	return r;
}

/* What hangs on a WABA goes with it, and the portfolio with the last of its WABAs; the people that
 * it counts are left to fade away, for the same portfolio may come back within the day. */
int account_remove(struct store_conn *c, struct str waba, struct err *err)
{
	int64_t numbers;
	int r = store_ask_int(
	    c, &numbers, err, "SELECT count(*) FROM number WHERE waba = ?1", "t", waba);

	if (r < 0)
		return r;
	if (numbers)
		return err_field(
		    err, E_CONFLICT, "waba", N_("The account %.*s has numbers."), STR_ARG(waba));
	r = store_do(c, err, "DELETE FROM waba_restriction WHERE waba = ?1", "t", waba);
	if (r == 0)
		r = store_do(c, err, "DELETE FROM waba_blocked_country WHERE waba = ?1", "t", waba);
	if (r == 0)
		r = store_do(
		    c, err, "DELETE FROM pause WHERE scope = 'waba' AND scope_id = ?1", "t", waba);
	if (r == 0)
		r = store_do(c, err, "DELETE FROM template WHERE waba = ?1", "t", waba);
	if (r == 0)
		r = template_former_tidy(c, waba, err);
	if (r == 0)
		r = store_do(c, err, "DELETE FROM waba WHERE id = ?1", "t", waba);
	if (r < 0)
		return r;
	if (store_changes(c) == 0)
		return unknown_waba(waba, err);
	return store_do(
	    c, err, "DELETE FROM portfolio WHERE id NOT IN (SELECT portfolio FROM waba)", "");
}

/* --- what Meta said --------------------------------------------------------------------------- */

/* After an UPDATE by id. */
static int must_have_changed(struct store_conn *c, int r, struct str waba, struct err *err)
{
	if (r < 0)
		return r;
	return store_changes(c) > 0 ? 0 : unknown_waba(waba, err);
}

static int check_waba(struct store_conn *c, struct str waba, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err, "SELECT 1 FROM waba WHERE id = ?1", "t", waba);

	if (r < 0)
		return r;
	return r > 0 ? 0 : unknown_waba(waba, err);
}

int waba_set_state(
    struct store_conn *c, struct str waba, struct str state, time_ms now, struct err *err)
{
	int r = value_check_text(state, "state", WORD_MAX, err);

	if (r == 0)
		r = store_do(c, err, "UPDATE waba SET state = ?2, updated_at = ?3 WHERE id = ?1",
		    "ttm", waba, state, now);
	return must_have_changed(c, r, waba, err);
}

int waba_set_payment(struct store_conn *c, struct str waba, bool ok, time_ms now, struct err *err)
{
	int r = store_do(c, err, "UPDATE waba SET payment_ok = ?2, updated_at = ?3 WHERE id = ?1",
	    "tim", waba, (int64_t)ok, now);

	return must_have_changed(c, r, waba, err);
}

int waba_block_country(
    struct store_conn *c, struct str waba, struct str country, time_ms now, struct err *err)
{
	int r = country.p ? check_country(country, "country", err) : missing("country", err);

	if (r == 0)
		r = check_waba(c, waba, err);
	if (r < 0)
		return r;
	return store_do(c, err,
	    "INSERT INTO waba_blocked_country (waba, country, at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (waba, country) DO NOTHING",
	    "ttm", waba, country, now);
}

int waba_unblock_country(struct store_conn *c, struct str waba, struct str country, struct err *err)
{
	return store_do(c, err, "DELETE FROM waba_blocked_country WHERE waba = ?1 AND country = ?2",
	    "tt", waba, country);
}

int waba_restrict(struct store_conn *c, struct str waba, struct str type, time_ms until,
    time_ms now, struct err *err)
{
	int r = value_check_text(type, "restriction_type", WORD_MAX, err);

	if (r == 0)
		r = check_waba(c, waba, err);
	if (r < 0)
		return r;
	return store_do(c, err,
	    "INSERT INTO waba_restriction (waba, type, until_at, at) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (waba, type) DO UPDATE SET until_at = excluded.until_at, at = excluded.at",
	    "ttmm", waba, type, until, now);
}

int waba_unrestrict(struct store_conn *c, struct str waba, struct str type, struct err *err)
{
	return store_do(
	    c, err, "DELETE FROM waba_restriction WHERE waba = ?1 AND type = ?2", "tt", waba, type);
}

int portfolio_set_limit(struct store_conn *c, struct str portfolio, bool limited, int64_t limit,
    time_ms now, struct err *err)
{
	int r = check_limit(limited, limit, err);

	if (r == 0)
		r = write_told(c, portfolio, limited ? limit : -1, now, err);
	if (r < 0)
		return r;
	if (store_changes(c) == 0)
		return err_field(err, E_NOT_FOUND, "portfolio", N_("There is no portfolio %.*s."),
		    STR_ARG(portfolio));
	return 0;
}
