/* PREPARE: hold the store → copy FILE beside it → check the copy → hold it against the store that is there.
 * PUT: note → the old log, the old store aside → the copy in its place → no note. Each step is on the disk before the
 * next; done again after a crash, each finds whether it was done. */
#include "flow/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/lang.h"
#include "domain/directory.h"
#include "domain/keyring.h"
#include "domain/ledger_check.h"
#include "domain/ledger_point.h"
#include "domain/suppression.h"
#include "domain/tables.h"
#include "store/query.h"
#include "store/schema.h"

#define PATH_SIZE 4096
#define URL_SIZE (PATH_SIZE + sizeof("sqlite:"))
#define NOTE "-restoring"
#define STAGED "-restoring.db"
#define NOTE_MAX_BYTES 64

struct restore {
	struct restore_options options;
	char store[PATH_SIZE], staged[PATH_SIZE], note[PATH_SIZE], folder[PATH_SIZE];
	char aside[64];
	int hold;     /* a descriptor, or -1 */
	bool resumed; /* a former one was begun and not ended */
	struct keyring keyring;
	struct seal_key key;
	struct note_verifier verifier;
};

/* --- paths ------------------------------------------------------------------------------------ */

static int join(char *ret, const char *a, const char *b, const char *c, struct err *err)
{
	int n = snprintf(ret, PATH_SIZE, "%s%s%s", a, b, c);

	return n > 0 && n < PATH_SIZE
	    ? 0
	    : err_set(err, E_RANGE, "%s", _("The path of the store is too long."));
}

static void folder_of(const char *path, char ret[PATH_SIZE])
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(ret, PATH_SIZE, "%.*s", slash ? (int)(slash == path ? 1 : slash - path) : 1,
	    slash ? path : ".");
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int fail_on(const char *path, struct err *err)
{
	return err_set(
	    err, E_IO, _("%s could not be put in its place: %s."), path, strerror(errno));
}

static int sync_folder(const struct restore *r, struct err *err)
{
	int fd = open(r->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) < 0 ? fail_on(r->folder, err) : 0;

	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static void remove_staged(const struct restore *r)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	char path[PATH_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		if (join(path, r->staged, endings[i], "", NULL) == 0)
			(void)unlink(path);
	}
}

bool restore_is_under_way(const char *store)
{
	char path[PATH_SIZE];

	return join(path, store, NOTE, "", NULL) == 0 && is_there(path);
}

/* --- keys ------------------------------------------------------------------------------------- */

/* As the gateway finds them: a credential of the system's first. */
static int load_key(
    const struct restore *r, const char *name, struct seal_key *ret, struct err *err)
{
	const char *places[] = { getenv("CREDENTIALS_DIRECTORY"), r->options.state_dir };
	char path[PATH_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (!places[i])
			continue;
		int rc = join(path, places[i], "/", name, err);
		if (rc == 0)
			rc = seal_key_load(path, false, ret, NULL);
		if (rc != -E_NOT_FOUND)
			return rc < 0 ? seal_key_load(path, false, ret, err) : 0;
	}
	return err_set(err, E_NOT_FOUND,
	    _("%s is not in the state directory: put the keys that belong to the copy there first."),
	    name);
}

static int load_keys(struct restore *r, struct err *err)
{
	int rc = load_key(r, "varco.key", &r->key, err);

	r->keyring.people = r->key;
	if (rc == 0)
		rc = load_key(r, "suppression.key", &r->keyring.suppression, err);
	return rc < 0 ? rc : load_key(r, "restricted.key", &r->keyring.restricted, err);
}

/* The ledger's key bears the ledger's name, which the copy knows. */
static int load_verifier(struct restore *r, struct store_conn *c, struct err *err)
{
	char origin[LEDGER_ORIGIN_MAX];
	struct ledger_tenant tenant;
	struct note_signer signer;
	struct seal_key seed;
	int rc = ledger_tenant(c, &tenant, err);

	if (rc == 0)
		rc = load_key(r, "ledger.key", &seed, err);
	if (rc < 0)
		return rc;
	ledger_origin(&tenant, origin);
	rc = note_signer_init(&signer, str_c(origin), seed.b, err);
	seal_key_wipe(&seed);
	if (rc == 0)
		r->verifier = signer.verifier;
	crypto_wipe(&signer, sizeof(signer));
	return rc;
}

