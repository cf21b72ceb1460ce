#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/torture.h"
#include "domain/trigger.h"

#define EVENT \
	"{\"id\":820982911946154508,\"status\":\"done\",\"total\":\"49.90\",\"n\":3,\"empty\":\"  \"," \
	"\"no\":false,\"null\":null,\"phone\":\"+39 333 123 4501\",\"local\":\"333 123 4502\"," \
	"\"who\":{\"name\":\" Anna\\nMaria \",\"country\":\"ch\"},\"bsuid\":\"IT.Abc123\",\"list\":[1.5]," \
	"\"long\":12345678901234567890123,\"most\":10000000000000000001}"
#define TO "\"to\":\"/phone\","
#define TEMPLATE "\"template\":{\"name\":\"t\",\"language\":\"it\"}"

static struct arena *a;

static const struct json *parse(const char *text)
{
	const struct json *v = NULL;
	struct err err = { 0 };

	if (json_read(a, str_c(text), &v, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return v;
}

static struct str quoted(const char *single)
{
	char *text = arena_c(a, str_c(single));

	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return str_c(text);
}

/* --- definitions ------------------------------------------------------------------------------ */

/* Single quotes stand for double ones. field NULL = it is good. */
static const struct {
	const char *definition, *field;
} definitions[] = {
	{ "{'to':'/p','text':'x'}", NULL },
	{ "{'to':['/p','/q'],'template':{'name':'t','language':'it','values':[]}}", NULL },
	{ "{'to':'','text':'a {b} } {'}", NULL },
	{ "{'to':'/p','text':'x','name':'a','app':'crm','number':'1','proof':'token'}", NULL },
	{ "{'to':'/p','text':'x','delay':'30d','quiet_hours':true,'items':'','country':'/c'}",
	    NULL },
	{ "{'to':'/p','text':'x','quiet_hours':{'from':'20:00','to':'09:30'}}", NULL },
	{ "{'to':'/p','text':'x','event_id':'{/a}-{@x-id}'}", NULL },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':[1,'b',null]},{'at':'','present':false}]}",
	    "when" },
	{ "{'to':'/p','template':{'name':'t','language':'it','components':[{'x':['{/a|}']}]}}",
	    NULL },
	{ "[]", "" },
	{ "{'to':'/p','text':'x','extra':1}", "" },
	{ "{'text':'x'}", "to" },
	{ "{'to':'p','text':'x'}", "to" },
	{ "{'to':[],'text':'x'}", "to" },
	{ "{'to':['/p',7],'text':'x'}", "to" },
	{ "{'to':'/p'}", "template" },
	{ "{'to':'/p','text':7}", "text" },
	{ "{'to':'/p','text':'{/a'}", "text" },
	{ "{'to':'/p','text':'{/a~}'}", "text" },
	{ "{'to':'/p','text':'{@X-Id}'}", "text" },
	{ "{'to':'/p','text':'{@}'}", "text" },
	{ "{'to':'/p','text':'x','name':'a b'}", "name" },
	{ "{'to':'/p','text':'x','number':1}", "number" },
	{ "{'to':'/p','text':'x','delay':'31d'}", "delay" },
	{ "{'to':'/p','text':'x','delay':'d'}", "delay" },
	{ "{'to':'/p','text':'x','delay':'-1s'}", "delay" },
	{ "{'to':'/p','text':'x','quiet_hours':'night'}", "quiet_hours" },
	{ "{'to':'/p','text':'x','quiet_hours':{'from':'9:00','to':'10:00'}}", "quiet_hours" },
	{ "{'to':'/p','text':'x','quiet_hours':{'from':'09:60','to':'10:00'}}", "quiet_hours" },
	{ "{'to':'/p','text':'x','quiet_hours':{'from':'09:00','to':'09:00'}}", "quiet_hours" },
	{ "{'to':'/p','text':'x','items':'a'}", "items" },
	{ "{'to':'/p','text':'x','country':['/a']}", "country" },
	{ "{'to':'/p','text':'x','event_id':7}", "event_id" },
	/* what is the same for every event */
	{ "{'to':'/p','text':'x','event_id':'{@host}'}", "event_id" },
	{ "{'to':'/p','text':'x','event_id':'{@content-length}-{@user-agent}'}", "event_id" },
	{ "{'to':'/p','text':'x','event_id':'{@host}-{@x-event-id}'}", NULL },
	{ "{'to':'/p','text':'x','event_id':'{@x-event-id}','items':'/orders'}", "event_id" },
	{ "{'to':'/p','text':'x','event_id':'{@x-event-id}-{/id}','items':'/orders'}", NULL },
	{ "{'to':'/p','text':'x','event_id':'{/s}','when':[{'at':'/s','is':'paid'}]}", "event_id" },
	{ "{'to':'/p','text':'x','event_id':'{/s}','when':[{'at':'/s','is':['paid','sent']}]}",
	    "event_id" },
	{ "{'to':'/p','text':'x','event_id':'{/s}-{/id}','when':[{'at':'/s','is':'paid'}]}", NULL },
	{ "{'to':'/p','text':'x','event_id':'{/s}','when':[{'at':'/s','is_not':'paid'}]}", NULL },
	{ "{'to':'/p','text':'x','event_id':'{/s|1}','when':[{'at':'/s','present':false}]}",
	    "event_id" },
	/* what must be there may not be there */
	{ "{'to':'/p','text':'x','when':[{'at':'/p','present':false}]}", "when" },
	{ "{'to':'/c/p','text':'x','when':[{'at':'/c','present':false}]}", "when" },
	{ "{'to':'/c/p','text':'x','when':[{'at':'/c','is':'x'}]}", "when" },
	{ "{'to':'/c/p','text':'x','when':[{'at':'/c','above':1}]}", "when" },
	{ "{'to':'/cp','text':'x','when':[{'at':'/c','present':false}]}", NULL },
	{ "{'to':'/p','text':'x','when':[{'at':'/p','is':[false,null,' ']}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/p','is':[false,'+39 333 1234501']}]}", NULL },
	{ "{'to':['/p','/q'],'text':'x','when':[{'at':'/p','present':false}]}", NULL },
	{ "{'to':['/p','/q'],'text':'x','when':[{'at':'/p','present':false},"
	  "{'at':'/q','present':false}]}",
	    "when" },
	{ "{'to':'/p','text':'x','event_id':'{/s}','when':[{'at':'/s','present':false}]}", "when" },
	{ "{'to':'/p','text':'Ciao {/n}','when':[{'at':'/n','present':false}]}", "when" },
	{ "{'to':'/p','text':'Ciao {/n|tu}','when':[{'at':'/n','present':false}]}", NULL },
	{ "{'to':'/p','template':{'name':'a','language':'it','values':['{/n/x}']},"
	  "'when':[{'at':'/n','present':false}]}",
	    "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','present':false},{'at':'/a/b','is':1}]}",
	    "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':1},{'at':'/a/b','above':1}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':1},{'at':'/a/b','is_not':1}]}", NULL },
	{ "{'to':'/p','text':'x','event_id':'order'}", "event_id" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':[1,2]},{'at':'/a','above':1}]}", NULL },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':null},{'at':'/a','present':false}]}",
	    NULL },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','above':1},{'at':'/b','below':0}]}", NULL },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':1},{'at':'/a','is':2}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':[1,2]},{'at':'/a','is_not':[2,1]}]}",
	    "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':'x'},{'at':'/a','below':5}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','above':5},{'at':'/a','below':5}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','present':false},{'at':'/a','above':5}]}",
	    "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','present':true},{'at':'/a','present':false}]}",
	    "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':{}}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':[]}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','above':'5'}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','present':1}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'at':'/a','is':1,'above':0}]}", "when" },
	{ "{'to':'/p','text':'x','when':[{'is':1}]}", "when" },
	{ "{'to':'/p','text':'x','when':[7]}", "when" },
	{ "{'to':'/p','template':{'name':'t'}}", "template" },
	{ "{'to':'/p','template':{'name':'t','language':'it','more':1}}", "template" },
	{ "{'to':'/p','template':{'name':'t','language':'it','values':[],'components':[]}}",
	    "template" },
	{ "{'to':'/p','template':{'name':'t','language':'it','values':[7]}}", "template.values" },
	{ "{'to':'/p','template':{'name':'t','language':'it','values':7}}", "template.values" },
	{ "{'to':'/p','template':{'name':'t','language':'it','components':{}}}",
	    "template.components" },
	{ "{'to':'/p','template':{'name':'t','language':'it','values':['{/a']}}", "template" },
};

