/* SPDX-License-Identifier: MIT */
/* Finds keys of the configuration that name one file for two purposes. */
#ifndef LEAT_CONF_FILE_CLASH_H
#define LEAT_CONF_FILE_CLASH_H

#include "lib/conf/conf.h"

/* Reports each file that Leat would create or append to although another key names it as well, or
 * although it is a document or the configuration. */
void file_clash_check(struct json_object *config, struct diags *diags);
/* Reports that the path of the pid file, an option of leat, is one of these files. */
void file_clash_check_pid_file(struct json_object *config, const char *path, struct diags *diags);

#endif
