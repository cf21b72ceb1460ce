/* Campaigns: lists, one with its counts, and what people do with them: approve, release, hold, resume,
 * cancel, choose. Each is one change on the writer, where campaigns are sent from as well: whoever
 * sees the answer knows that from then on nothing leaves that was held. */
#include "apps/gateway/api_draft.h"

#include <string.h>

#include "apps/gateway/same_name.h"
#include "base/check.h"
#include "base/json.h"
#include "domain/content.h"
#include "domain/value.h"
#include "flow/campaigns.h"

#define NAME_MAX_CHARS 200
#define REASON_MAX_CHARS 500
#define BY_DEFAULT "admin"

struct str campaign_actor(const struct api_call *c)
{
	return api_text(c, "by").p ? api_text(c, "by") : STR(BY_DEFAULT);
}

int campaign_find(
    struct api_call *c, struct store_conn *conn, struct campaign *ret, struct err *err)
{
	uint64_t id;
	int r = id_parse(CAMPAIGN_PREFIX, api_text(c, "id"), &id) < 0
	    ? 0
	    : campaign_get(conn, id, c->arena, ret, err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such campaign."));
	if (r > 0)
		id_format(CAMPAIGN_PREFIX, id, c->id);
	return r < 0 ? r : 0;
}

/* --- showing ---------------------------------------------------------------------------------- */

static void write_hex(struct json_writer *w, const char *name, const struct sha256 *h, bool given)
{
	char hex[2 * SHA256_LEN + 1];

	hex_encode(h->b, SHA256_LEN, hex);
	jw_member_c(w, name, given ? hex : NULL);
}

static void write_people(struct json_writer *w, const struct campaign_counts *n)
{
	jw_key(w, "people");
	jw_object(w);
	for (int f = MEMBER_WAITING; f <= MEMBER_CANCELLED; f++)
		jw_member_int(w, campaign_fate_name((enum campaign_fate)f), n->of[f]);
	jw_object_end(w);
}

static void write_plan(struct api_call *c, const struct campaign *x)
{
	const struct json *plan = NULL;
	struct json_writer *w = &c->w;

	if (json_read(c->arena, x->plan, &plan, NULL) < 0)
		plan = NULL;
	jw_key(w, "templates");
	if (json_get(plan, "templates"))
		jw_value(w, json_get(plan, "templates"));
	else
		jw_raw(w, STR("[]"));
	jw_key(w, "map");
	if (json_get(plan, "map"))
		jw_value(w, json_get(plan, "map"));
	else
		jw_raw(w, STR("[]"));
}

static void write_choice(struct api_call *c, const struct campaign *x)
{
	const struct json *plan = NULL;

	jw_key(&c->w, "chosen");
	if (x->choice >= 0 && json_read(c->arena, x->plan, &plan, NULL) == 0)
		jw_str(&c->w,
		    json_str(
			json_get(json_at(json_get(plan, "templates"), (size_t)x->choice), "name")));
	else
		jw_null(&c->w);
}

/* On a disk that is low nothing is begun that can wait, whatever else it waits for. */
static struct str waits_for(const struct api_call *c, const struct campaign *x)
{
	bool moves = x->state == CAMPAIGN_RELEASED || x->state == CAMPAIGN_RUNNING ||
	    x->state == CAMPAIGN_PAUSED;

	return moves && headroom_stage(c->gate->lane->core->headroom) != HEADROOM_FINE ? STR("disk")
										       : x->waits;
}

static void write_head(struct api_call *c, const struct campaign *x)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	id_format(CAMPAIGN_PREFIX, x->id, id);
	jw_member_c(w, "id", id);
	jw_member_str(w, "name", x->name);
	jw_member_c(w, "state", campaign_state_name(x->state));
	jw_member_time(w, "at", x->at);
	jw_member_str(w, "by", x->by);
	jw_member_str(w, "number", x->number);
	jw_member_str(w, "waba", x->waba);
	write_plan(c, x);
	write_choice(c, x);
	jw_member_int(w, "audience", x->total);
	jw_member_str(w, "approved_by", x->approved_by);
	jw_member_time(w, "approved_at", x->approved_at);
	jw_member_str(w, "released_by", x->released_by);
	jw_member_time(w, "released_at", x->released_at);
	jw_member_time(w, "starts_at", x->starts_at);
	jw_member_time(w, "ended_at", x->ended_at);
	jw_member_int(w, "wave", x->wave);
	jw_member_str(w, "waits_for", waits_for(c, x));
	/* A campaign that is paused goes on when what paused it is over. */
	jw_member_time(w, "next_at", x->state == CAMPAIGN_PAUSED ? TIME_NONE : x->next_at);
	jw_member_str(w, "reason", x->reason);
}

