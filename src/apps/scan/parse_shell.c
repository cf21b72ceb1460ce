/* Commands that install, run or drive: in scripts, Dockerfiles, pipelines and notebooks.
 *
 * Not a shell: a line is cut at what separates commands, and each command is looked up by its first
 * words. Arguments that are options or values of options are passed over. */
#include <string.h>

#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "base/check.h"

enum arguments {
	ARGS_NPM,  /* name@version, aliases */
	ARGS_NPX,  /* the first is the package, the others are its own */
	ARGS_PYPI, /* requirements */
	ARGS_GO,   /* module@version */
	ARGS_GEM,
	ARGS_COMPOSER, /* name:constraint */
	ARGS_CARGO,
	ARGS_NUGET,   /* the last */
	ARGS_DOCKER,  /* the first that is no option */
	ARGS_APK,     /* adb install some.apk */
	ARGS_FLATPAK, /* remote and application */
	ARGS_GIT,     /* the address of a repository */
};

static const struct command {
	const char *words; /* as many as begin the command */
	enum arguments arguments;
} commands[] = {
	{ "npm install", ARGS_NPM },
	{ "npm i", ARGS_NPM },
	{ "npm add", ARGS_NPM },
	{ "yarn add", ARGS_NPM },
	{ "yarn global add", ARGS_NPM },
	{ "pnpm add", ARGS_NPM },
	{ "pnpm install", ARGS_NPM },
	{ "pnpm i", ARGS_NPM },
	{ "bun add", ARGS_NPM },
	{ "bun install", ARGS_NPM },
	{ "bun i", ARGS_NPM },
	{ "npx", ARGS_NPX },
	{ "bunx", ARGS_NPX },
	{ "npm exec", ARGS_NPX },
	{ "yarn dlx", ARGS_NPX },
	{ "pnpm dlx", ARGS_NPX },
	{ "pip install", ARGS_PYPI },
	{ "pip3 install", ARGS_PYPI },
	{ "python -m pip install", ARGS_PYPI },
	{ "python3 -m pip install", ARGS_PYPI },
	{ "py -m pip install", ARGS_PYPI },
	{ "uv pip install", ARGS_PYPI },
	{ "uv add", ARGS_PYPI },
	{ "poetry add", ARGS_PYPI },
	{ "pipenv install", ARGS_PYPI },
	{ "pipx install", ARGS_PYPI },
	{ "pipx run", ARGS_PYPI },
	{ "pdm add", ARGS_PYPI },
	{ "conda install", ARGS_PYPI },
	{ "go get", ARGS_GO },
	{ "go install", ARGS_GO },
	{ "go run", ARGS_GO },
	{ "gem install", ARGS_GEM },
	{ "bundle add", ARGS_GEM },
	{ "composer require", ARGS_COMPOSER },
	{ "composer global require", ARGS_COMPOSER },
	{ "cargo add", ARGS_CARGO },
	{ "cargo install", ARGS_CARGO },
	{ "dotnet add package", ARGS_NUGET },
	{ "dotnet add", ARGS_NUGET },
	{ "Install-Package", ARGS_NUGET },
	{ "nuget install", ARGS_NUGET },
	{ "docker run", ARGS_DOCKER },
	{ "docker pull", ARGS_DOCKER },
	{ "docker create", ARGS_DOCKER },
	{ "docker container run", ARGS_DOCKER },
	{ "docker service create", ARGS_DOCKER },
	{ "podman run", ARGS_DOCKER },
	{ "podman pull", ARGS_DOCKER },
	{ "nerdctl run", ARGS_DOCKER },
	{ "adb install", ARGS_APK },
	{ "flatpak install", ARGS_FLATPAK },
	{ "flatpak run", ARGS_FLATPAK },
	{ "git clone", ARGS_GIT },
	{ "git submodule add", ARGS_GIT },
};

/* Options of docker run whose value is the next word. */
static const char *const docker_values[] = { "-p", "--publish", "-v", "--volume", "-e", "--env",
	"--name", "--network", "--net", "-w", "--workdir", "-u", "--user", "--entrypoint",
	"--restart", "--env-file", "-m", "--memory", "--cpus", "-h", "--hostname", "-l", "--label",
	"--mount", "--platform", "--add-host", "--device", "--link", "--log-driver", "--log-opt",
	"--shm-size", "--cap-add", "--security-opt", "--ulimit", "--pull", "--gpus", "--replicas",
	"--tmpfs" };

/* And of the package managers. */
static const char *const install_values[] = { "-r", "--requirement", "-c", "--constraint", "-i",
	"--index-url", "--extra-index-url", "-t", "--target", "--prefix", "--registry", "-v",
	"--version", "--source", "-Version", "--group", "-G", "-n", "-w", "--filter", "-F",
	"--features", "--tag", "-C", "-s" };

