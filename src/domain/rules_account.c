/* 201 to 212: what Meta and the operators say of the account and the number. */
#include <string.h>

#include "base/lang.h"
#include "domain/rules_checks.h"

static void evidence_waba(struct judgement *j)
{
	jw_member_str(evidence(j), "waba", j->facts->waba.id);
}

enum answer check_account_disabled(struct judgement *j)
{
	enum waba_state state = j->facts->waba.state;

	if (state == WABA_ACTIVE || state == WABA_LOCKED)
		return ANSWER_PASS;
	evidence_waba(j);
	if (state == WABA_STATE_UNKNOWN) {
		j->because = N_("It cannot be told whether the account {waba} may send.");
		return ANSWER_UNSURE;
	}
	jw_member_c(evidence(j), "state", waba_state_name(state));
	if (state == WABA_SCHEDULED_FOR_DISABLE) {
		j->because = N_("Meta has announced that it will disable the account {waba}.");
		judgement_lower(j, LEVEL_WARN);
	}
	return ANSWER_FAIL;
}

enum answer check_account_locked(struct judgement *j)
{
	if (j->facts->waba.state != WABA_LOCKED)
		return ANSWER_PASS;
	evidence_waba(j);
	return ANSWER_FAIL;
}

/* --- restrictions ----------------------------------------------------------------------------- */

/* What a restriction must cover to stop this message. */
static unsigned covered_by(const struct judgement *j)
{
	switch (j->send->kind) {
	case MESSAGE_TEMPLATE:
		return PACK_COVERS_ALL | PACK_COVERS_BUSINESS_INITIATED |
		    (j->purpose == PURPOSE_UTILITY ? (unsigned)PACK_COVERS_UTILITY_TEMPLATES : 0);
	case MESSAGE_DIRECT:
		return PACK_COVERS_ALL | PACK_COVERS_BUSINESS_INITIATED | PACK_COVERS_DIRECT_SEND;
	default:
		return PACK_COVERS_ALL | PACK_COVERS_REPLIES;
	}
}

/* Of several, the one that lasts longest is named. */
static bool lasts_longer(const struct facts_restriction *a, const struct facts_restriction *b)
{
	return !b || (b->until != TIME_NONE && (a->until == TIME_NONE || a->until > b->until));
}

enum answer check_account_restricted(struct judgement *j)
{
	const struct facts_waba *w = &j->facts->waba;
	const struct facts_restriction *found = NULL;

	for (size_t i = 0; i < w->restrictions_len; i++) {
		const struct facts_restriction *r = &w->restrictions[i];
		if (in_force(r->until, j->now) &&
		    (pack_restriction(j->pack, r->type) & covered_by(j)) && lasts_longer(r, found))
			found = r;
	}
	if (!found)
		return ANSWER_PASS;
	evidence_waba(j);
	jw_member_str(evidence(j), "type", found->type);
	jw_member_time(evidence(j), "until", found->until);
	j->until = found->until;
	if (found->until == TIME_NONE)
		j->because = N_(
		    "Meta has restricted the account {waba} ({type}), with no known end.");
	return ANSWER_FAIL;
}

/* --- country and payment ---------------------------------------------------------------------- */

static bool has_recipient(const struct judgement *j)
{
	return j->send->phone.number != 0 || j->send->bsuid.len > 0;
}

/* The phone's country; without a phone, the letters of the BSUID (readings 43). */
static struct str recipient_country(const struct judgement *j)
{
	if (j->send->phone.number != 0)
		return phone_country(j->send->phone);
	return bsuid_country(j->send->bsuid);
}

enum answer check_account_country(struct judgement *j)
{
	const struct facts_waba *w = &j->facts->waba;

	if (w->blocked_countries_len == 0 || !has_recipient(j))
		return ANSWER_PASS;
	struct str country = recipient_country(j);
	for (size_t i = 0; country.len > 0 && i < w->blocked_countries_len; i++) {
		if (!str_eq_nocase(w->blocked_countries[i], country))
			continue;
		evidence_waba(j);
		jw_member_str(evidence(j), "country", country);
		return ANSWER_FAIL;
	}
	if (country.len > 0)
		return ANSWER_PASS;
	evidence_waba(j);
	j->because = N_(
	    "The account {waba} may not send to some countries, and that of this recipient "
	    "cannot be told.");
	return ANSWER_UNSURE;
}

enum answer check_account_payment(struct judgement *j)
{
	bool reads = j->send->kind == MESSAGE_READ || j->send->kind == MESSAGE_TYPING;

	if (j->facts->waba.payment_ok || reads)
		return ANSWER_PASS;
	evidence_waba(j);
	return ANSWER_FAIL;
}

/* --- pauses ----------------------------------------------------------------------------------- */

