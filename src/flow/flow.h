/* flow/flow.h: a message's way: accept → parse → decide → record → dispatch → settle (design 5).
 *
 * A struct flow is one send under way, owned by its lane. It has an arena of its own, because the
 * client may leave while the message goes on. The six steps are rows of a table; they never include
 * each other. accept, parse and dispatch run on the lane's loop; decide and record run on the
 * writer thread inside one transaction, settle in another. flow.c walks the table, takes the flow
 * from thread to thread, and answers.
 *
 *   NEW → ACCEPTED → PARSED → DECIDED → RECORDED → DISPATCHED → SETTLED
 *     NEW, ACCEPTED → ANSWERED       not ours to judge: no such path, too busy
 *     DECIDED → WAITING → PARSED     a hold that ends within wait_ms, or the same key under way; or
 *                                    → ANSWERED when the client left meanwhile
 *     RECORDED → ANSWERED            refused, held, or the stored answer of an idempotency key
 *     DISPATCHED → SETTLED           whatever the outcome; it is durable before the app hears it,
 *                                    unless the store fails: then the app hears it all the same, and
 *                                    it is written later */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "domain/contact.h"
#include "domain/journal.h"
#include "domain/outbox.h"
#include "domain/person.h"
#include "domain/policy.h"
#include "domain/recent.h"
#include "domain/resume.h"
#include "flow/lane.h"
#include "transport/graph.h"
#include "transport/http_server.h"

enum flow_state {
	FLOW_NEW,        /* a request came, or a held send is due */
	FLOW_ACCEPTED,   /* we know who calls and from which number */
	FLOW_PARSED,     /* the bytes are a message */
	FLOW_DECIDED,    /* policy has spoken; only inside the transaction */
	FLOW_WAITING,    /* for a hold that ends soon */
	FLOW_RECORDED,   /* durable; may go, or may not */
	FLOW_DISPATCHED, /* an outcome is known, or known to be unknown */
	FLOW_SETTLED,    /* the outcome is durable */
	FLOW_ANSWERED,   /* nothing more happens */
};

/* What a step says. */
enum step_result {
	STEP_NEXT,   /* done; the flow moved on */
	STEP_LATER,  /* will go on by itself: a timer or the upstream calls flow_walk */
	STEP_ANSWER, /* the answer stands in flow->answer */
};

/* What becomes of a send once it is judged. */
enum fate {
	FATE_GO,     /* on record as `sending` (or `ready`): dispatch it */
	FATE_HOLD,   /* on record as `held`: answered 202, sent when it may */
	FATE_WAIT,   /* not on record: the hold ends within wait_ms, then it is judged again */
	FATE_REFUSE, /* on record, never sent */
	FATE_REPLAY, /* the idempotency key was used before: its answer */
};

struct flow_answer {
	int status;
	struct str body;
	int64_t retry_after_s; /* 0 = no header */
	const char *outcome;   /* Varco-Outcome, or NULL */
	bool from_meta;        /* status and body are the upstream's, byte for byte */
};

struct flow {
	struct list_node node; /* in lane->flows */
	struct lane *lane;
	struct arena *arena;
	enum flow_state state;
	struct http_request *req; /* NULL: held send, or the client left */
	mono_ns started;

	/* accept */
	struct directory *directory; /* a reference */
	const struct dir_app *app;   /* NULL: unknown key */
	struct str number_id;
	const struct dir_number *number; /* NULL: unknown to Varco */
	struct str version;              /* "v25.0" */
	struct str path;                 /* "/messages" or "/marketing_messages" */
	struct str text;                 /* the body as it came */
	struct str key;                  /* Idempotency-Key, p NULL = none */
	struct str campaign;             /* header Varco-Campaign, p NULL = none */
	bool respond_async;
	enum lang lang;

	/* parse */
	struct message message;
	struct facts_foreseen foreseen; /* by the directory that was read then */

	/* decide, record */
	time_ms now;       /* the one instant that judged it */
	int64_t waited_ms; /* since it began, as the loop saw it before it went to be judged */
	uint64_t stops;    /* core->stops when it was judged */
	struct facts facts;
	struct decision decision;
	bool forgotten; /* nobody is known under the keys, and who was must not be written to */
	struct person person;
	struct resume resuming[SIGNAL_SCOPES]; /* whose share this send takes of */
	size_t resuming_len;
	bool answers;             /* the person waits for an answer of the number */
	struct facts_digest twin; /* room for facts.person.recent_digests */
	struct recent_key recent; /* when person and number are known */
	uint64_t same_text;       /* as which it is counted (bulk.h); 0 = not at all */
	uint64_t id;
	enum send_state send_state;
	enum fate fate;
	unsigned counted;
	uint64_t running;          /* in core->running under this decision; 0 = not */
	uint64_t held_id;          /* this is a held send: its decision; 0 = a fresh one */
	struct journal_entry held; /* as it stood when the flow began */
	time_ms held_expires_at;
	enum { REPLAY_ANSWER, REPLAY_STATE, REPLAY_RUNNING, REPLAY_OTHER_BODY } replay;
	struct idem_entry replay_entry;
	struct journal_entry replay_journal;

