/* Whose something is, api_access.c knows: it is asked as if the caller were bound to that one portfolio. */
#include "apps/gateway/api_client.h"

static struct str portfolio_of(const struct api_call *c)
{
	return api_text(c, "portfolio");
}

int api_client_check(struct api_call *c, struct err *err)
{
	struct str portfolio = portfolio_of(c);

	if (!portfolio.p)
		return 0;
	if (!api_may_portfolio(c, portfolio))
		return api_err(c, err, E_DENIED, "portfolio",
		    N_("This belongs to none of the portfolios that you are bound to."));
	if (directory_portfolio(lane_directory(c->gate->lane), portfolio))
		return 0;
	return api_err(
	    c, err, E_NOT_FOUND, "portfolio", N_("There is no portfolio with that id here."));
}

static bool is_of(const struct api_call *c, struct str number)
{
	const struct dir_number *n = directory_number(lane_directory(c->gate->lane), number);

	return n && str_eq(n->waba->portfolio->id, portfolio_of(c));
}

bool api_client_has_numbers(const struct api_call *c, const struct str *numbers, size_t len)
{
	bool has = !portfolio_of(c).p;

	for (size_t i = 0; !has && i < len; i++)
		has = is_of(c, numbers[i]);
	return has;
}

/* The app that an object names, in any of the ways that objects are written; NULL when it names none. */
static const struct dir_app *app_of(const struct api_call *c, struct str object)
{
	struct str rest = object, kind = str_cut(&rest, ':');

	if (rest.p && !str_eq_c(kind, "app"))
		return NULL;
	return directory_app(lane_directory(c->gate->lane), rest.p ? rest : object);
}

/* As of somebody who is bound to it alone. */
static struct user narrow(struct api_call *c, struct str *portfolio)
{
	struct user who = c->who.user;

	*portfolio = portfolio_of(c);
	c->who.user.portfolios = portfolio;
	c->who.user.portfolios_len = 1;
	return who;
}

bool api_client_has_place(struct api_call *c, struct str scope, struct str id)
{
	const struct dir_app *app = NULL;
	struct str portfolio;

	if (!portfolio_of(c).p)
		return true;
	if (scope.p && id.p && str_eq_c(scope, "app"))
		app = directory_app(lane_directory(c->gate->lane), id);
	if (app)
		return api_client_has_numbers(c, app->numbers, app->numbers_len);
	struct user who = narrow(c, &portfolio);
	bool has = api_may_place(c, scope, id);
	c->who.user = who;
	return has;
}

int api_client_has_object(struct api_call *c, struct str object, struct err *err)
{
	const struct dir_app *app;
	struct str portfolio;

	if (!portfolio_of(c).p)
		return 1;
	app = app_of(c, object);
	if (app)
		return api_client_has_numbers(c, app->numbers, app->numbers_len);
	struct user who = narrow(c, &portfolio);
	int r = api_may_object(c, object, err);
	c->who.user = who;
	return r;
}

/* Those that the caller may see; of all portfolios of theirs, or of the one. */
static int list_numbers(struct api_call *c, struct str portfolio, const struct str **ret,
    size_t *ret_len, struct err *err)
{
	size_t len, n = 0;
	const struct dir_number *const *all = directory_numbers(
	    lane_directory(c->gate->lane), &len);
	struct str *list = ARENA_ARRAY(c->arena, struct str, len + 1);

	if (!list)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	for (size_t i = 0; i < len; i++) {
		struct str owner = all[i]->waba->portfolio->id;
		if (!api_may_portfolio(c, owner) || (portfolio.p && !str_eq(owner, portfolio)))
			continue;
		list[n] = arena_str(c->arena, all[i]->id);
		if (!list[n++].p)
			return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	}
	*ret = list;
	*ret_len = n;
	return 0;
}

int api_bound_numbers(struct api_call *c, const struct str **ret, size_t *ret_len, struct err *err)
{
	*ret = NULL;
	*ret_len = 0;
	return api_is_bound(c) ? list_numbers(c, STR_NONE, ret, ret_len, err) : 0;
}

int api_client_numbers(struct api_call *c, const struct str **ret, size_t *ret_len, struct err *err)
{
	if (!portfolio_of(c).p)
		return api_bound_numbers(c, ret, ret_len, err);
	return list_numbers(c, portfolio_of(c), ret, ret_len, err);
}
