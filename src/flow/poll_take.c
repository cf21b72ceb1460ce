#include "flow/poll_take.h"

#include <string.h>

#include "base/check.h"
#include "domain/account.h"
#include "domain/account_state.h"
#include "domain/release.h"
#include "domain/template.h"
#include "flow/credential.h"
#include "flow/told.h"

#define CODE_TOKEN 190

/* 1 unless a webhook that came after the question told of the field. */
static int is_news(
    struct poll_work *w, enum history_kind kind, struct str id, const char *field, struct str value)
{
	return value.len ? history_is_news(w->c, kind, id, str_c(field), w->asked_at, w->err) : 0;
}

static int note(struct poll_work *w, enum history_source source, enum history_kind kind,
    struct str id, struct str words)
{
	const struct history_by by = { .source = source, .at = w->now, .words = words };

	return told_change(w->core, w->c, kind, id, &by, w->err);
}

static struct str print(struct poll_work *w, const struct json *v)
{
	struct buf text;

	buf_init(&text, 0);
	json_print(&text, v);
	struct str ret = text.failed ? STR_NONE : arena_str(w->arena, buf_str(&text));
	buf_done(&text);
	return ret;
}

/* --- health ----------------------------------------------------------------------------------- */

static const char *const health_words[] = { "AVAILABLE", "LIMITED", "BLOCKED" };

static size_t badness(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(health_words); i++) {
		if (str_eq_c(word, health_words[i]))
			return i;
	}
	return ARRAY_LEN(health_words);
}

/* The worst word of the entities of those types; p NULL when there is none. */
static struct str worst_of(const struct json *health, const char *const *types, size_t len)
{
	const struct json *entity;
	struct str worst = STR_NONE;
	struct json_iter it;

	json_iter_init(&it, json_get(health, "entities"));
	while (json_iter_next(&it, NULL, &entity)) {
		struct str word = json_str(json_get(entity, "can_send_message"));
		for (size_t i = 0; i < len && word.len; i++) {
			bool ours = str_eq_c(json_str(json_get(entity, "entity_type")), types[i]);
			if (ours && (!worst.p || badness(word) > badness(worst)))
				worst = word;
		}
	}
	return worst;
}

/* Whether something stops what the account begins, but for what health itself said before; 1, 0. */
static int is_stopped(struct poll_work *w, const struct dir_waba *waba)
{
	struct facts_restriction *kept = ARENA_ARRAY(
	    w->arena, struct facts_restriction, waba->restrictions_len + 1);
	struct dir_waba bare = *waba;
	struct standing s;

	if (!kept)
		return err_set(w->err, E_NOMEM, "Memory ran out while judging an account.");
	bare.restrictions = kept;
	bare.restrictions_len = 0;
	for (size_t i = 0; i < waba->restrictions_len; i++) {
		if (!str_eq(waba->restrictions[i].type, STR(RESTRICTION_HEALTH)))
			kept[bare.restrictions_len++] = waba->restrictions[i];
	}
	standing_of(&bare, w->core->pack, w->now, &s);
	return !waba->payment_ok || !s.may_begin;
}

static int take_waba_health(
    struct poll_work *w, const struct dir_waba *waba, const struct json *health)
{
	static const char *const types[] = { "WABA", "BUSINESS", "APP" };
	struct str word = worst_of(health, types, ARRAY_LEN(types));
	time_ms told = 0;

	if (!word.len)
		return 0;
	int r = waba_state_told_at(w->c, waba->id, &told, w->err);
	/* The answer is about a state that is no more; a time to come is a clock's error. */
	if (r < 0 || (told > w->asked_at && told <= w->now))
		return r;
	int stopped = is_stopped(w, waba);
	if (stopped < 0)
		return stopped;
	r = waba_set_health(w->c, waba->id, word, stopped > 0, w->now, w->err);
	return r < 0 ? r : note(w, HISTORY_HEALTH, HISTORY_WABA, waba->id, print(w, health));
}

