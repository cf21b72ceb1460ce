#include "flow/witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "flow/live.h"
#include "transport/mail_test_peer.h"

static struct witness *witness;
static char folder[64], file[96];

static void open_retrying(struct live *l, const char *path, const char *url, int64_t retry_ms)
{
	static struct witness_options o;
	struct err err = { 0 };

	o = (struct witness_options){ .file = path, .url = url, .retry_ms = retry_ms };
	MUST(witness_open(l->lane, &o, &witness, &err), &err);
}

static void open_witness(struct live *l, const char *path, const char *url)
{
	open_retrying(l, path, url, WITNESS_RETRY_MS);
}

static int set_up(void **state)
{
	strcpy(folder, "/tmp/varco-witness-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/checkpoint.txt", folder);
	return live_begin(state);
}

static int tear_down(void **state)
{
	witness_stop(witness);
	witness_close(&witness);
	scratch_remove(folder);
	return live_end(state);
}

static int act(struct live *l, struct store_conn *c, struct err *err)
{
	const struct audit_act a = { .at = clock_now(), .by = STR("admin"), .operation = STR("x") };

	return core_operator_act(l->core, c, &a, STR("{\"operation\":\"x\"}"), err);
}

static int many_acts(struct live *l, struct store_conn *c, struct err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < 2500; i++)
		r = act(l, c, err);
	return r;
}

static bool is_idle(void *arg)
{
	(void)arg;
	return witness_is_idle(witness);
}

static void look(struct live *l)
{
	witness_run(witness);
	turn_until(l->loop, "the round", is_idle, NULL);
}

/* The size that the note at `path` speaks of; 0 = there is none. It is signed by the core's key. */
static uint64_t size_of(struct live *l, const char *path)
{
	struct note_point p = { .size = 0 };
	struct err err = { 0 };
	struct buf text;

	buf_init(&text, 0);
	if (file_read(path, NOTE_MAX, &text, NULL) == 0) {
		MUST(note_read(buf_str(&text), &p, &err), &err);
		assert_true(note_is_signed(&p, &l->core->signer.verifier));
	}
	buf_done(&text);
	return p.size;
}

#define POINTS "SELECT count(*) FROM ledger_checkpoint"
#define ALARMS "SELECT count(*) FROM alarm WHERE kind = 'ledger.checkpoint_untold'"

static void a_checkpoint_an_hour(void **state)
{
	struct live *l = *state;

	open_witness(l, file, NULL);
	live_do(l, act);
	look(l);
	int64_t first = (int64_t)size_of(l, file);
	assert_true(first > 0);
	assert_int_equal(live_int(l, POINTS), 1);
	live_do(l, act);
	live_clock(NOW + MS_PER_HOUR - 1);
	look(l);
	assert_int_equal(live_int(l, POINTS), 1);
	live_clock(NOW + MS_PER_HOUR);
	look(l);
	assert_int_equal(live_int(l, POINTS), 2);
	assert_int_equal(size_of(l, file), first + 2);
	live_clock(NOW + 2 * MS_PER_HOUR);
	look(l);
	assert_int_equal(live_int(l, POINTS), 2); /* nothing came but its own entry */
	assert_int_equal(live_int(l, ALARMS), 0);
}

static void a_file_for_each(void **state)
{
	struct live *l = *state;
	char path[128];

	open_witness(l, folder, NULL);
	live_do(l, act);
	look(l);
	(void)snprintf(path, sizeof(path), "%s/checkpoint-%012lld.txt", folder,
	    (long long)live_int(l, "SELECT max(size) FROM ledger_checkpoint"));
	assert_true(size_of(l, path) > 0);
}

static void posted(void **state)
{
	struct live *l = *state;
	struct note_point p;
	struct err err = { 0 };

	l->hook_status = 200;
	open_witness(l, NULL, l->hook_url);
	live_do(l, act);
	look(l);
	assert_int_equal(l->heard, 1);
	MUST(note_read(buf_str(&l->hook), &p, &err), &err);
	assert_true(note_is_signed(&p, &l->core->signer.verifier));
	look(l);
	assert_int_equal(l->heard, 1);
}

/* Told once by an alarm, and not tried again at once. */
static void what_is_not_told_leaves_an_alarm(void **state)
{
	struct live *l = *state;

	l->hook_status = 500;
	open_witness(l, "/nowhere/at/all/checkpoint.txt", l->hook_url);
	live_do(l, act);
	look(l);
	assert_int_equal(l->heard, 1);
	assert_int_equal(live_int(l, ALARMS), 2);
	assert_int_equal(live_int(l, ALARMS " AND scope = 'url' AND detail LIKE '%status=500'"), 1);
	look(l);
	assert_int_equal(l->heard, 1);
	assert_int_equal(live_int(l, ALARMS), 2);
}

