/* SPDX-License-Identifier: MIT */
#include "lib/core/reason.h"

#include <assert.h>
#include <stddef.h>

enum { WORD_MAX = 32 };

static const char *const words[] = {
#define REASON(name, word, text) [REASON_##name - ERR_COUNT] = (word),
#include "lib/core/reason.def"
#undef REASON
};
static char error_words[ERR_COUNT][WORD_MAX];

/* Spells the names of errors as words: BAD_JSON is bad-json. */
__attribute__((constructor)) static void spell_errors(void)
{
    for (int e = OK + 1; e < ERR_COUNT; e++) {
        const char *name = err_name((enum err)e);

        for (size_t i = 0; name[i]; i++) {
            assert(i < WORD_MAX - 1);
            error_words[e][i] = (char)(name[i] == '_' ? '-' : name[i] + ('a' - 'A'));
        }
    }
}

const char *reason_word(enum reason reason)
{
    assert(reason < REASON_COUNT);
    return reason < (enum reason)ERR_COUNT ? error_words[reason] : words[reason - ERR_COUNT];
}
