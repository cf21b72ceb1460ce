/* apps/gateway/nouns_consents.h: the fields of the verbs about people: consents, imports, requests, entry links and
 * opt-outs that came of a code. Only nouns.c includes this. */

/* --- consents --------------------------------------------------------------------------------- */

#define DOC_PHONE \
	N_("Telephone number of the person, international or as dialled in the account's country.")
#define DOC_PERSON \
	N_("Id of the person, per_…, as answers give it, instead of the number or the user id.")
#define DOC_BSUID N_("Business-scoped user id of the person, instead of the number or beside it.")

static const struct noun_field consent_record[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "person", FIELD_STR, PERSONAL, DOC_PERSON },
	{ "purpose", FIELD_STR, REQUIRED,
	    N_("What the person agreed to: marketing, utility, authentication or all.") },
	{ "evidence", FIELD_STR, REQUIRED,
	    N_("What proves it: imported, form, inbound_message, double_opt_in or signed.") },
	{ "text", FIELD_STR, PERSONAL, N_("The words that the person agreed to.") },
	{ "text_version", FIELD_STR, OPTIONAL, N_("The version of these words.") },
	{ "language", FIELD_STR, OPTIONAL, N_("The language of these words, as it or en-GB.") },
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
	{ "person", FIELD_STR, PERSONAL, DOC_PERSON },
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
	{ "person", FIELD_STR, PERSONAL, DOC_PERSON },
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
	    N_("json, page by page, unless told otherwise; csv or xlsx for all of it, as a table.") },
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

/* --- opt-outs that are not certain ------------------------------------------------------------ */

static const struct noun_field stop_list[] = {
	{ "code", FIELD_INT, OPTIONAL,
	    N_("Only those that came of this error code, as in 131050.") },
	{ "state", FIELD_STR, OPTIONAL,
	    N_("Only those in this state: applied, held, released or confirmed.") },
	{ "portfolio", FIELD_STR, OPTIONAL, DOC_CLIENT },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field stop_end[] = {
	{ "id", FIELD_STR, OPTIONAL, N_("Id of one, as in stp_0c5gq3hr8v2zk.") },
	{ "code", FIELD_INT, OPTIONAL, N_("All that came of this error code, as in 131050.") },
	{ "reason", FIELD_STR, REQUIRED, N_("Why, for those who come later.") },
};

static const struct noun_field consent_certificate[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "person", FIELD_STR, PERSONAL, DOC_PERSON },
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
	{ "person", FIELD_STR, PERSONAL, DOC_PERSON },
	{ "reason", FIELD_STR, OPTIONAL, DOC_REASON_KEPT },
	{ "ground", FIELD_STR, OPTIONAL,
	    N_("The legal ground, gdpr.17.1.a to gdpr.17.1.f; gdpr.17.1.b, consent withdrawn, unless told"
	       " otherwise.") },
	{ "yes", FIELD_BOOL, OPTIONAL, DOC_YES },
};

static const struct noun_field consent_restrict[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "person", FIELD_STR, PERSONAL, DOC_PERSON },
	{ "reason", FIELD_STR, REQUIRED, DOC_REASON_KEPT },
	{ "until", FIELD_TIME, OPTIONAL,
	    N_("When it is destroyed; the policy pack says unless told otherwise.") },
	{ "yes", FIELD_BOOL, OPTIONAL, DOC_YES },
};

static const struct noun_field consent_dsar[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
	{ "person", FIELD_STR, PERSONAL, DOC_PERSON },
	{ "identity", FIELD_STR, OPTIONAL,
	    N_("How it was made sure who asks, in words that name nobody: they stay on the ledger.") },
	{ "format", FIELD_STR, OPTIONAL, N_("json, html or pdf; json unless told otherwise.") },
	{ "lang", FIELD_STR, OPTIONAL, N_("Language of html and pdf: it or en.") },
};

static const struct noun_field consent_open[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the restriction, as in res_0c5gq3hr8v2zk.") },
	{ "reason", FIELD_STR, REQUIRED, DOC_REASON_KEPT },
};

/* --- people ----------------------------------------------------------------------------------- */

static const struct noun_field person_find_fields[] = {
	{ "phone", FIELD_STR, PERSONAL, DOC_PHONE },
	{ "bsuid", FIELD_STR, PERSONAL, DOC_BSUID },
};

static const struct noun_field person_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the person, as in per_0c5gq3hr8v2zk.") },
};

#define PERSON_VERBS \
	{ "person", "find", "POST", "/api/v1/people/find", WITH(person_find_fields), \
		N_("Who it is: what is on record of a person, with the number masked."), \
		"varco person find --phone '+39 333 123 4501'", "findPerson" }, \
	    { "person", "show", "GET", "/api/v1/people/{id}", WITH(person_id), \
		    N_("What is on record of a person: consents, open windows, newest messages."), \
		    "varco person show per_0c5gq3hr8v2zk", "showPerson" }
