/* SPDX-License-Identifier: MIT */
/* Finds keys of the configuration that name one file for two purposes. Used by conf_rules.c
 * only. */
#ifndef LEAT_CONF_FILE_CLASH_H
#define LEAT_CONF_FILE_CLASH_H

#include "lib/conf/conf.h"

/* Reports each file that Leat would create or append to although another key names it as well, or
 * although it is a document or the configuration. */
void file_clash_check(struct json_object *config, struct diags *diags);

#endif
