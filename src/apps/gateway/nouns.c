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
#define DOC_CLIENT \
	N_("Only what is of this business portfolio, by its id; what is of none is left out.")
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

static const struct noun_field account_lift[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the WhatsApp Business Account.") },
	{ "restriction", FIELD_STR, OPTIONAL,
	    N_("The restriction that Meta ended, in its own word, as account show has it.") },
	{ "country", FIELD_STR, OPTIONAL,
	    N_("The country that Meta lets write to again, two capital letters, as in IT.") },
	{ "lock", FIELD_BOOL, OPTIONAL, N_("The account is no longer locked.") },
	{ "by", FIELD_STR, OPTIONAL, N_("Who found that out, for the ledger.") },
	{ "reason", FIELD_STR, REQUIRED,
	    N_("How that is known, as in the case at Meta, for those who come later.") },
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
	{ "warmup_cap", FIELD_INT, OPTIONAL,
	    N_("People a day that its warm-up allows from now on; goes with by and reason.") },
	{ "by", FIELD_STR, OPTIONAL, N_("Who decided the cap of the warm-up.") },
	{ "reason", FIELD_STR, OPTIONAL, N_("Why, for those who come later.") },
};

static const struct noun_field number_pause[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("The phone-number-id.") },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What to hold: marketing, utility, authentication, service or all.") },
	{ "reason", FIELD_STR, REQUIRED, N_("Why, for those who come later.") },
	{ "by", FIELD_STR, OPTIONAL, N_("Who answers for it; operator unless told otherwise.") },
	{ "for", FIELD_DURATION, OPTIONAL,
	    N_("How long, as in 24h; until it is resumed unless told otherwise.") },
	{ "until", FIELD_TIME, OPTIONAL, N_("Until when, instead of how long.") },
};

#define DOC_FULL \
	N_("At the full rate at once, without the steps behind a pause of the circuit breaker's.")

static const struct noun_field number_resume[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("The phone-number-id.") },
	{ "purpose", FIELD_STR, OPTIONAL,
	    N_("Only this purpose; every one unless told otherwise.") },
	{ "full", FIELD_BOOL, OPTIONAL, DOC_FULL },
	{ "by", FIELD_STR, OPTIONAL, N_("Who ends it, for the ledger.") },
	{ "reason", FIELD_STR, OPTIONAL, N_("Why, for the ledger.") },
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

static const struct noun_field template_use[] = {
	{ "waba", FIELD_STR, POSITIONAL, DOC_WABA },
	{ "name", FIELD_STR, POSITIONAL, DOC_TEMPLATE },
	{ "language", FIELD_STR, POSITIONAL, DOC_LANGUAGE },
	{ "days", FIELD_INT, OPTIONAL, N_("Of how many days, up to 30; 7 unless told otherwise.") },
};

static const struct noun_field template_diff[] = {
	{ "waba", FIELD_STR, POSITIONAL, DOC_WABA },
	{ "name", FIELD_STR, POSITIONAL, DOC_TEMPLATE },
	{ "language", FIELD_STR, POSITIONAL, DOC_LANGUAGE },
	{ "from", FIELD_STR, OPTIONAL,
	    N_("Digest of the former text; the newest of those kept unless told otherwise.") },
	{ "to", FIELD_STR, OPTIONAL,
	    N_("Digest of the later text; that of now unless told otherwise.") },
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
	{ "release", FIELD_STR, OPTIONAL,
	    N_("first: it goes out in steps from the beginning; rest: to everybody from now on, which "
	       "goes with by and reason.") },
	{ "audience", FIELD_INT, OPTIONAL,
	    N_("How many people it is meant for, when it goes out in steps; those who agreed to "
	       "marketing unless told otherwise.") },
	{ "by", FIELD_STR, OPTIONAL, N_("Who ends the steps of its release.") },
	{ "reason", FIELD_STR, OPTIONAL, N_("Why, for those who come later.") },
};

static const struct noun_field template_lint[] = {
	{ "file", FIELD_FILE, OPTIONAL,
	    N_("One definition in Graph's JSON shape, or an array of them.") },
	{ "waba", FIELD_STR, OPTIONAL,
	    N_("Id of the account they are for; without a file all its templates are checked.") },
	{ "sender", FIELD_STR, OPTIONAL,
	    N_("Name that people know the business by; that of the account unless told otherwise.") },
};

