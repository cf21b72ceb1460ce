/* varco template lint: definitions of templates, before anybody sends them to Meta. Files need no server; with --waba a
 * running one says what the account has, and without a file all templates of the account are checked. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "apps/cli/client_words.h"
#include "apps/cli/lint_links.h"
#include "apps/cli/lint_report.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "domain/template_review.h"

#define WHO "varco template lint"
#define FILES_MAX 256
#define FILE_MAX ((size_t)16 << 20)
#define PACK_MAX ((size_t)4 << 20)

enum {
	KEY_JSON = 'j',
	KEY_FORMAT = 'f',
	KEY_POLICY = 'p',
	KEY_WABA = 256,
	KEY_SENDER,
	KEY_FAIL_ON,
	KEY_LANG,
	KEY_OPEN,
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF, FORMATS };

struct options {
	struct client_options client;
	const char *waba, *sender, *policy;
	const char *files[FILES_MAX];
	size_t files_len;
	enum format format;
	enum lint_level fail_on;
	bool never, opens_links;
	enum lang lang;
};

struct run {
	const struct options *o;
	struct arena *arena;
	struct pack *pack;     /* without a server */
	struct client *client; /* with one */
	struct lint_part parts[FILES_MAX];
	size_t parts_len;
	int unread; /* the exit code when no file could be checked: EXIT_USAGE if none of them will do */
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "waba", KEY_WABA, "ID", 0,
	    N_("Ask a running server, which knows this account; without a file all its templates are checked"),
	    0 },
	{ "sender", KEY_SENDER, N_("NAME"), 0, N_("Name that people know the business by"), 0 },
	{ "format", KEY_FORMAT, "text|json|sarif", 0, N_("Form of the report"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("The same as --format json"), 0 },
	{ "fail-on", KEY_FAIL_ON, "error|warning|note|never", 0,
	    N_("From which level of findings on the exit code is 3; warning when not given"), 0 },
	{ "open-links", KEY_OPEN, NULL, 0,
	    N_("Open the addresses of buttons and tell which lead nowhere; for files without --waba"),
	    0 },
	{ "policy", KEY_POLICY, N_("FILE"), 0,
	    N_("Judge by this pack instead of the built-in one, without a server"), 0 },
	{ "lang", KEY_LANG, "it|en", 0, N_("Language of the sentences"), 0 },
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ 0 },
};

static bool parse_format(const char *word, enum format *ret)
{
	static const char *const words[FORMATS] = { "text", "json", "sarif" };

	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		*ret = (enum format)i;
		return true;
	}
	return false;
}

static bool parse_fail_on(struct options *o, const char *word)
{
	o->never = strcmp(word, "never") == 0;
	return o->never || lint_level_parse(str_c(word), &o->fail_on) == 0;
}

/* Options with a word of their own; false when it is none of theirs. */
static bool parse_word(struct options *o, int key, const char *arg)
{
	switch (key) {
	case KEY_FORMAT:
		return parse_format(arg, &o->format);
	case KEY_FAIL_ON:
		return parse_fail_on(o, arg);
	default:
		return verb_lang(arg, &o->lang);
	}
}

static const char **text_of(struct options *o, int key)
{
	const struct {
		int key;
		const char **text;
	} texts[] = {
		{ KEY_WABA, &o->waba },
		{ KEY_SENDER, &o->sender },
		{ KEY_POLICY, &o->policy },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i].key == key)
			return texts[i].text;
	}
	return NULL;
}

static void add_file(struct options *o, const struct argp_state *state, const char *path)
{
	if (o->files_len == FILES_MAX)
		verb_refuse(state, _("There are more files than %d."), FILES_MAX);
	o->files[o->files_len++] = path;
}

