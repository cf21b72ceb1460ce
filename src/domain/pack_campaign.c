#include "domain/pack_campaign.h"

#include "base/check.h"
#include "domain/pack_private.h"

static const struct field wave_fields[] = {
	{ "people", read_count, .at = offsetof(struct pack_wave, people) },
	{ "share", read_ratio_or_null, .at = offsetof(struct pack_wave, share_ppm) },
	{ "wait_s", read_seconds, .at = offsetof(struct pack_wave, wait_ms) },
};

/* Each but the last is a number of people or a share, and the last is neither: the rest. */
static int read_waves(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_campaign *all = (struct pack_campaign *)(void *)base;
	int rc = read_items(r, v, f, (char *)all->waves, sizeof(struct pack_wave), &all->waves_len);
	size_t n = all->waves_len;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		bool told = all->waves[i].people > 0, share = all->waves[i].share_ppm > 0;
		if (told + share != (i + 1 < n))
			return bad(
			    r, "waves of people or of a share, and the rest as the last one");
	}
	return rc < 0 || n > 0 ? rc : bad(r, "a list with at least one wave");
}

#define AT(member) .at = offsetof(struct pack_campaign, member)
static const struct field campaign_fields[] = {
	{ "grace_s", read_seconds, AT(grace_ms) },
	{ "waves", read_waves, .at = 0, .sub = wave_fields, .sub_len = ARRAY_LEN(wave_fields),
	    .max_len = PACK_LIST_MAX },
	{ "batch", read_count, AT(batch) },
	{ "people_max", read_count, AT(people_max) },
	{ "names_max", read_count, AT(names_max) },
	{ "keep_days", read_days, AT(keep_ms) },
	{ "engaged_days", read_counts, AT(engaged_days),
	    .at_len = offsetof(struct pack_campaign, engaged_len), .max_len = PACK_LIST_MAX },
	{ "list_old_days", read_days, AT(list_old_ms) },
	{ "list_min", read_count, AT(list_min) },
	{ "list_failures", read_ratio, AT(list_failures_ppm) },
	{ "list_opt_outs", read_ratio, AT(list_opt_outs_ppm) },
};

int read_campaign(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack *pack = (struct pack *)(void *)base;

	(void)f;
	int rc = read_fields(
	    r, v, campaign_fields, ARRAY_LEN(campaign_fields), (char *)&pack->campaign);
	if (rc == 0 &&
	    (pack->campaign.batch < 1 || pack->campaign.people_max < 1 ||
		pack->campaign.names_max < 1))
		rc = bad(r, "an object whose batch, people_max and names_max are above 0");
	return rc;
}
