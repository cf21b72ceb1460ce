/* First the company is set up, each step a row of the table below; then the person is told what to try. Nothing here
 * reaches into the gateway: it is all done by calls that anyone with the token could make. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apps/cli/client.h"
#include "apps/cli/demo.h"
#include "apps/cli/demo_world.h"
#include "apps/cli/verbs.h"
#include "apps/gateway/console.h"
#include "base/check.h"
#include "base/text.h"

#define WHO "varco demo"
#define KEY_MAX 96
#define CONSOLE_MAX 384
#define WAIT_MS 10000
#define POLL_MS 50
#define SETTLE_POLLS 60
#define SPAM_CODE \
	131048 /* the platform's: too many complaints; the breaker pauses marketing at once */

struct guide {
	struct demo *demo;
	struct client *api, *sim;
	struct arena *arena;
	struct buf body; /* of the call under way */
	struct json_writer w;
	char key[KEY_MAX];
	char console[CONSOLE_MAX]; /* opens the console, once */
};

/* --- calls ------------------------------------------------------------------------------------ */

static struct json_writer *begin(struct guide *g)
{
	buf_reset(&g->body);
	jw_init(&g->w, &g->body);
	jw_object(&g->w);
	return &g->w;
}

/* The body that was begun, or none. Any status that is no success is an error here. */
static int call(struct guide *g, struct client *to, const char *method, struct str path,
    const char *bearer, const struct json **ret, struct err *err)
{
	struct client_call c = {
		.method = method, .target = path, .bearer = bearer, .timeout_ms = 60000
	};
	struct client_answer answer = { 0 };
	const struct json *doc = NULL;

	buf_init(&answer.body, 0);
	if (strcmp(method, "GET") != 0) {
		jw_object_end(&g->w);
		c.body = buf_str(&g->body);
	}
	int r = g->body.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
			       : client_call(to, &c, &answer, err);
	if (r == 0 && (answer.status < 200 || answer.status > 299))
		r = err_set(err, E_INVALID, _("%s answered %d: %.300s"), path.p, answer.status,
		    answer.body.p ? answer.body.p : "");
	if (r == 0 && ret)
		r = json_read(g->arena, buf_str(&answer.body), &doc, err);
	if (r == 0 && ret)
		*ret = doc;
	buf_done(&answer.body);
	return r;
}

static int api(
    struct guide *g, const char *method, const char *path, const struct json **ret, struct err *err)
{
	return call(g, g->api, method, str_c(path), NULL, ret, err);
}

static int sim(struct guide *g, const char *path, struct err *err)
{
	return call(g, g->sim, "POST", str_c(path), NULL, NULL, err);
}

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* --- setting up ------------------------------------------------------------------------------- */

static int set_statuses(struct guide *g, const char *until, struct err *err)
{
	jw_member_c(begin(g), "statuses", until);
	return sim(g, "/_sim/config", err);
}

static int set_up_sim(struct guide *g, struct err *err)
{
	struct str hook = arena_printf(g->arena, "%s/webhooks/meta", g->demo->url);
	int r = hook.p ? 0 : err_set(err, E_NOMEM, "%s", _("Memory ran out."));

	for (size_t i = 0; r == 0 && i < DEMO_NUMBERS; i++) {
		struct json_writer *w = begin(g);
		jw_member_c(w, "portfolio", DEMO_PORTFOLIO);
		jw_member_c(w, "waba", DEMO_WABA);
		jw_member_c(w, "name", DEMO_COMPANY);
		jw_member_c(w, "country", "IT");
		jw_member_str(w, "webhook", hook);
		jw_member_c(w, "app_secret", DEMO_SECRET);
		jw_member_c(w, "number", demo_numbers[i].id);
		jw_member_c(w, "display", demo_numbers[i].display);
		jw_member_c(w, "verified_name", DEMO_COMPANY);
		r = sim(g, "/_sim/config", err);
	}
	return r < 0 ? r : set_statuses(g, "none", err);
}

