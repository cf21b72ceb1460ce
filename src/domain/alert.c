#include "domain/alert.h"

#include "base/check.h"
#include "base/json.h"
#include "store/query.h"

static const char *const severity_names[] = {
	[ALERT_CLEAR] = "clear",
	[ALERT_WARN] = "warn",
	[ALERT_ACT] = "act",
};

const char *alert_severity_name(enum alert_severity s)
{
	return severity_names[s];
}

static const struct kind {
	const char *kind;
	enum alert_severity severity;
	const char *what, *done, *todo;
} kinds[] = {
	{ "breaker.pause", ALERT_ACT,
	    N_("A signal is above the limit of the policy: opt-outs, complaints, failures, caps, or no webhooks at all."),
	    N_("Marketing of this number, template, app or campaign is paused. Replies, utility and authentication go on."),
	    N_("Find what it comes from with varco signal list; then end the pause with varco pause resume: it begins again by steps.") },
	{ "breaker.warn", ALERT_WARN,
	    N_("A signal is nearing the limit of the policy: opt-outs, complaints, failures, caps, people without an answer, or no webhooks."),
	    N_("Nothing was stopped yet."),
	    N_("See varco signal list, and look at the newest list and template before more is sent.") },
	{ "breaker.resumed", ALERT_CLEAR, N_("What was paused sends at its full rate again."),
	    N_("It went there by steps, while nothing warned."), NULL },
	{ "breaker.clear", ALERT_CLEAR,
	    N_("What comes back is below the limits of the policy again."),
	    N_("A pause stays until its time or until somebody ends it."), NULL },
	{ "campaign.paused", ALERT_ACT,
	    N_("A campaign stands still: its template, its number or its account may not send it, or it is not what was approved."),
	    N_("What had not left yet was called back; it goes on by itself once that is over."),
	    N_("See with varco campaign show what it waits for; one that was changed is looked at and approved anew, or cancelled.") },
	{ "account.locked", ALERT_ACT, N_("Meta has locked an account: nothing of it leaves."),
	    N_("Every send of the account is refused here, so that none counts against it."),
	    N_("Ask Meta for a review in the Business Support Home; do not move to another number.") },
	{ "account.disabled", ALERT_ACT, N_("Meta has disabled an account."),
	    N_("Every send of the account is refused here."),
	    N_("Ask Meta for a review in the Business Support Home while the time for it runs.") },
	{ "account.disable_announced", ALERT_ACT,
	    N_("Meta has announced the day on which it will disable an account."),
	    N_("Sends go on, each with a warning."),
	    N_("Stop campaigns and ask Meta for a review before that day.") },
	{ "account.reinstated", ALERT_CLEAR, N_("An account is no longer locked or disabled."),
	    N_("What waited goes out as the policy and what is still restricted let it."), NULL },
	{ "account.unknown", ALERT_ACT,
	    N_("Meta uses a word for the state of an account that Varco does not know."),
	    N_("Nothing that the account begins leaves; answers inside the window do, with a warning."),
	    N_("Look at the account in the Business Support Home; then varco account set.") },
	{ "account.restricted", ALERT_ACT, N_("Meta has restricted an account."),
	    N_("What Meta forbids is refused here until the restriction ends; the rest goes on."),
	    N_("See varco account show for what and until when, and ask Meta for a review.") },
	{ "account.restriction_ended", ALERT_CLEAR, N_("A restriction of an account has ended."),
	    N_("Its numbers begin again slowly."), NULL },
	{ "account.warned", ALERT_WARN, N_("Meta has warned an account of a violation."),
	    N_("Nothing was stopped."),
	    N_("Find what broke the rules and end it: the next step is a restriction.") },
	{ "account.payment", ALERT_ACT, N_("Meta refuses to send because of the payment."),
	    N_("Every send of the account is refused here."),
	    N_("Put the payment in order at Meta; then varco account set --payment-ok true.") },
	{ "account.payment_fine", ALERT_CLEAR, N_("The payment of an account is in order again."),
	    N_("Sends go on."), NULL },
	{ "account.token", ALERT_ACT, N_("Meta refuses the access token of an account."),
	    N_("Everything of the account waits; what may wait in the queue goes out afterwards."),
	    N_("Make a new token at Meta; then varco account set --token-file.") },
	{ "account.token_fine", ALERT_CLEAR, N_("Meta takes the access token of an account again."),
	    N_("What waited goes out as the policy lets it."), NULL },
	{ "account.alert", ALERT_WARN, N_("Meta sent an alert about an account."),
	    N_("The present limit stays in force."),
	    N_("Read it in the WhatsApp Manager, and give what Meta asks for.") },
	{ "account.partner_removed", ALERT_ACT,
	    N_("The access of this installation to an account was taken away."),
	    N_("It is on record; sends will fail."),
	    N_("Find out who removed it, and give the access back at Meta.") },
	{ "number.status", ALERT_ACT, N_("A number is not connected any more."),
	    N_("Every send of the number is refused here."),
	    N_("See varco number show for Meta's word, and look at the number in the WhatsApp Manager.") },
	{ "number.status_fine", ALERT_CLEAR, N_("A number is connected again."), N_("Sends go on."),
	    NULL },
	{ "number.quality_yellow", ALERT_WARN,
	    N_("Meta rates the quality of a number as medium: people block or report its messages."),
	    N_("A number that warms up does not grow meanwhile."),
	    N_("Look at the newest lists and templates before more is sent.") },
	{ "number.quality_red", ALERT_ACT,
	    N_("Meta rates the quality of a number as low: a restriction may follow."),
	    N_("Marketing of the number waits. Replies, utility and authentication go on."),
	    N_("Find the list or the template that people complain of, and stop it.") },
	{ "number.quality_fine", ALERT_CLEAR, N_("The quality of a number is high again."),
	    N_("Marketing goes on, as fast as the policy lets it."), NULL },
	{ "number.name", ALERT_WARN, N_("Meta has rejected the display name of a number."),
	    N_("Nothing was stopped."), N_("Choose another name in the WhatsApp Manager.") },
	{ "number.name_fine", ALERT_CLEAR, N_("Meta has approved the display name of a number."),
	    N_("It is on record."), NULL },
	{ "number.health", ALERT_ACT, N_("Meta says that a number cannot send."),
	    N_("It is on record with Meta's own words."),
	    N_("Read in varco change list what Meta says of it, and what it proposes.") },
	{ "number.health_fine", ALERT_CLEAR, N_("Meta says that a number can send again."),
	    N_("Sends go on."), NULL },
	{ "number.security", ALERT_ACT,
	    N_("Somebody asked for or changed the PIN of a number: perhaps to take it over."),
	    N_("It is on record; Varco cannot stop it."),
	    N_("If it was none of you, change the PIN and the tokens at once.") },
	{ "portfolio.notice", ALERT_ACT, N_("Meta told something about the whole portfolio."),
	    N_("Its raw form is kept."), N_("Look at the Business Support Home at once.") },
	{ "portfolio.limit", ALERT_WARN, N_("The limit of a portfolio has changed."),
	    N_("The new limit is in force."), N_("See varco number budget for what it means.") },
	{ "portfolio.share", ALERT_WARN,
	    N_("Marketing has used most of its share of the portfolio's limit."),
	    N_("Nothing was stopped yet."),
	    N_("See varco number budget for what is left, and move what can wait to tomorrow.") },
	{ "portfolio.share_used", ALERT_ACT,
	    N_("Marketing has used its share of the portfolio's limit."),
	    N_("Marketing to people who were not written to today waits; utility and authentication have the rest."),
	    N_("See varco number budget for when it goes on and how the limit grows.") },
	{ "portfolio.share_fine", ALERT_CLEAR,
	    N_("There is room again in marketing's share of the portfolio's limit."),
	    N_("What waited goes on by itself."), NULL },
	{ "template.stopped", ALERT_WARN,
	    N_("Meta has paused, rejected, disabled or flagged a template."),
	    N_("What Meta would refuse is held or refused here."),
	    N_("See varco template show for the reason; change the text before it is sent again.") },
	{ "template.fine", ALERT_CLEAR, N_("A template that Meta had stopped may be sent again."),
	    N_("Marketing with it begins by steps; what waited goes on by itself."), NULL },
	{ "template.quality_yellow", ALERT_WARN,
	    N_("Meta rates the quality of a template as medium: people block or report it."),
	    N_("Nothing was stopped yet."),
	    N_("Look at its text and at the newest list before more of it is sent.") },
	{ "template.quality_fine", ALERT_CLEAR, N_("The quality of a template is high again."),
	    N_("A pause that was made for it has ended."), NULL },
	{ "template.quality_red", ALERT_ACT, N_("Meta rates the quality of a template as low."),
	    N_("Marketing with this template is paused before Meta does it."),
	    N_("Change its text or its list; then end the pause with varco pause resume.") },
	{ "template.category", ALERT_WARN, N_("Meta holds that a template is of another category."),
	    N_("It keeps its category until Meta's date."),
	    N_("Ask for the consent that the new category needs, or ask Meta for a review within 60 days.") },
	{ "flow.stopped", ALERT_WARN, N_("Meta has blocked or slowed a Flow."),
	    N_("Sends with it will fail."),
	    N_("See that its endpoint answers, and read why at Meta.") },
	{ "flow.fine", ALERT_CLEAR, N_("A Flow that Meta had blocked or slowed works again."),
	    N_("It is on record."), NULL },
	{ "group.fine", ALERT_CLEAR, N_("Meta has given back a group that it had suspended."),
	    N_("It is on record."), NULL },
	{ "group.suspended", ALERT_WARN, N_("Meta has suspended a group."),
	    N_("Varco sends nothing to groups."),
	    N_("Look at the group in the WhatsApp Manager.") },
	{ "incident.opened", ALERT_ACT,
	    N_("Meta or Varco did something to an account, a number or a template, and an incident was opened."),
	    N_("What Meta forbade is refused from now on, and everything that happens is noted with the incident."),
	    N_("Read varco incident show; stop campaigns, keep the evidence, and make the dossier with varco incident dossier.") },
	{ "incident.deadline", ALERT_ACT,
	    N_("The time in which a review of an incident can be asked for is nearly over."),
	    N_("Nothing: only a person can ask Meta for a review."),
	    N_("Make the dossier with varco incident dossier and ask for the review, or close the incident.") },
	{ "incident.answered", ALERT_WARN, N_("An incident has its answer, or it ended by itself."),
	    N_("The answer is noted with the incident."),
	    N_("Write down what was learned and close it with varco incident close.") },
	{ "incident.closed", ALERT_CLEAR, N_("An incident is closed."),
	    N_("Its steps stay on the ledger."), NULL },
	{ "opt_out.burst", ALERT_ACT,
	    N_("One error code made very many people opt out within an hour."),
	    N_("Later ones are held, and these people get no marketing meanwhile."),
	    N_("See with varco stop list --state held whether that can be true; then varco stop confirm or release.") },
	{ "opt_out.doubt", ALERT_ACT,
	    N_("Somebody wrote what may be an opt-out, in words that the policy does not decide by."),
	    N_("They get no marketing until somebody has looked; nothing was withdrawn."),
	    N_("Read the words with varco stop list --state held; then varco stop confirm or release with their id.") },
	{ "bypass.detected", ALERT_ACT,
	    N_("A message was sent from this number that did not pass through Varco."),
	    N_("It is on record; Varco cannot stop what does not pass through it."),
	    N_("Find the program that has this number's token, and take it away: change the token at Meta.") },
	{ "integration.review_due", ALERT_WARN,
	    N_("An entry of the register of integrations is soon to be looked at again."),
	    N_("Nothing was stopped."),
	    N_("Look at it with varco integration show, and record that with varco integration review.") },
	{ "integration.review_overdue", ALERT_ACT,
	    N_("The review date of an entry of the register of integrations is past."),
	    N_("Its sends bear a warning."),
	    N_("Look at it with varco integration show, and record that with varco integration review.") },
	{ "integration.reviewed", ALERT_CLEAR,
	    N_("An entry of the register of integrations has a new review date."),
	    N_("Reminders of the old date have ended."), NULL },
	{ "integration.exception_ended", ALERT_ACT,
	    N_("The exception for an integration that is not official has ended."),
	    N_("Its entry in the register is open again."),
	    N_("Have it removed, and see with a scan that it is gone.") },
	{ "ledger.checkpoint_untold", ALERT_WARN,
	    N_("A checkpoint of the ledger could not be told to its second place."),
	    N_("It is tried again every few minutes."),
	    N_("See that the file, the address or the mailbox of the [ledger] section can be reached.") },
	{ "ledger.checkpoint_told", ALERT_CLEAR,
	    N_("Checkpoints of the ledger reach their second place again."),
	    N_("The newest one was told; it covers all those that were missing."), NULL },
	{ "disk.full", ALERT_ACT, N_("The disk under the store is as good as full."),
	    N_("Nothing is taken in but webhooks and what withdraws or stops; what is under way ends on kept-back room."),
	    N_("Make room on that disk, or move the store to a larger one.") },
	{ "disk.low", ALERT_ACT, N_("The disk under the store is running low."),
	    N_("Nothing business-initiated is taken in; replies go on."),
	    N_("Make room on that disk before it is full.") },
	{ "disk.fine", ALERT_CLEAR, N_("There is room on the disk under the store again."),
	    N_("Everything is taken in as before."), NULL },
	{ "backup.overdue", ALERT_ACT,
	    N_("The newest good copy of the store is older than it should be."),
	    N_("A copy is tried again every ten minutes; the older ones stay."),
	    N_("See with varco backup status why there is none; make room, or make one by hand with varco backup make.") },
	{ "backup.fine", ALERT_CLEAR, N_("There is a good copy of the store again."),
	    N_("The next one is made at its time."), NULL },
	{ "store.restored", ALERT_ACT,
	    N_("The store was brought back from a backup: what happened since that was made is not in it."),
	    N_("Marketing of every account waits, campaigns are cancelled, and what waited to be sent counts as perhaps sent: nothing of it goes out again."),
	    N_("Enter the opt-outs of that time again, look at keys, users and pauses that were changed in it, and then confirm with varco backup confirm.") },
	{ "store.confirmed", ALERT_CLEAR,
	    N_("Somebody confirmed that the opt-outs behind a restored backup were entered again."),
	    N_("Marketing goes on as the policy lets it."), NULL },
	{ "clock.suspect", ALERT_ACT,
	    N_("This machine's clock is so far from the platform's that windows cannot be trusted."),
	    N_("Every customer service window counts as closed until the clocks agree."),
	    N_("Set the clock of this machine; see that it is kept by NTP.") },
	{ "clock.skew", ALERT_WARN, N_("This machine's clock differs from the platform's."),
	    N_("Decisions go on; their times are off by as much."),
	    N_("See that the clock of this machine is kept by NTP.") },
	{ "clock.trusted", ALERT_CLEAR,
	    N_("This machine's clock agrees with the platform's again."),
	    N_("Windows are judged as before."), NULL },
	{ "notice.reported", ALERT_ACT,
	    N_("An e-mail notice tells of something that Meta did or is about to do."),
	    N_("What makes sending stricter is in force already, as reported; nothing was loosened."),
	    N_("Compare it with Account Quality in the Business Manager, and request a review while it is open.") },
	{ "notice.suspicious", ALERT_WARN,
	    N_("An e-mail that claims to be a notice by Meta looks forged."),
	    N_("It was put on record and changed nothing."),
	    N_("Follow no link in it; look at the account in the Business Manager by typing its address.") },
	{ "notice.good_news", ALERT_CLEAR,
	    N_("An e-mail notice says that Meta lifted or gave back something."),
	    N_("Nothing was loosened on the word of an e-mail; Meta's webhooks and health fields do that."),
	    N_("Check the account in the Business Manager; then end what still stands with varco account lift.") },
	{ "forward.given_up", ALERT_ACT,
	    N_("Events for an app could not be delivered for days, and were given up."),
	    N_("They were counted, and their app no longer waits for them."),
	    N_("See that the app's webhook answers, and read what it missed from the decisions.") },
	{ "forward.unreadable", ALERT_ACT, N_("An event for an app cannot be read any more."),
	    N_("It was put into quarantine; those behind it go on."),
	    N_("Check the disk and the key file; read what the app missed from the decisions.") },
	{ "outbox.unreadable", ALERT_ACT, N_("A send that waited cannot be read any more."),
	    N_("It ended as failed and was put into quarantine; nothing was sent."),
	    N_("Check the disk and the key file; send it again from the app.") },
	{ "trigger.useless", ALERT_WARN,
	    N_("Many events in a row came to a trigger, and none of them became a message."),
	    N_("Each was answered, and counted; nothing was sent."),
	    N_("See with varco trigger show what they lack; then mend the definition with varco trigger set, or end what the other system sends.") },
	{ "trigger.useful", ALERT_CLEAR, N_("Events of a trigger become messages again."),
	    N_("The newest was taken like all others."), NULL },
	{ "webhook.quarantined", ALERT_ACT,
	    N_("Something that Meta told could not be applied and was set aside."),
	    N_("Its raw form is kept in quarantine."),
	    N_("Tell the makers of Varco what the log says of it.") },
};

