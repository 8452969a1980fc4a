/* SPDX-License-Identifier: MIT */
#include "lib/db/migration/migration_state.h"

#include <string.h>

#include "lib/core/json/jget.h"

int64_t migration_version(struct json_object *m)
{
    return jget_int(m, "version");
}

struct json_object *migration_find(struct json_object *list, int64_t version)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (migration_version(json_object_array_get_idx(list, i)) == version)
            return json_object_array_get_idx(list, i);
    return NULL;
}

static void add_status(struct json_object *out, int64_t version, const char *name,
                       const char *state, const char *applied_at)
{
    struct json_object *row = json_object_new_object();

    json_object_object_add(row, "version", json_object_new_int64(version));
    json_object_object_add(row, "name", json_object_new_string(name));
    json_object_object_add(row, "state", json_object_new_string(state));
    json_object_object_add(row, "applied-at",
                           applied_at ? json_object_new_string(applied_at) : NULL);
    json_object_array_add(out, row);
}

void migration_note_applied(struct json_object *status, struct json_object *migrations,
                            int64_t version, const char *name, const char *checksum,
                            const char *applied_at)
{
    struct json_object *m = migration_find(migrations, version);
    const char *state = !m                                                ? "missing"
                        : strcmp(jget_text(m, "checksum"), checksum) != 0 ? "edited"
                                                                          : "applied";

    add_status(status, version, name, state, applied_at);
}

void migration_note_pending(struct json_object *status, struct json_object *migrations)
{
    for (size_t i = 0; i < json_object_array_length(migrations); i++) {
        struct json_object *m = json_object_array_get_idx(migrations, i);

        if (!migration_find(status, migration_version(m)))
            add_status(status, migration_version(m), jget_text(m, "name"), "pending", NULL);
    }
}

size_t migration_count(struct json_object *status, const char *state)
{
    size_t count = 0;

    for (size_t i = 0; i < json_object_array_length(status); i++)
        count += strcmp(jget_text(json_object_array_get_idx(status, i), "state"), state) == 0;
    return count;
}

size_t migration_newer(struct json_object *status, struct json_object *migrations)
{
    int64_t newest = 0;
    size_t count = 0;

    for (size_t i = 0; i < json_object_array_length(migrations); i++)
        if (migration_version(json_object_array_get_idx(migrations, i)) > newest)
            newest = migration_version(json_object_array_get_idx(migrations, i));
    for (size_t i = 0; i < json_object_array_length(status); i++) {
        struct json_object *row = json_object_array_get_idx(status, i);

        count += strcmp(jget_text(row, "state"), "missing") == 0 && migration_version(row) > newest;
    }
    return count;
}

void migration_verify(struct json_object *status, struct json_object *migrations,
                      struct diags *diags)
{
    int64_t newest = 0;

    for (size_t i = 0; i < json_object_array_length(status); i++) {
        struct json_object *row = json_object_array_get_idx(status, i);
        struct json_object *m = migration_find(migrations, migration_version(row));
        const char *state = jget_text(row, "state");

        if (strcmp(state, "edited") == 0)
            diag_error(diags, jget_text(m, "file"),
                       "was changed after it was applied; undo the change and add a new migration");
        else if (strcmp(state, "missing") == 0)
            diag_error(diags, NULL, "migration %04lld_%s is applied but its file is missing",
                       (long long)migration_version(row), jget_text(row, "name"));
        else if (strcmp(state, "pending") == 0 && migration_version(row) < newest)
            diag_error(
                diags, jget_text(m, "file"),
                "is older than version %lld, which is already applied; give it a higher number",
                (long long)newest);
        if (strcmp(state, "pending") != 0 && migration_version(row) > newest)
            newest = migration_version(row);
    }
}
