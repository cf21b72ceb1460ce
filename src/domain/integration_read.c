/* Reading the register: entries as they are on record. */
#include "domain/integration.h"

#include "base/check.h"
#include "base/json.h"
#include "store/query.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading the register of integrations.");
}

/* --- lists as columns ------------------------------------------------------------------------- */

int integration_read_numbers(
    struct arena *a, struct str text, const struct str **ret, size_t *ret_len)
{
	const struct json *list;
	int r = json_read(a, text, &list, NULL);

	if (r < 0)
		return r;
	if (json_type(list) != JSON_ARRAY)
		return -E_INVALID;
	size_t len = json_len(list);
	struct str *numbers = ARENA_ARRAY(a, struct str, len);
	if (!numbers)
		return -E_NOMEM;
	for (size_t i = 0; i < len; i++)
		numbers[i] = json_str(json_at(list, i));
	*ret = numbers;
	*ret_len = len;
	return 0;
}

int integration_read_purposes(struct str text, unsigned *ret)
{
	unsigned purposes = 0;

	while (text.len) {
		enum purpose p;
		if (purpose_parse(str_cut(&text, ','), &p) < 0)
			return -E_INVALID;
		purposes |= PURPOSE_BIT(p);
	}
	*ret = purposes;
	return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

#define COLUMNS \
	"SELECT id, name, owner, purpose, data, webhook_url, status, origin, verdict, found, state, numbers," \
	" categories, details, review_by, created_at, updated_at, first_seen_at, last_seen_at, scan," \
	" key_hash IS NOT NULL, review_told FROM integration "

enum column {
	COL_STATE = 10,
	COL_NUMBERS,
	COL_CATEGORIES,
	COL_DETAILS,
	COL_REVIEW_BY,
	COL_CREATED,
	COL_UPDATED,
	COL_FIRST_SEEN,
	COL_LAST_SEEN,
	COL_SCAN,
	COL_KEYED,
	COL_REVIEW_TOLD,
};

/* 0, -E_NOMEM, or -E_INVALID for a row that is none of ours. */
static int take_lists(struct store_stmt *s, struct arena *a, struct integration_entry *ret)
{
	struct str details;
	int r = integration_read_numbers(
	    a, store_col_text(s, COL_NUMBERS), &ret->numbers, &ret->numbers_len);

	if (r == 0)
		r = integration_read_purposes(store_col_text(s, COL_CATEGORIES), &ret->purposes);
	if (r == 0)
		r = store_copy_text(s, COL_DETAILS, a, &details);
	if (r == 0)
		r = register_values_read(a, details, &ret->details);
	if (r == 0 && !register_state_parse(store_col_text(s, COL_STATE), &ret->state))
		r = -E_INVALID;
	return r;
}

static int take_entry(
    struct store_stmt *s, struct arena *a, struct integration_entry *ret, struct err *err)
{
	struct str *texts[] = {
		&ret->id,
		&ret->name,
		&ret->owner,
		&ret->purpose,
		&ret->data,
		&ret->webhook_url,
		&ret->status,
		&ret->origin,
		&ret->verdict,
		&ret->found,
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, (int)i, a, texts[i]) < 0)
			return no_memory(err);
	}
	int r = take_lists(s, a, ret);
	if (r == -E_NOMEM)
		return no_memory(err);
	if (r < 0)
		return err_set(
		    err, E_STORE, "The integration %.*s on record is broken.", STR_ARG(ret->id));
	ret->review_by = store_col_time(s, COL_REVIEW_BY);
	ret->created_at = store_col_time(s, COL_CREATED);
	ret->updated_at = store_col_time(s, COL_UPDATED);
	ret->first_seen_at = store_col_time(s, COL_FIRST_SEEN);
	ret->last_seen_at = store_col_time(s, COL_LAST_SEEN);
	ret->scan = (uint64_t)store_col_int(s, COL_SCAN);
	ret->keyed = store_col_int(s, COL_KEYED) != 0;
	ret->review_told = store_col_int(s, COL_REVIEW_TOLD);
	return 1;
}

int integration_list(struct store_conn *c, struct arena *a, struct integration_entry **ret,
    size_t *ret_len, struct err *err)
{
	struct integration_entry *list;
	struct store_stmt *s;
	int64_t count;
	size_t n = 0;
	int r = store_ask_int(c, &count, err, "SELECT count(*) FROM integration", "");

	if (r < 0)
		return r;
	list = ARENA_ARRAY(a, struct integration_entry, (size_t)count);
	if (!list)
		return no_memory(err);
	r = store_ask(c, &s, err, COLUMNS "ORDER BY name", "");
	if (r < 0)
		return r;
	while (n < (size_t)count && (r = store_step(s, err)) > 0) {
		r = take_entry(s, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int integration_get(struct store_conn *c, struct str id, struct arena *a,
    struct integration_entry *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_find(c, &s, err, COLUMNS "WHERE id = ?1", "t", id);

	if (r > 0) {
		r = take_entry(s, a, ret, err);
		store_reset(s);
	}
	return r;
}

int integration_find(struct store_conn *c, struct str wanted, struct arena *a,
    struct integration_entry *ret, struct err *err)
{
	struct store_stmt *s;
	int r = integration_get(c, wanted, a, ret, err);

	if (r != 0)
		return r;
	r = store_find(c, &s, err, COLUMNS "WHERE name = ?1", "t", wanted);
	if (r > 0) {
		r = take_entry(s, a, ret, err);
		store_reset(s);
	}
	return r;
}
