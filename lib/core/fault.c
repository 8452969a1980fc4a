/* SPDX-License-Identifier: MIT */
#include "lib/core/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fault_set(struct fault *f, const char *format, ...)
{
    va_list args;

    f->has_offset = false;
    va_start(args, format);
    vsnprintf(f->text, sizeof(f->text), format, args);
    va_end(args);
    return false;
}

bool fault_set_at(struct fault *f, size_t offset, const char *format, ...)
{
    va_list args;

    f->has_offset = true;
    f->offset = offset;
    va_start(args, format);
    vsnprintf(f->text, sizeof(f->text), format, args);
    va_end(args);
    return false;
}

static void append(struct fault *f, const char *text)
{
    size_t len = strlen(f->text), more = strnlen(text, sizeof(f->text) - 1 - len);

    memcpy(f->text + len, text, more);
    f->text[len + more] = '\0';
}

bool fault_add_context(struct fault *f, const char *format, ...)
{
    char text[FAULT_TEXT];
    va_list args;

    memcpy(text, f->text, sizeof(text));
    va_start(args, format);
    vsnprintf(f->text, sizeof(f->text), format, args);
    va_end(args);
    append(f, ": ");
    append(f, text);
    return false;
}
