#include "flow/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/consent_evidence.h"
#include "domain/consent_link.h"
#include "domain/consent_request.h"
#include "domain/inbox.h"
#include "flow/world.h"
#include "transport/webhook.h"

#define AT 1795341000 /* ten minutes before NOW, in seconds */
#define ALICE_ID "393331234510"

/* What a person does, once and in their own message. */
struct said {
	const char *from, *number, *body; /* body: of the message, behind the comma */
	int64_t at;                       /* in seconds */
	const char *more;                 /* another message of the same post; NULL = none */
};

#define TEXT(words) "\"type\":\"text\",\"text\":{\"body\":\"" words "\"}"
#define BUTTON(payload, title) \
	"\"type\":\"button\",\"button\":{\"payload\":\"" payload "\",\"text\":\"" title "\"}"

static int serial;

static struct str raw_of(struct fixture *f, const struct said *s)
{
	serial++;
	return arena_printf(f->arena,
	    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"900800700\",\"changes\":[{"
	    "\"field\":\"messages\",\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{"
	    "\"display_phone_number\":\"393331234500\",\"phone_number_id\":\"%s\"},"
	    "\"contacts\":[{\"wa_id\":\"%s\"}],\"messages\":[{\"from\":\"%s\",\"id\":\"wamid.%d\","
	    "\"timestamp\":\"%lld\",%s}%s]}}]}]}",
	    s->number, s->from, s->from, serial, (long long)s->at, s->body, s->more ? s->more : "");
}

static int apply(struct world *w, const struct event_list *events, const struct inbox_post *post,
    struct events_tally *tally)
{
	struct fixture *f = w->f;
	int r = 0;

	for (size_t i = 0; r == 0 && i < events->len; i++) {
		uint8_t key[32];
		event_key(&events->items[i], key);
		struct event_work work = {
			.core = &w->core,
			.c = f->conn,
			.directory = world_directory(w),
			.event = &events->items[i],
			.key = key,
			.now = NOW,
			.arena = f->arena,
			.tally = tally,
			.err = &f->err,
			.post = post,
			.post_facts = events->len,
		};
		r = events_apply(&work);
	}
	return r;
}

static struct events_tally say(struct world *w, const struct said *s)
{
	struct fixture *f = w->f;
	struct inbox_post post = { .at = NOW, .waba = STR("900800700") };
	struct events_tally tally = { 0 };
	struct str raw = raw_of(f, s);
	const struct json *root;
	struct event_list events;
	struct buf sealed;

	buf_init(&sealed, 0);
	OK(webhook_read(f->arena, raw, &events, &root, &f->err));
	OK(inbox_seal(&f->key, &post, raw, &sealed));
	post.sealed = buf_str(&sealed);
	OK(apply(w, &events, &post, &tally));
	buf_done(&sealed);
	return tally;
}

static struct events_tally alice(struct world *w, const char *body)
{
	const struct said s = { ALICE_ID, NUMBER, body, AT, NULL };

	return say(w, &s);
}

static void world_up(struct world *w, void **state)
{
	struct fixture *f = *state;
	world_make(w, *state);
	w->core.options.confirm_opt_out = true;
	OK(store_do(f->conn, &f->err, "UPDATE number SET display = '+393331234500' WHERE id = ?1",
	    "t", STR(NUMBER)));
	w->core.stale = true;
	serial = 0;
}

#define ACTS(w) COUNT_OF(w, "SELECT count(*) FROM consent")
#define WAITING(w) COUNT_OF(w, "SELECT count(*) FROM outbox")

/* --- requests --------------------------------------------------------------------------------- */

static uint64_t asked(struct world *w, enum purpose purpose)
{
	struct fixture *f = w->f;
	struct consent_request r = {
		.id = id_next(&f->ids, NOW - HOUR),
		.person = world_person(w, ALICE),
		.number = STR(NUMBER),
		.purpose = purpose,
		.at = NOW - HOUR,
		.expires_at = NOW + DAY,
		.decision = 7,
		.wording = STR("Vuoi le offerte?"),
	};

	OK(request_add(f->conn, &r, &f->err));
	return r.id;
}

static void press(struct world *w, const struct said *like, uint64_t id, bool yes)
{
	char payload[REQUEST_PAYLOAD_MAX];
	struct said s = *like;

	request_payload(id, yes, payload);
	struct str body = arena_printf(w->f->arena,
	    "\"type\":\"button\",\"button\":{\"payload\":\"%s\",\"text\":\"No, grazie\"}", payload);
	s.body = body.p;
	(void)say(w, &s);
}

