/* SPDX-License-Identifier: MIT */
#include "lib/api/request/security.h"

#include <criterion/criterion.h>

#include "t/lib/auth/jose/jose_fixture.h"

#define SCHEMES                                                                                    \
    "[{'name':'b','kind':'bearer'},{'name':'p','kind':'basic'},"                                   \
    "{'name':'h','kind':'header','key':'x-key'},{'name':'c','kind':'cookie','key':'sid'},"         \
    "{'name':'t','kind':'tls','scopeless':'none'},{'name':'q','why':'refused'}]"

static struct arena arena;
static struct scheme *schemes;
static size_t scheme_count;

static void set_up(void)
{
    struct json_object *json = jose_json(SCHEMES);

    schemes = security_load_schemes(json, &arena, &scheme_count);
    json_object_put(json);
}

static void tear_down(void)
{
    arena_fini(&arena);
}

TestSuite(security, .init = set_up, .fini = tear_down);

/* Describes the alternatives as they were loaded: "b[a,b]+h | t". */
static const char *describe(const struct security *s)
{
    const char *out = "";

    for (size_t i = 0; i < s->alternative_count; i++) {
        out = arena_printf(&arena, "%s%s", out, i ? " | " : "");
        for (size_t k = 0; k < s->alternatives[i].count; k++) {
            const struct requirement *r = &s->alternatives[i].requirements[k];

            out = arena_printf(&arena, "%s%s%s[", out, k ? "+" : "",
                               r->scheme < s->scheme_count ? s->schemes[r->scheme]->name : "never");
            for (size_t n = 0; n < r->scope_count; n++)
                out = arena_printf(&arena, "%s%s%s", out, n ? "," : "", r->scopes[n]);
            out = arena_printf(&arena, "%s]", out);
        }
    }
    return out;
}

Test(security, loads_schemes)
{
    cr_assert(scheme_count == 6);
    cr_expect(schemes[0].kind == SCHEME_BEARER && schemes[1].kind == SCHEME_BASIC);
    cr_expect(schemes[2].kind == SCHEME_HEADER && schemes[3].kind == SCHEME_COOKIE);
    cr_expect_str_eq(schemes[2].key, "x-key");
    cr_expect_str_eq(schemes[3].key, "sid");
    cr_expect(schemes[4].kind == SCHEME_TLS && !schemes[4].key);
}

Test(security, loads_ways)
{
    static const struct {
        const char *json, *want;
        size_t schemes;
        bool needs_scopes;
    } rows[] = {
        {"[]", "", 0, false},
        {"[{}]", "", 0, false},
        {"[{'b':[]}]", "b[]", 1, false},
        {"[{'b':['a','b']}]", "b[a,b]", 1, true},
        {"[{'b':['a']},{'h':[]}]", "b[a] | h[]", 2, false},
        {"[{'b':['a']},{'h':['c']}]", "b[a] | h[c]", 2, true},
        {"[{'b':['a'],'h':[]}]", "b[a]+h[]", 2, true},
        {"[{'h':[],'b':['a']},{}]", "h[]+b[a] | ", 2, false},
        {"[{'b':['a']},{'b':['b'],'t':[]}]", "b[a] | b[b]+t[]", 2, true},
        {"[{'t':['a']}]", "t[a]", 1, false},
        {"[{'b':['a']},{'t':['a'],'h':[]}]", "b[a] | t[a]+h[]", 3, false},
        {"[{'t':['a'],'h':['a']}]", "t[a]+h[a]", 2, true},
        {"[{'nothing':['a']}]", "never[a]", 0, false},
        {"[{'nothing':[]}]", "never[]", 0, false},
        {"[{'b':[],'nothing':[]}]", "b[]+never[]", 1, false},
    };
    struct json_object *records = jose_json(SCHEMES);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *json = jose_json(rows[i].json);
        struct security s = {0};

        security_load(&s, json, schemes, scheme_count, &arena);
        cr_expect_str_eq(describe(&s), rows[i].want, "%s: %s", rows[i].json, describe(&s));
        cr_expect(s.scheme_count == rows[i].schemes, "%s", rows[i].json);
        cr_expect(security_needs_scopes(json, records) == rows[i].needs_scopes, "%s", rows[i].json);
        json_object_put(json);
    }
    json_object_put(records);
}

Test(security, what_is_none_is_public)
{
    struct security s = {0};

    security_load(&s, NULL, schemes, scheme_count, &arena);
    cr_expect(s.alternative_count == 0 && s.scheme_count == 0);
    cr_expect(!security_needs_scopes(NULL, NULL));
}
