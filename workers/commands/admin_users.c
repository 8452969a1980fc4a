/* SPDX-License-Identifier: MIT */
/* leatctl user …, audit: manages accounts and shows the audit log. */
#include <ctype.h>

#include "lib/auth/password/password.h"
#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/text/uuid.h"
#include "lib/shm/epoch.h"
#include "lib/schema/format.h"
#include "workers/commands/admin_call.h"

enum { AUDIT_LIMIT = 100, AUDIT_MAX = 10000 };

void admin_user_list(struct admin *a)
{
    admin_begin(a, STORE_USERS);
    store_text(&a->call, "after", admin_text(a, "after"));
    if (admin_ask(a))
        admin_rows(a);
}

/* Converts "a,b" to a JSON array, in the arena; NULL after answering that a role is not
 * configured. */
static const char *read_roles(struct admin *a, const char *text)
{
    struct slice rest = slice_of(text ? text : "");
    struct json_object *known = conf_get(a->config, "identity.roles");
    const char *out = "[";

    while (rest.len) {
        struct slice role = slice_trim(slice_cut(&rest, ','));
        const char *name = arena_strndup(&a->arena, role.data, role.len);

        if (!jget(known, name)) {
            admin_say(a, false, "%s: no such role in identity.roles\n", name);
            return NULL;
        }
        out = arena_printf(&a->arena, "%s%s\"%s\"", out, out[1] ? "," : "", name);
    }
    return arena_printf(&a->arena, "%s]", out);
}

static const char *read_email(struct admin *a)
{
    const char *sent = admin_text(a, "email");
    char *email = arena_strdup(&a->arena, sent);

    for (char *at = email; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (format_find("email")->is_text(email, strlen(email)))
        return email;
    admin_say(a, false, "%s: not an e-mail address\n", sent);
    return NULL;
}

/* Returns the hash of the parameter `password`, in the arena. NULL after an answer, or if there is
 * none: *is_missing. */
static const char *hash_password(struct admin *a, const char *email, bool *is_missing)
{
    struct slice password = slice_of(admin_text(a, "password"));
    enum password_fault fault;
    struct password_cost cost = {
        .memory_kib = (uint32_t)(conf_int(a->config, "identity.password.memory") / 1024),
        .passes = (uint32_t)conf_int(a->config, "identity.password.passes"),
        .lanes = 1};
    char *out = arena_alloc(&a->arena, PASSWORD_HASH);

    *is_missing = !password.len;
    if (*is_missing)
        return NULL;
    fault = password_check(password, email);
    if (fault == PASSWORD_OK && password_hash(&cost, password, out))
        return out;
    admin_say(a, false, "the password %s\n",
              fault == PASSWORD_OK ? "could not be hashed" : password_fault_text(fault));
    return NULL;
}

void admin_user_create(struct admin *a)
{
    const char *email = read_email(a),
               *roles = email ? read_roles(a, admin_text(a, "roles")) : NULL;
    char id[UUID_TEXT];
    const char *hash = NULL;
    bool has_none = false;

    if (!roles || (!(hash = hash_password(a, email, &has_none)) && !has_none))
        return;
    uuid_v7(id);
    admin_begin(a, STORE_REGISTER);
    store_text(&a->call, "id", id);
    store_text(&a->call, "email", email);
    store_text(&a->call, "roles", roles);
    store_text(&a->call, "password_hash", hash);
    store_text(&a->call, "verified_at", jget_bool(a->params, "verified") ? a->now : NULL);
    if (!admin_ask(a))
        return;
    if (a->err == ERR_CONFLICT)
        admin_say(a, false, "%s: an account with this address already exists\n", email);
    else
        admin_say(a, true, "%s\n", id);
}

/* Tells every worker that the account's logins were ended, and returns their number. */
static int64_t took_back(struct admin *a, struct json_object *user)
{
    epoch_advance(a->shm, jget_text(user, "id"));
    return jget_int(a->row, "count");
}

void admin_user_disable(struct admin *a)
{
    struct json_object *user = admin_user(a);

    if (!user)
        return;
    admin_begin(a, STORE_DISABLE_USER);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    if (admin_ask(a))
        admin_say(a, true, "disabled; %lld sessions ended\n", (long long)took_back(a, user));
}

void admin_user_enable(struct admin *a)
{
    struct json_object *user = admin_user(a);

    if (!user)
        return;
    admin_begin(a, STORE_ENABLE_USER);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    if (admin_ask(a))
        admin_say(a, true, "enabled\n");
}

void admin_user_set_password(struct admin *a)
{
    struct json_object *user = admin_user(a);
    bool has_none = false;
    const char *hash = user ? hash_password(a, jget_text(user, "email"), &has_none) : NULL;

    if (has_none)
        admin_say(a, false, "no password was given\n");
    if (!hash)
        return;
    admin_begin(a, STORE_SET_PASSWORD);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    store_text(&a->call, "password_hash", hash);
    store_text(&a->call, "kind", "reset-password");
    if (admin_ask(a))
        admin_say(a, true, "password set; %lld sessions ended\n", (long long)took_back(a, user));
}

void admin_user_disable_totp(struct admin *a)
{
    struct json_object *user = admin_user(a);

    if (!user)
        return;
    admin_begin(a, STORE_TOTP_REMOVE);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    if (admin_ask(a))
        admin_say(a, a->err == OK,
                  a->err == OK ? "second factor removed\n" : "the account has no second factor\n");
}

void admin_user_roles(struct admin *a)
{
    struct json_object *user = admin_user(a);
    const char *roles = user ? read_roles(a, admin_text(a, "roles")) : NULL;

    if (!roles)
        return;
    admin_begin(a, STORE_SET_ROLES);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    store_text(&a->call, "roles", roles);
    if (!admin_ask(a))
        return;
    epoch_advance(a->shm, jget_text(user, "id"));
    admin_say(a, true, "%s, effective with the next token\n", roles);
}

void admin_audit(struct admin *a)
{
    struct json_object *user = NULL;
    int64_t limit = jget(a->params, "limit") ? jget_int(a->params, "limit") : AUDIT_LIMIT;

    if (limit < 1 || limit > AUDIT_MAX) {
        admin_say(a, false, "limit must be from 1 to %d\n", AUDIT_MAX);
        return;
    }
    if (admin_text(a, "email") && !(user = admin_user(a)))
        return;
    admin_begin(a, STORE_AUDITS);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    store_integer(&a->call, "limit", limit);
    if (admin_ask(a))
        admin_rows(a);
}
