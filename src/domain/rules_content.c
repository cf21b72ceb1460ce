/* 506 to 508 and 601 to 604: what a text says. All of them look at one reading of the text, made by the first that
 * asks. Evidence names class, score and the words that decided, which are words of the lists; never the text. */
#include "base/check.h"
#include "base/lang.h"
#include "domain/content_message.h"
#include "domain/rules_checks.h"
#include "domain/template_signs.h"

/* --- the reading ------------------------------------------------------------------------------ */

static bool has_text(const struct judgement *j)
{
	enum message_kind kind = j->send->kind;

	return kind == MESSAGE_TEMPLATE || kind == MESSAGE_FREE_FORM || kind == MESSAGE_DIRECT;
}

static int see(struct judgement *j)
{
	const struct json *components = j->template_known ? j->facts->tpl.components : NULL;

	if (!j->content)
		j->content = content_seen_take(pack_content(j->pack), j->send, components);
	return j->content ? j->content->rc : -E_NOMEM;
}

/* Of who needs the text itself. */
static int seen_whole(struct judgement *j)
{
	int rc = see(j);

	if (rc == -E_NOMEM)
		j->broken = rc;
	return rc;
}

/* 1 there is a text, and it was read; 0 there is none, or nothing in it, and the rule passes; <0 the rule cannot tell. */
static int seen(struct judgement *j)
{
	if (!has_text(j) || j->facts->foreseen.plain)
		return 0;
	int rc = seen_whole(j);
	return rc < 0 ? rc : 1;
}

static enum answer cannot_tell(struct judgement *j)
{
	j->because = N_(
	    "It cannot be told what the text says: this machine cannot compare it with the lists.");
	return j->broken ? ANSWER_PASS : ANSWER_UNSURE;
}

/* Those that score is asked of here. */
static void score_of(
    struct judgement *j, const struct content_class *class, struct content_score *ret)
{
	content_score(pack_content(j->pack), class, &j->content->reading, ret);
}

static bool has_sign(struct judgement *j, const char *class)
{
	return template_has_sign(j->pack, &j->content->reading, class);
}

static void evidence_score(struct judgement *j, const struct content_class *class,
    const struct content_score *score, int limit)
{
	struct json_writer *w = evidence(j);
	struct buf words;

	buf_init(&words, 0);
	content_show(pack_content(j->pack), buf_str(&j->content->text.text), &j->content->reading,
	    score, &words);
	j->broken = words.failed ? -E_NOMEM : j->broken;
	jw_member_str(w, "class", class->id);
	jw_member_str(w, "words", words.len ? buf_str(&words) : STR(""));
	jw_member_int(w, "score", score->score);
	jw_member_int(w, "limit", limit);
	jw_key(w, "points");
	jw_object(w);
	for (size_t i = 0; i < score->parts_len; i++) {
		jw_key_str(w, score->parts[i].id);
		jw_int(w, score->parts[i].weight);
	}
	jw_object_end(w);
	buf_done(&words);
}

/* --- 601, 602 --------------------------------------------------------------------------------- */

static const struct class_row {
	const char *class, *because;
} class_rows[] = {
	{ "weapons", N_("The text offers weapons, ammunition or explosives ({words}).") },
	{ "hazardous", N_("The text offers dangerous substances ({words}).") },
	{ "drugs", N_("The text offers drugs ({words}).") },
	{ "tobacco", N_("The text offers tobacco or what goes with it ({words}).") },
	{ "alcohol", N_("The text offers alcohol ({words}).") },
	{ "medicines", N_("The text offers medicines or medical products ({words}).") },
	{ "supplements", N_("The text offers unsafe supplements or promises a cure ({words}).") },
	{ "gambling", N_("The text invites people to gamble for money ({words}).") },
	{ "adult", N_("The text offers sexual content or services ({words}).") },
	{ "dating", N_("The text offers dating ({words}).") },
	{ "animals", N_("The text offers live or protected animals ({words}).") },
	{ "body_parts", N_("The text offers parts or fluids of the human body ({words}).") },
	{ "finance",
	    N_("The text offers loans or debt services that the policy forbids ({words}).") },
	{ "schemes", N_("The text promises easy money or recruits sellers ({words}).") },
	{ "currency", N_("The text offers money, real, virtual or false ({words}).") },
	{ "counterfeit", N_("The text offers counterfeit goods or false papers ({words}).") },
	{ "media", N_("The text offers films, channels or programs without a licence ({words}).") },
	{ "violence", N_("The text threatens, incites or exploits people ({words}).") },
	{ "card", N_("The text asks for card numbers ({words}).") },
	{ "secret", N_("The text asks for a PIN, a password or a one-time code ({words}).") },
	{ "bank", N_("The text asks for an account number ({words}).") },
	{ "identity", N_("The text asks for identity numbers or papers ({words}).") },
};

const char *rules_because_of_class(struct str class)
{
	for (size_t i = 0; i < ARRAY_LEN(class_rows); i++) {
		if (str_eq_c(class, class_rows[i].class))
			return class_rows[i].because;
	}
	return NULL;
}

