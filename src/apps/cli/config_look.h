/* apps/cli/config_look.h: what can be known of a configuration without starting: for `config check` and `doctor`. */
#ifndef APPS_CLI_CONFIG_LOOK_H
#define APPS_CLI_CONFIG_LOOK_H

#include "apps/gateway/gateway.h"

/* Values that are well formed and yet will not do: an address that is none, an upstream that the pack does not list, files
 * that are not there, a pack that cannot be read. 0; or the first of them, with err->field "section.key". */
MUST_CHECK int config_look(const struct gateway_config *c, struct err *err);

/* The pack that the configuration names, or the built-in one. */
MUST_CHECK int config_pack(const struct gateway_config *c, struct pack **ret, struct err *err);

/* Where a value comes from. */
enum config_origin { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT };
enum config_origin config_origin(
    const char *path, const struct config_option *o, int *ret_line, int *ret_column);
/* "VARCO_SERVER_LISTEN" */
#define CONFIG_ENV_MAX 96
void config_env_name(const struct config_option *o, char out[CONFIG_ENV_MAX]);
/* By "section.key"; NULL when there is none. */
const struct config_option *config_option_find(const char *name);

#endif
