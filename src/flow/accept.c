/* Who calls, from which number, and are we open. Strings of the request are copied into the flow's
 * arena: the client may leave before the message has gone its way. */
#include "flow/flow.h"

#include "base/lang.h"
#include "base/log.h"
#include "flow/own_send.h"

#define KEY_MAX 255
#define CODE_TOO_MANY 4 /* Meta's for too many calls of an app */

/* "Bearer X", or ?access_token=X as Graph also takes it. */
static struct str caller_key(struct http_request *req)
{
	struct str value = http_header_get(req, "authorization");
	struct str scheme = str_cut(&value, ' ');

	if (str_eq_nocase(scheme, STR("bearer")))
		return str_trim(value);
	return http_query_get(req, "access_token");
}

static bool prefers_async(struct http_request *req)
{
	struct str value = http_header_get(req, "prefer");

	while (value.p) {
		struct str one = str_cut(&value, ',');
		if (str_eq_nocase(str_trim(str_cut(&one, ';')), STR("respond-async")))
			return true;
	}
	return false;
}

static bool copy_request(struct flow *f)
{
	struct http_request *req = f->req;
	struct str key = http_header_get(req, "idempotency-key");
	struct str campaign = http_header_get(req, "varco-campaign");

	f->version = arena_str(f->arena, f->version);
	f->number_id = arena_str(f->arena, f->number_id);
	f->path = arena_str(f->arena, f->path);
	f->text = arena_str(f->arena, req->body);
	f->key = key.p ? arena_str(f->arena, key) : STR_NONE;
	f->campaign = campaign.p ? arena_str(f->arena, campaign) : STR_NONE;
	f->respond_async = prefers_async(req);
	f->lang = lang_from_accept(http_header_get(req, "accept-language"));
	return f->version.p && f->number_id.p && f->path.p && f->text.p && (f->key.p || !key.p) &&
	    (f->campaign.p || !campaign.p);
}

/* Refusals of strangers are recorded too, but not without bound: who has no key must not be able to
 * fill the disk. */
static bool stranger_may_be_recorded(struct lane *l)
{
	int64_t second = loop_now(l->loop) / 1000000000;

	if (l->strangers_second != second) {
		l->strangers_second = second;
		l->strangers = 0;
	}
	return l->strangers++ < LANE_STRANGERS_PER_SECOND;
}

static enum step_result answer(
    struct flow *f, int status, int code, const char *message, const char *details)
{
	flow_answer_trouble(f, status, code, message, details);
	return STEP_ANSWER;
}

/* STEP_NEXT when the hour has room for its name, or it bears none. */
static enum step_result take_name(struct flow *f)
{
	time_ms now = clock_now();
	int r = !f->app || !f->campaign.p ? 1
					  : campaign_names_take(&f->lane->campaigns, f->campaign,
						now, pack_campaign(f->lane->core->pack)->names_max);

	if (r > 0)
		return STEP_NEXT;
	if (r < 0)
		return answer(f, 503, 2, "The gateway is short of memory.", "Send it again later.");
	answer(f, 429, CODE_TOO_MANY, N_("Too many campaigns were named in this hour."),
	    N_("Name what belongs together by one name, not each message by its own."));
	f->answer.retry_after_s = campaign_names_wait_s(now);
	return STEP_ANSWER;
}

enum step_result flow_accept(struct flow *f)
{
	struct lane *l = f->lane;

	if (f->held_id)
		return flow_accept_held(f);
	if (atomic_load(&l->core->draining))
		return answer(
		    f, 503, 2, "The gateway is shutting down.", "Send it again in a few seconds.");
	if (!copy_request(f))
		return answer(f, 503, 2, "The gateway is short of memory.", "Send it again later.");
	if (f->key.len > KEY_MAX)
		return answer(f, 400, 100, "Idempotency-Key is longer than 255 bytes.",
		    "Use a shorter key, for example a UUID.");
	if (f->key.p && f->key.len == 0)
		return answer(f, 400, 100, "Idempotency-Key is empty.",
		    "Give each message a key of its own, for example a UUID, or leave it out.");
	if (f->campaign.p && !campaign_name_is_valid(f->campaign))
		return answer(f, 400, 100, "Varco-Campaign is no name of a campaign.",
		    "Use 1 to 64 letters, digits, dots, dashes and underscores.");
	if (f->campaign.p && campaign_name_is_number(f->campaign))
		return answer(f, 400, 100,
		    N_("Varco-Campaign has so many digits that it could be a telephone number."),
		    N_("Give the campaign a name that tells of no person."));
	f->directory = directory_ref((struct directory *)lane_directory(l));
	f->app = directory_app_by_key(f->directory, caller_key(f->req));
	f->number = directory_number(f->directory, f->number_id);
	if (!f->app && !stranger_may_be_recorded(l))
		return answer(f, 401, 190, "No app of this gateway has that key.",
		    "Use the key that was shown when the integration was registered.");
	if (take_name(f) != STEP_NEXT)
		return STEP_ANSWER;
	flow_move(f, FLOW_ACCEPTED);
	return STEP_NEXT;
}

/* "/v25.0/810200300400501/messages" → its three parts. */
static bool split_path(struct flow *f, struct str stored)
{
	struct str rest = str_sub(stored, 1, stored.len);

	f->version = str_cut(&rest, '/');
	f->number_id = str_cut(&rest, '/');
	f->path = rest.p ? str_n(rest.p - 1, rest.len + 1) : STR_NONE;
	return f->path.p != NULL;
}

/* What the store has of a held send. */
enum found {
	FOUND_WHOLE,
	FOUND_GONE,   /* it went, or was cancelled, meanwhile */
	FOUND_BROKEN, /* its row can never be sent */
	FOUND_ERROR,  /* looked at again later */
};

static bool still_waits(enum send_state s)
{
	return s == SEND_HELD || s == SEND_READY;
}

static enum found load_held(struct flow *f, struct err *err)
{
	struct outbox_entry box;
	struct lane *l = f->lane;
	int known = journal_get(l->reader, f->held_id, f->arena, &f->held, err);

	if (known < 0)
		return FOUND_ERROR;
	int r = outbox_get(l->reader, &l->core->key, f->held_id, f->arena, &box, err);
	if (r == -E_CRYPTO)
		return FOUND_BROKEN;
	if (r <= 0)
		return r < 0 ? FOUND_ERROR : FOUND_GONE;
	f->text = box.body;
	f->campaign = f->held.campaign;
	f->held_expires_at = box.expires_at;
	/* A row without a decision that waits is as dead as one without a path. */
	return known && still_waits(f->held.state) && split_path(f, box.path) ? FOUND_WHOLE
									      : FOUND_BROKEN;
}

enum step_result flow_accept_held(struct flow *f)
{
	struct lane *l = f->lane;
	struct err err = { 0 };
	enum found found = load_held(f, &err);

	if (found == FOUND_ERROR)
		log_error("a held send could not be read", "error=%s", err_name(err.code));
	if (found == FOUND_BROKEN)
		return flow_end_unreadable(f);
	if (found != FOUND_WHOLE)
		return STEP_ANSWER; /* nobody listens: this only ends the flow */
	f->directory = directory_ref((struct directory *)lane_directory(l));
	f->app = own_send_app(f->directory, f->held.app);
	f->number = directory_number(f->directory, f->number_id);
	flow_move(f, FLOW_ACCEPTED);
	return STEP_NEXT;
}
