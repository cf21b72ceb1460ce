/* What answers about e-mail notices look like. */
#include "apps/gateway/api_schemas.h"

#include "base/check.h"

const struct member notice_members[] = {
	{ "Doubt", "id", "string", ALWAYS, "sender, lookalike, link, bait, signature or reply" },
	{ "Doubt", "text", "string", ALWAYS, "one sentence" },

	{ "Authentication", "by", "string", OR_NULL,
	    "the server that received it, as the header has it" },
	{ "Authentication", "dkim", "string", OR_NULL, "shown, never trusted" },
	{ "Authentication", "spf", "string", OR_NULL, "shown, never trusted" },
	{ "Authentication", "dmarc", "string", OR_NULL, "shown, never trusted" },

	{ "NoticeAbout", "waba", "string", OR_NULL, "the account that it was found to be about" },
	{ "NoticeAbout", "number", "string", OR_NULL, "and the number" },

	{ "NoticeChange", "what", "string", ALWAYS,
	    "waba.state, waba.restriction, template.status, number.quality or portfolio.limit" },
	{ "NoticeChange", "id", "string", ALWAYS, "of what is changed" },
	{ "NoticeChange", "from", "string", OR_NULL, "what it was" },
	{ "NoticeChange", "to", "string", ALWAYS, "what it is now" },
	{ "NoticeChange", "until", "time", OR_NULL, "its end, or when it happens" },

	{ "Notice", "id", "string", OR_NULL, "ntc_…; null = not on record, of a dry run" },
	{ "Notice", "at", "time", OR_NULL, "when it was imported" },
	{ "Notice", "known", "boolean", SOMETIMES, "the same e-mail was imported before" },
	{ "Notice", "digest", "string", ALWAYS, "SHA-256 of the e-mail, hex" },
	{ "Notice", "kind", "string", ALWAYS,
	    "unknown, warning, restricted, disable_scheduled, disabled, reinstated, lifted, template_paused, "
	    "template_disabled, quality_low, limit, review_reversed or review_unchanged" },
	{ "Notice", "text", "string", ALWAYS, "the same in a sentence" },
	{ "Notice", "level", "string", ALWAYS, "reported: an e-mail proves nothing" },
	{ "Notice", "suspicious", "[]Doubt", ALWAYS,
	    "why it looks forged; then it changes nothing" },
	{ "Notice", "sender", "string", OR_NULL, "the domain that it came from" },
	{ "Notice", "forwarded", "boolean", ALWAYS, "by somebody" },
	{ "Notice", "damaged", "boolean", ALWAYS,
	    "some of it could not be read as it claims to be" },
	{ "Notice", "authentication", "Authentication", ALWAYS, "what the receiving server found" },
	{ "Notice", "sent_at", "time", OR_NULL, "as its header has it" },
	{ "Notice", "words", "string", OR_NULL, "the words by which the kind was told" },
	{ "Notice", "waba", "string", OR_NULL, "as it is written there" },
	{ "Notice", "number", "string", OR_NULL, "as it is written there" },
	{ "Notice", "phone", "string", OR_NULL,
	    "the business's own number, as it is written there" },
	{ "Notice", "business", "string", OR_NULL, "its name" },
	{ "Notice", "template", "string", OR_NULL, "name of a template" },
	{ "Notice", "reference", "string", OR_NULL, "of the case" },
	{ "Notice", "violation", "string", OR_NULL, "as it is called there" },
	{ "Notice", "restrictions", "[]string", ALWAYS, "Meta's words for what is restricted" },
	{ "Notice", "days", "integer", OR_NULL, "how long" },
	{ "Notice", "until", "time", OR_NULL, "of a restriction" },
	{ "Notice", "happens_at", "time", OR_NULL, "when the account is to be disabled" },
	{ "Notice", "limit", "integer", OR_NULL, "people a day" },
	{ "Notice", "about", "NoticeAbout", ALWAYS, "what it was found to be about" },
	{ "Notice", "incident", "string", OR_NULL, "inc_…, that it opened or was told to" },
	{ "Notice", "changes", "[]NoticeChange", ALWAYS, "what it made stricter, or would" },

	{ "Notices", "items", "[]Notice", ALWAYS, "in the order of the files" },
	{ "Notices", "dry_run", "boolean", ALWAYS, "nothing was changed" },
};
const size_t notice_members_len = ARRAY_LEN(notice_members);
