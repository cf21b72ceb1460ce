#include "domain/incident_words.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/alert.h"

const char *incident_review_words(const struct pack_incident *row)
{
	static const char *const words[] = {
		[PACK_REVIEW_YES] = N_("A review can be asked for."),
		[PACK_REVIEW_PERHAPS] = N_(
		    "A review can be asked for only where Meta shows the button for it; for spam and the gravest violations it may not."),
		[PACK_REVIEW_NO] = N_("There is nothing that a review could be asked for."),
	};

	return words[row->review];
}

const char *incident_where_words(const struct pack_incident *row)
{
	static const char *const words[] = {
		[PACK_WHERE_SUPPORT_HOME] = N_(
		    "Where: Meta Business Suite, Business Support Home (Account Quality), the WhatsApp account, the violation, then Request review. Only an administrator of the business portfolio can do it; there is no API. Who sends through a provider opens a ticket there as well."),
		[PACK_WHERE_WHATSAPP_MANAGER] = N_(
		    "Where: WhatsApp Manager, Message templates, the template, then the appeal with a sample. There is no API."),
		[PACK_WHERE_BETA_MAILBOX] = N_(
		    "Where: by e-mail to the support address that Meta gave for the Direct Send beta, or through the provider."),
		[PACK_WHERE_NONE] = N_(
		    "Nobody needs to be asked: it ends when its cause has ended."),
	};

	return words[row->where];
}

const char *incident_next_words(const struct incident *i, const struct pack_incident *row)
{
	switch (i->state) {
	case INCIDENT_OPEN:
	case INCIDENT_EVIDENCE:
		return row->review == PACK_REVIEW_NO
		    ? N_("Find the cause, take it away, and note what was done.")
		    : N_("Stop campaigns, keep the evidence, make the dossier and ask for the review. Do not move to other numbers and do not rename templates meanwhile.");
	case INCIDENT_SUBMITTED:
		return N_("Wait for the answer and note it. Start nothing new meanwhile.");
	case INCIDENT_ANSWERED:
		return N_("Write down what was learned and close the incident.");
	default:
		return N_("Nothing more is to be done.");
	}
}

static const struct {
	const char *kind, *words;
} steps[] = {
	{ "opened", N_("The incident was opened.") },
	{ "worse", N_("It became worse.") },
	{ "told", N_("It was told once more.") },
	{ "lifted", N_("Meta lifted it.") },
	{ "reinstated", N_("Meta reinstated the account.") },
	{ "expired", N_("Its time was over.") },
	{ "relieved", N_("Things are in order again.") },
	{ "note", N_("Something was noted.") },
	{ "evidence", N_("Evidence was added.") },
	{ "submitted", N_("A review was asked for.") },
	{ "answered", N_("The answer came.") },
	{ "closed", N_("The incident was closed.") },
	{ "seed", N_("The seed for drawing samples was set down.") },
	{ "dossier", N_("A dossier was made.") },
};

const char *incident_step_words(struct str kind)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (str_eq_c(kind, steps[i].kind))
			return steps[i].words;
	}
	return NULL;
}

