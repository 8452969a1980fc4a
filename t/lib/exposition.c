/* SPDX-License-Identifier: MIT */
#include "t/lib/exposition.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/buf.h"
#include "lib/core/slice.h"
#include "lib/core/text/utf8.h"

enum { MAX_FAMILIES = 100, MAX_LABELS = 8 };

struct sample {
    struct slice name, series; /* series: the name and its labels, as written */
    char labels[512];          /* those but le */
    bool has_le;
    double le, value;
};

struct lint {
    const char *error;
    unsigned line, family_count, samples; /* samples: of the open family, which is the last */
    bool has_help;
    struct slice type, families[MAX_FAMILIES];
    struct buf series; /* struct slice each */
    struct {
        char labels[512];
        bool is_open, has_sum, has_count;
        double le, last, count;
    } h; /* the histogram that is being read */
};

static bool fail(struct lint *l, const char *why)
{
    if (!l->error)
        l->error = why;
    return false;
}

static bool slice_same(struct slice a, struct slice b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static size_t name_span(struct slice s, bool is_metric)
{
    size_t n = 0;

    while (n < s.len &&
           (isalpha((unsigned char)s.data[n]) || s.data[n] == '_' ||
            (s.data[n] == ':' && is_metric) || (n && isdigit((unsigned char)s.data[n]))))
        n++;
    return n;
}

static bool close_histogram(struct lint *l)
{
    bool is_whole = l->h.le == INFINITY && l->h.has_sum && l->h.has_count;

    if (l->h.is_open && !is_whole)
        return fail(l, "histogram without le=\"+Inf\", _sum or _count");
    if (l->h.is_open && l->h.count != l->h.last)
        return fail(l, "_count is not le=\"+Inf\"");
    l->h.is_open = false;
    return true;
}

static bool open_family(struct lint *l, struct slice name)
{
    if (!close_histogram(l))
        return false;
    if (l->family_count && (!l->has_help || !l->type.len))
        return fail(l, "the family before has no HELP or no TYPE");
    if (!name.len || name_span(name, true) != name.len)
        return fail(l, "bad metric name");
    for (unsigned i = 0; i < l->family_count; i++)
        if (slice_same(l->families[i], name))
            return fail(l, "family in two places");
    if (l->family_count == MAX_FAMILIES)
        return fail(l, "too many families");
    l->families[l->family_count++] = name;
    l->has_help = false;
    l->samples = 0;
    l->type = (struct slice){NULL, 0};
    return true;
}

static bool ends_with(struct slice s, const char *tail)
{
    size_t n = strlen(tail);

    return s.len >= n && memcmp(s.data + s.len - n, tail, n) == 0;
}

/* What follows "# HELP " or "# TYPE ". */
static bool take_head(struct lint *l, struct slice rest, bool is_type)
{
    struct slice name = slice_cut(&rest, ' ');
    bool is_same = l->family_count && slice_same(l->families[l->family_count - 1], name);

    if (!is_same && !open_family(l, name))
        return false;
    if (l->samples)
        return fail(l, "HELP or TYPE after samples");
    if (!is_type) {
        if (l->has_help)
            return fail(l, "HELP twice");
        l->has_help = true;
        for (size_t i = 0; i < rest.len; i++)
            if (rest.data[i] == '\\' && (++i == rest.len || !strchr("\\n", rest.data[i])))
                return fail(l, "bad escape in HELP");
        return rest.len || fail(l, "empty HELP");
    }
    if (l->type.len)
        return fail(l, "TYPE twice");
    l->type = rest;
    if (!slice_is(rest, "counter") && !slice_is(rest, "gauge") && !slice_is(rest, "histogram"))
        return fail(l, "unknown type");
    if (ends_with(name, "_total") != slice_is(rest, "counter"))
        return fail(l, "a counter, and only a counter, ends in _total");
    if (ends_with(name, "_bucket") || ends_with(name, "_sum") || ends_with(name, "_count"))
        return fail(l, "a family is named like a part of a histogram");
    return true;
}

/* Reads name="value" off *rest, up to the comma or brace that follows. */
static bool take_label(struct lint *l, struct slice *rest, struct slice *name, struct slice *value)
{
    size_t at = name_span(*rest, false), start;

    *name = (struct slice){rest->data, at};
    if (!at || (at > 1 && rest->data[0] == '_' && rest->data[1] == '_'))
        return fail(l, "bad label name");
    if (rest->len < at + 2 || rest->data[at] != '=' || rest->data[at + 1] != '"')
        return fail(l, "label without =\"");
    for (start = at += 2; at < rest->len && rest->data[at] != '"'; at++)
        if (rest->data[at] == '\\' && (++at == rest->len || !strchr("\\\"n", rest->data[at])))
            return fail(l, "bad escape in a label");
    if (at + 1 >= rest->len)
        return fail(l, "label without end");
    *value = (struct slice){rest->data + start, at - start};
    rest->data += at + 1;
    rest->len -= at + 1;
    return true;
}

/* Reads {a="b",…} off *rest. */
static bool take_labels(struct lint *l, struct slice *rest, struct sample *s)
{
    struct slice names[MAX_LABELS], value;
    unsigned count = 0;
    size_t len = 0;

    do {
        rest->data++;
        rest->len--;
        if (count == MAX_LABELS || !take_label(l, rest, &names[count], &value))
            return fail(l, "too many labels");
        for (unsigned i = 0; i < count; i++)
            if (slice_same(names[i], names[count]))
                return fail(l, "label twice");
        if (slice_is(names[count], "le")) {
            s->has_le = true;
            s->le = strtod(value.data, NULL);
        } else {
            len += (size_t)snprintf(s->labels + len, sizeof(s->labels) - len, "%.*s=\"%.*s\",",
                                    (int)names[count].len, names[count].data, (int)value.len,
                                    value.data);
            if (len >= sizeof(s->labels))
                return fail(l, "very long labels");
        }
        count++;
    } while (rest->data[0] == ',');
    if (rest->data[0] != '}')
        return fail(l, "labels without end");
    rest->data++;
    rest->len--;
    return true;
}

static bool take_histogram(struct lint *l, struct slice part, const struct sample *s)
{
    if (!l->h.is_open || strcmp(l->h.labels, s->labels) != 0) {
        if (!close_histogram(l))
            return false;
        memset(&l->h, 0, sizeof(l->h));
        memcpy(l->h.labels, s->labels, sizeof(s->labels));
        l->h.is_open = true;
        l->h.le = -INFINITY;
    }
    if (slice_is(part, "_bucket")) {
        if (!s->has_le || !(s->le > l->h.le))
            return fail(l, "le is missing or does not rise");
        if (s->value < l->h.last)
            return fail(l, "buckets do not add up");
        l->h.le = s->le;
        l->h.last = s->value;
    } else if (slice_is(part, "_sum")) {
        l->h.has_sum = true;
    } else if (slice_is(part, "_count")) {
        l->h.has_count = true;
        l->h.count = s->value;
    } else {
        return fail(l, "no part of a histogram");
    }
    return !s->has_le || slice_is(part, "_bucket") || fail(l, "le outside a bucket");
}

static bool take_sample(struct lint *l, struct slice line)
{
    struct sample s = {.has_le = false};
    struct slice rest = line, family, part;
    char *end;

    if (!l->family_count || !l->type.len || !l->has_help)
        return fail(l, "sample before HELP and TYPE");
    family = l->families[l->family_count - 1];
    s.name = (struct slice){line.data, name_span(line, true)};
    rest.data += s.name.len;
    rest.len -= s.name.len;
    if (rest.len && rest.data[0] == '{' && !take_labels(l, &rest, &s))
        return false;
    s.series = (struct slice){line.data, line.len - rest.len};
    if (rest.len < 2 || rest.data[0] != ' ')
        return fail(l, "no value");
    s.value = strtod(rest.data + 1, &end);
    if (end != rest.data + rest.len || !(s.value >= 0))
        return fail(l, "bad or negative value");
    buf_put(&l->series, &s.series, sizeof(s.series));
    l->samples++;
    if (s.name.len < family.len || memcmp(s.name.data, family.data, family.len) != 0)
        return fail(l, "sample of another family");
    part = (struct slice){s.name.data + family.len, s.name.len - family.len};
    if (slice_is(l->type, "histogram"))
        return take_histogram(l, part, &s);
    return (!part.len && !s.has_le) || fail(l, "sample of another family");
}

static int by_text(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void take_line(struct lint *l, struct slice line)
{
    l->line++;
    if (line.len > 7 && memcmp(line.data, "# HELP ", 7) == 0)
        take_head(l, (struct slice){line.data + 7, line.len - 7}, false);
    else if (line.len > 7 && memcmp(line.data, "# TYPE ", 7) == 0)
        take_head(l, (struct slice){line.data + 7, line.len - 7}, true);
    else if (line.len && line.data[0] != '#')
        take_sample(l, line);
}

const char *exposition_lint(const char *text, unsigned *line)
{
    struct lint l = {.error = NULL};
    struct slice rest = slice_of(text), *series;
    size_t count;

    if (!utf8_is_valid(text, rest.len))
        fail(&l, "not UTF-8");
    if (!rest.len || text[rest.len - 1] != '\n')
        fail(&l, "no newline at the end");
    while (rest.len && !l.error)
        take_line(&l, slice_cut(&rest, '\n'));
    if (!l.error && (!l.has_help || !l.type.len))
        fail(&l, "the last family has no HELP or no TYPE");
    if (!l.error)
        close_histogram(&l);
    series = (struct slice *)(void *)l.series.data;
    count = l.series.len / sizeof(*series);
    if (count)
        qsort(series, count, sizeof(*series), by_text);
    for (size_t i = 1; i < count; i++)
        if (slice_same(series[i - 1], series[i]))
            fail(&l, "the same series twice");
    buf_fini(&l.series);
    *line = l.line;
    return l.error;
}
