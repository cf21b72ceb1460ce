#include "domain/user.h"

#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/json.h"
#include "base/lang.h"
#include "base/text.h"
#include "domain/value.h"
#include "store/query.h"

#define RECOVERY_BYTES 10

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on users.");
}

/* --- roles ------------------------------------------------------------------------------------ */

static const char *const roles[USER_ROLES_END] = {
	[USER_VIEWER] = "viewer",
	[USER_AUTHOR] = "author",
	[USER_APPROVER] = "approver",
	[USER_COMPLIANCE] = "compliance",
	[USER_ADMIN] = "admin",
};

const char *user_role_name(enum user_role role)
{
	return role >= USER_VIEWER && role < USER_ROLES_END ? roles[role] : "";
}

bool user_role_parse(struct str word, enum user_role *ret)
{
	for (int r = USER_VIEWER; r < USER_ROLES_END; r++) {
		if (str_eq_c(word, roles[r])) {
			*ret = (enum user_role)r;
			return true;
		}
	}
	return false;
}

/* --- values ----------------------------------------------------------------------------------- */

/* Names that the ledger gives to who is no user. */
static const char *const taken[] = { "admin", "operator", "session", "token", "system", "varco",
	"breaker", "meta", "stranger" };

/* Neither has lines. */
static bool has_break(struct str text)
{
	return text.len > 0 &&
	    (memchr(text.p, '\n', text.len) || memchr(text.p, '\r', text.len) ||
		memchr(text.p, '\t', text.len));
}

/* p NULL: memory ran out. */
static struct str fold_of(struct arena *a, struct str name)
{
	return text_fold(a, str_trim(name));
}

int user_check_name(struct str name, struct err *err)
{
	struct arena *a = NULL;
	int r = value_check_text(name, "name", USER_NAME_MAX, err);

	if (r < 0)
		return r;
	a = arena_new(0, 0);
	struct str folded = a ? fold_of(a, name) : STR_NONE;
	if (!folded.p)
		r = no_memory(err);
	else if (folded.len == 0 || memchr(name.p, '/', name.len) || has_break(name))
		r = err_field(err, E_INVALID, "name", "%s",
		    N_("A name is one line with letters or digits in it, and no slash."));
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(taken); i++) {
		if (str_eq_c(folded, taken[i]))
			r = err_field(err, E_INVALID, "name", "%s",
			    N_("This name stands for others in the ledger; take the one of the person."));
	}
	arena_free(&a);
	return r;
}

int user_check_password(struct str password, struct str name, struct err *err)
{
	if (!text_is_utf8(password) || text_has_control(password) || has_break(password))
		return err_field(err, E_INVALID, "password", "%s",
		    N_("A password is made of characters that can be typed."));
	if (password.len > USER_PASSWORD_MAX)
		return err_field(err, E_TOO_LARGE, "password",
		    N_("A password may have at most %d bytes."), USER_PASSWORD_MAX);
	if (text_code_points(password) < USER_PASSWORD_MIN)
		return err_field(err, E_INVALID, "password",
		    N_("A password needs at least %d characters; some words in a row are easy to keep in mind."),
		    USER_PASSWORD_MIN);
	if (str_eq_nocase(password, name))
		return err_field(err, E_INVALID, "password", "%s", N_("A name is no password."));
	return 0;
}

int user_check_portfolios(const struct str *portfolios, size_t len, struct err *err)
{
	int r = 0;

	if (len > USER_PORTFOLIOS_MAX)
		return err_field(err, E_TOO_LARGE, "portfolios",
		    N_("There may be at most %d portfolios."), USER_PORTFOLIOS_MAX);
	for (size_t i = 0; r == 0 && i < len; i++)
		r = value_check_id(portfolios[i], "portfolios", err);
	return r;
}

int user_check_oidc(struct str value, struct err *err)
{
	if (value.len > USER_OIDC_MAX)
		return err_field(err, E_TOO_LARGE, "oidc",
		    N_("What a sign-in provider calls somebody has at most %d bytes."),
		    USER_OIDC_MAX);
	if (!value.len || !text_is_utf8(value) || text_has_control(value) || has_break(value))
		return err_field(err, E_INVALID, "oidc", "%s",
		    N_("\"oidc\" is what the sign-in provider calls the user: an e-mail address or another name."));
	return 0;
}

