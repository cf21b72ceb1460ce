/* /api/openapi.json: made from the table of nouns.h, so that it cannot be behind. What is not of
 * that table (sends, webhooks, health) is described in openapi_parts.json. */
#include "apps/gateway/api_access.h"

#include <string.h>

#include "base/check.h"

static void ref(struct json_writer *w, const char *kind, const char *name)
{
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "#/components/%s/%s", kind, name);
	jw_object(w);
	jw_member_str(w, "$ref", buf_str(&text));
	jw_object_end(w);
	if (text.failed)
		w->out->failed = true;
	buf_done(&text);
}

/* --- fields ----------------------------------------------------------------------------------- */

#define STRING "{\"type\":\"string\"}"
#define INTEGER "{\"type\":\"integer\"}"
#define BOOLEAN "{\"type\":\"boolean\"}"
#define TIME "{\"type\":\"string\",\"format\":\"date-time\"}"
#define DATE "{\"type\":\"string\",\"format\":\"date\"}"
#define DURATION "{\"type\":\"string\",\"pattern\":\"^[0-9]+[smhd]$\"}"
#define LIMIT "{\"oneOf\":[{\"type\":\"integer\",\"minimum\":1},{\"const\":\"unlimited\"}]}"
#define ARRAY_OF(item) "{\"type\":\"array\",\"items\":" item "}"
#define STRINGS "{\"oneOf\":[" ARRAY_OF(STRING) "," STRING "]}"
#define BINARIES ARRAY_OF("{\"type\":\"string\",\"contentEncoding\":\"base64\"}")
#define OBJECT "{\"type\":\"object\"}"
#define DEFINITIONS "{\"oneOf\":[" OBJECT "," ARRAY_OF(OBJECT) "," STRING "]}"

/* Beside enum field_type: as a member of a body, and as a parameter. */
static const struct {
	const char *body, *parameter;
} field_schemas[] = {
	[FIELD_STR] = { STRING, STRING },
	[FIELD_INT] = { INTEGER, INTEGER },
	[FIELD_BOOL] = { BOOLEAN, BOOLEAN },
	[FIELD_LIST] = { STRINGS, STRING },
	[FIELD_FILE] = { STRING, STRING },
	[FIELD_FILES] = { BINARIES, STRING },
	[FIELD_TIME] = { TIME, TIME },
	[FIELD_DATE] = { DATE, DATE },
	[FIELD_DURATION] = { DURATION, DURATION },
	[FIELD_LIMIT] = { LIMIT, STRING },
};

static bool is_in_path(const char *path, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = strchr(path, '{'); p; p = strchr(p + 1, '{')) {
		if (strncmp(p + 1, name, len) == 0 && p[1 + len] == '}')
			return true;
	}
	return false;
}

static void write_parameter(struct json_writer *w, const struct noun_field *f, const char *in)
{
	jw_object(w);
	jw_member_c(w, "name", f->name);
	jw_member_c(w, "in", in);
	jw_member_bool(w, "required", f->required || strcmp(in, "path") == 0);
	jw_member_c(w, "description", f->doc);
	jw_key(w, "schema");
	jw_raw(w, str_c(field_schemas[f->type].parameter));
	jw_object_end(w);
}

/* A table may be the body itself. */
static bool takes_table(const struct noun_verb *v)
{
	return strcmp(v->operation, "importConsents") == 0 ||
	    strcmp(v->operation, "startAnalysis") == 0;
}

static void write_parameters(
    struct json_writer *w, const struct noun_verb *v, const char *path, bool in_query)
{
	jw_key(w, "parameters");
	jw_array(w);
	for (size_t i = 0; i < v->fields_len; i++) {
		if (is_in_path(path, v->fields[i].name))
			write_parameter(w, &v->fields[i], "path");
		else if (in_query || (takes_table(v) && v->fields[i].type != FIELD_FILE))
			write_parameter(w, &v->fields[i], "query");
	}
	jw_array_end(w);
}

/* --- bodies ----------------------------------------------------------------------------------- */

static void write_member(
    struct json_writer *w, const struct noun_verb *v, const struct noun_field *f)
{
	const char *schema = field_schemas[f->type].body;

