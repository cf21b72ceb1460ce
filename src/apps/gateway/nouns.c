/* Rows of one noun stand together, in the order in which help prints them. Fields that several
 * verbs take are written anew in each, because what they mean there may differ. */
#include "apps/gateway/nouns.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"

#define REQUIRED true, false, false
#define OPTIONAL false, false, false
#define POSITIONAL true, true, false
#define PERSONAL false, false, true /* and optional */

#define DOC_LIMIT N_("How many at most, 1 to 1000; 100 unless told otherwise.")
#define DOC_CURSOR N_("Where to go on: the value of \"next\" of the page before.")

/* --- accounts --------------------------------------------------------------------------------- */

static const struct noun_field account_add[] = {
	{ "waba", FIELD_STR, REQUIRED, N_("Id of the WhatsApp Business Account.") },
	{ "portfolio", FIELD_STR, REQUIRED, N_("Id of the business portfolio that owns it.") },
	{ "name", FIELD_STR, REQUIRED, N_("Name for people.") },
	{ "country", FIELD_STR, OPTIONAL,
	    N_("Country of the business, two capital letters, as in IT.") },
	{ "limit", FIELD_LIMIT, OPTIONAL,
	    N_("People that the portfolio may begin to write to in 24 hours, or \"unlimited\".") },
	{ "upstream", FIELD_STR, OPTIONAL,
	    N_("Certified provider of the policy pack; Meta unless told otherwise.") },
	{ "token_file", FIELD_FILE, OPTIONAL,
	    N_("The access token towards Meta or the provider.") },
	{ "app_secret_file", FIELD_FILE, OPTIONAL, N_("The app secret that signs webhooks.") },
	{ "verify_token_file", FIELD_FILE, OPTIONAL,
	    N_("The token that Meta shows when it verifies the webhook address.") },
};

static const struct noun_field account_list[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field account_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the WhatsApp Business Account.") },
};

static const struct noun_field account_set[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the WhatsApp Business Account.") },
	{ "name", FIELD_STR, OPTIONAL, N_("Name for people.") },
	{ "country", FIELD_STR, OPTIONAL,
	    N_("Country of the business, two capital letters, as in IT.") },
	{ "limit", FIELD_LIMIT, OPTIONAL,
	    N_("People that the portfolio may begin to write to in 24 hours, or \"unlimited\".") },
	{ "upstream", FIELD_STR, OPTIONAL, N_("Certified provider of the policy pack.") },
	{ "state", FIELD_STR, OPTIONAL,
	    N_("active clears a lock; else locked, disabled, banned or scheduled_for_disable.") },
	{ "payment_ok", FIELD_BOOL, OPTIONAL,
	    N_("true once payment trouble was cleared with Meta.") },
	{ "token_file", FIELD_FILE, OPTIONAL,
	    N_("The access token towards Meta or the provider.") },
	{ "app_secret_file", FIELD_FILE, OPTIONAL, N_("The app secret that signs webhooks.") },
	{ "verify_token_file", FIELD_FILE, OPTIONAL,
	    N_("The token that Meta shows when it verifies the webhook address.") },
};

/* --- numbers ---------------------------------------------------------------------------------- */

static const struct noun_field number_add[] = {
	{ "waba", FIELD_STR, REQUIRED, N_("Id of the account that the number belongs to.") },
	{ "id", FIELD_STR, REQUIRED, N_("The phone-number-id that Meta gave it.") },
	{ "display", FIELD_STR, REQUIRED, N_("The telephone number in international form.") },
	{ "established", FIELD_BOOL, OPTIONAL,
	    N_("The number has been in use for long, and skips warm-up.") },
	{ "throughput", FIELD_INT, OPTIONAL,
	    N_("Messages a second, 1 to 1000; the policy pack's unless told otherwise.") },
};