int campaign_write(struct api_call *c, const struct campaign *x, struct err *err)
{
	struct campaign_counts n = { 0 };
	int r = campaign_count(c->gate->lane->reader, x->id, &n, err);

	if (r < 0)
		return r;
	jw_object(&c->w);
	write_head(c, x);
	write_hex(&c->w, "sha256", &x->digest, true);
	write_hex(&c->w, "snapshot", &x->snapshot, x->preflight_at != TIME_NONE);
	jw_member_time(&c->w, "preflight_at", x->preflight_at);
	write_people(&c->w, &n);
	draft_write(c, x);
	jw_object_end(&c->w);
	return 0;
}

static int show(struct api_call *c, struct err *err)
{
	struct campaign x = { 0 };
	int r = campaign_find(c, c->gate->lane->reader, &x, err);

	return r < 0 ? r : campaign_write(c, &x, err);
}

int campaign_answer(struct api_call *c, struct err *err)
{
	struct campaign x = { 0 };
	uint64_t id;
	int r = id_parse(CAMPAIGN_PREFIX, str_c(c->id), &id) < 0
	    ? 0
	    : campaign_get(c->gate->lane->reader, id, c->arena, &x, err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such campaign."));
	return r < 0 ? r : campaign_write(c, &x, err);
}

static int read_state(struct api_call *c, enum campaign_state *ret, struct err *err)
{
	struct str state = api_text(c, "state");

	*ret = 0;
	for (int s = CAMPAIGN_LOADING; state.p && s <= CAMPAIGN_CANCELLED; s++) {
		if (str_eq_c(state, campaign_state_name((enum campaign_state)s)))
			*ret = (enum campaign_state)s;
	}
	return !state.p || *ret
	    ? 0
	    : api_err(c, err, E_INVALID, "state",
		  N_("\"state\" must be one of draft, approved, released, running, held, paused, done and"
		     " cancelled."));
}

static int list(struct api_call *c, struct err *err)
{
	struct campaign *items = NULL;
	struct str cursor = api_text(c, "cursor");
	enum campaign_state state = 0;
	char next[ID_TEXT_MAX] = "";
	uint64_t before = 0;
	size_t limit = 0, n = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse(CAMPAIGN_PREFIX, cursor, &before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = read_state(c, &state, err);
	if (r == 0)
		r = campaign_list(
		    c->gate->lane->reader, before, state, limit, c->arena, &items, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++) {
		if (!api_may_number(c, items[i].number))
			continue;
		jw_object(&c->w);
		write_head(c, &items[i]);
		jw_object_end(&c->w);
	}
	if (more)
		id_format(CAMPAIGN_PREFIX, items[n - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

/* --- acts ------------------------------------------------------------------------------------- */

static struct campaign_desk desk_of(struct api_call *c, struct store_conn *conn)
{
	return (struct campaign_desk){
		.core = c->gate->lane->core, .conn = conn, .arena = c->arena, .now = clock_now()
	};
}

static int check_by(struct api_call *c, struct err *err)
{
	return value_check_text(campaign_actor(c), "by", NAME_MAX_CHARS, err);
}

static int check_act(struct api_call *c, struct err *err)
{
	int r = check_by(c, err);

	return r < 0 || !api_text(c, "reason").p
	    ? r
	    : value_check_text(api_text(c, "reason"), "reason", REASON_MAX_CHARS, err);
}

static int snapshot_now(struct api_call *c, struct store_conn *conn, const struct campaign *x,
    struct sha256 *ret, struct err *err)
{
	const struct directory *d;
	struct campaign_plan plan;
	int r = core_directory_now(c->gate->lane->core, conn, &d, err);

	if (r == 0)
		r = campaign_plan_read(x, d, c->arena, &plan, err);
	if (r == 0)
		campaign_snapshot(x, &plan, ret);
	return r;
}

/* Is it still what the preflight looked at, or what was approved. */
static int check_snapshot(struct api_call *c, struct store_conn *conn, const struct campaign *x,
    const struct sha256 *then, struct err *err)
{
	struct sha256 now;
	int r = snapshot_now(c, conn, x, &now, err);

	if (r < 0 || memcmp(now.b, then->b, SHA256_LEN) == 0)
		return r;
	return api_err(c, err, E_CONFLICT, "snapshot",
	    N_("The campaign or its template is not as the last preflight saw it; look again."));
}

/* Of a user the name is proven, and nobody else's (domain/user.h); of who has the admin token it is what they say. Who does not
 * say it is "admin", which is one person as any other. */
static bool is_same_name(const struct api_call *c, struct str a, struct str b)
{
	return same_name(content_signs(pack_content(c->gate->lane->core->pack)), a, b);
}

static int must_be_another(struct api_call *c, const struct campaign *x, struct err *err)
{
	struct str by = campaign_actor(c);
	struct campaign_draft d;
	int r = campaign_draft_read(x, c->arena, &d, err);

	if (r < 0)
		return r;
	if (is_same_name(c, by, x->by))
		return api_err(c, err, E_DENIED, "by",
		    N_("Who made a campaign does not approve it; somebody else has to."));
	for (size_t i = 0; i < d.editors_len; i++) {
		if (is_same_name(c, by, d.editors[i]))
			return api_err(c, err, E_DENIED, "by",
			    N_("Who edited a campaign does not approve it; somebody else has to."));
	}
	return 0;
}

static int may_approve(
    struct api_call *c, struct store_conn *conn, const struct campaign *x, struct err *err)
{
	struct str asked = api_text(c, "snapshot");
	char hex[2 * SHA256_LEN + 1];

	if (x->preflight_at == TIME_NONE)
		return api_err(c, err, E_CONFLICT, "id",
		    N_("Nobody has looked ahead yet: run the preflight first."));
	int r = must_be_another(c, x, err);
	if (r == 0)
		r = check_snapshot(c, conn, x, &x->snapshot, err);
	hex_encode(x->snapshot.b, SHA256_LEN, hex);
	if (r < 0 || !asked.p || str_eq_c(asked, hex))
		return r;
	return api_err(c, err, E_CONFLICT, "snapshot",
	    N_("The campaign or its template is not as the last preflight saw it; look again."));
}

static int move(struct api_call *c, struct campaign *x, enum campaign_state to, struct err *err)
{
	if (campaign_may_move(x->state, to))
		return campaign_move(x, to, err);
	return api_err(c, err, E_CONFLICT, "id", N_("A campaign that is %s cannot become %s."),
	    campaign_state_name(x->state), campaign_state_name(to));
}

/* What was seen is allowed, as it is now. */
static void allow(struct api_call *c, struct campaign *x, const struct sha256 *seen)
{
	x->approved = *seen;
	x->approved_by = campaign_actor(c);
	x->approved_at = clock_now();
}

/* One that was changed while it was under way is approved anew, and stays where it stands. */
static int approve(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct campaign x = { 0 };
	int r = campaign_find(c, conn, &x, err);

	if (r == 0 && x.state != CAMPAIGN_HELD && x.state != CAMPAIGN_PAUSED)
		r = move(c, &x, CAMPAIGN_APPROVED, err);
	if (r == 0)
		r = may_approve(c, conn, &x, err);
	if (r < 0)
		return r;
	allow(c, &x, &x.snapshot);
	return campaign_update(conn, &x, x.approved_at, err);
}

static int release(struct api_call *c, struct store_conn *conn, struct err *err)
{
	time_ms now = clock_now(), grace = pack_campaign(c->gate->lane->core->pack)->grace_ms;
	const struct api_value *at = api_value(c, "at");
	struct campaign x = { 0 };
	int r = campaign_find(c, conn, &x, err);

	if (r == 0 && x.state == CAMPAIGN_HELD)
		r = api_err(c, err, E_CONFLICT, "id", N_("It is held: resume it."));
	if (r == 0)
		r = move(c, &x, CAMPAIGN_RELEASED, err);
	if (r == 0)
		r = check_snapshot(c, conn, &x, &x.approved, err);
	if (r < 0)
		return r;
	x.released_by = campaign_actor(c);
	x.released_at = now;
	x.starts_at = at->given && at->at > now + grace ? at->at : now + grace;
	return campaign_update(conn, &x, now, err);
}

static int hold(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct campaign_desk k = desk_of(c, conn);
	struct campaign_open open;
	struct campaign x = { 0 };
	int r = campaign_find(c, conn, &x, err);

	if (r == 0)
		r = move(c, &x, CAMPAIGN_HELD, err);
	if (r == 0)
		r = campaign_reconcile(&k, &x, &open, err);
	if (r == 0)
		r = campaign_call_back(&k, &x, err);
	if (r < 0)
		return r;
	x.reason = api_text(c, "reason");
	x.unsettled = true;
	return campaign_update(conn, &x, k.now, err);
}

static int resume(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct campaign x = { 0 };
	int r = campaign_find(c, conn, &x, err);

	if (r == 0 && x.state != CAMPAIGN_HELD)
		r = api_err(c, err, E_CONFLICT, "id", N_("A campaign that is %s is not held."),
		    campaign_state_name(x.state));
	if (r == 0)
		r = move(c, &x, CAMPAIGN_RELEASED, err);
	if (r < 0)
		return r;
	x.reason = api_text(c, "reason");
	return campaign_update(conn, &x, clock_now(), err);
}

static int cancel(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct campaign_desk k = desk_of(c, conn);
	struct campaign_open open;
	struct campaign x = { 0 };
	int r = campaign_find(c, conn, &x, err);

	if (r == 0)
		r = move(c, &x, CAMPAIGN_CANCELLED, err);
	if (r == 0)
		r = campaign_reconcile(&k, &x, &open, err);
	if (r == 0)
		r = campaign_call_back(&k, &x, err);
	if (r < 0)
		return r;
	x.reason = api_text(c, "reason");
	x.unsettled = true;
	x.ended_at = k.now;
	x.waits = STR_NONE;
	x.next_at = TIME_NONE;
	return campaign_update(conn, &x, k.now, err);
}

static int find_template(struct api_call *c, struct campaign *x, int64_t *ret, struct err *err)
{
	const struct json *plan = NULL, *list;
	int r = json_read(c->arena, x->plan, &plan, err);

	list = json_get(plan, "templates");
	for (size_t i = 0; r == 0 && i < json_len(list); i++) {
		if (!str_eq(json_str(json_get(json_at(list, i), "name")), api_text(c, "template")))
			continue;
		*ret = (int64_t)i;
		return 0;
	}
	return r < 0
	    ? r
	    : api_err(c, err, E_NOT_FOUND, "template", N_("This campaign has no such template."));
}

/* Under way, who chooses approves the rest of it: nothing but the choice may have changed, and the
 * author does not do that. */
static int allow_choice(struct api_call *c, struct store_conn *conn, struct campaign *x,
    int64_t choice, struct err *err)
{
	struct sha256 chosen;
	int r = must_be_another(c, x, err);

	if (r == 0)
		r = check_snapshot(c, conn, x, &x->approved, err);
	x->choice = choice;
	if (r == 0)
		r = snapshot_now(c, conn, x, &chosen, err);
	if (r < 0)
		return r;
	x->snapshot = chosen;
	allow(c, x, &chosen);
	return 0;
}

static int choose(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct campaign x = { 0 };
	int64_t choice = -1;
	int r = campaign_find(c, conn, &x, err);

	if (r == 0 && (x.state == CAMPAIGN_DONE || x.state == CAMPAIGN_CANCELLED))
		r = api_err(c, err, E_CONFLICT, "id", N_("A campaign that is %s has ended."),
		    campaign_state_name(x.state));
	if (r == 0 && x.state == CAMPAIGN_LOADING)
		r = api_err(c, err, E_CONFLICT, "id", N_("Its audience is still being taken in."));
	if (r == 0)
		r = find_template(c, &x, &choice, err);
	if (r == 0 && x.state > CAMPAIGN_APPROVED)
		r = allow_choice(c, conn, &x, choice, err);
	if (r < 0)
		return r;
	x.choice = choice;
	if (x.state == CAMPAIGN_APPROVED)
		campaign_disapprove(&x);
	return campaign_update(conn, &x, clock_now(), err);
}

const struct api_handler api_campaign_handlers[] = {
	{ "listCampaigns", NULL, NULL, list, NULL },
	{ "showCampaign", NULL, NULL, show, NULL },
	{ "approveCampaign", check_by, approve, campaign_answer, NULL },
	{ "releaseCampaign", check_by, release, campaign_answer, NULL },
	{ "holdCampaign", check_act, hold, campaign_answer, NULL },
	{ "resumeCampaign", check_act, resume, campaign_answer, NULL },
	{ "cancelCampaign", check_act, cancel, campaign_answer, NULL },
	{ "chooseTemplate", check_by, choose, campaign_answer, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
