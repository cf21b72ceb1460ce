/* Answers from a pack. Everything was checked when it was read, so nothing here can fail. */
#include "domain/pack.h"

#include "base/check.h"
#include "base/text.h"
#include "domain/content.h"
#include "domain/pack_private.h"

#define SPELLED_MIN 3 /* letters of a word that somebody spells */
#define SPELLED_MAX 32

static const char *const effect_names[] = {
#define X(effect, name) [effect] = name,
	PACK_EFFECTS(X)
#undef X
};

void pack_free(struct pack **pp)
{
	struct pack *pack = *pp;

	if (!pack)
		return;
	*pp = NULL;
	if (!pack->made_from) {
		map_free(&pack->words);
		content_free(&pack->content);
	}
	struct arena *arena = pack->arena;
	arena_free(&arena);
}

struct str pack_name(const struct pack *pack)
{
	return pack->name;
}

struct str pack_version(const struct pack *pack)
{
	return pack->version;
}

struct str pack_date(const struct pack *pack)
{
	return pack->date;
}

const struct sha256 *pack_digest(const struct pack *pack)
{
	return &pack->digest;
}

enum level pack_level(const struct pack *pack, enum rule_index rule)
{
	ASSERT(rule < RULES_COUNT);
	return pack->levels[rule];
}

void pack_set_level(struct pack *pack, enum rule_index rule, enum level level)
{
	ASSERT(rule < RULES_COUNT);
	pack->levels[rule] = level;
}

int64_t pack_share(int64_t n, int64_t ppm)
{
	__int128 share = (__int128)n * ppm / PPM;

	return share < INT64_MAX ? (int64_t)share : INT64_MAX;
}

bool pack_words_has(const struct pack_words *words, struct str word)
{
	for (size_t i = 0; i < words->len; i++) {
		if (str_eq(words->items[i], word))
			return true;
	}
	return false;
}

const struct pack_limits *pack_limits(const struct pack *pack)
{
	return &pack->limits;
}

bool pack_portfolio_level(const struct pack *pack, struct str name, int64_t *ret)
{
	const struct pack_portfolio *p = &pack->limits.portfolio;

	for (size_t i = 0; i < p->level_names.len; i++) {
		if (str_eq(p->level_names.items[i], name)) {
			*ret = p->levels[i];
			return true;
		}
	}
	return false;
}

const struct pack_warmup *pack_warmup(const struct pack *pack)
{
	return &pack->warmup;
}

const struct content *pack_content(const struct pack *pack)
{
	return pack->content;
}

const struct pack_polling *pack_polling(const struct pack *pack)
{
	return &pack->polling;
}

int64_t pack_warmup_cap(const struct pack *pack, int64_t day)
{
	const struct pack_warmup *w = &pack->warmup;

	if (day > w->max_days)
		return INT64_MAX;
	if (day < 1)
		day = 1;
	if ((size_t)day <= w->caps_len)
		return w->caps[day - 1];
	int64_t cap = w->caps[w->caps_len - 1];
	for (size_t d = w->caps_len; d < (size_t)day && cap < INT64_MAX; d++)
		cap = pack_share(cap, w->growth_ppm);
	return cap;
}

const struct pack_breaker *pack_breaker(const struct pack *pack)
{
	return &pack->breaker;
}

const struct pack_incidents *pack_incidents(const struct pack *pack)
{
	return &pack->incidents;
}

const struct pack_lint *pack_lint(const struct pack *pack)
{
	return &pack->lint;
}

const struct pack_campaign *pack_campaign(const struct pack *pack)
{
	return &pack->campaign;
}

const struct pack_incident *pack_incident(const struct pack *pack, struct str kind)
{
	const struct pack_incidents *all = &pack->incidents;
	const struct pack_incident *other = &all->kinds[0];

	for (size_t i = 0; i < all->kinds_len; i++) {
		if (str_eq(all->kinds[i].kind, kind))
			return &all->kinds[i];
		if (str_eq_c(all->kinds[i].kind, "other"))
			other = &all->kinds[i];
	}
	return other;
}

