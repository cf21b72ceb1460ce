/* domain/pack.h: the policy pack: every figure, word list and table, read from a file of JSON with
 * comments. packs/default.json is built in; its comments give source and kind of each figure.
 *
 * Immutable once read, but for pack_set_level() before first use; shared by all threads; lives until
 * pack_free(). Everything that accessors return is owned by the pack. The structs have the file's
 * sections and member names; times are in milliseconds (_ms) whatever their unit in the file, shares
 * and ratios in millionths (_ppm), so that "the floor of a share" is exact. Lengths count Unicode
 * code points (readings 36). Every member of the file is checked, none may be missing, and one that
 * is unknown is an error. */
#ifndef DOMAIN_PACK_H
#define DOMAIN_PACK_H

#include "base/crypto.h"
#include "base/json.h"
#include "domain/purpose.h"
#include "domain/rule_id.h"

struct pack;
struct content; /* domain/content.h */

/* 0; -E_INVALID or -E_RANGE naming the member ("window.margin_s"); -E_NOMEM. */
MUST_CHECK int pack_read(struct str text, struct pack **ret, struct err *err);
MUST_CHECK int pack_builtin(struct pack **ret, struct err *err);
void pack_free(struct pack **pp);

/* "pack": the version is what decisions record ("2026.11.22"); the digest is that of the text. */
struct str pack_name(const struct pack *pack);
struct str pack_version(const struct pack *pack);
struct str pack_date(const struct pack *pack);
const struct sha256 *pack_digest(const struct pack *pack);

/* "rules": one level a rule. */
enum level pack_level(const struct pack *pack, enum rule_index rule);
void pack_set_level(struct pack *pack, enum rule_index rule, enum level level);

#define PPM 1000000LL
/* floor(n × share), at most INT64_MAX; n is not negative. */
int64_t pack_share(int64_t n, int64_t ppm);

#define PACK_LIST_MAX 16
struct pack_words {
	const struct str *items;
	size_t len;
};
bool pack_words_has(const struct pack_words *words, struct str word);

/* --- limits: "window" … "unknown", "forward", "spike" ----------------------------------------- */

struct pack_window {
	int64_t length_ms, margin_ms;
	int64_t future_ms; /* an inbound that lies ahead by no more than this counts as now */
};

struct pack_clock { /* differences from the platform's clock, either way */
	int64_t warn_ms, alarm_ms, suspect_ms;
};

struct pack_pair {
	int64_t interval_ms, burst;
};

struct pack_number {
	int64_t throughput, throughput_coexistence, throughput_max; /* messages a second */
	struct pack_words sendable, quality_bad;
};

struct pack_portfolio {
	int64_t window_ms;
	struct pack_words level_names; /* "TIER_250" … */
	int64_t levels[PACK_LIST_MAX]; /* beside level_names; INT64_MAX = without a limit */
	int64_t marketing_share_ppm;
	int64_t alert_ppm[PACK_LIST_MAX]; /* rising; of marketing's share */
	size_t alert_len;
	/* Growth: up to first_limit so many people in so many days, above it that part of the
	 * limit. */
	int64_t first_limit, first_people, first_days, growth_ppm, growth_days;
};

struct pack_frequency {
	int64_t window_ms, max;
};

struct pack_quiet_hours {
	int from_s, to_s; /* seconds since midnight; from inclusive, to exclusive */
	bool sundays;     /* every Sunday is quiet all day */
};

struct pack_undeliverable {
	int64_t failures, window_ms;
	int64_t codes[PACK_LIST_MAX];
	size_t codes_len;
};

struct pack_consent {
	int64_t unused_warn_ms, unused_refuse_ms;
	unsigned exempt;                     /* PURPOSE_BITs that need no grant */
	enum evidence evidence[PURPOSE_ALL]; /* weakest that is enough, by enum purpose */
};

struct pack_unknown { /* sends whose outcome is not known */
	int64_t to_unresolved_ms, late_settle_ms;
};

struct pack_held { /* sends that wait with Prefer: respond-async */
	int64_t retry_ms, expire_ms;
};

struct pack_forward { /* webhooks to apps */
	int64_t first_ms, factor, max_gap_ms, jitter_ppm, timeout_ms, total_ms;
};