/* --- the copy --------------------------------------------------------------------------------- */

static int open_reading(const struct restore *r, const char *path, struct store **ret_store,
    struct store_conn **ret, struct err *err)
{
	char url[URL_SIZE];

	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	int rc = store_open_reading(url, ret_store, err);
	if (rc == 0)
		store_set_keys(*ret_store, &r->keyring);
	return rc < 0 ? rc : store_connect(*ret_store, STORE_READ, ret, err);
}

static int has_room(void *arg, int64_t left, struct err *err)
{
	const struct restore *r = arg;
	struct dir_room room;
	int rc = dir_room(r->folder, &room, err);

	if (rc < 0 || room.free >= (uint64_t)(left + r->options.room_floor))
		return rc;
	return err_set(err, E_RANGE,
	    _("The disk under %s has too little room for the copy: it takes %lld MiB."), r->folder,
	    (long long)(left >> 20) + 1);
}

/* A store that was copied by other means bears no mark: what it knows last is its time. */
static int moment_of(struct store_conn *c, time_ms now, time_ms *ret, struct err *err)
{
	int rc = store_copied_at(c, ret, err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = store_ask_int(c, ret, err, "SELECT at FROM ledger_leaf ORDER BY seq DESC LIMIT 1", "");
	if (rc == 0)
		*ret = now;
	return rc < 0 ? rc : 0;
}

static int stage_from(
    struct restore *r, struct store_conn *c, time_ms now, time_ms *ret_at, struct err *err)
{
	struct store_copying how = { .deadline = INT64_MAX, .go_on = has_room, .arg = r };
	int rc = store_begin(c, err);

	if (rc == 0)
		rc = moment_of(c, now, &how.at, err);
	if (rc == 0)
		rc = store_copy(c, r->staged, &how, err);
	store_rollback(c);
	if (rc == 0)
		*ret_at = how.at;
	return rc;
}

static int stage(struct restore *r, time_ms now, time_ms *ret_at, struct err *err)
{
	struct store *s = NULL;
	struct store_conn *c = NULL;

	remove_staged(r);
	int rc = open_reading(r, r->options.file, &s, &c, err);
	if (rc == 0)
		rc = stage_from(r, c, now, ret_at, err);
	store_disconnect(&c);
	store_close(&s);
	return rc;
}

/* --- is it whole, and ours -------------------------------------------------------------------- */

static int check_ledger(
    struct restore *r, struct store_conn *c, struct restore_report *report, struct err *err)
{
	const struct ledger_check in = { .conn = c, .verifier = &r->verifier };
	struct ledger_report found = { 0 };
	struct buf text;
	int rc = ledger_check(&in, &found, err);

	report->entries = found.entries;
	if (rc < 0 || found.finding.fault == LEDGER_SOUND)
		return rc;
	buf_init(&text, 0);
	ledger_finding_write(&found.finding, &text);
	rc = err_set(err, E_CRYPTO, "%.*s", STR_ARG(buf_str(&text)));
	buf_done(&text);
	return rc;
}

/* All that the gateway opens at its start: secrets of accounts and integrations, and the list of those who must not be
 * written to. */
static int check_keys(struct restore *r, struct store_conn *c, struct err *err)
{
	struct directory *d = NULL;
	struct err why = { 0 };
	int rc = directory_load(c, &r->key, 1, &d, &why);

	directory_unref(&d);
	if (rc == -E_CRYPTO)
		return err_set(err, E_CRYPTO, "%s",
		    _("varco.key is not the one that the copy is sealed with."));
	if (rc < 0)
		return err_set(err, (enum err_code) - rc, "%s", why.text);
	rc = suppression_fits(c, err);
	return rc < 0 ? rc : 0;
}

static int check(struct restore *r, struct restore_report *report, struct err *err)
{
	const struct store_looking whole = { .indexes = true };
	struct store *s = NULL;
	struct store_conn *c = NULL;
	size_t applied = 0;
	int rc = open_reading(r, r->staged, &s, &c, err);

	if (rc == 0)
		rc = store_check_whole(c, &whole, err);
	if (rc == 0)
		rc = schema_compare(c, tables, tables_len, &applied, err);
	report->behind = (int64_t)(tables_len - applied);
	if (rc == 0)
		rc = load_verifier(r, c, err);
	if (rc == 0)
		rc = check_ledger(r, c, report, err);
	if (rc == 0 && report->behind == 0)
		rc = check_keys(r, c, err);
	store_disconnect(&c);
	store_close(&s);
	return rc;
}

/* --- what would be lost ----------------------------------------------------------------------- */

static int count_types(
    struct store_conn *c, int64_t from, struct restore_report *report, struct err *err)
{
	struct store_stmt *s;
	int rc = store_ask(c, &s, err,
	    "SELECT type, count(*), max(at) FROM ledger_leaf WHERE seq > ?1 GROUP BY type", "i",
	    from);

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0) {
		int64_t type = store_col_int(s, 0), n = store_col_int(s, 1);
		if (type > 0 && type < (int64_t)ARRAY_LEN(report->newer_of))
			report->newer_of[type] = n;
		report->newer += n;
		if (store_col_int(s, 2) > report->last_at)
			report->last_at = store_col_int(s, 2);
	}
	store_reset(s);
	return rc;
}

