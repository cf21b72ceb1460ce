#include "domain/integration.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/json.h"
#include "domain/value.h"
#include "store/query.h"

#define NAME_MAX_CHARS 120
#define OWNER_MAX_CHARS 200
#define TEXT_MAX_CHARS 2000
#define NUMBERS_MAX 1000
#define KEY_PREFIX "varco_"
#define KEY_RANDOM_LEN 32
#define SENDABLE \
	(PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_UTILITY) | \
	    PURPOSE_BIT(PURPOSE_AUTHENTICATION) | PURPOSE_BIT(PURPOSE_SERVICE))

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while changing the register of integrations.");
}

static int unknown(struct str id, struct err *err)
{
	return err_field(err, E_NOT_FOUND, "id", N_("There is no integration %.*s."), STR_ARG(id));
}

/* --- lists as columns ------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* In order and each once, so that the order in which somebody lists them is no difference. */
static struct str write_numbers(const struct integration_values *v, struct arena *a)
{
	struct str *sorted = ARENA_ARRAY(a, struct str, v->numbers_len);
	struct json_writer w;
	struct buf text;

	if (!sorted)
		return STR_NONE;
	if (v->numbers_len) {
		memcpy(sorted, v->numbers, v->numbers_len * sizeof(*sorted));
		qsort(sorted, v->numbers_len, sizeof(*sorted), by_bytes);
	}
	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_array(&w);
	for (size_t i = 0; i < v->numbers_len; i++) {
		if (i == 0 || !str_eq(sorted[i], sorted[i - 1]))
			jw_str(&w, sorted[i]);
	}
	jw_array_end(&w);
	struct str ret = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	return ret;
}

static struct str write_purposes(unsigned purposes, struct arena *a)
{
	char text[64];
	size_t len = 0;

	for (enum purpose p = PURPOSE_MARKETING; p < PURPOSE_ALL; p++) {
		const char *name = purpose_name(p);
		if (!(purposes & PURPOSE_BIT(p)))
			continue;
		if (len)
			text[len++] = ',';
		memcpy(text + len, name, strlen(name));
		len += strlen(name);
	}
	return arena_str(a, str_n(text, len));
}

/* --- checks ----------------------------------------------------------------------------------- */

static int check_number(struct store_conn *c, struct str id, struct err *err)
{
	int64_t one;
	int r = value_check_id(id, "numbers", err);

	if (r == 0)
		r = store_ask_int(c, &one, err, "SELECT 1 FROM number WHERE id = ?1", "t", id);
	if (r < 0)
		return r;
	return r > 0 ? 0
		     : err_field(err, E_INVALID, "numbers",
			   N_("There is no number %.*s; add it first."), STR_ARG(id));
}

static int check_numbers(struct store_conn *c, const struct integration_values *v, struct err *err)
{
	int r = 0;

	if (v->numbers_len > NUMBERS_MAX)
		return err_field(err, E_TOO_LARGE, "numbers",
		    N_("An integration may use at most %d numbers."), NUMBERS_MAX);
	for (size_t i = 0; r == 0 && v->numbers_given && i < v->numbers_len; i++)
		r = check_number(c, v->numbers[i], err);
	return r;
}

static int check_texts(const struct integration_values *v, struct err *err)
{
	const struct {
		struct str value;
		const char *field;
		size_t max;
	} texts[] = {
		{ v->name, "name", NAME_MAX_CHARS },
		{ v->owner, "owner", OWNER_MAX_CHARS },
		{ v->purpose, "purpose", TEXT_MAX_CHARS },
		{ v->data, "data", TEXT_MAX_CHARS },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(texts); i++) {
		if (texts[i].value.p)
			r = value_check_text(texts[i].value, texts[i].field, texts[i].max, err);
	}
	return r;
}

static int check_words(const struct integration_values *v, struct err *err)
{
	enum register_state state;

	if (v->status.p && app_status_of(v->status) == APP_STATUS_UNKNOWN)
		return err_field(err, E_INVALID, "status",
		    N_("The status must be one of active, suspended and revoked."));
	if (v->verdict.p && !register_is_verdict(v->verdict))
		return err_field(err, E_INVALID, "verdict",
		    N_("The verdict must be one of official, unofficial and review."));
	if (v->state.p && !register_state_parse(v->state, &state))
		return err_field(err, E_INVALID, "state",
		    N_("The state must be one of open, accepted, removing, removed and retired."));
	return 0;
}

