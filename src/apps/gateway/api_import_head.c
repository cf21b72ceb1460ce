/* The first row names the columns: without that, a row could mean anything. */
#include "apps/gateway/api_import.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "domain/value.h"

#define COLUMN_MAX_CHARS 64

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* Readers of tables say where, and then what: the latter is a msgid. */
static int not_well_formed(struct api_call *c, const char *text, struct err *err)
{
	unsigned long long line, column;
	int n = 0;

	if (sscanf(text, "Line %llu, column %llu: %n", &line, &column, &n) == 2 && n)
		return api_err(c, err, E_INVALID, "file",
		    N_("The table is not well formed. Line %llu, column %llu: %s"), line, column,
		    lang_text(c->lang, text + n));
	if (sscanf(text, "Row %llu: %n", &line, &n) == 1 && n)
		return api_err(c, err, E_INVALID, "file",
		    N_("The table is not well formed. Row %llu: %s"), line,
		    lang_text(c->lang, text + n));
	if (sscanf(text, "The XML is not well formed, line %llu.%n", &line, &n) == 1 && n)
		return api_err(c, err, E_INVALID, "file",
		    N_("The table is not well formed. In its XML there is a fault in line %llu."),
		    line);
	return api_err(c, err, E_INVALID, "file", N_("The table is not well formed. %s"),
	    lang_text(c->lang, text));
}

int import_fail_table(struct api_call *c, const struct err *why, struct err *err)
{
	if (why->code == E_NOMEM)
		return no_memory(c, err);
	if (why->code == E_IO)
		return api_err(c, err, E_IO, "file", N_("The table cannot be read: %s"), why->text);
	return not_well_formed(c, why->text, err);
}

static int name_column(struct api_call *c, struct import *m, struct str name, struct err *err)
{
	int i = (int)m->names_len;
	enum import_column known = import_column_of(name);
	struct str copy = arena_str(c->arena, name);

	if (!copy.p)
		return no_memory(c, err);
	if (value_check_text(copy, "file", COLUMN_MAX_CHARS, NULL) < 0)
		return api_err(c, err, E_INVALID, "file",
		    N_("Column %d of the table has no name, or none that can be kept."), i + 1);
	for (int k = 0; k < i; k++) {
		if (str_eq_nocase(m->names[k], copy))
			return api_err(c, err, E_INVALID, "file",
			    N_("The table has two columns \"%.*s\"."), STR_ARG(copy));
	}
	if (known < COLUMNS)
		m->place[known] = i;
	m->names[m->names_len++] = copy;
	return 0;
}

static int check_columns(struct api_call *c, const struct import *m, struct err *err)
{
	enum import_column missing = COLUMNS;

	if (m->place[COLUMN_PHONE] < 0 && m->place[COLUMN_BSUID] < 0)
		missing = COLUMN_PHONE;
	else if (m->contacts)
		return 0;
	else if (m->place[COLUMN_PURPOSE] < 0)
		missing = COLUMN_PURPOSE;
	else if (m->place[COLUMN_ACT] < 0)
		missing = COLUMN_ACT;
	if (missing == COLUMNS)
		return 0;
	if (m->contacts)
		return api_err(c, err, E_INVALID, "audience",
		    N_("The audience has no column \"phone\" and none \"bsuid\"; its first row names the columns."));
	return api_err(c, err, E_INVALID, "file",
	    N_("The table has no column \"%s\"; its first row names the columns, out of phone,"
	       " bsuid, purpose, act, at, evidence, text, source, text_version, language,"
	       " notice_version, notice_url, terms_version, terms_url, channel and how."),
	    import_column_name(missing));
}

int import_read_head(struct api_call *c, struct import *m, struct err *err)
{
	const struct str *fields;
	struct err why = { 0 };
	size_t n = 0;
	int r = table_next(m->table, &fields, &n, &why);

	if (r < 0)
		return import_fail_table(c, &why, err);
	if (r == 0)
		return api_err(c, err, E_INVALID, "file", N_("The table is empty."));
	m->names_len = 0;
	memset(m->place, -1, sizeof(m->place));
	r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = name_column(c, m, str_trim(fields[i]), err);
	return r < 0 ? r : check_columns(c, m, err);
}
