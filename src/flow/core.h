/* flow/core.h: what every message's way shares: the store and its writer, the policy pack, keys,
 * and the directory in force.
 *
 * Fields under "writer thread" are touched only inside write jobs and the writer's hooks. Loops get
 * the directory by core_directory(): an immutable snapshot that they may keep for a request. A job
 * that changed a table of the directory calls core_directory_changed(); jobs behind it in the same
 * transaction, and everybody after the commit, then see the change: it is published before the
 * job's done(), so whoever is answered sees the effect. */
#ifndef FLOW_CORE_H
#define FLOW_CORE_H

#include <stdatomic.h>
#include <pthread.h>

#include "base/id.h"
#include "domain/audit.h"
#include "domain/budget.h"
#include "domain/bulk.h"
#include "domain/campaign_sum.h"
#include "domain/decision.h"
#include "domain/directory.h"
#include "domain/keyring.h"
#include "domain/ledger_point.h"
#include "domain/pack.h"
#include "domain/recent.h"
#include "domain/register_use.h"
#include "domain/seen.h"
#include "domain/signal.h"
#include "domain/silence.h"
#include "domain/wamids.h"
#include "flow/headroom.h"
#include "flow/listeners.h"
#include "flow/running.h"
#include "flow/skew.h"
#include "store/writer.h"

/* Counters for /metrics: name, help. Monotone, relaxed atomics. */
#define CORE_COUNTERS(X) \
	X(sends_allowed, "Sends that policy allowed.") \
	X(sends_held, "Sends that policy held.") \
	X(sends_refused, "Sends that policy refused.") \
	X(sends_observed, "Sends that passed in observe mode against the verdict.") \
	X(sends_accepted, "Sends that the upstream accepted.") \
	X(sends_failed, "Sends that the upstream definitely rejected.") \
	X(sends_unknown, "Sends whose outcome was unknown when the attempt ended.") \
	X(sends_overloaded, "Sends turned away because too much was waiting.") \
	X(sends_no_room, "Sends turned away because the disk is low.") \
	X(keys_replayed, "Sends answered from an idempotency key.") \
	X(webhooks_accepted, "Webhook posts stored and answered 200.") \
	X(webhooks_refused, "Webhook posts refused.") \
	X(facts_new, "Webhook facts seen for the first time.") \
	X(facts_repeated, "Webhook facts seen before.") \
	X(facts_quarantined, "Webhook facts that could not be applied and were set aside.") \
	X(opt_outs, "Opt-outs honoured.") \
	X(opt_ins, "Consents given by a message on WhatsApp.") \
	X(bypass_detected, "Statuses of messages that did not pass Varco.") \
	X(forwards_delivered, "Events delivered to apps.") \
	X(forwards_failed, "Attempts to deliver an event to an app that failed.") \
	X(forwards_given_up, "Events that no app will hear: their time ran out.") \
	X(forwards_unreadable, "Events put in quarantine because they cannot be read.") \
	X(contacts_passed, "Calls and changes of groups passed on, which no rule judges.") \
	X(held_unreadable, "Held sends that failed because they cannot be read.") \
	X(alerts_told, "Messages by which people were told of alarms, that arrived.") \
	X(alerts_failed, "Messages by which people were told of alarms, that did not arrive.") \
	X(checkpoints_told, "Checkpoints of the ledger that a second place took.") \
	X(checkpoints_failed, "Attempts to tell a checkpoint of the ledger that failed.") \
	X(notices_reported, "E-mail notices that were put on record.") \
	X(events_queued, "Events of triggers that became messages.") \
	X(events_repeated, "Events of triggers that had come before.") \
	X(events_skipped, "Events of triggers that were none for them.") \
	X(events_refused, "Posts to triggers by who is not known.") \
	X(autoreplies_queued, "Automatic replies that were put on record.")

struct core_counters {
#define X(name, help) atomic_uint_fast64_t name;
	CORE_COUNTERS(X)
#undef X
};
#define CORE_COUNT(core, name) \
	atomic_fetch_add_explicit(&(core)->counters.name, 1, memory_order_relaxed)

#define CORE_NOTE(core, moment) \
	atomic_store_explicit(&(core)->moment, clock_now(), memory_order_relaxed)

#define CORE_APART 64 /* the processor moves memory between threads in lines of so many bytes */

struct core_options {
	const char *state_dir;
	const char *store_url; /* NULL = sqlite:<state_dir>/varco.db */
	const char *pack_file; /* NULL = built in */
	enum mode mode;
	const char *base_url; /* of Meta or the simulator, no slash at the end */
	const char *public_url;
	int64_t wait_ms;
	size_t max_queue;
	struct headroom_options room; /* zeroed: nothing is kept back, and no disk is full */
	bool confirm_opt_out;         /* by a message inside the window */
	struct {
		const char *every; /* as in 24h; NULL = not by the clock, and then every_ms is 0 */
		int64_t every_ms;
		int64_t keep; /* good ones, 0 = all */
	} backup;
	bool watch_clock; /* false: ours is the clock that counts, as in a simulation */
};