static void check_words(const struct options *o, const struct argp_state *state)
{
	if (o->files_len == 0 && !o->waba)
		verb_refuse(
		    state, "%s", _("Name a file with definitions, or an account with --waba."));
	if (o->policy && o->waba)
		verb_refuse(state, "%s",
		    _("With --waba the server's own policy pack holds; --policy is for files alone."));
	if (o->opens_links && o->waba)
		verb_refuse(state, "%s",
		    _("--open-links is for files alone: a server opens nothing for others."));
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const char **text = text_of(o, key);

	if (client_word(&o->client, key, arg))
		return 0;
	if (text) {
		*text = arg;
		return 0;
	}
	switch (key) {
	case KEY_FORMAT:
	case KEY_FAIL_ON:
	case KEY_LANG:
		if (!parse_word(o, key, arg))
			verb_refuse_value(state, key, arg);
		return 0;
	case KEY_JSON:
		o->format = FORMAT_JSON;
		return 0;
	case KEY_OPEN:
		o->opens_links = true;
		return 0;
	case ARGP_KEY_ARG:
		add_file(o, state, arg);
		return 0;
	case ARGP_KEY_END:
		check_words(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp template_lint_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("[FILE…]"),
	.doc = N_(
	    "Check definitions of templates before they are sent to Meta: what it would reject, with Graph's "
	    "codes; what costs later, such as a category that the text contradicts, no way out, or a link that "
	    "hides where it leads; and what could be better. Files hold one definition in Graph's JSON shape, an "
	    "array of them, or Graph's own list."),
};

/* --- reading ---------------------------------------------------------------------------------- */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
}

static int read_pack(struct run *r, struct err *err)
{
	struct buf text;

	if (!r->o->policy)
		return pack_builtin(&r->pack, err);
	buf_init(&text, 0);
	int rc = file_read(r->o->policy, PACK_MAX, &text, err);
	if (rc == 0)
		rc = pack_read(buf_str(&text), &r->pack, err);
	buf_done(&text);
	return rc;
}

/* The definitions of a file: an object, an array, or Graph's {"data":[…]}. */
struct definitions {
	const struct json *doc;
	size_t len;
	bool many;
	/* one a definition, in the arena */
	const struct json *const *items;
	const struct template_other *all;
	const struct template_index *index; /* of them */
};

/* Once for a file: each definition is compared with all, and passed over where it is itself. */
static int list_all(struct run *r, struct definitions *d, struct err *err)
{
	struct template_other *all = ARENA_ARRAY(r->arena, struct template_other, d->len);
	const struct json **items = ARENA_ARRAY(r->arena, const struct json *, d->len);
	const struct json *one;
	struct json_iter it;
	size_t n = 0;

	if (!all || !items)
		return no_memory(err);
	json_iter_init(&it, d->many ? d->doc : NULL);
	while (d->many && n < d->len && json_iter_next(&it, NULL, &one))
		items[n++] = one;
	if (!d->many)
		items[n++] = d->doc;
	for (size_t i = 0; i < n; i++)
		all[i] = (struct template_other){
			.name = json_str(json_get(items[i], "name")),
			.language = json_str(json_get(items[i], "language")),
			.components = json_get(items[i], "components"),
			.in_file = true,
		};
	d->all = all;
	d->items = items;
	d->index = template_index_new(r->arena, all, n);
	return d->index ? 0 : no_memory(err);
}

/* Editors of Windows put a byte order mark in front. */
static struct str without_mark(struct str text)
{
	const struct str mark = STR("\xef\xbb\xbf");

	return str_starts(text, mark) ? str_sub(text, mark.len, text.len) : text;
}

static int read_file(
    struct run *r, const char *path, struct lint_part *p, struct definitions *ret, struct err *err)
{
	const struct json *doc = NULL;
	struct err why = { .code = 0 };
	struct buf text;

	buf_init(&text, 0);
	int rc = file_read(path, FILE_MAX, &text, err);
	struct str json = without_mark(buf_str(&text));
	if (rc == 0 && json_read(r->arena, json, &doc, &why) < 0)
		rc = err_set(err, E_INVALID, "%s: %s", path, why.text);
	*p = (struct lint_part){ .path = path, .prefix = "" };
	p->text = rc == 0 ? arena_str(r->arena, json) : STR_NONE;
	buf_done(&text);
	if (rc < 0 || !p->text.p)
		return rc < 0 ? rc : no_memory(err);
	bool listed = json_type(json_get(doc, "data")) == JSON_ARRAY;
	ret->doc = listed ? json_get(doc, "data") : doc;
	ret->many = json_type(ret->doc) == JSON_ARRAY;
	ret->len = ret->many ? json_len(ret->doc) : 1;
	p->prefix = listed ? "data[]" : ret->many ? "[]" : "";
	return ret->len > 0 ? list_all(r, ret, err)
			    : err_set(err, E_INVALID, _("\"%s\" holds no definition."), path);
}

/* --- without a server ------------------------------------------------------------------------- */

/* Graph lists what it thinks the category should be. */
static int setting_of(struct run *r, const struct definitions *d, size_t at,
    struct template_setting *ret, struct err *err)
{
	struct str correct = json_str(json_get(d->items[at], "correct_category"));

	*ret = (struct template_setting){
		.sender = r->o->sender ? str_c(r->o->sender) : STR_NONE,
		.others = d->all,
		.others_len = d->len,
		.index = d->index,
		.itself = { &d->all[at], NULL },
	};
	if (purpose_parse(correct, &ret->correct_category) < 0)
		ret->correct_category = PURPOSE_NONE;
	int rc = 0;
	if (r->o->opens_links)
		rc = lint_links_open(r->arena, d->items[at], &ret->dead, &ret->dead_len, err);
	return rc;
}

static int review_one(struct run *r, const struct definitions *d, size_t at, struct json_writer *w,
    struct template_tally *sum, struct err *err)
{
	struct template_setting setting;
	struct template_tally tally;
	const struct json *review = NULL;
	struct json_writer inner;
	struct buf text;
	int rc = setting_of(r, d, at, &setting, err);

	if (rc < 0)
		return rc;
	buf_init(&text, 0);
	jw_init(&inner, &text);
	rc = template_review(r->arena, r->pack, d->items[at], &setting, &inner, &tally, err);
	if (rc == 0)
		rc = json_read(r->arena, buf_str(&text), &review, err);
	buf_done(&text);
	if (rc < 0)
		return rc;
	template_review_tell(r->arena, review, r->o->lang, w);
	for (size_t i = 0; i < LINT_LEVELS; i++)
		sum->counts[i] += tally.counts[i];
	return 0;
}

static int review_file(
    struct run *r, struct lint_part *p, const struct definitions *d, struct err *err)
{
	struct template_tally sum = { .forbidden = 0 };
	struct json_writer w;
	struct buf text;
	int rc = 0;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_key(&w, "items");
	jw_array(&w);
	for (size_t i = 0; rc == 0 && i < d->len; i++)
		rc = review_one(r, d, i, &w, &sum, err);
	jw_array_end(&w);
	jw_member_int(&w, "errors", sum.counts[LINT_ERROR]);
	jw_member_int(&w, "warnings", sum.counts[LINT_WARNING]);
	jw_member_int(&w, "notes", sum.counts[LINT_NOTE]);
	jw_object_end(&w);
	if (rc == 0)
		rc = text.failed ? no_memory(err)
				 : json_read(r->arena, buf_str(&text), &p->answer, err);
	buf_done(&text);
	return rc;
}

/* --- with one --------------------------------------------------------------------------------- */

static void write_call(const struct run *r, const struct definitions *d, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "waba", r->o->waba);
	if (r->o->sender)
		jw_member_c(&w, "sender", r->o->sender);
	if (d) {
		jw_key(&w, "file");
		jw_value(&w, d->doc);
	}
	jw_object_end(&w);
}

