/* SPDX-License-Identifier: MIT */
/* Checks dates and times (RFC 3339, 5.6) and durations (its appendix A). Letters may be in either
 * case. */
#include "lib/schema/formats.h"
#include "lib/schema/scan.h"

enum { MINUTES_PER_DAY = 24 * 60 };

struct date {
    unsigned year, month, day;
};

struct time {
    unsigned hour, minute, second;
    int offset; /* minutes east of UTC */
};

static unsigned days_of(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool scan_date(struct slice *rest, struct date *d)
{
    return scan_number(rest, 4, 9999, &d->year) && scan_char(rest, '-') &&
           scan_number(rest, 2, 12, &d->month) && d->month && scan_char(rest, '-') &&
           scan_number(rest, 2, days_of(d->year, d->month), &d->day) && d->day;
}

static bool scan_offset(struct slice *rest, int *offset)
{
    unsigned hour, minute;
    bool is_west;

    *offset = 0;
    if (scan_letter(rest, 'z'))
        return true;
    is_west = scan_char(rest, '-');
    if ((!is_west && !scan_char(rest, '+')) || !scan_number(rest, 2, 23, &hour) ||
        !scan_char(rest, ':') || !scan_number(rest, 2, 59, &minute))
        return false;
    *offset = (int)(hour * 60 + minute);
    if (is_west)
        *offset = -*offset;
    return true;
}

static bool scan_time(struct slice *rest, struct time *t)
{
    if (!scan_number(rest, 2, 23, &t->hour) || !scan_char(rest, ':') ||
        !scan_number(rest, 2, 59, &t->minute) || !scan_char(rest, ':') ||
        !scan_number(rest, 2, 60, &t->second))
        return false;
    if (scan_char(rest, '.') && !scan_run(rest, SCAN_DIGIT))
        return false;
    return scan_offset(rest, &t->offset);
}

/* Returns true if the second can exist. Leap seconds end a UTC day that ends a month (RFC 3339,
 * 5.7). That minute is -1 if UTC is still on the day before; on the day after it is impossible. `d`
 * may be NULL for any day. */
static bool is_second_possible(const struct time *t, const struct date *d)
{
    int utc = (int)(t->hour * 60 + t->minute) - t->offset;

    if (t->second < 60)
        return true;
    if (utc == -1)
        return !d || d->day == 1;
    return utc == MINUTES_PER_DAY - 1 && (!d || d->day == days_of(d->year, d->month));
}

bool format_is_date_time(const char *text, size_t len)
{
    struct slice rest = {text, len};
    struct date d;
    struct time t;

    return scan_date(&rest, &d) && scan_letter(&rest, 't') && scan_time(&rest, &t) && !rest.len &&
           is_second_possible(&t, &d);
}

bool format_is_date(const char *text, size_t len)
{
    struct slice rest = {text, len};
    struct date d;

    return scan_date(&rest, &d) && !rest.len;
}

bool format_is_time(const char *text, size_t len)
{
    struct slice rest = {text, len};
    struct time t;

    return scan_time(&rest, &t) && !rest.len && is_second_possible(&t, NULL);
}

/* Scans "1y2m3d" with `units` "ymd": starts at any unit and skips none. Returns false if there is
 * nothing, or digits without a unit. */
static bool scan_units(struct slice *rest, const char *units)
{
    bool is_first = true;

    while (scan_run(rest, SCAN_DIGIT)) {
        while (is_first && *units && !scan_letter(rest, *units))
            units++;
        if (!*units || (!is_first && !scan_letter(rest, *units)))
            return false;
        units++;
        is_first = false;
    }
    return !is_first;
}

bool format_is_duration(const char *text, size_t len)
{
    struct slice rest = {text, len}, weeks;

    if (!scan_letter(&rest, 'p') || !rest.len)
        return false;
    weeks = rest;
    if (scan_run(&weeks, SCAN_DIGIT) && scan_letter(&weeks, 'w'))
        return !weeks.len;
    if ((*rest.data | 32) != 't' && !scan_units(&rest, "ymd"))
        return false;
    if (scan_letter(&rest, 't') && !scan_units(&rest, "hms"))
        return false;
    return !rest.len;
}
