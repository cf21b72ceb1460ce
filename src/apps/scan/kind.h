/* apps/scan/kind.h: what a file is by its path: code, settings, a document, a test, data. */
#ifndef APPS_SCAN_KIND_H
#define APPS_SCAN_KIND_H

#include "apps/scan/finding.h"

struct file_kind {
	enum scan_place place; /* CODE, CONFIG, PROSE, TEST or DATA */
	bool program;          /* text of a programming language, wherever it lies */
	bool known;            /* the name said so; else the first bytes may */
};

struct file_kind kind_of(struct str path);
/* Program or settings by its name alone. */
bool kind_is_written(struct str path);
/* Does the name make its directory a project: package.json, pom.xml, go.mod …? */
bool kind_is_manifest(struct str name);
/* '*' is any bytes but '/', '?' one, "[…]" a set; without case of ASCII letters when `nocase`. Work is
 * bounded whatever the pattern. "**" as a whole part is any number of parts. */
bool glob_fits(struct str pattern, struct str text, bool nocase);

#endif
