/* varco analyze: an export of past traffic in, a report out. No configuration, no server, no network. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/analyze/crew.h"
#include "apps/analyze/report.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"

#define WHO "varco analyze"
#define PEOPLE_PIECE (256u << 10)

enum {
	KEY_CONSENTS = 'c',
	KEY_INBOUND = 'i',
	KEY_TEMPLATES = 't',
	KEY_FORMAT = 'f',
	KEY_MAP = 'm',
	KEY_OUTPUT = 'o',
	KEY_POLICY = 'p',
	KEY_LANG = 'l',
	KEY_JSON = 1000,
	KEY_COUNTRY,
	KEY_ZONE,
	KEY_DATES,
	KEY_PEOPLE,
	KEY_FAIL_ON,
	KEY_THREADS,
	KEY_NAME,
	KEY_WRITE,
	KEY_PROGRESS,
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML, FORMAT_CSV, FORMATS };
enum progress { PROGRESS_AUTO, PROGRESS_JSON, PROGRESS_NONE };

struct options {
	struct analyze_options analyze;
	enum format format;
	enum level fail_on; /* LEVEL_OFF: never */
	const char *output, *people;
	const char *name;   /* of the traffic, in reports; NULL = its file's */
	const char *folder; /* of all forms of the report; NULL = one form, to `output` */
	enum progress progress;
	enum lang lang;
	FILE *people_file;
	struct buf people_text;
	bool shows_progress, told_judging;
	unsigned told_percent;
};

static const struct argp_option options_table[] = {
	{ "consents", KEY_CONSENTS, N_("FILE"), 0,
	    N_("Who agreed and who withdrew, as for varco consent import"), 0 },
	{ "inbound", KEY_INBOUND, N_("FILE"), 0,
	    N_("What people wrote: time, from, to, and text or button"), 0 },
	{ "templates", KEY_TEMPLATES, N_("FILE"), 0,
	    N_("Definitions of templates in Graph's shape"), 0 },
	{ "format", KEY_FORMAT, "text|json|html|csv", 0,
	    N_("Form of the report; csv is the list of all people with findings"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("The same as --format json"), 0 },
	{ "output", KEY_OUTPUT, N_("FILE"), 0, N_("Write the report to this file"), 0 },
	{ "people", KEY_PEOPLE, N_("FILE"), 0,
	    N_("Write the list of all people with findings to this file, as CSV"), 0 },
	{ "write", KEY_WRITE, N_("DIRECTORY"), 0,
	    N_("Write report.html, report.json and people.csv to this directory, which is there already; "
	       "this JSON names nobody"),
	    0 },
	{ "name", KEY_NAME, N_("NAME"), 0,
	    N_("What the report calls the traffic; its file name when not given"), 0 },
	{ "progress", KEY_PROGRESS, "auto|json|none", 0,
	    N_("How it tells how far it is: a line of a terminal, JSON a line, or not at all"), 0 },
	{ "map", KEY_MAP, N_("ROLE=COLUMN,..."), 0,
	    N_("Which column is what, where its name does not tell"), 0 },
	{ "country", KEY_COUNTRY, N_("CC"), 0,
	    N_("Country of telephone numbers without a country code, such as IT"), 0 },
	{ "zone", KEY_ZONE, N_("ZONE"), 0,
	    N_("Time zone of times without an offset; UTC when not given"), 0 },
	{ "dates", KEY_DATES, "dmy|mdy", 0, N_("What 03/04/2026 means; dmy when not given"), 0 },
	{ "policy", KEY_POLICY, N_("FILE"), 0, N_("Judge by this pack instead of the built-in one"),
	    0 },
	{ "fail-on", KEY_FAIL_ON, "refuse|hold|warn|never", 0,
	    N_("From which level of findings on the exit code is 3; never when not given"), 0 },
	{ "threads", KEY_THREADS, "N", 0,
	    N_("How many threads share the work; as many as there are processors when not given"),
	    0 },
	{ "lang", KEY_LANG, "it|en", 0, N_("Language of the sentences"), 0 },
	{ 0 },
};

/* --- options ---------------------------------------------------------------------------------- */

static bool parse_format(const char *word, enum format *ret)
{
	static const char *const words[FORMATS] = { "text", "json", "html", "csv" };

	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		*ret = (enum format)i;
		return true;
	}
	return false;
}

