#include "domain/consent.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"
#include "domain/campaign_tally.h"
#include "domain/consent_details.h"
#include "domain/consent_near.h"
#include "domain/consent_seal.h"
#include "domain/consent_undo.h"
#include "domain/ledger_erasure.h"
#include "domain/value.h"
#include "store/query.h"

/* Clocks of others may be ahead of ours by as much (readings 37). */
#define FUTURE_MS (5 * MS_PER_MIN)
/* 2000-01-01: who agreed before did not agree to this, and a clock or a column was wrong. */
#define EARLIEST 946684800000LL

#define SOURCE_MAX_CHARS 500
#define WORDING_MAX_CHARS 4000
#define ATTRIBUTES_MAX 16384

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on consents.");
}

/* --- checks ----------------------------------------------------------------------------------- */

static int check_texts(const struct consent_entry *e, struct err *err)
{
	int r = e->source.len ? value_check_text(e->source, "source", SOURCE_MAX_CHARS, err) : 0;

	if (r == 0 && e->wording.len)
		r = value_check_text(e->wording, "text", WORDING_MAX_CHARS, err);
	if (r < 0)
		return r;
	if (e->attributes.len > ATTRIBUTES_MAX)
		return err_field(err, E_TOO_LARGE, "attributes",
		    N_("The further columns of a consent are longer than %d bytes."),
		    ATTRIBUTES_MAX);
	if (!text_is_utf8(e->attributes))
		return err_field(err, E_INVALID, "attributes",
		    N_("The further columns of a consent are not valid UTF-8."));
	if (e->details.len > CONSENT_DETAILS_MAX)
		return err_field(err, E_TOO_LARGE, "details",
		    N_("What proves a consent is described in more than %d bytes."),
		    CONSENT_DETAILS_MAX);
	return 0;
}

static int check_entry(const struct consent_entry *e, time_ms now, struct err *err)
{
	if (!*purpose_name(e->purpose))
		return err_field(err, E_INVALID, "purpose",
		    N_("The purpose must be one of marketing, utility, authentication, service and all."));
	if (!*consent_act_name(e->act))
		return err_field(err, E_INVALID, "act", N_("The act must be grant or withdraw."));
	if (e->at == TIME_NONE)
		return err_field(err, E_INVALID, "at", N_("It is not said when the person acted."));
	if (e->at < EARLIEST)
		return err_field(
		    err, E_INVALID, "at", N_("The time of a consent lies before the year 2000."));
	if (e->at > now + FUTURE_MS && !e->undo_of && !e->upholds)
		return err_field(
		    err, E_INVALID, "at", N_("The time of a consent lies in the future."));
	if (!*evidence_name(e->evidence))
		return err_field(
		    err, E_INVALID, "evidence", N_("The evidence is of no known kind."));
	if (e->act == CONSENT_GRANT && e->evidence == EVIDENCE_NONE)
		return err_field(
		    err, E_INVALID, "evidence", N_("A grant of consent needs its evidence."));
	return check_texts(e, err);
}

/* --- appending -------------------------------------------------------------------------------- */

void consent_content(const struct consent_entry *e, struct buf *out)
{
	struct json_writer w;
	char person[ID_TEXT_MAX], import[ID_TEXT_MAX];

	id_format("per", e->recorded_for, person);
	id_format("imp", e->import_id, import);
	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "act", consent_act_name(e->act));
	jw_member_int(&w, "at", e->at);
	jw_member_str(&w, "attributes", e->attributes);
	jw_key(&w, "details");
	if (e->details.len)
		jw_raw(&w, e->details);
	else
		jw_null(&w);
	jw_member_c(&w, "evidence", evidence_name(e->evidence));
	jw_member_c(&w, "import", e->import_id ? import : NULL);
	jw_member_c(&w, "person", person);
	jw_member_c(&w, "purpose", purpose_name(e->purpose));
	jw_member_int(&w, "recorded_at", e->recorded_at);
	jw_member_str(&w, "source", e->source);
	jw_member_str(&w, "wording", e->wording);
	jw_object_end(&w);
}

/* e->leaf is filled. */
static int add_leaf(
    struct store_conn *c, struct ledger *ledger, struct consent_entry *e, struct err *err)
{
	struct buf content;

