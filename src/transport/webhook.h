/* transport/webhook.h: Meta's event posts: signature over the raw bytes, and the body as a list of
 * events.
 *
 * Parsing is tolerant where Meta is (misplaced keys, unknown fields, numbers or strings for
 * times) and strict about the envelope: a body that is not JSON, or has no `entry` array, is
 * -E_INVALID. One struct event per fact: one per message, status, error, call, preference,
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

/* The words of an event are the platform's, as they came. */
enum event_kind {
	EVENT_MESSAGE,    /* inbound: opens the window unless system, edit, revoke, unsupported */
	EVENT_STATUS,     /* sent delivered read played failed, of one of ours */
	EVENT_CALL,       /* a person called: opens the window */
	EVENT_PREFERENCE, /* user_preferences about marketing: stop or resume */
	EVENT_USER_ID,    /* user_id_update; system user_changed_user_id, user_changed_number */
	EVENT_ACCOUNT,    /* account_update */
	EVENT_TEMPLATE_STATUS,
	EVENT_TEMPLATE_CATEGORY, /* announced, come true, or found to be another */
	EVENT_TEMPLATE_QUALITY,
	EVENT_CAPABILITY,     /* business_capability_update: the portfolio's limit */
	EVENT_NUMBER_QUALITY, /* phone_number_quality_update */
	EVENT_ECHO,           /* a message of ours that somebody else sent; `field` says who */
	EVENT_OTHER,
};

/* Strings that a kind has not, or that did not come, are "" (p not NULL). */
struct event {
	enum event_kind kind;
	struct str entry_id; /* WABA, or portfolio for PARTNER_* and the like */
	struct str field;
	struct str number; /* metadata.phone_number_id */
	/* The fact's own time (timestamp of the message, time of the entry); TIME_NONE without. */
	time_ms at;
	const struct json *value; /* the change's value */
	const struct json *item;  /* the one message, status, call …; NULL for account fields */
	/* Who, when the fact is about a person. Of a group's status: the participant. */
	struct str wa_id, user_id, parent_user_id, previous_user_id, previous_wa_id;
	struct str id;               /* wamid of the message or status; call id */
	struct str status, callback; /* EVENT_STATUS; callback is biz_opaque_callback_data */
	int64_t error_code;          /* first of errors[], 0 = none */
	/* EVENT_MESSAGE and the type of a system message; EVENT_CALL: "connect", "terminate". */
	struct str type;
	struct str text;    /* text body, button text, reply title */
	struct str payload; /* button payload, reply id */
	bool group;
	/* EVENT_PREFERENCE: "stop", "resume". EVENT_CALL: the direction. EVENT_USER_ID: the
	 * system message's type. EVENT_ACCOUNT, EVENT_TEMPLATE_STATUS, EVENT_NUMBER_QUALITY: the
	 * event word. EVENT_TEMPLATE_QUALITY: the new score. EVENT_TEMPLATE_CATEGORY: the
	 * category that it has or will have. EVENT_CAPABILITY: the limit ("TIER_10K" or digits). */
	struct str word;
	uint8_t digest[32]; /* of the item, else of the value; zero for messages and statuses */
};

/* Dedupe key of the fact (reliability 2.2), 32 bytes: for messages the wamid alone; for statuses
 * wamid, status, time and participant; for the others entry, field, time and digest. */
void event_key(const struct event *e, uint8_t out[32]);

struct event_list {
	struct event *items;
	size_t len;
};

#define WEBHOOK_CHANGES_MAX 1000
#define WEBHOOK_FACTS_MAX 20000

/* A message in another field's value (`standby`): fills *e from e->item and e->value; false when it is none
 * of a person's. */
bool webhook_read_message(struct event *e);
/* 0; -E_INVALID with the reason; -E_TOO_LARGE beyond the two limits above; -E_NOMEM. */
MUST_CHECK int webhook_read(struct arena *a, struct str raw_body, struct event_list *ret,
    const struct json **ret_root, struct err *err);

#endif
