#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/user.h"

#define MARTA 77

static const struct str two[] = { { "700600500", 9 }, { "700600501", 9 } };

static struct user author(void)
{
	return (struct user){ .id = MARTA,
		.name = STR("Marta Neri"),
		.role = USER_AUTHOR,
		.portfolios = two,
		.portfolios_len = 2 };
}

static void add(struct fixture *f, const struct user *u)
{
	bool created = false;

	OK(user_add(f->conn, u, NOW, &created, &f->err));
	assert_true(created);
}

static struct user get(struct fixture *f)
{
	struct user found;

	assert_int_equal(user_get_by_id(f->conn, MARTA, f->arena, &found, &f->err), 1);
	return found;
}

/* --- values ----------------------------------------------------------------------------------- */

static void test_names(void **state)
{
	static const struct {
		const char *name;
		enum err_code code;
	} cases[] = {
		{ "Marta Neri", 0 },
		{ "m.neri@shop.example", 0 },
		{ "", E_INVALID },
		{ " - ", E_INVALID },
		{ "a/b", E_INVALID },
		{ "a\nb", E_INVALID },
		{ "admin", E_INVALID },
		{ "Ádmin", E_INVALID },
		{ "1234567890123456789012345678901234567890123456789012345678901", E_TOO_LARGE },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = user_check_name(str_c(cases[i].name), &f->err);
		if (r != -(int)cases[i].code)
			fail_msg("\"%s\": %s", cases[i].name, err_name(r));
	}
}

static void test_passwords(void **state)
{
	static const struct {
		const char *password;
		enum err_code code;
	} cases[] = {
		{ "tre sandali rossi", 0 },
		{ "perché così è", 0 },
		{ "undici char", E_INVALID },
		{ "marta neri de shop", E_INVALID },
		{ "tre\nsandali rossi", E_INVALID },
	};
	struct fixture *f = *state;
	struct buf longest;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = user_check_password(
		    str_c(cases[i].password), STR("Marta Neri de Shop"), &f->err);
		if (r != -(int)cases[i].code)
			fail_msg("%zu: %s", i, err_name(r));
	}
	buf_init(&longest, 0);
	for (int i = 0; i <= USER_PASSWORD_MAX; i++)
		buf_add_char(&longest, 'a');
	FAILS(user_check_password(buf_str(&longest), STR("x"), &f->err), E_TOO_LARGE, "password");
	buf_done(&longest);
}

static void test_roles(void **state)
{
	enum user_role role = 0;

	(void)state;
	for (int r = USER_VIEWER; r < USER_ROLES_END; r++) {
		assert_true(user_role_parse(str_c(user_role_name((enum user_role)r)), &role));
		assert_int_equal(role, r);
	}
	assert_false(user_role_parse(STR("root"), &role));
	assert_string_equal(user_role_name(0), "");
	assert_string_equal(user_role_name(USER_ROLES_END), "");
}

/* --- rows ------------------------------------------------------------------------------------- */

