/* What has come and is not used up waits in `hold`. A turn of the loop looks for what ends the present state:
 * the first boundary, the empty line behind a part's head, the boundary behind its content; when it is not all there, the turn
 * hands on what surely is content and waits. */
#include "apps/sim/sim_multipart.h"

#include <string.h>
#include <sys/types.h>

#include "base/check.h"

#define BOUNDARY_MAX 70
#define HEAD_MAX 8192
#define VALUE_MAX 4096
#define PARTS_MAX 32

enum state { AT_START, IN_HEAD, IN_CONTENT, AFTER_BOUNDARY, AT_END };

struct sim_multipart {
	struct sim_multipart_handler h;
	enum state state;
	char mark[BOUNDARY_MAX + 5]; /* CR LF "--" boundary */
	size_t mark_len;
	struct buf hold;
	bool is_file;
	char name[128];
	struct buf value;
	unsigned parts;
};

/* The value of a parameter of a header, `; name="value"` or `; name=value`; p NULL when it is absent. */
static struct str parameter(struct str header, const char *name)
{
	while (header.p) {
		struct str item = str_trim(str_cut(&header, ';'));
		struct str key = str_trim(str_cut(&item, '='));
		struct str value = str_trim(item);
		if (!str_eq_nocase(key, str_c(name)))
			continue;
		if (value.len >= 2 && value.p[0] == '"' && value.p[value.len - 1] == '"')
			return str_sub(value, 1, value.len - 2);
		return value;
	}
	return STR_NONE;
}

int sim_multipart_new(
    struct str content_type, const struct sim_multipart_handler *h, struct sim_multipart **ret)
{
	struct str rest = content_type;
	struct str boundary = parameter(content_type, "boundary");
	struct sim_multipart *m;

	if (!content_type.p ||
	    !str_eq_nocase(str_trim(str_cut(&rest, ';')), STR("multipart/form-data")) ||
	    boundary.len == 0 || boundary.len > BOUNDARY_MAX)
		return -E_INVALID;
	m = mem_alloc(sizeof(*m));
	if (!m)
		return -E_NOMEM;
	m->h = *h;
	memcpy(m->mark, "\r\n--", 4);
	memcpy(m->mark + 4, boundary.p, boundary.len);
	m->mark_len = boundary.len + 4;
	buf_init(&m->hold, 0);
	buf_init(&m->value, VALUE_MAX);
	/* So that the first boundary, which has no line before it, is found like the others. */
	buf_add(&m->hold, STR("\r\n"));
	*ret = m;
	return 0;
}

void sim_multipart_free(struct sim_multipart **pm)
{
	if (!*pm)
		return;
	buf_done(&(*pm)->hold);
	buf_done(&(*pm)->value);
	MEM_FREE(pm);
}

/* Where `needle` begins in what is held, or -1. */
static ssize_t find(const struct sim_multipart *m, const char *needle, size_t len)
{
	const char *at = m->hold.len ? memmem(m->hold.p, m->hold.len, needle, len) : NULL;

	return at ? at - m->hold.p : -1;
}

/* --- heads --------------------------------------------------------------------------------------- */

static int begin_part(struct sim_multipart *m, struct str disposition, struct str type)
{
	struct str name = parameter(disposition, "name");
	struct str filename = parameter(disposition, "filename");

	if (!name.p || name.len >= sizeof(m->name) || ++m->parts > PARTS_MAX)
		return -E_INVALID;
	memcpy(m->name, name.p, name.len);
	m->name[name.len] = '\0';
	m->is_file = filename.p || str_eq_c(name, "file");
	buf_reset(&m->value);
	return m->is_file ? m->h.on_file(m->h.arg, filename, type) : 0;
}

static int read_head(struct sim_multipart *m, struct str head)
{
	struct str disposition = STR_NONE, type = STR_NONE;

	while (head.p) {
		struct str line = str_cut(&head, '\n');
		struct str name = str_trim(str_cut(&line, ':'));
		if (str_eq_nocase(name, STR("Content-Disposition")))
			disposition = str_trim(line);
		if (str_eq_nocase(name, STR("Content-Type")))
			type = str_trim(line);
	}
	return begin_part(m, disposition, type);
}

/* Each turn: 1 = went on, 0 = waits for more, <0 = ended. */
static int turn_head(struct sim_multipart *m)
{
	ssize_t at = find(m, "\r\n\r\n", 4);

	if (at < 0)
		return m->hold.len > HEAD_MAX ? -E_INVALID : 0;
	int rc = read_head(m, str_n(m->hold.p, (size_t)at));
	if (rc)
		return rc;
	buf_remove_front(&m->hold, (size_t)at + 4);
	m->state = IN_CONTENT;
	return 1;
}

/* --- content ------------------------------------------------------------------------------------- */

static int take_content(struct sim_multipart *m, struct str bytes)
{
	if (bytes.len == 0)
		return 0;
	if (m->is_file)
		return m->h.on_bytes(m->h.arg, bytes);
	buf_add(&m->value, bytes);
	return m->value.failed ? -E_INVALID : 0;
}

static int end_part(struct sim_multipart *m)
{
	return m->is_file ? 0 : m->h.on_value(m->h.arg, str_c(m->name), buf_str(&m->value));
}

static int turn_content(struct sim_multipart *m)
{
	ssize_t at = find(m, m->mark, m->mark_len);
	size_t len = at >= 0 ? (size_t)at : 0;

	if (at < 0 && m->hold.len >= m->mark_len)
		len = m->hold.len -
		    (m->mark_len - 1); /* the rest may be the beginning of the boundary */
	int rc = take_content(m, str_n(m->hold.p, len));
	if (rc || at < 0) {
		buf_remove_front(&m->hold, len);
		return rc;
	}
	buf_remove_front(&m->hold, len + m->mark_len);
	m->state = AFTER_BOUNDARY;
	rc = end_part(m);
	return rc ? rc : 1;
}

/* --- boundaries ---------------------------------------------------------------------------------- */

static int turn_start(struct sim_multipart *m)
{
	ssize_t at = find(m, m->mark, m->mark_len);

	if (at < 0)
		return m->hold.len > HEAD_MAX ? -E_INVALID : 0;
	buf_remove_front(&m->hold, (size_t)at + m->mark_len);
	m->state = AFTER_BOUNDARY;
	return 1;
}

/* "--" closes, a line end opens the next part. */
static int turn_boundary(struct sim_multipart *m)
{
	if (m->hold.len < 2)
		return 0;
	if (memcmp(m->hold.p, "--", 2) == 0)
		m->state = AT_END;
	else if (memcmp(m->hold.p, "\r\n", 2) == 0)
		m->state = IN_HEAD;
	else
		return -E_INVALID;
	buf_remove_front(&m->hold, 2);
	return 1;
}

/* What comes behind the end is read past. */
static int turn_end(struct sim_multipart *m)
{
	buf_reset(&m->hold);
	return 0;
}

int sim_multipart_feed(struct sim_multipart *m, struct str bytes)
{
	static int (*const turns[])(struct sim_multipart *) = {
		[AT_START] = turn_start,
		[IN_HEAD] = turn_head,
		[IN_CONTENT] = turn_content,
		[AFTER_BOUNDARY] = turn_boundary,
		[AT_END] = turn_end,
	};
	int rc = 1;

	buf_add(&m->hold, bytes);
	if (m->hold.failed)
		return -E_NOMEM;
	while (rc > 0)
		rc = turns[m->state](m);
	return rc;
}

int sim_multipart_end(const struct sim_multipart *m)
{
	return m->state == AT_END ? 0 : -E_INVALID;
}
