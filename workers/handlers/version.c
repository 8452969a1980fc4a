/* SPDX-License-Identifier: MIT */
#include "workers/handlers/version.h"

#include "lib/auth/secret/digest.h"
#include "lib/core/text/base64.h"
#include "lib/core/text/etag.h"
#include "lib/core/log.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

/* The bytes of SHA-256 that are the tag of a list, and their length in base64. */
enum { DIGEST = 12, DIGEST_TEXT = 16 };

struct slice version_asked(const struct request *r)
{
    struct slice header = slice_trim(http_header(r, "if-match"));

    return header.len >= 2 ? (struct slice){header.data + 1, header.len - 2}
                           : (struct slice){NULL, 0};
}

static struct precondition conditions_of(struct request *r)
{
    return (struct precondition){.if_match = http_header_list(r, "if-match"),
                                 .if_none_match = http_header_list(r, "if-none-match")};
}

/* Checks a condition that only the operation's own statement can compare: one tag. */
static enum err check_alone(const struct request *r, const struct precondition *sent)
{
    struct slice tag = slice_trim(sent->if_match);

    if (sent->if_none_match.data || r->op->if_match == IF_MATCH_IGNORED)
        return ERR_PRECONDITION_UNSUPPORTED;
    if (tag.len > 2 && memcmp(tag.data, "W/", 2) == 0)
        return ERR_PRECONDITION; /* a weak tag never matches */
    return slice_is(tag, "*") || etag_is_strong(tag) ? OK : ERR_PRECONDITION_UNSUPPORTED;
}

enum err version_check(struct request *r)
{
    struct precondition *sent = &r->job.precondition;

    if (method_is_safe(r->method))
        return OK; /* compared with the answer */
    *sent = conditions_of(r);
    if (r->op->if_match == IF_MATCH_REQUIRED && !sent->if_match.data)
        return ERR_PRECONDITION_REQUIRED;
    if (!precondition_is_valid(sent))
        return ERR_BAD_ETAG;
    if (!precondition_is_set(sent) || r->op->plan->has_current)
        return OK;
    return check_alone(r, sent);
}

struct slice version_tag(const struct request *r, struct arena *arena)
{
    const struct buf *version = &r->job.etag;
    struct slice tag;

    if (!r->op->plan->etag)
        return (struct slice){NULL, 0};
    tag = slice_of(
        arena_printf(arena, "\"%.*s\"", (int)version->len, version->len ? version->data : ""));
    if (etag_is_strong(tag))
        return tag;
    log_error("etag.invalid", "operation=%s id=%s", r->op->id, r->id);
    return (struct slice){NULL, 0};
}

/* Adds the tag, if there is one. Compares the request's conditions with it, and answers if they are
 * false. `len` is the length of the body. */
static bool compare_with(struct request *r, struct slice tag, size_t len)
{
    struct precondition sent;

    if (tag.data)
        reply_header(r, "etag", tag);
    if (!method_is_safe(r->method))
        return false; /* compared before anything was changed */
    sent = conditions_of(r);
    switch (precondition_compare(&sent, true, tag)) {
    case PRECONDITION_HOLDS:
        return false;
    case PRECONDITION_MATCH:
        reply_not_modified(r, reply_type(r), len);
        return true;
    case PRECONDITION_NO_MATCH:
        reply_problem(r, ERR_PRECONDITION, NULL, NULL);
        return true;
    }
    return false;
}

bool version_answer(struct request *r)
{
    return !r->op->has_digest &&
           compare_with(r, version_tag(r, &r->arena), r->stream ? REPLY_LONG : r->job.body.len);
}

bool version_answer_digest(struct request *r, struct slice body)
{
    unsigned char digest[32];
    char text[DIGEST_TEXT];
    struct slice tag;

    digest_sha256(body.data, body.len, digest);
    tag = slice_of(
        arena_printf(&r->arena, "W/\"%.*s\"", (int)base64_encode(digest, DIGEST, text), text));
    return compare_with(r, tag, body.len);
}
