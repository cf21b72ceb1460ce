/* Composer's and Bundler's files. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_composer_cases[] = {
	{ "requirements", "composer.json",
	    "{ \"require\": { \"php\": \">=8\", \"ext-json\": \"*\", \"v/one\": \"^1\", \"v"
	    "\\/two\": \"2\" },\n"
	    "\"require-dev\": { \"v/three\": \"3\" },\n"
	    "\"replace\": { \"v/four\": \"*\" },\n"
	    "\"repositories\": [ { \"type\": \"vcs\", \"url\": \"https://github.com/owner/f"
	    "ork\" } ] }\n",
	    "package declared packagist v/one ^1 :1\n"
	    "package declared packagist v/two 2 :1\n"
	    "package declared packagist v/three 3 :2 dev\n"
	    "url declared packagist github:owner/fork :4\n"
	    "package replaced packagist v/four * :3\n" },
	{ "suggestions and conflicts are none", "composer.json",
	    "{ \"suggest\": { \"v/one\": \"x\" }, \"conflict\": { \"v/two\": \"*\" } }\n", "" },
};

static void test_parse_composer(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_composer, parse_composer_cases);
}

static const struct parse_case parse_composer_lock_cases[] = {
	{ "packages", "composer.lock",
	    "{ \"packages\": [ { \"name\": \"v\\/one\", \"version\": \"1\", \"source\": { "
	    "\"url\": \"https://github.com/owner/one.git\" } } ],\n"
	    "\"packages-dev\": [ { \"name\": \"v/two\" } ] }\n",
	    "package resolved packagist v/one 1 :1\n"
	    "url resolved packagist github:owner/one :1\n"
	    "package resolved packagist v/two :2 dev\n" },
};

static void test_parse_composer_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_composer_lock, parse_composer_lock_cases);
}

static const struct parse_case parse_gemfile_cases[] = {
	{ "forms", "Gemfile",
	    "source \"https://gems.example\"\n"
	    "gem \"one\", \"~> 1\"\n"
	    "  gem 'two', git: \"https://github.com/owner/two.git\"\n"
	    "gem \"three\", github: \"owner/three\"\n"
	    "# gem \"four\"\n"
	    "group :test do\n"
	    "end\n",
	    "package declared rubygems one :2\n"
	    "package declared rubygems two :3\n"
	    "url declared rubygems github:owner/two :3\n"
	    "package declared rubygems three :4\n"
	    "url declared rubygems github:owner/three :4\n" },
	{ "a specification", "x.gemspec",
	    "Gem::Specification.new do |s|\n"
	    "  s.name = \"own\"\n"
	    "  s.add_dependency \"one\", \"~> 1\"\n"
	    "  s.add_development_dependency \"two\"\n"
	    "  s.add_runtime_dependency(\"three\")\n"
	    "end\n",
	    "package declared rubygems one :3\n"
	    "package declared rubygems two :4 dev\n"
	    "package declared rubygems three :5\n" },
};

static void test_parse_gemfile(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_gemfile, parse_gemfile_cases);
}

static const struct parse_case parse_gemfile_lock_cases[] = {
	{ "sections", "Gemfile.lock",
	    "GIT\n"
	    "  remote: https://github.com/owner/one.git\n"
	    "  specs:\n"
	    "    one (0.1)\n"
	    "      two (>= 1)\n"
	    "\n"
	    "GEM\n"
	    "  remote: https://gems.example/\n"
	    "  specs:\n"
	    "    two (1.0)\n"
	    "\n"
	    "DEPENDENCIES\n"
	    "  one!\n",
	    "url resolved rubygems github:owner/one :2\n"
	    "package resolved rubygems one 0.1 :4\n"
	    "package resolved rubygems two 1.0 :10\n" },
};

static void test_parse_gemfile_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_gemfile_lock, parse_gemfile_lock_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_composer),
		cmocka_unit_test(test_parse_composer_lock),
		cmocka_unit_test(test_parse_gemfile),
		cmocka_unit_test(test_parse_gemfile_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
