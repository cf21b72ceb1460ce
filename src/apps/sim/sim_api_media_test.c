#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

#define MEDIA "/v25.0/" NUMBER "/media"
#define TYPE "multipart/form-data; boundary=b42"
#define PART(name, value) \
	"--b42\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_HEAD \
	"--b42\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
#define END "\r\n--b42--\r\n"

/* An upload of `size` bytes of 'x'. */
static struct reply upload(struct run *r, const char *type, size_t size)
{
	struct buf body;

	buf_init(&body, 0);
	buf_addf(&body, PART("messaging_product", "whatsapp") PART("type", "%s") FILE_HEAD, type);
	assert_true(buf_reserve(&body, size + 100));
	memset(body.p + body.len, 'x', size);
	body.len += size;
	buf_add_c(&body, END);
	struct reply reply = call_typed(r, "POST", MEDIA, TYPE, buf_str(&body));
	buf_done(&body);
	return reply;
}

/* The path and query of an address of the simulator's own. */
static const char *own_path(struct run *r, struct str url)
{
	struct str address = sim_address(r->sim);

	assert_true(str_starts(url, address));
	return arena_c(r->arena, str_sub(url, address.len, url.len));
}

/* Up, looked up, down again, and gone; small in memory, large in a file and in pieces. */
static void test_life(void **state)
{
	static const size_t sizes[] = { 10, 3 << 20 };
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct reply up = upload(&r, "application/pdf", sizes[i]);
		assert_int_equal(up.status, 200);
		const char *id = arena_printf(
		    r.arena, "/v25.0/%.*s", STR_ARG(json_str(json_get(up.json, "id"))))
				     .p;
		struct reply info = get(&r, id);
		int64_t size = 0;
		assert_int_equal(str_to_i64(json_str(json_get(info.json, "file_size")), &size), 0);
		assert_int_equal(size, sizes[i]);
		assert_true(
		    str_eq_c(json_str(json_get(info.json, "mime_type")), "application/pdf"));
		const char *path = own_path(&r, json_str(json_get(info.json, "url")));
		struct reply down = get(&r, path);
		assert_int_equal(down.status, 200);
		assert_int_equal(down.body.len, sizes[i]);
		struct sha256 digest;
		char hex[2 * SHA256_LEN + 1];
		crypto_sha256(down.body, &digest);
		hex_encode(digest.b, SHA256_LEN, hex);
		assert_true(str_eq_c(json_str(json_get(info.json, "sha256")), hex));
		sim_clock_set(&r.sim->clock, sim_now(r.sim) + FIG_MEDIA_URL_LIFE_MS + MS_PER_S);
		assert_int_equal(code_of(get(&r, path)), 131052);
		assert_true(str_eq_c(call(&r, "DELETE", id, "").body, "{\"success\":true}"));
	}
	run_close(&r);
}

static void test_log_has_a_digest(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	(void)upload(&r, "application/pdf", 100);
	struct reply log = get(&r, "/_sim/log?since=0");
	const struct json *body = json_get(json_at(json_get(log.json, "items"), 0), "body");
	int64_t bytes = 0;
	assert_true(json_int(json_get(body, "bytes"), &bytes));
	assert_true(bytes > 100);
	assert_int_equal(json_str(json_get(body, "sha256")).len, 64);
	run_close(&r);
}

static void test_refused(void **state)
{
	static const struct {
		const char *name, *type, *body;
		int64_t code;
	} rows[] = {
		{ "no multipart", "application/json", "{}", 100 },
		{ "no boundary", "multipart/form-data", PART("a", "b") END, 100 },
		{ "no end", TYPE, PART("messaging_product", "whatsapp"), 100 },
		{ "no file", TYPE, PART("messaging_product", "whatsapp") "--b42--\r\n", 100 },
		{ "no product", TYPE, FILE_HEAD "abc" END, 100 },
		{ "an empty file", TYPE, PART("messaging_product", "whatsapp") FILE_HEAD END, 100 },
		{ "two files", TYPE,
		    PART("messaging_product", "whatsapp") FILE_HEAD "a\r\n" FILE_HEAD "b" END,
		    100 },
		{ "a strange type", TYPE,
		    PART("messaging_product", "whatsapp") PART("type", "image/gif") FILE_HEAD
		    "a" END,
		    100 },
		{ "nothing", TYPE, "", 100 },
	};
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = call_typed(
		    &r, "POST", MEDIA, rows[i].type, str_c(rows[i].body));
		if (reply.status != 400 || code_of(reply) != rows[i].code)
			fail_msg("%s: %d %.*s", rows[i].name, reply.status, STR_ARG(reply.body));
	}
	assert_int_equal(code_of(upload(&r, "image/jpeg", (5 << 20) + 1)), 131053);
	/* Without a type of its own, the file's is taken. */
	assert_int_equal(call_typed(&r, "POST", MEDIA, TYPE,
			     STR(PART("messaging_product", "whatsapp") FILE_HEAD "a" END))
			     .status,
	    200);
	run_close(&r);
}

static void test_unknown_ids(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	struct reply info = get(&r, "/v25.0/91001");
	assert_int_equal(info.status, 200);
	assert_true(str_eq_c(json_str(json_get(info.json, "mime_type")), "image/png"));
	assert_int_equal(get(&r, own_path(&r, json_str(json_get(info.json, "url")))).status, 200);
	assert_int_equal(code_of(get(&r, "/lookaside/91001?oe=9999999999&oh=0")), 131052);
	assert_int_equal(code_of(get(&r, "/lookaside/91001")), 131052);
	run_close(&r);
}

/* What people send can be fetched by its id. */
static void test_inbound(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/inbound",
		"{\"from\":\"" PERSON
		"\",\"type\":\"image\",\"mime_type\":\"image/jpeg\",\"content\":\"abc\",\"text\":\"la foto\"}")
		.status,
	    200);
	assert_int_equal(received(&r, "\"caption\":\"la foto\""), 1);
	const char *at = strstr(strstr(r.bodies.p, "\"image\":{"), "\"id\":\"");
	const char *id = arena_printf(r.arena, "/v25.0/%.15s", at + 6).p;
	struct reply info = get(&r, id);
	assert_int_equal(get(&r, own_path(&r, json_str(json_get(info.json, "url")))).body.len, 3);
	run_close(&r);
}

/* A reset while a file is coming in: the upload fails, nothing else does. */
static void test_reset_meanwhile(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	int fd = dial_port(port_of(sim_address(r.sim)));
	struct str head = STR(
	    "POST " MEDIA
	    " HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer x\r\nConnection: close\r\n"
	    "Content-Type: " TYPE "\r\nContent-Length: 400\r\n\r\n");
	struct str part = STR(PART("messaging_product", "whatsapp") FILE_HEAD);
	struct buf in;
	assert_true(put(r.loop, fd, head));
	assert_true(put(r.loop, fd, part));
	for (int i = 0; i < 10; i++)
		turn(r.loop);
	assert_int_equal(post(&r, "/_sim/reset", "").status, 200);
	char rest[400];
	memset(rest, 'x', sizeof(rest));
	memcpy(rest + 400 - part.len - sizeof(END) + 1, END, sizeof(END) - 1);
	assert_true(put(r.loop, fd, str_n(rest, 400 - part.len)));
	buf_init(&in, 0);
	(void)take(r.loop, fd, &in, SIZE_MAX);
	assert_int_equal(code_of(read_reply(&r, buf_str(&in))), 131016);
	buf_done(&in);
	(void)close(fd);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_log_has_a_digest),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unknown_ids),
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_reset_meanwhile),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
