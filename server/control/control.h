/* SPDX-License-Identifier: MIT */
/*
 * The control socket: JSON-RPC 2.0, one object a line, for leatctl. A client's role follows from
 * the peer credentials that the kernel reports. Clients cannot do harm: lines are bounded, the
 * number of clients is limited (the one idle for longest makes room), and nothing they do blocks
 * the loop.
 */
#ifndef LEAT_SERVER_CONTROL_CONTROL_H
#define LEAT_SERVER_CONTROL_CONTROL_H

#include <stdbool.h>

#include <json-c/json.h>
#include <uv.h>

#include "lib/core/buf.h"
#include "lib/core/diag.h"
#include "server/sockets/unix_socket.h"

enum { CONTROL_CONNECTIONS_MAX = 64 };

enum control_role { ROLE_NONE, ROLE_READER, ROLE_ADMIN };

struct control_connection;

/* What the owner does, who knows the commands. */
struct control_events {
    /* Answers the request `id`, now or later; `params` may be NULL. */
    void (*on_request)(void *owner, struct control_connection *client, const char *method,
                       struct json_object *params, struct json_object *id);
    /* The client has gone: forgets that it waits for an answer. */
    void (*on_gone)(void *owner, struct control_connection *client);
    /* Returns the configuration whose `control.admins` and `control.readers` apply; NULL: none. */
    struct json_object *(*config)(void *owner);
};

struct control {
    uv_loop_t *loop;
    const struct control_events *events;
    void *owner;
    int fd;           /* the listening socket; -1: none */
    uv_poll_t poll;   /* watches `fd` while is_open */
    uv_timer_t pause; /* delays accepting after a failure */
    bool is_open;
    bool is_starved;  /* the last accept failed */
    bool is_borrowed; /* the socket's file belongs to another master */
    char *path;
    struct file_identity file;
    char *left_path; /* path of an adopted socket that the configuration no longer names */
    struct file_identity left_file;
    struct control_connection *clients; /* ordered by activity, the longest idle first */
    int client_count;
};

/* Initializes the struct; call it before all others. */
void control_init(struct control *c, uv_loop_t *loop, const struct control_events *events,
                  void *owner);
/* Listens at `control.socket` of the configuration. A socket adopted from an older master stays
 * unused until control_listen(). */
bool control_open(struct control *c, struct json_object *config, struct diags *diags);
void control_close(struct control *c);
/* Adopts the socket that an older master passes, bound to `path`. Takes `fd`. */
void control_adopt(struct control *c, int fd, const char *path);
/* Starts accepting, and takes ownership of the socket's file; call it when the older master
 * goes. */
void control_listen(struct control *c);
/* Gives up the file and new clients, because a newer master listens. */
void control_disown(struct control *c);
/* Pauses accepting for a moment, because no descriptor is free. */
void control_pause(struct control *c);
/* Answers the clients that wait for the end of the drain. */
void control_drained(struct control *c, const char *text);

/* Answers the request `id` (borrowed) with a result (raw JSON) or an error. For commands. */
void control_result(struct control_connection *client, struct json_object *id, struct slice json);
void control_error(struct control_connection *client, struct json_object *id, int code,
                   const char *message);
/* Answers with {"ok":…,"text":…}. */
void control_outcome(struct control_connection *client, struct json_object *id, bool ok,
                     const char *text);
/* Keeps `id` for an answer that comes later. Returns false if another is kept already. */
bool control_defer(struct control_connection *client, struct json_object *id);
/* Answers the kept request with a result (raw JSON). */
void control_result_deferred(struct control_connection *client, struct slice json);
/* Answers the kept request with an outcome. */
void control_outcome_deferred(struct control_connection *client, bool ok, const char *text);
/* Marks the kept request as waiting for the end of the drain. */
void control_await_drain(struct control_connection *client);
/* The process at the other end, as the kernel names it. */
struct control_peer {
    unsigned uid;
    int pid;
};
enum control_role control_role_of(struct control_connection *client);
/* Returns who calls, for the audit. */
struct control_peer control_peer_of(const struct control_connection *client);

#endif
