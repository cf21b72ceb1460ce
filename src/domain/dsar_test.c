#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "domain/fixture.h"

#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/dsar.h"
#include "domain/journal.h"
#include "domain/restriction.h"

#define PHONE "+393331234501"

static uint64_t somebody(struct fixture *f, const char *phone)
{
	struct person p;

	OK(person_get(
	    f->conn, phone_of(phone), STR_NONE, STR("770"), &f->ids, NOW, f->arena, &p, &f->err));
	return p.id;
}

static void act(struct fixture *f, uint64_t person, struct str source)
{
	const struct consent_entry e = {
		.person = person,
		.purpose = PURPOSE_MARKETING,
		.act = CONSENT_GRANT,
		.at = NOW - 1,
		.evidence = EVIDENCE_FORM,
		.source = source,
		.wording = STR("Vorrei ricevere le offerte"),
	};
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
}

static void decided(struct fixture *f, uint64_t person)
{
	const struct journal_entry e = {
		.id = id_next(&f->ids, NOW),
		.at = NOW,
		.updated_at = NOW,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("100200300"),
		.person = person,
		.purpose = PURPOSE_UTILITY,
		.kind = MESSAGE_TEMPLATE,
		.verdict = VERDICT_ALLOW,
		.mode = MODE_ENFORCE,
		.state = SEND_ACCEPTED,
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
}

/* As the person gets it. */
static int tell(struct fixture *f, uint64_t person, struct buf *out)
{
	struct erasure_plan plan;
	struct json_writer w;
	struct arena *scratch = arena_new(0, 0);
	struct dsar d = { .plan = &plan, .w = &w, .lang = LANG_EN, .arena = scratch };

	erasure_plan_init(&plan);
	jw_init(&w, out);
	int r = scratch ? erasure_plan_begin(f->conn, person, &plan, &f->err) : -E_NOMEM;
	while (r == 0 && (r = erasure_plan_next(f->conn, &plan, &f->err)) > 0)
		r = 0;
	if (r == 0)
		r = dsar_begin(f->conn, &d, NOW, &f->err);
	while (r == 0 && (r = dsar_next(f->conn, &d, &f->err)) > 0)
		r = 0;
	erasure_plan_done(&plan);
	arena_free(&scratch);
	return r < 0 ? r : out->failed ? -E_NOMEM : 0;
}

static void test_everything_is_told(void **state)
{
	struct fixture *f = *state;
	uint64_t me = somebody(f, PHONE), other = somebody(f, "+393331234502");
	char id[ID_TEXT_MAX], mine[ID_TEXT_MAX], source[64];
	const struct json *v, *item;
	struct buf out;

	id_format("per", other, id);
	id_format("per", me, mine);
	(void)snprintf(source, sizeof(source), "number:%s and %s", id, mine);
	act(f, me, str_c(source));
	for (int i = 0; i < 450; i++)
		decided(f, i % 2 ? me : other);
	OK(contact_inbound(f->conn, me, STR("100200300"), NOW - 5, &f->err));
	OK(person_mark(f->conn, me, MARK_COOLDOWN, STR("900"), NOW, NOW + HOUR, &f->err));
	buf_init(&out, 0);
	OK(tell(f, me, &out));
	OK(json_read(f->arena, buf_str(&out), &v, &f->err));
	assert_true(str_eq_c(json_str(json_get(v, "format")), "varco-dsar/1"));
	assert_true(str_eq_c(json_str(json_get(v, "phone")), PHONE));
	assert_int_equal(json_len(json_get(v, "decisions")), 225);
	assert_int_equal(json_len(json_get(v, "contacts")), 1);
	assert_int_equal(json_len(json_get(v, "marks")), 1);
	item = json_at(json_get(v, "consents"), 0);
	assert_true(str_eq_c(json_str(json_get(item, "text")), "Vorrei ricevere le offerte"));
	assert_int_equal(json_str(json_path(item, "ledger.salt")).len, 64);
	assert_non_null(memmem(json_str(json_get(item, "source")).p,
	    json_str(json_get(item, "source")).len, "number:per_•••", strlen("number:per_•••")));
	item = json_at(json_get(v, "decisions"), 224);
	assert_true(str_eq_c(json_str(json_path(item, "decision.verdict")), "allow"));
	assert_true(json_str(json_path(item, "ledger.content")).len > 0);
	buf_done(&out);
}

/* The document says it as well, in that language; nothing of the other person is in it. */
static void test_the_document(void **state)
{
	struct fixture *f = *state;
	uint64_t me = somebody(f, PHONE), other = somebody(f, "+393331234502");
	static const char *const words[] = { "Dati conservati su una persona", "+393331234501",
		"Vorrei ricevere le offerte", "Consenso dato: marketing", "consentito",
		"accettato da Meta", "number:per_•••" };
	char id[ID_TEXT_MAX], source[64];
	struct document *d;
	struct buf out, html;

	id_format("per", other, id);
	(void)snprintf(source, sizeof(source), "number:%s", id);
	act(f, me, str_c(source));
	for (int i = 0; i < 3; i++)
		decided(f, me);
	buf_init(&out, 0);
	buf_init(&html, 0);
	OK(tell(f, me, &out));
	OK(dsar_document(buf_str(&out), LANG_IT, NOW, f->arena, &d, &f->err));
	OK(document_html(d, &html, &f->err));
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!memmem(html.p, html.len, words[i], strlen(words[i])))
			fail_msg("\"%s\" is not in it:\n%.*s", words[i], (int)html.len, html.p);
	}
	assert_null(memmem(html.p, html.len, id, strlen(id)));
	FAILS(dsar_document(STR("{"), LANG_IT, NOW, f->arena, &d, &f->err), E_INVALID, "");
	buf_done(&html);
	buf_done(&out);
}