struct pack_keep { /* rows that nothing else ends */
	int64_t webhooks_ms, media_ms, marketing_sent_ms, person_marks_ms, alarms_ms,
	    contacts_made_ms, quarantine_ms, requests_ms, signals_ms, decisions_ms, audit_ms,
	    restricted_ms, uses_ms, trigger_events_ms;
};

struct pack_register {                      /* the register of integrations */
	int64_t remind_days[PACK_LIST_MAX]; /* before the review date; falling */
	size_t remind_len;
	int64_t unseen_ms; /* after it, what was not seen any more is worth asking about */
};

struct pack_autoreply {            /* what is answered by itself (autoreply.h) */
	int64_t per_hour, per_day; /* to one person from one number */
	/* the same words so often within so long come from a machine, which hears nothing for so long */
	int64_t repeated_texts, repeated_window_ms, silence_ms;
	int64_t welcome_after_ms; /* of silence; and until the same welcome again */
	int64_t out_of_hours_again_ms, keyword_again_ms;
	int64_t late_ms; /* a message older than this is answered by nobody by itself */
};

struct pack_triggers { /* events of CRMs and shops: so many useless ones in a row are told */
	int64_t useless_after, unmet_after;
};

struct pack_spike {
	int64_t warn_ppm, hold_ppm; /* growth over the highest day: PPM is twice as many */
	int64_t min_messages, history_days;
};

struct pack_limits {
	struct pack_window window;
	struct pack_clock clock;
	struct pack_pair pair;
	struct pack_number number;
	struct pack_portfolio portfolio;
	int64_t cooldown_marketing_131049_ms;
	struct pack_frequency frequency_marketing[PACK_LIST_MAX];
	size_t frequency_marketing_len;
	struct pack_quiet_hours quiet_hours;
	int64_t duplicate_window_ms;
	struct pack_undeliverable undeliverable;
	struct pack_consent consent;
	int64_t idempotency_keep_ms;
	struct pack_unknown unknown;
	struct pack_held held;
	struct pack_forward forward;
	struct pack_keep keep;
	struct pack_spike spike;
	struct pack_autoreply autoreply;
	struct pack_triggers triggers;
	struct pack_register registers;
};
const struct pack_limits *pack_limits(const struct pack *pack);
static inline const struct pack_autoreply *pack_autoreply(const struct pack *pack)
{
	return &pack_limits(pack)->autoreply;
}
/* Meta's name for a portfolio's level ("TIER_2K") → people in 24 h, INT64_MAX = without a limit. */
bool pack_portfolio_level(const struct pack *pack, struct str name, int64_t *ret);

/* --- "warmup" --------------------------------------------------------------------------------- */

#define PACK_CAPS_MAX 64
struct pack_warmup {
	unsigned holds;              /* PURPOSE_BITs of the purposes that wait */
	int64_t caps[PACK_CAPS_MAX]; /* people on day 1, 2, … */
	size_t caps_len;
	int64_t growth_ppm; /* each day behind the last cap: 1350000 is +35 % */
	int64_t max_days;
	int64_t hourly_share_ppm, hourly_min;
	int64_t per_minute_days, per_minute;
	int64_t engaged_only_days, engaged_share_days, engaged_share_ppm;
	int64_t engaged_inbound_ms, engaged_grant_ms;
	int64_t earn_used_share_ppm, earn_failures_ppm, earn_opt_outs_ppm;
	int64_t held_before_step_back;
	int64_t red_frozen_ms, red_cap_share_ppm, red_growth_ppm;
	int64_t restricted_frozen_ms, restricted_cap, restricted_cap_max, restricted_ms;
	int64_t silent_ms, silent_cap_share_ppm;
	int64_t template_first, template_wait_ms, template_share_ppm, template_part_wait_ms;
};
const struct pack_warmup *pack_warmup(const struct pack *pack);
/* The cap of a day (1 = the first) by table and growth; INT64_MAX behind max_days. */
int64_t pack_warmup_cap(const struct pack *pack, int64_t day);

/* --- "breaker" -------------------------------------------------------------------------------- */

#define PACK_NO_SHARE (-1)
struct pack_signal {
	struct str signal, of;
	int64_t warn_ppm, pause_ppm; /* PACK_NO_SHARE = none */
	int64_t pause_ms;            /* 0 = until resumed */
};

