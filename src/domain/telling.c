#include "domain/telling.h"

#include <string.h>

#include "base/check.h"

struct word {
	const char *word, *told;
};

static const struct word purposes[] = {
	{ "marketing", N_("marketing") },
	{ "utility", N_("service notices (utility)") },
	{ "authentication", N_("one-time codes (authentication)") },
	{ "service", N_("replies (service)") },
	{ "all", N_("everything") },
};

static const struct word evidences[] = {
	{ "none", N_("nothing beside the record itself") },
	{ "imported", N_("taken over from a list") },
	{ "form", N_("a form that was filled in") },
	{ "inbound_message", N_("a message that the person wrote") },
	{ "double_opt_in", N_("confirmed by the person on WhatsApp (double opt-in)") },
	{ "signed", N_("signed by the person") },
};

static const struct word states[] = {
	{ "held", N_("held, not sent yet") },
	{ "ready", N_("about to be sent") },
	{ "sending", N_("being sent") },
	{ "unknown", N_("sent, outcome not known") },
	{ "refused", N_("refused by policy, not sent") },
	{ "accepted", N_("accepted by Meta") },
	{ "sent", N_("sent") },
	{ "delivered", N_("delivered") },
	{ "read", N_("read") },
	{ "failed", N_("failed") },
	{ "unresolved", N_("sent, outcome never learned") },
	{ "cancelled", N_("cancelled, not sent") },
	{ "expired", N_("expired, not sent") },
};

static const struct word kinds[] = {
	{ "free_form", N_("free text") },
	{ "template", N_("template") },
	{ "direct", N_("direct send") },
	{ "reaction", N_("reaction") },
	{ "read", N_("read receipt") },
	{ "typing", N_("typing indicator") },
};

static const struct word verdicts[] = {
	{ "allow", N_("allowed") },
	{ "hold", N_("held") },
	{ "refuse", N_("refused") },
};

static const struct word acts[] = {
	{ "grant", N_("Consent given") },
	{ "withdraw", N_("Consent withdrawn") },
};

static const struct word marks[] = {
	{ "hard_failure", N_("could not be reached") },
	{ "cooldown", N_("was to be left alone for a while") },
};

#define LIST(words) { words, ARRAY_LEN(words) }

static const struct {
	const struct word *words;
	size_t len;
} lists[] = {
	[TELLING_PURPOSES] = LIST(purposes),
	[TELLING_EVIDENCES] = LIST(evidences),
	[TELLING_STATES] = LIST(states),
	[TELLING_KINDS] = LIST(kinds),
	[TELLING_VERDICTS] = LIST(verdicts),
	[TELLING_ACTS] = LIST(acts),
	[TELLING_MARKS] = LIST(marks),
};

const char *telling_word(enum lang lang, enum telling words, const char *word)
{
	for (size_t i = 0; i < lists[words].len; i++) {
		if (strcmp(lists[words].words[i].word, word) == 0)
			return lang_text(lang, lists[words].words[i].told);
	}
	return word;
}
