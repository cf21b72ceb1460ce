/* The last step of signing in by the sign-in provider (oidc.h): who it is was proved on the way back; here it is said whether
 * they may come in, and they do.
 *
 * Who is sent away is on the ledger too, as another operation: by the provider's word somebody tried. What it called them
 * is not written down there; the user it would have been is. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "base/log.h"

struct entering {
	const struct noun_verb *verb;
	struct oidc_identity who;
	struct user user;                        /* id 0 = there is none */
	const struct refusal *refusal, *refused; /* before the job, and by it; NULL = none */
};

static const struct refusal {
	const char *word, *msgid;
} unknown = { "unknown",
	N_("The sign-in provider knows you, but there is no user here by what it calls you; an administrator adds one.") },
  unverified = { "unverified", N_("The sign-in provider has not verified your e-mail address.") },
  disabled = { "disabled", N_("Your user is disabled; ask an administrator.") },
  another = {
	  "another",
	  N_("The sign-in provider has given this name to somebody else since; an administrator has to bind the user anew.")
  };

static const struct noun_field refused_fields[] = {
	{ .name = "reason", .type = FIELD_STR },
};
static const struct noun_verb refused_verb = { .noun = "session",
	.verb = "refuse",
	.method = "POST",
	.path = "",
	.fields = refused_fields,
	.fields_len = ARRAY_LEN(refused_fields),
	.operation = "refuseSession" };

/* --- which provider --------------------------------------------------------------------------- */

static int show_provider(struct api_call *c, struct err *err)
{
	const struct gateway *gw = c->gate->gateway;

	(void)err;
	jw_object(&c->w);
	jw_member_c(&c->w, "name", gw->oidc ? gw->config->oidc_name : NULL);
	jw_member_c(&c->w, "url", gw->oidc ? OIDC_START : NULL);
	jw_object_end(&c->w);
	return 0;
}

static void count_refusal(struct api_call *c, enum signin_refusal why)
{
	atomic_fetch_add(&c->gate->gateway->signins_refused[why], 1);
}

/* --- coming in -------------------------------------------------------------------------------- */

static void refuse(struct api_call *c, const char *msgid)
{
	struct err err = { 0 };

	count_refusal(c, SIGNIN_WRONG_PROVIDER);
	(void)api_err(c, &err, E_DENIED, "", "%s", lang_text(c->lang, msgid));
	api_fail(c, 401, &err);
}

/* Each refusal is an entry of the ledger, so nobody makes as many as they like. */
static bool may_be_refused(struct api_call *c, const struct entering *e)
{
	struct err err = { 0 };
	int64_t wait = signin_guard_try(
	    c->gate->gateway->guard, str_c(e->who.value), str_c(c->peer), clock_mono());

	if (wait == 0)
		return true;
	count_refusal(c, SIGNIN_TOLD_TO_WAIT);
	(void)api_err(c, &err, E_BUSY, "",
	    N_("Too many attempts came to nothing; try again in %lld seconds."), (long long)wait);
	api_fail_wait(c, 429, wait, &err);
	return false;
}

static int find(struct api_call *c, struct entering *e, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	int r = user_get_by_oidc(conn, str_c(e->who.value), c->arena, &e->user, err);
	int same = r > 0 ? user_may_be_subject(conn, &e->user, &e->who.subject, err) : 0;

	if (r < 0 || same < 0)
		return r < 0 ? r : same;
	e->refusal = r == 0    ? &unknown
	    : !e->who.verified ? &unverified
	    : e->user.disabled ? &disabled
	    : same == 0        ? &another
			       : NULL;
	return 0;
}

static bool is_proved(struct api_call *c, struct entering *e)
{
	struct oidc *o = c->gate->gateway->oidc;
	struct str cookie = c->req ? session_cookie_of(c->req, OIDC_COOKIE) : STR_NONE;

	return o && cookie.p && oidc_visit_end(o->visits, cookie, clock_mono(), &e->who) == 0;
}

static void enter(struct api_call *c)
{
	struct entering *e = ARENA_NEW(c->arena, struct entering);
	struct err err = { 0 };

	if (!e) {
		(void)api_err(c, &err, E_NOMEM, "", N_("The gateway is short of memory."));
		api_fail(c, 503, &err);
		return;
	}
	if (!is_proved(c, e)) {
		refuse(c,
		    N_("The sign-in at the provider is over, or was used already; begin it again."));
		return;
	}
	c->state = e;
	e->verb = c->verb;
	int r = find(c, e, &err);
	if (r < 0)
		api_finish(c, r, &err);
	else if (!e->refusal || may_be_refused(c, e))
		api_change(c);
}

/* Who it is, and as what it stands in the ledger. */
static void be(struct api_call *c, const struct entering *e)
{
	c->who = (struct api_who){ .user = e->user };
	c->who.session = (struct session){ .user = e->user.id, .left_s = SESSION_S };
	c->verb = e->verb;
	if (e->user.id)
		id_format(USER_PREFIX, e->user.id, c->id);
	if (!e->refused)
		return;
	c->who = (struct api_who){ .user = { .name = STR("stranger") } };
	c->verb = &refused_verb;
	c->values[0] = (struct api_value){ .given = true, .text = str_c(e->refused->word) };
}

static int let_in(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct entering *e = c->state;
	int r = e->refusal ? 1 : user_is_subject(conn, &e->user, &e->who.subject, err);

	if (r < 0)
		return r;
	e->refused = r == 0 ? &another : e->refusal;
	be(c, e);
	return e->refused ? 0 : user_signed_in(conn, e->user.id, clock_now(), err);
}

static int show_entered(struct api_call *c, struct err *err)
{
	const struct entering *e = c->state;

	if (e->refused) {
		count_refusal(c, SIGNIN_WRONG_PROVIDER);
		log_warn("the sign-in provider's word was not enough", "why=%s", e->refused->word);
		return api_err(c, err, E_DENIED, "", "%s", lang_text(c->lang, e->refused->msgid));
	}
	api_session_start(c, e->user.id, e->user.epoch);
	api_session_write(c);
	return 0;
}

const struct api_handler api_oidc_handlers[] = {
	{ "showProvider", NULL, NULL, show_provider, NULL },
	{ "enterSession", NULL, let_in, show_entered, enter },
	{ NULL, NULL, NULL, NULL, NULL },
};
