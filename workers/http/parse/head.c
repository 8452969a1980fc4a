/* SPDX-License-Identifier: MIT */
/*
 * Reads a request head in one pass of a cursor: each take_*() consumes one piece of the grammar and
 * returns false if the input is incomplete or wrong; c->err tells which. Nothing is copied: all
 * slices point into the caller's buffer. While fields are read, read_field() notes those that
 * decide where the message ends and what becomes of the connection; the rules that relate one field
 * to another (no Content-Length beside Transfer-Encoding, one Host) are checked once, after the
 * last. Leniency here would be a request smuggling bug: a proxy in front may read the same bytes in
 * another way.
 */
#include "workers/http/parse/head.h"

#include <stdbool.h>
#include <stdint.h>

enum { METHOD_MAX = 32, LENGTH_DIGITS_MAX = 18 };

struct head_cursor {
    char *at, *end;
    enum err err; /* OK when stopped: the input is incomplete */
};

enum { TOKEN = 1, VALUE = 2, TARGET = 4, HOST = 8 };

/* The character classes of RFC 9110, 5.6.2 and 5.5, and RFC 3986, 2. Only values may have obs-text
 * (0x80 to 0xff). */
static unsigned char classes[256];

__attribute__((constructor)) static void fill_classes(void)
{
    static const char token_marks[] = "!#$%&'*+-.^_`|~", host_marks[] = "-._~%!$&'()*+,;=";

    for (int c = 0; c < 256; c++) {
        bool is_word = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');

        classes[c] |= is_word || (c && c < 128 && strchr(token_marks, c)) ? TOKEN : 0;
        classes[c] |= (c >= 0x20 && c != 0x7f) || c == '\t' ? VALUE : 0;
        classes[c] |= c > 0x20 && c < 0x7f && c != '#' ? TARGET : 0;
        classes[c] |= is_word || (c && c < 128 && strchr(host_marks, c)) ? HOST : 0;
    }
}

/* Takes the run of bytes of one class at the cursor. */
static struct slice take_run(struct head_cursor *c, int class)
{
    struct slice run = {c->at, 0};

    while (c->at < c->end && (classes[(unsigned char)*c->at] & class))
        c->at++;
    run.len = (size_t)(c->at - run.data);
    return run;
}

/* Takes one expected byte. Returns false if it is missing (err stays OK) or wrong. */
static bool take_byte(struct head_cursor *c, char byte)
{
    if (c->at == c->end)
        return false;
    if (*c->at != byte) {
        c->err = ERR_BAD_REQUEST;
        return false;
    }
    c->at++;
    return true;
}

static bool take_crlf(struct head_cursor *c)
{
    return take_byte(c, '\r') && take_byte(c, '\n');
}

static bool fail_head(struct head_cursor *c, enum err err)
{
    c->err = err;
    return false;
}

static bool take_version(struct head_cursor *c, struct head *out)
{
    static const char name[] = "HTTP/";
    char major;

    for (size_t i = 0; i < sizeof(name) - 1; i++)
        if (!take_byte(c, name[i]))
            return false;
    if (c->end - c->at < 3)
        return false;
    major = c->at[0];
    if (major < '0' || major > '9' || c->at[1] != '.' || c->at[2] < '0' || c->at[2] > '9')
        return fail_head(c, ERR_BAD_REQUEST);
    out->minor_version = c->at[2] != '0';
    c->at += 3;
    return take_crlf(c) && (major == '1' || fail_head(c, ERR_HTTP_VERSION));
}

static bool take_request_line(struct head_cursor *c, struct head *out)
{
    while (c->at < c->end && *c->at == '\r') /* RFC 9112, 2.2: leading empty lines */
        if (!take_crlf(c))
            return false;
    out->method = take_run(c, TOKEN);
    if (out->method.len > METHOD_MAX) /* RFC 9112, 3 */
        return fail_head(c, ERR_UNKNOWN_METHOD);
    if (c->at < c->end && out->method.len == 0)
        return fail_head(c, ERR_BAD_REQUEST);
    if (!take_byte(c, ' '))
        return false;
    out->target = take_run(c, TARGET);
    if (c->at < c->end && out->target.len == 0)
        return fail_head(c, ERR_BAD_TARGET);
    return take_byte(c, ' ') && take_version(c, out);
}

