/* Imports that mean the project's own files: see apps/scan/own_modules.h. */
#include "apps/scan/own_modules.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/check.h"

#define UP_MAX 32

/* Where a language looks, and under which names. */
static const struct search {
	enum scan_ecosystem ecosystem;
	char cut; /* the module's own name ends here */
	const char *below[4], *endings[6];
} searches[] = {
	{ SCAN_ECO_PYPI, '.', { "", "src/", "lib/" }, { "", ".py" } },
	{ SCAN_ECO_RUBYGEMS, '/', { "", "lib/", "app/" }, { ".rb", "/version.rb" } },
	{ SCAN_ECO_NPM, '/', { "", "src/", "app/" }, { ".ts", ".js", ".tsx", ".jsx", ".mjs" } },
};

static const struct search *search_of(const struct scan_result *r, const struct scan_finding *f)
{
	uint32_t row = catalogue_row_by_id(r->catalogue, str_c(f->id));

	if (f->place != SCAN_PLACE_IMPORT || row == SCAN_NONE)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(searches); i++)
		if (searches[i].ecosystem == catalogue_row(r->catalogue, row)->ecosystem)
			return &searches[i];
	return NULL;
}

/* The first part of the name, as far as it can be a file's: empty for "@scope/name". */
static struct str module_of(const struct search *s, struct str match)
{
	struct str name = str_cut(&match, s->cut);
	bool plain = name.len > 0 && name.p[0] != '@' && name.p[0] != '.' &&
	    !memchr(name.p, '/', name.len);

	return plain ? name : STR("");
}

static bool stands(
    const char *root, struct str directory, const char *below, struct str name, const char *ending)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%.*s%s%s%.*s%s", root, STR_ARG(directory),
	    directory.len ? "/" : "", below, STR_ARG(name), ending);

	return n > 0 && (size_t)n < sizeof(path) && lstat(path, &st) == 0;
}

static bool stands_below(
    const char *root, struct str directory, const struct search *s, struct str name)
{
	for (size_t b = 0; b < ARRAY_LEN(s->below) && s->below[b]; b++)
		for (size_t e = 0; e < ARRAY_LEN(s->endings) && s->endings[e]; e++)
			if (stands(root, directory, s->below[b], name, s->endings[e]))
				return true;
	return false;
}

static struct str parent_of(struct str path)
{
	const char *slash = path.len ? memrchr(path.p, '/', path.len) : NULL;

	return slash ? str_n(path.p, (size_t)(slash - path.p)) : STR("");
}

static bool is_own(
    const struct scan_result *r, const struct search *s, const struct scan_finding *f)
{
	struct str name = module_of(s, f->match), at = f->path;

	if (name.len == 0 || f->root >= r->roots_len || memmem(at.p, at.len, "!/", 2))
		return false;
	for (size_t up = 0; at.len > 0 && up < UP_MAX; up++) {
		at = parent_of(at);
		if (stands_below(r->roots[f->root], at, s, name))
			return true;
	}
	return false;
}

static bool is_declared(const struct scan_result *r, const struct scan_finding *f)
{
	for (size_t i = 0; i < r->findings_len; i++) {
		const struct scan_finding *g = &r->findings[i];
		bool names = g->place == SCAN_PLACE_MANIFEST || g->place == SCAN_PLACE_LOCKFILE;
		if (names && g->root == f->root && g->id == f->id)
			return true;
	}
	return false;
}

void own_modules_drop(struct scan_result *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->findings_len; i++) {
		const struct search *s = search_of(r, &r->findings[i]);
		if (s && is_own(r, s, &r->findings[i]) && !is_declared(r, &r->findings[i]))
			r->findings[i].verdict = SCAN_CLEAN;
	}
	for (size_t i = 0; i < r->findings_len; i++)
		if (r->findings[i].verdict != SCAN_CLEAN)
			r->findings[kept++] = r->findings[i];
	r->findings_len = kept;
}
