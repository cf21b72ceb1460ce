/* The register as one document, and what passed by. The document: writer (a checkpoint over what is on record) → pool (read, write or
 * render) → answer. */
#include "apps/gateway/api_form.h"

#include "base/check.h"
#include "domain/register_model.h"

struct request {
	struct register_ask ask;
	enum api_form format;
	enum lang lang;
	char key[NOTE_KEY_TEXT_MAX];
};

static int check(struct api_call *c, struct err *err)
{
	struct request *q = ARENA_NEW(c->arena, struct request);

	if (!q)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	note_verifier_write(&c->gate->lane->core->signer.verifier, q->key);
	q->ask = (struct register_ask){
		.now = clock_now(),
		.unseen_ms = pack_limits(c->gate->lane->core->pack)->registers.unseen_ms,
		.key = str_c(q->key),
	};
	c->state = q;
	int r = api_form_read(c, true, &q->format, err);
	return r < 0 ? r : api_form_lang(c, &q->lang, err);
}

/* The newest changes shall be under a checkpoint; where the ledger is still being summed up they are
 * under none. */
static int prepare(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct core *core = API_CALL_OF(j)->gate->lane->core;
	int r = ledger_point_make(conn, &core->ledger, &core->signer, clock_now(), err);

	return r < 0 && r != -E_BUSY ? r : 0;
}

static int write_document(struct api_call *c, const struct register_model *m, struct err *err)
{
	const struct request *q = c->state;
	struct document *d = register_document(m, q->lang, c->arena);

	if (!d)
		return err_set(err, E_NOMEM, "Memory ran out while writing the register.");
	return api_form_write(c, q->format, d, err);
}

static int make(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct request *q = c->state;
	struct register_model m;
	int r = register_model_read(conn, &q->ask, c->arena, &m, err);

	if (r < 0)
		return r;
	store_rollback(conn); /* rendering takes its time, and the log shall not wait for it */
	if (q->format != API_FORM_JSON)
		c->type = api_form_type(q->format);
	if (q->format == API_FORM_JSON)
		register_model_json(&m, c->arena, &c->body);
	else if (q->format != API_FORM_CSV)
		r = write_document(c, &m, err);
	else if (register_model_csv(&m, c->arena, &c->body) < 0)
		r = err_set(err, E_NOMEM, "Memory ran out while writing the register.");
	return r;
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

/* --- what passed by --------------------------------------------------------------------------- */

static int list_bypasses(struct api_call *c, struct err *err)
{
	struct bypass_hour *hours = NULL;
	size_t limit = 0, n = 0;
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = bypass_hours(c->gate->lane->reader, limit, c->arena, &hours, &n, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++) {
		if (api_may_number(c, hours[i].number))
			register_hour_write(&c->w, &hours[i]);
	}
	api_list_close(c, STR_NONE);
	return 0;
}

const struct api_handler api_register_handlers[] = {
	{ "exportIntegrations", check, NULL, NULL, start },
	{ "listBypasses", NULL, NULL, list_bypasses, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
