/* SPDX-License-Identifier: MIT */
#include "workers/handlers/docs.h"

#include <stdio.h>

#include "lib/auth/secret/digest.h"
#include "lib/core/text/etag.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/log.h"
#include "workers/handlers/docs_routes.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

/* Forbids pages to load anything from other origins, and to contain anything inline. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "                   \
    "frame-ancestors 'none'"

static struct part *find_part(const struct worker *w, struct slice path)
{
    for (size_t i = 0; i < w->docs->count; i++)
        if (slice_is(path, w->docs->parts[i].path))
            return &w->docs->parts[i];
    return NULL;
}

const struct operation *docs_find(const struct worker *w, struct slice path)
{
    const struct part *part = find_part(w, path);

    return part ? &w->docs->operations[part->operation] : NULL;
}

/* Joins the two texts, with the server's URL between them: the mount as the client sees it. */
static struct slice join_part(struct request *r, const struct part *part)
{
    struct buf *url = arena_buf(&r->arena), *body = arena_buf(&r->arena);

    buf_put(url, r->prefix.data, r->prefix.len);
    buf_puts(url, part->mount);
    if (!url->len)
        buf_putc(url, '/');
    buf_put(body, part->text[0].data, part->text[0].len);
    jwrite_string(body, url->data, url->len);
    buf_put(body, part->text[1].data, part->text[1].len);
    return buf_slice(body);
}

/* Makes the entity tag. It is weak, because it also holds for the compressed form, and covers the
 * prefix, which is part of the text. */
static struct slice tag_of(struct request *r, struct part *part)
{
    char sum[65];

    for (size_t i = part->tag[0] ? 2 : 0; i < 2; i++) {
        digest_sha256_hex(part->text[i].data, part->text[i].len, sum);
        memcpy(part->tag + i * TAG_DIGITS, sum, TAG_DIGITS);
    }
    if (!part->mount || !r->prefix.len)
        return slice_of(arena_printf(&r->arena, "W/\"%s\"", part->tag));
    digest_sha256_hex(r->prefix.data, r->prefix.len, sum);
    return slice_of(arena_printf(&r->arena, "W/\"%s-%.*s\"", part->tag, TAG_DIGITS, sum));
}

static enum flow answer_part(struct request *r, const struct part *part, struct slice etag,
                             const char *caching, struct slice body)
{
    reply_header(r, "etag", etag);
    reply_header(r, "cache-control", slice_of(caching));
    if (part->operation == DOCS_PAGE)
        reply_header(r, "content-security-policy", SLICE_LIT(POLICY));
    if (etag_is_listed(http_header_list(r, "if-none-match"), etag))
        reply_not_modified(r, part->type, body.len);
    else
        reply_text(r, 200, part->type, body);
    return FLOW_DONE;
}

static enum flow answer_asset(struct request *r, const struct part *part)
{
    if (!asset_is_intact(part->asset)) {
        log_error("docs.asset", "asset=\"%s\" id=%s: was changed in place; a reload is needed",
                  part->asset->name, r->id);
        return flow_fail(r, ERR_INTERNAL);
    }
    return answer_part(r, part, slice_of(part->asset->etag), "public, max-age=86400",
                       part->asset->content);
}

enum flow handler_docs(struct request *r)
{
    struct docs *d = r->worker->docs;
    struct part *part = find_part(r->worker, r->path);

    if (!part->type) {
        reply_header(r, "location", part->text[0]);
        reply_empty(r, 308);
        return FLOW_DONE;
    }
    if (part->asset)
        return answer_asset(r, part);
    for (size_t i = 0; part->published && i < 2; i++)
        part->text[i] = docs_text_half(part->published, i);
    if (part->operation == DOCS_PAGE && !d->page.len)
        docs_put_plain(&d->page, d->title, d->entries, d->entry_count);
    if (part->operation == DOCS_PAGE)
        part->text[0] = buf_slice(&d->page);
    return answer_part(r, part, tag_of(r, part), "no-cache",
                       part->mount ? join_part(r, part) : part->text[0]);
}