static void test_definitions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(definitions); i++) {
		struct trigger t;
		struct err err = { 0 };
		int r = trigger_read(parse(quoted(definitions[i].definition).p), &t, &err);
		if (!definitions[i].field && r < 0)
			fail_msg("%s: %s: %s", definitions[i].definition, err.field, err.text);
		if (definitions[i].field &&
		    (r >= 0 || strcmp(err.field, definitions[i].field) != 0 || !err.text[0]))
			fail_msg("%s: \"%s\" %s", definitions[i].definition, err.field, err.text);
	}
}

static void test_a_sample(void **state)
{
	struct trigger t;
	struct err err = { 0 };
	struct str body = STR_NONE;

	(void)state;
	const struct json *d = parse(quoted(
	    "{'to':'/p','template':{'name':'t','language':'it','values':['{/a} e {@b|x}','c']}}")
		.p);
	assert_int_equal(trigger_read(d, &t, &err), 0);
	assert_int_equal(trigger_sample(a, &t, &body), 0);
	const struct json *components = json_get(json_get(parse(body.p), "template"), "components");
	const struct json *values = json_get(json_at(components, 0), "parameters");
	assert_true(str_eq_c(json_str(json_get(json_at(values, 0), "text")), "1 e 1"));
	assert_true(str_eq_c(json_str(json_get(json_at(values, 1), "text")), "c"));
}