/* And the secret loses the blanks around it. */
static int check_values(struct store_conn *c, struct integration_values *v, struct err *err)
{
	int r = check_texts(v, err);

	if (r == 0 && v->webhook_url.len)
		r = value_check_url(v->webhook_url, "webhook", err);
	if (r == 0)
		r = value_trim_secret(&v->webhook_secret, "webhook_secret", err);
	if (r == 0)
		r = check_words(v, err);
	if (r == 0)
		r = register_values_check(&v->details, err);
	if (r == 0 && v->purposes_given && v->purposes & ~SENDABLE)
		r = err_field(err, E_INVALID, "categories",
		    N_("The categories must be some of marketing, utility, authentication and service."));
	return r < 0 ? r : check_numbers(c, v, err);
}

static int check_for_add(struct store_conn *c, struct integration_values *v, struct err *err)
{
	const struct {
		bool given;
		const char *field;
	} needed[] = {
		{ v->name.p, "name" },
		{ v->owner.p, "owner" },
		{ v->purpose.p, "purpose" },
		{ v->numbers_given || v->keyless, "numbers" },
		{ v->purposes_given || v->keyless, "categories" },
		{ v->webhook_secret.p || !v->webhook_url.len, "webhook_secret" },
		{ v->webhook_url.len || !v->webhook_secret.p, "webhook" },
	};

	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		if (!needed[i].given)
			return err_field(err, E_INVALID, needed[i].field,
			    N_("The value of \"%s\" is missing."), needed[i].field);
	}
	if (v->status.p)
		return err_field(err, E_INVALID, "status", N_("An integration begins active."));
	if (v->keyless && v->webhook_url.len)
		return err_field(
		    err, E_INVALID, "webhook", N_("What has no key has no webhook here."));
	return check_values(c, v, err);
}

/* --- keys and secrets ------------------------------------------------------------------------- */

/* "varco_" and 32 random bytes in URL-safe base64. */
static int make_key(char out[APP_KEY_MAX], struct sha256 *ret_hash, struct err *err)
{
	char random[KEY_RANDOM_LEN];
	struct buf text;

	buf_init(&text, 0);
	crypto_random(random, sizeof(random));
	base64_encode(str_n(random, sizeof(random)), &text);
	crypto_wipe(random, sizeof(random));
	if (text.failed) {
		buf_done(&text);
		return no_memory(err);
	}
	size_t len = 0;
	memcpy(out, KEY_PREFIX, sizeof(KEY_PREFIX) - 1);
	for (char *to = out + sizeof(KEY_PREFIX) - 1; len < text.len && text.p[len] != '=';
	    len++, to++) {
		*to = text.p[len] == '+' ? '-' : text.p[len] == '/' ? '_' : text.p[len];
		to[1] = '\0';
	}
	crypto_wipe(text.p, text.len);
	buf_done(&text);
	crypto_sha256(str_c(out), ret_hash);
	return 0;
}

static struct str hash_str(const struct sha256 *hash)
{
	return str_n((const char *)hash->b, sizeof(hash->b));
}

static int seal_secret(
    const struct seal_key *key, struct str id, struct str plain, struct buf *out, struct err *err)
{
	struct secret_place place = { "app", id, "webhook_secret" };

	buf_init(out, 0);
	return secret_seal(key, &place, plain, out, err);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The lists as columns; p NULL = not given. */
struct columns {
	struct str numbers, purposes;
	struct str details; /* all that is said, with what is on record */
	struct arena *a;
};

/* What is on record under the id; nothing of an entry that is not there. */
static int details_of(struct store_conn *c, struct str id, struct arena *a,
    struct register_values *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT details FROM integration WHERE id = ?1", "t", id);

	*ret = (struct register_values){ 0 };
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && register_values_read(a, store_col_text(s, 0), ret) < 0)
		r = err_set(err, E_STORE, "The integration %.*s on record is broken.", STR_ARG(id));
	store_reset(s);
	return r < 0 ? r : 0;
}

