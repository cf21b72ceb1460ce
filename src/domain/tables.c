/* Times are milliseconds since 1970 (NULL = never); words with a C enum are stored as its number;
 * secrets are sealed (base/crypto.h). JSON columns hold text that the owning module wrote. Rows
 * that every send touches are kept narrow and free of secondary indexes. */
#include "domain/tables.h"

#include "base/check.h"

/* portfolio.people_limit NULL: none. counting: its distinct people have rows in `reach`
 * (budget.h) */
static const char accounts[] =
    /* tenant: 16 random bytes, the name that every leaf of the ledger bears */
    "CREATE TABLE installation (one {id}, at BIGINT NOT NULL, tenant {blob} NOT NULL);"
    "CREATE TABLE portfolio (id TEXT PRIMARY KEY, people_limit BIGINT, counting BIGINT NOT NULL, updated_at BIGINT NOT NULL);"
    "CREATE TABLE waba (id TEXT PRIMARY KEY, portfolio TEXT NOT NULL REFERENCES portfolio(id), name TEXT NOT NULL,"
    " country TEXT NOT NULL, upstream TEXT, state TEXT NOT NULL, payment_ok BIGINT NOT NULL, token {blob},"
    " app_secret {blob}, verify_token {blob}, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);"
    "CREATE TABLE waba_restriction (waba TEXT NOT NULL, type TEXT NOT NULL, until_at BIGINT, at BIGINT NOT NULL,"
    " PRIMARY KEY (waba, type)) {clustered};"
    "CREATE TABLE waba_blocked_country (waba TEXT NOT NULL, country TEXT NOT NULL, at BIGINT NOT NULL,"
    " PRIMARY KEY (waba, country)) {clustered};"
    "CREATE TABLE number (id TEXT PRIMARY KEY, waba TEXT NOT NULL REFERENCES waba(id), display TEXT NOT NULL,"
    " verified_name TEXT, status TEXT NOT NULL, quality TEXT NOT NULL, throughput BIGINT NOT NULL,"
    " established BIGINT NOT NULL, warm_from BIGINT, warm_frozen_until BIGINT, created_at BIGINT NOT NULL,"
    " updated_at BIGINT NOT NULL);"
    "CREATE TABLE pause (scope TEXT NOT NULL, scope_id TEXT NOT NULL, purpose BIGINT NOT NULL, until_at BIGINT,"
    " made_by TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (scope, scope_id, purpose)) {clustered};";

static const char templates[] =
    "CREATE TABLE template (waba TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL, meta_id TEXT,"
    " category BIGINT NOT NULL, correct_category BIGINT NOT NULL, category_change_at BIGINT, status TEXT NOT NULL,"
    " quality TEXT NOT NULL, paused_until BIGINT, parameter_format TEXT, components TEXT,"
    " updated_at BIGINT NOT NULL, PRIMARY KEY (waba, name, language)) {clustered};"
    "CREATE INDEX template_meta_id ON template (meta_id);";

static const char integrations[] =
    "CREATE TABLE integration (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,"
    " purpose TEXT NOT NULL, data TEXT, numbers TEXT NOT NULL, categories TEXT NOT NULL, review_by BIGINT,"
    " status TEXT NOT NULL, key_hash {blob} NOT NULL UNIQUE, webhook_url TEXT, webhook_secret {blob},"
    " created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, last_seen_at BIGINT);";

