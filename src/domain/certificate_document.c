/* What an act says is told from what its entry commits to, by the table below: a member more in the
 * content is a row more here. Labels and words are msgids. */
#include "domain/certificate.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/telling.h"

struct teller {
	const struct certificate *c;
	struct document *d;
	enum lang lang;
	struct arena *a;
};

static const char *tell(const struct teller *t, const char *msgid)
{
	return lang_text(t->lang, msgid);
}

#define SAY(t, ...) arena_printf((t)->a, __VA_ARGS__)

/* --- words ------------------------------------------------------------------------------------ */

#define WORD(t, words, word) telling_word((t)->lang, TELLING_##words, (word))

static struct str told_time(const struct teller *t, time_ms at)
{
	char text[DOCUMENT_TIME_MAX];

	document_time(at, text);
	return SAY(t, "%s", text[0] ? text : "-");
}

/* In a table there is room for whole seconds. */
static struct str told_second(const struct teller *t, time_ms at)
{
	return told_time(t, at - at % MS_PER_S);
}

static struct str number(const struct teller *t, int64_t n)
{
	return SAY(t, "%lld", (long long)n);
}

/* --- what an act says ------------------------------------------------------------------------- */

enum value {
	VALUE_TEXT,
	VALUE_MONO,
	VALUE_TIME,
	VALUE_EVIDENCE,
	VALUE_WORDING,
	VALUE_OBJECT,
	VALUE_FILES
};

static const struct {
	const char *path; /* in the content */
	const char *label;
	enum value value;
} lines[] = {
	{ "at", N_("Time of the act, as told"), VALUE_TIME },
	{ "recorded_at", N_("Recorded here"), VALUE_TIME },
	{ "evidence", N_("Evidence"), VALUE_EVIDENCE },
	{ "details.channel", N_("Channel"), VALUE_TEXT },
	{ "details.how", N_("How it was given"), VALUE_TEXT },
	{ "source", N_("Source"), VALUE_TEXT },
	{ "wording", N_("Text that was shown"), VALUE_WORDING },
	{ "details.text_version", N_("Version of the text"), VALUE_TEXT },
	{ "details.language", N_("Language of the text"), VALUE_TEXT },
	{ "details.notice_version", N_("Version of the privacy notice"), VALUE_TEXT },
	{ "details.notice_url", N_("Address of the privacy notice"), VALUE_TEXT },
	{ "details.terms_version", N_("Version of the terms"), VALUE_TEXT },
	{ "details.terms_url", N_("Address of the terms"), VALUE_TEXT },
	{ "details.proof.request", N_("Request on WhatsApp"), VALUE_TEXT },
	{ "details.proof.asked", N_("Decision that sent the question"), VALUE_TEXT },
	{ "details.proof.link", N_("Entry link"), VALUE_TEXT },
	{ "details.proof.reply", N_("Answered by"), VALUE_TEXT },
	{ "details.proof.message", N_("Meta's id of the person's message"), VALUE_MONO },
	{ "details.proof.number", N_("Number that it came to"), VALUE_TEXT },
	{ "details.proof.post", N_("SHA-256 of the signed webhook"), VALUE_MONO },
	{ "details.proof.signature", N_("Signature of the webhook"), VALUE_MONO },
	{ "details.attachments", N_("Attachments"), VALUE_FILES },
	{ "import", N_("Import"), VALUE_TEXT },
	{ "attributes", N_("Further columns of the import"), VALUE_OBJECT },
};

/* One a line: type, bytes, SHA-256. */
static struct str told_files(const struct teller *t, const struct json *files)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < json_len(files); i++) {
		const struct json *file = json_at(files, i);
		struct str type = json_str(json_get(file, "type"));
		struct str digest = json_str(json_get(file, "sha256"));
		int64_t bytes = 0;
		(void)json_int(json_get(file, "bytes"), &bytes);
		buf_addf(&out, "%s%.*s, ", i ? "\n" : "", STR_ARG(type));
		buf_addf(&out, tell(t, N_("%lld bytes")), (long long)bytes);
		buf_addf(&out, ", SHA-256 %.*s", STR_ARG(digest));
	}
	struct str ret = out.failed ? STR_NONE : arena_str(t->a, buf_str(&out));
	buf_done(&out);
	return ret;
}

/* A list of "name: value", as the columns of an import are; other objects as they are. */
static struct str told_object(const struct teller *t, struct str text)
{
	const struct json *object, *value;
	struct json_iter it;
	struct buf out;
	struct str name;

