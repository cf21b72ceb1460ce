#include "flow/upkeep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/consent_undo.h"
#include "domain/inbox.h"
#include "domain/outbox.h"
#include "flow/live.h"

static struct upkeep *upkeep;

static int set_up(void **state)
{
	struct err err = { 0 };
	int r = live_begin(state);
	struct live *l = *state;

	MUST(upkeep_open(l->lane, &upkeep, &err), &err);
	return r;
}

static int tear_down(void **state)
{
	upkeep_stop(upkeep);
	int r = live_end(state);
	upkeep_close(&upkeep);
	return r;
}

/* Of each kind one row that has been kept long enough, one that has not, and of one kind more than a
 * slice. */
static const struct {
	const char *name, *insert, *left; /* literals for the store */
	int64_t keep_days;
} kinds[] = {
	{ "alarm", "INSERT INTO alarm (id, at, kind, scope, detail) VALUES (?1, ?2, 'k', '', '')",
	    "SELECT count(*) FROM alarm", 365 },
	{ "media", "INSERT INTO media (id, waba, at) VALUES (?1, '10', ?2)",
	    "SELECT count(*) FROM media", 30 },
	{ "marketing", "INSERT INTO marketing_sent (person, decision, at) VALUES (?1, ?1, ?2)",
	    "SELECT count(*) FROM marketing_sent", 31 },
	{ "marks", "INSERT INTO person_mark (person, at, kind, scope) VALUES (?1, ?2, 1, '')",
	    "SELECT count(*) FROM person_mark", 90 },
	{ "quarantine", "INSERT INTO quarantine (id, at, kind, scope) VALUES (?1, ?2, 'k', '')",
	    "SELECT count(*) FROM quarantine", 90 },
	{ "contacts",
	    "INSERT INTO contact_made (id, at, app, number, edge, action)"
	    " VALUES (?1, ?2, 'crm', '1', 'calls', '')",
	    "SELECT count(*) FROM contact_made", 730 },
	{ "inbox",
	    "INSERT INTO inbox (id, at, fields, facts, body) VALUES (?1, ?2, 'messages', 1, 'x')",
	    "SELECT count(*) FROM inbox", 8 },
	{ "seen", "INSERT INTO seen (id, at, received, facts) VALUES (?1, ?2, ?2, 'x')",
	    "SELECT count(*) FROM seen", 8 },
};

static int fill(struct live *l, struct store_conn *c, struct err *err)
{
	struct id_gen ids = { 0 };
	int r = 0;

	(void)l;
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(kinds); i++) {
		time_ms edge = NOW - kinds[i].keep_days * MS_PER_DAY;
		for (int n = 0; r == 0 && n < 2500; n++) {
			ids.last = 0;
			time_ms at = edge - 2500 + n;
			r = store_do(c, err, kinds[i].insert, "im", (int64_t)id_next(&ids, at), at);
		}
		ids.last = 0;
		if (r == 0)
			r = store_do(c, err, kinds[i].insert, "im",
			    (int64_t)id_next(&ids, edge + MS_PER_MIN), edge + MS_PER_MIN);
	}
	return r;
}

static bool all_gone(void *arg)
{
	struct live *l = arg;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (live_int(l, kinds[i].left) > 1)
			return false;
	}
	return !upkeep_is_busy(upkeep);
}

/* One call: what it leaves is done by rounds that follow by themselves, and the young ones stay. */
static void rounds_follow_until_nothing_is_left(void **state)
{
	struct live *l = *state;

	live_do(l, fill);
	upkeep_run(upkeep);
	turn_until(l->loop, "the old rows to go", all_gone, l);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (live_int(l, kinds[i].left) != 1)
			fail_msg("%s", kinds[i].name);
	}
}

static int add_forward(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;

	return forward_add(c, &core->key, id_next(&core->ids, clock_now()), STR("app_gone"),
	    STR("{}"), clock_now(), err);
}

static bool is_done(void *arg)
{
	(void)arg;
	return !upkeep_is_busy(upkeep);
}

