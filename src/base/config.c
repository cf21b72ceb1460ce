/* inih takes lines apart; this file feeds it line by line, so that at every moment the line in
 * hand, its number and its columns are known, and sets what it finds by the table. Two freedoms
 * of inih are taken away: values that go on in an indented next line (blanks in front of a line
 * mean nothing here), and lines longer than its buffer, which it would cut in two.
 *
 * Only the first error counts; what comes behind it is still read, and forgotten. */
#include "base/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/text.h"

#define FILE_MOST ((size_t)256 * 1024)
#define NAME_MOST (2 * LOG_QUOTED_MAX)
#define SENTENCE_MOST 320
#define BOM STR("\xef\xbb\xbf")

struct load {
	const struct config_option *options;
	size_t n;
	void *target;
	struct arena *arena;
	struct err *err;
	int rc;           /* of the first error, the one that *err tells */
	int rc_line;      /* and its line; 0 when it is of none */
	const char *name; /* of the file */
	struct str rest;  /* lines not yet read */
	struct str line;  /* the one in hand, without its end */
	int line_no;      /* from 1 */
	bool *seen;       /* one an option: the file has set it */
};

/* --- values --- */

static int parse_int(const struct config_option *o, struct str text, int64_t *ret)
{
	int64_t n;
	int rc = str_to_i64(text, &n);

	if (rc)
		return rc;
	if (n < o->min || n > o->max)
		return -E_RANGE;
	*ret = n;
	return 0;
}

static int parse_bool(struct str text, bool *ret)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_eq_nocase(text, str_c(words[i])))
			continue;
		*ret = i % 2;
		return 0;
	}
	return -E_INVALID;
}

static int parse_enum(const struct config_option *o, struct str text, int64_t *ret)
{
	struct str values = str_c(o->values);

	for (int64_t i = 0; values.p; i++) {
		if (!str_eq(str_cut(&values, '|'), text))
			continue;
		*ret = i;
		return 0;
	}
	return -E_INVALID;
}

static int keep_text(struct arena *a, struct str text, const char **ret)
{
	const char *copy = arena_c(a, text);

	if (!copy)
		return -E_NOMEM;
	*ret = copy;
	return 0;
}

static int set_field(struct load *l, const struct config_option *o, struct str text)
{
	void *field = (char *)l->target + o->offset;

	switch (o->type) {
	case CONFIG_INT:
		return parse_int(o, text, field);
	case CONFIG_BOOL:
		return parse_bool(text, field);
	case CONFIG_ENUM:
		return parse_enum(o, text, field);
	default:
		return keep_text(l->arena, text, field);
	}
}

static void clear_field(struct load *l, const struct config_option *o)
{
	void *field = (char *)l->target + o->offset;

	if (o->type == CONFIG_STR)
		*(const char **)field = NULL;
	else if (o->type == CONFIG_BOOL)
		*(bool *)field = false;
	else
		*(int64_t *)field = 0;
}

/* --- errors --- */

static void fail_memory(struct load *l)
{
	if (l->rc == 0)
		l->rc = err_set(
		    l->err, E_NOMEM, "%s", _("There is no memory left for the configuration."));
}

static void fail_at(
    struct load *l, struct str place, enum err_code code, const char *field, const char *sentence)
{
	size_t column = (size_t)(place.p - l->line.p) + 1;

	if (l->rc)
		return;
	l->rc_line = l->line_no;
	l->rc = err_field(
	    l->err, code, field, "%s:%d:%zu: %s", l->name, l->line_no, column, sentence);
}

static void describe(const char *section, const char *key, char out[NAME_MOST])
{
	char s[LOG_QUOTED_MAX], k[LOG_QUOTED_MAX];

	(void)snprintf(
	    out, NAME_MOST, "%s.%s", log_quoted(str_c(section), s), log_quoted(str_c(key), k));
}