static const struct noun_field template_sync[] = {
	{ "waba", FIELD_STR, POSITIONAL,
	    N_("Id of the account whose templates are read from upstream.") },
};

#include "apps/gateway/nouns_register.h"
#include "apps/gateway/nouns_triggers.h"
#include "apps/gateway/nouns_consents.h"
#include "apps/gateway/nouns_sessions.h"
#include "apps/gateway/nouns_policy.h"
#include "apps/gateway/nouns_analyses.h"

/* --- decisions, alarms, status ---------------------------------------------------------------- */

static const struct noun_field decision_list[] = {
	{ "state", FIELD_STR, OPTIONAL,
	    N_("Only sends in this state, as in refused, held or delivered.") },
	{ "verdict", FIELD_STR, OPTIONAL, N_("Only those that say allow, hold or refuse.") },
	{ "since", FIELD_TIME, OPTIONAL, N_("Only those made at that time or later.") },
	{ "until", FIELD_TIME, OPTIONAL, N_("Only those made before that time.") },
	{ "rule", FIELD_STR, OPTIONAL,
	    N_("Only those that this rule did not let pass, as in window.closed.") },
	{ "app", FIELD_STR, OPTIONAL, N_("Only those of this integration, by its id.") },
	{ "number", FIELD_STR, OPTIONAL, N_("Only those from this phone-number-id.") },
	{ "template", FIELD_STR, OPTIONAL,
	    N_("Only those of this template: its name, or name and language as in offer/it.") },
	{ "campaign", FIELD_STR, OPTIONAL,
	    N_("Only those of this campaign, as its sender named it.") },
	{ "portfolio", FIELD_STR, OPTIONAL, DOC_CLIENT },
	{ "person", FIELD_STR, OPTIONAL, N_("Only those to this person, by the id per_….") },
	{ "wamid", FIELD_STR, PERSONAL, N_("Only the send that Meta gave this message id.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field decision_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the decision, as in the header Varco-Decision.") },
};

static const struct noun_field decision_simulate[] = {
	{ "decision", FIELD_STR, OPTIONAL,
	    N_("Id of the decision that is taken again: app, number and message are its own unless told otherwise.") },
	{ "app", FIELD_STR, OPTIONAL, N_("The integration that would send, by its id.") },
	{ "number", FIELD_STR, OPTIONAL, N_("The phone-number-id that would send.") },
	{ "file", FIELD_FILE, PERSONAL, N_("The message, in Graph's JSON shape.") },
	{ "facts_file", FIELD_FILE, PERSONAL,
	    N_("Facts that take the place of those on record, as policy cases have them, in JSON.") },
	{ "at", FIELD_TIME, OPTIONAL, N_("When it would be judged; now unless told otherwise.") },
};

static const struct noun_field pause_list[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
};

#define DOC_PAUSED N_("What is paused: number, waba, template, app or campaign.")
#define DOC_PAUSED_ID N_("Its id, as in the list; of a template account/name/language.")

