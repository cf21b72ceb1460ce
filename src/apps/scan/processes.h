/* apps/scan/processes.h: the processes that run now, as a list that the parser of lists reads. */
#ifndef APPS_SCAN_PROCESSES_H
#define APPS_SCAN_PROCESSES_H

#include "apps/scan/reader.h"

/* Reads /proc and gives the list to the reader as "processes.ps" of the root `root`. */
MUST_CHECK int processes_read(struct reader *r, unsigned root, struct err *err);

#endif
