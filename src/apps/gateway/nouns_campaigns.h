/* apps/gateway/nouns_campaigns.h: the rows of campaigns and source lists, and their fields. Only nouns.c
 * includes this. */

#define DOC_CAMPAIGN N_("Id of the campaign, as in cmp_0c5gq3hr8v2zk.")
#define DOC_CAMPAIGN_BY N_("Who does it, by name; admin unless told otherwise.")
#define DOC_CAMPAIGN_REASON N_("Why, for those who come later.")

static const struct noun_field campaign_create[] = {
	{ "name", FIELD_STR, REQUIRED, N_("What to call it.") },
	{ "number", FIELD_STR, REQUIRED, N_("The phone-number-id that it is sent from.") },
	{ "template", FIELD_LIST, REQUIRED,
	    N_("The template; with several, up to 4, people get them in turns, to be compared.") },
	{ "language", FIELD_STR, REQUIRED, N_("Its language, as in it or pt_BR.") },
	{ "audience", FIELD_FILE, OPTIONAL,
	    N_("The people, a CSV table: the column phone or bsuid, source and segment if"
	       " there are, and what the template's variables are filled with.") },
	{ "filter", FIELD_LIST, OPTIONAL,
	    N_("Instead of an audience, all people on record for whom these hold: purpose=marketing,"
	       " wrote_within=90d, silent_for=90d, country=IT, import=imp_…, read=cmp_…, pressed=cmp_….") },
	{ "map", FIELD_LIST, OPTIONAL,
	    N_("Where variables come from: VARIABLE=COLUMN, with |OTHERWISE behind it for empty cells;"
	       " header.1 and button.0 for those of a header or a button.") },
	{ "price", FIELD_STR, OPTIONAL,
	    N_("What one message costs, as in 0.0572, for the estimate.") },
	{ "currency", FIELD_STR, OPTIONAL, N_("The currency of the price, as in EUR.") },
	{ "by", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_BY },
};

static const struct noun_field campaign_set[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_CAMPAIGN },
	{ "name", FIELD_STR, OPTIONAL, N_("What to call it.") },
	{ "number", FIELD_STR, OPTIONAL,
	    N_("The phone-number-id that it is sent from; of another portfolio only with an audience of"
	       " its own.") },
	{ "template", FIELD_LIST, OPTIONAL,
	    N_("The template; with several, up to 4, people get them in turns, to be compared.") },
	{ "language", FIELD_STR, OPTIONAL, N_("Its language, as in it or pt_BR.") },
	{ "audience", FIELD_FILE, OPTIONAL,
	    N_("Other people than it has, a CSV table as of a new campaign.") },
	{ "filter", FIELD_LIST, OPTIONAL,
	    N_("Other people than it has: all on record for whom these hold, as of a new campaign.") },
	{ "map", FIELD_LIST, OPTIONAL,
	    N_("Where variables come from, all of them: VARIABLE=COLUMN, with |OTHERWISE behind it for empty"
	       " cells. Of people that it has, the columns that were taken before.") },
	{ "price", FIELD_STR, OPTIONAL,
	    N_("What one message costs, as in 0.0572; empty: not told.") },
	{ "currency", FIELD_STR, OPTIONAL,
	    N_("The currency of the price, as in EUR; empty: not told.") },
	{ "revision", FIELD_STR, OPTIONAL,
	    N_("The revision that was read; one that was changed since is not edited.") },
	{ "by", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_BY },
};

static const struct noun_field campaign_list_fields[] = {
	{ "state", FIELD_STR, OPTIONAL,
	    N_("Only those in this state: draft, approved, released, running, held, paused, done or"
	       " cancelled.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field campaign_id[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_CAMPAIGN },
};

static const struct noun_field campaign_approve[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_CAMPAIGN },
	{ "snapshot", FIELD_STR, OPTIONAL,
	    N_("The snapshot of the preflight that was looked at; any other is not approved.") },
	{ "by", FIELD_STR, OPTIONAL, N_("Who approves, by name: somebody else than the author.") },
};

static const struct noun_field campaign_release[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_CAMPAIGN },
	{ "at", FIELD_TIME, OPTIONAL,
	    N_("Not before that time; behind the grace period of the policy pack unless told otherwise.") },
	{ "by", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_BY },
};

static const struct noun_field campaign_act[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_CAMPAIGN },
	{ "reason", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_REASON },
	{ "by", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_BY },
};

static const struct noun_field source_list_fields[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field source_act[] = {
	{ "source", FIELD_STR, REQUIRED,
	    N_("The list, as audiences name it in their column source.") },
	{ "reason", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_REASON },
	{ "by", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_BY },
};

static const struct noun_field campaign_choose[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_CAMPAIGN },
	{ "template", FIELD_STR, REQUIRED,
	    N_("The template of the campaign that all get who were not sent to yet.") },
	{ "by", FIELD_STR, OPTIONAL, DOC_CAMPAIGN_BY },
};

