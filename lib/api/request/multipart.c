/* SPDX-License-Identifier: MIT */
/*
 *  [preamble CRLF] --boundary CRLF header CRLF CRLF data (CRLF --boundary CRLF header ...)
 *  CRLF --boundary-- [CRLF epilogue]
 *
 * A line that begins with "--boundary" is a delimiter, or else the body is refused, whatever ended
 * the line before it. So a single search finds the end of each part, and no data that we accept can
 * pass for a delimiter elsewhere.
 */
#include "lib/api/request/multipart.h"

#include <assert.h>
#include <string.h>

#include "lib/api/request/disposition.h"
#include "lib/core/text/token.h"

struct multipart_reader {
    const char *start; /* of the body */
    const char *at;
    const char *end;
    char line[3 + MULTIPART_BOUNDARY_MAX];    /* "\n--boundary" */
    char bare_cr[3 + MULTIPART_BOUNDARY_MAX]; /* "\r--boundary" */
    size_t line_len;                          /* of both */
    struct arena *arena;
    struct fault *fault;
};

enum header { HEADER_DISPOSITION, HEADER_TYPE, HEADER_ENCODING, HEADER_COUNT };

static bool refuse_part(struct multipart_reader *r, const char *where, const char *why)
{
    return fault_set_at(r->fault, (size_t)(where - r->start), "%s", why);
}

static bool begins_with(const char *at, const char *end, const char *text, size_t len)
{
    return (size_t)(end - at) >= len && memcmp(at, text, len) == 0;
}

static bool is_boundary(struct slice s)
{
    static const char marks[] = "'()+_,-./:=? ";

    if (!s.len || s.len > MULTIPART_BOUNDARY_MAX || s.data[s.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              memchr(marks, c, sizeof(marks) - 1)))
            return false;
    }
    return true;
}

struct slice multipart_boundary(struct slice content_type, struct arena *arena)
{
    static const struct slice none = {NULL, 0};
    struct slice rest = slice_trim(content_type), found = none;
    struct token_parameter p;
    enum token_result result;

    if (!token_take_media_type(&rest).len)
        return none;
    while ((result = token_take_parameter(&rest, &p)) == TOKEN_PARAMETER) {
        if (memchr(p.name.data, '*', p.name.len)) /* RFC 2231, which only some parsers know */
            return none;
        if (!slice_is_nocase(p.name, "boundary"))
            continue;
        if (found.data)
            return none;
        found = token_value(&p, arena);
        if (!is_boundary(found))
            return none;
    }
    return result == TOKEN_END ? found : none;
}

static bool read_disposition(struct multipart_reader *r, struct slice value,
                             struct multipart_part *part)
{
    struct disposition d;
    struct fault fault;

    if (!disposition_read(value, r->arena, &d, &fault))
        return refuse_part(r, value.data + fault.offset, fault.text);
    part->name = d.name;
    part->filename = d.filename;
    return true;
}

static bool read_type(struct multipart_reader *r, struct slice value, struct multipart_part *part)
{
    struct slice rest = value;
    struct token_parameter p;
    enum token_result result;

    part->type = token_take_media_type(&rest);
    do
        result = token_take_parameter(&rest, &p);
    while (result == TOKEN_PARAMETER);
    return (part->type.len && result == TOKEN_END) ||
           refuse_part(r, value.data, "Content-Type is malformed");
}

/* Reads Content-Transfer-Encoding: deprecated (RFC 7578, 4.7), and harmless if it says that nothing
 * is encoded. */
static bool read_encoding(struct multipart_reader *r, struct slice value,
                          struct multipart_part *part)
{
    (void)part;
    return slice_is_nocase(value, "7bit") || slice_is_nocase(value, "8bit") ||
           slice_is_nocase(value, "binary") ||
           refuse_part(r, value.data, "Content-Transfer-Encoding is not supported");
}

static const struct {
    const char *name;
    bool (*read)(struct multipart_reader *r, struct slice value, struct multipart_part *part);
} headers[HEADER_COUNT] = {
    [HEADER_DISPOSITION] = {"Content-Disposition", read_disposition},
    [HEADER_TYPE] = {"Content-Type", read_type},
    [HEADER_ENCODING] = {"Content-Transfer-Encoding", read_encoding},
};

/* Reads a header of a part. Unknown headers are ignored (RFC 7578, 4.8). */
static bool read_header(struct multipart_reader *r, struct slice line, unsigned *seen,
                        struct multipart_part *part)
{
    struct slice rest = line, name = token_take(&rest);

    if (line.data[0] == ' ' || line.data[0] == '\t')
        return refuse_part(r, line.data, "a header is folded");
    if (!name.len || !rest.len || rest.data[0] != ':')
        return refuse_part(r, rest.data, "a header is malformed");
    rest.data++, rest.len--;
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        if (!slice_is_nocase(name, headers[i].name))
            continue;
        if (*seen & 1U << i)
            return refuse_part(r, line.data, "a header is repeated");
        *seen |= 1U << i;
        return headers[i].read(r, slice_trim(rest), part);
    }
    return true;
}

