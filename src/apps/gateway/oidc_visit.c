/* A cookie is random and has the moment at which it was given in it; state, nonce and verifier are each an HMAC of it. So the
 * state proves the cookie, and nothing is remembered before a browser comes back with both.
 *
 * From then on there is a small table, looked through from end to end. A place is kept until its cookie is worth nothing
 * any more, even when its visit has ended: else the same way back could be taken again. */
#include "apps/gateway/oidc_visit.h"

#include <pthread.h>

#include "apps/gateway/signin_guard.h"
#include "base/check.h"
#include "base/crypto.h"

#define PLACES 512
#define PLACES_OF_ONE (PLACES / 4)
#define S_NS INT64_C(1000000000)
#define KEY_LEN 32
#define COOKIE_LEN 32 /* random, and behind that the moment in TIME_LEN bytes, the highest first */
#define TIME_LEN 8

enum step { STEP_BACK, STEP_PROVED, STEP_ENDED };

struct place {
	struct sha256 cookie, network;
	mono_ns begun, ends; /* the step that comes next, at the latest; 0 = free */
	enum step step;
	struct oidc_identity who;
};

struct oidc_visits {
	pthread_mutex_t lock;
	uint8_t key[KEY_LEN];
	struct place places[PLACES];
};

struct oidc_visits *oidc_visits_new(void)
{
	struct oidc_visits *v = mem_alloc(sizeof(*v));

	if (v && pthread_mutex_init(&v->lock, NULL) != 0)
		MEM_FREE(&v);
	if (v)
		crypto_random(v->key, sizeof(v->key));
	return v;
}

void oidc_visits_free(struct oidc_visits **pv)
{
	if (!*pv)
		return;
	pthread_mutex_destroy(&(*pv)->lock);
	crypto_wipe(*pv, sizeof(**pv));
	MEM_FREE(pv);
}

/* --- cookies ---------------------------------------------------------------------------------- */

static void web_text(const uint8_t bytes[COOKIE_LEN], char ret[SESSION_SECRET_MAX])
{
	char text[BASE64_LEN(COOKIE_LEN) + 1];

	base64_write(bytes, COOKIE_LEN, text);
	for (size_t i = 0; i < SESSION_SECRET_MAX - 1; i++)
		ret[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	ret[SESSION_SECRET_MAX - 1] = '\0';
}

static void make_cookie(mono_ns now, char ret[SESSION_SECRET_MAX])
{
	uint8_t bytes[COOKIE_LEN];

	crypto_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < TIME_LEN; i++)
		bytes[COOKIE_LEN - 1 - i] = (uint8_t)((uint64_t)now >> (8 * i));
	web_text(bytes, ret);
}

/* When it was given, if it was; that is for the state to prove. */
static bool read_cookie(struct str cookie, mono_ns *ret)
{
	char text[SESSION_SECRET_MAX]; /* padded, where the cookie has its NUL */
	uint8_t bytes[COOKIE_LEN];
	uint64_t at = 0;

	if (cookie.len != SESSION_SECRET_MAX - 1)
		return false;
	for (size_t i = 0; i < cookie.len; i++)
		text[i] = cookie.p[i] == '-' ? '+' : cookie.p[i] == '_' ? '/' : cookie.p[i];
	text[cookie.len] = '=';
	if (base64_read(str_n(text, sizeof(text)), bytes, sizeof(bytes)) < 0)
		return false;
	for (size_t i = COOKIE_LEN - TIME_LEN; i < COOKIE_LEN; i++)
		at = at << 8 | bytes[i];
	*ret = (mono_ns)(at & INT64_MAX);
	return true;
}

/* `what`: one letter, so that none of them is another. */
static void derive(
    const struct oidc_visits *v, char what, struct str cookie, char ret[SESSION_SECRET_MAX])
{
	char text[SESSION_SECRET_MAX] = { what };
	struct sha256 digest;

	memcpy(text + 1, cookie.p, SESSION_SECRET_MAX - 1);
	crypto_hmac_sha256(
	    str_n((const char *)v->key, KEY_LEN), str_n(text, sizeof(text)), &digest);
	web_text(digest.b, ret);
}

static void visit_of(const struct oidc_visits *v, struct str cookie, struct oidc_visit *ret)
{
	derive(v, 's', cookie, ret->state);
	derive(v, 'n', cookie, ret->nonce);
	derive(v, 'v', cookie, ret->verifier);
}

/* --- places ----------------------------------------------------------------------------------- */

