/* SPDX-License-Identifier: MIT */
#include "lib/core/err.h"

#include <string.h>

#include <criterion/criterion.h>

Test(err, knows_every_code)
{
    for (int e = OK; e < ERR_COUNT; e++) {
        int status = err_status((enum err)e);

        cr_expect(e == OK ? status == 200 : status >= 400 && status <= 599, "%d", e);
        cr_expect(err_text((enum err)e) && err_name((enum err)e) && *err_name((enum err)e));
        cr_expect(e == OK || *err_text((enum err)e));
        cr_expect(strcmp(err_reason(status), "Unknown") != 0, "%d has no reason phrase", status);
        for (int other = OK; other < e; other++)
            cr_expect(strcmp(err_name((enum err)e), err_name((enum err)other)) != 0);
    }
    cr_expect_str_eq(err_name(ERR_BODY_SIZE), "BODY_SIZE");
}

Test(err, knows_reason_phrases)
{
    static const struct {
        int status;
        const char *want;
    } rows[] = {{200, "OK"},
                {201, "Created"},
                {204, "No Content"},
                {304, "Not Modified"},
                {404, "Not Found"},
                {409, "Conflict"},
                {412, "Precondition Failed"},
                {413, "Content Too Large"},
                {422, "Unprocessable Content"},
                {428, "Precondition Required"},
                {429, "Too Many Requests"},
                {431, "Request Header Fields Too Large"},
                {503, "Service Unavailable"},
                {504, "Gateway Timeout"},
                {299, "Unknown"},
                {0, "Unknown"},
                {-1, "Unknown"},
                {1000, "Unknown"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(err_reason(rows[i].status), rows[i].want, "%d: %s", rows[i].status,
                         err_reason(rows[i].status));
}
