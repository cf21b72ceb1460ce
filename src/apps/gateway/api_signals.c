/* What the circuit breaker counts of a number, a template, an app or a campaign, and what it makes of
 * it. Each signal comes with its sentence, and one that stands for something that Meta does not
 * tell says so. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/breaker.h"
#include "domain/trip.h"

#define LEVELS_MAX 64

static int check_scope(struct api_call *c, struct err *err)
{
	enum signal_scope scope;

	if (signal_scope_parse(api_text(c, "scope"), &scope) == 0)
		return 0;
	return api_err(c, err, E_INVALID, "scope",
	    N_("\"scope\" must be one of number, template, app and campaign."));
}

static void write_ratio(struct api_call *c, const char *key, int64_t part, int64_t of)
{
	jw_key(&c->w, key);
	if (of > 0)
		jw_real(&c->w, (double)part / (double)of);
	else
		jw_null(&c->w);
}

static void write_limit(struct api_call *c, const char *key, int64_t ppm)
{
	write_ratio(c, key, ppm, ppm == PACK_NO_SHARE ? 0 : PPM);
}

static void write_words(struct api_call *c, struct str signal, enum breaker_level level)
{
	const char *means = breaker_signal_means(signal);

	jw_member_str(&c->w, "signal", signal);
	jw_member_c(&c->w, "means", means ? lang_text(c->lang, means) : NULL);
	jw_member_bool(&c->w, "proxy", breaker_is_proxy(signal));
	jw_member_c(&c->w, "level", breaker_level_name(level));
}

static void write_limits(struct api_call *c, struct str signal)
{
	const struct pack_breaker *b = pack_breaker(c->gate->lane->core->pack);
	int64_t warn = b->read_rate.warn_below_ppm, pause = b->read_rate.pause_below_ppm;

	for (size_t i = 0; i < b->signals_len; i++) {
		if (!str_eq(b->signals[i].signal, signal))
			continue;
		warn = b->signals[i].warn_ppm;
		pause = b->signals[i].pause_ppm;
	}
	write_limit(c, "warn", warn);
	write_limit(c, "pause", pause);
}

static void write_finding(struct api_call *c, const struct breaker_finding *f)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	write_words(c, f->signal, f->level);
	jw_member_int(w, "part", f->part);
	jw_member_int(w, "of", f->of);
	write_ratio(c, "share", f->part, f->of);
	write_limits(c, f->signal);
	jw_object_end(w);
}

static int list_signals(struct api_call *c, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct breaker_finding found[BREAKER_FINDINGS_MAX];
	enum signal_scope scope = SIGNAL_OF_NUMBER;
	size_t n = 0;
	int r = signal_scope_parse(api_text(c, "scope"), &scope);

	if (r == 0)
		r = trip_findings(c->gate->lane->reader, core->pack, scope, api_text(c, "id"),
		    clock_now(), found, &n, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		write_finding(c, &found[i]);
	api_list_close(c, STR_NONE);
	return 0;
}

int api_signals_write(struct api_call *c, enum signal_scope scope, struct str id, struct err *err)
{
	struct breaker_known *known = NULL;
	struct json_writer *w = &c->w;
	size_t n = 0;
	int r = breaker_list(
	    c->gate->lane->reader, scope, id, LEVELS_MAX, c->arena, &known, &n, err);

	jw_key(w, "signals");
	jw_array(w);
	for (size_t i = 0; r == 0 && i < n; i++) {
		jw_object(w);
		write_words(c, known[i].signal, known[i].level);
		jw_member_time(w, "at", known[i].at);
		jw_object_end(w);
	}
	jw_array_end(w);
	return r;
}

const struct api_handler api_signal_handlers[] = {
	{ "listSignals", check_scope, NULL, list_signals, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