static struct str write_portfolios(const struct user *u, struct arena *a)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_array(&w);
	for (size_t i = 0; i < u->portfolios_len; i++)
		jw_str(&w, u->portfolios[i]);
	jw_array_end(&w);
	struct str text = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return text;
}

static int read_portfolios(struct str text, struct arena *a, struct user *ret, struct err *err)
{
	const struct json *list;
	int r = json_read(a, text, &list, err);
	struct str *items = r == 0 ? ARENA_ARRAY(a, struct str, json_len(list) + 1) : NULL;

	if (!items)
		return r < 0 ? r : no_memory(err);
	for (size_t i = 0; i < json_len(list); i++)
		items[i] = json_str(json_at(list, i));
	ret->portfolios = items;
	ret->portfolios_len = json_len(list);
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

#define SELECT \
	"SELECT id, name, role, portfolios, disabled, password IS NOT NULL, factor IS NOT NULL, epoch," \
	" created_at, updated_at, signed_in_at," \
	" (SELECT count(*) FROM console_recovery WHERE console_recovery.id = console_user.id)," \
	" oidc" \
	" FROM console_user"

static int take(struct store_stmt *s, struct arena *a, struct user *ret, struct err *err)
{
	struct str portfolios = STR_NONE;

	*ret = (struct user){
		.id = (uint64_t)store_col_int(s, 0),
		.role = (enum user_role)store_col_int(s, 2),
		.disabled = store_col_int(s, 4) != 0,
		.has_password = store_col_int(s, 5) != 0,
		.has_factor = store_col_int(s, 6) != 0,
		.epoch = store_col_int(s, 7),
		.created_at = store_col_int(s, 8),
		.updated_at = store_col_int(s, 9),
		.signed_in_at = store_col_time(s, 10),
		.recovery_left = store_col_int(s, 11),
	};
	if (store_copy_text(s, 1, a, &ret->name) < 0 || store_copy_text(s, 3, a, &portfolios) < 0 ||
	    (!store_col_null(s, 12) && store_copy_text(s, 12, a, &ret->oidc) < 0))
		return no_memory(err);
	int r = read_portfolios(portfolios, a, ret, err);
	return r < 0 ? r : 1;
}

static int take_first(struct store_stmt *s, struct arena *a, struct user *ret, struct err *err)
{
	int r = store_step(s, err);

	if (r > 0)
		r = take(s, a, ret, err);
	store_reset(s);
	return r;
}

int user_get(
    struct store_conn *c, struct str name, struct arena *a, struct user *ret, struct err *err)
{
	struct str folded = fold_of(a, name);
	struct store_stmt *s;

	if (!folded.p)
		return no_memory(err);
	int r = store_ask(c, &s, err, SELECT " WHERE folded = ?1", "t", folded);
	return r < 0 ? r : take_first(s, a, ret, err);
}

int user_get_by_id(
    struct store_conn *c, uint64_t id, struct arena *a, struct user *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, SELECT " WHERE id = ?1", "i", (int64_t)id);

	return r < 0 ? r : take_first(s, a, ret, err);
}

int user_get_by_oidc(
    struct store_conn *c, struct str value, struct arena *a, struct user *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, SELECT " WHERE oidc = ?1", "t", value);

	return r < 0 ? r : take_first(s, a, ret, err);
}

