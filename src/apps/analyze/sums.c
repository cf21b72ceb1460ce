#include "apps/analyze/sums.h"

#include "base/check.h"

int sums_read_count(struct str text, int64_t *ret)
{
	char digits[20];
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		bool digit = c >= '0' && c <= '9';
		if (!digit && c != ',' && c != '.' && c != ' ' && c != '\'')
			return -E_INVALID;
		if (digit && n == sizeof(digits))
			return -E_INVALID;
		if (digit)
			digits[n++] = c;
	}
	*ret = 0;
	return n ? str_to_i64(str_n(digits, n), ret) : text.len ? -E_INVALID : 0;
}

int sums_add(struct analysis *a, const struct sum *s, struct err *err)
{
	size_t cap = a->sums_cap ? 2 * a->sums_cap : 256;

	if (a->sums_len == SUMS_MAX)
		return err_field(err, E_TOO_LARGE, "traffic",
		    _("A table of sums may have %d rows at most."), SUMS_MAX);
	if (a->sums_len == a->sums_cap) {
		struct sum *grown = mem_grow(a->sums, cap * sizeof(*grown));
		if (!grown)
			return err_set(err, E_NOMEM, N_("Memory ran out."));
		a->sums = grown;
		a->sums_cap = cap;
	}
	a->sums[a->sums_len++] = *s;
	return 0;
}

static void add_template(struct analysis *a, const struct sum *s)
{
	struct template_stat *t = &a->template_stats[s->template];

	if (!s->template)
		return;
	t->purpose = t->purpose == PURPOSE_NONE || s->purpose < t->purpose ? s->purpose
									   : t->purpose;
	t->sends += s->sent;
	t->told += a->has[ROLE_DELIVERED] ? s->sent : 0;
	t->delivered += s->delivered;
	t->read += s->read;
	t->taps += s->clicked;
}

int sums_end(struct analysis *a, struct err *err)
{
	for (size_t i = 0; i < a->sums_len; i++) {
		const struct sum *s = &a->sums[i];
		a->sends += s->sent;
		add_template(a, s);
		if (s->sent && volume_add_day(a->volume, s->number, s->at, s->sent) < 0)
			return err_set(err, E_NOMEM, N_("Memory ran out."));
	}
	return 0;
}
