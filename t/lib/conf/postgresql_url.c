/* SPDX-License-Identifier: MIT */
#include "lib/conf/postgresql_url.h"

#include <string.h>

#include <criterion/criterion.h>

Test(postgresql_url, accepts)
{
    static const char *const rows[] = {
        "//app@db.example/app",
        "//db/app",
        "///app",
        "//app@/app",
        "//app@a,b:5433,[::1]:5434/app",
        "//app@[fe80::1]/app",
        "//a%40b@%2Frun%2Fpostgresql/app",
        "//app@a/app?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
        "//app@a,b/app?target_session_attrs=read-write&connect_timeout=3",
        "///app?host=/run/postgresql&port=5433&user=app",
        "//app@a/app?",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(!postgresql_url_fault(rows[i]), "%s: %s", rows[i], postgresql_url_fault(rows[i]));
}

Test(postgresql_url, refuses)
{
    static const char *const rows[][2] = {
        {"app", "must be postgresql://user@host/database"},
        {"/app", "must be postgresql://user@host/database"},
        {"//app:x@db/app", "password"},
        {"//app:@db/app", "password"},
        {"//:x@db/app", "password"},
        {"//db/app?password=x", "password"},
        {"//db/app?sslmode=require&sslpassword=x", "password"},
        {"//db", "names no database"},
        {"//db/", "names no database"},
        {"//db/?sslmode=require", "names no database"},
        {"//db/app?dbname=x", "is named in the path"},
        {"//db/app?options=-c%20x", "options are not possible"},
        {"//db/app?sslmod=require", "a parameter that is not known"},
        {"//db/app?sslmode=full", "a value that is not known"},
        {"//db/app?sslmode", "a value that is not known"},
        {"//db:x/app", "a port must be"},
        {"//db:0/app", "a port must be"},
        {"//db:65536/app", "a port must be"},
        {"//a:1,b:/app", "a port must be"},
        {"//[::1/app", "does not end"},
        {"//[::1]x/app", "only a port"},
        {"//a@b@c/app", "%40"},
        {"//db/a%00", "%25"},
        {"//db/a%zz", "%25"},
        {"//db/a%2", "%25"},
        {"//db/a#b", "%23"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *fault = postgresql_url_fault(rows[i][0]);

        cr_expect(fault && strstr(fault, rows[i][1]), "%s: %s", rows[i][0], fault);
    }
}
