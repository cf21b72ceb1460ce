/* domain/message.h: what an app asks to send, read once from Graph's JSON.
 *
 * message_read never fails on bad content: a body that breaks the platform's shape, type or length limits
 * (platform facts 3, figures in the pack's `message`, `template` and `direct_send` sections) becomes a message
 * whose `problem` names the first field that is wrong and says what is; rule 509 reports it. A bad recipient is
 * kept apart in `to_problem`, which rule 301 reports. Both sentences are msgids, without figures: those stand
 * beside. All strings borrow from the JSON document. Members that are unknown are let through, for Meta adds
 * some; null counts as absent. */
#ifndef DOMAIN_MESSAGE_H
#define DOMAIN_MESSAGE_H

#include "base/crypto.h"
#include "base/json.h"
#include "domain/pack.h"
#include "domain/phone.h"
#include "domain/purpose.h"

enum message_kind {
	MESSAGE_FREE_FORM, /* text, media, interactive, location, contacts …: needs an open window */
	MESSAGE_TEMPLATE,
	MESSAGE_DIRECT,     /* Direct Send: free-form shape with `category` */
	MESSAGE_REACTION,   /* to the person's own message */
	MESSAGE_READ,       /* {"status":"read","message_id"}: no recipient */
	MESSAGE_TYPING,     /* MESSAGE_READ with typing_indicator */
	MESSAGE_UNREADABLE, /* not even the kind can be told; `problem` is set */
};

struct message {
	enum message_kind kind;
	const struct json *body; /* the whole object; NULL when it was not one */
	struct str type;         /* "text", "template", …; p == NULL when it cannot be told */
	/* As written; p == NULL when absent. If both are there, `to` wins. */
	struct str to, recipient;
	struct phone phone;    /* of `to` when valid, else none */
	struct str bsuid;      /* of `recipient` when valid and without a `to`; else p == NULL */
	bool to_prefixed;      /* the WABA's country code was put in front: readings 42 warns */
	struct err to_problem; /* code 0 = none */
	struct str template_name, template_language;
	const struct json *template_components; /* what the app filled in; NULL = none */
	enum purpose direct_category; /* of MESSAGE_DIRECT when allowed there; else PURPOSE_NONE */
	struct str callback;          /* the app's own biz_opaque_callback_data */
	struct str message_id;        /* the message that is read or reacted to */
	bool marketing_path;          /* came by /marketing_messages */
	/* Of the canonical body without biz_opaque_callback_data; zero without a body. */
	struct sha256 digest;
	struct err problem; /* code 0 = none; field and sentence otherwise */
	/* The problem's figures: what is allowed, what came; -1 = none. */
	int64_t problem_limit, problem_got;
};

/* `body` NULL (not JSON, or not an object) gives MESSAGE_UNREADABLE with `why` as its problem; `why` may be
 * NULL. `country` is that of the WABA, for numbers without '+'. `path` is "/messages" or
 * "/marketing_messages". A missing type is "text", as with Meta, where there is a text. 0 or -E_NOMEM. */
MUST_CHECK int message_read(struct arena *a, const struct pack *pack, const struct json *body,
    const struct err *why, struct str path, struct str country, struct message *ret);

const char *message_kind_name(enum message_kind k); /* "free_form"; "" for none of them */

#endif
