/* SPDX-License-Identifier: MIT */
#include "workers/handlers/prefer.h"

#include "lib/api/operation/count_text.h"
#include "lib/core/text/token.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

/* Returns the value of the preference, without its quotes and parameters; data is NULL if there is
 * none. Of several, the first counts (RFC 7240, 2). */
static struct slice find_preference(struct slice list, const char *name, struct arena *arena)
{
    while (list.len) {
        struct slice item = token_cut(&list, ','), value = token_cut(&item, ';');
        struct token_parameter p = {.name = slice_trim(slice_cut(&value, '='))};

        if (!slice_is_nocase(p.name, name))
            continue;
        p.value = slice_trim(value);
        p.is_quoted =
            p.value.len >= 2 && p.value.data[0] == '"' && p.value.data[p.value.len - 1] == '"';
        if (p.is_quoted)
            p.value = (struct slice){p.value.data + 1, p.value.len - 2};
        return token_value(&p, arena);
    }
    return (struct slice){NULL, 0};
}

int64_t prefer_count(struct request *r)
{
    const struct plan_page *page = &r->op->plan->page;
    int64_t n;

    if (!page->count_max)
        return 0;
    n = count_text_read(find_preference(http_header_list(r, "prefer"), "count", &r->arena));
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
