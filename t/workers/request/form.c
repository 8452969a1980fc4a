/* SPDX-License-Identifier: MIT */
#include "t/workers/request/form.h"

#include <stdlib.h>

#include <criterion/criterion.h>

bool form_read(struct form *f, const char *body, size_t len, const char *boundary)
{
    bool ok;

    *f = (struct form){.body = malloc(len ? len : 1)};
    memcpy(f->body, body, len);
    ok = multipart_read((struct slice){f->body, len}, slice_of(boundary), &f->arena, &f->parts,
                        &f->count, &f->fault);
    cr_expect(ok || (f->fault.text[0] && f->fault.offset <= len));
    return ok;
}

void form_free(struct form *f)
{
    arena_fini(&f->arena);
    free(f->body);
}
