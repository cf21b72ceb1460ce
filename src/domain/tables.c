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
    "CREATE TABLE portfolio (id TEXT PRIMARY KEY, people_limit BIGINT, told_limit BIGINT, own_limit BIGINT,"
    " counting BIGINT NOT NULL, updated_at BIGINT NOT NULL);"
    "CREATE TABLE waba (id TEXT PRIMARY KEY, portfolio TEXT NOT NULL REFERENCES portfolio(id), name TEXT NOT NULL,"
    " country TEXT NOT NULL, upstream TEXT, state TEXT NOT NULL, payment_ok BIGINT NOT NULL, token {blob},"
    " app_secret {blob}, verify_token {blob}, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,"
    /* what Meta said besides: its last warning, its review of the account, its health status */
    " warning TEXT, warned_at BIGINT, review TEXT, disable_at BIGINT, health TEXT, health_at BIGINT,"
    /* when all its templates were last read from Meta (release.h) */
    " templates_at BIGINT);"
    "CREATE TABLE waba_restriction (waba TEXT NOT NULL, type TEXT NOT NULL, until_at BIGINT, at BIGINT NOT NULL,"
    " PRIMARY KEY (waba, type)) {clustered};"
    "CREATE TABLE waba_blocked_country (waba TEXT NOT NULL, country TEXT NOT NULL, at BIGINT NOT NULL,"
    " PRIMARY KEY (waba, country)) {clustered};"
    "CREATE TABLE number (id TEXT PRIMARY KEY, waba TEXT NOT NULL REFERENCES waba(id), display TEXT NOT NULL,"
    " verified_name TEXT, status TEXT NOT NULL, quality TEXT NOT NULL, throughput BIGINT NOT NULL,"
    " established BIGINT NOT NULL, warm_from BIGINT, warm_frozen_until BIGINT, created_at BIGINT NOT NULL,"
    " updated_at BIGINT NOT NULL, name_status TEXT, health TEXT, health_at BIGINT);"
    /* how far a number has warmed up (warmup.h); without a row as it began */
    "CREATE TABLE warmup (number TEXT PRIMARY KEY, phase BIGINT NOT NULL, day BIGINT NOT NULL, cap BIGINT NOT NULL,"
    " held BIGINT NOT NULL, peak BIGINT NOT NULL, used_day BIGINT NOT NULL, stepped_day BIGINT NOT NULL,"
    " most BIGINT NOT NULL, most_until BIGINT, red BIGINT NOT NULL);"
    "CREATE TABLE pause (scope TEXT NOT NULL, scope_id TEXT NOT NULL, purpose BIGINT NOT NULL, until_at BIGINT,"
    /* cause: why, where nobody but the program judged: each cause has a pause of its own. "" of people */
    " made_by TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL, cause TEXT NOT NULL DEFAULT '',"
    " PRIMARY KEY (scope, scope_id, purpose, made_by, cause)) {clustered};";

static const char templates[] =
    "CREATE TABLE template (waba TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL, meta_id TEXT,"
    " category BIGINT NOT NULL, correct_category BIGINT NOT NULL, category_change_at BIGINT, status TEXT NOT NULL,"
    " quality TEXT NOT NULL, paused_until BIGINT, parameter_format TEXT, components TEXT,"
    /* reason: why Meta rejected or paused it; content: of its components, to tell that they changed */
    " updated_at BIGINT NOT NULL, reason TEXT, content TEXT, PRIMARY KEY (waba, name, language)) {clustered};"
    "CREATE INDEX template_meta_id ON template (meta_id);"
    /* texts that templates had until another came (template_former.h); content: their digest */
    "CREATE TABLE template_former (waba TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL,"
    " content TEXT NOT NULL, components TEXT NOT NULL, until_at BIGINT NOT NULL,"
    " PRIMARY KEY (waba, name, language, content)) {clustered};"
    /* those that are new or were paused, and go out in steps (release.h); audience NULL: not counted yet */
    "CREATE TABLE template_release (waba TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL,"
    " began_at BIGINT NOT NULL, step BIGINT NOT NULL, taken BIGINT NOT NULL, audience BIGINT, filled_at BIGINT,"
    " PRIMARY KEY (waba, name, language)) {clustered};";

