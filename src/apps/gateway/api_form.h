/* apps/gateway/api_form.h: in which form and language an operation answers that makes a document. */
#ifndef APPS_GATEWAY_API_FORM_H
#define APPS_GATEWAY_API_FORM_H

#include "apps/gateway/api.h"
#include "base/document.h"

enum api_form { API_FORM_JSON, API_FORM_HTML, API_FORM_PDF, API_FORM_CSV };

/* By "format"; JSON when it is not given. CSV only where the operation has it. */
MUST_CHECK int api_form_read(struct api_call *c, bool has_csv, enum api_form *ret, struct err *err);
/* By "lang"; the caller's language when it is not given. */
MUST_CHECK int api_form_lang(struct api_call *c, enum lang *ret, struct err *err);
const char *api_form_type(enum api_form form);
/* As HTML or PDF into the answer's body. */
MUST_CHECK int api_form_write(
    struct api_call *c, enum api_form form, const struct document *d, struct err *err);

#endif
