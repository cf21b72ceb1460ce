#include "apps/sim/sim_templates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_fields.h"

#define TEMPLATES_MAX 20000
#define COMPONENTS_BYTES_MAX 65536
#define KEY_MAX (SIM_ID_MAX + FIG_TEMPLATE_NAME + SIM_WORD_MAX + 4)
#define ID_SALT 0x74656d706c617465ULL

struct sim_templates {
	struct map *by_id, *by_key;
	struct imap *by_counter;
	uint64_t seed, next;
};

struct sim_templates *sim_templates_new(uint64_t seed)
{
	struct sim_templates *t = mem_alloc(sizeof(*t));

	if (!t)
		return NULL;
	t->seed = seed ^ ID_SALT;
	t->next = 1;
	t->by_id = map_new();
	t->by_key = map_new();
	t->by_counter = imap_new();
	if (!t->by_id || !t->by_key || !t->by_counter)
		sim_templates_free(&t);
	return t;
}

static void free_template(struct sim_template *template)
{
	mem_free(template->components);
	sim_pacer_done(&template->meta.pacer);
	mem_free(template);
}

void sim_templates_clear(struct sim_templates *t)
{
	for (uint64_t n = 1; n < t->next; n++) {
		struct sim_template *template = sim_templates_by_counter(t, n);
		if (template)
			sim_templates_delete(t, template);
	}
}

void sim_templates_free(struct sim_templates **pt)
{
	if (!*pt)
		return;
	if ((*pt)->by_id && (*pt)->by_key && (*pt)->by_counter)
		sim_templates_clear(*pt);
	map_free(&(*pt)->by_id);
	map_free(&(*pt)->by_key);
	imap_free(&(*pt)->by_counter);
	MEM_FREE(pt);
}

static struct str key_of(const char *waba, struct str name, struct str language, char out[KEY_MAX])
{
	int len = snprintf(out, KEY_MAX, "%s/%.*s/%.*s", waba, STR_ARG(name), STR_ARG(language));

	return str_n(out, len < KEY_MAX ? (size_t)len : KEY_MAX - 1);
}

/* --- adding -------------------------------------------------------------------------------------- */

static bool index_template(struct sim_templates *t, struct sim_template *template)
{
	char room[KEY_MAX];
	struct str key = key_of(
	    template->waba->id, str_c(template->name), str_c(template->language), room);

	if (map_put(t->by_id, str_c(template->id), template) == 0 &&
	    map_put(t->by_key, key, template) == 0 &&
	    imap_put(t->by_counter, template->n, (int64_t)(uintptr_t)template) == 0)
		return true;
	(void)map_take(t->by_id, str_c(template->id));
	(void)map_take(t->by_key, key);
	return false;
}

static struct sim_template *add(struct sim_templates *t, struct sim_waba *waba, struct str name,
    struct str language, time_ms now)
{
	struct sim_template *template;

	if (map_len(t->by_id) >= TEMPLATES_MAX || !(template = mem_alloc(sizeof(*template))))
		return NULL;
	template->n = t->next++;
	template->waba = waba;
	template->ttl_s = -1;
	template->created_at = template->quality_at = now;
	template->edited_at = template->paused_until = TIME_NONE;
	sim_object_id(t->seed, template->n, template->id);
	sim_set_text(template->name, sizeof(template->name), name);
	sim_set_text(template->language, sizeof(template->language), language);
	sim_set_text(template->status, sizeof(template->status), STR("PENDING"));
	sim_set_text(template->quality, sizeof(template->quality), STR("UNKNOWN"));
	sim_set_text(template->rejected_reason, sizeof(template->rejected_reason), STR("NONE"));
	sim_set_text(
	    template->parameter_format, sizeof(template->parameter_format), STR("POSITIONAL"));
	if (!index_template(t, template)) {
		mem_free(template);
		return NULL;
	}
	list_append(&waba->templates, &template->node);
	return template;
}

static void set_upper(char *out, size_t size, struct str s)
{
	sim_set_text(out, size, s);
	for (char *at = out; *at; at++) {
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	}
}

static int set_components(struct sim_template *template, const struct json *components)
{
	struct buf text;

	buf_init(&text, COMPONENTS_BYTES_MAX);
	json_print(&text, components);
	if (text.failed) {
		buf_done(&text);
		return -E_NOMEM;
	}
	mem_free(template->components);
	template->components = text.p;
	return 0;
}

static int fill(struct sim_template *template, const struct json *o)
{
	struct str category = json_str(json_get(o, "category"));
	struct str format = json_str(json_get(o, "parameter_format"));

	if (category.p)
		set_upper(template->category, sizeof(template->category), category);
	if (format.p)
		set_upper(template->parameter_format, sizeof(template->parameter_format), format);
	(void)json_int(json_get(o, "message_send_ttl_seconds"), &template->ttl_s);
	return json_get(o, "components") ? set_components(template, json_get(o, "components")) : 0;
}

struct sim_template *sim_templates_create(struct sim_templates *t, struct sim_waba *waba,
    const struct json *definition, time_ms now, struct sim_problem *p)
{
	struct str name = json_str(json_get(definition, "name"));
	struct str language = json_str(json_get(definition, "language"));
	struct sim_template *template;

	if (sim_templates_find(t, waba, name, language)) {
		(void)sim_problem_sub(
		    p, 100, 2388024, "There is content in this language already.");
		return NULL;
	}
	template = add(t, waba, name, language, now);
	waba->own_templates += template != NULL;
	if (template && fill(template, definition)) {
		sim_templates_delete(t, template);
		template = NULL;
	}
	if (!template)
		(void)sim_problem_sub(
		    p, 100, 2388019, "The template is too large, or there are too many.");
	return template;
}

