/* apps/scan/parse_tables.h: the parsers by file, for parse_table.c and for one another. What each
 * returns is said in apps/scan/parser.h. */
#ifndef APPS_SCAN_PARSE_TABLES_H
#define APPS_SCAN_PARSE_TABLES_H

#include "apps/scan/lexis.h"
#include "apps/scan/parse_npm.h"

/* "name[extra]>=1 ; marker" or "name @ git+https://…" */
void pypi_say_requirement(struct say *s, struct str text);
int parse_requirements(const struct parse_in *in);
int parse_pyproject(const struct parse_in *in);
int parse_pipfile(const struct parse_in *in);
int parse_pipfile_lock(const struct parse_in *in);
int parse_python_lock(const struct parse_in *in); /* poetry, uv, pdm, pylock */
int parse_setup_py(const struct parse_in *in);
int parse_setup_cfg(const struct parse_in *in);
int parse_conda(const struct parse_in *in);
/* [[list]] of a TOML lock file: name, version, source. */
int toml_say_packages(const struct parse_in *in, enum scan_ecosystem ecosystem, const char *list);

int parse_composer(const struct parse_in *in);
int parse_composer_lock(const struct parse_in *in);
int parse_gemfile(const struct parse_in *in); /* Gemfile, *.gemspec */
int parse_gemfile_lock(const struct parse_in *in);
int parse_go_mod(const struct parse_in *in);
int parse_go_sum(const struct parse_in *in);
int parse_cargo(const struct parse_in *in);
int parse_cargo_lock(const struct parse_in *in);
int parse_mix(const struct parse_in *in);   /* mix.exs, mix.lock */
int parse_swift(const struct parse_in *in); /* Package.swift, Package.resolved */
int parse_cmake(const struct parse_in *in); /* FetchContent and the like; .gitmodules */

int parse_maven(const struct parse_in *in);          /* pom.xml */
int parse_gradle(const struct parse_in *in);         /* build.gradle, build.gradle.kts */
int parse_gradle_catalog(const struct parse_in *in); /* libs.versions.toml */
int parse_gradle_lock(const struct parse_in *in);
int parse_sbt(const struct parse_in *in);
int parse_paket(const struct parse_in *in);      /* paket.dependencies, paket.lock */
int parse_nuget_xml(const struct parse_in *in);  /* *.csproj, packages.config, *.props */
int parse_nuget_lock(const struct parse_in *in); /* packages.lock.json, project.assets.json */

/* "registry:5000/owner/name:tag@sha256:…" as a FACT_IMAGE. */
void docker_say_image(struct say *s, struct str image);
/* The images that a line of a program or a setting assigns: image = "owner/name:tag". */
void docker_say_assigned(struct say *s, struct str line);
int parse_dockerfile(const struct parse_in *in);
int parse_hcl(const struct parse_in *in); /* *.tf, *.nomad, *.nix */
int parse_container_yaml(
    const struct parse_in *in); /* compose, Kubernetes, Helm values, CI files */

/* Commands that install or run something, line by line: npm, pip, docker, adb … False: enough. */
bool shell_say_command(const struct parse_in *in, struct str command);
/* ["npx", "name"], in the text: the words of one command. */
bool shell_say_list(const struct parse_in *in, struct str list);
bool shell_say_lines(const struct parse_in *in, struct str text);
/* Lines with those that a backslash at the end adds to them, as one view. */
bool shell_next_line(struct lines *l, struct str *ret_line);
/* The text with lines that go on by a backslash made one line, as long as before; `docker`: what is only a comment or
 * empty between them goes too. `text` itself when there is no such line, or when memory ran out. */
struct str shell_unfold(struct arena *a, struct str text, bool docker);
int parse_shell(const struct parse_in *in);
int parse_unit(const struct parse_in *in);     /* *.service, *.container, supervisord.conf */
int parse_notebook(const struct parse_in *in); /* *.ipynb: cells */

int parse_imports(const struct parse_in *in); /* by the file's ending */
/* import and require lines of `text`, which is in in->text, in the language of that ending.
 * False: enough. */
bool import_say_lines(const struct parse_in *in, struct str text, struct str ending);

int parse_workflow_json(const struct parse_in *in); /* n8n, Node-RED, Make, Zapier, MCP, macros */

int parse_uipath(const struct parse_in *in);         /* *.xaml */
int parse_uipath_project(const struct parse_in *in); /* project.json */
int parse_blue_prism(const struct parse_in *in);     /* *.bprelease, *.bpprocess, *.bpobject */
int parse_robot(const struct parse_in *in);          /* *.robot, *.resource */
int parse_tagui(const struct parse_in *in);          /* *.tag */
int parse_desktop_flow(const struct parse_in *in);   /* Power Automate Desktop's text */

int parse_chromium_preferences(const struct parse_in *in);
int parse_firefox_extensions(const struct parse_in *in);
int parse_extension_manifest(
    const struct parse_in *in);                      /* manifest.json, by its path and content */
int parse_browser_policy(const struct parse_in *in); /* *.json, *.reg, *.plist, *.mobileconfig */

int parse_android_manifest(const struct parse_in *in);
int parse_android_service(const struct parse_in *in);  /* res/xml: accessibility services */
int parse_android_packages(const struct parse_in *in); /* pm list packages, adb shell */
int parse_process_list(const struct parse_in *in);     /* ps, tasklist */
int parse_session(const struct parse_in *in);          /* creds.json, *.data.json */

#endif