bool pack_opt_word(const struct pack *pack, struct str folded, struct pack_opt *ret)
{
	const struct pack_opt *found = map_get(pack->words, folded);

	if (!found)
		return false;
	int64_t words = (int64_t)text_words(folded);
	struct pack_opt opt = *found;
	if (words > pack->out_max_words)
		opt.withdraws = 0;
	if (words > pack->in_max_words || opt.withdraws)
		opt.grants = 0;
	if (!opt.withdraws && !opt.grants && !opt.reply)
		return false;
	*ret = opt;
	return true;
}

/* What is in front of the last words `polite`, p NULL = they are not the last, or nothing is in front. */
static struct str before_last(struct str folded, struct str polite)
{
	if (folded.len <= polite.len + 1 || folded.p[folded.len - polite.len - 1] != ' ' ||
	    !str_eq(str_sub(folded, folded.len - polite.len, polite.len), polite))
		return STR_NONE;
	return str_sub(folded, 0, folded.len - polite.len - 1);
}

static struct str behind_first(struct str folded, struct str polite)
{
	if (folded.len <= polite.len + 1 || !str_starts(folded, polite) ||
	    folded.p[polite.len] != ' ')
		return STR_NONE;
	return str_sub(folded, polite.len + 1, folded.len);
}

static struct str without(
    struct str folded, const struct pack_words *polite, struct str (*cut)(struct str, struct str))
{
	for (size_t i = 0; i < polite->len; i++) {
		struct str rest = cut(folded, polite->items[i]);
		if (rest.p)
			return rest;
	}
	return folded;
}

/* Is it an opt-out beside which only a "please" or a "thank you" stands. */
static bool is_polite_opt_out(const struct pack *pack, struct str folded, struct pack_opt *ret)
{
	struct str front = without(folded, &pack->polite, before_last);
	struct str rest = without(front, &pack->polite, behind_first);

	if (rest.len == folded.len || !pack_opt_word(pack, rest, ret))
		return false;
	ret->grants = 0;
	ret->reply = PACK_REPLY_NONE;
	return ret->withdraws != 0;
}

/* Letters with a blank between each two, without the blanks: how many, 0 = that is not what it is. */
static size_t spelled(struct str folded, char out[SPELLED_MAX])
{
	size_t len = folded.len / 2 + 1;

	if (folded.len % 2 == 0 || len < SPELLED_MIN || len > SPELLED_MAX)
		return 0;
	for (size_t i = 0; i < folded.len; i++) {
		if ((folded.p[i] == ' ') != (i % 2 == 1))
			return 0;
		if (i % 2 == 0)
			out[i / 2] = folded.p[i];
	}
	return len;
}

/* Is it an opt-out word that somebody spelled: "S T O P". */
static bool is_spelled_opt_out(const struct pack *pack, struct str folded, struct pack_opt *ret)
{
	char letters[SPELLED_MAX];
	size_t len = spelled(folded, letters);

	if (!len || !pack_opt_word(pack, str_n(letters, len), ret))
		return false;
	ret->grants = 0;
	ret->reply = PACK_REPLY_NONE;
	return ret->withdraws != 0;
}

int pack_opt_message(
    const struct pack *pack, struct arena *a, struct str text, struct pack_opt *ret)
{
	size_t most = pack->longest_word + 2 * (pack->longest_polite + 1);
	struct pack_opt opt = { .withdraws = 0 };
	struct str folded;
	int r = text_fold_short(a, text, most, &folded);

	if (r <= 0)
		return r;
	if (!pack_opt_word(pack, folded, &opt) && !is_polite_opt_out(pack, folded, &opt) &&
	    !is_spelled_opt_out(pack, folded, &opt))
		return 0;
	*ret = opt;
	return 1;
}

int pack_opt_out_begins(const struct pack *pack, struct arena *a, struct str text)
{
	struct str folded = text_fold(a, text);
	struct str rest = without(folded, &pack->polite, behind_first);
	struct pack_opt opt = { .withdraws = 0 };
	size_t len = 0;

	if (!folded.p)
		return -E_NOMEM;
	for (int64_t words = 0; len < rest.len && words < pack->out_max_words; words++) {
		len += words > 0;
		while (len < rest.len && rest.p[len] != ' ')
			len++;
		if (pack_opt_word(pack, str_sub(rest, 0, len), &opt) && opt.withdraws)
			return 1;
	}
	return 0;
}

unsigned pack_meta_stop(const struct pack *pack)
{
	return pack->meta_stop;
}

enum evidence pack_opt_in_evidence(const struct pack *pack)
{
	return pack->opt_in_evidence;
}

