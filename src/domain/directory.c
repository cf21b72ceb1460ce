/* Look-ups and the life of a directory. What is in it is put there by directory_load.c. */
#include "domain/directory_private.h"

#include <string.h>

#include "base/check.h"

/* --- life ------------------------------------------------------------------------------------- */

struct directory *directory_ref(struct directory *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

/* Nobody else looks any more: the clear secrets must not outlive their use. */
static void wipe(struct str secret)
{
	if (secret.p)
		crypto_wipe((void *)(uintptr_t)secret.p, secret.len);
}

static void wipe_secrets(struct directory *d)
{
	for (size_t i = 0; i < d->wabas_len; i++) {
		wipe(d->wabas[i]->token);
		wipe(d->wabas[i]->app_secret);
		wipe(d->wabas[i]->verify_token);
	}
	for (size_t i = 0; i < d->apps_len; i++)
		wipe(d->apps[i]->webhook_secret);
}

void directory_unref(struct directory **pd)
{
	struct directory *d = *pd;

	*pd = NULL;
	if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) > 1)
		return;
	wipe_secrets(d);
	map_free(&d->portfolio_by_id);
	map_free(&d->waba_by_id);
	map_free(&d->number_by_id);
	map_free(&d->app_by_id);
	map_free(&d->app_by_key_hash);
	map_free(&d->template_by_name);
	map_free(&d->template_by_meta_id);
	map_free(&d->pauses_by_campaign);
	imap_free(&d->number_by_phone);
	arena_free(&d->arena);
	mem_free(d);
}

uint64_t directory_generation(const struct directory *d)
{
	return d->generation;
}

/* --- look-ups --------------------------------------------------------------------------------- */

const struct dir_app *directory_app_by_key(const struct directory *d, struct str key)
{
	struct sha256 hash;

	if (!key.p)
		return NULL;
	crypto_sha256(key, &hash);
	return map_get(d->app_by_key_hash, str_n((const char *)hash.b, sizeof(hash.b)));
}

const struct dir_app *directory_app(const struct directory *d, struct str id)
{
	return map_get(d->app_by_id, id);
}

const struct dir_number *directory_number(const struct directory *d, struct str id)
{
	return map_get(d->number_by_id, id);
}

const struct dir_number *directory_number_by_phone(const struct directory *d, struct phone p)
{
	int64_t index;

	return p.number && imap_get(d->number_by_phone, p.number, &index) ? d->numbers[index]
									  : NULL;
}

const struct dir_waba *directory_waba(const struct directory *d, struct str id)
{
	return map_get(d->waba_by_id, id);
}

const struct dir_portfolio *directory_portfolio(const struct directory *d, struct str id)
{
	return map_get(d->portfolio_by_id, id);
}

struct str dir_template_key(
    struct str waba, struct str name, struct str language, char out[DIR_TEMPLATE_KEY_MAX])
{
	struct str parts[] = { waba, name, language };
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].len >= DIR_TEMPLATE_KEY_MAX - len)
			return STR_NONE;
		if (parts[i].len)
			memcpy(out + len, parts[i].p, parts[i].len);
		len += parts[i].len;
		out[len++] = '/';
	}
	return str_n(out, len);
}

const struct dir_template *directory_template(
    const struct directory *d, struct str waba, struct str name, struct str language)
{
	char text[DIR_TEMPLATE_KEY_MAX];
	struct str key = dir_template_key(waba, name, language, text);

	return key.p ? map_get(d->template_by_name, key) : NULL;
}

const struct dir_template *directory_template_by_meta_id(
    const struct directory *d, struct str meta_id)
{
	return meta_id.len ? map_get(d->template_by_meta_id, meta_id) : NULL;
}

const struct dir_waba *const *directory_wabas(const struct directory *d, size_t *ret_len)
{
	*ret_len = d->wabas_len;
	return d->wabas;
}

const struct dir_number *const *directory_numbers(const struct directory *d, size_t *ret_len)
{
	*ret_len = d->numbers_len;
	return d->numbers;
}

const struct dir_app *const *directory_apps(const struct directory *d, size_t *ret_len)
{
	*ret_len = d->apps_len;
	return d->apps;
}

const struct dir_template *const *directory_templates(const struct directory *d, size_t *ret_len)
{
	*ret_len = d->templates_len;
	return d->templates;
}

bool dir_app_has_number(const struct dir_app *a, struct str number)
{
	for (size_t i = 0; i < a->numbers_len; i++) {
		if (str_eq(a->numbers[i], number))
			return true;
	}
	return false;
}