	buf_init(&content, 0);
	consent_content(e, &content);
	int r = content.failed ? no_memory(err)
			       : ledger_append(c, ledger, LEAF_CONSENT, e->person,
				     buf_str(&content), e->recorded_at, &e->leaf, err);
	buf_done(&content);
	return r;
}

static int insert_sealed(
    struct store_conn *c, const struct consent_entry *e, struct str sealed, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "INSERT INTO consent_record (leaf, recorded_at, recorded_for, sealed, import_id)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    "imibi", e->leaf, e->recorded_at, (int64_t)e->recorded_for, sealed,
	    (int64_t)e->import_id);

	if (r < 0)
		return r;
	if (!e->import_id)
		store_bind_null(s, 5);
	return store_run(s, err);
}

static int insert_record(struct store_conn *c, const struct consent_entry *e, struct err *err)
{
	struct buf sealed;

	buf_init(&sealed, 0);
	int r = consent_seal(c, e, &sealed, err);
	if (r == 0)
		r = insert_sealed(c, e, sealed.len ? buf_str(&sealed) : STR_NONE, err);
	buf_done(&sealed);
	return r;
}

static int insert(struct store_conn *c, const struct consent_entry *e, int64_t seq, struct err *err)
{
	int r = store_do(c, err,
	    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf, given_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, 0))",
	    "iiiimiim", (int64_t)e->person, seq, (int64_t)e->purpose, (int64_t)e->act, e->at,
	    (int64_t)e->evidence, e->leaf, e->given_at);

	if (r == 0)
		r = insert_record(c, e, err);
	return r < 0 ? r : consent_near_renew(c, e->person, err);
}

/* *ret the place behind the person's acts. */
static int next_place(struct store_conn *c, uint64_t person, int64_t *ret, struct err *err)
{
	int r = store_ask_int(c, ret, err,
	    "SELECT coalesce(max(seq), 0) + 1 FROM consent WHERE person = ?1", "i",
	    (int64_t)person);

	return r < 0 ? r : 0;
}

static int note_answer(struct store_conn *c, const struct consent_entry *e, struct err *err)
{
	if (!e->undo_of)
		return 0;
	return store_do(c, err,
	    "INSERT INTO consent_undo (leaf, import_id, restores) VALUES (?1, ?2, nullif(?3, 0))",
	    "iii", e->leaf, (int64_t)e->undo_of, e->restores);
}

/* What they did themselves brings back who was forgotten; what somebody else has on paper does not. */
static int welcome_back(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e,
    time_ms now, struct err *err)
{
	struct ledger_erasure what = { .category = "returned", .ground = "gdpr.6.1.a" };
	struct ledger_set none;
	struct json_writer names;
	struct buf list;

	if (e->act != CONSENT_GRANT || e->evidence < EVIDENCE_INBOUND || e->import_id || e->undo_of)
		return 0;
	struct arena *a = arena_new(0, 0);
	buf_init(&list, 0);
	jw_init(&names, &list);
	jw_array(&names);
	int r = a ? person_welcome_back(c, e->person, e->at, a, &names, err) : no_memory(err);
	jw_array_end(&names);
	if (r == 0 && list.failed)
		r = no_memory(err);
	what.returned = buf_str(&list);
	ledger_set_init(&none);
	if (r == 0 && what.returned.len > sizeof("[]") - 1)
		r = ledger_erase(c, ledger, &what, &none, now, NULL, err);
	buf_done(&list);
	arena_free(&a);
	return r;
}

/* *ret the newest grant that the withdrawal takes back and that is dated behind it: it was told to us before, or, by its
 * time, after now, which says that our own clock was put back. 1, or 0 when there is none. */
static int dated_ahead(
    struct store_conn *c, const struct consent_entry *e, time_ms now, time_ms *ret, struct err *err)
{
	return store_ask_int(c, ret, err,
	    "SELECT max(c.at) FROM consent c JOIN consent_record r ON r.leaf = c.leaf"
	    " WHERE c.person = ?1 AND c.act = ?2 AND c.at > ?3"
	    " AND (c.purpose IN (?4, ?5) OR ?4 = ?5)"
	    " AND (r.recorded_at <= ?3 OR r.recorded_at > ?6)",
	    "iimiim", (int64_t)e->person, (int64_t)CONSENT_GRANT, e->at, (int64_t)e->purpose,
	    (int64_t)PURPOSE_ALL, now);
}

