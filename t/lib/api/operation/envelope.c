/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/envelope.h"

#include <criterion/criterion.h>

#include "lib/db/engine/plan_page.h"

Test(envelope, wraps_rows)
{
    static const struct {
        enum envelope envelope;
        const char *rows;
        struct slice next;
        const char *body;
    } rows[] = {
        {ENVELOPE_NONE, "", {0}, ""},
        {ENVELOPE_BARE, "[1]", {0}, "[1]"},
        {ENVELOPE_ITEMS, "[]", {0}, "{\"items\":[]}"},
        {ENVELOPE_ITEMS, "[1,2]", {0}, "{\"items\":[1,2]}"},
        {ENVELOPE_PAGE, "[1]", {0}, "{\"items\":[1],\"next\":null}"},
        {ENVELOPE_PAGE, "[1]", {"abc", 2}, "{\"items\":[1],\"next\":\"ab\"}"},
        {ENVELOPE_COUNT, "", {0}, "{\"count\":-7}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf body = {0};

        buf_puts(&body, rows[i].rows);
        envelope_wrap(rows[i].envelope, &(struct plan_page){0}, &body,
                      &(struct envelope_parts){.next = rows[i].next, .changes = -7});
        cr_expect_str_eq(buf_text(&body), rows[i].body, "row %zu", i);
        buf_fini(&body);
    }
}
