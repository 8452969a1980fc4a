/* SPDX-License-Identifier: MIT */
#include "lib/core/json/mark.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"

static void drop_mark(struct json_object *value, void *mark)
{
    (void)value;
    free(mark);
}

void mark_set(struct json_object *value, const struct mark *m)
{
    struct mark *copy;

    assert(!value || m->file);
    if (!value)
        return;
    copy = xmalloc(sizeof(*copy));
    *copy = *m;
    json_object_set_userdata(value, copy, drop_mark);
}

const struct mark *mark_of(struct json_object *value)
{
    return value ? json_object_get_userdata(value) : NULL;
}

static const char *text(const char *file, unsigned line, unsigned col)
{
    static char texts[4][MARK_TEXT];
    static unsigned turn;
    char *out = texts[turn++ % 4];

    snprintf(out, MARK_TEXT, "%s:%u:%u", file, line, col);
    return out;
}

const char *mark_where(struct json_object *value)
{
    const struct mark *m = mark_of(value);

    return m ? text(m->file, m->line, m->col) : "";
}

const char *mark_key(struct json_object *parent, const char *key)
{
    struct json_object *value = NULL;
    const struct mark *m;

    if (json_object_is_type(parent, json_type_object))
        json_object_object_get_ex(parent, key, &value);
    m = mark_of(value);
    if (!m)
        return mark_where(parent);
    return m->key_line ? text(m->file, m->key_line, m->key_col) : text(m->file, m->line, m->col);
}

const char *mark_intern(const char *name)
{
    static struct interned {
        struct interned *next;
        char name[];
    } * all;
    struct interned *entry;
    size_t size = strlen(name) + 1;

    for (entry = all; entry; entry = entry->next)
        if (strcmp(entry->name, name) == 0)
            return entry->name;
    entry = xmalloc(sizeof(*entry) + size);
    memcpy(entry->name, name, size);
    entry->next = all;
    all = entry;
    return entry->name;
}
