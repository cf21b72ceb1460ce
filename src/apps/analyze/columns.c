#include "apps/analyze/columns.h"

#include "base/check.h"
#include "base/csv_write.h"
#include "base/lang.h"

#define SHOWN 64 /* bytes of a name in an error */

static int find_column(const struct str *names, size_t n, struct str wanted, struct err *err)
{
	int found = -1;

	for (size_t i = 0; i < n; i++) {
		if (!str_eq_nocase(str_trim(names[i]), wanted))
			continue;
		if (found >= 0)
			return err_field(err, E_INVALID, "map",
			    _("The table has two columns \"%.*s\"."),
			    STR_ARG(str_sub(wanted, 0, SHOWN)));
		found = (int)i;
	}
	if (found < 0)
		return err_field(err, E_INVALID, "map", _("The table has no column \"%.*s\"."),
		    STR_ARG(str_sub(wanted, 0, SHOWN)));
	return found;
}

/* "role=column name" */
static int read_pair(
    struct columns *c, struct str pair, const struct str *names, size_t n, struct err *err)
{
	struct str column = pair, name = str_trim(str_cut(&column, '='));
	enum traffic_role role = traffic_role_of(name);

	if (role == ROLES || !column.p)
		return err_field(err, E_INVALID, "map",
		    _("\"%.*s\" is not of the form ROLE=COLUMN with one of the roles time, from, to, bsuid, type, "
		      "template, language, category, status, error, app, list, text, direction, button, id, sent, "
		      "delivered, read and clicked."),
		    STR_ARG(str_sub(pair, 0, SHOWN)));
	int place = find_column(names, n, str_trim(column), err);
	if (place >= 0)
		c->place[role] = place;
	return place < 0 ? place : 0;
}

static bool is_taken(const struct columns *c, int place)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (c->place[i] == place)
			return true;
	}
	return false;
}

/* Whatever the map left open. Names are looked at rank by rank of their roles, so that of two that
 * mean one thing the better is taken whatever their order. */
static void read_names(const struct words *w, struct columns *c, const struct str *names, size_t n)
{
	unsigned best[ROLES];

	for (size_t i = 0; i < ROLES; i++)
		best[i] = c->place[i] >= 0 ? 0 : UINT32_MAX;
	for (size_t i = 0; i < n; i++) {
		unsigned rank;
		enum traffic_role role = words_role(w, names[i], &rank);
		if (role == ROLES || rank >= best[role] || is_taken(c, (int)i))
			continue;
		best[role] = rank;
		c->place[role] = (int)i;
	}
}

int columns_read(const struct words *w, const struct str *names, size_t n, const char *map,
    struct columns *ret, struct err *err)
{
	struct str rest = str_c(map);
	int r = 0;

	ret->len = n;
	for (size_t i = 0; i < ROLES; i++)
		ret->place[i] = -1;
	while (r == 0 && rest.p)
		r = read_pair(ret, str_cut(&rest, ','), names, n, err);
	if (r == 0)
		read_names(w, ret, names, n);
	return r;
}

struct str columns_cell(struct str cell)
{
	return str_trim(csv_unguard(str_trim(cell)));
}

struct str columns_field(
    const struct columns *c, enum traffic_role role, const struct str *fields, size_t n)
{
	int place = c->place[role];

	return place >= 0 && (size_t)place < n ? columns_cell(fields[place]) : STR("");
}