static int add_account(struct guide *g, struct err *err)
{
	struct json_writer *w = begin(g);

	jw_member_c(w, "waba", DEMO_WABA);
	jw_member_c(w, "portfolio", DEMO_PORTFOLIO);
	jw_member_c(w, "name", DEMO_COMPANY);
	jw_member_c(w, "country", "IT");
	jw_member_int(w, "limit", 2000);
	jw_member_c(w, "token_file", DEMO_TOKEN);
	jw_member_c(w, "app_secret_file", DEMO_SECRET);
	jw_member_c(w, "verify_token_file", DEMO_VERIFY);
	return api(g, "POST", "/api/v1/accounts", NULL, err);
}

static int add_numbers(struct guide *g, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < DEMO_NUMBERS; i++) {
		struct json_writer *w = begin(g);
		jw_member_c(w, "waba", DEMO_WABA);
		jw_member_c(w, "id", demo_numbers[i].id);
		jw_member_c(w, "display", demo_numbers[i].display);
		jw_member_bool(w, "established", demo_numbers[i].established);
		r = api(g, "POST", "/api/v1/numbers", NULL, err);
	}
	return r;
}

static int add_templates(struct guide *g, struct err *err)
{
	struct json_writer *w = begin(g);

	jw_member_c(w, "waba", DEMO_WABA);
	jw_member_c(w, "file", demo_templates);
	return api(g, "POST", "/api/v1/templates", NULL, err);
}

static int import_consents(struct guide *g, struct err *err)
{
	const struct json *answer;
	struct buf table;
	int64_t rejected = -1;

	buf_init(&table, 0);
	demo_consents(clock_now(), &table);
	g->body.failed = table.failed;
	jw_member_str(begin(g), "file", buf_str(&table));
	int r = table.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
			     : api(g, "POST", "/api/v1/consents/import", &answer, err);
	buf_done(&table);
	if (r == 0 && (!json_int(json_get(answer, "rejected"), &rejected) || rejected != 0))
		r = err_set(err, E_INVALID, _("%lld rows of the demo's consents were rejected."),
		    (long long)rejected);
	return r;
}

/* Who writes opens a window; it comes as a signed webhook, as Meta's would. */
static int open_windows(struct guide *g, struct err *err)
{
	char phone[DEMO_PHONE_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < DEMO_WINDOWS; i++) {
		struct json_writer *w = begin(g);
		demo_phone(i, phone);
		jw_member_c(w, "number", demo_numbers[DEMO_HEALTHY].id);
		jw_member_c(w, "from", phone);
		jw_member_c(w, "text", "Buongiorno, avete la borsa verde?");
		r = sim(g, "/_sim/inbound", err);
	}
	return r;
}

static void write_numbers(struct json_writer *w)
{
	jw_key(w, "numbers");
	jw_array(w);
	for (size_t i = 0; i < DEMO_NUMBERS; i++)
		jw_c(w, demo_numbers[i].id);
	jw_array_end(w);
}

static void write_categories(struct json_writer *w)
{
	static const char *const words[] = { "marketing", "utility", "authentication", "service" };

	jw_key(w, "categories");
	jw_array(w);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		jw_c(w, words[i]);
	jw_array_end(w);
}

static int add_app(struct guide *g, struct err *err)
{
	const struct json *answer;
	struct json_writer *w = begin(g);

	jw_member_c(w, "name", DEMO_APP);
	jw_member_c(w, "owner", "Anna Prova");
	jw_member_c(w, "purpose", "Ordini e offerte del negozio");
	jw_member_c(w, "data", "Nome, numero d'ordine");
	write_numbers(w);
	write_categories(w);
	int r = api(g, "POST", "/api/v1/integrations", &answer, err);
	if (r == 0 && str_to_c(json_str(json_get(answer, "key")), g->key, sizeof(g->key)) < 0)
		r = err_set(err, E_INVALID, "%s", _("The gateway gave no key for the demo's app."));
	return r;
}

/* The text of a send, begun in g->body: a template with these values. */
static void write_template(
    struct guide *g, size_t person, const char *name, const char *const *values, size_t n)
{
	char phone[DEMO_PHONE_MAX];
	struct json_writer *w = begin(g);

