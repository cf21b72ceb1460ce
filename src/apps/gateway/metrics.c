/* Prometheus text, and whether we live and are ready. No labels that input could multiply, nothing
 * about persons. */
#include "apps/gateway/gateway.h"

#include "base/check.h"

static void counter(struct buf *out, const char *name, const char *help, uint64_t value)
{
	buf_addf(out,
	    "# HELP varco_%s_total %s\n# TYPE varco_%s_total counter\nvarco_%s_total %llu\n", name,
	    help, name, name, (unsigned long long)value);
}

static void gauge(struct buf *out, const char *name, const char *help, double value)
{
	buf_addf(out, "# HELP varco_%s %s\n# TYPE varco_%s gauge\nvarco_%s %.17g\n", name, help,
	    name, name, value);
}

static void write_store(struct buf *out, const struct core *core)
{
	struct writer_stats s;

	writer_stats(core->writer, &s);
	counter(out, "store_commits", "Transactions committed.", s.commits);
	counter(out, "store_jobs", "Jobs run by the writer.", s.jobs);
	counter(out, "store_rollbacks", "Transactions rolled back.", s.rollbacks);
	counter(out, "store_failed_jobs", "Jobs that failed.", s.failed);
	gauge(out, "store_commit_seconds_sum", "Time spent in commits.",
	    (double)s.commit_ns_sum / 1e9);
	gauge(out, "store_waiting", "Jobs that wait for the writer.",
	    (double)writer_waiting(core->writer));
}

static void write_signins(struct buf *out, const struct gateway *g)
{
	buf_add_c(out,
	    "# HELP varco_signins_refused_total Attempts to sign in that were refused, by why.\n"
	    "# TYPE varco_signins_refused_total counter\n");
	for (int i = 0; i < SIGNIN_REFUSALS; i++)
		buf_addf(out, "varco_signins_refused_total{reason=\"%s\"} %llu\n",
		    signin_refusal_name((enum signin_refusal)i),
		    (unsigned long long)atomic_load(&g->signins_refused[i]));
}

static void write_watched(struct buf *out, struct core *core)
{
	struct headroom_figures f;

	headroom_figures(core->headroom, &f);
	gauge(out, "disk_total_bytes", "Size of the disk under the store.", (double)f.total);
	gauge(out, "disk_free_bytes", "Free on the disk under the store.", (double)f.free);
	gauge(out, "disk_ballast_bytes", "Kept back to finish what is under way on a full disk.",
	    (double)f.ballast);
	gauge(out, "disk_stage", "0 fine, 1 low, 2 as good as full.",
	    (double)headroom_stage(core->headroom));
	gauge(out, "clock_skew_seconds", "Our clock less the platform's.",
	    (double)skew_ms(core->skew) / 1e3);
	gauge(out, "clock_suspect", "1 when every window counts as closed for it.",
	    (double)skew_is_suspect(core->skew));
}

static void write_copies(struct buf *out, struct core *core)
{
	time_ms at = atomic_load(&core->copied_at);
	const struct backup_plan plan = {
		.every_ms = core->options.backup.every_ms,
		.since = at ? at : core->installed_at,
	};

	gauge(out, "backup_last_good_timestamp_seconds",
	    "When the newest good copy of the store was made; 0: there is none.", (double)at / 1e3);
	gauge(out, "backup_overdue", "1 when the newest good copy is older than it should be.",
	    (double)backup_is_overdue(&plan, clock_now()));
}

void metrics_request(struct gate *g, struct http_request *req)
{
	static const struct http_header type[] = { { { "Content-Type", 12 },
	    { "text/plain; version=0.0.4; charset=utf-8", 40 } } };
	struct core *core = g->lane->core;
	struct buf out;

	buf_init(&out, 0);
#define X(name, help) counter(&out, #name, help, atomic_load(&core->counters.name));
	CORE_COUNTERS(X)
#undef X
	write_store(&out, core);
	write_watched(&out, core);
	write_copies(&out, core);
	write_signins(&out, g->gateway);
	gauge(&out, "start_time_seconds", "When this process started.",
	    (double)g->gateway->started_at / 1e3);
	/* What can be told is told all the same: a store in trouble is when somebody looks. */
	gauge(&out, "store_readable", "1 when what is on record could be read for this answer.",
	    (double)(metrics_write_state(g, &out) == 0));
	gauge(&out, "mode_enforce",
	    "1 when what policy refuses is refused, 0 when it is only recorded.",
	    (double)(core->options.mode == MODE_ENFORCE));
	if (out.failed)
		gate_answer_error(
		    req, 503, 2, "The gateway is short of memory.", "Try again later.");
	else
		http_respond(req, 200, type, ARRAY_LEN(type), buf_str(&out));
	buf_done(&out);
}

/* Ready as long as anything is taken in; what is not well is named. */
static void answer_readiness(struct http_request *req, const struct core *core)
{
	enum headroom_stage stage = headroom_stage(core->headroom);
	bool suspect = skew_is_suspect(core->skew);
	struct buf body;

	if (stage == HEADROOM_GONE) {
		http_respond_json(req, 503, NULL, 0, STR("{\"status\":\"disk full\"}"));
		return;
	}
	buf_init(&body, 0);
	buf_add(&body, STR("{\"status\":\"ok\""));
	if (stage == HEADROOM_LOW)
		buf_add(&body, STR(",\"disk\":\"low\""));
	if (suspect)
		buf_add(&body, STR(",\"clock\":\"suspect\""));
	buf_add_char(&body, '}');
	if (body.failed)
		http_respond_json(req, 200, NULL, 0, STR("{\"status\":\"ok\"}"));
	else
		http_respond_json(req, 200, NULL, 0, buf_str(&body));
	buf_done(&body);
}

void health_request(struct gate *g, struct http_request *req, bool ready)
{
	const struct core *core = g->lane->core;

	if (ready && atomic_load(&core->draining))
		http_respond_json(req, 503, NULL, 0, STR("{\"status\":\"draining\"}"));
	else if (ready && writer_is_broken(core->writer))
		http_respond_json(req, 503, NULL, 0, STR("{\"status\":\"store broken\"}"));
	else if (ready)
		answer_readiness(req, core);
	else
		http_respond_json(req, 200, NULL, 0, STR("{\"status\":\"ok\"}"));
}