static int write_columns(
    const struct integration_values *v, struct arena *a, struct columns *ret, struct err *err)
{
	*ret = (struct columns){ STR_NONE, STR_NONE, STR_NONE, a };
	if (v->numbers_given)
		ret->numbers = write_numbers(v, a);
	if (v->purposes_given)
		ret->purposes = write_purposes(v->purposes, a);
	if (v->keyless && !ret->numbers.p)
		ret->numbers = STR("[]");
	if (v->keyless && !ret->purposes.p)
		ret->purposes = STR("");
	if ((v->numbers_given && !ret->numbers.p) || (v->purposes_given && !ret->purposes.p))
		return no_memory(err);
	return 0;
}

/* And then what goes with what is on record. */
static int write_details(struct store_conn *c, struct str id, const struct integration_values *v,
    struct columns *lists, struct err *err)
{
	struct register_values base;
	int r = details_of(c, id, lists->a, &base, err);

	if (r < 0)
		return r;
	lists->details = register_values_write(lists->a, &base, &v->details);
	return lists->details.p ? 0 : no_memory(err);
}

static int insert(struct store_conn *c, const struct integration_values *v,
    const struct columns *lists, struct str id, const struct sha256 *hash, struct str secret,
    time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO integration (id, name, owner, purpose, data, numbers, categories, review_by, status,"
	    " key_hash, webhook_url, webhook_secret, created_at, updated_at, origin, verdict, state, details,"
	    " review_told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'active', ?9, ?10, ?11, ?12, ?12, ?13, ?14,"
	    " ?15, ?16, 0)",
	    "tttttttmbtbmtttt", id, v->name, v->owner, v->purpose, v->data, lists->numbers,
	    lists->purposes, v->review_given ? v->review_by : TIME_NONE,
	    hash ? hash_str(hash) : STR_NONE, v->webhook_url.len ? v->webhook_url : STR_NONE,
	    secret, now, hash ? STR(ORIGIN_APP) : STR(ORIGIN_PERSON),
	    v->verdict.p ? v->verdict : STR("official"), v->state.p ? v->state : STR("open"),
	    lists->details);
}

/* What is given; the rest stays. */
static int update(struct store_conn *c, const struct integration_values *v,
    const struct columns *lists, struct str id, struct str secret, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE integration SET name = coalesce(?2, name), owner = coalesce(?3, owner),"
	    " purpose = coalesce(?4, purpose), data = coalesce(?5, data), numbers = coalesce(?6, numbers),"
	    " categories = coalesce(?7, categories), review_by = coalesce(?8, review_by),"
	    " status = coalesce(?9, status), webhook_url = coalesce(?10, webhook_url),"
	    " webhook_secret = coalesce(?11, webhook_secret), updated_at = ?12,"
	    " verdict = coalesce(?13, verdict), state = coalesce(?14, state), details = ?15,"
	    " review_told = CASE WHEN ?8 IS NULL OR ?8 = review_by THEN review_told ELSE 0 END WHERE id = ?1",
	    "tttttttmttbmttt", id, v->name, v->owner, v->purpose, v->data, lists->numbers,
	    lists->purposes, v->review_given ? v->review_by : TIME_NONE, v->status,
	    v->webhook_url.len ? v->webhook_url : STR_NONE, secret, now, v->verdict, v->state,
	    lists->details);
}

static int write_update(struct store_conn *c, const struct seal_key *key, struct str id,
    const struct integration_values *v, const struct columns *lists, time_ms now, struct err *err)
{
	struct buf sealed;
	int r = seal_secret(key, id, v->webhook_secret, &sealed, err);

	if (r == 0)
		r = update(c, v, lists, id, secret_sealed(&sealed), now, err);
	buf_done(&sealed);
	return r;
}

/* --- adding ----------------------------------------------------------------------------------- */

