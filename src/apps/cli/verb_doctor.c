/* varco doctor: every check on a line, with what to do about what is wrong. */
#include <argp.h>
#include <stdio.h>

#include "apps/cli/doctor.h"
#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/text.h"

#define WHO "varco doctor"
#define TEXT_MAX ((size_t)2000)

enum {
	KEY_JSON = 'j',
	KEY_CONFIG = 'c',
	KEY_ONLINE = 256,
};

struct options {
	struct doctor doctor;
	bool json;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "config", KEY_CONFIG, N_("FILE"), 0,
	    N_("The configuration; without one, what holds by default"), 0 },
	CLIENT_WORDS(N_("The server; else VARCO_URL, else where the configuration lets it listen")),
	{ "online", KEY_ONLINE, NULL, 0, N_("Also call the upstream"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (client_word(&o->doctor.client, key, arg))
		return 0;
	switch (key) {
	case KEY_CONFIG:
		o->doctor.config_path = arg;
		return 0;
	case KEY_ONLINE:
		o->doctor.online = true;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp doctor_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "Look at the configuration, the files, the store and the running gateway, and say what is wrong and what to "
	    "do. Nothing is changed. The exit code is 1 when something is wrong."),
};

/* --- telling ---------------------------------------------------------------------------------- */

static const char *const marks[] = { [FOUND_GOOD] = "✓", [FOUND_NOTE] = "•", [FOUND_BAD] = "✗" };
static const char *const words[] = {
	[FOUND_GOOD] = "good", [FOUND_NOTE] = "note", [FOUND_BAD] = "bad"
};

static bool is_well(const struct doctor *d)
{
	for (size_t i = 0; i < d->findings_len; i++) {
		if (d->findings[i].kind == FOUND_BAD)
			return false;
	}
	return true;
}

static void write_lines(const struct doctor *d, struct buf *out)
{
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct doctor_finding *f = &d->findings[i];
		buf_addf(out, "%s ", marks[f->kind]);
		buf_add(out, text_printable(d->arena, f->text, TEXT_MAX));
		buf_add_char(out, '\n');
		if (f->remedy)
			buf_addf(out, "  → %s\n", f->remedy);
	}
}

static void write_json(const struct doctor *d, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_bool(&w, "ok", is_well(d));
	jw_key(&w, "checks");
	jw_array(&w);
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct doctor_finding *f = &d->findings[i];
		jw_object(&w);
		jw_member_c(&w, "check", f->check);
		jw_member_c(&w, "result", words[f->kind]);
		jw_member_str(&w, "detail", f->text);
		jw_member_c(&w, "remedy", f->remedy);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static int tell(const struct options *o)
{
	struct buf out;

	buf_init(&out, 0);
	(o->json ? write_json : write_lines)(&o->doctor, &out);
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code == EXIT_OK && !is_well(&o->doctor) ? EXIT_FAILED : code;
}

int verb_doctor(int argc, char **argv)
{
	struct options o = { .json = false };
	struct err err = { .code = 0 };
	int code = EXIT_FAILED;

	verb_parse(&doctor_argp, argc, argv, &o);
	o.doctor.arena = arena_new(0, 0);
	if (!o.doctor.arena)
		(void)err_set(&err, E_NOMEM, "%s", _("Memory ran out."));
	if (!o.doctor.arena || crypto_init(&err) < 0) {
		verb_complain(WHO, str_c(err.text));
	} else {
		doctor_run(&o.doctor);
		code = tell(&o);
	}
	arena_free(&o.doctor.arena);
	return code;
}
