#include "apps/sim/sim_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_template_rules.h"

#define LIST_DEFAULT 25
#define LIST_MAX 1000
#define DELETE_MAX 100

/* --- listing ------------------------------------------------------------------------------------- */

/* A query parameter and the text of a template that it must equal. */
static bool equals(struct sim_call *c, const char *name, const char *text)
{
	struct str wanted = http_query_get(c->req, name);

	return !wanted.p || str_eq_nocase(wanted, str_c(text));
}

static bool is_wanted(struct sim_call *c, const struct sim_template *t)
{
	const char *correct = t->correct_category[0] ? t->correct_category : t->category;

	return equals(c, "name", t->name) && equals(c, "language", t->language) &&
	    equals(c, "status", t->status) && equals(c, "category", t->category) &&
	    equals(c, "correct_category", correct) && equals(c, "quality_score", t->quality) &&
	    equals(c, "source", t->is_generated ? "AUTO_GENERATED" : "USER_CREATED");
}

/* A cursor is the counter of a template, in base 64 so that nobody is tempted to compute with it. */
static uint64_t read_cursor(struct sim_call *c, const char *name, uint64_t otherwise)
{
	struct str text = http_query_get(c->req, name);
	struct buf raw;
	uint64_t n = otherwise;

	buf_init(&raw, 64);
	if (text.p && (base64_decode(text, &raw) || str_to_u64(buf_str(&raw), &n)))
		n = otherwise;
	buf_done(&raw);
	return n;
}

static void write_cursor(struct json_writer *w, const char *key, uint64_t n)
{
	char digits[24];
	struct buf text;

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, n);
	buf_init(&text, 0);
	base64_encode(str_c(digits), &text);
	jw_member_str(w, key, buf_str(&text));
	buf_done(&text);
}

static uint64_t read_limit(struct sim_call *c)
{
	struct str text = http_query_get(c->req, "limit");
	uint64_t limit = LIST_DEFAULT;

	if (text.p && str_to_u64(text, &limit))
		limit = LIST_DEFAULT;
	return limit < 1 ? 1 : limit > LIST_MAX ? LIST_MAX : limit;
}

/* The address of the next page: this one's query with another cursor. */
static void write_next(struct sim_call *c, const struct sim_waba *a, uint64_t last)
{
	struct str rest = c->req->query;
	struct buf url;
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, last);
	buf_init(&url, 0);
	buf_addf(&url, "%s/v25.0/%s/message_templates?after=", c->sim->url, a->id);
	base64_encode(str_c(digits), &url);
	while (rest.p) {
		struct str item = str_cut(&rest, '&');
		if (!str_starts(item, STR("after=")) && item.len)
			buf_addf(&url, "&%.*s", STR_ARG(item));
	}
	jw_member_str(&c->w, "next", buf_str(&url));
	buf_done(&url);
}

static void write_paging(
    struct sim_call *c, const struct sim_waba *a, uint64_t first, uint64_t last, bool more)
{
	jw_key(&c->w, "paging");
	jw_object(&c->w);
	if (last) {
		jw_key(&c->w, "cursors");
		jw_object(&c->w);
		write_cursor(&c->w, "before", first);
		write_cursor(&c->w, "after", last);
		jw_object_end(&c->w);
	}
	if (more)
		write_next(c, a, last);
	jw_object_end(&c->w);
}

void sim_api_template_list(struct sim_call *c)
{
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);
	struct str fields = http_query_get(c->req, "fields");
	uint64_t after = read_cursor(c, "after", 0), limit = read_limit(c), first = 0, last = 0,
		 count = 0;
	bool more = false;

	if (!a)
		return;
	jw_object(&c->w);
	jw_key(&c->w, "data");
	jw_array(&c->w);
	LIST_EACH(node, &a->templates)
	{
		const struct sim_template *t = LIST_OF(node, struct sim_template, node);
		if (t->n <= after || !is_wanted(c, t))
			continue;
		more = count == limit;
		if (more)
			break;
		sim_template_print(&c->w, t, fields);
		first = first ? first : t->n;
		last = t->n;
		count++;
	}
	jw_array_end(&c->w);
	write_paging(c, a, first, last, more);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

