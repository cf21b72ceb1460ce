/* apps/analyze/sorter.h: any number of events, in their order, in bounded memory, and in pieces that
 * several threads read at the same time.
 *
 * As many as fit are sorted in memory; when there are more, they go as sorted runs into a file without
 * a name, whose room is free again when the sorter is freed, or the process ends in whatever way. */
#ifndef APPS_ANALYZE_SORTER_H
#define APPS_ANALYZE_SORTER_H

#include "apps/analyze/event.h"

struct sorter;
struct sorter_batch;

/* `run` events are sorted at once, at least 2; `dir` holds the file. NULL when memory ran out. */
MUST_CHECK struct sorter *sorter_new(const char *dir, size_t run);
void sorter_free(struct sorter **ps);

/* By one thread at a time: of events that compare alike, the one added first comes first. 0; -E_IO when
 * no file can be made; -E_NOMEM. */
MUST_CHECK int sorter_add(struct sorter *s, const struct event *e, struct err *err);
/* By the same: the events that wait to be sorted; NULL when there are too few. Whoever takes them has to
 * write them, whenever that is before sorter_end(). */
struct sorter_batch *sorter_take_full(struct sorter *s);
/* Sorts and writes them, by any number of threads at the same time. -E_IO when the disk is full; -E_NOMEM.
 * Frees them in any case. */
MUST_CHECK int sorter_write(struct sorter *s, struct sorter_batch **pb, struct err *err);
void sorter_drop(struct sorter_batch **pb); /* instead of writing them, when the run failed */
/* No more come. */
MUST_CHECK int sorter_end(struct sorter *s, struct err *err);

/* Behind sorter_end(): events lie in so many pieces of about the same size, at least one, in the order of
 * people; no person is in two. */
size_t sorter_pieces(const struct sorter *s);
uint64_t sorter_len(const struct sorter *s);

/* One thread's view of a sorter. */
struct sorter_reader;
/* `readers` at the same time share the memory that there is for it. NULL when memory ran out. */
MUST_CHECK struct sorter_reader *sorter_reader_new(const struct sorter *s, size_t readers);
void sorter_reader_free(struct sorter_reader **pr);
/* At the beginning of a piece. 0, -E_IO. */
MUST_CHECK int sorter_reader_begin(struct sorter_reader *r, size_t piece, struct err *err);
/* 1 and the next event of the piece, 0 at its end, -E_IO. */
MUST_CHECK int sorter_next(struct sorter_reader *r, struct event *ret, struct err *err);

#endif
