/* Whatever an e-mail says, reading it as a notice ends, and what is understood keeps its bounds: never
 * more types than there is room for, an end only of a restriction, values that stand in the e-mail. */
#include <stdint.h>

#include "base/check.h"
#include "domain/notice.h"

#define NOW 1795341600000LL
#define DAYS_MOST 3700

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pack *pack_of_all(void)
{
	static struct pack *pack;
	struct err err = { 0 };

	if (!pack) {
		ASSERT(crypto_init(&err) == 0);
		ASSERT(pack_builtin(&pack, &err) == 0);
	}
	return pack;
}

static void check_notice(const struct notice *n)
{
	struct json_writer w;
	struct buf out;

	ASSERT(n->kind < NOTICE_KINDS);
	ASSERT(n->doubts < 1u << NOTICE_DOUBTS);
	ASSERT(n->types_len <= NOTICE_TYPES_MAX && n->ids_len <= NOTICE_IDS_MAX);
	ASSERT((n->kind == NOTICE_RESTRICTED) == (n->until != TIME_NONE));
	ASSERT(n->kind == NOTICE_DISABLE_SCHEDULED || n->at == TIME_NONE);
	ASSERT(n->until <= NOW + DAYS_MOST * MS_PER_DAY); /* TIME_NONE is less than any */
	ASSERT(n->limit >= 0 && n->days >= 0);
	ASSERT(n->words.len <= NOTICE_VALUE_MAX && n->business.len <= NOTICE_VALUE_MAX);
	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	notice_write(n, LANG_IT, &w);
	jw_object_end(&w);
	ASSERT(!out.failed);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0, 0);
	struct mime_mail mail;
	struct notice n;
	struct err err = { 0 };

	ASSERT(a);
	if (mime_read(str_n((const char *)data, size), a, &mail, &err) == 0) {
		ASSERT(notice_read(pack_of_all(), &mail, NOW, a, &n, &err) == 0);
		check_notice(&n);
	}
	arena_free(&a);
	return 0;
}
