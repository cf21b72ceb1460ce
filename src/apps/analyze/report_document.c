/* What people read: first what endangers the numbers, with who can act and what to do; then templates,
 * volumes and people, in tables. */
#include "apps/analyze/report.h"

#include "apps/analyze/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"

#define TOP 8        /* names of each kind in a sentence's table */
#define TEMPLATES 40 /* rows of the table of templates */
#define NUMBERS 12   /* numbers with a table of their days */
#define DAYS 31      /* the last ones */
#define BUTTONS 60
#define ERRORS 60
#define POINTS 45 /* of the chart of days */

struct writer {
	const struct analysis *a;
	struct document *d;
	struct arena *arena;
	enum lang lang;
};

static const char *say(const struct writer *w, const char *msgid)
{
	return lang_text(w->lang, msgid);
}

/* For charts, which read it. */
static struct str plain(const struct writer *w, int64_t n)
{
	return arena_printf(w->arena, "%" PRId64, n);
}

/* "14,741" or "14.741". */
static struct str number(const struct writer *w, int64_t n)
{
	const char *sep = w->lang == LANG_IT ? "." : ",";

	if (n < 1000)
		return plain(w, n);
	struct str high = n < 1000000 ? plain(w, n / 1000) : number(w, n / 1000);
	return arena_printf(w->arena, "%.*s%s%03d", STR_ARG(high), sep, (int)(n % 1000));
}

/* "" of 0, which stands for what is not known. */
static struct str number_known(const struct writer *w, int64_t n)
{
	return n ? number(w, n) : STR("");
}

/* "12.5 %", "12,5 %"; "–" of nothing. */
static struct str share(const struct writer *w, int64_t part, int64_t of)
{
	if (of <= 0)
		return STR("–");
	struct str s = arena_printf(w->arena, "%.1f %%", 100.0 * (double)part / (double)of);
	char *point = w->lang == LANG_IT && s.len ? memchr(s.p, '.', s.len) : NULL;
	if (point)
		*point = ',';
	return s;
}

static struct str moment(const struct writer *w, time_ms t)
{
	char text[DOCUMENT_TIME_MAX];

	if (t == TIME_NONE)
		return STR("–");
	document_time(t, text);
	return arena_str(w->arena, str_c(text));
}

/* Without seconds, in UTC. */
static struct str minute(const struct writer *w, time_ms t)
{
	return str_sub(moment(w, t), 0, 16);
}

static struct str day(const struct writer *w, time_ms t)
{
	return str_sub(moment(w, t), 0, 10);
}

static struct str or_dash(struct str s)
{
	return s.len ? s : STR("–");
}

/* --- what was read ---------------------------------------------------------------------------- */

static void add_line(const struct writer *w, const char *key, int64_t n)
{
	document_line(w->d, say(w, key), number(w, n));
}

static void add_read(const struct writer *w)
{
	const struct analysis *a = w->a;

	document_heading(w->d, str_c(say(w, N_("What was read"))));
	document_line(w->d, say(w, N_("From")), moment(w, a->first_at));
	document_line(w->d, say(w, N_("To")), moment(w, a->last_at));
	add_line(w, N_("Rows"), a->rows);
	add_line(w, N_("Messages sent"), a->sends);
	if (!a->is_sums) {
		add_line(w, N_("People"), a->people);
		add_line(w, N_("Messages from people"), a->inbound);
		add_line(w, N_("Acts of consent"), a->consents);
	}
	add_line(w, N_("Rows that could not be used"), a->unread_rows);
	document_line(w->d, say(w, N_("Policy")), pack_version(a->pack));
	for (size_t i = 0; analysis_gap(a, i); i++)
		document_note(w->d, str_c(say(w, analysis_gap(a, i))));
}

static void add_unread(const struct writer *w)
{
	const struct document_column columns[] = { { say(w, N_("Table")), 2, false },
		{ say(w, N_("Row")), 2, false }, { say(w, N_("Column")), 2, false },
		{ say(w, N_("Why")), 8, false } };

	if (!w->a->unread_len)
		return;
	document_subheading(w->d, str_c(say(w, N_("Rows that could not be used: the first"))));
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < w->a->unread_len; i++) {
		const struct unread *u = &w->a->unread[i];
		const struct str cells[] = { str_c(u->file), number(w, (int64_t)u->row),
			str_c(u->column), str_c(say(w, u->why)) };
		document_row(w->d, cells);
	}
}

