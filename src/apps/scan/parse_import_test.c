/* Import lines. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_imports_cases[] = {
	{ "JavaScript", "a.js",
	    "import a from 'one';\n"
	    "import 'two';\n"
	    "import { b,\n"
	    "  c } from \"@s/three/sub\";\n"
	    "const d = require('four/sub');\n"
	    "const e = await import(`five`);\n"
	    "export * from 'six';\n"
	    "require.resolve('seven');\n"
	    "import f from './own';\n"
	    "import g from '../own.js';\n"
	    "import h from 'node:fs';\n"
	    "import i from '#inner';\n"
	    "from(x); import(name);\n",
	    "package imported npm one :1\n"
	    "package imported npm two :2\n"
	    "package imported npm @s/three :4\n"
	    "package imported npm four :5\n"
	    "package imported npm five :6\n"
	    "package imported npm six :7\n"
	    "package imported npm seven :8\n"
	    "0\n" },
	{ "markup", "a.html",
	    "<p>import a from 'zero';</p>\n"
	    "<!-- <script>import a from 'zero';</script> -->\n"
	    "<script src=\"https://cdn.jsdelivr.net/npm/@s/one@3/x.js\"></script>\n"
	    "<script src=\"/own.js\"></script>\n"
	    "<SCRIPT type=module>\n"
	    "import b from 'https://esm.sh/two@2';\n"
	    "</SCRIPT>\n",
	    "package imported npm @s/one :3\n"
	    "package imported npm two :6\n"
	    "0\n" },
	{ "specifiers", "a.ts",
	    "import a from 'npm:one@1/x';\n"
	    "import b from 'https://esm.sh/two@2';\n"
	    "import c from 'https://cdn.jsdelivr.net/npm/@s/three@3/+esm';\n"
	    "import d from 'https://example.org/x.js';\n",
	    "package imported npm one :1\n"
	    "package imported npm two :2\n"
	    "package imported npm @s/three :3\n"
	    "0\n" },
	{ "minified", "a.js",
	    "var a=require(\"one\"),b=require(\"@s/two\");import c from\"three\";",
	    "package imported npm one :1\n"
	    "package imported npm @s/two :1\n"
	    "package imported npm three :1\n"
	    "0\n" },
	{ "Python", "a.py",
	    "import one, two.sub as x\n"
	    "from three.sub import y\n"
	    "from . import own\n"
	    "from .own import z\n"
	    "importlib.import_module('four')\n"
	    "__import__(\"five\")\n"
	    "    import six  # why\n"
	    "imported = 1\n"
	    "from here to there\n",
	    "package imported pypi one :1\n"
	    "package imported pypi two.sub :1\n"
	    "package imported pypi three.sub :2\n"
	    "package imported pypi four :5\n"
	    "package imported pypi five :6\n"
	    "package imported pypi six :7\n"
	    "0\n" },
	{ "Go", "a.go",
	    "package main\n"
	    "\n"
	    "import \"one\"\n"
	    "import (\n"
	    "\t\"example.org/two\"\n"
	    "\tx \"example.org/three/sub\"\n"
	    "\t_ \"four\"\n"
	    ")\n"
	    "\n"
	    "func main() { println(\"five\") }\n",
	    "package imported go one :3\n"
	    "package imported go example.org/two :5\n"
	    "package imported go example.org/three/sub :6\n"
	    "package imported go four :7\n"
	    "0\n" },
	{ "Java and Kotlin", "a.java",
	    "package own;\n"
	    "import org.one.A;\n"
	    "import static org.two.B.*;\n"
	    "important();\n",
	    "package imported maven org.one.A :2\n"
	    "package imported maven org.two.B :3\n"
	    "0\n" },
	{ "C#: namespaces are none", "a.cs",
	    "using One.Sub;\n"
	    "global using Two;\n"
	    "#r \"nuget: Three.Net, 1.0\"\n"
	    "#:package Four@1.0\n"
	    "#r \"System.dll\"\n",
	    "package imported nuget Three.Net :3\n"
	    "package imported nuget Four :4\n"
	    "0\n" },
	{ "Python: a package of one's own", "src/own/a.py",
	    "import own.b\n"
	    "from own import c\n"
	    "import owner\n",
	    "package imported pypi owner :3\n"
	    "0\n" },
	{ "PHP", "a.php",
	    "<?php\n"
	    "use One\\Two\\Three;\n"
	    "use function Four\\five;\n"
	    "use Single;\n",
	    "package imported packagist One\\Two\\Three :2\n"
	    "package imported packagist Four\\five :3\n"
	    "0\n" },
	{ "Ruby", "a.rb",
	    "require 'one'\n"
	    "require \"two/sub\"\n"
	    "require_relative 'own'\n",
	    "package imported rubygems one :1\n"
	    "package imported rubygems two/sub :2\n"
	    "0\n" },
	{ "Rust", "a.rs",
	    "use one_two::X;\n"
	    "pub use three::Y;\n"
	    "extern crate four;\n"
	    "use crate::own;\n"
	    "use self::own;\n"
	    "use std::io;\n",
	    "package imported cargo one_two :1\n"
	    "package imported cargo three :2\n"
	    "package imported cargo four :3\n"
	    "package imported cargo std :6\n"
	    "0\n" },
	{ "another ending", "a.txt", "import one\n", "0\n" },
};

static void test_parse_imports(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_imports, parse_imports_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_imports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
