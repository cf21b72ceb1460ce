#include "domain/segment.h"

#include "base/check.h"
#include "base/id.h"
#include "base/lang.h"
#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/phone.h"
#include "store/query.h"

#define DAYS_MAX 3660

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while looking for people.");
}

/* --- conditions ------------------------------------------------------------------------------- */

static int read_purpose(struct segment *s, struct str value, time_ms now)
{
	(void)now;
	return purpose_parse(value, &s->purpose) == 0 && s->purpose != PURPOSE_SERVICE ? 0
										       : -E_INVALID;
}

/* "90d" → so long before now. */
static int days_ago(struct str value, time_ms now, time_ms *ret)
{
	uint64_t days;

	if (!str_ends(value, STR("d")) || str_to_u64(str_sub(value, 0, value.len - 1), &days) < 0 ||
	    days == 0 || days > DAYS_MAX)
		return -E_INVALID;
	*ret = now - (int64_t)days * MS_PER_DAY;
	return 0;
}

static int read_wrote(struct segment *s, struct str value, time_ms now)
{
	return days_ago(value, now, &s->wrote_since);
}

static int read_silent(struct segment *s, struct str value, time_ms now)
{
	return days_ago(value, now, &s->silent_since);
}

static int read_country(struct segment *s, struct str value, time_ms now)
{
	(void)now;
	s->country = value;
	return value.len == 2 && value.p[0] >= 'A' && value.p[0] <= 'Z' ? 0 : -E_INVALID;
}

static int read_import(struct segment *s, struct str value, time_ms now)
{
	(void)now;
	return id_parse("imp", value, &s->import);
}

static int read_read(struct segment *s, struct str value, time_ms now)
{
	(void)now;
	return id_parse("cmp", value, &s->read);
}

static int read_pressed(struct segment *s, struct str value, time_ms now)
{
	(void)now;
	return id_parse("cmp", value, &s->pressed);
}

static const struct {
	const char *name;
	int (*read)(struct segment *s, struct str value, time_ms now);
} conditions[] = {
	{ "purpose", read_purpose },
	{ "wrote_within", read_wrote },
	{ "silent_for", read_silent },
	{ "country", read_country },
	{ "import", read_import },
	{ "read", read_read },
	{ "pressed", read_pressed },
};

static int read_one(struct segment *s, struct str text, time_ms now)
{
	struct str value = text, name = str_trim(str_cut(&value, '='));

	for (size_t i = 0; value.p && i < ARRAY_LEN(conditions); i++) {
		if (str_eq_c(name, conditions[i].name))
			return conditions[i].read(s, str_trim(value), now);
	}
	return -E_INVALID;
}

int segment_read(
    const struct str *texts, size_t len, time_ms now, struct segment *ret, struct err *err)
{
	struct segment s = { .purpose = PURPOSE_NONE,
		.wrote_since = TIME_NONE,
		.silent_since = TIME_NONE,
		.country = STR_NONE,
		.numbers = STR_NONE,
		.portfolios = STR_NONE };
	int r = len > 0 && len <= SEGMENT_CONDITIONS_MAX ? 0 : -E_INVALID;

	for (size_t i = 0; r == 0 && i < len; i++)
		r = read_one(&s, texts[i], now);
	if (r < 0)
		return err_field(err, E_INVALID, "filter",
		    N_("A filter is conditions as purpose=marketing, wrote_within=90d, silent_for=90d, country=IT, import=imp_…, read=cmp_… and pressed=cmp_…."));
	*ret = s;
	return 0;
}

/* ",100200300,100200301,": a statement has no lists. */
static struct str join(const struct str *items, size_t len, struct arena *a)
{
	struct buf text;

	buf_init(&text, 0);
	buf_add_char(&text, ',');
	for (size_t i = 0; i < len; i++) {
		buf_add(&text, items[i]);
		buf_add_char(&text, ',');
	}
	struct str list = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	return list;
}

int segment_narrow(struct segment *s, const struct str *numbers, size_t numbers_len,
    const struct str *portfolios, size_t portfolios_len, struct arena *a, struct err *err)
{
	s->numbers = join(numbers, numbers_len, a);
	s->portfolios = join(portfolios, portfolios_len, a);
	return s->numbers.p && s->portfolios.p ? 0 : no_memory(err);
}

/* --- people ----------------------------------------------------------------------------------- */

struct one {
	int64_t place;
	uint64_t id;
	struct phone phone;
};

static int agrees(struct store_conn *c, const struct segment *s, const struct one *p, time_ms now,
    struct arena *a, struct err *err)
{
	const struct facts_consent *acts, *newest;
	size_t len;
	int r = consent_list(c, p->id, a, &acts, &len, err);

	if (r < 0)
		return r;
	newest = facts_consent_newest(acts, len, s->purpose, now);
	return newest && newest->act == CONSENT_GRANT;
}

static int known(
    struct store_conn *c, const struct segment *s, const struct one *p, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM contact WHERE person = ?1 AND ?2 LIKE '%,' || number || ',%'"
	    " UNION ALL SELECT 1 FROM campaign_member m JOIN campaign k ON k.id = m.campaign"
	    " WHERE m.person = ?1 AND ?2 LIKE '%,' || k.number || ',%'"
	    " UNION ALL SELECT 1 FROM person_bsuid WHERE person = ?1"
	    " AND ?3 LIKE '%,' || portfolio || ',%' LIMIT 1",
	    "itt", (int64_t)p->id, s->numbers, s->portfolios);
}

