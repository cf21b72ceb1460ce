/* Told from the object that dsar.h describes, by the tables below: a list more there is a section more
 * here. What is for programs only stays out: salts, contents of entries, signed webhooks. */
#include "domain/dsar.h"

#include <string.h>

#include "base/check.h"
#include "domain/telling.h"

struct told {
	struct document *d;
	enum lang lang;
	struct arena *a;
};

#define SAY(t, ...) arena_printf((t)->a, __VA_ARGS__)

static const char *tell(const struct told *t, const char *msgid)
{
	return lang_text(t->lang, msgid);
}

/* --- values ----------------------------------------------------------------------------------- */

enum value {
	VALUE_TEXT,
	VALUE_MONO,
	VALUE_TIME,
	VALUE_OBJECT, /* as it is */
	VALUE_NUMBER,
	VALUE_PURPOSE, /* and what else telling.h has words for */
	VALUE_EVIDENCE,
	VALUE_STATE,
	VALUE_VERDICT,
	VALUE_MARK,
};

static const enum telling words[] = {
	[VALUE_PURPOSE] = TELLING_PURPOSES,
	[VALUE_EVIDENCE] = TELLING_EVIDENCES,
	[VALUE_STATE] = TELLING_STATES,
	[VALUE_VERDICT] = TELLING_VERDICTS,
	[VALUE_MARK] = TELLING_MARKS,
};

/* What memory ran out for is not left out, but fails the document. */
static struct str kept(const struct told *t, struct str s)
{
	t->d->failed = t->d->failed || !s.p;
	return s;
}

static struct str told_time(const struct told *t, struct str text)
{
	char out[DOCUMENT_TIME_MAX];
	time_ms at;

	if (time_parse(text, &at) < 0)
		return text;
	document_time(at - at % MS_PER_S, out);
	return kept(t, SAY(t, "%s", out));
}

static struct str told_object(const struct told *t, const struct json *v)
{
	struct buf out;

	buf_init(&out, 0);
	json_print(&out, v);
	struct str ret = kept(t, out.failed ? STR_NONE : arena_str(t->a, buf_str(&out)));
	buf_done(&out);
	return ret;
}

/* p NULL = there is nothing to tell. */
static struct str told_value(const struct told *t, const struct json *v, enum value kind)
{
	struct str text = json_str(v);
	int64_t n;

	if (kind == VALUE_NUMBER)
		return json_int(v, &n) ? kept(t, SAY(t, "%lld", (long long)n)) : STR_NONE;
	if (kind == VALUE_OBJECT)
		return json_len(v) ? told_object(t, v) : STR_NONE;
	if (!text.len)
		return STR_NONE;
	if (kind == VALUE_TIME)
		return told_time(t, text);
	return kind >= VALUE_PURPOSE ? str_c(telling_word(t->lang, words[kind], text.p)) : text;
}

/* --- lists ------------------------------------------------------------------------------------ */

struct column {
	const char *path, *title;
	enum value value;
	unsigned share;
};

struct section {
	const char *list, *heading;
	struct column columns[DOCUMENT_COLUMNS_MAX]; /* path NULL ends them */
};

static const struct section sections[] = {
	{ "bsuids", N_("WhatsApp user ids"),
	    { { "bsuid", N_("Id"), VALUE_MONO, 2 }, { "portfolio", N_("Portfolio"), VALUE_TEXT, 1 },
		{ "at", N_("Since"), VALUE_TIME, 1 } } },
	{ "history", N_("Changes of identity"),
	    { { "at", N_("Time"), VALUE_TIME, 3 }, { "what", N_("What"), VALUE_TEXT, 2 },
		{ "detail", N_("Detail"), VALUE_OBJECT, 6 } } },
	{ "contacts", N_("When the person wrote or called"),
	    { { "number", N_("Number of ours"), VALUE_TEXT, 1 },
		{ "last_inbound_at", N_("Last message"), VALUE_TIME, 1 },
		{ "last_call_at", N_("Last call"), VALUE_TIME, 1 } } },
	{ "marketing", N_("When marketing messages were sent"),
	    { { "at", N_("Time"), VALUE_TIME, 1 } } },
	{ "delivered", N_("Last delivered message, by purpose"),
	    { { "purpose", N_("Purpose"), VALUE_PURPOSE, 1 },
		{ "at", N_("Time"), VALUE_TIME, 1 } } },
	{ "marks", N_("Marks"),
	    { { "at", N_("Time"), VALUE_TIME, 1 }, { "kind", N_("Mark"), VALUE_MARK, 2 },
		{ "scope", N_("Where it holds"), VALUE_TEXT, 1 },
		{ "until", N_("Until"), VALUE_TIME, 1 } } },
	{ "requests", N_("Requests for consent"),
	    { { "at", N_("Time"), VALUE_TIME, 3 },
		{ "number", N_("Number of ours"), VALUE_TEXT, 3 },
		{ "purpose", N_("Purpose"), VALUE_PURPOSE, 2 },
		{ "text", N_("Text"), VALUE_TEXT, 5 },
		{ "answered_at", N_("Answered"), VALUE_TIME, 3 } } },
	{ "stops", N_("Opt-outs that an error code told of"),
	    { { "at", N_("Time"), VALUE_TIME, 1 }, { "ended_at", N_("Ended"), VALUE_TIME, 1 } } },
	{ "calls", N_("What an app asked Meta for"),
	    { { "at", N_("Time"), VALUE_TIME, 2 }, { "app", N_("App"), VALUE_TEXT, 2 },
		{ "number", N_("Number of ours"), VALUE_TEXT, 2 },
		{ "edge", N_("What for"), VALUE_TEXT, 1 },
		{ "action", N_("Action"), VALUE_TEXT, 1 } } },
};

