/* What answers about users, sessions and what operators did look like. */
#include "apps/gateway/api_schemas.h"

#include "base/check.h"

#define USER(schema) \
	{ schema, "id", "string", ALWAYS, "usr_…" }, \
	    { schema, "name", "string", ALWAYS, "what stands in the ledger as by" }, \
	    { schema, "role", "string", ALWAYS, "viewer, author, approver, compliance or admin" }, \
	    { schema, "portfolios", "[]string", ALWAYS, \
		    "those the user is bound to; empty = all" }, \
	    { schema, "oidc", "string", OR_NULL, \
		    "what the sign-in provider calls them; null: they have a password of their own" }, \
	    { schema, "disabled", "boolean", ALWAYS, "they cannot sign in" }, \
	    { schema, "password", "boolean", ALWAYS, "they have chosen one" }, \
	    { schema, "factor", "boolean", ALWAYS, "they have a second factor" }, \
	    { schema, "recovery_left", "integer", ALWAYS, "recovery codes that were not used" }, \
	    { schema, "created_at", "time", ALWAYS, "when they were added" }, \
	    { schema, "updated_at", "time", ALWAYS, "when something of them changed last" }, \
	    { schema, "signed_in_at", "time", OR_NULL, "when they signed in last" }

const struct member user_members[] = {
	USER("User"),
	USER("NewUser"),
	{ "NewUser", "url", "string", OR_NULL,
	    "to give to the person: by it they choose a password; null when they have one, or sign in by the provider" },
	{ "NewUser", "expires_in_s", "integer", OR_NULL, "for so long" },

	{ "SessionLink", "url", "string", ALWAYS, "to open in a browser, once" },
	{ "SessionLink", "expires_in_s", "integer", ALWAYS, "for so long" },
	{ "Session", "by", "string", ALWAYS,
	    "user; session: by a link of the operator's; or token" },
	{ "Session", "name", "string", ALWAYS, "what stands in the ledger as by" },
	{ "Session", "provider", "boolean", ALWAYS,
	    "it is a user who signs in by the sign-in provider, and has no password here" },
	{ "Session", "role", "string", ALWAYS, "viewer, author, approver, compliance or admin" },
	{ "Session", "portfolios", "[]string", ALWAYS, "those the user is bound to; empty = all" },
	{ "Session", "may", "[]string", ALWAYS, "the operations that are allowed" },
	{ "Session", "expires_in_s", "integer", OR_NULL, "at most for so long; null = no end" },
	{ "SignInProvider", "name", "string", OR_NULL,
	    "of the sign-in provider; null: none is configured" },
	{ "SignInProvider", "url", "string", OR_NULL,
	    "where signing in there begins, in a browser: a path of this address" },
	{ "SessionEnd", "ended", "boolean", ALWAYS, "true" },
	{ "SessionEntry", "id", "string", ALWAYS, "ses_…" },
	{ "SessionEntry", "user", "string", OR_NULL, "usr_…; null = the operator" },
	{ "SessionEntry", "name", "string", OR_NULL, "of the user; null: there is none any more" },
	{ "SessionEntry", "from", "string", ALWAYS, "the address that signed in" },
	{ "SessionEntry", "current", "boolean", ALWAYS, "it is the one that asks" },
	{ "SessionEntry", "begun_at", "time", ALWAYS, "when it began" },
	{ "SessionEntry", "used_at", "time", ALWAYS, "when it was used last" },
	{ "SessionEntry", "expires_in_s", "integer", ALWAYS, "at most for so long" },
	{ "SessionDoor", "for", "string", ALWAYS,
	    "operator: it signs in; first: it makes the first administrator; user: it lets one choose"
	    " another password" },
	{ "SessionDoor", "name", "string", OR_NULL, "of the user" },
	{ "SessionDoor", "new_factor", "boolean", ALWAYS, "a second factor is set up as well" },
	{ "SessionDoor", "secret", "string", OR_NULL, "of that, to be typed into an app" },
	{ "SessionDoor", "uri", "string", OR_NULL, "the same for an app, otpauth://…" },
	{ "SessionDoor", "svg", "string", OR_NULL, "the same as a QR code" },
	{ "SetUp", "name", "string", ALWAYS, "of the user who is signed in now" },
	{ "SetUp", "role", "string", ALWAYS, "what they may do" },
	{ "SetUp", "recovery", "[]string", ALWAYS,
	    "codes that each take the place of the second factor once; shown only here" },

	{ "AuditAct", "seq", "integer", ALWAYS, "the entry of the ledger" },
	{ "AuditAct", "at", "time", ALWAYS, "when" },
	{ "AuditAct", "by", "string", ALWAYS, "who: the name of a user, or admin" },
	{ "AuditAct", "from", "string", OR_NULL, "the address it was done from" },
	{ "AuditAct", "operation", "string", ALWAYS, "what, by the name of the operation" },
	{ "AuditAct", "object", "string", OR_NULL, "to what, by its id" },
	{ "AuditAct", "people", "[]string", OR_NULL, "persons it was about" },
	{ "AuditAct", "reason", "string", OR_NULL, "why" },
	{ "AuditAct", "values", "object", OR_NULL,
	    "what was given, secrets and what tells of people only as given; null: it was forgotten" },
	{ "AuditAct", "before", "object", OR_NULL, "of changed settings, what stood there before" },
};
const size_t user_members_len = ARRAY_LEN(user_members);