static bool parse_fail_on(const char *word, enum level *ret)
{
	if (strcmp(word, "never") == 0) {
		*ret = LEVEL_OFF;
		return true;
	}
	return level_parse(str_c(word), ret) == 0 && *ret != LEVEL_OFF;
}

static bool parse_dates(const char *word, bool *ret_month_first)
{
	*ret_month_first = strcmp(word, "mdy") == 0;
	return *ret_month_first || strcmp(word, "dmy") == 0;
}

static bool parse_threads(const char *word, size_t *ret)
{
	uint64_t n = 0;

	if (str_to_u64(str_c(word), &n) < 0 || n < 1 || n > CREW_MAX)
		return false;
	*ret = (size_t)n;
	return true;
}

static bool parse_progress(const char *word, enum progress *ret)
{
	static const char *const words[] = { "auto", "json", "none" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		*ret = (enum progress)i;
		return true;
	}
	return false;
}

/* Options with a word of their own; false when the word is none of theirs. */
static bool parse_word(struct options *o, int key, char *arg)
{
	switch (key) {
	case KEY_FORMAT:
		return parse_format(arg, &o->format);
	case KEY_FAIL_ON:
		return parse_fail_on(arg, &o->fail_on);
	case KEY_DATES:
		return parse_dates(arg, &o->analyze.month_first);
	case KEY_COUNTRY:
		o->analyze.country = str_c(arg);
		return phone_is_country(o->analyze.country);
	case KEY_THREADS:
		return parse_threads(arg, &o->analyze.threads);
	case KEY_PROGRESS:
		return parse_progress(arg, &o->progress);
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
		{ KEY_CONSENTS, &o->analyze.consents },
		{ KEY_INBOUND, &o->analyze.inbound },
		{ KEY_TEMPLATES, &o->analyze.templates },
		{ KEY_MAP, &o->analyze.map },
		{ KEY_POLICY, &o->analyze.policy },
		{ KEY_OUTPUT, &o->output },
		{ KEY_PEOPLE, &o->people },
		{ KEY_NAME, &o->name },
		{ KEY_WRITE, &o->folder },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i].key == key)
			return texts[i].text;
	}
	return NULL;
}

