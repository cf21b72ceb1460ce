#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent_undo.h"
#include "domain/fixture.h"
#include "domain/recipient.h"

#define WHO 4711
#define ALL PURPOSE_ALL
#define MARKETING PURPOSE_MARKETING
#define UTILITY PURPOSE_UTILITY
#define CODES PURPOSE_AUTHENTICATION
#define GRANT CONSENT_GRANT
#define WITHDRAW CONSENT_WITHDRAW

/* --- what must come of it --------------------------------------------------------------------- */

struct step {
	char who; /* 'p' the person, '1' to '3' an import, 'u' undoes import `act`, 0 the end */
	int act;
	enum purpose purpose;
	int hour; /* of the act */
};

static const struct {
	const char *name;
	struct step steps[7];
	enum consent_act marketing, utility, codes; /* 0 = nothing ever */
} stories[] = {
	{ "a withdrawal of all is taken back, and marketing was withdrawn before",
	    { { 'p', GRANT, ALL, 1 }, { 'p', WITHDRAW, MARKETING, 2 }, { '1', WITHDRAW, ALL, 3 },
		{ 'u', 1, 0, 0 } },
	    WITHDRAW, GRANT, GRANT },
	{ "and marketing was withdrawn in between",
	    { { 'p', GRANT, ALL, 1 }, { '1', WITHDRAW, ALL, 3 }, { 'p', WITHDRAW, MARKETING, 2 },
		{ 'u', 1, 0, 0 } },
	    WITHDRAW, GRANT, GRANT },
	{ "and marketing was withdrawn since",
	    { { 'p', GRANT, ALL, 1 }, { '1', WITHDRAW, ALL, 3 }, { 'p', WITHDRAW, MARKETING, 4 },
		{ 'u', 1, 0, 0 } },
	    WITHDRAW, GRANT, GRANT },
	{ "and codes were withdrawn before",
	    { { 'p', GRANT, ALL, 1 }, { 'p', WITHDRAW, CODES, 2 }, { '1', WITHDRAW, ALL, 3 },
		{ 'u', 1, 0, 0 } },
	    GRANT, GRANT, WITHDRAW },
	{ "a grant of all is taken back, and marketing was withdrawn before",
	    { { 'p', GRANT, UTILITY, 1 }, { 'p', WITHDRAW, MARKETING, 2 }, { '1', GRANT, ALL, 3 },
		{ 'u', 1, 0, 0 } },
	    WITHDRAW, GRANT, GRANT },
	{ "the person withdrew what the list withdrew, at the same time",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 },
		{ 'p', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 } },
	    WITHDRAW, 0, 0 },
	{ "or had before it",
	    { { 'p', GRANT, MARKETING, 1 }, { 'p', WITHDRAW, MARKETING, 3 },
		{ '1', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 } },
	    WITHDRAW, 0, 0 },
	{ "or does so after it was taken back",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 },
		{ 'p', WITHDRAW, MARKETING, 3 } },
	    WITHDRAW, 0, 0 },
	{ "an older withdrawal comes late",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 },
		{ 'p', WITHDRAW, MARKETING, 2 } },
	    WITHDRAW, 0, 0 },
	{ "and by a list",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 },
		{ '2', WITHDRAW, ALL, 2 } },
	    WITHDRAW, WITHDRAW, 0 },
	{ "a grant comes late",
	    { { '1', GRANT, MARKETING, 3 }, { 'u', 1, 0, 0 }, { 'p', GRANT, MARKETING, 2 } }, GRANT,
	    0, 0 },
	{ "what is behind it was undone as well",
	    { { '1', GRANT, MARKETING, 1 }, { '2', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 },
		{ 'u', 2, 0, 0 } },
	    WITHDRAW, 0, 0 },
	{ "what came back by it is undone",
	    { { '1', GRANT, MARKETING, 1 }, { '2', WITHDRAW, MARKETING, 3 }, { 'u', 2, 0, 0 },
		{ 'u', 1, 0, 0 } },
	    WITHDRAW, 0, 0 },
	{ "the same table comes again",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 },
		{ '2', WITHDRAW, MARKETING, 3 } },
	    WITHDRAW, 0, 0 },
	{ "and is undone again",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 },
		{ '2', WITHDRAW, MARKETING, 3 }, { 'u', 2, 0, 0 } },
	    GRANT, 0, 0 },
	{ "another says the same before the first is undone",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 },
		{ '2', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 } },
	    WITHDRAW, 0, 0 },
	{ "and both are undone",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 },
		{ '2', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 }, { 'u', 2, 0, 0 } },
	    GRANT, 0, 0 },
	{ "in the other order",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 },
		{ '2', WITHDRAW, MARKETING, 3 }, { 'u', 2, 0, 0 }, { 'u', 1, 0, 0 } },
	    GRANT, 0, 0 },
	{ "three lists say it, and that in the middle stands",
	    { { 'p', GRANT, MARKETING, 1 }, { '1', WITHDRAW, MARKETING, 3 },
		{ '2', WITHDRAW, MARKETING, 3 }, { '3', WITHDRAW, MARKETING, 3 }, { 'u', 1, 0, 0 },
		{ 'u', 3, 0, 0 } },
	    WITHDRAW, 0, 0 },
	{ "another grants the same before the first is undone",
	    { { '1', GRANT, MARKETING, 3 }, { '2', GRANT, MARKETING, 3 }, { 'u', 1, 0, 0 } }, GRANT,
	    0, 0 },
	{ "out of nothing", { { '1', GRANT, ALL, 3 }, { 'u', 1, 0, 0 } }, WITHDRAW, WITHDRAW,
	    GRANT },
};

