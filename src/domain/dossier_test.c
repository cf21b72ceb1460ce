#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/file.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "domain/dossier_check.h"
#include "domain/fixture.h"
#include "domain/ledger_fixture.h"

/* Everything that is drawn by lot elsewhere is set here, so that a dossier has the same bytes each time. */
#define INCIDENT UINT64_C(2100000000000000001)
#define PERSON UINT64_C(2000000000000000000) /* and those behind it */
#define PEOPLE 70
#define AGREED 60 /* of them, the first ones */
#define HAPPENED (NOW - 2 * DAY)
#define WABA "900800700"
#define GOLDEN "tests/dossiers/"
#define SEED "00112233445566778899aabbccddeeff"

static struct note_signer signer;
static char key_line[NOTE_KEY_TEXT_MAX];

static void settle_lots(struct fixture *f)
{
	char origin[LEDGER_ORIGIN_MAX];
	uint8_t seed[ED25519_SEED_LEN];
	struct ledger_tenant tenant;

	memset(seed, 11, sizeof(seed));
	OK(ledger_install(f->conn, NOW, &f->err));
	OK(store_do(f->conn, &f->err,
	    "UPDATE installation SET tenant = x'000102030405060708090a0b0c0d0e0f'", ""));
	OK(ledger_tenant(f->conn, &tenant, &f->err));
	ledger_origin(&tenant, origin);
	OK(note_signer_init(&signer, str_c(origin), seed, &f->err));
	note_verifier_write(&signer.verifier, key_line);
}

/* As many as are asked for at once, before each entry. */
static void settle_salts(struct fixture *f)
{
	for (size_t i = 0; i < LEDGER_SALTS; i++)
		memset(f->ledger.salts[i], (int)(f->ledger.next_seq + 1), LEDGER_SALT_LEN);
	f->ledger.salts_left = LEDGER_SALTS;
}

static void add_shop(struct fixture *f)
{
	scratch_exec(
	    f->conn, "INSERT INTO portfolio (id, counting, updated_at) VALUES ('700600500', 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO waba (id, portfolio, name, country, state, payment_ok, created_at, updated_at)"
	    " VALUES ('" WABA "', '700600500', 'Bottega Esempio', 'IT', 'active', 1, 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO number (id, waba, display, status, quality, throughput, established, created_at,"
	    " updated_at) VALUES ('100200300', '" WABA
	    "', '+393331234500', 'CONNECTED', 'RED', 80, 1, 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO template (waba, name, language, category, correct_category, status, quality,"
	    " components, updated_at) VALUES ('" WABA
	    "', 'offerta', 'it', 1, 0, 'APPROVED', 'YELLOW',"
	    " '[{\"type\":\"BODY\",\"text\":\"Ciao {{1}}\"}]', 0)");
}

static void add_person(struct fixture *f, int64_t n)
{
	const struct consent_entry e = {
		.person = PERSON + (uint64_t)n,
		.purpose = PURPOSE_MARKETING,
		.act = CONSENT_GRANT,
		.at = NOW - 100 * DAY + n,
		.evidence = n % 2 ? EVIDENCE_FORM : EVIDENCE_DOUBLE_OPT_IN,
		.source = STR("https://shop.example/iscrizione?<b>"),
		.wording = STR("Vorrei ricevere le offerte."),
		.attributes = n == 3 ? STR("{\"nome\":\"Anna Bianchi\"}") : STR_NONE,
	};
	bool fresh;

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person (id, phone, flags, created_at, place) VALUES (?1, ?2, 0, ?3, ?2)",
	    "iim", (int64_t)e.person, (int64_t)(447700900000 + n), NOW));
	settle_salts(f);
	if (n < AGREED)
		OK(consent_append(f->conn, &f->ledger, &e, NOW - 90 * DAY, &fresh, &f->err));
}

static void add_message(struct fixture *f, int64_t n)
{
	time_ms at = HAPPENED - HOUR + n;
	const struct journal_entry e = {
		.id = id_first_at(at) + (uint64_t)n,
		.at = at,
		.updated_at = at,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("100200300"),
		.waba = STR(WABA),
		.template_name = STR("offerta/it"),
		.person = PERSON + (uint64_t)n,
		.purpose = PURPOSE_MARKETING,
		.kind = MESSAGE_TEMPLATE,
		.verdict = n < AGREED ? VERDICT_ALLOW : VERDICT_REFUSE,
		.mode = MODE_OBSERVE,
		.state = n % 20 ? SEND_DELIVERED : SEND_FAILED,
		.policy = STR("test"),
	};

	settle_salts(f);
	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
}

