/* apps/scan/parse_xml.h: the tags of an XML file, one after the other.
 *
 * Enough for manifests and exports: tags, attributes, text; no entities beyond what xml_decode() undoes,
 * no DTD, no nesting check. Comments, declarations and instructions are passed over. Views lie in the
 * text. */
#ifndef APPS_SCAN_PARSE_XML_H
#define APPS_SCAN_PARSE_XML_H

#include "base/arena.h"
#include "base/str.h"

enum xml_kind {
	XML_OPEN,  /* <name attributes> and <name attributes/> */
	XML_CLOSE, /* </name> */
	XML_TEXT,  /* between tags, trimmed, never empty; CDATA as well */
};

struct xml {
	struct str rest;
	enum xml_kind kind;
	struct str name;       /* of tags, with its prefix */
	struct str attributes; /* of opening tags */
	struct str text;
};

/* The next tag or text; false at the end, or when a tag does not end. Starts as { text }. */
bool xml_next(struct xml *x);
/* The value as it stands; p NULL when the tag has none of that name. */
struct str xml_attribute(const struct xml *x, const char *name);
/* One attribute after the other: `rest` starts as x->attributes. */
bool xml_attribute_next(struct str *rest, struct str *ret_name, struct str *ret_value);
bool xml_named(const struct xml *x, const char *name); /* without its prefix */
/* The five entities and character references of ASCII undone; the value itself when it has none. */
struct str xml_decode(struct arena *a, struct str value);

#endif