/* A kind of a later version is told all the same. */
static const struct kind other = { "", ALERT_WARN,
	N_("Something happened that should be looked at."), N_("It is on record."),
	N_("Read it with varco alarm list.") };

static const struct kind *kind_of(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_eq_c(word, kinds[i].kind))
			return &kinds[i];
	}
	return &other;
}

struct alert_words alert_words(struct str kind)
{
	const struct kind *k = kind_of(kind);

	return (struct alert_words){ k->severity, k->what, k->done, k->todo };
}

const char *alert_what(struct str kind)
{
	return kind_of(kind)->what;
}

/* --- what waits ----------------------------------------------------------------------------------- */

static struct alert *find(struct alert *alerts, size_t len, struct str kind, struct str scope)
{
	for (size_t i = 0; i < len; i++) {
		if (str_eq(alerts[i].kind, kind) && str_eq(alerts[i].scope, scope))
			return &alerts[i];
	}
	return NULL;
}

/* NULL when there is no room for one more. */
static struct alert *found_or_new(struct alerts *x, struct str kind, struct str scope, time_ms at)
{
	struct alert *found = find(x->items, x->len, kind, scope);

	if (found || x->len == ALERTS_MAX)
		return found;
	const struct kind *k = kind_of(kind);
	found = &x->items[x->len++];
	*found = (struct alert){
		.kind = kind,
		.scope = scope,
		.severity = k->severity,
		.first_at = at,
		.what = k->what,
		.done = k->done,
		.todo = k->todo,
	};
	return found;
}