static void add_opt_out(struct fixture *f, int64_t n, int64_t delay_ms)
{
	const struct consent_entry e = {
		.person = PERSON + (uint64_t)n,
		.purpose = PURPOSE_MARKETING,
		.act = CONSENT_WITHDRAW,
		.at = HAPPENED - 30 * MINUTE,
		.source = STR("WhatsApp"),
		.wording = STR("STOP"),
	};
	bool fresh;

	settle_salts(f);
	OK(consent_append(f->conn, &f->ledger, &e, e.at + delay_ms, &fresh, &f->err));
}

static void add_days(struct fixture *f)
{
	for (int64_t day = 0; day < 14; day++) {
		int64_t hour = (HAPPENED - day * DAY) / HOUR, n = day ? 10 + day % 4 : PEOPLE;
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO signal_hour (scope, id, hour, what, n) VALUES (1, '100200300', ?1, 0, ?2),"
		    " (1, '100200300', ?1, 2, ?2), (2, '" WABA "/offerta/it', ?1, 0, ?2)",
		    "ii", hour, n));
	}
}

static void act(struct fixture *f, time_ms at, const char *kind, const char *words, int to)
{
	struct incident_desk d = { f->conn, &f->ledger, &f->ids, f->pack, at };
	const struct incident_act a = { .id = INCIDENT,
		.kind = str_c(kind),
		.by = to == 0 && !words ? STR("meta") : STR("Marta Neri"),
		.words = str_c(words),
		.to = (enum incident_state)to };

	settle_salts(f);
	OK(incident_do(&d, &a, NULL, &f->err));
}

static void add_incident(struct fixture *f, const char *kind)
{
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO incident (id, kind, label, scope, scope_id, waba, origin, state, outcome,"
	    " happened_at, opened_at, updated_at, deadline_at, words, impact, seed)"
	    " VALUES (?1, ?2, 'SPAM', 'waba', '" WABA "', '" WABA
	    "', 'meta', 1, 0, ?3, ?3, ?3, ?4, ?5, '{\"conversations\":7,\"held\":2}', '" SEED "')",
	    "itmmt", (int64_t)INCIDENT, str_c(kind), HAPPENED, HAPPENED + 90 * DAY,
	    STR("{\"event\":\"ACCOUNT_RESTRICTION\"}")));
	act(f, HAPPENED, "opened", NULL, 0);
	act(f, HAPPENED + HOUR, "note", "All campaigns are stopped", 0);
	settle_salts(f);
	ledger_fixture_operator(f, HAPPENED + 2 * HOUR - NOW);
	act(f, HAPPENED + 3 * HOUR, "evidence", "The form", INCIDENT_EVIDENCE);
}

static void fill_as(struct fixture *f, const char *kind)
{
	settle_lots(f);
	add_shop(f);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO object_change (id, at, kind, object, field, old_value, new_value, source, words)"
	    " VALUES (1, ?1, 2, '" WABA "', 'health', NULL, 'AVAILABLE', 5, '{}'),"
	    " (2, ?2, 2, '" WABA "', 'health', 'AVAILABLE', 'BLOCKED', 5, ?3)",
	    "mmt", HAPPENED - DAY, HAPPENED,
	    STR("{\"can_send_message\":\"BLOCKED\",\"errors\":[{\"error_code\":141014}]}")));
	add_days(f);
	for (int64_t n = 0; n < PEOPLE; n++)
		add_person(f, n);
	for (int64_t n = 0; n < PEOPLE; n++)
		add_message(f, n);
	scratch_exec(f->conn, "UPDATE decision SET error_code = 131026 WHERE state = 15");
	add_opt_out(f, 5, 400);
	add_opt_out(f, 6, 900);
	add_opt_out(f, 7, 61500);
	add_incident(f, kind);
	settle_salts(f);
	ledger_fixture_point(f, &signer);
}

static struct dossier read_as(struct fixture *f, bool personal)
{
	const struct dossier_ask ask = { .incident = INCIDENT,
		.personal = personal,
		.now = NOW,
		.key = str_c(key_line),
		.pack = f->pack };
	struct dossier d;
	int r = dossier_read(f->conn, &ask, f->arena, &d, &f->err);

