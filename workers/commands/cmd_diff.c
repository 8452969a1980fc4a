/* SPDX-License-Identifier: MIT */
#include "workers/commands/cmd_diff.h"
#include "workers/sandbox/sandbox.h"

#include <stdio.h>

#include "lib/api/compare/compare.h"
#include "lib/api/document/document.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"

/* Removes the bindings: they do not concern clients, and could be proved only with a database. */
static void forget_bindings(struct json_object *document)
{
    for (size_t k = 0; k < jget_count(document, "operations"); k++)
        json_object_object_del(jget_item(document, "operations", k), "sql");
}

/* Loads a document and its API, both the caller's. Without an API, errors were printed to standard
 * error. */
static struct json_object *load_document(const char *path, struct api **api)
{
    struct json_object *document, *list = json_object_new_array();
    struct diags diags = {0};

    document = document_load(path, DOCUMENT_COMPARED, NULL, &diags);
    if (document && !diags.errors) {
        forget_bindings(document);
        json_object_array_add(list, json_object_get(document));
        *api = api_load(list, NULL, &diags);
    }
    json_object_put(document);
    diags_sort(&diags);
    if (diags.errors)
        diags_print(&diags, stderr);
    diags_fini(&diags);
    return list;
}

static void print_level(struct api_changes *changes, bool is_break)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i].is_break == is_break)
            printf("%-6s  %s\n", is_break ? "break" : "change",
                   api_change_text(changes, &changes->items[i]));
}

static void print_lines(struct api_changes *changes)
{
    size_t others = changes->count - changes->breaks;

    print_level(changes, true);
    print_level(changes, false);
    printf("%zu break%s, %zu other change%s\n", changes->breaks, changes->breaks == 1 ? "" : "s",
           others, others == 1 ? "" : "s");
}

static void add_level(struct json_object *list, const struct api_changes *changes, bool is_break)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct api_change *change = &changes->items[i];
        struct json_object *row = json_object_new_object();

        if (change->is_break != is_break) {
            json_object_put(row);
            continue;
        }
        jput_text(row, "level", is_break ? "break" : "change");
        jput_text(row, "operation", change->operation);
        jput_text(row, "where", change->where);
        jput_text(row, "keyword", change->keyword);
        jput_text(row, "message", change->message);
        json_object_array_add(list, row);
    }
}

static void print_json(struct api_changes *changes)
{
    struct json_object *list = json_object_new_array();
    struct buf text = {0};

    add_level(list, changes, true);
    add_level(list, changes, false);
    jwrite_value(&text, list);
    puts(buf_text(&text));
    buf_fini(&text);
    json_object_put(list);
}

int cmd_diff(const char *old_path, const char *new_path, bool is_json)
{
    struct api *old = NULL, *new = NULL;
    struct json_object *before, *after;
    struct api_changes changes = {0};
    int result = 1;

    sandbox_command(NULL, NULL, false);
    before = load_document(old_path, &old);
    after = load_document(new_path, &new);
    if (old && new) {
        api_compare(&(struct api_version){before, old}, &(struct api_version){after, new},
                    &changes);
        (is_json ? print_json : print_lines)(&changes);
        result = changes.breaks ? 1 : 0;
    }
    api_changes_fini(&changes);
    api_free(&old);
    api_free(&new);
    json_object_put(before);
    json_object_put(after);
    return result;
}

void cmd_diff_print(struct json_object *old_documents, struct json_object *new_documents)
{
    struct api *old = api_load(old_documents, NULL, NULL),
               *new = api_load(new_documents, NULL, NULL);
    struct api_changes changes = {0};

    api_compare(&(struct api_version){old_documents, old},
                &(struct api_version){new_documents, new}, &changes);
    for (size_t i = 0; i < changes.count; i++)
        if (changes.items[i].is_break)
            printf("%-12s breaks clients: %s\n", "new workers",
                   api_change_text(&changes, &changes.items[i]));
    api_changes_fini(&changes);
    api_free(&old);
    api_free(&new);
}
