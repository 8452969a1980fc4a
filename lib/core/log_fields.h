/* SPDX-License-Identifier: MIT */
/*
 * Lines of the log as JSON. A format of log_line() is fields and perhaps a text:
 *
 *     "generation=%u workers=%d reason=\"%s\": past drain.timeout"
 *
 * The fields are read from the format and not from the finished text, so that no value, whatever a
 * client put into it, can add a field or end one early.
 */
#ifndef LEAT_CORE_LOG_FIELDS_H
#define LEAT_CORE_LOG_FIELDS_H

#include <stdarg.h>

#include "lib/core/buf.h"

/* Appends `"fields":{"generation":3,…},"message":"past drain.timeout"`; what is empty is left out,
 * and a comma precedes each. Knows the conversions d, u and s; another one is a bug of the
 * caller. */
void log_fields(struct buf *out, const char *format, va_list args);

#endif
