/* apps/scan/judge_private.h: what judge.c, judge_facts.c, judge_rules.c share, and nobody else. */
#ifndef APPS_SCAN_JUDGE_PRIVATE_H
#define APPS_SCAN_JUDGE_PRIVATE_H

#include "apps/scan/judge.h"
#include "apps/scan/lexis.h"

#define HITS_MAX 16384
#define FACTS_MAX 20000
#define COVERS_MAX 1000
#define MATCH_SHOWN_MAX 160

/* A signal where it counts. */
struct seen {
	uint32_t signal, row, at, to;
	enum scan_place place;
};

struct judge {
	const struct catalogue *catalogue;
	const struct matcher *matcher;
	struct judge_options options;
	const struct scan_term *terms;
	const struct scan_rule *rules;
	size_t terms_len, rules_len;
	uint32_t web, web_setting, send_link, driver,
	    unofficial_host; /* signals that code knows by name */
	struct signal_set of_projects;
	struct match_scratch *scratch;
	struct arena *arena; /* of one file */
	struct scan_notes notes;

	/* The file under way. */
	const struct judged *file;
	struct hit *hits;
	struct fact *facts;
	struct seen *seen;
	size_t hits_len, facts_len, seen_len;
	const struct fact *covers[COVERS_MAX]; /* facts that say what surrounds a hit */
	size_t covers_len;
	struct lexis *lexis;
	enum scan_place place; /* of text that no fact covers */
	bool program, binary, database, enough, lexis_made;
	struct str path_kept;
	const char *pieces_of; /* the path of the file that pieces come of */
	const char *pathed;    /* the path that judge_path() was asked about last */
	size_t pathed_first;   /* its first finding */
	struct str pathed_kept;
	uint32_t
	    waiting; /* row of the path `pathed` that asks what the file holds; SCAN_NONE = none */
	size_t line_at, line_start, first_finding;
	uint32_t line;
	struct signal_set evidence_given;
};

/* Findings in places that mean nothing become notes, or nothing. */
void judge_add(struct judge *j, uint32_t row, enum scan_verdict verdict, enum scan_place place,
    unsigned confidence, size_t from, size_t to);
/* Does a finding of this file say as much, or more, on the line of `from`? */
bool judge_said_on_line(struct judge *j, enum scan_verdict verdict, size_t from);
void judge_add_evidence(
    struct judge *j, uint32_t signal, uint32_t row, enum scan_place place, size_t from, size_t to);
void judge_saw(
    struct judge *j, uint32_t signal, uint32_t row, enum scan_place place, size_t from, size_t to);

/* Packages and images that are in no row say nothing; other facts say what surrounds a hit. */
bool judge_knows(const struct judge *j, const struct fact *f);
void judge_facts(struct judge *j); /* first: it begins the list of signals */
void judge_hits(struct judge *j);
void judge_rules(struct judge *j);

#endif
