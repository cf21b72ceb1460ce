/* apps/gateway/api.h: /api/v1 behind the table of nouns.h. For the api_*.c files only.
 *
 * A request finds its row by method and path; the row's fields say what may come with it, and
 * everything is read and checked before a handler sees it. Changes run as one job on the writer,
 * with a ledger leaf of what the operator did, and are answered after the commit: who sees the
 * answer sees the effect. Errors are problem+json (RFC 9457). */
#ifndef APPS_GATEWAY_API_H
#define APPS_GATEWAY_API_H

#include "apps/gateway/gateway.h"
#include "apps/gateway/nouns.h"
#include "base/json.h"
#include "base/lang.h"
#include "base/spool.h"
#include "domain/history.h"
#include "domain/person.h"
#include "domain/signal.h"
#include "domain/user.h"

#define API_FIELDS_MAX 64
#define API_FILES_MAX 8 /* in one field */
#define API_EVENT_MAX ((size_t)1 << 20)
#define API_SECRET_MIN 16

/* One field of the request. */
struct api_value {
	bool given;
	struct str text;         /* as it came; of a list or a definition: p NULL */
	int64_t number;          /* FIELD_INT, FIELD_LIMIT; FIELD_DURATION in milliseconds */
	bool flag;               /* FIELD_BOOL; FIELD_LIMIT: there is a limit */
	time_ms at;              /* FIELD_TIME, FIELD_DATE */
	const struct str *items; /* FIELD_LIST; FIELD_FILES: the contents */
	size_t items_len;
	const struct json *json; /* FIELD_FILE that came as an object or an array */
};

/* Who asks. (api_who.c) */
struct api_who {
	bool by_token;
	struct session session; /* id 0 = none */
	/* Of the operator the name is "admin", the role too, and there is no id. Strings in the arena of the call. */
	struct user user;
};

struct api_call;

/* What an operation does. Any of the functions may be NULL; they return 0, or <0 with *err. */
struct api_handler {
	const char *operation; /* of its row */
	/* On the loop: are the values good. */
	int (*check)(struct api_call *c, struct err *err);
	/* On the writer, inside the transaction; may run twice. With it, the operation is a
	 * change. */
	int (*change)(struct api_call *c, struct store_conn *conn, struct err *err);
	/* On the loop, after the commit: write the answer to c->w. */
	int (*answer)(struct api_call *c, struct err *err);
	/* Instead of `change` and `answer`: takes over, and ends with api_finish or api_fail. */
	void (*start)(struct api_call *c);
};

struct api_call {
	struct gate *gate;
	struct http_request *req; /* NULL: the client left */
	struct arena *arena;
	const struct noun_verb *verb;
	const struct api_handler *handler;
	enum lang lang;
	struct api_who who;
	char peer[SESSION_PEER_MAX];             /* from where */
	struct api_value values[API_FIELDS_MAX]; /* beside verb->fields */
	bool secret;                             /* it has fields that hold secrets */
	struct lane_job job;
	struct buf body;
	struct json_writer w;
	void *state;          /* the handler's own */
	struct spool *upload; /* the field "file", when it came as a stream */
	struct loop_work work;
	/* of a long answer (api_stream.c) */
	int (*fill)(struct api_call *c, struct buf *out, struct err *err);
	bool turning;
	struct upstream_call *upstream;
	/* results of a change, for its answer; all but `key` are in the entry of the ledger as well */
	char id[ID_TEXT_MAX]; /* of what was made or changed; "" = it has none */
	struct people people; /* everybody that it was about; none for what is about nobody */
	char key[64];
	const char *type; /* of the body; NULL = JSON */
	struct str
	    before; /* of a change of settings: what stood there (api_before.c); p NULL = nothing */
	char cookie[160]; /* that the answer sets; "" = none */
};

/* --- the operations, by noun; each array ends with a row of NULLs ----------------------------- */

