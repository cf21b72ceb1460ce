/* The people who sign in to the console, and who is signed in. Nobody but the user ever knows the password: who is added
 * gets a link, and chooses it. */
#include "apps/gateway/api.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mime.h"

static struct sessions *sessions_of(const struct api_call *c)
{
	return c->gate->gateway->sessions;
}

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* By id or name: 0, or -E_NOT_FOUND with the field. */
static int find(struct api_call *c, struct store_conn *conn, const char *field, struct user *ret,
    struct err *err)
{
	struct str text = api_text(c, field);
	uint64_t id = 0;
	int r = id_parse(USER_PREFIX, text, &id) == 0 ? user_get_by_id(conn, id, c->arena, ret, err)
						      : user_get(conn, text, c->arena, ret, err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, field, N_("There is no such user."));
	return r < 0 ? r : 0;
}

/* What the answer is about; also behind the change. */
static int find_again(struct api_call *c, struct user *ret, struct err *err)
{
	uint64_t id = 0;

	if (id_parse(USER_PREFIX, str_c(c->id), &id) < 0)
		return find(c, c->gate->lane->reader, "id", ret, err);
	int r = user_get_by_id(c->gate->lane->reader, id, c->arena, ret, err);
	return r == 0 ? api_err(c, err, E_NOT_FOUND, "id", N_("There is no such user."))
	    : r < 0   ? r
		      : 0;
}

/* --- values ----------------------------------------------------------------------------------- */

static int read_role(struct api_call *c, enum user_role *ret, struct err *err)
{
	struct str role = api_text(c, "role");

	if (!role.p || user_role_parse(role, ret))
		return 0;
	return api_err(c, err, E_INVALID, "role",
	    N_("\"role\" must be one of viewer, author, approver, compliance and admin."));
}

static int read_portfolios(struct api_call *c, struct user *u, struct err *err)
{
	const struct api_value *v = api_value(c, "portfolios");
	const struct directory *d = lane_directory(c->gate->lane);

	if (!v->given)
		return 0;
	bool all = v->items_len == 1 && str_eq_c(v->items[0], "all");
	u->portfolios = all ? NULL : v->items;
	u->portfolios_len = all ? 0 : v->items_len;
	if (v->items_len == 0)
		return api_err(
		    c, err, E_INVALID, "portfolios", N_("\"portfolios\" names some, or says all."));
	for (size_t i = 0; i < u->portfolios_len; i++) {
		if (!directory_portfolio(d, u->portfolios[i]))
			return api_err(c, err, E_NOT_FOUND, "portfolios",
			    N_("There is no portfolio with that id here."));
	}
	return user_check_portfolios(u->portfolios, u->portfolios_len, err);
}

/* As it is compared with what the provider says. */
static int read_oidc(struct api_call *c, struct str *ret, struct err *err)
{
	const char *claim = c->gate->gateway->config->oidc_claim;
	char *value = arena_c(c->arena, str_trim(api_text(c, "oidc")));

	if (!value)
		return no_memory(c, err);
	oidc_fold_value(claim, value);
	*ret = str_c(value);
	if (strcmp(claim, "email") == 0 && !mime_is_address(*ret))
		return api_err(c, err, E_INVALID, "oidc",
		    N_("The sign-in provider calls people by their e-mail addresses; this is none."));
	return user_check_oidc(*ret, err);
}

static int check_add(struct api_call *c, struct err *err)
{
	struct user *u = ARENA_NEW(c->arena, struct user);
	int r = u ? user_check_name(api_text(c, "name"), err) : no_memory(c, err);

	if (r < 0)
		return r;
	*u = (struct user){ .name = str_trim(api_text(c, "name")) };
	c->state = u;
	r = read_role(c, &u->role, err);
	if (r == 0 && api_value(c, "oidc")->given)
		r = read_oidc(c, &u->oidc, err);
	return r < 0 ? r : read_portfolios(c, u, err);
}

/* --- changes ---------------------------------------------------------------------------------- */

static int add(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct user u = *(const struct user *)c->state, found = { .id = 0 };
	time_ms now = clock_now();
	bool created;

	u.id = id_next(&c->gate->lane->core->ids, now);
	int r = user_add(conn, &u, now, &created, err);
	if (r == 0)
		r = user_get(conn, u.name, c->arena, &found, err);
	if (r > 0)
		id_format(USER_PREFIX, found.id, c->id);
	return r < 0 ? r : 0;
}

/* Whoever locks themselves out finds nobody to let them in again. */
static int not_oneself(struct api_call *c, const struct user *u, struct err *err)
{
	if (!api_is_user(c) || c->who.user.id != u->id)
		return 0;
	return api_err(
	    c, err, E_DENIED, "id", N_("This is you: another administrator has to do it."));
}

