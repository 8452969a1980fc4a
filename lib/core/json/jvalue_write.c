/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jvalue.h"

#include <math.h>
#include <stdlib.h>

#include "lib/core/json/jnumber.h"
#include "lib/core/json/jwrite.h"

/* Steps charged. A hard number goes through printf() and strtod() up to three times, which takes
 * longer the further it is from 1. */
enum { VALUE_STEPS = 3, DOUBLE_STEPS = 12, HARD_NUMBER_STEPS = 160 };

static bool write_text(struct buf *out, struct slice text, struct budget *budget)
{
    if (!budget_step(budget, 1 + text.len / BUDGET_BYTES_PER_STEP))
        return false;
    jwrite_string(out, text.data, text.len);
    return true;
}

static bool write_double(struct buf *out, double value, struct budget *budget)
{
    unsigned steps = DOUBLE_STEPS;

    if (jnumber_is_hard(value))
        steps = HARD_NUMBER_STEPS + (unsigned)abs(ilogb(value));
    if (!budget_step(budget, steps))
        return false;
    jwrite_double(out, value);
    return true;
}

static bool write_array(struct buf *out, const struct jvalue *v, struct budget *budget)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < v->size; i++) {
        if (i)
            buf_putc(out, ',');
        if (!jvalue_write(out, &v->items[i], budget))
            return false;
    }
    buf_putc(out, ']');
    return true;
}

static bool write_object(struct buf *out, const struct jvalue *v, struct budget *budget)
{
    buf_putc(out, '{');
    for (size_t i = 0; i < v->size; i++) {
        if (i)
            buf_putc(out, ',');
        if (!write_text(out, jmember_name(&v->members[i]), budget))
            return false;
        buf_putc(out, ':');
        if (!jvalue_write(out, &v->members[i].value, budget))
            return false;
    }
    buf_putc(out, '}');
    return true;
}

bool jvalue_write(struct buf *out, const struct jvalue *v, struct budget *budget)
{
    if (!budget_step(budget, VALUE_STEPS))
        return false;
    switch ((enum jtype)v->type) {
    case JNULL:
        buf_puts(out, "null");
        return true;
    case JBOOLEAN:
        buf_puts(out, v->boolean ? "true" : "false");
        return true;
    case JINTEGER:
        buf_put_int(out, v->integer);
        return true;
    case JDOUBLE:
        return write_double(out, v->real, budget);
    case JSTRING:
        return write_text(out, jvalue_text(v), budget);
    case JARRAY:
        return write_array(out, v, budget);
    case JOBJECT:
        return write_object(out, v, budget);
    }
    return true;
}
