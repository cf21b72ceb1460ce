#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/file.h"
#include "domain/certificate.h"
#include "domain/fixture.h"
#include "domain/ledger_fixture.h"

/* Everything that is drawn by lot elsewhere is set here, so that a certificate has the same bytes each
 * time. */
#define PERSON UINT64_C(2000000000000000001)
#define FORMER UINT64_C(2000000000000000002)
#define PHONE "+393331234501"
#define GOLDEN "tests/certificates/"

static void settle_lots(struct fixture *f, struct note_signer *signer)
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
	OK(note_signer_init(signer, str_c(origin), seed, &f->err));
	for (size_t i = 0; i < LEDGER_SALTS; i++)
		memset(f->ledger.salts[i], (int)(i + 1), LEDGER_SALT_LEN);
	f->ledger.salts_left = LEDGER_SALTS;
}

static void add_person(struct fixture *f, uint64_t id, struct phone phone)
{
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person (id, phone, flags, created_at, place) VALUES (?1, ?2, 0, ?3, ?2)",
	    "iim", (int64_t)id, (int64_t)phone.number, NOW));
}

static void add_act(struct fixture *f, uint64_t person, enum consent_act act, enum purpose purpose,
    time_ms at, const char *wording)
{
	struct consent_entry e = {
		.person = person,
		.purpose = purpose,
		.act = act,
		.at = at,
		.evidence = act == CONSENT_GRANT ? EVIDENCE_FORM : EVIDENCE_NONE,
		.source = act == CONSENT_GRANT ? STR("https://shop.example/iscrizione")
					       : STR("<b>\u202etelefono</b>"),
		.wording = str_c(wording),
		.attributes = act == CONSENT_GRANT ? STR("{\"lista\":\"Fiera 2026\"}") : STR_NONE,
	};
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, at + MINUTE, &fresh, &f->err));
	assert_true(fresh);
}

static void add_message(
    struct fixture *f, uint64_t id, uint64_t person, time_ms at, enum send_state state)
{
	struct journal_entry e = {
		.id = id,
		.at = at,
		.updated_at = at,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.template_name = STR("offerta_di_natale"),
		.person = person,
		.purpose = PURPOSE_MARKETING,
		.kind = MESSAGE_TEMPLATE,
		.verdict = state == SEND_REFUSED ? VERDICT_REFUSE : VERDICT_ALLOW,
		.mode = MODE_ENFORCE,
		.state = state,
		.rules = state == SEND_REFUSED
		    ? STR("[{\"id\":\"consent.withdrawn\",\"level\":\"refuse\"}]")
		    : STR_NONE,
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
}

/* Agreed, written to, withdrew, not written to; somebody else between; and one act that no checkpoint
 * covers. */
static void fill(struct fixture *f)
{
	struct note_signer signer;

	settle_lots(f, &signer);
	add_person(f, PERSON, phone_of(PHONE));
	add_person(f, FORMER + 1, phone_of("+393331234502"));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (?1, ?2, ?3)", "iim",
	    (int64_t)FORMER, (int64_t)PERSON, NOW));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_history (person, at, seq, what, detail) VALUES (?1, ?2, 1, 'phone', ?3)",
	    "imt", (int64_t)PERSON, NOW - DAY,
	    STR("{\"from\":\"+393331234599\",\"to\":\"+393331234501\"}")));
	add_act(f, PERSON, CONSENT_GRANT, PURPOSE_MARKETING, NOW - 5 * DAY,
	    "Vorrei ricevere le offerte.\nPosso smettere quando voglio.");
	add_act(f, FORMER + 1, CONSENT_GRANT, PURPOSE_ALL, NOW - 5 * DAY, NULL);
	add_message(f, 1000001, FORMER, NOW - 4 * DAY, SEND_READ);
	add_message(f, 1000002, FORMER + 1, NOW - 4 * DAY, SEND_SENT);
	add_message(f, 1000003, PERSON, NOW - 3 * DAY, SEND_DELIVERED);
	add_act(f, PERSON, CONSENT_WITHDRAW, PURPOSE_ALL, NOW - 2 * DAY, "basta");
	add_message(f, 1000004, PERSON, NOW - DAY, SEND_REFUSED);
	ledger_fixture_point(f, &signer);
	add_act(f, PERSON, CONSENT_GRANT, PURPOSE_UTILITY, NOW - HOUR, NULL);
	note_signer_wipe(&signer);
}

