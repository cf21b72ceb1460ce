/* apps/scan/parser.h: the contract between the engine and the parsers of structured files.
 *
 * A parser reads one file that its name (or its first bytes) announces and says what it declares,
 * resolves, imports, runs or drives. It knows formats; it knows no catalogue and gives no verdict:
 * it reports every package, image, node or extension that stands in the file, and the engine looks
 * the names up. Rules:
 *
 *  (1) The bytes are borrowed, hostile and at most `max_bytes` of the parser's row long; they may be
 *      truncated, no UTF-8, or something else than the name says. They are not terminated.
 *      (UTF-16 was decoded and a byte order mark cut off before.)
 *  (2) Memory comes from in->arena alone, which has a limit and is reset after the file; there is no
 *      recursion without a bound, no work beyond O(n log n), no I/O, no global state: several threads
 *      run the same parser at once.
 *  (3) Facts are given in the order of the file by scan_give(). It returns false when the engine has
 *      enough of this file: stop then, and return 1.
 *  (4) Every view in a fact that says so lies in in->text; others live in in->arena.
 *
 * A parser returns 1 when the file was of its kind and was read; 0 when it is something else (then
 * the file is read as plain text by the engine, and the next parser that fits is asked); -E_INVALID when
 * it is of its kind and malformed (facts given before count; coverage says so), -E_TOO_LARGE or
 * -E_NOMEM when it could not be read whole. */
#ifndef APPS_SCAN_PARSER_H
#define APPS_SCAN_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* The second column is the word in the catalogue's column `ecosystem`. */
#define SCAN_ECOSYSTEMS(X) \
	X(NPM, "npm") \
	X(PYPI, "pypi") \
	X(PACKAGIST, "packagist") \
	X(GO, "go") \
	X(MAVEN, "maven") /* "group:artifact" */ \
	X(NUGET, "nuget") \
	X(RUBYGEMS, "rubygems") \
	X(CARGO, "cargo") \
	X(HEX, "hex") \
	X(SWIFT, "swift") /* "owner/repository" */ \
	X(CPP, "cpp") \
	X(DOCKER, "docker") \
	X(N8N, "n8n") \
	X(MAKE, "make") \
	X(ZAPIER, "zapier") \
	X(CHROME, "chrome-extension") \
	X(FIREFOX, "firefox-extension") \
	X(ANDROID, "android") \
	X(PROCESS, "process") \
	X(HOST, "host") \
	X(UIPATH, "uipath") \
	X(POWER_AUTOMATE, "power-automate") \
	X(ROBOT, "robotframework") \
	X(TAGUI, "tagui") \
	X(BOTCITY, "botcity") \
	X(UI_VISION, "ui-vision") \
	X(AUTOHOTKEY, "autohotkey") \
	X(APPLESCRIPT, "applescript") \
	X(MCP, "mcp") \
	X(LINUX, "linux") \
	X(CODE, "code") \
	X(FILE, "file")

enum scan_ecosystem {
#define X(name, word) SCAN_ECO_##name,
	SCAN_ECOSYSTEMS(X)
#undef X
	    SCAN_ECOSYSTEMS_LEN
};
const char *scan_ecosystem_name(enum scan_ecosystem e);
bool scan_ecosystem_parse(struct str name, enum scan_ecosystem *ret);

enum fact_kind {
	/* name: the package in the registry's spelling ("@whiskeysockets/baileys", "group:artifact",
	 * "github.com/owner/module"). A repository that stands for a package ("github:devlikeapro/Baileys#x",
	 * git+https URLs, tarball URLs of a registry) is given as a FACT_PACKAGE with the name that it
	 * resolves to where the URL says one, and as a FACT_URL besides. */
	FACT_PACKAGE,
	/* name: the image without registry host, tag and digest ("atendai/evolution-api"); version: the
	 * tag; ecosystem DOCKER. A registry that is no host of Docker's own stays in `alias`. */
	FACT_IMAGE,
	/* name: a workflow node's type, blueprint module ("z-api:sendText") or selected_api; ecosystem N8N,
	 * MAKE, ZAPIER, NPM for Node-RED (the package when the export names it, else the type) or UIPATH
	 * for connectors. Disabled nodes: how = FACT_DISABLED. */
	FACT_NODE,
	/* name: the extension's id; ecosystem CHROME or FIREFOX. */
	FACT_EXTENSION,
	/* name: the package of an Android app that is installed, or that a manifest declares or queries. */
	FACT_ANDROID,
	/* name: the executable's base name; alias: the whole command line as one view of the text. */
	FACT_PROCESS,
	/* name: a URL or host[/path] that a workflow, configuration or robot calls. */
	FACT_URL,
	/* name: a URL, window title or app that a software robot, macro or accessibility service is told to
	 * drive; ecosystem says which kind of robot. */
	FACT_DRIVES,
	/* name: the command or URL of a server in an MCP configuration, arguments included; ecosystem MCP. */
	FACT_SERVER,
	/* name: the id of a row of the catalogue whose condition spans the file and that the parser proved
	 * itself ("svc.openclaw", "android.notification-reply", "ext.manifest-wa-web"). */
	FACT_ROW,
};

