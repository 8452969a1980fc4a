/* SPDX-License-Identifier: MIT */
#include "lib/auth/store/identity.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "t/lib/auth/jose/jose_fixture.h"

Test(identity, has_scopes)
{
    static const struct {
        const char *scopes, *scope;
        bool has;
    } rows[] = {
        {"a", "a", true},      {"a b", "b", true},  {"a b c", "b", true}, {"a  b", "b", true},
        {"a:b", "a:b", true},  {NULL, "a", false},  {"", "a", false},     {"a", "", false},
        {"a b", "a b", false}, {"ab", "a", false},  {"a", "ab", false},   {"A", "a", false},
        {"a\tb", "a", false},  {"a:b", "a", false}, {" a", "a", true},    {"", "", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct identity who = {.scope = (char *)(uintptr_t)rows[i].scopes};

        cr_expect(identity_has_scope(&who, rows[i].scope) == rows[i].has, "%s: %s", rows[i].scopes,
                  rows[i].scope);
    }
}

Test(identity, scopes_are_those_of_the_account_and_its_roles)
{
    static const struct {
        const char *roles, *want;
    } rows[] = {
        {NULL, "a b"},
        {"[]", "a b"},
        {"[\"more\"]", "a b c"},
        {"[\"same\"]", "a b"},
        {"[\"x\"]", "a b"},
        {"[\"more\",\"all\",\"more\"]", "a b c d"},
        {"", "a b"},
        {"x", "a b"},
        {"{\"more\":1}", "a b"},
        {"[null,1,[]]", "a b"},
        {"\"more\"", "a b"},
        {"[\"more\",null]", "a b c"},
        {"[\"more\"", "a b"},
        {"[\"more\\u0000x\"]", "a b"},
        {"[\"x\\u0000\",\"all\"]", "a b d c"},
    };
    char *scopes;
    struct json_object *config = jose_json("{'identity':{'scopes':['a','b'],"
                                           "'roles':{'more':['c'],'same':['a'],'all':['d','c']}}}");

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        scopes = identity_scopes(config, rows[i].roles);

        cr_expect_str_eq(scopes, rows[i].want, "%s: %s", rows[i].roles, scopes);
        free(scopes);
    }
    json_object_put(config);
    config = jose_json("{'identity':{'scopes':[],'roles':{}}}");
    scopes = identity_scopes(config, "[\"more\"]");
    cr_expect_str_eq(scopes, "");
    free(scopes);
    json_object_put(config);
}

Test(identity, is_shared)
{
    struct identity *who = identity_new(IDENTITY_SESSION), *same = identity_ref(who);

    cr_expect(same == who && who->references == 2 && who->kind == IDENTITY_SESSION);
    identity_unref(&who);
    cr_expect(!who && same->references == 1);
    identity_unref(&same);
    identity_unref(&same);
    cr_expect(!same);
}
