/* Dossiers: writer (the seed that the sample is drawn with, who had everything shown, a checkpoint over all
 * that) → pool (read, render, pack) → one file; or what is in it as JSON, to be looked at before. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/dossier_check.h"
#include "domain/value.h"

#define BY_MAX 200
#define SEED_BYTES 16

struct request {
	struct dossier_ask ask;
	struct str by;
	bool json;                     /* what is in it, instead of the file */
	char seed[2 * SEED_BYTES + 1]; /* drawn by lot, should one be needed */
	char key[NOTE_KEY_TEXT_MAX];
};

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such incident."));
}

static int check_words(struct api_call *c, struct request *q, struct err *err)
{
	struct str personal = api_text(c, "personal_data"), seed = api_text(c, "seed");
	struct str format = api_text(c, "format");
	uint8_t bytes[SEED_BYTES];

	if (format.p && !str_eq_c(format, "zip") && !str_eq_c(format, "json"))
		return api_err(c, err, E_INVALID, "format", N_("\"format\" must be zip or json."));
	q->json = format.p && str_eq_c(format, "json");

	if (personal.p && !str_eq_c(personal, "yes") && !str_eq_c(personal, "no"))
		return api_err(
		    c, err, E_INVALID, "personal_data", N_("\"personal_data\" must be yes or no."));
	q->ask.personal = personal.p && str_eq_c(personal, "yes");
	if (seed.p && hex_decode(seed, bytes, sizeof(bytes)) < 0)
		return api_err(
		    c, err, E_INVALID, "seed", N_("\"seed\" must be 32 hexadecimal digits."));
	q->by = api_text(c, "by").p ? api_text(c, "by") : STR("admin");
	return value_check_text(q->by, "by", BY_MAX, err);
}

static int check(struct api_call *c, struct err *err)
{
	struct request *q = ARENA_NEW(c->arena, struct request);
	uint8_t lot[SEED_BYTES];

	if (!q)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = q;
	crypto_random(lot, sizeof(lot));
	hex_encode(lot, sizeof(lot), q->seed);
	note_verifier_write(&c->gate->lane->core->signer.verifier, q->key);
	q->ask.key = str_c(q->key);
	q->ask.pack = c->gate->lane->core->pack;
	q->ask.now = clock_now();
	if (id_parse(INCIDENT_PREFIX, api_text(c, "id"), &q->ask.incident) < 0)
		return unknown(c, err);
	return check_words(c, q, err);
}

/* --- on the writer ---------------------------------------------------------------------------- */

static int set_seed(
    struct api_call *c, struct incident_desk *d, const struct incident *i, struct err *err)
{
	const struct request *q = c->state;
	struct str given = api_text(c, "seed");

	if (given.p ? str_eq(given, i->seed) : i->seed.p != NULL)
		return 0;
	return incident_set_seed(d, q->ask.incident, given.p ? given : str_c(q->seed), q->by, err);
}

/* Whoever has everything shown goes on record, with the incident and as an operator's act. */
static int note_shown(
    struct api_call *c, struct incident_desk *d, struct store_conn *conn, struct err *err)
{
	const struct request *q = c->state;
	const struct incident_act act = { .id = q->ask.incident,
		.kind = STR("dossier"),
		.by = q->by,
		.detail = STR("{\"personal_data\":true}") };

	if (!q->ask.personal)
		return 0;
	int r = incident_do(d, &act, NULL, err);
	return r < 0 ? r : api_leaf(c, conn, err);
}

static int prepare(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct core *core = c->gate->lane->core;
	const struct request *q = c->state;
	struct incident_desk d = { conn, &core->ledger, &core->ids, core->pack, clock_now() };
	struct incident i;
	int r = incident_get(conn, q->ask.incident, c->arena, &i, err);

	if (r == 0)
		return unknown(c, err);
	if (r > 0)
		r = set_seed(c, &d, &i, err);
	if (r == 0)
		r = note_shown(c, &d, conn, err);
	if (r >= 0)
		r = ledger_point_make(conn, &core->ledger, &core->signer, clock_now(), err);
	return r < 0 && r != -E_BUSY ? r : 0;
}

/* --- on the pool ------------------------------------------------------------------------------ */

static int make(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct request *q = c->state;
	struct dossier d;
	int r = dossier_read(conn, &q->ask, c->arena, &d, err);

	if (r == 0)
		return unknown(c, err);
	store_rollback(conn); /* rendering takes its time, and the log shall not wait for it */
	if (r > 0 && q->json) {
		dossier_write_json(&d, &c->body);
		return 0;
	}
	c->type = "application/zip";
	return r < 0 ? r : dossier_pack(&d, &c->gate->lane->core->signer, c->arena, &c->body, err);
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

const struct api_handler api_dossier_handlers[] = {
	{ "makeDossier", check, NULL, NULL, start },
	{ NULL, NULL, NULL, NULL, NULL },
};
