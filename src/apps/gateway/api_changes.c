/* How accounts, numbers, templates and portfolios changed, and who told it. */
#include "apps/gateway/api.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"

#define SHOWN_WITH_AN_OBJECT 10

static void write_change(struct api_call *c, const struct history_entry *e)
{
	struct json_writer *w = &c->w;
	const struct json *words;

	jw_object(w);
	jw_member_int(w, "id", e->id);
	jw_member_time(w, "at", e->at);
	jw_key(w, "object");
	struct str object = arena_printf(
	    c->arena, "%s:%.*s", history_kind_name(e->kind), STR_ARG(e->object));
	jw_str(w, object);
	jw_member_str(w, "field", e->field);
	jw_member_str(w, "before", e->before);
	jw_member_str(w, "after", e->after);
	jw_member_c(w, "source", history_source_name(e->source));
	jw_key(w, "words");
	if (!e->words.p)
		jw_null(w);
	else if (json_read(c->arena, e->words, &words, NULL) == 0)
		jw_value(w, words);
	else
		jw_str(w, e->words);
	jw_object_end(w);
}

int api_changes_write(struct api_call *c, enum history_kind kind, struct str id, struct err *err)
{
	const struct history_ask ask = {
		.kind = kind,
		.object = id,
		.since = TIME_NONE,
		.until = TIME_NONE,
		.limit = SHOWN_WITH_AN_OBJECT,
	};
	struct history_entry *items;
	size_t n = 0;
	bool more;
	int r = history_read(c->gate->lane->reader, &ask, c->arena, &items, &n, &more, err);

	jw_key(&c->w, "changes");
	jw_array(&c->w);
	for (size_t i = 0; r == 0 && i < n; i++)
		write_change(c, &items[i]);
	jw_array_end(&c->w);
	return r;
}

static int read_ask(struct api_call *c, struct history_ask *ask, struct err *err)
{
	const struct api_value *since = api_value(c, "since"), *until = api_value(c, "until");
	int r = api_limit(c, &ask->limit, err);

	ask->since = since->given ? since->at : TIME_NONE;
	ask->until = until->given ? until->at : TIME_NONE;
	ask->object = STR_NONE;
	if (r == 0 && api_value(c, "cursor")->given &&
	    (str_to_i64(api_text(c, "cursor"), &ask->below) < 0 || ask->below < 1))
		return api_err(c, err, E_INVALID, "cursor",
		    N_("\"cursor\" must be the \"next\" of the page before."));
	if (r == 0 && api_value(c, "object")->given &&
	    history_object_parse(api_text(c, "object"), &ask->kind, &ask->object, NULL) < 0)
		return api_err(c, err, E_INVALID, "object",
		    N_("\"object\" must be portfolio, waba, number or template, with a colon and an id."));
	return r;
}

static int list_changes(struct api_call *c, struct err *err)
{
	struct history_ask ask = { 0 };
	struct history_entry *items;
	char next[24];
	size_t n = 0;
	bool more = false;
	int r = read_ask(c, &ask, err);

	if (r == 0)
		r = history_read(c->gate->lane->reader, &ask, c->arena, &items, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		write_change(c, &items[i]);
	if (more)
		(void)snprintf(next, sizeof(next), "%" PRId64, items[n - 1].id);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

const struct api_handler api_change_handlers[] = {
	{ "listChanges", NULL, NULL, list_changes, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
