/* base/err.h: a code for the program, a sentence for the person.
 *
 * Functions that can fail return 0 or a negative code of the list below and, when they fail,
 * fill *err (which may be NULL) with one complete English sentence. On success *err is
 * untouched. `field` names the part of the input that was wrong ("text.body",
 * "server.listen"), or is empty.
 * */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* name, HTTP-neutral meaning in one sentence */
#define ERR_CODES(X) \
	X(E_NOMEM, "memory ran out") \
	X(E_IO, "a file or socket could not be read or written") \
	X(E_INVALID, "the input is not well formed") \
	X(E_RANGE, "the value is outside its allowed range") \
	X(E_TOO_LARGE, "the input is larger than allowed") \
	X(E_NOT_FOUND, "no such thing") \
	X(E_CONFLICT, "it exists already with other values") \
	X(E_DENIED, "the caller may not do this") \
	X(E_BUSY, "too much is under way; try again later") \
	X(E_CLOSED, "it is shutting down or closed") \
	X(E_TIMEOUT, "it took longer than allowed") \
	X(E_CRYPTO, "a signature, key or sealed value is not valid") \
	X(E_STORE, "the store could not do it") \
	X(E_UNKNOWN_OUTCOME, "it is not known whether it happened") \
	X(E_UNSUPPORTED, "this is not supported")

enum err_code {
	E_OK = 0,
#define X(name, text) name,
	ERR_CODES(X)
#undef X
	    E_CODES_END
};

struct err {
	int code;       /* an enum err_code, positive */
	char field[96]; /* which input, or "" */
	char text[400]; /* one sentence, printable as it stands */
};

/* Fill *err (NULL allowed) and return -code, so that callers can `return err_set(...)`. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Same, naming the input that was wrong. */
int err_field(struct err *err, enum err_code code, const char *field, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Compilers and analysers see one file at a time: each of these might be a success to them, with
 * out-parameters that nobody filled. So the result is computed once more where they can see it. */
static inline int err_negative(enum err_code code)
{
	return -(int)code;
}
#define err_set(err, code, ...) (err_set((err), (code), __VA_ARGS__), err_negative(code))
#define err_field(err, code, field, ...) \
	(err_field((err), (code), (field), __VA_ARGS__), err_negative(code))

/* The name of a code ("E_NOMEM") and its general sentence; never NULL. Accept either sign. */
const char *err_name(int code);
const char *err_meaning(int code);

#endif
