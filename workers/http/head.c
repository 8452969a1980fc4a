/* SPDX-License-Identifier: MIT */
#include "workers/http/head.h"

#include <stdbool.h>
#include <stdint.h>

enum { METHOD_MAX = 32, LENGTH_DIGITS_MAX = 18 };

struct cursor {
    char *at, *end;
    enum err err; /* OK and no progress: incomplete */
};

enum { TOKEN = 1, VALUE = 2, TARGET = 4, HOST = 8 };

/* RFC 9110, 5.6.2 and 5.5; RFC 3986, 2. obs-text (0x80 to 0xff) only in values. */
static unsigned char classes[256];

__attribute__((constructor)) static void fill_classes(void)
{
    static const char token_marks[] = "!#$%&'*+-.^_`|~", host_marks[] = "-._~%!$&'()*+,;=:[]";

    for (int c = 0; c < 256; c++) {
        bool is_word = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');

        classes[c] |= is_word || (c && c < 128 && strchr(token_marks, c)) ? TOKEN : 0;
        classes[c] |= (c >= 0x20 && c != 0x7f) || c == '\t' ? VALUE : 0;
        classes[c] |= c > 0x20 && c < 0x7f && c != '#' ? TARGET : 0;
        classes[c] |= is_word || (c && c < 128 && strchr(host_marks, c)) ? HOST : 0;
    }
}

/* The run of bytes of one class at the cursor, which moves behind it. */
static struct slice take(struct cursor *c, int class)
{
    struct slice run = {c->at, 0};

    while (c->at < c->end && (classes[(unsigned char)*c->at] & class))
        c->at++;
    run.len = (size_t)(c->at - run.data);
    return run;
}

/* Takes one expected byte. False: incomplete (err stays OK) or wrong. */
static bool take_byte(struct cursor *c, char byte)
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

static bool take_crlf(struct cursor *c)
{
    return take_byte(c, '\r') && take_byte(c, '\n');
}

static bool fail(struct cursor *c, enum err err)
{
    c->err = err;
    return false;
}

static bool take_version(struct cursor *c, struct head *out)
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
        return fail(c, ERR_BAD_REQUEST);
    out->minor_version = c->at[2] != '0';
    c->at += 3;
    return take_crlf(c) && (major == '1' || fail(c, ERR_HTTP_VERSION));
}

static bool take_request_line(struct cursor *c, struct head *out)
{
    while (c->at < c->end && *c->at == '\r') /* RFC 9112, 2.2: empty lines before it */
        if (!take_crlf(c))
            return false;
    out->method = take(c, TOKEN);
    if (c->at < c->end && (out->method.len == 0 || out->method.len > METHOD_MAX))
        return fail(c, ERR_BAD_REQUEST);
    if (!take_byte(c, ' '))
        return false;
    out->target = take(c, TARGET);
    if (c->at < c->end && out->target.len == 0)
        return fail(c, ERR_BAD_TARGET);
    return take_byte(c, ' ') && take_version(c, out);
}

static bool take_field(struct cursor *c, struct head *out)
{
    struct head_field *field = &out->fields[out->field_count];

    if (out->field_count == HEAD_FIELDS_MAX)
        return fail(c, ERR_HEADER_SIZE);
    field->name = take(c, TOKEN);
    if (c->at < c->end && field->name.len == 0)
        return fail(c, ERR_BAD_REQUEST); /* obs-fold too */
    if (!take_byte(c, ':'))
        return false;
    field->value = slice_trim(take(c, VALUE));
    if (!take_crlf(c))
        return false;
    out->field_count++;
    return true;
}

static bool is_length(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0 && text.len <= LENGTH_DIGITS_MAX;
}

static bool is_host(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!(classes[(unsigned char)text.data[i]] & HOST))
            return false;
    return true;
}

/* The fields that decide where the message ends and whom it is for (RFC 9112, 3.2 and 6). */
static enum err check_framing(struct head *out, struct head_field **host)
{
    int hosts = 0, lengths = 0, codings = 0;
    enum err err = OK;

    for (size_t i = 0; i < out->field_count; i++) {
        struct head_field *f = &out->fields[i];

        if (slice_is_nocase(f->name, "host")) {
            hosts++;
            *host = f;
            if (!is_host(f->value))
                err = ERR_BAD_REQUEST;
        } else if (slice_is_nocase(f->name, "content-length")) {
            lengths++;
            if (!is_length(f->value))
                err = ERR_BAD_REQUEST;
        } else if (slice_is_nocase(f->name, "transfer-encoding")) {
            codings++;
            if (!slice_is_nocase(f->value, "chunked"))
                err = err ? err : ERR_TRANSFER_CODING;
        }
    }
    if (hosts > 1 || (hosts == 0 && out->minor_version) || lengths + codings > 1 ||
        (codings && !out->minor_version))
        return ERR_BAD_REQUEST;
    return err;
}

/* Takes an absolute-form target apart (RFC 9112, 3.2.2): its authority replaces Host. Where no
 * path follows, the authority moves one byte down over the scheme's last '/', to make room. */
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
    struct cursor c = {.at = text, .end = text + (len < limit ? len : limit)};
    struct head_field *host = NULL;
    bool is_whole;

    out->field_count = 0;
    out->err = OK;
    is_whole = take_request_line(&c, out);
    while (is_whole && !(c.at < c.end && *c.at == '\r'))
        is_whole = c.at < c.end && take_field(&c, out);
    is_whole = is_whole && take_crlf(&c);
    if (!is_whole && c.err == OK) {
        if (len < limit)
            return HEAD_INCOMPLETE;
        c.err = ERR_HEADER_SIZE;
    }
    out->err = c.err ? c.err : check_framing(out, &host);
    if (!out->err)
        out->err = check_target(out, host);
    return out->err ? (int)len : (int)(c.at - text);
}
