#include "domain/dossier.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/ledger_content.h"

static void member_hex(struct json_writer *w, const char *key, struct str bytes)
{
	char hex[2 * SHA256_LEN + 1];

	if (!bytes.p || bytes.len > SHA256_LEN) {
		jw_member_str(w, key, STR_NONE);
		return;
	}
	hex_encode(bytes.p, bytes.len, hex);
	jw_member_c(w, key, hex);
}

static void member_id(struct json_writer *w, const char *key, const char *prefix, uint64_t id)
{
	char text[ID_TEXT_MAX];

	id_format(prefix, id, text);
	jw_member_c(w, key, text);
}

static void member_raw(struct json_writer *w, const char *key, struct str json)
{
	jw_key(w, key);
	if (json.p)
		jw_raw(w, json);
	else
		jw_null(w);
}

static void member_entry(struct json_writer *w, const char *key, int64_t leaf)
{
	jw_key(w, key);
	if (leaf)
		jw_int(w, leaf);
	else
		jw_null(w);
}

#define SENTENCES_MAX DOSSIER_STEPS_MAX
_Static_assert(DOSSIER_CAUSES_MAX <= SENTENCES_MAX, "room for either");

/* --- the incident ----------------------------------------------------------------------------- */

static void write_incident(const struct dossier *d, struct json_writer *w)
{
	const struct incident *i = &d->incident;

	jw_key(w, "incident");
	jw_object(w);
	member_id(w, "id", INCIDENT_PREFIX, i->id);
	jw_member_str(w, "kind", i->kind);
	jw_member_str(w, "label", i->label);
	jw_member_str(w, "scope", i->scope);
	jw_member_str(w, "object", i->scope_id);
	jw_member_str(w, "origin", i->origin);
	jw_member_c(w, "state", incident_state_name(i->state));
	jw_member_c(w, "outcome", incident_outcome_name(i->outcome));
	jw_member_time(w, "happened_at", i->happened_at);
	jw_member_time(w, "opened_at", i->opened_at);
	jw_member_time(w, "over_at", i->over_at);
	jw_member_time(w, "deadline_at", i->deadline_at);
	jw_member_time(w, "submitted_at", i->submitted_at);
	jw_member_time(w, "closed_at", i->closed_at);
	jw_member_str(w, "reference", i->reference);
	jw_member_str(w, "lessons", i->lessons);
	member_raw(w, "words", i->words);
	jw_object_end(w);
}

static void write_review(const struct dossier *d, struct json_writer *w)
{
	static const char *const reviews[] = { "yes", "perhaps", "no" };
	static const char *const places[] = { "support_home", "whatsapp_manager", "beta_mailbox",
		"none" };

	jw_key(w, "review");
	jw_object(w);
	jw_member_c(w, "can", reviews[d->row->review]);
	jw_member_c(w, "where", places[d->row->where]);
	jw_member_int(w, "answer_hours", d->row->answer_ms / MS_PER_HOUR);
	jw_member_str(w, "source", d->row->source);
	jw_object_end(w);
}

