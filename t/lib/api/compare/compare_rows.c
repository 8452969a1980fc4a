/* SPDX-License-Identifier: MIT */
#include "t/lib/api/compare/compare_rows.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/api/compare/compare.h"
#include "t/fixtures/fixture.h"

struct side {
    struct json_object *documents;
    struct api *api;
};

static struct side load(const char *paths)
{
    struct side s = {.documents = json_object_new_array()};
    struct diags diags = {0};
    char text[4096];

    snprintf(text, sizeof(text),
             "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: /v1}]\npaths:\n%s\n",
             paths);
    json_object_array_add(s.documents, fixture_document(text, &diags));
    cr_assert(!diags.errors, "%s: %s", paths, fixture_error(&diags));
    s.api = api_load(s.documents, NULL, &diags);
    cr_assert(s.api, "%s: %s", paths, fixture_error(&diags));
    diags_fini(&diags);
    return s;
}

static void unload(struct side *s)
{
    api_free(&s->api);
    json_object_put(s->documents);
}

static void run_row(const struct row *row)
{
    struct side old = load(row->old), new = load(row->new);
    struct api_changes changes = {0};
    struct buf got = {0};
    size_t breaks = 0;

    api_compare(&(struct api_version){old.documents, old.api},
                &(struct api_version){new.documents, new.api}, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        buf_printf(&got, "%s%c %s", i ? "\n" : "", changes.items[i].is_break ? '!' : '-',
                   api_change_text(&changes, &changes.items[i]));
        breaks += changes.items[i].is_break;
    }
    cr_expect(strcmp(buf_text(&got), row->changes) == 0, "%s -> %s:\n%s\nbut expected:\n%s",
              row->old, row->new, buf_text(&got), row->changes);
    cr_expect(breaks == changes.breaks);
    buf_fini(&got);
    api_changes_fini(&changes);
    unload(&old);
    unload(&new);
}

void run_rows(const struct row *rows, size_t count)
{
    scratch_make();
    for (size_t i = 0; i < count; i++)
        run_row(&rows[i]);
    scratch_remove();
}