static int bind_user(
    struct api_call *c, struct store_conn *conn, const struct user *u, struct err *err)
{
	struct str oidc = STR_NONE;
	int r = 0;

	if (!api_value(c, "oidc")->given)
		return 0;
	if (!str_eq_c(api_text(c, "oidc"), "none"))
		r = read_oidc(c, &oidc, err);
	return r < 0 ? r : user_bind(conn, u->id, oidc, clock_now(), err);
}

static int change(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct api_value *disabled = api_value(c, "disabled");
	struct user u;
	int r = find(c, conn, "id", &u, err);

	if (r == 0)
		r = not_oneself(c, &u, err);
	if (r == 0)
		r = read_role(c, &u.role, err);
	if (r == 0)
		r = read_portfolios(c, &u, err);
	if (r < 0)
		return r;
	u.disabled = disabled->given ? disabled->flag : u.disabled;
	id_format(USER_PREFIX, u.id, c->id);
	r = user_update(conn, &u, clock_now(), err);
	return r < 0 ? r : bind_user(c, conn, &u, err);
}

static int take_away(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct user u;
	int r = find(c, conn, "id", &u, err);

	if (r == 0)
		r = not_oneself(c, &u, err);
	if (r < 0)
		return r;
	id_format(USER_PREFIX, u.id, c->id);
	r = user_remove(conn, u.id, err);
	return r < 0 ? r : 0;
}

