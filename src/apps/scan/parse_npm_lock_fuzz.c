/* Lock files of npm, bun, yarn and pnpm: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_npm_lock, "package-lock.json" },
	{ parse_bun_lock, "bun.lock" },
	{ parse_yarn_lock, "yarn.lock" },
	{ parse_pnpm_lock, "pnpm-lock.yaml" },
	{ parse_pnpm_lock, "pnpm-workspace.yaml" },
};

PARSE_FUZZ(rows)
