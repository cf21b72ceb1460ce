#include "apps/analyze/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/csv_write.h"

const char *analysis_gap(const struct analysis *a, size_t i)
{
	const struct {
		bool gap;
		const char *text;
	} gaps[] = {
		{ !a->knows_consents,
		    N_("No table of consents was given: who had agreed cannot be told. Add --consents FILE.") },
		{ !a->knows_inbound,
		    N_("Nothing tells what people wrote: windows, answers and opt-outs cannot be told. "
		       "Add --inbound FILE.") },
		{ a->assumed_marketing > 0,
		    N_("Templates whose category no file tells were taken for marketing. Add --templates FILE, "
		       "or a column with the category.") },
		{ !a->has[ROLE_TYPE] && !a->has[ROLE_TEMPLATE] && !a->has[ROLE_CATEGORY],
		    N_("No column tells templates from free-form messages: what went out with no window open, and was "
		       "not refused for that, was taken for a template.") },
		{ !a->has[ROLE_STATUS],
		    N_("There is no column with the status: deliveries, reads and failures cannot be told.") },
		{ !a->has[ROLE_TEXT],
		    N_("There is no column with the text: free-form messages said twice cannot be told.") },
		{ a->has_broken_text,
		    N_("Some bytes are neither UTF-8 nor Windows-1252: texts and names that had them read otherwise "
		       "here. Save the table as CSV UTF-8.") },
	};
	size_t n = 0;

	if (a->is_sums)
		return i
		    ? NULL
		    : N_("This is a table of sums that names nobody, as insights and analytics are: volumes "
			 "and templates can be told, but no message be judged.");
	for (size_t k = 0; k < ARRAY_LEN(gaps); k++) {
		if (gaps[k].gap && n++ == i)
			return gaps[k].text;
	}
	return NULL;
}

/* --- order ------------------------------------------------------------------------------------ */

static enum level highest(const struct found *f)
{
	enum level l = LEVEL_REFUSE;

	while (l > LEVEL_OFF && !f->levels[l])
		l--;
	return l;
}

static bool weighs_more(const struct found *a, const struct found *b)
{
	if (highest(a) != highest(b))
		return highest(a) > highest(b);
	return a->all.sends > b->all.sends;
}

size_t analysis_order(const struct analysis *a, enum rule_index out[RULES_COUNT])
{
	size_t n = 0;

	for (unsigned i = 0; i < RULES_COUNT; i++) {
		size_t at = n;
		if (!a->found[i].all.sends)
			continue;
		for (; at > 0 && weighs_more(&a->found[i], &a->found[out[at - 1]]); at--)
			out[at] = out[at - 1];
		out[at] = (enum rule_index)i;
		n++;
	}
	return n;
}

size_t analysis_top(const struct tallies *t, uint32_t *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < t->len; i++) {
		size_t at = n;
		if (!t->items[i].sends)
			continue;
		while (at > 0 && t->items[i].sends > t->items[out[at - 1]].sends)
			at--;
		if (at == max)
			continue;
		n += n < max;
		for (size_t k = n - 1; k > at; k--)
			out[k] = out[k - 1];
		out[at] = (uint32_t)i;
	}
	return n;
}

/* --- the list of people ----------------------------------------------------------------------- */

void analysis_people_head(struct buf *out)
{
	static const struct str head[] = { { "phone", 5 }, { "bsuid", 5 }, { "rule", 4 },
		{ "level", 5 }, { "sends", 5 }, { "first_at", 8 }, { "last_at", 7 }, { "app", 3 },
		{ "list", 4 }, { "template", 8 }, { "remedy", 6 } };

	csv_write_row(out, head, ARRAY_LEN(head));
}

void analysis_person(const struct analyze_person *p, enum lang lang, struct buf *out)
{
	char phone[PHONE_TEXT_MAX], sends[24], first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];

	phone_format((struct phone){ p->number }, phone);
	time_format(p->first_at, first);
	time_format(p->last_at, last);
	(void)snprintf(sends, sizeof(sends), "%" PRId64, p->sends);
	const struct str row[] = { p->invalid.len ? p->invalid : str_c(phone), p->bsuid,
		str_c(p->rule->id), str_c(level_name(p->level)), str_c(sends), str_c(first),
		str_c(last), p->app, p->list, p->template,
		str_c(lang_text(lang, p->rule->remedy)) };
	csv_write_row(out, row, ARRAY_LEN(row));
}
