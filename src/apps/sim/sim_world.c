/* Maps from ids to structs for what has names; one map from (number, person) to the pair. People are also kept in
 * chunks by index, because pairs, counters and messages name a person by index. */
#include "apps/sim/sim_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_country.h"
#include "apps/sim/sim_random.h"

#define NODES_MAX 20000
#define PEOPLE_MAX 2000000
#define CHUNK 4096

struct sim_world {
	struct map *portfolios, *wabas, *numbers;
	struct map *people; /* digits or foreign user id → struct sim_person */
	struct sim_person **chunks;
	size_t chunks_len;
	uint32_t people_len, numbers_len;
	struct imap *pairs;   /* number << 32 | person → struct sim_pair */
	struct list in_order; /* of struct sim_waba */
};

/* A person whom a portfolio counts: until a day after the newest delivery. */
struct counted {
	struct list_node node;
	uint64_t person;
	time_ms at;
};

void sim_set_text(char *out, size_t size, struct str s)
{
	size_t len = s.len < size ? s.len : size - 1;

	while (len > 0 && len < s.len && ((unsigned char)s.p[len] & 0xc0) == 0x80)
		len--;
	if (len)
		memcpy(out, s.p, len);
	out[len] = '\0';
}

static void *from_int(int64_t v)
{
	return (void *)(uintptr_t)v;
}

static int64_t to_int(const void *p)
{
	return (int64_t)(uintptr_t)p;
}

/* --- life ---------------------------------------------------------------------------------------- */

struct sim_world *sim_world_new(void)
{
	struct sim_world *w = mem_alloc(sizeof(*w));

	if (!w)
		return NULL;
	w->portfolios = map_new();
	w->wabas = map_new();
	w->numbers = map_new();
	w->people = map_new();
	w->pairs = imap_new();
	list_init(&w->in_order);
	if (!w->portfolios || !w->wabas || !w->numbers || !w->people || !w->pairs)
		sim_world_free(&w);
	return w;
}

static void free_portfolio(void *p)
{
	struct sim_portfolio *portfolio = p;

	for (struct list_node *n; (n = list_take_first(&portfolio->by_time));)
		mem_free(LIST_OF(n, struct counted, node));
	imap_free(&portfolio->counted);
	sim_portfolio_meta_done(&portfolio->meta);
	mem_free(portfolio);
}

static void free_number(void *p)
{
	struct sim_number *number = p;

	mem_free(number->profile);
	mem_free(number->settings);
	map_free(&number->blocked);
	mem_free(number);
}

static void free_all(struct map **pm, void (*free_one)(void *))
{
	size_t iter = 0;
	struct str key;
	void *value;

	while (*pm && map_each(*pm, &iter, &key, &value))
		free_one(value);
	map_free(pm);
}

static void free_pairs(struct imap *pairs)
{
	size_t iter = 0;
	uint64_t key;
	int64_t value;

	while (imap_each(pairs, &iter, &key, &value))
		mem_free(from_int(value));
}

void sim_world_free(struct sim_world **pw)
{
	struct sim_world *w = *pw;

	if (!w)
		return;
	free_all(&w->portfolios, free_portfolio);
	free_all(&w->wabas, mem_free);
	free_all(&w->numbers, free_number);
	map_free(&w->people);
	if (w->pairs)
		free_pairs(w->pairs);
	imap_free(&w->pairs);
	for (size_t i = 0; i < w->chunks_len; i++)
		mem_free(w->chunks[i]);
	mem_free(w->chunks);
	MEM_FREE(pw);
}

/* --- what has an id ------------------------------------------------------------------------------ */

static bool is_id(struct str id)
{
	if (id.len == 0 || id.len >= SIM_ID_MAX)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.p[i];
		bool ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
		if (!ok)
			return false;
	}
	return true;
}

/* A zeroed struct of `size` under a new id, or NULL. */
static void *make_node(struct map *m, struct str id, size_t size)
{
	void *node;

	if (!is_id(id) || map_len(m) >= NODES_MAX)
		return NULL;
	node = mem_alloc(size);
	if (node && map_put(m, id, node))
		MEM_FREE(&node);
	return node;
}

struct sim_portfolio *sim_world_find_portfolio(const struct sim_world *w, struct str id)
{
	return map_get(w->portfolios, id);
}

