#include "apps/cli/case_expect.h"

#include "base/check.h"
#include "domain/rules.h"

struct check {
	const struct decision *d;
	enum lang lang;
	struct buf *diff;
	struct err *err;
	bool differs;
};

static int bad(struct check *c, const char *name, const char *wanted)
{
	char field[64];
	struct buf b;

	buf_init(&b, sizeof(field) - 1);
	buf_addf(&b, "expect.%s", name);
	int rc = str_to_c(buf_str(&b), field, sizeof(field));
	buf_done(&b);
	return err_field(
	    c->err, E_INVALID, rc < 0 ? "expect" : field, "expect.%s must be %s.", name, wanted);
}

/* One line: the member, then what differs, a sentence that is a msgid with one %s. */
static void differ(struct check *c, const char *name, const char *msgid, struct str what)
{
	c->differs = true;
	buf_addf(c->diff, "  %s: ", name);
	/* The msgids below are literals of this file with exactly one %s each. */
	struct str rest = str_c(lang_text(c->lang, msgid));
	buf_add(c->diff, str_cut(&rest, '%'));
	buf_add(c->diff, what);
	buf_add(c->diff, str_sub(rest, 1, rest.len));
	buf_add_char(c->diff, '\n');
}

static void expect_other(struct check *c, const char *name, struct str wanted, struct str got)
{
	differ(c, name, N_("expected %s"), wanted);
	differ(c, name, N_("got %s"), got);
}

static const struct finding *found(const struct decision *d, struct str id)
{
	for (size_t i = 0; i < d->findings_len; i++) {
		if (str_eq_c(id, d->findings[i].rule->id))
			return &d->findings[i];
	}
	return NULL;
}

/* --- lists of words --------------------------------------------------------------------------- */

/* Every item must be a rule, so that a slip of the pen is not taken for a rule that did not fail. */
static int check_ids(struct check *c, const char *name, const struct json *list)
{
	struct json_iter it;
	const struct json *item;
	enum rule_index index;

	if (json_type(list) != JSON_ARRAY)
		return bad(c, name, "a list of rules");
	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &item)) {
		if (!rule_index_by_id(json_str(item), &index))
			return bad(c, name, "a list of rules that exist");
	}
	return 0;
}

static bool list_has(const struct json *list, const char *word)
{
	struct json_iter it;
	const struct json *item;

	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &item)) {
		if (str_eq_c(json_str(item), word))
			return true;
	}
	return false;
}

static int expect_rules(struct check *c, const struct json *v)
{
	struct json_iter it;
	const struct json *item;
	int rc = check_ids(c, "rules", v);

	if (rc < 0)
		return rc;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		const struct finding *f = found(c->d, json_str(item));
		if (!f || f->level == LEVEL_WARN)
			differ(c, "rules", N_("missing %s"), json_str(item));
	}
	for (size_t i = 0; i < c->d->findings_len; i++) {
		const struct finding *f = &c->d->findings[i];
		if (f->level != LEVEL_WARN && !list_has(v, f->rule->id))
			differ(c, "rules", N_("not expected %s"), str_c(f->rule->id));
	}
	return 0;
}

static int expect_warnings(struct check *c, const struct json *v)
{
	struct json_iter it;
	const struct json *item;
	int rc = check_ids(c, "warnings", v);

	if (rc < 0)
		return rc;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		const struct finding *f = found(c->d, json_str(item));
		if (!f || f->level != LEVEL_WARN)
			differ(c, "warnings", N_("missing %s"), json_str(item));
	}
	return 0;
}

static int expect_any_of(struct check *c, const struct json *v)
{
	struct json_iter it;
	const struct json *item;
	struct buf wanted;
	bool any = false;
	int rc = check_ids(c, "any_of", v);

	if (rc < 0)
		return rc;
	buf_init(&wanted, 0);
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		any = any || found(c->d, json_str(item));
		buf_add_c(&wanted, wanted.len ? ", " : "");
		buf_add(&wanted, json_str(item));
	}
	if (!any)
		differ(c, "any_of", N_("missing all of %s"), buf_str(&wanted));
	buf_done(&wanted);
	return 0;
}

