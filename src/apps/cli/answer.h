/* apps/cli/answer.h: what the API answered, for whoever gave the verb: as it is or as words, with the
 * exit code. */
#ifndef APPS_CLI_ANSWER_H
#define APPS_CLI_ANSWER_H

#include "apps/cli/client.h"
#include "apps/gateway/nouns.h"
#include "base/arena.h"

struct answer {
	const char *who; /* "varco account add" */
	const struct noun_verb *api;
	bool json; /* it was asked for as it is */
	struct client_answer *answer;
	struct arena *arena;
};

/* A good one, on standard output. The body is wiped, for it may hold a key. */
int answer_tell(const struct answer *a);
/* A problem of RFC 9457 as a sentence; or, for scripts, as it is: on standard error. */
int answer_tell_problem(const struct answer *a);

/* A terminal that lines may be written over, and a person who wants to see that. */
bool answer_may_show_progress(void);

#endif
