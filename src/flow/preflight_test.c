/* A preflight against the gate: many people in many states, and on each of them both must say the
 * same: verdict, every rule with its level, and until when. VARCO_PREFLIGHT_CASES (5,000) people are
 * tried. */
#include "flow/preflight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/campaign_fixture.h"
#include "domain/contact.h"
#include "domain/rules.h"
#include "flow/own_send.h"
#include "flow/world.h"

#define PEOPLE 250 /* of a round */
#define CAMPAIGN 7
#define YEAR (365 * DAY)

static uint64_t seed;

/* 0 … n-1 */
static int64_t any(int64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int64_t)(seed % (uint64_t)n);
}

static bool chance(int64_t percent)
{
	return any(100) < percent;
}

/* --- a round ---------------------------------------------------------------------------------- */

struct round {
	struct world *w;
	time_ms now;
	uint64_t people[PEOPLE];
	struct campaign x;
	size_t at;       /* people compared */
	int64_t generic; /* of them, who get what many got */
};

static void add_template(struct round *r)
{
	static const char *const statuses[] = { "APPROVED", "APPROVED", "APPROVED", "APPROVED",
		"PAUSED", "REJECTED" };
	static const enum purpose categories[] = { PURPOSE_MARKETING, PURPOSE_MARKETING,
		PURPOSE_UTILITY };
	struct fixture *f = r->w->f;

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO template (waba, name, language, category, correct_category, status, quality,"
	    " paused_until, components, updated_at) VALUES ('900800700', 'offer', 'it', ?1, ?2, ?3, 'GREEN',"
	    " ?4, ?5, ?6)",
	    "iitmtm", (int64_t)categories[any(3)], (int64_t)PURPOSE_NONE,
	    str_c(statuses[any(ARRAY_LEN(statuses))]), chance(50) ? r->now + HOUR : TIME_NONE,
	    STR("[{\"type\":\"BODY\",\"text\":\"Ciao {{1}}\"}]"), r->now));
}

static void set_number(struct round *r)
{
	static const char *const qualities[] = { "GREEN", "GREEN", "GREEN", "YELLOW", "RED" };
	struct fixture *f = r->w->f;

	OK(store_do(f->conn, &f->err,
	    "UPDATE number SET quality = ?1, established = ?2, warm_from = ?3 WHERE id = '100200300'",
	    "tim", str_c(qualities[any(ARRAY_LEN(qualities))]), any(2), r->now - any(20) * DAY));
	OK(portfolio_set_limit(
	    f->conn, STR("500"), chance(70), chance(50) ? 250 : 60, r->now, &f->err));
	if (chance(10))
		OK(pause_set(f->conn, STR("number"), STR(NUMBER), PURPOSE_MARKETING,
		    chance(50) ? r->now + HOUR : TIME_NONE, STR("operator"), STR("x"), r->now,
		    &f->err));
	if (chance(10))
		OK(waba_restrict(f->conn, STR("900800700"),
		    STR("RESTRICTED_BIZ_INITIATED_MESSAGING"), r->now + DAY, r->now, &f->err));
	if (chance(20))
		OK(waba_block_country(f->conn, STR("900800700"), STR("GB"), r->now, &f->err));
}

/* --- people ----------------------------------------------------------------------------------- */

static void add_consents(struct round *r, uint64_t person)
{
	struct fixture *f = r->w->f;
	int64_t n = chance(85) ? 1 + any(2) : 0;

	for (int64_t seq = 1; seq <= n; seq++) {
		static const enum purpose purposes[] = { PURPOSE_MARKETING, PURPOSE_UTILITY,
			PURPOSE_ALL, PURPOSE_ALL };
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)",
		    "iiiimi", (int64_t)person, seq, (int64_t)purposes[any(4)],
		    (int64_t)(chance(92) ? CONSENT_GRANT : CONSENT_WITHDRAW),
		    r->now - any(chance(80) ? YEAR : 3 * YEAR), any(EVIDENCE_SIGNED + 1)));
	}
}

