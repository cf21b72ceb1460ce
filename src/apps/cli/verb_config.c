/* varco config: what holds, whether it will do, and what may be set; no server needed. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "apps/cli/config_look.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/json.h"
#include "base/text.h"

enum {
	KEY_JSON = 'j',
	KEY_CONFIG = 'c',
};

struct options {
	bool json;
	const char *config, *key;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "config", KEY_CONFIG, N_("FILE"), 0,
	    N_("The configuration; without one, what holds by default"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static const struct argp_option explain_options[] = {
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_CONFIG:
		o->config = arg;
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key != ARGP_KEY_ARG || o->key)
		return parse_option(key, arg, state);
	o->key = arg;
	return 0;
}

const struct argp config_show_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "Print every value that holds, from the file, the environment and the defaults, as a file of its "
	    "own."),
};

const struct argp config_check_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "Look for everything that would keep the gateway from starting with this configuration. What is "
	    "wrong is told with file, line and column; then the exit code is 2."),
};

const struct argp config_explain_argp = {
	.options = explain_options,
	.parser = parse_key,
	.args_doc = N_("[SECTION.KEY]"),
	.doc = N_(
	    "Tell what a value is for, which ones it takes and what its variable in the environment is called."),
};

/* --- telling a value -------------------------------------------------------------------------- */

static struct str enum_word(const char *values, int64_t index)
{
	struct str rest = str_c(values), word = STR_NONE;

	for (int64_t i = 0; i <= index && rest.p; i++)
		word = str_cut(&rest, '|');
	return word;
}

static void write_value(const struct config_option *o, const void *target, struct json_writer *w)
{
	const void *field = (const char *)target + o->offset;

	switch (o->type) {
	case CONFIG_INT:
		jw_int(w, *(const int64_t *)field);
		break;
	case CONFIG_BOOL:
		jw_bool(w, *(const bool *)field);
		break;
	case CONFIG_ENUM:
		jw_str(w, enum_word(o->values, *(const int64_t *)field));
		break;
	default:
		jw_c(w, *(const char *const *)field);
		break;
	}
}

static bool same_section(size_t i, size_t j)
{
	return strcmp(gateway_options[i].section, gateway_options[j].section) == 0;
}

