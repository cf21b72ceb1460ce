#include "domain/facts.h"

#include "base/check.h"

static const char *const app_status_names[] = {
	[APP_ACTIVE] = "active",
	[APP_SUSPENDED] = "suspended",
	[APP_REVOKED] = "revoked",
	[APP_STATUS_UNKNOWN] = "",
};

static const char *const waba_state_names[] = {
	[WABA_ACTIVE] = "active",
	[WABA_LOCKED] = "locked",
	[WABA_DISABLED] = "disabled",
	[WABA_BANNED] = "banned",
	[WABA_SCHEDULED_FOR_DISABLE] = "scheduled_for_disable",
	[WABA_STATE_UNKNOWN] = "",
};

void facts_init(struct facts *f)
{
	*f = (struct facts){
		.app = { .any_number = true,
		    .any_purpose = true,
		    .known = true,
		    .review_by = TIME_NONE },
		.waba = { .payment_ok = true },
		.number = { .known = true,
		    .status = STR("CONNECTED"),
		    .quality = STR("GREEN"),
		    .warmup = { .cap = WARMUP_BY_DAY,
			.engaged_share = 1,
			.frozen_until = TIME_NONE } },
		.tpl = { .category_change_at = TIME_NONE, .paused_until = TIME_NONE },
		.person = { .last_inbound_at = TIME_NONE,
		    .last_call_at = TIME_NONE,
		    .cooldown_until = TIME_NONE,
		    .pair_clear_at = TIME_NONE },
		.repeats_at = TIME_NONE,
	};
	for (size_t i = 0; i < ARRAY_LEN(f->person.last_delivered); i++)
		f->person.last_delivered[i] = TIME_NONE;
}

/* An empty name or language in the facts was not said: it is that of the send. */
static bool same_if_said(struct str said, struct str sent)
{
	return said.len == 0 || str_eq(said, sent);
}

bool facts_template_known(const struct facts *f, const struct message *send)
{
	return f->tpl.known && same_if_said(f->tpl.name, send->template_name) &&
	    same_if_said(f->tpl.language, send->template_language);
}

/* Until an announced change comes, a template is what it was declared as (readings 14). */
static enum purpose template_purpose(const struct facts_template *t, time_ms now)
{
	bool changed = t->correct_category != PURPOSE_NONE && t->category_change_at != TIME_NONE &&
	    now >= t->category_change_at;

	return changed ? t->correct_category : t->category;
}

enum purpose facts_purpose(const struct facts *f, const struct message *send, time_ms now)
{
	switch (send->kind) {
	case MESSAGE_TEMPLATE:
		return facts_template_known(f, send) ? template_purpose(&f->tpl, now)
						     : PURPOSE_NONE;
	case MESSAGE_DIRECT:
		return send->direct_category;
	case MESSAGE_UNREADABLE:
		return PURPOSE_NONE;
	default:
		return PURPOSE_SERVICE;
	}
}

/* A clock a little ahead of ours is no reason to lose a window; one far ahead is not believed. */
static time_ms counts_as(time_ms at, time_ms now, time_ms future_ms)
{
	if (at == TIME_NONE || at > now + future_ms)
		return TIME_NONE;
	return at > now ? now : at;
}

time_ms facts_last_contact(const struct facts *f, const struct pack *pack, time_ms now)
{
	time_ms future_ms = pack_limits(pack)->window.future_ms;
	time_ms inbound = counts_as(f->person.last_inbound_at, now, future_ms);
	time_ms call = counts_as(f->person.last_call_at, now, future_ms);

	return inbound > call ? inbound : call;
}

bool facts_window_open(const struct facts *f, const struct pack *pack, time_ms now)
{
	const struct pack_window *w = &pack_limits(pack)->window;
	time_ms last = facts_last_contact(f, pack, now);

	return !f->clock_suspect && last != TIME_NONE && now - last < w->length_ms - w->margin_ms;
}

bool facts_consent_speaks(enum purpose of, enum consent_act act, enum purpose purpose)
{
	if (purpose == PURPOSE_AUTHENTICATION && act == CONSENT_WITHDRAW)
		return of == purpose;
	return of == purpose || of == PURPOSE_ALL;
}

time_ms facts_consent_given(const struct facts_consent *act)
{
	return act->given_at ? act->given_at : act->at;
}

bool facts_consent_is_newer(const struct facts_consent *act, const struct facts_consent *than)
{
	return !than || act->at > than->at || (act->at == than->at && act->act == CONSENT_WITHDRAW);
}

const struct facts_consent *facts_consent_newest(
    const struct facts_consent *acts, size_t len, enum purpose purpose, time_ms now)
{
	const struct facts_consent *newest = NULL;

	for (size_t i = 0; i < len; i++) {
		const struct facts_consent *act = &acts[i];
		bool covers = act->purpose == PURPOSE_ALL || act->purpose == purpose;
		if (act->at <= now && covers && facts_consent_is_newer(act, newest))
			newest = act;
	}
	return newest;
}

bool facts_business_initiated(
    const struct facts *f, const struct message *send, const struct pack *pack, time_ms now)
{
	if (send->kind != MESSAGE_TEMPLATE && send->kind != MESSAGE_DIRECT)
		return false;
	enum purpose purpose = facts_purpose(f, send, now);
	bool answers = purpose == PURPOSE_UTILITY || purpose == PURPOSE_AUTHENTICATION;
	return !answers || !facts_window_open(f, pack, now);
}

const char *app_status_name(enum app_status s)
{
	return (unsigned)s < ARRAY_LEN(app_status_names) ? app_status_names[s] : "";
}

const char *waba_state_name(enum waba_state s)
{
	return (unsigned)s < ARRAY_LEN(waba_state_names) ? waba_state_names[s] : "";
}

enum app_status app_status_of(struct str word)
{
	unsigned s = APP_ACTIVE;

	while (s < APP_STATUS_UNKNOWN && !str_eq_c(word, app_status_names[s]))
		s++;
	return (enum app_status)s;
}

enum waba_state waba_state_of(struct str word)
{
	unsigned s = WABA_ACTIVE;

	while (s < WABA_STATE_UNKNOWN && !str_eq_c(word, waba_state_names[s]))
		s++;
	return (enum waba_state)s;
}

const char *consent_act_name(enum consent_act act)
{
	return act == CONSENT_GRANT ? "grant" : act == CONSENT_WITHDRAW ? "withdraw" : "";
}

int consent_act_parse(struct str word, enum consent_act *ret)
{
	for (int act = CONSENT_GRANT; act <= CONSENT_WITHDRAW; act++) {
		if (str_eq_c(word, consent_act_name((enum consent_act)act))) {
			*ret = (enum consent_act)act;
			return 0;
		}
	}
	return -E_INVALID;
}