/* Who withdraws acted later than they agreed, whatever a clock said. */
static int outweigh(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e,
    time_ms now, struct err *err)
{
	struct consent_entry again = {
		.person = e->person,
		.purpose = e->purpose,
		.act = CONSENT_WITHDRAW,
		.source = STR("dated ahead"),
		.import_id = e->import_id,
		.upholds = true,
	};
	bool fresh;
	int r = dated_ahead(c, e, now, &again.at, err);

	return r <= 0 ? r : consent_append(c, ledger, &again, now, &fresh, err);
}

/* `e` behind what is on record: the row, its leaf, and what counts with it. */
static int add(struct store_conn *c, struct ledger *ledger, struct consent_entry *e, time_ms now,
    struct err *err)
{
	int64_t seq = 0;
	int r = next_place(c, e->person, &seq, err);

	if (r == 0)
		r = add_leaf(c, ledger, e, err);
	if (r == 0)
		r = insert(c, e, seq, err);
	if (r == 0)
		r = note_answer(c, e, err);
	if (r == 0)
		r = e->act == CONSENT_GRANT ? campaign_tally_granted(c, e->person, e->at, err)
					    : campaign_tally_withdrew(c, e->person, err);
	if (r == 0)
		r = welcome_back(c, ledger, e, now, err);
	if (r == 0 && seq > 1 && e->act == CONSENT_WITHDRAW && !e->undo_of && !e->upholds)
		r = outweigh(c, ledger, e, now, err);
	/* a first act has nothing to be settled with */
	if (r == 0 && !e->undo_of && seq > 1)
		r = consent_settle(c, ledger, e, now, err);
	return r;
}

static int say_again(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e,
    time_ms now, struct err *err)
{
	int r = consent_say_again(c, e, err);

	if (r < 0 || !e->import_id)
		return r;
	return consent_settle(c, ledger, e, now, err);
}

int consent_append(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e,
    time_ms now, bool *ret_new, struct err *err)
{
	struct consent_entry x = *e;
	int known = 0, r = check_entry(e, now, err);

	if (r == 0)
		r = person_resolve(c, e->person, &x.person, err);
	if (r < 0)
		return r;
	x.recorded_at = now;
	x.recorded_for = x.person;
	if (!x.undo_of)
		known = consent_is_known(c, &x, err);
	if (known < 0)
		return known;
	r = known ? say_again(c, ledger, &x, now, err) : add(c, ledger, &x, now, err);
	if (r == 0)
		*ret_new = !known;
	return r;
}

/* --- lists ------------------------------------------------------------------------------------ */

#define FIRST_ROOM 8

/* Room for one more behind `len` items: doubled whenever it is used up. NULL when memory ran
 * out. */
static void *room(struct arena *a, void *items, size_t item, size_t len)
{
	if (len && (len < FIRST_ROOM || (len & (len - 1))))
		return items;
	char *more = arena_array(a, item, len ? len * 2 : FIRST_ROOM);
	if (more && len)
		memcpy(more, items, len * item);
	return more;
}

struct facts_consent consent_fact(const struct consent_entry *e)
{
	return (struct facts_consent){
		.purpose = e->purpose,
		.act = e->act,
		.at = e->at,
		.evidence = e->evidence,
		.given_at = e->given_at,
	};
}

int consent_take_act(struct store_stmt *s, int column, struct arena *a, struct facts_consent **list,
    size_t *len, struct err *err)
{
	struct facts_consent *more = room(a, *list, sizeof(**list), *len);

	if (!more)
		return no_memory(err);
	more[*len] = (struct facts_consent){
		.purpose = (enum purpose)store_col_int(s, column),
		.act = (enum consent_act)store_col_int(s, column + 1),
		.at = store_col_int(s, column + 2),
		.evidence = (enum evidence)store_col_int(s, column + 3),
		.given_at = store_col_int(s, column + 4),
	};
	*list = more;
	(*len)++;
	return 0;
}

int consent_take_acts(struct store_stmt *s, struct arena *a, const struct facts_consent **ret,
    size_t *ret_len, struct err *err)
{
	struct facts_consent *list = NULL;
	size_t n = 0;
	int r;

	while ((r = store_step(s, err)) > 0 && (r = consent_take_act(s, 0, a, &list, &n, err)) == 0)
		;
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int consent_list(struct store_conn *c, uint64_t person, struct arena *a,
    const struct facts_consent **ret, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT purpose, act, at, evidence, given_at FROM consent WHERE person = ?1 ORDER BY seq",
	    "i", (int64_t)person);

	return r < 0 ? r : consent_take_acts(s, a, ret, ret_len, err);
}

