/* domain/campaign_fixture.h: rows of audiences, with their figures written at once. For tests only; include it behind
 * domain/fixture.h. */
#ifndef DOMAIN_CAMPAIGN_FIXTURE_H
#define DOMAIN_CAMPAIGN_FIXTURE_H

#include "domain/campaign_people.h"
#include "domain/fixture.h"

static inline void fixture_member(
    struct fixture *f, uint64_t campaign, const struct campaign_member *m, bool is_new)
{
	struct campaign_sums *sums;

	OK(campaign_sums_new(&sums, &f->err));
	if (is_new)
		OK(campaign_member_add(f->conn, &f->key, sums, campaign, m, &f->err));
	else
		OK(campaign_member_set(f->conn, sums, campaign, m, &f->err));
	OK(campaign_sums_write(sums, f->conn, &f->err));
	campaign_sums_free(&sums);
}

#define MEMBER_ADD(f, campaign, m) fixture_member(f, campaign, m, true)
#define MEMBER_SET(f, campaign, m) fixture_member(f, campaign, m, false)

#endif
