/* Numbers and pauses; portfolios and WABAs are in account.c. */
#include "domain/account.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/value.h"
#include "domain/trip.h"
#include "store/query.h"

#define NAME_MAX_CHARS 200
#define REASON_MAX_CHARS 1000
#define THROUGHPUT_MAX 1000

/* --- checks ----------------------------------------------------------------------------------- */

/* Meta writes display numbers with or without the plus. */
static int parse_display(struct str display, struct phone *ret, struct err *err)
{
	char text[40];

	if (phone_parse(display, STR_NONE, ret, NULL, NULL) == 0)
		return 0;
	text[0] = '+';
	if (display.p && str_to_c(display, text + 1, sizeof(text) - 1) == 0 &&
	    phone_parse(str_c(text), STR_NONE, ret, NULL, NULL) == 0)
		return 0;
	return err_field(err, E_INVALID, "display",
	    N_("The value of \"display\" must be a telephone number in international form, as in +39 02 1234567."));
}

static int check_word(struct str word, const char *field, struct err *err)
{
	return word.p ? value_check_id(word, field, err) : 0;
}

static int check_throughput(const struct number_values *v, struct err *err)
{
	if (!v->throughput_given || (v->throughput >= 1 && v->throughput <= THROUGHPUT_MAX))
		return 0;
	return err_field(err, E_RANGE, "throughput",
	    N_("The throughput must be between 1 and %d messages a second."), THROUGHPUT_MAX);
}

/* *ret_display: in E.164, or empty when it is not given. */
static int check_values(
    const struct number_values *v, char ret_display[PHONE_TEXT_MAX], struct err *err)
{
	struct phone phone = { 0 };
	int r = value_check_id(v->id, "id", err);

	if (r == 0)
		r = check_word(v->waba, "waba", err);
	if (r == 0 && v->display.p)
		r = parse_display(v->display, &phone, err);
	if (r == 0 && v->verified_name.p)
		r = value_check_text(v->verified_name, "verified_name", NAME_MAX_CHARS, err);
	if (r == 0)
		r = check_word(v->status, "status", err);
	if (r == 0)
		r = check_word(v->quality, "quality", err);
	if (r == 0)
		r = check_throughput(v, err);
	phone_format(phone, ret_display);
	return r;
}

static int missing(const char *field, struct err *err)
{
	return err_field(err, E_INVALID, field, N_("The value of \"%s\" is missing."), field);
}

static int check_waba(struct store_conn *c, struct str waba, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err, "SELECT 1 FROM waba WHERE id = ?1", "t", waba);

	if (r < 0)
		return r;
	return r > 0 ? 0
		     : err_field(err, E_INVALID, "waba",
			   N_("There is no account %.*s; add it first."), STR_ARG(waba));
}

/* Meta's webhooks name a number by how it is displayed, so no two may look alike. */
static int check_display_is_free(
    struct store_conn *c, struct str id, struct str display, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT id FROM number WHERE display = ?1 AND id <> ?2", "tt", display, id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		r = err_field(err, E_CONFLICT, "display",
		    N_("%.*s is on record already as the display number of %.*s."),
		    STR_ARG(display), STR_ARG(store_col_text(s, 0)));
	store_reset(s);
	return r;
}

static struct str given_text(const char *display)
{
	return *display ? str_c(display) : STR_NONE;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int insert_number(struct store_conn *c, const struct number_values *v, struct str display,
    time_ms now, struct err *err)
{
	bool established = v->established_given && v->established;

	return store_do(c, err,
	    "INSERT INTO number (id, waba, display, verified_name, status, quality, throughput, established,"
	    " warm_from, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
	    "ttttttiimm", v->id, v->waba, display, v->verified_name,
	    v->status.p ? v->status : STR("CONNECTED"), v->quality.p ? v->quality : STR("GREEN"),
	    v->throughput_given ? v->throughput : (int64_t)0, (int64_t)established,
	    established ? TIME_NONE : now, now);
}

/* What is absent stays. A number that turns out not to be established warms up from now, once. */
static int update_number(struct store_conn *c, const struct number_values *v, struct str display,
    time_ms now, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "UPDATE number SET display = coalesce(?2, display), verified_name = coalesce(?3, verified_name),"
	    " status = coalesce(?4, status), quality = coalesce(?5, quality),"
	    " throughput = coalesce(?6, throughput), established = coalesce(?7, established),"
	    " warm_from = CASE WHEN coalesce(?7, established) = 0 THEN coalesce(warm_from, ?8)"
	    " ELSE warm_from END, updated_at = ?8 WHERE id = ?1",
	    "tttttiim", v->id, display, v->verified_name, v->status, v->quality, v->throughput,
	    (int64_t)v->established, now);

