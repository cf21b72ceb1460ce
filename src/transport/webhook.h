/* transport/webhook.h: Meta's event posts: signature over the raw bytes, and the body as a list of
 * events.
 *
 * Parsing is tolerant where Meta is (misplaced keys, unknown fields, numbers or strings for
 * times) and strict about the envelope: a body that is not JSON, or has no `entry` array, is
 * -E_INVALID. One struct event per fact: one per message, status, error list, call, preference,
 * id update, or per change for account and template fields. Strings borrow from the document. An
 * unknown field, or a known field whose value cannot be understood, gives EVENT_OTHER: it is
 * kept raw, never an error. */
#ifndef TRANSPORT_WEBHOOK_H
#define TRANSPORT_WEBHOOK_H

#include "base/clock.h"
#include "base/json.h"

/* Constant time. `header` is the value of X-Hub-Signature-256 ("sha256=<64 hex>"). */
bool webhook_signature_ok(struct str app_secret, struct str raw_body, struct str header);
/* "sha256=<hex>" of the body: what we put on what we forward. `out` has 72 bytes. */
void webhook_sign(struct str secret, struct str raw_body, char out[72]);

enum event_kind {
	EVENT_MESSAGE, /* inbound message of a person: opens the window unless type is system, edit, revoke, unsupported (platform 4) */
	EVENT_STATUS,  /* sent delivered read played failed of one of ours */
	EVENT_CALL,    /* a person called: direction USER_INITIATED opens the window */
	EVENT_PREFERENCE, /* user_preferences: stop or resume of marketing */
	EVENT_USER_ID, /* user_id_update, system user_changed_user_id, system user_changed_number */
	EVENT_ACCOUNT, /* account_update */
	EVENT_TEMPLATE_STATUS,
	EVENT_TEMPLATE_CATEGORY,
	EVENT_TEMPLATE_QUALITY,
	EVENT_CAPABILITY,     /* business_capability_update: the portfolio's limit */
	EVENT_NUMBER_QUALITY, /* phone_number_quality_update */
	EVENT_OTHER,
};

struct event {
	enum event_kind kind;
	struct str entry_id; /* WABA, or portfolio for PARTNER_* and the like */
	struct str field;
	struct str number; /* metadata.phone_number_id, "" when the field has none */
	time_ms
	    at; /* the fact's own time (message timestamp, entry time), TIME_NONE when it has none */
	const struct json *value; /* the change's value */
	const struct json *item;  /* the one message, status, call …; NULL for account fields */
	/* who, when the fact is about a person */
	struct str wa_id, user_id, parent_user_id, previous_user_id, previous_wa_id;
	struct str id; /* wamid of the message or status; call id */
	/* EVENT_STATUS */
	struct str status, callback;
	int64_t error_code; /* first of errors[], 0 = none */
	/* EVENT_MESSAGE */
	struct str type, text; /* text body, button text/payload or reply title */
	struct str payload;    /* button payload or reply id */
	bool group;
	/* EVENT_PREFERENCE: stop or resume; EVENT_ACCOUNT: the event word; EVENT_TEMPLATE_*: the
	 * event word or new value */
	struct str word;
};

/* Dedupe key of the fact (reliability 2.2): wamid + status + timestamp (+ participant) for
 * statuses, wamid for inbound, field + digest of the value + time for others. 32 bytes hashed. */
void event_key(const struct event *e, uint8_t out[32]);

struct event_list {
	struct event *items;
	size_t len;
	bool truncated; /* more than `max` facts: the post is refused as too large */
};

/* 0, or -E_INVALID with the reason, -E_TOO_LARGE (more than 1,000 changes × their items),
 * -E_NOMEM. */
MUST_CHECK int webhook_read(struct arena *a, struct str raw_body, struct event_list *ret,
    const struct json **ret_root, struct err *err);

#endif
