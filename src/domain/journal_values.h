/* domain/journal_values.h: which values the decisions of a segment (journal_people.h) bear: apps, numbers,
 * templates, campaigns, rules and verdicts. Who looks for decisions with one that few of them bear passes
 * over the segments that have none, and reads only the others (journal_list.c).
 *
 * What is noted are digests of 32 bits, so a segment may seem to bear what it does not, but never the other
 * way round; that holds for rules and verdicts of judgements up to the noting. Of a send that is judged
 * again behind it there is a former judgement (journal_former.h). */
#ifndef DOMAIN_JOURNAL_VALUES_H
#define DOMAIN_JOURNAL_VALUES_H

#include "base/str.h"

/* Stored, within digests; never change. */
enum journal_value {
	VALUE_APP = 'a',
	VALUE_NUMBER = 'n',
	VALUE_TEMPLATE = 't', /* name/language, and the name alone */
	VALUE_CAMPAIGN = 'c',
	VALUE_RULE = 'r',
	VALUE_VERDICT = 'v', /* its name */
};

#define JOURNAL_VALUES_MAX 512 /* a segment with more of them bears anything */
#define JOURNAL_VALUES_SLOTS 1024

struct journal_values {
	uint32_t slots[JOURNAL_VALUES_SLOTS]; /* 0 = free */
	size_t len;
};

/* To begin with all is zero. A value with p NULL is none. */
void journal_values_add(struct journal_values *v, enum journal_value what, struct str value);
/* The template of a row. */
void journal_values_add_template(struct journal_values *v, struct str stored);
/* Of findings as they are stored (p NULL = every rule passed). */
void journal_values_add_rules(struct journal_values *v, struct str stored);
/* Rules of which nothing is known yet: may turn out to be any. */
void journal_values_add_any_rule(struct journal_values *v);
/* Appends what is noted of the segment; nothing when it bears too many. */
void journal_values_write(const struct journal_values *v, struct buf *out);
/* `noted` as it was written; nothing = anything. */
bool journal_values_may_bear(struct str noted, enum journal_value what, struct str value);

#endif
