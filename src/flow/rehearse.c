/* Limits are read at the present moment whatever moment is asked for: their memory only goes forward. */
#include "flow/rehearse.h"

#include "flow/flow.h"
#include "flow/own_send.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while trying a send.");
}

static int read_body(struct flow *f, struct err *err)
{
	struct str country = f->number ? f->number->waba->country : STR_NONE;
	const struct json *body = NULL;
	struct err why = { 0 };
	int r = json_read(f->arena, f->text, &body, &why);

	if (r == -E_NOMEM ||
	    message_read(f->arena, f->lane->core->pack, r < 0 ? NULL : body, &why, f->path, country,
		&f->message) < 0)
		return no_memory(err);
	return 0;
}

static int judge(struct flow *f, struct store_conn *c, const struct rehearsal *x, struct err *err)
{
	f->foreseen = (struct facts_foreseen){ .fits = x->shape_only, .plain = x->shape_only };
	int r = flow_load(f, c, err);
	if (r == 0)
		r = facts_change(f->arena, x->facts, &f->facts, err);
	if (r < 0)
		return r;
	if (x->at != TIME_NONE)
		f->now = x->at;
	return flow_judge(f, err);
}

int flow_rehearse(struct lane *l, struct store_conn *c, struct rehearsal *x, struct arena *a,
    const struct decision **ret, struct err *err)
{
	struct flow *f = ARENA_NEW(a, struct flow);
	const struct directory *now;
	int r = f ? core_directory_now(l->core, c, &now, err) : no_memory(err);

	if (r < 0)
		return r;
	/* Policies change on this thread only. */
	x->pack = l->core->pack;
	f->lane = l;
	f->arena = a;
	f->path = STR("/messages");
	f->text = x->body;
	f->number_id = arena_str(a, x->number);
	f->directory = directory_ref((struct directory *)now);
	f->number = directory_number(f->directory, x->number);
	f->app = own_send_app(f->directory, x->app);
	r = f->number_id.p ? read_body(f, err) : no_memory(err);
	if (r == 0)
		r = judge(f, c, x, err);
	directory_unref(&f->directory);
	if (r == 0)
		*ret = &f->decision;
	return r;
}
