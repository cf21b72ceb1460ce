/* domain/rules_checks.h: one check a rule, and what they write with.
 *
 * Private to rules.c, where the rows name them, policy.c, which runs them, the files rules_*.c that hold
 * them, one file a family, and template_advice.c, which speaks as they do. */
#ifndef DOMAIN_RULES_CHECKS_H
#define DOMAIN_RULES_CHECKS_H

#include "domain/content_message.h"
#include "domain/rules.h"

/* The evidence object of this finding, opened at the first call. */
struct json_writer *evidence(struct judgement *j);
/* {"template","language"}; {"person"} masked. */
void evidence_template(struct judgement *j);
void evidence_person(struct judgement *j);
/* Never raises. */
void judgement_lower(struct judgement *j, enum level level);

/* Mark as read, typing and reactions are not gated beyond app, account and window (design 6). */
bool judgement_is_gesture(const struct judgement *j);
/* Counts for portfolio and warm-up: business-initiated with no window open (readings 1). */
bool judgement_is_counted(const struct judgement *j);

/* In force at `now`: an end equal to now is over (readings 30). */
static inline bool in_force(time_ms until, time_ms now)
{
	return until == TIME_NONE || until > now;
}

/* The sentence for a class of prohibited or sensitive content; NULL when it has none of its own. */
const char *rules_because_of_class(struct str class);

#define CHECK(name) enum answer name(struct judgement *j)

CHECK(check_app_unknown);
CHECK(check_app_suspended);
CHECK(check_app_scope);
CHECK(check_app_review_overdue);

CHECK(check_account_disabled);
CHECK(check_account_locked);
CHECK(check_account_restricted);
CHECK(check_account_country);
CHECK(check_account_payment);
CHECK(check_account_paused);
CHECK(check_number_state);
CHECK(check_number_quality);

CHECK(check_recipient_invalid);
CHECK(check_recipient_suppressed);
CHECK(check_recipient_undeliverable);
CHECK(check_recipient_us_marketing);
CHECK(check_recipient_auth_needs_phone);

CHECK(check_consent_missing);
CHECK(check_consent_withdrawn);
CHECK(check_consent_expired);
CHECK(check_consent_evidence);
CHECK(check_consent_meta_stop);

CHECK(check_window_closed);
CHECK(check_template_unknown);
CHECK(check_template_not_sendable);
CHECK(check_template_paused);
CHECK(check_template_parameters);
CHECK(check_template_category);
CHECK(check_template_opt_out);
CHECK(check_template_identity);
CHECK(check_message_invalid);

CHECK(check_content_prohibited);
CHECK(check_content_sensitive);
CHECK(check_content_link);
CHECK(check_content_generic);

CHECK(check_limit_portfolio);
CHECK(check_limit_throughput);
CHECK(check_limit_pair);
CHECK(check_limit_warmup);
CHECK(check_limit_spike);
CHECK(check_limit_frequency);
CHECK(check_limit_cooldown);
CHECK(check_limit_quiet_hours);
CHECK(check_limit_duplicate);
CHECK(check_limit_cost);

extern const struct rule_case release_cases[];
extern const struct rule_case pause_cases[]; /* rules_account.c */
extern const struct rule_case stop_cases[];  /* rules_consent.c */

/* The newest act of the person that covers the purpose, as of now (facts.h). */
static inline const struct facts_consent *newest_act_for(
    const struct judgement *j, enum purpose purpose)
{
	const struct facts_person *p = &j->facts->person;

	return facts_consent_newest(p->consents, p->consents_len, purpose, j->now);
}

#endif
