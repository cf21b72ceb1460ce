/* domain/phone_table.h: numbering plans and zones as they are compiled in.
 *
 * Private to domain/phone.c and to phone_table.c, which tools/phone-table writes. Lists are texts, because
 * they are read far less often than looked at: lengths "6-8,10" are numbers of digits behind the country
 * code; leads "1/9 8/6,9 17,31/10" are groups of beginnings of such digits, one or two each, with the
 * lengths that are assigned there; the longer beginning counts. */
#ifndef DOMAIN_PHONE_TABLE_H
#define DOMAIN_PHONE_TABLE_H

#include <stddef.h>

/* Sorted by code; where countries share one, the main country stands first. */
struct phone_plan {
	unsigned code;
	char country[3];     /* "" = a code of no country, such as satellite services */
	const char *trunk;   /* what is dialled before a national number, "" = nothing */
	const char *lengths; /* that can be dialled at all */
	const char *leads;   /* what is assigned to subscribers */
};

/* Sorted by code. Beginnings by which countries that share a code are told apart; within a code none is the
 * beginning of another. What begins otherwise belongs to the main country, but under code 1, where every
 * area code is listed. */
struct phone_split {
	unsigned code;
	char country[3];
	const char *leads; /* "1481 7781" */
};

/* Sorted by country; the country's own zones stand first. */
struct phone_zones {
	char country[3];
	const char *zones; /* "Europe/Lisbon Atlantic/Madeira" */
};

extern const struct phone_plan phone_plans[];
extern const size_t phone_plans_len;
extern const struct phone_split phone_splits[];
extern const size_t phone_splits_len;
extern const struct phone_zones phone_zones[];
extern const size_t phone_zones_len;

#endif
