#include "domain/autoreply.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "base/text.h"
#include "domain/value.h"
#include "store/query.h"

#define PURGE_AT_ONCE 500
#define DIGEST_LEN 16
#define WORD_MAX_CHARS 60

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on automatic replies.");
}

static const char *const kinds[] = {
	[AUTOREPLY_KEYWORD] = "keyword",
	[AUTOREPLY_OUT_OF_HOURS] = "out_of_hours",
	[AUTOREPLY_WELCOME] = "welcome",
};

const char *autoreply_kind_name(enum autoreply_kind k)
{
	return k >= AUTOREPLY_KEYWORD && (size_t)k < ARRAY_LEN(kinds) ? kinds[k] : "";
}

bool autoreply_kind_parse(struct str word, enum autoreply_kind *ret)
{
	for (size_t k = AUTOREPLY_KEYWORD; k < ARRAY_LEN(kinds); k++) {
		if (str_eq_c(word, kinds[k])) {
			*ret = (enum autoreply_kind)k;
			return true;
		}
	}
	return false;
}

/* --- values ----------------------------------------------------------------------------------- */

static int check_words(const struct autoreply *r, struct arena *a, struct err *err)
{
	bool wanted = r->kind == AUTOREPLY_KEYWORD;

	if (wanted != (r->words_len > 0))
		return err_field(err, E_INVALID, "words", "%s",
		    N_("A keyword reply has words, and the others have none."));
	if (r->words_len > AUTOREPLY_WORDS_MAX)
		return err_field(err, E_TOO_LARGE, "words", N_("There may be at most %d words."),
		    AUTOREPLY_WORDS_MAX);
	for (size_t i = 0; i < r->words_len; i++) {
		int rc = value_check_text(r->words[i], "words", WORD_MAX_CHARS, err);
		struct str folded = rc == 0 ? text_fold(a, r->words[i]) : STR_NONE;
		if (rc == 0 && !folded.p)
			rc = no_memory(err);
		if (rc == 0 && folded.len == 0)
			rc = err_field(err, E_INVALID, "words", "%s",
			    N_("Each of the words must have a letter or a digit in it."));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_hours(const struct autoreply *r, struct err *err)
{
	bool wanted = r->kind == AUTOREPLY_OUT_OF_HOURS;
	struct office_hours hours;
	int rc = 0;

	if (wanted != (r->hours.p != NULL))
		return err_field(err, E_INVALID, "hours", "%s",
		    N_("An out_of_hours reply has hours, and the others have none."));
	if (!wanted)
		return r->zone.p ? err_field(err, E_INVALID, "zone", "%s",
				       N_("Only an out_of_hours reply has a zone."))
				 : 0;
	rc = office_hours_read(r->hours, &hours, err);
	if (rc == 0 && (!r->zone.p || office_hours_open(&hours, r->zone, 0) < 0))
		rc = err_field(err, E_INVALID, "zone", "%s",
		    N_("The zone must be one that this system knows, as in Europe/Rome."));
	return rc;
}

int autoreply_check(const struct autoreply *r, struct arena *a, struct err *err)
{
	int rc = value_check_id(r->name, "name", err);

	if (rc == 0 &&
	    (str_trim(r->text).len == 0 || !text_is_utf8(r->text) || text_has_control(r->text)))
		rc = err_field(err, E_INVALID, "text", "%s", N_("The text must say something."));
	if (rc == 0 && text_code_points(r->text) > AUTOREPLY_TEXT_MAX)
		rc = err_field(err, E_TOO_LARGE, "text",
		    N_("The text may have at most %d characters."), AUTOREPLY_TEXT_MAX);
	if (rc == 0)
		rc = check_words(r, a, err);
	return rc < 0 ? rc : check_hours(r, err);
}

/* --- rows ------------------------------------------------------------------------------------- */

#define COLUMNS \
	"name, app, number, kind, body, language, words, hours, zone, created_at, last_at, sent"

static int read_words(struct str text, struct arena *a, struct autoreply *ret)
{
	const struct json *list;

	if (json_read(a, text, &list, NULL) < 0)
		return -E_NOMEM;
	struct str *words = ARENA_ARRAY(a, struct str, json_len(list) + 1);
	if (!words)
		return -E_NOMEM;
	for (size_t i = 0; i < json_len(list); i++)
		words[i] = json_str(json_at(list, i));
	ret->words = words;
	ret->words_len = json_len(list);
	return 0;
}

static int take(struct store_stmt *s, struct arena *a, struct autoreply *ret, struct err *err)
{
	struct str words = STR_NONE;

	*ret = (struct autoreply){
		.kind = (enum autoreply_kind)store_col_int(s, 3),
		.created_at = store_col_int(s, 9),
		.last_at = store_col_time(s, 10),
		.sent = store_col_int(s, 11),
	};
	if (store_copy_text(s, 0, a, &ret->name) < 0 || store_copy_text(s, 1, a, &ret->app) < 0 ||
	    store_copy_text(s, 2, a, &ret->number) < 0 ||
	    store_copy_text(s, 4, a, &ret->text) < 0 ||
	    store_copy_text(s, 5, a, &ret->language) < 0 || store_copy_text(s, 6, a, &words) < 0 ||
	    store_copy_text(s, 7, a, &ret->hours) < 0 || store_copy_text(s, 8, a, &ret->zone) < 0 ||
	    read_words(words, a, ret) < 0)
		return no_memory(err);
	return 1;
}

static struct str write_words(const struct autoreply *r, struct arena *a)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_array(&w);
	for (size_t i = 0; i < r->words_len; i++)
		jw_str(&w, r->words[i]);
	jw_array_end(&w);
	struct str text = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return text;
}

int autoreply_get(
    struct store_conn *c, struct str name, struct arena *a, struct autoreply *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_find(
	    c, &s, err, "SELECT " COLUMNS " FROM autoreply WHERE name = ?1", "t", name);

	if (r > 0) {
		r = take(s, a, ret, err);
		store_reset(s);
	}
	return r;
}

int autoreply_list(struct store_conn *c, struct str number, struct str after, size_t limit,
    struct arena *a, struct autoreply **ret, size_t *ret_len, struct err *err)
{
	struct autoreply *items = NULL;
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT " COLUMNS " FROM autoreply WHERE name > ?1 AND (?2 IS NULL OR number = ?2)"
	    " ORDER BY name LIMIT ?3",
	    "tti", after.p ? after : STR(""), number, (int64_t)limit);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		/* Most numbers have none: then nothing is allocated. */
		if (!items)
			items = ARENA_ARRAY(a, struct autoreply, limit);
		r = items ? take(s, a, &items[n], err) : no_memory(err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = items;
	*ret_len = n;
	return 0;
}

static int insert(
    struct store_conn *c, const struct autoreply *r, struct str words, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO autoreply (name, app, number, kind, body, language, words, hours, zone,"
	    " created_at, sent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)",
	    "tttitttttm", r->name, r->app, r->number, (int64_t)r->kind, r->text, r->language, words,
	    r->hours, r->zone, now);
}

static int check_same(const struct autoreply *r, const struct autoreply *known, struct str words,
    struct arena *a, struct err *err)
{
	const struct {
		struct str given, had;
		const char *field;
	} values[] = {
		{ str_c(autoreply_kind_name(r->kind)), str_c(autoreply_kind_name(known->kind)),
		    "kind" },
		{ r->app, known->app, "app" },
		{ r->number, known->number, "number" },
		{ r->text, known->text, "text" },
		{ r->language.p ? r->language : STR(""), known->language, "language" },
		{ words, write_words(known, a), "words" },
		{ r->hours.p ? r->hours : STR(""), known->hours, "hours" },
		{ r->zone.p ? r->zone : STR(""), known->zone, "zone" },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(values); i++)
		rc = value_check_same(values[i].given, values[i].had, values[i].field, err);
	return rc;
}

int autoreply_add(struct store_conn *c, const struct autoreply *r, time_ms now, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct str words = a ? write_words(r, a) : STR_NONE;
	struct autoreply known;
	int rc = words.p ? autoreply_get(c, r->name, a, &known, err) : no_memory(err);

	if (rc >= 0)
		rc = rc > 0 ? check_same(r, &known, words, a, err) : insert(c, r, words, now, err);
	arena_free(&a);
	return rc;
}

int autoreply_set(struct store_conn *c, const struct autoreply *r, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct str words = a ? write_words(r, a) : STR_NONE;
	int rc = !words.p ? no_memory(err)
			  : store_do(c, err,
				"UPDATE autoreply SET app = ?2, number = ?3, kind = ?4, body = ?5,"
				" language = ?6, words = ?7, hours = ?8, zone = ?9 WHERE name = ?1",
				"tttittttt", r->name, r->app, r->number, (int64_t)r->kind, r->text,
				r->language, words, r->hours, r->zone);

	arena_free(&a);
	return rc < 0 ? rc : store_changes(c) > 0;
}

static void add_text(struct buf *out, struct str text)
{
	buf_addf(out, "%zu:", text.len);
	buf_add(out, text);
}

void autoreply_revision(const struct autoreply *r, char ret[AUTOREPLY_REVISION_MAX])
{
	struct sha256 digest;
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%d %lld ", (int)r->kind, (long long)r->created_at);
	add_text(&text, r->app);
	add_text(&text, r->number);
	add_text(&text, r->text);
	add_text(&text, r->language);
	add_text(&text, r->hours);
	add_text(&text, r->zone);
	for (size_t i = 0; i < r->words_len; i++)
		add_text(&text, r->words[i]);
	crypto_sha256(buf_str(&text), &digest);
	buf_done(&text);
	hex_encode(digest.b, (AUTOREPLY_REVISION_MAX - 1) / 2, ret);
}

int autoreply_remove(struct store_conn *c, struct str name, struct err *err)
{
	int r = store_do(c, err, "DELETE FROM autoreply WHERE name = ?1", "t", name);

	return r < 0 ? r : store_changes(c) > 0;
}

/* --- brakes ----------------------------------------------------------------------------------- */

struct hearing {
	time_ms first_at, muted_until;
	int64_t n;
	bool same, known;
};

static int last_hearing(struct store_conn *c, const struct autoreply_heard *h, struct str digest,
    struct hearing *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT digest = ?3, n, first_at, muted_until FROM autoreply_heard"
	    " WHERE person = ?1 AND number = ?2",
	    "itb", (int64_t)h->person, h->number, digest);

	*ret = (struct hearing){ .muted_until = TIME_NONE };
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		*ret = (struct hearing){
			.same = store_col_int(s, 0) != 0,
			.n = store_col_int(s, 1),
			.first_at = store_col_int(s, 2),
			.muted_until = store_col_time(s, 3),
			.known = true,
		};
	store_reset(s);
	return r < 0 ? r : 0;
}

