/* POST /{number}/messages: shape, then who and when, then limits, then acceptance. Limits come last, so that only a
 * message that is otherwise right uses any of them. */
#include "apps/sim/sim_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_shape.h"
#include "apps/sim/sim_template_rules.h"

/* One send on its way through the checks. */
struct sending {
	struct sim_call *call;
	struct sim *sim;
	struct sim_number *number;
	struct sim_send send;
	struct sim_person *person;     /* NULL for a group */
	struct sim_pair *pair;         /* NULL for a group */
	struct sim_template *template; /* NULL without a definition */
	bool lite;                     /* through /marketing_messages */
	bool is_direct, sells;         /* a direct send; its text sells */
	bool is_typed;                 /* template or direct send */
	bool in_window;
	enum sim_category category;
	time_ms now;
};

/* --- recipient ----------------------------------------------------------------------------------- */

static bool find_phone(struct sending *x, struct sim_problem *p)
{
	char digits[SIM_PHONE_MAX];

	if (!sim_world_digits(x->send.to, x->number->waba->country, digits))
		return sim_problem(p, 131009, "to is no phone number.");
	if (strcmp(digits, x->number->display_digits) == 0)
		return sim_problem(p, 131021, "to is the number that sends.");
	x->person = sim_world_person(x->sim->world, str_c(digits));
	return true;
}

static bool find_recipient(struct sending *x, struct sim_problem *p)
{
	struct sim *s = x->sim;

	if (x->send.is_group)
		return true;
	if (x->send.to.len && !find_phone(x, p))
		return false;
	if (!x->send.to.len)
		x->person = sim_world_person_by_bsuid(
		    s->world, x->send.recipient, str_c(x->number->waba->portfolio->id));
	x->pair = x->person ? sim_world_pair(s->world, x->number, x->person) : NULL;
	if (!x->pair)
		return sim_problem(p, 131016, "The simulator has no room for more people.");
	x->in_window = sim_pair_window_open(x->pair, x->now);
	if (x->number->blocked && x->person->phone[0] &&
	    map_get(x->number->blocked, str_c(x->person->phone)))
		return sim_problem(p, 130403, "The recipient is on the number's block list.");
	return true;
}

/* --- account ------------------------------------------------------------------------------------- */

static bool check_account(const struct sending *x, struct sim_problem *p)
{
	const struct sim_waba *a = x->number->waba;

	if (a->refuse_code)
		return sim_problem(p, a->refuse_code, "The WABA was configured to answer so.");
	if (strcmp(x->number->status, "CONNECTED") != 0)
		return sim_problem(p, 133010, "The number is %s.", x->number->status);
	return true;
}

/* --- templates ----------------------------------------------------------------------------------- */

static enum sim_category category_of(const char *word)
{
	if (strcmp(word, "MARKETING") == 0)
		return SIM_MARKETING;
	return strcmp(word, "AUTHENTICATION") == 0 ? SIM_AUTHENTICATION : SIM_UTILITY;
}

static bool check_definition(struct sending *x, struct sim_problem *p)
{
	const struct sim_template *t = x->template;
	const struct json *components = NULL;
	int refusal = sim_template_refusal(t);

	if (refusal)
		return sim_problem(
		    p, refusal, "Template %s (%s) is %s.", t->name, t->language, t->status);
	x->category = category_of(t->category);
	if (t->components &&
	    json_read(x->call->req->arena, str_c(t->components), &components, NULL))
		return sim_problem(p, 131000, "Memory ran out.");
	return sim_template_fit(components, str_c(t->category), x->send.object, p);
}

/* A WABA without templates of its own takes any name, as utility; one with its own takes only those. */
static bool check_template(struct sending *x, struct sim_problem *p)
{
	const struct sim_waba *a = x->number->waba;
	struct str name = json_str(json_get(x->send.object, "name"));
	struct str language = json_str(json_path(x->send.object, "language.code"));

	x->is_typed = true;
	x->category = x->lite ? SIM_MARKETING_LITE : SIM_UTILITY;
	x->template = sim_templates_find(x->sim->templates, a, name, language);
	if (!x->template && (a->own_templates > 0 || x->sim->strict))
		return sim_problem(p, 132001, "template name (%.*s) does not exist in %.*s",
		    name.len > 100 ? 100 : (int)name.len, name.p, STR_ARG(language));
	if (x->template && !check_definition(x, p))
		return false;
	if (x->lite && x->category != SIM_MARKETING && x->category != SIM_MARKETING_LITE)
		return sim_problem(p, 134100, "Only marketing templates go this way.");
	if (x->lite)
		x->category = SIM_MARKETING_LITE;
	if (x->category == SIM_AUTHENTICATION && !x->send.to.len)
		return sim_problem(p, 131062, "Authentication templates need a phone number.");
	return true;
}