struct pack_read_rate {
	int64_t after_ms, warn_below_ppm, warn_drop_ppm;
	int64_t pause_below_ppm, pause_drop_ppm, pause_min_delivered;
};

struct pack_breaker {
	int64_t window_ms, min_delivered, confidence_ppm;
	struct pack_signal signals[PACK_LIST_MAX];
	size_t signals_len;
	int64_t spam_131048_pause_ms;
	int64_t number_131057_wait_ms;  /* of a number whose throughput is being changed */
	int64_t utility_131064_wait_ms; /* of an account that was capped for wrong categories */
	int64_t slow_130429_ms;         /* a number has half of its throughput for so long */
	struct pack_read_rate read_rate;
	int64_t only_sent_after_ms, unanswered_after_ms;
	int64_t webhook_silence_warn_ms, webhook_silence_pause_ms;
	int64_t auto_opt_outs_per_code_per_hour;
	int64_t resume_ppm[PACK_LIST_MAX];
	size_t resume_len;
	int64_t resume_step_ms;
};
const struct pack_breaker *pack_breaker(const struct pack *pack);

/* --- "polling" -------------------------------------------------------------------------------- */

/* How often Meta is asked for the state of accounts, numbers and templates (flow/poll.h). */
struct pack_polling {
	int64_t first_ms;                     /* after a start */
	int64_t sending_ms, idle_ms;          /* between two questions about an account */
	int64_t sending_within_ms;            /* an account that sent so recently is sending */
	int64_t templates_ms;                 /* between two readings of all templates */
	int64_t failed_min_ms, failed_max_ms; /* doubles from one to the other */
	int64_t quota_slow_ppm, quota_stop_ppm;
	int64_t quota_rest_ms;   /* without a word of how long, after quota_stop */
	int64_t calls_per_hour;  /* of one account at most */
	int64_t pages_share_ppm; /* of these at most for pages of templates */
	int64_t warning_ms;      /* how long a warning of Meta's is shown */
};
const struct pack_polling *pack_polling(const struct pack *pack);
/* --- "incidents" ------------------------------------------------------------------------------ */

enum pack_review { PACK_REVIEW_YES, PACK_REVIEW_PERHAPS, PACK_REVIEW_NO };
enum pack_where {
	PACK_WHERE_SUPPORT_HOME,
	PACK_WHERE_WHATSAPP_MANAGER,
	PACK_WHERE_BETA_MAILBOX,
	PACK_WHERE_NONE,
};

struct pack_incident {
	struct str kind; /* incident.h */
	enum pack_review review;
	enum pack_where where;
	int64_t deadline_ms, answer_ms; /* 0 = no figure is known */
	struct str source;
};

struct pack_incidents {
	int64_t timeline_ms, sample, last_call_ms;
	int64_t review_text_max, ticket_text_max; /* code points */
	struct pack_incident kinds[PACK_LIST_MAX];
	size_t kinds_len;
};
const struct pack_incidents *pack_incidents(const struct pack *pack);
/* The row of a kind, or that of "other". */
const struct pack_incident *pack_incident(const struct pack *pack, struct str kind);

/* --- "campaign" ------------------------------------------------------------------------------- */

struct pack_wave {
	int64_t people;    /* 0 = not told in people */
	int64_t share_ppm; /* of the audience; PACK_NO_SHARE with people 0 = all the rest */
	int64_t wait_ms;   /* behind it */
};

struct pack_campaign {
	int64_t grace_ms;
	struct pack_wave waves[PACK_LIST_MAX]; /* the last one is the rest */
	size_t waves_len;
	int64_t batch, people_max;
	int64_t names_max; /* campaigns that apps may name in an hour, by each lane */
	int64_t keep_ms;   /* what an audience tells of people, behind the campaign's end */
	int64_t engaged_days[PACK_LIST_MAX];
	size_t engaged_len;
	int64_t list_old_ms, list_min, list_failures_ppm, list_opt_outs_ppm;
};
const struct pack_campaign *pack_campaign(const struct pack *pack);

/* The lists that texts are judged by, and what the section "content" adds to them. */
const struct content *pack_content(const struct pack *pack);

/* --- words and tables ------------------------------------------------------------------------- */

enum pack_reply { PACK_REPLY_NONE, PACK_REPLY_YES, PACK_REPLY_NO };

/* "opt_out", "opt_in", and the words of "replies" that answer a request. PURPOSE_BITs; one of
 * the two is 0. */
