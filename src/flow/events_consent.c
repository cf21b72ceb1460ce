/* What a message says about consent. A button of a request goes by its payload, whatever its title
 * says; then come the words: opt-out, opt-in, an answer to the one request that waits.
 *
 *   payload "varco:req_…"      answers that request, if it was this person who was asked, from this
 *                              number; a no is always heard, a yes only while it waits
 *   word of opt_out            withdraws; what waits for an answer waits no more; confirmed once
 *   word of opt_in             grants; the inbound message is the evidence
 *   words and code of a link   grants what the link says; the inbound message is the evidence
 *   word of replies            answers the only request that waits here; without one it says nothing
 *   a free sentence            that is probably an opt-out is held: no marketing, and a person looks
 *
 * What a grant rests on is the message itself: the webhook that Meta signed is kept with it. */
#include "flow/events.h"

#include "base/check.h"
#include "domain/campaign_fill.h"
#include "domain/campaign_report.h"
#include "domain/consent.h"
#include "domain/consent_details.h"
#include "domain/consent_evidence.h"
#include "domain/consent_link.h"
#include "domain/consent_request.h"
#include "domain/inbox.h"
#include "domain/journal.h"
#include "domain/stops.h"
#include "flow/own_send.h"
#include "transport/webhook.h"

#define HEX_MAX (2 * SHA256_LEN + 1)

static int no_memory(struct event_work *w)
{
	return err_set(w->err, E_NOMEM, "Memory ran out while reading a message.");
}

/* Meta tells whole seconds: a withdrawal counts from the end of its second, so that it never loses to a grant of the same
 * second. */
time_ms event_withdrawal_time(const struct event_work *w)
{
	time_ms end = event_time(w) + MS_PER_S - 1;

	return end < w->now ? end : w->now;
}

int event_acts(struct event_work *w, unsigned purposes, const struct consent_entry *like)
{
	struct consent_entry entry = *like;
	int r = 0;

	for (enum purpose p = PURPOSE_MARKETING; r == 0 && p < PURPOSE_ALL; p++) {
		bool fresh;
		entry.purpose = p;
		if (purposes & PURPOSE_BIT(p))
			r = consent_append(w->c, &w->core->ledger, &entry, w->now, &fresh, w->err);
	}
	return r;
}

static struct str source_of(struct event_work *w)
{
	return arena_printf(w->arena, "message:%.*s", STR_ARG(w->event->id));
}

/* --- proof ------------------------------------------------------------------------------------ */

/* Of the account that signed, or of one of the portfolio that did. */
static struct str secret_of(const struct event_work *w)
{
	const struct dir_waba *waba = directory_waba(w->directory, w->event->entry_id);
	const struct dir_number *n = directory_number(w->directory, w->event->number);

	if (!waba && n)
		waba = n->waba;
	return waba ? waba->app_secret : STR_NONE;
}

/* What of the webhook is kept: all of it when it is about nobody else. */
struct kept {
	struct str body;
	bool whole;
};

static struct str one_message(struct event_work *w)
{
	struct buf out;

	buf_init(&out, 0);
	json_print(&out, w->event->item);
	struct str text = out.failed ? STR_NONE : arena_str(w->arena, buf_str(&out));
	buf_done(&out);
	return text;
}

static int sign(struct event_work *w, struct consent_proof *proof, struct kept *kept)
{
	char hex[HEX_MAX], signature[72];
	struct sha256 digest;
	struct str raw, secret = secret_of(w);
	int r = inbox_unseal(&w->core->key, w->post, w->arena, &raw, w->err);

	if (r < 0)
		return r;
	crypto_sha256(raw, &digest);
	hex_encode(digest.b, SHA256_LEN, hex);
	proof->post = arena_str(w->arena, str_c(hex));
	if (secret.p) {
		webhook_sign(secret, raw, signature);
		proof->signature = arena_str(w->arena, str_c(signature));
	}
	kept->whole = w->post_facts == 1;
	kept->body = kept->whole ? raw : one_message(w);
	return proof->post.p && kept->body.p ? 0 : no_memory(w);
}

/* *d gains the message as its proof. */
static int prove(struct event_work *w, struct consent_details *d, struct kept *kept)
{
	*kept = (struct kept){ .body = STR_NONE };
	d->proof.message = w->event->id;
	d->proof.number = w->event->number;
	if (!d->channel.p)
		d->channel = STR("whatsapp");
	return w->post ? sign(w, &d->proof, kept) : 0;
}