static const char people[] =
    /* phone: E.164 digits as a number; place: the phone, or minus the id of who has none, so that a
	 * send finds the row without an index beside the table; flags: see person.h */
    "CREATE TABLE person (place {id}, id BIGINT NOT NULL UNIQUE, phone BIGINT, flags BIGINT NOT NULL, timezone TEXT,"
    " created_at BIGINT NOT NULL);"
    "CREATE TABLE person_bsuid (bsuid TEXT PRIMARY KEY, person BIGINT NOT NULL, portfolio TEXT, at BIGINT NOT NULL)"
    " {clustered};"
    "CREATE INDEX person_bsuid_person ON person_bsuid (person);"
    "CREATE TABLE person_history (person BIGINT NOT NULL, at BIGINT NOT NULL, seq BIGINT NOT NULL, what TEXT NOT NULL,"
    " detail TEXT NOT NULL, PRIMARY KEY (person, at, seq)) {clustered};"
    /* where the rows of a person went that was merged into another */
    "CREATE TABLE person_merged (gone {id}, person BIGINT NOT NULL, at BIGINT NOT NULL);"
    "CREATE INDEX person_merged_person ON person_merged (person);"
    /* Every send reads all acts of a person: what only a reader of the record asks for is in a table
     * of its own, found by the act's leaf. recorded_for: the person's id when the act was recorded,
     * which is what its leaf commits to; a merge leaves it */
    "CREATE TABLE consent (person BIGINT NOT NULL, seq BIGINT NOT NULL, purpose BIGINT NOT NULL, act BIGINT NOT NULL,"
    " at BIGINT NOT NULL, evidence BIGINT NOT NULL, leaf BIGINT NOT NULL, PRIMARY KEY (person, seq)) {clustered};"
    "CREATE TABLE consent_record (leaf {id}, recorded_at BIGINT NOT NULL, recorded_for BIGINT NOT NULL,"
    " sealed {blob}, import_id BIGINT);"
    /* what is sealed of a person is sealed with this (person_key.h); without the row it is gone */
    "CREATE TABLE person_key (person {id}, wrapped {blob} NOT NULL);"
    /* who must not be written to, of whom nothing else is kept: HMACs under a key that lies apart */
    "CREATE TABLE suppression (pseudonym {blob} PRIMARY KEY, at BIGINT NOT NULL) {clustered};"
    /* erasing asks for it: what is unused in the store's file is to be overwritten */
    "CREATE TABLE scrub (one {id}, wanted_at BIGINT NOT NULL, done_at BIGINT);"
    /* kept for the defence of claims only, sealed with a key of their own (restriction.h) */
    "CREATE TABLE restricted (id {id}, at BIGINT NOT NULL, until_at BIGINT NOT NULL, body {blob} NOT NULL);"
    /* marks: hard failures, cool-downs and other dated facts that few people have (person.h) */
    "CREATE TABLE person_mark (person BIGINT NOT NULL, kind BIGINT NOT NULL, scope TEXT NOT NULL, at BIGINT NOT NULL,"
    " until_at BIGINT, PRIMARY KEY (person, kind, scope, at)) {clustered};"
    "CREATE INDEX person_mark_at ON person_mark (at);";

static const char traffic[] =
    /* one row per person and number that wrote or called (contact.h) */
    "CREATE TABLE contact (person BIGINT NOT NULL, number TEXT NOT NULL, last_inbound_at BIGINT, last_call_at BIGINT,"
    " PRIMARY KEY (person, number)) {clustered};"
    "CREATE TABLE marketing_sent (person BIGINT NOT NULL, at BIGINT NOT NULL, decision BIGINT NOT NULL,"
    " PRIMARY KEY (person, at, decision)) {clustered};"
    /* calls and the like that no rule judges: what an app asked Meta for, before it was asked */
    "CREATE TABLE contact_made (id {id}, at BIGINT NOT NULL, app TEXT NOT NULL, number TEXT NOT NULL,"
    " edge TEXT NOT NULL, action TEXT NOT NULL, person BIGINT);"
    "CREATE TABLE delivered (person BIGINT NOT NULL, purpose BIGINT NOT NULL, at BIGINT NOT NULL,"
    " PRIMARY KEY (person, purpose)) {clustered};"
    /* distinct people in a rolling day, per portfolio or warming number (budget.h) */
    "CREATE TABLE reach (scope TEXT NOT NULL, person BIGINT NOT NULL, reserved_at BIGINT, delivered_at BIGINT,"
    " open_count BIGINT NOT NULL, engaged BIGINT NOT NULL, PRIMARY KEY (scope, person)) {clustered};"
    /* what came back on what was sent (signal.h) */
    "CREATE TABLE signal_hour (scope BIGINT NOT NULL, id TEXT NOT NULL, hour BIGINT NOT NULL, what BIGINT NOT NULL,"
    " n BIGINT NOT NULL, PRIMARY KEY (scope, id, hour, what)) {clustered};"
    "CREATE INDEX signal_hour_hour ON signal_hour (hour);"
    /* what the circuit breaker last found, per signal; from_at of signal '': counted anew from there (breaker.h) */
    "CREATE TABLE breaker (scope BIGINT NOT NULL, id TEXT NOT NULL, signal TEXT NOT NULL, level BIGINT NOT NULL,"
    " at BIGINT NOT NULL, PRIMARY KEY (scope, id, signal)) {clustered};"
    "CREATE TABLE number_hour (number TEXT NOT NULL, hour BIGINT NOT NULL, sent BIGINT NOT NULL,"
    " PRIMARY KEY (number, hour)) {clustered};";

