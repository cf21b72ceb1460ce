/* apps/gateway/pass_template.h: templates that apps create, edit and delete by way of the gateway.
 *
 * Private to pass.c. A definition is linted before it goes on; what the upstream did is on record, and in
 * force, before the app hears it: it may edit or send at once what it just made. */
#ifndef APPS_GATEWAY_PASS_TEMPLATE_H
#define APPS_GATEWAY_PASS_TEMPLATE_H

#include "base/lang.h"
#include "domain/directory.h"
#include "flow/core.h"
#include "transport/http_server.h"

enum template_change { TEMPLATE_UNCHANGED, TEMPLATE_CREATED, TEMPLATE_EDITED, TEMPLATE_DELETED };

/* One call; all borrowed, for as long as the call. */
struct template_call {
	enum template_change change;
	struct str waba;
	struct str name, language, category; /* of the template that is edited */
	const struct json *body;             /* of creation and edit */
	struct str gone_name, gone_id;       /* of a deletion by name, or by Meta's id */
	bool expected;                       /* a creation that is on record already */
};

/* What the call would change. `waba` owns the object in the path; `id` and `rest` are the path's. */
void template_call_read(const struct directory *d, struct http_request *req, struct str waba,
    struct str id, struct str rest, struct arena *a, struct template_call *ret);

static inline bool template_is_defined(const struct template_call *t)
{
	return t->change == TEMPLATE_CREATED || t->change == TEMPLATE_EDITED;
}

/* What a review says of the definition, knowing the account. */
struct template_verdict {
	const struct json *problems;
	bool refused; /* Meta would reject it, or the policy does and binds */
	struct str
	    warnings; /* "template.opt_out,content.link": rules of what is not refused; p NULL = none */
};
MUST_CHECK int template_call_lint(const struct template_call *t, const struct directory *d,
    const struct core *core, struct arena *a, struct template_verdict *ret, struct err *err);
/* 400 in Graph's envelope, with the first error in code, error_subcode, error_data and error_user_*, and all problems in
 * error.varco.problems. */
void template_call_refuse(
    const struct json *problems, enum lang lang, struct arena *a, struct buf *out);

/* On the writer. Before a creation goes on, what is asked for is on record as PENDING, unless there is such a template
 * already: the webhook about its review may come before the answer. */
MUST_CHECK int template_call_expect(
    struct store_conn *c, struct template_call *t, time_ms now, struct arena *a, struct err *err);
/* What came of the call: of a refused creation nothing stays. 0, or <0 and nothing is recorded. */
MUST_CHECK int template_call_record(struct store_conn *c, const struct template_call *t, int status,
    struct str answer, time_ms now, struct arena *a, struct err *err);
/* And into the history, as the deed of that app; `d` is what was known when the call came, so that what
 * was deleted is told, too. */
MUST_CHECK int template_call_tell(struct core *core, struct store_conn *c,
    const struct template_call *t, const struct directory *d, struct str app, struct arena *a,
    struct err *err);

#endif
