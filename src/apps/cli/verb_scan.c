/* varco scan: unofficial automations and official integrations in files, archives, profiles and lists.
 * No configuration, no server, no network. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/cli/verbs.h"
#include "apps/scan/allow.h"
#include "apps/scan/register.h"
#include "apps/scan/report.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/pattern_cache.h"

#define WHO "varco scan"
#define PATH_ROOM 1024

enum {
	KEY_FORMAT = 'f',
	KEY_BASELINE = 'b',
	KEY_JOBS = 'j',
	KEY_OUTPUT = 'o',
	KEY_REGISTER = 'r',
	KEY_CATALOGUE = 'c',
	KEY_LANG = 'l',
	KEY_WRITE_BASELINE = 1000,
	KEY_FAIL_ON,
	KEY_NO_IGNORE,
	KEY_NOTES,
	KEY_PROCESSES,
	KEY_NO_CACHE,
	KEY_JSON,
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF, FORMAT_HTML, FORMAT_CYCLONEDX, FORMATS };

struct options {
	struct scan_options scan;
	const char **roots, **catalogues;
	enum format format;
	enum scan_verdict fail_on; /* SCAN_CLEAN: never */
	const char *baseline, *write_baseline, *output, *register_file;
	enum lang lang;
	bool no_cache;
};

static const struct argp_option options_table[] = {
	{ "format", KEY_FORMAT, "text|json|sarif|html|cyclonedx", 0, N_("Form of the report"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("The same as --format json"), 0 },
	{ "output", KEY_OUTPUT, N_("FILE"), 0, N_("Write the report to this file"), 0 },
	{ "baseline", KEY_BASELINE, N_("FILE"), 0, N_("Findings that this file knows are allowed"),
	    0 },
	{ "write-baseline", KEY_WRITE_BASELINE, N_("FILE"), 0,
	    N_("Write the findings of this scan as a baseline"), 0 },
	{ "fail-on", KEY_FAIL_ON, "unofficial|review|never", 0,
	    N_("From which verdict on the exit code is 3; unofficial when not given"), 0 },
	{ "jobs", KEY_JOBS, "N", 0, N_("Threads; one for each processor, up to 4, when not given"),
	    0 },
	{ "register", KEY_REGISTER, N_("FILE"), 0,
	    N_("Keep a register of integrations in this file"), 0 },
	{ "catalogue", KEY_CATALOGUE, N_("FILE"), 0,
	    N_("Extend the built-in catalogue by this file"), 0 },
	{ "no-ignore", KEY_NO_IGNORE, NULL, 0,
	    N_("Read what .gitignore and .varcoignore hide, and heed no allowance in files"), 0 },
	{ "notes", KEY_NOTES, NULL, 0, N_("Report also what means nothing by itself"), 0 },
	{ "processes", KEY_PROCESSES, NULL, 0, N_("Look at the running processes too"), 0 },
	{ "no-cache", KEY_NO_CACHE, NULL, 0,
	    N_("Compile the patterns anew and keep no copy of them"), 0 },
	{ "lang", KEY_LANG, "it|en", 0, N_("Language of the sentences"), 0 },
	{ 0 },
};

/* --- options ---------------------------------------------------------------------------------- */

static const char *const format_words[FORMATS] = { "text", "json", "sarif", "html", "cyclonedx" };

static bool parse_format(const char *word, enum format *ret)
{
	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(word, format_words[i]) != 0)
			continue;
		*ret = (enum format)i;
		return true;
	}
	return false;
}

static bool parse_fail_on(const char *word, enum scan_verdict *ret)
{
	static const struct {
		const char *word;
		enum scan_verdict verdict;
	} words[] = { { "unofficial", SCAN_UNOFFICIAL }, { "review", SCAN_REVIEW },
		{ "never", SCAN_CLEAN } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(word, words[i].word) != 0)
			continue;
		*ret = words[i].verdict;
		return true;
	}
	return false;
}

static bool parse_jobs(const char *word, unsigned *ret)
{
	uint64_t n;

	if (str_to_u64(str_c(word), &n) < 0 || n < 1 || n > 16)
		return false;
	*ret = (unsigned)n;
	return true;
}

/* Options with a word of their own; false when the word is none of theirs. */
static bool parse_word(struct options *o, int key, char *arg)
{
	switch (key) {
	case KEY_FORMAT:
		return parse_format(arg, &o->format);
	case KEY_FAIL_ON:
		return parse_fail_on(arg, &o->fail_on);
	case KEY_JOBS:
		return parse_jobs(arg, &o->scan.jobs);
	default:
		return verb_lang(arg, &o->lang);
	}
}

static bool parse_file(struct options *o, int key, char *arg)
{
	switch (key) {
	case KEY_OUTPUT:
		o->output = arg;
		return true;
	case KEY_BASELINE:
		o->baseline = arg;
		return true;
	case KEY_WRITE_BASELINE:
		o->write_baseline = arg;
		return true;
	case KEY_REGISTER:
		o->register_file = arg;
		return true;
	case KEY_CATALOGUE:
		o->catalogues[o->scan.catalogues_len++] = arg;
		return true;
	default:
		return false;
	}
}

