#include "flow/teller.h"

#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "transport/upstream.h"

#define POST_TIMEOUT_MS 15000
#define POST_ANSWER_MAX 4096
#define MAIL_CONNECT_MS 10000
#define MAIL_TIMEOUT_MS 60000 /* filters look at a letter before they answer */

struct teller {
	struct upstream *upstream;
	struct upstream_call *call;
	struct mailer *mailer;
	const struct teller_mailboxes *mailboxes;
	struct mail_options mail;
	struct teller_listener on;
	struct sha256 letter, doubted; /* the one under way; the last one of unknown outcome */
	bool doubts;
};

int teller_read_mailboxes(
    struct str text, const char *field, struct teller_mailboxes *ret, struct err *err)
{
	size_t n = 0;

	while (text.p) {
		struct str one = str_trim(str_cut(&text, ','));
		if (!mime_is_address(one))
			return err_field(err, E_INVALID, field,
			    _("%s must be e-mail addresses without names, with commas between them."),
			    field);
		if (n == MIME_TO_MAX)
			return err_field(err, E_INVALID, field, _("%s has more than %d addresses."),
			    field, MIME_TO_MAX);
		ret->to[n++] = one;
	}
	ret->to_len = n;
	return 0;
}

/* The caller may tell the next at once. */
static void end(struct teller *t, const struct teller_result *r)
{
	struct teller_listener on = t->on;

	on.on_end(on.arg, r);
}

static void fail(struct teller *t, const char *why)
{
	struct teller_result r = { .told = false };

	(void)snprintf(r.why, sizeof(r.why), "%s", why);
	end(t, &r);
}

/* --- posts ------------------------------------------------------------------------------------ */

static void on_posted(void *arg, const struct upstream_answer *answer)
{
	struct teller *t = arg;
	struct teller_result r = { .told = false };

	t->call = NULL;
	if (answer->outcome != UPSTREAM_ANSWERED)
		(void)snprintf(r.why, sizeof(r.why), "error=%.*s", STR_ARG(answer->error));
	else if (answer->status / 100 == 2)
		r.told = true;
	else
		(void)snprintf(r.why, sizeof(r.why), "status=%d", answer->status);
	end(t, &r);
}

void teller_post(struct teller *t, const struct teller_post *p, const struct teller_listener *on)
{
	const struct upstream_request r = {
		.method = HTTP_M_POST,
		.url = p->url,
		.headers = p->headers,
		.headers_len = p->headers_len,
		.body = p->body,
		.arg = t,
		.on_done = on_posted,
	};
	struct err err = { 0 };

	t->on = *on;
	if (upstream_start(t->upstream, &r, &t->call, &err) < 0)
		fail(t, err_name(err.code));
}

/* --- letters ---------------------------------------------------------------------------------- */

/* Once in doubt is not told; the same letter in doubt once more is. */
static void doubt(struct teller *t, struct teller_result *r)
{
	bool again = t->doubts && memcmp(&t->doubted, &t->letter, sizeof(t->letter)) == 0;

	t->doubts = !again;
	t->doubted = t->letter;
	r->told = again;
	r->doubtful = !again;
}

static void on_mailed(void *arg, const struct mail_result *result)
{
	struct teller *t = arg;
	struct teller_result r = { .told = result->outcome == MAIL_TAKEN };

	if (result->outcome == MAIL_UNKNOWN)
		doubt(t, &r);
	else
		t->doubts = false;
	if (!r.told)
		(void)snprintf(r.why, sizeof(r.why), "error=%s", result->why);
	end(t, &r);
}

void teller_mail(struct teller *t, struct str text, const struct teller_listener *on)
{
	const struct mail letter = {
		.from = t->mailboxes->from,
		.to = t->mailboxes->to,
		.to_len = t->mailboxes->to_len,
		.text = text,
		.arg = t,
		.on_done = on_mailed,
	};
	struct err err = { 0 };

	t->on = *on;
	crypto_sha256(text, &t->letter);
	if (mailer_start(t->mailer, &letter, &err) < 0)
		fail(t, err_name(err.code));
}

/* --- life ------------------------------------------------------------------------------------- */

static int open_mailer(struct teller *t, struct loop *l, const char *ca_file, struct err *err)
{
	const struct teller_mailboxes *m = t->mailboxes;

	if (!m || !m->smtp_url)
		return 0;
	t->mail = (struct mail_options){
		.url = m->smtp_url,
		.user = m->user,
		.password = m->password,
		.ca_file = ca_file,
		.connect_timeout_ms = MAIL_CONNECT_MS,
		.timeout_ms = MAIL_TIMEOUT_MS,
	};
	return mailer_open(l, &t->mail, &t->mailer, err);
}

int teller_open(
    struct loop *l, const struct teller_options *o, struct teller **ret, struct err *err)
{
	const struct upstream_options client = {
		.connect_timeout_ms = POST_TIMEOUT_MS,
		.timeout_ms = POST_TIMEOUT_MS,
		.ca_file = o->ca_file,
		.max_answer = POST_ANSWER_MAX,
		.max_connections = 1,
	};
	struct teller *t = mem_alloc(sizeof(*t));

	if (!t)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	t->mailboxes = o->mailboxes;
	int r = upstream_open(l, &client, &t->upstream, err);
	if (r == 0)
		r = open_mailer(t, l, o->ca_file, err);
	if (r < 0) {
		teller_close(&t);
		return r;
	}
	*ret = t;
	return 0;
}

void teller_stop(struct teller *t)
{
	if (!t)
		return;
	mailer_stop(t->mailer);
	if (t->call)
		upstream_cancel(t->call);
}

void teller_close(struct teller **pt)
{
	struct teller *t = *pt;

	if (!t)
		return;
	if (t->upstream)
		upstream_close(&t->upstream);
	mailer_close(&t->mailer);
	MEM_FREE(pt);
}
