/* A table of names, filled from the file by path; what the file has and the table does not is an error, too, so that a
 * misspelt figure never goes unnoticed. */
#include "apps/sim/sim_assume.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#define TEXT_MAX (1U << 20)

extern const unsigned char sim_assumptions_json[];
extern const size_t sim_assumptions_json_len;

static const char *const names[SIM_ASSUMPTIONS_LEN] = {
#define X(id, name) name,
	SIM_ASSUMPTIONS(X)
#undef X
};

const char *sim_assume_name(enum sim_assumption i)
{
	return names[i];
}

static int read_figure(const struct json *root, size_t i, struct sim_assume *ret, struct err *err)
{
	const struct json *v = json_path(root, names[i]);
	struct str source = json_str(json_get(v, "source"));

	if (!json_real(json_get(v, "value"), &ret->v[i]) ||
	    !json_real(json_get(v, "min"), &ret->min[i]) ||
	    !json_real(json_get(v, "max"), &ret->max[i]))
		return err_field(err, E_INVALID, names[i],
		    "%s needs value, min and max, and they are numbers.", names[i]);
	if (ret->v[i] < ret->min[i] || ret->v[i] > ret->max[i])
		return err_field(err, E_INVALID, names[i], "%s is outside its own range, %g to %g.",
		    names[i], ret->min[i], ret->max[i]);
	ret->assumed[i] = str_starts(source, STR("assumption: "));
	if (!ret->assumed[i] && !str_starts(source, STR("Meta: ")))
		return err_field(err, E_INVALID, names[i],
		    "The source of %s must begin with \"Meta: \" or \"assumption: \".", names[i]);
	return 0;
}

static int read_countries(const struct json *list, struct sim_assume *ret, struct err *err)
{
	for (size_t i = 0; i < json_len(list); i++) {
		struct str country = json_str(json_at(list, i));
		if (country.len != 2 || i >= SIM_COUNTRIES_MAX)
			return err_field(err, E_INVALID, "uncapped_countries",
			    "uncapped_countries has up to %d names of two letters.",
			    SIM_COUNTRIES_MAX);
		memcpy(ret->uncapped[i], country.p, 2);
		ret->uncapped_len = i + 1;
	}
	return 0;
}

static bool is_name(struct str section, struct str key)
{
	for (size_t i = 0; i < SIM_ASSUMPTIONS_LEN; i++) {
		struct str rest = str_c(names[i]);
		if (str_eq(str_cut(&rest, '.'), section) && str_eq(rest, key))
			return true;
	}
	return false;
}

static int refuse_unheard(const struct json *root, struct err *err)
{
	struct json_iter sections, keys;
	struct str section, key;
	const struct json *value, *figure;

	json_iter_init(&sections, root);
	while (json_iter_next(&sections, &section, &value)) {
		if (str_eq_c(section, "uncapped_countries"))
			continue;
		json_iter_init(&keys, value);
		while (json_iter_next(&keys, &key, &figure)) {
			if (!is_name(section, key))
				return err_set(err, E_INVALID, "%.*s.%.*s is no assumption.",
				    STR_ARG(section), STR_ARG(key));
		}
	}
	return 0;
}

static int read_root(const struct json *root, struct sim_assume *ret, struct err *err)
{
	int rc = 0;

	*ret = (struct sim_assume){ .uncapped_len = 0 };
	for (size_t i = 0; rc == 0 && i < SIM_ASSUMPTIONS_LEN; i++)
		rc = read_figure(root, i, ret, err);
	if (rc == 0)
		rc = read_countries(json_get(root, "uncapped_countries"), ret, err);
	return rc ? rc : refuse_unheard(root, err);
}

int sim_assume_read(struct str text, struct sim_assume *ret, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	const struct json *root;

	if (!a)
		return err_set(err, E_NOMEM, "Memory ran out.");
	int rc = json_read_commented(a, text, &root, err);
	if (rc == 0)
		rc = read_root(root, ret, err);
	arena_free(&a);
	return rc;
}

int sim_assume_builtin(struct sim_assume *ret, struct err *err)
{
	return sim_assume_read(
	    str_n((const char *)sim_assumptions_json, sim_assumptions_json_len), ret, err);
}

int sim_assume_file(const char *path, struct sim_assume *ret, struct err *err)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	int rc = file_read(path, TEXT_MAX, &text, err);
	if (rc == 0)
		rc = sim_assume_read(buf_str(&text), ret, err);
	buf_done(&text);
	return rc;
}

void sim_assume_scale(struct sim_assume *a, enum sim_assumption i, double factor)
{
	double v = a->v[i] * factor;

	v = v < a->min[i] ? a->min[i] : v;
	a->v[i] = v > a->max[i] ? a->max[i] : v;
}

bool sim_assume_is_uncapped(const struct sim_assume *a, const char *country)
{
	for (size_t i = 0; i < a->uncapped_len; i++) {
		if (strcmp(a->uncapped[i], country) == 0)
			return true;
	}
	return false;
}

int64_t sim_assume_hours(const struct sim_assume *a, enum sim_assumption i)
{
	return (int64_t)(a->v[i] * (double)MS_PER_HOUR);
}

int64_t sim_assume_days(const struct sim_assume *a, enum sim_assumption i)
{
	return (int64_t)(a->v[i] * (double)MS_PER_DAY);
}
