#include "apps/sim/sim_people.h"

#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/map.h"
#include "apps/sim/assumptions.h"

#define FILE_MAX (256U << 20)
#define INVENTED_MAX 5000000ULL

/* Who has WhatsApp: everybody, an invented range, or the set that a file names. */
struct population {
	uint64_t invented; /* 0 = no range */
	struct map *set;   /* NULL = no file */
};

static bool knows(const void *ctx, struct str phone)
{
	const struct population *p = ctx;
	uint64_t n;

	if (p->set)
		return map_get(p->set, phone) != NULL;
	if (!p->invented)
		return true;
	return str_to_u64(phone, &n) == 0 && n >= ASSUME_FIRST_PERSON &&
	    n - ASSUME_FIRST_PERSON < p->invented;
}

static void decide(
    void *ctx, const struct sim_message *m, struct sim_random *r, struct sim_fate *ret)
{
	(void)ctx;
	(void)m;
	ret->fail_code = 0;
	ret->sent_ms = sim_random_between(r, ASSUME_SENT_MS_MIN, ASSUME_SENT_MS_MAX);
	ret->delivered_ms = ret->sent_ms +
	    sim_random_between(r, ASSUME_DELIVERED_MS_MIN, ASSUME_DELIVERED_MS_MAX);
	ret->read_ms = ret->delivered_ms +
	    sim_random_between(r, ASSUME_READ_MS_MIN, ASSUME_READ_MS_MAX);
	if (!sim_random_permille(r, ASSUME_READ_PERMILLE))
		ret->read_ms = -1;
}

/* --- the population ------------------------------------------------------------------------------ */

static void done(void *ctx)
{
	struct population *p = ctx;

	map_free(&p->set);
	mem_free(p);
}

/* The digits of a line's first column; empty for a header, a remark or an empty line. */
static struct str phone_of_line(struct str line, char digits[SIM_PHONE_MAX])
{
	struct str first = str_trim(str_cut(&line, ','));
	size_t len = 0;

	if (str_starts(first, STR("+")))
		first = str_sub(first, 1, first.len);
	for (size_t i = 0; i < first.len; i++) {
		if (first.p[i] < '0' || first.p[i] > '9' || len + 1 >= SIM_PHONE_MAX)
			return STR_NONE;
		digits[len++] = first.p[i];
	}
	return str_n(digits, len);
}

static int read_set(struct population *p, const char *path, struct err *err)
{
	struct buf file;
	char digits[SIM_PHONE_MAX];
	int rc;

	p->set = map_new();
	if (!p->set)
		return err_set(err, E_NOMEM, "Memory ran out.");
	buf_init(&file, FILE_MAX);
	rc = file_read(path, FILE_MAX, &file, err);
	for (struct str rest = buf_str(&file); !rc && rest.p;) {
		struct str phone = phone_of_line(str_cut(&rest, '\n'), digits);
		if (phone.len && map_put(p->set, phone, p))
			rc = err_set(err, E_NOMEM, "Memory ran out.");
	}
	if (!rc && map_len(p->set) == 0)
		rc = err_set(err, E_INVALID, "The file %s names no phone number.", path);
	buf_done(&file);
	return rc;
}

static int read_population(struct population *p, const char *text, struct err *err)
{
	if (!text)
		return 0;
	if (str_to_u64(str_c(text), &p->invented))
		return read_set(p, text, err);
	if (p->invented < 1 || p->invented > INVENTED_MAX)
		return err_set(
		    err, E_RANGE, "The number of people must be 1 to %llu.", INVENTED_MAX);
	return 0;
}

int sim_people_plain(const char *population, struct sim_people *ret, struct err *err)
{
	struct population *p = mem_alloc(sizeof(*p));

	if (!p)
		return err_set(err, E_NOMEM, "Memory ran out.");
	int rc = read_population(p, population, err);
	if (rc) {
		done(p);
		return rc;
	}
	*ret = (struct sim_people){ "plain", p, knows, decide, done };
	return 0;
}

void sim_people_done(struct sim_people *p)
{
	if (p->done)
		p->done(p->ctx);
	*p = (struct sim_people){ 0 };
}
