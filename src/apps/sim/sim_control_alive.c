/* People and enforcement, set and told from outside: only while the simulator is alive. */
#include "apps/sim/sim_control.h"

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_alive.h"

#define PEOPLE_MAX 10000

static bool is_alive(struct sim_call *c)
{
	if (c->sim->alive)
		return true;
	sim_control_fail(c, 409, "",
	    "People do not react and nothing is enforced: start the simulator with --alive.");
	return false;
}

/* A share or a factor, as a number. 1, 0 when absent, -1 when it was answered. */
static int read_share(struct sim_call *c, const char *key, double *ret)
{
	const struct json *v = json_get(c->body, key);
	double d;

	if (!v || json_is_null(v))
		return 0;
	if (json_real(v, &d) && d >= 0 && d <= 1) {
		*ret = d;
		return 1;
	}
	sim_control_fail(c, 400, key, "%s must be a number from 0 to 1.", key);
	return -1;
}

/* --- people -------------------------------------------------------------------------------------- */

static struct sim_person *find_person(struct sim_call *c, struct str who)
{
	char digits[SIM_PHONE_MAX];
	struct sim_person *p = NULL;

	if (sim_world_digits(who, "", digits))
		p = sim_world_person(c->sim->world, str_c(digits));
	if (!p)
		sim_control_fail(c, 400, "person",
		    "person must be a phone number with its country code, and there must be room.");
	return p;
}

static bool change_soul(struct sim_call *c, struct sim_soul *soul)
{
	struct str consent = json_str(json_get(c->body, "consent"));

	if (consent.p && !sim_consent_of(consent, &soul->consent)) {
		sim_control_fail(c, 400, "consent", "consent is given, stale or none.");
		return false;
	}
	return read_share(c, "interest", &soul->interest) >= 0 &&
	    sim_control_bool(c, "asked_stop", &soul->asked_stop) >= 0 &&
	    sim_control_bool(c, "unreachable", &soul->unreachable) >= 0;
}

static bool change_person(struct sim_call *c, struct str who, struct sim_soul **ret)
{
	struct sim_person *p = find_person(c, who);

	if (!p)
		return false;
	*ret = sim_crowd_soul(c->sim->alive->crowd, p->index, str_c(p->phone));
	if (*ret)
		return change_soul(c, *ret);
	sim_control_fail(c, 503, "person", "Memory ran out.");
	return false;
}

static void write_soul(struct sim_call *c, const struct sim_soul *soul)
{
	jw_object(&c->w);
	jw_member_c(&c->w, "consent", sim_consent_name(soul->consent));
	jw_key(&c->w, "interest");
	jw_real(&c->w, soul->interest);
	jw_key(&c->w, "fatigue");
	jw_real(&c->w, soul->fatigue);
	jw_member_bool(&c->w, "asked_stop", soul->asked_stop);
	jw_member_bool(&c->w, "unreachable", soul->unreachable);
	jw_object_end(&c->w);
	sim_control_ok(c);
}

/* `person` is one of them, `persons` a list; the same is set for all. */
void sim_control_people(struct sim_call *c)
{
	const struct json *list = json_get(c->body, "persons");
	struct sim_soul *soul = NULL;

	if (!is_alive(c))
		return;
	if (json_len(list) > PEOPLE_MAX) {
		sim_control_fail(c, 400, "persons", "persons names at most %d people.", PEOPLE_MAX);
		return;
	}
	for (size_t i = 0; i < json_len(list); i++) {
		if (!change_person(c, json_str(json_at(list, i)), &soul))
			return;
	}
	if (!list && !change_person(c, sim_control_id(c, "person"), &soul))
		return;
	if (soul)
		write_soul(c, soul);
	else
		sim_control_ok(c);
}

void sim_control_people_get(struct sim_call *c)
{
	struct sim_person *p;

	if (!is_alive(c) || !(p = find_person(c, http_query_get(c->req, "person"))))
		return;
	const struct sim_soul *soul = sim_crowd_soul(
	    c->sim->alive->crowd, p->index, str_c(p->phone));
	if (soul)
		write_soul(c, soul);
	else
		sim_control_fail(c, 503, "person", "Memory ran out.");
}

/* --- enforcement: deeds -------------------------------------------------------------------------- */

static enum sim_measure do_violate(struct sim *s, struct sim_waba_meta *m)
{
	m->ladder.last = TIME_NONE; /* asked for: the least time between two does not count */
	return sim_ladder_violate(&m->ladder, &s->alive->assume, sim_now(s));
}

static enum sim_measure do_disable(struct sim *s, struct sim_waba_meta *m)
{
	return sim_ladder_disable(&m->ladder, sim_now(s));
}

static enum sim_measure do_appeal(struct sim *s, struct sim_waba_meta *m)
{
	(void)sim_ladder_appeal(&m->ladder, &s->alive->assume, sim_now(s));
	return SIM_MEASURE_NONE;
}

static enum sim_measure do_reinstate(struct sim *s, struct sim_waba_meta *m)
{
	(void)s;
	return sim_ladder_reinstate(&m->ladder);
}

static const struct deed {
	const char *name;
	enum sim_measure (*act)(struct sim *s, struct sim_waba_meta *m);
} deeds[] = {
	{ "violate", do_violate },
	{ "disable", do_disable },
	{ "appeal", do_appeal },
	{ "reinstate", do_reinstate },
};

