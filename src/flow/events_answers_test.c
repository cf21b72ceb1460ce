#include "flow/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/contact.h"
#include "domain/inbox.h"
#include "domain/trip.h"
#include "flow/world.h"

#define WABA "900800700"
#define WROTE 1795341000LL /* seconds; ten minutes before NOW */

static int posts;

static void tell(struct world *w, const char *field, struct str value, time_ms now)
{
	struct fixture *f = w->f;
	struct events_tally tally = { 0 };
	struct event_list events;
	const struct json *root;
	struct str raw = arena_printf(f->arena,
	    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"" WABA
	    "\",\"time\":%lld,"
	    "\"changes\":[{\"field\":\"%s\",\"value\":%.*s}]}]}",
	    (long long)(NOW / MS_PER_S - 900 + posts++), field, STR_ARG(value));

	OK(webhook_read(f->arena, raw, &events, &root, &f->err));
	assert_int_equal(events.len, 1);
	struct seen_fact fact = { .at = events.items[0].at };
	uint8_t key[32];
	event_key(&events.items[0], key);
	memcpy(fact.key, key, SEEN_KEY_LEN);
	OK(seen_add(w->core.facts, f->conn, &fact, NOW, &f->err));
	struct event_work work = {
		.core = &w->core,
		.c = f->conn,
		.directory = world_directory(w),
		.event = &events.items[0],
		.key = fact.key,
		.now = now,
		.arena = f->arena,
		.tally = &tally,
		.err = &f->err,
	};
	OK(event_look_through(f->pack, work.event, f->arena, &work.said));
	OK(events_apply(&work));
}

#define METADATA \
	"\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"393331234599\"," \
	"\"phone_number_id\":\"" NUMBER "\"}"

/* `rest`: the type and what it holds. */
static void says(struct world *w, const char *from, const char *rest, time_ms now)
{
	struct str value = arena_printf(w->f->arena,
	    "{" METADATA ",\"contacts\":[{\"profile\":{\"name\":\"Alice\"},\"wa_id\":\"%s\"}],"
	    "\"messages\":[{\"from\":\"%s\",\"id\":\"wamid.%d\",\"timestamp\":\"%lld\",%s}]}",
	    from, from, posts, (long long)(WROTE + (now - NOW) / MS_PER_S), rest);

	tell(w, "messages", value, now);
}

static void says_text(struct world *w, const char *from, const char *text, time_ms now)
{
	struct str rest = arena_printf(
	    w->f->arena, "\"type\":\"text\",\"text\":{\"body\":\"%s\"}", text);

	says(w, from, rest.p, now);
}

static int64_t counted(struct world *w, enum signal_scope scope, const char *id, enum signal what)
{
	struct fixture *f = w->f;
	struct signal_counts n;
	bool paused;

	OK(trip_write(w->core.signals, f->conn, f->pack, &f->ids, NOW, &paused, &f->err));
	OK(signals_sum(f->conn, scope, str_c(id), NOW - 9 * DAY, NOW + 9 * DAY, &n, &f->err));
	return n.n[what];
}

/* --- complaints ------------------------------------------------------------------------------- */

