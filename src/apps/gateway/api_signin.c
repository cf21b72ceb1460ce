/* Signing in by name, password and second factor, and choosing these by a link.
 *
 *   begin   guard → password (pool) → code → the step is used up, on the writer → session
 *   setup   link → values, code of the offered secret → hash (pool) → the link is used up → on record, writer → session
 *   renew   guard → password (pool) → a link
 *
 * Passwords are worked on by threads of the pool: neither a loop nor the writer waits for them. Of who is not known, is
 * disabled or has no password yet, the answer is the same, and takes as long. What is done to sessions and links happens
 * before or behind the job on the writer, which may run twice. */
#include "apps/gateway/api.h"

#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/log.h"
#include "base/password.h"
#include "base/qr.h"
#include "base/text.h"

#define ISSUER "Varco"
#define NAME_BYTES_MAX ((size_t)(4 * USER_NAME_MAX))

struct signin {
	struct str name, folded, password, code;
	bool known, right;
	struct user user;
	struct user_secrets secrets;
	int64_t step; /* of the code; -1 = it is to be looked up among the recovery codes */
	/* of a link */
	struct session_door door;
	bool new_factor;
	bool counted; /* its refusal: a job of the writer may run twice */
	char hash[PASSWORD_HASH_MAX];
	char recovery[USER_RECOVERY_CODES][USER_RECOVERY_LEN + 1];
};

static struct sessions *sessions_of(const struct api_call *c)
{
	return c->gate->gateway->sessions;
}

/* Apps that show codes know only the real time, whatever a simulator says. */
static int64_t real_s(void)
{
	return (int64_t)time(NULL);
}

static void count_refusal(struct api_call *c, enum signin_refusal why)
{
	atomic_fetch_add(&c->gate->gateway->signins_refused[why], 1);
}

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* Files end with a line end that nobody typed. */
static struct str without_line_end(struct str text)
{
	while (text.len && (text.p[text.len - 1] == '\n' || text.p[text.len - 1] == '\r'))
		text.len--;
	return text;
}

/* Of those of the operation; p NULL = it has none of that name, or it was not given. */
static struct str text_of(const struct api_call *c, const char *name)
{
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		if (strcmp(c->verb->fields[i].name, name) == 0)
			return c->values[i].text;
	}
	return STR_NONE;
}

static int read_values(struct api_call *c, struct signin *s, struct err *err)
{
	s->name = str_trim(text_of(c, "name"));
	s->password = without_line_end(text_of(c, "password"));
	s->code = str_trim(text_of(c, "totp"));
	s->step = -1;
	if (s->name.len > NAME_BYTES_MAX)
		return api_err(c, err, E_TOO_LARGE, "name", N_("No user has so long a name."));
	if (s->password.len > USER_PASSWORD_MAX)
		return api_err(c, err, E_TOO_LARGE, "password", N_("No password is so long."));
	s->folded = text_fold(c->arena, s->name.p ? s->name : STR(""));
	return s->folded.p ? 0 : no_memory(c, err);
}

static struct signin *signin_new(struct api_call *c, struct err *err)
{
	struct signin *s = ARENA_NEW(c->arena, struct signin);

	if (!s) {
		(void)no_memory(c, err);
		return NULL;
	}
	c->state = s;
	return read_values(c, s, err) < 0 ? NULL : s;
}

/* false: it was answered already. */
static bool may_try(struct api_call *c, const struct signin *s)
{
	struct err err = { 0 };
	int64_t wait = signin_guard_try(
	    c->gate->gateway->guard, s->folded, str_c(c->peer), clock_mono());

	if (wait == 0)
		return true;
	count_refusal(c, SIGNIN_TOLD_TO_WAIT);
	(void)api_err(c, &err, E_BUSY, "",
	    N_("Too many attempts came to nothing; try again in %lld seconds."), (long long)wait);
	api_fail_wait(c, 429, wait, &err);
	return false;
}

