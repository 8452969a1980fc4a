/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "t/lib/api/compare/compare_rows.h"

#define SERVED(list) GET(", servers: [" list "]")
#define BELOW(list) "  /a: {servers: [" list "], get: {operationId: getA, " FINE "}}"

Test(compare, compares_servers)
{
    static const struct row rows[] = {
        {SERVED("{url: /x}, {url: /y}"), SERVED("{url: /y, description: d}, {url: /x}"), ""},
        {SERVED("{url: /x}, {url: /y}"), SERVED("{url: /y}"), "! getA: the server /x is gone"},
        {SERVED("{url: /y}"), SERVED("{url: /x}, {url: /y}"), "- getA: the server /x is new"},
        {BELOW("{url: /x}"), SERVED("{url: /x}"), ""},
        {BELOW("{url: /x}"), BELOW("{url: /y}"),
         "! getA: the server /x is gone\n- getA: the server /y is new"},
        {GET(""), SERVED("{url: /v1}"), ""},
        {GET(""), BELOW("{url: /v1}, {url: /y}"), "- getA: the server /y is new"},
        {SERVED("{url: /x}"), GET(""),
         "! getA: the server /x is gone\n- getA: the server /v1 is new"},
        {SERVED("{url: '/{v}', variables: {v: {default: x}}}"), SERVED("{url: /x}"), ""},
        {SERVED("{url: '/{v}', variables: {v: {default: x}}}"),
         SERVED("{url: '/{v}', variables: {v: {default: y}}}"),
         "! getA: the server /x is gone\n- getA: the server /y is new"},
    };

    RUN_ROWS(rows);
}
