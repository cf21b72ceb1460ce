/* What software robots are told to drive. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_uipath_cases[] = {
	{ "a target and a selector", "a.xaml",
	    "<Activity>\n"
	    "<uix:TargetApp BrowserURL=\"https://one.example\" Selector=\"&lt;html app='x.e"
	    "xe' title='One &amp;amp; more' /&gt;\" />\n"
	    "<ui:LogMessage Message=\"title='no'\" />\n"
	    "</Activity>\n",
	    "drives used uipath https://one.example :2\n"
	    "drives used uipath One &amp; more :2\n"
	    "drives used uipath x.exe :2\n" },
	{ "a connector", "a.xaml", "<is:ConnectorActivity ConnectorKey=\"uipath-some-app\" />\n",
	    "node used uipath uipath-some-app :1\n" },
};

static void test_parse_uipath(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_uipath, parse_uipath_cases);
}

static const struct parse_case parse_uipath_project_cases[] = {
	{ "dependencies", "project.json",
	    "{ \"studioVersion\": \"24\", \"dependencies\": { \"One.Activities\": \"[1.0]\""
	    " }, \"connections\": [ { \"connector\": \"uipath-some-app\" } ] }\n",
	    "node declared uipath One.Activities [1.0] :1\n"
	    "node declared uipath uipath-some-app :1\n" },
	{ "another project", "project.json", "{ \"dependencies\": { \"One\": \"1\" } }\n", "0\n" },
};

static void test_parse_uipath_project(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_uipath_project, parse_uipath_project_cases);
}

static const struct parse_case parse_robot_cases[] = {
	{ "keywords", "a.robot",
	    "*** Variables ***\n"
	    "${URL}    https://two.example\n"
	    "${NAME}    x\n"
	    "*** Test Cases ***\n"
	    "One\n"
	    "    Open Browser    https://one.example    chrome\n"
	    "    Browser.New Page\turl=https://three.example\n"
	    "    Log    https://four.example\n"
	    "    # Go To    https://five.example\n",
	    "drives used robotframework https://two.example :2\n"
	    "drives used robotframework https://one.example :6\n"
	    "drives used robotframework https://three.example :7\n" },
	{ "nothing is opened", "a.robot",
	    "*** Variables ***\n"
	    "${URL}    https://one.example\n",
	    "" },
};

static void test_parse_robot(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_robot, parse_robot_cases);
}

static const struct parse_case parse_blue_prism_cases[] = {
	{ "inputs and values", "a.bprelease",
	    "<process><input expr=\"&quot;https://web.whatsapp.com&quot;\"/>\n"
	    "<initialvalue>https://web.whatsapp.com/</initialvalue>\n"
	    "<input expr=\"&quot;https://one.example&quot;\"/></process>\n",
	    "row used code code.driver-near-web :1\n"
	    "row used code code.driver-near-web :2\n" },
	{ "cut short", "a.bprelease", "<process><input expr=\"https://web.whatsapp", "" },
};

static void test_parse_blue_prism(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_blue_prism, parse_blue_prism_cases);
}

static const struct parse_case parse_tagui_cases[] = {
	{ "addresses", "a.tag",
	    "// https://zero.example\n"
	    "https://one.example/x\n"
	    "  http://two.example\n"
	    "click https://three.example\n",
	    "drives used tagui https://one.example/x :2\n"
	    "drives used tagui http://two.example :3\n" },
};

static void test_parse_tagui(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_tagui, parse_tagui_cases);
}

static const struct parse_case parse_desktop_flow_cases[] = {
	{ "actions", "a.robin",
	    "SET X TO $'''https://zero.example'''\n"
	    "WebAutomation.LaunchChrome.LaunchChrome Url: $'''https://one.example''' X: Y\n"
	    "System.RunApplication.RunApplication Path: $'''two.exe'''\n",
	    "drives used power-automate https://one.example :2\n"
	    "drives used power-automate two.exe :3\n" },
	{ "prose", "a.txt", "WebAutomation is a word.\n", "0\n" },
};

static void test_parse_desktop_flow(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_desktop_flow, parse_desktop_flow_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_uipath),
		cmocka_unit_test(test_parse_uipath_project),
		cmocka_unit_test(test_parse_robot),
		cmocka_unit_test(test_parse_blue_prism),
		cmocka_unit_test(test_parse_tagui),
		cmocka_unit_test(test_parse_desktop_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
