/* What is read: head (table of members) → roots → findings (table of members). Texts of findings come
 * from files that nobody vouches for: they are made harmless, not refused. */
#include "domain/scan_record.h"

#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/lang.h"
#include "base/text.h"
#include "domain/register_state.h"
#include "domain/value.h"
#include "store/query.h"

#define ROW_MAX 200
#define TEXT_MAX 600 /* bytes that are kept of a text */
#define PATH_KEPT 1024
#define NAME_CHARS 80
#define FINGERPRINT_MAX 64
#define FUTURE_MS (5 * MS_PER_MIN)
#define PER_CENT 100.0
#define COVERAGE_MAX ((size_t)64 * 1024) /* bytes that are kept of it */

struct reader {
	struct arena *a;
	struct scan_report *r;
	struct err *err;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading the report of a scan.");
}

static int wrong(const struct reader *x, const char *field, const char *what)
{
	return err_field(
	    x->err, E_INVALID, field, N_("In the report, \"%s\" must be %s."), field, what);
}

/* --- the head --------------------------------------------------------------------------------- */

static int read_count(const struct reader *x, const struct json *v, const char *field, int64_t *ret)
{
	if (json_int(v, ret) && *ret >= 0)
		return 0;
	return wrong(x, field, "a whole number that is not negative");
}

static int read_word(
    const struct reader *x, const struct json *v, const char *field, struct str *ret)
{
	struct str s = json_str(v);

	if (!s.len || s.len > ROW_MAX || text_has_control(s) || memchr(s.p, '\n', s.len))
		return wrong(x, field, "a short text");
	*ret = s;
	return 0;
}

static int read_time(const struct reader *x, const struct json *v, time_ms now)
{
	struct str s = json_str(v);

	if (!s.p || time_parse(s, &x->r->at) < 0)
		return wrong(x, "at", "a time, as in 2026-11-22T10:00:00Z");
	if (x->r->at > now + FUTURE_MS)
		return err_field(
		    x->err, E_RANGE, "at", N_("The report says that it was made in the future."));
	return 0;
}

static bool is_report_verdict(struct str word)
{
	return register_is_verdict(word) || str_eq(word, STR("clean")) || str_eq(word, STR("note"));
}

/* It is kept as it is. */
static int check_coverage(const struct reader *x)
{
	struct buf text;

	buf_init(&text, 0);
	json_print(&text, x->r->coverage);
	bool failed = text.failed;
	size_t len = text.len;
	buf_done(&text);
	if (failed)
		return no_memory(x->err);
	return len <= COVERAGE_MAX
	    ? 0
	    : err_field(x->err, E_TOO_LARGE, "coverage",
		  N_("The coverage in a report may have at most %zu KiB."), COVERAGE_MAX >> 10);
}

static int read_head(const struct reader *x, const struct json *head, time_ms now)
{
	struct scan_report *r = x->r;
	int rc = read_time(x, json_get(head, "at"), now);

	if (rc == 0)
		rc = read_word(x, json_get(head, "verdict"), "verdict", &r->verdict);
	if (rc == 0 && !is_report_verdict(r->verdict))
		rc = wrong(x, "verdict", "clean, official, review or unofficial");
	if (rc == 0)
		rc = read_word(x, json_path(head, "tool.version"), "tool.version", &r->tool);
	if (rc == 0)
		rc = read_word(
		    x, json_path(head, "catalogue.version"), "catalogue.version", &r->catalogue);
	if (rc == 0)
		rc = read_count(
		    x, json_path(head, "catalogue.rows"), "catalogue.rows", &r->catalogue_rows);
	if (rc == 0)
		rc = read_count(x, json_get(head, "files"), "files", &r->files);
	if (rc == 0)
		rc = read_count(x, json_get(head, "bytes"), "bytes", &r->bytes);
	r->coverage = json_get(head, "coverage");
	if (rc == 0 && !json_bool(json_get(r->coverage, "complete"), &r->complete))
		rc = wrong(x, "coverage.complete", "true or false");
	if (rc == 0)
		rc = check_coverage(x);
	r->catalogue_digest = json_str(json_path(head, "catalogue.digest"));
	if (r->catalogue_digest.len > FINGERPRINT_MAX * 2)
		r->catalogue_digest = STR_NONE;
	return rc;
}

/* --- roots ------------------------------------------------------------------------------------ */

