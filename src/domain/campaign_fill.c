#include "domain/campaign_fill.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/id.h"
#include "base/lang.h"
#include "domain/campaign.h"
#include "domain/template_text.h"

#define REPLIES_MAX 32

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while filling a template in.");
}

/* --- slots ------------------------------------------------------------------------------------ */

struct reading {
	struct campaign_fill *fill;
	struct arena *arena;
	struct err *err;
};

static struct campaign_slot *add_slot(
    struct reading *g, enum campaign_part part, size_t index, const char *type)
{
	struct campaign_fill *f = g->fill;

	if (f->len == CAMPAIGN_SLOTS_MAX)
		return NULL;
	f->slots[f->len] = (struct campaign_slot){ .part = part,
		.index = index,
		.type = type,
		.variable = STR_NONE,
		.column = STR_NONE,
		.fallback = STR_NONE };
	return &f->slots[f->len++];
}

static int too_many(struct reading *g)
{
	return err_field(g->err, E_UNSUPPORTED, "template",
	    N_("This template has more variables than a campaign can fill in."));
}

static int add_text(struct reading *g, enum campaign_part part, struct str text)
{
	struct template_variables vars;

	template_variables_read(text.p ? text : STR(""), &vars);
	for (size_t i = 0; i < vars.len; i++) {
		struct campaign_slot *s = add_slot(g, part, 0, "text");
		if (!s || vars.too_many)
			return too_many(g);
		s->variable = arena_str(g->arena, vars.names[i]);
		s->named = vars.named;
		if (!s->variable.p)
			return no_memory(g->err);
	}
	return 0;
}

static int add_header(struct reading *g, const struct json *part)
{
	static const char *const media[][2] = { { "IMAGE", "image" }, { "VIDEO", "video" },
		{ "DOCUMENT", "document" } };
	struct str format = json_str(json_get(part, "format"));

	if (!format.p || str_eq_nocase(format, STR("TEXT")))
		return add_text(g, CAMPAIGN_HEADER, json_str(json_get(part, "text")));
	for (size_t i = 0; i < ARRAY_LEN(media); i++) {
		if (str_eq_nocase(format, str_c(media[i][0])))
			return add_slot(g, CAMPAIGN_HEADER, 0, media[i][1]) ? 0 : too_many(g);
	}
	return err_field(g->err, E_UNSUPPORTED, "template",
	    N_("A campaign cannot fill in a template with a header of this kind."));
}

static bool has_variable(struct str text)
{
	struct template_variables vars;

	template_variables_read(text.p ? text : STR(""), &vars);
	return vars.len > 0;
}

static int add_button(struct reading *g, const struct json *button, size_t index)
{
	struct str type = json_str(json_get(button, "type"));

	if (str_eq_nocase(type, STR("QUICK_REPLY")) && index < REPLIES_MAX)
		g->fill->replies |= 1u << index;
	if (str_eq_nocase(type, STR("URL")) && has_variable(json_str(json_get(button, "url"))))
		return add_slot(g, CAMPAIGN_BUTTON, index, "text") ? 0 : too_many(g);
	if (str_eq_nocase(type, STR("COPY_CODE")))
		return add_slot(g, CAMPAIGN_BUTTON, index, "coupon_code") ? 0 : too_many(g);
	return 0;
}

static int add_buttons(struct reading *g, const struct json *list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_len(list); i++)
		r = add_button(g, json_at(list, i), i);
	return r;
}

static int add_part(struct reading *g, const struct json *part)
{
	struct str type = json_str(json_get(part, "type"));

	if (str_eq_nocase(type, STR("HEADER")))
		return add_header(g, part);
	if (str_eq_nocase(type, STR("BODY")))
		return add_text(g, CAMPAIGN_BODY, json_str(json_get(part, "text")));
	if (str_eq_nocase(type, STR("BUTTONS")))
		return add_buttons(g, json_get(part, "buttons"));
	if (str_eq_nocase(type, STR("FOOTER")))
		return 0;
	return err_field(g->err, E_UNSUPPORTED, "template",
	    N_("A campaign cannot fill in a template with parts of this kind."));
}

/* --- mappings --------------------------------------------------------------------------------- */

/* "header.1", "button.0", "1": what a mapping calls the slot. */
static struct str slot_name(const struct reading *g, const struct campaign_slot *s)
{
	if (s->part == CAMPAIGN_BUTTON)
		return arena_printf(g->arena, "button.%zu", s->index);
	if (s->part == CAMPAIGN_BODY)
		return s->variable;
	return s->variable.p ? arena_printf(g->arena, "header.%.*s", STR_ARG(s->variable))
			     : STR("header");
}

