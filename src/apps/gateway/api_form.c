#include "apps/gateway/api_form.h"

#include "base/check.h"

static const struct {
	const char *word, *type;
} forms[] = {
	[API_FORM_JSON] = { "json", "application/json" },
	[API_FORM_HTML] = { "html", "text/html; charset=utf-8" },
	[API_FORM_PDF] = { "pdf", "application/pdf" },
	[API_FORM_CSV] = { "csv", "text/csv; charset=utf-8" },
};

int api_form_read(struct api_call *c, bool has_csv, enum api_form *ret, struct err *err)
{
	struct str word = api_text(c, "format");
	size_t n = has_csv ? API_FORM_CSV + 1 : API_FORM_CSV;

	*ret = API_FORM_JSON;
	for (size_t i = 0; word.p && i < n; i++) {
		if (str_eq_c(word, forms[i].word)) {
			*ret = (enum api_form)i;
			return 0;
		}
	}
	if (!word.p)
		return 0;
	return api_err(c, err, E_INVALID, "format",
	    has_csv ? N_("\"format\" must be one of json, html, pdf and csv.")
		    : N_("\"format\" must be one of json, html and pdf."));
}

int api_form_lang(struct api_call *c, enum lang *ret, struct err *err)
{
	struct str word = api_text(c, "lang");

	*ret = word.p ? lang_from_code(word) : c->lang;
	if (!word.p || str_eq_c(word, lang_code(*ret)))
		return 0;
	return api_err(c, err, E_INVALID, "lang", N_("\"lang\" must be it or en."));
}

const char *api_form_type(enum api_form form)
{
	return forms[form].type;
}

int api_form_write(
    struct api_call *c, enum api_form form, const struct document *d, struct err *err)
{
	return (form == API_FORM_PDF ? document_pdf : document_html)(d, &c->body, err);
}
