/* domain/campaign_fill.h: a template and where its variables come from: columns of the audience, with
 * something to say where a cell is empty. Made once for a campaign, then written for each person.
 *
 * A mapping is "VARIABLE=COLUMN", "VARIABLE=COLUMN|OTHERWISE" or "VARIABLE=|ALWAYS". VARIABLE is that
 * of the body ("1", "name"), "header.1" of a header with text, "header" for the address of its
 * picture, "button.0" for what the first button adds to its address, or for its code. Named variables
 * that no mapping names come from the column of that name. Quick replies bear the campaign and their
 * place as payload, so that answers can be counted. */
#ifndef DOMAIN_CAMPAIGN_FILL_H
#define DOMAIN_CAMPAIGN_FILL_H

#include "domain/directory.h"

#define CAMPAIGN_SLOTS_MAX 64
#define CAMPAIGN_PAYLOAD_MAX 40

enum campaign_part {
	CAMPAIGN_HEADER,
	CAMPAIGN_BODY,
	CAMPAIGN_BUTTON,
};

struct campaign_slot {
	enum campaign_part part;
	size_t index;        /* of a button */
	const char *type;    /* "text", "image", "video", "document" or "coupon_code" */
	struct str variable; /* its name; p NULL = it has none */
	bool named;          /* values bear the name */
	struct str column;   /* p NULL = none: always the fallback */
	struct str fallback; /* p NULL = none */
};

struct campaign_fill {
	const struct dir_template *tpl;
	uint64_t campaign;
	struct campaign_slot slots[CAMPAIGN_SLOTS_MAX];
	size_t len;
	unsigned replies; /* bit i: the i-th button is a quick reply */
};

/* `t` must outlive *ret; strings of *ret are views into it, the maps, or lie in `a`. -E_INVALID (field
 * "map") for a mapping that is none or names no variable, and for a variable without one;
 * -E_UNSUPPORTED (field "template") for a template of a kind that a campaign cannot fill. */
MUST_CHECK int campaign_fill_read(const struct dir_template *t, uint64_t campaign,
    const struct str *maps, size_t maps_len, struct arena *a, struct campaign_fill *ret,
    struct err *err);
/* For mappings that somebody gives: -E_INVALID (field "map") when two are for the same variable, -E_TOO_LARGE when they are
 * more than a template can have variables. Of those stored before that was asked the last holds. */
MUST_CHECK int campaign_fill_check(const struct str *maps, size_t maps_len, struct err *err);
/* Does any of the slots take that column. */
bool campaign_fill_takes(const struct campaign_fill *f, struct str column);

struct campaign_address {
	struct phone phone;
	struct str bsuid; /* without a phone */
};
/* The body as an app would post it; `fields` is an object of texts, or NULL. A variable with neither
 * cell nor fallback is written empty, for policy to refuse, and counted in *ret_empty. -E_NOMEM. */
MUST_CHECK int campaign_fill_write(const struct campaign_fill *f, const struct campaign_address *to,
    const struct json *fields, struct arena *a, struct str *ret_body, size_t *ret_empty,
    struct err *err);

/* "cmp_….2" ↔ campaign and place of the quick reply. */
void campaign_payload(uint64_t campaign, size_t button, char out[CAMPAIGN_PAYLOAD_MAX]);
bool campaign_payload_read(struct str payload, uint64_t *ret_campaign, int64_t *ret_button);

#endif