static void digest_of(const struct autoreply_heard *h, struct str folded, uint8_t out[SHA256_LEN])
{
	struct sha256 mac;

	crypto_hmac_sha256(str_n((const char *)h->key->b, sizeof(h->key->b)), folded, &mac);
	memcpy(out, mac.b, SHA256_LEN);
}

/* 1 who speaks is heard as a machine. */
static int hear(struct store_conn *c, const struct pack_autoreply *p,
    const struct autoreply_heard *h, struct str folded, time_ms now, struct err *err)
{
	uint8_t mac[SHA256_LEN];
	struct str digest = str_n((const char *)mac, DIGEST_LEN);
	struct hearing last;

	digest_of(h, folded, mac);
	int r = last_hearing(c, h, digest, &last, err);
	if (r < 0)
		return r;
	bool again = last.same && now < last.first_at + p->repeated_window_ms;
	int64_t n = again ? last.n + 1 : 1;
	time_ms muted = last.muted_until;
	if (n >= p->repeated_texts)
		muted = now + p->silence_ms;
	r = store_do(c, err,
	    "INSERT INTO autoreply_heard (person, number, digest, n, first_at, muted_until, at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (person, number) DO UPDATE SET"
	    " digest = excluded.digest, n = excluded.n, first_at = excluded.first_at,"
	    " muted_until = excluded.muted_until, at = excluded.at",
	    "itbimmm", (int64_t)h->person, h->number, digest, n, again ? last.first_at : now, muted,
	    now);
	return r < 0 ? r : muted != TIME_NONE && muted > now;
}

