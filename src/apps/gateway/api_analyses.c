/* Analyses of past traffic: started on files that are sent along, followed, read and dropped. What they are
 * is analyses.h's; here are only the words of the API. */
#include "apps/gateway/analyses.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apps/gateway/api.h"
#include "base/check.h"
#include "domain/value.h"

#define PREFIX "anl"
#define WORDS_MAX 500
#define PAGE ((size_t)64 << 10)
#define NAME_DEFAULT "traffic.csv"

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such analysis, or it is over."));
}

static struct analyses *kept(const struct api_call *c)
{
	return c->gate->gateway->analyses;
}

static uint64_t id_of(const struct api_call *c)
{
	uint64_t id = 0;

	return id_parse(PREFIX, api_text(c, "id"), &id) < 0 ? 0 : id;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Left open for the caller. */
static void write_seen(struct api_call *c, const struct analysis_seen *x)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	id_format(PREFIX, x->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_str(w, "name", x->name);
	jw_member_c(w, "state", analysis_state_name(x->state));
	jw_member_time(w, "at", x->at);
	jw_member_time(w, "ended_at", x->ended_at);
	jw_member_c(w, "stage", x->judges ? "judging" : "reading");
	jw_member_str(w, "file", x->file);
	jw_member_int(w, "rows", x->rows);
	jw_member_int(w, "percent", x->percent);
	jw_member_c(
	    w, "problem", x->problem.p ? api_sentence(c, arena_c(c->arena, x->problem)) : NULL);
}

static int list(struct api_call *c, struct err *err)
{
	struct analysis_seen all[ANALYSES_MAX];
	size_t n = analyses_list(kept(c), c->arena, all);

	(void)err;
	api_list_open(c);
	for (size_t i = 0; i < n; i++) {
		write_seen(c, &all[i]);
		jw_object_end(&c->w);
	}
	api_list_close(c, STR_NONE);
	return 0;
}

/* --- starting --------------------------------------------------------------------------------- */

struct starting {
	struct analysis_ask ask;
	struct spool *files[ANALYSIS_FILES]; /* beside the one that came as a stream */
};

static void starting_done(void *arg)
{
	struct starting *k = arg;

	for (int f = 0; f < ANALYSIS_FILES; f++)
		spool_free(&k->files[f]);
}

static int check_words(struct api_call *c, struct err *err)
{
	static const char *const names[] = { "map", "country", "zone", "dates" };
	struct str name = api_text(c, "name"), dates = api_text(c, "dates"),
		   country = api_text(c, "country");
	int r = name.p ? value_check_text(name, "name", ANALYSIS_NAME_MAX, err) : 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(names); i++) {
		struct str word = api_text(c, names[i]);
		r = word.p ? value_check_text(word, names[i], WORDS_MAX, err) : 0;
	}
	if (r == 0 && dates.p && !str_eq(dates, STR("dmy")) && !str_eq(dates, STR("mdy")))
		r = api_err(c, err, E_INVALID, "dates", N_("\"dates\" must be dmy or mdy."));
	if (r == 0 && country.p && !phone_is_country(country))
		r = api_err(c, err, E_INVALID, "country",
		    N_("\"country\" must be two capital letters, as IT is."));
	return r;
}

/* What came as a member of the body; 0 also when it was not given. */
static int spool_member(struct api_call *c, const char *name, struct spool **ret, struct err *err)
{
	const struct api_value *v = api_value(c, name);

	if (!v->given)
		return 0;
	if (v->json)
		return api_err(c, err, E_INVALID, name,
		    N_("\"%s\" must be a string: the content of the file."), name);
	int r = spool_open(c->gate->gateway->config->state_dir, API_UPLOAD_MAX, ret, err);
	if (r == 0)
		r = spool_write(*ret, v->text, err);
	if (r == 0)
		spool_end(*ret);
	return r;
}

static int spool_all(struct api_call *c, struct starting *k, struct err *err)
{
	static const char *const names[ANALYSIS_FILES] = { "file", "consents_file", "inbound_file",
		"templates_file" };
	int r = 0;

	for (int f = 0; r == 0 && f < ANALYSIS_FILES; f++) {
		bool came = f == ANALYSIS_TRAFFIC && c->upload;
		if (!came)
			r = spool_member(c, names[f], &k->files[f], err);
		k->ask.files[f] = came ? c->upload : k->files[f];
	}
	return r;
}

static void read_words(struct api_call *c, struct analysis_ask *ask)
{
	const char *pack = c->gate->gateway->config->pack;
	struct str name = api_text(c, "name");

	ask->lang = c->lang;
	ask->name = name.p ? name : STR(NAME_DEFAULT);
	ask->map = api_text(c, "map");
	ask->country = api_text(c, "country");
	ask->zone = api_text(c, "zone");
	ask->month_first = str_eq(api_text(c, "dates"), STR("mdy"));
	ask->policy = pack ? str_c(pack) : STR_NONE;
}

/* That somebody had traffic analyzed is on the ledger; of the traffic the digest. */
static int run_begin(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct starting *k = c->state;

	k->ask.at = clock_now();
	k->ask.id = id_next(&c->gate->lane->core->ids, k->ask.at);
	id_format(PREFIX, k->ask.id, c->id);
	return api_leaf(c, conn, err);
}

static void on_begun(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct starting *k = c->state;
	struct analysis_seen x;
	struct err err = j->job.err;
	int r = j->rc;

	if (r == 0)
		r = analyses_start(kept(c), &k->ask, &err);
	if (r == 0 && !analyses_get(kept(c), k->ask.id, c->arena, &x))
		r = unknown(c, &err);
	if (r == 0) {
		write_seen(c, &x);
		jw_object_end(&c->w);
	}
	api_finish(c, r, &err);
}