/* {"server":{"listen":…},…} */
static void write_values(const struct gateway_config *c, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	for (size_t i = 0; i < gateway_options_len; i++) {
		const struct config_option *o = &gateway_options[i];
		if (i == 0 || !same_section(i, i - 1)) {
			jw_key(&w, o->section);
			jw_object(&w);
		}
		jw_key(&w, o->key);
		write_value(o, c, &w);
		if (i + 1 == gateway_options_len || !same_section(i, i + 1))
			jw_object_end(&w);
	}
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static const char *nearest_name(const char *name, char out[CONFIG_ENV_MAX])
{
	char other[CONFIG_ENV_MAX];
	unsigned best = 0;

	for (size_t i = 0; i < gateway_options_len; i++) {
		(void)snprintf(other, sizeof(other), "%s.%s", gateway_options[i].section,
		    gateway_options[i].key);
		unsigned far = text_distance(str_c(name), str_c(other));
		if (i > 0 && far >= best)
			continue;
		best = far;
		memcpy(out, other, sizeof(other));
	}
	return out;
}

/* --- show and check --------------------------------------------------------------------------- */

/* "varco.conf:3:1: " in front of what is wrong with a value, or the name of its variable. What config_load() says has
 * its place in it already. */
static void add_place(const char *config, const struct err *err, struct buf *out)
{
	const struct config_option *option = config_option_find(err->field);
	char name[CONFIG_ENV_MAX] = "";
	int line = 0, column = 0;
	enum config_origin origin = option ? config_origin(config, option, &line, &column)
					   : CONFIG_DEFAULT;

	if (option)
		config_env_name(option, name);
	if ((config && strstr(err->text, config)) || (option && strstr(err->text, name)))
		return;
	if (origin == CONFIG_ENVIRONMENT)
		buf_addf(out, "%s: ", name);
	else if (origin == CONFIG_FILE)
		buf_addf(out, "%s:%d:%d: ", config, line, column);
	else if (config)
		buf_addf(out, "%s: ", config);
}

/* What would do: the default of the key that is meant. */
static void add_example(const struct err *err, struct buf *out)
{
	char nearest[CONFIG_ENV_MAX];
	const struct config_option *o = strchr(err->field, '.')
	    ? config_option_find(nearest_name(err->field, nearest))
	    : NULL;

	if (!o || !o->dflt)
		return;
	buf_add_char(out, ' ');
	buf_addf(out, _("For example: %s = %s"), o->key, o->dflt);
}

void verb_config_problem(const char *config, const struct err *err, struct buf *out)
{
	add_place(config, err, out);
	buf_add_c(out, err->text);
	add_example(err, out);
}

static int tell_problem(const struct options *o, const char *who, const struct err *err)
{
	struct json_writer w;
	struct buf sentence, out;

	buf_init(&sentence, 0);
	buf_init(&out, 0);
	verb_config_problem(o->config, err, &sentence);
	if (o->json) {
		jw_init(&w, &out);
		jw_object(&w);
		jw_member_bool(&w, "ok", false);
		jw_member_str(&w, "error", buf_str(&sentence));
		jw_member_c(&w, "field", err->field[0] ? err->field : NULL);
		jw_object_end(&w);
		buf_add_char(&out, '\n');
		(void)verb_print(who, &out);
	} else {
		verb_complain(who, buf_str(&sentence));
	}
	buf_done(&out);
	buf_done(&sentence);
	return EXIT_USAGE;
}

static int print(const char *who, struct buf *out)
{
	int code = verb_print(who, out);

	buf_done(out);
	return code;
}

static int print_values(const struct options *o, const char *who, const struct gateway_config *c)
{
	struct buf out;

	buf_init(&out, 0);
	if (o->json)
		write_values(c, &out);
	else
		config_print(gateway_options, gateway_options_len, c, &out);
	return print(who, &out);
}

static int print_fine(const struct options *o, const char *who)
{
	struct buf out;

	buf_init(&out, 0);
	buf_add_c(&out, o->json ? "{\"ok\":true}" : _("The configuration is good."));
	buf_add_char(&out, '\n');
	return print(who, &out);
}

static int load(const struct options *o, bool look, struct arena *a, struct gateway_config *ret,
    struct err *err)
{
	int r = crypto_init(err);

	if (r == 0)
		r = gateway_config_load(o->config, a, ret, err);
	if (r == 0 && look)
		r = config_look(ret, err);
	return r;
}

static int run(const struct argp *argp, const char *who, bool check, int argc, char **argv)
{
	struct options o = { .json = false };
	struct gateway_config c;
	struct arena *a = arena_new(0, 0);
	struct err err = { .code = 0 };
	int code;

	verb_parse(argp, argc, argv, &o);
	if (!a)
		(void)err_set(&err, E_NOMEM, "%s", _("Memory ran out."));
	if (!a || load(&o, check, a, &c, &err) < 0)
		code = tell_problem(&o, who, &err);
	else
		code = check ? print_fine(&o, who) : print_values(&o, who, &c);
	arena_free(&a);
	return code;
}

int verb_config_show(int argc, char **argv)
{
	return run(&config_show_argp, "varco config show", false, argc, argv);
}

int verb_config_check(int argc, char **argv)
{
	return run(&config_check_argp, "varco config check", true, argc, argv);
}

/* --- explain ---------------------------------------------------------------------------------- */

static const char *const types[] = {
	[CONFIG_STR] = N_("a text"),
	[CONFIG_INT] = N_("a whole number"),
	[CONFIG_BOOL] = N_("true or false"),
	[CONFIG_ENUM] = N_("a word"),
};

static void explain_option(const struct config_option *o, struct buf *out)
{
	char name[CONFIG_ENV_MAX];

	config_env_name(o, name);
	buf_addf(out, "%s.%s\n  %s\n  ", o->section, o->key, _(o->doc));
	if (o->type == CONFIG_INT)
		buf_addf(out, _("It takes a whole number from %lld to %lld."), (long long)o->min,
		    (long long)o->max);
	else
		buf_addf(
		    out, _("It takes %s."), o->type == CONFIG_ENUM ? o->values : _(types[o->type]));
	buf_add_char(out, ' ');
	if (o->dflt) {
		buf_addf(out, _("The default is %s."), o->dflt);
		buf_add_char(out, ' ');
	}
	buf_addf(out, _("In the environment it is %s."), name);
	buf_add_char(out, '\n');
}

static void write_option(const struct config_option *o, struct json_writer *w)
{
	static const char *const names[] = { [CONFIG_STR] = "string",
		[CONFIG_INT] = "integer",
		[CONFIG_BOOL] = "boolean",
		[CONFIG_ENUM] = "enum" };
	char name[CONFIG_ENV_MAX];

	config_env_name(o, name);
	jw_object(w);
	jw_member_c(w, "section", o->section);
	jw_member_c(w, "key", o->key);
	jw_member_c(w, "type", names[o->type]);
	jw_member_c(w, "default", o->dflt);
	jw_member_c(w, "values", o->values);
	if (o->type == CONFIG_INT) {
		jw_member_int(w, "min", o->min);
		jw_member_int(w, "max", o->max);
	}
	jw_member_c(w, "environment", name);
	jw_member_c(w, "doc", _(o->doc));
	jw_object_end(w);
}

/* "listen" alone will do where no other section has such a key; a section alone means all of it. */
static bool is_meant(const struct config_option *o, const char *key)
{
	struct str name = str_c(key), section = str_cut(&name, '.');

	if (!name.p)
		return str_eq_c(section, o->section) || str_eq_c(section, o->key);
	return str_eq_c(section, o->section) && str_eq_c(name, o->key);
}

static bool write_explained(const struct options *o, struct buf *out)
{
	struct json_writer w;
	size_t n = 0;

	jw_init(&w, out);
	if (o->json)
		jw_array(&w);
	for (size_t i = 0; i < gateway_options_len; i++) {
		if (o->key && !is_meant(&gateway_options[i], o->key))
			continue;
		if (o->json)
			write_option(&gateway_options[i], &w);
		else
			explain_option(&gateway_options[i], out);
		n++;
	}
	if (o->json) {
		jw_array_end(&w);
		buf_add_char(out, '\n');
	}
	return n > 0;
}

int verb_config_explain(int argc, char **argv)
{
	static const char who[] = "varco config explain";
	struct options o = { .json = false };
	char nearest[CONFIG_ENV_MAX];
	struct buf out;

	verb_parse(&config_explain_argp, argc, argv, &o);
	buf_init(&out, 0);
	if (write_explained(&o, &out))
		return print(who, &out);
	buf_done(&out);
	verb_complainf(who, _("There is no key \"%s\"; the nearest is \"%s\"."), o.key,
	    nearest_name(o.key, nearest));
	return EXIT_USAGE;
}
