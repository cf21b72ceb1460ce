/* One query a table, in the order in which rows lean on each other. What many rows hang on one (restrictions, countries,
 * pauses) is read first, whole, ordered by its owner, so that what belongs to one owner lies together: a map from owner to
 * the span of it in the array is all that is needed to hand it out. Strings are copied once, into the directory's arena;
 * definitions of templates are parsed here, so that every thread may read them without a lock. */
#include "domain/directory_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/integration.h"
#include "domain/value.h"
#include "store/query.h"

#define FIRST_ARENA ((size_t)64 * 1024)
#define OWNER_MAX 800

struct span {
	size_t first, len;
};

struct loader {
	struct store_conn *c;
	const struct seal_key *key;
	struct directory *d;
	struct arena *a; /* the directory's */
	struct err *err;
	struct map
	    *spans; /* "restriction:<waba>", "country:<waba>", "number:<id>" … → struct span */
	struct facts_restriction *restrictions;
	size_t restrictions_len;
	struct str *countries;
	size_t countries_len;
	struct facts_pause *pauses;
	size_t pauses_len;
};

static int no_memory(struct loader *l)
{
	return err_set(
	    l->err, E_NOMEM, "Memory ran out while reading accounts, templates and integrations.");
}

/* --- arrays that grow in the arena ------------------------------------------------------------ */

/* Room behind `len` items, which is doubled whenever `len` is a power of two. NULL when memory ran out. */
static void *room(struct arena *a, const void *items, size_t item, size_t len)
{
	if (len & (len - 1))
		return (void *)(uintptr_t)items;
	char *more = arena_array(a, item, len ? len * 2 : 1);
	if (more && len)
		memcpy(more, items, len * item);
	return more;
}

#define APPEND(l, array, len, ...) \
	append(l, (void **)&(array), sizeof(*(array)), &(len), __VA_ARGS__)
static int append(struct loader *l, void **array, size_t item, size_t *len, const void *value)
{
	char *p = room(l->a, *array, item, *len);

	if (!p)
		return no_memory(l);
	memcpy(p + *len * item, value, item);
	*array = p;
	++*len;
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

struct column {
	int i;
	struct str *to;
};

static int take_texts(
    struct loader *l, struct store_stmt *s, const struct column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (store_copy_text(s, columns[i].i, l->a, columns[i].to) < 0)
			return no_memory(l);
	}
	return 0;
}

static int each_row(
    struct loader *l, const char *sql, int (*take)(struct loader *l, struct store_stmt *s))
{
	struct store_stmt *s;
	int r = store_ask(l->c, &s, l->err, sql, "");

	if (r < 0)
		return r;
	while ((r = store_step(s, l->err)) > 0) {
		r = take(l, s);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

static int put(struct loader *l, struct map *m, struct str key, const void *row)
{
	return map_put(m, key, (void *)(uintptr_t)row) < 0 ? no_memory(l) : 0;
}

/* --- what hangs on owners --------------------------------------------------------------------- */

/* The row at `index` belongs to `owner`, and comes right behind the owner's others. */
static int note_owner(struct loader *l, struct str owner, size_t index)
{
	struct span *span = map_get(l->spans, owner);

	if (!span) {
		span = ARENA_NEW(l->a, struct span);
		if (!span)
			return no_memory(l);
		span->first = index;
		int r = put(l, l->spans, owner, span);
		if (r < 0)
			return r;
	}
	span->len++;
	return 0;
}

static struct span span_of(struct loader *l, const char *kind, struct str id)
{
	char text[OWNER_MAX];
	size_t kind_len = strlen(kind);
	const struct span *span;

	if (kind_len + 1 + id.len > sizeof(text))
		return (struct span){ 0 };
	memcpy(text, kind, kind_len);
	text[kind_len] = ':';
	memcpy(text + kind_len + 1, id.p, id.len);
	span = map_get(l->spans, str_n(text, kind_len + 1 + id.len));
	return span ? *span : (struct span){ 0 };
}

static int take_restriction(struct loader *l, struct store_stmt *s)
{
	struct facts_restriction x = { .until = store_col_time(s, 2) };
	const struct column texts[] = { { 1, &x.type } };
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));

