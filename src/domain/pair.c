#include "domain/pair.h"

bool pair_debt_fits(const struct pair_debt *debt, const struct pack_pair *figures, time_ms now)
{
	return debt->clear_at - now <= (figures->burst - 1) * figures->interval_ms;
}

void pair_debt_add(struct pair_debt *debt, const struct pack_pair *figures, time_ms at)
{
	if (debt->clear_at <= at)
		*debt = (struct pair_debt){ .clear_at = at, .spent = false };
	debt->clear_at += figures->interval_ms;
	debt->spent = debt->spent || !pair_debt_fits(debt, figures, at);
}

bool pair_debt_blocks(const struct pair_debt *debt, time_ms now)
{
	return debt->spent && debt->clear_at > now;
}
