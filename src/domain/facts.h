/* domain/facts.h: everything known about one message at one instant.
 *
 * The same struct is filled from the store (gateway) and from JSON (`varco decide`, design 7). A missing
 * fact means the ordinary, harmless value, which is what facts_init() writes, except consents (none),
 * last inbound (never) and the template (unknown). `…_UNKNOWN` marks values that were given but cannot
 * be told (an unheard-of status): the rule then answers "cannot tell". Times are time_ms; TIME_NONE
 * means never or none. Strings and arrays are borrowed. Counts exclude the message that is being
 * decided. */
#ifndef DOMAIN_FACTS_H
#define DOMAIN_FACTS_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "domain/message.h"

enum app_status {
	APP_ACTIVE,
	APP_SUSPENDED,
	APP_REVOKED,
	APP_STATUS_UNKNOWN,
};

enum waba_state {
	WABA_ACTIVE,
	WABA_LOCKED,
	WABA_DISABLED,
	WABA_BANNED,
	WABA_SCHEDULED_FOR_DISABLE,
	WABA_STATE_UNKNOWN,
};

enum consent_act {
	CONSENT_GRANT = 1,
	CONSENT_WITHDRAW = 2,
};

struct facts_app {
	bool given; /* an app is named at all */
	bool known; /* given and not known: no or wrong key (101) */
	struct str id;
	enum app_status status;
	bool any_number, any_purpose; /* no list given: every one */
	const struct str *numbers;
	size_t numbers_len;
	unsigned purposes; /* PURPOSE_BITs */
	time_ms review_by; /* start (UTC) of that day; TIME_NONE = none */
	int64_t same_digest_1h;
	bool has_budget; /* cost_left is meaningful */
	double cost_left;
};

struct facts_portfolio {
	bool limited;
	int64_t limit, unique_24h;
};

struct facts_restriction {
	struct str type;
	time_ms until; /* TIME_NONE: without end */
};

/* The maker of pauses behind a store that was brought back from a copy (restored.h): they bind in observe mode too. */
#define PAUSE_BY_RESTORE "restore"
struct facts_pause {
	enum purpose purpose; /* PURPOSE_ALL: every one */
	time_ms until;        /* TIME_NONE: until resumed */
	struct str by;
	/* Not a pause, but a rate behind one (resume.h): so many millionths of what went a day before;
	 * `until` is when the next may go. 0 = a pause. */
	int64_t share_ppm, a_day;
};

struct facts_waba {
	struct str id, country, name;
	enum waba_state state;
	const struct facts_restriction *restrictions;
	size_t restrictions_len;
	const struct str *blocked_countries;
	size_t blocked_countries_len;
	bool payment_ok;
	const struct facts_pause *paused;
	size_t paused_len;
};

#define WARMUP_BY_DAY (-1)
struct facts_warmup {
	bool active;
	int64_t cap; /* people today; WARMUP_BY_DAY = what the pack's table says for the day */
	int64_t used, used_last_hour, used_last_minute;
	int64_t day;          /* 1, 2, …; 0 = not known: rules that ask for the day do not apply */
	double engaged_share; /* of today's people so far; 1 when none */
	time_ms frozen_until;
};

struct facts_number {
	bool given, known; /* given and not known: unknown to Varco (211) */
	struct str id, display, verified_name;
	struct phone phone;         /* of display; none when that cannot be read */
	struct str status, quality; /* Meta's words; "" = unknown quality */
	int64_t throughput;         /* messages per second; 0 = the pack's */
	int64_t sent_last_second, sent_24h, max_24h_last_7d;
	struct facts_warmup warmup;
};

/* How far a template is released that is new or was paused (release.h). Stored; never renumber. */
enum release_step {
	RELEASE_REST = 0,
	RELEASE_FIRST = 1,
	RELEASE_PART = 2,
};
struct facts_release {
	bool given; /* false: it goes to everybody */
	enum release_step step;
	int64_t taken;     /* messages that took a place, over all steps */
	int64_t audience;  /* people; -1 = not counted yet */
	time_ms filled_at; /* when the present step was; TIME_NONE = it is not */
};

struct facts_template {
	bool known;
	struct str name, language, status, quality; /* status "" = missing: cannot tell */
	enum purpose category, correct_category;    /* PURPOSE_NONE = none, or an unheard-of word */
	time_ms category_change_at, paused_until;
	bool paused_until_given;       /* false with status PAUSED: no known end */
	const struct json *components; /* NULL = missing */
	struct facts_release release;
};

struct facts_consent {
	enum purpose purpose;
	enum consent_act act;
	time_ms at;
	enum evidence evidence;
	/* Of a grant that undoing an import brought back: when it was given; 0 = `at`. */
	time_ms given_at;
};

struct facts_digest {
	struct sha256 digest;
	time_ms at;
	struct str app, number; /* "" = those of this message */
};

