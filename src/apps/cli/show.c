#include "apps/cli/show.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"

#define COLUMNS_MAX 8
#define NOTE_LINE_MAX 1000 /* of a checkpoint */
#define CELL_MAX 64        /* code points of a cell in a table */
#define VALUE_MAX ((size_t)64 * 1024)
#define DEPTH_MAX 4
#define INDENT 2

/* --- words ------------------------------------------------------------------------------------ */

static const struct {
	const char *key, *label;
} labels[] = {
	{ "accepted", N_("Accepted") },
	{ "accounts", N_("Accounts") },
	{ "act", N_("Act") },
	{ "answered_at", N_("Answered at") },
	{ "answers", N_("Answers") },
	{ "app", N_("App") },
	{ "app_secret", N_("App secret on record") },
	{ "at", N_("At") },
	{ "attachments", N_("Attachments") },
	{ "attempts", N_("Attempts") },
	{ "base_url", N_("Address") },
	{ "blocked_countries", N_("Blocked countries") },
	{ "bsuid", N_("User id") },
	{ "by", N_("By") },
	{ "bytes", N_("Bytes") },
	{ "cancelled", N_("Sends called off") },
	{ "cap", N_("Most today") },
	{ "categories", N_("Categories") },
	{ "category", N_("Category") },
	{ "category_change_at", N_("Category changes at") },
	{ "channel", N_("Channel") },
	{ "checkpoint", N_("Checkpoint") },
	{ "clock", N_("Clock") },
	{ "code", N_("Code") },
	{ "column", N_("Column") },
	{ "components", N_("Parts") },
	{ "consents", N_("Consents") },
	{ "correct_category", N_("Right category") },
	{ "country", N_("Country") },
	{ "counts", N_("Counts") },
	{ "created_at", N_("Entered at") },
	{ "data", N_("Data used") },
	{ "day", N_("Day") },
	{ "decision", N_("Decision") },
	{ "decisions", N_("Decisions") },
	{ "detail", N_("Detail") },
	{ "digest", N_("Digest") },
	{ "display", N_("Telephone number") },
	{ "dry_run", N_("Only looked at") },
	{ "ended_at", N_("Ended at") },
	{ "entries", N_("Ledger entries") },
	{ "entry", N_("Ledger entry of it") },
	{ "erasure", N_("Erasure") },
	{ "error_code", N_("Error code") },
	{ "established", N_("Established") },
	{ "evidence", N_("Evidence") },
	{ "expires_at", N_("Valid until") },
	{ "fix", N_("What to do") },
	{ "form", N_("Form") },
	{ "forward", N_("Events for apps") },
	{ "frozen_until", N_("Frozen until") },
	{ "ground", N_("Ground in law") },
	{ "held", N_("Held") },
	{ "hold_until", N_("Held until") },
	{ "how", N_("How") },
	{ "id", N_("Id") },
	{ "import", N_("Import") },
	{ "installed_at", N_("Installed at") },
	{ "integrations", N_("Integrations") },
	{ "kept", N_("Left as they are") },
	{ "key", N_("Key") },
	{ "kind", N_("Kind") },
	{ "known", N_("On record already") },
	{ "language", N_("Language") },
	{ "last_seen_at", N_("Last seen at") },
	{ "leaf", N_("Ledger entry") },
	{ "limit", N_("Limit in 24 hours") },
	{ "mode", N_("Mode") },
	{ "name", N_("Name") },
	{ "notice_url", N_("Privacy notice") },
	{ "notice_version", N_("Version of the privacy notice") },
	{ "now", N_("Now") },
	{ "number", N_("Number") },
	{ "numbers", N_("Numbers") },
	{ "ok", N_("Good") },
	{ "opt_outs_kept", N_("Withdrawals kept") },
	{ "owner", N_("Owner") },
	{ "parameter_format", N_("Form of parameters") },
	{ "paused", N_("Pauses") },
	{ "paused_until", N_("Paused until") },
	{ "payment_ok", N_("Payment in order") },
	{ "people", N_("People") },
	{ "person", N_("Person") },
	{ "phone", N_("Telephone number") },
	{ "policy", N_("Policy pack") },
	{ "portfolio", N_("Portfolio") },
	{ "problems", N_("Problems") },
	{ "proof", N_("Proof") },
	{ "purpose", N_("Purpose") },
	{ "quality", N_("Quality") },
	{ "queues", N_("Queues") },
	{ "ready", N_("Ready") },
	{ "reason", N_("Reason") },
	{ "record", N_("Record") },
	{ "recorded_at", N_("Recorded at") },
	{ "rejected", N_("Rejected") },
	{ "remains", N_("What remains, and until when") },
	{ "removed", N_("Removed") },
	{ "report", N_("Rejected rows") },
	{ "restriction", N_("Kept sealed as") },
	{ "restrictions", N_("Restrictions") },
	{ "review_by", N_("Review by") },
	{ "row", N_("Row") },
	{ "rows", N_("Rows") },
	{ "rules", N_("Rules") },
	{ "scope", N_("About") },
	{ "send", N_("The send") },
	{ "sending", N_("Sending") },
	{ "seq", N_("Entry") },
	{ "sha256", N_("SHA-256") },
	{ "skew_ms", N_("Clock skew in milliseconds") },
	{ "source", N_("Source") },
	{ "started_at", N_("Started at") },
	{ "state", N_("State") },
	{ "status", N_("Status") },
	{ "suggestion", N_("Perhaps meant") },
	{ "template", N_("Template") },
	{ "templates", N_("Templates") },
	{ "terms_url", N_("Terms") },
	{ "terms_version", N_("Version of the terms") },
	{ "text", N_("Text") },
	{ "text_version", N_("Version of the text") },
	{ "throughput", N_("Messages a second") },
	{ "token", N_("Token on record") },
	{ "total", N_("Rows in the table") },
	{ "type", N_("Type") },
	{ "undone", N_("Taken back") },
	{ "undone_at", N_("Undone at") },
	{ "unknown", N_("Outcome unknown") },
	{ "until", N_("Until") },
	{ "updated_at", N_("Changed at") },
	{ "upstream", N_("Upstream") },
	{ "uses", N_("Used") },
	{ "value", N_("Value") },
	{ "verdict", N_("Verdict") },
	{ "verified_name", N_("Verified name") },
	{ "verify_token", N_("Verify token on record") },
	{ "version", N_("Version") },
	{ "waba", N_("Account") },
	{ "warmup", N_("Warm-up") },
	{ "warnings", N_("Warnings") },
	{ "webhook", N_("Webhook") },
	{ "what", N_("What") },
	{ "writer", N_("Changes to be written") },
};

