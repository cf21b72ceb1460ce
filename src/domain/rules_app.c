/* 101 to 104: who is sending, and may they. */
#include "base/lang.h"
#include "domain/rules_checks.h"

static void evidence_app(struct judgement *j)
{
	if (j->facts->app.id.len > 0)
		jw_member_str(evidence(j), "app", j->facts->app.id);
}

/* What else is known of an app is not about a caller whose key it is not. */
static bool is_ours(const struct judgement *j)
{
	return j->facts->app.given && j->facts->app.known;
}

enum answer check_app_unknown(struct judgement *j)
{
	if (!j->facts->app.given || j->facts->app.known)
		return ANSWER_PASS;
	evidence_app(j);
	return ANSWER_FAIL;
}

enum answer check_app_suspended(struct judgement *j)
{
	enum app_status status = j->facts->app.status;

	if (!is_ours(j) || status == APP_ACTIVE)
		return ANSWER_PASS;
	evidence_app(j);
	if (status == APP_STATUS_UNKNOWN) {
		j->because = N_("It cannot be told whether the app {app} may send.");
		return ANSWER_UNSURE;
	}
	jw_member_c(evidence(j), "status", app_status_name(status));
	if (status == APP_REVOKED)
		j->because = N_("The app {app} is revoked in the register.");
	return ANSWER_FAIL;
}

static bool has_number(const struct facts_app *app, struct str number)
{
	for (size_t i = 0; i < app->numbers_len; i++) {
		if (str_eq(app->numbers[i], number))
			return true;
	}
	return app->any_number;
}

enum answer check_app_scope(struct judgement *j)
{
	const struct facts_app *app = &j->facts->app;

	if (!is_ours(j))
		return ANSWER_PASS;
	bool number_ok = has_number(app, j->facts->number.id);
	bool purpose_ok = app->any_purpose || j->purpose == PURPOSE_NONE ||
	    (app->purposes & PURPOSE_BIT(j->purpose));
	if (number_ok && purpose_ok)
		return ANSWER_PASS;
	if (number_ok)
		j->because = N_("The app {app} may not send {purpose} messages.");
	evidence_app(j);
	jw_member_str(evidence(j), "number", j->facts->number.id);
	jw_member_bool(evidence(j), "number_allowed", number_ok);
	jw_member_c(evidence(j), "purpose", purpose_name(j->purpose));
	jw_member_bool(evidence(j), "purpose_allowed", purpose_ok);
	return ANSWER_FAIL;
}

/* Overdue once the day of review has ended in UTC (readings 35). */
enum answer check_app_review_overdue(struct judgement *j)
{
	time_ms day = j->facts->app.review_by;

	if (!is_ours(j) || day == TIME_NONE || j->now < day + MS_PER_DAY)
		return ANSWER_PASS;
	char text[TIME_TEXT_MAX];
	time_format(day, text);
	evidence_app(j);
	jw_member_str(evidence(j), "review_by", str_n(text, sizeof("2026-11-22") - 1));
	return ANSWER_FAIL;
}
