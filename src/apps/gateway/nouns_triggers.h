/* apps/gateway/nouns_triggers.h: the fields of the verbs of triggers and automatic replies. A part of
 * nouns.c, which alone includes it, behind its macros. */
#ifndef APPS_GATEWAY_NOUNS_TRIGGERS_H
#define APPS_GATEWAY_NOUNS_TRIGGERS_H

#define DOC_TRIGGER N_("Name of the trigger.")

static const struct noun_field trigger_add_fields[] = {
	{ "file", FIELD_FILE, POSITIONAL,
	    N_("The definition, as docs/triggers.md describes it, in JSON.") },
	{ "name", FIELD_STR, OPTIONAL,
	    N_("Name of the trigger, the end of its address; else the definition's.") },
	{ "app", FIELD_STR, OPTIONAL,
	    N_("Id or name of the integration that it sends as; else the definition's.") },
	{ "number", FIELD_STR, OPTIONAL,
	    N_("The phone-number-id that it sends from; else the definition's.") },
	{ "secret_file", FIELD_FILE, OPTIONAL,
	    N_("The secret that signs the events, or that stands in the address.") },
};

static const struct noun_field trigger_list_fields[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field trigger_name_fields[] = {
	{ "name", FIELD_STR, POSITIONAL, DOC_TRIGGER },
};

static const struct noun_field trigger_test_fields[] = {
	{ "name", FIELD_STR, POSITIONAL, DOC_TRIGGER },
	{ "file", FIELD_FILE, POSITIONAL, N_("What would be posted, in JSON.") },
};

static const struct noun_field trigger_set_fields[] = {
	{ "name", FIELD_STR, POSITIONAL, DOC_TRIGGER },
	{ "file", FIELD_FILE, OPTIONAL, N_("Its new definition, for events from now on.") },
	{ "app", FIELD_STR, OPTIONAL, N_("Id or name of the integration that it sends as.") },
	{ "number", FIELD_STR, OPTIONAL, N_("The phone-number-id that it sends from.") },
	{ "secret_file", FIELD_FILE, OPTIONAL,
	    N_("The secret that signs the events, or that stands in the address.") },
};

#define DOC_AUTOREPLY N_("Name of the reply.")

static const struct noun_field autoreply_add_fields[] = {
	{ "name", FIELD_STR, REQUIRED, DOC_AUTOREPLY },
	{ "kind", FIELD_STR, REQUIRED, N_("welcome, out_of_hours or keyword.") },
	{ "app", FIELD_STR, REQUIRED, N_("Id or name of the integration that it is sent as.") },
	{ "number", FIELD_STR, REQUIRED, N_("The phone-number-id that is written to.") },
	{ "text", FIELD_STR, REQUIRED, N_("What is answered.") },
	{ "words", FIELD_LIST, OPTIONAL,
	    N_("Of a keyword reply: the whole messages that it answers.") },
	{ "hours", FIELD_STR, OPTIONAL,
	    N_("Of an out_of_hours reply: when somebody is there, as in mon-fri 09:00-18:00.") },
	{ "zone", FIELD_STR, OPTIONAL,
	    N_("The time zone of the hours, as in Europe/Rome; else that of the account's country.") },
	{ "language", FIELD_STR, OPTIONAL,
	    N_("Only for people of this language, as in it; else for everybody.") },
};

static const struct noun_field autoreply_set_fields[] = {
	{ "name", FIELD_STR, POSITIONAL, DOC_AUTOREPLY },
	{ "kind", FIELD_STR, OPTIONAL,
	    N_("welcome, out_of_hours or keyword; what the new kind has no use for goes.") },
	{ "app", FIELD_STR, OPTIONAL, N_("Id or name of the integration that it is sent as.") },
	{ "number", FIELD_STR, OPTIONAL, N_("The phone-number-id that is written to.") },
	{ "text", FIELD_STR, OPTIONAL, N_("What is answered.") },
	{ "words", FIELD_LIST, OPTIONAL,
	    N_("Of a keyword reply: the whole messages that it answers, all of them.") },
	{ "hours", FIELD_STR, OPTIONAL,
	    N_("Of an out_of_hours reply: when somebody is there, as in mon-fri 09:00-18:00.") },
	{ "zone", FIELD_STR, OPTIONAL, N_("The time zone of the hours, as in Europe/Rome.") },
	{ "language", FIELD_STR, OPTIONAL,
	    N_("Only for people of this language, as in it; empty: for everybody.") },
	{ "revision", FIELD_STR, OPTIONAL,
	    N_("The revision that was read; one that was changed since is not edited.") },
};

static const struct noun_field autoreply_list_fields[] = {
	{ "number", FIELD_STR, OPTIONAL, N_("Only those of this phone-number-id.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field autoreply_name_fields[] = {
	{ "name", FIELD_STR, POSITIONAL, DOC_AUTOREPLY },
};

static const struct noun_field integration_events_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id or name of the integration.") },
	{ "after", FIELD_INT, OPTIONAL,
	    N_("Only what came behind it: \"last\" of the answer before.") },
};

#define LISTEN_VERBS \
	{ "integration", "events", "GET", "/api/v1/integrations/{id}/events", \
		WITH(integration_events_fields), \
		N_("What an app would be told by webhook; kept only while somebody asks."), \
		"varco integration events crm --after 0", "listenIntegration" }

#define AUTOREPLY_VERBS \
	{ "autoreply", "add", "POST", "/api/v1/autoreplies", WITH(autoreply_add_fields), \
		N_("Answers messages by itself, inside the window and never a machine."), \
		"varco autoreply add --name closed --kind out_of_hours --app crm --number 100200300" \
		" --hours 'mon-fri 09:00-18:00' --text 'We answer tomorrow from nine.'", \
		"addAutoreply" }, \
	    { "autoreply", "list", "GET", "/api/v1/autoreplies", WITH(autoreply_list_fields), \
		    N_("Lists the automatic replies."), "varco autoreply list", \
		    "listAutoreplies" }, \
	    { "autoreply", "show", "GET", "/api/v1/autoreplies/{name}", \
		    WITH(autoreply_name_fields), \
		    N_("Shows an automatic reply and how often it was sent."), \
		    "varco autoreply show closed", "showAutoreply" }, \
	    { "autoreply", "set", "PATCH", "/api/v1/autoreplies/{name}", \
		    WITH(autoreply_set_fields), \
		    N_("Changes the values that are given; who got it already stays known."), \
		    "varco autoreply set closed --text 'We answer on Monday from nine.'", \
		    "setAutoreply" }, \
	    { "autoreply", "remove", "DELETE", "/api/v1/autoreplies/{name}", \
		    WITH(autoreply_name_fields), N_("Removes an automatic reply."), \
		    "varco autoreply remove closed", "removeAutoreply" }

/* Rows of the table. */
#define TRIGGER_VERBS \
	{ "trigger", "add", "POST", "/api/v1/triggers", WITH(trigger_add_fields), \
		N_("Turns events of a CRM or a shop into messages of an app."), \
		"varco trigger add shipped.json --app crm --number 100200300 --secret-file secret", \
		"addTrigger" }, \
	    { "trigger", "list", "GET", "/api/v1/triggers", WITH(trigger_list_fields), \
		    N_("Lists the triggers."), "varco trigger list", "listTriggers" }, \
	    { "trigger", "test", "POST", "/api/v1/triggers/{name}/test", \
		    WITH(trigger_test_fields), \
		    N_("Shows what an event would be turned into and what policy says; nothing is sent."), \
		    "varco trigger test order-shipped event.json", "testTrigger" }, \
	    { "trigger", "show", "GET", "/api/v1/triggers/{name}", WITH(trigger_name_fields), \
		    N_("Shows a trigger, what came to it and why the last event was no use."), \
		    "varco trigger show order-shipped", "showTrigger" }, \
	    { "trigger", "set", "PATCH", "/api/v1/triggers/{name}", WITH(trigger_set_fields), \
		    N_("Changes the values that are given; events that were taken stay known."), \
		    "varco trigger set order-shipped --file shipped.json", "setTrigger" }, \
	    { "trigger", "remove", "DELETE", "/api/v1/triggers/{name}", WITH(trigger_name_fields), \
		    N_("Removes a trigger; what it took already is sent all the same."), \
		    "varco trigger remove order-shipped", "removeTrigger" }

#endif
