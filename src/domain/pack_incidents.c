#include "domain/pack_incidents.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "domain/pack_private.h"

/* The word's place in `words` into an enum at `to`. */
static int read_word(struct reader *r, const struct json *v, const char *const *words, size_t n,
    const char *wanted, char *to)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_eq_c(json_str(v), words[i]))
			continue;
		unsigned place = (unsigned)i;
		memcpy(to, &place, sizeof(place));
		return 0;
	}
	return bad(r, wanted);
}

static int read_review(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	static const char *const words[] = {
		[PACK_REVIEW_YES] = "yes",
		[PACK_REVIEW_PERHAPS] = "perhaps",
		[PACK_REVIEW_NO] = "no",
	};

	return read_word(r, v, words, ARRAY_LEN(words), "yes, perhaps or no", base + f->at);
}

static int read_where(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	static const char *const words[] = {
		[PACK_WHERE_SUPPORT_HOME] = "support_home",
		[PACK_WHERE_WHATSAPP_MANAGER] = "whatsapp_manager",
		[PACK_WHERE_BETA_MAILBOX] = "beta_mailbox",
		[PACK_WHERE_NONE] = "none",
	};

	return read_word(r, v, words, ARRAY_LEN(words),
	    "support_home, whatsapp_manager, beta_mailbox or none", base + f->at);
}

static int read_days_or_null(
    struct reader *r, const struct json *v, const struct field *f, char *base)
{
	if (!json_is_null(v))
		return read_days(r, v, f, base);
	memset(base + f->at, 0, sizeof(int64_t));
	return 0;
}

static int read_hours_or_null(
    struct reader *r, const struct json *v, const struct field *f, char *base)
{
	int64_t hours = 0;
	int rc = json_is_null(v) ? 0 : count_of(r, v, &hours);

	if (rc < 0)
		return rc;
	if (hours > INT32_MAX)
		return bad(r, "a number of hours");
	hours *= MS_PER_HOUR;
	memcpy(base + f->at, &hours, sizeof(hours));
	return 0;
}

static const struct field kind_fields[] = {
	{ "kind", read_str, .at = offsetof(struct pack_incident, kind) },
	{ "review", read_review, .at = offsetof(struct pack_incident, review) },
	{ "where", read_where, .at = offsetof(struct pack_incident, where) },
	{ "deadline_days", read_days_or_null, .at = offsetof(struct pack_incident, deadline_ms) },
	{ "answer_hours", read_hours_or_null, .at = offsetof(struct pack_incident, answer_ms) },
	{ "source", read_str, .at = offsetof(struct pack_incident, source) },
};

/* "other" stands for what has no row of its own. */
static int read_kinds(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_incidents *all = (struct pack_incidents *)(void *)base;
	int rc = read_items(
	    r, v, f, (char *)all->kinds, sizeof(struct pack_incident), &all->kinds_len);

	for (size_t i = 0; rc == 0 && i < all->kinds_len; i++) {
		if (str_eq_c(all->kinds[i].kind, "other"))
			return 0;
	}
	return rc < 0 ? rc : bad(r, "a list with a row for \"other\"");
}

#define AT(member) .at = offsetof(struct pack_incidents, member)
static const struct field incidents_fields[] = {
	{ "timeline_days", read_days, AT(timeline_ms) },
	{ "sample", read_count, AT(sample) },
	{ "last_call_days", read_days, AT(last_call_ms) },
	{ "review_text_max", read_count, AT(review_text_max) },
	{ "ticket_text_max", read_count, AT(ticket_text_max) },
	{ "kinds", read_kinds, .at = 0, .sub = kind_fields, .sub_len = ARRAY_LEN(kind_fields),
	    .max_len = PACK_LIST_MAX },
};

int read_incidents(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack *pack = (struct pack *)(void *)base;

	(void)f;
	return read_fields(
	    r, v, incidents_fields, ARRAY_LEN(incidents_fields), (char *)&pack->incidents);
}
