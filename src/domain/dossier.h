/* domain/dossier.h: the file that goes with a request for review: what happened, what stood around it,
 * what caused it as far as the record tells, whether people had agreed, what was done since, with proofs.
 *
 * Facts only, from the store and the ledger; nothing is guessed, and what the record does not tell is said
 * to be unknown. People are their ids here; telephone numbers are masked, and the list of all people and
 * what would tell of one are left out, unless `personal`.
 *
 *  (1) The same store, seed and time give the same bytes.
 *  (2) The sample is drawn by the seed that is on the ledger with the incident: those of the population
 *      whose SHA-256 of "<seed>\n<person>\n" is smallest. The population's own hash is over "<person>\n" of
 *      each, in the order of their ids. Whoever has the list can draw it again.
 *  (3) Everything that the ledger commits to is in `entries`, with the path to the newest checkpoint.
 *
 * docs/incident.md has the JSON; dossier_check.h checks a file. */
#ifndef DOMAIN_DOSSIER_H
#define DOMAIN_DOSSIER_H

#include "base/document.h"
#include "base/json.h"
#include "domain/incident_story.h"
#include "domain/ledger_point.h"
#include "domain/merkle.h"
#include "domain/phone.h"

#define DOSSIER_FORMAT "varco-dossier/1"
#define DOSSIER_ENTRIES_MAX 2000
#define DOSSIER_ROWS_MAX 40        /* of a table in it */
#define DOSSIER_PEOPLE_MAX 2000000 /* of the population */
#define DOSSIER_ASKED_MAX 100000   /* of those to ask again */
#define DOSSIER_DAYS_MAX 60

struct dossier_number {
	struct str id, display, status, quality;
};

/* What Meta's health status said last, asked for: whose it is, and the answer as it came. */
struct dossier_health {
	struct str object, word, answer;
	time_ms at;
};

/* What one app sent with one template in the time before. */
struct dossier_sender {
	struct str app, tpl, purpose; /* names; "" = none */
	int64_t sent, failed,
	    against; /* against: sent though a rule would have stopped it (observe mode) */
};

struct dossier_code {
	int64_t code, count;
};

/* Where the grants of those who were written to came from. */
struct dossier_list {
	struct str import, name; /* "imp_…", its file; "" = not by an import */
	int64_t people, opt_outs;
};

struct dossier_sampled {
	uint64_t person;
	char phone[PHONE_TEXT_MAX + 8]; /* masked unless personal; "" = none */
	bool found;                     /* an act that covers what was sent, before the incident */
	bool grant;
	time_ms at, recorded_at;
	const char *evidence;
	struct str source, wording;
	int64_t leaf;
	int64_t sent; /* messages in the time before */
};

struct dossier_template {
	struct str name, language, category, status, quality;
	struct str problems; /* a JSON array */
	int64_t problems_len;
};

struct dossier_entry {
	struct ledger_leaf leaf;
	struct str content; /* p NULL = forgotten, or withheld */
	bool covered;
	struct merkle_path path;
};

struct dossier_opt_outs {
	int64_t count, median_ms, worst_ms;
	int64_t sent_after; /* marketing that left although a withdrawal was on record */
};

struct dossier_spike {
	time_ms day;
	int64_t sent, before; /* on that day, and the most on any of the seven days before */
};

/* People who may be asked again from a new number, by the strength of what they agreed with and the list
 * that it came from. */
struct dossier_again {
	const char *evidence;
	struct str source;     /* the newest list they are on; "" = one by one */
	int64_t people, wrote; /* of these, who wrote lately, as the warm-up asks for */
};
/* One of them, with what would tell of one: only when personal. */
struct dossier_asked {
	uint64_t person;
	struct phone phone;
	const char *evidence;
	struct str source;
	bool wrote;
};

/* A day of a new number's warm-up, by the pack. */
struct dossier_day {
	int64_t day, cap, hour;
	const char *who; /* "engaged", "half_engaged", "all" */
};

struct dossier {
	time_ms made_at;
	bool personal;
	struct incident incident;
	const struct pack *pack;
	const struct pack_incident *row;
	struct str portfolio, account_name, country, account_state;
	struct dossier_number *numbers;
	size_t numbers_len;
	struct dossier_health *health;
	size_t health_len;
	struct story story;
	struct story_impact impact;

	struct dossier_sender *senders;
	size_t senders_len;
	struct dossier_code *codes;
	size_t codes_len;
	struct dossier_list *lists;
	size_t lists_len;
	struct dossier_spike spike;
	int64_t messages, people,
	    people_agreed; /* in the time before: templates, whom, who had agreed */

	struct str seed;
	struct sha256 list_hash;
	struct str list; /* every person a line; p NULL unless personal */
	struct dossier_sampled *sample;
	size_t sample_len;
	size_t sample_agreed;

	struct dossier_opt_outs opt_outs;
	struct dossier_template *templates;
	size_t templates_len;
	struct dossier_again *again;
	size_t again_len;
	struct dossier_asked *asked; /* none unless personal */
	size_t asked_len;
	bool asked_more; /* than there is room for */

	struct dossier_entry *entries; /* by rising number */
	size_t entries_len;
	struct ledger_tenant tenant;
	struct ledger_point point; /* size 0 = there is no checkpoint */
	struct str key;            /* of the ledger, as a line */
};

struct dossier_ask {
	uint64_t incident;
	bool personal;
	time_ms now;
	struct str key;
	const struct pack *pack;
};

/* Everything in the arena, in the caller's transaction, so that all is of one moment: 1, or 0 when there
 * is no such incident. -E_INVALID when it has no seed yet. (dossier_read.c, dossier_people.c) */
MUST_CHECK int dossier_read(struct store_conn *c, const struct dossier_ask *ask, struct arena *a,
    struct dossier *ret, struct err *err);

/* dossier_json.c */
void dossier_write_json(const struct dossier *d, struct buf *out);
void dossier_write_proofs(const struct dossier *d, struct buf *out);
/* What caused it, by what is on record: sentences, the weightiest first; none when nothing stands out. */
#define DOSSIER_CAUSES_MAX 6
MUST_CHECK int dossier_causes(const struct dossier *d, enum lang lang, struct arena *a,
    struct str ret[DOSSIER_CAUSES_MAX]); /* how many, or -E_NOMEM */
/* For the form of a review, and for the ticket at the provider, within the pack's lengths; p NULL when memory ran
 * out. (dossier_text.c) */
MUST_CHECK struct str dossier_review_text(const struct dossier *d, enum lang lang, struct arena *a);
MUST_CHECK struct str dossier_ticket_text(const struct dossier *d, enum lang lang, struct arena *a);
/* What must be changed before a new number sends, by the causes: sentences, as above; at least one. */
#define DOSSIER_STEPS_MAX 10
MUST_CHECK int dossier_first_steps(
    const struct dossier *d, enum lang lang, struct arena *a, struct str ret[DOSSIER_STEPS_MAX]);
/* The calendar of a new number's warm-up: how many days. */
size_t dossier_calendar(const struct pack *pack, struct dossier_day ret[DOSSIER_DAYS_MAX]);
/* For people; NULL when memory ran out. (dossier_document.c) */
MUST_CHECK struct document *dossier_document(
    const struct dossier *d, enum lang lang, struct arena *a);

/* Is the account gone for good, as far as is known. */
bool dossier_is_gone(const struct dossier *d);
/* What somebody did about it, behind the beginning. */
bool dossier_is_correction(const struct dossier *d, const struct story_event *e);

#endif