static void forget_attempt(struct api_call *c)
{
	const struct signin *s = c->state;

	signin_guard_undo(c->gate->gateway->guard, s->folded, str_c(c->peer));
}

/* The password was not looked at: nobody guessed. */
static void was_no_guess(struct api_call *c)
{
	count_refusal(c, SIGNIN_NO_ROOM);
	forget_attempt(c);
}

static void refuse(struct api_call *c, const char *field, const char *msgid)
{
	struct err err = { 0 };

	(void)api_err(c, &err, E_DENIED, field, "%s", lang_text(c->lang, msgid));
	api_fail(c, 401, &err);
}

static void refuse_password(struct api_call *c)
{
	log_warn("somebody could not sign in", "operation=%s", c->verb->operation);
	count_refusal(c, SIGNIN_WRONG_PASSWORD);
	refuse(c, "password", N_("The name or the password is wrong, or the user is disabled."));
}

/* --- the password, on the pool ---------------------------------------------------------------- */

static int find_user(struct api_call *c, struct signin *s, struct store_conn *conn, struct err *err)
{
	int r = user_get(conn, s->name, c->arena, &s->user, err);

	s->known = r > 0 && !s->user.disabled && s->user.has_password && !s->user.oidc.p;
	if (r < 0 || !s->known)
		return r < 0 ? r : 0;
	return user_secrets(
	    conn, &c->gate->lane->core->key, s->user.id, c->arena, &s->secrets, err);
}

static int prove(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct signin *s = c->state;
	int r = find_user(c, s, conn, err);
	const char *hash = password_of_nobody();

	if (r == 0 && s->known)
		hash = arena_c(c->arena, s->secrets.password);
	if (r == 0)
		r = hash ? password_is(s->password, hash, err) : no_memory(c, err);
	s->right = r > 0 && s->known;
	return r < 0 ? r : 0;
}

/* --- begin ------------------------------------------------------------------------------------ */

/* The step of a code of six digits; anything else may be a recovery code. */
static bool read_code(const struct signin *s, int64_t *ret_step)
{
	*ret_step = -1;
	if (s->code.len != TOTP_CODE_MAX - 1)
		return true;
	return totp_is(s->secrets.factor, s->code, real_s(), s->secrets.factor_step, ret_step);
}

#define WRONG_CODE N_("This is not the code, or it was used already; wait for the next one.")

static int wrong_code(struct api_call *c, struct err *err)
{
	struct signin *s = c->state;

	if (!s->counted)
		count_refusal(c, SIGNIN_WRONG_CODE);
	s->counted = true;
	return api_err(c, err, E_DENIED, "totp", WRONG_CODE);
}

static void proved(struct api_call *c)
{
	struct signin *s = c->state;

	if (!s->right || !s->secrets.has_factor) {
		refuse_password(c);
		return;
	}
	if (!s->code.len) {
		/* The password was right: this was no guess, and the code is asked for with another attempt. */
		forget_attempt(c);
		refuse(c, "totp", N_("Now the code of your second factor."));
		return;
	}
	if (!read_code(s, &s->step)) {
		count_refusal(c, SIGNIN_WRONG_CODE);
		refuse(c, "totp", WRONG_CODE);
		return;
	}
	c->who.user = s->user;
	c->who.by_token = false;
	c->who.session = (struct session){ .user = s->user.id, .left_s = SESSION_S };
	id_format(USER_PREFIX, s->user.id, c->id);
	api_change(c);
}

static int use_code(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct signin *s = c->state;
	const struct seal_key *key = &c->gate->lane->core->key;

	if (!s)
		return 0;
	int r = s->step >= 0 ? user_use_step(conn, s->user.id, s->step, err)
			     : user_use_recovery(conn, key, s->user.id, s->code, err);
	if (r == 0)
		return wrong_code(c, err);
	return r < 0 ? r : user_signed_in(conn, s->user.id, clock_now(), err);
}

