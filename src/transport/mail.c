/* What a server says comes as "headers" from libcurl, line by line; together with whether the whole
 * letter was handed over it tells how far things came. */
#include "transport/mail.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/check.h"
#include "transport/address.h"

#define URL_MAX 512
#define ANSWER_LINE_MIN 4
#define GO_AHEAD 354 /* the server waits for the letter */
#define FAREWELL 221 /* says nothing of the letter */
#define NOES_MAX 64

struct mailer {
	struct loop *loop;
	struct mail_options options;
	uv_work_t work;
	atomic_bool stop;
	bool busy;
	/* of the letter under way; the worker's alone until on_worked() */
	struct mail letter;
	size_t read;
	bool whole;                /* all of it was handed to libcurl */
	bool ahead;                /* the server asked for it */
	int status, status_behind; /* last answers: of all, of those behind the whole letter */
	size_t refused;
	uint64_t noes; /* the newest NOES_MAX answers, a bit each: 1 = no */
	struct mail_result result;
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_init(void)
{
	global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* --- addresses of servers --------------------------------------------------------------------- */

static bool is_tls_url(struct str url)
{
	return str_starts(url, STR("smtps://"));
}

/* Behind the scheme: host and perhaps a port. */
static struct str authority_of(struct str url)
{
	if (is_tls_url(url))
		return str_sub(url, 8, url.len);
	return str_starts(url, STR("smtp://")) ? str_sub(url, 7, url.len) : STR_NONE;
}

static struct str host_of(struct str authority)
{
	struct str rest = authority;

	if (!str_starts(authority, STR("[")))
		return str_cut(&rest, ':');
	struct str host = str_cut(&rest, ']');
	return str_sub(authority, 0, host.len + 1);
}

static bool is_port(struct str s)
{
	uint64_t n = 0;

	return s.len == 0 ||
	    (s.p[0] == ':' && str_to_u64(str_sub(s, 1, s.len), &n) == 0 && n > 0 && n < 65536);
}

static bool is_host(struct str host)
{
	bool v6 = str_starts(host, STR("["));
	size_t from = v6 ? 1 : 0, to = v6 ? host.len - 1 : host.len;

	if (from >= to || (v6 && host.p[host.len - 1] != ']'))
		return false;
	for (size_t i = from; i < to; i++) {
		char c = host.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '.';
		if (!word && c != (v6 ? ':' : '-'))
			return false;
	}
	return true;
}

int mail_check_url(struct str url, struct err *err)
{
	struct str authority = authority_of(url), host = host_of(authority);

	if (authority.len && url.len < URL_MAX / 2 && is_host(host) &&
	    is_port(str_sub(authority, host.len, authority.len)))
		return 0;
	return err_set(err, E_INVALID,
	    "An SMTP server is written smtp://host, smtps://host, with a port where it is another.");
}

/* --- a conversation --------------------------------------------------------------------------- */

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
	struct mailer *m = arg;
	struct str rest = str_sub(m->letter.text, m->read, size * n);

	if (rest.len)
		memcpy(out, rest.p, rest.len);
	m->read += rest.len;
	m->whole = rest.len == 0;
	return rest.len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The last answers before it are those about the recipients, one each; a no to EHLO, which a HELO
 * follows, or to a way of signing in is none of theirs. */
static void go_ahead(struct mailer *m)
{
	size_t n = m->letter.to_len;

	m->ahead = true;
	m->refused = (size_t)__builtin_popcountll(
	    n < NOES_MAX ? m->noes & ((1ULL << n) - 1) : m->noes);
}

/* "550 5.1.1 …" is the end of an answer, "550-…" is not yet. */
static size_t on_line(char *line, size_t size, size_t n, void *arg)
{
	struct mailer *m = arg;
	size_t len = size * n;

	if (len < ANSWER_LINE_MIN || !is_digit(line[0]) || !is_digit(line[1]) ||
	    !is_digit(line[2]) || line[3] == '-')
		return len;
	int status = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	if (status == FAREWELL)
		return len;
	m->status = status;
	if (m->whole)
		m->status_behind = m->status;
	else if (m->status == GO_AHEAD)
		go_ahead(m);
	else if (!m->ahead)
		m->noes = m->noes << 1 | (m->status >= 400);
	return len;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct mailer *m = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load(&m->stop);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

/* What became of it, by how far it came. */
static enum mail_outcome outcome_of(const struct mailer *m, CURLcode rc)
{
	if (rc == CURLE_OK)
		return MAIL_TAKEN;
	int status = m->whole ? m->status_behind : m->status;
	if (m->whole && !status)
		return MAIL_UNKNOWN;
	if (m->whole && status < 300) /* taken, and the farewell failed */
		return MAIL_TAKEN;
	return status >= 500 ? MAIL_REFUSED : MAIL_NOT_SENT;
}

static void conclude(struct mailer *m, CURLcode rc)
{
	struct mail_result *r = &m->result;

	r->outcome = outcome_of(m, rc);
	r->status = m->status;
	r->refused = r->outcome == MAIL_TAKEN ? m->refused : 0;
	r->why[0] = '\0';
	if (r->outcome == MAIL_TAKEN)
		return;
	if (m->status >= 400)
		(void)snprintf(r->why, sizeof(r->why), "status %d", m->status);
	else
		(void)snprintf(r->why, sizeof(r->why), "%s", curl_easy_strerror(rc));
}

/* --- options ---------------------------------------------------------------------------------- */

static CURLcode set_text(CURL *e, CURLoption option, struct str s)
{
	char text[URL_MAX];

	if (!s.p)
		return CURLE_OK;
	if (str_to_c(s, text, sizeof(text)) < 0)
		return CURLE_BAD_FUNCTION_ARGUMENT;
	CURLcode rc = curl_easy_setopt(e, option, text); /* libcurl copies it */
	explicit_bzero(text, sizeof(text));
	return rc;
}

/* libcurl greets with what stands behind the slash: the sender's domain, and not this host's name. */
static CURLcode set_address(const struct mailer *m, CURL *e)
{
	char url[URL_MAX];
	const char *given = m->options.url;
	int n = snprintf(url, sizeof(url), "%s/%.*s", given, STR_ARG(mime_domain(m->letter.from)));

	return n > 0 && (size_t)n < sizeof(url) ? curl_easy_setopt(e, CURLOPT_URL, url)
						: CURLE_URL_MALFORMAT;
}

static CURLcode set_tls(const struct mailer *m, CURL *e)
{
	struct str url = str_c(m->options.url);
	bool near = !is_tls_url(url) && address_host_is_loopback(host_of(authority_of(url)));
	CURLcode rc = curl_easy_setopt(
	    e, CURLOPT_USE_SSL, (long)(near ? CURLUSESSL_TRY : CURLUSESSL_ALL));

	if (!rc && m->options.ca_file)
		rc = curl_easy_setopt(e, CURLOPT_CAINFO, m->options.ca_file);
	if (!rc)
		rc = curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!rc && near)
		rc = curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
	if (!rc && near)
		rc = curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	return rc;
}

static CURLcode set_limits(const struct mailer *m, CURL *e)
{
	const struct {
		CURLoption option;
		long value;
	} rows[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_CONNECTTIMEOUT_MS, (long)m->options.connect_timeout_ms },
		{ CURLOPT_TIMEOUT_MS, (long)m->options.timeout_ms },
		/* A farewell is bound by this one alone. */
		{ CURLOPT_SERVER_RESPONSE_TIMEOUT,
		    (long)((m->options.timeout_ms + MS_PER_S - 1) / MS_PER_S) },
		{ CURLOPT_UPLOAD, 1 },
		{ CURLOPT_SASL_IR, 1 },
		{ CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1 },
		{ CURLOPT_NOPROGRESS, 0 },
		{ CURLOPT_FORBID_REUSE, 1 },
	};
	CURLcode rc = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");

	for (size_t i = 0; !rc && i < ARRAY_LEN(rows); i++)
		rc = curl_easy_setopt(e, rows[i].option, rows[i].value);
	if (!rc)
		rc = curl_easy_setopt(e, CURLOPT_PROXY, "");
	return rc;
}

static CURLcode set_callbacks(struct mailer *m, CURL *e)
{
	const CURLoption arguments[] = { CURLOPT_READDATA, CURLOPT_HEADERDATA,
		CURLOPT_XFERINFODATA };
	CURLcode rc = curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);

