/* Manifests of npm and Deno: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_npm_manifest, "package.json" },
	{ parse_deno, "deno.json" },
};

PARSE_FUZZ(rows)
