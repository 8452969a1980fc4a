/* SPDX-License-Identifier: MIT */
/* The functions in the table of formats, by family. format.h describes them. */
#ifndef LEAT_SCHEMA_FORMATS_H
#define LEAT_SCHEMA_FORMATS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/json/jvalue.h"

/* format_time.c */
bool format_is_date_time(const char *text, size_t len);
bool format_is_date(const char *text, size_t len);
bool format_is_time(const char *text, size_t len);
bool format_is_duration(const char *text, size_t len);

/* format_host.c */
bool format_is_hostname(const char *text, size_t len);
bool format_is_ipv4(const char *text, size_t len);
bool format_is_ipv6(const char *text, size_t len);

/* format_email.c */
bool format_is_email(const char *text, size_t len);

/* format_uri.c */
bool format_is_uri(const char *text, size_t len);
bool format_is_uri_reference(const char *text, size_t len);
bool format_is_iri(const char *text, size_t len);
bool format_is_iri_reference(const char *text, size_t len);
bool format_is_uri_template(const char *text, size_t len);

/* format_text.c */
bool format_is_uuid(const char *text, size_t len);
bool format_is_json_pointer(const char *text, size_t len);
bool format_is_relative_json_pointer(const char *text, size_t len);
bool format_is_byte(const char *text, size_t len);

/* format_number.c */
bool format_is_int32(const struct jvalue *number);
bool format_is_int64(const struct jvalue *number);
bool format_is_float(const struct jvalue *number);
bool format_is_double(const struct jvalue *number);

#endif