struct sim_portfolio *sim_world_portfolio(struct sim_world *w, struct str id)
{
	struct sim_portfolio *p = map_get(w->portfolios, id);
	struct imap *counted;

	if (p)
		return p;
	counted = imap_new();
	p = counted ? make_node(w->portfolios, id, sizeof(*p)) : NULL;
	if (!p) {
		imap_free(&counted);
		return NULL;
	}
	sim_set_text(p->id, sizeof(p->id), id);
	sim_set_text(p->name, sizeof(p->name), STR(ASSUME_NAME));
	p->limit = ASSUME_PORTFOLIO_LIMIT;
	p->counted = counted;
	list_init(&p->by_time);
	return p;
}

struct list *sim_world_wabas(struct sim_world *w)
{
	return &w->in_order;
}

struct sim_waba *sim_world_find_waba(const struct sim_world *w, struct str id)
{
	return map_get(w->wabas, id);
}

struct sim_waba *sim_world_waba(struct sim_world *w, struct str id, struct sim_portfolio *portfolio)
{
	struct sim_waba *a = map_get(w->wabas, id);

	if (a)
		return a;
	if (!portfolio)
		portfolio = sim_world_portfolio(w, STR(ASSUME_PORTFOLIO_ID));
	a = portfolio ? make_node(w->wabas, id, sizeof(*a)) : NULL;
	if (!a)
		return NULL;
	sim_set_text(a->id, sizeof(a->id), id);
	sim_set_text(a->name, sizeof(a->name), STR(ASSUME_NAME));
	sim_set_text(a->country, sizeof(a->country), STR(ASSUME_COUNTRY));
	sim_set_text(a->currency, sizeof(a->currency), STR(ASSUME_CURRENCY));
	sim_set_text(a->review, sizeof(a->review), STR("APPROVED"));
	sim_set_text(a->health.can_send, sizeof(a->health.can_send), STR("AVAILABLE"));
	a->portfolio = portfolio;
	a->subscribed = true;
	list_append(&w->in_order, &a->node);
	list_init(&a->numbers);
	list_init(&a->templates);
	return a;
}

struct sim_number *sim_world_find_number(const struct sim_world *w, struct str id)
{
	return map_get(w->numbers, id);
}

void sim_number_set_display(struct sim_number *n, struct str display)
{
	size_t len = 0;

	sim_set_text(n->display, sizeof(n->display), display);
	for (const char *at = n->display; *at && len + 1 < sizeof(n->display_digits); at++) {
		if (*at >= '0' && *at <= '9')
			n->display_digits[len++] = *at;
	}
	n->display_digits[len] = '\0';
}

/* An invented display number: +1 555 and seven digits that follow from the id. */
static void invent_display(struct sim_number *n)
{
	char text[SIM_WORD_MAX];
	unsigned digits = (unsigned)(sim_hash(str_c(n->id)) % 10000000);

	(void)snprintf(text, sizeof(text), "+1 555-%03u-%04u", digits / 10000, digits % 10000);
	sim_number_set_display(n, str_c(text));
}

struct sim_number *sim_world_number(struct sim_world *w, struct str id, struct sim_waba *waba)
{
	struct sim_number *n = map_get(w->numbers, id);

	if (n)
		return n;
	if (!waba)
		waba = sim_world_waba(w, STR(ASSUME_WABA_ID), NULL);
	n = waba ? make_node(w->numbers, id, sizeof(*n)) : NULL;
	if (!n)
		return NULL;
	n->index = w->numbers_len++;
	n->waba = waba;
	list_append(&waba->numbers, &n->node);
	sim_set_text(n->id, sizeof(n->id), id);
	sim_set_text(n->verified_name, sizeof(n->verified_name), str_c(waba->name));
	sim_set_text(n->quality, sizeof(n->quality), STR("GREEN"));
	sim_set_text(n->status, sizeof(n->status), STR("CONNECTED"));
	sim_set_text(n->name_status, sizeof(n->name_status), STR("APPROVED"));
	sim_set_text(n->health.can_send, sizeof(n->health.can_send), STR("AVAILABLE"));
	n->throughput = FIG_THROUGHPUT;
	for (size_t i = 0; i < ARRAY_LEN(n->register_calls); i++)
		n->register_calls[i] = TIME_NONE;
	invent_display(n);
	return n;
}

