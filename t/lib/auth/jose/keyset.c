/* SPDX-License-Identifier: MIT */
#include "lib/auth/jose/keyset.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"
#include "t/lib/auth/jose/jose_fixture.h"

enum { KEYS_MAX = 5 };

/* Reads a set; NULL: *fault has the reason. */
static struct keyset *read_set(const char *text, struct fault *fault)
{
    char *quoted = strdup(text);
    struct keyset *set;

    for (char *at = quoted; *at; at++)
        if (*at == '\'')
            *at = '"';
    keyset_read(slice_of(quoted), KEYS_MAX, &set, fault);
    free(quoted);
    return set;
}

Test(keyset, reads_what_it_understands)
{
    static const struct {
        const char *text;
        size_t count;
    } rows[] = {
        {"{'keys':[]}", 0},
        {"{'keys':[{" JOSE_EC "},{" JOSE_ED "},{" JOSE_RSA "}],'more':1}", 3},
        {"{'keys':[{" JOSE_OCT "}]}", 1},
        {"{'keys':[{'kty':'EC','crv':'secp256k1'},{" JOSE_ED "}]}", 1},
        {"{'keys':[{'kty':'AKP'},{" JOSE_RSA ",'use':'enc'},{" JOSE_ED "}]}", 1},
        {"{'keys':[{" JOSE_RSA ",'alg':'RSA-OAEP'},{" JOSE_ED "}]}", 1},
        {"{'keys':[1,null,'a',[],{" JOSE_ED "}]}", 1},
        {"{'keys':[{" JOSE_EC ",'d':'AA'},{" JOSE_ED "}]}", 1},
        {"{'keys':[{" JOSE_RSA ",'kid':'a','use':'enc'},{" JOSE_RSA ",'kid':'a'}]}", 1},
        {"{'keys':[{" JOSE_RSA ",'kid':'a'},{" JOSE_RSA ",'kid':'a','alg':'PS256'}]}", 2},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fault fault = {0};
        struct keyset *set = read_set(rows[i].text, &fault);

        cr_assert(set, "%s: %s", rows[i].text, fault.text);
        cr_expect(keyset_count(set) == rows[i].count, "%s", rows[i].text);
        cr_expect(!keyset_at(set, rows[i].count));
        keyset_free(&set);
    }
}

Test(keyset, refuses)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "expected"},
        {"{'keys':[]", "expected"},
        {"{'keys':[]} ,", ""},
        {"{'keys':[],'keys':[]}", "duplicate"},
        {"{'keys':[{'kty':'oct','kty':'oct'}]}", "duplicate"},
        {"[]", "no list"},
        {"null", "no list"},
        {"{}", "no list"},
        {"{'keys':{}}", "no list"},
        {"{'keys':null}", "no list"},
        {"{'keys':[1,2,3,4,5,6]}", "too many"},
        {"{'keys':[{" JOSE_ED ",'kid':'a'},{" JOSE_ED ",'kid':'a'}]}", "same ID"},
        {"{'keys':[{" JOSE_ED ",'kid':'a'},{" JOSE_ED ",'kid':'a','d':'AA'}]}", "same ID"},
        {"{'keys':[{" JOSE_OCT "},{" JOSE_ED "}]}", "mixes"},
        {"{'keys':[{" JOSE_EC "},{" JOSE_ED "," JOSE_ED_D "}]}", "mixes"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fault fault = {0};
        struct keyset *set = read_set(rows[i].text, &fault);

        cr_expect(!set && strstr(fault.text, rows[i].why), "%s: %s", rows[i].text, fault.text);
        keyset_free(&set);
    }
}

Test(keyset, finds)
{
    static const struct {
        const char *kid;
        enum jose_alg alg;
        size_t from;
        const char *want; /* index of the key, and where to continue */
    } rows[] = {
        {NULL, JOSE_ES256, 0, "01"}, {NULL, JOSE_ES256, 1, "23"}, {NULL, JOSE_ES256, 3, NULL},
        {"b", JOSE_ES256, 0, "23"},  {"b", JOSE_ES256, 3, NULL},  {"b", JOSE_EdDSA, 0, NULL},
        {"c", JOSE_EdDSA, 0, "12"},  {"", JOSE_EdDSA, 0, NULL},   {NULL, JOSE_HS256, 0, NULL},
    };
    struct keyset *set = keyset_new();

    keyset_add(set, jose_key("{" JOSE_EC ",'kid':'a'}"));
    keyset_add(set, jose_key("{" JOSE_ED ",'kid':'c'}"));
    keyset_add(set, jose_key("{" JOSE_EC ",'kid':'b'}"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t from = rows[i].from;
        struct jwk *key = keyset_find(set, slice_of(rows[i].kid), rows[i].alg, &from);

        cr_expect(!key == !rows[i].want, "%zu", i);
        if (key && rows[i].want)
            cr_expect(key == keyset_at(set, (size_t)rows[i].want[0] - '0') &&
                          from == (size_t)rows[i].want[1] - '0',
                      "%zu", i);
    }
    keyset_free(&set);
    cr_expect(!set);
}

Test(keyset, publishes_no_secret)
{
    struct keyset *set = keyset_new();
    struct json_object *json;

    keyset_add(set, jose_key("{" JOSE_OCT ",'kid':'a'}"));
    keyset_add(set, jose_key("{" JOSE_ED "," JOSE_ED_D ",'kid':'b'}"));
    json = keyset_public(set);
    cr_expect(jget_count(json, "keys") == 1);
    cr_expect_str_eq(jget_text(jget_item(json, "keys", 0), "kid"), "b");
    cr_expect(!jget(jget_item(json, "keys", 0), "d"));
    json_object_put(json);
    keyset_free(&set);
}