static void add_past(struct round *r, uint64_t person)
{
	struct fixture *f = r->w->f;

	if (chance(30))
		OK(contact_inbound(f->conn, person, str_c(chance(80) ? NUMBER : OTHER_NUMBER),
		    r->now - any(chance(50) ? 2 * DAY : YEAR), &f->err));
	for (int64_t i = chance(40) ? any(4) : 0; i > 0; i--)
		OK(marketing_sent_add(f->conn, person, r->now - any(40 * DAY),
		    (uint64_t)(1000 + any(1000000)), &f->err));
	if (chance(10))
		OK(delivered_set(
		    f->conn, person, PURPOSE_MARKETING, r->now - any(2 * YEAR), &f->err));
	if (chance(10))
		OK(person_set_flag(f->conn, person, PERSON_META_STOP, true, &f->err));
	if (chance(5))
		OK(person_set_flag(f->conn, person, PERSON_SUPPRESSED, true, &f->err));
	for (int64_t i = chance(15) ? any(4) : 0; i > 0; i--)
		OK(person_mark(f->conn, person, MARK_HARD_FAILURE, STR(""), r->now - any(40 * DAY),
		    TIME_NONE, &f->err));
	if (chance(10))
		OK(person_mark(f->conn, person, MARK_COOLDOWN, STR("900800700"), r->now - HOUR,
		    r->now + any(2 * DAY) - DAY, &f->err));
}

static void phone_at(int64_t i, char out[32])
{
	if (i < 80)
		(void)snprintf(out, 32, "+3933312345%02d", (int)i);
	else if (i < 150)
		(void)snprintf(out, 32, "+121255501%02d", (int)(i - 80));
	else
		(void)snprintf(out, 32, "+447700900%03d", (int)(i - 150));
}

static void add_person(struct round *r, int64_t i)
{
	struct fixture *f = r->w->f;
	char phone[32];

	phone_at(i, phone);
	r->people[i] = world_person(r->w, phone);
	if (chance(20))
		OK(store_do(f->conn, &f->err, "UPDATE person SET timezone = ?2 WHERE id = ?1", "it",
		    (int64_t)r->people[i], str_c(chance(50) ? "America/New_York" : "Asia/Tokyo")));
	add_consents(r, r->people[i]);
	add_past(r, r->people[i]);
	const struct campaign_member m = {
		.seq = i + 2,
		.person = r->people[i],
		.fate = MEMBER_WAITING,
		.fields = chance(80) ? STR("{\"name\":\"Anna\"}") : STR_NONE,
	};
	MEMBER_ADD(f, CAMPAIGN, &m);
}

/* --- the gate --------------------------------------------------------------------------------- */

static struct flow *send_of(struct round *r, const char *phone, bool named, const char *other)
{
	struct fixture *f = r->w->f;
	struct flow *flow = ARENA_NEW(f->arena, struct flow);
	const struct json *doc;

	assert_non_null(flow);
	flow->arena = f->arena;
	flow->lane = &r->w->lane;
	flow->directory = directory_ref((struct directory *)world_directory(r->w));
	flow->app = own_send_app(flow->directory, STR(OWN_APP));
	flow->number_id = STR(NUMBER);
	flow->number = directory_number(flow->directory, flow->number_id);
	flow->version = STR("v25.0");
	flow->key = STR("campaign and person");
	char id[ID_TEXT_MAX];
	id_format(CAMPAIGN_PREFIX, CAMPAIGN, id);
	flow->campaign = arena_str(f->arena, str_c(id));
	flow->path = STR("/messages");
	flow->text = arena_printf(f->arena,
	    "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"%s\","
	    "\"type\":\"template\",\"template\":{\"name\":\"offer\",\"language\":{\"code\":\"it\"},"
	    "\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"%s\"}]}]}}",
	    phone,
	    other       ? other
		: named ? "Anna"
			: "amico");
	OK(json_read(f->arena, flow->text, &doc, &f->err));
	OK(message_read(f->arena, f->pack, doc, NULL, flow->path, STR("IT"), &flow->message));
	flow->state = FLOW_PARSED;
	return flow;
}

static void let_go(struct flow **pf)
{
	directory_unref(&(*pf)->directory);
	*pf = NULL;
}

/* Some have just been sent to, as far as the gate let it. */
static void send_to_some(struct round *r)
{
	struct fixture *f = r->w->f;
	char phone[32];

	for (int64_t i = any(40); i > 0; i--) {
		phone_at(any(PEOPLE), phone);
		struct flow *flow = send_of(r, phone, true, chance(30) ? "Anna" : "altro");
		OK(flow_decide(flow, f->conn, &f->err));
		OK(flow_record(flow, f->conn, &f->err));
		running_drop(r->w->core.running, flow->running);
		let_go(&flow);
	}
	OK(budget_flush(r->w->core.budget, f->conn, &f->err));
}

/* The same text has gone to many within the hour, now and then to more than the policy likes. */
static void say_often(struct round *r)
{
	struct fixture *f = r->w->f;
	struct flow *flow = send_of(r, "+393331234500", true, NULL);
	uint64_t key = bulk_key(STR(OWN_APP), STR(NUMBER), &flow->message);

	OK(bulk_new(&r->w->core.bulk, &f->err));
	for (int64_t i = chance(50) ? 150 : any(50); i > 0; i--)
		bulk_add(r->w->core.bulk, key, r->now);
	let_go(&flow);
}

