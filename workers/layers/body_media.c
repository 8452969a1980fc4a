/* SPDX-License-Identifier: MIT */
/* Finds out from the head what the body is: its content coding and its media type. */
#include "workers/layers/body_media.h"

#include "lib/core/text/token.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/request/form.h"
#include "workers/request/reply.h"

static bool is_known_coding(struct slice coding)
{
    return !coding.len || slice_is_nocase(coding, "identity") || slice_is_nocase(coding, "gzip") ||
           slice_is_nocase(coding, "x-gzip");
}

/* Returns whether this is a label of UTF-8 (WHATWG Encoding, 4.2), or of ASCII, a part of it. */
static bool is_utf8_label(struct slice label)
{
    static const char *const labels[] = {"utf-8",         "utf8",          "unicode-1-1-utf-8",
                                         "unicode11utf8", "unicode20utf8", "x-unicode20utf8",
                                         "us-ascii",      "ascii"};

    label = slice_trim(label);
    if (label.len > 2 && label.data[0] == '"' && label.data[label.len - 1] == '"')
        label = slice_trim((struct slice){label.data + 1, label.len - 2});
    for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
        if (slice_is_nocase(label, labels[i]))
            return true;
    return false;
}

/* Returns whether the type's charset is UTF-8, which JSON and text must have here (RFC 8259,
 * 8.1). */
static bool is_utf8(struct slice type)
{
    slice_cut(&type, ';');
    while (type.len) {
        struct slice value = slice_trim(token_cut(&type, ';')), name = slice_cut(&value, '=');

        if (!slice_is_nocase(slice_trim(name), "charset"))
            continue;
        return is_utf8_label(value);
    }
    return true;
}

/* Returns the most specific media type that matches, whatever its position in the document. */
static const struct body_media *find_media(const struct request *r, struct slice type)
{
    const struct body_media *best = NULL;

    for (size_t i = 0; i < r->op->body_count; i++) {
        const struct body_media *m = &r->op->bodies[i];

        if (media_is_in_range(type, slice_of(m->type)) &&
            (!best || media_exactness(slice_of(m->type)) > media_exactness(slice_of(best->type))))
            best = m;
    }
    return best && (best->kind == MEDIA_BYTES || is_utf8(type)) ? best : NULL;
}

enum err body_media_refuse(struct request *r)
{
    const char *list = "";

    for (size_t i = 0; i < r->op->body_count; i++)
        list = arena_printf(&r->arena, "%s%s%s", list, i ? ", " : "", r->op->bodies[i].type);
    if (r->op->method == METHOD_POST)
        reply_header(r, "accept-post", slice_of(list));
    else if (r->op->method == METHOD_PATCH)
        reply_header(r, "accept-patch", slice_of(list));
    return ERR_MEDIA_TYPE;
}

/* Returns whether a request without Content-Type may have no body, which is known only when the
 * first chunk has arrived. */
static bool may_be_empty(const struct request *r, struct slice type)
{
    return !type.len && !r->has_length && !r->op->is_body_required;
}

enum flow layer_media(struct request *r)
{
    struct slice type;

    if (!r->op->body_count)
        return FLOW_NEXT;
    type = http_header_list(r, "content-type");
    if (!r->has_content && !type.len)
        return r->op->is_body_required ? flow_fail(r, ERR_NO_BODY) : FLOW_NEXT;
    if (!is_known_coding(slice_trim(http_header_list(r, "content-encoding")))) {
        reply_header(r, "accept-encoding", SLICE_LIT("gzip")); /* RFC 9110, 12.5.3 */
        return flow_fail(r, ERR_CONTENT_CODING);
    }
    r->media = find_media(r, type);
    if (!r->media && !may_be_empty(r, type))
        return flow_fail(r, body_media_refuse(r));
    if (r->has_content && r->media && r->media->kind == MEDIA_MULTIPART) {
        enum err err = form_check_boundary(r);

        return err == OK ? FLOW_NEXT : flow_fail(r, err);
    }
    return FLOW_NEXT;
}
