/* 501 to 509: does the message itself fit what the platform takes now. */
#include "base/lang.h"
#include "domain/rules_checks.h"
#include "domain/template_def.h"

/* Outside the window, marking as read passes; typing and reactions do not (readings 40). */
static bool needs_window(enum message_kind kind)
{
	return kind == MESSAGE_FREE_FORM || kind == MESSAGE_REACTION || kind == MESSAGE_TYPING;
}

enum answer check_window_closed(struct judgement *j)
{
	const struct pack_window *w = &pack_limits(j->pack)->window;

	if (j->window_open || !needs_window(j->send->kind))
		return ANSWER_PASS;
	time_ms last = facts_last_contact(j->facts, j->pack, j->now);
	evidence_person(j);
	jw_member_time(evidence(j), "last_inbound_at", j->facts->person.last_inbound_at);
	if (j->facts->person.last_call_at != TIME_NONE)
		jw_member_time(evidence(j), "last_call_at", j->facts->person.last_call_at);
	if (j->facts->clock_suspect) {
		j->because = N_("The gateway's clock differs so much from the platform's that no "
				"customer service window can be trusted.");
		return ANSWER_FAIL;
	}
	if (last == TIME_NONE && j->facts->person.inbound_unknown) {
		j->because = N_("It cannot be told whether the customer service window is open.");
		return ANSWER_UNSURE;
	}
	if (last == TIME_NONE) {
		j->because = N_(
		    "The customer service window is closed: this person has not written "
		    "to or called this number.");
		return ANSWER_FAIL;
	}
	time_ms closed_at = last + w->length_ms - w->margin_ms;
	jw_member_time(evidence(j), "last_contact_at", last);
	jw_member_time(evidence(j), "closed_at", closed_at);
	jw_member_int(evidence(j), "closed_for_s", (j->now - closed_at) / MS_PER_S);
	return ANSWER_FAIL;
}

static bool is_known_template(const struct judgement *j)
{
	return j->send->kind == MESSAGE_TEMPLATE && j->template_known;
}

/* A send that names no template or language is 509's, and goes nowhere whatever the levels are. */
enum answer check_template_unknown(struct judgement *j)
{
	const struct message *m = j->send;
	bool named = m->template_name.len > 0 && m->template_language.len > 0;
	bool told = j->facts->tpl.category != PURPOSE_NONE;

	if (m->kind != MESSAGE_TEMPLATE || !named || (j->template_known && told))
		return ANSWER_PASS;
	evidence_template(j);
	if (!j->template_known)
		return ANSWER_FAIL;
	j->because = N_("The category of the template {template} ({language}) cannot be told.");
	return ANSWER_UNSURE;
}

enum answer check_template_not_sendable(struct judgement *j)
{
	struct str status = j->facts->tpl.status;

	if (!is_known_template(j))
		return ANSWER_PASS;
	enum pack_status sendable = pack_template_status(j->pack, status);
	if (sendable == PACK_STATUS_SENDABLE || sendable == PACK_STATUS_PAUSED)
		return ANSWER_PASS;
	evidence_template(j);
	jw_member_str(evidence(j), "status", status);
	if (sendable == PACK_STATUS_NOT_SENDABLE)
		return ANSWER_FAIL;
	j->because = N_(
	    "It cannot be told whether the template {template} ({language}) may be sent.");
	return ANSWER_UNSURE;
}

/* A pause with an end holds, one without refuses, and one that should be over is worth a warning until
 * Meta says APPROVED again (readings 10). */
enum answer check_template_paused(struct judgement *j)
{
	const struct facts_template *t = &j->facts->tpl;

	if (!is_known_template(j))
		return ANSWER_PASS;
	bool ahead = t->paused_until_given && t->paused_until > j->now;
	if (pack_template_status(j->pack, t->status) != PACK_STATUS_PAUSED && !ahead)
		return ANSWER_PASS;
	evidence_template(j);
	jw_member_time(evidence(j), "until", t->paused_until_given ? t->paused_until : TIME_NONE);
	if (!t->paused_until_given) {
		j->because = N_(
		    "Meta has paused the template {template} ({language}), with no known end.");
	} else if (ahead) {
		j->until = t->paused_until;
		judgement_lower(j, LEVEL_HOLD);
	} else {
		j->because = N_(
		    "The pause of the template {template} ({language}) ended at {until}, but "
		    "Meta has not yet said that it is approved again.");
		judgement_lower(j, LEVEL_WARN);
	}
	return ANSWER_FAIL;
}

static void evidence_problem(
    struct judgement *j, const struct err *problem, int64_t limit, int64_t got)
{
	jw_member_c(evidence(j), "field", problem->field);
	jw_member_c(evidence(j), "problem", problem->text);
	if (limit >= 0)
		jw_member_int(evidence(j), "limit", limit);
	if (got >= 0)
		jw_member_int(evidence(j), "got", got);
}

enum answer check_template_parameters(struct judgement *j)
{
	struct err problem = { .code = 0 };
	int64_t limit, got;

	if (!is_known_template(j) || j->facts->foreseen.fits ||
	    template_def_check(j->pack, j->facts->tpl.components, j->send, &problem, &limit, &got))
		return ANSWER_PASS;
	evidence_template(j);
	evidence_problem(j, &problem, limit, got);
	if (limit >= 0 && got >= 0)
		j->because = N_(
		    "What the app filled in at {field} does not fit the template {template} "
		    "({language}). {problem} Found: {got}; asked for: {limit}.");
	return ANSWER_FAIL;
}

/* /marketing_messages takes marketing templates and nothing else (131055, 134100). */
static bool is_on_wrong_path(const struct judgement *j)
{
	bool marketing = j->purpose == PURPOSE_MARKETING || j->purpose == PURPOSE_NONE;

	return j->send->marketing_path && (j->send->kind != MESSAGE_TEMPLATE || !marketing);
}

/* With the field and the figures as far as there are any. */
static const char *problem_sentence(const struct message *m)
{
	if (m->problem.field[0] == '\0')
		return N_("The message is not one that the platform takes. {problem}");
	if (m->problem_limit < 0 || m->problem_got < 0)
		return N_("The message is not one that the platform takes, at {field}. {problem}");
	return N_(
	    "The message is not one that the platform takes, at {field}. {problem} Found: {got}; "
	    "limit: {limit}.");
}

enum answer check_message_invalid(struct judgement *j)
{
	const struct message *m = j->send;

	if (m->problem.code == 0 && !is_on_wrong_path(j))
		return ANSWER_PASS;
	if (m->problem.code == 0) {
		jw_member_c(evidence(j), "field", "template.name");
		j->because = N_(
		    "Only marketing templates may be sent through /marketing_messages.");
		return ANSWER_FAIL;
	}
	j->because = problem_sentence(m);
	evidence_problem(j, &m->problem, m->problem_limit, m->problem_got);
	return ANSWER_FAIL;
}
