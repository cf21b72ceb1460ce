/* domain/phone.c: reading takes three steps: text → digits and whether they were marked international;
 * digits → calling code and national digits; national digits → held against that country's plan. Numbers
 * without a mark are ambiguous, so there the plan's assigned ranges decide before its mere lengths do. */
#include "domain/phone.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/phone_table.h"

#define E164_MAX 15
#define CODE_MAX 3
#define NANP_CODE 1
#define NANP_LEN 11
/* "00", an E.164 number and a trunk prefix in parentheses. */
#define DIALLED_MAX 20

/* Digits as text; room for a digit more, where an old spelling lacks it. */
struct digits {
	char d[DIALLED_MAX + 2];
	size_t len;
};

static const char *const separators[] = {
	" ", "-", ".", "(", ")", "\t", "\xc2\xa0", /* no-break space */
	"\xe2\x80\xaf",                            /* narrow no-break space */
	"\xe2\x80\x90", "\xe2\x80\x91",            /* hyphen, no-break hyphen */
	"\xe2\x80\x93",                            /* en dash */
};

/* Old ways of writing mobile numbers that Meta's wa_id still uses (platform facts 3: Brazil and Mexico).
 * A national number of `len` digits whose digit `at` is one of `digits` has it dropped, or a 9 put in
 * before it. Mexico dropped the 1 in 2019; Brazil's mobile numbers all have nine digits since 2016, and
 * no landline there begins with 6, 8 or 9. */
static const struct respelling {
	unsigned code;
	size_t len, at;
	const char *digits;
	char insert; /* 0 = drop the digit */
} respellings[] = {
	{ 52, 11, 0, "1", 0 },
	{ 55, 10, 2, "689", '9' },
};

/* --- text ------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t separator_len(struct str text)
{
	for (size_t i = 0; i < ARRAY_LEN(separators); i++) {
		struct str s = str_c(separators[i]);

		if (str_starts(text, s))
			return s.len;
	}
	return 0;
}

static void digits_skip(struct digits *n, size_t count)
{
	n->len -= count;
	memmove(n->d, n->d + count, n->len);
}

/* False when there is anything but digits and separators, or too much, or nothing. */
static bool digits_collect(struct str text, struct digits *ret)
{
	*ret = (struct digits){ .len = 0 };
	for (size_t i = 0; i < text.len;) {
		size_t skip = 1;

		if (is_digit(text.p[i])) {
			if (ret->len == DIALLED_MAX)
				return false;
			ret->d[ret->len++] = text.p[i];
		} else {
			skip = separator_len(str_sub(text, i, text.len - i));
		}
		if (skip == 0)
			return false;
		i += skip;
	}
	return ret->len > 0;
}

static bool dialled_read(struct str text, struct digits *ret, bool *ret_international)
{
	text = str_trim(text);
	*ret_international = text.len > 0 && text.p[0] == '+';
	if (*ret_international)
		text = str_sub(text, 1, text.len - 1);
	if (!digits_collect(text, ret))
		return false;
	if (!*ret_international && ret->len > 2 && memcmp(ret->d, "00", 2) == 0) {
		*ret_international = true;
		digits_skip(ret, 2);
	}
	return true;
}

static struct digits digits_of(struct phone p)
{
	struct digits n = { .len = 0 };
	char reversed[E164_MAX];
	size_t len = 0;

	for (uint64_t rest = p.number; rest > 0; rest /= 10) {
		ASSERT(len < sizeof(reversed));
		reversed[len++] = (char)('0' + rest % 10);
	}
	while (len > 0)
		n.d[n.len++] = reversed[--len];
	return n;
}

/* --- the table's texts ------------------------------------------------------------------------ */

static size_t text_number(const char **p)
{
	size_t n = 0;

	while (is_digit(**p))
		n = n * 10 + (size_t)(*(*p)++ - '0');
	return n;
}

/* Is `len` in a list such as "6,8-10", which ends with a blank or the text. */
static bool lengths_have(const char *list, size_t len)
{
	for (const char *p = list;; p++) {
		size_t from = text_number(&p);
		size_t to = from;

		if (*p == '-') {
			p++;
			to = text_number(&p);
		}
		if (len >= from && len <= to)
			return true;
		if (*p != ',')
			return false;
	}
}

/* How many of the digits a beginning such as "89" has in common with them: all of it, or 0. */
static size_t lead_match(const char **p, const struct digits *n)
{
	size_t i = 0;
	bool same = true;

	for (; is_digit(**p); (*p)++, i++)
		same = same && i < n->len && n->d[i] == **p;
	return same ? i : 0;
}

/* Is a number of these digits assigned: the group with the longest beginning decides. */
static bool plan_assigns(const struct phone_plan *plan, const struct digits *n)
{
	size_t best = 0, longest = 0;
	bool assigned = false;

	for (const char *p = plan->leads; *p; p++) {
		size_t match = lead_match(&p, n);

		longest = match > longest ? match : longest;
		if (*p != '/')
			continue; /* a comma: another beginning of the same group */
		p++;
		if (longest > best) {
			best = longest;
			assigned = lengths_have(p, n->len);
		}
		longest = 0;
		p += strcspn(p, " ");
		if (!*p)
			break;
	}
	return assigned;
}

