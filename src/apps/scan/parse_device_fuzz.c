/* Phones, processes, session files: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_android_packages, "a.txt" },
	{ parse_android_manifest, "AndroidManifest.xml" },
	{ parse_android_service, "xml/s.xml" },
	{ parse_process_list, "a.txt" },
	{ parse_session, "creds.json" },
	{ parse_session, "tokens/a.data.json" },
};

PARSE_FUZZ(rows)
