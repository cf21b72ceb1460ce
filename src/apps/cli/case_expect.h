/* apps/cli/case_expect.h: does a decision match what its policy case expects (design 7, readings 28).
 *
 * Members: verdict, verdict_in, purpose, hold_until, rules (exactly these, any order), warnings (these at
 * least), any_of and none_of (over rules and warnings together). */
#ifndef APPS_CLI_CASE_EXPECT_H
#define APPS_CLI_CASE_EXPECT_H

#include "domain/decision.h"

/* 1 when all of it matches; 0 when not, and one line a member that does not is appended to `diff`;
 * -E_INVALID naming the field ("expect.rules") when it is no expectation. */
MUST_CHECK int case_expect_check(const struct json *expect, const struct decision *d,
    enum lang lang, struct buf *diff, struct err *err);

#endif