static struct campaign_slot *find_slot(struct reading *g, struct str name)
{
	for (size_t i = 0; i < g->fill->len; i++) {
		if (str_eq(slot_name(g, &g->fill->slots[i]), name))
			return &g->fill->slots[i];
	}
	return NULL;
}

static int map(struct reading *g, struct str text)
{
	struct str rest = text, name = str_trim(str_cut(&rest, '='));

	if (!rest.p || !name.len)
		return err_field(g->err, E_INVALID, "map",
		    N_("A mapping is VARIABLE=COLUMN, with |OTHERWISE behind it for empty cells."));
	struct campaign_slot *s = find_slot(g, name);
	if (!s)
		return err_field(g->err, E_INVALID, "map",
		    N_("The template has no variable \"%.*s\"; those of a header are header.1, of a "
		       "button button.0."),
		    STR_ARG(name));
	struct str column = str_trim(str_cut(&rest, '|'));
	s->column = column.len ? column : STR_NONE;
	s->fallback = rest.p && rest.len ? rest : STR_NONE;
	return s->column.p || s->fallback.p
	    ? 0
	    : err_field(g->err, E_INVALID, "map",
		  N_("A mapping is VARIABLE=COLUMN, with |OTHERWISE behind it for empty cells."));
}

static int map_rest(struct reading *g, struct campaign_slot *s)
{
	if (s->column.p || s->fallback.p)
		return 0;
	if (s->named) {
		s->column = s->variable;
		return 0;
	}
	struct str name = slot_name(g, s);
	return err_field(g->err, E_INVALID, "map",
	    N_("Nothing says what goes into \"%.*s\" of the template; map it to a column."),
	    STR_ARG(name));
}

int campaign_fill_read(const struct dir_template *t, uint64_t campaign, const struct str *maps,
    size_t maps_len, struct arena *a, struct campaign_fill *ret, struct err *err)
{
	struct reading g = { ret, a, err };
	const struct json *part;
	struct json_iter it;
	int r = 0;

	*ret = (struct campaign_fill){ .tpl = t, .campaign = campaign };
	json_iter_init(&it, t->components);
	while (r == 0 && json_iter_next(&it, NULL, &part))
		r = add_part(&g, part);
	for (size_t i = 0; r == 0 && i < maps_len; i++)
		r = map(&g, maps[i]);
	for (size_t i = 0; r == 0 && i < ret->len; i++)
		r = map_rest(&g, &ret->slots[i]);
	return r;
}

static struct str mapped_name(struct str text)
{
	return str_trim(str_cut(&text, '='));
}

int campaign_fill_check(const struct str *maps, size_t maps_len, struct err *err)
{
	if (maps_len > CAMPAIGN_SLOTS_MAX)
		return err_field(err, E_TOO_LARGE, "map", N_("There can be at most %d mappings."),
		    CAMPAIGN_SLOTS_MAX);
	for (size_t i = 0; i < maps_len; i++) {
		struct str name = mapped_name(maps[i]);
		for (size_t k = 0; k < i; k++) {
			if (str_eq(mapped_name(maps[k]), name))
				return err_field(err, E_INVALID, "map",
				    N_("\"map\" says twice what goes into \"%.*s\"."),
				    STR_ARG(name));
		}
	}
	return 0;
}

bool campaign_fill_takes(const struct campaign_fill *f, struct str column)
{
	for (size_t i = 0; i < f->len; i++) {
		if (f->slots[i].column.p && str_eq_nocase(f->slots[i].column, column))
			return true;
	}
	return false;
}

/* --- writing ---------------------------------------------------------------------------------- */

struct writing {
	const struct campaign_fill *fill;
	const struct json *fields;
	struct json_writer w;
	size_t empty;
};

/* Columns are found in any case of letters. */
static struct str cell_of(const struct json *fields, struct str column)
{
	const struct json *value;
	struct json_iter it;
	struct str key;

	if (!fields || !column.p)
		return STR("");
	json_iter_init(&it, fields);
	while (json_iter_next(&it, &key, &value)) {
		if (str_eq_nocase(key, column))
			return str_trim(json_str(value));
	}
	return STR("");
}

static struct str value_of(struct writing *x, const struct campaign_slot *s)
{
	struct str cell = cell_of(x->fields, s->column);

	if (cell.len)
		return cell;
	x->empty += !s->fallback.p;
	return s->fallback.p ? s->fallback : STR("");
}

static void write_value(struct writing *x, const struct campaign_slot *s)
{
	struct str value = value_of(x, s);
	bool media = s->part == CAMPAIGN_HEADER && !s->variable.p;

	jw_object(&x->w);
	jw_member_c(&x->w, "type", s->type);
	if (s->named)
		jw_member_str(&x->w, "parameter_name", s->variable);
	if (media) {
		jw_key(&x->w, s->type);
		jw_object(&x->w);
		jw_member_str(&x->w, "link", value);
		jw_object_end(&x->w);
	} else {
		jw_member_str(&x->w, s->type, value);
	}
	jw_object_end(&x->w);
}

