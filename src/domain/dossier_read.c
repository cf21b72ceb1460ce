/* incident → account → what was sent → people → templates → entries with their paths. */
#include "domain/dossier_private.h"

#include <stdlib.h>

#include "base/check.h"
#include "domain/ledger_content.h"
#include "domain/ledger_proofs.h"
#include "domain/template_def.h"
#include "store/query.h"

#define SENT_STATES "state BETWEEN 11 AND 16" /* accepted, and what came behind it (journal.h) */

int dossier_no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, N_("Memory ran out while making a dossier."));
}

bool dossier_is_gone(const struct dossier *d)
{
	return str_eq_c(d->incident.kind, "disabled") && d->incident.outcome != INCIDENT_REVERSED &&
	    d->incident.outcome != INCIDENT_ENDED;
}

/* What people do that stops something, takes something back or puts it in order. Letting go on, entering
 * and looking are on the timeline, and are no corrections. */
static bool mends(struct str operation)
{
	static const char *const operations[] = { "pauseNumber", "addPause", "holdCampaign",
		"cancelCampaign", "suspendSource", "undoImport", "withdrawConsent", "confirmStops",
		"setTemplate", "addTemplate", "removeTemplate", "setIntegration",
		"rotateIntegration", "reviewIntegration", "revokeIntegration", "importScan",
		"addRequest", "endLink" };

	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		if (str_eq_c(operation, operations[i]))
			return true;
	}
	return false;
}

bool dossier_is_correction(const struct dossier *d, const struct story_event *e)
{
	if (e->at < d->incident.happened_at || e->leaf == 0)
		return false;
	switch (e->source) {
	case STORY_OPERATOR:
		return mends(e->what);
	case STORY_POLICY:
		return !str_eq_c(e->what, "observe");
	default:
		return str_eq_c(e->what, "note") || str_eq_c(e->what, "evidence");
	}
}

/* --- the account ------------------------------------------------------------------------------ */

static int read_account(struct dossier_reading *r)
{
	struct dossier *d = r->d;
	struct store_stmt *s = NULL;
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT portfolio, name, country, state FROM waba WHERE id = ?1", "t",
	    d->incident.waba);

	d->portfolio = d->account_name = d->country = d->account_state = STR("");
	if (rc < 0 || (rc = store_step(s, r->err)) <= 0)
		return rc;
	bool failed = store_copy_text(s, 0, r->a, &d->portfolio) < 0 ||
	    store_copy_text(s, 1, r->a, &d->account_name) < 0 ||
	    store_copy_text(s, 2, r->a, &d->country) < 0 ||
	    store_copy_text(s, 3, r->a, &d->account_state) < 0;
	store_reset(s);
	return failed ? dossier_no_memory(r->err) : 0;
}

static int read_numbers(struct dossier_reading *r)
{
	struct dossier *d = r->d;
	struct store_stmt *s = NULL;

	d->numbers = ARENA_ARRAY(r->a, struct dossier_number, DOSSIER_ROWS_MAX);
	if (!d->numbers)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT id, display, status, quality FROM number WHERE waba = ?1 ORDER BY id LIMIT ?2",
	    "ti", d->incident.waba, (int64_t)DOSSIER_ROWS_MAX);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		struct dossier_number *n = &d->numbers[d->numbers_len++];
		if (store_copy_text(s, 0, r->a, &n->id) < 0 ||
		    store_copy_text(s, 1, r->a, &n->display) < 0 ||
		    store_copy_text(s, 2, r->a, &n->status) < 0 ||
		    store_copy_text(s, 3, r->a, &n->quality) < 0) {
			store_reset(s);
			return dossier_no_memory(r->err);
		}
	}
	return rc;
}

/* It tells a lock for policy from one for payment or set-up. */
static int take_health(struct dossier_reading *r, struct store_stmt *s)
{
	struct dossier_health *x = &r->d->health[r->d->health_len++];

	x->at = store_col_time(s, 1);
	if (store_copy_text(s, 0, r->a, &x->object) == 0 &&
	    store_copy_text(s, 2, r->a, &x->word) == 0 &&
	    store_copy_text(s, 3, r->a, &x->answer) == 0)
		return 0;
	store_reset(s);
	return dossier_no_memory(r->err);
}