/* Equal texts share a generated template, so that pausing it pauses them. */
static bool check_direct(struct sending *x, struct sim_problem *p)
{
	struct sim_waba *a = x->number->waba;
	char name[64];
	struct buf text;

	if (x->sim->strict && !a->direct_send)
		return sim_problem(p, 100, "The WABA is not allowlisted for direct sends.");
	x->is_typed = x->is_direct = true;
	x->category = str_eq_c(x->send.category, "authentication") ? SIM_AUTHENTICATION
								   : SIM_UTILITY;
	if (x->category == SIM_AUTHENTICATION && !x->send.to.len)
		return sim_problem(p, 131062, "Authentication messages need a phone number.");
	buf_init(&text, 0);
	json_canonical(&text, x->send.object, NULL);
	x->sells = x->category == SIM_UTILITY && sim_alive_sells(buf_str(&text));
	(void)snprintf(name, sizeof(name), "direct_send_%016" PRIx64, sim_hash(buf_str(&text)));
	buf_done(&text);
	x->template = sim_templates_generate(x->sim->templates, a,
	    x->send.direct_name.len ? x->send.direct_name : str_c(name), x->send.category, x->now);
	int refusal = x->template ? sim_template_refusal(x->template) : 131016;
	return !refusal || sim_problem(p, refusal, "The generated template cannot be used now.");
}

/* --- content ------------------------------------------------------------------------------------- */

/* Under --strict an uploaded file must be there; a link is never fetched. */
static bool check_file(const struct sending *x, struct sim_problem *p)
{
	struct str id = json_str(json_get(x->send.object, "id"));

	if (!x->sim->strict || !id.p || json_type(x->send.object) != JSON_OBJECT)
		return true;
	if (sim_media_get(x->sim->media, id, x->now))
		return true;
	return sim_problem(p, 100, "%s.id: there is no such media.", x->send.type);
}

static bool check_content(struct sending *x, struct sim_problem *p)
{
	bool is_template = strcmp(x->send.type, "template") == 0;

	if (x->lite && !is_template)
		return sim_problem(p, 134100, "Only templates go this way.");
	if (is_template)
		return check_template(x, p);
	if (x->send.category.p)
		return check_direct(x, p);
	x->category = SIM_SERVICE;
	if (!x->in_window && x->pair)
		return sim_problem(p, 131047,
		    "More than 24 hours have passed since the customer last replied to this number.");
	return check_file(x, p);
}

static bool take_limits(const struct sending *x, struct sim_problem *p)
{
	int grace = x->sim->strict ? 0 : ASSUME_THROUGHPUT_GRACE_PERCENT;

	if (!sim_number_take(x->number, x->now, grace))
		return sim_problem(p, 130429, "The number sends more than %lld messages a second.",
		    (long long)x->number->throughput);
	if (x->pair && !sim_pair_take(x->pair, x->now))
		return sim_problem(p, 131056, "Too many messages from this number to this person.");
	return true;
}

/* What enforcement says, when there is any. */
static bool check_standing(const struct sending *x, struct sim_problem *p)
{
	const struct sim_asked asked = { .number = x->number,
		.template = x->template,
		.is_typed = x->is_typed,
		.is_direct = x->is_direct,
		.sells = x->sells };
	int code = x->sim->alive ? sim_alive_refusal(x->sim, &asked) : 0;

	return !code || sim_problem(p, code, "The account or the number is restricted.");
}

/* --- acceptance ---------------------------------------------------------------------------------- */

static unsigned spoil_of(enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_FAULT_DUPLICATE_WEBHOOK:
		return SIM_TWICE;
	case SIM_FAULT_REORDERED_WEBHOOK:
		return SIM_REVERSED;
	case SIM_FAULT_DROP_WEBHOOK:
		return SIM_SILENT;
	case SIM_FAULT_BAD_SIGNATURE:
		return SIM_UNSIGNED;
	default:
		return 0;
	}
}

/* The first answer within a day of a click-to-WhatsApp message opens the free 72 hours. */
static void open_entry(struct sending *x)
{
	struct sim_pair *pair = x->pair;

	if (!pair || pair->entry_at == TIME_NONE)
		return;
	if (x->now - pair->entry_at < FIG_ENTRY_ANSWER_MS)
		pair->entry_free_until = x->now + FIG_ENTRY_FREE_MS;
	pair->entry_at = TIME_NONE;
}

static struct sim_message *take_in(struct sending *x)
{
	struct sim_message *m = sim_messages_add(
	    x->sim->messages, x->send.is_group ? x->send.to : STR_NONE, x->send.callback_data);

