#include "flow/poll_plan.h"

#include "base/check.h"
#include "base/json.h"

#define PERCENT_PPM (PPM / 100)
#define DOUBLINGS_MAX 20

/* --- quota ------------------------------------------------------------------------------------ */

static void take_share(const struct json *row, struct poll_quota *ret)
{
	static const char *const shares[] = { "call_count", "total_cputime", "total_time" };
	int64_t percent, minutes;

	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		if (!json_int(json_get(row, shares[i]), &percent) || percent < 0 ||
		    percent > 100000)
			continue;
		if (percent * PERCENT_PPM > ret->used_ppm)
			ret->used_ppm = percent * PERCENT_PPM;
	}
	if (json_int(json_get(row, "estimated_time_to_regain_access"), &minutes) && minutes > 0 &&
	    minutes < 1000000 && minutes * MS_PER_MIN > ret->regain_ms)
		ret->regain_ms = minutes * MS_PER_MIN;
}

/* {"<id>":[{…},…],…} */
static void take_business(const struct json *doc, struct poll_quota *ret)
{
	const struct json *list, *row;
	struct json_iter ids, rows;

	json_iter_init(&ids, doc);
	while (json_iter_next(&ids, NULL, &list)) {
		json_iter_init(&rows, list);
		while (json_iter_next(&rows, NULL, &row))
			take_share(row, ret);
	}
}

void poll_quota_read(
    struct arena *a, const struct http_header *headers, size_t len, struct poll_quota *ret)
{
	struct str business = http_headers_get(headers, len, "x-business-use-case-usage");
	struct str app = http_headers_get(headers, len, "x-app-usage");
	const struct json *doc = NULL;

	*ret = (struct poll_quota){ 0 };
	if (business.len && json_read(a, business, &doc, NULL) == 0)
		take_business(doc, ret);
	if (app.len && json_read(a, app, &doc, NULL) == 0)
		take_share(doc, ret);
}

/* --- when ------------------------------------------------------------------------------------- */

static void rest(struct poll_plan *p, int64_t wait_ms, time_ms now)
{
	p->wait_ms = wait_ms;
	p->not_before = now + wait_ms;
}

void poll_plan_begin(struct poll_plan *p, const struct pack_polling *f, time_ms now)
{
	*p = (struct poll_plan){ 0 };
	rest(p, f->first_ms, now);
}

static void mind_the_clock(struct poll_plan *p, time_ms now)
{
	if (p->asked_at > now)
		p->asked_at = now;
	if (p->templates_at > now)
		p->templates_at = now;
	if (p->not_before > now + p->wait_ms)
		p->not_before = now + p->wait_ms;
}

static bool has_passed(time_ms since, int64_t wait, time_ms now)
{
	return since == 0 || now - since >= wait;
}

bool poll_plan_is_due(
    struct poll_plan *p, const struct pack_polling *f, enum poll_pace pace, time_ms now)
{
	const int64_t waits[] = {
		[POLL_IDLE] = f->idle_ms,
		[POLL_SENDING] = f->sending_ms,
		[POLL_WANTED] = f->failed_min_ms,
	};
	int64_t wait = waits[pace];

	mind_the_clock(p, now);
	return now >= p->not_before && has_passed(p->asked_at, p->slow ? 2 * wait : wait, now);
}

bool poll_plan_templates_are_due(
    struct poll_plan *p, const struct pack_polling *f, bool wanted, time_ms now)
{
	int64_t wait = wanted ? f->sending_ms : f->templates_ms;

	mind_the_clock(p, now);
	return now >= p->not_before && poll_plan_has_room(p, f, now) &&
	    has_passed(p->templates_at, p->slow ? 2 * wait : wait, now);
}

bool poll_plan_call(struct poll_plan *p, const struct pack_polling *f, time_ms now)
{
	if (p->hour != now / MS_PER_HOUR) {
		p->hour = now / MS_PER_HOUR;
		p->calls = 0;
	}
	if (now < p->not_before || p->calls >= f->calls_per_hour)
		return false;
	p->calls++;
	return true;
}

bool poll_plan_has_room(const struct poll_plan *p, const struct pack_polling *f, time_ms now)
{
	return p->hour != now / MS_PER_HOUR ||
	    p->calls * PPM < f->calls_per_hour * f->pages_share_ppm;
}

static int64_t pause_after(const struct pack_polling *f, int failures)
{
	int64_t wait = f->failed_min_ms;

	for (int i = 1; i < failures && i < DOUBLINGS_MAX && wait < f->failed_max_ms; i++)
		wait *= 2;
	return wait < f->failed_max_ms ? wait : f->failed_max_ms;
}

void poll_plan_answered(struct poll_plan *p, const struct pack_polling *f, bool good,
    const struct poll_quota *q, time_ms now)
{
	p->failures = good ? 0 : p->failures + 1;
	p->slow = q->used_ppm >= f->quota_slow_ppm;
	if (!good)
		rest(p, pause_after(f, p->failures), now);
	if (q->used_ppm >= f->quota_stop_ppm || q->regain_ms)
		rest(p, q->regain_ms ? q->regain_ms : f->quota_rest_ms, now);
}
