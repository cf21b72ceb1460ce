#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "flow/core.h"
#include "store/scratch.h"

struct house {
	struct scratch scratch, credentials;
	char path[128]; /* of the last file named */
};

static int set_up(void **state)
{
	static struct house h;

	scratch_make(&h.scratch);
	scratch_make(&h.credentials);
	*state = &h;
	return 0;
}

static int tear_down(void **state)
{
	struct house *h = *state;

	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	scratch_remove(h->scratch.dir);
	scratch_remove(h->credentials.dir);
	return 0;
}

/* One start and end; the public half of the key that the ledger is signed with. */
static int start(struct house *h, struct ed25519_public *ret, struct err *err)
{
	const struct core_options o = {
		.state_dir = h->scratch.dir, .base_url = "http://127.0.0.1:1", .max_queue = 100
	};
	struct core *core;
	int r = core_open(&o, &core, err);

	if (r < 0)
		return r;
	*ret = core->signer.verifier.public;
	writer_stop(&core->writer);
	core_close(&core);
	return 0;
}

static const char *in(struct house *h, const struct scratch *s, const char *name)
{
	(void)snprintf(h->path, sizeof(h->path), "%s/%s", s->dir, name);
	return h->path;
}

static void put(struct house *h, const char *name, struct str content)
{
	struct err err = { 0 };

	MUST(file_write_atomic(in(h, &h->credentials, name), content, 0600, &err), &err);
}

static bool is_there(struct house *h, const char *name)
{
	return access(in(h, &h->scratch, name), F_OK) == 0;
}

static void test_the_ledger_keeps_its_key(void **state)
{
	struct house *h = *state;
	struct ed25519_public first, second;
	struct note_verifier told;
	struct err err = { 0 };
	struct buf text;

	MUST(start(h, &first, &err), &err);
	MUST(start(h, &second, &err), &err);
	assert_memory_equal(&first, &second, sizeof(first));
	buf_init(&text, 0);
	MUST(file_read(in(h, &h->scratch, "ledger.pub"), NOTE_MAX, &text, &err), &err);
	MUST(note_verifier_read(buf_str(&text), &told, &err), &err);
	assert_memory_equal(&told.public, &first, sizeof(first));
	buf_done(&text);
}

/* Before anything is asked for, so that nothing of this gateway's is taken for the last one's: ids do not tell, since a
 * clock may have been put back. */
static void test_audiences_that_broke_off_end_at_start(void **state)
{
	struct house *h = *state;
	const struct core_options o = {
		.state_dir = h->scratch.dir, .base_url = "http://127.0.0.1:1", .max_queue = 100
	};
	struct core *core;
	struct err err = { 0 };

	MUST(core_open(&o, &core, &err), &err);
	struct store_conn *c = scratch_connect(core->store, STORE_WRITE);
	MUST(
	    store_exec(c,
		"INSERT INTO campaign (id, at, updated_at, state, name, number, waba, plan, digest,"
		" made_by, total, wave, wave_used, choice, snapshot, busy) VALUES"
		" (1, 1, 1, 1, 'new', '1', '1', '{}', '', 'x', 0, 0, 0, -1, '', 0),"
		" (2, 1, 1, 1, 'edited', '1', '1', '{}', '', 'x', 0, 0, 0, -1, '', 0),"
		" (3, 1, 1, 1, 'settled', '1', '1', '{}', '', 'x', 0, 0, 0, -1, '', 0);"
		"INSERT INTO campaign_edit (campaign, beside, stage) VALUES (2, 9, 1), (3, 8, 3)",
		&err),
	    &err);
	store_disconnect(&c);
	core_close(&core);
	MUST(core_open(&o, &core, &err), &err);
	c = scratch_connect(core->store, STORE_READ);
	assert_int_equal(scratch_int(c, "SELECT state FROM campaign WHERE id = 1"), 9);
	assert_int_equal(scratch_int(c, "SELECT count(*) FROM campaign WHERE state = 1"), 2);
	assert_int_equal(scratch_int(c, "SELECT stage FROM campaign_edit WHERE campaign = 2"), 2);
	assert_int_equal(scratch_int(c, "SELECT stage FROM campaign_edit WHERE campaign = 3"), 3);
	store_disconnect(&c);
	core_close(&core);
}

/* What an app sent since the last round of upkeep is on record when the gateway stops. */
static void test_what_apps_sent_last_is_kept(void **state)
{
	struct house *h = *state;
	const struct core_options o = {
		.state_dir = h->scratch.dir, .base_url = "http://127.0.0.1:1", .max_queue = 100
	};
	struct core *core;
	struct err err = { 0 };

	MUST(core_open(&o, &core, &err), &err);
	MUST(uses_count(core->uses, STR("crm"), STR("101"), PURPOSE_UTILITY, 1, &err), &err);
	MUST(uses_count(core->uses, STR("crm"), STR("101"), PURPOSE_UTILITY, 2, &err), &err);
	core_close(&core);
	MUST(core_open(&o, &core, &err), &err);
	struct store_conn *c = scratch_connect(core->store, STORE_READ);
	assert_int_equal(scratch_int(c, "SELECT n FROM integration_use WHERE app = 'crm'"), 2);
	store_disconnect(&c);
	core_close(&core);
}

static void test_a_credential_comes_first(void **state)
{
	struct house *h = *state;
	struct ed25519_public key, wanted;
	struct ed25519_secret secret;
	struct err err = { 0 };
	uint8_t seed[ED25519_SEED_LEN] = { 7 };

	put(h, "ledger.key", str_n((const char *)seed, sizeof(seed)));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", h->credentials.dir, 1), 0);
	MUST(start(h, &key, &err), &err);
	ed25519_keys(seed, &secret, &wanted);
	assert_memory_equal(&key, &wanted, sizeof(key));
	assert_false(is_there(h, "ledger.key"));
	assert_true(is_there(h, "varco.key")); /* which no credential brings */
}

/* Another key beside the data would be made, and nobody would know. */
static void test_a_credential_that_will_not_do_is_told(void **state)
{
	static const char *const names[] = { "varco.key", "ledger.key" };
	struct house *h = *state;
	struct ed25519_public key;
	struct err err = { 0 };

	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", h->credentials.dir, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		put(h, names[i], STR("too short"));
		assert_int_equal(start(h, &key, &err), -E_CRYPTO);
		assert_non_null(strstr(err.text, names[i]));
		assert_false(is_there(h, names[i]));
		assert_int_equal(unlink(in(h, &h->credentials, names[i])), 0);
	}
	MUST(start(h, &key, &err), &err);
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_the_ledger_keeps_its_key),
		WITH(test_audiences_that_broke_off_end_at_start),
		WITH(test_what_apps_sent_last_is_kept),
		WITH(test_a_credential_comes_first),
		WITH(test_a_credential_that_will_not_do_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
