#include "apps/cli/client_words.h"

bool client_word(struct client_options *o, int key, const char *arg)
{
	switch (key) {
	case CLIENT_KEY_URL:
		o->url = arg;
		return true;
	case CLIENT_KEY_TOKEN:
		o->token_file = arg;
		return true;
	case CLIENT_KEY_CA:
		o->ca_file = arg;
		return true;
	default:
		return false;
	}
}