int user_list(struct store_conn *c, uint64_t after, size_t limit, struct arena *a,
    struct user **ret, size_t *ret_len, struct err *err)
{
	struct user *items = ARENA_ARRAY(a, struct user, limit);
	struct store_stmt *s;
	size_t n = 0;
	int r = items ? store_ask(c, &s, err, SELECT " WHERE id > ?1 ORDER BY id LIMIT ?2", "ii",
			    (int64_t)after, (int64_t)limit)
		      : no_memory(err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		r = take(s, a, &items[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = items;
	*ret_len = n;
	return 0;
}

int user_count(struct store_conn *c, int64_t *ret, struct err *err)
{
	int r = store_ask_int(c, ret, err, "SELECT count(*) FROM console_user", "");

	return r < 0 ? r : 0;
}

static int check_same(
    const struct user *u, const struct user *known, struct arena *a, struct err *err)
{
	struct str given = write_portfolios(u, a), had = write_portfolios(known, a);

	if (!given.p || !had.p)
		return no_memory(err);
	int r = value_check_same(
	    str_c(user_role_name(u->role)), str_c(user_role_name(known->role)), "role", err);
	if (r == 0)
		r = value_check_same(given, had, "portfolios", err);
	if (r == 0 && u->oidc.p && !str_eq(u->oidc, known->oidc))
		r = err_field(err, E_CONFLICT, "oidc",
		    N_("It is on record already with another \"%s\"."), "oidc");
	return r;
}

/* Nobody else is called so. */
static int check_free(struct store_conn *c, uint64_t id, struct str oidc, struct err *err)
{
	int64_t others = 0;
	int r = oidc.p ? store_ask_int(c, &others, err,
			     "SELECT count(*) FROM console_user WHERE oidc = ?1 AND id <> ?2", "ti",
			     oidc, (int64_t)id)
		       : 0;

	if (r >= 0 && others > 0)
		return err_field(err, E_CONFLICT, "oidc", "%s",
		    N_("Another user is called so by the sign-in provider."));
	return r < 0 ? r : 0;
}

static int insert(
    struct store_conn *c, const struct user *u, struct arena *a, time_ms now, struct err *err)
{
	struct str name = str_trim(u->name), folded = fold_of(a, name);
	struct str portfolios = write_portfolios(u, a);

	if (!folded.p || !portfolios.p)
		return no_memory(err);
	int r = check_free(c, u->id, u->oidc, err);
	return r < 0
	    ? r
	    : store_do(c, err,
		  "INSERT INTO console_user (id, name, folded, role, portfolios, disabled, factor_step,"
		  " epoch, created_at, updated_at, oidc) VALUES (?1, ?2, ?3, ?4, ?5, 0, -1, 1, ?6, ?6, ?7)",
		  "ittitmt", (int64_t)u->id, name, folded, (int64_t)u->role, portfolios, now,
		  u->oidc);
}

int user_add(
    struct store_conn *c, const struct user *u, time_ms now, bool *ret_created, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct user known;
	int r = a ? user_get(c, u->name, a, &known, err) : no_memory(err);

	if (r >= 0) {
		*ret_created = r == 0;
		r = r > 0 ? check_same(u, &known, a, err) : insert(c, u, a, now, err);
	}
	arena_free(&a);
	return r;
}

int user_update(struct store_conn *c, const struct user *u, time_ms now, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct str portfolios = a ? write_portfolios(u, a) : STR_NONE;
	int r = portfolios.p
	    ? store_do(c, err,
		  "UPDATE console_user SET role = ?2, portfolios = ?3, epoch = epoch + ?4 * (1 - disabled),"
		  " disabled = ?4, updated_at = ?5 WHERE id = ?1",
		  "iitim", (int64_t)u->id, (int64_t)u->role, portfolios, (int64_t)u->disabled, now)
	    : no_memory(err);

	arena_free(&a);
	return r;
}

int user_bind(struct store_conn *c, uint64_t id, struct str oidc, time_ms now, struct err *err)
{
	int r = check_free(c, id, oidc, err);

	if (r == 0)
		r = store_do(
		    c, err, "DELETE FROM console_recovery WHERE id = ?1", "i", (int64_t)id);
	return r < 0
	    ? r
	    : store_do(c, err,
		  "UPDATE console_user SET oidc = ?2, subject = NULL, password = NULL, factor = NULL,"
		  " factor_step = -1, epoch = epoch + 1, updated_at = ?3 WHERE id = ?1",
		  "itm", (int64_t)id, oidc, now);
}

int user_is_subject(
    struct store_conn *c, const struct user *u, const struct sha256 *subject, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE console_user SET subject = ?2 WHERE id = ?1 AND oidc IS NOT NULL AND epoch = ?3 AND"
	    " (subject IS NULL OR subject = ?2)",
	    "ibi", (int64_t)u->id, str_n((const char *)subject->b, SHA256_LEN), u->epoch);

	return r < 0 ? r : store_changes(c) > 0;
}

int user_may_be_subject(
    struct store_conn *c, const struct user *u, const struct sha256 *subject, struct err *err)
{
	int64_t n = 0;
	int r = store_ask_int(c, &n, err,
	    "SELECT count(*) FROM console_user WHERE id = ?1 AND oidc IS NOT NULL AND epoch = ?3 AND"
	    " (subject IS NULL OR subject = ?2)",
	    "ibi", (int64_t)u->id, str_n((const char *)subject->b, SHA256_LEN), u->epoch);

	return r < 0 ? r : n > 0;
}

int user_remove(struct store_conn *c, uint64_t id, struct err *err)
{
	int r = store_do(c, err, "DELETE FROM console_recovery WHERE id = ?1", "i", (int64_t)id);

	if (r == 0)
		r = store_do(c, err, "DELETE FROM console_user WHERE id = ?1", "i", (int64_t)id);
	return r < 0 ? r : store_changes(c) > 0;
}

int user_end_sessions(struct store_conn *c, uint64_t id, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE console_user SET epoch = epoch + 1, updated_at = ?2 WHERE id = ?1", "im",
	    (int64_t)id, now);
}

int user_signed_in(struct store_conn *c, uint64_t id, time_ms now, struct err *err)
{
	return store_do(c, err, "UPDATE console_user SET signed_in_at = ?2 WHERE id = ?1", "im",
	    (int64_t)id, now);
}

/* --- what proves it --------------------------------------------------------------------------- */

static struct secret_place place_of(uint64_t id, const char *what, char text[ID_TEXT_MAX])
{
	id_format(USER_PREFIX, id, text);
	return (struct secret_place){ "user", str_c(text), what };
}

static int open_secrets(struct store_stmt *s, const struct seal_key *key, uint64_t id,
    struct arena *a, struct user_secrets *ret, struct err *err)
{
	char text[ID_TEXT_MAX];
	struct secret_place password = place_of(id, "password", text);
	struct secret_place factor = place_of(id, "factor", text);
	struct str secret = STR_NONE;
	int r = secret_open(key, &password, store_col_blob(s, 0), a, &ret->password, err);

