/* Parts of the document stand in the order in which somebody who audits reads: what holds, what must
 * go, what is there, what was decided, what was looked at, how to check. Labels and words are msgids. */
#include "domain/register_model.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"

#define HISTORY_TOLD 500
#define SIGNALS_TOLD 10

struct telling {
	const struct register_model *m;
	struct document *d;
	enum lang lang;
	struct arena *a;
};

static const char *tell(const struct telling *t, const char *msgid)
{
	return lang_text(t->lang, msgid);
}

#define SAY(t, ...) arena_printf((t)->a, __VA_ARGS__)

/* --- words ------------------------------------------------------------------------------------ */

static const struct {
	const char *word, *told;
} words[] = {
	{ "official", N_("official") },
	{ "unofficial", N_("unofficial") },
	{ "review", N_("to be looked at") },
	{ "open", N_("still open") },
	{ "accepted", N_("accepted") },
	{ "removing", N_("being removed") },
	{ "removed", N_("removed, shown by a later scan") },
	{ "retired", N_("retired") },
	{ "active", N_("active") },
	{ "suspended", N_("suspended") },
	{ "revoked", N_("revoked") },
	{ "clean", N_("nothing found") },
	{ "app", N_("entered with a key") },
	{ "person", N_("written down by a person") },
	{ "scan", N_("found by a scan") },
	{ "traffic", N_("seen in what Meta tells") },
	{ "integration.entered", N_("entered") },
	{ "integration.changed", N_("changed") },
	{ "integration.rotated", N_("new key") },
	{ "integration.found", N_("found") },
};

static struct str told_word(const struct telling *t, struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_c(word, words[i].word))
			return str_c(tell(t, words[i].told));
	}
	return word.p ? word : STR("-");
}

static struct str told_time(const struct telling *t, time_ms at)
{
	char text[DOCUMENT_TIME_MAX];

	if (at == TIME_NONE)
		return STR("-");
	document_time(at - at % MS_PER_S, text);
	return SAY(t, "%s", text);
}

static struct str number(const struct telling *t, int64_t n)
{
	return SAY(t, "%lld", (long long)n);
}

static struct str or_dash(struct str s)
{
	return s.len ? s : STR("-");
}

/* --- which ------------------------------------------------------------------------------------ */

static bool is_gone(const struct integration_entry *e)
{
	return e->state == REGISTER_REMOVED || e->state == REGISTER_RETIRED;
}

static bool has_verdict(const struct integration_entry *e, const char *verdict)
{
	return str_eq_c(e->verdict, verdict) && !is_gone(e);
}

static size_t count_of(const struct telling *t, const char *verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < t->m->rows_len; i++)
		n += has_verdict(&t->m->rows[i].entry, verdict);
	return n;
}

/* --- the first page --------------------------------------------------------------------------- */

static const char *verdict_sentence(const struct telling *t)
{
	if (count_of(t, "unofficial"))
		return N_(
		    "Unofficial automations are in use: Meta forbids them, and the numbers that they drive are at risk.");
	if (count_of(t, "review"))
		return N_(
		    "No unofficial automation is known, but there are findings that nobody has judged yet.");
	if (!t->m->scans_len)
		return N_(
		    "No unofficial automation is known; no scan is on record, so that says little.");
	return N_("No unofficial automation was found in what the scans below covered.");
}

static void tell_counts(const struct telling *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Verdict")), 3, false },
		{ tell(t, N_("State")), 4, false },
		{ tell(t, N_("Entries")), 1, false },
	};
	static const char *const verdicts[] = { "unofficial", "review", "official" };

	document_table(t->d, columns, ARRAY_LEN(columns));
	for (size_t v = 0; v < ARRAY_LEN(verdicts); v++) {
		for (int s = 0; s < REGISTER_STATES; s++) {
			int64_t n = 0;
			for (size_t i = 0; i < t->m->rows_len; i++) {
				const struct integration_entry *e = &t->m->rows[i].entry;
				n += (int)e->state == s && str_eq_c(e->verdict, verdicts[v]);
			}
			if (n)
				document_row(t->d,
				    (const struct str[]){
					told_word(t, str_c(verdicts[v])),
					told_word(
					    t, str_c(register_state_name((enum register_state)s))),
					number(t, n),
				    });
		}
	}
}

static void tell_verdict(const struct telling *t)
{
	document_heading(t->d, str_c(tell(t, N_("Verdict"))));
	document_note(t->d, str_c(tell(t, verdict_sentence(t))));
	if (t->m->rows_len)
		tell_counts(t);
	else
		document_paragraph(t->d, str_c(tell(t, N_("The register is empty."))));
}

