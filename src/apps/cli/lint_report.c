#include "apps/cli/lint_report.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/json_place.h"
#include "base/lang.h"
#include "base/sarif.h"
#include "base/text.h"
#include "domain/template_review.h"

#define PLACE_MAX 256
#define VALUE_MAX 2000
#define FINGERPRINT_BYTES 16

/* --- walking ---------------------------------------------------------------------------------- */

/* One definition's review, and where in its file it stands. */
struct item {
	const struct lint_part *part;
	const struct json *review;
	size_t at;
	struct json_places *places; /* NULL = it is in no file */
};

typedef void on_item_fn(void *user, const struct item *x);

static void each_item(const struct lint_report *r, on_item_fn *on_item, void *user)
{
	for (size_t i = 0; i < r->parts_len; i++) {
		const struct lint_part *p = &r->parts[i];
		struct item x = { .part = p };
		struct json_places places = { .index = 0 };
		struct json_iter it;

		x.places = p->path && p->text.p ? &places : NULL;
		if (x.places)
			json_places_init(&places, p->text,
			    strcmp(p->prefix, "data[]") == 0 ? STR("data") : STR(""));
		json_iter_init(&it, json_get(p->answer, "items"));
		for (; json_iter_next(&it, NULL, &x.review); x.at++)
			on_item(user, &x);
	}
}

static int64_t count(const struct lint_report *r, const char *what)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->parts_len; i++) {
		int64_t n = 0;

		if (json_int(json_get(r->parts[i].answer, what), &n))
			sum += n;
	}
	return sum;
}

static struct json_place place_of(const struct item *x, const struct json *problem)
{
	const struct json_place none = { 0, 0 };

	return x->places ? json_places_find(x->places, x->at, json_str(json_get(problem, "field")))
			 : none;
}

/* --- text ------------------------------------------------------------------------------------- */

struct telling {
	const struct lint_report *r;
	struct buf *out;
	struct json_writer *w;
	size_t written;
};

static void add_clean(struct telling *t, struct str value)
{
	struct str clean = text_printable(t->r->arena, value.p ? value : STR("-"), VALUE_MAX);

	if (clean.p)
		buf_add(t->out, clean);
	else
		t->out->failed = true;
}

static void add_member(struct telling *t, const char *before, const struct json *v,
    const char *name, const char *after)
{
	buf_add_c(t->out, before);
	add_clean(t, json_str(json_get(v, name)));
	buf_add_c(t->out, after);
}

static const char *level_word(struct str level)
{
	static const struct {
		enum lint_level level;
		const char *word;
	} words[] = {
		{ LINT_ERROR, N_("error") },
		{ LINT_WARNING, N_("warning") },
		{ LINT_NOTE, N_("note") },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_c(level, lint_level_name(words[i].level)))
			return _(words[i].word);
	}
	return "?";
}

static void tell_rule(struct telling *t, const struct json *problem)
{
	int64_t subcode = 0;

	add_member(t, " [", problem, "rule", "");
	if (json_int(json_get(problem, "subcode"), &subcode))
		buf_addf(t->out, ", 100/%lld", (long long)subcode);
	buf_add_c(t->out, "]\n");
}

static void tell_problem(struct telling *t, const struct item *x, const struct json *problem)
{
	struct json_place place = place_of(x, problem);

	buf_add_c(t->out, "  ");
	if (place.line)
		buf_addf(t->out, "%zu:%zu ", place.line, place.column);
	buf_addf(t->out, "%s: ", level_word(json_str(json_get(problem, "level"))));
	if (json_str(json_get(problem, "field")).len > 0)
		add_member(t, "", problem, "field", ": ");
	add_member(t, "", problem, "message", "");
	tell_rule(t, problem);
	add_member(t, "    ", problem, "suggestion", "\n");
}

static bool is_ok(const struct json *item)
{
	bool ok = false;

	return json_bool(json_get(item, "ok"), &ok) && ok;
}

static void tell_item(void *user, const struct item *x)
{
	struct telling *t = user;
	const struct json *problem;
	struct json_iter it;

	if (x->part->path && t->r->parts_len > 1)
		buf_addf(t->out, "%s: ", x->part->path);
	add_member(t, "", x->review, "name", "");
	add_member(t, " (", x->review, "language", "): ");
	buf_addf(t->out, "%s\n", is_ok(x->review) ? _("good") : _("not good"));
	json_iter_init(&it, json_get(x->review, "problems"));
	while (json_iter_next(&it, NULL, &problem))
		tell_problem(t, x, problem);
}

