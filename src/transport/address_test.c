#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "base/check.h"
#include "transport/address.h"

static const struct {
	const char *text;
	bool public;
} addresses[] = {
	{ "8.8.8.8", true },
	{ "1.0.0.0", true },
	{ "223.255.255.255", true },
	{ "0.0.0.0", false },
	{ "0.1.2.3", false },
	{ "9.255.255.255", true },
	{ "10.0.0.0", false },
	{ "10.255.255.255", false },
	{ "11.0.0.0", true },
	{ "100.63.255.255", true },
	{ "100.64.0.0", false },
	{ "100.127.255.255", false },
	{ "100.128.0.0", true },
	{ "126.255.255.255", true },
	{ "127.0.0.1", false },
	{ "127.255.255.255", false },
	{ "128.0.0.0", true },
	{ "169.253.255.255", true },
	{ "169.254.169.254", false },
	{ "169.255.0.0", true },
	{ "172.15.255.255", true },
	{ "172.16.0.0", false },
	{ "172.31.255.255", false },
	{ "172.32.0.0", true },
	{ "192.0.0.1", false },
	{ "192.0.1.0", true },
	{ "192.0.2.1", false },
	{ "192.88.99.1", false },
	{ "192.167.255.255", true },
	{ "192.168.0.1", false },
	{ "192.169.0.0", true },
	{ "198.17.255.255", true },
	{ "198.18.0.0", false },
	{ "198.19.255.255", false },
	{ "198.20.0.0", true },
	{ "198.51.100.7", false },
	{ "203.0.113.7", false },
	{ "224.0.0.1", false },
	{ "239.255.255.255", false },
	{ "240.0.0.1", false },
	{ "255.255.255.255", false },
	{ "2a00:1450:4001::1", true },
	{ "2606:4700::1111", true },
	{ "::", false },
	{ "::1", false },
	{ "::ffff:8.8.8.8", false },
	{ "::ffff:127.0.0.1", false },
	{ "::8.8.8.8", false },
	{ "64:ff9b::8.8.8.8", false },
	{ "64:ff9b:1::1", false },
	{ "100::1", false },
	{ "2001::1", false },
	{ "2001:1ff:ffff::1", false },
	{ "2001:200::1", true },
	{ "2001:db7::1", true },
	{ "2001:db8::1", false },
	{ "2001:db9::1", true },
	{ "2002:7f00:1::1", false },
	{ "2003::1", true },
	{ "2620:4f:8000::1", false },
	{ "3ffe::1", true },
	{ "3fff::1", false },
	{ "3fff:0fff::1", false },
	{ "3fff:1000::1", true },
	{ "4000::1", false },
	{ "5f00::1", false },
	{ "fc00::1", false },
	{ "fdff::1", false },
	{ "fe80::1", false },
	{ "fec0::1", false },
	{ "ff02::1", false },
};

static void parse(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, text, &a4->sin_addr) == 1) {
		a4->sin_family = AF_INET;
		return;
	}
	assert_int_equal(inet_pton(AF_INET6, text, &a6->sin6_addr), 1);
	a6->sin6_family = AF_INET6;
}

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct sockaddr_storage a;
		parse(addresses[i].text, &a);
		if (address_is_public((struct sockaddr *)&a) != addresses[i].public)
			fail_msg("%s", addresses[i].text);
		bool loopback = strncmp(addresses[i].text, "127.", 4) == 0 ||
		    strcmp(addresses[i].text, "::1") == 0;
		if (address_is_loopback((struct sockaddr *)&a) != loopback)
			fail_msg("%s", addresses[i].text);
	}
}

static void test_other_families(void **state)
{
	struct sockaddr_storage a = { .ss_family = AF_UNIX };

	(void)state;
	assert_false(address_is_public((struct sockaddr *)&a));
	assert_false(address_is_loopback((struct sockaddr *)&a));
}

static const struct {
	const char *host;
	bool loopback;
} hosts[] = {
	{ "localhost", true },
	{ "LocalHost", true },
	{ "127.0.0.1", true },
	{ "127.9.9.9", true },
	{ "[::1]", true },
	{ "::1", true },
	{ "[0:0:0:0:0:0:0:1]", true },
	{ "", false },
	{ "[]", false },
	{ "localhost.example", false },
	{ "127.0.0.1.example", false },
	{ "127.1", false },
	{ "2130706433", false },
	{ "0x7f.0.0.1", false },
	{ "[::ffff:127.0.0.1]", false },
	{ "128.0.0.1", false },
	{ "graph.facebook.com", false },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    false },
};

static void test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		if (address_host_is_loopback(str_c(hosts[i].host)) != hosts[i].loopback)
			fail_msg("%s", hosts[i].host);
	}
	assert_false(address_host_is_loopback(STR("127.0.0.1\0.example")));
}

static void test_hosts_that_may_be_public(void **state)
{
	static const struct {
		const char *host;
		bool may;
	} rows[] = {
		{ "hooks.example.com", true },
		{ "hooks.example.com.", true },
		{ "8.8.8.8", true },
		{ "[2606:4700::1111]", true },
		{ "localhost.example.com", true },
		{ "10.example.com", true },
		{ "", false },
		{ ".", false },
		{ "localhost", false },
		{ "LOCALHOST.", false },
		{ "shop.localhost", false },
		{ "127.0.0.1", false },
		{ "127.0.0.1.", false },
		{ "127.1", false },
		{ "2130706433", false },
		{ "0x7f000001", false },
		{ "0177.0.0.1", false },
		{ "10.0.0.1", false },
		{ "169.254.169.254", false },
		{ "192.168.1.1", false },
		{ "203.0.113.9", false },
		{ "%31%32%37.0.0.1", false },
		{ "[::1]", false },
		{ "[::ffff:127.0.0.1]", false },
		{ "[fe80::1]", false },
		{ "[fd00::1]", false },
		{ "[not an address]", false },
		{ "[", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (address_host_may_be_public(str_c(rows[i].host)) != rows[i].may)
			fail_msg("%s", rows[i].host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts_that_may_be_public),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_other_families),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
