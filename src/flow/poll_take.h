/* flow/poll_take.h: what Meta answered about an account, its numbers and its templates goes on record.
 *
 * Inside the transaction of the caller. A webhook that is younger than the question wins over the
 * answer. Values that Meta did not give stay. */
#ifndef FLOW_POLL_TAKE_H
#define FLOW_POLL_TAKE_H

#include "flow/core.h"

struct poll_work {
	struct core *core;
	struct store_conn *c;
	struct str waba;
	time_ms asked_at; /* when the question left */
	time_ms now;
	bool last_page; /* of the templates: there are no more behind these */
	struct arena *arena;
	struct err *err;
};

#define POLL_WABA_FIELDS \
	"id,account_review_status,health_status,whatsapp_business_manager_messaging_limit"
#define POLL_NUMBER_FIELDS \
	"id,display_phone_number,verified_name,quality_rating,status,name_status,throughput," \
	"health_status"
#define POLL_TEMPLATE_FIELDS \
	"id,name,language,category,status,components,parameter_format,quality_score," \
	"correct_category,rejected_reason"

MUST_CHECK int poll_take_waba(struct poll_work *w, const struct json *node);
/* `data` of the list; numbers that are not on record are passed over. */
MUST_CHECK int poll_take_numbers(struct poll_work *w, const struct json *data);
/* A definition that makes no sense is passed over. */
MUST_CHECK int poll_take_templates(struct poll_work *w, const struct json *data);
/* The token is refused: told once, until an answer comes again. */
MUST_CHECK int poll_take_refusal(struct poll_work *w);
/* An answer came, so it is not. */
MUST_CHECK int poll_take_welcome(struct poll_work *w);

#endif
