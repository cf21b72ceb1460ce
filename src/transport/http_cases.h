/* transport/http_cases.h: requests and the status that must answer them; 200 means understood. For
 * http_parse_test.c (as bytes) and http_server_test.c (over a socket). */
#ifndef TRANSPORT_HTTP_CASES_H
#define TRANSPORT_HTTP_CASES_H

#include "base/str.h"

#define BYTES(lit) { lit, sizeof(lit) - 1 }
#define HOST "Host: varco.example\r\n"

static const struct http_case {
	const char *name;
	struct str bytes;
	int status;
} http_cases[] = {
	{ "plain", BYTES("GET /a HTTP/1.1\r\n" HOST "\r\n"), 200 },
	{ "query", BYTES("GET /a?b={c}&d=[1] HTTP/1.1\r\n" HOST "\r\n"), 200 },
	{ "escapes in the path", BYTES("GET /a%2Fb%20c HTTP/1.1\r\n" HOST "\r\n"), 200 },
	{ "one empty line first", BYTES("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 200 },
	{ "no blank behind the colon", BYTES("GET / HTTP/1.1\r\nHost:x\r\n\r\n"), 200 },
	{ "tabs around a value", BYTES("GET / HTTP/1.1\r\nHost:\tx\t\r\n\r\n"), 200 },
	{ "empty value", BYTES("GET / HTTP/1.1\r\n" HOST "X-A:\r\n\r\n"), 200 },
	{ "Latin-1 in a value", BYTES("GET / HTTP/1.1\r\n" HOST "X-A: caf\xe9\r\n\r\n"), 200 },
	{ "1.0 without Host", BYTES("GET / HTTP/1.0\r\n\r\n"), 200 },
	{ "IPv6 Host", BYTES("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"), 200 },
	{ "empty body", BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"), 200 },
	{ "coding in capitals",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"), 200 },
	{ "another method", BYTES("PROPFIND / HTTP/1.1\r\n" HOST "\r\n"), 200 },
	/* line ends */
	{ "bare LF in the request line", BYTES("GET / HTTP/1.1\n" HOST "\r\n"), 400 },
	{ "bare LF behind a header", BYTES("GET / HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n"), 400 },
	{ "bare LF as the empty line", BYTES("GET / HTTP/1.1\r\n" HOST "\n"), 400 },
	{ "only LFs", BYTES("GET / HTTP/1.1\nHost: x\n\n"), 400 },
	{ "bare CR in a value", BYTES("GET / HTTP/1.1\r\n" HOST "X-A: b\rX-C: d\r\n\r\n"), 400 },
	{ "bare CR in the target", BYTES("GET /\rX HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "CR CR LF", BYTES("GET / HTTP/1.1\r\n" HOST "X-A: b\r\r\n\r\n"), 400 },
	{ "two empty lines first", BYTES("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "folded header", BYTES("GET / HTTP/1.1\r\n" HOST "X-A: b\r\n c\r\n\r\n"), 400 },
	{ "folded by a tab", BYTES("GET / HTTP/1.1\r\n" HOST "X-A: b\r\n\tc\r\n\r\n"), 400 },
	{ "first header begins with a blank", BYTES("GET / HTTP/1.1\r\n " HOST "\r\n"), 400 },
	{ "zero byte in a value", BYTES("GET / HTTP/1.1\r\n" HOST "X-A: b\0c\r\n\r\n"), 400 },
	{ "zero byte in a name", BYTES("GET / HTTP/1.1\r\n" HOST "X\0A: b\r\n\r\n"), 400 },
	{ "zero byte in the target", BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "control in a value", BYTES("GET / HTTP/1.1\r\n" HOST "X-A: \x01\r\n\r\n"), 400 },
	{ "TLS on a plain port", BYTES("\x16\x03\x01\x02\x00\x01"), 400 },
	{ "blank first", BYTES(" GET / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	/* names */
	{ "blank before the colon", BYTES("GET / HTTP/1.1\r\nHost : x\r\n\r\n"), 400 },
	{ "blank in a name", BYTES("GET / HTTP/1.1\r\n" HOST "Content Length: 3\r\n\r\n"), 400 },
	{ "empty name", BYTES("GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n"), 400 },
	{ "no colon", BYTES("GET / HTTP/1.1\r\n" HOST "X-A\r\n\r\n"), 400 },
	{ "name with a comma", BYTES("GET / HTTP/1.1\r\n" HOST "X,A: b\r\n\r\n"), 400 },
	{ "name outside ASCII", BYTES("GET / HTTP/1.1\r\n" HOST "X\xc3\xa9: b\r\n\r\n"), 400 },
	/* Host */
	{ "no Host", BYTES("GET / HTTP/1.1\r\n\r\n"), 400 },
	{ "two Hosts", BYTES("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400 },
	{ "the same Host twice", BYTES("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400 },
	{ "two Hosts in 1.0", BYTES("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400 },
	{ "empty Host", BYTES("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400 },
	{ "Host with a path", BYTES("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400 },
	{ "Host with a user", BYTES("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400 },
	/* targets */
	{ "absolute form", BYTES("GET http://a/b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "asterisk form", BYTES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "authority form", BYTES("CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "no target", BYTES("GET  HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "fragment", BYTES("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "backslash", BYTES("GET /a\\b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "bad escape", BYTES("GET /a%2 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "bad escape's digit", BYTES("GET /a%2g HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "UTF-8 in the path", BYTES("GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "UTF-8 in the query", BYTES("GET /?\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "blank in the target", BYTES("GET /a b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "two blanks before the target", BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "two blanks before the version", BYTES("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "two blanks behind a query", BYTES("GET /?a  HTTP/1.1\r\n" HOST "\r\n"), 400 },
	/* request lines */
	{ "unknown method", BYTES("FETCH / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "small letters", BYTES("get / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ "0.9", BYTES("GET /\r\n\r\n"), 505 },
	{ "HTTP/2.0", BYTES("GET / HTTP/2.0\r\n" HOST "\r\n"), 505 },
	{ "HTTP/1.2", BYTES("GET / HTTP/1.2\r\n" HOST "\r\n"), 505 },
	{ "HTTP/2 preface", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400 },
	{ "version with a blank", BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n"), 505 },
	{ "another protocol", BYTES("GET / ICAP/1.0\r\n" HOST "\r\n"), 400 },
	/* body framing */
	{ "length and coding",
	    BYTES(
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
		"0\r\n\r\nGET /x HTTP/1.1\r\n" HOST "\r\n"),
	    400 },
	{ "coding and length",
	    BYTES(
		"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
		"0\r\n\r\n"),
	    400 },
	{ "two lengths",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
	    400 },
	{ "the same length twice",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
	    400 },
	{ "list of lengths", BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc"),
	    400 },
	{ "length with a sign", BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc"),
	    400 },
	{ "negative length", BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"), 400 },
	{ "hex length", BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc"), 400 },
	{ "empty length", BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"), 400 },
	{ "length beyond 2^64",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n"), 400 },
	{ "the largest length",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n"), 400 },
	{ "another coding", BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n"),
	    400 },
	{ "two codings",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
	    400 },
	{ "chunked twice",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    400 },
	{ "chunked, then identity",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		  "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
	    400 },
	{ "xchunked", BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n"),
	    400 },
	{ "quoted coding",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400 },
	{ "coding behind a vertical tab",
	    BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
		  "chunked\r\n\r\n"),
	    400 },
	{ "coding in 1.0", BYTES("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    400 },
	{ "another expectation", BYTES("POST / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n"), 417 },
};

#endif
