/* apps/sim/sim_world.h: who there is, and what the platform counts about them.
 *
 * Portfolios own WABAs, WABAs own numbers; people are outside. Everything comes into being on first use, within
 * bounds, and lives until the world is freed, so pointers into it stay good. What is counted:
 *  - a pair (number, person): the customer service window, the free entry point, the pair rate;
 *  - a number: messages per second, calls to register;
 *  - a portfolio: distinct people to whom something was delivered outside a window in a moving day.
 * Counters read the time they are given and never a clock. */
#ifndef APPS_SIM_SIM_WORLD_H
#define APPS_SIM_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "apps/sim/figures.h"
#include "apps/sim/sim_ids.h"
#include "apps/sim/sim_meta.h"
#include "apps/sim/sim_usage.h"

#define SIM_ID_MAX 65
#define SIM_NAME_MAX 128
#define SIM_WORD_MAX 32
#define SIM_URL_MAX 1024
#define SIM_SECRET_MAX 256

struct sim_portfolio {
	char id[SIM_ID_MAX];
	char name[SIM_NAME_MAX];
	int64_t limit;        /* people in 24 h; 0 = unlimited */
	struct imap *counted; /* person → struct counted (private) */
	struct list by_time;  /* of struct counted, oldest delivery first */
	struct sim_portfolio_meta meta;
};

/* How a node answers for health_status; code 0 = no error named. */
struct sim_health {
	char can_send[SIM_WORD_MAX]; /* AVAILABLE, LIMITED, BLOCKED */
	int code;
};

struct sim_waba {
	struct list_node node; /* in order of creation */
	char id[SIM_ID_MAX];
	struct sim_portfolio *portfolio;
	char name[SIM_NAME_MAX];
	char country[3], currency[4];
	char review[SIM_WORD_MAX]; /* account_review_status */
	struct sim_health health;
	int refuse_code;  /* every send is answered with it; 0 = none */
	bool direct_send; /* allowlisted; asked only under --strict */
	char webhook[SIM_URL_MAX], app_secret[SIM_SECRET_MAX]; /* "" = the default app's */
	char override_uri[SIM_URL_MAX];
	bool subscribed;
	struct list numbers;   /* of struct sim_number, by node */
	struct list templates; /* of struct sim_template, by node: owned by sim_templates */
	size_t own_templates;  /* those that somebody created */
	struct sim_waba_meta meta;
	struct sim_usage usage; /* of management calls */
	int64_t call_limit;     /* an hour; 0 = as documented */
};

struct sim_profile {
	char about[140 * 4], address[256 * 4], description[512 * 4], email[129],
	    vertical[SIM_WORD_MAX], websites[2][257];
};

struct sim_number {
	struct list_node node;
	char id[SIM_ID_MAX];
	uint32_t index;
	struct sim_waba *waba;
	char display[SIM_WORD_MAX]; /* "+39 02 …" as shown */
	char display_digits[SIM_PHONE_MAX];
	char verified_name[SIM_NAME_MAX];
	char quality[SIM_WORD_MAX], status[SIM_WORD_MAX], name_status[SIM_WORD_MAX];
	int64_t throughput; /* messages per second */
	char pin[8];
	char override_uri[SIM_URL_MAX];
	struct sim_health health;
	struct sim_profile *profile; /* NULL until written */
	char *settings;              /* JSON text, NULL until written */
	int64_t second, second_count;
	time_ms register_calls[FIG_REGISTER_CALLS];
	struct map *blocked; /* wa_id → the person; NULL until used */
	struct sim_number_meta meta;
};

struct sim_person {
	uint32_t index;
	unsigned generation;       /* of the user id */
	bool hides_phone;          /* a user with a username: webhooks leave the phone out */
	char phone[SIM_PHONE_MAX]; /* digits; "" when only a user id is known */
	char bsuid[SIM_BSUID_MAX]; /* when given from outside; "" = made from the phone */
};