void sim_world_move_number(struct sim_number *n, struct sim_waba *to)
{
	list_remove(&n->waba->numbers, &n->node);
	list_append(&to->numbers, &n->node);
	n->waba = to;
}

/* --- people -------------------------------------------------------------------------------------- */

static struct sim_person *person_slot(struct sim_world *w, uint32_t index)
{
	return &w->chunks[index / CHUNK][index % CHUNK];
}

struct sim_person *sim_world_person_at(const struct sim_world *w, uint32_t index)
{
	ASSERT(index < w->people_len);
	return &w->chunks[index / CHUNK][index % CHUNK];
}

static bool make_chunk(struct sim_world *w)
{
	struct sim_person **chunks;

	if (w->people_len < w->chunks_len * CHUNK)
		return true;
	chunks = mem_grow(w->chunks, (w->chunks_len + 1) * sizeof(struct sim_person *));
	if (!chunks)
		return false;
	w->chunks = chunks;
	w->chunks[w->chunks_len] = mem_alloc(CHUNK * sizeof(struct sim_person));
	if (!w->chunks[w->chunks_len])
		return false;
	w->chunks_len++;
	return true;
}

static struct sim_person *make_person(struct sim_world *w, struct str key)
{
	struct sim_person *p;

	if (w->people_len >= PEOPLE_MAX || !make_chunk(w))
		return NULL;
	p = person_slot(w, w->people_len);
	*p = (struct sim_person){ .index = w->people_len };
	if (map_put(w->people, key, p))
		return NULL;
	w->people_len++;
	return p;
}

struct sim_person *sim_world_person(struct sim_world *w, struct str digits)
{
	struct sim_person *p = map_get(w->people, digits);

	if (!p && (p = make_person(w, digits)))
		sim_set_text(p->phone, sizeof(p->phone), digits);
	return p;
}

struct sim_person *sim_world_person_by_bsuid(
    struct sim_world *w, struct str bsuid, struct str portfolio)
{
	char phone[SIM_PHONE_MAX];
	unsigned generation;
	struct sim_person *p = map_get(w->people, bsuid);

	if (p)
		return p;
	if (sim_bsuid_parse(portfolio, bsuid, phone, &generation)) {
		p = sim_world_person(w, str_c(phone));
		if (p && generation > p->generation)
			p->generation = generation;
		return p;
	}
	p = make_person(w, bsuid);
	if (p)
		sim_set_text(p->bsuid, sizeof(p->bsuid), bsuid);
	return p;
}

int sim_world_set_bsuid(struct sim_world *w, struct sim_person *p, struct str bsuid)
{
	struct sim_person *other = map_get(w->people, bsuid);
	int rc;

	if (other)
		return other == p ? 0 : -E_CONFLICT;
	rc = map_put(w->people, bsuid, p);
	if (!rc)
		sim_set_text(p->bsuid, sizeof(p->bsuid), bsuid);
	return rc;
}

void sim_person_bsuid(const struct sim_person *p, struct str portfolio, char ret[SIM_BSUID_MAX])
{
	if (p->bsuid[0])
		memcpy(ret, p->bsuid, SIM_BSUID_MAX);
	else
		sim_bsuid_format(portfolio, str_c(p->phone), p->generation, ret);
}

size_t sim_world_people(const struct sim_world *w)
{
	return w->people_len;
}

bool sim_world_digits(struct str to, const char *country, char ret[SIM_PHONE_MAX])
{
	char digits[2 * SIM_PHONE_MAX];
	size_t len = 0;
	unsigned code = 0;

	for (size_t i = 0; i < to.len && len < SIM_PHONE_MAX; i++) {
		if (to.p[i] >= '0' && to.p[i] <= '9')
			digits[len++] = to.p[i];
	}
	if (!str_starts(to, STR("+")) && len < ASSUME_INTERNATIONAL_DIGITS)
		code = sim_country_code(str_c(country));
	if (len == 0 || len >= SIM_PHONE_MAX || (!code && digits[0] == '0'))
		return false;
	digits[len] = '\0';
	return (code ? snprintf(ret, SIM_PHONE_MAX, "%u%s", code, digits)
		     : snprintf(ret, SIM_PHONE_MAX, "%s", digits)) < SIM_PHONE_MAX;
}

/* --- pairs --------------------------------------------------------------------------------------- */

