/* SPDX-License-Identifier: MIT */
/* A call of a command, for the files that implement them; verbs.def lists all commands. */
#ifndef LEAT_SERVER_COMMANDS_CALL_H
#define LEAT_SERVER_COMMANDS_CALL_H

#include "server/control/control.h"

struct commands;

/* The caller and the request; `params` (may be NULL) are as declared in verbs.def. */
struct call {
    struct control_connection *client;
    struct commands *commands; /* what they act on */
    const char *method;
    struct json_object *id, *params;
};

#define VERB(name, function, role, arguments, help) void command_##function(const struct call *c);
#include "server/commands/verbs.def"
#undef VERB

/* Answers with JSON text, which it frees. */
void command_answer(const struct call *c, struct buf *json);
void command_refuse(const struct call *c, const char *message);
/* Keeps the call open for an answer that comes later. Returns false, after refusing, if the
 * connection waits for another answer already. */
bool command_defer(const struct call *c);

#endif
