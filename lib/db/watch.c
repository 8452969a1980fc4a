/* SPDX-License-Identifier: MIT */
#include "lib/db/watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/core/slice.h"
#include "lib/db/conn.h"
#include "lib/db/guard.h"

__attribute__((format(printf, 2, 3))) static int refuse(struct watch *w, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (!*w->why)
        vsnprintf(w->why, sizeof(w->why), format, args);
    va_end(args);
    return SQLITE_DENY;
}

/* Columns of own_tables.h with which somebody could act as another. */
static bool is_secret(const char *table, const char *column)
{
    static const struct {
        const char *table, *columns;
    } rows[] = {{"_leat_users", "password_hash"},  {"_leat_sessions", "secret_hash|csrf_hash"},
                {"_leat_api_keys", "secret_hash"}, {"_leat_refresh_tokens", "token_hash|salt"},
                {"_leat_totp", "secret"},          {"_leat_recovery_codes", "code_hash"},
                {"_leat_keys", "value"},           {"_leat_email_tokens", "token_hash"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcasecmp(rows[i].table, table) == 0)
            return slice_is_choice(rows[i].columns, column);
    return false;
}

static int watch_change(struct watch *w, int action, const char *table, const char *trigger)
{
    bool is_ours = strncasecmp(table, "_leat_", 6) == 0;

    w->deletes |= action == SQLITE_DELETE && !trigger;
    return is_ours ? refuse(w, "the tables _leat_* may only be read") : SQLITE_OK;
}

static int watch_read(struct watch *w, const char *table, const char *column, const char *schema,
                      const char *accessor)
{
    if (is_secret(table, column))
        return refuse(w, "%s has secrets, which cannot be read", table);
    if (!schema || strcmp(schema, "main") != 0)
        return SQLITE_OK;
    w->has_reached |= guard_is_table(w->conn, table, accessor);
    return guard_is_view(w->conn, table, accessor)
               ? refuse(w,
                        "%s is a view of main over a protected table, where it would show all "
                        "rows; read the table itself",
                        table)
               : SQLITE_OK;
}

int watch_see(void *arg, int action, const char *a, const char *b, const char *schema,
              const char *accessor)
{
    struct watch *w = arg;

    switch (action) {
    case SQLITE_DELETE:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
        return watch_change(w, action, a, accessor);
    case SQLITE_READ:
        return watch_read(w, a, b, schema, accessor);
    case SQLITE_FUNCTION:
        return guard_is_function(w->conn, b, accessor)
                   ? refuse(w, "%s() is the server's own; write :_sub", b)
                   : SQLITE_OK;
    default:
        return SQLITE_OK;
    }
}
