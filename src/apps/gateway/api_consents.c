/* The person's side, one act at a time; whole tables are in api_import.c. Whoever is named and
 * not yet known becomes known: a withdrawal of somebody we never heard of counts from the first
 * message on. */
#include "apps/gateway/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/csv_write.h"
#include "base/xlsx_write.h"
#include "domain/attachment.h"
#include "domain/consent.h"
#include "domain/consent_details.h"
#include "domain/overview.h"
#include "domain/suppression.h"

/* --- acts ------------------------------------------------------------------------------------- */

struct act {
	struct phone phone;
	struct str bsuid;
	struct consent_entry entry;
	struct attachment files[CONSENT_ATTACHMENTS_MAX];
	size_t files_len;
	bool fresh; /* the files belong to it now */
	struct api_call *call;
	struct lane_work work; /* writes the files */
	int rc;
	struct err err;
};

static int check_purpose(struct api_call *c, enum purpose *ret, struct err *err)
{
	if (purpose_parse(api_text(c, "purpose"), ret) == 0 && *ret != PURPOSE_SERVICE)
		return 0;
	return api_err(c, err, E_INVALID, "purpose",
	    N_("\"purpose\" must be one of marketing, utility, authentication and all."));
}

static int look_at_files(
    struct api_call *c, struct act *act, struct consent_attachment *ret, struct err *err)
{
	const struct api_value *v = api_value(c, "attachments");
	size_t total = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->items_len; i++) {
		r = attachment_look(v->items[i], &act->files[i], err);
		ret[i] = act->files[i].what;
		total += v->items[i].len;
	}
	act->files_len = v->items_len;
	if (r == 0 && total > ATTACHMENTS_TOTAL_MAX)
		r = api_err(c, err, E_TOO_LARGE, "attachments",
		    N_("All attachments of an act together may have at most %zu MiB."),
		    ATTACHMENTS_TOTAL_MAX >> 20);
	return r;
}

/* What proves it, as far as words say. A withdrawal asks for less. */
static int read_details(struct api_call *c, struct act *act, struct err *err)
{
	bool grant = act->entry.act == CONSENT_GRANT;
	struct consent_details d = { .channel = api_text(c, "channel"), .how = api_text(c, "how") };
	struct consent_attachment attached[CONSENT_ATTACHMENTS_MAX];
	int r = 0;

	if (grant) {
		d.text_version = api_text(c, "text_version");
		d.language = api_text(c, "language");
		d.notice_version = api_text(c, "notice_version");
		d.notice_url = api_text(c, "notice_url");
		d.terms_version = api_text(c, "terms_version");
		d.terms_url = api_text(c, "terms_url");
		r = look_at_files(c, act, attached, err);
		d.attachments = attached;
		d.attachments_len = act->files_len;
	}
	if (r == 0)
		r = consent_details_check(&d, err);
	return r < 0 ? r : consent_details_write(&d, c->arena, &act->entry.details, err);
}

/* The part of both acts that does not need the store. */
static struct act *act_new(struct api_call *c, enum consent_act kind, struct err *err)
{
	struct act *act = ARENA_NEW(c->arena, struct act);
	const struct api_value *at = api_value(c, "at");

	if (!act) {
		(void)api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
		return NULL;
	}
	act->entry = (struct consent_entry){
		.act = kind,
		.at = at->given ? at->at : clock_now(),
		.source = api_text(c, "source"),
		.wording = api_text(c, "text"),
	};
	if (api_person(c, &act->phone, &act->bsuid, err) < 0 ||
	    check_purpose(c, &act->entry.purpose, err) < 0 || read_details(c, act, err) < 0)
		return NULL;
	c->state = act;
	return act;
}

static int check_record(struct api_call *c, struct err *err)
{
	struct act *act = act_new(c, CONSENT_GRANT, err);

	if (!act)
		return -err->code;
	if (evidence_parse(api_text(c, "evidence"), &act->entry.evidence) == 0 &&
	    act->entry.evidence != EVIDENCE_NONE)
		return 0;
	return api_err(c, err, E_INVALID, "evidence",
	    N_("\"evidence\" must be one of imported, form, inbound_message, double_opt_in and"
	       " signed."));
}

static int check_withdraw(struct api_call *c, struct err *err)
{
	return act_new(c, CONSENT_WITHDRAW, err) ? 0 : -err->code;
}

int api_people(struct api_call *c, struct store_conn *conn, const struct person_keys *keys,
    enum consent_act act, struct str portfolio, time_ms now, struct arena *a, struct people *ret,
    struct err *err)
{
	struct id_gen *ids = &c->gate->lane->core->ids;
	const struct person_lesson lesson = { .ids = ids, .portfolio = portfolio, .now = now };