static const struct noun_field pause_add[] = {
	{ "scope", FIELD_STR, REQUIRED, DOC_PAUSED },
	{ "id", FIELD_STR, REQUIRED, DOC_PAUSED_ID },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What to hold: marketing, utility, authentication, service or all.") },
	{ "reason", FIELD_STR, REQUIRED, N_("Why, for those who come later.") },
	{ "by", FIELD_STR, OPTIONAL, N_("Who answers for it; operator unless told otherwise.") },
	{ "for", FIELD_DURATION, OPTIONAL,
	    N_("How long, as in 24h; until it is resumed unless told otherwise.") },
	{ "until", FIELD_TIME, OPTIONAL, N_("Until when, instead of how long.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
};

static const struct noun_field pause_resume[] = {
	{ "scope", FIELD_STR, REQUIRED, DOC_PAUSED },
	{ "id", FIELD_STR, REQUIRED, DOC_PAUSED_ID },
	{ "purpose", FIELD_STR, OPTIONAL,
	    N_("Only this purpose; every one unless told otherwise.") },
	{ "full", FIELD_BOOL, OPTIONAL, DOC_FULL },
	{ "by", FIELD_STR, OPTIONAL, N_("Who ends it, for the ledger.") },
	{ "reason", FIELD_STR, OPTIONAL, N_("Why, for the ledger.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
};

static const struct noun_field signal_list[] = {
	{ "scope", FIELD_STR, REQUIRED, N_("Of what: number, template, app or campaign.") },
	{ "id", FIELD_STR, REQUIRED, DOC_PAUSED_ID },
};

static const struct noun_field change_list[] = {
	{ "object", FIELD_STR, OPTIONAL,
	    N_("Only of this one: portfolio, waba, number or template, a colon and its id, as in"
	       " number:100200300.") },
	{ "since", FIELD_TIME, OPTIONAL, N_("Only what happened at that time or later.") },
	{ "until", FIELD_TIME, OPTIONAL, N_("Only what happened before that time.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field alarm_list[] = {
	{ "kind", FIELD_STR, OPTIONAL,
	    N_("Only alarms of this kind, as in bypass.detected or breaker.pause.") },
	{ "portfolio", FIELD_STR, OPTIONAL, DOC_CLIENT },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field incident_import[] = {
	{ "files", FIELD_FILES, POSITIONAL,
	    N_("E-mails as they were saved, whole: .eml; at most 8, commas between them.") },
	{ "dry_run", FIELD_BOOL, OPTIONAL,
	    N_("Only show what is understood and what would change.") },
};

static const struct noun_field incident_notices[] = {
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

static const struct noun_field overview_show[] = {
	{ "since", FIELD_TIME, OPTIONAL,
	    N_("Count from that time on, in whole hours; the last 24 hours unless told otherwise.") },
};

static const struct noun_field status_show[] = {
	{ "check_upstream", FIELD_BOOL, OPTIONAL,
	    N_("Also ask the upstream whether it answers and what time it is there.") },
};

/* --- incidents -------------------------------------------------------------------------------- */

#define DOC_BY N_("Who does it, by name; admin unless told otherwise.")
#define DOC_INCIDENT N_("Id of the incident, inc_….")
#define DOC_KEPT N_("It is on the ledger for good: name no customers.")

static const struct noun_field incident_list_fields[] = {
	{ "state", FIELD_STR, OPTIONAL, N_("open, evidence, submitted, answered or closed.") },
	{ "under_way", FIELD_BOOL, OPTIONAL, N_("Only those that are not closed.") },
	{ "portfolio", FIELD_STR, OPTIONAL, DOC_CLIENT },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field incident_id[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_INCIDENT },
};

static const struct noun_field incident_open[] = {
	{ "scope", FIELD_STR, REQUIRED,
	    N_("What it is about: portfolio, waba, number, template or app.") },
	{ "object", FIELD_STR, REQUIRED,
	    N_("Its id; of a template: account, name and language with slashes between.") },
	{ "kind", FIELD_STR, OPTIONAL,
	    N_("violation, restricted, locked, disable_scheduled, disabled, direct_send,"
	       " number_quality, number_blocked, template_paused, template_disabled, country_blocked,"
	       " limit_lowered, group_suspended, token_refused, own_pause or other.") },
	{ "at", FIELD_TIME, OPTIONAL, N_("When it happened; now unless told otherwise.") },
	{ "text", FIELD_STR, OPTIONAL, DOC_KEPT },
	{ "by", FIELD_STR, OPTIONAL, DOC_BY },
};

static const struct noun_field incident_note[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_INCIDENT },
	{ "text", FIELD_STR, REQUIRED, DOC_KEPT },
	{ "by", FIELD_STR, OPTIONAL, DOC_BY },
};

static const struct noun_field incident_evidence[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_INCIDENT },
	{ "text", FIELD_STR, OPTIONAL, DOC_KEPT },
	{ "attachments", FIELD_FILES, PERSONAL,
	    N_("Files that speak for you: PNG, JPEG, WebP, PDF, sound or video, at most 8 MiB each.") },
	{ "by", FIELD_STR, OPTIONAL, DOC_BY },
};

static const struct noun_field incident_submit[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_INCIDENT },
	{ "reference", FIELD_STR, OPTIONAL, N_("Number of the case at Meta or at the provider.") },
	{ "text", FIELD_STR, OPTIONAL, DOC_KEPT },
	{ "by", FIELD_STR, OPTIONAL, DOC_BY },
};

static const struct noun_field incident_answer[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_INCIDENT },
	{ "outcome", FIELD_STR, REQUIRED, N_("reversed or unchanged.") },
	{ "text", FIELD_STR, OPTIONAL, DOC_KEPT },
	{ "by", FIELD_STR, OPTIONAL, DOC_BY },
};

static const struct noun_field incident_close[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_INCIDENT },
	{ "lessons", FIELD_STR, REQUIRED,
	    N_("What was learned. It is on the ledger for good: name no customers.") },
	{ "by", FIELD_STR, OPTIONAL, DOC_BY },
};

static const struct noun_field incident_dossier[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_INCIDENT },
	{ "personal_data", FIELD_STR, OPTIONAL,
	    N_("yes: with whole telephone numbers and the list of all people, which is on record; no unless told otherwise.") },
	{ "format", FIELD_STR, OPTIONAL,
	    N_("zip, the file itself, or json, what is in it; zip unless told otherwise.") },
	{ "seed", FIELD_STR, OPTIONAL,
	    N_("32 hexadecimal digits that the sample is drawn with; drawn by lot once, and kept, unless told otherwise.") },
	{ "by", FIELD_STR, OPTIONAL, DOC_BY },
};

/* --- the table -------------------------------------------------------------------------------- */

#define WITH(fields) fields, ARRAY_LEN(fields)

#include "apps/gateway/nouns_campaigns.h"

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
	{ "account", "lift", "POST", "/api/v1/accounts/{id}/lift", WITH(account_lift),
	    N_("Ends what Meta took back before Varco heard of it: a restriction, a blocked country or"
	       " a lock."),
	    "varco account lift 900800700 --country IT --reason 'Support case 1234'",
	    "liftAccount" },
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
	{ "number", "budget", "GET", "/api/v1/numbers/{id}/budget", WITH(number_id),
	    N_("Says what a number may still do today, why it is not more, and how to get more."),
	    "varco number budget 100200300", "showBudget" },
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
	    N_("Checks definitions before they are sent to Meta: what it would reject, and what costs later."),
	    "varco template lint order_shipped.json", "lintTemplate" },
	{ "template", "use", "GET", "/api/v1/templates/{waba}/{name}/{language}/use",
	    WITH(template_use),
	    N_("What came of a template in the last days, its buttons, and what uses it."),
	    "varco template use 900800700 order_shipped it", "showTemplateUse" },
	{ "template", "diff", "GET", "/api/v1/templates/{waba}/{name}/{language}/diff",
	    WITH(template_diff), N_("What became other in the text of a template, word by word."),
	    "varco template diff 900800700 order_shipped it", "diffTemplate" },
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
	{ "integration", "export", "GET", "/api/v1/integrations/export", WITH(integration_export),
	    N_("The whole register as one document: the documentation of the integrations."),
	    "varco integration export --format pdf --lang en --out register.pdf",
	    "exportIntegrations" },
	{ "integration", "show", "GET", "/api/v1/integrations/{id}", WITH(integration_id),
	    N_("Shows an entry of the register."), "varco integration show crm",
	    "showIntegration" },
	{ "integration", "set", "PATCH", "/api/v1/integrations/{id}", WITH(integration_set),
	    N_("Changes the values that are given."),
	    "varco integration set crm --review-by 2027-06-30", "setIntegration" },
	{ "integration", "history", "GET", "/api/v1/integrations/{id}/history",
	    WITH(integration_id),
	    N_("What changed in an entry, by whom, with its entries in the ledger."),
	    "varco integration history crm", "showIntegrationHistory" },
	LISTEN_VERBS,
	{ "integration", "review", "POST", "/api/v1/integrations/{id}/review",
	    WITH(integration_review),
	    N_("Records that an entry was looked at, and until when that holds."),
	    "varco integration review crm --by 'Marta Neri' --until 2027-06-30",
	    "reviewIntegration" },
	{ "integration", "import", "POST", "/api/v1/scans", WITH(integration_import),
	    N_("Takes the report of a scan into the register, and what it no longer sees as removed."),
	    "varco integration import report.json --name shop", "importScan" },
	{ "integration", "scans", "GET", "/api/v1/scans", WITH(integration_list),
	    N_("Lists the scans that were taken in, the newest first."), "varco integration scans",
	    "listScans" },
	{ "integration", "scan", "GET", "/api/v1/scans/{id}", WITH(integration_scan),
	    N_("Shows a scan: what it covered and what it could not read."),
	    "varco integration scan scn_0c5gq3hr8v2zk", "showScan" },
	{ "integration", "findings", "GET", "/api/v1/scans/{id}/findings", WITH(scan_findings),
	    N_("What one of the newest scans found, the gravest first."),
	    "varco integration findings scn_0c5gq3hr8v2zk --verdict unofficial", "listFindings" },
	{ "integration", "bypasses", "GET", "/api/v1/bypasses", WITH(bypass_list),
	    N_("Lists by hour what was sent from your numbers and did not pass Varco, the newest first."),
	    "varco integration bypasses", "listBypasses" },
	{ "integration", "rotate", "POST", "/api/v1/integrations/{id}/rotate", WITH(integration_id),
	    N_("Makes a new key, shows it once and forgets the old one."),
	    "varco integration rotate crm", "rotateIntegration" },
	{ "integration", "revoke", "POST", "/api/v1/integrations/{id}/revoke", WITH(integration_id),
	    N_("Takes the right to send away from an app."), "varco integration revoke crm",
	    "revokeIntegration" },

	PERSON_VERBS,

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
	    N_("All acts of all people, page by page or as one table."),
	    "varco consent export --format xlsx >consents.xlsx", "exportConsents" },
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
	{ "consent", "restrictions", "GET", "/api/v1/consents/restrictions", WITH(import_list),
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

	TRIGGER_VERBS,
	AUTOREPLY_VERBS,

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
	    N_("Lists opt-outs that are not certain: of an error code, or what people wrote in words that the policy does not decide by."),
	    "varco stop list --state held", "listStops" },
	{ "stop", "release", "POST", "/api/v1/stops/release", WITH(stop_end),
	    N_("Lets go a held opt-out, or all of a code: it was none, or came by mistake."),
	    "varco stop release --code 131050 --reason 'Meta confirmed the mistake'",
	    "releaseStops" },
	{ "stop", "confirm", "POST", "/api/v1/stops/confirm", WITH(stop_end),
	    N_("Makes a held opt-out, or all of a code, acts of the people."),
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
	{ "decision", "simulate", "POST", "/api/v1/decisions/simulate", WITH(decision_simulate),
	    N_("What policy would say now, or if something were otherwise; nothing is sent or recorded."),
	    "varco decision simulate --decision dec_0c5gq3hr8v2zk", "simulateDecision" },

	{ "signal", "list", "GET", "/api/v1/signals", WITH(signal_list),
	    N_("Lists what the circuit breaker counts of one place, and what it makes of it; proxies say so."),
	    "varco signal list --scope number --id 100200300", "listSignals" },
	CAMPAIGN_VERBS

	{ "pause", "list", "GET", "/api/v1/pauses", WITH(pause_list),
	    N_("Lists what is paused, by whom and why, the newest first."), "varco pause list",
	    "listPauses" },
	{ "pause", "add", "POST", "/api/v1/pauses", WITH(pause_add),
	    N_("Holds what a number, an account, a template, an app or a campaign would send."),
	    "varco pause add --scope campaign --id spring --purpose marketing --reason 'A wrong price'",
	    "addPause" },
	{ "pause", "resume", "POST", "/api/v1/pauses/resume", WITH(pause_resume),
	    N_("Ends a pause of a number, an account, a template, an app or a campaign."),
	    "varco pause resume --scope template --id 900800700/spring_offer/it", "resumePause" },

	{ "change", "list", "GET", "/api/v1/changes", WITH(change_list),
	    N_("Lists how accounts, numbers and templates changed, and who told it, the newest"
	       " first."),
	    "varco change list --object number:100200300", "listChanges" },
	{ "incident", "list", "GET", "/api/v1/incidents", WITH(incident_list_fields),
	    N_("Lists what Meta or Varco did to accounts, numbers and templates, the newest first."),
	    "varco incident list --under-way", "listIncidents" },
	{ "incident", "show", "GET", "/api/v1/incidents/{id}", WITH(incident_id),
	    N_("Shows an incident with what it stopped and all that happened around it."),
	    "varco incident show inc_0c5gq3hr8v2zk", "showIncident" },
	{ "incident", "open", "POST", "/api/v1/incidents", WITH(incident_open),
	    N_("Opens an incident by hand; most open by themselves."),
	    "varco incident open --scope waba --object 900800700 --kind restricted"
	    " --text 'Notice by e-mail'",
	    "openIncident" },
	{ "incident", "note", "POST", "/api/v1/incidents/{id}/note", WITH(incident_note),
	    N_("Notes something with an incident."),
	    "varco incident note inc_0c5gq3hr8v2zk --text 'Campaigns stopped' --by 'Marta Neri'",
	    "noteIncident" },
	{ "incident", "evidence", "POST", "/api/v1/incidents/{id}/evidence",
	    WITH(incident_evidence), N_("Puts evidence with an incident."),
	    "varco incident evidence inc_0c5gq3hr8v2zk --attachments form.png --by 'Marta Neri'",
	    "addEvidence" },
	{ "incident", "submit", "POST", "/api/v1/incidents/{id}/submit", WITH(incident_submit),
	    N_("Notes that a review was asked for."),
	    "varco incident submit inc_0c5gq3hr8v2zk --reference CASE-17", "submitIncident" },
	{ "incident", "answer", "POST", "/api/v1/incidents/{id}/answer", WITH(incident_answer),
	    N_("Notes what Meta answered."),
	    "varco incident answer inc_0c5gq3hr8v2zk --outcome reversed", "answerIncident" },
	{ "incident", "close", "POST", "/api/v1/incidents/{id}/close", WITH(incident_close),
	    N_("Closes an incident with what was learned."),
	    "varco incident close inc_0c5gq3hr8v2zk --lessons 'No list without a source'",
	    "closeIncident" },
	{ "incident", "dossier", "POST", "/api/v1/incidents/{id}/dossier", WITH(incident_dossier),
	    N_("Makes the one file that goes with a request for review, with proofs."),
	    "varco incident dossier inc_0c5gq3hr8v2zk --out dossier.zip", "makeDossier" },

	{ "alarm", "list", "GET", "/api/v1/alarms", WITH(alarm_list),
	    N_("Lists alarms, the newest first."), "varco alarm list", "listAlarms" },

	{ "incident", "import", "POST", "/api/v1/notices", WITH(incident_import),
	    N_("Reads e-mail notices of Meta's; what they make stricter is in force at once, nothing is loosened."),
	    "varco incident import notice.eml --dry-run", "importNotices" },
	{ "incident", "notices", "GET", "/api/v1/notices", WITH(incident_notices),
	    N_("Lists the e-mail notices on record, the newest first."), "varco incident notices",
	    "listNotices" },

	{ "ledger", "tail", "GET", "/api/v1/ledger", WITH(ledger_list),
	    N_("Shows the newest entries of the ledger."), "varco ledger tail 20", "tailLedger" },
	{ "ledger", "proof", "GET", "/api/v1/ledger/proof/{entry}", WITH(ledger_proof),
	    N_("Proves that an entry is in the ledger that the newest checkpoint signed."),
	    "varco ledger proof dec_0c5gq3hr8v2zk --json", "proveEntry" },
	{ "ledger", "show", "GET", "/api/v1/ledger/state", NULL, 0,
	    N_("How large the ledger is, what its newest checkpoint signs and when it was checked."),
	    "varco ledger show", "showLedger" },
	{ "ledger", "check", "POST", "/api/v1/ledger/check", NULL, 0,
	    N_("Reads the whole ledger again and holds it against its records and its checkpoints."),
	    "varco ledger check", "checkLedger" },
	{ "ledger", "checkpoint", "POST", "/api/v1/ledger/checkpoint", NULL, 0,
	    N_("Signs the ledger as it is now."), "varco ledger checkpoint", "makeCheckpoint" },
	{ "ledger", "export", "GET", "/api/v1/ledger/entries", WITH(ledger_list),
	    N_("The whole ledger, for whoever checks it elsewhere."),
	    "varco ledger export ledger.jsonl", "exportLedger" },

	POLICY_VERBS,
	WEBHOOK_VERBS,
	BACKUP_VERBS,
	SESSION_VERBS,
	ANALYSIS_VERBS,

	{ "overview", "show", "GET", "/api/v1/overview", WITH(overview_show),
	    N_("How it goes: capacity of each portfolio, what came back by number, what was refused and failed."),
	    "varco overview show", "showOverview" },

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
