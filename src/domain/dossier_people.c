/* The population is walked once, in the order of ids: hashed, and the smallest draws kept in a heap. */
#include "domain/dossier_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/consent.h"
#include "store/query.h"

#define SENT_STATES "state BETWEEN 11 AND 16"
#define DELAYS_MAX 200000
#define PER "per"

/* What business-initiated messages are: marketing and utility. */
#define POPULATION \
	" FROM decision WHERE id >= ?1 AND id < ?2 AND waba = ?3 AND person IS NOT NULL AND person > 0" \
	" AND purpose IN (1, 2) AND " SENT_STATES

/* Of such a row: whoever it is now, for there their acts and their number are. */
#define WHOSE \
	"coalesce((SELECT m.person FROM person_merged m WHERE m.gone = decision.person), decision.person)"

/* --- drawing ---------------------------------------------------------------------------------- */

struct draw {
	struct sha256 lot;
	uint64_t person;
	int64_t sent;
	time_ms last; /* when they were last written to */
};

/* The kept ones, the largest lot first in the heap. */
struct hat {
	struct draw *draws;
	size_t len, max;
};

static bool above(const struct draw *a, const struct draw *b)
{
	return memcmp(a->lot.b, b->lot.b, SHA256_LEN) > 0;
}

static void swap(struct draw *a, struct draw *b)
{
	struct draw t = *a;

	*a = *b;
	*b = t;
}

static void sink(struct hat *h, size_t i)
{
	for (;;) {
		size_t largest = i, left = 2 * i + 1, right = left + 1;
		if (left < h->len && above(&h->draws[left], &h->draws[largest]))
			largest = left;
		if (right < h->len && above(&h->draws[right], &h->draws[largest]))
			largest = right;
		if (largest == i)
			return;
		swap(&h->draws[i], &h->draws[largest]);
		i = largest;
	}
}

