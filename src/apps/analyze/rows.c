#include "apps/analyze/rows.h"

#include <string.h>

#include "apps/analyze/found.h"
#include "apps/analyze/sums.h"
#include "base/check.h"
#include "base/map.h"
#include "domain/facts.h"

#define OWN_NAMES_MAX (UINT32_MAX / 2)
#define OWN_NAMES_KEPT 20000 /* from one piece to the next */
#define CODES_MAX 1000       /* different errors that are told apart */

static const char *const kind_names[ROWS_KINDS] = { "traffic", "inbound", "consents" };
static const char *const consent_columns[CONSENT_COLUMNS] = { "phone", "bsuid", "purpose", "act",
	"at", "evidence" };

/* A record, and where it came from. */
struct record {
	struct rows *r;
	const struct rows_table *t;
	uint64_t row;
	const struct str *fields;
	size_t len;
};

const char *rows_kind_name(enum rows_kind k)
{
	return (size_t)k < ROWS_KINDS ? kind_names[k] : "";
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, N_("Memory ran out."));
}

/* --- the first record ------------------------------------------------------------------------- */

static int read_consent_head(
    struct rows_table *t, const struct str *names, size_t n, struct err *err)
{
	int *place = t->columns.place;

	memset(t->columns.place, -1, sizeof(t->columns.place));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < CONSENT_COLUMNS; k++) {
			if (str_eq_nocase(str_trim(names[i]), str_c(consent_columns[k])))
				place[k] = (int)i;
		}
	}
	for (size_t k = C_PURPOSE; k <= C_AT; k++) {
		if (place[k] < 0)
			return err_field(err, E_INVALID, "consents",
			    _("The table of consents has no column \"%s\"."), consent_columns[k]);
	}
	if (place[C_PHONE] < 0 && place[C_BSUID] < 0)
		return err_field(err, E_INVALID, "consents",
		    _("The table of consents has no column \"%s\"."), "phone");
	return 0;
}

static int lacks(const struct rows_table *t, const char *what, struct err *err)
{
	const char *file = rows_kind_name(t->kind);

	return err_field(err, E_INVALID, file,
	    _("The table \"%s\" has no column for \"%s\"; say which with --map %s=COLUMN."), file,
	    what, what);
}

/* Columns with counts, and nothing that only a message has. The one number that such a table has is that
 * of the business, whatever its column is called. */
static bool take_as_sums(struct columns *c)
{
	static const enum traffic_role of_messages[] = { ROLE_BSUID, ROLE_STATUS, ROLE_ERROR,
		ROLE_TEXT, ROLE_ID, ROLE_DIRECTION, ROLE_BUTTON };
	bool both = columns_have(c, ROLE_FROM) && columns_have(c, ROLE_TO);

	if (both || !columns_have(c, ROLE_SENT) || !columns_have(c, ROLE_DELIVERED))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(of_messages); i++) {
		if (columns_have(c, of_messages[i]))
			return false;
	}
	if (!columns_have(c, ROLE_FROM))
		c->place[ROLE_FROM] = c->place[ROLE_TO];
	c->place[ROLE_TO] = -1;
	return true;
}

int rows_read_head(struct rows_table *t, const struct str *names, size_t n, struct err *err)
{
	const struct columns *c = &t->columns;

	if (t->kind == ROWS_CONSENTS)
		return read_consent_head(t, names, n, err);
	int rc = columns_read(
	    t->words, names, n, t->kind == ROWS_TRAFFIC ? t->options->map : NULL, &t->columns, err);
	if (rc < 0)
		return rc;
	if (!columns_have(c, ROLE_TIME))
		return lacks(t, "time", err);
	if (t->kind == ROWS_INBOUND)
		return columns_have(c, ROLE_FROM) || columns_have(c, ROLE_BSUID)
		    ? 0
		    : lacks(t, "from", err);
	t->is_sums = take_as_sums(&t->columns);
	if (t->is_sums)
		return 0;
	if (!columns_have(c, ROLE_TO) && !columns_have(c, ROLE_BSUID))
		return lacks(t, "to", err);
	if (!columns_have(c, ROLE_TYPE) && !columns_have(c, ROLE_TEMPLATE) &&
	    !columns_have(c, ROLE_CATEGORY) && !columns_have(c, ROLE_TEXT))
		return lacks(t, "template", err);
	return 0;
}

