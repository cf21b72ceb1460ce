/* Any bytes as a telephone number: the first byte picks the country, the rest is the text. What is accepted
 * must be E.164, must come back from its own text, and must have a place to belong to or none. */
#include "domain/phone.h"

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const countries[] = { NULL, "IT", "US", "GB", "RU", "BR", "MX", "DE",
		"XX" };
	struct str text = str_n((const char *)data + (size > 0), size > 0 ? size - 1 : 0);
	const char *country = size > 0 ? countries[data[0] % ARRAY_LEN(countries)] : NULL;
	char out[PHONE_TEXT_MAX], masked[PHONE_TEXT_MAX + 8];
	struct str zones[PHONE_ZONES_MAX];
	struct phone p, q;
	struct err err;
	bool prefixed;

	if (bsuid_is_valid(text))
		ASSERT(bsuid_country(text).len == 2);
	if (phone_parse(text, str_c(country), &p, &prefixed, &err) < 0) {
		ASSERT(err.text[0]);
		return 0;
	}
	ASSERT(p.number > 0 && p.number < 1000000000000000);
	phone_format(p, out);
	phone_format_masked(p, masked);
	ASSERT(phone_parse(str_c(out), STR_NONE, &q, NULL, NULL) == 0 && q.number == p.number);
	(void)phone_country_zones(phone_country(p), zones, PHONE_ZONES_MAX);
	(void)phone_nanp_area(p);
	return 0;
}