static void begin_by_name(struct api_call *c)
{
	struct err err = { 0 };
	struct signin *s = signin_new(c, &err);

	if (s && (!s->name.len || !s->password.len))
		(void)api_err(c, &err, E_INVALID, s->name.len ? "password" : "name",
		    N_("A link signs in, or a name and a password."));
	if (err.code)
		api_finish(c, err_negative((enum err_code)err.code), &err);
	else if (may_try(c, s))
		api_work_or(c, prove, proved, was_no_guess);
}

static void begin(struct api_call *c)
{
	struct err err = { 0 };

	if (!api_text(c, "link").p)
		begin_by_name(c);
	else if (api_link_begin(c, &err) < 0) {
		count_refusal(c, SIGNIN_WRONG_LINK);
		api_finish(c, err_negative((enum err_code)err.code), &err);
	} else
		api_change(c);
}

static int show_begun(struct api_call *c, struct err *err)
{
	const struct signin *s = c->state;

	(void)err;
	if (s)
		signin_guard_passed(c->gate->gateway->guard, s->folded, str_c(c->peer));
	api_session_start(c, s ? s->user.id : 0, s ? s->user.epoch : 0);
	api_session_write(c);
	return 0;
}

/* --- look ------------------------------------------------------------------------------------- */

static int bad_link(struct api_call *c, struct err *err)
{
	count_refusal(c, SIGNIN_WRONG_LINK);
	return api_err(c, err, E_DENIED, "link",
	    N_("This link was used already, or its quarter of an hour is over; an administrator"
	       " gives another."));
}

/* Where the link leads, and of a user's whose it is. */
static int open_door(struct api_call *c, struct signin *s, struct err *err)
{
	struct str link = str_trim(api_text(c, "link"));
	int r;

	if (session_look(sessions_of(c), link, clock_mono(), &s->door) < 0)
		return bad_link(c, err);
	s->new_factor = s->door.kind == DOOR_FIRST;
	if (s->door.kind != DOOR_USER)
		return 0;
	r = user_get_by_id(c->gate->lane->reader, s->door.user, c->arena, &s->user, err);
	if (r <= 0 || s->user.disabled || s->user.oidc.p)
		return r < 0 ? r : bad_link(c, err);
	s->name = s->user.name;
	s->new_factor = s->door.new_factor || !s->user.has_factor;
	return 0;
}

static int write_offer(struct api_call *c, const struct signin *s, struct err *err)
{
	struct json_writer *w = &c->w;
	char secret[TOTP_SECRET_TEXT_MAX];
	struct buf uri, svg;
	int r;

	buf_init(&uri, 0);
	buf_init(&svg, 0);
	totp_secret_text(s->door.factor, secret);
	totp_uri(s->door.factor, STR(ISSUER), s->name.len ? s->name : STR("console"), &uri);
	r = uri.failed ? no_memory(c, err) : qr_svg(buf_str(&uri), &svg);
	jw_member_c(w, "secret", secret);
	jw_member_str(w, "uri", buf_str(&uri));
	jw_member_str(w, "svg", buf_str(&svg));
	crypto_wipe(secret, sizeof(secret));
	buf_done(&uri);
	buf_done(&svg);
	return r < 0 && !err->code ? no_memory(c, err) : r;
}

static int look(struct api_call *c, struct err *err)
{
	static const char *const kinds[] = {
		[DOOR_OPERATOR] = "operator", [DOOR_FIRST] = "first", [DOOR_USER] = "user"
	};
	struct signin *s = signin_new(c, err);
	int r = s ? open_door(c, s, err) : err_negative((enum err_code)err->code);

	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_c(&c->w, "for", kinds[s->door.kind]);
	jw_member_str(&c->w, "name", s->door.kind == DOOR_USER ? s->name : STR_NONE);
	jw_member_bool(&c->w, "new_factor", s->new_factor);
	if (s->new_factor)
		r = write_offer(c, s, err);
	else {
		jw_member_c(&c->w, "secret", NULL);
		jw_member_c(&c->w, "uri", NULL);
		jw_member_c(&c->w, "svg", NULL);
	}
	jw_object_end(&c->w);
	return r;
}

