/* apps/gateway/nouns_register.h: the fields of the register's verbs. A part of nouns.c, which alone
 * includes it, behind its macros. */
#ifndef APPS_GATEWAY_NOUNS_REGISTER_H
#define APPS_GATEWAY_NOUNS_REGISTER_H

/* What people say of an entry: the fields of domain/register_field.h, all of them. */
#define SAID_OF_IT \
	{ "verdict", FIELD_STR, OPTIONAL, N_("official, unofficial or review.") }, \
	    { "state", FIELD_STR, OPTIONAL, \
		    N_("open, accepted, removing or retired; removed is what a later scan proves.") }, \
	    { "kind", FIELD_STR, OPTIONAL, N_("What it is, as in crm, bot or connector.") }, \
	    { "mechanism", FIELD_STR, OPTIONAL, N_("How it reaches WhatsApp, as in Cloud API.") }, \
	    { "provider", FIELD_STR, OPTIONAL, \
		    N_("The certified provider that it goes through.") }, \
	    { "provider_link", FIELD_STR, OPTIONAL, \
		    N_("Where the provider's certification is shown.") }, \
	    { "templates", FIELD_LIST, OPTIONAL, N_("The templates that it uses.") }, \
	    { "deputy", FIELD_STR, OPTIONAL, N_("Who answers for it when the owner is away.") }, \
	    { "unit", FIELD_STR, OPTIONAL, N_("The business unit that it belongs to.") }, \
	    { "accounts", FIELD_LIST, OPTIONAL, \
		    N_("Ids of the WhatsApp Business Accounts at stake.") }, \
	    { "meta_apps", FIELD_LIST, OPTIONAL, N_("Ids of the apps at Meta.") }, \
	    { "hooks", FIELD_LIST, OPTIONAL, N_("Addresses where it hears of messages.") }, \
	    { "special_data", FIELD_STR, OPTIONAL, \
		    N_("Special categories of data that it uses.") }, \
	    { "countries", FIELD_LIST, OPTIONAL, N_("Where the people are that it writes to.") }, \
	    { "retention", FIELD_STR, OPTIONAL, N_("How long it keeps data.") }, \
	    { "processor", FIELD_STR, OPTIONAL, \
		    N_("The agreement with who processes data for you.") }, \
	    { "legal_basis", FIELD_STR, OPTIONAL, N_("The legal basis of what it does.") }, \
	    { "opt_in_source", FIELD_STR, OPTIONAL, N_("Where people agreed to it.") }, \
	    { "credential_kind", FIELD_STR, OPTIONAL, \
		    N_("What opens Meta's door to it, as in a system user's token.") }, \
	    { "credential_place", FIELD_STR, OPTIONAL, \
		    N_("Where that is kept, as in a path of the vault; never the credential itself.") }, \
	    { "credential_issued", FIELD_DATE, OPTIONAL, N_("The day on which it was issued.") }, \
	    { "credential_rotated", FIELD_DATE, OPTIONAL, \
		    N_("The day on which it was changed last.") }, \
	    { "credential_expires", FIELD_DATE, OPTIONAL, N_("The day on which it ends.") }, \
	    { "credential_scopes", FIELD_LIST, OPTIONAL, N_("What it opens.") }, \
	    { "credential_readers", FIELD_STR, OPTIONAL, N_("Who can read it.") }, \
	    { "environment", FIELD_STR, OPTIONAL, \
		    N_("Where it runs: host, cluster or service.") }, \
	    { "repository", FIELD_STR, OPTIONAL, N_("The repository of its code.") }, \
	    { "commit", FIELD_STR, OPTIONAL, N_("The commit that was looked at.") }, \
	    { "image", FIELD_STR, OPTIONAL, N_("The container image with its digest.") }, \
	    { "workflow", FIELD_STR, OPTIONAL, N_("Id of the workflow.") }, \
	    { "extension", FIELD_STR, OPTIONAL, N_("Id of the browser extension.") }, \
	    { "device", FIELD_STR, OPTIONAL, N_("The device that it runs on.") }, \
	    { "evidence", FIELD_LIST, OPTIONAL, \
		    N_("Files and links that show what is said here.") }, \
	    { "risk", FIELD_STR, OPTIONAL, \
		    N_("What may happen: the account at stake, how much it sends.") }, \
	    { "remove_by", FIELD_DATE, OPTIONAL, N_("The day by which it is to be gone.") }, \
	    { "migrate_to", FIELD_STR, OPTIONAL, N_("What takes its place.") }, \
	    { "approved_by", FIELD_STR, OPTIONAL, N_("Who approved that it is used.") }, \
	    { "approved_on", FIELD_DATE, OPTIONAL, \
		    N_("The day of the approval; today with state accepted.") }, \
	    { "exception_until", FIELD_DATE, OPTIONAL, \
		    N_("The day on which the exception ends of what is not official.") }, \
	{ \
		"reason", FIELD_STR, OPTIONAL, N_("Why it was decided like that.") \
	}

