/* SPDX-License-Identifier: MIT */
/*
 * The control socket: JSON-RPC 2.0, one object a line, for leatctl. Only root and the master's own
 * user are listened to. A client can send what it likes: lines have a bound, clients are limited
 * in number (the longest idle makes room), and nothing it does blocks the loop.
 */
#ifndef LEAT_SERVER_CONTROL_H
#define LEAT_SERVER_CONTROL_H

#include <stdbool.h>

#include <json-c/json.h>
#include <uv.h>

#include "lib/core/buf.h"
#include "lib/core/diag.h"

enum { CONTROL_CLIENTS_MAX = 64 };

struct master;
struct control_client;

struct control {
    struct master *master;
    uv_pipe_t pipe;
    bool is_open;
    char *path;
    struct control_client *clients; /* longest idle first */
    int client_count;
};

/* Listens at `control.socket` of the configuration. */
bool control_open(struct control *c, struct master *m, struct json_object *config,
                  struct diags *diags);
void control_close(struct control *c);

/* For commands: answers the request `id` (borrowed) with a result (raw JSON) or an error. */
void control_result(struct control_client *client, struct json_object *id, struct slice json);
void control_error(struct control_client *client, struct json_object *id, int code,
                   const char *message);
/* Keeps `id` for an answer that comes later; false if another is kept already. */
bool control_defer(struct control_client *client, struct json_object *id);
/* Answers the kept request. */
void control_result_deferred(struct control_client *client, struct slice json);
struct master *control_master(struct control_client *client);

#endif
