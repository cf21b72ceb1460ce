/* apps/sim/sim_ids.h: the identifiers Meta would make: message ids, object ids, business-scoped user ids.
 *
 * Message and object ids are functions of the seed and a counter: unique within a run, the same in an equal run,
 * and different under another seed. A user id is a function of the portfolio and the phone alone: it outlives
 * a restart, as the real one does, and only the portfolio it was made for can be asked what it means. */
#ifndef APPS_SIM_SIM_IDS_H
#define APPS_SIM_SIM_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define SIM_WAMID_MAX 48
#define SIM_OBJECT_ID_MAX 24
#define SIM_BSUID_MAX 140 /* two letters, a dot, up to 128 characters; "ENT." of the parent form */
#define SIM_PHONE_MAX 16  /* up to 15 digits */

enum sim_direction { SIM_OUT, SIM_IN };

void sim_wamid_format(uint64_t seed, enum sim_direction d, uint64_t n, char out[SIM_WAMID_MAX]);
/* The counter of a wamid that sim_wamid_format made under this seed and direction; false for any other text. */
bool sim_wamid_parse(uint64_t seed, enum sim_direction d, struct str text, uint64_t *ret);

/* The n-th object id: 15 digits, distinct for distinct n. */
void sim_object_id(uint64_t seed, uint64_t n, char out[SIM_OBJECT_ID_MAX]);

/* "IT.1G5…": the user of that phone for that portfolio. `generation` counts changes of the id: 0 to 31. */
void sim_bsuid_format(
    struct str portfolio, struct str phone, unsigned generation, char out[SIM_BSUID_MAX]);
/* The phone (digits) behind it; false when this portfolio never gave out such an id. */
bool sim_bsuid_parse(struct str portfolio, struct str bsuid, char ret_phone[SIM_PHONE_MAX],
    unsigned *ret_generation);
/* Two capitals, a dot, letters and digits, not longer than the platform allows. */
bool sim_bsuid_is_shaped(struct str text);

#endif
