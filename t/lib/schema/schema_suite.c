/* SPDX-License-Identifier: MIT */
/* schema.h: all required tests of the JSON Schema suite, draft 2020-12, with its remote
 * documents. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "t/lib/schema/schema_fixture.h"

enum { SUITE_TESTS = 1299, DEPTH = 512, FILE_MAX = 1 << 20 };

static const char origin[] = "http://localhost:1234/";
static char folder[512];
static struct json_object *remotes; /* URI → document */
static int tests;

static struct json_object *read_file(const char *path)
{
    struct buf text = {0};
    struct json_object *json = NULL;
    struct jread_fault fault;

    if (file_read(path, FILE_MAX, &text))
        cr_assert(jread_text(text.data, text.len, DEPTH, NULL, &json, &fault), "%s: %s", path,
                  fault.message);
    buf_fini(&text);
    return json;
}

static struct json_object *load_remote(void *arg, const char *uri)
{
    struct json_object *json;
    char path[1024];

    (void)arg;
    if (strncmp(uri, origin, sizeof(origin) - 1) != 0)
        return NULL;
    if (json_object_object_get_ex(remotes, uri, &json))
        return json;
    snprintf(path, sizeof(path), "%s/remotes/%s", folder, uri + sizeof(origin) - 1);
    json = read_file(path);
    if (json)
        json_object_object_add(remotes, uri, json);
    return json;
}

static void run_group(const char *file, struct json_object *group)
{
    struct arena arena = {0};
    struct schema_set *set = schema_set_new(&arena, NULL, load_remote, NULL);
    const struct schema *s;

    schema_set_annotate_formats(set); /* as in the standard's own dialect */
    s = schema_compile(set, "", jget(group, "schema"), SCHEMA_PLAIN);
    schema_set_free(&set);
    for (size_t i = 0; i < jget_count(group, "tests"); i++) {
        struct json_object *test = jget_item(group, "tests", i);
        struct violations v = {.arena = &arena};
        bool is_valid = schema_fixture_check_json(s, jget(test, "data"), &v);

        tests++;
        cr_expect(is_valid == (bool)jget_bool(test, "valid"), "%s: %s: %s", file,
                  jget_text(group, "description"), jget_text(test, "description"));
        cr_expect(is_valid == (v.count == 0), "%s: %s: %zu violations", file,
                  jget_text(test, "description"), v.count);
    }
    arena_fini(&arena);
}

static void run_file(const char *name)
{
    struct json_object *groups;
    char path[1024];

    snprintf(path, sizeof(path), "%s/tests/draft2020-12/%s", folder, name);
    groups = read_file(path);
    for (size_t i = 0; i < json_object_array_length(groups); i++)
        run_group(name, json_object_array_get_idx(groups, i));
    json_object_put(groups);
}

Test(schema_suite, agrees_with_every_required_test)
{
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    char path[600];
    struct dirent **entries;
    int n;

    snprintf(folder, sizeof(folder), "%s%s/json-schema-2020-12",
             suites   ? suites
             : source ? source
                      : ".",
             suites ? "" : "/../shared/suites");
    snprintf(path, sizeof(path), "%s/tests/draft2020-12", folder);
    n = scandir(path, &entries, NULL, alphasort);
    if (n < 0)
        cr_skip_test("the JSON Schema suite is not at %s", folder);
    remotes = json_object_new_object();
    for (int i = 0; i < n; i++) {
        if (strstr(entries[i]->d_name, ".json"))
            run_file(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    json_object_put(remotes);
    cr_expect(tests == SUITE_TESTS, "%d tests", tests);
}
