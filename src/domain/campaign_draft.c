/* The count of edits and their names are part of the plan, and with it of the snapshot (campaign_plan.c): so
 * no two edits leave the same one behind, and an approval that was given for another state fits none. */
#include "domain/campaign_draft.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "store/query.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on a draft.");
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_list(const struct json *list, struct arena *a, const struct str **ret,
    size_t *ret_len, struct err *err)
{
	struct str *items = ARENA_ARRAY(a, struct str, json_len(list) + 1);

	if (!items)
		return no_memory(err);
	for (size_t i = 0; i < json_len(list); i++)
		items[i] = json_str(json_at(list, i));
	*ret = items;
	*ret_len = json_len(list);
	return 0;
}

static void read_templates(const struct json *list, struct campaign_draft *d)
{
	d->templates_len = json_len(list) < CAMPAIGN_TEMPLATES_MAX ? json_len(list)
								   : CAMPAIGN_TEMPLATES_MAX;
	for (size_t i = 0; i < d->templates_len; i++)
		d->templates[i] = json_str(json_get(json_at(list, i), "name"));
	d->language = json_str(json_get(json_at(list, 0), "language"));
}

int campaign_draft_read(
    const struct campaign *x, struct arena *a, struct campaign_draft *ret, struct err *err)
{
	struct campaign_draft d = { .price = 0 };
	const struct json *plan = NULL;
	int r = json_read(a, x->plan, &plan, err);

	if (r < 0)
		return r;
	read_templates(json_get(plan, "templates"), &d);
	if (!json_real(json_get(plan, "price"), &d.price))
		d.price = 0;
	d.currency = json_str(json_get(plan, "currency"));
	d.columns_known = json_get(plan, "columns") != NULL;
	if (!json_int(json_get(plan, "edits"), &d.edits))
		d.edits = 0;
	r = read_list(json_get(plan, "map"), a, &d.map, &d.map_len, err);
	if (r == 0)
		r = read_list(json_get(plan, "filter"), a, &d.filter, &d.filter_len, err);
	if (r == 0)
		r = read_list(json_get(plan, "columns"), a, &d.columns, &d.columns_len, err);
	if (r == 0)
		r = read_list(json_get(plan, "editors"), a, &d.editors, &d.editors_len, err);
	if (r == 0)
		*ret = d;
	return r;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_list(struct json_writer *w, const char *name, const struct str *items, size_t len)
{
	jw_key(w, name);
	jw_array(w);
	for (size_t i = 0; i < len; i++)
		jw_str(w, items[i]);
	jw_array_end(w);
}

static void write_templates(struct json_writer *w, const struct campaign_draft *d)
{
	jw_key(w, "templates");
	jw_array(w);
	for (size_t i = 0; i < d->templates_len; i++) {
		jw_object(w);
		jw_member_str(w, "name", d->templates[i]);
		jw_member_str(w, "language", d->language);
		jw_object_end(w);
	}
	jw_array_end(w);
}

int campaign_draft_write(
    const struct campaign_draft *d, struct arena *a, struct str *ret_plan, struct err *err)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	write_templates(&w, d);
	write_list(&w, "map", d->map, d->map_len);
	if (d->price > 0) {
		jw_key(&w, "price");
		jw_real(&w, d->price);
	}
	if (d->currency.p)
		jw_member_str(&w, "currency", d->currency);
	if (d->filter_len)
		write_list(&w, "filter", d->filter, d->filter_len);
	if (d->columns_known)
		write_list(&w, "columns", d->columns, d->columns_len);
	if (d->edits) {
		jw_member_int(&w, "edits", d->edits);
		write_list(&w, "editors", d->editors, d->editors_len);
	}
	jw_object_end(&w);
	struct str plan = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	if (!plan.p)
		return no_memory(err);
	*ret_plan = plan;
	return 0;
}

int campaign_draft_sign(struct campaign_draft *d, struct str by, struct arena *a, struct err *err)
{
	struct str *editors = ARENA_ARRAY(a, struct str, d->editors_len + 1);
	size_t n = 0;

	if (!editors)
		return no_memory(err);
	for (size_t i = 0; i < d->editors_len; i++) {
		if (!str_eq(d->editors[i], by))
			editors[n++] = d->editors[i];
	}
	if (n >= CAMPAIGN_EDITORS_MAX)
		return err_field(err, E_TOO_LARGE, "by",
		    N_("More than %d people have edited this draft: make a new one."),
		    CAMPAIGN_EDITORS_MAX);
	editors[n++] = by;
	d->editors = editors;
	d->editors_len = n;
	d->edits++;
	return 0;
}

/* --- the state that somebody read ------------------------------------------------------------- */

static void add_text(struct buf *out, struct str text)
{
	buf_addf(out, "%zu:", text.len);
	buf_add(out, text);
}

void campaign_revision(const struct campaign *x, char ret[CAMPAIGN_REVISION_MAX])
{
	struct sha256 digest;
	struct buf text;

	buf_init(&text, 0);
	add_text(&text, x->name);
	add_text(&text, x->number);
	add_text(&text, x->plan);
	buf_add(&text, str_n((const char *)x->digest.b, SHA256_LEN));
	buf_addf(&text, "%lld", (long long)x->choice);
	crypto_sha256(buf_str(&text), &digest);
	buf_done(&text);
	hex_encode(digest.b, (CAMPAIGN_REVISION_MAX - 1) / 2, ret);
}

void campaign_reopen(struct campaign *x)
{
	x->snapshot = x->approved = (struct sha256){ { 0 } };
	x->preflight = x->approved_by = STR_NONE;
	x->preflight_at = x->approved_at = TIME_NONE;
}

int campaign_rewrite(struct store_conn *c, const struct campaign *x, time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE campaign SET number = ?2, waba = ?3, plan = ?4, preflight = NULL WHERE id = ?1"
	    " AND state = ?5",
	    "ittti", (int64_t)x->id, x->number, x->waba, x->plan, (int64_t)CAMPAIGN_DRAFT);

	if (r < 0)
		return r;
	if (store_changes(c) == 0)
		return err_set(err, E_CONFLICT, "This campaign is no draft any more.");
	return campaign_update(c, x, now, err);
}
