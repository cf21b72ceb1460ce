/* Composer's and Bundler's files: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_composer, "composer.json" },
	{ parse_composer_lock, "composer.lock" },
	{ parse_gemfile, "Gemfile" },
	{ parse_gemfile, "x.gemspec" },
	{ parse_gemfile_lock, "Gemfile.lock" },
};

PARSE_FUZZ(rows)