static struct certificate_ask ask_for(const char *phone)
{
	return (struct certificate_ask){
		.phone = phone_of(phone),
		.proofs = true,
		.now = NOW,
		.key = STR("varco-ledger/000102030405060708090a0b0c0d0e0f+00000000+AQ=="),
	};
}

static struct certificate read_it(struct fixture *f)
{
	struct certificate_ask ask = ask_for(PHONE);
	struct note_signer signer;
	struct certificate c;
	char *key = arena_alloc(f->arena, NOTE_KEY_TEXT_MAX), origin[LEDGER_ORIGIN_MAX];
	uint8_t seed[ED25519_SEED_LEN];
	struct ledger_tenant tenant;

	memset(seed, 11, sizeof(seed));
	OK(ledger_tenant(f->conn, &tenant, &f->err));
	ledger_origin(&tenant, origin);
	OK(note_signer_init(&signer, str_c(origin), seed, &f->err));
	note_verifier_write(&signer.verifier, key);
	ask.key = str_c(key);
	assert_int_equal(certificate_read(f->conn, &ask, f->arena, &c, &f->err), 1);
	return c;
}

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
		fail_msg("%s is not what comes out: %s", path, have->p);
	buf_done(&wanted);
}

static void test_json(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	fill(f);
	struct certificate c = read_it(f);
	buf_init(&out, 0);
	certificate_write_json(&c, &out);
	buf_add_char(&out, '\n');
	same_as_file(GOLDEN "certificate.json", &out);
	buf_done(&out);
}

static void test_html(void **state)
{
	static const char *const files[] = {
		[LANG_EN] = GOLDEN "certificate.en.html",
		[LANG_IT] = GOLDEN "certificate.it.html",
	};
	struct fixture *f = *state;
	struct buf out;

	fill(f);
	struct certificate c = read_it(f);
	for (int lang = 0; lang < LANGS; lang++) {
		struct document *d = certificate_document(&c, (enum lang)lang, f->arena);
		assert_non_null(d);
		buf_init(&out, 0);
		OK(document_html(d, &out, &f->err));
		same_as_file(files[lang], &out);
		buf_done(&out);
	}
}

static void test_pdf(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	fill(f);
	struct certificate c = read_it(f);
	buf_init(&out, 0);
	OK(document_pdf(certificate_document(&c, LANG_IT, f->arena), &out, &f->err));
	assert_true(str_starts(buf_str(&out), STR("%PDF-")));
	buf_done(&out);
}

static void test_what_is_in_it(void **state)
{
	struct fixture *f = *state;

	fill(f);
	struct certificate c = read_it(f);
	assert_int_equal(c.acts_len, 3);
	assert_int_equal(
	    c.messages_len, 3); /* one of them under a former id, none of somebody else's */
	assert_int_equal(c.messages_all, 3);
	assert_int_equal(c.messages[0].consent, c.acts[0].act.leaf);
	assert_int_equal(c.messages[2].consent, c.acts[1].act.leaf);
	assert_true(c.acts[1].entry.covered);
	assert_false(c.acts[2].entry.covered);
	assert_ptr_equal(c.standing[0].act, &c.acts[1]); /* marketing: withdrawn with everything */
	assert_ptr_equal(c.standing[1].act, &c.acts[2]); /* utility: agreed since */
	assert_ptr_equal(c.standing[2].act, &c.acts[1]);
}