static bool is_one_of(struct str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_c(word, words[i]))
			return true;
	return false;
}

/* A repository that a command fetches is asked for, as by a manifest. */
static bool say_fetched(struct say *s, struct str word, bool bare)
{
	struct say asked = *s;

	asked.how = FACT_DECLARED;
	bool is = say_repository(&asked, word, bare);
	s->full = asked.full;
	return is;
}

static void say_npm_argument(struct say *s, struct str word)
{
	struct str version, name = npm_name_of(word, &version);

	if (say_fetched(s, word, text_has(word, "#")))
		return;
	if (name.len && name.p[0] != '.' && name.p[0] != '/' &&
	    text_name_len(name, "@/-_.") == name.len)
		npm_say_dependency(s, name, version);
}

#define APK_NAME_MIN 8 /* shorter ones are words */

/* "com.example.apk" is the package; "Example_v17.apk" is taken for com.Example. */
static void say_apk(struct say *s, struct str file, struct str at)
{
	struct str stem = str_n(file.p, text_find(file, STR(".apk")));
	const struct str parts[] = { STR("com."), str_n(stem.p, text_name_len(stem, "")) };

	if (stem.len == file.len || parts[1].len < APK_NAME_MIN)
		return;
	struct str name = text_starts_nocase(stem, "com.") ? stem
							   : arena_join(s->in->arena, parts, 2);
	say_fact(s, FACT_ANDROID, name, STR_NONE, at);
}

static void say_argument(struct say *s, enum arguments how, struct str word)
{
	word = text_unquote(word);
	struct str name = str_n(word.p, text_find(word, STR("@")));

	switch (how) {
	case ARGS_NPM:
	case ARGS_NPX:
		say_npm_argument(s, word);
		break;
	case ARGS_PYPI:
		if (text_has(word, "://"))
			say_fetched(s, word, false);
		else
			pypi_say_requirement(s, word);
		break;
	case ARGS_COMPOSER:
		name = str_n(word.p, text_find(word, STR(":")));
		if (text_has(name, "/"))
			say_package(s, name, STR_NONE, name);
		break;
	case ARGS_DOCKER:
		docker_say_image(s, word);
		break;
	case ARGS_GO:
		if (text_has(name, ".") && text_has(name, "/") && name.p[0] != '.')
			say_package(s, name, STR_NONE, name);
		break;
	case ARGS_APK:
		say_apk(s, text_base(word), word);
		break;
	case ARGS_GIT:
		say_fetched(s, word, false);
		break;
	case ARGS_GEM:
	case ARGS_FLATPAK:
	case ARGS_CARGO:
	case ARGS_NUGET:
		name = str_n(word.p, text_find(word, STR(":")));
		if (text_name_len(name, "-_.") == name.len)
			say_package(s, name, STR_NONE, name);
		break;
	}
}

static enum scan_ecosystem ecosystem_of(enum arguments how)
{
	static const enum scan_ecosystem ecosystems[] = { [ARGS_NPM] = SCAN_ECO_NPM,
		[ARGS_NPX] = SCAN_ECO_NPM,
		[ARGS_PYPI] = SCAN_ECO_PYPI,
		[ARGS_GO] = SCAN_ECO_GO,
		[ARGS_GEM] = SCAN_ECO_RUBYGEMS,
		[ARGS_COMPOSER] = SCAN_ECO_PACKAGIST,
		[ARGS_CARGO] = SCAN_ECO_CARGO,
		[ARGS_NUGET] = SCAN_ECO_NUGET,
		[ARGS_DOCKER] = SCAN_ECO_DOCKER,
		[ARGS_APK] = SCAN_ECO_ANDROID,
		[ARGS_FLATPAK] = SCAN_ECO_LINUX,
		[ARGS_GIT] = SCAN_ECO_NPM };

	return ecosystems[how];
}

static bool say_arguments(const struct parse_in *in, enum arguments how, struct str rest)
{
	bool first_only = how == ARGS_NPX || how == ARGS_DOCKER || how == ARGS_GO;
	struct say s = { in, ecosystem_of(how), FACT_USED, SURE_USED, false, false };
	bool docker = how == ARGS_DOCKER;

	if (how == ARGS_APK)
		s.how = FACT_INSTALLED;
	for (struct str word = text_word(&rest); word.len && !s.full; word = text_word(&rest)) {
		if (word.p[0] == '#')
			break;
		if (word.p[0] == '-') {
			bool takes = docker
			    ? is_one_of(word, docker_values, ARRAY_LEN(docker_values))
			    : is_one_of(word, install_values, ARRAY_LEN(install_values));
			if (takes && how != ARGS_APK && how != ARGS_FLATPAK)
				text_word(&rest);
			continue;
		}
		if (word.p[0] == '>' || word.p[0] == '<')
			break;
		if (word.p[0] == '\\' || word.p[0] == '^')
			continue;
		say_argument(&s, how, word);
		if (first_only)
			break;
	}
	return !s.full;
}