/* --- findings --------------------------------------------------------------------------------- */

static const char *level_says(enum level level)
{
	return level == LEVEL_REFUSE ? N_("would not have left")
	    : level == LEVEL_HOLD    ? N_("would have waited")
				     : N_("would have left with a warning");
}

static const char *level_word(const struct found *f)
{
	return level_says(f->levels[LEVEL_REFUSE] ? LEVEL_REFUSE
		: f->levels[LEVEL_HOLD]           ? LEVEL_HOLD
						  : LEVEL_WARN);
}

static void add_verdicts(const struct writer *w)
{
	const struct day_stat *all = &w->a->all_days;

	document_paragraph(w->d,
	    arena_printf(w->arena,
		say(w,
		    N_("Of %.*s messages %.*s would not have left, %.*s would have waited, and %.*s would have left.")),
		STR_ARG(number(w, w->a->sends)), STR_ARG(number(w, all->refused)),
		STR_ARG(number(w, all->waited)), STR_ARG(number(w, all->left))));
}

/* By days, or by as many of them together as leaves few enough points. */
static void add_days_chart(const struct writer *w)
{
	const struct document_column columns[] = { { say(w, N_("Day")), 1, false },
		{ say(w, N_("would have left")), 1, false },
		{ say(w, N_("would not have left")), 1, false },
		{ say(w, N_("would have waited")), 1, false } };
	const struct days *days = &w->a->days;
	int64_t span = days->len
	    ? (days->items[days->len - 1].day - days->items[0].day) / MS_PER_DAY + 1
	    : 0;
	int64_t step = span <= POINTS ? 1 : (span / POINTS / 7 + 1) * 7;

	if (span < 2)
		return;
	document_chart(w->d,
	    step == 1 ? str_c(say(w, N_("Messages by day")))
		      : arena_printf(w->arena, say(w, N_("Messages of %lld days together")),
			    (long long)step),
	    columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < days->len;) {
		struct day_stat sum = { .day = days->items[i].day };
		for (; i < days->len && days->items[i].day < sum.day + step * MS_PER_DAY; i++) {
			sum.left += days->items[i].left;
			sum.waited += days->items[i].waited;
			sum.refused += days->items[i].refused;
		}
		const struct str cells[] = { str_sub(day(w, sum.day), 5, 5), plain(w, sum.left),
			plain(w, sum.refused), plain(w, sum.waited) };
		document_chart_row(w->d, cells, false);
	}
}

static bool any_number_broke_a_rule(const struct writer *w)
{
	struct volume_rule found[VOLUME_RULES];

	for (size_t i = 0; i < w->a->report.numbers_len; i++) {
		if (volume_rules(&w->a->report.numbers[i], w->a->pack, found))
			return true;
	}
	return false;
}

/* What is judged by the days of a number, and not by the message. */
static void add_numbers_summary(const struct writer *w)
{
	const struct document_column columns[] = { { say(w, N_("Rule")), 7, true },
		{ say(w, N_("What")), 7, false }, { say(w, N_("Number")), 5, true },
		{ say(w, N_("Days")), 2, false }, { say(w, N_("With Varco")), 6, false } };
	struct volume_rule found[VOLUME_RULES];

	if (!any_number_broke_a_rule(w))
		return;
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < w->a->report.numbers_len; i++) {
		const struct volume_number *n = &w->a->report.numbers[i];
		size_t len = volume_rules(n, w->a->pack, found);
		for (size_t k = 0; k < len; k++) {
			const struct rule *rule = &rules[found[k].rule];
			const struct str cells[] = { str_c(rule->id), str_c(say(w, rule->title)),
				or_dash(pool_name(w->a->numbers, n->number)),
				number(w, found[k].days),
				str_c(say(w, level_says(found[k].level))) };
			document_row(w->d, cells);
		}
	}
}

static void add_summary(const struct writer *w, const enum rule_index *order, size_t n)
{
	const struct document_column columns[] = { { say(w, N_("Rule")), 7, true },
		{ say(w, N_("What")), 7, false }, { say(w, N_("Messages")), 4, false },
		{ say(w, N_("People")), 3, false }, { say(w, N_("With Varco")), 6, false } };

	if (w->a->is_sums) {
		add_numbers_summary(w);
		return;
	}
	document_heading(w->d, str_c(say(w, N_("What was found"))));
	if (!n) {
		document_paragraph(w->d,
		    str_c(say(w,
			N_("No rule that could be judged would have stopped any of these messages."))));
		add_numbers_summary(w);
		return;
	}
	add_verdicts(w);
	add_days_chart(w);
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < n; i++) {
		const struct found *f = &w->a->found[order[i]];
		const struct rule *rule = &rules[order[i]];
		const struct str cells[] = { str_c(rule->id), str_c(say(w, rule->title)),
			number(w, f->all.sends), number(w, f->all.people),
			str_c(say(w, level_word(f))) };
		document_row(w->d, cells);
	}
	add_numbers_summary(w);
}

