/* SPDX-License-Identifier: MIT */
/* The state of one command of workers/commands/cmd_admin.h, for the files that implement them. */
#ifndef LEAT_WORKERS_COMMANDS_ADMIN_CALL_H
#define LEAT_WORKERS_COMMANDS_ADMIN_CALL_H

#include "lib/auth/store/store.h"

struct admin {
    struct arena arena;
    struct json_object *config, *params; /* borrowed */
    const char *actor, *now;
    struct shm *shm;
    struct db *db; /* NULL for the keys commands */
    struct store store;

    /* The last query and its result. */
    struct store_call call;
    enum err err;
    struct json_object *row; /* in the arena */

    struct json_object *answer; /* printed at the end; taken by cmd_admin() */
};

typedef void (*admin_fn)(struct admin *a);

/* Starts a query of the store; admin_ask() runs it, waits, and sets a->err and a->row. It returns
 * false after errors of the database, which are then the answer. */
void admin_begin(struct admin *a, enum store_query query);
bool admin_ask(struct admin *a);

/* Returns a parameter as text; NULL if absent. */
const char *admin_text(struct admin *a, const char *name);
/* Returns the account that the parameter `email` names, by address or id; NULL if there is none,
 * which is then the answer. */
struct json_object *admin_user(struct admin *a);

/* Answers with the rows, or with a text. */
void admin_rows(struct admin *a);
void admin_say(struct admin *a, bool ok, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The commands; see admin_users.c and admin_keys.c. */
void admin_user_list(struct admin *a);
void admin_user_create(struct admin *a);
void admin_user_disable(struct admin *a);
void admin_user_enable(struct admin *a);
void admin_user_set_password(struct admin *a);
void admin_user_disable_totp(struct admin *a);
void admin_user_roles(struct admin *a);
void admin_token_create(struct admin *a);
void admin_token_list(struct admin *a);
void admin_token_revoke(struct admin *a);
void admin_audit(struct admin *a);
void admin_keys_list(struct admin *a);
void admin_keys_rotate(struct admin *a);

#endif
