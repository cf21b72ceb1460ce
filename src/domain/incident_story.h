/* domain/incident_story.h: what stood around an incident, as far as it is on record: day by day what
 * was sent and what came back, and everything that happened, in the order in which it did. Reads only,
 * in the caller's transaction; strings lie in the arena. */
#ifndef DOMAIN_INCIDENT_STORY_H
#define DOMAIN_INCIDENT_STORY_H

#include "domain/incident.h"

struct story_day {
	time_ms at; /* 00:00 UTC */
	int64_t sent, marketing, delivered, failed, capped, opt_outs;
};

/* What a line of the story was read from. */
enum story_source {
	STORY_STEP,     /* of the incident itself */
	STORY_ALARM,    /* what Varco noticed */
	STORY_OPERATOR, /* what a person did, as the ledger has it */
	STORY_POLICY,   /* another version of the policy pack, or another mode, came into force */
	STORY_CHANGE,   /* of the account, one of its numbers or templates (history.h) */
};
const char *story_source_name(enum story_source s);

struct story_event {
	time_ms at;
	enum story_source source;
	struct str what;  /* "opened", "breaker.pause", "pauseNumber", a version, a status */
	struct str about; /* "number:100200300"; "" = nothing in particular */
	struct str by;    /* "meta", "varco", or who did it */
	struct str words; /* p NULL = none */
	int64_t leaf;     /* the entry of the ledger that has it; 0 = none has */
};

#define STORY_EVENTS_MAX 1000

struct story {
	time_ms from, until; /* UTC days, the last one not among them */
	struct story_day *days;
	size_t days_len;
	struct story_event *events; /* by their time */
	size_t events_len;
	bool more; /* there were more events than STORY_EVENTS_MAX */
};

/* The days of `span_ms` before and after, but none that has not begun at `now`. */
MUST_CHECK int story_read(struct store_conn *c, const struct incident *i, int64_t span_ms,
    time_ms now, struct arena *a, struct story *ret, struct err *err);

/* Whom and what it stopped. */
struct story_impact {
	int64_t held; /* at that moment */
	int64_t
	    conversations; /* open at that moment, and not written in until counted (incident_windows.h) */
	int64_t people_waiting, refused; /* since: people and sends that it held or refused */
	bool refused_more;               /* there were more than are looked at */
	struct str *templates;           /* that sent in the week before: waba/name/language */
	size_t templates_len;
};
MUST_CHECK int story_impact(struct store_conn *c, const struct incident *i, struct arena *a,
    struct story_impact *ret, struct err *err);

#endif
