/* SPDX-License-Identifier: MIT */
#include "workers/identity/jwks.h"

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "t/lib/auth/jose/jose_fixture.h"
#include "workers/identity/auth.h"

#define EC "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" JOSE_EC_X "\",\"y\":\"" JOSE_EC_Y "\""
#define DAY_NS (24 * 3600 * NS_PER_S)

static struct shm_slot slot;
static struct worker worker = {.slot = &slot};
static struct keyset *keys;
static struct jwks jwks;

static void set_up(void)
{
    worker.auth = calloc(1, sizeof(*worker.auth));
    jwks = (struct jwks){.name = "op", .keys = &keys};
}

static void tear_down(void)
{
    keyset_free(&keys);
    credential_cache_fini(&worker.auth->cache);
    free(worker.auth);
}

TestSuite(jwks, .init = set_up, .fini = tear_down);

static bool take(int status, const char *type, const char *text)
{
    struct outbound_request o = {.status = status};
    bool ok;

    snprintf(o.content_type, sizeof(o.content_type), "%s", type);
    buf_puts(&o.answer, text);
    ok = jwks_take(&jwks, &worker, &o);
    buf_fini(&o.answer);
    return ok;
}

static uint64_t failures(void)
{
    return atomic_load(&slot.counts[COUNT_JWKS_FAILED]);
}

Test(jwks, knows_an_outage_from_its_first_failure_to_the_next_success)
{
    static const char *const set = "{\"keys\": [{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": "
                                   "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

    cr_expect(!jwks.is_out, "nobody has asked yet");
    cr_expect(!take(500, "application/json", set) && jwks.is_out);
    cr_expect(!take(200, "text/html", set) && jwks.is_out);
    cr_expect(failures() == 2, "each attempt is counted");
    cr_expect(take(200, "application/json", set) && !jwks.is_out);
    cr_expect(take(200, "application/json", set) && failures() == 2);
}

/* Caches the identity of a verified token. */
static void remember(void)
{
    static const unsigned char digest[CACHE_DIGEST] = {1};
    struct identity *who = identity_new(IDENTITY_TOKEN);

    credential_cache_keep(&worker.auth->cache, digest, who, 1000);
    identity_unref(&who);
}

static bool is_remembered(void)
{
    static const unsigned char digest[CACHE_DIGEST] = {1};

    return credential_cache_find(&worker.auth->cache, digest, 1);
}

Test(jwks, what_a_set_of_keys_is)
{
    static const struct {
        int status;
        const char *type, *text;
        bool want;
    } rows[] = {
        {200, "application/json", "{\"keys\":[" EC "}]}", true},
        {200, "application/jwk-set+json; charset=utf-8", "{\"keys\":[" EC "}]}", true},
        {200, "text/html", "{\"keys\":[" EC "}]}", false},
        {200, "", "{\"keys\":[" EC "}]}", false},
        {404, "application/json", "{\"keys\":[" EC "}]}", false},
        {0, "", "", false},
        {200, "application/json", "{\"keys\":[]}", false},
        {200, "application/json", "{\"keys\":[{\"kty\":\"unknown\"}]}", false},
        {200, "application/json", "{\"keys\":7}", false},
        {200, "application/json", "<html>", false},
        {200, "application/json",
         "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}",
         false},
        {200, "application/json",
         "{\"keys\":[" EC ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}]}", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect_eq(take(rows[i].status, rows[i].type, rows[i].text), rows[i].want, "%zu", i);
        cr_expect(keys && keyset_count(keys) == 1, "what was good stays");
    }
}

Test(jwks, no_more_than_64_keys)
{
    for (int count = 64; count <= 65; count++) {
        struct buf text = {0};

        buf_puts(&text, "{\"keys\":[");
        for (int i = 0; i < count; i++)
            buf_printf(&text, "%s" EC ",\"kid\":\"%d\"}", i ? "," : "", i);
        buf_puts(&text, "]}");
        cr_expect_eq(take(200, "application/json", buf_text(&text)), count == 64);
        buf_fini(&text);
    }
}

Test(jwks, who_was_verified_is_forgotten_with_the_keys)
{
    take(200, "application/json", "{\"keys\":[" EC ",\"kid\":\"1\"}]}");
    remember();
    take(200, "application/json", "{\"keys\":[" EC ",\"kid\":\"1\"}]}");
    cr_expect(is_remembered(), "the same keys");
    take(500, "application/json", "{\"keys\":[" EC ",\"kid\":\"2\"}]}");
    cr_expect(is_remembered(), "no answer");
    take(200, "application/json", "{\"keys\":[" EC ",\"kid\":\"2\"}]}");
    cr_expect(!is_remembered(), "others");
}

Test(jwks, keys_are_in_force_for_a_day)
{
    static const struct {
        uint64_t age_ns;
        bool is_old, stay;
    } rows[] = {
        {0, false, true},
        {599 * NS_PER_S, false, true},
        {601 * NS_PER_S, true, true},
        {DAY_NS - NS_PER_S, true, true},
        {DAY_NS + NS_PER_S, true, false},
    };

    cr_expect(jwks_is_old(&jwks), "none yet");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        take(200, "application/json", "{\"keys\":[" EC "}]}");
        remember();
        jwks.got_ns = clock_ns() - rows[i].age_ns;
        cr_expect_eq(jwks_is_old(&jwks), rows[i].is_old, "%zu", i);
        jwks_expire(&jwks, &worker);
        cr_expect_eq(!!keys, rows[i].stay, "%zu", i);
        cr_expect_eq(is_remembered(), rows[i].stay, "%zu", i);
    }
}

Test(jwks, a_key_that_is_not_there_is_asked_for_twice_a_minute)
{
    cr_expect(jwks_may_ask_again(&jwks));
    cr_expect(!jwks_may_ask_again(&jwks));
    jwks.asked_again_ns = clock_ns() - 31 * NS_PER_S;
    cr_expect(jwks_may_ask_again(&jwks));
}
