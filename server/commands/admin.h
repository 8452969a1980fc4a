/* SPDX-License-Identifier: MIT */
/* Runs commands that need the database or keys: leat-worker --admin runs each as the workers' user,
 * and the line of JSON that it prints is the answer. */
#ifndef LEAT_SERVER_COMMANDS_ADMIN_H
#define LEAT_SERVER_COMMANDS_ADMIN_H

struct admin_task;
struct control_connection;
struct fleet;
struct reload;

struct admins {
    struct fleet *fleet;
    struct reload *reload; /* after a change of keys */
    void *owner;
    void (*on_end)(void *owner); /* one has ended */
    struct admin_task *first;
    int count;
};

/* Called when the client has gone: its command continues, without an answer. */
void admins_forget(struct admins *a, const struct control_connection *client);
/* Asks running commands to end. */
void admins_cancel(struct admins *a);
/* Kills running commands. */
void admins_kill(struct admins *a);

#endif
