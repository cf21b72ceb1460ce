/* 301 to 305: may this person be reached at all. */
#include "base/lang.h"
#include "domain/rules_checks.h"

/* A sender without a country code meant its own country; whether that is so, a person should look. */
static enum answer warn_of_prefix(struct judgement *j)
{
	struct str country = phone_country(j->send->phone);

	evidence_person(j);
	jw_member_str(evidence(j), "country", country.p ? country : j->facts->waba.country);
	j->because = N_("The recipient was written without a country code and was read as {person} "
			"({country}).");
	judgement_lower(j, LEVEL_WARN);
	return ANSWER_FAIL;
}

enum answer check_recipient_invalid(struct judgement *j)
{
	const struct message *m = j->send;
	struct phone own = j->facts->number.phone;

	if (m->to_problem.code != 0) {
		jw_member_c(evidence(j), "field", m->to_problem.field);
		jw_member_c(evidence(j), "problem", m->to_problem.text);
		return ANSWER_FAIL;
	}
	if (own.number != 0 && m->phone.number == own.number) {
		evidence_person(j);
		j->because = N_("The recipient {person} is the sending number itself.");
		return ANSWER_FAIL;
	}
	return m->to_prefixed ? warn_of_prefix(j) : ANSWER_PASS;
}

/* The withdrawal of everything that is in force for this purpose: the newest act for `all`, unless the
 * purpose itself was granted again later (readings 5). */
static const struct facts_consent *withdrawn_from_all(const struct judgement *j)
{
	const struct facts_consent *all = newest_act_for(j, PURPOSE_ALL);

	if (!all || all->act != CONSENT_WITHDRAW)
		return NULL;
	const struct facts_consent *own = newest_act_for(j, j->purpose);
	return own->act == CONSENT_GRANT ? NULL : all;
}

enum answer check_recipient_suppressed(struct judgement *j)
{
	if (j->purpose == PURPOSE_NONE || j->purpose == PURPOSE_AUTHENTICATION || j->reply ||
	    judgement_is_gesture(j))
		return ANSWER_PASS;
	if (j->facts->person.suppressed) {
		evidence_person(j);
		j->because = N_("This person is on the suppression list.");
		return ANSWER_FAIL;
	}
	const struct facts_consent *all = withdrawn_from_all(j);
	if (!all)
		return ANSWER_PASS;
	evidence_person(j);
	jw_member_time(evidence(j), "withdrawn_at", all->at);
	return ANSWER_FAIL;
}

enum answer check_recipient_undeliverable(struct judgement *j)
{
	const struct pack_undeliverable *u = &pack_limits(j->pack)->undeliverable;

	if (!j->business_initiated || j->window_open ||
	    j->facts->person.hard_failures < u->failures)
		return ANSWER_PASS;
	evidence_person(j);
	jw_member_int(evidence(j), "failures", j->facts->person.hard_failures);
	jw_member_int(evidence(j), "window_s", u->window_ms / MS_PER_S);
	return ANSWER_FAIL;
}

enum answer check_recipient_us_marketing(struct judgement *j)
{
	const struct message *m = j->send;

	if (j->purpose != PURPOSE_MARKETING)
		return ANSWER_PASS;
	unsigned area = phone_nanp_area(m->phone);
	bool by_phone = area != 0 && pack_is_us_area(j->pack, area);
	bool by_bsuid = m->phone.number == 0 && str_eq(bsuid_country(m->bsuid), STR("US"));
	if (!by_phone && !by_bsuid)
		return ANSWER_PASS;
	evidence_person(j);
	if (by_phone)
		jw_member_int(evidence(j), "area_code", (int64_t)area);
	return ANSWER_FAIL;
}

enum answer check_recipient_auth_needs_phone(struct judgement *j)
{
	const struct message *m = j->send;

	if (j->purpose != PURPOSE_AUTHENTICATION || m->phone.number != 0 || m->bsuid.len == 0)
		return ANSWER_PASS;
	evidence_person(j);
	return ANSWER_FAIL;
}