static struct str roots_of(const struct telling *t, const struct json *body)
{
	const struct json *roots = json_get(body, "roots");
	struct str items[SCAN_ROOTS_MAX];
	size_t n = 0;

	for (; n < json_len(roots) && n < SCAN_ROOTS_MAX; n++)
		items[n] = json_str(json_at(roots, n));
	struct str joined = register_join(t->a, items, n);
	return joined.len ? joined : STR("-");
}

static const struct json *body_of(const struct telling *t, const struct scan_record *x)
{
	const struct json *body = NULL;

	return json_read(t->a, x->body, &body, NULL) == 0 ? body : NULL;
}

static void tell_scans(const struct telling *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Time")), 5, false },
		{ tell(t, N_("What was scanned")), 6, false },
		{ tell(t, N_("Files")), 2, false },
		{ tell(t, N_("Findings")), 2, false },
		{ tell(t, N_("Verdict")), 4, false },
		{ tell(t, N_("Read")), 3, false },
	};

	document_heading(t->d, str_c(tell(t, N_("What was scanned"))));
	if (!t->m->scans_len) {
		document_paragraph(t->d, str_c(tell(t, N_("No scan is on record."))));
		return;
	}
	document_table(t->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->m->scans_len; i++) {
		const struct scan_record *x = &t->m->scans[i];
		document_row(t->d,
		    (const struct str[]){
			told_time(t, x->at),
			roots_of(t, body_of(t, x)),
			number(t, x->files),
			number(t, x->findings),
			told_word(t, x->verdict),
			str_c(tell(t, x->complete ? N_("everything") : N_("not everything"))),
		    });
	}
	document_paragraph(
	    t->d, str_c(tell(t, N_("What each scan left out, and why, is told in the annex."))));
}

/* --- entries ---------------------------------------------------------------------------------- */

static void tell_gaps(const struct telling *t, const struct register_row *row)
{
	const char *missing[REGISTER_GAPS_MAX];
	size_t n = register_gaps(&row->entry, t->m->at, t->m->unseen_ms, missing);
	struct buf out;

	if (!n)
		return;
	buf_init(&out, 0);
	for (size_t i = 0; i < n; i++)
		buf_addf(&out, "%s%s", i ? "; " : "", tell(t, register_gap_text(missing[i])));
	document_line(t->d, tell(t, N_("Missing or past")), out.failed ? STR("-") : buf_str(&out));
	buf_done(&out);
}

static struct str told_uses(const struct telling *t, const struct register_row *row)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < row->uses_len; i++)
		buf_addf(&out, "%s%.*s, %s: %lld", i ? "\n" : "", STR_ARG(row->uses[i].number),
		    purpose_name(row->uses[i].purpose), (long long)row->uses[i].n);
	struct str ret = out.failed ? STR_NONE : arena_str(t->a, buf_str(&out));
	buf_done(&out);
	return ret;
}

static struct str told_signals(const struct telling *t, const struct json *found)
{
	const struct json *list = json_get(found, "signals");
	int64_t count = 0;
	struct buf out;

	(void)json_int(json_get(found, "count"), &count);
	buf_init(&out, 0);
	for (size_t i = 0; i < json_len(list) && i < SIGNALS_TOLD; i++) {
		const struct json *s = json_at(list, i);
		int64_t line = 0;
		(void)json_int(json_get(s, "line"), &line);
		buf_addf(&out, "%s%.*s", i ? "\n" : "", STR_ARG(json_str(json_get(s, "path"))));
		if (line)
			buf_addf(&out, ":%lld", (long long)line);
		buf_addf(&out, " (%.*s, %.*s)", STR_ARG(json_str(json_get(s, "place"))),
		    STR_ARG(json_str(json_get(s, "fingerprint"))));
	}
	if (count > SIGNALS_TOLD) {
		buf_add_char(&out, '\n');
		buf_addf(&out, tell(t, N_("and %lld more")), (long long)(count - SIGNALS_TOLD));
	}
	struct str ret = out.failed ? STR_NONE : arena_str(t->a, buf_str(&out));
	buf_done(&out);
	return ret;
}

static void tell_found(const struct telling *t, const struct integration_entry *e)
{
	const struct json *found = NULL;

	if (!e->found.p || json_read(t->a, e->found, &found, NULL) < 0)
		return;
	const struct {
		const char *label, *member;
	} lines[] = {
		{ N_("Row of the catalogue"), "row" },
		{ N_("Where it was found"), "root" },
		{ N_("Why"), "reason" },
		{ N_("What to use instead"), "replacement" },
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct str v = json_str(json_get(found, lines[i].member));
		if (v.len)
			document_line(t->d, tell(t, lines[i].label), v);
	}
	document_line_mono(
	    t->d, tell(t, N_("Signs: place, kind, fingerprint")), told_signals(t, found));
}

