/* The lists that audiences name as where their rows come from, and which of them are suspended. */
#include "apps/gateway/api_campaigns.h"

#include "base/check.h"
#include "domain/source_list.h"
#include "domain/value.h"
#include "flow/campaigns.h"

#define NAME_MAX_CHARS 200
#define REASON_MAX_CHARS 500

struct listing {
	struct str name;
	int64_t people;
};

static void write_source(struct api_call *c, const struct source_list *s)
{
	const struct pack *pack = c->gate->lane->core->pack;
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_str(w, "source", s->name);
	jw_member_bool(w, "suspended", s->suspended_at != TIME_NONE);
	jw_member_time(w, "suspended_at", s->suspended_at);
	jw_member_str(w, "by", s->by);
	jw_member_str(w, "reason", s->reason);
	jw_member_c(w, "advice", source_list_advice(s, pack, clock_now()));
	jw_member_int(w, "people", s->people);
	jw_member_int(w, "sent", s->sent);
	jw_member_int(w, "delivered", s->delivered);
	jw_member_int(w, "read", s->read);
	jw_member_int(w, "failed", s->failed);
	jw_member_int(w, "opt_outs", s->opt_outs);
	jw_member_int(w, "clicks", s->clicks);
	jw_member_time(w, "used_at", s->used_at);
	jw_member_time(w, "oldest_consent", s->oldest);
	jw_member_time(w, "newest_consent", s->newest);
	jw_object_end(w);
}

static int list_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct source_list *items = NULL;
	size_t limit = 0, n = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = source_lists(
		    conn, api_text(c, "cursor"), limit, c->arena, &items, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		write_source(c, &items[i]);
	api_list_close(c, more ? items[n - 1].name : STR_NONE);
	return 0;
}

static void list(struct api_call *c)
{
	api_work(c, list_on_pool);
}

static int check(struct api_call *c, struct err *err)
{
	struct listing *x = ARENA_NEW(c->arena, struct listing);
	int r;

	if (!x)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = x;
	x->name = api_text(c, "source");
	r = value_check_text(x->name, "source", NAME_MAX_CHARS, err);
	if (r == 0)
		r = value_check_text(campaign_actor(c), "by", NAME_MAX_CHARS, err);
	if (r == 0 && api_text(c, "reason").p)
		r = value_check_text(api_text(c, "reason"), "reason", REASON_MAX_CHARS, err);
	return r;
}

static int suspend(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct campaign_desk k = {
		.core = c->gate->lane->core, .conn = conn, .arena = c->arena, .now = clock_now()
	};
	struct listing *x = c->state;
	int r = campaign_call_back_list(&k, x->name, err);

	if (r < 0)
		return r;
	return source_list_suspend(
	    conn, x->name, campaign_actor(c), api_text(c, "reason"), k.now, &x->people, err);
}

static int resume(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct listing *x = c->state;

	return source_list_resume(conn, x->name, &x->people, err);
}

static int answer(struct api_call *c, struct err *err)
{
	const struct listing *x = c->state;
	int r = source_list_is_suspended(c->gate->lane->reader, x->name, err);

	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_str(&c->w, "source", x->name);
	jw_member_bool(&c->w, "suspended", r > 0);
	jw_member_int(&c->w, "people", x->people);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_source_handlers[] = {
	{ "listSources", NULL, NULL, NULL, list },
	{ "suspendSource", check, suspend, answer, NULL },
	{ "resumeSource", check, resume, answer, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
