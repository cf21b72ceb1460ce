/* Import lines: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_imports, "a.js" },
	{ parse_imports, "a.ts" },
	{ parse_imports, "a.py" },
	{ parse_imports, "a.go" },
	{ parse_imports, "a.java" },
	{ parse_imports, "a.cs" },
	{ parse_imports, "src/own/a.py" },
	{ parse_imports, "a.php" },
	{ parse_imports, "a.rb" },
	{ parse_imports, "a.rs" },
	{ parse_imports, "a.html" },
	{ parse_imports, "a.txt" },
};

PARSE_FUZZ(rows)