	if (r == 0)
		r = note_owner(l, store_col_text(s, 0), l->restrictions_len);
	return r < 0 ? r : APPEND(l, l->restrictions, l->restrictions_len, &x);
}

static int take_country(struct loader *l, struct store_stmt *s)
{
	struct str country;
	const struct column texts[] = { { 1, &country } };
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));

	if (r == 0)
		r = note_owner(l, store_col_text(s, 0), l->countries_len);
	return r < 0 ? r : APPEND(l, l->countries, l->countries_len, &country);
}

static int take_pause(struct loader *l, struct store_stmt *s)
{
	struct facts_pause x = {
		.purpose = (enum purpose)store_col_int(s, 1),
		.until = store_col_time(s, 2),
	};
	const struct column texts[] = { { 3, &x.by } };
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));

	if (r == 0)
		r = note_owner(l, store_col_text(s, 0), l->pauses_len);
	return r < 0 ? r : APPEND(l, l->pauses, l->pauses_len, &x);
}

static int take_campaign(struct loader *l, struct store_stmt *s)
{
	struct dir_campaign *x = ARENA_NEW(l->a, struct dir_campaign);
	struct str id;
	const struct column texts[] = { { 0, &id } };

	if (!x)
		return no_memory(l);
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));
	if (r < 0)
		return r;
	struct span pauses = span_of(l, "campaign", id);
	x->paused = l->pauses + (pauses.len ? pauses.first : 0);
	x->paused_len = pauses.len;
	return put(l, l->d->pauses_by_campaign, id, x);
}

static int take_resuming(struct loader *l, struct store_stmt *s)
{
	(void)s;
	l->d->resuming = true;
	return 0;
}

/* --- portfolios and WABAs --------------------------------------------------------------------- */

static int take_portfolio(struct loader *l, struct store_stmt *s)
{
	struct dir_portfolio *p = ARENA_NEW(l->a, struct dir_portfolio);

	if (!p)
		return no_memory(l);
	p->limited = !store_col_null(s, 1);
	p->limit = store_col_int(s, 1);
	p->told = !store_col_null(s, 2);
	p->told_limit = store_col_int(s, 2);
	p->own_limit = store_col_null(s, 3) ? -1 : store_col_int(s, 3);
	const struct column texts[] = { { 0, &p->id } };
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));
	return r < 0 ? r : put(l, l->d->portfolio_by_id, p->id, p);
}

static int take_waba_secrets(struct loader *l, struct store_stmt *s, struct dir_waba *w)
{
	const struct {
		int column;
		const char *what;
		struct str *to;
	} secrets[] = {
		{ 7, "token", &w->token },
		{ 8, "app_secret", &w->app_secret },
		{ 9, "verify_token", &w->verify_token },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(secrets); i++) {
		struct secret_place place = { "waba", w->id, secrets[i].what };
		r = secret_open(l->key, &place, store_col_blob(s, secrets[i].column), l->a,
		    secrets[i].to, l->err);
	}
	return r;
}

static void hang_on_waba(struct loader *l, struct dir_waba *w)
{
	struct span restrictions = span_of(l, "restriction", w->id);
	struct span countries = span_of(l, "country", w->id);
	struct span pauses = span_of(l, "waba", w->id);

	w->restrictions_len = restrictions.len;
	w->restrictions = restrictions.len ? l->restrictions + restrictions.first : NULL;
	w->blocked_countries_len = countries.len;
	w->blocked_countries = countries.len ? l->countries + countries.first : NULL;
	w->paused_len = pauses.len;
	w->paused = pauses.len ? l->pauses + pauses.first : NULL;
}

