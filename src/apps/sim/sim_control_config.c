/* What the simulator knows about portfolios, WABAs, numbers, people and templates, set from outside. One object may name all of
 * them: members that are absent change nothing. */
#include "apps/sim/sim_control.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_events.h"

#define LIMIT_MAX INT64_C(1000000000)

/* What one call is about; NULL where it names none. */
struct subject {
	struct sim_portfolio *portfolio;
	struct sim_waba *waba;
	struct sim_number *number;
	struct sim_person *person;
};

/* --- who is meant -------------------------------------------------------------------------------- */

static bool find_nodes(struct sim_call *c, struct subject *x)
{
	struct sim *s = c->sim;
	struct str portfolio = sim_control_id(c, "portfolio"), waba = sim_control_id(c, "waba");
	struct str number = sim_control_id(c, "number");
	bool known = number.p && sim_world_find_number(s->world, number);

	if (portfolio.p && !(x->portfolio = sim_world_portfolio(s->world, portfolio))) {
		sim_control_fail(c, 400, "portfolio", "This is no id, or there are too many.");
		return false;
	}
	if (waba.p && !(x->waba = sim_world_waba(s->world, waba, x->portfolio))) {
		sim_control_fail(c, 400, "waba", "This is no id, or there are too many.");
		return false;
	}
	if (number.p && !(x->number = sim_world_number(s->world, number, x->waba))) {
		sim_control_fail(c, 400, "number", "This is no id, or there are too many.");
		return false;
	}
	if (x->number && !known)
		x->number->throughput = s->default_throughput;
	return true;
}

static bool find_person(struct sim_call *c, struct subject *x)
{
	struct str who = sim_control_id(c, "person");
	const char *country = x->number ? x->number->waba->country : "";
	char digits[SIM_PHONE_MAX];

	if (!who.p)
		return true;
	if (sim_world_digits(who, country, digits))
		x->person = sim_world_person(c->sim->world, str_c(digits));
	if (!x->person)
		sim_control_fail(
		    c, 400, "person", "This is no phone number, or there are too many people.");
	return x->person != NULL;
}

/* Existing nodes move to what is named above them. */
static void relate(struct subject *x)
{
	if (x->waba && x->portfolio)
		x->waba->portfolio = x->portfolio;
	if (x->number && x->waba && x->number->waba != x->waba)
		sim_world_move_number(x->number, x->waba);
	if (!x->waba && x->number)
		x->waba = x->number->waba;
	if (!x->portfolio && x->waba)
		x->portfolio = x->waba->portfolio;
}

/* --- settings ------------------------------------------------------------------------------------ */

/* Each answers false when it was answered. */
/* A limit that was set is a level that was reached. */
static void follow_limit(struct sim *s, struct sim_portfolio *p, int64_t limit)
{
	if (s->alive)
		sim_alive_portfolio(s, p)->level = sim_level_of(&s->alive->assume, limit);
	p->limit = limit;
}

static bool set_portfolio(struct sim_call *c, struct subject *x)
{
	const struct json *limit = json_get(c->body, "limit");
	int64_t people = 0;

	if (!limit || !x->portfolio)
		return true;
	if (!json_is_null(limit) && !str_eq_c(json_str(limit), "unlimited") &&
	    sim_control_int(c, "limit", 0, LIMIT_MAX, &people) < 0)
		return false;
	follow_limit(c->sim, x->portfolio, people);
	return true;
}

static bool set_health(struct sim_call *c, struct sim_health *health)
{
	int64_t code = health->code;

	if (sim_control_text(c, "health", health->can_send, sizeof(health->can_send)) < 0 ||
	    sim_control_int(c, "health_code", 0, 10000000, &code) < 0)
		return false;
	health->code = (int)code;
	return true;
}

