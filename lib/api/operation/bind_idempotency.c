/* SPDX-License-Identifier: MIT */
/* Binds x-idempotency: `required`, `optional`, or a map {required: bool, expires: duration}. An
 * answer is kept for one caller and may be replayed to nobody else, so the operation must know its
 * caller. */
#include "lib/api/operation/binder.h"
#include "lib/api/operation/outcome.h"
#include "lib/conf/units.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

enum { DAY_MS = 24 * 3600 * 1000, EXPIRES_MAX_DAYS = 365 };

/* Returns true for a word or a map that means something. Sets *ms to the lifetime. */
static bool read_idempotency(struct json_object *json, long long *ms)
{
    const char *word =
        json_object_is_type(json, json_type_string) ? json_object_get_string(json) : NULL;
    struct json_object *required = jget(json, "required"), *expires = jget(json, "expires");
    int known = (required != NULL) + (expires != NULL);
    bool ok = true;

    *ms = DAY_MS;
    if (word)
        return slice_is_choice("required|optional", word);
    if (!json_object_is_type(json, json_type_object) || json_object_object_length(json) != known)
        return false;
    if (required)
        ok &= json_object_is_type(required, json_type_boolean);
    if (expires)
        ok &= json_object_is_type(expires, json_type_string) &&
              units_duration_ms(json_object_get_string(expires), ms);
    return ok && *ms > 0 && *ms <= (long long)EXPIRES_MAX_DAYS * DAY_MS;
}

static bool is_public(const struct security *s)
{
    bool is_open = !s->alternative_count;

    for (size_t i = 0; i < s->alternative_count; i++)
        is_open |= !s->alternatives[i].count;
    return is_open;
}

void bind_idempotency(struct binder *b, struct json_object *record)
{
    struct json_object *json = jget(record, "idempotency");
    const char *where = json && *mark_where(json) ? mark_where(json) : b->op->source;
    long long ms;

    if (!json)
        return;
    if (!read_idempotency(json, &ms))
        BINDER_COMPLAIN(b, where,
                        "%s: x-idempotency: must be required, optional, or a map {required: bool, "
                        "expires: duration} with a duration such as 24h, of at most %dd",
                        b->op->id, EXPIRES_MAX_DAYS);
    if (!b->plan->is_write)
        BINDER_COMPLAIN(b, where, "%s: x-idempotency: requires a statement that writes", b->op->id);
    if (is_public(&b->op->security))
        BINDER_COMPLAIN(b, where,
                        "%s: x-idempotency: the operation must require authentication, because an "
                        "answer is kept for its caller alone",
                        b->op->id);
    b->op->idempotency = outcome_idempotency(record);
    b->op->answer_lifetime_ms = (uint64_t)ms;
}
