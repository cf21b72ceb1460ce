/* apps/cli/client.h: calls to a running server, one after another, over libcurl.
 *
 * The admin token comes from the file that is named, else from VARCO_TOKEN, else from admin.token in the state directory;
 * it goes to the server's address only, redirects are not followed. SIGINT ends a call. */
#ifndef APPS_CLI_CLIENT_H
#define APPS_CLI_CLIENT_H

#include <stdio.h>

#include "base/str.h"

#define CLIENT_URL "http://127.0.0.1:8080"
#define CLIENT_ANSWER_MAX ((size_t)256 << 20)

struct client_options {
	const char *url;        /* NULL = VARCO_URL, else CLIENT_URL */
	const char *token_file; /* NULL = VARCO_TOKEN, else the state directory's */
	const char *token;      /* instead of all of these; NULL = not known */
	const char *ca_file;    /* NULL = the system's */
	bool anonymous;         /* no token at all */
	bool foreign;           /* it is no server of ours: sentences do not say so */
};

struct client;

/* -E_INVALID for an address that is none; -E_DENIED when there is no token to be found. */
MUST_CHECK int client_open(const struct client_options *o, struct client **ret, struct err *err);
void client_close(struct client **pc);
/* Without a slash at its end. */
const char *client_url(const struct client *c);

struct client_answer {
	int status;
	struct buf body;   /* the caller's to empty: buf_init before, buf_done after */
	FILE *sink;        /* what a good answer goes to instead, as it comes; NULL = body */
	char date[64];     /* the Date header; "" = none */
	char decision[64]; /* Varco-Decision; "" = none */
};

struct client_call {
	const char *method;
	struct str target;  /* "/api/v1/accounts" */
	struct str body;    /* p NULL = none */
	FILE *upload;       /* instead of a body: all that can be read from it; NULL = none */
	int64_t upload_len; /* of it; -1 = not known */
	const char *type;   /* of the body; NULL = JSON */
	const char *bearer; /* instead of the admin token; NULL = the admin token */
	const char *header; /* one more, "Name: value"; NULL = none */
	int64_t timeout_ms; /* 0 = ten minutes */
	/* How much of the body is out, from time to time; NULL = nobody asks. */
	void (*on_sent)(void *arg, uint64_t sent, uint64_t all);
	void *arg;
};

/* 0 and an answer of whatever status; -E_IO when there was none, -E_TIMEOUT, -E_TOO_LARGE, -E_CLOSED when SIGINT ended
 * it. */
MUST_CHECK int client_call(
    struct client *c, const struct client_call *call, struct client_answer *ret, struct err *err);

/* A word as it may stand in a path or a query: all but letters, digits and -_.~ percent-encoded. */
void client_encode(struct buf *out, const char *value);

/* The exit code for an HTTP status of the API, and for an error of client_open or client_call. */
int client_exit_status(int status);
int client_exit_error(int code);

/* From now on SIGINT makes calls end with -E_CLOSED; a second one ends the process. */
void client_catch_interrupt(void);

#endif
