/* Commands that install or run something: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_shell, "a.sh" },
	{ parse_shell, "a.ps1" },
	{ parse_unit, "a.service" },
	{ parse_unit, "a.container" },
	{ parse_notebook, "a.ipynb" },
};

PARSE_FUZZ(rows)
