#include "apps/cli/client.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/cli/verbs.h"
#include "apps/gateway/gateway.h"
#include "base/check.h"
#include "base/file.h"
#include "flow/target.h"

#define TOKEN_FILE_MAX 4096
#define URL_MAX 1024
#define CONNECT_TIMEOUT_MS 5000L
#define CALL_TIMEOUT_MS 600000
#define UPLOAD_BUFFER (256L << 10)
#define STATUS_OK 200
#define STATUS_DIGITS 3

struct client {
	CURL *curl;
	char url[URL_MAX];
	char token[TOKEN_FILE_MAX]; /* "" = none */
	char *ca_file;
	bool loopback;
	bool foreign;
};

static volatile sig_atomic_t interrupted;

/* --- where to, and with which token ----------------------------------------------------------- */

static const char *not_empty(const char *s)
{
	return s && *s ? s : NULL;
}

static int set_url(struct client *c, const char *given, struct err *err)
{
	const char *environment = not_empty(getenv("VARCO_URL"));
	struct str url = str_c(given ? given : environment ? environment : CLIENT_URL);

	while (str_ends(url, STR("/")))
		url.len--;
	if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://")))
		return err_field(err, E_INVALID, "url",
		    _("The server's address \"%.60s\" begins with neither http:// nor https://."),
		    url.p);
	if (str_to_c(url, c->url, sizeof(c->url)) < 0)
		return err_field(
		    err, E_INVALID, "url", "%s", _("The server's address is too long."));
	c->loopback = target_is_loopback(url);
	return 0;
}

static int keep_token(struct client *c, struct str token, const char *where, struct err *err)
{
	token = str_trim(token);
	if (token.len == 0 || memchr(token.p, '\n', token.len) ||
	    str_to_c(token, c->token, sizeof(c->token)) < 0)
		return err_set(err, E_INVALID, _("There is no token in %s."), where);
	return 0;
}

static int read_token(struct client *c, const char *path, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	int r = file_read(path, TOKEN_FILE_MAX - 1, &text, NULL);
	if (r < 0)
		r = err_set(err, E_DENIED, _("The admin token cannot be read from %s."), path);
	else
		r = keep_token(c, buf_str(&text), path, err);
	if (text.p)
		crypto_wipe(text.p, text.len);
	buf_done(&text);
	return r;
}

/* The one that `varco serve` made with the same environment. */
static int read_state_token(struct client *c, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct gateway_config config;
	int r = a ? gateway_config_load(NULL, a, &config, err) : -E_NOMEM;
	struct str path = r == 0 ? arena_printf(a, "%s/admin.token", config.state_dir) : STR_NONE;

	if (r == 0 && path.p)
		r = read_token(c, path.p, NULL);
	if (r < 0 && path.p)
		r = err_set(err, E_DENIED,
		    _("There is no admin token: name its file with --admin-token-file, or set VARCO_TOKEN; "
		      "%s cannot be read."),
		    path.p);
	arena_free(&a);
	return r;
}

static int set_token(struct client *c, const struct client_options *o, struct err *err)
{
	const char *environment = not_empty(getenv("VARCO_TOKEN"));

	if (o->anonymous)
		return 0;
	if (o->token)
		return keep_token(c, str_c(o->token), "options", err);
	if (o->token_file)
		return read_token(c, o->token_file, err);
	if (environment)
		return keep_token(c, str_c(environment), "VARCO_TOKEN", err);
	return read_state_token(c, err);
}

static void warn_of_clear_text(const struct client *c)
{
	if (c->token[0] && !c->loopback && str_starts(str_c(c->url), STR("http://")))
		fprintf(stderr, "%s\n",
		    _("The admin token goes to another machine in clear text; https would keep it secret."));
}

int client_open(const struct client_options *o, struct client **ret, struct err *err)
{
	struct client *c = mem_alloc(sizeof(*c));
	int r;

	if (!c)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	c->foreign = o->foreign;
	r = set_url(c, o->url, err);
	if (r == 0)
		r = set_token(c, o, err);
	if (r == 0 && o->ca_file && !(c->ca_file = strdup(o->ca_file)))
		r = err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	if (r == 0 &&
	    (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(c->curl = curl_easy_init())))
		r = err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	if (r < 0) {
		client_close(&c);
		return r;
	}
	warn_of_clear_text(c);
	*ret = c;
	return 0;
}

void client_close(struct client **pc)
{
	struct client *c = *pc;

	if (!c)
		return;
	if (c->curl)
		curl_easy_cleanup(c->curl);
	free(c->ca_file);
	crypto_wipe(c->token, sizeof(c->token));
	MEM_FREE(pc);
}

const char *client_url(const struct client *c)
{
	return c->url;
}

/* --- calls ------------------------------------------------------------------------------------ */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct client_answer *answer = arg;

	if (answer->sink && answer->status == STATUS_OK)
		return fwrite(bytes, size, n, answer->sink) * size;
	buf_add(&answer->body, str_n(bytes, size * n));
	return answer->body.failed ? 0 : size * n;
}

static void keep_header(struct str value, char *out, size_t size)
{
	if (str_to_c(value, out, size) < 0)
		out[0] = '\0';
}

