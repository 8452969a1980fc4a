/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/oauth_state.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"

#define PURPOSE "oauth"

enum { COOKIE_STATE = 12 }; /* characters of the state in the name of its cookie */

void oauth_state_begin(struct oauth_state *a, const char *provider, int64_t now_s)
{
    *a = (struct oauth_state){.expires_s = now_s + OAUTH_STATE_S};
    snprintf(a->provider, sizeof(a->provider), "%s", provider);
    bearer_secret_make(a->state);
    bearer_secret_make(a->nonce);
    bearer_secret_make(a->verifier); /* 43 characters, the minimum of RFC 7636 */
}

void oauth_state_challenge(const struct oauth_state *a, char out[static BEARER_SECRET_TEXT])
{
    unsigned char sum[32];

    digest_sha256(a->verifier, strlen(a->verifier), sum);
    out[base64_encode(sum, sizeof(sum), out)] = '\0';
}

static bool is_base64url(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '-' && text.data[i] != '_')
            return false;
    return true;
}

bool oauth_state_is_cookie(struct slice name)
{
    const struct slice prefix = SLICE_LIT(OAUTH_STATE_COOKIE);
    size_t len = prefix.len + COOKIE_STATE;

    return name.len == len && memcmp(name.data, prefix.data, prefix.len) == 0 &&
           is_base64url((struct slice){name.data + prefix.len, COOKIE_STATE});
}

bool oauth_state_cookie(struct slice state, char out[static OAUTH_STATE_COOKIE_NAME])
{
    if (state.len != BEARER_SECRET_TEXT - 1 || !is_base64url(state))
        return false;
    snprintf(out, OAUTH_STATE_COOKIE_NAME, OAUTH_STATE_COOKIE "%.*s", COOKIE_STATE, state.data);
    return true;
}

/* Seals the struct as it is in memory. Only the same program opens it; after an upgrade that
 * changes it the login begins again. */
void oauth_state_seal(const struct oauth_state *a, const unsigned char key[static SEAL_KEY],
                      struct buf *out)
{
    seal_close(key, PURPOSE, (struct slice){(const char *)a, sizeof(*a)}, out);
}

bool oauth_state_open(struct oauth_state *a, const unsigned char key[static SEAL_KEY],
                      struct slice cookie, int64_t now_s)
{
    struct buf text = {0};
    bool ok = seal_open(key, PURPOSE, cookie, &text) && text.len == sizeof(*a);

    if (ok)
        memcpy(a, text.data, sizeof(*a));
    if (text.data)
        explicit_bzero(text.data, text.cap);
    buf_fini(&text);
    return ok && a->expires_s > now_s;
}

bool oauth_state_matches(const struct oauth_state *a, struct slice state)
{
    return state.len == BEARER_SECRET_TEXT - 1 && digest_is_equal(state.data, a->state, state.len);
}
