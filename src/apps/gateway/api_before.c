/* What stood where a change puts something else, for the operator's entry of the ledger: the operation that shows the
 * object is asked first, and of its answer the members are kept that the change names. */
#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"

/* The one that shows what a PATCH changes; NULL = none that answers at once. */
static const struct noun_verb *shown_by(const struct noun_verb *verb)
{
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		if (strcmp(v->method, "GET") == 0 && strcmp(v->path, verb->path) == 0)
			return v;
	}
	return NULL;
}

static void take_places(const struct api_call *c, struct api_call *probe)
{
	memset(probe->values, 0, sizeof(probe->values));
	for (size_t i = 0; i < probe->verb->fields_len; i++) {
		const struct noun_field *f = &probe->verb->fields[i];
		if (f->positional)
			probe->values[i] = *api_value(c, f->name);
	}
}

/* What is not shown, secrets above all, has no member of that name. */
static void write_members(const struct api_call *c, const struct json *shown, struct json_writer *w)
{
	jw_object(w);
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		const struct noun_field *f = &c->verb->fields[i];
		const struct json *was = json_get(shown, f->name);
		bool kept = c->values[i].given && !f->positional && !f->personal &&
		    f->type != FIELD_FILE && f->type != FIELD_FILES;
		if (!kept || !was)
			continue;
		jw_key(w, f->name);
		jw_value(w, was);
	}
	jw_object_end(w);
}

static struct str members_of(const struct api_call *c, struct str answer)
{
	const struct json *shown;
	struct json_writer w;
	struct str text = STR_NONE;
	struct buf out;

	if (json_read(c->arena, answer, &shown, NULL) < 0)
		return STR_NONE;
	buf_init(&out, 0);
	jw_init(&w, &out);
	write_members(c, shown, &w);
	if (!out.failed)
		text = arena_str(c->arena, buf_str(&out));
	buf_done(&out);
	return text;
}

void api_before(struct api_call *c)
{
	const struct noun_verb *verb = strcmp(c->verb->method, "PATCH") == 0 ? shown_by(c->verb)
									     : NULL;
	const struct api_handler *h = verb ? api_handler_find(verb->operation) : NULL;
	struct api_call *probe = h && h->answer && !h->start ? ARENA_NEW(c->arena, struct api_call)
							     : NULL;

	if (!probe)
		return;
	*probe = *c;
	probe->verb = verb;
	probe->handler = h;
	take_places(c, probe);
	buf_init(&probe->body, 0);
	jw_init(&probe->w, &probe->body);
	if (h->answer(probe, NULL) == 0 && !probe->body.failed)
		c->before = members_of(c, buf_str(&probe->body));
	buf_done(&probe->body);
}