/* Words of the API are told, everything else stands as it was written. */
static struct str told_text(const struct telling *t, size_t i, struct str v)
{
	const char *name = register_text_name(i);
	bool word = strcmp(name, "status") == 0 || strcmp(name, "verdict") == 0 ||
	    strcmp(name, "state") == 0;

	return word ? told_word(t, v) : v;
}

static void tell_seen(const struct telling *t, const struct register_row *row)
{
	const struct integration_entry *e = &row->entry;

	document_line(t->d, tell(t, N_("Came here as")), told_word(t, e->origin));
	document_line(t->d, tell(t, N_("May send through Varco")),
	    str_c(tell(t, e->keyed && str_eq(e->status, STR("active")) ? N_("yes") : N_("no"))));
	if (e->first_seen_at != TIME_NONE)
		document_line(t->d, tell(t, N_("First seen")), told_time(t, e->first_seen_at));
	if (e->last_seen_at != TIME_NONE)
		document_line(t->d, tell(t, N_("Last seen")), told_time(t, e->last_seen_at));
	if (row->uses_len)
		document_line(t->d, tell(t, N_("Sends of the last 30 days")), told_uses(t, row));
}

/* Names that Varco itself gave are told in the reader's language. */
static struct str told_name(const struct telling *t, const struct integration_entry *e)
{
	const char *name = str_eq(e->verdict, STR("official"))
	    ? N_("WhatsApp Business app on number %.*s")
	    : N_("Unknown sender on number %.*s");

	if (!str_eq(e->origin, STR(ORIGIN_TRAFFIC)) || e->numbers_len != 1)
		return e->name;
	return SAY(t, tell(t, name), STR_ARG(e->numbers[0]));
}

static void tell_entry(const struct telling *t, const struct register_row *row)
{
	const struct integration_entry *e = &row->entry;
	struct str texts[REGISTER_TEXTS];

	document_subheading(t->d, told_name(t, e));
	document_line_mono(t->d, tell(t, N_("Id")), e->id);
	if (register_texts(e, t->a, texts) < 0) {
		t->d->failed = true;
		return;
	}
	for (size_t i = 1; i < REGISTER_TEXTS; i++) {
		/* Of what has no key, the status says nothing. */
		bool idle = !e->keyed && strcmp(register_text_name(i), "status") == 0;
		if (texts[i].p && !idle)
			document_line(
			    t->d, tell(t, register_text_label(i)), told_text(t, i, texts[i]));
	}
	tell_seen(t, row);
	tell_found(t, e);
	tell_gaps(t, row);
}

static void tell_part(
    const struct telling *t, const char *verdict, const char *heading, const char *none)
{
	document_heading(t->d, str_c(tell(t, heading)));
	if (!count_of(t, verdict))
		document_paragraph(t->d, str_c(tell(t, none)));
	for (size_t i = 0; i < t->m->rows_len; i++) {
		if (has_verdict(&t->m->rows[i].entry, verdict))
			tell_entry(t, &t->m->rows[i]);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool is_exception(const struct integration_entry *e)
{
	return e->state == REGISTER_ACCEPTED && !str_eq(e->verdict, STR("official"));
}

static void tell_exceptions(const struct telling *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Name")), 4, false },
		{ tell(t, N_("Approved by")), 3, false },
		{ tell(t, N_("Exception ends on")), 2, false },
		{ tell(t, N_("Reason of the decision")), 4, false },
	};
	bool open = false;

	document_heading(t->d, str_c(tell(t, N_("Exceptions"))));
	for (size_t i = 0; i < t->m->rows_len; i++) {
		const struct integration_entry *e = &t->m->rows[i].entry;
		if (!is_exception(e))
			continue;
		if (!open)
			document_table(t->d, columns, ARRAY_LEN(columns));
		open = true;
		document_row(t->d,
		    (const struct str[]){
			e->name,
			or_dash(e->details.v[REGISTER_APPROVED_BY]),
			or_dash(e->details.v[REGISTER_EXCEPTION_UNTIL]),
			or_dash(e->details.v[REGISTER_REASON]),
		    });
	}
	if (!open)
		document_paragraph(t->d, str_c(tell(t, N_("There is none."))));
}

static void tell_gone(const struct telling *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Name")), 5, false },
		{ tell(t, N_("Owner")), 3, false },
		{ tell(t, N_("Verdict")), 3, false },
		{ tell(t, N_("State")), 4, false },
		{ tell(t, N_("Last seen")), 4, false },
		{ tell(t, N_("In this state since")), 4, false },
	};
	bool open = false;

	document_heading(t->d, str_c(tell(t, N_("Removed and retired"))));
	for (size_t i = 0; i < t->m->rows_len; i++) {
		const struct integration_entry *e = &t->m->rows[i].entry;
		if (!is_gone(e))
			continue;
		if (!open)
			document_table(t->d, columns, ARRAY_LEN(columns));
		open = true;
		document_row(t->d,
		    (const struct str[]){
			e->name,
			or_dash(e->owner),
			told_word(t, e->verdict),
			told_word(t, str_c(register_state_name(e->state))),
			told_time(t, e->last_seen_at),
			told_time(t, e->updated_at),
		    });
	}
	if (!open)
		document_paragraph(t->d, str_c(tell(t, N_("There is none."))));
}

