/* SPDX-License-Identifier: MIT */
#include "workers/handlers/docs_text.h"

#include "lib/core/channel.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/system/memfd.h"

enum { DEPTH_MAX = 4 };

/* Parses lazily, so that only the requested format is built. */
static void read_halves(struct docs_text *t)
{
    static const struct jread_lazy formats = {1, "json|yaml"};
    struct slice release = memfd_map(CHANNEL_FD_RELEASE), text;
    struct json_object *places = NULL;
    struct jread_fault fault;

    if (!release.data)
        return;
    text = jread_at(release.data, t->place);
    if (jread_lazily(text.data, text.len, DEPTH_MAX, &formats, &places, &fault)) {
        text = jread_at(text.data, jget(places, t->format));
        jread_text(text.data, text.len, DEPTH_MAX, NULL, &t->halves, &fault);
    }
    json_object_put(places);
    memfd_unmap(release);
}

struct slice docs_text_half(struct docs_text *t, size_t half)
{
    struct json_object *text;

    if (!t->halves)
        read_halves(t);
    text = json_object_array_get_idx(t->halves, half);
    return (struct slice){json_object_get_string(text), (size_t)json_object_get_string_len(text)};
}

void docs_text_fini(struct docs_text *t)
{
    json_object_put(t->halves);
}
