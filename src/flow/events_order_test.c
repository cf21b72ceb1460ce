/* Meta delivers late, twice and in any order: what is known of accounts, numbers and templates in the end
 * is the same. Every file of tests/payloads that tells of them is posted, each a minute younger than the
 * one before it in the alphabet. */
#include "flow/events.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "domain/template.h"
#include "flow/world.h"

#define PAYLOADS "tests/payloads/" /* tests run at the root of the repository */
#define WABA "700100200300401"
#define FILES_MAX 200
#define THEN 1794000500LL /* the time of every entry in the files */

static char files[FILES_MAX][120];
static size_t files_len;

static bool starts_with_one_of(const char *name, const char *const *words, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (str_starts(str_c(name), str_c(words[i])))
			return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int list_files(void **state)
{
	static const char *const fields[] = { "account_", "automatic_events", "business_",
		"consumer_profile", "flows", "group_", "message_template", "partner_solutions",
		"payment_", "phone_number_", "security", "template_", "tracking_events" };
	struct dirent *entry;
	DIR *dir = opendir(PAYLOADS);

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (!starts_with_one_of(entry->d_name, fields, ARRAY_LEN(fields)))
			continue;
		assert_true(files_len < FILES_MAX);
		(void)snprintf(files[files_len++], sizeof(files[0]), "%s", entry->d_name);
	}
	closedir(dir);
	qsort(files, files_len, sizeof(files[0]), by_name);
	assert_true(files_len > 90);
	return fixture_open(state);
}

/* The file as it would come at its time. */
static struct str load(struct fixture *f, size_t i)
{
	static const char time[] = "1794000500";
	char path[200], now[24];
	struct buf text;

	(void)snprintf(path, sizeof(path), PAYLOADS "%s", files[i]);
	(void)snprintf(now, sizeof(now), "%lld", THEN + 60 * (long long)i);
	buf_init(&text, 0);
	OK(file_read(path, 1 << 20, &text, &f->err));
	char *at = strstr(text.p, "\"time\"");
	at = at ? strstr(at, time) : NULL;
	if (at)
		memcpy(at, now, strlen(now));
	struct str ret = arena_str(f->arena, buf_str(&text));
	buf_done(&text);
	return ret;
}

static void post(struct world *w, size_t i)
{
	struct fixture *f = w->f;
	struct events_tally tally = { 0 };
	struct event_list events;
	const struct json *root;

	OK(webhook_read(f->arena, load(f, i), &events, &root, &f->err));
	for (size_t k = 0; k < events.len; k++) {
		struct seen_fact fact = { .at = events.items[k].at };
		uint8_t key[32];
		event_key(&events.items[k], key);
		memcpy(fact.key, key, SEEN_KEY_LEN);
		struct event_work work = {
			.core = &w->core,
			.c = f->conn,
			.directory = world_directory(w),
			.event = &events.items[k],
			.key = fact.key,
			.now = NOW,
			.arena = f->arena,
			.tally = &tally,
			.err = &f->err,
		};
		OK(events_apply(&work));
	}
}

static void seed(struct world *w)
{
	struct fixture *f = w->f;
	struct account_values account = { .waba = STR(WABA),
		.portfolio = STR("900300400500601"),
		.name = STR("Loja"),
		.country = STR("BR") };
	struct number_values number = {
		.waba = STR(WABA), .id = STR("810200300400501"), .display = STR("+15550000101")
	};
	const struct json *tpl;
	bool created;

	OK(account_add(f->conn, &f->key, &account, NOW, &created, &f->err));
	OK(number_add(f->conn, &number, NOW, &created, &f->err));
	OK(json_read(f->arena,
	    STR("{\"name\":\"pedido_enviado\",\"language\":\"pt_BR\",\"category\":\"UTILITY\"}"),
	    &tpl, &f->err));
	OK(template_put(f->conn, STR(WABA), tpl, false, NOW, &created, &f->err));
	core_directory_changed(&w->core);
}

#define MAYBE(column) "coalesce(CAST(" column " AS TEXT), '-')"