static void rise(struct hat *h, size_t i)
{
	while (i > 0 && above(&h->draws[i], &h->draws[(i - 1) / 2])) {
		swap(&h->draws[i], &h->draws[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void hat_take(struct hat *h, const struct draw *d)
{
	if (h->len < h->max) {
		h->draws[h->len] = *d;
		rise(h, h->len++);
	} else if (h->max > 0 && above(&h->draws[0], d)) {
		h->draws[0] = *d;
		sink(h, 0);
	}
}

static void lot_of(struct str seed, uint64_t person, struct sha256 *ret)
{
	char text[ID_TEXT_MAX], line[128];

	id_format(PER, person, text);
	int n = snprintf(line, sizeof(line), "%.*s\n%s\n", STR_ARG(seed), text);
	crypto_sha256(str_n(line, n > 0 ? (size_t)n : 0), ret);
}

/* --- the population --------------------------------------------------------------------------- */

static int walk(struct dossier_reading *r, struct hat *hat, struct buf *list)
{
	struct store_stmt *s = NULL;
	char text[ID_TEXT_MAX];
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT " WHOSE ", count(*), max(at)" POPULATION " GROUP BY 1 ORDER BY 1 LIMIT ?4",
	    "iiti", r->first, r->last, r->d->incident.waba, (int64_t)DOSSIER_PEOPLE_MAX);

	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		struct draw d = { .person = (uint64_t)store_col_int(s, 0),
			.sent = store_col_int(s, 1),
			.last = store_col_int(s, 2) };
		lot_of(r->d->seed, d.person, &d.lot);
		hat_take(hat, &d);
		id_format(PER, d.person, text);
		buf_addf(list, "%s\n", text);
		r->d->people++;
		r->d->messages += d.sent;
	}
	return rc < 0 || !list->failed ? rc : dossier_no_memory(r->err);
}

static int by_person(const void *pa, const void *pb)
{
	const struct draw *a = pa, *b = pb;

	return (a->person > b->person) - (a->person < b->person);
}

static int read_phone(struct dossier_reading *r, struct dossier_sampled *x)
{
	int64_t digits = 0;
	int rc = store_ask_int(r->c, &digits, r->err, "SELECT phone FROM person WHERE id = ?1", "i",
	    (int64_t)x->person);
	struct phone phone = { (uint64_t)digits };

	if (rc <= 0)
		return rc;
	if (r->d->personal)
		phone_format(phone, x->phone);
	else
		phone_format_masked(phone, x->phone);
	return 0;
}

/* The newest act that was on record then and covers marketing or, where it was never asked for, utility. */
static const struct consent_entry *act_of(
    const struct consent_entry *acts, size_t len, time_ms before)
{
	static const enum purpose asked[] = { PURPOSE_MARKETING, PURPOSE_UTILITY };
	const struct consent_entry *best = NULL;

	for (size_t k = 0; k < ARRAY_LEN(asked) && !best; k++) {
		for (size_t i = 0; i < len; i++) {
			const struct consent_entry *e = &acts[i];
			if ((e->purpose != asked[k] && e->purpose != PURPOSE_ALL) ||
			    e->at > before || e->recorded_at > before)
				continue;
			if (!best || e->at > best->at ||
			    (e->at == best->at && e->act == CONSENT_WITHDRAW))
				best = e;
		}
	}
	return best;
}

static int read_sampled(struct dossier_reading *r, const struct draw *d, struct dossier_sampled *x)
{
	struct consent_entry *acts = NULL;
	size_t len = 0;

	*x = (struct dossier_sampled){ .person = d->person, .sent = d->sent };
	int rc = consent_list_full(r->c, d->person, r->a, &acts, &len, r->err);
	if (rc >= 0)
		rc = read_phone(r, x);
	const struct consent_entry *e = rc < 0 ? NULL : act_of(acts, len, d->last);
	if (!e)
		return rc;
	x->found = true;
	x->grant = e->act == CONSENT_GRANT;
	x->at = e->at;
	x->recorded_at = e->recorded_at;
	x->evidence = evidence_name(e->evidence);
	x->source = e->source;
	x->wording = e->wording;
	x->leaf = e->leaf;
	r->d->sample_agreed += x->grant;
	return 0;
}

static int read_population(struct dossier_reading *r)
{
	size_t max = (size_t)pack_incidents(r->d->pack)->sample;
	struct hat hat = { .draws = ARENA_ARRAY(r->a, struct draw, max + 1), .max = max };
	struct buf list;

	r->d->sample = ARENA_ARRAY(r->a, struct dossier_sampled, max + 1);
	if (!hat.draws || !r->d->sample)
		return dossier_no_memory(r->err);
	buf_init(&list, 0);
	int rc = walk(r, &hat, &list);
	if (rc >= 0) {
		crypto_sha256(buf_str(&list), &r->d->list_hash);
		r->d->list = r->d->personal ? arena_str(r->a, buf_str(&list)) : STR_NONE;
		if (r->d->personal && !r->d->list.p)
			rc = dossier_no_memory(r->err);
	}
	buf_done(&list);
	qsort(hat.draws, hat.len, sizeof(hat.draws[0]), by_person);
	for (size_t i = 0; rc >= 0 && i < hat.len; i++)
		rc = read_sampled(r, &hat.draws[i], &r->d->sample[r->d->sample_len++]);
	return rc < 0 ? rc : 0;
}

/* Those of whom a grant was on record when they were last written to, and no withdrawal behind it: as it was known
 * then, whatever was put right since. */
static int read_agreed(struct dossier_reading *r)
{
	int rc = store_ask_int(r->c, &r->d->people_agreed, r->err,
	    "SELECT count(*) FROM (SELECT " WHOSE " AS person, max(at) AS sent_at" POPULATION
	    " GROUP BY 1) AS p WHERE EXISTS"
	    " (SELECT 1 FROM consent k JOIN consent_record kr ON kr.leaf = k.leaf WHERE k.person = p.person"
	    " AND k.act = 1 AND k.purpose IN (1, 2, 5) AND k.at <= p.sent_at AND kr.recorded_at <= p.sent_at AND NOT EXISTS"
	    " (SELECT 1 FROM consent w JOIN consent_record wr ON wr.leaf = w.leaf WHERE w.person = k.person"
	    " AND w.act = 2 AND w.purpose IN (k.purpose, 5) AND w.at >= k.at AND w.at <= p.sent_at AND wr.recorded_at <= p.sent_at))",
	    "iit", r->first, r->last, r->d->incident.waba);

	return rc < 0 ? rc : 0;
}

/* --- lists ------------------------------------------------------------------------------------ */

static int take_list(struct dossier_reading *r, struct store_stmt *s)
{
	struct dossier_list *x = &r->d->lists[r->d->lists_len++];
	int64_t import = store_col_int(s, 0);
	char id[ID_TEXT_MAX] = "";

	*x = (struct dossier_list){ .people = store_col_int(s, 2),
		.opt_outs = store_col_int(s, 3) };
	if (import)
		id_format("imp", (uint64_t)import, id);
	x->import = arena_str(r->a, str_c(id));
	if (x->import.p && store_copy_text(s, 1, r->a, &x->name) == 0)
		return 0;
	store_reset(s);
	return dossier_no_memory(r->err);
}

/* Who is on several counts for the newest. Person by person in the order of their acts, and each once: otherwise the
 * store asks for the acts at random, and three times. */
static int read_lists(struct dossier_reading *r)
{
	struct store_stmt *s = NULL;

	r->d->lists = ARENA_ARRAY(r->a, struct dossier_list, DOSSIER_ROWS_MAX);
	if (!r->d->lists)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "WITH g AS MATERIALIZED (SELECT"
	    " coalesce((SELECT max(c.import_id) FROM consent k JOIN consent_record c ON c.leaf = k.leaf"
	    " WHERE k.person = p.person AND k.act = 1), 0) AS import,"
	    " CASE WHEN EXISTS (SELECT 1 FROM consent w WHERE w.person = p.person AND w.act = 2 AND w.at >= ?4)"
	    " THEN 1 ELSE 0 END AS gone FROM (SELECT " WHOSE " AS person" POPULATION
	    " GROUP BY 1) AS p WHERE EXISTS (SELECT 1 FROM consent k WHERE k.person = p.person AND k.act = 1))"
	    " SELECT g.import, coalesce(i.name, ''), count(*), sum(g.gone) FROM g"
	    " LEFT JOIN consent_import i ON i.id = g.import"
	    " GROUP BY g.import, i.name ORDER BY 4 DESC, 3 DESC, 1 LIMIT ?5",
	    "iitmi", r->first, r->last, r->d->incident.waba, r->from, (int64_t)DOSSIER_ROWS_MAX);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		int failed = take_list(r, s);
		if (failed < 0)
			return failed;
	}
	return rc;
}