/* --- creating and editing ------------------------------------------------------------------------ */

static void send_to_review(struct sim *s, struct sim_template *t)
{
	sim_set_text(t->status, sizeof(t->status), STR("PENDING"));
	sim_agenda_add(s->agenda, sim_now(s) + ASSUME_REVIEW_MS, SIM_DUE_REVIEW, t->n);
}

void sim_api_template_create(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);
	struct sim_template *t;
	struct sim_problem p;

	if (!a || !sim_call_body(c))
		return;
	if (s->alive && sim_now(s) < sim_alive_portfolio(s, a->portfolio)->blocked_until) {
		sim_call_fail(c, ASSUME_CREATION_BLOCKED_CODE,
		    "No templates until the portfolio was reviewed.");
		return;
	}
	t = sim_template_lint(c->body, STR_NONE, &p)
	    ? sim_templates_create(s->templates, a, c->body, sim_now(s), &p)
	    : NULL;
	if (!t) {
		sim_call_problem(c, &p);
		return;
	}
	send_to_review(s, t);
	jw_object(&c->w);
	jw_member_c(&c->w, "id", t->id);
	jw_member_c(&c->w, "status", t->status);
	jw_member_c(&c->w, "category", t->category);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

/* Only approved, rejected and paused templates can be edited; an approved one once a day and never its category. */
static bool may_edit(
    const struct sim_template *t, const struct json *edit, time_ms now, struct sim_problem *p)
{
	bool approved = strcmp(t->status, "APPROVED") == 0;

	if (t->is_generated)
		return sim_problem_sub(p, 100, 2388318, "Generated templates cannot be edited.");
	if (!approved && strcmp(t->status, "REJECTED") != 0 && strcmp(t->status, "PAUSED") != 0)
		return sim_problem(p, 100, "A template that is %s cannot be edited.", t->status);
	if (approved && json_get(edit, "category"))
		return sim_problem(
		    p, 100, "The category of an approved template cannot be edited.");
	if (approved && t->edited_at != TIME_NONE && now - t->edited_at < FIG_TEMPLATE_EDIT_GAP_MS)
		return sim_problem(p, 100, "An approved template can be edited once in 24 hours.");
	return true;
}

void sim_api_template_edit(struct sim_call *c, struct sim_template *t)
{
	struct sim *s = c->sim;
	struct sim_problem p;

	if (!sim_call_body(c))
		return;
	if (!may_edit(t, c->body, sim_now(s), &p) ||
	    !sim_template_lint(c->body, str_c(t->category), &p)) {
		sim_call_problem(c, &p);
		return;
	}
	if (sim_templates_edit(t, c->body, sim_now(s))) {
		sim_call_fail(c, 100, "The template is too large.");
		return;
	}
	if (s->alive)
		sim_alive_edited(s, t);
	send_to_review(s, t);
	sim_call_success(c);
}

void sim_api_template_unpause(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct sim_template *t = sim_templates_get(s->templates, c->segs[0]);

	if (!t && s->strict) {
		sim_call_no_object(c, c->segs[0]);
		return;
	}
	if (t && strcmp(t->status, "PAUSED") == 0)
		sim_template_set_status(s, t, "APPROVED", "UNPAUSE");
	sim_call_success(c);
}

/* --- deleting ------------------------------------------------------------------------------------ */

static bool may_delete(const struct sim_template *t, struct sim_problem *p)
{
	if (t->is_generated)
		return sim_problem_sub(p, 100, 2388330, "Generated templates cannot be deleted.");
	if (strcmp(t->status, "DISABLED") == 0)
		return sim_problem(p, 100, "A disabled template cannot be deleted.");
	return true;
}

/* What a call wants deleted: all of it, or, when one of them may not be, none. */
struct picked {
	struct sim_template *templates[DELETE_MAX];
	size_t count;
};

