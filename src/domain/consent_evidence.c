#include "domain/consent_evidence.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/query.h"

#define CONTEXT_MAX 64

static struct str post_context(int64_t leaf, char out[CONTEXT_MAX])
{
	int n = snprintf(out, CONTEXT_MAX, "consent:%" PRId64 ":post", leaf);

	return str_n(out, (size_t)n);
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on the proof of a consent.");
}

int consent_post_add(struct store_conn *c, const struct seal_key *key, int64_t leaf,
    struct str body, bool whole, struct err *err)
{
	char context[CONTEXT_MAX];
	struct buf sealed;

	buf_init(&sealed, 0);
	int r = seal(key, post_context(leaf, context), body, &sealed) < 0
	    ? no_memory(err)
	    : store_do(c, err, "INSERT INTO consent_post (leaf, whole, body) VALUES (?1, ?2, ?3)",
		  "iib", leaf, (int64_t)whole, buf_str(&sealed));
	buf_done(&sealed);
	return r;
}

static int open_post(struct store_stmt *s, const struct seal_key *key, int64_t leaf,
    struct arena *a, struct str *ret, struct err *err)
{
	char context[CONTEXT_MAX];
	struct buf clear;

	buf_init(&clear, 0);
	int r = unseal(key, post_context(leaf, context), store_col_blob(s, 0), &clear, err);
	if (r == 0) {
		*ret = arena_str(a, buf_str(&clear));
		r = ret->p ? 1 : no_memory(err);
	}
	buf_done(&clear);
	return r;
}

int consent_post_get(struct store_conn *c, const struct seal_key *key, int64_t leaf,
    struct arena *a, struct str *ret, bool *ret_whole, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT body, whole FROM consent_post WHERE leaf = ?1", "i", leaf);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		*ret_whole = store_col_int(s, 1) != 0;
		r = open_post(s, key, leaf, a, ret, err);
	}
	store_reset(s);
	return r;
}