/* The grants, with their proof behind the first of them. */
static int grant(struct event_work *w, unsigned purposes, struct consent_entry *entry,
    struct consent_details *d, int64_t *ret_leaf)
{
	const struct stop_word meant = {
		.to = STOP_RELEASED,
		.purposes = STOP_EVERY_PURPOSE,
		.until = entry->at + MS_PER_S - 1,
	};
	struct kept kept;
	int r = prove(w, d, &kept);
	int64_t leaf = w->core->ledger.next_seq;

	if (r == 0)
		r = consent_details_write(d, w->arena, &entry->details, w->err);
	if (r == 0)
		r = event_acts(w, purposes, entry);
	/* Nothing new was said when no leaf came of it. */
	*ret_leaf = w->core->ledger.next_seq > leaf ? leaf : 0;
	if (r < 0 || !*ret_leaf)
		return r;
	w->tally->opt_ins++;
	/* Who agrees to what was in doubt, and later, has said what was meant. Times of messages are whole seconds. */
	if (purposes & PURPOSE_BIT(PURPOSE_MARKETING))
		r = stop_settle_words(w->c, entry->person, &meant, w->now, w->err);
	if (r < 0)
		return r;
	return kept.body.p
	    ? consent_post_add(w->c, &w->core->key, leaf, kept.body, kept.whole, w->err)
	    : 0;
}

/* --- the confirmation of an opt-out ------------------------------------------------------------ */

/* Those of the set that were not withdrawn before. */
static int still_given(struct event_work *w, uint64_t person, unsigned purposes, unsigned *ret)
{
	const struct facts_consent *acts;
	size_t len;
	int r = consent_list(w->c, person, w->arena, &acts, &len, w->err);

	*ret = 0;
	for (enum purpose p = PURPOSE_MARKETING; r == 0 && p < PURPOSE_ALL; p++) {
		const struct facts_consent *newest = facts_consent_newest(acts, len, p, INT64_MAX);
		if (purposes & PURPOSE_BIT(p) && (!newest || newest->act != CONSENT_WITHDRAW))
			*ret |= PURPOSE_BIT(p);
	}
	return r;
}

/* A message that comes late may find its window closed; whether it is when the confirmation goes,
 * the rules ask once more. */
static bool window_is_open(const struct event_work *w)
{
	const struct pack_window *window = &pack_limits(w->core->pack)->window;
	time_ms at = w->event->at;

	return at != TIME_NONE && at <= w->now + window->future_ms &&
	    w->now < at + window->length_ms - window->margin_ms;
}

static struct str country_of(
    const struct person *person, struct str bsuid, const struct dir_number *n)
{
	struct str country = phone_country(person->phone);

	if (country.p)
		return country;
	return bsuid.len > 2 ? str_sub(bsuid, 0, 2) : n->waba->country;
}

static struct str confirmation(struct event_work *w, const struct person *person,
    const struct dir_number *n, const struct pack_opt *opt)
{
	struct str bsuid = w->event->user_id;
	const struct pack_language *l = pack_language_for(
	    w->core->pack, country_of(person, bsuid, n), opt);
	bool promotions = opt->withdraws == PURPOSE_BIT(PURPOSE_MARKETING);
	struct json_writer j;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&j, &out);
	own_send_begin(&j, person->phone, bsuid, "text");
	jw_object(&j);
	jw_member_str(&j, "body", promotions ? l->stopped_marketing : l->stopped);
	jw_object_end(&j);
	return own_send_end(&j, &out, w->arena);
}

static int confirm(struct event_work *w, const struct person *person, const struct pack_opt *opt)
{
	const struct dir_number *n = directory_number(w->directory, w->event->number);
	const struct pack_window *window = &pack_limits(w->core->pack)->window;
	time_ms since = w->now - pack_opt_out_confirm_again_ms(w->core->pack);
	uint64_t decision;

	if (!w->core->options.confirm_opt_out || !n || !window_is_open(w))
		return 0;
	int r = person_has_mark(w->c, person->id, MARK_STOP_CONFIRMED, since, w->err);
	if (r != 0)
		return r < 0 ? r : 0;
	const struct own_send send = {
		.number = n,
		.person = person->id,
		.body = confirmation(w, person, n, opt),
		.expires_at = w->event->at + window->length_ms - window->margin_ms,
	};
	if (!send.body.p)
		return no_memory(w);
	r = person_mark(w->c, person->id, MARK_STOP_CONFIRMED, STR(""), w->now, TIME_NONE, w->err);
	return r < 0 ? r
		     : own_send_queue(w->core, w->c, &send, w->now, w->arena, &decision, w->err);
}

