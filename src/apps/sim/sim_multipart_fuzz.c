/* Any bytes, in pieces of any size: what is handed on never exceeds what came in. */
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "apps/sim/sim_multipart.h"

static int on_value(void *arg, struct str name, struct str value)
{
	size_t *handed = arg;

	*handed += name.len + value.len;
	return 0;
}

static int on_file(void *arg, struct str filename, struct str type)
{
	size_t *handed = arg;

	*handed += filename.len + type.len;
	return 0;
}

static int on_bytes(void *arg, struct str bytes)
{
	size_t *handed = arg;

	*handed += bytes.len;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte is the size of the pieces; the boundary is "b". */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t handed = 0;
	const struct sim_multipart_handler h = { &handed, on_value, on_file, on_bytes };
	struct sim_multipart *m;
	int rc = 0;

	if (size < 1 || sim_multipart_new(STR("multipart/form-data; boundary=b"), &h, &m))
		return 0;
	size_t step = (size_t)data[0] + 1;
	struct str all = str_n((const char *)data + 1, size - 1);
	for (size_t at = 0; !rc && at < all.len; at += step)
		rc = sim_multipart_feed(m, str_sub(all, at, step));
	if (!rc && sim_multipart_end(m) == 0)
		ASSERT(handed < size);
	ASSERT(handed <= size);
	sim_multipart_free(&m);
	return 0;
}
