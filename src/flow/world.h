/* flow/world.h: a core without threads, on domain/fixture.h: one account with a number and an app,
 * the directory loaded, budgets and recent sends in memory. The steps that run on the writer are
 * called by hand. For tests only; include it behind cmocka.h. */
#ifndef FLOW_WORLD_H
#define FLOW_WORLD_H

#include "domain/account.h"
#include "domain/consent.h"
#include "domain/fixture.h"
#include "domain/integration.h"
#include "flow/flow.h"

#define NUMBER "100200300"
#define OTHER_NUMBER "100200301"
#define ALICE "+393331234510"

struct world {
	struct fixture *f;
	struct core core;
	struct lane lane;
	char app[ID_TEXT_MAX];
};

static inline const struct directory *world_directory(struct world *w)
{
	struct fixture *f = w->f;
	const struct directory *d;

	OK(core_directory_now(&w->core, f->conn, &d, &f->err));
	return d;
}

static inline void world_app(struct world *w, const char *name, const char *number, char *ret_id)
{
	struct fixture *f = w->f;
	struct str numbers[] = { str_c(number) };
	char key[APP_KEY_MAX];
	struct integration_values v = {
		.name = str_c(name),
		.owner = STR("Ada"),
		.purpose = STR("Orders"),
		.webhook_url = STR("https://app.example.com/hook"),
		.webhook_secret = STR("0123456789abcdef0123456789abcdef"),
		.numbers = numbers,
		.numbers_len = 1,
		.numbers_given = true,
		.purposes = PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_SERVICE),
		.purposes_given = true,
		.review_by = NOW + 365 * DAY,
		.review_given = true,
	};

	OK(integration_add(f->conn, &f->key, &v, &f->ids, NOW, ret_id, key, &f->err));
}

/* Two portfolios of strangers: `app` belongs to the first, which may write to 2 people a day. */
static inline void world_make(struct world *w, struct fixture *f)
{
	char other[ID_TEXT_MAX];

	clock_set_wall(NOW, true);
	*w = (struct world){ .f = f };
	fixture_account(f, "500", "900800700", NUMBER);
	fixture_account(f, "501", "900800701", OTHER_NUMBER);
	OK(store_do(f->conn, &f->err, "UPDATE number SET display = '+393331234599' WHERE id = ?1",
	    "t", STR(OTHER_NUMBER)));
	OK(portfolio_set_limit(f->conn, STR("500"), true, 2, NOW, &f->err));
	world_app(w, "crm", NUMBER, w->app);
	world_app(w, "shop", OTHER_NUMBER, other);
	w->core.pack = f->pack;
	w->core.key = f->key;
	w->core.ledger = f->ledger;
	w->core.options.mode = MODE_ENFORCE;
	w->core.options.base_url = "http://127.0.0.1:1";
	w->core.stale = true;
	OK(budget_new(&w->core.budget, &f->err));
	OK(signals_new(&w->core.signals, &f->err));
	OK(campaign_sums_new(&w->core.sums, &f->err));
	OK(wamids_new(&w->core.wamids, &f->err));
	OK(uses_new(&w->core.uses, &f->err));
	OK(running_new(&w->core.running, &f->err));
	OK(listeners_new(&w->core.listeners, &f->err));
	OK(recent_load(f->conn, f->pack, NOW, &w->core.recent, &f->err));
	OK(seen_load(f->conn, SEEN_KEEP, &w->core.facts, &f->err));
	(void)world_directory(w);
	w->core.seen = imap_new();
	assert_non_null(w->core.seen);
	w->lane.core = &w->core;
}

static inline void world_done(struct world *w)
{
	budget_free(&w->core.budget);
	signals_free(&w->core.signals);
	campaign_sums_free(&w->core.sums);
	wamids_free(&w->core.wamids);
	uses_free(&w->core.uses);
	running_free(&w->core.running);
	listeners_free(&w->core.listeners);
	recent_free(&w->core.recent);
	imap_free(&w->core.seen);
	seen_free(&w->core.facts);
	directory_unref(&w->core.newest);
	clock_set_wall(NOW, false);
}

static inline uint64_t world_person(struct world *w, const char *phone)
{
	struct fixture *f = w->f;
	struct person p;

	OK(person_get(
	    f->conn, phone_of(phone), STR_NONE, STR("500"), &f->ids, NOW, f->arena, &p, &f->err));
	return p.id;
}

/* One figure of the store, by a literal that takes no parameters. */
#define COUNT_OF(w, sql) scratch_int((w)->f->conn, sql)

#endif
