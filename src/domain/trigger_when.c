/* Conditions are a conjunction: those that exclude each other are found when they are written, for nobody would
 * see it later; a condition that does not hold is no error. */
#include "domain/trigger_when.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/json_pointer.h"
#include "base/lang.h"

#define WHEN_MAX 20

static int invalid(const char *field, const char *msgid, struct err *err)
{
	return err_field(err, E_INVALID, field, "%s", msgid);
}

int trigger_check_pointer(const struct json *v, const char *member, struct err *err)
{
	if (json_type(v) == JSON_STRING && json_pointer_is_valid(json_str(v)))
		return 0;
	return invalid(member,
	    N_("It must be a JSON pointer, as in /customer/phone; / in a name is ~1, and ~ is ~0."),
	    err);
}

/* --- what they are ---------------------------------------------------------------------------- */

enum test { TEST_IS, TEST_IS_NOT, TEST_ABOVE, TEST_BELOW, TEST_PRESENT };

static const char *const tests[] = {
	[TEST_IS] = "is",
	[TEST_IS_NOT] = "is_not",
	[TEST_ABOVE] = "above",
	[TEST_BELOW] = "below",
	[TEST_PRESENT] = "present",
};

/* The one test of a condition. */
static bool find_test(const struct json *condition, enum test *ret, const struct json **ret_value)
{
	for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
		*ret_value = json_get(condition, tests[i]);
		*ret = (enum test)i;
		if (*ret_value)
			return true;
	}
	return false;
}

static bool is_scalar(const struct json *v)
{
	enum json_type t = json_type(v);

	return t != JSON_NONE && t != JSON_ARRAY && t != JSON_OBJECT;
}

static bool value_fits(enum test test, const struct json *v)
{
	double unused;
	bool flag;

	if (test == TEST_PRESENT)
		return json_bool(v, &flag);
	if (test == TEST_ABOVE || test == TEST_BELOW)
		return json_real(v, &unused);
	if (json_type(v) != JSON_ARRAY)
		return is_scalar(v);
	for (size_t i = 0; i < json_len(v); i++) {
		if (!is_scalar(json_at(v, i)))
			return false;
	}
	return json_len(v) > 0;
}

static int check_condition(const struct json *c, struct err *err)
{
	const struct json *value;
	enum test test;

	if (json_type(c) != JSON_OBJECT || json_len(c) != 2 || !json_get(c, "at") ||
	    !find_test(c, &test, &value))
		return invalid("when",
		    N_("A condition has \"at\", a pointer, and one of is, is_not, above, below and"
		       " present."),
		    err);
	if (!value_fits(test, value))
		return invalid("when",
		    N_("is and is_not take a value or several, above and below a number, present true"
		       " or false."),
		    err);
	return trigger_check_pointer(json_get(c, "at"), "when", err);
}

/* --- do they hold ----------------------------------------------------------------------------- */

static bool is_one_of(const struct json *v, const struct json *values)
{
	if (json_type(values) != JSON_ARRAY)
		return json_equal(v, values);
	for (size_t i = 0; i < json_len(values); i++) {
		if (json_equal(v, json_at(values, i)))
			return true;
	}
	return false;
}

/* Shops write amounts as texts too: "49.90". */
static bool number_of(const struct json *v, double *ret)
{
	char text[64], *end;

	if (json_real(v, ret))
		return true;
	if (json_str(v).len == 0 || str_to_c(str_trim(json_str(v)), text, sizeof(text)) < 0)
		return false;
	*ret = strtod(text, &end);
	return end != text && *end == '\0';
}

/* `v` NULL = there is nothing. */
static bool passes(const struct json *condition, const struct json *v)
{
	const struct json *wanted;
	double have = 0, limit = 0;
	enum test test;
	bool present = false;

	if (!find_test(condition, &test, &wanted))
		return false;
	switch (test) {
	case TEST_IS:
		return v && is_one_of(v, wanted);
	case TEST_IS_NOT:
		return !v || !is_one_of(v, wanted);
	case TEST_PRESENT:
		return json_bool(wanted, &present) && present == (v && !json_is_null(v));
	case TEST_ABOVE:
	case TEST_BELOW:
		break;
	}
	if (!number_of(v, &have) || !json_real(wanted, &limit))
		return false;
	return test == TEST_ABOVE ? have > limit : have < limit;
}

static struct str place_of(const struct json *condition)
{
	return json_str(json_get(condition, "at"));
}

bool trigger_when_holds(const struct json *when, const struct json *event, struct str *ret_at)
{
	for (size_t i = 0; i < json_len(when); i++) {
		const struct json *c = json_at(when, i);
		if (passes(c, json_pointer(event, place_of(c))))
			continue;
		*ret_at = place_of(c);
		return false;
	}
	return true;
}

/* --- can they hold ---------------------------------------------------------------------------- */