static int take_waba(struct loader *l, struct store_stmt *s)
{
	struct dir_waba *w = ARENA_NEW(l->a, struct dir_waba);

	if (!w)
		return no_memory(l);
	const struct column texts[] = {
		{ 0, &w->id },
		{ 2, &w->name },
		{ 3, &w->country },
		{ 4, &w->upstream },
		{ 5, &w->state_word },
		{ 10, &w->warning },
		{ 12, &w->review },
		{ 14, &w->health },
	};
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));
	if (r < 0)
		return r;
	w->portfolio = map_get(l->d->portfolio_by_id, store_col_text(s, 1));
	if (!w->portfolio)
		return err_set(l->err, E_STORE,
		    "The account %.*s is on record without its portfolio.", STR_ARG(w->id));
	w->state = waba_state_of(w->state_word);
	w->payment_ok = store_col_int(s, 6) != 0;
	w->warned_at = store_col_time(s, 11);
	w->disable_at = store_col_time(s, 13);
	w->health_at = store_col_time(s, 15);
	w->templates_at = store_col_time(s, 16);
	r = take_waba_secrets(l, s, w);
	if (r < 0)
		return r;
	hang_on_waba(l, w);
	r = put(l, l->d->waba_by_id, w->id, w);
	return r < 0 ? r : APPEND(l, l->d->wabas, l->d->wabas_len, &w);
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* The number's own pauses and its WABA's, in one array; mostly one of the two is empty. */
static int hang_on_number(struct loader *l, struct dir_number *n)
{
	struct span own = span_of(l, "number", n->id);
	const struct dir_waba *w = n->waba;

	n->paused_len = own.len + w->paused_len;
	if (own.len == 0) {
		n->paused = w->paused;
		return 0;
	}
	n->paused = l->pauses + own.first;
	if (w->paused_len == 0)
		return 0;
	struct facts_pause *both = ARENA_ARRAY(l->a, struct facts_pause, n->paused_len);
	if (!both)
		return no_memory(l);
	memcpy(both, w->paused, w->paused_len * sizeof(*both));
	memcpy(both + w->paused_len, l->pauses + own.first, own.len * sizeof(*both));
	n->paused = both;
	return 0;
}

static void take_number_warmup(struct store_stmt *s, struct dir_number *n)
{
	if (store_col_time(s, 14) == TIME_NONE) {
		warmup_begin(n->established ? TIME_NONE : n->warm_from, &n->warmup);
		n->warmup.frozen_until = n->warm_frozen_until;
		return;
	}
	n->warmup = (struct warmup_state){
		.phase = store_col_is_up_to(s, 14, WARMUP_DONE)
		    ? (enum warmup_phase)store_col_int(s, 14)
		    : WARMUP_RAMP,
		.day = store_col_int(s, 15),
		.cap = store_col_int(s, 16),
		.held = store_col_int(s, 17),
		.peak = store_col_int(s, 18),
		.used_day = store_col_int(s, 19),
		.stepped_day = store_col_int(s, 20),
		.most = store_col_int(s, 21),
		.most_until = store_col_time(s, 22),
		.frozen_until = n->warm_frozen_until,
		.red = store_col_int(s, 23) != 0,
	};
}

