/* The register. An entry may be addressed by its id or by its name. */
#include "apps/gateway/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/integration.h"

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
	};
}

static int add_entry(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct integration_values v = values(c);
	struct core *core = c->gate->lane->core;

	_Static_assert(sizeof(c->key) == APP_KEY_MAX, "a call has room for a key");
	int r = integration_add(conn, &core->key, &v, &core->ids, clock_now(), c->id, c->key, err);
	if (r == 0)
		core_directory_changed(core);
	return r;
}

/* Its id into c->id, as of this transaction. */
static int find(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct str wanted = api_text(c, "id");
	const struct directory *d;
	const struct dir_app *const *apps;
	size_t n;
	int r = core_directory_now(c->gate->lane->core, conn, &d, err);

	if (r < 0)
		return r;
	const struct dir_app *app = directory_app(d, wanted);
	apps = directory_apps(d, &n);
	for (size_t i = 0; !app && i < n; i++)
		app = str_eq(apps[i]->name, wanted) ? apps[i] : NULL;
	if (!app || str_to_c(app->id, c->id, sizeof(c->id)) < 0)
		return unknown(c, err);
	return 0;
}

static int set_entry(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct integration_values v = values(c);
	struct core *core = c->gate->lane->core;
	int r = find(c, conn, err);

	v.status = api_text(c, "status");
	if (r == 0)
		r = integration_set(conn, &core->key, str_c(c->id), &v, clock_now(), err);
	if (r == 0)
		core_directory_changed(core);
	return r;
}

static int rotate_key(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = find(c, conn, err);

	if (r == 0)
		r = integration_rotate(conn, str_c(c->id), clock_now(), c->key, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int revoke_entry(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = find(c, conn, err);

	if (r == 0)
		r = integration_revoke(conn, str_c(c->id), clock_now(), err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void write_categories(struct json_writer *w, unsigned purposes)
{
	jw_key(w, "categories");
	jw_array(w);
	for (enum purpose p = PURPOSE_MARKETING; p < PURPOSE_ALL; p++) {
		if (purposes & PURPOSE_BIT(p))
			jw_c(w, purpose_name(p));
	}
	jw_array_end(w);
}

static void write_date(struct json_writer *w, const char *key, time_ms at)
{
	char text[TIME_TEXT_MAX];

	if (at == TIME_NONE) {
		jw_member_c(w, key, NULL);
		return;
	}
	time_format(at, text);
	jw_member_str(w, key, str_sub(str_c(text), 0, strlen("2026-12-31")));
}

static void write_entry(struct json_writer *w, const struct integration_entry *e)
{
	jw_object(w);
	jw_member_str(w, "id", e->id);
	jw_member_str(w, "name", e->name);
	jw_member_str(w, "owner", e->owner);
	jw_member_str(w, "purpose", e->purpose);
	jw_member_str(w, "data", e->data);
	jw_key(w, "numbers");
	jw_array(w);
	for (size_t i = 0; i < e->numbers_len; i++)
		jw_str(w, e->numbers[i]);
	jw_array_end(w);
	write_categories(w, e->purposes);
	write_date(w, "review_by", e->review_by);
	jw_member_str(w, "webhook", e->webhook_url);
	jw_member_str(w, "status", e->status);
	jw_member_time(w, "created_at", e->created_at);
	jw_member_time(w, "updated_at", e->updated_at);
	jw_member_time(w, "last_seen_at", e->last_seen_at);
	jw_object_end(w);
}

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
	const struct integration_entry *named = NULL;
	struct integration_entry *all;
	size_t n;
	int r = read_all(c, &all, &n, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (str_eq(all[i].id, wanted)) {
			write_entry(&c->w, &all[i]);
			return 0;
		}
		if (str_eq(all[i].name, wanted))
			named = &all[i];
	}
	if (!named)
		return unknown(c, err);
	write_entry(&c->w, named);
	return 0;
}

static int list_entries(struct api_call *c, struct err *err)
{
	struct integration_entry *all;
	struct api_page page;
	size_t n;
	int r = read_all(c, &all, &n, err);

	if (r == 0)
		r = api_page_open(c, &page, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (api_page_takes(&page, all[i].id))
			write_entry(&c->w, &all[i]);
	}
	api_page_close(c, &page);
	return 0;
}

static int export_register(struct api_call *c, struct err *err)
{
	struct integration_entry *all;
	size_t n;
	int r = read_all(c, &all, &n, err);

	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_time(&c->w, "at", clock_now());
	jw_key(&c->w, "items");
	jw_array(&c->w);
	for (size_t i = 0; i < n; i++)
		write_entry(&c->w, &all[i]);
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_integration_handlers[] = {
	{ "addIntegration", check_categories, add_entry, answer_key, NULL },
	{ "listIntegrations", NULL, NULL, list_entries, NULL },
	{ "exportIntegrations", NULL, NULL, export_register, NULL },
	{ "showIntegration", NULL, NULL, show_entry, NULL },
	{ "setIntegration", check_categories, set_entry, show_entry, NULL },
	{ "rotateIntegration", NULL, rotate_key, answer_key, NULL },
	{ "revokeIntegration", NULL, revoke_entry, show_entry, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
