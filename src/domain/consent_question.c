#include "domain/consent_question.h"

#include "base/lang.h"
#include "domain/consent_request.h"
#include "domain/template_text.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while writing a message.");
}

static void write_head(const struct consent_question *q, const char *type, struct json_writer *w)
{
	char to[PHONE_TEXT_MAX];

	phone_format(q->phone, to);
	jw_object(w);
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_member_c(w, "recipient_type", "individual");
	if (q->phone.number)
		jw_member_c(w, "to", to);
	else
		jw_member_str(w, "recipient", q->bsuid);
	jw_member_c(w, "type", type);
	jw_key(w, type);
	jw_object(w);
}

/* --- two buttons ------------------------------------------------------------------------------ */

static void write_button(
    const struct consent_question *q, bool yes, struct str title, struct json_writer *w)
{
	char payload[REQUEST_PAYLOAD_MAX];

	request_payload(q->request, yes, payload);
	jw_object(w);
	jw_member_c(w, "type", "reply");
	jw_key(w, "reply");
	jw_object(w);
	jw_member_c(w, "id", payload);
	jw_member_str(w, "title", title);
	jw_object_end(w);
	jw_object_end(w);
}

static void write_interactive(const struct consent_question *q, struct json_writer *w)
{
	write_head(q, "interactive", w);
	jw_member_c(w, "type", "button");
	jw_key(w, "body");
	jw_object(w);
	jw_member_str(w, "text", q->text);
	jw_object_end(w);
	jw_key(w, "action");
	jw_object(w);
	jw_key(w, "buttons");
	jw_array(w);
	write_button(q, true, q->language->yes_button, w);
	write_button(q, false, q->language->no_button, w);
	jw_array_end(w);
	jw_object_end(w);
	jw_object_end(w);
	jw_object_end(w);
}

/* --- a template ------------------------------------------------------------------------------- */

static const struct json *part_of(const struct dir_template *t, const char *type)
{
	const struct json *part;
	struct json_iter it;

	json_iter_init(&it, t->components);
	while (json_iter_next(&it, NULL, &part)) {
		if (str_eq_nocase(json_str(json_get(part, "type")), str_c(type)))
			return part;
	}
	return NULL;
}

static void write_values(
    const struct consent_question *q, const struct template_variables *vars, struct json_writer *w)
{
	jw_object(w);
	jw_member_c(w, "type", "body");
	jw_key(w, "parameters");
	jw_array(w);
	for (size_t i = 0; i < vars->len; i++) {
		jw_object(w);
		jw_member_c(w, "type", "text");
		if (vars->named)
			jw_member_str(w, "parameter_name", vars->names[i]);
		jw_member_str(w, "text", q->values[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void write_payload(
    const struct consent_question *q, size_t index, bool yes, struct json_writer *w)
{
	char payload[REQUEST_PAYLOAD_MAX];

	request_payload(q->request, yes, payload);
	jw_object(w);
	jw_member_c(w, "type", "button");
	jw_member_c(w, "sub_type", "quick_reply");
	jw_member_int(w, "index", (int64_t)index);
	jw_key(w, "parameters");
	jw_array(w);
	jw_object(w);
	jw_member_c(w, "type", "payload");
	jw_member_c(w, "payload", payload);
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
}

static bool is_reply(const struct json *button)
{
	return str_eq_nocase(json_str(json_get(button, "type")), STR("QUICK_REPLY"));
}

static void write_payloads(const struct consent_question *q, struct json_writer *w)
{
	const struct json *list = json_get(part_of(q->tpl, "BUTTONS"), "buttons");
	size_t found = 0;

	for (size_t i = 0; i < json_len(list) && found < 2; i++) {
		if (!is_reply(json_at(list, i)))
			continue;
		write_payload(q, i, found == 0, w);
		found++;
	}
}

static void write_template(
    const struct consent_question *q, const struct template_variables *vars, struct json_writer *w)
{
	write_head(q, "template", w);
	jw_member_str(w, "name", q->tpl->name);
	jw_key(w, "language");
	jw_object(w);
	jw_member_str(w, "code", q->tpl->language);
	jw_object_end(w);
	jw_key(w, "components");
	jw_array(w);
	if (vars->len)
		write_values(q, vars, w);
	write_payloads(q, w);
	jw_array_end(w);
	jw_object_end(w);
	jw_object_end(w);
}

/* The template's text as the person will read it. */
static void fill(struct str text, const struct consent_question *q,
    const struct template_variables *vars, struct buf *out)
{
	struct str before, name;

	while (template_text_next(&text, &before, &name)) {
		int place = template_variables_find(vars, name);
		buf_add(out, before);
		if (place >= 0 && (size_t)place < q->values_len)
			buf_add(out, q->values[place]);
	}
	buf_add(out, before);
}

static size_t count_replies(const struct dir_template *t)
{
	const struct json *list = json_get(part_of(t, "BUTTONS"), "buttons");
	size_t n = 0;

	for (size_t i = 0; i < json_len(list); i++)
		n += is_reply(json_at(list, i));
	return n;
}

static int check_template(const struct consent_question *q, struct str text,
    const struct template_variables *vars, struct err *err)
{
	if (!text.p)
		return err_field(err, E_INVALID, "template",
		    N_("This template has no text that could be shown as what was agreed to."));
	if (count_replies(q->tpl) < 2)
		return err_field(err, E_INVALID, "template",
		    N_("This template has fewer than two quick replies; the first two are yes and no."));
	if (vars->too_many || vars->len != q->values_len)
		return err_field(err, E_INVALID, "values",
		    N_("The template has %zu variables in its text, and %zu values are given."),
		    vars->len, q->values_len);
	return 0;
}

/* --- both ------------------------------------------------------------------------------------- */

static struct str keep(struct arena *a, struct buf *out)
{
	struct str s = out->failed ? STR_NONE : arena_str(a, buf_str(out));

	buf_done(out);
	return s;
}

static int write_filled(const struct consent_question *q, struct json_writer *w, struct arena *a,
    struct str *ret_words, struct err *err)
{
	struct str text = json_str(json_get(part_of(q->tpl, "BODY"), "text"));
	struct template_variables vars;
	struct buf words;

	template_variables_read(text.p ? text : STR(""), &vars);
	int r = check_template(q, text, &vars, err);
	if (r < 0)
		return r;
	write_template(q, &vars, w);
	buf_init(&words, 0);
	fill(text, q, &vars, &words);
	*ret_words = keep(a, &words);
	return ret_words->p ? 0 : no_memory(err);
}

int consent_question_write(const struct consent_question *q, struct arena *a, struct str *ret_body,
    struct str *ret_words, struct err *err)
{
	struct json_writer w;
	struct str words = q->text, body;
	struct buf out;
	int r = 0;

	buf_init(&out, 0);
	jw_init(&w, &out);
	if (q->tpl)
		r = write_filled(q, &w, a, &words, err);
	else
		write_interactive(q, &w);
	body = keep(a, &out);
	if (r == 0 && !body.p)
		r = no_memory(err);
	if (r < 0)
		return r;
	*ret_body = body;
	*ret_words = words;
	return 0;
}