extern const struct api_handler api_account_handlers[];     /* api_accounts.c: numbers too */
extern const struct api_handler api_template_handlers[];    /* api_templates.c */
extern const struct api_handler api_integration_handlers[]; /* api_integrations.c */
extern const struct api_handler api_consent_handlers[];     /* api_consents.c, api_import.c */
extern const struct api_handler api_request_handlers[];     /* api_requests.c */
extern const struct api_handler api_link_handlers[];        /* api_links.c */
extern const struct api_handler api_trigger_handlers[];     /* api_triggers.c */
extern const struct api_handler api_autoreply_handlers[];   /* api_autoreplies.c */
extern const struct api_handler api_listen_handlers[];      /* api_listen.c */
extern const struct api_handler api_stop_handlers[];        /* api_stops.c */
extern const struct api_handler api_forget_handlers[];      /* api_forget.c */
extern const struct api_handler
    api_journal_handlers[]; /* api_journal.c: decisions, alarms, status */
extern const struct api_handler api_ledger_handlers[];       /* api_ledger.c */
extern const struct api_handler api_ledger_check_handlers[]; /* api_ledger_check.c */
extern const struct api_handler api_pause_handlers[];        /* api_pauses.c */
extern const struct api_handler api_signal_handlers[];       /* api_signals.c */
extern const struct api_handler api_budget_handlers[];       /* api_budget.c */
extern const struct api_handler api_change_handlers[];       /* api_changes.c */
extern const struct api_handler api_notice_handlers[];       /* api_notices.c */
extern const struct api_handler api_import_handlers[];       /* api_imports.c */
extern const struct api_handler api_certificate_handlers[];  /* api_certificate.c */
extern const struct api_handler api_incident_handlers[];     /* api_incidents.c */
extern const struct api_handler api_dossier_handlers[];      /* api_dossiers.c */
extern const struct api_handler api_scan_handlers[];         /* api_scans.c */
extern const struct api_handler api_register_handlers[];     /* api_register.c */
extern const struct api_handler api_campaign_handlers[];     /* api_campaigns.c */
extern const struct api_handler api_source_handlers[];       /* api_sources.c */
extern const struct api_handler api_session_handlers[];      /* api_session.c */
extern const struct api_handler api_signin_handlers[];       /* api_signin.c */
extern const struct api_handler api_oidc_handlers[];         /* api_oidc.c */
extern const struct api_handler api_user_handlers[];         /* api_users.c */
extern const struct api_handler api_audit_handlers[];        /* api_audit.c */
extern const struct api_handler api_simulate_handlers[];     /* api_simulate.c */
extern const struct api_handler api_people_handlers[];       /* api_people.c */
extern const struct api_handler api_overview_handlers[];     /* api_overview.c */
extern const struct api_handler api_analysis_handlers[];     /* api_analyses.c */
extern const struct api_handler api_audience_handlers[];     /* api_audience.c, api_preflight.c */
extern const struct api_handler api_policy_handlers[];       /* api_policy.c */
extern const struct api_handler api_backup_handlers[];       /* api_backups.c */
extern const struct api_handler api_webhook_handlers[];      /* api_webhooks.c */
extern const struct api_handler api_policy_change_handlers[];
extern const struct api_handler api_audience_handlers[]; /* api_audience.c, api_preflight.c */
/* NULL when there is none. */
const struct api_handler *api_handler_find(const char *operation);

/* The member "changes" of an object's answer: its newest ones. (api_changes.c) */
MUST_CHECK int api_changes_write(
    struct api_call *c, enum history_kind kind, struct str id, struct err *err);

/* The integration by its id or name, when it has a key and may use the number, which must be here. In
 * the caller's transaction. (api_triggers.c) */
MUST_CHECK int api_sender(struct api_call *c, struct store_conn *conn, struct str wanted,
    struct str number, struct str *ret_app, struct err *err);
/* A sentence of err's in the caller's language, in the arena or as it is. (api_triggers.c) */
const char *api_sentence(struct api_call *c, const char *text);
/* c->id, for what goes by a name; one that is too long stands among the values only. */
void api_name(struct api_call *c, struct str name);

