/* Any bytes as a policy case, the first byte picking levels. Whatever is read is decided, the same twice, keeps
 * the promises of decision.h, and survives the store. */
#include "domain/policy.h"

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "domain/policy_case.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pack *pack;
static enum level own_levels[RULES_COUNT];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	ASSERT(crypto_init(NULL) == 0 && pack_builtin(&pack, NULL) == 0);
	for (unsigned i = 0; i < RULES_COUNT; i++)
		own_levels[i] = pack_level(pack, (enum rule_index)i);
	return 0;
}

static void print(struct arena *a, const struct decision *d, enum lang lang, struct buf *out)
{
	struct json_writer w;

	buf_reset(out);
	jw_init(&w, out);
	decision_write_case(a, d, STR_NONE, lang, &w);
	ASSERT(!out->failed);
}

static void check(struct arena *a, const struct policy_case *c, const struct decision *d)
{
	struct buf first, again;
	struct json_writer w;
	struct decision other;

	buf_init(&first, 0);
	buf_init(&again, 0);
	ASSERT(policy_decide(&c->facts, &c->send, pack, c->now, a, &other) == 0);
	print(a, d, LANG_IT, &first);
	print(a, &other, LANG_IT, &again);
	ASSERT(str_eq(buf_str(&first), buf_str(&again)));
	buf_reset(&again);
	jw_init(&w, &again);
	decision_write_stored(d, &w);
	ASSERT(decision_read_stored(a, buf_str(&again), &other, NULL) == 0);
	other.purpose = d->purpose;
	print(a, &other, LANG_IT, &again);
	ASSERT(str_eq(buf_str(&first), buf_str(&again)));
	buf_done(&first);
	buf_done(&again);
}

static void check_verdict(const struct decision *d)
{
	ASSERT((d->verdict == VERDICT_ALLOW) == (d->leading == NULL));
	ASSERT(d->verdict == VERDICT_HOLD || d->hold_until == TIME_NONE);
	if (!d->leading)
		return;
	ASSERT(decision_status(d) >= 400 && decision_status(d) <= 429);
	ASSERT(decision_graph_code(d) > 0);
}

/* The low bits of the byte: every rule at that level, or each at the pack's own. */
static void pick_levels(uint8_t byte)
{
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		enum level level = byte % 8 < 4 ? (enum level)(byte % 4) : own_levels[i];
		pack_set_level(pack, (enum rule_index)i, level);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0, 0);
	struct str text = str_n((const char *)data + (size > 0), size > 0 ? size - 1 : 0);
	struct policy_case c;
	struct decision d;
	const struct json *obj;
	struct err err;

	ASSERT(a);
	pick_levels(size > 0 ? data[0] : 0);
	if (json_read(a, text, &obj, &err) == 0 && policy_case_read(a, pack, obj, &c, &err) == 0) {
		ASSERT(policy_decide(&c.facts, &c.send, pack, c.now, a, &d) == 0);
		check_verdict(&d);
		check(a, &c, &d);
	}
	arena_free(&a);
	return 0;
}