	if (r != 1)
		fail_msg("%d: %s", r, f->err.text);
	return d;
}

static struct dossier make(struct fixture *f)
{
	fill_as(f, "restricted");
	return read_as(f, false);
}

/* --- golden files ----------------------------------------------------------------------------- */

/* Is it what the file says; VARCO_GOLDEN=write makes the files anew. */
static void same_as_file(const char *path, const struct buf *have)
{
	const char *write = getenv("VARCO_GOLDEN");
	struct err err = { 0 };
	struct buf wanted;

	buf_init(&wanted, 0);
	if (write && strcmp(write, "write") == 0)
		assert_int_equal(file_write_atomic(path, buf_str(have), 0644, &err), 0);
	if (file_read(path, 1 << 20, &wanted, &err) < 0)
		fail_msg("%s: %s", path, err.text);
	if (!str_eq(buf_str(have), buf_str(&wanted)))
		fail_msg("%s is not what comes out (VARCO_GOLDEN=write makes it anew)", path);
	buf_done(&wanted);
}

/* What Meta is told that we did is what stops or mends, and nothing that lets go on. */
static void test_what_counts_as_a_correction(void **state)
{
	static const struct {
		enum story_source source;
		const char *what;
		int64_t leaf, at;
		bool is;
	} rows[] = {
		{ STORY_OPERATOR, "addPause", 5, 0, true },
		{ STORY_OPERATOR, "undoImport", 5, 1, true },
		{ STORY_OPERATOR, "undoImport", 5, -1, false },
		{ STORY_OPERATOR, "undoImport", 0, 1, false },
		{ STORY_OPERATOR, "suspendSource", 5, 1, true },
		{ STORY_OPERATOR, "releaseCampaign", 5, 1, false },
		{ STORY_OPERATOR, "resumePause", 5, 1, false },
		{ STORY_OPERATOR, "importConsents", 5, 1, false },
		{ STORY_OPERATOR, "addAccount", 5, 1, false },
		{ STORY_POLICY, "enforce", 5, 1, true },
		{ STORY_POLICY, "observe", 5, 1, false },
		{ STORY_STEP, "note", 5, 1, true },
		{ STORY_STEP, "evidence", 5, 1, true },
		{ STORY_STEP, "submitted", 5, 1, false },
		{ STORY_ALARM, "breaker.pause", 5, 1, false },
	};
	const struct dossier d = { .incident = { .happened_at = 1000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct story_event e = {
			.source = rows[i].source,
			.what = str_c(rows[i].what),
			.leaf = rows[i].leaf,
			.at = 1000 + rows[i].at,
		};
		if (dossier_is_correction(&d, &e) != rows[i].is)
			fail_msg("%zu: %s", i, rows[i].what);
	}
}

/* Nobody is asked for what does not exist. */
static void test_a_text_asks_only_where_there_is_a_review(void **state)
{
	static const struct {
		const char *kind;
		bool asks;
	} rows[] = { { "locked", true }, { "restricted", true }, { "limit_lowered", false },
		{ "own_pause", false } };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct dossier d = {
			.pack = f->pack,
			.row = pack_incident(f->pack, str_c(rows[i].kind)),
			.incident = { .kind = str_c(rows[i].kind), .label = STR("") },
		};
		struct str text = dossier_review_text(&d, LANG_EN, f->arena);
		static const char asked[] = "We ask you to review";
		bool asks = memmem(text.p, text.len, asked, sizeof(asked) - 1) != NULL;
		if (!text.len || asks != rows[i].asks)
			fail_msg("%s: %.*s", rows[i].kind, STR_ARG(text));
	}
}

static void test_json(void **state)
{
	struct fixture *f = *state;
	struct dossier d = make(f);
	struct buf out;

	buf_init(&out, 0);
	dossier_write_json(&d, &out);
	same_as_file(GOLDEN "dossier.json", &out);
	buf_done(&out);
}

