#include "transport/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/check.h"

struct block4 {
	uint32_t net;
	unsigned bits;
};

#define IP4(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct block4 special4[] = {
	{ IP4(0, 0, 0, 0), 8 },       /* this network */
	{ IP4(10, 0, 0, 0), 8 },      /* private */
	{ IP4(100, 64, 0, 0), 10 },   /* shared, carrier-grade NAT */
	{ IP4(127, 0, 0, 0), 8 },     /* loopback */
	{ IP4(169, 254, 0, 0), 16 },  /* link-local, cloud metadata */
	{ IP4(172, 16, 0, 0), 12 },   /* private */
	{ IP4(192, 0, 0, 0), 24 },    /* protocol assignments */
	{ IP4(192, 0, 2, 0), 24 },    /* documentation */
	{ IP4(192, 88, 99, 0), 24 },  /* 6to4 relays */
	{ IP4(192, 168, 0, 0), 16 },  /* private */
	{ IP4(198, 18, 0, 0), 15 },   /* benchmarking */
	{ IP4(198, 51, 100, 0), 24 }, /* documentation */
	{ IP4(203, 0, 113, 0), 24 },  /* documentation */
	{ IP4(224, 0, 0, 0), 4 },     /* multicast */
	{ IP4(240, 0, 0, 0), 4 },     /* reserved, broadcast */
};

struct block6 {
	uint8_t net[16];
	unsigned bits;
};

/* Only 2000::/3 is global unicast; these of it are not. */
static const struct block6 special6[] = {
	{ { 0x20, 0x01 }, 23 },             /* protocol assignments: Teredo, ORCHID, benchmarking */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 },             /* 6to4: an IPv4 address inside */
	{ { 0x3f, 0xff }, 20 },             /* documentation */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00 }, 48 }, /* AS112, direct delegation */
};

static bool in_block(const uint8_t *a, const uint8_t *net, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (memcmp(a, net, bytes) != 0)
		return false;
	return rest == 0 || (a[bytes] & (uint8_t)(0xff << (8 - rest))) == net[bytes];
}

static bool is_public4(uint32_t a)
{
	for (size_t i = 0; i < ARRAY_LEN(special4); i++) {
		uint32_t mask = ~(uint32_t)0 << (32 - special4[i].bits);
		if ((a & mask) == special4[i].net)
			return false;
	}
	return true;
}

static bool is_public6(const uint8_t *a)
{
	if ((a[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(special6); i++) {
		if (in_block(a, special6[i].net, special6[i].bits))
			return false;
	}
	return true;
}

static uint32_t number4(const struct sockaddr *a)
{
	return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr);
}

static const uint8_t *bytes6(const struct sockaddr *a)
{
	return ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr;
}

static bool is_loopback4(uint32_t a)
{
	return a >> 24 == 127;
}

static bool is_loopback6(const uint8_t *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return memcmp(a, one, sizeof(one)) == 0;
}

bool address_is_public(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return is_public4(number4(a));
	return a->sa_family == AF_INET6 && is_public6(bytes6(a));
}

bool address_is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return is_loopback4(number4(a));
	return a->sa_family == AF_INET6 && is_loopback6(bytes6(a));
}

bool address_host_is_loopback(struct str host)
{
	uint8_t a6[16];
	uint32_t a4;
	char text[64];

	if (str_eq_nocase(host, STR("localhost")))
		return true;
	if (host.len > 1 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = str_sub(host, 1, host.len - 2);
	if (str_to_c(host, text, sizeof(text)))
		return false;
	if (inet_pton(AF_INET, text, &a4) == 1)
		return is_loopback4(ntohl(a4));
	return inet_pton(AF_INET6, text, a6) == 1 && is_loopback6(a6);
}

static bool names_this_machine(struct str host)
{
	static const struct str tail = STR(".localhost");

	return str_eq_nocase(host, STR("localhost")) ||
	    (host.len > tail.len &&
		str_eq_nocase(str_sub(host, host.len - tail.len, host.len), tail));
}

bool address_host_may_be_public(struct str host)
{
	struct in_addr a4;
	uint8_t a6[16];
	char text[256];

	if (host.len && host.p[host.len - 1] == '.')
		host = str_sub(host, 0, host.len - 1);
	if (host.len == 0 || memchr(host.p, '%', host.len) || names_this_machine(host) ||
	    str_to_c(host, text, sizeof(text)))
		return false;
	if (text[0] == '[') {
		text[host.len - 1] = '\0';
		return inet_pton(AF_INET6, text + 1, a6) == 1 && is_public6(a6);
	}
	/* As resolvers read it: 127.1, 0x7f000001, 2130706433, 0177.0.0.1. */
	return inet_aton(text, &a4) == 0 || is_public4(ntohl(a4.s_addr));
}