struct core {
	struct core_options options; /* strings borrowed from the caller for the core's life */
	/* In force: replaced in one piece when a change of the policy is durable (core_set_policy). What
	 * somebody still judges by lives on until the core is closed: some 100 kB a change, and changes are
	 * deeds of people. */
	_Atomic(struct pack *) pack;
	struct pack *base; /* as it was read: what is set over it is in the store (policy_log.h) */
	struct seal_key key;
	struct keyring keyring;
	struct note_signer signer; /* of the ledger's checkpoints */
	struct store *store;
	struct writer *writer;
	time_ms installed_at; /* statuses of older messages are no bypass */
	atomic_bool draining;
	atomic_bool copying; /* the store, or a copy of it is checked: one at a time (backup.h) */
	atomic_uint_fast64_t copies;   /* how often that ended */
	atomic_int_fast64_t copied_at; /* the newest good copy, as copier.h saw it last; 0 = none */
	/* Opt-outs and the like that were written, or are about to be: a send that was judged at
	 * another count looks once more before its first byte goes out. */
	atomic_uint_fast64_t stops;
	/* How often something happened that the templates should be read again for (poll.h). */
	atomic_uint_fast64_t templates_wanted;
	/* The same for what Meta says of accounts and numbers. */
	atomic_uint_fast64_t accounts_wanted;
	struct running *running; /* attempts with a key, until they are answered */
	struct listeners
	    *listeners; /* developers who want to hear what apps are told; NULL: none may */
	struct headroom *headroom;
	struct skew *skew; /* NULL: the clock is not watched */

	/* Counted by all threads all the time: what they only read stays out of these lines. */
	char before_counters[CORE_APART];
	struct core_counters counters;
	atomic_int_fast64_t webhook_at,
	    upstream_at; /* the last that came, the last that was answered; 0 = none yet */
	char behind_counters[CORE_APART];

	/* writer thread */
	struct pack *next_pack; /* of the transaction under way; NULL: it changes no policy */
	struct pack **packs;    /* all that ever were in force but the base */
	size_t packs_len;
	struct directory *newest; /* as of the transaction under way */
	bool stale;               /* its tables changed: load before use */
	uint64_t changes;         /* how often they did; only ever rises */
	bool unpublished;         /* newest differs from what loops see */
	uint64_t generation;
	struct budget *budget;
	struct signals *signals; /* what came back, for the circuit breaker */
	struct silence *silence; /* of webhooks; NULL: nobody listens for it */
	struct uses *uses;       /* what apps send, for the register */
	struct campaign_sums
	    *sums; /* figures of campaigns that the transaction under way changes */
	struct recent *recent;
	struct bulk *bulk; /* the same texts of the last hour */
	struct wamids *wamids;
	struct imap *seen;     /* app → when its last_seen_at was written */
	struct seen *facts;    /* that Meta told */
	struct arena *scratch; /* for one fact at a time */
	struct ledger ledger;
	struct id_gen ids;
	/* when number_hour is written next; 0 = nothing was counted since */
	mono_ns hours_due;
	mono_ns watch_due; /* before it no failed send makes anybody look for incidents */
	mono_ns scrub_due;
	int64_t scrub_place;
	time_ms scrub_since;
	bool scrubbing;
	void (*before_done)(void *ctx); /* the lanes' bundled wake-ups */
	void (*after_done)(void *ctx);
	void *done_ctx;

	/* shared */
	char before_shared[CORE_APART];
	pthread_mutex_t publish_lock;
	struct directory *published;
	atomic_uint_fast64_t published_generation;
};

/* Opens state directory, keys, store (with migrations), pack, recovers the journal, starts the
 * writer. */
MUST_CHECK int core_open(const struct core_options *o, struct core **ret, struct err *err);
/* Finishes what waits, stops the writer, closes the store. */
void core_close(struct core **pc);

/* The directory in force, with a reference for the caller. */
struct directory *core_directory(struct core *c);
/* *cached is replaced when a newer one was published; cheap when not. */
void core_refresh_directory(struct core *c, struct directory **cached);

/* Inside a job. */
void core_directory_changed(struct core *c);
MUST_CHECK int core_directory_now(
    struct core *c, struct store_conn *conn, const struct directory **ret, struct err *err);
/* What decisions are judged by once the transaction is durable; those behind in the same one are judged,
 * and say so, by what was in force before. Takes the pack over; it is freed when the transaction is
 * undone. 0; -E_RANGE, -E_NOMEM, and then the pack is still the caller's. */
MUST_CHECK int core_set_policy(struct core *c, struct pack *pack, struct err *err);
/* As of the transaction under way. */
const struct pack *core_policy_now(const struct core *c);
/* A leaf for what an operator did, and the content, which is kept: it names people by their ids
 * only. The act is noted beside it, with that leaf. */
MUST_CHECK int core_operator_act(struct core *c, struct store_conn *conn,
    const struct audit_act *act, struct str content, struct err *err);

#endif
