/* domain/trigger.h: what an event of a CRM or a shop is turned into: one message, of a template or, while
 * the window is open, of text. A pure function of the definition and the event; what becomes of the message
 * the rules say.
 *
 * A definition is a JSON object, as docs/triggers.md has it:
 *   name, app, number   its own, whose integration it sends as, from which phone-number-id
 *   proof               how who posts is known: "key" (the app's own, the default), "token" (the trigger's
 *                       secret in the address) or a way of signing (transport/signature.h)
 *   items               a pointer to an array of events; without it what was posted is one event
 *   event_id            a text with places (trigger_text.h); events with the same one are one event, and
 *                       without it those with the same content
 *   to, country         pointers to the telephone number or BSUID, the first that leads somewhere, and to
 *                       the country that national numbers are read in
 *   when                conditions that must all hold
 *   delay, quiet_hours  how long it waits, and the hours at which it does not go
 *   template, text      one of them, or both: then it is the text while the window is open
 * Strings borrow from the document. */
#ifndef DOMAIN_TRIGGER_H
#define DOMAIN_TRIGGER_H

#include "base/clock.h"
#include "domain/phone.h"
#include "domain/trigger_text.h"

#define TRIGGER_BYTES_MAX 65536 /* of a definition */
#define TRIGGER_ITEMS_MAX 100   /* events in one post */
#define TRIGGER_DELAY_MAX (30 * MS_PER_DAY)
#define TRIGGER_BY_KEY "key"
#define TRIGGER_BY_TOKEN "token"

struct trigger {
	struct str name, app, number; /* p NULL = the definition does not say */
	struct str proof;
	struct str items, event_id, country; /* p NULL = none */
	const struct json *to, *when, *tpl;  /* NULL = none; `to` is one pointer, or an array */
	struct str text;                     /* p NULL = none */
	int64_t delay_ms;
	bool quiet;     /* it keeps quiet hours */
	bool own_hours; /* … of its own: seconds since midnight, from inclusive, to exclusive */
	int quiet_from_s, quiet_to_s;
};

/* 0; -E_INVALID, -E_RANGE or -E_TOO_LARGE with the member. `proof` may be any word. */
MUST_CHECK int trigger_read(const struct json *definition, struct trigger *ret, struct err *err);

/* The events of a post, one after the other: `at` from 0 on; NULL behind the last. *ret_len how many there
 * are: 0 when `items` leads to no array. */
/* False: `items` leads to no array, and nobody knows what the post is. */
bool trigger_has_items(const struct trigger *t, const struct json *post);
size_t trigger_count(const struct trigger *t, const struct json *post);
const struct json *trigger_item(const struct trigger *t, const struct json *post, size_t at);

struct trigger_mapped {
	struct str event_id; /* of the definition's making, or the event's digest in hex */
	struct phone phone;  /* none: `bsuid` */
	struct str bsuid;    /* p NULL = none */
	/* Graph's bodies; p NULL where the definition has no such. */
	struct str template_body, text_body;
};

/* The body of its template with something at every place, to see whether it fits. 0 or -E_NOMEM. It has one. */
MUST_CHECK int trigger_sample(struct arena *a, const struct trigger *t, struct str *ret);

/* 1 mapped, in the arena. 0 this event is none for this trigger, and *why says why: E_DENIED a condition does
 * not hold, E_NOT_FOUND nothing is where something must be, E_INVALID nobody can be written to at that
 * number; why->field is the place. -E_NOMEM. `country` is that of the number's account, for national numbers;
 * p NULL = none. */
MUST_CHECK int trigger_map(struct arena *a, const struct trigger *t, const struct trigger_input *in,
    struct str country, struct trigger_mapped *ret, struct err *why);

#endif
