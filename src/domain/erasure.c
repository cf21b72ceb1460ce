#include "domain/erasure.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/attachment.h"
#include "domain/campaign_tally.h"
#include "domain/journal.h"
#include "domain/journal_people.h"
#include "domain/person_key.h"
#include "domain/suppression.h"
#include "store/query.h"

#define SLICE 4000

/* Art. 17(1) GDPR, a to f. */
static const char *const grounds[] = {
	"gdpr.17.1.a", /* no longer needed */
	"gdpr.17.1.b", /* consent was withdrawn */
	"gdpr.17.1.c", /* they object */
	"gdpr.17.1.d", /* it was unlawful */
	"gdpr.17.1.e", /* the law asks for it */
	"gdpr.17.1.f", /* they were children */
};

const char *erasure_ground(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(grounds); i++) {
		if (str_eq_c(word, grounds[i]))
			return grounds[i];
	}
	return NULL;
}

/* --- finding ---------------------------------------------------------------------------------- */

void erasure_plan_init(struct erasure_plan *p)
{
	*p = (struct erasure_plan){ .person = 0 };
}

void erasure_plan_done(struct erasure_plan *p)
{
	ledger_set_done(&p->people);
	ledger_set_done(&p->decisions);
}

static bool is_among(const struct ledger_set *s, int64_t id)
{
	for (size_t i = 0; i < s->len; i++) {
		if (s->items[i] == id)
			return true;
	}
	return false;
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* They were found in the order of their ids. */
static bool is_found(const struct ledger_set *decisions, int64_t id)
{
	return decisions->len &&
	    bsearch(&id, decisions->items, decisions->len, sizeof(id), by_number);
}

/* The first column of what `r` and `s`, as store_ask left them, give. */
static int add_all(int r, struct store_stmt *s, struct ledger_set *to, struct err *err)
{
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		r = ledger_set_add(to, store_col_int(s, 0), err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

static int find_people(struct store_conn *c, struct erasure_plan *p, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = ledger_set_add(&p->people, (int64_t)p->person, err);

	if (r == 0)
		r = store_ask(c, &s, err,
		    "SELECT gone FROM person_merged WHERE person = ?1 ORDER BY gone", "i",
		    (int64_t)p->person);
	return add_all(r, s, &p->people, err);
}

int erasure_plan_begin(
    struct store_conn *c, uint64_t person, struct erasure_plan *p, struct err *err)
{
	p->person = person;
	return find_people(c, p, err);
}

int erasure_plan_next(struct store_conn *c, struct erasure_plan *p, struct err *err)
{
	struct store_stmt *s;
	int64_t rows = 0;
	int r = store_ask(c, &s, err,
	    "SELECT id, person FROM decision WHERE id > ?1 ORDER BY id LIMIT ?2", "ii",
	    (int64_t)p->looked_to, (int64_t)SLICE);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		p->looked_to = (uint64_t)store_col_int(s, 0);
		rows++;
		if (!is_among(&p->people, store_col_int(s, 1)))
			continue;
		r = ledger_set_add(&p->decisions, store_col_int(s, 0), err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r < 0 ? r : rows == SLICE;
}

int erasure_plan_again(struct store_conn *c, struct erasure_plan *p, struct err *err)
{
	uint64_t present;
	int64_t merged = 0;
	int r = person_resolve(c, p->person, &present, err);

	if (r == 0)
		r = store_ask_int(c, &merged, err,
		    "SELECT count(*) FROM person_merged WHERE person = ?1", "i",
		    (int64_t)p->person);
	if (r < 0)
		return r;
	if (present != p->person || (size_t)merged + 1 != p->people.len)
		return err_set(err, E_BUSY,
		    N_("Something new was learned of this person meanwhile; try again."));
	do {
		r = erasure_plan_next(c, p, err);
	} while (r > 0);
	return r;
}

/* --- decisions -------------------------------------------------------------------------------- */

struct decided {
	time_ms at;
	enum send_state state;
	int64_t leaf;
	struct str rules;
};

static int read_decision(
    struct store_conn *c, int64_t id, struct arena *a, struct decided *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT at, state, leaf, rules FROM decision WHERE id = ?1", "i", id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		*ret = (struct decided){ store_col_time(s, 0),
			send_state_stored(store_col_int(s, 1)), store_col_int(s, 2), STR_NONE };
	if (r > 0 && store_copy_text(s, 3, a, &ret->rules) < 0)
		r = err_set(err, E_NOMEM, "Memory ran out while erasing.");
	store_reset(s);
	return r;
}

/* The rules without what told of the person; none when they cannot be read. */
static int strip_rules(struct arena *a, struct str rules, struct str *ret, struct err *err)
{
	struct decision *d = ARENA_NEW(a, struct decision);
	struct json_writer w;
	struct buf text;
	int r = d && rules.p ? decision_read_stored(a, rules, d, NULL) : 0;

	*ret = STR_NONE;
	if (!d || r == -E_NOMEM)
		return err_set(err, E_NOMEM, "Memory ran out while erasing.");
	if (r < 0 || !rules.p)
		return 0;
	for (size_t i = 0; i < d->findings_len; i++)
		d->findings[i].evidence = STR("{}");
	buf_init(&text, 0);
	jw_init(&w, &text);
	decision_write_stored(d, &w);
	*ret = arena_str(a, buf_str(&text));
	r = text.failed || !ret->p ? err_set(err, E_NOMEM, "Memory ran out while erasing.") : 0;
	buf_done(&text);
	return r;
}

static int cancel(struct store_conn *c, int64_t id, time_ms now, struct err *err)
{
	int r = store_do(c, err, "DELETE FROM outbox WHERE decision = ?1", "i", id);

	if (r < 0)
		return r;
	return store_do(c, err, "UPDATE decision SET state = ?2, updated_at = ?3 WHERE id = ?1",
	    "iim", id, (int64_t)SEND_CANCELLED, now);
}

static int strip_row(struct store_conn *c, int64_t id, struct str rules, struct err *err)
{
	return store_do(c, err,
	    "UPDATE decision SET person = NULL, digest = NULL, rules = ?2, callback = NULL, room = NULL,"
	    " wamid = NULL WHERE id = ?1",
	    "it", id, rules);
}

static int erase_decision(struct store_conn *c, int64_t id, struct arena *a,
    struct ledger_set *entries, time_ms now, struct erasure_report *report, struct err *err)
{
	struct decided d;
	struct str rules;
	int r = read_decision(c, id, a, &d, err);

	if (r <= 0)
		return r;
	if (d.state == SEND_READY || d.state == SEND_SENDING)
		return err_set(
		    err, E_BUSY, N_("A send to this person is under way; try again in a moment."));
	r = ledger_set_add(entries, d.leaf, err);
	if (r == 0 && d.state == SEND_HELD) {
		report->cancelled++;
		r = cancel(c, id, now, err);
	}
	if (r == 0)
		r = strip_rules(a, d.rules, &rules, err);
	if (r == 0)
		r = strip_row(c, id, rules, err);
	/* A key is recorded at the time of its decision, and found by that. */
	if (r == 0)
		r = store_do(c, err, "DELETE FROM idempotency WHERE at = ?1 AND decision = ?2",
		    "mi", d.at, id);
	report->decisions += r == 0;
	return r;
}

/* What was kept of judgements before the newest. */
static int erase_former(struct store_conn *c, const struct ledger_set *decisions,
    struct ledger_set *entries, struct err *err)
{
	struct ledger_set notes;
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT n.leaf, l.ref FROM ledger_note n JOIN ledger_leaf l ON l.seq = n.leaf"
	    " WHERE l.type = ?1",
	    "i", (int64_t)LEAF_DECISION);

	if (r < 0)
		return r;
	ledger_set_init(&notes);
	while ((r = store_step(s, err)) > 0) {
		if (is_found(decisions, store_col_int(s, 1)) &&
		    (r = ledger_set_add(&notes, store_col_int(s, 0), err)) < 0)
			break;
	}
	store_reset(s);
	for (size_t i = 0; r == 0 && i < notes.len; i++) {
		r = store_do(
		    c, err, "DELETE FROM ledger_note WHERE leaf = ?1", "i", notes.items[i]);
		if (r == 0)
			r = store_do(c, err, "UPDATE ledger_leaf SET ref = 0 WHERE seq = ?1", "i",
			    notes.items[i]);
		if (r == 0)
			r = ledger_set_add(entries, notes.items[i], err);
	}
	ledger_set_done(&notes);
	return r;
}

static int erase_decisions(struct store_conn *c, const struct erasure_plan *p,
    struct ledger_set *entries, time_ms now, struct erasure_report *report, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	int r = a ? 0 : err_set(err, E_NOMEM, "Memory ran out while erasing.");

	for (size_t i = 0; r == 0 && i < p->decisions.len; i++) {
		arena_reset(a);
		r = erase_decision(c, p->decisions.items[i], a, entries, now, report, err);
	}
	arena_free(&a);
	return r < 0 ? r : erase_former(c, &p->decisions, entries, err);
}

/* --- the bytes -------------------------------------------------------------------------------- */

int erasure_want_scrub(struct store_conn *c, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO scrub (one, wanted_at, done_at) VALUES (1, ?1, NULL)"
	    " ON CONFLICT (one) DO UPDATE SET wanted_at = excluded.wanted_at",
	    "m", now);
}

int erasure_scrub_wanted(struct store_conn *c, time_ms *ret, struct err *err)
{
	return store_ask_int(c, ret, err,
	    "SELECT wanted_at FROM scrub WHERE one = 1 AND wanted_at >= coalesce(done_at, 0)", "");
}

int erasure_scrubbed(struct store_conn *c, time_ms since, struct err *err)
{
	return store_do(c, err, "UPDATE scrub SET done_at = ?1 WHERE one = 1", "m", since);
}

/* --- the person ------------------------------------------------------------------------------- */

/* ?1 is gone. In `reach` ids stay until their day is over: limits count them, and nothing leads from
 * them to anybody any more. */
static const char *const gone[] = {
	"DELETE FROM consent_said WHERE leaf IN (SELECT leaf FROM consent WHERE person = ?1)",
	"DELETE FROM consent_undo WHERE leaf IN (SELECT leaf FROM consent WHERE person = ?1)",
	"DELETE FROM consent_post WHERE leaf IN (SELECT leaf FROM consent WHERE person = ?1)",
	"DELETE FROM consent_request WHERE person = ?1",
	"DELETE FROM stop_by_code WHERE person = ?1",
	"DELETE FROM consent_record WHERE leaf IN (SELECT leaf FROM consent WHERE person = ?1)",
	"DELETE FROM consent WHERE person = ?1",
	"DELETE FROM contact WHERE person = ?1",
	"DELETE FROM marketing_sent WHERE person = ?1",
	"DELETE FROM delivered WHERE person = ?1",
	"DELETE FROM person_mark WHERE person = ?1",
	"DELETE FROM autoreply_sent WHERE person = ?1",
	"DELETE FROM autoreply_heard WHERE person = ?1",
	"DELETE FROM person_history WHERE person = ?1",
	"DELETE FROM person_bsuid WHERE person = ?1",
	"DELETE FROM person_merged WHERE person = ?1 OR gone = ?1",
	"DELETE FROM person_key WHERE person = ?1",
	"DELETE FROM person WHERE id = ?1",
	"UPDATE contact_made SET person = NULL WHERE person = ?1",
};

static int erase_rows(struct store_conn *c, uint64_t person, struct err *err)
{
	int r = campaign_tally_erase(c, person, err);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(gone); i++)
		r = store_do(c, err, gone[i], "i", (int64_t)person);
	return r < 0 ? r : journal_people_forget(c, person, err);
}

