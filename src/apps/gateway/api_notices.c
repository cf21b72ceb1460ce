/* E-mail notices: read on the loop, which is done before anything waits for it; what they change is
 * planned anew inside the transaction. docs/monitoring.md says what is understood. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/notice_effect.h"
#include "flow/incidents.h"

struct item {
	struct notice notice;
	struct notice_record record;
	struct sha256 digest;
};

struct import {
	struct item items[API_FILES_MAX];
	size_t len;
};

/* --- reading ---------------------------------------------------------------------------------- */

static int read_one(struct api_call *c, struct str file, struct item *x, struct err *err)
{
	struct mime_mail *mail = ARENA_NEW(c->arena, struct mime_mail);

	if (!mail)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	crypto_sha256(file, &x->digest);
	int r = mime_read(file, c->arena, mail, err);
	if (r == -E_INVALID)
		return api_err(c, err, E_INVALID, "files",
		    N_("This is no e-mail: save the whole message as .eml, with its headers."));
	if (r == -E_TOO_LARGE)
		return api_err(c, err, E_TOO_LARGE, "files",
		    N_("The e-mail is too large, or has too many parts or headers."));
	return r < 0
	    ? r
	    : notice_read(c->gate->lane->core->pack, mail, clock_now(), c->arena, &x->notice, err);
}

static int check(struct api_call *c, struct err *err)
{
	const struct api_value *files = api_value(c, "files");
	struct import *x = ARENA_NEW(c->arena, struct import);
	int r = 0;

	if (!x)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	if (files->items_len == 0)
		return api_err(c, err, E_INVALID, "files",
		    N_("This is no e-mail: save the whole message as .eml, with its headers."));
	while (r == 0 && x->len < files->items_len) {
		r = read_one(c, files->items[x->len], &x->items[x->len], err);
		x->len++;
	}
	c->state = x;
	return r;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_item(const struct item *x, enum lang lang, struct json_writer *w)
{
	char hex[2 * SHA256_LEN + 1];

	hex_encode(x->digest.b, sizeof(x->digest.b), hex);
	jw_member_c(w, "digest", hex);
	notice_write(&x->notice, lang, w);
	notice_record_write(&x->record, w);
}

/* As it is kept: in the language of message ids, for it outlives whoever asks. */
static struct str understood(struct api_call *c, const struct item *x)
{
	struct json_writer w;
	struct buf out;
	struct str text;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	write_item(x, LANG_EN, &w);
	jw_object_end(&w);
	text = out.failed ? STR_NONE : arena_str(c->arena, buf_str(&out));
	buf_done(&out);
	return text;
}

static void drop_directory(void *arg)
{
	struct directory *d = arg;

	directory_unref(&d);
}

/* What is planned has strings of the directory, and is answered on the loop: it stays as long as the call. */
static int keep_directory(struct api_call *c, const struct directory *d, struct err *err)
{
	struct directory *kept = directory_ref((struct directory *)(uintptr_t)d);

	if (arena_defer(c->arena, drop_directory, kept) == 0)
		return 0;
	directory_unref(&kept);
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int apply_one(struct api_call *c, struct store_conn *conn, struct item *x, struct err *err)
{
	struct core *core = c->gate->lane->core;
	const struct directory *d = NULL;
	struct incident_desk desk = incidents_desk(core, conn);
	int r = core_directory_now(core, conn, &d, err);

	if (r == 0)
		r = keep_directory(c, d, err);
	if (r == 0)
		r = notice_plan(core->pack, d, &x->notice, c->arena, &x->record, err);
	struct str text = r == 0 ? understood(c, x) : STR_NONE;
	if (r == 0 && !text.p)
		r = api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	if (r == 0)
		r = notice_apply(&desk, &x->notice, text, &x->digest, &x->record, err);
	if (r == 0 && x->record.changes_len && !x->record.known)
		core_directory_changed(core);
	return r;
}

static int change(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct import *x = c->state;
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->len; i++)
		r = apply_one(c, conn, &x->items[i], err);
	return r;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void answer_one(struct api_call *c, const struct item *x)
{
	const struct notice_record *r = &x->record;
	char id[ID_TEXT_MAX];

	id_format("ntc", r->id, id);
	jw_object(&c->w);
	jw_member_c(&c->w, "id", r->id ? id : NULL);
	jw_member_time(&c->w, "at", r->id && !r->known ? r->at : TIME_NONE);
	jw_member_bool(&c->w, "known", r->known);
	write_item(x, c->lang, &c->w);
	jw_object_end(&c->w);
}

static int answer(struct api_call *c, struct err *err)
{
	const struct import *x = c->state;

	(void)err;
	jw_object(&c->w);
	jw_key(&c->w, "items");
	jw_array(&c->w);
	for (size_t i = 0; i < x->len; i++) {
		answer_one(c, &x->items[i]);
		if (x->items[i].record.id && !x->items[i].record.known)
			CORE_COUNT(c->gate->lane->core, notices_reported);
	}
	jw_array_end(&c->w);
	jw_member_bool(&c->w, "dry_run", api_value(c, "dry_run")->flag);
	jw_object_end(&c->w);
	return 0;
}

/* What would be, by the directory that this loop has. */
static int plan(struct api_call *c, struct err *err)
{
	struct import *x = c->state;
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->len; i++)
		r = notice_plan(c->gate->lane->core->pack, lane_directory(c->gate->lane),
		    &x->items[i].notice, c->arena, &x->items[i].record, err);
	return r == 0 ? answer(c, err) : r;
}

static void start(struct api_call *c)
{
	struct err err = { 0 };

	if (api_value(c, "dry_run")->flag)
		api_finish(c, plan(c, &err), &err);
	else
		api_change(c);
}

/* --- the list --------------------------------------------------------------------------------- */

static int write_row(struct api_call *c, const struct notice_row *row)
{
	const struct json *kept, *value;
	struct json_iter it;
	struct str key;
	char id[ID_TEXT_MAX];

	if (json_read(c->arena, row->understood, &kept, NULL) < 0)
		return -E_INVALID;
	id_format("ntc", row->id, id);
	jw_object(&c->w);
	jw_member_c(&c->w, "id", id);
	jw_member_time(&c->w, "at", row->at);
	json_iter_init(&it, kept);
	while (json_iter_next(&it, &key, &value)) {
		jw_key_str(&c->w, key);
		jw_value(&c->w, value);
	}
	jw_object_end(&c->w);
	return 0;
}

static int list(struct api_call *c, struct err *err)
{
	struct str cursor = api_text(c, "cursor");
	struct notice_row *rows;
	uint64_t before = 0;
	size_t limit, len = 0;
	bool more = false;
	char next[ID_TEXT_MAX];
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse("ntc", cursor, &before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = notice_list(
		    c->gate->lane->reader, before, limit, c->arena, &rows, &len, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < len; i++)
		r = write_row(c, &rows[i]);
	if (more)
		id_format("ntc", rows[len - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return r < 0 ? err_set(err, E_STORE, "A notice on record cannot be read.") : 0;
}

const struct api_handler api_notice_handlers[] = {
	{ "importNotices", check, change, answer, start },
	{ "listNotices", NULL, NULL, list, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