/* Without "./" in front and '/' behind; "" when it says nothing of a place. */
static struct str plain_root(struct str root)
{
	while (str_starts(root, STR("./")))
		root = str_sub(root, 2, root.len);
	while (root.len > 1 && root.p[root.len - 1] == '/')
		root.len--;
	return str_eq(root, STR(".")) || str_eq(root, STR("..")) || str_eq(root, STR("/")) ? STR("")
											   : root;
}

static struct str root_name(const struct reader *x, struct str name, struct str root, bool alone)
{
	struct str plain = plain_root(root);

	if (!name.p)
		return plain.len ? text_printable(x->a, plain, PATH_KEPT) : STR("");
	if (alone || !plain.len)
		return name;
	struct str joined = arena_printf(x->a, "%.*s: %.*s", STR_ARG(name), STR_ARG(plain));
	return joined.p ? text_printable(x->a, joined, PATH_KEPT) : STR_NONE;
}

static int read_roots(const struct reader *x, const struct json *roots, struct str name)
{
	size_t n = json_len(roots);

	if (json_type(roots) != JSON_ARRAY || n == 0)
		return wrong(x, "roots", "an array of paths");
	if (n > SCAN_ROOTS_MAX)
		return err_field(x->err, E_TOO_LARGE, "roots",
		    N_("A report may have at most %d roots."), SCAN_ROOTS_MAX);
	struct str *names = ARENA_ARRAY(x->a, struct str, n);
	for (size_t i = 0; names && i < n; i++) {
		struct str root = json_str(json_at(roots, i));
		if (!root.len)
			return wrong(x, "roots", "an array of paths");
		names[i] = root_name(x, name, root, n == 1);
		if (!names[i].p)
			return no_memory(x->err);
		if (!names[i].len)
			return err_field(x->err, E_INVALID, "name",
			    N_("The report does not say what was scanned: give it a name, always the same one."));
	}
	x->r->roots = names;
	x->r->roots_len = n;
	return names ? 0 : no_memory(x->err);
}

/* --- findings --------------------------------------------------------------------------------- */

static int wrong_finding(const struct reader *x, size_t i, const char *field, const char *what)
{
	return err_field(x->err, E_INVALID, "findings",
	    N_("In finding %zu of the report, \"%s\" must be %s."), i + 1, field, what);
}

static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\')
			return false;
	}
	return s.len > 0 && s.len <= ROW_MAX;
}

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!memchr("0123456789abcdef", s.p[i], 16))
			return false;
	}
	return s.len >= 8 && s.len <= FINGERPRINT_MAX;
}

static struct str harmless(const struct reader *x, const struct json *v, size_t max, bool *failed)
{
	struct str s = json_str(v);

	if (!s.len)
		return STR_NONE;
	s = text_printable(x->a, s, max);
	*failed = *failed || !s.p;
	return s;
}

static int read_texts(const struct reader *x, const struct json *f, struct scan_signal *s)
{
	const struct {
		const struct json *v;
		struct str *to;
		size_t max;
	} texts[] = {
		{ json_get(f, "place"), &s->place, TEXT_MAX },
		{ json_get(f, "path"), &s->path, PATH_KEPT },
		{ json_get(f, "match"), &s->match, TEXT_MAX },
		{ json_get(f, "why"), &s->why, TEXT_MAX },
		{ json_get(f, "replacement"), &s->replacement, TEXT_MAX },
		{ json_get(f, "allowed"), &s->allowed, TEXT_MAX },
		{ json_get(f, "title"), &s->title, TEXT_MAX },
		{ json_get(f, "kind"), &s->kind, TEXT_MAX },
		{ json_get(f, "mechanism"), &s->mechanism, TEXT_MAX },
	};
	bool failed = false;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i].to = harmless(x, texts[i].v, texts[i].max, &failed);
	return failed ? no_memory(x->err) : 0;
}

static int read_numbers(
    const struct reader *x, size_t i, const struct json *f, struct scan_signal *s)
{
	const struct json *root = json_get(f, "root"), *line = json_get(f, "line");
	double confidence = 0;
	int64_t n = 0;

	if (root && (!json_int(root, &n) || n < 0 || (size_t)n >= x->r->roots_len))
		return wrong_finding(x, i, "root", "the place of one of the roots");
	s->root = (size_t)n;
	if (line && (!json_int(line, &s->line) || s->line < 0))
		return wrong_finding(x, i, "line", "a line");
	if (!json_real(json_get(f, "confidence"), &confidence) ||
	    !(confidence >= 0 && confidence <= 1))
		return wrong_finding(x, i, "confidence", "a share from 0 to 1");
	s->confidence = (int64_t)(confidence * PER_CENT + 0.5);
	return 0;
}

