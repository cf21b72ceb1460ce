#include "domain/journal_values.h"

#include <string.h>

#define DIGEST_LEN 4
#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

static const char any[] = "*"; /* no rule is called that */

/* FNV-1a: the same in each process, which keyed hashes are not; never 0. */
static uint32_t digest(enum journal_value what, struct str value)
{
	uint32_t h = (FNV_BASIS ^ (uint32_t)what) * FNV_PRIME;

	for (size_t i = 0; i < value.len; i++)
		h = (h ^ (unsigned char)value.p[i]) * FNV_PRIME;
	return h ? h : 1;
}

/* --- gathering -------------------------------------------------------------------------------- */

void journal_values_add(struct journal_values *v, enum journal_value what, struct str value)
{
	uint32_t d = digest(what, value);
	size_t i = d % JOURNAL_VALUES_SLOTS;

	if (!value.p || v->len > JOURNAL_VALUES_MAX)
		return;
	while (v->slots[i] && v->slots[i] != d)
		i = (i + 1) % JOURNAL_VALUES_SLOTS;
	v->len += !v->slots[i];
	v->slots[i] = d;
}

void journal_values_add_template(struct journal_values *v, struct str stored)
{
	struct str rest = stored, name = stored.p ? str_cut(&rest, '/') : STR_NONE;

	journal_values_add(v, VALUE_TEMPLATE, stored);
	journal_values_add(v, VALUE_TEMPLATE, name);
}

/* What stands behind "id": and a few strings of evidence that look like it; nobody asks for those. */
void journal_values_add_rules(struct journal_values *v, struct str stored)
{
	static const char key[] = "\"id\":\"";
	size_t i = 0;

	while (stored.p && i + strlen(key) < stored.len) {
		if (memcmp(stored.p + i, key, strlen(key)) != 0) {
			i++;
			continue;
		}
		struct str rest = str_sub(stored, i + strlen(key), stored.len);
		journal_values_add(v, VALUE_RULE, str_cut(&rest, '"'));
		i += strlen(key);
	}
}

void journal_values_add_any_rule(struct journal_values *v)
{
	journal_values_add(v, VALUE_RULE, str_c(any));
}

/* --- noting and asking ------------------------------------------------------------------------ */

void journal_values_write(const struct journal_values *v, struct buf *out)
{
	if (v->len > JOURNAL_VALUES_MAX)
		return;
	for (size_t i = 0; i < JOURNAL_VALUES_SLOTS; i++) {
		for (int shift = 24; v->slots[i] && shift >= 0; shift -= 8)
			buf_add_char(out, (char)(v->slots[i] >> shift));
	}
}

static bool has(struct str noted, uint32_t d)
{
	const char bytes[DIGEST_LEN] = { (char)(d >> 24), (char)(d >> 16), (char)(d >> 8),
		(char)d };

	for (size_t i = 0; i + DIGEST_LEN <= noted.len; i += DIGEST_LEN) {
		if (memcmp(noted.p + i, bytes, DIGEST_LEN) == 0)
			return true;
	}
	return false;
}

bool journal_values_may_bear(struct str noted, enum journal_value what, struct str value)
{
	if (!noted.p || !noted.len || has(noted, digest(what, value)))
		return true;
	return what == VALUE_RULE && has(noted, digest(what, str_c(any)));
}
