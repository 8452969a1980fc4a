/* SPDX-License-Identifier: MIT */
#include "workers/handlers/prefer.h"

#include "lib/api/operation/count_text.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

/* Returns the value of the preference, without its quotes and parameters; data is NULL if there is none.
 * Of several, the first counts (RFC 7240, 2). */
static struct slice find_preference(struct slice list, const char *name)
{
    while (list.len) {
        struct slice item = slice_cut(&list, ','), value = slice_cut(&item, ';');

        if (!slice_is_nocase(slice_trim(slice_cut(&value, '=')), name))
            continue;
        value = slice_trim(value);
        if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
            value = (struct slice){value.data + 1, value.len - 2};
        return value;
    }
    return (struct slice){NULL, 0};
}

int64_t prefer_count(struct request *r)
{
    const struct plan_page *page = &r->op->plan->page;
    int64_t n;

    if (!page->count_max)
        return 0;
    n = count_text_read(find_preference(http_header_list(r, "prefer"), "count"));
    r->has_preference = n;
    if (!n)
        return page->is_count_asked ? 0 : page->count_max;
    return n < page->count_max ? n : page->count_max;
}

void prefer_answer(struct request *r)
{
    int64_t n = r->job.count_max;

    if (!r->has_preference)
        return;
    reply_header(r, "preference-applied",
                 n == INT64_MAX
                     ? SLICE_LIT("count=exact")
                     : slice_of(arena_printf(&r->arena, "count=\"capped(%lld)\"", (long long)n)));
}