static const char decisions[] =
    /* id sorts by time; state and verdict: journal.h; leaf: the entry of the ledger that commits to
     * the newest judgement. `rules` is decision_write_stored's text, NULL
     * when every rule passed. */
    "CREATE TABLE decision (id {id}, at BIGINT NOT NULL, app TEXT, number TEXT, waba TEXT,"
    " person BIGINT, purpose BIGINT NOT NULL, kind BIGINT NOT NULL, template TEXT, verdict BIGINT NOT NULL,"
    " mode BIGINT NOT NULL, state BIGINT NOT NULL, counted BIGINT NOT NULL, attempts BIGINT NOT NULL,"
    " digest {blob}, rules TEXT, callback TEXT, room {blob}, wamid TEXT, wamid_hash BIGINT, error_code BIGINT, policy TEXT NOT NULL,"
    " hold_until BIGINT, updated_at BIGINT NOT NULL, leaf BIGINT NOT NULL);"
    "CREATE INDEX decision_open ON decision (state, id) WHERE state < 10;"
    /* whose they are, noted some time later (journal_people.h) */
    "CREATE TABLE people_segment (segment {id}, last BIGINT NOT NULL);"
    "CREATE TABLE people_part (part BIGINT NOT NULL, segment BIGINT NOT NULL, pairs {blob} NOT NULL,"
    " PRIMARY KEY (part, segment)) {clustered};"
    "CREATE INDEX decision_wamid ON decision (wamid_hash) WHERE wamid_hash IS NOT NULL;"
    /* the body of a send that waits; gone as soon as it was sent, refused or expired */
    "CREATE TABLE outbox (decision {id}, due_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,"
    " path TEXT NOT NULL, body {blob} NOT NULL);"
    "CREATE INDEX outbox_due ON outbox (due_at);"
    "CREATE TABLE idempotency (app TEXT NOT NULL, key_hash {blob} NOT NULL, at BIGINT NOT NULL, digest {blob} NOT NULL,"
    " decision BIGINT NOT NULL, status BIGINT, answer {blob}, PRIMARY KEY (app, key_hash)) {clustered};"
    "CREATE INDEX idempotency_at ON idempotency (at);"
    "CREATE TABLE ledger_leaf (seq {id}, type BIGINT NOT NULL, at BIGINT NOT NULL, ref BIGINT NOT NULL,"
    " policy TEXT NOT NULL, salt {blob} NOT NULL, commitment {blob} NOT NULL);"
    /* what a leaf commits to, where no other row holds it */
    "CREATE TABLE ledger_note (leaf {id}, content TEXT NOT NULL);"
    /* roots of complete subtrees over 256^level leaves (ledger_tree.h) */
    "CREATE TABLE ledger_tile (level BIGINT NOT NULL, place BIGINT NOT NULL, hash {blob} NOT NULL,"
    " PRIMARY KEY (level, place)) {clustered};"
    /* size: leaves under the signed root; leaf: the entry that the checkpoint left itself */
    "CREATE TABLE ledger_checkpoint (size {id}, at BIGINT NOT NULL, note TEXT NOT NULL, leaf BIGINT NOT NULL);";

static const char webhooks[] =
    /* at: the own time of the facts, 0 = without; what came since is in seen_log first (seen.h) */
    "CREATE TABLE seen (id {id}, at BIGINT NOT NULL, received BIGINT NOT NULL, facts {blob} NOT NULL);"
    "CREATE INDEX seen_at ON seen (at);"
    "CREATE TABLE seen_log (id {id}, facts {blob} NOT NULL);"
    "CREATE TABLE inbox (id {id}, at BIGINT NOT NULL, waba TEXT, fields TEXT NOT NULL, facts BIGINT NOT NULL,"
    " body {blob} NOT NULL);"
    "CREATE TABLE forward (id {id}, app TEXT NOT NULL, created_at BIGINT NOT NULL, due_at BIGINT NOT NULL,"
    " attempts BIGINT NOT NULL, last_status BIGINT, body {blob} NOT NULL);"
    "CREATE INDEX forward_app ON forward (app, id);"
    "CREATE TABLE media (id TEXT PRIMARY KEY, waba TEXT NOT NULL, at BIGINT NOT NULL) {clustered};"
    "CREATE INDEX media_at ON media (at);"
    /* what could not be read or applied, as it was: an event for an app, a send that waited, a post (kind) */
    "CREATE TABLE quarantine (id {id}, at BIGINT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL, body {blob});"
    "CREATE INDEX quarantine_at ON quarantine (at);"
    "CREATE TABLE alarm (id {id}, at BIGINT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL,"
    " detail TEXT NOT NULL);"
    /* how far alarms were told to people (alert.h) */
    "CREATE TABLE alert_told (one {id}, alarm BIGINT NOT NULL, at BIGINT NOT NULL);";

