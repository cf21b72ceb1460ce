/* Links by which people write first, and say by it what they agree to; as an address and as a QR
 * code. */
#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"
#include "base/qr.h"
#include "base/text.h"
#include "domain/consent_details.h"
#include "domain/consent_link.h"
#include "domain/value.h"

struct linking {
	struct consent_link link;
	uint64_t id;
};

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* --- making one ------------------------------------------------------------------------------- */

static int check_words(struct api_call *c, struct err *err)
{
	struct str words = api_text(c, "text"), folded = text_fold(c->arena, words);
	int r = folded.p ? value_check_text(words, "text", LINK_WORDS_MAX, err) : no_memory(c, err);

	if (r == 0 && folded.len == 0)
		r = api_err(c, err, E_INVALID, "text", N_("\"text\" must say something in words."));
	return r;
}

static int check_add(struct api_call *c, struct err *err)
{
	struct linking *x = ARENA_NEW(c->arena, struct linking);
	const struct consent_details d = {
		.channel = STR("whatsapp"),
		.text_version = api_text(c, "text_version"),
		.notice_version = api_text(c, "notice_version"),
		.notice_url = api_text(c, "notice_url"),
		.terms_version = api_text(c, "terms_version"),
		.terms_url = api_text(c, "terms_url"),
	};

	if (!x)
		return no_memory(c, err);
	c->state = x;
	x->link.wording = api_text(c, "text");
	x->link.source = api_text(c, "source");
	if (purpose_parse(api_text(c, "purpose"), &x->link.purpose) < 0 ||
	    x->link.purpose > PURPOSE_AUTHENTICATION)
		return api_err(c, err, E_INVALID, "purpose",
		    N_("\"purpose\" must be one of marketing, utility and authentication: each is"
		       " asked by itself."));
	int r = check_words(c, err);
	if (r == 0 && x->link.source.p)
		r = value_check_text(x->link.source, "source", LINK_WORDS_MAX, err);
	if (r == 0)
		r = consent_details_check(&d, err);
	return r < 0 ? r : consent_details_write(&d, c->arena, &x->link.details, err);
}

/* Its own number must be known, and the address must fit into a code. */
static int check_address(struct api_call *c, const struct dir_number *n, struct err *err)
{
	struct linking *x = c->state;

	if (!n)
		return api_err(
		    c, err, E_NOT_FOUND, "number", N_("There is no number with that id here."));
	if (!n->phone.number)
		return api_err(c, err, E_CONFLICT, "number",
		    N_("The telephone number of this number is not known: set its \"display\"."));
	struct consent_link l = x->link;
	(void)memset(l.code, '0', LINK_CODE_LEN);
	struct str url = link_url(&l, n->phone, c->arena);
	if (!url.p)
		return no_memory(c, err);
	return url.len <= QR_TEXT_MAX
	    ? 0
	    : api_err(c, err, E_TOO_LARGE, "text", N_("\"text\" is too long for a QR code."));
}

static int add(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct linking *x = c->state;
	const struct directory *d;
	int r = core_directory_now(core, conn, &d, err);

	if (r == 0)
		r = check_address(c, directory_number(d, api_text(c, "number")), err);
	if (r < 0)
		return r;
	x->link.at = clock_now();
	x->link.id = x->id = id_next(&core->ids, x->link.at);
	x->link.number = api_text(c, "number");
	id_format("lnk", x->id, c->id);
	return link_add(conn, &x->link, err);
}

/* --- showing ---------------------------------------------------------------------------------- */

static int write_link(struct api_call *c, const struct consent_link *l, struct err *err)
{
	const struct dir_number *n = directory_number(lane_directory(c->gate->lane), l->number);
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];
	bool known = n && n->phone.number;
	struct str message = link_message(l, c->arena);
	struct str url = known ? link_url(l, n->phone, c->arena) : STR_NONE;

	if (!message.p || (known && !url.p))
		return no_memory(c, err);
	id_format("lnk", l->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_str(w, "number", l->number);
	jw_member_c(w, "purpose", purpose_name(l->purpose));
	jw_member_str(w, "url", url);
	jw_member_str(w, "message", message);
	jw_member_str(w, "text", l->wording);
	jw_member_str(w, "source", l->source);
	jw_member_time(w, "at", l->at);
	jw_member_time(w, "ended_at", l->ended_at);
	jw_member_int(w, "uses", l->uses);
	jw_object_end(w);
	return 0;
}

static int find(struct api_call *c, struct consent_link *ret, struct err *err)
{
	struct linking *x = c->state;
	int r = link_get(c->gate->lane->reader, x->id, c->arena, ret, err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such link."));
	return r < 0 ? r : 0;
}

static int show(struct api_call *c, struct err *err)
{
	struct consent_link l;
	int r = find(c, &l, err);

	return r < 0 ? r : write_link(c, &l, err);
}

static int read_id(struct api_call *c, struct err *err)
{
	struct linking *x = ARENA_NEW(c->arena, struct linking);

	if (!x)
		return no_memory(c, err);
	c->state = x;
	if (id_parse("lnk", api_text(c, "id"), &x->id) < 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such link."));
	return 0;
}

static int draw(struct api_call *c, const struct consent_link *l, struct err *err)
{
	const struct dir_number *n = directory_number(lane_directory(c->gate->lane), l->number);
	struct buf svg;

	if (!n || !n->phone.number)
		return api_err(c, err, E_CONFLICT, "id",
		    N_("The telephone number of this link is not known any more."));
	buf_init(&svg, 0);
	int r = qr_svg(link_url(l, n->phone, c->arena), &svg);
	if (r == 0) {
		jw_object(&c->w);
		jw_member_c(&c->w, "id", c->id);
		jw_member_str(&c->w, "svg", buf_str(&svg));
		jw_object_end(&c->w);
	}
	buf_done(&svg);
	return r < 0 ? no_memory(c, err) : 0;
}

static int show_qr(struct api_call *c, struct err *err)
{
	struct consent_link l = { .id = 0 };
	int r = read_id(c, err);

	if (r == 0)
		r = find(c, &l, err);
	if (r < 0)
		return r;
	id_format("lnk", l.id, c->id);
	return draw(c, &l, err);
}

static int show_one(struct api_call *c, struct err *err)
{
	int r = read_id(c, err);

	return r < 0 ? r : show(c, err);
}

static int list(struct api_call *c, struct err *err)
{
	struct str cursor = api_text(c, "cursor");
	struct consent_link *items;
	char next[ID_TEXT_MAX];
	uint64_t before = 0;
	size_t limit, len = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse("lnk", cursor, &before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = link_list(
		    c->gate->lane->reader, before, limit, c->arena, &items, &len, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < len; i++) {
		if (api_may_number(c, items[i].number))
			r = write_link(c, &items[i], err);
	}
	if (more)
		id_format("lnk", items[len - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return r;
}

static int end(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct linking *x = c->state;
	struct consent_link l;
	int r = link_get(conn, x->id, c->arena, &l, err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such link."));
	id_format("lnk", x->id, c->id);
	return r < 0 ? r : link_end(conn, x->id, clock_now(), err);
}

const struct api_handler api_link_handlers[] = {
	{ "addLink", check_add, add, show, NULL },
	{ "listLinks", NULL, NULL, list, NULL },
	{ "drawLink", NULL, NULL, show_qr, NULL },
	{ "showLink", NULL, NULL, show_one, NULL },
	{ "endLink", read_id, end, show, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
