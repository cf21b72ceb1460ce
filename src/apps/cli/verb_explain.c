/* varco explain: what a rule or a code is about, from the rows that decide and the pack that they use. */
#include <argp.h>
#include <stdio.h>
#include <limits.h>

#include "apps/cli/explain_lint.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/text.h"
#include "domain/rules.h"

#define WHO "varco explain"
#define VARCO_CODES 900000 /* error.code of a rule for which Meta has none: this plus its number */
#define NEAREST 3

#define STATUS_HELD 429 /* of every rule that holds (design 4) */

enum {
	KEY_JSON = 'j',
	KEY_LANG = 'l',
};

struct options {
	bool json;
	enum lang lang;
	const char *what;
};

/* Everything that the word may mean. */
struct found {
	const struct rule *rules[RULES_COUNT];
	size_t len;
	bool is_code; /* one of Meta's, in the pack's table or used by a rule */
	int64_t code;
	const struct pack_code *row; /* NULL: the table does not have it */
};

/* What seeing a code in an answer or a status does here; rows by enum pack_effect. */
static const char *const effects[] = {
	[PACK_EFFECT_NONE] = N_("It changes nothing for later messages."),
	[PACK_EFFECT_LOCK] = N_("The account counts as locked until an operator clears it."),
	[PACK_EFFECT_BLOCK] = N_(
	    "The account counts as locked until Meta says what it has restricted, or an operator clears it."),
	[PACK_EFFECT_PAYMENT] = N_(
	    "The account counts as having a payment problem until that is cleared."),
	[PACK_EFFECT_COUNTRY] = N_("The recipient's country counts as blocked for the account."),
	[PACK_EFFECT_COOLDOWN] = N_("Marketing to this person from this account cools down."),
	[PACK_EFFECT_META_STOP] = N_("The person counts as having stopped marketing in WhatsApp."),
	[PACK_EFFECT_UNDELIVERABLE] = N_("It counts as a hard failure of this person."),
	[PACK_EFFECT_SUPPRESS] = N_(
	    "The person goes on the suppression list: the business itself has blocked them."),
	[PACK_EFFECT_WINDOW_CLOSED] = N_(
	    "The customer service window with this person counts as closed."),
	[PACK_EFFECT_SPAM_PAUSE] = N_("Marketing from this number is paused."),
	[PACK_EFFECT_SLOW_NUMBER] = N_("The number sends more slowly for a while."),
	[PACK_EFFECT_SLOW_PAIR] = N_("Messages from this number to this person wait."),
	[PACK_EFFECT_TOKEN] = N_(
	    "Meta's token counts as invalid: everything of the account waits until it is good again or another."),
	[PACK_EFFECT_NUMBER_GONE] = N_("The number counts as unable to send."),
	[PACK_EFFECT_NUMBER_WAIT] = N_("The number waits: Meta is changing its throughput."),
	[PACK_EFFECT_UTILITY_WAIT] = N_("Utility messages of the account wait."),
	[PACK_EFFECT_DIRECT_SEND_WAIT] = N_("Direct Send of the account waits."),
	[PACK_EFFECT_TEMPLATE_PAUSED] = N_("The template counts as paused."),
	[PACK_EFFECT_TEMPLATE_DISABLED] = N_("The template counts as disabled."),
	[PACK_EFFECT_TEMPLATE_GONE] = N_("The template counts as unknown until it is read again."),
};

static const char *const classes[] = {
	[PACK_CLASS_REJECTED] = N_("The message was surely not sent."),
	[PACK_CLASS_UNKNOWN] = N_(
	    "The message may have been sent, so Varco never repeats it by itself."),
};

static const char *const levels[] = {
	[LEVEL_OFF] = N_("off"),
	[LEVEL_WARN] = N_("warns"),
	[LEVEL_HOLD] = N_("holds"),
	[LEVEL_REFUSE] = N_("refuses"),
};

