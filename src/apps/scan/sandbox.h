/* apps/scan/sandbox.h: what the threads that read hostile trees may still ask of the kernel.
 *
 * sandbox_process(): nobody in this process may open sockets, run programs or trace from now on.
 * sandbox_thread(): this thread may open files for reading, read, and use memory; nothing else.
 * Neither can be undone. Built with sanitizers both do nothing, since those need more. */
#ifndef APPS_SCAN_SANDBOX_H
#define APPS_SCAN_SANDBOX_H

#include "base/err.h"

/* 0, or -E_UNSUPPORTED where the kernel has no seccomp: the scan goes on and says so. */
MUST_CHECK int sandbox_process(void);
MUST_CHECK int sandbox_thread(void);

#endif