static void tell_hours(const struct telling *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Hour")), 4, false },
		{ tell(t, N_("Number")), 3, true },
		{ tell(t, N_("Messages")), 2, false },
		{ tell(t, N_("Kind")), 4, false },
		{ tell(t, N_("Told by")), 4, false },
	};

	document_heading(t->d, str_c(tell(t, N_("Messages that did not pass Varco"))));
	if (!t->m->hours_len) {
		document_paragraph(t->d, str_c(tell(t, N_("None was noticed."))));
		return;
	}
	document_paragraph(t->d,
	    str_c(tell(t,
		N_("Meta told of messages from these numbers that were not sent through Varco. What was written in the WhatsApp Business app of a number in coexistence is allowed and labelled so."))));
	document_table(t->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->m->hours_len; i++) {
		const struct bypass_hour *h = &t->m->hours[i];
		document_row(t->d,
		    (const struct str[]){
			told_time(t, h->hour),
			h->number,
			number(t, h->n),
			str_c(tell(t, h->coexistence ? N_("coexistence") : N_("unknown sender"))),
			h->types,
		    });
	}
}

/* --- history and coverage --------------------------------------------------------------------- */

static struct str told_changes(const struct telling *t, const struct json *changes)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < REGISTER_TEXTS; i++) {
		const struct json *pair = json_get(changes, register_text_name(i));
		struct str was = json_str(json_at(pair, 0)), is = json_str(json_at(pair, 1));
		if (!pair)
			continue;
		buf_addf(&out, "%s%s: ", out.len ? "\n" : "", tell(t, register_text_label(i)));
		if (was.len)
			buf_addf(&out, "%.*s → ", STR_ARG(told_text(t, i, was)));
		buf_addf(&out, "%.*s", STR_ARG(or_dash(is.len ? told_text(t, i, is) : is)));
	}
	struct str ret = out.failed ? STR_NONE : arena_str(t->a, buf_str(&out));
	buf_done(&out);
	return ret.len ? ret : STR("-");
}

static void tell_change(
    const struct telling *t, const struct integration_entry *e, const struct register_change *x)
{
	const struct json *content = NULL;

	if (json_read(t->a, x->content, &content, NULL) < 0)
		return;
	document_row(t->d,
	    (const struct str[]){
		number(t, x->leaf),
		told_time(t, x->at),
		told_name(t, e),
		or_dash(json_str(json_get(content, "by"))),
		told_word(t, json_str(json_get(content, "operation"))),
		told_changes(t, json_get(content, "changes")),
	    });
}

static void tell_history(const struct telling *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Entry")), 2, true },
		{ tell(t, N_("Time")), 4, false },
		{ tell(t, N_("Name")), 4, false },
		{ tell(t, N_("By")), 2, false },
		{ tell(t, N_("What")), 3, false },
		{ tell(t, N_("Changes")), 9, false },
	};
	size_t told = 0;

	document_heading(t->d, str_c(tell(t, N_("Annex: history"))));
	document_paragraph(t->d,
	    str_c(tell(t,
		N_("Each change is an entry of the ledger, named by its number; what was and what is stand in it."))));
	document_table(t->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->m->rows_len; i++) {
		const struct register_row *row = &t->m->rows[i];
		for (size_t k = 0; k < row->history_len && told < HISTORY_TOLD; k++, told++)
			tell_change(t, &row->entry, &row->history[k]);
	}
}

static void tell_skipped(const struct telling *t, const struct json *skipped)
{
	for (size_t i = 0; i < json_len(skipped); i++) {
		const struct json *s = json_at(skipped, i);
		struct str reason = json_str(json_get(s, "reason"));
		char *msgid = arena_c(t->a, reason);
		int64_t n = 0;
		(void)json_int(json_get(s, "count"), &n);
		if (msgid)
			document_line(t->d, tell(t, N_("Left out")),
			    SAY(t, "%s: %lld", lang_text(t->lang, msgid), (long long)n));
	}
}

