/* Load the facts as they stand inside the transaction, and ask policy. Everything that is read here
 * is read where writes are serialised: no other send can spend the same place of a limit between
 * this and the record. */
#include "flow/flow.h"

#include "base/check.h"
#include "domain/journal_former.h"
#include "domain/rules.h"
#include "flow/gather.h"
#include "flow/own_send.h"

/* The newest directory, which this transaction may have changed: what the loop saw may be a commit
 * old. */
static int rebind(struct flow *f, struct store_conn *c, struct err *err)
{
	const struct directory *now;
	int r = core_directory_now(f->lane->core, c, &now, err);

	if (r < 0)
		return r;
	if (now == f->directory)
		return 0;
	struct str app_id = f->app ? arena_str(f->arena, f->app->id) : STR_NONE;
	directory_unref(&f->directory);
	f->directory = directory_ref((struct directory *)now);
	f->foreseen = (struct facts_foreseen){ .fits = false };
	f->app = app_id.p ? own_send_app(f->directory, app_id) : NULL;
	f->number = directory_number(f->directory, f->number_id);
	return 0;
}

/* A send that was held as the repetition of another is one still when its window is over: what passes
 * then is that nobody could tell any more. And what came with a key is none by accident. */
static int load_repetition(struct flow *f, struct store_conn *c, struct err *err)
{
	struct journal_entry e;
	int r = f->held_id ? journal_get(c, f->held_id, f->arena, &e, err) : 0;

	if (r <= 0)
		return r;
	r = former_repeats(f->arena, &e, &f->facts.repeats_at, err);
	if (r >= 0)
		r = idem_names(c, e.at, f->held_id, err);
	if (r > 0)
		f->facts.has_key = true;
	return r < 0 ? r : 0;
}

/* A stranger is told only that: what else would fail is nobody's business but the app's. It holds whatever
 * level a pack gives the rule: without an app there is nothing that a send could go by. */
static void keep_only_app_unknown(struct decision *d)
{
	const struct rule *rule = &rules[RULE_APP_UNKNOWN];

	d->findings[0] = (struct finding){ .rule = rule,
		.level = LEVEL_REFUSE,
		.until = TIME_NONE,
		.because = rule->because,
		.evidence = STR("{}") };
	d->findings_len = 1;
	decision_settle(d);
}

/* own_send: numbers that will be added, too. */
static int gather(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	struct gather g = {
		.pack = core->pack,
		.conn = c,
		.budget = core->budget,
		.recent = core->recent,
		.bulk = core->bulk,
		.seen = core->facts,
		.now = f->now,
		.clock_suspect = skew_is_suspect(core->skew),
		.has_key = f->key.p != NULL,
		.directory = f->directory,
		.app = f->app,
		.any_number = own_send_is(f->app),
		.number_id = f->number_id,
		.number = f->number,
		.message = &f->message,
		.arena = f->arena,
		.facts = &f->facts,
		.person = &f->person,
		.twin = &f->twin,
		.campaign = f->campaign,
		.ready = f->send_state == SEND_READY,
		.rates = f->resuming,
	};
	int r = gather_facts(&g, err);

	f->forgotten = g.forgotten;
	f->answers = g.waits;
	f->resuming_len = g.rates_len;
	f->recent = g.key;
	f->same_text = g.text;
	return r;
}

int flow_load(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	int r = rebind(f, c, err);

	if (r < 0)
		return r;
	f->now = clock_now();
	f->stops = atomic_load(&core->stops);
	r = gather(f, c, err);
	f->facts.foreseen = f->foreseen;
	return r < 0 ? r : load_repetition(f, c, err);
}

int flow_judge(struct flow *f, struct err *err)
{
	struct core *core = f->lane->core;

	if (policy_decide(&f->facts, &f->message, core->pack, f->now, f->arena, &f->decision) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while deciding.");
	if (!f->app)
		keep_only_app_unknown(&f->decision);
	/* What is only observed is not the reason why something does not leave. */
	if (core->options.mode == MODE_OBSERVE && !own_send_is(f->app))
		decision_lead_by_binding(&f->decision);
	return 0;
}

int flow_decide(struct flow *f, struct store_conn *c, struct err *err)
{
	int r = flow_load(f, c, err);

	return r < 0 ? r : flow_judge(f, err);
}