/* The newest inbound to a number that may be looked at; TIME_NONE = never. */
static int last_inbound(struct store_conn *c, const struct segment *s, const struct one *p,
    time_ms *ret, struct err *err)
{
	int64_t at = TIME_NONE;

	if (!s->numbers.p)
		return contact_last_inbound(c, p->id, ret, err);
	int r = store_ask_int(c, &at, err,
	    "SELECT max(last_inbound_at) FROM contact"
	    " WHERE person = ?1 AND ?2 LIKE '%,' || number || ',%'",
	    "it", (int64_t)p->id, s->numbers);
	*ret = r > 0 ? at : TIME_NONE;
	return r < 0 ? r : 0;
}

static int wrote(
    struct store_conn *c, const struct segment *s, const struct one *p, struct err *err)
{
	time_ms last;
	int r = last_inbound(c, s, p, &last, err);

	if (r < 0)
		return r;
	if (s->wrote_since != TIME_NONE && (last == TIME_NONE || last < s->wrote_since))
		return 0;
	return s->silent_since == TIME_NONE || last == TIME_NONE || last < s->silent_since;
}

static int came_with(
    struct store_conn *c, const struct segment *s, const struct one *p, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM consent k JOIN consent_record r ON r.leaf = k.leaf"
	    " WHERE k.person = ?1 AND r.import_id = ?2 LIMIT 1",
	    "ii", (int64_t)p->id, (int64_t)s->import);
}

static int has_read(
    struct store_conn *c, const struct segment *s, const struct one *p, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM campaign_member m JOIN decision d ON d.id = m.decision"
	    " WHERE m.person = ?1 AND m.campaign = ?2 AND d.state = 14 LIMIT 1",
	    "ii", (int64_t)p->id, (int64_t)s->read);
}

static int has_pressed(
    struct store_conn *c, const struct segment *s, const struct one *p, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM campaign_member m JOIN campaign_click k ON k.campaign = m.campaign"
	    " AND k.seq = m.seq WHERE m.person = ?1 AND m.campaign = ?2 LIMIT 1",
	    "ii", (int64_t)p->id, (int64_t)s->pressed);
}

/* 1 all conditions hold. */
static int belongs(struct store_conn *c, const struct segment *s, const struct one *p, time_ms now,
    struct arena *a, struct err *err)
{
	int r = !s->country.p || (p->phone.number && str_eq(phone_country(p->phone), s->country));

	if (r > 0 && s->numbers.p)
		r = known(c, s, p, err);
	if (r > 0 && s->purpose != PURPOSE_NONE)
		r = agrees(c, s, p, now, a, err);
	if (r > 0 && (s->wrote_since != TIME_NONE || s->silent_since != TIME_NONE))
		r = wrote(c, s, p, err);
	if (r > 0 && s->import)
		r = came_with(c, s, p, err);
	if (r > 0 && s->read)
		r = has_read(c, s, p, err);
	if (r > 0 && s->pressed)
		r = has_pressed(c, s, p, err);
	return r;
}

static int next_people(struct store_conn *c, int64_t after, size_t limit, struct one *list,
    size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT place, id, phone FROM person WHERE place > ?1 ORDER BY place LIMIT ?2", "ii",
	    after, (int64_t)limit);

	if (r < 0)
		return r;
	while (n < limit && (r = store_step(s, err)) > 0)
		list[n++] = (struct one){ store_col_int(s, 0), (uint64_t)store_col_int(s, 1),
			{ (uint64_t)store_col_int(s, 2) } };
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

int segment_next(struct store_conn *c, const struct segment *s, time_ms now,
    struct segment_walk *walk, size_t limit, struct arena *a, uint64_t **ret, size_t *ret_len,
    struct err *err)
{
	struct one *list = ARENA_ARRAY(a, struct one, limit);
	uint64_t *people = ARENA_ARRAY(a, uint64_t, limit);
	size_t n = 0, found = 0;
	int r = list && people ? next_people(c, walk->place, limit, list, &n, err) : no_memory(err);

	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = belongs(c, s, &list[i], now, a, err);
		if (r > 0)
			people[found++] = list[i].id;
	}
	if (r < 0)
		return r;
	walk->place = n ? list[n - 1].place : walk->place;
	walk->more = n == limit;
	*ret = people;
	*ret_len = found;
	return 0;
}

int segment_source(struct store_conn *c, uint64_t person, enum purpose purpose, struct arena *a,
    struct str *ret, struct err *err)
{
	const struct consent_entry *newest = NULL;
	struct consent_entry *list = NULL;
	size_t n = 0;
	int r = consent_list_full(c, person, a, &list, &n, err);

	/* What cannot be opened names nothing; whoever asks for it is told (varco ledger verify). */
	if (r < 0)
		return r == -E_CRYPTO ? 0 : r;
	for (size_t i = 0; i < n; i++) {
		bool covers = list[i].purpose == purpose || list[i].purpose == PURPOSE_ALL;
		if (covers && list[i].act == CONSENT_GRANT)
			newest = &list[i];
	}
	if (!newest || !newest->import_id || !newest->source.p)
		return 0;
	*ret = newest->source;
	return 1;
}
