/* Sentences by weight: what does not fit any more is left out whole, the least weighty first. */
#include "domain/dossier.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"

#define SENTENCES_MAX 24
#define DAY_TEXT 10 /* of a time: the day */
#define SPIKE_FACTOR 2
#define PERCENT 100
#define CAUSES_FIRST 2   /* before anything else is told */
#define FAILED_PERCENT 5 /* of a sender; as the breaker's warning */

struct telling {
	const struct dossier *d;
	enum lang lang;
	struct arena *a;
	struct str sentences[SENTENCES_MAX];
	size_t len;
	bool failed;
};

static void say(struct telling *t, const char *msgid, ...) PRINTF_LIKE(2, 3);

static void say(struct telling *t, const char *msgid, ...)
{
	struct buf text;
	va_list ap;

	if (t->len == SENTENCES_MAX)
		return;
	buf_init(&text, 0);
	va_start(ap, msgid);
	buf_vaddf(&text, lang_text(t->lang, msgid), ap);
	va_end(ap);
	t->sentences[t->len] = text.failed ? STR_NONE : arena_str(t->a, buf_str(&text));
	t->failed |= !t->sentences[t->len].p;
	t->len += t->sentences[t->len].p != NULL;
	buf_done(&text);
}

static const char *day_of(time_ms t, char out[TIME_TEXT_MAX])
{
	time_format(t, out);
	out[DAY_TEXT] = '\0';
	return out;
}

/* --- causes ----------------------------------------------------------------------------------- */

static void say_without_consent(struct telling *t)
{
	const struct dossier *d = t->d;
	int64_t without = d->people - d->people_agreed;

	if (without > 0)
		say(t,
		    N_("%lld of the %lld people who were written to had no consent on record that was still in force."),
		    (long long)without, (long long)d->people);
	if (d->opt_outs.sent_after > 0)
		say(t, N_("%lld marketing messages went to people who had withdrawn already."),
		    (long long)d->opt_outs.sent_after);
}

static void say_spike(struct telling *t)
{
	const struct dossier_spike *s = &t->d->spike;
	char day[TIME_TEXT_MAX];

	if (s->sent == 0 || s->sent < s->before * SPIKE_FACTOR ||
	    s->sent < pack_limits(t->d->pack)->spike.min_messages)
		return;
	say(t,
	    N_("On %s %lld messages were sent, against at most %lld on any of the seven days before."),
	    day_of(s->day, day), (long long)s->sent, (long long)s->before);
}

static void say_senders(struct telling *t)
{
	for (size_t i = 0; i < t->d->senders_len; i++) {
		const struct dossier_sender *s = &t->d->senders[i];
		if (s->against > 0) {
			say(t,
			    N_("The app %.*s sent %lld messages of the template %.*s that the policy would have stopped; it only observed then."),
			    STR_ARG(s->app), (long long)s->against, STR_ARG(s->tpl));
			return;
		}
	}
	for (size_t i = 0; i < t->d->senders_len; i++) {
		const struct dossier_sender *s = &t->d->senders[i];
		if (s->failed * PERCENT > s->sent * FAILED_PERCENT) {
			say(t,
			    N_("Of %lld messages that the app %.*s sent with the template %.*s, %lld failed."),
			    (long long)s->sent, STR_ARG(s->app), STR_ARG(s->tpl),
			    (long long)s->failed);
			return;
		}
	}
}

static void say_lists(struct telling *t)
{
	for (size_t i = 0; i < t->d->lists_len; i++) {
		const struct dossier_list *l = &t->d->lists[i];
		if (l->import.len == 0 || l->opt_outs == 0)
			continue;
		say(t,
		    N_("Of the %lld people of the imported list %.*s, %lld have opted out since."),
		    (long long)l->people, STR_ARG(l->name.len ? l->name : l->import),
		    (long long)l->opt_outs);
		return;
	}
}

static void say_templates(struct telling *t)
{
	for (size_t i = 0; i < t->d->templates_len; i++) {
		const struct dossier_template *x = &t->d->templates[i];
		if (x->problems_len > 0 || str_eq_c(x->quality, "RED")) {
			say(t,
			    N_("The template %.*s (%.*s) has the quality %.*s; problems that its check found: %lld."),
			    STR_ARG(x->name), STR_ARG(x->language), STR_ARG(x->quality),
			    (long long)x->problems_len);
			return;
		}
	}
}

static void say_causes(struct telling *t)
{
	say_without_consent(t);
	say_spike(t);
	say_senders(t);
	say_lists(t);
	say_templates(t);
}

int dossier_causes(
    const struct dossier *d, enum lang lang, struct arena *a, struct str ret[DOSSIER_CAUSES_MAX])
{
	struct telling t = { .d = d, .lang = lang, .a = a };

	say_causes(&t);
	if (t.failed)
		return -E_NOMEM;
	size_t n = t.len < DOSSIER_CAUSES_MAX ? t.len : DOSSIER_CAUSES_MAX;
	for (size_t i = 0; i < n; i++)
		ret[i] = t.sentences[i];
	return (int)n;
}

