#include "domain/notice_private.h"

#include "base/check.h"

#define TEXT_MAX (64u << 10) /* of the text that is looked at */

/* --- words ---------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *text;
	bool good;
} kinds[NOTICE_KINDS] = {
	[NOTICE_UNKNOWN] = { "unknown", N_("Nothing in this e-mail is a notice that Varco knows."),
	    false },
	[NOTICE_WARNING] = { "warning", N_("Meta warns that the account violated a policy."),
	    false },
	[NOTICE_RESTRICTED] = { "restricted", N_("Meta restricted the account for some time."),
	    false },
	[NOTICE_DISABLE_SCHEDULED] = { "disable_scheduled",
	    N_("Meta is going to disable the account."), false },
	[NOTICE_DISABLED] = { "disabled", N_("Meta disabled the account."), false },
	[NOTICE_REINSTATED] = { "reinstated", N_("Meta gave the account back."), true },
	[NOTICE_LIFTED] = { "lifted", N_("Meta ended a restriction."), true },
	[NOTICE_TEMPLATE_PAUSED] = { "template_paused", N_("Meta paused a template."), false },
	[NOTICE_TEMPLATE_DISABLED] = { "template_disabled", N_("Meta disabled a template."),
	    false },
	[NOTICE_QUALITY_LOW] = { "quality_low", N_("Meta rates the quality as low."), false },
	[NOTICE_LIMIT] = { "limit", N_("Meta changed how many people may be written to in a day."),
	    false },
	[NOTICE_REVIEW_REVERSED] = { "review_reversed", N_("A review reversed Meta's decision."),
	    true },
	[NOTICE_REVIEW_UNCHANGED] = { "review_unchanged",
	    N_("A review left Meta's decision as it was."), false },
};

const char *notice_kind_name(enum notice_kind k)
{
	return kinds[k].name;
}

const char *notice_kind_text(enum notice_kind k)
{
	return kinds[k].text;
}

bool notice_is_good_news(enum notice_kind k)
{
	return kinds[k].good;
}

static const struct {
	const char *name, *text;
} doubts[NOTICE_DOUBTS] = {
	{ "sender", N_("The sender is no address of Meta's.") },
	{ "lookalike", N_("The sender's domain only sounds like one of Meta's.") },
	{ "link", N_("A link in it leads to a host that is not Meta's.") },
	{ "bait", N_("It asks for a password, a code or money, which notices never do.") },
	{ "signature", N_("The server that received it could not confirm the sender.") },
	{ "reply", N_("Answers to it would go to an address that is not Meta's.") },
};

static size_t index_of(unsigned bit)
{
	size_t i = 0;

	while (i < NOTICE_DOUBTS - 1 && bit != 1u << i)
		i++;
	return i;
}

const char *notice_doubt_name(unsigned bit)
{
	return doubts[index_of(bit)].name;
}

const char *notice_doubt_text(unsigned bit)
{
	return doubts[index_of(bit)].text;
}

struct str notice_cut(struct str s, size_t most)
{
	size_t n = s.len < most ? s.len : most;

	while (n > 0 && n < s.len && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return str_sub(s, 0, n);
}

const struct pack_phrases *notice_words(const struct notice_look *l, const char *what, size_t *from)
{
	for (size_t i = *from; i < l->words->words.len; i++) {
		if (str_eq_c(l->words->words.rows[i].what, what)) {
			*from = i + 1;
			return &l->words->words.rows[i];
		}
	}
	return NULL;
}

/* --- the kind ------------------------------------------------------------------------------------- */

static enum notice_kind kind_named(struct str name)
{
	for (int k = NOTICE_UNKNOWN + 1; k < NOTICE_KINDS; k++) {
		if (str_eq_c(name, kinds[k].name))
			return (enum notice_kind)k;
	}
	return NOTICE_UNKNOWN;
}

static bool kind_in(
    const struct notice_look *l, struct str folded, struct notice *n, struct str *phrase)
{
	const struct pack_phrase_rows *rows = &l->words->kinds;

	for (size_t i = 0; i < rows->len; i++) {
		if (!pack_phrases_fit(&rows->rows[i], folded, phrase))
			continue;
		n->kind = kind_named(rows->rows[i].what);
		return n->kind != NOTICE_UNKNOWN;
	}
	return false;
}

/* The e-mail that is the notice: the one inside, if there is one. */
static const struct mime_message *message_of(const struct mime_mail *m)
{
	return m->inner.headers_len ? &m->inner : &m->outer;
}

/* The line that has the phrase, as it was written; the subject when no single line has it. */
static int keep_words(const struct notice_look *l, struct str phrase, struct notice *n)
{
	struct str rest = l->body;

	n->words = notice_cut(mime_header(message_of(l->mail), "Subject"), NOTICE_VALUE_MAX);
	while (rest.len) {
		struct str line = notice_cut(str_trim(str_cut(&rest, '\n')), NOTICE_LINE_MAX);
		struct str folded = pack_phrase_fold(l->a, line);
		if (!folded.p)
			return -E_NOMEM;
		if (!pack_phrase_in(folded, phrase))
			continue;
		n->words = notice_cut(line, NOTICE_VALUE_MAX);
		break;
	}
	return 0;
}

/* What the subject says is what the notice is about; its text may speak of other things too. */
static int find_kind(const struct notice_look *l, struct notice *n)
{
	struct str phrase = STR_NONE;

	if (!kind_in(l, l->subject, n, &phrase) && !kind_in(l, l->text, n, &phrase))
		return 0;
	return keep_words(l, phrase, n);
}

