/* What answers look like, as rows: schema, member, type, whether it may be null, one sentence. Types are a word of
 * `types`, "[]" for an array of what follows, or the name of a schema. */
#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"

struct member {
	const char *schema, *name, *type;
	bool nullable;
	const char *doc;
};

static const struct member members[] = {
	{ "Problem", "type", "string", false, "always about:blank: the title says it all" },
	{ "Problem", "title", "string", false, "what kind of problem, in the caller's language" },
	{ "Problem", "status", "integer", false, "the HTTP status" },
	{ "Problem", "detail", "string", false, "what is wrong and what to do, one sentence" },
	{ "Problem", "code", "string", false,
	    "for programs: E_INVALID, E_NOT_FOUND, E_CONFLICT …" },
	{ "Problem", "field", "string", true, "which input" },

	{ "Restriction", "type", "string", false, "Meta's word" },
	{ "Restriction", "until", "time", true, "null = without a known end" },

	{ "Account", "waba", "string", false, "id of the WhatsApp Business Account" },
	{ "Account", "portfolio", "string", false, "id of the business portfolio" },
	{ "Account", "name", "string", false, "for people" },
	{ "Account", "country", "string", true, "two capital letters" },
	{ "Account", "limit", "limit", false,
	    "people that the portfolio may begin to write to in 24 hours" },
	{ "Account", "upstream", "string", true, "certified provider; null = Meta" },
	{ "Account", "state", "string", false,
	    "active, locked, disabled, banned, scheduled_for_disable or Meta's word" },
	{ "Account", "payment_ok", "boolean", false, "no payment trouble" },
	{ "Account", "token", "boolean", false, "there is an access token" },
	{ "Account", "app_secret", "boolean", false, "there is an app secret" },
	{ "Account", "verify_token", "boolean", false, "there is a verify token" },
	{ "Account", "restrictions", "[]Restriction", false, "in force" },
	{ "Account", "blocked_countries", "[]string", false, "destinations that Meta refuses" },
	{ "Account", "numbers", "[]string", false, "their phone-number-ids" },

	{ "Pause", "scope", "string", false, "number, or waba for the whole account" },
	{ "Pause", "purpose", "string", false, "what is held" },
	{ "Pause", "until", "time", true, "null = until it is resumed" },
	{ "Pause", "by", "string", false, "operator or breaker" },
	{ "Pause", "reason", "string", false, "why" },
	{ "Pause", "at", "time", false, "since when" },

	{ "Warmup", "from", "time", true, "when it began" },
	{ "Warmup", "day", "integer", false, "1 is the first" },
	{ "Warmup", "cap", "integer", false, "people today" },
	{ "Warmup", "frozen_until", "time", true, "does not grow until then" },

	{ "Number", "id", "string", false, "the phone-number-id" },
	{ "Number", "waba", "string", false, "its account" },
	{ "Number", "display", "string", false, "E.164" },
	{ "Number", "verified_name", "string", true, "as Meta verified it" },
	{ "Number", "status", "string", false, "Meta's word" },
	{ "Number", "quality", "string", false, "Meta's word" },
	{ "Number", "throughput", "integer", false, "messages a second" },
	{ "Number", "established", "boolean", false, "skips warm-up" },
	{ "Number", "warmup", "Warmup", true, "null = not warming up" },
	{ "Number", "paused", "[]Pause", false, "its own and its account's" },
	{ "Number", "created_at", "time", false, "when it was added" },

	{ "Template", "waba", "string", false, "its account" },
	{ "Template", "id", "string", true, "Meta's id" },
	{ "Template", "name", "string", false, "its name" },
	{ "Template", "language", "string", false, "its language" },
	{ "Template", "category", "string", true, "MARKETING, UTILITY or AUTHENTICATION" },
	{ "Template", "correct_category", "string", true, "what Meta says it should be" },
	{ "Template", "category_change_at", "time", true, "when Meta will change it" },
	{ "Template", "status", "string", false, "Meta's word" },
	{ "Template", "quality", "string", true, "Meta's word" },
	{ "Template", "paused_until", "time", true, "end of a pause" },
	{ "Template", "parameter_format", "string", true, "NAMED or POSITIONAL" },
	{ "Template", "components", "any", true, "as Graph has them" },

	{ "LintProblem", "field", "string", false, "which part of the definition" },
	{ "LintProblem", "message", "string", false, "what is wrong with it" },
	{ "Linted", "name", "string", true, "of the definition" },
	{ "Linted", "language", "string", true, "of the definition" },
	{ "Linted", "ok", "boolean", false, "nothing is wrong" },
	{ "Linted", "problems", "[]LintProblem", false, "all of them" },
	{ "Lint", "items", "[]Linted", false, "one a definition" },
	{ "Lint", "ok", "boolean", false, "nothing is wrong with any" },

	{ "TemplateRef", "name", "string", false, "its name" },
	{ "TemplateRef", "language", "string", false, "its language" },
	{ "SyncProblem", "name", "string", true, "of the template" },
	{ "SyncProblem", "language", "string", true, "of the template" },
	{ "SyncProblem", "field", "string", false, "which part of it" },
	{ "SyncProblem", "reason", "string", false, "why it was not taken" },
	{ "Sync", "waba", "string", false, "the account" },
	{ "Sync", "read", "integer", false, "templates that the upstream listed" },
	{ "Sync", "created", "integer", false, "those that were new here" },
	{ "Sync", "problems", "[]SyncProblem", false, "those that could not be taken" },
	{ "Sync", "missing", "[]TemplateRef", false, "on record here, and not listed" },

	{ "Integration", "id", "string", false, "app_…" },
	{ "Integration", "name", "string", false, "of the app" },
	{ "Integration", "owner", "string", false, "who answers for it" },
	{ "Integration", "purpose", "string", false, "what it sends messages for" },
	{ "Integration", "data", "string", true, "which personal data it uses" },
	{ "Integration", "numbers", "[]string", false, "phone-number-ids that it may use" },
	{ "Integration", "categories", "[]string", false, "what it may send" },
	{ "Integration", "review_by", "date", true, "to be looked at again by then" },
	{ "Integration", "webhook", "string", true, "hears statuses and inbound messages" },
	{ "Integration", "status", "string", false, "active, suspended or revoked" },
	{ "Integration", "created_at", "time", false, "when it was entered" },
	{ "Integration", "updated_at", "time", false, "when it was changed last" },
	{ "Integration", "last_seen_at", "time", true, "when it called last" },
	{ "IntegrationKey", "id", "string", false, "app_…" },
	{ "IntegrationKey", "name", "string", false, "of the app" },
	{ "IntegrationKey", "key", "string", true,
	    "shown this once; null when it was shown before" },
	{ "Register", "at", "time", false, "when it was written" },
	{ "Register", "items", "[]Integration", false, "all entries" },

	{ "Consent", "purpose", "string", false,
	    "marketing, utility, authentication, service or all" },
	{ "Consent", "act", "string", false, "grant or withdraw" },
	{ "Consent", "at", "time", false, "when the person acted" },
	{ "Consent", "evidence", "string", false,
	    "none, imported, form, inbound_message, double_opt_in or signed" },
	{ "Consent", "source", "string", true, "where" },
	{ "Person", "person", "string", false, "per_…" },
	{ "Person", "phone", "string", true, "E.164" },
	{ "Person", "bsuid", "string", true, "business-scoped user id" },
	{ "Person", "consents", "[]Consent", false, "oldest first" },
	{ "ExportedConsent", "person", "string", false, "per_…" },
	{ "ExportedConsent", "phone", "string", true, "E.164" },
	{ "ExportedConsent", "bsuid", "string", true, "business-scoped user id" },
	{ "ExportedConsent", "purpose", "string", false, "what for" },
	{ "ExportedConsent", "act", "string", false, "grant or withdraw" },
	{ "ExportedConsent", "at", "time", false, "when the person acted" },
	{ "ExportedConsent", "evidence", "string", false, "what proves it" },
	{ "ExportedConsent", "source", "string", true, "where" },
	{ "ExportedConsent", "text", "string", true, "the words" },
	{ "ExportedConsent", "recorded_at", "time", false, "when it came here" },
	{ "ExportedConsent", "import", "string", true, "imp_…" },
	{ "ExportedConsent", "attributes", "object", true, "further columns of the import" },
	{ "ImportProblem", "row", "integer", false, "as a spreadsheet counts; the header is 1" },
	{ "ImportProblem", "column", "string", true, "null = the row as a whole" },
	{ "ImportProblem", "value", "string", false,
	    "the cell, masked where it could tell who it is about" },
	{ "ImportProblem", "reason", "string", false, "why the row was rejected" },
	{ "Import", "import", "string", true, "imp_…; null for a dry run" },
	{ "Import", "dry_run", "boolean", false, "nothing was recorded" },
	{ "Import", "rows", "integer", false, "read" },
	{ "Import", "accepted", "integer", false, "recorded, or on record already" },
	{ "Import", "rejected", "integer", false, "not recorded" },
	{ "Import", "report", "[]ImportProblem", false, "the first 1000 of those rejected" },

	{ "Finding", "id", "string", false, "of the rule" },
	{ "Finding", "level", "string", false, "warn, hold or refuse" },
	{ "Finding", "because", "string", false, "one sentence" },
	{ "Finding", "evidence", "object", false, "the facts behind it" },
	{ "Finding", "remedy", "string", false, "what to do" },
	{ "Finding", "who", "string", false, "who can do it: app, operator, compliance or meta" },
	{ "Decision", "decision", "string", false, "dec_…" },
	{ "Decision", "at", "time", false, "when it was taken" },
	{ "Decision", "app", "string", true, "whose send it was" },
	{ "Decision", "number", "string", true, "from which phone-number-id" },
	{ "Decision", "person", "string", true, "to whom" },
	{ "Decision", "purpose", "string", true, "null = it cannot be told" },
	{ "Decision", "kind", "string", true, "of the message" },
	{ "Decision", "template", "string", true, "its name and language" },
	{ "Decision", "verdict", "string", false, "allow, hold or refuse" },
	{ "Decision", "mode", "string", false, "observe or enforce" },
	{ "Decision", "rules", "[]string", false, "rules that hold or refuse" },
	{ "Decision", "warnings", "[]string", false, "rules that warn" },
	{ "Decision", "details", "[]Finding", false, "both, explained" },
	{ "Decision", "state", "string", false,
	    "refused, held, ready, sending, accepted, sent, delivered, read, failed, unknown, "
	    "unresolved, cancelled or expired" },
	{ "Decision", "wamid", "string", true, "Meta's id of the message" },
	{ "Decision", "attempts", "integer", false, "how often it was handed to the upstream" },
	{ "Decision", "error_code", "integer", true, "Meta's" },
	{ "Decision", "hold_until", "time", true, "when it may go" },
	{ "Decision", "updated_at", "time", false, "when its state changed last" },
	{ "Decision", "policy", "string", false, "version of the policy pack" },

	{ "Alarm", "id", "string", false, "alm_…" },
	{ "Alarm", "at", "time", false, "when" },
	{ "Alarm", "kind", "string", false, "as in bypass.detected" },
	{ "Alarm", "scope", "string", false, "which number or account" },
	{ "Alarm", "detail", "any", true, "more about it" },

	{ "Policy", "name", "string", false, "of the pack" },
	{ "Policy", "version", "string", false, "of the pack" },
	{ "Policy", "digest", "string", false, "SHA-256 of the pack" },
	{ "Clock", "source", "string", false, "system or upstream" },
	{ "Clock", "now", "time", false, "here" },
	{ "Clock", "skew_ms", "integer", true,
	    "ours less the upstream's; null = not asked, or not told" },
	{ "Upstream", "base_url", "string", false, "as configured" },
	{ "Upstream", "answers", "boolean", true, "null = not asked" },
	{ "Counts", "accounts", "integer", false, "on record" },
	{ "Counts", "numbers", "integer", false, "on record" },
	{ "Counts", "templates", "integer", false, "on record" },
	{ "Counts", "integrations", "integer", false, "on record" },
	{ "Queues", "held", "integer", false, "sends that wait for their time" },
	{ "Queues", "ready", "integer", false, "sends that may go" },
	{ "Queues", "sending", "integer", false, "sends under way" },
	{ "Queues", "unknown", "integer", false, "sends whose outcome is not known" },
	{ "Queues", "forward", "integer", false, "events that wait for apps" },
	{ "Queues", "writer", "integer", false, "changes that wait to be written" },
	{ "Status", "version", "string", false, "of Varco" },
	{ "Status", "mode", "string", false, "observe or enforce" },
	{ "Status", "policy", "Policy", false, "the pack in force" },
	{ "Status", "started_at", "time", false, "of this process" },
	{ "Status", "installed_at", "time", false, "of this installation" },
	{ "Status", "ready", "boolean", false, "takes requests and can write" },
	{ "Status", "clock", "Clock", false, "whose time counts" },
	{ "Status", "upstream", "Upstream", false, "where messages go" },
	{ "Status", "counts", "Counts", false, "what is registered" },
	{ "Status", "queues", "Queues", false, "what waits" },

	{ "Removed", "removed", "boolean", false, "always true" },
};