struct pack_opt {
	unsigned withdraws, grants;
	enum pack_reply reply;
	struct str
	    langs[PACK_LIST_MAX]; /* "it": of the rows that have the word, in the file's order */
	size_t langs_len;
};
/* Is this whole message, folded by text_fold(), an opt-out or opt-in word, or a reply. The words of
 * all languages are looked up together: what several rows withdraw is added up, an opt-out beats an
 * opt-in, and a no beats a yes. */
bool pack_opt_word(const struct pack *pack, struct str folded, struct pack_opt *ret);
/* The same of a message as it came: 1 and *ret, 0, -E_NOMEM. Of one that is longer than any word only the beginning is
 * read. Beside an opt-out word one of the pack's polite words may stand, in front of it and behind it; spelled with
 * blanks between its letters ("S T O P") it is one as well. */
MUST_CHECK int pack_opt_message(
    const struct pack *pack, struct arena *a, struct str text, struct pack_opt *ret);
/* What the free sentences of a message say, in words of any of the languages. */
struct pack_said {
	bool complains; /* "complaints" */
	/* "doubts": its writer probably wants no more of what they get. The PURPOSE_BITs that it would
	 * withdraw, 0 = none. Nothing is decided by it: a person looks. */
	unsigned doubts;
};
/* The message as it came, looked through once for all of that. Of a long one only the beginning is
 * read. 0 or -E_NOMEM. */
MUST_CHECK int pack_look_through(
    const struct pack *pack, struct arena *a, struct str text, struct pack_said *ret);
/* 1 the message, as it came, begins with an opt-out word, whatever stands behind it; 0, -E_NOMEM. */
MUST_CHECK int pack_opt_out_begins(const struct pack *pack, struct arena *a, struct str text);
unsigned pack_meta_stop(
    const struct pack *pack); /* PURPOSE_BITs that a stop in WhatsApp withdraws */
enum evidence pack_opt_in_evidence(const struct pack *pack);
/* A person who opted out gets one confirmation in as long. */
int64_t pack_opt_out_confirm_again_ms(const struct pack *pack);

/* "replies": what Varco itself says to people, one row a language. */
struct pack_language {
	struct str lang;
	struct pack_words countries; /* where it is what people read, "IT" */
	struct str stopped,
	    stopped_marketing;     /* confirmations of an opt-out: of all, of marketing */
	struct pack_words yes, no; /* whole messages that answer a request */
	struct str yes_button, no_button;
};
/* NULL when there is no row for it. */
const struct pack_language *pack_language(const struct pack *pack, struct str lang);
/* The first row that has the country; NULL when none has. */
const struct pack_language *pack_language_of(const struct pack *pack, struct str country);
/* For a message to somebody in `country` who wrote a word that is in `langs`: the country's language
 * when the word is in it, else that of the word. Without words the country's, else English, else
 * the first. */
const struct pack_language *pack_language_for(
    const struct pack *pack, struct str country, const struct pack_opt *opt);
/* How long a request for consent may be answered. */
int64_t pack_request_valid_ms(const struct pack *pack);

/* "restrictions": what one covers, as a set. */
enum pack_covers {
	PACK_COVERS_BUSINESS_INITIATED = 1, /* every template and Direct Send, window or not */
	PACK_COVERS_REPLIES = 2,
	PACK_COVERS_UTILITY_TEMPLATES = 4,
	PACK_COVERS_DIRECT_SEND = 8,
	PACK_COVERS_ALL = 16,
};
/* 0 = stops no message; a type that is not listed covers what the pack's `unknown` says. */
unsigned pack_restriction(const struct pack *pack, struct str type);

enum pack_status {
	PACK_STATUS_UNKNOWN, /* in none of the lists */
	PACK_STATUS_SENDABLE,
	PACK_STATUS_NOT_SENDABLE,
	PACK_STATUS_PAUSED,
};
enum pack_status pack_template_status(const struct pack *pack, struct str status);

/* "us_area_codes" (readings 44) */
bool pack_is_us_area(const struct pack *pack, unsigned area);

/* --- what the platform takes: "template", "message", "direct_send" ------------------------------ */