/* 1: that entry is in both, and the same. */
static int is_same_entry(
    struct store_conn *old, struct store_conn *copy, int64_t seq, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct ledger_leaf x = { 0 }, y = { 0 };
	int rc = a ? ledger_get(old, seq, a, &x, err)
		   : err_set(err, E_NOMEM, "%s", _("Memory ran out."));

	if (rc > 0)
		rc = ledger_get(copy, seq, a, &y, err);
	if (rc > 0)
		rc = x.at == y.at && str_eq(x.commitment, y.commitment);
	arena_free(&a);
	return rc;
}

static int compare(
    struct store_conn *old, struct store_conn *copy, struct restore_report *report, struct err *err)
{
	int64_t last = 0;
	int rc = ledger_last(copy, &last, err);

	if (rc == 0)
		rc = last ? is_same_entry(old, copy, last, err) : 1;
	report->same = rc > 0;
	if (rc >= 0)
		rc = count_types(old, report->same ? last : 0, report, err);
	if (rc == 0)
		rc = store_ask_int(old, &report->withdrawals, err,
		    "SELECT count(*) FROM consent WHERE act = ?1 AND leaf > ?2", "ii",
		    (int64_t)CONSENT_WITHDRAW, report->same ? last : INT64_C(0));
	return rc < 0 ? rc : 0;
}

/* A store that cannot be read is why somebody restores: that is no error. */
static void look_at_old(const struct restore *r, struct restore_report *report)
{
	struct restore_report found = *report;
	struct store *s = NULL, *copy = NULL;
	struct store_conn *c = NULL, *copied = NULL;
	struct err ignored = { 0 };
	int rc = open_reading(r, r->store, &s, &c, &ignored);

	if (rc == 0)
		rc = open_reading(r, r->staged, &copy, &copied, &ignored);
	if (rc == 0)
		rc = compare(c, copied, &found, &ignored);
	store_disconnect(&c);
	store_disconnect(&copied);
	store_close(&s);
	store_close(&copy);
	if (rc == 0) {
		*report = found;
		report->readable = true;
	}
}

/* --- preparing -------------------------------------------------------------------------------- */

static void name_aside(struct restore *r, time_ms now)
{
	time_t seconds = (time_t)(now / MS_PER_S);
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(r->aside, sizeof(r->aside), ".before-%Y%m%dT%H%M%SZ", &tm);
}

/* What a former one that was begun called it: half of it may be there. */
static int read_note(struct restore *r, struct err *err)
{
	struct buf text;
	int rc = 0;

	if (!restore_is_under_way(r->store))
		return 0;
	buf_init(&text, NOTE_MAX_BYTES);
	rc = file_read(r->note, NOTE_MAX_BYTES, &text, err);
	if (rc == 0 &&
	    (!str_starts(buf_str(&text), STR(".before-")) || memchr(text.p, '/', text.len) ||
		str_to_c(buf_str(&text), r->aside, sizeof(r->aside)) < 0))
		rc = err_set(err, E_INVALID,
		    _("%s is not a note of this program: remove it by hand when you know what it is."),
		    r->note);
	r->resumed = rc == 0;
	buf_done(&text);
	return rc;
}