static const struct said alice_now = { ALICE_ID, NUMBER, NULL, AT, NULL };

#define GRANTS(w) COUNT_OF(w, "SELECT count(*) FROM consent WHERE act = 1 AND evidence = 4")

static void a_button_answers(void **state)
{
	struct fixture *f = *state;
	struct consent_entry *acts;
	struct world w;
	size_t n;

	world_up(&w, state);
	uint64_t id = asked(&w, PURPOSE_MARKETING);
	press(&w, &alice_now, id, true);
	OK(consent_list_full(f->conn, world_person(&w, ALICE), f->arena, &acts, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(acts[0].act, CONSENT_GRANT);
	assert_int_equal(acts[0].evidence, EVIDENCE_DOUBLE_OPT_IN);
	assert_int_equal(acts[0].at, AT * 1000LL);
	assert_true(str_eq(acts[0].wording, STR("Vuoi le offerte?")));
	/* The title says no in other words: the payload is what counts. */
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM consent_request WHERE state = 2"), 1);
	assert_int_equal(WAITING(&w), 0);
	world_done(&w);
}

static const struct {
	const char *name;
	struct said said;
} not_theirs[] = {
	{ "another person", { "393331234511", NUMBER, NULL, AT, NULL } },
	{ "another number of the account", { ALICE_ID, OTHER_NUMBER, NULL, AT, NULL } },
	{ "before it was asked", { ALICE_ID, NUMBER, NULL, AT - 3600, NULL } },
};

static void whose_answer_it_is_not(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < ARRAY_LEN(not_theirs); i++) {
		struct world w;
		world_up(&w, state);
		uint64_t id = asked(&w, PURPOSE_MARKETING);
		press(&w, &not_theirs[i].said, id, true);
		if (GRANTS(&w) != 0)
			fail_msg("%s", not_theirs[i].name);
		OK(store_do(f->conn, &f->err, "DELETE FROM consent_request", ""));
		world_done(&w);
		store_rollback(f->conn);
		OK(store_begin(f->conn, &f->err));
		OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	}
}

static void when_its_time_is_over(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_up(&w, state);
	uint64_t id = asked(&w, PURPOSE_MARKETING);
	OK(store_do(
	    f->conn, &f->err, "UPDATE consent_request SET expires_at = ?1", "m", AT * 1000LL));
	press(&w, &alice_now, id, true);
	assert_int_equal(GRANTS(&w), 0);
	/* A no is heard whenever it comes. */
	press(&w, &alice_now, id, false);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM consent WHERE act = 2"), 1);
	world_done(&w);
}

static void a_word_answers_the_only_one(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_up(&w, state);
	(void)alice(&w, TEXT("Sì"));
	assert_int_equal(ACTS(&w), 0);
	(void)asked(&w, PURPOSE_MARKETING);
	uint64_t other = asked(&w, PURPOSE_UTILITY);
	(void)alice(&w, TEXT("Sì"));
	assert_int_equal(ACTS(&w), 0); /* to which of them? */
	OK(request_close(f->conn, other, REQUEST_WITHDRAWN, 0, NOW, &f->err));
	(void)alice(&w, TEXT("Sì, confermo!"));
	assert_int_equal(GRANTS(&w), 1);
	world_done(&w);
}

static void stop_closes_what_was_asked(void **state)
{
	struct world w;

	world_up(&w, state);
	uint64_t id = asked(&w, PURPOSE_MARKETING);
	(void)alice(&w, TEXT("basta"));
	press(&w, &alice_now, id, true);
	assert_int_equal(GRANTS(&w), 0);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM consent_request WHERE state = 4"), 1);
	world_done(&w);
}

/* --- the webhook ------------------------------------------------------------------------------ */

static struct str kept(struct world *w, bool whole)
{
	int64_t leaf = COUNT_OF(w, "SELECT leaf FROM consent_post");
	struct str body;
	bool all;

	assert_int_equal(
	    consent_post_get(w->f->conn, &w->f->key, leaf, w->f->arena, &body, &all, &w->f->err),
	    1);
	assert_int_equal(all, whole);
	return body;
}

static void a_post_about_one_is_kept_whole(void **state)
{
	struct said s = { ALICE_ID, NUMBER, TEXT("Inizia"), AT, NULL };
	struct world w;

	world_up(&w, state);
	struct events_tally t = say(&w, &s);
	assert_int_equal(t.opt_ins, 1);
	serial--;
	assert_true(str_eq(kept(&w, true), raw_of(w.f, &s)));
	/* One post, though two purposes were given back. */
	assert_int_equal(ACTS(&w), 2);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM consent_post"), 1);
	assert_int_equal(
	    COUNT_OF(&w, "SELECT count(*) FROM consent_post WHERE body LIKE '%Inizia%'"), 0);
	world_done(&w);
}

static void of_a_post_about_many_one_message_is_kept(void **state)
{
	struct said s = { ALICE_ID, NUMBER, TEXT("Inizia"), AT,
		",{\"from\":\"393331234511\",\"id\":\"wamid.other\",\"timestamp\":\"1795341000\"," TEXT(
		    "Ciao") "}" };
	struct world w;

	world_up(&w, state);
	(void)say(&w, &s);
	struct str body = kept(&w, false);
	assert_non_null(memmem(body.p, body.len, "Inizia", 6));
	assert_null(memmem(body.p, body.len, "393331234511", 12));
	world_done(&w);
}

/* --- links ------------------------------------------------------------------------------------ */

static void who_writes_by_a_link_agrees(void **state)
{
	struct fixture *f = *state;
	struct consent_link l = { .id = 5,
		.number = STR(NUMBER),
		.purpose = PURPOSE_MARKETING,
		.at = NOW - DAY,
		.wording = STR("Voglio le offerte") };
	struct world w;

	world_up(&w, state);
	OK(link_add(f->conn, &l, &f->err));
	struct str body = arena_printf(
	    f->arena, "\"type\":\"text\",\"text\":{\"body\":\"Voglio le offerte #%s\"}", l.code);
	(void)alice(&w, body.p);
	assert_int_equal(ACTS(&w), 1);
	assert_int_equal(
	    COUNT_OF(&w, "SELECT evidence FROM consent WHERE act = 1 AND purpose = 1"), 3);
	assert_int_equal(COUNT_OF(&w, "SELECT uses FROM consent_link"), 1);
	world_done(&w);
}

/* --- confirmations ---------------------------------------------------------------------------- */

static void an_opt_out_is_confirmed_once(void **state)
{
	struct world w;

	world_up(&w, state);
	(void)alice(&w, TEXT("STOP"));
	assert_int_equal(WAITING(&w), 1);
	assert_int_equal(
	    COUNT_OF(
		&w, "SELECT count(*) FROM decision WHERE app = 'varco' AND state = 1 AND kind = 0"),
	    1);
	(void)alice(&w, TEXT("stop"));
	(void)alice(&w, TEXT("Inizia"));
	(void)alice(&w, TEXT("stop"));
	assert_int_equal(WAITING(&w), 1);
	world_done(&w);
}

static const struct {
	const char *name;
	struct said said;
	bool off;
} unconfirmed[] = {
	{ "turned off", { ALICE_ID, NUMBER, TEXT("STOP"), AT, NULL }, true },
	{ "a day old", { ALICE_ID, NUMBER, TEXT("STOP"), AT - 86400, NULL }, false },
	{ "the window closes this minute",
	    { ALICE_ID, NUMBER, TEXT("STOP"), NOW / 1000 - 86400 + 120, NULL }, false },
	{ "far ahead", { ALICE_ID, NUMBER, TEXT("STOP"), AT + 86400, NULL }, false },
	{ "a number that we do not have", { ALICE_ID, "42", TEXT("STOP"), AT, NULL }, false },
};

static void not_every_opt_out_is_confirmed(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < ARRAY_LEN(unconfirmed); i++) {
		struct world w;
		world_up(&w, state);
		w.core.options.confirm_opt_out = !unconfirmed[i].off;
		struct events_tally t = say(&w, &unconfirmed[i].said);
		if (t.opt_outs != 1 || WAITING(&w) != 0)
			fail_msg("%s", unconfirmed[i].name);
		world_done(&w);
		store_rollback(f->conn);
		OK(store_begin(f->conn, &f->err));
		OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_button_answers),
		FIXTURE_TEST(whose_answer_it_is_not),
		FIXTURE_TEST(when_its_time_is_over),
		FIXTURE_TEST(a_word_answers_the_only_one),
		FIXTURE_TEST(stop_closes_what_was_asked),
		FIXTURE_TEST(a_post_about_one_is_kept_whole),
		FIXTURE_TEST(of_a_post_about_many_one_message_is_kept),
		FIXTURE_TEST(who_writes_by_a_link_agrees),
		FIXTURE_TEST(an_opt_out_is_confirmed_once),
		FIXTURE_TEST(not_every_opt_out_is_confirmed),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