/* Each path leads to the root that was signed. */
static void test_proofs(void **state)
{
	struct fixture *f = *state;
	struct note_point point;
	struct sha256 hash;

	fill(f);
	struct certificate c = read_it(f);
	OK(note_read(c.point.note, &point, &f->err));
	for (size_t i = 0; i < c.messages_len; i++) {
		const struct certificate_entry *e = &c.messages[i].entry;
		assert_true(ledger_leaf_commits(&e->leaf, e->content));
		OK(ledger_leaf_hash(&c.tenant, &e->leaf, &hash, &f->err));
		assert_true(merkle_check_inclusion(
		    &hash, (uint64_t)e->leaf.seq - 1, point.size, &e->path, &point.root));
	}
}

static void test_the_number(void **state)
{
	struct fixture *f = *state;
	struct certificate_ask ask = ask_for(PHONE);
	char phone[CERTIFICATE_PHONE_MAX];
	struct certificate c;

	fill(f);
	OK(certificate_read(f->conn, &ask, f->arena, &c, &f->err));
	certificate_phone(&c, phone);
	assert_string_equal(phone, "+39 333 •••01");
	ask.unmasked = true;
	OK(certificate_read(f->conn, &ask, f->arena, &c, &f->err));
	certificate_phone(&c, phone);
	assert_string_equal(phone, PHONE);
}

static void test_nobody(void **state)
{
	struct fixture *f = *state;
	struct certificate_ask ask = ask_for("+393331234588");
	struct certificate c;

	fill(f);
	assert_int_equal(certificate_read(f->conn, &ask, f->arena, &c, &f->err), 0);
}

/* No act, no message, no checkpoint. */
static void test_nothing_on_record(void **state)
{
	struct fixture *f = *state;
	struct certificate_ask ask = ask_for(PHONE);
	struct certificate c;
	struct buf out;

	OK(ledger_install(f->conn, NOW, &f->err));
	add_person(f, PERSON, phone_of(PHONE));
	assert_int_equal(certificate_read(f->conn, &ask, f->arena, &c, &f->err), 1);
	buf_init(&out, 0);
	OK(document_html(certificate_document(&c, LANG_EN, f->arena), &out, &f->err));
	assert_non_null(strstr(out.p, "No act of consent of this person is on record."));
	assert_non_null(strstr(out.p, "The ledger has not been signed yet"));
	buf_reset(&out);
	certificate_write_json(&c, &out);
	assert_non_null(strstr(out.p, "\"checkpoint\":null"));
	buf_done(&out);
}

static int read_and_write(struct fixture *f)
{
	struct certificate_ask ask = ask_for(PHONE);
	struct document *d;
	struct certificate c;
	struct buf out;
	int r = ledger_install(f->conn, NOW, &f->err);
	struct consent_entry e = {
		.person = PERSON, .purpose = PURPOSE_ALL, .at = NOW, .act = CONSENT_WITHDRAW
	};
	bool fresh;

	buf_init(&out, 0);
	if (r == 0)
		r = store_do(f->conn, &f->err,
		    "INSERT INTO person (id, phone, flags, created_at, place) VALUES (?1, ?2, 0, 0, ?2)",
		    "ii", (int64_t)PERSON, (int64_t)ask.phone.number);
	if (r == 0)
		r = consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err);
	if (r == 0)
		r = certificate_read(f->conn, &ask, f->arena, &c, &f->err);
	if (r > 0) {
		d = certificate_document(&c, LANG_IT, f->arena);
		r = d ? document_html(d, &out, &f->err) : -E_NOMEM;
	}
	if (r == 0) {
		buf_reset(&out);
		certificate_write_json(&c, &out);
		r = out.failed ? -E_NOMEM : 0;
	}
	buf_done(&out);
	return r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, read_and_write);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "a certificate", read_and_write);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_json),
		FIXTURE_TEST(test_html),
		FIXTURE_TEST(test_pdf),
		FIXTURE_TEST(test_what_is_in_it),
		FIXTURE_TEST(test_proofs),
		FIXTURE_TEST(test_the_number),
		FIXTURE_TEST(test_nobody),
		FIXTURE_TEST(test_nothing_on_record),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