static const char *const by_titles[BYS] = { N_("App"), N_("List"), N_("Template"), N_("Number") };

static void add_names(const struct writer *w, const struct found *f, enum analyze_by by)
{
	const struct tallies *t = &f->by[by];
	uint32_t top[TOP];
	size_t n = analysis_top(t, top, TOP);

	/* One row that only says that the table does not know. */
	if (n == 1 && top[0] == POOL_NONE)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct str cells[] = { i ? STR("") : str_c(say(w, by_titles[by])),
			or_dash(analysis_name(w->a, by, top[i])), number(w, t->items[top[i]].sends),
			number(w, t->items[top[i]].people) };
		document_row(w->d, cells);
	}
}

static void add_by(const struct writer *w, const struct found *f)
{
	const struct document_column columns[] = { { say(w, N_("Counted by")), 3, false },
		{ say(w, N_("Name")), 8, false }, { say(w, N_("Messages")), 3, false },
		{ say(w, N_("People")), 3, false } };

	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < BYS; i++)
		add_names(w, f, (enum analyze_by)i);
}

static void add_examples(const struct writer *w, const struct found *f)
{
	const struct document_column columns[] = { { say(w, N_("For example, row")), 3, false },
		{ say(w, N_("When (UTC)")), 4, false }, { say(w, N_("To")), 4, false },
		{ say(w, N_("Template")), 5, false } };

	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < f->examples_len; i++) {
		const struct analyze_example *x = &f->examples[i];
		const struct str cells[] = { plain(w, (int64_t)x->row), minute(w, x->at),
			or_dash(str_c(x->phone)),
			or_dash(pool_name(w->a->templates, x->template)) };
		document_row(w->d, cells);
	}
}

static const char *who_word(enum who who)
{
	static const char *const words[] = { [WHO_APP] = N_("whoever builds the app that sends"),
		[WHO_OPERATOR] = N_("whoever runs the gateway"),
		[WHO_COMPLIANCE] = N_("whoever answers for consents"),
		[WHO_META] = N_("Meta") };

	return (size_t)who < ARRAY_LEN(words) ? words[who] : "";
}

static void add_finding(const struct writer *w, enum rule_index i)
{
	const struct found *f = &w->a->found[i];
	const struct rule *rule = &rules[i];

	document_subheading(
	    w->d, arena_printf(w->arena, "%d %s: %s", rule->number, rule->id, say(w, rule->title)));
	document_paragraph(w->d,
	    arena_printf(w->arena, say(w, N_("%.*s messages to %.*s people, from %.*s to %.*s.")),
		STR_ARG(number(w, f->all.sends)), STR_ARG(number(w, f->all.people)),
		STR_ARG(minute(w, f->first_at)), STR_ARG(minute(w, f->last_at))));
	document_paragraph(w->d, str_c(say(w, rule->explain)));
	document_line(w->d, say(w, N_("What to do")), str_c(say(w, rule->remedy)));
	document_line(w->d, say(w, N_("Who can act")), str_c(say(w, who_word(rule->who))));
	add_by(w, f);
	add_examples(w, f);
}

/* --- templates -------------------------------------------------------------------------------- */

static void find_templates(const struct analysis *a, uint32_t *out, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < a->template_stats_len; i++) {
		size_t at = n;
		if (!a->template_stats[i].sends)
			continue;
		while (at > 0 && a->template_stats[i].sends > a->template_stats[out[at - 1]].sends)
			at--;
		if (at == TEMPLATES)
			continue;
		n += n < TEMPLATES;
		for (size_t k = n - 1; k > at; k--)
			out[k] = out[k - 1];
		out[at] = (uint32_t)i;
	}
	*ret_n = n;
}

