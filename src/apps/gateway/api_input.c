/* Values come as text (path and query) or as JSON (bodies). Both end in the same readers of text;
 * JSON has its own check of types before. What the domain alone can judge (is it an id, does it
 * exist) is left to it. */
#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define LIST_MAX 1000
#define WORD_SHOWN 60 /* bytes of a stranger's word in a sentence */
#define DURATION_MAX (3660 * MS_PER_DAY)

/* --- one value from text ---------------------------------------------------------------------- */

int api_duration_parse(struct str text, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', MS_PER_S }, { 'm', MS_PER_MIN }, { 'h', MS_PER_HOUR },
		{ 'd', MS_PER_DAY } };
	uint64_t n;

	if (text.len < 2 || str_to_u64(str_sub(text, 0, text.len - 1), &n) < 0)
		return -E_INVALID;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (units[i].unit != text.p[text.len - 1])
			continue;
		if (n == 0 || n > (uint64_t)(DURATION_MAX / units[i].ms))
			return -E_RANGE;
		*ret = (int64_t)n * units[i].ms;
		return 0;
	}
	return -E_INVALID;
}

static int no_memory(const struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int read_bool(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	if (str_eq(v->text, STR("true")))
		v->flag = true;
	else if (!str_eq(v->text, STR("false")))
		return api_err(c, err, E_INVALID, name, N_("\"%s\" must be true or false."), name);
	return 0;
}

static int read_int(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	if (str_to_i64(v->text, &v->number) == 0)
		return 0;
	return api_err(c, err, E_INVALID, name, N_("\"%s\" must be a whole number."), name);
}

static int read_limit(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	v->flag = !str_eq(v->text, STR("unlimited"));
	if (!v->flag || str_to_i64(v->text, &v->number) == 0)
		return 0;
	return api_err(
	    c, err, E_INVALID, name, N_("\"%s\" must be a whole number, or \"unlimited\"."), name);
}

/* In a query a '+' that nobody escaped became a blank. */
static struct str with_plus(struct api_call *c, struct str text)
{
	char *copy = arena_c(c->arena, text);

	for (char *p = copy; p && *p; p++)
		*p = *p == ' ' ? '+' : *p;
	return copy ? str_n(copy, text.len) : text;
}

static int read_time(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	if (time_parse(v->text, &v->at) == 0 || time_parse(with_plus(c, v->text), &v->at) == 0)
		return 0;
	return api_err(c, err, E_INVALID, name,
	    N_("\"%s\" must be a time, as in 2026-11-22T10:00:00Z."), name);
}

static int read_date(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	if (time_parse_date(v->text, &v->at) == 0)
		return 0;
	return api_err(
	    c, err, E_INVALID, name, N_("\"%s\" must be a day, as in 2026-12-31."), name);
}

static int read_duration(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	if (api_duration_parse(v->text, &v->number) == 0)
		return 0;
	return api_err(c, err, E_INVALID, name,
	    N_("\"%s\" must be a length of time, as in 30s, 15m, 24h or 7d, and at most ten"
	       " years."),
	    name);
}

static int too_many(struct api_call *c, const char *name, struct err *err)
{
	return api_err(
	    c, err, E_TOO_LARGE, name, N_("\"%s\" may have at most %d entries."), name, LIST_MAX);
}

static int read_list(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	struct str rest = v->text;
	size_t n = 1;

	for (size_t i = 0; i < rest.len; i++)
		n += rest.p[i] == ',';
	if (n > LIST_MAX)
		return too_many(c, name, err);
	struct str *items = ARENA_ARRAY(c->arena, struct str, n);
	if (!items)
		return no_memory(c, err);
	while (rest.len) {
		struct str item = str_trim(str_cut(&rest, ','));
		if (item.len)
			items[v->items_len++] = item;
	}
	v->items = items;
	return 0;
}

static int read_plain(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	if (!v->text.len || !memchr(v->text.p, '\0', v->text.len))
		return 0;
	return api_err(c, err, E_INVALID, name, N_("\"%s\" holds a zero byte."), name);
}

/* It comes as an array, and only in a body. */
static int read_none(struct api_call *c, const char *name, struct api_value *v, struct err *err)
{
	(void)v;
	return api_err(c, err, E_INVALID, name,
	    N_("\"%s\" must be an array of strings: the contents of the files in base 64."), name);
}

/* Beside enum field_type. */
static int (*const readers[])(
    struct api_call *c, const char *name, struct api_value *v, struct err *err) = {
	[FIELD_STR] = read_plain,
	[FIELD_INT] = read_int,
	[FIELD_BOOL] = read_bool,
	[FIELD_LIST] = read_list,
	[FIELD_FILE] = read_plain,
	[FIELD_FILES] = read_none,
	[FIELD_TIME] = read_time,
	[FIELD_DATE] = read_date,
	[FIELD_DURATION] = read_duration,
	[FIELD_LIMIT] = read_limit,
};

static int take_text(struct api_call *c, size_t i, struct str text, struct err *err)
{
	const struct noun_field *field = &c->verb->fields[i];
	struct api_value *v = &c->values[i];

	*v = (struct api_value){ .given = true, .text = text.p ? text : STR("") };
	return readers[field->type](c, field->name, v, err);
}

/* --- one value from JSON
 * ------------------------------------------------------------------------ */

static int wrong_type(struct api_call *c, const struct noun_field *field, struct err *err)
{
	static const char *const sentences[] = {
		[FIELD_STR] = N_("\"%s\" must be a string."),
		[FIELD_INT] = N_("\"%s\" must be a whole number."),
		[FIELD_BOOL] = N_("\"%s\" must be true or false."),
		[FIELD_LIST] = N_("\"%s\" must be an array of strings, or one string with commas."),
		[FIELD_FILE] = N_("\"%s\" must be a string: the content of the file."),
		[FIELD_FILES] = N_(
		    "\"%s\" must be an array of strings: the contents of the files in base 64."),
		[FIELD_TIME] = N_("\"%s\" must be a time, as in 2026-11-22T10:00:00Z."),
		[FIELD_DATE] = N_("\"%s\" must be a day, as in 2026-12-31."),
		[FIELD_DURATION] = N_(
		    "\"%s\" must be a length of time, as in 30s, 15m, 24h or 7d."),
		[FIELD_LIMIT] = N_("\"%s\" must be a whole number, or \"unlimited\"."),
	};

	return api_err(c, err, E_INVALID, field->name, sentences[field->type], field->name);
}

static int take_array(struct api_call *c, size_t i, const struct json *json, struct err *err)
{
	const struct noun_field *field = &c->verb->fields[i];
	struct api_value *v = &c->values[i];
	const struct json *item;
	struct json_iter it;

	if (json_len(json) > LIST_MAX)
		return too_many(c, field->name, err);
	struct str *items = ARENA_ARRAY(c->arena, struct str, json_len(json));
	if (!items)
		return no_memory(c, err);
	json_iter_init(&it, json);
	while (json_iter_next(&it, NULL, &item)) {
		if (json_type(item) != JSON_STRING)
			return wrong_type(c, field, err);
		items[v->items_len++] = json_str(item);
	}
	v->given = true;
	v->items = items;
	return 0;
}

/* One content of many, out of base 64, in the arena. */
static int take_content(
    struct api_call *c, const char *name, const struct json *item, struct str *ret, struct err *err)
{
	struct buf content;
	int r;

	buf_init(&content, 0);
	if (base64_decode(json_str(item), &content) < 0) {
		r = content.failed ? no_memory(c, err)
				   : api_err(c, err, E_INVALID, name,
					 N_("\"%s\" holds something that is not base 64."), name);
	} else {
		*ret = arena_str(c->arena, buf_str(&content));
		r = ret->p ? 0 : no_memory(c, err);
	}
	buf_done(&content);
	return r;
}

static int take_contents(struct api_call *c, size_t i, const struct json *json, struct err *err)
{
	const struct noun_field *field = &c->verb->fields[i];
	struct api_value *v = &c->values[i];
	const struct json *item;
	struct json_iter it;
	int r = 0;

	if (json_len(json) > API_FILES_MAX)
		return api_err(c, err, E_TOO_LARGE, field->name,
		    N_("\"%s\" may have at most %d entries."), field->name, API_FILES_MAX);
	struct str *items = ARENA_ARRAY(c->arena, struct str, API_FILES_MAX);
	if (!items)
		return no_memory(c, err);
	json_iter_init(&it, json);
	while (r == 0 && json_iter_next(&it, NULL, &item)) {
		if (json_type(item) != JSON_STRING)
			return wrong_type(c, field, err);
		r = take_content(c, field->name, item, &items[v->items_len++], err);
	}
	v->given = true;
	v->items = items;
	return r;
}

/* Definitions of templates and triggers, and events, need not be wrapped in a string. */
static bool is_definition(
    const struct api_call *c, const struct noun_field *field, const struct json *json)
{
	enum json_type type = json_type(json);

	return strcmp(field->name, "file") == 0 &&
	    (strcmp(c->verb->noun, "template") == 0 || strcmp(c->verb->noun, "trigger") == 0) &&
	    (type == JSON_ARRAY || type == JSON_OBJECT);
}

static int take_json(struct api_call *c, size_t i, const struct json *json, struct err *err)
{
	const struct noun_field *field = &c->verb->fields[i];
	struct api_value *v = &c->values[i];
	enum json_type type = json_type(json);

	if (is_definition(c, field, json)) {
		*v = (struct api_value){ .given = true, .json = json };
		return 0;
	}
	if (field->type == FIELD_FILES)
		return type == JSON_ARRAY ? take_contents(c, i, json, err)
					  : wrong_type(c, field, err);
	if (field->type == FIELD_LIST && type == JSON_ARRAY)
		return take_array(c, i, json, err);
	if (field->type == FIELD_BOOL) {
		v->given = json_bool(json, &v->flag);
		return v->given ? 0 : wrong_type(c, field, err);
	}
	if (type == JSON_INT && (field->type == FIELD_INT || field->type == FIELD_LIMIT)) {
		v->given = v->flag = json_int(json, &v->number);
		return v->given ? 0 : wrong_type(c, field, err);
	}
	if (type != JSON_STRING || field->type == FIELD_INT)
		return wrong_type(c, field, err);
	return take_text(c, i, json_str(json), err);
}

/* --- names
 * -------------------------------------------------------------------------------------- */

static bool is_open(const struct api_call *c, const struct str *params, size_t i)
{
	return i < c->verb->fields_len && !params[i].p;
}

/* The field of that name that is not in the path; fields_len when there is none. */
static size_t find_open(const struct api_call *c, const struct str *params, struct str name)
{
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		if (is_open(c, params, i) && str_eq_c(name, c->verb->fields[i].name))
			return i;
	}
	return c->verb->fields_len;
}

