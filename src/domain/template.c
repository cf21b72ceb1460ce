/* Every change reads the whole row, changes it here and writes the whole row: templates change
 * rarely, and what a change means is easier to see in C than in a dozen UPDATEs. */
#include "domain/template.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/lang.h"
#include "domain/release.h"
#include "domain/template_former.h"
#include "domain/value.h"
#include "store/query.h"

#define NAME_MAX_LEN 512
#define LANGUAGE_MAX_LEN 20
#define WORD_MAX 200
#define COMPONENTS_MAX 65536

struct row {
	struct str waba, name, language, meta_id;
	enum purpose category, correct;
	time_ms change_at;
	struct str status, quality;
	time_ms paused_until;
	struct str format, components; /* p NULL = none */
	struct str reason;             /* p NULL = none */
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while changing a template.");
}

/* --- rows ------------------------------------------------------------------------------------- */

#define COLUMNS \
	"SELECT waba, name, language, meta_id, category, correct_category, category_change_at, status," \
	" quality, paused_until, parameter_format, components, reason FROM template "

static int take_row(struct store_stmt *s, struct arena *a, struct row *ret, struct err *err)
{
	const struct {
		int column;
		struct str *to;
	} texts[] = {
		{ 0, &ret->waba },
		{ 1, &ret->name },
		{ 2, &ret->language },
		{ 3, &ret->meta_id },
		{ 7, &ret->status },
		{ 8, &ret->quality },
		{ 10, &ret->format },
		{ 11, &ret->components },
		{ 12, &ret->reason },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, texts[i].column, a, texts[i].to) < 0)
			return no_memory(err);
	}
	ret->category = (enum purpose)store_col_int(s, 4);
	ret->correct = (enum purpose)store_col_int(s, 5);
	ret->change_at = store_col_time(s, 6);
	ret->paused_until = store_col_time(s, 9);
	return 1;
}

/* 1 and *ret; 0 none. `r` and `s` as store_ask left them. */
static int one_row(int r, struct store_stmt *s, struct arena *a, struct row *ret, struct err *err)
{
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		r = take_row(s, a, ret, err);
	store_reset(s);
	return r;
}

static int find_by_name(struct store_conn *c, struct str waba, struct str name, struct str language,
    struct arena *a, struct row *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, COLUMNS "WHERE waba = ?1 AND name = ?2 AND language = ?3",
	    "ttt", waba, name, language);

	return one_row(r, s, a, ret, err);
}

static int find_by_meta_id(struct store_conn *c, struct str waba, struct str meta_id,
    struct arena *a, struct row *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, COLUMNS "WHERE meta_id = ?1 AND waba = coalesce(?2, waba)",
	    "tt", meta_id, waba);

	return one_row(r, s, a, ret, err);
}

/* Only to tell that they are others than before. */
static struct str content_mark(struct str components, char out[17])
{
	struct sha256 h;

	if (!components.p)
		return STR_NONE;
	crypto_sha256(components, &h);
	hex_encode(h.b, 8, out);
	return str_n(out, 16);
}

static int write_row(struct store_conn *c, const struct row *x, time_ms now, struct err *err)
{
	const struct template_key key = { x->waba, x->name, x->language };
	char text[17];
	struct str mark = content_mark(x->components, text);
	int r = mark.p ? template_former_keep(c, &key, mark, now, err) : 0;

	if (r < 0)
		return r;
	return store_do(c, err,
	    "INSERT INTO template (waba, name, language, meta_id, category, correct_category,"
	    " category_change_at, status, quality, paused_until, parameter_format, components, updated_at, reason, content)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
	    " ON CONFLICT (waba, name, language) DO UPDATE SET meta_id = excluded.meta_id,"
	    " category = excluded.category, correct_category = excluded.correct_category,"
	    " category_change_at = excluded.category_change_at, status = excluded.status,"
	    " quality = excluded.quality, paused_until = excluded.paused_until,"
	    " parameter_format = excluded.parameter_format, components = excluded.components,"
	    " updated_at = excluded.updated_at, reason = excluded.reason, content = excluded.content",
	    "ttttiimttmttmtt", x->waba, x->name, x->language, x->meta_id, (int64_t)x->category,
	    (int64_t)x->correct, x->change_at, x->status, x->quality, x->paused_until, x->format,
	    x->components, now, x->reason, mark);
}

