/* SPDX-License-Identifier: MIT */
/*
 * Closes a request's objects where several schemas describe one of them: allOf branches may each
 * name some members of the same nested object, and only together they name all. While a whole with
 * several parts is checked, every schema that an object below it satisfies is noted; afterwards the
 * members that none of them names are refused, as unevaluatedProperties would if it could see all
 * schemas of a place. Internal to lib/schema.
 */
#ifndef LEAT_SCHEMA_JOINT_H
#define LEAT_SCHEMA_JOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/budget.h"
#include "lib/schema/node.h"

struct schema_checker;
struct step;

/* Few notes take no allocation. */
enum { JOINT_FEW = 32 };

struct joint {
    const struct jvalue *value; /* of the whole, which `unevaluated` closes */
    struct joint_note {
        const struct jvalue *value;
        const struct schema *schema;
    } * notes, few[JOINT_FEW];
    size_t count, room;
};

void joint_init(struct joint *j, const struct jvalue *value);
/* Notes that the schema applies to the object. To forget what an alternative that failed has noted,
 * set .count back. */
void joint_note(struct joint *j, const struct jvalue *value, const struct schema *s,
                struct budget *budget);
/* Notes that all members of the object may be known. */
void joint_note_all(struct joint *j, const struct jvalue *value, struct budget *budget);
/* Reports the members that no note names. Returns false if there are any. */
bool joint_check(struct schema_checker *c, struct joint *j, const struct step *at);
void joint_fini(struct joint *j, struct budget *budget);

#endif
