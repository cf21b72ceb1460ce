#include "domain/pack_lint.h"

#include "base/check.h"
#include "domain/pack_notices.h"
#include "domain/pack_private.h"

static const struct field proposal_fields[] = {
	{ "lang", read_str, .at = offsetof(struct pack_proposal, lang) },
	{ "footer", read_str, .at = offsetof(struct pack_proposal, footer) },
	{ "button", read_str, .at = offsetof(struct pack_proposal, button) },
};

static int read_proposals(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	const struct field rows = { .max_len = PACK_LIST_MAX,
		.sub = proposal_fields,
		.sub_len = ARRAY_LEN(proposal_fields) };
	struct pack_lint *lint = (struct pack_lint *)(void *)base;

	(void)f;
	return read_items(r, v, &rows, (char *)lint->proposals, sizeof(struct pack_proposal),
	    &lint->proposals_len);
}

#define AT(member) .at = offsetof(struct pack_lint, member)
static const struct field lint_fields[] = {
	{ "editable", read_words, AT(editable) },
	{ "dead", read_words, AT(dead) },
	{ "chat_hosts", read_words, AT(chat_hosts) },
	{ "legal_forms", read_phrases, AT(legal_forms) },
	{ "way_out", read_phrases, AT(way_out) },
	{ "proposals", read_proposals, .at = 0 },
};

int read_lint(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack *pack = (struct pack *)(void *)base;

	(void)f;
	return read_fields(r, v, lint_fields, ARRAY_LEN(lint_fields), (char *)&pack->lint);
}