/* --- definitions ------------------------------------------------------------------------------ */

static bool is_template_category(enum purpose p)
{
	return p == PURPOSE_MARKETING || p == PURPOSE_UTILITY || p == PURPOSE_AUTHENTICATION;
}

static bool is_name(struct str v)
{
	for (size_t i = 0; i < v.len; i++) {
		char ch = v.p[i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_'))
			return false;
	}
	return v.len > 0 && v.len <= NAME_MAX_LEN;
}

static bool is_language(struct str v)
{
	for (size_t i = 0; i < v.len; i++) {
		char ch = v.p[i], low = ch >= 'A' && ch <= 'Z' ? (char)(ch + 'a' - 'A') : ch;
		if (!((low >= 'a' && low <= 'z') || (ch >= '0' && ch <= '9') || ch == '_' ||
			ch == '-'))
			return false;
	}
	return v.len >= 2 && v.len <= LANGUAGE_MAX_LEN;
}

static int read_names(const struct json *d, struct row *ret, struct err *err)
{
	enum purpose p = PURPOSE_NONE;

	ret->name = json_str(json_get(d, "name"));
	ret->language = json_str(json_get(d, "language"));
	if (!is_name(ret->name))
		return err_field(err, E_INVALID, "name",
		    N_("The name of a template must be 1 to %d small letters, digits and underscores."),
		    NAME_MAX_LEN);
	if (!is_language(ret->language))
		return err_field(err, E_INVALID, "language",
		    N_("The language of a template must be a code such as it or pt_BR."));
	if (purpose_parse(json_str(json_get(d, "category")), &p) < 0 || !is_template_category(p))
		return err_field(err, E_INVALID, "category",
		    N_("The category of a template must be MARKETING, UTILITY or AUTHENTICATION."));
	ret->category = p;
	return 0;
}

/* A word of Meta's, or absent. */
static int read_word(const struct json *v, const char *field, struct str *ret, struct err *err)
{
	*ret = STR_NONE;
	if (json_type(v) == JSON_NONE || json_is_null(v))
		return 0;
	if (json_type(v) != JSON_STRING)
		return err_field(
		    err, E_INVALID, field, N_("The value of \"%s\" must be a string."), field);
	*ret = json_str(v);
	return value_check_text(*ret, field, WORD_MAX, err);
}

static int read_words(const struct json *d, struct row *ret, struct err *err)
{
	const struct json *quality = json_get(d, "quality_score");
	int r = read_word(json_get(d, "status"), "status", &ret->status, err);

	if (json_type(quality) == JSON_OBJECT)
		quality = json_get(quality, "score");
	if (r == 0)
		r = read_word(quality, "quality_score", &ret->quality, err);
	if (r == 0)
		r = read_word(json_get(d, "rejected_reason"), "rejected_reason", &ret->reason, err);
	if (str_eq_nocase(ret->reason, STR("NONE")))
		ret->reason = STR_NONE;
	if (r == 0)
		r = read_word(
		    json_get(d, "parameter_format"), "parameter_format", &ret->format, err);
	return r;
}

/* Graph gives ids as strings, webhooks as numbers. */
static int read_meta_id(const struct json *id, struct arena *a, struct str *ret, struct err *err)
{
	int64_t number;

	if (!json_int(id, &number))
		return read_word(id, "id", ret, err);
	*ret = arena_printf(a, "%lld", (long long)number);
	return ret->p ? 0 : no_memory(err);
}

static int read_components(const struct json *d, struct arena *a, struct str *ret, struct err *err)
{
	const struct json *v = json_get(d, "components");
	struct buf text;

	*ret = STR_NONE;
	if (json_type(v) == JSON_NONE || json_is_null(v))
		return 0;
	if (json_type(v) != JSON_ARRAY)
		return err_field(err, E_INVALID, "components",
		    N_("The components of a template must be an array."));
	buf_init(&text, 0);
	json_print(&text, v);
	bool large = text.len > COMPONENTS_MAX;
	if (!text.failed && !large)
		*ret = arena_str(a, buf_str(&text));
	buf_done(&text);
	if (large)
		return err_field(err, E_TOO_LARGE, "components",
		    N_("The components of a template are longer than %d bytes."), COMPONENTS_MAX);
	return ret->p ? 0 : no_memory(err);
}

static int read_definition(
    const struct json *d, struct str waba, struct arena *a, struct row *ret, struct err *err)
{
	if (json_type(d) != JSON_OBJECT)
		return err_field(err, E_INVALID, "template",
		    N_("The definition of a template must be an object."));
	*ret = (struct row){ .waba = waba, .change_at = TIME_NONE, .paused_until = TIME_NONE };
	int r = read_names(d, ret, err);
	if (r == 0)
		r = read_words(d, ret, err);
	if (r == 0)
		r = read_meta_id(json_get(d, "id"), a, &ret->meta_id, err);
	if (r == 0)
		r = read_components(d, a, &ret->components, err);
	/* An unheard-of word is as good as none. */
	if (purpose_parse(json_str(json_get(d, "correct_category")), &ret->correct) < 0 ||
	    !is_template_category(ret->correct))
		ret->correct = PURPOSE_NONE;
	return r;
}

/* --- release ---------------------------------------------------------------------------------- */

/* In these Meta sends it (platform facts 6.3): coming from another, it is new or was paused. */
static bool is_on(struct str status)
{
	static const char *const words[] = { "APPROVED", "FLAGGED", "REINSTATED", "UNARCHIVED" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_nocase(status, str_c(words[i])))
			return true;
	}
	return false;
}