struct sim_pair *sim_world_pair(
    struct sim_world *w, const struct sim_number *n, const struct sim_person *p)
{
	uint64_t key = (uint64_t)n->index << 32 | p->index;
	int64_t found;
	struct sim_pair *pair;

	if (imap_get(w->pairs, key, &found))
		return from_int(found);
	if (imap_len(w->pairs) >= 2 * PEOPLE_MAX)
		return NULL;
	pair = mem_alloc(sizeof(*pair));
	if (!pair)
		return NULL;
	pair->last_inbound = pair->last_call = pair->entry_at = TIME_NONE;
	pair->entry_free_until = pair->repaid_at = TIME_NONE;
	if (imap_put(w->pairs, key, to_int(pair)))
		MEM_FREE(&pair);
	return pair;
}

bool sim_pair_window_open(const struct sim_pair *pair, time_ms now)
{
	time_ms last = pair->last_inbound > pair->last_call ? pair->last_inbound : pair->last_call;

	return last != TIME_NONE && now - last < FIG_WINDOW_MS;
}

bool sim_pair_entry_free(const struct sim_pair *pair, time_ms now)
{
	return pair->entry_free_until != TIME_NONE && now < pair->entry_free_until;
}

/* Each message pushes the moment of repayment six seconds further. As long as the debt is below the burst, more may be
 * borrowed; once it was used up, nothing goes until all is repaid. */
bool sim_pair_take(struct sim_pair *pair, time_ms now)
{
	if (pair->repaid_at == TIME_NONE || now >= pair->repaid_at) {
		pair->repaid_at = now;
		pair->exhausted = false;
	}
	if (pair->exhausted)
		return false;
	pair->repaid_at += FIG_PAIR_MS;
	pair->exhausted = pair->repaid_at - now > (FIG_PAIR_BURST - 1) * FIG_PAIR_MS;
	return true;
}

/* --- numbers ------------------------------------------------------------------------------------- */

bool sim_number_take(struct sim_number *n, time_ms now, int grace)
{
	int64_t second = now / MS_PER_S;

	if (second != n->second) {
		n->second = second;
		n->second_count = 0;
	}
	if (n->second_count * 100 >= n->throughput * (100 + grace))
		return false;
	n->second_count++;
	return true;
}

bool sim_number_take_register(struct sim_number *n, time_ms now)
{
	size_t oldest = 0;

	for (size_t i = 1; i < ARRAY_LEN(n->register_calls); i++) {
		if (n->register_calls[i] < n->register_calls[oldest])
			oldest = i;
	}
	if (n->register_calls[oldest] != TIME_NONE &&
	    now - n->register_calls[oldest] < FIG_REGISTER_SPAN_MS)
		return false;
	n->register_calls[oldest] = now;
	return true;
}

/* --- portfolios ---------------------------------------------------------------------------------- */

static void forget_old(struct sim_portfolio *p, time_ms now)
{
	for (struct list_node *n; (n = list_first(&p->by_time));) {
		struct counted *c = LIST_OF(n, struct counted, node);
		if (now - c->at < FIG_LIMIT_SPAN_MS)
			return;
		(void)imap_take(p->counted, c->person, &(int64_t){ 0 });
		list_remove(&p->by_time, n);
		mem_free(c);
	}
}

static bool count_new(struct sim_portfolio *p, uint32_t person, time_ms now)
{
	struct counted *c = mem_alloc(sizeof(*c));

	if (!c)
		return false;
	c->person = person;
	c->at = now;
	if (imap_put(p->counted, person, to_int(c))) {
		mem_free(c);
		return false;
	}
	list_append(&p->by_time, &c->node);
	return true;
}

bool sim_portfolio_deliver(struct sim_portfolio *p, uint32_t person, time_ms now)
{
	int64_t found;

	forget_old(p, now);
	if (!imap_get(p->counted, person, &found)) {
		if (p->limit > 0 && (int64_t)p->by_time.count >= p->limit)
			return false;
		return count_new(p, person, now);
	}
	struct counted *c = from_int(found);
	c->at = now;
	list_remove(&p->by_time, &c->node);
	list_append(&p->by_time, &c->node);
	return true;
}

size_t sim_portfolio_count(struct sim_portfolio *p, time_ms now)
{
	forget_old(p, now);
	return p->by_time.count;
}