static int read_finding(const struct reader *x, const struct json *f)
{
	size_t i = x->r->signals_len;
	struct scan_signal *s = &x->r->signals[i];

	*s = (struct scan_signal){ .row = json_str(json_get(f, "id")),
		.verdict = json_str(json_get(f, "verdict")),
		.fingerprint = json_str(json_get(f, "fingerprint")) };
	if (json_type(f) != JSON_OBJECT)
		return err_field(x->err, E_INVALID, "findings",
		    N_("Finding %zu of the report is not an object."), i + 1);
	if (!is_id(s->row))
		return wrong_finding(x, i, "id", "the id of a row of the catalogue");
	if (!is_report_verdict(s->verdict))
		return wrong_finding(x, i, "verdict", "official, review or unofficial");
	if (!is_hex(s->fingerprint))
		return wrong_finding(x, i, "fingerprint", "a number in hex");
	int rc = read_numbers(x, i, f, s);
	if (rc == 0)
		rc = read_texts(x, f, s);
	if (rc == 0 && !s->path.p)
		rc = wrong_finding(x, i, "path", "a path");
	x->r->signals_len += rc == 0;
	return rc;
}

static int make_room(const struct reader *x, size_t n)
{
	if (n > SCAN_FINDINGS_MAX)
		return err_field(x->err, E_TOO_LARGE, "findings",
		    N_("A report may have at most %d findings; scan fewer paths at a time."),
		    SCAN_FINDINGS_MAX);
	x->r->signals = ARENA_ARRAY(x->a, struct scan_signal, n);
	return x->r->signals ? 0 : no_memory(x->err);
}

static int read_list(const struct reader *x, const struct json *list)
{
	const struct json *f;
	struct json_iter it;
	int rc = 0;

	json_iter_init(&it, list);
	while (rc == 0 && json_iter_next(&it, NULL, &f))
		rc = read_finding(x, f);
	return rc;
}

static int read_report(const struct reader *x, const struct json *root)
{
	const struct json *list = json_get(root, "findings");

	if (json_type(list) != JSON_ARRAY)
		return wrong(x, "findings", "an array");
	int rc = make_room(x, json_len(list));
	return rc < 0 ? rc : read_list(x, list);
}

/* A register also has entries that this scan did not see: they have no findings. */
static int read_register(const struct reader *x, const struct json *root)
{
	const struct json *entries = json_get(root, "entries"), *e;
	struct json_iter it;
	size_t n = 0;
	int rc;

	if (json_type(entries) != JSON_ARRAY)
		return wrong(x, "entries", "an array");
	json_iter_init(&it, entries);
	while (json_iter_next(&it, NULL, &e)) {
		const struct json *list = json_get(e, "findings");
		if (list && json_type(list) != JSON_ARRAY)
			return wrong(x, "entries", "entries with arrays of findings");
		n += json_len(list);
	}
	rc = make_room(x, n);
	json_iter_init(&it, entries);
	while (rc == 0 && json_iter_next(&it, NULL, &e))
		rc = read_list(x, json_get(e, "findings"));
	return rc;
}

int scan_report_read(struct arena *a, struct str text, struct str name, time_ms now,
    struct scan_report *ret, struct err *err)
{
	struct scan_report report = { 0 };
	const struct reader x = { a, &report, err };
	const struct json *root = NULL;
	int rc = 0;

	if (text.len > SCAN_REPORT_MAX)
		return err_field(err, E_TOO_LARGE, "file", N_("A report may have at most %zu MiB."),
		    SCAN_REPORT_MAX >> 20);
	if (name.p)
		rc = value_check_text(name, "name", NAME_CHARS, err);
	if (rc == 0)
		rc = json_read(a, text, &root, err);
	if (rc == -E_INVALID && strcmp(err->field, "name") != 0)
		return err_field(err, E_INVALID, "file", N_("The report is no JSON."));
	if (rc < 0)
		return rc;
	const struct json *head = json_get(root, "register") ? json_get(root, "scan") : root;
	if (json_type(head) != JSON_OBJECT)
		return err_field(err, E_INVALID, "file", N_("This is no report of varco scan."));
	rc = read_head(&x, head, now);
	if (rc == 0)
		rc = read_roots(&x, json_get(head, "roots"), name);
	if (rc == 0)
		rc = head == root ? read_report(&x, root) : read_register(&x, root);
	if (rc < 0)
		return rc;
	crypto_sha256(text, &report.digest);
	*ret = report;
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct str body_of(struct arena *a, const struct scan_report *r)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	jw_member_str(&w, "tool", r->tool);
	jw_member_str(&w, "catalogue_digest", r->catalogue_digest);
	jw_key(&w, "roots");
	jw_array(&w);
	for (size_t i = 0; i < r->roots_len; i++)
		jw_str(&w, r->roots[i]);
	jw_array_end(&w);
	jw_key(&w, "coverage");
	jw_value(&w, r->coverage);
	jw_object_end(&w);
	struct str ret = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret;
}

