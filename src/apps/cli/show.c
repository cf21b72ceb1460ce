#include "apps/cli/show.h"
#include "apps/cli/show_words.h"

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

/* Made harmless, in the arena. */
static struct str clean(struct arena *a, struct str s, size_t max, struct buf *out)
{
	struct str harmless = text_printable(a, s, max);

	out->failed = out->failed || !harmless.p;
	return harmless;
}

static const char *label_of(struct arena *a, struct str key, struct buf *out)
{
	const char *word = show_word(key);

	if (word)
		return word;
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
	    { "id", "name", "owner", "verdict", "state", "numbers", "may_send", "review_by" } },
	{ "scan", { "id", "at", "verdict", "complete", "files", "findings", "catalogue" } },
	{ "change", { "leaf", "at", "by", "operation", "changed" } },
	{ "consent", { "phone", "bsuid", "purpose", "act", "at", "evidence", "source" } },
	{ "import",
	    { "id", "at", "name", "state", "rows", "accepted", "rejected", "opt_outs_kept" } },
	{ "stop", { "id", "at", "code", "phone", "words", "state", "ended_at" } },
	{ "trigger", { "name", "app", "number", "proof", "queued", "skipped", "last_at" } },
	{ "autoreply", { "name", "kind", "app", "number", "sent", "last_at" } },
	{ "link", { "id", "number", "purpose", "text", "uses", "ended_at" } },
	{ "request", { "id", "at", "person", "number", "purpose", "state", "send" } },
	{ "decision",
	    { "decision", "at", "app", "number", "purpose", "verdict", "state", "rules" } },
	{ "alarm", { "at", "kind", "scope", "detail" } },
	{ "incident",
	    { "id", "opened_at", "kind", "scope", "object", "state", "outcome", "days_left" } },
	{ "notice", { "id", "at", "kind", "sender", "waba", "incident", "words" } },
	{ "signal", { "signal", "level", "proxy", "part", "of", "share", "warn", "pause" } },
	{ "pause", { "scope", "id", "purpose", "percent", "until", "by", "reason", "at" } },
	{ "ledger", { "seq", "at", "type", "record", "policy" } },
};

