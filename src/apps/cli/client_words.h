/* apps/cli/client_words.h: the options of every verb that asks a running server.
 *
 * CLIENT_WORDS are rows of a verb's table of options, with what --url is when it is not given; the
 * verb's parser asks client_word() first. */
#ifndef APPS_CLI_CLIENT_WORDS_H
#define APPS_CLI_CLIENT_WORDS_H

#include "apps/cli/client.h"

enum {
	CLIENT_KEY_URL = 0x4000,
	CLIENT_KEY_TOKEN,
	CLIENT_KEY_CA,
};

#define CLIENT_WORDS(url) \
	{ "url", CLIENT_KEY_URL, "URL", 0, url, 0 }, \
	    { "admin-token-file", CLIENT_KEY_TOKEN, N_("FILE"), 0, \
		    N_("The admin token; else VARCO_TOKEN, else admin.token in the state directory"), \
		    0 }, \
	    { "ca-file", CLIENT_KEY_CA, N_("FILE"), 0, \
		    N_("Certificate authorities to trust, in PEM, instead of the system's"), 0 }
#define CLIENT_URL_DEFAULT N_("The server; else VARCO_URL, else http://127.0.0.1:8080")

/* False: the key is none of these. `arg` must outlive `o`. */
bool client_word(struct client_options *o, int key, const char *arg);

#endif