/* 1 it is among them; 0 there was no room. */
static int take(struct store_stmt *s, struct arena *a, struct alerts *x)
{
	struct str kind, scope, detail;
	time_ms at = store_col_time(s, 1);

	if (store_copy_text(s, 2, a, &kind) < 0 || store_copy_text(s, 3, a, &scope) < 0 ||
	    store_copy_text(s, 4, a, &detail) < 0)
		return -E_NOMEM;
	struct alert *one = found_or_new(x, kind, scope, at);
	if (!one)
		return 0;
	one->count++;
	one->last_at = at;
	one->detail = detail;
	x->newest = (uint64_t)store_col_int(s, 0);
	return 1;
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading alarms.");
}

static int read_after(
    struct store_conn *c, int64_t told, struct arena *a, struct alerts *x, struct err *err)
{
	struct store_stmt *s;
	size_t rows = 0;
	int taken = 1;
	int r = store_ask(c, &s, err,
	    "SELECT id, at, kind, scope, detail FROM alarm WHERE id > ?1 ORDER BY id LIMIT ?2",
	    "ii", told, (int64_t)ALERTS_ROWS_MAX);

	x->newest = (uint64_t)told;
	while (r >= 0 && taken > 0 && (r = store_step(s, err)) > 0) {
		rows++;
		taken = take(s, a, x);
	}
	x->full = rows == ALERTS_ROWS_MAX || taken == 0;
	if (r > 0)
		store_reset(s);
	return taken < 0 ? no_memory(err) : r < 0 ? r : 0;
}