static void test_on_record(void **state)
{
	struct fixture *f = *state;
	struct user u = author(), found;
	struct user *all = NULL;
	bool created = true;
	int64_t n = 0;
	size_t len = 0;

	add(f, &u);
	u.id = MARTA + 1;
	OK(user_add(f->conn, &u, NOW, &created, &f->err));
	assert_false(created);
	u.name = STR("MARTA NÉRI");
	assert_int_equal(user_get(f->conn, u.name, f->arena, &found, &f->err), 1);
	assert_true(found.id == MARTA && str_eq_c(found.name, "Marta Neri"));
	assert_true(found.role == USER_AUTHOR && found.portfolios_len == 2 && !found.disabled);
	assert_true(!found.has_password && !found.has_factor && found.signed_in_at == TIME_NONE);
	u.role = USER_ADMIN;
	FAILS(user_add(f->conn, &u, NOW, &created, &f->err), E_CONFLICT, "role");
	u.role = USER_AUTHOR;
	u.portfolios_len = 1;
	FAILS(user_add(f->conn, &u, NOW, &created, &f->err), E_CONFLICT, "portfolios");
	OK(user_list(f->conn, 0, 5, f->arena, &all, &len, &f->err));
	assert_int_equal(len, 1);
	OK(user_list(f->conn, MARTA, 5, f->arena, &all, &len, &f->err));
	assert_int_equal(len, 0);
	OK(user_count(f->conn, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(user_remove(f->conn, MARTA, &f->err), 1);
	assert_int_equal(user_remove(f->conn, MARTA, &f->err), 0);
	assert_int_equal(user_get(f->conn, u.name, f->arena, &found, &f->err), 0);
}

static void test_who_is_disabled_is_signed_out(void **state)
{
	struct fixture *f = *state;
	struct user u = author();

	add(f, &u);
	u = get(f);
	int64_t epoch = u.epoch;
	u.role = USER_APPROVER;
	u.portfolios_len = 0;
	OK(user_update(f->conn, &u, NOW + 1, &f->err));
	u = get(f);
	assert_true(u.role == USER_APPROVER && u.portfolios_len == 0 && u.epoch == epoch);
	u.disabled = true;
	OK(user_update(f->conn, &u, NOW + 2, &f->err));
	OK(user_update(f->conn, &u, NOW + 3, &f->err));
	assert_int_equal(get(f).epoch, epoch + 1);
	u.disabled = false;
	OK(user_update(f->conn, &u, NOW + 4, &f->err));
	assert_int_equal(get(f).epoch, epoch + 1);
	OK(user_end_sessions(f->conn, MARTA, NOW + 5, &f->err));
	assert_int_equal(get(f).epoch, epoch + 2);
}

/* --- what proves it --------------------------------------------------------------------------- */

static void give(struct fixture *f, const char *password, bool factor)
{
	struct user_secrets s = {
		.password = str_c(password), .has_factor = factor, .factor_step = 9
	};

	memset(s.factor, 7, sizeof(s.factor));
	OK(user_give_secrets(f->conn, &f->key, MARTA, &s, NOW, &f->err));
}

static void test_secrets_are_sealed(void **state)
{
	struct fixture *f = *state;
	struct user u = author();
	struct user_secrets s;

	add(f, &u);
	OK(user_secrets(f->conn, &f->key, MARTA, f->arena, &s, &f->err));
	assert_true(!s.password.p && !s.has_factor && s.factor_step == -1);
	give(f, "$argon2id$one", true);
	give(f, "$argon2id$two", false);
	OK(user_secrets(f->conn, &f->key, MARTA, f->arena, &s, &f->err));
	assert_true(str_eq_c(s.password, "$argon2id$two"));
	assert_true(s.has_factor && s.factor[0] == 7 && s.factor_step == 9);
	assert_true(get(f).has_password && get(f).has_factor && get(f).epoch == 3);
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT count(*) FROM console_user WHERE instr(password, '$argon2id') > 0"),
	    0);
	FAILS(user_secrets(f->conn, &f->key, MARTA + 1, f->arena, &s, &f->err), E_NOT_FOUND, "");
}

static void test_a_step_is_used_once(void **state)
{
	struct fixture *f = *state;
	struct user u = author();

	add(f, &u);
	assert_int_equal(user_use_step(f->conn, MARTA, 5, &f->err), 1);
	assert_int_equal(user_use_step(f->conn, MARTA, 5, &f->err), 0);
	assert_int_equal(user_use_step(f->conn, MARTA, 4, &f->err), 0);
	assert_int_equal(user_use_step(f->conn, MARTA, 6, &f->err), 1);
}

static void test_recovery_codes(void **state)
{
	struct fixture *f = *state;
	struct user u = author();
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_LEN + 1],
	    others[USER_RECOVERY_CODES][USER_RECOVERY_LEN + 1];
	char spaced[32];

	add(f, &u);
	OK(user_give_recovery(f->conn, &f->key, MARTA, codes, &f->err));
	assert_int_equal(get(f).recovery_left, USER_RECOVERY_CODES);
	(void)snprintf(
	    spaced, sizeof(spaced), "%.4s-%.4s %.8s", codes[0], codes[0] + 4, codes[0] + 8);
	spaced[0] = (char)(spaced[0] >= 'a' ? spaced[0] - 'a' + 'A' : spaced[0]);
	assert_int_equal(
	    user_use_recovery(f->conn, &f->key, MARTA + 1, str_c(codes[0]), &f->err), 0);
	assert_int_equal(user_use_recovery(f->conn, &f->key, MARTA, str_c(spaced), &f->err), 1);
	assert_int_equal(user_use_recovery(f->conn, &f->key, MARTA, str_c(codes[0]), &f->err), 0);
	assert_int_equal(user_use_recovery(f->conn, &f->key, MARTA, STR(""), &f->err), 0);
	assert_int_equal(get(f).recovery_left, USER_RECOVERY_CODES - 1);
	OK(user_give_recovery(f->conn, &f->key, MARTA, others, &f->err));
	assert_int_equal(user_use_recovery(f->conn, &f->key, MARTA, str_c(codes[1]), &f->err), 0);
	assert_int_equal(user_use_recovery(f->conn, &f->key, MARTA, str_c(others[1]), &f->err), 1);
}

