/* SPDX-License-Identifier: MIT */
/* auth.keys, auth.keys.create and auth.keys.revoke manage the API keys of an account. */
#include "workers/accounts/account.h"
#include "lib/auth/secret/apikey.h"
#include "lib/auth/secret/bearer_secret.h"
#include "lib/core/json/jget.h"
#include "lib/core/text/scope.h"
#include "workers/accounts/account_builtins.h"
#include "workers/request/answer.h"
#include "workers/request/reply.h"

enum { LIFE_MAX_S = 100 * 365 * 86400LL };
enum { SCOPE_STEPS = 5 }; /* budget for each requested scope, on top of the caller's */

static void begin_query(struct account *a, enum store_query query)
{
    account_begin(a, query);
    store_text(&a->call, "user_id", a->r->identity->subject);
}

static void on_listed(struct account *a)
{
    struct json_object *out = json_object_new_object();

    for (size_t i = 0; a->row && i < json_object_array_length(a->row); i++)
        json_object_object_del(json_object_array_get_idx(a->row, i),
                               "email"); /* the caller's own */
    json_object_object_add(out, "items",
                           a->row ? json_object_get(a->row) : json_object_new_array());
    answer_value(a->r, out);
}

void builtin_api_keys(struct account *a)
{
    begin_query(a, STORE_API_KEYS);
    account_ask(a, on_listed);
}

/* An account that is gone, disabled, or has a thousand keys gets none. */
static void on_created(struct account *a)
{
    if (a->err != OK) {
        account_fail(a, a->err == ERR_NOT_FOUND ? ERR_FORBIDDEN : ERR_INTERNAL);
        return;
    }
    account_answer(a);
}

/* Returns the row that is inserted, with the key, which is shown only this once. */
static struct json_object *created(const struct account *a)
{
    static const char *const columns[] = {"id", "name", "scopes", "expires_at"};
    struct json_object *out = json_object_new_object();

    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
        const char *text = store_get_text(&a->call, columns[i]);

        json_object_object_add(out, columns[i], text ? json_object_new_string(text) : NULL);
    }
    jput_text(out, "created_at", a->now);
    jput_text(out, "key", a->secret);
    return out;
}

static bool takes_scope(struct account *a, const struct jvalue *item, struct buf *out)
{
    const struct identity *who = a->r->identity;
    struct slice text = jvalue_text(item);
    const char *scope;

    if (item->type != JSTRING || !scope_is_token(text) ||
        !budget_step(&a->r->budget, SCOPE_STEPS + strlen(who->scope ? who->scope : "")))
        return false;
    scope = arena_strndup(account_arena(a), text.data, text.len);
    if (!identity_has_scope(who, scope))
        return false;
    if (out->len)
        buf_putc(out, ' ');
    buf_put(out, text.data, text.len);
    return true;
}

/* Returns the requested scopes, all of which the caller must have; NULL after a refusal. */
static const char *read_scopes(struct account *a)
{
    const struct jvalue *list = jvalue_get(&a->r->body, SLICE_LIT("scopes"));
    struct buf scopes = {0};
    const char *out = NULL;
    size_t count = list && list->type == JARRAY ? list->size : 0, i = 0;

    if (!list)
        return a->r->identity->scope ? a->r->identity->scope : "";
    while (i < count && takes_scope(a, &list->items[i], &scopes))
        i++;
    if (i == count)
        out = arena_strndup(account_arena(a), scopes.data, scopes.len);
    else
        account_refuse(a, arena_printf(account_arena(a), "/scopes/%zu", i), "scope",
                       "is not a scope of this account");
    buf_fini(&scopes);
    return out;
}

/* Reads expires_in, which must be positive and small enough for a date; documents may not restrict
 * it. */
static bool takes_life(struct account *a, int64_t *life_s)
{
    const struct jvalue *sent = jvalue_get(&a->r->body, SLICE_LIT("expires_in"));

    *life_s = 0;
    if (!sent || sent->type == JNULL)
        return true;
    if (sent->type == JINTEGER)
        *life_s = sent->integer;
    else if (sent->type == JDOUBLE && sent->real > 0 && sent->real <= (double)LIFE_MAX_S)
        *life_s = (int64_t)sent->real;
    if (*life_s > 0 && *life_s <= LIFE_MAX_S)
        return true;
    account_refuse(a, "/expires_in", "expires_in",
                   "must be a number of seconds, at most a hundred years");
    return false;
}

/* Checks the name, which the document may not restrict. */
static bool takes_name(struct account *a)
{
    struct slice name = account_slice(a, "name");

    if (name.data && !memchr(name.data, '\0', name.len))
        return true;
    account_refuse(a, "/name", "type", "must be a string without U+0000");
    return false;
}

void builtin_create_api_key(struct account *a)
{
    char *text = arena_alloc(account_arena(a), APIKEY_TEXT),
         *hash = arena_alloc(account_arena(a), BEARER_SECRET_HASH);
    char id[APIKEY_ID];
    const char *scopes = read_scopes(a);
    int64_t life_s;

    if (!scopes || !takes_life(a, &life_s) || !takes_name(a))
        return;
    apikey_make(text, id);
    bearer_secret_hash(slice_of(text), hash);
    a->secret = text;
    begin_query(a, STORE_API_KEY_CREATE);
    store_text(&a->call, "id", arena_strdup(account_arena(a), id));
    store_text(&a->call, "name", account_text(a, "name"));
    store_text(&a->call, "secret_hash", hash);
    store_text(&a->call, "scopes", scopes);
    store_text(&a->call, "expires_at",
               life_s ? auth_time(account_arena(a), a->now_s + life_s) : NULL);
    if (account_prepare(a, created(a)))
        account_ask(a, on_created);
}

static void on_revoked(struct account *a)
{
    if (a->err != OK) {
        account_fail(a, a->err);
        return;
    }
    account_took_back(a);
    account_done(a);
}

void builtin_revoke_api_key(struct account *a)
{
    begin_query(a, STORE_API_KEY_REVOKE);
    store_text(&a->call, "id", account_parameter(a, "id"));
    account_ask(a, on_revoked);
}
