/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/oidc.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"
#include "t/lib/auth/jose/jose_fixture.h"

enum { NOW = 1000000 };
#define EC "{" JOSE_EC "," JOSE_EC_D ",'kid':'1'}"
#define HEADER "{'alg':'ES256','kid':'1'}"
/* %s is the nonce. */
#define CLAIMS "'iss':'https://op.example','sub':'7','iat':1000000,'exp':1000300,'nonce':'%s'"
#define MORE ",'email':'Ann@Example.com'"

static struct arena arena;
static struct json_object *item;
static struct provider p;
static struct oauth_state attempt;

static void open_provider(const char *text, const char *discovered)
{
    struct json_object *json = jose_json(discovered);
    struct fault fault = {0};

    item = jose_json(text);
    cr_assert(provider_open(&p, "op", item, (struct slice){NULL, 0}, &arena, &fault));
    cr_assert(!p.is_oidc ||
              provider_discover(&p, slice_of(json_object_to_json_string(json)), &fault));
    json_object_put(json);
    p.keys = keyset_new();
    keyset_add(p.keys, jose_key(EC));
    oauth_state_begin(&attempt, "op", NOW);
}

static void set_up(void)
{
    open_provider("{'preset':'oidc','issuer':'https://op.example','client-id':'a b',"
                  "'redirect':'https://us.example/cb?x=1'}",
                  "{'issuer':'https://op.example','token_endpoint':'https://op.example/t',"
                  "'authorization_endpoint':'https://op.example/a?k=v',"
                  "'jwks_uri':'https://op.example/k'}");
}

static void tear_down(void)
{
    provider_close(&p);
    json_object_put(item);
    arena_fini(&arena);
}

TestSuite(oidc, .init = set_up, .fini = tear_down);

Test(oidc, where_the_browser_goes)
{
    struct buf out = {0};
    char challenge[BEARER_SECRET_TEXT];

    oauth_state_challenge(&attempt, challenge);
    oidc_put_authorization(&p, &attempt, &out);
    cr_expect_str_eq(
        buf_text(&out),
        arena_printf(&arena,
                     "https://op.example/a?k=v&response_type=code&client_id=a%%20b&redirect_uri="
                     "https%%3A%%2F%%2Fus.example%%2Fcb%%3Fx%%3D1&scope=openid%%20email%%20profile"
                     "&state=%s&code_challenge=%s&code_challenge_method=S256&nonce=%s",
                     attempt.state, challenge, attempt.nonce));
    cr_expect(!strstr(buf_text(&out), attempt.verifier));
    buf_fini(&out);
}

Test(oidc, how_tokens_are_asked_for)
{
    static const struct {
        const char *secret;
        bool wants_post;
        const char *end, *basic;
    } rows[] = {
        {NULL, false, "&client_id=a%20b", ""},
        {"s:1", true, "&client_id=a%20b&client_secret=s%3A1", ""},
        {"s:1", false, "", "Basic YSUyMGI6cyUzQTE="},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf form = {0}, basic = {0};

        p.client_secret = slice_of(rows[i].secret);
        p.endpoints.wants_post = rows[i].wants_post;
        oidc_put_exchange(&p, &attempt, SLICE_LIT("c&d"), &form);
        oidc_put_basic(&p, &basic);
        cr_expect_str_eq(buf_text(&basic), rows[i].basic);
        cr_expect_str_eq(buf_text(&form),
                         arena_printf(&arena,
                                      "grant_type=authorization_code&code=c%%26d&redirect_uri="
                                      "https%%3A%%2F%%2Fus.example%%2Fcb%%3Fx%%3D1&code_verifier="
                                      "%s%s",
                                      attempt.verifier, rows[i].end));
        buf_fini(&form);
        buf_fini(&basic);
    }
}

/* RFC 9207. */
Test(oidc, whose_callback_it_is)
{
    static const struct {
        bool says;
        const char *iss;
        bool want;
    } rows[] = {
        {false, NULL, true},
        {true, NULL, false},
        {false, "https://op.example", true},
        {true, "https://op.example", true},
        {false, "https://evil.example", false},
        {true, "https://op.example/", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        p.endpoints.says_issuer = rows[i].says;
        cr_expect_eq(oidc_takes_callback(&p, rows[i].iss), rows[i].want, "%zu", i);
    }
}

Test(oidc, what_an_answer_of_tokens_is)
{
    static const struct {
        const char *text;
        int status;
        bool want, is_refused;
    } rows[] = {
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"id_token\":\"i\"}", 200, true, false},
        {"{\"access_token\":\"a\",\"token_type\":\"Bearer\"}", 200, false, false},
        {"{\"access_token\":\"a\",\"token_type\":\"mac\",\"id_token\":\"i\"}", 200, false, false},
        {"{\"access_token\":\"a\",\"id_token\":\"i\"}", 200, false, false},
        {"{\"access_token\":\"\",\"token_type\":\"bearer\",\"id_token\":\"i\"}", 200, false, false},
        {"{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"bearer\",\"id_token\":\"i\"}", 200,
         false, false},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"id_token\":\"i\"}", 201, false,
         false},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"id_token\":\"i\"}", 500, false,
         false},
        {"{\"access_token\":\"a\\u0000\",\"token_type\":\"bearer\",\"id_token\":\"i\"}", 200, false,
         false},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"id_token\":\"i\\u0000\"}", 200, false,
         false},
        {"{\"error\":\"invalid_grant\"}", 400, false, true},
        {"{\"error\":\"invalid_grant\\u0000\"}", 400, false, false},
        {"{\"error\":\"bad_verification_code\"}", 200, false, true},
        {"{\"error\":\"invalid_client\"}", 401, false, false},
        {"[]", 200, false, false},
        {"access_token=a", 200, false, false},
        {"", 200, false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool is_refused;
        struct fault fault = {0};
        struct json_object *tokens =
            oidc_read_tokens(&p, slice_of(rows[i].text), rows[i].status, &is_refused, &fault);

        cr_expect(!!tokens == rows[i].want && !tokens == fault_is_set(&fault), "%s", rows[i].text);
        cr_expect_eq(is_refused, rows[i].is_refused, "%s", rows[i].text);
        json_object_put(tokens);
    }
}