	if (act == CONSENT_WITHDRAW)
		return person_get_all(conn, &lesson, keys, a, ret, err);
	ret->len = 1;
	return person_get(
	    conn, keys->phone, keys->bsuid, portfolio, ids, now, a, &ret->list[0], err);
}

static int name_files(struct act *act, struct store_conn *conn, int64_t leaf, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < act->files_len; i++)
		r = attachment_add(conn, leaf, &act->files[i], err);
	return r;
}

/* Who was forgotten comes back by what they did themselves (consent_append), and by nothing else. */
static int check_forgotten(
    struct api_call *c, struct store_conn *conn, const struct act *act, struct err *err)
{
	const struct consent_entry *e = &act->entry;
	time_ms since = TIME_NONE;
	int r = e->act == CONSENT_GRANT
	    ? suppression_since(conn, act->phone, act->bsuid, &since, err)
	    : 0;

	if (r <= 0)
		return r;
	if (e->evidence >= EVIDENCE_INBOUND && e->at >= since)
		return 0;
	if (e->evidence >= EVIDENCE_INBOUND)
		return api_err(c, err, E_INVALID, "at",
		    N_("This person was forgotten since: only what they did later brings them back."));
	return api_err(c, err, E_INVALID, "evidence",
	    N_("This person asked to be forgotten: only inbound_message, double_opt_in or signed"
	       " proves that they came back."));
}

static int append(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct act *act = c->state;
	struct consent_entry entry = act->entry;
	const struct directory *d;
	struct person_keys keys = { .phone = act->phone, .bsuid = act->bsuid };
	struct people *people = &c->people;
	time_ms now = clock_now();
	bool fresh;
	int r = check_forgotten(c, conn, act, err);

	if (r == 0)
		r = core_directory_now(core, conn, &d, err);
	if (r == 0)
		r = api_people(
		    c, conn, &keys, act->entry.act, api_portfolio(d), now, c->arena, people, err);
	for (size_t i = 0; r == 0 && i < people->len; i++) {
		int64_t leaf = core->ledger.next_seq; /* behind the act's there may be more of it */
		entry.person = people->list[i].id;
		r = consent_append(conn, &core->ledger, &entry, now, &fresh, err);
		if (r == 0 && fresh)
			r = name_files(act, conn, leaf, err);
		act->fresh = fresh;
	}
	return r;
}

/* --- files ------------------------------------------------------------------------------------ */

/* On a worker thread: some megabytes, and each is waited for until it is on the disk. */
static void write_files(struct lane_work *w)
{
	struct act *act = (struct act *)((char *)w - offsetof(struct act, work));
	const struct api_value *v = api_value(act->call, "attachments");
	const struct core *core = w->lane->core;

	act->rc = 0;
	for (size_t i = 0; act->rc == 0 && i < act->files_len; i++)
		act->rc = attachment_write(
		    core->options.state_dir, &core->key, v->items[i], &act->files[i], &act->err);
}

static void drop_files(const struct act *act, const struct core *core)
{
	for (size_t i = 0; i < act->files_len; i++)
		attachment_drop(core->options.state_dir, &act->files[i]);
}

static void files_written(struct lane_work *w)
{
	struct act *act = (struct act *)((char *)w - offsetof(struct act, work));

	if (act->rc == 0) {
		api_change(act->call);
		return;
	}
	drop_files(act, w->lane->core);
	api_finish(act->call, act->rc, &act->err);
}

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static void start_record(struct api_call *c)
{
	struct act *act = c->state;
	struct err err = { 0 };

	if (act->files_len == 0) {
		api_change(c);
		return;
	}
	act->call = c;
	act->work.run = write_files;
	act->work.back = files_written;
	if (!lane_work(c->gate->lane, &act->work))
		api_finish(c, no_memory(c, &err), &err);
}

static void write_content(
    struct api_call *c, struct str hex, const char *type, const struct buf *content)
{
	struct buf text;

	buf_init(&text, 0);
	base64_encode(buf_str(content), &text);
	c->body.failed |= text.failed;
	jw_object(&c->w);
	jw_member_str(&c->w, "sha256", hex);
	jw_member_c(&c->w, "type", type);
	jw_member_str(&c->w, "content", text.failed ? STR("") : buf_str(&text));
	jw_object_end(&c->w);
	buf_done(&text);
}

