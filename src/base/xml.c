/* expat keeps a tag until it is whole, so a block of its memory is as large as its largest tag:
 * that is what bounds it. */
#include "base/xml.h"

#include <expat.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"

#define BLOCK_MAX ((size_t)4 << 20)

struct xml {
	XML_Parser parser;
	struct xml_handler h;
	void *arg;
	int depth;
	struct err problem;
};

/* --- memory ----------------------------------------------------------------------------------- */

static _Thread_local bool block_refused;

static bool fits(size_t size)
{
	block_refused = block_refused || size > BLOCK_MAX;
	return size <= BLOCK_MAX;
}

static void *on_alloc(size_t size)
{
	return fits(size) ? mem_alloc(size) : NULL;
}

static void *on_grow(void *p, size_t size)
{
	return fits(size) ? mem_grow(p, size) : NULL;
}

/* --- handlers --------------------------------------------------------------------------------- */

static const char *without_prefix(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static void XMLCALL on_open(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct xml *x = arg;

	if (x->problem.code)
		return;
	if (++x->depth > XML_DEPTH_MAX)
		xml_fail(x, E_TOO_LARGE, N_("The XML is nested too deeply."));
	else if (x->h.open)
		x->h.open(x->arg, x, without_prefix(name), (const char *const *)attributes);
}

static void XMLCALL on_close(void *arg, const XML_Char *name)
{
	struct xml *x = arg;

	if (x->problem.code)
		return;
	x->depth--;
	if (x->h.close)
		x->h.close(x->arg, x, without_prefix(name));
}

static void XMLCALL on_text(void *arg, const XML_Char *text, int len)
{
	struct xml *x = arg;

	if (!x->problem.code && x->h.text)
		x->h.text(x->arg, x, str_n(text, (size_t)len));
}

static void XMLCALL on_doctype(
    void *arg, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	xml_fail(arg, E_INVALID, N_("The XML declares a document type, which no table needs."));
}

/* --- life ------------------------------------------------------------------------------------- */

struct xml *xml_new(const struct xml_handler *h, void *arg)
{
	static const XML_Memory_Handling_Suite memory = { on_alloc, on_grow, mem_free };
	struct xml *x = mem_alloc(sizeof(*x));

	if (!x)
		return NULL;
	x->h = *h;
	x->arg = arg;
	x->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	if (!x->parser) {
		xml_free(&x);
		return NULL;
	}
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_open, on_close);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	return x;
}

void xml_free(struct xml **px)
{
	struct xml *x = *px;

	if (!x)
		return;
	if (x->parser)
		XML_ParserFree(x->parser);
	MEM_FREE(px);
}

/* --- feeding ---------------------------------------------------------------------------------- */

static int why(struct xml *x)
{
	enum XML_Error code = XML_GetErrorCode(x->parser);

	if (x->problem.code)
		return -x->problem.code;
	if (code == XML_ERROR_NO_MEMORY && block_refused)
		return err_set(&x->problem, E_TOO_LARGE, N_("The XML has a tag that is too long."));
	if (code == XML_ERROR_NO_MEMORY)
		return err_set(&x->problem, E_NOMEM, "Memory ran out while reading XML.");
	return err_set(&x->problem, E_INVALID, "The XML is not well formed, line %llu.",
	    (unsigned long long)XML_GetCurrentLineNumber(x->parser));
}

static int outcome(struct xml *x, enum XML_Status status, struct err *err)
{
	int r = status == XML_STATUS_SUSPENDED;

	if (status == XML_STATUS_ERROR || x->problem.code)
		r = why(x);
	if (r < 0 && err)
		*err = x->problem;
	return r;
}

static int parse(struct xml *x, struct str bytes, bool last, struct err *err)
{
	enum XML_Status status = XML_STATUS_ERROR;

	block_refused = false;
	if (!x->problem.code)
		status = XML_Parse(x->parser, bytes.p, (int)bytes.len, last);
	return outcome(x, status, err);
}

int xml_feed(struct xml *x, struct str bytes, struct err *err)
{
	ASSERT(bytes.len <= INT32_MAX);
	return parse(x, bytes, false, err);
}

int xml_end(struct xml *x, struct err *err)
{
	return parse(x, STR(""), true, err);
}

int xml_go_on(struct xml *x, struct err *err)
{
	enum XML_Status status = XML_STATUS_ERROR;

	block_refused = false;
	if (!x->problem.code)
		status = XML_ResumeParser(x->parser);
	return outcome(x, status, err);
}

/* --- for handlers ----------------------------------------------------------------------------- */

void xml_pause(struct xml *x)
{
	(void)XML_StopParser(x->parser, XML_TRUE);
}

void xml_fail(struct xml *x, enum err_code code, const char *text)
{
	if (x->problem.code)
		return;
	(void)err_set(&x->problem, code, "%s", text);
	(void)XML_StopParser(x->parser, XML_FALSE);
}

struct str xml_attr(const char *const *attributes, const char *name)
{
	for (size_t i = 0; attributes[i]; i += 2) {
		if (strcmp(without_prefix(attributes[i]), name) == 0)
			return str_c(attributes[i + 1]);
	}
	return STR_NONE;
}