static int suppress_bsuids(
    struct store_conn *c, uint64_t person, time_ms now, struct json_writer *names, struct err *err)
{
	const struct phone none = { 0 };
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT bsuid FROM person_bsuid WHERE person = ?1", "i", (int64_t)person);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		r = suppression_add(c, none, store_col_text(s, 0), now, names, err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

/* Others may have had the number before, or have it from them. */
static int forget_number(struct store_conn *c, struct phone phone, struct err *err)
{
	char text[PHONE_TEXT_MAX];

	phone_format(phone, text);
	return store_do(c, err,
	    "UPDATE person_history SET detail = '{}' WHERE detail LIKE '%\"' || ?1 || '\"%'", "t",
	    str_c(text));
}

static int erase_keys(struct store_conn *c, const struct erasure_plan *p,
    const struct erasure_order *order, time_ms now, struct json_writer *names, struct err *err)
{
	int64_t phone = 0;
	int r = store_ask_int(
	    c, &phone, err, "SELECT phone FROM person WHERE id = ?1", "i", (int64_t)p->person);
	struct phone number = { r > 0 ? (uint64_t)phone : 0 };

	if (r >= 0 && number.number)
		r = forget_number(c, number, err);
	if (r >= 0 && order->suppress)
		r = suppression_add(c, number, STR_NONE, now, names, err);
	if (r >= 0 && order->suppress)
		r = suppress_bsuids(c, p->person, now, names, err);
	return r < 0 ? r : 0;
}

static int consent_entries(
    struct store_conn *c, const struct erasure_plan *p, struct ledger_set *to, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(
	    c, &s, err, "SELECT leaf FROM consent WHERE person = ?1", "i", (int64_t)p->person);

	return add_all(r, s, to, err);
}

/* Before the transaction is through: a file that outlived its rows would be nobody's. */
static int erase_files(
    struct store_conn *c, const char *state_dir, const struct ledger_set *consents, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < consents->len; i++)
		r = attachment_forget(c, state_dir, consents->items[i], err);
	return r;
}