/* --- words ------------------------------------------------------------------------------------ */

static int opt_out(struct event_work *w, const struct person *person, const struct pack_opt *opt)
{
	const struct consent_entry entry = {
		.person = person->id,
		.act = CONSENT_WITHDRAW,
		.at = event_withdrawal_time(w),
		.source = source_of(w),
	};
	const struct stop_word meant = {
		.to = STOP_CONFIRMED, .purposes = opt->withdraws, .until = INT64_MAX
	};
	unsigned changed;
	int r = still_given(w, person->id, opt->withdraws, &changed);

	w->tally->opt_outs++;
	if (r == 0)
		r = event_count_reply(w, SIGNAL_BIT(SIGNAL_OPT_OUT));
	if (r == 0)
		r = event_acts(w, opt->withdraws, &entry);
	if (r == 0)
		r = request_close_all(w->c, person->id, w->now, w->err);
	if (r == 0)
		r = stop_settle_words(w->c, person->id, &meant, w->now, w->err);
	return r == 0 && changed ? confirm(w, person, opt) : r;
}

static int opt_in(struct event_work *w, const struct person *person, const struct pack_opt *opt)
{
	struct consent_entry entry = {
		.person = person->id,
		.act = CONSENT_GRANT,
		.at = event_time(w),
		.evidence = pack_opt_in_evidence(w->core->pack),
		.source = source_of(w),
		.wording = w->event->text.len ? w->event->text : w->event->payload,
	};
	struct consent_details d = { .channel = STR_NONE };
	int64_t leaf;

	return grant(w, opt->grants, &entry, &d, &leaf);
}

/* --- answers to requests ---------------------------------------------------------------------- */

static int declined(struct event_work *w, const struct consent_request *r)
{
	char id[ID_TEXT_MAX];
	struct consent_entry entry = {
		.person = r->person,
		.act = CONSENT_WITHDRAW,
		.at = event_withdrawal_time(w),
	};

	id_format("req", r->id, id);
	entry.source = arena_printf(w->arena, "request:%s", id);
	w->tally->opt_outs++;
	int rc = event_acts(w, PURPOSE_BIT(r->purpose), &entry);
	return rc < 0 ? rc : request_close(w->c, r->id, REQUEST_DECLINED, 0, w->now, w->err);
}

static int confirmed(struct event_work *w, const struct consent_request *r, const char *reply)
{
	char request[ID_TEXT_MAX], decision[ID_TEXT_MAX];
	struct consent_entry entry = {
		.person = r->person,
		.act = CONSENT_GRANT,
		.at = event_time(w),
		.evidence = EVIDENCE_DOUBLE_OPT_IN,
		.source = r->source,
		.wording = r->wording,
	};
	struct consent_details d;
	int64_t leaf;
	int rc = consent_details_read(r->details, w->arena, &d, w->err);

	if (rc < 0)
		return rc;
	id_format("req", r->id, request);
	id_format("dec", r->decision, decision);
	d.proof.request = str_c(request);
	d.proof.asked = str_c(decision);
	d.proof.reply = str_c(reply);
	rc = grant(w, PURPOSE_BIT(r->purpose), &entry, &d, &leaf);
	return rc < 0 ? rc : request_close(w->c, r->id, REQUEST_CONFIRMED, leaf, w->now, w->err);
}

/* Said later than asked, and in time; Meta's times are whole seconds. */
static bool is_in_time(const struct event_work *w, const struct consent_request *r)
{
	time_ms at = event_time(w);

	return r->state == REQUEST_PENDING && at + MS_PER_S > r->at && at < r->expires_at;
}

static int answered(
    struct event_work *w, const struct consent_request *r, bool yes, const char *reply)
{
	if (!yes)
		return declined(w, r);
	return is_in_time(w, r) ? confirmed(w, r, reply) : 0;
}