	if (!rc)
		rc = curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_line);
	if (!rc)
		rc = curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	if (!rc)
		rc = curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	for (size_t i = 0; !rc && i < ARRAY_LEN(arguments); i++)
		rc = curl_easy_setopt(e, arguments[i], m);
	return rc;
}

static bool add_recipient(struct curl_slist **list, struct str address)
{
	char text[MIME_ADDRESS_MAX + 1];
	struct curl_slist *more = str_to_c(address, text, sizeof(text)) == 0
	    ? curl_slist_append(*list, text)
	    : NULL;

	if (more)
		*list = more;
	return more != NULL;
}

static CURLcode set_envelope(struct mailer *m, CURL *e, struct curl_slist **list)
{
	CURLcode rc = set_text(e, CURLOPT_MAIL_FROM, m->letter.from);

	for (size_t i = 0; i < m->letter.to_len; i++) {
		if (!add_recipient(list, m->letter.to[i]))
			return CURLE_OUT_OF_MEMORY;
	}
	if (!rc)
		rc = curl_easy_setopt(e, CURLOPT_MAIL_RCPT, *list);
	if (!rc)
		rc = set_text(e, CURLOPT_USERNAME, m->options.user);
	if (!rc && m->options.user.p)
		rc = set_text(e, CURLOPT_PASSWORD, m->options.password);
	return rc;
}