	demo_phone(person, phone);
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_member_c(w, "to", phone);
	jw_member_c(w, "type", "template");
	jw_key(w, "template");
	jw_object(w);
	jw_member_c(w, "name", name);
	jw_key(w, "language");
	jw_raw(w, STR("{\"code\":\"it\"}"));
	jw_key(w, "components");
	jw_array(w);
	jw_object(w);
	jw_member_c(w, "type", "body");
	jw_key(w, "parameters");
	jw_array(w);
	for (size_t i = 0; i < n; i++) {
		jw_object(w);
		jw_member_c(w, "type", "text");
		jw_member_c(w, "text", values[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
}

static int send_begun(struct guide *g, size_t number, const struct json **ret, struct err *err)
{
	struct str path = arena_printf(g->arena, "/v25.0/%s/messages", demo_numbers[number].id);

	if (!path.p)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	return call(g, g->api, "POST", path, g->key, ret, err);
}

static int fail_as_spam(struct guide *g, struct str wamid, struct err *err)
{
	struct json_writer *w = begin(g);

	jw_member_str(w, "wamid", wamid);
	jw_member_c(w, "status", "failed");
	jw_member_int(w, "code", SPAM_CODE);
	return sim(g, "/_sim/status", err);
}

/* Complaints: Meta fails a message with its spam code, and the number goes RED. */
static int trouble(struct guide *g, struct err *err)
{
	static const char *const values[] = { "Anna", "A1B2" };
	const char *number = demo_numbers[DEMO_TROUBLED].id;
	const struct json *answer;

	write_template(g, 3, "order_shipped", values, ARRAY_LEN(values));
	int r = send_begun(g, DEMO_TROUBLED, &answer, err);
	if (r == 0)
		r = fail_as_spam(
		    g, json_str(json_get(json_at(json_get(answer, "messages"), 0), "id")), err);
	if (r < 0)
		return r;
	struct json_writer *w = begin(g);
	jw_member_c(w, "number", number);
	jw_member_c(w, "quality", "RED");
	r = sim(g, "/_sim/config", err);
	struct str path = arena_printf(g->arena, "/api/v1/numbers/%s", number);
	if (r == 0 && !path.p)
		r = err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	jw_member_c(begin(g), "quality", "RED");
	return r < 0 ? r : api(g, "PATCH", path.p, NULL, err);
}

/* Two offers from the new number. At night policy holds them: then there is less to see, and nothing wrong. */
static int warm_up(struct guide *g, struct err *err)
{
	static const char *const values[] = { "Anna" };
	struct err held;
	int r = set_statuses(g, "delivered", err);

	for (size_t i = 0; r == 0 && i < 2; i++) {
		write_template(g, i, "spring_offer", values, ARRAY_LEN(values));
		(void)send_begun(g, DEMO_WARMING, NULL, &held);
	}
	return r;
}

static int count_sends(struct guide *g, const char *state, size_t *ret, struct err *err)
{
	const struct json *answer;
	struct str path = arena_printf(g->arena, "/api/v1/decisions?state=%s&limit=1", state);
	int r = path.p ? api(g, "GET", path.p, &answer, err)
		       : err_set(err, E_NOMEM, "%s", _("Memory ran out."));

	if (r == 0)
		*ret = json_len(json_get(answer, "items"));
	return r;
}

/* Until what was sent has been delivered: from here on, what the receiver hears is the person's own doing. */
static int settle(struct guide *g, struct err *err)
{
	size_t accepted = 1, sent = 1;
	int r = 0;

	for (size_t i = 0; r == 0 && accepted + sent > 0 && i < SETTLE_POLLS; i++) {
		pause_ms(POLL_MS);
		r = count_sends(g, "accepted", &accepted, err);
		if (r == 0)
			r = count_sends(g, "sent", &sent, err);
	}
	return r < 0 ? r : set_statuses(g, "auto", err);
}

static int connect_webhook(struct guide *g, struct err *err)
{
	struct json_writer *w = begin(g);

	jw_member_c(w, "webhook", demo_stage_receiver(g->demo->stage));
	jw_member_c(w, "webhook_secret_file", DEMO_WEBHOOK_SECRET);
	return api(g, "PATCH", "/api/v1/integrations/" DEMO_APP, NULL, err);
}

static int invite(struct guide *g, struct err *err)
{
	const struct json *answer;

	(void)begin(g);
	int r = api(g, "POST", "/api/v1/sessions/links", &answer, err);
	if (r == 0 &&
	    str_to_c(json_str(json_get(answer, "url")), g->console, sizeof(g->console)) < 0)
		r = err_set(err, E_INVALID, "%s", _("The gateway gave no link to its console."));
	return r;
}

static int (*const steps[])(struct guide *g, struct err *err) = {
	set_up_sim,
	add_account,
	add_numbers,
	add_templates,
	import_consents,
	open_windows,
	add_app,
	trouble,
	warm_up,
	settle,
	connect_webhook,
	invite,
};

static int set_up(struct guide *g, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(steps); i++) {
		r = atomic_load(&g->demo->stop)
		    ? err_set(err, E_CLOSED, "%s", _("It was interrupted."))
		    : steps[i](g, err);
		arena_reset(g->arena);
	}
	return r;
}

/* --- what to try ------------------------------------------------------------------------------ */

struct trial {
	size_t person;
	const char *text;    /* of the message */
	const char *title;   /* N_() */
	const char *because; /* N_() */
	int status;          /* that it must get */
	const char *code;    /* in its body, or NULL */
};

static const struct trial refused = {
	DEMO_SILENT,
	"Buongiorno! Abbiamo ancora la borsa verde.",
	N_("A message that is refused"),
	N_("This person never wrote to the shop, so no 24-hour window is open: free text may not go, only an approved "
	   "template (rule window.closed)."),
	400,
	"131047",
};

static const struct trial passing = {
	DEMO_WRITER,
	"Buongiorno! Sì, abbiamo la borsa verde.",
	N_("A message that passes"),
	N_("This person wrote to the shop today, so the shop may answer."),
	200,
	NULL,
};

static void write_text(const struct trial *t, struct buf *out)
{
	char phone[DEMO_PHONE_MAX];
	struct json_writer w;

	demo_phone(t->person, phone);
	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "messaging_product", "whatsapp");
	jw_member_c(&w, "to", phone);
	jw_member_c(&w, "type", "text");
	jw_key(&w, "text");
	jw_object(&w);
	jw_member_c(&w, "body", t->text);
	jw_object_end(&w);
	jw_object_end(&w);
}

#define SEND_PATH_FORMAT "/v25.0/%s/messages"

/* As a person would type it. */
static void write_curl(const struct guide *g, const struct trial *t, struct buf *out)
{
	buf_addf(out, "curl -sS %s" SEND_PATH_FORMAT " \\\n", g->demo->url,
	    demo_numbers[DEMO_HEALTHY].id);
	buf_addf(out, "  -H 'Authorization: Bearer %s' \\\n", g->key);
	buf_add_c(out, "  -H 'Content-Type: application/json' \\\n  -d '");
	write_text(t, out);
	buf_add_c(out, "'");
}

static int run_trial(
    struct guide *g, const struct trial *t, struct client_answer *ret, struct err *err)
{
	struct buf body;
	struct str path = arena_printf(g->arena, SEND_PATH_FORMAT, demo_numbers[DEMO_HEALTHY].id);

