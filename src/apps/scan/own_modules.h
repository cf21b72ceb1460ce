/* apps/scan/own_modules.h: imports that mean the project's own files.
 *
 * Python, Ruby and (with a base directory) TypeScript import files of the project by names that look like
 * packages: "from whatsapp_web.views import …" beside whatsapp_web/views.py. Such a finding is dropped when
 * a file or directory of that name stands where the language would look, from the importing file's
 * directory up to the root, and no manifest or lock file of the root names the package. */
#ifndef APPS_SCAN_OWN_MODULES_H
#define APPS_SCAN_OWN_MODULES_H

#include "apps/scan/scan.h"

void own_modules_drop(struct scan_result *r);

#endif
