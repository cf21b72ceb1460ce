/* Signing in to the console and out. What is done to the sessions themselves happens before the job on the writer, which
 * may run twice; the job is the entry of the ledger. Times are of a clock that nobody sets: a simulator's days would end
 * a session in seconds. */
#include "apps/gateway/api_access.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

static struct sessions *sessions_of(const struct api_call *c)
{
	return c->gate->gateway->sessions;
}

static int nothing_else(struct api_call *c, struct store_conn *conn, struct err *err)
{
	(void)c, (void)conn, (void)err;
	return 0;
}

/* --- a link ----------------------------------------------------------------------------------- */

/* Behind "#", a part of an address that browsers keep to themselves: it reaches no log and no other site. */
void api_link_write(struct api_call *c, const struct session_door *door)
{
	char secret[SESSION_SECRET_MAX];
	struct buf url;

	session_link(sessions_of(c), door, clock_mono(), secret);
	buf_init(&url, 0);
	buf_addf(&url, "%s/console/#%s=%s", c->gate->gateway->public_url,
	    door->kind == DOOR_OPERATOR ? "link" : "setup", secret);
	jw_member_str(&c->w, "url", buf_str(&url));
	jw_member_int(&c->w, "expires_in_s", SESSION_LINK_S);
	c->body.failed = c->body.failed || url.failed;
	buf_done(&url);
	crypto_wipe(secret, sizeof(secret));
}

void api_link_none(struct api_call *c)
{
	jw_member_c(&c->w, "url", NULL);
	jw_member_c(&c->w, "expires_in_s", NULL);
}

/* A user who became the operator would be two people: the second of a pair, and still there when disabled. */
static int check_link(struct api_call *c, struct err *err)
{
	return api_is_user(c)
	    ? api_err(c, err, E_DENIED, "",
		  N_("Only who holds the admin token becomes the operator by a link."))
	    : 0;
}

static int show_link(struct api_call *c, struct err *err)
{
	(void)err;
	jw_object(&c->w);
	api_link_write(c, &(struct session_door){ .kind = DOOR_OPERATOR });
	jw_object_end(&c->w);
	return 0;
}

/* --- a session -------------------------------------------------------------------------------- */

void api_session_start(struct api_call *c, uint64_t user, int64_t epoch)
{
	struct session who = { .user = user, .epoch = epoch, .begun_at = clock_now() };
	char secret[SESSION_SECRET_MAX];

	if (!c->req)
		return; /* whoever asked is gone, and nobody takes the cookie */
	/* Whoever sat here before is signed out by it: a cookie that was planted is worth nothing afterwards. */
	(void)session_end(sessions_of(c), session_cookie(c->req), clock_mono());
	memcpy(who.peer, c->peer, sizeof(who.peer));
	session_begin(sessions_of(c), &who, clock_mono(), secret);
	(void)snprintf(c->cookie, sizeof(c->cookie),
	    SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%d", secret,
	    SESSION_S);
	crypto_wipe(secret, sizeof(secret));
}

int api_link_begin(struct api_call *c, struct err *err)
{
	struct str link = str_trim(api_text(c, "link"));
	struct session_door door;

	if (session_look(sessions_of(c), link, clock_mono(), &door) < 0 ||
	    door.kind != DOOR_OPERATOR || session_use(sessions_of(c), link, clock_mono()) < 0)
		return api_err(c, err, E_DENIED, "link",
		    N_("This link was used already, or its quarter of an hour is over; ask for another"
		       " with varco session link."));
	c->who = (struct api_who){ .session = { .left_s = SESSION_S },
		.user = { .name = STR("admin"), .role = USER_ADMIN } };
	return 0;
}

static void write_may(struct api_call *c)
{
	jw_key(&c->w, "may");
	jw_array(&c->w);
	for (size_t i = 0; i < noun_verbs_len; i++) {
		if (api_may(c, noun_verbs[i].operation))
			jw_c(&c->w, noun_verbs[i].operation);
	}
	jw_array_end(&c->w);
}

void api_session_write(struct api_call *c)
{
	const struct user *u = &c->who.user;
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_c(w, "by", api_is_user(c) ? "user" : c->who.by_token ? "token" : "session");
	jw_member_str(w, "name", u->name);
	jw_member_bool(w, "provider", u->oidc.p != NULL);
	jw_member_c(w, "role", user_role_name(u->role));
	jw_key(w, "portfolios");
	jw_array(w);
	for (size_t i = 0; i < u->portfolios_len; i++)
		jw_str(w, u->portfolios[i]);
	jw_array_end(w);
	write_may(c);
	jw_key(w, "expires_in_s");
	if (c->who.by_token)
		jw_null(w);
	else
		jw_int(w, c->who.session.left_s);
	jw_object_end(w);
}

static int show(struct api_call *c, struct err *err)
{
	(void)err;
	api_session_write(c);
	return 0;
}

static int end(struct api_call *c, struct err *err)
{
	(void)err;
	if (api_has_token(c->gate, c->req))
		session_end_all(sessions_of(c));
	else
		(void)session_end(sessions_of(c), session_cookie(c->req), clock_mono());
	(void)snprintf(c->cookie, sizeof(c->cookie),
	    SESSION_COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
	return 0;
}

static int show_ended(struct api_call *c, struct err *err)
{
	(void)err;
	jw_object(&c->w);
	jw_member_bool(&c->w, "ended", true);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_session_handlers[] = {
	{ "linkSession", check_link, nothing_else, show_link, NULL },
	{ "showSession", NULL, NULL, show, NULL },
	{ "endSession", end, nothing_else, show_ended, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
