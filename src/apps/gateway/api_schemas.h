/* apps/gateway/api_schemas.h: rows of what answers look like. Only api_schemas*.c may include this.
 *
 * Rows of one schema stand together. */
#ifndef APPS_GATEWAY_API_SCHEMAS_H
#define APPS_GATEWAY_API_SCHEMAS_H

#include <stddef.h>

enum presence {
	ALWAYS,
	OR_NULL,   /* there, and perhaps null */
	SOMETIMES, /* there, or not */
};

struct member {
	const char *schema, *name, *type;
	enum presence presence;
	const char *doc;
};

/* api_schemas_notices.c */
extern const struct member notice_members[];
extern const size_t notice_members_len;
/* api_schemas_dossier.c */
extern const struct member dossier_members[];
extern const size_t dossier_members_len;
/* api_schemas_register.c */
extern const struct member register_members[];
extern const size_t register_members_len;
/* api_schemas_triggers.c */
extern const struct member trigger_members[];
extern const size_t trigger_members_len;
/* api_schemas_users.c */
extern const struct member user_members[];
extern const size_t user_members_len;
/* api_schemas_campaigns.c */
extern const struct member campaign_members[];
extern const size_t campaign_members_len;
/* api_schemas_looks.c */
extern const struct member look_members[];
extern const size_t look_members_len;

/* api_schemas_policy.c */
extern const struct member policy_members[];
extern const size_t policy_members_len;

#endif
