/* SPDX-License-Identifier: MIT */
/* The first answer is sent from what was kept, as each replay is, so they cannot differ. Kept is
 * what the operation said: status, Content-Type, Location, ETag and body. What describes one
 * exchange, such as Date, X-Request-ID or RateLimit, is each answer's own. */
#include "workers/handlers/idempotency_key.h"

#include <assert.h>
#include <string.h>

#include "lib/auth/store/identity.h"
#include "lib/db/engine/kept_answer.h"
#include "workers/handlers/answer_location.h"
#include "workers/handlers/request_digest.h"
#include "workers/handlers/version.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

enum { KEY_MAX = 255 };

/* The headers that are kept. */
static const char *const kept_headers[] = {"content-type", "location", "etag"};

/* --- the key --- */

/* Returns true for what clients send that do not know structured fields, such as a bare UUID or
 * Base64: printable characters except those that have a meaning in a list or a string. */
static bool is_bare(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("\"\\,;", text.data[i]))
            return false;
    return text.len > 0;
}

/* Reads an sf-string (RFC 9651, 3.3.3). Returns the text without quotes and escapes, in the arena;
 * data is NULL if it is none. */
static struct slice read_quoted(struct request *r, struct slice text)
{
    char *out = arena_alloc(&r->arena, text.len + 1);
    size_t len = 0, i = 1;

    for (; i < text.len && text.data[i] != '"'; i++) {
        if (text.data[i] == '\\' && ++i < text.len && text.data[i] != '"' && text.data[i] != '\\')
            return (struct slice){NULL, 0};
        if (i == text.len || text.data[i] < ' ' || text.data[i] > '~')
            return (struct slice){NULL, 0};
        out[len++] = text.data[i];
    }
    return i + 1 == text.len ? (struct slice){out, len} : (struct slice){NULL, 0};
}

static enum err read_key(struct request *r, struct slice *key)
{
    struct slice sent = slice_trim(http_header_list(r, "idempotency-key"));

    if (sent.len && *sent.data == '"')
        *key = read_quoted(r, sent);
    else
        *key = is_bare(sent) ? sent : (struct slice){NULL, 0};
    return key->len && key->len <= KEY_MAX ? OK : ERR_BAD_KEY;
}

/* Returns "PUT /todos/{}", which a release that renames operations or captures does not change. */
static struct slice name_operation(struct request *r)
{
    char *name = arena_printf(&r->arena, "%s %s", method_name(r->op->method), r->op->template);
    char *to = name;

    for (const char *at = name; *at; at++) {
        *to++ = *at;
        if (*at == '{')
            at += strcspn(at, "}") - 1;
    }
    *to = '\0';
    return slice_of(name);
}

static void free_headers(void *arg)
{
    buf_fini(&((struct kept_answer *)arg)->headers);
}

enum err idempotency_key_read(struct request *r)
{
    struct kept_answer *k;
    struct slice key;
    enum err err;

    if (r->op->idempotency == IDEMPOTENCY_IGNORED)
        return OK;
    if (!http_header(r, "idempotency-key").data)
        return r->op->idempotency == IDEMPOTENCY_REQUIRED ? ERR_KEY_REQUIRED : OK;
    err = read_key(r, &key);
    if (err != OK)
        return err;
    assert(r->identity && *r->identity->subject); /* the operation is not public */
    k = arena_zalloc(&r->arena, sizeof(*k));
    arena_defer(&r->arena, free_headers, k);
    k->subject = slice_of(r->identity->subject);
    k->operation = name_operation(r);
    k->key = key;
    k->lifetime_ms = r->op->answer_lifetime_ms;
    r->job.kept = k;
    return OK;
}

enum err idempotency_key_digest(struct request *r)
{
    return !r->job.kept || request_digest(r, r->job.kept->request) ? OK : ERR_UPLOAD;
}

/* --- the answer --- */

static void put_header(struct buf *out, const char *name, struct slice value)
{
    if (value.data)
        buf_printf(out, "%s: %.*s\n", name, (int)value.len, value.data);
}

void idempotency_key_keep(const struct request *r, struct db_job *job)
{
    struct arena arena = {0};
    struct buf *out = &job->kept->headers;

    job->kept->status = r->op->status;
    if (r->op->envelope != ENVELOPE_NONE)
        put_header(out, "content-type", slice_of(reply_type(r)));
    put_header(out, "location", location_of(r, &arena));
    put_header(out, "etag", version_tag(r, &arena));
    arena_fini(&arena);
}

/* Adds a kept header. Returns the value if it is the Content-Type, which is added with the body. */
static struct slice add_header(struct request *r, struct slice line)
{
    struct slice name = slice_cut(&line, ':'), value = slice_trim(line);

    if (slice_is(name, kept_headers[0]))
        return value;
    for (size_t i = 1; i < sizeof(kept_headers) / sizeof(*kept_headers); i++)
        if (slice_is(name, kept_headers[i]))
            reply_header(r, kept_headers[i], value);
    return (struct slice){NULL, 0};
}

void idempotency_key_answer(struct request *r)
{
    const struct kept_answer *k = r->job.kept;
    struct slice rest = buf_slice(&k->headers), type = {NULL, 0};

    while (rest.len) {
        struct slice found = add_header(r, slice_cut(&rest, '\n'));

        type = found.data ? found : type;
    }
    if (k->is_replay)
        reply_header(r, "idempotent-replayed", SLICE_LIT("true"));
    if (type.data)
        reply_text(r, k->status, arena_strndup(&r->arena, type.data, type.len),
                   buf_slice(&r->job.body));
    else
        reply_empty(r, k->status);
}