	if (!m)
		return NULL;
	open_entry(x);
	m->number = x->number;
	m->person = x->person ? x->person->index : 0;
	m->by_bsuid = !x->send.to.len;
	m->in_window = x->in_window;
	m->entry_until = x->pair && sim_pair_entry_free(x->pair, x->now) ? x->pair->entry_free_until
									 : TIME_NONE;
	m->is_typed = x->is_typed;
	m->category = x->category;
	m->accepted_at = m->base_at = x->now;
	m->template_n = x->template ? x->template->n : 0;
	m->spoil = spoil_of(x->call->fault.kind);
	if (x->template && x->template->is_generated)
		memcpy(m->template_id, x->template->id, sizeof(m->template_id));
	x->sim->counts.accepted++;
	return m;
}

static void write_contact(struct json_writer *w, const struct sending *x)
{
	char bsuid[SIM_BSUID_MAX];

	jw_object(w);
	jw_member_str(w, "input", x->send.to.len ? x->send.to : x->send.recipient);
	if (!x->person) {
		jw_member_str(w, "wa_id", x->send.to);
	} else {
		sim_person_bsuid(x->person, str_c(x->number->waba->portfolio->id), bsuid);
		if (x->person->phone[0] && (x->send.to.len || !x->person->hides_phone))
			jw_member_c(w, "wa_id", x->person->phone);
		jw_member_c(w, "user_id", bsuid);
	}
	jw_object_end(w);
}

static void write_answer(
    struct json_writer *w, const struct sending *x, const char *wamid, bool held)
{
	jw_object(w);
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_key(w, "contacts");
	jw_array(w);
	write_contact(w, x);
	jw_array_end(w);
	jw_key(w, "messages");
	jw_array(w);
	jw_object(w);
	jw_member_c(w, "id", wamid);
	if (x->send.is_group)
		jw_member_str(w, "group_id", x->send.to);
	jw_member_c(w, "message_status", held ? "held_for_quality_assessment" : "accepted");
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
}

/* An id of the right form that belongs to no message. */
static void wrong_id(const struct sim *s, uint64_t n, char out[SIM_WAMID_MAX])
{
	sim_wamid_format(sim_mix(s->seed), SIM_OUT, n, out);
}

static void finish(struct sending *x)
{
	struct sim_call *c = x->call;
	struct sim *s = x->sim;
	struct sim_message *m = take_in(x);
	bool first = c->fault.kind == SIM_FAULT_STATUS_BEFORE_ANSWER;
	char told[SIM_WAMID_MAX];

	if (!m) {
		sim_call_fail(c, 131000, "Memory ran out.");
		return;
	}
	sim_wamid_format(s->seed, SIM_OUT, m->n, c->wamid);
	memcpy(told, c->wamid, sizeof(told));
	if (c->fault.kind == SIM_FAULT_WRONG_ID)
		wrong_id(s, m->n, told);
	bool held = s->alive && sim_alive_holds(s, m);
	write_answer(&c->w, x, told, held);
	uint64_t ticket = first ? ++s->tickets : 0;
	if (!held && sim_progress_begin(s, m, ticket))
		sim_call_ok_after(c, ticket);
	else
		sim_call_ok(c);
}

static void mark_read(struct sending *x)
{
	uint64_t n;

	if (x->sim->strict && !sim_wamid_parse(x->sim->seed, SIM_IN, x->send.message_id, &n)) {
		sim_call_fail(x->call, 131009, "message_id names no received message.");
		return;
	}
	sim_call_success(x->call);
}

static void handle_send(struct sim_call *c, struct sim_number *n, bool lite)
{
	struct sending x = {
		.call = c, .sim = c->sim, .number = n, .lite = lite, .now = sim_now(c->sim)
	};
	struct sim_problem p;

	if (!sim_call_body(c))
		return;
	if (!sim_shape_check(c->body, &x.send, &p))
		sim_call_problem(c, &p);
	else if (x.send.is_read)
		mark_read(&x);
	else if (!check_account(&x, &p) || !find_recipient(&x, &p) || !check_content(&x, &p) ||
	    !take_limits(&x, &p) || !check_standing(&x, &p))
		sim_call_problem(c, &p);
	else
		finish(&x);
}

/* The number that a path names; "/messages" alone, as a provider has it, means the number of the key. */
static struct sim_number *number_of(struct sim_call *c)
{
	if (c->segs_len > 1)
		return sim_call_number(c, c->segs[0]);
	if (c->key && c->key->number)
		return c->key->number;
	return sim_call_number(c, str_c(c->sim->default_number));
}

void sim_api_messages(struct sim_call *c)
{
	struct sim_number *n = number_of(c);

	if (n)
		handle_send(c, n, false);
}

void sim_api_marketing_messages(struct sim_call *c)
{
	struct sim_number *n = number_of(c);

	if (n)
		handle_send(c, n, true);
}
