/*      idle → asking → taking → asking (the next question of the account) … → idle
 *
 * An account is asked about in a row of questions; the one under way, and the page of templates, are
 * all that is remembered of it. A question that fails ends the row. */
#include "flow/poll.h"

#include "base/check.h"
#include "base/log.h"
#include "base/map.h"
#include "base/text.h"
#include "flow/incidents.h"
#include "flow/poll_plan.h"
#include "flow/poll_take.h"
#include "flow/target.h"
#include "store/query.h"

#define VERSION "v25.0"
#define ASK_TIMEOUT_MS 20000
#define PAGE 100
#define PAGES_MAX 100                 /* 10,000 templates; an account has at most 6,000 */
#define LOOK_AGAIN_MS (30 * MS_PER_S) /* whether an account that was idle sends now */

struct account {
	struct poll_plan plan;
	time_ms looked_at;
	bool sending;
	bool refused; /* the token was, when it was asked last */
	uint64_t templates_seen, accounts_seen;
};

static int take_waba(struct poll_work *w, const struct json *doc)
{
	int r = poll_take_welcome(w);

	return r < 0 ? r : poll_take_waba(w, doc);
}

static int take_numbers(struct poll_work *w, const struct json *doc)
{
	return poll_take_numbers(w, json_get(doc, "data"));
}

static int take_templates(struct poll_work *w, const struct json *doc)
{
	return poll_take_templates(w, json_get(doc, "data"));
}

enum question { ASK_WABA, ASK_NUMBERS, ASK_TEMPLATES, QUESTIONS };

static const struct {
	const char *rest; /* of the address, behind the account's id */
	int (*take)(struct poll_work *w, const struct json *doc);
} questions[QUESTIONS] = {
	[ASK_WABA] = { "?fields=" POLL_WABA_FIELDS, take_waba },
	[ASK_NUMBERS] = { "/phone_numbers?limit=100&fields=" POLL_NUMBER_FIELDS, take_numbers },
	[ASK_TEMPLATES] = { "/message_templates?limit=100&fields=" POLL_TEMPLATE_FIELDS,
	    take_templates },
};

struct poll {
	struct lane *lane;
	struct map *accounts; /* by the WABA's id */
	struct arena *arena;  /* of the question under way */
	struct lane_job job;
	struct upstream_call *call;
	bool busy, stopping;
	/* the row of questions under way */
	struct account *account;
	char waba[64];
	enum question question;
	bool with_account, with_templates;
	uint64_t templates_wanted, accounts_wanted; /* as of its beginning */
	char after[512];
	int page;
	time_ms asked_at;
	const struct json *doc; /* to be taken; NULL = the token was refused */
};

static const struct pack_polling *figures(const struct poll *p)
{
	return pack_polling(p->lane->core->pack);
}

static void end_row(struct poll *p)
{
	p->busy = false;
	p->account = NULL;
	arena_reset(p->arena);
}

/* --- asking ----------------------------------------------------------------------------------- */

static void on_answer(void *arg, const struct upstream_answer *answer);

static struct str escape(struct arena *a, const char *text)
{
	struct buf out;

