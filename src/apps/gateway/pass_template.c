#include "apps/gateway/pass_template.h"
#include "apps/gateway/template_known.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "domain/template.h"
#include "flow/told.h"

#define CODE_INVALID 100
#define IDS_MAX 100 /* of a deletion (platform facts 3: hsm_ids) */

/* --- what a call changes ---------------------------------------------------------------------- */

static enum template_change change_of(
    enum http_method method, bool is_edge, const struct dir_template *known)
{
	if (is_edge && method == HTTP_M_POST)
		return TEMPLATE_CREATED;
	if (is_edge && method == HTTP_M_DELETE)
		return TEMPLATE_DELETED;
	return known && method == HTTP_M_POST ? TEMPLATE_EDITED : TEMPLATE_UNCHANGED;
}

static struct str query_word(struct http_request *req, const char *key, struct arena *a)
{
	struct str raw = http_query_get(req, key);

	return raw.p ? arena_str(a, raw) : STR_NONE;
}

void template_call_read(const struct directory *d, struct http_request *req, struct str waba,
    struct str id, struct str rest, struct arena *a, struct template_call *ret)
{
	bool is_edge = str_eq_nocase(rest, STR("/message_templates"));
	const struct dir_template *known = rest.len == 0 ? directory_template_by_meta_id(d, id)
							 : NULL;

	*ret = (struct template_call){ .change = change_of(req->method, is_edge, known),
		.waba = waba };
	if (known) {
		ret->name = arena_str(a, known->name);
		ret->language = arena_str(a, known->language);
		ret->category = str_c(purpose_name(known->category));
	}
	if (ret->change != TEMPLATE_DELETED)
		return;
	ret->gone_name = query_word(req, "name", a);
	ret->gone_id = query_word(req, "hsm_id", a);
	if (!ret->gone_id.p)
		ret->gone_id = query_word(req, "hsm_ids", a);
}

/* --- linting ---------------------------------------------------------------------------------- */

static int review(const struct template_call *t, const struct pack *pack,
    const struct template_setting *setting, struct arena *a, struct template_tally *tally,
    const struct json **ret, struct err *err)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	int rc = template_review(a, pack, t->body, setting, &w, tally, err);
	if (rc == 0)
		rc = json_read(a, buf_str(&text), ret, err);
	buf_done(&text);
	return rc;
}

static bool is_level(const struct json *problem, enum lint_level level)
{
	return str_eq_c(json_str(json_get(problem, "level")), lint_level_name(level));
}

static bool is_in(struct str list, struct str word)
{
	while (list.p) {
		if (str_eq(str_cut(&list, ','), word))
			return true;
	}
	return false;
}

/* Each rule once. Errors are among them when what they are of is not binding. */
static int gather_warnings(const struct json *problems, struct arena *a, struct str *ret)
{
	struct json_iter it;
	const struct json *one;
	struct buf out;

	buf_init(&out, 0);
	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &one)) {
		struct str rule = json_str(json_get(one, "rule"));

		if (is_level(one, LINT_NOTE) || is_in(buf_str(&out), rule))
			continue;
		buf_add_c(&out, out.len ? "," : "");
		buf_add(&out, rule);
	}
	*ret = out.len ? arena_str(a, buf_str(&out)) : STR_NONE;
	int rc = out.failed || (out.len && !ret->p) ? -E_NOMEM : 0;
	buf_done(&out);
	return rc;
}

/* Of an edit the name and language are those on record. */
static int setting_of(const struct template_call *t, const struct directory *d, struct arena *a,
    struct template_setting *ret)
{
	bool edit = t->change == TEMPLATE_EDITED;
	struct str name = edit ? t->name : json_str(json_get(t->body, "name"));
	struct str language = edit ? t->language : json_str(json_get(t->body, "language"));
	int rc = template_known(a, d, t->waba, name, language, ret);

	ret->edit = edit;
	return rc;
}

