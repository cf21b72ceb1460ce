/* Lock files of npm, bun, yarn and pnpm. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_npm_lock_cases[] = {
	{ "version 3", "package-lock.json",
	    "{\n"
	    "\"lockfileVersion\": 3,\n"
	    "\"packages\": {\n"
	    "\"\": { \"dependencies\": { \"asked-for\": \"1\" } },\n"
	    "\"node_modules/one\": { \"version\": \"1.0.0\" },\n"
	    "\"node_modules/one/node_modules/@s/two\": { \"version\": \"2.0.0\", \"dev\": t"
	    "rue },\n"
	    "\"packages/own\": { \"version\": \"9\" }\n"
	    "}\n"
	    "}\n",
	    "package resolved npm one 1.0.0 :5\n"
	    "package resolved npm @s/two 2.0.0 :6 dev\n" },
	{ "the real name of an alias", "package-lock.json",
	    "{ \"packages\": { \"node_modules/friendly\": { \"name\": \"fork\", \"version\""
	    ": \"1\" } } }\n",
	    "package resolved npm friendly 1 :1\n"
	    "package resolved npm fork 1 :1\n" },
	{ "the resolved tarball tells", "package-lock.json",
	    "{ \"packages\": { \"node_modules/friendly\": { \"version\": \"1\", \"resolved"
	    "\": \"https://registry.example/@s/fork/-/fork-1.tgz\" } } }\n",
	    "package resolved npm friendly 1 :1\n"
	    "package resolved npm @s/fork :1\n" },
	{ "a repository", "package-lock.json",
	    "{ \"packages\": { \"node_modules/friendly\": { \"resolved\": \"git+ssh://git@g"
	    "ithub.com/owner/fork.git#0a1b\" } } }\n",
	    "package resolved npm friendly :1\n"
	    "url resolved npm github:owner/fork :1\n" },
	{ "version 1, nested", "package-lock.json",
	    "{\n"
	    "\"dependencies\": {\n"
	    "\"one\": { \"version\": \"1\", \"requires\": { \"x\": \"1\" },\n"
	    "\"dependencies\": {\n"
	    "\"two\": { \"version\": \"npm:fork@2\" }\n"
	    "} },\n"
	    "\"three\": { \"version\": \"github:owner/fork#1\" }\n"
	    "}\n"
	    "}\n",
	    "package resolved npm one 1 :3\n"
	    "package resolved npm two npm:fork@2 :5\n"
	    "package resolved npm fork 2 :5\n"
	    "package resolved npm three github:owner/fork#1 :7\n"
	    "url resolved npm github:owner/fork :7\n" },
	{ "cut off", "package-lock.json",
	    "{ \"packages\": { \"node_modules/one\": { \"version\": \"1\" }, \"node_modules"
	    "/two",
	    "package resolved npm one 1 :1\n"
	    "E_INVALID\n" },
	{ "a list", "package-lock.json", "[]\n", "0\n" },
};

static void test_parse_npm_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_npm_lock, parse_npm_lock_cases);
}

static const struct parse_case parse_bun_lock_cases[] = {
	{ "commas at the end", "bun.lock",
	    "{\n"
	    "\"packages\": {\n"
	    "\"one\": [\"one@1.0.0\", \"\", {}, \"sha\"],\n"
	    "\"friendly\": [\"@s/fork@2.0.0\", {}],\n"
	    "},\n"
	    "}\n",
	    "package resolved npm one 1.0.0 :3\n"
	    "package resolved npm @s/fork 2.0.0 :4\n" },
	{ "a repository", "bun.lock",
	    "{ \"packages\": { \"friendly\": [\"fork@github:owner/fork#1\", {}] } }\n",
	    "package resolved npm fork github:owner/fork#1 :1\n"
	    "url resolved npm github:owner/fork :1\n" },
};

static void test_parse_bun_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_bun_lock, parse_bun_lock_cases);
}

static const struct parse_case parse_yarn_lock_cases[] = {
	{ "version 1", "yarn.lock",
	    "# yarn lockfile v1\n"
	    "\n"
	    "\"@s/one@^1.0.0\", \"@s/one@^1.1.0\":\n"
	    "  version \"1.1.0\"\n"
	    "  resolved \"https://registry.example/@s/one/-/one-1.1.0.tgz#aa\"\n"
	    "  dependencies:\n"
	    "    two \"2\"\n"
	    "\n"
	    "two@2:\n"
	    "  version \"2.0.0\"\n",
	    "package resolved npm @s/one ^1.0.0 :3\n"
	    "package resolved npm two 2 :9\n" },
	{ "version 1, an alias", "yarn.lock",
	    "\"friendly@npm:fork@1\":\n"
	    "  version \"1.0.0\"\n"
	    "  resolved \"https://registry.example/fork/-/fork-1.0.0.tgz\"\n",
	    "package resolved npm fork 1 :1\n" },
	{ "version 1, a repository", "yarn.lock",
	    "\"friendly@github:owner/fork\":\n"
	    "  version \"1.0.0\"\n"
	    "  resolved \"https://codeload.github.com/owner/fork/tar.gz/aa\"\n",
	    "package resolved npm friendly github:owner/fork :1\n"
	    "url resolved npm github:owner/fork :1\n"
	    "url resolved npm github:owner/fork :3\n" },
	{ "berry", "yarn.lock",
	    "__metadata:\n"
	    "  version: 8\n"
	    "\n"
	    "\"one@npm:^1.0.0, one@npm:^1.1.0\":\n"
	    "  version: 1.1.0\n"
	    "  resolution: \"one@npm:1.1.0\"\n"
	    "  linkType: hard\n",
	    "package resolved npm one npm:^1.0.0 :4\n" },
	{ "berry, an alias", "yarn.lock",
	    "\"friendly@npm:@s/fork@^1.0.0\":\n"
	    "  version: 1.0.0\n"
	    "  resolution: \"@s/fork@npm:1.0.0\"\n",
	    "package resolved npm @s/fork ^1.0.0 :1\n" },
	{ "berry, a long key", "yarn.lock",
	    "? \"one@npm:1, one@npm:2\"\n"
	    ":\n"
	    "  version: 2.0.0\n",
	    "package resolved npm one npm:1 :1\n" },
};

static void test_parse_yarn_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_yarn_lock, parse_yarn_lock_cases);
}

static const struct parse_case parse_pnpm_lock_cases[] = {
	{ "version 9", "pnpm-lock.yaml",
	    "lockfileVersion: '9.0'\n"
	    "importers:\n"
	    "  .:\n"
	    "    dependencies:\n"
	    "      friendly:\n"
	    "        specifier: npm:@s/fork@1\n"
	    "        version: '@s/fork@1.0.0'\n"
	    "    devDependencies:\n"
	    "      one:\n"
	    "        specifier: ^1.0.0\n"
	    "        version: 1.0.0(two@2)\n"
	    "packages:\n"
	    "  '@s/fork@1.0.0':\n"
	    "    resolution: {integrity: sha512-AA==}\n"
	    "  one@1.0.0:\n"
	    "    resolution: {integrity: sha512-BB==}\n",
	    "package resolved npm @s/fork 1 :6\n"
	    "package replaced npm friendly npm:@s/fork@1 = npm:@s/fork@1 :5\n"
	    "package resolved npm one ^1.0.0 :9 dev\n"
	    "package resolved npm @s/fork 1.0.0 :13\n"
	    "package resolved npm one 1.0.0 :15\n" },
	{ "version 6", "pnpm-lock.yaml",
	    "dependencies:\n"
	    "  one:\n"
	    "    specifier: ^1\n"
	    "    version: 1.0.0\n"
	    "packages:\n"
	    "  /one@1.0.0(two@2):\n"
	    "    dev: false\n"
	    "  /@s/three@3:\n"
	    "    dev: true\n",
	    "package resolved npm one ^1 :2\n"
	    "package resolved npm one 1.0.0 :6\n"
	    "package resolved npm @s/three 3 :8\n" },
	{ "version 5", "pnpm-lock.yaml",
	    "dependencies:\n"
	    "  one: 1.0.0\n"
	    "packages:\n"
	    "  /one/1.0.0:\n"
	    "    dev: false\n"
	    "  /@s/two/2.0.0_one@1:\n"
	    "    dev: false\n",
	    "package resolved npm one 1.0.0 :2\n"
	    "package resolved npm one 1.0.0 :4\n"
	    "package resolved npm @s/two 2.0.0_one@1 :6\n" },
	{ "a repository", "pnpm-lock.yaml",
	    "packages:\n"
	    "  github.com/owner/fork/aabb:\n"
	    "    name: fork\n"
	    "    resolution: {tarball: 'https://codeload.github.com/owner/fork/tar.gz/aabb'"
	    "}\n",
	    "package resolved npm github.com/owner/fork/aabb :2\n"
	    "package resolved npm fork :3\n"
	    "url resolved npm github:owner/fork :4\n" },
	{ "a catalog", "pnpm-workspace.yaml",
	    "packages:\n"
	    "  - a/*\n"
	    "catalog:\n"
	    "  friendly: npm:fork@1\n",
	    "package resolved npm fork 1 :4\n"
	    "package replaced npm friendly npm:fork@1 = npm:fork@1 :4\n" },
};

static void test_parse_pnpm_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_pnpm_lock, parse_pnpm_lock_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_npm_lock),
		cmocka_unit_test(test_parse_bun_lock),
		cmocka_unit_test(test_parse_yarn_lock),
		cmocka_unit_test(test_parse_pnpm_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