static int reset(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct user u;
	int r = find(c, conn, "id", &u, err);

	if (r < 0)
		return r;
	if (u.oidc.p)
		return api_err(c, err, E_INVALID, "id",
		    N_("This user signs in by the sign-in provider, and has no password here."));
	id_format(USER_PREFIX, u.id, c->id);
	return user_end_sessions(conn, u.id, clock_now(), err);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void write_portfolios(struct json_writer *w, const struct user *u)
{
	jw_key(w, "portfolios");
	jw_array(w);
	for (size_t i = 0; i < u->portfolios_len; i++)
		jw_str(w, u->portfolios[i]);
	jw_array_end(w);
}

/* Left open for the caller. */
static void write_user(struct api_call *c, const struct user *u)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	id_format(USER_PREFIX, u->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_str(w, "name", u->name);
	jw_member_c(w, "role", user_role_name(u->role));
	write_portfolios(w, u);
	jw_member_str(w, "oidc", u->oidc);
	jw_member_bool(w, "disabled", u->disabled);
	jw_member_bool(w, "password", u->has_password);
	jw_member_bool(w, "factor", u->has_factor);
	jw_member_int(w, "recovery_left", u->recovery_left);
	jw_member_time(w, "created_at", u->created_at);
	jw_member_time(w, "updated_at", u->updated_at);
	jw_member_time(w, "signed_in_at", u->signed_in_at);
}

static int show(struct api_call *c, struct err *err)
{
	struct user u;
	int r = find_again(c, &u, err);

	if (r < 0)
		return r;
	write_user(c, &u);
	jw_object_end(&c->w);
	return 0;
}

/* Links that were given before are none any more either. */
static int show_changed(struct api_call *c, struct err *err)
{
	struct user u;
	int r = find_again(c, &u, err);

	if (r < 0)
		return r;
	if (u.disabled || api_value(c, "oidc")->given)
		session_end_user(sessions_of(c), u.id);
	return show(c, err);
}

/* With a link, as long as they have not chosen a password. */
static int show_added(struct api_call *c, struct err *err)
{
	struct session_door door = { .kind = DOOR_USER };
	struct user u;
	int r = find_again(c, &u, err);

	if (r < 0)
		return r;
	write_user(c, &u);
	door.user = u.id;
	if (u.has_password || u.oidc.p)
		api_link_none(c);
	else
		api_link_write(c, &door);
	jw_object_end(&c->w);
	return 0;
}

static int show_link(struct api_call *c, struct err *err)
{
	struct session_door door = { .kind = DOOR_USER,
		.new_factor = api_value(c, "factor")->flag };
	struct user u;
	int r = find_again(c, &u, err);

	if (r < 0)
		return r;
	session_end_user(sessions_of(c), u.id);
	door.user = u.id;
	jw_object(&c->w);
	api_link_write(c, &door);
	jw_object_end(&c->w);
	return 0;
}

static int show_removed(struct api_call *c, struct err *err)
{
	uint64_t id = 0;

	(void)err;
	if (id_parse(USER_PREFIX, str_c(c->id), &id) == 0)
		session_end_user(sessions_of(c), id);
	jw_object(&c->w);
	jw_member_c(&c->w, "id", c->id);
	jw_member_bool(&c->w, "removed", true);
	jw_object_end(&c->w);
	return 0;
}

static int list(struct api_call *c, struct err *err)
{
	struct str cursor = api_text(c, "cursor");
	struct user *items = NULL;
	char next[ID_TEXT_MAX] = "";
	size_t limit = 0, n = 0;
	uint64_t after = 0;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse(USER_PREFIX, cursor, &after) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = user_list(c->gate->lane->reader, after, limit + 1, c->arena, &items, &n, err);
	if (r < 0)
		return r;
	bool more = n > limit;
	api_list_open(c);
	for (size_t i = 0; i < (more ? limit : n); i++) {
		write_user(c, &items[i]);
		jw_object_end(&c->w);
	}
	if (more)
		id_format(USER_PREFIX, items[limit - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

/* --- sessions --------------------------------------------------------------------------------- */

/* Of whom the caller may see sessions and end them. */
static bool is_theirs(const struct api_call *c, const struct session *s)
{
	return (c->who.user.role == USER_ADMIN && c->who.user.portfolios_len == 0) ||
	    (api_is_user(c) && s->user == c->who.user.id);
}

static int write_owner(struct api_call *c, const struct session *s, struct err *err)
{
	struct json_writer *w = &c->w;
	struct user u = { .name = STR("admin") };
	char id[ID_TEXT_MAX];
	int r = s->user ? user_get_by_id(c->gate->lane->reader, s->user, c->arena, &u, err) : 0;

	id_format(USER_PREFIX, s->user, id);
	jw_member_c(w, "user", s->user ? id : NULL);
	jw_member_str(w, "name", r > 0 || !s->user ? u.name : STR_NONE);
	return r < 0 ? r : 0;
}

static int write_session(struct api_call *c, const struct session *s, struct err *err)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	id_format(SESSION_PREFIX, s->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	int r = write_owner(c, s, err);
	jw_member_c(w, "from", s->peer);
	jw_member_bool(w, "current", s->id == c->who.session.id);
	jw_member_time(w, "begun_at", s->begun_at);
	jw_member_time(w, "used_at", s->used_at);
	jw_member_int(w, "expires_in_s", s->left_s);
	jw_object_end(w);
	return r;
}

static int list_sessions(struct api_call *c, struct err *err)
{
	struct session *all = ARENA_ARRAY(c->arena, struct session, SESSIONS_MAX);
	struct user u = { .id = 0 };
	int r = all ? 0 : no_memory(c, err);

	if (r == 0 && api_text(c, "user").p)
		r = find(c, c->gate->lane->reader, "user", &u, err);
	if (r < 0)
		return r;
	size_t n = session_list(sessions_of(c), clock_mono(), all);
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (is_theirs(c, &all[i]) && (!u.id || all[i].user == u.id))
			r = write_session(c, &all[i], err);
	}
	api_list_close(c, STR_NONE);
	return r;
}

static int check_drop(struct api_call *c, struct err *err)
{
	struct session *all = ARENA_ARRAY(c->arena, struct session, SESSIONS_MAX);
	struct str text = api_text(c, "id");
	uint64_t id = 0;

	if (!all)
		return no_memory(c, err);
	size_t n = session_list(sessions_of(c), clock_mono(), all);
	for (size_t i = 0; id_parse(SESSION_PREFIX, text, &id) == 0 && i < n; i++) {
		if (all[i].id == id && is_theirs(c, &all[i])) {
			id_format(SESSION_PREFIX, id, c->id);
			return 0;
		}
	}
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such session, or it is over."));
}

static int only_the_leaf(struct api_call *c, struct store_conn *conn, struct err *err)
{
	(void)c, (void)conn, (void)err;
	return 0;
}

static int drop(struct api_call *c, struct err *err)
{
	uint64_t id = 0;

	(void)err;
	if (id_parse(SESSION_PREFIX, str_c(c->id), &id) == 0)
		(void)session_end_id(sessions_of(c), id);
	jw_object(&c->w);
	jw_member_bool(&c->w, "ended", true);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_user_handlers[] = {
	{ "addUser", check_add, add, show_added, NULL },
	{ "listUsers", NULL, NULL, list, NULL },
	{ "showUser", NULL, NULL, show, NULL },
	{ "setUser", NULL, change, show_changed, NULL },
	{ "resetUser", NULL, reset, show_link, NULL },
	{ "removeUser", NULL, take_away, show_removed, NULL },
	{ "listSessions", NULL, NULL, list_sessions, NULL },
	{ "dropSession", check_drop, only_the_leaf, drop, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
