/* Uploads are streamed through the multipart reader into an upload; what was wrong is remembered until the body's end,
 * because the answer comes then. Downloads are read from the file as fast as the client takes them. */
#include "apps/sim/sim_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_multipart.h"

#define PIECE ((size_t)128 * 1024)
#define DOWNLOAD_PATH "/lookaside/"

/* The smallest PNG: one transparent pixel. */
static const unsigned char pixel[] = { 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d,
	'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0,
	0x0d, 'I', 'D', 'A', 'T', 0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0,
	0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82 };

/* --- uploads ------------------------------------------------------------------------------------- */

struct incoming {
	uint64_t generation; /* of the world: a reset in between ends the upload */
	struct sim_waba *waba;
	struct sim_multipart *parts;
	struct sim_upload *upload;
	bool has_file, is_whatsapp;
	char type[SIM_TYPE_MAX], file_type[SIM_TYPE_MAX];
	struct sim_problem wrong; /* code 0 = nothing yet */
	uint64_t bytes;           /* of the whole body */
};

static int on_value(void *arg, struct str name, struct str value)
{
	struct incoming *in = arg;

	if (str_eq_c(name, "messaging_product"))
		in->is_whatsapp = str_eq_c(value, "whatsapp");
	else if (str_eq_c(name, "type"))
		sim_set_text(in->type, sizeof(in->type), value);
	return 0;
}

static int on_file(void *arg, struct str filename, struct str type)
{
	struct incoming *in = arg;

	(void)filename;
	if (in->has_file)
		return -E_INVALID;
	in->has_file = true;
	sim_set_text(in->file_type, sizeof(in->file_type), type);
	return 0;
}

static int on_bytes(void *arg, struct str bytes)
{
	struct incoming *in = arg;

	return sim_upload_write(in->upload, bytes);
}

static void on_upload_gone(struct sim_call *c)
{
	struct incoming *in = c->upload;

	sim_multipart_free(&in->parts);
	sim_upload_free(&in->upload);
}

static void remember(struct incoming *in, int rc)
{
	if (rc == -E_TOO_LARGE)
		(void)sim_problem(&in->wrong, 131053, "file: more than 100 MB.");
	else if (rc == -E_INVALID)
		(void)sim_problem(
		    &in->wrong, 100, "The body is not well-formed multipart/form-data.");
	else
		(void)sim_problem(&in->wrong, 131000, "The simulator could not keep the file.");
}

static void on_piece(struct http_request *req, struct str chunk)
{
	struct sim_call *c = req->user;
	struct incoming *in = c->upload;
	int rc;

	in->bytes += chunk.len;
	if (in->wrong.code)
		return;
	rc = sim_multipart_feed(in->parts, chunk);
	if (rc)
		remember(in, rc);
}

static bool check_parts(struct incoming *in, const struct sim *s)
{
	if (in->wrong.code)
		return false;
	if (in->generation != s->generation)
		return sim_problem(&in->wrong, 131016, "The simulator was reset meanwhile.");
	if (sim_multipart_end(in->parts))
		return sim_problem(&in->wrong, 100, "The multipart body has no end.");
	if (!in->is_whatsapp)
		return sim_problem(&in->wrong, 100, "messaging_product must be \"whatsapp\".");
	return in->has_file || sim_problem(&in->wrong, 100, "file is required.");
}

