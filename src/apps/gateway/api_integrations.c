/* The register. An entry may be addressed by its id or by its name. */
#include "apps/gateway/api_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/register_model.h"
#include "flow/target.h"

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such integration."));
}

/* --- changes ---------------------------------------------------------------------------------- */

static int check_categories(struct api_call *c, struct err *err)
{
	const struct api_value *v = api_value(c, "categories");
	enum purpose p;

	for (size_t i = 0; i < v->items_len; i++) {
		if (purpose_parse(v->items[i], &p) < 0 || p == PURPOSE_ALL)
			return api_err(c, err, E_INVALID, "categories",
			    N_("\"categories\" must be some of marketing, utility, authentication"
			       " and service."));
	}
	return 0;
}

/* Whether the name leads to a public address only its delivery can tell; what is none by its spelling
 * will never hear anything. Beside a simulator everything is on this machine. */
static int check_webhook(struct api_call *c, struct err *err)
{
	struct str url = api_text(c, "webhook");

	if (!url.len || target_is_loopback(str_c(c->gate->gateway->config->base_url)) ||
	    target_may_be_public(url))
		return 0;
	return api_err(c, err, E_INVALID, "webhook",
	    N_("\"webhook\" must be https to a public address: Varco posts nowhere else."));
}

static int check_entry(struct api_call *c, struct err *err)
{
	int r = check_categories(c, err);

	return r < 0 ? r : check_webhook(c, err);
}

static unsigned purposes_of(const struct api_value *v)
{
	unsigned purposes = 0;
	enum purpose p;

	for (size_t i = 0; i < v->items_len; i++) {
		if (purpose_parse(v->items[i], &p) == 0)
			purposes |= PURPOSE_BIT(p);
	}
	return purposes;
}

