/* SPDX-License-Identifier: MIT */
/* One call of a command, for the files that run them; verbs.def lists all. */
#ifndef LEAT_SERVER_CALL_H
#define LEAT_SERVER_CALL_H

#include "server/control.h"

/* Who asks, for what; `params` (may be NULL) are what verbs.def says. */
struct call {
    struct control_client *client;
    struct master *master;
    const char *method;
    struct json_object *id, *params;
};

#define VERB(name, function, role, arguments, help) void command_##function(const struct call *c);
#include "server/verbs.def"
#undef VERB

/* Answers with the JSON text, which it takes. */
void command_answer(const struct call *c, struct buf *json);
void command_refuse(const struct call *c, const char *message);
/* The answer comes later; false: another does already, and that was the answer. */
bool command_defer(const struct call *c);

#endif
