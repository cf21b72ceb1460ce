#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/crypto.h"
#include "base/password.h"

static int set_up(void **state)
{
	(void)state;
	return crypto_init(NULL);
}

static void test_a_password_and_others(void **state)
{
	char hash[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];

	(void)state;
	assert_int_equal(password_hash(STR("tre sandali rossi"), hash, NULL), 0);
	assert_int_equal(password_hash(STR("tre sandali rossi"), again, NULL), 0);
	assert_string_not_equal(hash, again);
	assert_true(str_starts(str_c(hash), STR("$argon2id$v=19$m=65536,t=2,p=1$")));
	assert_int_equal(password_is(STR("tre sandali rossi"), hash, NULL), 1);
	assert_int_equal(password_is(STR("tre sandali rossI"), hash, NULL), 0);
	assert_int_equal(password_is(STR(""), hash, NULL), 0);
	assert_int_equal(password_is(STR("tre sandali rossi"), "no hash", NULL), 0);
}

/* Nobody's hash has the costs of everybody's, else the time that it takes would tell who is known. */
static void test_nobody(void **state)
{
	char hash[PASSWORD_HASH_MAX];
	const char *nobody = password_of_nobody();

	(void)state;
	assert_int_equal(password_hash(STR("x"), hash, NULL), 0);
	assert_int_equal(strlen(nobody), strlen(hash));
	assert_int_equal(strncmp(nobody, hash, strlen("$argon2id$v=19$m=65536,t=2,p=1$")), 0);
	assert_int_equal(password_is(STR(""), nobody, NULL), 0);
	assert_int_equal(password_is(STR("x"), nobody, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_password_and_others),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
