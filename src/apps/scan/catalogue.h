/* apps/scan/catalogue.h: what is known of automations of WhatsApp, and how it shows in text.
 *
 * Read from the built-in packs/automations.json and from files that extend it, then never changed:
 * several threads may read it. Rows are what a finding names; terms are what the matcher looks for,
 * each with the row or the signal (or both) that a hit stands for; rules say which signals together
 * make a row's finding. Strings live as long as the catalogue. */
#ifndef APPS_SCAN_CATALOGUE_H
#define APPS_SCAN_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "apps/scan/finding.h"
#include "apps/scan/parser.h"
#include "base/lang.h"

#define SCAN_SIGNALS_MAX 128
#define SCAN_RULE_SIGNALS 6
#define SCAN_NONE UINT32_MAX

enum row_alone {
	ROW_SPEAKS,  /* a hit in its place is a finding */
	ROW_SILENT,  /* only a rule makes one of it */
	ROW_PROCESS, /* a hit counts in lists of processes alone */
};

struct scan_row {
	const char *id;
	struct str name, kind, mechanism, why, replacement, source;
	enum scan_verdict verdict;
	enum scan_ecosystem ecosystem;
	enum row_alone alone;
	uint32_t signal;          /* or SCAN_NONE */
	const struct str *unless; /* not in paths with one of these */
	size_t unless_len;
	const struct str
	    *holds; /* of a path: the file must hold one of these; none = whatever it holds */
	size_t holds_len;
	bool anywhere; /* counts in the bytes of databases too */
	bool checked;  /* the identifier was confirmed at its source */
};

struct scan_term {
	uint32_t row, signal;   /* SCAN_NONE where there is none */
	const char *expression; /* for vectorscan */
	struct str literal;     /* of a host; p NULL for a pattern */
	bool any_label;         /* host "*.x": needs a label before it */
	bool caseless;
	bool gate;    /* a name that parsers look up: it only says that the file is worth a look */
	bool path;    /* looked for in paths, not in text */
	bool trigger; /* a signal that makes a file worth a look by itself */
};

/* Signals of one file or one project, as a set. */
struct signal_set {
	uint64_t w[SCAN_SIGNALS_MAX / 64];
};
static inline bool signal_has(const struct signal_set *s, uint32_t i)
{
	return s->w[i / 64] >> (i % 64) & 1;
}
static inline void signal_add(struct signal_set *s, uint32_t i)
{
	s->w[i / 64] |= (uint64_t)1 << (i % 64);
}

struct scan_rule {
	uint32_t row; /* SCAN_NONE: the row of the first signal's own hit */
	uint32_t all[SCAN_RULE_SIGNALS], none[SCAN_RULE_SIGNALS];
	unsigned all_len, none_len;
	uint32_t within; /* bytes; 0 = the file */
	enum scan_verdict verdict;
	unsigned confidence;
	bool project;   /* over the files below one manifest */
	bool languages; /* program text only */
	bool tests;     /* in tests too: together they are more than a name there */
	bool alone;     /* not in files that are unofficial already */
	bool process;   /* lists of processes only */
};

struct catalogue;

/* The built-in one and `files`, in this order; a row with an id that was there replaces it. Errors name
 * the file and the row. */
MUST_CHECK int catalogue_open(
    const char *const *files, size_t files_len, struct catalogue **ret, struct err *err);
void catalogue_close(struct catalogue **pc);

struct str catalogue_version(const struct catalogue *c); /* "2026.11.22" */
struct str catalogue_date(const struct catalogue *c);
struct str catalogue_digest(const struct catalogue *c); /* SHA-256 of all it was read from, hex */

size_t catalogue_rows(const struct catalogue *c);
const struct scan_row *catalogue_row(const struct catalogue *c, uint32_t row);
const struct scan_term *catalogue_terms(const struct catalogue *c, size_t *ret_len);
const struct scan_rule *catalogue_rules(const struct catalogue *c, size_t *ret_len);
/* SCAN_NONE when there is no such row or signal. */
uint32_t catalogue_row_by_id(const struct catalogue *c, struct str id);
uint32_t catalogue_signal(const struct catalogue *c, struct str name);
/* A why or a replacement in that language, or as it is when there is no other. */
struct str catalogue_text(const struct catalogue *c, enum lang lang, struct str text);
/* The row of a name as parsers report it, in any spelling that the ecosystem takes for the same;
 * SCAN_NONE when it is in no row. */
uint32_t catalogue_look_up(const struct catalogue *c, enum scan_ecosystem e, struct str name);

#endif
