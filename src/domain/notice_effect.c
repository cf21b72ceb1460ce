#include "domain/notice_effect.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"
#include "domain/account.h"
#include "domain/account_state.h"
#include "domain/history.h"
#include "domain/inbox.h"
#include "domain/template.h"
#include "store/query.h"

#define PURGE_AT_ONCE 200
#define LABEL_MAX 60

struct plan {
	const struct pack *pack;
	const struct directory *d;
	const struct notice *n;
	const struct dir_waba *waba;
	const struct dir_number *number;
	struct arena *a;
	struct notice_record *r;
};

/* --- what it is about ----------------------------------------------------------------------------- */

static void about_number(struct plan *p, const struct dir_number *n)
{
	if (!n || p->number)
		return;
	p->number = n;
	if (!p->waba)
		p->waba = n->waba;
}

static void about_ids(struct plan *p)
{
	const struct notice *n = p->n;

	for (size_t i = 0; i < n->ids_len; i++) {
		if (!p->waba)
			p->waba = directory_waba(p->d, n->ids[i]);
		if (!n->number.p)
			about_number(p, directory_number(p->d, n->ids[i]));
	}
}

static void about_phone(struct plan *p)
{
	struct phone phone;
	bool prefixed;

	if (p->n->phone.p && phone_parse(p->n->phone, STR_NONE, &phone, &prefixed, NULL) == 0)
		about_number(p, directory_number_by_phone(p->d, phone));
}

/* By its name, when no id told it and one account alone has that name. */
static int about_name(struct plan *p)
{
	const struct dir_waba *found = NULL;
	size_t len, hits = 0;
	const struct dir_waba *const *all = directory_wabas(p->d, &len);
	struct str name = p->n->business.p ? text_fold(p->a, p->n->business) : STR("");

	for (size_t i = 0; name.len && i < len; i++) {
		struct str its = text_fold(p->a, all[i]->name);
		if (!its.p)
			return -E_NOMEM;
		if (!str_eq(its, name))
			continue;
		found = all[i];
		hits++;
	}
	if (hits == 1)
		p->waba = found;
	return name.p ? 0 : -E_NOMEM;
}

/* An id that is named and unknown is another business's notice, whatever else it says. */
static int find_objects(struct plan *p)
{
	const struct notice *n = p->n;

	if (n->waba.p)
		p->waba = directory_waba(p->d, n->waba);
	if (n->waba.p && !p->waba)
		return 0;
	if (n->number.p)
		about_number(p, directory_number(p->d, n->number));
	about_phone(p);
	about_ids(p);
	return p->waba ? 0 : about_name(p);
}

/* --- what it changes ------------------------------------------------------------------------------ */

static void change(
    struct plan *p, const char *what, struct str id, struct str from, struct str to, time_ms until)
{
	struct notice_record *r = p->r;

	if (r->changes_len < NOTICE_CHANGES_MAX)
		r->changes[r->changes_len++] = (struct notice_change){
			.what = what, .id = id, .from = from, .to = to, .until = until
		};
}

static const struct facts_restriction *restriction_of(const struct dir_waba *w, struct str type)
{
	for (size_t i = 0; i < w->restrictions_len; i++) {
		if (str_eq(w->restrictions[i].type, type))
			return &w->restrictions[i];
	}
	return NULL;
}

static void plan_restriction(struct plan *p)
{
	for (size_t i = 0; i < p->n->types_len; i++) {
		const struct facts_restriction *has = restriction_of(p->waba, p->n->types[i]);
		if (has && (has->until == TIME_NONE || has->until >= p->n->until))
			continue;
		change(p, "waba.restriction", p->waba->id, has ? p->n->types[i] : STR_NONE,
		    p->n->types[i], p->n->until);
	}
}