/* Nobody can come back with its cookie, and nobody waits for its end. */
static bool is_free(const struct place *p, mono_ns now)
{
	return p->ends == 0 || (now >= p->ends && now - p->begun >= OIDC_VISIT_S * S_NS);
}

/* Those where somebody is proved last, the oldest first. */
static struct place *lesser(struct place *a, struct place *b)
{
	bool a_proved = a && a->step == STEP_PROVED, b_proved = b->step == STEP_PROVED;

	if (!a)
		return b;
	if (a_proved != b_proved)
		return a_proved ? b : a;
	return a->begun <= b->begun ? a : b;
}

/* One of whoever has too many; else a free one; else one of all. */
static struct place *place_for(struct oidc_visits *v, const struct sha256 *network, mono_ns now)
{
	struct place *unused = NULL, *own = NULL, *least = NULL;
	size_t n = 0;

	for (size_t i = 0; i < PLACES; i++) {
		struct place *p = &v->places[i];
		if (is_free(p, now)) {
			unused = p;
			continue;
		}
		least = lesser(least, p);
		if (memcmp(p->network.b, network->b, SHA256_LEN) == 0) {
			own = lesser(own, p);
			n++;
		}
	}
	if (n >= PLACES_OF_ONE)
		return own;
	return unused ? unused : least;
}

static struct place *find(struct oidc_visits *v, const struct sha256 *cookie, mono_ns now)
{
	for (size_t i = 0; i < PLACES; i++) {
		struct place *p = &v->places[i];
		if (!is_free(p, now) && memcmp(p->cookie.b, cookie->b, SHA256_LEN) == 0)
			return p;
	}
	return NULL;
}

/* The place of a visit whose next step is that one. */
static struct place *place_of(struct oidc_visits *v, struct str cookie, enum step step, mono_ns now)
{
	struct sha256 hash;

	crypto_sha256(cookie, &hash);
	struct place *p = find(v, &hash, now);
	return p && p->step == step && now < p->ends ? p : NULL;
}

/* --- steps ------------------------------------------------------------------------------------ */

void oidc_visit_begin(const struct oidc_visits *v, mono_ns now, char cookie[SESSION_SECRET_MAX],
    struct oidc_visit *ret)
{
	make_cookie(now, cookie);
	visit_of(v, str_c(cookie), ret);
}

static bool take_place(
    struct oidc_visits *v, struct str peer, struct str cookie, mono_ns begun, mono_ns now)
{
	struct place fresh = {
		.begun = begun, .ends = begun + OIDC_VISIT_S * S_NS, .step = STEP_BACK
	};

	crypto_sha256(cookie, &fresh.cookie);
	signin_guard_network(peer, &fresh.network);
	pthread_mutex_lock(&v->lock);
	bool first = !find(v, &fresh.cookie, now);
	if (first)
		*place_for(v, &fresh.network, now) = fresh;
	pthread_mutex_unlock(&v->lock);
	return first;
}

int oidc_visit_back(struct oidc_visits *v, struct str peer, struct str cookie, struct str state,
    mono_ns now, struct oidc_visit *ret)
{
	struct oidc_visit visit;
	mono_ns begun = 0;

	if (!read_cookie(cookie, &begun) || !state.p)
		return -E_DENIED;
	visit_of(v, cookie, &visit);
	bool right = str_eq_secret(state, str_c(visit.state)) && begun <= now &&
	    now - begun < OIDC_VISIT_S * S_NS && take_place(v, peer, cookie, begun, now);
	if (right)
		*ret = visit;
	crypto_wipe(&visit, sizeof(visit));
	return right ? 0 : -E_DENIED;
}

int oidc_visit_prove(
    struct oidc_visits *v, struct str cookie, const struct oidc_identity *who, mono_ns now)
{
	pthread_mutex_lock(&v->lock);
	struct place *p = place_of(v, cookie, STEP_BACK, now);
	if (p) {
		p->who = *who;
		p->step = STEP_PROVED;
		p->ends = now + OIDC_PROVED_S * S_NS;
	}
	pthread_mutex_unlock(&v->lock);
	return p ? 0 : -E_DENIED;
}

int oidc_visit_end(struct oidc_visits *v, struct str cookie, mono_ns now, struct oidc_identity *ret)
{
	pthread_mutex_lock(&v->lock);
	struct place *p = place_of(v, cookie, STEP_PROVED, now);
	if (p) {
		*ret = p->who;
		crypto_wipe(&p->who, sizeof(p->who));
		p->step = STEP_ENDED;
	}
	pthread_mutex_unlock(&v->lock);
	return p ? 0 : -E_DENIED;
}
