/* SPDX-License-Identifier: MIT */
#ifndef LEAT_WORKERS_COMMANDS_CMD_RESTORE_H
#define LEAT_WORKERS_COMMANDS_CMD_RESTORE_H

#include <stdbool.h>

/* `leat restore BACKUP` proves the backup and puts it in the place of the database of the
 * configuration `config_path`, which nobody may have open. The old database is moved aside. A dry
 * run proves it too, says what it would do, and changes nothing. Returns the exit code. */
int cmd_restore(const char *config_path, const char *backup, bool is_dry);

#endif