/* What is wrong with a value, and what it must be. */
static void describe_value(const struct config_option *o, const char *what, char out[SENTENCE_MOST])
{
	switch (o->type) {
	case CONFIG_INT:
		(void)snprintf(out, SENTENCE_MOST,
		    _("%s must be a whole number from %lld to %lld."), what, (long long)o->min,
		    (long long)o->max);
		break;
	case CONFIG_BOOL:
		(void)snprintf(out, SENTENCE_MOST, _("%s must be true or false."), what);
		break;
	default:
		(void)snprintf(out, SENTENCE_MOST, _("%s must be one of %s."), what, o->values);
		break;
	}
}

/* Where in the line the value is; without one, the line's end. */
static struct str value_in(struct str line)
{
	size_t i = 0;

	while (i < line.len && line.p[i] != '=' && line.p[i] != ':')
		i++;
	return str_trim(str_sub(line, i + 1, line.len));
}

static const struct config_option *find_option(
    const struct load *l, const char *section, const char *key)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct config_option *o = &l->options[i];
		if (strcmp(o->section, section) == 0 && strcmp(o->key, key) == 0)
			return o;
	}
	return NULL;
}

static bool has_section(const struct load *l, struct str section)
{
	for (size_t i = 0; i < l->n; i++) {
		if (str_eq_c(section, l->options[i].section))
			return true;
	}
	return false;
}

static const char *nearest_section(const struct load *l, struct str section)
{
	const char *nearest = l->options[0].section;

	for (size_t i = 1; i < l->n; i++) {
		const char *other = l->options[i].section;
		if (text_distance(section, str_c(other)) < text_distance(section, str_c(nearest)))
			nearest = other;
	}
	return nearest;
}

/* The same key of another section is nearer than any other key of this one. */
static const struct config_option *nearest_option(
    const struct load *l, const char *section, const char *key)
{
	const struct config_option *nearest = NULL;
	unsigned best = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct config_option *o = &l->options[i];
		unsigned distance = text_distance(str_c(key), str_c(o->key));
		if (strcmp(o->section, section) != 0 && distance > 0)
			continue;
		if (nearest && distance >= best)
			continue;
		nearest = o;
		best = distance;
	}
	return nearest;
}

static void fail_unknown_section(struct load *l, struct str place, struct str section)
{
	char name[LOG_QUOTED_MAX], sentence[SENTENCE_MOST];

	(void)log_quoted(section, name);
	(void)snprintf(sentence, sizeof(sentence),
	    _("There is no section [%s]; the nearest is [%s]."), name, nearest_section(l, section));
	fail_at(l, place, E_INVALID, name, sentence);
}

static void fail_unknown_key(struct load *l, const char *section, const char *key)
{
	const struct config_option *o = nearest_option(l, section, key);
	char name[NAME_MOST], quoted[LOG_QUOTED_MAX], sentence[SENTENCE_MOST];

	describe(section, key, name);
	(void)snprintf(sentence, sizeof(sentence),
	    _("There is no key \"%s\" in [%s]; the nearest is \"%s\" in [%s]."),
	    log_quoted(str_c(key), quoted), section, o->key, o->section);
	fail_at(l, str_trim(l->line), E_INVALID, name, sentence);
}

/* --- lines --- */

/* A heading is looked at here, because inih says nothing about an unknown one without keys, nor
 * about what stands behind it. */
static void check_heading(struct load *l, struct str line)
{
	struct str rest = str_sub(line, 1, line.len);
	struct str section = str_cut(&rest, ']');
	struct str behind = str_trim(rest);

	if (!rest.p)
		fail_at(l, line, E_INVALID, "", _("This [section] has no closing bracket."));
	else if (behind.len && behind.p[0] != ';' && behind.p[0] != '#')
		fail_at(
		    l, behind, E_INVALID, "", _("Nothing but a comment may follow a [section]."));
	else if (!has_section(l, section))
		fail_unknown_section(l, section, section);
}

/* inih's fgets: one line, without the blanks in front of it. */
static char *next_line(char *out, int size, void *stream)
{
	struct load *l = stream;

	if (!l->rest.p || l->rc == -E_NOMEM)
		return NULL;
	l->line = str_cut(&l->rest, '\n');
	l->line_no++;
	struct str line = str_trim(l->line);
	if (line.len && line.p[0] == '[')
		check_heading(l, line);
	if (line.len + 2 > (size_t)size) {
		fail_at(l, line, E_TOO_LARGE, "", _("This line is too long."));
		line = STR("");
	}
	if (line.len)
		memcpy(out, line.p, line.len);
	memcpy(out + line.len, "\n", 2);
	return out;
}

