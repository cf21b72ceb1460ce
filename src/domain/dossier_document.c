/* One function a chapter, in the order in which they are read. */
#include "domain/dossier.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "domain/incident_words.h"

#define NUMBER_MAX 24
#define DAY_TEXT 10
#define MONTH_DAY 5 /* at the front: the year */
#define TEXT_SHOWN_MAX 300

struct telling {
	const struct dossier *d;
	struct document *doc;
	struct arena *a;
	enum lang lang;
};

static const char *in(const struct telling *t, const char *msgid)
{
	return lang_text(t->lang, msgid);
}

static struct str say(const struct telling *t, const char *msgid, ...) PRINTF_LIKE(2, 3);

/* In the arena; "" when memory ran out, and then the document is failed. */
static struct str say(const struct telling *t, const char *msgid, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, 0);
	va_start(ap, msgid);
	buf_vaddf(&text, in(t, msgid), ap);
	va_end(ap);
	struct str ret = text.failed ? STR_NONE : arena_str(t->a, buf_str(&text));
	t->doc->failed |= !ret.p;
	buf_done(&text);
	return ret.p ? ret : STR("");
}

static struct str number(const struct telling *t, int64_t n)
{
	char text[NUMBER_MAX];

	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	struct str ret = arena_str(t->a, str_c(text));
	t->doc->failed |= !ret.p;
	return ret.p ? ret : STR("");
}

static struct str moment(const struct telling *t, time_ms at)
{
	char text[DOCUMENT_TIME_MAX];

	document_time(at, text);
	struct str ret = arena_str(t->a, str_c(text));
	t->doc->failed |= !ret.p;
	return ret.p && ret.len ? ret : STR("–");
}

static struct str day(const struct telling *t, time_ms at)
{
	char text[TIME_TEXT_MAX];

	time_format(at, text);
	struct str ret = arena_str(t->a, str_n(text, DAY_TEXT));
	t->doc->failed |= !ret.p;
	return ret.p ? ret : STR("");
}

static struct str or_dash(struct str s)
{
	return s.len ? s : STR("–");
}

static void heading(const struct telling *t, const char *msgid)
{
	document_heading(t->doc, str_c(in(t, msgid)));
}

static void paragraph(const struct telling *t, const char *msgid)
{
	document_paragraph(t->doc, str_c(in(t, msgid)));
}

static void line(const struct telling *t, const char *msgid, struct str value)
{
	document_line(t->doc, in(t, msgid), or_dash(value));
}

/* Titles are message ids. */
static void table(const struct telling *t, const struct document_column *columns, size_t n)
{
	struct document_column told[DOCUMENT_COLUMNS_MAX];

	for (size_t i = 0; i < n; i++) {
		told[i] = columns[i];
		told[i].title = in(t, columns[i].title);
	}
	document_table(t->doc, told, n);
}

/* --- whether and what ------------------------------------------------------------------------- */

static void tell_review(const struct telling *t)
{
	const struct dossier *d = t->d;
	const struct incident *i = &d->incident;

	heading(t, N_("Can a review be asked for?"));
	document_note(t->doc,
	    say(t, "%s %s", in(t, incident_review_words(d->row)),
		in(t, incident_where_words(d->row))));
	if (i->deadline_at != TIME_NONE)
		line(t, N_("To be asked for until"), moment(t, i->deadline_at));
	if (d->row->answer_ms)
		line(t, N_("An answer usually comes within"),
		    say(t, N_("%lld hours"), (long long)(d->row->answer_ms / MS_PER_HOUR)));
	line(t, N_("Source of these figures"), d->row->source);
	line(t, N_("State of the case"), str_c(in(t, incident_state_words(i->state))));
	line(t, N_("Answer"), str_c(in(t, incident_outcome_words(i->outcome))));
	if (i->reference.p)
		line(t, N_("Number of the case"), i->reference);
}

