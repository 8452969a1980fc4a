/* SPDX-License-Identifier: MIT */
/* leatctl token …, keys …: manages API keys of accounts, and the keys that sign tokens. */
#include <stdlib.h>

#include "lib/auth/secret/apikey.h"
#include "lib/auth/store/identity.h"
#include "lib/auth/jose/keyfile.h"
#include "lib/auth/jose/keyset.h"
#include "lib/auth/secret/bearer_secret.h"
#include "lib/conf/conf.h"
#include "lib/conf/units.h"
#include "lib/core/clock.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/shm/epoch.h"
#include "workers/commands/admin_call.h"

enum { FILE_MAX = 1 << 20, KEYS_MAX = 64 };

/* Returns the requested scopes if the account has them, as a key never has more than its account;
 * NULL after an answer. */
static const char *read_scopes(struct admin *a, struct json_object *user)
{
    char *own = identity_scopes(a->config, jget_text(user, "roles"));
    struct identity who = {.scope = own};
    const char *asked = admin_text(a, "scopes"), *out = arena_strdup(&a->arena, own);
    struct slice rest = slice_of(asked ? asked : "");

    while (rest.len) {
        struct slice one = slice_cut(&rest, ' ');
        const char *scope = arena_strndup(&a->arena, one.data, one.len);

        if (identity_has_scope(&who, scope))
            continue;
        admin_say(a, false, "%s: the account lacks this scope; it has: %s\n", scope, out);
        out = NULL;
        break;
    }
    free(own);
    return out && asked ? asked : out;
}

/* Sets *out to the expiry of the key, or NULL. Returns false after answering that the parameter is
 * not a duration. */
static bool read_expiry(struct admin *a, const char **out)
{
    const char *text = admin_text(a, "expires");
    char at[CLOCK_TEXT];
    long long ms;

    *out = NULL;
    if (!text)
        return true;
    if (!units_duration_ms(text, &ms) || ms <= 0) {
        admin_say(a, false, "expires must be a duration such as 12h or 90d\n");
        return false;
    }
    clock_rfc3339(clock_real_ms() + (uint64_t)ms, at);
    *out = arena_strdup(&a->arena, at);
    return true;
}

void admin_token_create(struct admin *a)
{
    struct json_object *user = admin_user(a);
    const char *scopes = user ? read_scopes(a, user) : NULL, *expires_at;
    char text[APIKEY_TEXT], id[APIKEY_ID], hash[BEARER_SECRET_HASH];

    if (!scopes || !read_expiry(a, &expires_at))
        return;
    apikey_make(text, id);
    bearer_secret_hash(slice_of(text), hash);
    admin_begin(a, STORE_API_KEY_CREATE);
    store_text(&a->call, "id", id);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    store_text(&a->call, "name", admin_text(a, "name"));
    store_text(&a->call, "secret_hash", hash);
    store_text(&a->call, "scopes", scopes);
    store_text(&a->call, "expires_at", expires_at);
    if (admin_ask(a))
        admin_say(a, a->err == OK, "%s\n",
                  a->err == OK ? text : "the account is disabled or already has 1000 keys");
    explicit_bzero(text, sizeof(text));
}

void admin_token_list(struct admin *a)
{
    struct json_object *user = NULL;

    if (admin_text(a, "email") && !(user = admin_user(a)))
        return;
    admin_begin(a, STORE_API_KEYS);
    store_text(&a->call, "user_id", jget_text(user, "id"));
    if (admin_ask(a))
        admin_rows(a);
}

void admin_token_revoke(struct admin *a)
{
    const char *id = admin_text(a, "id");

    admin_begin(a, STORE_API_KEY_REVOKE);
    store_text(&a->call, "id", id);
    if (!admin_ask(a))
        return;
    if (a->err != OK) {
        admin_say(a, false, "%s: no such token; see leatctl token list\n", id);
        return;
    }
    epoch_advance(a->shm, jget_text(a->row, "user_id"));
    admin_say(a, true, "revoked\n");
}

/* --- signing keys --- */

/* Returns the path of the generated keys; NULL after an answer. */
static const char *key_file(struct admin *a)
{
    const char *reference = conf_string(a->config, "identity.key-file");

    if (json_object_array_length(conf_get(a->config, "identity.keys")))
        admin_say(a, false,
                  "the keys come from identity.keys; change the configuration and reload\n");
    else if (!reference)
        admin_say(a, false, "there are no keys, as no document has a bearer scheme\n");
    else if (strncmp(reference, "file:", 5) != 0)
        admin_say(a, false, "identity.key-file is not a file\n");
    else
        return reference + 5;
    return NULL;
}

void admin_keys_list(struct admin *a)
{
    const char *path = key_file(a);
    struct fault fault;
    struct keyset *set = NULL;
    struct buf text = {0};

    if (!path)
        return;
    fault_set(&fault, "cannot be read");
    if (file_read(path, FILE_MAX, &text) && keyset_read(buf_slice(&text), KEYS_MAX, &set, &fault)) {
        a->answer = json_object_new_array();
        for (size_t i = 0; i < keyset_count(set); i++) {
            struct json_object *row = json_object_new_object();

            jput_text(row, "kid", jwk_kid(keyset_at(set, i)));
            jput_text(row, "algorithm", jose_spec(jwk_alg(keyset_at(set, i)))->name);
            jput_text(row, "use", i ? "verifies" : "signs");
            json_object_array_add(a->answer, row);
        }
    } else {
        admin_say(a, false, "%s: %s\n", path, fault.text);
    }
    if (text.data)
        explicit_bzero(text.data, text.cap);
    buf_fini(&text);
    keyset_free(&set);
}

void admin_keys_rotate(struct admin *a)
{
    const char *path = key_file(a);
    struct fault fault;

    if (!path)
        return;
    if (keyfile_rotate(path, jose_find(slice_of(conf_string(a->config, "identity.algorithm"))),
                       &fault))
        admin_say(a, true, "a new key signs from now on; older keys still verify\n");
    else
        admin_say(a, false, "%s\n", fault.text);
}
