/* SPDX-License-Identifier: MIT */
#include "lib/auth/jose/keyset.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/auth/jose/jwk_key.h"
#include "lib/core/buf.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"

enum { DEPTH = 16 };

struct keyset {
    struct jwk **keys;
    size_t count;
};

struct keyset *keyset_new(void)
{
    return xcalloc(1, sizeof(struct keyset));
}

void keyset_free(struct keyset **set)
{
    if (!*set)
        return;
    for (size_t i = 0; i < (*set)->count; i++)
        jwk_free(&(*set)->keys[i]);
    free((*set)->keys);
    free(*set);
    *set = NULL;
}

void keyset_add(struct keyset *set, struct jwk *key)
{
    assert(key);
    set->keys = xreallocarray(set->keys, set->count + 1, sizeof(struct jwk *));
    set->keys[set->count++] = key;
}

/* Returns true if an earlier key has the same id for the same algorithm. Two keys of one name are
 * damage or an attack, even if one of them cannot be read. */
static bool is_repeated(struct json_object *names, struct json_object *json, enum jose_alg alg)
{
    const char *kid = jget_text(json, "kid");
    struct buf name = {0};
    bool is_known = false;

    if (kid) {
        buf_printf(&name, "%s %s", jose_spec(alg)->name, kid);
        is_known = json_object_object_get_ex(names, buf_text(&name), NULL);
        json_object_object_add(names, buf_text(&name), NULL);
    }
    buf_fini(&name);
    return is_known;
}

static bool read_keys(struct keyset *set, struct json_object *json, struct fault *fault)
{
    struct json_object *names = json_object_new_object();
    struct fault unusable;
    bool ok = true;

    for (size_t i = 0; ok && i < jget_count(json, "keys"); i++) {
        struct json_object *item = jget_item(json, "keys", i);
        enum jose_alg alg = jwk_alg_of(item, &unusable);
        struct jwk *key = alg ? jwk_read(item, &unusable) : NULL;

        if (key)
            keyset_add(set, key);
        if (alg && is_repeated(names, item, alg)) {
            ok = fault_set(fault, "two keys have the same ID (kid)");
        } else if (key && key->is_private != set->keys[0]->is_private) {
            ok = fault_set(fault, "the set mixes public and secret keys");
        }
    }
    json_object_put(names);
    return ok;
}

bool keyset_read(struct slice text, size_t max_keys, struct keyset **out, struct fault *fault)
{
    struct json_object *json;
    struct jread_fault unread;
    bool ok = false;

    *out = NULL;
    if (!jread_plain(text.data, text.len, DEPTH, &json, &unread))
        return fault_set(fault, "%s", unread.message);
    if (!json_object_is_type(jget(json, "keys"), json_type_array)) {
        fault_set(fault, "the set has no list of keys");
    } else if (jget_count(json, "keys") > max_keys) {
        fault_set(fault, "the set has too many keys");
    } else {
        *out = keyset_new();
        ok = read_keys(*out, json, fault);
    }
    json_object_put(json);
    if (!ok)
        keyset_free(out);
    return ok;
}

size_t keyset_count(const struct keyset *set)
{
    return set->count;
}

struct jwk *keyset_at(const struct keyset *set, size_t i)
{
    return i < set->count ? set->keys[i] : NULL;
}

struct jwk *keyset_find(const struct keyset *set, struct slice kid, enum jose_alg alg, size_t *from)
{
    while (*from < set->count) {
        struct jwk *key = set->keys[(*from)++];

        if (key->alg == alg && (!kid.data || slice_is(kid, key->kid)))
            return key;
    }
    return NULL;
}

struct json_object *keyset_public(const struct keyset *set)
{
    struct json_object *json = json_object_new_object(), *keys = json_object_new_array();

    for (size_t i = 0; i < set->count; i++) {
        struct json_object *key = jwk_public(set->keys[i]);

        if (key)
            json_object_array_add(keys, key);
    }
    json_object_object_add(json, "keys", keys);
    return json;
}
