/* 401 to 405: what the person agreed to. Acts are read the way readings 3 to 5 settle: the newest act
 * that covers the purpose decides, a withdrawal wins a tie, acts of the future do not count. */
#include "base/lang.h"
#include "domain/rules_checks.h"

/* After a withdrawal of everything, codes that a person asks for still come: only a withdrawal of
 * authentication itself stops them (readings 4). */
static const struct facts_consent *newest_for_codes(const struct facts_person *p, time_ms now)
{
	const struct facts_consent *newest = NULL;

	for (size_t i = 0; i < p->consents_len; i++) {
		const struct facts_consent *c = &p->consents[i];
		bool speaks = facts_consent_speaks(c->purpose, c->act, PURPOSE_AUTHENTICATION);
		if (c->at <= now && speaks && facts_consent_is_newer(c, newest))
			newest = c;
	}
	return newest;
}

/* Is this one of the purposes that ask for consent: 401 to 404 never judge service, and no rule bound to
 * a purpose judges an unknown template. */
static bool asks_consent(const struct judgement *j)
{
	return j->purpose == PURPOSE_MARKETING || j->purpose == PURPOSE_UTILITY ||
	    j->purpose == PURPOSE_AUTHENTICATION;
}

static bool is_exempt(const struct judgement *j)
{
	return pack_limits(j->pack)->consent.exempt & PURPOSE_BIT(j->purpose);
}

static void evidence_purpose(struct judgement *j)
{
	evidence_person(j);
	jw_member_c(evidence(j), "purpose", purpose_name(j->purpose));
}

enum answer check_consent_missing(struct judgement *j)
{
	if (!asks_consent(j) || !j->business_initiated || is_exempt(j) ||
	    newest_act_for(j, j->purpose))
		return ANSWER_PASS;
	evidence_purpose(j);
	return ANSWER_FAIL;
}

enum answer check_consent_withdrawn(struct judgement *j)
{
	const struct facts_person *p = &j->facts->person;

	if (!asks_consent(j))
		return ANSWER_PASS;
	const struct facts_consent *newest = j->purpose == PURPOSE_AUTHENTICATION
	    ? newest_for_codes(p, j->now)
	    : newest_act_for(j, j->purpose);
	if (!newest || newest->act != CONSENT_WITHDRAW)
		return ANSWER_PASS;
	evidence_purpose(j);
	jw_member_time(evidence(j), "withdrawn_at", newest->at);
	return ANSWER_FAIL;
}

/* The grant that 403 and 404 look at; NULL when they have nothing to judge. */
static const struct facts_consent *grant_in_force(const struct judgement *j)
{
	if (!asks_consent(j) || !j->business_initiated)
		return NULL;
	const struct facts_consent *newest = newest_act_for(j, j->purpose);
	return newest && newest->act == CONSENT_GRANT ? newest : NULL;
}

static time_ms later(time_ms a, time_ms b)
{
	return a > b ? a : b;
}

/* A purpose that needs no grant cannot be stopped by an old one. */
enum answer check_consent_expired(struct judgement *j)
{
	const struct pack_consent *figures = &pack_limits(j->pack)->consent;
	const struct facts_consent *grant = is_exempt(j) ? NULL : grant_in_force(j);

	if (!grant)
		return ANSWER_PASS;
	time_ms used = later(
	    facts_consent_given(grant), facts_last_contact(j->facts, j->pack, j->now));
	time_ms delivered = j->facts->person.last_delivered[j->purpose];
	if (delivered <= j->now)
		used = later(used, delivered);
	if (j->now - used <= figures->unused_warn_ms)
		return ANSWER_PASS;
	bool refuse = j->now - used > figures->unused_refuse_ms;
	int64_t limit_ms = refuse ? figures->unused_refuse_ms : figures->unused_warn_ms;
	evidence_purpose(j);
	jw_member_time(evidence(j), "granted_at", facts_consent_given(grant));
	jw_member_time(evidence(j), "last_used_at", used);
	jw_member_int(evidence(j), "limit_s", limit_ms / MS_PER_S);
	if (!refuse)
		judgement_lower(j, LEVEL_WARN);
	return ANSWER_FAIL;
}

enum answer check_consent_evidence(struct judgement *j)
{
	const struct facts_consent *grant = grant_in_force(j);

	if (!grant)
		return ANSWER_PASS;
	enum evidence needed = pack_limits(j->pack)->consent.evidence[j->purpose];
	if (grant->evidence >= needed)
		return ANSWER_PASS;
	evidence_purpose(j);
	jw_member_time(evidence(j), "granted_at", facts_consent_given(grant));
	jw_member_c(evidence(j), "evidence", evidence_name(grant->evidence));
	jw_member_c(evidence(j), "needed", evidence_name(needed));
	return ANSWER_FAIL;
}

const struct rule_case stop_cases[] = {
	{ N_("This person wrote what may be an opt-out, and nobody has looked at it yet."),
	    N_("Look at the words with `varco stop list --state held`, then `varco stop confirm` or "
	       "`varco stop release`.") },
	{ NULL, NULL },
};

enum answer check_consent_meta_stop(struct judgement *j)
{
	const struct facts_person *p = &j->facts->person;

	if (!(p->meta_stop || p->stop_doubt) ||
	    !(pack_meta_stop(j->pack) & PURPOSE_BIT(j->purpose)))
		return ANSWER_PASS;
	evidence_purpose(j);
	if (p->meta_stop)
		return ANSWER_FAIL;
	j->because = stop_cases[0].because;
	jw_member_bool(evidence(j), "doubt", true);
	return ANSWER_FAIL;
}