static void tell_numbers(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("Phone number id"), 3, true },
		{ N_("Number"), 3, false },
		{ N_("Status"), 2, false },
		{ N_("Quality"), 2, false },
	};

	if (t->d->numbers_len == 0)
		return;
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->numbers_len; i++) {
		const struct dossier_number *n = &t->d->numbers[i];
		const struct str cells[] = { n->id, n->display, or_dash(n->status),
			or_dash(n->quality) };
		document_row(t->doc, cells);
	}
}

static void tell_health(const struct telling *t)
{
	for (size_t i = 0; i < t->d->health_len; i++) {
		const struct dossier_health *h = &t->d->health[i];
		document_paragraph(t->doc,
		    say(t, N_("Health status of %.*s since %.*s, asked of Meta: %.*s"),
			STR_ARG(h->object), STR_ARG(moment(t, h->at)), STR_ARG(or_dash(h->word))));
		if (h->answer.len)
			document_code(t->doc, h->answer);
	}
}

static void tell_what(const struct telling *t)
{
	const struct dossier *d = t->d;
	const struct incident *i = &d->incident;
	const struct incident_kind *kind = incident_kind(i->kind);
	char id[ID_TEXT_MAX];

	id_format(INCIDENT_PREFIX, i->id, id);
	heading(t, N_("What happened"));
	line(t, N_("What"), kind ? str_c(in(t, kind->title)) : i->kind);
	line(t, N_("Reason that was given"), i->label);
	line(t, N_("When"), moment(t, i->happened_at));
	line(t, N_("Account"), say(t, "%.*s (%.*s)", STR_ARG(d->account_name), STR_ARG(i->waba)));
	line(t, N_("Business portfolio"), d->portfolio);
	line(t, N_("Object"), say(t, "%.*s %.*s", STR_ARG(i->scope), STR_ARG(i->scope_id)));
	document_line_mono(t->doc, in(t, N_("Incident")), str_c(id));
	if (i->words.p) {
		paragraph(t, N_("In Meta's words, as they came:"));
		document_code(t->doc, i->words);
	}
	tell_numbers(t);
	tell_health(t);
}

/* --- circumstances ---------------------------------------------------------------------------- */

static void tell_chart(const struct telling *t)
{
	const struct document_column columns[] = {
		{ "", 1, false },
		{ in(t, N_("Sent")), 1, false },
		{ in(t, N_("Delivered")), 1, false },
		{ in(t, N_("Failed and capped")), 1, false },
	};
	const struct story *s = &t->d->story;

	document_chart(t->doc,
	    str_c(in(t,
		N_("Messages a day, in UTC. The line marks the day of the incident; the table below has the figures."))),
	    columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < s->days_len; i++) {
		const struct story_day *x = &s->days[i];
		struct str date = day(t, x->at);
		const struct str cells[] = { str_sub(date, MONTH_DAY, date.len), number(t, x->sent),
			number(t, x->delivered), number(t, x->failed + x->capped) };
		document_chart_row(
		    t->doc, cells, x->at == t->d->incident.happened_at / MS_PER_DAY * MS_PER_DAY);
	}
}

static bool is_quiet(const struct story_day *x)
{
	return x->sent + x->delivered + x->failed + x->capped + x->opt_outs == 0;
}

static void tell_days(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("Day"), 3, false },
		{ N_("Sent"), 2, false },
		{ N_("Marketing"), 2, false },
		{ N_("Delivered"), 2, false },
		{ N_("Failed"), 2, false },
		{ N_("Capped"), 2, false },
		{ N_("Opt-outs"), 2, false },
	};
	const struct story *s = &t->d->story;

	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < s->days_len; i++) {
		const struct story_day *x = &s->days[i];
		if (is_quiet(x))
			continue;
		const struct str cells[] = { day(t, x->at), number(t, x->sent),
			number(t, x->marketing), number(t, x->delivered), number(t, x->failed),
			number(t, x->capped), number(t, x->opt_outs) };
		document_row(t->doc, cells);
	}
	paragraph(t, N_("Days without any message are left out of the table."));
}

