/* domain/tables.h: every module's migrations in order, for store/schema. A migration that has been
 * released is never changed. */
#ifndef DOMAIN_TABLES_H
#define DOMAIN_TABLES_H

#include "store/schema.h"

extern const struct migration tables[];
extern const size_t tables_len;

#endif