	if (f->type == FIELD_FILE && strcmp(f->name, "file") == 0 &&
	    (strcmp(v->noun, "template") == 0 || strcmp(v->noun, "trigger") == 0))
		schema = DEFINITIONS;
	jw_key(w, f->name);
	jw_object(w);
	jw_key(w, "allOf");
	jw_array(w);
	jw_raw(w, str_c(schema));
	jw_array_end(w);
	jw_member_c(w, "description", f->doc);
	jw_object_end(w);
}

static size_t count_members(const struct noun_verb *v, const char *path, bool required)
{
	size_t n = 0;

	for (size_t i = 0; i < v->fields_len; i++) {
		if (!is_in_path(path, v->fields[i].name) && (!required || v->fields[i].required))
			n++;
	}
	return n;
}

static void write_required(struct json_writer *w, const struct noun_verb *v, const char *path)
{
	jw_key(w, "required");
	jw_array(w);
	for (size_t i = 0; i < v->fields_len; i++) {
		if (!is_in_path(path, v->fields[i].name) && v->fields[i].required)
			jw_c(w, v->fields[i].name);
	}
	jw_array_end(w);
}

static void write_body_schema(struct json_writer *w, const struct noun_verb *v, const char *path)
{
	jw_object(w);
	jw_member_c(w, "type", "object");
	jw_member_bool(w, "additionalProperties", false);
	if (count_members(v, path, true))
		write_required(w, v, path);
	jw_key(w, "properties");
	jw_object(w);
	for (size_t i = 0; i < v->fields_len; i++) {
		if (!is_in_path(path, v->fields[i].name))
			write_member(w, v, &v->fields[i]);
	}
	jw_object_end(w);
	jw_object_end(w);
}

static void write_schema_ref(struct json_writer *w, const char *type, const char *schema)
{
	jw_key(w, type);
	jw_object(w);
	jw_key(w, "schema");
	ref(w, "schemas", schema);
	jw_object_end(w);
}

static void write_json_content(struct json_writer *w, const char *type, const char *schema)
{
	jw_key(w, "content");
	jw_object(w);
	write_schema_ref(w, type, schema);
	jw_object_end(w);
}

static void write_file(struct json_writer *w, const char *type)
{
	jw_key(w, type);
	jw_raw(w, STR("{\"schema\":{\"type\":\"string\",\"contentEncoding\":\"binary\"}}"));
}

/* Documents come in other forms than JSON too, where the operation has a format. */
static void write_good_content(struct json_writer *w, const struct noun_verb *v)
{
	static const char *const others[] = { "text/html", "application/pdf" };
	const char *schema = api_schema_of(v->operation), *file = api_file_of(v->operation, 0);
	bool document = false;

	for (size_t i = 0; i < v->fields_len; i++)
		document |= strcmp(v->fields[i].name, "format") == 0;
	jw_key(w, "content");
	jw_object(w);
	if (schema)
		write_schema_ref(w, "application/json", schema);
	for (size_t i = 0; api_file_of(v->operation, i); i++)
		write_file(w, api_file_of(v->operation, i));
	for (size_t i = 0; document && !file && i < ARRAY_LEN(others); i++) {
		jw_key(w, others[i]);
		jw_object(w);
		jw_object_end(w);
	}
	jw_object_end(w);
}