/* --- making and freeing ----------------------------------------------------------------------- */

static bool make_names(struct rows_names *n)
{
	n->own = pool_new(OWN_NAMES_MAX);
	return n->own != NULL;
}

static void free_names(struct rows_names *n)
{
	pool_free(&n->own);
	MEM_FREE(&n->shared);
	n->shared_cap = 0;
}

struct rows *rows_new(const struct analyze_options *o)
{
	struct rows *r = mem_alloc(sizeof(*r));
	bool ok = r != NULL;

	if (!r)
		return NULL;
	r->scratch = arena_new(0, 0);
	r->kept = arena_new(0, 0);
	for (size_t i = 0; ok && i < ROWS_POOLS; i++)
		ok = make_names(&r->names[i]);
	if (!ok || !r->scratch || !r->kept || when_init(&r->when, o->zone, o->month_first) < 0)
		rows_free(&r);
	return r;
}

void rows_free(struct rows **pr)
{
	struct rows *r = *pr;

	if (r) {
		for (size_t i = 0; i < ROWS_POOLS; i++)
			free_names(&r->names[i]);
		mem_free(r->events);
		mem_free(r->sums);
		mem_free(r->bsuids);
		arena_free(&r->scratch);
		arena_free(&r->kept);
	}
	MEM_FREE(pr);
}

int rows_begin(struct rows *r, const struct rows_table *table, struct err *err)
{
	r->table = table;
	arena_reset(r->kept);
	r->events_len = r->sums_len = r->bsuids_len = r->unread_len = 0;
	r->number_seen.len = 0;
	r->rows = r->unread_rows = r->inbound = r->consents = r->unknown_words = 0;
	for (size_t i = 0; i < ROWS_POOLS; i++) {
		struct rows_names *n = &r->names[i];
		if (pool_len(n->own) < OWN_NAMES_KEPT)
			continue;
		free_names(n);
		if (!make_names(n))
			return no_memory(err);
	}
	return 0;
}

/* --- pieces of a record ----------------------------------------------------------------------- */

static int leave(struct record *c, const char *column, const char *why)
{
	struct rows *r = c->r;

	r->unread_rows++;
	if (r->unread_len < EXAMPLES_MAX)
		r->unread[r->unread_len++] = (struct unread){ c->row, rows_kind_name(c->t->kind),
			column, why };
	return 0;
}

static struct str field(const struct record *c, enum traffic_role role)
{
	return columns_field(&c->t->columns, role, c->fields, c->len);
}

static uint32_t name_of(struct record *c, enum rows_pool pool, struct str name)
{
	return pool_id(c->r->names[pool].own, name);
}

/* Room for one more; NULL when memory ran out. */
static void *room(void *items, size_t len, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 1024;
	void *grown = len < *cap ? items : mem_grow(items, more * size);

	if (grown && len == *cap)
		*cap = more;
	return grown;
}

static int keep(struct record *c, const struct event *e, struct err *err)
{
	struct rows *r = c->r;
	struct event *events = room(r->events, r->events_len, &r->events_cap, sizeof(*events));

	if (!events)
		return no_memory(err);
	r->events = events;
	events[r->events_len++] = *e;
	return 0;
}

/* A person without a telephone number: of that kind, and of that name. */
static int person_named(struct record *c, uint64_t kind, struct str name, uint64_t *ret)
{
	struct rows *r = c->r;
	struct str *bsuids = room(r->bsuids, r->bsuids_len, &r->bsuids_cap, sizeof(*bsuids));
	struct str copy = bsuids ? arena_str(r->kept, name) : STR_NONE;

	r->bsuids = bsuids ? bsuids : r->bsuids;
	if (!copy.p)
		return -E_NOMEM;
	*ret = kind | r->bsuids_len;
	bsuids[r->bsuids_len++] = copy;
	return 0;
}