static void add_template_row(const struct writer *w, uint32_t i)
{
	const struct template_stat *t = &w->a->template_stats[i];
	const struct str cells[] = { pool_name(w->a->templates, i), number(w, t->sends),
		share(w, t->delivered, t->told), share(w, t->read, t->delivered),
		share(w, t->failed, t->told), number(w, t->taps), number(w, t->replies),
		t->opt_outs ? arena_printf(w->arena, "%.*s (%.*s)", STR_ARG(number(w, t->opt_outs)),
				  STR_ARG(share(w, t->opt_outs, t->delivered)))
			    : number(w, 0) };

	document_row(w->d, cells);
}

static void add_buttons(const struct writer *w)
{
	const struct document_column columns[] = { { say(w, N_("Template")), 5, false },
		{ say(w, N_("Button")), 5, false }, { say(w, N_("Taps")), 2, false },
		{ say(w, N_("Opt-outs")), 2, false } };

	if (!w->a->buttons_tapped.len)
		return;
	document_subheading(w->d, str_c(say(w, N_("Buttons"))));
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < w->a->buttons_tapped.len && i < BUTTONS; i++) {
		const struct pair_stat *b = &w->a->buttons_tapped.items[i];
		const struct str cells[] = { pool_name(w->a->templates, b->template),
			pool_name(w->a->buttons, b->what), number(w, b->times),
			number(w, b->opt_outs) };
		document_row(w->d, cells);
	}
}

static void add_errors(const struct writer *w)
{
	const struct document_column columns[] = { { say(w, N_("Template")), 5, false },
		{ say(w, N_("Error")), 2, true }, { say(w, N_("Messages")), 2, false },
		{ say(w, N_("Of those sent")), 2, false } };

	if (!w->a->codes_seen.len)
		return;
	document_subheading(w->d, str_c(say(w, N_("Errors"))));
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < w->a->codes_seen.len && i < ERRORS; i++) {
		const struct pair_stat *p = &w->a->codes_seen.items[i];
		const struct str cells[] = { pool_name(w->a->templates, p->template),
			p->what == CODE_OTHERS ? STR("…") : plain(w, p->what), number(w, p->times),
			share(w, p->times, w->a->template_stats[p->template].sends) };
		document_row(w->d, cells);
	}
}

static void add_templates(const struct writer *w)
{
	const struct document_column columns[] = { { say(w, N_("Template")), 4, false },
		{ say(w, N_("Messages")), 2, false }, { say(w, N_("Delivered")), 3, false },
		{ say(w, N_("Read")), 2, false }, { say(w, N_("Failed")), 2, false },
		{ say(w, N_("Taps")), 2, false }, { say(w, N_("Replies")), 2, false },
		{ say(w, N_("Opt-outs")), 4, false } };
	uint32_t top[TEMPLATES];
	size_t n = 0;

	find_templates(w->a, top, &n);
	if (!n)
		return;
	document_heading(w->d, str_c(say(w, N_("Templates"))));
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < n; i++)
		add_template_row(w, top[i]);
	add_buttons(w);
	add_errors(w);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void add_numbers(const struct writer *w)
{
	const struct document_column columns[] = { { say(w, N_("Number")), 4, true },
		{ say(w, N_("Messages")), 2, false }, { say(w, N_("Peak hour")), 2, false },
		{ say(w, N_("Peak minute")), 2, false },
		{ say(w, N_("People in 24 hours")), 2, false }, { say(w, N_("Spikes")), 2, false },
		{ say(w, N_("Days above warm-up")), 3, false } };

	document_heading(w->d, str_c(say(w, N_("Numbers"))));
	if (!w->a->is_sums)
		document_paragraph(w->d,
		    arena_printf(w->arena,
			say(w,
			    N_("At most %.*s people were written to outside their windows within 24 hours, over all numbers.")),
			STR_ARG(number(w, w->a->report.people))));
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < w->a->report.numbers_len; i++) {
		const struct volume_number *n = &w->a->report.numbers[i];
		const struct str cells[] = { or_dash(pool_name(w->a->numbers, n->number)),
			number(w, n->messages), or_dash(number_known(w, n->peak_hour)),
			or_dash(number_known(w, n->peak_minute)),
			or_dash(number_known(w, n->people)), number(w, n->spikes),
			n->young ? number(w, n->over_cap) : STR("–") };
		document_row(w->d, cells);
	}
}

