/* domain/template_advice_parts.c: what is said of one text, one example, one button. Links are judged by their form alone:
 * nothing is asked of any network. */
#include <string.h>

#include "domain/phone.h"
#include "domain/template_fit.h"
#include "domain/template_lint.h"
#include "domain/template_signs.h"
#include "domain/template_text.h"

#define TEXTS_LINKS_MAX 8 /* of one text; more say nothing new */

static bool is_off(const struct lint *l, enum rule_index rule)
{
	return !l->setting || pack_level(l->pack, rule) == LEVEL_OFF;
}

void advise_unknown(struct lint *l, const char *name)
{
	if (l->setting)
		lint_fault(l, LINT_UNKNOWN_PART, name);
}

/* --- links ------------------------------------------------------------------------------------ */

static bool is_within(struct str host, struct str domain)
{
	return str_eq_nocase(host, domain) ||
	    (host.len > domain.len && host.p[host.len - domain.len - 1] == '.' &&
		str_ends(host, domain));
}

static bool is_within_any(struct str host, const struct pack_words *domains)
{
	for (size_t i = 0; i < domains->len; i++) {
		if (is_within(host, domains->items[i]))
			return true;
	}
	return false;
}

static void link_problem(
    struct lint *l, enum lint_id id, const char *name, const struct content_link *link)
{
	lint_open(l, id, name);
	jw_member_c(l->out, "host", link->host);
	if (link->like.p)
		jw_member_str(l->out, "like", link->like);
	lint_close(l);
}

static void judge_link(struct lint *l, const char *name, const struct content_link *link)
{
	static const enum lint_id ids[LINK_FAULTS] = {
		[LINK_PLAIN] = LINT_LINK_PLAIN,
		[LINK_SCHEME] = LINT_LINK_SCHEME,
		[LINK_SHORTENER] = LINT_LINK_SHORTENER,
		[LINK_LOOKALIKE] = LINT_LINK_LOOKALIKE,
		[LINK_ADDRESS] = LINT_LINK_ADDRESS,
		[LINK_USERINFO] = LINT_LINK_USERINFO,
	};

	if (link->fault == LINK_FINE || is_off(l, RULE_CONTENT_LINK))
		return;
	link_problem(l,
	    link->fault == LINK_LOOKALIKE && link->like.p ? LINT_LINK_LIKE : ids[link->fault], name,
	    link);
}

/* U+202A to U+202E and U+2066 to U+2069, which embed, override and isolate. */
static bool is_direction_mark(const char *p, bool *ret_overrides)
{
	const unsigned char *b = (const unsigned char *)p;
	bool embeds = b[1] == 0x80 && b[2] >= 0xaa && b[2] <= 0xae;

	*ret_overrides = embeds && b[2] >= 0xad;
	return b[0] == 0xe2 && (embeds || (b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9));
}

/* Languages from right to left need marks, but nobody needs letters that stand the other way round. */
static bool turns_direction(const struct lint *l, struct str text)
{
	static const char *const leftward[] = { "ar", "fa", "he", "ur" };
	bool needs = false, overrides = false;

	for (size_t i = 0; i < ARRAY_LEN(leftward); i++)
		needs = needs || str_starts(l->language, str_c(leftward[i]));
	for (size_t i = 0; i + 2 < text.len; i++) {
		if (is_direction_mark(text.p + i, &overrides) && (overrides || !needs))
			return true;
	}
	return false;
}

void advise_direction(struct lint *l, const char *name, struct str text)
{
	if (l->setting && turns_direction(l, text))
		lint_fault(l, LINT_DIRECTION, name);
}

void advise_text(struct lint *l, const char *name, struct str text)
{
	struct content_link link;
	struct str rest = text, before;

	if (!l->setting)
		return;
	advise_direction(l, name, text);
	for (size_t i = 0;
	    i < TEXTS_LINKS_MAX && content_link_next(pack_content(l->pack), &rest, &before, &link);
	    i++)
		judge_link(l, name, &link);
}

/* --- lines and examples ----------------------------------------------------------------------- */

void advise_line(struct lint *l, const char *name, struct str text)
{
	if (l->setting && memchr(text.p ? text.p : "", '\n', text.len))
		lint_fault(l, LINT_LINE_BREAK, name);
}

/* The variable again, or nothing. */
void advise_example(struct lint *l, struct str example)
{
	if (l->setting && (str_trim(example).len == 0 || memmem(example.p, example.len, "{{", 2)))
		lint_fault(l, LINT_BARE_EXAMPLE, "example");
}

/* --- buttons ---------------------------------------------------------------------------------- */

