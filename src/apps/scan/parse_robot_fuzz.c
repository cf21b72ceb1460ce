/* What software robots are told to drive: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_uipath, "a.xaml" },
	{ parse_uipath_project, "project.json" },
	{ parse_blue_prism, "a.bprelease" },
	{ parse_robot, "a.robot" },
	{ parse_tagui, "a.tag" },
	{ parse_desktop_flow, "a.robin" },
	{ parse_desktop_flow, "a.txt" },
};

PARSE_FUZZ(rows)