/* "HTTP/1.1 200 OK" */
static void keep_status(struct str line, struct client_answer *answer)
{
	struct str rest = line;
	uint64_t status;

	(void)str_cut(&rest, ' ');
	if (str_to_u64(str_sub(rest, 0, STATUS_DIGITS), &status) == 0)
		answer->status = (int)status;
}

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
	size_t got = fread(out, size, n, arg);

	return ferror((FILE *)arg) ? CURL_READFUNC_ABORT : got * size;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct client_answer *answer = arg;
	struct str value = str_n(bytes, size * n), name = str_cut(&value, ':');

	if (str_starts(name, STR("HTTP/")))
		keep_status(name, answer);
	if (str_eq_nocase(name, STR("date")))
		keep_header(str_trim(value), answer->date, sizeof(answer->date));
	else if (str_eq_nocase(name, STR("varco-decision")))
		keep_header(str_trim(value), answer->decision, sizeof(answer->decision));
	return size * n;
}

static int on_progress(
    void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	const struct client_call *call = arg;

	(void)down_all;
	(void)down;
	if (call->on_sent && up_all > 0)
		call->on_sent(call->arg, (uint64_t)up, (uint64_t)up_all);
	return interrupted ? 1 : 0;
}

static struct curl_slist *add_header(
    struct curl_slist *list, bool *ok, const char *fmt, const char *value)
{
	char line[TOKEN_FILE_MAX + 64];
	int n = snprintf(line, sizeof(line), fmt, value);
	struct curl_slist *longer = n > 0 && (size_t)n < sizeof(line)
	    ? curl_slist_append(list, line)
	    : NULL;

	*ok = *ok && longer;
	crypto_wipe(line, sizeof(line));
	return longer ? longer : list;
}

static struct curl_slist *headers(const struct client *c, const struct client_call *call, bool *ok)
{
	const char *bearer = call->bearer ? call->bearer : c->token;
	struct curl_slist *list = NULL;

	list = add_header(list, ok, "Accept-Language: %s", lang_code(lang_process()));
	list = add_header(list, ok, "Expect:%s", "");
	if (bearer[0])
		list = add_header(list, ok, "Authorization: Bearer %s", bearer);
	if (call->body.p || call->upload)
		list = add_header(
		    list, ok, "Content-Type: %s", call->type ? call->type : "application/json");
	if (call->upload && call->upload_len < 0)
		list = add_header(list, ok, "Transfer-Encoding: %s", "chunked");
	if (call->header)
		list = add_header(list, ok, "%s", call->header);
	return list;
}

static void set_up(struct client *c, const struct client_call *call, const char *url,
    struct curl_slist *list, struct client_answer *answer)
{
	CURL *curl = c->curl;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
	    (long)(call->timeout_ms ? call->timeout_ms : CALL_TIMEOUT_MS));
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "varco/" VARCO_VERSION);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, call);
	if (c->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, c->ca_file);
	if (c->loopback)
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (call->body.p) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.p);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
	} else if (call->upload) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->upload_len);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(curl, CURLOPT_READDATA, call->upload);
		curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
	}
}

static int fail(
    const struct client *c, CURLcode code, const struct client_answer *answer, struct err *err)
{
	if (interrupted)
		return err_set(err, E_CLOSED, "%s", _("It was interrupted."));
	if (answer->body.failed)
		return err_set(err, E_TOO_LARGE, _("The answer of %s is too large."), c->url);
	if (c->foreign)
		return err_set(err, code == CURLE_OPERATION_TIMEDOUT ? E_TIMEOUT : E_IO,
		    _("No answer from %s: %s."), c->url, curl_easy_strerror(code));
	return err_set(err, code == CURLE_OPERATION_TIMEDOUT ? E_TIMEOUT : E_IO,
	    _("No answer from %s: %s. Is \"varco serve\" running there?"), c->url,
	    curl_easy_strerror(code));
}

int client_call(
    struct client *c, const struct client_call *call, struct client_answer *ret, struct err *err)
{
	bool ok = true;
	long status = 0;
	struct buf url;

	buf_init(&url, 0);
	buf_addf(&url, "%s%.*s", c->url, STR_ARG(call->target));
	struct curl_slist *list = headers(c, call, &ok);
	ret->date[0] = ret->decision[0] = '\0';
	ret->status = 0;
	ret->body.max = CLIENT_ANSWER_MAX;
	int r = ok && !url.failed ? 0 : err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	if (r == 0) {
		set_up(c, call, url.p, list, ret);
		CURLcode code = curl_easy_perform(c->curl);
		if (code != CURLE_OK)
			r = fail(c, code, ret, err);
		curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
		ret->status = (int)status;
	}
	curl_slist_free_all(list);
	buf_done(&url);
	return r;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' || c == '.' || c == '~';
}

void client_encode(struct buf *out, const char *value)
{
	for (const char *c = value; *c; c++) {
		if (is_plain(*c))
			buf_add_char(out, *c);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*c);
	}
}

/* --- exit codes, interrupts ------------------------------------------------------------------- */

int client_exit_status(int status)
{
	switch (status) {
	case 400:
	case 422:
		return EXIT_USAGE;
	case 401:
		return EXIT_NOT_AUTHORISED;
	case 403: /* of the API's own: what policy refuses */
		return EXIT_REFUSED;
	case 409:
		return EXIT_CONFLICT;
	case 429:
	case 502:
	case 503:
	case 504:
		return EXIT_UNAVAILABLE;
	default:
		return status >= 200 && status < 300 ? EXIT_OK : EXIT_FAILED;
	}
}

int client_exit_error(int code)
{
	switch (code < 0 ? -code : code) {
	case E_INVALID:
		return EXIT_USAGE;
	case E_DENIED:
		return EXIT_NOT_AUTHORISED;
	case E_IO:
	case E_TIMEOUT:
		return EXIT_UNAVAILABLE;
	case E_CLOSED:
		return EXIT_INTERRUPTED;
	default:
		return EXIT_FAILED;
	}
}

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void client_catch_interrupt(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_interrupt;
	action.sa_flags = (int)SA_RESETHAND;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
}