static const char *nearest(const struct api_call *c, const struct str *params, struct str name)
{
	const char *best = NULL;
	unsigned least = 0;

	for (size_t i = 0; i < c->verb->fields_len; i++) {
		const char *candidate = c->verb->fields[i].name;
		unsigned distance = text_distance(name, str_c(candidate));
		if (!is_open(c, params, i) || (best && distance >= least))
			continue;
		best = candidate;
		least = distance;
	}
	return best;
}

static int unknown(
    struct api_call *c, const struct str *params, struct str name, bool in_body, struct err *err)
{
	struct str shown = text_printable(c->arena, name, WORD_SHOWN);
	char *field = shown.p ? arena_c(c->arena, shown) : NULL;
	const char *near = nearest(c, params, name);

	if (!field)
		return no_memory(c, err);
	if (!near)
		return api_err(c, err, E_INVALID, field,
		    N_("There is nothing to say here, and \"%s\" is not known."), field);
	if (in_body)
		return api_err(c, err, E_INVALID, field,
		    N_("There is no member \"%s\" here; the nearest is \"%s\"."), field, near);
	return api_err(c, err, E_INVALID, field,
	    N_("There is no parameter \"%s\" here; the nearest is \"%s\"."), field, near);
}

/* --- the three places
 * --------------------------------------------------------------------------- */

