/* A bare id can be a number, a WABA, a portfolio, a template or a file. What was seen before is what it is; an unknown id
 * becomes what the call asks of it: the fields it names, else a file. */
#include "apps/sim/sim_api.h"

#include <string.h>

#include "apps/sim/sim_fields.h"

static bool may_see_waba(const struct sim_call *c, const struct sim_waba *a)
{
	return !c->sim->strict || !c->key || c->key->waba == a;
}

/* Answers for a node that is known; false when none has this id. */
static bool get_known(struct sim_call *c, struct str id, struct str fields)
{
	struct sim *s = c->sim;
	const struct sim_number *n = sim_world_find_number(s->world, id);
	const struct sim_waba *a = sim_world_find_waba(s->world, id);
	const struct sim_portfolio *p = sim_world_find_portfolio(s->world, id);
	const struct sim_template *t = sim_templates_get(s->templates, id);

	if (n && may_see_waba(c, n->waba))
		sim_number_print(&c->w, n, fields);
	else if (a && may_see_waba(c, a))
		sim_waba_print(&c->w, a, fields);
	else if (t && may_see_waba(c, t->waba))
		sim_template_print(&c->w, t, fields);
	else if (p)
		sim_portfolio_print(&c->w, p, fields);
	else
		return false;
	sim_call_ok(c);
	return true;
}

static void get_unknown(struct sim_call *c, struct str id, struct str fields)
{
	struct sim_file *f = fields.p ? NULL : sim_api_media_find(c, id);
	struct sim_number *n = NULL;
	struct sim_waba *a = NULL;
	int lean = sim_fields_lean_number(fields);

	if (f) {
		sim_api_media_get(c, f);
		return;
	}
	if (!fields.p || c->sim->strict) {
		sim_call_no_object(c, id);
		return;
	}
	if (lean > 0)
		n = sim_call_number(c, id);
	else
		a = sim_call_waba(c, id);
	if (n)
		sim_number_print(&c->w, n, fields);
	else if (a)
		sim_waba_print(&c->w, a, fields);
	if (n || a)
		sim_call_ok(c);
}

void sim_api_node_get(struct sim_call *c)
{
	struct str id = c->segs[0], fields = http_query_get(c->req, "fields");

	if (sim_media_get(c->sim->media, id, sim_now(c->sim)) || !get_known(c, id, fields))
		get_unknown(
		    c, id, sim_media_get(c->sim->media, id, sim_now(c->sim)) ? STR_NONE : fields);
}

void sim_api_node_post(struct sim_call *c)
{
	struct str id = c->segs[0];
	struct sim_template *t = sim_templates_get(c->sim->templates, id);

	if (t && may_see_waba(c, t->waba)) {
		sim_api_template_edit(c, t);
		return;
	}
	struct sim_number *n = sim_call_number(c, id);
	if (n)
		sim_api_number_set(c, n);
}

/* Only files can be deleted under a bare id. */
void sim_api_node_delete(struct sim_call *c)
{
	struct sim_file *f = sim_api_media_find(c, c->segs[0]);

	if (!f) {
		sim_call_no_object(c, c->segs[0]);
		return;
	}
	sim_media_delete(c->sim->media, f);
	sim_call_success(c);
}