static bool has_field(const struct api_call *c, const char *name)
{
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		if (strcmp(c->verb->fields[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Every value is text, of lists and days too. */
static struct str detail(const struct api_call *c, enum register_field f)
{
	const struct register_field_row *row = &register_fields[f];

	if (!has_field(c, row->name) || !api_value(c, row->name)->given)
		return STR_NONE;
	const struct api_value *v = api_value(c, row->name);
	return row->type == REGISTER_LIST ? register_join(c->arena, v->items, v->items_len)
					  : v->text;
}

static struct register_values details(const struct api_call *c)
{
	struct register_values v;

	for (int i = 0; i < REGISTER_FIELDS_LEN; i++)
		v.v[i] = detail(c, (enum register_field)i);
	return v;
}

static struct integration_values values(const struct api_call *c)
{
	const struct api_value *numbers = api_value(c, "numbers");
	const struct api_value *categories = api_value(c, "categories");
	const struct api_value *review = api_value(c, "review_by");

	return (struct integration_values){
		.name = api_text(c, "name"),
		.owner = api_text(c, "owner"),
		.purpose = api_text(c, "purpose"),
		.data = api_text(c, "data"),
		.webhook_url = api_text(c, "webhook"),
		.webhook_secret = api_text(c, "webhook_secret_file"),
		.numbers = numbers->items,
		.numbers_len = numbers->items_len,
		.numbers_given = numbers->given,
		.purposes = purposes_of(categories),
		.purposes_given = categories->given,
		.review_by = review->at,
		.review_given = review->given,
		.verdict = api_text(c, "verdict"),
		.state = api_text(c, "state"),
		.details = details(c),
	};
}

static struct register_act act_of(struct api_call *c, struct store_conn *conn)
{
	struct core *core = c->gate->lane->core;

	return (struct register_act){
		.c = conn,
		.ledger = &core->ledger,
		.key = &core->key,
		.ids = &core->ids,
		.arena = c->arena,
		.by = c->who.user.name,
		.now = clock_now(),
	};
}

static int add_entry(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct register_act act = act_of(c, conn);
	struct integration_values v = values(c);

	_Static_assert(sizeof(c->key) == APP_KEY_MAX, "a call has room for a key");
	v.keyless = api_value(c, "keyless")->flag;
	int r = register_add(&act, &v, c->id, c->key, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* Its id into c->id, as of this transaction. */
static int find(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct integration_entry e;
	int r = integration_find(conn, api_text(c, "id"), c->arena, &e, err);

	if (r < 0)
		return r;
	if (r == 0 || str_to_c(e.id, c->id, sizeof(c->id)) < 0)
		return unknown(c, err);
	return 0;
}

static int set_entry(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct register_act act = act_of(c, conn);
	struct integration_values v = values(c);
	int r = find(c, conn, err);

	v.status = api_text(c, "status");
	if (r == 0)
		r = register_set(&act, str_c(c->id), &v, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int rotate_key(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct register_act act = act_of(c, conn);
	int r = find(c, conn, err);

	if (r == 0)
		r = register_rotate(&act, str_c(c->id), c->key, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int revoke_entry(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct register_act act = act_of(c, conn);
	int r = find(c, conn, err);

	if (r == 0)
		r = register_revoke(&act, str_c(c->id), err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int review_entry(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct register_act act = act_of(c, conn);
	struct register_review review = {
		.by = api_text(c, "by"),
		.outcome = api_text(c, "outcome"),
		.until = api_value(c, "until")->at,
	};
	int r = find(c, conn, err);

	if (r == 0)
		r = register_review(&act, str_c(c->id), &review, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* The one answer in which a key stands; null when it was shown before. */
static int answer_key(struct api_call *c, struct err *err)
{
	struct integration_entry e;
	int r = integration_get(c->gate->lane->reader, str_c(c->id), c->arena, &e, err);

	if (r <= 0)
		return r < 0 ? r : unknown(c, err);
	jw_object(&c->w);
	jw_member_str(&c->w, "id", e.id);
	jw_member_str(&c->w, "name", e.name);
	jw_member_c(&c->w, "key", c->key[0] ? c->key : NULL);
	jw_object_end(&c->w);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return str_cmp(
	    ((const struct integration_entry *)a)->id, ((const struct integration_entry *)b)->id);
}

static void write_entry(
    struct api_call *c, const struct integration_entry *e, const struct use *uses, size_t len)
{
	register_entry_write_judged(&c->w, e, uses, len, clock_now(),
	    pack_limits(c->gate->lane->core->pack)->registers.unseen_ms);
}

/* What is not sent by a key is not counted by app. */
static int list_entry(struct api_call *c, const struct integration_entry *e, struct err *err)
{
	struct use *uses = NULL;
	size_t n = 0;
	int r = e->keyed
	    ? uses_of(c->gate->lane->reader, e->id, clock_now() - REGISTER_USE_DAYS * MS_PER_DAY,
		  c->arena, &uses, &n, err)
	    : 0;

	if (r == 0)
		write_entry(c, e, uses, n);
	return r;
}

/* The whole register, in the order of ids: that is the order in which they were entered. */
static int read_all(
    struct api_call *c, struct integration_entry **ret, size_t *ret_len, struct err *err)
{
	int r = integration_list(c->gate->lane->reader, c->arena, ret, ret_len, err);

	if (r == 0 && *ret_len)
		qsort(*ret, *ret_len, sizeof(**ret), by_id);
	return r;
}

static int show_entry(struct api_call *c, struct err *err)
{
	struct str wanted = c->id[0] ? str_c(c->id) : api_text(c, "id");
	struct store_conn *conn = c->gate->lane->reader;
	struct integration_entry e;
	struct use *uses;
	size_t n = 0;
	int r = integration_find(conn, wanted, c->arena, &e, err);

	if (r == 0)
		return unknown(c, err);
	if (r > 0)
		r = uses_of(conn, e.id, clock_now() - REGISTER_USE_DAYS * MS_PER_DAY, c->arena,
		    &uses, &n, err);
	if (r == 0)
		write_entry(c, &e, uses, n);
	return r;
}

static int list_entries(struct api_call *c, struct err *err)
{
	struct integration_entry *all;
	struct api_page page;
	size_t n;
	int r = api_client_check(c, err);

	if (r == 0)
		r = read_all(c, &all, &n, err);
	if (r == 0)
		r = api_page_open(c, &page, err);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < n; i++) {
		bool may = api_may_numbers(c, all[i].numbers, all[i].numbers_len) &&
		    api_client_has_numbers(c, all[i].numbers, all[i].numbers_len);
		if (may && api_page_takes(&page, all[i].id))
			r = list_entry(c, &all[i], err);
	}
	api_page_close(c, &page);
	return r;
}

static int show_history(struct api_call *c, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct integration_entry e;
	struct register_change *list;
	size_t n = 0;
	int r = integration_find(conn, api_text(c, "id"), c->arena, &e, err);

	if (r == 0)
		return unknown(c, err);
	if (r > 0)
		r = register_history(conn, e.id, c->arena, &list, &n, err);
	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_str(&c->w, "id", e.id);
	jw_member_str(&c->w, "name", e.name);
	jw_key(&c->w, "items");
	jw_array(&c->w);
	for (size_t i = 0; i < n; i++)
		register_change_write(&c->w, &list[i], c->arena);
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_integration_handlers[] = {
	{ "addIntegration", check_entry, add_entry, answer_key, NULL },
	{ "listIntegrations", NULL, NULL, list_entries, NULL },
	{ "showIntegration", NULL, NULL, show_entry, NULL },
	{ "setIntegration", check_entry, set_entry, show_entry, NULL },
	{ "rotateIntegration", NULL, rotate_key, answer_key, NULL },
	{ "revokeIntegration", NULL, revoke_entry, show_entry, NULL },
	{ "reviewIntegration", NULL, review_entry, show_entry, NULL },
	{ "showIntegrationHistory", NULL, NULL, show_history, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
