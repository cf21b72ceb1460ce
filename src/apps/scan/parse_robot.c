/* What software robots are told to drive: UiPath, Power Automate Desktop, Robot Framework, TagUI.
 * Given are addresses, window titles and apps; that one of them is WhatsApp's is for the engine to see.
 * AutoHotkey, AutoIt and AppleScript are programs, and read as such by the catalogue's rules. */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "apps/scan/parse_xml.h"
#include "base/check.h"

static void say_drives(struct say *s, struct str name, struct str at)
{
	say_fact(s, FACT_DRIVES, name, STR_NONE, at);
}

/* --- UiPath -------------------------------------------------------------------------------------- */

/* title='…' or app='…' of a selector, whose quotes and brackets are escaped once. */
static void say_selector(struct say *s, struct str selector, struct str at)
{
	static const char *const keys[] = { "title='", "app='", "url='" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t from = text_find(selector, str_c(keys[i]));
		struct str value = text_from(selector, from + strlen(keys[i]));
		if (from < selector.len)
			say_drives(s, str_n(value.p, text_find(value, STR("'"))), at);
	}
}

int parse_uipath(const struct parse_in *in)
{
	static const char *const addresses[] = { "BrowserURL", "Url", "URL" };
	struct say s = { in, SCAN_ECO_UIPATH, FACT_USED, SURE_RESOLVED, false, false };
	struct xml x = { .rest = in->text };
	struct str rest, key, value;

	while (!s.full && xml_next(&x)) {
		if (x.kind != XML_OPEN)
			continue;
		if (text_has_nocase(x.name, "whatsapp"))
			say_fact(&s, FACT_NODE, x.name, STR_NONE, x.name);
		rest = x.attributes;
		while (!s.full && xml_attribute_next(&rest, &key, &value)) {
			if (text_has(key, "Selector"))
				say_selector(&s, xml_decode(in->arena, value), value);
			for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
				if (str_eq_c(key, addresses[i]))
					say_drives(&s, xml_decode(in->arena, value), value);
			if (str_eq_c(key, "ConnectorKey") || str_eq_c(key, "ConnectorName"))
				say_fact(&s, FACT_NODE, value, STR_NONE, value);
		}
	}
	return 1;
}

int parse_uipath_project(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_UIPATH, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root, *n;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	if (!node_get(root, "studioVersion") && !node_get(root, "projectVersion"))
		return 0;
	for (n = node_first(node_get(root, "dependencies")); n && !s.full; n = n->next)
		say_fact(&s, FACT_NODE, n->key, node_str(n), n->key);
	struct node_walk w = { .next = root };
	while (!s.full && (n = node_walk_next(&w)))
		if (str_starts(node_str(n), STR("uipath-")))
			say_fact(&s, FACT_NODE, node_str(n), STR_NONE, node_str(n));
	return rc ? rc : 1;
}

/* --- Blue Prism ---------------------------------------------------------------------------------- */

/* <input expr="&quot;https://…&quot;">, <initialvalue>https://…</initialvalue> */
int parse_blue_prism(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_CODE, FACT_USED, SURE_USED, false, false };
	struct xml x = { .rest = in->text };

	while (!s.full && xml_next(&x)) {
		struct str value = x.kind == XML_OPEN ? xml_attribute(&x, "expr")
		    : x.kind == XML_TEXT              ? x.text
						      : STR_NONE;
		if (text_has(value, "://web.whatsapp.com"))
			say_fact(&s, FACT_ROW, STR("code.driver-near-web"), STR_NONE, value);
	}
	return 1;
}

/* --- Robot Framework ----------------------------------------------------------------------------- */

/* Cells are apart by two blanks or a tab. */
static struct str next_cell(struct str *rest)
{
	size_t i = 0, from;

	while (i < rest->len && text_is_space(rest->p[i]))
		i++;
	for (from = i; i < rest->len && rest->p[i] != '\t'; i++)
		if (rest->p[i] == ' ' && i + 1 < rest->len && rest->p[i + 1] == ' ')
			break;
	struct str cell = str_n(rest->p + from, i - from);
	*rest = text_from(*rest, i);
	return cell;
}

static bool opens_page(struct str keyword)
{
	static const char *const words[] = { "Open Browser", "Open Available Browser", "Go To",
		"New Page", "Open Chrome Browser", "Open Headless Chrome Browser",
		"Create Webdriver", "New Persistent Context", "Open Chromium Browser" };
	/* "Browser.New Page" */
	const char *dot = keyword.len ? memrchr(keyword.p, '.', keyword.len) : NULL;

	if (dot)
		keyword = text_from(keyword, (size_t)(dot - keyword.p) + 1);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(keyword, str_c(words[i])))
			return true;
	return false;
}

/* ${URL}  https://… of the section of variables, when some keyword opens a page. */
static void robot_line(struct say *s, struct str line, bool *opens)
{
	struct str rest = line, cell = next_cell(&rest);

	if (!cell.len || cell.p[0] == '#')
		return;
	if (str_starts(cell, STR("${")) && line.p[0] == '$') {
		struct str value = next_cell(&rest);
		if (*opens && text_has(value, "://"))
			say_drives(s, value, value);
		return;
	}
	while (cell.len) {
		bool opening = opens_page(cell);
		*opens |= opening;
		cell = next_cell(&rest);
		if (str_starts(cell, STR("url=")))
			cell = text_from(cell, 4);
		if (opening && text_has(cell, "://"))
			say_drives(s, cell, cell);
	}
}

int parse_robot(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_ROBOT, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;
	bool opens = text_has_nocase(in->text, "Open Browser") ||
	    text_has_nocase(in->text, "New Page") || text_has_nocase(in->text, "Go To");

	while (!s.full && lines_next(&l, &line))
		robot_line(&s, line, &opens);
	return 1;
}

/* --- TagUI, Power Automate Desktop ---------------------------------------------------------------- */

/* A line that is an address alone opens it. */
int parse_tagui(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_TAGUI, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = line, word = text_word(&rest);
		if (str_starts(word, STR("https://")) || str_starts(word, STR("http://")))
			say_drives(&s, word, word);
	}
	return 1;
}

/* WebAutomation.LaunchChrome.LaunchChrome Url: $'''https://…''' */
int parse_desktop_flow(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_POWER_AUTOMATE, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;
	bool found = false;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = str_trim(line);
		if (!text_starts_nocase(rest, "WebAutomation.") &&
		    !text_starts_nocase(rest, "UIAutomation.") &&
		    !text_starts_nocase(rest, "System.RunApplication"))
			continue;
		found = true;
		size_t open = text_find(rest, STR("'''"));
		struct str value = text_from(rest, open + 3);
		if (open < rest.len)
			say_drives(&s, str_n(value.p, text_find(value, STR("'''"))), value);
	}
	return found;
}