/* --- a plan for a new number ------------------------------------------------------------------ */

static void step_consent(struct telling *t)
{
	const struct dossier *d = t->d;

	if (d->people > d->people_agreed)
		say(t,
		    N_("Take the %lld people without a consent in force off every list, and do not take over lists whose source nobody can name."),
		    (long long)(d->people - d->people_agreed));
	if (d->opt_outs.sent_after > 0)
		say(t,
		    N_("Make sure that every app hears of every opt-out: %lld marketing messages went to people who had withdrawn."),
		    (long long)d->opt_outs.sent_after);
}

static void step_volume(struct telling *t)
{
	const struct dossier_spike *s = &t->d->spike;

	if (s->sent && s->sent >= s->before * SPIKE_FACTOR &&
	    s->sent >= pack_limits(t->d->pack)->spike.min_messages)
		say(t,
		    N_("Spread campaigns over days: the highest day had %lld messages, the highest before it %lld."),
		    (long long)s->sent, (long long)s->before);
}

static void step_senders(struct telling *t)
{
	for (size_t i = 0; i < t->d->senders_len; i++) {
		const struct dossier_sender *s = &t->d->senders[i];
		if (s->against == 0)
			continue;
		say(t,
		    N_("Set the policy to enforce before the new number sends: the app %.*s sent %lld messages that it would have stopped."),
		    STR_ARG(s->app), (long long)s->against);
		return;
	}
}

static void step_lists(struct telling *t)
{
	for (size_t i = 0; i < t->d->lists_len; i++) {
		const struct dossier_list *l = &t->d->lists[i];
		if (l->import.len == 0 || l->opt_outs == 0)
			continue;
		say(t,
		    N_("Do not write to the list %.*s again before its people have confirmed: %lld of %lld have opted out."),
		    STR_ARG(l->name.len ? l->name : l->import), (long long)l->opt_outs,
		    (long long)l->people);
		return;
	}
}

static void step_templates(struct telling *t)
{
	for (size_t i = 0; i < t->d->templates_len; i++) {
		const struct dossier_template *x = &t->d->templates[i];
		if (x->problems_len == 0 && !str_eq_c(x->quality, "RED"))
			continue;
		say(t,
		    N_("Rewrite the template %.*s (%.*s) before it is submitted again: its quality is %.*s; problems that its check found: %lld."),
		    STR_ARG(x->name), STR_ARG(x->language), STR_ARG(x->quality),
		    (long long)x->problems_len);
		return;
	}
}

int dossier_first_steps(
    const struct dossier *d, enum lang lang, struct arena *a, struct str ret[DOSSIER_STEPS_MAX])
{
	struct telling t = { .d = d, .lang = lang, .a = a };

	step_consent(&t);
	step_volume(&t);
	step_senders(&t);
	step_lists(&t);
	step_templates(&t);
	say(&t, "%s",
	    lang_text(lang,
		N_("Add the new number without --established, so that the calendar below is kept by the gateway, and let marketing templates be released in steps.")));
	if (t.failed)
		return -E_NOMEM;
	size_t n = t.len < DOSSIER_STEPS_MAX ? t.len : DOSSIER_STEPS_MAX;
	for (size_t i = 0; i < n; i++)
		ret[i] = t.sentences[i];
	return (int)n;
}

/* On which days only some may be written to (policy defaults, "Engaged first"). */
static const char *who_on(const struct pack_warmup *w, int64_t day)
{
	if (day <= w->engaged_only_days)
		return "engaged";
	return day <= w->engaged_share_days ? "half_engaged" : "all";
}

size_t dossier_calendar(const struct pack *pack, struct dossier_day ret[DOSSIER_DAYS_MAX])
{
	const struct pack_warmup *w = pack_warmup(pack);
	size_t n = 0;

	for (int64_t day = 1; day <= w->max_days && n < DOSSIER_DAYS_MAX; day++) {
		int64_t cap = pack_warmup_cap(pack, day),
			hour = pack_share(cap, w->hourly_share_ppm);
		ret[n++] = (struct dossier_day){ .day = day,
			.cap = cap,
			.hour = hour > w->hourly_min ? hour : w->hourly_min,
			.who = who_on(w, day) };
	}
	return n;
}

/* --- sentences of both texts ------------------------------------------------------------------ */

static void say_what(struct telling *t)
{
	const struct incident *i = &t->d->incident;
	const struct incident_kind *kind = incident_kind(i->kind);
	char day[TIME_TEXT_MAX];

	say(t, N_("WhatsApp Business Account %.*s, business portfolio %.*s."), STR_ARG(i->waba),
	    STR_ARG(t->d->portfolio));
	say(t, N_("On %s: %s"), day_of(i->happened_at, day),
	    kind ? lang_text(t->lang, kind->title) : "");
	if (i->label.len)
		say(t, N_("The reason that was given: %.*s."), STR_ARG(i->label));
}

