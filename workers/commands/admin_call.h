/* SPDX-License-Identifier: MIT */
/* One command of workers/commands/cmd_admin.h at work, for the files that have them. */
#ifndef LEAT_WORKERS_COMMANDS_ADMIN_CALL_H
#define LEAT_WORKERS_COMMANDS_ADMIN_CALL_H

#include "lib/auth/store/store.h"

struct admin {
    struct arena arena;
    struct json_object *config, *params; /* borrowed */
    const char *actor, *now;
    struct shm *shm;
    struct db *db; /* NULL for commands of keys */
    struct store store;

    /* The last question and its answer. */
    struct store_call call;
    enum err err;
    struct json_object *row; /* the arena's */

    struct json_object *answer; /* what is printed; the caller's of admin_run() */
};

typedef void (*admin_fn)(struct admin *a);

/* Asks the store, and waits: a->err, a->row. What the database could not do is the answer. */
void admin_begin(struct admin *a, enum store_query query);
bool admin_ask(struct admin *a);

/* A parameter as text; NULL: absent. */
const char *admin_text(struct admin *a, const char *name);
/* The account that the parameter `email` names, by address or id; NULL: there is none, which is the
 * answer. */
struct json_object *admin_user(struct admin *a);

/* Answers. */
void admin_rows(struct admin *a);
void admin_say(struct admin *a, bool ok, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The commands: admin_users.c, admin_tokens.c. */
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