static int read_health(struct dossier_reading *r)
{
	struct store_stmt *s = NULL;

	r->d->health = ARENA_ARRAY(r->a, struct dossier_health, DOSSIER_ROWS_MAX);
	if (!r->d->health)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT CASE WHEN c.kind = 2 THEN 'waba:' ELSE 'number:' END || c.object, c.at, c.new_value, c.words"
	    " FROM object_change c WHERE c.field = 'health' AND ((c.kind = 2 AND c.object = ?1) OR (c.kind = 3"
	    " AND c.object IN (SELECT id FROM number WHERE waba = ?1))) AND NOT EXISTS (SELECT 1"
	    " FROM object_change n WHERE n.kind = c.kind AND n.object = c.object AND n.field = 'health'"
	    " AND n.id > c.id) ORDER BY c.kind, c.object LIMIT ?2",
	    "ti", r->d->incident.waba, (int64_t)DOSSIER_ROWS_MAX);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		int failed = take_health(r, s);
		if (failed < 0)
			return failed;
	}
	return rc;
}

/* --- what was sent ---------------------------------------------------------------------------- */

static int take_sender(struct dossier_reading *r, struct store_stmt *s)
{
	struct dossier_sender *x = &r->d->senders[r->d->senders_len++];
	int64_t purpose = store_col_int(s, 2);

	*x = (struct dossier_sender){
		.purpose = str_c(purpose_name(
		    store_col_is_up_to(s, 2, PURPOSE_ALL) ? (enum purpose)purpose : PURPOSE_NONE)),
		.sent = store_col_int(s, 3),
		.failed = store_col_int(s, 4),
		.against = store_col_int(s, 5),
	};
	if (store_copy_text(s, 0, r->a, &x->app) == 0 && store_copy_text(s, 1, r->a, &x->tpl) == 0)
		return 0;
	store_reset(s);
	return dossier_no_memory(r->err);
}

/* The name of the app where the register has one. */
static int read_senders(struct dossier_reading *r)
{
	struct store_stmt *s = NULL;

	r->d->senders = ARENA_ARRAY(r->a, struct dossier_sender, DOSSIER_ROWS_MAX);
	if (!r->d->senders)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT coalesce(i.name, t.app, ''), coalesce(t.template, ''), t.purpose, t.n, t.failed, t.against"
	    " FROM (SELECT app, template, purpose, count(*) AS n,"
	    " sum(CASE WHEN state = 15 THEN 1 ELSE 0 END) AS failed,"
	    " sum(CASE WHEN verdict <> 0 THEN 1 ELSE 0 END) AS against FROM decision"
	    " WHERE id >= ?1 AND id < ?2 AND waba = ?3 AND " SENT_STATES
	    " GROUP BY app, template, purpose) AS t LEFT JOIN integration i ON i.id = t.app"
	    " ORDER BY t.n DESC, 1, 2, 3 LIMIT ?4",
	    "iiti", r->first, r->last, r->d->incident.waba, (int64_t)DOSSIER_ROWS_MAX);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0) {
		int failed = take_sender(r, s);
		if (failed < 0)
			return failed;
	}
	return rc;
}

static int read_codes(struct dossier_reading *r)
{
	struct store_stmt *s = NULL;

	r->d->codes = ARENA_ARRAY(r->a, struct dossier_code, DOSSIER_ROWS_MAX);
	if (!r->d->codes)
		return dossier_no_memory(r->err);
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT error_code, count(*) FROM decision WHERE id >= ?1 AND id < ?2 AND waba = ?3"
	    " AND state = 15 AND error_code IS NOT NULL GROUP BY error_code ORDER BY 2 DESC, 1 LIMIT ?4",
	    "iiti", r->first, r->last, r->d->incident.waba, (int64_t)DOSSIER_ROWS_MAX);
	while (rc >= 0 && (rc = store_step(s, r->err)) > 0)
		r->d->codes[r->d->codes_len++] = (struct dossier_code){ store_col_int(s, 0),
			store_col_int(s, 1) };
	return rc;
}

#define WEEK 7

/* The day on which most was sent, of the week before; against the most of the seven days before it. */
static void find_spike(struct dossier *d)
{
	const struct story_day *days = d->story.days;
	size_t end = (size_t)((d->incident.happened_at - d->story.from) / MS_PER_DAY) + 1, top = 0;

	end = end < d->story.days_len ? end : d->story.days_len;
	for (size_t i = end > WEEK ? end - WEEK : 0; i < end; i++)
		top = days[i].sent > days[top].sent || top < end - (end > WEEK ? WEEK : end) ? i
											     : top;
	if (end == 0)
		return;
	d->spike = (struct dossier_spike){ days[top].at, days[top].sent, 0 };
	for (size_t i = top > WEEK ? top - WEEK : 0; i < top; i++)
		d->spike.before = days[i].sent > d->spike.before ? days[i].sent : d->spike.before;
}

