/* SPDX-License-Identifier: MIT */
/* Reports the crash of a command, which would otherwise end without a message. */
#ifndef LEAT_WORKERS_COMMANDS_CRASH_REPORT_H
#define LEAT_WORKERS_COMMANDS_CRASH_REPORT_H

/* From now on a fatal signal prints a line on standard error that names `command` (static), and
 * then ends the process as usual. */
void crash_report(const char *command);

#endif
