/* SPDX-License-Identifier: MIT */
#include "lib/core/text/cookie.h"

#include <criterion/criterion.h>

Test(cookie, finds_the_first_of_a_name)
{
    static const struct {
        const char *list, *value; /* of the cookie "sid"; NULL: there is none */
    } rows[] = {
        {"", NULL},
        {";", NULL},
        {"=", NULL},
        {"sid=1", "1"},
        {"sid=", ""},
        {"sid", ""},
        {"sid=1; sid=2", "1"},
        {"a=1; sid=2; b=3", "2"},
        {"a=1;sid=2;b=3", "2"},
        {" \tsid=1 \t;", "1"},
        {"sid=a=b==", "a=b=="},
        {"sid=\"1\"", "\"1\""},
        {"sid =1", NULL},
        {"sid= 1", " 1"},
        {"SID=1", NULL},
        {"xsid=1; sidx=2", NULL},
        {"a=sid=1", NULL},
        {"a=\"; sid=1; \"", "1"}, /* quotes hide nothing */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice found = cookie_find(slice_of(rows[i].list), "sid");

        cr_expect(!found.data == !rows[i].value, "%s", rows[i].list);
        cr_expect(!rows[i].value || slice_is(found, rows[i].value), "%s", rows[i].list);
    }
    cr_expect(!cookie_find((struct slice){NULL, 0}, "sid").data);
}
