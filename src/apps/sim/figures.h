/* apps/sim/figures.h: the platform's documented figures, as the simulator reads them.
 *
 * Read from Meta's developer documentation in November 2026, independently of the gateway's policy pack:
 * a misreading there must not be hidden by the same one here. The comment names the page. */
#ifndef APPS_SIM_FIGURES_H
#define APPS_SIM_FIGURES_H

#include "base/clock.h"

/* messages/send-messages: the customer service window, from the last message or call of the user. */
#define FIG_WINDOW_MS (24 * MS_PER_HOUR)
/* pricing: answer within 24 h of a click-to-WhatsApp message; then 72 h are free. */
#define FIG_ENTRY_ANSWER_MS (24 * MS_PER_HOUR)
#define FIG_ENTRY_FREE_MS (72 * MS_PER_HOUR)
/* messaging-limits: distinct people outside windows in a moving day. */
#define FIG_LIMIT_SPAN_MS (24 * MS_PER_HOUR)
/* throughput: messages per second of a number; the level above is called HIGH. */
#define FIG_THROUGHPUT 80
/* throughput: pair rate; 1 message in 6 s on average, up to 45 borrowed from later; 45 at once
 * are repaid after 270 s. */
#define FIG_PAIR_MS (6 * MS_PER_S)
#define FIG_PAIR_BURST 45
/* rate limiting: management calls of an app to a WABA, and to one that has a registered number. */
#define FIG_CALLS_PER_HOUR 200
#define FIG_CALLS_PER_HOUR_WITH_NUMBER 5000
/* registration: calls to register and deregister per number. */
#define FIG_REGISTER_CALLS 10
#define FIG_REGISTER_SPAN_MS (72 * MS_PER_HOUR)
/* media: life of an upload, of a received file, of an address; largest file of each sort. */
#define FIG_UPLOAD_LIFE_MS (30 * MS_PER_DAY)
#define FIG_RECEIVED_LIFE_MS (7 * MS_PER_DAY)
#define FIG_MEDIA_URL_LIFE_MS (5 * MS_PER_MIN)
#define FIG_IMAGE_BYTES (5ULL << 20)
#define FIG_AUDIO_BYTES (16ULL << 20)
#define FIG_VIDEO_BYTES (16ULL << 20)
#define FIG_STICKER_BYTES (500ULL << 10)
#define FIG_DOCUMENT_BYTES (100ULL << 20)
/* webhooks: tries end after seven days. */
#define FIG_WEBHOOK_LIFE_MS (7 * MS_PER_DAY)
/* send request: the callback string. */
#define FIG_CALLBACK_DATA 512
/* message types: lengths in characters. */
#define FIG_TEXT 4096
#define FIG_CAPTION 1024
#define FIG_CONTACTS 257
/* direct-send: lengths and time to live. */
#define FIG_DIRECT_BODY 1024
#define FIG_DIRECT_TTL_MIN_S 30
#define FIG_DIRECT_TTL_MAX_S 43200
/* templates: lengths, counts and edits. */
#define FIG_TEMPLATE_NAME 512
#define FIG_TEMPLATE_BODY 1024
#define FIG_TEMPLATE_HEADER 60
#define FIG_TEMPLATE_FOOTER 60
#define FIG_TEMPLATE_BUTTONS 10
#define FIG_TEMPLATE_EDIT_GAP_MS (24 * MS_PER_HOUR)
#define FIG_AUTH_PARAMETER 15
#define FIG_COUPON 15
/* template-pausing: the first pause and the second; the third disables. */
#define FIG_PAUSE_FIRST_MS (3 * MS_PER_HOUR)
#define FIG_PAUSE_SECOND_MS (6 * MS_PER_HOUR)
/* templates/time-to-live: how long delivery is tried. */
#define FIG_AUTH_TTL_MS (10 * MS_PER_MIN)
#define FIG_TTL_MS (30 * MS_PER_DAY)
/* block-users: only who wrote within the last day. */
#define FIG_BLOCK_SPAN_MS (24 * MS_PER_HOUR)
/* pricing: from 2026-10-01 00:00 UTC service messages and utility in the window are billable. */
#define FIG_SERVICE_BILLED_FROM 1790812800000LL

#endif