static int refused(struct run *r, const struct client_answer *answer, struct err *err)
{
	const struct json *problem = NULL;
	struct str detail = STR_NONE;

	if (json_read(r->arena, buf_str(&answer->body), &problem, NULL) == 0)
		detail = json_str(json_get(problem, "detail"));
	enum err_code code = answer->status == 401 || answer->status == 403 ? E_DENIED
	    : answer->status < 500                                          ? E_INVALID
									    : E_IO;
	if (detail.p)
		return err_set(err, code, "%.*s", STR_ARG(detail));
	return err_set(err, code, _("The server answered with status %d."), answer->status);
}

static int ask(struct run *r, struct lint_part *p, const struct definitions *d, struct err *err)
{
	struct client_call call = { .method = "POST", .target = STR("/api/v1/templates/lint") };
	struct client_answer answer = { .status = 0 };
	struct buf body;

	buf_init(&body, 0);
	buf_init(&answer.body, 0);
	write_call(r, d, &body);
	call.body = buf_str(&body);
	int rc = body.failed ? no_memory(err) : client_call(r->client, &call, &answer, err);
	if (rc == 0 && answer.status != 200)
		rc = refused(r, &answer, err);
	if (rc == 0)
		rc = json_read(r->arena, buf_str(&answer.body), &p->answer, err);
	buf_done(&answer.body);
	buf_done(&body);
	return rc;
}