static void compare(struct round *r, const struct campaign_member *m, const struct decision *told,
    const struct decision *real)
{
	bool same = told->verdict == real->verdict && told->hold_until == real->hold_until &&
	    told->findings_len == real->findings_len && told->purpose == real->purpose;

	for (size_t i = 0; same && i < real->findings_len; i++)
		same = told->findings[i].rule == real->findings[i].rule &&
		    told->findings[i].level == real->findings[i].level &&
		    told->findings[i].until == real->findings[i].until;
	if (same)
		return;
	fail_msg("row %lld at %lld: %s (%zu findings) is told, %s (%zu) is said; first %s, %s",
	    (long long)m->seq, (long long)r->now, verdict_name(told->verdict), told->findings_len,
	    verdict_name(real->verdict), real->findings_len,
	    told->findings_len ? told->findings[0].rule->id : "-",
	    real->findings_len ? real->findings[0].rule->id : "-");
}

static int on_verdict(
    void *arg, const struct campaign_member *m, const struct decision *told, struct err *err)
{
	struct round *r = arg;
	char phone[32];

	phone_at(m->seq - 2, phone);
	struct flow *flow = send_of(r, phone, m->fields.p != NULL, NULL);
	int rc = flow_decide(flow, r->w->f->conn, err);
	if (rc == 0)
		compare(r, m, told, &flow->decision);
	for (size_t i = 0; rc == 0 && i < told->findings_len; i++)
		r->generic += rule_index_of(told->findings[i].rule) == RULE_CONTENT_GENERIC;
	let_go(&flow);
	r->at++;
	return rc;
}

/* --- rounds ----------------------------------------------------------------------------------- */

