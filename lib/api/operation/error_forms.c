/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/error_forms.h"

#include "lib/core/json/jget.h"

/* The documents, in the order of their operations. */
struct error_forms {
    size_t count;
    struct error_form {
        const char *mount;
        size_t end;                          /* index of the first operation of the next document */
        const struct problem_format *format; /* NULL: problem details */
    } documents[];
};

static bool have_problems(struct json_object *documents)
{
    for (size_t i = 0; i < json_object_array_length(documents); i++)
        if (jget(json_object_array_get_idx(documents, i), "problems"))
            return true;
    return false;
}

void error_forms_load(struct api *api, struct json_object *documents)
{
    size_t n = json_object_array_length(documents), end = 0;
    struct error_forms *forms;

    if (!have_problems(documents))
        return;
    forms = arena_zalloc(&api->arena, sizeof(*forms) + n * sizeof(*forms->documents));
    for (size_t i = 0; i < n; i++) {
        struct json_object *document = json_object_array_get_idx(documents, i),
                           *problems = jget(document, "problems");

        end += (size_t)jget_int(document, "count");
        forms->documents[forms->count++] =
            (struct error_form){arena_strdup(&api->arena, jget_text(document, "mount")), end,
                                problems ? problem_format_load(problems, &api->arena, NULL) : NULL};
    }
    api->forms = forms;
}

static bool is_below(struct slice path, struct slice mount)
{
    return path.len >= mount.len && (!mount.len || memcmp(path.data, mount.data, mount.len) == 0) &&
           (path.len == mount.len || !mount.len || path.data[mount.len] == '/');
}

static const struct problem_format *find_by_path(const struct error_forms *forms, struct slice path)
{
    const struct error_form *best = NULL;

    for (size_t i = 0; i < forms->count; i++) {
        const struct error_form *form = &forms->documents[i];

        if (is_below(path, slice_of(form->mount)) &&
            (!best || strlen(form->mount) > strlen(best->mount)))
            best = form;
    }
    return best ? best->format : NULL;
}

const struct problem_format *error_forms_find(const struct api *api, const struct operation *op,
                                              struct slice path)
{
    const struct error_forms *forms = api->forms;

    if (!forms)
        return NULL;
    if (!op)
        return find_by_path(forms, path);
    for (size_t i = 0; i < forms->count; i++)
        if (op->index < forms->documents[i].end)
            return forms->documents[i].format;
    return NULL;
}