/* All slots of a header or the body. */
static void write_texts(struct writing *x, enum campaign_part part, const char *type)
{
	bool begun = false;

	for (size_t i = 0; i < x->fill->len; i++) {
		if (x->fill->slots[i].part != part)
			continue;
		if (!begun) {
			jw_object(&x->w);
			jw_member_c(&x->w, "type", type);
			jw_key(&x->w, "parameters");
			jw_array(&x->w);
		}
		begun = true;
		write_value(x, &x->fill->slots[i]);
	}
	if (begun) {
		jw_array_end(&x->w);
		jw_object_end(&x->w);
	}
}

static void open_button(struct writing *x, const char *sub_type, size_t index)
{
	char place[24];

	(void)snprintf(place, sizeof(place), "%zu", index);
	jw_object(&x->w);
	jw_member_c(&x->w, "type", "button");
	jw_member_c(&x->w, "sub_type", sub_type);
	jw_member_c(&x->w, "index", place);
	jw_key(&x->w, "parameters");
	jw_array(&x->w);
}

static void close_button(struct writing *x)
{
	jw_array_end(&x->w);
	jw_object_end(&x->w);
}

static void write_reply(struct writing *x, size_t index)
{
	char payload[CAMPAIGN_PAYLOAD_MAX];

	campaign_payload(x->fill->campaign, index, payload);
	open_button(x, "quick_reply", index);
	jw_object(&x->w);
	jw_member_c(&x->w, "type", "payload");
	jw_member_c(&x->w, "payload", payload);
	jw_object_end(&x->w);
	close_button(x);
}

static void write_buttons(struct writing *x)
{
	for (size_t i = 0; i < REPLIES_MAX; i++) {
		if (x->fill->replies >> i & 1)
			write_reply(x, i);
	}
	for (size_t i = 0; i < x->fill->len; i++) {
		const struct campaign_slot *s = &x->fill->slots[i];
		if (s->part != CAMPAIGN_BUTTON)
			continue;
		open_button(x, str_eq_c(str_c(s->type), "text") ? "url" : "copy_code", s->index);
		write_value(x, s);
		close_button(x);
	}
}

static void write_template(struct writing *x)
{
	const struct dir_template *t = x->fill->tpl;

	jw_object(&x->w);
	jw_member_str(&x->w, "name", t->name);
	jw_key(&x->w, "language");
	jw_object(&x->w);
	jw_member_str(&x->w, "code", t->language);
	jw_object_end(&x->w);
	jw_key(&x->w, "components");
	jw_array(&x->w);
	write_texts(x, CAMPAIGN_HEADER, "header");
	write_texts(x, CAMPAIGN_BODY, "body");
	write_buttons(x);
	jw_array_end(&x->w);
	jw_object_end(&x->w);
}

int campaign_fill_write(const struct campaign_fill *f, const struct campaign_address *to,
    const struct json *fields, struct arena *a, struct str *ret_body, size_t *ret_empty,
    struct err *err)
{
	struct writing x = { .fill = f, .fields = fields };
	char phone[PHONE_TEXT_MAX];
	struct buf out;

	buf_init(&out, 0);
	jw_init(&x.w, &out);
	phone_format(to->phone, phone);
	jw_object(&x.w);
	jw_member_c(&x.w, "messaging_product", "whatsapp");
	jw_member_c(&x.w, "recipient_type", "individual");
	if (to->phone.number)
		jw_member_c(&x.w, "to", phone);
	else
		jw_member_str(&x.w, "recipient", to->bsuid);
	jw_member_c(&x.w, "type", "template");
	jw_key(&x.w, "template");
	write_template(&x);
	jw_object_end(&x.w);
	struct str body = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	if (!body.p)
		return no_memory(err);
	*ret_body = body;
	*ret_empty = x.empty;
	return 0;
}

/* --- payloads --------------------------------------------------------------------------------- */

void campaign_payload(uint64_t campaign, size_t button, char out[CAMPAIGN_PAYLOAD_MAX])
{
	char id[ID_TEXT_MAX];

	id_format(CAMPAIGN_PREFIX, campaign, id);
	(void)snprintf(out, CAMPAIGN_PAYLOAD_MAX, "%s.%zu", id, button);
}

bool campaign_payload_read(struct str payload, uint64_t *ret_campaign, int64_t *ret_button)
{
	struct str id = str_cut(&payload, '.');
	uint64_t button;

	if (!payload.p || id_parse(CAMPAIGN_PREFIX, id, ret_campaign) < 0 ||
	    str_to_u64(payload, &button) < 0 || button >= REPLIES_MAX)
		return false;
	*ret_button = (int64_t)button;
	return true;
}