struct sim_template *sim_templates_generate(struct sim_templates *t, struct sim_waba *waba,
    struct str name, struct str category, time_ms now)
{
	struct sim_template *template = sim_templates_find(t, waba, name, STR("en"));

	if (template)
		return template;
	template = add(t, waba, name, STR("en"), now);
	if (!template)
		return NULL;
	template->is_generated = true;
	set_upper(template->category, sizeof(template->category), category);
	sim_set_text(template->status, sizeof(template->status), STR("APPROVED"));
	return template;
}

int sim_templates_edit(struct sim_template *template, const struct json *edit, time_ms now)
{
	int rc = fill(template, edit);

	if (!rc)
		template->edited_at = now;
	return rc;
}

void sim_templates_delete(struct sim_templates *t, struct sim_template *template)
{
	char room[KEY_MAX];

	(void)map_take(t->by_key,
	    key_of(template->waba->id, str_c(template->name), str_c(template->language), room));
	(void)map_take(t->by_id, str_c(template->id));
	(void)imap_take(t->by_counter, template->n, &(int64_t){ 0 });
	list_remove(&template->waba->templates, &template->node);
	if (!template->is_generated)
		template->waba->own_templates--;
	free_template(template);
}

/* --- finding ------------------------------------------------------------------------------------- */

struct sim_template *sim_templates_get(const struct sim_templates *t, struct str id)
{
	return map_get(t->by_id, id);
}

struct sim_template *sim_templates_by_counter(const struct sim_templates *t, uint64_t n)
{
	int64_t found;

	return imap_get(t->by_counter, n, &found) ? (struct sim_template *)(uintptr_t)found : NULL;
}

struct sim_template *sim_templates_find(const struct sim_templates *t, const struct sim_waba *waba,
    struct str name, struct str language)
{
	char room[KEY_MAX];

	return map_get(t->by_key, key_of(waba->id, name, language, room));
}

/* Statuses that let a message pass, and what the others say; one that is not here counts as unknown. */
static const struct status_row {
	const char *status;
	int code;
} statuses[] = {
	{ "APPROVED", 0 },
	{ "FLAGGED", 0 },
	{ "REINSTATED", 0 },
	{ "UNARCHIVED", 0 },
	{ "PAUSED", 132015 },
	{ "DISABLED", 132016 },
};

int sim_template_refusal(const struct sim_template *template)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		if (strcmp(template->status, statuses[i].status) == 0)
			return statuses[i].code;
	}
	return 132001;
}

/* --- writing ------------------------------------------------------------------------------------- */

static void print_name(struct json_writer *w, const void *p)
{
	jw_c(w, ((const struct sim_template *)p)->name);
}

static void print_language(struct json_writer *w, const void *p)
{
	jw_c(w, ((const struct sim_template *)p)->language);
}

static void print_status(struct json_writer *w, const void *p)
{
	jw_c(w, ((const struct sim_template *)p)->status);
}

static void print_category(struct json_writer *w, const void *p)
{
	jw_c(w, ((const struct sim_template *)p)->category);
}

/* The category as it should be; the declared one while nobody doubts it. */
static void print_correct(struct json_writer *w, const void *p)
{
	const struct sim_template *t = p;

	jw_c(w, t->correct_category[0] ? t->correct_category : t->category);
}

static void print_previous(struct json_writer *w, const void *p)
{
	const struct sim_template *t = p;

	jw_c(w, t->previous_category[0] ? t->previous_category : NULL);
}

static void print_components(struct json_writer *w, const void *p)
{
	const struct sim_template *t = p;

	jw_raw(w, t->components ? str_c(t->components) : STR("[]"));
}

static void print_quality(struct json_writer *w, const void *p)
{
	const struct sim_template *t = p;

	jw_object(w);
	jw_member_c(w, "score", t->quality);
	jw_member_int(w, "date", t->quality_at / MS_PER_S);
	jw_object_end(w);
}

static void print_reason(struct json_writer *w, const void *p)
{
	jw_c(w, ((const struct sim_template *)p)->rejected_reason);
}

static void print_format(struct json_writer *w, const void *p)
{
	jw_c(w, ((const struct sim_template *)p)->parameter_format);
}

static void print_source(struct json_writer *w, const void *p)
{
	jw_c(w, ((const struct sim_template *)p)->is_generated ? "AUTO_GENERATED" : "USER_CREATED");
}

static void print_ttl(struct json_writer *w, const void *p)
{
	jw_int(w, ((const struct sim_template *)p)->ttl_s);
}

static void print_health(struct json_writer *w, const void *p)
{
	const struct sim_template *t = p;
	int refusal = sim_template_refusal(t);
	struct sim_health health = { "AVAILABLE", 0 };

	if (refusal) {
		sim_set_text(health.can_send, sizeof(health.can_send), STR("BLOCKED"));
		health.code = 141002;
	}
	sim_health_print(w, "MESSAGE_TEMPLATE", t->id, &health, t->waba);
}

static const struct sim_field fields_table[] = {
	{ "name", true, print_name },
	{ "language", true, print_language },
	{ "status", true, print_status },
	{ "category", true, print_category },
	{ "components", true, print_components },
	{ "parameter_format", true, print_format },
	{ "correct_category", false, print_correct },
	{ "previous_category", false, print_previous },
	{ "quality_score", false, print_quality },
	{ "rejected_reason", false, print_reason },
	{ "source", false, print_source },
	{ "message_send_ttl_seconds", false, print_ttl },
	{ "health_status", false, print_health },
};

void sim_template_print(
    struct json_writer *w, const struct sim_template *template, struct str fields)
{
	sim_fields_print(w, fields_table, ARRAY_LEN(fields_table), fields, template, template->id);
}
