/* Automatic replies: what they are. When they are sent, flow/events_autoreply.c says. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/autoreply.h"

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "name", N_("There is no such automatic reply."));
}

/* --- adding ----------------------------------------------------------------------------------- */

/* The account's own, when its country has only one that matters: the first of them. */
static struct str zone_of(struct api_call *c)
{
	const struct dir_number *n = directory_number(
	    lane_directory(c->gate->lane), api_text(c, "number"));
	struct str zone = STR_NONE;

	if (n && n->waba->country.len)
		(void)phone_country_zones(n->waba->country, &zone, 1);
	return zone;
}

static int check_add(struct api_call *c, struct err *err)
{
	const struct api_value *words = api_value(c, "words");
	struct autoreply *r = ARENA_NEW(c->arena, struct autoreply);

	if (!r)
		return no_memory(c, err);
	c->state = r;
	*r = (struct autoreply){
		.name = api_text(c, "name"),
		.app = api_text(c, "app"),
		.number = api_text(c, "number"),
		.text = api_text(c, "text"),
		.language = api_text(c, "language"),
		.words = words->items,
		.words_len = words->items_len,
		.hours = api_text(c, "hours"),
		.zone = api_text(c, "zone"),
	};
	if (!autoreply_kind_parse(api_text(c, "kind"), &r->kind))
		return api_err(c, err, E_INVALID, "kind",
		    N_("\"kind\" must be one of welcome, out_of_hours and keyword."));
	if (!directory_number(lane_directory(c->gate->lane), r->number))
		return api_err(
		    c, err, E_NOT_FOUND, "number", N_("There is no number with that id here."));
	if (r->kind == AUTOREPLY_OUT_OF_HOURS && !r->zone.p)
		r->zone = zone_of(c);
	if (r->language.p && !pack_language(c->gate->lane->core->pack, r->language))
		return api_err(c, err, E_INVALID, "language",
		    N_("The policy pack does not have that language."));
	return autoreply_check(r, c->arena, err);
}

static int add(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct autoreply r = *(const struct autoreply *)c->state;
	int rc = api_sender(c, conn, r.app, r.number, &r.app, err);

	api_name(c, r.name);
	if (rc >= 0)
		rc = autoreply_add(conn, &r, clock_now(), err);
	/* A number that has none is not asked. */
	if (rc >= 0)
		core_directory_changed(c->gate->lane->core);
	return rc;
}

/* --- showing ---------------------------------------------------------------------------------- */

static void write_reply(struct api_call *c, const struct autoreply *r)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_str(w, "name", r->name);
	jw_member_c(w, "kind", autoreply_kind_name(r->kind));
	jw_member_str(w, "app", r->app);
	jw_member_str(w, "number", r->number);
	jw_member_str(w, "text", r->text);
	jw_key(w, "words");
	jw_array(w);
	for (size_t i = 0; i < r->words_len; i++)
		jw_str(w, r->words[i]);
	jw_array_end(w);
	jw_member_str(w, "hours", r->hours.len ? r->hours : STR_NONE);
	jw_member_str(w, "zone", r->zone.len ? r->zone : STR_NONE);
	jw_member_str(w, "language", r->language.len ? r->language : STR_NONE);
	jw_member_time(w, "created_at", r->created_at);
	jw_member_time(w, "last_at", r->last_at);
	jw_member_int(w, "sent", r->sent);
	jw_object_end(w);
}

static int show(struct api_call *c, struct err *err)
{
	struct autoreply r;
	int rc = autoreply_get(c->gate->lane->reader, api_text(c, "name"), c->arena, &r, err);

	if (rc == 0)
		return unknown(c, err);
	if (rc > 0)
		write_reply(c, &r);
	return rc < 0 ? rc : 0;
}

static int list(struct api_call *c, struct err *err)
{
	struct autoreply *items = NULL;
	size_t limit, len = 0;
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = autoreply_list(c->gate->lane->reader, api_text(c, "number"),
		    api_text(c, "cursor"), limit + 1, c->arena, &items, &len, err);
	if (r < 0)
		return r;
	bool more = len > limit;
	api_list_open(c);
	for (size_t i = 0; i < (more ? limit : len); i++)
		write_reply(c, &items[i]);
	api_list_close(c, more ? items[limit - 1].name : STR_NONE);
	return 0;
}

static int take_away(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = autoreply_remove(conn, api_text(c, "name"), err);

	api_name(c, api_text(c, "name"));
	if (r > 0)
		core_directory_changed(c->gate->lane->core);
	return r == 0 ? unknown(c, err) : r < 0 ? r : 0;
}

static int show_removed(struct api_call *c, struct err *err)
{
	(void)err;
	jw_object(&c->w);
	jw_member_str(&c->w, "id", api_text(c, "name"));
	jw_member_bool(&c->w, "removed", true);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_autoreply_handlers[] = {
	{ "addAutoreply", check_add, add, show, NULL },
	{ "listAutoreplies", NULL, NULL, list, NULL },
	{ "showAutoreply", NULL, NULL, show, NULL },
	{ "removeAutoreply", NULL, take_away, show_removed, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
