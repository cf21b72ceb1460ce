#include "apps/gateway/api_draft.h"

#include <string.h>

#include "base/check.h"

#define CURRENCY_LEN 3
#define PRICE_MAX 1000.0

/* --- asking ----------------------------------------------------------------------------------- */

static bool is_edit(const struct api_call *c)
{
	return strcmp(c->verb->method, "PATCH") == 0;
}

/* Of an edit, nothing takes away what is there. */
static bool takes_away(const struct api_call *c, const struct api_value *v)
{
	return is_edit(c) && v->given && v->text.len == 0;
}

static int ask_price(struct api_call *c, struct campaign_draft *d, struct err *err)
{
	const struct api_value *price = api_value(c, "price"), *currency = api_value(c, "currency");
	const struct json *number = NULL;
	double amount = 0;

	if (price->given && !takes_away(c, price) &&
	    (json_read(c->arena, price->text, &number, NULL) < 0 || !json_real(number, &amount) ||
		!(amount > 0 && amount <= PRICE_MAX)))
		return api_err(c, err, E_INVALID, "price",
		    N_("\"price\" must be an amount of money, as 0.0572 is."));
	if (currency->given && !takes_away(c, currency) && currency->text.len != CURRENCY_LEN)
		return api_err(c, err, E_INVALID, "currency",
		    N_("\"currency\" must be three capital letters, as EUR is."));
	if (price->given)
		d->price = amount;
	if (currency->given)
		d->currency = currency->text.len ? currency->text : STR_NONE;
	return 0;
}

static int ask_templates(struct api_call *c, struct campaign_draft *d, struct err *err)
{
	const struct api_value *v = api_value(c, "template");

	if (!v->given)
		return 0;
	if (v->items_len == 0 || v->items_len > CAMPAIGN_TEMPLATES_MAX)
		return api_err(c, err, E_INVALID, "template",
		    N_("\"template\" must name one template, or up to %d."),
		    CAMPAIGN_TEMPLATES_MAX);
	for (size_t i = 0; i < v->items_len; i++) {
		for (size_t k = 0; k < i; k++) {
			if (str_eq(v->items[i], v->items[k]))
				return api_err(c, err, E_INVALID, "template",
				    N_("\"template\" names the same template twice."));
		}
	}
	for (size_t i = 0; i < v->items_len; i++)
		d->templates[i] = v->items[i];
	d->templates_len = v->items_len;
	return 0;
}

int draft_ask(struct api_call *c, struct campaign_draft *d, struct err *err)
{
	const struct api_value *map = api_value(c, "map");
	int r = ask_templates(c, d, err);

	if (r == 0)
		r = ask_price(c, d, err);
	if (r == 0 && map->given)
		r = campaign_fill_check(map->items, map->items_len, err);
	if (r < 0)
		return r;
	if (api_value(c, "language")->given)
		d->language = api_text(c, "language");
	if (map->given) {
		d->map = map->items;
		d->map_len = map->items_len;
	}
	return 0;
}

/* --- editing ---------------------------------------------------------------------------------- */

static int refuse_state(struct api_call *c, const struct campaign *x, struct err *err)
{
	if (x->state == CAMPAIGN_LOADING)
		return api_err(
		    c, err, E_CONFLICT, "id", N_("Its audience is still being taken in."));
	if (x->state == CAMPAIGN_APPROVED)
		return api_err(c, err, E_CONFLICT, "id",
		    N_("It is approved, and what was approved is not changed: cancel it and make a new one."));
	if (x->state == CAMPAIGN_DONE || x->state == CAMPAIGN_CANCELLED)
		return api_err(c, err, E_CONFLICT, "id",
		    N_("A campaign that is %s has ended, and is not changed: make a new one."),
		    campaign_state_name(x->state));
	return api_err(c, err, E_CONFLICT, "id",
	    N_("A campaign that is %s is not changed: hold it, or cancel it and make a new one."),
	    campaign_state_name(x->state));
}

int draft_may_edit(struct api_call *c, const struct campaign *x, struct err *err)
{
	struct str read = api_text(c, "revision");
	char revision[CAMPAIGN_REVISION_MAX];

	if (x->state != CAMPAIGN_DRAFT)
		return refuse_state(c, x, err);
	campaign_revision(x, revision);
	if (!read.p || str_eq_c(read, revision))
		return 0;
	return api_err(c, err, E_CONFLICT, "revision",
	    N_("It was changed since it was read: read it again, and edit what is there now."));
}

