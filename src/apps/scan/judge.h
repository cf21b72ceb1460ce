/* apps/scan/judge.h: what stands in one file, and what it means.
 *
 * A judge belongs to one thread. It is given the decoded bytes of a file with the path, looks for the
 * catalogue's terms, asks the parsers that the name calls for, and adds findings and signals to its
 * notes. What several files say together (rules of projects) is judged at the end, over all notes. */
#ifndef APPS_SCAN_JUDGE_H
#define APPS_SCAN_JUDGE_H

#include "apps/scan/match.h"
#include "base/clock.h"

/* What one thread found. Strings live in `arena`. */
struct scan_evidence {
	uint32_t signal, row; /* the row whose hit it was, or SCAN_NONE */
	enum scan_place place;
	struct str path;
	unsigned root;
	uint32_t line, column;
	uint64_t offset;
	struct str match;
};

struct scan_notes {
	struct arena *arena;
	struct scan_finding *findings;
	struct scan_evidence *evidence;
	size_t findings_len, findings_cap, evidence_len, evidence_cap;
	uint64_t dropped;   /* findings beyond what is kept */
	uint64_t truncated; /* files with more hits or facts than are looked at */
	uint64_t marked;    /* files that ask not to be read: catalogues, rules of scanners */
	uint64_t parsed, malformed, too_large;
};

struct judge_options {
	bool notes; /* keep what means nothing by itself */
	time_ms now;
};

struct judge;
MUST_CHECK struct judge *judge_new(const struct catalogue *c, const struct matcher *m,
    const struct judge_options *o, size_t arena_max);
void judge_free(struct judge **pj);
struct scan_notes *judge_notes(struct judge *j);

struct judged {
	struct str path; /* below the root */
	unsigned root;
	struct str text; /* decoded */
	uint64_t base;   /* bytes of the file before `text`, when it is read in pieces */
	uint32_t lines;  /* lines before `text` */
	bool piece;      /* not the whole file: no parser is asked */
};

void judge_file(struct judge *j, const struct judged *f);
/* The path alone: session files and profiles. Directories too. */
void judge_path(struct judge *j, unsigned root, struct str path);
/* Bytes that are no text: does somebody look into them all the same, by name or by what they are? */
bool judge_wants_binary(struct str path, struct str text);
/* Does some parser want this file whole? The most bytes that one of them reads, 0 for none. */
size_t judge_whole_bytes(struct str path);

/* The rules of projects over the notes of all judges, into those of the first. `manifests` are the
 * directories with a manifest, as "root:path". */
struct map;
void judge_projects(struct judge *const *judges, size_t n, const struct map *manifests);

#endif
