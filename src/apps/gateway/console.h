/* apps/gateway/console.h: the web console: files that tools/embed-folder packs into the program; none in a program that was
 * built without them. */
#ifndef APPS_GATEWAY_CONSOLE_H
#define APPS_GATEWAY_CONSOLE_H

#include "base/str.h"
#include "transport/http_server.h"

struct console_file {
	const char *name;               /* "index.html" */
	struct str plain, gzip, brotli; /* p NULL where zipping saves nothing */
};

extern const struct console_file console_files[]; /* ends with a row of NULLs */

/* /console and what lies under it: `name` is what stands behind "/console/", p NULL = not even the slash. GET or HEAD.
 * Without files every page says how to get the console. */
void console_answer(const struct console_file *files, struct http_request *req, struct str name);

#endif
