/* SPDX-License-Identifier: MIT */
#include "lib/core/text/mailbox.h"

#include <stdio.h>

#include <criterion/criterion.h>

Test(mailbox, knows_an_address)
{
    static const char *const good[] = {"a@b",
                                       "ada.lovelace@example.com",
                                       "a+tag@example.com",
                                       "o'hara@example.com",
                                       "x_1-2=3@sub.example.co.uk",
                                       "root@localhost",
                                       "A@xn--bcher-kva.example",
                                       "!#$%&'*+-/=?^_`{|}~@example.com"};
    static const char *const bad[] = {
        "",       "@",           "a@",          "@b",      "a",      "a@b@c", "a@b.",
        "a@.b",   "a@b..c",      ".a@b",        "a.@b",    "a..b@c", "a b@c", "a@b c",
        " a@b",   "a@b ",        "a@b\r\nX: y", "a@b\n",   "a\r@b",  "a@-b",  "a@b-",
        "<a@b>",  "a@[1.2.3.4]", "\"a\"@b",     "a,b@c",   "a;b@c",  "a:b@c", "a\\b@c",
        "(c)a@b", "\303\274@b",  "a@b\303\274", "a@b,c@d", "a@b>",   "a\t@b", "a@b_c",
        "a\177@b"};
    char local[MAILBOX_MAX + 2];

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(mailbox_is_address(slice_of(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(!mailbox_is_address(slice_of(bad[i])), "%s", bad[i]);
    cr_expect(!mailbox_is_address((struct slice){"a\0@b", 4}));
    snprintf(local, sizeof(local), "%064d@b", 1);
    cr_expect(mailbox_is_address(slice_of(local)));
    snprintf(local, sizeof(local), "%065d@b", 1);
    cr_expect(!mailbox_is_address(slice_of(local)));
    snprintf(local, sizeof(local), "a@%0252d", 1);
    cr_expect(mailbox_is_address(slice_of(local)));
    snprintf(local, sizeof(local), "a@%0253d", 1);
    cr_expect(!mailbox_is_address(slice_of(local)));
}

Test(mailbox, splits)
{
    static const struct {
        const char *text, *name, *address;
    } rows[] = {
        {"a@b", "", "a@b"},
        {"  a@b ", "", "a@b"},
        {"<a@b>", "", "a@b"},
        {"Todo <a@b>", "Todo", "a@b"},
        {"\"Todo, the app\" <a@b>", "Todo, the app", "a@b"},
        {"B\303\274cher <a@b>", "B\303\274cher", "a@b"},
        {"a < b <a@b>", "a < b", "a@b"},
        {"Todo", NULL, NULL},
        {"Todo <a@b", NULL, NULL},
        {"Todo a@b>", NULL, NULL},
        {"To\ndo <a@b>", NULL, NULL},
        {"To\377do <a@b>", NULL, NULL},
        {"", NULL, NULL},
        {">", NULL, NULL},
    };
    struct slice name, address;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(mailbox_split(rows[i].text, &name, &address) == (rows[i].name != NULL), "%s",
                  rows[i].text);
        if (rows[i].name)
            cr_expect(slice_is(name, rows[i].name) && slice_is(address, rows[i].address), "%s",
                      rows[i].text);
    }
}