static void test_html(void **state)
{
	static const char *const files[] = {
		[LANG_EN] = GOLDEN "dossier.en.html",
		[LANG_IT] = GOLDEN "dossier.it.html",
	};
	struct fixture *f = *state;
	struct dossier d = make(f);

	for (int lang = 0; lang < LANGS; lang++) {
		struct document *doc = dossier_document(&d, (enum lang)lang, f->arena);
		struct buf out;
		assert_non_null(doc);
		buf_init(&out, 0);
		OK(document_html(doc, &out, &f->err));
		same_as_file(files[lang], &out);
		buf_done(&out);
	}
}

/* --- what is in it ---------------------------------------------------------------------------- */

static void test_figures(void **state)
{
	struct fixture *f = *state;
	struct dossier d = make(f);

	assert_int_equal(d.people, PEOPLE);
	assert_int_equal(d.people_agreed, AGREED);
	assert_int_equal(d.messages, PEOPLE);
	assert_int_equal(d.sample_len, pack_incidents(f->pack)->sample);
	assert_int_equal(d.opt_outs.count, 3);
	assert_int_equal(d.opt_outs.median_ms, 900);
	assert_int_equal(d.opt_outs.worst_ms, 61500);
	assert_int_equal(d.opt_outs.sent_after, 0);
	assert_int_equal(d.spike.sent, PEOPLE);
	assert_int_equal(d.spike.before, 13);
	assert_int_equal(d.senders_len, 1);
	assert_int_equal(d.senders[0].against, PEOPLE - AGREED);
	assert_int_equal(d.senders[0].failed, 4);
	assert_int_equal(d.codes_len, 1);
	assert_int_equal(d.codes[0].code, 131026);
	assert_int_equal(d.templates_len, 1);
	assert_int_equal(d.templates[0].problems_len, 3);
	assert_int_equal(d.impact.conversations, 7);
	assert_int_equal(d.health_len, 1);
	assert_true(str_eq_c(d.health[0].word, "BLOCKED"));
	assert_false(dossier_is_gone(&d));
	for (size_t i = 0; i < d.sample_len; i++) {
		const struct dossier_sampled *x = &d.sample[i];
		assert_int_equal(x->found, x->person - PERSON < AGREED);
		assert_true(!strstr(x->phone, "7700"));
	}
}

/* Each turned out to be somebody who was known before, and the last two are one. */
static void merge_everybody(struct fixture *f)
{
	scratch_exec(f->conn,
	    "INSERT INTO person_merged (gone, person, at) SELECT id, id - 2000000000000000000 + 1000"
	    " - CASE WHEN id = 2000000000000000069 THEN 1 ELSE 0 END, 0"
	    " FROM person");
	scratch_exec(f->conn, "UPDATE consent SET person = person - 2000000000000000000 + 1000");
	scratch_exec(f->conn, "DELETE FROM person WHERE id = 2000000000000000069");
	scratch_exec(f->conn, "UPDATE person SET id = id - 2000000000000000000 + 1000");
}

static void test_people_who_are_one_since(void **state)
{
	struct fixture *f = *state;
	struct dossier d = make(f);

	merge_everybody(f);
	d = read_as(f, true);
	assert_int_equal(d.people, PEOPLE - 1);
	assert_int_equal(d.people_agreed, AGREED);
	assert_int_equal(d.messages, PEOPLE);
	for (size_t i = 0; i < d.sample_len; i++) {
		assert_int_equal(d.sample[i].found, d.sample[i].person - 1000 < AGREED);
		assert_true(d.sample[i].phone[0]);
	}
}

struct lot {
	struct sha256 hash;
	uint64_t person;
};

static int by_hash(const void *a, const void *b)
{
	return memcmp(((const struct lot *)a)->hash.b, ((const struct lot *)b)->hash.b, SHA256_LEN);
}

/* The plain way: all lots, sorted. */
static void test_the_draw(void **state)
{
	struct fixture *f = *state;
	struct dossier d = make(f);
	struct lot lots[PEOPLE];
	struct sha256 hash;
	struct buf all;

	buf_init(&all, 0);
	for (uint64_t n = 0; n < PEOPLE; n++) {
		char id[ID_TEXT_MAX], line[80];
		id_format("per", PERSON + n, id);
		int len = snprintf(line, sizeof(line), "%s\n%s\n", SEED, id);
		crypto_sha256(str_n(line, (size_t)len), &lots[n].hash);
		lots[n].person = PERSON + n;
		buf_addf(&all, "%s\n", id);
	}
	crypto_sha256(buf_str(&all), &hash);
	assert_memory_equal(hash.b, d.list_hash.b, SHA256_LEN);
	buf_done(&all);
	qsort(lots, PEOPLE, sizeof(lots[0]), by_hash);
	for (size_t i = 0; i < d.sample_len; i++) {
		bool drawn = false;
		for (size_t k = 0; k < d.sample_len; k++)
			drawn |= lots[k].person == d.sample[i].person;
		assert_true(drawn);
		assert_true(i == 0 || d.sample[i - 1].person < d.sample[i].person);
	}
}

