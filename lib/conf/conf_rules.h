/* SPDX-License-Identifier: MIT */
/* Rules between keys of the configuration. Used by conf_load.c only. */
#ifndef LEAT_CONF_CONF_RULES_H
#define LEAT_CONF_CONF_RULES_H

#include "lib/conf/conf.h"

/* Reports values that are valid each but not together. */
void conf_rules_check(struct json_object *config, struct diags *diags);

#endif
