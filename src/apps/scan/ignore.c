/* Patterns are kept as views into one copy of the text. A pattern with a slash (but at its end) is
 * anchored at its directory; one without is compared with the last name, wherever it lies. */
#include "apps/scan/ignore.h"

#include <stdatomic.h>
#include <string.h>

#include "apps/scan/kind.h"
#include "base/check.h"

#define TEXT_MAX (256u << 10)
#define RULES_MAX 4000
#define PATTERN_MAX 400
#define REASON_LEAST 3
#define WAY_MAX 8192

struct rule {
	struct str pattern;
	struct str row, reason; /* of an allowance: it hides nothing */
	bool negated, directory, anchored;
	enum ignore_answer answer;
};

struct ignore {
	atomic_uint users;
	struct ignore *parent;
	struct buf text; /* the directory's path, then both files */
	struct str dir;  /* below the root, or the way down to the root */
	bool above;      /* the root lies below this directory */
	struct rule *rules;
	size_t len;
};

/* --- reading ---------------------------------------------------------------------------------- */

static struct str without_trailing_blanks(struct str line)
{
	while (line.len > 0 &&
	    (line.p[line.len - 1] == ' ' || line.p[line.len - 1] == '\t' ||
		line.p[line.len - 1] == '\r')) {
		if (line.len > 1 && line.p[line.len - 2] == '\\')
			break;
		line.len--;
	}
	return line;
}

static void add_rule(struct ignore *ig, struct str line, struct rule r)
{
	line = without_trailing_blanks(line);
	if (line.len == 0 || line.p[0] == '#' || line.len > PATTERN_MAX || ig->len == RULES_MAX)
		return;
	r.negated = line.p[0] == '!';
	if (r.negated ||
	    (line.len > 1 && line.p[0] == '\\' && (line.p[1] == '#' || line.p[1] == '!')))
		line = str_sub(line, 1, line.len);
	if (line.len > 0 && line.p[line.len - 1] == '/') {
		r.directory = true;
		line.len--;
	}
	r.anchored = line.len > 0 && memchr(line.p, '/', line.len) != NULL;
	if (line.len > 0 && line.p[0] == '/')
		line = str_sub(line, 1, line.len);
	if (line.len == 0)
		return;
	r.pattern = line;
	ig->rules[ig->len++] = r;
}

/* "until=YYYY-MM-DD" in a comment; false when the day is over. */
static bool still_holds(struct str comment, time_ms now)
{
	const char *at = memmem(comment.p, comment.len, "until=", 6);
	time_ms day;

	if (!at)
		return true;
	struct str date = str_sub(comment, (size_t)(at - comment.p) + 6, 10);
	return time_parse_date(date, &day) == 0 && now < day + MS_PER_DAY;
}

static struct str behind(struct str s, struct str word)
{
	const char *at = s.len > 0 ? memmem(s.p, s.len, word.p, word.len) : NULL;

	return at ? str_sub(s, (size_t)(at - s.p) + word.len, s.len) : STR_NONE;
}

/* A comment of .varcoignore begins a block: whether its rules hold, and whether they allow instead of
 * hide. An allowance without a row or a reason allows nothing. */
static bool begin_block(struct str comment, time_ms now, struct rule *r)
{
	struct str rest = behind(comment, STR("varco:allow")),
		   reason = behind(comment, STR("reason=\""));

	*r = (struct rule){ .answer = IGNORE_VARCO };
	if (!still_holds(comment, now))
		return false;
	if (!rest.p)
		return true;
	rest = str_trim(rest);
	r->row = str_cut(&rest, ' ');
	r->reason = reason.p ? str_cut(&reason, '"') : STR("");
	return r->row.len > 0 && !memchr(r->row.p, '=', r->row.len) &&
	    r->reason.len >= REASON_LEAST;
}

static void read_rules(struct ignore *ig, struct str text, enum ignore_answer answer, time_ms now)
{
	struct rule r = { .answer = answer };
	bool holds = true;

	while (text.len > 0) {
		struct str line = str_cut(&text, '\n'), bare = str_trim(line);
		if (bare.len == 0) {
			r = (struct rule){ .answer = answer };
			holds = true;
		} else if (answer == IGNORE_VARCO && bare.p[0] == '#') {
			holds = begin_block(bare, now, &r);
		} else if (holds) {
			add_rule(ig, line, r);
		}
	}
}

static size_t lines_of(struct str s)
{
	size_t n = 1;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '\n';
	return n < RULES_MAX ? n : RULES_MAX;
}

