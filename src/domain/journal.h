/* domain/journal.h: decisions on record and the life of each send (reliability 2.1).
 *
 *   refused    verdict refuse, or a hold that nobody waits for; never sent
 *   held       → ready | refused | expired | cancelled: waits in the outbox (Prefer: respond-async)
 *   ready      → sending | held | refused: judged and reserved, not yet handed to the upstream
 *   sending    → accepted | failed | unknown: an attempt is under way
 *   unknown    → accepted… | unresolved: bytes were written, no answer; only a webhook moves it;
 *                never resent
 *   unresolved → accepted…: a late webhook still settles it
 *   accepted   → sent → delivered → read: by webhooks; never backwards; failed never overwrites
 *                delivered or read
 * journal_move is the one door between states. At start every `sending` becomes `unknown`. */
#ifndef DOMAIN_JOURNAL_H
#define DOMAIN_JOURNAL_H

#include "base/crypto.h"
#include "domain/decision.h"
#include "domain/ledger.h"

/* Stored, but for one; never renumber. Below 10: open. */
enum send_state {
	SEND_HELD = 1,
	SEND_READY = 2,
	SEND_SENDING = 3,
	SEND_UNKNOWN = 4,
	SEND_REFUSED = 10,
	SEND_ACCEPTED = 11,
	SEND_SENT = 12,
	SEND_DELIVERED = 13,
	SEND_READ = 14,
	SEND_FAILED = 15,
	SEND_UNRESOLVED = 16,
	SEND_CANCELLED = 17,
	SEND_EXPIRED = 18,
};
/* What is recorded as sending, with nothing before, is stored as this until it is settled or noted
 * (journal_people.h): below 9 there is an index, which most sends would enter but to leave it again. It
 * is found all the same, behind the last decision noted. */
#define SEND_STORED_AT_ONCE 9
enum send_state send_state_stored(int64_t stored);
const char *send_state_name(enum send_state s);
MUST_CHECK int send_state_parse(struct str text, enum send_state *ret);
bool send_may_move(enum send_state from, enum send_state to);

struct journal_entry {
	uint64_t id;
	time_ms at, updated_at, hold_until;
	struct str app, number, waba, template_name;
	uint64_t person; /* 0 = none */
	enum purpose purpose;
	enum message_kind kind;
	enum verdict verdict;
	enum mode mode;
	enum send_state state;
	unsigned counted; /* BUDGET_ bits that hold a reservation (budget.h) */
	int64_t attempts, error_code;
	struct sha256 digest;
	struct str rules; /* stored findings; p NULL = every rule passed */
	struct str callback, wamid, policy;
	struct str campaign; /* that it belongs to, as its sender named it; p NULL = none */
	int64_t leaf; /* the entry of the ledger that stands for the newest judgement; only read */
};

/* The decision row and its ledger leaf. The leaf commits to the decision as it was taken:
 * {"app","at","decision","digest","kind","mode","number","person","purpose","recorded_at","rules","template",
 * "verdict","waba"}, members in this order and without blanks; `at` is when it was judged as it stands,
 * `recorded_at` when first. */
MUST_CHECK int journal_add(
    struct store_conn *c, struct ledger *l, const struct journal_entry *e, struct err *err);
/* 1 found (strings in the arena), 0 unknown. */
MUST_CHECK int journal_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct journal_entry *ret, struct err *err);
/* Moves e->state (as loaded) to `to` and writes state, wamid (kept when p NULL), error_code and
 * attempts; -E_CONFLICT when the move is not allowed (then nothing is written). */
MUST_CHECK int journal_move(struct store_conn *c, struct journal_entry *e, enum send_state to,
    struct str wamid, int64_t error_code, time_ms now, struct err *err);
/* The same for the common case without loading: from SEND_SENDING only. 1 moved, 0 it was not in
 * that state. */
MUST_CHECK int journal_settle_sending(struct store_conn *c, uint64_t id, enum send_state to,
    struct str wamid, int64_t error_code, time_ms now, struct err *err);
/* A held send was judged once more: verdict, findings, hold and reservation of `e` replace those of
 * the row, and the new decision leaves its own leaf. What the leaf of the judgement before
 * commits to is kept (ledger_keep), for the row tells only the newest. */