static void write_body(struct json_writer *w, const struct noun_verb *v, const char *path)
{
	if (count_members(v, path, false) == 0)
		return;
	jw_key(w, "requestBody");
	jw_object(w);
	jw_member_bool(w, "required", count_members(v, path, true) > 0);
	jw_key(w, "content");
	jw_object(w);
	jw_key(w, "application/json");
	jw_object(w);
	jw_key(w, "schema");
	write_body_schema(w, v, path);
	jw_object_end(w);
	if (takes_table(v)) {
		write_file(w, "text/csv");
		write_file(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
	}
	jw_object_end(w);
	jw_object_end(w);
}

/* --- responses -------------------------------------------------------------------------------- */

static const struct {
	int status;
	const char *name; /* of components.responses */
	const char *doc;
	bool changes_only;
} problems[] = {
	{ 400, "BadRequest", "a value is missing or wrong; `field` names it", false },
	{ 401, "Unauthorized", "the admin token is missing or wrong", false },
	{ 403, "Forbidden", "policy refuses it; the sentence says why", true },
	{ 404, "NotFound", "there is no such thing", false },
	{ 409, "Conflict", "it exists already with other values, or something still needs it",
	    true },
	{ 413, "TooLarge", "a value is longer than allowed", true },
	{ 503, "Unavailable", "come back after Retry-After", false },
};

static void write_key_of(struct json_writer *w, int status)
{
	char key[8] = { (char)('0' + status / 100), (char)('0' + status / 10 % 10),
		(char)('0' + status % 10), '\0' };

	jw_key(w, key);
}

static void write_responses(struct json_writer *w, const struct noun_verb *v)
{
	bool change = strcmp(v->method, "GET") != 0;

	jw_key(w, "responses");
	jw_object(w);
	jw_key(w, "200");
	jw_object(w);
	jw_member_c(w, "description", change ? "done, durable and in force" : "found");
	write_good_content(w, v);
	jw_object_end(w);
	if (takes_table(v)) {
		write_key_of(w, 202);
		jw_object(w);
		jw_member_c(w, "description",
		    "begun, and goes on by itself: what Prefer: respond-async asks for");
		write_json_content(w, "application/json", "Import");
		jw_object_end(w);
	}
	for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
		if (problems[i].changes_only && !change)
			continue;
		write_key_of(w, problems[i].status);
		ref(w, "responses", problems[i].name);
	}
	jw_object_end(w);
}

static void write_problem_responses(struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
		jw_key(w, problems[i].name);
		jw_object(w);
		jw_member_c(w, "description", problems[i].doc);
		write_json_content(w, "application/problem+json", "Problem");
		jw_object_end(w);
	}
}

/* --- paths ------------------------------------------------------------------------------------ */

/* One way to an operation: its row's, or an alias's. */
struct way {
	const struct noun_verb *verb;
	const char *method, *path, *operation, *doc;
};

static const struct noun_verb *verb_of(const char *operation)
{
	size_t i = 0;

	while (i < noun_verbs_len && strcmp(noun_verbs[i].operation, operation) != 0)
		i++;
	ASSERT(i < noun_verbs_len);
	return &noun_verbs[i];
}

static size_t ways_len(void)
{
	return noun_verbs_len + api_aliases_len;
}

static struct way way_at(size_t i)
{
	if (i < noun_verbs_len) {
		const struct noun_verb *v = &noun_verbs[i];
		return (struct way){ v, v->method, v->path, v->operation, v->doc };
	}
	const struct api_alias *a = &api_aliases[i - noun_verbs_len];
	return (struct way){ verb_of(a->operation), a->method, a->path, a->operation_id, a->doc };
}

static const char *method_key(const char *method)
{
	static const char *const keys[][2] = {
		{ "GET", "get" },
		{ "POST", "post" },
		{ "PATCH", "patch" },
		{ "DELETE", "delete" },
	};
	size_t i = 0;

	while (i < ARRAY_LEN(keys) && strcmp(keys[i][0], method) != 0)
		i++;
	ASSERT(i < ARRAY_LEN(keys));
	return keys[i][1];
}

/* Who may call it, for those who make users. */
static void write_roles(struct json_writer *w, const struct noun_verb *verb)
{
	jw_key(w, "x-roles");
	jw_array(w);
	for (int r = USER_VIEWER; r < USER_ROLES_END; r++) {
		if (api_role_may((enum user_role)r, verb->operation))
			jw_c(w, user_role_name((enum user_role)r));
	}
	jw_array_end(w);
}

static void write_way(struct json_writer *w, const struct way *y)
{
	bool in_query = strcmp(y->method, "GET") == 0 || strcmp(y->method, "DELETE") == 0;

	jw_key(w, method_key(y->method));
	jw_object(w);
	jw_member_c(w, "operationId", y->operation);
	jw_key(w, "tags");
	jw_array(w);
	jw_c(w, y->verb->noun);
	jw_array_end(w);
	jw_member_c(w, "summary", y->doc);
	jw_member_c(w, "x-command-line", y->verb->example);
	write_roles(w, y->verb);
	write_parameters(w, y->verb, y->path, in_query);
	if (!in_query)
		write_body(w, y->verb, y->path);
	write_responses(w, y->verb);
	jw_object_end(w);
}

