/* Exports of workflow tools, assistants and macro recorders: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_workflow_json, "a.json" },
	{ parse_workflow_json, "flows.json" },
	{ parse_workflow_json, "mcp.json" },
	{ parse_workflow_json, "openclaw.json" },
	{ parse_workflow_json, "channels.json" },
	{ parse_workflow_json, "m.json" },
	{ parse_workflow_json, "a.side" },
	{ parse_workflow_json, "r.json" },
	{ parse_workflow_json, "x.json" },
};

PARSE_FUZZ(rows)