static const char integrations[] =
    /* the register: apps (with the hash of a key), what scans found, senders that passed Varco by.
     * details: what people say of it (register_field.h); verdict, state: register_state.h; found:
     * what the scan named in `scan` told (register_scan.h), found_key: root, row and place of it;
     * review_told: which reminder of review_by was given (register_review.h) */
    "CREATE TABLE integration (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner TEXT,"
    " purpose TEXT, data TEXT, numbers TEXT NOT NULL, categories TEXT NOT NULL, review_by BIGINT,"
    " status TEXT NOT NULL, key_hash {blob} UNIQUE, webhook_url TEXT, webhook_secret {blob},"
    " created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, last_seen_at BIGINT, first_seen_at BIGINT,"
    " origin TEXT NOT NULL, verdict TEXT NOT NULL, state TEXT NOT NULL, details TEXT NOT NULL, found TEXT,"
    " found_key TEXT UNIQUE, scan BIGINT, review_told BIGINT NOT NULL, webhook_off BIGINT NOT NULL DEFAULT 0);"
    "CREATE INDEX integration_review ON integration (review_by) WHERE review_by IS NOT NULL;"
    /* what changed, as the entry of the ledger has it (register_history.h) */
    "CREATE TABLE integration_change (leaf {id}, integration TEXT NOT NULL, at BIGINT NOT NULL, content TEXT NOT NULL);"
    "CREATE INDEX integration_change_integration ON integration_change (integration, leaf);"
    /* what apps really sent, by day (register_use.h) */
    "CREATE TABLE integration_use (app TEXT NOT NULL, number TEXT NOT NULL, purpose BIGINT NOT NULL, day BIGINT NOT NULL,"
    " n BIGINT NOT NULL, last_at BIGINT NOT NULL, PRIMARY KEY (app, number, purpose, day)) {clustered};"
    /* reports of scans: what they covered (scan_record.h) */
    "CREATE TABLE scan (id {id}, at BIGINT NOT NULL, received_at BIGINT NOT NULL, verdict TEXT NOT NULL,"
    " complete BIGINT NOT NULL, files BIGINT NOT NULL, bytes BIGINT NOT NULL, findings BIGINT NOT NULL,"
    " catalogue TEXT NOT NULL, catalogue_rows BIGINT NOT NULL, digest {blob} NOT NULL UNIQUE, body TEXT NOT NULL);"
    /* of the newest ones, finding by finding, the gravest first (scan_finding.h) */
    "CREATE TABLE scan_finding (scan BIGINT NOT NULL, n BIGINT NOT NULL, verdict TEXT NOT NULL, body TEXT NOT NULL,"
    " PRIMARY KEY (scan, n)) {clustered};"
    /* messages that did not pass Varco: one row each, and by hour (bypass.h) */
    "CREATE TABLE bypass_message (hash {id}, at BIGINT NOT NULL, coexistence BIGINT NOT NULL);"
    "CREATE INDEX bypass_message_at ON bypass_message (at);"
    "CREATE TABLE bypass_hour (number TEXT NOT NULL, hour BIGINT NOT NULL, coexistence BIGINT NOT NULL, n BIGINT NOT NULL,"
    " first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, types TEXT NOT NULL, PRIMARY KEY (number, hour, coexistence))"
    " {clustered};";

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
    /* waits_since: what they wrote then has no answer yet (answers.h) */
    " waits_since BIGINT, PRIMARY KEY (person, number)) {clustered};"
    "CREATE INDEX contact_waits ON contact (waits_since) WHERE waits_since IS NOT NULL;"
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
    /* how far the walk came for what was never delivered (unheard.h) */
    "CREATE TABLE signal_place (one {id}, decision BIGINT NOT NULL);"
    /* what begins again by steps after a pause of the breaker's; since NULL: not yet (resume.h) */
    "CREATE TABLE resume (scope BIGINT NOT NULL, id TEXT NOT NULL, a_day BIGINT NOT NULL, step BIGINT NOT NULL,"
    " since BIGINT, next_at BIGINT, PRIMARY KEY (scope, id)) {clustered};"
    "CREATE TABLE number_hour (number TEXT NOT NULL, hour BIGINT NOT NULL, sent BIGINT NOT NULL,"
    " PRIMARY KEY (number, hour)) {clustered};";