/* What was done, in a sentence of its own above the answer. */
static const struct {
	const char *operation, *sentence;
} done[] = {
	{ "addAccount", N_("The account is on record.") },
	{ "setAccount", N_("The account was changed.") },
	{ "liftAccount", N_("It has ended here; this is how the account stands now.") },
	{ "removeAccount", N_("The account was removed.") },
	{ "addNumber", N_("The number is on record.") },
	{ "setNumber", N_("The number was changed.") },
	{ "removeNumber", N_("The number was removed.") },
	{ "pauseNumber", N_("The number is paused.") },
	{ "resumeNumber", N_("The number may send again.") },
	{ "addPause", N_("It is paused. What is paused:") },
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
	{ "reviewIntegration", N_("The review is on record.") },
	{ "importScan", N_("The scan is in the register.") },
	{ "recordConsent", N_("The consent is on record.") },
	{ "withdrawConsent", N_("The withdrawal is on record.") },
	{ "undoImport", N_("What counted before the import counts again.") },
	{ "addRequest", N_("The question is on record; what became of its send stands below.") },
	{ "releaseStops", N_("They may get marketing again, as far as they agreed.") },
	{ "confirmStops", N_("They are on record as opted out.") },
	{ "addTrigger", N_("The trigger takes what is posted to its address.") },
	{ "setTrigger", N_("The trigger was changed.") },
	{ "removeTrigger", N_("The trigger takes nothing any more.") },
	{ "addAutoreply", N_("The reply is on record, and is sent from now on.") },
	{ "removeAutoreply", N_("The reply is not sent any more.") },
	{ "addLink", N_("The link works.") },
	{ "endLink", N_("The link has ended.") },
	{ "cancelRequest", N_("The request was taken back.") },
	{ "openIncident", N_("The incident is open.") },
	{ "noteIncident", N_("It is noted.") },
	{ "addEvidence", N_("The evidence is with the incident.") },
	{ "submitIncident", N_("It is noted that a review was asked for.") },
	{ "answerIncident", N_("The answer is noted.") },
	{ "closeIncident", N_("The incident is closed.") },
	{ "resendDeliveries", N_("The events are on their way again.") },
	{ "disableWebhook", N_("Nothing is posted to it; its events wait.") },
	{ "enableWebhook", N_("Events are posted to it again.") },
	{ "makeBackup", N_("The copy is made and checked.") },
	{ "confirmRestore", N_("It is on record: marketing goes on as the policy lets it.") },
	{ "proposePolicy", N_("The proposal is on record.") },
	{ "rollBackPolicy", N_("The proposal is on record.") },
	{ "addException", N_("The exception is proposed; a second person puts it in force.") },
	{ "endException", N_("The exception has ended.") },
	{ "applyProposal", N_("It is in force: sends are judged by it from now on.") },
	{ "dropProposal", N_("The proposal was given up.") },
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

static void add_value(struct arena *a, const struct json *v, struct buf *out);

/* A word of ours in the reader's language. */
static void add_member_value(struct arena *a, struct str key, const struct json *v, struct buf *out)
{
	const char *word = json_str(v).p ? show_value(key, json_str(v)) : NULL;

	if (word)
		buf_add_c(out, word);
	else
		add_value(a, v, out);
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
		add_member_value(
		    t->arena, str_c(t->columns[i]), json_get(item, t->columns[i]), &text);
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
    struct arena *a, struct str key, size_t width, const struct json *value, struct buf *out)
{
	const char *label = label_of(a, key, out);

	buf_add_c(out, label);
	pad(out, text_code_points(str_c(label)), width + 2);
	add_member_value(a, key, value, out);
	buf_add_char(out, '\n');
}

static bool is_list_of_objects(const struct json *v)
{
	return json_type(v) == JSON_ARRAY && json_len(v) > 0 &&
	    json_type(json_at(v, 0)) == JSON_OBJECT;
}

/* Sentences stand on lines of their own. */
static bool is_list_of_sentences(const struct json *v)
{
	return json_type(v) == JSON_ARRAY && str_ends(json_str(json_at(v, 0)), STR("."));
}

static void show_sentences(struct arena *a, const struct json *v, size_t indent, struct buf *out)
{
	struct json_iter it;
	const struct json *item;

	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		pad(out, 0, indent);
		add_value(a, item, out);
		buf_add_char(out, '\n');
	}
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
		} else if (is_list_of_sentences(member)) {
			buf_addf(out, "%s\n", label);
			show_sentences(a, member, indent + INDENT, out);
		} else {
			show_line(a, key, width, member, out);
		}
	}
}

/* --- decisions -------------------------------------------------------------------------------- */

/* The text of a member, with something in front and behind. */
static void add_member(struct arena *a, const char *before, const struct json *v, const char *key,
    const char *behind, struct buf *out)
{
	struct str value = json_str(json_get(v, key));
	const char *word = show_value(str_c(key), value);

	buf_add_c(out, before);
	buf_add(out, word ? str_c(word) : clean(a, value, VALUE_MAX, out));
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
	    str_eq(key, STR("details")) || str_eq(key, STR("former"));
}

/* Why it waited, for one that is told otherwise by now. */
static void show_former(struct arena *a, const struct json *list, struct buf *out)
{
	struct json_iter it;
	const struct json *judgement;

	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &judgement)) {
		buf_addf(out, "\n%s", _("Judged before:"));
		add_member(a, " ", judgement, "at", "", out);
		add_member(a, "  ", judgement, "verdict", "\n", out);
		show_rules(a, json_get(judgement, "details"), out);
	}
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
			show_line(a, key, width, member, out);
	}
	show_rules(a, json_get(v, "details"), out);
	show_former(a, json_get(v, "former"), out);
}

/* --- triggers --------------------------------------------------------------------------------- */

/* Of each event what would become of it: the message as it is, for whoever writes the definition, and
 * what policy says, as of a decision. */