static int fetch_file(struct api_call *c, struct err *err)
{
	const struct core *core = c->gate->lane->core;
	struct str hex = api_text(c, "sha256");
	const char *type = NULL;
	struct sha256 digest;
	struct buf content;
	int r = 0;

	buf_init(&content, 0);
	if (hex_decode(hex, digest.b, sizeof(digest.b)) == 0)
		r = attachment_read(c->gate->lane->reader, core->options.state_dir, &core->key,
		    &digest, &content, &type, err);
	if (r == 0)
		r = api_err(c, err, E_NOT_FOUND, "sha256", N_("No such file was attached."));
	if (r > 0)
		write_content(c, hex, type, &content);
	buf_done(&content);
	return r < 0 ? r : 0;
}

/* --- showing ---------------------------------------------------------------------------------- */

/* Whole for those whose work are the people themselves. */
static void write_phone(struct api_call *c, struct phone phone)
{
	char text[PHONE_TEXT_MAX + 8];

	if (api_sees_people(c))
		phone_format(phone, text);
	else
		phone_format_masked(phone, text);
	jw_member_c(&c->w, "phone", text[0] ? text : NULL);
}

static void write_person_id(struct json_writer *w, uint64_t person)
{
	char text[ID_TEXT_MAX];

	id_format("per", person, text);
	jw_member_c(w, "person", text);
}

static void write_act(struct json_writer *w, const struct consent_entry *e)
{
	jw_member_c(w, "purpose", purpose_name(e->purpose));
	jw_member_c(w, "act", consent_act_name(e->act));
	jw_member_time(w, "at", e->at);
	jw_member_c(w, "evidence", evidence_name(e->evidence));
	jw_member_str(w, "source", e->source);
}

/* And everything that proves it. */
static int write_evidence(struct api_call *c, const struct consent_entry *e, struct err *err)
{
	struct json_writer *w = &c->w;

	write_act(w, e);
	jw_member_str(w, "text", e->wording);
	jw_member_time(w, "recorded_at", e->recorded_at);
	return consent_details_show(e->details, c->arena, w, err);
}

int api_act_write(struct api_call *c, const struct consent_entry *e, struct err *err)
{
	int r = write_evidence(c, e, err);

	jw_member_int(&c->w, "leaf", e->leaf);
	return r;
}

