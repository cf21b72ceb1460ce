#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/check.h"
#include "transport/http_server.h"
#include "transport/test_client.h"
#include "transport/tls.h"
#include "transport/upstream.h"

/* --- certificates, made anew for every run --------------------------------------------------- */

static struct {
	char dir[64], cert[96], key[96], other_key[96];
	struct tls_server *tls;
	struct loop *loop;
	struct http_server *server;
	struct upstream *up;
} t;

static EVP_PKEY *make_key(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *f = fopen(path, "w");

	assert_non_null(key);
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
	return key;
}

static void add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* For localhost and 127.0.0.1, its own issuer. */
static void make_cert(EVP_PKEY *key, const char *path)
{
	X509 *x = X509_new();
	FILE *f = fopen(path, "w");

	assert_non_null(x);
	assert_non_null(f);
	assert_int_equal(X509_set_version(x, 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_NAME *name = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const unsigned char *)"varco.example", -1, -1, 0);
	X509_set_issuer_name(x, name);
	add_extension(x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
}

static int make_files(void **state)
{
	(void)state;
	snprintf(t.dir, sizeof(t.dir), "/tmp/varco-tls-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	snprintf(t.cert, sizeof(t.cert), "%s/cert.pem", t.dir);
	snprintf(t.key, sizeof(t.key), "%s/key.pem", t.dir);
	snprintf(t.other_key, sizeof(t.other_key), "%s/other.pem", t.dir);
	EVP_PKEY *key = make_key(t.key), *other = make_key(t.other_key);
	make_cert(key, t.cert);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(t.cert);
	unlink(t.key);
	unlink(t.other_key);
	return rmdir(t.dir);
}

/* --- a server and a client ------------------------------------------------------------------- */

static void on_request(void *ctx, struct http_request *req)
{
	(void)ctx;
	http_respond(req, 200, NULL, 0, req->body.p ? req->body : STR("hello"));
}

static void open_upstream(const char *ca_file)
{
	const struct upstream_options o = {
		.connect_timeout_ms = 5000, .timeout_ms = 10000, .ca_file = ca_file
	};
	struct err err;

	if (upstream_open(t.loop, &o, &t.up, &err))
		fail_msg("%s", err.text);
}

static int set_up(void **state)
{
	const struct http_handler h = { .on_request = on_request };
	struct http_limits l;
	struct err err;

	(void)state;
	http_limits_default(&l);
	l.head_ms = 1500; /* of twenty handshakes at once, on a busy machine */
	l.tick_ms = 10;
	(void)signal(SIGPIPE, SIG_IGN);
	t.loop = loop_new(&err);
	assert_non_null(t.loop);
	if (tls_server_new(t.cert, t.key, &t.tls, &err) ||
	    http_server_open(t.loop, "127.0.0.1:0", &l, t.tls, &h, &t.server, &err))
		fail_msg("%s", err.text);
	open_upstream(t.cert);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	upstream_close(&t.up);
	http_server_close(&t.server);
	loop_free(&t.loop);
	tls_server_free(&t.tls);
	return 0;
}

struct result {
	int done, status;
	enum upstream_outcome outcome;
	struct buf body;
};

static void on_done(void *arg, const struct upstream_answer *a)
{
	struct result *r = arg;

	r->done++;
	r->outcome = a->outcome;
	r->status = a->status;
	buf_add(&r->body, a->body);
}

static bool is_done(void *arg)
{
	return ((struct result *)arg)->done > 0;
}

static void call(const char *host, struct str body, struct result *ret)
{
	char url[128];
	struct err err;

	*ret = (struct result){ 0 };
	snprintf(url, sizeof(url), "https://%s:%d/", host, port_of(http_server_address(t.server)));
	const struct upstream_request r = { .method = body.p ? HTTP_M_POST : HTTP_M_GET,
		.url = str_c(url),
		.body = body,
		.arg = ret,
		.on_done = on_done };
	if (upstream_start(t.up, &r, NULL, &err))
		fail_msg("%s", err.text);
}

static void expect(
    const char *name, struct result *r, enum upstream_outcome outcome, struct str body)
{
	turn_until(t.loop, name, is_done, r);
	if (r->outcome != outcome || !str_eq(buf_str(&r->body), body))
		fail_msg("%s: outcome %d, status %d, %zu bytes", name, (int)r->outcome, r->status,
		    r->body.len);
	buf_done(&r->body);
}

static void test_calls(void **state)
{
	struct result r, many[20];
	struct http_stats s;
	struct buf big;

	(void)state;
	call("127.0.0.1", STR_NONE, &r);
	expect("a call", &r, UPSTREAM_ANSWERED, STR("hello"));
	buf_init(&big, 0);
	for (int i = 0; i < 1000000; i++)
		buf_add_char(&big, (char)('a' + i % 26));
	call("127.0.0.1", buf_str(&big), &r);
	expect("a large body", &r, UPSTREAM_ANSWERED, buf_str(&big));
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		call("127.0.0.1", STR("x"), &many[i]);
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		expect("many at once", &many[i], UPSTREAM_ANSWERED, STR("x"));
	http_server_stats(t.server, &s);
	assert_int_equal(s.requests, 22);
	assert_true(s.accepted < 22); /* connections are kept */
	buf_done(&big);
}

static void test_unknown_issuer(void **state)
{
	struct result r;

	(void)state;
	upstream_close(&t.up);
	open_upstream(NULL);
	call("127.0.0.1", STR("x"), &r);
	expect("unknown issuer", &r, UPSTREAM_NOT_SENT, STR(""));
}

static void test_another_name(void **state)
{
	struct result r;

	(void)state;
	call("127.0.0.2", STR("x"), &r);
	expect("another name", &r, UPSTREAM_NOT_SENT, STR(""));
}

/* --- bad clients ----------------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct str say;
} strangers[] = {
	{ "plain HTTP", { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27 } },
	{ "noise", { "\x16\x03\x01\x00\x05\xff\xff\xff\xff\xff", 10 } },
	{ "silence in the handshake", { "\x16\x03\x01", 3 } },
	{ "nothing at all", { "", 0 } },
};

static bool no_conns(void *arg)
{
	struct http_stats s;

	(void)arg;
	http_server_stats(t.server, &s);
	return s.conns == 0;
}

static void test_strangers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		struct buf in;
		int fd = dial_port(port_of(http_server_address(t.server)));
		buf_init(&in, 0);
		(void)put(t.loop, fd, strangers[i].say);
		(void)take(t.loop, fd, &in, SIZE_MAX);
		if (count_of(buf_str(&in), "HTTP/1.1"))
			fail_msg("%s is answered in the clear", strangers[i].name);
		close(fd);
		turn_until(t.loop, strangers[i].name, no_conns, NULL);
		buf_done(&in);
	}
	struct result r;
	call("127.0.0.1", STR("x"), &r);
	expect("after the strangers", &r, UPSTREAM_ANSWERED, STR("x"));
}

/* --- records, without sockets ---------------------------------------------------------------- */

struct pair {
	SSL_CTX *ctx;
	SSL *client;
	BIO *to_client, *to_server;
	struct tls_conn *server;
	struct buf clear, wire;
};

static void pair_init(struct pair *p, int max_version)
{
	*p = (struct pair){ .ctx = SSL_CTX_new(TLS_client_method()) };
	assert_int_equal(SSL_CTX_set_min_proto_version(p->ctx, TLS1_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(p->ctx, max_version), 1);
	SSL_CTX_set_security_level(p->ctx, 0);
	p->client = SSL_new(p->ctx);
	p->to_client = BIO_new(BIO_s_mem());
	p->to_server = BIO_new(BIO_s_mem());
	SSL_set_bio(p->client, p->to_client, p->to_server);
	SSL_set_connect_state(p->client);
	p->server = tls_conn_new(t.tls);
	assert_non_null(p->server);
	buf_init(&p->clear, 0);
	buf_init(&p->wire, 0);
}

static void pair_done(struct pair *p)
{
	SSL_free(p->client);
	SSL_CTX_free(p->ctx);
	tls_conn_free(&p->server);
	buf_done(&p->clear);
	buf_done(&p->wire);
	ERR_clear_error();
}

/* What the client wrote goes to the server, `step` bytes at a time, and back comes what that
 * answers. */
static int carry(struct pair *p, size_t step)
{
	char bytes[65536];
	int n, rc = 0;

	while (rc == 0 && (n = BIO_read(p->to_server, bytes, (int)step)) > 0) {
		rc = tls_conn_receive(p->server, str_n(bytes, (size_t)n), &p->clear, &p->wire);
		if (p->wire.len)
			assert_int_equal(
			    BIO_write(p->to_client, p->wire.p, (int)p->wire.len), (int)p->wire.len);
		buf_reset(&p->wire);
	}
	return rc;
}

static int handshake(struct pair *p, size_t step)
{
	int rc = 0;

	for (int i = 0; i < 10 && rc == 0; i++) {
		if (SSL_do_handshake(p->client) == 1)
			break;
		rc = carry(p, step);
	}
	return rc ? rc : carry(p, step);
}

static void test_byte_by_byte(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	static const size_t steps[] = { 1, 7, 65536 };
	char back[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions) * ARRAY_LEN(steps); i++) {
		struct pair p;
		size_t step = steps[i / ARRAY_LEN(versions)];
		pair_init(&p, versions[i % ARRAY_LEN(versions)]);
		assert_false(tls_conn_ready(p.server));
		assert_int_equal(handshake(&p, step), 0);
		assert_true(tls_conn_ready(p.server));
		assert_int_equal(SSL_write(p.client, "to the server", 13), 13);
		assert_int_equal(carry(&p, step), 0);
		assert_string_equal(p.clear.p, "to the server");
		assert_int_equal(tls_conn_send(p.server, STR("to the client"), &p.wire), 0);
		assert_int_equal(
		    BIO_write(p.to_client, p.wire.p, (int)p.wire.len), (int)p.wire.len);
		assert_int_equal(SSL_read(p.client, back, sizeof(back)), 13);
		assert_memory_equal(back, "to the client", 13);
		(void)SSL_shutdown(p.client);
		assert_int_equal(carry(&p, step), -E_CLOSED);
		pair_done(&p);
	}
}

static void test_old_versions(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, TLS1_1_VERSION);
	assert_int_equal(handshake(&p, 65536), -E_CRYPTO);
	assert_false(tls_conn_ready(p.server));
	assert_true(BIO_pending(p.to_client) > 0); /* the alert that says why */
	pair_done(&p);
}

static void test_forged_record(void **state)
{
	struct pair p;
	char bytes[256];

	(void)state;
	pair_init(&p, TLS1_3_VERSION);
	assert_int_equal(handshake(&p, 65536), 0);
	assert_int_equal(SSL_write(p.client, "hello", 5), 5);
	int n = BIO_read(p.to_server, bytes, sizeof(bytes));
	assert_true(n > 10);
	bytes[n - 1] ^= 1;
	assert_int_equal(
	    tls_conn_receive(p.server, str_n(bytes, (size_t)n), &p.clear, &p.wire), -E_CRYPTO);
	assert_int_equal(p.clear.len, 0);
	pair_done(&p);
}

static void test_we_say_when_we_close(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	pair_init(&p, TLS1_3_VERSION);
	tls_conn_close(p.server, &p.wire);
	assert_int_equal(p.wire.len, 0); /* before the handshake there is nothing to close */
	assert_int_equal(handshake(&p, 65536), 0);
	tls_conn_close(p.server, &p.wire);
	assert_int_equal(BIO_write(p.to_client, p.wire.p, (int)p.wire.len), (int)p.wire.len);
	assert_int_equal(SSL_read(p.client, &byte, 1), 0);
	assert_int_equal(SSL_get_error(p.client, 0), SSL_ERROR_ZERO_RETURN);
	pair_done(&p);
}

/* --- files ----------------------------------------------------------------------------------- */

static void test_bad_files(void **state)
{
	const struct {
		const char *cert, *key, *field, *names;
	} files[] = {
		{ "/nowhere/cert.pem", t.key, "server.tls_cert", "/nowhere/cert.pem" },
		{ t.key, t.key, "server.tls_cert", t.key },
		{ t.cert, "/nowhere/key.pem", "server.tls_key", "/nowhere/key.pem" },
		{ t.cert, t.cert, "server.tls_key", t.cert },
		{ t.cert, t.other_key, "server.tls_key", t.other_key },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct tls_server *tls = NULL;
		struct err err;
		if (tls_server_new(files[i].cert, files[i].key, &tls, &err) != -E_CRYPTO || tls ||
		    strcmp(err.field, files[i].field) != 0 || !strstr(err.text, files[i].names))
			fail_msg("%s and %s: %s", files[i].cert, files[i].key, err.text);
	}
}

#define ON(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_calls),
		ON(test_unknown_issuer),
		ON(test_another_name),
		ON(test_strangers),
		ON(test_byte_by_byte),
		ON(test_old_versions),
		ON(test_forged_record),
		ON(test_we_say_when_we_close),
		cmocka_unit_test(test_bad_files),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
