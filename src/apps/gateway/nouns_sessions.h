/* apps/gateway/nouns_sessions.h: the rows of users and of signing in to the console; for nouns.c only. */
#ifndef APPS_GATEWAY_NOUNS_SESSIONS_H
#define APPS_GATEWAY_NOUNS_SESSIONS_H

#define DOC_LINK N_("What stands behind \"link=\" or \"setup=\" in a link that was asked for.")
#define DOC_CODE N_("The six digits of the second factor, or one of the recovery codes instead.")
#define DOC_PASSWORD N_("The password.")
#define DOC_ROLE N_("What they may do: viewer, author, approver, compliance or admin.")
#define DOC_PORTFOLIOS \
	N_("Ids of the portfolios that they are bound to, or the word all, which is also what counts" \
	   " unless told otherwise.")
#define DOC_OIDC \
	N_("What the sign-in provider calls them, an e-mail address unless it is configured otherwise: they sign in there, and" \
	   " have no password here.")
#define DOC_USER N_("Name or id of the user.")

static const struct noun_field session_begin_fields[] = {
	{ "link", FIELD_FILE, OPTIONAL, DOC_LINK },
	{ "name", FIELD_STR, OPTIONAL, N_("The name of the user, instead of a link.") },
	{ "password", FIELD_FILE, OPTIONAL, DOC_PASSWORD },
	{ "totp", FIELD_STR, PERSONAL, DOC_CODE },
};

static const struct noun_field session_look_fields[] = {
	{ "link", FIELD_FILE, REQUIRED, DOC_LINK },
	{ "name", FIELD_STR, OPTIONAL,
	    N_("The name that the second factor is to be shown under, of who has none yet.") },
};

static const struct noun_field session_setup_fields[] = {
	{ "link", FIELD_FILE, REQUIRED, DOC_LINK },
	{ "name", FIELD_STR, OPTIONAL, N_("The name of the first user.") },
	{ "password", FIELD_FILE, REQUIRED, N_("The password to have from now on.") },
	{ "totp", FIELD_STR, PERSONAL, N_("The six digits that the second factor shows now.") },
};

static const struct noun_field session_renew_fields[] = {
	{ "password", FIELD_FILE, REQUIRED, N_("The password until now.") },
	{ "factor", FIELD_BOOL, OPTIONAL, N_("true: with a new second factor as well.") },
};

static const struct noun_field session_list_fields[] = {
	{ "user", FIELD_STR, OPTIONAL, N_("Only those of this user, by name or id.") },
};

static const struct noun_field session_drop_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the session, as in ses_0c5gq3hr8v2zk.") },
};

static const struct noun_field user_add_fields[] = {
	{ "name", FIELD_STR, REQUIRED, N_("The name of the person, as the ledger will have it.") },
	{ "role", FIELD_STR, REQUIRED, DOC_ROLE },
	{ "portfolios", FIELD_LIST, OPTIONAL, DOC_PORTFOLIOS },
	{ "oidc", FIELD_STR, PERSONAL, DOC_OIDC },
};

static const struct noun_field user_list_fields[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field user_id_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_USER },
};

static const struct noun_field user_set_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_USER },
	{ "role", FIELD_STR, OPTIONAL, DOC_ROLE },
	{ "portfolios", FIELD_LIST, OPTIONAL, DOC_PORTFOLIOS },
	{ "disabled", FIELD_BOOL, OPTIONAL,
	    N_("true: they are signed out and cannot sign in any more.") },
	{ "oidc", FIELD_STR, PERSONAL,
	    N_("What the sign-in provider calls them, by which they sign in from now on; or the word none, and they choose a"
	       " password again, by a link of user reset.") },
};

static const struct noun_field user_reset_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_USER },
	{ "factor", FIELD_BOOL, OPTIONAL, N_("true: with a new second factor as well.") },
};

