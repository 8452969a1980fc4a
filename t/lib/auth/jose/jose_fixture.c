/* SPDX-License-Identifier: MIT */
#include "t/lib/auth/jose/jose_fixture.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/text/base64.h"
#include "lib/auth/jose/signature.h"
#include "lib/core/json/jread.h"

enum { DEPTH = 16 };

static char *with_quotes(const char *text)
{
    char *copy = strdup(text);

    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    return copy;
}

struct json_object *jose_json(const char *text)
{
    char *quoted = with_quotes(text);
    struct json_object *json;
    struct jread_fault fault;

    cr_assert(jread_text(quoted, strlen(quoted), DEPTH, NULL, &json, &fault), "%s: %s", text,
              fault.message);
    free(quoted);
    return json;
}

struct jwk *jose_key(const char *text)
{
    struct json_object *json = jose_json(text);
    struct fault fault = {0};
    struct jwk *key = jwk_read(json, &fault);

    cr_assert(key, "%s: %s", text, fault.text);
    json_object_put(json);
    return key;
}

struct keyset *jose_keys(const char *text)
{
    struct keyset *set = keyset_new();

    keyset_add(set, jose_key(text));
    return set;
}

enum jwt_fault jose_verify(const struct keyset *keys, const char *token, int64_t now_s)
{
    struct jwt_rules rules = {.keys = keys};
    struct json_object *claims;
    enum jwt_fault fault = jwt_verify(&rules, slice_of(token), now_s, &claims);

    cr_expect(!fault == !!claims);
    json_object_put(claims);
    return fault;
}

void jose_token(struct jwk *key, const char *header, const char *claims, struct buf *out)
{
    unsigned char signature[SIGNATURE_MAX];
    size_t start = out->len, len;
    char *quoted = with_quotes(header);

    base64_put(out, quoted, strlen(quoted));
    free(quoted);
    quoted = with_quotes(claims);
    buf_putc(out, '.');
    base64_put(out, quoted, strlen(quoted));
    free(quoted);
    cr_assert(
        signature_make(key, (struct slice){out->data + start, out->len - start}, signature, &len));
    buf_putc(out, '.');
    base64_put(out, signature, len);
}
