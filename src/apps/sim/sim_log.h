/* apps/sim/sim_log.h: everything the simulator took, in order.
 *
 * One entry a request, numbered from 1 and never renumbered; headers and body as they came. The oldest go when
 * there are more than SIM_LOG_ITEMS or SIM_LOG_BYTES, or when somebody trims. An entry is found again by its
 * number, never by pointer: it may be gone.
 * A body longer than SIM_LOG_BODY, or one that is not UTF-8, is kept as its length and SHA-256 alone. */
#ifndef APPS_SIM_SIM_LOG_H
#define APPS_SIM_SIM_LOG_H

#include <stdint.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "apps/sim/sim_ids.h"
#include "transport/http_server.h"

#define SIM_LOG_ITEMS 262144
#define SIM_LOG_BYTES (1ULL << 30)
#define SIM_LOG_BODY 65536

struct sim_log;

MUST_CHECK struct sim_log *sim_log_new(void);
void sim_log_free(struct sim_log **pl);

/* A request arrived. The number of its entry, or 0 when memory ran out (then it is not logged). */
uint64_t sim_log_add(
    struct sim_log *l, const struct http_request *req, struct str path, time_ms at);
/* What became of it: the status answered (0 = none: the connection was reset) and the message it made (may be ""). */
void sim_log_settle(struct sim_log *l, uint64_t n, int status, const char *wamid);
/* For a body that was streamed past: its length and digest. */
void sim_log_digest(struct sim_log *l, uint64_t n, uint64_t bytes, const struct sha256 *digest);

/* Forget entries up to and including n. Numbers go on. */
void sim_log_trim(struct sim_log *l, uint64_t n);
uint64_t sim_log_last(const struct sim_log *l); /* the newest number, 0 when there never was one */
size_t sim_log_count(const struct sim_log *l);

/* Write the first entry with a number above `after` as {"n":…,"at":…,…}; its number, or 0 when there is none. */
uint64_t sim_log_print(const struct sim_log *l, uint64_t after, struct json_writer *w);

#endif