/* --- what comes of an event ------------------------------------------------------------------- */

/* What the definition says besides, and the body; NULL: `code`, at `field`. */
static const struct {
	const char *definition, *body;
	enum err_code code;
	const char *field;
} mappings[] = {
	{ TO "'text':'{/who/name}, {/id}: {/total} ({/n}, {/list/0})'",
	    "'+393331234501','type':'text','text':{'body':'Anna\\nMaria, 820982911946154508: 49.90 (3, 1.5)'}",
	    E_OK, NULL },
	{ TO
	    "'template':{'name':'t','language':'{/lang|it}','values':['{/who/name}','{/no|none}']}",
	    "'+393331234501','type':'template','template':{'name':'t','language':{'code':'it'},'components':"
	    "[{'type':'body','parameters':[{'type':'text','text':'Anna Maria'},{'type':'text','text':'none'}]}]}",
	    E_OK, NULL },
	{ TO TEMPLATE,
	    "'+393331234501','type':'template','template':{'name':'t','language':{'code':'it'},'components':[]}",
	    E_OK, NULL },
	{ TO
	    "'template':{'name':'t','language':'it','components':[{'type':'button','index':0,'a':['{/n}',true]}]}",
	    "'+393331234501','type':'template','template':{'name':'t','language':{'code':'it'},'components':"
	    "[{'type':'button','index':0,'a':['3',true]}]}",
	    E_OK, NULL },
	{ "'to':['/no','/empty','/local'],'text':'x'",
	    "'+393331234502','type':'text','text':{'body':'x'}", E_OK, NULL },
	{ "'to':'/local','country':'/status','text':'x'",
	    "'+393331234502','type':'text','text':{'body':'x'}", E_OK, NULL },
	{ TO "'text':'{@shop}{@none|!}'",
	    "'+393331234501','type':'text','text':{'body':'Bottega!'}", E_OK, NULL },
	{ TO "'text':'{/a','text':'x'", NULL, E_OK, NULL },
	{ "'to':'/none','text':'x'", NULL, E_NOT_FOUND, "/none" },
	{ "'to':['/none','/null'],'text':'x'", NULL, E_NOT_FOUND, "/none" },
	{ "'to':'/status','text':'x'", NULL, E_INVALID, "to" },
	{ "'to':'/n','text':'x'", NULL, E_INVALID, "to" },
	{ TO "'text':'{/who}'", NULL, E_NOT_FOUND, "/who" },
	{ TO "'text':'{/empty}'", NULL, E_NOT_FOUND, "/empty" },
	{ TO "'text':'{/no}'", NULL, E_NOT_FOUND, "/no" },
	{ TO "'text':'{@none}'", NULL, E_NOT_FOUND, "@none" },
	{ TO "'text':'x','event_id':'{/none}'", NULL, E_NOT_FOUND, "/none" },
	{ TO "'text':'{/most}'",
	    "'+393331234501','type':'text','text':{'body':'10000000000000000001'}", E_OK, NULL },
	{ TO "'text':'x','event_id':'{/long}'", NULL, E_NOT_FOUND, "/long" },
	{ TO "'text':'x','when':[{'at':'/status','is':'open'}]", NULL, E_DENIED, "/status" },
};

