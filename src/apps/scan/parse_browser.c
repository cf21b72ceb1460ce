/* Extensions of browsers: in profiles, in policies, and as sources. */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "apps/scan/parse_xml.h"
#include "base/check.h"

#define ID_LEN 32

/* Ids of Chromium are 32 letters from a to p. */
static bool is_id(struct str s)
{
	if (!s.p || s.len != ID_LEN)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 'a' || s.p[i] > 'p')
			return false;
	return true;
}

static void say_id(struct say *s, struct str id)
{
	if (is_id(id))
		say_fact(s, FACT_EXTENSION, id, STR_NONE, id);
}

/* --- profiles ------------------------------------------------------------------------------------ */

/* "Preferences", "Secure Preferences": extensions → settings → id → { state: 0 = off } */
int parse_chromium_preferences(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_CHROME, FACT_INSTALLED, SURE_USED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	const struct node *settings = node_path(root, "extensions.settings");
	if (!settings)
		return 0;
	for (const struct node *n = node_first(settings); n && !s.full; n = n->next) {
		bool off = str_eq_c(node_str(node_get(n, "state")), "0");
		s.how = off ? FACT_DISABLED : FACT_INSTALLED;
		say_id(&s, n->key);
	}
	return rc ? rc : 1;
}

/* extensions.json: addons → [ { id, active } ] */
int parse_firefox_extensions(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_FIREFOX, FACT_INSTALLED, SURE_USED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	const struct node *addons = node_get(root, "addons");
	if (!node_is(addons, NODE_LIST))
		return 0;
	for (const struct node *n = addons->first; n && !s.full; n = n->next) {
		struct str id = node_str(node_get(n, "id"));
		s.how = str_eq_c(node_str(node_get(n, "active")), "false") ? FACT_DISABLED
									   : FACT_INSTALLED;
		say_fact(&s, FACT_EXTENSION, id, node_str(node_get(n, "version")), id);
	}
	return rc ? rc : 1;
}

/* --- an extension's own manifest ------------------------------------------------------------------ */

static const struct node *names_web(const struct node *list)
{
	for (const struct node *n = node_first(list); n; n = n->next)
		if (text_has(node_str(n), "web.whatsapp.com"))
			return n;
	return NULL;
}

/* ".../Extensions/<id>/<version>/manifest.json" */
static struct str id_in_path(struct str path)
{
	struct str rest = path, part;

	while (rest.len) {
		part = str_cut(&rest, '/');
		if (str_eq_c(part, "Extensions") || str_eq_c(part, "extensions")) {
			part = str_cut(&rest, '/');
			if (is_id(part))
				return part;
		}
	}
	return STR_NONE;
}

int parse_extension_manifest(const struct parse_in *in)
{
	static const char *const lists[] = { "host_permissions", "permissions",
		"optional_permissions" };
	struct say s = { in, SCAN_ECO_CHROME, FACT_INSTALLED, SURE_USED, false, false };
	struct str id = id_in_path(in->path);
	const struct node *root, *n;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	say_fact(&s, FACT_EXTENSION, id, node_str(node_get(root, "version")), str_n(in->text.p, 0));
	if (!node_get(root, "manifest_version"))
		return id.len ? 1 : 0;
	s.how = FACT_USED;
	s.confidence = SURE_GUESSED;
	const struct node *found = NULL;
	for (n = node_first(node_get(root, "content_scripts")); n && !found; n = n->next)
		found = names_web(node_get(n, "matches"));
	for (size_t i = 0; i < ARRAY_LEN(lists) && !found; i++)
		found = names_web(node_get(root, lists[i]));
	if (found)
		say_fact(&s, FACT_ROW, STR("ext.manifest-wa-web"), STR_NONE, node_str(found));
	return rc ? rc : 1;
}

/* --- policies ------------------------------------------------------------------------------------ */

/* "id;https://update-address", or the id alone */
static void say_forced(struct say *s, struct str value)
{
	value.len = text_find(value, STR(";"));
	say_id(s, value);
}

static void say_policy_node(struct say *s, const struct node *n)
{
	if (str_eq_c(n->key, "ExtensionInstallForcelist") ||
	    str_eq_c(n->key, "ExtensionInstallAllowlist")) {
		for (const struct node *c = node_first(n); c; c = c->next)
			say_forced(s, node_is_text(c) ? node_str(c) : STR_NONE);
	} else if (str_eq_c(n->key, "ExtensionSettings")) {
		for (const struct node *c = node_first(n); c; c = c->next) {
			struct str mode = node_str(node_get(c, "installation_mode"));
			if (!str_eq_c(mode, "blocked") && !str_eq_c(mode, "removed"))
				say_id(s, c->key);
		}
	}
}

static int parse_policy_json(struct say *s)
{
	const struct node *root, *n;
	int rc = tree_read_json(s->in->arena, s->in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	struct node_walk w = { .next = root };
	while (!s->full && (n = node_walk_next(&w)))
		say_policy_node(s, n);
	return 1;
}

/* [HKEY_…\ExtensionInstallForcelist] "1"="id;https://…";  [HKEY_…\Chrome\Extensions\id] */
static int parse_policy_reg(struct say *s)
{
	struct lines l = { s->in->text };
	struct str line, value;
	bool forced = false;

	while (!s->full && lines_next(&l, &line)) {
		line = str_trim(line);
		if (line.len && line.p[0] == '[') {
			forced = text_has_nocase(line, "ExtensionInstallForcelist") ||
			    text_has_nocase(line, "ExtensionInstallAllowlist");
			struct str last = text_base(line);
			last.len = text_find(last, STR("]"));
			if (text_has_nocase(line, "\\Extensions\\"))
				say_id(s, last);
			continue;
		}
		str_cut(&line, '=');
		if (forced && text_quoted(&line, false, &value))
			say_forced(s, value);
	}
	return 1;
}

/* <key>ExtensionInstallForcelist</key><array><string>id;…</string></array> */
static int parse_policy_plist(struct say *s)
{
	struct xml x = { .rest = s->in->text };
	bool forced = false, key = false;

	while (!s->full && xml_next(&x)) {
		if (x.kind == XML_OPEN)
			key = xml_named(&x, "key");
		else if (x.kind == XML_CLOSE && xml_named(&x, "array"))
			forced = false;
		if (x.kind != XML_TEXT)
			continue;
		if (key)
			forced = str_eq_c(x.text, "ExtensionInstallForcelist") ||
			    str_eq_c(x.text, "ExtensionInstallAllowlist");
		else if (forced)
			say_forced(s, x.text);
	}
	return 1;
}

int parse_browser_policy(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_CHROME, FACT_INSTALLED, SURE_USED, false, false };

	if (!text_has_nocase(in->text, "ExtensionInstall") &&
	    !text_has_nocase(in->text, "\\Extensions\\") &&
	    !text_has(in->text, "ExtensionSettings"))
		return 0;
	if (str_ends(in->name, STR(".reg")))
		return parse_policy_reg(&s);
	if (str_ends(in->name, STR(".json")))
		return parse_policy_json(&s);
	return parse_policy_plist(&s);
}