struct facts_person {
	struct phone phone;
	struct str bsuid;
	struct str timezone;                   /* IANA; "" = unknown */
	time_ms last_inbound_at, last_call_at; /* with this number */
	bool
	    inbound_unknown; /* it cannot be told whether a window is open: 501 cannot tell (gateway only) */
	const struct facts_consent *consents;
	size_t consents_len;
	bool meta_stop, suppressed;
	bool stop_doubt;       /* wrote what may be an opt-out; nobody has looked yet */
	int64_t hard_failures; /* within the pack's window, since the last inbound (readings 39) */
	const time_ms *marketing_sent;
	size_t marketing_sent_len;
	time_ms cooldown_until;
	/* The pair's earlier sends, by rising time; or, when the store kept only the debt (pair.h), that:
	 * pair_clear_at TIME_NONE = use pair_sent. */
	const time_ms *pair_sent;
	size_t pair_sent_len;
	time_ms pair_clear_at;
	bool pair_spent;
	bool pair_told; /* spent because Meta said so */
	const struct facts_digest *recent_digests;
	size_t recent_digests_len;
	bool counted_24h;   /* already among the portfolio's distinct people */
	bool engaged_given; /* false: told from the last inbound and the consents */
	bool engaged;       /* inbound or grant recent enough for warm-up, by the pack's figures */
	time_ms last_delivered[PURPOSE_ALL + 1];
};

/* What can be said of a message before its moment comes (policy_foresee()). False: not known, the rule looks itself. */
struct facts_foreseen {
	bool fits; /* what the app filled in fits the template: 505 passes */
	bool
	    plain; /* nothing in its text is on the lists, and no link is doubtful: 506 and 601 to 603 pass */
};

struct facts {
	struct facts_app app;
	struct facts_portfolio portfolio;
	struct facts_waba waba;
	struct facts_number number;
	struct facts_template tpl;
	struct facts_person person;
	/* Our clock cannot be trusted: every window counts as closed, and warm-up stays on its day
	 * (gateway only). */
	bool clock_suspect;
	bool has_key; /* the send bears an Idempotency-Key: no duplicate by accident (709) */
	/* Held because it repeats a send of then (709); time does not change that. TIME_NONE = it does
	 * not (gateway only). */
	time_ms repeats_at;
	struct facts_foreseen
	    foreseen; /* of this message, this template and this pack (gateway only) */
};

/* Counts in facts are at most this. */
#define FACTS_COUNT_MAX 1000000000000LL

void facts_init(struct facts *f);

/* From the "facts" object of a policy case; NULL or null gives facts_init()'s. 0; -E_INVALID naming
 * the field ("facts.person.consents[0].at") for a wrong type, a malformed time, an unheard-of purpose,
 * act or evidence, or an unknown member; -E_NOMEM. Statuses and states may be any word. */
MUST_CHECK int facts_read(
    struct arena *a, const struct json *obj, struct facts *ret, struct err *err);
/* The same over what is known: members that `obj` has take the place of those in *f, lists as a whole. On
 * error *f is as it was. */
MUST_CHECK int facts_change(
    struct arena *a, const struct json *obj, struct facts *f, struct err *err);

/* Are the template's facts those of the template that is sent (name and language). */
bool facts_template_known(const struct facts *f, const struct message *send);
/* What the message is for, as of `now` (readings 14); PURPOSE_NONE when its template or the category of
 * that is not known. */
enum purpose facts_purpose(const struct facts *f, const struct message *send, time_ms now);
/* Is the customer service window open at `now`, margin taken off (design 6 #501, readings 30, 37). */
bool facts_window_open(const struct facts *f, const struct pack *pack, time_ms now);
/* The newest message or call of the person that counts at `now`; TIME_NONE = none. */
time_ms facts_last_contact(const struct facts *f, const struct pack *pack, time_ms now);
/* May such an act stop or allow messages for the purpose: one on the purpose or on everything; but codes are stopped by
 * withdrawals of their own alone (readings 4). */
bool facts_consent_speaks(enum purpose of, enum consent_act act, enum purpose purpose);
/* How old a consent is counts from here; which act is newer is a matter of `at` alone. */
time_ms facts_consent_given(const struct facts_consent *act);
/* Does `act` come after `than` (NULL = nothing). */
bool facts_consent_is_newer(const struct facts_consent *act, const struct facts_consent *than);
/* The newest act no later than `now` that covers the purpose (its own or all); a withdrawal wins a tie
 * (readings 3 to 5, 37). NULL when none does. */
const struct facts_consent *facts_consent_newest(
    const struct facts_consent *acts, size_t len, enum purpose purpose, time_ms now);
/* Business-initiated in the sense of readings 1. */
bool facts_business_initiated(
    const struct facts *f, const struct message *send, const struct pack *pack, time_ms now);

/* The words of the enums ("active", "scheduled_for_disable"); "" for …_UNKNOWN. */
const char *app_status_name(enum app_status s);
const char *waba_state_name(enum waba_state s);
const char *consent_act_name(enum consent_act act); /* "grant", "withdraw" */
/* Any word that is none of them gives …_UNKNOWN. */
enum app_status app_status_of(struct str word);
enum waba_state waba_state_of(struct str word);
MUST_CHECK int consent_act_parse(struct str word, enum consent_act *ret);

#endif
