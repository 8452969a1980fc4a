/* SPDX-License-Identifier: MIT */
/* Binds page.count: "exact", or "capped(N)" for a count that stops at N. */
#include <stdlib.h>
#include <string.h>

#include "lib/api/operation/binder.h"
#include "lib/core/json/jget.h"

enum { COUNT_MAX = 1000000000 };

/* Returns N of "capped(N)", or 0 if the text is something else. */
static int64_t read_cap(const char *text)
{
    static const char word[] = "capped(";
    char *end;
    long long n;

    if (strncmp(text, word, sizeof(word) - 1) != 0)
        return 0;
    n = strtoll(text + sizeof(word) - 1, &end, 10);
    return strcmp(end, ")") == 0 && n >= 1 && n <= COUNT_MAX ? n : 0;
}

void bind_total(struct binder *b, struct json_object *page)
{
    const char *text = jget_text(page, "count");

    if (!text)
        return;
    b->plan->page.count_max = strcmp(text, "exact") == 0 ? INT64_MAX : read_cap(text);
    if (!b->plan->page.count_max)
        BINDER_COMPLAIN(b, binder_place(b, page, "count"),
                        "%s: page: count: must be exact, or capped(N) with N from 1 to %d",
                        b->op->id, COUNT_MAX);
}