static void plan_state(struct plan *p, enum waba_state to)
{
	enum waba_state is = p->waba->state;
	bool stricter = is == WABA_ACTIVE ||
	    (is == WABA_SCHEDULED_FOR_DISABLE && to == WABA_DISABLED);

	if (stricter)
		change(p, "waba.state", p->waba->id, p->waba->state_word,
		    str_c(waba_state_name(to)), p->n->at);
}

static void plan_disable(struct plan *p)
{
	plan_state(p, WABA_DISABLED);
}

static void plan_schedule(struct plan *p)
{
	plan_state(p, WABA_SCHEDULED_FOR_DISABLE);
}

/* Every language of that name that could be sent. */
static void plan_template(struct plan *p)
{
	struct str to = p->n->kind == NOTICE_TEMPLATE_PAUSED ? STR("PAUSED") : STR("DISABLED");
	size_t len;
	const struct dir_template *const *all = directory_templates(p->d, &len);

	for (size_t i = 0; p->n->tpl.p && i < len; i++) {
		const struct dir_template *t = all[i];
		enum pack_status is = pack_template_status(p->pack, t->status);
		bool stricter = is == PACK_STATUS_SENDABLE ||
		    (is == PACK_STATUS_PAUSED && p->n->kind == NOTICE_TEMPLATE_DISABLED);
		if (!stricter || !str_eq(t->waba, p->waba->id) || !str_eq(t->name, p->n->tpl))
			continue;
		struct str id = arena_printf(p->a, "%.*s/%.*s/%.*s", STR_ARG(t->waba),
		    STR_ARG(t->name), STR_ARG(t->language));
		change(p, "template.status", id, t->status, to, TIME_NONE);
	}
}

static void plan_quality(struct plan *p)
{
	if (p->number && !str_eq_nocase(p->number->quality, STR("RED")))
		change(
		    p, "number.quality", p->number->id, p->number->quality, STR("RED"), TIME_NONE);
}

/* Only one of Meta's own levels is a limit. */
static bool is_level(const struct pack *pack, int64_t limit)
{
	const struct pack_portfolio *f = &pack_limits(pack)->portfolio;

	for (size_t i = 0; i < f->level_names.len; i++) {
		if (f->levels[i] == limit)
			return true;
	}
	return false;
}

static void plan_limit(struct plan *p)
{
	const struct dir_portfolio *f = p->waba->portfolio;
	int64_t limit = p->n->limit;

	if (!is_level(p->pack, limit) || (f->limited && f->limit <= limit))
		return;
	struct str from = f->limited ? arena_printf(p->a, "%" PRId64, f->limit) : STR("unlimited");
	change(p, "portfolio.limit", f->id, from, arena_printf(p->a, "%" PRId64, limit), TIME_NONE);
}

static void (*const planners[NOTICE_KINDS])(struct plan *p) = {
	[NOTICE_RESTRICTED] = plan_restriction,
	[NOTICE_DISABLE_SCHEDULED] = plan_schedule,
	[NOTICE_DISABLED] = plan_disable,
	[NOTICE_TEMPLATE_PAUSED] = plan_template,
	[NOTICE_TEMPLATE_DISABLED] = plan_template,
	[NOTICE_QUALITY_LOW] = plan_quality,
	[NOTICE_LIMIT] = plan_limit,
};

int notice_plan(const struct pack *pack, const struct directory *d, const struct notice *n,
    struct arena *a, struct notice_record *ret, struct err *err)
{
	struct plan p = { .pack = pack, .d = d, .n = n, .a = a, .r = ret };