	buf_init(&body, 0);
	write_text(t, &body);
	struct client_call c = { .method = "POST",
		.target = path,
		.body = buf_str(&body),
		.bearer = g->key,
		.timeout_ms = 60000 };
	int r = !path.p || body.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
				       : client_call(g->api, &c, ret, err);
	buf_done(&body);
	return r;
}

static bool as_expected(const struct trial *t, const struct client_answer *answer)
{
	return answer->status == t->status && answer->body.p && answer->decision[0] &&
	    (!t->code || strstr(answer->body.p, t->code));
}

/* --- telling ---------------------------------------------------------------------------------- */

static int say(const struct buf *out)
{
	return verb_print(WHO, out);
}

#define LABEL_WIDTH 18

static void write_label(const char *label, const char *value, const char *more, struct buf *out)
{
	size_t wide = text_code_points(str_c(label));

	buf_addf(out, "  %s", label);
	do
		buf_add_char(out, ' ');
	while (wide++ < LABEL_WIDTH);
	buf_addf(out, "%s%s\n", value, more);
}

static void write_heading(const struct guide *g, struct buf *out)
{
	const struct demo *d = g->demo;

	buf_addf(out,
	    _("%s is an invented shop with three numbers and %d people; nothing leaves this machine."),
	    DEMO_COMPANY, DEMO_PEOPLE);
	buf_add_c(out, "\n\n");
	write_label(_("Gateway:"), d->url, "", out);
	write_label(_("Simulator:"), demo_stage_sim(d->stage), "", out);
	write_label(_("Admin token:"), d->dir, "/state/admin.token", out);
	write_label(_("Key of the app:"), g->key, "", out);
	/* With --once the gateway is gone before anybody could open it. */
	if (!d->once && console_files->name)
		write_label(_("Console, once:"), g->console, "", out);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < DEMO_NUMBERS; i++)
		buf_addf(out, "  %s  %s  %s\n", demo_numbers[i].id, demo_numbers[i].display,
		    _(demo_numbers[i].story));
	buf_add_char(out, '\n');
}

