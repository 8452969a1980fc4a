/* SPDX-License-Identifier: MIT */
/*
 * The control socket: JSON-RPC 2.0, one object a line, for leatctl. Who may say what is decided by
 * whom the kernel says the peer is. A client can send what it likes: lines have a bound, clients
 * are limited in number (the longest idle makes room), and nothing it does blocks the loop.
 */
#ifndef LEAT_SERVER_CONTROL_H
#define LEAT_SERVER_CONTROL_H

#include <stdbool.h>

#include <json-c/json.h>
#include <uv.h>

#include "lib/core/buf.h"
#include "lib/core/diag.h"
#include "server/unix_socket.h"

enum { CONTROL_CLIENTS_MAX = 64 };

enum control_role { ROLE_NONE, ROLE_READER, ROLE_ADMIN };

struct master;
struct control_client;

struct control {
    struct master *master;
    int fd;           /* that listens; -1: none */
    uv_poll_t poll;   /* of it, while it is_open */
    uv_timer_t pause; /* of accepting, where that failed */
    bool is_open;
    bool is_starved;  /* the last accept failed */
    bool is_borrowed; /* its file is another master's */
    char *path;
    struct file_identity file;
    char *left_path; /* of an adopted socket that the configuration does not name any more */
    struct file_identity left_file;
    struct control_client *clients; /* longest idle first */
    int client_count;
};

/* Before anything else. */
void control_init(struct control *c, struct master *m);
/* Listens at `control.socket` of the configuration; with the older master's socket only once
 * control_listen() says so. */
bool control_open(struct control *c, struct json_object *config, struct diags *diags);
void control_close(struct control *c);
/* An older master passes its socket at `path`. Takes `fd`. */
void control_adopt(struct control *c, int fd, const char *path);
/* The older master goes: listens, and the socket's file is ours. */
void control_listen(struct control *c);
/* A newer master listens: the file is its, and new clients too. */
void control_disown(struct control *c);
/* Accepts nobody for a moment: there is no descriptor for who comes. */
void control_pause(struct control *c);
/* Answers those who wait for the end of the drain. */
void control_drained(struct control *c, const char *text);

/* For commands: answers the request `id` (borrowed) with a result (raw JSON) or an error. */
void control_result(struct control_client *client, struct json_object *id, struct slice json);
void control_error(struct control_client *client, struct json_object *id, int code,
                   const char *message);
/* The same with {"ok":…,"text":…}. */
void control_outcome(struct control_client *client, struct json_object *id, bool ok,
                     const char *text);
/* Keeps `id` for an answer that comes later; false if another is kept already. */
bool control_defer(struct control_client *client, struct json_object *id);
/* Answers the kept request with a result (raw JSON). */
void control_result_deferred(struct control_client *client, struct slice json);
/* The same with an outcome. */
void control_outcome_deferred(struct control_client *client, bool ok, const char *text);
/* The kept request waits for the end of the drain. */
void control_await_drain(struct control_client *client);
struct master *control_master(struct control_client *client);
enum control_role control_role_of(struct control_client *client);
/* "uid=0 pid=123", for the audit. */
void control_describe(struct control_client *client, char *out, size_t size);

#endif
