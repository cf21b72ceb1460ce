/* The rule table: one row a rule, in the order of the numbers. Sentences are msgids; what a check says
 * instead of the row's own sentence stands beside the check. */
#include "domain/rules.h"

#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/rules_checks.h"

/* Rows are found by their index, so a row in the wrong place is caught when the table is compiled. */
#define ROW(index) [index]

#define MASK_MAX (PHONE_TEXT_MAX + 8) /* what phone_format_masked() asks for */

const struct rule rules[RULES_COUNT] = {
	ROW(RULE_APP_UNKNOWN) = {
		.id = "app.unknown", .number = 101, .graph_code = 190, .status = 401, .binds = true,
		.who = WHO_APP, .check = check_app_unknown,
		.title = N_("Unknown app"),
		.because = N_("The key of this send is missing or belongs to no app in the register."),
		.remedy = N_("Send the app key that `varco integration add` printed as Authorization: "
			     "Bearer; if it is lost, an operator makes a new one with `varco integration "
			     "rotate`."),
		.explain = N_("Every send passes one gate, and the gate must know who sends. Only apps "
			      "in the register have a key, so an automation that nobody registered "
			      "cannot reach Meta through this company's numbers. The rule binds in "
			      "observe mode too."),
	},
	ROW(RULE_APP_SUSPENDED) = {
		.id = "app.suspended", .number = 102, .graph_code = 200, .status = 403,
		.binds = true, .who = WHO_OPERATOR, .check = check_app_suspended,
		.title = N_("App suspended"),
		.because = N_("The app {app} is suspended in the register."),
		.remedy = N_("Ask an operator to clear the app in the register with `varco integration "
			     "set`, or stop sending with it."),
		.explain = N_("An app whose register entry was suspended or revoked may not send, "
			      "however valid its messages are. This is how a connector is taken out of "
			      "service at once. The rule binds in observe mode too."),
	},
	ROW(RULE_APP_SCOPE) = {
		.id = "app.scope", .number = 103, .graph_code = 200, .status = 403, .binds = true,
		.who = WHO_OPERATOR, .check = check_app_scope,
		.title = N_("Outside the app's scope"),
		.because = N_("The app {app} may not send from the number {number}."),
		.remedy = N_("Send from a number and with a category of the app's register entry, or "
			     "ask an operator to widen the entry with `varco integration set`."),
		.explain = N_("The register says from which numbers and for which purposes an app may "
			      "send. A leaked key can then do no more than its app could. The rule "
			      "binds in observe mode too."),
	},
	ROW(RULE_APP_REVIEW_OVERDUE) = {
		.id = "app.review_overdue", .number = 104, .graph_code = 0, .status = 403,
		.who = WHO_OPERATOR, .check = check_app_review_overdue,
		.title = N_("Review overdue"),
		.because = N_("The register entry of the app {app} was to be reviewed by {review_by}."),
		.remedy = N_("Review the entry and set a new date with `varco integration set`."),
		.explain = N_("Each integration is looked at again now and then, so that what Meta is "
			      "shown on request is true. The entry counts as overdue when its day of "
			      "review has ended in UTC."),
	},
	ROW(RULE_ACCOUNT_DISABLED) = {
		.id = "account.disabled", .number = 201, .graph_code = 131031, .status = 403,
		.binds = true, .who = WHO_META, .check = check_account_disabled,
		.title = N_("Account disabled"),
		.because = N_("Meta has disabled the account {waba} ({state})."),
		.remedy = N_("Stop all sending, open the account in Business Support Home and request a "
			     "review with the incident's dossier."),
		.explain = N_("A disabled or banned WhatsApp Business account can send nothing, and "
			      "further attempts only add to the record. Meta announces it in "
			      "`account_update`. A disabling that is scheduled warns."),
	},
	ROW(RULE_ACCOUNT_LOCKED) = {
		.id = "account.locked", .number = 202, .graph_code = 368, .status = 403, .binds = true,
		.who = WHO_META, .check = check_account_locked,
		.title = N_("Account locked"),
		.because = N_("Meta has locked the account {waba}."),
		.remedy = N_("Read the notice in Business Support Home, appeal there, and end the lock "
			     "here with `varco account lift` once Meta has lifted it."),
		.explain = N_("Meta answered a send with 368 or 131031, which mean a lock for a breach "
			      "of policy. Sending on would look like evasion, so everything waits until "
			      "an operator says that the lock is gone."),
	},
	ROW(RULE_ACCOUNT_RESTRICTED) = {
		.id = "account.restricted", .number = 203, .graph_code = 368, .status = 403,
		.binds = true, .who = WHO_META, .check = check_account_restricted,
		.title = N_("Account restricted"),
		.because = N_("Meta has restricted the account {waba} ({type}) until {until}."),
		.remedy = N_("Wait for the end of the restriction; replies to people who write may still "
			     "be possible. What Meta ended earlier ends here with `varco account lift`."),
		.explain = N_("Meta restricts an account for days before it disables it: first what the "
			      "business starts, then replies too. A restriction on business-initiated "
			      "messages covers every template and Direct Send, window or not; a type "
			      "that is not known covers everything. There is no event for the end: the "
			      "time in `account_update` counts."),
	},
	ROW(RULE_ACCOUNT_COUNTRY) = {
		.id = "account.country", .number = 204, .graph_code = 130497, .status = 403,
		.who = WHO_META, .check = check_account_country,
		.title = N_("Country blocked"),
		.because = N_("Meta does not let the account {waba} send to {country}."),
		.remedy = N_("Take people of that country off the list; the block depends on the "
			     "business category and cannot be worked around. Once Meta has ended it, it ends "
			     "here with `varco account lift`."),
		.explain = N_("Some kinds of business may not write to some countries. Meta says so with "
			      "error 130497, and Varco remembers the country for that account. The "
			      "country is that of the phone number, or the two letters of a user id."),
	},
	ROW(RULE_ACCOUNT_PAYMENT) = {
		.id = "account.payment", .number = 205, .graph_code = 131042, .status = 403,
		.who = WHO_OPERATOR, .check = check_account_payment,
		.title = N_("Payment problem"),
		.because = N_("Meta reports a payment problem on the account {waba}."),
		.remedy = N_("Settle the payment method of the account at Meta, then clear the mark with "
			     "`varco account set`."),
		.explain = N_("With error 131042 Meta refuses everything that may be charged, and since "
			      "October 2026 replies may be charged too. Marking messages as read stays "
			      "possible."),
	},
	ROW(RULE_ACCOUNT_PAUSED) = {
		.id = "account.paused", .number = 206, .graph_code = 0, .status = 400,
		.who = WHO_OPERATOR, .check = check_account_paused,
		.title = N_("Sending paused"),
		.because = N_("Sending is paused ({purpose}) until {until}."),
		.remedy = N_("Find out with `varco pause list` why it was paused, and resume with `varco "
			     "pause resume` when the cause is gone."),
		.explain = N_("An operator or the circuit breaker stopped this purpose to protect the "
			      "number. Held messages may go when the pause ends; behind a pause of the "
			      "circuit breaker marketing begins again by steps, a part of its former "
			      "rate at a time."),
		.cases = pause_cases,
	},
	ROW(RULE_NUMBER_STATE) = {
		.id = "number.state", .number = 211, .graph_code = 131031, .status = 403,
		.binds = true, .who = WHO_OPERATOR, .check = check_number_state,
		.title = N_("Number cannot send"),
		.because = N_("The number {number} cannot send: its status at Meta is {status}."),
		.remedy = N_("Use a number that is connected, or bring this one back to CONNECTED in "
			     "WhatsApp Manager."),
		.explain = N_("Only a connected number can send. A status that nobody has heard of "
			      "counts as unable, because Meta adds new ones without notice. FLAGGED may "
			      "send, but no marketing."),
	},
	ROW(RULE_NUMBER_QUALITY) = {
		.id = "number.quality", .number = 212, .graph_code = 0, .status = 400,
		.who = WHO_OPERATOR, .check = check_number_quality,
		.title = N_("Number quality low"),
		.because = N_("Meta rates the number {number} {quality}, so its marketing waits."),
		.remedy = N_("Let marketing rest until the rating recovers, and find out which campaign "
			     "people blocked or reported."),
		.explain = N_("The rating falls when people block, report or mute. Marketing from a RED "
			      "number makes it worse and ends in restrictions; codes, notices and "
			      "replies go on."),
	},
	ROW(RULE_RECIPIENT_INVALID) = {
		.id = "recipient.invalid", .number = 301, .graph_code = 131026, .status = 400,
		.binds = true, .who = WHO_APP, .check = check_recipient_invalid,
		.title = N_("Invalid recipient"),
		.because = N_("The recipient is neither a valid phone number nor a valid user id. "
			      "{problem}"),
		.remedy = N_("Write the number with + and country code, or the business-scoped user id "
			     "whole, and take entries that cannot be put right off the list."),
		.explain = N_("A recipient is a phone number in E.164 form or a business-scoped user id. "
			      "Lists with impossible numbers are a sign of bought or old data, which is "
			      "what gets accounts restricted. A number without country code is read as "
			      "one of the account's own country, with a warning."),
	},
	ROW(RULE_RECIPIENT_SUPPRESSED) = {
		.id = "recipient.suppressed", .number = 302, .graph_code = 131050, .status = 400,
		.binds = true, .who = WHO_COMPLIANCE, .check = check_recipient_suppressed,
		.title = N_("Person wants no messages"),
		.because = N_("This person withdrew from all messages on {withdrawn_at}."),
		.remedy = N_("Do not write; only the person can change this, by writing or by giving a "
			     "new consent that is on record."),
		.explain = N_("Whoever withdrew from everything or stands on the suppression list gets "
			      "nothing but codes that they ask for and replies while they are talking to "
			      "the business. A newer grant for one purpose opens that purpose again."),
	},
	ROW(RULE_RECIPIENT_UNDELIVERABLE) = {
		.id = "recipient.undeliverable", .number = 303, .graph_code = 131026, .status = 400,
		.who = WHO_APP, .check = check_recipient_undeliverable,
		.title = N_("Person cannot be reached"),
		.because = N_("{failures} messages to this person failed for good within {window_s}, and "
			      "nothing has come from them since."),
		.remedy = N_("Reach the person another way; the first message from them clears this."),
		.explain = N_("Error 131026 means that the number is not on WhatsApp or cannot receive. "
			      "Repeating it costs quality and shows Meta a neglected list."),
	},
	ROW(RULE_RECIPIENT_US_MARKETING) = {
		.id = "recipient.us_marketing", .number = 304, .graph_code = 131049, .status = 400,
		.who = WHO_APP, .check = check_recipient_us_marketing,
		.title = N_("No marketing to the United States"),
		.because = N_("Meta does not deliver marketing messages to numbers of the United "
			      "States."),
		.remedy = N_("Leave numbers of the United States out of marketing campaigns; utility and "
			     "authentication are not affected."),
		.explain = N_("Since April 2025 Meta delivers no marketing template to numbers with an "
			      "area code of the United States or its territories. Canada and other "
			      "countries behind +1 are not affected."),
	},
	ROW(RULE_RECIPIENT_AUTH_NEEDS_PHONE) = {
		.id = "recipient.auth_needs_phone", .number = 305, .graph_code = 131062, .status = 400,
		.who = WHO_APP, .check = check_recipient_auth_needs_phone,
		.title = N_("Codes need a phone number"),
		.because = N_("An authentication message needs a phone number, and this one is addressed "
			      "by a user id alone."),
		.remedy = N_("Ask the person for their number, for example with a request for contact "
			     "info, and send the code there."),
		.explain = N_("Meta sends authentication templates to phone numbers only (131062): a "
			      "code proves that somebody holds a number."),
	},
	ROW(RULE_CONSENT_MISSING) = {
		.id = "consent.missing", .number = 401, .graph_code = 0, .status = 400,
		.who = WHO_COMPLIANCE, .check = check_consent_missing,
		.title = N_("No consent"),
		.because = N_("This person has not agreed to {purpose} messages."),
		.remedy = N_("Collect the consent and record it with its evidence (`varco consent "
			     "record`), or wait until the person writes."),
		.explain = N_("Before a business writes first it must hold the person's consent; that is "
			      "Meta's policy and the law in most places. Replies inside the open window "
			      "and codes that a person asks for need none."),
	},
	ROW(RULE_CONSENT_WITHDRAWN) = {
		.id = "consent.withdrawn", .number = 402, .graph_code = 131050, .status = 400,
		.binds = true, .who = WHO_COMPLIANCE, .check = check_consent_withdrawn,
		.title = N_("Consent withdrawn"),
		.because = N_("This person withdrew the consent to {purpose} messages on "
			      "{withdrawn_at}."),
		.remedy = N_("Do not send messages of this kind; only a new grant by the person changes "
			     "that."),
		.explain = N_("The newest act that covers the purpose decides, and a withdrawal wins a "
			      "tie. An import can never overrule a withdrawal. The rule binds in observe "
			      "mode too."),
	},
	ROW(RULE_CONSENT_EXPIRED) = {
		.id = "consent.expired", .number = 403, .graph_code = 0, .status = 400,
		.who = WHO_COMPLIANCE, .check = check_consent_expired,
		.title = N_("Consent unused for too long"),
		.because = N_("The consent to {purpose} messages has been unused since {last_used_at}; "
			      "{limit_s} is the longest."),
		.remedy = N_("Ask the person to confirm, for example the next time they write, and record "
			     "the new grant."),
		.explain = N_("People forget what they agreed to and report what they do not expect. A "
			      "grant is alive while the person writes or messages of that purpose are "
			      "delivered; unused for a year it warns, for two years it refuses."),
	},
	ROW(RULE_CONSENT_EVIDENCE) = {
		.id = "consent.evidence", .number = 404, .graph_code = 0, .status = 400,
		.who = WHO_COMPLIANCE, .check = check_consent_evidence,
		.title = N_("Consent weakly proved"),
		.because = N_("The consent to {purpose} messages rests on evidence of the kind "
			      "{evidence}; at least {needed} is asked for."),
		.remedy = N_("Have the person confirm in a way that leaves proof, such as a form or a "
			     "message, and record that."),
		.explain = N_("When Meta or a person asks, a consent is worth what its proof is worth. "
			      "Marketing asks for a form or better; an imported mark in a list is enough "
			      "for notices."),
	},
	ROW(RULE_CONSENT_META_STOP) = {
		.id = "consent.meta_stop", .number = 405, .graph_code = 131050, .status = 400,
		.binds = true, .who = WHO_COMPLIANCE, .check = check_consent_meta_stop,
		.title = N_("Marketing stopped in WhatsApp"),
		.because = N_("This person has stopped marketing from this business in WhatsApp."),
		.remedy = N_("Leave this person out of marketing; they can resume it in WhatsApp "
			     "themselves."),
		.explain = N_("WhatsApp lets people stop marketing of one business. Meta tells us with "
			      "`user_preferences` or error 131050, and refuses what is sent against it. "
			      "Whoever wrote in their own words what may be an opt-out gets no marketing "
			      "either until somebody has looked. The rule binds in observe mode too."),
		.cases = stop_cases,
	},
	ROW(RULE_WINDOW_CLOSED) = {
		.id = "window.closed", .number = 501, .graph_code = 131047, .status = 400,
		.who = WHO_APP, .check = check_window_closed,
		.title = N_("24-hour window closed"),
		.because = N_("The customer service window has been closed for {closed_for_s}: this "
			      "person last wrote or called at {last_contact_at}."),
		.remedy = N_("Send an approved template, or wait until the person writes."),
		.explain = N_("Free-form messages are allowed for 24 hours after the person's last "
			      "message or call; each one starts the time anew. Varco closes the window "
			      "two minutes early, because webhooks take time. Templates and Direct Send "
			      "do not need it."),
	},
	ROW(RULE_TEMPLATE_UNKNOWN) = {
		.id = "template.unknown", .number = 502, .graph_code = 132001, .status = 400,
		.who = WHO_APP, .check = check_template_unknown,
		.title = N_("Unknown template"),
		.because = N_("The template {template} ({language}) is not known for this account."),
		.remedy = N_("Check name and language code, and read the account's templates with `varco "
			     "template sync` if it is new."),
		.explain = N_("A template exists for one account and one language; it and it_IT are two. "
			      "Without its definition Varco knows neither its purpose nor its "
			      "variables, and so cannot judge it."),
	},
	ROW(RULE_TEMPLATE_NOT_SENDABLE) = {
		.id = "template.not_sendable", .number = 503, .graph_code = 132016, .status = 400,
		.who = WHO_OPERATOR, .check = check_template_not_sendable,
		.title = N_("Template not approved"),
		.because = N_("The template {template} ({language}) cannot be sent: its status is "
			      "{status}."),
		.remedy = N_("Wait for the approval, edit and submit the template again, or use another "
			     "one."),
		.explain = N_("Only approved templates go out. Meta rejects, disables, archives and "
			      "locks them, and says so by webhook; sends against that fail and count "
			      "against the business."),
	},
	ROW(RULE_TEMPLATE_PAUSED) = {
		.id = "template.paused", .number = 504, .graph_code = 132015, .status = 400,
		.who = WHO_OPERATOR, .check = check_template_paused,
		.title = N_("Template paused"),
		.because = N_("Meta has paused the template {template} ({language}) until {until}."),
		.remedy = N_("Wait for the end of the pause, and change the text that people reported "
			     "before it is paused again."),
		.explain = N_("Meta pauses a template of low quality for three hours, then six, then for "
			      "good. A pause with an end holds messages, one without an end refuses "
			      "them."),
	},
	ROW(RULE_TEMPLATE_PARAMETERS) = {
		.id = "template.parameters", .number = 505, .graph_code = 132000, .status = 400,
		.who = WHO_APP, .check = check_template_parameters,
		.title = N_("Template parameters do not fit"),
		.because = N_("What the app filled in at {field} does not fit the template {template} "
			      "({language}). {problem}"),
		.remedy = N_("Fill in exactly what the definition asks for: number, names, types and "
			     "lengths of the variables, header, buttons and cards."),
		.explain = N_("Meta refuses a send whose values do not fit the definition (132000, "
			      "132005, 132012, 132018). Varco compares before, and names the component. "
			      "Lengths are those after filling in."),
	},
	ROW(RULE_TEMPLATE_CATEGORY) = {
		.id = "template.category", .number = 506, .graph_code = 132007, .status = 400,
		.who = WHO_OPERATOR, .check = check_template_category,
		.title = N_("Wrong template category"),
		.because = N_("Meta counts the template {template} ({language}) as {category}."),
		.remedy = N_("Declare the template under the category that Meta names, and check the "
			     "consent for it."),
		.explain = N_("Promotion declared as utility is capped and then punished (131064). From "
			      "the moment that Meta has announced, a template has its new category, and "
			      "every other rule judges it by that already; what is still declared "
			      "otherwise is refused. Where Meta says nothing, the text itself is scored: "
			      "promotion in utility, or a code outside authentication, warns."),
	},
	ROW(RULE_TEMPLATE_OPT_OUT) = {
		.id = "template.opt_out", .number = 507, .graph_code = 0, .status = 400,
		.who = WHO_OPERATOR, .check = check_template_opt_out,
		.title = N_("No way out"),
		.because = N_("The marketing template {template} ({language}) offers no way to stop."),
		.remedy = N_("Add a quick reply or a line that says how to stop."),
		.explain = N_("People who find no way out block and report instead. Meta recommends a "
			      "clear way to unsubscribe in marketing templates: a line of the text, or a "
			      "quick reply that is one of the opt-out words."),
	},
	ROW(RULE_TEMPLATE_IDENTITY) = {
		.id = "template.identity", .number = 508, .graph_code = 0, .status = 400,
		.who = WHO_OPERATOR, .check = check_template_identity,
		.title = N_("Sender not named"),
		.because = N_("The text of the template {template} ({language}) names neither the sender "
			      "nor a contact for people's rights."),
		.remedy = N_("Name the business in the text, and say where people can turn."),
		.explain = N_("A promotional message must say whom it is from and where the person can "
			      "use their rights: the name of the account or number, or a telephone, an "
			      "address or where the privacy notice is."),
	},
	ROW(RULE_MESSAGE_INVALID) = {
		.id = "message.invalid", .number = 509, .graph_code = 100, .status = 400, .binds = true,
		.who = WHO_APP, .check = check_message_invalid,
		.title = N_("Invalid message"),
		.because = N_("The message is not one that the platform takes. {problem}"),
		.remedy = N_("Correct the field that is named and send again."),
		.explain = N_("Shapes, types and lengths are those of Meta's documentation; lengths "
			      "count Unicode code points. A message that Meta would refuse with 100, "
			      "131008 or 131009 does not leave. The rule binds in observe mode too."),
	},
	ROW(RULE_CONTENT_PROHIBITED) = {
		.id = "content.prohibited", .number = 601, .graph_code = 368, .status = 400,
		.who = WHO_COMPLIANCE, .check = check_content_prohibited,
		.title = N_("Prohibited goods"),
		.because = N_("The text speaks of goods or services that the policy forbids ({class})."),
		.remedy = N_("Do not offer these goods over WhatsApp; where a country allows them, have "
			     "an operator enter that in the policy pack, and try it with `varco decide`."),
		.explain = N_("Meta's policies forbid or restrict classes of goods and services, and a "
			      "breach can end an account at once. Words of the lists give points, an "
			      "offer near them gives more, innocent phrases give none; by the score and "
			      "the country the message is held or refused."),
	},
	ROW(RULE_CONTENT_SENSITIVE) = {
		.id = "content.sensitive", .number = 602, .graph_code = 368, .status = 400,
		.who = WHO_COMPLIANCE, .check = check_content_sensitive,
		.title = N_("Asks for sensitive data"),
		.because = N_("The text asks for sensitive data ({class})."),
		.remedy = N_("Do not ask for card, bank or identity numbers in the chat; use a protected "
			     "page."),
		.explain = N_("A business may not ask for whole card, bank or identity numbers in a "
			      "message, nor for a PIN, a password or a one-time code. Asking somebody to "
			      "bring a document, or to use a protected page, is fine, and so is the "
			      "warning that nobody will ever ask."),
	},
	ROW(RULE_CONTENT_LINK) = {
		.id = "content.link", .number = 603, .graph_code = 0, .status = 400,
		.who = WHO_APP, .check = check_content_link,
		.title = N_("Doubtful link"),
		.because = N_("The text has a link that people cannot trust ({class})."),
		.remedy = N_("Link to the business's own domain over https."),
		.explain = N_("Shorteners, bare addresses, look-alikes and unsafe schemes are what scams "
			      "use, and people report them. Links are judged by their form; nothing is "
			      "opened. wa.me is fine."),
	},
	ROW(RULE_CONTENT_GENERIC) = {
		.id = "content.generic", .number = 604, .graph_code = 0, .status = 400,
		.who = WHO_APP, .check = check_content_generic,
		.title = N_("Same text to many"),
		.because = N_("The same text went to {count} people in the last hour."),
		.remedy = N_("Write for a segment, and use the variables that the template offers."),
		.explain = N_("Identical text to many people reads as spam and is treated as such. "
			      "Only marketing is counted: from how many an hour on is a figure of the "
			      "pack."),
	},
	ROW(RULE_LIMIT_PORTFOLIO) = {
		.id = "limit.portfolio", .number = 701, .graph_code = 0, .status = 429,
		.who = WHO_OPERATOR, .check = check_limit_portfolio,
		.title = N_("Portfolio limit"),
		.because = N_("{used} people were reached in 24 hours; marketing may use {share} of the "
			      "limit of {limit}."),
		.remedy = N_("Send the rest when people of yesterday leave the 24 hours, or grow to the "
			     "next limit by verification and good quality."),
		.explain = N_("Meta limits how many distinct people a portfolio may reach outside open "
			      "windows in 24 hours, over all its numbers, and names no error for going "
			      "beyond. Marketing stops at its share, so that codes and notices always "
			      "have room."),
	},
	ROW(RULE_LIMIT_THROUGHPUT) = {
		.id = "limit.throughput", .number = 702, .graph_code = 130429, .status = 429,
		.who = WHO_APP, .check = check_limit_throughput,
		.title = N_("Too many messages a second"),
		.because = N_("The number {number} has sent {sent} messages within a second and may send "
			      "{limit}."),
		.remedy = N_("Send again in a second, and spread what goes out in bulk."),
		.explain = N_("Each number has a throughput: 80 messages a second, 20 beside the Business "
			      "app, up to 1,000 where Meta has raised it. Beyond it Meta answers "
			      "130429."),
	},
	ROW(RULE_LIMIT_PAIR) = {
		.id = "limit.pair", .number = 703, .graph_code = 131056, .status = 429,
		.who = WHO_APP, .check = check_limit_pair,
		.title = N_("Too many messages to one person"),
		.because = N_("{burst} messages went to this person faster than one in {interval_s}; the "
			      "debt is repaid at {until}."),
		.remedy = N_("Wait until then, and put what belongs together into one message."),
		.explain = N_("From one number to one person Meta allows one message in six seconds. A "
			      "burst of up to 45 is borrowed from later: 45 at once block for 270 "
			      "seconds. Beyond it Meta answers 131056."),
	},
	ROW(RULE_LIMIT_WARMUP) = {
		.id = "limit.warmup", .number = 704, .graph_code = 0, .status = 429,
		.who = WHO_OPERATOR, .check = check_limit_warmup,
		.title = N_("Warming up"),
		.because = N_("The number is warming up: {used} of the {cap} people of today have been "
			      "reached."),
		.remedy = N_("Send the rest tomorrow, to people who wrote or agreed recently first; a "
			     "number that is not new is declared established with `varco number set`."),
		.explain = N_("A cold number that pushes volume is the commonest way to lose it. Meta "
			      "publishes no schedule, so the cap of each day, the share of an hour and "
			      "the order of people are Varco's own judgement. A marketing template that "
			      "is new or was paused warms up too, on any number: it goes to the first "
			      "people, then after a wait to a part of the audience, then to the rest. "
			      "Only marketing waits; what goes out in an open window does not count."),
		.cases = release_cases,
	},
	ROW(RULE_LIMIT_SPIKE) = {
		.id = "limit.spike", .number = 705, .graph_code = 0, .status = 429,
		.who = WHO_OPERATOR, .check = check_limit_spike,
		.title = N_("Sudden volume"),
		.because = N_("The number {number} has sent {sent} messages in 24 hours, against "
			      "{highest} on the busiest of the last days."),
		.remedy = N_("Spread the campaign over several days; a volume that is meant all the same "
			     "needs an operator who lowers the level of this rule in the policy pack, and "
			     "tries that with `varco decide`."),
		.explain = N_("Spikes against a number's own history look like abuse to Meta and often "
			      "are: a loop, a leaked key, a wrong list. Growth of a third warns, doubling "
			      "holds marketing."),
	},
	ROW(RULE_LIMIT_FREQUENCY) = {
		.id = "limit.frequency", .number = 706, .graph_code = 131049, .status = 429,
		.who = WHO_APP, .check = check_limit_frequency,
		.title = N_("Too much marketing to one person"),
		.because = N_("This person has had as much marketing as fits into {window_s} ({sent} of "
			      "{max}); one more may go at {until}."),
		.remedy = N_("Leave this person out of this campaign; the next message may go at the time "
			     "that is named."),
		.explain = N_("People who get too much marketing block the business, whichever app sent "
			      "it. Varco counts over all apps, by day, week and month. Meta has a cap of "
			      "its own (131049), which it does not publish."),
	},
	ROW(RULE_LIMIT_COOLDOWN) = {
		.id = "limit.cooldown", .number = 707, .graph_code = 131049, .status = 429,
		.who = WHO_APP, .check = check_limit_cooldown,
		.title = N_("Marketing cooling down"),
		.because = N_("Meta chose not to deliver marketing to this person; it may be tried again "
			      "at {until}."),
		.remedy = N_("Wait until then; trying sooner makes the person unreachable for longer."),
		.explain = N_("After error 131049 Meta asks to wait at least 24 hours. Repeated attempts "
			      "lock the person for the whole account."),
	},
	ROW(RULE_LIMIT_QUIET_HOURS) = {
		.id = "limit.quiet_hours", .number = 708, .graph_code = 0, .status = 429,
		.who = WHO_APP, .check = check_limit_quiet_hours,
		.title = N_("Quiet hours"),
		.because = N_("It is quiet time for this person ({zone}); marketing may go at {until}."),
		.remedy = N_("Send in the daytime of the person's zone."),
		.explain = N_("Marketing at night is what people report first. Quiet hours are 21:00 to "
			      "08:00 in the person's zone, or that of their country, where several zones "
			      "all count."),
	},
	ROW(RULE_LIMIT_DUPLICATE) = {
		.id = "limit.duplicate", .number = 709, .graph_code = 0, .status = 429,
		.who = WHO_APP, .check = check_limit_duplicate,
		.title = N_("Same message again"),
		.because = N_("The same message went to this person from this app at {sent_at}."),
		.remedy = N_("If the repetition is meant, send it with an Idempotency-Key of its own; if "
			     "it was a retry, use the key of the first send."),
		.explain = N_("Meta has no protection against sending twice, and a client that retries "
			      "after a time-out does so. Same app, number, person and content within two "
			      "minutes count as a repetition, unless a key says otherwise."),
	},
	ROW(RULE_LIMIT_COST) = {
		.id = "limit.cost", .number = 710, .graph_code = 0, .status = 429,
		.who = WHO_OPERATOR, .check = check_limit_cost,
		.title = N_("Budget spent"),
		.because = N_("The budget of money that is set for this app or number is spent."),
		.remedy = N_("Wait for the next period, or have the operator whose facts `varco decide` "
			     "reads raise the budget in them; the gateway sets none by itself."),
		.explain = N_("A budget keeps a faulty or stolen app from spending the company's money: "
			      "Meta charges for delivered messages, whoever caused them."),
	},
};
const size_t rules_len = RULES_COUNT;