static void tell_circumstances(const struct telling *t)
{
	const struct story_impact *x = &t->d->impact;

	heading(t, N_("Circumstances"));
	tell_chart(t);
	tell_days(t);
	document_subheading(t->doc, str_c(in(t, N_("What it stopped"))));
	line(t, N_("Conversations open at that moment, at least"), number(t, x->conversations));
	line(t, N_("Messages held at that moment"), number(t, x->held));
	line(t, N_("People who could not be written to since"), number(t, x->people_waiting));
	line(t, N_("Messages stopped since"), number(t, x->refused));
	line(t, N_("Templates in use in the week before"), number(t, (int64_t)x->templates_len));
}

/* --- cause ------------------------------------------------------------------------------------ */

static void tell_senders(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("App"), 3, false },
		{ N_("Template"), 4, false },
		{ N_("Purpose"), 2, false },
		{ N_("Sent"), 2, false },
		{ N_("Failed"), 2, false },
		{ N_("Against the policy"), 2, false },
	};

	if (t->d->senders_len == 0)
		return;
	document_subheading(t->doc, str_c(in(t, N_("Who sent what in the 14 days before"))));
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->senders_len; i++) {
		const struct dossier_sender *s = &t->d->senders[i];
		const struct str cells[] = { or_dash(s->app), or_dash(s->tpl), s->purpose,
			number(t, s->sent), number(t, s->failed), number(t, s->against) };
		document_row(t->doc, cells);
	}
}

static void tell_codes(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("Error code of Meta"), 1, true },
		{ N_("Messages"), 1, false },
	};

	if (t->d->codes_len == 0)
		return;
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->codes_len; i++) {
		const struct str cells[] = { number(t, t->d->codes[i].code),
			number(t, t->d->codes[i].count) };
		document_row(t->doc, cells);
	}
}

static void tell_lists(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("Where their consent came from"), 4, false },
		{ N_("Import"), 3, true },
		{ N_("People"), 2, false },
		{ N_("Opted out since"), 2, false },
	};

	if (t->d->lists_len == 0)
		return;
	document_subheading(t->doc, str_c(in(t, N_("Lists and sources"))));
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->lists_len; i++) {
		const struct dossier_list *l = &t->d->lists[i];
		bool imported = l->import.len > 0;
		const struct str cells[] = {
			imported ? or_dash(l->name) : str_c(in(t, N_("one by one, by no list"))),
			or_dash(l->import),
			number(t, l->people),
			number(t, l->opt_outs),
		};
		document_row(t->doc, cells);
	}
}

static void tell_cause(const struct telling *t)
{
	struct str causes[DOSSIER_CAUSES_MAX];
	int n = dossier_causes(t->d, t->lang, t->a, causes);

	heading(t, N_("Cause, by our own analysis"));
	t->doc->failed |= n < 0;
	for (int i = 0; i < n; i++)
		document_note(t->doc, causes[i]);
	if (n == 0)
		paragraph(t,
		    N_("Nothing in what is on record stands out: everybody who was written to had agreed, volumes did not jump, and no app, list or template differs from the others."));
	tell_senders(t);
	tell_codes(t);
	tell_lists(t);
}

/* --- consent ---------------------------------------------------------------------------------- */

static void tell_population(const struct telling *t)
{
	const struct dossier *d = t->d;
	char hex[2 * SHA256_LEN + 1];

	hex_encode(d->list_hash.b, SHA256_LEN, hex);
	line(t, N_("People who were sent marketing or utility templates in the 14 days before"),
	    number(t, d->people));
	line(t, N_("Messages to them"), number(t, d->messages));
	line(t, N_("Of these people, with a consent in force on record"),
	    number(t, d->people_agreed));
	document_line_mono(t->doc, in(t, N_("SHA-256 of the list of all of them")), str_c(hex));
	document_line_mono(t->doc, in(t, N_("Seed of the sample")), d->seed);
	line(t, N_("Sampled"), number(t, (int64_t)d->sample_len));
	line(
	    t, N_("Of the sampled, with a consent in force"), number(t, (int64_t)d->sample_agreed));
}

