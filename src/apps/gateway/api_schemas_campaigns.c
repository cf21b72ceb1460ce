/* What answers about campaigns, the use of templates and analyses look like. */
#include "apps/gateway/api_schemas.h"

#include "base/check.h"

#define HEAD(schema) \
	{ schema, "id", "string", ALWAYS, "cmp_…" }, \
	    { schema, "name", "string", ALWAYS, "for people" }, \
	    { schema, "state", "string", ALWAYS, \
		    "loading, draft, approved, released, running, held, paused, done or cancelled" }, \
	    { schema, "at", "time", ALWAYS, "when it was made" }, \
	    { schema, "by", "string", ALWAYS, "who made it" }, \
	    { schema, "number", "string", ALWAYS, "the phone-number-id that sends" }, \
	    { schema, "waba", "string", ALWAYS, "its account" }, \
	    { schema, "templates", "[]CampaignTemplate", ALWAYS, "what is sent" }, \
	    { schema, "map", "[]string", ALWAYS, "where variables come from" }, \
	    { schema, "chosen", "string", OR_NULL, \
		    "the template of all who were not sent to yet" }, \
	    { schema, "audience", "integer", ALWAYS, "people who may get it" }, \
	    { schema, "approved_by", "string", OR_NULL, "null = nobody yet" }, \
	    { schema, "approved_at", "time", OR_NULL, "when" }, \
	    { schema, "released_by", "string", OR_NULL, "null = nobody yet" }, \
	    { schema, "released_at", "time", OR_NULL, "when" }, \
	    { schema, "starts_at", "time", OR_NULL, "nothing leaves before" }, \
	    { schema, "ended_at", "time", OR_NULL, "null = not yet" }, \
	    { schema, "wave", "integer", ALWAYS, "0 = none has begun" }, \
	    { schema, "waits_for", "string", OR_NULL, \
		    "wave, people, paused, disk, or the rule that holds everybody" }, \
	    { schema, "next_at", "time", OR_NULL, \
		    "when it goes on; null = not known, or at once" }, \
	    { schema, "reason", "string", OR_NULL, \
		    "of the last hold, pause or end; changed = it is not what was approved" }

#define FIGURES(schema) \
	{ schema, "people", "integer", ALWAYS, "in the audience" }, \
	    { schema, "waiting", "integer", ALWAYS, "not sent to yet" }, \
	    { schema, "under_way", "integer", ALWAYS, "on record, and not with Meta yet" }, \
	    { schema, "sent", "integer", ALWAYS, "taken by Meta" }, \
	    { schema, "delivered", "integer", ALWAYS, "of those, delivered" }, \
	    { schema, "read", "integer", ALWAYS, "of those, read" }, \
	    { schema, "failed", "integer", ALWAYS, "rejected or not delivered" }, \
	    { schema, "unknown", "integer", ALWAYS, "nobody knows whether Meta has it" }, \
	    { schema, "refused", "integer", ALWAYS, "by policy, when its turn came" }, \
	    { schema, "not_sent", "integer", ALWAYS, \
		    "cancelled, expired, suspended, named twice or nobody" }, \
	    { schema, "opt_outs", "integer", ALWAYS, "withdrew within 7 days behind it" }, \
	    { schema, "clicks", "integer", ALWAYS, "people who pressed a quick reply" }