static int take_number_health(struct poll_work *w, struct str id, const struct json *health)
{
	static const char *const types[] = { "PHONE_NUMBER" };
	struct str word = worst_of(health, types, ARRAY_LEN(types));

	if (!word.len)
		return 0;
	int r = number_set_health(w->c, id, word, w->now, w->err);
	return r < 0 ? r : note(w, HISTORY_HEALTH, HISTORY_NUMBER, id, print(w, health));
}

/* --- accounts --------------------------------------------------------------------------------- */

static int take_limit(struct poll_work *w, const struct dir_waba *waba, const struct json *v)
{
	struct str word = json_str(v), portfolio = waba->portfolio->id;
	int64_t limit;

	if (!pack_portfolio_level(w->core->pack, word, &limit))
		return 0;
	bool limited = limit < INT64_MAX;
	const struct dir_portfolio *p = waba->portfolio;
	if (p->told && p->told_limit == (limited ? limit : -1))
		return 0;
	int r = is_news(w, HISTORY_PORTFOLIO, portfolio, "limit", word);
	if (r > 0)
		r = portfolio_set_limit(w->c, portfolio, limited, limit, w->now, w->err);
	return r < 0 ? r : note(w, HISTORY_POLL, HISTORY_PORTFOLIO, portfolio, word);
}

static int take_review(struct poll_work *w, const struct dir_waba *waba, struct str word)
{
	int r = is_news(w, HISTORY_WABA, waba->id, "review", word);

	if (r > 0)
		r = waba_set_review(w->c, waba->id, word, w->now, w->err);
	return r < 0 ? r : note(w, HISTORY_POLL, HISTORY_WABA, waba->id, word);
}

/* Strings of a directory last as long as it: the one here is kept over the changes. */
static int with_waba(struct poll_work *w, const struct json *node,
    int (*take)(struct poll_work *w, const struct dir_waba *waba, const struct json *node))
{
	const struct directory *d;
	int r = core_directory_now(w->core, w->c, &d, w->err);

	if (r < 0)
		return r;
	struct directory *kept = directory_ref((struct directory *)(uintptr_t)d);
	const struct dir_waba *waba = directory_waba(kept, w->waba);
	r = waba ? take(w, waba, node) : 0;
	directory_unref(&kept);
	return r;
}

static int take_waba(struct poll_work *w, const struct dir_waba *waba, const struct json *node)
{
	const struct json *limit = json_get(node, "whatsapp_business_manager_messaging_limit");
	int r = take_limit(w, waba, limit);

	if (r == 0)
		r = take_review(w, waba, json_str(json_get(node, "account_review_status")));
	return r < 0 ? r : take_waba_health(w, waba, json_get(node, "health_status"));
}

