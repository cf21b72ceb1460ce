#include "apps/cli/api_fields.h"

#include <limits.h>
#include <string.h>

#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/text.h"
#include "base/json.h"

#define NAME_MAX_LEN 64

enum {
	KEY_FIELD = 0x1000, /* and its number */
	KEY_JSON = 0x2000,
};

/* What every verb that speaks to a server takes. */
static const struct argp_option common[] = {
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("Print the API's answer as it is"), 0 },
};

/* How help names the value of a flag. */
static const char *const value_names[] = {
	[FIELD_STR] = N_("TEXT"),
	[FIELD_INT] = "N",
	[FIELD_BOOL] = "true|false",
	[FIELD_LIST] = N_("A,B,…"),
	[FIELD_FILE] = N_("FILE"),
	[FIELD_FILES] = N_("FILE,FILE,…"),
	[FIELD_TIME] = N_("TIME"),
	[FIELD_DATE] = N_("DATE"),
	[FIELD_DURATION] = N_("DURATION"),
	[FIELD_LIMIT] = "N|unlimited",
};

/* --- what a verb takes ------------------------------------------------------------------------ */

static void to_flag(const char *name, char out[NAME_MAX_LEN])
{
	size_t i = 0;

	for (; name[i] && i + 1 < NAME_MAX_LEN; i++)
		out[i] = name[i] == '_' ? '-' : name[i];
	out[i] = '\0';
}

