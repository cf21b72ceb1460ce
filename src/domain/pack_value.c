#include "domain/pack_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"

#define FIELDS_MAX 64 /* of one object: they are ticked off in one word */
#define COUNT_MAX 1000000000LL
#define SECONDS_MAX (10LL * 366 * 86400)
#define DAYS_MAX (10LL * 366)
#define RATIO_MAX 1000.0

/* --- where we are, and what is wrong ---------------------------------------------------------- */

size_t path_enter(struct reader *r, struct str name)
{
	size_t was = strlen(r->path);

	snprintf(r->path + was, sizeof(r->path) - was, "%s%.*s", was ? "." : "", STR_ARG(name));
	return was;
}

size_t path_enter_item(struct reader *r, size_t i)
{
	size_t was = strlen(r->path);

	snprintf(r->path + was, sizeof(r->path) - was, "[%zu]", i);
	return was;
}

void path_leave(struct reader *r, size_t was)
{
	r->path[was] = '\0';
}

int bad(struct reader *r, const char *wanted)
{
	return err_field(
	    r->err, E_INVALID, r->path, "In the policy pack, %s must be %s.", r->path, wanted);
}

int out_of_memory(struct reader *r)
{
	return err_set(r->err, E_NOMEM, "Memory ran out.");
}

/* --- objects ---------------------------------------------------------------------------------- */

static int read_member(struct reader *r, const struct field *fields, size_t n, char *base,
    struct str key, const struct json *v, uint64_t *seen)
{
	size_t was = path_enter(r, key);

	for (size_t i = 0; i < n; i++) {
		if (!str_eq_c(key, fields[i].name))
			continue;
		int rc = fields[i].read(r, v, &fields[i], base);
		*seen |= 1ULL << i;
		if (rc == 0)
			path_leave(r, was);
		return rc;
	}
	return err_field(
	    r->err, E_INVALID, r->path, "The policy pack has an unknown member %s.", r->path);
}

int read_fields(
    struct reader *r, const struct json *v, const struct field *fields, size_t n, char *base)
{
	struct json_iter it;
	struct str key;
	const struct json *member;
	uint64_t seen = 0;

	ASSERT(n <= FIELDS_MAX);
	if (json_type(v) != JSON_OBJECT)
		return bad(r, "an object");
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		int rc = read_member(r, fields, n, base, key, member, &seen);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < n; i++) {
		if (seen >> i & 1)
			continue;
		(void)path_enter(r, str_c(fields[i].name));
		return err_field(r->err, E_INVALID, r->path, "The policy pack lacks %s.", r->path);
	}
	return 0;
}

int read_object(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	return read_fields(r, v, f->sub, f->sub_len, base + f->at);
}

int read_items(struct reader *r, const struct json *v, const struct field *f, char *first,
    size_t size, size_t *len)
{
	if (json_type(v) != JSON_ARRAY)
		return bad(r, "a list");
	if (json_len(v) > f->max_len)
		return bad(r, "a shorter list");
	*len = 0;
	struct json_iter it;
	const struct json *item;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		size_t was = path_enter_item(r, *len);
		int rc = read_fields(r, item, f->sub, f->sub_len, first + *len * size);
		if (rc < 0)
			return rc;
		path_leave(r, was);
		(*len)++;
	}
	return 0;
}

/* --- plain values ----------------------------------------------------------------------------- */

static int read_whole(struct reader *r, const struct json *v, int64_t max, int64_t unit, char *out)
{
	int64_t n;

	if (!json_int(v, &n) || n < 0 || n > max)
		return bad(r, "a whole number that is not negative and not too large");
	n *= unit;
	memcpy(out, &n, sizeof(n));
	return 0;
}

int read_count(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	return read_whole(r, v, COUNT_MAX, 1, base + f->at);
}

int read_seconds(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	return read_whole(r, v, SECONDS_MAX, MS_PER_S, base + f->at);
}

int read_seconds_or_null(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	if (!json_is_null(v))
		return read_seconds(r, v, f, base);
	memset(base + f->at, 0, sizeof(int64_t));
	return 0;
}

int read_days(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	return read_whole(r, v, DAYS_MAX, MS_PER_DAY, base + f->at);
}

static int ratio_of(struct reader *r, const struct json *v, int64_t *ret)
{
	double ratio;

	if (!json_real(v, &ratio) || !(ratio >= 0 && ratio <= RATIO_MAX))
		return bad(r, "a fraction that is not negative");
	*ret = llround(ratio * (double)PPM);
	return 0;
}

