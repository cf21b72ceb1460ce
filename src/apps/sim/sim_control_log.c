/* The log can be far larger than what a socket takes: it is written entry by entry as the client reads. */
#include "apps/sim/sim_control.h"

#include <string.h>

#define BATCH_BYTES 65536

struct reading {
	uint64_t after; /* the last number written */
	uint64_t stop;  /* the newest when the reading began */
	uint64_t left;  /* items still wanted */
	bool first;
};

/* Entries until the batch is full; false when there are no more. */
static bool write_batch(struct sim_call *c, struct reading *r, struct buf *out)
{
	struct json_writer w;

	buf_reset(out);
	while (out->len < BATCH_BYTES && r->left > 0 && r->after < r->stop) {
		size_t before = out->len;
		if (!r->first)
			buf_add_char(out, ',');
		jw_init(&w, out);
		uint64_t n = sim_log_print(c->sim->log, r->after, &w);
		if (n == 0 || n > r->stop) {
			out->len = before;
			return false;
		}
		r->first = false;
		r->after = n;
		r->left--;
	}
	return r->left > 0 && r->after < r->stop;
}

static void pump(struct http_request *req)
{
	struct sim_call *c = req->user;
	struct reading *r = c->upload;
	struct buf *out = &c->sim->out;
	bool more = true, room = true;

	while (more && room) {
		more = write_batch(c, r, out);
		if (out->failed) {
			http_respond_abort(req);
			return;
		}
		room = http_respond_write(req, buf_str(out));
	}
	if (more)
		return;
	buf_reset(out);
	buf_addf(out, "],\"next\":%llu}", (unsigned long long)r->after);
	(void)http_respond_write(req, buf_str(out));
	http_respond_end(req);
}

static bool read_number(struct sim_call *c, const char *name, uint64_t *ret)
{
	struct str text = http_query_get(c->req, name);

	if (!text.p || str_to_u64(text, ret) == 0)
		return true;
	sim_control_fail(c, 400, name, "%s must be a number.", name);
	return false;
}

void sim_control_log_get(struct sim_call *c)
{
	const struct http_header type = { STR("Content-Type"), STR("application/json") };
	struct reading *r = ARENA_NEW(c->req->arena, struct reading);

	if (!r) {
		sim_control_fail(c, 503, "", "Memory ran out.");
		return;
	}
	r->first = true;
	r->left = UINT64_MAX;
	if (!read_number(c, "since", &r->after) || !read_number(c, "limit", &r->left))
		return;
	r->stop = sim_log_last(c->sim->log);
	c->upload = r;
	http_respond_begin(c->req, 200, &type, 1, -1, pump);
	(void)http_respond_write(c->req, STR("{\"items\":["));
	pump(c->req);
}

/* Everything up to `until`, or all. */
void sim_control_log_delete(struct sim_call *c)
{
	uint64_t until = sim_log_last(c->sim->log);

	if (!read_number(c, "until", &until))
		return;
	sim_log_trim(c->sim->log, until);
	sim_control_ok(c);
}
