/* SPDX-License-Identifier: MIT */
#include "lib/conf/units.h"

#include <limits.h>
#include <stdint.h>

#include <criterion/criterion.h>

struct row {
    const char *text;
    long long want; /* -1: refused */
};

static void run(bool (*parse)(const char *, long long *), const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        long long got = -1;
        bool ok = parse(rows[i].text, &got);

        cr_expect(ok == (rows[i].want >= 0), "%s", rows[i].text);
        cr_expect(!ok || got == rows[i].want, "%s: %lld", rows[i].text, got);
    }
}

Test(units, reads_durations)
{
    static const struct row rows[] = {
        {"30s", 30000},
        {"1m30s", 90000},
        {"250ms", 250},
        {"2h", 7200000},
        {"1d", 86400000},
        {"0s", 0},
        {"1d1h1m1s1ms", 90061001},
        {"", -1},
        {"30", -1},
        {"s", -1},
        {"1.5s", -1},
        {"-1s", -1},
        {"+1s", -1},
        {" 1s", -1},
        {"1s ", -1},
        {"1 s", -1},
        {"1S", -1},
        {"1sec", -1},
        {"1m30", -1},
        {"99999999999999999999s", -1},
        {"9223372036854775807ms", LLONG_MAX},
        {"9223372036854775807ms1ms", -1},
        {"9223372036854775807s", -1},
        {"106751991168d", -1},
    };

    run(units_duration_ms, rows, sizeof(rows) / sizeof(*rows));
}

Test(units, writes_durations_and_sizes_in_the_largest_unit)
{
    static const struct {
        void (*write)(char *, long long);
        long long value;
        const char *want;
    } rows[] = {
        {units_duration_text, 0, "0s"},
        {units_duration_text, 1, "1ms"},
        {units_duration_text, 1500, "1500ms"},
        {units_duration_text, 5400000, "90m"},
        {units_duration_text, 31536000000, "365d"},
        {units_duration_text, LLONG_MAX, "9223372036854775807ms"},
        {units_size_text, 0, "0"},
        {units_size_text, 256, "256B"},
        {units_size_text, 1000000, "1000000B"},
        {units_size_text, 262144, "256KiB"},
        {units_size_text, 1LL << 40, "1024GiB"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[UNITS_TEXT];

        rows[i].write(text, rows[i].value);
        cr_expect_str_eq(text, rows[i].want);
    }
}

Test(units, reads_sizes)
{
    static const struct row rows[] = {
        {"64KiB", 65536},
        {"10MB", 10000000},
        {"512", 512},
        {"512B", 512},
        {"1GiB", 1073741824},
        {"0", 0},
        {"1kB", 1000},
        {"", -1},
        {"KiB", -1},
        {"1.5MiB", -1},
        {"-1", -1},
        {"1 KiB", -1},
        {"1KiB2B", -1},
        {"1kib", -1},
        {"0x10", -1},
        {"9223372036854775807", LLONG_MAX},
        {"9223372036854775808", -1},
        {"9223372036854775807KiB", -1},
        {"8589934592GiB", -1},
    };

    run(units_size_bytes, rows, sizeof(rows) / sizeof(*rows));
}

Test(units, reads_rates)
{
    static const struct {
        const char *text;
        long long count, period_ms; /* 0: refused */
    } rows[] = {
        {"1/s", 1, 1000},
        {"10/sec", 10, 1000},
        {"100/min", 100, 60000},
        {"5/10m", 5, 600000},
        {"7/hour", 7, 3600000},
        {"7/h", 7, 3600000},
        {"1000000000/s", 1000000000, 1000},
        {"1/3650d", 1, UNITS_RATE_MAX_MS},
        {"1000000000/ms", 0, 0},
        {"1/3651d", 0, 0},
        {"1/99999999999d", 0, 0},
        {"0/s", 0, 0},
        {"1/0s", 0, 0},
        {"1", 0, 0},
        {"1/", 0, 0},
        {"/s", 0, 0},
        {" 1/s", 0, 0},
        {"+1/s", 0, 0},
        {"1 /s", 0, 0},
        {"1/s ", 0, 0},
        {"1/fortnight", 0, 0},
        {"1000000001/s", 0, 0},
        {"99999999999999999999/s", 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        long long count = 0, period_ms = 0;
        bool ok = units_rate(rows[i].text, &count, &period_ms);

        cr_expect(ok == (rows[i].count > 0), "%s", rows[i].text);
        cr_expect(!ok || (count == rows[i].count && period_ms == rows[i].period_ms), "%s",
                  rows[i].text);
        cr_expect(units_rate(rows[i].text, &count, &count) == ok, "%s into one", rows[i].text);
    }
}

Test(units, knows_what_limits_count_by)
{
    static const char *const good[] = {"ip",           "sub",      "api-key",
                                       "operation",    "header:x", "header:X-Tenant",
                                       "ip+operation", "sub+ip",   "ip+sub+api-key+operation"};
    static const char *const bad[] = {
        "",        "IP",      "ip+",        "+ip",
        "ip++sub", "header:", "header:a b", "header:a:b",
        "address", "ip,sub",  "ip sub",     "ip+sub+api-key+operation+header:x"};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(units_is_rate_key(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(!units_is_rate_key(bad[i]), "%s", bad[i]);
}

Test(units, reads_modes)
{
    static const struct row rows[] = {
        {"0660", 0660}, {"660", 0660}, {"0", 0},   {"777", 0777},
        {"1777", -1},   {"888", -1},   {"", -1},   {"0o660", -1},
        {"-1", -1},     {"+7", -1},    {"rw", -1}, {"77777777777777777777777777", -1}};

    run(units_mode, rows, sizeof(rows) / sizeof(*rows));
}

Test(units, knows_addresses)
{
    static const char *const good[] = {
        "127.0.0.1:8080",  "*:80",   "[::1]:80",         "[::]:0",
        "localhost:65535", "unix:a", "unix:/run/x.sock", "[2001:db8::1.2.3.4]:1"};
    static const char *const bad[] = {"",        ":80",          "80",        "::1:80",
                                      "a:",      "a:65536",      "a:99999",   "a:-1",
                                      "a:8x",    "a:80 ",        "unix:",     "[::1]",
                                      "[::1]80", "[]:80",        "[a]:80",    "[::1:80",
                                      "::1]:80", "[1.2.3.4]:80", "[::1]x:80", "[fe80::1%lo]:80",
                                      "a b:80",  "http://a:80"};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(units_is_address(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(!units_is_address(bad[i]), "%s", bad[i]);
}

Test(units, counts_edits)
{
    static const struct {
        const char *a, *b;
        size_t want;
    } rows[] = {
        {"", "", 0},    {"a", "", 1}, {"", "abc", 3}, {"log", "logs", 1}, {"kitten", "sitting", 3},
        {"ab", "ba", 2}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(units_distance(rows[i].a, rows[i].b) == rows[i].want, "%s %s", rows[i].a,
                  rows[i].b);
        cr_expect(units_distance(rows[i].b, rows[i].a) == rows[i].want, "%s %s", rows[i].b,
                  rows[i].a);
    }
}
