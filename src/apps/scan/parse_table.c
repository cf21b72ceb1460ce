/* Which parser reads which file: see apps/scan/parser.h. */
#include "apps/scan/parser.h"

const struct parser scan_parsers[] = {
	{ NULL, NULL, PARSE_ON_HIT, 0, NULL },
};
