/* SPDX-License-Identifier: MIT */
/* Binds page.count: "exact", or "capped(N)" for a count that stops at N; behind "prefer" it is made
 * only for clients that ask. */
#include <string.h>

#include "lib/api/operation/binder.h"
#include "lib/api/operation/count_text.h"
#include "lib/core/json/jget.h"

void bind_total(struct binder *b, struct json_object *page)
{
    static const char word[] = "prefer ";
    struct plan_page *out = &b->plan->page;
    const char *text = jget_text(page, "count");

    if (!text)
        return;
    out->is_count_asked = strncmp(text, word, sizeof(word) - 1) == 0;
    if (out->is_count_asked)
        text += sizeof(word) - 1;
    out->count_max = count_text_read(slice_of(text));
    if (!out->count_max)
        BINDER_COMPLAIN(
            b, binder_place(b, page, "count"),
            "%s: page: count: must be exact, or capped(N) with N from 1 to %d, or prefer "
            "before either",
            b->op->id, COUNT_TEXT_MAX);
}