static void start(struct api_call *c)
{
	struct starting *k = ARENA_NEW(c->arena, struct starting);
	struct err err = { 0 };
	int r = k && arena_defer(c->arena, starting_done, k) == 0 ? 0 : no_memory(c, &err);

	if (r == 0)
		r = check_words(c, &err);
	if (r == 0)
		r = spool_all(c, k, &err);
	if (r < 0) {
		api_finish(c, r, &err);
		return;
	}
	read_words(c, &k->ask);
	c->state = k;
	(void)api_submit(c, run_begin, on_begun);
}

/* --- showing ---------------------------------------------------------------------------------- */

static int read_all(struct api_call *c, int fd, struct buf *out, struct err *err)
{
	char chunk[PAGE];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0 || (n < 0 && errno == EINTR)) {
		buf_add(out, str_n(chunk, n > 0 ? (size_t)n : 0));
		at += n > 0 ? n : 0;
	}
	if (out->failed)
		return no_memory(c, err);
	return n < 0 ? api_err(c, err, E_IO, "", N_("The report cannot be read.")) : 0;
}

static int write_report(struct api_call *c, struct err *err)
{
	int fd = analyses_open(kept(c), id_of(c), ANALYSIS_JSON), r = 0;
	struct buf text;

	buf_init(&text, ANALYSIS_REPORT_MAX);
	jw_key(&c->w, "report");
	if (fd >= 0)
		r = read_all(c, fd, &text, err);
	if (fd >= 0 && r == 0)
		jw_raw(&c->w, str_trim(buf_str(&text)));
	else
		jw_null(&c->w);
	buf_done(&text);
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static int show_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct analysis_seen x;

	(void)conn;
	if (!analyses_get(kept(c), id_of(c), c->arena, &x))
		return unknown(c, err);
	write_seen(c, &x);
	int r = write_report(c, err);
	jw_object_end(&c->w);
	return r;
}

static void show(struct api_call *c)
{
	api_work(c, show_on_pool);
}

/* --- files ------------------------------------------------------------------------------------ */

struct sending {
	int fd;
	off_t at;
};

static void sending_done(void *arg)
{
	struct sending *s = arg;

	if (s->fd >= 0)
		(void)close(s->fd);
}

static int fill(struct api_call *c, struct buf *out, struct err *err)
{
	struct sending *s = c->state;
	char page[PAGE];
	ssize_t n = pread(s->fd, page, sizeof(page), s->at);

	(void)err;
	if (n < 0)
		return -E_IO;
	buf_add(out, str_n(page, (size_t)n));
	s->at += n;
	return n > 0;
}

static int read_form(struct api_call *c, enum analysis_form *ret, struct err *err)
{
	struct str format = api_text(c, "format");

	*ret = str_eq(format, STR("csv")) ? ANALYSIS_PEOPLE : ANALYSIS_HTML;
	if (!format.p || *ret == ANALYSIS_PEOPLE || str_eq(format, STR("html")))
		return 0;
	return api_err(c, err, E_INVALID, "format", N_("\"format\" must be html or csv."));
}

static int open_form(
    struct api_call *c, struct sending *s, enum analysis_form form, struct err *err)
{
	struct analysis_seen x;

	if (!analyses_get(kept(c), id_of(c), c->arena, &x))
		return unknown(c, err);
	s->fd = analyses_open(kept(c), x.id, form);
	return s->fd >= 0
	    ? 0
	    : api_err(c, err, E_CONFLICT, "id", N_("This analysis has no report, or not yet."));
}

static void report(struct api_call *c)
{
	struct sending *s = ARENA_NEW(c->arena, struct sending);
	enum analysis_form form = ANALYSIS_HTML;
	struct err err = { 0 };
	int r = s ? 0 : no_memory(c, &err);

	if (s)
		s->fd = -1;
	if (r == 0 && arena_defer(c->arena, sending_done, s) < 0)
		r = no_memory(c, &err);
	if (r == 0)
		r = read_form(c, &form, &err);
	if (r == 0)
		r = open_form(c, s, form, &err);
	if (r < 0) {
		api_finish(c, r, &err);
		return;
	}
	c->state = s;
	if (form == ANALYSIS_HTML)
		api_stream(c, "text/html; charset=utf-8", "report.html", fill);
	else
		api_stream(c, "text/csv; charset=utf-8", "people.csv", fill);
}

/* --- dropping --------------------------------------------------------------------------------- */

/* It waits until the process is gone. */
static int drop_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	(void)conn;
	if (!analyses_drop(kept(c), id_of(c)))
		return unknown(c, err);
	jw_object(&c->w);
	jw_member_str(&c->w, "id", api_text(c, "id"));
	jw_member_bool(&c->w, "removed", true);
	jw_object_end(&c->w);
	return 0;
}

static void drop(struct api_call *c)
{
	api_work(c, drop_on_pool);
}

const struct api_handler api_analysis_handlers[] = {
	{ "startAnalysis", NULL, NULL, NULL, start },
	{ "listAnalyses", NULL, NULL, list, NULL },
	{ "showAnalysis", NULL, NULL, NULL, show },
	{ "reportAnalysis", NULL, NULL, NULL, report },
	{ "removeAnalysis", NULL, NULL, NULL, drop },
	{ NULL, NULL, NULL, NULL, NULL },
};