static void on_piece_end(struct http_request *req)
{
	struct sim_call *c = req->user;
	struct incoming *in = c->upload;
	struct sim *s = c->sim;
	struct sim_file *f = NULL;
	const char *type = in->type[0] ? in->type : in->file_type;

	if (check_parts(in, s))
		f = sim_upload_finish(s->media, &in->upload, in->waba, str_c(type),
		    sim_now(s) + FIG_UPLOAD_LIFE_MS, &in->wrong);
	buf_reset(&s->out);
	jw_init(&c->w, &s->out);
	if (!f) {
		sim_call_problem(c, &in->wrong);
		return;
	}
	sim_log_digest(s->log, c->log_n, in->bytes, &f->digest);
	jw_object(&c->w);
	jw_member_c(&c->w, "id", f->id);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

void sim_api_media_upload(struct sim_call *c)
{
	struct incoming *in = ARENA_NEW(c->req->arena, struct incoming);
	const struct sim_multipart_handler h = { in, on_value, on_file, on_bytes };
	struct sim_number *n;
	int rc;

	if (!in || !(in->upload = sim_upload_new())) {
		sim_call_fail(c, 131000, "Memory ran out.");
		return;
	}
	c->upload = in;
	c->on_gone = on_upload_gone;
	n = sim_call_number(c, c->segs_len > 1 ? c->segs[0] : str_c(c->sim->default_number));
	if (!n)
		return;
	in->waba = n->waba;
	in->generation = c->sim->generation;
	/* Graph takes plain parameters from the query as well as from the form. */
	in->is_whatsapp = str_eq_c(http_query_get(c->req, "messaging_product"), "whatsapp");
	rc = sim_multipart_new(http_header_get(c->req, "content-type"), &h, &in->parts);
	if (rc) {
		sim_call_fail(c, 100, "An upload is multipart/form-data with a boundary.");
		return;
	}
	c->req->on_body = on_piece;
	c->req->on_body_end = on_piece_end;
}

/* --- looking up ---------------------------------------------------------------------------------- */

struct sim_file *sim_api_media_find(struct sim_call *c, struct str id)
{
	struct sim *s = c->sim;
	struct sim_file *f = sim_media_get(s->media, id, sim_now(s));
	struct sim_waba *a;

	if (f || s->strict)
		return f && (!s->strict || !c->key || c->key->waba == f->waba) ? f : NULL;
	a = c->key ? c->key->waba : sim_world_waba(s->world, STR(ASSUME_WABA_ID), NULL);
	if (!a || id.len >= SIM_ID_MAX)
		return NULL;
	return sim_media_put(s->media, id, a, STR("image/png"),
	    str_n((const char *)pixel, sizeof(pixel)), sim_now(s) + FIG_UPLOAD_LIFE_MS);
}

void sim_api_media_get(struct sim_call *c, struct sim_file *f)
{
	struct sim *s = c->sim;
	char ticket[96], url[512], digest[2 * SHA256_LEN + 1], size[24];

	sim_media_ticket(s->media, f, sim_now(s) + FIG_MEDIA_URL_LIFE_MS, ticket);
	(void)snprintf(url, sizeof(url), "%s" DOWNLOAD_PATH "%s?%s", s->url, f->id, ticket);
	hex_encode(f->digest.b, SHA256_LEN, digest);
	(void)snprintf(size, sizeof(size), "%" PRIu64, f->size);
	jw_object(&c->w);
	jw_member_c(&c->w, "messaging_product", "whatsapp");
	jw_member_c(&c->w, "url", url);
	jw_member_c(&c->w, "mime_type", f->type);
	jw_member_c(&c->w, "sha256", digest);
	jw_member_c(&c->w, "file_size", size); /* a string, as documented */
	jw_member_c(&c->w, "id", f->id);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

/* --- downloads ----------------------------------------------------------------------------------- */

/* The file is looked up again for each piece: it may be deleted meanwhile. */
struct outgoing {
	char id[SIM_ID_MAX];
	uint64_t sent;
	char piece[PIECE];
};

static void pump(struct http_request *req)
{
	struct sim_call *c = req->user;
	struct outgoing *out = c->upload;
	struct sim *s = c->sim;
	struct sim_file *f = sim_media_get(s->media, str_c(out->id), sim_now(s));
	bool room = true;

	while (f && room && out->sent < f->size) {
		int64_t n = sim_file_read(f, out->sent, out->piece, PIECE);
		if (n <= 0) {
			f = NULL;
			continue;
		}
		room = http_respond_write(req, str_n(out->piece, (size_t)n));
		out->sent += (uint64_t)n;
	}
	if (!f)
		http_respond_abort(req);
	else if (out->sent >= f->size)
		http_respond_end(req);
}

void sim_api_media_download(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct sim_file *f = sim_media_get(s->media, c->segs[1], sim_now(s));
	struct outgoing *out = ARENA_NEW(c->req->arena, struct outgoing);
	struct http_header type = { STR("Content-Type"), STR_NONE };
	struct str oe = http_query_get(c->req, "oe"), oh = http_query_get(c->req, "oh");

	if (!f || !out || !sim_media_ticket_holds(s->media, f, oe, oh, sim_now(s))) {
		sim_call_fail(c, 131052, "The address is not, or no longer, that of a file.");
		return;
	}
	c->upload = out;
	memcpy(out->id, f->id, sizeof(out->id));
	type.value = arena_str(c->req->arena, str_c(f->type));
	sim_call_log(c, 200);
	http_respond_begin(c->req, 200, &type, type.value.p != NULL, (int64_t)f->size, pump);
	pump(c->req);
}