/* Every condition at that place. */
static bool all_pass(const struct json *when, struct str at, const struct json *v)
{
	for (size_t i = 0; i < json_len(when); i++) {
		if (str_eq(place_of(json_at(when, i)), at) && !passes(json_at(when, i), v))
			return false;
	}
	return true;
}

static bool any_passes(const struct json *when, struct str at, const struct json *values)
{
	if (json_type(values) != JSON_ARRAY)
		return all_pass(when, at, values);
	for (size_t i = 0; i < json_len(values); i++) {
		if (all_pass(when, at, json_at(values, i)))
			return true;
	}
	return false;
}

static bool has_test(const struct json *when, struct str at, enum test wanted)
{
	for (size_t i = 0; i < json_len(when); i++) {
		const struct json *unused;
		enum test test;
		if (str_eq(place_of(json_at(when, i)), at) &&
		    find_test(json_at(when, i), &test, &unused) && test == wanted)
			return true;
	}
	return false;
}

/* Is there a number above `limit` that is below all the limits at that place. */
static bool leaves_room(const struct json *when, struct str at, const struct json *limit)
{
	double low = 0, high = 0;

	for (size_t i = 0; i < json_len(when); i++) {
		const struct json *c = json_at(when, i);
		if (str_eq(place_of(c), at) && json_real(limit, &low) &&
		    json_real(json_get(c, tests[TEST_BELOW]), &high) && low >= high)
			return false;
	}
	return true;
}

static bool is_below(struct str pointer, struct str above)
{
	return pointer.len > above.len && str_starts(pointer, above) && pointer.p[above.len] == '/';
}

static bool is_text(const struct json *v)
{
	enum json_type t = json_type(v);

	return (t == JSON_STRING && str_trim(json_str(v)).len > 0) || t == JSON_INT ||
	    t == JSON_REAL;
}

static bool none_is_text(const struct json *values)
{
	if (json_type(values) != JSON_ARRAY)
		return !is_text(values);
	for (size_t i = 0; i < json_len(values); i++) {
		if (is_text(json_at(values, i)))
			return false;
	}
	return true;
}

/* Nothing may be there, by this condition. */
static bool asks_for_nothing(const struct json *condition)
{
	bool present = true;

	return json_bool(json_get(condition, tests[TEST_PRESENT]), &present) && !present;
}

/* What it asks for has nothing below it: no values that is takes do, nor numbers. */
static bool asks_for_a_scalar(const struct json *condition)
{
	return json_get(condition, tests[TEST_IS]) || json_get(condition, tests[TEST_ABOVE]) ||
	    json_get(condition, tests[TEST_BELOW]);
}

/* There is nothing at the pointer, because of what is asked for above it. */
static bool is_cut_off(const struct json *when, struct str pointer)
{
	for (size_t i = 0; i < json_len(when); i++) {
		const struct json *c = json_at(when, i);
		if (is_below(pointer, place_of(c)) && (asks_for_nothing(c) || asks_for_a_scalar(c)))
			return true;
	}
	return false;
}

bool trigger_when_bars(const struct json *when, struct str pointer)
{
	for (size_t i = 0; i < json_len(when); i++) {
		const struct json *c = json_at(when, i), *is = json_get(c, tests[TEST_IS]);
		if (str_eq(place_of(c), pointer) &&
		    (asks_for_nothing(c) || (is && none_is_text(is))))
			return true;
	}
	return is_cut_off(when, pointer);
}

bool trigger_when_pins(const struct json *when, struct str pointer)
{
	return has_test(when, pointer, TEST_IS) || trigger_when_bars(when, pointer);
}

/* Where a value is asked for, one of the values must do; where nothing may be, nothing must do. */
static bool is_possible(const struct json *when, const struct json *condition)
{
	struct str at = place_of(condition);
	const struct json *wanted = NULL;
	enum test test = TEST_PRESENT;
	bool present = true;

	if (!find_test(condition, &test, &wanted))
		return false;
	if (!passes(condition, NULL) && is_cut_off(when, at))
		return false;
	if (test == TEST_IS)
		return any_passes(when, at, wanted);
	if (test == TEST_ABOVE)
		return leaves_room(when, at, wanted);
	if (test != TEST_PRESENT || !json_bool(wanted, &present) || present)
		return true;
	return has_test(when, at, TEST_IS) || all_pass(when, at, NULL);
}

int trigger_when_check(const struct json *when, struct err *err)
{
	int r = 0;

	if (!when)
		return 0;
	if (json_type(when) != JSON_ARRAY || json_len(when) > WHEN_MAX)
		return err_field(err, E_RANGE, "when",
		    N_("It must be an array of at most %d conditions."), WHEN_MAX);
	for (size_t i = 0; r == 0 && i < json_len(when); i++)
		r = check_condition(json_at(when, i), err);
	for (size_t i = 0; r == 0 && i < json_len(when); i++) {
		if (!is_possible(when, json_at(when, i)))
			r = invalid("when",
			    N_("Two of the conditions exclude each other: no event fulfils them all."),
			    err);
	}
	return r;
}