/* Another program may have spoilt what was a telephone number; NULL when not. */
static const char *spoilt(struct str number)
{
	if (phone_is_rounded(number))
		return N_("A spreadsheet has rounded this telephone number, and its last digits are"
			  " lost.");
	if (phone_is_sum(number))
		return N_("A program took this telephone number for a sum, and gave it decimals.");
	return NULL;
}

/* 0 and the person; -E_INVALID when it is neither a number nor a BSUID; -E_NOMEM. */
static int person_of(struct record *c, struct str number, struct str bsuid, uint64_t *ret)
{
	struct str text = words_strip(c->t->words, number);
	struct phone phone = { 0 };

	if (text.len && !spoilt(text) &&
	    phone_parse(text, c->t->options->country, &phone, NULL, NULL) == 0) {
		*ret = phone.number;
		return 0;
	}
	if (!bsuid_is_valid(bsuid))
		bsuid = text;
	return bsuid_is_valid(bsuid) ? person_named(c, PERSON_NAMED, bsuid, ret) : -E_INVALID;
}

static int leave_person(struct record *c, const char *column, struct str number)
{
	const char *why = spoilt(number);

	return leave(c, column, why ? why : N_("This is neither a telephone number nor a BSUID."));
}

/* The number of the business: the same however it is written. What is no telephone number is taken for its
 * id at Meta: so are bare digits of no country's. */
static uint32_t business_number(struct record *c, struct str number)
{
	struct str text = words_strip(c->t->words, number);
	struct number_seen *seen = &c->r->number_seen;
	bool bare = text.len && text.p[0] >= '1' && text.p[0] <= '9', prefixed = false;
	char digits[PHONE_TEXT_MAX];
	struct phone phone;

	if (seen->len == text.len && memcmp(seen->text, text.p, text.len) == 0)
		return seen->id;
	for (size_t i = 0; bare && i < text.len; i++)
		bare = text.p[i] >= '0' && text.p[i] <= '9';
	bool is_phone = text.len &&
	    phone_parse(text, c->t->options->country, &phone, &prefixed, NULL) == 0;
	if (is_phone && !(bare && prefixed))
		phone_format(phone, digits);
	uint32_t id = name_of(
	    c, POOL_NUMBERS, is_phone && !(bare && prefixed) ? str_c(digits) : text);
	if (text.len && text.len <= sizeof(seen->text)) {
		memcpy(seen->text, text.p, text.len);
		seen->len = text.len;
		seen->id = id;
	}
	return id;
}

/* --- what words say --------------------------------------------------------------------------- */

static enum traffic_type type_word(struct record *c)
{
	struct str word = field(c, ROLE_TYPE);
	bool known;
	struct memo_slot *slot = memo_find(&c->r->types, word, &known);

	if (!known)
		slot->value = (uint8_t)words_type(c->t->words, word);
	return (enum traffic_type)slot->value;
}

/* PURPOSE_NONE when it is no category. */
static enum purpose purpose_word(struct record *c, struct str word)
{
	bool known;
	struct memo_slot *slot = memo_find(&c->r->purposes, word, &known);
	enum purpose p;

	if (!known)
		slot->value = purpose_parse(word, &p) == 0 && p < PURPOSE_SERVICE ? (uint8_t)p
										  : PURPOSE_NONE;
	return (enum purpose)slot->value;
}

static enum traffic_status status_word(struct record *c)
{
	struct str word = field(c, ROLE_STATUS);
	bool known;
	struct memo_slot *slot = memo_find(&c->r->statuses, word, &known);

