#include "domain/pair.h"

void pair_debt_add(struct pair_debt *debt, const struct pack_pair *figures, time_ms at)
{
	if (debt->clear_at <= at)
		*debt = (struct pair_debt){ .clear_at = at, .spent = false };
	debt->clear_at += figures->interval_ms;
	if (debt->clear_at - at >= figures->burst * figures->interval_ms)
		debt->spent = true;
}

bool pair_debt_blocks(const struct pair_debt *debt, time_ms now)
{
	return debt->spent && debt->clear_at > now;
}
