#include "domain/campaign_plan.h"

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"

#define MAPS_MAX CAMPAIGN_SLOTS_MAX

static int gone(struct err *err, const char *field, const char *sentence)
{
	return err_field(err, E_NOT_FOUND, field, "%s", sentence);
}

static int read_maps(const struct json *list, struct str maps[MAPS_MAX], size_t *ret_len)
{
	size_t n = json_len(list) < MAPS_MAX ? json_len(list) : MAPS_MAX;

	for (size_t i = 0; i < n; i++)
		maps[i] = json_str(json_at(list, i));
	*ret_len = n;
	return 0;
}

static int read_fill(const struct campaign *x, const struct directory *d, const struct json *one,
    const struct json *maps, struct arena *a, struct campaign_fill *ret, struct err *err)
{
	struct str names[MAPS_MAX] = { { NULL, 0 } };
	size_t len = 0;
	const struct dir_template *t = directory_template(
	    d, x->waba, json_str(json_get(one, "name")), json_str(json_get(one, "language")));

	if (!t)
		return gone(err, "template",
		    N_("The number's account has no such template in that language."));
	int r = read_maps(maps, names, &len);
	return r < 0 ? r : campaign_fill_read(t, x->id, names, len, a, ret, err);
}

int campaign_plan_read(const struct campaign *x, const struct directory *d, struct arena *a,
    struct campaign_plan *ret, struct err *err)
{
	const struct json *plan = NULL, *templates;
	int r = json_read(a, x->plan, &plan, err);

	if (r < 0)
		return r;
	*ret = (struct campaign_plan){ .number = directory_number(d, x->number) };
	if (!ret->number)
		return gone(err, "number", N_("There is no number with that id here."));
	templates = json_get(plan, "templates");
	for (size_t i = 0; r == 0 && i < json_len(templates) && i < CAMPAIGN_TEMPLATES_MAX; i++)
		r = read_fill(x, d, json_at(templates, i), json_get(plan, "map"), a,
		    &ret->fills[ret->len++], err);
	if (!json_real(json_get(plan, "price"), &ret->price))
		ret->price = 0;
	ret->currency = json_str(json_get(plan, "currency"));
	return r == 0 && !ret->len
	    ? gone(err, "template",
		  N_("The number's account has no such template in that language."))
	    : r;
}

void campaign_snapshot(const struct campaign *x, const struct campaign_plan *p, struct sha256 *ret)
{
	struct buf text;

	buf_init(&text, 0);
	buf_add(&text, str_n((const char *)x->digest.b, SHA256_LEN));
	buf_addf(&text, "%lld %lld ", (long long)x->total, (long long)x->choice);
	buf_add(&text, x->number);
	buf_add(&text, x->plan);
	for (size_t i = 0; i < p->len; i++) {
		buf_add_c(&text, purpose_name(p->fills[i].tpl->category));
		if (p->fills[i].tpl->components)
			json_canonical(&text, p->fills[i].tpl->components, NULL);
	}
	crypto_sha256(buf_str(&text), ret);
	buf_done(&text);
}

size_t campaign_turn(const struct campaign *x, const struct campaign_plan *p, int64_t seq)
{
	if (x->choice >= 0 && (size_t)x->choice < p->len)
		return (size_t)x->choice;
	return p->len ? (size_t)(seq < 0 ? 0 : seq) % p->len : 0;
}