/* Behind write_row: `before` is what its status was. */
static int release_if_woken(
    struct store_conn *c, const struct row *x, struct str before, time_ms now, struct err *err)
{
	const struct release_key k = { x->waba, x->name, x->language };

	return is_on(x->status) && !is_on(before) ? release_begin(c, &k, now, err) : 0;
}

/* It is sent now, and only now it is told that it was not before: as much is new about it as if that had
 * come in its order, unless it is being released already. */
static int release_if_it_was_off(struct store_conn *c, const struct row *x,
    const struct template_news *n, time_ms now, struct err *err)
{
	const struct release_key k = { x->waba, x->name, x->language };

	return n->former_status.p && is_on(x->status) && !is_on(n->former_status)
	    ? release_begin_missing(c, &k, now, err)
	    : 0;
}

/* --- putting ---------------------------------------------------------------------------------- */

static int conflict(const char *field, const struct row *x, struct err *err)
{
	return err_field(err, E_CONFLICT, field,
	    N_("The template %.*s (%.*s) is on record already with other %s."), STR_ARG(x->name),
	    STR_ARG(x->language), field);
}

/* 1 the same, 0 not. */
static int same_components(struct str on_record, struct str given, struct arena *a, struct err *err)
{
	const struct json *x = NULL, *y = NULL;
	int r = json_read(a, on_record, &x, err);

	if (r == 0)
		r = json_read(a, given, &y, err);
	return r < 0 ? r : json_equal(x, y);
}

static int check_same(
    const struct row *old, const struct row *given, struct arena *a, struct err *err)
{
	if (old->category != given->category)
		return conflict("category", old, err);
	if (!old->components.p || !given->components.p)
		return 0;
	int same = same_components(old->components, given->components, a, err);
	if (same < 0)
		return same;
	return same ? 0 : conflict("components", old, err);
}

