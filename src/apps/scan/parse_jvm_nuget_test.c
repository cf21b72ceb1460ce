/* Maven, Gradle and NuGet. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_maven_cases[] = {
	{ "a dependency", "pom.xml",
	    "<project>\n"
	    "<groupId>own</groupId>\n"
	    "<dependencies>\n"
	    "<dependency>\n"
	    "<groupId> org.one </groupId>\n"
	    "<artifactId>a</artifactId>\n"
	    "<version>1</version>\n"
	    "<exclusions><exclusion><groupId>org.two</groupId><artifactId>b</artifactId></e"
	    "xclusion></exclusions>\n"
	    "</dependency>\n"
	    "</dependencies>\n"
	    "</project>\n",
	    "package declared maven org.one:a 1 :6\n" },
	{ "comments are none", "pom.xml",
	    "<dependencies><!-- <dependency><groupId>g</groupId><artifactId>a</artifactId><"
	    "/dependency> --></dependencies>\n",
	    "" },
	{ "half of one", "pom.xml",
	    "<dependency><groupId>g</groupId></dependency><dependency><artifactId>a</artifa"
	    "ctId>",
	    "" },
};

static void test_parse_maven(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_maven, parse_maven_cases);
}

static const struct parse_case parse_gradle_cases[] = {
	{ "forms", "build.gradle",
	    "dependencies {\n"
	    "  implementation 'g.one:a:1.0'\n"
	    "  api(\"g.two:b\")\n"
	    "  // api 'g.three:c:1'\n"
	    "  compile group: 'g.four', name: 'd', version: '1'\n"
	    "  exclude group: 'g.five', module: 'e'\n"
	    "  println \"time: now: later\"\n"
	    "}\n",
	    "package declared maven g.one:a 1.0 :2\n"
	    "package declared maven g.two:b :3\n"
	    "package declared maven g.four:d :5\n"
	    "0\n" },
	{ "Kotlin", "build.gradle.kts",
	    "dependencies { implementation(\"g.one:a:1.0:sources@jar\") }\n",
	    "package declared maven g.one:a 1.0:sources@jar :1\n"
	    "0\n" },
};

static void test_parse_gradle(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_gradle, parse_gradle_cases);
}

static const struct parse_case parse_gradle_catalog_cases[] = {
	{ "libraries", "libs.versions.toml",
	    "[libraries]\n"
	    "one = \"g:a:1\"\n"
	    "two = { module = \"g:b\", version.ref = \"x\" }\n"
	    "three = { group = \"h\", name = \"c\" }\n",
	    "package declared maven g:a 1 :2\n"
	    "package declared maven g:b :3\n"
	    "package declared maven h:c :4\n" },
};

static void test_parse_gradle_catalog(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_gradle_catalog, parse_gradle_catalog_cases);
}

static const struct parse_case parse_gradle_lock_cases[] = {
	{ "lines", "gradle.lockfile",
	    "# x\n"
	    "g:a:1=compileClasspath\n"
	    "empty=\n",
	    "package resolved maven g:a 1 :2\n" },
};

static void test_parse_gradle_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_gradle_lock, parse_gradle_lock_cases);
}

static const struct parse_case parse_nuget_xml_cases[] = {
	{ "a project", "a.csproj",
	    "<Project>\n"
	    "<ItemGroup>\n"
	    "<PackageReference Include=\"One\" Version=\"1.0\" />\n"
	    "<PackageReference Update='Two'><Version>2</Version></PackageReference>\n"
	    "<ProjectReference Include=\"..\\Three\\Three.csproj\" />\n"
	    "<Reference Include=\"Four, Version=4.0.0.0, Culture=neutral\" />\n"
	    "<!-- <PackageReference Include=\"Five\" /> -->\n"
	    "<Compile Include=\"Six.cs\" />\n"
	    "</ItemGroup>\n"
	    "</Project>\n",
	    "package declared nuget One 1.0 :3\n"
	    "package declared nuget Two :4\n"
	    "package declared nuget Three :5\n"
	    "package declared nuget Four :6\n" },
	{ "packages.config", "packages.config",
	    "<packages><package id=\"One\" version=\"1\" /></packages>\n",
	    "package declared nuget One 1 :1\n" },
	{ "an attribute that does not end", "a.csproj", "<PackageReference Include=\"One", "" },
};

static void test_parse_nuget_xml(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_nuget_xml, parse_nuget_xml_cases);
}

static const struct parse_case parse_sbt_cases[] = {
	{ "dependencies", "build.sbt",
	    "// \"org.zero\" % \"zero\" % \"1\"\n"
	    "libraryDependencies += \"org.one\" % \"first\" % \"1.0\"\n"
	    "  \"org.two\" %% \"second\" % \"2.0\" % Test\n"
	    "name := \"three\"\n",
	    "package declared maven org.one:first :2\n"
	    "package declared maven org.two:second :3\n"
	    "0\n" },
	{ "nothing behind the sign", "build.sbt", "\"org.one\" %\n", "0\n" },
};

static void test_parse_sbt(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_sbt, parse_sbt_cases);
}

static const struct parse_case parse_paket_cases[] = {
	{ "asked for", "paket.dependencies",
	    "source https://one.example\n"
	    "nuget One ~> 1.0\n"
	    "  nuget Two\n"
	    "nuget\n",
	    "package declared nuget One :2\n"
	    "package declared nuget Two :3\n" },
	{ "locked", "paket.lock",
	    "NUGET\n"
	    "  remote: https://one.example\n"
	    "    One (1.0)\n"
	    "      Two (>= 2.0)\n",
	    "package resolved nuget One :3\n"
	    "package resolved nuget Two :4\n" },
};

static void test_parse_paket(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_paket, parse_paket_cases);
}

static const struct parse_case parse_nuget_lock_cases[] = {
	{ "resolved", "packages.lock.json",
	    "{ \"dependencies\": { \"net8.0\": { \"One\": { \"resolved\": \"1.0\" } } } }\n",
	    "package resolved nuget One 1.0 :1\n" },
	{ "assets", "project.assets.json",
	    "{ \"libraries\": { \"One/1.0\": { \"type\": \"package\" } } }\n",
	    "package resolved nuget One 1.0 :1\n" },
};

static void test_parse_nuget_lock(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_nuget_lock, parse_nuget_lock_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_maven),
		cmocka_unit_test(test_parse_gradle),
		cmocka_unit_test(test_parse_gradle_catalog),
		cmocka_unit_test(test_parse_gradle_lock),
		cmocka_unit_test(test_parse_nuget_xml),
		cmocka_unit_test(test_parse_sbt),
		cmocka_unit_test(test_parse_paket),
		cmocka_unit_test(test_parse_nuget_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