static const char decisions[] =
    /* id sorts by time; state and verdict: journal.h; leaf: the entry of the ledger that commits to
     * the newest judgement. `rules` is decision_write_stored's text, NULL
     * when every rule passed. */
    "CREATE TABLE decision (id {id}, at BIGINT NOT NULL, app TEXT, number TEXT, waba TEXT,"
    " person BIGINT, purpose BIGINT NOT NULL, kind BIGINT NOT NULL, template TEXT, verdict BIGINT NOT NULL,"
    " mode BIGINT NOT NULL, state BIGINT NOT NULL, counted BIGINT NOT NULL, attempts BIGINT NOT NULL,"
    " digest {blob}, rules TEXT, callback TEXT, room {blob}, wamid TEXT, error_code BIGINT, policy TEXT NOT NULL,"
    " hold_until BIGINT, updated_at BIGINT NOT NULL, leaf BIGINT NOT NULL, campaign TEXT);"
    "CREATE INDEX decision_open ON decision (state, id) WHERE state < 9;"
    /* what did not go out, or not well: lists of these are short, and no other send enters it. No IN: SQLite makes
	 * a table of its list at each write */
    "CREATE INDEX decision_ended ON decision (state, id) WHERE state = 10 OR state > 14;"
    /* how it was judged before, the first of each run of judgements alike (journal_former.h) */
    "CREATE TABLE decision_former (decision BIGINT NOT NULL, leaf BIGINT NOT NULL, judged TEXT NOT NULL,"
    " PRIMARY KEY (decision, leaf)) {clustered};"
    /* whose they are, noted some time later (journal_people.h); bears: values of these decisions, NULL = any
	 * (journal_values.h) */
    "CREATE TABLE people_segment (segment {id}, last BIGINT NOT NULL, bears {blob});"
    "CREATE TABLE people_part (part BIGINT NOT NULL, segment BIGINT NOT NULL, pairs {blob} NOT NULL,"
    " PRIMARY KEY (part, segment)) {clustered};"
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
    "CREATE TABLE ledger_checkpoint (size {id}, at BIGINT NOT NULL, note TEXT NOT NULL, leaf BIGINT NOT NULL);"
    /* what the last check of the whole found (ledger_checked.h): one row */
    "CREATE TABLE ledger_checked (id {id}, at BIGINT NOT NULL, entries BIGINT NOT NULL, covered BIGINT NOT NULL,"
    " checkpoints BIGINT NOT NULL, fault BIGINT NOT NULL, seq BIGINT NOT NULL, until BIGINT NOT NULL, record TEXT NOT NULL);";

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
    /* what was posted to apps and what they answered (delivery.h) */
    "CREATE TABLE delivery (id {id}, app TEXT NOT NULL, at BIGINT NOT NULL, events BIGINT NOT NULL,"
    " attempt BIGINT NOT NULL, status BIGINT NOT NULL, took_ms BIGINT NOT NULL, outcome BIGINT NOT NULL,"
    " body {blob}, answer {blob});"
    "CREATE INDEX delivery_app ON delivery (app, id);"
    "CREATE INDEX delivery_failed ON delivery (id) WHERE outcome <> 1;"
    "CREATE INDEX delivery_app_failed ON delivery (app, id) WHERE outcome <> 1;"
    "CREATE TABLE media (id TEXT PRIMARY KEY, waba TEXT NOT NULL, at BIGINT NOT NULL) {clustered};"
    "CREATE INDEX media_at ON media (at);"
    /* what could not be read or applied, as it was: an event for an app, a send that waited, a post (kind) */
    "CREATE TABLE quarantine (id {id}, at BIGINT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL, body {blob});"
    "CREATE INDEX quarantine_at ON quarantine (at);"
    "CREATE TABLE alarm (id {id}, at BIGINT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL,"
    " detail TEXT NOT NULL);"
    /* how far alarms were told to people, by each way (alert.h) */
    "CREATE TABLE alert_told (way {id}, alarm BIGINT NOT NULL, at BIGINT NOT NULL);"
    /* e-mails of Meta's as they were understood (notice_effect.h); digest: of the file */
    "CREATE TABLE notice (id {id}, at BIGINT NOT NULL, digest {blob} NOT NULL, waba TEXT,"
    " understood TEXT NOT NULL);"
    "CREATE UNIQUE INDEX notice_digest ON notice (digest);";

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
    /* opt-outs that came of an error code, or, with code 0, of words that may mean one (stops.h); purposes,
     * source and words are of the latter; words are sealed for the person */
    "CREATE TABLE stop_by_code (id {id}, at BIGINT NOT NULL, code BIGINT NOT NULL, person BIGINT NOT NULL,"
    " state BIGINT NOT NULL, marked BIGINT NOT NULL, ended_at BIGINT, purposes BIGINT, number TEXT, source TEXT,"
    " sealed_for BIGINT, words {blob});"
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

