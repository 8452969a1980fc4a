/* SPDX-License-Identifier: MIT */
#include "lib/auth/store/credential_cache.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

/* Too large for a stack. */
static struct credential_cache *cache;

static void set_up(void)
{
    cache = calloc(1, sizeof(*cache));
}

static void tear_down(void)
{
    credential_cache_fini(cache);
    free(cache);
}

TestSuite(credential_cache, .init = set_up, .fini = tear_down);

/* The nth digest of one set. */
static void digest_of(unsigned char nth, unsigned char out[static CACHE_DIGEST])
{
    memset(out, 7, CACHE_DIGEST);
    out[CACHE_DIGEST - 1] = nth;
}

static struct identity *keep(unsigned char nth, int64_t until_s)
{
    struct identity *who = identity_new(IDENTITY_TOKEN);
    unsigned char digest[CACHE_DIGEST];

    digest_of(nth, digest);
    credential_cache_keep(cache, digest, who, until_s);
    return who;
}

static struct identity *look(unsigned char nth, int64_t now_s)
{
    unsigned char digest[CACHE_DIGEST];

    digest_of(nth, digest);
    return credential_cache_find(cache, digest, now_s);
}

Test(credential_cache, finds_what_it_keeps_until_its_time)
{
    struct identity *who = keep(1, 100);

    cr_expect(look(1, 99) == who && !look(1, 100) && !look(2, 99));
    cr_expect(who->references == 2);
    identity_unref(&who);
    cr_expect(look(1, 99)->references == 1, "the cache has its own");
}

Test(credential_cache, the_same_again_takes_the_same_place)
{
    struct identity *first = keep(1, 100), *second = keep(1, 200);

    cr_expect(first->references == 1 && look(1, 150) == second);
    for (unsigned char n = 2; n <= CACHE_WAYS; n++)
        identity_unref(&(struct identity *){keep(n, 100)});
    cr_expect(look(1, 150) == second, "so the others have room");
    identity_unref(&first);
    identity_unref(&second);
}

Test(credential_cache, the_one_that_would_go_soonest_makes_room)
{
    for (unsigned char n = 0; n < CACHE_WAYS; n++)
        identity_unref(&(struct identity *){keep(n, n == 2 ? 50 : 100 + n)});
    identity_unref(&(struct identity *){keep(9, 90)});
    for (unsigned char n = 0; n < CACHE_WAYS; n++)
        cr_expect(!look(n, 10) == (n == 2), "%d", n);
    cr_expect(look(9, 10));
}

Test(credential_cache, forgets)
{
    unsigned char digest[CACHE_DIGEST];
    struct identity *who = keep(1, 100);

    digest_of(1, digest);
    credential_cache_drop(cache, digest);
    cr_expect(!look(1, 10) && who->references == 1);
    credential_cache_drop(cache, digest);
    identity_unref(&who);
    cr_expect(!who);
}

Test(credential_cache, a_text_is_another_credential_as_another_kind)
{
    static const struct {
        enum identity_kind kind;
        const char *text;
    } rows[] = {{IDENTITY_TOKEN, "a"},   {IDENTITY_SESSION, "a"}, {IDENTITY_API_KEY, "a"},
                {IDENTITY_SESSION, "b"}, {IDENTITY_TOKEN, ""},    {IDENTITY_SESSION, ""}};
    unsigned char digests[sizeof(rows) / sizeof(*rows)][CACHE_DIGEST];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        credential_cache_digest(rows[i].kind, slice_of(rows[i].text), digests[i]);
        for (size_t k = 0; k < i; k++)
            cr_expect(memcmp(digests[i], digests[k], CACHE_DIGEST) != 0, "%zu, %zu", i, k);
    }
}