static const char *const actors[] = {
	[WHO_APP] = N_("whoever runs the app"),
	[WHO_OPERATOR] = N_("an operator of Varco"),
	[WHO_COMPLIANCE] = N_("whoever is responsible for consent"),
	[WHO_META] = N_("Meta"),
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ "lang", KEY_LANG, "it|en", 0, N_("Language of the sentences"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_LANG:
		if (!verb_lang(arg, &o->lang))
			verb_refuse(
			    state, _("There is no language \"%s\" here: use it or en."), arg);
		return 0;
	case ARGP_KEY_ARG:
		if (o->what)
			verb_misuse(state);
		o->what = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		verb_misuse(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp explain_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("RULE|CODE"),
	.doc = N_(
	    "Explain a rule (window.closed, 501), a code of Varco's own (900401) or one of Meta's "
	    "(131047)."),
};

/* --- looking up ------------------------------------------------------------------------------- */

static void add(struct found *f, const struct rule *rule)
{
	if (rule)
		f->rules[f->len++] = rule;
}

static void find_code(const struct pack *pack, int64_t code, struct found *ret)
{
	ret->code = code;
	ret->row = pack_code(pack, code);
	for (size_t i = 0; i < rules_len; i++) {
		if (rules[i].graph_code != 0 && rules[i].graph_code == code)
			add(ret, &rules[i]);
	}
	ret->is_code = ret->row || ret->len > 0;
}

/* Rule numbers and Meta's codes do not overlap, so a number is one or the other. */
static bool find(const struct pack *pack, const char *what, struct found *ret)
{
	int64_t n;

	*ret = (struct found){ .len = 0 };
	if (str_to_i64(str_c(what), &n) < 0) {
		add(ret, rule_by_id(str_c(what)));
	} else if (n > VARCO_CODES && n < VARCO_CODES + 1000) {
		add(ret, rule_by_number((int)(n - VARCO_CODES)));
	} else {
		add(ret, n > 0 && n < 1000 ? rule_by_number((int)n) : NULL);
		if (ret->len == 0)
			find_code(pack, n, ret);
	}
	return ret->len > 0 || ret->is_code;
}

/* The ids that look most like the word, best first. */
static void add_nearest(struct buf *out, const char *what)
{
	bool told[RULES_COUNT] = { false };

	for (int n = 0; n < NEAREST; n++) {
		size_t best = RULES_COUNT;
		unsigned least = UINT_MAX;
		for (size_t i = 0; i < RULES_COUNT; i++) {
			unsigned far = text_distance(str_c(what), str_c(rules[i].id));
			if (!told[i] && far < least) {
				least = far;
				best = i;
			}
		}
		if (best == RULES_COUNT)
			return;
		told[best] = true;
		buf_addf(out, "%s%s", n ? ", " : "", rules[best].id);
	}
}

static void complain_of_unknown(const struct options *o)
{
	struct buf b;

	buf_init(&b, 0);
	buf_addf(&b,
	    lang_text(o->lang, N_("There is no rule or code \"%s\". The nearest rules are: ")),
	    o->what);
	add_nearest(&b, o->what);
	buf_add_char(&b, '.');
	verb_complain(WHO, buf_str(&b));
	buf_done(&b);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void tell_rule(
    const struct options *o, const struct pack *pack, const struct rule *rule, struct buf *out)
{
	enum level level = pack_level(pack, rule_index_of(rule));

	buf_addf(out, "%s (%d): %s\n", rule->id, rule->number, lang_text(o->lang, rule->title));
	buf_addf(out, lang_text(o->lang, N_("Level: %s. Error code: %d. HTTP status: %d.")),
	    lang_text(o->lang, levels[level]), rule_code(rule),
	    level == LEVEL_HOLD ? STATUS_HELD : rule->status);
	buf_addf(out, "\n\n%s\n", lang_text(o->lang, rule->explain));
	buf_addf(out, "\n%s %s\n", lang_text(o->lang, N_("What to do:")),
	    lang_text(o->lang, rule->remedy));
	buf_addf(out, "%s %s.\n", lang_text(o->lang, N_("Who can do it:")),
	    lang_text(o->lang, actors[rule->who]));
}

static void tell_code(const struct options *o, const struct found *f, struct buf *out)
{
	buf_addf(out, lang_text(o->lang, N_("Meta's error code %lld.")), (long long)f->code);
	buf_add_char(out, '\n');
	if (!f->row) {
		buf_addf(out, "%s\n",
		    lang_text(o->lang,
			N_("The policy pack has no row for it: seeing it changes nothing "
			   "for later messages.")));
		return;
	}
	buf_addf(out, "%s\n%s\n", lang_text(o->lang, classes[f->row->class]),
	    lang_text(o->lang, effects[f->row->effect]));
}

static void tell(
    const struct options *o, const struct pack *pack, const struct found *f, struct buf *out)
{
	if (f->is_code)
		tell_code(o, f, out);
	if (f->is_code && f->len > 0)
		buf_addf(
		    out, "%s\n", lang_text(o->lang, N_("Varco answers with it for these rules:")));
	for (size_t i = 0; i < f->len; i++) {
		buf_add_c(out, i > 0 || f->is_code ? "\n" : "");
		tell_rule(o, pack, f->rules[i], out);
	}
}

static void write_rule(const struct options *o, const struct pack *pack, const struct rule *rule,
    struct json_writer *w)
{
	jw_object(w);
	jw_member_c(w, "id", rule->id);
	jw_member_int(w, "number", rule->number);
	jw_member_c(w, "level", level_name(pack_level(pack, rule_index_of(rule))));
	jw_member_int(w, "code", rule_code(rule));
	jw_member_int(w, "status", rule->status);
	jw_member_bool(w, "binds", rule->binds);
	jw_member_c(w, "who", who_name(rule->who));
	jw_member_c(w, "title", lang_text(o->lang, rule->title));
	jw_member_c(w, "because", lang_text(o->lang, rule->because));
	jw_member_c(w, "remedy", lang_text(o->lang, rule->remedy));
	jw_member_c(w, "explain", lang_text(o->lang, rule->explain));
	jw_object_end(w);
}

static void write_code(const struct options *o, const struct found *f, struct json_writer *w)
{
	jw_object(w);
	jw_member_int(w, "code", f->code);
	jw_member_bool(w, "listed", f->row != NULL);
	if (f->row) {
		jw_member_c(
		    w, "class", f->row->class == PACK_CLASS_UNKNOWN ? "unknown" : "rejected");
		jw_member_c(w, "effect", pack_effect_name(f->row->effect));
		jw_member_c(w, "explain", lang_text(o->lang, effects[f->row->effect]));
	}
	jw_object_end(w);
}

static void write_found(
    const struct options *o, const struct pack *pack, const struct found *f, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "code");
	if (f->is_code)
		write_code(o, f, &w);
	else
		jw_null(&w);
	jw_key(&w, "rules");
	jw_array(&w);
	for (size_t i = 0; i < f->len; i++)
		write_rule(o, pack, f->rules[i], &w);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static int explain(const struct options *o, const struct pack *pack)
{
	struct found f;
	struct buf out;
	bool ok;

	buf_init(&out, 0);
	if (find(pack, o->what, &f)) {
		(o->json ? write_found : tell)(o, pack, &f, &out);
	} else if (!explain_lint(o->what, o->lang, o->json, &out)) {
		complain_of_unknown(o);
		return EXIT_FAILED;
	}
	ok = !out.failed && fwrite(out.p, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_done(&out);
	return ok ? EXIT_OK : EXIT_FAILED;
}

int verb_explain(int argc, char **argv)
{
	struct options o = { .lang = lang_process() };
	struct err err = { .code = 0 };
	struct pack *pack = NULL;

	verb_parse(&explain_argp, argc, argv, &o);
	if (crypto_init(&err) < 0 || pack_builtin(&pack, &err) < 0) {
		verb_complain(WHO, str_c(err.text));
		return EXIT_FAILED;
	}
	int code = explain(&o, pack);
	pack_free(&pack);
	return code;
}
