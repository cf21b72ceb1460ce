/* The template is judged by a sample: the definition with something at every place. */
#include "flow/trigger_doubts.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/template_def.h"

struct look {
	const struct pack *pack;
	const struct trigger *t;
	const struct dir_number *number;
	const struct dir_app *app;
	const struct dir_template *tpl;
	struct arena *a;
	struct trigger_doubt *doubts;
	size_t len;
};

static void doubt(struct look *l, const char *says)
{
	ASSERT(l->len < TRIGGER_DOUBTS_MAX);
	l->doubts[l->len++] = (struct trigger_doubt){ .says = says };
}

/* --- who sends -------------------------------------------------------------------------------- */

static void look_at_sender(struct look *l, struct str number)
{
	if (!l->number)
		doubt(l, N_("The number that the trigger sends from is not there any more."));
	if (!l->app)
		doubt(l, N_("The integration that the trigger belongs to is not there any more."));
	if (!l->app)
		return;
	if (l->app->status != APP_ACTIVE)
		doubt(l, N_("The integration that the trigger sends as is suspended or revoked."));
	if (!dir_app_has_number(l->app, number))
		doubt(l, N_("The integration may not use this number."));
}

static bool may_send(const struct look *l, enum purpose p)
{
	return !l->app || (l->app->purposes & PURPOSE_BIT(p));
}

/* --- what is sent ----------------------------------------------------------------------------- */

/* A name that the event gives is known only then. */
static struct str fixed(const struct look *l, const char *member)
{
	struct str value = json_str(json_get(l->t->tpl, member));

	return trigger_text_has_places(value) ? STR_NONE : value;
}

static int look_at_values(struct look *l)
{
	struct err problem = { .code = 0 };
	const struct json *body = NULL;
	struct message m = { .problem = { .code = 0 } };
	int64_t limit, got;
	struct str text = STR_NONE;
	int r = trigger_sample(l->a, l->t, &text);

	if (r == 0)
		r = json_read(l->a, text, &body, NULL);
	if (r == 0)
		r = message_read(
		    l->a, l->pack, body, NULL, STR("/messages"), l->number->waba->country, &m);
	if (r < 0)
		return -E_NOMEM;
	if (m.problem.code)
		problem = m.problem;
	else if (template_def_check(l->pack, l->tpl->components, &m, &problem, &limit, &got))
		return 0;
	const char *more = arena_c(l->a, str_c(problem.text));
	if (!more)
		return -E_NOMEM;
	doubt(l, N_("What the definition fills in does not fit the template."));
	l->doubts[l->len - 1].more = more;
	return 0;
}

static int look_at_template(struct look *l, const struct directory *d)
{
	struct str name = fixed(l, "name"), language = fixed(l, "language");

	if (!l->number || !name.p || !language.p)
		return 0;
	l->tpl = directory_template(d, l->number->waba->id, name, language);
	if (!l->tpl) {
		doubt(l,
		    N_("The account has no template of that name and language yet; until it has, every"
		       " message by template is refused."));
		return 0;
	}
	if (pack_template_status(l->pack, l->tpl->status) != PACK_STATUS_SENDABLE)
		doubt(l, N_("Meta does not let this template be sent as it is now."));
	if (!may_send(l, l->tpl->category))
		doubt(l, N_("The integration may not send templates of this category."));
	return look_at_values(l);
}

int trigger_doubts(const struct pack *pack, const struct directory *d,
    const struct trigger_row *row, const struct trigger *t, struct arena *a,
    struct trigger_doubt ret[TRIGGER_DOUBTS_MAX], size_t *ret_len)
{
	struct look l = {
		.pack = pack,
		.t = t,
		.number = directory_number(d, row->v.number),
		.app = directory_app(d, row->v.app),
		.a = a,
		.doubts = ret,
	};

	look_at_sender(&l, row->v.number);
	if (t->text.p && !may_send(&l, PURPOSE_SERVICE))
		doubt(
		    &l, N_("The integration may not send texts: it has no category \"service\"."));
	int r = t->tpl ? look_at_template(&l, d) : 0;
	*ret_len = l.len;
	return r;
}
