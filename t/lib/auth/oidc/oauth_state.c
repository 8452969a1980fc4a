/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/oauth_state.h"

#include <stdio.h>

#include <criterion/criterion.h>

enum { NOW = 1000000 };
static const unsigned char key[SEAL_KEY] = {1}, other[SEAL_KEY] = {2};

/* RFC 7636, appendix B. */
Test(oauth_state, makes_the_challenge_of_the_standard)
{
    struct oauth_state a;
    char challenge[BEARER_SECRET_TEXT];

    oauth_state_begin(&a, "p", NOW);
    snprintf(a.verifier, sizeof(a.verifier), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    oauth_state_challenge(&a, challenge);
    cr_expect_str_eq(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

Test(oauth_state, each_is_another)
{
    struct oauth_state a, b;

    oauth_state_begin(&a, "p", NOW);
    oauth_state_begin(&b, "p", NOW);
    cr_expect(strcmp(a.state, b.state) && strcmp(a.nonce, b.nonce) &&
              strcmp(a.verifier, b.verifier));
    cr_expect(strcmp(a.state, a.nonce) && strcmp(a.state, a.verifier));
    cr_expect(strlen(a.verifier) >= 43);
}

Test(oauth_state, comes_back_in_time_by_its_key)
{
    static const struct {
        const unsigned char *key;
        int64_t after_s;
        bool want;
    } rows[] = {
        {key, 0, true},
        {key, OAUTH_STATE_S - 1, true},
        {key, OAUTH_STATE_S, false},
        {key, 10 * OAUTH_STATE_S, false},
        {other, 0, false},
    };
    struct oauth_state a, b;
    struct buf cookie = {0};

    oauth_state_begin(&a, "google", NOW);
    oauth_state_seal(&a, key, &cookie);
    cr_expect(cookie.len < 1024, "a cookie");
    cr_expect(!strstr(buf_text(&cookie), a.state), "nothing of it can be read");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool ok = oauth_state_open(&b, rows[i].key, buf_slice(&cookie), NOW + rows[i].after_s);

        cr_expect_eq(ok, rows[i].want, "%zu", i);
        cr_expect(!ok || memcmp(&a, &b, sizeof(a)) == 0);
    }
    cr_expect(!oauth_state_open(&b, key, (struct slice){NULL, 0}, NOW));
    cr_expect(!oauth_state_open(&b, key, SLICE_LIT("google"), NOW));
    buf_fini(&cookie);
}

Test(oauth_state, knows_its_state)
{
    struct oauth_state a, b;

    oauth_state_begin(&a, "p", NOW);
    oauth_state_begin(&b, "p", NOW);
    cr_expect(oauth_state_matches(&a, slice_of(a.state)));
    cr_expect(!oauth_state_matches(&a, slice_of(b.state)));
    cr_expect(!oauth_state_matches(&a, (struct slice){a.state, BEARER_SECRET_TEXT - 2}));
    cr_expect(!oauth_state_matches(&a, (struct slice){NULL, 0}));
}

Test(oauth_state, names_its_cookie)
{
    static const struct {
        const char *name;
        bool want;
    } rows[] = {
        {"__Host-oauth-0123456789ab", true},
        {"__Host-oauth-_-AZaz09xy_-", true},
        {"__Host-oauth-0123456789a", false},
        {"__Host-oauth-0123456789abc", false},
        {"__Host-oauth-0123456789a\xff", false},
        {"__Host-oauth-0123456789a ", false},
        {"__Host-oauth-", false},
        {"__Host-oauth", false},
        {"__host-oauth-0123456789ab", false},
        {"", false},
    };
    struct oauth_state a;
    char name[OAUTH_STATE_COOKIE_NAME];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(oauth_state_is_cookie(slice_of(rows[i].name)), rows[i].want, "%s",
                     rows[i].name);
    oauth_state_begin(&a, "p", NOW);
    cr_expect(oauth_state_cookie(slice_of(a.state), name));
    cr_expect(oauth_state_is_cookie(slice_of(name)), "%s", name);
    a.state[20] = ';';
    cr_expect(!oauth_state_cookie(slice_of(a.state), name));
    a.state[20] = '\0';
    cr_expect(!oauth_state_cookie(slice_of(a.state), name));
}
