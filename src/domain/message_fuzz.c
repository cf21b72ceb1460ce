/* Any bytes as the body of a send: the first byte picks path and country. Whatever comes, a message is read, it
 * says what is wrong in a whole sentence, and reading it again says the same. */
#include "domain/message.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pack *pack;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	ASSERT(crypto_init(NULL) == 0 && pack_builtin(&pack, NULL) == 0);
	return 0;
}

static void check(const struct message *m)
{
	ASSERT(m->kind != MESSAGE_UNREADABLE || m->problem.code);
	ASSERT(!m->problem.code || m->problem.text[0]);
	ASSERT(!m->to_problem.code || (m->to_problem.text[0] && m->to_problem.field[0]));
	ASSERT(m->phone.number == 0 || m->bsuid.p == NULL);
	ASSERT(m->kind != MESSAGE_READ || m->problem.code || m->message_id.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0, 0);
	struct str path = size > 0 && data[0] & 1 ? STR("/marketing_messages") : STR("/messages");
	struct str country = size > 0 && data[0] & 2 ? STR("IT") : STR_NONE;
	struct str text = str_n((const char *)data + (size > 0), size > 0 ? size - 1 : 0);
	const struct json *body = NULL;
	struct message m, again;
	struct err err = { .code = 0 };

	ASSERT(a);
	if (json_read(a, text, &body, &err) < 0)
		body = NULL;
	ASSERT(message_read(a, pack, body, &err, path, country, &m) == 0);
	check(&m);
	ASSERT(message_read(a, pack, body, &err, path, country, &again) == 0);
	ASSERT(memcmp(&m.digest, &again.digest, sizeof(m.digest)) == 0);
	ASSERT(strcmp(m.problem.text, again.problem.text) == 0);
	arena_free(&a);
	return 0;
}
