/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/provider.h"

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"
#include "t/lib/auth/jose/jose_fixture.h"

#define CLIENT "'client-id':'us','redirect':'https://us.example/cb'"
#define ISSUER "'preset':'oidc','issuer':'https://op.example'"
#define ENDPOINTS                                                                                  \
    "'authorization_endpoint':'https://op.example/a','token_endpoint':'https://op.example/t',"     \
    "'jwks_uri':'https://op.example/k'"

static struct arena arena;
static struct json_object *item;

static void tear_down(void)
{
    json_object_put(item);
    arena_fini(&arena);
}

TestSuite(provider, .fini = tear_down);

static bool open_provider(struct provider *p, const char *text)
{
    struct fault fault = {0};
    bool ok;

    json_object_put(item);
    item = jose_json(text);
    ok = provider_open(p, "op", item, (struct slice){NULL, 0}, &arena, &fault);
    cr_expect(ok == !fault_is_set(&fault), "%s", text);
    return ok;
}

static const char *discover(struct provider *p, const char *text)
{
    struct json_object *json = jose_json(text);
    const char *quoted = json_object_to_json_string(json);
    static struct fault fault;
    bool ok = provider_discover(p, slice_of(quoted), &fault);

    json_object_put(json);
    cr_expect(ok || fault_is_set(&fault));
    return ok ? NULL : fault.text;
}

Test(provider, what_a_configuration_must_say)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{" CLIENT "," ISSUER "}", true},
        {"{" CLIENT ",'preset':'google'}", true},
        {"{" CLIENT ",'preset':'gitlab'}", true},
        {"{" CLIENT ",'preset':'microsoft'}", true},
        {"{" CLIENT ",'preset':'github'}", true},
        {"{" CLIENT ",'preset':'oidc'}", false},
        {"{" CLIENT ",'preset':'oidc','issuer':'http://op.example'}", false},
        {"{" CLIENT ",'preset':'oidc','issuer':'http://localhost:8080'}", true},
        {"{" CLIENT "," ISSUER ",'return':'/app'}", false},
        {"{" CLIENT "," ISSUER ",'return':'https://us.example/app'}", true},
        {"{" CLIENT "," ISSUER ",'return':'https://us.example/app?x=1#/home'}", true},
        {"{'client-id':'us','redirect':'https://us.example/cb#x'," ISSUER "}", false},
        {"{" CLIENT "," ISSUER ",'return':'javascript:alert(1)'}", false},
        {"{'client-id':'us','redirect':'http://us.example/cb'," ISSUER "}", false},
        {"{" CLIENT ",'preset':'oidc','authorization-url':'https://op.example/a'}", false},
        {"{" CLIENT ",'preset':'oidc','authorization-url':'https://op.example/a',"
         "'token-url':'https://op.example/t','user-url':'https://op.example/u'}",
         true},
        {"{" CLIENT ",'preset':'oidc','authorization-url':'https://op.example/a',"
         "'token-url':'http://op.example/t','user-url':'https://op.example/u'}",
         false},
        {"{" CLIENT ",'preset':'github','user-url':'ftp://op.example/u'}", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct provider p;

        cr_expect_eq(open_provider(&p, rows[i].text), rows[i].want, "%s", rows[i].text);
        provider_close(&p);
    }
}