void api_import_start(struct api_call *c);
void api_sync_start(struct api_call *c);
void api_status_start(struct api_call *c);

/* --- routes (api_routes.c) -------------------------------------------------------------------- */

/* Other ways to the same operation, for those who know only GET and POST, or want a person in the
 * address. */
struct api_alias {
	const char *method, *path;
	const char *operation;    /* of the row it stands for */
	const char *operation_id; /* its own */
	const char *doc;          /* N_() */
};
extern const struct api_alias api_aliases[];
extern const size_t api_aliases_len;

struct api_route {
	const struct noun_verb *verb;
	/* Of the path, as they came, beside verb->fields; p NULL = in no place of it. */
	struct str params[API_FIELDS_MAX];
	char allow[64]; /* methods of that path, "GET, POST"; "" when there is no such path */
};
/* verb NULL: no such path, or not with that method. */
void api_route_find(struct str method, struct str path, struct api_route *ret);

/* --- values (api_input.c) --------------------------------------------------------------------- */

/* All values of the call from path, query (GET, DELETE) or body. -E_INVALID, -E_RANGE or
 * -E_NOMEM, with the field. */
MUST_CHECK int api_input_read(struct api_call *c, const struct str *params, struct str query,
    struct str body, struct err *err);

/* By the field's name, which the row must have. */
const struct api_value *api_value(const struct api_call *c, const char *name);
struct str api_text(const struct api_call *c, const char *name); /* p NULL = not given */
/* At least one of phone and bsuid, read, or where the row has "person" that one's; country of the first account for national numbers. */
MUST_CHECK int api_person(
    struct api_call *c, struct phone *ret_phone, struct str *ret_bsuid, struct err *err);
/* The country that national telephone numbers are read in; p NULL = none. Borrowed from the
 * directory. */
struct str api_country(struct api_call *c);
/* The portfolio that a BSUID is taken to belong to: that of all accounts; p NULL = not known. */
struct str api_portfolio(const struct directory *d);
/* Whose an act is, found or created: a grant is that of one person; what is withdrawn under two keys that are known apart is
 * withdrawn for both. In the caller's transaction. (api_consents.c) */
MUST_CHECK int api_people(struct api_call *c, struct store_conn *conn,
    const struct person_keys *keys, enum consent_act act, struct str portfolio, time_ms now,
    struct arena *a, struct people *ret, struct err *err);
/* An act with its evidence and its entry of the ledger, into an object under construction. (api_consents.c) */
struct consent_entry;
MUST_CHECK int api_act_write(struct api_call *c, const struct consent_entry *e, struct err *err);
/* "30s", "15m", "24h", "7d" → milliseconds; above 0, at most ten years. */
MUST_CHECK int api_duration_parse(struct str text, int64_t *ret);

/* --- lists ------------------------------------------------------------------------------------ */

#define API_LIMIT_DEFAULT 100
#define API_LIMIT_MAX 1000

/* -E_RANGE. */
MUST_CHECK int api_limit(const struct api_call *c, size_t *ret, struct err *err);
/* "items":[ of the answer, and ],"next": at the end; next p NULL writes null. */
void api_list_open(struct api_call *c);
void api_list_close(struct api_call *c, struct str next);

/* A walk over rows that are in the order of their keys. */
struct api_page {
	struct str after; /* p NULL = from the start */
	size_t left;
	struct str last; /* the key that was written last */
	bool more;
};
/* Writes what api_list_open writes. */
MUST_CHECK int api_page_open(struct api_call *c, struct api_page *ret, struct err *err);
/* Whether the row of that key belongs on this page; `key` lives until api_page_close. */
bool api_page_takes(struct api_page *p, struct str key);
void api_page_close(struct api_call *c, const struct api_page *p);

/* --- long answers (api_stream.c) -------------------------------------------------------------- */

