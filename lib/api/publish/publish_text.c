/* SPDX-License-Identifier: MIT */
/* Writes the published tree as text. In both formats the top-level members follow one another, so
 * the text is written as two maps, with "servers" between them. */
#include "lib/api/publish/publish.h"

#include <stdbool.h>
#include <string.h>

#include "lib/conf/yaml_write.h"
#include "lib/core/buf.h"
#include "lib/core/json/jwrite.h"

/* Returns the members before "servers", or those after it. */
static struct json_object *half_of(struct json_object *tree, bool is_after)
{
    struct json_object *half = json_object_new_object();
    bool is_past = false;

    json_object_object_foreach(tree, key, value)
    {
        if (strcmp(key, "servers") == 0)
            is_past = true;
        else if (is_past == is_after)
            json_object_object_add(half, key, json_object_get(value));
    }
    return half;
}

static void write_json(struct json_object *tree, struct buf *before, struct buf *after)
{
    struct json_object *halves[] = {half_of(tree, false), half_of(tree, true)};

    jwrite_value(before, halves[0]);
    before->data[before->len - 1] = ','; /* replaces '}'; "openapi" is always before it */
    buf_puts(before, "\"servers\":[{\"url\":");
    buf_puts(after, "}]");
    if (json_object_object_length(halves[1])) {
        size_t brace = after->len;

        jwrite_value(after, halves[1]);
        after->data[brace] = ',';
    } else {
        buf_putc(after, '}');
    }
    json_object_put(halves[0]);
    json_object_put(halves[1]);
}

static void write_yaml(struct json_object *tree, struct buf *before, struct buf *after)
{
    struct json_object *halves[] = {half_of(tree, false), half_of(tree, true)};

    yaml_write(halves[0], before);
    buf_puts(before, "servers:\n- url: ");
    buf_puts(after, "\n");
    if (json_object_object_length(halves[1]))
        yaml_write(halves[1], after);
    json_object_put(halves[0]);
    json_object_put(halves[1]);
}

static void add_text(struct json_object *texts, const char *format, struct json_object *tree,
                     void (*write)(struct json_object *, struct buf *, struct buf *))
{
    struct json_object *pair = json_object_new_array_ext(2);
    struct buf before = {0}, after = {0};

    write(tree, &before, &after);
    json_object_array_add(pair, json_object_new_string_len(before.data, (int)before.len));
    json_object_array_add(pair, json_object_new_string_len(after.data, (int)after.len));
    json_object_object_add(texts, format, pair);
    buf_fini(&before);
    buf_fini(&after);
}

struct json_object *publish_texts(struct json_object *tree, bool is_served)
{
    struct json_object *texts = json_object_new_object();

    add_text(texts, "json", tree, write_json);
    if (is_served)
        add_text(texts, "yaml", tree, write_yaml);
    return texts;
}