/* --- the verb --------------------------------------------------------------------------------- */

/* A file that cannot be read keeps none of the others from being checked. */
static int pass_over(struct run *r, struct lint_part *p, const char *path, struct err *err)
{
	const char *why = arena_c(r->arena, str_c(lang_text(r->o->lang, err->text)));

	if (!why)
		return no_memory(err);
	verb_complain(WHO, str_c(why));
	*p = (struct lint_part){ .path = path, .prefix = "", .failure = why };
	if (verb_exit(err_negative((enum err_code)err->code)) == EXIT_FAILED)
		r->unread = EXIT_FAILED;
	*err = (struct err){ .code = 0 };
	return 0;
}

static int lint_all(struct run *r, struct err *err)
{
	const struct options *o = r->o;
	struct definitions d = { .len = 0 };
	int rc = o->waba ? client_open(&o->client, &r->client, err) : read_pack(r, err);

	for (size_t i = 0; rc == 0 && i < o->files_len; i++) {
		struct lint_part *p = &r->parts[r->parts_len];

		rc = read_file(r, o->files[i], p, &d, err);
		if (rc == 0)
			rc = o->waba ? ask(r, p, &d, err) : review_file(r, p, &d, err);
		else if (rc != -E_NOMEM)
			rc = pass_over(r, p, o->files[i], err);
		r->parts_len += rc == 0;
	}
	if (rc == 0 && o->files_len == 0) {
		rc = ask(r, &r->parts[0], NULL, err);
		r->parts_len = 1;
	}
	return rc;
}

static bool fails(const struct run *r)
{
	static const char *const counts[LINT_LEVELS] = { "notes", "warnings", "errors" };

	for (size_t i = 0; i < r->parts_len; i++) {
		for (size_t l = r->o->fail_on; l < LINT_LEVELS; l++) {
			int64_t n = 0;

			if (json_int(json_get(r->parts[i].answer, counts[l]), &n) && n > 0)
				return !r->o->never;
		}
	}
	return false;
}

static int print(const struct run *r)
{
	static void (*const forms[FORMATS])(const struct lint_report *r, struct buf *out) = {
		[FORMAT_TEXT] = lint_report_text,
		[FORMAT_JSON] = lint_report_json,
		[FORMAT_SARIF] = lint_report_sarif,
	};
	const struct lint_report report = { r->parts, r->parts_len, r->arena };
	struct buf out;

	buf_init(&out, 0);
	forms[r->o->format](&report, &out);
	int code = verb_print(WHO, &out);
	buf_done(&out);
	size_t unread = lint_report_unread(&report);
	if (code != EXIT_OK || unread == r->parts_len)
		return code != EXIT_OK ? code : r->unread;
	if (fails(r))
		return EXIT_REFUSED;
	return unread ? EXIT_PARTLY : EXIT_OK;
}

static int run(struct run *r)
{
	struct err err = { .code = 0 };
	int rc = crypto_init(&err);

	if (rc == 0)
		rc = lint_all(r, &err);
	if (rc == 0)
		return print(r);
	verb_complain(WHO, str_c(lang_text(r->o->lang, err.text)));
	if (!r->o->waba)
		return verb_exit(rc);
	/* What the server cannot check is not how it was asked. */
	return rc == -E_INVALID ? EXIT_FAILED : client_exit_error(err.code);
}

int verb_template_lint(int argc, char **argv)
{
	struct options o = { .lang = lang_process(), .fail_on = LINT_WARNING };
	struct run *r = mem_alloc(sizeof(*r));
	int code = EXIT_FAILED;

	verb_parse(&template_lint_argp, argc, argv, &o);
	client_catch_interrupt();
	if (r)
		*r = (struct run){ .o = &o, .arena = arena_new(0, 0), .unread = EXIT_USAGE };
	if (r && r->arena)
		code = run(r);
	else
		verb_complain(WHO, str_c(_("Memory ran out.")));
	if (r) {
		client_close(&r->client);
		pack_free(&r->pack);
		arena_free(&r->arena);
	}
	MEM_FREE(&r);
	return code;
}