static int read_params(struct api_call *c, const struct str *params, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->verb->fields_len; i++) {
		if (!params[i].p)
			continue;
		struct str text = http_decode(c->arena, params[i]);
		if (text.p && text_is_utf8(text))
			r = take_text(c, i, text, err);
		else
			r = api_err(c, err, E_INVALID, c->verb->fields[i].name,
			    N_("\"%s\" in the path is not escaped as it should be."),
			    c->verb->fields[i].name);
	}
	return r;
}

static int read_parameter(
    struct api_call *c, const struct str *params, struct str pair, struct err *err)
{
	struct str raw = pair, raw_name = str_cut(&raw, '=');
	struct str name = http_percent_decode(c->arena, raw_name, true);
	struct str text = raw.p ? http_percent_decode(c->arena, raw, true) : STR("");

	if (!name.p || !text.p || !text_is_utf8(name) || !text_is_utf8(text))
		return api_err(
		    c, err, E_INVALID, "", N_("The query is not escaped as it should be."));
	size_t i = find_open(c, params, name);
	if (i == c->verb->fields_len)
		return unknown(c, params, name, false, err);
	if (c->values[i].given)
		return api_err(c, err, E_INVALID, c->verb->fields[i].name,
		    N_("\"%s\" is given twice."), c->verb->fields[i].name);
	return take_text(c, i, text, err);
}

static int read_query(
    struct api_call *c, const struct str *params, struct str query, struct err *err)
{
	int r = 0;

