#include "domain/pack_content.h"

#include "domain/content.h"
#include "domain/pack_private.h"

int read_content(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	extern const char pack_content_json[];
	extern const size_t pack_content_json_len;

	(void)f;
	(void)base;
	if (json_type(v) != JSON_OBJECT)
		return bad(r, "an object");
	return content_new(
	    r->a, str_n(pack_content_json, pack_content_json_len), v, &r->pack->content, r->err);
}