static void set_option(struct load *l, const struct config_option *o, const char *value)
{
	char name[NAME_MOST], sentence[SENTENCE_MOST];
	size_t i = (size_t)(o - l->options);

	describe(o->section, o->key, name);
	if (l->seen[i]) {
		(void)snprintf(sentence, sizeof(sentence), _("%s is set a second time."), name);
		fail_at(l, str_trim(l->line), E_CONFLICT, name, sentence);
		return;
	}
	l->seen[i] = true;
	int rc = set_field(l, o, str_c(value));
	if (rc == -E_NOMEM) {
		fail_memory(l);
	} else if (rc) {
		describe_value(o, name, sentence);
		fail_at(l, value_in(l->line), (enum err_code) - rc, name, sentence);
	}
}

/* inih's handler: 1 is success. */
static int on_key(void *user, const char *section, const char *key, const char *value)
{
	struct load *l = user;
	const struct config_option *o = find_option(l, section, key);

	if (o)
		set_option(l, o, value);
	else if (section[0] == '\0')
		fail_at(l, str_trim(l->line), E_INVALID, "",
		    _("This key stands before any [section]."));
	else if (has_section(l, str_c(section)))
		fail_unknown_key(l, section, key);
	return l->rc == 0;
}

static void set_defaults(struct load *l)
{
	for (size_t i = 0; i < l->n && l->rc == 0; i++) {
		const struct config_option *o = &l->options[i];
		clear_field(l, o);
		int rc = o->dflt ? set_field(l, o, str_c(o->dflt)) : 0;
		ASSERT(rc == 0 || rc == -E_NOMEM);
		if (rc)
			fail_memory(l);
	}
}

/* inih only tells the number of the first line that it, or on_key, did not like, and only at the
 * end. */
static void parse_lines(struct load *l)
{
	int bad_line = ini_parse_stream(next_line, l, on_key, l);

	if (bad_line == 0 || (l->rc && l->rc_line <= bad_line))
		return;
	l->rc = err_set(l->err, E_INVALID, "%s:%d:1: %s", l->name, bad_line,
	    _("This is neither a [section] nor a key = value."));
}

static void parse_text(struct load *l, struct str text)
{
	if (text.len && memchr(text.p, '\0', text.len)) {
		l->rc = err_set(
		    l->err, E_INVALID, _("%s holds a zero byte; it must be a text."), l->name);
		return;
	}
	l->rest = str_starts(text, BOM) ? str_sub(text, BOM.len, text.len) : text;
	l->seen = mem_alloc(l->n * sizeof(*l->seen));
	if (l->seen)
		parse_lines(l);
	else
		fail_memory(l);
	MEM_FREE(&l->seen);
}

int config_parse(const struct config_option *options, size_t n, const char *name, struct str text,
    struct arena *a, void *target, struct err *err)
{
	struct load l = {
		.options = options, .n = n, .target = target, .arena = a, .err = err, .name = name
	};

	set_defaults(&l);
	if (l.rc == 0)
		parse_text(&l, text);
	return l.rc;
}

/* --- file and environment --- */

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* "PREFIX_SECTION_KEY" of the option into `out`. */
static void environment_name(const struct config_option *o, const char *prefix, char out[NAME_MOST])
{
	int len = snprintf(out, NAME_MOST, "%s_%s_%s", prefix, o->section, o->key);

	ASSERT(len > 0 && len < NAME_MOST);
	for (char *c = out; *c; c++)
		*c = upper(*c);
}

static void set_from_environment(struct load *l, const struct config_option *o, const char *prefix)
{
	char name[NAME_MOST], field[NAME_MOST], sentence[SENTENCE_MOST];

	environment_name(o, prefix, name);
	const char *value = getenv(name);
	int rc = value ? set_field(l, o, str_c(value)) : 0;
	if (rc == -E_NOMEM) {
		fail_memory(l);
	} else if (rc && l->rc == 0) {
		describe(o->section, o->key, field);
		describe_value(o, name, sentence);
		l->rc = err_field(
		    l->err, (enum err_code) - rc, field, _("In the environment, %s"), sentence);
	}
}