static bool set_waba(struct sim_call *c, struct subject *x)
{
	struct sim_waba *a = x->waba;
	int64_t refuse = a->refuse_code;

	if (sim_control_text(c, "name", a->name, sizeof(a->name)) < 0 ||
	    sim_control_text(c, "country", a->country, sizeof(a->country)) < 0 ||
	    sim_control_text(c, "currency", a->currency, sizeof(a->currency)) < 0 ||
	    sim_control_text(c, "review", a->review, sizeof(a->review)) < 0 ||
	    sim_control_text(c, "webhook", a->webhook, sizeof(a->webhook)) < 0 ||
	    sim_control_text(c, "app_secret", a->app_secret, sizeof(a->app_secret)) < 0 ||
	    sim_control_bool(c, "direct_send", &a->direct_send) < 0 ||
	    sim_control_int(c, "call_limit", 1, LIMIT_MAX, &a->call_limit) < 0 ||
	    sim_control_int(c, "refuse_code", 0, 10000000, &refuse) < 0)
		return false;
	a->refuse_code = (int)refuse;
	return x->number || set_health(c, &a->health);
}

static bool set_number(struct sim_call *c, struct sim_number *n)
{
	char display[SIM_WORD_MAX];
	int given = sim_control_text(c, "display", display, sizeof(display));

	if (given > 0)
		sim_number_set_display(n, str_c(display));
	return given >= 0 &&
	    sim_control_text(c, "verified_name", n->verified_name, sizeof(n->verified_name)) >= 0 &&
	    sim_control_text(c, "quality", n->quality, sizeof(n->quality)) >= 0 &&
	    sim_control_text(c, "status", n->status, sizeof(n->status)) >= 0 &&
	    sim_control_text(c, "name_status", n->name_status, sizeof(n->name_status)) >= 0 &&
	    sim_control_int(c, "throughput", 1, LIMIT_MAX, &n->throughput) >= 0 &&
	    set_health(c, &n->health);
}

static bool set_person(struct sim_call *c, struct subject *x)
{
	struct sim_pair *pair = x->number ? sim_world_pair(c->sim->world, x->number, x->person)
					  : NULL;
	struct str bsuid = sim_control_id(c, "bsuid");

	if (sim_control_bool(c, "hides_phone", &x->person->hides_phone) < 0 ||
	    (pair && sim_control_bool(c, "stopped", &pair->stopped) < 0))
		return false;
	if (!bsuid.p)
		return true;
	if (sim_bsuid_is_shaped(bsuid) && sim_world_set_bsuid(c->sim->world, x->person, bsuid) == 0)
		return true;
	sim_control_fail(c, 400, "bsuid", "This is no user id, or somebody else has it.");
	return false;
}

/* Under no WABA: what holds for whatever is not configured. */
static bool set_defaults(struct sim_call *c)
{
	struct sim *s = c->sim;

	return sim_control_text(c, "webhook", s->webhook, sizeof(s->webhook)) >= 0 &&
	    sim_control_text(c, "app_secret", s->app_secret, sizeof(s->app_secret)) >= 0 &&
	    sim_control_int(c, "throughput", 1, LIMIT_MAX, &s->default_throughput) >= 0;
}

static bool set_run(struct sim_call *c)
{
	struct sim *s = c->sim;
	char until[SIM_WORD_MAX];
	int given = sim_control_text(c, "statuses", until, sizeof(until));

	if (given < 0 || sim_control_text(c, "prefix", s->prefix, sizeof(s->prefix)) < 0 ||
	    sim_control_text(c, "default_number", s->default_number, sizeof(s->default_number)) < 0)
		return false;
	if (given > 0 && strcmp(until, "auto") == 0)
		s->statuses_until = SIM_READ;
	else if (given > 0 && strcmp(until, "none") == 0)
		s->statuses_until = SIM_NO_STATUS;
	else if (given > 0 && !(s->statuses_until = sim_status_of(str_c(until)))) {
		sim_control_fail(
		    c, 400, "statuses", "statuses is auto, none, sent, delivered or read.");
		return false;
	}
	return true;
}

