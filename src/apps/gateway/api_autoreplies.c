/* Automatic replies: what they are. When they are sent, flow/events_autoreply.c says. */
#include "apps/gateway/api.h"

#include <string.h>

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

struct replying {
	struct autoreply r;
	char was[AUTOREPLY_REVISION_MAX]; /* of an edit: what it was made on */
};

/* --- adding ----------------------------------------------------------------------------------- */

/* The account's own, when its country has only one that matters: the first of them. */
static struct str zone_of(struct api_call *c, struct str number)
{
	const struct dir_number *n = directory_number(lane_directory(c->gate->lane), number);
	struct str zone = STR_NONE;

	if (n && n->waba->country.len)
		(void)phone_country_zones(n->waba->country, &zone, 1);
	return zone;
}

static int check_kind(struct api_call *c, struct autoreply *r, struct err *err)
{
	if (autoreply_kind_parse(api_text(c, "kind"), &r->kind))
		return 0;
	return api_err(c, err, E_INVALID, "kind",
	    N_("\"kind\" must be one of welcome, out_of_hours and keyword."));
}

/* The same of one that is added and of one that is edited. */
static int check_values(struct api_call *c, struct autoreply *r, struct err *err)
{
	if (!directory_number(lane_directory(c->gate->lane), r->number))
		return api_err(
		    c, err, E_NOT_FOUND, "number", N_("There is no number with that id here."));
	if (r->kind == AUTOREPLY_OUT_OF_HOURS && !r->zone.p)
		r->zone = zone_of(c, r->number);
	if (r->language.p && !pack_language(c->gate->lane->core->pack, r->language))
		return api_err(c, err, E_INVALID, "language",
		    N_("The policy pack does not have that language."));
	return autoreply_check(r, c->arena, err);
}

static int check_add(struct api_call *c, struct err *err)
{
	const struct api_value *words = api_value(c, "words");
	struct replying *k = ARENA_NEW(c->arena, struct replying);

	if (!k)
		return no_memory(c, err);
	c->state = k;
	k->r = (struct autoreply){
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
	int r = check_kind(c, &k->r, err);
	return r < 0 ? r : check_values(c, &k->r, err);
}

static int add(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct autoreply r = ((const struct replying *)c->state)->r;
	int rc = api_sender(c, conn, r.app, r.number, &r.app, err);

	api_name(c, r.name);
	if (rc >= 0)
		rc = autoreply_add(conn, &r, clock_now(), err);
	/* A number that has none is not asked. */
	if (rc >= 0)
		core_directory_changed(c->gate->lane->core);
	return rc;
}

/* --- editing ---------------------------------------------------------------------------------- */

static struct str given_or(const struct api_call *c, const char *name, struct str known)
{
	struct str value = api_value(c, name)->given ? api_text(c, name) : known;

	return value.len ? value : STR_NONE;
}

/* What is given, over what is on record; of another kind nothing stays that it has no use for. */
static int take_values(struct api_call *c, struct autoreply *r, struct err *err)
{
	const struct api_value *words = api_value(c, "words");
	int rc = api_value(c, "kind")->given ? check_kind(c, r, err) : 0;
	bool keyword = r->kind == AUTOREPLY_KEYWORD, closed = r->kind == AUTOREPLY_OUT_OF_HOURS;

	if (rc < 0)
		return rc;
	r->app = given_or(c, "app", r->app);
	r->number = given_or(c, "number", r->number);
	r->text = given_or(c, "text", r->text);
	r->language = given_or(c, "language", r->language);
	r->hours = given_or(c, "hours", closed ? r->hours : STR_NONE);
	r->zone = given_or(c, "zone", closed ? r->zone : STR_NONE);
	if (words->given || !keyword) {
		r->words = words->items;
		r->words_len = words->items_len;
	}
	return 0;
}

static bool is_given(const struct api_call *c)
{
	static const char *const fields[] = { "kind", "app", "number", "text", "words", "hours",
		"zone", "language" };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (api_value(c, fields[i])->given)
			return true;
	}
	return false;
}

static int changed(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_CONFLICT, "revision",
	    N_("It was changed since it was read: read it again, and edit what is there now."));
}

static int check_set(struct api_call *c, struct err *err)
{
	struct replying *k = ARENA_NEW(c->arena, struct replying);
	struct str number = api_text(c, "number"), read = api_text(c, "revision");

	if (!k)
		return no_memory(c, err);
	c->state = k;
	if (!is_given(c))
		return api_err(c, err, E_INVALID, "", N_("Nothing was given to change."));
	if (number.p && !api_may_number(c, number))
		return api_err(c, err, E_DENIED, "number",
		    N_("This belongs to none of the portfolios that you are bound to."));
	int r = autoreply_get(c->gate->lane->reader, api_text(c, "name"), c->arena, &k->r, err);
	if (r <= 0)
		return r < 0 ? r : unknown(c, err);
	autoreply_revision(&k->r, k->was);
	if (read.p && !str_eq_c(read, k->was))
		return changed(c, err);
	r = take_values(c, &k->r, err);
	return r < 0 ? r : check_values(c, &k->r, err);
}

/* Somebody else may have changed it since it was checked. */
static int set(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct replying *k = c->state;
	struct autoreply r = k->r, is;
	char revision[AUTOREPLY_REVISION_MAX];
	int rc = autoreply_get(conn, r.name, c->arena, &is, err);

	if (rc <= 0)
		return rc < 0 ? rc : unknown(c, err);
	autoreply_revision(&is, revision);
	if (strcmp(revision, k->was) != 0)
		return changed(c, err);
	api_name(c, r.name);
	rc = api_sender(c, conn, r.app, r.number, &r.app, err);
	if (rc >= 0)
		rc = autoreply_set(conn, &r, err);
	if (rc > 0)
		core_directory_changed(c->gate->lane->core);
	return rc < 0 ? rc : 0;
}

/* --- showing ---------------------------------------------------------------------------------- */

static void write_reply(struct api_call *c, const struct autoreply *r)
{
	struct json_writer *w = &c->w;
	char revision[AUTOREPLY_REVISION_MAX];

	autoreply_revision(r, revision);
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
	jw_member_c(w, "revision", revision);
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
	{ "setAutoreply", check_set, set, show, NULL },
	{ "removeAutoreply", NULL, take_away, show_removed, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