static bool was_before(size_t i)
{
	const char *path = way_at(i).path;

	for (size_t k = 0; k < i; k++) {
		if (strcmp(way_at(k).path, path) == 0)
			return true;
	}
	return false;
}

/* The members of an object, into one under construction. */
static void write_members(struct json_writer *w, const struct json *object)
{
	const struct json *value;
	struct json_iter it;
	struct str key;

	json_iter_init(&it, object);
	while (json_iter_next(&it, &key, &value)) {
		jw_key_str(w, key);
		jw_value(w, value);
	}
}

/* All methods of the path of the i-th way, and those that only the parts have. */
static void write_path(struct json_writer *w, size_t i, const struct json *parts)
{
	const char *path = way_at(i).path;

	jw_key(w, path);
	jw_object(w);
	for (size_t k = i; k < ways_len(); k++) {
		struct way y = way_at(k);
		if (strcmp(y.path, path) == 0)
			write_way(w, &y);
	}
	write_members(w, json_get(parts, path));
	jw_object_end(w);
}

/* Paths that the table does not have at all. */
static void write_other_paths(struct json_writer *w, const struct json *parts)
{
	const struct json *value;
	struct json_iter it;
	struct str key;

	json_iter_init(&it, parts);
	while (json_iter_next(&it, &key, &value)) {
		size_t i = 0;
		while (i < ways_len() && !str_eq_c(key, way_at(i).path))
			i++;
		if (i < ways_len())
			continue;
		jw_key_str(w, key);
		jw_value(w, value);
	}
}

/* --- what the table does not have ------------------------------------------------------------- */

extern const char openapi_parts_json[];
extern const size_t openapi_parts_json_len;

/* --- the document ----------------------------------------------------------------------------- */

static void write_info(struct json_writer *w)
{
	jw_member_c(w, "openapi", "3.1.0");
	jw_key(w, "info");
	jw_object(w);
	jw_member_c(w, "title", "Varco");
	jw_member_c(w, "version", VARCO_VERSION);
	jw_member_c(w, "description",
	    "A gateway for the WhatsApp Business Platform: checks that a message may be sent, and"
	    " keeps the proof.");
	jw_key(w, "license");
	jw_raw(w, STR("{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
	jw_object_end(w);
	jw_key(w, "servers");
	jw_raw(w, STR("[{\"url\":\"/\"}]"));
	jw_key(w, "security");
	jw_raw(w, STR("[{\"admin\":[]}]"));
}

static void write_paths(struct json_writer *w, const struct json *parts)
{
	jw_key(w, "paths");
	jw_object(w);
	for (size_t i = 0; i < ways_len(); i++) {
		if (!was_before(i))
			write_path(w, i, json_get(parts, "paths"));
	}
	write_other_paths(w, json_get(parts, "paths"));
	jw_object_end(w);
}

static void write_components(struct json_writer *w, const struct json *parts)
{
	jw_key(w, "components");
	jw_object(w);
	jw_key(w, "securitySchemes");
	jw_value(w, json_get(parts, "securitySchemes"));
	jw_key(w, "responses");
	jw_object(w);
	write_problem_responses(w);
	write_members(w, json_get(parts, "responses"));
	jw_object_end(w);
	jw_key(w, "schemas");
	jw_object(w);
	api_schemas_write(w);
	write_members(w, json_get(parts, "schemas"));
	jw_object_end(w);
	jw_object_end(w);
}

int api_openapi_write(struct buf *out)
{
	struct str text = str_n(openapi_parts_json, openapi_parts_json_len);
	struct arena *a = arena_new(0, 0);
	const struct json *parts;
	struct json_writer w;

	if (!a || json_read(a, text, &parts, NULL) < 0) {
		arena_free(&a);
		return -E_NOMEM;
	}
	jw_init(&w, out);
	jw_object(&w);
	write_info(&w);
	write_paths(&w, parts);
	write_components(&w, parts);
	jw_object_end(&w);
	arena_free(&a);
	return out->failed ? -E_NOMEM : 0;
}