int alerts_waiting(
    struct store_conn *c, enum alert_way way, struct arena *a, struct alerts *ret, struct err *err)
{
	struct alerts x = { .items = ARENA_ARRAY(a, struct alert, ALERTS_MAX) };
	int64_t told;

	if (!x.items)
		return no_memory(err);
	int r = store_ask_int(
	    c, &told, err, "SELECT alarm FROM alert_told WHERE way = ?1", "i", (int64_t)way);
	bool first = r == 0;
	if (r > 0)
		r = read_after(c, told, a, &x, err);
	else if (first)
		r = store_ask_int(c, &told, err, "SELECT coalesce(max(id), 0) FROM alarm", "");
	if (r < 0)
		return r;
	if (first)
		x.newest = (uint64_t)told;
	*ret = x;
	return first;
}

int alerts_told(
    struct store_conn *c, enum alert_way way, uint64_t newest, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO alert_told (way, alarm, at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (way) DO UPDATE SET alarm = excluded.alarm, at = excluded.at",
	    "iim", (int64_t)way, (int64_t)newest, now);
}

/* --- in words ------------------------------------------------------------------------------------- */

static void write_text(struct json_writer *w, const char *key, enum lang lang, const char *msgid)
{
	jw_member_c(w, key, msgid ? lang_text(lang, msgid) : NULL);
}