/* Ends the call with a file of that type and name, as `fill` gives it: it appends to `out` and
 * returns 1 there is more, 0 that was all, <0 to break off, which the client sees. Called again and
 * again as the client takes what it was sent, with c->state as it is. */
void api_stream(struct api_call *c, const char *type, const char *name,
    int (*fill)(struct api_call *c, struct buf *out, struct err *err));

/* --- errors and ends (api.c) ------------------------------------------------------------------ */

/* A sentence of ours in the caller's language; `field` "" = none. Returns -code. */
int api_err(const struct api_call *c, struct err *err, enum err_code code, const char *field,
    const char *msgid, ...) PRINTF_LIKE(5, 6);

/* A call of its own for a request; NULL when memory ran out, and then api_refuse_memory answers. */
struct api_call *api_call_new(struct gate *g, struct http_request *req);
void api_refuse_memory(struct http_request *req);
/* Ends the call with what c->w holds, or with the error of `rc`. */
void api_finish(struct api_call *c, int rc, const struct err *err);
/* Answers 202 with what c->w holds; the call goes on, and its end is told to nobody. */
void api_accept(struct api_call *c);
/* Ends it without an answer: for who answered by itself. */
void api_end(struct api_call *c);
/* A stream of what changes, for whoever may read: GET /api/v1/events. (api_live.c) */
bool api_is_live(const struct http_request *req);
void api_live(struct api_call *c);

/* --- who asks (api_who.c, api_access.c) ------------------------------------------------------- */

/* By the admin token. */
bool api_has_token(const struct gate *g, const struct http_request *req);
/* By that, or with the cookie of a session and from a page of the console. Nothing is looked up. */
bool api_is_known(const struct gate *g, const struct http_request *req);
/* 1 and who; 0 a stranger: no session, or that of a user who is gone, disabled or has ended them all. */
MUST_CHECK int api_who_find(const struct gate *g, const struct http_request *req, struct arena *a,
    struct api_who *ret, struct err *err);
/* Of one that goes on for long: is who asked still known. No use of the session. */
bool api_who_stays(const struct gate *g, const struct http_request *req, struct arena *a);
bool api_is_user(const struct api_call *c);
/* Whole telephone numbers: roles compliance and admin; all others see them masked. */
bool api_sees_people(const struct api_call *c);
/* Signs in: the answer sets the cookie of a new session; user 0 = the operator. (api_session.c) */
void api_session_start(struct api_call *c, uint64_t user, int64_t epoch);
/* Who is asking: the answer of GET /session. */
void api_session_write(struct api_call *c);
/* Uses up a link of the operator's; who asks is the operator from now on. */
MUST_CHECK int api_link_begin(struct api_call *c, struct err *err);
/* The members "url" and "expires_in_s" of a new link, or null. */
void api_link_write(struct api_call *c, const struct session_door *door);
void api_link_none(struct api_call *c);
void api_peer(const struct http_request *req, char ret[SESSION_PEER_MAX]);
/* Is it of a portfolio that the caller is bound to; who is bound to none may see all. What is unknown is nobody's.
 * scope: portfolio, waba, number, template or app. */
bool api_is_bound(const struct api_call *c);
bool api_may_portfolio(const struct api_call *c, struct str portfolio);
bool api_may_waba(const struct api_call *c, struct str waba);
bool api_may_number(const struct api_call *c, struct str number);
bool api_may_place(const struct api_call *c, struct str scope, struct str id);
/* Of what has several numbers: all of them, and there are some. */
bool api_may_numbers(const struct api_call *c, const struct str *numbers, size_t len);
/* One of them, as `d` has them: an app none of whose numbers is the caller's is none that they know of. */
bool api_may_some(
    const struct api_call *c, const struct directory *d, const struct str *numbers, size_t len);
/* Of what an alarm is about: "kind:id", or the id of a number, an account or an app alone. 1, 0. */
MUST_CHECK int api_may_object(struct api_call *c, struct str object, struct err *err);

/* Of a campaign that a value names: 1, 0; one that is unknown may be named by anybody. */
MUST_CHECK int api_may_campaign(struct api_call *c, uint64_t id, struct err *err);