static bool pick(struct picked *picked, struct sim_template *t, struct sim_problem *p)
{
	if (picked->count == DELETE_MAX)
		return sim_problem(p, 100, "At most %d templates in one call.", DELETE_MAX);
	if (!may_delete(t, p))
		return false;
	picked->templates[picked->count++] = t;
	return true;
}

static bool pick_id(struct sim_call *c, const struct sim_waba *a, struct str id,
    struct picked *picked, struct sim_problem *p)
{
	struct sim_template *t = sim_templates_get(c->sim->templates, id);

	if (!t || t->waba != a)
		return sim_problem_sub(
		    p, 100, 33, "There is no template %.*s.", STR_ARG(str_sub(id, 0, 64)));
	return pick(picked, t, p);
}

static bool pick_ids(struct sim_call *c, const struct sim_waba *a, struct str list,
    struct picked *picked, struct sim_problem *p)
{
	const struct json *ids, *id;
	struct json_iter it;
	struct str key, text;
	int64_t n;

	if (json_read(c->req->arena, list, &ids, NULL) || json_type(ids) != JSON_ARRAY)
		return sim_problem(p, 100, "hsm_ids must be an array of ids.");
	json_iter_init(&it, ids);
	while (json_iter_next(&it, &key, &id)) {
		text = json_int(id, &n) ? arena_printf(c->req->arena, "%lld", (long long)n)
					: json_str(id);
		if (!pick_id(c, a, text, picked, p))
			return false;
	}
	return true;
}

static bool pick_name(
    const struct sim_waba *a, struct str name, struct picked *picked, struct sim_problem *p)
{
	LIST_EACH(node, &a->templates)
	{
		struct sim_template *t = LIST_OF(node, struct sim_template, node);
		if (str_eq_c(name, t->name) && !pick(picked, t, p))
			return false;
	}
	return picked->count > 0 ||
	    sim_problem_sub(
		p, 100, 33, "There is no template %.*s.", STR_ARG(str_sub(name, 0, 100)));
}

static bool pick_all(
    struct sim_call *c, const struct sim_waba *a, struct picked *picked, struct sim_problem *p)
{
	struct str ids = http_query_get(c->req, "hsm_ids"), id = http_query_get(c->req, "hsm_id");
	struct str name = http_query_get(c->req, "name");

	if (ids.p && (id.p || name.p))
		return sim_problem(p, 100, "hsm_ids excludes other keys.");
	if (ids.p)
		return pick_ids(c, a, ids, picked, p);
	if (id.p)
		return pick_id(c, a, id, picked, p);
	return name.p ? pick_name(a, name, picked, p)
		      : sim_problem(p, 100, "name, hsm_id or hsm_ids is required.");
}

/* Of a WABA that never had a template of its own, any may be deleted: none is there to be missed. */
void sim_api_template_delete(struct sim_call *c)
{
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);
	struct picked picked = { .count = 0 };
	struct sim_problem p = { 0 };

	if (!a)
		return;
	bool lenient = !c->sim->strict && a->own_templates == 0;
	if (!pick_all(c, a, &picked, &p) && !(lenient && p.subcode == 33)) {
		sim_call_problem(c, &p);
		return;
	}
	for (size_t i = 0; i < picked.count; i++) {
		sim_template_set_status(c->sim, picked.templates[i], "DELETED", NULL);
		sim_templates_delete(c->sim->templates, picked.templates[i]);
	}
	sim_call_success(c);
}

/* --- direct send's category check ---------------------------------------------------------------- */

void sim_api_message_sample(struct sim_call *c)
{
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);
	struct str text;

	if (!a || !sim_call_body(c))
		return;
	text = json_str(json_path(c->body, "text.body"));
	if (!text.p)
		text = json_str(json_path(c->body, "interactive.body.text"));
	if (!text.p)
		text = json_str(json_path(c->body, "message.text.body"));
	jw_object(&c->w);
	jw_member_bool(&c->w, "success", true);
	jw_member_c(&c->w, "category", sim_alive_sells(text) ? "MARKETING" : "UTILITY");
	jw_object_end(&c->w);
	sim_call_ok(c);
}
