/* Images in Dockerfiles, compose files, Kubernetes, Helm and pipelines. */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "base/check.h"

/* --- one image ----------------------------------------------------------------------------------- */

/* The first part of a name is a registry when it looks like a host. */
static bool is_registry(struct str part)
{
	return text_has(part, ".") || text_has(part, ":") || str_eq_c(part, "localhost");
}

static bool is_hub(struct str registry)
{
	static const char *const names[] = { "docker.io", "index.docker.io", "registry-1.docker.io",
		"registry.hub.docker.com" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_c(registry, names[i]))
			return true;
	return false;
}

/* "${REGISTRY:-docker.io}/owner/name": what stands for the default is read, the rest is cut. */
static struct str without_variable(struct str image)
{
	while (str_starts(image, STR("${")) || str_starts(image, STR("{{"))) {
		bool braces = image.p[0] == '{';
		size_t close = text_find(image, braces ? STR("}}") : STR("}"));
		size_t fallback = text_find(image, STR(":-"));
		size_t skip = close + (braces ? 2 : 1);
		if (!braces && fallback < close && close + 1 >= image.len)
			return str_n(image.p + fallback + 2, close - fallback - 2);
		image = text_from(image, skip);
		if (image.len && image.p[0] == '/')
			image = text_from(image, 1);
	}
	return image;
}

/* Only lower case, digits and a few marks make a name. */
static bool is_image_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-_./", c))))
			return false;
	}
	return name.len > 0;
}

void docker_say_image(struct say *s, struct str image)
{
	struct str rest = without_variable(text_unquote(image)), registry = STR_NONE,
		   tag = STR_NONE;

	if (str_starts(rest, STR("docker://")))
		rest = text_from(rest, 9);
	rest.len = text_find(rest, STR("@"));
	size_t slash = text_find(rest, STR("/"));
	if (slash < rest.len && is_registry(str_n(rest.p, slash))) {
		registry = str_n(rest.p, slash);
		rest = text_from(rest, slash + 1);
	}
	size_t colon = text_find(rest, STR(":"));
	if (colon < rest.len) {
		tag = text_from(rest, colon + 1);
		rest.len = colon;
	}
	if (!is_image_name(rest))
		return;
	struct fact f = { .kind = FACT_IMAGE,
		.how = s->how,
		.ecosystem = SCAN_ECO_DOCKER,
		.name = rest,
		.version = tag,
		.alias = registry.len && !is_hub(registry) ? registry : STR_NONE,
		.confidence = s->confidence };
	say_as(s, f, rest);
}

/* --- Dockerfile ---------------------------------------------------------------------------------- */

/* FROM [--platform=…] image [AS name]; COPY --from=image */
static void say_from(struct say *s, struct str words)
{
	struct str word = text_word(&words);

	while (str_starts(word, STR("--")))
		word = text_word(&words);
	if (!str_eq_c(word, "scratch"))
		docker_say_image(s, word);
}

static void say_copy(struct say *s, struct str words)
{
	struct str word = text_word(&words);

	for (; str_starts(word, STR("--")); word = text_word(&words))
		if (str_starts(word, STR("--from=")) && text_has(word, "/"))
			docker_say_image(s, text_from(word, 7));
}

/* ARG NAME=owner/image:tag, used by a FROM */
static void say_arg(struct say *s, struct str words)
{
	struct str value = text_word(&words);

	str_cut(&value, '=');
	if (text_has(value, "/") && !text_has(value, "://"))
		docker_say_image(s, value);
}

int parse_dockerfile(const struct parse_in *in)
{
	struct parse_in one_line = *in;
	struct say s = { &one_line, SCAN_ECO_DOCKER, FACT_USED, SURE_USED, false, false };
	struct str line;

	one_line.text = shell_unfold(in->arena, in->text, true);
	struct lines l = { one_line.text };
	while (!s.full && shell_next_line(&l, &line)) {
		struct str rest = str_trim(line);
		if (!rest.len || rest.p[0] == '#')
			continue;
		struct str words = rest, verb = text_word(&words);
		if (text_starts_nocase(verb, "FROM") && verb.len == 4)
			say_from(&s, words);
		else if (text_starts_nocase(verb, "COPY") && verb.len == 4)
			say_copy(&s, words);
		else if (text_starts_nocase(verb, "ARG") && verb.len == 3)
			say_arg(&s, words);
		else
			s.full = !shell_say_command(&one_line, rest);
	}
	return 1;
}

/* --- YAML ---------------------------------------------------------------------------------------- */

