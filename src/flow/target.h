/* flow/target.h: where a WABA's calls go, and with which credential: Meta (or the simulator) by the
 * configured address, or a certified provider by the pack's row. */
#ifndef FLOW_TARGET_H
#define FLOW_TARGET_H

#include "flow/core.h"
#include "transport/http_server.h"

struct target {
	struct str url;
	struct http_header auth;
};

/* URL of /{version}/{id}{rest} (`rest` with its slash and query, or ""), and the header that
 * carries Meta's or the provider's token. False when the WABA has no token, its provider is not in
 * the pack, or memory ran out. Strings live in the arena and the directory. */
bool target_for(const struct core *core, const struct dir_waba *waba, struct arena *a,
    struct str version, struct str id, struct str rest, struct target *ret);
/* Is `url` http to loopback, or https to a host that the pack lists: the only places that tokens go
 * to. */
bool target_is_allowed(const struct pack *pack, struct str url);
/* "http://127.…", "http://[::1]…", "http://localhost…" */
bool target_is_loopback(struct str url);
/* Could Varco post there for an app: https, to a host that may be public by its spelling. */
bool target_may_be_public(struct str url);

#endif