static bool takes_word(int key)
{
	return key == KEY_FORMAT || key == KEY_FAIL_ON || key == KEY_DATES || key == KEY_COUNTRY ||
	    key == KEY_THREADS || key == KEY_PROGRESS || key == KEY_LANG;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const char **text = text_of(o, key);

	if (takes_word(key) && !parse_word(o, key, arg))
		verb_refuse(state, _("\"%s\" is none of the values that are possible here."), arg);
	if (takes_word(key))
		return 0;
	if (text) {
		*text = arg;
	} else if (key == KEY_JSON) {
		o->format = FORMAT_JSON;
	} else if (key == KEY_ZONE) {
		o->analyze.zone = str_c(arg);
	} else if (key == ARGP_KEY_ARG && !o->analyze.traffic) {
		o->analyze.traffic = arg;
	} else if (key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS) {
		verb_refuse(state, "%s", _("Name one file of past traffic."));
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp analyze_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("TRAFFIC"),
	.doc = N_(
	    "Read an export of past messages (CSV or XLSX) and report who got them without having agreed, "
	    "what went out outside its window, too often or too fast, and how each template fared, with the "
	    "rule that would have stopped it. Needs no server and no network; nothing leaves this machine."),
};

/* --- the list of people ----------------------------------------------------------------------- */

static int flush_people(struct options *o, struct err *err)
{
	struct buf *text = &o->people_text;

	if (text->failed)
		return err_set(err, E_NOMEM, N_("Memory ran out."));
	if (fwrite(text->p, 1, text->len, o->people_file) != text->len)
		return err_set(
		    err, E_IO, _("The list of people cannot be written: %s."), strerror(errno));
	buf_reset(text);
	return 0;
}

static int on_person(void *user, const struct analyze_person *p, struct err *err)
{
	struct options *o = user;

	analysis_person(p, o->lang, &o->people_text);
	return o->people_text.len < PEOPLE_PIECE ? 0 : flush_people(o, err);
}

/* Readable by its owner only: it is about people. */
static int open_people(struct options *o, struct err *err)
{
	const char *path = o->format == FORMAT_CSV ? o->output : o->people;
	char inside[PATH_MAX];

	buf_init(&o->people_text, 0);
	if (o->folder) {
		(void)snprintf(inside, sizeof(inside), "%s/people.csv", o->folder);
		path = inside;
	}
	if (o->format != FORMAT_CSV && !path)
		return 0;
	mode_t before = umask(0077);
	o->people_file = path ? fopen(path, "we") : stdout;
	(void)umask(before);
	if (!o->people_file)
		return err_set(
		    err, E_IO, _("\"%s\" cannot be written: %s."), path, strerror(errno));
	o->analyze.on_person = on_person;
	analysis_people_head(&o->people_text);
	return 0;
}

static int close_people(struct options *o, int rc, struct err *err)
{
	if (o->people_file && rc == 0)
		rc = flush_people(o, err);
	buf_done(&o->people_text);
	if (!o->people_file)
		return rc;
	bool bad = fflush(o->people_file) != 0 || fsync(fileno(o->people_file)) != 0;
	if (bad && errno == EINVAL) /* a pipe or a terminal */
		bad = false;
	if (o->people_file != stdout)
		bad = fclose(o->people_file) != 0 || bad;
	o->people_file = NULL;
	if (bad && rc == 0)
		rc = err_set(
		    err, E_IO, _("The list of people cannot be written: %s."), strerror(errno));
	return rc;
}

/* --- the report ------------------------------------------------------------------------------- */

static void tell_json(const struct analyze_progress *p, unsigned percent)
{
	fprintf(stderr, "{\"stage\":\"%s\",\"file\":\"%s\",\"rows\":%llu,\"percent\":%u}\n",
	    p->judges ? "judging" : "reading", p->judges ? "" : p->file,
	    (unsigned long long)p->rows, percent);
}

/* Often enough to be seen to move; a line of its own is for the report. */
static void on_progress(void *user, const struct analyze_progress *p)
{
	struct options *o = user;
	unsigned percent = p->of ? (unsigned)(p->done * 100 / p->of) : 0;

	if (p->judges == o->told_judging && percent == o->told_percent && p->of)
		return;
	o->told_judging = p->judges;
	o->told_percent = percent;
	if (o->progress == PROGRESS_JSON) {
		tell_json(p, percent);
		return;
	}
	fputs("\r\033[K", stderr);
	if (p->judges)
		fprintf(stderr, lang_text(o->lang, N_("%llu events are judged: %u %%")),
		    (unsigned long long)p->rows, percent);
	else
		fprintf(stderr, lang_text(o->lang, N_("%s: %llu rows read, %u %%")), p->file,
		    (unsigned long long)p->rows, percent);
}

static const char *name_of(const struct options *o)
{
	return o->name ? o->name : o->analyze.traffic;
}

static int write_document(const struct options *o, const struct analysis *a, enum format format,
    struct buf *out, struct err *err)
{
	struct arena *arena = arena_new(0, 0);
	struct document *d = arena
	    ? analysis_document(a, str_c(name_of(o)), o->lang, clock_now(), arena)
	    : NULL;
	int r = d ? 0 : err_set(err, E_NOMEM, N_("Memory ran out."));

	if (r == 0)
		r = format == FORMAT_HTML ? document_html(d, out, err) : document_text(d, out, err);
	arena_free(&arena);
	return r;
}

/* To a file, or with `path` NULL to standard output. */
static int put_form(const struct options *o, const struct analysis *a, enum format format,
    const char *path, struct err *err)
{
	struct buf out;
	int r = 0;

	buf_init(&out, 0);
	if (format == FORMAT_JSON)
		analysis_json(a, name_of(o), o->lang, !o->folder, &out);
	else
		r = write_document(o, a, format, &out, err);
	if (r == 0 && out.failed)
		r = err_set(err, E_NOMEM, N_("Memory ran out."));
	if (r == 0 && path)
		r = file_write_atomic(path, buf_str(&out), 0600, err);
	else if (r == 0 && verb_print(WHO, &out) != EXIT_OK)
		r = -E_IO;
	buf_done(&out);
	return r;
}

static int put_folder(const struct options *o, const struct analysis *a, struct err *err)
{
	static const struct {
		enum format format;
		const char *name;
	} forms[] = { { FORMAT_JSON, "report.json" }, { FORMAT_HTML, "report.html" } };
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(forms); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", o->folder, forms[i].name);
		r = put_form(o, a, forms[i].format, path, err);
	}
	return r;
}

