/* apps/gateway/session.h: who is signed in to the console.
 *
 * A session begins with a name and a password (api_signin.c), or with a link. Links are good for one use, for fifteen
 * minutes: those that the operator asked for with the admin token sign in as the operator; those of a user let them
 * choose a password and a second factor, and so does the one that makes the first user.
 * What the browser holds from then on is a cookie of 256 random bits. Links and sessions are kept in memory only, as
 * hashes: a restart signs everybody out, and who reads this process's memory or the store learns no cookie. A session
 * ends twelve hours after it began, or when it was not used for an hour; these times are of a clock that nobody sets.
 * Who a user is and what they may do is not kept here: that is looked up for every request.
 * All may be called from any thread. */
#ifndef APPS_GATEWAY_SESSION_H
#define APPS_GATEWAY_SESSION_H

#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "base/totp.h"
#include "transport/http_server.h"

#define SESSION_SECRET_MAX 44 /* "-" and letters, digits, "_" of base 64 for the web, and a NUL */
#define SESSION_COOKIE "__Host-varco"
#define SESSION_LINK_S (15 * 60)
#define SESSION_S (12 * 60 * 60)
#define SESSION_IDLE_S (60 * 60)
#define SESSION_PEER_MAX 48
#define SESSION_PREFIX "ses"

struct sessions;

struct sessions *sessions_new(void); /* NULL when memory ran out */
void sessions_free(struct sessions **ps);
/* 256 random bits, in letters that may stand anywhere. */
void session_secret(char ret[SESSION_SECRET_MAX]);

/* --- links ------------------------------------------------------------------------------------ */

enum session_door_kind {
	DOOR_OPERATOR, /* signs in as the operator */
	DOOR_FIRST,    /* makes the first user, an administrator */
	DOOR_USER, /* a user's own: a new password, and a second factor where there is none or another is wanted */
};

struct session_door {
	enum session_door_kind kind;
	uint64_t user;
	bool new_factor;
	uint8_t
	    factor[TOTP_SECRET_LEN]; /* the secret that is offered, always the same for one link */
};

/* A link's secret; `factor` is made here. The oldest link makes room for a new one. */
void session_link(
    struct sessions *s, const struct session_door *door, mono_ns now, char ret[SESSION_SECRET_MAX]);
/* Where a link leads, without using it: 0, or -E_DENIED. */
MUST_CHECK int session_look(
    struct sessions *s, struct str link, mono_ns now, struct session_door *ret);
/* Uses up a link: 0 for one caller, -E_DENIED for all others. */
MUST_CHECK int session_use(struct sessions *s, struct str link, mono_ns now);

/* --- sessions --------------------------------------------------------------------------------- */

struct session {
	uint64_t id;   /* says nothing of the cookie */
	uint64_t user; /* 0 = the operator */
	int64_t epoch; /* of the user, when it began */
	time_ms begun_at, used_at;
	char peer[SESSION_PEER_MAX]; /* where it began */
	int64_t left_s;              /* at most */
};

/* Begins one: user, epoch, peer and begun_at of `who`; gives the cookie's value. The session that was used longest ago
 * makes room. */
void session_begin(
    struct sessions *s, const struct session *who, mono_ns now, char ret[SESSION_SECRET_MAX]);
/* The session that a cookie belongs to, used just now then. */
MUST_CHECK bool session_is(
    struct sessions *s, struct str cookie, mono_ns now, time_ms at, struct session *ret);
/* The same, without being a use of it: for what asks by itself, and would keep it alive for ever. */
MUST_CHECK bool session_peek(
    struct sessions *s, struct str cookie, mono_ns now, struct session *ret);
/* All that are not over, `ret` with room for SESSIONS_MAX. How many. */
#define SESSIONS_MAX 256
size_t session_list(struct sessions *s, mono_ns now, struct session *ret);
/* Whether there was one. */
bool session_end(struct sessions *s, struct str cookie, mono_ns now);
bool session_end_id(struct sessions *s, uint64_t id);
void session_end_user(struct sessions *s, uint64_t user); /* and their links; 0 = the operator's */
void session_end_all(struct sessions *s);

/* --- requests --------------------------------------------------------------------------------- */

/* The cookie of a request; p NULL = none. */
struct str session_cookie(const struct http_request *req);
/* The same of another name. */
struct str session_cookie_of(const struct http_request *req, const char *wanted);
/* Does the request come from a page of this very address, as far as the browser tells: a cookie goes along with whatever
 * any page asks for, so it alone proves nothing. */
bool session_is_own_page(const struct http_request *req);

#endif
