/* Whatever the bytes are, reading them as a table ends, and reading them in pieces of any size gives the
 * same events, or the same error, as reading them at once. The first two bytes of the input choose what
 * the table is of, and the size of the pieces. */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apps/analyze/intake.h"
#include "base/check.h"
#include "base/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct words *words;
static struct pack *pack;

static void prepare(void)
{
	struct err err = { 0 };

	ASSERT(crypto_init(&err) == 0);
	ASSERT(words_new(&words, &err) == 0 && pack_builtin(&pack, &err) == 0);
}

static void make_pools(struct analysis *a)
{
	struct pool **const pools[] = { &a->apps, &a->lists, &a->templates, &a->numbers,
		&a->buttons, &a->bsuids };

	*a = (struct analysis){
		.words = words, .pack = pack, .first_at = TIME_NONE, .last_at = TIME_NONE
	};
	for (size_t i = 0; i < ARRAY_LEN(pools); i++)
		ASSERT((*pools[i] = pool_new(100)) != NULL);
	ASSERT((a->codes = imap_new()) != NULL);
}

static void free_pools(struct analysis *a)
{
	pool_free(&a->apps);
	pool_free(&a->lists);
	pool_free(&a->templates);
	pool_free(&a->numbers);
	pool_free(&a->buttons);
	pool_free(&a->bsuids);
	imap_free(&a->codes);
	imap_free(&a->days.places);
	mem_free(a->days.items);
	mem_free(a->sums);
	for (size_t i = 0; i < RULES_COUNT; i++) {
		for (size_t k = 0; k < BYS; k++)
			mem_free(a->found[i].by[k].items);
	}
}

static void note_events(struct sorter *s, struct buf *out)
{
	struct sorter_reader *r;
	struct err err = { 0 };
	struct event e;

	ASSERT(sorter_end(s, &err) == 0 && (r = sorter_reader_new(s, 1)) != NULL);
	for (size_t i = 0; i < sorter_pieces(s); i++) {
		ASSERT(sorter_reader_begin(r, i, &err) == 0);
		while (sorter_next(r, &e, &err) > 0)
			buf_add(out, str_n((const char *)&e, sizeof(e)));
	}
	sorter_reader_free(&r);
}

static void read_all(const char *path, enum rows_kind kind, size_t piece, struct buf *out)
{
	const struct analyze_options o = {
		.zone = STR("Europe/Rome"), .country = STR("IT"), .piece = piece
	};
	struct sorter *s = sorter_new("/tmp", piece ? 8 : 4096);
	struct analysis a;
	struct err err = { 0 };

	make_pools(&a);
	struct intake *in = s ? intake_new(&o, &a, s, NULL, 1) : NULL;
	ASSERT(in);
	int r = intake_table(in, kind, path, &err);
	intake_free(&in);
	if (r < 0) {
		buf_addf(out, "%d %s %s", r, err.field, err.text);
	} else {
		note_events(s, out);
		buf_addf(out, "%lld %lld %lld %lld %zu", (long long)a.rows,
		    (long long)a.unread_rows, (long long)a.inbound, (long long)a.consents,
		    a.unread_len);
		for (size_t i = 0; i < a.unread_len; i++)
			buf_addf(out, "|%llu %s", (unsigned long long)a.unread[i].row,
			    a.unread[i].column);
	}
	sorter_free(&s);
	free_pools(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces;
	char path[64];

	if (size < 2)
		return 0;
	if (!words)
		prepare();
	int fd = memfd_create("table", MFD_CLOEXEC);
	ASSERT(fd >= 0 && write(fd, data + 2, size - 2) == (ssize_t)(size - 2));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	read_all(path, (enum rows_kind)(data[0] % ROWS_KINDS), 0, &whole);
	read_all(path, (enum rows_kind)(data[0] % ROWS_KINDS), 1u + data[1], &pieces);
	ASSERT(!whole.failed && !pieces.failed && str_eq(buf_str(&whole), buf_str(&pieces)));
	buf_done(&whole);
	buf_done(&pieces);
	(void)close(fd);
	return 0;
}