/* 1 the payload is that of a request's button, whoever pressed it. */
static int answer_button(struct event_work *w, const struct person *person)
{
	struct consent_request r;
	uint64_t id;
	bool yes;

	if (!request_payload_read(w->event->payload, &id, &yes))
		return 0;
	/* As of its own time: it may come late. */
	int rc = request_get(w->c, id, event_time(w), w->arena, &r, w->err);
	if (rc > 0 && r.person == person->id && str_eq(r.number, w->event->number))
		rc = answered(w, &r, yes, "button");
	return rc < 0 ? rc : 1;
}

/* A quick reply of a campaign's message says nothing by its payload; it is only counted. */
static int count_click(struct event_work *w, const struct person *person)
{
	struct str title = w->event->text.len ? w->event->text : STR_NONE;
	uint64_t campaign;
	int64_t button;

	if (!campaign_payload_read(w->event->payload, &campaign, &button))
		return 0;
	int r = campaign_click(w->c, campaign, person->id, button, title, event_time(w), w->err);
	return r < 0 ? r : 0;
}

static int answer_word(struct event_work *w, const struct person *person, enum pack_reply reply)
{
	struct consent_request r;
	int rc = request_only(
	    w->c, person->id, w->event->number, event_time(w), w->arena, &r, w->err);

	if (rc > 0)
		rc = answered(w, &r, reply == PACK_REPLY_YES, "word");
	return rc < 0 ? rc : 0;
}

/* --- entry links ------------------------------------------------------------------------------ */

static int came_by(struct event_work *w, const struct person *person, const struct consent_link *l)
{
	char id[ID_TEXT_MAX];
	struct consent_entry entry = {
		.person = person->id,
		.act = CONSENT_GRANT,
		.at = event_time(w),
		.evidence = pack_opt_in_evidence(w->core->pack),
		.source = l->source,
		.wording = l->wording,
	};
	struct consent_details d;
	int64_t leaf;
	int r = consent_details_read(l->details, w->arena, &d, w->err);

	if (r < 0)
		return r;
	id_format("lnk", l->id, id);
	d.proof.link = str_c(id);
	r = grant(w, PURPOSE_BIT(l->purpose), &entry, &d, &leaf);
	return r == 0 && leaf ? link_used(w->c, l->id, w->err) : r;
}

static int by_link(struct event_work *w, const struct person *person, struct str text)
{
	struct consent_link l;
	int r = link_of_message(w->c, text, w->event->number, event_time(w), w->arena, &l, w->err);

	if (r > 0)
		r = came_by(w, person, &l);
	return r;
}

/* --- free sentences ---------------------------------------------------------------------------- */

static int tell_doubt(struct event_work *w)
{
	return alarm_add(w->c, id_next(&w->core->ids, w->now), STR("opt_out.doubt"),
	    w->event->number, STR(""), w->now, w->err);
}

/* Whoever withdrew all of it already has nothing left to doubt. */
static int hold(struct event_work *w, const struct person *person)
{
	const struct stop s = {
		.id = id_next(&w->core->ids, w->now),
		.person = person->id,
		.at = event_withdrawal_time(w),
		.purposes = w->said.doubts,
		.number = w->event->number,
		.source = source_of(w),
		.words = w->event->text,
	};
	unsigned left;
	bool first = false;
	int r = still_given(w, person->id, w->said.doubts, &left);

	if (r < 0 || !left)
		return r;
	w->tally->doubts++;
	r = stop_doubt(w->c, &s, &first, w->err);
	return r > 0 && first ? tell_doubt(w) : r < 0 ? r : 0;
}

/* --- a message -------------------------------------------------------------------------------- */

/* 1 it said something, 0 it did not. */
static int apply(struct event_work *w, const struct person *person, struct str text)
{
	struct pack_opt opt = { .withdraws = 0 };
	int r = text.len ? pack_opt_message(w->core->pack, w->arena, text, &opt) : 0;

	if (r < 0)
		return no_memory(w);
	if (opt.withdraws)
		r = opt_out(w, person, &opt);
	else if (opt.grants)
		r = opt_in(w, person, &opt);
	else if (opt.reply)
		r = answer_word(w, person, opt.reply);
	else
		return by_link(w, person, text);
	return r < 0 ? r : 1;
}

int event_consent(struct event_work *w, const struct person *person)
{
	int r = count_click(w, person);

	if (r == 0)
		r = answer_button(w, person);
	if (r == 0)
		r = apply(w, person, w->event->text);
	if (r == 0)
		r = apply(w, person, w->event->payload);
	if (r == 0 && w->said.doubts)
		r = hold(w, person);
	return r;
}