static const struct noun_field audit_list_fields[] = {
	{ "by", FIELD_STR, OPTIONAL, N_("Only what this one did, by name.") },
	{ "operation", FIELD_STR, OPTIONAL, N_("Only acts of this kind, as in setAccount.") },
	{ "object", FIELD_STR, OPTIONAL, N_("Only acts on this one, by its id.") },
	{ "since", FIELD_TIME, OPTIONAL, N_("Only what happened at that time or later.") },
	{ "until", FIELD_TIME, OPTIONAL, N_("Only what happened before that time.") },
	{ "format", FIELD_STR, OPTIONAL,
	    N_("json, page by page, unless told otherwise; csv for all of it, as a table.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

#define SESSION_VERBS \
	{ "user", "add", "POST", "/api/v1/users", WITH(user_add_fields), \
		N_("Adds a person who signs in to the console, and gives the link by which they begin."), \
		"varco user add --name 'Marta Neri' --role author --portfolios 700600500", \
		"addUser" }, \
	    { "user", "list", "GET", "/api/v1/users", WITH(user_list_fields), \
		    N_("Lists the users."), "varco user list", "listUsers" }, \
	    { "user", "show", "GET", "/api/v1/users/{id}", WITH(user_id_fields), \
		    N_("Shows a user."), "varco user show 'Marta Neri'", "showUser" }, \
	    { "user", "set", "PATCH", "/api/v1/users/{id}", WITH(user_set_fields), \
		    N_("Changes the values that are given, from the next request on."), \
		    "varco user set 'Marta Neri' --role approver", "setUser" }, \
	    { "user", "reset", "POST", "/api/v1/users/{id}/reset", WITH(user_reset_fields), \
		    N_("Signs a user out everywhere, and gives a link to choose another password by."), \
		    "varco user reset 'Marta Neri' --factor", "resetUser" }, \
	    { "user", "remove", "DELETE", "/api/v1/users/{id}", WITH(user_id_fields), \
		    N_("Removes a user; what they did stays in the ledger."), \
		    "varco user remove 'Marta Neri'", "removeUser" }, \
	    { "audit", "list", "GET", "/api/v1/audit", WITH(audit_list_fields), \
		    N_("Lists what operators did: who, from where, what, and what was before; the newest first."), \
		    "varco audit list --by 'Marta Neri' --since 2026-11-01T00:00:00Z", \
		    "listAudit" }, \
	    { "session", "link", "POST", "/api/v1/sessions/links", NULL, 0, \
		    N_("A link that signs in to the console: once, within a quarter of an hour."), \
		    "varco session link", "linkSession" }, \
	    { "session", "list", "GET", "/api/v1/sessions", WITH(session_list_fields), \
		    N_("Lists who is signed in; who is no administrator sees their own sessions."), \
		    "varco session list", "listSessions" }, \
	    { "session", "drop", "DELETE", "/api/v1/sessions/{id}", WITH(session_drop_fields), \
		    N_("Ends a session; who is no administrator only one of their own."), \
		    "varco session drop ses_0c5gq3hr8v2zk", "dropSession" }, \
	    { "session", "look", "POST", "/api/v1/session/look", WITH(session_look_fields), \
		    N_("What a link is for, and the second factor that it offers."), \
		    "varco session look --link link.txt", "lookSession" }, \
	    { "session", "setup", "POST", "/api/v1/session/setup", WITH(session_setup_fields), \
		    N_("Uses a link: the first administrator, or a new password and second factor."), \
		    "varco session setup --link link.txt --password password.txt --totp 123456", \
		    "setUpSession" }, \
	    { "session", "renew", "POST", "/api/v1/session/renew", WITH(session_renew_fields), \
		    N_("A link by which whoever is signed in chooses another password for themselves."), \
		    "varco session renew --password password.txt", "renewSession" }, \
	    { "session", "provider", "GET", "/api/v1/session/provider", NULL, 0, \
		    N_("The sign-in provider that is configured, and where in the console signing in there begins."), \
		    "varco session provider", "showProvider" }, \
	    { "session", "enter", "POST", "/api/v1/session/provider", NULL, 0, \
		    N_("Signs in who comes back from the sign-in provider, by the cookie that their browser got on the way there."), \
		    "varco session enter", "enterSession" }, \
	    { "session", "begin", "POST", "/api/v1/session", WITH(session_begin_fields), \
		    N_("Signs in, by a link or by name and password: the answer sets the cookie that the console sends."), \
		    "varco session begin --link link.txt", "beginSession" }, \
	    { "session", "show", "GET", "/api/v1/session", NULL, 0, \
		    N_("Who is asking, what they may do, and for how long."), \
		    "varco session show", "showSession" }, \
	    { "session", "end", "DELETE", "/api/v1/session", NULL, 0, \
		    N_("Signs out; with the admin token, everybody."), "varco session end", \
		    "endSession" }

#endif