/* Days that are spikes, or above warm-up's cap, are marked. */
static void add_chart(const struct writer *w, const struct volume_number *n, size_t first)
{
	const struct document_column columns[] = { { say(w, N_("Day")), 1, false },
		{ say(w, N_("Messages")), 1, false },
		{ say(w, N_("People in 24 hours")), 1, false } };
	const struct pack_spike *spike = &pack_limits(w->a->pack)->spike;

	document_chart(w->d,
	    str_c(say(w,
		N_("Messages and people by day; marked: a jump above the days before, or above warm-up's cap"))),
	    columns, ARRAY_LEN(columns) - w->a->is_sums);
	for (size_t i = first; i < n->days_len; i++) {
		const struct volume_day *d = &n->days[i];
		const struct str cells[] = { str_sub(day(w, d->day), 5, 5), plain(w, d->messages),
			plain(w, d->people) };
		document_chart_row(w->d, cells,
		    volume_day_is_spike(d, spike) || (d->cap >= 0 && d->people > d->cap));
	}
}

static void add_days(const struct writer *w, const struct volume_number *n)
{
	const struct document_column columns[] = { { say(w, N_("Day")), 3, false },
		{ say(w, N_("Messages")), 2, false },
		{ say(w, N_("Highest day before")), 3, false },
		{ say(w, N_("People in 24 hours")), 3, false },
		{ say(w, N_("Warm-up's cap")), 3, false } };
	const struct pack_spike *spike = &pack_limits(w->a->pack)->spike;
	size_t first = n->days_len > DAYS ? n->days_len - DAYS : 0;
	struct volume_rule found[VOLUME_RULES];
	size_t broken = volume_rules(n, w->a->pack, found);

	document_subheading(w->d, or_dash(pool_name(w->a->numbers, n->number)));
	if (n->over_cap)
		document_note(w->d,
		    str_c(say(w,
			N_("This number began within the data and wrote to more people than a young number should."))));
	for (size_t i = 0; i < broken; i++) {
		const struct rule *rule = &rules[found[i].rule];
		document_line(w->d, rule->id,
		    arena_printf(w->arena, "%s. %s", say(w, rule->title), say(w, rule->remedy)));
	}
	add_chart(w, n, first);
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = first; i < n->days_len; i++) {
		const struct volume_day *d = &n->days[i];
		struct str messages = number(w, d->messages);
		if (volume_day_is_spike(d, spike))
			messages = arena_printf(w->arena, "%.*s ▲", STR_ARG(messages));
		const struct str cells[] = { day(w, d->day), messages,
			d->former < 0 ? STR("–") : number(w, d->former), number(w, d->people),
			d->cap < 0 ? STR("–") : number(w, d->cap) };
		document_row(w->d, cells);
	}
}

/* --- people ----------------------------------------------------------------------------------- */

static void add_segments(const struct writer *w)
{
	static const char *const names[SEGMENTS] = { N_("0 to 30 days ago"),
		N_("31 to 90 days ago"), N_("91 to 365 days ago"), N_("longer ago"), N_("never") };
	const struct document_column columns[] = { { say(w, N_("Last message from them")), 5,
						       false },
		{ say(w, N_("People")), 2, false }, { say(w, N_("Marketing messages")), 3, false },
		{ say(w, N_("Read")), 2, false } };

	if (!w->a->knows_inbound)
		return;
	document_heading(w->d, str_c(say(w, N_("How engaged they are"))));
	document_table(w->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < SEGMENTS; i++) {
		const struct segment_stat *s = &w->a->segments[i];
		const struct str cells[] = { str_c(say(w, names[i])), number(w, s->people),
			number(w, s->marketing), share(w, s->read, s->marketing) };
		document_row(w->d, cells);
	}
}

struct document *analysis_document(
    const struct analysis *a, struct str file, enum lang lang, time_ms now, struct arena *arena)
{
	struct writer w = { .a = a, .arena = arena, .lang = lang };
	enum rule_index order[RULES_COUNT];
	size_t n = analysis_order(a, order);

	w.d = document_new(arena, lang, now, str_c(lang_text(lang, N_("Analysis of past traffic"))),
	    STR("varco analyze"));
	if (!w.d)
		return NULL;
	document_set_subtitle(w.d, file);
	add_summary(&w, order, n);
	add_read(&w);
	if (n)
		document_heading(w.d, str_c(say(&w, N_("Rule by rule"))));
	for (size_t i = 0; i < n; i++)
		add_finding(&w, order[i]);
	add_templates(&w);
	add_numbers(&w);
	for (size_t i = 0; i < a->report.numbers_len && i < NUMBERS; i++)
		add_days(&w, &a->report.numbers[i]);
	add_segments(&w);
	add_unread(&w);
	return w.d;
}