static int count_since(struct store_conn *c, const struct autoreply_heard *h, time_ms since,
    int64_t *ret, struct err *err)
{
	*ret = 0;
	return store_ask_int(c, ret, err,
	    "SELECT count(*) FROM autoreply_sent WHERE person = ?1 AND number = ?2 AND at > ?3",
	    "itm", (int64_t)h->person, h->number, since);
}

/* 1 enough was said. */
static int is_enough(struct store_conn *c, const struct pack_autoreply *p,
    const struct autoreply_heard *h, time_ms now, struct err *err)
{
	int64_t hour = 0, day = 0;
	int r = count_since(c, h, now - MS_PER_HOUR, &hour, err);

	if (r >= 0)
		r = count_since(c, h, now - MS_PER_DAY, &day, err);
	return r < 0 ? r : hour >= p->per_hour || day >= p->per_day;
}

static int64_t again_ms(const struct pack_autoreply *p, enum autoreply_kind kind)
{
	if (kind == AUTOREPLY_KEYWORD)
		return p->keyword_again_ms;
	return kind == AUTOREPLY_OUT_OF_HOURS ? p->out_of_hours_again_ms : p->welcome_after_ms;
}

/* 1 this one was said a moment ago. */
static int is_said(struct store_conn *c, const struct pack_autoreply *p,
    const struct autoreply_heard *h, const struct autoreply *r, time_ms now, struct err *err)
{
	int64_t n = 0;
	int rc = store_ask_int(c, &n, err,
	    "SELECT count(*) FROM autoreply_sent WHERE person = ?1 AND number = ?2 AND at > ?3"
	    " AND name = ?4",
	    "itmt", (int64_t)h->person, h->number, now - again_ms(p, r->kind), r->name);

	return rc < 0 ? rc : n > 0;
}