struct pack_template {
	int64_t name_max, header_text_max, body_max, footer_max;
	int64_t buttons_max, quick_reply_max, url_buttons_max, phone_buttons_max,
	    copy_code_buttons_max;
	int64_t button_text_max, url_max, phone_max, copy_code_max;
	int64_t auth_code_max; /* the one-time code that an app fills in */
	int64_t auth_expiry_min_minutes, auth_expiry_max_minutes;
	int64_t header_variables_max;
	int64_t parameter_blanks_max; /* in a row, in a value that an app fills in */
	int64_t card_body_max;
	int64_t cards_min, cards_max;
	int64_t words_per_variable; /* a text has more words than so many times its variables */
	int64_t unverified_max, verified_max;                   /* templates of one account */
	int64_t first_pause_ms, second_pause_ms;                /* of a template of low quality */
	int64_t ttl_min_s[PURPOSE_ALL], ttl_max_s[PURPOSE_ALL]; /* by enum purpose */
};
const struct pack_template *pack_template(const struct pack *pack);

/* --- "lint": what is said of a template beyond its form --------------------------------------- */

struct pack_proposal {
	struct str lang; /* "it" */
	struct str footer, button;
};

struct pack_lint {
	struct pack_words editable;   /* statuses in which a template can be edited */
	struct pack_words dead;       /* endings of hosts that nobody can reach, "invalid" */
	struct pack_words chat_hosts; /* that lead back into WhatsApp */
	/* in the form of pack_phrase_fold(): */
	struct pack_words legal_forms; /* of companies, at the end of their names */
	struct pack_words way_out;     /* meant as a way out */
	struct pack_proposal proposals[PACK_LIST_MAX];
	size_t proposals_len;
};
const struct pack_lint *pack_lint(const struct pack *pack);

struct pack_message {
	struct pack_words types; /* "text", "image", … */
	int64_t biz_opaque_callback_data_max;
	int64_t text_body_max, caption_max, contacts_max;
	int64_t interactive_body_max, interactive_header_max, interactive_footer_max;
	int64_t buttons_min, buttons_max, button_id_max, button_title_max;
	int64_t list_body_max, list_button_max, list_sections_min, list_sections_max, list_rows_max;
	int64_t list_section_title_max, list_row_id_max, list_row_title_max,
	    list_row_description_max;
	int64_t cta_display_text_max, flow_cta_max;
	int64_t products_max, product_sections_max;
	int64_t cards_min, cards_max, card_body_max, card_line_breaks_max, card_button_max;
	struct pack_words address_countries;
};
const struct pack_message *pack_message(const struct pack *pack);

struct pack_direct_send {
	unsigned categories; /* PURPOSE_BITs */
	struct pack_words types, interactive_types, header_types;
	int64_t body_max, header_max, footer_max, button_max, buttons_max, ctas_max;
	int64_t ttl_min_s, ttl_max_s;
};
const struct pack_direct_send *pack_direct_send(const struct pack *pack);

/* --- "codes": what Meta's error codes mean to us -------------------------------------------------- */

/* What seeing a code, in an answer or in a status, changes in our own state. */
#define PACK_EFFECTS(X) \
	X(PACK_EFFECT_NONE, "none") \
	X(PACK_EFFECT_LOCK, "lock")           /* the account is locked */ \
	X(PACK_EFFECT_BLOCK, "block")         /* the same, until Meta says what it covers */ \
	X(PACK_EFFECT_PAYMENT, "payment")     /* payment trouble */ \
	X(PACK_EFFECT_COUNTRY, "country")     /* that destination country is blocked */ \
	X(PACK_EFFECT_COOLDOWN, "cooldown")   /* no marketing to that person for a time */ \
	X(PACK_EFFECT_META_STOP, "meta_stop") /* they stopped marketing in WhatsApp */ \
	X(PACK_EFFECT_UNDELIVERABLE, "undeliverable") /* a hard failure of that person */ \
	X(PACK_EFFECT_SUPPRESS, "suppress")           /* the business itself blocked them */ \
	X(PACK_EFFECT_WINDOW_CLOSED, "window_closed") /* our window of that pair was wrong */ \
	X(PACK_EFFECT_SPAM_PAUSE, "spam_pause")       /* pause marketing of that number */ \
	X(PACK_EFFECT_SLOW_NUMBER, "slow_number")     /* number above its throughput */ \
	X(PACK_EFFECT_SLOW_PAIR, "slow_pair")         /* pair above its rate */ \
	X(PACK_EFFECT_TOKEN, "token")                 /* Meta's token does not work */ \
	X(PACK_EFFECT_NUMBER_GONE, "number_gone")     /* that number cannot send */ \
	X(PACK_EFFECT_NUMBER_WAIT, "number_wait")     /* the number is in maintenance */ \
	X(PACK_EFFECT_UTILITY_WAIT, "utility_wait")   /* utility capped for misclassification */ \
	X(PACK_EFFECT_DIRECT_SEND_WAIT, "direct_send_wait") \
	X(PACK_EFFECT_TEMPLATE_PAUSED, "template_paused") \
	X(PACK_EFFECT_TEMPLATE_DISABLED, "template_disabled") \
	X(PACK_EFFECT_TEMPLATE_GONE, "template_gone")