static const char evidence[] =
    /* what was asked on WhatsApp, and links that people write by (consent_request.h, consent_link.h) */
    "CREATE TABLE consent_request (id {id}, person BIGINT NOT NULL, number TEXT NOT NULL, purpose BIGINT NOT NULL,"
    " state BIGINT NOT NULL, at BIGINT NOT NULL, expires_at BIGINT NOT NULL, answered_at BIGINT,"
    " decision BIGINT NOT NULL, leaf BIGINT NOT NULL, wording TEXT NOT NULL, source TEXT, details TEXT);"
    "CREATE INDEX consent_request_person ON consent_request (person);"
    "CREATE TABLE consent_link (id {id}, code TEXT NOT NULL UNIQUE, number TEXT NOT NULL, purpose BIGINT NOT NULL,"
    " at BIGINT NOT NULL, ended_at BIGINT, uses BIGINT NOT NULL, wording TEXT NOT NULL, source TEXT, details TEXT);"
    /* the signed webhook that brought an act, whole or only its message; sealed */
    "CREATE TABLE consent_post (leaf {id}, whole BIGINT NOT NULL, body {blob} NOT NULL);"
    /* the files lie in the state directory (attachment.h) */
    "CREATE TABLE consent_attachment (file TEXT PRIMARY KEY, leaf BIGINT NOT NULL, digest {blob} NOT NULL) {clustered};"
    "CREATE INDEX consent_attachment_leaf ON consent_attachment (leaf);"
    "CREATE INDEX consent_attachment_digest ON consent_attachment (digest);"
    /* opt-outs that came of an error code, and not of the person's own deed here (stops.h) */
    "CREATE TABLE stop_by_code (id {id}, at BIGINT NOT NULL, code BIGINT NOT NULL, person BIGINT NOT NULL,"
    " state BIGINT NOT NULL, marked BIGINT NOT NULL, ended_at BIGINT);"
    "CREATE INDEX stop_by_code_at ON stop_by_code (code, at);"
    "CREATE INDEX stop_by_code_held ON stop_by_code (person) WHERE state = 2;";

static const char imports[] =
    /* state: consent_import.h; undo_leaf: the last act that undoing has answered */
    "CREATE TABLE consent_import (id {id}, at BIGINT NOT NULL, ended_at BIGINT, made_by TEXT NOT NULL, name TEXT,"
    " form TEXT NOT NULL, digest {blob} NOT NULL, bytes BIGINT NOT NULL, dry BIGINT NOT NULL, state BIGINT NOT NULL,"
    " total BIGINT NOT NULL, row_count BIGINT NOT NULL, accepted BIGINT NOT NULL, known BIGINT NOT NULL, rejected BIGINT NOT NULL,"
    " blocked BIGINT NOT NULL, undone_at BIGINT, undone BIGINT NOT NULL, kept BIGINT NOT NULL,"
    " undo_leaf BIGINT NOT NULL);"
    /* rows that were not taken; values are masked */
    "CREATE TABLE consent_import_problem (import_id BIGINT NOT NULL, row_number BIGINT NOT NULL,"
    " blocked BIGINT NOT NULL, column_name TEXT, value TEXT NOT NULL, reason TEXT NOT NULL, fix TEXT NOT NULL,"
    " suggestion TEXT, PRIMARY KEY (import_id, row_number)) {clustered};"
    /* acts that answer one of an import that was undone */
    "CREATE TABLE consent_undo (leaf {id}, import_id BIGINT NOT NULL);"
    "CREATE INDEX consent_record_import ON consent_record (import_id, leaf) WHERE import_id IS NOT NULL;";

const struct migration tables[] = {
	{ 1, "accounts: tenant, portfolios, WABAs, numbers, pauses", accounts },
	{ 2, "templates", templates },
	{ 3, "integrations", integrations },
	{ 4, "people: identity, acts and their sealed records, keys, suppression, marks", people },
	{ 5, "traffic: contacts made and had, reach, hours, signals", traffic },
	{ 6, "decisions: journal by person with room for outcomes, outbox, keys, ledger with tree",
	    decisions },
	{ 7,
	    "webhooks: facts seen and their log, inbox, quarantine, forwards, media, alarms, alerts",
	    webhooks },
	{ 8, "evidence: requests, links, posts, attachments, stops by code", evidence },
	{ 9, "imports: their state, what they did not take, what answers them", imports },
};
const size_t tables_len = ARRAY_LEN(tables);