/* Schemas that are a page of another one. */
static const struct {
	const char *schema, *item;
} lists[] = {
	{ "AccountList", "Account" },
	{ "NumberList", "Number" },
	{ "TemplateList", "Template" },
	{ "IntegrationList", "Integration" },
	{ "ExportedConsentList", "ExportedConsent" },
	{ "DecisionList", "Decision" },
	{ "AlarmList", "Alarm" },
};

static const struct {
	const char *operation, *schema;
} answers[] = {
	{ "addAccount", "Account" },
	{ "listAccounts", "AccountList" },
	{ "showAccount", "Account" },
	{ "setAccount", "Account" },
	{ "removeAccount", "Removed" },
	{ "addNumber", "Number" },
	{ "listNumbers", "NumberList" },
	{ "showNumber", "Number" },
	{ "setNumber", "Number" },
	{ "removeNumber", "Removed" },
	{ "pauseNumber", "Number" },
	{ "resumeNumber", "Number" },
	{ "addTemplate", "AddedTemplates" },
	{ "listTemplates", "TemplateList" },
	{ "showTemplate", "Template" },
	{ "setTemplate", "Template" },
	{ "removeTemplate", "Removed" },
	{ "lintTemplate", "Lint" },
	{ "syncTemplates", "Sync" },
	{ "addIntegration", "IntegrationKey" },
	{ "listIntegrations", "IntegrationList" },
	{ "exportIntegrations", "Register" },
	{ "showIntegration", "Integration" },
	{ "setIntegration", "Integration" },
	{ "rotateIntegration", "IntegrationKey" },
	{ "revokeIntegration", "Integration" },
	{ "recordConsent", "Person" },
	{ "withdrawConsent", "Person" },
	{ "showConsent", "Person" },
	{ "importConsents", "Import" },
	{ "exportConsents", "ExportedConsentList" },
	{ "listDecisions", "DecisionList" },
	{ "showDecision", "Decision" },
	{ "listAlarms", "AlarmList" },
	{ "showStatus", "Status" },
};

