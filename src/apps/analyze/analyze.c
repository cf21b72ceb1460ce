#include "apps/analyze/analyze.h"

#include <stdio.h>

#include "apps/analyze/crew.h"
#include "apps/analyze/found.h"
#include "apps/analyze/intake.h"
#include "apps/analyze/sums.h"
#include "apps/analyze/walk.h"
#include "base/check.h"
#include "base/file.h"

#define RUN_EVENTS_ALL 786432 /* sorted at once by all threads, and one more run being filled */
#define RUN_EVENTS_LEAST 32768
#define NAMES_MAX 20000
#define BSUIDS_MAX 50000000u
#define PACK_MAX (4u << 20)

const char *analyze_by_name(enum analyze_by by)
{
	static const char *const names[BYS] = { "app", "list", "template", "number" };

	return (size_t)by < BYS ? names[by] : "";
}

const char *segment_name(enum segment s)
{
	static const char *const names[SEGMENTS] = { "0-30", "31-90", "91-365", "older", "never" };

	return (size_t)s < SEGMENTS ? names[s] : "";
}

struct str analysis_name(const struct analysis *a, enum analyze_by by, uint32_t id)
{
	const struct pool *const pools[BYS] = { a->apps, a->lists, a->templates, a->numbers };

	return pool_name(pools[by], id);
}

/* --- the rules that can be judged ------------------------------------------------------------- */

/* What no export tells of the moment: who called, how the account stood, what was filled in. What is
 * about numbers over time, volume.h judges. */
static const enum rule_index never_judged[] = { RULE_APP_UNKNOWN, RULE_APP_SUSPENDED,
	RULE_APP_SCOPE, RULE_APP_REVIEW_OVERDUE, RULE_ACCOUNT_DISABLED, RULE_ACCOUNT_LOCKED,
	RULE_ACCOUNT_RESTRICTED, RULE_ACCOUNT_COUNTRY, RULE_ACCOUNT_PAYMENT, RULE_ACCOUNT_PAUSED,
	RULE_NUMBER_STATE, RULE_NUMBER_QUALITY, RULE_TEMPLATE_UNKNOWN, RULE_TEMPLATE_NOT_SENDABLE,
	RULE_TEMPLATE_PAUSED, RULE_TEMPLATE_PARAMETERS, RULE_TEMPLATE_CATEGORY,
	RULE_TEMPLATE_OPT_OUT, RULE_TEMPLATE_IDENTITY, RULE_MESSAGE_INVALID,
	RULE_CONTENT_PROHIBITED, RULE_CONTENT_SENSITIVE, RULE_CONTENT_LINK, RULE_CONTENT_GENERIC,
	RULE_LIMIT_PORTFOLIO, RULE_LIMIT_THROUGHPUT, RULE_LIMIT_WARMUP, RULE_LIMIT_SPIKE,
	RULE_LIMIT_COST };
static const enum rule_index by_consents[] = { RULE_CONSENT_MISSING, RULE_CONSENT_EXPIRED,
	RULE_CONSENT_EVIDENCE };

static void set_levels(struct analysis *a)
{
	for (size_t i = 0; i < ARRAY_LEN(never_judged); i++)
		pack_set_level(a->pack, never_judged[i], LEVEL_OFF);
	for (size_t i = 0; !a->knows_consents && i < ARRAY_LEN(by_consents); i++)
		pack_set_level(a->pack, by_consents[i], LEVEL_OFF);
	if (!a->knows_inbound)
		pack_set_level(a->pack, RULE_WINDOW_CLOSED, LEVEL_OFF);
}

static int read_pack(const char *path, struct pack **ret, struct err *err)
{
	struct buf text;
	int r;

	if (!path)
		return pack_builtin(ret, err);
	buf_init(&text, 0);
	r = file_read(path, PACK_MAX, &text, err);
	if (r == 0)
		r = pack_read(buf_str(&text), ret, err);
	buf_done(&text);
	return r;
}

/* --- making and freeing ----------------------------------------------------------------------- */