static struct str evidence_words(const struct telling *t, const char *evidence)
{
	static const struct {
		const char *word, *told;
	} words[] = {
		{ "none", N_("none") },
		{ "imported", N_("imported") },
		{ "form", N_("form") },
		{ "inbound_message", N_("message from the person") },
		{ "double_opt_in", N_("confirmed on WhatsApp") },
		{ "signed", N_("signed") },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_c(str_c(evidence), words[i].word))
			return str_c(in(t, words[i].told));
	}
	return str_c(evidence);
}

static void tell_sampled(const struct telling *t, const struct dossier_sampled *x)
{
	char id[ID_TEXT_MAX];

	id_format("per", x->person, id);
	struct str who = say(t, "%s\n%s", id, x->phone);
	struct str what = !x->found ? str_c(in(t, N_("nothing on record")))
	    : x->grant              ? evidence_words(t, x->evidence)
				    : str_c(in(t, N_("withdrawn")));
	struct str words = str_sub(x->wording, 0, TEXT_SHOWN_MAX);
	const struct str cells[] = { who, what, x->found ? moment(t, x->at) : STR("–"),
		or_dash(x->source), or_dash(words), x->leaf ? number(t, x->leaf) : STR("–") };

	document_row(t->doc, cells);
}

static void tell_consent(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("Person"), 4, true },
		{ N_("Consent"), 3, false },
		{ N_("Given at"), 3, false },
		{ N_("Source"), 3, false },
		{ N_("Wording"), 5, false },
		{ N_("Ledger entry"), 2, true },
	};

	heading(t, N_("Consent"));
	paragraph(t,
	    N_("Nobody chose these people: of all who were written to, those are in the sample whose lot is smallest, a lot being the SHA-256 of the seed and the person's id. The seed was set down on the ledger before; the hash pins the list that it was drawn from."));
	tell_population(t);
	if (t->d->sample_len == 0)
		return;
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->sample_len; i++)
		tell_sampled(t, &t->d->sample[i]);
	if (!t->d->personal)
		paragraph(t,
		    N_("Telephone numbers are masked, and what else would tell of a person is left out. The whole is given on request."));
}

static struct str seconds(const struct telling *t, int64_t ms)
{
	return say(
	    t, N_("%lld.%lld seconds"), (long long)(ms / 1000), (long long)(ms % 1000 / 100));
}

static void tell_opt_outs(const struct telling *t)
{
	const struct dossier_opt_outs *o = &t->d->opt_outs;

	heading(t, N_("Opt-outs"));
	line(t, N_("Taken in since 14 days before"), number(t, o->count));
	if (o->count) {
		line(t, N_("From the person's word until in force, median"),
		    seconds(t, o->median_ms));
		line(t, N_("The slowest"), seconds(t, o->worst_ms));
	}
	line(t, N_("Marketing sent to people who had withdrawn"), number(t, o->sent_after));
}

/* --- templates -------------------------------------------------------------------------------- */

static struct str problems_of(const struct telling *t, const struct dossier_template *x)
{
	const struct json *list = NULL, *one;
	struct json_iter it;
	struct buf text;

	if (x->problems_len == 0)
		return str_c(in(t, N_("none found")));
	buf_init(&text, 0);
	if (json_read(t->a, x->problems, &list, NULL) < 0)
		t->doc->failed = true;
	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &one)) {
		struct str message = json_str(json_get(one, "message"));
		struct str words = arena_str(t->a, message);
		buf_addf(&text, "%s%.*s: %s", text.len ? "\n" : "",
		    STR_ARG(json_str(json_get(one, "field"))), words.p ? in(t, words.p) : "");
	}
	struct str ret = text.failed ? STR_NONE : arena_str(t->a, buf_str(&text));
	t->doc->failed |= !ret.p;
	buf_done(&text);
	return ret.p ? ret : STR("");
}

static void tell_templates(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("Template"), 4, false },
		{ N_("Category"), 3, false },
		{ N_("Status"), 3, false },
		{ N_("Quality"), 2, false },
		{ N_("What its check found"), 5, false },
	};

	if (t->d->templates_len == 0)
		return;
	heading(t, N_("Templates"));
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->templates_len; i++) {
		const struct dossier_template *x = &t->d->templates[i];
		const struct str cells[] = {
			say(t, "%.*s (%.*s)", STR_ARG(x->name), STR_ARG(x->language)),
			or_dash(x->category),
			or_dash(x->status),
			or_dash(x->quality),
			problems_of(t, x),
		};
		document_row(t->doc, cells);
	}
}