static const char states[] =
    /* each change of an object's state, and the newest fact about each of its fields (history.h) */
    "CREATE TABLE object_change (id {id}, at BIGINT NOT NULL, kind BIGINT NOT NULL, object TEXT NOT NULL,"
    " field TEXT NOT NULL, old_value TEXT, new_value TEXT, source BIGINT NOT NULL, words TEXT);"
    "CREATE INDEX object_change_object ON object_change (kind, object, id);"
    "CREATE TABLE object_told (kind BIGINT NOT NULL, object TEXT NOT NULL, field TEXT NOT NULL, at BIGINT NOT NULL,"
    " PRIMARY KEY (kind, object, field)) {clustered};";

static const char incidents[] =
    /* scope: portfolio, waba, number, template or app; waba: whose it is, '' = none; state, outcome:
     * incident.h; words: Meta's own, as they came */
    "CREATE TABLE incident (id {id}, kind TEXT NOT NULL, label TEXT NOT NULL, scope TEXT NOT NULL, scope_id TEXT NOT NULL,"
    " waba TEXT NOT NULL, origin TEXT NOT NULL, state BIGINT NOT NULL, outcome BIGINT NOT NULL, happened_at BIGINT NOT NULL,"
    " opened_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deadline_at BIGINT, submitted_at BIGINT, called_at BIGINT,"
    " closed_at BIGINT, over_at BIGINT, reference TEXT, lessons TEXT, words TEXT, impact TEXT NOT NULL, seed TEXT);"
    "CREATE INDEX incident_not_over ON incident (scope, scope_id) WHERE over_at IS NULL;"
    /* leaf: the entry of the ledger that commits to the step */
    "CREATE TABLE incident_step (incident BIGINT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,"
    " made_by TEXT NOT NULL, words TEXT, detail TEXT, leaf BIGINT NOT NULL, PRIMARY KEY (incident, seq)) {clustered};";

static const char triggers[] =
    /* what events of CRMs and shops are turned into (trigger_store.h) */
    "CREATE TABLE event_trigger (name TEXT PRIMARY KEY, app TEXT NOT NULL, number TEXT NOT NULL, definition TEXT NOT NULL,"
    " secret {blob}, created_at BIGINT NOT NULL, last_at BIGINT, queued BIGINT NOT NULL, repeated BIGINT NOT NULL,"
    " skipped BIGINT NOT NULL, problem TEXT, place TEXT, problem_at BIGINT, useless BIGINT NOT NULL,"
    " unmet BIGINT NOT NULL);"
    /* events that were taken, under an HMAC of their ids */
    "CREATE TABLE trigger_event (name TEXT NOT NULL, event {blob} NOT NULL, at BIGINT NOT NULL, decision BIGINT NOT NULL,"
    " PRIMARY KEY (name, event)) {clustered};"
    "CREATE INDEX trigger_event_at ON trigger_event (at);"
    /* what is answered by itself, what was said to whom, and what was heard last (autoreply.h) */
    "CREATE TABLE autoreply (name TEXT PRIMARY KEY, app TEXT NOT NULL, number TEXT NOT NULL, kind BIGINT NOT NULL,"
    " body TEXT NOT NULL, language TEXT, words TEXT NOT NULL, hours TEXT, zone TEXT, created_at BIGINT NOT NULL,"
    " last_at BIGINT, sent BIGINT NOT NULL);"
    "CREATE TABLE autoreply_sent (person BIGINT NOT NULL, number TEXT NOT NULL, at BIGINT NOT NULL, name TEXT NOT NULL,"
    " PRIMARY KEY (person, number, at, name)) {clustered};"
    "CREATE INDEX autoreply_sent_at ON autoreply_sent (at);"
    "CREATE TABLE autoreply_heard (person BIGINT NOT NULL, number TEXT NOT NULL, digest {blob} NOT NULL, n BIGINT NOT NULL,"
    " first_at BIGINT NOT NULL, muted_until BIGINT, at BIGINT NOT NULL, PRIMARY KEY (person, number)) {clustered};"
    "CREATE INDEX autoreply_heard_at ON autoreply_heard (at);";
