#include "domain/unheard.h"

#include "base/check.h"
#include "base/id.h"
#include "domain/journal.h"
#include "store/query.h"

#define AT_ONCE 1000 /* decisions that one call looks at */

struct unheard {
	time_ms at;
	uint64_t person;
	struct signal_send send;
};

struct walk {
	struct store_conn *c;
	struct arena *a;
	uint64_t place; /* the last id that was looked at */
	size_t looked, len;
	struct unheard items[AT_ONCE];
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while looking for what was not delivered.");
}

static int take(struct walk *w, struct store_stmt *s, struct err *err)
{
	struct unheard *x = &w->items[w->len];
	struct {
		int column;
		struct str *to;
	} texts[] = {
		{ 5, &x->send.number },
		{ 6, &x->send.waba },
		{ 7, &x->send.tpl },
		{ 8, &x->send.app },
		{ 9, &x->send.campaign },
	};

	*x = (struct unheard){ .at = store_col_time(s, 1),
		.person = (uint64_t)store_col_int(s, 4) };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, texts[i].column, w->a, texts[i].to) < 0)
			return no_memory(err);
	}
	w->len++;
	return 0;
}

/* Whatever is no template still at "sent" is over and done with. */
static int look(struct walk *w, time_ms before, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(w->c, &s, err,
	    "SELECT id, at, state, kind,"
	    " coalesce((SELECT m.person FROM person_merged m WHERE m.gone = decision.person), person),"
	    " number, waba, template, app, campaign"
	    " FROM decision WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3",
	    "iii", (int64_t)w->place, (int64_t)id_first_at(before), (int64_t)AT_ONCE);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		w->place = (uint64_t)store_col_int(s, 0);
		w->looked++;
		bool waits = send_state_stored(store_col_int(s, 2)) == SEND_SENT &&
		    store_col_int(s, 3) == MESSAGE_TEMPLATE && store_col_int(s, 4) != 0 &&
		    store_col_time(s, 1) < before;
		r = waits ? take(w, s, err) : 0;
		if (r < 0)
			break;
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

/* 1 the last thing that came to them came before that send. */
static int was_reached_before(struct store_conn *c, const struct unheard *x, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM (SELECT max(at) AS last FROM delivered WHERE person = ?1) d"
	    " WHERE d.last < ?2",
	    "im", (int64_t)x->person, x->at);
}

static int count(struct walk *w, struct signals *signals, struct err *err)
{
	const unsigned bits = SIGNAL_BIT(SIGNAL_KNOWN) | SIGNAL_BIT(SIGNAL_ONLY_SENT);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->len; i++) {
		r = was_reached_before(w->c, &w->items[i], err);
		if (r > 0)
			r = signals_count_send(
			    signals, &w->items[i].send, bits, w->items[i].at, err);
	}
	return r < 0 ? r : 0;
}

static int read_place(struct walk *w, time_ms first, struct err *err)
{
	int64_t place = 0;
	int r = store_ask_int(
	    w->c, &place, err, "SELECT decision FROM signal_place WHERE one = 1", "");

	w->place = (uint64_t)place;
	if (w->place < id_first_at(first))
		w->place = id_first_at(first) - 1;
	return r < 0 ? r : 0;
}

static int write_place(struct walk *w, struct err *err)
{
	if (w->looked == 0)
		return 0;
	return store_do(w->c, err,
	    "INSERT INTO signal_place (one, decision) VALUES (1, ?1)"
	    " ON CONFLICT (one) DO UPDATE SET decision = excluded.decision",
	    "i", (int64_t)w->place);
}

int unheard_count(
    struct signals *s, struct store_conn *c, time_ms first, time_ms before, struct err *err)
{
	struct walk *w = mem_alloc(sizeof(*w));
	int r = w ? 0 : no_memory(err);

	if (w) {
		w->c = c;
		w->a = arena_new(0, 0);
		r = w->a ? read_place(w, first, err) : no_memory(err);
	}
	if (r == 0)
		r = look(w, before, err);
	if (r == 0)
		r = count(w, s, err);
	if (r == 0)
		r = write_place(w, err);
	if (r == 0)
		r = w->looked == AT_ONCE;
	if (w)
		arena_free(&w->a);
	mem_free(w);
	return r;
}

int unheard_is_known(struct store_conn *c, uint64_t person, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err, "SELECT 1 FROM delivered WHERE person = ?1 LIMIT 1", "i",
	    (int64_t)person);
}