static void write_alert(
    struct json_writer *w, const struct alert *x, enum lang lang, struct arena *a)
{
	const struct json *detail;

	jw_object(w);
	jw_member_str(w, "kind", x->kind);
	jw_member_str(w, "scope", x->scope);
	jw_member_c(w, "severity", alert_severity_name(x->severity));
	jw_member_int(w, "count", x->count);
	jw_member_time(w, "first_at", x->first_at);
	jw_member_time(w, "last_at", x->last_at);
	write_text(w, "what", lang, x->what);
	write_text(w, "done", lang, x->done);
	write_text(w, "todo", lang, x->todo);
	jw_key(w, "detail");
	if (json_read(a, x->detail, &detail, NULL) == 0)
		jw_value(w, detail);
	else
		jw_str(w, x->detail);
	jw_object_end(w);
}

int alerts_write(const struct alert *alerts, size_t len, enum lang lang, time_ms now,
    struct arena *a, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "type", "varco.alert");
	jw_member_time(&w, "timestamp", now);
	jw_key(&w, "data");
	jw_object(&w);
	jw_key(&w, "alerts");
	jw_array(&w);
	for (size_t i = 0; i < len; i++)
		write_alert(&w, &alerts[i], lang, a);
	jw_array_end(&w);
	jw_object_end(&w);
	jw_object_end(&w);
	return out->failed ? -E_NOMEM : 0;
}