static bool plan_allows(const struct phone_plan *plan, const struct digits *n)
{
	return lengths_have(plan->lengths, n->len);
}

/* The main country's plan; NULL when nobody has that code. */
static const struct phone_plan *plan_of_code(unsigned code)
{
	size_t low = 0, high = phone_plans_len;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (phone_plans[mid].code < code)
			low = mid + 1;
		else
			high = mid;
	}
	return low < phone_plans_len && phone_plans[low].code == code ? &phone_plans[low] : NULL;
}

/* Codes are prefix-free, so the first that fits is the one. */
static const struct phone_plan *plan_of_digits(const struct digits *n, size_t *ret_code_len)
{
	unsigned code = 0;

	for (size_t i = 0; i < CODE_MAX && i < n->len && n->d[0] != '0'; i++) {
		const struct phone_plan *plan;

		code = code * 10 + (unsigned)(n->d[i] - '0');
		plan = plan_of_code(code);
		if (plan) {
			*ret_code_len = i + 1;
			return plan;
		}
	}
	return NULL;
}

static const struct phone_plan *plan_of_country(struct str country)
{
	for (size_t i = 0; country.len == 2 && i < phone_plans_len; i++) {
		if (str_eq_c(country, phone_plans[i].country))
			return &phone_plans[i];
	}
	return NULL;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void national_respell(unsigned code, struct digits *n)
{
	for (size_t i = 0; i < ARRAY_LEN(respellings); i++) {
		const struct respelling *r = &respellings[i];

		if (r->code != code || r->len != n->len || n->d[0] == '0' ||
		    !strchr(r->digits, n->d[r->at]))
			continue;
		if (r->insert) {
			memmove(n->d + r->at + 1, n->d + r->at, n->len - r->at);
			n->d[r->at] = r->insert;
			n->len++;
		} else {
			memmove(n->d + r->at, n->d + r->at + 1, n->len - r->at - 1);
			n->len--;
		}
		return;
	}
}

static void phone_join(unsigned code, const struct digits *national, struct phone *ret)
{
	ret->number = code;
	for (size_t i = 0; i < national->len; i++)
		ret->number = ret->number * 10 + (uint64_t)(national->d[i] - '0');
}

/* Are these national digits assigned, as they are or else behind the country's trunk prefix. What comes
 * out is assigned as it is, so that reading it again changes nothing. */
static bool national_assigned(const struct phone_plan *plan, struct digits n, struct phone *ret)
{
	struct digits without = n;
	size_t trunk = strlen(plan->trunk);

	national_respell(plan->code, &n);
	if (plan_assigns(plan, &n)) {
		phone_join(plan->code, &n, ret);
		return true;
	}
	if (trunk == 0 || without.len <= trunk || memcmp(without.d, plan->trunk, trunk) != 0)
		return false;
	digits_skip(&without, trunk);
	national_respell(plan->code, &without);
	if (!plan_assigns(plan, &without))
		return false;
	phone_join(plan->code, &without, ret);
	return true;
}

/* Could they be dialled: ranges are opened faster than tables are made. */
static bool national_possible(const struct phone_plan *plan, struct digits n, struct phone *ret)
{
	national_respell(plan->code, &n);
	if (!plan_allows(plan, &n))
		return false;
	phone_join(plan->code, &n, ret);
	return true;
}

typedef bool national_reader(const struct phone_plan *plan, struct digits n, struct phone *ret);

static bool international_read(national_reader *read, struct digits n, struct phone *ret)
{
	size_t code_len;
	const struct phone_plan *plan = plan_of_digits(&n, &code_len);

	if (!plan)
		return false;
	digits_skip(&n, code_len);
	return read(plan, n, ret);
}

static int refuse(const struct digits *n, const struct phone_plan *home, struct err *err)
{
	size_t code_len;

	if (!home && !plan_of_digits(n, &code_len))
		return err_set(err, E_INVALID,
		    N_("No country has the calling code with which this telephone number begins."));
	return err_set(
	    err, E_INVALID, N_("A telephone number of that country cannot have this many digits."));
}

int phone_parse(
    struct str text, struct str country, struct phone *ret, bool *ret_prefixed, struct err *err)
{
	static national_reader *const readers[] = { national_assigned, national_possible };
	const struct phone_plan *home = NULL;
	struct digits n;
	bool international, prefixed = false, found = false;

	if (!dialled_read(text, &n, &international))
		return err_set(err, E_INVALID,
		    N_("A telephone number has 15 digits at most, a plus sign in front, and nothing "
		       "else but blanks, hyphens, dots and parentheses."));
	if (!international)
		home = plan_of_country(country);
	for (size_t i = 0; !found && i < ARRAY_LEN(readers); i++) {
		found = international_read(readers[i], n, ret);
		prefixed = !found && home && readers[i](home, n, ret);
		found = found || prefixed;
	}
	if (!found)
		return refuse(&n, home, err);
	if (ret_prefixed)
		*ret_prefixed = prefixed;
	return 0;
}

void phone_format(struct phone p, char out[PHONE_TEXT_MAX])
{
	out[0] = '+';
	phone_format_digits(p, out + (p.number ? 1 : 0));
}

void phone_format_digits(struct phone p, char out[PHONE_TEXT_MAX])
{
	struct digits n = digits_of(p);

	memcpy(out, n.d, n.len);
	out[n.len] = '\0';
}

/* The code, the first three digits of a number long enough, dots that do not tell how many, the last two. */
void phone_format_masked(struct phone p, char out[PHONE_TEXT_MAX + 8])
{
	struct digits n = digits_of(p);
	size_t code_len = 0, head;

	out[0] = '\0';
	if (!plan_of_digits(&n, &code_len))
		return;
	head = n.len - code_len >= 8 ? 3 : 0;
	(void)snprintf(out, PHONE_TEXT_MAX + 8, "+%.*s %.*s%s•••%s", (int)code_len, n.d, (int)head,
	    n.d + code_len, head ? " " : "", n.d + n.len - 2);
}

/* --- countries and zones ---------------------------------------------------------------------- */

static bool split_has(const struct phone_split *split, const struct digits *national)
{
	for (const char *p = split->leads; *p; p += *p == ' ') {
		if (lead_match(&p, national) > 0)
			return true;
	}
	return false;
}

struct str phone_country(struct phone p)
{
	struct digits n = digits_of(p);
	size_t code_len;
	const struct phone_plan *plan = plan_of_digits(&n, &code_len);

	if (!plan)
		return STR_NONE;
	digits_skip(&n, code_len);
	for (size_t i = 0; i < phone_splits_len && phone_splits[i].code <= plan->code; i++) {
		if (phone_splits[i].code == plan->code && split_has(&phone_splits[i], &n))
			return str_c(phone_splits[i].country);
	}
	return plan->code == NANP_CODE || !*plan->country ? STR_NONE : str_c(plan->country);
}

unsigned phone_nanp_area(struct phone p)
{
	struct digits n = digits_of(p);

	if (n.len != NANP_LEN || n.d[0] != '0' + NANP_CODE)
		return 0;
	return (unsigned)(p.number / 10000000 % 1000);
}

size_t phone_country_zones(struct str country, struct str *ret_zones, size_t max)
{
	struct str list = STR_NONE;
	size_t n = 0;

	for (size_t i = 0; i < phone_zones_len && !list.p; i++) {
		if (str_eq_c(country, phone_zones[i].country))
			list = str_c(phone_zones[i].zones);
	}
	while (list.len > 0 && n < max)
		ret_zones[n++] = str_cut(&list, ' ');
	return n;
}

bool phone_is_country(struct str country)
{
	struct str zone;

	return country.len == 2 &&
	    (plan_of_country(country) || phone_country_zones(country, &zone, 1) == 1);
}

/* --- what other programs make of numbers ------------------------------------------------------ */

#define SUM_LEAST 7 /* digits of a number that can be one of telephones */
#define SUM_DECIMALS 2

static size_t skip_digits(struct str s, size_t i)
{
	while (i < s.len && is_digit(s.p[i]))
		i++;
	return i;
}

bool phone_is_rounded(struct str text)
{
	size_t start = str_starts(text, STR("+")), i = skip_digits(text, start);

	if (i == start)
		return false;
	if (i < text.len && (text.p[i] == ',' || text.p[i] == '.'))
		i = skip_digits(text, i + 1);
	if (i >= text.len || (text.p[i] != 'E' && text.p[i] != 'e'))
		return false;
	i++;
	i += i < text.len && text.p[i] == '+';
	return i < text.len && skip_digits(text, i) == text.len;
}

bool phone_is_sum(struct str text)
{
	size_t start = str_starts(text, STR("+")), i = skip_digits(text, start);
	size_t end = i < text.len && (text.p[i] == '.' || text.p[i] == ',')
	    ? skip_digits(text, i + 1)
	    : i;

	return i - start >= SUM_LEAST && end == text.len && end > i + 1 &&
	    end - i - 1 <= SUM_DECIMALS;
}

/* --- business-scoped user ids ----------------------------------------------------------------- */

#define BSUID_PART_MAX 128

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_alphanumeric(char c)
{
	return is_digit(c) || is_capital(c) || (c >= 'a' && c <= 'z');
}

bool bsuid_is_valid(struct str text)
{
	struct str rest;

	if (text.len < 3 || !is_capital(text.p[0]) || !is_capital(text.p[1]) || text.p[2] != '.')
		return false;
	rest = str_sub(text, 3, text.len - 3);
	if (str_starts(rest, STR("ENT.")))
		rest = str_sub(rest, 4, rest.len - 4);
	for (size_t i = 0; i < rest.len; i++) {
		if (!is_alphanumeric(rest.p[i]))
			return false;
	}
	return rest.len > 0 && rest.len <= BSUID_PART_MAX;
}

struct str bsuid_country(struct str bsuid)
{
	return bsuid_is_valid(bsuid) ? str_sub(bsuid, 0, 2) : STR_NONE;
}