int scan_record_add(struct store_conn *c, uint64_t id, const struct scan_report *r, time_ms now,
    struct arena *a, struct err *err)
{
	struct str body = body_of(a, r);

	if (!body.p)
		return no_memory(err);
	return store_do(c, err,
	    "INSERT INTO scan (id, at, received_at, verdict, complete, files, bytes, findings, catalogue,"
	    " catalogue_rows, digest, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	    "immtiiiitibt", (int64_t)id, r->at, now, r->verdict, (int64_t)r->complete, r->files,
	    r->bytes, (int64_t)r->signals_len, r->catalogue, r->catalogue_rows,
	    str_n((const char *)r->digest.b, SHA256_LEN), body);
}

int scan_record_known(
    struct store_conn *c, const struct sha256 *digest, uint64_t *ret_id, struct err *err)
{
	int64_t id = 0;
	int r = store_ask_int(c, &id, err, "SELECT id FROM scan WHERE digest = ?1", "b",
	    str_n((const char *)digest->b, SHA256_LEN));

	if (r > 0)
		*ret_id = (uint64_t)id;
	return r;
}

#define COLUMNS \
	"SELECT id, at, received_at, complete, files, bytes, findings, catalogue_rows, verdict, catalogue," \
	" body, digest FROM scan "

static int take(struct store_stmt *s, struct arena *a, struct scan_record *x, struct err *err)
{
	*x = (struct scan_record){
		.id = (uint64_t)store_col_int(s, 0),
		.at = store_col_time(s, 1),
		.received_at = store_col_time(s, 2),
		.complete = store_col_int(s, 3) != 0,
		.files = store_col_int(s, 4),
		.bytes = store_col_int(s, 5),
		.findings = store_col_int(s, 6),
		.catalogue_rows = store_col_int(s, 7),
	};
	struct str digest = store_col_blob(s, 11);
	if (digest.len == SHA256_LEN)
		memcpy(x->digest.b, digest.p, SHA256_LEN);
	if (store_copy_text(s, 8, a, &x->verdict) < 0 ||
	    store_copy_text(s, 9, a, &x->catalogue) < 0 || store_copy_text(s, 10, a, &x->body) < 0)
		return no_memory(err);
	return 1;
}

int scan_record_list(struct store_conn *c, uint64_t before, size_t limit, struct arena *a,
    struct scan_record **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct scan_record *list = ARENA_ARRAY(a, struct scan_record, limit + 1);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return no_memory(err);
	int r = store_ask(c, &s, err, COLUMNS "WHERE id < ?1 ORDER BY id DESC LIMIT ?2", "ii",
	    before ? (int64_t)before : INT64_MAX, (int64_t)limit + 1);
	if (r < 0)
		return r;
	while (n <= limit && (r = store_step(s, err)) > 0) {
		r = take(s, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret_more = n > limit;
	*ret_len = n - *ret_more;
	*ret = list;
	return 0;
}

int scan_record_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct scan_record *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, COLUMNS "WHERE id = ?1", "i", (int64_t)id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		r = take(s, a, ret, err);
	store_reset(s);
	return r;
}

void scan_record_write(struct json_writer *w, const struct scan_record *x)
{
	char id[ID_TEXT_MAX], hex[2 * SHA256_LEN + 1];

	id_format("scn", x->id, id);
	hex_encode(x->digest.b, SHA256_LEN, hex);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_time(w, "at", x->at);
	jw_member_time(w, "received_at", x->received_at);
	jw_member_str(w, "verdict", x->verdict);
	jw_member_bool(w, "complete", x->complete);
	jw_member_int(w, "files", x->files);
	jw_member_int(w, "bytes", x->bytes);
	jw_member_int(w, "findings", x->findings);
	jw_member_str(w, "catalogue", x->catalogue);
	jw_member_int(w, "catalogue_rows", x->catalogue_rows);
	jw_member_c(w, "sha256", hex);
	jw_key(w, "covered");
	jw_raw(w, x->body);
	jw_object_end(w);
}
