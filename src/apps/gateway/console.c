/* The web console: files that lie in the program. They are the same for everybody and hold nothing that is secret: what is
 * shown comes from /api/v1, which asks who wants to know. */
#include "apps/gateway/console.h"

#include "apps/gateway/gateway.h"
#include "base/check.h"
#include "base/lang.h"

/* Nothing but our own files and our own API; no frames, no forms elsewhere, no markup out of strings. */
#define POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;" \
	" base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

/* A name that bears a hash of what is in it will never mean anything else. */
#define FOR_EVER "public, max-age=31536000, immutable"
#define NEVER "no-store"

static const struct kind {
	const char *ending, *type, *cache;
} kinds[] = {
	{ ".js", "text/javascript; charset=utf-8", FOR_EVER },
	{ ".css", "text/css; charset=utf-8", FOR_EVER },
	{ ".html", "text/html; charset=utf-8", NEVER },
	{ ".txt", "text/plain; charset=utf-8", NEVER },
};
#define OTHERS ((struct kind){ "", "application/octet-stream", NEVER })
#define PAGE ((struct kind){ "", "text/html; charset=utf-8", NEVER })

static struct kind kind_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_ends(name, str_c(kinds[i].ending)))
			return kinds[i];
	}
	return OTHERS;
}

static const struct console_file *file_of(const struct console_file *files, struct str name)
{
	for (const struct console_file *f = files; f->name; f++) {
		if (str_eq_c(name, f->name))
			return f;
	}
	return NULL;
}

/* "q=0", "q=0.000": not at all. */
static bool is_refused(struct str weight)
{
	if (!str_starts(weight, STR("q=0")))
		return false;
	for (size_t i = 3; i < weight.len; i++) {
		if (weight.p[i] != '.' && weight.p[i] != '0')
			return false;
	}
	return true;
}

static bool takes(struct http_request *req, const char *coding)
{
	struct str rest = http_header_get(req, "accept-encoding");

	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		struct str name = str_trim(str_cut(&one, ';'));

		if (str_eq_nocase(name, str_c(coding)))
			return !is_refused(str_trim(one));
	}
	return false;
}

/* `coding` NULL: as it is. */
static void answer(struct http_request *req, int status, const struct kind *kind,
    const char *coding, struct str body)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), str_c(kind->type) },
		{ STR("Cache-Control"), str_c(kind->cache) },
		{ STR("Content-Security-Policy"), STR(POLICY) },
		{ STR("X-Content-Type-Options"), STR("nosniff") },
		{ STR("Referrer-Policy"), STR("no-referrer") },
		{ STR("Cross-Origin-Opener-Policy"), STR("same-origin") },
		{ STR("Cross-Origin-Resource-Policy"), STR("same-origin") },
		{ STR("Vary"), STR("Accept-Encoding") },
		{ STR("Content-Encoding"), coding ? str_c(coding) : STR("") },
	};

	http_respond(req, status, headers, ARRAY_LEN(headers) - !coding, body);
}

static void send_file(struct http_request *req, const struct console_file *f)
{
	struct kind kind = kind_of(str_c(f->name));

	if (f->brotli.p && takes(req, "br"))
		answer(req, 200, &kind, "br", f->brotli);
	else if (f->gzip.p && takes(req, "gzip"))
		answer(req, 200, &kind, "gzip", f->gzip);
	else
		answer(req, 200, &kind, NULL, f->plain);
}

static void say(struct http_request *req, const char *msgid)
{
	enum lang lang = lang_from_accept(http_header_get(req, "accept-language"));
	struct buf page;

	buf_init(&page, 0);
	buf_addf(&page,
	    "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\"><title>Varco</title><p>%s</p></html>\n",
	    lang_code(lang), lang_text(lang, msgid));
	if (page.failed)
		gate_answer_error(
		    req, 503, 2, "The gateway is short of memory.", "Try again later.");
	else
		answer(req, 404, &PAGE, NULL, buf_str(&page));
	buf_done(&page);
}

void console_answer(const struct console_file *files, struct http_request *req, struct str name)
{
	static const struct http_header to_folder = { { "Location", 8 }, { "/console/", 9 } };
	const struct console_file *f = file_of(files, name.len ? name : STR("index.html"));

	if (!name.p)
		http_respond(req, 308, &to_folder, 1, STR(""));
	else if (f)
		send_file(req, f);
	else if (!files->name)
		say(req,
		    N_("This program was built without the console: build it again with ./dev build on a"
		       " machine where Node.js runs or can be installed."));
	else
		say(req, N_("There is nothing at this address; the console begins at /console/."));
}