/* What a list said of a person, and numbers, are only there when they are asked for. */
static void test_personal_data(void **state)
{
	struct fixture *f = *state;
	struct dossier d = make(f);

	for (int personal = 0; personal < 2; personal++) {
		struct buf out;
		d = read_as(f, personal);
		buf_init(&out, 0);
		dossier_write_proofs(&d, &out);
		dossier_write_json(&d, &out);
		assert_int_equal(strstr(out.p, "Anna Bianchi") != NULL, personal);
		assert_int_equal(strstr(out.p, "+4477009000") != NULL, personal);
		assert_int_equal(d.list.p != NULL, personal);
		buf_done(&out);
	}
}

static void test_texts_fit(void **state)
{
	struct fixture *f = *state;

	fill_as(f, "restricted");
	for (int i = 0; i < 40; i++)
		act(f, HAPPENED + 4 * HOUR + i, "note",
		    "Something long was noted here, so that the text grows and grows and grows", 0);
	struct dossier d = read_as(f, false);
	for (int lang = 0; lang < LANGS; lang++) {
		struct str review = dossier_review_text(&d, (enum lang)lang, f->arena);
		struct str ticket = dossier_ticket_text(&d, (enum lang)lang, f->arena);
		assert_in_range(text_code_points(review), 300, 1000);
		assert_in_range(text_code_points(ticket), 500, 4000);
		assert_non_null(memmem(review.p, review.len, WABA, strlen(WABA)));
	}
}

static void test_a_plan_when_it_is_gone(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	fill_as(f, "disabled");
	struct dossier d = read_as(f, false);
	assert_true(dossier_is_gone(&d));
	assert_int_equal(d.again_len, 2);
	assert_string_equal(d.again[0].evidence, "double_opt_in");
	assert_int_equal(d.again[0].people + d.again[1].people, AGREED - 3); /* three withdrew */
	assert_int_equal(d.asked_len, 0);
	struct str steps[DOSSIER_STEPS_MAX];
	struct dossier_day days[DOSSIER_DAYS_MAX];
	assert_true(dossier_first_steps(&d, LANG_IT, f->arena, steps) > 1);
	assert_int_equal(dossier_calendar(f->pack, days), 30);
	assert_true(days[0].cap == 20 && days[0].hour == 5 && days[14].cap == 1890);
	assert_string_equal(days[6].who, "engaged");
	assert_string_equal(days[7].who, "half_engaged");
	assert_string_equal(days[14].who, "all");
	struct document *doc = dossier_document(&d, LANG_EN, f->arena);
	assert_non_null(doc);
	buf_init(&out, 0);
	OK(document_html(doc, &out, &f->err));
	assert_non_null(strstr(out.p, "a plan for a new number"));
	assert_non_null(strstr(out.p, "<bdi>1400</bdi>"));
	buf_done(&out);
}

/* Who asked for personal data gets each of them; who did not, none. */
static void test_whom_to_ask_again(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	fill_as(f, "disabled");
	struct dossier d = read_as(f, true);
	assert_int_equal(d.asked_len, AGREED - 3);
	assert_true(d.asked[0].person != 0 && d.asked[0].phone.number != 0);
	assert_string_equal(d.asked[0].evidence, "double_opt_in");
	buf_init(&out, 0);
	dossier_write_json(&d, &out);
	assert_non_null(strstr(out.p, "\"asked\":[{\"person\":\"per_"));
	assert_non_null(strstr(out.p, "\"asked_more\":false"));
	buf_reset(&out);
	d = read_as(f, false);
	dossier_write_json(&d, &out);
	assert_null(strstr(out.p, "\"asked"));
	assert_non_null(strstr(out.p, "{\"day\":30,"));
	buf_done(&out);
}

/* --- the file --------------------------------------------------------------------------------- */

