/* Phones, processes, session files. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_android_packages_cases[] = {
	{ "names", "a.txt",
	    "package:com.one\n"
	    "package:com.two\n",
	    "android installed android com.one :1\n"
	    "android installed android com.two :2\n" },
	{ "with paths and numbers", "a.txt",
	    "package:/data/app/~~x==/com.one-y==/base.apk=com.one uid:10123\n",
	    "android installed android com.one :1\n" },
	{ "behind a prompt", "a.txt",
	    "$ adb shell pm list packages\r\n"
	    "package:com.one\r\n"
	    "package:com.two\r\n",
	    "android installed android com.one :2\n"
	    "android installed android com.two :3\n" },
	{ "prose", "a.txt",
	    "package:com.one\n"
	    "is one of\n"
	    "many\n",
	    "0\n" },
	{ "a dump", "a.txt",
	    "Packages:\n"
	    "  Package [com.one] (1a2b):\n"
	    "    userId=10001\n"
	    "    versionName=1\n",
	    "android installed android com.one :2\n" },
	{ "no names", "a.txt", "package: one\n", "0\n" },
};

static void test_parse_android_packages(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_android_packages, parse_android_packages_cases);
}

static const struct parse_case parse_android_manifest_cases[] = {
	{ "own and wanted", "AndroidManifest.xml",
	    "<manifest package=\"example.own\">\n"
	    "<queries>\n"
	    "<package android:name=\"com.one\" />\n"
	    "<intent/>\n"
	    "</queries>\n"
	    "<application android:name=\"x\"/>\n"
	    "</manifest>\n",
	    "android declared android example.own :1\n"
	    "android used android com.one :3 silent\n" },
};

static void test_parse_android_manifest(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_android_manifest, parse_android_manifest_cases);
}

static const struct parse_case parse_android_service_cases[] = {
	{ "a service", "xml/s.xml",
	    "<accessibility-service\n"
	    "  android:packageNames=\"com.one, com.two\"/>\n",
	    "drives used android com.one :2\n"
	    "drives used android com.two :2\n" },
	{ "another file", "xml/s.xml", "<paths/>\n", "0\n" },
};

static void test_parse_android_service(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_android_service, parse_android_service_cases);
}

static const struct parse_case parse_process_list_cases[] = {
	{ "ps aux", "a.txt",
	    "USER PID %CPU COMMAND\n"
	    "root 1 0.0 /sbin/init splash\n"
	    "bot 2 1.0 node \"/srv/my bot/x.js\" --y\n"
	    "root 3 0.0 [kthreadd]\n",
	    "process used process init = /sbin/init splash :2\n"
	    "process used process node = node \"/srv/my bot/x.js\" --y :3\n" },
	{ "ps -ef behind a prompt", "a.txt",
	    "$ ps -ef\n"
	    "UID  PID  PPID  C STIME TTY          TIME CMD\n"
	    "root   1     0  0 Nov20 ?        00:00:05 /sbin/init\n",
	    "process used process init = /sbin/init :3\n" },
	{ "wmic", "a.txt",
	    "CommandLine        ProcessId\n"
	    "node C:\\a\\b.js     12\n",
	    "process used process node = node C:\\a\\b.js     12 :2\n" },
	{ "tasklist", "a.txt",
	    "\n"
	    "Image Name                     PID Session Name\n"
	    "========================= ======== ============\n"
	    "One Two.exe                   4120 Console\n"
	    "System 4\n",
	    "process used process One Two.exe = One Two.exe                   4120 Console "
	    ":4\n" },
	{ "containers", "a.txt",
	    "CONTAINER ID   IMAGE              COMMAND\n"
	    "0a1b2c3d4e5f   owner/one:1        \"x\"\n",
	    "image used docker owner/one 1 :2\n" },
	{ "images", "a.txt",
	    "REPOSITORY            TAG   IMAGE ID\n"
	    "owner/one             1     0a1b\n",
	    "image used docker owner/one :2\n" },
	{ "prose", "a.txt", "The PID of a process is a number.\n", "0\n" },
};

static void test_parse_process_list(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_process_list, parse_process_list_cases);
}

static const struct parse_case parse_session_cases[] = {
	{ "keys of a linked device", "creds.json",
	    "{ \"noiseKey\": {}, \"signedIdentityKey\": {}, \"signedPreKey\": {} }\n",
	    "row used file artefact.baileys-auth :1\n" },
	{ "a browser's tokens", "tokens/a.data.json",
	    "{ \"WABrowserId\": \"x\", \"WASecretBundle\": \"x\", \"WAToken1\": \"x\" }\n",
	    "row used file artefact.venom-tokens :1\n" },
	{ "other credentials", "creds.json", "{ \"noiseKey\": \"x\", \"user\": \"y\" }\n", "0\n" },
};

static void test_parse_session(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_session, parse_session_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_android_packages),
		cmocka_unit_test(test_parse_android_manifest),
		cmocka_unit_test(test_parse_android_service),
		cmocka_unit_test(test_parse_process_list),
		cmocka_unit_test(test_parse_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
