#include "domain/rule_id.h"

#include "base/check.h"
#include "base/text.h"

struct rule_id {
	int number;
	const char *id;
};

static const struct rule_id rule_ids[] = {
#define X(index, number, id) [index] = { number, id },
	RULE_IDS(X)
#undef X
};

const char *rule_index_id(enum rule_index index)
{
	ASSERT(index < RULES_COUNT);
	return rule_ids[index].id;
}

int rule_index_number(enum rule_index index)
{
	ASSERT(index < RULES_COUNT);
	return rule_ids[index].number;
}

bool rule_index_by_id(struct str id, enum rule_index *ret)
{
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		if (str_eq_c(id, rule_ids[i].id)) {
			*ret = (enum rule_index)i;
			return true;
		}
	}
	return false;
}

bool rule_index_by_number(int number, enum rule_index *ret)
{
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		if (rule_ids[i].number == number) {
			*ret = (enum rule_index)i;
			return true;
		}
	}
	return false;
}

struct str rule_index_nearest(struct str id)
{
	/* Half of the word wrong is another word, not a slip. */
	unsigned best = id.len > 1 ? (unsigned)(id.len / 2) : 0;
	struct str found = STR("");

	for (unsigned i = 0; i < RULES_COUNT; i++) {
		struct str known = str_c(rule_ids[i].id);
		unsigned distance = text_distance(id, known);

		if (distance < best) {
			best = distance;
			found = known;
		}
	}
	return found;
}