static void write_trial(const struct guide *g, int n, const struct trial *t, struct buf *out)
{
	buf_addf(out, "%d. %s. %s\n\n", n, _(t->title), _(t->because));
	write_curl(g, t, out);
	buf_add_c(out, "\n\n");
}

static void write_more(const struct guide *g, struct buf *out)
{
	buf_addf(out, "3. %s\n\n",
	    _("Where its webhooks come back: a line appears here for each; all of them are shown by"));
	buf_addf(out, "curl -sS %s\n\n", demo_stage_receiver(g->demo->stage));
	buf_addf(out,
	    _("More: varco decision list --url %s --admin-token-file %s/state/admin.token"),
	    g->demo->url, g->demo->dir);
	buf_addf(out, "\n%s\n", _("Ctrl-C ends the demo and removes all of it."));
}

static int tell(struct guide *g)
{
	struct buf out;

	buf_init(&out, 0);
	write_heading(g, &out);
	write_trial(g, 1, &refused, &out);
	write_trial(g, 2, &passing, &out);
	write_more(g, &out);
	int code = say(&out);
	buf_done(&out);
	demo_stage_print(g->demo->stage, true);
	return code;
}

/* --- once ------------------------------------------------------------------------------------- */

/* What --once has seen. */
struct seen {
	struct client_answer refused, passed;
	struct buf hook;
	bool hook_came, hook_signed;
	bool ok;
};

static struct str wamid_of(struct guide *g, const struct client_answer *answer)
{
	const struct json *doc;

	if (json_read(g->arena, buf_str(&answer->body), &doc, NULL) < 0)
		return STR_NONE;
	return json_str(json_get(json_at(json_get(doc, "messages"), 0), "id"));
}

static int look(struct guide *g, struct seen *s, struct err *err)
{
	int r = run_trial(g, &refused, &s->refused, err);

	if (r == 0)
		r = run_trial(g, &passing, &s->passed, err);
	if (r < 0)
		return r;
	struct str wamid = wamid_of(g, &s->passed);
	s->hook_came = wamid.p &&
	    demo_stage_wait(
		g->demo->stage, wamid, "\"delivered\"", WAIT_MS, &s->hook, &s->hook_signed);
	s->ok = as_expected(&refused, &s->refused) && as_expected(&passing, &s->passed) &&
	    s->hook_came && s->hook_signed;
	return 0;
}

static void write_answer(const struct client_answer *a, struct buf *out)
{
	buf_addf(out, "HTTP %d  Varco-Decision: %s\n", a->status, a->decision);
	buf_add(out, buf_str(&a->body));
	buf_add_c(out, "\n\n");
}

static void write_seen(const struct guide *g, const struct seen *s, struct buf *out)
{
	write_heading(g, out);
	write_trial(g, 1, &refused, out);
	write_answer(&s->refused, out);
	write_trial(g, 2, &passing, out);
	write_answer(&s->passed, out);
	buf_addf(out, "3. %s\n\n",
	    !s->hook_came        ? _("No webhook came back to the app.")
		: s->hook_signed ? _("The webhook came back to the app, signed with its secret:")
				 : _("A webhook came back to the app with a wrong signature:"));
	if (s->hook_came)
		buf_add(out, buf_str(&s->hook));
	buf_add_char(out, '\n');
}