static void test_nobody(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	buf_init(&out, 0);
	FAILS(tell(f, 4711, &out), E_NOT_FOUND, "");
	buf_done(&out);
}

static void test_restrictions(void **state)
{
	struct fixture *f = *state;
	const struct restriction x = { 7, NOW, NOW + DAY };
	struct restriction got, *list;
	struct buf out;
	size_t n;

	buf_init(&out, 0);
	OK(restriction_add(f->conn, &x, STR("+393331234501"), &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT instr(body, x'3333313233') FROM restricted"), 0);
	assert_int_equal(restriction_open(f->conn, 7, NOW, &got, &out, &f->err), 1);
	assert_true(str_eq_c(buf_str(&out), PHONE) && got.until == NOW + DAY);
	assert_int_equal(restriction_open(f->conn, 8, NOW, &got, &out, &f->err), 0);
	assert_int_equal(restriction_open(f->conn, 7, NOW + DAY, &got, &out, &f->err), 0);
	OK(restriction_list(f->conn, 0, 10, f->arena, &list, &n, &f->err));
	assert_true(n == 1 && list[0].id == 7);
	assert_int_equal(restriction_purge(f->conn, NOW + DAY - 1, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM restricted"), 1);
	assert_int_equal(restriction_purge(f->conn, NOW + DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM restricted"), 0);
	OK(restriction_add(f->conn, &x, STR("x"), &f->err));
	f->keyring.restricted.b[0] ^= 1;
	FAILS(restriction_open(f->conn, 7, NOW, &got, &out, &f->err), E_CRYPTO, "");
	f->keyring.restricted.b[0] ^= 1;
	buf_done(&out);
}

static int deed(struct fixture *f)
{
	struct document *d;
	struct person p;
	struct buf out;
	int r = person_get(
	    f->conn, phone_of(PHONE), STR_NONE, STR("770"), &f->ids, NOW, f->arena, &p, &f->err);

	buf_init(&out, 0);
	if (r == 0)
		r = tell(f, p.id, &out);
	if (r == 0)
		r = dsar_document(buf_str(&out), LANG_IT, NOW, f->arena, &d, &f->err);
	if (r == 0 && d->failed)
		r = -E_NOMEM;
	buf_done(&out);
	return r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, deed);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "dsar", deed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_everything_is_told),
		FIXTURE_TEST(test_the_document),
		FIXTURE_TEST(test_nobody),
		FIXTURE_TEST(test_restrictions),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
