#include "domain/purpose.h"

#include "base/check.h"

/* By value; "" where an enum has no word. */
static const char *const purpose_names[] = {
	[PURPOSE_NONE] = "",
	[PURPOSE_MARKETING] = "marketing",
	[PURPOSE_UTILITY] = "utility",
	[PURPOSE_AUTHENTICATION] = "authentication",
	[PURPOSE_SERVICE] = "service",
	[PURPOSE_ALL] = "all",
};

static const char *const evidence_names[] = {
	[EVIDENCE_NONE] = "none",
	[EVIDENCE_IMPORTED] = "imported",
	[EVIDENCE_FORM] = "form",
	[EVIDENCE_INBOUND] = "inbound_message",
	[EVIDENCE_DOUBLE_OPT_IN] = "double_opt_in",
	[EVIDENCE_SIGNED] = "signed",
};

static const char *const level_names[] = {
	[LEVEL_OFF] = "off",
	[LEVEL_WARN] = "warn",
	[LEVEL_HOLD] = "hold",
	[LEVEL_REFUSE] = "refuse",
};

/* The index of a word, or -E_INVALID. The empty text is no word. */
static int word_find(const char *const *names, size_t len, struct str text)
{
	for (size_t i = 0; i < len; i++) {
		if (text.len > 0 && str_eq_nocase(text, str_c(names[i])))
			return (int)i;
	}
	return -E_INVALID;
}

static const char *word_name(const char *const *names, size_t len, unsigned value)
{
	return value < len ? names[value] : "";
}

const char *purpose_name(enum purpose p)
{
	return word_name(purpose_names, ARRAY_LEN(purpose_names), (unsigned)p);
}

int purpose_parse(struct str text, enum purpose *ret)
{
	int found = word_find(purpose_names, ARRAY_LEN(purpose_names), text);

	if (found < 0)
		return found;
	*ret = (enum purpose)found;
	return 0;
}

const char *evidence_name(enum evidence e)
{
	return word_name(evidence_names, ARRAY_LEN(evidence_names), (unsigned)e);
}

int evidence_parse(struct str text, enum evidence *ret)
{
	int found = word_find(evidence_names, ARRAY_LEN(evidence_names), text);

	if (found < 0)
		return found;
	*ret = (enum evidence)found;
	return 0;
}

const char *level_name(enum level l)
{
	return word_name(level_names, ARRAY_LEN(level_names), (unsigned)l);
}

int level_parse(struct str text, enum level *ret)
{
	int found = word_find(level_names, ARRAY_LEN(level_names), text);

	if (found < 0)
		return found;
	*ret = (enum level)found;
	return 0;
}