/* --- the sign-in provider --------------------------------------------------------------------- */

static void test_what_the_provider_calls_them(void **state)
{
	static const struct {
		const char *value;
		enum err_code code;
	} cases[] = {
		{ "marta.neri@shop.example", 0 },
		{ "248289761001", 0 },
		{ "", E_INVALID },
		{ "a\nb", E_INVALID },
		{ "a\x01", E_INVALID },
		{ "\xff", E_INVALID },
	};
	struct fixture *f = *state;
	char longest[USER_OIDC_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = user_check_oidc(str_c(cases[i].value), &f->err);
		if (r != -(int)cases[i].code)
			fail_msg("\"%s\": %s", cases[i].value, err_name(r));
	}
	memset(longest, 'x', sizeof(longest));
	OK(user_check_oidc(str_n(longest, USER_OIDC_MAX), &f->err));
	FAILS(user_check_oidc(str_n(longest, USER_OIDC_MAX + 1), &f->err), E_TOO_LARGE, "oidc");
}

static void test_who_signs_in_by_the_provider(void **state)
{
	struct fixture *f = *state;
	struct user u = author(), found;
	struct sha256 one = { { 1 } }, other = { { 2 } };
	bool created;

	u.oidc = STR("marta@shop.example");
	add(f, &u);
	OK(user_add(f->conn, &u, NOW, &created, &f->err));
	assert_false(created);
	assert_int_equal(user_get_by_oidc(f->conn, u.oidc, f->arena, &found, &f->err), 1);
	assert_true(found.id == MARTA && str_eq(found.oidc, u.oidc));
	assert_int_equal(
	    user_get_by_oidc(f->conn, STR("Marta@shop.example"), f->arena, &found, &f->err), 0);
	struct user second = { .id = MARTA + 1, .name = STR("Luca Bianchi"), .role = USER_VIEWER };
	second.oidc = u.oidc;
	FAILS(user_add(f->conn, &second, NOW, &created, &f->err), E_CONFLICT, "oidc");
	second.oidc = STR_NONE;
	add(f, &second);
	second.oidc = STR("luca@shop.example");
	FAILS(user_add(f->conn, &second, NOW, &created, &f->err), E_CONFLICT, "oidc");
	FAILS(user_bind(f->conn, MARTA + 1, u.oidc, NOW, &f->err), E_CONFLICT, "oidc");
	OK(user_bind(f->conn, MARTA, u.oidc, NOW, &f->err));
	u.oidc = STR("m.neri@shop.example");
	FAILS(user_add(f->conn, &u, NOW, &created, &f->err), E_CONFLICT, "oidc");
	struct user marta = get(f);
	assert_int_equal(user_may_be_subject(f->conn, &marta, &other, &f->err), 1);
	assert_int_equal(user_is_subject(f->conn, &marta, &one, &f->err), 1);
	assert_int_equal(user_is_subject(f->conn, &marta, &one, &f->err), 1);
	assert_int_equal(user_is_subject(f->conn, &marta, &other, &f->err), 0);
	assert_int_equal(user_may_be_subject(f->conn, &marta, &one, &f->err), 1);
	assert_int_equal(user_may_be_subject(f->conn, &marta, &other, &f->err), 0);
	assert_int_equal(user_get_by_id(f->conn, MARTA + 1, f->arena, &second, &f->err), 1);
	assert_int_equal(user_is_subject(f->conn, &second, &one, &f->err), 0);
	OK(user_bind(f->conn, MARTA, u.oidc, NOW, &f->err));
	marta = get(f);
	assert_int_equal(user_is_subject(f->conn, &marta, &other, &f->err), 1);
}

