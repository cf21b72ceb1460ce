/* Any bytes as a post of events. What is read has every string, is the same when it is read
 * again, and is the same facts when the document is written anew. */
#include "transport/webhook.h"

#include <string.h>

#include "base/check.h"
#include "base/crypto.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	ASSERT(crypto_init(NULL) == 0);
	return 0;
}

static void check_event(const struct event *e)
{
	const struct str all[] = { e->entry_id, e->field, e->number, e->wa_id, e->user_id,
		e->parent_user_id, e->previous_user_id, e->previous_wa_id, e->id, e->status,
		e->callback, e->type, e->text, e->payload, e->word };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		ASSERT(all[i].p);
	ASSERT(e->value && (e->at == TIME_NONE || e->at >= 0));
	ASSERT(e->kind != EVENT_MESSAGE || (e->id.len && e->type.len));
	ASSERT(e->kind != EVENT_STATUS || (e->id.len && e->status.len && e->at != TIME_NONE));
	ASSERT(e->kind != EVENT_PREFERENCE || e->word.len);
}

static void check_again(struct arena *a, const struct event_list *list, struct str text)
{
	struct event_list again;
	const struct json *root;

	ASSERT(webhook_read(a, text, &again, &root, NULL) == 0);
	ASSERT(again.len == list->len);
	for (size_t i = 0; i < list->len; i++) {
		uint8_t key[32], other[32];
		event_key(&list->items[i], key);
		event_key(&again.items[i], other);
		ASSERT(memcmp(key, other, sizeof(key)) == 0);
		ASSERT(list->items[i].kind == again.items[i].kind);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_n((const char *)data, size);
	struct arena *a = arena_new(0, 0);
	struct event_list list;
	const struct json *root;
	struct err err = { 0 };
	struct buf out;

	ASSERT(a);
	(void)webhook_signature_ok(STR("secret"), text, text);
	int rc = webhook_read(a, text, &list, &root, &err);
	ASSERT(rc == 0 || (err.code == -rc && err.text[0]));
	for (size_t i = 0; !rc && i < list.len; i++)
		check_event(&list.items[i]);
	if (!rc) {
		buf_init(&out, 0);
		json_print(&out, root);
		check_again(a, &list, buf_str(&out));
		buf_done(&out);
	}
	arena_free(&a);
	return 0;
}
