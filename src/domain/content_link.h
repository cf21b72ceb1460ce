/* domain/content_link.h: the links in a text, judged by their form alone: nothing is asked of any network.
 *
 * A link is what begins with a scheme, a bare host with an ending that the lists know, and a bare address with a path. The
 * worst fault counts. Names in other scripts are judged as the eye reads them, "xn--" names as what they stand for. */
#ifndef DOMAIN_CONTENT_LINK_H
#define DOMAIN_CONTENT_LINK_H

#include "domain/content.h"

enum link_fault {
	LINK_FINE,
	LINK_PLAIN,     /* http: anybody on the way can change the page */
	LINK_SCHEME,    /* neither the web nor mail, telephone or chat */
	LINK_SHORTENER, /* nobody sees where it leads */
	LINK_LOOKALIKE, /* made to look like another's */
	LINK_ADDRESS,   /* a number instead of a name */
	LINK_USERINFO,  /* a name before @ hides the host behind it */
	LINK_FAULTS
};

#define LINK_HOST_MAX 256
#define LINK_SCHEME_MAX 24

struct content_link {
	struct str url; /* a view into the text */
	enum link_fault fault;
	char scheme[LINK_SCHEME_MAX]; /* lower case, cut; "" where there is none */
	char host[LINK_HOST_MAX];     /* lower case; "" but of pages */
	struct str like;              /* the brand that it looks like; p NULL = none is known */
};

/* The next link of *rest, which then is what stands behind it; what stands before goes to *ret_before. False when there
 * is none: *ret_before is all of the rest. */
bool content_link_next(
    const struct content *c, struct str *rest, struct str *ret_before, struct content_link *ret);
/* One that is known to be a link, as in a button. */
void content_link_judge(const struct content *c, struct str url, struct content_link *ret);

const char *link_fault_name(enum link_fault f); /* "shortener" */

#endif
