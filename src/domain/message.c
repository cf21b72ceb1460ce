/* domain/message.c: first everything that can be told is read, whatever else is wrong, so that a refusal can
 * speak of every rule; then the shape is held against the platform's, and the first breach is noted.
 *
 * A body is never two things at once: what has a status is a read receipt and must hold no message, because
 * receipts pass rules that messages do not. */
#include "domain/message.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/message_types.h"

/* Memory for the canonical text of most messages; more is taken when it does not do. */
#define DIGEST_TEXT_USUAL 1000

static const char *const kind_names[] = {
	[MESSAGE_FREE_FORM] = "free_form",
	[MESSAGE_TEMPLATE] = "template",
	[MESSAGE_DIRECT] = "direct",
	[MESSAGE_REACTION] = "reaction",
	[MESSAGE_READ] = "read",
	[MESSAGE_TYPING] = "typing",
	[MESSAGE_UNREADABLE] = "unreadable",
};

/* --- what it is ------------------------------------------------------------------------------- */

static struct str type_of(const struct json *body)
{
	if (!field_present(body, "type"))
		return field_present(body, "text") ? STR("text") : STR_NONE;
	return json_str(json_get(body, "type"));
}

static bool is_receipt(const struct message *m)
{
	if (field_present(m->body, "status"))
		return true;
	/* One that forgot its status: better told so than that it lacks a type. */
	return !m->type.p && !field_present(m->body, "type") &&
	    field_present(m->body, "message_id");
}

static enum message_kind kind_of(const struct message *m)
{
	if (is_receipt(m))
		return field_present(m->body, "typing_indicator") ? MESSAGE_TYPING : MESSAGE_READ;
	if (!m->type.p)
		return MESSAGE_UNREADABLE;
	if (str_eq_c(m->type, "template"))
		return MESSAGE_TEMPLATE;
	if (str_eq_c(m->type, "reaction"))
		return MESSAGE_REACTION;
	return field_present(m->body, "category") ? MESSAGE_DIRECT : MESSAGE_FREE_FORM;
}

static void read_template(struct message *m)
{
	const struct json *template = json_get(m->body, "template");
	const struct json *components = json_get(template, "components");

	m->template_name = json_str(json_get(template, "name"));
	m->template_language = json_str(json_path(template, "language.code"));
	m->template_components = json_type(components) == JSON_ARRAY ? components : NULL;
}

static void read_category(struct message *m, const struct pack *pack)
{
	enum purpose purpose;

	if (purpose_parse(json_str(json_get(m->body, "category")), &purpose) == 0 &&
	    pack_direct_send(pack)->categories & PURPOSE_BIT(purpose))
		m->direct_category = purpose;
}

static void read_content(struct message *m, const struct pack *pack)
{
	m->callback = json_str(json_get(m->body, "biz_opaque_callback_data"));
	m->type = type_of(m->body);
	m->kind = kind_of(m);
	if (m->kind == MESSAGE_TEMPLATE)
		read_template(m);
	if (m->kind == MESSAGE_DIRECT)
		read_category(m, pack);
	m->message_id = m->kind == MESSAGE_REACTION
	    ? json_str(json_path(m->body, "reaction.message_id"))
	    : json_str(json_get(m->body, "message_id"));
}

/* --- whom it is for --------------------------------------------------------------------------- */

static void read_phone(struct message *m, struct str country)
{
	struct err err;

	if (phone_parse(m->to, country, &m->phone, &m->to_prefixed, &err) < 0)
		(void)err_field(&m->to_problem, E_INVALID, "to", "%s", err.text);
}

static void read_bsuid(struct message *m)
{
	if (bsuid_is_valid(m->recipient))
		m->bsuid = m->recipient;
	else
		(void)err_field(&m->to_problem, E_INVALID, "recipient",
		    N_("This is no user id: two letters of a country, a dot, and letters and digits."));
}

static void read_recipient(struct message *m, struct str country)
{
	bool group = str_eq_c(json_str(json_get(m->body, "recipient_type")), "group");

	m->to = json_str(json_get(m->body, "to"));
	m->recipient = json_str(json_get(m->body, "recipient"));
	if (group || m->kind == MESSAGE_READ || m->kind == MESSAGE_TYPING)
		return;
	if (m->to.p)
		read_phone(m, country);
	else if (m->recipient.p && !field_present(m->body, "to"))
		read_bsuid(m);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int read_digest(struct message *m)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, 0);
	(void)buf_reserve(&text, DIGEST_TEXT_USUAL);
	json_canonical(&text, m->body, "biz_opaque_callback_data");
	if (text.failed)
		rc = -E_NOMEM;
	else
		crypto_sha256(buf_str(&text), &m->digest);
	buf_done(&text);
	return rc;
}

static void check_shape(struct message *m, const struct pack *pack)
{
	struct fields f;

	fields_init(&f);
	if (message_types_check(&f, pack, m))
		return;
	m->problem = f.problem;
	m->problem_limit = f.limit;
	m->problem_got = f.got;
}

int message_read(struct arena *a, const struct pack *pack, const struct json *body,
    const struct err *why, struct str path, struct str country, struct message *ret)
{
	struct message m = { .kind = MESSAGE_UNREADABLE, .problem_limit = -1, .problem_got = -1 };

	(void)a; /* what is read needs no memory of its own */
	m.marketing_path = str_eq_c(path, "/marketing_messages");
	if (json_type(body) != JSON_OBJECT) {
		if (why && why->code)
			m.problem = *why;
		else
			(void)err_set(
			    &m.problem, E_INVALID, N_("The body must be one JSON object."));
		*ret = m;
		return 0;
	}

	m.body = body;
	read_content(&m, pack);
	read_recipient(&m, country);
	check_shape(&m, pack);
	if (read_digest(&m) < 0)
		return -E_NOMEM;
	*ret = m;
	return 0;
}

const char *message_kind_name(enum message_kind k)
{
	return (size_t)k < ARRAY_LEN(kind_names) ? kind_names[k] : "";
}