int poll_take_waba(struct poll_work *w, const struct json *node)
{
	return with_waba(w, node, take_waba);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int take_word(
    struct poll_work *w, struct str id, const char *field, const struct json *v, struct str *ret)
{
	struct str word = json_str(v);
	int r = is_news(w, HISTORY_NUMBER, id, field, word);

	*ret = r > 0 ? word : STR_NONE;
	return r;
}

static int take_number(struct poll_work *w, const struct dir_number *n, const struct json *node)
{
	struct number_values v = { .id = n->id };
	struct str name_status = STR_NONE;
	int r = take_word(w, n->id, "quality", json_get(node, "quality_rating"), &v.quality);

	if (r >= 0)
		r = take_word(w, n->id, "status", json_get(node, "status"), &v.status);
	if (r >= 0)
		r = take_word(w, n->id, "name_status", json_get(node, "name_status"), &name_status);
	if (r >= 0)
		r = take_word(
		    w, n->id, "verified_name", json_get(node, "verified_name"), &v.verified_name);
	if (r < 0)
		return r;
	v.throughput_given = str_eq(json_str(json_path(node, "throughput.level")), STR("HIGH"));
	v.throughput = pack_limits(w->core->pack)->number.throughput_max;
	r = number_set(w->c, &v, w->now, w->err);
	if (r == 0) /* what follows may fail and be passed over: this stays */
		core_directory_changed(w->core);
	if (r == 0 && name_status.len)
		r = number_set_name_status(w->c, n->id, name_status, w->now, w->err);
	if (r == 0)
		r = note(w, HISTORY_POLL, HISTORY_NUMBER, n->id, STR_NONE);
	return r < 0 ? r : take_number_health(w, n->id, json_get(node, "health_status"));
}

/* A value that makes no sense spoils one number, not the poll. */
static int pass_over(struct poll_work *w, int r)
{
	bool its_own = r == -E_INVALID || r == -E_TOO_LARGE || r == -E_RANGE;

	return its_own && !store_tx_failed(w->c) ? 0 : r;
}

static int take_numbers(struct poll_work *w, const struct dir_waba *waba, const struct json *data)
{
	const struct directory *d;
	const struct json *node;
	struct json_iter it;
	int r = core_directory_now(w->core, w->c, &d, w->err);

	if (r < 0)
		return r;
	struct directory *kept = directory_ref((struct directory *)(uintptr_t)d);
	json_iter_init(&it, data);
	while (r == 0 && json_iter_next(&it, NULL, &node)) {
		const struct dir_number *n = directory_number(kept, json_str(json_get(node, "id")));
		if (n && str_eq(n->waba->id, waba->id))
			r = pass_over(w, take_number(w, n, node));
	}
	directory_unref(&kept);
	return r;
}

int poll_take_numbers(struct poll_work *w, const struct json *data)
{
	return with_waba(w, data, take_numbers);
}

/* --- templates -------------------------------------------------------------------------------- */

static struct str quality_of(const struct json *template)
{
	const struct json *v = json_get(template, "quality_score");

	return json_str(json_type(v) == JSON_OBJECT ? json_get(v, "score") : v);
}

/* 0: a webhook told of it while we asked. Nothing is noted of a definition that is not taken. */
static int template_is_news(struct poll_work *w, struct str id, const struct json *d)
{
	const struct {
		const char *field;
		struct str given;
	} fields[] = {
		{ "status", json_str(json_get(d, "status")) },
		{ "quality", quality_of(d) },
		{ "category", STR_NONE },
		{ "correct_category", json_str(json_get(d, "correct_category")) },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(fields); i++)
		r = history_was_told_since(
		    w->c, HISTORY_TEMPLATE, id, str_c(fields[i].field), w->asked_at, w->err);
	if (r != 0 || !fields[0].given.len)
		return r < 0 ? r : 0;
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(fields); i++) {
		if (fields[i].given.len)
			r = is_news(w, HISTORY_TEMPLATE, id, fields[i].field, fields[i].given);
	}
	return r < 0 ? r : 1;
}

static int take_template(struct poll_work *w, const struct json *d)
{
	struct str id = arena_printf(w->arena, "%.*s/%.*s/%.*s", STR_ARG(w->waba),
	    STR_ARG(json_str(json_get(d, "name"))), STR_ARG(json_str(json_get(d, "language"))));
	bool created;

	if (!id.p)
		return err_set(w->err, E_NOMEM, "Memory ran out while storing templates.");
	int r = template_is_news(w, id, d);
	if (r <= 0) /* the next reading takes it */
		return r;
	r = template_put(w->c, w->waba, d, true, w->now, &created, w->err);
	if (r == 0 && created)
		r = release_begin_if_new(w->c,
		    &(struct release_key){
			w->waba, json_str(json_get(d, "name")), json_str(json_get(d, "language")) },
		    w->now, w->err);
	return r < 0 ? r : note(w, HISTORY_POLL, HISTORY_TEMPLATE, id, STR_NONE);
}

int poll_take_templates(struct poll_work *w, const struct json *data)
{
	const struct json *d;
	struct json_iter it;
	int r = 0;

	json_iter_init(&it, data);
	while (r == 0 && json_iter_next(&it, NULL, &d))
		r = pass_over(w, take_template(w, d));
	return r == 0 && w->last_page ? release_templates_read(w->c, w->waba, w->now, w->err) : r;
}

int poll_take_refusal(struct poll_work *w)
{
	return credential_refused(w->core, w->c, w->waba, CODE_TOKEN, w->err);
}

int poll_take_welcome(struct poll_work *w)
{
	return credential_works(w->core, w->c, w->waba, w->asked_at, w->err);
}