/* --- how wide, how long ---------------------------------------------------------------------------- */

static void add_type(struct notice *n, struct str type)
{
	if (n->types_len < NOTICE_TYPES_MAX)
		n->types[n->types_len++] = type;
}

/* Words first; else the ladder by days; else everything. */
static void find_types(const struct notice_look *l, struct notice *n)
{
	const struct pack_phrase_rows *covers = &l->words->covers;
	bool told = false;

	for (size_t i = 0; i < covers->len; i++) {
		if (!pack_phrases_fit(&covers->rows[i], l->text, NULL))
			continue;
		add_type(n, covers->rows[i].what);
		/* Numbers may not be added at every step: that alone does not tell the scope. */
		told = told ||
		    !str_eq(covers->rows[i].what, STR("RESTRICTED_ADD_PHONE_NUMBER_ACTION"));
	}
	if (told)
		return;
	bool narrow = n->days && n->days <= l->words->sending_days;
	const struct pack_words *by_days = narrow ? &l->words->sending : &l->words->all;
	for (size_t i = 0; i < by_days->len; i++)
		add_type(n, by_days->items[i]);
}

/* A date that is told; else so many days from the notice; else as long as a restriction can be. */
static void find_end(const struct notice_look *l, struct notice *n)
{
	time_ms from = n->sent_at != TIME_NONE && n->sent_at < l->now ? n->sent_at : l->now;
	int64_t days = n->days ? n->days : l->words->unknown_days;

	n->until = n->at != TIME_NONE && !n->days ? n->at : from + days * MS_PER_DAY;
}

int notice_read(const struct pack *pack, const struct mime_mail *mail, time_ms now, struct arena *a,
    struct notice *ret, struct err *err)
{
	const struct mime_message *m = message_of(mail);
	struct notice n = { .until = TIME_NONE, .at = TIME_NONE, .sent_at = m->date };
	struct notice_look l = { .words = pack_notices(pack), .mail = mail, .a = a, .now = now };

	l.body = notice_cut(mail->text, TEXT_MAX);
	l.subject = pack_phrase_fold(a, m->subject);
	const struct str parts[] = { m->subject, STR("\n"), l.body };
	struct str all = arena_join(a, parts, ARRAY_LEN(parts));
	l.text = all.p ? pack_phrase_fold(a, all) : STR_NONE;
	n.forwarded = mail->inner.headers_len > 0;
	n.damaged = mail->damaged;
	int r = l.subject.p && l.text.p ? notice_find(&l, &n) : -E_NOMEM;
	if (r == 0)
		r = find_kind(&l, &n);
	if (r == 0)
		r = notice_doubt(&l, &n);
	if (r < 0)
		return err_set(err, E_NOMEM, "Memory ran out while reading a notice.");
	if (n.kind == NOTICE_RESTRICTED) {
		find_types(&l, &n);
		find_end(&l, &n);
	}
	if (n.kind != NOTICE_DISABLE_SCHEDULED)
		n.at = TIME_NONE;
	*ret = n;
	return 0;
}

/* --- in words --------------------------------------------------------------------------------------- */

static void write_doubts(const struct notice *n, enum lang lang, struct json_writer *w)
{
	jw_key(w, "suspicious");
	jw_array(w);
	for (size_t i = 0; i < NOTICE_DOUBTS; i++) {
		if (!(n->doubts & 1u << i))
			continue;
		jw_object(w);
		jw_member_c(w, "id", doubts[i].name);
		jw_member_c(w, "text", lang_text(lang, doubts[i].text));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_checks(const struct notice *n, struct json_writer *w)
{
	jw_key(w, "authentication");
	jw_object(w);
	jw_member_str(w, "by", n->checked_by);
	jw_member_str(w, "dkim", n->dkim);
	jw_member_str(w, "spf", n->spf);
	jw_member_str(w, "dmarc", n->dmarc);
	jw_object_end(w);
}

static void write_count(struct json_writer *w, const char *key, int64_t n)
{
	jw_key(w, key);
	if (n)
		jw_int(w, n);
	else
		jw_null(w);
}

void notice_write(const struct notice *n, enum lang lang, struct json_writer *w)
{
	jw_member_c(w, "kind", kinds[n->kind].name);
	jw_member_c(w, "text", lang_text(lang, kinds[n->kind].text));
	jw_member_c(w, "level", "reported");
	write_doubts(n, lang, w);
	jw_member_str(w, "sender", n->sender);
	jw_member_bool(w, "forwarded", n->forwarded);
	jw_member_bool(w, "damaged", n->damaged);
	write_checks(n, w);
	jw_member_time(w, "sent_at", n->sent_at);
	jw_member_str(w, "words", n->words);
	jw_member_str(w, "waba", n->waba);
	jw_member_str(w, "number", n->number);
	jw_member_str(w, "phone", n->phone);
	jw_member_str(w, "business", n->business);
	jw_member_str(w, "template", n->tpl);
	jw_member_str(w, "reference", n->reference);
	jw_member_str(w, "violation", n->violation);
	jw_key(w, "restrictions");
	jw_array(w);
	for (size_t i = 0; i < n->types_len; i++)
		jw_str(w, n->types[i]);
	jw_array_end(w);
	write_count(w, "days", n->days);
	jw_member_time(w, "until", n->until);
	jw_member_time(w, "happens_at", n->at);
	write_count(w, "limit", n->limit);
}
