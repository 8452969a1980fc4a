/* SPDX-License-Identifier: MIT */
/* The input is leat.yaml, and the files that its secrets refer to (=== NAME). */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/secret.h"
#include "lib/conf/yaml.h"

/* Reads any file: the value must read back unchanged after it is written. */
static void read_file(void)
{
    struct diags diags = {0};
    struct json_object *tree;
    bool ok = yaml_read("leat.yaml", &tree, &diags);

    assert(ok == (diags.errors == 0) && (ok || !tree));
    if (ok)
        fuzz_rewrite_yaml(tree);
    json_object_put(tree);
    diags_fini(&diags);
}

static void load(void)
{
    struct diags diags = {0};
    struct json_object *config, *sources;
    int fd = -1;

    if (!conf_load("leat.yaml", &config, &diags)) {
        assert(diags.errors && !config);
    } else {
        assert(!diags.errors);
        sources = conf_sources(config);
        json_object_put(fuzz_rewrite(config));
        json_object_put(sources);
        if (secret_collect(config, &fd, &diags))
            close(fd);
        json_object_put(config);
    }
    diags_sort(&diags);
    diags_fini(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};

    files_set("leat.yaml", text);
    read_file();
    files_set("leat.yaml", text);
    load();
    return 0;
}