const char *api_schema_of(const char *operation)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		if (strcmp(answers[i].operation, operation) == 0)
			return answers[i].schema;
	}
	return NULL;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Words of the table and their schema; "null" is added where it may be. */
static const struct {
	const char *word, *type, *format;
} types[] = {
	{ "string", "string", NULL },
	{ "integer", "integer", NULL },
	{ "boolean", "boolean", NULL },
	{ "object", "object", NULL },
	{ "time", "string", "date-time" },
	{ "date", "string", "date" },
};

static void write_ref(struct json_writer *w, const char *schema)
{
	char ref[80] = "#/components/schemas/";

	strncat(ref, schema, sizeof(ref) - strlen(ref) - 1);
	jw_member_c(w, "$ref", ref);
}

static void write_simple(struct json_writer *w, size_t type, bool nullable)
{
	jw_key(w, "type");
	if (nullable) {
		jw_array(w);
		jw_c(w, types[type].type);
		jw_c(w, "null");
		jw_array_end(w);
	} else {
		jw_c(w, types[type].type);
	}
	if (types[type].format)
		jw_member_c(w, "format", types[type].format);
}

static size_t find_type(const char *word)
{
	size_t i = 0;

	while (i < ARRAY_LEN(types) && strcmp(types[i].word, word) != 0)
		i++;
	return i;
}

