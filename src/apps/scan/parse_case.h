/* apps/scan/parse_case.h: one parser run in a test, its facts as lines. For parse_*_test.c only.
 *
 * A fact is "KIND HOW ECOSYSTEM NAME [VERSION] [= ALIAS] :LINE [dev] [lean]"; what the parser returned
 * stands behind the last, when it was not 1. Every run is made again for each shorter text and with every
 * allocation failing once. */
#ifndef APPS_SCAN_PARSE_CASE_H
#define APPS_SCAN_PARSE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/scan/parse_text.h"
#include "base/check.h"

struct parse_case {
	const char *name, *path, *text, *facts;
};

struct parse_run {
	const struct parse_in *in;
	struct buf out;
	size_t facts, stop_after; /* 0: never */
};

static const char *const kind_words[] = { "package", "image", "node", "extension", "android",
	"process", "url", "drives", "server", "row" };
static const char *const how_words[] = { "declared", "resolved", "imported", "used", "installed",
	"replaced", "disabled" };
static const char *const lean_words[] = { "", " official", " unofficial", " silent" };

static inline unsigned parse_line_of(struct str text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text.p[i] == '\n';
	return line;
}

static inline bool parse_give(void *arg, const struct fact *f)
{
	struct parse_run *r = arg;

	assert_true(f->name.len > 0);
	assert_true(f->offset + f->len <= r->in->text.len);
	assert_in_range(f->confidence, 1, 100);
	buf_addf(&r->out, "%s %s %s %.*s", kind_words[f->kind], how_words[f->how],
	    scan_ecosystem_name(f->ecosystem), STR_ARG(f->name));
	if (f->version.len)
		buf_addf(&r->out, " %.*s", STR_ARG(f->version));
	if (f->alias.len)
		buf_addf(&r->out, " = %.*s", STR_ARG(f->alias));
	buf_addf(&r->out, " :%u%s%s\n", parse_line_of(r->in->text, f->offset), f->dev ? " dev" : "",
	    lean_words[f->lean]);
	r->facts++;
	return !r->stop_after || r->facts < r->stop_after;
}

static inline int parse_run(
    parse_fn *parse, const char *path, struct str text, struct parse_run *r, struct arena *a)
{
	struct fact_sink sink = { parse_give, r };
	struct parse_in in = { .path = str_c(path),
		.name = text_base(str_c(path)),
		.text = text,
		.arena = a,
		.sink = &sink };

	r->in = &in;
	r->facts = 0;
	buf_reset(&r->out);
	int rc = parse(&in);
	assert_true(rc == 1 || rc == 0 || rc == -E_INVALID || rc == -E_TOO_LARGE || rc == -E_NOMEM);
	return rc;
}

/* Texts cut at every place, in memory of exactly that size so that a sanitizer sees a byte too far. */
static inline void parse_cut(parse_fn *parse, const struct parse_case *c, struct arena *a)
{
	struct parse_run r = { .stop_after = 0 };

	buf_init(&r.out, 0);
	for (size_t len = strlen(c->text); len-- > 0;) {
		char *copy = mem_alloc(len + 1);
		assert_non_null(copy);
		char *exact = mem_grow(copy, len ? len : 1);
		memcpy(exact, c->text, len);
		parse_run(parse, c->path, str_n(exact, len), &r, a);
		arena_reset(a);
		mem_free(exact);
	}
	buf_done(&r.out);
}

static inline void parse_starve(parse_fn *parse, const struct parse_case *c)
{
	struct parse_run r = { .stop_after = 0 };

	buf_init(&r.out, 0);
	assert_true(buf_reserve(&r.out, 1 << 16));
	for (size_t max = 64; max < 1 << 14; max *= 2) {
		struct arena *a = arena_new(64, max);
		assert_non_null(a);
		parse_run(parse, c->path, str_c(c->text), &r, a);
		arena_free(&a);
	}
	buf_done(&r.out);
}

static inline void parse_case_run(parse_fn *parse, const struct parse_case *c)
{
	struct parse_run r = { .stop_after = 0 };
	struct arena *a = arena_new(0, 0);

	assert_non_null(a);
	buf_init(&r.out, 0);
	int rc = parse_run(parse, c->path, str_c(c->text), &r, a);
	size_t facts = r.facts;
	if (rc != 1)
		buf_addf(&r.out, "%s\n", rc == 0 ? "0" : err_name(rc));
	if (strcmp(r.out.len ? r.out.p : "", c->facts) != 0)
		fail_msg("%s:\n%s--- instead of\n%s", c->name, r.out.len ? r.out.p : "", c->facts);
	for (r.stop_after = 1; r.stop_after < facts; r.stop_after++) {
		parse_run(parse, c->path, str_c(c->text), &r, a);
		assert_int_equal(r.facts, r.stop_after); /* nothing behind "enough" */
	}
	arena_reset(a);
	buf_done(&r.out);
	parse_cut(parse, c, a);
	arena_free(&a);
	parse_starve(parse, c);
}

#define PARSE_CASES_RUN(parse, cases) \
	for (size_t case_ = 0; case_ < ARRAY_LEN(cases); case_++) \
	parse_case_run((parse), &(cases)[case_])

#endif