/* From now on this token opens this WABA, and this number where a path names none. */
static bool set_token(struct sim_call *c, struct subject *x)
{
	struct str token = json_str(json_get(c->body, "token"));
	struct sim_key *key;

	if (!json_get(c->body, "token"))
		return true;
	if (!x->waba || token.len == 0 || token.len > 1024) {
		sim_control_fail(
		    c, 400, "token", "A token needs a waba or a number that it opens.");
		return false;
	}
	key = map_get(c->sim->keys, token);
	if (!key && (!(key = mem_alloc(sizeof(*key))) || map_put(c->sim->keys, token, key))) {
		mem_free(key);
		sim_control_fail(c, 503, "token", "Memory ran out.");
		return false;
	}
	key->waba = x->waba;
	key->number = x->number;
	return true;
}

static bool set_all(struct sim_call *c, struct subject *x)
{
	return (x->waba ? set_waba(c, x) : set_defaults(c)) && set_portfolio(c, x) &&
	    (!x->number || set_number(c, x->number)) && (!x->person || set_person(c, x)) &&
	    set_run(c) && set_token(c, x);
}

/* --- answers ------------------------------------------------------------------------------------- */

static void write_subject(struct sim_call *c, const struct subject *x)
{
	const struct sim *s = c->sim;

	jw_object(&c->w);
	jw_member_bool(&c->w, "strict", s->strict);
	jw_member_c(
	    &c->w, "webhook", x->waba && x->waba->webhook[0] ? x->waba->webhook : s->webhook);
	jw_member_c(&c->w, "default_number", s->default_number);
	if (x->portfolio) {
		jw_member_c(&c->w, "portfolio", x->portfolio->id);
		jw_member_int(&c->w, "limit", x->portfolio->limit);
		jw_member_int(
		    &c->w, "unique_24h", (int64_t)sim_portfolio_count(x->portfolio, sim_now(s)));
	}
	if (x->waba) {
		jw_member_c(&c->w, "waba", x->waba->id);
		jw_member_c(&c->w, "country", x->waba->country);
		jw_member_int(&c->w, "templates", (int64_t)x->waba->own_templates);
	}
	if (x->number) {
		jw_member_c(&c->w, "number", x->number->id);
		jw_member_c(&c->w, "display", x->number->display);
		jw_member_c(&c->w, "status", x->number->status);
		jw_member_c(&c->w, "quality", x->number->quality);
		jw_member_int(&c->w, "throughput", x->number->throughput);
	}
	if (x->person && x->portfolio) {
		char bsuid[SIM_BSUID_MAX];
		sim_person_bsuid(x->person, str_c(x->portfolio->id), bsuid);
		jw_member_c(&c->w, "person", x->person->phone);
		jw_member_c(&c->w, "user_id", bsuid);
	}
	jw_object_end(&c->w);
	sim_control_ok(c);
}

void sim_control_config_set(struct sim_call *c)
{
	struct subject x = { NULL, NULL, NULL, NULL };

	if (!find_nodes(c, &x) || !find_person(c, &x))
		return;
	relate(&x);
	if (set_all(c, &x))
		write_subject(c, &x);
}

/* ?number=ID, ?waba=ID or ?portfolio=ID: what is known about it. */
void sim_control_config_get(struct sim_call *c)
{
	struct subject x = { NULL, NULL, NULL, NULL };
	struct str number = http_query_get(c->req, "number"), waba = http_query_get(c->req, "waba");
	struct str portfolio = http_query_get(c->req, "portfolio");

	if (number.p)
		x.number = sim_world_find_number(c->sim->world, number);
	if (waba.p)
		x.waba = sim_world_find_waba(c->sim->world, waba);
	if (portfolio.p)
		x.portfolio = sim_world_find_portfolio(c->sim->world, portfolio);
	relate(&x);
	write_subject(c, &x);
}

/* --- templates ----------------------------------------------------------------------------------- */