static const struct noun_field number_list[] = {
	{ "waba", FIELD_STR, OPTIONAL, N_("Only those of this account.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field number_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("The phone-number-id.") },
};

static const struct noun_field number_set[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("The phone-number-id.") },
	{ "display", FIELD_STR, OPTIONAL, N_("The telephone number in international form.") },
	{ "verified_name", FIELD_STR, OPTIONAL, N_("The name that Meta verified.") },
	{ "status", FIELD_STR, OPTIONAL, N_("Meta's word for its status, as in CONNECTED.") },
	{ "quality", FIELD_STR, OPTIONAL,
	    N_("Meta's word for its quality: GREEN, YELLOW, RED or UNKNOWN.") },
	{ "established", FIELD_BOOL, OPTIONAL,
	    N_("The number has been in use for long, and skips warm-up.") },
	{ "throughput", FIELD_INT, OPTIONAL, N_("Messages a second, 1 to 1000.") },
};

static const struct noun_field number_pause[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("The phone-number-id.") },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What to hold: marketing, utility, authentication, service or all.") },
	{ "reason", FIELD_STR, REQUIRED, N_("Why, for those who come later.") },
	{ "for", FIELD_DURATION, OPTIONAL,
	    N_("How long, as in 24h; until it is resumed unless told otherwise.") },
	{ "until", FIELD_TIME, OPTIONAL, N_("Until when, instead of how long.") },
};

static const struct noun_field number_resume[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("The phone-number-id.") },
	{ "purpose", FIELD_STR, OPTIONAL,
	    N_("Only this purpose; every one unless told otherwise.") },
};

/* --- templates -------------------------------------------------------------------------------- */

static const struct noun_field template_add[] = {
	{ "waba", FIELD_STR, REQUIRED, N_("Id of the account that the templates belong to.") },
	{ "file", FIELD_FILE, POSITIONAL,
	    N_("One definition in Graph's JSON shape, or an array of them.") },
};

