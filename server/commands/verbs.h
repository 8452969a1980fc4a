/* SPDX-License-Identifier: MIT */
/* Parses the arguments of a command as declared in verbs.def, for leat and leatctl. */
#ifndef LEAT_SERVER_COMMANDS_VERBS_H
#define LEAT_SERVER_COMMANDS_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/slice.h"

struct verb_argument {
    struct slice name;
    bool is_switch; /* --name */
    bool is_option; /* --name VALUE */
    bool is_secret; /* is read from standard input */
    bool is_path;   /* is made absolute by leatctl */
    bool is_int, is_optional;
};

/* Takes the next argument off the front of *rest; returns false at the end. */
static inline bool verb_next(struct slice *rest, struct verb_argument *out)
{
    struct slice word = slice_cut(rest, ' '), name;

    if (!word.len)
        return false;
    out->is_option = word.len > 2 && memcmp(word.data, "--", 2) == 0;
    out->is_optional = out->is_option || word.data[0] == '[';
    if (out->is_option)
        word = (struct slice){word.data + 2, word.len - 2};
    else if (out->is_optional)
        word = (struct slice){word.data + 1, word.len - 2};
    name = slice_cut(&word, ':');
    out->name = name;
    out->is_int = slice_is(word, "int");
    out->is_path = slice_is(word, "path");
    out->is_secret = slice_is(word, "secret");
    out->is_switch = out->is_option && !word.len;
    out->is_option &= !out->is_switch;
    return true;
}

#endif
