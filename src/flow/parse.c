/* Bytes become a message. A body that is no message goes on all the same: rule 509 refuses it with
 * the field's name, and the refusal is on record like any other. */
#include "flow/flow.h"

enum step_result flow_parse(struct flow *f)
{
	const struct json *body = NULL;
	struct err why = { 0 };
	struct str country = f->number ? f->number->waba->country : STR_NONE;

	int r = json_read(f->arena, f->text, &body, &why);

	if (r < 0)
		body = NULL;
	if (r == -E_NOMEM ||
	    message_read(f->arena, f->lane->core->pack, body, &why, f->path, country, &f->message) <
		0) {
		flow_answer_trouble(
		    f, 503, 2, "The gateway is short of memory.", "Send it again later.");
		return STEP_ANSWER;
	}
	flow_move(f, FLOW_PARSED);
	return STEP_NEXT;
}
