/* Extensions in profiles, policies and sources. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_chromium_preferences_cases[] = {
	{ "installed and switched off", "Preferences",
	    "{ \"extensions\": { \"settings\": { \"abcdefabcdefabcdefabcdefabcdefab\": { \""
	    "state\": 1 }, \"abcdefghijklmnopabcdefghijklmnop\": { \"state\": 0 }, \"short"
	    "\": {} } } }\n",
	    "extension installed chrome-extension abcdefabcdefabcdefabcdefabcdefab :1\n"
	    "extension disabled chrome-extension abcdefghijklmnopabcdefghijklmnop :1\n" },
	{ "no extensions", "Preferences", "{ \"browser\": {} }\n", "0\n" },
};

static void test_parse_chromium_preferences(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_chromium_preferences, parse_chromium_preferences_cases);
}

static const struct parse_case parse_firefox_extensions_cases[] = {
	{ "add-ons", "extensions.json",
	    "{ \"addons\": [ { \"id\": \"a@example.org\", \"version\": \"1\", \"active\": t"
	    "rue }, { \"id\": \"{0-1}\", \"active\": false } ] }\n",
	    "extension installed firefox-extension a@example.org 1 :1\n"
	    "extension disabled firefox-extension {0-1} :1\n" },
	{ "recommendations of an editor", "extensions.json", "{ \"recommendations\": [\"a.b\"] }\n",
	    "0\n" },
};

static void test_parse_firefox_extensions(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_firefox_extensions, parse_firefox_extensions_cases);
}

static const struct parse_case parse_extension_manifest_cases[] = {
	{ "in a profile", "Extensions/abcdefghijklmnopabcdefghijklmnop/1.0_0/manifest.json",
	    "{ \"manifest_version\": 3, \"version\": \"1.0\" }\n",
	    "extension installed chrome-extension abcdefghijklmnopabcdefghijklmnop 1.0 :1\n" },
	{ "works inside the page", "manifest.json",
	    "{ \"manifest_version\": 3, \"content_scripts\": [ { \"matches\": [\"https://we"
	    "b.whatsapp.com/*\"] } ] }\n",
	    "row used chrome-extension ext.manifest-wa-web :1\n" },
	{ "may read the page", "manifest.json",
	    "{ \"manifest_version\": 2, \"permissions\": [\"tabs\", \"*://web.whatsapp.com/"
	    "*\"] }\n",
	    "row used chrome-extension ext.manifest-wa-web :1\n" },
	{ "another page", "manifest.json",
	    "{ \"manifest_version\": 3, \"host_permissions\": [\"https://one.example/*\"] }"
	    "\n",
	    "" },
	{ "of a web app", "manifest.json", "{ \"name\": \"Shop\", \"start_url\": \"/\" }\n",
	    "0\n" },
};

static void test_parse_extension_manifest(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_extension_manifest, parse_extension_manifest_cases);
}

static const struct parse_case parse_browser_policy_cases[] = {
	{ "registry", "a.reg",
	    "Windows Registry Editor Version 5.00\r\n"
	    "\r\n"
	    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Google\\Chrome\\ExtensionInstallForce"
	    "list]\r\n"
	    "\"1\"=\"abcdefghijklmnopabcdefghijklmnop;https://update.example\"\r\n"
	    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Google\\Chrome\\ExtensionInstallBlock"
	    "list]\r\n"
	    "\"1\"=\"abcdefabcdefabcdefabcdefabcdefab\"\r\n",
	    "extension installed chrome-extension abcdefghijklmnopabcdefghijklmnop :4\n" },
	{ "JSON", "a.json",
	    "{ \"ExtensionInstallForcelist\": [\"abcdefghijklmnopabcdefghijklmnop\"], \"Ext"
	    "ensionInstallBlocklist\": [\"x\"], \"ExtensionSettings\": { \"bcdefghijklmnopa"
	    "bcdefghijklmnopa\": { \"installation_mode\": \"force_installed\" }, \"bbcdefgh"
	    "ijklmnopabcdefghijklmnop\": { \"installation_mode\": \"blocked\" } } }\n",
	    "extension installed chrome-extension abcdefghijklmnopabcdefghijklmnop :1\n"
	    "extension installed chrome-extension bcdefghijklmnopabcdefghijklmnopa :1\n" },
	{ "property list", "a.plist",
	    "<plist><dict><key>ExtensionInstallForcelist</key><array><string>abcdefghijklmn"
	    "opabcdefghijklmnop;https://update.example</string></array><key>Other</key><arr"
	    "ay><string>bbcdefghijklmnopabcdefghijklmnop</string></array></dict></plist>\n",
	    "extension installed chrome-extension abcdefghijklmnopabcdefghijklmnop :1\n" },
	{ "other settings", "a.reg",
	    "[HKEY_CURRENT_USER\\X]\n"
	    "\"1\"=\"abcdefghijklmnopabcdefghijklmnop\"\n",
	    "0\n" },
};

static void test_parse_browser_policy(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_browser_policy, parse_browser_policy_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_chromium_preferences),
		cmocka_unit_test(test_parse_firefox_extensions),
		cmocka_unit_test(test_parse_extension_manifest),
		cmocka_unit_test(test_parse_browser_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