int template_call_lint(const struct template_call *t, const struct directory *d,
    const struct core *core, struct arena *a, struct template_verdict *ret, struct err *err)
{
	struct template_setting setting;
	struct template_tally tally = { .forbidden = 0 };
	const struct json *reviewed = NULL;
	int rc = setting_of(t, d, a, &setting);

	*ret = (struct template_verdict){ .refused = false };
	if (rc == 0)
		rc = review(t, core->pack, &setting, a, &tally, &reviewed, err);
	if (rc < 0)
		return rc;
	int form = tally.counts[LINT_ERROR] - tally.forbidden;
	ret->problems = json_get(reviewed, "problems");
	ret->refused = form > 0 || (tally.forbidden > 0 && core->options.mode == MODE_ENFORCE);
	return gather_warnings(ret->problems, a, &ret->warnings);
}

static struct str sentence(const struct json *problem, enum lang lang, struct arena *a)
{
	struct str field = json_str(json_get(problem, "field"));
	struct str message = template_problem_text(a, problem, "message", lang);

	if (!message.p || field.len == 0)
		return message;
	return arena_printf(a, "%.*s: %.*s", STR_ARG(field), STR_ARG(message));
}

static const struct json *first_error(const struct json *problems)
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &one)) {
		if (is_level(one, LINT_ERROR))
			return one;
	}
	return NULL;
}

static void write_problems(
    const struct json *problems, enum lang lang, struct arena *a, struct json_writer *w)
{
	struct json_iter it;
	const struct json *one;

	jw_key(w, "varco");
	jw_object(w);
	jw_key(w, "problems");
	jw_array(w);
	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &one))
		template_problem_tell(a, one, lang, w);
	jw_array_end(w);
	jw_object_end(w);
}

static void write_codes(const struct json *problem, struct json_writer *w)
{
	int64_t code = CODE_INVALID, subcode = 0;

	(void)json_int(json_get(problem, "code"), &code);
	jw_member_c(w, "type", "VarcoException");
	jw_member_int(w, "code", code);
	if (json_int(json_get(problem, "subcode"), &subcode))
		jw_member_int(w, "error_subcode", subcode);
}

void template_call_refuse(
    const struct json *problems, enum lang lang, struct arena *a, struct buf *out)
{
	static const char by_meta[] = N_("Meta would reject this template"),
			  by_policy[] = N_(
			      "The policy of this gateway does not allow this template");
	const struct json *first = first_error(problems);
	int64_t code = CODE_INVALID;
	struct json_writer w;

	(void)json_int(json_get(first, "code"), &code);
	bool meta = code == CODE_INVALID;
	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "error");
	jw_object(&w);
	jw_member_c(&w, "message",
	    meta ? "(#100) The template would be rejected by Meta."
		 : "(#132007) The policy of this gateway does not allow this template.");
	write_codes(first, &w);
	jw_key(&w, "error_data");
	jw_object(&w);
	jw_member_c(&w, "messaging_product", "whatsapp");
	jw_member_str(&w, "details", sentence(first, LANG_EN, a));
	jw_object_end(&w);
	jw_member_c(&w, "error_user_title", lang_text(lang, meta ? by_meta : by_policy));
	jw_member_str(&w, "error_user_msg", sentence(first, lang, a));
	jw_member_c(&w, "fbtrace_id", "");
	jw_member_bool(&w, "is_transient", false);
	write_problems(problems, lang, a, &w);
	jw_object_end(&w);
	jw_object_end(&w);
}

/* --- on record -------------------------------------------------------------------------------- */

/* Members of `from` that are among `names`; those of an edit replace what was there whole. */
static void add_members(
    struct json_writer *w, const struct json *from, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!json_get(from, names[i]))
			continue;
		jw_key(w, names[i]);
		jw_value(w, json_get(from, names[i]));
	}
}