/* --- a person, imports, and what of them stands ----------------------------------------------- */

#define IMPORTS 24

struct world {
	struct fixture *f;
	struct consent_import imports[IMPORTS];
};

static void import_begins(struct world *w, size_t i)
{
	struct fixture *f = w->f;

	w->imports[i] = (struct consent_import){
		.id = 100 + i,
		.at = NOW,
		.ended_at = NOW,
		.by = STR("admin"),
		.form = STR("csv"),
		.state = IMPORT_DONE,
		.undone_at = TIME_NONE,
	};
	OK(consent_import_begin(f->conn, &w->imports[i], &f->err));
}

static struct consent_entry act_of(enum purpose purpose, enum consent_act act, time_ms at)
{
	return (struct consent_entry){
		.person = WHO,
		.purpose = purpose,
		.act = act,
		.at = at,
		.evidence = act == GRANT ? EVIDENCE_FORM : EVIDENCE_NONE,
	};
}

static enum import_fate import(struct world *w, size_t i, struct consent_entry e)
{
	struct fixture *f = w->f;
	enum import_fate fate, judged;

	e.import_id = w->imports[i].id;
	OK(consent_import_judge(f->conn, &e, &judged, &f->err));
	OK(consent_import_act(f->conn, &f->ledger, &e, NOW, &fate, &f->err));
	assert_int_equal(fate, judged);
	return fate;
}

static void own(struct world *w, struct consent_entry e)
{
	struct fixture *f = w->f;
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
}

/* In slices of one act. */
static void undo(struct world *w, size_t i)
{
	struct fixture *f = w->f;
	int r;

	do {
		r = consent_import_undo(
		    f->conn, &f->ledger, 1, NOW, f->arena, &w->imports[i], &f->err);
		OK(r);
	} while (r > 0);
}

/* What a send is judged by: an act on everything does not withdraw codes. */
static enum consent_act in_force(
    struct fixture *f, uint64_t person, enum purpose purpose, enum evidence *ret)
{
	const struct facts_consent *acts, *newest = NULL;
	size_t len;

	OK(consent_list(f->conn, person, f->arena, &acts, &len, &f->err));
	for (size_t i = 0; i < len; i++) {
		bool heard = acts[i].purpose == purpose ||
		    (acts[i].purpose == ALL && (purpose != CODES || acts[i].act == GRANT));
		if (heard && facts_consent_is_newer(&acts[i], newest))
			newest = &acts[i];
	}
	*ret = newest ? newest->evidence : EVIDENCE_NONE;
	return newest ? newest->act : (enum consent_act)0;
}

