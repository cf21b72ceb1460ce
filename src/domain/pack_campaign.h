/* domain/pack_campaign.h: the reader of the pack's "campaign", for the tables of pack_read.c alone.
 *
 * As pack_value.h has them: 0, or -E_INVALID or -E_NOMEM with *r->err filled. */
#ifndef DOMAIN_PACK_CAMPAIGN_H
#define DOMAIN_PACK_CAMPAIGN_H

#include "domain/pack_value.h"

MUST_CHECK int read_campaign(
    struct reader *r, const struct json *v, const struct field *f, char *base);

#endif
