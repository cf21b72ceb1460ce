/* domain/template_lint_rules.c: every sentence of the lint, with its rule, level, code and remedy. Subcodes are those of
 * Graph's list of errors on templates (platform facts 6.1, 2026-11-22); where that list has none for a fault, the code is
 * 100 alone. Faults of a component's content have the code of its component. */
#include "domain/template_lint.h"

#include "base/lang.h"

enum {
	CODE_PARAMETERS = 2388039,
	CODE_TOO_LONG = 2388040,
	CODE_BODY = 2388072,
	CODE_HEADER = 2388047,
	CODE_FOOTER = 2388073,
	CODE_RATIO = 2388293,
	CODE_ENDS = 2388299,
	CODE_FULL = 2388019,
	CODE_SAME = 2388024,
};

#define E LINT_ERROR
#define W LINT_WARNING
#define N LINT_NOTE
#define P SUBCODE_OF_PART
static const char see_shape[] = N_(
    "Compare it with the shape that the platform's documentation shows for this part.");
static const char mind_numbers[] = N_("Number them {{1}}, {{2}} and so on, or name every one.");
static const char mind_ends[] = N_(
    "Put a word or a mark before and behind it, such as a greeting or a full stop.");
static const char own_link[] = N_(
    "Link to a page on a domain of your own, with https, and say in the text where it leads.");

