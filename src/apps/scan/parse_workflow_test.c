/* Exports of workflow tools, assistants and macro recorders. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_workflow_json_cases[] = {
	{ "n8n", "a.json",
	    "{ \"nodes\": [ { \"type\": \"pkg.one\", \"typeVersion\": 1, \"parameters\": { "
	    "\"url\": \"https://api.example.org/x\" }, \"credentials\": { \"someApi\": {} }"
	    " } ] }\n",
	    "node used n8n pkg.one :1\n"
	    "node used n8n someApi :1\n"
	    "url used n8n https://api.example.org/x :1\n" },
	{ "n8n, switched off", "a.json",
	    "{ \"nodes\": [ { \"type\": \"pkg.one\", \"typeVersion\": 1, \"disabled\": true"
	    " } ] }\n",
	    "node disabled n8n pkg.one :1\n" },
	{ "n8n, notes", "a.json",
	    "{ \"nodes\": [ { \"type\": \"n8n-nodes-base.stickyNote\", \"typeVersion\": 1, "
	    "\"parameters\": { \"content\": \"pkg.two\" } } ] }\n",
	    "" },
	{ "n8n, Twilio's channels", "a.json",
	    "{ \"nodes\": [ { \"type\": \"n8n-nodes-base.twilio\", \"parameters\": { \"toWh"
	    "atsapp\": true } }, { \"type\": \"n8n-nodes-base.twilio\", \"parameters\": {} "
	    "} ] }\n",
	    "node used n8n n8n-nodes-base.twilio :1 official\n"
	    "node used n8n n8n-nodes-base.twilio :1 silent\n" },
	{ "n8n, providers", "a.json",
	    "{ \"nodes\": [ { \"type\": \"pkg.multi\", \"parameters\": { \"provider\": \"Ev"
	    "olution\" } }, { \"type\": \"pkg.multi\", \"parameters\": { \"provider\": \"cl"
	    "oudApi\" } } ] }\n",
	    "node used n8n pkg.multi :1 unofficial\n"
	    "node used n8n pkg.multi :1 official\n" },
	{ "n8n, a list of workflows", "a.json",
	    "[ { \"nodes\": [ { \"type\": \"a.b\", \"typeVersion\": 1 } ] }, { \"data\": { "
	    "\"nodes\": [ { \"type\": \"c.d\", \"typeVersion\": 1 } ] } } ]\n",
	    "node used n8n a.b :1\n"
	    "node used n8n c.d :1\n" },
	{ "Node-RED", "flows.json",
	    "[ { \"id\": \"1\", \"type\": \"tab\" }, { \"id\": \"2\", \"type\": \"one send"
	    "\", \"z\": \"1\", \"wires\": [] }, { \"id\": \"3\", \"type\": \"http request\""
	    ", \"z\": \"1\", \"url\": \"https://api.example.org\", \"d\": true }, { \"id\":"
	    " \"4\", \"type\": \"function\", \"z\": \"1\", \"libs\": [ { \"module\": \"two@"
	    "1\" } ] } ]\n",
	    "node used npm one send :1\n"
	    "node disabled npm http request :1\n"
	    "url disabled npm https://api.example.org :1\n"
	    "node used npm function :1\n"
	    "package used npm two :1\n" },
	{ "Make", "a.json",
	    "{ \"flow\": [ { \"id\": 1, \"module\": \"one:send\", \"mapper\": {} }, { \"id"
	    "\": 2, \"module\": \"http:ActionSendData\", \"version\": 3, \"mapper\": { \"ur"
	    "l\": \"https://api.example.org\" } } ] }\n",
	    "node used make one:send :1\n"
	    "node used make http:ActionSendData :1\n"
	    "url used make https://api.example.org :1\n" },
	{ "Zapier", "a.json",
	    "{ \"nodes\": { \"1\": { \"selected_api\": \"OneCLIAPI@1.0\", \"params\": { \"u"
	    "rl\": \"https://api.example.org\" } }, \"2\": { \"selected_api\": \"Two@1\", "
	    "\"paused\": true } } }\n",
	    "node used zapier OneCLIAPI@1.0 :1\n"
	    "url used zapier https://api.example.org :1\n"
	    "node disabled zapier Two@1 :1\n" },
	{ "Power Automate", "a.json",
	    "{ \"actions\": { \"a\": { \"type\": \"OpenApiConnection\", \"inputs\": { \"hos"
	    "t\": { \"apiId\": \"/providers/x/apis/shared_one\" } } }, \"b\": { \"type\": "
	    "\"Http\", \"inputs\": { \"uri\": \"https://api.example.org\" } } } }\n",
	    "node used power-automate shared_one :1\n"
	    "url used power-automate https://api.example.org :1\n" },
	{ "servers of assistants", "mcp.json",
	    "{ \"mcpServers\": { \"a\": { \"command\": \"npx\", \"args\": [\"-y\", \"one@1"
	    "\"] }, \"b\": { \"url\": \"https://mcp.example.org/two\" }, \"c\": { \"command"
	    "\": \"three\", \"disabled\": true } } }\n",
	    "server used mcp npx -y one@1 :1\n"
	    "package used npm one 1 :1\n"
	    "server used mcp https://mcp.example.org/two :1\n"
	    "server disabled mcp three :1\n" },
	{ "an agent gateway", "openclaw.json",
	    "{ \"channels\": { \"whatsapp\": { \"allowFrom\": [\"x\"] } } }\n",
	    "row used code svc.openclaw :1\n" },
	{ "an agent gateway, switched off", "openclaw.json",
	    "{ \"channels\": { \"whatsapp\": { \"enabled\": false } } }\n", "0\n" },
	{ "channels of something else", "channels.json",
	    "{ \"channels\": { \"whatsapp\": { \"enabled\": true } } }\n", "0\n" },
	{ "recorded macros", "m.json",
	    "{ \"Commands\": [ { \"Command\": \"open\", \"Target\": \"https://one.example\""
	    " }, { \"Command\": \"click\", \"Target\": \"x\" } ] }\n",
	    "drives used ui-vision https://one.example :1\n" },
	{ "Selenium IDE", "a.side",
	    "{ \"url\": \"https://one.example\", \"tests\": [ { \"commands\": [ { \"command"
	    "\": \"open\", \"target\": \"/\" } ] } ], \"suites\": [] }\n",
	    "drives used ui-vision https://one.example :1\n"
	    "drives used ui-vision / :1\n" },
	{ "a recording of Chrome", "r.json",
	    "{ \"title\": \"x\", \"steps\": [ { \"type\": \"navigate\", \"url\": \"https://"
	    "one.example\" } ] }\n",
	    "drives used ui-vision https://one.example :1\n" },
	{ "settings", "x.json",
	    "{ \"type\": \"a.b\", \"module\": \"one\", \"url\": \"https://one.example\", \""
	    "command\": \"run\" }\n",
	    "0\n" },
	{ "cut off", "a.json",
	    "{ \"nodes\": [ { \"type\": \"a.b\", \"typeVersion\": 1 }, { \"type\": \"c",
	    "node used n8n a.b :1\n"
	    "E_INVALID\n" },
};

static void test_parse_workflow_json(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_workflow_json, parse_workflow_json_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_workflow_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
