/* SPDX-License-Identifier: MIT */
#include "lib/auth/jose/issuers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/conf/secret.h"
#include "lib/core/json/jget.h"
#include "lib/core/system/memfd.h"
#include "t/lib/auth/jose/jose_fixture.h"

enum { NOW = 1000000 };

#define JWKS                                                                                       \
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" JOSE_EC_X "\",\"y\":\"" JOSE_EC_Y      \
    "\"}]}"
#define JWKS_PUBLIC                                                                                \
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"                       \
    "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"
#define OWN "'issuer':'us','audience':'here','leeway':30000,'access':600000"

static struct issuers is;
static struct json_object *config;
static struct slice secrets;
static struct jwk *own, *other;
static const struct issuer *lacking; /* of the last token */

/* Returns NULL, or the reason of a failure. */
static const char *open_all(const char *identity)
{
    struct diags diags = {0};
    static struct fault fault;
    int fd;

    setenv("UNIT_SECRET", "a secret of thirty-two bytes, or more", 1);
    setenv("UNIT_OTHER", "another one of thirty-two bytes, or more", 1);
    setenv("UNIT_JWKS", JWKS, 1);
    setenv("UNIT_PEM", JOSE_PEM_RSA_PUBLIC, 1);
    setenv("UNIT_EMPTY", "{\"keys\":[]}    ", 1);
    setenv("UNIT_PUBLIC", JWKS_PUBLIC, 1);
    setenv("UNIT_SHORT", "a short one that is", 1);
    config = jose_json(identity);
    cr_assert(secret_collect(config, &fd, &diags), "%s", diags.count ? diags.items[0].message : "");
    secrets = memfd_map(fd);
    close(fd);
    return issuers_open(&is, config, secrets, &fault) ? NULL : fault.text;
}

static void set_up(void)
{
    own = jose_key("{" JOSE_OCT "}");
    other = jose_key("{" JOSE_EC "," JOSE_EC_D "}");
}

static void tear_down(void)
{
    issuers_close(&is);
    jwk_free(&own);
    jwk_free(&other);
    json_object_put(config);
    if (secrets.data)
        memfd_unmap(secrets);
}

TestSuite(issuers, .init = set_up, .fini = tear_down);

#define THERE "'audience':'there','scope-claim':'scope'"
#define ALL                                                                                        \
    "{'identity':{" OWN ",'keys':[{'key':'env:UNIT_SECRET'},{'key':'env:UNIT_OTHER'}],'issuers':{" \
    "'named':{'issuer':'them'," THERE ",'jwks':'env:UNIT_JWKS','subjects':'named'},"               \
    "'plain':{'issuer':'same'," THERE ",'jwks':'env:UNIT_JWKS','subjects':'plain'},"               \
    "'later':{'issuer':'late'," THERE ",'jwks-url':'http://127.0.0.1:1/','subjects':'named'}}}}"

static struct identity *verify(struct jwk *key, const char *header, const char *claims,
                               struct fault *fault)
{
    struct buf token = {0};
    struct identity *who;

    jose_token(key, header, claims, &token);
    who = issuers_verify(&is, buf_slice(&token), NOW, &lacking, fault);
    buf_fini(&token);
    return who;
}

Test(issuers, own_tokens_come_back)
{
    struct access access = {.subject = "ann",
                            .session = "s",
                            .scope = "a b",
                            .roles = "[\"r\"]",
                            .now_s = NOW,
                            .expires_s = NOW + 600,
                            .id = "j"};
    struct buf token = {0};
    struct identity *who;
    struct fault fault;

    cr_assert(!open_all(ALL));
    cr_expect(is.count == 4 && issuers_has_any(&is));
    cr_assert(issuers_sign(&is, &access, &token));
    who = issuers_verify(&is, buf_slice(&token), NOW, &lacking, &fault);
    cr_assert(who, "%s", fault.text);
    cr_expect_str_eq(who->subject, "ann");
    cr_expect_str_eq(who->id, "s");
    cr_expect_str_eq(who->scope, "a b");
    cr_expect_str_eq(who->roles, "[\"r\"]");
    cr_expect(who->is_account && who->expires_s == NOW + 600);
    cr_expect_str_eq(jget_text(who->claims, "jti"), "j");
    identity_unref(&who);
    cr_expect(!issuers_verify(&is, buf_slice(&token), NOW + 700, &lacking, &fault));
    buf_fini(&token);
}