	if (r < 0)
		return r;
	if (!v->throughput_given)
		store_bind_null(s, 6);
	if (!v->established_given)
		store_bind_null(s, 7);
	return store_run(s, err);
}

static int compare(
    struct store_stmt *s, const struct number_values *v, struct str display, struct err *err)
{
	const struct {
		int column;
		struct str given;
		const char *field;
	} texts[] = {
		{ 0, v->waba, "waba" },
		{ 1, display, "display" },
		{ 2, v->verified_name, "verified_name" },
		{ 3, v->status, "status" },
		{ 4, v->quality, "quality" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(texts); i++)
		r = value_check_same(
		    texts[i].given, store_col_text(s, texts[i].column), texts[i].field, err);
	if (r < 0)
		return r;
	int64_t throughput = store_col_int(s, 5);
	if (v->throughput_given && throughput && throughput != v->throughput)
		return err_field(err, E_CONFLICT, "throughput",
		    N_("It is on record already with another throughput."));
	if (v->established_given && v->established != (store_col_int(s, 6) != 0))
		return err_field(err, E_CONFLICT, "established",
		    N_("It is on record already as %s."),
		    v->established ? "not established" : "established");
	return 0;
}

/* 1 it is on record and agrees with what is given; 0 it is not there. */
static int meet_number(
    struct store_conn *c, const struct number_values *v, struct str display, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT waba, display, verified_name, status, quality, throughput, established FROM number"
	    " WHERE id = ?1",
	    "t", v->id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	int differs = r > 0 ? compare(s, v, display, err) : 0;
	store_reset(s);
	return differs < 0 ? differs : r;
}

int number_add(struct store_conn *c, const struct number_values *v, time_ms now, bool *ret_created,
    struct err *err)
{
	char display[PHONE_TEXT_MAX];
	int r = check_values(v, display, err);

	if (r == 0 && (!v->waba.p || !v->display.p))
		r = missing(v->waba.p ? "display" : "waba", err);
	if (r == 0)
		r = check_waba(c, v->waba, err);
	if (r < 0)
		return r;
	int there = meet_number(c, v, str_c(display), err);
	if (there < 0)
		return there;
	r = check_display_is_free(c, v->id, str_c(display), err);
	if (r < 0)
		return r;
	r = there ? update_number(c, v, str_c(display), now, err)
		  : insert_number(c, v, str_c(display), now, err);
	if (r == 0)
		*ret_created = !there;
	return r;
}

static int unknown_number(struct str id, struct err *err)
{
	return err_field(err, E_NOT_FOUND, "id", N_("There is no number %.*s."), STR_ARG(id));
}

static int check_same_waba(struct store_conn *c, const struct number_values *v, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT waba FROM number WHERE id = ?1", "t", v->id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r == 0)
		r = unknown_number(v->id, err);
	else if (r > 0)
		r = value_check_same(v->waba, store_col_text(s, 0), "waba", err);
	store_reset(s);
	return r;
}

int number_set(struct store_conn *c, const struct number_values *v, time_ms now, struct err *err)
{
	char display[PHONE_TEXT_MAX];
	int r = check_values(v, display, err);

	if (r == 0)
		r = check_same_waba(c, v, err);
	if (r == 0 && *display)
		r = check_display_is_free(c, v->id, str_c(display), err);
	return r < 0 ? r : update_number(c, v, given_text(display), now, err);
}

int number_remove(struct store_conn *c, struct str id, struct err *err)
{
	int r = store_do(
	    c, err, "DELETE FROM pause WHERE scope = 'number' AND scope_id = ?1", "t", id);

	if (r == 0)
		r = store_do(c, err, "DELETE FROM number WHERE id = ?1", "t", id);
	if (r < 0)
		return r;
	return store_changes(c) > 0 ? 0 : unknown_number(id, err);
}

/* --- pauses ----------------------------------------------------------------------------------- */

static const struct {
	const char *scope, *find;
} scopes[] = {
	{ "number", "SELECT 1 FROM number WHERE id = ?1" },
	{ "waba", "SELECT 1 FROM waba WHERE id = ?1" },
	{ "template", "SELECT 1 FROM template WHERE waba || '/' || name || '/' || language = ?1" },
	{ "app", "SELECT 1 FROM integration WHERE id = ?1 AND key_hash IS NOT NULL" },
	/* whoever sends names it; one that never sent may be paused too */
	{ "campaign", "SELECT 1 WHERE ?1 <> ''" },
};

/* 1 it exists, 0 it does not. */
static int find_scope(struct store_conn *c, struct str scope, struct str id, struct err *err)
{
	int64_t one;

	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		if (str_eq_c(scope, scopes[i].scope))
			return store_ask_int(c, &one, err, scopes[i].find, "t", id);
	}
	return err_field(err, E_INVALID, "scope",
	    N_("What is paused must be a number, an account (waba), a template, an app or a campaign."));
}