static void write_type(struct json_writer *w, const char *word, bool nullable);

static void write_item(struct json_writer *w, const char *word)
{
	jw_object(w);
	write_type(w, word, false);
	jw_object_end(w);
}

static void write_array(struct json_writer *w, const char *item)
{
	jw_member_c(w, "type", "array");
	jw_key(w, "items");
	write_item(w, item);
}

static void write_ref_or_null(struct json_writer *w, const char *schema)
{
	jw_key(w, "oneOf");
	jw_array(w);
	write_item(w, schema);
	jw_raw(w, STR("{\"type\":\"null\"}"));
	jw_array_end(w);
}

/* The members of a schema that say the type. "any" has none. */
static void write_type(struct json_writer *w, const char *word, bool nullable)
{
	size_t type = find_type(word);

	if (type < ARRAY_LEN(types)) {
		write_simple(w, type, nullable);
	} else if (strcmp(word, "limit") == 0) {
		jw_key(w, "oneOf");
		jw_raw(w, STR("[{\"type\":\"integer\"},{\"const\":\"unlimited\"}]"));
	} else if (strncmp(word, "[]", 2) == 0) {
		write_array(w, word + 2);
	} else if (strcmp(word, "any") != 0) {
		if (nullable)
			write_ref_or_null(w, word);
		else
			write_ref(w, word);
	}
}

