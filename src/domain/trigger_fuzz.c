/* Any bytes as a definition and an event, with a line break between them: what is read as a definition maps the event or
 * says why not, twice in the same way, and what it maps is JSON. */
#include "domain/trigger.h"

#include <stddef.h>
#include <stdint.h>
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

static void check_body(struct arena *a, struct str body)
{
	const struct json *v;

	if (!body.p)
		return;
	ASSERT(json_read(a, body, &v, NULL) == 0);
	ASSERT(json_type(v) == JSON_OBJECT);
}

static void check_item(struct arena *a, const struct trigger *t, const struct json *event)
{
	static const struct trigger_extra extras[] = { { { "x-id", 4 }, { "7", 1 } } };
	const struct trigger_input in = { event, extras, 1 };
	struct trigger_mapped m = { .bsuid = STR_NONE }, again = m;
	struct err why = { 0 };
	int r = trigger_map(a, t, &in, STR("IT"), &m, &why);

	ASSERT(r == 1 || (r == 0 && why.code && why.text[0]));
	ASSERT(trigger_map(a, t, &in, STR("IT"), &again, &why) == r);
	if (r == 0)
		return;
	ASSERT(m.event_id.p && str_eq(m.event_id, again.event_id));
	ASSERT((m.phone.number != 0) != (m.bsuid.p != NULL));
	ASSERT(m.template_body.p || m.text_body.p);
	ASSERT(
	    str_eq(m.template_body, again.template_body) && str_eq(m.text_body, again.text_body));
	check_body(a, m.template_body);
	check_body(a, m.text_body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str event = str_n((const char *)data, size), definition = str_cut(&event, '\n');
	struct arena *a = arena_new(0, 0);
	const struct json *d, *post;
	struct trigger t;

	ASSERT(a);
	if (json_read(a, definition, &d, NULL) == 0 && trigger_read(d, &t, NULL) == 0 && event.p &&
	    json_read(a, event, &post, NULL) == 0) {
		for (size_t i = 0; i < trigger_count(&t, post) && i < TRIGGER_ITEMS_MAX; i++)
			check_item(a, &t, trigger_item(&t, post, i));
	}
	arena_free(&a);
	return 0;
}