static void test_stories(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		struct world w = { .f = f };
		enum evidence evidence;
		fixture_rollback(state);
		fixture_begin(state);
		for (size_t k = 1; k <= 3; k++)
			import_begins(&w, k);
		for (const struct step *s = stories[i].steps; s->who; s++) {
			struct consent_entry e = act_of(
			    s->purpose, (enum consent_act)s->act, NOW - DAY + s->hour * HOUR);
			if (s->who == 'p')
				own(&w, e);
			else if (s->who == 'u')
				undo(&w, (size_t)s->act);
			else
				(void)import(&w, (size_t)(s->who - '0'), e);
		}
		enum consent_act marketing = in_force(f, WHO, MARKETING, &evidence),
				 utility = in_force(f, WHO, UTILITY, &evidence),
				 codes = in_force(f, WHO, CODES, &evidence);
		if (marketing != stories[i].marketing || utility != stories[i].utility ||
		    codes != stories[i].codes)
			fail_msg("%s: %d, %d, %d", stories[i].name, (int)marketing, (int)utility,
			    (int)codes);
	}
}

/* Said once where it is to be said of everything. */
static void test_one_answer_on_everything(void **state)
{
	struct fixture *f = *state;
	struct world w = { .f = f };
	struct consent_entry *acts;
	size_t len;

	import_begins(&w, 1);
	own(&w, act_of(ALL, GRANT, NOW - DAY));
	assert_int_equal(import(&w, 1, act_of(ALL, WITHDRAW, NOW - HOUR)), IMPORT_RECORDED);
	undo(&w, 1);
	OK(consent_list_full(f->conn, WHO, f->arena, &acts, &len, &f->err));
	assert_int_equal(len, 3);
	assert_int_equal(acts[2].purpose, ALL);
	assert_int_equal(acts[2].act, GRANT);
}

/* --- people that turn out to be one, and numbers that change hands ------------------------------ */

#define PHONE "+393331234501"

static struct person learn_at(struct fixture *f, time_ms now, const char *phone, const char *bsuid)
{
	const struct person_lesson lesson = { &f->ledger, &f->ids, STR("500"), now, now };
	struct person_keys keys = { phone ? phone_of(phone) : (struct phone){ 0 }, str_c(bsuid),
		STR_NONE };
	struct person p;

	OK(person_learn(f->conn, &lesson, &keys, f->arena, &p, &f->err));
	return p;
}

static struct person learn(struct fixture *f, const char *phone, const char *bsuid)
{
	return learn_at(f, NOW, phone, bsuid);
}

static void own_of(
    struct world *w, uint64_t person, enum purpose purpose, enum consent_act act, time_ms at)
{
	struct consent_entry e = act_of(purpose, act, at);

	e.person = person;
	own(w, e);
}

static void import_of(struct world *w, size_t i, uint64_t person, enum purpose purpose,
    enum consent_act act, time_ms at)
{
	struct consent_entry e = act_of(purpose, act, at);

	e.person = person;
	assert_int_equal(import(w, i, e), IMPORT_RECORDED);
}

static enum consent_act in_force_of(struct fixture *f, uint64_t person, enum purpose purpose)
{
	enum evidence evidence;

	return in_force(f, person, purpose, &evidence);
}

/* One withdrew; the other agreed later, and a list withdrew that: it alone spoke when they became one. */
static void test_a_withdrawal_outlives_a_merger_and_an_undo(void **state)
{
	struct world w = { .f = *state };
	struct fixture *f = w.f;
	uint64_t left = learn(f, PHONE, NULL).id, right = learn(f, NULL, "IT.AnnaOne").id;

	import_begins(&w, 1);
	own_of(&w, right, MARKETING, WITHDRAW, NOW - 9 * HOUR);
	own_of(&w, left, MARKETING, GRANT, NOW - 8 * HOUR);
	import_of(&w, 1, left, MARKETING, WITHDRAW, NOW - 7 * HOUR);
	assert_int_equal(learn(f, PHONE, "IT.AnnaOne").id, left);
	assert_int_equal(in_force_of(f, left, MARKETING), WITHDRAW);
	undo(&w, 1);
	assert_int_equal(in_force_of(f, left, MARKETING), WITHDRAW);
}