static const struct section decisions = { "decisions", N_("Messages that were decided about"),
	{ { "decision.at", N_("Time"), VALUE_TIME, 11 },
	    { "decision.decision", N_("Decision"), VALUE_MONO, 12 },
	    { "decision.app", N_("App"), VALUE_TEXT, 10 },
	    { "decision.number", N_("Number of ours"), VALUE_TEXT, 10 },
	    { "decision.purpose", N_("Purpose"), VALUE_PURPOSE, 9 },
	    { "decision.template", N_("Template"), VALUE_TEXT, 10 },
	    { "decision.verdict", N_("Decided"), VALUE_VERDICT, 10 },
	    { "decision.state", N_("Outcome"), VALUE_STATE, 10 } } };

static const struct section reasons = { NULL, N_("Why messages were refused, held or warned of"),
	{ { "", N_("Decision"), VALUE_MONO, 5 }, { "id", N_("Rule"), VALUE_MONO, 5 },
	    { "because", N_("Reason"), VALUE_TEXT, 13 } } };

static size_t open_table(const struct told *t, const struct section *s)
{
	struct document_column columns[DOCUMENT_COLUMNS_MAX];
	size_t n = 0;

	for (; n < DOCUMENT_COLUMNS_MAX && s->columns[n].path; n++)
		columns[n] = (struct document_column){
			.title = tell(t, s->columns[n].title),
			.share = s->columns[n].share,
			.mono = s->columns[n].value == VALUE_MONO,
		};
	document_heading(t->d, str_c(tell(t, s->heading)));
	document_table(t->d, columns, n);
	return n;
}

static struct str or_dash(struct str text)
{
	return text.p ? text : STR("-");
}

static void tell_list(const struct told *t, const struct section *s, const struct json *list)
{
	struct str cells[DOCUMENT_COLUMNS_MAX];
	const struct json *item;
	struct json_iter it;

	if (!json_len(list))
		return;
	size_t n = open_table(t, s);
	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &item)) {
		for (size_t i = 0; i < n; i++)
			cells[i] = or_dash(told_value(
			    t, json_path(item, s->columns[i].path), s->columns[i].value));
		document_row(t->d, cells);
	}
}

/* --- decisions -------------------------------------------------------------------------------- */

static void tell_reason(const struct told *t, struct str decision, const struct json *rule)
{
	document_row(t->d,
	    (const struct str[]){
		decision,
		or_dash(json_str(json_get(rule, "id"))),
		or_dash(json_str(json_get(rule, "because"))),
	    });
}

static void tell_reasons(const struct told *t, const struct json *list)
{
	const struct json *item, *rule;
	struct json_iter it, of;
	bool any = false;

	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &item)) {
		const struct json *found = json_path(item, "decision.details");
		if (!json_len(found))
			continue;
		if (!any)
			(void)open_table(t, &reasons);
		any = true;
		json_iter_init(&of, found);
		while (json_iter_next(&of, NULL, &rule))
			tell_reason(
			    t, or_dash(json_str(json_path(item, "decision.decision"))), rule);
	}
}

static void tell_decisions(const struct told *t, const struct json *list)
{
	if (!json_len(list)) {
		document_heading(t->d, str_c(tell(t, decisions.heading)));
		document_paragraph(
		    t->d, str_c(tell(t, N_("No message to this person is on record."))));
		return;
	}
	tell_list(t, &decisions, list);
	tell_reasons(t, list);
}

/* --- consents --------------------------------------------------------------------------------- */

