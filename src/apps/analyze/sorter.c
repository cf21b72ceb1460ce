/* Runs lie one behind the other in the file; where each begins is known when its events are taken away
 * to be sorted, so they are written in any order. Of each run the people of every so many events are
 * kept in memory: out of them come the bounds of the pieces, and where in a run a piece begins.
 *
 * While the runs of a piece are merged each has a part of itself in memory, and a heap of runs knows
 * which has the least event. What was all sorted in memory is read as if it were one such part. */
#include "apps/analyze/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"

#define STRIDE 512 /* events from one that is kept in mind to the next */
#define PIECES_OF_RUN 4
#define PIECES_MAX 4096
#define STAGED 4096 /* events that are written at once */
#define PART_MOST 2048
#define PART_LEAST 64
#define PARTS_BYTES (64u << 20) /* of all parts of all readers */
#define PATH_ROOM 4096

/* What events are sorted by; the lowest 32 bits of `rest` are an event's place, above it stands its kind. */
struct key {
	uint64_t person;
	time_ms at;
	uint64_t rest;
};

struct sorter_batch {
	struct sorter_batch *next;
	struct event *events;
	size_t len;
	struct run *run;
};

/* Does not move when others are added: who sorts it writes into it. */
struct run {
	uint64_t begin, len; /* events of the file */
	uint64_t *people;    /* of every stride-th event */
};

struct sorter {
	const char *dir;
	int fd; /* -1 = all fit into memory so far */
	struct event *events;
	size_t len, cap, stride;
	struct sorter_batch *full, **full_end;
	struct run **runs;
	size_t runs_len, runs_cap;
	uint64_t total;
	uint64_t *bounds; /* the first person of each piece but the first */
	size_t pieces;
};

struct part {
	uint64_t at, end; /* events of the file that are not read yet */
	struct event *events;
	size_t len, next;
};

struct sorter_reader {
	const struct sorter *sorter;
	uint64_t from, to; /* people of the piece: before `to` */
	size_t part_cap;
	struct part *parts;
	size_t parts_len;
	size_t *heap; /* indexes of parts, the least event first */
	size_t heap_len;
	struct event *room;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out.");
}

struct sorter *sorter_new(const char *dir, size_t run)
{
	struct sorter *s = mem_alloc(sizeof(*s));

	ASSERT(run >= 2 && run <= UINT32_MAX);
	if (!s)
		return NULL;
	*s = (struct sorter){ .dir = dir, .fd = -1, .cap = run, .pieces = 1 };
	s->stride = run / 8 < STRIDE ? run / 8 + 1 : STRIDE;
	s->full_end = &s->full;
	s->events = mem_alloc(run * sizeof(*s->events));
	if (!s->events)
		sorter_free(&s);
	return s;
}

static void batch_free(struct sorter_batch **pb)
{
	if (*pb)
		mem_free((*pb)->events);
	MEM_FREE(pb);
}

void sorter_drop(struct sorter_batch **pb)
{
	while (*pb) {
		struct sorter_batch *next = (*pb)->next;
		batch_free(pb);
		*pb = next;
	}
}

void sorter_free(struct sorter **ps)
{
	struct sorter *s = *ps;

	if (s) {
		for (size_t i = 0; i < s->runs_len; i++) {
			mem_free(s->runs[i]->people);
			mem_free(s->runs[i]);
		}
		mem_free(s->runs);
		sorter_drop(&s->full);
		mem_free(s->bounds);
		mem_free(s->events);
		if (s->fd >= 0)
			(void)close(s->fd);
	}
	MEM_FREE(ps);
}

/* --- sorting ---------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->rest > y->rest) - (x->rest < y->rest);
}

/* Keys in the events' order; NULL when memory ran out. Rows of one kind come in their order, so that the
 * place stands for the row. */
static struct key *keys_of(const struct event *events, size_t len)
{
	struct key *keys = mem_alloc((len + 1) * sizeof(*keys));

	for (size_t i = 0; keys && i < len; i++)
		keys[i] = (struct key){ events[i].person, events[i].at,
			(uint64_t)events[i].kind << 32 | i };
	if (keys)
		qsort(keys, len, sizeof(*keys), by_key);
	return keys;
}

static const struct event *event_of(const struct event *events, const struct key *k)
{
	return &events[k->rest & UINT32_MAX];
}

