/* domain/template.h: templates as stored: definitions in Graph's shape, and what Meta says of them. Inside the caller's transaction. */
#ifndef DOMAIN_TEMPLATE_H
#define DOMAIN_TEMPLATE_H

#include "base/json.h"
#include "domain/facts.h"
#include "store/store.h"

/* One definition object {"name","language","category","status","components",…}; `status` defaults to APPROVED. Same values again: 0 and *ret_created false; other components or
 * category under the same name and language: -E_CONFLICT, unless `replace` (sync, set). -E_INVALID names the field. */
MUST_CHECK int template_put(struct store_conn *c, struct str waba, const struct json *definition, bool replace, time_ms now, bool *ret_created, struct err *err);
MUST_CHECK int template_remove(struct store_conn *c, struct str waba, struct str name, struct str language, struct err *err);

struct template_news {               /* from a webhook; p NULL or TIME_NONE = unchanged */
	struct str waba, meta_id, name, language;
	struct str status, quality;
	enum purpose category, correct_category;    /* PURPOSE_NONE = unchanged */
	time_ms    category_change_at, paused_until;
	bool       pause_end_unknown;
};
/* 1 changed, 0 a template we do not know (nothing stored: its definition is unknown), <0 error. */
MUST_CHECK int template_apply(struct store_conn *c, const struct template_news *n, time_ms now, struct err *err);

#endif