/* The phone's country; without a phone, the letters of the user id (readings 43). */
static struct str country_of(const struct judgement *j)
{
	struct str country = j->send->phone.number ? phone_country(j->send->phone)
						   : bsuid_country(j->send->bsuid);

	return country.len > 0 ? country : STR("");
}

struct best {
	const struct content_class *class;
	struct content_score score;
	enum level level;
};

static enum level level_by(struct judgement *j, const struct content_class *class, int score)
{
	enum level level = score >= class->refuse ? LEVEL_REFUSE : LEVEL_HOLD;

	if (score < class->hold)
		return LEVEL_OFF;
	enum level most = content_level(pack_content(j->pack), class, country_of(j));
	return level < most ? level : most;
}

/* The class with the gravest answer, and of these the one with the highest score. */
static void find_best(struct judgement *j, enum content_use use, struct best *ret)
{
	const struct content_class *class;

	ret->class = NULL;
	ret->level = LEVEL_OFF;
	if (j->content->reading.terms == 0)
		return;
	for (size_t i = 0; (class = content_class_at(pack_content(j->pack), i)); i++) {
		struct content_score score;

		if (class->use != use)
			continue;
		score_of(j, class, &score);
		enum level level = level_by(j, class, score.score);
		if (level > ret->level ||
		    (level == ret->level && ret->class && score.score > ret->score.score)) {
			ret->class = class;
			ret->score = score;
			ret->level = level;
		}
	}
}

/* Filler must not hide what stands behind it. */
static enum answer too_much(struct judgement *j)
{
	judgement_lower(j, LEVEL_HOLD);
	j->because = N_(
	    "The text is so long, or has so many words of the lists, that it cannot be told what it offers.");
	return ANSWER_FAIL;
}

static enum answer check_goods(struct judgement *j, enum content_use use)
{
	struct best best;
	int rc = seen(j);

	if (rc == -E_TOO_LARGE)
		return too_much(j);
	if (rc <= 0)
		return rc < 0 ? cannot_tell(j) : ANSWER_PASS;
	find_best(j, use, &best);
	if (!best.class || best.level == LEVEL_OFF)
		return ANSWER_PASS;
	judgement_lower(j, best.level);
	const char *because = rules_because_of_class(best.class->id);
	j->because = because ? because : j->because;
	evidence_score(j, best.class, &best.score,
	    best.score.score >= best.class->refuse ? best.class->refuse : best.class->hold);
	if (country_of(j).len > 0)
		jw_member_str(evidence(j), "country", country_of(j));
	return ANSWER_FAIL;
}

enum answer check_content_prohibited(struct judgement *j)
{
	return check_goods(j, CONTENT_PROHIBITED);
}

enum answer check_content_sensitive(struct judgement *j)
{
	return check_goods(j, CONTENT_SENSITIVE);
}

/* --- 603 -------------------------------------------------------------------------------------- */

static const char *const link_becauses[LINK_FAULTS] = {
	[LINK_PLAIN] = N_("The link to {host} is not encrypted (http)."),
	[LINK_SCHEME] = N_(
	    "A link of the text ({scheme}) opens neither a page nor a conversation."),
	[LINK_SHORTENER] = N_("The link hides where it leads behind the shortener {host}."),
	[LINK_LOOKALIKE] = N_("The host {host} looks like another's."),
	[LINK_ADDRESS] = N_("The link leads to a bare address ({host}) instead of a name."),
	[LINK_USERINFO] = N_("The link hides its host {host} behind another name."),
};

enum answer check_content_link(struct judgement *j)
{
	const struct content_link *worst = NULL;
	int rc = seen(j);

	if (rc <= 0)
		return rc < 0 ? cannot_tell(j) : ANSWER_PASS;
	for (size_t i = 0; i < j->content->text.links_len; i++) {
		const struct content_link *l = &j->content->text.links[i];

		if (l->fault != LINK_FINE && (!worst || l->fault > worst->fault))
			worst = l;
	}
	if (!worst)
		return ANSWER_PASS;
	j->because = link_becauses[worst->fault];
	jw_member_c(evidence(j), "class", link_fault_name(worst->fault));
	jw_member_c(evidence(j), worst->host[0] ? "host" : "scheme",
	    worst->host[0] ? worst->host : worst->scheme);
	if (worst->like.p) {
		j->because = N_("The host {host} looks like {like}, but is not theirs.");
		jw_member_str(evidence(j), "like", worst->like);
	}
	return ANSWER_FAIL;
}

/* --- 604 -------------------------------------------------------------------------------------- */

enum answer check_content_generic(struct judgement *j)
{
	int64_t count = j->facts->app.same_digest_1h, limit = content_bulk(pack_content(j->pack));

	if (j->purpose != PURPOSE_MARKETING || !has_text(j) || count < limit)
		return ANSWER_PASS;
	jw_member_int(evidence(j), "count", count);
	jw_member_int(evidence(j), "limit", limit);
	return ANSWER_FAIL;
}

