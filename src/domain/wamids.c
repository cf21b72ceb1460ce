/* A table of sets: an id belongs to the set that its hash says, where it takes the place of the oldest
 * decision. A set is one line of the processor's cache, and nothing is ever moved. */
#include "domain/wamids.h"

#include "base/check.h"
#include "base/map.h"
#include "store/query.h"

#define WAYS 4
#define SETS (WAMIDS_KEPT / WAYS)

struct place {
	uint64_t hash, decision; /* 0 = free */
};

struct wamids {
	struct place sets[SETS][WAYS];
};

int wamids_new(struct wamids **ret, struct err *err)
{
	struct wamids *w = mem_alloc(sizeof(*w));

	if (!w)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	*ret = w;
	return 0;
}

void wamids_free(struct wamids **pw)
{
	MEM_FREE(pw);
}

int wamids_load(struct wamids *w, struct store_conn *c, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT id, wamid FROM decision ORDER BY id DESC LIMIT ?1",
	    "i", (int64_t)WAMIDS_KEPT);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0)
		wamids_note(w, store_col_text(s, 1), (uint64_t)store_col_int(s, 0));
	store_reset(s);
	return r;
}

void wamids_note(struct wamids *w, struct str wamid, uint64_t decision)
{
	if (!wamid.len)
		return;
	uint64_t hash = map_hash(wamid);
	struct place *set = w->sets[hash % SETS], *oldest = set;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].hash == hash && set[i].decision == decision)
			return;
		if (set[i].decision < oldest->decision)
			oldest = &set[i];
	}
	if (oldest->decision < decision)
		*oldest = (struct place){ hash, decision };
}

/* 1 and the entry when the decision has this message id. */
static int look_at(struct store_conn *c, uint64_t decision, struct str wamid, struct arena *a,
    struct journal_entry *ret, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err, "SELECT 1 FROM decision WHERE id = ?1 AND wamid = ?2",
	    "it", (int64_t)decision, wamid);

	return r <= 0 ? r : journal_get(c, decision, a, ret, err);
}

/* The newest decision below `before` that may have it; 0 when there is none. */
static uint64_t next_in(const struct place set[WAYS], uint64_t hash, uint64_t before)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].hash == hash && set[i].decision < before && set[i].decision > newest)
			newest = set[i].decision;
	}
	return newest;
}

int wamids_find(const struct wamids *w, struct store_conn *c, struct str wamid, struct arena *a,
    struct journal_entry *ret, struct err *err)
{
	uint64_t hash = map_hash(wamid), decision = UINT64_MAX;
	int r = 0;

	while (r == 0 && (decision = next_in(w->sets[hash % SETS], hash, decision)))
		r = look_at(c, decision, wamid, a, ret, err);
	return r;
}

int wamids_find_of_person(struct store_conn *c, uint64_t person, struct str wamid, struct arena *a,
    struct journal_entry *ret, struct err *err)
{
	struct journal_candidates of = { 0 };
	int r = journal_candidates(c, person, a, &of, err);

	for (size_t i = of.len; r == 0 && i > 0; i--)
		r = look_at(c, of.ids[i - 1], wamid, a, ret, err);
	return r;
}