MUST_CHECK int journal_judge_again(
    struct store_conn *c, struct ledger *l, const struct journal_entry *e, struct err *err);
/* The entry of the ledger that stands for the newest judgement: 1, or 0 for an unknown decision. */
MUST_CHECK int journal_leaf(struct store_conn *c, uint64_t id, int64_t *ret, struct err *err);
/* The decisions that may be about a person, under present and former ids, and those of them that are, at
 * most the newest `limit`: oldest first. */
struct journal_candidates {
	uint64_t person;
	uint64_t *ids; /* rising, in the arena */
	size_t len;
};
MUST_CHECK int journal_candidates(struct store_conn *c, uint64_t person, struct arena *a,
    struct journal_candidates *ret, struct err *err);
MUST_CHECK int journal_of_person(struct store_conn *c, const struct journal_candidates *of,
    size_t limit, struct arena *a, struct journal_entry **ret, size_t *ret_len, struct err *err);
/* What an entry of the ledger that stands for a decision commits to, appended to `out`: 1, or 0 when
 * the row is not there, names another policy version, or has been judged again since. */
MUST_CHECK int journal_leaf_content(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err);
MUST_CHECK int journal_set_counted(
    struct store_conn *c, uint64_t id, unsigned counted, struct err *err);
/* How many are in one of the open states. */
MUST_CHECK int journal_count_open(
    struct store_conn *c, enum send_state state, int64_t *ret, struct err *err);
/* The newest id on record, 0 = none: no decision may get one below it (journal_people.h). */
MUST_CHECK int journal_newest(struct store_conn *c, uint64_t *ret, struct err *err);
/* Start-up: every `sending` → `unknown`; how many. */
MUST_CHECK int journal_recover(
    struct store_conn *c, time_ms now, int64_t *ret_count, struct err *err);
/* `unknown` older than the pack's time → `unresolved`, a bounded number per call. */
MUST_CHECK int journal_expire_unknown(
    struct store_conn *c, time_ms before, time_ms now, int64_t *ret_count, struct err *err);

struct journal_filter {
	time_ms since, until; /* TIME_NONE = any; until is not among them */
	bool state_given, verdict_given;
	enum send_state state;
	enum verdict verdict;         /* as it stands */
	struct str rule, app, number; /* p NULL = any; a rule may be of a former judgement */
	struct str campaign, wamid;   /* p NULL = any */
	struct str tpl;               /* p NULL = any; name, or name/language */
	const struct str *numbers;    /* one of these; NULL = any */
	size_t numbers_len;
	uint64_t person; /* 0 = any; one that is not gone */
	uint64_t before; /* cursor: ids below; 0 = newest */
	size_t limit;
};
/* Newest first. *ret_next = cursor for the next page, 0 at the end. Of a page a bounded number of rows is
 * looked at: one with fewer than `limit` that has a next one is how far that went (journal_list.c). */
MUST_CHECK int journal_list(struct store_conn *c, const struct journal_filter *f, struct arena *a,
    struct journal_entry **ret, size_t *ret_len, uint64_t *ret_next, struct err *err);
/* The object of `decision show` (design 3), with rules told in `lang`, and how it was judged before
 * (journal_former.h). */
MUST_CHECK int journal_write(struct store_conn *c, struct arena *a, const struct journal_entry *e,
    enum lang lang, struct json_writer *w, struct err *err);

/* The same, and "ladder": every rule and what it said (decision_write_ladder). */
MUST_CHECK int journal_write_ladder(struct store_conn *c, struct arena *a,
    const struct journal_entry *e, enum lang lang, struct json_writer *w, struct err *err);

/* Of it, in an object under construction, the members rules, warnings and details. */
MUST_CHECK int journal_write_findings(struct arena *a, const struct journal_entry *e,
    enum lang lang, struct json_writer *w, struct err *err);

/* biz_opaque_callback_data towards Meta: "v1.<decision id>.<16 hex of an HMAC>". Unforgeable; says
 * nothing. */
#define TOKEN_MAX 64
void journal_token(const struct seal_key *key, uint64_t id, char out[TOKEN_MAX]);
bool journal_token_read(const struct seal_key *key, struct str token, uint64_t *ret_id);

#endif
