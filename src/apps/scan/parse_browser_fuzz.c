/* Extensions in profiles, policies and sources: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_chromium_preferences, "Preferences" },
	{ parse_firefox_extensions, "extensions.json" },
	{ parse_extension_manifest,
	    "Extensions/abcdefghijklmnopabcdefghijklmnop/1.0_0/manifest.json" },
	{ parse_extension_manifest, "manifest.json" },
	{ parse_browser_policy, "a.reg" },
	{ parse_browser_policy, "a.json" },
	{ parse_browser_policy, "a.plist" },
};

PARSE_FUZZ(rows)