static int say_erased(struct store_conn *c, struct ledger *l, const struct erasure_order *order,
    struct ledger_set *entries, struct str suppressed, time_ms now, struct erasure_report *report,
    struct err *err)
{
	const struct ledger_erasure what = {
		.id = order->id,
		.category = order->category,
		.ground = order->ground,
		.suppressed = order->suppress ? suppressed : STR_NONE,
		.returned = STR_NONE,
	};

	return ledger_erase(c, l, &what, entries, now, &report->entry, err);
}

static int erase_all(struct store_conn *c, struct ledger *l, const struct erasure_plan *p,
    const struct erasure_order *order, struct ledger_set *entries, time_ms now,
    struct erasure_report *report, struct err *err)
{
	struct json_writer names;
	struct buf list;
	int r = consent_entries(c, p, entries, err);

	report->consents = (int64_t)entries->len;
	if (r == 0 && order->state_dir)
		r = erase_files(c, order->state_dir, entries, err);
	if (r == 0)
		r = erase_decisions(c, p, entries, now, report, err);
	buf_init(&list, 0);
	jw_init(&names, &list);
	jw_array(&names);
	if (r == 0)
		r = erase_keys(c, p, order, now, &names, err);
	jw_array_end(&names);
	for (size_t i = 0; r == 0 && i < p->people.len; i++)
		r = erase_rows(c, (uint64_t)p->people.items[i], err);
	if (r == 0 && list.failed)
		r = err_set(err, E_NOMEM, "Memory ran out while erasing.");
	if (r == 0)
		r = say_erased(c, l, order, entries, buf_str(&list), now, report, err);
	buf_done(&list);
	if (r == 0)
		r = erasure_want_scrub(c, now, err);
	report->entries = (int64_t)entries->len;
	return r;
}