	if (!known)
		slot->value = (uint8_t)words_status(c->t->words, word);
	c->r->unknown_words += word.len && slot->value == STATUS_UNKNOWN;
	return (enum traffic_status)slot->value;
}

/* 1 a person wrote it, 0 the business did, -E_INVALID. */
static int direction_word(struct record *c, struct str word)
{
	enum { UNKNOWN, OUT, IN };
	bool known, in = false;
	struct memo_slot *slot = memo_find(&c->r->directions, word, &known);

	if (!known)
		slot->value = !words_direction(c->t->words, word, &in) ? UNKNOWN : in ? IN : OUT;
	return slot->value == UNKNOWN ? -E_INVALID : slot->value == IN;
}

/* --- what a send is --------------------------------------------------------------------------- */

/* The first number of "131026" or "(#131026) Message undeliverable". */
static int32_t error_of(const struct words *w, struct str text)
{
	int64_t code = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';
		if (!digit && code)
			break;
		if (digit && code < INT32_MAX / 10)
			code = code * 10 + (text.p[i] - '0');
	}
	code = code ? words_code(w, code) : 0;
	return code > 0 && code < CODE_OTHERS ? (int32_t)code : 0;
}

/* Templates have a category of three; free-form messages are billed as service. */
static enum traffic_type type_by_category(struct record *c)
{
	struct str word = field(c, ROLE_CATEGORY);
	enum purpose p;

	if (purpose_word(c, word) != PURPOSE_NONE)
		return TYPE_TEMPLATE;
	return purpose_parse(word, &p) == 0 && p == PURPOSE_SERVICE ? TYPE_FREE_FORM : TYPE_UNKNOWN;
}

static enum traffic_type type_of(struct record *c)
{
	const struct columns *columns = &c->t->columns;

	if (!columns_have(columns, ROLE_TYPE) && !columns_have(columns, ROLE_TEMPLATE))
		return type_by_category(c);
	return field(c, ROLE_TEMPLATE).len ? TYPE_TEMPLATE : type_word(c);
}

/* What the row says, else what the definition does. A type column may hold the category. */
static enum purpose purpose_of(struct record *c)
{
	static const enum traffic_role said[] = { ROLE_CATEGORY, ROLE_TYPE };
	struct str name = field(c, ROLE_TEMPLATE);

	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		enum purpose p = purpose_word(c, field(c, said[i]));
		if (p != PURPOSE_NONE)
			return p;
	}
	return c->t->defs && name.len ? defs_category(c->t->defs, name, field(c, ROLE_LANGUAGE))
				      : PURPOSE_NONE;
}

static enum traffic_status status_of(struct record *c, int32_t error)
{
	enum traffic_status s = status_word(c);

	return error && s < STATUS_SENT ? STATUS_FAILED : s;
}

static uint64_t content_of(const struct record *c, enum traffic_type type)
{
	struct str text = field(c, ROLE_TEXT);

	if (text.len)
		return map_hash(text);
	if (type == TYPE_TEMPLATE)
		return map_hash(field(c, ROLE_TEMPLATE));
	return c->row; /* not known: like no other */
}

static int take_send(struct record *c, struct err *err)
{
	struct event e = { .kind = EVENT_SEND, .row = c->row };
	struct str to = field(c, ROLE_TO), id = field(c, ROLE_ID);

	if (when_read(&c->r->when, field(c, ROLE_TIME), &e.at) < 0)
		return leave(c, "time", N_("This is no time that can be read."));
	if (!to.len && !field(c, ROLE_BSUID).len)
		return leave(c, "to", N_("Nobody is named here."));
	e.type = (uint8_t)type_of(c);
	e.error = error_of(c->t->words, field(c, ROLE_ERROR));
	e.status = (uint8_t)status_of(c, e.error);
	e.purpose = (uint8_t)purpose_of(c);
	e.content = content_of(c, (enum traffic_type)e.type);
	e.id = id.len ? map_hash(id) : 0;
	e.number = business_number(c, field(c, ROLE_FROM));
	e.app = name_of(c, POOL_APPS, field(c, ROLE_APP));
	e.list = name_of(c, POOL_LISTS, field(c, ROLE_LIST));
	e.template = name_of(c, POOL_TEMPLATES, field(c, ROLE_TEMPLATE));
	int rc = person_of(c, to, field(c, ROLE_BSUID), &e.person);
	if (rc == -E_INVALID && spoilt(to))
		return leave_person(c, "to", to);
	if (rc == -E_INVALID)
		rc = person_named(c, PERSON_INVALID, to.len ? to : field(c, ROLE_BSUID), &e.person);
	return rc < 0 ? no_memory(err) : keep(c, &e, err);
}