/* Half of them innocent: what has to do with spam, numbers or consent is not yet a complaint. */
static void words_that_complain(void **state)
{
	static const struct {
		const char *text;
		bool complains;
	} rows[] = {
		{ "Questo è SPAM!!!", true },
		{ "Buongiorno, chi vi ha dato il mio numero?", true },
		{ "smettetela di scrivermi, grazie", true },
		{ "Mi rivolgo al Garante.", true },
		{ "Who gave you my number?", true },
		{ "I never signed up for this", true },
		{ "Stop messaging me", true },
		{ "¿Quién les dio mi número?", true },
		{ "Laissez-moi tranquille", true },
		{ "Woher haben Sie meine Nummer?", true },
		{ "Vou denunciar este número", true },
		{ "La vostra mail è finita nello spam", false },
		{ "Vi mando il mio numero di scarpe: 42", false },
		{ "Il mio numero è cambiato", false },
		{ "Acconsento volentieri", false },
		{ "Your e-mail was in my spam folder", false },
		{ "What is your phone number?", false },
		{ "I would like to sign up", false },
		{ "Please leave the parcel with the neighbour", false },
		{ "spamalot tickets, please", false },
		{ "Non vi capisco: non vi conosco", true },
		{ "non vi conoscono", false },
		{ "davvero non vi", false },
		{ "Vi", false },
		{ "", false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pack_said said;
		OK(pack_look_through(f->pack, f->arena, str_c(rows[i].text), &said));
		if (said.complains != rows[i].complains)
			fail_msg("%s: %d", rows[i].text, said.complains);
	}
}

/* One a person and day, however often it is said; where it answers a send, its campaign hears of it. */
static void a_complaint_counts_once_a_day(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	struct journal_entry e = {
		.id = id_next(&w.core.ids, NOW - HOUR),
		.at = NOW - HOUR,
		.app = str_c(w.app),
		.number = STR(NUMBER),
		.waba = STR(WABA),
		.template_name = STR("sale/it"),
		.campaign = STR("spring"),
		.person = world_person(&w, ALICE),
		.purpose = PURPOSE_MARKETING,
		.kind = MESSAGE_TEMPLATE,
		.state = SEND_DELIVERED,
		.wamid = STR("wamid.offer"),
		.policy = STR("test"),
	};
	OK(journal_add(f->conn, &w.core.ledger, &e, &f->err));
	wamids_note(w.core.wamids, e.wamid, e.id);
	OK(store_do(f->conn, &f->err, "UPDATE decision SET wamid = 'wamid.offer' WHERE id = ?1",
	    "i", (int64_t)e.id));
	says(&w, "393331234510",
	    "\"type\":\"text\",\"text\":{\"body\":\"Questo è spam\"},\"context\":{\"id\":\"wamid.offer\"}",
	    NOW);
	says_text(&w, "393331234510", "Questo è spam!", NOW + MINUTE);
	assert_int_equal(counted(&w, SIGNAL_OF_NUMBER, NUMBER, SIGNAL_COMPLAINT), 1);
	assert_int_equal(counted(&w, SIGNAL_OF_CAMPAIGN, "spring", SIGNAL_COMPLAINT), 1);
	assert_int_equal(counted(&w, SIGNAL_OF_TEMPLATE, WABA "/sale/it", SIGNAL_COMPLAINT), 1);
	says_text(&w, "393331234511", "Siete spam", NOW + MINUTE);
	assert_int_equal(counted(&w, SIGNAL_OF_NUMBER, NUMBER, SIGNAL_COMPLAINT), 2);
	says_text(&w, "393331234510", "Ancora: questo è spam", NOW + DAY + MINUTE);
	assert_int_equal(counted(&w, SIGNAL_OF_NUMBER, NUMBER, SIGNAL_COMPLAINT), 3);
	assert_int_equal(counted(&w, SIGNAL_OF_CAMPAIGN, "spring", SIGNAL_COMPLAINT), 1);
	/* who opts out has said so in a word of its own */
	says_text(&w, "393331234512", "stop", NOW);
	assert_int_equal(counted(&w, SIGNAL_OF_NUMBER, NUMBER, SIGNAL_COMPLAINT), 3);
	assert_int_equal(counted(&w, SIGNAL_OF_NUMBER, NUMBER, SIGNAL_OPT_OUT), 1);
	world_done(&w);
}

/* --- answers ---------------------------------------------------------------------------------- */

#define WAITS "SELECT count(*) FROM contact WHERE waits_since IS NOT NULL"

static void what_waits_for_an_answer(void **state)
{
	static const struct {
		const char *rest;
		int64_t waits;
	} rows[] = {
		{ "\"type\":\"text\",\"text\":{\"body\":\"Is it open today?\"}", 1 },
		{ "\"type\":\"image\",\"image\":{\"id\":\"77\"}", 1 },
		{ "\"type\":\"text\",\"text\":{\"body\":\"Questo è spam\"}", 1 },
		{ "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.1\",\"emoji\":\"x\"}",
		    0 },
		{ "\"type\":\"text\",\"text\":{\"body\":\"stop\"}", 0 },
		{ "\"type\":\"unsupported\",\"errors\":[{\"code\":131051}]", 0 },
	};
	struct world w;

	world_make(&w, *state);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char from[16];
		int64_t before = COUNT_OF(&w, WAITS);
		(void)snprintf(from, sizeof(from), "3933312345%02zu", 20 + i);
		says(&w, from, rows[i].rest, NOW);
		if (COUNT_OF(&w, WAITS) - before != rows[i].waits)
			fail_msg("%s", rows[i].rest);
	}
	world_done(&w);
}