static void write_account(const struct dossier *d, struct json_writer *w)
{
	jw_key(w, "account");
	jw_object(w);
	jw_member_str(w, "portfolio", d->portfolio);
	jw_member_str(w, "waba", d->incident.waba);
	jw_member_str(w, "name", d->account_name);
	jw_member_str(w, "country", d->country);
	jw_member_str(w, "state", d->account_state);
	jw_key(w, "numbers");
	jw_array(w);
	for (size_t i = 0; i < d->numbers_len; i++) {
		jw_object(w);
		jw_member_str(w, "id", d->numbers[i].id);
		jw_member_str(w, "display", d->numbers[i].display);
		jw_member_str(w, "status", d->numbers[i].status);
		jw_member_str(w, "quality", d->numbers[i].quality);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void write_health(const struct dossier *d, struct json_writer *w)
{
	jw_key(w, "health");
	jw_array(w);
	for (size_t i = 0; i < d->health_len; i++) {
		jw_object(w);
		jw_member_str(w, "object", d->health[i].object);
		jw_member_time(w, "at", d->health[i].at);
		jw_member_str(w, "can_send_message", d->health[i].word);
		jw_member_str(w, "answer", d->health[i].answer);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_days(const struct dossier *d, struct json_writer *w)
{
	jw_key(w, "days");
	jw_array(w);
	for (size_t i = 0; i < d->story.days_len; i++) {
		const struct story_day *day = &d->story.days[i];
		jw_object(w);
		jw_member_time(w, "at", day->at);
		jw_member_int(w, "sent", day->sent);
		jw_member_int(w, "marketing", day->marketing);
		jw_member_int(w, "delivered", day->delivered);
		jw_member_int(w, "failed", day->failed);
		jw_member_int(w, "capped", day->capped);
		jw_member_int(w, "opt_outs", day->opt_outs);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_event(const struct dossier *d, const struct story_event *e, struct json_writer *w)
{
	jw_object(w);
	jw_member_time(w, "at", e->at);
	jw_member_c(w, "source", story_source_name(e->source));
	jw_member_str(w, "what", e->what);
	jw_member_str(w, "about", e->about);
	jw_member_str(w, "by", e->by);
	jw_member_str(w, "words", e->words);
	member_entry(w, "entry", e->leaf);
	jw_member_bool(w, "correction", dossier_is_correction(d, e));
	jw_object_end(w);
}

static void write_story(const struct dossier *d, struct json_writer *w)
{
	write_days(d, w);
	jw_key(w, "timeline");
	jw_array(w);
	for (size_t i = 0; i < d->story.events_len; i++)
		write_event(d, &d->story.events[i], w);
	jw_array_end(w);
	jw_key(w, "impact");
	jw_object(w);
	jw_member_int(w, "conversations", d->impact.conversations);
	jw_member_int(w, "held", d->impact.held);
	jw_member_int(w, "people_waiting", d->impact.people_waiting);
	jw_member_int(w, "refused", d->impact.refused);
	jw_key(w, "templates");
	jw_array(w);
	for (size_t i = 0; i < d->impact.templates_len; i++)
		jw_str(w, d->impact.templates[i]);
	jw_array_end(w);
	jw_object_end(w);
}

/* --- what was sent ---------------------------------------------------------------------------- */

static void write_senders(const struct dossier *d, struct json_writer *w)
{
	jw_key(w, "senders");
	jw_array(w);
	for (size_t i = 0; i < d->senders_len; i++) {
		jw_object(w);
		jw_member_str(w, "app", d->senders[i].app);
		jw_member_str(w, "template", d->senders[i].tpl);
		jw_member_str(w, "purpose", d->senders[i].purpose);
		jw_member_int(w, "sent", d->senders[i].sent);
		jw_member_int(w, "failed", d->senders[i].failed);
		jw_member_int(w, "against_policy", d->senders[i].against);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_key(w, "codes");
	jw_array(w);
	for (size_t i = 0; i < d->codes_len; i++) {
		jw_object(w);
		jw_member_int(w, "code", d->codes[i].code);
		jw_member_int(w, "count", d->codes[i].count);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_lists(const struct dossier *d, struct json_writer *w)
{
	jw_key(w, "lists");
	jw_array(w);
	for (size_t i = 0; i < d->lists_len; i++) {
		jw_object(w);
		jw_member_str(w, "import", d->lists[i].import.len ? d->lists[i].import : STR_NONE);
		jw_member_str(w, "name", d->lists[i].name);
		jw_member_int(w, "people", d->lists[i].people);
		jw_member_int(w, "opt_outs", d->lists[i].opt_outs);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_key(w, "spike");
	jw_object(w);
	jw_member_time(w, "day", d->spike.sent ? d->spike.day : TIME_NONE);
	jw_member_int(w, "sent", d->spike.sent);
	jw_member_int(w, "most_before", d->spike.before);
	jw_object_end(w);
}

/* In each language, an array under its code. */
static void write_sentences(const struct dossier *d, struct arena *a, const char *key,
    int (*tell)(const struct dossier *d, enum lang lang, struct arena *a, struct str *ret),
    struct json_writer *w)
{
	struct str sentences[SENTENCES_MAX];

	jw_key(w, key);
	jw_object(w);
	for (int lang = 0; lang < LANGS; lang++) {
		int n = tell(d, (enum lang)lang, a, sentences);
		w->out->failed |= n < 0;
		jw_key(w, lang_code((enum lang)lang));
		jw_array(w);
		for (int i = 0; i < n; i++)
			jw_str(w, sentences[i]);
		jw_array_end(w);
	}
	jw_object_end(w);
}

/* --- people ----------------------------------------------------------------------------------- */

static void write_sampled(const struct dossier_sampled *x, struct json_writer *w)
{
	jw_object(w);
	member_id(w, "person", "per", x->person);
	jw_member_c(w, "phone", x->phone[0] ? x->phone : NULL);
	jw_member_int(w, "sent", x->sent);
	jw_member_c(w, "act", !x->found ? NULL : x->grant ? "grant" : "withdraw");
	jw_member_time(w, "at", x->found ? x->at : TIME_NONE);
	jw_member_time(w, "recorded_at", x->found ? x->recorded_at : TIME_NONE);
	jw_member_c(w, "evidence", x->found ? x->evidence : NULL);
	jw_member_str(w, "source", x->source);
	jw_member_str(w, "wording", x->wording);
	member_entry(w, "entry", x->leaf);
	jw_object_end(w);
}

static void write_people(const struct dossier *d, struct json_writer *w)
{
	jw_key(w, "population");
	jw_object(w);
	jw_member_int(w, "people", d->people);
	jw_member_int(w, "agreed", d->people_agreed);
	jw_member_int(w, "messages", d->messages);
	jw_member_str(w, "seed", d->seed);
	member_hex(w, "sha256", str_n((const char *)d->list_hash.b, SHA256_LEN));
	jw_object_end(w);
	jw_key(w, "sample");
	jw_array(w);
	for (size_t i = 0; i < d->sample_len; i++)
		write_sampled(&d->sample[i], w);
	jw_array_end(w);
	jw_key(w, "opt_outs");
	jw_object(w);
	jw_member_int(w, "count", d->opt_outs.count);
	jw_member_int(w, "median_ms", d->opt_outs.median_ms);
	jw_member_int(w, "worst_ms", d->opt_outs.worst_ms);
	jw_member_int(w, "sent_after", d->opt_outs.sent_after);
	jw_object_end(w);
}

static void write_templates(const struct dossier *d, struct json_writer *w)
{
	jw_key(w, "templates");
	jw_array(w);
	for (size_t i = 0; i < d->templates_len; i++) {
		const struct dossier_template *t = &d->templates[i];
		jw_object(w);
		jw_member_str(w, "name", t->name);
		jw_member_str(w, "language", t->language);
		jw_member_str(w, "category", t->category);
		jw_member_str(w, "status", t->status);
		jw_member_str(w, "quality", t->quality);
		member_raw(w, "problems", t->problems);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_text(struct json_writer *w, const char *key, struct str text)
{
	w->out->failed |= !text.p;
	jw_member_str(w, key, text);
}

static void write_texts(const struct dossier *d, struct arena *a, struct json_writer *w)
{
	jw_key(w, "lengths");
	jw_object(w);
	jw_member_int(w, "review", pack_incidents(d->pack)->review_text_max);
	jw_member_int(w, "ticket", pack_incidents(d->pack)->ticket_text_max);
	jw_object_end(w);
	jw_key(w, "texts");
	jw_object(w);
	for (int lang = 0; lang < LANGS; lang++) {
		jw_key(w, lang_code((enum lang)lang));
		jw_object(w);
		write_text(w, "review", dossier_review_text(d, (enum lang)lang, a));
		write_text(w, "ticket", dossier_ticket_text(d, (enum lang)lang, a));
		jw_object_end(w);
	}
	jw_object_end(w);
}

/* Each of them, for who asked for it. */
static void write_asked(const struct dossier *d, struct json_writer *w)
{
	char phone[PHONE_TEXT_MAX];

	if (!d->personal)
		return;
	jw_key(w, "asked");
	jw_array(w);
	for (size_t i = 0; i < d->asked_len; i++) {
		const struct dossier_asked *x = &d->asked[i];
		jw_object(w);
		member_id(w, "person", "per", x->person);
		phone_format(x->phone, phone);
		jw_member_c(w, "phone", x->phone.number ? phone : NULL);
		jw_member_c(w, "evidence", x->evidence);
		jw_member_str(w, "source", x->source);
		jw_member_bool(w, "wrote", x->wrote);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_member_bool(w, "asked_more", d->asked_more);
}

static void write_plan(const struct dossier *d, struct arena *a, struct json_writer *w)
{
	struct dossier_day days[DOSSIER_DAYS_MAX];
	size_t days_len = dossier_calendar(d->pack, days);

	jw_key(w, "plan");
	if (!dossier_is_gone(d)) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_key(w, "warmup");
	jw_array(w);
	for (size_t i = 0; i < days_len; i++)
		jw_int(w, days[i].cap);
	jw_array_end(w);
	jw_key(w, "calendar");
	jw_array(w);
	for (size_t i = 0; i < days_len; i++) {
		jw_object(w);
		jw_member_int(w, "day", days[i].day);
		jw_member_int(w, "people", days[i].cap);
		jw_member_int(w, "an_hour", days[i].hour);
		jw_member_c(w, "who", days[i].who);
		jw_object_end(w);
	}
	jw_array_end(w);
	write_sentences(d, a, "first", dossier_first_steps, w);
	jw_key(w, "people");
	jw_array(w);
	for (size_t i = 0; i < d->again_len; i++) {
		jw_object(w);
		jw_member_c(w, "evidence", d->again[i].evidence);
		jw_member_str(w, "source", d->again[i].source);
		jw_member_int(w, "people", d->again[i].people);
		jw_member_int(w, "wrote", d->again[i].wrote);
		jw_object_end(w);
	}
	jw_array_end(w);
	write_asked(d, w);
	jw_object_end(w);
}

static void write_frame(const struct dossier *d, struct json_writer *w)
{
	member_hex(w, "tenant", str_n((const char *)d->tenant.b, LEDGER_TENANT_LEN));
	jw_member_str(w, "checkpoint", d->point.size ? d->point.note : STR_NONE);
	jw_member_str(w, "key", d->key);
}

void dossier_write_json(const struct dossier *d, struct buf *out)
{
	struct arena *a = arena_new(0, 0);
	struct json_writer w;

	if (!a) {
		out->failed = true;
		return;
	}
	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "format", DOSSIER_FORMAT);
	jw_member_time(&w, "made_at", d->made_at);
	jw_member_bool(&w, "personal_data", d->personal);
	write_incident(d, &w);
	write_review(d, &w);
	write_account(d, &w);
	write_health(d, &w);
	write_story(d, &w);
	write_senders(d, &w);
	write_lists(d, &w);
	write_sentences(d, a, "causes", dossier_causes, &w);
	write_people(d, &w);
	write_templates(d, &w);
	write_texts(d, a, &w);
	write_plan(d, a, &w);
	write_frame(d, &w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
	arena_free(&a);
}

/* --- proofs ----------------------------------------------------------------------------------- */

static void write_path(const struct dossier_entry *e, struct json_writer *w)
{
	jw_key(w, "path");
	if (!e->covered) {
		jw_null(w);
		return;
	}
	jw_array(w);
	for (size_t i = 0; i < e->path.len; i++) {
		char hex[2 * SHA256_LEN + 1];
		hex_encode(e->path.hashes[i].b, SHA256_LEN, hex);
		jw_c(w, hex);
	}
	jw_array_end(w);
}

/* As docs/ledger.md has entries. One whose content is left out stands for no record here. */
static void write_entry(const struct dossier_entry *e, struct json_writer *w)
{
	char record[LEDGER_RECORD_MAX] = "";

	if (e->content.p)
		ledger_record_name(&e->leaf, record);
	jw_object(w);
	jw_member_int(w, "seq", e->leaf.seq);
	jw_member_time(w, "at", e->leaf.at);
	jw_member_int(w, "time", e->leaf.at);
	jw_member_c(w, "type", leaf_type_name(e->leaf.type));
	jw_member_c(w, "record", record[0] ? record : NULL);
	jw_member_str(w, "policy", e->leaf.policy);
	member_hex(w, "commitment", e->leaf.commitment);
	member_hex(w, "salt", e->content.p ? e->leaf.salt : STR_NONE);
	jw_member_str(w, "content", e->content);
	write_path(e, w);
	jw_object_end(w);
}

void dossier_write_proofs(const struct dossier *d, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "format", DOSSIER_FORMAT);
	write_frame(d, &w);
	jw_key(&w, "entries");
	jw_array(&w);
	for (size_t i = 0; i < d->entries_len; i++)
		write_entry(&d->entries[i], &w);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}