/* Made harmless, in the arena. */
static struct str clean(struct arena *a, struct str s, size_t max, struct buf *out)
{
	struct str harmless = text_printable(a, s, max);

	out->failed = out->failed || !harmless.p;
	return harmless;
}

static const char *label_of(struct arena *a, struct str key, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		if (str_eq_c(key, labels[i].key))
			return _(labels[i].label);
	}
	const char *plain = arena_c(a, clean(a, key, CELL_MAX, out));
	out->failed = out->failed || !plain;
	return plain ? plain : "";
}

/* What a list of a noun shows, in this order. */
static const struct {
	const char *noun;
	const char *columns[COLUMNS_MAX];
} lists[] = {
	{ "account", { "waba", "name", "portfolio", "country", "limit", "state" } },
	{ "number", { "id", "display", "waba", "status", "quality", "established", "paused" } },
	{ "template",
	    { "waba", "name", "language", "category", "status", "quality", "ok", "problems" } },
	{ "integration",
	    { "id", "name", "owner", "categories", "numbers", "status", "review_by" } },
	{ "consent", { "phone", "bsuid", "purpose", "act", "at", "evidence", "source" } },
	{ "import",
	    { "id", "at", "name", "state", "rows", "accepted", "rejected", "opt_outs_kept" } },
	{ "stop", { "id", "at", "code", "person", "state", "ended_at" } },
	{ "link", { "id", "number", "purpose", "text", "uses", "ended_at" } },
	{ "request", { "id", "at", "person", "number", "purpose", "state", "send" } },
	{ "decision",
	    { "decision", "at", "app", "number", "purpose", "verdict", "state", "rules" } },
	{ "alarm", { "at", "kind", "scope", "detail" } },
	{ "pause", { "scope", "id", "purpose", "until", "by", "reason", "at" } },
	{ "ledger", { "seq", "at", "type", "record", "policy" } },
};

