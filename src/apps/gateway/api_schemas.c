/* What answers look like, as rows: schema, member, type, whether it is always there, a few words.
 * Types are a word of `types`, "[]" for an array of what follows, or the name of a schema. */
#include "apps/gateway/api_schemas.h"

#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"

static const struct member members[] = {
	{ "Problem", "type", "string", ALWAYS, "always about:blank: the title says it all" },
	{ "Problem", "title", "string", ALWAYS, "what kind of problem, in the caller's language" },
	{ "Problem", "status", "integer", ALWAYS, "the HTTP status" },
	{ "Problem", "detail", "string", ALWAYS, "what is wrong and what to do, one sentence" },
	{ "Problem", "code", "string", ALWAYS,
	    "for programs: E_INVALID, E_NOT_FOUND, E_CONFLICT …" },
	{ "Problem", "field", "string", OR_NULL, "which input" },

	{ "Restriction", "type", "string", ALWAYS, "Meta's word" },
	{ "Restriction", "until", "time", OR_NULL, "null = without a known end" },

	{ "Change", "id", "integer", ALWAYS,
	    "counted from 1, in the order in which they were noted" },
	{ "Change", "at", "time", ALWAYS, "when it happened" },
	{ "Change", "object", "string", ALWAYS,
	    "portfolio:ID, waba:ID, number:ID or template:WABA/NAME/LANGUAGE" },
	{ "Change", "field", "string", ALWAYS,
	    "as in state, quality, limit; restriction:TYPE; blocked_country:IT" },
	{ "Change", "before", "string", OR_NULL, "null = it had none" },
	{ "Change", "after", "string", OR_NULL,
	    "null = it has none any more; of a restriction its end, or open" },
	{ "Change", "source", "string", ALWAYS,
	    "webhook, poll, operator, clock, health, answer, warmup or notice" },
	{ "Change", "words", "any", OR_NULL, "Meta's own, or the reason that was given" },

	{ "AccountStanding", "step", "string", ALWAYS,
	    "fine, warned, partly_restricted, restricted, silenced, locked, disable_scheduled, "
	    "disabled or unknown" },
	{ "AccountStanding", "sentence", "string", ALWAYS, "what that means" },
	{ "AccountStanding", "word", "string", OR_NULL, "Meta's" },
	{ "AccountStanding", "until", "time", OR_NULL, "null = no known end" },
	{ "AccountStanding", "may_begin", "boolean", ALWAYS,
	    "templates may leave, as far as the account goes" },
	{ "AccountStanding", "may_reply", "boolean", ALWAYS,
	    "answers inside the window may leave, as far as the account goes" },

	{ "Account", "waba", "string", ALWAYS, "id of the WhatsApp Business Account" },
	{ "Account", "portfolio", "string", ALWAYS, "id of the business portfolio" },
	{ "Account", "name", "string", ALWAYS, "for people" },
	{ "Account", "country", "string", OR_NULL, "two capital letters" },
	{ "Account", "limit", "limit", ALWAYS,
	    "people that the portfolio may begin to write to in 24 hours" },
	{ "Account", "limit_meta", "limit", OR_NULL, "what Meta told; null = nothing yet" },
	{ "Account", "limit_operator", "integer", OR_NULL,
	    "an operator's own, which binds when it is lower; null = none" },
	{ "Account", "upstream", "string", OR_NULL, "certified provider; null = Meta" },
	{ "Account", "state", "string", ALWAYS,
	    "active, locked, disabled, banned, scheduled_for_disable or Meta's word" },
	{ "Account", "payment_ok", "boolean", ALWAYS, "no payment trouble" },
	{ "Account", "token", "boolean", ALWAYS, "there is an access token" },
	{ "Account", "app_secret", "boolean", ALWAYS, "there is an app secret" },
	{ "Account", "verify_token", "boolean", ALWAYS, "there is a verify token" },
	{ "Account", "restrictions", "[]Restriction", ALWAYS, "in force" },
	{ "Account", "blocked_countries", "[]string", ALWAYS, "destinations that Meta refuses" },
	{ "Account", "numbers", "[]string", ALWAYS, "their phone-number-ids" },
	{ "Account", "standing", "AccountStanding", ALWAYS, "how Meta sees it" },
	{ "Account", "warning", "string", OR_NULL, "Meta's last" },
	{ "Account", "warned_at", "time", OR_NULL, "when it came" },
	{ "Account", "review", "string", OR_NULL, "Meta's word on its review" },
	{ "Account", "disable_at", "time", OR_NULL, "when Meta will disable it" },
	{ "Account", "health", "string", OR_NULL, "AVAILABLE, LIMITED, BLOCKED or Meta's word" },
	{ "Account", "health_at", "time", OR_NULL, "when Meta was asked last" },
	{ "Account", "templates_at", "time", OR_NULL,
	    "last reading of its templates; null = never" },
	{ "Account", "paused", "[]Pause", SOMETIMES, "of the whole account; not in lists" },
	{ "Account", "changes", "[]Change", SOMETIMES, "the newest ones; not in lists" },

	{ "Pause", "scope", "string", ALWAYS,
	    "number, or waba for the whole account; template; app; campaign" },
	{ "Pause", "id", "string", ALWAYS, "of what is paused" },
	{ "Pause", "purpose", "string", ALWAYS, "what is held" },
	{ "Pause", "percent", "integer", ALWAYS,
	    "0 = nothing goes; else the part of the former rate that goes behind a pause" },
	{ "Pause", "until", "time", OR_NULL,
	    "null = until it is resumed; of a part when the next step comes" },
	{ "Pause", "by", "string", ALWAYS, "operator, a name, breaker or meta" },
	{ "Pause", "reason", "string", ALWAYS, "why" },
	{ "Pause", "at", "time", ALWAYS, "since when" },
	{ "Pause", "binding", "boolean", ALWAYS, "false in observe mode, which lets pass" },
	{ "Pause", "note", "string", OR_NULL, "what that means" },

	{ "BreakerWord", "signal", "string", ALWAYS, "the signal's word in the policy pack" },
	{ "BreakerWord", "means", "string", OR_NULL, "what it says, in a sentence" },
	{ "BreakerWord", "proxy", "boolean", ALWAYS,
	    "true = it stands for something that Meta does not tell" },
	{ "BreakerWord", "level", "string", ALWAYS, "warn or pause" },
	{ "BreakerWord", "at", "time", ALWAYS, "since when" },

	{ "BreakerSignal", "signal", "string", ALWAYS, "the signal's word in the policy pack" },
	{ "BreakerSignal", "means", "string", OR_NULL, "what it says, in a sentence" },
	{ "BreakerSignal", "proxy", "boolean", ALWAYS,
	    "true = it stands for something that Meta does not tell" },
	{ "BreakerSignal", "level", "string", ALWAYS,
	    "ok, warn or pause, as it would be found now" },
	{ "BreakerSignal", "part", "integer", ALWAYS, "cases" },
	{ "BreakerSignal", "of", "integer", ALWAYS, "among so many" },
	{ "BreakerSignal", "share", "number", OR_NULL, "one of the other" },
	{ "BreakerSignal", "warn", "number", OR_NULL, "the policy's limit; null = none" },
	{ "BreakerSignal", "pause", "number", OR_NULL, "the policy's limit; null = none" },

	{ "Warmup", "from", "time", OR_NULL, "when it began" },
	{ "Warmup", "day", "integer", ALWAYS, "1 is the first" },
	{ "Warmup", "cap", "integer", ALWAYS, "people today" },
	{ "Warmup", "frozen_until", "time", OR_NULL, "does not grow until then" },

	{ "Number", "id", "string", ALWAYS, "the phone-number-id" },
	{ "Number", "waba", "string", ALWAYS, "its account" },
	{ "Number", "display", "string", ALWAYS, "E.164" },
	{ "Number", "verified_name", "string", OR_NULL, "as Meta verified it" },
	{ "Number", "status", "string", ALWAYS, "Meta's word" },
	{ "Number", "quality", "string", ALWAYS, "Meta's word" },
	{ "Number", "throughput", "integer", ALWAYS, "messages a second" },
	{ "Number", "established", "boolean", ALWAYS, "skips warm-up" },
	{ "Number", "warmup", "Warmup", OR_NULL, "null = not warming up" },
	{ "Number", "paused", "[]Pause", ALWAYS, "its own and its account's" },
	{ "Number", "signals", "[]BreakerWord", ALWAYS,
	    "those of the circuit breaker that warn or paused" },
	{ "Number", "name_status", "string", OR_NULL, "Meta's word on its display name" },
	{ "Number", "health", "string", OR_NULL, "AVAILABLE, LIMITED, BLOCKED or Meta's word" },
	{ "Number", "health_at", "time", OR_NULL, "when Meta was asked last" },
	{ "Number", "created_at", "time", ALWAYS, "when it was added" },
	{ "Number", "changes", "[]Change", SOMETIMES, "the newest ones; not in lists" },

	{ "Template", "waba", "string", ALWAYS, "its account" },
	{ "Template", "id", "string", OR_NULL, "Meta's id" },
	{ "Template", "name", "string", ALWAYS, "its name" },
	{ "Template", "language", "string", ALWAYS, "its language" },
	{ "Template", "category", "string", OR_NULL, "MARKETING, UTILITY or AUTHENTICATION" },
	{ "Template", "correct_category", "string", OR_NULL, "what Meta says it should be" },
	{ "Template", "category_change_at", "time", OR_NULL, "when Meta will change it" },
	{ "Template", "status", "string", ALWAYS, "Meta's word" },
	{ "Template", "quality", "string", OR_NULL, "Meta's word" },
	{ "Template", "paused_until", "time", OR_NULL, "end of a pause" },
	{ "Template", "parameter_format", "string", OR_NULL, "NAMED or POSITIONAL" },
	{ "Template", "reason", "string", OR_NULL, "why it is not approved, in Meta's words" },
	{ "Template", "components", "any", OR_NULL, "as Graph has them" },
	{ "Template", "release", "TemplateRelease", SOMETIMES,
	    "how far it is released; not when it goes to everybody, and not in lists" },
	{ "Template", "changes", "[]Change", SOMETIMES, "the newest ones; not in lists" },
	{ "TemplateRelease", "step", "string", ALWAYS, "first or part" },
	{ "TemplateRelease", "taken", "integer", ALWAYS, "people who got it so far" },
	{ "TemplateRelease", "up_to", "integer", ALWAYS, "people until the end of the step" },
	{ "TemplateRelease", "audience", "integer", OR_NULL, "people; null until counted" },
	{ "TemplateRelease", "opens_at", "time", OR_NULL, "when the next step begins" },

	{ "LintProblem", "field", "string", ALWAYS, "which part of the definition" },
	{ "LintProblem", "message", "string", ALWAYS, "what is wrong with it" },
	{ "LintProblem", "limit", "integer", SOMETIMES, "what the platform asks for" },
	{ "LintProblem", "got", "integer", SOMETIMES, "what came" },
	{ "LintProblem", "rule", "string", ALWAYS, "id of the rule" },
	{ "LintProblem", "level", "string", ALWAYS, "error, warning or note" },
	{ "LintProblem", "code", "integer", SOMETIMES, "Graph's code" },
	{ "LintProblem", "subcode", "integer", SOMETIMES, "Graph's subcode" },
	{ "LintProblem", "suggestion", "string", ALWAYS, "what to do" },
	{ "LintProblem", "class", "string", SOMETIMES, "what the text reads like" },
	{ "LintProblem", "score", "integer", SOMETIMES, "its points" },
	{ "LintProblem", "words", "string", SOMETIMES, "the words that decided" },
	{ "LintProblem", "declared", "string", SOMETIMES, "the category that it says" },
	{ "LintProblem", "category", "string", SOMETIMES, "the category that Meta says" },
	{ "LintProblem", "host", "string", SOMETIMES, "of a link" },
	{ "LintProblem", "like", "string", SOMETIMES, "the name that the host looks like" },
	{ "LintProblem", "sender", "string", SOMETIMES, "who should be named" },
	{ "LintProblem", "other", "string", SOMETIMES, "name of another template" },
	{ "LintProblem", "status", "string", SOMETIMES, "of the template on record" },
	{ "LintProblem", "proposal", "string", SOMETIMES, "a name that would do" },
	{ "LintProblem", "footer", "string", SOMETIMES, "a footer that would do" },
	{ "LintProblem", "button", "string", SOMETIMES, "text of a quick reply that would do" },
	{ "CategoryScore", "class", "string", ALWAYS, "promotion or code" },
	{ "CategoryScore", "score", "integer", ALWAYS, "its points" },
	{ "CategoryScore", "limit", "integer", ALWAYS, "from which on it contradicts it" },
	{ "CategoryScore", "words", "string", ALWAYS, "the words that decided" },
	{ "CategoryFit", "declared", "string", OR_NULL, "marketing, utility or authentication" },
	{ "CategoryFit", "correct_category", "string", OR_NULL,
	    "what Meta says, which is believed over the scores" },
	{ "CategoryFit", "scores", "[]CategoryScore", ALWAYS, "what the text reads like" },
	{ "Linted", "name", "string", OR_NULL, "of the definition" },
	{ "Linted", "language", "string", OR_NULL, "of the definition" },
	{ "Linted", "category", "string", OR_NULL, "of the definition" },
	{ "Linted", "ok", "boolean", ALWAYS, "neither errors nor warnings" },
	{ "Linted", "errors", "integer", ALWAYS, "what Meta would reject, or the policy forbids" },
	{ "Linted", "warnings", "integer", ALWAYS, "what costs later" },
	{ "Linted", "notes", "integer", ALWAYS, "what could be better" },
	{ "Linted", "category_fit", "CategoryFit", OR_NULL, "null: the text could not be read" },
	{ "Linted", "problems", "[]LintProblem", ALWAYS, "all of them" },
	{ "Lint", "items", "[]Linted", ALWAYS, "one a definition" },
	{ "Lint", "ok", "boolean", ALWAYS, "neither errors nor warnings in any" },
	{ "Lint", "errors", "integer", ALWAYS, "of all together" },
	{ "Lint", "warnings", "integer", ALWAYS, "of all together" },
	{ "Lint", "notes", "integer", ALWAYS, "of all together" },

	{ "SyncProblem", "name", "string", OR_NULL, "of the template" },
	{ "SyncProblem", "language", "string", OR_NULL, "of the template" },
	{ "SyncProblem", "field", "string", ALWAYS, "which part of it" },
	{ "SyncProblem", "reason", "string", ALWAYS, "why it was not taken" },
	{ "Sync", "waba", "string", ALWAYS, "the account" },
	{ "Sync", "read", "integer", ALWAYS, "templates that the upstream listed" },
	{ "Sync", "created", "integer", ALWAYS, "those that were new here" },
	{ "Sync", "problems", "[]SyncProblem", ALWAYS, "those that could not be taken" },
	{ "Sync", "missing", "[]TemplateRef", ALWAYS, "on record here, and not listed" },

	{ "Attachment", "sha256", "string", ALWAYS, "of its content, in hex" },
	{ "Attachment", "type", "string", ALWAYS, "as in image/png" },
	{ "Attachment", "bytes", "integer", ALWAYS, "its size" },
	{ "AttachmentContent", "sha256", "string", ALWAYS, "of its content, in hex" },
	{ "AttachmentContent", "type", "string", ALWAYS, "as in image/png" },
	{ "AttachmentContent", "content", "string", ALWAYS, "in base 64" },
	{ "ConsentProof", "asked", "string", SOMETIMES, "the decision that sent the question" },
	{ "ConsentProof", "link", "string", SOMETIMES, "the entry link that it came by" },
	{ "ConsentProof", "message", "string", SOMETIMES, "Meta's id of the person's message" },
	{ "ConsentProof", "number", "string", SOMETIMES, "the phone-number-id that it came to" },
	{ "ConsentProof", "post", "string", SOMETIMES, "SHA-256 of the webhook, in hex" },
	{ "ConsentProof", "reply", "string", SOMETIMES, "button or word" },
	{ "ConsentProof", "request", "string", SOMETIMES, "the request that it answers" },
	{ "ConsentProof", "signature", "string", SOMETIMES, "Meta's, over the webhook" },
	{ "Consent", "purpose", "string", ALWAYS,
	    "marketing, utility, authentication, service or all" },
	{ "Consent", "act", "string", ALWAYS, "grant or withdraw" },
	{ "Consent", "at", "time", ALWAYS, "when the person acted" },
	{ "Consent", "evidence", "string", ALWAYS,
	    "none, imported, form, inbound_message, double_opt_in or signed" },
	{ "Consent", "source", "string", OR_NULL, "where" },
	{ "Person", "person", "string", ALWAYS, "per_…" },
	{ "Person", "phone", "string", OR_NULL, "E.164" },
	{ "Person", "bsuid", "string", OR_NULL, "business-scoped user id" },
	{ "Person", "consents", "[]Consent", ALWAYS, "oldest first" },
	{ "Evidence", "purpose", "string", ALWAYS,
	    "marketing, utility, authentication, service or all" },
	{ "Evidence", "act", "string", ALWAYS, "grant or withdraw" },
	{ "Evidence", "at", "time", ALWAYS, "when the person acted" },
	{ "Evidence", "evidence", "string", ALWAYS,
	    "none, imported, form, inbound_message, double_opt_in or signed" },
	{ "Evidence", "source", "string", OR_NULL, "where" },
	{ "Evidence", "text", "string", OR_NULL, "the words" },
	{ "Evidence", "recorded_at", "time", ALWAYS, "when it came here" },
	{ "Evidence", "channel", "string", OR_NULL, "by which channel" },
	{ "Evidence", "how", "string", OR_NULL, "in which way" },
	{ "Evidence", "text_version", "string", OR_NULL, "version of the words" },
	{ "Evidence", "language", "string", OR_NULL, "language of the words" },
	{ "Evidence", "notice_version", "string", OR_NULL, "of the privacy notice" },
	{ "Evidence", "notice_url", "string", OR_NULL, "of the privacy notice" },
	{ "Evidence", "terms_version", "string", OR_NULL, "of the terms" },
	{ "Evidence", "terms_url", "string", OR_NULL, "of the terms" },
	{ "Evidence", "attachments", "[]Attachment", ALWAYS, "what is kept with it" },
	{ "Evidence", "proof", "ConsentProof", OR_NULL, "the message that said it" },
	{ "Evidence", "leaf", "integer", ALWAYS, "its entry in the ledger" },
	{ "PersonEvidence", "person", "string", ALWAYS, "per_…" },
	{ "PersonEvidence", "phone", "string", OR_NULL, "E.164" },
	{ "PersonEvidence", "bsuid", "string", OR_NULL, "business-scoped user id" },
	{ "PersonEvidence", "consents", "[]Evidence", ALWAYS, "oldest first" },
	{ "Stop", "id", "string", ALWAYS, "stp_…" },
	{ "Stop", "at", "time", ALWAYS, "when the code or the message came" },
	{ "Stop", "code", "integer", OR_NULL,
	    "Meta's error code; null when it is what they wrote" },
	{ "Stop", "person", "string", ALWAYS, "per_…" },
	{ "Stop", "phone", "string", OR_NULL, "masked" },
	{ "Stop", "number", "string", OR_NULL,
	    "to which number they wrote, or from which the send left that the code is of" },
	{ "Stop", "words", "string", OR_NULL, "what they wrote" },
	{ "Stop", "state", "string", ALWAYS, "applied, held, released or confirmed" },
	{ "Stop", "ended_at", "time", OR_NULL, "when it was released or confirmed" },
	{ "StopsEnded", "id", "string", SOMETIMES, "stp_…, when it was one" },
	{ "StopsEnded", "code", "integer", SOMETIMES, "Meta's error code, when it was all of one" },
	{ "StopsEnded", "state", "string", ALWAYS, "released or confirmed" },
	{ "StopsEnded", "people", "integer", ALWAYS, "how many were held" },
	{ "Link", "id", "string", ALWAYS, "lnk_…" },
	{ "Link", "number", "string", ALWAYS, "the phone-number-id that people write to" },
	{ "Link", "purpose", "string", ALWAYS, "what they agree to" },
	{ "Link", "url", "string", OR_NULL, "https://wa.me/…" },
	{ "Link", "message", "string", ALWAYS, "what they send: the words and the code" },
	{ "Link", "text", "string", ALWAYS, "the words" },
	{ "Link", "source", "string", OR_NULL, "where it is shown" },
	{ "Link", "at", "time", ALWAYS, "when it was made" },
	{ "Link", "ended_at", "time", OR_NULL, "when it was ended" },
	{ "Link", "uses", "integer", ALWAYS, "how many agreed by it" },
	{ "Drawing", "id", "string", ALWAYS, "lnk_…" },
	{ "Drawing", "svg", "string", ALWAYS, "a whole SVG document" },
	{ "Request", "id", "string", ALWAYS, "req_…" },
	{ "Request", "state", "string", ALWAYS,
	    "pending, confirmed, declined, withdrawn, expired, or refused: the question did not go out" },
	{ "Request", "person", "string", ALWAYS, "per_…" },
	{ "Request", "number", "string", ALWAYS, "the phone-number-id that asks" },
	{ "Request", "purpose", "string", ALWAYS, "what for" },
	{ "Request", "at", "time", ALWAYS, "when it was made" },
	{ "Request", "expires_at", "time", ALWAYS, "a later answer counts for nothing" },
	{ "Request", "answered_at", "time", OR_NULL, "when it ended" },
	{ "Request", "decision", "string", ALWAYS, "the send that asks" },
	{ "Request", "send", "string", OR_NULL, "that send's state" },
	{ "Request", "rules", "[]string", ALWAYS, "rules that hold or refuse it" },
	{ "Request", "warnings", "[]string", ALWAYS, "rules that warn" },
	{ "Request", "details", "[]Finding", ALWAYS, "both, explained" },
	{ "Request", "text", "string", ALWAYS, "the question, word by word" },
	{ "Request", "source", "string", OR_NULL, "where the person left the number" },
	{ "Request", "leaf", "integer", OR_NULL, "the grant's entry in the ledger" },
	{ "ExportedConsent", "person", "string", ALWAYS, "per_…" },
	{ "ExportedConsent", "phone", "string", OR_NULL, "E.164" },
	{ "ExportedConsent", "bsuid", "string", OR_NULL, "business-scoped user id" },
	{ "ExportedConsent", "purpose", "string", ALWAYS, "what for" },
	{ "ExportedConsent", "act", "string", ALWAYS, "grant or withdraw" },
	{ "ExportedConsent", "at", "time", ALWAYS, "when the person acted" },
	{ "ExportedConsent", "evidence", "string", ALWAYS, "what proves it" },
	{ "ExportedConsent", "source", "string", OR_NULL, "where" },
	{ "ExportedConsent", "text", "string", OR_NULL, "the words" },
	{ "ExportedConsent", "recorded_at", "time", ALWAYS, "when it came here" },
	{ "ExportedConsent", "channel", "string", OR_NULL, "by which channel" },
	{ "ExportedConsent", "how", "string", OR_NULL, "in which way" },
	{ "ExportedConsent", "text_version", "string", OR_NULL, "version of the words" },
	{ "ExportedConsent", "language", "string", OR_NULL, "language of the words" },
	{ "ExportedConsent", "notice_version", "string", OR_NULL, "of the privacy notice" },
	{ "ExportedConsent", "notice_url", "string", OR_NULL, "of the privacy notice" },
	{ "ExportedConsent", "terms_version", "string", OR_NULL, "of the terms" },
	{ "ExportedConsent", "terms_url", "string", OR_NULL, "of the terms" },
	{ "ExportedConsent", "attachments", "[]Attachment", ALWAYS, "what is kept with it" },
	{ "ExportedConsent", "proof", "ConsentProof", OR_NULL, "the message that said it" },
	{ "ExportedConsent", "import", "string", OR_NULL, "imp_…" },
	{ "ExportedConsent", "attributes", "object", OR_NULL, "further columns of the import" },
	{ "ImportProblem", "row", "integer", ALWAYS, "as a spreadsheet counts; the header is 1" },
	{ "ImportProblem", "column", "string", OR_NULL, "null = the row as a whole" },
	{ "ImportProblem", "value", "string", ALWAYS,
	    "the cell, masked where it could tell who it is about" },
	{ "ImportProblem", "reason", "string", ALWAYS, "why the row was rejected" },
	{ "ImportProblem", "fix", "string", ALWAYS, "what to do" },
	{ "ImportProblem", "suggestion", "string", OR_NULL, "the value that may have been meant" },
#define IMPORT_MEMBERS(schema) \
	{ schema, "import", "string", OR_NULL, "imp_…; null for a dry run" }, \
	    { schema, "id", "string", ALWAYS, "imp_…, of a dry run as well" }, \
	    { schema, "state", "string", ALWAYS, \
		    "running, done, tried, stopped, undoing or undone" }, \
	    { schema, "dry_run", "boolean", ALWAYS, "nothing was recorded" }, \
	    { schema, "name", "string", OR_NULL, "what it was called" }, \
	    { schema, "by", "string", ALWAYS, "who did it" }, \
	    { schema, "at", "time", ALWAYS, "when it began" }, \
	    { schema, "ended_at", "time", OR_NULL, "when it ended" }, \
	    { schema, "form", "string", ALWAYS, "csv or xlsx" }, \
	    { schema, "bytes", "integer", ALWAYS, "of the file" }, \
	    { schema, "sha256", "string", ALWAYS, "of the file, in hexadecimal" }, \
	    { schema, "total", "integer", ALWAYS, "rows of the table" }, \
	    { schema, "rows", "integer", ALWAYS, "read so far" }, \
	    { schema, "accepted", "integer", ALWAYS, "recorded, or on record already" }, \
	    { schema, "known", "integer", ALWAYS, "of those: on record already" }, \
	    { schema, "rejected", "integer", ALWAYS, "not recorded" }, \
	    { schema, "opt_outs_kept", "integer", ALWAYS, \
		    "of those: they would have overruled a withdrawal" }, \
	    { schema, "undone_at", "time", OR_NULL, "when it was undone" }, \
	    { schema, "undone", "integer", ALWAYS, "acts that undoing answered" }, \
	    { schema, "kept", "integer", ALWAYS, "acts that it left, as they count no more" }
	IMPORT_MEMBERS("Import"),
	{ "Import", "report", "[]ImportProblem", ALWAYS, "the first 1000 of those rejected" },
	IMPORT_MEMBERS("ImportEntry"),

	{ "Finding", "id", "string", ALWAYS, "of the rule" },
	{ "Finding", "level", "string", ALWAYS, "warn, hold or refuse" },
	{ "Finding", "because", "string", ALWAYS, "one sentence" },
	{ "Finding", "evidence", "object", ALWAYS, "the facts behind it" },
	{ "Finding", "remedy", "string", ALWAYS, "what to do" },
	{ "Finding", "who", "string", ALWAYS, "who can do it: app, operator, compliance or meta" },
	{ "Decision", "decision", "string", ALWAYS, "dec_…" },
	{ "Decision", "at", "time", ALWAYS, "when it was taken" },
	{ "Decision", "app", "string", OR_NULL, "whose send it was" },
	{ "Decision", "number", "string", OR_NULL, "from which phone-number-id" },
	{ "Decision", "person", "string", OR_NULL, "to whom" },
	{ "Decision", "purpose", "string", OR_NULL, "null = it cannot be told" },
	{ "Decision", "kind", "string", OR_NULL, "of the message" },
	{ "Decision", "template", "string", OR_NULL, "its name and language" },
	{ "Decision", "campaign", "string", OR_NULL, "as its sender named it" },
	{ "Decision", "verdict", "string", ALWAYS, "allow, hold or refuse" },
	{ "Decision", "mode", "string", ALWAYS, "observe or enforce" },
	{ "Decision", "rules", "[]string", ALWAYS, "rules that hold or refuse" },
	{ "Decision", "warnings", "[]string", ALWAYS, "rules that warn" },
	{ "Decision", "details", "[]Finding", ALWAYS, "both, explained" },
	{ "Decision", "former", "[]FormerJudgement", ALWAYS,
	    "how it was judged before it was judged again, the oldest first" },
	{ "Decision", "state", "string", ALWAYS,
	    "refused, held, ready, sending, accepted, sent, delivered, read, failed, unknown, "
	    "unresolved, cancelled or expired" },
	{ "Decision", "wamid", "string", OR_NULL, "Meta's id of the message" },
	{ "Decision", "attempts", "integer", ALWAYS, "how often it was handed to the upstream" },
	{ "Decision", "error_code", "integer", OR_NULL, "Meta's" },
	{ "Decision", "hold_until", "time", OR_NULL, "when it may go" },
	{ "Decision", "updated_at", "time", ALWAYS, "when its state changed last" },
	{ "Decision", "policy", "string", ALWAYS, "version of the policy pack" },
	{ "Decision", "ladder", "[]LadderStep", SOMETIMES,
	    "every rule in its order; of a single decision" },

	{ "FormerJudgement", "at", "time", ALWAYS, "when it was judged so first" },
	{ "FormerJudgement", "verdict", "string", ALWAYS, "allow, hold or refuse" },
	{ "FormerJudgement", "rules", "[]string", ALWAYS, "rules that held or refused" },
	{ "FormerJudgement", "warnings", "[]string", ALWAYS, "rules that warned" },
	{ "FormerJudgement", "details", "[]Finding", ALWAYS,
	    "both, explained; none once the person was erased" },
	{ "FormerJudgement", "policy", "string", ALWAYS, "version of the policy pack" },

	{ "Opening", "entry", "integer", ALWAYS, "number of the entry of the ledger" },
	{ "Opening", "salt", "string", SOMETIMES, "key of its commitment in hex" },
	{ "Opening", "content", "string", SOMETIMES, "what it commits to" },
	{ "RecordedAct", "purpose", "string", ALWAYS, "marketing, utility, authentication or all" },
	{ "RecordedAct", "act", "string", ALWAYS, "grant or withdraw" },
	{ "RecordedAct", "at", "time", ALWAYS, "when the person acted" },
	{ "RecordedAct", "evidence", "string", ALWAYS, "what proves it" },
	{ "RecordedAct", "source", "string", OR_NULL, "where; ids of others are masked" },
	{ "RecordedAct", "text", "string", OR_NULL, "the words" },
	{ "RecordedAct", "attributes", "object", OR_NULL, "further columns of the import" },
	{ "RecordedAct", "details", "object", OR_NULL, "where, how and under which texts" },
	{ "RecordedAct", "recorded_at", "time", ALWAYS, "when it came here" },
	{ "RecordedAct", "import", "string", OR_NULL, "imp_…" },
	{ "RecordedAct", "webhook", "string", OR_NULL,
	    "the message that brought it, as Meta signed it" },
	{ "RecordedAct", "attachments", "[]any", ALWAYS, "digests of what was attached" },
	{ "RecordedAct", "ledger", "Opening", ALWAYS, "its entry of the ledger" },
	{ "RecordedDecision", "decision", "Decision", ALWAYS, "with its reasons" },
	{ "RecordedDecision", "ledger", "Opening", ALWAYS, "its entry of the ledger" },
	{ "PersonRecord", "format", "string", ALWAYS, "varco-dsar/1" },
	{ "PersonRecord", "at", "time", ALWAYS, "when it was made" },
	{ "PersonRecord", "person", "string", ALWAYS, "per_…" },
	{ "PersonRecord", "phone", "string", OR_NULL, "international" },
	{ "PersonRecord", "timezone", "string", OR_NULL, "as told" },
	{ "PersonRecord", "known_since", "time", ALWAYS, "when they became known" },
	{ "PersonRecord", "suppressed", "boolean", ALWAYS, "on the suppression list" },
	{ "PersonRecord", "meta_stop", "boolean", ALWAYS, "stop chosen in WhatsApp" },
	{ "PersonRecord", "bsuids", "[]any", ALWAYS, "business-scoped user ids" },
	{ "PersonRecord", "history", "[]any", ALWAYS, "changes of number and identity" },
	{ "PersonRecord", "contacts", "[]any", ALWAYS, "last message and call, by our number" },
	{ "PersonRecord", "marketing", "[]any", ALWAYS, "when marketing was sent" },
	{ "PersonRecord", "delivered", "[]any", ALWAYS, "last delivery, by purpose" },
	{ "PersonRecord", "marks", "[]any", ALWAYS, "failures and cool-downs" },
	{ "PersonRecord", "requests", "[]any", ALWAYS, "when they were asked to confirm" },
	{ "PersonRecord", "stops", "[]any", ALWAYS, "opt-outs that came of an error code" },
	{ "PersonRecord", "calls", "[]any", ALWAYS, "calls and the like that apps asked for" },
	{ "PersonRecord", "consents", "[]RecordedAct", ALWAYS, "all acts" },
	{ "PersonRecord", "decisions", "[]RecordedDecision", ALWAYS, "about every send" },
	{ "Remains", "what", "string", ALWAYS,
	    "webhooks, quarantine, forwards, pages of the store's file or backups" },
	{ "Remains", "until", "time", OR_NULL, "null = it is not Varco that ends it" },
	{ "Erasure", "erasure", "string", ALWAYS, "era_…" },
	{ "Erasure", "at", "time", ALWAYS, "when" },
	{ "Erasure", "category", "string", ALWAYS, "person or restriction" },
	{ "Erasure", "ground", "string", ALWAYS, "the legal ground" },
	{ "Erasure", "entry", "integer", ALWAYS, "of the ledger, which says so" },
	{ "Erasure", "entries", "integer", ALWAYS, "of the ledger that lost salt and content" },
	{ "Erasure", "consents", "integer", ALWAYS, "acts that were destroyed" },
	{ "Erasure", "decisions", "integer", ALWAYS, "that name nobody any more" },
	{ "Erasure", "cancelled", "integer", ALWAYS, "of them, sends that waited" },
	{ "Erasure", "restriction", "string", OR_NULL, "res_…, what is kept sealed" },
	{ "Erasure", "until", "time", OR_NULL, "when that is destroyed" },
	{ "Erasure", "remains", "[]Remains", ALWAYS, "what stays for a while, and until when" },
	{ "Restricted", "id", "string", ALWAYS, "res_…" },
	{ "Restricted", "at", "time", ALWAYS, "since when" },
	{ "Restricted", "until", "time", ALWAYS, "when it is destroyed" },
	{ "OpenedRecord", "id", "string", ALWAYS, "res_…" },
	{ "OpenedRecord", "at", "time", ALWAYS, "since when" },
	{ "OpenedRecord", "until", "time", ALWAYS, "when it is destroyed" },
	{ "OpenedRecord", "record", "PersonRecord", ALWAYS, "what there was" },

	{ "Alarm", "id", "string", ALWAYS, "alm_…" },
	{ "Alarm", "at", "time", ALWAYS, "when" },
	{ "Alarm", "kind", "string", ALWAYS, "as in bypass.detected" },
	{ "Alarm", "scope", "string", ALWAYS, "which number or account" },
	{ "Alarm", "severity", "string", ALWAYS, "act, warn or clear" },
	{ "Alarm", "what", "string", ALWAYS, "what happened, as a sentence" },
	{ "Alarm", "done", "string", ALWAYS, "what Varco did already" },
	{ "Alarm", "todo", "string", OR_NULL, "what somebody must do; null = nothing" },
	{ "Alarm", "detail", "any", OR_NULL, "more about it" },

	{ "Entry", "seq", "integer", ALWAYS, "counted from 1, without gaps" },
	{ "Entry", "at", "time", ALWAYS, "when" },
	{ "Entry", "time", "integer", ALWAYS,
	    "the same in milliseconds since 1970, as it is hashed" },
	{ "Entry", "type", "string", OR_NULL,
	    "consent, decision, operator, incident or checkpoint" },
	{ "Entry", "record", "string", OR_NULL, "dec_…, per_… or checkpoint and its size" },
	{ "Entry", "policy", "string", ALWAYS, "version of the policy pack" },
	{ "Entry", "commitment", "string", OR_NULL, "HMAC-SHA-256 in hex" },
	{ "Entry", "salt", "string", SOMETIMES,
	    "key of the commitment in hex; exports and proofs" },
	{ "Entry", "content", "string", SOMETIMES, "what is committed to; exports and proofs" },
	{ "CertifiedPerson", "id", "string", ALWAYS, "per_…" },
	{ "CertifiedPerson", "former", "[]string", ALWAYS, "ids that became this one" },
	{ "CertifiedPerson", "phone", "string", OR_NULL, "masked, or E.164" },
	{ "CertifiedPerson", "masked", "boolean", ALWAYS, "the number is" },
	{ "CertifiedPerson", "bsuid", "string", OR_NULL, "business-scoped user id" },
	{ "CertifiedPerson", "suppressed", "boolean", ALWAYS, "on the suppression list" },
	{ "CertifiedPerson", "meta_stop", "boolean", ALWAYS, "stopped marketing in WhatsApp" },
	{ "Standing", "purpose", "string", ALWAYS, "what for" },
	{ "Standing", "act", "string", OR_NULL, "grant or withdraw; null = nothing on record" },
	{ "Standing", "at", "time", OR_NULL, "of the act" },
	{ "Standing", "entry", "integer", OR_NULL, "that stands for it" },
	{ "Certificate", "format", "string", ALWAYS, "varco-certificate/1" },
	{ "Certificate", "issued_at", "time", ALWAYS, "when" },
	{ "Certificate", "person", "CertifiedPerson", ALWAYS, "whose" },
	{ "Certificate", "consents", "[]Standing", ALWAYS, "the newest act for each purpose" },
	{ "Certificate", "acts", "[]object", ALWAYS, "entries as in a proof, by time" },
	{ "Certificate", "messages", "[]object", ALWAYS,
	    "entries as in a proof, with consent, kind, template, state, state_at and error_code" },
	{ "Certificate", "messages_all", "integer", ALWAYS, "how many there are" },
	{ "Certificate", "tenant", "string", ALWAYS, "name of the installation in hex" },
	{ "Certificate", "checkpoint", "string", OR_NULL, "the signed note" },
	{ "Certificate", "key", "string", ALWAYS, "verifier key of the ledger" },

	{ "LedgerPage", "key", "string", ALWAYS, "verifier key of the ledger" },
	{ "LedgerPage", "items", "[]Entry", ALWAYS, "in their order" },
	{ "LedgerPage", "next", "string", OR_NULL, "where to go on; null = that was all" },
	{ "Proof", "tenant", "string", ALWAYS, "name of the installation in hex" },
	{ "Proof", "seq", "integer", ALWAYS, "counted from 1" },
	{ "Proof", "at", "time", ALWAYS, "when" },
	{ "Proof", "time", "integer", ALWAYS, "the same in milliseconds since 1970" },
	{ "Proof", "type", "string", OR_NULL, "as of an entry" },
	{ "Proof", "record", "string", OR_NULL, "as of an entry" },
	{ "Proof", "policy", "string", ALWAYS, "version of the policy pack" },
	{ "Proof", "commitment", "string", OR_NULL, "HMAC-SHA-256 in hex" },
	{ "Proof", "salt", "string", OR_NULL, "key of the commitment in hex" },
	{ "Proof", "content", "string", OR_NULL, "what is committed to" },
	{ "Proof", "path", "[]string", ALWAYS, "hashes from the leaf to the root, in hex" },
	{ "Proof", "checkpoint", "string", ALWAYS, "the signed note" },
	{ "Proof", "key", "string", ALWAYS, "verifier key of the ledger" },
	{ "Proof", "since", "integer", SOMETIMES, "size of the older checkpoint" },
	{ "Proof", "history", "[]string", SOMETIMES, "hashes from its root to this one" },
	{ "LedgerChecked", "at", "time", ALWAYS, "when the whole was read again" },
	{ "LedgerChecked", "sound", "boolean", ALWAYS, "everything held" },
	{ "LedgerChecked", "entries", "integer", ALWAYS, "looked at" },
	{ "LedgerChecked", "covered", "integer", ALWAYS,
	    "of them, under the newest checkpoint that held" },
	{ "LedgerChecked", "checkpoints", "integer", ALWAYS, "that held" },
	{ "LedgerChecked", "fault", "string", OR_NULL, "the first thing that is wrong" },
	{ "LedgerChecked", "entry", "integer", OR_NULL, "where" },
	{ "LedgerChecked", "message", "string", OR_NULL, "the same as a sentence" },
	{ "Ledger", "size", "integer", ALWAYS, "entries" },
	{ "Ledger", "checkpoint", "Checkpoint", OR_NULL, "the newest; null = there is none yet" },
	{ "Ledger", "checked", "LedgerChecked", OR_NULL, "the last check; null = never" },
	{ "Checkpoint", "size", "integer", ALWAYS, "entries under the root" },
	{ "Checkpoint", "at", "time", OR_NULL, "when it was signed" },
	{ "Checkpoint", "seq", "integer", ALWAYS, "its own entry" },
	{ "Checkpoint", "checkpoint", "string", OR_NULL, "the signed note" },
	{ "Checkpoint", "key", "string", ALWAYS, "verifier key of the ledger" },

	{ "Policy", "name", "string", ALWAYS, "of the pack" },
	{ "Policy", "version", "string", ALWAYS, "of the pack" },
	{ "Policy", "digest", "string", ALWAYS, "SHA-256 of the pack" },
	{ "Clock", "source", "string", ALWAYS, "system or upstream" },
	{ "Clock", "now", "time", ALWAYS, "here" },
	{ "Clock", "skew_ms", "integer", OR_NULL,
	    "ours less the upstream's; null = not asked, or not told" },
	{ "Upstream", "base_url", "string", ALWAYS, "as configured" },
	{ "Upstream", "answers", "boolean", OR_NULL, "null = not asked" },
	{ "Counts", "accounts", "integer", ALWAYS, "on record" },
	{ "Counts", "numbers", "integer", ALWAYS, "on record" },
	{ "Counts", "templates", "integer", ALWAYS, "on record" },
	{ "Counts", "integrations", "integer", ALWAYS, "on record" },
	{ "Freshness", "webhook_at", "time", OR_NULL,
	    "when Meta's last webhook came; null = none since the start" },
	{ "Freshness", "upstream_at", "time", OR_NULL,
	    "when the upstream last answered a send; null = none since the start" },
	{ "Freshness", "checkpoint_at", "time", OR_NULL,
	    "when the ledger was last signed; null = never" },
	{ "Queues", "held", "integer", ALWAYS, "sends that wait for their time" },
	{ "Queues", "ready", "integer", ALWAYS, "sends that may go" },
	{ "Queues", "sending", "integer", ALWAYS, "sends under way" },
	{ "Queues", "unknown", "integer", ALWAYS, "sends whose outcome is not known" },
	{ "Queues", "forward", "integer", ALWAYS, "events that wait for apps" },
	{ "Queues", "writer", "integer", ALWAYS, "changes that wait to be written" },
	{ "Status", "version", "string", ALWAYS, "of Varco" },
	{ "Status", "mode", "string", ALWAYS, "observe or enforce" },
	{ "Status", "policy", "Policy", ALWAYS, "the pack in force" },
	{ "Status", "started_at", "time", ALWAYS, "of this process" },
	{ "Status", "installed_at", "time", ALWAYS, "of this installation" },
	{ "Status", "ready", "boolean", ALWAYS, "takes requests and can write" },
	{ "Status", "clock", "Clock", ALWAYS, "whose time counts" },
	{ "Status", "upstream", "Upstream", ALWAYS, "where messages go" },
	{ "Status", "counts", "Counts", ALWAYS, "what is registered" },
	{ "Status", "queues", "Queues", ALWAYS, "what waits" },
	{ "Status", "freshness", "Freshness", ALWAYS, "how old what is known is" },

	{ "IncidentEntry", "id", "string", ALWAYS, "inc_…" },
	{ "IncidentEntry", "opened_at", "time", ALWAYS, "when Varco opened it" },
	{ "IncidentEntry", "kind", "string", ALWAYS, "the worst that happened" },
	{ "IncidentEntry", "label", "string", ALWAYS,
	    "Meta's violation type or the signal; empty = not told" },
	{ "IncidentEntry", "title", "string", OR_NULL, "the same as a sentence" },
	{ "IncidentEntry", "scope", "string", ALWAYS, "portfolio, waba, number, template or app" },
	{ "IncidentEntry", "object", "string", ALWAYS, "its id" },
	{ "IncidentEntry", "waba", "string", ALWAYS,
	    "the account that it belongs to; empty = none" },
	{ "IncidentEntry", "origin", "string", ALWAYS, "meta, varco or operator" },
	{ "IncidentEntry", "state", "string", ALWAYS,
	    "open, evidence, submitted, answered or closed" },
	{ "IncidentEntry", "outcome", "string", OR_NULL,
	    "reversed, unchanged, ended; null = no answer" },
	{ "IncidentEntry", "happened_at", "time", ALWAYS, "when Meta decided" },
	{ "IncidentEntry", "over_at", "time", OR_NULL,
	    "when that was over; null = it is not, or nobody knows" },
	{ "IncidentEntry", "deadline_at", "time", OR_NULL, "until when a review can be asked for" },
	{ "IncidentEntry", "days_left", "integer", OR_NULL,
	    "whole days until then; null = nothing is waited for" },
	{ "IncidentReview", "can", "string", ALWAYS, "whether a review can be asked for" },
	{ "IncidentReview", "where", "string", ALWAYS, "where and by whom" },
	{ "IncidentReview", "next", "string", ALWAYS, "what is to be done now" },
	{ "IncidentReview", "answer_by", "time", OR_NULL, "when an answer usually comes" },
	{ "IncidentReview", "source", "string", ALWAYS, "of these figures" },
	{ "IncidentImpact", "conversations", "integer", ALWAYS,
	    "windows that were open at that moment, and nobody wrote in until they were counted, soon after" },
	{ "IncidentImpact", "held", "integer", ALWAYS, "sends that waited at that moment" },
	{ "IncidentImpact", "people_waiting", "integer", ALWAYS,
	    "people that were not written to since" },
	{ "IncidentImpact", "refused", "integer", ALWAYS, "sends to them" },
	{ "IncidentImpact", "templates", "[]string", ALWAYS,
	    "that were in use in the week before" },
	{ "IncidentDay", "at", "time", ALWAYS, "00:00 UTC" },
	{ "IncidentDay", "sent", "integer", ALWAYS, "messages" },
	{ "IncidentDay", "marketing", "integer", ALWAYS, "of them" },
	{ "IncidentDay", "delivered", "integer", ALWAYS, "on that day" },
	{ "IncidentDay", "failed", "integer", ALWAYS, "but for caps" },
	{ "IncidentDay", "capped", "integer", ALWAYS, "131049 and 130472" },
	{ "IncidentDay", "opt_outs", "integer", ALWAYS, "by any way" },
	{ "IncidentEvent", "at", "time", ALWAYS, "when" },
	{ "IncidentEvent", "source", "string", ALWAYS,
	    "incident, alarm, operator, policy or change" },
	{ "IncidentEvent", "what", "string", ALWAYS, "its word" },
	{ "IncidentEvent", "about", "string", ALWAYS, "which object; empty = none" },
	{ "IncidentEvent", "by", "string", ALWAYS, "who" },
	{ "IncidentEvent", "words", "string", OR_NULL, "of whoever did it" },
	{ "IncidentEvent", "entry", "integer", OR_NULL, "of the ledger" },
	{ "Incident", "id", "string", ALWAYS, "inc_…" },
	{ "Incident", "opened_at", "time", ALWAYS, "when Varco opened it" },
	{ "Incident", "kind", "string", ALWAYS, "the worst that happened" },
	{ "Incident", "label", "string", ALWAYS,
	    "Meta's violation type or the signal; empty = not told" },
	{ "Incident", "title", "string", OR_NULL, "the same as a sentence" },
	{ "Incident", "scope", "string", ALWAYS, "portfolio, waba, number, template or app" },
	{ "Incident", "object", "string", ALWAYS, "its id" },
	{ "Incident", "waba", "string", ALWAYS, "the account that it belongs to; empty = none" },
	{ "Incident", "origin", "string", ALWAYS, "meta, varco or operator" },
	{ "Incident", "state", "string", ALWAYS, "open, evidence, submitted, answered or closed" },
	{ "Incident", "outcome", "string", OR_NULL,
	    "reversed, unchanged, ended; null = no answer" },
	{ "Incident", "happened_at", "time", ALWAYS, "when Meta decided" },
	{ "Incident", "over_at", "time", OR_NULL,
	    "when that was over; null = it is not, or nobody knows" },
	{ "Incident", "deadline_at", "time", OR_NULL, "until when a review can be asked for" },
	{ "Incident", "days_left", "integer", OR_NULL,
	    "whole days until then; null = nothing is waited for" },
	{ "Incident", "submitted_at", "time", OR_NULL, "when a review was asked for" },
	{ "Incident", "closed_at", "time", OR_NULL, "when it was closed" },
	{ "Incident", "reference", "string", OR_NULL, "number of the case" },
	{ "Incident", "lessons", "string", OR_NULL, "what was learned" },
	{ "Incident", "words", "any", OR_NULL, "what Meta sent" },
	{ "Incident", "review", "IncidentReview", ALWAYS, "whether and where" },
	{ "Incident", "impact", "IncidentImpact", ALWAYS, "whom and what it stopped" },
	{ "Incident", "days", "[]IncidentDay", ALWAYS, "before and after" },
	{ "Incident", "timeline", "[]IncidentEvent", ALWAYS, "all that happened" },

	{ "Removed", "id", "string", ALWAYS, "of what was removed" },
	{ "Removed", "removed", "boolean", ALWAYS, "always true" },
	{ "RemovedTemplate", "waba", "string", ALWAYS, "its account" },
	{ "RemovedTemplate", "name", "string", ALWAYS, "its name" },
	{ "RemovedTemplate", "language", "string", ALWAYS, "its language" },
	{ "RemovedTemplate", "removed", "boolean", ALWAYS, "always true" },
};

