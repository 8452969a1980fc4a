/* SPDX-License-Identifier: MIT */
/* `leat-worker --diff` compares two documents; a dry run of a reload prints the same breaks. See
 * lib/api/compare/compare.h. */
#ifndef LEAT_WORKERS_COMMANDS_CMD_DIFF_H
#define LEAT_WORKERS_COMMANDS_CMD_DIFF_H

#include <stdbool.h>

#include <json-c/json.h>

/* Compares two documents: prints what breaks clients, then other changes, then the counts; or a
 * JSON array. Errors in the documents go to standard error. Returns 0, or 1 if there was a break or
 * an error. */
int cmd_diff(const char *old_path, const char *new_path, bool is_json);
/* Prints a line for each break between the "documents" of two releases. */
void cmd_diff_print(struct json_object *old_documents, struct json_object *new_documents);

#endif
