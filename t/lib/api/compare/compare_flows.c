/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "t/lib/api/compare/compare_rows.h"

#define WITH(schemes) GET("") "\ncomponents: {securitySchemes: {" schemes "}}"
#define OAUTH(flows) WITH("o: {type: oauth2, flows: {" flows "}}")
#define PASSWORD(url, scopes) "password: {tokenUrl: '" url "', scopes: {" scopes "}}"
#define CODE(url, more)                                                                            \
    "authorizationCode: {authorizationUrl: '" url "', tokenUrl: 'https://a/t', scopes: {}" more "}"
#define OPENID(name, url) WITH(name ": {type: openIdConnect, openIdConnectUrl: '" url "'}")

Test(compare, compares_flows)
{
    static const struct row rows[] = {
        {OAUTH(PASSWORD("https://a/t", "r: R")), OAUTH(PASSWORD("https://a/t", "r: other")), ""},
        {OAUTH(PASSWORD("https://a/t", "r: R")), OAUTH(PASSWORD("https://b/t", "r: R")),
         "! scheme o password: tokenUrl: was https://a/t, is now https://b/t"},
        {OAUTH(PASSWORD("https://a/t", "r: R, w: W")), OAUTH(PASSWORD("https://a/t", "r: R, x: X")),
         "! scheme o password: scopes: w is gone\n- scheme o password: scopes: x is new"},
        {OAUTH(CODE("https://a/a", "")), OAUTH(CODE("https://b/a", "")),
         "! scheme o authorizationCode: authorizationUrl: was https://a/a, is now https://b/a"},
        {OAUTH(CODE("https://a/a", "")), OAUTH(CODE("https://a/a", ", refreshUrl: 'https://a/r'")),
         "- scheme o authorizationCode: refreshUrl: https://a/r is new"},
        {OAUTH(CODE("https://a/a", ", refreshUrl: 'https://a/r'")), OAUTH(CODE("https://a/a", "")),
         "! scheme o authorizationCode: refreshUrl: https://a/r is gone"},
        {OAUTH(CODE("https://a/a", "")), OAUTH(PASSWORD("https://a/t", "")),
         "- scheme o password: the flow is new\n! scheme o authorizationCode: the flow is gone"},
        {OPENID("o", "https://a/o"), OPENID("o", "https://b/o"),
         "! scheme o: openIdConnectUrl: was https://a/o, is now https://b/o"},
        {OPENID("o", "https://a/o"), OPENID("p", "https://a/o"), ""},
        {OPENID("o", "https://a/o"), OPENID("p", "https://b/o"),
         "! scheme o: openIdConnectUrl: was https://a/o, is now https://b/o"},
        {WITH("k: {type: apiKey, in: header, name: K}"), GET(""), ""},
    };

    RUN_ROWS(rows);
}
