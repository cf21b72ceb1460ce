/* apps/analyze/analyze.h: past traffic, read from an export: what was sent to whom without leave, how
 * much at once, and which templates fared badly.
 *
 * Files are read once, into events (event.h) that are sorted by person and time; each send is then
 * judged by the rules of the gateway themselves (domain/policy.h), with the facts that the files tell
 * of the moment before it. What no file tells is not judged, and the report says so. Memory grows with
 * names, hours and BSUIDs, not with rows; the rest lies in a temporary file. Several threads share the
 * work, and what comes of it does not depend on how many.
 *
 * Personal data: people are kept as numbers in events, and appear in reports masked, but for the list of
 * people that a user asks for. */
#ifndef APPS_ANALYZE_ANALYZE_H
#define APPS_ANALYZE_ANALYZE_H

#include "apps/analyze/pool.h"
#include "apps/analyze/volume.h"
#include "apps/analyze/words.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/map.h"
#include "domain/decision.h"
#include "domain/rules.h"

struct analyze_person;

struct analyze_progress {
	bool judges;       /* everything was read, and people are judged */
	const char *file;  /* which is being read: "traffic", "consents", "inbound" */
	uint64_t rows;     /* of it; when people are judged, events of all files */
	uint64_t done, of; /* whatever it is counted in; `of` is 0 when it is not known */
};

struct analyze_options {
	const char *traffic;
	const char *consents, *inbound, *templates; /* NULL = none */
	const char *map;                            /* columns.h */
	const char *policy;                         /* a pack; NULL = the built-in one */
	struct str country; /* "IT": of numbers without a country code; STR_NONE = none */
	struct str zone;    /* of times without an offset */
	bool month_first;
	const char *tmp_dir;
	size_t threads; /* 0 = as many as are worth while here; at most CREW_MAX (crew.h) */
	size_t piece;   /* bytes of a table read at once; 0 = a default */
	size_t run;     /* events sorted at once (sorter.h); 0 = a default */
	/* Called now and then, by one thread at a time; NULL = never. */
	void (*on_progress)(void *user, const struct analyze_progress *p);
	/* One for each person and rule, in the order of people, by one thread at a time; NULL = nobody asks.
	 * -E_IO ends the run. */
	int (*on_person)(void *user, const struct analyze_person *p, struct err *err);
	void *user;
};

/* What one rule says of one person. */
struct analyze_person {
	uint64_t number; /* E.164 digits; 0 = known by the BSUID alone */
	struct str bsuid;
	struct str invalid; /* what stands where a number or BSUID should; "" = nothing */
	const struct rule *rule;
	enum level level; /* the highest */
	int64_t sends;
	time_ms first_at, last_at;
	struct str app, list, template; /* of the last */
};

/* Sends, and how many people got them. */
struct tally {
	int64_t sends, people;
	uint64_t last_person;
};

struct tallies {
	struct tally *items; /* by id of a pool */
	size_t len;
};

enum analyze_by { BY_APP, BY_LIST, BY_TEMPLATE, BY_NUMBER, BYS };

struct analyze_example {
	uint64_t row, person;
	time_ms at;
	uint32_t template;
	char phone[PHONE_TEXT_MAX + 8]; /* masked; "" for a BSUID or none */
};

#define EXAMPLES_MAX 20

struct found {
	struct tally all;
	int64_t levels[LEVEL_REFUSE + 1]; /* sends by level */
	time_ms first_at, last_at;
	struct tallies by[BYS];
	struct analyze_example examples[EXAMPLES_MAX];
	size_t examples_len;
};

#define CODES_KEPT 6

struct code_stat {
	int32_t code;
	int64_t times;
};

struct template_stat {
	int64_t sends, people, delivered, read, failed, told; /* told: with a status at all */
	int64_t replies, opt_outs, taps;
	struct code_stat codes[CODES_KEPT]; /* the most frequent first */
	size_t codes_len;
	int64_t other_codes;
	uint64_t last_person;
	enum purpose purpose; /* the strictest of its sends: marketing before utility */
};

/* A template, and a button of it or an error that it met. */
struct pair_stat {
	uint32_t template, what;
	int64_t times, opt_outs;
};

struct pairs {
	struct pair_stat *items;
	size_t len, cap;
	struct imap *places; /* while they are counted */
};

enum segment {
	SEGMENT_MONTH,
	SEGMENT_QUARTER,
	SEGMENT_YEAR,
	SEGMENT_OLDER,
	SEGMENT_NEVER,
	SEGMENTS
};

struct segment_stat {
	int64_t people, marketing, read;
};

/* A row that could not be used. */
struct unread {
	uint64_t row;
	const char *file;   /* "traffic", "consents", "inbound" */
	const char *column; /* a role, or a column of consents */
	const char *why;    /* msgid */
};

/* What would have become of the messages of a day. */
struct day_stat {
	time_ms day; /* its midnight, UTC */
	int64_t left, waited, refused;
};

struct days {
	struct day_stat *items;
	size_t len, cap;
	struct imap *places; /* while they are counted */
};

/* A row of a table that names nobody (sums.h). */
struct sum {
	time_ms at;
	uint32_t number, template;
	enum purpose purpose;
	int64_t sent, delivered, read, clicked;
};

struct missing_person { /* without opt-in */
	uint64_t person;
	int64_t sends;
	time_ms last_at;
	uint32_t app, list, template;
};

struct analysis {
	struct words *words;
	struct pack *pack;
	struct arena *arena; /* for as long as the analysis */
	struct pool *apps, *lists, *templates, *numbers, *buttons, *bsuids;
	struct imap *codes; /* errors that are told apart */
	struct volume *volume;
	bool has[ROLES]; /* columns of the traffic */
	bool knows_consents, knows_inbound, knows_templates;
	bool has_broken_text;                             /* bytes of a table that became U+FFFD */
	int64_t rows, sends, inbound, consents, repeated; /* repeated: further rows of a message */
	int64_t unread_rows, assumed_marketing, unknown_words;
	int64_t people;
	time_ms first_at, last_at; /* of sends; TIME_NONE without any */
	struct unread unread[EXAMPLES_MAX];
	size_t unread_len;
	struct found found[RULES_COUNT];
	struct template_stat *template_stats; /* by id of `templates` */
	size_t template_stats_len;
	struct pairs buttons_tapped; /* by template, the most frequent first */
	struct pairs codes_seen;
	struct day_stat all_days; /* their sum */
	struct days days;         /* in order */
	struct segment_stat segments[SEGMENTS];
	struct missing_person *missing;
	size_t missing_len, missing_cap;
	bool is_sums; /* the traffic names nobody */
	struct sum *sums;
	size_t sums_len, sums_cap;
	struct volume_report report;
};

/* 0 and the analysis; -E_INVALID naming what is wrong with a file or an option; -E_IO, -E_NOMEM. */
MUST_CHECK int analyze_run(const struct analyze_options *o, struct analysis **ret, struct err *err);
void analysis_free(struct analysis **pa);

/* Name of a pool's member as `by` means it. */
struct str analysis_name(const struct analysis *a, enum analyze_by by, uint32_t id);
const char *analyze_by_name(enum analyze_by by); /* "app" */
const char *segment_name(enum segment s);        /* "0-30", …, "never" */

#endif
