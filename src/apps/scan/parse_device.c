/* Phones, processes and what sessions leave behind. */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "apps/scan/parse_xml.h"
#include "base/check.h"

/* --- Android ------------------------------------------------------------------------------------- */

static bool is_android_name(struct str s)
{
	return s.len && text_name_len(s, "._") == s.len && text_has(s, ".");
}

/* "package:com.x", "package:/data/app/base.apk=com.x uid:10123", "Package [com.x] (1a2b):" */
static struct str listed_package(struct str line)
{
	line = str_trim(line);
	if (str_starts(line, STR("Package ["))) {
		line = text_from(line, 9);
		line.len = text_find(line, STR("]"));
		return is_android_name(line) ? line : STR_NONE;
	}
	if (!str_starts(line, STR("package:")))
		return STR_NONE;
	line = text_from(line, 8);
	struct str name = text_word(&line);
	const char *equals = name.len ? memrchr(name.p, '=', name.len) : NULL;
	if (equals)
		name = text_from(name, (size_t)(equals - name.p) + 1);
	return is_android_name(name) ? name : STR_NONE;
}

int parse_android_packages(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_ANDROID, FACT_INSTALLED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;
	size_t found = 0, other = 0;

	while (lines_next(&l, &line))
		if (str_trim(line).len)
			*(listed_package(line).len ? &found : &other) += 1;
	bool dump = text_has(in->text, "Packages:\n");
	if (!found || (!dump && other > found))
		return 0;
	l = (struct lines){ in->text };
	while (!s.full && lines_next(&l, &line)) {
		struct str name = listed_package(line);
		say_fact(&s, FACT_ANDROID, name, STR_NONE, name);
	}
	return 1;
}

/* The app's own package, and those that it wants to see or start. */
int parse_android_manifest(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_ANDROID, FACT_DECLARED, SURE_DECLARED, false, false };
	struct xml x = { .rest = in->text };
	bool queries = false;

	while (!s.full && xml_next(&x)) {
		if (x.kind == XML_TEXT)
			continue;
		if (xml_named(&x, "queries"))
			queries = x.kind == XML_OPEN;
		if (x.kind != XML_OPEN)
			continue;
		struct str own = xml_attribute(&x, "package");
		struct fact f = { .kind = FACT_ANDROID,
			.how = FACT_DECLARED,
			.ecosystem = SCAN_ECO_ANDROID,
			.name = own,
			.confidence = SURE_DECLARED };
		if (xml_named(&x, "manifest") && own.len)
			say_as(&s, f, own);
		if (!queries || !xml_named(&x, "package"))
			continue;
		f.name = xml_attribute(&x, "android:name");
		f.how = FACT_USED;
		f.lean = FACT_LEAN_SILENT; /* to see an app is not to drive it */
		say_as(&s, f, f.name);
	}
	return 1;
}

/* <accessibility-service android:packageNames="com.a,com.b"> */
int parse_android_service(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_ANDROID, FACT_USED, SURE_DECLARED, false, false };
	struct xml x = { .rest = in->text };
	bool found = false;

	while (!s.full && xml_next(&x)) {
		if (x.kind != XML_OPEN || !xml_named(&x, "accessibility-service"))
			continue;
		found = true;
		struct str rest = xml_attribute(&x, "android:packageNames");
		while (rest.len) {
			struct str one = str_trim(str_cut(&rest, ','));
			say_fact(&s, FACT_DRIVES, one, STR_NONE, one);
		}
	}
	return found;
}

/* --- processes ----------------------------------------------------------------------------------- */

static void say_process(struct say *s, struct str command)
{
	struct str rest = command, program = text_unquote(text_word(&rest));
	struct str name = text_base(program);
	struct fact f = { .kind = FACT_PROCESS,
		.how = FACT_USED,
		.ecosystem = SCAN_ECO_PROCESS,
		.name = name,
		.alias = command,
		.confidence = SURE_USED };

	if (name.len && name.p[0] != '[')
		say_as(s, f, command);
}