static int compare_texts(struct store_stmt *s, const struct integration_values *v,
    const struct columns *lists, struct err *err)
{
	const struct {
		int column;
		struct str given;
		const char *field;
	} texts[] = {
		{ 1, v->owner, "owner" },
		{ 2, v->purpose, "purpose" },
		{ 3, v->data, "data" },
		{ 4, lists->numbers, "numbers" },
		{ 5, lists->purposes, "categories" },
		{ 7, v->webhook_url, "webhook" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(texts); i++)
		r = value_check_same(
		    texts[i].given, store_col_text(s, texts[i].column), texts[i].field, err);
	return r;
}

static int compare(struct store_stmt *s, const struct seal_key *key,
    const struct integration_values *v, const struct columns *lists, struct err *err)
{
	struct secret_place place = { "app", store_col_text(s, 0), "webhook_secret" };
	int r = compare_texts(s, v, lists, err);

	if (r == 0)
		r = secret_check_same(
		    key, &place, v->webhook_secret, store_col_blob(s, 8), "webhook_secret", err);
	if (r == 0 && v->review_given && !store_col_null(s, 6) &&
	    store_col_int(s, 6) != v->review_by)
		r = err_field(err, E_CONFLICT, "review_by",
		    N_("It is on record already with another review date."));
	return r;
}

/* 1 it is on record under that name, with these values, and *ret_id is its id; 0 it is not. */
static int meet(struct store_conn *c, const struct seal_key *key,
    const struct integration_values *v, const struct columns *lists, char ret_id[ID_TEXT_MAX],
    struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT id, owner, purpose, data, numbers, categories, review_by, webhook_url, webhook_secret"
	    " FROM integration WHERE name = ?1",
	    "t", v->name);

	if (r < 0)
		return r;
	r = store_step(s, err);
	int differs = r > 0 ? compare(s, key, v, lists, err) : 0;
	if (r > 0 && differs == 0 && str_to_c(store_col_text(s, 0), ret_id, ID_TEXT_MAX) < 0)
		differs = err_set(
		    err, E_STORE, "An integration on record has an id that is none of ours.");
	store_reset(s);
	return differs < 0 ? differs : r;
}

static int check_not_revoked(struct store_conn *c, struct str id, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err,
	    "SELECT 1 FROM integration WHERE id = ?1 AND status = 'revoked'", "t", id);

	if (r > 0)
		return err_field(err, E_CONFLICT, "status",
		    N_("This app is revoked, and no key of it can send; set its status to active first."));
	return r;
}

static int create(struct store_conn *c, const struct seal_key *key,
    const struct integration_values *v, const struct columns *lists, const char *id, time_ms now,
    char out_key[APP_KEY_MAX], struct err *err)
{
	struct sha256 hash;
	struct buf sealed;
	int r = v->keyless ? 0 : make_key(out_key, &hash, err);

	if (r < 0)
		return r;
	r = seal_secret(key, str_c(id), v->webhook_secret, &sealed, err);
	if (r == 0)
		r = insert(c, v, lists, str_c(id), v->keyless ? NULL : &hash,
		    secret_sealed(&sealed), now, err);
	buf_done(&sealed);
	return r;
}

static int same_details(struct store_conn *c, struct str id, const struct integration_values *v,
    const struct columns *lists, struct err *err)
{
	struct register_values base;
	int r = details_of(c, id, lists->a, &base, err);

	for (int i = 0; r == 0 && i < REGISTER_FIELDS_LEN; i++)
		r = value_check_same(v->details.v[i], base.v[i], register_fields[i].name, err);
	return r;
}

static int add(struct store_conn *c, const struct seal_key *key, const struct integration_values *v,
    struct columns *lists, struct id_gen *ids, time_ms now, char ret_id[ID_TEXT_MAX],
    char out_key[APP_KEY_MAX], struct err *err)
{
	char id[ID_TEXT_MAX], fresh[APP_KEY_MAX] = "";
	int r = meet(c, key, v, lists, id, err);

	bool known = r > 0;
	if (known)
		r = v->keyless ? 0 : check_not_revoked(c, str_c(id), err);
	if (known && r == 0)
		r = same_details(c, str_c(id), v, lists, err);
	else if (!known && r == 0)
		id_format(v->keyless ? "int" : "app", id_next(ids, now), id);
	if (r == 0)
		r = write_details(c, str_c(id), v, lists, err);
	if (r == 0)
		r = known ? write_update(c, key, str_c(id), v, lists, now, err)
			  : create(c, key, v, lists, id, now, fresh, err);
	if (r == 0) {
		memcpy(ret_id, id, sizeof(id));
		memcpy(out_key, fresh, sizeof(fresh));
	}
	crypto_wipe(fresh, sizeof(fresh));
	return r;
}

