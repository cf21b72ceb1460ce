/* Requirements, manifests and lock files of Python. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_requirements_cases[] = {
	{ "forms", "requirements.txt",
	    "# comment\n"
	    "one==1.0\n"
	    "Two_b >= 2 ; python_version < '3'\n"
	    "three[extra]~=3\n"
	    "four\n"
	    "\n"
	    "-r base.txt\n"
	    "--index-url https://index.example/simple\n"
	    "five==5 --hash=sha256:00\n"
	    "six # why\n",
	    "package declared pypi one :2\n"
	    "package declared pypi Two_b :3\n"
	    "package declared pypi three :4\n"
	    "package declared pypi four :5\n"
	    "package declared pypi five :9\n"
	    "package declared pypi six :10\n" },
	{ "repositories", "requirements.txt",
	    "one @ git+https://github.com/owner/one.git@v1\n"
	    "-e git+https://github.com/owner/two#egg=two-b\n"
	    "git+ssh://git@git.example.org/x/three.git#egg=three\n"
	    "https://files.example/four-1.0.tar.gz\n",
	    "package declared pypi one :1\n"
	    "url declared pypi github:owner/one :1\n"
	    "package declared pypi two-b :2\n"
	    "url declared pypi github:owner/two :2\n"
	    "package declared pypi three :3\n"
	    "url declared pypi git+ssh://git@git.example.org/x/three.git#egg=three :3\n"
	    "url declared pypi https://files.example/four-1.0.tar.gz :4\n" },
	{ "prose is none", "requirements.txt",
	    "this is a sentence\n"
	    "C:\\\\path\n"
	    "./local\n"
	    "../other\n",
	    "" },
	{ "CR alone", "requirements.txt", "one==1\rtwo\r\rthree\r",
	    "package declared pypi one :1\n"
	    "package declared pypi two :1\n"
	    "package declared pypi three :1\n" },
	{ "CRLF, no end", "requirements.txt",
	    "one==1\r\n"
	    "two",
	    "package declared pypi one :1\n"
	    "package declared pypi two :2\n" },
};

static void test_parse_requirements(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_requirements, parse_requirements_cases);
}

static const struct parse_case parse_pyproject_cases[] = {
	{ "of the standard", "pyproject.toml",
	    "[project]\n"
	    "name = \"own\"\n"
	    "dependencies = [\n"
	    "  \"one>=1\", # first\n"
	    "  \"two[x] @ git+https://github.com/owner/two\",\n"
	    "]\n"
	    "[project.optional-dependencies]\n"
	    "qr = [\"three\"]\n"
	    "[dependency-groups]\n"
	    "dev = [\"four\", {include-group = \"x\"}]\n",
	    "package declared pypi one :4\n"
	    "package declared pypi two :5\n"
	    "url declared pypi github:owner/two :5\n"
	    "package declared pypi three :8\n"
	    "package declared pypi four :10 dev\n" },
	{ "of poetry", "pyproject.toml",
	    "[tool.poetry.dependencies]\n"
	    "python = \"^3.11\"\n"
	    "one = \"^1\"\n"
	    "two = { git = \"https://github.com/owner/two.git\", branch = \"main\" }\n"
	    "[tool.poetry.group.test.dependencies]\n"
	    "three = \"*\"\n",
	    "package declared pypi one ^1 :3\n"
	    "package declared pypi two :4\n"
	    "url declared pypi github:owner/two :4\n"
	    "package declared pypi three * :6 dev\n" },
	{ "other tables are none", "pyproject.toml",
	    "[tool.ruff]\n"
	    "select = [\"one\"]\n"
	    "[tool.poetry.scripts]\n"
	    "run = \"two:main\"\n",
	    "" },
	{ "a line that breaks off", "pyproject.toml",
	    "[project]\n"
	    "dependencies = [\"one\"]\n"
	    "broken ==\n"
	    "[project.optional-dependencies]\n"
	    "a = [\"two\"]\n",
	    "package declared pypi one :2\n"
	    "package declared pypi two :5\n"
	    "E_INVALID\n" },
};

static void test_parse_pyproject(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_pyproject, parse_pyproject_cases);
}

static const struct parse_case parse_pipfile_cases[] = {
	{ "both tables", "Pipfile",
	    "[packages]\n"
	    "one = \"*\"\n"
	    "\"two\" = {version = \"==1\", git = \"https://github.com/owner/two.git\"}\n"
	    "[dev-packages]\n"
	    "three = \"*\"\n",
	    "package declared pypi one * :2\n"
	    "package declared pypi two :3\n"
	    "url declared pypi github:owner/two :3\n"
	    "package declared pypi three * :5 dev\n" },
};

static void test_parse_pipfile(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_pipfile, parse_pipfile_cases);
}

static const struct parse_case parse_pipfile_lock_cases[] = {
	{ "both tables", "Pipfile.lock",
	    "{\"default\": {\"one\": {\"version\": \"==1\"}}, \"develop\": {\"two\": {\"git"
	    "\": \"https://github.com/owner/two.git\"}}}\n",
	    "package resolved pypi one :1\n"
	    "package resolved pypi two :1 dev\n"
	    "url resolved pypi github:owner/two :1 dev\n" },
};

static void test_parse_pipfile_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_pipfile_lock, parse_pipfile_lock_cases);
}

static const struct parse_case parse_python_lock_cases[] = {
	{ "poetry and uv", "uv.lock",
	    "version = 1\n"
	    "[[package]]\n"
	    "name = \"one\"\n"
	    "version = \"1.0\"\n"
	    "[package.dependencies]\n"
	    "two = \"*\"\n"
	    "[[package]]\n"
	    "name = \"two\"\n"
	    "source = { git = \"https://github.com/owner/two?rev=1\" }\n",
	    "package resolved pypi one 1.0 :3\n"
	    "package resolved pypi two :8\n"
	    "url resolved pypi github:owner/two :9\n" },
	{ "pylock", "pylock.toml",
	    "[[packages]]\n"
	    "name = \"one\"\n",
	    "package resolved pypi one :2\n" },
};

static void test_parse_python_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_python_lock, parse_python_lock_cases);
}

static const struct parse_case parse_setup_py_cases[] = {
	{ "lists", "setup.py",
	    "setup(\n"
	    "    install_requires=[\"one>=1\", 'two'],\n"
	    "    tests_require = [ \"three\" ],\n"
	    "    name=\"four\",\n"
	    ")\n",
	    "package declared pypi one :2\n"
	    "package declared pypi two :2\n"
	    "package declared pypi three :3 dev\n"
	    "0\n" },
	{ "no list", "setup.py",
	    "install_requires=read(\"requirements.txt\")\n"
	    "other = [\"one\"]\n",
	    "0\n" },
};

static void test_parse_setup_py(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_setup_py, parse_setup_py_cases);
}

static const struct parse_case parse_setup_cfg_cases[] = {
	{ "options", "setup.cfg",
	    "[options]\n"
	    "install_requires =\n"
	    "    one\n"
	    "    two>=2 ; sys_platform == 'x'\n"
	    "packages = find:\n"
	    "[x]\n"
	    "a = one\n",
	    "package declared pypi one :3\n"
	    "package declared pypi two :4\n" },
};

static void test_parse_setup_cfg(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_setup_cfg, parse_setup_cfg_cases);
}

static const struct parse_case parse_conda_cases[] = {
	{ "with pip", "environment.yml",
	    "dependencies:\n"
	    "  - python=3.11\n"
	    "  - one\n"
	    "  - pip:\n"
	    "    - two==2\n"
	    "    - git+https://github.com/owner/three.git\n",
	    "package declared pypi python :2\n"
	    "package declared pypi one :3\n"
	    "package declared pypi two :5\n" },
	{ "no list", "environment.yml", "name: x\n", "0\n" },
};

static void test_parse_conda(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_conda, parse_conda_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_requirements),
		cmocka_unit_test(test_parse_pyproject),
		cmocka_unit_test(test_parse_pipfile),
		cmocka_unit_test(test_parse_pipfile_lock),
		cmocka_unit_test(test_parse_python_lock),
		cmocka_unit_test(test_parse_setup_py),
		cmocka_unit_test(test_parse_setup_cfg),
		cmocka_unit_test(test_parse_conda),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