static bool change_waba(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct str waba = sim_control_id(c, "waba"), act = json_str(json_get(c->body, "act"));
	struct sim_waba *a = waba.p ? sim_world_find_waba(s->world, waba) : NULL;

	if (!act.p)
		return true;
	for (size_t i = 0; a && i < ARRAY_LEN(deeds); i++) {
		if (!str_eq_c(act, deeds[i].name))
			continue;
		enum sim_measure m = deeds[i].act(s, sim_alive_waba(s, a));
		sim_alive_measure(s, a, m, sim_now(s));
		return true;
	}
	sim_control_fail(c, a ? 400 : 404, a ? "act" : "waba",
	    a ? "act is violate, disable, appeal or reinstate." : "There is no such WABA.");
	return false;
}

/* Verified businesses leave the lowest level by that alone. */
static bool change_portfolio(struct sim_call *c)
{
	struct str id = sim_control_id(c, "portfolio");
	struct sim_portfolio *p = id.p ? sim_world_portfolio(c->sim->world, id) : NULL;

	if (!id.p)
		return true;
	if (p)
		return sim_control_bool(c, "verified", &sim_alive_portfolio(c->sim, p)->verified) >=
		    0;
	sim_control_fail(c, 400, "portfolio", "This is no id, or there are too many.");
	return false;
}

static bool change_template(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct str id = sim_control_id(c, "template");
	struct sim_template *t = id.p ? sim_templates_get(s->templates, id) : NULL;

	if (!id.p)
		return true;
	if (!t) {
		sim_control_fail(c, 404, "template", "There is no such template.");
		return false;
	}
	struct sim_template_meta *m = sim_alive_template(s, t);
	return read_share(c, "relevance", &m->relevance) >= 0 &&
	    sim_control_bool(c, "offers_stop", &m->offers_stop) >= 0 &&
	    sim_control_bool(c, "sells", &m->sells) >= 0;
}

/* --- enforcement: as it stands ------------------------------------------------------------------- */

static void write_acts(struct json_writer *w, const struct sim_alive *x)
{
	jw_key(w, "acts");
	jw_object(w);
	for (int i = SIM_ACT_REPLY; i < SIM_ACTS; i++)
		jw_member_int(w, sim_act_name((enum sim_act)i), (int64_t)x->acts[i]);
	jw_object_end(w);
	jw_member_int(w, "held", (int64_t)x->held);
	jw_member_int(w, "dropped", (int64_t)x->dropped);
}

static void write_numbers(struct json_writer *w, struct sim *s, struct sim_waba *a)
{
	jw_key(w, "numbers");
	jw_array(w);
	LIST_EACH(node, &a->numbers)
	{
		struct sim_number *n = LIST_OF(node, struct sim_number, node);
		struct sim_number_meta *m = sim_alive_number(s, n);
		jw_object(w);
		jw_member_c(w, "id", n->id);
		jw_member_c(w, "quality", n->quality);
		jw_key(w, "complaints");
		jw_real(w, sim_rating_share(&m->rating, &s->alive->number_rule, sim_now(s)));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_waba(struct json_writer *w, struct sim *s, struct sim_waba *a)
{
	const struct sim_waba_meta *m = sim_alive_waba(s, a);
	const struct sim_portfolio_meta *p = sim_alive_portfolio(s, a->portfolio);

	jw_object(w);
	jw_member_c(w, "id", a->id);
	jw_member_c(w, "standing", sim_standing_name(m->ladder.standing));
	jw_member_int(w, "steps", m->ladder.steps);
	jw_member_time(w, "until", m->ladder.until);
	jw_member_time(w, "disable_at", m->ladder.disable_at);
	jw_member_int(w, "direct_send_step", m->direct.step);
	jw_member_c(w, "level", sim_level_name(p->level));
	jw_member_int(w, "people_24h", (int64_t)sim_portfolio_count(a->portfolio, sim_now(s)));
	write_numbers(w, s, a);
	jw_object_end(w);
}

void sim_control_enforcement_get(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct str asked = http_query_get(c->req, "since");
	uint64_t since = 0;

	if (!is_alive(c))
		return;
	if (asked.len && str_to_u64(asked, &since)) {
		sim_control_fail(c, 400, "since", "since must be a whole number.");
		return;
	}
	jw_object(&c->w);
	write_acts(&c->w, s->alive);
	jw_key(&c->w, "wabas");
	jw_array(&c->w);
	LIST_EACH(node, sim_world_wabas(s->world))
	write_waba(&c->w, s, LIST_OF(node, struct sim_waba, node));
	jw_array_end(&c->w);
	jw_key(&c->w, "history");
	sim_history_print(s->alive->history, since, &c->w);
	jw_key(&c->w, "digest");
	jw_str(&c->w,
	    arena_printf(c->req->arena, "%016llx",
		(unsigned long long)sim_history_digest(s->alive->history)));
	jw_object_end(&c->w);
	sim_control_ok(c);
}

void sim_control_enforcement(struct sim_call *c)
{
	if (is_alive(c) && change_waba(c) && change_portfolio(c) && change_template(c))
		sim_control_enforcement_get(c);
}