enum pack_effect {
#define X(effect, name) effect,
	PACK_EFFECTS(X)
#undef X
	    PACK_EFFECTS_COUNT
};

enum pack_class {
	PACK_CLASS_REJECTED, /* surely not sent */
	PACK_CLASS_UNKNOWN,  /* may have been sent: never repeated by itself */
};

struct pack_code {
	int64_t code;
	enum pack_class class;
	enum pack_effect effect;
};
/* NULL when the table does not have it. */
const struct pack_code *pack_code(const struct pack *pack, int64_t code);
/* The class of an answer: by its code, else by its HTTP status family (4xx; all others as 5xx). */
enum pack_class pack_answer_class(const struct pack *pack, int64_t code, int http_status);
const char *pack_effect_name(enum pack_effect effect);

/* --- "notices": how e-mails of Meta's are understood ----------------------------------------------- */

#define PACK_NOTICE_ROWS_MAX 96
struct pack_phrases {
	struct str what; /* what they stand for */
	struct pack_words any,
	    none; /* in the form of pack_phrase_fold(); one of `none` rules it out */
};
struct pack_phrase_rows {
	struct pack_phrases
	    rows[PACK_NOTICE_ROWS_MAX]; /* in the file's order: the first that fits counts */
	size_t len;
};
struct pack_notices {
	struct pack_words senders, links; /* domains of Meta's: of senders, of addresses */
	struct pack_words brands;         /* words that a forger uses in a domain */
	struct pack_phrase_rows kinds;    /* what: as in domain/notice.h */
	struct pack_phrase_rows covers;   /* what: a type of restriction */
	struct pack_phrase_rows
	    labels; /* what: "waba", "number", "phone", "business", "template", "case", "violation" */
	struct pack_phrase_rows
	    words; /* what: "forwarded", "from", "bait", "day", "people", "month" (twelve in order) */
	struct pack_words sending,
	    all; /* types of a restriction whose scope is not told, by its days */
	int64_t sending_days, unknown_days;
};
const struct pack_notices *pack_notices(const struct pack *pack);
/* Punctuation as blanks, then text_fold(). p NULL when memory ran out. */
struct str pack_phrase_fold(struct arena *a, struct str s);
/* Does the folded text have the phrase, as whole words. */
bool pack_phrase_in(struct str folded, struct str phrase);
/* 1 as one of `any` is there and none of `none`; *ret_phrase is it and may be NULL. */
bool pack_phrases_fit(const struct pack_phrases *row, struct str folded, struct str *ret_phrase);

/* --- "upstreams": where messages may go ----------------------------------------------------------- */

enum pack_path {
	PACK_PATH_GRAPH, /* /{version}/{id}/… behind the prefix */
	PACK_PATH_FLAT,  /* version and id dropped: the key names the number */
};

struct pack_upstream {
	struct str name, host;
	struct str prefix; /* of paths: "" or "/meta/whatsapp", no slash at the end */
	enum pack_path path;
	struct str auth_header; /* "Authorization" */
	struct str auth_scheme; /* "Bearer", or "" for the bare key */
	struct str date;        /* when the provider's page was read */
};
/* Letter case of hosts does not matter. */
bool pack_host_is_official(const struct pack *pack, struct str host);
/* NULL when there is none of that name; the i-th, NULL behind the last. */
const struct pack_upstream *pack_upstream(const struct pack *pack, struct str name);
const struct pack_upstream *pack_upstream_at(const struct pack *pack, size_t i);

#endif
