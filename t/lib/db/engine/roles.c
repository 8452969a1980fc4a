/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/roles.h"

#include <criterion/criterion.h>

#include "t/fixtures/fixture.h"

Test(roles, set_the_memory_of_connections)
{
    static const struct {
        int64_t cache_bytes, mmap_bytes, cache_size, mmap_size;
    } rows[] = {
        {0, 0, -2000, 0}, /* SQLite's own */
        {8 << 20, 0, -8192, 0},
        {1 << 20, 64 << 20, -1024, 64 << 20},
    };

    scratch_make();
    fixture_db_change("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER)");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_options options = {.path = scratch_path("a.db"),
                                     .synchronous = "off",
                                     .roles = (1u << ROLE_COUNT) - 1,
                                     .cache_bytes = rows[i].cache_bytes,
                                     .mmap_bytes = rows[i].mmap_bytes};
        struct roles r;
        struct fault fault;

        cr_assert(roles_open(&r, &options, CONN_READ, &fault));
        for (enum plan_role role = 0; role < ROLE_COUNT; role++) {
            struct conn *c = roles_of(&r, role);

            cr_expect(conn_integer(c, "PRAGMA cache_size") == rows[i].cache_size, "row %zu", i);
            cr_expect(conn_integer(c, "PRAGMA mmap_size") == rows[i].mmap_size, "row %zu", i);
        }
        roles_close(&r);
    }
    scratch_remove();
}