Test(provider, what_it_may_say_of_itself)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{'issuer':'https://op.example'," ENDPOINTS "}", true},
        {"{'issuer':'https://op.example/'," ENDPOINTS "}", false},
        {"{'issuer':'https://evil.example'," ENDPOINTS "}", false},
        {"{'issuer':'https://{tenantid}'," ENDPOINTS "}", false},
        {"{'issuer':['https://op.example']," ENDPOINTS "}", false},
        {"{" ENDPOINTS "}", false},
        {"{'issuer':'https://op.example'}", false},
        {"{'issuer':'https://op.example'," ENDPOINTS ",'userinfo_endpoint':'http://op.example/u'}",
         false},
        {"{'issuer':'https://op.example'," ENDPOINTS ",'userinfo_endpoint':'http://127.0.0.1/u'}",
         false},
        {"{'issuer':'https://op.example'," ENDPOINTS ",'userinfo_endpoint':'https://localhost/u'}",
         false},
        {"{'issuer':'https://op.example'," ENDPOINTS ",'userinfo_endpoint':'https://[::1]:80/u'}",
         false},
        {"{'issuer':'https://op.example'," ENDPOINTS
         ",'code_challenge_methods_supported':['plain']}",
         false},
        {"{'issuer':'https://op.example'," ENDPOINTS
         ",'code_challenge_methods_supported':['plain','S256']}",
         true},
        {"[]", false},
        {"null", false},
    };
    struct provider p;

    cr_assert(open_provider(&p, "{" CLIENT "," ISSUER "}"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(!discover(&p, rows[i].text), rows[i].want, "%s", rows[i].text);
    cr_expect_str_eq(p.endpoints.token, "https://op.example/t", "what was good stays");
    provider_close(&p);
}

Test(provider, how_the_client_shows_its_secret)
{
    static const struct {
        const char *methods;
        bool wants_post;
    } rows[] = {
        {"", false},
        {",'token_endpoint_auth_methods_supported':['client_secret_basic']", false},
        {",'token_endpoint_auth_methods_supported':['client_secret_post']", true},
        {",'token_endpoint_auth_methods_supported':['client_secret_post','client_secret_basic']",
         false},
    };
    struct provider p;

    cr_assert(open_provider(&p, "{" CLIENT "," ISSUER "}"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *text = arena_printf(&arena, "{'issuer':'https://op.example'," ENDPOINTS "%s}",
                                        rows[i].methods);

        cr_expect(!discover(&p, text));
        cr_expect_eq(p.endpoints.wants_post, rows[i].wants_post, "%s", rows[i].methods);
    }
    provider_close(&p);
}

Test(provider, where_it_describes_itself)
{
    static const char *const issuers[] = {"https://op.example/a", "https://op.example/a/"};

    for (size_t i = 0; i < 2; i++) {
        struct provider p = {.issuer = issuers[i]};
        struct buf out = {0};

        provider_put_discovery(&p, &out);
        cr_expect_str_eq(buf_text(&out), "https://op.example/a/.well-known/openid-configuration");
        buf_fini(&out);
    }
}

/* Microsoft's issuer has the tenant in it. */
Test(provider, tenants)
{
    static const struct {
        const char *preset, *issuer, *said, *iss, *tenant;
        bool discovers, want;
    } rows[] = {
        {"microsoft", "https://ms/common/v2", "https://ms/{tenantid}/v2", "https://ms/a-1/v2",
         "a-1", true, true},
        {"microsoft", "https://ms/common/v2", "https://ms/{tenantid}/v2", "https://ms/a-1/v2",
         "a-2", true, false},
        {"microsoft", "https://ms/common/v2", "https://ms/{tenantid}/v2", "https://ms/a-1/v2", NULL,
         true, false},
        {"microsoft", "https://ms/common/v2", "https://ms/{tenantid}/v2", "https://ms/a/b/v2",
         "a/b", true, false},
        {"microsoft", "https://ms/common/v2", "https://ms/{tenantid}/v2",
         "https://ms/{tenantid}/v2", "{tenantid}", true, false},
        {"microsoft", "https://ms/a-1/v2", "https://ms/a-1/v2", "https://ms/a-1/v2", "a-1", true,
         true},
        {"microsoft", "https://ms/a-1/v2", "https://ms/a-1/v2", "https://ms/a-2/v2", "a-2", true,
         false},
        {"microsoft", "https://ms/common/v2", "https://evil/{tenantid}/v2", "", NULL, false, false},
        {"oidc", "https://ms/common/v2", "https://ms/{tenantid}/v2", "", NULL, false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct provider p;

        cr_assert(open_provider(&p, arena_printf(&arena, "{" CLIENT ",'preset':'%s','issuer':'%s'}",
                                                 rows[i].preset, rows[i].issuer)));
        cr_expect_eq(
            !discover(&p, arena_printf(&arena, "{'issuer':'%s'," ENDPOINTS "}", rows[i].said)),
            rows[i].discovers, "%zu", i);
        cr_expect_eq(provider_is_issuer(&p, rows[i].iss, rows[i].tenant), rows[i].want, "%zu", i);
        provider_close(&p);
    }
}
