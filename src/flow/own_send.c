#include "flow/own_send.h"

#include "base/check.h"
#include "domain/outbox.h"

#define VERSION "v25.0"
#define EVERY_PURPOSE \
	(PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_UTILITY) | \
	    PURPOSE_BIT(PURPOSE_AUTHENTICATION) | PURPOSE_BIT(PURPOSE_SERVICE))

/* Has no key, no webhook and no row in the register. */
static const struct dir_app own = {
	.id = { OWN_APP, sizeof(OWN_APP) - 1 },
	.name = { "Varco", 5 },
	.owner = { "Varco", 5 },
	.purpose = { "Varco", 5 },
	.webhook_url = { "", 0 },
	.webhook_secret = { "", 0 },
	.status = APP_ACTIVE,
	.purposes = EVERY_PURPOSE,
	.review_by = TIME_NONE,
};

bool own_send_is(const struct dir_app *app)
{
	return app == &own;
}

const struct dir_app *own_send_app(const struct directory *d, struct str id)
{
	return str_eq(id, own.id) ? &own : directory_app(d, id);
}

/* --- the record ------------------------------------------------------------------------------- */

static int read_body(const struct own_send *s, struct core *core, struct arena *a,
    struct message *ret, struct err *err)
{
	const struct json *body;
	int r = json_read(a, s->body, &body, err);

	if (r < 0)
		return r;
	r = message_read(
	    a, core->pack, body, NULL, STR("/messages"), s->number->waba->country, ret);
	if (r < 0)
		return err_set(err, E_NOMEM, "Memory ran out while writing a message.");
	if (ret->problem.code || ret->to_problem.code) {
		*err = ret->problem.code ? ret->problem : ret->to_problem;
		err->code = E_INVALID;
		return -E_INVALID;
	}
	return 0;
}

static enum purpose purpose_of(
    const struct own_send *s, const struct directory *d, const struct message *m)
{
	const struct dir_template *t = m->kind == MESSAGE_TEMPLATE
	    ? directory_template(d, s->number->waba->id, m->template_name, m->template_language)
	    : NULL;

	if (m->kind != MESSAGE_TEMPLATE)
		return PURPOSE_SERVICE;
	return t ? t->category : PURPOSE_NONE;
}

static int add_entry(struct core *core, struct store_conn *c, const struct own_send *s,
    const struct message *m, uint64_t id, time_ms now, struct arena *a, struct err *err)
{
	const struct directory *d;
	int r = core_directory_now(core, c, &d, err);

	if (r < 0)
		return r;
	struct journal_entry e = {
		.id = id,
		.at = now,
		.updated_at = now,
		.hold_until = s->due_at ? s->due_at : now,
		.app = s->app.p ? s->app : own.id,
		.number = s->number->id,
		.waba = s->number->waba->id,
		.template_name = STR_NONE,
		.person = s->person,
		.purpose = purpose_of(s, d, m),
		.kind = m->kind,
		.verdict = VERDICT_HOLD,
		.mode = s->app.p ? core->options.mode : MODE_ENFORCE,
		.state = SEND_HELD,
		/* A digest of a body with a number in it could be guessed: who must not be known does
		 * not come back by it (record.c). */
		.digest = s->person ? m->digest : (struct sha256){ { 0 } },
		.rules = STR_NONE,
		.policy = pack_version(core->pack),
		.campaign = s->campaign,
	};
	if (m->kind == MESSAGE_TEMPLATE)
		e.template_name = arena_printf(
		    a, "%.*s/%.*s", STR_ARG(m->template_name), STR_ARG(m->template_language));
	r = journal_add(c, &core->ledger, &e, err);
	/* The register tells what each app sends. */
	if (r == 0 && s->app.p && e.purpose != PURPOSE_NONE)
		r = uses_count(core->uses, s->app, s->number->id, e.purpose, now, err);
	return r;
}

/* As a send of an app with that key leaves it (replay.c). */
static int add_key(struct store_conn *c, const struct own_send *s, const struct message *m,
    uint64_t id, time_ms now, struct err *err)
{
	struct sha256 place, digest;

	if (!s->key.p)
		return 0;
	crypto_sha256_of_two(s->number->id, STR("/messages"), &place);
	crypto_sha256_of_two(str_n((const char *)place.b, SHA256_LEN),
	    str_n((const char *)m->digest.b, SHA256_LEN), &digest);
	return idem_add(c, own.id, s->key, &digest, id, now, err);
}

int own_send_queue(struct core *core, struct store_conn *c, const struct own_send *s, time_ms now,
    struct arena *a, uint64_t *ret_decision, struct err *err)
{
	uint64_t id = id_next(&core->ids, now);
	struct outbox_entry e = {
		.decision = id,
		.due_at = s->due_at ? s->due_at : now,
		.expires_at = s->expires_at,
		.path = arena_printf(a, "/" VERSION "/%.*s/messages", STR_ARG(s->number->id)),
		.body = s->body,
	};
	struct message m;
	int r = e.path.p ? read_body(s, core, a, &m, err)
			 : err_set(err, E_NOMEM, "Memory ran out while writing a message.");

	if (r == 0)
		r = add_entry(core, c, s, &m, id, now, a, err);
	if (r == 0)
		r = outbox_add(c, &core->key, &e, err);
	if (r == 0)
		r = add_key(c, s, &m, id, now, err);
	if (r == 0)
		*ret_decision = id;
	return r;
}

/* --- bodies ----------------------------------------------------------------------------------- */

void own_send_begin(struct json_writer *w, struct phone phone, struct str bsuid, const char *type)
{
	char to[PHONE_TEXT_MAX];

	phone_format(phone, to);
	jw_object(w);
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_member_c(w, "recipient_type", "individual");
	if (phone.number)
		jw_member_c(w, "to", to);
	else
		jw_member_str(w, "recipient", bsuid);
	jw_member_c(w, "type", type);
	jw_key(w, type);
}

struct str own_send_end(struct json_writer *w, struct buf *out, struct arena *a)
{
	jw_object_end(w);
	struct str body = out->failed ? STR_NONE : arena_str(a, buf_str(out));
	buf_done(out);
	return body;
}
