#include "apps/sim/sim_faults.h"

#include <string.h>

#include "base/check.h"
#include "base/list.h"
#include "apps/sim/assumptions.h"

#define FAULTS_MAX 1000
#define PATH_MAX_LEN 256

struct waiting {
	struct list_node node;
	struct sim_fault fault;
	char path[PATH_MAX_LEN]; /* "" = any */
	char method[16];         /* "" = any */
	int64_t nth;             /* calls until the first hit: 1 = the next one */
	int64_t times;           /* hits left, -1 = for ever */
};

struct sim_faults {
	struct list waiting;
};

struct kind_row {
	const char *word;
	const char *number;
	const char *text;
};

static const struct kind_row kinds[SIM_FAULT_KINDS] = {
#define X(name, word, number, text) [SIM_FAULT_##name] = { word, number, text },
	SIM_FAULTS(X)
#undef X
};

struct sim_faults *sim_faults_new(void)
{
	struct sim_faults *f = mem_alloc(sizeof(*f));

	if (f)
		list_init(&f->waiting);
	return f;
}

void sim_faults_clear(struct sim_faults *f)
{
	for (struct list_node *n; (n = list_take_first(&f->waiting));)
		mem_free(LIST_OF(n, struct waiting, node));
}

void sim_faults_free(struct sim_faults **pf)
{
	if (*pf)
		sim_faults_clear(*pf);
	MEM_FREE(pf);
}

const char *sim_fault_name(enum sim_fault_kind kind)
{
	return kinds[kind].word ? kinds[kind].word : "none";
}

/* --- setting ------------------------------------------------------------------------------------- */

static int64_t default_number(enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_FAULT_DRIP:
		return ASSUME_DRIP_MS;
	case SIM_FAULT_DELAY:
		return 1000;
	case SIM_FAULT_ERROR:
		return 131000;
	default:
		return 0;
	}
}

/* "error:131026": the word and, behind a colon, its number; else the member that the kind names. */
static int read_kind(const struct json *o, struct sim_fault *ret, struct err *err)
{
	struct str text = json_str(json_get(o, "kind")), word = str_cut(&text, ':');

	for (int k = SIM_FAULT_NONE + 1; k < SIM_FAULT_KINDS; k++) {
		if (!str_eq_c(word, kinds[k].word))
			continue;
		ret->kind = (enum sim_fault_kind)k;
		ret->number = default_number(ret->kind);
		if (text.p && str_to_i64(text, &ret->number))
			return err_field(
			    err, E_INVALID, "kind", "What follows the colon is no number.");
		if (kinds[k].number)
			(void)json_int(json_get(o, kinds[k].number), &ret->number);
		if (ret->number < 0 || ret->number > 10000000)
			return err_field(
			    err, E_RANGE, "kind", "The number is not between 0 and 10,000,000.");
		return 0;
	}
	return err_field(err, E_INVALID, "kind", "There is no fault of this kind.");
}

static int read_count(
    const struct json *o, const char *key, int64_t min, int64_t *ret, struct err *err)
{
	const struct json *v = json_get(o, key);

	*ret = 1;
	if (!v || json_is_null(v))
		return 0;
	if (!json_int(v, ret) || *ret < min || *ret == 0)
		return err_field(err, E_INVALID, key, "The %s is not a count.", key);
	return 0;
}

/* A word that may be absent; `*` at its ends only says "anything", as containing does anyway. */
static int read_word(const struct json *o, const char *key, char *out, size_t size, struct err *err)
{
	struct str s = json_str(json_get(o, key));

	while (str_starts(s, STR("*")))
		s = str_sub(s, 1, s.len);
	while (str_ends(s, STR("*")))
		s.len--;
	if (str_to_c(s, out, size))
		return err_field(err, E_TOO_LARGE, key, "The %s is too long.", key);
	return 0;
}

static int read_fault(const struct json *o, struct waiting *w, struct err *err)
{
	int rc = read_kind(o, &w->fault, err);

	if (!rc)
		rc = read_count(o, "nth", 1, &w->nth, err);
	if (!rc)
		rc = read_count(o, "times", -1, &w->times, err);
	if (!rc)
		rc = read_word(o, "path", w->path, sizeof(w->path), err);
	if (!rc)
		rc = read_word(o, "method", w->method, sizeof(w->method), err);
	return rc;
}

int sim_faults_add(struct sim_faults *f, const struct json *o, struct err *err)
{
	struct waiting *w;

	if (f->waiting.count >= FAULTS_MAX)
		return err_set(err, E_BUSY, "There are %d faults waiting already.", FAULTS_MAX);
	w = mem_alloc(sizeof(*w));
	if (!w)
		return err_set(err, E_NOMEM, "Memory ran out.");
	int rc = read_fault(o, w, err);
	if (rc) {
		mem_free(w);
		return rc;
	}
	list_append(&f->waiting, &w->node);
	return 0;
}

/* --- meeting ------------------------------------------------------------------------------------- */

static bool fits(const struct waiting *w, enum http_method method, struct str path)
{
	if (w->method[0] && !str_eq_nocase(str_c(w->method), str_c(http_method_name(method))))
		return false;
	if (str_starts(path, STR("/_sim/")) && !str_starts(str_c(w->path), STR("/_sim/")))
		return false;
	return !w->path[0] || (path.len && memmem(path.p, path.len, w->path, strlen(w->path)));
}

/* Counts the call; true when it is one of those to hit. */
static bool is_due(struct waiting *w)
{
	if (w->nth > 1) {
		w->nth--;
		return false;
	}
	return true;
}

static void use_up(struct sim_faults *f, struct waiting *w)
{
	if (w->times < 0 || --w->times > 0)
		return;
	list_remove(&f->waiting, &w->node);
	mem_free(w);
}

struct sim_fault sim_faults_meet(struct sim_faults *f, enum http_method method, struct str path)
{
	struct sim_fault met = { SIM_FAULT_NONE, 0 };

	LIST_EACH_SAFE(node, &f->waiting)
	{
		struct waiting *w = LIST_OF(node, struct waiting, node);
		if (!fits(w, method, path) || !is_due(w) || met.kind)
			continue;
		met = w->fault;
		use_up(f, w);
	}
	return met;
}

void sim_faults_print(const struct sim_faults *f, struct json_writer *w)
{
	jw_array(w);
	LIST_EACH(node, &f->waiting)
	{
		const struct waiting *at = LIST_OF(node, struct waiting, node);
		jw_object(w);
		jw_member_c(w, "path", at->path);
		jw_member_c(w, "method", at->method);
		jw_member_c(w, "kind", kinds[at->fault.kind].word);
		if (kinds[at->fault.kind].number)
			jw_member_int(w, kinds[at->fault.kind].number, at->fault.number);
		jw_member_int(w, "nth", at->nth);
		jw_member_int(w, "times", at->times);
		jw_member_c(w, "does", kinds[at->fault.kind].text);
		jw_object_end(w);
	}
	jw_array_end(w);
}