static void pack(struct fixture *f, const struct dossier *d, struct buf *out)
{
	buf_init(out, 0);
	OK(dossier_pack(d, &signer, f->arena, out, &f->err));
}

static int check(struct str bytes, struct err *err, struct dossier_report *ret)
{
	struct arena *a = arena_new(0, 0);

	assert_non_null(a);
	int r = dossier_check(bytes, &signer.verifier, a, ret, err);
	arena_free(&a);
	return r;
}

static void test_it_holds_and_is_always_the_same(void **state)
{
	struct fixture *f = *state;
	struct dossier_report report = { .files = 0 };
	struct dossier d = make(f);
	struct err err = { 0 };
	struct buf first, second;

	pack(f, &d, &first);
	d = read_as(f, false);
	pack(f, &d, &second);
	assert_true(str_eq(buf_str(&first), buf_str(&second)));
	if (check(buf_str(&first), &err, &report) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(report.files, 15);
	assert_int_equal(report.entries, d.entries_len);
	assert_int_equal(report.covered, d.entries_len);
	assert_int_equal(report.sample, 50);
	assert_int_equal(report.made_at, NOW);
	buf_done(&first);
	buf_done(&second);
}

#define MUTATIONS 600

/* Bits, bytes and whole stretches, all over it; a cut; something behind it. */
static void test_every_mutation_shows(void **state)
{
	struct fixture *f = *state;
	struct dossier_report report;
	struct dossier d = make(f);
	uint32_t lot = 1;
	struct buf out;

	pack(f, &d, &out);
	for (int i = 0; i < MUTATIONS; i++) {
		struct err err = { 0 };
		lot = lot * 1664525 + 1013904223;
		size_t at = (size_t)((uint64_t)lot * out.len >> 32);
		char was = out.p[at];
		out.p[at] = (char)(was ^ (1 << i % 8));
		if (check(buf_str(&out), &err, &report) != -E_INVALID || !err.text[0])
			fail_msg("mutation %d at %zu", i, at);
		out.p[at] = was;
		if (check(str_n(out.p, at), &err, &report) != -E_INVALID)
			fail_msg("cut at %zu", at);
	}
	struct err err = { 0 };
	buf_add_c(&out, "x");
	assert_int_equal(check(buf_str(&out), &err, &report), -E_INVALID);
	buf_done(&out);
}

/* Of one file the first `from` becomes `to`; then everything is packed and signed anew, as whoever has
 * the ledger's own key could. */
static const struct {
	const char *name, *file, *from, *to, *says;
} forgeries[] = {
	{ "another act", "proofs.json", "Vorrei ricevere", "Vorrei Ricevere", "was changed" },
	{ "another step", "proofs.json", "All campaigns", "No campaigns", "was changed" },
	{ "another time", "proofs.json", "\"policy\":\"test\"", "\"policy\":\"tesT\"",
	    "not in the ledger" },
	{ "another path", "proofs.json", "\"path\":[\"", "\"path\":[\"00", "not in the ledger" },
	{ "another root", "checkpoint.txt", "\n", "\n1", "not signed" },
	{ "another tenant", "proofs.json", "\"tenant\":\"0001", "\"tenant\":\"0002",
	    "another ledger" },
	{ "a sample that agreed", "dossier.json", "\"act\":null", "\"act\":\"grant\"",
	    "told of entry" },
	{ "another wording", "dossier.json", "\"wording\":\"Vorrei", "\"wording\":\"Voglio",
	    "told of entry" },
	{ "another evidence", "dossier.json", "\"evidence\":\"double_opt_in\"",
	    "\"evidence\":\"signed\"", "told of entry" },
	{ "another deed", "dossier.json", "\"what\":\"pauseNumber\"",
	    "\"what\":\"revokeIntegration\"", "told of entry" },
	{ "a step that was not", "dossier.json", "\"what\":\"note\"", "\"what\":\"closed\"",
	    "told of entry" },
	{ "another incident", "dossier.json", "\"id\":\"inc_", "\"id\":\"inc_0", "another one" },
	{ "another key", "ledger.pub", "varco-ledger/00", "varco-ledger/01", "ledger.pub" },
	{ "another form", "dossier.json", "varco-dossier/1", "varco-dossier/2", "form" },
};

static void replace(struct fixture *f, struct parcel_file *file, const char *from, const char *to)
{
	const char *at = memmem(file->content.p, file->content.len, from, strlen(from));
	struct buf out;

	assert_non_null(at);
	buf_init(&out, 0);
	buf_add(&out, str_n(file->content.p, (size_t)(at - file->content.p)));
	buf_add_c(&out, to);
	at += strlen(from);
	buf_add(&out, str_n(at, file->content.len - (size_t)(at - file->content.p)));
	file->content = arena_str(f->arena, buf_str(&out));
	buf_done(&out);
}

static void sign_anew(struct fixture *f, struct parcel_file *files, size_t n, struct buf *out)
{
	char hex[2 * SHA256_LEN + 1], id[ID_TEXT_MAX];
	struct buf body, note;

	buf_init(&body, 0);
	buf_init(&note, 0);
	id_format(INCIDENT_PREFIX, INCIDENT, id);
	buf_addf(
	    &body, "%s\n" DOSSIER_FORMAT " %s 2026-11-22T10:00:00Z\n", signer.verifier.name, id);
	for (size_t i = 0; i + 1 < n; i++) {
		struct sha256 digest;
		crypto_sha256(files[i].content, &digest);
		hex_encode(digest.b, SHA256_LEN, hex);
		buf_addf(&body, "%s %zu %.*s\n", hex, files[i].content.len, STR_ARG(files[i].name));
	}
	note_sign(&signer, buf_str(&body), &note);
	files[n - 1].content = arena_str(f->arena, buf_str(&note));
	buf_done(&body);
	buf_done(&note);
	buf_init(out, 0);
	OK(parcel_write(files, n, NOW, out, &f->err));
}

static void test_forgeries_with_the_key(void **state)
{
	struct fixture *f = *state;
	struct dossier d = make(f);
	struct buf whole, forged;

	pack(f, &d, &whole);
	for (size_t i = 0; i < ARRAY_LEN(forgeries); i++) {
		struct dossier_report report;
		struct parcel_file *files = NULL;
		struct err err = { 0 };
		size_t n = 0, k = 0;
		OK(parcel_read(buf_str(&whole), f->arena, &files, &n, &f->err));
		sign_anew(f, files, n, &forged); /* signed anew as it is: it holds */
		assert_int_equal(check(buf_str(&forged), &err, &report), 0);
		buf_done(&forged);
		while (!str_eq_c(files[k].name, forgeries[i].file))
			k++;
		replace(f, &files[k], forgeries[i].from, forgeries[i].to);
		sign_anew(f, files, n, &forged);
		if (check(buf_str(&forged), &err, &report) != -E_INVALID ||
		    !strstr(err.text, forgeries[i].says))
			fail_msg("%s: %s", forgeries[i].name, err.text);
		buf_done(&forged);
	}
	buf_done(&whole);
}

static void test_a_file_left_out(void **state)
{
	struct fixture *f = *state;
	struct dossier d = make(f);
	struct buf whole, forged;

	pack(f, &d, &whole);
	for (size_t k = 0; k < 14; k++) {
		struct dossier_report report;
		struct parcel_file *files = NULL;
		struct err err = { 0 };
		size_t n = 0;
		OK(parcel_read(buf_str(&whole), f->arena, &files, &n, &f->err));
		memmove(&files[k], &files[k + 1], (n - k - 1) * sizeof(files[0]));
		sign_anew(f, files, n - 1, &forged);
		if (check(buf_str(&forged), &err, &report) != -E_INVALID)
			fail_msg("file %zu", k);
		buf_done(&forged);
	}
	buf_done(&whole);
}

static void test_the_list_and_its_draw(void **state)
{
	struct fixture *f = *state;
	struct dossier_report report;
	struct dossier d = make(f);
	struct parcel_file *files = NULL;
	struct err err = { 0 };
	struct buf whole, forged;
	size_t n = 0, k = 0;

	d = read_as(f, true);
	pack(f, &d, &whole);
	if (check(buf_str(&whole), &err, &report) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(report.files, 16);
	OK(parcel_read(buf_str(&whole), f->arena, &files, &n, &f->err));
	while (!str_eq_c(files[k].name, "dossier.json"))
		k++;
	replace(f, &files[k], "\"seed\":\"00", "\"seed\":\"ff");
	sign_anew(f, files, n, &forged);
	assert_int_equal(check(buf_str(&forged), &err, &report), -E_INVALID);
	assert_non_null(strstr(err.text, "draws"));
	buf_done(&forged);
	buf_done(&whole);
}

static void test_another_key(void **state)
{
	struct fixture *f = *state;
	struct dossier_report report;
	struct dossier d = make(f);
	struct note_signer other;
	struct err err = { 0 };
	uint8_t seed[ED25519_SEED_LEN];
	struct buf out;

	pack(f, &d, &out);
	memset(seed, 12, sizeof(seed));
	OK(note_signer_init(&other, str_c(signer.verifier.name), seed, &f->err));
	struct arena *a = arena_new(0, 0);
	assert_int_equal(
	    dossier_check(buf_str(&out), &other.verifier, a, &report, &err), -E_INVALID);
	assert_non_null(strstr(err.text, "another key"));
	arena_free(&a);
	buf_done(&out);
}

/* --- failing ---------------------------------------------------------------------------------- */

static int read_only(struct fixture *f)
{
	const struct dossier_ask ask = {
		.incident = INCIDENT, .now = NOW, .key = str_c(key_line), .pack = f->pack
	};
	struct dossier d;

	settle_lots(f);
	add_shop(f);
	add_incident(f, "restricted");
	int r = dossier_read(f->conn, &ask, f->arena, &d, &f->err);
	return r < 0 ? r : 0;
}

static void test_nobody_was_written_to(void **state)
{
	struct fixture *f = *state;
	struct dossier_report report;
	struct err err = { 0 };
	struct buf out;

	OK(read_only(f));
	struct dossier d = read_as(f, false);
	assert_int_equal(d.sample_len, 0);
	assert_int_equal(d.point.size, 0);
	pack(f, &d, &out); /* no checkpoint: nothing is covered, and it says so */
	if (check(buf_str(&out), &err, &report) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(report.covered, 0);
	buf_done(&out);
}

/* A small one, of an account that is not on record any more. */
static int insert_and_read(struct fixture *f)
{
	const struct dossier_ask ask = {
		.incident = INCIDENT, .now = NOW, .key = STR("k"), .pack = f->pack
	};
	struct dossier d;
	struct buf out;
	int r = ledger_install(f->conn, NOW, &f->err);

	if (r >= 0)
		r = store_do(f->conn, &f->err,
		    "INSERT INTO incident (id, kind, label, scope, scope_id, waba, origin, state, outcome,"
		    " happened_at, opened_at, updated_at, impact, seed) VALUES (?1, 'locked', '', 'waba', '" WABA
		    "', '" WABA "', 'meta', 1, 0, ?2, ?2, ?2, '{}', '" SEED "')",
		    "im", (int64_t)INCIDENT, HAPPENED);
	if (r == 0)
		r = dossier_read(f->conn, &ask, f->arena, &d, &f->err);
	if (r <= 0)
		return r;
	buf_init(&out, 0);
	dossier_write_json(&d, &out);
	struct document *doc = out.failed ? NULL : dossier_document(&d, LANG_IT, f->arena);
	r = doc ? 0 : -E_NOMEM;
	buf_done(&out);
	return r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, insert_and_read);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "a dossier", insert_and_read);
}

int main(int argc, char **argv)
{
	static const struct sandbox_deed *const deeds[] = { &document_pdf_deed, NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_counts_as_a_correction),
		FIXTURE_TEST(test_a_text_asks_only_where_there_is_a_review),
		FIXTURE_TEST(test_json),
		FIXTURE_TEST(test_html),
		FIXTURE_TEST(test_figures),
		FIXTURE_TEST(test_people_who_are_one_since),
		FIXTURE_TEST(test_the_draw),
		FIXTURE_TEST(test_personal_data),
		FIXTURE_TEST(test_texts_fit),
		FIXTURE_TEST(test_a_plan_when_it_is_gone),
		FIXTURE_TEST(test_whom_to_ask_again),
		FIXTURE_TEST(test_it_holds_and_is_always_the_same),
		FIXTURE_TEST(test_every_mutation_shows),
		FIXTURE_TEST(test_forgeries_with_the_key),
		FIXTURE_TEST(test_a_file_left_out),
		FIXTURE_TEST(test_the_list_and_its_draw),
		FIXTURE_TEST(test_another_key),
		FIXTURE_TEST(test_nobody_was_written_to),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	sandbox_main(argc, argv, deeds);
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