static void make_campaign(struct round *r)
{
	struct fixture *f = r->w->f;

	r->x = (struct campaign){
		.id = CAMPAIGN,
		.at = r->now,
		.state = CAMPAIGN_DRAFT,
		.name = STR("x"),
		.number = STR(NUMBER),
		.waba = STR("900800700"),
		.plan = STR("{\"templates\":[{\"name\":\"offer\",\"language\":\"it\"}],"
			    "\"map\":[\"1=name|amico\"]}"),
		.by = STR("Marta Neri"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = TIME_NONE,
		.choice = -1,
	};
	OK(campaign_add(f->conn, &r->x, &f->err));
}

static void prepare(struct round *r, struct world *w, struct fixture *f)
{
	world_make(w, f);
	*r = (struct round){ .w = w, .now = NOW + any(30 * DAY) };
	clock_set_wall(r->now - 30 * MINUTE, true);
	make_campaign(r);
	add_template(r);
	set_number(r);
	core_directory_changed(&w->core);
	for (int64_t i = 0; i < PEOPLE; i++)
		add_person(r, i);
	if (chance(50))
		clock_set_wall(r->now - 2 * MS_PER_S, true);
	say_often(r);
	send_to_some(r);
	clock_set_wall(r->now, true);
}

static void look(struct round *r, struct preflight **ret)
{
	struct fixture *f = r->w->f;
	const struct preflight_place place = {
		.pack = f->pack,
		.key = &f->key,
		.conn = f->conn,
		.directory = world_directory(r->w),
		.bulk = r->w->core.bulk,
		.now = r->now,
	};

	OK(preflight_run(&place, &r->x, f->arena, on_verdict, r, ret, &f->err));
}

static void again(struct fixture *f)
{
	store_rollback(f->conn);
	arena_reset(f->arena);
	OK(store_begin(f->conn, &f->err));
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
}

static void test_a_preflight_says_what_the_gate_says(void **state)
{
	const char *wanted = getenv("VARCO_PREFLIGHT_CASES");
	long cases = wanted ? strtol(wanted, NULL, 10) : 5000;
	int64_t verdicts[3] = { 0 }, generic = 0;
	struct fixture *f = *state;
	struct preflight *p = NULL;
	struct world w;
	struct round r;

	for (long i = 0; i * PEOPLE < cases; i++) {
		seed = 88172645463325252ULL + (uint64_t)i * 7919;
		prepare(&r, &w, f);
		look(&r, &p);
		assert_int_equal(r.at, PEOPLE);
		assert_int_equal(p->people, PEOPLE);
		for (int v = 0; v < 3; v++)
			verdicts[v] += p->verdicts[v];
		generic += r.generic;
		bulk_free(&w.core.bulk);
		world_done(&w);
		again(f);
	}
	print_message("allow %lld, hold %lld, refuse %lld\n", (long long)verdicts[VERDICT_ALLOW],
	    (long long)verdicts[VERDICT_HOLD], (long long)verdicts[VERDICT_REFUSE]);
	for (int v = 0; v < 3; v++)
		assert_true(verdicts[v] > cases / 1000);
	assert_true(generic > 0 || cases < 5000); /* few rounds may have none */
}

/* --- what is told ----------------------------------------------------------------------------- */

static const struct json *told(struct round *r, const struct preflight *p)
{
	struct fixture *f = r->w->f;
	const struct json *doc = NULL;
	struct campaign_plan plan;
	struct json_writer w;
	struct buf text;

	OK(campaign_plan_read(&r->x, world_directory(r->w), f->arena, &plan, &f->err));
	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	preflight_write(p, &r->x, &plan, LANG_EN, &w);
	jw_object_end(&w);
	OK(json_read(f->arena, buf_str(&text), &doc, &f->err));
	buf_done(&text);
	return doc;
}

/* Of 1,000 messages of the last days Meta held 50 back, so it will do so with 4 of 79 people. */
static void past_is_told(struct round *r, const struct preflight *p)
{
	const struct json *doc = told(r, p), *stops = json_get(doc, "stops");
	int64_t people = -1;

	assert_true(p->marketing_7d == 1000 && p->withheld_7d == 50);
	assert_true(json_int(json_path(doc, "withheld.people"), &people) && people == 4);
	assert_true(json_len(stops) > 3);
	assert_true(str_eq(json_str(json_get(doc, "policy")), pack_version(p->pack)));
	assert_ptr_equal(p->pack, r->w->f->pack);
	for (size_t i = 0; i < json_len(stops); i++) {
		const struct json *stop = json_at(stops, i);
		assert_true(json_str(json_get(stop, "means")).len > 0);
		assert_true(
		    json_is_null(json_get(stop, "above")) != json_is_null(json_get(stop, "below")));
	}
}

/* --- the forecast ----------------------------------------------------------------------------- */

static void test_days_follow_the_narrowest_limit(void **state)
{
	struct fixture *f = *state;
	struct preflight *p = NULL;
	struct world w;
	struct round r = { .w = &w, .now = NOW };
	char phone[32];

	seed = 4;
	world_make(&w, f);
	make_campaign(&r);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO template (waba, name, language, category, correct_category, status, quality,"
	    " components, updated_at) VALUES ('900800700', 'offer', 'it', ?1, 0, 'APPROVED', 'GREEN',"
	    " '[{\"type\":\"BODY\",\"text\":\"Ciao {{1}}\"}]', 1)",
	    "i", (int64_t)PURPOSE_MARKETING));
	OK(portfolio_set_limit(f->conn, STR("500"), true, 250, NOW, &f->err));
	OK(store_exec(f->conn,
	    "UPDATE number SET established = 0, warm_from = 1795341600000 WHERE id = '100200300'",
	    &f->err));
	core_directory_changed(&w.core);
	for (int64_t i = 0; i < 80; i++) {
		phone_at(i, phone);
		const struct campaign_member m = {
			.seq = i + 2, .person = world_person(&w, phone), .fate = MEMBER_WAITING
		};
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
		    " VALUES (?1, 1, 1, 1, ?2, 4, 1)",
		    "im", (int64_t)m.person, NOW - DAY));
		MEMBER_ADD(f, CAMPAIGN, &m);
	}
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO signal_hour (scope, id, hour, what, n) VALUES (?1, ?2, ?3, ?4, 1000),"
	    " (?1, ?2, ?3, ?5, 50), (?1, ?2, ?6, ?5, 900)",
	    "itiiii", (int64_t)SIGNAL_OF_NUMBER, STR(NUMBER), NOW / HOUR - 1,
	    (int64_t)SIGNAL_MARKETING_SENT, (int64_t)SIGNAL_CAPPED, NOW / HOUR - 200));
	look(&r, &p);
	past_is_told(&r, p);
	/* Days 1 to 3 of the warm-up: 20, 30, 45; one of the people is our own number. */
	assert_int_equal(p->days_len, 3);
	assert_int_equal(p->days[0].people, 20);
	assert_string_equal(p->days[0].limit, "limit.warmup");
	assert_int_equal(p->days[1].people, 30);
	assert_int_equal(p->days[2].people, 29);
	assert_null(p->days[2].limit);
	assert_int_equal(p->own_values, 0);
	assert_int_equal(p->distinct, 1);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_preflight_says_what_the_gate_says),
		FIXTURE_TEST(test_days_follow_the_narrowest_limit),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