/* --- opt-outs --------------------------------------------------------------------------------- */

static int by_size(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return (a > b) - (a < b);
}

/* From when people said it to when it was in force; what a list brought, or taking one back, is no handling. */
static int read_delays(struct dossier_reading *r)
{
	int64_t *delays = ARENA_ARRAY(r->a, int64_t, DELAYS_MAX);
	struct store_stmt *s = NULL;
	size_t n = 0;

	if (!delays)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT min(c.recorded_at - k.at) FROM consent_record c JOIN consent k ON k.leaf = c.leaf"
	    " WHERE c.recorded_at >= ?1 AND c.recorded_at <= ?2 AND c.import_id IS NULL AND k.act = 2"
	    " AND NOT EXISTS (SELECT 1 FROM consent_undo u WHERE u.leaf = c.leaf)"
	    " GROUP BY k.person, k.at LIMIT ?3",
	    "mmi", r->from, r->d->made_at, (int64_t)DELAYS_MAX);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		int64_t ms = store_col_int(s, 0);
		delays[n++] = ms > 0 ? ms : 0;
	}
	if (rc < 0 || n == 0)
		return rc;
	qsort(delays, n, sizeof(*delays), by_size);
	r->d->opt_outs.count = (int64_t)n;
	r->d->opt_outs.median_ms = delays[(n - 1) / 2];
	r->d->opt_outs.worst_ms = delays[n - 1];
	return 0;
}

static int read_sent_after(struct dossier_reading *r)
{
	int rc = store_ask_int(r->c, &r->d->opt_outs.sent_after, r->err,
	    "SELECT count(*) FROM decision d WHERE d.id >= ?1 AND d.id < ?2 AND d.waba = ?3 AND d.purpose = 1"
	    " AND d.state BETWEEN 11 AND 16 AND EXISTS (SELECT 1 FROM consent k JOIN consent_record c"
	    " ON c.leaf = k.leaf WHERE k.person = d.person AND k.act = 2 AND k.purpose IN (1, 5)"
	    " AND c.recorded_at < d.at AND NOT EXISTS (SELECT 1 FROM consent g WHERE g.person = k.person"
	    " AND g.act = 1 AND g.purpose IN (1, 5) AND g.at > k.at AND g.at <= d.at))",
	    "iit", r->first, (int64_t)id_first_at(r->d->made_at + 1), r->d->incident.waba);

	return rc < 0 ? rc : 0;
}

/* --- whom to ask again ------------------------------------------------------------------------ */

/* Who agreed to marketing and did not withdraw since: the strongest consent, the newest list, and whether
 * they wrote lately. */