static int map(const char *definition, struct trigger_mapped *ret, struct err *why)
{
	static const struct trigger_extra extras[] = { { { "shop", 4 }, { "Bottega", 7 } },
		{ { "none", 4 }, { "", 0 } } };
	struct str text = arena_printf(a, "{%s}", quoted(definition).p);
	const struct json *d = NULL;
	struct trigger t;
	struct trigger_input in = { parse(EVENT), extras, 2 };

	if (json_read(a, text, &d, why) < 0 || trigger_read(d, &t, why) < 0)
		return -E_INVALID;
	return trigger_map(a, &t, &in, STR("IT"), ret, why);
}

static void check_mapping(size_t i)
{
	struct trigger_mapped m = { .bsuid = STR_NONE };
	struct err why = { 0 };
	int r = map(mappings[i].definition, &m, &why);

	if (!mappings[i].body && mappings[i].code == E_OK) {
		assert_int_equal(r, -E_INVALID);
		return;
	}
	if (!mappings[i].body) {
		if (r != 0 || why.code != (int)mappings[i].code ||
		    strcmp(why.field, mappings[i].field) != 0 || !why.text[0])
			fail_msg("%s: %d, %s at \"%s\"", mappings[i].definition, r,
			    err_name(why.code), why.field);
		return;
	}
	struct str wanted = arena_printf(a,
	    "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":%s}",
	    quoted(mappings[i].body).p);
	struct str have = m.text_body.p ? m.text_body : m.template_body;
	if (r != 1 || !str_eq(wanted, have))
		fail_msg("%s: %d (%s)\n%.*s\n%.*s", mappings[i].definition, r, why.text,
		    STR_ARG(have), STR_ARG(wanted));
}

static void test_mappings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mappings); i++)
		check_mapping(i);
}

static void test_both_bodies(void **state)
{
	struct trigger_mapped m;
	struct err why = { 0 };

	(void)state;
	assert_int_equal(map(TO TEMPLATE ",'text':'x'", &m, &why), 1);
	assert_non_null(m.text_body.p);
	assert_non_null(m.template_body.p);
	assert_int_equal(m.phone.number, 393331234501);
	assert_int_equal(map("'to':'/bsuid','text':'x'", &m, &why), 1);
	assert_int_equal(m.phone.number, 0);
	assert_true(str_eq_c(m.bsuid, "IT.Abc123"));
	assert_non_null(strstr(m.text_body.p, "\"recipient\":\"IT.Abc123\""));
	assert_null(m.template_body.p);
}

static void test_the_country_of_the_event(void **state)
{
	struct trigger_mapped m;
	struct err why = { 0 };

	(void)state;
	assert_int_equal(map("'to':'/local','country':'/who/country','text':'x'", &m, &why), 0);
	assert_int_equal(why.code, E_INVALID);
}

/* --- conditions ------------------------------------------------------------------------------- */

static const struct {
	const char *condition;
	bool holds;
} conditions[] = {
	{ "'at':'/status','is':'done'", true },
	{ "'at':'/status','is':['open','done']", true },
	{ "'at':'/status','is_not':'done'", false },
	{ "'at':'/status','is_not':['open']", true },
	{ "'at':'/none','is':null", false },
	{ "'at':'/null','is':null", true },
	{ "'at':'/none','is_not':null", true },
	{ "'at':'/n','is':3", true },
	{ "'at':'/n','is':'3'", false },
	{ "'at':'/no','is':false", true },
	{ "'at':'/total','above':49.8", true },
	{ "'at':'/total','above':49.9", false },
	{ "'at':'/n','below':4", true },
	{ "'at':'/n','below':3", false },
	{ "'at':'/status','above':0", false },
	{ "'at':'/status','below':0", false },
	{ "'at':'/none','below':0", false },
	{ "'at':'/none','present':false", true },
	{ "'at':'/null','present':false", true },
	{ "'at':'/no','present':true", true },
	{ "'at':'/who','present':true", true },
	{ "'at':'/none','present':true", false },
};