	if (r == 0)
		r = secret_open(key, &factor, store_col_blob(s, 1), a, &secret, err);
	ret->has_factor = r == 0 && secret.p && secret.len == TOTP_SECRET_LEN;
	if (ret->has_factor)
		memcpy(ret->factor, secret.p, TOTP_SECRET_LEN);
	ret->factor_step = store_col_int(s, 2);
	return r;
}

int user_secrets(struct store_conn *c, const struct seal_key *key, uint64_t id, struct arena *a,
    struct user_secrets *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT password, factor, factor_step FROM console_user WHERE id = ?1", "i",
	    (int64_t)id);

	if (r < 0)
		return r;
	*ret = (struct user_secrets){ .factor_step = -1 };
	r = store_step(s, err);
	if (r > 0)
		r = open_secrets(s, key, id, a, ret, err);
	else if (r == 0)
		r = err_set(err, E_NOT_FOUND, "There is no such user.");
	store_reset(s);
	return r;
}

int user_give_secrets(struct store_conn *c, const struct seal_key *key, uint64_t id,
    const struct user_secrets *secrets, time_ms now, struct err *err)
{
	char text[ID_TEXT_MAX];
	struct secret_place places[] = { place_of(id, "password", text),
		place_of(id, "factor", text) };
	struct str factor = secrets->has_factor
	    ? str_n((const char *)secrets->factor, TOTP_SECRET_LEN)
	    : STR_NONE;
	struct buf sealed[2];

	buf_init(&sealed[0], 0);
	buf_init(&sealed[1], 0);
	int r = secret_seal(key, &places[0], secrets->password, &sealed[0], err);
	if (r == 0)
		r = secret_seal(key, &places[1], factor, &sealed[1], err);
	if (r == 0)
		r = store_do(c, err,
		    "UPDATE console_user SET password = ?2, factor = coalesce(?3, factor),"
		    " factor_step = CASE WHEN ?3 IS NULL THEN factor_step ELSE ?4 END,"
		    " epoch = epoch + 1, updated_at = ?5 WHERE id = ?1 AND oidc IS NULL",
		    "ibbim", (int64_t)id, secret_sealed(&sealed[0]), secret_sealed(&sealed[1]),
		    secrets->factor_step, now);
	if (r == 0 && store_changes(c) == 0)
		r = err_set(err, E_NOT_FOUND, "There is no such user with a way in of their own.");
	buf_done(&sealed[0]);
	buf_done(&sealed[1]);
	return r;
}

