/* transport/tls.h: TLS for the listening side: OpenSSL over memory BIOs. TLS 1.2 and 1.3; a
 * certificate chain and key from PEM files. */
#ifndef TRANSPORT_TLS_H
#define TRANSPORT_TLS_H

#include <stdbool.h>
#include "base/str.h"

struct tls_server; /* shared by all loops; immutable after tls_server_new */
struct tls_conn;

MUST_CHECK int tls_server_new(
    const char *cert_file, const char *key_file, struct tls_server **ret, struct err *err);
void tls_server_free(struct tls_server **pt);

MUST_CHECK struct tls_conn *tls_conn_new(struct tls_server *t);
void tls_conn_free(struct tls_conn **pc);
/* Bytes from the network in; clear bytes appended to `clear`, bytes to send appended to `wire`.
 * 0, -E_CLOSED on close_notify, -E_CRYPTO. */
MUST_CHECK int tls_conn_receive(
    struct tls_conn *c, struct str wire_in, struct buf *clear, struct buf *wire);
/* Clear bytes in, wire bytes appended. Only after the handshake. */
MUST_CHECK int tls_conn_send(struct tls_conn *c, struct str clear, struct buf *wire);
void tls_conn_close(struct tls_conn *c, struct buf *wire);
bool tls_conn_ready(const struct tls_conn *c);

#endif
