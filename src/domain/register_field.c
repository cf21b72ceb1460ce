#include "domain/register_field.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/lang.h"
#include "domain/value.h"

#define DATE_LEN 10       /* "2026-12-31" */
#define SECRET_RUN_MAX 39 /* characters of a word; tokens and keys are longer */

const struct register_field_row register_fields[REGISTER_FIELDS_LEN] = {
#define X(name, word, type, max, label) { word, REGISTER_##type, max, label },
	REGISTER_FIELDS(X)
#undef X
};

/* --- checks ----------------------------------------------------------------------------------- */

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '+' || c == '=';
}

/* A word that is longer than people write them, without what paths and addresses are divided by. */
static bool holds_secret(struct str text)
{
	size_t run = 0;

	for (size_t i = 0; i < text.len; i++) {
		run = is_token_char(text.p[i]) ? run + 1 : 0;
		if (run > SECRET_RUN_MAX)
			return true;
	}
	return false;
}

static bool is_of_credential(enum register_field f)
{
	return f >= REGISTER_CREDENTIAL_KIND && f <= REGISTER_CREDENTIAL_READERS;
}

static int check_value(enum register_field f, struct str v, struct err *err)
{
	const struct register_field_row *row = &register_fields[f];
	time_ms day;

	if (v.len == 0)
		return 0;
	if (row->type == REGISTER_DATE && (v.len != DATE_LEN || time_parse_date(v, &day) < 0))
		return err_field(err, E_INVALID, row->name,
		    N_("The value of \"%s\" must be a day, as in 2026-12-31."), row->name);
	if (is_of_credential(f) && holds_secret(v))
		return err_field(err, E_INVALID, row->name,
		    N_("Say in \"%s\" where the credential is kept, never the credential itself."),
		    row->name);
	return value_check_text(v, row->name, row->max, err);
}

int register_values_check(const struct register_values *v, struct err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < REGISTER_FIELDS_LEN; i++)
		r = check_value((enum register_field)i, v->v[i], err);
	return r;
}

/* --- lists ------------------------------------------------------------------------------------ */

struct str register_join(struct arena *a, const struct str *items, size_t len)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < len; i++) {
		struct str item = str_trim(items[i]);
		if (item.len == 0)
			continue;
		buf_add_c(&out, out.len ? ", " : "");
		buf_add(&out, item);
	}
	struct str ret = out.failed ? STR_NONE : out.len ? arena_str(a, buf_str(&out)) : STR("");
	buf_done(&out);
	return ret;
}

struct str register_next(struct str *rest)
{
	struct str item = STR("");

	while (rest->len && item.len == 0)
		item = str_trim(str_cut(rest, ','));
	return item;
}

/* --- the column ------------------------------------------------------------------------------- */

struct str register_values_write(
    struct arena *a, const struct register_values *base, const struct register_values *with)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	for (int i = 0; i < REGISTER_FIELDS_LEN; i++) {
		struct str v = with && with->v[i].p ? with->v[i] : base ? base->v[i] : STR_NONE;
		if (v.len)
			jw_member_str(&w, register_fields[i].name, v);
	}
	jw_object_end(&w);
	struct str ret = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret;
}

int register_values_read(struct arena *a, struct str column, struct register_values *ret)
{
	const struct json *object;
	int r = json_read(a, column, &object, NULL);

	if (r == 0 && json_type(object) != JSON_OBJECT)
		r = -E_INVALID;
	for (int i = 0; r == 0 && i < REGISTER_FIELDS_LEN; i++)
		ret->v[i] = json_str(json_get(object, register_fields[i].name));
	return r;
}

static void write_list(struct json_writer *w, struct str joined)
{
	struct str item;

	jw_array(w);
	while ((item = register_next(&joined)).len)
		jw_str(w, item);
	jw_array_end(w);
}

void register_values_members(struct json_writer *w, const struct register_values *v)
{
	for (int i = 0; i < REGISTER_FIELDS_LEN; i++) {
		jw_key(w, register_fields[i].name);
		if (register_fields[i].type == REGISTER_LIST)
			write_list(w, v->v[i]);
		else
			jw_str(w, v->v[i].len ? v->v[i] : STR_NONE);
	}
}
