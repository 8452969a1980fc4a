/* SPDX-License-Identifier: MIT */
/* Lets a command that crashes say so, where it would end without a word. */
#ifndef LEAT_WORKERS_COMMANDS_CRASH_REPORT_H
#define LEAT_WORKERS_COMMANDS_CRASH_REPORT_H

/* From now on a fatal signal prints a line on standard error that names `command` (static), and
 * ends the process as ever. */
void crash_report(const char *command);

#endif
