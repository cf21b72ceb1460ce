/* varco decide: policy cases in, decisions out; with --test, held against what they expect. */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/cli/case_expect.h"
#include "apps/cli/case_stream.h"
#include "apps/cli/verbs.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/policy.h"
#include "domain/policy_case.h"

#define PACK_MAX (4u << 20)
#define NAME_MAX_SHOWN 200
#define WHO "varco decide"

enum {
	KEY_TEST = 't',
	KEY_POLICY = 'p',
	KEY_SET = 's',
	KEY_JSON = 'j',
	KEY_LANG = 'l',
};

struct options {
	bool test, json;
	enum lang lang;
	const char *policy;
	char **sets; /* "rule.id=level", borrowed from argv */
	size_t sets_len;
	char **files;
	size_t files_len;
};

struct run {
	const struct options *options;
	struct pack *pack;
	struct arena *arena; /* of one case */
	struct buf out;      /* of one case */
	long cases, as_expected, different, malformed;
	bool failed; /* something could not be read or written */
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "test", KEY_TEST, NULL, 0, N_("Compare each decision with the case's `expect`"), 0 },
	{ "policy", KEY_POLICY, N_("FILE"), 0,
	    N_("Decide by this pack instead of the built-in one"), 0 },
	{ "set", KEY_SET, N_("RULE=LEVEL"), 0,
	    N_("Give one rule the level off, warn, hold or refuse"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("Print what --test finds as JSON too"), 0 },
	{ "lang", KEY_LANG, "it|en", 0, N_("Language of the sentences"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_TEST:
		o->test = true;
		return 0;
	case KEY_POLICY:
		o->policy = arg;
		return 0;
	case KEY_SET:
		o->sets[o->sets_len++] = arg;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_LANG:
		if (!verb_lang(arg, &o->lang))
			verb_refuse(
			    state, _("There is no language \"%s\" here: use it or en."), arg);
		return 0;
	case ARGP_KEY_ARG:
		o->files[o->files_len++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp decide_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("[FILE|DIR...]"),
	.doc = N_(
	    "Decide policy cases: one JSON object a line, or an array of them, from the files, "
	    "the *.jsonl of the directories, or standard input. One decision a line comes out."),
};

/* "rule.id=level" on the pack; false and a complaint when it is neither. */
static bool apply_set(struct pack *pack, const char *set, enum lang lang)
{
	struct str level_text = str_c(set), id = str_cut(&level_text, '=');
	enum rule_index rule;
	enum level level;
	struct buf b;

	if (!rule_index_by_id(id, &rule)) {
		buf_init(&b, 0);
		struct str nearest = rule_index_nearest(id);
		if (nearest.len)
			buf_addf(&b,
			    lang_text(
				lang, N_("There is no rule \"%.*s\"; the nearest is \"%.*s\".")),
			    STR_ARG(id), STR_ARG(nearest));
		else
			buf_addf(
			    &b, lang_text(lang, N_("There is no rule \"%.*s\".")), STR_ARG(id));
		verb_complain(WHO, buf_str(&b));
		buf_done(&b);
		return false;
	}
	if (level_parse(level_text, &level) < 0) {
		verb_complain(
		    WHO, str_c(lang_text(lang, N_("A level is off, warn, hold or refuse."))));
		return false;
	}
	pack_set_level(pack, rule, level);
	return true;
}

static int load_pack(const struct options *o, struct pack **ret, struct err *err)
{
	struct err why = { .code = 0 };
	struct buf text;
	int rc;

	if (!o->policy)
		return pack_builtin(ret, err);
	buf_init(&text, PACK_MAX);
	rc = file_read(o->policy, PACK_MAX, &text, err);
	if (rc == 0 && (rc = pack_read(buf_str(&text), ret, &why)) < 0)
		rc = err_field(err, (enum err_code) - rc, why.field, "%s: %s", o->policy, why.text);
	buf_done(&text);
	return rc;
}

/* --- one case --------------------------------------------------------------------------------- */

static void complain_of_case(struct run *r, const char *file, int64_t line, const struct err *err)
{
	struct buf b;

	r->malformed++;
	buf_init(&b, 0);
	buf_addf(&b, "%s:%lld: ", file, (long long)line);
	if (err->field[0] && !strstr(err->text, err->field))
		buf_addf(&b, "%s: ", err->field);
	buf_add_c(&b, err->text);
	verb_complain(WHO, buf_str(&b));
	buf_done(&b);
}

/* What differs, and beneath it what the rules said. */
static void tell_difference(struct run *r, const char *file, int64_t line, struct str name,
    const struct decision *d, struct str diff)
{
	buf_addf(
	    &r->out, "%s:%lld: %.*s\n%.*s", file, (long long)line, STR_ARG(name), STR_ARG(diff));
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *f = &d->findings[i];
		struct str because = finding_because(r->arena, f, r->options->lang);
		buf_addf(&r->out, "    %s %s: %.*s\n", level_name(f->level), f->rule->id,
		    STR_ARG(because));
	}
}

static void tell_difference_json(struct run *r, const char *file, int64_t line, struct str name,
    const struct decision *d, struct str diff)
{
	struct json_writer w;

	jw_init(&w, &r->out);
	jw_object(&w);
	jw_member_c(&w, "file", file);
	jw_member_int(&w, "line", line);
	jw_member_str(&w, "name", name);
	jw_key(&w, "differences");
	jw_array(&w);
	for (struct str part = str_cut(&diff, '\n'); part.len > 0; part = str_cut(&diff, '\n'))
		jw_str(&w, str_trim(part));
	jw_array_end(&w);
	jw_key(&w, "decision");
	decision_write_case(r->arena, d, name, r->options->lang, &w);
	jw_object_end(&w);
	buf_add_char(&r->out, '\n');
}

static int test_case(struct run *r, const char *file, int64_t line, const struct policy_case *c,
    const struct decision *d, struct err *err)
{
	struct buf diff;

	buf_init(&diff, 0);
	int rc = c->expect ? case_expect_check(c->expect, d, r->options->lang, &diff, err)
			   : err_field(err, E_INVALID, "expect", "The case has no expect.");
	if (rc > 0)
		r->as_expected++;
	else if (rc == 0)
		r->different++;
	if (rc == 0)
		(r->options->json ? tell_difference_json : tell_difference)(
		    r, file, line, c->name, d, buf_str(&diff));
	buf_done(&diff);
	return rc < 0 ? rc : 0;
}

static void print_decision(struct run *r, const struct policy_case *c, const struct decision *d)
{
	struct json_writer w;

	jw_init(&w, &r->out);
	decision_write_case(r->arena, d, c->name, r->options->lang, &w);
	buf_add_char(&r->out, '\n');
}

static int decide_text(
    struct run *r, const char *file, int64_t line, struct str text, struct err *err)
{
	const struct json *obj;
	struct policy_case c;
	struct decision d;
	int rc = json_read(r->arena, text, &obj, err);

	if (rc == 0)
		rc = policy_case_read(r->arena, r->pack, obj, &c, err);
	if (rc != 0)
		return rc;
	if (policy_decide(&c.facts, &c.send, r->pack, c.now, r->arena, &d) < 0)
		return err_set(err, E_NOMEM, "Memory ran out.");
	if (r->options->test)
		return test_case(r, file, line, &c, &d, err);
	print_decision(r, &c, &d);
	return 0;
}

static bool put_out(struct run *r)
{
	bool ok = !r->out.failed &&
	    fwrite(r->out.p ? r->out.p : "", 1, r->out.len, stdout) == r->out.len;

	buf_reset(&r->out);
	return ok;
}

/* --- files ------------------------------------------------------------------------------------ */

static void complain_of_file(struct run *r, const struct err *err)
{
	r->failed = true;
	verb_complain(WHO, str_c(err->text));
}

/* False when there is no use in going on with this file. */
static bool decide_next(struct run *r, struct case_stream *s, const char *file)
{
	struct err err = { .code = 0 };
	struct str text;
	int64_t line;
	int rc = case_stream_next(s, &text, &line, &err);

	if (rc == 0)
		return false;
	if (rc == -E_IO || rc == -E_NOMEM) {
		complain_of_file(r, &err);
		return false;
	}
	r->cases++;
	if (rc > 0)
		rc = decide_text(r, file, line, text, &err);
	if (rc < 0)
		complain_of_case(r, file, line, &err);
	arena_reset(r->arena);
	if (put_out(r))
		return true;
	err_set(&err, E_IO, "Standard output cannot be written: %s.", strerror(errno));
	complain_of_file(r, &err);
	return false;
}

static void decide_file(struct run *r, const char *path)
{
	struct err err = { .code = 0 };
	struct case_stream *s = case_stream_open(path, &err);
	const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path;

	if (!s) {
		complain_of_file(r, &err);
		return;
	}
	while (decide_next(r, s, name))
		;
	case_stream_close(&s);
}

static int is_jsonl(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && str_ends(str_c(entry->d_name), STR(".jsonl"));
}

static void decide_directory(struct run *r, const char *path)
{
	struct dirent **entries;
	struct err err = { .code = 0 };
	int n = scandir(path, &entries, is_jsonl, alphasort);

	if (n < 0) {
		err_set(&err, E_IO, "Cannot read \"%s\": %s.", path, strerror(errno));
		complain_of_file(r, &err);
		return;
	}
	for (int i = 0; i < n; i++) {
		struct buf full;
		buf_init(&full, 0);
		buf_addf(&full, "%s/%s", path, entries[i]->d_name);
		if (!full.failed)
			decide_file(r, full.p);
		r->failed = r->failed || full.failed;
		buf_done(&full);
		free(entries[i]);
	}
	free(entries);
}

static void decide_path(struct run *r, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		decide_directory(r, path);
	else
		decide_file(r, path);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void print_count(struct run *r)
{
	struct json_writer w;

	if (!r->options->json) {
		buf_addf(&r->out,
		    lang_text(r->options->lang,
			N_("Cases: %ld; as expected: %ld; different: %ld; malformed: %ld.")),
		    r->cases, r->as_expected, r->different, r->malformed);
	} else {
		jw_init(&w, &r->out);
		jw_object(&w);
		jw_member_int(&w, "cases", r->cases);
		jw_member_int(&w, "as_expected", r->as_expected);
		jw_member_int(&w, "different", r->different);
		jw_member_int(&w, "malformed", r->malformed);
		jw_object_end(&w);
	}
	buf_add_char(&r->out, '\n');
}

static int decide_all(struct run *r)
{
	const struct options *o = r->options;

	for (size_t i = 0; i < o->files_len; i++)
		decide_path(r, o->files[i]);
	if (o->files_len == 0)
		decide_file(r, "-");
	if (o->test)
		print_count(r);
	if (o->test &&
	    r->cases == 0) { /* a run that tested nothing must not look like a good one */
		verb_complain(
		    WHO, str_c(lang_text(o->lang, N_("There is no case in what was given."))));
		r->failed = true;
	}
	if (!put_out(r) || fflush(stdout) != 0)
		r->failed = true;
	if (r->malformed > 0)
		return EXIT_USAGE;
	return r->different > 0 || r->failed ? EXIT_FAILED : EXIT_OK;
}

static int run_options(const struct options *o)
{
	struct run r = { .options = o };
	struct err err = { .code = 0 };
	int code = EXIT_FAILED;

	buf_init(&r.out, 0);
	r.arena = arena_new(0, 0);
	int rc = r.arena ? load_pack(o, &r.pack, &err) : -E_NOMEM;
	if (rc < 0) {
		verb_complain(WHO, str_c(r.arena ? err.text : err_meaning(E_NOMEM)));
		code = verb_exit(rc);
		goto out;
	}
	for (size_t i = 0; i < o->sets_len; i++) {
		if (apply_set(r.pack, o->sets[i], o->lang))
			continue;
		code = EXIT_USAGE;
		goto out;
	}
	code = decide_all(&r);
out:
	pack_free(&r.pack);
	arena_free(&r.arena);
	buf_done(&r.out);
	return code;
}

int verb_decide(int argc, char **argv)
{
	struct options o = { .lang = lang_process() };
	struct err err = { .code = 0 };
	int code = EXIT_FAILED;

	o.sets = calloc((size_t)argc + 1, sizeof(*o.sets));
	o.files = calloc((size_t)argc + 1, sizeof(*o.files));
	if (!o.sets || !o.files || crypto_init(&err) < 0) {
		verb_complain(WHO, str_c(err.code ? err.text : err_meaning(E_NOMEM)));
	} else {
		verb_parse(&decide_argp, argc, argv, &o);
		code = run_options(&o);
	}
	free(o.sets);
	free(o.files);
	return code;
}