enum fact_how {
	FACT_DECLARED,  /* asked for by a manifest */
	FACT_RESOLVED,  /* named by a lock file */
	FACT_IMPORTED,  /* import, require, use, using */
	FACT_USED,      /* run, called, opened, built upon */
	FACT_INSTALLED, /* in an inventory: extension, app, process, global package list */
	FACT_REPLACED,  /* left side of an alias or replacement: the name that the code sees */
	FACT_DISABLED,  /* there, and switched off: kept as a note */
};

/* What the place says beyond the catalogue's row; most facts have none. */
enum fact_lean {
	FACT_LEAN_NONE,
	FACT_LEAN_OFFICIAL, /* n8n's Twilio node with toWhatsapp, a BSP's host with its WhatsApp path */
	FACT_LEAN_UNOFFICIAL, /* pickyassist with application 1; a multi-API node set to Z-API */
	FACT_LEAN_SILENT,     /* the same names for something else: Twilio for SMS */
};

struct fact {
	enum fact_kind kind;
	enum fact_how how;
	enum scan_ecosystem ecosystem;
	enum fact_lean lean;
	struct str name;    /* in in->text or in->arena; up to 512 bytes count */
	struct str version; /* p NULL: none */
	struct str alias;   /* the other name, where there are two; p NULL: none */
	size_t offset,
	    len; /* where in in->text it stands; the engine makes line and column of it */
	unsigned confidence; /* per cent, 1 to 100; by kind and place as docs/scan.md says */
	bool dev;            /* development or test dependency: counts all the same, and is said */
};

/* Who takes the facts: the engine, or a test. `give` returns false when it has enough; it copies. */
struct fact_sink {
	bool (*give)(void *arg, const struct fact *fact);
	void *arg;
};

struct lexis; /* which bytes are code, comment or string: apps/scan/lexis.h */

struct parse_in {
	struct str
	    path; /* below the root, '/' between names, as bytes; for archives the member's */
	struct str name; /* last part of path */
	struct str text;
	struct arena *arena;
	const struct lexis *lexis; /* lexis_at(in->lexis, offset); NULL where the file is no code */
	const struct fact_sink *sink;
};

/* False: enough, stop. */
MUST_CHECK static inline bool scan_give(const struct parse_in *in, const struct fact *fact)
{
	return in->sink->give(in->sink->arg, fact);
}

typedef int parse_fn(const struct parse_in *in);

enum parse_when {
	PARSE_ON_HIT, /* only when some literal or pattern of the catalogue stands in the file */
	PARSE_ALWAYS, /* the name calls for it: small or rare files alone */
};

/* One row: files whose name fits, and who reads them. `pattern` is compared without case of ASCII
 * letters: '*' is any bytes but '/', '?' one; without '/' it is compared with the last part of the
 * path, else with as many last parts as it has. Several rows may fit: they are asked in order until
 * one returns non-zero. */
struct parser {
	const char *pattern; /* "package.json", "requirements*.txt", "*.py", "Extensions/?*" */
	parse_fn *parse;
	enum parse_when when;
	size_t max_bytes; /* longer files are read as plain text only, and coverage says so */
	const char *name; /* for coverage: "npm-lock" */
};

/* parse_table.c; ends with a row whose pattern is NULL. */
extern const struct parser scan_parsers[];

#endif
