/* SPDX-License-Identifier: MIT */
#include "lib/core/jnumber.h"

#include <stddef.h>

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

const char *jnumber_scan(const char *text, const char *end, bool *is_integer)
{
    const char *at = text + (*text == '-'), *digits = at;

    *is_integer = true;
    at = skip_digits(at, end);
    if (at == digits || (at - digits > 1 && *digits == '0'))
        return NULL;
    if (at < end && *at == '.') {
        *is_integer = false;
        digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits)
            return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        *is_integer = false;
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        digits = at;
        at = skip_digits(digits, end);
        if (at == digits)
            return NULL;
    }
    return at;
}