static int take_number(struct loader *l, struct store_stmt *s)
{
	struct dir_number *n = ARENA_NEW(l->a, struct dir_number);

	if (!n)
		return no_memory(l);
	const struct column texts[] = {
		{ 0, &n->id },
		{ 2, &n->display },
		{ 3, &n->verified_name },
		{ 4, &n->status },
		{ 5, &n->quality },
		{ 11, &n->name_status },
		{ 12, &n->health },
	};
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));
	if (r < 0)
		return r;
	n->waba = map_get(l->d->waba_by_id, store_col_text(s, 1));
	if (!n->waba)
		return err_set(l->err, E_STORE, "The number %.*s is on record without its account.",
		    STR_ARG(n->id));
	/* One that cannot be read is nobody's own number. */
	if (phone_parse(n->display, STR_NONE, &n->phone, NULL, NULL) < 0)
		n->phone = (struct phone){ 0 };
	n->throughput = store_col_int(s, 6);
	n->established = store_col_int(s, 7) != 0;
	n->warm_from = store_col_time(s, 8);
	n->warm_frozen_until = store_col_time(s, 9);
	n->created_at = store_col_time(s, 10);
	n->health_at = store_col_time(s, 13);
	n->autoreplies = store_col_int(s, 24);
	take_number_warmup(s, n);
	r = hang_on_number(l, n);
	if (r == 0)
		r = put(l, l->d->number_by_id, n->id, n);
	return r < 0 ? r : APPEND(l, l->d->numbers, l->d->numbers_len, &n);
}

/* --- templates -------------------------------------------------------------------------------- */

static int take_components(struct loader *l, struct store_stmt *s, struct dir_template *t)
{
	struct str text = store_col_text(s, 11);
	struct err why;

	if (!text.p)
		return 0;
	int r = json_read(l->a, text, &t->components, &why);
	if (r == -E_NOMEM)
		return no_memory(l);
	if (r < 0)
		return err_set(l->err, E_STORE,
		    "The definition of a template of account %.*s on record is broken: %s",
		    STR_ARG(t->waba), why.text);
	return 0;
}

static struct span pauses_of_template(struct loader *l, const struct dir_template *t)
{
	char text[OWNER_MAX];
	int n = snprintf(text, sizeof(text), "%.*s/%.*s/%.*s", STR_ARG(t->waba), STR_ARG(t->name),
	    STR_ARG(t->language));

	if (n < 0 || (size_t)n >= sizeof(text))
		return (struct span){ 0 };
	return span_of(l, "template", str_n(text, (size_t)n));
}

static int file_template(struct loader *l, struct dir_template *t)
{
	char text[DIR_TEMPLATE_KEY_MAX];
	struct str key = dir_template_key(t->waba, t->name, t->language, text);
	int r = 0;

	/* Who wrote the row bounded its parts. */
	if (key.p)
		r = put(l, l->d->template_by_name, key, t);
	if (r == 0 && t->meta_id.len)
		r = put(l, l->d->template_by_meta_id, t->meta_id, t);
	return r < 0 ? r : APPEND(l, l->d->templates, l->d->templates_len, &t);
}

static int take_template(struct loader *l, struct store_stmt *s)
{
	const struct dir_waba *w = map_get(l->d->waba_by_id, store_col_text(s, 0));
	struct dir_template *t = w ? ARENA_NEW(l->a, struct dir_template) : NULL;

	if (!w)
		return 0;
	if (!t)
		return no_memory(l);
	t->waba = w->id;
	t->category = (enum purpose)store_col_int(s, 4);
	t->correct_category = (enum purpose)store_col_int(s, 5);
	t->category_change_at = store_col_time(s, 6);
	t->paused_until = store_col_time(s, 9);
	t->releasing = store_col_time(s, 13) != TIME_NONE;
	const struct column texts[] = {
		{ 1, &t->name },
		{ 2, &t->language },
		{ 3, &t->meta_id },
		{ 7, &t->status },
		{ 8, &t->quality },
		{ 10, &t->parameter_format },
		{ 12, &t->reason },
	};
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));
	if (r < 0)
		return r;
	struct span pauses = pauses_of_template(l, t);
	t->paused = l->pauses + (pauses.len ? pauses.first : 0);
	t->paused_len = pauses.len;
	r = take_components(l, s, t);
	return r < 0 ? r : file_template(l, t);
}

/* --- apps ------------------------------------------------------------------------------------- */

static int broken_app(struct loader *l, const struct dir_app *app)
{
	return err_set(
	    l->err, E_STORE, "The integration %.*s on record is broken.", STR_ARG(app->id));
}