static void take(struct str *to, struct str given)
{
	if (given.p)
		*to = given;
}

static void fill(struct str *to, struct str given)
{
	if (!to->p)
		*to = given;
}

static void set_status(struct row *x, struct str status, struct str reason)
{
	bool other = status.p && !str_eq_nocase(status, x->status);

	if (other || (status.p && reason.len))
		x->reason = reason.len ? reason : STR_NONE;
	take(&x->status, status);
	if (status.p && !str_eq(status, STR("PAUSED")))
		x->paused_until = TIME_NONE;
}

static void set_category(struct row *x, enum purpose category)
{
	bool became = category != x->category || category == x->correct;

	if (category == PURPOSE_NONE)
		return;
	x->category = category;
	if (became) {
		x->correct = PURPOSE_NONE;
		x->change_at = TIME_NONE;
	}
}

static void fill_in(struct row *x, const struct row *given)
{
	fill(&x->meta_id, given->meta_id);
	fill(&x->format, given->format);
	fill(&x->components, given->components);
}

static void take_over(struct row *x, const struct row *given)
{
	set_category(x, given->category);
	set_status(x, given->status, given->reason);
	if (given->correct != PURPOSE_NONE)
		x->correct = given->correct;
	take(&x->quality, given->quality);
	take(&x->meta_id, given->meta_id);
	take(&x->format, given->format);
	take(&x->components, given->components);
}

static void set_defaults(struct row *x)
{
	fill(&x->status, STR("APPROVED"));
	fill(&x->quality, STR("UNKNOWN"));
}

/* What is to be written: *x as given, or as on record with what is given. *ret_before: the
 * status on record, or its own. 1 it was there, 0 it was not. */
static int meet(struct store_conn *c, struct row *x, bool replace, struct arena *a,
    struct str *ret_before, struct err *err)
{
	struct row old = { 0 };
	int there = find_by_name(c, x->waba, x->name, x->language, a, &old, err);

	if (there < 0)
		return there;
	if (!there) {
		set_defaults(x);
		*ret_before = x->status;
		return 0;
	}
	*ret_before = old.status;
	int r = replace ? 0 : check_same(&old, x, a, err);
	if (r < 0)
		return r;
	if (replace)
		take_over(&old, x);
	else
		fill_in(&old, x);
	*x = old;
	return 1;
}

static int check_waba(struct store_conn *c, struct str waba, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err, "SELECT 1 FROM waba WHERE id = ?1", "t", waba);

	if (r < 0)
		return r;
	return r > 0 ? 0
		     : err_field(err, E_INVALID, "waba",
			   N_("There is no account %.*s; add it first."), STR_ARG(waba));
}

int template_put(struct store_conn *c, struct str waba, const struct json *definition, bool replace,
    time_ms now, bool *ret_created, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct str before = STR_NONE;
	struct row x;
	int there = 0, r = a ? read_definition(definition, waba, a, &x, err) : no_memory(err);

	if (r == 0)
		r = check_waba(c, waba, err);
	if (r == 0)
		r = there = meet(c, &x, replace, a, &before, err);
	if (r >= 0)
		r = write_row(c, &x, now, err);
	if (r == 0)
		r = release_if_woken(c, &x, before, now, err);
	arena_free(&a);
	if (r == 0)
		*ret_created = !there;
	return r;
}

int template_is_known(
    struct store_conn *c, struct str waba, struct str name, struct str language, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM template WHERE waba = ?1 AND name = ?2 AND language = ?3", "ttt", waba,
	    name, language);
}

int template_remove(
    struct store_conn *c, struct str waba, struct str name, struct str language, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM template WHERE waba = ?1 AND name = ?2 AND language = coalesce(?3, language)",
	    "ttt", waba, name, language);

	if (r < 0)
		return r;
	if (store_changes(c) == 0)
		return err_field(err, E_NOT_FOUND, "name", N_("There is no such template."));
	return template_former_tidy(c, waba, err);
}

