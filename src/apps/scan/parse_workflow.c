/* JSON that workflow tools, assistants and macro recorders export.
 *
 * A *.json file may be any of them or none: each reader looks at the shape, and the first that knows it
 * reads it all. Exports nest (a list of workflows, one inside "data"), so nodes are looked for wherever
 * they stand. Notes for people (sticky notes, comments, "info") are not read. */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "base/check.h"

#define SERVER_WORDS 32

struct export
{
	struct say say;
	struct arena *arena;
	bool found; /* the file was of this kind */
};

static bool is_http(struct str s)
{
	return text_starts_nocase(s, "http://") || text_starts_nocase(s, "https://");
}

/* A view in the file where the value has no escapes, else a copy: the position is the value's. */
static struct str say_text(struct export *e, const struct node *n)
{
	return node_text(e->arena, n);
}

static void say_url(struct export *e, const struct node *n)
{
	struct str url = say_text(e, n);

	if (is_http(url) || str_starts(url, STR("=http")))
		say_fact(&e->say, FACT_URL, url, STR_NONE, node_str(n));
}

/* --- n8n ----------------------------------------------------------------------------------------- */

/* What the node's settings say beyond its type. */
static enum fact_lean n8n_lean(struct str type, const struct node *parameters)
{
	static const char *const unofficial[] = { "evolution", "zapi", "z-api", "waha", "baileys" };
	static const char *const official[] = { "cloud", "meta", "official" };

	if (str_eq_c(type, "n8n-nodes-base.twilio"))
		return node_true(node_get(parameters, "toWhatsapp")) ? FACT_LEAN_OFFICIAL
								     : FACT_LEAN_SILENT;
	struct str provider = node_str(node_get(parameters, "provider"));
	if (!provider.len)
		provider = node_str(node_get(parameters, "apiProvider"));
	for (size_t i = 0; i < ARRAY_LEN(unofficial); i++)
		if (provider.len && text_has_nocase(provider, unofficial[i]))
			return FACT_LEAN_UNOFFICIAL;
	for (size_t i = 0; i < ARRAY_LEN(official); i++)
		if (provider.len && text_has_nocase(provider, official[i]))
			return FACT_LEAN_OFFICIAL;
	return FACT_LEAN_NONE;
}

static bool is_n8n_node(const struct node *n)
{
	return node_is(n, NODE_MAP) && text_has(node_str(node_get(n, "type")), ".") &&
	    (node_get(n, "typeVersion") || node_get(n, "parameters"));
}

static void say_n8n_node(struct export *e, const struct node *n)
{
	const struct node *type = node_get(n, "type"), *parameters = node_get(n, "parameters");
	bool off = node_true(node_get(n, "disabled"));
	struct fact f = { .kind = FACT_NODE,
		.how = off ? FACT_DISABLED : FACT_USED,
		.ecosystem = SCAN_ECO_N8N,
		.lean = n8n_lean(node_str(type), parameters),
		.name = say_text(e, type),
		.confidence = SURE_USED };

	if (text_has(f.name, "stickyNote"))
		return;
	e->say.ecosystem = SCAN_ECO_N8N;
	say_as(&e->say, f, node_str(type));
	for (const struct node *c = node_first(node_get(n, "credentials")); c; c = c->next) {
		f.name = c->key;
		f.lean = FACT_LEAN_NONE;
		say_as(&e->say, f, c->key);
	}
	e->say.how = off ? FACT_DISABLED : FACT_USED;
	say_url(e, node_get(parameters, "url"));
	e->say.how = FACT_USED;
}

static void read_n8n(struct export *e, const struct node *n)
{
	if (!str_eq_c(n->key, "nodes") || !node_is(n, NODE_LIST))
		return;
	for (const struct node *c = n->first; c && !e->say.full; c = c->next) {
		if (!is_n8n_node(c))
			continue;
		e->found = true;
		say_n8n_node(e, c);
	}
}

/* --- Node-RED ------------------------------------------------------------------------------------ */

static bool is_red_node(const struct node *n)
{
	return node_is(n, NODE_MAP) && node_str(node_get(n, "type")).len &&
	    node_str(node_get(n, "id")).len && (node_get(n, "wires") || node_get(n, "z"));
}