	/* dispatch, settle */
	struct upstream_call *call;
	/* why its first byte did not go out */
	enum { STOPPED_NOT, STOPPED_BY_PERSON, STOPPED_BY_PAUSE, STOPPED_BY_CAMPAIGN } stopped;
	enum upstream_outcome outcome;
	int upstream_status;
	struct str upstream_body;
	struct graph_answer graph;

	struct flow_answer answer;
	struct lane_job job;
	struct loop_timer *timer;
};

/* A send arrived on `req` (its body is whole): /{version}/{number}{path}. Ends with an answer on
 * it. */
void flow_start(struct lane *l, struct http_request *req, struct str version, struct str number,
    struct str path);
/* A held or ready send is due; lane->held names it until nothing more happens. */
void flow_start_held(struct lane *l, uint64_t decision);
/* Go on: by the steps that waited (dispatch's call came back, a timer fired). */
void flow_walk(struct flow *f);
/* The one door between states. */
void flow_move(struct flow *f, enum flow_state to);
const char *flow_state_name(enum flow_state s);

/* The steps, each in the file of its name. On the loop: */
enum step_result flow_accept(struct flow *f);
enum step_result flow_parse(struct flow *f);
enum step_result flow_dispatch(struct flow *f);
/* On the writer, inside a transaction; they may run twice (store/writer.h) and start from scratch
 * each time. 0, or <0 with *err. */
MUST_CHECK int flow_decide(struct flow *f, struct store_conn *c, struct err *err);
/* Its two halves, for a rehearsal that changes something between them: everything known, and what policy says
 * of it. */
MUST_CHECK int flow_load(struct flow *f, struct store_conn *c, struct err *err);
MUST_CHECK int flow_judge(struct flow *f, struct err *err);
MUST_CHECK int flow_record(struct flow *f, struct store_conn *c, struct err *err);
/* The body waits in the outbox until `due`. */
MUST_CHECK int flow_keep_body(struct flow *f, struct store_conn *c, time_ms due, struct err *err);
MUST_CHECK int flow_settle(struct flow *f, struct store_conn *c, struct err *err);
/* Whether it is of a campaign that was held, paused or cancelled since, or goes to somebody of a list
 * that was suspended since: 1, 0. On any thread. (settle.c) */
MUST_CHECK int flow_campaign_stopped(const struct flow *f, struct store_conn *c, struct err *err);
/* What the answer, or its absence, makes of the send; on any thread. (settle.c) */
enum send_state flow_outcome(const struct flow *f);
/* Before deciding: was the key used? 1 the fate is FATE_REPLAY, 0 go on. (replay.c) */
MUST_CHECK int flow_replay(struct flow *f, struct store_conn *c, struct err *err);
/* What a key stands for: this content, from this number, by this edge. (replay.c) */
void flow_idem_digest(const struct flow *f, struct sha256 *ret);
/* A ready send starts: ready → sending when nothing that binds speaks against it, else back to held,
 * or refused; f->fate says which. (record.c) */
MUST_CHECK int flow_release(struct flow *f, struct store_conn *c, struct err *err);
/* "name/language" of the template that is sent, as the journal keeps it; p NULL when there is none.
 * (record.c) */
struct str flow_template_key(const struct flow *f);
/* Held and ready sends: body and row back from the store. (accept.c) */
enum step_result flow_accept_held(struct flow *f);
/* A held or ready send whose row in the outbox can never be sent ends: `failed`, what it had reserved
 * given back, the row in quarantine, an alarm. On the writer. (held.c) */
MUST_CHECK int flow_bury(struct flow *f, struct store_conn *c, struct err *err);
/* The step that has it done; it ends the flow. (flow.c) */
enum step_result flow_end_unreadable(struct flow *f);

/* Answers (answer.c): fill flow->answer. */
void flow_answer_decision(struct flow *f); /* refused, or a hold nobody waits for */
void flow_answer_held(struct flow *f);
void flow_answer_outcome(struct flow *f); /* what the upstream said, or did not say */
void flow_answer_replay(struct flow *f);
void flow_answer_trouble(
    struct flow *f, int status, int graph_code, const char *message, const char *details);
/* Write flow->answer to the client, when there still is one. */
void flow_respond(struct flow *f);
/* 503 for a request that got no flow. */
void flow_turn_away(struct http_request *req);

#endif
