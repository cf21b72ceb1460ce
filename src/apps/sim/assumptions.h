/* apps/sim/assumptions.h: every figure of the simulator that no public record states.
 *
 * What the platform documents stands in figures.h. What stands here was chosen by us, so that a run is
 * quick, plausible and repeatable; none of it is a statement about Meta. One comment a figure. */
#ifndef APPS_SIM_ASSUMPTIONS_H
#define APPS_SIM_ASSUMPTIONS_H

/* From acceptance to the `sent` status: a range in ms, drawn per message. Meta gives no figure. */
#define ASSUME_SENT_MS_MIN 20
#define ASSUME_SENT_MS_MAX 80

/* From `sent` to `delivered`: a phone that is switched on and in reach. */
#define ASSUME_DELIVERED_MS_MIN 50
#define ASSUME_DELIVERED_MS_MAX 250

/* From `delivered` to `read`, for those who read: shorter than life, so that tests need not wait. */
#define ASSUME_READ_MS_MIN 500
#define ASSUME_READ_MS_MAX 4000

/* How many of a thousand delivered messages are read. Studies name anything between 50 and 98 %. */
#define ASSUME_READ_PERMILLE 700

/* Status code of a message over the portfolio's limit: the platform documents none (131048 and 131049
 * are reported); the spam code is the account's, 131049 would blame the person. */
#define ASSUME_OVER_LIMIT_CODE 131048

/* Limit of a portfolio nobody configured: none, so that benches need no set-up. 0 = unlimited. */
#define ASSUME_PORTFOLIO_LIMIT 0

/* A number's throughput is counted per calendar second of the simulator's clock, and messages that
 * left in one second may arrive in the next: so much above the rate is let pass unless --strict. */
#define ASSUME_THROUGHPUT_GRACE_PERCENT 25

/* Review of a new or edited template: "up to 24 h" in the documentation. */
#define ASSUME_REVIEW_MS 2000

/* Fixed words that every variable of a template needs beside one; the documentation speaks of a ratio. */
#define ASSUME_WORDS_PER_VARIABLE 2

/* A second copy of a webhook, and a late one that others overtake, follow after this time. */
#define ASSUME_DUPLICATE_AFTER_MS 150
#define ASSUME_OVERTAKEN_AFTER_MS 400

/* Webhooks: one POST at a time and endpoint keeps a run repeatable; what piles up meanwhile goes
 * together. The documented batch is up to 1,000 updates. */
#define ASSUME_HOOK_BATCH 200

/* A receiver that does not answer within this time has failed. */
#define ASSUME_HOOK_TIMEOUT_MS 10000

/* Gaps between tries grow; only their growth and the end after seven days are documented. */
#define ASSUME_RETRY_FIRST_MS 500
#define ASSUME_RETRY_FACTOR 2
#define ASSUME_RETRY_MAX_MS 600000

/* Under a standing clock, what is due within this time happens at once: a message sent is delivered
 * without anybody moving the clock, and a pause of three hours still is one. */
#define ASSUME_LOOKAHEAD_MS 10000

/* Calls an hour that the app may make over all accounts; Meta's figure depends on how many people use
 * the app. Time and processor time of calls are told as this part of their number. */
#define ASSUME_APP_CALLS_PER_HOUR 20000
#define ASSUME_TIME_PERCENT 25

/* Gap between the bytes of an answer that drips (fault `drip`). */
#define ASSUME_DRIP_MS 5

/* Longest wait for a receiver's 200 before /_sim/inbound or the fault `status_before_answer` goes on. */
#define ASSUME_WAIT_HOOK_MS 2000

/* Digits without "+" shorter than this are national and get the country code of the WABA; the
 * documentation says "prefixed" without saying when. */
#define ASSUME_INTERNATIONAL_DIGITS 10

/* Objects that nobody configured. */
#define ASSUME_PORTFOLIO_ID "500400300"
#define ASSUME_WABA_ID "900800700"
#define ASSUME_NUMBER_ID "100200300"
#define ASSUME_COUNTRY "IT"
#define ASSUME_CURRENCY "EUR"
#define ASSUME_NAME "Bottega Esempio"

/* First of the invented people of `--people N`; the others follow one by one. */
#define ASSUME_FIRST_PERSON 393331000000

/* What the creation of a template is answered with while portfolio pacing blocks it: the platform documents none. */
#define ASSUME_CREATION_BLOCKED_CODE 368

/* Direct Send's category check looks for these words; Meta's classifier is not public. */
#define ASSUME_PROMOTIONAL_WORDS \
	"sale", "offer", "discount", "% off", "promo", "coupon", "sconto", "offerta", "saldi", \
	    "desconto", "oferta"

#endif