/* --- what people wrote ------------------------------------------------------------------------ */

static int read_words(struct record *c, struct event *e, struct err *err)
{
	const enum traffic_role said[] = { ROLE_BUTTON, ROLE_TEXT };

	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		struct str text = field(c, said[i]);
		struct pack_opt opt = { 0 };
		int known = text.len ? pack_opt_message(c->t->pack, c->r->scratch, text, &opt) : 0;
		if (known < 0)
			return no_memory(err);
		if (known > 0) {
			e->withdraws |= (uint8_t)opt.withdraws;
			e->grants |= (uint8_t)opt.grants;
		}
	}
	return 0;
}

static int take_inbound(struct record *c, struct err *err)
{
	bool among = c->t->kind == ROWS_TRAFFIC;
	struct event e = { .kind = among ? EVENT_INBOUND_AMONG : EVENT_INBOUND, .row = c->row };

	if (when_read(&c->r->when, field(c, ROLE_TIME), &e.at) < 0)
		return leave(c, "time", N_("This is no time that can be read."));
	int rc = person_of(c, field(c, ROLE_FROM), field(c, ROLE_BSUID), &e.person);
	if (rc == -E_INVALID)
		return leave_person(c, "from", field(c, ROLE_FROM));
	if (rc < 0)
		return no_memory(err);
	e.number = business_number(c, field(c, ROLE_TO));
	e.button = name_of(c, POOL_BUTTONS, field(c, ROLE_BUTTON));
	if (!e.button && type_word(c) == TYPE_BUTTON)
		e.button = name_of(c, POOL_BUTTONS, field(c, ROLE_TEXT));
	rc = read_words(c, &e, err);
	c->r->inbound++;
	return rc < 0 ? rc : keep(c, &e, err);
}

/* --- sums ------------------------------------------------------------------------------------- */

static int read_counts(const struct record *c, struct sum *s, const char **ret_column)
{
	const struct {
		enum traffic_role role;
		int64_t *count;
	} counts[] = {
		{ ROLE_SENT, &s->sent },
		{ ROLE_DELIVERED, &s->delivered },
		{ ROLE_READ, &s->read },
		{ ROLE_CLICKED, &s->clicked },
	};

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		*ret_column = traffic_role_name(counts[i].role);
		if (sums_read_count(field(c, counts[i].role), counts[i].count) < 0)
			return -E_INVALID;
	}
	return 0;
}

static int take_sum(struct record *c, struct err *err)
{
	struct rows *r = c->r;
	struct sum s = { .purpose = purpose_of(c) };
	const char *column = NULL;

	if (when_read(&r->when, field(c, ROLE_TIME), &s.at) < 0)
		return leave(c, "time", N_("This is no time that can be read."));
	if (read_counts(c, &s, &column) < 0)
		return leave(c, column, N_("This is no number of messages."));
	s.number = business_number(c, field(c, ROLE_FROM));
	s.template = name_of(c, POOL_TEMPLATES, field(c, ROLE_TEMPLATE));
	struct sum *sums = room(r->sums, r->sums_len, &r->sums_cap, sizeof(*sums));
	if (!sums)
		return no_memory(err);
	r->sums = sums;
	sums[r->sums_len++] = s;
	return 0;
}