/* Closes the definition under construction in `text`, reads it and puts it on record. */
static int put(struct store_conn *c, struct str waba, struct json_writer *w, struct buf *text,
    bool replace, time_ms now, struct arena *a, bool *ret_created, struct err *err)
{
	const struct json *definition = NULL;
	int r;

	jw_object_end(w);
	r = text->failed ? err_set(err, E_NOMEM, N_("Memory ran out."))
			 : json_read(a, buf_str(text), &definition, err);
	buf_done(text);
	return r < 0 ? r : template_put(c, waba, definition, replace, now, ret_created, err);
}

int template_call_expect(
    struct store_conn *c, struct template_call *t, time_ms now, struct arena *a, struct err *err)
{
	static const char *const wanted[] = { "name", "language", "category", "components",
		"parameter_format" };
	struct json_writer w;
	struct buf text;
	int r;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	add_members(&w, t->body, wanted, ARRAY_LEN(wanted));
	jw_member_c(&w, "status", "PENDING");
	r = put(c, t->waba, &w, &text, false, now, a, &t->expected, err);
	return r == -E_CONFLICT ? 0 : r; /* there is one: the upstream will refuse, or not */
}

/* Meta may choose another category. A status is what a webhook said meanwhile, or that of a review. */
/* A row that somebody took away meanwhile comes back as one that nobody has approved here. */
static int status_if_gone(struct store_conn *c, struct str waba, struct str name,
    struct str language, struct json_writer *w, struct err *err)
{
	int r = template_is_known(c, waba, name, language, err);

	if (r == 0)
		jw_member_c(w, "status", "PENDING");
	return r < 0 ? r : 0;
}

static int put_created(struct store_conn *c, const struct template_call *t,
    const struct json *answer, time_ms now, struct arena *a, struct err *err)
{
	static const char *const kept[] = { "name", "language", "components", "parameter_format" };
	static const char *const told[] = { "id", "category" };
	struct json_writer w;
	struct buf text;
	bool created;
	int r = 0;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	add_members(&w, t->body, kept, ARRAY_LEN(kept));
	add_members(&w, answer, told, ARRAY_LEN(told));
	if (!json_get(answer, "category"))
		add_members(&w, t->body, &told[1], 1);
	if (!t->expected)
		jw_member_str(&w, "status", json_str(json_get(answer, "status")));
	else
		r = status_if_gone(c, t->waba, json_str(json_get(t->body, "name")),
		    json_str(json_get(t->body, "language")), &w, err);
	if (r < 0) {
		buf_done(&text);
		return r;
	}
	return put(c, t->waba, &w, &text, true, now, a, &created, err);
}

/* Reviews of edits go on beside the sending (platform facts 6.1): the status stays until Meta says
 * otherwise. */
static int put_edited(struct store_conn *c, const struct template_call *t, time_ms now,
    struct arena *a, struct err *err)
{
	static const char *const edited[] = { "components", "parameter_format" };
	struct str category = json_str(json_get(t->body, "category"));
	struct json_writer w;
	struct buf text;
	bool created;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_member_str(&w, "name", t->name);
	jw_member_str(&w, "language", t->language);
	jw_member_str(&w, "category", category.len ? category : t->category);
	add_members(&w, t->body, edited, ARRAY_LEN(edited));
	int r = status_if_gone(c, t->waba, t->name, t->language, &w, err);
	if (r < 0) {
		buf_done(&text);
		return r;
	}
	return put(c, t->waba, &w, &text, true, now, a, &created, err);
}

/* "123", or "[123,456]" with or without quotes. */
static int remove_ids(struct store_conn *c, struct str waba, struct str ids, struct err *err)
{
	struct str rest = ids;
	int r = 0;

	for (size_t i = 0; r == 0 && rest.p && i < IDS_MAX; i++) {
		struct str id = str_cut(&rest, ',');
		while (id.len && (id.p[0] < '0' || id.p[0] > '9'))
			id = str_sub(id, 1, id.len);
		while (id.len && (id.p[id.len - 1] < '0' || id.p[id.len - 1] > '9'))
			id = str_sub(id, 0, id.len - 1);
		if (id.len)
			r = template_remove_by_meta_id(c, waba, id, err);
	}
	return r;
}

