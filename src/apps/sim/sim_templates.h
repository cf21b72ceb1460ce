/* apps/sim/sim_templates.h: the templates of every WABA.
 *
 * Kept by id and by (WABA, name, language), in order of creation. A template that is deleted is gone. What
 * becomes of one over time (review, pauses) is decided by whoever calls; here it is only stored. */
#ifndef APPS_SIM_SIM_TEMPLATES_H
#define APPS_SIM_SIM_TEMPLATES_H

#include "base/json.h"
#include "apps/sim/sim_error.h"
#include "apps/sim/sim_world.h"

struct sim_template {
	struct list_node node; /* of waba->templates */
	uint64_t n;            /* counter: order of creation */
	char id[SIM_OBJECT_ID_MAX];
	struct sim_waba *waba;
	char name[FIG_TEMPLATE_NAME + 1], language[SIM_WORD_MAX];
	char category[SIM_WORD_MAX], correct_category[SIM_WORD_MAX],
	    previous_category[SIM_WORD_MAX];
	char status[SIM_WORD_MAX], quality[SIM_WORD_MAX], rejected_reason[SIM_WORD_MAX];
	char parameter_format[SIM_WORD_MAX];
	bool is_generated; /* made by a direct send */
	char *components;  /* JSON text of an array */
	int64_t ttl_s;     /* -1 = the category's */
	time_ms created_at, edited_at, quality_at, paused_until;
	unsigned pauses;
	struct sim_template_meta meta;
};

struct sim_templates;

MUST_CHECK struct sim_templates *sim_templates_new(uint64_t seed);
/* While the world they belong to is still there. */
void sim_templates_free(struct sim_templates **pt);
void sim_templates_clear(struct sim_templates *t); /* no id comes twice even then */

/* From a definition that sim_template_lint let pass; PENDING. NULL and *p when it is there already (100 / 2388024), when there
 * are too many, or when memory ran out. */
struct sim_template *sim_templates_create(struct sim_templates *t, struct sim_waba *waba,
    const struct json *definition, time_ms now, struct sim_problem *p);
/* The template behind a direct send, APPROVED, made on first use; NULL when there is no room. */
struct sim_template *sim_templates_generate(struct sim_templates *t, struct sim_waba *waba,
    struct str name, struct str category, time_ms now);
void sim_templates_delete(struct sim_templates *t, struct sim_template *template);
/* Replaces what an edit brings: components, category, time to live. 0 or -E_NOMEM. */
MUST_CHECK int sim_templates_edit(
    struct sim_template *template, const struct json *edit, time_ms now);

struct sim_template *sim_templates_get(const struct sim_templates *t, struct str id);
struct sim_template *sim_templates_by_counter(const struct sim_templates *t, uint64_t n);
struct sim_template *sim_templates_find(const struct sim_templates *t, const struct sim_waba *waba,
    struct str name, struct str language);

/* 0 when a message may be made from it; else the code of the error: 132015, 132016 or 132001. */
int sim_template_refusal(const struct sim_template *template);

/* The members that `fields` names (p NULL = the default ones) and always the id. */
void sim_template_print(
    struct json_writer *w, const struct sim_template *template, struct str fields);

#endif