static int take_traffic(struct record *c, struct err *err)
{
	struct str direction = field(c, ROLE_DIRECTION);
	int inbound = direction.len ? direction_word(c, direction) : 0;

	c->r->rows++;
	if (c->t->is_sums)
		return take_sum(c, err);
	if (inbound < 0)
		return leave(c, "direction", N_("This is no direction that is known."));
	return inbound ? take_inbound(c, err) : take_send(c, err);
}

/* --- consents --------------------------------------------------------------------------------- */

static struct str consent_field(const struct record *c, enum rows_consent column)
{
	int place = c->t->columns.place[column];

	return place >= 0 && (size_t)place < c->len ? columns_cell(c->fields[place]) : STR("");
}

#define CONSENT_WORD 24

/* A word in small letters; what is longer than any is as it was. */
static struct str consent_word(
    const struct record *c, enum rows_consent column, char out[CONSENT_WORD])
{
	struct str word = consent_field(c, column);

	if (word.len > CONSENT_WORD)
		return word;
	for (size_t i = 0; i < word.len; i++)
		out[i] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] | 0x20
								     : word.p[i]);
	return str_n(out, word.len);
}

static int take_consent(struct record *c, struct err *err)
{
	struct event e = { .kind = EVENT_CONSENT, .row = c->row };
	enum evidence evidence = EVIDENCE_NONE;
	enum consent_act act;
	enum purpose purpose;
	char word[CONSENT_WORD];
	int rc = person_of(c, consent_field(c, C_PHONE), consent_field(c, C_BSUID), &e.person);

	if (rc == -E_NOMEM)
		return no_memory(err);
	if (rc < 0)
		return leave_person(c, "phone", consent_field(c, C_PHONE));
	if (purpose_parse(consent_word(c, C_PURPOSE, word), &purpose) < 0)
		return leave(c, "purpose", N_("This is no purpose."));
	if (consent_act_parse(consent_word(c, C_ACT, word), &act) < 0)
		return leave(c, "act", N_("This is neither \"grant\" nor \"withdraw\"."));
	if (when_read(&c->r->when, consent_field(c, C_AT), &e.at) < 0)
		return leave(c, "at", N_("This is no time that can be read."));
	if (act == CONSENT_GRANT)
		evidence =
		    EVIDENCE_IMPORTED; /* as the import takes it, when the table does not say */
	if (consent_field(c, C_EVIDENCE).len &&
	    evidence_parse(consent_word(c, C_EVIDENCE, word), &evidence) < 0)
		return leave(c, "evidence", N_("This is no strength of evidence."));
	e.purpose = (uint8_t)purpose;
	e.act = (uint8_t)act;
	e.evidence = (uint8_t)evidence;
	c->r->consents++;
	return keep(c, &e, err);
}

int rows_take(struct rows *r, uint64_t row, const struct str *fields, size_t n, struct err *err)
{
	static int (*const takes[ROWS_KINDS])(struct record *c, struct err *err) = {
		[ROWS_TRAFFIC] = take_traffic,
		[ROWS_INBOUND] = take_inbound,
		[ROWS_CONSENTS] = take_consent,
	};
	struct record c = { r, r->table, row, fields, n };

	arena_reset(r->scratch);
	int rc = takes[r->table->kind](&c, err);
	for (size_t i = 0; rc == 0 && i < ROWS_POOLS; i++)
		rc = pool_has_failed(r->names[i].own) ? no_memory(err) : 0;
	return rc;
}

/* --- a piece is given ------------------------------------------------------------------------- */

static bool grow_shared(struct rows_names *n, uint32_t len)
{
	uint32_t cap = n->shared_cap ? n->shared_cap : 64;

	while (cap < len)
		cap *= 2;
	if (cap == n->shared_cap)
		return true;
	uint32_t *shared = mem_grow(n->shared, cap * sizeof(*shared));
	if (!shared)
		return false;
	memset(shared + n->shared_cap, 0, (cap - n->shared_cap) * sizeof(*shared));
	n->shared = shared;
	n->shared_cap = cap;
	return true;
}

