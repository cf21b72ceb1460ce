#include "flow/shares.h"

#include <stdio.h>

#include "base/check.h"
#include "base/map.h"
#include "flow/told.h"
#include "store/query.h"

#define SCOPE_MAX 160

static const char share[] = "portfolio.share", used_up[] = "portfolio.share_used",
		  fine[] = "portfolio.share_fine";

/* How many of the pack's levels are reached; one more when nothing is left. */
static int64_t level_of(const struct pack_portfolio *p, int64_t used, int64_t marketing)
{
	int64_t level = 0;

	if (used >= marketing)
		return (int64_t)p->alert_len + 1;
	while ((size_t)level < p->alert_len && used >= pack_share(marketing, p->alert_ppm[level]))
		level++;
	return level;
}

/* What the newest alarm about it told: 1 and *ret, 0 none. */
static int told_last(struct store_conn *c, const struct pack_portfolio *p, struct str portfolio,
    int64_t *ret, struct err *err)
{
	char scope[SCOPE_MAX];
	struct store_stmt *s;

	(void)snprintf(scope, sizeof(scope), "portfolio:%.*s", STR_ARG(portfolio));
	int r = store_ask(c, &s, err,
	    "SELECT kind FROM alarm WHERE scope = ?1 AND kind IN (?2, ?3, ?4) ORDER BY id DESC LIMIT 1",
	    "tttt", str_c(scope), str_c(share), str_c(used_up), str_c(fine));
	if (r == 0)
		r = store_step(s, err);
	if (r <= 0)
		return r;
	struct str kind = store_col_text(s, 0);
	*ret = str_eq_c(kind, used_up) ? (int64_t)p->alert_len + 1 : str_eq_c(kind, share);
	store_reset(s);
	return 1;
}

static int tell(
    struct core *core, struct store_conn *c, struct str portfolio, int64_t level, struct err *err)
{
	const struct pack_portfolio *p = &pack_limits(core->pack)->portfolio;
	const char *kind = level > (int64_t)p->alert_len ? used_up : level ? share : fine;
	int64_t ppm = kind == share ? p->alert_ppm[level - 1] : 0;
	char word[32];

	(void)snprintf(word, sizeof(word), "%d %%", (int)(ppm * 100 / PPM));
	return told_alarm(
	    core, c, kind, "portfolio", portfolio, ppm ? str_c(word) : STR_NONE, STR_NONE, err);
}

static int watch_one(struct core *core, struct store_conn *c, struct imap *told,
    const struct dir_portfolio *d, time_ms now, struct err *err)
{
	const struct pack_portfolio *p = &pack_limits(core->pack)->portfolio;
	uint64_t key = map_hash(d->id);
	int64_t before = 0, level = 0;

	if (!imap_get(told, key, &before)) {
		int r = told_last(c, p, d->id, &before, err);
		if (r < 0)
			return r;
	}
	if (d->limited && d->limit > 0)
		level = level_of(p, budget_people(core->budget, d->id, now),
		    pack_share(d->limit, p->marketing_share_ppm));
	if (imap_put(told, key, level) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while looking at a portfolio.");
	/* From one level down to the next is no news. */
	return level > before || (level == 0 && before > 0) ? tell(core, c, d->id, level, err) : 0;
}

int shares_watch(
    struct core *core, struct store_conn *c, struct imap *told, time_ms now, struct err *err)
{
	const struct directory *d;
	size_t n = 0;
	int r = core_directory_now(core, c, &d, err);

	if (r < 0)
		return r;
	const struct dir_waba *const *wabas = directory_wabas(d, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = watch_one(core, c, told, wabas[i]->portfolio, now, err);
	return r;
}
