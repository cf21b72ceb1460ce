/* Modules of Go, crates of Rust, packages of Elixir, Swift and C++. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_go_mod_cases[] = {
	{ "forms", "go.mod",
	    "module example.org/own\n"
	    "\n"
	    "go 1.22\n"
	    "\n"
	    "require example.org/one v1.0.0\n"
	    "require (\n"
	    "\texample.org/two/v2 v2.0.0 // indirect\n"
	    "\t// example.org/three v3\n"
	    ")\n"
	    "replace example.org/one => example.org/fork v0.1\n"
	    "replace (\n"
	    "\texample.org/two/v2 v2.0.0 => ../two\n"
	    ")\n"
	    "exclude example.org/four v4\n"
	    "retract v1.0.0\n",
	    "package declared go example.org/one v1.0.0 :5\n"
	    "package declared go example.org/two/v2 v2.0.0 :7\n"
	    "package replaced go example.org/one :10\n"
	    "package declared go example.org/fork v0.1 :10\n"
	    "package replaced go example.org/two/v2 v2.0.0 :12\n" },
	{ "tools", "go.mod", "tool example.org/gen\n", "package declared go example.org/gen :1\n" },
};

static void test_parse_go_mod(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_go_mod, parse_go_mod_cases);
}

static const struct parse_case parse_go_sum_cases[] = {
	{ "built and only looked at", "go.sum",
	    "example.org/one v1 h1:aa=\n"
	    "example.org/one v1/go.mod h1:bb=\n"
	    "example.org/two v2/go.mod h1:cc=\n",
	    "package resolved go example.org/one v1 :1\n" },
};

static void test_parse_go_sum(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_go_sum, parse_go_sum_cases);
}

static const struct parse_case parse_cargo_cases[] = {
	{ "forms", "Cargo.toml",
	    "[dependencies]\n"
	    "one = \"1\"\n"
	    "friendly = { package = \"fork\", version = \"2\" }\n"
	    "three = { git = \"https://github.com/owner/three\" }\n"
	    "[dev-dependencies]\n"
	    "four = \"4\"\n"
	    "[target.'cfg(unix)'.dependencies]\n"
	    "five = \"5\"\n"
	    "[workspace.dependencies]\n"
	    "six = { version = \"6\", features = [\"x\", \"y\"] }\n"
	    "[features]\n"
	    "seven = [\"one\"]\n",
	    "package declared cargo one 1 :2\n"
	    "package replaced cargo friendly = fork :3\n"
	    "package declared cargo fork :3\n"
	    "package declared cargo three :4\n"
	    "url declared cargo github:owner/three :4\n"
	    "package declared cargo four 4 :6 dev\n"
	    "package declared cargo six :10\n"
	    "package declared cargo five 5 :8\n" },
	{ "a table of its own", "Cargo.toml",
	    "[dependencies.one]\n"
	    "version = \"1\"\n"
	    "package = \"fork\"\n",
	    "package replaced cargo one = fork :1\n"
	    "package declared cargo fork :3\n" },
};

static void test_parse_cargo(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_cargo, parse_cargo_cases);
}

static const struct parse_case parse_cargo_lock_cases[] = {
	{ "packages", "Cargo.lock",
	    "[[package]]\n"
	    "name = \"one\"\n"
	    "version = \"1.0.0\"\n"
	    "source = \"git+https://github.com/owner/one?branch=main#aa\"\n"
	    "dependencies = [\n"
	    " \"two\",\n"
	    "]\n",
	    "package resolved cargo one 1.0.0 :2\n"
	    "url resolved cargo github:owner/one :4\n" },
};

static void test_parse_cargo_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_cargo_lock, parse_cargo_lock_cases);
}

static const struct parse_case parse_mix_cases[] = {
	{ "asked for", "mix.exs",
	    "defp deps do\n"
	    "  [\n"
	    "    {:one, \"~> 1.0\"},\n"
	    "    # {:two, \"~> 1.0\"},\n"
	    "    {:three, github: \"owner/three\"},\n"
	    "    {:ok, value} = x\n"
	    "  ]\n"
	    "end\n",
	    "package declared hex one :3\n"
	    "package declared hex three :5\n"
	    "url declared hex github:owner/three :5\n"
	    "0\n" },
	{ "locked", "mix.lock",
	    "%{\n"
	    "  \"one\": {:hex, :one, \"1.0.0\", \"aa\", [:mix], [{:two, \"~> 1\", [hex: :tw"
	    "o]}], \"hexpm\", \"bb\"},\n"
	    "}\n",
	    "package resolved hex one :2\n" },
};

static void test_parse_mix(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_mix, parse_mix_cases);
}

static const struct parse_case parse_swift_cases[] = {
	{ "asked for", "Package.swift",
	    "let package = Package(name: \"Own\", dependencies: [\n"
	    "  .package(url: \"https://github.com/owner/one.git\", from: \"1.0.0\"),\n"
	    "  .package(path: \"../two\"),\n"
	    "])\n",
	    "package declared swift owner/one :2\n"
	    "url declared swift github:owner/one :2\n"
	    "0\n" },
	{ "resolved", "Package.resolved",
	    "{ \"pins\": [ { \"identity\": \"one\", \"location\": \"https://github.com/owne"
	    "r/one\" } ] }\n",
	    "package resolved swift owner/one :1\n"
	    "url resolved swift github:owner/one :1\n" },
};

static void test_parse_swift(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_swift, parse_swift_cases);
}

static const struct parse_case parse_cmake_cases[] = {
	{ "forms", "CMakeLists.txt",
	    "# GIT_REPOSITORY https://github.com/owner/zero\n"
	    "FetchContent_Declare(one GIT_REPOSITORY https://github.com/owner/one.git GIT_T"
	    "AG v1)\n"
	    "CPMAddPackage(\"gh:owner/two#1.0\")\n"
	    "CPMAddPackage(NAME x GITHUB_REPOSITORY owner/three)\n"
	    "set(URL_BASE x)\n",
	    "package declared cpp owner/one :2\n"
	    "url declared cpp github:owner/one :2\n"
	    "package declared cpp owner/two :3\n"
	    "package declared cpp owner/three :4\n" },
	{ "submodules", ".gitmodules",
	    "[submodule \"one\"]\n"
	    "\tpath = deps/one\n"
	    "\turl = git@github.com:owner/one.git\n",
	    "package declared cpp owner/one :3\n"
	    "url declared cpp github:owner/one :3\n" },
};

static void test_parse_cmake(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_cmake, parse_cmake_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_go_mod),
		cmocka_unit_test(test_parse_go_sum),
		cmocka_unit_test(test_parse_cargo),
		cmocka_unit_test(test_parse_cargo_lock),
		cmocka_unit_test(test_parse_mix),
		cmocka_unit_test(test_parse_swift),
		cmocka_unit_test(test_parse_cmake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