/* --- setup ------------------------------------------------------------------------------------ */

static int check_code(struct api_call *c, struct signin *s, struct err *err)
{
	const struct seal_key *key = &c->gate->lane->core->key;
	int r = 0;

	if (!s->new_factor)
		r = user_secrets(
		    c->gate->lane->reader, key, s->user.id, c->arena, &s->secrets, err);
	if (r < 0)
		return r;
	if (s->new_factor) {
		memcpy(s->secrets.factor, s->door.factor, TOTP_SECRET_LEN);
		s->secrets.factor_step = -1;
	}
	if (!totp_is(s->secrets.factor, s->code, real_s(), s->secrets.factor_step, &s->step))
		return wrong_code(c, err);
	return 0;
}

static int check_setup(struct api_call *c, struct err *err)
{
	struct signin *s = signin_new(c, err);
	int r = s ? open_door(c, s, err) : err_negative((enum err_code)err->code);

	if (r == 0 && s->door.kind == DOOR_OPERATOR)
		r = bad_link(c, err);
	if (r == 0)
		r = user_check_name(s->name.p ? s->name : STR(""), err);
	if (r == 0)
		r = user_check_password(s->password, s->name, err);
	if (r == 0)
		s->folded = text_fold(c->arena, s->name);
	return r < 0 ? r : s->folded.p ? 0 : no_memory(c, err);
}

static int hash(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct signin *s = c->state;

	(void)conn;
	return password_hash(s->password, s->hash, err);
}

static void hashed(struct api_call *c)
{
	struct signin *s = c->state;
	struct err err = { 0 };

	if (session_use(sessions_of(c), str_trim(api_text(c, "link")), clock_mono()) < 0) {
		api_finish(c, bad_link(c, &err), &err);
		return;
	}
	c->who.user = (struct user){ .name = s->name, .role = USER_ADMIN };
	api_change(c);
}

/* Where the code proved something, the attempt was counted. */
static void not_hashed(struct api_call *c)
{
	const struct signin *s = c->state;

	if (!s->new_factor)
		was_no_guess(c);
}

/* A code of the secret that the link itself offers proves nothing, and may be typed as often as wanted; one of a second
 * factor that was there before may not. */
static void setup(struct api_call *c)
{
	struct signin *s = c->state;
	struct err err = { 0 };

	if (!s->new_factor && !may_try(c, s))
		return;
	int r = check_code(c, s, &err);
	if (r < 0)
		api_finish(c, r, &err);
	else
		api_work_or(c, hash, hashed, not_hashed);
}

static int make_first(
    struct api_call *c, struct signin *s, struct store_conn *conn, struct err *err)
{
	struct user u = { .name = s->name, .role = USER_ADMIN };
	time_ms now = clock_now();
	int64_t others = 0;
	bool created;
	int r = user_count(conn, &others, err);

	if (r == 0 && others > 0)
		r = api_err(c, err, E_CONFLICT, "link",
		    N_("There are users already; sign in as one of them."));
	u.id = id_next(&c->gate->lane->core->ids, now);
	if (r == 0)
		r = user_add(conn, &u, now, &created, err);
	s->user.id = u.id;
	return r;
}

static int give_secrets(
    struct api_call *c, struct signin *s, struct store_conn *conn, struct err *err)
{
	const struct seal_key *key = &c->gate->lane->core->key;
	struct user_secrets secrets = {
		.password = str_c(s->hash), .has_factor = s->new_factor, .factor_step = s->step
	};
	int r = 1;

