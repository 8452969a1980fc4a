/* SPDX-License-Identifier: MIT */
#include "lib/conf/release.h"

#include <string.h>

#include "lib/core/jget.h"
#include "lib/core/jread.h"
#include "lib/core/jwrite.h"
#include "lib/core/memfd.h"
#include "lib/core/slice.h"

bool release_write(int fd, struct json_object *release)
{
    struct buf text = {0};
    bool ok;

    jwrite_value(&text, release);
    ok = memfd_write(fd, text.data, text.len);
    buf_fini(&text);
    return ok;
}

/* The text of one of the members of an object; empty where there is none. The text is one that
 * release_write() wrote: without spaces. Whatever it is, nothing behind its end is read. */
static struct slice member(struct slice text, const char *name)
{
    size_t depth = 0, start = 0, len = strlen(name);
    bool is_string = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (is_string) {
            i += c == '\\';
            is_string = c != '"';
            continue;
        }
        is_string = c == '"';
        if (start && depth == 1 && (c == ',' || c == '}'))
            return (struct slice){text.data + start, i - start};
        if (is_string && depth == 1 && strchr("{,", text.data[i - 1]) && text.len - i > len + 3 &&
            memcmp(text.data + i + 1, name, len) == 0 &&
            memcmp(text.data + i + 1 + len, "\":", 2) == 0)
            start = i + len + 3;
        depth += c == '{' || c == '[';
        depth -= depth && (c == '}' || c == ']');
    }
    return (struct slice){NULL, 0};
}

static struct json_object *read_text(struct slice text)
{
    struct json_object *value = NULL;
    struct jread_fault fault;

    if (text.data)
        jread_text(text.data, text.len, RELEASE_DEPTH, NULL, &value, &fault);
    return value;
}

static struct json_object *read_head(struct slice text)
{
    static const char *const names[] = {"format", "config", "hash"};
    struct json_object *head = json_object_new_object();

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        json_object_object_add(head, names[i], read_text(member(text, names[i])));
    return head;
}

static struct json_object *read_by(int fd, struct json_object *(*read)(struct slice text),
                                   const char **why)
{
    struct json_object *release = NULL;
    struct slice map;

    if (!memfd_is_sealed(fd)) {
        *why = "the release is not sealed";
        return NULL;
    }
    map = memfd_map(fd);
    if (!map.data || !(release = read(map))) {
        *why = "the release cannot be read";
    } else if (jget_int(release, "format") != RELEASE_FORMAT) {
        *why = "the release has another format: leat and leat-worker differ in version";
        json_object_put(release);
        release = NULL;
    }
    memfd_unmap(map);
    return release;
}

struct json_object *release_read(int fd, const char **why)
{
    return read_by(fd, read_text, why);
}

struct json_object *release_read_head(int fd, const char **why)
{
    return read_by(fd, read_head, why);
}