static void test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		struct str definition = arena_printf(
		    a, TO "'text':'x','when':[{%s}]", conditions[i].condition);
		struct trigger_mapped m;
		struct err why = { 0 };
		if (map(definition.p, &m, &why) != conditions[i].holds)
			fail_msg("%s", conditions[i].condition);
	}
}

/* --- ids and lists ---------------------------------------------------------------------------- */

static void id_of(const char *definition, const char *event, struct str *ret)
{
	struct trigger_input in = { parse(quoted(event).p), NULL, 0 };
	struct trigger_mapped m;
	struct trigger t;

	assert_int_equal(trigger_read(parse(quoted(definition).p), &t, NULL), 0);
	assert_int_equal(trigger_map(a, &t, &in, STR("IT"), &m, NULL), 1);
	*ret = m.event_id;
}

static void test_ids(void **state)
{
	const char *plain = "{'to':'/p','text':'x'}";
	struct str one, other;

	(void)state;
	id_of("{'to':'/p','text':'x','event_id':'{/id}-{/n}'}",
	    "{'p':'+393331234501','id':'A','n':7}", &one);
	assert_true(str_eq_c(one, "A-7"));
	id_of(plain, "{'p':'+393331234501','id':820982911946154508}", &one);
	id_of(plain, "{'p':'+393331234501','id':820982911946154509}", &other);
	assert_int_equal(one.len, 64);
	assert_false(str_eq(one, other));
	id_of(plain, "{'p':'+393331234501', 'id':820982911946154508}", &other);
	assert_true(str_eq(one, other));
}

static void test_lists(void **state)
{
	const struct json *post = parse("{\"a\":[{\"x\":1},{\"x\":2}]}");
	struct trigger t = { .items = STR("/a") };

	(void)state;
	assert_int_equal(trigger_count(&t, post), 2);
	assert_ptr_equal(trigger_item(&t, post, 1),
	    json_path(post, "a") ? json_at(json_get(post, "a"), 1) : NULL);
	assert_null(trigger_item(&t, post, 2));
	t.items = STR("/b");
	assert_int_equal(trigger_count(&t, post), 0);
	assert_null(trigger_item(&t, post, 0));
	t.items = STR_NONE;
	assert_int_equal(trigger_count(&t, post), 1);
	assert_ptr_equal(trigger_item(&t, post, 0), post);
}

/* --- without memory --------------------------------------------------------------------------- */

static const struct json *whole_event;
static struct trigger whole;

static int map_whole(void *arg)
{
	struct trigger_input in = { whole_event, NULL, 0 };
	struct arena *small = arena_new(0, 0);
	struct trigger_mapped m;

	(void)arg;
	int r = small ? trigger_map(small, &whole, &in, STR("IT"), &m, NULL) : -E_NOMEM;
	arena_free(&small);
	return r < 0 ? r : 0;
}

static void test_without_memory(void **state)
{
	static const char definition[] =
	    "{'to':'/local','country':'/none','event_id':'{/id}','text':'{/n}','template':"
	    "{'name':'t','language':'it','values':['{/who/name}']}}";

	(void)state;
	whole_event = parse(EVENT);
	assert_int_equal(trigger_read(parse(quoted(definition).p), &whole, NULL), 0);
	torture("an event", map_whole, NULL);
}

static int begin(void **state)
{
	(void)state;
	a = arena_new(0, 0);
	return crypto_init(NULL);
}

static int end(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_definitions),
		TEST(test_a_sample),
		TEST(test_mappings),
		TEST(test_both_bodies),
		TEST(test_the_country_of_the_event),
		TEST(test_conditions),
		TEST(test_ids),
		TEST(test_lists),
		TEST(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
