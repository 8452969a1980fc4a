/* SPDX-License-Identifier: MIT */
/*
 * The URL of a PostgreSQL database, as libpq reads it (PostgreSQL, 34.1.1.2):
 *
 *     postgresql://[user@][host[:port]][,…]/database[?parameter=value&…]
 *
 * It never has a password: it would stand in `ps`, in logs and in the release.
 */
#ifndef LEAT_CONF_POSTGRESQL_URL_H
#define LEAT_CONF_POSTGRESQL_URL_H

#include "lib/core/fault.h"

/* Returns what is wrong with the URL's text after "postgresql:", or NULL. Static: it never repeats a
 * part of the URL but the name of a parameter. */
const char *postgresql_url_fault(const char *text);

#endif
