/* Manifests of npm and Deno. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_npm_manifest_cases[] = {
	{ "nothing", "package.json", "", "0\n" },
	{ "another shape", "package.json", "[1, 2]\n", "0\n" },
	{ "two dependencies", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"one\": \"^1.0.0\", \"@scope/two\": \"2\" }\n"
	    "}\n",
	    "package declared npm one ^1.0.0 :2\n"
	    "package declared npm @scope/two 2 :2\n" },
	{ "all kinds", "package.json",
	    "{\n"
	    "\"devDependencies\": {\"a\": \"1\"},\n"
	    "\"dependencies\": {\"b\": \"2\"},\n"
	    "\"peerDependencies\": {\"c\": \"3\"},\n"
	    "\"optionalDependencies\": {\"d\": \"4\"},\n"
	    "\"bundledDependencies\": [\"e\"]\n"
	    "}\n",
	    "package declared npm b 2 :3\n"
	    "package declared npm d 4 :5\n"
	    "package declared npm c 3 :4\n"
	    "package declared npm a 1 :2 dev\n"
	    "package declared npm e :6\n" },
	{ "an alias names another package", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"friendly\": \"npm:@scope/fork@^6.0.0\" }\n"
	    "}\n",
	    "package declared npm @scope/fork ^6.0.0 :2\n"
	    "package replaced npm friendly npm:@scope/fork@^6.0.0 = npm:@scope/fork@^6.0.0 "
	    ":2\n" },
	{ "an alias of the same name", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"one\": \"npm:one@1\" }\n"
	    "}\n",
	    "package declared npm one npm:one@1 :2\n" },
	{ "an alias without a version", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"friendly\": \"npm:fork\" }\n"
	    "}\n",
	    "package declared npm fork :2\n"
	    "package replaced npm friendly npm:fork = npm:fork :2\n" },
	{ "shorthand of a repository", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"friendly\": \"owner/fork#v1\" }\n"
	    "}\n",
	    "url declared npm github:owner/fork :2\n"
	    "package replaced npm friendly owner/fork#v1 = owner/fork#v1 :2\n" },
	{ "prefix of a host", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"friendly\": \"github:owner/fork\" }\n"
	    "}\n",
	    "url declared npm github:owner/fork :2\n"
	    "package replaced npm friendly github:owner/fork = github:owner/fork :2\n" },
	{ "git address", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"friendly\": \"git+ssh://git@github.com/owner/fork.git#"
	    "main\" }\n"
	    "}\n",
	    "url declared npm github:owner/fork :2\n"
	    "package replaced npm friendly git+ssh://git@github.com/owner/fork.git#main = g"
	    "it+ssh://git@github.com/owner/fork.git#main :2\n" },
	{ "another host", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"friendly\": \"git+https://git.example.org/owner/fork.g"
	    "it\" }\n"
	    "}\n",
	    "url declared npm git+https://git.example.org/owner/fork.git :2\n"
	    "package replaced npm friendly git+https://git.example.org/owner/fork.git = git"
	    "+https://git.example.org/owner/fork.git :2\n" },
	{ "tarball of a registry", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"friendly\": \"https://registry.example/@scope/fork/-/f"
	    "ork-1.0.tgz\" }\n"
	    "}\n",
	    "url declared npm https://registry.example/@scope/fork/-/fork-1.0.tgz :2\n"
	    "package declared npm @scope/fork :2\n"
	    "package replaced npm friendly https://registry.example/@scope/fork/-/fork-1.0."
	    "tgz = https://registry.example/@scope/fork/-/fork-1.0.tgz :2\n" },
	{ "folders and workspaces bring nothing else", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"a\": \"file:../a\", \"b\": \"workspace:*\", \"c\": \"."
	    "./c\", \"d\": \"link:./d\" }\n"
	    "}\n",
	    "package declared npm a file:../a :2\n"
	    "package declared npm b workspace:* :2\n"
	    "package declared npm c ../c :2\n"
	    "package declared npm d link:./d :2\n" },
	{ "scripts", "package.json",
	    "{ \"scripts\": { \"a\": \"tsc && npx one --x\", \"b\": \"node two\", \"c\": \""
	    "npm i -g three\" } }\n",
	    "package used npm one :1\n"
	    "package used npm three :1\n" },
	{ "overrides nest", "package.json",
	    "{ \"overrides\": { \"desk\": { \".\": \"1\", \"inner@2\": \"npm:fork@3\" }, \""
	    "plain\": \"4\" } }\n",
	    "package declared npm fork 3 :1\n"
	    "package replaced npm inner npm:fork@3 = npm:fork@3 :1\n"
	    "package declared npm plain 4 :1\n" },
	{ "resolutions name a way", "package.json",
	    "{ \"resolutions\": { \"desk/**/inner\": \"npm:fork@3\", \"**/plain\": \"4\" } "
	    "}\n",
	    "package declared npm fork 3 :1\n"
	    "package replaced npm inner npm:fork@3 = npm:fork@3 :1\n"
	    "package declared npm plain 4 :1\n" },
	{ "overrides of pnpm", "package.json",
	    "{ \"pnpm\": { \"overrides\": { \"inner\": \"npm:fork@3\" } } }\n",
	    "package declared npm fork 3 :1\n"
	    "package replaced npm inner npm:fork@3 = npm:fork@3 :1\n" },
	{ "keywords, names and scripts are none", "package.json",
	    "{ \"name\": \"one\", \"keywords\": [\"two\"], \"scripts\": { \"three\": \"four"
	    "\" } }\n",
	    "" },
	{ "a comma too many, and a comment", "package.json",
	    "{\n"
	    "// what for\n"
	    "\"dependencies\": { \"one\": \"1\", },\n"
	    "}\n",
	    "package declared npm one 1 :3\n" },
	{ "cut off", "package.json", "{ \"dependencies\": { \"one\": \"1\", \"two",
	    "package declared npm one 1 :1\n"
	    "E_INVALID\n" },
	{ "a value that is no string", "package.json",
	    "{\n"
	    "  \"dependencies\": { \"one\": 1, \"two\": { \"three\": \"4\" }, \"five\": nul"
	    "l }\n"
	    "}\n",
	    "package declared npm one 1 :2\n"
	    "package declared npm two :2\n"
	    "package declared npm five null :2\n" },
};

static void test_parse_npm_manifest(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_npm_manifest, parse_npm_manifest_cases);
}

static const struct parse_case parse_deno_cases[] = {
	{ "imports", "deno.json",
	    "{ \"imports\": { \"a\": \"npm:one@1/sub\", \"b\": \"https://esm.sh/@scope/two@"
	    "2\", \"c\": \"jsr:@std/fs\", \"d\": \"./d.ts\" } }\n",
	    "package declared npm one :1\n"
	    "package declared npm @scope/two :1\n" },
	{ "no imports", "deno.json", "{ \"tasks\": { \"a\": \"npm:one\" } }\n", "" },
};

static void test_parse_deno(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_deno, parse_deno_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_npm_manifest),
		cmocka_unit_test(test_parse_deno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