static void read_red(struct export *e, const struct node *n)
{
	if (!is_red_node(n))
		return;
	const struct node *type = node_get(n, "type");
	bool off = node_true(node_get(n, "d"));
	e->found = true;
	e->say.how = off ? FACT_DISABLED : FACT_USED;
	e->say.ecosystem = SCAN_ECO_NPM;
	if (!str_eq_c(node_str(type), "comment"))
		say_fact(&e->say, FACT_NODE, say_text(e, type), STR_NONE, node_str(type));
	say_url(e, node_get(n, "url"));
	for (const struct node *c = node_first(node_get(n, "libs")); c && !e->say.full;
	    c = c->next) {
		const struct node *module = node_get(c, "module");
		struct str version;
		say_package(
		    &e->say, npm_name_of(node_str(module), &version), STR_NONE, node_str(module));
	}
}

/* --- Make and Zapier ----------------------------------------------------------------------------- */

/* { "id": 1, "module": "app:action", "mapper": { "url": … } } */
static void read_make(struct export *e, const struct node *n)
{
	const struct node *module = node_get(n, "module");

	if (!text_has(node_str(module), ":") || !(node_get(n, "mapper") || node_get(n, "version")))
		return;
	e->found = true;
	e->say.ecosystem = SCAN_ECO_MAKE;
	say_fact(&e->say, FACT_NODE, node_str(module), STR_NONE, node_str(module));
	say_url(e, node_path(n, "mapper.url"));
}

/* { "selected_api": "App@1", "action": …, "params": { "url": … } } */
static void read_zapier(struct export *e, const struct node *n)
{
	const struct node *api = node_get(n, "selected_api");

	if (!node_str(api).len)
		return;
	e->found = true;
	e->say.ecosystem = SCAN_ECO_ZAPIER;
	e->say.how = node_true(node_get(n, "paused")) ? FACT_DISABLED : FACT_USED;
	say_fact(&e->say, FACT_NODE, node_str(api), STR_NONE, node_str(api));
	say_url(e, node_path(n, "params.url"));
}

/* --- Power Automate (cloud) ---------------------------------------------------------------------- */

static void read_flow(struct export *e, const struct node *n)
{
	const struct node *api = node_path(n, "inputs.host.apiId");
	struct str type = node_str(node_get(n, "type"));

	if (!node_str(api).len && !str_eq_c(type, "Http"))
		return;
	e->say.ecosystem = SCAN_ECO_POWER_AUTOMATE;
	if (node_str(api).len) {
		e->found = true;
		say_fact(&e->say, FACT_NODE, text_base(say_text(e, api)), STR_NONE, node_str(api));
	}
	if (node_path(n, "inputs.uri")) {
		e->found = true;
		say_url(e, node_path(n, "inputs.uri"));
	}
}

/* --- assistants ---------------------------------------------------------------------------------- */

/* Command and arguments as one line. */
static struct str server_line(struct export *e, const struct node *n)
{
	struct str parts[2 * SERVER_WORDS + 1] = { node_str(node_get(n, "command")) };
	size_t len = 1;

	for (const struct node *c = node_first(node_get(n, "args")); c; c = c->next) {
		if (len + 2 > ARRAY_LEN(parts))
			break;
		parts[len++] = STR(" ");
		parts[len++] = node_str(c);
	}
	return parts[0].len ? arena_join(e->arena, parts, len) : STR_NONE;
}

/* From the command to the last argument, as they stand in the file. */
static struct str server_span(const struct node *n)
{
	struct str at = node_str(node_get(n, "command"));
	const struct node *args = node_get(n, "args");
	struct str last = args && args->last ? node_str(args->last) : STR_NONE;

	if (at.len && last.len && last.p > at.p)
		at.len = (size_t)(last.p - at.p) + last.len;
	return at;
}

