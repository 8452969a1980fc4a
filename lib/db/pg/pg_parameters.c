/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/pg_parameters.h"

#include <stddef.h>

#include "lib/core/buf.h"
#include "lib/db/sql/sqllex.h"

char *pg_parameters(const char *sql)
{
    const char *at = sql;
    struct buf out = {0};

    for (struct sql_token t = sql_token_at(sql); t.kind != SQL_END; t = sql_token_next(t)) {
        if (t.kind != SQL_PARAMETER || *t.at != '?')
            continue;
        buf_put(&out, at, (size_t)(t.at - at));
        buf_putc(&out, '$');
        at = t.at + 1;
    }
    buf_puts(&out, at);
    buf_text(&out);
    return out.data;
}