	memcpy(secrets.factor, s->secrets.factor, TOTP_SECRET_LEN);
	if (!s->new_factor)
		r = user_use_step(conn, s->user.id, s->step, err);
	if (r == 0)
		return wrong_code(c, err);
	if (r > 0)
		r = user_give_secrets(conn, key, s->user.id, &secrets, clock_now(), err);
	if (r == -E_NOT_FOUND)
		r = bad_link(c, err);
	if (r == 0 && s->new_factor)
		r = user_give_recovery(conn, key, s->user.id, s->recovery, err);
	crypto_wipe(&secrets, sizeof(secrets));
	return r;
}

static int set_up(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct signin *s = c->state;
	int r = s->door.kind == DOOR_FIRST ? make_first(c, s, conn, err) : 0;

	if (r == 0)
		r = give_secrets(c, s, conn, err);
	if (r == 0)
		r = user_signed_in(conn, s->user.id, clock_now(), err);
	id_format(USER_PREFIX, s->user.id, c->id);
	return r;
}

static void write_recovery(struct api_call *c, const struct signin *s)
{
	jw_key(&c->w, "recovery");
	jw_array(&c->w);
	for (int i = 0; s->new_factor && i < USER_RECOVERY_CODES; i++)
		jw_c(&c->w, s->recovery[i]);
	jw_array_end(&c->w);
}

static int show_set_up(struct api_call *c, struct err *err)
{
	struct signin *s = c->state;
	int r = user_get_by_id(c->gate->lane->reader, s->user.id, c->arena, &s->user, err);

	if (r == 0)
		r = api_err(c, err, E_NOT_FOUND, "", N_("There is no such user."));
	if (r < 0)
		return r;
	signin_guard_passed(c->gate->gateway->guard, s->folded, str_c(c->peer));
	session_end_user(sessions_of(c), s->user.id);
	api_session_start(c, s->user.id, s->user.epoch);
	jw_object(&c->w);
	jw_member_str(&c->w, "name", s->user.name);
	jw_member_c(&c->w, "role", user_role_name(s->user.role));
	write_recovery(c, s);
	jw_object_end(&c->w);
	crypto_wipe(s->recovery, sizeof(s->recovery));
	return 0;
}

/* --- renew ------------------------------------------------------------------------------------ */

static int check_renew(struct api_call *c, struct err *err)
{
	struct signin *s = signin_new(c, err);

	if (!s)
		return err_negative((enum err_code)err->code);
	if (!api_is_user(c) || c->who.user.oidc.p)
		return api_err(c, err, E_DENIED, "",
		    N_("Only a user who signs in by name has a password here."));
	s->name = c->who.user.name;
	s->folded = text_fold(c->arena, s->name);
	return s->folded.p ? 0 : no_memory(c, err);
}

static void renew_proved(struct api_call *c)
{
	const struct signin *s = c->state;

	if (!s->right) {
		refuse_password(c);
		return;
	}
	signin_guard_passed(c->gate->gateway->guard, s->folded, str_c(c->peer));
	id_format(USER_PREFIX, s->user.id, c->id);
	api_change(c);
}

static void renew(struct api_call *c)
{
	if (may_try(c, c->state))
		api_work_or(c, prove, renew_proved, was_no_guess);
}

static int only_the_leaf(struct api_call *c, struct store_conn *conn, struct err *err)
{
	(void)c, (void)conn, (void)err;
	return 0;
}

static int show_renewed(struct api_call *c, struct err *err)
{
	struct session_door door = { .kind = DOOR_USER,
		.user = c->who.user.id,
		.new_factor = api_value(c, "factor")->flag };

	(void)err;
	jw_object(&c->w);
	api_link_write(c, &door);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_signin_handlers[] = {
	{ "beginSession", NULL, use_code, show_begun, begin },
	{ "lookSession", NULL, NULL, look, NULL },
	{ "setUpSession", check_setup, set_up, show_set_up, setup },
	{ "renewSession", check_renew, only_the_leaf, show_renewed, renew },
	{ NULL, NULL, NULL, NULL, NULL },
};