	while (r == 0 && query.p) {
		struct str pair = str_cut(&query, '&');
		if (pair.len)
			r = read_parameter(c, params, pair, err);
	}
	return r;
}

static int read_members(
    struct api_call *c, const struct str *params, const struct json *body, struct err *err)
{
	const struct json *value;
	struct json_iter it;
	struct str name;
	int r = 0;

	json_iter_init(&it, body);
	while (r == 0 && json_iter_next(&it, &name, &value)) {
		size_t i = find_open(c, params, name);
		r = i < c->verb->fields_len ? take_json(c, i, value, err)
					    : unknown(c, params, name, true, err);
	}
	return r;
}

/* No body is an empty object. */
static int read_body(struct api_call *c, const struct str *params, struct str text, struct err *err)
{
	const struct json *body;
	struct err why = { 0 };

	if (str_trim(text).len == 0)
		return 0;
	int r = json_read(c->arena, text, &body, &why);
	if (r == -E_NOMEM)
		return no_memory(c, err);
	if (r < 0)
		return api_err(c, err, E_INVALID, "", N_("The body is not JSON: %s"), why.text);
	if (json_type(body) != JSON_OBJECT)
		return api_err(c, err, E_INVALID, "", N_("The body must be a JSON object."));
	return read_members(c, params, body, err);
}

/* Among values that are changed a name only goes with a reason. */
static bool wants_actor(const struct api_call *c)
{
	for (size_t i = 0; strcmp(c->verb->method, "PATCH") == 0 && i < c->verb->fields_len; i++) {
		if (strcmp(c->verb->fields[i].name, "reason") == 0)
			return c->values[i].given;
	}
	return true;
}

/* A user answers for what they do by their own name: acts are told apart by who did them, and nobody else's will do. Who
 * only looks does nothing: there it is a filter. */
static int take_actor(struct api_call *c, struct err *err)
{
	bool acts = api_is_user(c) && strcmp(c->verb->method, "GET") != 0;

	for (size_t i = 0; acts && i < c->verb->fields_len; i++) {
		struct api_value *v = &c->values[i];
		if (strcmp(c->verb->fields[i].name, "by") != 0)
			continue;
		if (v->given && !str_eq(str_trim(v->text), c->who.user.name))
			return api_err(c, err, E_DENIED, "by",
			    N_("\"by\" is whoever is signed in: leave it out."));
		if (wants_actor(c))
			*v = (struct api_value){ .given = true, .text = c->who.user.name };
	}
	return 0;
}

static int check_required(struct api_call *c, struct err *err)
{
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		const char *name = c->verb->fields[i].name;
		if (c->verb->fields[i].required && !c->values[i].given)
			return api_err(c, err, E_INVALID, name, N_("\"%s\" is missing."), name);
	}
	return 0;
}

/* A change that changes nothing was meant to change something. */
static int check_some(struct api_call *c, const struct str *params, struct err *err)
{
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		if (!params[i].p && c->values[i].given)
			return 0;
	}
	return api_err(c, err, E_INVALID, "", N_("Nothing is given that could be changed."));
}

int api_input_read(struct api_call *c, const struct str *params, struct str query, struct str body,
    struct err *err)
{
	enum http_method method = c->req->method;
	bool in_query = method == HTTP_M_GET || method == HTTP_M_DELETE || c->upload;
	int r = read_params(c, params, err);

	ASSERT(c->verb->fields_len <= API_FIELDS_MAX);
	for (size_t i = 0; c->upload && i < c->verb->fields_len; i++)
		c->values[i].given = strcmp(c->verb->fields[i].name, "file") == 0;
	if (r == 0)
		r = in_query ? read_query(c, params, query, err) : read_body(c, params, body, err);
	if (r == 0)
		r = take_actor(c, err);
	if (r == 0)
		r = check_required(c, err);
	if (r == 0 && strcmp(c->verb->method, "PATCH") == 0)
		r = check_some(c, params, err);
	return r;
}

/* --- what handlers ask for
 * ----------------------------------------------------------------------- */

const struct api_value *api_value(const struct api_call *c, const char *name)
{
	size_t i = 0;

	while (i < c->verb->fields_len && strcmp(c->verb->fields[i].name, name) != 0)
		i++;
	ASSERT(i < c->verb->fields_len);
	return &c->values[i];
}

struct str api_text(const struct api_call *c, const char *name)
{
	return api_value(c, name)->text;
}

struct str api_country(struct api_call *c)
{
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(lane_directory(c->gate->lane), &n);

