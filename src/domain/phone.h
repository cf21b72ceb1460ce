/* domain/phone.h: telephone numbers and business-scoped user ids, parsed once.
 *
 * A struct phone is a valid E.164 number: its digits as an integer (country code first, at most 15),
 * or 0 for "none". It is never printed whole in logs. Lengths, countries and zones come from a committed
 * table generated from libphonenumber's metadata and tzdata (domain/phone_table.c, made by
 * tools/phone-table; `./dev check` compares).
 *
 * One person's number has one value: where a country changed how its mobile numbers are written and
 * Meta still gives some of them the old way (Mexico's 1 behind the code, Brazil's missing ninth digit),
 * the old form reads as the new one, so that consent found under one spelling is found under the other.
 *
 * A BSUID is "CC.<1..128 alphanumerics>", a parent BSUID "CC.ENT.<1..128 alphanumerics>" (platform facts
 * 17, 2026-11-22); it is compared whole, prefix and dot included. Nothing here allocates. */
#ifndef DOMAIN_PHONE_H
#define DOMAIN_PHONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct phone {
	uint64_t number;
};

#define PHONE_TEXT_MAX 20 /* "+", 15 digits, zero byte, rounded up */

/* Blanks, hyphens, dots and parentheses are separators. With '+' or "00": international; any length that
 * can be dialled in that country will do. Without: international when those digits are assigned as such,
 * else national digits (with or without the trunk prefix) behind `country`'s code ("IT"; STR_NONE = none),
 * and then *ret_prefixed is true (readings 42). 0, or -E_INVALID with a sentence: not digits, unknown
 * country code, impossible length. ret_prefixed may be NULL. */
MUST_CHECK int phone_parse(
    struct str text, struct str country, struct phone *ret, bool *ret_prefixed, struct err *err);
void phone_format(struct phone p, char out[PHONE_TEXT_MAX]); /* "+393331234567"; "" for none */
void phone_format_digits(struct phone p, char out[PHONE_TEXT_MAX]); /* without '+' */
void phone_format_masked(
    struct phone p, char out[PHONE_TEXT_MAX + 8]); /* "+39 333 •••67", for people */
/* ISO 3166 alpha-2 of the number ("IT", "CA", "PR"), STR_NONE when it belongs to no single country.
 * Static storage. */
struct str phone_country(struct phone p);
/* The area code of a +1 number (its three digits), else 0. */
unsigned phone_nanp_area(struct phone p);
/* IANA zones of a country ("IT" → "Europe/Rome"), its own first; number of zones written, at most
 * `max`. Static storage. No country has more than PHONE_ZONES_MAX. */
#define PHONE_ZONES_MAX 40
size_t phone_country_zones(struct str country, struct str *ret_zones, size_t max);
bool phone_is_country(struct str country); /* two capital letters that the table knows */

/* "3,93E+11": what a spreadsheet makes of a long number; its last digits are lost. */
bool phone_is_rounded(struct str text);
/* "393331234501.0": what comes of a number that a program took for a sum. */
bool phone_is_sum(struct str text);

bool bsuid_is_valid(struct str text);
struct str bsuid_country(struct str bsuid); /* its two letters; STR_NONE when it is not valid */

#endif
