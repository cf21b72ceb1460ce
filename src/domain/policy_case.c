#include "domain/policy_case.h"

/* A text, or nothing: absent and null are STR_NONE. */
static int read_text(const struct json *v, const char *field, struct str *ret, struct err *err)
{
	*ret = json_str(v);
	if (ret->p || !v || json_is_null(v))
		return 0;
	return err_field(err, E_INVALID, field, "%s must be a text.", field);
}

static void settle_app(struct facts_app *app, struct str sent_by)
{
	if (sent_by.len == 0)
		return;
	if (app->given && app->id.len > 0 && !str_eq(app->id, sent_by))
		app->known = false;
	app->id = sent_by;
}

static void settle_number(struct facts_number *number, struct str sent_from)
{
	if (sent_from.len == 0)
		return;
	if (number->given && number->id.len > 0 && !str_eq(number->id, sent_from))
		number->known = false;
	number->id = sent_from;
}

static int read_send(struct arena *a, const struct pack *pack, const struct json *send,
    struct policy_case *c, struct err *err)
{
	const struct json *body = json_get(send, "body");
	struct str app, number, path, key;
	struct err why = { .code = 0 };
	int rc = 0;

	if (json_type(send) != JSON_OBJECT)
		return err_field(err, E_INVALID, "send", "send must be an object.");
	if (!body)
		return err_field(err, E_INVALID, "send.body", "send.body is missing.");
	if ((rc = read_text(json_get(send, "app"), "send.app", &app, err)) < 0 ||
	    (rc = read_text(json_get(send, "number"), "send.number", &number, err)) < 0 ||
	    (rc = read_text(json_get(send, "path"), "send.path", &path, err)) < 0 ||
	    (rc = read_text(json_get(send, "idempotency_key"), "send.idempotency_key", &key, err)) <
		0)
		return rc;
	if (path.p && !str_eq(path, STR("/messages")) && !str_eq(path, STR("/marketing_messages")))
		return err_field(err, E_INVALID, "send.path",
		    "send.path must be /messages or /marketing_messages.");
	settle_app(&c->facts.app, app);
	settle_number(&c->facts.number, number);
	c->facts.has_key = key.p != NULL;
	if (json_type(body) != JSON_OBJECT) {
		err_set(&why, E_INVALID, "The body must be a JSON object.");
		body = NULL;
	}
	rc = message_read(
	    a, pack, body, &why, path.p ? path : STR("/messages"), c->facts.waba.country, &c->send);
	return rc < 0 ? err_set(err, E_NOMEM, "Memory ran out.") : 0;
}

int policy_case_read(struct arena *a, const struct pack *pack, const struct json *obj,
    struct policy_case *ret, struct err *err)
{
	struct policy_case c = { .expect = json_get(obj, "expect") };
	int rc = 0;

	if (json_type(obj) != JSON_OBJECT)
		return err_set(err, E_INVALID, "A policy case must be a JSON object.");
	if ((rc = read_text(json_get(obj, "name"), "name", &c.name, err)) < 0)
		return rc;
	if (time_parse(json_str(json_get(obj, "now")), &c.now) < 0)
		return err_field(err, E_INVALID, "now",
		    "now must be an RFC 3339 time such as \"2026-11-22T10:00:00Z\".");
	if ((rc = facts_read(a, json_get(obj, "facts"), &c.facts, err)) < 0 ||
	    (rc = read_send(a, pack, json_get(obj, "send"), &c, err)) < 0)
		return rc;
	*ret = c;
	return 0;
}