/* --- the worker ------------------------------------------------------------------------------- */

static void work(uv_work_t *w)
{
	struct mailer *m = w->data;
	struct curl_slist *list = NULL;
	CURL *e = curl_easy_init();
	CURLcode rc = e ? set_address(m, e) : CURLE_OUT_OF_MEMORY;

	if (!rc)
		rc = set_tls(m, e);
	if (!rc)
		rc = set_limits(m, e);
	if (!rc)
		rc = set_callbacks(m, e);
	if (!rc)
		rc = set_envelope(m, e, &list);
	if (!rc)
		rc = curl_easy_perform(e);
	conclude(m, rc);
	if (e)
		curl_easy_cleanup(e);
	curl_slist_free_all(list);
}

static void on_worked(uv_work_t *w, int status)
{
	struct mailer *m = w->data;
	struct mail letter = m->letter;
	struct mail_result result = m->result;

	(void)status; /* never cancelled */
	m->busy = false;
	letter.on_done(letter.arg, &result);
}

static int check_letter(const struct mail *letter, struct err *err)
{
	bool good = mime_is_address(letter->from) && letter->to_len > 0 &&
	    letter->to_len <= MIME_TO_MAX;

	for (size_t i = 0; good && i < letter->to_len; i++)
		good = mime_is_address(letter->to[i]);
	return good ? 0 : err_set(err, E_INVALID, "A letter has a malformed address.");
}

int mailer_start(struct mailer *m, const struct mail *letter, struct err *err)
{
	int r = check_letter(letter, err);

	if (r < 0)
		return r;
	if (atomic_load(&m->stop))
		return err_set(err, E_CLOSED, "Letters are not sent any more.");
	if (m->busy)
		return err_set(err, E_BUSY, "A letter is under way.");
	m->letter = *letter;
	m->read = m->refused = 0;
	m->noes = 0;
	m->whole = m->ahead = false;
	m->status = m->status_behind = 0;
	m->work.data = m;
	if (uv_queue_work(loop_uv(m->loop), &m->work, work, on_worked) < 0)
		return err_set(err, E_NOMEM, "No thread can be had for a letter.");
	m->busy = true;
	return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

int mailer_open(struct loop *l, const struct mail_options *o, struct mailer **ret, struct err *err)
{
	int r = mail_check_url(str_c(o->url), err);

	if (r < 0)
		return r;
	pthread_once(&global_once, global_init);
	if (global_result)
		return err_set(
		    err, E_IO, "libcurl cannot be used: %s.", curl_easy_strerror(global_result));
	struct mailer *m = mem_alloc(sizeof(*m));
	if (!m)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	m->loop = l;
	m->options = *o;
	*ret = m;
	return 0;
}

void mailer_stop(struct mailer *m)
{
	if (m)
		atomic_store(&m->stop, true);
}

void mailer_close(struct mailer **pm)
{
	if (!*pm)
		return;
	ASSERT(!(*pm)->busy);
	MEM_FREE(pm);
}