	*ret = (struct notice_record){ .id = 0 };
	if (find_objects(&p) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while reading a notice.");
	if (p.waba)
		ret->waba = p.waba->id;
	if (p.number)
		ret->number = p.number->id;
	if (p.waba && !n->doubts && planners[n->kind])
		planners[n->kind](&p);
	for (size_t i = 0; i < ret->changes_len; i++) {
		if (!ret->changes[i].id.p || !ret->changes[i].to.p)
			return err_set(err, E_NOMEM, "Memory ran out while reading a notice.");
	}
	return 0;
}

/* --- making it so --------------------------------------------------------------------------------- */

static int apply_template(
    struct store_conn *c, const struct notice_change *x, time_ms now, struct err *err)
{
	struct str rest = x->id;
	struct template_news news = {
		.waba = str_cut(&rest, '/'),
		.name = str_cut(&rest, '/'),
		.language = rest,
		.status = x->to,
		.category_change_at = TIME_NONE,
		.paused_until = TIME_NONE,
		.pause_end_unknown = str_eq(x->to, STR("PAUSED")),
	};
	int r = template_apply(c, &news, now, err);

	return r < 0 ? r : 0;
}

static int apply_limit(
    struct store_conn *c, const struct notice_change *x, time_ms now, struct err *err)
{
	int64_t limit = 0;

	if (str_to_i64(x->to, &limit) < 0)
		return err_set(err, E_INVALID, N_("A limit must be a number."));
	return portfolio_set_limit(c, x->id, true, limit, now, err);
}

/* An announced day is kept as the webhook's is. */
static int apply_state(
    struct store_conn *c, const struct notice_change *x, time_ms now, struct err *err)
{
	int r = waba_set_state(c, x->id, x->to, now, err);

	if (r < 0 || x->until == TIME_NONE ||
	    !str_eq_c(x->to, waba_state_name(WABA_SCHEDULED_FOR_DISABLE)))
		return r;
	return waba_set_disable_at(c, x->id, x->until, now, err);
}

static int change_rows(
    struct store_conn *c, const struct notice_change *x, time_ms now, struct err *err)
{
	struct number_values number = { .id = x->id, .quality = x->to };
	struct str what = str_c(x->what);

	if (str_eq(what, STR("waba.restriction")))
		return waba_restrict(c, x->id, x->to, x->until, now, err);
	if (str_eq(what, STR("waba.state")))
		return apply_state(c, x, now, err);
	if (str_eq(what, STR("template.status")))
		return apply_template(c, x, now, err);
	if (str_eq(what, STR("portfolio.limit")))
		return apply_limit(c, x, now, err);
	return number_set(c, &number, now, err);
}

static enum history_kind kind_of(struct str what)
{
	if (str_starts(what, STR("waba.")))
		return HISTORY_WABA;
	if (str_starts(what, STR("template.")))
		return HISTORY_TEMPLATE;
	return str_starts(what, STR("number.")) ? HISTORY_NUMBER : HISTORY_PORTFOLIO;
}

static int apply_one(struct store_conn *c, const struct notice *n, const struct notice_change *x,
    time_ms now, struct err *err)
{
	const struct history_by by = { HISTORY_NOTICE, now, n->words };
	int noted, r = change_rows(c, x, now, err);

	return r < 0 ? r : history_note(c, kind_of(str_c(x->what)), x->id, &by, &noted, err);
}

static const char *alarm_of(const struct notice *n)
{
	if (n->doubts)
		return "notice.suspicious";
	return notice_is_good_news(n->kind) ? "notice.good_news" : "notice.reported";
}

static int ring(struct store_conn *c, const struct notice *n, const struct notice_record *r,
    struct id_gen *ids, time_ms now, struct err *err)
{
	char scope[80], detail[200], id[ID_TEXT_MAX];

	id_format("ntc", r->id, id);
	(void)snprintf(scope, sizeof(scope), "waba:%.*s", STR_ARG(r->waba));
	(void)snprintf(detail, sizeof(detail),
	    "{\"notice\":\"%s\",\"kind\":\"%s\",\"changes\":%zu}", id, notice_kind_name(n->kind),
	    r->changes_len);
	return alarm_add(c, id_next(ids, now), str_c(alarm_of(n)),
	    r->waba.p ? str_c(scope) : STR(""), str_c(detail), now, err);
}

/* 1 it is on record. */
static int find_known(
    struct store_conn *c, const struct sha256 *digest, struct notice_record *r, struct err *err)
{
	int64_t id = 0;
	int rc = store_ask_int(c, &id, err, "SELECT id FROM notice WHERE digest = ?1", "b",
	    str_n((const char *)digest->b, sizeof(digest->b)));