/* What was done, in a sentence of its own above the answer. */
static const struct {
	const char *operation, *sentence;
} done[] = {
	{ "addAccount", N_("The account is on record.") },
	{ "setAccount", N_("The account was changed.") },
	{ "removeAccount", N_("The account was removed.") },
	{ "addNumber", N_("The number is on record.") },
	{ "setNumber", N_("The number was changed.") },
	{ "removeNumber", N_("The number was removed.") },
	{ "pauseNumber", N_("The number is paused.") },
	{ "resumeNumber", N_("The number may send again.") },
	{ "resumePause", N_("The pause has ended. What is still paused:") },
	{ "addTemplate", N_("The templates are on record.") },
	{ "setTemplate", N_("The template was changed.") },
	{ "removeTemplate", N_("The template was removed here.") },
	{ "syncTemplates", N_("The templates were read from upstream.") },
	{ "addIntegration", N_("The app is in the register. Its key is shown this once only.") },
	{ "setIntegration", N_("The entry was changed.") },
	{ "rotateIntegration",
	    N_("The app has a new key, shown this once only; the old one opens nothing any more.") },
	{ "revokeIntegration", N_("The app may not send any more.") },
	{ "recordConsent", N_("The consent is on record.") },
	{ "withdrawConsent", N_("The withdrawal is on record.") },
	{ "undoImport", N_("What counted before the import counts again.") },
	{ "addRequest", N_("The question is on its way.") },
	{ "releaseStops", N_("They may get marketing again, as far as they agreed.") },
	{ "confirmStops", N_("They are on record as opted out.") },
	{ "addLink", N_("The link works.") },
	{ "endLink", N_("The link has ended.") },
	{ "cancelRequest", N_("The request was taken back.") },
	{ "eraseConsent", N_("The person is forgotten; the number stays blocked.") },
	{ "restrictConsent",
	    N_("The person is forgotten; what there was is kept sealed until its date.") },
};

/* From column `at` to column `to`. */
static void pad(struct buf *out, size_t at, size_t to)
{
	while (at++ < to)
		buf_add_char(out, ' ');
}

/* --- values ----------------------------------------------------------------------------------- */

static bool is_scalar(const struct json *v)
{
	return json_type(v) != JSON_OBJECT && json_type(v) != JSON_ARRAY;
}

/* The members of an object; none of anything else. */
static void members(struct json_iter *it, const struct json *v)
{
	json_iter_init(it, json_type(v) == JSON_OBJECT ? v : NULL);
}

/* The word that stands for an object in a list of them; p NULL when it has none. */
static struct str name_of(const struct json *v)
{
	static const char *const keys[] = { "id", "name", "purpose", "type", "message", "reason" };
	struct str name = STR_NONE;

	for (size_t i = 0; i < ARRAY_LEN(keys) && !name.p; i++)
		name = json_str(json_get(v, keys[i]));
	return name;
}

static void add_scalar(struct arena *a, const struct json *v, struct buf *out)
{
	bool yes;

	if (json_is_null(v) || !v)
		buf_add_c(out, "–");
	else if (json_bool(v, &yes))
		buf_add_c(out, yes ? _("yes") : _("no"));
	else if (json_str(v).p)
		buf_add(out, clean(a, json_str(v), VALUE_MAX, out));
	else
		json_print(out, v);
}

