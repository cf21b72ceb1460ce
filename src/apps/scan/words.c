/* The words of the scan's enumerations, both ways. */
#include "apps/scan/finding.h"
#include "apps/scan/parser.h"
#include "base/check.h"

static const char *const verdicts[] = { "clean", "note", "official", "review", "unofficial" };

static const char *const places[] = {
#define X(name, word) word,
	SCAN_PLACES(X)
#undef X
};

static const char *const ecosystems[] = {
#define X(name, word) word,
	SCAN_ECOSYSTEMS(X)
#undef X
};

static bool find_word(const char *const *words, size_t n, struct str name, size_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_eq_c(name, words[i]))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

const char *scan_verdict_name(enum scan_verdict v)
{
	return (size_t)v < ARRAY_LEN(verdicts) ? verdicts[v] : "?";
}

bool scan_verdict_parse(struct str name, enum scan_verdict *ret)
{
	size_t i;

	if (!find_word(verdicts, ARRAY_LEN(verdicts), name, &i))
		return false;
	*ret = (enum scan_verdict)i;
	return true;
}

const char *scan_place_name(enum scan_place p)
{
	return (size_t)p < ARRAY_LEN(places) ? places[p] : "?";
}

const char *scan_ecosystem_name(enum scan_ecosystem e)
{
	return (size_t)e < ARRAY_LEN(ecosystems) ? ecosystems[e] : "?";
}

bool scan_ecosystem_parse(struct str name, enum scan_ecosystem *ret)
{
	size_t i;

	if (!find_word(ecosystems, ARRAY_LEN(ecosystems), name, &i))
		return false;
	*ret = (enum scan_ecosystem)i;
	return true;
}