/* No host at all, one without a dot, or one with an ending that nobody's has. */
static bool is_dead(const struct lint *l, struct str host)
{
	return host.len == 0 || !memchr(host.p, '.', host.len) ||
	    is_within_any(host, &pack_lint(l->pack)->dead);
}

/* Does what stands before the variable end within the host. */
static bool is_open(struct str before)
{
	const char *authority = memmem(before.p, before.len, "://", 3);
	struct str rest = authority
	    ? str_sub(before, (size_t)(authority - before.p) + 3, before.len)
	    : before;

	for (size_t i = 0; i < rest.len; i++) {
		if (strchr("/?#", rest.p[i]))
			return false;
	}
	return true;
}

/* Was it opened, and led nowhere. */
static bool was_dead(struct lint *l, struct str url, const struct content_link *link)
{
	const struct template_setting *s = l->setting;

	for (size_t i = 0; i < s->dead_len; i++) {
		int status = s->dead[i].status;

		if (!str_eq(s->dead[i].url, url))
			continue;
		lint_open(l, status ? LINT_LINK_GONE : LINT_LINK_SILENT, "url");
		jw_member_c(l->out, "host", link->host);
		if (status)
			jw_member_int(l->out, "answered", status);
		lint_close(l);
		return true;
	}
	return false;
}

static void advise_url(struct lint *l, struct str url)
{
	struct content_link link;
	struct str rest = url, before, name;
	bool variable = template_text_next(&rest, &before, &name);

	if (variable && is_open(before)) {
		lint_fault(l, LINT_LINK_OPEN, "url");
		return;
	}
	content_link_judge(pack_content(l->pack), variable ? before : url, &link);
	struct str host = str_c(link.host);
	if (was_dead(l, url, &link))
		return;
	if (link.fault != LINK_FINE && link.fault != LINK_PLAIN)
		judge_link(l, "url", &link);
	else if (is_dead(l, host))
		link_problem(l, LINT_LINK_DEAD, "url", &link);
	else if (is_within_any(host, &pack_lint(l->pack)->chat_hosts))
		link_problem(l, LINT_LINK_CHAT, "url", &link);
	else
		judge_link(l, "url", &link);
}

static void advise_phone(struct lint *l, struct str number)
{
	struct phone phone;

	if (phone_parse(number, STR_NONE, &phone, NULL, NULL) < 0)
		lint_fault(l, LINT_PHONE, "phone_number");
}

static const struct pack_proposal *proposal_of(const struct lint *l)
{
	const struct pack_lint *lint = pack_lint(l->pack);

	for (size_t i = 0; i < lint->proposals_len; i++) {
		if (str_starts(l->language, lint->proposals[i].lang))
			return &lint->proposals[i];
	}
	for (size_t i = 0; i < lint->proposals_len; i++) {
		if (str_eq(lint->proposals[i].lang, STR("en")))
			return &lint->proposals[i];
	}
	return NULL;
}

void advise_proposal(struct lint *l)
{
	const struct pack_proposal *p = proposal_of(l);

	jw_member_str(l->out, "footer", p ? p->footer : STR("STOP"));
	jw_member_str(l->out, "button", p ? p->button : STR("STOP"));
}

/* Meant as a way out, by the words of the pack. */
static int reads_like_way_out(struct lint *l, struct str text)
{
	const struct pack_words *phrases = &pack_lint(l->pack)->way_out;
	struct str folded = pack_phrase_fold(l->arena, text);

	for (size_t i = 0; folded.p && i < phrases->len; i++) {
		if (pack_phrase_in(folded, phrases->items[i]))
			return 1;
	}
	return folded.p ? 0 : -E_NOMEM;
}

static void advise_reply(struct lint *l, struct str text)
{
	int out = reads_like_way_out(l, text);
	int heard = out > 0 ? template_reply_opts_out(l->pack, l->arena, text) : 0;

	l->no_memory = l->no_memory || out < 0 || heard < 0;
	if (out <= 0 || heard != 0)
		return;
	lint_open(l, LINT_DEAF_BUTTON, "text");
	advise_proposal(l);
	lint_close(l);
}

void advise_button(struct lint *l, const struct json *button)
{
	const struct json *type = json_get(button, "type");

	if (!l->setting)
		return;
	advise_line(l, "text", json_str(json_get(button, "text")));
	advise_direction(l, "text", json_str(json_get(button, "text")));
	if (template_word_is(type, "URL"))
		advise_url(l, json_str(json_get(button, "url")));
	else if (template_word_is(type, "PHONE_NUMBER"))
		advise_phone(l, json_str(json_get(button, "phone_number")));
	else if (template_word_is(type, "QUICK_REPLY"))
		advise_reply(l, json_str(json_get(button, "text")));
}
