/* A table that comes as the body itself. It goes into a spool as it comes, piece by piece, and the
 * request is read when all of it is there: as any other then, with its fields in the query. */
#include "apps/gateway/api_access.h"

#include <string.h>

#include "base/check.h"
#include "base/log.h"

static const struct {
	const char *path, *operation;
} places[] = {
	{ "/api/v1/consents/import", "importConsents" },
	{ "/api/v1/analyses", "startAnalysis" },
};

struct upload {
	struct gate *gate;
	struct spool *spool;
	struct err why; /* it cannot be kept; the rest is thrown away, so that the answer is read */
};

/* --- which ------------------------------------------------------------------------------------ */

/* Whatever may be a table; JSON is read whole, as in all other calls. */
static bool is_table(struct str type)
{
	static const char *const types[] = {
		"text/csv",
		"text/plain",
		"application/csv",
		"application/octet-stream",
		"application/vnd.ms-excel",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	};
	struct str name = str_trim(str_cut(&type, ';'));

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (str_eq_nocase(name, str_c(types[i])))
			return true;
	}
	return false;
}

/* The operation that takes such a body at that address; NULL = none does. */
static const char *operation_at(struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (str_eq_c(path, places[i].path))
			return places[i].operation;
	}
	return NULL;
}

/* Who may not is refused before it comes, as other bodies are. */
static bool may(const struct gate *g, const struct http_request *req, const char *operation)
{
	struct api_who who;

	return api_who_find(g, req, req->arena, &who, NULL) > 0 &&
	    api_role_may(who.user.role, operation) && who.user.portfolios_len == 0;
}

bool api_takes_stream(const struct gate *g, const struct http_request *req)
{
	const char *operation = operation_at(req->path);

	return req->method == HTTP_M_POST && operation &&
	    is_table(http_header_get(req, "content-type")) && may(g, req, operation);
}

/* --- the body --------------------------------------------------------------------------------- */

static void upload_free(struct upload **pu)
{
	struct upload *u = *pu;

	if (!u)
		return;
	spool_free(&u->spool);
	MEM_FREE(pu);
}

static void on_gone(struct http_request *req)
{
	struct upload *u = req->user;

	req->user = NULL;
	upload_free(&u);
}

static void on_body(struct http_request *req, struct str chunk)
{
	struct upload *u = req->user;

	if (u && !u->why.code && spool_write(u->spool, chunk, &u->why) < 0)
		spool_free(&u->spool);
}

static void on_body_end(struct http_request *req)
{
	struct upload *u = req->user;
	struct spool *spool;
	struct err why;

	if (!u)
		return;
	struct gate *g = u->gate;
	spool = u->spool;
	why = u->why;
	u->spool = NULL;
	upload_free(&u);
	req->on_gone = NULL;
	req->user = NULL;
	if (why.code) {
		api_refuse(g, req, &why);
		return;
	}
	spool_end(spool);
	api_request_upload(g, req, spool);
}

static struct upload *upload_new(struct gate *g, struct err *err)
{
	struct upload *u = mem_alloc(sizeof(*u));
	int r = u ? spool_open(g->gateway->config->state_dir, API_UPLOAD_MAX, &u->spool, err)
		  : err_set(err, E_NOMEM, "The gateway is short of memory.");

	if (r < 0)
		upload_free(&u);
	else
		u->gate = g;
	return u;
}

static void start(struct gate *g, struct http_request *req)
{
	struct err err = { 0 };
	struct upload *u = NULL;

	if (headroom_stage(g->lane->core->headroom) == HEADROOM_GONE)
		(void)err_set(&err, E_BUSY,
		    "The gateway's disk is as good as full; make room and try again.");
	else
		u = upload_new(g, &err);
	if (!u) {
		api_refuse(g, req, &err);
		return;
	}
	req->user = u;
	req->on_gone = on_gone;
	req->on_body = on_body;
	req->on_body_end = on_body_end;
	http_body_pause(req, false);
}

void api_upload(struct gate *g, struct http_request *req)
{
	if (!g->gateway->config->clock) {
		start(g, req);
		return;
	}
	http_body_pause(req, true);
	gate_with_clock(g, req, start);
}