/* --- choosing --------------------------------------------------------------------------------- */

static int is_word(const struct autoreply *r, struct str folded, struct arena *a, struct err *err)
{
	for (size_t i = 0; i < r->words_len; i++) {
		struct str word = text_fold(a, r->words[i]);
		if (!word.p)
			return no_memory(err);
		if (str_eq(word, folded))
			return 1;
	}
	return 0;
}

/* A zone that was there when the reply was made and is not any more: nobody knows whether it is closed. */
static int is_closed(const struct autoreply *r, time_ms at)
{
	struct office_hours hours;

	return office_hours_read(r->hours, &hours, NULL) == 0 &&
	    office_hours_open(&hours, r->zone, at) == 0;
}

static int fits(const struct autoreply *r, const struct pack_autoreply *p,
    const struct autoreply_heard *h, struct str folded, struct arena *a, struct err *err)
{
	switch (r->kind) {
	case AUTOREPLY_KEYWORD:
		return folded.len ? is_word(r, folded, a, err) : 0;
	case AUTOREPLY_OUT_OF_HOURS:
		return is_closed(r, h->at);
	case AUTOREPLY_WELCOME:
		break;
	}
	return h->before == TIME_NONE || h->at - h->before > p->welcome_after_ms;
}

/* Lower is better; 0 it does not speak the person's language. */
static int rank(const struct autoreply *r, const struct autoreply_heard *h)
{
	if (r->language.len == 0)
		return 2 * (int)r->kind + 1;
	return h->language.p && str_eq_nocase(r->language, h->language) ? 2 * (int)r->kind : 0;
}

static int find_best(const struct pack_autoreply *p, const struct autoreply_heard *h,
    struct str folded, const struct autoreply *replies, size_t len, struct arena *a,
    const struct autoreply **ret, struct err *err)
{
	int best = 0;

	for (size_t i = 0; i < len; i++) {
		int mine = rank(&replies[i], h);
		if (mine == 0 || (best && mine >= best))
			continue;
		int r = fits(&replies[i], p, h, folded, a, err);
		if (r < 0)
			return r;
		if (r > 0) {
			*ret = &replies[i];
			best = mine;
		}
	}
	return best > 0;
}

static int note(struct store_conn *c, const struct autoreply_heard *h, const struct autoreply *r,
    time_ms now, struct err *err)
{
	int rc = store_do(c, err,
	    "INSERT INTO autoreply_sent (person, number, at, name) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (person, number, at, name) DO NOTHING",
	    "itmt", (int64_t)h->person, h->number, now, r->name);

	return rc < 0
	    ? rc
	    : store_do(c, err, "UPDATE autoreply SET sent = sent + 1, last_at = ?2 WHERE name = ?1",
		  "tm", r->name, now);
}

int autoreply_choose(struct store_conn *c, const struct pack *pack,
    const struct autoreply_heard *heard, const struct autoreply *replies, size_t len, time_ms now,
    struct arena *a, const struct autoreply **ret, struct err *err)
{
	const struct pack_autoreply *p = pack_autoreply(pack);
	const struct autoreply *best = NULL;
	struct str folded = text_fold(a, heard->text);
	int r = folded.p ? hear(c, p, heard, folded, now, err) : no_memory(err);

	if (r == 0)
		r = is_enough(c, p, heard, now, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = find_best(p, heard, folded, replies, len, a, &best, err);
	if (r <= 0)
		return r;
	r = is_said(c, p, heard, best, now, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = note(c, heard, best, now, err);
	if (r < 0)
		return r;
	*ret = best;
	return 1;
}

int autoreply_purge(struct store_conn *c, const struct pack *pack, time_ms now, struct err *err)
{
	const struct pack_autoreply *p = pack_autoreply(pack);
	int64_t longest = p->welcome_after_ms > MS_PER_DAY ? p->welcome_after_ms : MS_PER_DAY;
	int more = store_purge(c,
	    "DELETE FROM autoreply_sent WHERE (person, number, at, name) IN"
	    " (SELECT person, number, at, name FROM autoreply_sent WHERE at < ?1 LIMIT ?2)",
	    now - longest, PURGE_AT_ONCE, err);
	int r = more < 0
	    ? more
	    : store_purge(c,
		  "DELETE FROM autoreply_heard WHERE (person, number) IN"
		  " (SELECT person, number FROM autoreply_heard WHERE at < ?1 LIMIT ?2)",
		  now - p->silence_ms - p->repeated_window_ms, PURGE_AT_ONCE, err);

	return r < 0 ? r : r || more;
}
