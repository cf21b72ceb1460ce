/* An idempotency key that was used before: the same body, from the same number by the same edge, gets the stored answer; or, when the first
 * attempt never got to its answer, what has become of it since. */
#include "flow/flow.h"

#include <string.h>

static bool same_digest(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a->b, b->b, SHA256_LEN) == 0;
}

/* The attempt has no stored answer: under way, held, or cut off by a crash. */
static int replay_state(struct flow *f, struct store_conn *c, struct err *err)
{
	int r = journal_get(c, f->replay_entry.decision, f->arena, &f->replay_journal, err);

	if (r < 0)
		return r;
	enum send_state s = r > 0 ? f->replay_journal.state : SEND_SENDING;
	bool running = s == SEND_SENDING || s == SEND_READY ||
	    running_has(f->lane->core->running, f->replay_entry.decision);
	f->replay = running ? REPLAY_RUNNING : REPLAY_STATE;
	return 1;
}

static struct str bytes(const struct sha256 *h)
{
	return str_n((const char *)h->b, sizeof(h->b));
}

void flow_idem_digest(const struct flow *f, struct sha256 *ret)
{
	struct sha256 place;

	crypto_sha256_of_two(f->number_id, f->path, &place);
	crypto_sha256_of_two(bytes(&place), bytes(&f->message.digest), ret);
}

int flow_replay(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	struct idem_entry *e = &f->replay_entry;
	struct sha256 digest;

	if (!f->key.p || !f->app || f->held_id)
		return 0;
	time_ms since = clock_now() - pack_limits(core->pack)->idempotency_keep_ms;
	int r = idem_get(c, f->app->id, f->key, since, f->arena, e, err);
	if (r <= 0)
		return r;
	f->fate = FATE_REPLAY;
	f->id = e->decision;
	flow_idem_digest(f, &digest);
	if (!same_digest(&e->digest, &digest)) {
		f->replay = REPLAY_OTHER_BODY;
		return 1;
	}
	if (!e->answered)
		return replay_state(f, c, err);
	f->replay = REPLAY_ANSWER;
	return 1;
}