const struct lint_row lint_rows_of[LINT_IDS] = {
	[LINT_SHAPE] = { "template.shape", E, P, NULL, see_shape },
	[LINT_LENGTH] = { "template.length", E, CODE_TOO_LONG, NULL,
	    N_("Shorten it; characters are counted, not bytes.") },
	[LINT_NAME] = { "template.name", E, 0,
	    N_("A name has lower-case letters, digits and underscores only."),
	    N_("Write it like \"{proposal}\".") },
	[LINT_LANGUAGE] = { "template.language", E, 0,
	    N_("A language is a code such as it or pt_BR."),
	    N_("Take the code from the platform's list of languages.") },
	[LINT_LIFE] = { "template.life", E, 0,
	    N_("Messages of this category cannot live so long or so short."),
	    N_("Stay within the limit, or leave the member out.") },
	[LINT_NOT_IN_CATEGORY] = { "template.part", E, 0,
	    N_("Templates of this category cannot have this."),
	    N_("Leave it out, or declare another category.") },
	[LINT_TWICE] = { "template.twice", E, 0, N_("This is given twice."),
	    N_("Keep one of them.") },
	[LINT_NO_BODY] = { "template.body", E, CODE_BODY, N_("A template needs a body."),
	    N_("Add a component of type BODY with its text.") },
	[LINT_NO_CODE_BUTTON] = { "template.code_button", E, 0,
	    N_("A template of one-time codes needs its button."),
	    N_("Add a button of type OTP with otp_type COPY_CODE, ONE_TAP or ZERO_TAP.") },
	[LINT_CODE_TEXT] = { "template.code_text", E, CODE_BODY,
	    N_("The text of one-time codes is Meta's own and cannot be written."),
	    N_("Leave \"text\" out; add_security_recommendation and code_expiration_minutes are what "
	       "can be chosen.") },
	[LINT_CARD_IN_CARD] = { "template.cards", E, 0, N_("A card cannot hold cards."),
	    see_shape },
	[LINT_CARD_SHAPES] = { "template.cards", E, 0,
	    N_("All cards must have the same shape as the first."),
	    N_("Give every card the same components.") },
	[LINT_VARIABLE_FORM] = { "variable.form", E, CODE_PARAMETERS,
	    N_("A variable is letters, digits and underscores between double braces."),
	    N_("Write {{1}} or {{order_number}}; signs such as # and $ cannot be part of it.") },
	[LINT_VARIABLE_BESIDE] = { "variable.beside", E, CODE_ENDS,
	    N_("Two variables stand side by side."),
	    N_("Put a word or a mark between them, or make them one.") },
	[LINT_VARIABLE_FIRST] = { "variable.first", E, CODE_ENDS,
	    N_("The text begins with a variable."), mind_ends },
	[LINT_VARIABLE_LAST] = { "variable.last", E, CODE_ENDS,
	    N_("The text ends with a variable."), mind_ends },
	[LINT_VARIABLE_MIXED] = { "variable.names", E, CODE_PARAMETERS,
	    N_("Variables have names or numbers, not both."), mind_numbers },
	[LINT_VARIABLE_FORMAT] = { "variable.names", E, CODE_PARAMETERS,
	    N_("The variables are not as parameter_format says."),
	    N_("Say named for variables with names, positional for numbers.") },
	[LINT_VARIABLE_GAP] = { "variable.names", E, CODE_PARAMETERS,
	    N_("Variables are numbered from 1 on without a gap."), mind_numbers },
	[LINT_VARIABLE_EXAMPLE] = { "variable.example", E, P,
	    N_("Every variable and every medium needs an example."),
	    N_("Give a value that really might stand there: reviewers judge by it.") },
	[LINT_VARIABLE_MANY] = { "variable.header", E, CODE_HEADER,
	    N_("The text has more variables than the platform allows here."),
	    N_("Move the others into the body.") },
	[LINT_VARIABLE_FOOTER] = { "variable.footer", E, CODE_FOOTER,
	    N_("A footer has no variables."), N_("Move it into the body.") },
	[LINT_VARIABLE_RATIO] = { "variable.ratio", E, CODE_RATIO,
	    N_("There are too many variables for so few words."),
	    N_("Write more fixed words around the variables, or make several of them one.") },
	[LINT_BUTTON_VARIABLE] = { "button.variable", E, 0,
	    N_("An address has one variable at most, at its end."),
	    N_("Put the one part that changes at the end: https://example.com/orders/{{1}}.") },
	[LINT_BUTTON_COUNT] = { "button.count", E, 0,
	    N_("There are more buttons of one type than the platform allows."),
	    N_("Keep the ones that people press.") },
	[LINT_BUTTON_APART] = { "button.order", E, 0, N_("Quick replies must stand together."),
	    N_("Put all quick replies before or behind the other buttons.") },
	[LINT_SAME_NAME] = { "template.same", E, CODE_SAME,
	    N_("There are two templates of this name in this language."),
	    N_("Give it another name, or edit the one that is there.") },
	[LINT_SAME_TEXT] = { "template.same", E, 0,
	    N_("\"{other}\" has the same body and footer in this language."),
	    N_("Send that one, or say something else.") },
	[LINT_SAME_NAME_KNOWN] = { "template.same", N, CODE_SAME,
	    N_("The account has a template of this name in this language already."),
	    N_("Give it another name, or edit the one that is there.") },
	[LINT_SAME_TEXT_KNOWN] = { "template.same", W, 0,
	    N_("The account's template \"{other}\" has the same body and footer in this language."),
	    N_("Send that one, or say something else.") },
	[LINT_FULL] = { "template.full", W, CODE_FULL,
	    N_("The account has as many templates as the platform allows at most."),
	    N_("Delete those that nobody sends.") },
	[LINT_NEARLY_FULL] = { "template.full", N, CODE_FULL,
	    N_("The account has as many templates as are allowed before a business is verified."),
	    N_("Have the business verified, or delete templates that nobody sends.") },
	[LINT_NOT_EDITABLE] = { "template.edit", W, 0,
	    N_("A template that is {status} cannot be edited."),
	    N_("Wait until it is approved or rejected, or make one of another name.") },
	[LINT_FIXED_CATEGORY] = { "template.edit", W, 0,
	    N_("The category of an approved template cannot be edited."),
	    N_("Make a template of another name in the other category.") },
	[LINT_NO_EFFECT] = { "template.member", N, 0,
	    N_("This member has no effect any more: Meta chooses the category itself."),
	    N_("Leave it out, and declare the category that fits.") },
	[LINT_UNKNOWN_PART] = { "template.member", N, 0,
	    N_("This type is not known here, so what is inside is not checked."),
	    N_("Look whether its name is spelled as the platform's documentation has it.") },
	[LINT_BARE_EXAMPLE] = { "variable.bare", N, 0,
	    N_("The example is no value that people would read."),
	    N_("Give a value that really might stand there: reviewers judge by it.") },
	[LINT_LINE_BREAK] = { "text.line", W, P,
	    N_("A header, a footer and the text of a button are one line each."),
	    N_("Move what needs several lines into the body.") },
	[LINT_DIRECTION] = { "text.direction", W, P,
	    N_("An invisible mark turns the direction of what follows: people read something else than "
	       "what is written."),
	    N_("Take the mark out; letters have their direction by themselves.") },
	[LINT_CATEGORY_DIFFERS] = { "template.category", W, 0,
	    N_("Meta counts this template as {category}, not as {declared}."),
	    N_("Declare it so, or make a template of another name whose text fits {declared}.") },
	[LINT_PROMOTION] = { "template.category", W, 0,
	    N_("The text reads like promotion ({words}; {score} points), which only a marketing "
	       "template may carry."),
	    N_("Declare it marketing, or leave these words out and keep to the order, the account or "
	       "the answer that it is about.") },
	[LINT_CODE] = { "template.category", W, 0,
	    N_("The text reads like a one-time code ({words}; {score} points), which only an "
	       "authentication template may carry."),
	    N_("Declare it authentication and use a button of type OTP; otherwise say what the "
	       "number is, such as an order's.") },
	[LINT_NO_WAY_OUT] = { "template.opt_out", W, 0,
	    N_("The template offers no way out to people who want no more of them."),
	    N_("Add the footer \"{footer}\" or the quick reply \"{button}\".") },
	[LINT_NO_WAY_OUT_BUTTON] = { "button.way_out", N, 0,
	    N_("The way out is told, but there is no button for it."),
	    N_("Add the quick reply \"{button}\": who finds no button presses \"block\".") },
	[LINT_DEAF_BUTTON] = { "button.opt_out", W, 0,
	    N_("The quick reply reads like a way out, but who presses it is not taken off the list: "
	       "the policy pack does not count its text as an opt-out."),
	    N_("Call it \"{button}\", or add its text to \"opt_out\" in the policy pack.") },
	[LINT_NO_SENDER] = { "template.identity", W, 0,
	    N_("The text names neither {sender} nor a contact, so that people cannot tell who writes."),
	    N_("Put \"{sender}\" into the text or the footer.") },
	[LINT_NO_SENDER_SIGN] = { "template.identity", N, 0,
	    N_("The text has no contact, and the sender's name is not known here, so that it cannot be "
	       "told whether people see who writes."),
	    N_("Check it again with --sender and the name, or with --waba.") },
	[LINT_PROHIBITED] = { "content.prohibited", E, 0,
	    N_("The text offers what WhatsApp's policy forbids ({words})."),
	    N_("Leave it out. If it is something else, say what, or let the policy pack know the "
	       "innocent phrase.") },
	[LINT_SENSITIVE] = { "content.sensitive", E, 0,
	    N_("The text asks for what nobody should type into a chat ({words})."),
	    N_("Ask for it on a page of your own, behind a login.") },
	[LINT_LINK_PLAIN] = { "content.link", W, 0,
	    N_("The link to {host} is not encrypted (http)."), N_("Write it with https.") },
	[LINT_LINK_SCHEME] = { "content.link", W, 0,
	    N_("A link of the text opens neither a page nor a conversation."), own_link },
	[LINT_LINK_SHORTENER] = { "content.link", W, 0,
	    N_("The link hides where it leads behind the shortener {host}."), own_link },
	[LINT_LINK_LOOKALIKE] = { "content.link", W, 0, N_("The host {host} looks like another's."),
	    own_link },
	[LINT_LINK_LIKE] = { "content.link", W, 0,
	    N_("The host {host} looks like {like}, but is not theirs."), own_link },
	[LINT_LINK_ADDRESS] = { "content.link", W, 0,
	    N_("The link leads to a bare address ({host}) instead of a name."), own_link },
	[LINT_LINK_USERINFO] = { "content.link", W, 0,
	    N_("The link hides its host {host} behind another name."), own_link },
	[LINT_LINK_DEAD] = { "button.dead", W, 0,
	    N_("Nobody who presses this gets anywhere: \"{host}\" is no host that can be reached."),
	    N_("Put the address of a page that everybody can open.") },
	[LINT_LINK_GONE] = { "button.dead", W, 0,
	    N_("Whoever presses this finds nothing: {host} answers {answered}."),
	    N_("Put the address of a page that everybody can open.") },
	[LINT_LINK_SILENT] = { "button.dead", W, 0,
	    N_("Whoever presses this finds nothing: {host} did not answer."),
	    N_("Put the address of a page that everybody can open.") },
	[LINT_LINK_CHAT] = { "button.chat", W, 0,
	    N_("The button leads back into WhatsApp ({host}), which review does not accept."),
	    N_("Use a quick reply: whoever presses it writes to you and opens the window.") },
	[LINT_LINK_OPEN] = { "button.open", W, 0,
	    N_("The variable chooses the host, so that this button can lead anywhere."),
	    N_("Write the host out, and let the variable be the end of the path.") },
	[LINT_PHONE] = { "button.phone", W, 0,
	    N_("This is no telephone number that everybody can call."),
	    N_("Write it with + and the country's code, such as +390212345678.") },
	[LINT_UNREADABLE] = { "template.unread", N, 0,
	    N_("The text is so long, or has so many words of the lists, that it cannot be told what it "
	       "says."),
	    N_("Shorten it.") },
};