/* --- 506 -------------------------------------------------------------------------------------- */

static bool is_announced(const struct judgement *j)
{
	time_ms at = j->facts->tpl.category_change_at;

	return at != TIME_NONE && at <= j->now;
}

/* What Meta says, before any score: from the announced moment on the old category is refused (readings 14). */
static enum answer differs(struct judgement *j)
{
	const struct facts_template *t = &j->facts->tpl;

	evidence_template(j);
	jw_member_c(evidence(j), "declared", purpose_name(t->category));
	jw_member_c(evidence(j), "category", purpose_name(t->correct_category));
	jw_member_time(evidence(j), "from", t->category_change_at);
	if (!is_announced(j))
		judgement_lower(j, LEVEL_WARN);
	return ANSWER_FAIL;
}

static enum answer reads_like(struct judgement *j, enum purpose declared)
{
	static const struct {
		const char *class;
		unsigned declared; /* PURPOSE_BITs that it contradicts */
		const char *because;
	} rows[] = {
		{ "code", PURPOSE_BIT(PURPOSE_UTILITY) | PURPOSE_BIT(PURPOSE_MARKETING),
		    N_("The text reads like a one-time code ({words}; {score} points), which only "
		       "an authentication template may carry.") },
		{ "promotion", PURPOSE_BIT(PURPOSE_UTILITY) | PURPOSE_BIT(PURPOSE_AUTHENTICATION),
		    N_("The text reads like promotion ({words}; {score} points), which only a "
		       "marketing template may carry.") },
	};
	int rc = seen(j);

	if (rc <= 0)
		return rc < 0 ? cannot_tell(j) : ANSWER_PASS;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct content_class *class = content_class_of(
		    pack_content(j->pack), rows[i].class);
		struct content_score score;

		if (!class || !(rows[i].declared & PURPOSE_BIT(declared)))
			continue;
		score_of(j, class, &score);
		if (score.score < class->hold)
			continue;
		if (j->send->kind == MESSAGE_TEMPLATE)
			evidence_template(j);
		jw_member_c(evidence(j), "declared", purpose_name(declared));
		evidence_score(j, class, &score, class->hold);
		j->because = rows[i].because;
		judgement_lower(j, LEVEL_WARN);
		return ANSWER_FAIL;
	}
	return ANSWER_PASS;
}

enum answer check_template_category(struct judgement *j)
{
	const struct facts_template *t = &j->facts->tpl;
	bool tpl = j->send->kind == MESSAGE_TEMPLATE;
	enum purpose declared = tpl ? t->category : j->send->direct_category;

	if ((!tpl && j->send->kind != MESSAGE_DIRECT) || (tpl && !j->template_known) ||
	    declared == PURPOSE_NONE)
		return ANSWER_PASS;
	if (tpl && t->correct_category != PURPOSE_NONE)
		return t->correct_category == declared ? ANSWER_PASS : differs(j);
	return reads_like(j, declared);
}

/* --- 507, 508 --------------------------------------------------------------------------------- */

static bool is_marketing_template(const struct judgement *j)
{
	return j->send->kind == MESSAGE_TEMPLATE && j->template_known &&
	    j->purpose == PURPOSE_MARKETING && json_len(j->facts->tpl.components) > 0;
}

/* A quick reply that is itself a word of the opt-out list. */
static int has_way_out_button(struct judgement *j)
{
	struct str rest = buf_str(&j->content->text.buttons);

	while (rest.len > 0) {
		int rc = template_reply_opts_out(j->pack, j->arena, str_cut(&rest, '\n'));

		if (rc != 0)
			return rc;
	}
	return 0;
}

enum answer check_template_opt_out(struct judgement *j)
{
	int rc;

	if (!is_marketing_template(j))
		return ANSWER_PASS;
	rc = seen_whole(j);
	if (rc < 0)
		return cannot_tell(j);
	if (has_sign(j, "way_out"))
		return ANSWER_PASS;
	rc = has_way_out_button(j);
	if (rc < 0)
		j->broken = rc;
	if (rc != 0)
		return ANSWER_PASS;
	evidence_template(j);
	return ANSWER_FAIL;
}

static bool names(struct judgement *j, struct str name)
{
	int rc = template_names(j->pack, &j->content->reading, name);

	if (rc < 0)
		j->broken = rc;
	return rc > 0;
}

enum answer check_template_identity(struct judgement *j)
{
	if (!is_marketing_template(j))
		return ANSWER_PASS;
	if (seen_whole(j) < 0)
		return cannot_tell(j);
	if (has_sign(j, "contact") || has_sign(j, "sender") || names(j, j->facts->waba.name) ||
	    names(j, j->facts->number.verified_name))
		return ANSWER_PASS;
	if (j->broken)
		return ANSWER_PASS;
	evidence_template(j);
	if (j->facts->waba.name.len > 0)
		jw_member_str(evidence(j), "sender", j->facts->waba.name);
	return ANSWER_FAIL;
}
