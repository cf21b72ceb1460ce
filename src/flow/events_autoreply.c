/* Automatic replies: what a company had Varco answer by itself to an inbound message. Each goes the way of every
 * send, in the name of its app, and is given up when the window or the moment for it is over.
 *
 * Not answered: what is no message to a person (reactions, edits, system messages, groups), what came late,
 * what a number of our own said, what already said something about consent, which has its own answer, and what
 * begins like an opt-out. */
#include "flow/events.h"

#include "base/check.h"
#include "base/log.h"
#include "domain/autoreply.h"
#include "flow/own_send.h"

#define REPLIES_MAX 100 /* of one number */

static int no_memory(struct event_work *w)
{
	return err_set(w->err, E_NOMEM, "Memory ran out while answering a message.");
}

bool event_may_answer(const struct event_work *w)
{
	const struct dir_number *n = directory_number(w->directory, w->event->number);

	return n && n->autoreplies > 0;
}

static bool is_answerable(const struct event_work *w, const struct person *person)
{
	const struct event *e = w->event;
	time_ms late = pack_autoreply(w->core->pack)->late_ms;

	if (str_eq(e->type, STR("reaction")) || e->at == TIME_NONE || w->now - e->at > late)
		return false;
	return !person->phone.number || !directory_number_by_phone(w->directory, person->phone);
}

/* Whoever begins with "stop" may have meant it, whatever else they wrote, and so may who says it in other words: that
 * is for a person to answer. 1 so it begins, 0, -E_NOMEM. */
static int begins_with_opt_out(struct event_work *w)
{
	int r = w->said.doubts ? 1 : pack_opt_out_begins(w->core->pack, w->arena, w->event->text);

	if (r == 0)
		r = pack_opt_out_begins(w->core->pack, w->arena, w->event->payload);
	return r < 0 ? no_memory(w) : r;
}

static struct str language_of(struct event_work *w, const struct person *person)
{
	const struct pack_opt no_word = { .langs_len = 0 };
	struct str country = phone_country(person->phone);
	struct str bsuid = w->event->user_id;

	if (!country.p && bsuid.len > 2)
		country = str_sub(bsuid, 0, 2);
	const struct pack_language *l = pack_language_for(w->core->pack, country, &no_word);
	return l ? l->lang : STR_NONE;
}

/* What tells the message from others: its words, or else what it is of. */
static struct str said(const struct event *e)
{
	if (e->text.len)
		return e->text;
	return e->payload.len ? e->payload : e->type;
}

static struct str body_of(struct event_work *w, const struct person *person, struct str text)
{
	struct json_writer j;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&j, &out);
	own_send_begin(&j, person->phone, w->event->user_id, "text");
	jw_object(&j);
	jw_member_str(&j, "body", text);
	jw_object_end(&j);
	return own_send_end(&j, &out, w->arena);
}

static int send_reply(struct event_work *w, const struct person *person, const struct dir_number *n,
    const struct autoreply *reply)
{
	const struct pack_limits *l = pack_limits(w->core->pack);
	time_ms window_end = w->event->at + l->window.length_ms - l->window.margin_ms;
	time_ms stale = w->now + l->autoreply.late_ms;
	const struct own_send send = {
		.app = reply->app,
		.number = n,
		.person = person->id,
		.body = body_of(w, person, reply->text),
		.expires_at = window_end < stale ? window_end : stale,
	};
	uint64_t decision;

	if (!send.body.p)
		return no_memory(w);
	int r = own_send_queue(w->core, w->c, &send, w->now, w->arena, &decision, w->err);
	w->tally->autoreplies += r == 0;
	if (r != -E_INVALID)
		return r;
	/* Not the fault of who wrote: their message counts all the same. */
	*w->err = (struct err){ 0 };
	log_error("an automatic reply is no message that the platform takes", "reply=%.*s",
	    STR_ARG(reply->name));
	return 0;
}

static int choose(struct event_work *w, const struct person *person, time_ms before,
    const struct autoreply *replies, size_t len, const struct autoreply **ret)
{
	const struct autoreply_heard heard = {
		.person = person->id,
		.number = w->event->number,
		.text = said(w->event),
		.at = w->event->at,
		.before = before,
		.language = language_of(w, person),
		.key = &w->core->key,
	};

	return autoreply_choose(
	    w->c, w->core->pack, &heard, replies, len, w->now, w->arena, ret, w->err);
}

int event_autoreply(struct event_work *w, const struct person *person, time_ms before)
{
	const struct dir_number *n = directory_number(w->directory, w->event->number);
	const struct autoreply *reply = NULL;
	struct autoreply *replies = NULL;
	size_t len = 0;

	if (!event_may_answer(w) || !is_answerable(w, person))
		return 0;
	int r = autoreply_list(
	    w->c, n->id, STR_NONE, REPLIES_MAX, w->arena, &replies, &len, w->err);
	if (r == 0 && len)
		r = begins_with_opt_out(w);
	if (r > 0)
		return 0;
	if (r == 0 && len)
		r = choose(w, person, before, replies, len, &reply);
	return r > 0 && reply ? send_reply(w, person, n, reply) : r;
}