static bool outlasts(const struct facts_pause *a, const struct facts_pause *b)
{
	return b->until != TIME_NONE && (a->until == TIME_NONE || a->until > b->until);
}

#define BY_STEPS \
	N_("After a pause, {purpose} begins again by steps: now {percent} per cent of the {a_day} a day that went before; the next may go at {until}.")

#define RESTORED \
	N_("Marketing waits: Varco was brought back from a backup, and somebody may have opted out since that was made.")

const struct rule_case pause_cases[] = {
	{ BY_STEPS,
	    N_("Send it again at that time, or with Prefer: respond-async, which keeps it until then; who answers for the full rate at once ends the steps with `varco pause resume --full`.") },
	{ RESTORED,
	    N_("Wait: whoever runs Varco enters the opt-outs of that time again, and then confirms it with `varco backup confirm`.") },
	{ NULL, NULL },
};

static bool is_case(const struct finding *x, const char *because)
{
	return rule_index_of(x->rule) == RULE_ACCOUNT_PAUSED && x->because &&
	    strcmp(x->because, because) == 0;
}

bool finding_is_of_restore(const struct finding *x)
{
	return is_case(x, RESTORED);
}

bool finding_is_by_steps(const struct finding *x)
{
	return is_case(x, BY_STEPS);
}

/* Behind a pause of the circuit breaker's it begins again by steps. */
static enum answer only_a_share(struct judgement *j, const struct facts_pause *p)
{
	jw_member_c(evidence(j), "purpose", purpose_name(p->purpose));
	jw_member_time(evidence(j), "until", p->until);
	jw_member_str(evidence(j), "by", p->by);
	jw_member_int(evidence(j), "percent", p->share_ppm / (PPM / 100));
	jw_member_int(evidence(j), "a_day", p->a_day);
	j->until = p->until;
	j->because = BY_STEPS;
	return ANSWER_FAIL;
}

static bool is_of_restore(const struct facts_pause *p)
{
	return str_eq(p->by, STR(PAUSE_BY_RESTORE));
}

/* Whatever else is paused: this one binds in observe mode too. */
static enum answer after_restore(struct judgement *j, const struct facts_pause *p)
{
	jw_member_c(evidence(j), "purpose", purpose_name(p->purpose));
	jw_member_time(evidence(j), "until", p->until);
	jw_member_str(evidence(j), "by", p->by);
	j->until = p->until;
	j->because = RESTORED;
	return ANSWER_FAIL;
}

enum answer check_account_paused(struct judgement *j)
{
	const struct facts_waba *w = &j->facts->waba;
	const struct facts_pause *found = NULL;

	for (size_t i = 0; i < w->paused_len; i++) {
		const struct facts_pause *p = &w->paused[i];
		bool covers = p->purpose == PURPOSE_ALL || p->purpose == j->purpose;
		if (!covers || !in_force(p->until, j->now))
			continue;
		if (is_of_restore(p))
			return after_restore(j, p);
		if (!found || outlasts(p, found))
			found = p;
	}
	if (!found)
		return ANSWER_PASS;
	if (found->share_ppm)
		return only_a_share(j, found);
	jw_member_c(evidence(j), "purpose", purpose_name(found->purpose));
	jw_member_time(evidence(j), "until", found->until);
	if (found->by.len > 0)
		jw_member_str(evidence(j), "by", found->by);
	j->until = found->until;
	if (found->until == TIME_NONE)
		j->because = N_("Sending is paused ({purpose}) until someone resumes it.");
	return ANSWER_FAIL;
}

/* --- the number ------------------------------------------------------------------------------- */

enum answer check_number_state(struct judgement *j)
{
	const struct facts_number *n = &j->facts->number;
	bool known = !n->given || n->known;

	if (known && pack_words_has(&pack_limits(j->pack)->number.sendable, n->status))
		return ANSWER_PASS;
	jw_member_str(evidence(j), "number", n->id);
	if (known)
		jw_member_str(evidence(j), "status", n->status);
	else
		j->because = N_("Varco does not know the number {number}.");
	return ANSWER_FAIL;
}

enum answer check_number_quality(struct judgement *j)
{
	const struct facts_number *n = &j->facts->number;
	const struct pack_words *bad = &pack_limits(j->pack)->number.quality_bad;

	if (j->purpose != PURPOSE_MARKETING)
		return ANSWER_PASS;
	bool rated = pack_words_has(bad, n->quality);
	if (!rated && !pack_words_has(bad, n->status))
		return ANSWER_PASS;
	jw_member_str(evidence(j), "number", n->id);
	jw_member_str(evidence(j), "quality", rated ? n->quality : n->status);
	return ANSWER_FAIL;
}