static const char users[] =
    /* folded: the name without case and accents; password, factor: sealed; factor_step: the last one that was used;
     * epoch: grows when all sessions end (user.h); oidc: what the sign-in provider calls them, subject: a digest of who that
     * was the first time */
    "CREATE TABLE console_user (id {id}, name TEXT NOT NULL, folded TEXT NOT NULL, role BIGINT NOT NULL,"
    " portfolios TEXT NOT NULL, disabled BIGINT NOT NULL, password {blob}, factor {blob}, factor_step BIGINT NOT NULL,"
    " epoch BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, signed_in_at BIGINT, oidc TEXT,"
    " subject {blob});"
    "CREATE UNIQUE INDEX console_user_folded ON console_user (folded);"
    "CREATE UNIQUE INDEX console_user_oidc ON console_user (oidc) WHERE oidc IS NOT NULL;"
    "CREATE TABLE console_recovery (id BIGINT NOT NULL, digest {blob} NOT NULL, PRIMARY KEY (id, digest)) {clustered};"
    /* acts of operators, found again by who did them, by what it was and by what they are about (audit.h) */
    "CREATE TABLE operator_act (leaf {id}, at BIGINT NOT NULL, made_by TEXT NOT NULL, operation TEXT NOT NULL,"
    " object TEXT);"
    "CREATE INDEX operator_act_by ON operator_act (made_by, leaf);"
    "CREATE INDEX operator_act_operation ON operator_act (operation, leaf);"
    "CREATE INDEX operator_act_object ON operator_act (object, leaf) WHERE object IS NOT NULL;";
static const char campaigns[] =
    /* state, plan: campaign.h, campaign_fill.h; total: who may get it; wave, wave_used, next_at, waits:
     * how far it is; choice: the template of the rest; snapshot: of what preflight looked at, approved: of
     * what somebody allowed; busy: the clock moves it; kept: people of rows before it are dropped, NULL:
     * of all */
    "CREATE TABLE campaign (id {id}, at BIGINT NOT NULL, updated_at BIGINT NOT NULL, state BIGINT NOT NULL,"
    " name TEXT NOT NULL, number TEXT NOT NULL, waba TEXT NOT NULL, plan TEXT NOT NULL, audience TEXT,"
    " digest {blob} NOT NULL, made_by TEXT NOT NULL, approved_by TEXT, approved_at BIGINT, released_by TEXT,"
    " released_at BIGINT, starts_at BIGINT, ended_at BIGINT, total BIGINT NOT NULL, wave BIGINT NOT NULL,"
    " wave_used BIGINT NOT NULL, next_at BIGINT, waits TEXT, reason TEXT, choice BIGINT NOT NULL,"
    " snapshot {blob} NOT NULL, approved {blob}, preflight TEXT, preflight_at BIGINT, busy BIGINT NOT NULL, kept BIGINT);"
    "CREATE INDEX campaign_busy ON campaign (busy, id) WHERE busy = 1;"
    "CREATE INDEX campaign_kept ON campaign (ended_at) WHERE kept IS NOT NULL;"
    /* seq: row of the audience; due_at: 0 = any time; fields: sealed; rule: what held or refused it, or is
     * wrong with it */
    "CREATE TABLE campaign_member (campaign BIGINT NOT NULL, seq BIGINT NOT NULL, person BIGINT, fate BIGINT NOT NULL,"
    " decision BIGINT, due_at BIGINT NOT NULL, wave BIGINT NOT NULL, variant BIGINT NOT NULL, source TEXT, segment TEXT,"
    " fields {blob}, rule TEXT, PRIMARY KEY (campaign, seq)) {clustered};"
    "CREATE INDEX campaign_member_fate ON campaign_member (campaign, fate, due_at, seq);"
    "CREATE INDEX campaign_member_person ON campaign_member (person, campaign) WHERE person IS NOT NULL;"
    /* how many there are of each fate: kept with every change, since nobody counts a million rows (campaign_people.h) */
    "CREATE TABLE campaign_fate (campaign BIGINT NOT NULL, fate BIGINT NOT NULL, people BIGINT NOT NULL,"
    " PRIMARY KEY (campaign, fate)) {clustered};"
    /* lists that are suspended, or whose people are being given back or set aside (source_list.h) */
    "CREATE TABLE source_list (name TEXT PRIMARY KEY, at BIGINT NOT NULL, made_by TEXT NOT NULL, reason TEXT,"
    " suspended BIGINT NOT NULL, open BIGINT NOT NULL);"
    "CREATE INDEX source_list_open ON source_list (name) WHERE open = 1;"
    "CREATE INDEX campaign_member_source ON campaign_member (source, campaign, fate) WHERE source IS NOT NULL;"
    /* who pressed which quick reply; title: what stands on it */
    "CREATE TABLE campaign_click (campaign BIGINT NOT NULL, seq BIGINT NOT NULL, button BIGINT NOT NULL,"
    " at BIGINT NOT NULL, title TEXT, PRIMARY KEY (campaign, seq, button)) {clustered};"
    "CREATE INDEX campaign_member_decision ON campaign_member (decision) WHERE decision IS NOT NULL;";