static void events_that_nobody_delivers_leave_a_trace(void **state)
{
	struct live *l = *state;

	live_do(l, add_forward);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 1);
	live_clock(NOW + pack_limits(l->core->pack)->forward.total_ms + MS_PER_DAY + 1000);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 0);
	assert_int_equal(live_int(l,
			     "SELECT count(*) FROM alarm WHERE kind = 'forward.given_up'"
			     " AND scope = 'app_gone'"),
	    1);
	assert_int_equal(atomic_load(&l->core->counters.forwards_given_up), 1);
}

static int restrict_both(struct live *l, struct store_conn *c, struct err *err)
{
	int r = waba_restrict(
	    c, STR(WABA), STR("RESTRICTED_BIZ_INITIATED_MESSAGING"), NOW + MS_PER_HOUR, NOW, err);

	(void)l;
	return r < 0 ? r
		     : store_do(c, err,
			   "INSERT INTO restricted (id, at, until_at, body) VALUES (1, ?1, ?2, ?3)",
			   "mmb", NOW, NOW + MS_PER_HOUR, STR("x"));
}

static void nothing_ends_by_a_suspect_clock(void **state)
{
	static const char left[] = "SELECT (SELECT count(*) FROM waba_restriction)"
				   " + (SELECT count(*) FROM restricted)";
	struct live *l = *state;
	struct err err = { 0 };

	live_do(l, restrict_both);
	assert_null(l->core->skew);
	MUST(skew_new(&pack_limits(l->core->pack)->clock, &l->core->skew, &err), &err);
	live_clock(NOW + 2 * MS_PER_HOUR);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, left), 2);
	skew_free(&l->core->skew);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, left), 0);
}

/* A send that no webhook followed for half an hour, one that was never delivered, and a message that nobody
 * answered. */
static int fall_silent(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;
	mono_ns long_ago = clock_mono() - 31LL * 60 * 1000000000;
	struct id_gen ids = { 0 };
	const struct journal_entry e = {
		.id = id_next(&ids, NOW - 50 * MS_PER_HOUR),
		.at = NOW - 50 * MS_PER_HOUR,
		.app = STR("crm"),
		.number = STR(NUMBER),
		.person = 4711,
		.kind = MESSAGE_TEMPLATE,
		.state = SEND_SENT,
		.policy = STR("test"),
	};
	int r = silence_sent(core->silence, STR(NUMBER), long_ago, err);

	if (r == 0)
		r = journal_add(c, &core->ledger, &e, err);
	if (r == 0)
		r = delivered_set(c, 4711, PURPOSE_UTILITY, NOW - 60 * MS_PER_HOUR, err);
	if (r == 0)
		r = contact_inbound(c, 4711, STR(NUMBER), NOW - 25 * MS_PER_HOUR, err);
	if (r == 0)
		r = contact_waits(c, 4711, STR(NUMBER), NOW - 25 * MS_PER_HOUR, err);
	return r;
}

static int hear(struct live *l, struct store_conn *c, struct err *err)
{
	(void)c;
	(void)err;
	silence_heard(l->core->silence, STR(NUMBER));
	return 0;
}

#define SILENT_PAUSES "SELECT count(*) FROM pause WHERE reason = 'webhook_silence'"

static bool counts_are_written(void *arg)
{
	struct live *l = arg;

	/* SIGNAL_KNOWN, SIGNAL_ONLY_SENT, SIGNAL_ASKED, SIGNAL_UNANSWERED */
	return live_int(l,
		   "SELECT count(*) FROM signal_hour WHERE scope = 1 AND what BETWEEN 11 AND 14"
		   " AND n = 1") == 4;
}

static void what_does_not_come_is_a_signal(void **state)
{
	struct live *l = *state;

	live_do(l, fall_silent);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, SILENT_PAUSES), 1);
	turn_until(l->loop, "the counts", counts_are_written, l);
	live_do(l, hear);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, SILENT_PAUSES), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM resume WHERE since IS NOT NULL"), 1);
	assert_true(counts_are_written(l));
}

