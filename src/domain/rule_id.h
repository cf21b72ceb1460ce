/* domain/rule_id.h: the rules' numbers and names, for whoever must speak of a rule without knowing
 * what it does: the pack (levels), stored decisions, the command line.
 *
 * The one list of rules. Its order is that of the numbers and of the table in rules.c; an index is
 * only valid within one build and is never stored: ids are. */
#ifndef DOMAIN_RULE_ID_H
#define DOMAIN_RULE_ID_H

#include "base/str.h"

/* X(index, number, id) */
#define RULE_IDS(X) \
	X(RULE_APP_UNKNOWN, 101, "app.unknown") \
	X(RULE_APP_SUSPENDED, 102, "app.suspended") \
	X(RULE_APP_SCOPE, 103, "app.scope") \
	X(RULE_APP_REVIEW_OVERDUE, 104, "app.review_overdue") \
	X(RULE_ACCOUNT_DISABLED, 201, "account.disabled") \
	X(RULE_ACCOUNT_LOCKED, 202, "account.locked") \
	X(RULE_ACCOUNT_RESTRICTED, 203, "account.restricted") \
	X(RULE_ACCOUNT_COUNTRY, 204, "account.country") \
	X(RULE_ACCOUNT_PAYMENT, 205, "account.payment") \
	X(RULE_ACCOUNT_PAUSED, 206, "account.paused") \
	X(RULE_NUMBER_STATE, 211, "number.state") \
	X(RULE_NUMBER_QUALITY, 212, "number.quality") \
	X(RULE_RECIPIENT_INVALID, 301, "recipient.invalid") \
	X(RULE_RECIPIENT_SUPPRESSED, 302, "recipient.suppressed") \
	X(RULE_RECIPIENT_UNDELIVERABLE, 303, "recipient.undeliverable") \
	X(RULE_RECIPIENT_US_MARKETING, 304, "recipient.us_marketing") \
	X(RULE_RECIPIENT_AUTH_NEEDS_PHONE, 305, "recipient.auth_needs_phone") \
	X(RULE_CONSENT_MISSING, 401, "consent.missing") \
	X(RULE_CONSENT_WITHDRAWN, 402, "consent.withdrawn") \
	X(RULE_CONSENT_EXPIRED, 403, "consent.expired") \
	X(RULE_CONSENT_EVIDENCE, 404, "consent.evidence") \
	X(RULE_CONSENT_META_STOP, 405, "consent.meta_stop") \
	X(RULE_WINDOW_CLOSED, 501, "window.closed") \
	X(RULE_TEMPLATE_UNKNOWN, 502, "template.unknown") \
	X(RULE_TEMPLATE_NOT_SENDABLE, 503, "template.not_sendable") \
	X(RULE_TEMPLATE_PAUSED, 504, "template.paused") \
	X(RULE_TEMPLATE_PARAMETERS, 505, "template.parameters") \
	X(RULE_TEMPLATE_CATEGORY, 506, "template.category") \
	X(RULE_TEMPLATE_OPT_OUT, 507, "template.opt_out") \
	X(RULE_TEMPLATE_IDENTITY, 508, "template.identity") \
	X(RULE_MESSAGE_INVALID, 509, "message.invalid") \
	X(RULE_CONTENT_PROHIBITED, 601, "content.prohibited") \
	X(RULE_CONTENT_SENSITIVE, 602, "content.sensitive") \
	X(RULE_CONTENT_LINK, 603, "content.link") \
	X(RULE_CONTENT_GENERIC, 604, "content.generic") \
	X(RULE_LIMIT_PORTFOLIO, 701, "limit.portfolio") \
	X(RULE_LIMIT_THROUGHPUT, 702, "limit.throughput") \
	X(RULE_LIMIT_PAIR, 703, "limit.pair") \
	X(RULE_LIMIT_WARMUP, 704, "limit.warmup") \
	X(RULE_LIMIT_SPIKE, 705, "limit.spike") \
	X(RULE_LIMIT_FREQUENCY, 706, "limit.frequency") \
	X(RULE_LIMIT_COOLDOWN, 707, "limit.cooldown") \
	X(RULE_LIMIT_QUIET_HOURS, 708, "limit.quiet_hours") \
	X(RULE_LIMIT_DUPLICATE, 709, "limit.duplicate") \
	X(RULE_LIMIT_COST, 710, "limit.cost")

enum rule_index {
#define X(index, number, id) index,
	RULE_IDS(X)
#undef X
	    RULES_COUNT
};

const char *rule_index_id(enum rule_index index);
int rule_index_number(enum rule_index index);
/* True and *ret when there is such a rule. */
bool rule_index_by_id(struct str id, enum rule_index *ret);
bool rule_index_by_number(int number, enum rule_index *ret);
/* The id nearest to a mistyped one; "" when none is near. Static storage. */
struct str rule_index_nearest(struct str id);

#endif