/* The people to keep in mind; NULL when memory ran out. */
static uint64_t *people_of(const struct sorter *s, const struct key *keys, size_t len)
{
	uint64_t *people = mem_alloc((len / s->stride + 1) * sizeof(*people));

	for (size_t i = 0; people && i < len; i += s->stride)
		people[i / s->stride] = keys[i].person;
	return people;
}

/* --- runs ------------------------------------------------------------------------------------- */

static int open_file(struct sorter *s, struct err *err)
{
	char path[PATH_ROOM];
	int n = snprintf(path, sizeof(path), "%s/varco-analyze-XXXXXX", s->dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(
		    err, E_TOO_LARGE, "The path of the temporary directory is too long.");
	s->fd = mkstemp(path);
	if (s->fd < 0 || unlink(path) < 0 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(err, E_IO, "No temporary file can be made in \"%s\": %s.", s->dir,
		    strerror(errno));
	return 0;
}

static int write_all(int fd, const char *p, size_t len, uint64_t at, struct err *err)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, E_IO, "The temporary file cannot be written: %s.",
			    strerror(n < 0 ? errno : ENOSPC));
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* The run of what has come together; NULL when memory ran out. */
static struct run *add_run(struct sorter *s)
{
	struct run *run = mem_alloc(sizeof(*run));

	if (run && s->runs_len == s->runs_cap) {
		size_t cap = s->runs_cap ? 2 * s->runs_cap : 16;
		struct run **runs = mem_grow(s->runs, cap * sizeof(struct run *));
		if (!runs) {
			mem_free(run);
			return NULL;
		}
		s->runs = runs;
		s->runs_cap = cap;
	}
	if (!run)
		return NULL;
	*run = (struct run){ .begin = s->total - s->len, .len = s->len };
	return s->runs[s->runs_len++] = run;
}

/* What has come together waits to be sorted, and new room begins. */
static int put_away(struct sorter *s, struct err *err)
{
	struct sorter_batch *b = mem_alloc(sizeof(*b));
	struct event *room = mem_alloc(s->cap * sizeof(*room));
	int r = b && room ? 0 : no_memory(err);

	if (r == 0 && s->fd < 0)
		r = open_file(s, err);
	struct run *run = r == 0 ? add_run(s) : NULL;
	if (!run) {
		mem_free(room);
		mem_free(b);
		return r < 0 ? r : no_memory(err);
	}
	*b = (struct sorter_batch){ .events = s->events, .len = s->len, .run = run };
	*s->full_end = b;
	s->full_end = &b->next;
	s->events = room;
	s->len = 0;
	return 0;
}

int sorter_add(struct sorter *s, const struct event *e, struct err *err)
{
	int r = s->len == s->cap ? put_away(s, err) : 0;

	if (r == 0) {
		s->events[s->len++] = *e;
		s->total++;
	}
	return r;
}

struct sorter_batch *sorter_take_full(struct sorter *s)
{
	struct sorter_batch *b = s->full;

	s->full = NULL;
	s->full_end = &s->full;
	return b;
}

static int write_events(int fd, const struct sorter_batch *b, const struct key *keys,
    struct event *staged, struct err *err)
{
	int r = 0;

	for (size_t i = 0, n; r == 0 && i < b->len; i += n) {
		for (n = 0; n < STAGED && i + n < b->len; n++)
			staged[n] = *event_of(b->events, &keys[i + n]);
		r = write_all(fd, (const char *)staged, n * sizeof(*staged),
		    (b->run->begin + i) * sizeof(*staged), err);
	}
	return r;
}

static int write_batch(const struct sorter *s, const struct sorter_batch *b, struct err *err)
{
	struct key *keys = keys_of(b->events, b->len);
	struct event *staged = mem_alloc(STAGED * sizeof(*staged));
	int r = -E_NOMEM;

	if (keys)
		b->run->people = people_of(s, keys, b->len);
	if (keys && staged && b->run->people)
		r = write_events(s->fd, b, keys, staged, err);
	else
		(void)no_memory(err);
	mem_free(keys);
	mem_free(staged);
	return r;
}

int sorter_write(struct sorter *s, struct sorter_batch **pb, struct err *err)
{
	int r = 0;

	while (*pb && r == 0) {
		struct sorter_batch *next = (*pb)->next;
		r = write_batch(s, *pb, err);
		batch_free(pb);
		*pb = next;
	}
	sorter_drop(pb);
	return r;
}

/* --- the end, and pieces ---------------------------------------------------------------------- */

static int sort_in_memory(struct sorter *s, struct run *all, struct err *err)
{
	struct key *keys = keys_of(s->events, s->len);
	struct event *sorted = mem_alloc((s->len + 1) * sizeof(*sorted));

	if (keys)
		all->people = people_of(s, keys, s->len);
	for (size_t i = 0; keys && sorted && i < s->len; i++)
		sorted[i] = *event_of(s->events, &keys[i]);
	mem_free(keys);
	if (!sorted || !all->people) {
		mem_free(sorted);
		return no_memory(err);
	}
	mem_free(s->events);
	s->events = sorted;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t samples_of(const struct sorter *s, const struct run *run)
{
	return (size_t)((run->len + s->stride - 1) / s->stride);
}

/* People that come at about the same distance, out of those that were kept in mind. */
static void choose_bounds(struct sorter *s, uint64_t *people, size_t len)
{
	size_t most = (size_t)(s->total / (s->cap / PIECES_OF_RUN + 1)) + 1;

	qsort(people, len, sizeof(*people), by_number);
	most = most < PIECES_MAX ? most : PIECES_MAX;
	for (size_t i = 1; i < most; i++) {
		uint64_t person = people[i * len / most];
		if (person > (s->pieces > 1 ? s->bounds[s->pieces - 2] : people[0]))
			s->bounds[s->pieces++ - 1] = person;
	}
}

static int make_pieces(struct sorter *s, struct err *err)
{
	size_t len = 0;

	for (size_t i = 0; i < s->runs_len; i++)
		len += samples_of(s, s->runs[i]);
	if (!len)
		return 0;
	uint64_t *people = mem_alloc(len * sizeof(*people)), *to = people;
	s->bounds = mem_alloc(PIECES_MAX * sizeof(*s->bounds));
	if (people && s->bounds) {
		for (size_t i = 0; i < s->runs_len; i++) {
			size_t n = samples_of(s, s->runs[i]);
			memcpy(to, s->runs[i]->people, n * sizeof(*to));
			to += n;
		}
		choose_bounds(s, people, len);
	}
	mem_free(people);
	return people && s->bounds ? 0 : no_memory(err);
}

/* The only run, which stays in memory, or the last of several. */
static int end_run(struct sorter *s, struct err *err)
{
	if (s->fd < 0) {
		struct run *run = add_run(s);
		return run ? sort_in_memory(s, run, err) : no_memory(err);
	}
	int r = s->len ? put_away(s, err) : 0;
	struct sorter_batch *rest = sorter_take_full(s);
	return r < 0 ? r : sorter_write(s, &rest, err);
}

int sorter_end(struct sorter *s, struct err *err)
{
	int r = end_run(s, err);

	if (s->fd >= 0)
		MEM_FREE(&s->events);
	return r < 0 ? r : make_pieces(s, err);
}

size_t sorter_pieces(const struct sorter *s)
{
	return s->pieces;
}

uint64_t sorter_len(const struct sorter *s)
{
	return s->total;
}

/* --- merging ---------------------------------------------------------------------------------- */

struct sorter_reader *sorter_reader_new(const struct sorter *s, size_t readers)
{
	struct sorter_reader *r = mem_alloc(sizeof(*r));
	size_t n = s->runs_len ? s->runs_len : 1;
	size_t cap = PARTS_BYTES / sizeof(struct event) / readers / n;

	if (!r)
		return NULL;
	*r = (struct sorter_reader){ .sorter = s };
	r->part_cap = cap < PART_LEAST ? PART_LEAST : cap > PART_MOST ? PART_MOST : cap;
	r->parts = mem_alloc(n * sizeof(*r->parts));
	r->heap = mem_alloc(n * sizeof(*r->heap));
	if (s->fd >= 0)
		r->room = mem_alloc(n * r->part_cap * sizeof(*r->room));
	if (!r->parts || !r->heap || (s->fd >= 0 && !r->room))
		sorter_reader_free(&r);
	return r;
}

void sorter_reader_free(struct sorter_reader **pr)
{
	if (*pr) {
		mem_free((*pr)->parts);
		mem_free((*pr)->heap);
		mem_free((*pr)->room);
	}
	MEM_FREE(pr);
}

static const struct event *head(const struct sorter_reader *r, size_t i)
{
	const struct part *p = &r->parts[r->heap[i]];

	return &p->events[p->next];
}

static bool is_less(const struct sorter_reader *r, size_t a, size_t b)
{
	int order = event_compare(head(r, a), head(r, b));

	return order < 0 || (order == 0 && r->heap[a] < r->heap[b]);
}

static void swap(struct sorter_reader *r, size_t a, size_t b)
{
	size_t part = r->heap[a];

	r->heap[a] = r->heap[b];
	r->heap[b] = part;
}

static void sink(struct sorter_reader *r, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < r->heap_len; i = child) {
		if (child + 1 < r->heap_len && is_less(r, child + 1, child))
			child++;
		if (!is_less(r, child, i))
			return;
		swap(r, child, i);
	}
}

static void rise(struct sorter_reader *r, size_t i)
{
	for (; i > 0 && is_less(r, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(r, i, (i - 1) / 2);
}

static int read_part(const struct sorter_reader *r, struct part *p, struct err *err)
{
	uint64_t left = p->end - p->at;
	size_t n = left < r->part_cap ? (size_t)left : r->part_cap, got = 0;

	while (got < n * sizeof(*p->events)) {
		ssize_t k = pread(r->sorter->fd, (char *)p->events + got,
		    n * sizeof(*p->events) - got, (off_t)(p->at * sizeof(*p->events) + got));
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return err_set(err, E_IO, "The temporary file cannot be read: %s.",
			    k < 0 ? strerror(errno) : "it is shorter than it was");
		got += (size_t)k;
	}
	p->at += n;
	p->len = n;
	p->next = 0;
	return 0;
}

/* Leaves out the people of other pieces. */
static void clip(const struct sorter_reader *r, struct part *p)
{
	while (p->next < p->len && p->events[p->next].person < r->from)
		p->next++;
	if (p->len && p->events[p->len - 1].person < r->to)
		return;
	p->at = p->end;
	while (p->len > p->next && p->events[p->len - 1].person >= r->to)
		p->len--;
}

/* 1 the run has a next event; 0 it is at its end. */
static int refill(const struct sorter_reader *r, struct part *p, struct err *err)
{
	while (p->next == p->len) {
		if (p->at == p->end)
			return 0;
		int rc = read_part(r, p, err);
		if (rc < 0)
			return rc;
		clip(r, p);
	}
	return 1;
}

/* Events of the run among which those of people before `person` end. */
static uint64_t place_of(const struct sorter *s, const struct run *run, uint64_t person)
{
	size_t low = 0, high = samples_of(s, run);

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (run->people[mid] < person)
			low = mid + 1;
		else
			high = mid;
	}
	uint64_t place = (uint64_t)low * s->stride;
	return place < run->len ? place : run->len;
}

static struct part part_of(const struct sorter_reader *r, size_t i)
{
	const struct sorter *s = r->sorter;
	const struct run *run = s->runs[i];
	uint64_t before = place_of(s, run, r->from);
	uint64_t from = before > s->stride ? before - s->stride : 0;
	uint64_t to = r->to == UINT64_MAX ? run->len : place_of(s, run, r->to);

	if (s->fd >= 0)
		return (struct part){ .at = run->begin + from,
			.end = run->begin + to,
			.events = r->room + i * r->part_cap };
	struct part p = { .events = s->events, .next = (size_t)from, .len = (size_t)to };
	clip(r, &p);
	return p;
}

int sorter_reader_begin(struct sorter_reader *r, size_t piece, struct err *err)
{
	const struct sorter *s = r->sorter;

	ASSERT(piece < s->pieces);
	r->from = piece ? s->bounds[piece - 1] : 0;
	r->to = piece + 1 < s->pieces ? s->bounds[piece] : UINT64_MAX;
	r->heap_len = 0;
	for (size_t i = 0; i < s->runs_len; i++) {
		r->parts[i] = part_of(r, i);
		int rc = refill(r, &r->parts[i], err);
		if (rc < 0)
			return rc;
		if (rc > 0) {
			r->heap[r->heap_len] = i;
			rise(r, r->heap_len++);
		}
	}
	return 0;
}

int sorter_next(struct sorter_reader *r, struct event *ret, struct err *err)
{
	struct part *p;

	if (r->heap_len == 0)
		return 0;
	p = &r->parts[r->heap[0]];
	*ret = p->events[p->next++];
	if (p->next == p->len) {
		int rc = refill(r, p, err);
		if (rc < 0)
			return rc;
		if (rc == 0)
			r->heap[0] = r->heap[--r->heap_len];
	}
	sink(r, 0);
	return 1;
}