/* All that the files can change, but for when a row was written. */
static void dump(struct fixture *f, struct buf *out)
{
	static const char *const queries[] = {
		"SELECT state || ' ' || payment_ok || ' ' || " MAYBE(
		    "warning") " || ' '"
			       " || " MAYBE("warned_at") " || ' ' || " MAYBE(
				   "review") " || ' '"
					     " || " MAYBE(
						 "disable_at") " FROM waba WHERE id = '" WABA "'",
		"SELECT type || ' ' || " MAYBE("until_at") " FROM waba_restriction ORDER BY type",
		"SELECT " MAYBE("people_limit") " FROM portfolio WHERE id = '900300400500601'",
		"SELECT status || ' ' || quality || ' ' || throughput || ' '"
		" || " MAYBE("name_status") " || ' ' || " MAYBE(
		    "verified_name") " FROM number WHERE waba = '" WABA "'",
		"SELECT name || ' ' || status || ' ' || quality || ' ' || category || ' '"
		" || correct_category || ' ' || " MAYBE(
		    "category_change_at") " || ' '"
					  " || " MAYBE("paused_until") " || ' ' || " MAYBE(
					      "reason") " || ' '"
							" || " MAYBE(
							    "meta_id") " FROM template WHERE waba = '" WABA
								       "'",
	};
	struct store_stmt *s;

	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		OK(store_ask(f->conn, &s, &f->err, queries[i], ""));
		while (store_step(s, &f->err) > 0)
			buf_addf(out, "%.*s\n", STR_ARG(store_col_text(s, 0)));
		store_reset(s);
	}
}

/* The files in that order, in a world of their own. */
static void run(struct fixture *f, const size_t *order, size_t len, struct buf *out)
{
	struct world w;

	world_make(&w, f);
	seed(&w);
	for (size_t i = 0; i < len; i++)
		post(&w, order[i]);
	buf_reset(out);
	dump(f, out);
	world_done(&w);
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
}

static void shuffle(size_t *order, size_t len, uint32_t seed_word)
{
	for (size_t i = len; i > 1; i--) {
		seed_word = seed_word * 1664525u + 1013904223u;
		size_t k = (seed_word >> 8) % i, kept = order[i - 1];
		order[i - 1] = order[k];
		order[k] = kept;
	}
}

static void compare(struct fixture *f, const char *name, const size_t *order, size_t len,
    const struct buf *expected)
{
	struct buf got;

	buf_init(&got, 0);
	run(f, order, len, &got);
	if (!str_eq(buf_str(&got), buf_str(expected)))
		fail_msg("%s:\n%.*s\ninstead of\n%.*s", name, STR_ARG(buf_str(&got)),
		    STR_ARG(buf_str(expected)));
	buf_done(&got);
}

static void every_order_ends_alike(void **state)
{
	struct fixture *f = *state;
	size_t order[2 * FILES_MAX];
	struct buf expected;

	for (size_t i = 0; i < files_len; i++)
		order[i] = i;
	buf_init(&expected, 0);
	run(f, order, files_len, &expected);
	assert_non_null(strstr(expected.p, "RESTRICTED_BIZ_INITIATED_MESSAGING"));
	assert_non_null(strstr(expected.p, "pedido_enviado"));
	for (size_t i = 0; i < files_len; i++)
		order[i] = files_len - 1 - i;
	compare(f, "backwards", order, files_len, &expected);
	for (size_t i = 0; i < 2 * files_len; i++)
		order[i] = i / 2;
	compare(f, "each twice", order, 2 * files_len, &expected);
	for (size_t i = 0; i < 2 * files_len; i++)
		order[i] = i % files_len;
	compare(f, "all twice", order, 2 * files_len, &expected);
	for (uint32_t word = 1; word <= 20; word++) {
		shuffle(order, 2 * files_len, word);
		compare(f, "shuffled", order, 2 * files_len, &expected);
	}
	buf_done(&expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(every_order_ends_alike),
	};

	return cmocka_run_group_tests(tests, list_files, fixture_close);
}