int64_t pack_opt_out_confirm_again_ms(const struct pack *pack)
{
	return pack->confirm_again_ms;
}

int64_t pack_request_valid_ms(const struct pack *pack)
{
	return pack->request_valid_ms;
}

const struct pack_language *pack_language(const struct pack *pack, struct str lang)
{
	for (size_t i = 0; i < pack->languages_len; i++) {
		if (str_eq(pack->languages[i].lang, lang))
			return &pack->languages[i];
	}
	return NULL;
}

const struct pack_language *pack_language_of(const struct pack *pack, struct str country)
{
	for (size_t i = 0; i < pack->languages_len; i++) {
		if (pack_words_has(&pack->languages[i].countries, country))
			return &pack->languages[i];
	}
	return NULL;
}

const struct pack_language *pack_language_for(
    const struct pack *pack, struct str country, const struct pack_opt *opt)
{
	const struct pack_language *theirs = pack_language_of(pack, country), *said = NULL;

	for (size_t i = 0; i < opt->langs_len; i++) {
		const struct pack_language *l = pack_language(pack, opt->langs[i]);
		if (l && l == theirs)
			return theirs;
		said = said ? said : l;
	}
	if (said || theirs)
		return said ? said : theirs;
	said = pack_language(pack, STR("en"));
	return said ? said : &pack->languages[0];
}

unsigned pack_restriction(const struct pack *pack, struct str type)
{
	for (size_t i = 0; i < pack->restrictions_len; i++) {
		if (str_eq(pack->restrictions[i].type, type))
			return pack->restrictions[i].covers;
	}
	return pack->unknown_restriction;
}

/* People write definitions too: Meta's capitals are not asked of them. */
static bool has_status(const struct pack_words *words, struct str status)
{
	for (size_t i = 0; i < words->len; i++) {
		if (str_eq_nocase(words->items[i], status))
			return true;
	}
	return false;
}

enum pack_status pack_template_status(const struct pack *pack, struct str status)
{
	if (has_status(&pack->template_sendable, status))
		return PACK_STATUS_SENDABLE;
	if (has_status(&pack->template_paused, status))
		return PACK_STATUS_PAUSED;
	if (has_status(&pack->template_not_sendable, status))
		return PACK_STATUS_NOT_SENDABLE;
	return PACK_STATUS_UNKNOWN;
}

bool pack_is_us_area(const struct pack *pack, unsigned area)
{
	return area < PACK_AREAS && pack->us_area[area];
}

const struct pack_template *pack_template(const struct pack *pack)
{
	return &pack->tpl;
}

const struct pack_message *pack_message(const struct pack *pack)
{
	return &pack->message;
}

const struct pack_direct_send *pack_direct_send(const struct pack *pack)
{
	return &pack->direct_send;
}

const struct pack_code *pack_code(const struct pack *pack, int64_t code)
{
	size_t from = 0, to = pack->codes_len;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (pack->codes[middle].code < code)
			from = middle + 1;
		else
			to = middle;
	}
	bool found = from < pack->codes_len && pack->codes[from].code == code;
	return found ? &pack->codes[from] : NULL;
}

enum pack_class pack_answer_class(const struct pack *pack, int64_t code, int http_status)
{
	const struct pack_code *known = pack_code(pack, code);

	if (known)
		return known->class;
	return http_status / 100 == 4 ? pack->unlisted.on_4xx : pack->unlisted.on_5xx;
}

const char *pack_effect_name(enum pack_effect effect)
{
	ASSERT(effect < PACK_EFFECTS_COUNT);
	return effect_names[effect];
}

bool pack_host_is_official(const struct pack *pack, struct str host)
{
	for (size_t i = 0; i < pack->upstreams_len; i++) {
		if (str_eq_nocase(pack->upstreams[i].host, host))
			return true;
	}
	return false;
}

const struct pack_upstream *pack_upstream(const struct pack *pack, struct str name)
{
	for (size_t i = 0; i < pack->upstreams_len; i++) {
		if (str_eq(pack->upstreams[i].name, name))
			return &pack->upstreams[i];
	}
	return NULL;
}

const struct pack_upstream *pack_upstream_at(const struct pack *pack, size_t i)
{
	return i < pack->upstreams_len ? &pack->upstreams[i] : NULL;
}
