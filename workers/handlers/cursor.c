/* SPDX-License-Identifier: MIT */
#include "workers/handlers/cursor.h"

#include <assert.h>

#include "lib/auth/secret/digest.h"
#include "lib/core/hash.h"
#include "lib/core/json/jread.h"
#include "lib/core/text/base64.h"

enum { TAG = 16 };

/* A cursor is good for one list in one order. `plain` is what it holds. */
static void make_tag(const struct request *r, struct slice plain, unsigned char tag[static TAG])
{
    const struct plan_page *page = &r->op->plan->page;
    struct slice pieces[3 + 2 * PAGE_BY_MAX] = {slice_of(r->op->id)};
    size_t n = 1;

    for (size_t i = 0; i < page->by_count; i++) {
        pieces[n++] = page->descending >> i & 1 ? SLICE_LIT("\n-") : SLICE_LIT("\n+");
        pieces[n++] = slice_of(page->by[i]);
    }
    pieces[n++] = SLICE_LIT("\n");
    pieces[n++] = plain;
    hash_tag(r->worker->page_keys, pieces, n, tag);
}

/* Returns the text of the cursor for the page after `keys`, or before them, in the arena. */
static struct slice seal_cursor(const struct request *r, struct arena *arena, struct slice keys,
                                bool is_backward)
{
    size_t size = keys.len + is_backward, len;
    char *plain = arena_alloc(arena, size);
    char *out = arena_alloc(arena, base64_size(size) + 1 + base64_size(TAG));
    unsigned char tag[TAG];

    assert(keys.len);
    plain[0] = '-';
    memcpy(plain + is_backward, keys.data, keys.len);
    make_tag(r, (struct slice){plain, size}, tag);
    len = base64_encode(plain, size, out);
    out[len++] = '.';
    len += base64_encode(tag, TAG, out + len);
    return (struct slice){out, len};
}

struct envelope_parts cursor_parts(const struct request *r, const struct db_job *job,
                                   struct arena *arena)
{
    struct envelope_parts parts = {
        .changes = job->changes, .total = job->total, .has_total = job->count_max};

    if (r->op->envelope != ENVELOPE_PAGE)
        return parts;
    if (job->next.len)
        parts.next = seal_cursor(r, arena, buf_slice(&job->next), false);
    if (job->previous.len)
        parts.previous = seal_cursor(r, arena, buf_slice(&job->previous), true);
    return parts;
}

bool cursor_open(struct request *r, struct slice text, struct jvalue *keys, bool *is_backward)
{
    struct slice rest = text, first = slice_cut(&rest, '.');
    unsigned char tag[TAG], sent[TAG + 3];
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
    make_tag(r, plain, tag);
    *is_backward = plain.len && plain.data[0] == '-';
    if (*is_backward)
        plain = (struct slice){plain.data + 1, plain.len - 1};
    return digest_is_equal(tag, sent, TAG) &&
           jread_value(plain, 2, &r->budget, &r->arena, keys, &fault) && keys->type == JARRAY;
}
