#include "flow/held.h"

#include "base/log.h"
#include "domain/contact.h"
#include "domain/release.h"
#include "flow/flow.h"

#define AT_ONCE 256

bool held_is_running(const struct lane *l, uint64_t decision)
{
	int64_t unused;

	return imap_get(l->held, decision, &unused);
}

static void start(struct lane *l, uint64_t decision)
{
	if (held_is_running(l, decision) || l->flows.count >= l->max_flows)
		return;
	if (imap_put(l->held, decision, 1) == 0)
		flow_start_held(l, decision);
}

void held_poll(struct lane *l)
{
	/* On a disk that is low nothing is begun that can wait. */
	bool may = headroom_stage(l->core->headroom) == HEADROOM_FINE;
	struct arena *a = may ? lane_arena(l) : NULL;
	struct outbox_entry *due;
	struct err err = { 0 };
	size_t n;

	if (!a)
		return;
	if (outbox_due(l->reader, clock_now(), AT_ONCE, a, &due, &n, &err) < 0) {
		log_error("the outbox could not be read", "error=%s", err_name(err.code));
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		start(l, due[i].decision);
	lane_arena_back(l, &a);
}

/* --- what can never be sent ------------------------------------------------------------------- */

/* Nothing left us, so all that it holds is free again. A reservation older than the window has gone
 * by itself (domain/budget.h). */
static int give_back(
    struct core *core, struct store_conn *c, struct journal_entry *e, time_ms now, struct err *err)
{
	struct recent_send send = {
		.person = e->person, .number = e->number, .app = e->app, .digest = &e->digest
	};
	const struct directory *d;
	int r = core_directory_now(core, c, &d, err);
	const struct dir_number *n = r == 0 ? directory_number(d, e->number) : NULL;
	time_ms since = now - pack_limits(core->pack)->portfolio.window_ms;

	if (r < 0 || e->state != SEND_READY || !e->person)
		return r;
	recent_forget(core->recent, recent_key(&send));
	if (n && e->counted && e->updated_at > since)
		r = budget_release(core->budget, c, n, e->person, e->counted, err);
	if (r == 0 && e->updated_at > since)
		r = release_give_back(c, e->counted, e->waba, e->template_name, err);
	e->counted = 0;
	return r < 0 ? r : marketing_sent_remove(c, e->person, e->id, err);
}

/* By way of `sending`, as every send that failed; but no attempt was made. */
static int end_failed(struct flow *f, struct store_conn *c, struct err *err)
{
	int64_t attempts = f->held.attempts;
	int r = give_back(f->lane->core, c, &f->held, f->now, err);

	if (r == 0)
		r = journal_move(c, &f->held, SEND_SENDING, STR_NONE, 0, f->now, err);
	f->held.attempts = attempts;
	if (r == 0)
		r = journal_move(c, &f->held, SEND_FAILED, STR_NONE, 0, f->now, err);
	return r;
}

int flow_bury(struct flow *f, struct store_conn *c, struct err *err)
{
	int r = journal_get(c, f->held_id, f->arena, &f->held, err);
	bool waits = r > 0 && (f->held.state == SEND_HELD || f->held.state == SEND_READY);
	struct str app = r > 0 ? f->held.app : STR_NONE;

	f->now = clock_now();
	if (waits)
		r = end_failed(f, c, err);
	if (r < 0)
		return r;
	return outbox_quarantine(c, &f->lane->core->ids, f->held_id, app, f->now, err);
}

/* --- called back ------------------------------------------------------------------------------ */

int held_call_back(struct core *core, struct store_conn *c, uint64_t decision, time_ms now,
    struct arena *a, struct err *err)
{
	struct journal_entry e;
	int r = journal_get(c, decision, a, &e, err);

	if (r <= 0 || (e.state != SEND_HELD && e.state != SEND_READY))
		return r < 0 ? r : 0;
	r = give_back(core, c, &e, now, err);
	if (r == 0)
		r = journal_move(c, &e, SEND_CANCELLED, STR_NONE, 0, now, err);
	if (r == 0)
		r = outbox_remove(c, decision, err);
	return r < 0 ? r : 1;
}
