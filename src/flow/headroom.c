#include "flow/headroom.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/log.h"

#define MIB (1024ULL * 1024)
#define BALLAST "ballast"

struct headroom {
	struct headroom_options options;
	char dir[4096], ballast[4096 + sizeof(BALLAST)];
	bool complained; /* that there is no room for the ballast */
	atomic_int stage;
	atomic_uint_fast64_t total, free, kept;
};

/* --- figures ---------------------------------------------------------------------------------- */

/* 0 on a file system that is too small for it. */
static uint64_t bytes_on(uint64_t total, int64_t mib)
{
	uint64_t bytes = (uint64_t)mib * MIB;

	return total / 4 >= bytes ? bytes : 0;
}

static bool is_below(uint64_t free, uint64_t total, int64_t percent)
{
	return free < total / 100 * (uint64_t)percent;
}

enum headroom_stage headroom_stage_of(
    const struct headroom_options *o, uint64_t total, uint64_t free, bool ballast)
{
	uint64_t owed = ballast ? 0 : bytes_on(total, o->ballast_mib);

	free = free > owed ? free - owed : 0;
	if (is_below(free, total, o->stop_percent))
		return HEADROOM_GONE;
	if (is_below(free, total, o->low_percent) || free < bytes_on(total, o->low_mib))
		return HEADROOM_LOW;
	return HEADROOM_FINE;
}

/* --- the ballast ------------------------------------------------------------------------------ */

static uint64_t ballast_size(const struct headroom *h)
{
	struct stat st;

	return stat(h->ballast, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static void take_ballast(struct headroom *h, uint64_t size)
{
	struct err err = { 0 };

	if (file_reserve(h->ballast, size, &err) == 0) {
		h->complained = false;
		return;
	}
	if (!h->complained)
		log_warn("the ballast file could not be made", "error=%s", err_name(err.code));
	h->complained = true;
}

static void give_ballast_back(struct headroom *h, bool full)
{
	if (unlink(h->ballast) < 0 && errno != ENOENT)
		log_error("the ballast file could not be given back", "reason=%s", strerror(errno));
	else if (full)
		log_warn("the disk is full; the ballast file was given back", NULL);
}

/* A change of its size in the configuration counts as well. */
static void keep_ballast(struct headroom *h, const struct dir_room *room)
{
	uint64_t has = ballast_size(h), wanted = bytes_on(room->total, h->options.ballast_mib);
	enum headroom_stage stage = headroom_stage_of(
	    &h->options, room->total, room->free, has == wanted);

	if (has && (stage == HEADROOM_GONE || has > wanted))
		give_ballast_back(h, stage == HEADROOM_GONE);
	else if (has < wanted && stage == HEADROOM_FINE)
		take_ballast(h, wanted);
}

/* --- looking ---------------------------------------------------------------------------------- */

void headroom_look(struct headroom *h)
{
	struct dir_room room;

	if (dir_room(h->dir, &room, NULL) < 0 || room.total == 0)
		return;
	keep_ballast(h, &room);
	uint64_t has = ballast_size(h), wanted = bytes_on(room.total, h->options.ballast_mib);
	if (dir_room(h->dir, &room, NULL) < 0)
		return;
	atomic_store(&h->total, room.total);
	atomic_store(&h->free, room.free);
	atomic_store(&h->kept, has);
	atomic_store(
	    &h->stage, (int)headroom_stage_of(&h->options, room.total, room.free, has == wanted));
}

int headroom_open(
    const char *dir, const struct headroom_options *o, struct headroom **ret, struct err *err)
{
	struct headroom *h = mem_alloc(sizeof(*h));

	if (!h)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	h->options = *o;
	if (strlen(dir) >= sizeof(h->dir)) {
		mem_free(h);
		return err_set(err, E_RANGE, "The path of the store is too long.");
	}
	memcpy(h->dir, dir, strlen(dir) + 1);
	(void)snprintf(h->ballast, sizeof(h->ballast), "%s/%s", h->dir, BALLAST);
	headroom_look(h);
	*ret = h;
	return 0;
}

void headroom_close(struct headroom **ph)
{
	MEM_FREE(ph);
}

enum headroom_stage headroom_stage(const struct headroom *h)
{
	return h ? (enum headroom_stage)atomic_load(&h->stage) : HEADROOM_FINE;
}

static bool is_same_disk(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev;
}

/* No ballast is owed to a disk that is not the store's. */
bool headroom_fits(const struct headroom *h, const char *dir, uint64_t bytes)
{
	struct dir_room room;

	if (!h || dir_room(dir, &room, NULL) < 0 || room.total == 0)
		return true;
	bool kept = !is_same_disk(h->dir, dir) ||
	    ballast_size(h) == bytes_on(room.total, h->options.ballast_mib);
	if (room.free < bytes)
		return false;
	return headroom_stage_of(&h->options, room.total, room.free - bytes, kept) == HEADROOM_FINE;
}

void headroom_figures(const struct headroom *h, struct headroom_figures *ret)
{
	*ret = (struct headroom_figures){ 0 };
	if (!h)
		return;
	ret->total = atomic_load(&h->total);
	ret->free = atomic_load(&h->free);
	ret->ballast = atomic_load(&h->kept);
}
