#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/torture.h"
#include "base/zone.h"

static struct buf rome; /* a real file, about 2.6 KB */

static int read_rome(void **state)
{
	(void)state;
	buf_init(&rome, 0);
	return file_read("/usr/share/zoneinfo/Europe/Rome", 65536, &rome, NULL);
}

static int drop_rome(void **state)
{
	(void)state;
	buf_done(&rome);
	return 0;
}

static void test_every_beginning_of_a_file(void **state)
{
	struct zone *z = NULL;

	(void)state;
	assert_int_equal(zone_parse(buf_str(&rome), &z), 0);
	assert_int_equal(zone_offset(z, 1767225600), 3600);
	zone_free(&z);
	assert_null(z);
	for (size_t len = 0; len < rome.len; len++) {
		/* A copy of that size, so that the sanitizers see a byte too much. */
		char *copy = mem_alloc(len);
		assert_non_null(copy);
		memcpy(copy, rome.p, len);
		assert_int_equal(zone_parse(str_n(copy, len), &z), -E_INVALID);
		mem_free(copy);
	}
	assert_null(z);
}

/* Whatever one byte does, there is an answer, and offsets stay within a day or so. */
static void test_every_byte_changed(void **state)
{
	static const unsigned char flips[] = { 0x01, 0x40, 0x80, 0xff };
	struct zone *z;

	(void)state;
	for (size_t i = 0; i < rome.len * ARRAY_LEN(flips); i++) {
		char *byte = &rome.p[i / ARRAY_LEN(flips)], was = *byte;
		*byte = (char)(was ^ (char)flips[i % ARRAY_LEN(flips)]);
		if (zone_parse(buf_str(&rome), &z) == 0) {
			for (int64_t t = -9000000000; t < 9000000000; t += 1234567890) {
				int32_t offset = zone_offset(z, t);
				assert_true(offset > -200 * 3600 && offset < 200 * 3600);
			}
			zone_free(&z);
		}
		*byte = was;
	}
}

/* A version 2 file without transitions, of one type, with this footer. */
static int parse_footer(struct str footer, struct zone **ret)
{
	static const char block[44 + 6 + 1] =
	    "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\1\0\0\0\1";
	struct buf file;

	buf_init(&file, 0);
	for (int i = 0; i < 2; i++)
		buf_add(&file, str_n(block, sizeof(block)));
	buf_add_char(&file, '\n');
	buf_add(&file, footer);
	buf_add_char(&file, '\n');
	int rc = zone_parse(buf_str(&file), ret);
	buf_done(&file);
	return rc;
}

enum { WINTER = 1767225600, SUMMER = 1782864000 }; /* 1 January and 1 July 2026 */

static const struct {
	const char *footer;
	int winter, summer; /* offsets in minutes */
} footers[] = {
	{ "", 0, 0 }, { "UTC0", 0, 0 }, { "CET-1CEST,M3.5.0,M10.5.0/3", 60, 120 },
	{ "EST5EDT,M3.2.0,M11.1.0", -300, -240 }, { "<+0545>-5:45", 345, 345 },
	{ "AEST-10AEDT,M10.1.0,M4.1.0/3", 660, 600 }, { "IST-1GMT0,M10.5.0,M3.5.0/1", 0, 60 },
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -120, -60 },
	{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 660, 630 },
	{ "IST-2IDT,M3.4.4/26,M10.5.0", 120, 180 }, { "AAA3BBB2,J60,J300", -180, -120 },
	{ "AAA3BBB2,59/0,299/0", -180, -120 },
	{ "AAA+3:30:30BBB,J1/0,J365/23", -151, -151 }, /* all year: -150.5, rounded away */
};

static int minutes(int32_t seconds)
{
	return (seconds - (seconds < 0 ? 59 : 0)) / 60;
}

static void test_footers(void **state)
{
	struct zone *z;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(footers); i++) {
		if (parse_footer(str_c(footers[i].footer), &z))
			fail_msg("%s is refused", footers[i].footer);
		int winter = minutes(zone_offset(z, WINTER)),
		    summer = minutes(zone_offset(z, SUMMER));
		if (winter != footers[i].winter || summer != footers[i].summer)
			fail_msg("%s: %d and %d minutes", footers[i].footer, winter, summer);
		zone_free(&z);
	}
}

static const char *const bad_footers[] = { "C-1", "CET", "CET-", "CET-168", "CET-1:60", "CET-1CEST",
	"CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,", "CET-1CEST,M13.5.0,M10.5.0",
	"CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
	"CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J300", "CET-1CEST,J366,J300",
	"CET-1CEST,M3.5.0,M10.5.0x", "CET-1CEST,M3.5.0/,M10.5.0", "<+01-1", "CET-1<CEST",
	"CET-99999999999" };

static void test_bad_footers(void **state)
{
	struct zone *z;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_footers); i++) {
		if (parse_footer(str_c(bad_footers[i]), &z) != -E_INVALID)
			fail_msg("%s is taken", bad_footers[i]);
	}
}

static int parse(void *arg)
{
	struct zone *z = NULL;
	int rc = zone_parse(buf_str(&rome), &z);

	(void)arg;
	zone_free(&z);
	return rc;
}

static void test_without_memory(void **state)
{
	const struct zone *z;

	(void)state;
	torture("parse", parse, NULL);
	for (long n = 0; n < 4; n++) {
		check_fail_alloc_after(n, false);
		assert_int_equal(zone_find(STR("Asia/Tbilisi"), &z), -E_NOMEM);
	}
	check_fail_alloc_after(-1, false);
	assert_int_equal(zone_find(STR("Asia/Tbilisi"), &z), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_beginning_of_a_file),
		cmocka_unit_test(test_every_byte_changed),
		cmocka_unit_test(test_footers),
		cmocka_unit_test(test_bad_footers),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, read_rome, drop_rome);
}