int template_remove_by_meta_id(
    struct store_conn *c, struct str waba, struct str meta_id, struct err *err)
{
	int r = store_do(
	    c, err, "DELETE FROM template WHERE waba = ?1 AND meta_id = ?2", "tt", waba, meta_id);

	return r < 0 ? r : template_former_tidy(c, waba, err);
}

/* --- news ------------------------------------------------------------------------------------- */

/* Webhooks write some languages with a hyphen, definitions with an underscore. */
static struct str underscored(struct str language, struct arena *a)
{
	char *text = arena_c(a, language);

	for (char *p = text; p && *p; p++)
		*p = *p == '-' ? '_' : *p;
	return text ? str_n(text, language.len) : STR_NONE;
}

static int find(struct store_conn *c, const struct template_news *n, struct arena *a,
    struct row *ret, struct err *err)
{
	int r = n->meta_id.len ? find_by_meta_id(c, n->waba, n->meta_id, a, ret, err) : 0;

	if (r == 0 && n->waba.p && n->name.p && n->language.p)
		r = find_by_name(c, n->waba, n->name, n->language, a, ret, err);
	if (r != 0 || !n->language.p || !memchr(n->language.p, '-', n->language.len))
		return r;
	struct str language = underscored(n->language, a);
	return language.p ? find_by_name(c, n->waba, n->name, language, a, ret, err)
			  : no_memory(err);
}

static void apply_pause(struct row *x, const struct template_news *n, time_ms now)
{
	if (n->paused_until != TIME_NONE)
		x->paused_until = n->paused_until;
	else if (n->pause_end_unknown && (n->from_event || x->paused_until <= now))
		x->paused_until = TIME_NONE;
}

static void apply(struct row *x, const struct template_news *n, time_ms now)
{
	set_status(x, n->status, n->reason);
	apply_pause(x, n, now);
	take(&x->quality, n->quality);
	if (n->meta_id.len)
		x->meta_id = n->meta_id;
	if (!n->from_event)
		set_category(x, n->category);
	else if (n->category != PURPOSE_NONE)
		x->category = n->category;
	if (n->correct_category != PURPOSE_NONE)
		x->correct = n->correct_category;
	if (n->category_settled || n->category_change_at != TIME_NONE)
		x->change_at = n->category_change_at;
}

static int check_news(const struct template_news *n, struct err *err)
{
	int r = n->status.p ? value_check_text(n->status, "status", WORD_MAX, err) : 0;

	if (r == 0 && n->quality.p)
		r = value_check_text(n->quality, "quality", WORD_MAX, err);
	if (r == 0 && n->meta_id.len)
		r = value_check_text(n->meta_id, "meta_id", WORD_MAX, err);
	if (r == 0 && n->reason.len)
		r = value_check_text(n->reason, "reason", WORD_MAX, err);
	return r;
}

int template_find(struct store_conn *c, const struct template_news *n, struct arena *a,
    struct str *ret, struct err *err)
{
	struct row x = { 0 };
	int r = find(c, n, a, &x, err);

	if (r <= 0)
		return r;
	*ret = arena_printf(
	    a, "%.*s/%.*s/%.*s", STR_ARG(x.waba), STR_ARG(x.name), STR_ARG(x.language));
	return ret->p ? 1 : no_memory(err);
}

int template_apply(
    struct store_conn *c, const struct template_news *n, time_ms now, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct row x = { 0 };
	int r = a ? check_news(n, err) : no_memory(err);

	if (r == 0)
		r = find(c, n, a, &x, err);
	if (r > 0) {
		struct str before = x.status;
		apply(&x, n, now);
		r = write_row(c, &x, now, err);
		if (r == 0)
			r = release_if_woken(c, &x, before, now, err);
		if (r == 0)
			r = release_if_it_was_off(c, &x, n, now, err);
		r = r < 0 ? r : 1;
	}
	arena_free(&a);
	return r;
}