void lint_report_text(const struct lint_report *r, struct buf *out)
{
	struct telling t = { .r = r, .out = out };

	each_item(r, tell_item, &t);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void write_problem(struct telling *t, const struct item *x, const struct json *problem)
{
	struct json_place place = place_of(x, problem);
	struct json_iter it;
	struct str key;
	const struct json *value;

	jw_object(t->w);
	json_iter_init(&it, problem);
	while (json_iter_next(&it, &key, &value)) {
		jw_key_str(t->w, key);
		jw_value(t->w, value);
	}
	if (place.line) {
		jw_member_int(t->w, "line", (int64_t)place.line);
		jw_member_int(t->w, "column", (int64_t)place.column);
	}
	jw_object_end(t->w);
}

static void write_problems(struct telling *t, const struct item *x, const struct json *problems)
{
	struct json_iter it;
	const struct json *problem;

	jw_array(t->w);
	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &problem))
		write_problem(t, x, problem);
	jw_array_end(t->w);
}

static void write_item(void *user, const struct item *x)
{
	struct telling *t = user;
	struct json_iter it;
	struct str key;
	const struct json *value;

	jw_object(t->w);
	if (x->part->path)
		jw_member_c(t->w, "file", x->part->path);
	json_iter_init(&it, x->review);
	while (json_iter_next(&it, &key, &value)) {
		jw_key_str(t->w, key);
		if (str_eq(key, STR("problems")))
			write_problems(t, x, value);
		else
			jw_value(t->w, value);
	}
	jw_object_end(t->w);
}

size_t lint_report_unread(const struct lint_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->parts_len; i++)
		n += r->parts[i].failure != NULL;
	return n;
}

/* Files that could not be checked; nothing when all were. */
static void write_unread(const struct lint_report *r, struct json_writer *w)
{
	if (lint_report_unread(r) == 0)
		return;
	jw_key(w, "unread");
	jw_array(w);
	for (size_t i = 0; i < r->parts_len; i++) {
		if (!r->parts[i].failure)
			continue;
		jw_object(w);
		jw_member_c(w, "file", r->parts[i].path);
		jw_member_c(w, "message", r->parts[i].failure);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void lint_report_json(const struct lint_report *r, struct buf *out)
{
	static const char *const counts[] = { "errors", "warnings", "notes" };
	struct json_writer w;
	struct telling t = { .r = r, .w = &w };

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "items");
	jw_array(&w);
	each_item(r, write_item, &t);
	jw_array_end(&w);
	write_unread(r, &w);
	jw_member_bool(
	    &w, "ok", count(r, "errors") + count(r, "warnings") == 0 && lint_report_unread(r) == 0);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		jw_member_int(&w, counts[i], count(r, counts[i]));
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

/* --- SARIF ------------------------------------------------------------------------------------ */

static const struct lint_rule *rule_of(struct str id, size_t *ret_at)
{
	const struct lint_rule *rule;

	for (size_t i = 0; (rule = lint_rule_at(i)); i++) {
		*ret_at = i;
		if (str_eq_c(id, rule->id))
			return rule;
	}
	return NULL;
}

static const char *severity_word(enum lint_level level)
{
	return level == LINT_ERROR ? "error" : level == LINT_WARNING ? "warning" : "recommendation";
}

static void write_help(struct json_writer *w, const struct lint_rule *rule)
{
	char code[PLACE_MAX];

	if (rule->subcode)
		(void)snprintf(code, sizeof(code), _("%s Graph says 100, subcode %d, otherwise."),
		    _(rule->about), rule->subcode);
	else
		(void)snprintf(code, sizeof(code), "%s", _(rule->about));
	jw_key(w, "help");
	jw_object(w);
	jw_member_c(w, "text", code);
	jw_member_c(w, "markdown", code);
	jw_object_end(w);
}

static void write_rule(struct json_writer *w, const struct lint_rule *rule)
{
	jw_object(w);
	jw_member_c(w, "id", rule->id);
	jw_member_c(w, "name", rule->id);
	sarif_text(w, "shortDescription", str_c(_(rule->about)));
	sarif_text(w, "fullDescription", str_c(_(rule->about)));
	write_help(w, rule);
	jw_key(w, "defaultConfiguration");
	jw_object(w);
	jw_member_c(w, "level", lint_level_name(rule->level));
	jw_object_end(w);
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "tags");
	jw_array(w);
	jw_c(w, "whatsapp");
	jw_c(w, "template");
	jw_array_end(w);
	jw_member_c(w, "precision", rule->level == LINT_ERROR ? "high" : "medium");
	jw_member_c(w, "problem.severity", severity_word(rule->level));
	jw_object_end(w);
	jw_object_end(w);
}

/* The same fault of the same template stays the same, wherever it stands in the file. */
static void write_fingerprint(
    struct telling *t, const struct json *item, const struct json *problem)
{
	const struct json *const what[] = { json_get(problem, "rule"), json_get(item, "name"),
		json_get(item, "language"), json_get(problem, "field"), json_get(problem, "host") };
	struct sha256 digest;
	struct buf text;
	char hex[2 * FINGERPRINT_BYTES + 1];

	buf_init(&text, 0);
	for (size_t i = 0; i < ARRAY_LEN(what); i++) {
		buf_add(&text, json_str(what[i]));
		buf_add_char(&text, '\n');
	}
	crypto_sha256(buf_str(&text), &digest);
	for (size_t i = 0; i < FINGERPRINT_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest.b[i]);
	t->out->failed = t->out->failed || text.failed;
	buf_done(&text);
	jw_key(t->w, "partialFingerprints");
	jw_object(t->w);
	jw_member_c(t->w, "primaryLocationLineHash", hex);
	jw_object_end(t->w);
}

/* Templates of an account are in no file: they get the name of one. */
static void write_place(struct telling *t, const struct item *x, const struct json *problem)
{
	struct json_place place = place_of(x, problem);
	struct str path = x->part->path ? str_c(x->part->path)
					: arena_printf(t->r->arena, "templates/%.*s.%.*s.json",
					      STR_ARG(json_str(json_get(x->review, "name"))),
					      STR_ARG(json_str(json_get(x->review, "language"))));

	sarif_locations(
	    t->w, path.p ? path : STR("templates"), (int64_t)place.line, (int64_t)place.column);
}

static void write_message(struct telling *t, const struct json *problem)
{
	struct buf text;

	buf_init(&text, 0);
	buf_add(&text, json_str(json_get(problem, "message")));
	buf_add_char(&text, ' ');
	buf_add(&text, json_str(json_get(problem, "suggestion")));
	sarif_text(t->w, "message", buf_str(&text));
	t->out->failed = t->out->failed || text.failed;
	buf_done(&text);
}

static void write_properties(struct telling *t, const struct json *problem)
{
	static const char *const told[] = { "field", "code", "subcode", "class", "score", "words",
		"limit", "got", "host" };

	jw_key(t->w, "properties");
	jw_object(t->w);
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		if (!json_get(problem, told[i]))
			continue;
		jw_key(t->w, told[i]);
		jw_value(t->w, json_get(problem, told[i]));
	}
	jw_object_end(t->w);
}