static const struct noun_field integration_add[] = {
	{ "name", FIELD_STR, REQUIRED, N_("Name of the app, once in the register.") },
	{ "owner", FIELD_STR, REQUIRED, N_("Who answers for it.") },
	{ "purpose", FIELD_STR, REQUIRED, N_("What it sends messages for.") },
	{ "numbers", FIELD_LIST, OPTIONAL,
	    N_("The phone-number-ids that it may use; needed for a key.") },
	{ "categories", FIELD_LIST, OPTIONAL,
	    N_("What it may send: some of marketing, utility, authentication and service; needed for a key.") },
	{ "keyless", FIELD_BOOL, OPTIONAL,
	    N_("true for what is only to be documented: it gets no key.") },
	{ "data", FIELD_STR, OPTIONAL, N_("Which personal data it uses.") },
	{ "review_by", FIELD_DATE, OPTIONAL,
	    N_("The day by which the entry is to be looked at again.") },
	{ "webhook", FIELD_STR, OPTIONAL,
	    N_("The https address that hears statuses and inbound messages.") },
	{ "webhook_secret_file", FIELD_FILE, OPTIONAL,
	    N_("The secret that signs what goes to the webhook.") },
	SAID_OF_IT,
};

static const struct noun_field integration_list[] = {
	{ "portfolio", FIELD_STR, OPTIONAL, DOC_CLIENT },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field integration_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id or name of the integration.") },
};

static const struct noun_field integration_set[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id or name of the integration.") },
	{ "name", FIELD_STR, OPTIONAL, N_("Name of the app, once in the register.") },
	{ "owner", FIELD_STR, OPTIONAL, N_("Who answers for it.") },
	{ "purpose", FIELD_STR, OPTIONAL, N_("What it sends messages for.") },
	{ "numbers", FIELD_LIST, OPTIONAL, N_("The phone-number-ids that it may use.") },
	{ "categories", FIELD_LIST, OPTIONAL,
	    N_("What it may send: some of marketing, utility, authentication and service.") },
	{ "data", FIELD_STR, OPTIONAL, N_("Which personal data it uses.") },
	{ "review_by", FIELD_DATE, OPTIONAL,
	    N_("The day by which the entry is to be looked at again.") },
	{ "webhook", FIELD_STR, OPTIONAL,
	    N_("The https address that hears statuses and inbound messages; empty for none.") },
	{ "webhook_secret_file", FIELD_FILE, OPTIONAL,
	    N_("The secret that signs what goes to the webhook.") },
	{ "status", FIELD_STR, OPTIONAL, N_("active, suspended or revoked.") },
	SAID_OF_IT,
};

static const struct noun_field integration_review[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id or name of the integration.") },
	{ "by", FIELD_STR, REQUIRED, N_("Who looked at it.") },
	{ "until", FIELD_DATE, REQUIRED, N_("The day by which it is to be looked at again.") },
	{ "outcome", FIELD_STR, OPTIONAL, N_("What came of it.") },
};

static const struct noun_field integration_export[] = {
	{ "format", FIELD_STR, OPTIONAL,
	    N_("json, html, pdf or csv; json unless told otherwise.") },
	{ "lang", FIELD_STR, OPTIONAL, N_("Language of the document: it or en.") },
};

static const struct noun_field integration_import[] = {
	{ "file", FIELD_FILE, POSITIONAL,
	    N_("The report of varco scan --format json, or the register of varco scan --register.") },
	{ "name", FIELD_STR, OPTIONAL,
	    N_("What was scanned, always by the same name: needed when the report names only \".\".") },
};

static const struct noun_field bypass_list[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
};

static const struct noun_field scan_findings[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the scan, as in scn_0c5gq3hr8v2zk.") },
	{ "verdict", FIELD_STR, OPTIONAL,
	    N_("Only findings of this verdict: unofficial, review or official.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field integration_scan[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the scan, as in scn_0c5gq3hr8v2zk.") },
};

#endif
