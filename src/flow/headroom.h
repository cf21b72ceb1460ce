/* flow/headroom.h: how much room the disk under the store has, and what is taken in meanwhile.
 *
 * A ballast file beside the store takes room while there is enough. When the disk is as good as full
 * it is given back, so that what is under way can still be settled; it is taken again once there is
 * room for it without the disk being low. The room of a ballast that is not there does not count as
 * free. A size that is given in bytes holds only where the file system has four times that much:
 * on a smaller one the shares alone decide.
 *
 * Source of the figures: reliability 2.4; they are the configuration's. */
#ifndef FLOW_HEADROOM_H
#define FLOW_HEADROOM_H

#include "base/str.h"

enum headroom_stage {
	HEADROOM_FINE,
	HEADROOM_LOW,  /* nothing business-initiated is taken in, and held sends wait */
	HEADROOM_GONE, /* nothing but webhooks and what withdraws or stops */
};

struct headroom_options {
	int64_t ballast_mib;          /* 0 = none */
	int64_t low_percent, low_mib; /* low below either; 0 = never */
	int64_t stop_percent;         /* 0 = never */
};

struct headroom;
/* `dir` holds the store. Looks at once. -E_NOMEM. A disk that cannot be measured is fine, and no room
 * for the ballast no error. */
MUST_CHECK int headroom_open(
    const char *dir, const struct headroom_options *o, struct headroom **ret, struct err *err);
void headroom_close(struct headroom **ph); /* the ballast stays */
/* Measures, and takes or gives back the ballast. By one thread at a time. */
void headroom_look(struct headroom *h);
/* From any thread; of NULL: fine. */
enum headroom_stage headroom_stage(const struct headroom *h);

struct headroom_figures {
	uint64_t total, free; /* bytes; 0 and 0 = not measured */
	uint64_t ballast;     /* bytes kept back now */
};
void headroom_figures(const struct headroom *h, struct headroom_figures *ret);

/* Would the disk under `dir`, judged as the store's is, still be fine with so many bytes more on it? Measures;
 * one that cannot be measured is fine, and of NULL every one. From any thread. */
bool headroom_fits(const struct headroom *h, const char *dir, uint64_t bytes);

/* What a disk of that room would be, with a ballast that is or is not there. */
enum headroom_stage headroom_stage_of(
    const struct headroom_options *o, uint64_t total, uint64_t free, bool ballast);

#endif