struct sim_pair {
	time_ms last_inbound, last_call; /* TIME_NONE = never */
	time_ms entry_at,
	    entry_free_until; /* click-to-WhatsApp, and the free 72 h after the answer */
	time_ms repaid_at;    /* of the pair rate */
	bool exhausted;       /* its burst is used up: nothing goes before repaid_at */
	bool stopped;         /* chose "stop" for marketing */
	bool shut;            /* the person blocked the number */
};

struct sim_world;

MUST_CHECK struct sim_world *sim_world_new(void);
void sim_world_free(struct sim_world **pw);

/* Find or make. NULL when memory ran out, the world is full, or the id is no id: letters, digits, '-', '_', up to 64.
 * A new WABA belongs to `portfolio` (NULL = the default one), a new number to `waba` (NULL = the default one). */
struct sim_portfolio *sim_world_portfolio(struct sim_world *w, struct str id);
struct sim_waba *sim_world_waba(
    struct sim_world *w, struct str id, struct sim_portfolio *portfolio);
struct sim_number *sim_world_number(struct sim_world *w, struct str id, struct sim_waba *waba);
/* Find only; NULL when there is none. */
struct sim_portfolio *sim_world_find_portfolio(const struct sim_world *w, struct str id);
struct sim_waba *sim_world_find_waba(const struct sim_world *w, struct str id);
struct sim_number *sim_world_find_number(const struct sim_world *w, struct str id);
/* Every WABA, of struct sim_waba by node, in order of creation. */
struct list *sim_world_wabas(struct sim_world *w);
/* The number moves to another WABA. */
void sim_world_move_number(struct sim_number *n, struct sim_waba *to);
/* A number's display form; its digits are what webhooks carry. */
void sim_number_set_display(struct sim_number *n, struct str display);

/* "+39 333…", "39333…" or national digits of `country` → digits. False when it is no phone number. */
bool sim_world_digits(struct str to, const char *country, char ret[SIM_PHONE_MAX]);
/* Find or make the person with these digits, or the one behind a user id as `portfolio` knows it. NULL when full. */
struct sim_person *sim_world_person(struct sim_world *w, struct str digits);
struct sim_person *sim_world_person_by_bsuid(
    struct sim_world *w, struct str bsuid, struct str portfolio);
struct sim_person *sim_world_person_at(const struct sim_world *w, uint32_t index);
/* From now on that person has this user id (given from outside). 0, -E_NOMEM, -E_CONFLICT when another has it. */
MUST_CHECK int sim_world_set_bsuid(struct sim_world *w, struct sim_person *p, struct str bsuid);
/* The person's user id for a portfolio. */
void sim_person_bsuid(const struct sim_person *p, struct str portfolio, char ret[SIM_BSUID_MAX]);
size_t sim_world_people(const struct sim_world *w);

/* What the number and the person have between them; made on first use, NULL when full. */
struct sim_pair *sim_world_pair(
    struct sim_world *w, const struct sim_number *n, const struct sim_person *p);

bool sim_pair_window_open(const struct sim_pair *pair, time_ms now);
bool sim_pair_entry_free(const struct sim_pair *pair, time_ms now);
/* One message to this person now: false when the pair rate forbids it, then nothing is counted. */
bool sim_pair_take(struct sim_pair *pair, time_ms now);
/* One message of this number now; `grace` is the percentage above the rate that still passes. */
bool sim_number_take(struct sim_number *n, time_ms now, int grace);
/* One call to register or deregister; false when there were too many. */
bool sim_number_take_register(struct sim_number *n, time_ms now);

/* Something was delivered to this person outside a window: true and counted, or false when the limit is reached. */
bool sim_portfolio_deliver(struct sim_portfolio *p, uint32_t person, time_ms now);
size_t sim_portfolio_count(struct sim_portfolio *p, time_ms now);

/* Copy with a bound: cut at a character, terminated. */
void sim_set_text(char *out, size_t size, struct str s);

#endif