static int take_app_lists(
    struct loader *l, struct str numbers, struct str purposes, struct dir_app *app)
{
	int r = integration_read_numbers(l->a, numbers, &app->numbers, &app->numbers_len);

	if (r == 0)
		r = integration_read_purposes(purposes, &app->purposes);
	if (r == -E_NOMEM)
		return no_memory(l);
	return r < 0 ? broken_app(l, app) : 0;
}

static int take_app_key(struct loader *l, struct str hash, struct dir_app *app)
{
	if (hash.len != sizeof(app->key_hash.b))
		return broken_app(l, app);
	memcpy(app->key_hash.b, hash.p, hash.len);
	return put(l, l->d->app_by_key_hash, hash, app);
}

static int take_app(struct loader *l, struct store_stmt *s)
{
	struct dir_app *app = ARENA_NEW(l->a, struct dir_app);

	if (!app)
		return no_memory(l);
	const struct column texts[] = {
		{ 0, &app->id },
		{ 1, &app->name },
		{ 2, &app->owner },
		{ 3, &app->purpose },
		{ 9, &app->webhook_url },
	};
	int r = take_texts(l, s, texts, ARRAY_LEN(texts));
	if (r < 0)
		return r;
	struct secret_place place = { "app", app->id, "webhook_secret" };
	struct span pauses = span_of(l, "app", app->id);
	app->paused = l->pauses + (pauses.len ? pauses.first : 0);
	app->paused_len = pauses.len;
	app->review_by = store_col_time(s, 6);
	app->webhook_off = store_col_int(s, 11) != 0;
	app->status = app_status_of(store_col_text(s, 7));
	r = take_app_lists(l, store_col_text(s, 4), store_col_text(s, 5), app);
	if (r == 0)
		r = take_app_key(l, store_col_blob(s, 8), app);
	if (r == 0)
		r = secret_open(
		    l->key, &place, store_col_blob(s, 10), l->a, &app->webhook_secret, l->err);
	if (r == 0)
		r = put(l, l->d->app_by_id, app->id, app);
	return r < 0 ? r : APPEND(l, l->d->apps, l->d->apps_len, &app);
}

/* --- in order --------------------------------------------------------------------------------- */

static int by_waba_id(const void *a, const void *b)
{
	return str_cmp(
	    (*(const struct dir_waba *const *)a)->id, (*(const struct dir_waba *const *)b)->id);
}

static int by_number_id(const void *a, const void *b)
{
	return str_cmp(
	    (*(const struct dir_number *const *)a)->id, (*(const struct dir_number *const *)b)->id);
}

static int by_app_id(const void *a, const void *b)
{
	return str_cmp(
	    (*(const struct dir_app *const *)a)->id, (*(const struct dir_app *const *)b)->id);
}

static int by_template_name(const void *a, const void *b)
{
	const struct dir_template *x = *(const struct dir_template *const *)a;
	const struct dir_template *y = *(const struct dir_template *const *)b;
	int order = str_cmp(x->waba, y->waba);

	if (order == 0)
		order = str_cmp(x->name, y->name);
	return order ? order : str_cmp(x->language, y->language);
}

static void sort(void *items, size_t len, int (*cmp)(const void *a, const void *b))
{
	if (len)
		qsort(items, len, sizeof(void *), cmp);
}

/* Stores order texts in ways of their own; ours is by bytes. */
static int put_in_order(struct loader *l)
{
	struct directory *d = l->d;

	sort(d->wabas, d->wabas_len, by_waba_id);
	sort(d->numbers, d->numbers_len, by_number_id);
	sort(d->apps, d->apps_len, by_app_id);
	sort(d->templates, d->templates_len, by_template_name);
	for (size_t i = 0; i < d->numbers_len; i++) {
		struct dir_number *n = (struct dir_number *)(uintptr_t)d->numbers[i];
		n->index = (unsigned)i;
		if (n->phone.number &&
		    imap_put(d->number_by_phone, n->phone.number, (int64_t)i) < 0)
			return no_memory(l);
	}
	return 0;
}

