/* domain/facts.h: everything known about one message at one instant.
 *
 * The same struct is filled from the store (gateway) and from JSON (`varco decide`, design 7). A missing fact means the ordinary, harmless
 * value, which is what facts_init() writes, except consents (none), last inbound (never) and the template (unknown).
 * `unknown` marks values that were given but cannot be told (an unheard-of status): the rule then answers "cannot tell". Times are time_ms; TIME_NONE means
 * never/none. Strings are borrowed. Counts exclude the message that is being decided. */
#ifndef DOMAIN_FACTS_H
#define DOMAIN_FACTS_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "domain/message.h"

enum app_status { APP_ACTIVE, APP_SUSPENDED, APP_REVOKED, APP_STATUS_UNKNOWN };
enum waba_state { WABA_ACTIVE, WABA_LOCKED, WABA_DISABLED, WABA_BANNED, WABA_SCHEDULED_FOR_DISABLE, WABA_STATE_UNKNOWN };
enum consent_act { CONSENT_GRANT = 1, CONSENT_WITHDRAW = 2 };

struct facts_app {
	bool            given;          /* an app is named at all; a gateway send with a wrong key has known = false */
	bool            known;
	struct str      id;
	enum app_status status;
	bool            any_number, any_purpose;   /* no list given: every one */
	const struct str *numbers;
	size_t          numbers_len;
	unsigned        purposes;       /* bit 1u << enum purpose */
	time_ms         review_by;      /* start (UTC) of that day; TIME_NONE = none */
	int64_t         same_digest_1h;
	bool            has_budget;     /* cost_left is meaningful */
	double          cost_left;
};

struct facts_restriction { struct str type; time_ms until; };          /* TIME_NONE: without end */
struct facts_pause { enum purpose purpose; time_ms until; struct str by; };  /* TIME_NONE: until resumed */

struct facts_waba {
	struct str      id, country, name;
	enum waba_state state;
	const struct facts_restriction *restrictions;
	size_t          restrictions_len;
	const struct str *blocked_countries;
	size_t          blocked_countries_len;
	bool            payment_ok;
	const struct facts_pause *paused;
	size_t          paused_len;
};

struct facts_warmup {
	bool    active;
	int64_t cap, used, used_last_hour, used_last_minute, day;
	double  engaged_share;          /* of today's people so far; 1 when none */
	time_ms frozen_until;
};

struct facts_number {
	bool       given, known;        /* given and not known: unknown to Varco (211) */
	struct str id, display, verified_name;
	struct str status, quality;     /* Meta's words; "" = unknown quality */
	int64_t    throughput;          /* messages per second; 0 = the pack's */
	int64_t    sent_last_second, sent_24h, max_24h_last_7d;
	struct facts_warmup warmup;
};

struct facts_template {
	bool       known;
	struct str name, language, status, quality;   /* status "" = missing: cannot tell */
	enum purpose category, correct_category;      /* PURPOSE_NONE = none */
	time_ms    category_change_at, paused_until;
	bool       paused_until_given;  /* false with status PAUSED: no known end */
	const struct json *components;  /* NULL = missing */
};

struct facts_consent {
	enum purpose     purpose;
	enum consent_act act;
	time_ms          at;
	enum evidence    evidence;
};

struct facts_digest {
	struct sha256 digest;
	time_ms       at;
	struct str    app, number;
};

struct facts_person {
	struct phone  phone;
	struct str    bsuid;
	struct str    timezone;                       /* IANA; "" = unknown */
	time_ms       last_inbound_at, last_call_at;  /* with this number */
	const struct facts_consent *consents;
	size_t        consents_len;
	bool          meta_stop, suppressed;
	int64_t       hard_failures;                  /* within the pack's window, since the last inbound (readings 39) */
	const time_ms *marketing_sent;
	size_t        marketing_sent_len;
	time_ms       cooldown_until;
	const time_ms *pair_sent;                     /* sends from this number; or, when the store kept only the debt: */
	size_t        pair_sent_len;
	time_ms       pair_clear_at;                  /* when the pair's whole debt is repaid (GCRA); TIME_NONE = use pair_sent */
	const struct facts_digest *recent_digests;
	size_t        recent_digests_len;
	bool          counted_24h;                    /* already among the portfolio's distinct people */
	bool          engaged;                        /* inbound in 90 days or a grant in 30 (warm-up); pack's figures */
	time_ms       last_delivered[PURPOSE_ALL + 1];
};

struct facts {
	struct facts_app      app;
	struct { bool limited; int64_t limit, unique_24h; } portfolio;
	struct facts_waba     waba;
	struct facts_number   number;
	struct facts_template tpl;
	struct facts_person   person;
};

void facts_init(struct facts *f);

/* From the "facts" object of a policy case. -E_INVALID names the field (wrong type, malformed time, unknown member). */
MUST_CHECK int facts_read(struct arena *a, const struct json *obj, struct facts *ret, struct err *err);

/* What the message is for, as of `now` (readings 14). */
enum purpose facts_purpose(const struct facts *f, const struct message *send, time_ms now);
/* Is the customer service window open at `now`, margin taken off (design 6 #501, readings 30, 37). */
bool facts_window_open(const struct facts *f, const struct pack *pack, time_ms now);
/* Business-initiated in the sense of readings 1. */
bool facts_business_initiated(const struct facts *f, const struct message *send, const struct pack *pack, time_ms now);

#endif
