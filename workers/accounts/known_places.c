/* SPDX-License-Identifier: MIT */
#include "workers/accounts/known_places.h"

#include "lib/auth/secret/device.h"
#include "lib/auth/secret/digest.h"
#include "workers/identity/authentication.h"
#include "workers/request/rates.h"
#include "workers/request/reply.h"

enum { HEX = 65 };

/* Returns the keyed hash by which the network is remembered for the account. */
static const char *name_of(struct account *a, const char *email)
{
    const char *text = arena_printf(account_arena(a), "network\n%s\n%s", email, rate_address(a->r));
    char *out = arena_alloc(account_arena(a), HEX);
    unsigned char sum[32];

    digest_hmac_sha256(a->auth->key, sizeof(a->auth->key), text, strlen(text), sum);
    digest_sha256_hex((const char *)sum, sizeof(sum), out);
    return out;
}

static void on_remembered(struct account *a)
{
    a->place = a->err == OK ? rate_address(a->r) : NULL;
    a->next_known(a);
}

static bool find_device(struct account *a)
{
    char id[DEVICE_ID];

    if (!device_open(a->auth->key, a->email, authentication_cookie(a->r, DEVICE_COOKIE), a->now_s,
                     id))
        return false;
    a->place = arena_printf(account_arena(a), "device %s", id);
    return true;
}

void known_places_find(struct account *a, account_fn next)
{
    if (find_device(a)) {
        account_continue(a, next);
        return;
    }
    a->next_known = next;
    account_begin(a, STORE_REMEMBERED);
    store_text(&a->call, "name", name_of(a, a->email));
    account_ask(a, on_remembered);
}

void known_places_add_network(struct account *a, const char *email)
{
    store_text(&a->call, "known_as", name_of(a, email));
    store_text(&a->call, "known_until", auth_time(account_arena(a), a->now_s + DEVICE_S));
}

void known_places_set_device(struct account *a, const char *email)
{
    struct buf value = {0};

    if (!a->r->is_tls && !a->r->is_trusted)
        return;
    device_seal(a->auth->key, email, a->now_s, &value);
    reply_header(a->r, "set-cookie",
                 slice_of(arena_printf(account_arena(a),
                                       DEVICE_COOKIE
                                       "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%d",
                                       buf_text(&value), DEVICE_S)));
    buf_fini(&value);
}