static void write_json_answer(const struct client_answer *a, const char *key, struct json_writer *w)
{
	jw_key(w, key);
	jw_object(w);
	jw_member_int(w, "status", a->status);
	jw_member_c(w, "decision", a->decision);
	jw_key(w, "body");
	jw_raw(w, a->body.len ? buf_str(&a->body) : STR("null"));
	jw_object_end(w);
}

/* `s` NULL: nothing was tried. */
static void write_json(const struct guide *g, const struct seen *s, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "api", g->demo->url);
	jw_member_c(&w, "simulator", demo_stage_sim(g->demo->stage));
	jw_member_c(&w, "receiver", demo_stage_receiver(g->demo->stage));
	jw_key(&w, "admin_token_file");
	jw_str(&w, arena_printf(g->arena, "%s/state/admin.token", g->demo->dir));
	jw_member_c(&w, "console", console_files->name ? g->console : NULL);
	jw_member_c(&w, "app", DEMO_APP);
	jw_member_c(&w, "key", g->key);
	jw_member_int(&w, "people", DEMO_PEOPLE);
	write_numbers(&w);
	if (s) {
		write_json_answer(&s->refused, "refused", &w);
		write_json_answer(&s->passed, "passed", &w);
		jw_key(&w, "webhook");
		jw_object(&w);
		jw_member_bool(&w, "came", s->hook_came);
		jw_member_bool(&w, "signature_ok", s->hook_signed);
		jw_key(&w, "body");
		jw_raw(&w, s->hook.len ? buf_str(&s->hook) : STR("null"));
		jw_object_end(&w);
		jw_member_bool(&w, "ok", s->ok);
	}
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static int tell_json(struct guide *g, const struct seen *s)
{
	struct buf out;

	buf_init(&out, 0);
	write_json(g, s, &out);
	int code = say(&out);
	buf_done(&out);
	return code;
}

static int tell_seen(struct guide *g, const struct seen *s)
{
	struct buf out;

	buf_init(&out, 0);
	write_seen(g, s, &out);
	int code = say(&out);
	buf_done(&out);
	return code;
}

static int once(struct guide *g, struct err *err)
{
	struct seen s = { .ok = false };
	int code = EXIT_FAILED;

	buf_init(&s.refused.body, 0);
	buf_init(&s.passed.body, 0);
	buf_init(&s.hook, 0);
	int r = look(g, &s, err);
	if (r == 0)
		code = g->demo->json ? tell_json(g, &s) : tell_seen(g, &s);
	if (code == EXIT_OK && !s.ok)
		code = EXIT_FAILED;
	buf_done(&s.refused.body);
	buf_done(&s.passed.body);
	buf_done(&s.hook);
	g->demo->code = code;
	return r;
}

/* --- the thread ------------------------------------------------------------------------------- */

static int open_guide(struct guide *g, struct err *err)
{
	const struct client_options api = { .url = g->demo->url, .token = g->demo->token };
	const struct client_options stage = { .url = demo_stage_sim(g->demo->stage),
		.anonymous = true };

	buf_init(&g->body, 0);
	g->arena = arena_new(0, 0);
	if (!g->arena)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	int r = client_open(&api, &g->api, err);
	return r < 0 ? r : client_open(&stage, &g->sim, err);
}

static int guide(struct guide *g, struct err *err)
{
	int r = open_guide(g, err);

	if (r == 0)
		r = set_up(g, err);
	if (r < 0)
		return r;
	if (g->demo->once)
		return once(g, err);
	g->demo->code = g->demo->json ? tell_json(g, NULL) : tell(g);
	return 0;
}

void demo_guide(void *arg)
{
	struct demo *d = arg;
	struct guide g = { .demo = d };
	struct err err = { .code = 0 };
	int r = guide(&g, &err);

	if (r < 0) {
		verb_complain(WHO, str_c(err.text));
		d->code = EXIT_FAILED;
	}
	if (r < 0 || d->once || d->code != EXIT_OK)
		atomic_store(&d->stop, true);
	client_close(&g.api);
	client_close(&g.sim);
	buf_done(&g.body);
	arena_free(&g.arena);
}
