/* SPDX-License-Identifier: MIT */
/* Compares the request headers that operations honour without declaring them. */
#include "lib/api/compare/comparison.h"
#include "lib/api/operation/outcome.h"

/* Compares whether If-Match is required, which only bound operations can tell. */
static void compare_precondition(struct comparison *c)
{
    bool had = c->old->if_match == IF_MATCH_REQUIRED, has = c->new->if_match == IF_MATCH_REQUIRED;

    c->where = "header If-Match";
    if (had != has)
        comparison_say(c, has, "if-match", has ? "is now required" : "is no longer required");
}

/* Compares whether answers are kept under the keys of clients, who may rely on it. */
static void compare_idempotency(struct comparison *c)
{
    static const char *const texts[] = {"is no longer honoured", "is now optional",
                                        "is now required"};
    enum idempotency was = outcome_idempotency(c->old_record),
                     is = outcome_idempotency(c->new_record);

    c->where = "header Idempotency-Key";
    if (was != is)
        comparison_say(c, is != IDEMPOTENCY_OPTIONAL, "x-idempotency", "%s", texts[is]);
}

void comparison_conditions(struct comparison *c)
{
    compare_precondition(c);
    compare_idempotency(c);
}
