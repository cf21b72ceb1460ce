#include "flow/campaign_look.h"

#include "flow/own_send.h"
#include "store/query.h"

/* The keys that the person has now. 1, or 0 when there is neither. */
static int find_address(const struct campaign_sight *s, const struct campaign_plan *p,
    uint64_t person, struct arena *a, struct campaign_address *ret, struct err *err)
{
	int64_t phone = 0;
	int r = store_ask_int(
	    s->conn, &phone, err, "SELECT phone FROM person WHERE id = ?1", "i", (int64_t)person);

	*ret = (struct campaign_address){ .phone = { (uint64_t)phone }, .bsuid = STR_NONE };
	if (r != 0)
		return r;
	r = person_bsuid(s->conn, person, p->number->waba->portfolio->id, a, &ret->bsuid, err);
	return r < 0 ? r : ret->bsuid.p != NULL;
}

static int write_message(const struct campaign_sight *s, const struct campaign_plan *p,
    const struct campaign_fill *fill, const struct campaign_member *m,
    const struct campaign_address *to, struct arena *a, struct campaign_seen *ret, struct err *err)
{
	const struct json *fields = NULL, *body = NULL;
	int r = m->fields.p ? json_read(a, m->fields, &fields, err) : 0;

	if (r == 0)
		r = campaign_fill_write(fill, to, fields, a, &ret->body, &ret->empty, err);
	if (r == 0)
		r = json_read(a, ret->body, &body, err);
	if (r == 0 &&
	    message_read(a, s->pack, body, NULL, STR("/messages"), p->number->waba->country,
		&ret->message) < 0)
		r = err_set(err, E_NOMEM, "Memory ran out while looking at a campaign.");
	return r;
}

/* As if those ahead were on record. */
static void count_ahead(const struct campaign_sight *s, struct facts *f)
{
	f->portfolio.unique_24h += s->ahead;
	f->number.sent_last_second += s->ahead;
	f->number.sent_24h += s->ahead;
	f->number.warmup.used += s->ahead;
	f->number.warmup.used_last_hour += s->ahead;
	f->number.warmup.used_last_minute += s->ahead;
}

static int judge(const struct campaign_sight *s, const struct campaign *campaign,
    const struct campaign_plan *p, struct arena *a, struct campaign_seen *x, struct err *err)
{
	char id[ID_TEXT_MAX];

	id_format(CAMPAIGN_PREFIX, campaign->id, id);
	struct gather g = {
		.pack = s->pack,
		.conn = s->conn,
		.budget = s->budget,
		.recent = s->recent,
		.bulk = s->bulk,
		.now = s->now,
		.clock_suspect = s->clock_suspect,
		.directory = s->directory,
		.app = own_send_app(s->directory, STR(OWN_APP)),
		.any_number = true,
		.has_key = true,
		.number_id = p->number->id,
		.number = p->number,
		.message = &x->message,
		.campaign = str_c(id),
		.arena = a,
		.facts = &x->facts,
		.person = &x->person,
		.twin = &x->twin,
	};
	int r = gather_facts(&g, err);

	if (r < 0)
		return r;
	count_ahead(s, &x->facts);
	if (policy_decide(&x->facts, &x->message, s->pack, s->now, a, &x->decision) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while looking at a campaign.");
	return 1;
}

int campaign_look(const struct campaign_sight *s, const struct campaign *x,
    const struct campaign_plan *p, const struct campaign_member *m, struct arena *a,
    struct campaign_seen *ret, struct err *err)
{
	const struct campaign_fill *fill = &p->fills[campaign_turn(x, p, m->seq)];
	struct campaign_address to;
	int r = m->person ? find_address(s, p, m->person, a, &to, err) : 0;

	if (r <= 0)
		return r;
	r = write_message(s, p, fill, m, &to, a, ret, err);
	return r < 0 ? r : judge(s, x, p, a, ret, err);
}