static int read_config(const char *path, struct buf *out, struct err *err)
{
	return path ? file_read(path, FILE_MOST, out, err) : 0;
}

/* A variable that names a section of ours and no key of it is a slip of the pen; other programs' are none of ours. */
static void check_environment(struct load *l, const char *entry, const char *prefix)
{
	struct str rest = str_c(entry), name = str_cut(&rest, '=');
	const char *nearest = NULL;
	char known[NAME_MOST], best[NAME_MOST] = "";
	unsigned distance = UINT_MAX;

	for (size_t i = 0; i < l->n; i++) {
		environment_name(&l->options[i], prefix, known);
		size_t head = strlen(prefix) + strlen(l->options[i].section) + 2;
		if (str_eq_c(name, known))
			return;
		if (!str_starts(name, str_n(known, head)))
			continue;
		unsigned d = text_distance(name, str_c(known));
		if (d < distance) {
			distance = d;
			memcpy(best, known, sizeof(best));
			nearest = best;
		}
	}
	if (nearest)
		l->rc = err_field(l->err, E_INVALID, nearest,
		    _("The environment names an option that does not exist, %.*s; the nearest is %s."),
		    STR_ARG(str_sub(name, 0, NAME_MOST)), nearest);
}

int config_load(const struct config_option *options, size_t n, const char *path,
    const char *env_prefix, struct arena *a, void *target, struct err *err)
{
	struct load l = { .options = options, .n = n, .target = target, .arena = a, .err = err };
	struct buf file;

	buf_init(&file, 0);
	l.rc = read_config(path, &file, err);
	if (l.rc == 0)
		l.rc = config_parse(options, n, path ? path : "", buf_str(&file), a, target, err);
	for (size_t i = 0; i < n && l.rc == 0; i++)
		set_from_environment(&l, &options[i], env_prefix);
	for (char **entry = environ; l.rc == 0 && *entry; entry++)
		check_environment(&l, *entry, env_prefix);
	buf_done(&file);
	return l.rc;
}

/* --- printing --- */

static struct str enum_word(const struct config_option *o, int64_t index)
{
	struct str values = str_c(o->values), word = STR_NONE;

	for (int64_t i = 0; i <= index && values.p; i++)
		word = str_cut(&values, '|');
	return word;
}

static void print_value(const struct config_option *o, const void *field, struct buf *out)
{
	switch (o->type) {
	case CONFIG_INT:
		buf_addf(out, "%lld", (long long)*(const int64_t *)field);
		break;
	case CONFIG_BOOL:
		buf_add_c(out, *(const bool *)field ? "true" : "false");
		break;
	case CONFIG_ENUM:
		buf_add(out, enum_word(o, *(const int64_t *)field));
		break;
	default:
		buf_add_c(out, *(const char *const *)field);
		break;
	}
}

#define LONG_TEXT 100

/* Of a text that is not set, "key =" would make an empty one, so it is shown as a comment; one that
 * begins with a semicolon would be a comment behind a blank, and a line that was as long as a line
 * may be must not become longer. */
static const char *equals(const char *text)
{
	if (!text)
		return " =";
	return text[0] == ';' || strlen(text) > LONG_TEXT ? "=" : " = ";
}

static void print_option(const struct config_option *o, const void *target, struct buf *out)
{
	const void *field = (const char *)target + o->offset;
	const char *text = o->type == CONFIG_STR ? *(const char *const *)field : "";

	buf_addf(out, "; %s\n", _(o->doc));
	buf_addf(out, "%s%s%s", text ? "" : ";", o->key, equals(text));
	print_value(o, field, out);
	buf_add_char(out, '\n');
}

void config_print(
    const struct config_option *options, size_t n, const void *target, struct buf *out)
{
	const char *section = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!section || strcmp(section, options[i].section) != 0)
			buf_addf(out, "%s[%s]\n", section ? "\n" : "", options[i].section);
		section = options[i].section;
		print_option(&options[i], target, out);
	}
}
