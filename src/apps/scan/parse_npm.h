/* apps/scan/parse_npm.h: names of npm packages in what package managers write. */
#ifndef APPS_SCAN_PARSE_NPM_H
#define APPS_SCAN_PARSE_NPM_H

#include "apps/scan/parse_text.h"

/* "@scope/name@1.2" → "@scope/name"; *ret_version is what stands behind the '@', p NULL if nothing. */
struct str npm_name_of(struct str spec, struct str *ret_version);
/* "@scope/name/sub/path" → "@scope/name" */
struct str npm_package_part(struct str spec);
/* ".../@scope/name/-/name-1.2.tgz" → "@scope/name"; len 0 when the URL is of no such form. */
struct str npm_name_in_tarball(struct str url);
/* "npm:name@1/sub", URLs of the CDNs that serve npm packages as modules; len 0 for anything else. */
struct str npm_name_in_specifier(struct str spec);
/* One member of "dependencies": the key, and what the value brings under another name. */
void npm_say_dependency(struct say *s, struct str key, struct str value);

int parse_npm_manifest(const struct parse_in *in); /* package.json */
int parse_deno(const struct parse_in *in);         /* deno.json, import_map.json */
int parse_npm_lock(const struct parse_in *in);     /* package-lock.json, npm-shrinkwrap.json */
int parse_bun_lock(const struct parse_in *in);     /* bun.lock */
int parse_yarn_lock(const struct parse_in *in);    /* yarn.lock, v1 and berry */
int parse_pnpm_lock(const struct parse_in *in);    /* pnpm-lock.yaml, pnpm-workspace.yaml */

#endif
