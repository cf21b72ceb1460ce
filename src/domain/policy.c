/* Runs the table. Nothing is written or allocated while rules pass: evidence is opened by the first rule
 * that does not, and copied to the arena when that rule is done. */
#include "domain/policy.h"

#include "base/check.h"
#include "base/id.h"
#include "domain/content_message.h"
#include "domain/pack_overlay.h"
#include "domain/rules_checks.h"
#include "domain/template_def.h"

/* The evidence object that the check wrote, closed and copied; "{}" when it wrote none. */
static int evidence_take(struct judgement *j, struct str *ret)
{
	*ret = STR("{}");
	if (!j->evidence_open)
		return 0;
	jw_object_end(&j->evidence);
	j->evidence_open = false;
	if (j->evidence_text->failed)
		return -E_NOMEM;
	*ret = arena_str(j->arena, buf_str(j->evidence_text));
	return ret->p ? 0 : -E_NOMEM;
}

/* Under an exception the rule warns at most, and the evidence says which one it was. */
static void except(struct judgement *j, enum rule_index index, struct finding *f)
{
	const struct pack_exception *x = f->level <= LEVEL_WARN
	    ? NULL
	    : pack_exception_of(j->pack, index, j->facts, j->send, j->now);
	char id[ID_TEXT_MAX];

	if (!x)
		return;
	id_format(EXCEPTION_PREFIX, x->id, id);
	f->level = LEVEL_WARN;
	jw_member_c(evidence(j), "exception", id);
}

/* Cannot tell is a failure for whatever the business starts, a warning for service (design 6). */
static enum level level_of(const struct judgement *j, enum answer answer)
{
	bool service = answer == ANSWER_UNSURE && j->purpose == PURPOSE_SERVICE;

	return service && j->level > LEVEL_WARN ? LEVEL_WARN : j->level;
}

static int judge(struct judgement *j, enum rule_index index, struct decision *d)
{
	const struct rule *rule = &rules[index];

	j->level = pack_level(j->pack, index);
	if (j->level == LEVEL_OFF)
		return 0;
	j->until = TIME_NONE;
	j->because = rule->because;
	enum answer answer = rule->check(j);
	if (j->broken || answer == ANSWER_PASS)
		return j->broken;
	struct finding *f = &d->findings[d->findings_len++];
	*f = (struct finding){
		.rule = rule,
		.level = level_of(j, answer),
		.unsure = answer == ANSWER_UNSURE,
		.until = j->until,
		.because = j->because,
	};
	except(j, index, f);
	return evidence_take(j, &f->evidence);
}

void policy_foresee(const struct json *components, const struct message *send,
    const struct pack *pack, struct facts_foreseen *ret)
{
	struct err problem = { .code = 0 };
	int64_t limit, got;

	ret->fits = components &&
	    template_def_check(pack, components, send, &problem, &limit, &got) > 0;
	ret->plain = content_is_plain(pack_content(pack), send, components);
}

int policy_decide(const struct facts *facts, const struct message *send, const struct pack *pack,
    time_ms now, struct arena *a, struct decision *ret)
{
	struct buf evidence_text;
	struct judgement j = {
		.facts = facts,
		.send = send,
		.pack = pack,
		.now = now,
		.purpose = facts_purpose(facts, send, now),
		.template_known = facts_template_known(facts, send),
		.window_open = facts_window_open(facts, pack, now),
		.business_initiated = facts_business_initiated(facts, send, pack, now),
		.arena = a,
		.evidence_text = &evidence_text,
	};
	int rc = 0;

	j.reply = j.purpose == PURPOSE_SERVICE && j.window_open;
	buf_init(&evidence_text, 0);
	ret->findings_len = 0;
	ret->purpose = j.purpose;
	ret->window_open = j.window_open;
	ret->business_initiated = j.business_initiated;
	for (unsigned i = 0; rc == 0 && i < RULES_COUNT; i++)
		rc = judge(&j, (enum rule_index)i, ret);
	buf_done(&evidence_text);
	content_seen_give(pack_content(pack), j.content);
	if (rc == 0)
		decision_settle(ret);
	return rc;
}