static int expect_none_of(struct check *c, const struct json *v)
{
	struct json_iter it;
	const struct json *item;
	int rc = check_ids(c, "none_of", v);

	if (rc < 0)
		return rc;
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		if (found(c->d, json_str(item)))
			differ(c, "none_of", N_("not expected %s"), json_str(item));
	}
	return 0;
}

/* --- single values ---------------------------------------------------------------------------- */

static bool is_verdict(const struct json *v)
{
	for (int i = VERDICT_ALLOW; i <= VERDICT_REFUSE; i++) {
		if (str_eq_c(json_str(v), verdict_name((enum verdict)i)))
			return true;
	}
	return false;
}

static int expect_verdict(struct check *c, const struct json *v)
{
	const char *got = verdict_name(c->d->verdict);

	if (!is_verdict(v))
		return bad(c, "verdict", "allow, hold or refuse");
	if (!str_eq_c(json_str(v), got))
		expect_other(c, "verdict", json_str(v), str_c(got));
	return 0;
}

static int expect_verdict_in(struct check *c, const struct json *v)
{
	struct json_iter it;
	const struct json *item;
	const char *got = verdict_name(c->d->verdict);

	if (json_type(v) != JSON_ARRAY)
		return bad(c, "verdict_in", "a list of verdicts");
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		if (!is_verdict(item))
			return bad(c, "verdict_in", "a list of allow, hold and refuse");
	}
	if (!list_has(v, got))
		differ(c, "verdict_in", N_("not expected %s"), str_c(got));
	return 0;
}

static int expect_purpose(struct check *c, const struct json *v)
{
	enum purpose wanted = PURPOSE_NONE;

	if (!json_is_null(v) && purpose_parse(json_str(v), &wanted) < 0)
		return bad(c, "purpose", "a purpose or null");
	if (wanted != c->d->purpose)
		expect_other(
		    c, "purpose", str_c(purpose_name(wanted)), str_c(purpose_name(c->d->purpose)));
	return 0;
}

static void time_text(time_ms t, char out[TIME_TEXT_MAX])
{
	if (t != TIME_NONE)
		time_format(t, out);
	else if (str_to_c(STR("null"), out, TIME_TEXT_MAX) < 0)
		out[0] = '\0';
}

static int expect_hold_until(struct check *c, const struct json *v)
{
	char wanted_text[TIME_TEXT_MAX], got_text[TIME_TEXT_MAX];
	time_ms wanted = TIME_NONE;

	if (!json_is_null(v) && time_parse(json_str(v), &wanted) < 0)
		return bad(c, "hold_until", "an RFC 3339 time or null");
	time_text(wanted, wanted_text);
	time_text(c->d->hold_until, got_text);
	if (wanted != c->d->hold_until)
		expect_other(c, "hold_until", str_c(wanted_text), str_c(got_text));
	return 0;
}

static const struct {
	const char *name;
	int (*check)(struct check *c, const struct json *v);
} members[] = {
	{ "verdict", expect_verdict },
	{ "verdict_in", expect_verdict_in },
	{ "purpose", expect_purpose },
	{ "rules", expect_rules },
	{ "warnings", expect_warnings },
	{ "any_of", expect_any_of },
	{ "none_of", expect_none_of },
	{ "hold_until", expect_hold_until },
};

static int check_member(struct check *c, struct str key, const struct json *v)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		if (str_eq_c(key, members[i].name))
			return members[i].check(c, v);
	}
	return err_field(c->err, E_INVALID, "expect",
	    "expect has a member that means nothing: %.*s.", STR_ARG(key));
}

int case_expect_check(const struct json *expect, const struct decision *d, enum lang lang,
    struct buf *diff, struct err *err)
{
	struct check c = { .d = d, .lang = lang, .diff = diff, .err = err };
	struct json_iter it;
	struct str key;
	const struct json *member;

	if (json_type(expect) != JSON_OBJECT || json_len(expect) == 0)
		return err_field(err, E_INVALID, "expect",
		    "expect must be an object that says what is expected.");
	json_iter_init(&it, expect);
	while (json_iter_next(&it, &key, &member)) {
		int rc = check_member(&c, key, member);
		if (rc < 0)
			return rc;
	}
	return !c.differs;
}
