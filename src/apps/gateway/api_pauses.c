/* What is held, wherever it is: by an operator or by the circuit breaker, of a number, an account, a
 * template or an app. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/account.h"
#include "domain/outbox.h"
#include "domain/overview.h"

static int check_scope(struct api_call *c, struct err *err)
{
	static const char *const scopes[] = { "number", "waba", "template", "app" };
	enum purpose p;

	if (api_value(c, "purpose")->given && purpose_parse(api_text(c, "purpose"), &p) < 0)
		return api_err(c, err, E_INVALID, "purpose",
		    N_("\"purpose\" must be one of marketing, utility, authentication, service and all."));
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		if (str_eq_c(api_text(c, "scope"), scopes[i]))
			return 0;
	}
	return api_err(c, err, E_INVALID, "scope",
	    N_("\"scope\" must be one of number, waba, template and app."));
}

/* Absent is every one; check_scope() was there before. */
static enum purpose purpose_of(const struct api_call *c)
{
	enum purpose p;

	return purpose_parse(api_text(c, "purpose"), &p) < 0 ? PURPOSE_ALL : p;
}

static int resume(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = pause_clear(conn, api_text(c, "scope"), api_text(c, "id"), purpose_of(c), err);

	if (r < 0)
		return r;
	if (store_changes(conn) == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("Nothing of that is paused."));
	r = outbox_wake(conn, clock_now(), err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static void write_pause(struct json_writer *w, const struct overview_pause *p)
{
	jw_object(w);
	jw_member_str(w, "scope", p->scope);
	jw_member_str(w, "id", p->id);
	jw_member_c(w, "purpose", purpose_name(p->purpose));
	jw_member_time(w, "until", p->until);
	jw_member_str(w, "by", p->by);
	jw_member_str(w, "reason", p->reason);
	jw_member_time(w, "at", p->at);
	jw_object_end(w);
}

/* The newest; there are never so many that somebody would want to turn pages. */
static int list_pauses(struct api_call *c, struct err *err)
{
	struct overview_pause *items;
	size_t limit, len = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = overview_all_pauses(
		    c->gate->lane->reader, limit, c->arena, &items, &len, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < len; i++)
		write_pause(&c->w, &items[i]);
	api_list_close(c, STR_NONE);
	return 0;
}

const struct api_handler api_pause_handlers[] = {
	{ "listPauses", NULL, NULL, list_pauses, NULL },
	{ "resumePause", check_scope, resume, list_pauses, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
