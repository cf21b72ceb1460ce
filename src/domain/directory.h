/* domain/directory.h: who may send from what, as one immutable snapshot.
 *
 * Portfolios, WABAs (with their secrets opened), numbers, templates, pauses, restrictions and
 * integrations, read from the store at once. A directory never changes: after every change of those
 * tables a new one is loaded and replaces it. Threads share it by reference count (atomic). All
 * strings live in it. Look-ups are O(1). The writer thread's newest directory decides; a loop may
 * answer from one that is a commit old only for what the decision repeats anyway. */
#ifndef DOMAIN_DIRECTORY_H
#define DOMAIN_DIRECTORY_H

#include "base/crypto.h"
#include "domain/facts.h"
#include "domain/warmup.h"
#include "store/store.h"

struct dir_portfolio {
	struct str id;
	bool limited; /* what binds: the lower one of the two below */
	int64_t limit;
	bool told;                     /* Meta said something of it: told_limit, -1 = no limit */
	int64_t told_limit, own_limit; /* own: an operator's; -1 = none */
};

struct dir_waba {
	struct str id, name, country, upstream; /* upstream "" = Meta (the configured base_url) */
	const struct dir_portfolio *portfolio;
	struct str state_word; /* as stored: active locked … or Meta's unknown word */
	enum waba_state state;
	bool payment_ok;
	/* Meta's words, "" = none: its last warning, its review, its health (account_state.h) */
	struct str warning, review, health;
	time_ms warned_at, disable_at, health_at;
	time_ms templates_at; /* when all its templates were read from Meta; TIME_NONE = never */
	/* opened; never logged, never leave the process but to Meta */
	struct str token, app_secret, verify_token;
	const struct facts_restriction *restrictions;
	size_t restrictions_len;
	const struct str *blocked_countries;
	size_t blocked_countries_len;
	const struct facts_pause *paused;
	size_t paused_len; /* of the whole WABA */
};

struct dir_number {
	struct str id, display, verified_name, status, quality;
	struct phone phone; /* of display; none when it cannot be read */
	const struct dir_waba *waba;
	int64_t throughput; /* 0 = the pack's */
	bool established;
	time_ms warm_from, warm_frozen_until, created_at;
	struct warmup_state warmup;
	struct str name_status, health; /* Meta's words, "" = none */
	time_ms health_at;
	int64_t autoreplies; /* how many automatic replies there are for it */
	const struct facts_pause *paused;
	size_t paused_len; /* the number's and its WABA's together */
	unsigned index;    /* 0 … numbers_len-1 in this directory */
};

struct dir_template {
	struct str waba, name, language, meta_id, status, quality, parameter_format;
	struct str reason; /* Meta's, for a status that is not APPROVED; "" = none */
	enum purpose category, correct_category;
	time_ms category_change_at, paused_until;
	const struct json *components; /* NULL = none stored */
	bool releasing; /* it is new or was paused: how far it is told by release.h */
	const struct facts_pause *paused;
	size_t paused_len; /* of this template alone */
};

struct dir_app {
	struct str id, name, owner, purpose, webhook_url, webhook_secret;
	bool webhook_off; /* its events wait (delivery.h) */
	enum app_status status;
	const struct str *numbers;
	size_t numbers_len;
	unsigned purposes; /* bit 1u << enum purpose */
	time_ms review_by;
	struct sha256 key_hash;
	const struct facts_pause *paused;
	size_t paused_len; /* of this app alone */
};

struct directory;

/* Everything, through `c` (inside a transaction it sees that transaction). `generation` is the
 * caller's counter. Born with one reference. */
MUST_CHECK int directory_load(struct store_conn *c, const struct seal_key *key, uint64_t generation,
    struct directory **ret, struct err *err);
struct directory *directory_ref(struct directory *d);
void directory_unref(struct directory **pd);
uint64_t directory_generation(const struct directory *d);

/* The key is hashed here; NULL = unknown. */
const struct dir_app *directory_app_by_key(const struct directory *d, struct str key);
const struct dir_app *directory_app(const struct directory *d, struct str id);
const struct dir_number *directory_number(const struct directory *d, struct str id);
const struct dir_number *directory_number_by_phone(const struct directory *d, struct phone p);
const struct dir_waba *directory_waba(const struct directory *d, struct str id);
const struct dir_portfolio *directory_portfolio(const struct directory *d, struct str id);
const struct dir_template *directory_template(
    const struct directory *d, struct str waba, struct str name, struct str language);
const struct dir_template *directory_template_by_meta_id(
    const struct directory *d, struct str meta_id);

/* All of a kind, in id order. */
const struct dir_waba *const *directory_wabas(const struct directory *d, size_t *ret_len);
const struct dir_number *const *directory_numbers(const struct directory *d, size_t *ret_len);
const struct dir_app *const *directory_apps(const struct directory *d, size_t *ret_len);
const struct dir_template *const *directory_templates(const struct directory *d, size_t *ret_len);

/* Of a campaign by the name that its sends give it; *ret_len 0 = none. */
const struct facts_pause *directory_campaign_pauses(
    const struct directory *d, struct str campaign, size_t *ret_len);
/* Something that the circuit breaker paused begins again by steps, or will (resume.h). */
bool directory_is_resuming(const struct directory *d);

bool dir_app_has_number(const struct dir_app *a, struct str number);
bool dir_app_has_waba(const struct directory *d, const struct dir_app *a, const struct dir_waba *w);

/* The parts of the facts that come from the directory. `app` NULL: unknown key. `n` NULL:
 * `number_id` is unknown to Varco. The pauses of number, WABA, template and app are put together in
 * the arena; when that is full, everything is paused. */
void directory_fill_facts(const struct directory *d, const struct dir_app *app,
    const struct dir_number *n, struct str number_id, const struct message *send, struct arena *a,
    struct facts *f);
/* More of what is paused joins the facts; when the arena is full, everything is paused. */
void directory_add_pauses(
    struct facts_waba *f, const struct facts_pause *more, size_t len, struct arena *a);

#endif