/* --- as a letter ---------------------------------------------------------------------------------- */

static const char *const subjects[] = {
	[ALERT_CLEAR] = N_("Varco: all clear"),
	[ALERT_WARN] = N_("Varco: something should be looked at"),
	[ALERT_ACT] = N_("Varco: something needs you"),
};

static const char *const headings[] = {
	[ALERT_CLEAR] = N_("ALL CLEAR"),
	[ALERT_WARN] = N_("LOOK AT THIS"),
	[ALERT_ACT] = N_("ACT ON THIS"),
};

static enum alert_severity gravest(const struct alert *alerts, size_t len)
{
	enum alert_severity s = ALERT_CLEAR;

	for (size_t i = 0; i < len; i++)
		s = alerts[i].severity > s ? alerts[i].severity : s;
	return s;
}

static void letter_line(struct buf *out, enum lang lang, const char *title, const char *msgid)
{
	if (msgid)
		buf_addf(out, "%s\n    %s\n", lang_text(lang, title), lang_text(lang, msgid));
}

static void letter_times(struct buf *out, enum lang lang, const struct alert *x)
{
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];

	time_format(x->first_at, first);
	time_format(x->last_at, last);
	buf_addf(out, "%s %s\n", lang_text(lang, N_("Since:")), first);
	if (x->count > 1)
		buf_addf(out, "%s %lld; %s %s\n", lang_text(lang, N_("How often:")),
		    (long long)x->count, lang_text(lang, N_("last:")), last);
}

static void letter_alert(struct buf *out, enum lang lang, const struct alert *x)
{
	buf_addf(out, "\n%s: %.*s", lang_text(lang, headings[x->severity]), STR_ARG(x->kind));
	if (x->scope.len)
		buf_addf(out, " (%.*s)", STR_ARG(x->scope));
	buf_add_char(out, '\n');
	letter_times(out, lang, x);
	letter_line(out, lang, N_("What happened:"), x->what);
	letter_line(out, lang, N_("What Varco has done:"), x->done);
	letter_line(out, lang, N_("What you must do:"), x->todo);
}

/* What needs somebody stands first. */
int alerts_letter(const struct alert *alerts, size_t len, enum lang lang, const char *place,
    struct arena *a, struct alert_letter *ret)
{
	struct buf out;

	buf_init(&out, 0);
	buf_addf(&out, "%s %s\n", lang_text(lang, N_("This comes from Varco at")), place);
	for (int s = ALERT_ACT; s >= ALERT_CLEAR; s--) {
		for (size_t i = 0; i < len; i++) {
			if (alerts[i].severity == (enum alert_severity)s)
				letter_alert(&out, lang, &alerts[i]);
		}
	}
	buf_addf(&out, "\n%s\n",
	    lang_text(lang,
		N_("All of it, with details: varco alarm list. What each means: docs/monitoring.md.")));
	ret->subject = lang_text(lang, subjects[gravest(alerts, len)]);
	ret->text = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret->text.p ? 0 : -E_NOMEM;
}