/* --- templates -------------------------------------------------------------------------------- */

static int lint(struct dossier_reading *r, struct dossier_template *t, struct str components)
{
	const struct json *definition = NULL;
	struct buf text, problems;
	struct json_writer w;

	buf_init(&text, 0);
	buf_init(&problems, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_member_str(&w, "name", t->name);
	jw_member_str(&w, "language", t->language);
	jw_member_str(&w, "category", t->category);
	jw_member_str(&w, "status", t->status.p ? t->status : STR(""));
	if (components.p) {
		jw_key(&w, "components");
		jw_raw(&w, components);
	}
	jw_object_end(&w);
	int rc = json_read(r->a, buf_str(&text), &definition, r->err);
	jw_init(&w, &problems);
	jw_array(&w);
	if (rc == 0)
		rc = template_def_lint(r->a, r->d->pack, definition, false, &w);
	jw_array_end(&w);
	t->problems_len = rc;
	t->problems = rc < 0 || problems.failed ? STR_NONE : arena_str(r->a, buf_str(&problems));
	buf_done(&text);
	buf_done(&problems);
	return t->problems.p ? 0 : dossier_no_memory(r->err);
}

/* A template by its id waba/name/language. */
static int read_template(struct dossier_reading *r, struct str id)
{
	struct dossier_template *t = &r->d->templates[r->d->templates_len];
	struct str rest = id, components = STR_NONE, waba = str_cut(&rest, '/');
	struct store_stmt *s = NULL;

	*t = (struct dossier_template){ .name = str_cut(&rest, '/') };
	t->language = rest.p ? rest : STR("");
	int rc = store_ask(r->c, &s, r->err,
	    "SELECT category, status, quality, components FROM template WHERE waba = ?1 AND name = ?2"
	    " AND language = ?3",
	    "ttt", waba, t->name, t->language);
	if (rc < 0 || (rc = store_step(s, r->err)) <= 0)
		return rc;
	static const char *const categories[] = { "", "MARKETING", "UTILITY", "AUTHENTICATION" };
	t->category = str_c(
	    categories[store_col_is_up_to(s, 0, PURPOSE_AUTHENTICATION) ? store_col_int(s, 0) : 0]);
	bool failed = store_copy_text(s, 1, r->a, &t->status) < 0 ||
	    store_copy_text(s, 2, r->a, &t->quality) < 0 ||
	    store_copy_text(s, 3, r->a, &components) < 0;
	store_reset(s);
	if (failed)
		return dossier_no_memory(r->err);
	r->d->templates_len++;
	return lint(r, t, components);
}

static int read_templates(struct dossier_reading *r)
{
	const struct story_impact *impact = &r->d->impact;
	int rc = 0;

	r->d->templates = ARENA_ARRAY(r->a, struct dossier_template, DOSSIER_ROWS_MAX);
	if (!r->d->templates)
		return dossier_no_memory(r->err);
	for (size_t i = 0; rc >= 0 && i < impact->templates_len && i < DOSSIER_ROWS_MAX; i++)
		rc = read_template(r, impact->templates[i]);
	return rc;
}

/* --- entries ---------------------------------------------------------------------------------- */

static int by_number(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return (a > b) - (a < b);
}

/* Steps, operator acts and changes of the policy, and the acts of the sampled people; each once. */
static size_t choose_entries(const struct dossier *d, int64_t *seqs)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < d->story.events_len && n < DOSSIER_ENTRIES_MAX; i++) {
		if (d->story.events[i].leaf)
			seqs[n++] = d->story.events[i].leaf;
	}
	for (size_t i = 0; i < d->sample_len && n < DOSSIER_ENTRIES_MAX; i++) {
		if (d->sample[i].leaf)
			seqs[n++] = d->sample[i].leaf;
	}
	qsort(seqs, n, sizeof(*seqs), by_number);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || seqs[i] != seqs[i - 1])
			seqs[kept++] = seqs[i];
	}
	return kept;
}

/* What was written down by others about a person (columns of a list, ids of their messages) is theirs: 1, 0. */
static int tells_of_person(struct arena *a, struct str content)
{
	const struct json *act = NULL;
	int rc = json_read(a, content, &act, NULL);

	if (rc == -E_NOMEM)
		return rc;
	return rc < 0 || !json_is_null(json_get(act, "attributes")) ||
	    json_path(act, "details.proof") != NULL;
}