static uint32_t shared_id(struct rows_names *n, struct pool *pool, uint32_t own)
{
	if (own == POOL_NONE)
		return POOL_NONE;
	if (!n->shared[own])
		n->shared[own] = pool_id(pool, pool_name(n->own, own));
	return n->shared[own];
}

static void share_names(struct rows *r, const struct analysis *a, struct event *e)
{
	const struct {
		struct pool *pool;
		uint32_t *id;
	} names[ROWS_POOLS] = {
		[POOL_APPS] = { a->apps, &e->app },
		[POOL_LISTS] = { a->lists, &e->list },
		[POOL_TEMPLATES] = { a->templates, &e->template },
		[POOL_NUMBERS] = { a->numbers, &e->number },
		[POOL_BUTTONS] = { a->buttons, &e->button },
	};

	for (size_t i = 0; i < ROWS_POOLS; i++)
		*names[i].id = shared_id(&r->names[i], names[i].pool, *names[i].id);
	if (e->person & PERSON_NAMED)
		e->person = (e->person & PERSON_INVALID) |
		    pool_id(a->bsuids, r->bsuids[(uint32_t)e->person]);
}

static bool pools_failed(const struct analysis *a)
{
	return pool_has_failed(a->apps) || pool_has_failed(a->lists) ||
	    pool_has_failed(a->templates) || pool_has_failed(a->numbers) ||
	    pool_has_failed(a->buttons) || pool_has_failed(a->bsuids);
}

/* Of nonsense in the column of errors only so much is told apart. */
static int limit_code(struct analysis *a, int32_t *code)
{
	int64_t value;

	if (!*code || imap_get(a->codes, (uint64_t)*code, &value))
		return 0;
	if (imap_len(a->codes) < CODES_MAX)
		return imap_put(a->codes, (uint64_t)*code, 1);
	*code = CODE_OTHERS;
	return 0;
}

static void stretch(struct analysis *a, time_ms at)
{
	if (a->first_at == TIME_NONE || at < a->first_at)
		a->first_at = at;
	if (a->last_at == TIME_NONE || at > a->last_at)
		a->last_at = at;
}

static int give_event(
    struct rows *r, struct analysis *a, struct sorter *sorter, struct event *e, struct err *err)
{
	share_names(r, a, e);
	if (pools_failed(a) || limit_code(a, &e->error) < 0)
		return no_memory(err);
	if (e->kind == EVENT_SEND)
		stretch(a, e->at);
	return sorter_add(sorter, e, err);
}

static int give_sum(struct rows *r, struct analysis *a, struct sum *s, struct err *err)
{
	s->number = shared_id(&r->names[POOL_NUMBERS], a->numbers, s->number);
	s->template = shared_id(&r->names[POOL_TEMPLATES], a->templates, s->template);
	if (pools_failed(a))
		return no_memory(err);
	stretch(a, s->at);
	return sums_add(a, s, err);
}

int rows_give(struct rows *r, struct analysis *a, struct sorter *sorter, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ROWS_POOLS; i++)
		rc = grow_shared(&r->names[i], pool_len(r->names[i].own)) ? 0 : no_memory(err);
	for (size_t i = 0; rc == 0 && i < r->events_len; i++)
		rc = give_event(r, a, sorter, &r->events[i], err);
	for (size_t i = 0; rc == 0 && i < r->sums_len; i++)
		rc = give_sum(r, a, &r->sums[i], err);
	a->rows += r->rows;
	a->unread_rows += r->unread_rows;
	a->inbound += r->inbound;
	a->consents += r->consents;
	a->unknown_words += r->unknown_words;
	a->knows_inbound = a->knows_inbound || r->inbound;
	for (size_t i = 0; i < r->unread_len && a->unread_len < EXAMPLES_MAX; i++)
		a->unread[a->unread_len++] = r->unread[i];
	return rc;
}