static int write_person(struct api_call *c, const struct person *p, struct str bsuid,
    const struct consent_entry *acts, size_t len, struct err *err)
{
	bool whole = strcmp(c->verb->operation, "showEvidence") == 0;
	struct json_writer *w = &c->w;
	int r = 0;

	jw_object(w);
	write_person_id(w, p->id);
	write_phone(c, p->phone);
	jw_member_str(w, "bsuid", bsuid);
	jw_key(w, "consents");
	jw_array(w);
	for (size_t i = 0; r == 0 && i < len; i++) {
		jw_object(w);
		if (whole)
			r = api_act_write(c, &acts[i], err);
		else
			write_act(w, &acts[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
	return r;
}

static int show(struct api_call *c, struct phone phone, struct str bsuid, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct consent_entry *acts;
	struct person person = { 0 };
	size_t len;
	int r = person_find(conn, phone, bsuid, c->arena, &person, err);

	if (r == 0)
		return api_err(
		    c, err, E_NOT_FOUND, "", N_("Nobody is on record under that number or id."));
	if (r > 0)
		r = person_bsuid(conn, person.id, STR_NONE, c->arena, &bsuid, err);
	if (r >= 0)
		r = consent_list_full(conn, person.id, c->arena, &acts, &len, err);
	if (r < 0)
		return r;
	return write_person(c, &person, bsuid, acts, len, err);
}

static int show_after_act(struct api_call *c, struct err *err)
{
	struct act *act = c->state;

	if (!act->fresh) /* the same act was there, with its own */
		drop_files(act, c->gate->lane->core);
	return show(c, act->phone, act->bsuid, err);
}

static int show_person(struct api_call *c, struct err *err)
{
	struct phone phone;
	struct str bsuid;
	int r = api_person(c, &phone, &bsuid, err);

	return r < 0 ? r : show(c, phone, bsuid, err);
}

/* --- all of them ------------------------------------------------------------------------------ */

#define PLACE_MAX 64

/* "per_….7" */
static int read_cursor(struct api_call *c, struct overview_place *ret, struct err *err)
{
	struct str rest = api_text(c, "cursor"), id = str_cut(&rest, '.');

	*ret = (struct overview_place){ 0 };
	if (!id.p)
		return 0;
	if (id_parse("per", id, &ret->person) < 0 || str_to_i64(rest, &ret->seq) < 0)
		return api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	return 0;
}

static void write_cursor(const struct overview_place *place, char out[PLACE_MAX])
{
	char id[ID_TEXT_MAX];

	id_format("per", place->person, id);
	(void)snprintf(out, PLACE_MAX, "%s.%" PRId64, id, place->seq);
}

static int write_exported(struct api_call *c, const struct overview_consent *x, struct err *err)
{
	struct json_writer *w = &c->w;
	char import[ID_TEXT_MAX];

	jw_object(w);
	write_person_id(w, x->place.person);
	write_phone(c, x->phone);
	jw_member_str(w, "bsuid", x->bsuid);
	int r = write_evidence(c, &x->entry, err);
	id_format("imp", x->entry.import_id, import);
	jw_member_c(w, "import", x->entry.import_id ? import : NULL);
	jw_key(w, "attributes");
	if (x->entry.attributes.len)
		jw_raw(w, x->entry.attributes);
	else
		jw_null(w);
	jw_object_end(w);
	return r;
}

static int export_page(struct api_call *c, struct err *err)
{
	struct overview_consent *items;
	struct overview_place after;
	size_t limit, len = 0;
	bool more = false;
	char next[PLACE_MAX];
	int r = api_limit(c, &limit, err);

	if (r == 0)
		r = read_cursor(c, &after, err);
	if (r == 0)
		r = overview_consents(
		    c->gate->lane->reader, &after, limit, c->arena, &items, &len, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < len; i++)
		r = write_exported(c, &items[i], err);
	if (more)
		write_cursor(&items[len - 1].place, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return r;
}

/* --- all of them as a table ------------------------------------------------------------------- */

#define TABLE_PAGE 1000

/* The columns that an import reads, and three that it passes over or keeps. */
static const char *const table_columns[] = { "phone", "bsuid", "purpose", "act", "at", "evidence",
	"text", "source", "text_version", "language", "notice_version", "notice_url",
	"terms_version", "terms_url", "channel", "how", "recorded_at", "import", "attributes" };

struct table_export {
	struct overview_place after;
	bool begun, more;
	struct arena *arena; /* of a page */
	struct xlsx_writer *book;
	uint64_t sent; /* of the book's file */
};

static struct str or_empty(struct str s)
{
	return s.p ? s : STR("");
}

/* What the fields of a row borrow. */
struct table_row {
	char phone[PHONE_TEXT_MAX], at[TIME_TEXT_MAX], recorded[TIME_TEXT_MAX], import[ID_TEXT_MAX];
	struct str fields[ARRAY_LEN(table_columns)];
};

/* The telephone number has no plus, which would make a formula of it. */
static int fill_row(
    const struct overview_consent *x, struct arena *a, struct table_row *ret, struct err *err)
{
	const struct consent_entry *e = &x->entry;
	struct consent_details d;

	if (consent_details_read(e->details, a, &d, err) < 0)
		return -err->code;
	phone_format_digits(x->phone, ret->phone);
	time_format(e->at, ret->at);
	time_format(e->recorded_at, ret->recorded);
	id_format("imp", e->import_id, ret->import);
	const struct str fields[] = {
		str_c(ret->phone),
		or_empty(x->bsuid),
		str_c(purpose_name(e->purpose)),
		str_c(consent_act_name(e->act)),
		str_c(ret->at),
		str_c(evidence_name(e->evidence)),
		or_empty(e->wording),
		or_empty(e->source),
		or_empty(d.text_version),
		or_empty(d.language),
		or_empty(d.notice_version),
		or_empty(d.notice_url),
		or_empty(d.terms_version),
		or_empty(d.terms_url),
		or_empty(d.channel),
		or_empty(d.how),
		str_c(ret->recorded),
		e->import_id ? str_c(ret->import) : STR(""),
		or_empty(e->attributes),
	};
	memcpy(ret->fields, fields, sizeof(fields));
	return 0;
}

static void write_table_head(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(table_columns); i++)
		csv_write_field(out, i == 0, str_c(table_columns[i]));
	buf_add_c(out, "\r\n");
}

/* The next acts, in x->arena; x->more tells whether there are others. */
static int next_page(struct store_conn *conn, struct table_export *x, struct overview_consent **ret,
    size_t *ret_len, struct err *err)
{
	arena_reset(x->arena);
	int r = overview_consents(
	    conn, &x->after, TABLE_PAGE, x->arena, ret, ret_len, &x->more, err);
	if (r == 0 && *ret_len)
		x->after = (*ret)[*ret_len - 1].place;
	return r;
}

static int fill_table(struct api_call *c, struct buf *out, struct err *err)
{
	struct table_export *x = c->state;
	struct overview_consent *items;
	struct table_row row;
	size_t n = 0;
	int r = next_page(c->gate->lane->reader, x, &items, &n, err);

	if (r < 0)
		return r;
	if (!x->begun)
		write_table_head(out);
	x->begun = true;
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = fill_row(&items[i], x->arena, &row, err);
		if (r == 0)
			csv_write_row(out, row.fields, ARRAY_LEN(row.fields));
	}
	return r < 0 ? r : x->more;
}

static void table_export_done(void *arg)
{
	struct table_export *x = arg;

	xlsx_writer_free(&x->book);
	arena_free(&x->arena);
}

static int begin_table(struct api_call *c, struct err *err)
{
	struct table_export *x = ARENA_NEW(c->arena, struct table_export);

	if (api_value(c, "limit")->given)
		return api_err(c, err, E_INVALID, "limit",
		    N_("A table has all of them; \"limit\" is for json."));
	if (!x || arena_defer(c->arena, table_export_done, x) < 0 || !(x->arena = arena_new(0, 0)))
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = x;
	return read_cursor(c, &x->after, err);
}

/* --- and as a workbook ------------------------------------------------------------------------ */

#define XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define PIECE_BYTES ((size_t)64 << 10)

static int write_page(struct store_conn *conn, struct table_export *x, struct err *err)
{
	struct overview_consent *items;
	struct table_row row;
	size_t n = 0;
	int r = next_page(conn, x, &items, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = fill_row(&items[i], x->arena, &row, err);
		if (r == 0)
			r = xlsx_writer_row(x->book, row.fields, err);
	}
	return r;
}

/* On the pool, because what a workbook begins with is only known at its end. Each page is read by
 * itself: the log shall not wait for all of them. */
static int write_book(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct core *core = c->gate->lane->core;
	struct table_export *x = c->state;

	store_rollback(conn);
	int r = xlsx_writer_new(
	    core->options.state_dir, table_columns, ARRAY_LEN(table_columns), &x->book, err);
	do {
		if (r == 0 && atomic_load(&core->draining))
			r = err_set(err, E_CLOSED, "The gateway shuts down.");
		/* The book grows on the disk that sends need. */
		if (r == 0 && headroom_stage(core->headroom) != HEADROOM_FINE)
			r = api_err(c, err, E_BUSY, "",
			    N_("The gateway's disk is as good as full; make room and try again."));
		if (r == 0)
			r = write_page(conn, x, err);
	} while (r == 0 && x->more);
	return r < 0 ? r : xlsx_writer_end(x->book, err);
}

static int fill_book(struct api_call *c, struct buf *out, struct err *err)
{
	struct table_export *x = c->state;
	char *room = arena_alloc(x->arena, PIECE_BYTES);
	ssize_t n = room ? pread(xlsx_writer_fd(x->book), room, PIECE_BYTES, (off_t)x->sent) : -1;

	if (n < 0)
		return err_set(err, room ? E_IO : E_NOMEM, "The workbook cannot be read again.");
	buf_add(out, str_n(room, (size_t)n));
	x->sent += (uint64_t)n;
	arena_reset(x->arena);
	return n > 0;
}

static void send_book(struct api_call *c)
{
	api_stream(c, XLSX_TYPE, "consents.xlsx", fill_book);
}

static void export_all(struct api_call *c)
{
	struct str format = api_text(c, "format");
	bool csv = str_eq(format, STR("csv")), xlsx = str_eq(format, STR("xlsx"));
	struct err err = { 0 };
	int r = 0;

	if (format.p && !csv && !xlsx && !str_eq(format, STR("json")))
		r = api_err(c, &err, E_INVALID, "format",
		    N_("\"format\" must be one of json, csv and xlsx."));
	if (r == 0)
		r = csv || xlsx ? begin_table(c, &err) : export_page(c, &err);
	if (r < 0 || (!csv && !xlsx))
		api_finish(c, r, &err);
	else if (csv)
		api_stream(c, "text/csv; charset=utf-8", "consents.csv", fill_table);
	else
		api_work_then(c, write_book, send_book);
}

const struct api_handler api_consent_handlers[] = {
	{ "recordConsent", check_record, append, show_after_act, start_record },
	{ "withdrawConsent", check_withdraw, append, show_after_act, NULL },
	{ "showConsent", NULL, NULL, show_person, NULL },
	{ "showEvidence", NULL, NULL, show_person, NULL },
	{ "fetchAttachment", NULL, NULL, fetch_file, NULL },
	{ "importConsents", NULL, NULL, NULL, api_import_start },
	{ "exportConsents", NULL, NULL, NULL, export_all },
	{ NULL, NULL, NULL, NULL, NULL },
};
