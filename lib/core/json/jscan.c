/* SPDX-License-Identifier: MIT */
/* A recursive descent over the JSON grammar. The scanner knows nothing of trees: it tells the sink
 * of each value, of each name, and of where containers begin and end, so that both readers and the
 * mere check share one grammar. Each value is charged to the budget before the sink hears of it,
 * and nesting is bounded by `depth`, which also bounds this stack. */
#include "lib/core/json/jscan.h"

#include "lib/core/json/jnumber.h"

/* Steps charged for a value, for the text of a string, and for a number that jnumber_read_easy()
 * finds hard. */
enum { VALUE_STEPS = 4, HARD_NUMBER_STEPS = 50, HARD_BYTE_STEPS = 2 };

static bool ignore(struct jscan *s)
{
    (void)s;
    return true;
}

static bool ignore_scalar(struct jscan *s, const struct jvalue *value)
{
    (void)s, (void)value;
    return true;
}

static bool ignore_open(struct jscan *s, enum jtype type)
{
    (void)s, (void)type;
    return true;
}

static bool ignore_name(struct jscan *s, struct slice name)
{
    (void)s, (void)name;
    return true;
}

static const struct jsink nobody = {ignore_scalar, ignore_open, ignore_name, ignore, ignore};

bool jscan_fail(struct jscan *s, const char *message)
{
    s->message = message;
    return false;
}

/* Skips white space. Most bytes are none, so the first comparison usually decides. */
static inline void skip_space(struct jscan *s)
{
    if (s->at < s->end && (unsigned char)*s->at <= ' ')
        jscan_skip_space(s);
}

void jscan_skip_space(struct jscan *s)
{
    for (; s->at < s->end; s->at++) {
        if (*s->at == '\n') {
            s->line++;
            s->line_start = s->at + 1;
        } else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r') {
            return;
        }
    }
}

static bool scan_number(struct jscan *s)
{
    struct jvalue value;
    bool is_integer;
    const char *end = jnumber_scan(s->at, s->end, &is_integer);
    struct slice text = {s->at, end ? (size_t)(end - s->at) : 0};

    if (!end)
        return jscan_fail(s, "not a JSON number");
    if (!budget_step(s->budget, 1 + text.len / BUDGET_BYTES_PER_STEP))
        return jscan_fail(s, "too many steps");
    if (!jnumber_read_easy(text, is_integer, &value)) {
        if (!budget_step(s->budget, HARD_NUMBER_STEPS + HARD_BYTE_STEPS * text.len))
            return jscan_fail(s, "too many steps");
        s->text.len = 0;
        buf_put(&s->text, text.data, text.len);
        if (!jnumber_read_hard(buf_text(&s->text), &value))
            return jscan_fail(s, "the number is out of range");
    }
    s->at = end;
    return s->sink->scalar(s, &value);
}

static bool scan_literal(struct jscan *s)
{
    static const struct {
        struct slice text;
        struct jvalue value;
    } rows[] = {{{"true", 4}, {.type = JBOOLEAN, .boolean = true}},
                {{"false", 5}, {.type = JBOOLEAN, .boolean = false}},
                {{"null", 4}, {.type = JNULL}}};
    size_t left = (size_t)(s->end - s->at);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (left >= rows[i].text.len && memcmp(s->at, rows[i].text.data, rows[i].text.len) == 0) {
            s->at += rows[i].text.len;
            return s->sink->scalar(s, &rows[i].value);
        }
    return jscan_fail(s, "expected a JSON value");
}

static bool scan_text(struct jscan *s)
{
    struct jvalue value;
    struct slice text;

    s->at++;
    if (!jscan_string(s, &text))
        return false;
    if (!budget_step(s->budget, 1 + text.len / BUDGET_BYTES_PER_STEP))
        return jscan_fail(s, "too many steps");
    value = jvalue_string(text);
    return s->sink->scalar(s, &value);
}

