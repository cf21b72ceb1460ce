#include "flow/running.h"

#include <pthread.h>

#include "base/check.h"
#include "base/map.h"

struct running {
	pthread_mutex_t lock;
	struct imap *decisions;
};

int running_new(struct running **ret, struct err *err)
{
	struct running *r = mem_alloc(sizeof(*r));

	if (!r || !(r->decisions = imap_new())) {
		mem_free(r);
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	}
	pthread_mutex_init(&r->lock, NULL);
	*ret = r;
	return 0;
}

void running_free(struct running **pr)
{
	struct running *r = *pr;

	if (!r)
		return;
	imap_free(&r->decisions);
	pthread_mutex_destroy(&r->lock);
	MEM_FREE(pr);
}

int running_add(struct running *r, uint64_t decision, struct err *err)
{
	pthread_mutex_lock(&r->lock);
	int rc = imap_put(r->decisions, decision, 1);
	pthread_mutex_unlock(&r->lock);
	return rc == 0 ? 0 : err_set(err, E_NOMEM, "Memory ran out while recording a send.");
}

void running_drop(struct running *r, uint64_t decision)
{
	int64_t unused;

	if (!decision)
		return;
	pthread_mutex_lock(&r->lock);
	(void)imap_take(r->decisions, decision, &unused);
	pthread_mutex_unlock(&r->lock);
}

bool running_has(struct running *r, uint64_t decision)
{
	int64_t unused;

	pthread_mutex_lock(&r->lock);
	bool has = imap_get(r->decisions, decision, &unused);
	pthread_mutex_unlock(&r->lock);
	return has;
}