static void write_results(void *user, const struct item *x)
{
	struct telling *t = user;
	const struct json *problem;
	struct json_iter it;
	size_t rule = 0;

	json_iter_init(&it, json_get(x->review, "problems"));
	while (t->written < SARIF_RESULTS_MAX && json_iter_next(&it, NULL, &problem)) {
		struct str id = json_str(json_get(problem, "rule"));

		jw_object(t->w);
		jw_member_str(t->w, "ruleId", id);
		if (rule_of(id, &rule))
			jw_member_int(t->w, "ruleIndex", (int64_t)rule);
		jw_member_str(t->w, "level", json_str(json_get(problem, "level")));
		write_message(t, problem);
		write_place(t, x, problem);
		write_fingerprint(t, x->review, problem);
		write_properties(t, problem);
		jw_object_end(t->w);
		t->written++;
	}
}

static void write_driver(struct json_writer *w)
{
	const struct lint_rule *rule;

	jw_key(w, "tool");
	jw_object(w);
	jw_key(w, "driver");
	jw_object(w);
	jw_member_c(w, "name", "varco template lint");
	jw_member_c(w, "version", VARCO_VERSION);
	jw_member_c(w, "semanticVersion", VARCO_VERSION);
	jw_key(w, "rules");
	jw_array(w);
	for (size_t i = 0; (rule = lint_rule_at(i)); i++)
		write_rule(w, rule);
	jw_array_end(w);
	jw_object_end(w);
	jw_object_end(w);
}

/* What could not be checked is no finding: the run itself says that it is not whole. */
static void write_invocation(const struct lint_report *r, struct json_writer *w)
{
	jw_key(w, "invocations");
	jw_array(w);
	jw_object(w);
	jw_member_bool(w, "executionSuccessful", lint_report_unread(r) == 0);
	jw_key(w, "toolExecutionNotifications");
	jw_array(w);
	for (size_t i = 0; i < r->parts_len; i++) {
		if (!r->parts[i].failure)
			continue;
		jw_object(w);
		jw_member_c(w, "level", "error");
		sarif_text(w, "message", str_c(r->parts[i].failure));
		sarif_locations(w, str_c(r->parts[i].path), 0, 0);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
	jw_array_end(w);
}

static void write_run(const struct lint_report *r, struct json_writer *w, struct buf *out)
{
	struct telling t = { .r = r, .out = out, .w = w };

	jw_object(w);
	write_driver(w);
	jw_key(w, "automationDetails");
	jw_object(w);
	jw_member_c(w, "id", "varco-template-lint/");
	jw_object_end(w);
	write_invocation(r, w);
	jw_member_c(w, "columnKind", "utf16CodeUnits");
	jw_key(w, "results");
	jw_array(w);
	each_item(r, write_results, &t);
	jw_array_end(w);
	jw_object_end(w);
}

void lint_report_sarif(const struct lint_report *r, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "$schema", SARIF_SCHEMA);
	jw_member_c(&w, "version", "2.1.0");
	jw_key(&w, "runs");
	jw_array(&w);
	write_run(r, &w, out);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}
