/* base/punycode.h: names of hosts in other scripts, as machines write them (RFC 3492): "xn--caff-8oa" is "caffè". */
#ifndef BASE_PUNYCODE_H
#define BASE_PUNYCODE_H

#include <stdbool.h>

#include "base/str.h"

#define PUNYCODE_LABEL_MAX 64 /* bytes of a label, and characters of what it stands for */

/* Appends what `label` stands for, as UTF-8. False, and nothing appended, when it does not begin with "xn--" or stands for
 * nothing. */
bool punycode_decode(struct str label, struct buf *out);

#endif