static bool scan_array(struct jscan *s)
{
    skip_space(s);
    if (s->at < s->end && *s->at == ']') {
        s->at++;
        return true;
    }
    for (;;) {
        if (!jscan_value(s))
            return false;
        skip_space(s);
        if (s->at == s->end || (*s->at != ',' && *s->at != ']'))
            return jscan_fail(s, "expected ',' or ']'");
        if (*s->at++ == ']')
            return true;
    }
}

/* Scans a value without building it; the sink is told only its place. */
static bool pass_value(struct jscan *s)
{
    const struct jsink *sink = s->sink;
    const char *begin;
    bool ok;

    s->passes = false;
    skip_space(s);
    begin = s->at;
    s->sink = &nobody;
    ok = jscan_value(s);
    s->sink = sink;
    s->begin = begin;
    return ok && sink->passed(s);
}

static bool scan_member(struct jscan *s)
{
    struct slice name;

    skip_space(s);
    if (s->at == s->end || *s->at != '"')
        return jscan_fail(s, "expected a member name in double quotes");
    s->begin = s->at++;
    if (!jscan_string(s, &name) || !s->sink->name(s, name))
        return false;
    skip_space(s);
    if (s->at == s->end || *s->at != ':')
        return jscan_fail(s, "expected ':'");
    s->at++;
    return s->passes ? pass_value(s) : jscan_value(s);
}

static bool scan_object(struct jscan *s)
{
    skip_space(s);
    if (s->at < s->end && *s->at == '}') {
        s->at++;
        return true;
    }
    for (;;) {
        if (!scan_member(s))
            return false;
        skip_space(s);
        if (s->at == s->end || (*s->at != ',' && *s->at != '}'))
            return jscan_fail(s, "expected ',' or '}'");
        if (*s->at++ == '}')
            return true;
    }
}

static bool scan_nested(struct jscan *s)
{
    bool is_object = *s->at == '{', ok;

    if (s->depth == 0)
        return jscan_fail(s, "nested too deeply");
    if (!s->sink->open(s, is_object ? JOBJECT : JARRAY))
        return false;
    s->depth--;
    s->level++;
    s->at++;
    ok = is_object ? scan_object(s) : scan_array(s);
    s->level--;
    s->depth++;
    return ok && s->sink->close(s);
}

bool jscan_value(struct jscan *s)
{
    skip_space(s);
    if (s->at == s->end)
        return jscan_fail(s, "expected a JSON value");
    if (!budget_value(s->budget) || !budget_step(s->budget, VALUE_STEPS))
        return jscan_fail(s, "too many JSON values");
    s->begin = s->at;
    switch (*s->at) {
    case '{':
    case '[':
        return scan_nested(s);
    case '"':
        return scan_text(s);
    case '-':
    case '0' ... '9':
        return scan_number(s);
    default:
        return scan_literal(s);
    }
}

bool jscan_all(struct jscan *s)
{
    if (!jscan_value(s))
        return false;
    skip_space(s);
    return s->at == s->end || jscan_fail(s, "unexpected data after the value");
}

struct jscan jscan_of(struct slice text, unsigned depth, const struct jsink *sink,
                      struct budget *budget)
{
    return (struct jscan){.sink = sink ? sink : &nobody,
                          .budget = budget,
                          .start = text.data,
                          .at = text.data,
                          .end = text.data + text.len,
                          .line_start = text.data,
                          .line = 1,
                          .depth = depth};
}

/* Returns whether the text begins with a byte order mark, which JSON must not have (RFC 8259, 8.1),
 * though some editors and .NET's encoders write one. */
static bool begins_with_mark(const struct jscan *s)
{
    static const char marks[3][4] = {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"};

    for (size_t i = 0; i < 3; i++)
        if ((size_t)(s->end - s->start) >= strlen(marks[i]) &&
            memcmp(s->start, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

struct jread_fault jscan_fault(const struct jscan *s)
{
    const char *message =
        begins_with_mark(s)
            ? "the text begins with a byte order mark (BOM); JSON must be UTF-8 without one"
            : s->message;

    return (struct jread_fault){message, (size_t)(s->at - s->start), s->line,
                                (unsigned)(s->at - s->line_start) + 1};
}

void jscan_end(struct jscan *s)
{
    buf_fini(&s->text);
}
