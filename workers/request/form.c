/* SPDX-License-Identifier: MIT */
/*
 * Turns a form into the object that its schema describes, so that all later steps see a form as
 * they see JSON. Text becomes a value by the type of its field; a part with JSON, or of a field
 * that no text can fill, is parsed; a file becomes the empty string in the body and an upload
 * beside it. Values lie in r->body_arena, because request_drop_body() frees the value before SQL
 * runs; uploads stay until the request ends. All parts are read even after one is wrong, so that
 * the answer lists every violation.
 */
#include "workers/request/form.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "lib/api/request/upload.h"
#include "lib/core/log.h"
#include "lib/core/log_repeat.h"
#include "lib/core/memory.h"
#include "lib/core/text/utf8.h"
#include "workers/http/http.h"

enum { SCALARS = SCHEMA_BOOLEAN | SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_STRING };

static struct field_reader reader_of(struct request *r)
{
    return (struct field_reader){
        .in = "body", .arena = &r->body_arena, .budget = &r->budget, .v = &r->violations};
}

enum err form_read(struct request *r)
{
    const struct body_media *m = r->media;
    struct field_value *values = arena_zalloc(&r->arena, (m->field_count + 1) * sizeof(*values));
    struct field_reader reader = reader_of(r);

    r->body = (struct jvalue){.type = JOBJECT};
    r->is_rewritten = true;
    if (!fields_read(m->fields, m->field_count, r->raw_body, &reader, values, &r->body))
        return r->budget.end == BUDGET_ENOUGH ? ERR_BAD_FORM : request_overspent(r);
    for (size_t i = 0; i < m->field_count; i++)
        if (values[i].is_there)
            jvalue_add(&r->body_arena, &r->body, slice_of(m->fields[i]->name), values[i].value);
    return request_overspent(r);
}

static bool takes_files(const struct api *api)
{
    for (size_t i = 0; i < api->count; i++)
        for (size_t k = 0; k < api->operations[i].body_count; k++)
            if (api->operations[i].bodies[k].kind == MEDIA_MULTIPART)
                return true;
    return false;
}

bool form_open_folder(struct worker *w, const char *folder, struct fault *fault)
{
    w->upload_folder = -1;
    if (!takes_files(w->api))
        return true;
    w->upload_folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (w->upload_folder >= 0)
        return true;
    return fault_set(fault, "uploads: %s: %s", folder, strerror(errno));
}

static const struct field *find_field(const struct body_media *m, struct slice name)
{
    for (size_t i = 0; i < m->field_count; i++)
        if (slice_is(name, m->fields[i]->name))
            return m->fields[i];
    return NULL;
}

static bool is_any(int types)
{
    return (types | SCHEMA_NULL) == SCHEMA_ANY;
}

/* Returns whether the parts of that name are the items of an array. */
static bool is_list(const struct field *f)
{
    return f && (f->types & SCHEMA_ARRAY) && !is_any(f->types);
}

/* Returns the schema of one part; NULL: anything is valid. */
static const struct schema *part_schema(const struct field *f)
{
    return is_list(f) ? schema_items(f->schema) : f->schema;
}

/* Returns whether the part is a file. A file name is not enough, because the schema of a text must
 * not be bypassed by one. */
static bool is_file(const struct field *f, const struct multipart_part *part)
{
    const struct schema *s = f ? part_schema(f) : NULL;
    const char *format = s ? schema_format(s) : NULL;

    if (format && strcmp(format, "binary") == 0)
        return true;
    return part->filename.data && (!s || schema_has_content(s) || schema_types(s) == SCHEMA_ANY);
}

/* Returns whether the part is a file input in which nothing was chosen (HTML, "constructing the
 * entry list"). */
static bool is_no_file(const struct multipart_part *part)
{
    return part->filename.data && !part->filename.len && !part->data.len;
}

static enum err keep_file(struct request *r, const struct multipart_part *part)
{
    static struct log_repeat failed = {.event = "upload.failed"};
    struct upload *u, **last = &r->uploads;

