/* SPDX-License-Identifier: MIT */
#include "workers/handlers/cursor.h"

#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"
#include "lib/core/json/jread.h"

enum { TAG = 16 };

/* A cursor is good for one list in one order. `plain` is what it holds. */
static void make_tag(const struct request *r, struct arena *arena, struct slice plain,
                     unsigned char tag[static 32])
{
    const struct plan_page *page = &r->op->plan->page;
    struct buf *text = arena_buf(arena);

    buf_puts(text, r->op->id);
    for (size_t i = 0; i < page->by_count; i++) {
        buf_puts(text, page->descending >> i & 1 ? "\n-" : "\n+");
        buf_puts(text, page->by[i]);
    }
    buf_putc(text, '\n');
    buf_put(text, plain.data, plain.len);
    digest_hmac_sha256(r->worker->cursor_key, sizeof(r->worker->cursor_key), text->data, text->len,
                       tag);
}

const char *cursor_seal(const struct request *r, struct arena *arena, struct slice keys,
                        bool is_backward)
{
    struct buf *plain = arena_buf(arena);
    unsigned char tag[32];
    size_t len;
    char *out;

    buf_puts(plain, is_backward ? "-" : "");
    buf_put(plain, keys.data, keys.len);
    out = arena_alloc(arena, base64_size(plain->len) + base64_size(TAG) + 2);
    len = base64_encode(plain->data, plain->len, out);
    make_tag(r, arena, buf_slice(plain), tag);
    out[len++] = '.';
    len += base64_encode(tag, TAG, out + len);
    out[len] = '\0';
    return out;
}

struct envelope_parts cursor_parts(const struct request *r, const struct db_job *job,
                                   struct arena *arena)
{
    struct envelope_parts parts = {
        .changes = job->changes, .total = job->total, .has_total = job->count_max};

    if (r->op->envelope != ENVELOPE_PAGE)
        return parts;
    if (job->next.len)
        parts.next = slice_of(cursor_seal(r, arena, buf_slice(&job->next), false));
    if (job->previous.len)
        parts.previous = slice_of(cursor_seal(r, arena, buf_slice(&job->previous), true));
    return parts;
}

bool cursor_open(struct request *r, struct slice text, struct jvalue *keys, bool *is_backward)
{
    struct slice rest = text, first = slice_cut(&rest, '.');
    unsigned char tag[32], sent[TAG + 3];
    struct jread_fault fault;
    struct slice plain;
    char *bytes;
    ssize_t len;

    if (rest.len != base64_size(TAG))
        return false;
    bytes = arena_alloc(&r->arena, first.len + 3);
    len = base64_decode(first, bytes);
    if (len < 0 || base64_decode(rest, sent) != TAG)
        return false;
    plain = (struct slice){bytes, (size_t)len};
    make_tag(r, &r->arena, plain, tag);
    *is_backward = plain.len && plain.data[0] == '-';
    if (*is_backward)
        plain = (struct slice){plain.data + 1, plain.len - 1};
    return digest_is_equal(tag, sent, TAG) &&
           jread_value(plain, 2, &r->budget, &r->arena, keys, &fault) && keys->type == JARRAY;
}