int draft_number(struct api_call *c, const struct directory *d, struct campaign *x, struct err *err)
{
	struct str wanted = api_text(c, "number");
	const struct dir_number *was = x->number.p ? directory_number(d, x->number) : NULL;
	const struct dir_number *n = wanted.p ? directory_number(d, wanted) : was;

	if (wanted.p && !api_may_number(c, wanted))
		return api_err(c, err, E_DENIED, "number",
		    N_("This belongs to none of the portfolios that you are bound to."));
	if (!n)
		return api_err(
		    c, err, E_NOT_FOUND, "number", N_("There is no number with that id here."));
	if (is_edit(c) && n != was && !draft_is_given(c, true) &&
	    (!was || was->waba->portfolio != n->waba->portfolio))
		return api_err(c, err, E_CONFLICT, "number",
		    N_("This number is of another portfolio, which knows its people anew: give \"audience\" or \"filter\" as well."));
	x->number = n->id;
	x->waba = n->waba->id;
	return 0;
}

bool draft_is_given(const struct api_call *c, bool people)
{
	static const char *const fields[] = { "audience", "filter", "name", "number", "template",
		"language", "map", "price", "currency" };
	size_t n = people ? 2 : ARRAY_LEN(fields);

	for (size_t i = 0; i < n; i++) {
		if (api_value(c, fields[i])->given)
			return true;
	}
	return false;
}

/* --- showing ---------------------------------------------------------------------------------- */

static void write_list(struct json_writer *w, const char *name, const struct str *items, size_t len)
{
	jw_key(w, name);
	jw_array(w);
	for (size_t i = 0; i < len; i++)
		jw_str(w, items[i]);
	jw_array_end(w);
}

static void write_price(struct json_writer *w, const struct campaign_draft *d)
{
	jw_key(w, "price");
	if (d->price > 0)
		jw_real(w, d->price);
	else
		jw_null(w);
}

static void write_people(
    struct json_writer *w, const struct campaign *was, const struct campaign_draft *d)
{
	char hex[2 * SHA256_LEN + 1];

	hex_encode(was->digest.b, SHA256_LEN, hex);
	if (d->filter_len)
		write_list(w, "filter", d->filter, d->filter_len);
	else
		jw_member_c(w, "audience", hex);
}

/* By the names of the fields, since that is what the entry has of the new values. */
static void write_before(const struct api_call *c, const struct campaign *was,
    const struct campaign_draft *d, struct json_writer *w)
{
	jw_object(w);
	if (draft_is_given(c, true))
		write_people(w, was, d);
	if (api_value(c, "currency")->given)
		jw_member_str(w, "currency", d->currency);
	if (api_value(c, "language")->given)
		jw_member_str(w, "language", d->language);
	if (api_value(c, "map")->given)
		write_list(w, "map", d->map, d->map_len);
	if (api_value(c, "name")->given)
		jw_member_str(w, "name", was->name);
	if (api_value(c, "number")->given)
		jw_member_str(w, "number", was->number);
	if (api_value(c, "price")->given)
		write_price(w, d);
	if (api_value(c, "template")->given)
		write_list(w, "template", d->templates, d->templates_len);
	jw_object_end(w);
}

int draft_note_before(struct api_call *c, const struct campaign *was, struct err *err)
{
	struct campaign_draft d;
	struct json_writer w;
	struct buf text;
	int r = campaign_draft_read(was, c->arena, &d, err);

	if (r < 0)
		return r;
	buf_init(&text, 0);
	jw_init(&w, &text);
	write_before(c, was, &d, &w);
	c->before = text.failed ? STR_NONE : arena_str(c->arena, buf_str(&text));
	buf_done(&text);
	return c->before.p ? 0
			   : api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

void draft_write(struct api_call *c, const struct campaign *x)
{
	struct campaign_draft d = { .price = 0 };
	struct json_writer *w = &c->w;
	char revision[CAMPAIGN_REVISION_MAX];

	if (campaign_draft_read(x, c->arena, &d, NULL) < 0)
		d = (struct campaign_draft){ .price = 0 };
	campaign_revision(x, revision);
	jw_member_c(w, "revision", revision);
	jw_member_int(w, "edits", d.edits);
	write_list(w, "edited_by", d.editors, d.editors_len);
	write_price(w, &d);
	jw_member_str(w, "currency", d.currency);
	write_list(w, "filter", d.filter, d.filter_len);
	write_list(w, "columns", d.columns, d.columns_len);
}