/* What the functions above rely on: an owner's rows come one behind the other. */
static const struct {
	const char *sql;
	int (*take)(struct loader *l, struct store_stmt *s);
} queries[] = {
	{ "SELECT 'restriction:' || waba, type, until_at FROM waba_restriction ORDER BY waba, type",
	    take_restriction },
	{ "SELECT 'country:' || waba, country FROM waba_blocked_country ORDER BY waba, country",
	    take_country },
	{ "SELECT scope || ':' || scope_id, purpose, until_at, made_by FROM pause"
	  " ORDER BY scope, scope_id, purpose",
	    take_pause },
	{ "SELECT DISTINCT scope_id FROM pause WHERE scope = 'campaign'", take_campaign },
	{ "SELECT 1 FROM resume LIMIT 1", take_resuming },
	{ "SELECT id, people_limit, told_limit, own_limit FROM portfolio", take_portfolio },
	{ "SELECT id, portfolio, name, country, upstream, state, payment_ok, token, app_secret, verify_token,"
	  " warning, warned_at, review, disable_at, health, health_at, templates_at FROM waba ORDER BY id",
	    take_waba },
	{ "SELECT id, waba, display, verified_name, status, quality, throughput, established, warm_from,"
	  " warm_frozen_until, created_at, name_status, health, health_at, phase, day, cap, held, peak,"
	  " used_day, stepped_day, most, most_until, red,"
	  " (SELECT count(*) FROM autoreply WHERE autoreply.number = number.id)"
	  " FROM number LEFT JOIN warmup ON warmup.number = number.id ORDER BY id",
	    take_number },
	{ "SELECT waba, name, language, meta_id, category, correct_category, category_change_at, status,"
	  " quality, paused_until, parameter_format, components, reason, (SELECT began_at FROM template_release r"
	  " WHERE r.waba = t.waba AND r.name = t.name AND r.language = t.language)"
	  " FROM template t ORDER BY waba, name, language",
	    take_template },
	{ "SELECT id, name, owner, purpose, numbers, categories, review_by, status, key_hash, webhook_url,"
	  " webhook_secret, webhook_off FROM integration WHERE key_hash IS NOT NULL ORDER BY id",
	    take_app },
};

static bool make_maps(struct directory *d)
{
	struct map **maps[] = {
		&d->portfolio_by_id,
		&d->waba_by_id,
		&d->number_by_id,
		&d->app_by_id,
		&d->app_by_key_hash,
		&d->template_by_name,
		&d->template_by_meta_id,
		&d->pauses_by_campaign,
	};

	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		*maps[i] = map_new();
		if (!*maps[i])
			return false;
	}
	d->number_by_phone = imap_new();
	return d->number_by_phone != NULL;
}

static int load(struct loader *l)
{
	int r = 0;

	l->d->arena = l->a = arena_new(FIRST_ARENA, 0);
	l->spans = map_new();
	if (!l->a || !l->spans || !make_maps(l->d))
		r = no_memory(l);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(queries); i++)
		r = each_row(l, queries[i].sql, queries[i].take);
	if (r == 0)
		r = put_in_order(l);
	map_free(&l->spans);
	return r;
}

int directory_load(struct store_conn *c, const struct seal_key *key, uint64_t generation,
    struct directory **ret, struct err *err)
{
	struct directory *d = mem_alloc(sizeof(*d));
	struct loader l = { .c = c, .key = key, .d = d, .err = err };

	if (!d)
		return no_memory(&l);
	atomic_init(&d->refs, 1);
	d->generation = generation;
	int r = load(&l);
	if (r < 0)
		directory_unref(&d);
	else
		*ret = d;
	return r;
}