/* Schemas that are a page of another one. */
static const struct {
	const char *schema, *item;
} lists[] = {
	{ "AccountList", "Account" },
	{ "NumberList", "Number" },
	{ "TemplateList", "Template" },
	{ "IntegrationList", "Integration" },
	{ "ScanList", "Scan" },
	{ "ExportedConsentList", "ExportedConsent" },
	{ "ImportList", "ImportEntry" },
	{ "RequestList", "Request" },
	{ "LinkList", "Link" },
	{ "TriggerList", "Trigger" },
	{ "AnalysisList", "Analysis" },
	{ "AutoreplyList", "Autoreply" },
	{ "NoticeList", "Notice" },
	{ "StopList", "Stop" },
	{ "RestrictedList", "Restricted" },
	{ "DecisionList", "Decision" },
	{ "AlarmList", "Alarm" },
	{ "PauseList", "Pause" },
	{ "BreakerSignalList", "BreakerSignal" },
	{ "IncidentList", "IncidentEntry" },
	{ "CampaignList", "CampaignHead" },
	{ "UserList", "User" },
	{ "SessionList", "SessionEntry" },
	{ "AuditList", "AuditAct" },
	{ "SourceList", "Source" },
	{ "PolicyVersionList", "PolicyVersion" },
	{ "BackupList", "Backup" },
	{ "WebhookList", "Webhook" },
	{ "DeliveryList", "Delivery" },
	{ "PolicyProposalList", "PolicyProposal" },
	{ "EntryList", "Entry" },
	{ "PassedByList", "PassedBy" },
	{ "ScanFindingList", "ScanFinding" },
	{ "ChangeList", "Change" },
};