int erasure_run(struct store_conn *c, struct ledger *l, struct erasure_plan *p,
    const struct erasure_order *order, time_ms now, struct erasure_report *ret, struct err *err)
{
	struct erasure_report report = { 0 };
	struct ledger_set entries;
	int r = erasure_plan_again(c, p, err);

	if (r < 0)
		return r;
	ledger_set_init(&entries);
	r = erase_all(c, l, p, order, &entries, now, &report, err);
	ledger_set_done(&entries);
	if (r == 0)
		*ret = report;
	return r;
}

/* --- retention -------------------------------------------------------------------------------- */

#define AGE_LOOK 1000 /* rows looked at for a slice */
#define AGE_MOST 100  /* of them changed */

static const char limitation[] = "gdpr.5.1.e"; /* no longer than is needed */

/* The rows of a slice. Columns: the place, and whether there is something to do. */
static int find_aged(int r, struct store_stmt *s, int64_t *place, struct ledger_set *ret,
    int64_t *ret_rows, struct err *err)
{
	*ret_rows = 0;
	if (r < 0)
		return r;
	while (ret->len < AGE_MOST && (r = store_step(s, err)) > 0) {
		*place = store_col_int(s, 0);
		++*ret_rows;
		if (store_col_int(s, 1) && (r = ledger_set_add(ret, *place, err)) < 0)
			break;
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

static int say_aged(struct store_conn *c, struct ledger *l, struct id_gen *ids,
    struct ledger_set *entries, time_ms now, struct err *err)
{
	const struct ledger_erasure what = {
		.id = id_next(ids, now),
		.category = "retention",
		.ground = limitation,
	};
	int r = entries->len ? ledger_erase(c, l, &what, entries, now, NULL, err) : 0;

	return r == 0 && entries->len ? erasure_want_scrub(c, now, err) : r;
}

/* A judgement before the newest one has its own entry, which erasure_age_acts comes to. */
static int age_decisions(struct store_conn *c, const struct ledger_set *decisions,
    struct ledger_set *entries, time_ms now, struct err *err)
{
	struct erasure_report report = { 0 };
	struct arena *a = arena_new(0, 0);
	int r = a ? 0 : err_set(err, E_NOMEM, "Memory ran out while erasing.");

	for (size_t i = 0; r == 0 && i < decisions->len; i++) {
		arena_reset(a);
		r = erase_decision(c, decisions->items[i], a, entries, now, &report, err);
	}
	arena_free(&a);
	return r;
}

int erasure_age_decisions(struct store_conn *c, struct ledger *l, struct id_gen *ids,
    int64_t *place, time_ms before, time_ms now, struct err *err)
{
	struct ledger_set decisions, entries;
	struct store_stmt *s = NULL;
	int64_t rows = 0, at = *place;
	int r = store_ask(c, &s, err,
	    "SELECT id, person IS NOT NULL AND state >= 10 FROM decision WHERE id > ?1 AND id < ?2"
	    " ORDER BY id LIMIT ?3",
	    "iii", at, (int64_t)id_first_at(before), (int64_t)AGE_LOOK);

	ledger_set_init(&decisions);
	ledger_set_init(&entries);
	r = find_aged(r, s, &at, &decisions, &rows, err);
	if (r == 0)
		r = age_decisions(c, &decisions, &entries, now, err);
	if (r == 0)
		r = say_aged(c, l, ids, &entries, now, err);
	ledger_set_done(&decisions);
	ledger_set_done(&entries);
	if (r == 0)
		*place = at;
	return r < 0 ? r : rows > 0;
}

static int age_notes(struct store_conn *c, const struct ledger_set *notes, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < notes->len; i++) {
		r = store_do(
		    c, err, "DELETE FROM ledger_note WHERE leaf = ?1", "i", notes->items[i]);
		if (r == 0)
			r = store_do(c, err, "UPDATE ledger_leaf SET ref = 0 WHERE seq = ?1", "i",
			    notes->items[i]);
	}
	return r;
}

/* An erasure says for ever what it was; all else that was kept may go. */
int erasure_age_acts(struct store_conn *c, struct ledger *l, struct id_gen *ids, int64_t *place,
    time_ms before, time_ms now, struct err *err)
{
	struct ledger_set notes;
	struct store_stmt *s = NULL;
	int64_t rows = 0, at = *place;
	int r = store_ask(c, &s, err,
	    "SELECT n.leaf, l.type IN (?3, ?4) FROM ledger_note n JOIN ledger_leaf l ON l.seq = n.leaf"
	    " WHERE n.leaf > ?1 AND l.at < ?2 ORDER BY n.leaf LIMIT ?5",
	    "imiii", at, before, (int64_t)LEAF_OPERATOR, (int64_t)LEAF_DECISION, (int64_t)AGE_LOOK);

	ledger_set_init(&notes);
	r = find_aged(r, s, &at, &notes, &rows, err);
	if (r == 0)
		r = age_notes(c, &notes, err);
	if (r == 0)
		r = say_aged(c, l, ids, &notes, now, err);
	ledger_set_done(&notes);
	if (r == 0)
		*place = at;
	return r < 0 ? r : rows > 0;
}