static const char policies[] =
    /* what is set over the policy pack (policy_log.h): each state of it, whole; base: the pack's version; before, after:
     * digests of the policy; leaf: the entry of the ledger */
    "CREATE TABLE policy_version (number {id}, at BIGINT NOT NULL, kind TEXT NOT NULL, made_by TEXT NOT NULL,"
    " applied_by TEXT NOT NULL, reason TEXT NOT NULL, base TEXT NOT NULL, overlay TEXT NOT NULL,"
    " before {blob} NOT NULL, after {blob} NOT NULL, leaf BIGINT NOT NULL);"
    /* change: what is asked for; state: policy_log.h */
    "CREATE TABLE policy_proposal (id {id}, at BIGINT NOT NULL, kind TEXT NOT NULL, made_by TEXT NOT NULL,"
    " reason TEXT NOT NULL, change TEXT NOT NULL, state BIGINT NOT NULL, ended_at BIGINT, ended_by TEXT,"
    " version BIGINT);";

/* What is noted of people lies by its place (journal_people.c); people_messages: which message ids a segment's sends
 * may have, people_bare: segments that may have any (journal_messages.h). */
static const char noted_again[] =
    "CREATE TABLE people_pairs (place {id}, pairs {blob} NOT NULL);"
    "INSERT INTO people_pairs (place, pairs) SELECT part * 1099511627776 + segment, pairs FROM people_part;"
    "DROP TABLE people_part;"
    "CREATE TABLE people_messages (place {id}, bits {blob} NOT NULL);"
    "CREATE TABLE people_bare (segment {id});"
    "INSERT INTO people_bare (segment) SELECT segment FROM people_segment;";

/* Whose windows are not counted yet (incident_windows.h). */
static const char incidents_uncounted[] =
    "CREATE INDEX incident_uncounted ON incident (id) WHERE impact LIKE '%windows_since%';";

static const char people_near[] =
    /* acts: the person's acts once more (consent_near.h); contacts: 0 when there is no row of the person in `contact`.
     * Null: the table has to be asked */
    "ALTER TABLE person ADD COLUMN acts {blob};"
    "ALTER TABLE person ADD COLUMN contacts BIGINT;"
    /* where upkeep stands that fills both for people who were there before; no row: it is through */
    "CREATE TABLE person_near (one {id}, place BIGINT NOT NULL);"
    "INSERT INTO person_near (one, place) SELECT 1, min(place) FROM person HAVING min(place) IS NOT NULL;";
