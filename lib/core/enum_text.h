/* SPDX-License-Identifier: MIT */
/*
 * Enums that have texts. One list beside the enum makes both the values and the texts, so that
 * neither can lack what the other has, and their order does not matter:
 *
 *     #define PLAN_RETURNS(ROW) ROW(PLAN_NONE, "none") ROW(PLAN_ONE, "one")
 *     enum plan_returns { PLAN_RETURNS(ENUM_VALUE) };
 *     enum { PLAN_RETURNS_COUNT = PLAN_RETURNS(ENUM_ONE) };
 *
 *     static const char *const texts[] = {PLAN_RETURNS(ENUM_TEXT)};
 *     enum_parse(texts, PLAN_RETURNS_COUNT, "one")                             → PLAN_ONE
 */
#ifndef LEAT_CORE_ENUM_TEXT_H
#define LEAT_CORE_ENUM_TEXT_H

#include <stddef.h>
#include <string.h>

#define ENUM_VALUE(value, text) value,
#define ENUM_TEXT(value, text) [value] = (text),
#define ENUM_ONE(value, text) +1

/* Returns the value of the text; `count` if it has none or is NULL. */
static inline size_t enum_parse(const char *const *texts, size_t count, const char *text)
{
    size_t i = 0;

    while (i < count && !(text && strcmp(texts[i], text) == 0))
        i++;
    return i;
}

#endif