	buf_init(&out, 0);
	for (; *text; text++) {
		unsigned char b = (unsigned char)*text;
		if ((b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9'))
			buf_add_char(&out, (char)b);
		else
			buf_addf(&out, "%%%02X", b);
	}
	struct str ret = arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret;
}

static int start(struct poll *p, struct err *err)
{
	const struct dir_waba *waba = directory_waba(lane_directory(p->lane), str_c(p->waba));
	struct str rest = str_c(questions[p->question].rest);
	struct target target;

	if (p->after[0])
		rest = arena_printf(p->arena, "%.*s&after=%.*s", STR_ARG(rest),
		    STR_ARG(escape(p->arena, p->after)));
	if (!waba || !rest.p ||
	    !target_for(p->lane->core, waba, p->arena, STR(VERSION), waba->id, rest, &target))
		return err_set(err, E_NOT_FOUND, "The account cannot be asked about.");
	const struct upstream_request r = {
		.method = HTTP_M_GET,
		.url = target.url,
		.headers = &target.auth,
		.headers_len = 1,
		.timeout_ms = ASK_TIMEOUT_MS,
		.arg = p,
		.on_done = on_answer,
	};
	p->asked_at = clock_now();
	return upstream_start(p->lane->upstream, &r, &p->call, err);
}

static void ask(struct poll *p)
{
	struct err err = { 0 };

	if (p->stopping || !poll_plan_call(&p->account->plan, figures(p), clock_now()) ||
	    start(p, &err) < 0)
		end_row(p);
}

static void ask_next(struct poll *p)
{
	time_ms now = clock_now();

	p->after[0] = '\0';
	p->page = 0;
	if (p->question == ASK_WABA) {
		p->question = ASK_NUMBERS;
	} else if (p->question == ASK_NUMBERS) {
		p->account->plan.asked_at = now;
		p->account->accounts_seen = p->accounts_wanted;
		p->question = p->with_templates ? ASK_TEMPLATES : QUESTIONS;
	} else {
		p->account->plan.templates_at = now;
		p->account->templates_seen = p->templates_wanted;
		p->question = QUESTIONS;
	}
	if (p->question == QUESTIONS)
		end_row(p);
	else
		ask(p);
}

/* --- taking ----------------------------------------------------------------------------------- */

static bool has_more(const struct poll *p)
{
	return p->doc && json_str(json_path(p->doc, "paging.next")).len > 0;
}

static int run(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct poll *p = (struct poll *)((char *)j - offsetof(struct poll, job));
	struct poll_work w = {
		.core = p->lane->core,
		.c = c,
		.waba = str_c(p->waba),
		.asked_at = p->asked_at,
		.now = clock_now(),
		.last_page = !has_more(p),
		.arena = p->arena,
		.err = err,
	};

	int r = p->doc ? questions[p->question].take(&w, p->doc) : poll_take_refusal(&w);
	if (r < 0 || !w.core->stale)
		return r;
	struct incident_desk desk = incidents_desk(w.core, c);
	return incidents_watch(&desk, err);
}

static bool turn_page(struct poll *p)
{
	bool more = has_more(p);
	struct str after = json_str(json_path(p->doc, "paging.cursors.after"));

	return p->question == ASK_TEMPLATES && more && after.len && ++p->page < PAGES_MAX &&
	    str_to_c(after, p->after, sizeof(p->after)) == 0;
}

static void taken(struct lane_job *j)
{
	struct poll *p = (struct poll *)((char *)j - offsetof(struct poll, job));

	if (j->rc < 0)
		log_warn("what Meta said of an account could not be stored", "error=%s",
		    err_name(j->job.err.code));
	if (j->rc < 0)
		p->account->refused = false; /* to be told again */
	if (j->rc < 0 || !p->doc) {
		end_row(p);
		return;
	}
	bool more = turn_page(p);
	p->doc = NULL;
	arena_reset(p->arena);
	if (!more)
		ask_next(p);
	else if (poll_plan_has_room(&p->account->plan, figures(p), clock_now()))
		ask(p);
	else
		end_row(p);
}

static void take(struct poll *p)
{
	p->job.run = run;
	p->job.back = taken;
	if (lane_submit(p->lane, &p->job))
		return;
	p->account->refused = false; /* to be told again */
	end_row(p);
}

/* Codes by which Meta refuses the token, and says that it was asked too often (platform facts 9,
 * 10). */
#define CODE_TOKEN 190
static const int64_t too_often[] = { 4, 613, 80007, 130429 };

static void fail(struct poll *p, const struct json *doc, struct poll_quota *quota)
{
	int64_t code = 0;

	(void)json_int(json_path(doc, "error.code"), &code);
	for (size_t i = 0; i < ARRAY_LEN(too_often); i++) {
		if (code == too_often[i])
			quota->used_ppm = PPM;
	}
	poll_plan_answered(&p->account->plan, figures(p), false, quota, clock_now());
	bool tell = code == CODE_TOKEN && !p->account->refused;
	p->account->refused = p->account->refused || tell;
	p->doc = NULL;
	if (tell)
		take(p);
	else
		end_row(p);
}

static void on_answer(void *arg, const struct upstream_answer *answer)
{
	struct poll *p = arg;
	struct poll_quota quota = { 0 };
	const struct json *doc = NULL;

	p->call = NULL;
	if (answer->outcome == UPSTREAM_ANSWERED) {
		poll_quota_read(p->arena, answer->headers, answer->headers_len, &quota);
		struct str body = arena_str(p->arena, answer->body);
		if (!body.p || json_read(p->arena, body, &doc, NULL) < 0)
			doc = NULL;
	}
	if (answer->outcome != UPSTREAM_ANSWERED || answer->status != 200 || !doc) {
		fail(p, doc, &quota);
		return;
	}
	poll_plan_answered(&p->account->plan, figures(p), true, &quota, clock_now());
	p->account->refused = false;
	p->doc = doc;
	take(p);
}

/* --- looking ---------------------------------------------------------------------------------- */

static struct account *account_of(struct poll *p, const struct dir_waba *w)
{
	struct account *a = map_get(p->accounts, w->id);

	if (a)
		return a;
	a = mem_alloc(sizeof(*a));
	if (!a)
		return NULL;
	poll_plan_begin(&a->plan, figures(p), clock_now());
	a->templates_seen = atomic_load(&p->lane->core->templates_wanted);
	a->accounts_seen = atomic_load(&p->lane->core->accounts_wanted);
	if (map_put(p->accounts, w->id, a) < 0) {
		mem_free(a);
		return NULL;
	}
	return a;
}

/* By the hours in which its numbers sent, looked up now and then. */
static bool is_sending(struct poll *p, struct account *a, const struct dir_waba *w, time_ms now)
{
	struct err err = { 0 };
	int64_t one;
	time_ms since = now - figures(p)->sending_within_ms;

	if (a->looked_at && now >= a->looked_at && now - a->looked_at < LOOK_AGAIN_MS)
		return a->sending;
	a->looked_at = now;
	a->sending = store_ask_int(p->lane->reader, &one, &err,
			 "SELECT 1 FROM number_hour WHERE hour >= ?2 AND number IN"
			 " (SELECT id FROM number WHERE waba = ?1) LIMIT 1",
			 "ti", w->id, since / MS_PER_HOUR) > 0;
	return a->sending;
}

/* Whether a row of questions about it is under way now. */
static bool begin(struct poll *p, const struct dir_waba *w, time_ms now)
{
	struct account *a = w->token.len ? account_of(p, w) : NULL;
	uint64_t wanted = atomic_load(&p->lane->core->templates_wanted);
	uint64_t accounts = atomic_load(&p->lane->core->accounts_wanted);

	if (!a || str_to_c(w->id, p->waba, sizeof(p->waba)) < 0)
		return false;
	p->with_account = poll_plan_is_due(&a->plan, figures(p),
	    accounts != a->accounts_seen   ? POLL_WANTED
		: is_sending(p, a, w, now) ? POLL_SENDING
					   : POLL_IDLE,
	    now);
	p->with_templates = poll_plan_templates_are_due(
	    &a->plan, figures(p), wanted != a->templates_seen, now);
	if (!p->with_account && !p->with_templates)
		return false;
	p->templates_wanted = wanted;
	p->accounts_wanted = accounts;
	p->account = a;
	p->after[0] = '\0';
	p->page = 0;
	p->question = p->with_account ? ASK_WABA : ASK_TEMPLATES;
	p->busy = true;
	ask(p);
	return p->busy;
}

void poll_look(struct poll *p)
{
	time_ms now = clock_now();
	size_t n;

	if (p->busy || p->stopping)
		return;
	const struct dir_waba *const *wabas = directory_wabas(lane_directory(p->lane), &n);
	for (size_t i = 0; i < n; i++) {
		if (begin(p, wabas[i], now))
			return;
	}
}

/* --- life ------------------------------------------------------------------------------------- */

int poll_open(struct lane *l, struct poll **ret, struct err *err)
{
	struct poll *p = mem_alloc(sizeof(*p));

	if (p) {
		p->lane = l;
		p->accounts = map_new();
		p->arena = arena_new(0, 0);
	}
	if (!p || !p->accounts || !p->arena) {
		poll_close(&p);
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	}
	*ret = p;
	return 0;
}

void poll_stop(struct poll *p)
{
	if (!p)
		return;
	p->stopping = true;
	if (p->call)
		upstream_cancel(p->call);
}

bool poll_is_idle(const struct poll *p)
{
	return !p || !p->busy;
}

void poll_close(struct poll **pp)
{
	struct poll *p = *pp;
	size_t iter = 0;
	struct str id;
	void *a;

	while (p && p->accounts && map_each(p->accounts, &iter, &id, &a))
		mem_free(a);
	if (p) {
		map_free(&p->accounts);
		arena_free(&p->arena);
	}
	MEM_FREE(pp);
}
