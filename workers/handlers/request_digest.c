/* SPDX-License-Identifier: MIT */
/* A body that is read as a value is compared as one: a client that repeats a request may write its
 * JSON in another order, or its form with another boundary. Each part of the digest's text has its
 * length in front, so that no two requests have the same text. */
#include "workers/handlers/request_digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api/request/upload.h"
#include "lib/auth/secret/digest.h"

static void put_part(struct buf *out, struct slice part)
{
    buf_printf(out, "%zu:", part.data ? part.len : 0);
    buf_put(out, part.data, part.len);
}

static void put_value(struct buf *out, const struct db_value *value)
{
    buf_printf(out, "%d=", (int)value->type);
    if (value->type == DB_INTEGER || value->type == DB_BOOL)
        buf_put_int(out, value->integer);
    else if (value->type == DB_REAL)
        buf_put(out, &value->real, sizeof(value->real));
    else if (db_value_is_bytes(value))
        put_part(out, value->text);
}

/* Returns true for a value that is part of the request, or tells who the caller is, but is in
 * neither target nor body. */
static bool is_beside(const struct operation *op, const struct input *input)
{
    enum parameter_in in;

    if (input->from == INPUT_SERVER)
        return input->server == SERVER_CLAIM || input->server == SERVER_SCOPE ||
               input->server == SERVER_ROLES || input->server == SERVER_TLS_SUBJECT;
    if (input->from != INPUT_PARAMETER)
        return false;
    in = op->parameters[input->index].in;
    return in == IN_HEADER || in == IN_COOKIE;
}

static int compare_members(const void *a, const void *b)
{
    struct slice left = jmember_name(*(struct jmember *const *)a);
    struct slice right = jmember_name(*(struct jmember *const *)b);
    size_t len = left.len < right.len ? left.len : right.len;
    int order = len ? memcmp(left.data, right.data, len) : 0;

    return order ? order : (left.len > right.len) - (left.len < right.len);
}

static void put_json(struct buf *out, struct arena *arena, const struct jvalue *v);

/* Appends the members in the order of their names. */
static void put_members(struct buf *out, struct arena *arena, const struct jvalue *v)
{
    struct jmember **sorted = arena_alloc(arena, (v->size + 1) * sizeof(*sorted));

    for (uint32_t i = 0; i < v->size; i++)
        sorted[i] = &v->members[i];
    qsort(sorted, v->size, sizeof(*sorted), compare_members);
    for (uint32_t i = 0; i < v->size; i++) {
        put_part(out, jmember_name(sorted[i]));
        put_json(out, arena, &sorted[i]->value);
    }
}

/* The depth is that of the body, which has a limit. */
static void put_json(struct buf *out, struct arena *arena, const struct jvalue *v)
{
    buf_printf(out, "%d=%u;", v->type, v->type >= JSTRING ? v->size : 0);
    switch ((enum jtype)v->type) {
    case JNULL:
        break;
    case JBOOLEAN:
        buf_putc(out, v->boolean ? '1' : '0');
        break;
    case JINTEGER:
        buf_put_int(out, v->integer);
        break;
    case JDOUBLE:
        buf_put(out, &v->real, sizeof(v->real));
        break;
    case JSTRING:
        buf_put(out, v->text, v->size);
        break;
    case JARRAY:
        for (uint32_t i = 0; i < v->size; i++)
            put_json(out, arena, &v->items[i]);
        break;
    case JOBJECT:
        put_members(out, arena, v);
        break;
    }
}

static bool put_files(struct buf *out, struct upload *u)
{
    unsigned char digest[32];
    struct slice bytes;

    for (; u; u = u->next) {
        if (!upload_map(u, &bytes))
            return false;
        digest_sha256(bytes.len ? bytes.data : "", bytes.len, digest);
        put_part(out, slice_of(u->name));
        put_part(out, slice_of(u->filename));
        put_part(out, slice_of(u->type));
        put_part(out, (struct slice){(const char *)digest, sizeof(digest)});
    }
    return true;
}

static bool put_body(struct buf *out, struct request *r)
{
    struct arena arena = {0};

    put_part(out, slice_of(r->media ? r->media->type : ""));
    if (!r->media || r->media->kind == MEDIA_BYTES) {
        put_part(out, r->raw_body);
        return true;
    }
    put_json(out, &arena, &r->body);
    arena_fini(&arena);
    return put_files(out, r->uploads);
}

bool request_digest(struct request *r, unsigned char out[static REQUEST_DIGEST])
{
    struct buf all = {0};
    bool ok;

    put_part(&all, slice_of(method_name(r->method)));
    put_part(&all, r->path);
    put_part(&all, r->query);
    put_part(&all, r->job.precondition.if_match);
    put_part(&all, r->job.precondition.if_none_match);
    for (size_t i = 0; i < r->op->input_count; i++)
        if (is_beside(r->op, &r->op->inputs[i]))
            put_value(&all, &r->values[i]);
    ok = put_body(&all, r);
    digest_sha256(all.data, all.len, out);
    buf_fini(&all);
    return ok;
}