static int put_report(const struct options *o, const struct analysis *a, struct err *err)
{
	if (o->folder)
		return put_folder(o, a, err);
	return o->format == FORMAT_CSV ? 0 : put_form(o, a, o->format, o->output, err);
}

static enum level worst_of_numbers(const struct analysis *a)
{
	struct volume_rule found[VOLUME_RULES];
	enum level worst = LEVEL_OFF;

	for (size_t i = 0; i < a->report.numbers_len; i++) {
		size_t n = volume_rules(&a->report.numbers[i], a->pack, found);
		for (size_t k = 0; k < n; k++)
			worst = found[k].level > worst ? found[k].level : worst;
	}
	return worst;
}

static int exit_of(const struct options *o, const struct analysis *a)
{
	for (size_t i = 0; o->fail_on != LEVEL_OFF && i < RULES_COUNT; i++) {
		for (enum level l = o->fail_on; l <= LEVEL_REFUSE; l++) {
			if (a->found[i].levels[l])
				return EXIT_REFUSED;
		}
	}
	if (o->fail_on != LEVEL_OFF && worst_of_numbers(a) >= o->fail_on)
		return EXIT_REFUSED;
	return a->rows && a->unread_rows == a->rows ? EXIT_FAILED : EXIT_OK;
}

static const char *tmp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && dir[0] == '/' ? dir : "/var/tmp";
}

static int analyze(struct options *o)
{
	struct analysis *a = NULL;
	struct err err = { .code = 0 };
	int rc = open_people(o, &err);

	if (rc == 0)
		rc = analyze_run(&o->analyze, &a, &err);
	if (o->shows_progress)
		fputs("\r\033[K", stderr);
	rc = close_people(o, rc, &err);
	if (rc == 0)
		rc = put_report(o, a, &err);
	int code = rc == 0 ? exit_of(o, a) : verb_exit(rc);
	if (rc < 0 && err.code)
		verb_complain(WHO, str_c(lang_text(o->lang, err.text)));
	analysis_free(&a);
	return code;
}

int verb_analyze(int argc, char **argv)
{
	struct options o = { .lang = lang_process(), .analyze = { .zone = STR("UTC") } };
	struct err err = { .code = 0 };

	if (crypto_init(&err) < 0) {
		verb_complain(WHO, str_c(err.text));
		return EXIT_FAILED;
	}
	verb_parse(&analyze_argp, argc, argv, &o);
	o.analyze.tmp_dir = tmp_dir();
	o.analyze.user = &o;
	o.shows_progress = o.progress == PROGRESS_AUTO && isatty(STDERR_FILENO);
	if (o.shows_progress || o.progress == PROGRESS_JSON)
		o.analyze.on_progress = on_progress;
	return analyze(&o);
}