static void to_argument(const char *name, char out[NAME_MAX_LEN])
{
	size_t i = 0;

	for (; name[i] && i + 1 < NAME_MAX_LEN; i++)
		out[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : name[i];
	out[i] = '\0';
}

/* How a person wrote the field: "--token-file", "ID". */
static void spelling(const struct noun_field *f, char out[API_FLAG_MAX])
{
	if (f->positional) {
		to_argument(f->name, out);
		return;
	}
	memcpy(out, "--", 2);
	to_flag(f->name, out + 2);
}

static const struct noun_field *positional_at(const struct noun_verb *api, size_t n)
{
	for (size_t i = 0; i < api->fields_len; i++) {
		if (api->fields[i].positional && n-- == 0)
			return &api->fields[i];
	}
	return NULL;
}

static bool set_common(struct api_words *w, int key, const char *arg)
{
	if (key == KEY_JSON) {
		w->json = true;
		return true;
	}
	return client_word(&w->client, key, arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct api_words *w = state->input;
	const struct noun_field *f;

	/* It would go on record with other letters than were meant. */
	if (arg && !text_is_utf8(str_c(arg)))
		verb_refuse(state, "%s", _("A value is not UTF-8; nothing was sent."));
	if (key >= KEY_FIELD && key < KEY_FIELD + API_WORDS_MAX) {
		w->values[key - KEY_FIELD] = arg ? arg : "true";
		return 0;
	}
	if (key != ARGP_KEY_ARG)
		return set_common(w, key, arg) ? 0 : ARGP_ERR_UNKNOWN;
	f = positional_at(w->api, w->positional++);
	if (!f)
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
	else
		w->values[f - w->api->fields] = arg;
	return 0;
}

static bool add_option(
    const struct noun_field *f, size_t i, struct arena *a, struct argp_option *ret)
{
	char flag[NAME_MAX_LEN];

	to_flag(f->name, flag);
	*ret = (struct argp_option){
		.name = arena_c(a, str_c(flag)),
		.key = KEY_FIELD + (int)i,
		.arg = value_names[f->type],
		.flags = f->type == FIELD_BOOL ? OPTION_ARG_OPTIONAL : 0,
		.doc = f->doc,
	};
	return ret->name != NULL;
}

/* "ID", "WABA NAME LANGUAGE"; *ret NULL when there are none. */
static bool arguments(const struct noun_verb *api, struct arena *a, const char **ret)
{
	char name[NAME_MAX_LEN];
	struct buf b;
	const struct noun_field *f;

	buf_init(&b, 0);
	for (size_t i = 0; (f = positional_at(api, i)); i++) {
		to_argument(f->name, name);
		buf_addf(&b, "%s%s", i ? " " : "", name);
	}
	*ret = b.len && !b.failed ? arena_c(a, buf_str(&b)) : NULL;
	bool ok = !b.failed && (b.len == 0 || *ret);
	buf_done(&b);
	return ok;
}

bool api_fields_argp(const struct noun_verb *api, struct arena *a, struct argp *ret)
{
	size_t n = 0;
	struct argp_option *options = ARENA_ARRAY(
	    a, struct argp_option, api->fields_len + ARRAY_LEN(common) + 1);

	ASSERT(api->fields_len <= API_WORDS_MAX);
	for (size_t i = 0; options && i < api->fields_len; i++) {
		if (api->fields[i].positional)
			continue;
		if (!add_option(&api->fields[i], i, a, &options[n++]))
			return false;
	}
	if (!options)
		return false;
	memcpy(&options[n], common, sizeof(common));
	*ret = (struct argp){ .options = options, .parser = parse, .doc = api->doc };
	return arguments(api, a, &ret->args_doc);
}

bool api_field_is_required(const struct noun_verb *api, const char *option)
{
	char flag[NAME_MAX_LEN];

	for (size_t i = 0; i < api->fields_len; i++) {
		to_flag(api->fields[i].name, flag);
		if (strcmp(flag, option) == 0)
			return api->fields[i].required && !api->fields[i].positional;
	}
	return false;
}

bool api_field_flag(const struct noun_verb *api, struct str field, char out[API_FLAG_MAX])
{
	for (size_t i = 0; i < api->fields_len; i++) {
		if (api->fields[i].positional || !str_eq_c(field, api->fields[i].name))
			continue;
		spelling(&api->fields[i], out);
		return true;
	}
	return false;
}

static size_t field_at(const struct noun_verb *api, const char *name)
{
	size_t i = 0;

	while (i < api->fields_len && strcmp(api->fields[i].name, name) != 0)
		i++;
	return i;
}

const char *api_word(const struct api_words *w, const char *field)
{
	size_t i = field_at(w->api, field);

	return i < w->api->fields_len ? w->values[i] : NULL;
}

bool api_word_set(struct api_words *w, const char *field, const char *value)
{
	size_t i = field_at(w->api, field);

	if (i == w->api->fields_len)
		return false;
	w->values[i] = value;
	return true;
}

/* --- values ----------------------------------------------------------------------------------- */

static int fail_missing(const struct noun_field *f, struct err *err)
{
	char word[API_FLAG_MAX];

	spelling(f, word);
	return err_field(err, E_INVALID, word, _("%s is missing: %s"), word, _(f->doc));
}

static int fail_value(const struct noun_field *f, const char *value, struct err *err)
{
	char word[API_FLAG_MAX];

	spelling(f, word);
	return err_field(err, E_INVALID, word, _("%s cannot be \"%.60s\": it takes %s."), word,
	    value, _(value_names[f->type]));
}

static int check_given(const struct api_words *w, struct err *err)
{
	const struct noun_verb *api = w->api;

	for (size_t i = 0; i < api->fields_len; i++) {
		if (api->fields[i].required && !w->values[i])
			return fail_missing(&api->fields[i], err);
	}
	return 0;
}

static bool write_number(const char *value, struct json_writer *w)
{
	int64_t n;

	if (str_to_i64(str_c(value), &n) < 0)
		return false;
	jw_int(w, n);
	return true;
}

static bool write_bool(const char *value, struct json_writer *w)
{
	bool yes = strcmp(value, "true") == 0;

	if (!yes && strcmp(value, "false") != 0)
		return false;
	jw_bool(w, yes);
	return true;
}

static void write_list(const char *value, struct json_writer *w)
{
	struct str rest = str_c(value);

	jw_array(w);
	while (rest.p) {
		struct str item = str_trim(str_cut(&rest, ','));
		if (item.len)
			jw_str(w, item);
	}
	jw_array_end(w);
}

static int write_file(const char *path, struct json_writer *w, struct err *err)
{
	struct buf content;

	buf_init(&content, 0);
	int r = file_read(path, API_FILE_MAX, &content, err);
	if (r == 0)
		jw_str(w, content.p ? buf_str(&content) : STR(""));
	if (content.p)
		crypto_wipe(content.p, content.len);
	buf_done(&content);
	return r;
}

static void write_base64(const struct buf *content, struct json_writer *w)
{
	struct buf text;

	buf_init(&text, 0);
	base64_encode(content->p ? buf_str(content) : STR(""), &text);
	w->out->failed |= text.failed;
	jw_str(w, text.failed ? STR("") : buf_str(&text));
	buf_done(&text);
}

/* "scan.pdf,shot.png": what is in them, in base 64. */
static int write_files(const char *paths, struct json_writer *w, struct err *err)
{
	struct str rest = str_c(paths);
	char path[PATH_MAX];
	int r = 0;

	jw_array(w);
	while (r == 0 && rest.p) {
		struct buf content;
		buf_init(&content, 0);
		r = str_to_c(str_trim(str_cut(&rest, ',')), path, sizeof(path)) < 0
		    ? err_set(err, E_TOO_LARGE, "%s", _("The path of a file is too long."))
		    : file_read(path, API_FILE_MAX, &content, err);
		if (r == 0)
			write_base64(&content, w);
		buf_done(&content);
	}
	jw_array_end(w);
	return r;
}

static int write_value(
    const struct noun_field *f, const char *value, struct json_writer *w, struct err *err)
{
	bool ok = true;

	switch (f->type) {
	case FIELD_INT:
		ok = write_number(value, w);
		break;
	case FIELD_BOOL:
		ok = write_bool(value, w);
		break;
	case FIELD_LIST:
		write_list(value, w);
		break;
	case FIELD_FILE:
		return write_file(value, w, err);
	case FIELD_FILES:
		return write_files(value, w, err);
	case FIELD_LIMIT:
		if (!write_number(value, w))
			jw_c(w, value);
		break;
	default:
		jw_c(w, value);
		break;
	}
	return ok ? 0 : fail_value(f, value, err);
}

/* --- the request ------------------------------------------------------------------------------ */

static bool in_path(const struct noun_verb *api, const struct noun_field *f)
{
	const char *brace = api->path;
	size_t len = strlen(f->name);

	while ((brace = strchr(brace, '{'))) {
		brace++;
		if (strncmp(brace, f->name, len) == 0 && brace[len] == '}')
			return true;
	}
	return false;
}

static void add_path(const struct api_words *w, struct buf *out)
{
	struct str rest = str_c(w->api->path);
	char name[NAME_MAX_LEN];

	while (rest.p) {
		buf_add(out, str_cut(&rest, '{'));
		if (!rest.p)
			return;
		int r = str_to_c(str_cut(&rest, '}'), name, sizeof(name));
		const char *value = r == 0 ? api_word(w, name) : NULL;
		ASSERT(value);
		client_encode(out, value);
	}
}

static void add_query(const struct api_words *w, struct buf *out)
{
	char before = '?';

	for (size_t i = 0; i < w->api->fields_len; i++) {
		const struct noun_field *f = &w->api->fields[i];
		if (!w->values[i] || in_path(w->api, f))
			continue;
		buf_add_char(out, before);
		buf_add_c(out, f->name);
		buf_add_char(out, '=');
		client_encode(out, w->values[i]);
		before = '&';
	}
}

static int add_body(const struct api_words *w, struct buf *out, struct err *err)
{
	struct json_writer jw;
	int r = 0;

	jw_init(&jw, out);
	jw_object(&jw);
	for (size_t i = 0; r == 0 && i < w->api->fields_len; i++) {
		const struct noun_field *f = &w->api->fields[i];
		if (!w->values[i] || in_path(w->api, f))
			continue;
		jw_key(&jw, f->name);
		r = write_value(f, w->values[i], &jw, err);
	}
	if (r == 0)
		jw_object_end(&jw);
	return r;
}

/* A path whose value is "." or ".." would be another path. */
static int check_path(const struct api_words *w, struct err *err)
{
	for (size_t i = 0; i < w->api->fields_len; i++) {
		const struct noun_field *f = &w->api->fields[i];
		const char *v = w->values[i];
		if (in_path(w->api, f) && (!*v || strcmp(v, ".") == 0 || strcmp(v, "..") == 0))
			return fail_value(f, v, err);
	}
	return 0;
}

int api_request_build(
    const struct api_words *w, struct arena *a, struct api_request *ret, struct err *err)
{
	bool query = strcmp(w->api->method, "GET") == 0 || strcmp(w->api->method, "DELETE") == 0;
	struct api_request r = { .method = w->api->method };
	struct buf target, body;

	buf_init(&target, 0);
	buf_init(&body, 0);
	int rc = check_given(w, err);
	if (rc == 0)
		rc = check_path(w, err);
	if (rc == 0)
		add_path(w, &target);
	if (rc == 0 && query)
		add_query(w, &target);
	else if (rc == 0)
		rc = add_body(w, &body, err);
	if (rc == 0) {
		r.target = target.failed ? STR_NONE : arena_str(a, buf_str(&target));
		r.body = query || body.failed ? STR_NONE : arena_str(a, buf_str(&body));
		if (!r.target.p || (!query && !r.body.p))
			rc = err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	}
	if (rc == 0)
		*ret = r;
	if (body.p)
		crypto_wipe(body.p, body.len);
	buf_done(&body);
	buf_done(&target);
	return rc;
}