/* What the holder of a number does not want, whoever gets it does not get either. */
static void test_a_withdrawal_outlives_a_new_holder_and_an_undo(void **state)
{
	struct world w = { .f = *state };
	struct fixture *f = w.f;
	uint64_t from = learn(f, PHONE, "IT.AnnaOne").id, to = learn(f, NULL, "IT.AnnaTwo").id;

	import_begins(&w, 1);
	own_of(&w, from, MARKETING, WITHDRAW, NOW - 9 * HOUR);
	own_of(&w, to, MARKETING, GRANT, NOW - 8 * HOUR);
	import_of(&w, 1, to, MARKETING, WITHDRAW, NOW - 7 * HOUR);
	assert_int_equal(learn(f, PHONE, "IT.AnnaTwo").id, to);
	undo(&w, 1);
	assert_int_equal(in_force_of(f, to, MARKETING), WITHDRAW);
}

/* A list's withdrawal alone goes with its list, whoever it is about by then. */
static void test_a_list_alone_does_not_outlive_a_merger(void **state)
{
	struct world w = { .f = *state };
	struct fixture *f = w.f;
	uint64_t left = learn(f, PHONE, NULL).id;

	(void)learn(f, NULL, "IT.AnnaOne");
	import_begins(&w, 1);
	own_of(&w, left, MARKETING, GRANT, NOW - 8 * HOUR);
	import_of(&w, 1, left, MARKETING, WITHDRAW, NOW - 7 * HOUR);
	assert_int_equal(learn(f, PHONE, "IT.AnnaOne").id, left);
	undo(&w, 1);
	assert_int_equal(in_force_of(f, left, MARKETING), GRANT);
}

/* A grant of everything covers codes as well. */
static void test_codes_stay_withdrawn_in_a_merger(void **state)
{
	struct world w = { .f = *state };
	struct fixture *f = w.f;
	uint64_t left = learn(f, PHONE, NULL).id, right = learn(f, NULL, "IT.AnnaOne").id;

	own_of(&w, right, CODES, WITHDRAW, NOW - 9 * HOUR);
	own_of(&w, left, ALL, GRANT, NOW - 8 * HOUR);
	assert_int_equal(learn(f, PHONE, "IT.AnnaOne").id, left);
	assert_int_equal(in_force_of(f, left, CODES), WITHDRAW);
}

/* Who withdrew codes and agreed to everything later wants them. */
static void test_codes_that_are_wanted_again_stay_wanted(void **state)
{
	struct world w = { .f = *state };
	struct fixture *f = w.f;
	uint64_t left = learn(f, PHONE, NULL).id, right = learn(f, NULL, "IT.AnnaOne").id;

	own_of(&w, right, CODES, WITHDRAW, NOW - 9 * HOUR);
	own_of(&w, right, ALL, GRANT, NOW - 8 * HOUR);
	own_of(&w, left, CODES, GRANT, NOW - 7 * HOUR);
	assert_int_equal(learn(f, PHONE, "IT.AnnaOne").id, left);
	assert_int_equal(in_force_of(f, left, CODES), GRANT);
}

/* --- a clock that was put back ----------------------------------------------------------------- */

#define AHEAD (4 * MINUTE)
#define THEN (NOW - HOUR)

static void test_undone_by_a_clock_that_was_put_back(void **state)
{
	struct world w = { .f = *state };
	struct fixture *f = w.f;

	import_begins(&w, 1);
	own_of(&w, WHO, MARKETING, GRANT, NOW - DAY);
	import_of(&w, 1, WHO, MARKETING, WITHDRAW, NOW + AHEAD);
	OK(consent_import_undo(f->conn, &f->ledger, 10, THEN, f->arena, &w.imports[1], &f->err));
	assert_int_equal(in_force_of(f, WHO, MARKETING), GRANT);
}

static void test_merged_by_a_clock_that_was_put_back(void **state)
{
	struct world w = { .f = *state };
	struct fixture *f = w.f;
	uint64_t left = learn(f, PHONE, NULL).id, right = learn(f, NULL, "IT.AnnaOne").id;

	own_of(&w, right, MARKETING, WITHDRAW, NOW - 9 * HOUR);
	own_of(&w, left, MARKETING, GRANT, NOW + AHEAD);
	assert_int_equal(learn_at(f, THEN, PHONE, "IT.AnnaOne").id, left);
	assert_int_equal(in_force_of(f, left, MARKETING), WITHDRAW);
}

/* --- whatever happens ------------------------------------------------------------------------- */