/* As api_request(), with the field "file" given in `upload` and the others in the query. */
void api_request_upload(struct gate *g, struct http_request *req, struct spool *upload);
/* An error for a request that has no call yet. */
void api_refuse(struct gate *g, struct http_request *req, const struct err *err);
/* Ends it with a problem of that status; the code as in err. */
void api_fail(struct api_call *c, int status, const struct err *err);
/* And says when to come back. */
void api_fail_wait(struct api_call *c, int status, int64_t wait_s, const struct err *err);
/* Runs `run` on the writer and then `back` on the loop; false when it was answered 503 instead. */
bool api_submit(struct api_call *c,
    int (*run)(struct lane_job *j, struct store_conn *conn, struct err *err),
    void (*back)(struct lane_job *j));
/* What a handler's `change` and `answer` say, for one whose `start` had something to do before. */
void api_change(struct api_call *c);
/* Runs `run` away from the loop, on a reading connection in a transaction, and ends the call with its
 * result: what it wrote to c->body or c->w. Nothing else may touch the call meanwhile. (api_work.c) */
void api_work(
    struct api_call *c, int (*run)(struct api_call *c, struct store_conn *conn, struct err *err));
/* And then, when that went well and the client is still there, `then` on the loop, which ends the
 * call. */
void api_work_then(struct api_call *c,
    int (*run)(struct api_call *c, struct store_conn *conn, struct err *err),
    void (*then)(struct api_call *c));
/* And `undo` on the loop, before the answer, when `run` failed or had no turn. */
void api_work_or(struct api_call *c,
    int (*run)(struct api_call *c, struct store_conn *conn, struct err *err),
    void (*then)(struct api_call *c), void (*undo)(struct api_call *c));
/* Before a change: notes what it will change. */
void api_before(struct api_call *c);
#define API_CALL_OF(job_) ((struct api_call *)((char *)(job_) - offsetof(struct api_call, job)))
/* Inside a change: the leaf of what was done (docs/ledger.md), without secrets: people are named by
 * their ids, and of a file there is the digest. Handlers that have `change` get it written for
 * them, behind it. */
MUST_CHECK int api_leaf(struct api_call *c, struct store_conn *conn, struct err *err);

/* The member "signals" of an object's answer: those that warn or paused. (api_signals.c) */
MUST_CHECK int api_signals_write(
    struct api_call *c, enum signal_scope scope, struct str id, struct err *err);
/* Pauses (api_pauses.c). The checks: of what a pause and its end come with. */
MUST_CHECK int api_pause_check(struct api_call *c, struct err *err);
MUST_CHECK int api_resume_check(struct api_call *c, struct err *err);
/* The pause that the call asks for, of `scope` and the call's id; and its end: 1, or 0 when nothing of
 * that was paused. */
MUST_CHECK int api_pause_set(
    struct api_call *c, struct store_conn *conn, struct str scope, struct err *err);
MUST_CHECK int api_pause_end(
    struct api_call *c, struct store_conn *conn, struct str scope, struct err *err);
/* Those of one place, and the rate behind one, into an array under construction. */
MUST_CHECK int api_pauses_write(
    struct api_call *c, const char *scope, struct str id, struct err *err);

int api_status_of(int code);          /* of an enum err_code, either sign */
const char *api_title_of(int status); /* msgid */

/* --- the description (api_openapi.c, api_schemas.c, api_answers.c) ------------------------------------------- */

/* The whole document; 0 or -E_NOMEM. */
MUST_CHECK int api_openapi_write(struct buf *out);
/* components.schemas, into an object under construction. */
void api_schemas_write(struct json_writer *w);
/* The schema that an operation answers with; NULL when the operation is unknown, or answers with a
 * file only. */
const char *api_schema_of(const char *operation);
/* The types of files that it answers with, or can, the n-th of them from 0; NULL = no such one. */
const char *api_file_of(const char *operation, size_t n);

#endif