/* What stands before the command itself. */
static struct str without_prefix(struct str command)
{
	static const char *const prefixes[] = { "RUN", "CMD", "ENTRYPOINT", "-", "$", ">", "!", "%",
		"@", "sudo", "exec", "time", "then", "do", "else", "nohup", "call", "&", "-E",
		"env" };

	for (;;) {
		struct str rest = command, word = text_word(&rest);
		size_t i = 0;
		while (i < ARRAY_LEN(prefixes) && !str_eq_c(word, prefixes[i]))
			i++;
		bool assignment = text_has(word, "=") && word.p[0] != '=' && word.p[0] != '"';
		bool mount = str_starts(word, STR("--mount="));
		if (!word.len || (i == ARRAY_LEN(prefixes) && !assignment && !mount))
			return str_trim(command);
		command = rest;
	}
}

/* Does the command begin with these words? Options may stand between them ("npm --silent install"). */
static bool begins(struct str command, const char *words, struct str *ret_rest)
{
	struct str want = str_c(words), rest = command;

	while (want.len) {
		struct str one = str_cut(&want, ' '), word = text_word(&rest);
		while (rest.len && str_starts(word, STR("--")) && one.p != words)
			word = text_word(&rest);
		if (one.p == words)
			word = text_base(word);
		if (!str_eq(word, one))
			return false;
		struct str more = rest;
		if (str_eq_c(word, "adb") && str_eq_c(text_word(&more), "-s")) {
			text_word(&more); /* which of the phones */
			rest = more;
		}
	}
	*ret_rest = rest;
	return true;
}

/* Facts of a line that was rewritten in a copy of the same length. */
struct moved {
	const struct fact_sink *sink;
	size_t by;
};

static bool give_moved(void *arg, const struct fact *fact)
{
	const struct moved *m = arg;
	struct fact f = *fact;

	f.offset += m->by;
	return m->sink->give(m->sink->arg, &f);
}

bool shell_say_list(const struct parse_in *in, struct str list)
{
	struct moved m = { in->sink, parse_offset(in, list) };
	struct fact_sink sink = { give_moved, &m };
	struct parse_in copy = *in;

	copy.text = arena_str(in->arena, list);
	copy.sink = &sink;
	if (!copy.text.p)
		return true;
	for (size_t i = 0; i < copy.text.len; i++) {
		if (strchr("[]\"',\n\r\t", copy.text.p[i]))
			((char *)(uintptr_t)copy.text.p)[i] = ' ';
	}
	return shell_say_command(&copy, copy.text);
}

static bool say_one(const struct parse_in *in, struct str command)
{
	struct str rest;

	command = without_prefix(command);
	while (command.len && strchr("!%$({@[\"'", command.p[0]))
		command = text_from(command, 1);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (!begins(command, commands[i].words, &rest))
			continue;
		return say_arguments(in, commands[i].arguments, rest);
	}
	return true;
}

/* Where the next command on the line begins: behind ';', '&&', '||', '|', '$(' */
static size_t command_end(struct str s)
{
	char quote = '\0';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == ';' || c == '|' || c == '`' ||
		    (c == '&' && i + 1 < s.len && s.p[i + 1] == '&'))
			return i;
		else if (c == '#' && i && text_is_space(s.p[i - 1]))
			return s.len;
	}
	return s.len;
}

/* RUN ["npm", "install", "x"]: the exec form of Dockerfiles. */
static bool is_list(struct str line)
{
	struct str command = without_prefix(line);

	return command.p != line.p && str_starts(command, STR("[")) && text_has(command, "\"") &&
	    line.p[line.len - 1] == ']';
}

bool shell_say_command(const struct parse_in *in, struct str line)
{
	struct str rest = str_trim(line);

	if (rest.len && rest.p[0] == '#')
		return true;
	if (rest.len && is_list(rest))
		return shell_say_list(in, without_prefix(rest));
	while (rest.len) {
		size_t end = command_end(rest);
		if (!say_one(in, str_n(rest.p, end)))
			return false;
		rest = text_from(rest, end);
		while (rest.len && strchr(";|&` ", rest.p[0]))
			rest = text_from(rest, 1);
	}
	return true;
}

/* A line that ends in a backslash goes on; the view of both still lies in the text. */
static bool goes_on(struct str line)
{
	line = str_trim(line);
	return line.len && (line.p[line.len - 1] == '\\' || line.p[line.len - 1] == '^');
}

bool shell_next_line(struct lines *l, struct str *ret_line)
{
	struct str more;

	if (!lines_next(l, ret_line))
		return false;
	bool comment = str_starts(str_trim(*ret_line), STR("#"));
	while (!comment && goes_on(*ret_line) && lines_next(l, &more))
		ret_line->len = (size_t)(more.p - ret_line->p) + more.len;
	return true;
}