/* The tests' own sum: everything that was said, by whom, and by whom again. */
struct said {
	struct consent_entry e;
	size_t by;      /* 0 = the person; an import */
	uint64_t again; /* the bits of those that repeated it: of a grant the newest */
	bool of_answer; /* it was an answer before `by` said the same */
};

struct model {
	struct world w;
	struct said list[256];
	size_t len;
	size_t imports;
	uint64_t dice;
};

static unsigned roll(struct model *m, unsigned sides)
{
	m->dice = m->dice * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(m->dice >> 33) % sides;
}

static bool stands(const struct model *m, size_t import)
{
	return !import || m->w.imports[import].state == IMPORT_DONE;
}

static bool is_real(const struct model *m, const struct said *s)
{
	bool real = stands(m, s->by);

	for (size_t i = 1; i < IMPORTS; i++)
		real = real || (s->again >> i & 1 && stands(m, i));
	return real;
}

static bool is_about(const struct consent_entry *e, enum purpose purpose)
{
	return e->purpose == purpose ||
	    (e->purpose == ALL && (purpose != CODES || e->act == GRANT));
}

static const struct said *real_act(const struct model *m, enum purpose purpose)
{
	const struct said *newest = NULL;

	for (size_t i = 0; i < m->len; i++) {
		const struct consent_entry *e = &m->list[i].e;
		bool newer = !newest || e->at > newest->e.at ||
		    (e->at == newest->e.at && e->act == WITHDRAW);
		if (is_about(e, purpose) && newer && is_real(m, &m->list[i]))
			newest = &m->list[i];
	}
	return newest;
}

static void note(struct model *m, const struct consent_entry *e, size_t by)
{
	assert_true(m->len < ARRAY_LEN(m->list));
	m->list[m->len++] = (struct said){ .e = *e, .by = by };
}

/* Somebody said it already, and it stands: the import repeats the first of them. */
static void note_again(struct model *m, const struct consent_entry *e, size_t by)
{
	struct said *other = NULL;

	for (size_t i = 0; i < m->len; i++) {
		struct said *s = &m->list[i];
		bool same = s->e.purpose == e->purpose && s->e.act == e->act && s->e.at == e->at;
		if (same && (!s->by || s->by == by))
			return;
		if (same && is_real(m, s) && !other)
			other = s;
	}
	if (other && other->of_answer) {
		other->by = by;
	} else if (other) {
		other->again = (e->act == WITHDRAW ? other->again : 0) | UINT64_C(1) << by;
	} else {
		note(m, e, by);
		m->list[m->len - 1].of_answer = true;
	}
}

static void step(struct model *m)
{
	struct consent_entry e = act_of((enum purpose)(1 + roll(m, 5)),
	    roll(m, 2) ? GRANT : WITHDRAW, NOW - DAY + (time_ms)roll(m, 6));
	size_t by = 1 + roll(m, IMPORTS - 1);

	if (e.act == GRANT)
		e.evidence = (enum evidence)(EVIDENCE_FORM + roll(m, 4));
	if (roll(m, 4) == 0) {
		own(&m->w, e);
		note(m, &e, 0);
		return;
	}
	if (m->w.imports[by].state != IMPORT_DONE)
		return;
	if (roll(m, 3) == 0) {
		undo(&m->w, by);
		return;
	}
	switch (import(&m->w, by, e)) {
	case IMPORT_RECORDED:
		note(m, &e, by);
		break;
	case IMPORT_KNOWN:
		note_again(m, &e, by);
		break;
	case IMPORT_BLOCKED:
	case IMPORT_UNPROVEN:
		break;
	}
}

/* Does one of the real grants of that time rest on the evidence? */
static bool is_proved(
    const struct model *m, enum purpose purpose, time_ms at, enum evidence evidence)
{
	for (size_t i = 0; i < m->len; i++) {
		const struct said *s = &m->list[i];
		if (is_about(&s->e, purpose) && is_real(m, s) && s->e.act == GRANT &&
		    s->e.at == at && (s->of_answer || s->e.evidence == evidence))
			return true;
	}
	return false;
}

static bool is_right(
    const struct model *m, enum purpose purpose, enum consent_act act, enum evidence evidence)
{
	const struct said *real = real_act(m, purpose);

	if (!real)
		return act != GRANT || purpose == CODES;
	return act == real->e.act &&
	    (act == WITHDRAW || is_proved(m, purpose, real->e.at, evidence));
}

