/* SPDX-License-Identifier: MIT */
/* What keys of the configuration ask of one another. For load.c. */
#ifndef LEAT_CONF_CONF_RULES_H
#define LEAT_CONF_CONF_RULES_H

#include "lib/conf/conf.h"

/* Reports what does not go together in a configuration whose every value is good by itself. */
void rules_check(struct json_object *config, struct diags *diags);

#endif