/* Roles are text of the database and cannot add a claim. */
/* Such as a token that was made when lifetimes were longer. */
Test(issuers, tokens_of_logins_are_bounded_by_the_configuration)
{
    static const struct {
        int age_s;
        bool is_good;
    } rows[] = {{0, true}, {629, true}, {630, false}, {86400, false}};

    cr_assert(!open_all(ALL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t made_s = NOW - rows[i].age_s;
        struct access access = {.subject = "ann",
                                .session = "s",
                                .scope = "",
                                .roles = "[]",
                                .now_s = made_s,
                                .expires_s = NOW + 86400,
                                .id = "j"};
        struct buf token = {0};
        struct identity *who;
        struct fault fault;

        fault_clear(&fault);
        cr_assert(issuers_sign(&is, &access, &token));
        who = issuers_verify(&is, buf_slice(&token), NOW, &lacking, &fault);
        cr_expect(!!who == rows[i].is_good && fault_is_set(&fault) != rows[i].is_good, "%d",
                  rows[i].age_s);
        cr_expect(!who || who->expires_s == made_s + 600);
        identity_unref(&who);
        buf_fini(&token);
    }
}

Test(issuers, roles_are_a_list_or_none)
{
    static const struct {
        const char *text, *roles;
    } rows[] = {{"[ \"a\" ,\"b\"]", "[\"a\",\"b\"]"},
                {"x", "[]"},
                {"", "[]"},
                {"{\"a\":1}", "[]"},
                {"null", "[]"},
                {NULL, "[]"},
                {"[],\"sub\":\"bob\"", "[]"},
                {"[", "[]"}};

    cr_assert(!open_all(ALL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct access access = {"ann", "s", "", rows[i].text, NOW, NOW + 600, "j"};
        struct buf token = {0};
        struct identity *who;
        struct fault fault;

        cr_assert(issuers_sign(&is, &access, &token));
        who = issuers_verify(&is, buf_slice(&token), NOW, &lacking, &fault);
        cr_assert(who, "%s: %s", rows[i].text, fault.text);
        cr_expect_str_eq(who->subject, "ann");
        cr_expect_str_eq(who->roles, rows[i].roles);
        identity_unref(&who);
        buf_fini(&token);
    }
}

Test(issuers, others_are_named_or_plain)
{
    static const struct {
        const char *claims, *subject;
        bool is_account;
    } rows[] = {
        {"{'iss':'them','aud':'there','sub':'ann','exp':2000000}", "named:ann", false},
        {"{'iss':'same','aud':'there','sub':'ann','exp':2000000}", "ann", true},
        {"{'iss':'them','aud':['x','there'],'sub':'a:b','exp':2000000}", "named:a:b", false},
    };
    struct fault fault;

    cr_assert(!open_all(ALL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct identity *who = verify(other, "{'alg':'ES256'}", rows[i].claims, &fault);

        cr_assert(who, "%s: %s", rows[i].claims, fault.text);
        cr_expect_str_eq(who->subject, rows[i].subject);
        cr_expect(who->is_account == rows[i].is_account, "%s", rows[i].claims);
        identity_unref(&who);
    }
}

Test(issuers, refuse)
{
    static const struct {
        const char *header, *claims;
    } rows[] = {
        {"{'alg':'ES256'}", "{'iss':'us','aud':'here','sub':'ann','exp':2000000}"},
        {"{'alg':'ES256','typ':'at+jwt'}", "{'iss':'us','aud':'here','sub':'ann','exp':2000000}"},
        {"{'alg':'ES256'}", "{'iss':'them','aud':'here','sub':'ann','exp':2000000}"},
        {"{'alg':'ES256'}", "{'iss':'late','aud':'there','sub':'ann','exp':2000000}"},
        {"{'alg':'ES256'}", "{'iss':'who','aud':'there','sub':'ann','exp':2000000}"},
        {"{'alg':'ES256'}", "{'aud':'there','sub':'ann','exp':2000000}"},
        {"{'alg':'ES256'}", "{'iss':'them','sub':'ann','exp':2000000}"},
        {"{'alg':'ES256'}", "{'iss':'same','aud':'there','exp':2000000}"},
        {"{'alg':'ES256'}", "{'iss':'them','aud':'there','sub':'','exp':2000000}"},
        {"{'alg':'ES256'}", "{'iss':'them','aud':'there','sub':'ann'}"},
        {"{'alg':'ES256'}", "{'iss':'them','aud':'there','sub':'ann','exp':999000}"},
        {"{'alg':'ES256','typ':'dpop+jwt'}",
         "{'iss':'them','aud':'there','sub':'ann','exp':2000000}"},
        {"{'alg':'HS256'}", "{'iss':'them','aud':'there','sub':'ann','exp':2000000}"},
    };
    struct fault fault;

    cr_assert(!open_all(ALL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        fault_clear(&fault);
        cr_expect(!verify(other, rows[i].header, rows[i].claims, &fault) && fault_is_set(&fault),
                  "%zu", i);
    }
}

/* Only an unknown key of an issuer whose keys are fetched gives a reason to fetch them. */
Test(issuers, tells_whose_key_is_lacking)
{
    static const struct {
        const char *claims, *issuer;
    } rows[] = {
        {"{'iss':'late','aud':'there','sub':'ann','exp':2000000}", "late"},
        {"{'iss':'who','aud':'there','sub':'ann','exp':2000000}", NULL},
        {"{'iss':'them','aud':'there','sub':'ann','exp':2000000}", NULL},
        {"{'iss':'us','aud':'here','sub':'ann','exp':2000000}", NULL},
        {"{'aud':'there','sub':'ann','exp':2000000}", NULL},
    };
    struct fault fault;

    cr_assert(!open_all(ALL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        lacking = is.list;
        cr_expect(!verify(own, "{'alg':'HS256','kid':'new'}", rows[i].claims, &fault), "%zu", i);
        cr_expect(!lacking == !rows[i].issuer, "%zu", i);
        if (lacking && rows[i].issuer)
            cr_expect_str_eq(lacking->issuer, rows[i].issuer);
    }
}

Test(issuers, scopes_are_words_or_left_out)
{
    static const struct {
        const char *scope, *want;
    } rows[] = {
        {"'a b'", "a b"},           {"'  a   b '", "a b"},       {"''", ""},
        {"'a\\tb c'", "c"},         {"'a\\u001fadmin'", ""},     {"'caf\\u00e9 a'", "a"},
        {"['a','b c','d']", "a d"}, {"['a\\nb','',1,'c']", "c"}, {"['a\\\"','b']", "b"},
    };
    struct fault fault;

    cr_assert(!open_all(ALL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf claims = {0};
        struct identity *who;

        buf_printf(&claims, "{'iss':'same','aud':'there','sub':'ann','exp':2000000,'scope':%s}",
                   rows[i].scope);
        who = verify(other, "{'alg':'ES256'}", buf_text(&claims), &fault);
        cr_assert(who, "%s: %s", rows[i].scope, fault.text);
        cr_expect_str_eq(who->scope, rows[i].want, "%s: %s", rows[i].scope, who->scope);
        identity_unref(&who);
        buf_fini(&claims);
    }
}

Test(issuers, times_that_others_choose_can_be_counted_with)
{
    static const char *const times[] = {
        "'exp':9223372036854775807",
        "'exp':1e300",
        "'exp':1e18,'iat':-5",
        "'exp':2000000.5,'iat':7.9",
        "'exp':2000000,'iat':7",
        "'exp':2e6,'iat':-1e300",
        "'exp':9223372036854775808",
        "'exp':18446744073709551616,'iat':0.7e1",
        "'exp':1e30,'iat':-9223372036854775809",
    };
    struct fault fault;

    cr_assert(!open_all(ALL));
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        struct buf claims = {0};
        struct identity *who;

        buf_printf(&claims, "{'iss':'same','aud':'there','sub':'ann',%s}", times[i]);
        who = verify(other, "{'alg':'ES256'}", buf_text(&claims), &fault);
        cr_assert(who, "%s: %s", times[i], fault.text);
        cr_expect(who->expires_s >= 2000000 && who->expires_s < INT64_MAX / 2, "%s", times[i]);
        identity_unref(&who);
        buf_fini(&claims);
    }
}

Test(issuers, configurations_that_will_not_do)
{
    static const struct {
        const char *identity, *why;
    } rows[] = {
        {"{'identity':{" OWN ",'keys':[{'key':'env:UNIT_PEM'}],'issuers':{}}}", "cannot sign"},
        {"{'identity':{" OWN ",'keys':[{'key':'env:UNIT_SHORT'}],'issuers':{}}}", "secret"},
        {"{'identity':{" OWN ",'keys':[{'key':'env:UNIT_SECRET','algorithm':'EdDSA'}],"
         "'issuers':{}}}",
         "identity.keys[0]: "},
        {"{'identity':{" OWN ",'keys':[{'key':'env:UNIT_SECRET'},{'key':'env:UNIT_SHORT'}],"
         "'issuers':{}}}",
         "identity.keys[1]: "},
        {"{'identity':{" OWN ",'keys':[],'key-file':'env:UNIT_SECRET','issuers':{}}}", "key-file"},
        {"{'identity':{" OWN ",'keys':[],'key-file':'env:UNIT_EMPTY','issuers':{}}}",
         "no key to sign with"},
        {"{'identity':{" OWN ",'keys':[],'key-file':'env:UNIT_PUBLIC','issuers':{}}}",
         "cannot sign"},
        {"{'identity':{" OWN ",'keys':[],'issuers':{'a':{'issuer':'a'," THERE ",'subjects':"
         "'named'}}}}",
         "either jwks or jwks-url"},
        {"{'identity':{" OWN ",'keys':[],'issuers':{'a':{'issuer':'a'," THERE ",'subjects':"
         "'named','jwks':'env:UNIT_JWKS','jwks-url':'http://127.0.0.1:1/'}}}}",
         "either jwks or jwks-url"},
        {"{'identity':{" OWN ",'keys':[],'issuers':{'a':{'issuer':'a'," THERE ",'subjects':"
         "'named','jwks':'env:UNIT_SECRET'}}}}",
         "jwks"},
        {"{'identity':{" OWN ",'keys':[],'issuers':{'a':{'issuer':'a','audience':'b','scope-claim':"
         "'/a~2','subjects':'named','jwks':'env:UNIT_JWKS'}}}}",
         "issuers.a.scope-claim: is not a JSON pointer"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *why = open_all(rows[i].identity);

        cr_expect(why && strstr(why, rows[i].why), "%s: %s", rows[i].identity, why);
        issuers_close(&is);
        json_object_put(config);
        memfd_unmap(secrets);
        config = NULL;
        secrets = (struct slice){NULL, 0};
    }
}

Test(issuers, without_keys_nothing_verifies_or_signs)
{
    struct access access = {.subject = "", .session = "", .scope = "", .roles = "[]", .id = ""};
    struct buf token = {0};
    struct fault fault;

    cr_assert(!open_all("{'identity':{" OWN ",'keys':[],'issuers':{}}}"));
    cr_expect(!issuers_has_any(&is) && is.count == 1);
    cr_expect(!issuers_sign(&is, &access, &token) && !token.len);
    cr_expect(!verify(own, "{'alg':'HS256','typ':'at+jwt'}",
                      "{'iss':'us','aud':'here','sub':'ann','exp':2000000}", &fault) &&
              fault_is_set(&fault));
    buf_fini(&token);
}
