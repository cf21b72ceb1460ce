/* apps/sim/sim_multipart.h: multipart/form-data (RFC 7578), read piece by piece.
 *
 * Small values are collected, a file is handed on as it comes. Bounded: the head of a part, the length of a small
 * value, the number of parts. A part with a file name, or the part called "file", is the file. */
#ifndef APPS_SIM_SIM_MULTIPART_H
#define APPS_SIM_SIM_MULTIPART_H

#include "base/str.h"

struct sim_multipart;

struct sim_multipart_handler {
	void *arg;
	/* Each answers 0, or a negative code that ends the reading. */
	int (*on_value)(void *arg, struct str name, struct str value);
	int (*on_file)(void *arg, struct str filename, struct str type);
	int (*on_bytes)(void *arg, struct str bytes);
};

/* From the Content-Type of the request. -E_INVALID when that is no multipart/form-data with a boundary. */
MUST_CHECK int sim_multipart_new(
    struct str content_type, const struct sim_multipart_handler *h, struct sim_multipart **ret);
void sim_multipart_free(struct sim_multipart **pm);

/* 0, -E_INVALID for what is malformed or too large, or what a handler answered. After an error: no more. */
MUST_CHECK int sim_multipart_feed(struct sim_multipart *m, struct str bytes);
/* 0 when the closing boundary was seen. */
MUST_CHECK int sim_multipart_end(const struct sim_multipart *m);

#endif