static void write_member(struct json_writer *w, const struct member *m)
{
	jw_key(w, m->name);
	jw_object(w);
	write_type(w, m->type, m->nullable);
	jw_member_c(w, "description", m->doc);
	jw_object_end(w);
}

/* The rows of one schema stand together; *i is left behind them. */
static void write_schema(struct json_writer *w, size_t *i)
{
	const char *schema = members[*i].schema;
	size_t first = *i, end = first;

	while (end < ARRAY_LEN(members) && strcmp(members[end].schema, schema) == 0)
		end++;
	jw_key(w, schema);
	jw_object(w);
	jw_member_c(w, "type", "object");
	jw_key(w, "required");
	jw_array(w);
	for (size_t k = first; k < end; k++)
		jw_c(w, members[k].name);
	jw_array_end(w);
	jw_key(w, "properties");
	jw_object(w);
	for (size_t k = first; k < end; k++)
		write_member(w, &members[k]);
	jw_object_end(w);
	jw_object_end(w);
	*i = end;
}

static void write_list(struct json_writer *w, const char *schema, const char *item)
{
	jw_key(w, schema);
	jw_object(w);
	jw_member_c(w, "type", "object");
	jw_key(w, "required");
	jw_raw(w, STR("[\"items\",\"next\"]"));
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "items");
	jw_object(w);
	write_array(w, item);
	jw_object_end(w);
	jw_key(w, "next");
	jw_raw(w,
	    STR("{\"type\":[\"string\",\"null\"],\"description\":\"cursor of the next page; null = this is the last\"}"));
	jw_object_end(w);
	jw_object_end(w);
}

void api_schemas_write(struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(members);)
		write_schema(w, &i);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		write_list(w, lists[i].schema, lists[i].item);
	jw_key(w, "AddedTemplates");
	jw_raw(w,
	    STR("{\"description\":\"one template, or a list when an array was sent\",\"oneOf\":["
		"{\"$ref\":\"#/components/schemas/Template\"},{\"$ref\":\"#/components/schemas/TemplateList\"}]}"));
}
