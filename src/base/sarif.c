#include "base/sarif.h"

#include <string.h>

void sarif_text(struct json_writer *w, const char *key, struct str text)
{
	jw_key(w, key);
	jw_object(w);
	jw_member_str(w, "text", text);
	jw_object_end(w);
}

/* A relative reference: all but what may stand in a path is escaped. */
static void write_uri(struct json_writer *w, struct str path)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!@$&'()*+,;=";
	struct buf uri;

	buf_init(&uri, 0);
	for (size_t i = 0; i < path.len; i++) {
		if (path.p[i] && strchr(plain, path.p[i]))
			buf_add_char(&uri, path.p[i]);
		else
			buf_addf(&uri, "%%%02X", (unsigned)(unsigned char)path.p[i]);
	}
	jw_member_str(w, "uri", buf_str(&uri));
	buf_done(&uri);
}

void sarif_locations(struct json_writer *w, struct str path, int64_t line, int64_t column)
{
	jw_key(w, "locations");
	jw_array(w);
	jw_object(w);
	jw_key(w, "physicalLocation");
	jw_object(w);
	jw_key(w, "artifactLocation");
	jw_object(w);
	write_uri(w, path);
	jw_member_c(w, "uriBaseId", "%SRCROOT%");
	jw_object_end(w);
	jw_key(w, "region");
	jw_object(w);
	jw_member_int(w, "startLine", line > 0 ? line : 1);
	if (column > 0)
		jw_member_int(w, "startColumn", column);
	jw_object_end(w);
	jw_object_end(w);
	jw_object_end(w);
	jw_array_end(w);
}