static struct sim_template *find_template(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct str id = sim_control_id(c, "id"), waba = sim_control_id(c, "waba");
	struct str name = json_str(json_get(c->body, "name"));
	struct str language = json_str(json_get(c->body, "language"));
	struct sim_template *t = id.p ? sim_templates_get(s->templates, id) : NULL;
	struct sim_waba *a = waba.p ? sim_world_find_waba(s->world, waba) : NULL;

	if (!t && a)
		t = sim_templates_find(s->templates, a, name, language);
	if (!t)
		sim_control_fail(c, 404, "id",
		    "There is no such template: give id, or waba, name and language.");
	return t;
}

static void tell_quality(struct sim *s, struct sim_template *t, const char *previous)
{
	struct json_writer w;

	t->quality_at = sim_now(s);
	sim_event_begin(s, &w);
	sim_event_template_quality(&w, t, previous);
	(void)sim_post_waba(s, t->waba, "message_template_quality_update", sim_event_text(s), 0);
}

/* The category is changed at once, or announced for a day later, or only found to be wrong. */
static void tell_category(struct sim *s, struct sim_template *t, const char *previous)
{
	struct json_writer w;

	sim_event_begin(s, &w);
	sim_event_template_category(&w, t, previous, sim_now(s) + MS_PER_DAY);
	(void)sim_post_waba(s, t->waba, "template_category_update", sim_event_text(s), 0);
}

static void tell_detection(struct sim *s, struct sim_template *t)
{
	struct json_writer w;

	sim_event_begin(s, &w);
	sim_event_template_detection(&w, t);
	(void)sim_post_waba(
	    s, t->waba, "template_correct_category_detection", sim_event_text(s), 0);
}

static bool change_category(struct sim_call *c, struct sim_template *t)
{
	char category[SIM_WORD_MAX], correct[SIM_WORD_MAX];
	bool announce = false;
	int changed = sim_control_text(c, "category", category, sizeof(category));
	int found = changed < 0 ? -1
				: sim_control_text(c, "correct_category", correct, sizeof(correct));

	if (found < 0 || sim_control_bool(c, "announce", &announce) < 0)
		return false;
	if (found > 0) {
		sim_set_text(t->correct_category, sizeof(t->correct_category), str_c(correct));
		if (announce)
			tell_category(c->sim, t, NULL);
		else
			tell_detection(c->sim, t);
	}
	if (changed > 0) {
		memcpy(t->previous_category, t->category, sizeof(t->previous_category));
		sim_set_text(t->category, sizeof(t->category), str_c(category));
		tell_category(c->sim, t, t->previous_category);
	}
	return true;
}

static bool change_status(struct sim_call *c, struct sim_template *t)
{
	char status[SIM_WORD_MAX], quality[SIM_WORD_MAX], was[SIM_WORD_MAX];
	int changed, rated;

	if (sim_control_text(c, "reason", t->rejected_reason, sizeof(t->rejected_reason)) < 0 ||
	    (changed = sim_control_text(c, "status", status, sizeof(status))) < 0 ||
	    (rated = sim_control_text(c, "quality", quality, sizeof(quality))) < 0)
		return false;
	if (changed > 0 && strcmp(status, "PAUSED") == 0)
		sim_template_pause(c->sim, t);
	else if (changed > 0)
		sim_template_set_status(c->sim, t, status, NULL);
	if (rated > 0) {
		memcpy(was, t->quality, sizeof(was));
		sim_set_text(t->quality, sizeof(t->quality), str_c(quality));
		tell_quality(c->sim, t, was);
	}
	return true;
}

void sim_control_template(struct sim_call *c)
{
	struct sim_template *t = find_template(c);

	if (!t || !change_status(c, t) || !change_category(c, t))
		return;
	sim_template_print(
	    &c->w, t, STR("name,language,status,category,correct_category,quality_score"));
	sim_control_ok(c);
}