int read_ratio(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	int64_t ppm;
	int rc = ratio_of(r, v, &ppm);

	if (rc < 0)
		return rc;
	memcpy(base + f->at, &ppm, sizeof(ppm));
	return 0;
}

/* The growth of a day: a cap that shrinks or stands still is a mistake in the file. */
int read_growth(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	int64_t ppm;
	int rc = ratio_of(r, v, &ppm);

	if (rc < 0)
		return rc;
	if (ppm <= PPM)
		return bad(r, "above 1");
	memcpy(base + f->at, &ppm, sizeof(ppm));
	return 0;
}

/* How sure a bound must be: at half it says nothing, and nothing is ever certain. */
int read_confidence(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	int64_t ppm;
	int rc = ratio_of(r, v, &ppm);

	if (rc < 0)
		return rc;
	if (ppm < PPM / 2 || ppm >= PPM)
		return bad(r, "at least 0.5 and below 1");
	memcpy(base + f->at, &ppm, sizeof(ppm));
	return 0;
}

int read_ratio_or_null(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	int64_t none = PACK_NO_SHARE;

	if (!json_is_null(v))
		return read_ratio(r, v, f, base);
	memcpy(base + f->at, &none, sizeof(none));
	return 0;
}

int read_bool(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	bool b;

	if (!json_bool(v, &b))
		return bad(r, "true or false");
	memcpy(base + f->at, &b, sizeof(b));
	return 0;
}

int read_str(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct str s = json_str(v);

	if (!s.p || text_has_control(s))
		return bad(r, "a text");
	memcpy(base + f->at, &s, sizeof(s));
	return 0;
}

/* "21:00" → seconds of the day */
int read_clock(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct str text = json_str(v);
	struct str hour = str_cut(&text, ':');
	uint64_t h, m;

	if (hour.len != 2 || text.len != 2 || str_to_u64(hour, &h) < 0 ||
	    str_to_u64(text, &m) < 0 || h > 23 || m > 59)
		return bad(r, "a time of day such as \"21:00\"");
	int seconds = (int)(h * 3600 + m * 60);
	memcpy(base + f->at, &seconds, sizeof(seconds));
	return 0;
}

int read_evidence_word(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	enum evidence e;

	if (evidence_parse(json_str(v), &e) < 0)
		return bad(r, "a kind of evidence");
	memcpy(base + f->at, &e, sizeof(e));
	return 0;
}

/* --- lists of plain values -------------------------------------------------------------------- */

static int numbers_of(struct reader *r, const struct json *v, const struct field *f, char *base,
    int (*item_of)(struct reader *r, const struct json *v, int64_t *ret))
{
	if (json_type(v) != JSON_ARRAY || json_len(v) == 0 || json_len(v) > f->max_len)
		return bad(r, "a list that is neither empty nor too long");
	size_t len = 0;
	struct json_iter it;
	const struct json *item;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		size_t was = path_enter_item(r, len);
		int rc = item_of(r, item, (int64_t *)(void *)(base + f->at) + len);
		if (rc < 0)
			return rc;
		path_leave(r, was);
		len++;
	}
	memcpy(base + f->at_len, &len, sizeof(len));
	return 0;
}

int count_of(struct reader *r, const struct json *v, int64_t *ret)
{
	return read_whole(r, v, COUNT_MAX, 1, (char *)ret);
}

int read_counts(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	return numbers_of(r, v, f, base, count_of);
}

int read_ratios(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	return numbers_of(r, v, f, base, ratio_of);
}

int words_of(struct reader *r, const struct json *v, struct pack_words *ret)
{
	if (json_type(v) != JSON_ARRAY)
		return bad(r, "a list of words");
	struct str *items = ARENA_ARRAY(r->a, struct str, json_len(v) + 1);
	if (!items)
		return out_of_memory(r);
	size_t len = 0;
	struct json_iter it;
	const struct json *item;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		items[len] = json_str(item);
		if (items[len].len == 0)
			return bad(r, "a list of words");
		len++;
	}
	*ret = (struct pack_words){ items, len };
	return 0;
}

int read_words(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	return words_of(r, v, (struct pack_words *)(void *)(base + f->at));
}

int read_purposes(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_words words;
	unsigned bits = 0;
	int rc = words_of(r, v, &words);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < words.len; i++) {
		enum purpose p;
		if (purpose_parse(words.items[i], &p) < 0 || p == PURPOSE_ALL)
			return bad(r, "a list of purposes");
		bits |= PURPOSE_BIT(p);
	}
	memcpy(base + f->at, &bits, sizeof(bits));
	return 0;
}