/* Whoever was looked up under the name before is not who the name of now means. */
static void test_who_was_bound_anew_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct user u = author();
	struct sha256 before = { { 1 } }, now = { { 2 } };

	u.oidc = STR("marta@shop.example");
	add(f, &u);
	struct user seen = get(f);
	OK(user_bind(f->conn, MARTA, STR("m.neri@shop.example"), NOW, &f->err));
	assert_int_equal(user_is_subject(f->conn, &seen, &before, &f->err), 0);
	u = get(f);
	assert_int_equal(user_is_subject(f->conn, &u, &now, &f->err), 1);
	seen = u;
	u.disabled = true;
	OK(user_update(f->conn, &u, NOW, &f->err));
	assert_int_equal(user_is_subject(f->conn, &seen, &now, &f->err), 0);
}

static void test_another_way_to_sign_in_ends_the_one_before(void **state)
{
	struct fixture *f = *state;
	struct user u = author();
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_LEN + 1];

	add(f, &u);
	give(f, "$argon2id$one", true);
	OK(user_give_recovery(f->conn, &f->key, MARTA, codes, &f->err));
	int64_t epoch = get(f).epoch;
	OK(user_bind(f->conn, MARTA, STR("marta@shop.example"), NOW + 1, &f->err));
	u = get(f);
	assert_true(!u.has_password && !u.has_factor && u.recovery_left == 0);
	assert_true(u.epoch == epoch + 1 && str_eq_c(u.oidc, "marta@shop.example"));
	/* A link that was opened before does not make a second way in. */
	struct user_secrets late = { .password = STR("$argon2id$two"), .has_factor = true };
	FAILS(user_give_secrets(f->conn, &f->key, MARTA, &late, NOW, &f->err), E_NOT_FOUND, "");
	assert_false(get(f).has_password);
	OK(user_bind(f->conn, MARTA, STR_NONE, NOW + 2, &f->err));
	u = get(f);
	assert_true(!u.oidc.p && u.epoch == epoch + 2);
}

/* --- memory ----------------------------------------------------------------------------------- */

static int one_life(void *arg)
{
	struct fixture *f = arg;
	struct arena *a = arena_new(0, 0);
	struct user u = author(), found;
	struct user_secrets s = { .password = STR("$argon2id$one"), .has_factor = true };
	struct sha256 subject = { { 7 } };
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_LEN + 1];
	bool created;
	int r = a ? user_check_name(u.name, &f->err) : -E_NOMEM;

	if (r == 0)
		r = user_add(f->conn, &u, NOW, &created, &f->err);
	/* The life before may have ended as the provider's. */
	if (r == 0)
		r = user_bind(f->conn, MARTA, STR_NONE, NOW, &f->err);
	if (r == 0)
		r = user_give_secrets(f->conn, &f->key, MARTA, &s, NOW, &f->err);
	if (r == 0)
		r = user_give_recovery(f->conn, &f->key, MARTA, codes, &f->err);
	if (r == 0)
		r = user_get(f->conn, u.name, a, &found, &f->err) < 0 ? -E_NOMEM : 0;
	if (r == 0)
		r = user_secrets(f->conn, &f->key, MARTA, a, &s, &f->err);
	if (r == 0)
		r = user_bind(f->conn, MARTA, STR("marta@shop.example"), NOW, &f->err);
	if (r == 0)
		r = user_get_by_oidc(f->conn, STR("marta@shop.example"), a, &found, &f->err) < 0
		    ? -E_NOMEM
		    : 0;
	if (r == 0)
		r = user_is_subject(f->conn, &found, &subject, &f->err) < 0 ? -E_NOMEM : 0;
	arena_free(&a);
	return r;
}

static void test_without_memory(void **state)
{
	struct fixture *f = *state;

	/* The statements are kept by the connection: prepared once here. */
	assert_int_equal(one_life(f), 0);
	torture("a user", one_life, f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_names),
		FIXTURE_TEST(test_passwords),
		FIXTURE_TEST(test_roles),
		FIXTURE_TEST(test_on_record),
		FIXTURE_TEST(test_who_is_disabled_is_signed_out),
		FIXTURE_TEST(test_secrets_are_sealed),
		FIXTURE_TEST(test_a_step_is_used_once),
		FIXTURE_TEST(test_recovery_codes),
		FIXTURE_TEST(test_what_the_provider_calls_them),
		FIXTURE_TEST(test_who_signs_in_by_the_provider),
		FIXTURE_TEST(test_who_was_bound_anew_meanwhile),
		FIXTURE_TEST(test_another_way_to_sign_in_ends_the_one_before),
		FIXTURE_TEST(test_without_memory),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
