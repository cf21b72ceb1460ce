/* domain/ledger_fixture.h: a ledger as the gateway writes it, with everything in it that can be: for tests of those that
 * read it. Include it behind domain/fixture.h. */
#ifndef DOMAIN_LEDGER_FIXTURE_H
#define DOMAIN_LEDGER_FIXTURE_H

#include <string.h>

#include "domain/consent.h"
#include "domain/erasure.h"
#include "domain/journal.h"
#include "domain/ledger_point.h"
#include "domain/ledger_tree.h"

static inline void ledger_fixture_signer(struct fixture *f, struct note_signer *ret)
{
	uint8_t seed[ED25519_SEED_LEN];
	struct ledger_tenant tenant;
	char origin[LEDGER_ORIGIN_MAX];

	memset(seed, 11, sizeof(seed));
	OK(ledger_install(f->conn, NOW, &f->err));
	OK(ledger_tenant(f->conn, &tenant, &f->err));
	ledger_origin(&tenant, origin);
	OK(note_signer_init(ret, str_c(origin), seed, &f->err));
}

static inline struct journal_entry ledger_fixture_send(struct fixture *f, int64_t n)
{
	return (struct journal_entry){
		.id = id_next(&f->ids, NOW + n),
		.at = NOW + n,
		.updated_at = NOW + n,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.person = (uint64_t)(4711 + n % 50),
		.purpose = PURPOSE_UTILITY,
		.kind = MESSAGE_TEMPLATE,
		.verdict = n % 3 ? VERDICT_ALLOW : VERDICT_REFUSE,
		.mode = MODE_ENFORCE,
		.state = n % 3 ? SEND_ACCEPTED : SEND_REFUSED,
		.digest = { { (uint8_t)n, (uint8_t)(n >> 8) } },
		.rules = n % 3 ? STR_NONE
			       : STR("[{\"id\":\"window.closed\",\"level\":\"refuse\"}]"),
		.policy = STR("test"),
	};
}

/* A held send, judged once more; two entries. */
static inline void ledger_fixture_held(struct fixture *f, int64_t n)
{
	struct journal_entry e = ledger_fixture_send(f, n);

	e.state = SEND_HELD;
	e.verdict = VERDICT_HOLD;
	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	e.at += 1;
	e.verdict = VERDICT_ALLOW;
	OK(journal_judge_again(f->conn, &f->ledger, &e, &f->err));
}

/* Every other one out of an import. */
static inline void ledger_fixture_consent(struct fixture *f, int64_t n)
{
	bool imported = n % 20 == 3;
	struct consent_entry e = {
		.person = (uint64_t)(1000 + n),
		.purpose = PURPOSE_MARKETING,
		.act = CONSENT_GRANT,
		.at = NOW - n,
		.evidence = EVIDENCE_FORM,
		.source = STR("https://shop.example/signup"),
		.wording = STR("Vorrei ricevere le offerte"),
		.attributes = imported ? STR("{\"list\":\"autunno\"}") : STR_NONE,
		.import_id = imported ? (uint64_t)(70000 + n) : 0,
	};
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW + n, &fresh, &f->err));
	assert_true(fresh);
}

static inline void ledger_fixture_operator(struct fixture *f, int64_t n)
{
	char text[64];
	int64_t seq;

	(void)snprintf(text, sizeof(text), "{\"at\":%lld,\"operation\":\"pauseNumber\"}",
	    (long long)(NOW + n));
	OK(ledger_append(
	    f->conn, &f->ledger, LEAF_OPERATOR, 0, str_c(text), NOW + n, &seq, &f->err));
	OK(ledger_keep(f->conn, seq, str_c(text), &f->err));
}

static inline void ledger_fixture_point(struct fixture *f, const struct note_signer *signer)
{
	while (ledger_tiles_make(f->conn, 64, &f->err) > 0)
		;
	OK(ledger_point_make(f->conn, &f->ledger, signer, NOW, &f->err));
}

/* One of the people of ledger_fixture_send is forgotten, with all decisions about them so far, and the one of an act of
 * consent. */
static inline void ledger_fixture_erasure(struct fixture *f, int64_t n, uint64_t person)
{
	const struct erasure_order order = { (uint64_t)n, "person", ERASURE_GROUND, true, NULL };
	struct erasure_report report;
	struct erasure_plan plan;

	erasure_plan_init(&plan);
	OK(erasure_plan_begin(f->conn, person, &plan, &f->err));
	OK(erasure_run(f->conn, &f->ledger, &plan, &order, NOW + n, &report, &f->err));
	erasure_plan_done(&plan);
}

/* At least `n` entries, with a checkpoint behind every `every`; the last entry is that of the last checkpoint. */
static inline void ledger_fixture_fill(
    struct fixture *f, const struct note_signer *signer, int64_t n, int64_t every)
{
	int64_t due = every;

	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	while (f->ledger.next_seq <= n) {
		int64_t seq = f->ledger.next_seq;
		struct journal_entry e;
		if (seq % 10 == 3) {
			ledger_fixture_consent(f, seq);
		} else if (seq % 50 == 7) {
			ledger_fixture_operator(f, seq);
		} else if (seq % 40 == 9) {
			ledger_fixture_held(f, seq);
		} else if (seq % 200 == 114) {
			ledger_fixture_erasure(f, seq, (uint64_t)(4711 + (seq / 200 + 12) % 50));
			ledger_fixture_erasure(f, seq + 1, (uint64_t)(1000 + seq - 11));
		} else {
			e = ledger_fixture_send(f, seq);
			OK(journal_add(f->conn, &f->ledger, &e, &f->err));
		}
		if (seq >= due) {
			ledger_fixture_point(f, signer);
			due += every;
		}
	}
	ledger_fixture_point(f, signer);
}

#endif