static const struct {
	const char *operation, *words;
} operations[] = {
	{ "addAccount", N_("An account was entered.") },
	{ "setAccount", N_("An account was changed.") },
	{ "liftAccount", N_("What Meta had taken back was ended here, too.") },
	{ "removeAccount", N_("An account was removed.") },
	{ "addNumber", N_("A number was entered.") },
	{ "removeNumber", N_("A number was removed.") },
	{ "setNumber", N_("A number was changed.") },
	{ "pauseNumber", N_("A number was paused.") },
	{ "resumeNumber", N_("A number was let go on.") },
	{ "addPause", N_("Sends were paused by hand.") },
	{ "resumePause", N_("A pause was ended.") },
	{ "createCampaign", N_("A campaign was drafted.") },
	{ "setCampaign", N_("A campaign's draft was edited.") },
	{ "approveCampaign", N_("A campaign was approved.") },
	{ "releaseCampaign", N_("A campaign was let go.") },
	{ "holdCampaign", N_("A campaign was held.") },
	{ "resumeCampaign", N_("A campaign was let go on.") },
	{ "cancelCampaign", N_("A campaign was ended for good.") },
	{ "chooseTemplate", N_("One of a campaign's templates was chosen.") },
	{ "suspendSource", N_("A list was left out of all campaigns.") },
	{ "resumeSource", N_("A list was let into campaigns again.") },
	{ "addTemplate", N_("Templates were entered.") },
	{ "setTemplate", N_("A template was changed.") },
	{ "removeTemplate", N_("A template was removed.") },
	{ "syncTemplates", N_("Templates were read from upstream.") },
	{ "addIntegration", N_("An app was entered in the register.") },
	{ "setIntegration", N_("An app's entry in the register was changed.") },
	{ "rotateIntegration", N_("An app got a new key.") },
	{ "reviewIntegration", N_("An app's entry in the register was looked at.") },
	{ "importScan", N_("The report of a scan was taken into the register.") },
	{ "revokeIntegration", N_("The right to send was taken away from an app.") },
	{ "importConsents", N_("A list of consents was imported.") },
	{ "undoImport", N_("An imported list was taken back.") },
	{ "recordConsent", N_("A consent was recorded by hand.") },
	{ "withdrawConsent", N_("A withdrawal was recorded by hand.") },
	{ "eraseConsent", N_("A person was forgotten.") },
	{ "restrictConsent", N_("A person was forgotten, and what there was is kept sealed.") },
	{ "openRestriction", N_("What was kept sealed of a person was opened.") },
	{ "cancelRequest", N_("A request to confirm was taken back.") },
	{ "addLink", N_("A link was made by which people write first.") },
	{ "endLink", N_("A link by which people write first was ended.") },
	{ "importNotices", N_("E-mail notices were read.") },
	{ "addRequest", N_("A person was asked to confirm on WhatsApp.") },
	{ "releaseStops", N_("Held opt-outs were let go.") },
	{ "confirmStops", N_("Held opt-outs were confirmed.") },
	{ "addTrigger", N_("A trigger for events of another system was added.") },
	{ "setTrigger", N_("A trigger was changed.") },
	{ "removeTrigger", N_("A trigger was removed.") },
	{ "addAutoreply", N_("An automatic reply was added.") },
	{ "setAutoreply", N_("An automatic reply was changed.") },
	{ "removeAutoreply", N_("An automatic reply was removed.") },
	{ "makeCheckpoint", N_("The ledger was signed.") },
};

static const char *operation_words(struct str operation)
{
	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		if (str_eq_c(operation, operations[i].operation))
			return operations[i].words;
	}
	return NULL;
}

static const char *policy_words(struct str what)
{
	if (str_eq_c(what, "enforce"))
		return N_("From now on the policy refused and held; before, it only observed.");
	if (str_eq_c(what, "observe"))
		return N_("From now on the policy only observed.");
	return N_("Another version of the policy came into force.");
}

const char *story_words(const struct story_event *e)
{
	switch (e->source) {
	case STORY_STEP:
		return incident_step_words(e->what);
	case STORY_ALARM:
		return alert_what(e->what);
	case STORY_OPERATOR:
		return operation_words(e->what);
	case STORY_POLICY:
		return policy_words(e->what);
	default:
		return NULL; /* the field that changed */
	}
}

const char *incident_state_words(enum incident_state s)
{
	static const char *const words[] = {
		[INCIDENT_OPEN] = N_("open"),
		[INCIDENT_EVIDENCE] = N_("evidence is being gathered"),
		[INCIDENT_SUBMITTED] = N_("a review was asked for"),
		[INCIDENT_ANSWERED] = N_("answered"),
		[INCIDENT_CLOSED] = N_("closed"),
	};

	return s >= INCIDENT_OPEN && s <= INCIDENT_CLOSED ? words[s] : "";
}

const char *incident_outcome_words(enum incident_outcome o)
{
	static const char *const words[] = {
		[INCIDENT_NO_ANSWER] = N_("no answer yet"),
		[INCIDENT_REVERSED] = N_("reversed"),
		[INCIDENT_UNCHANGED] = N_("unchanged"),
		[INCIDENT_ENDED] = N_("ended by itself"),
	};

	return words[o];
}