static const char *const who_names[] = {
	[WHO_APP] = "app",
	[WHO_OPERATOR] = "operator",
	[WHO_COMPLIANCE] = "compliance",
	[WHO_META] = "meta",
};

const struct rule *rule_by_id(struct str id)
{
	enum rule_index i;

	return rule_index_by_id(id, &i) ? &rules[i] : NULL;
}

const struct rule *rule_by_number(int number)
{
	enum rule_index i;

	return rule_index_by_number(number, &i) ? &rules[i] : NULL;
}

enum rule_index rule_index_of(const struct rule *rule)
{
	ASSERT(rule >= rules && rule < rules + RULES_COUNT);
	return (enum rule_index)(rule - rules);
}

int rule_code(const struct rule *rule)
{
	return rule->graph_code ? rule->graph_code : 900000 + rule->number;
}

const char *who_name(enum who w)
{
	ASSERT((unsigned)w < ARRAY_LEN(who_names));
	return who_names[w];
}

/* --- what checks write with ------------------------------------------------------------------- */

struct json_writer *evidence(struct judgement *j)
{
	if (!j->evidence_open) {
		buf_reset(j->evidence_text);
		jw_init(&j->evidence, j->evidence_text);
		jw_object(&j->evidence);
		j->evidence_open = true;
	}
	return &j->evidence;
}