	if (rc > 0) {
		r->id = (uint64_t)id;
		r->known = true;
	}
	return rc;
}

/* --- incidents ------------------------------------------------------------------------------------ */

/* What is bad news, as incidents call it; of which kind of object. */
static const char *const incident_kinds[NOTICE_KINDS] = {
	[NOTICE_WARNING] = "violation",
	[NOTICE_RESTRICTED] = "restricted",
	[NOTICE_DISABLE_SCHEDULED] = "disable_scheduled",
	[NOTICE_DISABLED] = "disabled",
	[NOTICE_TEMPLATE_DISABLED] = "template_disabled",
	[NOTICE_QUALITY_LOW] = "number_quality",
};

static struct str label_of(const struct notice *n)
{
	return n->violation.p && n->violation.len <= LABEL_MAX ? n->violation : STR("");
}

/* A template's incident needs the one that changed, a number's the number. */
static bool find_scope(
    const struct notice *n, const struct notice_record *r, struct incident_event *e)
{
	e->scope = STR("waba");
	e->scope_id = r->waba;
	if (n->kind == NOTICE_TEMPLATE_DISABLED) {
		e->scope = STR("template");
		e->scope_id = r->changes_len ? r->changes[0].id : STR_NONE;
	} else if (n->kind == NOTICE_QUALITY_LOW) {
		e->scope = STR("number");
		e->scope_id = r->number;
	}
	return e->scope_id.p != NULL;
}

static int tell_incident(struct incident_desk *d, const struct notice *n, struct str understood,
    struct notice_record *r, struct err *err)
{
	struct incident_event e = {
		.kind = str_c(incident_kinds[n->kind]),
		.label = label_of(n),
		.waba = r->waba,
		.origin = STR("meta"),
		.at = n->sent_at != TIME_NONE && n->sent_at < d->now ? n->sent_at : TIME_NONE,
		.words = understood,
	};

	if (!e.kind.p || n->doubts || !r->waba.p || !find_scope(n, r, &e))
		return 0;
	int rc = incident_happen(d, &e, &r->incident, err);
	return rc < 0 ? rc : 0;
}

/* Which one a review's answer is about: the one that bears its reference, else the newest of that account:
 * one that bears none, or, when the e-mail tells none, one for which a review was asked. That it was may have
 * been noted by nobody. An answer is no older than what it answers. 1 found, 0 none. */
static int find_answered(struct incident_desk *d, const struct notice *n,
    const struct notice_record *r, int64_t *ret, struct err *err)
{
	time_ms at = n->sent_at != TIME_NONE && n->sent_at < d->now ? n->sent_at : d->now;

	return store_ask_int(d->c, ret, err,
	    "SELECT id FROM incident WHERE state < ?4 AND origin <> 'varco' AND happened_at <= ?3"
	    " AND coalesce(?1, waba) = waba AND (reference = ?2"
	    " OR (?1 = waba AND (reference IS NULL OR (?2 IS NULL AND state = 3))))"
	    " ORDER BY CASE WHEN reference = ?2 THEN 0 ELSE 1 END, state DESC, id DESC LIMIT 1",
	    "ttmi", r->waba, n->reference.p ? n->reference : STR_NONE, at,
	    (int64_t)INCIDENT_ANSWERED);
}

/* The case is answered by it, with what the e-mail says and its digest as evidence; the account stays as it
 * is, for nothing is given back on the word of an e-mail. */
static int tell_answer(struct incident_desk *d, const struct notice *n, struct str understood,
    struct notice_record *r, struct err *err)
{
	bool reversed = n->kind == NOTICE_REVIEW_REVERSED;
	int64_t id = 0;