/* One person is written to, and more may not be: the share is used up. No alarm of that can be stored. */
static int use_up(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;
	const struct directory *d;
	unsigned counted;
	int r = portfolio_set_limit(c, STR("500"), true, 1, NOW, err);

	core_directory_changed(core);
	if (r == 0)
		r = core_directory_now(core, c, &d, err);
	if (r == 0)
		r = budget_spend(core->budget, c, directory_number(d, STR(NUMBER)), 4711,
		    BUDGET_PORTFOLIO, false, NOW, &counted, err);
	return r < 0 ? r
		     : store_exec(c,
			   "CREATE TRIGGER no_alarm BEFORE INSERT ON alarm"
			   " WHEN NEW.kind = 'portfolio.share_used'"
			   " BEGIN SELECT RAISE(ABORT, 'refused'); END",
			   err);
}

static int let_alarms_in(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c, "DROP TRIGGER no_alarm", err);
}

#define USED_UP "SELECT count(*) FROM alarm WHERE kind = 'portfolio.share_used'"

static void an_alarm_that_was_not_stored_comes_again(void **state)
{
	static const int64_t told[] = { 0, 1, 1 };
	struct live *l = *state;

	live_do(l, use_up);
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		if (i == 1)
			live_do(l, let_alarms_in);
		upkeep_run(upkeep);
		turn_until(l->loop, "the round", is_done, NULL);
		assert_int_equal(live_int(l, USED_UP), told[i]);
	}
}

#define LISTED 250 /* people: some rounds */

/* Everybody agreed by a list, which somebody began to undo. */
static int begin_an_undo(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;
	struct consent_import x = { .id = 7,
		.at = NOW,
		.ended_at = NOW,
		.undone_at = TIME_NONE,
		.by = STR("admin"),
		.form = STR("csv"),
		.state = IMPORT_DONE };
	struct arena *a = arena_new(0, 0);
	int r = a ? consent_import_begin(c, &x, err) : -E_NOMEM;

	for (uint64_t i = 0; r == 0 && i < LISTED; i++) {
		struct consent_entry e = { .purpose = PURPOSE_MARKETING,
			.act = CONSENT_GRANT,
			.at = NOW - MS_PER_DAY,
			.evidence = EVIDENCE_IMPORTED,
			.import_id = x.id };
		enum import_fate fate;
		struct person p;
		r = person_get(c, (struct phone){ 393331200000 + i }, STR_NONE, STR("500"),
		    &core->ids, NOW, a, &p, err);
		e.person = p.id;
		if (r >= 0)
			r = consent_import_act(c, &core->ledger, &e, NOW, &fate, err);
	}
	if (r == 0)
		r = consent_import_undo(c, &core->ledger, 1, NOW, a, &x, err);
	arena_free(&a);
	return r < 0 ? r : 0;
}

static bool is_undone(void *arg)
{
	return live_int(arg, "SELECT state FROM consent_import") == IMPORT_UNDONE &&
	    !upkeep_is_busy(upkeep);
}

static void an_undo_comes_to_its_end(void **state)
{
	struct live *l = *state;

	live_do(l, begin_an_undo);
	assert_int_equal(live_int(l, "SELECT state FROM consent_import"), IMPORT_UNDOING);
	uint64_t stops = atomic_load(&l->core->stops);
	upkeep_run(upkeep);
	turn_until(l->loop, "the end of the undo", is_undone, l);
	assert_int_equal(live_int(l, "SELECT undone FROM consent_import"), LISTED);
	assert_int_equal(live_int(l, "SELECT count(*) FROM consent WHERE act = 2"), LISTED);
	assert_true(atomic_load(&l->core->stops) > stops);
}

static void nothing_begins_once_stopped(void **state)
{
	struct live *l = *state;

	upkeep_stop(upkeep);
	upkeep_run(upkeep);
	assert_false(upkeep_is_busy(upkeep));
	assert_int_equal(writer_waiting(l->core->writer), 0);
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(rounds_follow_until_nothing_is_left),
		WITH(events_that_nobody_delivers_leave_a_trace),
		WITH(nothing_ends_by_a_suspect_clock),
		WITH(what_does_not_come_is_a_signal),
		WITH(an_alarm_that_was_not_stored_comes_again),
		WITH(an_undo_comes_to_its_end),
		WITH(nothing_begins_once_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