static void add_list(struct arena *a, const struct json *v, struct buf *out)
{
	struct json_iter it;
	const struct json *item;
	bool first = true;

	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		struct str name = name_of(item);
		buf_add_c(out, first ? "" : ", ");
		first = false;
		if (is_scalar(item))
			add_scalar(a, item, out);
		else
			buf_add(out, name.p ? clean(a, name, CELL_MAX, out) : STR("…"));
	}
	if (first)
		buf_add_c(out, "–");
}

static void add_value(struct arena *a, const struct json *v, struct buf *out)
{
	if (!v || is_scalar(v)) {
		add_scalar(a, v, out);
	} else if (json_type(v) == JSON_ARRAY) {
		add_list(a, v, out);
	} else {
		struct buf text;
		buf_init(&text, 0);
		json_print(&text, v);
		buf_add(out, clean(a, buf_str(&text), VALUE_MAX, out));
		out->failed = out->failed || text.failed;
		buf_done(&text);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

struct table {
	struct arena *arena;
	struct buf *out;
	const char *const *columns;
	size_t columns_len;
	struct str *cells; /* a heading, and the rows */
	size_t rows;
	size_t widths[COLUMNS_MAX];
};

/* At most CELL_MAX code points. */
static struct str cut(struct arena *a, struct str s)
{
	size_t points = text_code_points(s), len = s.len;

	if (points <= CELL_MAX)
		return s;
	while (points > CELL_MAX - 1 && len > 0) {
		len--;
		if (((unsigned char)s.p[len] & 0xc0) != 0x80)
			points--;
	}
	return arena_printf(a, "%.*s…", (int)len, s.p);
}

/* Nothing stands behind the last column: it may be as long as it is. */
static void set_cell(struct table *t, size_t row, size_t column, struct str text)
{
	struct str cell = column + 1 < t->columns_len ? cut(t->arena, text) : text;
	size_t wide = text_code_points(cell);

	t->out->failed = t->out->failed || !cell.p;
	t->cells[row * t->columns_len + column] = cell;
	if (wide > t->widths[column])
		t->widths[column] = wide;
}

static void fill_row(struct table *t, size_t row, const struct json *item)
{
	struct buf text;

	buf_init(&text, 0);
	for (size_t i = 0; i < t->columns_len; i++) {
		buf_reset(&text);
		add_value(t->arena, json_get(item, t->columns[i]), &text);
		t->out->failed = t->out->failed || text.failed;
		set_cell(t, row, i, arena_str(t->arena, buf_str(&text)));
	}
	buf_done(&text);
}

static void write_table(const struct table *t, size_t indent)
{
	for (size_t row = 0; row < t->rows; row++) {
		pad(t->out, 0, indent);
		for (size_t i = 0; i < t->columns_len; i++) {
			struct str cell = t->cells[row * t->columns_len + i];
			buf_add(t->out, cell);
			if (i + 1 < t->columns_len)
				pad(t->out, text_code_points(cell), t->widths[i] + 2);
		}
		buf_add_char(t->out, '\n');
	}
}

static void show_table(struct arena *a, const struct json *items, const char *const *columns,
    size_t columns_len, size_t indent, struct buf *out)
{
	struct table t = { .arena = a,
		.out = out,
		.columns = columns,
		.columns_len = columns_len,
		.rows = json_len(items) + 1 };
	struct json_iter it;
	const struct json *item;

	t.cells = ARENA_ARRAY(a, struct str, t.rows * columns_len);
	if (!t.cells) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < columns_len; i++)
		set_cell(&t, 0, i, str_c(label_of(a, str_c(columns[i]), out)));
	json_iter_init(&it, items);
	for (size_t row = 1; json_iter_next(&it, NULL, &item); row++)
		fill_row(&t, row, item);
	write_table(&t, indent);
}

/* The columns that a noun's lists have, as far as its rows have them. */
static size_t noun_columns(
    const char *noun, const struct json *first, const char *columns[COLUMNS_MAX])
{
	size_t n = 0, i = 0;

	while (i < ARRAY_LEN(lists) && strcmp(lists[i].noun, noun) != 0)
		i++;
	for (size_t j = 0; i < ARRAY_LEN(lists) && j < COLUMNS_MAX && lists[i].columns[j]; j++) {
		if (json_get(first, lists[i].columns[j]))
			columns[n++] = lists[i].columns[j];
	}
	return n;
}

/* The members of a row as columns. */
static size_t own_columns(
    struct arena *a, const struct json *first, const char *columns[COLUMNS_MAX], struct buf *out)
{
	struct json_iter it;
	struct str key;
	const struct json *v;
	size_t n = 0;

	members(&it, first);
	while (n < COLUMNS_MAX && json_iter_next(&it, &key, &v)) {
		columns[n] = arena_c(a, key);
		out->failed = out->failed || !columns[n];
		if (columns[n])
			n++;
	}
	return n;
}

static void show_list(
    struct arena *a, const char *noun, const struct json *items, size_t indent, struct buf *out)
{
	const char *columns[COLUMNS_MAX];
	const struct json *first = json_at(items, 0);
	size_t n = noun ? noun_columns(noun, first, columns) : 0;

	if (n == 0)
		n = own_columns(a, first, columns, out);
	if (n > 0)
		show_table(a, items, columns, n, indent, out);
}

/* --- objects ---------------------------------------------------------------------------------- */

static size_t label_width(struct arena *a, const struct json *v, struct buf *out)
{
	struct json_iter it;
	struct str key;
	const struct json *member;
	size_t widest = 0;

	members(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		size_t wide = text_code_points(str_c(label_of(a, key, out)));
		widest = wide > widest ? wide : widest;
	}
	return widest;
}

static void show_line(
    struct arena *a, const char *label, size_t width, const struct json *value, struct buf *out)
{
	buf_add_c(out, label);
	pad(out, text_code_points(str_c(label)), width + 2);
	add_value(a, value, out);
	buf_add_char(out, '\n');
}

static bool is_list_of_objects(const struct json *v)
{
	return json_type(v) == JSON_ARRAY && json_len(v) > 0 &&
	    json_type(json_at(v, 0)) == JSON_OBJECT;
}

static void show_object(struct arena *a, const struct json *v, size_t depth, struct buf *out)
{
	struct json_iter it;
	struct str key;
	const struct json *member;
	size_t width = label_width(a, v, out), indent = depth * INDENT;

	members(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		const char *label = label_of(a, key, out);
		pad(out, 0, indent);
		if (depth < DEPTH_MAX && json_type(member) == JSON_OBJECT && json_len(member) > 0) {
			buf_addf(out, "%s\n", label);
			show_object(a, member, depth + 1, out);
		} else if (is_list_of_objects(member)) {
			buf_addf(out, "%s\n", label);
			show_list(a, NULL, member, indent + INDENT, out);
		} else {
			show_line(a, label, width, member, out);
		}
	}
}

/* --- decisions -------------------------------------------------------------------------------- */

/* The text of a member, with something in front and behind. */
static void add_member(struct arena *a, const char *before, const struct json *v, const char *key,
    const char *behind, struct buf *out)
{
	buf_add_c(out, before);
	buf_add(out, clean(a, json_str(json_get(v, key)), VALUE_MAX, out));
	buf_add_c(out, behind);
}

/* "refuse  window.closed", and below it why and what to do. */
static void show_rules(struct arena *a, const struct json *rules, struct buf *out)
{
	struct json_iter it;
	const struct json *rule;

	json_iter_init(&it, rules);
	while (json_iter_next(&it, NULL, &rule)) {
		add_member(a, "\n", rule, "level", "", out);
		add_member(a, "  ", rule, "id", "\n", out);
		add_member(a, "  ", rule, "because", "\n", out);
		buf_addf(out, "  %s", _("What to do:"));
		add_member(a, " ", rule, "remedy", "", out);
		add_member(a, " (", rule, "who", ")\n", out);
	}
}

/* The details tell of the rules and the warnings, too. */
static bool is_told_below(struct str key)
{
	return str_eq(key, STR("rules")) || str_eq(key, STR("warnings")) ||
	    str_eq(key, STR("details"));
}

static void show_decision(struct arena *a, const struct json *v, struct buf *out)
{
	struct json_iter it;
	struct str key;
	const struct json *member;
	size_t width = label_width(a, v, out);

	members(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		if (!is_told_below(key))
			show_line(a, label_of(a, key, out), width, member, out);
	}
	show_rules(a, json_get(v, "details"), out);
}

/* --- lint ------------------------------------------------------------------------------------- */

/* "order_shipped (it): good", or a line for every problem below it. */
static void show_lint(struct arena *a, const struct json *answer, struct buf *out)
{
	struct json_iter items, problems;
	const struct json *item, *problem;

	json_iter_init(&items, json_get(answer, "items"));
	while (json_iter_next(&items, NULL, &item)) {
		const struct json *list = json_get(item, "problems");
		add_member(a, "", item, "name", "", out);
		add_member(a, " (", item, "language", "): ", out);
		buf_addf(out, "%s\n", json_len(list) ? _("not good") : _("good"));
		json_iter_init(&problems, list);
		while (json_iter_next(&problems, NULL, &problem)) {
			add_member(a, "  ", problem, "field", ": ", out);
			add_member(a, "", problem, "message", "\n", out);
		}
	}
}

/* --- answers ---------------------------------------------------------------------------------- */

static void show_page(
    const struct noun_verb *api, const struct json *answer, struct arena *a, struct buf *out)
{
	const struct json *items = json_get(answer, "items"), *next = json_get(answer, "next");

	if (json_len(items) == 0)
		buf_addf(out, "%s\n", _("There is nothing to list."));
	show_list(a, api->noun, items, 0, out);
	if (json_str(next).p) {
		buf_addf(out, _("There is more: --cursor %.*s"),
		    STR_ARG(clean(a, json_str(next), CELL_MAX, out)));
		buf_add_char(out, '\n');
	}
}

/* As it is, so that it may be sent into a file: lines of harmless words. */
static void show_note(struct arena *a, const struct json *answer, struct buf *out)
{
	struct str rest = json_str(json_get(answer, "checkpoint"));

	while (rest.len) {
		buf_add(out, clean(a, str_cut(&rest, '\n'), NOTE_LINE_MAX, out));
		buf_add_char(out, '\n');
	}
}

/* For programs: people let them read it. */
static void show_proof(struct arena *a, const struct json *answer, struct buf *out)
{
	(void)a;
	json_print(out, answer);
	buf_add_char(out, '\n');
}

static const char *sentence_of(const struct noun_verb *api)
{
	for (size_t i = 0; i < ARRAY_LEN(done); i++) {
		if (strcmp(done[i].operation, api->operation) == 0)
			return _(done[i].sentence);
	}
	return NULL;
}

/* An app that was there already has no key to be shown. */
static bool is_repeated(const struct json *answer)
{
	const struct json *key = json_get(answer, "key");

	return key && json_is_null(key);
}

/* Answers that have a form of their own. */
static const struct {
	const char *operation;
	void (*show)(struct arena *a, const struct json *answer, struct buf *out);
} forms[] = {
	{ "showDecision", show_decision },
	{ "makeCheckpoint", show_note },
	{ "proveEntry", show_proof },
	{ "lintTemplate", show_lint },
};

static bool show_form(
    const struct noun_verb *api, const struct json *answer, struct arena *a, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (strcmp(forms[i].operation, api->operation) != 0)
			continue;
		forms[i].show(a, answer, out);
		return true;
	}
	return false;
}

void show_answer(
    const struct noun_verb *api, const struct json *answer, struct arena *a, struct buf *out)
{
	const char *sentence = sentence_of(api);

	if (is_repeated(answer))
		sentence = _("The app is in the register already; its key is not shown again.");
	if (sentence)
		buf_addf(out, "%s\n", sentence);
	if (show_form(api, answer, a, out))
		return;
	if (json_type(json_get(answer, "items")) == JSON_ARRAY)
		show_page(api, answer, a, out);
	else
		show_object(a, answer, 0, out);
}
