/* domain/register_field.h: what people say of an integration beside its name, owner, purpose, data,
 * numbers, categories and review date: the fields of the register as one table.
 *
 * A value is text: of a list its items with ", " between them, of a day "2026-12-31". No value holds
 * a credential, only the place where one is kept. p NULL: not said; empty: taken away. */
#ifndef DOMAIN_REGISTER_FIELD_H
#define DOMAIN_REGISTER_FIELD_H

#include "base/arena.h"
#include "base/json.h"

enum register_type { REGISTER_TEXT, REGISTER_LIST, REGISTER_DATE };

/* Name in the API, type, most code points, heading in documents. */
#define REGISTER_FIELDS(X) \
	X(KIND, "kind", TEXT, 60, N_("Kind")) \
	X(MECHANISM, "mechanism", TEXT, 200, N_("Mechanism")) \
	X(PROVIDER, "provider", TEXT, 200, N_("Provider")) \
	X(PROVIDER_LINK, "provider_link", TEXT, 500, N_("Certification of the provider")) \
	X(TEMPLATES, "templates", LIST, 2000, N_("Templates")) \
	X(DEPUTY, "deputy", TEXT, 200, N_("Deputy")) \
	X(UNIT, "unit", TEXT, 200, N_("Business unit")) \
	X(ACCOUNTS, "accounts", LIST, 2000, N_("WhatsApp Business Accounts")) \
	X(META_APPS, "meta_apps", LIST, 2000, N_("Apps at Meta")) \
	X(HOOKS, "hooks", LIST, 2000, N_("Webhook addresses")) \
	X(SPECIAL_DATA, "special_data", TEXT, 2000, N_("Special categories of data")) \
	X(COUNTRIES, "countries", LIST, 2000, N_("Countries of the recipients")) \
	X(RETENTION, "retention", TEXT, 500, N_("How long data are kept")) \
	X(PROCESSOR, "processor", TEXT, 500, N_("Agreement with the processor")) \
	X(LEGAL_BASIS, "legal_basis", TEXT, 500, N_("Legal basis")) \
	X(OPT_IN_SOURCE, "opt_in_source", TEXT, 500, N_("Source of the opt-in")) \
	X(CREDENTIAL_KIND, "credential_kind", TEXT, 120, N_("Kind of credential")) \
	X(CREDENTIAL_PLACE, "credential_place", TEXT, 500, N_("Where the credential is kept")) \
	X(CREDENTIAL_ISSUED, "credential_issued", DATE, 10, N_("Credential issued on")) \
	X(CREDENTIAL_ROTATED, "credential_rotated", DATE, 10, N_("Credential changed last on")) \
	X(CREDENTIAL_EXPIRES, "credential_expires", DATE, 10, N_("Credential valid until")) \
	X(CREDENTIAL_SCOPES, "credential_scopes", LIST, 1000, N_("What the credential opens")) \
	X(CREDENTIAL_READERS, "credential_readers", TEXT, 500, N_("Who can read the credential")) \
	X(ENVIRONMENT, "environment", TEXT, 500, N_("Where it runs")) \
	X(REPOSITORY, "repository", TEXT, 500, N_("Repository")) \
	X(COMMIT, "commit", TEXT, 120, N_("Commit")) \
	X(IMAGE, "image", TEXT, 500, N_("Container image")) \
	X(WORKFLOW, "workflow", TEXT, 500, N_("Workflow")) \
	X(EXTENSION, "extension", TEXT, 500, N_("Browser extension")) \
	X(DEVICE, "device", TEXT, 500, N_("Device")) \
	X(EVIDENCE, "evidence", LIST, 4000, N_("Evidence: files and links")) \
	X(RISK, "risk", TEXT, 2000, N_("Risk")) \
	X(REMOVE_BY, "remove_by", DATE, 10, N_("To be removed by")) \
	X(MIGRATE_TO, "migrate_to", TEXT, 500, N_("Moves to")) \
	X(APPROVED_BY, "approved_by", TEXT, 200, N_("Approved by")) \
	X(APPROVED_ON, "approved_on", DATE, 10, N_("Approved on")) \
	X(EXCEPTION_UNTIL, "exception_until", DATE, 10, N_("Exception ends on")) \
	X(REASON, "reason", TEXT, 2000, N_("Reason of the decision")) \
	X(REVIEWED_BY, "reviewed_by", TEXT, 200, N_("Reviewed last by")) \
	X(REVIEWED_ON, "reviewed_on", DATE, 10, N_("Reviewed last on")) \
	X(REVIEW_OUTCOME, "review_outcome", TEXT, 2000, N_("Outcome of the review"))

enum register_field {
#define X(name, word, type, max, label) REGISTER_##name,
	REGISTER_FIELDS(X)
#undef X
	    REGISTER_FIELDS_LEN
};

struct register_field_row {
	const char *name;
	enum register_type type;
	size_t max;
	const char *label; /* msgid */
};
extern const struct register_field_row register_fields[REGISTER_FIELDS_LEN];

/* One value of each; p NULL = not said. */
struct register_values {
	struct str v[REGISTER_FIELDS_LEN];
};

/* 0; -E_INVALID, -E_TOO_LARGE with the field's name: also for what looks like a credential itself. */
MUST_CHECK int register_values_check(const struct register_values *v, struct err *err);
/* "a, b" of the items, without empty ones; p NULL when memory ran out. */
struct str register_join(struct arena *a, const struct str *items, size_t len);
/* The next item of a joined list, off its front. */
struct str register_next(struct str *rest);

/* The column: a JSON object of what is said. What `with` says goes over `base`. p NULL: memory ran out. */
struct str register_values_write(
    struct arena *a, const struct register_values *base, const struct register_values *with);
/* -E_INVALID for a column that is none of ours, -E_NOMEM. */
MUST_CHECK int register_values_read(
    struct arena *a, struct str column, struct register_values *ret);
/* Members of the object under construction: null where nothing is said, arrays of lists. */
void register_values_members(struct json_writer *w, const struct register_values *v);

#endif