/* --- what was done ---------------------------------------------------------------------------- */

static void tell_event(const struct telling *t, const struct story_event *e)
{
	const char *words = story_words(e);
	bool told = e->source == STORY_POLICY;
	const struct str cells[] = {
		moment(t, e->at),
		words ? str_c(in(t, words)) : e->what,
		or_dash(e->about),
		or_dash(e->by),
		told ? e->what : or_dash(e->words),
		e->leaf ? number(t, e->leaf) : STR("–"),
	};

	document_row(t->doc, cells);
}

static void tell_events(const struct telling *t, bool corrections)
{
	static const struct document_column columns[] = {
		{ N_("When"), 3, false },
		{ N_("What"), 5, false },
		{ N_("About"), 4, false },
		{ N_("By"), 2, false },
		{ N_("Words"), 4, false },
		{ N_("Ledger entry"), 2, true },
	};

	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->story.events_len; i++) {
		const struct story_event *e = &t->d->story.events[i];
		if (!corrections || dossier_is_correction(t->d, e))
			tell_event(t, e);
	}
}

static bool has_corrections(const struct dossier *d)
{
	for (size_t i = 0; i < d->story.events_len; i++) {
		if (dossier_is_correction(d, &d->story.events[i]))
			return true;
	}
	return false;
}

static void tell_corrections(const struct telling *t)
{
	heading(t, N_("What was done since"));
	if (has_corrections(t->d)) {
		paragraph(t,
		    N_("Each of these steps is an entry of the signed ledger; proofs.json proves it."));
		tell_events(t, true);
	} else {
		paragraph(t, N_("Nothing is on record yet."));
	}
	heading(t, N_("Everything that happened"));
	tell_events(t, false);
	if (t->d->story.more)
		paragraph(t, N_("There was more than this table holds."));
}

/* --- texts and plan --------------------------------------------------------------------------- */

static void tell_text(const struct telling *t, const char *title, struct str text)
{
	document_subheading(t->doc, str_c(in(t, title)));
	document_code(t->doc, text);
	t->doc->failed |= !text.p;
}

static void tell_texts(const struct telling *t)
{
	heading(t, N_("Texts to send"));
	tell_text(t, N_("For the form of the review"), dossier_review_text(t->d, t->lang, t->a));
	tell_text(t, N_("For a ticket at the provider"), dossier_ticket_text(t->d, t->lang, t->a));
}

static const char *who_words(const char *who)
{
	if (strcmp(who, "engaged") == 0)
		return N_("who wrote or agreed lately");
	if (strcmp(who, "half_engaged") == 0)
		return N_("at least half of them who wrote or agreed lately");
	return N_("everybody who agreed");
}

static void tell_first(const struct telling *t)
{
	struct str steps[DOSSIER_STEPS_MAX];
	int n = dossier_first_steps(t->d, t->lang, t->a, steps);

	t->doc->failed |= n < 0;
	document_subheading(t->doc, str_c(in(t, N_("What must be changed first"))));
	for (int i = 0; i < n; i++)
		document_paragraph(t->doc, steps[i]);
}

static void tell_calendar(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("Day"), 1, false },
		{ N_("People at most"), 1, false },
		{ N_("In an hour"), 1, false },
		{ N_("Who"), 3, false },
	};
	struct dossier_day days[DOSSIER_DAYS_MAX];
	size_t days_len = dossier_calendar(t->d->pack, days);

	document_subheading(t->doc, str_c(in(t, N_("Calendar of the warm-up"))));
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < days_len; i++) {
		const struct str cells[] = { number(t, days[i].day), number(t, days[i].cap),
			number(t, days[i].hour), str_c(in(t, who_words(days[i].who))) };
		document_row(t->doc, cells);
	}
	paragraph(t,
	    N_("A day only counts when half of its cap was used and quality, failures and opt-outs stayed in order; the first week only people who wrote lately or agreed lately."));
}

