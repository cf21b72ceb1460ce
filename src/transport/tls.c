/* OpenSSL knows nothing of sockets here: what came from the network is put into one memory BIO,
 * what must go there is taken out of another. Connections release their record buffers when
 * idle, so that a quiet one stays small. */
#include "transport/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"

#define PIECE ((size_t)16 * 1024) /* a TLS record's most */
#define CIPHERS_12 "ECDHE+AESGCM:ECDHE+CHACHA20"

struct tls_server {
	SSL_CTX *ctx;
};

struct tls_conn {
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
};

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, ours, sizeof(ours) - 1,
		in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	return SSL_TLSEXT_ERR_OK;
}

static int setup(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
		SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, CIPHERS_12) == 1;
}

static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "unknown reason";
}

static int load(SSL_CTX *ctx, const char *cert_file, const char *key_file, struct err *err)
{
	if (!setup(ctx))
		return err_set(err, E_CRYPTO, "TLS cannot be set up: %s.", reason());
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		return err_field(err, E_CRYPTO, "server.tls_cert",
		    "The certificate in %s cannot be used: %s.", cert_file, reason());
	if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return err_field(err, E_CRYPTO, "server.tls_key",
		    "The private key in %s cannot be used: %s.", key_file, reason());
	return 0;
}

int tls_server_new(
    const char *cert_file, const char *key_file, struct tls_server **ret, struct err *err)
{
	struct tls_server *t = mem_alloc(sizeof(*t));

	ERR_clear_error();
	if (t)
		t->ctx = SSL_CTX_new(TLS_server_method());
	if (!t || !t->ctx) {
		tls_server_free(&t);
		return err_set(err, E_NOMEM, "There is no memory for TLS.");
	}
	int rc = load(t->ctx, cert_file, key_file, err);
	if (rc)
		tls_server_free(&t);
	else
		*ret = t;
	return rc;
}

void tls_server_free(struct tls_server **pt)
{
	struct tls_server *t = *pt;

	*pt = NULL;
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	mem_free(t);
}

static bool attach(struct tls_conn *c, struct tls_server *t)
{
	c->ssl = SSL_new(t->ctx);
	c->in = BIO_new(BIO_s_mem());
	c->out = BIO_new(BIO_s_mem());
	if (!c->ssl || !c->in || !c->out) {
		BIO_free(c->in);
		BIO_free(c->out);
		return false;
	}
	(void)BIO_set_mem_eof_return(c->in, -1); /* empty means "come back", not the end */
	(void)BIO_set_mem_eof_return(c->out, -1);
	SSL_set_bio(c->ssl, c->in, c->out);
	SSL_set_accept_state(c->ssl);
	return true;
}

struct tls_conn *tls_conn_new(struct tls_server *t)
{
	struct tls_conn *c = mem_alloc(sizeof(*c));

	if (c && !attach(c, t))
		tls_conn_free(&c);
	return c;
}

void tls_conn_free(struct tls_conn **pc)
{
	struct tls_conn *c = *pc;

	*pc = NULL;
	if (!c)
		return;
	SSL_free(c->ssl);
	mem_free(c);
}

static int drain_out(struct tls_conn *c, struct buf *wire)
{
	char *bytes;
	long n = BIO_get_mem_data(c->out, &bytes);

	if (n > 0)
		buf_add(wire, str_n(bytes, (size_t)n));
	(void)BIO_reset(c->out);
	return wire->failed ? -E_NOMEM : 0;
}

/* One record at most. 1 when there may be more, 0 when more bytes are needed. */
static int read_piece(struct tls_conn *c, struct buf *clear)
{
	size_t got = 0;

	if (!buf_reserve(clear, PIECE))
		return -E_NOMEM;
	ERR_clear_error();
	int rc = SSL_read_ex(c->ssl, clear->p + clear->len, PIECE, &got);
	if (rc == 1) {
		clear->len += got;
		clear->p[clear->len] = '\0';
		return 1;
	}
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return -E_CLOSED;
	default:
		return -E_CRYPTO;
	}
}

int tls_conn_receive(struct tls_conn *c, struct str wire_in, struct buf *clear, struct buf *wire)
{
	size_t put = 0;

	if (wire_in.len && BIO_write_ex(c->in, wire_in.p, wire_in.len, &put) != 1)
		return -E_NOMEM;
	int rc = 1;
	while (rc > 0)
		rc = read_piece(c, clear);
	int out = drain_out(c, wire); /* handshake records, or the alert that says why not */
	return rc ? rc : out;
}

int tls_conn_send(struct tls_conn *c, struct str clear, struct buf *wire)
{
	size_t put = 0;

	if (!clear.len)
		return 0;
	ERR_clear_error();
	if (SSL_write_ex(c->ssl, clear.p, clear.len, &put) != 1 || put != clear.len)
		return -E_CRYPTO;
	return drain_out(c, wire);
}

void tls_conn_close(struct tls_conn *c, struct buf *wire)
{
	if (!tls_conn_ready(c))
		return;
	ERR_clear_error();
	(void)SSL_shutdown(c->ssl);
	(void)drain_out(c, wire);
}

bool tls_conn_ready(const struct tls_conn *c)
{
	return SSL_is_init_finished(c->ssl) == 1;
}