static void compare(const struct model *m, uint64_t seed, int turn)
{
	for (enum purpose p = MARKETING; p <= PURPOSE_SERVICE; p++) {
		enum evidence evidence;
		enum consent_act act = in_force(m->w.f, WHO, p, &evidence);
		if (!is_right(m, p, act, evidence))
			fail_msg("dice %llu, turn %d: %s is %d", (unsigned long long)seed, turn,
			    purpose_name(p), (int)act);
	}
}

#define SEEDS 400

/* Times lie a millisecond apart, where ties are, and answers a moment behind. */
static void test_what_is_real_is_in_force(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		fixture_rollback(state);
		fixture_begin(state);
		struct model m = { .w.f = *state, .dice = seed };
		for (size_t i = 1; i < IMPORTS; i++)
			import_begins(&m.w, i);
		for (int turn = 0; turn < 40; turn++) {
			step(&m);
			compare(&m, seed, turn);
		}
	}
}

/* --- whatever happens to several people --------------------------------------------------------- */

#define HALVES 4 /* of people: some are known by a number, others by an id */

static void half_keys(unsigned i, char phone[20], char bsuid[20])
{
	(void)snprintf(phone, 20, "+3933312346%02u", i % HALVES);
	(void)snprintf(bsuid, 20, "IT.Half%u", i % HALVES);
}

static uint64_t half(struct fixture *f, unsigned i)
{
	char phone[20], bsuid[20];

	half_keys(i, phone, bsuid);
	return i < HALVES ? learn(f, phone, NULL).id : learn(f, NULL, bsuid).id;
}

#define NEWEST \
	"SELECT max(c.at) FROM consent c JOIN consent_record r ON r.leaf = c.leaf" \
	" LEFT JOIN consent_undo u ON u.leaf = c.leaf LEFT JOIN consent_import i ON i.id = r.import_id" \
	" WHERE c.person = ?1 AND c.purpose IN (?2, 5) AND "
/* The newest act of their own that withdraws, and the newest grant that stands. */
static const char withdrew[] = NEWEST "c.act = 2 AND r.import_id IS NULL AND u.leaf IS NULL";
static const char granted[] = NEWEST
    "c.act = 1 AND ((u.leaf IS NULL AND coalesce(i.state, 0) < 5) OR EXISTS (SELECT 1"
    " FROM consent_said s JOIN consent_import t ON t.id = s.import_id WHERE s.leaf = c.leaf AND t.state < 5))";

static time_ms newest_of(struct fixture *f, uint64_t person, enum purpose purpose, const char *sql)
{
	int64_t at = 0;
	int r = store_ask_int(f->conn, &at, &f->err, sql, "ii", (int64_t)person, (int64_t)purpose);

	OK(r);
	return r > 0 ? at : 0;
}

static void must_be_silent(struct fixture *f, uint64_t person, uint64_t seed, int turn)
{
	for (enum purpose p = MARKETING; p <= UTILITY; p++) {
		time_ms out = newest_of(f, person, p, withdrew),
			in = newest_of(f, person, p, granted);
		if (in_force_of(f, person, p) == GRANT && in <= out)
			fail_msg("dice %llu, turn %d: %s", (unsigned long long)seed, turn,
			    purpose_name(p));
	}
}

/* The ledger commits to what the rows say, and the copies say it too. */
static void must_be_sound(struct fixture *f)
{
	for (int64_t seq = 1; seq < f->ledger.next_seq; seq++) {
		struct ledger_leaf leaf;
		struct buf content;
		assert_int_equal(ledger_get(f->conn, seq, f->arena, &leaf, &f->err), 1);
		if (leaf.type != LEAF_CONSENT)
			continue;
		buf_init(&content, 0);
		assert_int_equal(consent_leaf_content(f->conn, &leaf, &content, &f->err), 1);
		assert_true(ledger_leaf_commits(&leaf, buf_str(&content)));
		buf_done(&content);
	}
	for (unsigned i = 0; i < 2 * HALVES; i++) {
		const struct facts_consent *acts;
		struct recipient who;
		size_t len;
		OK(recipient_by_id(f->conn, half(f, i), STR("101"), f->arena, &who, &f->err));
		OK(consent_list(f->conn, half(f, i), f->arena, &acts, &len, &f->err));
		assert_int_equal(len, who.consents_len);
		for (size_t k = 0; k < len; k++)
			assert_memory_equal(&acts[k], &who.consents[k], sizeof(acts[k]));
	}
}