static int settle(struct restore *r, time_ms now, struct err *err)
{
	int rc = join(r->store, r->options.store, "", "", err);

	if (rc == 0)
		rc = join(r->staged, r->store, STAGED, "", err);
	if (rc == 0)
		rc = join(r->note, r->store, NOTE, "", err);
	if (rc < 0)
		return rc;
	folder_of(r->store, r->folder);
	name_aside(r, now);
	return 0;
}

static int prepare(struct restore *r, time_ms now, struct restore_report *report, struct err *err)
{
	char url[URL_SIZE];
	int rc = settle(r, now, err);

	(void)snprintf(url, sizeof(url), "sqlite:%s", r->store);
	if (rc == 0)
		rc = load_keys(r, err);
	if (rc == 0)
		rc = store_hold(url, &r->hold, err);
	if (rc == 0)
		rc = read_note(r, err);
	if (rc == 0)
		rc = stage(r, now, &report->copied_at, err);
	if (rc == 0)
		rc = check(r, report, err);
	if (rc < 0)
		return rc;
	report->there = is_there(r->store);
	if (report->there) {
		memcpy(report->aside, r->aside, sizeof(report->aside));
		look_at_old(r, report);
	}
	return 0;
}

int restore_prepare(const struct restore_options *o, time_ms now, struct restore **ret,
    struct restore_report *ret_report, struct err *err)
{
	struct restore_report report = { .copied_at = TIME_NONE, .last_at = TIME_NONE };
	struct restore *r = mem_alloc(sizeof(*r));

	if (!r)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	r->options = *o;
	r->hold = -1;
	int rc = prepare(r, now, &report, err);
	if (rc < 0) {
		restore_close(&r);
		return rc;
	}
	*ret = r;
	*ret_report = report;
	return 0;
}

/* --- putting it in its place ------------------------------------------------------------------ */

static int move(const char *from, const char *to, struct err *err)
{
	return rename(from, to) < 0 && errno != ENOENT ? fail_on(to, err) : 0;
}

/* The log first: a store without its own is an older store, and one with another's is none. A former restore may have
 * come so far that the copy it put there lies in the place already. */
static int move_old_aside(const struct restore *r, struct err *err)
{
	char log[PATH_SIZE], shared[PATH_SIZE], aside[PATH_SIZE], aside_log[PATH_SIZE];
	int rc = join(log, r->store, "-wal", "", err);

	if (rc == 0)
		rc = join(shared, r->store, "-shm", "", err);
	if (rc == 0)
		rc = join(aside, r->store, r->aside, "", err);
	if (rc == 0)
		rc = join(aside_log, aside, "-wal", "", err);
	if (rc < 0)
		return rc;
	(void)unlink(shared);
	if (is_there(aside)) {
		(void)unlink(log);
		return 0;
	}
	rc = move(log, aside_log, err);
	return rc < 0 ? rc : move(r->store, aside, err);
}

int restore_put(struct restore *r, struct err *err)
{
	char aside[PATH_SIZE];
	int rc = join(aside, r->store, r->aside, "", err);

	if (rc == 0 && !r->resumed && is_there(aside))
		rc = err_set(err, E_CONFLICT, _("There is a file %s already."), aside);
	if (rc == 0 && !r->resumed)
		rc = file_write_atomic(r->note, str_c(r->aside), 0600, err);
	if (rc == 0)
		rc = move_old_aside(r, err);
	if (rc == 0)
		rc = sync_folder(r, err);
	if (rc == 0 && rename(r->staged, r->store) < 0)
		rc = fail_on(r->store, err);
	if (rc == 0)
		rc = sync_folder(r, err);
	if (rc == 0 && unlink(r->note) < 0)
		rc = fail_on(r->note, err);
	return rc < 0 ? rc : sync_folder(r, err);
}

void restore_close(struct restore **pr)
{
	struct restore *r = *pr;

	if (!r)
		return;
	if (r->hold >= 0)
		remove_staged(r);
	if (r->hold >= 0)
		(void)close(r->hold);
	crypto_wipe(r, sizeof(*r));
	MEM_FREE(pr);
}
