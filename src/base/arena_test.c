#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/torture.h"

static bool is_zero(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i])
			return false;
	}
	return true;
}

/* Blocks of all sizes, filled, so that a second round in the same memory would show what was
 * left. */
static void test_blocks_are_aligned_zeroed_and_apart(void **state)
{
	struct arena *a = arena_new(100, 0);

	(void)state;
	assert_non_null(a);
	for (int round = 0; round < 3; round++) {
		unsigned char *last = NULL;
		size_t last_size = 0;
		for (size_t size = 0; size < 5000; size = size * 5 / 4 + 1) {
			unsigned char *p = arena_alloc(a, size);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
			assert_true(is_zero((char *)p, size));
			memset(p, round + 1, size);
			for (size_t i = 0; i < last_size; i++)
				assert_int_equal(last[i], round + 1);
			last = p;
			last_size = size;
		}
		assert_true(arena_used(a) > 5000);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
}

static void test_limit(void **state)
{
	struct arena *a = arena_new(0, 1000);
	size_t got = 0;

	(void)state;
	assert_non_null(a);
	assert_null(arena_alloc(a, 1001));
	assert_int_equal(arena_used(a), 0);
	while (arena_alloc(a, 16))
		got += 16;
	assert_true(got > 900 && got <= 1000);
	arena_reset(a);
	assert_non_null(arena_alloc(a, 900));
	arena_free(&a);
}

static void test_sizes_that_cannot_be(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	assert_non_null(a);
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 20));
	assert_null(arena_array(a, SIZE_MAX / 2, 3));
	assert_null(arena_str(a, str_n("", SIZE_MAX)).p);
	assert_non_null(arena_array(a, 0, SIZE_MAX));
	arena_free(&a);
	assert_null(arena_new(SIZE_MAX, 0));
}

static void test_copies(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	assert_non_null(a);
	struct str s = arena_str(a, STR("a\0b"));
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	s = arena_str(a, STR_NONE);
	assert_true(s.p && s.len == 0 && *s.p == '\0');
	assert_string_equal(arena_c(a, STR("hello")), "hello");
	s = arena_printf(a, "%d-%s", 42, "x");
	assert_true(str_eq_c(s, "42-x"));
	assert_string_equal(s.p, "42-x");
	for (int len = 250; len < 260; len++) { /* on both sides of what is printed but once */
		s = arena_printf(a, "%0*d", len, 7);
		assert_true(s.len == (size_t)len && strlen(s.p) == s.len && s.p[len - 1] == '7');
	}
	s = arena_join(a, (struct str[]){ STR("ab"), STR_NONE, STR("c") }, 3);
	assert_true(s.len == 3);
	assert_string_equal(s.p, "abc");
	s = arena_join(a, NULL, 0);
	assert_true(s.p && s.len == 0 && *s.p == '\0');
	int *numbers = ARENA_ARRAY(a, int, 10);
	assert_true(is_zero((char *)numbers, 10 * sizeof(*numbers)));
	arena_free(&a);
}

static char order[8];

static void note(void *arg)
{
	(void)strncat(order, arg, 1);
}

static void test_hooks_run_in_reverse(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	assert_non_null(a);
	order[0] = '\0';
	assert_int_equal(arena_defer(a, note, "1"), 0);
	assert_int_equal(arena_defer(a, note, "2"), 0);
	arena_reset(a);
	assert_string_equal(order, "21");
	arena_reset(a);
	assert_string_equal(order, "21");
	assert_int_equal(arena_defer(a, note, "3"), 0);
	assert_int_equal(arena_defer(a, note, "4"), 0);
	arena_free(&a);
	assert_string_equal(order, "2143");
}

static int use(void *arg)
{
	struct arena *a = arena_new(64, 0);
	int rc = a ? 0 : -E_NOMEM;

	(void)arg;
	for (int i = 0; i < 20 && rc == 0; i++) {
		if (!arena_printf(a, "%0*d", i % 2 ? 200 : 300, i).p ||
		    !arena_join(a, &STR("x"), 1).p || !arena_alloc(a, 100))
			rc = -E_NOMEM;
		else
			rc = arena_defer(a, note, "");
	}
	arena_free(&a);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("use", use, NULL);
}

/* --- secrets ---------------------------------------------------------------------------------- */

#define SECRET "three red sandals"

static const char *places[2]; /* of the secret, in two blocks */
static size_t shown, wiped;

/* The secret's block is still there; others are nothing to us. */
static void look_at(const void *block)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *from = block;
		if (!places[i] || places[i] < from || places[i] >= from + 4096)
			continue;
		if (memcmp(places[i], SECRET, sizeof(SECRET)) == 0)
			shown++;
		else
			wiped += is_zero(places[i], sizeof(SECRET));
		places[i] = NULL;
	}
}

static void fill_with_secrets(struct arena *a)
{
	places[0] = arena_c(a, STR(SECRET));
	assert_non_null(arena_alloc(a, 2000)); /* the next one is in another block */
	places[1] = arena_c(a, STR(SECRET));
	assert_true(places[0] && places[1]);
	shown = wiped = 0;
}

static void test_secrets_are_overwritten(void **state)
{
	struct arena *a = arena_new(64, 0);

	(void)state;
	assert_non_null(a);
	check_watch_free(look_at);
	fill_with_secrets(a);
	arena_reset(a); /* the first block is kept */
	assert_true(shown == 1 && wiped == 0);
	fill_with_secrets(a);
	arena_keep_secret(a);
	arena_reset(a);
	assert_true(shown == 0 && wiped == 1);
	fill_with_secrets(a); /* what was said holds until the reset */
	arena_free(&a);
	assert_true(shown == 2);
	a = arena_new(64, 0);
	assert_non_null(a);
	fill_with_secrets(a);
	arena_keep_secret(a);
	arena_free(&a);
	check_watch_free(NULL);
	assert_true(shown == 0 && wiped == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_are_aligned_zeroed_and_apart),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_sizes_that_cannot_be),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_hooks_run_in_reverse),
		cmocka_unit_test(test_secrets_are_overwritten),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