static const struct noun_field template_list[] = {
	{ "waba", FIELD_STR, OPTIONAL, N_("Only those of this account.") },
	{ "status", FIELD_STR, OPTIONAL, N_("Only those with this status, as in APPROVED.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

#define DOC_WABA N_("Id of the account.")
#define DOC_TEMPLATE N_("Name of the template.")
#define DOC_LANGUAGE N_("Its language, as in it or pt_BR.")

static const struct noun_field template_id[] = {
	{ "waba", FIELD_STR, POSITIONAL, DOC_WABA },
	{ "name", FIELD_STR, POSITIONAL, DOC_TEMPLATE },
	{ "language", FIELD_STR, POSITIONAL, DOC_LANGUAGE },
};

static const struct noun_field template_set[] = {
	{ "waba", FIELD_STR, POSITIONAL, DOC_WABA },
	{ "name", FIELD_STR, POSITIONAL, DOC_TEMPLATE },
	{ "language", FIELD_STR, POSITIONAL, DOC_LANGUAGE },
	{ "file", FIELD_FILE, OPTIONAL, N_("Its new definition in Graph's JSON shape.") },
	{ "status", FIELD_STR, OPTIONAL,
	    N_("Meta's word for its status, as in APPROVED or PAUSED.") },
	{ "quality", FIELD_STR, OPTIONAL, N_("Meta's word for its quality.") },
	{ "category", FIELD_STR, OPTIONAL, N_("marketing, utility or authentication.") },
};

static const struct noun_field template_lint[] = {
	{ "file", FIELD_FILE, POSITIONAL,
	    N_("One definition in Graph's JSON shape, or an array of them.") },
};

static const struct noun_field template_sync[] = {
	{ "waba", FIELD_STR, POSITIONAL,
	    N_("Id of the account whose templates are read from upstream.") },
};

/* --- integrations ----------------------------------------------------------------------------- */

static const struct noun_field integration_add[] = {
	{ "name", FIELD_STR, REQUIRED, N_("Name of the app, once in the register.") },
	{ "owner", FIELD_STR, REQUIRED, N_("Who answers for it.") },
	{ "purpose", FIELD_STR, REQUIRED, N_("What it sends messages for.") },
	{ "numbers", FIELD_LIST, REQUIRED, N_("The phone-number-ids that it may use.") },
	{ "categories", FIELD_LIST, REQUIRED,
	    N_("What it may send: some of marketing, utility, authentication and service.") },
	{ "data", FIELD_STR, OPTIONAL, N_("Which personal data it uses.") },
	{ "review_by", FIELD_DATE, OPTIONAL,
	    N_("The day by which the entry is to be looked at again.") },
	{ "webhook", FIELD_STR, OPTIONAL,
	    N_("The https address that hears statuses and inbound messages.") },
	{ "webhook_secret_file", FIELD_FILE, OPTIONAL,
	    N_("The secret that signs what goes to the webhook.") },
};

static const struct noun_field integration_list[] = {
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
};

/* --- consents --------------------------------------------------------------------------------- */

#define DOC_PHONE \
	N_("Telephone number of the person, international or as dialled in the account's country.")
#define DOC_BSUID N_("Business-scoped user id of the person, instead of the number or beside it.")

static const struct noun_field consent_record[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What the person agreed to: marketing, utility, authentication or all.") },
	{ "evidence", FIELD_STR, REQUIRED,
	    N_("What proves it: imported, form, inbound_message, double_opt_in or signed.") },
	{ "text", FIELD_STR, PERSONAL, N_("The words that the person agreed to.") },
	{ "text_version", FIELD_STR, OPTIONAL, N_("The version of these words.") },
	{ "notice_version", FIELD_STR, OPTIONAL,
	    N_("The version of the privacy notice that was shown.") },
	{ "notice_url", FIELD_STR, PERSONAL, N_("The https address of the privacy notice.") },
	{ "terms_version", FIELD_STR, OPTIONAL, N_("The version of the terms that were shown.") },
	{ "terms_url", FIELD_STR, PERSONAL, N_("The https address of the terms.") },
	{ "source", FIELD_STR, PERSONAL, N_("Where it was given, as in the page or the list.") },
	{ "channel", FIELD_STR, PERSONAL,
	    N_("By which channel: web, app, shop, phone, paper, e-mail, whatsapp or another.") },
	{ "how", FIELD_STR, PERSONAL,
	    N_("In which way, as in \"ticked the box on the order page\".") },
	{ "attachments", FIELD_FILES, PERSONAL,
	    N_("Files that show it: a screenshot, a scan, a recording; at most 8 of 8 MiB.") },
	{ "at", FIELD_TIME, OPTIONAL, N_("When; now unless told otherwise.") },
};

static const struct noun_field consent_withdraw[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What the person withdrew: marketing, utility, authentication or all.") },
	{ "text", FIELD_STR, PERSONAL, N_("The words in which it was said.") },
	{ "source", FIELD_STR, PERSONAL, N_("Where it was said.") },
	{ "channel", FIELD_STR, PERSONAL,
	    N_("By which channel: web, app, shop, phone, paper, e-mail, whatsapp or another.") },
	{ "how", FIELD_STR, PERSONAL,
	    N_("In which way, as in \"ticked the box on the order page\".") },
	{ "at", FIELD_TIME, OPTIONAL, N_("When; now unless told otherwise.") },
};

static const struct noun_field consent_show[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
};

static const struct noun_field consent_attachment[] = {
	{ "sha256", FIELD_STR, POSITIONAL,
	    N_("The digest of its content in hex, as consent evidence shows it.") },
};

static const struct noun_field consent_import[] = {
	{ "file", FIELD_FILE, POSITIONAL,
	    N_("The table, CSV or .xlsx, with the columns phone, bsuid, purpose, act, at, evidence,"
	       " text and source.") },
	{ "dry_run", FIELD_BOOL, OPTIONAL, N_("Only look what would happen.") },
	{ "name", FIELD_STR, OPTIONAL, N_("What to call the import.") },
};

static const struct noun_field consent_export[] = {
	{ "format", FIELD_STR, OPTIONAL,
	    N_("json, page by page, unless told otherwise; csv for all of it, as a table.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field import_list[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field import_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the import, as in imp_0c5gq3hr8v2zk.") },
};

/* --- requests for consent --------------------------------------------------------------------- */

static const struct noun_field request_add[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "number", FIELD_STR, REQUIRED, N_("The phone-number-id that asks.") },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What the person is asked for: marketing, utility or authentication.") },
	{ "template", FIELD_STR, OPTIONAL,
	    N_("The template that asks; its first two quick replies are yes and no.") },
	{ "language", FIELD_STR, OPTIONAL,
	    N_("The template's language; without a template that of the buttons.") },
	{ "values", FIELD_LIST, PERSONAL, N_("The values of the template's variables, in order.") },
	{ "text", FIELD_STR, PERSONAL,
	    N_("The question itself, with two buttons, while the person's window is open.") },
	{ "text_version", FIELD_STR, OPTIONAL, N_("The version of these words.") },
	{ "notice_version", FIELD_STR, OPTIONAL,
	    N_("The version of the privacy notice that was shown.") },
	{ "notice_url", FIELD_STR, PERSONAL, N_("The https address of the privacy notice.") },
	{ "terms_version", FIELD_STR, OPTIONAL, N_("The version of the terms that were shown.") },
	{ "terms_url", FIELD_STR, PERSONAL, N_("The https address of the terms.") },
	{ "source", FIELD_STR, PERSONAL,
	    N_("Where the person left the number, as in the page or the list.") },
};

static const struct noun_field request_list[] = {
	{ "state", FIELD_STR, OPTIONAL,
	    N_("Only those in this state: pending, confirmed, declined, withdrawn or expired.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field request_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the request.") },
};

/* --- entry links ------------------------------------------------------------------------------ */

static const struct noun_field link_add[] = {
	{ "number", FIELD_STR, REQUIRED, N_("The phone-number-id that people will write to.") },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What they agree to by it: marketing, utility or authentication.") },
	{ "text", FIELD_STR, REQUIRED,
	    N_("The words that they will send, in which they say that they agree.") },
	{ "text_version", FIELD_STR, OPTIONAL, N_("The version of these words.") },
	{ "notice_version", FIELD_STR, OPTIONAL,
	    N_("The version of the privacy notice that stands beside the link.") },
	{ "notice_url", FIELD_STR, OPTIONAL, N_("The https address of the privacy notice.") },
	{ "terms_version", FIELD_STR, OPTIONAL,
	    N_("The version of the terms that stand beside the link.") },
	{ "terms_url", FIELD_STR, OPTIONAL, N_("The https address of the terms.") },
	{ "source", FIELD_STR, OPTIONAL, N_("Where it is shown, as in the poster or the page.") },
};

static const struct noun_field link_list[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field link_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the link.") },
};

/* --- opt-outs that came of a code ------------------------------------------------------------- */

static const struct noun_field stop_list[] = {
	{ "code", FIELD_INT, OPTIONAL,
	    N_("Only those that came of this error code, as in 131050.") },
	{ "state", FIELD_STR, OPTIONAL,
	    N_("Only those in this state: applied, held, released or confirmed.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field stop_end[] = {
	{ "code", FIELD_INT, REQUIRED, N_("The error code that they came of, as in 131050.") },
	{ "reason", FIELD_STR, REQUIRED, N_("Why, for those who come later.") },
};

static const struct noun_field consent_certificate[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "format", FIELD_STR, OPTIONAL, N_("json, html or pdf; json unless told otherwise.") },
	{ "lang", FIELD_STR, OPTIONAL, N_("Language of html and pdf: it or en.") },
	{ "unmasked", FIELD_BOOL, OPTIONAL,
	    N_("Show the whole telephone number; that it was shown is recorded.") },
};

#define DOC_REASON_KEPT N_("Why, in words that name nobody: they stay on the ledger.")
#define DOC_YES N_("It is meant; without it nothing is done.")

static const struct noun_field consent_erase[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "reason", FIELD_STR, OPTIONAL, DOC_REASON_KEPT },
	{ "ground", FIELD_STR, OPTIONAL,
	    N_("The legal ground, gdpr.17.1.a to gdpr.17.1.f; gdpr.17.1.b, consent withdrawn, unless told"
	       " otherwise.") },
	{ "yes", FIELD_BOOL, OPTIONAL, DOC_YES },
};

static const struct noun_field consent_restrict[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "reason", FIELD_STR, REQUIRED, DOC_REASON_KEPT },
	{ "until", FIELD_TIME, OPTIONAL,
	    N_("When it is destroyed; the policy pack says unless told otherwise.") },
	{ "yes", FIELD_BOOL, OPTIONAL, DOC_YES },
};

static const struct noun_field consent_dsar[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "identity", FIELD_STR, OPTIONAL,
	    N_("How it was made sure who asks, in words that name nobody: they stay on the ledger.") },
};

