/* One statement keeps, one prunes: both find nothing to do when the text is the same, which is nearly always. */
#include "domain/template_former.h"

#include "store/query.h"

#define WHERE_KEY " WHERE waba = ?1 AND name = ?2 AND language = ?3"

static int prune(struct store_conn *c, const struct template_key *k, struct err *err)
{
	return store_do(c, err,
	    "DELETE FROM template_former" WHERE_KEY " AND content NOT IN (SELECT content FROM"
	    " template_former" WHERE_KEY " ORDER BY until_at DESC, content LIMIT ?4)",
	    "ttti", k->waba, k->name, k->language, (int64_t)TEMPLATE_FORMER_MAX);
}

int template_former_keep(struct store_conn *c, const struct template_key *k, struct str content,
    time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "INSERT INTO template_former (waba, name, language, content, components, until_at)"
	    " SELECT waba, name, language, content, components, CAST(?5 AS BIGINT) FROM template" WHERE_KEY
	    " AND content IS NOT NULL AND content <> ?4"
	    " ON CONFLICT (waba, name, language, content) DO UPDATE SET until_at = excluded.until_at",
	    "ttttm", k->waba, k->name, k->language, content, now);

	return r == 0 && store_changes(c) > 0 ? prune(c, k, err) : r;
}

int template_former_tidy(struct store_conn *c, struct str waba, struct err *err)
{
	return store_do(c, err,
	    "DELETE FROM template_former WHERE waba = ?1 AND NOT EXISTS (SELECT 1 FROM template t"
	    " WHERE t.waba = template_former.waba AND t.name = template_former.name"
	    " AND t.language = template_former.language)",
	    "t", waba);
}

static int take(struct store_stmt *s, struct arena *a, struct template_former *to, struct err *err)
{
	int r = store_copy_text(s, 0, a, &to->content);

	if (r == 0)
		r = store_copy_text(s, 1, a, &to->components);
	to->until = store_col_time(s, 2);
	return r < 0 ? err_set(err, E_NOMEM, "Memory ran out while reading former texts.") : 0;
}

int template_former_list(struct store_conn *c, const struct template_key *k, struct arena *a,
    struct template_former **ret, size_t *ret_len, struct err *err)
{
	struct template_former *items = ARENA_ARRAY(
	    a, struct template_former, TEMPLATE_FORMER_MAX + 1);
	struct store_stmt *s;
	size_t n = 0;

	if (!items)
		return err_set(err, E_NOMEM, "Memory ran out while reading former texts.");
	int r = store_ask(c, &s, err,
	    "SELECT content, components, CAST(NULL AS BIGINT) AS until_at, 0 AS former FROM template" WHERE_KEY
	    " AND content IS NOT NULL UNION ALL"
	    " SELECT content, components, until_at, 1 FROM template_former" WHERE_KEY
	    " AND content NOT IN (SELECT content FROM template" WHERE_KEY
	    " AND content IS NOT NULL)"
	    " ORDER BY 4, 3 DESC, 1 LIMIT ?4",
	    "ttti", k->waba, k->name, k->language, (int64_t)TEMPLATE_FORMER_MAX + 1);
	if (r < 0)
		return r;
	while (r == 0 && (r = store_step(s, err)) > 0)
		r = take(s, a, &items[n++], err);
	store_reset(s);
	if (r < 0)
		return r;
	*ret = items;
	*ret_len = n;
	return 0;
}