static void echo(struct world *w, int64_t at_s)
{
	tell(w, "smb_message_echoes",
	    arena_printf(w->f->arena,
		"{" METADATA
		",\"message_echoes\":[{\"from\":\"393331234599\",\"to\":\"393331234510\","
		"\"id\":\"wamid.echo%d\",\"timestamp\":\"%lld\",\"type\":\"text\","
		"\"text\":{\"body\":\"Yes.\"}}]}",
		posts, (long long)at_s),
	    NOW);
}

/* From the first message that nobody answered; what staff write in the app is an answer. */
static void an_answer_in_the_app(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	says_text(&w, "393331234510", "Hello?", NOW);
	says_text(&w, "393331234510", "Are you there?", NOW + HOUR);
	assert_int_equal(COUNT_OF(&w, WAITS), 1);
	assert_int_equal(
	    COUNT_OF(&w, "SELECT waits_since FROM contact WHERE waits_since IS NOT NULL"),
	    WROTE * MS_PER_S);
	tell(&w, "smb_message_echoes",
	    STR("{" METADATA
		",\"message_echoes\":[{\"from\":\"393331234599\",\"to\":\"393331234510\","
		"\"id\":\"wamid.echo\",\"timestamp\":\"1795341300\",\"type\":\"text\","
		"\"text\":{\"body\":\"Yes.\"}}]}"),
	    NOW);
	assert_int_equal(COUNT_OF(&w, WAITS), 0);
	assert_int_equal(counted(&w, SIGNAL_OF_NUMBER, NUMBER, SIGNAL_ASKED), 1);
	assert_int_equal(counted(&w, SIGNAL_OF_NUMBER, NUMBER, SIGNAL_UNANSWERED), 0);
	says_text(&w, "393331234510", "Thank you, and tomorrow?", NOW + 2 * HOUR);
	assert_int_equal(COUNT_OF(&w, WAITS), 1);
	world_done(&w);
}

static struct facts_person pair_of_alice(struct world *w)
{
	const struct sha256 none = { { 0 } };
	const struct recent_send send = { world_person(w, ALICE), STR(NUMBER), STR(""), &none };
	struct facts_digest room;
	struct facts_person p = { 0 };

	recent_fill_facts(w->core.recent, recent_key(&send), &none, NOW, &room, &p);
	return p;
}

/* Meta's rate forgets an echo as it forgets a send: only one that still counts there counts here. */
static void late_echoes_do_not_count_for_the_rate(void **state)
{
	struct fixture *f = *state;
	const struct pack_pair *pair = &pack_limits(f->pack)->pair;
	struct world w;

	world_make(&w, f);
	(void)world_person(&w, ALICE);
	int64_t repaid_s = pair->burst * pair->interval_ms / MS_PER_S;
	for (int i = 0; i < 2 * pair->burst; i++)
		echo(&w, NOW / MS_PER_S - repaid_s);
	struct facts_person late = pair_of_alice(&w);
	assert_true(late.pair_clear_at <= NOW && !late.pair_spent);
	echo(&w, NOW / MS_PER_S - 1);
	assert_true(pair_of_alice(&w).pair_clear_at > NOW);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(words_that_complain),
		FIXTURE_TEST(a_complaint_counts_once_a_day),
		FIXTURE_TEST(what_waits_for_an_answer),
		FIXTURE_TEST(an_answer_in_the_app),
		FIXTURE_TEST(late_echoes_do_not_count_for_the_rate),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
