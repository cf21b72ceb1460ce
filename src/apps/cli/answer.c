#include "apps/cli/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/cli/api_fields.h"
#include "apps/cli/show.h"
#include "apps/cli/verbs.h"
#include "base/crypto.h"
#include "base/json.h"

/* --- problems --------------------------------------------------------------------------------- */

/* The API's words, and the flag that they are about; of a token the API does not know where ours comes from. */
static void write_problem(const struct answer *a, const struct json *problem, struct buf *out)
{
	struct str detail = json_str(json_get(problem, "detail"));
	char flag[API_FLAG_MAX];

	if (a->answer->status == 401)
		buf_add_c(out,
		    _("The server does not know this admin token: name the right file with --admin-token-file, or set "
		      "VARCO_TOKEN."));
	else if (!detail.p)
		buf_addf(out, _("The server answered with status %d."), a->answer->status);
	else
		buf_add(out, detail);
	if (api_field_flag(a->api, json_str(json_get(problem, "field")), flag))
		buf_addf(out, " (%s)", flag);
}

int answer_tell_problem(const struct answer *a)
{
	const struct json *problem = NULL;
	struct buf out;

	if (json_read(a->arena, buf_str(&a->answer->body), &problem, NULL) < 0)
		problem = NULL;
	buf_init(&out, 0);
	if (a->json && problem) {
		json_print(&out, problem);
		fprintf(stderr, "%s\n", out.p ? out.p : "");
	} else {
		write_problem(a, problem, &out);
		verb_complain(a->who, buf_str(&out));
	}
	buf_done(&out);
	return client_exit_status(a->answer->status);
}

bool answer_may_show_progress(void)
{
	const char *term = getenv("TERM"), *spoken = getenv("VARCO_A11Y");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0 && !(spoken && *spoken);
}

/* --- good ones -------------------------------------------------------------------------------- */

/* Rows that were not taken make an import something other than done. */
static int exit_of(const struct answer *a, const struct json *answer)
{
	const char *operation = a->api->operation;
	int64_t rejected;

	if (strcmp(operation, "importConsents") == 0 &&
	    str_eq(json_str(json_get(answer, "state")), STR("stopped")))
		return EXIT_FAILED;
	if (strcmp(operation, "importConsents") == 0 &&
	    json_int(json_get(answer, "rejected"), &rejected) && rejected > 0)
		return EXIT_PARTLY;
	if (strcmp(operation, "syncTemplates") == 0 && json_len(json_get(answer, "problems")) > 0)
		return EXIT_PARTLY;
	return EXIT_OK;
}

int answer_tell(const struct answer *a)
{
	const struct json *answer;
	struct err err = { .code = 0 };
	struct buf out;

	if (json_read(a->arena, buf_str(&a->answer->body), &answer, &err) < 0) {
		verb_complain(a->who, str_c(_("The server's answer is no JSON. Is it Varco?")));
		return EXIT_FAILED;
	}
	buf_init(&out, 0);
	if (a->json) {
		buf_add(&out, str_trim(buf_str(&a->answer->body)));
		buf_add_char(&out, '\n');
	} else {
		show_answer(a->api, answer, a->arena, &out);
	}
	int code = verb_print(a->who, &out);
	if (out.p)
		crypto_wipe(out.p, out.len);
	buf_done(&out);
	return code == EXIT_OK ? exit_of(a, answer) : code;
}
