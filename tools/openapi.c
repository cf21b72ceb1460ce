/* openapi: prints what a gateway answers at /api/openapi.json. */
#include <stdio.h>

#include "apps/gateway/api.h"

int main(void)
{
	struct buf text;

	buf_init(&text, 0);
	bool ok = api_openapi_write(&text) == 0 &&
	    fwrite(text.p, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
	buf_done(&text);
	return ok ? 0 : 1;
}
