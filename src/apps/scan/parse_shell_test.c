/* Commands that install or run something. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_shell_cases[] = {
	{ "package managers", "a.sh",
	    "npm install -g one @s/two@2 --save\n"
	    "yarn add three\n"
	    "pnpm add -D four\n"
	    "npx five six\n"
	    "sudo pip3 install -r requirements.txt seven 'eight>=8'\n"
	    "python3 -m pip install nine\n"
	    "go install example.org/ten/cmd@latest\n"
	    "gem install eleven\n"
	    "composer require v/twelve:^1\n"
	    "cargo add thirteen\n"
	    "dotnet add package Fourteen\n",
	    "package used npm one :1\n"
	    "package used npm @s/two 2 :1\n"
	    "package used npm three :2\n"
	    "package used npm four :3\n"
	    "package used npm five :4\n"
	    "package used pypi seven :5\n"
	    "package used pypi eight :5\n"
	    "package used pypi nine :6\n"
	    "package used go example.org/ten/cmd :7\n"
	    "package used rubygems eleven :8\n"
	    "package used packagist v/twelve :9\n"
	    "package used cargo thirteen :10\n"
	    "package used nuget Fourteen :11\n"
	    "0\n" },
	{ "a compose file that a script writes", "a.sh",
	    "cat > compose.yml <<X\n"
	    "services:\n"
	    "  a:\n"
	    "    image: owner/one:1\n"
	    "  # image: owner/two\n"
	    "  b:\n"
	    "    image: redis\n"
	    "X\n",
	    "image used docker owner/one 1 :4\n"
	    "0\n" },
	{ "containers", "a.sh",
	    "docker run -d -p 80:80 \\\n"
	    "  -e A=b --name x \\\n"
	    "  owner/one:1 serve owner/two\n"
	    "podman pull registry.example/owner/three\n"
	    "docker build -t owner/four .\n",
	    "image used docker owner/one 1 :3\n"
	    "image used docker owner/three = registry.example :4\n"
	    "0\n" },
	{ "phones", "a.sh",
	    "adb install -r apks/SomeMessenger_v1.apk aero.apk\n"
	    "adb -s emu install com.example.app.apk\n"
	    "adb shell ls\n"
	    "flatpak install -y flathub org.example.App\n",
	    "android installed android com.SomeMessenger :1\n"
	    "package used linux flathub :4\n"
	    "package used linux org.example.App :4\n"
	    "0\n" },
	{ "what is none", "a.sh",
	    "# npm install one\n"
	    "echo 'npm install two'\n"
	    "npm uninstall three\n"
	    "npm run install four\n"
	    "npm ci\n"
	    "npm install\n"
	    "npm install ./five ../six\n"
	    "rm -rf npm install\n",
	    "0\n" },
	{ "joined", "a.sh",
	    "cd x && npm i one; npm i two || npm i three | tee log\n"
	    "A=b C=d npm i four > log\n",
	    "package used npm one :1\n"
	    "package used npm two :1\n"
	    "package used npm three :1\n"
	    "package used npm four :2\n"
	    "0\n" },
	{ "other shells", "a.ps1",
	    "& npm install one\n"
	    "Install-Package Two -Version 1\n"
	    "docker run `\n",
	    "package used npm one :1\n"
	    "package used nuget Two :2\n"
	    "0\n" },
	{ "repositories", "a.sh",
	    "npm i github:owner/one owner/two#main\n"
	    "pip install git+https://github.com/owner/three.git\n",
	    "url declared npm github:owner/one :1\n"
	    "url declared npm github:owner/two :1\n"
	    "url declared pypi github:owner/three :2\n"
	    "0\n" },
};

static void test_parse_shell(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_shell, parse_shell_cases);
}

static const struct parse_case clone_cases[] = {
	{ "of a repository", "a.sh",
	    "git clone --depth 1 -b main https://github.com/one/two.git /app && cd /app\n"
	    "git submodule add git@github.com:three/four.git\n"
	    "git clone ../zero\n",
	    "url declared npm github:one/two :1\n"
	    "url declared npm github:three/four :2\n"
	    "0\n" },
};

static void test_clone(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_shell, clone_cases);
}

static const struct parse_case parse_unit_cases[] = {
	{ "systemd", "a.service",
	    "# ExecStart=/usr/bin/docker run owner/zero\n"
	    "[Service]\n"
	    "ExecStartPre=-/usr/bin/docker pull owner/one\n"
	    "ExecStart=/usr/bin/docker run --rm \\\n"
	    "  --name x owner/two:2\n",
	    "image used docker owner/one :3\n"
	    "image used docker owner/two 2 :5\n"
	    "0\n" },
	{ "podman", "a.container", "[Container]\nImage=docker.io/owner/one:1\n",
	    "image used docker owner/one 1 :2\n"
	    "0\n" },
	{ "supervisord", "supervisord.conf", "[program:x]\ncommand=npx one two\n",
	    "package used npm one :2\n"
	    "0\n" },
};

static void test_parse_unit(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_unit, parse_unit_cases);
}

static const struct parse_case parse_notebook_cases[] = {
	{ "cells", "a.ipynb",
	    "{ \"cells\": [\n"
	    "{ \"cell_type\": \"markdown\", \"source\": [\"!pip install zero\"] },\n"
	    "{ \"cell_type\": \"code\", \"source\": [\"!pip install one\\n\", \"%pip instal"
	    "l two\\n\", \"import three\\n\"] } ] }\n",
	    "package used pypi one :3\n"
	    "package used pypi two :3\n"
	    "package imported pypi three :3\n"
	    "0\n" },
};

static void test_parse_notebook(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_notebook, parse_notebook_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_shell),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_parse_unit),
		cmocka_unit_test(test_parse_notebook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