static int check_pause(enum purpose purpose, time_ms until, struct str by, struct str reason,
    time_ms now, struct err *err)
{
	if (!*purpose_name(purpose))
		return err_field(err, E_INVALID, "purpose",
		    N_("The purpose must be one of marketing, utility, authentication, service and all."));
	if (until != TIME_NONE && until <= now)
		return err_field(err, E_RANGE, "until", N_("The pause would have ended already."));
	int r = value_check_text(by, "by", NAME_MAX_CHARS, err);
	if (r == 0 && reason.len)
		r = value_check_text(reason, "reason", REASON_MAX_CHARS, err);
	return r;
}

int pause_set(struct store_conn *c, struct str scope, struct str id, enum purpose purpose,
    time_ms until, struct str by, struct str reason, time_ms now, struct err *err)
{
	int r = check_pause(purpose, until, by, reason, now, err);

	if (r < 0)
		return r;
	r = find_scope(c, scope, id, err);
	if (r == 0)
		return err_field(err, E_NOT_FOUND, "id", N_("There is no %.*s %.*s."),
		    STR_ARG(scope), STR_ARG(id));
	if (r < 0)
		return r;
	struct str why = reason.p ? reason : STR("");
	bool automatic = str_eq(by, STR(TRIP_BY)) || str_eq(by, STR(PAUSE_BY_META));
	return store_do(c, err,
	    "INSERT INTO pause (scope, scope_id, purpose, until_at, made_by, reason, at, cause)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
	    " ON CONFLICT (scope, scope_id, purpose, made_by, cause) DO UPDATE SET"
	    " until_at = excluded.until_at, reason = excluded.reason, at = excluded.at",
	    "ttimttmt", scope, id, (int64_t)purpose, until, by, why, now,
	    automatic ? why : STR(""));
}

int pause_clear(
    struct store_conn *c, struct str scope, struct str id, enum purpose purpose, struct err *err)
{
	if (purpose == PURPOSE_ALL)
		return store_do(c, err,
		    "DELETE FROM pause WHERE scope = ?1 AND scope_id = ?2 AND made_by <> ?3", "ttt",
		    scope, id, STR(PAUSE_BY_RESTORE));
	return store_do(c, err,
	    "DELETE FROM pause WHERE scope = ?1 AND scope_id = ?2 AND purpose = ?3 AND made_by <> ?4",
	    "ttit", scope, id, (int64_t)purpose, STR(PAUSE_BY_RESTORE));
}

int pause_clear_of(struct store_conn *c, struct str scope, struct str id, struct str by,
    struct str reason, struct err *err)
{
	return store_do(c, err,
	    "DELETE FROM pause WHERE scope = ?1 AND scope_id = ?2 AND made_by = ?3 AND reason = ?4",
	    "tttt", scope, id, by, reason);
}
