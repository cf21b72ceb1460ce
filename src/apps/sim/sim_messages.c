#include "apps/sim/sim_messages.h"

#include <string.h>

#include "base/check.h"

#define FIRST_ROOM 1024

struct sim_messages {
	struct sim_message **ring; /* message n at n % room */
	size_t room;               /* power of two, at most SIM_MESSAGES_MAX */
	uint64_t next;             /* counters start at 1 */
};

static const char *const status_names[SIM_STATUSES] = {
	[SIM_NO_STATUS] = "",
	[SIM_SENT] = "sent",
	[SIM_DELIVERED] = "delivered",
	[SIM_READ] = "read",
	[SIM_PLAYED] = "played",
	[SIM_FAILED] = "failed",
};

static const char *const category_names[] = {
	[SIM_SERVICE] = "service",
	[SIM_UTILITY] = "utility",
	[SIM_AUTHENTICATION] = "authentication",
	[SIM_MARKETING] = "marketing",
	[SIM_MARKETING_LITE] = "marketing_lite",
};

struct sim_messages *sim_messages_new(void)
{
	struct sim_messages *m = mem_alloc(sizeof(*m));

	if (!m)
		return NULL;
	m->next = 1;
	m->room = FIRST_ROOM;
	m->ring = mem_alloc(m->room * sizeof(struct sim_message *));
	if (!m->ring)
		MEM_FREE(&m);
	return m;
}

static void free_message(struct sim_message **place)
{
	if (*place) {
		mem_free((*place)->callback_data);
		mem_free((*place)->group);
	}
	MEM_FREE(place);
}

void sim_messages_clear(struct sim_messages *m)
{
	for (size_t i = 0; i < m->room; i++)
		free_message(&m->ring[i]);
}

void sim_messages_free(struct sim_messages **pm)
{
	if (!*pm)
		return;
	sim_messages_clear(*pm);
	mem_free((*pm)->ring);
	MEM_FREE(pm);
}

/* Doubles the ring while it may grow; from then on the oldest message makes room. */
static void make_room(struct sim_messages *m)
{
	size_t room = m->room * 2;
	struct sim_message **ring;

	if (!m->ring[m->next & (m->room - 1)] || room > SIM_MESSAGES_MAX)
		return;
	ring = mem_alloc(room * sizeof(struct sim_message *));
	if (!ring)
		return;
	for (size_t i = 0; i < m->room; i++) {
		if (m->ring[i])
			ring[m->ring[i]->n & (room - 1)] = m->ring[i];
	}
	mem_free(m->ring);
	m->ring = ring;
	m->room = room;
}

/* False when memory ran out. */
static bool keep(char **ret, struct str text)
{
	if (!text.p)
		return true;
	*ret = mem_alloc(text.len + 1);
	if (*ret && text.len)
		memcpy(*ret, text.p, text.len);
	return *ret != NULL;
}

struct sim_message *sim_messages_add(
    struct sim_messages *m, struct str group, struct str callback_data)
{
	struct sim_message *msg = mem_alloc(sizeof(*msg));

	if (!msg || !keep(&msg->callback_data, callback_data) || !keep(&msg->group, group)) {
		free_message(&msg);
		return NULL;
	}
	for (int i = 0; i < SIM_STATUSES; i++)
		msg->reached[i] = TIME_NONE;
	msg->entry_until = TIME_NONE;
	make_room(m);
	struct sim_message **place = &m->ring[m->next & (m->room - 1)];
	free_message(place);
	msg->n = m->next++;
	*place = msg;
	return msg;
}

struct sim_message *sim_messages_get(const struct sim_messages *m, uint64_t n)
{
	struct sim_message *msg = m->ring[n & (m->room - 1)];

	return msg && msg->n == n ? msg : NULL;
}

uint64_t sim_messages_count(const struct sim_messages *m)
{
	return m->next - 1;
}

const char *sim_status_name(enum sim_status s)
{
	return status_names[s];
}

enum sim_status sim_status_of(struct str name)
{
	for (int i = SIM_SENT; i < SIM_STATUSES; i++) {
		if (str_eq_c(name, status_names[i]))
			return (enum sim_status)i;
	}
	return SIM_NO_STATUS;
}

const char *sim_category_name(enum sim_category c)
{
	return category_names[c];
}
