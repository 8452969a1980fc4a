/* SPDX-License-Identifier: MIT */
#include "workers/request/problem.h"

#include <ctype.h>

#include "lib/api/operation/error_forms.h"
#include "lib/api/operation/place.h"
#include "lib/core/json/jwrite.h"

static void put_text(struct buf *b, const char *name, const char *text)
{
    buf_printf(b, ",\"%s\":", name);
    jwrite_string(b, text, strlen(text));
}

static void put_violation(struct buf *b, const struct violation *v, const char *comma)
{
    buf_printf(b, "%s{\"in\":\"%s\",\"pointer\":", comma, v->in);
    jwrite_string(b, v->pointer, strlen(v->pointer));
    put_text(b, "keyword", v->keyword);
    put_text(b, "message", v->message);
    buf_putc(b, '}');
}

static void put_violations(struct buf *b, const struct violations *v)
{
    size_t shown = v->count < VIOLATIONS_MAX ? v->count : VIOLATIONS_MAX;

    if (!v->count)
        return;
    buf_puts(b, ",\"errors\":[");
    for (size_t i = 0; i < shown; i++)
        put_violation(b, &v->items[i], i ? "," : "");
    buf_putc(b, ']');
    if (v->count > shown)
        buf_printf(b, ",\"more\":%zu", v->count - shown);
}

static const char *message_of(const struct request_error *e)
{
    return e->answer->message ? e->answer->message : err_text(e->err);
}

/* Writes problem details (RFC 9457). lib/api/publish/problems.c describes them. */
static void write_details(const struct request *r, const struct request_error *e, struct buf *out)
{
    buf_printf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d",
               err_reason(e->status), e->status);
    put_text(out, "error", message_of(e));
    if (e->answer->code)
        put_text(out, "code", e->answer->code);
    put_text(out, "request_id", r->id);
    put_violations(out, &r->violations);
    buf_putc(out, '}');
}

/* Returns the code of an error to which the document gives none: the server's own word, unless it
 * is answered otherwise, or tells what only the log may; then "not-found" and the like. */
static const char *word_of(struct request *r, const struct request_error *e)
{
    const char *word = reason_word(reason_of(e->err));
    char *name;

    if (e->status == 500)
        return reason_word(REASON_INTERNAL);
    if (e->status == err_status(e->err))
        return word;
    name = arena_strdup(&r->arena, err_reason(e->status));
    for (char *at = name; *at; at++)
        *at = isalnum((unsigned char)*at) ? (char)tolower((unsigned char)*at) : '-';
    return name;
}

/* Adds the answer's own violation, unless it concerns nothing. Only a document's own form has
 * names. */
static bool add_own(struct request *r, const struct request_error *e, bool has_names)
{
    const char *pointer = e->answer->pointer, *place;

    if (!pointer && !(has_names && e->answer->name))
        return false;
    place = pointer && r->op ? place_of(r->op, pointer) : NULL;
    violation_add(&r->violations, place ? place : "body", pointer ? pointer : "",
                  e->keyword ? e->keyword : "rule", "%s", message_of(e));
    return true;
}

static const struct problem_format *form_of(const struct request *r)
{
    return r->listener->serve & SERVE_API ? error_forms_find(r->worker->api, r->op, r->path) : NULL;
}

const char *problem_write(struct request *r, const struct request_error *e, struct buf *out)
{
    const struct problem_format *form = form_of(r);
    struct problem problem = {.status = e->status,
                              .error = e->answer->message,
                              .fallback = err_text(e->err),
                              .code = e->answer->code,
                              .name = e->answer->name,
                              .request_id = r->id,
                              .violations = &r->violations,
                              .is_last_own = add_own(r, e, form != NULL)};

    if (!form) {
        write_details(r, e, out);
        return "application/problem+json";
    }
    problem.word = word_of(r, e);
    problem_format_write(form, &problem, &r->arena, out);
    return problem_format_type(form);
}
