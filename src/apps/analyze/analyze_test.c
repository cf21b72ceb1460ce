/* Whole analyses of tables made here: the same report whatever the number of threads, the size of pieces
 * and that of runs. */
#include "apps/analyze/analyze.h"

#include "apps/analyze/report.h"
#include "base/check.h"
#include "base/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define ROWS 4000
#define PEOPLE 300

static uint64_t dice(uint64_t i, uint64_t sides)
{
	return (i + 1) * UINT64_C(0x9e3779b97f4a7c15) % 1000003 % sides;
}

static void add_time(struct buf *b, uint64_t i)
{
	uint64_t minute = i * 7 + dice(i, 90);

	buf_addf(b, "2026-10-%02u %02u:%02u", (unsigned)(1 + minute / 1440 % 28),
	    (unsigned)(minute / 60 % 24), (unsigned)(minute % 60));
}

/* To numbers and BSUIDs, with answers among them, quoted line ends, rows that nobody can use, and
 * everything that a pool or a tally keeps. */
static void make_traffic(struct buf *b)
{
	static const char *const statuses[] = { "read", "delivered", "sent", "failed", "?" };

	buf_add_c(b,
	    "\xef\xbb\xbftime,from,to,bsuid,direction,template,category,status,error,app,"
	    "list,text,button,id\r\n");
	for (uint64_t i = 0; i < ROWS; i++) {
		unsigned person = (unsigned)dice(i, PEOPLE);
		bool in = i % 9 == 4;
		add_time(b, i);
		if (in)
			buf_addf(b, ",+393331234%03u,+3902123456%02u,,in,,,,,,,%s,%s,\r\n", person,
			    (unsigned)dice(i, 3), dice(i, 5) ? "Grazie" : "STOP",
			    dice(i, 2) ? "Scopri" : "");
		else if (i % 11 == 3)
			buf_addf(b,
			    ",+390212345600,,IT.Ab%u,out,saldi,marketing,%s,,crm,Sito,,,\r\n",
			    person, statuses[dice(i, 5)]);
		else
			buf_addf(b,
			    ",+3902123456%02u,%s%03u,,out,t%u,%s,%s,%u,app%u,\"lista \"\"%u\"\"\r\nb\",,,%llu\r\n",
			    (unsigned)dice(i, 3), i % 101 ? "+393331234" : "nessuno", person,
			    (unsigned)dice(i, 40), dice(i, 3) ? "marketing" : "utility",
			    statuses[dice(i * 3, 5)],
			    dice(i, 4) ? 0 : 131000 + (unsigned)dice(i, 60), (unsigned)dice(i, 7),
			    (unsigned)dice(i, 20), (unsigned long long)(i / 2));
		if (i % 500 == 77)
			buf_add_c(b, "\r\nieri,,,\r\n");
	}
}

static void make_consents(struct buf *b)
{
	buf_add_c(b, "phone,bsuid,purpose,act,at,evidence\n");
	for (unsigned i = 0; i < PEOPLE; i += 2)
		buf_addf(b, "+393331234%03u,,%s,%s,2026-0%u-01T09:00:00Z,form\n", i,
		    i % 4 ? "marketing" : "utility", i % 5 ? "grant" : "withdraw", 1 + i % 9);
}

/* A file with that in it; the caller unlinks and frees. */
static char *write_file(void (*make)(struct buf *b))
{
	char *path = strdup("/tmp/varco-analyze-test-XXXXXX");
	int fd = path ? mkstemp(path) : -1;
	struct buf b;

	buf_init(&b, 0);
	make(&b);
	assert_true(fd >= 0 && !b.failed);
	assert_int_equal(write(fd, b.p, b.len), (ssize_t)b.len);
	(void)close(fd);
	buf_done(&b);
	return path;
}

static int on_person(void *user, const struct analyze_person *p, struct err *err)
{
	(void)err;
	analysis_person(p, LANG_EN, user);
	return 0;
}

static void on_progress(void *user, const struct analyze_progress *p)
{
	(void)user;
	assert_true(p->done <= p->of && p->rows <= 2 * ROWS);
}

struct setting {
	size_t threads, piece, run;
};

static void analyze(
    const char *traffic, const char *consents, const struct setting *s, struct buf *out)
{
	struct analysis *a = NULL;
	struct err err = { 0 };
	const struct analyze_options o = {
		.traffic = traffic,
		.consents = consents,
		.zone = STR("Europe/Rome"),
		.country = STR("IT"),
		.tmp_dir = "/tmp",
		.threads = s->threads,
		.piece = s->piece,
		.run = s->run,
		.on_person = on_person,
		.on_progress = on_progress,
		.user = out,
	};

	if (analyze_run(&o, &a, &err) < 0)
		fail_msg("%zu threads: %s", s->threads, err.text);
	analysis_json(a, "traffic.csv", LANG_EN, true, out);
	analysis_free(&a);
}

static void test_same_report(void **state)
{
	static const struct setting settings[] = { { 1, 0, 0 }, { 2, 0, 0 }, { 1, 300, 100 },
		{ 2, 5000, 1000 }, { 4, 1000, 37 }, { 16, 100, 2 } };
	char *traffic = write_file(make_traffic), *consents = write_file(make_consents);
	struct buf first;

	(void)state;
	buf_init(&first, 0);
	analyze(traffic, consents, &settings[0], &first);
	assert_non_null(strstr(first.p, "\"people\":"));
	for (size_t i = 1; i < ARRAY_LEN(settings); i++) {
		struct buf again;
		buf_init(&again, 0);
		analyze(traffic, consents, &settings[i], &again);
		if (!str_eq(buf_str(&first), buf_str(&again)))
			fail_msg("%zu threads, pieces of %zu, runs of %zu: another report",
			    settings[i].threads, settings[i].piece, settings[i].run);
		buf_done(&again);
	}
	buf_done(&first);
	(void)unlink(traffic);
	(void)unlink(consents);
	free(traffic);
	free(consents);
}

/* The number is that of the row in the file, whichever thread came upon it. */
static void make_broken(struct buf *b)
{
	buf_add_c(b, "time,to,template\n");
	for (unsigned i = 2; i < 900; i++)
		buf_addf(b, "2026-10-05T10:00:00Z,+393331234501,%s\n",
		    i == 500       ? "sal\"di"
			: i == 700 ? "\"a\nb"
				   : "saldi");
}

static void test_first_error(void **state)
{
	char *traffic = write_file(make_broken);

	(void)state;
	for (size_t threads = 1; threads <= 8; threads *= 2) {
		struct analysis *a = NULL;
		struct err err = { 0 };
		const struct analyze_options o = {
			.traffic = traffic,
			.zone = STR("UTC"),
			.tmp_dir = "/tmp",
			.threads = threads,
			.piece = 500,
			.run = 50,
		};
		assert_int_equal(analyze_run(&o, &a, &err), -E_INVALID);
		if (!strstr(err.text, "Line 500, column 39:"))
			fail_msg("%zu threads: %s", threads, err.text);
	}
	(void)unlink(traffic);
	free(traffic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_report),
		cmocka_unit_test(test_first_error),
	};
	struct err err = { 0 };

	if (crypto_init(&err) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
