/* SPDX-License-Identifier: MIT */
/* Parsers and writers for the small languages inside YAML scalars. All are strict: no spaces, no
 * signs, units in their exact spelling, and every overflow is an error, because a limit that was
 * misread fails in production and not at start. A duration is a sum of parts ("1h30m"); a size has
 * one part; a rate is a count and a period, and is refused if its interval would be shorter than a
 * nanosecond, the resolution of lib/shm/limit.c. */
#include "lib/conf/units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/core/slice.h"

enum { RATE_MAX = 1000000000, RATE_PARTS_MAX = 4, SIZES_BINARY = 3 };

struct unit {
    const char *name;
    long long factor;
};

static const struct unit durations[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000},
    {NULL, 0}};
/* The first SIZES_BINARY are the ones that we write. */
static const struct unit sizes[] = {{"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30},
                                    {"kB", 1000},       {"KB", 1000},       {"MB", 1000000},
                                    {"GB", 1000000000}, {"B", 1},           {NULL, 0}};

static const struct unit *find_unit(const struct unit *units, const char *text, size_t len)
{
    for (; units->name; units++)
        if (strlen(units->name) == len && strncmp(units->name, text, len) == 0)
            return units;
    return NULL;
}

/* Reads one part such as "30s" and moves *at past it. */
static bool read_part(const struct unit *units, const char **at, long long *out)
{
    char *end;
    const struct unit *unit;
    size_t len;

    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *out = strtoll(*at, &end, 10);
    len = strcspn(end, "0123456789");
    unit = find_unit(units, end, len);
    if (errno || !unit || *out > LLONG_MAX / unit->factor)
        return false;
    *out *= unit->factor;
    *at = end + len;
    return true;
}

bool units_duration_ms(const char *text, long long *out)
{
    long long part, sum = 0;

    do {
        if (!read_part(durations, &text, &part) || sum > LLONG_MAX - part)
            return false;
        sum += part;
    } while (*text);
    *out = sum;
    return true;
}

static void write_text(char *out, const struct unit *units, size_t count, long long value)
{
    const struct unit *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (value % units[i].factor == 0 && (!best || units[i].factor > best->factor))
            best = &units[i];
    snprintf(out, UNITS_TEXT, "%lld%s", best ? value / best->factor : value,
             best ? best->name : "B");
}

void units_duration_text(char out[UNITS_TEXT], long long ms)
{
    if (ms == 0)
        snprintf(out, UNITS_TEXT, "0s");
    else
        write_text(out, durations, sizeof(durations) / sizeof(*durations) - 1, ms);
}

void units_size_text(char out[UNITS_TEXT], long long bytes)
{
    if (bytes == 0)
        snprintf(out, UNITS_TEXT, "0");
    else
        write_text(out, sizes, SIZES_BINARY, bytes);
}

bool units_rate(const char *text, long long *count, long long *period_ms)
{
    static const struct unit periods[] = {{"s", 1000},       {"sec", 1000},   {"min", 60000},
                                          {"m", 60000},      {"h", 3600000},  {"hour", 3600000},
                                          {"day", 86400000}, {"d", 86400000}, {NULL, 0}};
    const struct unit *unit;
    long long n, ms;
    char *end;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno || *text < '0' || *text > '9' || *end != '/' || n < 1 || n > RATE_MAX)
        return false;
    unit = find_unit(periods, end + 1, strlen(end + 1));
    if (unit)
        ms = unit->factor;
    else if (!units_duration_ms(end + 1, &ms))
        return false;
    *count = n;
    *period_ms = ms;
    return ms > 0 && ms <= UNITS_RATE_MAX_MS && (uint64_t)ms * NS_PER_MS >= (uint64_t)n;
}

static bool is_rate_part(struct slice part)
{
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    if (slice_is(part, "ip") || slice_is(part, "sub") || slice_is(part, "api-key") ||
        slice_is(part, "operation"))
        return true;
    if (part.len <= 7 || memcmp(part.data, "header:", 7) != 0)
        return false;
    for (size_t i = 7; i < part.len; i++)
        if (!memchr(token, part.data[i], sizeof(token) - 1))
            return false;
    return true;
}

bool units_is_rate_key(const char *text)
{
    struct slice rest = slice_of(text);
    int parts = 0;

    while (rest.len && is_rate_part(slice_cut(&rest, '+')))
        parts++;
    return !rest.len && parts >= 1 && parts <= RATE_PARTS_MAX && text[strlen(text) - 1] != '+';
}

bool units_size_bytes(const char *text, long long *out)
{
    char *end;

    errno = 0;
    if (*text >= '0' && *text <= '9') {
        *out = strtoll(text, &end, 10);
        if (!*end)
            return errno == 0;
    }
    return read_part(sizes, &text, out) && !*text;
}

bool units_mode(const char *text, long long *out)
{
    char *end;

    if (!*text || strspn(text, "01234567") != strlen(text))
        return false;
    *out = strtoll(text, &end, 8);
    return *out <= 0777;
}

static bool is_port(const char *text)
{
    size_t len = strspn(text, "0123456789");

    return len > 0 && len <= 5 && !text[len] && strtol(text, NULL, 10) <= 65535;
}

bool units_is_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN];
    unsigned char v6[16];
    size_t len;

    if (strncmp(text, "unix:", 5) == 0)
        return text[5] != '\0';
    if (!colon || colon == text || !is_port(colon + 1))
        return false;
    if (*text != '[') /* a host name, an IPv4 address, or * */
        return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*") ==
               (size_t)(colon - text);
    len = (size_t)(colon - text) - 1;
    if (len < 2 || len > sizeof(host) || text[len] != ']')
        return false;
    memcpy(host, text + 1, len - 1);
    host[len - 1] = '\0';
    return inet_pton(AF_INET6, host, v6) == 1;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Computes the Levenshtein distance with a single row. */
size_t units_distance(const char *a, const char *b)
{
    size_t row[65];
    size_t n = strlen(b);

    if (n > 64)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t above = row[j + 1];

            row[j + 1] = smallest(above + 1, row[j] + 1, corner + (a[i] != b[j]));
            corner = above;
        }
    }
    return row[n];
}