static const struct noun_field consent_open[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the restriction, as in res_0c5gq3hr8v2zk.") },
	{ "reason", FIELD_STR, REQUIRED, DOC_REASON_KEPT },
};

/* --- decisions, alarms, status ---------------------------------------------------------------- */

static const struct noun_field decision_list[] = {
	{ "state", FIELD_STR, OPTIONAL,
	    N_("Only sends in this state, as in refused, held or delivered.") },
	{ "since", FIELD_TIME, OPTIONAL, N_("Only those made at that time or later.") },
	{ "rule", FIELD_STR, OPTIONAL,
	    N_("Only those that this rule did not let pass, as in window.closed.") },
	{ "app", FIELD_STR, OPTIONAL, N_("Only those of this integration, by its id.") },
	{ "number", FIELD_STR, OPTIONAL, N_("Only those from this phone-number-id.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field decision_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the decision, as in the header Varco-Decision.") },
};

static const struct noun_field pause_list[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
};

static const struct noun_field pause_resume[] = {
	{ "scope", FIELD_STR, REQUIRED, N_("What is paused: number, waba, template or app.") },
	{ "id", FIELD_STR, REQUIRED,
	    N_("Its id, as in the list; of a template account/name/language.") },
	{ "purpose", FIELD_STR, OPTIONAL,
	    N_("Only this purpose; every one unless told otherwise.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
};

static const struct noun_field alarm_list[] = {
	{ "kind", FIELD_STR, OPTIONAL,
	    N_("Only alarms of this kind, as in bypass.detected or breaker.pause.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field ledger_list[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field ledger_proof[] = {
	{ "entry", FIELD_STR, POSITIONAL, N_("Number of the entry, or id of a decision.") },
	{ "since", FIELD_INT, OPTIONAL,
	    N_("Also prove that the ledger began with so many entries: the size of an older checkpoint.") },
};

static const struct noun_field status_show[] = {
	{ "check_upstream", FIELD_BOOL, OPTIONAL,
	    N_("Also ask the upstream whether it answers and what time it is there.") },
};

/* --- the table -------------------------------------------------------------------------------- */

#define WITH(fields) fields, ARRAY_LEN(fields)

const struct noun_verb noun_verbs[] = {
	{ "account", "add", "POST", "/api/v1/accounts", WITH(account_add),
	    N_("Registers a WhatsApp Business Account; the same values again change nothing."),
	    "varco account add --waba 900800700 --portfolio 700600500 --name 'Calzature Rossi'"
	    " --country IT --limit 2000"
	    " --token-file token --app-secret-file app_secret --verify-token-file verify_token",
	    "addAccount" },
	{ "account", "list", "GET", "/api/v1/accounts", WITH(account_list),
	    N_("Lists the accounts."), "varco account list", "listAccounts" },
	{ "account", "show", "GET", "/api/v1/accounts/{id}", WITH(account_id),
	    N_("Shows an account with its state, restrictions and numbers."),
	    "varco account show 900800700", "showAccount" },
	{ "account", "set", "PATCH", "/api/v1/accounts/{id}", WITH(account_set),
	    N_("Changes the values that are given."), "varco account set 900800700 --state active",
	    "setAccount" },
	{ "account", "remove", "DELETE", "/api/v1/accounts/{id}", WITH(account_id),
	    N_("Removes an account that has no numbers any more."),
	    "varco account remove 900800700", "removeAccount" },

	{ "number", "add", "POST", "/api/v1/numbers", WITH(number_add),
	    N_("Registers a number of an account; the same values again change nothing."),
	    "varco number add --waba 900800700 --id 100200300 --display '+39 333 123 4500'"
	    " --established",
	    "addNumber" },
	{ "number", "list", "GET", "/api/v1/numbers", WITH(number_list), N_("Lists the numbers."),
	    "varco number list --waba 900800700", "listNumbers" },
	{ "number", "show", "GET", "/api/v1/numbers/{id}", WITH(number_id),
	    N_("Shows a number with its quality, warm-up and pauses."),
	    "varco number show 100200300", "showNumber" },
	{ "number", "set", "PATCH", "/api/v1/numbers/{id}", WITH(number_set),
	    N_("Changes the values that are given."), "varco number set 100200300 --throughput 250",
	    "setNumber" },
	{ "number", "remove", "DELETE", "/api/v1/numbers/{id}", WITH(number_id),
	    N_("Removes a number; what was sent from it stays on record."),
	    "varco number remove 100200300", "removeNumber" },
	{ "number", "pause", "POST", "/api/v1/numbers/{id}/pause", WITH(number_pause),
	    N_("Holds what a number would send for a purpose."),
	    "varco number pause 100200300 --purpose marketing --reason 'Too many complaints'"
	    " --for 24h",
	    "pauseNumber" },
	{ "number", "resume", "POST", "/api/v1/numbers/{id}/resume", WITH(number_resume),
	    N_("Ends pauses of a number."), "varco number resume 100200300 --purpose marketing",
	    "resumeNumber" },

	{ "template", "add", "POST", "/api/v1/templates", WITH(template_add),
	    N_("Records templates that Meta has; the same definitions again change nothing."),
	    "varco template add --waba 900800700 order_shipped.json", "addTemplate" },
	{ "template", "list", "GET", "/api/v1/templates", WITH(template_list),
	    N_("Lists the templates."), "varco template list --waba 900800700 --status APPROVED",
	    "listTemplates" },
	{ "template", "show", "GET", "/api/v1/templates/{waba}/{name}/{language}",
	    WITH(template_id), N_("Shows a template with its definition."),
	    "varco template show 900800700 order_shipped it", "showTemplate" },
	{ "template", "set", "PATCH", "/api/v1/templates/{waba}/{name}/{language}",
	    WITH(template_set), N_("Changes the values that are given."),
	    "varco template set 900800700 order_shipped it --status APPROVED", "setTemplate" },
	{ "template", "remove", "DELETE", "/api/v1/templates/{waba}/{name}/{language}",
	    WITH(template_id), N_("Removes a template here; Meta keeps it."),
	    "varco template remove 900800700 order_shipped it", "removeTemplate" },
	{ "template", "lint", "POST", "/api/v1/templates/lint", WITH(template_lint),
	    N_("Checks definitions as Meta's review would, before they are sent to it."),
	    "varco template lint order_shipped.json", "lintTemplate" },
	{ "template", "sync", "POST", "/api/v1/templates/sync", WITH(template_sync),
	    N_("Reads all templates of an account from upstream."), "varco template sync 900800700",
	    "syncTemplates" },

	{ "integration", "add", "POST", "/api/v1/integrations", WITH(integration_add),
	    N_("Enters an app in the register and shows its key once; the same values again"
	       " change nothing."),
	    "varco integration add --name crm --owner 'Marta Neri' --purpose 'Order updates'"
	    " --numbers 100200300 --categories utility,service"
	    " --webhook https://crm.example/hooks"
	    " --webhook-secret-file secret",
	    "addIntegration" },
	{ "integration", "list", "GET", "/api/v1/integrations", WITH(integration_list),
	    N_("Lists the register."), "varco integration list", "listIntegrations" },
	{ "integration", "export", "GET", "/api/v1/integrations/export", NULL, 0,
	    N_("The whole register as one document."), "varco integration export --json",
	    "exportIntegrations" },
	{ "integration", "show", "GET", "/api/v1/integrations/{id}", WITH(integration_id),
	    N_("Shows an entry of the register."), "varco integration show crm",
	    "showIntegration" },
	{ "integration", "set", "PATCH", "/api/v1/integrations/{id}", WITH(integration_set),
	    N_("Changes the values that are given."),
	    "varco integration set crm --review-by 2027-06-30", "setIntegration" },
	{ "integration", "rotate", "POST", "/api/v1/integrations/{id}/rotate", WITH(integration_id),
	    N_("Makes a new key, shows it once and forgets the old one."),
	    "varco integration rotate crm", "rotateIntegration" },
	{ "integration", "revoke", "POST", "/api/v1/integrations/{id}/revoke", WITH(integration_id),
	    N_("Takes the right to send away from an app."), "varco integration revoke crm",
	    "revokeIntegration" },

	{ "consent", "record", "POST", "/api/v1/consents", WITH(consent_record),
	    N_("Records that a person agreed, with the evidence."),
	    "varco consent record --phone '+39 333 123 4501' --purpose marketing --evidence form"
	    " --text 'Send me offers' --source https://shop.example/signup",
	    "recordConsent" },
	{ "consent", "withdraw", "POST", "/api/v1/consents/withdraw", WITH(consent_withdraw),
	    N_("Records that a person withdrew."),
	    "varco consent withdraw --phone '+39 333 123 4501' --purpose all --source"
	    " 'telephone call'",
	    "withdrawConsent" },
	{ "consent", "show", "POST", "/api/v1/consents/show", WITH(consent_show),
	    N_("Shows what a person agreed to, act by act."),
	    "varco consent show --phone '+39 333 123 4501'", "showConsent" },
	{ "consent", "evidence", "POST", "/api/v1/consents/evidence", WITH(consent_show),
	    N_("Shows every act of a person with all that proves it."),
	    "varco consent evidence --phone '+39 333 123 4501' --json", "showEvidence" },
	{ "consent", "attachment", "GET", "/api/v1/attachments/{sha256}", WITH(consent_attachment),
	    N_("Gives back a file that was attached to an act."),
	    "varco consent attachment"
	    " 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 >scan.pdf",
	    "fetchAttachment" },
	{ "consent", "import", "POST", "/api/v1/consents/import", WITH(consent_import),
	    N_("Records a table of consents; a newer withdrawal is never overruled."),
	    "varco consent import consents.csv --dry-run", "importConsents" },
	{ "consent", "export", "GET", "/api/v1/consents/export", WITH(consent_export),
	    N_("All acts of all people, page by page."), "varco consent export --limit 1000 --json",
	    "exportConsents" },
	{ "consent", "dsar", "POST", "/api/v1/consents/dsar", WITH(consent_dsar),
	    N_("Everything that is kept of a person, decisions with their reasons included."),
	    "varco consent dsar --phone '+39 333 123 4501' --identity 'identity card' --json",
	    "exportPerson" },
	{ "consent", "erase", "POST", "/api/v1/consents/erase", WITH(consent_erase),
	    N_("Forgets a person for good; the number stays blocked and the ledger verifies."),
	    "varco consent erase --phone '+39 333 123 4501' --reason 'asked by letter' --yes",
	    "eraseConsent" },
	{ "consent", "restrict", "POST", "/api/v1/consents/restrict", WITH(consent_restrict),
	    N_("Forgets a person, and keeps what there was sealed for the defence of claims only."),
	    "varco consent restrict --phone '+39 333 123 4501' --reason 'claim announced'"
	    " --until 2031-12-31T00:00:00Z --yes",
	    "restrictConsent" },
	{ "consent", "restrictions", "GET", "/api/v1/consents/restrictions", WITH(consent_export),
	    N_("Lists what is kept sealed, and until when."), "varco consent restrictions",
	    "listRestrictions" },
	{ "consent", "open", "POST", "/api/v1/consents/restrictions/{id}/open", WITH(consent_open),
	    N_("Opens what is kept sealed; the reason is on the ledger first."),
	    "varco consent open res_0c5gq3hr8v2zk --reason 'statement of defence' --json",
	    "openRestriction" },

	{ "import", "list", "GET", "/api/v1/imports", WITH(import_list),
	    N_("Lists what was imported, the newest first."), "varco import list", "listImports" },
	{ "import", "show", "GET", "/api/v1/imports/{id}", WITH(import_id),
	    N_("Shows an import: its file, its counts and the first rows that were rejected."),
	    "varco import show imp_0c5gq3hr8v2zk", "showImport" },
	{ "import", "report", "GET", "/api/v1/imports/{id}/report", WITH(import_id),
	    N_("Every row that was rejected, with the reason and what to do, as CSV."),
	    "varco import report imp_0c5gq3hr8v2zk > report.csv", "reportImport" },
	{ "import", "undo", "POST", "/api/v1/imports/{id}/undo", WITH(import_id),
	    N_("Brings back what counted before an import; what people did since stays as it is."),
	    "varco import undo imp_0c5gq3hr8v2zk", "undoImport" },

	{ "request", "add", "POST", "/api/v1/requests", WITH(request_add),
	    N_("Asks a person on WhatsApp to confirm; the answer there is the proof of a double"
	       " opt-in."),
	    "varco request add --phone '+39 333 123 4501' --number 100200300 --purpose marketing"
	    " --template confirm_offers --language it --source https://shop.example/signup",
	    "addRequest" },
	{ "request", "list", "GET", "/api/v1/requests", WITH(request_list),
	    N_("Lists who was asked, the newest first."), "varco request list --state pending",
	    "listRequests" },
	{ "request", "show", "GET", "/api/v1/requests/{id}", WITH(request_id),
	    N_("Shows a request and what became of it."), "varco request show req_0c5gq3hr8v2zk",
	    "showRequest" },
	{ "request", "cancel", "POST", "/api/v1/requests/{id}/cancel", WITH(request_id),
	    N_("Takes a request back: an answer counts for nothing any more."),
	    "varco request cancel req_0c5gq3hr8v2zk", "cancelRequest" },

	{ "link", "add", "POST", "/api/v1/links", WITH(link_add),
	    N_("Makes a link by which people write first, and agree in their own message."),
	    "varco link add --number 100200300 --purpose marketing"
	    " --text 'Yes, send me the offers of Bottega Esempio' --source 'shop window'",
	    "addLink" },
	{ "link", "list", "GET", "/api/v1/links", WITH(link_list),
	    N_("Lists the links, the newest first."), "varco link list", "listLinks" },
	{ "link", "qr", "GET", "/api/v1/links/{id}/qr", WITH(link_id),
	    N_("Draws a link as a QR code, as an SVG file."),
	    "varco link qr lnk_0c5gq3hr8v2zk >poster.svg", "drawLink" },
	{ "link", "show", "GET", "/api/v1/links/{id}", WITH(link_id),
	    N_("Shows a link and how often it was used."), "varco link show lnk_0c5gq3hr8v2zk",
	    "showLink" },
	{ "link", "end", "POST", "/api/v1/links/{id}/end", WITH(link_id),
	    N_("Ends a link: who writes by it from now on has agreed to nothing."),
	    "varco link end lnk_0c5gq3hr8v2zk", "endLink" },

	{ "stop", "list", "GET", "/api/v1/stops", WITH(stop_list),
	    N_("Lists opt-outs that came of an error code; those of a burst are held."),
	    "varco stop list --state held", "listStops" },
	{ "stop", "release", "POST", "/api/v1/stops/release", WITH(stop_end),
	    N_("Lets go all held opt-outs of a code: it came by mistake."),
	    "varco stop release --code 131050 --reason 'Meta confirmed the mistake'",
	    "releaseStops" },
	{ "stop", "confirm", "POST", "/api/v1/stops/confirm", WITH(stop_end),
	    N_("Makes all held opt-outs of a code acts of the people."),
	    "varco stop confirm --code 131050 --reason 'They are real'", "confirmStops" },

	{ "consent", "certificate", "POST", "/api/v1/consents/certificate",
	    WITH(consent_certificate),
	    N_("What is on record of a person's consent and of the messages to them, with proofs."),
	    "varco consent certificate --phone '+39 333 123 4501' --out certificate",
	    "certifyConsent" },

	{ "decision", "list", "GET", "/api/v1/decisions", WITH(decision_list),
	    N_("Lists decisions, the newest first."),
	    "varco decision list --state refused --rule window.closed", "listDecisions" },
	{ "decision", "show", "GET", "/api/v1/decisions/{id}", WITH(decision_id),
	    N_("Shows a decision, why it was taken and what became of the send."),
	    "varco decision show dec_0c5gq3hr8v2zk", "showDecision" },

	{ "pause", "list", "GET", "/api/v1/pauses", WITH(pause_list),
	    N_("Lists what is paused, by whom and why, the newest first."), "varco pause list",
	    "listPauses" },
	{ "pause", "resume", "POST", "/api/v1/pauses/resume", WITH(pause_resume),
	    N_("Ends a pause of a number, an account, a template or an app."),
	    "varco pause resume --scope template --id 900800700/spring_offer/it", "resumePause" },

	{ "alarm", "list", "GET", "/api/v1/alarms", WITH(alarm_list),
	    N_("Lists alarms, the newest first."), "varco alarm list", "listAlarms" },

	{ "ledger", "tail", "GET", "/api/v1/ledger", WITH(ledger_list),
	    N_("Shows the newest entries of the ledger."), "varco ledger tail 20", "tailLedger" },
	{ "ledger", "proof", "GET", "/api/v1/ledger/proof/{entry}", WITH(ledger_proof),
	    N_("Proves that an entry is in the ledger that the newest checkpoint signed."),
	    "varco ledger proof dec_0c5gq3hr8v2zk --json", "proveEntry" },
	{ "ledger", "checkpoint", "POST", "/api/v1/ledger/checkpoint", NULL, 0,
	    N_("Signs the ledger as it is now."), "varco ledger checkpoint", "makeCheckpoint" },
	{ "ledger", "export", "GET", "/api/v1/ledger/entries", WITH(ledger_list),
	    N_("The whole ledger, for whoever checks it elsewhere."),
	    "varco ledger export ledger.jsonl", "exportLedger" },

	{ "status", "show", "GET", "/api/v1/status", WITH(status_show),
	    N_("How the gateway is: mode, policy, counts and queues."),
	    "varco status show --check-upstream", "showStatus" },
};
const size_t noun_verbs_len = ARRAY_LEN(noun_verbs);

const struct noun_verb *noun_verb_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < noun_verbs_len; i++) {
		if (strcmp(noun_verbs[i].noun, noun) == 0 && strcmp(noun_verbs[i].verb, verb) == 0)
			return &noun_verbs[i];
	}
	return NULL;
}