static void say_server(struct export *e, const struct node *n)
{
	struct str line = server_line(e, n);
	struct str at = server_span(n);
	bool off = node_true(node_get(n, "disabled"));

	e->say.ecosystem = SCAN_ECO_MCP;
	e->say.how = off ? FACT_DISABLED : FACT_USED;
	if (line.len)
		say_fact(&e->say, FACT_SERVER, line, STR_NONE, at);
	for (const struct node *c = node_first(node_get(n, "args")); c && !e->say.full;
	    c = c->next) {
		struct str version, name = npm_name_of(node_str(c), &version);
		bool package = !str_starts(name, STR("-")) &&
		    text_name_len(name, "@/-_.") == name.len;
		e->say.ecosystem = SCAN_ECO_NPM;
		if (package && text_has(node_str(node_get(n, "command")), "npx"))
			npm_say_dependency(&e->say, name, version);
	}
	e->say.ecosystem = SCAN_ECO_MCP;
	struct str url = node_str(node_get(n, "url"));
	if (is_http(url))
		say_fact(&e->say, FACT_SERVER, url, STR_NONE, url);
}

static void read_servers(struct export *e, const struct node *n)
{
	bool named = str_eq_c(n->key, "mcpServers") || str_eq_c(n->key, "context_servers") ||
	    (str_eq_c(n->key, "servers") && str_eq_c(e->say.in->name, "mcp.json"));

	if (!named || !node_is(n, NODE_MAP))
		return;
	e->found = true;
	for (const struct node *c = n->first; c && !e->say.full; c = c->next)
		say_server(e, c);
}

/* The agent gateway's own file: "channels" with a WhatsApp that has its rules of who may write. Settings
 * of other programs have channels of that name, too. */
static void read_gateway(struct export *e, const struct node *n)
{
	static const char *const names[] = { "openclaw", "clawdbot", "moltbot" };
	const struct node *channel = node_path(n, "channels.whatsapp");
	bool ours = node_get(channel, "dmPolicy") || node_get(channel, "allowFrom");

	if (!channel || node_is(channel, NODE_SCALAR))
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ours |= text_starts_nocase(e->say.in->name, names[i]);
	if (!ours || str_eq_c(node_str(node_get(channel, "enabled")), "false"))
		return;
	e->found = true;
	e->say.ecosystem = SCAN_ECO_CODE;
	say_fact(&e->say, FACT_ROW, STR("svc.openclaw"), STR_NONE, channel->key);
}

/* --- recorded macros ----------------------------------------------------------------------------- */

/* { "Command": "open", "Target": "https://…" } in any case of its keys; { "type": "navigate", "url" } */
static void read_macro(struct export *e, const struct node *n)
{
	static const struct {
		const char *verb, *word, *target;
	} steps[] = { { "Command", "open", "Target" }, { "command", "open", "target" },
		{ "Command", "selectWindow", "Target" }, { "type", "navigate", "url" } };

	e->say.ecosystem = SCAN_ECO_UI_VISION;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		const struct node *verb = node_get(n, steps[i].verb);
		if (!text_starts_nocase(node_str(verb), steps[i].word))
			continue;
		const struct node *target = node_get(n, steps[i].target);
		if (!node_is_text(target))
			continue;
		e->found = true;
		say_fact(&e->say, FACT_DRIVES, say_text(e, target), STR_NONE, node_str(target));
	}
	/* Selenium IDE keeps the site apart from the steps. */
	bool recorded = node_get(n, "suites") || str_ends(e->say.in->name, STR(".side"));
	if (node_get(n, "tests") && recorded && is_http(node_str(node_get(n, "url")))) {
		e->found = true;
		say_fact(&e->say, FACT_DRIVES, node_str(node_get(n, "url")), STR_NONE,
		    node_str(node_get(n, "url")));
	}
}

/* --- all ----------------------------------------------------------------------------------------- */

typedef void read_export_fn(struct export *e, const struct node *n);

static read_export_fn *const readers[] = { read_n8n, read_red, read_make, read_zapier, read_flow,
	read_servers, read_gateway, read_macro };

int parse_workflow_json(const struct parse_in *in)
{
	const struct node *root, *n;
	int rc = tree_read_json(in->arena, in->text, &root);
	struct export e = { .say = { in, SCAN_ECO_N8N, FACT_USED, SURE_USED, false, false },
		.arena = in->arena };

	if (rc == -E_NOMEM)
		return rc;
	struct node_walk w = { .next = root };
	while (!e.say.full && (n = node_walk_next(&w))) {
		if (node_is_text(n))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(readers) && !e.say.full; i++) {
			e.say.how = FACT_USED;
			readers[i](&e, n);
		}
	}
	if (!e.found)
		return 0;
	return rc ? rc : 1;
}
