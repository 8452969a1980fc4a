/* SPDX-License-Identifier: MIT */
/* What jread.c and its strings share. Internal to lib/core. */
#ifndef LEAT_CORE_JREADER_H
#define LEAT_CORE_JREADER_H

#include "lib/core/buf.h"
#include "lib/core/jread.h"

struct jreader {
    const char *start, *at, *end;
    const char *line_start;
    unsigned line;
    unsigned depth, level;         /* how much deeper it may get, and how deep it is */
    const struct jread_lazy *lazy; /* or NULL */
    const char *file;
    const char *message;
    struct buf text; /* the string that is being read, unescaped */
    bool build;
};

/* Always false. */
bool jreader_fail(struct jreader *r, const char *message);
/* Reads the string behind an opening quote. *out lies in the input, in r->text if it has escapes.
 */
bool jreader_string(struct jreader *r, bool is_key, struct slice *out);

#endif