#define AGAIN \
	"(SELECT k.person, max(k.evidence) AS strength, max(c.import_id) AS import," \
	" CASE WHEN EXISTS (SELECT 1 FROM contact t WHERE t.person = k.person AND t.last_inbound_at > ?2)" \
	" THEN 1 ELSE 0 END AS wrote FROM consent k LEFT JOIN consent_record c ON c.leaf = k.leaf" \
	" WHERE k.act = 1 AND k.purpose IN (1, 5) AND k.at <= ?1 AND NOT EXISTS (SELECT 1 FROM consent w" \
	" WHERE w.person = k.person AND w.act = 2 AND w.purpose IN (1, 5) AND w.at >= k.at)" \
	" GROUP BY k.person) AS p LEFT JOIN consent_import i ON i.id = p.import"

static time_ms wrote_since(const struct dossier_reading *r)
{
	return r->d->made_at - pack_warmup(r->d->pack)->engaged_inbound_ms;
}

static const char *strength_of(struct store_stmt *s, int column)
{
	return store_col_is_up_to(s, column, EVIDENCE_SIGNED)
	    ? evidence_name((enum evidence)store_col_int(s, column))
	    : NULL;
}

static int take_again(struct dossier_reading *r, struct store_stmt *s)
{
	struct dossier_again *x = &r->d->again[r->d->again_len];

	*x = (struct dossier_again){ .evidence = strength_of(s, 0),
		.people = store_col_int(s, 2),
		.wrote = store_col_int(s, 3) };
	r->d->again_len += x->evidence != NULL;
	if (store_copy_text(s, 1, r->a, &x->source) == 0)
		return 0;
	store_reset(s);
	return dossier_no_memory(r->err);
}

static int take_asked(struct dossier_reading *r, struct store_stmt *s)
{
	struct dossier_asked *x = &r->d->asked[r->d->asked_len];

	*x = (struct dossier_asked){ .person = (uint64_t)store_col_int(s, 0),
		.phone = { (uint64_t)store_col_int(s, 1) },
		.evidence = strength_of(s, 2),
		.wrote = store_col_int(s, 4) != 0 };
	r->d->asked_len += x->evidence != NULL;
	if (store_copy_text(s, 3, r->a, &x->source) == 0)
		return 0;
	store_reset(s);
	return dossier_no_memory(r->err);
}

/* Each of them; the next one tells that there is no room. */
static int read_asked(struct dossier_reading *r)
{
	struct store_stmt *s = NULL;

	r->d->asked = ARENA_ARRAY(r->a, struct dossier_asked, DOSSIER_ASKED_MAX + 1);
	if (!r->d->asked)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT p.person, coalesce(h.phone, 0), p.strength, coalesce(i.name, ''), p.wrote FROM " AGAIN
	    " LEFT JOIN person h ON h.id = p.person ORDER BY p.strength DESC, p.wrote DESC, p.person LIMIT ?3",
	    "mmi", r->d->made_at, wrote_since(r), (int64_t)DOSSIER_ASKED_MAX + 1);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		int failed = take_asked(r, s);
		if (failed < 0)
			return failed;
	}
	r->d->asked_more = r->d->asked_len > DOSSIER_ASKED_MAX;
	if (r->d->asked_more)
		r->d->asked_len = DOSSIER_ASKED_MAX;
	return rc;
}

static int read_again(struct dossier_reading *r)
{
	struct store_stmt *s = NULL;

	if (!dossier_is_gone(r->d))
		return 0;
	r->d->again = ARENA_ARRAY(r->a, struct dossier_again, DOSSIER_ROWS_MAX);
	if (!r->d->again)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT p.strength, coalesce(i.name, ''), count(*), sum(p.wrote) FROM " AGAIN
	    " GROUP BY p.strength, i.name ORDER BY p.strength DESC, 3 DESC, 2 LIMIT ?3",
	    "mmi", r->d->made_at, wrote_since(r), (int64_t)DOSSIER_ROWS_MAX);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		int failed = take_again(r, s);
		if (failed < 0)
			return failed;
	}
	return rc >= 0 && r->d->personal ? read_asked(r) : rc;
}

int dossier_read_people(struct dossier_reading *r)
{
	static int (*const parts[])(struct dossier_reading *r) = {
		read_population,
		read_agreed,
		read_lists,
		read_delays,
		read_sent_after,
		read_again,
	};
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ARRAY_LEN(parts); i++)
		rc = parts[i](r);
	return rc < 0 ? rc : 0;
}