	if (json_read(t->a, text, &object, NULL) < 0 || json_type(object) != JSON_OBJECT)
		return text;
	buf_init(&out, 0);
	json_iter_init(&it, object);
	while (json_iter_next(&it, &name, &value)) {
		buf_addf(&out, "%s%.*s: ", out.len ? "\n" : "", STR_ARG(name));
		if (json_type(value) == JSON_STRING)
			buf_add(&out, json_str(value));
		else
			json_print(&out, value);
	}
	struct str ret = out.failed ? STR_NONE : arena_str(t->a, buf_str(&out));
	buf_done(&out);
	return ret;
}

/* p NULL = there is nothing to tell. */
static struct str told_value(const struct teller *t, const struct json *v, enum value kind)
{
	int64_t at;

	if (kind == VALUE_TIME)
		return json_int(v, &at) ? told_time(t, at) : STR_NONE;
	if (kind == VALUE_FILES)
		return json_len(v) ? told_files(t, v) : STR_NONE;
	struct str text = json_str(v);
	if (kind == VALUE_OBJECT)
		return text.len ? told_object(t, text) : STR_NONE;
	if (kind == VALUE_EVIDENCE && text.p)
		return str_c(WORD(t, EVIDENCES, text.p));
	return text.len ? text : STR_NONE;
}

static void tell_entry(const struct teller *t, const struct certificate_entry *e)
{
	char hex[2 * SHA256_LEN + 1] = "";

	if (e->leaf.commitment.len == SHA256_LEN)
		hex_encode(e->leaf.commitment.p, SHA256_LEN, hex);
	document_line(t->d, tell(t, N_("Entry in the ledger")), number(t, e->leaf.seq));
	document_line_mono(t->d, tell(t, N_("Commitment")), str_c(hex));
	if (!e->covered)
		document_line(t->d, tell(t, N_("Checkpoint")),
		    str_c(tell(t, N_("none covers this entry yet"))));
}

/* What is missing of a grant is a fact as well. */
static void tell_line(
    const struct teller *t, size_t i, const struct json *content, enum consent_act act)
{
	const char *label = tell(t, lines[i].label);
	struct str value = told_value(t, json_path(content, lines[i].path), lines[i].value);

	if (lines[i].value == VALUE_WORDING && act == CONSENT_WITHDRAW)
		label = tell(t, N_("Words of the withdrawal"));
	else if (lines[i].value == VALUE_WORDING && !value.p)
		value = str_c(tell(t, N_("not on record")));
	if (value.p)
		(lines[i].value == VALUE_MONO ? document_line_mono : document_line)(
		    t->d, label, value);
}

static void tell_content(
    const struct teller *t, const struct certificate_entry *e, enum consent_act act)
{
	const struct json *content;

	if (!e->content.p || json_read(t->a, e->content, &content, NULL) < 0) {
		document_paragraph(t->d,
		    str_c(tell(t,
			N_("What this entry stood for has been erased; the entry itself remains."))));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (lines[i].value != VALUE_EVIDENCE || act == CONSENT_GRANT)
			tell_line(t, i, content, act);
	}
}

static void tell_act(const struct teller *t, const struct certificate_act *a, size_t n)
{
	bool granted = a->act.act == CONSENT_GRANT;

	document_subheading(t->d,
	    SAY(t, "%zu. %s: %s", n,
		granted ? tell(t, N_("Consent given")) : tell(t, N_("Consent withdrawn")),
		WORD(t, PURPOSES, purpose_name(a->act.purpose))));
	tell_content(t, &a->entry, a->act.act);
	tell_entry(t, &a->entry);
}

/* --- parts ------------------------------------------------------------------------------------ */

static struct str ids_of(const struct teller *t)
{
	struct buf out;
	char id[ID_TEXT_MAX];

	buf_init(&out, 0);
	for (size_t i = 0; i < t->c->former_len; i++) {
		id_format("per", t->c->former[i], id);
		buf_addf(&out, "%s%s", i ? ", " : "", id);
	}
	struct str ret = out.failed ? STR_NONE : arena_str(t->a, buf_str(&out));
	buf_done(&out);
	return ret;
}