static int fill(struct analysis *a, const struct analyze_options *o, struct err *err)
{
	int r = words_new(&a->words, err);

	if (r == 0)
		r = read_pack(o->policy, &a->pack, err);
	if (r < 0)
		return r;
	a->first_at = a->last_at = TIME_NONE;
	a->arena = arena_new(0, 0);
	a->apps = pool_new(NAMES_MAX);
	a->lists = pool_new(NAMES_MAX);
	a->templates = pool_new(NAMES_MAX);
	a->numbers = pool_new(NAMES_MAX);
	a->buttons = pool_new(NAMES_MAX);
	a->bsuids = pool_new(BSUIDS_MAX);
	a->codes = imap_new();
	a->volume = volume_new();
	if (a->arena && a->apps && a->lists && a->templates && a->numbers && a->buttons &&
	    a->bsuids && a->codes && a->volume)
		return 0;
	return err_set(err, E_NOMEM, N_("Memory ran out."));
}

void analysis_free(struct analysis **pa)
{
	struct analysis *a = *pa;

	if (a) {
		counts_free(a);
		imap_free(&a->codes);
		mem_free(a->sums);
		pool_free(&a->apps);
		pool_free(&a->lists);
		pool_free(&a->templates);
		pool_free(&a->numbers);
		pool_free(&a->buttons);
		pool_free(&a->bsuids);
		arena_free(&a->arena);
		pack_free(&a->pack);
		words_free(&a->words);
	}
	MEM_FREE(pa);
}

/* --- the run ---------------------------------------------------------------------------------- */

static size_t threads_of(const struct analyze_options *o)
{
	return !o->threads ? crew_size() : o->threads < CREW_MAX ? o->threads : CREW_MAX;
}

static size_t run_of(const struct analyze_options *o)
{
	size_t run = RUN_EVENTS_ALL / (threads_of(o) + 1);

	return o->run ? o->run : run > RUN_EVENTS_LEAST ? run : RUN_EVENTS_LEAST;
}

static int read_files(struct intake *in, const struct analyze_options *o, struct err *err)
{
	int r = 0;

	/* Of consents and of what people wrote first: an empty table is told before a long one is read. */
	if (o->consents)
		r = intake_table(in, ROWS_CONSENTS, o->consents, err);
	if (r == 0 && o->inbound)
		r = intake_table(in, ROWS_INBOUND, o->inbound, err);
	return r < 0 ? r : intake_table(in, ROWS_TRAFFIC, o->traffic, err);
}

static int check_zone(const struct analyze_options *o, struct err *err)
{
	struct when when;

	if (when_init(&when, o->zone, o->month_first) == 0)
		return 0;
	return err_field(err, E_INVALID, "zone",
	    _("There is no time zone \"%.*s\" on this system."), STR_ARG(o->zone));
}

static int intake_all(
    struct analysis *a, const struct analyze_options *o, struct sorter *sorter, struct err *err)
{
	struct intake *in = NULL;
	struct defs *defs = NULL;
	int r = check_zone(o, err);

	if (r == 0 && o->templates)
		r = defs_read(o->templates, &defs, err);
	if (r == 0) {
		a->knows_templates = defs != NULL;
		in = intake_new(o, a, sorter, defs, threads_of(o));
		r = in ? read_files(in, o, err) : err_set(err, E_NOMEM, N_("Memory ran out."));
	}
	intake_free(&in);
	defs_free(&defs);
	return r < 0 ? r : sorter_end(sorter, err);
}

static int judge(
    struct analysis *a, const struct analyze_options *o, struct sorter *s, struct err *err)
{
	int r;

	a->template_stats_len = pool_len(a->templates);
	a->template_stats = mem_alloc(a->template_stats_len * sizeof(*a->template_stats));
	if (!a->template_stats)
		return err_set(err, E_NOMEM, N_("Memory ran out."));
	r = sums_end(a, err);
	if (r < 0)
		return r;
	set_levels(a);
	r = walk_run(a, o, s, threads_of(o), err);
	if (r < 0)
		return r;
	return volume_report(a->volume, a->pack, a->first_at, a->arena, &a->report, err);
}

int analyze_run(const struct analyze_options *o, struct analysis **ret, struct err *err)
{
	struct analysis *a = mem_alloc(sizeof(*a));
	struct sorter *sorter = NULL;
	int r = a ? fill(a, o, err) : err_set(err, E_NOMEM, N_("Memory ran out."));

	if (r == 0) {
		sorter = sorter_new(o->tmp_dir, run_of(o));
		r = sorter ? intake_all(a, o, sorter, err)
			   : err_set(err, E_NOMEM, N_("Memory ran out."));
	}
	if (r == 0)
		r = judge(a, o, sorter, err);
	sorter_free(&sorter);
	if (r < 0)
		analysis_free(&a);
	else
		*ret = a;
	return r;
}
