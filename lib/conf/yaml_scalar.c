/* SPDX-License-Identifier: MIT */
#include "lib/conf/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Reads decimal, 0o17 or 0x1F. Returns false for other text and for more than 64 bits. */
static bool read_integer(const char *text, long long *out)
{
    static const struct {
        const char *prefix, *digits;
        int base;
    } forms[] = {
        {"0o", "01234567", 8}, {"0x", "0123456789abcdefABCDEF", 16}, {"", "0123456789", 10}};
    const char *digits;

    for (int i = 0; i < 3; i++) {
        size_t n = strlen(forms[i].prefix);
        bool has_sign = !n && (*text == '-' || *text == '+');

        digits = text + n + has_sign;
        if (strncmp(text, forms[i].prefix, n) != 0 || !*digits ||
            digits[strspn(digits, forms[i].digits)])
            continue;
        errno = 0;
        *out = strtoll(has_sign ? text : digits, NULL, forms[i].base);
        return errno == 0;
    }
    return false;
}

static bool is_number(const char *text)
{
    char *end;

    if (strspn(text, "0123456789+-.eE") != strlen(text) || !strpbrk(text, "0123456789"))
        return false;
    (void)strtod(text, &end);
    return *end == '\0';
}

struct json_object *yaml_plain_scalar(const char *text, size_t len)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const trues[] = {"true", "True", "TRUE"};
    static const char *const falses[] = {"false", "False", "FALSE"};
    long long integer;

    for (size_t i = 0; i < 5; i++)
        if (strcmp(text, nulls[i]) == 0)
            return NULL;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(text, trues[i]) == 0 || strcmp(text, falses[i]) == 0)
            return json_object_new_boolean(strcmp(text, trues[i]) == 0);
    if (read_integer(text, &integer))
        return json_object_new_int64(integer);
    if (is_number(text) && isfinite(strtod(text, NULL)))
        return json_object_new_double(strtod(text, NULL));
    return json_object_new_string_len(text, (int)len);
}
