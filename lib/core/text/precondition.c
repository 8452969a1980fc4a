/* SPDX-License-Identifier: MIT */
#include "lib/core/text/precondition.h"

#include "lib/core/text/etag.h"

bool precondition_is_set(const struct precondition *p)
{
    return p->if_match.data || p->if_none_match.data;
}

static bool is_valid(struct slice list)
{
    return !list.data || slice_is(slice_trim(list), "*") || etag_is_list(list);
}

bool precondition_is_valid(const struct precondition *p)
{
    return is_valid(p->if_match) && is_valid(p->if_none_match);
}

static bool is_any(struct slice list)
{
    return slice_is(slice_trim(list), "*");
}

enum precondition_result precondition_compare(const struct precondition *p, bool exists,
                                              struct slice tag)
{
    if (p->if_match.data &&
        !(is_any(p->if_match) ? exists : tag.data && etag_is_listed_strongly(p->if_match, tag)))
        return PRECONDITION_NO_MATCH;
    if (p->if_none_match.data &&
        (is_any(p->if_none_match) ? exists : tag.data && etag_is_listed(p->if_none_match, tag)))
        return PRECONDITION_MATCH;
    return PRECONDITION_HOLDS;
}