static bool parse_switch(struct options *o, int key)
{
	switch (key) {
	case KEY_JSON:
		o->format = FORMAT_JSON;
		return true;
	case KEY_NO_IGNORE:
		o->scan.no_ignore = true;
		return true;
	case KEY_NOTES:
		o->scan.notes = true;
		return true;
	case KEY_PROCESSES:
		o->scan.processes = true;
		return true;
	case KEY_NO_CACHE:
		o->no_cache = true;
		return true;
	default:
		return false;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == ARGP_KEY_ARG) {
		o->roots[o->scan.roots_len++] = arg;
		return 0;
	}
	if (key == ARGP_KEY_NO_ARGS && !o->scan.processes)
		verb_refuse(state, "%s", _("Name at least one path."));
	if (key == KEY_FORMAT || key == KEY_FAIL_ON || key == KEY_JOBS || key == KEY_LANG) {
		if (!parse_word(o, key, arg))
			verb_refuse_value(state, key, arg);
		return 0;
	}
	return parse_switch(o, key) || parse_file(o, key, arg) ? 0 : ARGP_ERR_UNKNOWN;
}

const struct argp scan_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("PATH..."),
	.doc = N_(
	    "Look for automations of WhatsApp that Meta forbids, and for official integrations to "
	    "document, in source trees, archives, workflow exports, browser profiles, lists of apps and "
	    "of processes. Needs no server and no network."),
};

/* --- work ------------------------------------------------------------------------------------- */

static void write_report(const struct options *o, const struct scan_result *r, struct buf *out)
{
	switch (o->format) {
	case FORMAT_JSON:
		report_json(r, out);
		return;
	case FORMAT_SARIF:
		report_sarif(r, out);
		return;
	case FORMAT_HTML:
		report_html(r, o->lang, out);
		return;
	case FORMAT_CYCLONEDX:
		report_cyclonedx(r, out);
		return;
	default:
		report_text(r, o->lang, out);
	}
}

static int put_report(const struct options *o, const struct scan_result *r, struct err *err)
{
	struct buf out;
	int rc = 0;

	buf_init(&out, 0);
	write_report(o, r, &out);
	if (out.failed)
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	else if (o->output)
		rc = file_write_atomic(o->output, buf_str(&out), 0644, err);
	else if (fwrite(out.p, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
		rc = err_set(err, E_IO, "Standard output cannot be written: %s.", strerror(errno));
	buf_done(&out);
	return rc;
}

static int use_result(const struct options *o, struct scan_result *r, struct err *err)
{
	int rc = o->baseline ? allow_baseline(r, o->baseline, o->scan.now, err) : 0;

	if (rc == 0 && o->write_baseline)
		rc = allow_write_baseline(r, o->write_baseline, err);
	if (rc == 0 && o->register_file)
		rc = register_update(r, o->register_file, err);
	return rc < 0 ? rc : put_report(o, r, err);
}

static int exit_of(const struct options *o, const struct scan_result *r)
{
	if (o->fail_on != SCAN_CLEAN && scan_result_verdict(r, -1) >= o->fail_on)
		return EXIT_REFUSED;
	return r->incomplete ? EXIT_PARTLY : EXIT_OK;
}

static int scan(struct options *o)
{
	struct scan_result *r = NULL;
	struct err err = { .code = 0 };
	char cache[PATH_ROOM];

	o->scan.roots = o->roots;
	o->scan.catalogues = o->catalogues;
	o->scan.cache_dir = !o->no_cache && pattern_cache_dir("varco", cache, sizeof(cache)) ? cache
											     : NULL;
	o->scan.now = clock_now();
	int rc = scan_run(&o->scan, &r, &err);
	if (rc == 0)
		rc = use_result(o, r, &err);
	int code = rc == 0 ? exit_of(o, r) : verb_exit(rc);
	if (rc < 0)
		verb_complain(WHO, str_c(err.text));
	scan_result_free(&r);
	o->scan.cache_dir = NULL; /* it stands in this function */
	return code;
}

int verb_scan(int argc, char **argv)
{
	struct options o = { .lang = lang_process(), .fail_on = SCAN_UNOFFICIAL };
	struct err err = { .code = 0 };
	int code = EXIT_FAILED;

	o.roots = calloc((size_t)argc + 1, sizeof(*o.roots));
	o.catalogues = calloc((size_t)argc + 1, sizeof(*o.catalogues));
	if (!o.roots || !o.catalogues || crypto_init(&err) < 0) {
		verb_complain(WHO, str_c(err.code ? err.text : err_meaning(E_NOMEM)));
	} else {
		verb_parse(&scan_argp, argc, argv, &o);
		code = scan(&o);
	}
	free(o.roots);
	free(o.catalogues);
	return code;
}