/* Where the line that begins at `at` ends: at its line end, or the text's. */
static size_t line_end(struct str s, size_t at)
{
	while (at < s.len && s.p[at] != '\n' && s.p[at] != '\r')
		at++;
	return at;
}

static size_t behind_line_end(struct str s, size_t end)
{
	bool both = end + 1 < s.len && s.p[end] == '\r' && s.p[end + 1] == '\n';

	return end < s.len ? end + 1 + both : end;
}

/* The last letter of the line, when it is the backslash by which it goes on; else `end`. */
static size_t backslash_of(struct str s, size_t at, size_t end)
{
	size_t i = end;

	while (i > at && (s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
		i--;
	return i > at && s.p[i - 1] == '\\' ? i - 1 : end;
}

static bool says_nothing(struct str s, size_t at, size_t end)
{
	struct str line = str_trim(str_sub(s, at, end - at));

	return !line.len || line.p[0] == '#';
}

/* Blanks instead of the backslash and the line end, and of lines that say nothing. */
static size_t unfold_one(char *p, struct str s, size_t slash, size_t end, bool docker)
{
	size_t next = behind_line_end(s, end);

	memset(p + slash, ' ', next - slash);
	while (docker && next < s.len) {
		size_t stop = line_end(s, next), behind = behind_line_end(s, stop);
		if (!says_nothing(s, next, stop))
			break;
		memset(p + next, ' ', behind - next);
		next = behind;
	}
	return next;
}

struct str shell_unfold(struct arena *a, struct str text, bool docker)
{
	char *copy = text.len && memchr(text.p, '\\', text.len) ? arena_alloc(a, text.len) : NULL;

	if (!copy)
		return text;
	memcpy(copy, text.p, text.len);
	for (size_t at = 0, first = 0; at < text.len;) {
		size_t end = line_end(text, at), slash = backslash_of(text, at, end);
		bool goes_on = slash < end && end < text.len &&
		    (at != first || !says_nothing(text, at, end));
		at = goes_on ? unfold_one(copy, text, slash, end, docker)
			     : behind_line_end(text, end);
		first = goes_on ? first : at;
	}
	return str_n(copy, text.len);
}

bool shell_say_lines(const struct parse_in *in, struct str text)
{
	struct moved m = { in->sink, parse_offset(in, text) };
	struct fact_sink sink = { give_moved, &m };
	struct parse_in copy = *in;
	struct str line;

	copy.text = shell_unfold(in->arena, text, false);
	copy.sink = &sink;
	struct lines l = { copy.text };
	while (shell_next_line(&l, &line))
		if (!shell_say_command(&copy, line))
			return false;
	return true;
}

/* Scripts write compose files: "image: owner/name" on a line of its own. */
static bool say_written_images(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_DOCKER, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = str_trim(line), key = text_word(&rest), image = text_word(&rest);
		if (str_eq_c(key, "image:") && text_has(image, "/"))
			docker_say_image(&s, image);
	}
	return !s.full;
}

int parse_shell(const struct parse_in *in)
{
	bool more = shell_say_lines(in, in->text) && say_written_images(in);

	return more ? 0 : 1; /* what it calls is code */
}

/* Units of systemd and of podman, programs of supervisord: ExecStart=…, Image=…, command=… */
int parse_unit(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_DOCKER, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;
	bool more = true;

	while (more && !s.full && shell_next_line(&l, &line)) {
		struct str value = line, key = str_trim(str_cut(&value, '='));
		if (!value.p)
			continue;
		value = str_trim(value);
		if (str_eq_c(key, "Image"))
			docker_say_image(&s, value);
		while (value.len && strchr("-@+!:", value.p[0]))
			value = text_from(value, 1);
		if (str_starts(key, STR("ExecStart")) || str_eq_c(key, "command"))
			more = shell_say_command(in, value);
	}
	return !more || s.full ? 1 : 0; /* what else is in it is read like any other text */
}

/* --- notebooks ----------------------------------------------------------------------------------- */

static bool say_cell_line(const struct parse_in *in, struct str line)
{
	line.len = text_find(line, STR("\\n"));
	return shell_say_command(in, line) && import_say_lines(in, line, STR(".py"));
}

/* A cell's lines are strings of a list: each is read by itself. */
int parse_notebook(const struct parse_in *in)
{
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	for (const struct node *c = node_first(node_get(root, "cells")); c; c = c->next) {
		bool code = str_eq_c(node_str(node_get(c, "cell_type")), "code");
		const struct node *n = code ? node_first(node_get(c, "source")) : NULL;
		for (; n; n = n->next)
			if (!say_cell_line(in, node_str(n)))
				return 1;
	}
	return 0;
}