    switch (
        upload_keep(r->worker->upload_folder, part, r->worker->limits.body_bytes, &r->arena, &u)) {
    case UPLOAD_OK:
        while (*last)
            last = &(*last)->next;
        *last = u;
        return OK;
    case UPLOAD_TOO_LARGE:
        return ERR_BODY_SIZE;
    case UPLOAD_NO_SPACE:
        return ERR_STORAGE;
    case UPLOAD_FAILED:
        break;
    }
    log_repeated(&failed, "cause=\"%s\" id=%s", strerror(errno), r->id);
    return ERR_UPLOAD;
}

/* Reads one part as a value. */
static enum err read_part(struct request *r, const struct field *f,
                          const struct multipart_part *part, struct jvalue *value)
{
    struct field_reader reader = reader_of(r);
    struct field one;

    if (is_file(f, part)) {
        *value = jvalue_string(SLICE_LIT(""));
        return keep_file(r, part);
    }
    if (!f) {
        if (!utf8_is_valid(part->data.data, part->data.len))
            return ERR_BAD_FORM;
        *value = jvalue_string(part->data);
        return OK;
    }
    one = *f;
    one.types = part_schema(f) ? schema_types(part_schema(f)) : SCHEMA_ANY;
    one.is_json = f->is_json || media_is_json(part->type) || !(one.types & SCALARS);
    if (!is_any(one.types))
        one.types &= ~(SCHEMA_ARRAY | SCHEMA_OBJECT); /* arrays and objects come as JSON */
    return field_read(&one, part->data, false, &reader, value) ? OK : ERR_BAD_FORM;
}

/* Adds the value to the body. Repeated names of an array field append to the array; others are
 * refused. */
static enum err add_value(struct request *r, const struct field *f, struct slice name,
                          struct jvalue value)
{
    struct jvalue *present = jvalue_get(&r->body, name), list = {.type = JARRAY};
    bool is_item = is_list(f);

    if (present) {
        if (!is_item || present->type != JARRAY) {
            violation_add(&r->violations, "body", f ? f->pointer : "", "repeated",
                          "must be sent once");
            return ERR_BAD_FORM;
        }
        jvalue_append(&r->body_arena, present, value);
    } else if (is_item && value.type != JARRAY) {
        jvalue_append(&r->body_arena, &list, value);
        jvalue_add(&r->body_arena, &r->body, name, list);
    } else {
        jvalue_add(&r->body_arena, &r->body, name, value);
    }
    return OK;
}

static enum err add_part(struct request *r, const struct multipart_part *part)
{
    const struct field *f = find_field(r->media, part->name);
    struct jvalue value = {0};
    enum err err = read_part(r, f, part, &value);

    return err == OK ? add_value(r, f, part->name, value) : err;
}

enum err form_check_boundary(struct request *r)
{
    if (multipart_boundary(http_header(r, "content-type"), &r->arena).data)
        return OK;
    violation_add(&r->violations, "body", "", "multipart", "the boundary is missing or malformed");
    return ERR_BAD_FORM;
}

enum err form_read_multipart(struct request *r)
{
    struct slice boundary = multipart_boundary(http_header(r, "content-type"), &r->arena);
    struct multipart_part *parts = NULL;
    size_t count = 0;
    struct fault fault;
    enum err err = OK;

    assert(boundary.data);
    if (!multipart_read(r->raw_body, boundary, &r->arena, &parts, &count, &fault)) {
        violation_add(&r->violations, "body", "", "multipart", "%s, at byte %zu", fault.text,
                      fault.offset);
        return ERR_BAD_FORM;
    }
    r->body = (struct jvalue){.type = JOBJECT};
    r->is_rewritten = true;
    for (size_t i = 0; i < count && (err == OK || err == ERR_BAD_FORM); i++) {
        enum err one = is_no_file(&parts[i]) ? OK : add_part(r, &parts[i]);

        if (one != OK)
            err = one;
    }
    return r->budget.end == BUDGET_ENOUGH ? err : request_overspent(r);
}

struct slice form_find_file(const struct request *r, const char *name)
{
    struct slice bytes = {NULL, 0};

    for (struct upload *u = r->uploads; u; u = u->next)
        if (strcmp(u->name, name) == 0 && upload_map(u, &bytes))
            return bytes;
    return bytes;
}
