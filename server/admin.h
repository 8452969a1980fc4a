/* SPDX-License-Identifier: MIT */
/* Commands that need the database or keys: leat-worker --admin runs them, as the workers' user, and
 * its line of JSON is the answer. */
#ifndef LEAT_SERVER_ADMIN_H
#define LEAT_SERVER_ADMIN_H

struct admin_task;
struct control_client;

struct admins {
    struct admin_task *first;
    int count;
};

/* The client is gone: its command goes on, for nobody. */
void admins_forget(struct admins *a, const struct control_client *client);
/* Asks those that run to end. */
void admins_cancel(struct admins *a);
/* Ends them at once. */
void admins_kill(struct admins *a);

#endif