const struct member campaign_members[] = {
	{ "CampaignTemplate", "name", "string", ALWAYS, "of the template" },
	{ "CampaignTemplate", "language", "string", ALWAYS, "its language" },

	{ "CampaignPeople", "waiting", "integer", ALWAYS, "not sent to yet" },
	{ "CampaignPeople", "queued", "integer", ALWAYS, "on record, and not with Meta yet" },
	{ "CampaignPeople", "sent", "integer", ALWAYS, "left; their decisions tell the rest" },
	{ "CampaignPeople", "refused", "integer", ALWAYS, "by policy, when their turn came" },
	{ "CampaignPeople", "expired", "integer", ALWAYS, "held for too long" },
	{ "CampaignPeople", "duplicate", "integer", ALWAYS, "named twice" },
	{ "CampaignPeople", "invalid", "integer", ALWAYS, "rows that name nobody" },
	{ "CampaignPeople", "forgotten", "integer", ALWAYS, "erased, before or since" },
	{ "CampaignPeople", "suspended", "integer", ALWAYS, "their list is suspended" },
	{ "CampaignPeople", "cancelled", "integer", ALWAYS, "the campaign ended before" },

	HEAD("CampaignHead"),

	HEAD("Campaign"),
	{ "Campaign", "sha256", "string", ALWAYS, "of the audience as it came" },
	{ "Campaign", "snapshot", "string", OR_NULL, "of what the last preflight looked at" },
	{ "Campaign", "preflight_at", "time", OR_NULL, "null = there was none" },
	{ "Campaign", "people", "CampaignPeople", ALWAYS, "how far it came" },
	{ "Campaign", "revision", "string", ALWAYS, "another one behind every edit" },
	{ "Campaign", "edits", "integer", ALWAYS, "how often it was edited" },
	{ "Campaign", "edited_by", "[]string", ALWAYS,
	    "who did, each once, the last one at the end; none of them approves it" },
	{ "Campaign", "price", "number", OR_NULL, "of one message; null = not told" },
	{ "Campaign", "currency", "string", OR_NULL, "null = not told" },
	{ "Campaign", "filter", "[]string", ALWAYS,
	    "by which its people were found; empty when they came as a table" },
	{ "Campaign", "columns", "[]string", ALWAYS,
	    "of the table, that its rows keep: an edit of the map may use these" },

	{ "Source", "source", "string", ALWAYS, "as audiences name it" },
	{ "Source", "suspended", "boolean", ALWAYS, "its people are left out" },
	{ "Source", "suspended_at", "time", OR_NULL, "since when" },
	{ "Source", "by", "string", OR_NULL, "who suspended it" },
	{ "Source", "reason", "string", OR_NULL, "why" },
	{ "Source", "advice", "string", OR_NULL,
	    "failures, opt_outs or old: why to suspend it; null = nothing proves it" },
	{ "Source", "people", "integer", ALWAYS, "rows of audiences" },
	{ "Source", "sent", "integer", ALWAYS, "taken by Meta" },
	{ "Source", "delivered", "integer", ALWAYS, "of those, delivered" },
	{ "Source", "read", "integer", ALWAYS, "of those, read" },
	{ "Source", "failed", "integer", ALWAYS, "rejected or not delivered" },
	{ "Source", "opt_outs", "integer", ALWAYS, "withdrew within 7 days behind a message" },
	{ "Source", "clicks", "integer", ALWAYS, "pressed a quick reply" },
	{ "Source", "used_at", "time", OR_NULL, "the last send" },
	{ "Source", "oldest_consent", "time", OR_NULL, "of its people; null = none has one" },
	{ "Source", "newest_consent", "time", OR_NULL, "of its people" },
	{ "SourceSuspension", "source", "string", ALWAYS, "as audiences name it" },
	{ "SourceSuspension", "suspended", "boolean", ALWAYS, "as it is now" },
	{ "SourceSuspension", "people", "integer", ALWAYS, "who are left out now, or wait again" },

	{ "PreflightRule", "id", "string", ALWAYS, "as varco explain takes it" },
	{ "PreflightRule", "level", "string", ALWAYS, "refuse, hold or warn" },
	{ "PreflightRule", "people", "integer", ALWAYS, "whom it does not let pass" },
	{ "PreflightRule", "title", "string", ALWAYS, "a few words" },
	{ "PreflightRule", "remedy", "string", ALWAYS, "what to do" },
	{ "PreflightUntil", "until", "time", OR_NULL, "the full hour; null = not known" },
	{ "PreflightUntil", "people", "integer", ALWAYS, "who are held until then" },
	{ "PreflightSource", "source", "string", OR_NULL, "the list that rows came from" },
	{ "PreflightSource", "people", "integer", ALWAYS, "of that list" },
	{ "PreflightSource", "sendable", "integer", ALWAYS, "may be sent to now" },
	{ "PreflightSource", "held", "integer", ALWAYS, "later" },
	{ "PreflightSource", "refused", "integer", ALWAYS, "not" },
	{ "PreflightSource", "no_opt_in", "integer", ALWAYS, "never agreed to it" },
	{ "PreflightSource", "withdrawn", "integer", ALWAYS, "withdrew" },
	{ "PreflightContact", "within_days", "integer", OR_NULL, "null = longer ago, or never" },
	{ "PreflightContact", "people", "integer", ALWAYS, "who last wrote then" },
	{ "PreflightTemplate", "template", "string", ALWAYS, "name" },
	{ "PreflightTemplate", "language", "string", ALWAYS, "its language" },
	{ "PreflightTemplate", "category", "string", ALWAYS, "what it is for" },
	{ "PreflightTemplate", "status", "string", ALWAYS, "Meta's word" },
	{ "PreflightTemplate", "quality", "string", ALWAYS, "Meta's word" },
	{ "PreflightTemplate", "people", "integer", ALWAYS, "who would get it" },
	{ "Personalisation", "own_values", "integer", ALWAYS, "people with values of their own" },
	{ "Personalisation", "distinct", "integer", ALWAYS, "different contents" },
	{ "Personalisation", "unfilled", "integer", ALWAYS,
	    "people with a variable that nothing fills" },
	{ "Personalisation", "share", "number", ALWAYS, "own_values of all people" },
	{ "Spike", "sent_24h", "integer", ALWAYS, "by the number in the last 24 hours" },
	{ "Spike", "planned", "integer", ALWAYS, "that, and all who may be sent to" },
	{ "Spike", "highest_7d", "integer", ALWAYS, "the highest of the seven days before" },
	{ "Spike", "ratio", "number", OR_NULL, "planned by highest; null = no history" },
	{ "Withheld", "sent_7d", "integer", ALWAYS, "marketing of the number in seven days" },
	{ "Withheld", "withheld_7d", "integer", ALWAYS,
	    "of it, held back by Meta for whom it was for (131049, 130472)" },
	{ "Withheld", "share", "number", ALWAYS, "withheld by sent" },
	{ "Withheld", "people", "integer", ALWAYS, "so many of this audience, if that goes on" },
	{ "PreflightStop", "signal", "string", ALWAYS, "of the circuit breaker" },
	{ "PreflightStop", "means", "string", ALWAYS, "a sentence" },
	{ "PreflightStop", "above", "number", OR_NULL,
	    "a share that is proven to be above stops it" },
	{ "PreflightStop", "below", "number", OR_NULL, "a share below stops it" },
	{ "Cost", "price", "number", ALWAYS, "of one message, as it was told" },
	{ "Cost", "amount", "number", ALWAYS, "of all who are not refused" },
	{ "Cost", "currency", "string", OR_NULL, "as it was told" },
	{ "ForecastDay", "day", "integer", ALWAYS, "1 is today" },
	{ "ForecastDay", "people", "integer", ALWAYS, "who can be sent to" },
	{ "ForecastDay", "limit", "string", OR_NULL,
	    "the rule that allows no more; null = all who are left" },
	{ "Forecast", "days", "integer", OR_NULL, "null = more than a year" },
	{ "Forecast", "ends_at", "time", OR_NULL, "with the waits between waves" },
	{ "Forecast", "by_day", "[]ForecastDay", ALWAYS, "by warm-up and limits as they are" },
	{ "Preflight", "campaign", "string", ALWAYS, "cmp_…" },
	{ "Preflight", "at", "time", ALWAYS, "the instant of all verdicts" },
	{ "Preflight", "policy", "string", ALWAYS, "version of the policy pack" },
	{ "Preflight", "snapshot", "string", ALWAYS,
	    "of audience, template and mapping: what is approved" },
	{ "Preflight", "people", "integer", ALWAYS, "who were judged" },
	{ "Preflight", "sendable", "integer", ALWAYS, "verdict allow" },
	{ "Preflight", "held", "integer", ALWAYS, "verdict hold" },
	{ "Preflight", "refused", "integer", ALWAYS, "verdict refuse" },
	{ "Preflight", "duplicates", "integer", ALWAYS, "rows of people who stand in it before" },
	{ "Preflight", "invalid", "integer", ALWAYS, "rows that name nobody" },
	{ "Preflight", "forgotten", "integer", ALWAYS, "people who were erased" },
	{ "Preflight", "suspended", "integer", ALWAYS, "people of suspended lists" },
	{ "Preflight", "rules", "[]PreflightRule", ALWAYS,
	    "all that did not pass, refusals first" },
	{ "Preflight", "held_until", "[]PreflightUntil", ALWAYS, "by hour" },
	{ "Preflight", "sources", "[]PreflightSource", ALWAYS, "by the column source" },
	{ "Preflight", "last_contact", "[]PreflightContact", ALWAYS,
	    "when people last wrote to the number" },
	{ "Preflight", "templates", "[]PreflightTemplate", ALWAYS, "as they are now" },
	{ "Preflight", "personalisation", "Personalisation", ALWAYS,
	    "how much it is the same to all" },
	{ "Preflight", "spike", "Spike", ALWAYS, "against the number's own history" },
	{ "Preflight", "withheld", "Withheld", OR_NULL, "null = no marketing, or no history" },
	{ "Preflight", "stops", "[]PreflightStop", ALWAYS, "what will stop it by itself" },
	{ "Preflight", "cost", "Cost", OR_NULL, "null = no price was told" },
	{ "Preflight", "forecast", "Forecast", ALWAYS, "how long it will take" },

	FIGURES("ReportTotals"),
	{ "ReportTemplate", "template", "string", OR_NULL,
	    "name; null = those who got none of several yet" },
	FIGURES("ReportTemplate"),
	{ "ReportSegment", "segment", "string", OR_NULL, "by the column segment" },
	FIGURES("ReportSegment"),
	{ "ReportSource", "source", "string", OR_NULL, "by the column source" },
	FIGURES("ReportSource"),
	{ "ReportWave", "wave", "integer", ALWAYS, "0 = not sent to yet" },
	FIGURES("ReportWave"),
	{ "ReportButton", "template", "string", OR_NULL, "name" },
	{ "ReportButton", "button", "integer", ALWAYS, "its place, from 0" },
	{ "ReportButton", "title", "string", OR_NULL, "what stands on it" },
	{ "ReportButton", "clicks", "integer", ALWAYS, "people who pressed it" },
	{ "ReportError", "code", "integer", ALWAYS, "Meta's" },
	{ "ReportError", "people", "integer", ALWAYS, "whom it came for" },
	{ "ReportRule", "id", "string", ALWAYS, "as varco explain takes it" },
	{ "ReportRule", "people", "integer", ALWAYS, "whom it refused" },
	{ "CampaignReport", "campaign", "string", ALWAYS, "cmp_…" },
	{ "CampaignReport", "name", "string", ALWAYS, "for people" },
	{ "CampaignReport", "state", "string", ALWAYS, "as of the campaign" },
	{ "CampaignReport", "at", "time", ALWAYS, "when it was counted" },
	{ "CampaignReport", "totals", "ReportTotals", ALWAYS, "all of it" },
	{ "CampaignReport", "templates", "[]ReportTemplate", ALWAYS, "by template" },
	{ "CampaignReport", "segments", "[]ReportSegment", ALWAYS, "by segment" },
	{ "CampaignReport", "sources", "[]ReportSource", ALWAYS, "by source list" },
	{ "CampaignReport", "waves", "[]ReportWave", ALWAYS, "by wave" },
	{ "CampaignReport", "buttons", "[]ReportButton", ALWAYS,
	    "quick replies that were pressed" },
	{ "CampaignReport", "errors", "[]ReportError", ALWAYS, "of sends that failed" },
	{ "CampaignReport", "refused_by", "[]ReportRule", ALWAYS,
	    "rules, the most frequent first" },

	{ "TemplateRef", "name", "string", ALWAYS, "its name" },
	{ "TemplateRef", "language", "string", ALWAYS, "its language" },
	{ "TemplateFigures", "sent", "integer", ALWAYS, "that Meta answered, yes or no" },
	{ "TemplateFigures", "delivered", "integer", ALWAYS, "that arrived" },
	{ "TemplateFigures", "read_of", "integer", ALWAYS,
	    "marketing that arrived, by the hour of the send" },
	{ "TemplateFigures", "read", "integer", ALWAYS, "of those, read" },
	{ "TemplateFigures", "failed", "integer", ALWAYS,
	    "for any reason but Meta's cap per person" },
	{ "TemplateFigures", "withheld", "integer", ALWAYS,
	    "by Meta for whom it was for (131049, 130472)" },
	{ "TemplateFigures", "opt_outs", "integer", ALWAYS, "people who withdrew because of it" },
	{ "TemplateFigures", "complaints", "integer", ALWAYS,
	    "people who said that they did not want it" },
	{ "TemplateButton", "button", "integer", ALWAYS, "its place, from 0" },
	{ "TemplateButton", "title", "string", OR_NULL, "what stands on it" },
	{ "TemplateButton", "clicks", "integer", ALWAYS,
	    "people who pressed it, in the campaigns below" },
	{ "TemplateCampaign", "id", "string", ALWAYS, "cmp_…" },
	{ "TemplateCampaign", "name", "string", ALWAYS, "for people" },
	{ "TemplateCampaign", "state", "string", ALWAYS, "as of the campaign" },
	{ "TemplateCampaign", "at", "time", ALWAYS, "when it was made" },
	{ "TemplateUse", "since", "time", ALWAYS, "what the figures begin with" },
	{ "TemplateUse", "figures", "TemplateFigures", ALWAYS, "of all its sends" },
	{ "TemplateUse", "buttons", "[]TemplateButton", ALWAYS, "quick replies that were pressed" },
	{ "TemplateUse", "campaigns", "[]TemplateCampaign", ALWAYS,
	    "that send it, the newest first; of the last 200 of all" },
	{ "TemplateUse", "triggers", "[]string", ALWAYS,
	    "names of triggers whose definition says it" },
	{ "TemplateText", "content", "string", ALWAYS, "its digest, as in changes of \"content\"" },
	{ "TemplateText", "until", "time", OR_NULL, "when another took its place; null = of now" },
	{ "TemplatePiece", "kind", "string", ALWAYS, "same, gone or new" },
	{ "TemplatePiece", "text", "string", ALWAYS, "the words, with the blanks between them" },
	{ "TemplatePart", "place", "string", ALWAYS, "as in BODY.text or BUTTONS.buttons[0].text" },
	{ "TemplatePart", "before", "string", OR_NULL, "null = was not there" },
	{ "TemplatePart", "after", "string", OR_NULL, "null = is there no more" },
	{ "TemplatePart", "pieces", "[]TemplatePiece", ALWAYS, "both texts in one, word by word" },
	{ "TemplateDiff", "from", "TemplateText", OR_NULL, "null = no former text is kept" },
	{ "TemplateDiff", "to", "TemplateText", OR_NULL, "null = there is no text" },
	{ "TemplateDiff", "parts", "[]TemplatePart", ALWAYS, "those that differ" },
	{ "TemplateDiff", "texts", "[]TemplateText", ALWAYS,
	    "those that are kept, that of now first: at most ten former ones" },

	{ "Analysis", "id", "string", ALWAYS, "anl_…" },
	{ "Analysis", "name", "string", OR_NULL, "of the traffic" },
	{ "Analysis", "state", "string", ALWAYS, "running, done or failed" },
	{ "Analysis", "at", "time", ALWAYS, "when it was started" },
	{ "Analysis", "ended_at", "time", OR_NULL, "it is kept for an hour behind that" },
	{ "Analysis", "stage", "string", ALWAYS, "reading or judging" },
	{ "Analysis", "file", "string", OR_NULL, "which is read: traffic, consents or inbound" },
	{ "Analysis", "rows", "integer", ALWAYS, "of it so far" },
	{ "Analysis", "percent", "integer", ALWAYS, "of the stage" },
	{ "Analysis", "problem", "string", OR_NULL, "why it failed, a sentence" },
	{ "Analysis", "report", "any", SOMETIMES,
	    "null = not yet; as varco analyze --json has it, without names; only of one that is shown" },
};
const size_t campaign_members_len = ARRAY_LEN(campaign_members);