/* Takes a line without its CRLF. If there is none before `end`, refuses the body with `why`. */
static bool take_line(struct multipart_reader *r, const char *end, const char *why,
                      struct slice *out)
{
    const char *start = r->at;

    while (r->at < end && ((unsigned char)*r->at >= ' ' || *r->at == '\t') && *r->at != 0x7f)
        r->at++;
    *out = (struct slice){start, (size_t)(r->at - start)};
    if (r->at == end || (r->at + 1 == end && *r->at == '\r'))
        return refuse_part(r, r->at, why);
    if (!begins_with(r->at, end, "\r\n", 2))
        return refuse_part(r, r->at, "a header has a control character");
    r->at += 2;
    return true;
}

/* Reads one part, from r->at to `end`. */
static bool read_part(struct multipart_reader *r, const char *end, struct multipart_part *part)
{
    const char *start = r->at, *stop = end,
               *why = "the header of a part does not end with an empty line";
    struct slice line;
    unsigned seen = 0;

    *part = (struct multipart_part){.type = SLICE_LIT("text/plain")};
    if (end < start)
        return refuse_part(r, start, "a part is empty");
    if (end - start > MULTIPART_HEADER_BYTES_MAX) {
        stop = start + MULTIPART_HEADER_BYTES_MAX;
        why = "the header of a part is too long";
    }
    do {
        if (!take_line(r, stop, why, &line))
            return false;
        if (line.len && !read_header(r, line, &seen, part))
            return false;
    } while (line.len);
    part->data = (struct slice){r->at, (size_t)(end - r->at)};
    return part->name.data || refuse_part(r, start, "a part has no Content-Disposition");
}

/* Returns the LF before the next "--boundary", or refuses the body and returns NULL if there is
 * none or no CRLF there. */
static const char *find_delimiter(struct multipart_reader *r, const char *from)
{
    const char *lf = memmem(from, (size_t)(r->end - from), r->line, r->line_len), *cr;

    if (!lf) {
        refuse_part(r, r->end, "the last delimiter is missing");
        return NULL;
    }
    cr = memmem(from, (size_t)(lf - from), r->bare_cr, r->line_len);
    if (!cr && lf > r->start && lf[-1] == '\r')
        return lf;
    refuse_part(r, cr ? cr : lf, "a delimiter follows a bare CR or LF");
    return NULL;
}

/* Reads what may follow "--boundary" up to the end of its line (RFC 2046, 5.1.1:
 * transport-padding). */
static bool end_delimiter(struct multipart_reader *r, bool *is_last)
{
    *is_last = begins_with(r->at, r->end, "--", 2);
    r->at += *is_last ? 2 : 0;
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
    if (*is_last && r->at == r->end)
        return true;
    if (!begins_with(r->at, r->end, "\r\n", 2))
        return refuse_part(r, r->at, "a delimiter is not alone on its line");
    r->at += 2;
    return true;
}

static bool read_parts(struct multipart_reader *r, struct multipart_part *parts, size_t *count)
{
    const char *lf;
    bool is_last;

    if (begins_with(r->start, r->end, r->line + 1, r->line_len - 1)) {
        r->at += r->line_len - 1;
    } else {
        lf = find_delimiter(r, r->start);
        if (!lf)
            return false;
        r->at = lf + r->line_len;
    }
    for (*count = 0;; ++*count) {
        if (!end_delimiter(r, &is_last))
            return false;
        if (is_last)
            return true;
        if (*count == MULTIPART_PARTS_MAX)
            return refuse_part(r, r->at, "too many parts");
        /* starts at the LF before r->at, since the next delimiter may follow at once */
        lf = find_delimiter(r, r->at - 1);
        if (!lf || !read_part(r, lf - 1, &parts[*count]))
            return false;
        r->at = lf + r->line_len;
    }
}

bool multipart_read(struct slice body, struct slice boundary, struct arena *arena,
                    struct multipart_part **parts, size_t *count, struct fault *fault)
{
    const char *start = body.len ? body.data : "";
    struct multipart_reader r = {.start = start,
                                 .at = start,
                                 .end = start + body.len,
                                 .line = "\n--",
                                 .bare_cr = "\r--",
                                 .line_len = 3 + boundary.len,
                                 .arena = arena,
                                 .fault = fault};

    assert(boundary.len && boundary.len <= MULTIPART_BOUNDARY_MAX);
    memcpy(r.line + 3, boundary.data, boundary.len);
    memcpy(r.bare_cr + 3, boundary.data, boundary.len);
    *parts = arena_alloc(arena, MULTIPART_PARTS_MAX * sizeof(**parts));
    return read_parts(&r, *parts, count);
}