static void show_try(struct arena *a, const struct json *v, struct buf *out)
{
	const struct json *body = json_get(v, "body"), *decision = json_get(v, "decision");

	add_member(a, "", v, "state", "", out);
	add_member(a, "  ", v, "event_id", "", out);
	add_member(a, "  ", v, "due_at", "\n", out);
	if (json_str(json_get(v, "reason")).len) {
		add_member(a, "  ", v, "reason", "", out);
		add_member(a, "  ", v, "place", "\n", out);
		return;
	}
	struct buf text;
	buf_init(&text, 0);
	json_print(&text, body);
	buf_add_c(out, "  ");
	buf_add(out, clean(a, buf_str(&text), VALUE_MAX, out));
	buf_done(&text);
	add_member(a, "\n  ", decision, "verdict", "", out);
	add_member(a, "  ", decision, "hold_until", "\n", out);
	show_rules(a, json_get(decision, "details"), out);
}

static void show_tries(struct arena *a, const struct json *answer, struct buf *out)
{
	struct json_iter it;
	const struct json *item;

	json_iter_init(&it, json_get(answer, "items"));
	while (json_iter_next(&it, NULL, &item))
		show_try(a, item, out);
}

/* --- the register ----------------------------------------------------------------------------- */

static bool is_nothing(const struct json *v)
{
	bool list = json_type(v) == JSON_ARRAY || json_type(v) == JSON_OBJECT;

	return json_is_null(v) || (list && json_len(v) == 0);
}

/* Of an entry only what is said of it: it has many members. */
static void show_entry(struct arena *a, const struct json *v, struct buf *out)
{
	struct json_iter it;
	struct str key;
	const struct json *member;
	size_t width = 0;

	for (int written = 0; written < 2; written++) {
		members(&it, v);
		while (json_iter_next(&it, &key, &member)) {
			const char *label = label_of(a, key, out);
			size_t wide = text_code_points(str_c(label));
			if (is_nothing(member))
				continue;
			if (!written) {
				width = wide > width ? wide : width;
			} else if (json_type(member) == JSON_OBJECT) {
				buf_addf(out, "%s\n", label);
				show_object(a, member, 1, out);
			} else if (is_list_of_objects(member)) {
				buf_addf(out, "%s\n", label);
				show_list(a, NULL, member, INDENT, out);
			} else {
				show_line(a, key, width, member, out);
			}
		}
	}
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Lists of something else than their noun. */
static const struct {
	const char *operation, *list;
} list_names[] = {
	{ "listScans", "scan" },
	{ "listNotices", "notice" },
	{ "showIntegrationHistory", "change" },
};

static const char *list_of(const struct noun_verb *api)
{
	for (size_t i = 0; i < ARRAY_LEN(list_names); i++) {
		if (strcmp(list_names[i].operation, api->operation) == 0)
			return list_names[i].list;
	}
	return api->noun;
}

static void show_page(
    const struct noun_verb *api, const struct json *answer, struct arena *a, struct buf *out)
{
	const struct json *items = json_get(answer, "items"), *next = json_get(answer, "next");

	if (json_len(items) == 0)
		buf_addf(out, "%s\n", _("There is nothing to list."));
	show_list(a, list_of(api), items, 0, out);
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

/* One below the other, with all that was understood. */
static void show_notices(struct arena *a, const struct json *answer, struct buf *out)
{
	struct json_iter it;
	const struct json *item;
	bool dry = false;

	if (json_bool(json_get(answer, "dry_run"), &dry) && dry)
		buf_addf(out, "%s\n", _("Nothing was changed: this only looks."));
	json_iter_init(&it, json_get(answer, "items"));
	while (json_iter_next(&it, NULL, &item)) {
		buf_add_char(out, '\n');
		show_object(a, item, 0, out);
	}
}

/* Answers that have a form of their own. */
static const struct {
	const char *operation;
	void (*show)(struct arena *a, const struct json *answer, struct buf *out);
} forms[] = {
	{ "showDecision", show_decision },
	{ "makeCheckpoint", show_note },
	{ "proveEntry", show_proof },
	{ "testTrigger", show_tries },
	{ "importNotices", show_notices },
	{ "showIntegration", show_entry },
	{ "setIntegration", show_entry },
	{ "revokeIntegration", show_entry },
	{ "reviewIntegration", show_entry },
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