static int take_entry(struct store_conn *c, struct store_stmt *s, uint64_t person, struct arena *a,
    struct consent_entry *ret, struct err *err)
{
	*ret = (struct consent_entry){
		.person = person,
		.purpose = (enum purpose)store_col_int(s, 0),
		.act = (enum consent_act)store_col_int(s, 1),
		.at = store_col_int(s, 2),
		.evidence = (enum evidence)store_col_int(s, 3),
		.import_id = (uint64_t)store_col_int(s, 5),
		.recorded_at = store_col_int(s, 6),
		.recorded_for = (uint64_t)store_col_int(s, 7),
		.leaf = store_col_int(s, 8),
		.given_at = store_col_int(s, 9),
	};
	int r = consent_unseal(c, store_col_blob(s, 4), a, ret, err);
	if (r == 0)
		r = err_set(err, E_CRYPTO,
		    "What a consent says cannot be opened; see \"varco ledger verify\".");
	return r;
}

int consent_list_full(struct store_conn *c, uint64_t person, struct arena *a,
    struct consent_entry **ret, size_t *ret_len, struct err *err)
{
	struct consent_entry *list = NULL;
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT c.purpose, c.act, c.at, c.evidence, r.sealed, r.import_id, r.recorded_at,"
	    " r.recorded_for, c.leaf, c.given_at"
	    " FROM consent c JOIN consent_record r ON r.leaf = c.leaf"
	    " WHERE c.person = ?1 ORDER BY c.at, c.seq",
	    "i", (int64_t)person);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		struct consent_entry *more = room(a, list, sizeof(*list), n);
		r = more ? take_entry(c, s, person, a, &more[n], err) : no_memory(err);
		if (r < 0)
			break;
		list = more;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

/* --- what the ledger commits to --------------------------------------------------------------- */

/* Columns as find_content asks for them, of a row that anybody may have written. */
static bool words_are_known(struct store_stmt *s)
{
	return store_col_is_up_to(s, 0, PURPOSE_ALL) &&
	    store_col_is_up_to(s, 1, CONSENT_WITHDRAW) && store_col_is_up_to(s, 3, EVIDENCE_SIGNED);
}

/* The words of a row that anybody may have written: what cannot be opened is not what was committed
 * to, and neither is nothing. */
static int write_content(struct store_conn *c, struct store_stmt *s, struct consent_entry *e,
    struct buf *out, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	int r = a ? consent_unseal(c, store_col_blob(s, 4), a, e, err) : no_memory(err);

	if (r > 0)
		consent_content(e, out);
	arena_free(&a);
	return r < 0 ? r : 1;
}

/* Of the rows that are `person`'s now. */
static int find_content(struct store_conn *c, const struct ledger_leaf *leaf, uint64_t person,
    struct buf *out, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT c.purpose, c.act, c.at, c.evidence, r.sealed, r.import_id"
	    " FROM consent_record r JOIN consent c ON c.leaf = r.leaf"
	    " WHERE r.leaf = ?2 AND c.person = ?1 AND r.recorded_for = ?3 AND r.recorded_at = ?4",
	    "iiii", (int64_t)person, leaf->seq, leaf->ref, leaf->at);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && !words_are_known(s)) {
		r = 0;
	} else if (r > 0) {
		struct consent_entry e = {
			.purpose = (enum purpose)store_col_int(s, 0),
			.act = (enum consent_act)store_col_int(s, 1),
			.at = store_col_int(s, 2),
			.evidence = (enum evidence)store_col_int(s, 3),
			.import_id = (uint64_t)store_col_int(s, 5),
			.recorded_at = leaf->at,
			.recorded_for = (uint64_t)leaf->ref,
			.leaf = leaf->seq,
		};
		r = write_content(c, s, &e, out, err);
	}
	store_reset(s);
	return r > 0 && out->failed ? no_memory(err) : r;
}

int consent_leaf_content(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err)
{
	uint64_t person;
	int r = find_content(c, leaf, (uint64_t)leaf->ref, out, err);

	if (r != 0)
		return r;
	r = person_resolve(c, (uint64_t)leaf->ref, &person, err);
	return r < 0 ? r : find_content(c, leaf, person, out, err);
}