void evidence_template(struct judgement *j)
{
	jw_member_str(evidence(j), "template", j->send->template_name);
	jw_member_str(evidence(j), "language", j->send->template_language);
}

/* "IT.13•••42": enough to find the person again for those who know them, no more. */
static void bsuid_mask(struct str bsuid, char out[MASK_MAX])
{
	int shown = bsuid.len > 12 ? 5 : 3;

	snprintf(out, MASK_MAX, "%.*s•••%.2s", shown, bsuid.p, bsuid.p + bsuid.len - 2);
}

void evidence_person(struct judgement *j)
{
	struct phone phone = j->send->phone.number ? j->send->phone : j->facts->person.phone;
	struct str bsuid = j->send->bsuid.len > 0 ? j->send->bsuid : j->facts->person.bsuid;
	char masked[MASK_MAX];

	if (phone.number != 0) {
		phone_format_masked(phone, masked);
		jw_member_c(evidence(j), "person", masked);
	} else if (bsuid_is_valid(bsuid)) {
		bsuid_mask(bsuid, masked);
		jw_member_c(evidence(j), "person", masked);
	}
}

void judgement_lower(struct judgement *j, enum level level)
{
	if (j->level > level)
		j->level = level;
}

bool judgement_is_gesture(const struct judgement *j)
{
	enum message_kind kind = j->send->kind;

	return kind == MESSAGE_REACTION || kind == MESSAGE_READ || kind == MESSAGE_TYPING;
}

bool judgement_is_counted(const struct judgement *j)
{
	return j->business_initiated && !j->window_open && j->purpose != PURPOSE_NONE;
}