int integration_add(struct store_conn *c, const struct seal_key *key,
    const struct integration_values *v, struct id_gen *ids, time_ms now, char ret_id[ID_TEXT_MAX],
    char out_key[APP_KEY_MAX], struct err *err)
{
	struct integration_values given = *v;
	struct arena *a = arena_new(0, 0);
	struct columns lists;
	int r = a ? check_for_add(c, &given, err) : no_memory(err);

	if (r == 0)
		r = write_columns(&given, a, &lists, err);
	if (r == 0)
		r = add(c, key, &given, &lists, ids, now, ret_id, out_key, err);
	arena_free(&a);
	return r;
}

/* --- changing --------------------------------------------------------------------------------- */

/* After an UPDATE by id. */
static int must_have_changed(struct store_conn *c, int r, struct str id, struct err *err)
{
	if (r < 0)
		return r;
	return store_changes(c) > 0 ? 0 : unknown(id, err);
}

static int check_new_name(struct store_conn *c, struct str id, struct str name, struct err *err)
{
	int64_t one;
	int r = store_ask_int(
	    c, &one, err, "SELECT 1 FROM integration WHERE name = ?1 AND id <> ?2", "tt", name, id);

	if (r > 0)
		return err_field(err, E_CONFLICT, "name", N_("Another integration has that name."));
	return r;
}

static int drop_webhook(struct store_conn *c, struct str id, struct err *err)
{
	return store_do(c, err,
	    "UPDATE integration SET webhook_url = NULL, webhook_secret = NULL WHERE id = ?1", "t",
	    id);
}

/* An address without a secret could not be signed for. */
static int check_webhook(struct store_conn *c, struct str id, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err,
	    "SELECT 1 FROM integration WHERE id = ?1 AND webhook_url IS NOT NULL AND webhook_secret IS NULL",
	    "t", id);

	if (r > 0)
		return err_field(err, E_INVALID, "webhook_secret",
		    N_("The value of \"webhook_secret\" is missing."));
	return r;
}

static int set(struct store_conn *c, const struct seal_key *key, struct str id,
    struct integration_values *v, struct arena *a, time_ms now, struct err *err)
{
	bool drop = v->webhook_url.p && v->webhook_url.len == 0;
	struct columns lists;
	int r = check_values(c, v, err);

	if (r == 0 && v->name.p)
		r = check_new_name(c, id, v->name, err);
	if (r == 0)
		r = write_columns(v, a, &lists, err);
	if (r == 0)
		r = write_details(c, id, v, &lists, err);
	if (r == 0)
		r = must_have_changed(c, write_update(c, key, id, v, &lists, now, err), id, err);
	if (r == 0 && drop)
		r = drop_webhook(c, id, err);
	return r < 0 ? r : check_webhook(c, id, err);
}

int integration_set(struct store_conn *c, const struct seal_key *key, struct str id,
    const struct integration_values *v, time_ms now, struct err *err)
{
	struct integration_values given = *v;
	struct arena *a = arena_new(0, 0);
	int r = a ? set(c, key, id, &given, a, now, err) : no_memory(err);

	arena_free(&a);
	return r;
}

int integration_rotate(
    struct store_conn *c, struct str id, time_ms now, char out_key[APP_KEY_MAX], struct err *err)
{
	char fresh[APP_KEY_MAX] = "";
	struct sha256 hash;
	int r = check_not_revoked(c, id, err);

	if (r == 0)
		r = make_key(fresh, &hash, err);
	if (r == 0)
		r = must_have_changed(c,
		    store_do(c, err,
			"UPDATE integration SET key_hash = ?2, updated_at = ?3"
			" WHERE id = ?1 AND key_hash IS NOT NULL",
			"tbm", id, hash_str(&hash), now),
		    id, err);
	if (r == 0)
		memcpy(out_key, fresh, sizeof(fresh));
	crypto_wipe(fresh, sizeof(fresh));
	return r;
}

int integration_revoke(struct store_conn *c, struct str id, time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE integration SET status = 'revoked', updated_at = ?2 WHERE id = ?1", "tm", id,
	    now);

	return must_have_changed(c, r, id, err);
}

int integration_seen(struct store_conn *c, struct str id, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE integration SET last_seen_at = ?2, first_seen_at = coalesce(first_seen_at, ?2)"
	    " WHERE id = ?1 AND (last_seen_at IS NULL OR last_seen_at < ?2)",
	    "tm", id, now);
}