static void step_of_several(struct model *m)
{
	struct fixture *f = m->w.f;
	char phone[20], bsuid[20];
	size_t by = 1 + roll(m, IMPORTS - 1);
	struct consent_entry e = act_of((enum purpose)(1 + roll(m, 5)),
	    roll(m, 2) ? GRANT : WITHDRAW, NOW - DAY + (time_ms)roll(m, 6));
	struct consent_import *x = &m->w.imports[by];

	e.person = half(f, roll(m, 2 * HALVES));
	switch (roll(m, 8)) {
	case 0:
		half_keys(roll(m, HALVES), phone, bsuid);
		(void)learn(f, phone, bsuid);
		break;
	case 1:
	case 2:
		if (x->state == IMPORT_DONE ||
		    x->state == IMPORT_UNDOING) /* not always to its end */
			OK(consent_import_undo(
			    f->conn, &f->ledger, 1 + roll(m, 2), NOW, f->arena, x, &f->err));
		break;
	case 3:
	case 4:
		own(&m->w, e);
		break;
	default:
		if (x->state == IMPORT_DONE)
			(void)import(&m->w, by, e);
	}
}

static void undo_all(struct model *m)
{
	for (size_t i = 1; i < IMPORTS; i++) {
		if (m->w.imports[i].state == IMPORT_UNDOING)
			undo(&m->w, i);
	}
}

static void test_nobody_who_withdrew_is_written_to(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		fixture_rollback(state);
		fixture_begin(state);
		struct model m = { .w.f = *state, .dice = seed };
		for (size_t i = 1; i < IMPORTS; i++)
			import_begins(&m.w, i);
		for (int turn = 0; turn < 60; turn++) {
			step_of_several(&m);
			if (turn % 10 != 9)
				continue;
			undo_all(&m);
			for (unsigned i = 0; i < 2 * HALVES; i++)
				must_be_silent(m.w.f, half(m.w.f, i), seed, turn);
		}
		must_be_sound(m.w.f);
	}
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct consent_import x = { .id = 3,
		.at = NOW,
		.by = STR("admin"),
		.form = STR("csv"),
		.state = IMPORT_DONE,
		.undone_at = TIME_NONE };
	struct consent_entry e = act_of(ALL, GRANT, NOW - DAY);
	enum import_fate fate;
	bool fresh;
	int r = consent_import_begin(f->conn, &x, &f->err);

	if (r == 0)
		r = consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err);
	e = act_of(ALL, WITHDRAW, NOW - HOUR);
	e.import_id = x.id;
	if (r == 0)
		r = consent_import_act(f->conn, &f->ledger, &e, NOW, &fate, &f->err);
	e.import_id = 4;
	if (r == 0)
		r = consent_import_act(f->conn, &f->ledger, &e, NOW, &fate, &f->err);
	if (r == 0)
		r = store_do(f->conn, &f->err, "DELETE FROM consent_said", "");
	if (r == 0)
		r = consent_import_undo(f->conn, &f->ledger, 10, NOW, f->arena, &x, &f->err);
	return r < 0 ? r : 0;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "undoing", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_stories),
		FIXTURE_TEST(test_one_answer_on_everything),
		FIXTURE_TEST(test_a_withdrawal_outlives_a_merger_and_an_undo),
		FIXTURE_TEST(test_a_withdrawal_outlives_a_new_holder_and_an_undo),
		FIXTURE_TEST(test_a_list_alone_does_not_outlive_a_merger),
		FIXTURE_TEST(test_codes_stay_withdrawn_in_a_merger),
		FIXTURE_TEST(test_codes_that_are_wanted_again_stay_wanted),
		FIXTURE_TEST(test_undone_by_a_clock_that_was_put_back),
		FIXTURE_TEST(test_merged_by_a_clock_that_was_put_back),
		FIXTURE_TEST(test_what_is_real_is_in_force),
		FIXTURE_TEST(test_nobody_who_withdrew_is_written_to),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