int user_use_step(struct store_conn *c, uint64_t id, int64_t step, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE console_user SET factor_step = ?2 WHERE id = ?1 AND factor_step < ?2", "ii",
	    (int64_t)id, step);

	return r < 0 ? r : store_changes(c) > 0;
}

/* --- recovery codes --------------------------------------------------------------------------- */

static void digest_of(const struct seal_key *key, struct str code, struct sha256 *ret)
{
	crypto_hmac_sha256(str_n((const char *)key->b, sizeof(key->b)), code, ret);
}

static int keep_code(struct store_conn *c, const struct seal_key *key, uint64_t id,
    char code[USER_RECOVERY_LEN + 1], struct err *err)
{
	uint8_t bytes[RECOVERY_BYTES];
	struct sha256 digest;
	struct buf text;
	int r;

	crypto_random(bytes, sizeof(bytes));
	buf_init(&text, 0);
	base32_encode(bytes, sizeof(bytes), &text);
	r = text.failed ? no_memory(err) : str_to_c(buf_str(&text), code, USER_RECOVERY_LEN + 1);
	digest_of(key, buf_str(&text), &digest);
	buf_done(&text);
	return r < 0 ? r
		     : store_do(c, err, "INSERT INTO console_recovery (id, digest) VALUES (?1, ?2)",
			   "ib", (int64_t)id, str_n((const char *)digest.b, SHA256_LEN));
}

int user_give_recovery(struct store_conn *c, const struct seal_key *key, uint64_t id,
    char (*ret)[USER_RECOVERY_LEN + 1], struct err *err)
{
	int r = store_do(c, err, "DELETE FROM console_recovery WHERE id = ?1", "i", (int64_t)id);

	for (int i = 0; r == 0 && i < USER_RECOVERY_CODES; i++)
		r = keep_code(c, key, id, ret[i], err);
	return r;
}

/* As it was given out: without what people write between its parts. */
static struct str plain_code(struct str code, char out[USER_RECOVERY_LEN + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < code.len; i++) {
		char ch = code.p[i];
		if (ch == ' ' || ch == '-')
			continue;
		if (n == USER_RECOVERY_LEN)
			return STR_NONE;
		out[n++] = (char)(ch >= 'A' && ch <= 'Z' ? ch - 'A' + 'a' : ch);
	}
	return n == USER_RECOVERY_LEN ? str_n(out, n) : STR_NONE;
}

int user_use_recovery(
    struct store_conn *c, const struct seal_key *key, uint64_t id, struct str code, struct err *err)
{
	char text[USER_RECOVERY_LEN + 1];
	struct str plain = plain_code(code, text);
	struct sha256 digest;

	if (!plain.p)
		return 0;
	digest_of(key, plain, &digest);
	int r = store_do(c, err, "DELETE FROM console_recovery WHERE id = ?1 AND digest = ?2", "ib",
	    (int64_t)id, str_n((const char *)digest.b, SHA256_LEN));
	return r < 0 ? r : store_changes(c) > 0;
}