static void tell_person(const struct teller *t)
{
	const struct certificate *c = t->c;
	char id[ID_TEXT_MAX], phone[CERTIFICATE_PHONE_MAX];

	id_format("per", c->person.id, id);
	certificate_phone(c, phone);
	document_heading(t->d, str_c(tell(t, N_("Person"))));
	document_line(t->d, tell(t, N_("Id here")), str_c(id));
	if (c->former_len)
		document_line(t->d, tell(t, N_("Former ids")), ids_of(t));
	if (phone[0])
		document_line(t->d, tell(t, N_("Telephone number")), str_c(phone));
	if (c->bsuid.p)
		document_line(t->d, tell(t, N_("WhatsApp user id")), c->bsuid);
	document_line(t->d, tell(t, N_("Issued")), told_time(t, c->issued_at));
	if (c->person.flags & PERSON_SUPPRESSED)
		document_line(t->d, tell(t, N_("Suppression list")),
		    str_c(tell(t, N_("the person is on it"))));
	if (c->person.flags & PERSON_META_STOP)
		document_line(t->d, tell(t, N_("Choice in WhatsApp")),
		    str_c(tell(t, N_("marketing messages stopped"))));
	if (c->masked && phone[0])
		document_note(t->d,
		    str_c(tell(t,
			N_("The telephone number is masked. Whoever may see it can have it shown: \"--unmasked\", which is recorded."))));
}

static void tell_standing(const struct teller *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Purpose")), 4, false },
		{ tell(t, N_("On record")), 4, false },
		{ tell(t, N_("Since")), 4, false },
		{ tell(t, N_("Entry")), 1, true },
	};

	document_heading(t->d, str_c(tell(t, N_("The newest act for each purpose"))));
	document_table(t->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < CERTIFICATE_PURPOSES; i++) {
		const struct certificate_standing *s = &t->c->standing[i];
		const char *on_record = !s->act        ? N_("nothing")
		    : s->act->act.act == CONSENT_GRANT ? N_("consent given")
						       : N_("consent withdrawn");
		document_row(t->d,
		    (const struct str[]){
			str_c(WORD(t, PURPOSES, purpose_name(s->purpose))),
			str_c(tell(t, on_record)),
			s->act ? told_time(t, s->act->act.at) : STR("-"),
			s->act ? number(t, s->act->act.leaf) : STR("-"),
		    });
	}
}

static void tell_acts(const struct teller *t)
{
	document_heading(t->d, str_c(tell(t, N_("What was agreed, and what changed"))));
	if (!t->c->acts_len)
		document_paragraph(
		    t->d, str_c(tell(t, N_("No act of consent of this person is on record."))));
	for (size_t i = 0; i < t->c->acts_len; i++)
		tell_act(t, &t->c->acts[i], i + 1);
}

/* A number inside a change is shown as the person's own is. */
static struct str told_phone(const struct teller *t, struct str text)
{
	char out[CERTIFICATE_PHONE_MAX];
	struct phone phone;

	if (!text.len || phone_parse(text, STR_NONE, &phone, NULL, NULL) < 0)
		return STR("-");
	if (t->c->masked)
		phone_format_masked(phone, out);
	else
		phone_format(phone, out);
	return SAY(t, "%s", out);
}

static struct str told_change(const struct teller *t, const struct person_change *x)
{
	const struct json *detail;
	struct str bsuid, gone;

	if (json_read(t->a, x->detail, &detail, NULL) < 0)
		return x->what;
	if (str_eq_c(x->what, "phone"))
		return SAY(t, tell(t, N_("telephone number: %s, before that %s")),
		    told_phone(t, json_str(json_get(detail, "to"))).p,
		    told_phone(t, json_str(json_get(detail, "from"))).p);
	bsuid = json_str(json_get(detail, "bsuid"));
	if (bsuid.p)
		return SAY(t, tell(t, N_("WhatsApp user id %s")), bsuid.p);
	gone = json_str(json_get(detail, "gone"));
	if (gone.p)
		return SAY(t, tell(t, N_("found to be the same person as %s")), gone.p);
	return x->what;
}

static void tell_changes(const struct teller *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Time")), 1, false },
		{ tell(t, N_("What was learned")), 2, false },
	};

	if (!t->c->changes_len)
		return;
	document_heading(t->d, str_c(tell(t, N_("Changes of identity"))));
	document_table(t->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->c->changes_len; i++)
		document_row(t->d,
		    (const struct str[]){
			told_time(t, t->c->changes[i].at),
			told_change(t, &t->c->changes[i]),
		    });
}

static struct str told_outcome(const struct teller *t, const struct journal_entry *send)
{
	const char *state = WORD(t, STATES, send_state_name(send->state));

	return send->error_code ? SAY(t, "%s (%lld)", state, (long long)send->error_code)
				: str_c(state);
}