/* --- writing ---------------------------------------------------------------------------------- */

/* Words of the table and their schema; "null" is added where it may be. */
static const struct {
	const char *word, *type, *format;
} types[] = {
	{ "string", "string", NULL },
	{ "integer", "integer", NULL },
	{ "number", "number", NULL },
	{ "boolean", "boolean", NULL },
	{ "number", "number", NULL },
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
		jw_raw(w,
		    nullable
			? STR("[{\"type\":\"integer\"},{\"const\":\"unlimited\"},{\"type\":\"null\"}]")
			: STR("[{\"type\":\"integer\"},{\"const\":\"unlimited\"}]"));
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
	write_type(w, m->type, m->presence == OR_NULL);
	jw_member_c(w, "description", m->doc);
	jw_object_end(w);
}

/* The rows of one schema stand together; *i is left behind them. */
static void write_schema(struct json_writer *w, const struct member *rows, size_t len, size_t *i)
{
	const char *schema = rows[*i].schema;
	size_t first = *i, end = first;

	while (end < len && strcmp(rows[end].schema, schema) == 0)
		end++;
	jw_key(w, schema);
	jw_object(w);
	jw_member_c(w, "type", "object");
	jw_key(w, "required");
	jw_array(w);
	for (size_t k = first; k < end; k++) {
		if (rows[k].presence != SOMETIMES)
			jw_c(w, rows[k].name);
	}
	jw_array_end(w);
	jw_key(w, "properties");
	jw_object(w);
	for (size_t k = first; k < end; k++)
		write_member(w, &rows[k]);
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
	    STR("{\"type\":[\"string\",\"null\"],\"description\":\"cursor of the next page; null"
		" = this is the last\"}"));
	jw_object_end(w);
	jw_object_end(w);
}

static void write_schemas(struct json_writer *w, const struct member *rows, size_t n)
{
	for (size_t i = 0; i < n;)
		write_schema(w, rows, n, &i);
}

void api_schemas_write(struct json_writer *w)
{
	write_schemas(w, members, ARRAY_LEN(members));
	write_schemas(w, notice_members, notice_members_len);
	write_schemas(w, register_members, register_members_len);
	write_schemas(w, trigger_members, trigger_members_len);
	write_schemas(w, user_members, user_members_len);
	write_schemas(w, campaign_members, campaign_members_len);
	write_schemas(w, look_members, look_members_len);
	write_schemas(w, policy_members, policy_members_len);
	write_schemas(w, dossier_members, dossier_members_len);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		write_list(w, lists[i].schema, lists[i].item);
}