static bool take_field(struct head_cursor *c, struct head *out)
{
    struct head_field *field = &out->fields[out->field_count];

    if (out->field_count == HEAD_FIELDS_MAX)
        return fail_head(c, ERR_HEADER_SIZE);
    field->name = take_run(c, TOKEN);
    if (c->at < c->end && field->name.len == 0)
        return fail_head(c, ERR_BAD_REQUEST); /* obs-fold too */
    if (!take_byte(c, ':'))
        return false;
    field->value = slice_trim(take_run(c, VALUE));
    if (!take_crlf(c))
        return false;
    out->field_count++;
    return true;
}

/* Returns the index behind the run of reg-name characters, or of those of an address in
 * brackets. */
static size_t skip_host(struct slice text, size_t at, bool is_address)
{
    while (at < text.len &&
           ((classes[(unsigned char)text.data[at]] & HOST) || (is_address && text.data[at] == ':')))
        at++;
    return at;
}

/* Returns true for uri-host [ ":" port ] (RFC 9110, 7.2), where only brackets contain colons. */
static bool is_host(struct slice text)
{
    bool is_address = text.len && *text.data == '[';
    size_t at = skip_host(text, is_address, is_address);

    if (is_address && (at == 1 || at == text.len || text.data[at++] != ']'))
        return false;
    if (at < text.len && text.data[at++] != ':')
        return false;
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at == text.len;
}

/* The properties of the message that follow from the fields read so far. */
struct findings {
    struct head_field *host;
    int hosts, framings;
    bool closes, keeps;
    enum err err;
    enum reason reason;
};

static void refuse_field(struct findings *f, enum reason reason)
{
    f->err = ERR_BAD_REQUEST;
    f->reason = reason;
}

static void read_host(struct findings *f, struct head_field *field)
{
    f->hosts++;
    f->host = field;
    if (!is_host(field->value))
        refuse_field(f, REASON_BAD_HOST);
}

static void read_length(struct head *out, struct findings *f, struct slice text)
{
    bool is_number = text.len > 0 && text.len <= LENGTH_DIGITS_MAX;

    out->content_length = 0;
    for (size_t i = 0; is_number && i < text.len; i++) {
        is_number = text.data[i] >= '0' && text.data[i] <= '9';
        out->content_length = out->content_length * 10 + (uint64_t)(text.data[i] - '0');
    }
    out->framing = out->content_length ? FRAMING_LENGTH : FRAMING_NONE;
    if (!is_number)
        refuse_field(f, REASON_BAD_LENGTH);
}

static void read_coding(struct head *out, struct findings *f, struct slice text)
{
    out->framing = FRAMING_CHUNKED;
    if (!slice_is_nocase(text, "chunked"))
        f->err = f->err ? f->err : ERR_TRANSFER_CODING;
}

static void read_expectation(struct head *out, struct slice text)
{
    bool is_known = slice_is_nocase(text, "100-continue");

    if (out->expectation != EXPECT_UNKNOWN)
        out->expectation = is_known ? EXPECT_CONTINUE : EXPECT_UNKNOWN;
}

static void read_connection(struct findings *f, struct slice list)
{
    while (list.len) {
        struct slice option = slice_trim(slice_cut(&list, ','));

        f->closes |= slice_is_nocase(option, "close");
        f->keeps |= slice_is_nocase(option, "keep-alive");
    }
}

/* Interprets one field. Every field of every request passes here, and its length alone tells nearly
 * all of them apart. */
