/* Maven, Gradle and NuGet: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_maven, "pom.xml" },
	{ parse_gradle, "build.gradle" },
	{ parse_gradle, "build.gradle.kts" },
	{ parse_sbt, "build.sbt" },
	{ parse_paket, "paket.dependencies" },
	{ parse_paket, "paket.lock" },
	{ parse_gradle_catalog, "libs.versions.toml" },
	{ parse_gradle_lock, "gradle.lockfile" },
	{ parse_nuget_xml, "a.csproj" },
	{ parse_nuget_xml, "packages.config" },
	{ parse_nuget_lock, "packages.lock.json" },
	{ parse_nuget_lock, "project.assets.json" },
};

PARSE_FUZZ(rows)