static void tell_message(const struct teller *t, const struct certificate_message *m)
{
	char id[ID_TEXT_MAX];

	id_format("dec", m->send.id, id);
	document_row(t->d,
	    (const struct str[]){
		number(t, m->entry.leaf.seq),
		told_second(t, m->send.at),
		str_c(id),
		m->send.purpose == PURPOSE_NONE
		    ? STR("-")
		    : str_c(WORD(t, PURPOSES, purpose_name(m->send.purpose))),
		m->send.template_name.len ? m->send.template_name
					  : str_c(WORD(t, KINDS, message_kind_name(m->send.kind))),
		told_outcome(t, &m->send),
		m->consent ? number(t, m->consent) : STR("-"),
	    });
}

static void tell_messages(const struct teller *t)
{
	const struct document_column columns[] = {
		{ tell(t, N_("Entry")), 6, true },
		{ tell(t, N_("Time")), 12, false },
		{ tell(t, N_("Decision")), 12, true },
		{ tell(t, N_("Purpose")), 10, false },
		{ tell(t, N_("Template")), 13, false },
		{ tell(t, N_("Outcome")), 11, false },
		{ tell(t, N_("Consent")), 8, true },
	};
	const struct certificate *c = t->c;

	document_heading(t->d, str_c(tell(t, N_("Messages"))));
	document_paragraph(t->d,
	    SAY(t,
		tell(t,
		    N_("Messages to this person that were decided about: %lld; listed here: %zu.")),
		(long long)c->messages_all, c->messages_len));
	if (!c->messages_len)
		return;
	document_paragraph(t->d,
	    str_c(tell(t,
		N_("\"Consent\" is the entry of the newest act for the purpose that was on record when the message was decided about. The ledger commits to each decision; template and outcome are from the journal and are not under the ledger."))));
	document_table(t->d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < c->messages_len; i++)
		tell_message(t, &c->messages[i]);
}

static void tell_proof(const struct teller *t)
{
	const struct certificate *c = t->c;

	document_heading(t->d, str_c(tell(t, N_("Checkpoint, and how to check"))));
	if (!c->point.size) {
		document_paragraph(t->d,
		    str_c(tell(t,
			N_("The ledger has not been signed yet, so nothing here can be checked."))));
		return;
	}
	document_paragraph(t->d,
	    str_c(tell(t,
		N_("Each entry named above is a leaf of a Merkle tree (RFC 9162). The checkpoint below signs the root of that tree with Ed25519."))));
	document_line(t->d, tell(t, N_("Entries under it")), number(t, c->point.size));
	document_line(t->d, tell(t, N_("Signed")), told_time(t, c->point.at));
	document_line_mono(t->d, tell(t, N_("Key of the ledger")), c->key);
	document_code(t->d, c->point.note);
	document_paragraph(t->d,
	    str_c(tell(t,
		N_("The certificate in JSON has the record behind every entry, its salt, and the path from the entry to the root. Anyone can check it without Varco, with Python and openssl:"))));
	document_code(
	    t->d, STR("tools/ledger_verify.py certificate certificate.json --key ledger.pub"));
	document_note(t->d,
	    str_c(tell(t,
		N_("Take the key, ledger.pub, from where you trust it, not from here. What is checked shows that these entries are in the ledger and were not changed; it does not show that there are no others. Times of acts are as they were told; times of recording are this installation's."))));
}

/* --- the document ----------------------------------------------------------------------------- */

struct document *certificate_document(const struct certificate *c, enum lang lang, struct arena *a)
{
	char id[ID_TEXT_MAX], at[DOCUMENT_TIME_MAX];
	const char *title = lang_text(lang, N_("Certificate of consent"));
	struct teller t = { .c = c, .lang = lang, .a = a };

	id_format("per", c->person.id, id);
	document_time(c->issued_at, at);
	struct str foot = arena_printf(a, "%s · %s · %s", title, id, at);
	t.d = document_new(a, lang, c->issued_at, str_c(title), foot);
	if (!t.d || !foot.p)
		return NULL;
	document_set_subtitle(t.d, SAY(&t, "%s · %s", id, at));
	document_paragraph(t.d,
	    str_c(tell(&t,
		N_("What is on record here about one person's consent to be written to on WhatsApp. These are facts, not a legal opinion. All times are UTC, with their offset."))));
	tell_person(&t);
	tell_standing(&t);
	tell_acts(&t);
	tell_changes(&t);
	tell_messages(&t);
	tell_proof(&t);
	return t.d;
}
