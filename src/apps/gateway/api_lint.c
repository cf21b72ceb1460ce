/* Definitions that somebody sent, held against what the account is known to have, or all templates of an account. */
#include "apps/gateway/api_template.h"

#include "base/check.h"
#include "apps/gateway/template_known.h"

struct linting {
	struct api_call *c;
	struct directory *directory;
	const struct definitions *given; /* NULL = the account's own */
	struct template_other *others;   /* the account's, then those of the file */
	size_t others_len, on_record;    /* how many of them are the account's */
	const struct template_index *index;
	struct template_tally sum;
};

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

int api_lint_check(struct api_call *c, struct err *err)
{
	bool file = api_value(c, "file")->given;
	struct str waba = api_text(c, "waba");

	c->state = NULL;
	if (!file && !waba.p)
		return api_err(c, err, E_INVALID, "file",
		    N_("Say what is to be checked: \"file\", or \"waba\" for all templates of an "
		       "account."));
	if (waba.p && !directory_waba(lane_directory(c->gate->lane), waba))
		return api_err(c, err, E_INVALID, "waba", N_("There is no such account here."));
	return file ? api_definitions_read(c, err) : 0;
}

/* --- settings --------------------------------------------------------------------------------- */

static struct template_other other_of(const struct json *definition)
{
	return (struct template_other){
		.name = json_str(json_get(definition, "name")),
		.language = json_str(json_get(definition, "language")),
		.components = json_get(definition, "components"),
		.in_file = true,
	};
}

/* Once for all that are looked at: each is passed over where it is itself looked at. */
static int find_others(struct linting *l)
{
	struct api_call *c = l->c;
	size_t more = l->given ? l->given->len : 0;
	int r = template_known_all(
	    c->arena, l->directory, api_text(c, "waba"), more, &l->others, &l->on_record);

	if (r < 0)
		return r;
	l->others_len = l->on_record;
	for (size_t i = 0; i < more; i++)
		l->others[l->others_len++] = other_of(definition_at(l->given, i));
	l->index = template_index_new(c->arena, l->others, l->others_len);
	return l->index ? 0 : -E_NOMEM;
}

static void setting_of(
    struct linting *l, const struct json *definition, size_t at, struct template_setting *ret)
{
	struct api_call *c = l->c;
	struct str waba = api_text(c, "waba");

	*ret = (struct template_setting){ .others = l->others, .others_len = l->others_len };
	if (waba.p)
		template_known_among(l->directory, waba, json_str(json_get(definition, "name")),
		    json_str(json_get(definition, "language")), l->others, l->others_len, ret);
	ret->index = l->index;
	if (l->given)
		ret->itself[1] = &l->others[l->on_record + at];
	else
		ret->known = false; /* it is that very one */
	if (api_text(c, "sender").len > 0)
		ret->sender = api_text(c, "sender");
}

/* --- answering -------------------------------------------------------------------------------- */

static int lint_one(struct linting *l, const struct json *definition, size_t at, struct err *err)
{
	struct api_call *c = l->c;
	const struct json *review = NULL;
	struct template_setting setting;
	struct template_tally tally;
	struct json_writer w;
	struct buf text;

	if (!definition)
		return no_memory(c, err);
	setting_of(l, definition, at, &setting);
	buf_init(&text, 0);
	jw_init(&w, &text);
	int r = template_review(
	    c->arena, c->gate->lane->core->pack, definition, &setting, &w, &tally, err);
	if (r == 0 && json_read(c->arena, buf_str(&text), &review, NULL) < 0)
		r = no_memory(c, err);
	buf_done(&text);
	if (r < 0)
		return r;
	template_review_tell(c->arena, review, c->lang, &c->w);
	for (size_t i = 0; i < LINT_LEVELS; i++)
		l->sum.counts[i] += tally.counts[i];
	return 0;
}

static int lint_given(struct linting *l, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->given->len; i++)
		r = lint_one(l, definition_at(l->given, i), i, err);
	return r;
}

static int lint_account(struct linting *l, struct err *err)
{
	size_t n = 0;
	const struct dir_template *const *all = directory_templates(l->directory, &n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (str_eq(all[i]->waba, api_text(l->c, "waba")))
			r = lint_one(l, template_known_definition(l->c->arena, all[i]), i, err);
	}
	return r;
}

static int lint_all(struct linting *l, struct err *err)
{
	struct json_writer *w = &l->c->w;
	const int *n = l->sum.counts;

	jw_object(w);
	jw_key(w, "items");
	jw_array(w);
	int r = l->given ? lint_given(l, err) : lint_account(l, err);
	jw_array_end(w);
	jw_member_bool(w, "ok", n[LINT_ERROR] + n[LINT_WARNING] == 0);
	jw_member_int(w, "errors", n[LINT_ERROR]);
	jw_member_int(w, "warnings", n[LINT_WARNING]);
	jw_member_int(w, "notes", n[LINT_NOTE]);
	jw_object_end(w);
	return r;
}

/* An account may have thousands, and each is compared with all. */
static int lint_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct linting *l = c->state;

	store_rollback(conn); /* nothing is read from it, and the log shall not wait */
	return find_others(l) < 0 ? no_memory(c, err) : lint_all(l, err);
}

static void linting_done(void *arg)
{
	struct linting *l = arg;

	directory_unref(&l->directory);
}

void api_lint_start(struct api_call *c)
{
	struct linting *l = ARENA_NEW(c->arena, struct linting);
	struct err err = { 0 };

	if (!l || arena_defer(c->arena, linting_done, l) < 0) {
		api_finish(c, no_memory(c, &err), &err);
		return;
	}
	l->c = c;
	l->directory = directory_ref((struct directory *)lane_directory(c->gate->lane));
	l->given = c->state;
	c->state = l;
	api_work(c, lint_on_pool);
}