#define CAMPAIGN_VERBS \
	{ "campaign", "create", "POST", "/api/v1/campaigns", WITH(campaign_create), \
		N_("Makes a draft of a template for an audience; nothing is sent yet."), \
		"varco campaign create --name 'Spring sandals' --number 100200300 --template spring_offer" \
		" --language it --audience people.csv --map '1=first_name|friend' --by 'Marta Neri'", \
		"createCampaign" }, \
	    { "campaign", "list", "GET", "/api/v1/campaigns", WITH(campaign_list_fields), \
		    N_("Lists campaigns, the newest first."), \
		    "varco campaign list --state running", "listCampaigns" }, \
	    { "campaign", "show", "GET", "/api/v1/campaigns/{id}", WITH(campaign_id), \
		    N_("Shows a campaign: who allowed it, how far it came and what it waits for."), \
		    "varco campaign show cmp_0c5gq3hr8v2zk", "showCampaign" }, \
	    { "campaign", "set", "PATCH", "/api/v1/campaigns/{id}", WITH(campaign_set), \
		    N_("Changes the values that are given, as long as it is a draft; it is checked and approved anew."), \
		    "varco campaign set cmp_0c5gq3hr8v2zk --name 'Spring sandals, again'", \
		    "setCampaign" }, \
	    { "campaign", "preflight", "POST", "/api/v1/campaigns/{id}/preflight", \
		    WITH(campaign_id), \
		    N_("Judges the whole audience as it would be judged now: who may be sent to, who not and why."), \
		    "varco campaign preflight cmp_0c5gq3hr8v2zk", "preflightCampaign" }, \
	    { "campaign", "checked", "GET", "/api/v1/campaigns/{id}/preflight", WITH(campaign_id), \
		    N_("Shows what the last preflight said, as it was said then."), \
		    "varco campaign checked cmp_0c5gq3hr8v2zk", "showPreflight" }, \
	    { "campaign", "refused", "GET", "/api/v1/campaigns/{id}/refused", WITH(campaign_id), \
		    N_("Every row of the audience that would not be sent now, with the rules, as CSV."), \
		    "varco campaign refused cmp_0c5gq3hr8v2zk >refused.csv", "listRefused" }, \
	    { "campaign", "approve", "POST", "/api/v1/campaigns/{id}/approve", \
		    WITH(campaign_approve), \
		    N_("Approves a draft as its last preflight saw it, or anew one that is held or paused."), \
		    "varco campaign approve cmp_0c5gq3hr8v2zk --by 'Luca Bianchi'", \
		    "approveCampaign" }, \
	    { "campaign", "release", "POST", "/api/v1/campaigns/{id}/release", \
		    WITH(campaign_release), \
		    N_("Lets an approved campaign go, wave by wave, behind a grace period."), \
		    "varco campaign release cmp_0c5gq3hr8v2zk --by 'Marta Neri'", \
		    "releaseCampaign" }, \
	    { "campaign", "hold", "POST", "/api/v1/campaigns/{id}/hold", WITH(campaign_act), \
		    N_("Holds a campaign: what has not left yet is called back and waits."), \
		    "varco campaign hold cmp_0c5gq3hr8v2zk --reason 'Too many questions at the shop'", \
		    "holdCampaign" }, \
	    { "campaign", "resume", "POST", "/api/v1/campaigns/{id}/resume", WITH(campaign_act), \
		    N_("Lets a held campaign go on where it was."), \
		    "varco campaign resume cmp_0c5gq3hr8v2zk", "resumeCampaign" }, \
	    { "campaign", "cancel", "POST", "/api/v1/campaigns/{id}/cancel", WITH(campaign_act), \
		    N_("Ends a campaign for good; what has left has left."), \
		    "varco campaign cancel cmp_0c5gq3hr8v2zk --reason 'Wrong price'", \
		    "cancelCampaign" }, \
	    { "campaign", "choose", "POST", "/api/v1/campaigns/{id}/choose", \
		    WITH(campaign_choose), \
		    N_("Chooses one of several templates for all who were not sent to yet."), \
		    "varco campaign choose cmp_0c5gq3hr8v2zk --template spring_offer_b", \
		    "chooseTemplate" }, \
	    { "campaign", "report", "GET", "/api/v1/campaigns/{id}/report", WITH(campaign_id), \
		    N_("What came of a campaign, by template, segment and button."), \
		    "varco campaign report cmp_0c5gq3hr8v2zk", "reportCampaign" }, \
	    { "source", "list", "GET", "/api/v1/sources", WITH(source_list_fields), \
		    N_("Lists where audiences came from: how old their consents are, and what came back."), \
		    "varco source list", "listSources" }, \
	    { "source", "suspend", "POST", "/api/v1/sources/suspend", WITH(source_act), \
		    N_("Leaves the people of a list out of all campaigns until it is resumed."), \
		    "varco source suspend --source 'Fiera 2022' --reason 'No opt-in on record'", \
		    "suspendSource" }, \
	    { "source", "resume", "POST", "/api/v1/sources/resume", WITH(source_act), \
		    N_("Ends the suspension of a list: its people wait in their campaigns again."), \
		    "varco source resume --source 'Fiera 2022'", "resumeSource" },