static const struct {
	const char *path, *label;
	enum value value;
} lines[] = {
	{ "at", N_("Time of the act, as told"), VALUE_TIME },
	{ "recorded_at", N_("Recorded here"), VALUE_TIME },
	{ "evidence", N_("Evidence"), VALUE_EVIDENCE },
	{ "source", N_("Source"), VALUE_TEXT },
	{ "text", N_("Text that was shown"), VALUE_TEXT },
	{ "details", N_("Further evidence"), VALUE_OBJECT },
	{ "import", N_("Import"), VALUE_TEXT },
	{ "attributes", N_("Further columns of the import"), VALUE_OBJECT },
	{ "attachments", N_("Attachments"), VALUE_OBJECT },
	{ "ledger.entry", N_("Entry in the ledger"), VALUE_NUMBER },
};

/* Of a withdrawal the words are the person's, and nothing has to prove it. */
static const char *label_of(size_t i, bool withdrawn)
{
	if (withdrawn && lines[i].value == VALUE_EVIDENCE)
		return NULL;
	if (withdrawn && strcmp(lines[i].path, "text") == 0)
		return N_("Words of the withdrawal");
	return lines[i].label;
}

static void tell_act(const struct told *t, const struct json *act, size_t n)
{
	struct str kind = json_str(json_get(act, "act"));
	struct str purpose = told_value(t, json_get(act, "purpose"), VALUE_PURPOSE);

	document_subheading(t->d,
	    kept(t,
		SAY(t, "%zu. %s: %s", n, telling_word(t->lang, TELLING_ACTS, kind.p ? kind.p : "-"),
		    or_dash(purpose).p)));
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const char *label = label_of(i, str_eq(kind, STR("withdraw")));
		struct str value = told_value(t, json_path(act, lines[i].path), lines[i].value);
		if (label && value.p)
			document_line(t->d, tell(t, label), value);
	}
}

static void tell_acts(const struct told *t, const struct json *list)
{
	document_heading(t->d, str_c(tell(t, N_("What was agreed, and what changed"))));
	if (!json_len(list))
		document_paragraph(
		    t->d, str_c(tell(t, N_("No act of consent of this person is on record."))));
	for (size_t i = 0; i < json_len(list); i++)
		tell_act(t, json_at(list, i), i + 1);
}

/* --- the person ------------------------------------------------------------------------------- */

static bool holds(const struct json *o, const char *member)
{
	bool yes = false;

	return json_bool(json_get(o, member), &yes) && yes;
}

static void tell_person(const struct told *t, const struct json *o)
{
	static const struct {
		const char *member, *label;
		enum value value;
	} of[] = {
		{ "person", N_("Id here"), VALUE_TEXT },
		{ "phone", N_("Telephone number"), VALUE_TEXT },
		{ "timezone", N_("Time zone"), VALUE_TEXT },
		{ "known_since", N_("Known since"), VALUE_TIME },
	};

	document_heading(t->d, str_c(tell(t, N_("Person"))));
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct str value = told_value(t, json_get(o, of[i].member), of[i].value);
		if (value.p)
			document_line(t->d, tell(t, of[i].label), value);
	}
	if (holds(o, "suppressed"))
		document_line(t->d, tell(t, N_("Suppression list")),
		    str_c(tell(t, N_("the person is on it"))));
	if (holds(o, "meta_stop"))
		document_line(t->d, tell(t, N_("Choice in WhatsApp")),
		    str_c(tell(t, N_("marketing messages stopped"))));
}

/* --- the document ----------------------------------------------------------------------------- */

static struct document *new_document(struct told *t, const struct json *o, time_ms at)
{
	const char *title = tell(t, N_("What is kept of a person"));
	struct str person = or_dash(json_str(json_get(o, "person")));
	char when[DOCUMENT_TIME_MAX];

	document_time(at, when);
	struct str foot = SAY(t, "%s · %.*s · %s", title, STR_ARG(person), when);
	t->d = foot.p ? document_new(t->a, t->lang, at, str_c(title), foot) : NULL;
	if (t->d)
		document_set_subtitle(t->d, kept(t, SAY(t, "%.*s · %s", STR_ARG(person), when)));
	return t->d;
}

int dsar_document(struct str object, enum lang lang, time_ms at, struct arena *a,
    struct document **ret, struct err *err)
{
	struct told t = { .lang = lang, .a = a };
	const struct json *o;
	int r = json_read(a, object, &o, err);

	if (r < 0)
		return r;
	if (!new_document(&t, o, at))
		return err_set(
		    err, E_NOMEM, "Memory ran out while writing what is kept of a person.");
	document_paragraph(t.d,
	    str_c(tell(&t,
		N_("Everything that is on record here of one person, with every decision about messages to them and its reasons (art. 15 GDPR). Ids of other people are masked. All times are UTC, with their offset. The same record as JSON also opens each entry of the ledger."))));
	tell_person(&t, o);
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		tell_list(&t, &sections[i], json_get(o, sections[i].list));
	tell_acts(&t, json_get(o, "consents"));
	tell_decisions(&t, json_get(o, "decisions"));
	*ret = t.d;
	return 0;
}
