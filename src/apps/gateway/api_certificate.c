/* Certificates of consent: writer (a checkpoint over what is on record; who had a number shown) → pool
 * (read, write or render) → answer. */
#include "apps/gateway/api_form.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/certificate.h"

struct request {
	struct certificate_ask ask;
	enum api_form format;
	enum lang lang;
	char key[NOTE_KEY_TEXT_MAX];
};

/* --- what is asked for ------------------------------------------------------------------------ */

static int check(struct api_call *c, struct err *err)
{
	struct request *q = ARENA_NEW(c->arena, struct request);

	if (!q)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	note_verifier_write(&c->gate->lane->core->signer.verifier, q->key);
	q->ask.key = str_c(q->key);
	q->ask.unmasked = api_value(c, "unmasked")->flag;
	q->ask.now = clock_now();
	c->state = q;
	int r = api_person(c, &q->ask.phone, &q->ask.bsuid, err);
	if (r == 0)
		r = api_form_read(c, false, &q->format, err);
	q->ask.proofs = q->format == API_FORM_JSON;
	return r < 0 ? r : api_form_lang(c, &q->lang, err);
}

/* --- on the writer ---------------------------------------------------------------------------- */

/* Whoever has a number shown goes on record. The newest acts shall be under a checkpoint; where the
 * ledger is still being summed up they are told to be under none. */
static int prepare(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct core *core = c->gate->lane->core;
	struct request *q = c->state;
	int r = person_find(conn, q->ask.phone, q->ask.bsuid, c->arena, &c->people.list[0], err);

	if (r == 0)
		return err_set(
		    err, E_NOT_FOUND, "%s", N_("Nobody is on record under that number or id."));
	c->people.len = 1;
	if (r > 0 && q->ask.unmasked)
		r = api_leaf(c, conn, err);
	if (r >= 0)
		r = ledger_point_make(conn, &core->ledger, &core->signer, clock_now(), err);
	return r < 0 && r != -E_BUSY ? r : 0;
}

/* --- on the pool ------------------------------------------------------------------------------ */

static int write_out(struct api_call *c, const struct certificate *x, struct err *err)
{
	const struct request *q = c->state;

	if (q->format == API_FORM_JSON) {
		certificate_write_json(x, &c->body);
		buf_add_char(&c->body, '\n');
		return 0;
	}
	struct document *d = certificate_document(x, q->lang, c->arena);
	if (!d)
		return err_set(err, E_NOMEM, "Memory ran out while writing a certificate.");
	return api_form_write(c, q->format, d, err);
}

static int make(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct request *q = c->state;
	struct certificate x;
	int r = certificate_read(conn, &q->ask, c->arena, &x, err);

	if (r == 0)
		return err_set(
		    err, E_NOT_FOUND, "%s", N_("Nobody is on record under that number or id."));
	store_rollback(conn); /* rendering takes its time, and the log shall not wait for it */
	c->type = api_form_type(q->format);
	return r < 0 ? r : write_out(c, &x, err);
}

static void on_prepared(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);

	if (j->rc < 0)
		api_finish(c, j->rc, &j->job.err);
	else
		api_work(c, make);
}

static void start(struct api_call *c)
{
	(void)api_submit(c, prepare, on_prepared);
}

const struct api_handler api_certificate_handlers[] = {
	{ "certifyConsent", check, NULL, NULL, start },
	{ NULL, NULL, NULL, NULL, NULL },
};