static int remove_gone(struct store_conn *c, const struct template_call *t, struct err *err)
{
	int r = 0;

	if (t->gone_id.p)
		return remove_ids(c, t->waba, t->gone_id, err);
	if (t->gone_name.p)
		r = template_remove(c, t->waba, t->gone_name, STR_NONE, err);
	return r == -E_NOT_FOUND ? 0 : r;
}

static int forget_expected(struct store_conn *c, const struct template_call *t, struct err *err)
{
	int r = 0;

	if (t->expected)
		r = template_remove(c, t->waba, json_str(json_get(t->body, "name")),
		    json_str(json_get(t->body, "language")), err);
	return r == -E_NOT_FOUND ? 0 : r;
}

/* Graph says {"success":false} with 200, too. */
static bool was_done(int status, const struct json *answer)
{
	bool success = true;

	(void)json_bool(json_get(answer, "success"), &success);
	return status == 200 && answer && success;
}

int template_call_record(struct store_conn *c, const struct template_call *t, int status,
    struct str answer, time_ms now, struct arena *a, struct err *err)
{
	const struct json *doc = NULL;

	if (json_read(a, answer, &doc, NULL) < 0)
		doc = NULL;
	if (!was_done(status, doc))
		return status >= 400 && status < 500 ? forget_expected(c, t, err) : 0;
	switch (t->change) {
	case TEMPLATE_CREATED:
		return put_created(c, t, doc, now, a, err);
	case TEMPLATE_EDITED:
		return put_edited(c, t, now, a, err);
	case TEMPLATE_DELETED:
		return remove_gone(c, t, err);
	default:
		return 0;
	}
}

/* --- told ------------------------------------------------------------------------------------- */

static int tell_one(struct core *core, struct store_conn *c, struct str waba, struct str name,
    struct str language, struct str words, struct arena *a, struct err *err)
{
	struct str id = arena_printf(
	    a, "%.*s/%.*s/%.*s", STR_ARG(waba), STR_ARG(name), STR_ARG(language));

	if (!id.p)
		return err_set(err, E_NOMEM, N_("Memory ran out."));
	return told_by_operator(core, c, HISTORY_TEMPLATE, id, words, err);
}

/* Is it one of those that the deletion names? */
static bool is_gone(const struct template_call *t, const struct dir_template *x)
{
	if (!str_eq(x->waba, t->waba))
		return false;
	if (!t->gone_id.p)
		return t->gone_name.p && str_eq(x->name, t->gone_name);
	return x->meta_id.len &&
	    memmem(t->gone_id.p, t->gone_id.len, x->meta_id.p, x->meta_id.len) != NULL;
}

static int tell_gone(struct core *core, struct store_conn *c, const struct template_call *t,
    const struct directory *d, struct str words, struct arena *a, struct err *err)
{
	size_t n;
	const struct dir_template *const *all = directory_templates(d, &n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (is_gone(t, all[i]))
			r = tell_one(
			    core, c, t->waba, all[i]->name, all[i]->language, words, a, err);
	}
	return r;
}

int template_call_tell(struct core *core, struct store_conn *c, const struct template_call *t,
    const struct directory *d, struct str app, struct arena *a, struct err *err)
{
	struct str words = arena_printf(a, "app %.*s", STR_ARG(app));

	switch (t->change) {
	case TEMPLATE_CREATED:
		return tell_one(core, c, t->waba, json_str(json_get(t->body, "name")),
		    json_str(json_get(t->body, "language")), words, a, err);
	case TEMPLATE_EDITED:
		return tell_one(core, c, t->waba, t->name, t->language, words, a, err);
	case TEMPLATE_DELETED:
		return tell_gone(core, c, t, d, words, a, err);
	default:
		return 0;
	}
}
