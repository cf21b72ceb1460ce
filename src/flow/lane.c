#include "flow/lane.h"

#include "base/check.h"

#define FLOW_ARENA_FIRST 16384 /* holds an ordinary send from end to end */
#define FLOW_ARENA_MAX (16u << 20)

int lane_open(struct core *core, struct loop *loop, const struct lane_options *o, unsigned index,
    struct lane **ret, struct err *err)
{
	struct lane *l = mem_alloc(sizeof(*l));
	int r;

	if (!l)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	l->core = core;
	l->loop = loop;
	l->index = index;
	l->max_flows = o->max_flows;
	list_init(&l->flows);
	l->directory = core_directory(core);
	l->held = imap_new();
	r = l->held ? 0 : err_set(err, E_NOMEM, "Memory ran out at start.");
	if (r == 0)
		r = store_connect(core->store, STORE_READ, &l->reader, err);
	if (r == 0)
		r = upstream_open(loop, &o->upstream, &l->upstream, err);
	if (r < 0)
		lane_close(&l);
	else
		*ret = l;
	return r;
}

void lane_close(struct lane **pl)
{
	struct lane *l = *pl;

	if (!l)
		return;
	ASSERT(list_is_empty(&l->flows));
	upstream_close(&l->upstream);
	store_disconnect(&l->reader);
	directory_unref(&l->directory);
	imap_free(&l->held);
	campaign_names_done(&l->campaigns);
	while (l->arenas_len)
		arena_free(&l->arenas[--l->arenas_len]);
	MEM_FREE(pl);
}

const struct directory *lane_directory(struct lane *l)
{
	core_refresh_directory(l->core, &l->directory);
	return l->directory;
}

struct arena *lane_arena(struct lane *l)
{
	if (l->arenas_len)
		return l->arenas[--l->arenas_len];
	return arena_new(FLOW_ARENA_FIRST, FLOW_ARENA_MAX);
}

void lane_arena_back(struct lane *l, struct arena **pa)
{
	if (l->arenas_len == ARRAY_LEN(l->arenas)) {
		arena_free(pa);
		return;
	}
	arena_reset(*pa);
	l->arenas[l->arenas_len++] = *pa;
	*pa = NULL;
}

/* --- jobs that come home ---------------------------------------------------------------------- */

static int run_job(struct write_job *job, struct store_conn *c, struct err *err)
{
	struct lane_job *j = (struct lane_job *)((char *)job - offsetof(struct lane_job, job));

	int r = j->run(j, c, err);
	/* Before the commit, and so before anybody is answered. */
	if (j->fence)
		atomic_fetch_add(&j->lane->core->stops, 1);
	return r;
}

static void come_back(struct loop_work *work)
{
	struct lane_job *j = (struct lane_job *)((char *)work - offsetof(struct lane_job, work));

	atomic_fetch_sub_explicit(&j->lane->jobs, 1, memory_order_relaxed);
	j->back(j);
}

/* Posts of the writer reach a loop in their order: when this runs there, what was recorded before has
 * been started, and a turn later its first bytes are written. */
static void pass(struct loop_work *work)
{
	struct lane_job *j = (struct lane_job *)((char *)work - offsetof(struct lane_job, work));

	j->once_more = !j->once_more;
	if (!j->once_more)
		j->now = j->now->next;
	if (!j->now)
		work->run = come_back;
	loop_post(j->now ? j->now->loop : j->lane->loop, work);
}

static void chain_append(struct lane_chain *chain, struct loop_work *work)
{
	work->next = NULL;
	if (chain->last)
		chain->last->next = work;
	else
		chain->first = work;
	chain->last = work;
}

static void chain_post(struct lane_chain *chain, struct loop *to)
{
	struct lane_chain all = *chain;

	*chain = (struct lane_chain){ 0 };
	loop_post_chain(to, all.first, all.last);
}

/* On the writer thread: kept until the batch's last done(), then handed over in one go. */
static void hand_over(struct lanes *all, struct lane *l, struct loop_work *work)
{
	if (!l->finished.first) {
		l->next_finished = all->finished;
		all->finished = l;
	}
	chain_append(&l->finished, work);
}

static void job_done(struct write_job *job, int rc)
{
	struct lane_job *j = (struct lane_job *)((char *)job - offsetof(struct lane_job, job));
	struct lanes *all = j->lane->core->done_ctx;
	bool fenced = j->fence && rc == 0 && all->first;

	j->rc = rc;
	j->once_more = false;
	j->now = all->first;
	j->work.run = fenced ? pass : come_back;
	if (fenced)
		chain_append(&all->fences, &j->work);
	else
		hand_over(all, j->lane, &j->work);
}

bool lane_submit(struct lane *l, struct lane_job *j)
{
	j->lane = l;
	j->job.run = run_job;
	j->job.done = job_done;
	atomic_fetch_add_explicit(&l->jobs, 1, memory_order_relaxed);
	bool taken = writer_submit(l->core->writer, &j->job);
	if (!taken)
		atomic_fetch_sub_explicit(&l->jobs, 1, memory_order_relaxed);
	return taken;
}

static void run_work(uv_work_t *work)
{
	struct lane_work *w = (struct lane_work *)((char *)work - offsetof(struct lane_work, work));

	w->run(w);
}

static void work_back(uv_work_t *work, int status)
{
	struct lane_work *w = (struct lane_work *)((char *)work - offsetof(struct lane_work, work));

	(void)status; /* nothing cancels it */
	atomic_fetch_sub_explicit(&w->lane->jobs, 1, memory_order_relaxed);
	w->back(w);
}

bool lane_work(struct lane *l, struct lane_work *w)
{
	w->lane = l;
	atomic_fetch_add_explicit(&l->jobs, 1, memory_order_relaxed);
	bool taken = uv_queue_work(loop_uv(l->loop), &w->work, run_work, work_back) == 0;
	if (!taken)
		atomic_fetch_sub_explicit(&l->jobs, 1, memory_order_relaxed);
	return taken;
}

bool lane_is_quiet(const struct lane *l)
{
	return list_is_empty(&l->flows) && atomic_load(&l->jobs) == 0;
}

void lanes_join(struct lanes *all, struct lane *l)
{
	l->next = all->first;
	all->first = l;
}

void lanes_before_done(void *ctx)
{
	struct lanes *all = ctx;

	ASSERT(!all->finished && !all->fences.first);
}

/* Fences last: one that set out earlier could come to a lane before what was recorded before it. */
void lanes_after_done(void *ctx)
{
	struct lanes *all = ctx;

	while (all->finished) {
		struct lane *l = all->finished;
		all->finished = l->next_finished;
		chain_post(&l->finished, l->loop);
	}
	if (all->fences.first)
		chain_post(&all->fences, all->first->loop);
}
