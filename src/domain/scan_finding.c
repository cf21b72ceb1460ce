#include "domain/scan_finding.h"

#include "base/check.h"
#include "store/query.h"

#define DIGITS_MAX 6 /* of a run that is kept: a port, a year, an error's code */
#define DIGITS_SHOWN 2

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while keeping what a scan found.");
}

/* --- writing ---------------------------------------------------------------------------------- */

static size_t digits_from(struct str text, size_t i)
{
	size_t end = i;

	while (end < text.len && text.p[end] >= '0' && text.p[end] <= '9')
		end++;
	return end - i;
}

/* Only the first digits of a long run stay. */
static struct str masked(struct arena *a, struct str text)
{
	char *out = arena_alloc(a, text.len + 1);

	for (size_t i = 0; out && i < text.len;) {
		size_t run = digits_from(text, i), n = run ? run : 1;
		for (size_t k = 0; k < n; k++)
			out[i + k] = run > DIGITS_MAX && k >= DIGITS_SHOWN ? '*' : text.p[i + k];
		i += n;
	}
	return out ? str_n(out, text.len) : STR_NONE;
}

static void write_body(struct buf *out, const struct scan_signal *s, struct str match,
    struct str root, struct str entry)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_str(&w, "integration", entry);
	jw_member_str(&w, "row", s->row);
	jw_member_str(&w, "title", s->title);
	jw_member_str(&w, "verdict", s->verdict);
	jw_member_int(&w, "confidence", s->confidence);
	jw_member_str(&w, "place", s->place);
	jw_member_str(&w, "root", root);
	jw_member_str(&w, "path", s->path);
	jw_member_int(&w, "line", s->line);
	jw_member_str(&w, "match", match);
	jw_member_str(&w, "why", s->why);
	jw_member_str(&w, "replacement", s->replacement);
	jw_member_str(&w, "fingerprint", s->fingerprint);
	jw_member_str(&w, "allowed", s->allowed);
	jw_object_end(&w);
}

int scan_finding_add(struct store_conn *c, const struct scan_place *at, const struct scan_signal *s,
    struct arena *a, struct err *err)
{
	struct str match = masked(a, s->match);
	struct buf body;

	if (!match.p)
		return no_memory(err);
	buf_init(&body, 0);
	write_body(&body, s, match, at->root, at->integration);
	int r = body.failed
	    ? no_memory(err)
	    : store_do(c, err,
		  "INSERT INTO scan_finding (scan, n, verdict, body) VALUES (?1, ?2, ?3, ?4)",
		  "iitt", (int64_t)at->scan, at->n, s->verdict, buf_str(&body));
	buf_done(&body);
	return r;
}

int scan_findings_purge(struct store_conn *c, struct err *err)
{
	return store_do(c, err,
	    "DELETE FROM scan_finding WHERE scan NOT IN (SELECT id FROM scan ORDER BY id DESC LIMIT ?1)",
	    "i", (int64_t)SCAN_FINDINGS_SCANS);
}

/* --- reading ---------------------------------------------------------------------------------- */

int scan_finding_list(struct store_conn *c, const struct scan_finding_filter *f, struct arena *a,
    struct scan_finding **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct scan_finding *list = ARENA_ARRAY(a, struct scan_finding, f->limit + 1);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT n, body FROM scan_finding WHERE scan = ?1 AND n > ?2"
	    " AND (?3 = '' OR verdict = ?3) ORDER BY n LIMIT ?4",
	    "iiti", (int64_t)f->scan, f->after, f->verdict, (int64_t)f->limit + 1);
	if (r < 0)
		return r;
	while (n <= f->limit && (r = store_step(s, err)) > 0) {
		list[n].n = store_col_int(s, 0);
		if (store_copy_text(s, 1, a, &list[n].body) < 0) {
			r = no_memory(err);
			break;
		}
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret_more = n > f->limit;
	*ret_len = n - *ret_more;
	*ret = list;
	return 0;
}
