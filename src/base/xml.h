/* base/xml.h: XML out of a hostile file, piece by piece, over expat.
 *
 * No document type, hence no entities of anybody's own: -E_INVALID. Bounded: depth, and the size
 * of a tag (-E_TOO_LARGE). Names come without their prefix; text comes in pieces. After an error
 * every call gives it again. */
#ifndef BASE_XML_H
#define BASE_XML_H

#include "base/str.h"

#define XML_DEPTH_MAX 64

struct xml;

/* Any may be NULL. `attributes`: name, value, …, NULL, for xml_attr(). */
struct xml_handler {
	void (*open)(void *arg, struct xml *x, const char *name, const char *const *attributes);
	void (*close)(void *arg, struct xml *x, const char *name);
	void (*text)(void *arg, struct xml *x, struct str text);
};

/* NULL when memory ran out. */
MUST_CHECK struct xml *xml_new(const struct xml_handler *h, void *arg);
void xml_free(struct xml **px);

/* 0 all was taken; 1 a handler paused: then xml_go_on() until that gives 0. The bytes are the
 * caller's again at once. */
MUST_CHECK int xml_feed(struct xml *x, struct str bytes, struct err *err);
MUST_CHECK int xml_go_on(struct xml *x, struct err *err);
/* No more bytes: is the document whole? */
MUST_CHECK int xml_end(struct xml *x, struct err *err);

/* For handlers. Pausing is for `close`. */
void xml_pause(struct xml *x);
void xml_fail(struct xml *x, enum err_code code, const char *text);
/* p NULL when it is not there. */
struct str xml_attr(const char *const *attributes, const char *name);

#endif
