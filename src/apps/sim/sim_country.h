/* apps/sim/sim_country.h: countries of phone numbers by their calling codes.
 *
 * Of the simulator's own: coarse on purpose (whole calling codes, except +1 and +7), enough for
 * user ids, prices and the rule about marketing in the United States. */
#ifndef APPS_SIM_SIM_COUNTRY_H
#define APPS_SIM_SIM_COUNTRY_H

#include <stdbool.h>

#include "base/str.h"

/* The two letters of the country of `digits` (without "+"), "XX" when no calling code fits. */
const char *sim_country_of(struct str digits);
/* The calling code of a country (39 for "IT"), 0 when it is not in the table. */
unsigned sim_country_code(struct str country);
/* +1 with an area code of the states or territories: where marketing is not delivered. */
bool sim_country_is_us(struct str digits);

#endif
