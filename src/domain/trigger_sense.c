#include "domain/trigger_sense.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/trigger_when.h"

/* --- one id for all --------------------------------------------------------------------------- */

/* Headers that say the same of every post of a sender, or nothing of what happened (RFC 9110, and what proxies add). */
static const char *const same_headers[] = { "accept", "accept-charset", "accept-encoding",
	"accept-language", "authorization", "cache-control", "connection", "content-encoding",
	"content-language", "content-length", "content-type", "cookie", "expect", "forwarded",
	"from", "host", "keep-alive", "origin", "pragma", "referer", "te", "transfer-encoding",
	"upgrade", "user-agent", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port",
	"x-forwarded-proto", "x-real-ip" };

/* Headers are those of a post: the events of one post share them. */
static bool differs(const struct trigger *t, const struct trigger_place *p)
{
	struct str name = str_sub(p->source, 1, p->source.len);

	if (p->source.p[0] != '@')
		return !trigger_when_pins(t->when, p->source);
	for (size_t i = 0; i < ARRAY_LEN(same_headers); i++) {
		if (str_eq_c(name, same_headers[i]))
			return false;
	}
	return !t->items.p;
}

static int check_event_id(const struct trigger *t, struct err *err)
{
	struct trigger_place p = { .words = STR_NONE };
	struct str rest = t->event_id;

	while (trigger_text_next(&rest, &p)) {
		if (differs(t, &p))
			return 0;
	}
	return t->event_id.p
	    ? err_field(err, E_INVALID, "event_id",
		  N_("Nothing in it differs from event to event: a condition names what is there,"
		     " or it is a header that every post has alike. All events after the"
		     " first would be the same one again."))
	    : 0;
}

/* --- nothing where something must be ----------------------------------------------------------- */

static int check_to(const struct trigger *t, struct err *err)
{
	if (json_type(t->to) == JSON_STRING && !trigger_when_bars(t->when, json_str(t->to)))
		return 0;
	for (size_t i = 0; json_type(t->to) == JSON_ARRAY && i < json_len(t->to); i++) {
		if (!trigger_when_bars(t->when, json_str(json_at(t->to, i))))
			return 0;
	}
	return err_field(err, E_INVALID, "when",
	    N_("The conditions ask that there be nothing where \"to\" looks for the telephone number: no"
	       " event could be written to anybody."));
}

/* A place without words of its own must be filled by every event. */
static int check_text(const struct trigger *t, struct str text, const char *member, struct err *err)
{
	struct trigger_place p = { .words = STR_NONE };

	while (trigger_text_next(&text, &p)) {
		int len = (int)(p.source.len < 60 ? p.source.len : 60);
		if (p.words.p || p.source.p[0] == '@' || !trigger_when_bars(t->when, p.source))
			continue;
		return err_field(err, E_INVALID, "when",
		    N_("The conditions ask that there be nothing at %.*s, which \"%s\" needs."),
		    len, p.source.p, member);
	}
	return 0;
}

static int check_texts(const struct trigger *t, const struct json *v, struct err *err)
{
	const struct json *inner;
	struct json_iter it;
	int r = 0;

	if (json_type(v) == JSON_STRING)
		return check_text(t, json_str(v), "template", err);
	json_iter_init(&it, v);
	while (r == 0 && json_iter_next(&it, NULL, &inner))
		r = check_texts(t, inner, err);
	return r;
}

int trigger_sense_check(const struct trigger *t, struct err *err)
{
	int r = check_to(t, err);

	if (r == 0)
		r = check_text(t, t->event_id, "event_id", err);
	if (r == 0)
		r = check_event_id(t, err);
	if (r == 0)
		r = check_texts(t, t->tpl, err);
	return r < 0 ? r : check_text(t, t->text, "text", err);
}
