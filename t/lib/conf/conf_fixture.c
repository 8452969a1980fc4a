/* SPDX-License-Identifier: MIT */
#include "t/lib/conf/conf_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

void conf_fixture_open(struct conf_fixture *f, const char *name)
{
    *f = (struct conf_fixture){0};
    snprintf(f->folder, sizeof(f->folder), "/tmp/leat-unit-%s-XXXXXX", name);
    cr_assert(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/leat.yaml", f->folder);
}

void conf_fixture_close(struct conf_fixture *f)
{
    json_object_put(f->conf);
    diags_fini(&f->diags);
    unlink(f->path);
    rmdir(f->folder);
}

bool conf_fixture_load(struct conf_fixture *f, const char *text)
{
    FILE *out = fopen(f->path, "w");
    bool ok;

    cr_assert(out);
    fputs(text, out);
    fclose(out);
    json_object_put(f->conf);
    diags_fini(&f->diags);
    ok = conf_load(f->path, &f->conf, &f->diags);
    cr_expect(ok == (f->diags.errors == 0) && ok == (f->conf != NULL), "%s", text);
    return ok;
}