static bool copy_in(
    struct ignore *ig, struct str dir, struct str git, struct str varco, time_ms now)
{
	buf_init(&ig->text, 0);
	git.len = git.len < TEXT_MAX ? git.len : TEXT_MAX;
	varco.len = varco.len < TEXT_MAX ? varco.len : TEXT_MAX;
	buf_add(&ig->text, dir);
	buf_add(&ig->text, git);
	buf_add(&ig->text, varco);
	ig->rules = mem_alloc((lines_of(git) + lines_of(varco)) * sizeof(*ig->rules));
	if (ig->text.failed || !ig->rules)
		return false;
	struct str all = buf_str(&ig->text);
	ig->dir = str_sub(all, 0, dir.len);
	read_rules(ig, str_sub(all, dir.len, git.len), IGNORE_GIT, now);
	read_rules(ig, str_sub(all, dir.len + git.len, varco.len), IGNORE_VARCO, now);
	return true;
}

struct ignore *ignore_new(struct ignore *parent, struct str dir, struct str gitignore,
    struct str varcoignore, time_ms now)
{
	struct ignore *ig = mem_alloc(sizeof(*ig));

	if (!ig)
		return NULL;
	atomic_init(&ig->users, 1);
	ig->parent = ignore_ref(parent);
	if (!copy_in(ig, dir, gitignore, varcoignore, now))
		ignore_unref(&ig);
	return ig;
}

struct ignore *ignore_new_above(struct ignore *parent, struct str way, struct str gitignore,
    struct str varcoignore, time_ms now)
{
	struct ignore *ig = ignore_new(parent, way, gitignore, varcoignore, now);

	if (ig)
		ig->above = true;
	return ig;
}

struct ignore *ignore_ref(struct ignore *ig)
{
	if (ig)
		atomic_fetch_add(&ig->users, 1);
	return ig;
}

void ignore_unref(struct ignore **pig)
{
	struct ignore *ig = *pig;

	*pig = NULL;
	while (ig && atomic_fetch_sub(&ig->users, 1) == 1) {
		struct ignore *parent = ig->parent;
		buf_done(&ig->text);
		MEM_FREE(&ig->rules);
		MEM_FREE(&ig);
		ig = parent;
	}
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool rule_fits(const struct rule *r, struct str below, struct str name, bool is_dir)
{
	if (r->directory && !is_dir)
		return false;
	return glob_fits(r->pattern, r->anchored ? below : name, false);
}

/* What of `path` is below the rules' own directory; p NULL when it is not there. `room` holds it where the
 * rules lie above the root. */
static struct str below_dir(const struct ignore *ig, struct str path, char room[WAY_MAX])
{
	if (!path.p)
		return STR_NONE;
	if (ig->above) {
		size_t len = ig->dir.len + 1 + path.len;
		if (len > WAY_MAX)
			return STR_NONE;
		memcpy(room, ig->dir.p, ig->dir.len);
		room[ig->dir.len] = '/';
		memcpy(room + ig->dir.len + 1, path.p, path.len);
		return str_n(room, len);
	}
	if (ig->dir.len == 0)
		return path;
	if (!str_starts(path, ig->dir) || path.len <= ig->dir.len || path.p[ig->dir.len] != '/')
		return STR_NONE;
	return str_sub(path, ig->dir.len + 1, path.len);
}

enum ignore_answer ignore_asks(const struct ignore *ig, struct str path, bool is_dir)
{
	const char *slash = path.len > 0 ? memrchr(path.p, '/', path.len) : NULL;
	struct str name = slash ? str_sub(path, (size_t)(slash - path.p) + 1, path.len) : path;
	char room[WAY_MAX];

	for (; ig; ig = ig->parent) {
		struct str below = below_dir(ig, path, room);
		for (size_t i = below.p ? ig->len : 0; i > 0; i--) {
			const struct rule *r = &ig->rules[i - 1];
			if (r->row.len == 0 && rule_fits(r, below, name, is_dir))
				return r->negated ? IGNORE_NO : r->answer;
		}
	}
	return IGNORE_NO;
}

static bool row_fits(struct str pattern, struct str id)
{
	if (pattern.len > 0 && pattern.p[pattern.len - 1] == '*')
		return str_starts(id, str_sub(pattern, 0, pattern.len - 1));
	return str_eq(pattern, id);
}

/* The file itself, or a directory above it. */
static bool fits_on_the_way(const struct rule *r, struct str below)
{
	for (size_t i = 1; i <= below.len; i++) {
		if (i < below.len && below.p[i] != '/')
			continue;
		struct str part = str_sub(below, 0, i);
		const char *slash = memrchr(part.p, '/', part.len);
		struct str name = slash ? str_sub(part, (size_t)(slash - part.p) + 1, part.len)
					: part;
		if (rule_fits(r, part, name, i < below.len))
			return true;
	}
	return false;
}

bool ignore_allows(const struct ignore *ig, struct str path, struct str id, struct str *ret_reason)
{
	char room[WAY_MAX];

	for (; ig; ig = ig->parent) {
		struct str below = below_dir(ig, path, room);
		for (size_t i = below.p ? ig->len : 0; i > 0; i--) {
			const struct rule *r = &ig->rules[i - 1];
			if (r->row.len == 0 || !row_fits(r->row, id) || !fits_on_the_way(r, below))
				continue;
			*ret_reason = r->reason;
			return !r->negated;
		}
	}
	return false;
}