static void say_consent(struct telling *t)
{
	const struct dossier *d = t->d;

	if (d->people > 0)
		say(t,
		    N_("In the 14 days before we wrote to %lld people; of %lld of them a consent in force is on record."),
		    (long long)d->people, (long long)d->people_agreed);
	if (d->sample_len > 0)
		say(t,
		    N_("A random sample of %zu people, drawn with a seed that was set down before, shows %zu consents with time, source and wording; each entry is proved."),
		    d->sample_len, d->sample_agreed);
}

/* Begun seconds. */
static long long seconds(int64_t ms)
{
	int64_t s = ms / MS_PER_S + 1;

	return (long long)s;
}

static void say_opt_outs(struct telling *t)
{
	const struct dossier_opt_outs *o = &t->d->opt_outs;

	if (o->count > 0)
		say(t,
		    N_("%lld opt-outs were taken in; half of them were in force within %lld s, the slowest within %lld s."),
		    (long long)o->count, seconds(o->median_ms), seconds(o->worst_ms));
}

static void say_channel(struct telling *t)
{
	say(t, "%s",
	    lang_text(t->lang,
		N_("All our applications send through the official Cloud API and one gateway that checks consent, limits and templates before each message.")));
}

static size_t corrections(const struct dossier *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->story.events_len; i++)
		n += dossier_is_correction(d, &d->story.events[i]);
	return n;
}

static void say_corrections(struct telling *t)
{
	size_t n = corrections(t->d);

	if (n > 0)
		say(t,
		    N_("Corrective steps since then on our signed ledger: %zu; the dossier lists and proves each."),
		    n);
	for (size_t i = 0; i < t->d->story.events_len; i++) {
		const struct story_event *e = &t->d->story.events[i];
		if (dossier_is_correction(t->d, e) && str_eq_c(e->what, "note") && e->words.p)
			say(t, N_("What we did: %.*s."), STR_ARG(e->words));
	}
}

/* Joins as many as there is room for. */
static struct str join(struct telling *t, int64_t max, const char *between)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < t->len; i++) {
		size_t have = text_code_points(buf_str(&out)),
		       more = text_code_points(t->sentences[i]) + 2;
		if ((int64_t)(have + more) > max)
			continue;
		if (out.len)
			buf_add_c(&out, between);
		buf_add(&out, t->sentences[i]);
	}
	struct str ret = out.failed || t->failed ? STR_NONE : arena_str(t->a, buf_str(&out));
	buf_done(&out);
	return ret;
}

/* The weightiest cause, what was done, and then whatever there is room for. */
struct str dossier_review_text(const struct dossier *d, enum lang lang, struct arena *a)
{
	struct telling t = { .d = d, .lang = lang, .a = a };
	struct telling causes = { .d = d, .lang = lang, .a = a };

	say_causes(&causes);
	t.failed = causes.failed;
	say_what(&t);
	bool asks = !d->row || d->row->review != PACK_REVIEW_NO;
	say(&t, "%s",
	    lang_text(lang,
		asks
		    ? N_("We ask you to review this decision.")
		    : N_("There is no review of this to be asked for; this is what we found and did.")));
	for (size_t i = 0; i < causes.len && i < CAUSES_FIRST; i++)
		say(&t, "%.*s", STR_ARG(causes.sentences[i]));
	say_corrections(&t);
	say_consent(&t);
	say_opt_outs(&t);
	for (size_t i = CAUSES_FIRST; i < causes.len; i++)
		say(&t, "%.*s", STR_ARG(causes.sentences[i]));
	say_channel(&t);
	return join(&t, pack_incidents(d->pack)->review_text_max, " ");
}

struct str dossier_ticket_text(const struct dossier *d, enum lang lang, struct arena *a)
{
	struct telling t = { .d = d, .lang = lang, .a = a };
	char id[ID_TEXT_MAX];

	id_format(INCIDENT_PREFIX, d->incident.id, id);
	say(&t, N_("Request for help with a decision of Meta; our case %s."), id);
	say_what(&t);
	for (size_t i = 0; i < d->numbers_len; i++)
		say(&t, N_("Number %.*s (id %.*s): status %.*s, quality %.*s."),
		    STR_ARG(d->numbers[i].display), STR_ARG(d->numbers[i].id),
		    STR_ARG(d->numbers[i].status), STR_ARG(d->numbers[i].quality));
	say(&t,
	    N_("Since then %lld people could not be written to, and at least %lld conversations were open at that moment."),
	    (long long)d->impact.people_waiting, (long long)d->impact.conversations);
	say_consent(&t);
	say_opt_outs(&t);
	say_causes(&t);
	say_corrections(&t);
	say_channel(&t);
	say(&t, "%s",
	    lang_text(lang,
		N_("Please open a case with Meta for us, tell us its number, and send the dossier with it.")));
	return join(&t, pack_incidents(d->pack)->ticket_text_max, "\n");
}