	return n && wabas[0]->country.len ? wabas[0]->country : STR_NONE;
}

struct str api_portfolio(const struct directory *d)
{
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(d, &n);

	for (size_t i = 1; i < n; i++) {
		if (!str_eq(wabas[i]->portfolio->id, wabas[0]->portfolio->id))
			return STR_NONE;
	}
	return n ? wabas[0]->portfolio->id : STR_NONE;
}

static int read_phone(struct api_call *c, struct phone *ret, struct err *err)
{
	struct str text = api_text(c, "phone");
	struct err why = { 0 };

	if (!text.p)
		return 0;
	if (str_starts(text, STR(" ")))
		text = with_plus(c, text);
	if (phone_parse(text, api_country(c), ret, NULL, &why) == 0)
		return 0;
	return api_err(c, err, E_INVALID, "phone", N_("\"phone\" is no telephone number: %s"),
	    lang_text(c->lang, why.text));
}

static bool has_field(const struct api_call *c, const char *name)
{
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		if (strcmp(c->verb->fields[i].name, name) == 0)
			return true;
	}
	return false;
}

/* By the id that answers give, so that nobody need know the number to ask about who has it. */
static int read_person(
    struct api_call *c, struct phone *ret_phone, struct str *ret_bsuid, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct str text = api_text(c, "person"), bsuid = STR_NONE;
	struct person person = { 0 };
	uint64_t id;
	int r = id_parse("per", text, &id);

	if (r < 0)
		return api_err(c, err, E_INVALID, "person",
		    N_("\"person\" must be the id of a person, as in per_0c5gq3hr8v2zk."));
	r = person_resolve(conn, id, &id, err);
	if (r == 0)
		r = person_by_id(conn, id, c->arena, &person, err);
	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "person",
		    N_("Nobody is on record under that number or id."));
	if (r > 0 && !person.phone.number)
		r = person_bsuid(conn, id, STR_NONE, c->arena, &bsuid, err);
	if (r < 0)
		return r;
	*ret_phone = person.phone;
	*ret_bsuid = bsuid;
	return 0;
}

int api_person(struct api_call *c, struct phone *ret_phone, struct str *ret_bsuid, struct err *err)
{
	struct phone phone = { 0 };
	struct str bsuid = api_text(c, "bsuid");

	if (has_field(c, "person") && api_value(c, "person")->given)
		return read_person(c, ret_phone, ret_bsuid, err);
	int r = read_phone(c, &phone, err);
	if (r < 0)
		return r;
	if (bsuid.p && !bsuid_is_valid(bsuid))
		return api_err(c, err, E_INVALID, "bsuid",
		    N_("\"bsuid\" must be a business-scoped user id, as in IT.1A2b3C4d5E."));
	if (!phone.number && !bsuid.p)
		return api_err(
		    c, err, E_INVALID, "phone", N_("Name the person by \"phone\" or \"bsuid\"."));
	*ret_phone = phone;
	*ret_bsuid = bsuid;
	return 0;
}

/* --- lists
 * --------------------------------------------------------------------------------------- */

int api_limit(const struct api_call *c, size_t *ret, struct err *err)
{
	const struct api_value *v = api_value(c, "limit");

	if (!v->given)
		*ret = API_LIMIT_DEFAULT;
	else if (v->number >= 1 && v->number <= API_LIMIT_MAX)
		*ret = (size_t)v->number;
	else
		return api_err(c, err, E_RANGE, "limit", N_("\"limit\" must be between 1 and %d."),
		    API_LIMIT_MAX);
	return 0;
}

void api_list_open(struct api_call *c)
{
	jw_object(&c->w);
	jw_key(&c->w, "items");
	jw_array(&c->w);
}

void api_list_close(struct api_call *c, struct str next)
{
	jw_array_end(&c->w);
	jw_member_str(&c->w, "next", next);
	jw_object_end(&c->w);
}

int api_page_open(struct api_call *c, struct api_page *ret, struct err *err)
{
	size_t limit;
	int r = api_limit(c, &limit, err);

	if (r < 0)
		return r;
	*ret = (struct api_page){ .after = api_text(c, "cursor"), .left = limit };
	api_list_open(c);
	return 0;
}

bool api_page_takes(struct api_page *p, struct str key)
{
	if (p->after.p && str_cmp(key, p->after) <= 0)
		return false;
	if (p->left == 0) {
		p->more = true;
		return false;
	}
	p->left--;
	p->last = key;
	return true;
}

void api_page_close(struct api_call *c, const struct api_page *p)
{
	api_list_close(c, p->more ? p->last : STR_NONE);
}