static size_t words_in(struct str line)
{
	size_t n = 0;

	while (text_word(&line).len)
		n++;
	return n;
}

/* What stands behind `n` words of the line. */
static struct str behind_words(struct str line, size_t n)
{
	for (; n > 0; n--)
		text_word(&line);
	return str_trim(line);
}

/* ps: the command is the last column, and may have blanks. */
static void read_ps(struct say *s, struct lines *l, size_t columns)
{
	struct str line;

	while (!s->full && lines_next(l, &line))
		say_process(s, behind_words(line, columns - 1));
}

/* tasklist: names of programs end with their ".exe". */
static void read_tasklist(struct say *s, struct lines *l)
{
	struct str line;

	while (!s->full && lines_next(l, &line)) {
		bool quoted = line.len && line.p[0] == '"';
		struct str rest = quoted ? text_from(line, 1) : line;
		size_t end = text_find(rest, STR(".exe"));
		struct str name = str_n(rest.p, end + 4);
		struct fact f = { .kind = FACT_PROCESS,
			.how = FACT_USED,
			.ecosystem = SCAN_ECO_PROCESS,
			.name = name,
			.alias = line,
			.confidence = SURE_USED };
		if (end < rest.len)
			say_as(s, f, name);
	}
}

/* wmic process get CommandLine,ProcessId: columns of a fixed width. */
static void read_wmic(struct say *s, struct lines *l, size_t column)
{
	struct str line;

	while (!s->full && lines_next(l, &line)) {
		struct str command = str_trim(text_from(line, column));
		if (command.len)
			say_process(s, command);
	}
}

/* The column of docker ps and docker images that begins under its word. */
static void read_images(struct say *s, struct lines *l, size_t column)
{
	struct str line;

	while (!s->full && lines_next(l, &line)) {
		struct str rest = text_from(line, column);
		docker_say_image(s, text_word(&rest));
	}
}

static bool read_listing(struct say *s, struct lines *l, struct str header)
{
	if (str_starts(header, STR("CONTAINER ID")) || str_starts(header, STR("REPOSITORY"))) {
		bool images = str_starts(header, STR("REPOSITORY"));
		read_images(s, l, images ? 0 : text_find(header, STR("IMAGE")));
		return true;
	}
	if (text_has(header, "PID") &&
	    (str_ends(header, STR("COMMAND")) || str_ends(header, STR("CMD")) ||
		str_ends(header, STR("ARGS")))) {
		read_ps(s, l, words_in(header));
		return true;
	}
	if (text_has(header, "CommandLine") && text_has(header, "ProcessId")) {
		read_wmic(s, l, text_find(header, STR("CommandLine")));
		return true;
	}
	if (text_has(header, "Image Name") && text_has(header, "PID")) {
		read_tasklist(s, l);
		return true;
	}
	return false;
}

int parse_process_list(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PROCESS, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;

	/* A shell's prompt or a title may stand before the header. */
	for (size_t i = 0; i < 8 && lines_next(&l, &line); i++) {
		struct str header = line;
		while (header.len && text_is_space(header.p[header.len - 1]))
			header.len--;
		if (read_listing(&s, &l, header))
			return 1;
	}
	return 0;
}

/* --- session files ------------------------------------------------------------------------------- */

static const struct session {
	const char *keys[3], *row;
} sessions[] = {
	{ { "noiseKey", "signedIdentityKey", "signedPreKey" }, "artefact.baileys-auth" },
	{ { "WABrowserId", "WASecretBundle", "WAToken1" }, "artefact.venom-tokens" },
};

int parse_session(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_FILE, FACT_USED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	for (size_t i = 0; i < ARRAY_LEN(sessions); i++) {
		const struct node *first = node_get(root, sessions[i].keys[0]);
		bool all = first && node_get(root, sessions[i].keys[1]) &&
		    node_get(root, sessions[i].keys[2]);
		if (!all)
			continue;
		say_fact(&s, FACT_ROW, str_c(sessions[i].row), STR_NONE, first->key);
		return 1;
	}
	return 0;
}