static const char campaign_sums[] =
    /* what a row of an audience is counted as, NULL = not yet; code: Meta's error, 0 = none; marks: bits
     * (campaign_sum.h). Columns without a default: no row is written again for them */
    "ALTER TABLE campaign_member ADD COLUMN figure BIGINT;"
    "ALTER TABLE campaign_member ADD COLUMN code BIGINT;"
    "ALTER TABLE campaign_member ADD COLUMN marks BIGINT;"
    /* kind: campaign_sum.h; campaign 0: lists in all campaigns; name: '' = none; used_at: 0 = never; was_read: of
     * those who read it, whom delivered leaves out, as sent leaves out both */
    "CREATE TABLE campaign_sum (campaign BIGINT NOT NULL, kind BIGINT NOT NULL, name TEXT NOT NULL, number BIGINT NOT NULL,"
    " used_at BIGINT NOT NULL, people BIGINT NOT NULL, waiting BIGINT NOT NULL, under_way BIGINT NOT NULL,"
    " unknown BIGINT NOT NULL, refused BIGINT NOT NULL, sent BIGINT NOT NULL, delivered BIGINT NOT NULL,"
    " was_read BIGINT NOT NULL, failed BIGINT NOT NULL, not_sent BIGINT NOT NULL, opt_outs BIGINT NOT NULL,"
    " clicks BIGINT NOT NULL, PRIMARY KEY (campaign, kind, name, number)) {clustered};"
    /* decisions whose state moved since their rows were counted, eight bytes each, a row a transaction */
    "CREATE TABLE campaign_moved (id {id}, decisions {blob} NOT NULL);"
    /* how often each quick reply was pressed */
    "CREATE TABLE campaign_press (campaign BIGINT NOT NULL, variant BIGINT NOT NULL, button BIGINT NOT NULL,"
    " title TEXT, people BIGINT NOT NULL, PRIMARY KEY (campaign, variant, button)) {clustered};"
    /* when people of a list agreed, and how many then */
    "CREATE TABLE source_grant (source TEXT NOT NULL, at BIGINT NOT NULL, people BIGINT NOT NULL,"
    " PRIMARY KEY (source, at)) {clustered};"
    /* rows up to here are counted; without this row all are (campaign_tally.h) */
    "CREATE TABLE campaign_counting (one {id}, campaign BIGINT NOT NULL, seq BIGINT NOT NULL);"
    "INSERT INTO campaign_counting (one, campaign, seq) SELECT 1, 0, -1 WHERE EXISTS (SELECT 1 FROM campaign_member);";

static const char said_again[] =
    /* acts that later imports said as well: of those that withdraw all such, for each may be undone; of those that
     * grant the newest */
    "CREATE TABLE consent_said (leaf BIGINT NOT NULL, import_id BIGINT NOT NULL, PRIMARY KEY (leaf, import_id)) {clustered};"
    "CREATE INDEX consent_said_import ON consent_said (import_id, leaf);"
    /* the act that an answer brings back; NULL: none, or not noted then */
    "ALTER TABLE consent_undo ADD COLUMN restores BIGINT;";

static const char campaign_edits[] =
    /* the audience of a draft is replaced: beside: under which id the new rows wait; stage: campaign_edit.c */
    "CREATE TABLE campaign_edit (campaign {id}, beside BIGINT NOT NULL, stage BIGINT NOT NULL);"
    /* whoever is of no wave got no template (campaign_sum.h), and counted under the first */
    "INSERT INTO campaign_sum (campaign, kind, name, number, used_at, people, waiting, under_way, unknown,"
    " refused, sent, delivered, was_read, failed, not_sent, opt_outs, clicks) SELECT campaign, 2, '', -1,"
    " used_at, people, waiting, under_way, unknown, refused, sent, delivered, was_read, failed, not_sent,"
    " opt_outs, clicks FROM campaign_sum WHERE kind = 5 AND number = 0 AND people > 0;"
    "INSERT INTO campaign_sum (campaign, kind, name, number, used_at, people, waiting, under_way, unknown,"
    " refused, sent, delivered, was_read, failed, not_sent, opt_outs, clicks) SELECT campaign, 2, '', 0, 0,"
    " -people, -waiting, -under_way, -unknown, -refused, -sent, -delivered, -was_read, -failed, -not_sent,"
    " -opt_outs, -clicks FROM campaign_sum WHERE kind = 5 AND number = 0 AND people > 0 ON CONFLICT (campaign,"
    " kind, name, number) DO UPDATE SET people = campaign_sum.people + excluded.people, waiting ="
    " campaign_sum.waiting + excluded.waiting, under_way = campaign_sum.under_way + excluded.under_way,"
    " unknown = campaign_sum.unknown + excluded.unknown, refused = campaign_sum.refused + excluded.refused,"
    " sent = campaign_sum.sent + excluded.sent, delivered = campaign_sum.delivered + excluded.delivered,"
    " was_read = campaign_sum.was_read + excluded.was_read, failed = campaign_sum.failed + excluded.failed,"
    " not_sent = campaign_sum.not_sent + excluded.not_sent, opt_outs = campaign_sum.opt_outs +"
    " excluded.opt_outs, clicks = campaign_sum.clicks + excluded.clicks;";

