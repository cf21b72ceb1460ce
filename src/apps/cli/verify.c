#include "apps/cli/verify.h"

#include "apps/cli/verbs.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#define KEY_MAX 4096

int verify_key(const char *path, struct note_verifier *ret, struct err *err)
{
	struct buf line;

	buf_init(&line, 0);
	int r = file_read(path, KEY_MAX, &line, err);
	if (r == 0 && note_verifier_read(buf_str(&line), ret, NULL) < 0)
		r = err_set(err, E_INVALID, _("%s does not hold a verifier key."), path);
	buf_done(&line);
	return r;
}

int verify_complain(const char *who, bool json, const struct err *err)
{
	struct json_writer w;
	struct buf out;

	verb_complain(who, str_c(err->text));
	if (!json)
		return EXIT_NOT_VERIFIED;
	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	jw_member_bool(&w, "ok", false);
	jw_member_c(&w, "message", err->text);
	jw_object_end(&w);
	buf_add_char(&out, '\n');
	int code = verb_print(who, &out);
	buf_done(&out);
	return code == EXIT_OK ? EXIT_NOT_VERIFIED : code;
}