	if ((!reversed && n->kind != NOTICE_REVIEW_UNCHANGED) || n->doubts)
		return 0;
	int rc = find_answered(d, n, r, &id, err);
	if (rc <= 0)
		return rc;
	const struct incident_act act = {
		.id = (uint64_t)id,
		.kind = STR("answered"),
		.by = STR("meta"),
		.words = n->words,
		.detail = understood,
		.reference = n->reference.p ? n->reference : STR_NONE,
		.to = INCIDENT_ANSWERED,
		.outcome = reversed ? INCIDENT_REVERSED : INCIDENT_UNCHANGED,
	};
	r->incident = act.id;
	return incident_do(d, &act, NULL, err);
}

static int keep_row(struct store_conn *c, struct str understood, const struct sha256 *digest,
    const struct notice_record *r, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO notice (id, at, digest, waba, understood) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "imbtt", (int64_t)r->id, r->at, str_n((const char *)digest->b, sizeof(digest->b)),
	    r->waba, understood);
}

int notice_apply(struct incident_desk *d, const struct notice *n, struct str understood,
    const struct sha256 *digest, struct notice_record *r, struct err *err)
{
	int rc = find_known(d->c, digest, r, err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	r->id = id_next(d->ids, d->now);
	r->at = d->now;
	for (size_t i = 0; rc == 0 && i < r->changes_len; i++)
		rc = apply_one(d->c, n, &r->changes[i], d->now, err);
	if (rc == 0)
		rc = keep_row(d->c, understood, digest, r, err);
	if (rc == 0 && n->kind != NOTICE_UNKNOWN)
		rc = ring(d->c, n, r, d->ids, d->now, err);
	if (rc >= 0)
		rc = tell_answer(d, n, understood, r, err);
	return rc < 0 ? rc : tell_incident(d, n, understood, r, err);
}

/* --- showing -------------------------------------------------------------------------------------- */

void notice_record_write(const struct notice_record *r, struct json_writer *w)
{
	jw_key(w, "about");
	jw_object(w);
	jw_member_str(w, "waba", r->waba);
	jw_member_str(w, "number", r->number);
	jw_object_end(w);
	char incident[ID_TEXT_MAX];
	id_format(INCIDENT_PREFIX, r->incident, incident);
	jw_member_c(w, "incident", r->incident ? incident : NULL);
	jw_key(w, "changes");
	jw_array(w);
	for (size_t i = 0; i < r->changes_len; i++) {
		const struct notice_change *x = &r->changes[i];
		jw_object(w);
		jw_member_c(w, "what", x->what);
		jw_member_str(w, "id", x->id);
		jw_member_str(w, "from", x->from);
		jw_member_str(w, "to", x->to);
		jw_member_time(w, "until", x->until);
		jw_object_end(w);
	}
	jw_array_end(w);
}

int notice_list(struct store_conn *c, uint64_t before, size_t limit, struct arena *a,
    struct notice_row **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct notice_row *rows = ARENA_ARRAY(a, struct notice_row, limit + 1);
	struct store_stmt *s;
	size_t n = 0;

	if (!rows)
		return err_set(err, E_NOMEM, "Memory ran out while reading notices.");
	int r = store_ask(c, &s, err,
	    "SELECT id, at, understood FROM notice WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2",
	    "ii", (int64_t)before, (int64_t)limit + 1);
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		rows[n].id = (uint64_t)store_col_int(s, 0);
		rows[n].at = store_col_time(s, 1);
		if (store_copy_text(s, 2, a, &rows[n].understood) < 0) {
			store_reset(s);
			return err_set(err, E_NOMEM, "Memory ran out while reading notices.");
		}
		n++;
	}
	if (r < 0)
		return r;
	*ret = rows;
	*ret_more = n > limit;
	*ret_len = *ret_more ? limit : n;
	return 0;
}

int notice_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE id < ?1 ORDER BY id LIMIT ?2)",
	    "ii", (int64_t)id_first_at(before), (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) == PURGE_AT_ONCE;
}