static void tell_again(const struct telling *t)
{
	static const struct document_column columns[] = {
		{ N_("What they agreed with"), 2, false },
		{ N_("List"), 2, false },
		{ N_("People"), 1, false },
		{ N_("Wrote lately"), 1, false },
		{ N_("From the new number"), 4, false },
	};
	static const char *const advice[] = {
		[0] = N_(
		    "May be written to, in the order of the calendar, those who wrote last first."),
		[1] = N_(
		    "Ask them first to confirm, by a utility message or a link, before any marketing."),
		[2] = N_(
		    "Do not write to them: ask by e-mail, in the shop or by a link, so that they write first."),
	};

	document_subheading(t->doc, str_c(in(t, N_("Whom to write to again"))));
	table(t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->d->again_len; i++) {
		const struct dossier_again *e = &t->d->again[i];
		enum evidence strength = EVIDENCE_NONE;
		if (evidence_parse(str_c(e->evidence), &strength) < 0)
			continue;
		size_t row = strength >= EVIDENCE_INBOUND ? 0 : strength == EVIDENCE_FORM ? 1 : 2;
		const struct str cells[] = { evidence_words(t, e->evidence),
			e->source.len ? e->source : str_c(in(t, N_("one by one"))),
			number(t, e->people), number(t, e->wrote), str_c(in(t, advice[row])) };
		document_row(t->doc, cells);
	}
	paragraph(t,
	    N_("Consent belongs to the person, not to the number, and it stays; but people know the old number, and who hears from a new one without having written first is likely to report it."));
}

static void tell_plan(const struct telling *t)
{
	if (!dossier_is_gone(t->d))
		return;
	heading(t, N_("If the account is gone for good: a plan for a new number"));
	paragraph(t,
	    N_("Only after the review is lost, only with the cause taken away, and never while a case is open: to move on to another number is itself a reason for Meta to act against the portfolio."));
	tell_first(t);
	tell_calendar(t);
	tell_again(t);
}

/* --- the seal --------------------------------------------------------------------------------- */

static void tell_seal(const struct telling *t)
{
	const struct dossier *d = t->d;
	size_t covered = 0;

	for (size_t i = 0; i < d->entries_len; i++)
		covered += d->entries[i].covered;
	heading(t, N_("Seal"));
	document_paragraph(t->doc,
	    say(t,
		N_("%zu entries of the ledger are with this dossier, %zu of them under the checkpoint below. Whoever has the public key from where they trust it can check everything without Varco: README.txt tells how."),
		d->entries_len, covered));
	if (d->point.size)
		document_code(t->doc, d->point.note);
	document_line_mono(t->doc, in(t, N_("Public key of the ledger")), d->key);
}

struct document *dossier_document(const struct dossier *d, enum lang lang, struct arena *a)
{
	struct telling t = { .d = d, .a = a, .lang = lang };
	char id[ID_TEXT_MAX], at[DOCUMENT_TIME_MAX];

	id_format(INCIDENT_PREFIX, d->incident.id, id);
	document_time(d->made_at, at);
	struct str title = arena_printf(a, "%s %s", lang_text(lang, N_("Dossier of incident")), id);
	struct str foot = arena_printf(a, "Varco · %s · %s", id, at);
	t.doc = title.p && foot.p ? document_new(a, lang, d->made_at, title, foot) : NULL;
	if (!t.doc)
		return NULL;
	document_set_subtitle(t.doc,
	    say(&t, N_("%.*s, account %.*s, made at %s"), STR_ARG(d->account_name),
		STR_ARG(d->incident.waba), at));
	tell_review(&t);
	tell_what(&t);
	tell_circumstances(&t);
	tell_cause(&t);
	tell_consent(&t);
	tell_opt_outs(&t);
	tell_templates(&t);
	tell_corrections(&t);
	tell_texts(&t);
	tell_plan(&t);
	tell_seal(&t);
	return t.doc->failed ? NULL : t.doc;
}