/* image: owner/name:tag, image: { repository: …, tag: … }, image: { name: … } */
static void say_image_node(struct say *s, const struct node *n)
{
	static const char *const keys[] = { "repository", "name" };

	if (node_is_text(n)) {
		docker_say_image(s, node_str(n));
		return;
	}
	struct str registry = node_str(node_get(n, "registry"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct str name = node_str(node_get(n, keys[i]));
		if (!name.len)
			continue;
		if (!is_registry(registry) || is_hub(registry)) {
			docker_say_image(s, name);
			return;
		}
		struct fact f = { .kind = FACT_IMAGE,
			.how = s->how,
			.ecosystem = SCAN_ECO_DOCKER,
			.name = name,
			.version = node_str(node_get(n, "tag")),
			.alias = registry,
			.confidence = s->confidence };
		say_as(s, f, name);
		return;
	}
}

/* image = "owner/name:tag", "image": "…", image => '…': wherever on the line. */
void docker_say_assigned(struct say *s, struct str line)
{
	struct str rest = line, value;

	for (size_t at = text_find(rest, STR("mage")); at < rest.len && !s->full;
	    at = text_find(rest, STR("mage"))) {
		rest = text_from(rest, at + 4);
		struct str after = text_from(rest, text_name_len(rest, "_"));
		while (after.len && strchr("\"' \t", after.p[0]))
			after = text_from(after, 1);
		if (!after.len || (after.p[0] != '=' && after.p[0] != ':'))
			continue;
		while (after.len && strchr("=:> \t", after.p[0]))
			after = text_from(after, 1);
		if (after.len && strchr("\"'`", after.p[0]) && text_quoted(&after, true, &value) &&
		    text_has(value, "/"))
			docker_say_image(s, value);
	}
}

/* Terraform, Nomad, Nix and the like */
int parse_hcl(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_DOCKER, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = str_trim(line);
		if (!str_starts(rest, STR("#")) && !str_starts(rest, STR("//")))
			docker_say_assigned(&s, rest);
	}
	return s.full; /* scripts in it are read like any other text */
}

static bool is_script_key(struct str key)
{
	static const char *const keys[] = { "run", "script", "before_script", "after_script",
		"command", "args", "entrypoint", "commands", "cmd", "shell" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (str_eq_c(key, keys[i]))
			return true;
	return false;
}

/* command: ["npx", "name"], or one word on each line: the words of one command. What lies between the
 * first and the last word is read as it stands in the text. */
static void say_exec(struct say *s, const struct node *n)
{
	const struct node *first = node_is(n, NODE_LIST) ? n->first : NULL, *last = first;

	while (last && last->next)
		last = last->next;
	if (!first || first == last || !node_is_text(first) || !node_is_text(last))
		return;
	struct str from = node_str(first), to = node_str(last);
	bool in_text = from.p >= s->in->text.p && to.p >= from.p &&
	    to.p + to.len <= s->in->text.p + s->in->text.len;
	if (in_text)
		s->full = s->full ||
		    !shell_say_list(s->in, str_n(from.p, (size_t)(to.p - from.p) + to.len));
}

static bool is_exec_key(struct str key)
{
	return str_eq_c(key, "command") || str_eq_c(key, "entrypoint") || str_eq_c(key, "args");
}

/* run: |, script: [ … ], command: … */
static void say_script(struct say *s, const struct node *n)
{
	if (node_is_text(n))
		s->full = !shell_say_lines(s->in, node_str(n));
	for (const struct node *c = node_is(n, NODE_LIST) ? n->first : NULL; c && !s->full;
	    c = c->next)
		if (node_is_text(c))
			s->full = !shell_say_lines(s->in, node_str(c));
	if (is_exec_key(n->key))
		say_exec(s, n);
}

static void say_yaml_node(struct say *s, const struct node *n)
{
	if (str_eq_c(n->key, "image") || str_eq_c(n->key, "imageName") ||
	    str_eq_c(n->key, "container"))
		say_image_node(s, n);
	else if (str_eq_c(n->key, "uses") && str_starts(node_str(n), STR("docker://")))
		docker_say_image(s, node_str(n));
	else if (str_eq_c(n->key, "newName") && text_has(node_str(n), "/")) /* kustomize */
		docker_say_image(s, node_str(n));
	else if (is_script_key(n->key))
		say_script(s, n);
	else if (str_eq_c(n->key, "services") && node_is(n, NODE_LIST)) /* pipelines of GitLab */
		for (const struct node *c = n->first; c; c = c->next)
			say_image_node(s, c);
}

int parse_container_yaml(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_DOCKER, FACT_USED, SURE_USED, false, false };
	const struct node *root, *n;
	int rc = tree_read_yaml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	struct node_walk w = { .next = root };
	while (!s.full && (n = node_walk_next(&w)))
		if (n->key.len)
			say_yaml_node(&s, n);
	return s.full; /* settings in it are read like any other text */
}