static const char given_at[] =
    /* of a grant that undoing an import brought back: when it was given (facts.h) */
    "ALTER TABLE consent ADD COLUMN given_at BIGINT;"
    "UPDATE consent SET given_at = (SELECT k.at FROM consent_undo u JOIN consent k ON k.person = consent.person"
    " AND k.leaf = u.restores WHERE u.leaf = consent.leaf)"
    " WHERE EXISTS (SELECT 1 FROM consent_undo WHERE restores IS NOT NULL)"
    " AND leaf IN (SELECT leaf FROM consent_undo WHERE restores IS NOT NULL);"
    /* it does not fit into their copies */
    "UPDATE person SET acts = NULL WHERE EXISTS (SELECT 1 FROM consent_undo WHERE restores IS NOT NULL)"
    " AND id IN (SELECT person FROM consent WHERE given_at IS NOT NULL);"
    /* an undo that broke off is gone on with */
    "CREATE INDEX consent_import_undoing ON consent_import (id) WHERE state = 5;";

const struct migration tables[] = {
	{ 1,
	    "accounts: tenant, portfolios, WABAs with what Meta said and was asked, numbers with their warm-up, pauses by cause",
	    accounts },
	{ 2, "templates, texts that they had, why they stopped, how far they are released",
	    templates },
	{ 3,
	    "integrations: register, its history, uses, scans and what they found, webhooks held back; messages that passed by",
	    integrations },
	{ 4, "people: identity, acts and their sealed records, keys, suppression, marks", people },
	{ 5, "traffic: contacts made, had and not answered, reach, hours, signals, resumes",
	    traffic },
	{ 6,
	    "decisions: journal by person, campaign and what its stretches bear, with room for outcomes, former judgements, what waits, outbox, keys, ledger with tree and its last check",
	    decisions },
	{ 7,
	    "webhooks: facts seen and their log, inbox, quarantine, forwards, deliveries, media, alarms, alerts by way, notices",
	    webhooks },
	{ 8, "evidence: requests, links, posts, attachments, stops by code and words", evidence },
	{ 9, "imports: their state, what they did not take, what answers them", imports },
	{ 10, "states: how accounts, numbers and templates changed", states },
	{ 11, "incidents: what happened, and every step of theirs", incidents },
	{ 12,
	    "triggers: what events become, those that were taken, useless ones in a row; automatic replies",
	    triggers },
	{ 13, "campaigns: what is said to whom, who allowed it, and how far it came", campaigns },
	{ 14, "users: who signs in to the console and by what, and what operators did", users },
	{ 15, "policies: what is set over the pack, and who wants what of it", policies },
	{ 16, "decisions: what is noted of people lies in pages; message ids of each stretch",
	    noted_again },
	{ 17, "incidents: those whose windows are not counted yet", incidents_uncounted },
	{ 18, "people: acts, and whether there are contacts, in the person's own row",
	    people_near },
	{ 19, "campaigns: their figures, kept beside the rows that they count", campaign_sums },
	{ 20, "imports: what a later one said as well; what an answer brings back", said_again },
	{ 21, "campaigns: audiences that take the place of others; who has no template yet",
	    campaign_edits },
	{ 22, "consents: when those were given that came back; imports that are being undone",
	    given_at },
};
const size_t tables_len = ARRAY_LEN(tables);