/* --- id_token --- */

static enum jwt_fault verify(const char *key, const char *header, const char *claims,
                             struct oidc_user *user)
{
    struct jwk *signer = jose_key(key);
    struct json_object *tokens = json_object_new_object();
    struct buf token = {0};
    enum jwt_fault fault;

    jose_token(signer, header, claims, &token);
    jput_text(tokens, "id_token", buf_text(&token));
    fault = oidc_verify(&p, &attempt, tokens, NOW, user);
    json_object_put(tokens);
    buf_fini(&token);
    jwk_free(&signer);
    return fault;
}

Test(oidc, what_an_id_token_must_say)
{
    static const struct {
        const char *claims; /* with the nonce of this login */
        enum jwt_fault want;
    } rows[] = {
        {"{" CLAIMS ",'aud':'a b'}", JWT_OK},
        {"{" CLAIMS ",'aud':['a b']}", JWT_OK},
        {"{" CLAIMS ",'aud':['a b'],'azp':'a b'}", JWT_OK},
        {"{" CLAIMS ",'aud':['a b','others'],'azp':'a b'}", JWT_OK},
        {"{" CLAIMS ",'aud':['a b','others']}", JWT_AUDIENCE},
        {"{" CLAIMS ",'aud':['a b','others'],'azp':'others'}", JWT_AUDIENCE},
        {"{" CLAIMS ",'aud':'a b','azp':'others'}", JWT_AUDIENCE},
        {"{" CLAIMS ",'aud':'others'}", JWT_AUDIENCE},
        {"{" CLAIMS "}", JWT_AUDIENCE},
        {"{'iss':'https://evil.example','sub':'7','iat':1000000,'exp':1000300,'nonce':'%s',"
         "'aud':'a b'}",
         JWT_ISSUER},
        {"{'sub':'7','iat':1000000,'exp':1000300,'nonce':'%s','aud':'a b'}", JWT_ISSUER},
        {"{'iss':'https://op.example','iat':1000000,'exp':1000300,'nonce':'%s','aud':'a b'}",
         JWT_CLAIMS},
        {"{'iss':'https://op.example','sub':'7','exp':1000300,'nonce':'%s','aud':'a b'}",
         JWT_CLAIMS},
        {"{'iss':'https://op.example','sub':'7','iat':1000000,'nonce':'%s','aud':'a b'}",
         JWT_NO_END},
        {"{'iss':'https://op.example','sub':'7','iat':1,'exp':999000,'nonce':'%s','aud':'a b'}",
         JWT_EXPIRED},
        {"{'iss':'https://op.example','sub':'7','iat':1000000,'exp':1000300,'nonce':'x%s',"
         "'aud':'a b'}",
         JWT_NONCE},
        {"{'iss':'https://op.example','sub':'7','iat':1000000,'exp':1000300,'x':'%s','aud':'a b'}",
         JWT_NONCE},
        {"{'iss':'https://op.example','sub':'7','iat':1000000,'exp':1000300,'nonce':'%s\\u0000',"
         "'aud':'a b'}",
         JWT_MALFORMED},
        {"{" CLAIMS ",'aud':'a b','azp':'a b\\u0000x'}", JWT_MALFORMED},
        {"{" CLAIMS ",'aud':'a b','tid':'t\\u0000'}", JWT_MALFORMED},
        {"{" CLAIMS ",'aud':'a b','email':'a@example.com\\u0000.evil.example'}", JWT_MALFORMED},
        {"{" CLAIMS ",'aud':'a b','email_verified':'true\\u0000false'}", JWT_MALFORMED},
        {"{'iss':'https://op.example','sub':'7\\n8','iat':1000000,'exp':1000300,'nonce':'%s',"
         "'aud':'a b'}",
         JWT_CLAIMS},
        {"{'iss':'https://op.example','sub':'7','iat':1000000,'exp':1000300,'x':'%s','nonce':"
         "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA','aud':'a b'}",
         JWT_NONCE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct oidc_user user;
        char claims[512];

        snprintf(claims, sizeof(claims), rows[i].claims, attempt.nonce);
        cr_expect_eq(verify(EC, HEADER, claims, &user), rows[i].want, "%s", claims);
    }
}

Test(oidc, who_may_sign_an_id_token)
{
    static const struct {
        const char *key, *header;
        enum jwt_fault want;
    } rows[] = {
        {EC, HEADER, JWT_OK},
        {"{" JOSE_OCT "}", "{'alg':'HS256','kid':'1'}", JWT_KEY},
        {"{" JOSE_ED "," JOSE_ED_D "}", "{'alg':'EdDSA','kid':'1'}", JWT_KEY},
        {EC, "{'alg':'ES256','kid':'2'}", JWT_KEY},
        {EC, "{'alg':'none','kid':'1'}", JWT_ALG},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct oidc_user user;
        char claims[512];

        snprintf(claims, sizeof(claims), "{" CLAIMS ",'aud':'a b'}", attempt.nonce);
        cr_expect_eq(verify(rows[i].key, rows[i].header, claims, &user), rows[i].want, "%s",
                     rows[i].header);
    }
}

Test(oidc, whose_address_it_is)
{
    static const struct {
        const char *more;
        const char *email;
        bool is_verified;
    } rows[] = {
        {MORE ",'email_verified':true", "ann@example.com", true},
        {MORE ",'email_verified':'true'", "ann@example.com", true},
        {MORE ",'email_verified':false", "ann@example.com", false},
        {MORE ",'email_verified':1", "ann@example.com", false},
        {MORE ",'email_verified':'false'", "ann@example.com", false},
        {MORE, "ann@example.com", false},
        {MORE ",'xms_edov':true", "ann@example.com", false},
        {",'email':'no address','email_verified':true", "", false},
        {",'email':['a@example.com'],'email_verified':true", "", false},
        {",'email_verified':true", "", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct oidc_user user;
        char claims[512];

        snprintf(claims, sizeof(claims), "{" CLAIMS ",'aud':'a b'%s}", attempt.nonce, rows[i].more);
        cr_expect_eq(verify(EC, HEADER, claims, &user), JWT_OK);
        cr_expect_str_eq(user.subject, "7");
        cr_expect_str_eq(user.email, rows[i].email, "%s", rows[i].more);
        cr_expect_eq(user.is_verified, rows[i].is_verified, "%s", rows[i].more);
    }
}

/* --- the user endpoint --- */

Test(oidc, the_user_is_the_one_of_the_id_token)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{\"sub\":\"7\",\"email\":\"a@example.com\",\"email_verified\":true}", true},
        {"{\"sub\":\"8\",\"email\":\"a@example.com\",\"email_verified\":true}", false},
        {"{\"sub\":\"7\\u0000\",\"email\":\"a@example.com\"}", false},
        {"{\"id\":\"7\",\"email\":\"a@example.com\"}", false},
        {"{\"email\":\"a@example.com\"}", false},
        {"[]", false},
        {"", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct oidc_user user = {.subject = "7"};
        struct fault fault;

        cr_expect_eq(oidc_read_user(&p, slice_of(rows[i].text), &user, &fault), rows[i].want, "%s",
                     rows[i].text);
        cr_expect_eq(user.is_verified, rows[i].want, "%s", rows[i].text);
    }
}

/* GitHub. */
Test(oidc, a_user_without_openid)
{
    static const struct {
        const char *user, *subject, *emails, *email;
        bool is_verified;
    } rows[] = {
        {"{\"id\":583231,\"email\":null}", "583231",
         "[{\"email\":\"b@example.com\",\"primary\":false,\"verified\":true},"
         "{\"email\":\"a@example.com\",\"primary\":true,\"verified\":true}]",
         "a@example.com", true},
        {"{\"id\":1,\"email\":\"public@example.com\"}", "1",
         "[{\"email\":\"a@example.com\",\"primary\":true,\"verified\":false}]", "a@example.com",
         false},
        {"{\"id\":1}", "1", "[{\"email\":\"b@example.com\",\"primary\":false,\"verified\":true}]",
         "", false},
        {"{\"id\":1}", "1", "[]", "", false},
    };

    tear_down();
    open_provider("{'preset':'github','client-id':'us','redirect':'https://us.example/cb'}", "{}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct oidc_user user = {.subject = ""};
        struct fault fault;

        cr_expect(oidc_read_user(&p, slice_of(rows[i].user), &user, &fault));
        cr_expect(!user.is_verified);
        cr_expect(oidc_read_emails(slice_of(rows[i].emails), &user, &fault));
        cr_expect_str_eq(user.subject, rows[i].subject);
        cr_expect_str_eq(user.email, rows[i].email, "%zu", i);
        cr_expect_eq(user.is_verified, rows[i].is_verified, "%zu", i);
    }
}