static void tell_scan(const struct telling *t, const struct scan_record *x)
{
	const struct json *body = body_of(t, x);
	char hex[2 * SHA256_LEN + 1];

	hex_encode(x->digest.b, SHA256_LEN, hex);
	document_subheading(t->d, SAY(t, "%.*s", STR_ARG(roots_of(t, body))));
	document_line(t->d, tell(t, N_("Time")), told_time(t, x->at));
	document_line(t->d, tell(t, N_("Files")), number(t, x->files));
	document_line(t->d, tell(t, N_("Bytes")), number(t, x->bytes));
	document_line(
	    t->d, tell(t, N_("Version of varco")), or_dash(json_str(json_get(body, "tool"))));
	document_line(t->d, tell(t, N_("Catalogue")),
	    SAY(t, tell(t, N_("version %.*s with %lld rows")), STR_ARG(x->catalogue),
		(long long)x->catalogue_rows));
	document_line_mono(t->d, tell(t, N_("SHA-256 of the report")), str_c(hex));
	document_line(t->d, tell(t, N_("Read")),
	    str_c(tell(t, x->complete ? N_("everything") : N_("not everything"))));
	tell_skipped(t, json_path(body, "coverage.skipped"));
}

static void tell_coverage(const struct telling *t)
{
	if (!t->m->scans_len)
		return;
	document_heading(t->d, str_c(tell(t, N_("Annex: coverage of the scans"))));
	for (size_t i = 0; i < t->m->scans_len; i++)
		tell_scan(t, &t->m->scans[i]);
}

static void tell_proof(const struct telling *t)
{
	const struct register_model *m = t->m;

	document_heading(t->d, str_c(tell(t, N_("Checkpoint, and how to check"))));
	if (!m->point.size) {
		document_paragraph(t->d,
		    str_c(tell(t,
			N_("The ledger has not been signed yet, so nothing here can be checked."))));
		return;
	}
	document_paragraph(t->d,
	    str_c(tell(t,
		N_("Each entry of the history is a leaf of a Merkle tree (RFC 9162). The checkpoint below signs the root of that tree with Ed25519."))));
	document_line(t->d, tell(t, N_("Entries under it")), number(t, m->point.size));
	document_line(t->d, tell(t, N_("Signed")), told_time(t, m->point.at));
	document_line_mono(t->d, tell(t, N_("Key of the ledger")), m->key);
	document_code(t->d, m->point.note);
	document_paragraph(t->d,
	    str_c(tell(t,
		N_("The whole ledger is checked where it lies, and a copy of it anywhere else, with Python and openssl alone:"))));
	document_code(t->d,
	    STR("varco ledger verify\nvarco ledger export ledger.jsonl\n"
		"tools/ledger_verify.py export ledger.jsonl --key ledger.pub"));
	document_note(t->d,
	    str_c(tell(t,
		N_("Take the key, ledger.pub, from where you trust it, not from here. What scans say is worth what they covered; what people wrote down is theirs."))));
}

/* --- the document ----------------------------------------------------------------------------- */

struct document *register_document(const struct register_model *m, enum lang lang, struct arena *a)
{
	char at[DOCUMENT_TIME_MAX];
	const char *title = lang_text(lang, N_("Documentation of the integrations"));
	struct telling t = { .m = m, .lang = lang, .a = a };

	document_time(m->at - m->at % MS_PER_S, at);
	struct str foot = arena_printf(a, "%s · %s", title, at);
	t.d = document_new(a, lang, m->at, str_c(title), foot);
	if (!t.d || !foot.p)
		return NULL;
	document_set_subtitle(t.d, SAY(&t, "%s", at));
	document_paragraph(t.d,
	    str_c(tell(&t,
		N_("What sends messages on WhatsApp here, who answers for it, with which data and by which way, as the register has it. All times are UTC, with their offset."))));
	tell_verdict(&t);
	tell_scans(&t);
	tell_part(&t, "unofficial", N_("Unofficial automations"), N_("None is known."));
	tell_part(&t, "review", N_("To be looked at"), N_("Nothing waits to be judged."));
	tell_part(&t, "official", N_("Official integrations"), N_("None is in the register."));
	tell_exceptions(&t);
	tell_hours(&t);
	tell_gone(&t);
	tell_coverage(&t);
	if (m->rows_len)
		tell_history(&t);
	tell_proof(&t);
	return t.d;
}