static int take_content(struct dossier_reading *r, struct str content, struct dossier_entry *e)
{
	int withheld = e->leaf.type == LEAF_CONSENT && !r->d->personal
	    ? tells_of_person(r->a, content)
	    : 0;

	if (withheld == 0)
		e->content = arena_str(r->a, content);
	return withheld < 0 || (withheld == 0 && !e->content.p) ? dossier_no_memory(r->err) : 0;
}

static int open_entry(struct dossier_reading *r, struct ledger_proofs *proofs, int64_t seq,
    struct buf *content, struct dossier_entry *e)
{
	int rc = ledger_get(r->c, seq, r->a, &e->leaf, r->err);

	if (rc == 0)
		return err_set(
		    r->err, E_STORE, N_("Entry %lld of the ledger is missing."), (long long)seq);
	if (rc > 0)
		rc = ledger_content(r->c, &e->leaf, content, r->err);
	if (rc > 0 && e->leaf.salt.len)
		rc = take_content(r, buf_str(content), e);
	e->covered = rc >= 0 && seq <= r->d->point.size;
	return e->covered ? ledger_prove(proofs, seq, &e->path, r->err) : rc < 0 ? rc : 0;
}

static int open_entries(struct dossier_reading *r, const int64_t *seqs, size_t n)
{
	struct ledger_proofs *proofs = NULL;
	struct buf content;
	int rc = ledger_proofs_open(r->c, r->d->point.size, &proofs, r->err);

	buf_init(&content, 0);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = open_entry(r, proofs, seqs[i], &content, &r->d->entries[i]);
	r->d->entries_len = n;
	buf_done(&content);
	ledger_proofs_close(&proofs);
	return rc;
}

static int read_entries(struct dossier_reading *r)
{
	int64_t *seqs = ARENA_ARRAY(r->a, int64_t, DOSSIER_ENTRIES_MAX);

	r->d->entries = ARENA_ARRAY(r->a, struct dossier_entry, DOSSIER_ENTRIES_MAX);
	if (!seqs || !r->d->entries)
		return dossier_no_memory(r->err);
	return open_entries(r, seqs, choose_entries(r->d, seqs));
}

/* --- all -------------------------------------------------------------------------------------- */

static int read_all(struct dossier_reading *r, const struct dossier_ask *ask)
{
	static int (*const parts[])(struct dossier_reading *r) = {
		read_account,
		read_numbers,
		read_health,
		read_senders,
		read_codes,
		dossier_read_people,
		read_templates,
		read_entries,
	};
	struct dossier *d = r->d;
	int rc = story_read(r->c, &d->incident, pack_incidents(ask->pack)->timeline_ms, ask->now,
	    r->a, &d->story, r->err);

	if (rc == 0)
		rc = story_impact(r->c, &d->incident, r->a, &d->impact, r->err);
	if (rc == 0)
		rc = ledger_tenant(r->c, &d->tenant, r->err);
	if (rc >= 0)
		rc = ledger_point_last(r->c, r->a, &d->point, r->err);
	if (rc == 0)
		d->point = (struct ledger_point){ .size = 0 };
	if (rc >= 0)
		find_spike(d);
	for (size_t i = 0; rc >= 0 && i < ARRAY_LEN(parts); i++)
		rc = parts[i](r);
	return rc;
}

int dossier_read(struct store_conn *c, const struct dossier_ask *ask, struct arena *a,
    struct dossier *ret, struct err *err)
{
	struct dossier d = {
		.made_at = ask->now,
		.personal = ask->personal,
		.key = ask->key,
		.pack = ask->pack,
	};
	int rc = incident_get(c, ask->incident, a, &d.incident, err);

	if (rc <= 0)
		return rc;
	if (!d.incident.seed.p)
		return err_set(
		    err, E_INVALID, N_("The incident has no seed to draw a sample with."));
	d.row = pack_incident(ask->pack, d.incident.kind);
	d.seed = d.incident.seed;
	struct dossier_reading r = {
		.c = c,
		.a = a,
		.d = &d,
		.from = d.incident.happened_at - pack_incidents(ask->pack)->timeline_ms,
		.err = err,
	};
	r.first = (int64_t)id_first_at(r.from);
	r.last = (int64_t)id_first_at(d.incident.happened_at + 1);
	rc = read_all(&r, ask);
	if (rc < 0)
		return rc;
	*ret = d;
	return 1;
}
