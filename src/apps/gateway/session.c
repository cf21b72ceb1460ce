/* Both tables are small and looked through from end to end; a place is free when its time is over. */
#include "apps/gateway/session.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"

#define LINKS 128
#define SECRET_LEN 32
#define S_NS INT64_C(1000000000)

struct place {
	struct sha256 hash;
	mono_ns used, ends;       /* 0 = free */
	struct session_door door; /* of a link */
	struct session who;       /* of a session */
};

struct sessions {
	pthread_mutex_t lock;
	struct id_gen ids;
	struct place links[LINKS], sessions[SESSIONS_MAX];
};

struct sessions *sessions_new(void)
{
	struct sessions *s = mem_alloc(sizeof(*s));

	if (s && pthread_mutex_init(&s->lock, NULL) != 0)
		MEM_FREE(&s);
	return s;
}

void sessions_free(struct sessions **ps)
{
	if (!*ps)
		return;
	pthread_mutex_destroy(&(*ps)->lock);
	crypto_wipe(*ps, sizeof(**ps));
	MEM_FREE(ps);
}

void session_secret(char ret[SESSION_SECRET_MAX])
{
	uint8_t bytes[SECRET_LEN];
	char text[SESSION_SECRET_MAX + 1];

	crypto_random(bytes, sizeof(bytes));
	base64_write(bytes, sizeof(bytes), text);
	for (size_t i = 0; i < SESSION_SECRET_MAX - 1; i++)
		ret[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	ret[SESSION_SECRET_MAX - 1] = '\0';
}

/* --- places ----------------------------------------------------------------------------------- */

static bool is_over(const struct place *p, mono_ns now)
{
	return p->ends == 0 || now >= p->ends || now - p->used >= SESSION_IDLE_S * S_NS;
}

/* A free one, or the one that was used longest ago. */
static struct place *place_for_one(struct place *places, size_t len, mono_ns now)
{
	struct place *oldest = &places[0];

	for (size_t i = 0; i < len; i++) {
		if (is_over(&places[i], now))
			return &places[i];
		if (places[i].used < oldest->used)
			oldest = &places[i];
	}
	return oldest;
}

/* The hashes are compared, not the secrets: how long that takes tells nothing about a secret. */
static struct place *place_of(struct place *places, size_t len, struct str secret, mono_ns now)
{
	struct sha256 hash;

	if (secret.len != SESSION_SECRET_MAX - 1)
		return NULL;
	crypto_sha256(secret, &hash);
	for (size_t i = 0; i < len; i++) {
		if (!is_over(&places[i], now) &&
		    memcmp(places[i].hash.b, hash.b, sizeof(hash.b)) == 0)
			return &places[i];
	}
	return NULL;
}

static void place_clear(struct place *p)
{
	crypto_wipe(p, sizeof(*p));
}

static struct place *place_take(
    struct place *places, size_t len, int64_t life_s, mono_ns now, char ret[SESSION_SECRET_MAX])
{
	struct place *p = place_for_one(places, len, now);

	place_clear(p);
	session_secret(ret);
	crypto_sha256(str_c(ret), &p->hash);
	p->used = now;
	p->ends = now + life_s * S_NS;
	return p;
}

/* --- links ------------------------------------------------------------------------------------ */

void session_link(
    struct sessions *s, const struct session_door *door, mono_ns now, char ret[SESSION_SECRET_MAX])
{
	pthread_mutex_lock(&s->lock);
	struct place *p = place_take(s->links, LINKS, SESSION_LINK_S, now, ret);
	p->door = *door;
	crypto_random(p->door.factor, sizeof(p->door.factor));
	pthread_mutex_unlock(&s->lock);
}

int session_look(struct sessions *s, struct str link, mono_ns now, struct session_door *ret)
{
	pthread_mutex_lock(&s->lock);
	const struct place *p = place_of(s->links, LINKS, link, now);
	if (p)
		*ret = p->door;
	pthread_mutex_unlock(&s->lock);
	return p ? 0 : -E_DENIED;
}

int session_use(struct sessions *s, struct str link, mono_ns now)
{
	pthread_mutex_lock(&s->lock);
	struct place *p = place_of(s->links, LINKS, link, now);
	if (p)
		place_clear(p);
	pthread_mutex_unlock(&s->lock);
	return p ? 0 : -E_DENIED;
}

/* --- sessions --------------------------------------------------------------------------------- */

void session_begin(
    struct sessions *s, const struct session *who, mono_ns now, char ret[SESSION_SECRET_MAX])
{
	pthread_mutex_lock(&s->lock);
	struct place *p = place_take(s->sessions, SESSIONS_MAX, SESSION_S, now, ret);
	p->who = *who;
	p->who.id = id_next(&s->ids, who->begun_at);
	p->who.used_at = who->begun_at;
	pthread_mutex_unlock(&s->lock);
}

static void copy_out(const struct place *p, mono_ns now, struct session *ret)
{
	*ret = p->who;
	ret->left_s = (p->ends - now) / S_NS;
}

bool session_is(struct sessions *s, struct str cookie, mono_ns now, time_ms at, struct session *ret)
{
	pthread_mutex_lock(&s->lock);
	struct place *p = place_of(s->sessions, SESSIONS_MAX, cookie, now);
	if (p) {
		p->used = now;
		p->who.used_at = at;
		copy_out(p, now, ret);
	}
	pthread_mutex_unlock(&s->lock);
	return p != NULL;
}

bool session_peek(struct sessions *s, struct str cookie, mono_ns now, struct session *ret)
{
	pthread_mutex_lock(&s->lock);
	const struct place *p = place_of(s->sessions, SESSIONS_MAX, cookie, now);
	if (p)
		copy_out(p, now, ret);
	pthread_mutex_unlock(&s->lock);
	return p != NULL;
}

size_t session_list(struct sessions *s, mono_ns now, struct session *ret)
{
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (!is_over(&s->sessions[i], now))
			copy_out(&s->sessions[i], now, &ret[n++]);
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

bool session_end(struct sessions *s, struct str cookie, mono_ns now)
{
	pthread_mutex_lock(&s->lock);
	struct place *p = place_of(s->sessions, SESSIONS_MAX, cookie, now);
	if (p)
		place_clear(p);
	pthread_mutex_unlock(&s->lock);
	return p != NULL;
}

bool session_end_id(struct sessions *s, uint64_t id)
{
	bool found = false;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SESSIONS_MAX && !found; i++) {
		found = s->sessions[i].ends != 0 && s->sessions[i].who.id == id;
		if (found)
			place_clear(&s->sessions[i]);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

static bool is_theirs(const struct session_door *door, uint64_t user)
{
	return user ? door->kind == DOOR_USER && door->user == user : door->kind == DOOR_OPERATOR;
}

void session_end_user(struct sessions *s, uint64_t user)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (s->sessions[i].who.user == user)
			place_clear(&s->sessions[i]);
	}
	for (size_t i = 0; i < LINKS; i++) {
		if (is_theirs(&s->links[i].door, user))
			place_clear(&s->links[i]);
	}
	pthread_mutex_unlock(&s->lock);
}

void session_end_all(struct sessions *s)
{
	pthread_mutex_lock(&s->lock);
	crypto_wipe(s->links, sizeof(s->links));
	crypto_wipe(s->sessions, sizeof(s->sessions));
	pthread_mutex_unlock(&s->lock);
}

/* --- requests --------------------------------------------------------------------------------- */

struct str session_cookie_of(const struct http_request *req, const char *wanted)
{
	struct str rest = http_header_get(req, "cookie");

	while (rest.p) {
		struct str value = str_trim(str_cut(&rest, ';'));
		struct str name = str_cut(&value, '=');

		if (value.p && str_eq_c(name, wanted))
			return value;
	}
	return STR_NONE;
}

struct str session_cookie(const struct http_request *req)
{
	return session_cookie_of(req, SESSION_COOKIE);
}

/* "https://gate.example" of the header against "gate.example". */
static bool is_origin_of(struct str origin, struct str host)
{
	static const struct str schemes[] = { { "https://", 8 }, { "http://", 7 } };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		if (str_starts(origin, schemes[i]))
			return str_eq(str_sub(origin, schemes[i].len, origin.len), host);
	}
	return false;
}

bool session_is_own_page(const struct http_request *req)
{
	struct str site = http_header_get(req, "sec-fetch-site");
	struct str origin = http_header_get(req, "origin");
	bool reads = req->method == HTTP_M_GET || req->method == HTTP_M_HEAD;

	if (site.p && !str_eq_c(site, "same-origin") && !(reads && str_eq_c(site, "none")))
		return false;
	if (origin.p)
		return is_origin_of(origin, http_header_get(req, "host"));
	return site.p || reads;
}
