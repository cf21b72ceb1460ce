/* apps/scan/parse_text.h: what the parsers of structured files share: lines, words and facts.
 *
 * Nothing here allocates unless it takes an arena. Views that come out lie in the view that went in,
 * so that parse_offset() finds where in the file they stand. */
#ifndef APPS_SCAN_PARSE_TEXT_H
#define APPS_SCAN_PARSE_TEXT_H

#include "apps/scan/parser.h"

/* How sure a fact is by its place, per cent; the patterns page of the documentation has the same. */
enum {
	SURE_DECLARED = 98,
	SURE_RESOLVED = 99,
	SURE_IMPORTED = 95,
	SURE_USED = 95,
	SURE_GUESSED = 80,
};

/* Lines without their ends; the last may lack one. Starts as { text }. */
struct lines {
	struct str rest;
};
bool lines_next(struct lines *l, struct str *ret_line);

bool text_is_space(char c); /* blank, tab, CR, LF */
bool text_is_word(char c);  /* a letter, a digit, '_' */
/* Where `needle` first stands in `s`; s.len when nowhere. */
size_t text_find(struct str s, struct str needle);
bool text_has(struct str s, const char *needle);
bool text_has_nocase(struct str s, const char *needle);
bool text_starts_nocase(struct str s, const char *prefix);
struct str text_from(struct str s, size_t at); /* clipped */
/* Cuts the first word off *rest; words end at white space. Empty when there is none. Quotes that
 * open a word are part of it up to the closing one. */
struct str text_word(struct str *rest);
struct str text_unquote(struct str s); /* one pair of ", ' or ` around it */
/* The length of the name at the start of `s`: bytes of `more`, letters and digits. */
size_t text_name_len(struct str s, const char *more);
/* The next quoted string of *rest, which moves behind it; false when there is none. Both quotes, and
 * ` when `ticks`; the content as it stands. A quote does not reach over the end of a line. */
bool text_quoted(struct str *rest, bool ticks, struct str *ret);
/* The last name of a path. */
struct str text_base(struct str path);

/* Facts of one file. */
struct say {
	const struct parse_in *in;
	enum scan_ecosystem ecosystem;
	enum fact_how how;
	unsigned confidence;
	bool dev;
	bool full; /* the engine has enough */
};

/* Where the view stands in the file; 0 when it is a copy. */
size_t parse_offset(const struct parse_in *in, struct str view);
/* One fact; position and length are those of `at`. Empty names are not given. Always false once the
 * engine has enough. */
bool say_fact(
    struct say *s, enum fact_kind kind, struct str name, struct str version, struct str at);
bool say_package(struct say *s, struct str name, struct str version, struct str at);
/* As said by scan_give, with everything set by the caller but the position. */
bool say_as(struct say *s, struct fact f, struct str at);

/* A value in a manifest that may be a URL, a git shorthand ("owner/repo", "github:owner/repo#x",
 * "git+https://…", "git@host:owner/repo.git"): true, and a FACT_URL is given with an owner/repository
 * of GitHub as "github:owner/repo", anything else as it stands. `bare` allows "owner/repo". */
bool say_repository(struct say *s, struct str value, bool bare);

#endif