/* --- the rules -------------------------------------------------------------------------------- */

static const struct lint_rule rules[] = {
	{ "template.shape", E, 0, N_("A definition has the shape that Graph takes.") },
	{ "template.length", E, CODE_TOO_LONG,
	    N_("No text is longer, and no list has more entries, than the platform allows.") },
	{ "template.name", E, 0, N_("A template's name has the letters that are allowed.") },
	{ "template.language", E, 0, N_("A template's language is a code.") },
	{ "template.life", E, 0, N_("Messages live as long as their category allows.") },
	{ "template.part", E, 0, N_("A template has only parts that its category allows.") },
	{ "template.twice", E, 0, N_("No component is given twice.") },
	{ "template.body", E, CODE_BODY, N_("Every template has a body.") },
	{ "template.code_button", E, 0, N_("One-time codes have their button.") },
	{ "template.code_text", E, CODE_BODY, N_("The text of one-time codes is Meta's.") },
	{ "template.cards", E, 0, N_("Cards are alike, and hold no cards.") },
	{ "variable.form", E, CODE_PARAMETERS, N_("Variables are well formed.") },
	{ "variable.beside", E, CODE_ENDS, N_("There are words between variables.") },
	{ "variable.first", E, CODE_ENDS, N_("No text begins with a variable.") },
	{ "variable.last", E, CODE_ENDS, N_("No text ends with a variable.") },
	{ "variable.names", E, CODE_PARAMETERS,
	    N_("Variables are numbered without a gap, or all have names.") },
	{ "variable.example", E, CODE_BODY, N_("Every variable and every medium has an example.") },
	{ "variable.header", E, CODE_HEADER, N_("A header has no more variables than allowed.") },
	{ "variable.footer", E, CODE_FOOTER, N_("A footer has no variables.") },
	{ "variable.ratio", E, CODE_RATIO, N_("There are enough words around the variables.") },
	{ "button.variable", E, 0, N_("A button's address has one variable, at its end.") },
	{ "button.count", E, 0, N_("There are no more buttons of a type than allowed.") },
	{ "button.order", E, 0, N_("Quick replies stand together.") },
	{ "template.same", E, CODE_SAME, N_("No two templates have the same name or text.") },
	{ "template.full", W, CODE_FULL, N_("The account has room for another template.") },
	{ "template.edit", W, 0, N_("The template can be edited as it stands.") },
	{ "template.member", N, 0, N_("Every member and type is known and has an effect.") },
	{ "template.unread", N, 0, N_("The text can be read whole.") },
	{ "variable.bare", N, 0, N_("Examples are values that people would read.") },
	{ "text.line", W, CODE_HEADER, N_("Headers, footers and buttons are one line.") },
	{ "text.direction", W, 0, N_("No invisible mark turns the direction of a text.") },
	{ "template.category", W, 0, N_("The text fits the category that is declared.") },
	{ "template.opt_out", W, 0, N_("A marketing template offers a way out.") },
	{ "template.identity", W, 0, N_("A marketing template says who writes.") },
	{ "content.prohibited", E, 0, N_("The text offers nothing that the policy forbids.") },
	{ "content.sensitive", E, 0,
	    N_("The text asks for nothing that nobody should type into a chat.") },
	{ "content.link", W, 0, N_("Links say where they lead, and lead there safely.") },
	{ "button.dead", W, 0, N_("Buttons lead to hosts that can be reached.") },
	{ "button.chat", W, 0, N_("Buttons do not lead back into WhatsApp.") },
	{ "button.open", W, 0, N_("A button's host is fixed.") },
	{ "button.phone", W, 0, N_("Buttons call numbers that everybody can call.") },
	{ "button.opt_out", W, 0, N_("A quick reply that reads like a way out is one.") },
	{ "button.way_out", N, 0, N_("A marketing template has a button for its way out.") },
};

const struct lint_rule *lint_rule_at(size_t i)
{
	return i < ARRAY_LEN(rules) ? &rules[i] : NULL;
}

bool lint_said_at(size_t i, struct lint_said *ret)
{
	if (i >= LINT_IDS)
		return false;
	const struct lint_row *row = &lint_rows_of[i];
	*ret = (struct lint_said){ row->rule, row->level, row->subcode, row->sentence,
		row->remedy };
	return true;
}

static const char *const level_names[LINT_LEVELS] = {
	[LINT_NOTE] = "note",
	[LINT_WARNING] = "warning",
	[LINT_ERROR] = "error",
};

const char *lint_level_name(enum lint_level l)
{
	ASSERT((unsigned)l < LINT_LEVELS);
	return level_names[l];
}

int lint_level_parse(struct str text, enum lint_level *ret)
{
	for (size_t i = 0; i < LINT_LEVELS; i++) {
		if (!str_eq_c(text, level_names[i]))
			continue;
		*ret = (enum lint_level)i;
		return 0;
	}
	return -E_INVALID;
}