static void read_field(struct head *out, struct findings *f, size_t index)
{
    struct head_field *field = &out->fields[index];

    switch (field->name.len) {
    case 4:
        if (slice_is_nocase(field->name, "host"))
            read_host(f, field);
        return;
    case 6: /* as long as Accept */
        if ((*field->name.data | 32) == 'e' && slice_is_nocase(field->name, "expect"))
            read_expectation(out, field->value);
        return;
    case 10: /* as long as User-Agent */
        if ((*field->name.data | 32) == 'c' && slice_is_nocase(field->name, "connection"))
            read_connection(f, field->value);
        return;
    case 14:
    case 17:
        if (slice_is_nocase(field->name, "content-length"))
            read_length(out, f, field->value);
        else if (slice_is_nocase(field->name, "transfer-encoding"))
            read_coding(out, f, field->value);
        else
            return;
        f->framings++;
        out->framing_field = (int)index;
        return;
    }
}

/* Finds where the message ends, which host it addresses, and whether the connection persists (RFC
 * 9112, 3.2, 6 and 9.3). */
static enum err read_fields(struct head *out, struct head_field **host)
{
    struct findings f = {0};

    for (size_t i = 0; i < out->field_count; i++)
        read_field(out, &f, i);
    *host = f.host;
    if (f.hosts > 1 || (f.hosts == 0 && out->minor_version))
        refuse_field(&f, REASON_BAD_HOST);
    else if (f.framings > 1 || (out->framing == FRAMING_CHUNKED && !out->minor_version))
        refuse_field(&f, REASON_BAD_FRAMING);
    if (out->expectation == EXPECT_CONTINUE && !out->minor_version)
        out->expectation = EXPECT_NOTHING;
    out->is_persistent = !f.closes && (out->minor_version || f.keeps);
    out->reason = f.reason;
    return f.err;
}

/* Splits an absolute-form target (RFC 9112, 3.2.2): its authority replaces Host. If no path
 * follows, the authority moves one byte down, over the last '/' of the scheme, to make room for
 * one. */
static enum err split_absolute(struct head *out, struct head_field *host)
{
    char *start = (char *)(uintptr_t)out->target.data, *end = start + out->target.len;
    char *authority = start + (start[4] == ':' ? 7 : 8), *path = authority;

    while (path < end && *path != '/' && *path != '?')
        path++;
    if (path == authority || !is_host((struct slice){authority, (size_t)(path - authority)}))
        return ERR_BAD_TARGET;
    if (path == end || *path == '?') {
        memmove(authority - 1, authority, (size_t)(path - authority));
        authority--;
        *--path = '/';
    }
    if (host)
        host->value = (struct slice){authority, (size_t)(path - authority)};
    out->target = (struct slice){path, (size_t)(end - path)};
    return OK;
}

static enum err check_target(struct head *out, struct head_field *host)
{
    struct slice t = out->target;
    bool is_http = t.len > 7 && strncasecmp(t.data, "http://", 7) == 0;
    bool is_https = t.len > 8 && strncasecmp(t.data, "https://", 8) == 0;

    if (is_http || is_https)
        return split_absolute(out, host);
    return t.data[0] == '/' || slice_is(t, "*") ? OK : ERR_BAD_TARGET;
}

int head_parse(char *text, size_t len, size_t limit, struct head *out)
{
    struct head_cursor c = {.at = text, .end = text + (len < limit ? len : limit)};
    struct head_field *host = NULL;
    bool is_line_whole, is_whole;

    out->field_count = 0;
    out->framing_field = -1;
    out->framing = FRAMING_NONE;
    out->expectation = EXPECT_NOTHING;
    out->err = OK;
    out->reason = REASON_NONE;
    is_whole = is_line_whole = take_request_line(&c, out);
    while (is_whole && !(c.at < c.end && *c.at == '\r'))
        is_whole = c.at < c.end && take_field(&c, out);
    is_whole = is_whole && take_crlf(&c);
    if (!is_whole && c.err == OK) {
        if (len < limit)
            return HEAD_INCOMPLETE;
        c.err = is_line_whole ? ERR_HEADER_SIZE : ERR_TARGET_SIZE; /* RFC 9112, 3; RFC 6585, 5 */
    }
    out->err = c.err ? c.err : read_fields(out, &host);
    if (!out->err)
        out->err = check_target(out, host);
    return out->err ? (int)len : (int)(c.at - text);
}