bool dir_app_has_waba(const struct directory *d, const struct dir_app *a, const struct dir_waba *w)
{
	for (size_t i = 0; i < a->numbers_len; i++) {
		const struct dir_number *n = directory_number(d, a->numbers[i]);
		if (n && n->waba == w)
			return true;
	}
	return false;
}

const struct facts_pause *directory_campaign_pauses(
    const struct directory *d, struct str campaign, size_t *ret_len)
{
	const struct dir_campaign *x = campaign.len ? map_get(d->pauses_by_campaign, campaign)
						    : NULL;

	*ret_len = x ? x->paused_len : 0;
	return x ? x->paused : NULL;
}

bool directory_is_resuming(const struct directory *d)
{
	return d->resuming;
}

/* --- facts ------------------------------------------------------------------------------------ */

static void fill_app(const struct dir_app *app, struct facts_app *f)
{
	f->given = true;
	f->known = app != NULL;
	if (!app)
		return;
	f->id = app->id;
	f->status = app->status;
	f->any_number = false;
	f->any_purpose = false;
	f->numbers = app->numbers;
	f->numbers_len = app->numbers_len;
	f->purposes = app->purposes;
	f->review_by = app->review_by;
}

static void fill_number(const struct dir_number *n, struct facts_number *f)
{
	f->known = true;
	f->display = n->display;
	f->phone = n->phone;
	f->verified_name = n->verified_name;
	f->status = n->status;
	f->quality = n->quality;
	f->throughput = n->throughput;
}

static void fill_waba(const struct dir_number *n, struct facts_waba *f)
{
	const struct dir_waba *w = n->waba;

	f->id = w->id;
	f->country = w->country;
	f->name = w->name;
	f->state = w->state;
	f->payment_ok = w->payment_ok;
	f->restrictions = w->restrictions;
	f->restrictions_len = w->restrictions_len;
	f->blocked_countries = w->blocked_countries;
	f->blocked_countries_len = w->blocked_countries_len;
	f->paused = n->paused;
	f->paused_len = n->paused_len;
}

static void fill_template(const struct dir_template *t, struct facts_template *f)
{
	f->known = true;
	f->name = t->name;
	f->language = t->language;
	f->status = t->status;
	f->quality = t->quality;
	f->category = t->category;
	f->correct_category = t->correct_category;
	f->category_change_at = t->category_change_at;
	f->paused_until = t->paused_until;
	f->paused_until_given = t->paused_until != TIME_NONE;
	f->components = t->components;
	f->release.given = t->releasing; /* whose step the caller reads (release.h) */
}

/* Rare: mostly nothing is paused. Without memory everything is. */
void directory_add_pauses(
    struct facts_waba *f, const struct facts_pause *more, size_t len, struct arena *a)
{
	static const struct facts_pause all = {
		.purpose = PURPOSE_ALL, .until = TIME_NONE, .by = { "", 0 }
	};

	if (len == 0)
		return;
	struct facts_pause *both = ARENA_ARRAY(a, struct facts_pause, f->paused_len + len);
	if (!both) {
		f->paused = &all;
		f->paused_len = 1;
		return;
	}
	if (f->paused_len)
		memcpy(both, f->paused, f->paused_len * sizeof(*both));
	memcpy(both + f->paused_len, more, len * sizeof(*both));
	f->paused = both;
	f->paused_len += len;
}

void directory_fill_facts(const struct directory *d, const struct dir_app *app,
    const struct dir_number *n, struct str number_id, const struct message *send, struct arena *a,
    struct facts *f)
{
	fill_app(app, &f->app);
	f->number.given = true;
	f->number.known = false;
	f->number.id = n ? n->id : number_id;
	if (!n)
		return;
	fill_number(n, &f->number);
	fill_waba(n, &f->waba);
	f->portfolio.limited = n->waba->portfolio->limited;
	f->portfolio.limit = n->waba->portfolio->limit;
	const struct dir_template *t = send && send->kind == MESSAGE_TEMPLATE
	    ? directory_template(d, n->waba->id, send->template_name, send->template_language)
	    : NULL;
	if (t)
		fill_template(t, &f->tpl);
	if (t)
		directory_add_pauses(&f->waba, t->paused, t->paused_len, a);
	if (app)
		directory_add_pauses(&f->waba, app->paused, app->paused_len, a);
}