/* At every look here: one alarm for each place and checkpoint, until it is well. */
static void what_is_not_told_is_tried_again(void **state)
{
	struct live *l = *state;
	char missing[128], inside[160];

	(void)snprintf(missing, sizeof(missing), "%s/later", folder);
	(void)snprintf(inside, sizeof(inside), "%s/checkpoint.txt", missing);
	l->hook_status = 500;
	open_retrying(l, inside, l->hook_url, 0);
	live_do(l, act);
	for (int i = 1; i <= 3; i++) {
		look(l);
		assert_int_equal(l->heard, i);
		assert_int_equal(live_int(l, ALARMS), 2);
	}
	live_do(l, act);
	live_clock(NOW + MS_PER_HOUR);
	look(l);
	assert_int_equal(live_int(l, ALARMS), 4);
	assert_int_equal(mkdir(missing, 0700), 0);
	l->hook_status = 200;
	look(l);
	assert_int_equal(l->heard, 5);
	assert_true(size_of(l, inside) > 0);
	look(l);
	assert_int_equal(l->heard, 5);
	assert_int_equal(live_int(l, ALARMS), 4);
	assert_int_equal(unlink(inside), 0);
}

/* The note is the letter's body, and the letter of one checkpoint is always the same. */
static void mailed(void **state)
{
	static struct smtp_peer peer;
	static struct teller_mailboxes boxes;
	static struct witness_options o;
	const struct smtp_script later = { .end = "451 later" }, well = { 0 };
	struct live *l = *state;
	char id[80];
	struct err err = { 0 };

	smtp_start(&peer);
	boxes = (struct teller_mailboxes){ .smtp_url = peer.url,
		.from = STR("varco@gate.example"),
		.to = { STR("ops@shop.example") },
		.to_len = 1 };
	o = (struct witness_options){ .mailboxes = &boxes };
	MUST(witness_open(l->lane, &o, &witness, &err), &err);
	live_do(l, act);
	smtp_set(&peer, &later);
	look(l);
	assert_int_equal(live_int(l, ALARMS " AND scope = 'mail'"), 1);
	smtp_set(&peer, &well);
	look(l);
	look(l);
	assert_int_equal(smtp_letters(&peer), 2);
	assert_int_equal(live_int(l, ALARMS), 1);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM alarm WHERE kind = 'ledger.checkpoint_told'"), 1);
	(void)snprintf(id, sizeof(id), "Message-ID: <checkpoint.%lld.",
	    (long long)live_int(l, "SELECT max(size) FROM ledger_checkpoint"));
	assert_true(smtp_saw(&peer, false, id));
	assert_true(smtp_saw(&peer, false, "\nvarco-ledger/"));
	assert_true(smtp_saw(&peer, false, "\n=E2=80=94 varco-ledger/"));
	smtp_stop(&peer);
}

static int hide_tiles(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c, "ALTER TABLE ledger_tile RENAME TO hidden", err);
}

static int show_tiles(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c, "ALTER TABLE hidden RENAME TO ledger_tile", err);
}

static int hide_alarms(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c, "ALTER TABLE alarm RENAME TO hidden", err);
}

static int show_alarms(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c, "ALTER TABLE hidden RENAME TO alarm", err);
}

static void a_round_that_fails_is_followed_by_others(void **state)
{
	struct live *l = *state;

	open_retrying(l, "/nowhere/at/all/checkpoint.txt", NULL, 0);
	live_do(l, act);
	live_do(l, hide_tiles);
	look(l);
	assert_int_equal(live_int(l, POINTS), 0);
	live_do(l, show_tiles);
	live_do(l, hide_alarms);
	look(l);
	assert_int_equal(live_int(l, POINTS), 1);
	live_do(l, show_alarms);
	assert_int_equal(live_int(l, ALARMS), 0);
	look(l);
	assert_int_equal(live_int(l, ALARMS), 1);
}

static bool all_kept(void *arg)
{
	struct live *l = arg;

	return witness_is_idle(witness) && live_int(l, POINTS) > 0;
}

/* Rounds follow by themselves until all hashes are kept; only then is the ledger signed. */
static void hashes_come_first(void **state)
{
	struct live *l = *state;

	open_witness(l, file, NULL);
	live_do(l, many_acts);
	witness_run(witness);
	turn_until(l->loop, "the checkpoint", all_kept, l);
	assert_int_equal(live_int(l, "SELECT count(*) FROM ledger_tile"), 9);
	assert_true(size_of(l, file) >= 2500);
}

static void nothing_begins_once_stopped(void **state)
{
	struct live *l = *state;

	open_witness(l, file, NULL);
	witness_stop(witness);
	witness_run(witness);
	assert_true(witness_is_idle(witness));
	assert_int_equal(live_int(l, POINTS), 0);
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_checkpoint_an_hour),
		WITH(a_file_for_each),
		WITH(posted),
		WITH(mailed),
		WITH(what_is_not_told_leaves_an_alarm),
		WITH(what_is_not_told_is_tried_again),
		WITH(a_round_that_fails_is_followed_by_others),
		WITH(hashes_come_first),
		WITH(nothing_begins_once_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
