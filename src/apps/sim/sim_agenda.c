/* A heap and one timer. The timer is set for the earliest appointment and moved forward only when an earlier one comes in;
 * at most TURN_MAX appointments are handed out in a turn of the loop, so that requests are not kept waiting. */
#include "apps/sim/sim_agenda.h"

#include "base/check.h"
#include "base/heap.h"
#include "apps/sim/assumptions.h"

#define TURN_MAX 2000
#define REF_BITS 56
#define SLEEP_MAX_MS (60 * MS_PER_MIN)

struct sim_agenda {
	struct heap *heap;
	struct loop_timer *timer;
	const struct sim_clock *clock;
	void (*on_due)(void *arg, enum sim_due kind, uint64_t ref, time_ms at);
	void *arg;
	time_ms set_for; /* the appointment the timer waits for; TIME_NONE = it does not run */
};

static time_ms horizon(const struct sim_agenda *a)
{
	return sim_clock_now(a->clock) + (a->clock->runs ? 0 : ASSUME_LOOKAHEAD_MS);
}

/* Sets the timer for what comes first, if it comes by itself at all. */
static void set_timer(struct sim_agenda *a)
{
	struct heap_item next;
	time_ms until;

	if (!a->timer)
		return;
	until = horizon(a);
	loop_timer_stop(a->timer);
	a->set_for = TIME_NONE;
	if (!heap_peek(a->heap, &next) || (!a->clock->runs && next.at > until))
		return;
	int64_t wait = next.at <= until ? 0 : next.at - until;
	loop_timer_start(a->timer, wait < SLEEP_MAX_MS ? wait : SLEEP_MAX_MS, 0);
	a->set_for = next.at;
}

/* The next one that is due; false when there is none. */
static bool hand_out(struct sim_agenda *a, time_ms until)
{
	struct heap_item next;

	if (!heap_peek(a->heap, &next) || next.at > until || !heap_pop(a->heap, &next))
		return false;
	a->on_due(a->arg, (enum sim_due)(next.id >> REF_BITS), next.id & ((1ULL << REF_BITS) - 1),
	    next.at);
	return true;
}

static void on_timer(void *arg)
{
	struct sim_agenda *a = arg;
	time_ms until = horizon(a);

	for (int i = 0; i < TURN_MAX && hand_out(a, until); i++)
		continue;
	set_timer(a);
}

void sim_agenda_run(struct sim_agenda *a, time_ms until)
{
	while (hand_out(a, until))
		continue;
}

int sim_agenda_new(struct loop *l, const struct sim_clock *clock,
    void (*on_due)(void *arg, enum sim_due kind, uint64_t ref, time_ms at), void *arg,
    struct sim_agenda **ret, struct err *err)
{
	struct sim_agenda *a = mem_alloc(sizeof(*a));

	if (a) {
		*a = (struct sim_agenda){
			.clock = clock, .on_due = on_due, .arg = arg, .set_for = TIME_NONE
		};
		a->heap = heap_new();
		a->timer = l ? loop_timer_new(l, on_timer, a) : NULL;
	}
	if (!a || !a->heap || (l && !a->timer)) {
		sim_agenda_free(&a);
		return err_set(err, E_NOMEM, "Memory ran out.");
	}
	*ret = a;
	return 0;
}

void sim_agenda_free(struct sim_agenda **pa)
{
	if (!*pa)
		return;
	loop_timer_free(&(*pa)->timer);
	heap_free(&(*pa)->heap);
	MEM_FREE(pa);
}

void sim_agenda_add(struct sim_agenda *a, time_ms at, enum sim_due kind, uint64_t ref)
{
	ASSERT(ref >> REF_BITS == 0);
	struct heap_item item = { at, (uint64_t)kind << REF_BITS | ref };
	if (heap_push(a->heap, item) == 0 && (a->set_for == TIME_NONE || at < a->set_for))
		set_timer(a);
}

void sim_agenda_look(struct sim_agenda *a)
{
	set_timer(a);
}

void sim_agenda_clear(struct sim_agenda *a)
{
	struct heap_item item;

	while (heap_pop(a->heap, &item))
		continue;
	set_timer(a);
}

bool sim_agenda_is_due(const struct sim_agenda *a)
{
	struct heap_item next;

	return heap_peek(a->heap, &next) && next.at <= horizon(a);
}

size_t sim_agenda_len(const struct sim_agenda *a)
{
	return heap_len(a->heap);
}
