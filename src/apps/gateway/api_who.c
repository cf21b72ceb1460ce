/* Who asks: the admin token, or a cookie whose session is alive. A user is looked up for every request, so that a new role
 * or the end of one holds from the next request on, here and on every other node. */
#include "apps/gateway/api.h"

#include <stdio.h>

#include "base/check.h"

/* The operator: who has the admin token, or signed in by a link that was asked for with it. */
static void be_operator(struct api_who *who)
{
	who->user = (struct user){ .name = STR("admin"), .role = USER_ADMIN };
}

static int be_user(const struct gate *g, struct arena *a, struct api_who *ret, struct err *err)
{
	int r = user_get_by_id(g->lane->reader, ret->session.user, a, &ret->user, err);

	if (r < 0)
		return r;
	if (r > 0 && !ret->user.disabled && ret->user.epoch == ret->session.epoch)
		return 1;
	(void)session_end_id(g->gateway->sessions, ret->session.id);
	return 0;
}

bool api_has_token(const struct gate *g, const struct http_request *req)
{
	struct str value = http_header_get(req, "authorization");
	struct str scheme = str_cut(&value, ' ');

	return str_eq_nocase(scheme, STR("bearer")) &&
	    str_eq_secret(str_trim(value), str_c(g->gateway->admin_token));
}

/* What a page asks again by itself is no use of a session: an empty chair would keep it for ever. */
static bool has_session(const struct gate *g, const struct http_request *req, struct session *ret)
{
	struct str cookie = session_cookie(req);

	if (!cookie.p || !session_is_own_page(req))
		return false;
	if (api_is_live(req) || http_header_get(req, "x-varco-by-itself").p)
		return session_peek(g->gateway->sessions, cookie, clock_mono(), ret);
	return session_is(g->gateway->sessions, cookie, clock_mono(), clock_now(), ret);
}

bool api_is_known(const struct gate *g, const struct http_request *req)
{
	struct session session;

	return api_has_token(g, req) || has_session(g, req, &session);
}

int api_who_find(const struct gate *g, const struct http_request *req, struct arena *a,
    struct api_who *ret, struct err *err)
{
	struct api_who who = { .by_token = api_has_token(g, req) };

	if (!who.by_token && !has_session(g, req, &who.session))
		return 0;
	be_operator(&who);
	int r = who.session.user ? be_user(g, a, &who, err) : 1;
	if (r > 0)
		*ret = who;
	return r;
}

bool api_who_stays(const struct gate *g, const struct http_request *req, struct arena *a)
{
	struct api_who who = { .by_token = api_has_token(g, req) };

	if (who.by_token)
		return true;
	if (!session_peek(g->gateway->sessions, session_cookie(req), clock_mono(), &who.session))
		return false;
	return !who.session.user || be_user(g, a, &who, NULL) > 0;
}

bool api_is_user(const struct api_call *c)
{
	return c->who.session.user != 0;
}

bool api_sees_people(const struct api_call *c)
{
	return c->who.user.role == USER_COMPLIANCE || c->who.user.role == USER_ADMIN;
}

void api_peer(const struct http_request *req, char ret[SESSION_PEER_MAX])
{
	(void)snprintf(ret, SESSION_PEER_MAX, "%.*s", STR_ARG(req->peer));
}
